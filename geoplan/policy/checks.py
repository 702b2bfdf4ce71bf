"""Checks of single fields of a policy file (字段检查): each says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from geoplan.policy import vocabulary as v
from geoplan.policy.problems import Path, Report, near
from geoplan.units import UNITS

Complaint = tuple[str, str] | None
Check = Callable[[Any], Complaint]


def text(value: Any) -> Complaint:
    """Accept a string that is not blank."""
    if isinstance(value, str) and value.strip():
        return None
    return f"must be a text, found {value!r}", f"应为文字，现为 {value!r}"


def any_text(value: Any) -> Complaint:
    """Accept a string, blank or not."""
    return None if isinstance(value, str) else text(value)


def day(value: Any) -> Complaint:
    """Accept a date written as TOML writes dates."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return None
    return (
        f"is not a date: {value!r}; write 2025-12-31, without quotes",
        f"不是日期：{value!r}；应写成 2025-12-31，不加引号",
    )


def flag(value: Any) -> Complaint:
    """Accept a truth value."""
    if isinstance(value, bool):
        return None
    return f"must be true or false, found {value!r}", f"应为 true 或 false，现为 {value!r}"


def number(value: Any) -> Complaint:
    """Accept a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number, found {value!r}", f"应为数字，现为 {value!r}"
    if not math.isfinite(value):
        return f"is not a usable number: {value!r}", f"不是可用的数字：{value!r}"
    if value < 0:
        return f"is negative: {value!r}", f"不得为负：{value!r}"
    return None


def whole(value: Any) -> Complaint:
    """Accept a whole number that is not negative."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return None
    return f"must be a whole number, found {value!r}", f"应为整数，现为 {value!r}"


def confidence(value: Any) -> Complaint:
    """Accept a number from 0 to 1."""
    if number(value) is None and value <= 1:
        return None
    return f"must lie between 0 and 1, found {value!r}", f"应在 0 与 1 之间，现为 {value!r}"


def word(known: Collection[str]) -> Check:
    """Return a check for one word of a closed list."""

    def check(value: Any) -> Complaint:
        if isinstance(value, str) and value in known:
            return None
        hint, hint_zh = near(str(value), known) if value else ("", "")
        listed = ", ".join(known) if len(known) <= 12 and not hint else ""  # noqa: PLR2004
        more = f" One of: {listed}." if listed else ""
        return (
            f"{value!r} is not a known word.{hint}{more}",
            f"“{value}”不在词表中。{hint_zh}" + (f"可用：{listed}。" if listed else ""),
        )

    return check


def words(known: Collection[str] | None = None) -> Check:
    """Return a check for a list of words, of a closed list where one is given."""
    one = text if known is None else word(known)

    def check(value: Any) -> Complaint:
        if not isinstance(value, list):
            return f"must be a list of words, found {value!r}", f"应为一列词，现为 {value!r}"
        return next((said for item in value if (said := one(item))), None)

    return check


def parameter_value(value: Any) -> Complaint:
    """Accept a number, a flag, a word, or a list of numbers or of words."""
    if isinstance(value, list):
        kinds = {isinstance(item, str) for item in value}
        if len(kinds) > 1:
            return "mixes numbers and words", "数字与文字混用"
        one = text if kinds == {True} else number
        return next((said for item in value if (said := one(item))), None)
    if isinstance(value, bool):
        return None
    return text(value) if isinstance(value, str) else number(value)


def classes(value: Any) -> Complaint:
    """Accept a list of tables; what is in them is checked apart."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return None
    return (
        "must be a list of { status = …, value = … }",
        "应为一列 { status = …, value = … }",
    )


EVIDENCE: dict[str, Check] = {
    "clause": text,
    "basis": word(v.BASES),
    "confidence": confidence,
    "sources": words(),
    "effective_from": day,
    "effective_to": day,
    "note_zh": any_text,
    "note_en": any_text,
}
TITLES: dict[str, Check] = {"title_zh": text, "title_en": text}

POLICY: dict[str, Check] = {
    "id": text,
    "title": text,
    "title_en": text,
    "document_no": any_text,
    "issued": day,
    "assessment_date": day,
    "extends": text,
    "schema_version": whole,
}
SOURCE: dict[str, Check] = {"title": text, "where": any_text, "note": any_text}
PARAMETER: dict[str, Check] = {
    "value": parameter_value,
    "unit": word(UNITS),
    **TITLES,
    **EVIDENCE,
}
OPTIONS: dict[str, Check] = {
    "level": word(v.LEVELS),
    "levels": words(v.LEVELS),
    "unit_kinds": words(v.UNIT_KINDS),
    "urban_only": flag,
    "facility_kinds": words(v.FACILITY_KINDS),
    "functions": words(v.FUNCTIONS),
    "services": words(v.SERVICES),
    "statuses": words(v.STATUSES),
    "column": word(v.FACILITY_COLUMNS),
    "numerator_column": word(v.FACILITY_COLUMNS),
    "denominator_column": word(v.FACILITY_COLUMNS),
    "numerator_set": words(),
    "denominators": words(v.DENOMINATORS),
    "sharing": flag,
    "or_functions": words(v.FUNCTIONS),
    "cemetery_kinds": words(v.CEMETERY_KINDS),
    "coverage": word(v.COVERAGES),
    "also_units": text,
    "or_figure": flag,
    "verdict_flag": text,
    "pool_min": number,
    "profiles": words(),
    "limit_min": number,
    "demand": text,
    "project_columns": words(v.PROJECT_COLUMNS),
    "project_kinds": words(),
    "sum_of": words(),
    "min_grade": whole,
    "of_min_grade": whole,
    "against": text,
    "against_lag_year": whole,
    "other_kinds": words(v.FACILITY_KINDS),
    "distance": text,
    "objects": word(v.LISTS),
    "kinds_at": words(v.KINDS_AT),
    "presence": flag,
    "profile": text,
    "severity": word(("error", "warning", "manual")),
    "indicator": text,
    "column_box": whole,
    "formula_zh": text,
    "formula_en": text,
}
RULE: dict[str, Check] = {
    "kind": word(v.KINDS),
    **TITLES,
    "text_zh": any_text,
    "attribute": word(v.ATTRIBUTES),
    "value": number,
    "unit": word(UNITS),
    "operator": word(v.OPERATORS),
    "classes": classes,
    "due": day,
    **EVIDENCE,
    **OPTIONS,
}
CLASS: dict[str, Check] = {
    "status": word(v.BUILD_STATUSES),
    "value": number,
    "min_single_m2": number,
    "allocation": word(v.ALLOCATIONS),
}


def table(
    report: Report,
    path: Path,
    content: Any,
    fields: Mapping[str, Check],
    required: Collection[str] = (),
) -> bool:
    """
    Check one table's keys and values; note every problem.

    Returns
    -------
    usable
        Whether the table had none.
    """
    if not isinstance(content, dict):
        report.add(path, "must be a table", "应为一个表")
        return False
    good = True
    for key, value in content.items():
        said = fields[key](value) if key in fields else _unknown(key, fields)
        if said:
            report.add((*path, key), *said)
            good = False
    for key in required:
        if key not in content:
            report.add((*path, key), f"{key} is missing", f"缺少 {key}")
            good = False
    return good


def _unknown(key: str, fields: Mapping[str, Check]) -> tuple[str, str]:
    hint, hint_zh = near(key, fields)
    return f"unknown key {key!r}.{hint}", f"没有“{key}”这一项。{hint_zh}"
