"""
Kernels for one facility more or less (增量更新): only what changes is searched again.

An added source relaxes outwards as long as it improves a node. A removed one gives back the nodes
of its cell, which are searched again from the border of the cell. Both give the minutes and
sources that a full search gives, equal times included.
"""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit, leaf
from geoplan.network.kernels import NO_LABEL, TOLERANCE_MIN, _grow, _pop, _push, minutes_at


@leaf
def _better(field, new, source, node):
    """Tell whether a time improves a node, by less time or lower rank."""
    now = field.node_min[node]
    return new < now or (
        new == now < np.inf and field.rank[source] < field.rank[field.node_source[node]]
    )


@jit
def relax(field, arcs, seed_node, seed_min, seed_source, limit_min):
    """
    Spread from seeds as far as they improve the field, and return the nodes that changed.

    Some nodes may be named twice.
    """
    indptr, head, arc_min = arcs
    top = limit_min + TOLERANCE_MIN
    heap_cost, heap_node = np.empty(256, np.float64), np.empty(256, np.int32)
    changed = np.empty(256, np.int32)
    size, n = 0, 0
    for s in range(seed_node.size):
        node, cost = seed_node[s], seed_min[s]
        if cost > top or not _better(field, cost, seed_source[s], node):
            continue
        field.node_min[node], field.node_source[node] = cost, seed_source[s]
        if size == heap_cost.size:
            heap_cost, heap_node = _grow(heap_cost, heap_node)
        size = _push(heap_cost, heap_node, size, cost, node)
    while size > 0:
        cost, node = heap_cost[0], heap_node[0]
        size = _pop(heap_cost, heap_node, size)
        if cost > field.node_min[node]:
            continue
        if n == changed.size:
            changed = np.concatenate((changed, np.empty_like(changed)))
        changed[n] = node
        n += 1
        source = field.node_source[node]
        for a in range(indptr[node], indptr[node + 1]):
            new, to = cost + arc_min[a], head[a]
            if new > top or not _better(field, new, source, to):
                continue
            field.node_min[to], field.node_source[to] = new, source
            if size == heap_cost.size:
                heap_cost, heap_node = _grow(heap_cost, heap_node)
            size = _push(heap_cost, heap_node, size, new, to)
    return changed[:n]


@jit
def give_back(field, arcs, back, start, source):
    """
    Empty the cell of a source, and find what borders on it.

    Parameters
    ----------
    field
        Whose nodes of this source become unreached.
    arcs, back
        CSR arcs of the search, and those against it.
    start
        Nodes that may be in the cell, from which all others of it can be walked to.
    source
        Which.

    Returns
    -------
    cell
        Nodes given back.
    node, minutes, label
        Seeds for `relax`: the cell's nodes over their neighbours of other sources.
    """
    indptr, head, _ = arcs
    cell, n = np.empty(256, np.int32), 0
    for i in start:
        if field.node_source[i] == source and field.node_min[i] < np.inf:
            field.node_min[i] = np.inf
            if n == cell.size:
                cell = np.concatenate((cell, np.empty_like(cell)))
            cell[n] = i
            n += 1
    done = 0
    while done < n:
        i = cell[done]
        done += 1
        for a in range(indptr[i], indptr[i + 1]):
            to = head[a]
            if field.node_source[to] == source and field.node_min[to] < np.inf:
                field.node_min[to] = np.inf
                if n == cell.size:
                    cell = np.concatenate((cell, np.empty_like(cell)))
                cell[n] = to
                n += 1
    pointer, tail, cost = back
    room = 0
    for i in cell[:n]:
        field.node_source[i] = NO_LABEL
        room += pointer[i + 1] - pointer[i]
    node, minutes, label = np.empty(room, np.int32), np.empty(room), np.empty(room, np.int32)
    k = 0
    for i in cell[:n]:
        for a in range(pointer[i], pointer[i + 1]):
            if field.node_min[tail[a]] < np.inf and cost[a] < np.inf:
                node[k], minutes[k] = i, field.node_min[tail[a]] + cost[a]
                label[k] = field.node_source[tail[a]]
                k += 1
    return cell[:n], node[:k], minutes[:k], label[:k]


@jit
def refresh(field, at_node, at_edge, nodes, edges, seen, stamp, limit_min, minutes, source):
    """
    Write the minutes and sources of the doors beside changed nodes and edges anew.

    Returns
    -------
    doors
        Numbers of those that changed.
    """
    top = limit_min + TOLERANCE_MIN
    door_ptr, share, leg_min, number = at_edge
    changed, n = np.empty(64, np.int32), 0
    for i in range(-1, nodes.size):
        at = at_node[0]
        touching = edges if i < 0 else at_node[1][at[nodes[i]] : at[nodes[i] + 1]]
        for e in touching:
            if seen[e] == stamp:
                continue
            seen[e] = stamp
            for d in range(door_ptr[e], door_ptr[e + 1]):
                t, who = minutes_at(field, e, share[d])
                t += leg_min[d]
                if t > top:
                    t, who = np.inf, NO_LABEL
                door = number[d]
                if t == minutes[door] and who == source[door]:
                    continue
                minutes[door], source[door] = t, who
                if n == changed.size:
                    changed = np.concatenate((changed, np.empty_like(changed)))
                changed[n] = door
                n += 1
    return changed[:n]
