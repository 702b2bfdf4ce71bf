"""
Ledgers of boundary work (界线台账): precise lines (BND-26a–c), 平安边界 (BND-27), basis (BND-12).

The three figures of precision stand beside each other and are never put into one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan import crs as _crs
from geoplan.boundaries.notes import numbers, texts
from geoplan.errors import MissingColumnsError
from geoplan.standards.measures import judge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

_DEMARCATED = ("agreed", "approved")
_HIGHER = ("province", "prefecture", "county")
KPI = ("rule_id", "title_zh", "title_en", "clause", "unit_code", "counted", "value", "unit",
       "operator", "target", "status", "numerator", "denominator_value", "gap", "missing",
       "completeness_share", "value_min", "value_max", "basis", "basis_note_zh", "basis_note_en",
       "policy_digest")  # fmt: skip
COUNTED = (("BND-26a", "count"), ("BND-26b", "count"), ("BND-26b", "length_m"),
           ("BND-26c", "length_m"))  # fmt: skip
"""The three figures and what each is counted by."""


def precision_figures(
    policy: Policy,
    *,
    boundary_lines: pd.DataFrame | None = None,
    village_lines: pd.DataFrame | None = None,
    units: Mapping[str, set[str]] | None = None,
) -> pd.DataFrame:
    """
    Return how far the lines are precise on the ground, three figures side by side (BND-26a to c).

    a: village management lines checked (核定) over all, by count. b: township lines demarcated
    (勘定: agreed or approved) over all, by count and by length. c: lines of county level and above
    with agreed precise geometry (细化) over all, by length.

    Parameters
    ----------
    policy
        Gives the targets.
    boundary_lines
        ``level``, ``legal_status``, ``precise``, ``length_m`` or a geometry (any CRS),
        ``left_code``, ``right_code``. None: no data.
    village_lines
        ``checked``, ``left_code``, ``right_code``. None: no data.
    units
        Code of a county or township -> the codes of itself and everything in it: a line is
        counted for each unit that it bounds or runs in. None: the city as a whole alone.

    Returns
    -------
    figures
        One row per rule, way of counting (``count``, ``length_m``) and unit (empty: the whole),
        columns `KPI`: ``value`` in per cent of what is known (``numerator`` over
        ``denominator_value``; ``gap`` is what is left of it), with bounds for lines of which it is
        not known; without a line ``no_data``.

    Raises
    ------
    UnknownIdError
        If the policy lacks one of the rules.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> lines = pd.DataFrame({"level": "township", "length_m": [1000.0, 3000.0],
    ...                       "legal_status": ["agreed", "working"]})
    >>> rows = precision_figures(read_policy("suizhou-2022"), boundary_lines=lines)
    >>> rows[["rule_id", "counted", "value", "status"]].fillna(-1.0).values.tolist()
    [['BND-26a', 'count', -1.0, 'no_data'], ['BND-26b', 'count', 50.0, 'not_met'],
     ['BND-26b', 'length_m', 25.0, 'not_met'], ['BND-26c', 'length_m', -1.0, 'no_data']]
    """
    found = done_lines(boundary_lines, village_lines)
    rows = []
    for rule_id, counted in COUNTED:
        lines, done = found[rule_id]
        weight = _length_m(lines) if counted == "length_m" else np.ones(len(done))
        named = pd.DataFrame() if lines is None else lines
        sides = [np.array(texts(named, c), dtype=object) for c in ("left_code", "right_code")]
        for code, members in {"": None, **(units or {})}.items():
            keep = np.ones(len(done), dtype=bool)
            if members is not None:
                keep = np.isin(sides[0], list(members)) | np.isin(sides[1], list(members))
            rows.append(_figure(policy, rule_id, counted, code, done[keep], weight[keep]))
    return pd.DataFrame(rows, columns=list(KPI))


def done_lines(
    boundary_lines: pd.DataFrame | None, village_lines: pd.DataFrame | None
) -> dict[str, tuple[pd.DataFrame | None, Array]]:
    """
    Return the lines that each of BND-26a to c counts, and which are done: 1, 0, NaN unknown.

    Parameters
    ----------
    boundary_lines, village_lines
        As for `precision_figures`.

    Returns
    -------
    lines
        By rule; None where there is no layer.
    """
    township, higher = _of_level(boundary_lines, ("township",)), _of_level(boundary_lines, _HIGHER)
    return {
        "BND-26a": (village_lines, _flag(village_lines, "checked")),
        "BND-26b": (township, _demarcated(township)),
        "BND-26c": (higher, _flag(higher, "precise")),
    }


def _of_level(lines: pd.DataFrame | None, levels: tuple[str, ...]) -> pd.DataFrame | None:
    if lines is None or "level" not in lines.columns:
        return None
    return lines[lines["level"].isin(levels).to_numpy(dtype=bool)]


def _flag(lines: pd.DataFrame | None, column: str) -> Array:
    """Return 1 for yes, 0 for no, NaN for not known."""
    if lines is None:
        return np.zeros(0)
    if column not in lines.columns:
        return np.full(len(lines), np.nan)
    return lines[column].astype("boolean").to_numpy(dtype=float, na_value=np.nan)


def _demarcated(lines: pd.DataFrame | None) -> Array:
    if lines is None:
        return np.zeros(0)
    said = texts(lines, "legal_status")
    return np.array([np.nan if not s else float(s in _DEMARCATED) for s in said])


def _length_m(lines: pd.DataFrame | None) -> Array:
    """Return registered lengths, measured ones where none is registered, NaN without either."""
    if lines is None:
        return np.zeros(0)
    length = numbers(lines, "length_m").to_numpy().copy()
    if hasattr(lines, "geometry") and getattr(lines, "crs", None) is not None:
        measured = _crs.ellipsoidal_length_m(lines)
        open_ = np.isnan(length) & (measured > 0)
        length[open_] = measured[open_]
    return length


def _figure(
    policy: Policy, rule_id: str, counted: str, code: str, done: Array, weight: Array
) -> dict[str, Any]:
    rule = policy.rule(rule_id)
    sized = ~np.isnan(weight)
    total, known = weight[sized].sum(), sized & ~np.isnan(done)
    yes, unknown = (weight * np.nan_to_num(done))[known].sum(), weight[sized & ~known].sum()
    known_total = weight[known].sum()
    value, low, high = np.nan, np.nan, np.nan
    if known_total > 0:
        value = 100.0 * yes / known_total
    if total > 0:
        # a line of unknown length could outweigh all others: only all or nothing is sure then
        vague = (~sized).any()
        low, high = 100.0 * yes / total, 100.0 * (yes + unknown) / total
        low, high = (0.0 if vague else low), (100.0 if vague else high)
    if not known.any():
        low = high = np.nan
    bounds = pd.DataFrame({"value_min": [low], "value_max": [high]})
    return {
        "rule_id": rule_id, "title_zh": rule.title_zh, "title_en": rule.title_en,
        "clause": rule.clause, "unit_code": code, "counted": counted, "value": value,
        "unit": rule.unit, "operator": rule.operator, "target": rule.target(),
        "status": judge(bounds, rule.meets)[0], "numerator": yes if known.any() else np.nan,
        "denominator_value": known_total if known.any() else np.nan,
        "gap": known_total - yes if known.any() else np.nan,
        "missing": int((~known).sum()), "completeness_share": known.mean() if len(done) else 0.0,
        "value_min": low, "value_max": high, "basis": rule.basis,
        "basis_note_zh": rule.basis_note("zh"), "basis_note_en": rule.basis_note("en"),
        "policy_digest": policy.digest,
    }  # fmt: skip


def peace_agreements(
    lines: pd.DataFrame, documents: pd.DataFrame | None, today: date
) -> pd.DataFrame:
    """
    Return each line's 平安边界 agreement and whether it is still in force (BND-27).

    Parameters
    ----------
    lines
        ``line_id``; any CRS.
    documents
        ``line_id``, ``document_kind``, ``document_no``, ``document_date``, ``valid_until``; of
        several agreements the one that runs longest counts. None: no data.
    today
        The day asked about; an agreement is in force on its last day.

    Returns
    -------
    agreements
        The index of ``lines``: ``line_id``, ``document_no``, ``document_date``, ``valid_until``,
        ``status``: ``in_force``, ``expired``, ``to_verify`` (no end is written), ``missing``,
        ``no_data``; ``rule_id``.

    Raises
    ------
    MissingColumnsError
        If ``line_id`` is absent.

    Examples
    --------
    >>> from datetime import date
    >>> papers = pd.DataFrame({"line_id": ["a"], "document_kind": "peace_agreement",
    ...                        "valid_until": pd.to_datetime(["2026-12-31"])})
    >>> lines = pd.DataFrame({"line_id": ["a", "b"]})
    >>> peace_agreements(lines, papers, date(2026, 12, 31))["status"].tolist()
    ['in_force', 'missing']
    """
    line_id = _line_ids(lines)
    columns = ["document_no", "document_date", "valid_until"]
    out = pd.DataFrame({"line_id": line_id}, index=lines.index)
    papers = pd.DataFrame() if documents is None else documents
    own = papers[np.array(texts(papers, "document_kind"), dtype=object) == "peace_agreement"]
    table = pd.DataFrame({c: texts(own, c) for c in ("line_id", "document_no")}, dtype=object)
    for column in columns[1:]:
        table[column] = _days(own, column)
    # without an end it might still run: it stands behind every one that has an end in the future
    table = table.sort_values("valid_until", kind="stable", na_position="first")
    best = table.drop_duplicates("line_id", keep="last").set_index("line_id")
    found = best.reindex(line_id)
    until = found["valid_until"]
    in_force = (until >= pd.Timestamp(today)).to_numpy()
    endless = set(table.loc[table["valid_until"].isna(), "line_id"])
    open_end = np.isin(line_id, list(endless)) & ~in_force
    there = np.isin(line_id, list(best.index))
    for column in columns:
        out[column] = found[column].to_numpy()
    out["document_no"] = out["document_no"].fillna("")
    unknown = np.full(len(out), documents is None)
    status = np.select([unknown, ~there, in_force, open_end],
                       ["no_data", "missing", "in_force", "to_verify"], "expired")  # fmt: skip
    return out.assign(status=status, rule_id="BND-27")


def hazard_ledger(hazards: pd.DataFrame, today: date) -> pd.DataFrame:
    """
    Return the ledger of hazards (隐患台账) with what is overdue (BND-27).

    Parameters
    ----------
    hazards
        ``hazard_id``, ``line_id``, ``description``, ``responsible``, ``state``, ``due_on``,
        ``closed_on``; any CRS.
    today
        The day asked about; the due day itself is not overdue.

    Returns
    -------
    ledger
        The index of ``hazards``: those columns and ``overdue_day`` (days past due: until today, or
        until it was closed; missing without a due date), ``status``: ``overdue``, ``due``,
        ``closed``, ``closed_late``, ``no_data`` (open, and no due date or no state is written).

    Examples
    --------
    >>> from datetime import date
    >>> hazard = pd.DataFrame({"hazard_id": ["h"], "state": "open",
    ...                        "due_on": pd.to_datetime(["2026-11-20"])})
    >>> hazard_ledger(hazard, date(2026, 11, 24))[["status", "overdue_day"]].values.tolist()
    [['overdue', 4]]
    """
    columns = ("hazard_id", "line_id", "description", "responsible", "state")
    out = pd.DataFrame({c: texts(hazards, c) for c in columns}, index=hazards.index)
    due, closed_on = _days(hazards, "due_on"), _days(hazards, "closed_on")
    closed = (out["state"] == "closed").to_numpy()
    until = np.where(closed, closed_on, np.datetime64(today, "s"))
    late = pd.Series(until - due).dt.days.to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        is_late = late > 0
    status = np.select(
        [closed & is_late, closed, (out["state"] == "").to_numpy() | np.isnan(late), is_late],
        ["closed_late", "closed", "no_data", "overdue"], "due",
    )  # fmt: skip
    days = pd.array(np.where(is_late, late, np.where(np.isnan(late), np.nan, 0.0)), dtype="Int64")
    return out.assign(due_on=due, closed_on=closed_on, overdue_day=days, status=status,
                      rule_id="BND-27")  # fmt: skip


BASIS: dict[str, tuple[str, tuple[str, ...]]] = {
    "agreement": ("界线协议书", ("agreement", "decision")),
    "agreement_map": ("协议书附图", ("agreement_map",)),
    "marker_register": ("界桩登记表", ("marker_register",)),
    "approval": ("批准文件", ("approval", "decision")),
}
"""What an inspection is based on, and the kinds of documents that serve (办法 Art. 5)."""
_REPORT = ("inspection_report", "以往联检报告")


def basis_documents(
    lines: pd.DataFrame,
    documents: pd.DataFrame | None,
    *,
    inspections: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Tell whether the documents that an inspection is based on are there (BND-12).

    Parameters
    ----------
    lines
        ``line_id``; any CRS.
    documents
        ``line_id``, ``document_kind``. None: no data.
    inspections
        ``line_id``, ``completed_on``: a line that was inspected must have its report.

    Returns
    -------
    checks
        The index of ``lines``: ``line_id``, ``missing`` (``;``-joined), ``status`` (``met``,
        ``warning``, ``no_data``), ``remark_zh``, ``remark_en``, ``clause``, ``rule_id``.

    Raises
    ------
    MissingColumnsError
        If ``line_id`` is absent.

    Examples
    --------
    >>> lines = pd.DataFrame({"line_id": ["a"]})
    >>> papers = pd.DataFrame({"line_id": "a", "document_kind": ["agreement", "approval"]})
    >>> basis_documents(lines, papers)["missing"].tolist()
    ['agreement_map;marker_register']
    """
    line_id = _line_ids(lines)
    have: dict[str, set[str]] = {}
    if documents is not None:
        for line, kind in zip(texts(documents, "line_id"), texts(documents, "document_kind"),
                              strict=True):  # fmt: skip
            have.setdefault(line, set()).add(kind)
    inspected: set[str] = set()
    if inspections is not None:
        done = ~pd.isna(_days(inspections, "completed_on"))
        inspected = set(np.array(texts(inspections, "line_id"), dtype=object)[done])
    names = {**{k: zh for k, (zh, _) in BASIS.items()}, _REPORT[0]: _REPORT[1]}
    missing = []
    for line in line_id:
        lacks = [k for k, (_, kinds) in BASIS.items() if not have.get(line, set()) & set(kinds)]
        if line in inspected and _REPORT[0] not in have.get(line, set()):
            lacks.append(_REPORT[0])
        missing.append(lacks)
    unknown = documents is None
    return pd.DataFrame({
        "line_id": line_id, "missing": ["" if unknown else ";".join(m) for m in missing],
        "status": ["no_data" if unknown else "warning" if m else "met" for m in missing],
        "remark_zh": [_lacking("没有文件登记表", "缺", [names[k] for k in m], "、", unknown=unknown)
                      for m in missing],
        "remark_en": [_lacking("no register of documents", "missing: ", m, ", ", unknown=unknown)
                      for m in missing],
        "clause": "省级行政区域界线联合检查实施办法 第五条", "rule_id": "BND-12",
    }, index=lines.index)  # fmt: skip


def _lacking(none: str, word: str, what: list[str], joint: str, *, unknown: bool) -> str:
    if unknown:
        return none
    return word + joint.join(what) if what else ""


def _line_ids(lines: pd.DataFrame) -> list[str]:
    if "line_id" not in lines.columns:
        raise MissingColumnsError.for_layer("boundary_lines", {"line_id"}, lines.columns)
    return texts(lines, "line_id")


def _days(frame: pd.DataFrame, column: str) -> Array:
    if column not in frame.columns:
        return np.full(len(frame), np.datetime64("NaT", "s"))
    return pd.to_datetime(frame[column]).to_numpy(dtype="datetime64[s]")
