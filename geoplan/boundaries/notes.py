"""Remarks on single rows (逐行发现): what is wrong with which row, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    import geopandas as gpd

ERROR, WARNING, NO_DATA = "error", "warning", "no_data"
SAID = ("code", "severity", "message_zh", "message_en", "related", "clause")


class Notes:
    """
    Collects remarks; each knows the index label of the row it is about.

    Parameters
    ----------
    *keys
        Columns of the frame that are repeated beside each remark.
    clause
        The rule that the remarks come from.
    """

    def __init__(self, *keys: str, clause: str) -> None:
        self.keys, self.clause = keys, clause
        self._labels: list[Hashable] = []
        self._rows: list[tuple[Any, ...]] = []

    def add(
        self, label: Hashable, ids: Iterable[Any], code: str, zh: str, en: str, *,
        severity: str = ERROR, related: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Note one remark on one row."""
        self._labels.append(label)
        said = (code, severity, zh, en, ";".join(related), self.clause)
        self._rows.append((*ids, *said))

    def frame(self) -> pd.DataFrame:
        """Return the remarks, one row each, under the labels of the rows they are about."""
        index = pd.Index(self._labels, dtype=None if self._labels else object)
        return pd.DataFrame(self._rows, columns=[*self.keys, *SAID], index=index)


def status_of(notes: pd.DataFrame, index: pd.Index[Any]) -> pd.Series[str]:
    """
    Return the status that remarks give each row: error before missing before warning.

    An error is ``not_met``, what is missing ``no_data``, a warning ``to_verify``; else ``met``.
    """
    status = pd.Series("met", index=index)
    for severity, word in ((WARNING, "to_verify"), (NO_DATA, NO_DATA), (ERROR, "not_met")):
        status[status.index.isin(notes.index[notes["severity"] == severity])] = word
    return status


def each(frame: pd.DataFrame) -> Iterable[Any]:
    """Return the rows as named tuples; ``Index`` is the row's label."""
    return frame.itertuples()


def texts(frame: pd.DataFrame, column: str) -> list[str]:
    """Return a column as text, empty where a cell or the whole column is missing."""
    if column not in frame.columns:
        return [""] * len(frame)
    return ["" if pd.isna(v) else str(v).strip() for v in frame[column]]


def numbers(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return a column as float64, NaN where a cell or the whole column is missing."""
    if column not in frame.columns:
        return pd.Series(float("nan"), index=frame.index)
    return pd.to_numeric(frame[column], errors="coerce").astype("float64")


def shapes_of(frame: gpd.GeoDataFrame) -> Any:
    """Return the geometries as an object array."""
    import numpy as np

    return np.asarray(frame.geometry.array, dtype=object)
