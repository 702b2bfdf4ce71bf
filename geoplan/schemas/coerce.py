"""Reading cells (单元格取值): text of ledgers into numbers, dates, codes."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.schemas.model import Column

    Bad = npt.NDArray[np.bool_]

_UNIT_WORDS = re.compile(
    r"(平方米|平方公里|公里/小时|km/h|公顷|㎡|m²|m2|米|户|人|张|元|亩|个|年|%|m)$"
)
_TRUE = frozenset(("是", "有", "√", "✓", "true", "yes", "y", "t", "1", "1.0"))
_FALSE = frozenset(("否", "无", "×", "false", "no", "n", "f", "0", "0.0"))
_EMPTY = frozenset(("", "-", "--", "—", "/", "无数据", "缺", "不详", "nan", "none", "null", "<na>"))
_SPLIT = re.compile(r"[;；、,，/\s]+")
_EXCEL_EPOCH = pd.Timestamp("1899-12-30")


def tidy(value: Any) -> str:
    """Return a cell as text: half-width, trimmed, numbers without a trailing ``.0``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def is_empty(values: pd.Series[Any]) -> Bad:
    """Tell which cells hold nothing, or a word that means nothing."""
    empty = values.isna().to_numpy(dtype=bool).copy()
    if values.dtype == object or pd.api.types.is_string_dtype(values):
        codes, words = pd.factorize(values)
        blank = np.array([tidy(w).casefold() in _EMPTY for w in words] + [True], dtype=bool)
        empty |= blank[codes]
    return empty


def coerce(values: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], Bad]:
    """
    Read a column's cells as its declaration says.

    Parameters
    ----------
    values
        Cells as the file has them.
    column
        The declaration.

    Returns
    -------
    values
        Of the dtype ``str``, ``Int64``, ``float64``, ``boolean`` or ``datetime64[s]``; missing
        where the cell is empty or bad.
    bad
        Which cells could not be read.
    """
    empty = is_empty(values)
    if column.dtype in {"int", "float"}:
        return _numbers(values, column, empty)
    if column.dtype == "date":
        return _dates(values, empty)
    read = {"bool": _flag, "set": _codes}.get(column.dtype, _word)
    codes, words = pd.factorize(values.where(~pd.Series(empty, index=values.index)))
    understood = [read(word, column) for word in words]
    wrong = np.array([w is _WRONG for w in understood] + [False], dtype=bool)
    table = np.array([None if w is _WRONG else w for w in understood] + [None], dtype=object)
    dtype: Any = "boolean" if column.dtype == "bool" else "str"
    return pd.Series(table[codes], index=values.index).astype(dtype), wrong[codes]


class _Wrong:
    """Marks a word that is not understood."""


_WRONG = _Wrong()


def _word(value: Any, column: Column) -> Any:
    """Return a word as it stands; full-width digits and letters of a code become plain ones."""
    text = tidy(value)
    if column.choices:
        return _choice(text, column)
    return text if text.isascii() else str(value).strip()


def _choice(text: str, column: Column) -> Any:
    folded = text.casefold()
    for choice in column.choices:
        if folded == choice.code.casefold() or text == choice.zh or text in choice.aliases:
            return choice.code
    return _WRONG


def _flag(value: Any, _: Column) -> Any:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    text = tidy(value).casefold()
    return True if text in _TRUE else False if text in _FALSE else _WRONG


def _codes(value: Any, column: Column) -> Any:
    parts = [p for p in _SPLIT.split(tidy(value)) if p]
    if not column.choices:
        return ";".join(dict.fromkeys(parts))
    known = [_choice(p, column) for p in parts]
    if any(k is _WRONG for k in known):
        return _WRONG
    order = {c.code: i for i, c in enumerate(column.choices)}
    return ";".join(sorted(set(known), key=order.__getitem__))


def _numbers(values: pd.Series[Any], column: Column, empty: Bad) -> tuple[pd.Series[Any], Bad]:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        number = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    else:
        codes, words = pd.factorize(values.where(~pd.Series(empty, index=values.index)))
        table = np.array([_number(w) for w in words] + [np.nan], dtype=float)
        number = table[codes]
    bad = np.isnan(number) & ~empty
    bad |= ~np.isfinite(number) & ~np.isnan(number)
    if column.dtype == "int":
        with np.errstate(invalid="ignore"):
            bad |= ~empty & ~np.isnan(number) & (np.abs(number - np.round(number)) > 1e-6)  # noqa: PLR2004
    number = np.where(bad, np.nan, number)
    out = pd.Series(number, index=values.index)
    return (out.round().astype("Int64") if column.dtype == "int" else out), bad


def _number(value: Any) -> float:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    text = _UNIT_WORDS.sub("", tidy(value).replace(",", "").replace(" ", ""))
    try:
        return float(text)
    except ValueError:
        return np.nan


def _dates(values: pd.Series[Any], empty: Bad) -> tuple[pd.Series[Any], Bad]:
    if pd.api.types.is_datetime64_any_dtype(values):
        plain = values.dt.tz_localize(None) if values.dt.tz is not None else values
        return plain.dt.floor("D").astype("datetime64[s]"), np.zeros(len(values), bool)
    codes, words = pd.factorize(values.where(~pd.Series(empty, index=values.index)))
    table = np.array([_date(w) for w in words] + [np.datetime64("NaT", "s")], "datetime64[s]")
    out = pd.Series(table[codes], index=values.index)
    return out, out.isna().to_numpy() & ~empty


def _date(value: Any) -> np.datetime64:
    nothing = np.datetime64("NaT", "s")
    if isinstance(value, pd.Timestamp) or hasattr(value, "year"):
        return np.datetime64(str(value)[:10], "s")
    text = tidy(value)
    found = re.fullmatch(
        r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?年?(?:[T ].*)?", text
    )
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if compact or found:
        year, month, day = (compact or found).groups()  # type: ignore[union-attr]
        try:
            return np.datetime64(f"{year}-{int(month or 1):02}-{int(day or 1):02}", "s")
        except ValueError:
            return nothing
    if re.fullmatch(r"\d{5}(\.\d+)?", text):  # a day number of Excel
        return np.datetime64(str(_EXCEL_EPOCH + pd.Timedelta(days=int(float(text))))[:10], "s")
    return nothing
