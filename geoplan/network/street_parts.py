"""Streets within a limit (可达路段): the reached part of every edge, with minutes at its ends."""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit, leaf
from geoplan.network.kernels import TOLERANCE_MIN, minutes_at


@leaf
def _next_source(field, edge, after):
    """Share of the next source on an edge beyond a share; 1 if there is none."""
    share = 1.0
    k = field.here_first[edge]
    while k >= 0:
        if after < field.here_share[k] < share:
            share = field.here_share[k]
        k = field.here_next[k]
    return share


@leaf
def _peak(a, at_a, b, at_b, slope_a, slope_b):
    """Where between two places the ways over either of them take as long."""
    if max(at_a, slope_a) == np.inf:
        return a
    if max(at_b, slope_b) == np.inf:
        return b
    if slope_a + slope_b <= 0.0:
        return b
    x = (at_b - at_a + a * slope_a + b * slope_b) / (slope_a + slope_b)
    return min(b, max(a, x))


@jit
def street_parts(field, edges, limit_min):
    """
    Cut the reached part out of edges.

    Between two neighbouring places with known minutes (ends and sources) the time rises from
    both to a peak; the pieces end there, so the minutes change evenly along each.

    Returns
    -------
    edge, low, high
        Which edge, and from where to where (shares).
    low_min, high_min
        Minutes there.
    """
    top = limit_min + TOLERANCE_MIN
    room = 2 * edges.size + 16
    edge, shares, minutes = np.empty(room, np.int32), np.empty((room, 2)), np.empty((room, 2))
    n = 0
    for e in edges:
        up, down = field.along_vu[e], field.along_uv[e]
        a = 0.0
        at_a, _ = minutes_at(field, e, 0.0)
        while a < 1.0:
            b = _next_source(field, e, a)
            at_b, _ = minutes_at(field, e, b)
            x = _peak(a, at_a, b, at_b, up, down)
            if n + 2 > edge.size:
                edge = np.concatenate((edge, np.empty_like(edge)))
                shares = np.concatenate((shares, np.empty_like(shares)))
                minutes = np.concatenate((minutes, np.empty_like(minutes)))
            if at_a <= top and x > a:
                end = x if up == 0.0 else min(x, a + (top - at_a) / up)
                if end > a:
                    edge[n], shares[n, 0], shares[n, 1] = e, a, end
                    minutes[n, 0], minutes[n, 1] = at_a, at_a + (end - a) * up
                    n += 1
            if at_b <= top and x < b:
                end = x if down == 0.0 else max(x, b - (top - at_b) / down)
                if end < b:
                    edge[n], shares[n, 0], shares[n, 1] = e, end, b
                    minutes[n, 0], minutes[n, 1] = at_b + (b - end) * down, at_b
                    n += 1
            a, at_a = b, at_b
    return edge[:n], shares[:n, 0].copy(), shares[:n, 1].copy(), minutes[:n, 0], minutes[:n, 1]


@jit
def cut_lines(line_xy, line_ptr, vertex_share, edge, low, high):
    """
    Vertices of parts of edges.

    Returns
    -------
    xy, ptr
        Vertices, and where those of each part begin.
    """
    room = 0
    for e in edge:
        room += line_ptr[e + 1] - line_ptr[e] + 2
    xy, ptr = np.empty((room, 2)), np.zeros(edge.size + 1, np.int64)
    n = 0
    for k in range(edge.size):
        first, last = line_ptr[edge[k]], line_ptr[edge[k] + 1] - 1
        s = first
        while s < last - 1 and vertex_share[s + 1] <= low[k]:
            s += 1
        n = _put(xy, n, line_xy, vertex_share, s, low[k])
        while s < last - 1 and vertex_share[s + 1] < high[k]:
            s += 1
            if vertex_share[s] > low[k]:
                xy[n, 0], xy[n, 1] = line_xy[s, 0], line_xy[s, 1]
                n += 1
        n = _put(xy, n, line_xy, vertex_share, s, high[k])
        ptr[k + 1] = n
    return xy[:n].copy(), ptr


@leaf
def _put(xy, n, line_xy, vertex_share, s, share):
    """Append the place at a share of segment s."""
    span = vertex_share[s + 1] - vertex_share[s]
    t = (share - vertex_share[s]) / span if span > 0.0 else 0.0
    xy[n, 0] = line_xy[s, 0] + t * (line_xy[s + 1, 0] - line_xy[s, 0])
    xy[n, 1] = line_xy[s, 1] + t * (line_xy[s + 1, 1] - line_xy[s, 1])
    return n + 1
