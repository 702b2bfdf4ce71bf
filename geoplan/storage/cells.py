"""
Cells (单元格): what a column of a record may hold, and the form in which it is kept.

Cells are read by column, and each different value of a column once: a ledger has thousands of
rows, but few kinds of stone. What is kept goes to the current-state table, its JSON into the
content of the version.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geoplan.schemas import Column, Layer

Check = Callable[[Any], Any]
"""Takes a cell and returns it as it is kept, or raises ValueError (Chinese, English)."""

_NO_NUMBERS = (bool, str)
_LARGEST = 2**63 - 1
_CHECKS: dict[str, dict[str, Check]] = {}
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_SAID: dict[type, Callable[[Any], str]] = {
    str: _ENCODE, float: repr, int: repr, bool: {False: "false", True: "true"}.__getitem__,
}  # fmt: skip
_PLAIN = frozenset(_SAID)


def read(
    name: str, values: list[Any], check: Check
) -> tuple[list[Any], list[str], list[tuple[int, Any, str, str]]]:
    """
    Check the cells of one column and bring them into the form in which they are kept.

    Parameters
    ----------
    name
        Of the column.
    values
        One per row.
    check
        See `checks`.

    Returns
    -------
    kept
        One per row; None where there is nothing.
    texts
        Name and value of each in JSON with a comma after it; empty where there is nothing.
    wrong
        (row, value, reason in Chinese, in English) of those that cannot be kept.

    Examples
    --------
    >>> kept, texts, wrong = read("width_m", [2, "wide", None, 2.5], float)
    >>> kept, texts
    ([2.0, None, None, 2.5], ['"width_m":2.0,', '', '', '"width_m":2.5,'])
    >>> wrong
    [(1, 'wide', '值有误', "could not convert string to float: 'wide'")]
    """
    start = _start(name)
    if len(values) == 1:
        cell, text, reason = _cell(start, values[0], check)
        return [cell], [text], [] if reason is None else [(0, values[0], *reason)]
    kinds = set(map(type, values)) - {NoneType}
    alike = len(kinds) == 1 and kinds <= _PLAIN  # then equal values are the same cell
    places: Sequence[Any] = values if alike else range(len(values))
    other, texts, wrong = {}, {}, {}
    for place in dict.fromkeys(places):
        value = place if alike else values[place]
        cell, texts[place], reason = _cell(start, value, check)
        if cell is not value:
            other[place] = cell
        if reason is not None:
            wrong[place] = reason
    return (
        [other.get(p, v) for p, v in zip(places, values, strict=True)] if other else values,
        list(map(texts.__getitem__, places)),
        [(at, values[at], *wrong[p]) for at, p in enumerate(places) if p in wrong] if wrong else [],
    )


def _cell(start: str, value: Any, check: Check) -> tuple[Any, str, tuple[str, str] | None]:
    """Return what is kept of a cell, its text, and why it cannot be kept."""
    if value is None:
        return None, "", None
    try:
        kept = check(value)
    except (ValueError, TypeError, OverflowError) as error:
        return None, "", _reason(error)
    text = "" if kept is None else f"{start}{_SAID.get(type(kept), _ENCODE)(kept)},"
    return kept, text, None


@lru_cache(maxsize=1024)
def _start(name: str) -> str:
    return f"{_ENCODE(name)}:"


def _reason(error: Exception) -> tuple[str, str]:
    if len(error.args) == 2:  # noqa: PLR2004  (in Chinese and English)
        return error.args
    return "值有误", str(error)


def contents(columns: Sequence[Sequence[str]], count: int) -> list[str]:
    """
    Return the content of each row: JSON of its cells.

    Parameters
    ----------
    columns
        Texts of `read`, by name.
    count
        Of rows.

    Examples
    --------
    >>> contents([['"a":1,', ''], ['"b":2,', '"b":3,']], 2)
    ['{"a":1,"b":2}', '{"b":3}']
    """
    if not columns:
        return ["{}"] * count
    return [f"{{{text[:-1]}}}" for text in map("".join, zip(*columns, strict=True))]


def checks(layer: Layer) -> Mapping[str, Check]:
    """Return the check of each declared column of a layer."""
    found = _CHECKS.get(layer.name)
    if found is None:
        found = _CHECKS[layer.name] = {c.name: _check(c) for c in layer.columns}
    return found


def _check(column: Column) -> Check:
    kind = _READ[column.dtype]
    if column.choices:
        return _coded(column, kind)
    if column.minimum is None and column.maximum is None:
        return kind
    low = float("-inf") if column.minimum is None else column.minimum
    high = float("inf") if column.maximum is None else column.maximum

    def ranged(value: Any) -> Any:
        number = kind(value)
        if number is not None and not low <= number <= high:
            raise ValueError(f"超出 {low:g}—{high:g}", f"outside {low:g} to {high:g}")
        return number

    return ranged


def _coded(column: Column, kind: Check) -> Check:
    codes, several = frozenset(c.code for c in column.choices), column.dtype == "set"

    def coded(value: Any) -> Any:
        text = kind(value)
        parts = () if text is None else text.split(";") if several else (text,)
        if not codes.issuperset(parts):
            known = ", ".join(sorted(codes))
            raise ValueError(f"可填 {known}", f"use one of {known}")
        return text

    return coded


def plain(value: Any) -> Any:
    """Return a cell of an undeclared column as JSON can hold it."""
    if isinstance(value, float):
        return float(value) or 0.0 if isfinite(value) else None
    return value if isinstance(value, int) else _text(str(value))


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise ValueError("应为文字", "must be text")  # noqa: TRY004  (one kind of finding)
    if not value.isprintable() and not _storable(value):
        raise ValueError("含有数据库不能保存的字符", "has a character no database keeps")
    return value or None


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _int(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise ValueError("应为整数", "must be a whole number")
    if not -_LARGEST <= value <= _LARGEST:
        raise ValueError("数值过大", "is too large")
    return int(value)


def _float(value: Any) -> float | None:
    if isinstance(value, _NO_NUMBERS):
        raise ValueError("应为数字", "must be a number")  # noqa: TRY004
    number = float(value)
    if isfinite(number):
        return number or 0.0  # no negative zero: equal numbers are one text
    if number != number:  # noqa: PLR0124  (not a number is no data)
        return None
    raise ValueError("应为有限数", "must be finite")


def _bool(value: Any) -> bool:
    if value not in (True, False):
        raise ValueError("应为是或否", "must be true or false")
    return bool(value)


def _date(value: Any) -> Any:
    try:
        day = date.fromisoformat(value if isinstance(value, str) else str(value)[:10]).isoformat()
    except ValueError:
        raise ValueError("应为日期 年-月-日", "must be a date YYYY-MM-DD") from None
    return value if value == day else day


_READ: dict[str, Check] = {
    "str": _text, "set": _text, "int": _int, "float": _float, "bool": _bool, "date": _date,
}  # fmt: skip
