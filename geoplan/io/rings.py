"""Rings of a coordinate file (圈): into polygons with holes and parts, lines, points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    Ring = npt.NDArray[np.float64]

FEW, UNCLOSED = "few", "unclosed"
_LEAST = {"polygon": 4, "line": 2, "point": 1}


def shape_of(kind: str, rings: list[Ring]) -> tuple[shapely.Geometry | None, int, str | None]:
    """
    Build the geometry that the rings of one parcel describe.

    Parameters
    ----------
    kind
        ``polygon``, ``line`` or ``point``.
    rings
        Coordinates, n × 2, metres, in the order of the file.

    Returns
    -------
    shape
        A polygon with the rings inside as holes, of several parts where rings lie beside one
        another; None where a ring is wrong.
    at, wrong
        The first wrong ring, and `FEW` or `UNCLOSED`.

    Examples
    --------
    >>> square = np.array([[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]], dtype=float)
    >>> shape_of("polygon", [square, square / 3 + 1])[0].area
    72.0
    >>> shape_of("polygon", [square[:-1]])
    (None, 0, 'unclosed')
    """
    if not rings:
        return None, 0, FEW
    for at, ring in enumerate(rings):
        if kind == "polygon" and len(ring) > 1 and (ring[0] != ring[-1]).any():
            return None, at, UNCLOSED
        distinct = len(np.unique(ring, axis=0))
        if len(ring) < _LEAST[kind] or distinct < _LEAST[kind] - (kind == "polygon"):
            return None, at, FEW
    if kind == "polygon":
        return _polygon(rings), 0, None
    if kind == "line":
        lines = [shapely.LineString(r) for r in rings]
        return (lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)), 0, None
    points = np.vstack(rings)
    return shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points), 0, None


def _polygon(rings: list[Ring]) -> shapely.Geometry:
    filled = [shapely.Polygon(r) for r in rings]
    depth = [_depth(filled, at) for at in range(len(filled))]
    parts = []
    for at, ring in enumerate(rings):
        if depth[at] % 2:
            continue
        holes = [r for k, r in enumerate(rings)
                 if depth[k] == depth[at] + 1 and _inside(filled[k], filled[at])]  # fmt: skip
        parts.append(shapely.Polygon(ring, holes))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _depth(filled: list[shapely.Polygon], at: int) -> int:
    """Return in how many other rings a ring lies: even ones bound land, odd ones holes."""
    return sum(k != at and _inside(filled[at], other) for k, other in enumerate(filled))


def _inside(inner: shapely.Polygon, outer: shapely.Polygon) -> bool:
    if outer.area <= inner.area or not (inner.is_valid and outer.is_valid):
        return False
    return bool(outer.covers(inner.representative_point()))


def rings_of(shape: shapely.Geometry) -> list[Any]:
    """
    Return the rings of a geometry as they are written: outer ones clockwise, holes the other way.

    Examples
    --------
    >>> [r.tolist() for r in rings_of(shapely.box(0, 0, 2, 1))]
    [[[0.0, 1.0], [2.0, 1.0], [2.0, 0.0], [0.0, 0.0], [0.0, 1.0]]]
    """
    out = []
    for part in shapely.get_parts(shape):
        if isinstance(part, shapely.Polygon):
            turned = shapely.orient_polygons(part, exterior_cw=True)
            out += [_from_north_west(shapely.get_coordinates(r))
                    for r in (turned.exterior, *turned.interiors)]  # fmt: skip
        else:
            out.append(shapely.get_coordinates(part))
    return out


def _from_north_west(ring: Ring) -> Ring:
    """Begin a closed ring at its north-western point, as surveys number their points."""
    bare = ring[:-1]
    first = int(np.lexsort((bare[:, 0], bare[:, 0] - bare[:, 1]))[0])
    bare = np.roll(bare, -first, axis=0)
    return np.vstack([bare, bare[:1]])
