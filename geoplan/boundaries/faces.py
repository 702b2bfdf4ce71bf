"""
Faces between units (面片：缝隙与重叠): noded from the edges without a twin, asked who covers them.

Along every other edge one unit ends where another begins, so nothing changes in how many cover a
place: only edges without a twin have to be noded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries.topology import GRID_M, NOBODY, Topology

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

LEAST_WIDTH_M = 0.01
"""Faces that are nowhere wider than this are differences of vertices, not of land."""


@dataclass(frozen=True)
class Faces:
    """
    Uncovered and doubly covered places.

    ``gap_units`` holds, for each gap, the units around it; ``overlap_a`` and ``overlap_b`` the two
    units that claim each overlap, the smaller number first. Widths are the largest, in metres.
    """

    gaps: Array
    gap_units: list[Array]
    gap_width_m: Array
    overlaps: Array
    overlap_a: Array
    overlap_b: Array
    overlap_width_m: Array


def uncovered_and_double(topo: Topology, shapes: Array, *, grid: float = GRID_M) -> Faces:
    """
    Return the gaps and overlaps of a coverage.

    Parameters
    ----------
    topo
        The coverage cut into arcs.
    shapes
        Its polygons, valid ones, metric CRS; None and empty ones cover nothing.
    grid
        Size of the grid that vertices were compared on.

    Returns
    -------
    faces
        Faces wider than `LEAST_WIDTH_M`; a gap is closed all round.
    """
    loose = np.flatnonzero(~topo.shared)
    lines = topo.lines[loose]
    faces = arrangement(lines)
    if len(faces):
        faces = faces[_may_be_wide(faces)]
    tree = shapely.STRtree(shapes)
    inside = shapely.point_on_surface(faces)
    who, _ = tree.query(inside, predicate="intersects")
    cover = np.bincount(who, minlength=len(faces))
    gaps = faces[cover == 0]
    gap_width = max_width_m(gaps)
    wide = gap_width > LEAST_WIDTH_M
    gaps, gap_width = gaps[wide], gap_width[wide]
    pieces, a, b = _double(faces, np.flatnonzero(cover > 1), shapes, tree)
    width = max_width_m(pieces)
    wide = width > LEAST_WIDTH_M
    return Faces(
        gaps, _around(gaps, lines, topo.left[loose], grid), gap_width,
        pieces[wide], a[wide], b[wide], width[wide],
    )  # fmt: skip


def arrangement(lines: Array) -> Array:
    """Node lines where they cross and return the faces between them."""
    if not len(lines):
        return np.empty(0, dtype=object)
    noded = shapely.node(shapely.multilinestrings(lines))
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))


def _may_be_wide(faces: Array) -> Array:
    """Leave out faces that are certainly nowhere wide: width <= 2 x area / longest extent."""
    box = shapely.bounds(faces)
    extent = np.maximum(np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]), 1e-12)
    # a circle of width w inside covers pi w^2 / 4, so the area bounds the width as well
    area = shapely.area(faces)
    return np.asarray(
        (np.sqrt(4 * area / np.pi) > LEAST_WIDTH_M) & (area / extent > LEAST_WIDTH_M / 50)
    )


def max_width_m(polygons: Array) -> Array:
    """
    Return twice the radius of the largest circle inside each polygon, metres.

    The circle is found to a hundredth of the width that area and perimeter suggest.
    """
    if not len(polygons):
        return np.empty(0)
    tolerance = np.maximum(
        2 * shapely.area(polygons) / np.maximum(shapely.length(polygons), 1e-12) / 100, 1e-4
    )
    radius = shapely.maximum_inscribed_circle(polygons, tolerance)
    return np.asarray(2 * shapely.length(radius))


def _double(
    faces: Array, which: Array, shapes: Array, tree: shapely.STRtree
) -> tuple[Array, Array, Array]:
    """Cut the faces that several units cover by those units; return pieces and both units."""
    pieces: list[Any] = []
    first: list[int] = []
    second: list[int] = []
    near, unit = tree.query(faces[which], predicate="intersects")
    for k, face in enumerate(faces[which]):
        units = np.sort(unit[_span(near, k)])
        parts = shapely.intersection(face, shapes[units])
        solid = [(u, _areas(p)) for u, p in zip(units.tolist(), parts, strict=True)]
        solid = [(u, p) for u, p in solid if p is not None]
        for i, (a, part) in enumerate(solid):
            for b, other in solid[i + 1 :]:
                both = _areas(shapely.intersection(part, other))
                if both is None:
                    continue
                for piece in shapely.get_parts(both):
                    pieces.append(piece)
                    first.append(a)
                    second.append(b)
    return (objects(pieces), np.array(first, np.int64), np.array(second, np.int64))


def _span(sorted_keys: Array, key: int) -> slice:
    return slice(*np.searchsorted(sorted_keys, [key, key + 1]).tolist())


def _areas(shape: Any) -> Any:
    """Return the polygons of an intersection, or None where it has no area."""
    return None if shape.area == 0.0 else polygonal(shape)


def polygonal(shape: Any) -> Any:
    """Keep the polygons of a result that may hold lines and points as well."""
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    solid = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return solid[0] if len(solid) == 1 else shapely.multipolygons(solid)


def objects(items: list[Any]) -> Array:
    """Return shapes as an array of objects, an empty one too."""
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def _around(gaps: Array, lines: Array, unit: Array, grid: float) -> list[Array]:
    """Return the units whose edges bound each gap."""
    if not len(gaps):
        return []
    tree = shapely.STRtree(lines)
    xy, row = shapely.get_coordinates(shapely.boundary(gaps), return_index=True)
    step = row[1:] == row[:-1]
    middle = shapely.points((xy[1:][step] + xy[:-1][step]) / 2)
    at, line = tree.query(middle, predicate="dwithin", distance=grid)
    gap = row[1:][step][at]
    pairs = np.unique(np.column_stack([gap, unit[line]]), axis=0)
    pairs = pairs[pairs[:, 1] != NOBODY]
    return [pairs[_span(pairs[:, 0], k), 1] for k in range(len(gaps))]
