"""Fewer vertices for a zoom (逐级化简): neighbours share their arcs, so that no gap opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries import topology

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_RING = 4


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
        Polygons can cross themselves afterwards: the encoder mends them on its own grid. A ring
        that would collapse keeps its vertices.
    """
    kind = shapely.get_dimensions(shapes[:1])
    if not len(shapes) or kind[0] == 0 or tolerance <= 0:
        return shapes
    if kind[0] == 1:
        return np.asarray(shapely.simplify(shapes, tolerance, preserve_topology=False))
    topo = topology(shapes, grid=grid)
    lines = shapely.simplify(topo.lines, tolerance, preserve_topology=False)
    arc = np.abs(topo.ring_arc) - 1
    steps = shapely.get_num_coordinates(lines) - 1
    corners = np.add.reduceat(steps[arc], topo.ring_ptr[:-1]) + 1
    lost = np.repeat(corners < _RING, np.diff(topo.ring_ptr))
    lines[arc[lost]] = topo.lines[arc[lost]]
    return topo.rebuilt(lines)
