"""Cells of registers (登记册单元格) as texts and days; what is absent is empty, never zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.errors import MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


def require(frame: pd.DataFrame, layer: str, *columns: str) -> None:
    """
    Refuse a frame that lacks columns.

    Raises
    ------
    MissingColumnsError
        If one is absent.
    """
    missing = set(columns) - set(frame.columns)
    if missing:
        raise MissingColumnsError.for_layer(layer, missing, frame.columns)


def each(frame: pd.DataFrame) -> Iterable[Any]:
    """Return the rows as named tuples; ``Index`` is the row's label."""
    return frame.itertuples()


def texts(frame: pd.DataFrame, column: str) -> pd.Series[str]:
    """Return a column as stripped text, empty where a cell or the whole column is missing."""
    if column not in frame.columns:
        return pd.Series("", index=frame.index, dtype=object)
    return pd.Series(["" if pd.isna(v) else str(v).strip() for v in frame[column]],
                     index=frame.index, dtype=object)  # fmt: skip


def looked_up(
    ids: pd.Series[str], frame: pd.DataFrame, column: str, key: str = "place_id"
) -> pd.Series[str]:
    """Return the text that a frame has for each id, the first where it is there twice, else ''."""
    words = dict(zip(reversed([*texts(frame, key)]), reversed([*texts(frame, column)]),
                     strict=True))  # fmt: skip
    return pd.Series([words.get(i, "") for i in ids], index=ids.index, dtype=object)


def days(frame: pd.DataFrame, column: str) -> pd.Series[pd.Timestamp]:
    """Return a column as days, NaT where a cell or the whole column is missing or no date."""
    if column not in frame.columns:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    found = pd.to_datetime(frame[column], errors="coerce", format="ISO8601")
    return found.astype("datetime64[s]").dt.normalize()


def day_of(value: object) -> date | None:
    """
    Return a cell as a day, None where it is missing.

    Examples
    --------
    >>> day_of("2026-03-02"), day_of(None)
    (datetime.date(2026, 3, 2), None)
    """
    found = pd.to_datetime(value, errors="coerce", format="ISO8601")  # type: ignore[call-overload]
    return None if pd.isna(found) else found.date()
