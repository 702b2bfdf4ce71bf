"""Sides of a line (线的两侧): which pieces of land lie left of it, which right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries.segments import cut, nearest

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

ON_LINE_M = 1e-4
"""An edge whose middle is this near a line runs on it: 0.1 mm, below the grid of coordinates."""


def side_of(line: Any, faces: Array, *, without: Any = None) -> Array:
    """
    Tell on which side of a line each face lies, by the edges it has in common with the line.

    Parameters
    ----------
    line
        One line, metric.
    faces
        Polygons that do not cross the line.
    without
        A line whose edges do not count: where both run together neither is a side of anything.

    Returns
    -------
    side
        1 left, -1 right, 0 where a face has no edge on the line.
    """
    start, end, face = _edges(faces)
    middle = (start + end) / 2.0
    segments = cut(np.array([line], dtype=object))
    out = np.zeros(len(faces))
    if not len(segments.owner) or not len(start):
        return out
    points = np.asarray(shapely.points(middle), dtype=object)
    on = nearest(segments, middle)
    keep = shapely.distance(points, segments.tree.geometries[on]) <= ON_LINE_M
    if without is not None:
        other = cut(np.array([without], dtype=object))
        if len(other.owner):
            by = nearest(other, middle)
            keep &= shapely.distance(points, other.tree.geometries[by]) > ON_LINE_M
    # rings run counter-clockwise: land is on the left of an edge that goes the line's way
    with_line = ((end - start) * segments.step[on] / segments.size_m[on][:, None]).sum(axis=1)
    np.add.at(out, face[keep], with_line[keep])
    return np.sign(np.where(np.abs(out) > ON_LINE_M, out, 0.0))


def _edges(faces: Array) -> tuple[Array, Array, Array]:
    """Return start, end and face of every edge, land on the left."""
    rings, of = shapely.get_rings(shapely.orient_polygons(faces), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return xy[:-1][same], xy[1:][same], of[ring[:-1][same]]


def split(polygon: Any, line: Any) -> tuple[Array, Array]:
    """
    Cut a polygon by a line and tell the sides of the pieces.

    Parameters
    ----------
    polygon
        Polygon or MultiPolygon, metric.
    line
        One line.

    Returns
    -------
    pieces, side
        Side 1 left, -1 right, 0 where it cannot be told: the line ends inside, or the piece has
        no edge on it.
    """
    near = shapely.intersection(line, shapely.buffer(polygon, 1.0))  # past the edge, to cross it
    noded = shapely.union_all([shapely.boundary(polygon), near])
    cells = shapely.get_parts(shapely.polygonize([noded]))
    inside = shapely.covers(polygon, shapely.point_on_surface(cells))
    pieces = cells[inside]
    return pieces, side_of(line, pieces)
