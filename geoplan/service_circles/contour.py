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

from geoplan.network.jit import jit
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.network.raster import TILE
from geoplan.network.segments import foot

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

OUT = -1
_HALVINGS = 6


class Field(NamedTuple):
    """
    All that gives the minutes at a point: streets, minutes at their ends, sources upon them.

    Parameters
    ----------
    line_xy, vertex_edge, vertex_share, uv
        Of the network.
    along_uv, along_vu
        (m,) minutes for a whole edge when the path leaves a point towards v, towards u.
    node_min, node_source
        (n,) minutes and source of every node; inf where not reached.
    here_first, here_next
        (m,) first source on each edge, -1 for none; (k,) the next one on the same edge.
    here_share, here_leg, source
        (k,) where on the edge, minutes of the leg, number of the source.
    leg_min_per_m, cap_m
        Pace of the straight leg and its greatest length.
    """

    line_xy: FloatArray
    vertex_edge: IntArray
    vertex_share: FloatArray
    uv: IntArray
    along_uv: FloatArray
    along_vu: FloatArray
    node_min: FloatArray
    node_source: IntArray
    here_first: IntArray
    here_next: IntArray
    here_share: FloatArray
    here_leg: FloatArray
    source: IntArray
    leg_min_per_m: float
    cap_m: float


@jit
def _at_foot(field, segment, share, leg_m):
    """Minutes and source of a point whose nearest street is known."""
    edge = field.vertex_edge[segment]
    low = field.vertex_share[segment]
    s = low + share * (field.vertex_share[segment + 1] - low)
    u, v = field.uv[edge, 0], field.uv[edge, 1]
    best, who = np.inf, OUT
    if field.node_min[u] < np.inf:
        best = field.node_min[u] + (s * field.along_vu[edge] if s > 0.0 else 0.0)
        who = field.node_source[u]
    if field.node_min[v] < np.inf:
        other = field.node_min[v] + ((1.0 - s) * field.along_uv[edge] if s < 1.0 else 0.0)
        if other < best or (other == best and field.node_source[v] < who):
            best, who = other, field.node_source[v]
    k = field.here_first[edge]
    while k >= 0:
        gap = field.here_share[k] - s
        t = field.here_leg[k]
        if gap > 0.0:
            t += gap * field.along_uv[edge]
        elif gap < 0.0:
            t -= gap * field.along_vu[edge]
        if t < best or (t == best and field.source[k] < who):
            best, who = t, field.source[k]
        k = field.here_next[k]
    return best + leg_m * field.leg_min_per_m, who


@jit
def _segment_at(tiles, column, row):
    """Nearest segment of a grid point; -1 where there is none or no tile."""
    tile_c, tile_r = column // TILE - tiles.column0, row // TILE - tiles.row0
    if tile_c < 0 or tile_c >= tiles.across or tile_r < 0:
        return -1
    tile = tile_r * tiles.across + tile_c
    if tile >= tiles.slot.size or tiles.slot[tile] < 0:
        return -1
    return tiles.pool[tiles.slot[tile], row % TILE, column % TILE]


@jit
def sample(field, tiles, cell_m, column0, row0, minutes, source, segment):
    """Fill minutes, source and nearest segment of a block of grid points."""
    rows, columns = minutes.shape
    for r in range(rows):
        y = (row0 + r) * cell_m
        for c in range(columns):
            minutes[r, c], source[r, c] = np.inf, OUT
            s = _segment_at(tiles, column0 + c, row0 + r)
            segment[r, c] = s
            if s < 0:
                continue
            edge = field.vertex_edge[s]
            if (
                field.node_min[field.uv[edge, 0]] == np.inf
                and field.node_min[field.uv[edge, 1]] == np.inf
                and field.here_first[edge] < 0
            ):
                continue
            square, share = foot(field.line_xy, s, (column0 + c) * cell_m, y)
            leg_m = np.sqrt(square)
            if leg_m <= field.cap_m:
                minutes[r, c], source[r, c] = _at_foot(field, s, share, leg_m)


@jit
def _label_at(field, x, y, one, two, top):
    """Label of a point between two grid points, from the nearer of their two streets."""
    square, share, s = np.inf, 0.0, -1
    if one >= 0:
        square, share = foot(field.line_xy, one, x, y)
        s = one
    if two >= 0 and two != one:
        other, t = foot(field.line_xy, two, x, y)
        if other < square:
            square, share, s = other, t, two
    leg_m = np.sqrt(square)
    if s < 0 or leg_m > field.cap_m:
        return OUT
    minutes, who = _at_foot(field, s, share, leg_m)
    return who if minutes <= top else OUT


@jit
def _crossing(field, cell_m, column, row, vertical, label, one, two, top, either):
    """Where the label changes between a grid point and the next one right of or above it."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        t = (low + high) / 2.0
        x = (column + (0.0 if vertical else t)) * cell_m
        y = (row + (t if vertical else 0.0)) * cell_m
        found = _label_at(field, x, y, one, two, top)
        same = found == label if either else (found == OUT) == (label == OUT)
        if same:
            low = t
        else:
            high = t
    t = (low + high) / 2.0
    return (column + (0.0 if vertical else t)) * cell_m, (row + (t if vertical else 0.0)) * cell_m


@jit
def _mixed(label):
    """How many cells have corners of different labels."""
    rows, columns = label.shape
    n = 0
    for r in range(rows - 1):
        for c in range(columns - 1):
            a = label[r, c]
            if label[r, c + 1] != a or label[r + 1, c] != a or label[r + 1, c + 1] != a:
                n += 1
    return n


@jit
def march(field, cell_m, column0, row0, minutes, source, segment, limit_min, stride):
    """
    Directed pieces of the lines around every label in a block, the label on their left.

    Returns keys of the crossings a piece runs from and to (unique over all blocks), its label,
    the point it starts from, and up to two points on its way (how many, and x y x y).
    """
    top = limit_min + TOLERANCE_MIN
    rows, columns = minutes.shape
    label = np.where(minutes <= top, source, OUT)
    room = 4 * _mixed(label)
    start, end = np.empty(room, np.int64), np.empty(room, np.int64)
    who, count = np.empty(room, np.int32), np.zeros(room, np.int8)
    xy, way = np.empty((room, 2)), np.empty((room, 4))
    n = 0
    corner, seg, side = np.empty(4, np.int32), np.empty(4, np.int32), np.empty(4, np.int64)
    px, py, key = np.empty(4), np.empty(4), np.empty(4, np.int64)
    for r in range(rows - 1):
        for c in range(columns - 1):
            a = label[r, c]
            if label[r, c + 1] == a and label[r + 1, c] == a and label[r + 1, c + 1] == a:
                continue
            corner[0], corner[1] = a, label[r, c + 1]
            corner[2], corner[3] = label[r + 1, c + 1], label[r + 1, c]
            seg[0], seg[1] = segment[r, c], segment[r, c + 1]
            seg[2], seg[3] = segment[r + 1, c + 1], segment[r + 1, c]
            sides = 0
            for i in range(4):
                j = (i + 1) % 4
                if corner[i] == corner[j]:
                    continue
                low, high = (i, j) if i < 2 else (j, i)
                vertical = i % 2 == 1
                column = column0 + c + (1 if i == 1 else 0)
                row = row0 + r + (1 if i == 2 else 0)
                key[i] = 2 * (row * stride + column) + (1 if vertical else 0)
                px[i], py[i] = _crossing(
                    field, cell_m, column, row, vertical, corner[low], seg[low], seg[high], top,
                    corner[low] != OUT and corner[high] != OUT,
                )  # fmt: skip
                side[sides] = i
                sides += 1
            opposite = -1  # corner whose label is joined with the one across
            bridge = False  # two labels meet between two corners that are out
            if sides == 4 and (corner[0] == corner[2] or corner[1] == corner[3]):
                x, y = (column0 + c + 0.5) * cell_m, (row0 + r + 0.5) * cell_m
                inside = (
                    _label_at(field, x, y, seg[0], seg[2], top) != OUT
                    or _label_at(field, x, y, seg[1], seg[3], top) != OUT
                )
                opposite = 0 if corner[0] == corner[2] else 1
                if corner[0] == corner[2] and corner[1] == corner[3]:
                    if (corner[0] == OUT) == inside:
                        opposite = 1
                elif corner[opposite] == OUT and inside:
                    bridge = True
            mx, my = (column0 + c + 0.5) * cell_m, (row0 + r + 0.5) * cell_m
            if sides >= 3 and opposite < 0:
                for k in range(sides):
                    i, j = side[k], side[(k + 1) % sides]
                    if corner[(i + 1) % 4] == OUT:
                        mx, my = (px[i] + px[j]) / 2.0, (py[i] + py[j]) / 2.0
            for k in range(sides):
                i, j = side[k], side[(k + 1) % sides]  # the run of corners i + 1 ... j
                owner = corner[(i + 1) % 4]
                joined = opposite >= 0 and (i + 1) % 2 == opposite % 2 and not bridge
                if opposite >= 0 and not bridge:
                    # a corner cut off: its own piece, and the joined label's piece around it
                    if joined:
                        continue
                    if owner != OUT:
                        start[n], end[n], who[n] = key[j], key[i], owner
                        xy[n, 0], xy[n, 1] = px[j], py[j]
                        n += 1
                    if corner[opposite] != OUT:
                        start[n], end[n], who[n] = key[i], key[j], corner[opposite]
                        xy[n, 0], xy[n, 1] = px[i], py[i]
                        n += 1
                    continue
                if owner == OUT:
                    continue
                start[n], end[n], who[n] = key[j], key[i], owner
                xy[n, 0], xy[n, 1] = px[j], py[j]
                if bridge:
                    after, before = (j + 1) % 4, (i + 3) % 4
                    count[n] = 2
                    way[n, 0], way[n, 1] = (px[j] + px[after]) / 2.0, (py[j] + py[after]) / 2.0
                    way[n, 2], way[n, 3] = (px[i] + px[before]) / 2.0, (py[i] + py[before]) / 2.0
                elif sides >= 3:
                    count[n] = 1
                    way[n, 0], way[n, 1] = mx, my
                n += 1
    return start[:n], end[:n], who[:n], xy[:n], count[:n], way[:n]


@jit
def rings(follow, who, xy, count, way):
    """Join pieces into rings: vertices, where each ring begins, its label, its signed area."""
    n = follow.size
    out = np.empty((n + count.sum(), 2))
    ptr = np.zeros(n + 1, np.int64)
    label, area = np.empty(n, np.int32), np.empty(n)
    seen = np.zeros(n, np.bool_)
    k, at = 0, 0
    for first in range(n):
        if seen[first]:
            continue
        i = first
        while not seen[i]:
            seen[i] = True
            out[at] = xy[i]
            at += 1
            for w in range(count[i]):
                out[at, 0], out[at, 1] = way[i, 2 * w], way[i, 2 * w + 1]
                at += 1
            i = follow[i]
        label[k] = who[first]
        a, x0, y0 = 0.0, out[ptr[k], 0], out[ptr[k], 1]
        for p in range(ptr[k], at - 1):
            a += (out[p, 0] - x0) * (out[p + 1, 1] - y0) - (out[p + 1, 0] - x0) * (out[p, 1] - y0)
        area[k] = a / 2.0
        k += 1
        ptr[k] = at
    return out, ptr[: k + 1], label[:k], area[:k]


@jit
def shells(xy, ptr, label, area):
    """For every ring its shell: itself where it runs around its area, else the least around it."""
    n = label.size
    shell = np.arange(n)
    box = np.empty((n, 4))
    for k in range(n):
        ring = xy[ptr[k] : ptr[k + 1]]
        box[k, 0], box[k, 1] = ring[:, 0].min(), ring[:, 1].min()
        box[k, 2], box[k, 3] = ring[:, 0].max(), ring[:, 1].max()
    for k in range(n):
        if area[k] > 0.0:
            continue
        x, y, least = xy[ptr[k], 0], xy[ptr[k], 1], np.inf
        for s in range(n):
            if area[s] <= -area[k] or area[s] >= least or label[s] != label[k]:
                continue
            if x < box[s, 0] or x > box[s, 2] or y < box[s, 1] or y > box[s, 3]:
                continue
            within = False
            q = ptr[s + 1] - 1
            for p in range(ptr[s], ptr[s + 1]):
                if (xy[p, 1] > y) != (xy[q, 1] > y) and x < xy[p, 0] + (y - xy[p, 1]) * (
                    xy[q, 0] - xy[p, 0]
                ) / (xy[q, 1] - xy[p, 1]):
                    within = not within
                q = p
            if within:
                shell[k], least = s, area[s]
    return shell
