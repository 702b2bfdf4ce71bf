"""
The edge of an area (等时线): marching squares on the exact door-to-door time field.

Every grid point has a label: the source it belongs to, or OUT where no source reaches it within
the limit. Lines run between points of different labels. Where a line crosses the grid is found by
bisection on the exact time between the two points, so the edge is right to a small part of a
cell. The same lines serve one area, all together, and the split by nearest source, so bands nest
and the parts of a split fill the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.jit import jit, leaf
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.service_circles.time_grid import OUT, label_at

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

_HALVINGS = 4
_STRIDE = 1 << 30  # more than any number of columns: keys of crossings are unique


class Pieces(NamedTuple):
    """
    Directed pieces of the lines around labels, the label on the left of each.

    Parameters
    ----------
    start, end
        Keys of the crossings a piece runs from and to, unique over all windows and labels.
    label
        Of the source.
    xy
        (k, 2) where it starts.
    ways, way
        How many points it passes (0–2), and x y x y of them.
    """

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    label: IntArray
    xy: FloatArray
    ways: npt.NDArray[np.int8]
    way: FloatArray


class _Cell(NamedTuple):
    """The four corners of a cell, and its four sides from corner i to the next."""

    label: IntArray
    segment: IntArray
    x: FloatArray
    y: FloatArray
    key: npt.NDArray[np.int64]


@leaf
def _street(streets, field, s):
    """
    Fetch what gives the minutes beside a segment without sources, once for many points.

    Returns
    -------
    ax, ay, dx, dy, square
        The segment.
    at, u, v
        Minutes at its start over u and over v, and how they change along it.
    """
    if s < 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0, np.inf, 0.0, np.inf, 0.0
    edge = streets.vertex_edge[s]
    low = streets.vertex_share[s]
    span = streets.vertex_share[s + 1] - low
    ax, ay = streets.line_xy[s, 0], streets.line_xy[s, 1]
    dx, dy = streets.line_xy[s + 1, 0] - ax, streets.line_xy[s + 1, 1] - ay
    over_u, over_v = field.node_min[field.uv[edge, 0]], field.node_min[field.uv[edge, 1]]
    along_u, along_v = field.along_vu[edge], field.along_uv[edge]
    if max(along_u, over_u) == np.inf:
        over_u, along_u = np.inf, 0.0
    if max(along_v, over_v) == np.inf:
        over_v, along_v = np.inf, 0.0
    return (
        ax, ay, dx, dy, dx * dx + dy * dy,
        over_u + low * along_u, span * along_u, over_v + (1.0 - low) * along_v, -span * along_v,
    )  # fmt: skip


@leaf
def _beside(street, x, y):
    """Squared distance of a point from a segment, and the minutes at its foot."""
    ax, ay, dx, dy, square, over_u, along_u, over_v, along_v = street
    t = 0.0
    if square > 0.0:
        t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / square))
    ex, ey = x - (ax + t * dx), y - (ay + t * dy)
    return ex * ex + ey * ey, min(over_u + t * along_u, over_v + t * along_v)


@leaf
def _edge_crossing(streets, field, cell, i, j, top):
    """`_crossing` between a corner that is in and one that is out, no source on either street."""
    one = _street(streets, field, cell.segment[i])
    two = _street(streets, field, cell.segment[j])
    is_out = cell.label[i] == OUT
    none_i, none_j = cell.segment[i] < 0, cell.segment[j] < 0
    pace, cap2 = streets.leg_min_per_m, streets.cap_m * streets.cap_m
    x0, y0 = cell.x[i], cell.y[i]
    dx, dy = cell.x[j] - x0, cell.y[j] - y0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        t = (low + high) / 2.0
        square, minutes = _beside(one, x0 + t * dx, y0 + t * dy)
        other, other_min = _beside(two, x0 + t * dx, y0 + t * dy)
        if none_i or (other < square and not none_j):
            square, minutes = other, other_min
        out = square > cap2 or minutes + np.sqrt(square) * pace > top
        if out == is_out:
            low = t
        else:
            high = t
    return (low + high) / 2.0


@leaf
def _crossing(streets, field, cell, i, j, top, merged):
    """How far from corner i to corner j the label changes, by bisection (0–1)."""
    one, two = cell.segment[i], cell.segment[j]
    labels_meet = cell.label[i] != OUT and cell.label[j] != OUT
    if not labels_meet and not (
        (one >= 0 and field.here_first[streets.vertex_edge[one]] >= 0)
        or (two >= 0 and field.here_first[streets.vertex_edge[two]] >= 0)
    ):
        return _edge_crossing(streets, field, cell, i, j, top)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        t = (low + high) / 2.0
        x = cell.x[i] + t * (cell.x[j] - cell.x[i])
        y = cell.y[i] + t * (cell.y[j] - cell.y[i])
        found = label_at(streets, field, x, y, one, two, top)
        if merged and found != OUT:
            found = 0
        if found == cell.label[i] if labels_meet else (found == OUT) == (cell.label[i] == OUT):
            low = t
        else:
            high = t
    return (low + high) / 2.0


@leaf
def _key(cell, i, owner):
    """Key of the crossing of side i as label ``owner`` sees it."""
    low = i if i < 2 else (i + 1) % 4
    return cell.key[i] + (0 if cell.label[low] == owner else 1)


@leaf
def _put(pieces, n, cell, j, i, owner, px, py):
    """Append the piece of a label from the crossing of side j to that of side i."""
    pieces.start[n], pieces.end[n] = _key(cell, j, owner), _key(cell, i, owner)
    pieces.label[n], pieces.ways[n] = owner, 0
    pieces.xy[n, 0], pieces.xy[n, 1] = px[j], py[j]
    return n + 1


@leaf
def _saddle(streets, field, cell, top):
    """
    Of a cell whose four sides are all crossed: the corner that is joined with the one across.

    Returns
    -------
    corner
        -1 if all four meet in the middle.
    bridge
        Two labels meet in the middle between two corners that are out.
    """
    same, across = cell.label[0] == cell.label[2], cell.label[1] == cell.label[3]
    if not (same or across):
        return -1, False
    x, y = (cell.x[0] + cell.x[2]) / 2.0, (cell.y[0] + cell.y[2]) / 2.0
    inside = (
        label_at(streets, field, x, y, cell.segment[0], cell.segment[2], top) != OUT
        or label_at(streets, field, x, y, cell.segment[1], cell.segment[3], top) != OUT
    )
    if same and across:
        return (1 if (cell.label[0] == OUT) == inside else 0), False
    joined = 0 if same else 1
    if cell.label[joined] == OUT and inside:
        return -1, True
    return joined, False


@leaf
def _cut_corners(pieces, n, cell, joined, px, py):
    """Two corners cut off from a band that joins the two others."""
    for corner in range((joined + 1) % 2, 4, 2):
        i, j = (corner + 3) % 4, corner
        if cell.label[corner] != OUT:
            n = _put(pieces, n, cell, j, i, cell.label[corner], px, py)
        if cell.label[joined] != OUT:
            n = _put(pieces, n, cell, i, j, cell.label[joined], px, py)
    return n


@leaf
def _around(pieces, n, cell, side, sides, bridge, px, py):
    """Pieces of every run of equal corners; three and more runs meet in one point or a bridge."""
    mx, my = (cell.x[0] + cell.x[2]) / 2.0, (cell.y[0] + cell.y[2]) / 2.0
    for k in range(sides):
        i, j = side[k], side[(k + 1) % sides]
        if cell.label[(i + 1) % 4] == OUT:  # there the edge stays the one of all together
            mx, my = (px[i] + px[j]) / 2.0, (py[i] + py[j]) / 2.0
    for k in range(sides):
        i, j = side[k], side[(k + 1) % sides]  # the run of corners i + 1 ... j
        owner = cell.label[j]
        if owner == OUT:
            continue
        n = _put(pieces, n, cell, j, i, owner, px, py)
        way = pieces.way[n - 1]
        if bridge:
            after, before = (j + 1) % 4, (i + 3) % 4
            pieces.ways[n - 1] = 2
            way[0], way[1] = (px[j] + px[after]) / 2.0, (py[j] + py[after]) / 2.0
            way[2], way[3] = (px[i] + px[before]) / 2.0, (py[i] + py[before]) / 2.0
        elif sides > 2:
            pieces.ways[n - 1] = 1
            way[0], way[1] = mx, my
    return n


@leaf
def _load(cell, window, label, streets, r, c):
    """Take the corners of a cell, counter-clockwise from the lower left."""
    column, row = window.column + c, window.row + r
    for i in range(4):
        dr, dc = i // 2, (1 if i in (1, 2) else 0)
        cell.label[i], cell.segment[i] = label[r + dr, c + dc], window.segment[r + dr, c + dc]
        cell.x[i], cell.y[i] = (column + dc) * streets.cell_m, (row + dr) * streets.cell_m
    here = row * _STRIDE + column
    cell.key[0], cell.key[1] = 4 * here, 4 * (here + 1) + 2
    cell.key[2], cell.key[3] = 4 * (here + _STRIDE), 4 * here + 2


@jit
def _pieces(room):
    """Make room for pieces."""
    return Pieces(
        np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int32),
        np.empty((room, 2)), np.empty(room, np.int8), np.empty((room, 4)),
    )  # fmt: skip


@leaf
def _labels(window, top, merged):
    """Label every point, and count the cells with corners of different labels."""
    rows, columns = window.minutes.shape
    label, mixed = window.label, 0
    for r in range(rows):
        for c in range(columns):
            who = window.source[r, c] if window.minutes[r, c] <= top else OUT
            label[r, c] = 0 if merged and who != OUT else who
    for r in range(rows - 1):
        for c in range(columns - 1):
            a = label[r, c]
            mixed += label[r, c + 1] != a or label[r + 1, c] != a or label[r + 1, c + 1] != a
    return mixed


@jit
def march(streets, field, window, limit_min, merged):
    """
    Pieces of the lines around every label of a window; ``merged`` makes all sources one.

    Crossings of a side are kept for the cell above and the cell to the right.
    """
    top = limit_min + TOLERANCE_MIN
    rows, columns = window.minutes.shape
    pieces = _pieces(4 * _labels(window, top, merged))
    label = window.label
    cell = _Cell(
        np.empty(4, np.int32), np.empty(4, np.int32), np.empty(4), np.empty(4),
        np.empty(4, np.int64),
    )  # fmt: skip
    side, px, py = np.empty(4, np.int64), np.empty(4), np.empty(4)
    below = np.empty((columns, 2))
    n = 0
    for r in range(rows - 1):
        rx, ry = 0.0, 0.0
        for c in range(columns - 1):
            a = label[r, c]
            if label[r, c + 1] == a and label[r + 1, c] == a and label[r + 1, c + 1] == a:
                continue
            _load(cell, window, label, streets, r, c)
            sides = 0
            for i in range(4):
                j = (i + 1) % 4
                if cell.label[i] == cell.label[j]:
                    continue
                side[sides] = i
                sides += 1
                if i == 0 and r > 0:
                    px[0], py[0] = below[c, 0], below[c, 1]
                elif i == 3 and c > 0:
                    px[3], py[3] = rx, ry
                else:
                    low, high = (i, j) if i < 2 else (j, i)
                    t = _crossing(streets, field, cell, low, high, top, merged)
                    px[i] = cell.x[low] + t * (cell.x[high] - cell.x[low])
                    py[i] = cell.y[low] + t * (cell.y[high] - cell.y[low])
            rx, ry = px[1], py[1]
            below[c, 0], below[c, 1] = px[2], py[2]
            joined, bridge = -1, False
            if sides == 4:
                joined, bridge = _saddle(streets, field, cell, top)
            if joined >= 0:
                n = _cut_corners(pieces, n, cell, joined, px, py)
            else:
                n = _around(pieces, n, cell, side, sides, bridge, px, py)
    return Pieces(
        pieces.start[:n], pieces.end[:n], pieces.label[:n], pieces.xy[:n], pieces.ways[:n],
        pieces.way[:n],
    )  # fmt: skip
