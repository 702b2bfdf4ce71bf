"""
Kernels for one facility more or less (增量更新): only what changes is searched again.

An added source spreads by `kernels.relax` as long as it improves a node. A removed one gives back
the nodes of its cell, which are searched again from the border of the cell. Both give the minutes
and sources that a full search gives, equal times included.
"""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit
from geoplan.network.kernels import NO_LABEL, TOLERANCE_MIN, minutes_at, twice


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
    cell, n, done = np.empty(256, np.int32), 0, -1
    while done < n:  # first the given nodes, then what can be walked to from each found
        near = start if done < 0 else head[indptr[cell[done]] : indptr[cell[done] + 1]]
        done += 1
        for i in near:
            if field.node_source[i] == source and field.node_min[i] < np.inf:
                field.node_min[i] = np.inf
                if n == cell.size:
                    cell = twice(cell)
                cell[n] = i
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
                    changed = twice(changed)
                changed[n] = door
                n += 1
    return changed[:n]
