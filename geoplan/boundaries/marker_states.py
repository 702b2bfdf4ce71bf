"""
States of boundary markers (界桩状态, RULES §5.7) and the two-party rule.

Whatever touches the place of a marker is done with both sides present (条例第六条); alone it is an
offence (第十六条第四项). The table is data; the list of states is a convention of this project [P].

>>> allowed("moved"), allowed("withdrawn")
(['restore', 'relocate', 'withdraw'], [])
>>> transition("lost", "re_erect", parties_present={"曾都区", "随县"}).state
'intact'
"""

from __future__ import annotations

from dataclasses import replace

from geoplan.errors import UnknownIdError
from geoplan.schemas.transitions import Action, Flow
from geoplan.schemas.vocabulary import MARKER_CONDITION

STATES: tuple[str, ...] = tuple(c.code for c in MARKER_CONDITION)
"""Conditions of a marker, as in the layer ``boundary_markers``."""
WITHDRAWN = "withdrawn"
PLANNED = ""
"""A marker agreed on and not yet set up has no condition."""
_ARTICLE_6 = "行政区域界线管理条例 第六条、第十六条（四）"
_SET_UP = ("agreement", "approval", "marker_register")
_REGISTER_ZH = "更新界桩登记表，双方签字"
_REGISTER_EN = "rewrite the marker register, signed by both sides"
_FILE_ZH = "更新界桩登记表，报批准机关备案"
_FILE_EN = "rewrite the register and file it with the authority that approved the line"

ACTIONS: tuple[Action, ...] = (
    Action("maintain", "清理维护", "Clearing", ("intact",), "intact", "managing_side", "BND-13"),
    Action("repaint", "描红", "Repainting", ("intact", "faded"), "intact", "managing_side",
           "BND-13"),
    Action("repair", "修复", "Repair", ("damaged", "tilted"), "intact", "managing_side",
           _ARTICLE_6, both_sides=True,
           follow_up_zh=_REGISTER_ZH, follow_up_en=_REGISTER_EN),
    Action("restore", "恢复原位", "Restoring the place", ("moved",), "intact", "both", _ARTICLE_6,
           both_sides=True, follow_up_zh=_REGISTER_ZH, follow_up_en=_REGISTER_EN),
    Action("re_erect", "原址重立", "Re-erecting", ("lost",), "intact", "managing_side", _ARTICLE_6,
           both_sides=True, follow_up_zh=_REGISTER_ZH, follow_up_en=_REGISTER_EN),
    Action("remove_threat", "制止并恢复", "Stopping the threat", ("endangered",), "intact",
           "managing_side", "行政区域界线管理条例 第六条",
           follow_up_zh="报告处理情况", follow_up_en="report what was done"),
    Action("renew_references", "重选方位物", "Choosing new reference objects",
           ("reference_missing",), "intact", "both", "BND-06", both_sides=True,
           documents=("marker_register",)),
    Action("set_up", "新设", "Setting up", (PLANNED,), "intact", "both", _ARTICLE_6,
           both_sides=True, documents=_SET_UP, follow_up_zh=_FILE_ZH, follow_up_en=_FILE_EN),
    Action("relocate", "移位", "Relocating", ("*",), "intact", "both", _ARTICLE_6, both_sides=True,
           documents=("change_agreement", "approval", "marker_register"),
           follow_up_zh=_FILE_ZH, follow_up_en=_FILE_EN),
    Action("withdraw", "报废", "Withdrawing", ("*",), WITHDRAWN, "both", _ARTICLE_6,
           both_sides=True, documents=("change_agreement", "approval"),
           follow_up_zh=_FILE_ZH, follow_up_en=_FILE_EN),
)  # fmt: skip
"""What may be done with a marker, by whom, with whom present and on which papers."""


FLOW = Flow("marker state", "界桩状态", ACTIONS, (*STATES, PLANNED), (WITHDRAWN, PLANNED))
"""The moves of a marker, by the two-party rule (Art. 6, 16(4))."""
actions, allowed, transition = FLOW.table, FLOW.allowed, FLOW.transition


def found(state: str, condition: str) -> str:
    """
    Record the condition in which a marker was found.

    Parameters
    ----------
    state
        Condition on record.
    condition
        Condition seen on the ground.

    Returns
    -------
    state
        The new condition. An illegal move has no effect on the line (第六条): the registered
        place stays.

    Raises
    ------
    UnknownIdError
        If there is no such state.
    TransitionRefusedError
        If the marker is withdrawn or not set up yet, or ``condition`` is withdrawal, which needs
        the action ``withdraw``.
    """
    if condition not in STATES:
        raise UnknownIdError.among("marker state", "界桩状态", condition, STATES)
    if condition == WITHDRAWN:
        return transition(state, "withdraw").state
    seen = Action("found", "登记现状", "Recording a condition", ("*",), condition, "inspector",
                  "BND-13")  # fmt: skip
    return replace(FLOW, actions=(seen,)).transition(state, "found").state
