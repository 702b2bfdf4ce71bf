"""Fewer vertices for a zoom (逐级化简): neighbours share their arcs, so that no gap opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries import topology
from geoplan.boundaries.simplification import simplified_arcs

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


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
