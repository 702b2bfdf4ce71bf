"""Vertices that neighbours lack (补节点): put in until both sides of a border are the same line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries.loose_edges import ON_EDGE_M, t_junctions
from geoplan.boundaries.topology import GRID_M, topology

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_ROUNDS = 4


def with_vertex(shape: Any, place: Array) -> Any:
    """
    Put a vertex into the nearest edge of a polygon.

    Parameters
    ----------
    shape
        Polygon or MultiPolygon.
    place
        Coordinates; no farther from the border than `ON_EDGE_M`.

    Returns
    -------
    shape
        The polygon with the vertex; unchanged where it has it, or where none is near enough.
    """
    if shape.is_empty:
        return shape
    parts = [_part_with_vertex(p, np.asarray(place, float)) for p in shapely.get_parts(shape)]
    return parts[0] if shape.geom_type == "Polygon" else shapely.multipolygons(parts)


def _part_with_vertex(part: Any, place: Array) -> Any:
    rings = [shapely.get_coordinates(r) for r in shapely.get_rings(part)]
    best: tuple[float, int, int] | None = None
    for number, xy in enumerate(rings):
        far, edge = _nearest_edge(xy, place)
        if best is None or far < best[0]:
            best = far, number, edge
    if best is None or best[0] > ON_EDGE_M:
        return part
    _, number, edge = best
    ring = rings[number]
    if np.abs(ring[[edge, edge + 1]] - place).max(axis=1).min() < GRID_M / 2:
        return part
    rings[number] = np.insert(ring, edge + 1, place, axis=0)
    return shapely.Polygon(rings[0], rings[1:])


def _nearest_edge(xy: Array, place: Array) -> tuple[float, int]:
    a, step = xy[:-1], np.diff(xy, axis=0)
    size = np.maximum((step**2).sum(axis=1), 1e-30)
    along = np.clip(((place - a) * step).sum(axis=1) / size, 0.0, 1.0)
    far = np.hypot(*(place - (a + along[:, None] * step)).T)
    edge = int(np.argmin(far))
    return float(far[edge]), edge


def heal(shapes: Array, touched: Array, *, grid: float = GRID_M) -> Array:
    """
    Give the neighbours of changed units the vertices they lack, and one coordinate to each vertex.

    Parameters
    ----------
    shapes
        All polygons, metric CRS.
    touched
        Rows that were changed.
    grid
        Grid that vertices are compared on.

    Returns
    -------
    shapes
        Changed units and their neighbours share their vertices exactly; all others are the very
        objects given.
    """
    out = shapes.copy()
    if not len(touched):
        return out
    tree = shapely.STRtree(out)
    near = np.unique(tree.query(out[touched], predicate="dwithin", distance=ON_EDGE_M)[1])
    near = np.union1d(near, touched)
    for _ in range(_ROUNDS):
        lacking = list(t_junctions(topology(out[near], grid=grid), np.empty(0, dtype=object)))
        changed = False
        for point, _, lacks in lacking:
            i = near[lacks]
            fuller = with_vertex(out[i], shapely.get_coordinates(point)[0])
            changed |= fuller is not out[i]
            out[i] = fuller
        if not changed:
            break
    # one coordinate for each vertex: neighbours that were not changed have the say
    order = np.r_[np.setdiff1d(near, touched), touched]
    unified = topology(out[order], grid=grid).rebuilt()
    for i, shape in zip(order, unified, strict=True):
        if not shapely.equals_exact(shapely.normalize(shapes[i]), shapely.normalize(shape), 0.0):
            out[i] = shape
        else:
            out[i] = shapes[i]
    return out
