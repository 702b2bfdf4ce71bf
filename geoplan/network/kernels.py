"""
Search kernels (最短路内核): bounded many-source Dijkstra on flat arrays, compiled by numba.

All kernels live in this one file: editing a callee elsewhere would not refresh a caller's cache.
Costs are minutes in float64. A limit is closed: a node at exactly the limit is reached, with one
stated tolerance of `TOLERANCE_MIN`.
"""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit

TOLERANCE_MIN = 1e-6
"""Minutes by which a limit may be passed and still count as met (rounding of sums)."""

NO_LABEL = -1


@jit
def _push(heap_cost, heap_node, size, cost, node):
    i = size
    while i > 0:
        parent = (i - 1) >> 2
        if heap_cost[parent] <= cost:
            break
        heap_cost[i] = heap_cost[parent]
        heap_node[i] = heap_node[parent]
        i = parent
    heap_cost[i] = cost
    heap_node[i] = node
    return size + 1


@jit
def _pop(heap_cost, heap_node, size):
    """Remove the top of the 4-ary heap by sinking the last entry from the root."""
    size -= 1
    cost = heap_cost[size]
    node = heap_node[size]
    i = 0
    while True:
        child = 4 * i + 1
        if child >= size:
            break
        best = child
        for k in range(child + 1, min(child + 4, size)):
            if heap_cost[k] < heap_cost[best]:
                best = k
        if heap_cost[best] >= cost:
            break
        heap_cost[i] = heap_cost[best]
        heap_node[i] = heap_node[best]
        i = best
    heap_cost[i] = cost
    heap_node[i] = node
    return size


@jit
def _grow(heap_cost, heap_node):
    n = heap_cost.size
    cost = np.empty(2 * n, np.float64)
    node = np.empty(2 * n, np.int32)
    cost[:n] = heap_cost
    node[:n] = heap_node
    return cost, node


@jit
def nearest_source(indptr, head, arc_min, seed_node, seed_min, seed_label, limit_min):
    """
    Minutes to the nearest source and its label, for every node within the limit.

    Equal times go to the smaller label, so the answer does not depend on the order of seeds.
    """
    n = indptr.size - 1
    time_min = np.full(n, np.inf)
    label = np.full(n, NO_LABEL, np.int32)
    capacity = max(1024, 2 * seed_node.size)
    heap_cost = np.empty(capacity, np.float64)
    heap_node = np.empty(capacity, np.int32)
    size = 0
    top = limit_min + TOLERANCE_MIN
    for s in range(seed_node.size):
        node, cost = seed_node[s], seed_min[s]
        if cost > top or not (
            cost < time_min[node] or (cost == time_min[node] and seed_label[s] < label[node])
        ):
            continue
        time_min[node] = cost
        label[node] = seed_label[s]
        if size == heap_cost.size:
            heap_cost, heap_node = _grow(heap_cost, heap_node)
        size = _push(heap_cost, heap_node, size, cost, node)
    while size > 0:
        cost, node = heap_cost[0], heap_node[0]
        size = _pop(heap_cost, heap_node, size)
        if cost > time_min[node]:
            continue
        for a in range(indptr[node], indptr[node + 1]):
            new = cost + arc_min[a]
            to = head[a]
            if new > top or not (
                new < time_min[to] or (new == time_min[to] and label[node] < label[to])
            ):
                continue
            time_min[to] = new
            label[to] = label[node]
            if size == heap_cost.size:
                heap_cost, heap_node = _grow(heap_cost, heap_node)
            size = _push(heap_cost, heap_node, size, new, to)
    return time_min, label


@jit
def within_limit(indptr, head, arc_min, seed_node, seed_min, limit_min, time_min):
    """
    Nodes one facility reaches within the limit, ascending by time.

    ``time_min`` is a work array of inf, one per node; it is handed back filled with inf, so one
    array serves all facilities and the cost depends on the area only, not on the network.
    """
    capacity = 1024
    heap_cost = np.empty(capacity, np.float64)
    heap_node = np.empty(capacity, np.int32)
    touched = np.empty(capacity, np.int32)
    settled = np.empty(capacity, np.int32)
    settled_min = np.empty(capacity, np.float64)
    size, n_touched, n_settled = 0, 0, 0
    top = limit_min + TOLERANCE_MIN
    for s in range(seed_node.size):
        node, cost = seed_node[s], seed_min[s]
        if cost > top or cost >= time_min[node]:
            continue
        if time_min[node] == np.inf:
            if n_touched == touched.size:
                touched = np.concatenate((touched, np.empty_like(touched)))
            touched[n_touched] = node
            n_touched += 1
        time_min[node] = cost
        if size == heap_cost.size:
            heap_cost, heap_node = _grow(heap_cost, heap_node)
        size = _push(heap_cost, heap_node, size, cost, node)
    while size > 0:
        cost, node = heap_cost[0], heap_node[0]
        size = _pop(heap_cost, heap_node, size)
        if cost > time_min[node]:
            continue
        if n_settled == settled.size:
            settled = np.concatenate((settled, np.empty_like(settled)))
            settled_min = np.concatenate((settled_min, np.empty_like(settled_min)))
        settled[n_settled] = node
        settled_min[n_settled] = cost
        n_settled += 1
        for a in range(indptr[node], indptr[node + 1]):
            new = cost + arc_min[a]
            to = head[a]
            if new > top or new >= time_min[to]:
                continue
            if time_min[to] == np.inf:
                if n_touched == touched.size:
                    touched = np.concatenate((touched, np.empty_like(touched)))
                touched[n_touched] = to
                n_touched += 1
            time_min[to] = new
            if size == heap_cost.size:
                heap_cost, heap_node = _grow(heap_cost, heap_node)
            size = _push(heap_cost, heap_node, size, new, to)
    for i in range(n_touched):
        time_min[touched[i]] = np.inf
    return settled[:n_settled].copy(), settled_min[:n_settled].copy()


@jit
def point_times(edge, share, leg_min, u, v, along_uv, along_vu, node_min, node_label,
                here_ptr, here_share, here_leg, here_label):  # fmt: skip
    """
    Door-to-door minutes of points that lie on edges: over either end, or along the same edge.

    ``along_uv[e]`` is the time for the whole edge when the path leaves the point towards v,
    ``along_vu[e]`` towards u. ``here_*`` lists the sources on each edge (CSR by edge).
    """
    n = edge.size
    out = np.full(n, np.inf)
    who = np.full(n, NO_LABEL, np.int32)
    for i in range(n):
        e = edge[i]
        if e < 0:
            continue
        s = share[i]
        best, label = np.inf, NO_LABEL
        via_v = (1.0 - s) * along_uv[e] + node_min[v[e]] if s < 1.0 else node_min[v[e]]
        via_u = s * along_vu[e] + node_min[u[e]] if s > 0.0 else node_min[u[e]]
        if via_u < np.inf:
            best, label = via_u, node_label[u[e]]
        if via_v < best or (via_v == best and via_v < np.inf and node_label[v[e]] < label):
            best, label = via_v, node_label[v[e]]
        for k in range(here_ptr[e], here_ptr[e + 1]):
            gap = here_share[k] - s
            if gap == 0.0:
                t = here_leg[k]
            elif gap > 0.0:
                t = gap * along_uv[e] + here_leg[k]
            else:
                t = -gap * along_vu[e] + here_leg[k]
            if t < best or (t == best and here_label[k] < label):
                best, label = t, here_label[k]
        out[i] = best + leg_min[i]
        who[i] = label
    return out, who


@jit
def door_matrix(indptr, head, arc_min, seed_ptr, seed_node, seed_min, limit_min, edge_ptr,
                edge_of, uv, along_uv, along_vu, door_ptr, door_share, door_leg, door_id,
                here_edge, here_share, here_leg):  # fmt: skip
    """
    Minutes between every source and every door within the limit, one search per source.

    Source k starts at ``seed_node[seed_ptr[k]:seed_ptr[k + 1]]`` and stands on ``here_edge[k]``
    (-1: unsnapped). Node n touches the edges ``edge_of[edge_ptr[n]:edge_ptr[n + 1]]``; edge e
    has the doors ``door_ptr[e]:door_ptr[e + 1]``. Returns pointer per source, doors, minutes.
    """
    n_sources = here_edge.size
    top = limit_min + TOLERANCE_MIN
    time_min = np.full(indptr.size - 1, np.inf)
    best = np.full(door_id.size, np.inf)
    touched = np.empty(1024, np.int64)
    ptr = np.zeros(n_sources + 1, np.int64)
    out_door = np.empty(1024, np.int32)
    out_min = np.empty(1024, np.float64)
    for k in range(n_sources):
        n_touched = 0
        settled = np.empty(0, np.int32)
        if here_edge[k] >= 0:
            a, b = seed_ptr[k], seed_ptr[k + 1]
            settled, settled_min = within_limit(
                indptr, head, arc_min, seed_node[a:b], seed_min[a:b], limit_min, time_min
            )
        for i in range(settled.size + (here_edge[k] >= 0)):
            on_source = i == settled.size
            first = 0 if on_source else edge_ptr[settled[i]]
            last = 1 if on_source else edge_ptr[settled[i] + 1]
            for j in range(first, last):
                e = here_edge[k] if on_source else edge_of[j]
                for d in range(door_ptr[e], door_ptr[e + 1]):
                    s = door_share[d]
                    if on_source:
                        gap = here_share[k] - s
                        t = here_leg[k]
                        if gap > 0.0:
                            t += gap * along_uv[e]
                        elif gap < 0.0:
                            t -= gap * along_vu[e]
                    else:
                        t = np.inf
                        if uv[e, 1] == settled[i]:
                            t = settled_min[i] + ((1.0 - s) * along_uv[e] if s < 1.0 else 0.0)
                        if uv[e, 0] == settled[i]:
                            t = min(t, settled_min[i] + (s * along_vu[e] if s > 0.0 else 0.0))
                    t += door_leg[d]
                    if t > top or t >= best[d]:
                        continue
                    if best[d] == np.inf:
                        if n_touched == touched.size:
                            touched = np.concatenate((touched, np.empty_like(touched)))
                        touched[n_touched] = d
                        n_touched += 1
                    best[d] = t
        while ptr[k] + n_touched > out_door.size:
            out_door = np.concatenate((out_door, np.empty_like(out_door)))
            out_min = np.concatenate((out_min, np.empty_like(out_min)))
        for i in range(n_touched):
            d = touched[i]
            out_door[ptr[k] + i] = door_id[d]
            out_min[ptr[k] + i] = best[d]
            best[d] = np.inf
        ptr[k + 1] = ptr[k] + n_touched
    return ptr, out_door[: ptr[n_sources]].copy(), out_min[: ptr[n_sources]].copy()
