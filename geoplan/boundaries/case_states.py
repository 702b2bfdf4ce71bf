"""
Dispute cases (争议案件, RULES §5.8): states, who decides, where the outcome is filed, reminders.

行政区域边界争议处理条例 (1989): negotiation by both governments, then mediation and decision by the
government above both. No deadline is set by it; due dates are reminders [P].

>>> allowed("negotiating")
['agree', 'submit']
>>> transition("mediated", "decide", documents=["decision"]).state
'decided'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.boundaries.notes import texts
from geoplan.errors import MissingColumnsError, UnknownIdError
from geoplan.schemas.hierarchy import LEVELS
from geoplan.schemas.transitions import Action, Flow
from geoplan.schemas.vocabulary import CASE_STATE

if TYPE_CHECKING:
    from datetime import date

STATES: tuple[str, ...] = tuple(c.code for c in CASE_STATE)
"""States of a case, as in the layer ``claims``."""
CLOSED = "closed"
_LAW = "行政区域边界争议处理条例"
_VILLAGE_ZH = "涉及自然村隶属变更的，另按行政区划变更报批（第十四条）；随后联合测绘（第十五条）"
_VILLAGE_EN = ("a natural village that changes hands needs approval as a division change "
               "(Art. 14); then a joint survey (Art. 15)")  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("negotiate", "开始协商", "Opening negotiation", ("raised",), "negotiating", "both",
           _LAW, both_sides=True),
    Action("agree", "协商达成协议", "Reaching agreement", ("negotiating", "submitted", "mediated"),
           "agreed", "both", _LAW, both_sides=True,
           documents=("agreement", "agreement_map"), follow_up_zh=_VILLAGE_ZH,
           follow_up_en=_VILLAGE_EN),
    Action("submit", "上报共同的上一级政府", "Submitting to the government above both",
           ("negotiating",), "submitted", "both", _LAW,
           documents=("agreement_map",),
           follow_up_zh="双方各报解决方案并附地形图",
           follow_up_en="each side hands in its proposal with a topographic map"),
    Action("mediate", "民政部门调解", "Mediation", ("submitted",), "mediated", "civil_affairs",
           _LAW),
    Action("decide", "上级政府决定", "Decision", ("mediated",), "decided", "upper_government",
           _LAW, documents=("decision",), follow_up_zh=_VILLAGE_ZH,
           follow_up_en=_VILLAGE_EN),
    Action("survey", "联合测绘", "Joint survey", ("agreed", "decided"), "surveyed", "both",
           f"{_LAW} 第十五条", both_sides=True, documents=("agreement_map",)),
    Action("file", "备案", "Filing", ("surveyed",), "filed", "both", f"{_LAW} 第十六条",
           documents=("filing",)),
    Action("close", "结案", "Closing", ("filed",), CLOSED, "civil_affairs", _LAW),
)  # fmt: skip
"""What may be done in a case."""
FLOW = Flow("case state", "案件状态", ACTIONS, STATES, (CLOSED,))
"""The moves of a case; one-sided, or without its papers, a move is refused with the clause."""
actions, allowed, transition = FLOW.table, FLOW.allowed, FLOW.transition

FILING: dict[str, tuple[str, str]] = {
    "township": ("省级人民政府", "provincial government"),
    "county": ("民政部", "Ministry of Civil Affairs"),
    "prefecture": ("民政部", "Ministry of Civil Affairs"),
    "province": ("国务院", "State Council"),
}
"""Level of the disputed line -> where the outcome is filed (Art. 16)."""
_STATE_COUNCIL = ("国务院", "State Council")


def filing_authority(level: str, *, autonomous: bool = False) -> tuple[str, str]:
    """
    Return where the outcome of a dispute is filed (处理条例 Art. 16), Chinese and English.

    Parameters
    ----------
    level
        Level of the disputed line.
    autonomous
        Whether an autonomous prefecture or county is a party.

    Returns
    -------
    authority
        For a prefecture-level line, which Art. 16 as read does not name, as for a county. [P]

    Raises
    ------
    UnknownIdError
        If Art. 16 knows no such level.

    Examples
    --------
    >>> filing_authority("township")[1], filing_authority("county", autonomous=True)[1]
    ('provincial government', 'State Council')
    """
    if level not in FILING:
        raise UnknownIdError.among("level", "级别", level, FILING)
    if autonomous and level != "township":
        return _STATE_COUNCIL
    return FILING[level]


def deciding_unit(ladder: pd.DataFrame, left_code: str, right_code: str) -> str:
    """
    Return the unit whose government decides a dispute: the lowest above both parties.

    Parameters
    ----------
    ladder
        From `geoplan.schemas.hierarchy.ancestors`.
    left_code, right_code
        The parties.

    Returns
    -------
    unit_code
        Empty where the State Council decides (parties of two provinces), or the ladder does not
        reach up to a common unit.

    Raises
    ------
    UnknownIdError
        If a party is not in the ladder.

    Examples
    --------
    >>> from geoplan.schemas.hierarchy import ancestors
    >>> units = pd.DataFrame({"unit_code": ["4213", "421303", "421321"],
    ...     "level": ["prefecture", "county", "county"], "parent_code": [None, "4213", "4213"]})
    >>> deciding_unit(ancestors(units), "421303", "421321")
    '4213'
    """
    for code in (left_code, right_code):
        if code not in ladder.index:
            raise UnknownIdError.among("unit", "单元", code, ladder.index)
    left, right = ladder.loc[left_code], ladder.loc[right_code]
    for level in reversed(LEVELS):
        a, b = left[level], right[level]
        if isinstance(a, str) and a == b and a not in {left_code, right_code}:
            return a
    return ""


def reminders(claims: pd.DataFrame, today: date, *, soon_day: int = 30) -> pd.DataFrame:
    """
    Return how long open cases have run and which are due; no statute sets a term [P].

    Parameters
    ----------
    claims
        ``case_id``, ``state``, ``raised_on``, ``due_on``; one row per claim. CRS does not matter.
    today
        The day asked about.
    soon_day
        Due within so many days, closed, counts as soon. [P]

    Returns
    -------
    cases
        One row per case in order of id: ``state``, ``raised_on``, ``open_day`` (days since, missing
        where unknown or closed), ``due_on``, ``due_state``: ``closed``, ``overdue``, ``soon``,
        ``not_due`` or ``no_data``. The due day itself is not overdue.

    Raises
    ------
    MissingColumnsError
        If ``case_id`` or ``state`` is absent.

    Examples
    --------
    >>> from datetime import date
    >>> claims = pd.DataFrame({"case_id": ["c"], "state": "raised",
    ...     "raised_on": pd.to_datetime(["2026-11-01"]), "due_on": pd.to_datetime(["2026-12-01"])})
    >>> reminders(claims, date(2026, 11, 24))[["open_day", "due_state"]].values.tolist()
    [[23, 'soon']]
    """
    missing = {"case_id", "state"} - set(claims.columns)
    if missing:
        raise MissingColumnsError.for_layer("claims", missing, claims.columns)
    table = pd.DataFrame({"case_id": texts(claims, "case_id"), "state": texts(claims, "state")})
    for column in ("raised_on", "due_on"):
        days = claims[column] if column in claims.columns else pd.Series(pd.NaT, claims.index)
        table[column] = pd.to_datetime(days).to_numpy()
    # parties may have written down different states: the case stands at the earlier
    table["rank"] = table["state"].map({s: k for k, s in enumerate(STATES)}).fillna(-1)
    cases = table.sort_values("rank", kind="stable").groupby("case_id").agg(
        state=("state", "first"), raised_on=("raised_on", "min"), due_on=("due_on", "min"),
    )  # fmt: skip
    now, done = pd.Timestamp(today), cases["state"] == CLOSED
    open_day = (now - cases["raised_on"]).dt.days
    cases.insert(2, "open_day", open_day.mask(done).astype("Int64"))
    left_day = (cases["due_on"] - now).dt.days
    cases["due_state"] = "not_due"
    cases.loc[left_day <= soon_day, "due_state"] = "soon"
    cases.loc[left_day < 0, "due_state"] = "overdue"
    cases.loc[left_day.isna(), "due_state"] = "no_data"
    cases.loc[done, "due_state"] = "closed"
    return cases
