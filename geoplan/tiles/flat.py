"""Shapes of a layer as flat arrays (扁平数组), made once for all its tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geoplan.boundaries.topology import pointers
from geoplan.tiles import cutting

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

POINTS, LINES, POLYGONS = 0, 1, 2


class Flat(NamedTuple):
    """
    Features of one kind.

    Parameters
    ----------
    xy, part_ptr, feature_ptr
        As in `cutting`: parts are points, lines or rings.
    hole
        Of each part: whether it is a hole.
    """

    xy: Array
    part_ptr: Array
    feature_ptr: Array
    hole: Array

    def of(self, features: Array) -> Flat:
        """Return some features, in their order."""
        xy, part_ptr, feature_ptr = cutting.gather(
            self.xy, self.part_ptr, self.feature_ptr, features
        )
        first, last = self.feature_ptr[features], self.feature_ptr[features + 1]
        return Flat(xy, part_ptr, feature_ptr, self.hole[_ranges(first, last)])

    def boxes(self) -> Array:
        """Return west, south, east, north of each feature; NaN where it has no vertex."""
        begin = self.part_ptr[self.feature_ptr[:-1]]
        there = np.flatnonzero(np.diff(self.part_ptr[self.feature_ptr]))
        out = np.full((len(begin), 4), np.nan)
        if len(there):
            out[there, :2] = np.minimum.reduceat(self.xy, begin[there])
            out[there, 2:] = np.maximum.reduceat(self.xy, begin[there])
        return out

    def polygons(self) -> Array:
        """Return the features, which are polygons, as shapes."""
        outer = np.flatnonzero(~self.hole)
        parts = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, self.xy, (self.part_ptr, np.r_[outer, len(self.hole)])
        )
        owner = np.searchsorted(self.feature_ptr, outer, side="right") - 1
        return np.asarray(shapely.multipolygons(parts, indices=owner))


def flat(shapes: Array) -> Flat:
    """Return shapes of one kind; of a collection the members of the highest dimension."""
    if shapely.get_type_id(shapes).max(initial=0) <= shapely.GeometryType.POLYGON:
        rings = shapely.get_num_interior_rings(shapes)
        if not rings.any():  # as most are: a part for each
            count = shapely.get_num_coordinates(shapes)
            own = pointers(count > 0)
            ptr = pointers(count)
            return Flat(shapely.get_coordinates(shapes), np.r_[0, ptr[1:][count > 0]], own,
                        np.zeros(own[-1], bool))  # fmt: skip
    parts, owner = shapely.get_parts(shapes, return_index=True)
    there = ~shapely.is_empty(parts)
    if len(parts):
        there &= shapely.get_dimensions(parts) == shapely.get_dimensions(shapes)[owner]
    parts, owner = parts[there], owner[there]
    hole = np.zeros(len(parts), bool)
    if len(parts) and shapely.get_dimensions(parts[0]) == POLYGONS:
        parts, of = shapely.get_rings(parts, return_index=True)
        owner, hole = owner[of], np.r_[False, of[1:] == of[:-1]]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    return Flat(xy, _begins(part, len(parts)), _begins(owner, len(shapes)), hole)


def _begins(index: Array, count: int) -> Array:
    ptr = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(index, minlength=count), out=ptr[1:])
    return ptr


def _ranges(first: Array, last: Array) -> Array:
    size = last - first
    begin = np.repeat(first - pointers(size)[:-1], size)
    return np.asarray(begin + np.arange(size.sum()))
