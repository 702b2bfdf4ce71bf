"""A point in each polygon, to be labelled once (标注点)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geoplan.boundaries.topology import pointers
from geoplan.network.jit import jit

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def label_points(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Return one point inside the largest part of each polygon, to be labelled once.

    A map client labels a polygon in every tile it reaches into; a point is in one tile only.

    Parameters
    ----------
    frame
        Polygons, any CRS.

    Returns
    -------
    points
        The rows that have a shape, in the CRS of the frame.
    """
    there, points = points_inside(np.asarray(frame.geometry.array, dtype=object))
    rows = frame.iloc[there]
    return rows.set_geometry(gpd.GeoSeries(list(points), index=rows.index, crs=frame.crs))


def points_inside(shapes: Array) -> tuple[Array, Array]:
    """
    Return the rows of polygons that have a shape, and a point inside the largest part of each.

    The centroid where it lies inside, else a point that does.
    """
    there = np.flatnonzero(shapely.is_geometry(shapes) & ~shapely.is_empty(shapes))
    parts = shapes[there]
    many = np.flatnonzero(shapely.get_num_geometries(parts) > 1)
    if len(many):
        each, owner = shapely.get_parts(parts[many], return_index=True)
        order = np.lexsort((-shapely.area(each), owner))
        parts[many] = each[order[np.unique(owner[order], return_index=True)[1]]]
    ptr = pointers(shapely.get_num_coordinates(parts))
    middle, inside = _centroids(shapely.get_coordinates(parts), ptr)
    points = shapely.points(middle)
    # of several rings, or too thin or too bent
    hard = np.flatnonzero(~inside | (shapely.get_num_interior_rings(parts) > 0))
    points[hard] = shapely.centroid(parts[hard])
    outside = hard[~shapely.contains(parts[hard], points[hard])]
    points[outside] = shapely.point_on_surface(parts[outside])
    return there, points


@jit
def _centroids(xy: Array, ptr: Array) -> tuple[Array, Array]:
    """Return the centroid of each closed ring, and whether it lies inside."""
    out = np.zeros((len(ptr) - 1, 2))
    inside = np.zeros(len(ptr) - 1, np.bool_)
    for r in range(len(ptr) - 1):
        begin, end = ptr[r], ptr[r + 1]
        ox, oy = xy[begin, 0], xy[begin, 1]
        area = sx = sy = 0.0
        for i in range(begin + 1, end):
            ax, ay, bx, by = xy[i - 1, 0] - ox, xy[i - 1, 1] - oy, xy[i, 0] - ox, xy[i, 1] - oy
            cross = ax * by - bx * ay
            area += cross
            sx += (ax + bx) * cross
            sy += (ay + by) * cross
        if area == 0.0:
            continue
        px, py = sx / (3.0 * area), sy / (3.0 * area)
        within = False
        for i in range(begin + 1, end):
            ax, ay, bx, by = xy[i - 1, 0] - ox, xy[i - 1, 1] - oy, xy[i, 0] - ox, xy[i, 1] - oy
            if (ay > py) != (by > py) and px < ax + (py - ay) / (by - ay) * (bx - ax):
                within = not within
        out[r, 0], out[r, 1] = ox + px, oy + py
        inside[r] = within
    return out, inside
