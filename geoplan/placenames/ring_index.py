"""
Ring index (环索引): in which polygon a point lies, exactly, and how far its edge is.

The vertices of every ring are cut into runs of some thirty steps, each with its box. A run beside
or below a point is passed over by its box; a run wholly to its right counts by its two ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geoplan.network.jit import jit, leaf

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

RUN = 32
OUT, IN, UNSURE = 0, 1, 2
_TURN_ERROR = 3.3306690738754716e-16
"""Relative error of the sign of a turn in doubles (Shewchuk 1997, ccwerrboundA)."""


class RingIndex(NamedTuple):
    """
    Runs of the rings of polygons; run r of polygon p is in ``ptr[p]:ptr[p + 1]``.

    Parameters
    ----------
    xy
        (v, 2) vertices of all rings.
    ptr
        Pointers from polygons to runs.
    first, last
        First and last vertex of each run.
    box
        (r, 4) least x and y, greatest x and y of each run.
    """

    xy: Floats
    ptr: Ints
    first: Ints
    last: Ints
    box: Floats


def index_rings(shapes: npt.NDArray[Any]) -> RingIndex:
    """
    Index polygons and multipolygons with all their holes.

    Parameters
    ----------
    shapes
        Polygons, in any CRS; missing and empty ones hold no point.

    Returns
    -------
    index
        For `hold` and `edge_distance`.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    count = np.bincount(ring, minlength=len(rings)).astype(np.int64)
    begin = np.cumsum(count) - count
    runs = np.maximum(-(-(count - 1) // RUN), 0)
    of = np.repeat(np.arange(len(rings)), runs)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(runs) - runs, runs)
    first = begin[of] + RUN * nth
    last = np.minimum(first + RUN, begin[of] + count[of] - 1)
    per_shape = np.bincount(owner[part][of], minlength=len(shapes))
    ptr = np.concatenate([[0], np.cumsum(per_shape)]).astype(np.int64)
    return RingIndex(np.ascontiguousarray(xy), ptr, first, last, _boxes(xy, first, last))


def _boxes(xy: Floats, first: Ints, last: Ints) -> Floats:
    if not len(first):
        return np.zeros((0, 4))
    ends = np.column_stack([first, last + 1]).ravel()
    padded = np.vstack([xy, xy[-1:]])  # the last run may end with the last vertex
    low = np.minimum.reduceat(padded, ends)[::2]
    high = np.maximum.reduceat(padded, ends)[::2]
    return np.ascontiguousarray(np.hstack([low, high]))


def hold(
    index: RingIndex, shapes: npt.NDArray[Any], shape: Ints, x: Floats, y: Floats
) -> npt.NDArray[np.bool_]:
    """
    Tell for each pair whether the polygon holds the point; its edge belongs to it.

    Parameters
    ----------
    index, shapes
        From `index_rings`, and what it was made of.
    shape
        Number of the polygon of each pair.
    x, y
        The points, in the CRS of the polygons.

    Returns
    -------
    held
        One flag per pair. Exact: where rounding could decide, GEOS is asked.
    """
    state = _sides(index, shape, x, y)
    unsure = np.flatnonzero(state == UNSURE)
    held = state == IN
    held[unsure] = shapely.intersects_xy(shapes[shape[unsure]], x[unsure], y[unsure])
    return np.asarray(held, dtype=bool)


@leaf
def _turn(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Return on which side of a step a point lies: 1 left, -1 right, 0 too near to say."""
    left = (bx - ax) * (y - ay)
    right = (by - ay) * (x - ax)
    det = left - right
    if abs(det) <= _TURN_ERROR * (abs(left) + abs(right)):
        return 0
    return 1 if det > 0.0 else -1


@leaf
def _crosses(xy: Floats, s: int, x: float, y: float) -> int:
    """Tell whether step s crosses the ray from a point to the right; UNSURE if on the step."""
    ax, ay, bx, by = xy[s, 0], xy[s, 1], xy[s + 1, 0], xy[s + 1, 1]
    if y < min(ay, by) or y > max(ay, by) or x > max(ax, bx):
        return OUT
    spans = (ay > y) != (by > y)
    if x < min(ax, bx):
        return IN if spans else OUT
    side = _turn(ax, ay, bx, by, x, y)
    if side == 0:
        return UNSURE
    return IN if spans and (side > 0) == (by > ay) else OUT


@jit
def _sides(index: RingIndex, shape: Ints, x: Floats, y: Floats) -> npt.NDArray[np.int8]:
    state = np.zeros(x.size, np.int8)
    xy, box = index.xy, index.box
    for i in range(x.size):
        inside = 0
        for r in range(index.ptr[shape[i]], index.ptr[shape[i] + 1]):
            if y[i] < box[r, 1] or y[i] > box[r, 3] or x[i] > box[r, 2]:
                continue
            if x[i] < box[r, 0]:
                inside ^= (xy[index.first[r], 1] > y[i]) != (xy[index.last[r], 1] > y[i])
                continue
            for s in range(index.first[r], index.last[r]):
                crossed = _crosses(xy, s, x[i], y[i])
                if crossed == UNSURE:
                    state[i] = UNSURE
                    break
                inside ^= crossed
            if state[i] == UNSURE:
                break
        if state[i] != UNSURE:
            state[i] = inside
    return state


@leaf
def _square(xy: Floats, s: int, x: float, y: float) -> Any:
    """Squared distance from a point to step s."""
    dx, dy = xy[s + 1, 0] - xy[s, 0], xy[s + 1, 1] - xy[s, 1]
    ex, ey = x - xy[s, 0], y - xy[s, 1]
    length = dx * dx + dy * dy
    t = 0.0
    if length > 0.0:
        t = min(1.0, max(0.0, (ex * dx + ey * dy) / length))
    ex -= t * dx
    ey -= t * dy
    return ex * ex + ey * ey


@leaf
def _to_box(box: Floats, r: int, x: float, y: float) -> Any:
    """Squared distance from a point to the box of run r."""
    ex = max(0.0, box[r, 0] - x, x - box[r, 2])
    ey = max(0.0, box[r, 1] - y, y - box[r, 3])
    return ex * ex + ey * ey


@jit
def edge_distance(index: RingIndex, shape: Ints, x: Floats, y: Floats) -> Floats:
    """Return the distance from each point to the edge of its polygon, in the units of the CRS."""
    distance = np.full(x.size, np.inf)
    xy, box = index.xy, index.box
    for i in range(x.size):
        best, start = np.inf, index.ptr[shape[i]]
        nearest, least = start, np.inf
        for r in range(start, index.ptr[shape[i] + 1]):  # the run that is probably nearest
            bound = _to_box(box, r, x[i], y[i])
            if bound < least:
                nearest, least = r, bound
        for k in range(start - 1, index.ptr[shape[i] + 1]):
            r = nearest if k < start else k
            if r < index.ptr[shape[i] + 1] and _to_box(box, r, x[i], y[i]) < best:
                for s in range(index.first[r], index.last[r]):
                    best = min(best, _square(xy, s, x[i], y[i]))
        distance[i] = np.sqrt(best)
    return distance
