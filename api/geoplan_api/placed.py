"""The shapes of a layer (图形), made when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[Any]


class Shapes:
    """
    Longitude and latitude (EPSG:4490) of each row, None where it has no shape.

    Parameters
    ----------
    make
        Makes the shapes of some rows; what becomes of a shape may not depend on the others asked.
    count
        How many rows there are.
    """

    def __init__(self, make: Callable[[Array], Array], count: int) -> None:
        self._make, self._count = make, count

    @classmethod
    def of(cls, shapes: Array) -> Shapes:
        """Return shapes that are there already."""
        out = cls(shapes.__getitem__, len(shapes))
        out.__dict__["all"] = shapes
        return out

    @property
    def made(self) -> bool:
        """Whether every row's is there already."""
        return "all" in self.__dict__

    @cached_property
    def all(self) -> Array:
        """The shape of every row, kept."""
        return self._make(np.arange(self._count))

    def __getitem__(self, rows: Array) -> Array:
        """Return those of some rows; if they are the first asked for, the others are not made."""
        return self.all[rows] if self.made else self._make(rows)
