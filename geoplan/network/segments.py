"""
Segment index (线段索引): a bucket grid over all street segments, and what is asked of it.

Segment ``i`` runs from vertex ``i`` to vertex ``i + 1`` of ``line_xy``; the last vertex of each
line starts none. The grid answers the nearest street of a door (snapping) and of every grid point
(areas).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.jit import jit, leaf

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

NONE = -1
TIE = 1e-12
"""Squared distances that differ by less, as a share, are the same."""
SAME_PLACE_M = 1e-6
_SLACK_M = 0.02  # segments so near to a cell belong to it
FAR_CELLS = 1e9
"""Points so many cells off the grid are nowhere, whatever the cap."""


class SegmentGrid(NamedTuple):
    """
    Bucket grid in CSR form: the segments that touch cell c are ``item[ptr[c]:ptr[c + 1]]``.

    Parameters
    ----------
    x0, y0
        Lower left corner, m.
    cell_m
        Size of a cell, m.
    columns, rows
        Cells across and up.
    ptr, item
        Pointers (int64) and segment numbers (int32).
    """

    x0: float
    y0: float
    cell_m: float
    columns: int
    rows: int
    ptr: npt.NDArray[np.int64]
    item: npt.NDArray[np.int32]


def build_grid(line_xy: FloatArray, segment: npt.NDArray[np.int32]) -> SegmentGrid:
    """
    Index the given segments.

    Parameters
    ----------
    line_xy
        (v, 2) vertices, m.
    segment
        Numbers of the segments to index.

    Returns
    -------
    grid
        With cells that hold some two segments on average.
    """
    if not len(segment):
        return SegmentGrid(0.0, 0.0, 1.0, 1, 1, np.zeros(2, np.int64), np.zeros(0, np.int32))
    a, b = line_xy[segment], line_xy[segment + 1]
    low = np.minimum(a.min(axis=0), b.min(axis=0)) - 1.0
    high = np.maximum(a.max(axis=0), b.max(axis=0)) + 1.0
    width, height = (high - low).tolist()
    length_m = float(np.hypot(*(b - a).T).mean())
    cell_m = max(1.0, 0.5 * length_m, 1.2 * float(np.sqrt(width * height / len(segment))))
    columns, rows = int(width / cell_m) + 1, int(height / cell_m) + 1
    x0, y0 = low.tolist()
    ptr, item = _fill_grid(line_xy, segment.astype(np.int32), x0, y0, cell_m, columns, rows)
    return SegmentGrid(x0, y0, cell_m, columns, rows, ptr, item)


@leaf
def _columns_in_row(ax, ay, bx, by, x0, y0, cell_m, columns, row):
    """First and last column that a segment touches within one row of cells."""
    low, high = y0 + row * cell_m - _SLACK_M, y0 + (row + 1) * cell_m + _SLACK_M
    if ay == by:
        xa, xb = ax, bx
    else:
        t1 = min(1.0, max(0.0, (low - ay) / (by - ay)))
        t2 = min(1.0, max(0.0, (high - ay) / (by - ay)))
        xa, xb = ax + t1 * (bx - ax), ax + t2 * (bx - ax)
    first = int((min(xa, xb) - _SLACK_M - x0) / cell_m)
    last = int((max(xa, xb) + _SLACK_M - x0) / cell_m)
    return max(0, first), min(columns - 1, last)


@jit
def _fill_grid(line_xy, segment, x0, y0, cell_m, columns, rows):
    ptr = np.zeros(columns * rows + 1, np.int64)
    item = np.empty(0, np.int32)
    for filling in range(2):
        if filling:
            for c in range(columns * rows):
                ptr[c + 1] += ptr[c]
            item = np.empty(ptr[columns * rows], np.int32)
            at = ptr[:-1].copy()
        for k in range(segment.size):
            s = segment[k]
            ax, ay, bx, by = line_xy[s, 0], line_xy[s, 1], line_xy[s + 1, 0], line_xy[s + 1, 1]
            bottom = max(0, int((min(ay, by) - _SLACK_M - y0) / cell_m))
            top = min(rows - 1, int((max(ay, by) + _SLACK_M - y0) / cell_m))
            for row in range(bottom, top + 1):
                first, last = _columns_in_row(ax, ay, bx, by, x0, y0, cell_m, columns, row)
                for column in range(first, last + 1):
                    cell = row * columns + column
                    if filling:
                        item[at[cell]] = s
                        at[cell] += 1
                    else:
                        ptr[cell + 1] += 1
    return ptr, item


@leaf
def foot(line_xy, s, x, y):
    """Squared distance from a point to segment s, and where along it (0–1) the foot lies."""
    ax, ay = line_xy[s, 0], line_xy[s, 1]
    dx, dy = line_xy[s + 1, 0] - ax, line_xy[s + 1, 1] - ay
    square = dx * dx + dy * dy
    t = 0.0
    if square > 0.0:
        t = ((x - ax) * dx + (y - ay) * dy) / square
        t = min(1.0, max(0.0, t))
    ex, ey = x - (ax + t * dx), y - (ay + t * dy)
    return ex * ex + ey * ey, t


@leaf
def _foot_xy(line_xy, s, x, y):
    _, t = foot(line_xy, s, x, y)
    ax, ay = line_xy[s, 0], line_xy[s, 1]
    return ax + t * (line_xy[s + 1, 0] - ax), ay + t * (line_xy[s + 1, 1] - ay)


@leaf
def _first(line_xy, s, square, other, best, x, y):
    """
    Tell whether segment s comes before another: nearer, or as near and its foot farther east.

    Equal distances (to parts in 1e12) go by the foot; streets that meet in one foot give the
    same minutes.
    """
    if other == NONE or square < best * (1.0 - TIE):
        return True
    fx, fy = _foot_xy(line_xy, s, x, y)
    gx, gy = _foot_xy(line_xy, other, x, y)
    if abs(fx - gx) > SAME_PLACE_M:
        return fx > gx
    if abs(fy - gy) > SAME_PLACE_M:
        return fy > gy
    return s < other


@leaf
def _nearest(line_xy, grid, x, y, cap2, hint):
    """Nearest segment no farther than the root of cap2, or NONE; a near hint saves time."""
    best, found = cap2, NONE
    if hint != NONE:
        square, _ = foot(line_xy, hint, x, y)
        if square <= best:
            best, found = square, hint
    gx, gy = (x - grid.x0) / grid.cell_m, (y - grid.y0) / grid.cell_m
    off = max(0.0, -gx, gx - grid.columns, -gy, gy - grid.rows)  # beyond the grid, in cells
    if (off * grid.cell_m) ** 2 > best or off > FAR_CELLS:
        return found
    column, row = int(np.floor(gx)), int(np.floor(gy))
    # the distance from the point to the nearest side of its own cell, in cells
    margin = min(gx - column, column + 1 - gx, gy - row, row + 1 - gy)
    ring, last = int(off), max(column, grid.columns - 1 - column, row, grid.rows - 1 - row)
    while ring <= last and (max(0.0, ring - 1 + margin) * grid.cell_m) ** 2 <= best:
        for r in range(max(0, row - ring), min(grid.rows - 1, row + ring) + 1):
            whole = abs(r - row) == ring  # top and bottom of the ring; else its two sides
            for side in range(1 if whole else 2):
                c = column + ring if side else column - ring
                end = min(grid.columns - 1, column + ring if whole else c)
                for cell in range(r * grid.columns + max(0, c), r * grid.columns + end + 1):
                    best, found = _best_in_cell(line_xy, grid, cell, x, y, best, found)
        ring += 1
    return found


@leaf
def _best_in_cell(line_xy, grid, cell, x, y, best, found):
    for k in range(grid.ptr[cell], grid.ptr[cell + 1]):
        s = grid.item[k]
        square, _ = foot(line_xy, s, x, y)
        if square <= best * (1.0 + TIE) and _first(line_xy, s, square, found, best, x, y):
            best, found = square, s
    return best, found


@jit
def nearest_segments(line_xy, grid, x, y, cap_m):
    """
    Nearest segment of each point, its share along the segment and the distance in metres.

    Points farther than the (closed) cap, or not finite, get NONE, 0 and nan.
    """
    n = x.size
    segment = np.full(n, NONE, np.int32)
    share = np.zeros(n)
    leg_m = np.full(n, np.nan)
    for i in range(n):
        if not (np.isfinite(x[i]) and np.isfinite(y[i])):
            continue
        s = _nearest(line_xy, grid, x[i], y[i], cap_m * cap_m * (1.0 + 1e-12), NONE)
        if s == NONE:
            continue
        square, t = foot(line_xy, s, x[i], y[i])
        segment[i], share[i], leg_m[i] = s, t, np.sqrt(square)
    return segment, share, leg_m


@jit
def fill_tile(line_xy, grid, x0, y0, step_m, cap_m, out):
    """Write the nearest segment of every point of a square tile of grid points into ``out``."""
    size = out.shape[0]
    hint = NONE
    for r in range(size):
        y = y0 + r * step_m
        for i in range(size):
            c = i if r % 2 == 0 else size - 1 - i  # there and back, so that the hint stays near
            hint = _nearest(line_xy, grid, x0 + c * step_m, y, cap_m * cap_m, hint)
            out[r, c] = hint
