"""
Search kernels (最短路内核): bounded many-source search on flat arrays, compiled by numba.

Nodes wait in buckets of equal width, not in a heap: inside a bucket they may be looked at twice,
which costs less than keeping order (Dial 1969, Meyer & Sanders 2003), and leads to the same sums.

Other kernels call `minutes_at`; see `geoplan.network.jit` before editing it.
Costs are minutes in float64. A limit is closed: a node at exactly the limit is reached, with one
stated tolerance of `TOLERANCE_MIN`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.jit import jit, leaf

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

TOLERANCE_MIN = 1e-6
"""Minutes by which a limit may be passed and still count as met (rounding of sums)."""

NO_LABEL = -1
_BUCKETS = 32


@jit
def twice(array):
    """Return the array with as much room again."""
    return np.concatenate((array, np.empty_like(array)))


@leaf
def _better(rank, time_min, label, new, source, node):
    """Tell whether a time improves a node, by less time or lower rank."""
    now = time_min[node]
    return new < now or (new == now < np.inf and rank[source] < rank[label[node]])


@jit
def relax(field, arcs, seed_node, seed_min, seed_source, limit_min, usual_min):
    """
    Spread from seeds as far as they improve the field, and return the nodes that changed.

    On a field with nothing reached it gives the nearest source of every node. Equal times go to
    the source of lower rank, whatever the order of the seeds. Some nodes may be named twice.

    Parameters
    ----------
    field
        Whose nodes are improved.
    arcs
        CSR arcs: pointer, head, minutes.
    seed_node, seed_min, seed_source
        Where to start, after how many minutes, from which source.
    limit_min
        Closed limit.
    usual_min
        Minutes of some arcs: width of a bucket where no limit gives one.
    """
    indptr, head, arc_min = arcs
    rank, time_min, label = field.rank, field.node_min, field.node_source
    top = limit_min + TOLERANCE_MIN
    per_min = (_BUCKETS - 1) / top if top < np.inf else 1.0 / usual_min
    waiting, count = np.empty((_BUCKETS + 1, 64), np.int32), np.zeros(_BUCKETS + 1, np.int64)
    changed, n = np.empty(2 * seed_node.size + 64, np.int32), 0
    for s in range(seed_node.size):
        node, cost = seed_node[s], seed_min[s]
        if cost <= top and _better(rank, time_min, label, cost, seed_source[s], node):
            time_min[node], label[node] = cost, seed_source[s]
            waiting = _wait(waiting, count, node, cost * per_min)
            changed[n] = node
            n += 1
    base, bucket, done = 0.0, 0, 0
    while True:
        if done == count[bucket]:
            count[bucket], done = 0, 0
            bucket += 1
            if bucket < _BUCKETS:
                continue
            if count[bucket] == 0:
                return changed[:n]
            base += _BUCKETS / per_min
            bucket = 0
            waiting = _share_out(waiting, count, time_min, base, per_min)
            continue
        node = waiting[bucket, done]
        done += 1
        cost, source = time_min[node], label[node]
        if max(0.0, (cost - base) * per_min) < bucket:
            continue  # looked at in an earlier bucket
        if n + indptr[node + 1] - indptr[node] > changed.size:
            changed = twice(changed)
        for a in range(indptr[node], indptr[node + 1]):
            new, to = cost + arc_min[a], head[a]
            if new > top or not _better(rank, time_min, label, new, source, to):
                continue
            time_min[to], label[to] = new, source
            changed[n] = to
            n += 1
            if indptr[to + 1] - indptr[to] == 1:
                continue  # it leads back only
            place = (new - base) * per_min
            b = int(place) if place < _BUCKETS else _BUCKETS
            if count[b] == waiting.shape[1]:
                waiting = _wider(waiting)
            waiting[b, count[b]] = to
            count[b] += 1


@jit
def node_sets(arcs, seeds, limits_min, usual_min):
    """
    Nodes that each source reaches within its limit, one bounded search after another.

    The cost depends on what is reached, not on the network, but for one array of inf.

    Parameters
    ----------
    arcs
        CSR arcs: pointer, head, minutes.
    seeds
        Of source k: pointer, node, minutes.
    limits_min
        Closed limit of each source.
    usual_min
        As for `relax`.

    Returns
    -------
    pointer, node, minutes
        Per source, in no order.
    """
    time_min = np.full(arcs[0].size - 1, np.inf)
    ptr = np.zeros(limits_min.size + 1, np.int64)
    room = 4096 + 256 * min(limits_min.size, 10_000)  # memory is taken as it is written to
    out, out_min = np.empty(room, np.int32), np.empty(room, np.float64)
    waiting = np.empty((_BUCKETS + 1, 250), np.int32)  # the last: what lies beyond the others
    count = np.zeros(_BUCKETS + 1, np.int64)
    for k in range(limits_min.size):
        top = limits_min[k] + TOLERANCE_MIN
        per_min = (_BUCKETS - 1) / top if top < np.inf else 1.0 / usual_min
        n = _reach(arcs, seeds, k, top, per_min, time_min, waiting, count, out, ptr[k])
        while n < 0:  # out of room: this source once more, with more
            if count.max() == waiting.shape[1]:
                waiting = _wider(waiting)
            else:
                out, out_min = twice(out), twice(out_min)
            time_min[:], count[:] = np.inf, 0
            n = _reach(arcs, seeds, k, top, per_min, time_min, waiting, count, out, ptr[k])
        ptr[k + 1] = n
        for i in range(np.uint64(ptr[k]), np.uint64(n)):
            node = np.uint32(out[i])
            out_min[i] = time_min[node]
            time_min[node] = np.inf
    return ptr, out[: ptr[-1]], out_min[: ptr[-1]]


@leaf
def _reach(arcs, seeds, k, top, per_min, time_min, waiting, count, out, n):
    """
    Spread from one source and write its nodes to ``out`` from n on; return where they end.

    Every arc is written down, and counted only if it leads nearer: what is not counted is
    written over. A branch that no processor can foresee would take longer. Indices are unsigned:
    at a signed one numba asks whether it counts from the end, which takes 40 % longer. Returns
    -1 when ``out`` or a bucket is full; the search must then begin anew.
    """
    indptr, head, arc_min = arcs
    seed_ptr, seed_node, seed_min = seeds
    if n + seed_ptr[k + 1] - seed_ptr[k] >= out.size:
        return -1
    for s in range(seed_ptr[k], seed_ptr[k + 1]):
        node, cost = seed_node[s], seed_min[s]
        place = cost * per_min
        if not (place > -1.0 and cost <= top and cost < time_min[node]):
            continue
        out[n] = node
        n += time_min[node] == np.inf
        time_min[node] = cost
        b = np.uint32(min(place, float(_BUCKETS)))
        if count[b] == waiting.shape[1]:
            return -1
        waiting[b, count[b]] = node
        count[b] += 1
    base = 0.0
    while True:
        for bucket in range(np.uint32(_BUCKETS)):
            done = 0
            while done < count[bucket]:
                node = np.uint32(waiting[bucket, np.uint32(done)])
                done += 1
                cost = time_min[node]
                if (cost - base) * per_min < bucket and bucket > 0:
                    continue  # looked at in an earlier bucket
                first, end = np.uint32(indptr[node]), np.uint32(indptr[node + np.uint32(1)])
                if n + end - first >= out.size:
                    return -1
                for a in range(first, end):
                    new, to = cost + arc_min[a], np.uint32(head[a])
                    was = time_min[to]
                    better = (new < was) & (new <= top)
                    out[np.uint64(n)] = to
                    n += better & (was == np.inf)
                    time_min[to] = new if better else was
                    b = np.uint32(min((new - base) * per_min, float(_BUCKETS)))
                    if count[b] == waiting.shape[1]:
                        return -1
                    waiting[b, np.uint32(count[b])] = to
                    count[b] += better
            count[bucket] = 0
        if count[_BUCKETS] == 0:
            return n
        base += _BUCKETS / per_min
        beyond, count[_BUCKETS] = count[_BUCKETS], 0
        for i in range(beyond):
            node = waiting[_BUCKETS, i]
            place = (time_min[node] - base) * per_min
            if place <= -1.0:
                continue  # looked at meanwhile
            b = np.uint32(min(place, float(_BUCKETS)))
            if count[b] == waiting.shape[1]:
                return -1
            waiting[b, count[b]] = node
            count[b] += 1


@jit
def _wider(waiting):
    """Return the buckets with as much room again in each."""
    return np.concatenate((waiting, np.empty_like(waiting)), axis=1)


@jit
def _wait(waiting, count, node, place):
    """Put a node into its bucket."""
    bucket = int(place) if place < _BUCKETS else _BUCKETS
    if count[bucket] == waiting.shape[1]:
        waiting = _wider(waiting)
    waiting[bucket, count[bucket]] = node
    count[bucket] += 1
    return waiting


@jit
def _share_out(waiting, count, time_min, base, per_min):
    """Share what lay beyond the buckets out among them, now that they begin at ``base``."""
    beyond = waiting[_BUCKETS, : count[_BUCKETS]].copy()
    count[_BUCKETS] = 0
    for node in beyond:  # one that was looked at meanwhile is looked at again, at no harm
        place = max(0.0, (time_min[node] - base) * per_min)
        waiting = _wait(waiting, count, node, place)
    return waiting


class Field(NamedTuple):
    """
    All that gives the minutes of a place on a street: minutes of the nodes, sources on edges.

    Parameters
    ----------
    uv
        (m, 2) end nodes.
    along_uv, along_vu
        (m,) minutes for a whole edge when the path leaves a place towards v, towards u.
    node_min, node_source
        (n,) minutes and source of every node; inf where not reached.
    here_first, here_next
        (m,) first source on each edge, -1 for none; (k,) the next one on the same edge.
    here_share, here_leg
        (k,) where on its edge each source stands, and the minutes of its leg.
    rank
        (k,) who comes first at equal times: the lower.
    """

    uv: IntArray
    along_uv: FloatArray
    along_vu: FloatArray
    node_min: FloatArray
    node_source: IntArray
    here_first: IntArray
    here_next: IntArray
    here_share: FloatArray
    here_leg: FloatArray
    rank: FloatArray


@leaf
def _before(field, source, other):
    """Tell whether a source comes before another at equal times; both may be none."""
    return source >= 0 and (other < 0 or field.rank[source] < field.rank[other])


@leaf
def minutes_at(field, edge, share):
    """
    Minutes and source of a place on an edge: over either end, or along the edge itself.

    Equal times go to the source of lower rank.
    """
    u, v = field.uv[edge, 0], field.uv[edge, 1]
    best, who = np.inf, NO_LABEL
    if field.node_min[u] < np.inf:
        best = field.node_min[u] + (share * field.along_vu[edge] if share > 0.0 else 0.0)
        who = field.node_source[u] if best < np.inf else NO_LABEL
    if field.node_min[v] < np.inf:
        t = field.node_min[v] + ((1.0 - share) * field.along_uv[edge] if share < 1.0 else 0.0)
        if t < best or (t == best < np.inf and _before(field, field.node_source[v], who)):
            best, who = t, field.node_source[v]
    k = field.here_first[edge]
    while k >= 0:
        gap = field.here_share[k] - share
        t = field.here_leg[k]
        if gap > 0.0:
            t += gap * field.along_uv[edge]
        elif gap < 0.0:
            t -= gap * field.along_vu[edge]
        if t < best or (t == best < np.inf and _before(field, k, who)):
            best, who = t, k
        k = field.here_next[k]
    return best, who


@jit
def point_times(field, edge, share, leg_min):
    """Door-to-door minutes and source of doors that lie on edges; edge -1 is no street."""
    n = edge.size
    out = np.full(n, np.inf)
    who = np.full(n, NO_LABEL, np.int32)
    for i in range(n):
        if edge[i] >= 0:
            best, who[i] = minutes_at(field, edge[i], share[i])
            out[i] = best + leg_min[i]
    return out, who


@jit
def door_matrix(field, arcs, seeds, at_node, at_edge, source_edge, limit_min, usual_min):
    """
    Minutes between every source and every door within the limit, one search per source.

    Parameters
    ----------
    field
        With nothing reached and no source on any edge; left so.
    arcs
        CSR arcs: pointer, head, minutes.
    seeds
        Of source k: pointer, node, minutes.
    at_node
        Edges that touch each node: pointer, edge.
    at_edge
        Doors of each edge: pointer, share, leg minutes, number.
    source_edge
        Edge of each source; -1 where unsnapped.

    Returns
    -------
    pointer, door, minutes
        Per source.
    """
    top = limit_min + TOLERANCE_MIN
    reach, at, at_min = node_sets(arcs, seeds, np.full(source_edge.size, limit_min), usual_min)
    door_ptr, seen = at_edge[0], np.full(field.here_first.size, NO_LABEL, np.int32)
    ptr = np.zeros(source_edge.size + 1, np.int64)
    doors, minutes = np.empty(1024, np.int32), np.empty(1024, np.float64)
    n = 0
    for k in range(source_edge.size):
        own = source_edge[k]
        for i in range(reach[k], reach[k + 1]):
            field.node_min[at[i]] = at_min[i]
        if own >= 0:
            field.here_first[own] = k
            while n + door_ptr[own + 1] - door_ptr[own] > doors.size:
                doors, minutes = twice(doors), twice(minutes)
            n = _doors_of_edge(field, at_edge, own, k, top, seen, doors, minutes, n)
        for i in range(reach[k], reach[k + 1]):
            for j in range(at_node[0][at[i]], at_node[0][at[i] + 1]):
                edge = at_node[1][j]
                if door_ptr[edge] == door_ptr[edge + 1] or seen[edge] == k:
                    continue
                while n + door_ptr[edge + 1] - door_ptr[edge] > doors.size:
                    doors, minutes = twice(doors), twice(minutes)
                n = _doors_of_edge(field, at_edge, edge, k, top, seen, doors, minutes, n)
        for i in range(reach[k], reach[k + 1]):
            field.node_min[at[i]] = np.inf
        if own >= 0:
            field.here_first[own] = NO_LABEL
        ptr[k + 1] = n
    return ptr, doors[:n].copy(), minutes[:n].copy()


@leaf
def _doors_of_edge(field, at_edge, edge, k, top, seen, doors, minutes, n):
    """Write the doors of one edge that source k reaches from n on; return where they end."""
    door_ptr, share, leg_min, number = at_edge
    seen[edge] = k
    for d in range(door_ptr[edge], door_ptr[edge + 1]):
        t = minutes_at(field, edge, share[d])[0] + leg_min[d]
        doors[n], minutes[n] = number[d], t
        n += t <= top
    return n
