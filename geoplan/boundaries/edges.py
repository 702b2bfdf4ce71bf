"""
Kernels of the edge hash (边哈希): which two rings run along each edge, and where arcs begin.

An edge is a step between two neighbouring vertices of a ring, with its unit on the left. Edge ``e``
starts at ``vertex[e]``; the edge that two units share appears once in each direction: its *twin*.
"""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit

NONE = -1
_MIX_A = np.uint64(0x9E3779B97F4A7C15)
_MIX_B = np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)


@jit
def _slot(a, b, mask):
    """Return where the search for a pair of numbers begins in a table of ``mask + 1`` slots."""
    h = np.uint64(a) * _MIX_A ^ np.uint64(b) * _MIX_B
    h ^= h >> _SHIFT
    h *= _MIX_A
    h ^= h >> _SHIFT
    return np.int64(h & np.uint64(mask))


@jit
def vertex_ids(x, y):
    """Give a number to each distinct place of an integer grid; return them and their first rows."""
    size = 1
    while size < 2 * len(x) + 2:
        size *= 2
    mask = size - 1
    table = np.full(size, NONE, np.int32)
    ids = np.empty(len(x), np.int32)
    first = np.empty(len(x), np.int32)
    found = 0
    for i in range(len(x)):
        at = _slot(x[i], y[i], mask)
        while True:
            k = table[at]
            if k == NONE:
                table[at] = found
                first[found] = i
                ids[i] = found
                found += 1
                break
            j = first[k]
            if x[j] == x[i] and y[j] == y[i]:
                ids[i] = k
                break
            at = (at + 1) & mask
    return ids, first[:found].copy()


@jit
def open_rings(ids, offset, xy, hole):
    """
    Drop repeated vertices and the closing one, and turn every ring so that its unit is on the left.

    Return pointers and vertices of the rings; a ring of fewer than three places is left empty.
    """
    rings = len(offset) - 1
    ptr = np.zeros(rings + 1, np.int64)
    out = np.empty(len(ids), np.int32)
    end = 0
    for r in range(rings):
        begin = end
        area = 0.0
        ox, oy = xy[offset[r], 0], xy[offset[r], 1]
        for i in range(offset[r], offset[r + 1]):
            if i > offset[r]:
                area += (xy[i - 1, 0] - ox) * (xy[i, 1] - oy) - (xy[i, 0] - ox) * (
                    xy[i - 1, 1] - oy
                )
            if end == begin or out[end - 1] != ids[i]:
                out[end] = ids[i]
                end += 1
        while end > begin + 1 and out[end - 1] == out[begin]:
            end -= 1
        if end - begin < 3:
            end = begin
        elif (area > 0.0) == hole[r]:
            out[begin:end] = out[begin:end][::-1].copy()
        ptr[r + 1] = end
    return ptr, out[:end].copy()


@jit
def following(ptr, count):
    """Return for each edge the next one around its ring."""
    after = np.empty(count, np.int32)
    for r in range(len(ptr) - 1):
        for e in range(ptr[r], ptr[r + 1]):
            after[e] = e + 1 if e + 1 < ptr[r + 1] else ptr[r]
    return after


@jit
def twins(vertex, after, vertices):
    """
    Match every edge with the one that runs back along it.

    Return the twin of each edge, the earlier edge that runs the same way (an overlap), and the
    number of distinct edges at each vertex.
    """
    count = len(vertex)
    size = 1
    while size < 2 * count + 2:
        size *= 2
    mask = size - 1
    low = np.full(size, NONE, np.int32)
    high = np.empty(size, np.int32)
    up = np.full(size, NONE, np.int32)  # first edge from the smaller to the larger vertex
    down = np.full(size, NONE, np.int32)
    place = np.empty(count, np.int64)
    degree = np.zeros(vertices, np.int32)
    same = np.full(count, NONE, np.int32)
    for e in range(count):
        a, b = vertex[e], vertex[after[e]]
        lo, hi = min(a, b), max(a, b)
        at = _slot(lo, hi, mask)
        while low[at] != NONE and not (low[at] == lo and high[at] == hi):
            at = (at + 1) & mask
        if low[at] == NONE:
            low[at], high[at] = lo, hi
            degree[lo] += 1
            degree[hi] += 1
        place[e] = at
        mine = up if a < b else down
        if mine[at] == NONE:
            mine[at] = e
        else:
            same[e] = mine[at]
    twin = np.full(count, NONE, np.int32)
    for e in range(count):
        if same[e] == NONE:
            at = place[e]
            twin[e] = down[at] if up[at] == e else up[at]
    return twin, same, degree


@jit
def _begins(e, before, vertex, degree, twin, same, unit):
    """Tell whether an arc begins with edge ``e``."""
    if degree[vertex[e]] != 2:
        return True
    t, s = twin[e], twin[before]
    if (t == NONE) != (s == NONE) or (same[e] == NONE) != (same[before] == NONE):
        return True
    if t != NONE:
        return unit[t] != unit[s]
    return same[e] != NONE and unit[same[e]] != unit[same[before]]


@jit
def arcs(ptr, vertex, after, twin, same, degree, unit):
    """
    Cut the rings into arcs and keep each arc once, with the smaller unit on its left.

    Return arc pointers, arc edges, and per ring the signed arcs it runs along
    (``+k`` arc ``k - 1`` forwards, ``-k`` backwards).
    """
    count = len(vertex)
    start = np.zeros(count, np.bool_)
    for r in range(len(ptr) - 1):
        least = NONE
        broken = False
        for e in range(ptr[r], ptr[r + 1]):
            before = e - 1 if e > ptr[r] else ptr[r + 1] - 1
            if _begins(e, before, vertex, degree, twin, same, unit):
                start[e] = True
                broken = True
            if least == NONE or vertex[e] < vertex[least]:
                least = e
        if not broken and least != NONE:
            start[least] = True
    arc_at = np.full(count, NONE, np.int32)
    arc_ptr = np.zeros(count + 1, np.int64)
    arc_edge = np.empty(count, np.int32)
    made = 0
    filled = 0
    for e in range(count):
        if not start[e]:
            continue
        last = e
        while not start[after[last]]:
            last = after[last]
        t = twin[last]
        if t == NONE or unit[e] < unit[t] or (unit[e] == unit[t] and e < t):
            arc_at[e] = made
            i = e
            while True:
                arc_edge[filled] = i
                filled += 1
                if i == last:
                    break
                i = after[i]
            made += 1
            arc_ptr[made] = filled
    ring_ptr = np.zeros(len(ptr), np.int64)
    ring_arc = np.empty(count, np.int32)
    used = 0
    for r in range(len(ptr) - 1):
        for e in range(ptr[r], ptr[r + 1]):
            if not start[e]:
                continue
            if arc_at[e] != NONE:
                ring_arc[used] = arc_at[e] + 1
            else:
                last = e
                while not start[after[last]]:
                    last = after[last]
                ring_arc[used] = -(arc_at[twin[last]] + 1)
            used += 1
        ring_ptr[r + 1] = used
    return arc_ptr[: made + 1].copy(), arc_edge[:filled].copy(), ring_ptr, ring_arc[:used].copy()
