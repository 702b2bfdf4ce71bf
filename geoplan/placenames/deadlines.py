"""
Terms of filing and notice (备案、公告期限, PN-20, PN-21): calendar days, holidays count.

The day of approval is not counted: approved on 2 March, filed by the 17th (地名管理条例第十三条、
第十四条). A notice runs from the approval where a government or the place-name department
approved, and from the filing where another department did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.placenames.cells import days, require, texts

if TYPE_CHECKING:
    from datetime import date

    from geoplan.policy import Policy

FROM_APPROVAL, FROM_FILING = ("government", "name_department"), ("other_department",)
"""Kinds of approving bodies, by what their notice runs from (Art. 14)."""
ENDED = ("refused", "withdrawn")
STATES = ("met", "late", "open", "overdue", "waiting", "conflict", "no_data", "not_applicable")
"""
In time; done late; not done and still within; not done and past; the term has not begun; done
before it began; the day or the kind of body is not known; the case ended without a name.
"""
_UNDATED = ("approved", "filed", "announced", "settled", "published", "closed")
_COLUMNS = ["case_id", "step", "rule_id", "start_on", "due_on", "done_on", "left_day", "state",
            "clause"]  # fmt: skip


def terms(
    start: pd.Series, done: pd.Series, term_day: int, today: date
) -> pd.DataFrame:  # fmt: skip
    """
    Judge things to be done within so many calendar days.

    Parameters
    ----------
    start
        Day each term runs from, itself not counted; NaT where it has not begun.
    done
        Day it was done; NaT where it was not.
    term_day
        Days of the term. The last day is within.
    today
        The day asked about.

    Returns
    -------
    terms
        Under the index of ``start``: ``start_on``, ``due_on``, ``done_on``, ``left_day`` (to the
        due day, below zero once past; missing where done or not begun), ``state`` of `STATES`.

    Examples
    --------
    >>> from datetime import date
    >>> day = pd.Series(pd.to_datetime(["2026-03-02", "2026-03-02"]))
    >>> found = terms(day, pd.Series([pd.Timestamp("2026-03-17"), pd.NaT]), 15, date(2026, 3, 18))
    >>> found["state"].tolist(), str(found["due_on"][0].date()), int(found["left_day"][1])
    (['met', 'overdue'], '2026-03-17', -1)
    """
    due, now = start + pd.Timedelta(days=term_day), pd.Timestamp(today)
    left = (due - now).dt.days.astype("Int64").mask(done.notna())
    state = np.select(
        [start.isna(), done < start, done > due, done.notna(), due < now],
        ["waiting", "conflict", "late", "met", "overdue"], default="open",
    )  # fmt: skip
    return pd.DataFrame({"start_on": start, "due_on": due, "done_on": done, "left_day": left,
                         "state": state}, index=start.index)  # fmt: skip


def notice_start(cases: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """
    Return the day each notice runs from (Art. 14), NaT where it has not come or is not known.

    Parameters
    ----------
    cases
        ``approver_kind`` of `geoplan.schemas.vocabulary.APPROVER_KIND`, ``approved_on``,
        ``filed_on``.
    """
    kind = texts(cases, "approver_kind")
    approved = days(cases, "approved_on").where(kind.isin(FROM_APPROVAL))
    return approved.mask(kind.isin(FROM_FILING), days(cases, "filed_on"))


def deadlines(cases: pd.DataFrame, policy: Policy, today: date) -> pd.DataFrame:
    """
    Return the terms of filing (PN-20) and notice (PN-21) of every case.

    Parameters
    ----------
    cases
        The layer ``name_cases``: ``case_id``, ``state``, ``approved_on``, ``filed_on``,
        ``announced_on``, ``approver_kind``. CRS does not matter.
    policy
        Gives the terms, days.
    today
        The day asked about.

    Returns
    -------
    deadlines
        Two rows per case, in its order: ``case_id``, ``step`` (``filing``, ``notice``),
        ``rule_id``, ``start_on``, ``due_on``, ``done_on``, ``left_day``, ``state`` of `STATES`,
        ``clause``.

    Raises
    ------
    MissingColumnsError
        If ``case_id`` is absent.

    Notes
    -----
    地名管理条例第十三条、第十四条; the day of approval not counted is from memory of civil law
    [M-high] (RULES G12).

    Examples
    --------
    >>> from datetime import date
    >>> from geoplan.io import read_policy
    >>> case = pd.DataFrame({"case_id": ["1"], "state": "approved", "approver_kind": "government",
    ...                      "approved_on": "2026-03-02"})
    >>> found = deadlines(case, read_policy("suizhou-2022"), date(2026, 3, 10))
    >>> found["due_on"].dt.date.astype(str).tolist(), found["state"].tolist()
    (['2026-03-17', '2026-03-17'], ['open', 'open'])
    """
    require(cases, "name_cases", "case_id")
    approved, filed = days(cases, "approved_on"), days(cases, "filed_on")
    filing = terms(approved, filed, int(policy.value("name_filing_term_day")), today)
    notice = terms(notice_start(cases), days(cases, "announced_on"),
                   int(policy.value("name_notice_term_day")), today)  # fmt: skip
    unknown = ~texts(cases, "approver_kind").isin([*FROM_APPROVAL, *FROM_FILING])
    state = texts(cases, "state")
    undated = approved.isna() & (state.isin(_UNDATED) | filed.notna())
    filing.loc[undated, "state"] = "no_data"
    notice.loc[undated | (unknown & approved.notna()), "state"] = "no_data"
    parts = []
    for step, rule, frame in (("filing", "PN-20", filing), ("notice", "PN-21", notice)):
        ended = state.isin(ENDED)
        parts.append(frame.assign(
            case_id=texts(cases, "case_id"), step=step, rule_id=rule,
            clause=policy.rule(rule).clause, left_day=frame["left_day"].mask(ended),
            state=frame["state"].mask(ended, "not_applicable"),
        ))  # fmt: skip
    table = pd.concat(parts)[_COLUMNS].reset_index(drop=True)
    turn = np.arange(len(table)).reshape(2, -1).T.ravel()  # both terms of a case side by side
    return table.iloc[turn].reset_index(drop=True)


def overdue(cases: pd.DataFrame, policy: Policy, today: date) -> pd.DataFrame:
    """
    Return what is past its term and still not done, the longest first.

    Parameters
    ----------
    cases, policy, today
        As for `deadlines`.

    Returns
    -------
    overdue
        Rows of `deadlines` whose state is ``overdue``, with ``late_day``.

    Raises
    ------
    MissingColumnsError
        If ``case_id`` is absent.
    """
    table = deadlines(cases, policy, today)
    table = table[table["state"] == "overdue"]
    table = table.assign(late_day=-table["left_day"])
    return table.sort_values(["late_day", "case_id", "step"], ascending=[False, True, True],
                             kind="stable", ignore_index=True)  # fmt: skip
