"""Publication in the place-name database (地名信息库公布, PN-50): what is sent, and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from geoplan.placenames.cells import days, require, texts
from geoplan.placenames.deadlines import ENDED, notice_start, terms

if TYPE_CHECKING:
    from datetime import date

    from geoplan.policy import Policy

_FIELDS = {
    "id": "place_id", "place_code": "place_code", "standard_name": "standard_name",
    "roman_alphabet_spelling": "pinyin", "place_type_code": "category_code",
    "area_code": "unit_code", "place_meaning": "meaning", "place_origin": "origin",
    "government_history": "history",
}  # fmt: skip
"""Field of the national database, as its public pages name it -> column of ``place_names``."""
_NEEDED = ("place_code", "standard_name", "roman_alphabet_spelling", "place_type_code",
           "area_code")  # fmt: skip


class PublishedShare(NamedTuple):
    """
    How many approved names were published in time.

    ``share_pct`` is ``in_time`` of those whose term is over or that are published; missing where
    there is none. ``open`` ones are still within their term, ``no_data`` ones cannot be judged.
    """

    approved: int
    in_time: int
    late: int
    missing: int
    open: int
    no_data: int
    share_pct: float | None


def published_share(cases: pd.DataFrame, policy: Policy, today: date) -> PublishedShare:
    """
    Return the share of approved names that were published in time (公布及时率).

    Parameters
    ----------
    cases
        The layer ``name_cases``: ``state``, ``approver_kind``, ``approved_on``, ``filed_on``,
        ``published_on``, ``receipt_no``. Without its receipt a publication does not count.
    policy
        Gives the term, that of the notice (PN-21): the plan sets none of its own. [P]
    today
        The day asked about.

    Returns
    -------
    share
        Counts of cases, and the share in per cent.

    Raises
    ------
    MissingColumnsError
        If ``approved_on`` or ``approver_kind`` is absent.

    Examples
    --------
    >>> from datetime import date
    >>> from geoplan.io import read_policy
    >>> cases = pd.DataFrame({"approver_kind": "government", "approved_on": ["2026-03-02"] * 2,
    ...     "published_on": ["2026-03-17", None], "receipt_no": ["R1", None]})
    >>> published_share(cases, read_policy("suizhou-2022"), date(2026, 4, 1)).share_pct
    50.0
    """
    require(cases, "name_cases", "approved_on", "approver_kind")
    approved = days(cases, "approved_on").notna() & ~texts(cases, "state").isin(ENDED)
    own = cases[approved.to_numpy()]
    published = days(own, "published_on").where(texts(own, "receipt_no") != "")
    found = terms(notice_start(own), published, int(policy.value("name_notice_term_day")), today)
    state = found["state"]
    # an unknown body, and a filing that another department has not made, leave the term open
    state = state.mask(texts(own, "approver_kind") == "", "no_data")
    tally = state.value_counts()
    met, late, missing = (int(tally.get(s, 0)) for s in ("met", "late", "overdue"))
    judged = met + late + missing
    return PublishedShare(
        approved=len(own), in_time=met, late=late, missing=missing,
        open=int(tally.get("open", 0) + tally.get("waiting", 0)),
        no_data=int(tally.get("no_data", 0) + tally.get("conflict", 0)),
        share_pct=100.0 * met / judged if judged else None,
    )  # fmt: skip


def upload_rows(names: pd.DataFrame, forms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return what is sent to the provincial place-name database, under the fields it shows.

    Parameters
    ----------
    names
        Announced rows of ``place_names`` in EPSG:4490 or without geometry.
    forms
        The layer ``name_forms``: the former names of a place are sent with it.

    Returns
    -------
    rows
        One row per name that is complete: the fields of the national database.
    refused
        Those that are not: ``row`` (from 1), ``place_id``, ``field``, ``reason``.

    Raises
    ------
    MissingColumnsError
        If ``place_id`` or ``standard_name`` is absent.

    Notes
    -----
    Field names as the public pages of the national database show them (RULES §6.6); the
    format of the province's import is not published, so the bureau maps them there.
    """
    require(names, "place_names", "place_id", "standard_name")
    table = pd.DataFrame({field: texts(names, column) for field, column in _FIELDS.items()})
    former = forms[texts(forms, "kind") == "former"]
    old = {i: "、".join(t) for i, t in texts(former, "text").groupby(texts(former, "place_id"))}
    table["old_name"] = [old.get(i, "") for i in table["id"]]
    table["row"] = range(1, len(table) + 1)
    state = texts(names, "status")
    parts = [_refused(table[table[f] == ""], f, "空缺，不能上传") for f in _NEEDED]
    parts.append(_refused(table[state != "announced"], "status", "尚未公告，不能上传"))
    refused = pd.concat(parts).sort_values(["row", "field"], ignore_index=True)
    whole = table[~table["row"].isin(refused["row"])]
    return whole.drop(columns="row").reset_index(drop=True), refused


def _refused(rows: pd.DataFrame, field: str, reason: str) -> pd.DataFrame:
    return pd.DataFrame({"row": rows["row"].to_numpy(), "place_id": rows["id"].to_numpy(),
                         "field": field, "reason": reason})  # fmt: skip
