"""Fewer vertices for a zoom (逐级化简): neighbours share their arcs, so that no gap opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries import topology
from geoplan.boundaries.simplification import simplified_arcs
from geoplan.boundaries.topology import NOBODY, Topology, of_rings, places, pointers
from geoplan.tiles import cutting

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_HALVINGS = 6
_CORNERS = 3


def simplified(shapes: Array, tolerance: float, *, grid: float) -> Array:
    """
    Simplify shapes of one kind; polygons by their shared arcs, each once.

    Parameters
    ----------
    shapes
        Polygons, or lines, or points; parts allowed.
    tolerance
        In the units of the shapes.
    grid
        Vertices within one cell of this size are the same.

    Returns
    -------
    shapes
        Polygons can cross themselves afterwards: the encoder mends them on its own grid. No ring
        collapses.
    """
    if not len(shapes) or tolerance <= 0:
        return shapes
    dimension = shapely.get_dimensions(shapes[0])
    if dimension == 0:
        return shapes
    if dimension == 1:
        return np.asarray(shapely.simplify(shapes, tolerance, preserve_topology=False))
    topo = topology(shapes, grid=grid)
    return topo.rebuilt(simplified_arcs(topo, tolerance, may_cross=True))


def simplified_rings(
    xy: Array, ptr: Array, hole: Array, unit: Array, tolerance: float, *, grid: float
) -> tuple[Array, Array, Array]:
    """
    Simplify the rings of polygons by their shared arcs, each once; see `simplified`.

    Parameters
    ----------
    xy, ptr
        Ring ``r`` runs through ``xy[ptr[r]:ptr[r + 1]]``, closed.
    hole, unit
        Of each ring: whether it is a hole, and its polygon; rising.
    tolerance, grid
        As for `simplified`.

    Returns
    -------
    xy, ptr, ring
        The rings likewise, and the number each had; no ring collapses that had an area.
    """
    known = places(xy, grid)
    if len(known[1]) == len(xy) - len(hole):  # no vertex twice, but those that close
        return _alone(xy, ptr, unit, tolerance)
    part = np.cumsum(~hole) - 1
    topo = of_rings(xy, ptr, hole, part, unit, places=known, units=int(unit[-1]) + 1)
    path = topo.xy[topo.arc_vertex]
    limits = np.full(len(topo), float(tolerance))
    for halving in range(_HALVINGS + 2):
        keep = cutting.thinned(path, topo.arc_ptr, limits)
        ends = pointers(keep)[topo.arc_ptr]
        crowded = _crowded(topo, np.diff(ends) - 1) & (limits > 0)
        if not crowded.any():
            break
        limits[crowded] = limits[crowded] / 2 if halving < _HALVINGS else 0.0
    return topo.rings(path[keep], ends)


def _alone(xy: Array, ptr: Array, unit: Array, tolerance: float) -> tuple[Array, Array, Array]:
    """Simplify rings of which no two meet; as `simplified_rings` would, without arcs."""
    limits = np.full(len(unit), float(tolerance))
    flat = np.diff(ptr) <= _CORNERS
    for halving in range(_HALVINGS + 2):
        keep = cutting.thinned(xy, ptr, limits)
        ends = pointers(keep)[ptr]
        few = np.zeros(int(unit[-1]) + 1, bool)
        few[unit[(np.diff(ends) <= _CORNERS) & ~flat]] = True
        crowded = few[unit] & (limits > 0)
        if not crowded.any():
            break
        limits[crowded] = limits[crowded] / 2 if halving < _HALVINGS else 0.0
    if flat.any():
        keep[np.repeat(flat, np.diff(ptr))] = False
        ends = pointers(keep)[ptr]
    ring = np.flatnonzero(~flat)
    return xy[keep], np.r_[0, ends[1:][ring]], ring


def _crowded(topo: Topology, steps: Array) -> Array:
    """Tell which arcs are of a unit with a ring that has no area left."""
    arcs = np.diff(topo.ring_ptr)
    ring = np.repeat(np.arange(len(arcs)), arcs)
    corners = np.bincount(ring, steps[np.abs(topo.ring_arc) - 1], minlength=len(arcs))
    chosen = np.zeros(topo.units + 1, bool)  # the last one is nobody
    chosen[topo.ring_unit[(corners < _CORNERS) & (arcs > 0)]] = True
    chosen[NOBODY] = False
    return np.asarray(chosen[topo.left] | chosen[topo.right])
