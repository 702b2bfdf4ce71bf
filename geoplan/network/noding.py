"""
Noding (打断): common vertices where lines of one level cross or meet.

A line that crosses another of the same ``layer``, or ends upon it, gets a vertex there, so that
the network joins them; bridges and tunnels, whose ``layer`` differs, stay apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.jit import jit, leaf
from geoplan.network.segments import build_grid

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

TOUCH_M = 0.01
"""A vertex nearer than this to a line is on it; the same figure makes two vertices one."""


class Noded(NamedTuple):
    """
    Lines with the vertices that noding added.

    Parameters
    ----------
    xy, source_xy
        (v, 2) vertices in metres and as they came.
    chain
        (v,) line of each vertex.
    crossings, touches
        How many places were joined where lines cross, and where one ends upon another.
    """

    xy: FloatArray
    source_xy: FloatArray
    chain: IntArray
    crossings: int
    touches: int


def node_lines(
    xy: FloatArray, source_xy: FloatArray, chain: IntArray, layer: npt.NDArray[np.int64]
) -> Noded:
    """
    Put a vertex into lines of one level where they cross or touch without one.

    Parameters
    ----------
    xy, source_xy
        (v, 2) vertices of all lines in metres, and the same as they came.
    chain
        (v,) line of each vertex, ascending.
    layer
        (v,) level of each vertex's line.

    Returns
    -------
    noded
        New vertices stand between the two they were put between.
    """
    starts = np.flatnonzero(chain[1:] == chain[:-1]).astype(np.int32)
    segment, share, place, crossing = _meetings(xy, build_grid(xy, starts), chain, layer, TOUCH_M)
    if not len(segment):
        return Noded(xy, source_xy, chain, 0, 0)
    order = np.lexsort((share, segment))
    segment, share, place = segment[order], share[order], place[order]
    new_source = source_xy[segment] + share[:, None] * (source_xy[segment + 1] - source_xy[segment])
    at = segment + 1
    joined = np.unique(np.round(place / TOUCH_M), axis=0, return_index=True)[1]
    crossings = int(crossing[order][joined].sum())
    return Noded(
        np.insert(xy, at, place, axis=0), np.insert(source_xy, at, new_source, axis=0),
        np.insert(chain, at, chain[segment]), crossings, len(joined) - crossings,
    )  # fmt: skip


@leaf
def _cross(xy, s, t):
    """Shares at which two segments cross, both within; -1 where they do not."""
    ax, ay, cx, cy = xy[s, 0], xy[s, 1], xy[t, 0], xy[t, 1]
    dx, dy, ex, ey = xy[s + 1, 0] - ax, xy[s + 1, 1] - ay, xy[t + 1, 0] - cx, xy[t + 1, 1] - cy
    d = dx * ey - dy * ex
    if d == 0.0:
        return -1.0, -1.0
    p = ((cx - ax) * ey - (cy - ay) * ex) / d
    q = ((cx - ax) * dy - (cy - ay) * dx) / d
    if p < 0.0 or p > 1.0 or q < 0.0 or q > 1.0:
        return -1.0, -1.0
    return p, q


@leaf
def _on(xy, s, vertex, touch_m):
    """Share at which a vertex lies on a segment, away from its ends; -1 where it does not."""
    ax, ay, x, y = xy[s, 0], xy[s, 1], xy[vertex, 0], xy[vertex, 1]
    dx, dy = xy[s + 1, 0] - ax, xy[s + 1, 1] - ay
    square = dx * dx + dy * dy
    p = ((x - ax) * dx + (y - ay) * dy) / square if square > 0.0 else -1.0
    if p <= 0.0 or p >= 1.0:
        return -1.0
    off = np.hypot(x - ax - p * dx, y - ay - p * dy)
    from_ends = min(p, 1.0 - p) * np.sqrt(square)
    return p if off <= touch_m and from_ends > touch_m else -1.0


@jit
def _meetings(xy, grid, chain, layer, touch_m):
    """Vertices to add: segment, share along it, place, and whether two lines cross there."""
    room = 1024
    segment, share = np.empty(room, np.int64), np.empty(room)
    place, crossing = np.empty((room, 2)), np.empty(room, np.bool_)
    n = 0
    for cell in range(grid.ptr.size - 1):
        for i in range(grid.ptr[cell], grid.ptr[cell + 1]):
            s = grid.item[i]
            for j in range(i + 1, grid.ptr[cell + 1]):
                t = grid.item[j]
                if layer[s] != layer[t] or (chain[s] == chain[t] and abs(s - t) <= 1):
                    continue
                if n + 4 > segment.size:
                    segment = np.concatenate((segment, np.empty_like(segment)))
                    share = np.concatenate((share, np.empty_like(share)))
                    place = np.concatenate((place, np.empty_like(place)))
                    crossing = np.concatenate((crossing, np.empty_like(crossing)))
                n = _meet(xy, grid, cell, s, t, touch_m, segment, share, place, crossing, n)
    return segment[:n], share[:n], place[:n], crossing[:n]


@leaf
def _meet(xy, grid, cell, s, t, touch_m, segment, share, place, crossing, n):
    """Append what two segments need; a place counts in the one cell that holds it."""
    touching = False
    for k in range(4):
        one, vertex = (s, t + k) if k < 2 else (t, s + k - 2)
        p = _on(xy, one, vertex, touch_m)
        if p >= 0.0:
            touching = True
            if _cell_of(grid, xy[vertex, 0], xy[vertex, 1]) == cell:
                segment[n], share[n], crossing[n] = one, p, False
                place[n, 0], place[n, 1] = xy[vertex, 0], xy[vertex, 1]
                n += 1
    if touching:
        return n
    p, q = _cross(xy, s, t)
    if p < 0.0:
        return n
    x, y = xy[s, 0] + p * (xy[s + 1, 0] - xy[s, 0]), xy[s, 1] + p * (xy[s + 1, 1] - xy[s, 1])
    if (
        _cell_of(grid, x, y) != cell
        or _at_end(xy, s, x, y, touch_m)
        or _at_end(xy, t, x, y, touch_m)
    ):
        return n
    for one, at in ((s, p), (t, q)):
        segment[n], share[n], crossing[n] = one, at, True
        place[n, 0], place[n, 1] = x, y
        n += 1
    return n


@leaf
def _at_end(xy, s, x, y, touch_m):
    """Tell whether a place is one of the two ends of a segment."""
    return (
        np.hypot(x - xy[s, 0], y - xy[s, 1]) <= touch_m
        or np.hypot(x - xy[s + 1, 0], y - xy[s + 1, 1]) <= touch_m
    )


@leaf
def _cell_of(grid, x, y):
    column = int((x - grid.x0) / grid.cell_m)
    row = int((y - grid.y0) / grid.cell_m)
    return row * grid.columns + column
