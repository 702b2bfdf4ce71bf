"""A small picture of shapes (示意图) as SVG, for a page that loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

WIDE, HIGH = 640, 420
_MARGIN = 12
_VERTICES = 20_000


def draw(shapes: npt.NDArray[Any] | None) -> dict[str, Any] | None:
    """
    Return the paths and points of shapes in longitude and latitude.

    Returns
    -------
    picture
        ``width``, ``height``, ``areas`` and ``lines`` (SVG path data), ``points`` (x, y); None if
        there is nothing to draw.
    """
    if shapes is None:
        return None
    shapes = shapely.force_2d(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))])
    if not len(shapes):
        return None
    placed = _fitted(shapes)
    parts = shapely.get_parts(shapely.get_parts(placed))
    kinds = shapely.get_type_id(parts)
    return {
        "width": WIDE, "height": HIGH, "areas": [_path(p) for p in parts[kinds == 3]],  # noqa: PLR2004
        "lines": [_path(p) for p in parts[np.isin(kinds, (1, 2))]],
        "points": np.round(shapely.get_coordinates(parts[kinds == 0]), 1).tolist(),
    }  # fmt: skip


def _fitted(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return shapes in the picture, north up, with no more vertices than can be seen."""
    west, south, east, north = shapely.total_bounds(shapes)
    narrow = np.cos(np.radians((south + north) / 2))
    scale = min((WIDE - 2 * _MARGIN) / max((east - west) * narrow, 1e-9),
                (HIGH - 2 * _MARGIN) / max(north - south, 1e-9), 1e7)  # fmt: skip
    middle = np.array([(west + east) / 2, (south + north) / 2])
    factor = np.array([scale * narrow, -scale])
    placed = shapely.transform(shapes, lambda xy: (xy - middle) * factor + (WIDE / 2, HIGH / 2))
    many = shapely.get_num_coordinates(placed).sum() > _VERTICES
    out: npt.NDArray[Any] = shapely.simplify(placed, 0.7 if many else 0.1)
    return out


def _path(shape: Any) -> str:
    rings = shapely.get_rings(shape) if shape.geom_type == "Polygon" else [shape]
    close = "Z" if shape.geom_type == "Polygon" else ""
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(r)) + close
        for r in rings
    )
