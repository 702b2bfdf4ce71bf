"""Lettering of a static map (注记): names inside their units, never one over another."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan.maps.furniture import num, width_em

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_SIZES_PX = (11.0, 9.0)
_LEAST_INSIDE = 0.62


def place(
    names: Sequence[Any],
    shapes: npt.NDArray[np.object_],
    box: tuple[float, float, float, float],
) -> str:
    """
    Return the names as text, the largest unit first; those without room are left out.

    Parameters
    ----------
    names
        One per shape; missing ones are left out.
    shapes
        Polygons in px.
    box
        The frame of the map: left, top, right, bottom, px.

    Returns
    -------
    svg
        A group of texts, each with its centre inside its unit.
    """
    frame = shapely.box(*box)
    taken: list[shapely.Geometry] = []
    out = []
    for at in np.argsort(-shapely.area(shapes), kind="stable"):
        name = names[at]
        if name is None or pd.isna(name) or not str(name).strip():
            continue
        found = _room(str(name), shapes[at], frame, taken)
        if found is None:
            continue
        x, y, size, cell = found
        taken.append(cell)
        out.append(f'<text x="{num(x)}" y="{num(y + 0.36 * size)}" font-size="{num(size)}">'
                   f"{escape(str(name))}</text>")  # fmt: skip
    return ('<g text-anchor="middle" stroke="#fff" stroke-width="2.6" stroke-linejoin="round" '
            f'paint-order="stroke">{"".join(out)}</g>')  # fmt: skip


def _room(
    name: str, shape: shapely.Geometry, frame: shapely.Geometry, taken: Sequence[shapely.Geometry]
) -> tuple[float, float, float, shapely.Geometry] | None:
    """Return place, size and outline of a name; None where there is no room."""
    parts = shapely.get_parts(shape)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    for size in _SIZES_PX:
        wide = width_em(name) * size
        for point in _spots(largest):
            cell = shapely.box(point.x - wide / 2, point.y - 0.6 * size,
                               point.x + wide / 2, point.y + 0.6 * size)  # fmt: skip
            inside = shapely.area(shapely.intersection(cell, largest)) / shapely.area(cell)
            free = not any(shapely.intersects(cell, other) for other in taken)
            if inside >= _LEAST_INSIDE and free and shapely.contains(frame, cell):
                return float(point.x), float(point.y), size, cell
    return None


def _spots(shape: shapely.Geometry) -> list[shapely.Point]:
    """Return where a name may stand: the middle where it is inside, else a point that is."""
    inner = shapely.point_on_surface(shape)
    middle = shapely.centroid(shape)
    spots = [middle, inner] if shapely.contains(shape, middle) else [inner]
    return [s for s in spots if isinstance(s, shapely.Point)]
