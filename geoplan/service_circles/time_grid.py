"""
The time field on a grid (时间场): minutes and source of every grid point of a window.

A point takes the time of its nearest street position plus the straight leg from there. Only the
patches that a reached street may serve are filled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.jit import jit, leaf
from geoplan.network.kernels import NO_LABEL, TOLERANCE_MIN, minutes_at
from geoplan.network.raster import TILE
from geoplan.network.segments import foot

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

OUT = NO_LABEL
PATCH = 16
"""Grid points along the side of a patch."""


class Streets(NamedTuple):
    """
    Where streets lie, and what the straight leg to them costs.

    Parameters
    ----------
    line_xy, line_ptr, vertex_edge, vertex_share
        Of the network.
    leg_min_per_m, cap_m
        Pace of the straight leg and its greatest length.
    cell_m
        Spacing of the grid points ``(column * cell_m, row * cell_m)``.
    """

    line_xy: FloatArray
    line_ptr: npt.NDArray[np.int64]
    vertex_edge: IntArray
    vertex_share: FloatArray
    leg_min_per_m: float
    cap_m: float
    cell_m: float


class Window(NamedTuple):
    """
    A rectangle of grid points: its first column and row; minutes, source, nearest segment.

    ``label`` is room for those of the last contour drawn.
    """

    column: int
    row: int
    minutes: FloatArray
    source: IntArray
    segment: IntArray
    label: IntArray


@leaf
def _at_foot(streets, field, segment, along, leg_m):
    """Minutes and source of a point whose nearest street is known."""
    low = streets.vertex_share[segment]
    share = low + along * (streets.vertex_share[segment + 1] - low)
    best, who = minutes_at(field, streets.vertex_edge[segment], share)
    return best + leg_m * streets.leg_min_per_m, who


@jit
def edges_of(at_node, node, own, seen, stamp):
    """Edges that touch the reached nodes, and the source's own; ``seen`` holds older stamps."""
    pointer, edge = at_node
    room = 1
    for i in node:
        room += pointer[i + 1] - pointer[i]
    out, n = np.empty(room, np.int32), 1
    out[0], seen[own] = own, stamp
    for i in node:
        for e in edge[pointer[i] : pointer[i + 1]]:
            if seen[e] != stamp:
                seen[e] = stamp
                out[n] = e
                n += 1
    return out[:n]


@jit
def boxes(streets, field, edge, limit_min):
    """
    Rectangles of grid points that hold all points the streets of these edges may serve.

    Returns
    -------
    box
        (k, 4) first column and row, last column and row, with a margin of a point.
    """
    top = limit_min + TOLERANCE_MIN
    room = 0
    for e in edge:
        room += streets.line_ptr[e + 1] - streets.line_ptr[e] - 1
    box, n = np.empty((room, 4), np.int64), 0
    for e in edge:
        least = np.inf
        k = field.here_first[e]
        while k >= 0:
            least = min(least, field.here_leg[k])
            k = field.here_next[k]
        first = streets.line_ptr[e]
        after, _ = minutes_at(field, e, 0.0)
        for s in range(first, streets.line_ptr[e + 1] - 1):
            before = after
            after, _ = minutes_at(field, e, streets.vertex_share[s + 1])
            left_min = top - min(before, after, least)
            if left_min < 0.0:
                continue
            reach_m = min(left_min / streets.leg_min_per_m, streets.cap_m)
            a, b = streets.line_xy[s], streets.line_xy[s + 1]
            for i in range(2):
                box[n, i] = int(np.floor((min(a[i], b[i]) - reach_m) / streets.cell_m)) - 1
                box[n, i + 2] = int(np.ceil((max(a[i], b[i]) + reach_m) / streets.cell_m)) + 1
            n += 1
    return box[:n]


@jit
def patches(box, column, row, columns, rows):
    """Mark the patches of a window, PATCH points wide, that some box touches."""
    wanted = np.zeros(((rows - 1) // PATCH + 1, (columns - 1) // PATCH + 1), np.bool_)
    for k in range(len(box)):
        left, right = max(box[k, 0], column) - column, min(box[k, 2], column + columns - 1) - column
        low, high = max(box[k, 1], row) - row, min(box[k, 3], row + rows - 1) - row
        if left <= right and low <= high:
            wanted[low // PATCH : high // PATCH + 1, left // PATCH : right // PATCH + 1] = True
    return wanted


@leaf
def _slot_of(tiles, column, row):
    """Where the tile of a grid point is kept; -1 where there is none."""
    tile_c, tile_r = column // TILE - tiles.column0, row // TILE - tiles.row0
    if tile_c < 0 or tile_c >= tiles.across or tile_r < 0:
        return -1
    tile = tile_r * tiles.across + tile_c
    return tiles.slot[tile] if tile < tiles.slot.size else -1


@leaf
def _reached(field, edge):
    """Tell whether any time is known at the ends of an edge or on it."""
    return (
        field.node_min[field.uv[edge, 0]] < np.inf
        or field.node_min[field.uv[edge, 1]] < np.inf
        or field.here_first[edge] >= 0
    )


@jit
def sample(streets, field, tiles, window, wanted):
    """Fill the wanted patches of a window; the rest is OUT."""
    for patch in range(wanted.size):
        pr, pc = patch // wanted.shape[1], patch % wanted.shape[1]
        slot = -1
        if wanted[pr, pc]:
            slot = _slot_of(tiles, window.column + pc * PATCH, window.row + pr * PATCH)
        _sample_patch(streets, field, tiles, window, pr * PATCH, pc * PATCH, slot)


@leaf
def _sample_patch(streets, field, tiles, window, first_r, first_c, slot):
    """Fill one patch, which lies in one tile; slot -1 leaves it OUT."""
    rows, columns = window.minutes.shape
    low_r, low_c = (
        (window.row + first_r) % TILE - first_r,
        (window.column + first_c) % TILE - first_c,
    )
    for r in range(first_r, min(first_r + PATCH, rows)):
        y = (window.row + r) * streets.cell_m
        for c in range(first_c, min(first_c + PATCH, columns)):
            s = tiles.pool[slot, low_r + r, low_c + c] if slot >= 0 else -1
            minutes, who = np.inf, OUT
            if s >= 0 and _reached(field, streets.vertex_edge[s]):
                x = (window.column + c) * streets.cell_m
                square, along = foot(streets.line_xy, s, x, y)
                if square <= streets.cap_m * streets.cap_m:
                    minutes, who = _at_foot(streets, field, s, along, np.sqrt(square))
            window.segment[r, c] = s
            window.minutes[r, c], window.source[r, c] = minutes, who


@leaf
def label_at(streets, field, x, y, one, two, top):
    """Label of a point between two grid points, from the nearer of their two streets."""
    square, along, s = np.inf, 0.0, -1
    if one >= 0:
        square, along = foot(streets.line_xy, one, x, y)
        s = one
    if two >= 0 and two != one:
        other, t = foot(streets.line_xy, two, x, y)
        if other < square:
            square, along, s = other, t, two
    leg_m = np.sqrt(square)
    if s < 0 or leg_m > streets.cap_m:
        return OUT
    minutes, who = _at_foot(streets, field, s, along, leg_m)
    return who if minutes <= top else OUT
