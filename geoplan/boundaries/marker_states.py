"""
States of boundary markers (界桩状态, RULES §5.7) and the two-party rule.

Whatever touches the place of a marker is done with both sides present (条例第六条); alone it is an
offence (第十六条第四项). The table is data; the list of states is a convention of this project [P].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.boundaries.transitions import Action, Step, as_frame, from_state, move
from geoplan.errors import UnknownIdError
from geoplan.schemas.vocabulary import MARKER_CONDITION

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

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


def actions() -> pd.DataFrame:
    """
    Return the table of what may be done with markers.

    Returns
    -------
    table
        One row per action: code, names, states it starts from (``*``: any but withdrawn), state
        it leads to, who, clause, both sides, documents, what follows.
    """
    return as_frame(ACTIONS)


def allowed(state: str) -> list[str]:
    """
    Return what may be done with a marker in a state.

    Parameters
    ----------
    state
        One of `STATES`, or empty for a marker not yet set up.

    Returns
    -------
    actions
        Codes of `ACTIONS`; none for a withdrawn marker.

    Raises
    ------
    UnknownIdError
        If there is no such state.

    Examples
    --------
    >>> allowed("moved"), allowed("withdrawn")
    (['restore', 'relocate', 'withdraw'], [])
    """
    _known(state)
    return [a.code for a in from_state(ACTIONS, state, (WITHDRAWN, PLANNED))]


def transition(
    state: str,
    action: str,
    *,
    parties_present: Collection[str] = (),
    documents: Collection[str] = (),
) -> Step:
    """
    Do something with a marker, or be refused with the clause.

    Parameters
    ----------
    state
        Condition now.
    action
        One of `ACTIONS`.
    parties_present
        Sides present on the spot, names or unit codes.
    documents
        Kinds of documents that are there, of `geoplan.schemas.vocabulary.DOCUMENT_KIND`.

    Returns
    -------
    step
        ``state``, ``clause``, ``follow_up_zh``, ``follow_up_en``.

    Raises
    ------
    UnknownIdError
        If there is no such state or action.
    TransitionRefusedError
        If the state does not allow it, a side is missing (Art. 6, 16(4)), or a document.

    Examples
    --------
    >>> transition("lost", "re_erect", parties_present={"曾都区", "随县"}).state
    'intact'
    """
    _known(state)
    return move(ACTIONS, state, action, final=(WITHDRAWN, PLANNED),
                parties_present=parties_present, documents=documents)  # fmt: skip


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
    _known(state)
    if condition not in STATES:
        raise UnknownIdError.among("marker state", "界桩状态", condition, STATES)
    if condition == WITHDRAWN:
        return transition(state, "withdraw").state
    seen = Action("found", "登记现状", "Recording a condition", ("*",), condition, "inspector",
                  "BND-13")  # fmt: skip
    return move([seen], state, "found", final=(WITHDRAWN, PLANNED)).state


def _known(state: str) -> None:
    if state not in {*STATES, PLANNED}:
        raise UnknownIdError.among("marker state", "界桩状态", state, STATES)
