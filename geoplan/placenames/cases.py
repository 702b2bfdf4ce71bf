"""Cases of place names (地名案卷): one matter from application to publication, a register row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, UnknownIdError
from geoplan.placenames.cells import day_of, days, require, texts
from geoplan.placenames.normalise import key
from geoplan.schemas.vocabulary import NAME_CASE_KIND, NAME_CASE_STATE, NAME_PAPER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

KINDS: tuple[str, ...] = tuple(c.code for c in NAME_CASE_KIND)
"""命名、更名、销名、既有地名登记、备案."""
STATES: tuple[str, ...] = tuple(c.code for c in NAME_CASE_STATE)
"""States of a case, as in the layer ``name_cases``."""
FINISHED = ("closed", "refused", "withdrawn")
PAPERS: tuple[str, ...] = tuple(c.code for c in NAME_PAPER)
_DAYS = ("submitted_on", "approved_on", "filed_on", "announced_on", "published_on")


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    One matter (案卷); its fields are columns of the layer ``name_cases``.

    Parameters
    ----------
    case_id, case_kind, state
        Its number, one of `KINDS`, one of `STATES`.
    name, former_name
        The name asked for, and the one it replaces.
    category_code, place_id
        Category of the place; its id where it is registered.
    reason_code, reason
        Why it is renamed (PN-16), of `geoplan.schemas.vocabulary.RENAME_REASON`.
    submitted_by
        Who applied.
    approving_body, approver_kind, approval_no
        Who approved, of which kind, under which number.
    documents
        Kinds of papers that are there, of `PAPERS`.
    submitted_on, approved_on, filed_on, announced_on, published_on
        Days; None where it has not come to that.
    receipt_no
        Number under which the place-name database took it (PN-50).
    """

    case_id: str
    case_kind: str
    name: str
    category_code: str
    state: str = "draft"
    place_id: str = ""
    former_name: str = ""
    reason_code: str = ""
    reason: str = ""
    submitted_by: str = ""
    approving_body: str = ""
    approver_kind: str = ""
    approval_no: str = ""
    documents: frozenset[str] = frozenset()
    submitted_on: date | None = None
    approved_on: date | None = None
    filed_on: date | None = None
    announced_on: date | None = None
    published_on: date | None = None
    receipt_no: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Case:
        """
        Return the case of a register row.

        Raises
        ------
        UnknownIdError
            If its kind, its state or a paper is none there is.
        """
        cells: dict[str, Any] = {}
        for field in fields(cls):
            value = row.get(field.name)
            if field.name in _DAYS:
                cells[field.name] = day_of(value)
            elif field.name != "documents":
                cells[field.name] = "" if _missing(value) else str(value).strip()
        papers = "" if _missing(row.get("documents")) else str(row["documents"])
        cells["documents"] = frozenset(p for p in papers.split(";") if p)
        cells["state"] = cells["state"] or "draft"
        for kind, zh, found, known in (
            ("kind of case", "事项", [cells["case_kind"]], KINDS),
            ("case state", "办理状态", [cells["state"]], STATES),
            ("document", "材料", sorted(cells["documents"]), PAPERS),
        ):
            for value in found:
                if value not in known:
                    raise UnknownIdError.among(kind, zh, value, known)
        return cls(**cells)

    def row(self) -> dict[str, Any]:
        """
        Return the case as a register row: papers joined by ``;``, empty texts as None.

        Examples
        --------
        >>> case = Case(case_id="1", case_kind="naming", name="涢水路", category_code="23500")
        >>> Case.of(case.row()) == case
        True
        """
        cells = asdict(self) | {"documents": ";".join(sorted(self.documents))}
        return {k: None if v == "" else v for k, v in cells.items()}


def _missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def require_single(case: Case, cases: pd.DataFrame) -> None:
    """
    Refuse a case whose matter is already being handled in another (同一事项重复申请).

    Parameters
    ----------
    case
        To be submitted.
    cases
        The layer ``name_cases``; finished ones do not count.

    Raises
    ------
    InputError
        If an open case of the same kind is about the same place, or, where a place is not
        registered yet, asks for the same name.
    """
    rows = cases[(texts(cases, "case_kind") == case.case_kind)
                 & (texts(cases, "case_id") != case.case_id)
                 & ~texts(cases, "state").isin(FINISHED)]  # fmt: skip
    place, wanted = texts(rows, "place_id"), key(case.name)
    same = (place == case.place_id) & (case.place_id != "")
    if not case.place_id:
        same = (place == "") & (texts(rows, "name").map(key) == wanted)
    if not same.any():
        return
    other = texts(rows, "case_id")[same].iloc[0]
    raise InputError(
        f"The matter of case {case.case_id!r} ({case.name}) is already open as {other!r}.",
        zh=f"案卷“{case.case_id}”（{case.name}）的事项已在案卷“{other}”中办理。",
        fix=f"go on with {other!r}, or withdraw it first",
        fix_zh=f"继续办理“{other}”，或先撤回该案卷",
        case_id=case.case_id, other=other,
    )  # fmt: skip


_ORDER = (
    ("approved_on", "submitted_on", "批准早于申请", "approved before it was applied for"),
    ("filed_on", "approved_on", "备案早于批准", "filed before it was approved"),
    ("announced_on", "approved_on", "公告早于批准", "announced before it was approved"),
    ("published_on", "announced_on", "公布早于公告", "published before it was announced"),
    ("published_on", "filed_on", "公布早于备案", "published before it was filed"),
)  # fmt: skip
_NEEDED = {
    "approved": ("approved_on",), "filed": ("approved_on", "filed_on"),
    "announced": ("approved_on", "announced_on"),
    "settled": ("approved_on", "filed_on", "announced_on"),
    **dict.fromkeys(("published", "closed"), ("approved_on", "filed_on", "announced_on",
                                              "published_on")),
}  # fmt: skip


def checked_cases(cases: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Part the cases that can be from those that cannot.

    Parameters
    ----------
    cases
        The layer ``name_cases``: ``case_id``, ``case_kind``, ``state``, and the days.

    Returns
    -------
    valid
        The rows without a remark, index kept.
    refused
        A row per remark: ``row`` (from 1), ``case_id``, ``field``, ``value``, ``reason_zh``,
        ``reason_en``: a number given twice, an unknown kind or state, days in the wrong order, a
        state without the days it needs.

    Raises
    ------
    MissingColumnsError
        If ``case_id``, ``case_kind`` or ``state`` is absent.

    Examples
    --------
    >>> cases = pd.DataFrame({"case_id": ["1", "2"], "case_kind": "naming", "state": "approved",
    ...     "submitted_on": "2026-03-01", "approved_on": ["2026-03-02", "2026-02-02"]})
    >>> valid, refused = checked_cases(cases)
    >>> valid["case_id"].tolist(), refused["reason_en"].tolist()
    (['1'], ['approved before it was applied for'])
    """
    require(cases, "name_cases", "case_id", "case_kind", "state")
    ids, kind, state = (texts(cases, c) for c in ("case_id", "case_kind", "state"))
    on = {c: days(cases, c) for c in _DAYS}
    remarks = [
        (ids.duplicated(keep=False) | (ids == ""), "case_id",
         "编号为空或重复", "no number, or twice"),
        (~kind.isin(KINDS), "case_kind", "没有这种事项", "no such kind"),
        (~state.isin(STATES), "state", "没有这种状态", "no such state"),
    ]  # fmt: skip
    for later, earlier, zh, en in _ORDER:
        wrong = on[later] < on[earlier]
        if earlier == "submitted_on":  # what another department approved is applied for later
            wrong &= kind != "filing"
        remarks.append((wrong, later, zh, en))
    for column in _DAYS[1:]:
        needing = [s for s, needed in _NEEDED.items() if column in needed]
        bare = state.isin(needing) & on[column].isna()
        remarks.append((bare, column, "状态所需的日期空缺或不是日期",
                        "the state needs this day, which is missing or no date"))  # fmt: skip
    parts = [_said(cases, ids, mask.to_numpy(dtype=bool), *words) for mask, *words in remarks]
    refused = pd.concat(parts).sort_values(["row", "field"], kind="stable", ignore_index=True)
    bad = np.zeros(len(cases), bool)
    bad[refused["row"].to_numpy(dtype=int) - 1] = True
    return cases[~bad], refused


def _said(
    cases: pd.DataFrame, ids: pd.Series, mask: Any, field: str, zh: str, en: str
) -> pd.DataFrame:
    at = np.flatnonzero(mask)
    return pd.DataFrame({
        "row": at + 1, "case_id": ids.to_numpy()[at], "field": field,
        "value": texts(cases, field).to_numpy()[at], "reason_zh": zh, "reason_en": en,
    })  # fmt: skip
