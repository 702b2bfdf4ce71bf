"""The columns of a layer (列), each made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt


def array_of(values: pd.Series[Any]) -> Any:
    """Return a column's array: numpy's own where it has one."""
    return np.asarray(values) if isinstance(values.dtype, np.dtype) else values.array


class Columns:
    """
    Cells by column: arrays, text perhaps as plain objects.

    Parameters
    ----------
    names
        In order.
    make
        Makes the array of a name.
    count
        How many rows there are.
    """

    def __init__(self, names: Sequence[str], make: Callable[[str], Any], count: int) -> None:
        self.names, self._make, self.count = tuple(names), make, count
        self._made: dict[str, Any] = {}

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Columns:
        """Return the columns of a frame, numbered from 0."""
        return cls([str(c) for c in frame.columns], lambda name: array_of(frame[name]), len(frame))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def at(self, rows: npt.NDArray[np.intp]) -> Columns:
        """Return those of some rows."""
        return Columns(self.names, lambda name: self[name][rows], len(rows))

    def series(self, name: str) -> pd.Series[Any]:
        """Return one of them, numbered from 0."""
        values = pd.Series(self[name])
        return values.infer_objects() if values.dtype == object else values

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All of them as a frame, numbered from 0."""
        cells = {name: self.series(name) for name in self.names}
        return pd.DataFrame(cells, index=pd.RangeIndex(self.count))
