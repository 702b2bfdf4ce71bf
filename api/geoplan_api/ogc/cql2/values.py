"""Values of a filter (取值): columns and literals, typed, each with what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan_api.ogc.cql2.mistakes import malformed, unknown_property

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan_api.snapshot import Snapshot

    Array = npt.NDArray[Any]

GEOMETRY = "geometry"
BEGINNING, END = np.iinfo(np.int64).min + 1, np.iinfo(np.int64).max
"""Open ends of an interval."""
_BEIJING = timezone(timedelta(hours=8))
_NAIVE = 8 * 3_600_000_000
_NOWHERE = np.zeros((), bool)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Value:
    """
    One value per row, or one for all.

    Parameters
    ----------
    kind
        ``number``, ``text``, ``bool``, ``date``, ``interval``, ``shape``, ``list`` or ``null``.
    data
        Values; of an interval its beginnings. Dates are microseconds of their midnight in Beijing.
    there
        Whether there is a value.
    end
        Ends of an interval.
    at
        Of a shape: ``literal`` or ``column``.
    """

    kind: str
    data: Any
    there: Any = True
    end: Any = None
    at: str = "literal"


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a condition holds, and where its contrary does; elsewhere it is not known."""

    yes: Any
    no: Any

    @classmethod
    def of(cls, holds: Any, known: Any) -> Truth:
        """Make one from an answer and where it is known."""
        holds, known = np.asarray(holds, bool), np.asarray(known, bool)
        return cls(holds & known, ~holds & known)


def names_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the properties of a snapshot: its columns, declared ones it lacks, its geometry."""
    shown = list(snapshot.columns.names)
    shown += [c.name for c in snapshot.view.columns if c.name not in shown]
    return (*shown, *((GEOMETRY,) if snapshot.placed is not None else ()))


def column(snapshot: Snapshot, name: str) -> Value:
    """
    Return a property.

    Raises
    ------
    InputError
        If the role sees none of that name.
    """
    known = names_of(snapshot)
    if name not in known:
        raise unknown_property(name, known)
    if name == GEOMETRY and snapshot.shapes is not None:
        there = np.array([s is not None and not s.is_empty for s in snapshot.shapes], dtype=bool)
        return Value("shape", snapshot.shapes, there, at="column")
    if name not in snapshot.columns:
        return _absent(snapshot, name)
    return _typed(snapshot.columns.series(name))


def _absent(snapshot: Snapshot, name: str) -> Value:
    declared = snapshot.view.layer.column(name)
    dtype = declared.dtype if declared else "str"
    kind = {"int": "number", "float": "number", "bool": "bool", "date": "date"}.get(dtype, "text")
    empty: dict[str, Any] = {"number": np.nan, "bool": False, "date": BEGINNING, "text": ""}
    return Value(kind, np.asarray(empty[kind]), _NOWHERE)


def _typed(values: pd.Series[Any]) -> Value:
    there = values.notna().to_numpy(dtype=bool)
    if pd.api.types.is_bool_dtype(values.dtype):
        return Value("bool", values.fillna(value=False).to_numpy(dtype=bool), there)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return Value("number", values.to_numpy(dtype=float, na_value=np.nan), there)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        own = values.dt.tz is None
        plain = values if own else values.dt.tz_convert("UTC").dt.tz_localize(None)
        micros = plain.to_numpy().astype("datetime64[us]").astype(np.int64) - (_NAIVE if own else 0)
        return Value("date", np.where(there, micros, BEGINNING), there)
    words = values.astype(object).where(values.notna(), "")
    return Value("text", np.array([str(w) for w in words], dtype=object), there)


def literal(node: Any) -> Value:
    """
    Return a literal that is no list and no shape.

    Raises
    ------
    InputError
        If it is none.
    """
    if node is None:
        return Value("null", None, _NOWHERE)
    if isinstance(node, bool):
        return Value("bool", np.asarray(node))
    if isinstance(node, str):
        return Value("text", np.array(node, dtype=object))
    if isinstance(node, (int, float)):
        return Value("number", np.asarray(_finite(node)))
    if isinstance(node, dict) and len(node) == 1:
        key, word = next(iter(node.items()))
        if key in {"date", "timestamp"}:
            return Value("date", np.asarray(instant(word, key)))
    raise malformed(node, "no value of the language", "不是合法的值")


def _finite(node: float) -> float:
    try:
        value = float(node)
    except OverflowError:
        value = np.inf
    if not np.isfinite(value):
        raise malformed(str(node)[:20], "too large a number", "数值过大")
    return value


def instant(word: Any, key: str = "") -> int:
    """
    Return microseconds of a date's midnight in Beijing, or of a timestamp.

    Raises
    ------
    InputError
        If it is neither.
    """
    try:
        if isinstance(word, str) and key != "timestamp" and _DATE.fullmatch(word):
            day = date.fromisoformat(word)
            return _micros(datetime(day.year, day.month, day.day, tzinfo=_BEIJING))
        if isinstance(word, str) and key != "date" and _TIMESTAMP.fullmatch(word):
            return _micros(datetime.fromisoformat(word.upper()))
    except (ValueError, OverflowError):
        pass
    wanted = {"date": "2024-01-31", "timestamp": "2024-01-31T08:00:00Z"}
    shown = wanted.get(key, " / ".join(wanted.values()))
    raise malformed(
        word, f"no such day or time; write {shown}", f"没有这个日期时间，写法如 {shown}"
    )


def _micros(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds
