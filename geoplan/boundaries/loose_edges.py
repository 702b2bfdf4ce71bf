"""
Edges without a twin that bound no face (悬边): T-junctions, and borders side by side.

A vertex of one unit on an edge of another that lacks it is a T-junction (丁字点): no land is in
doubt, but the two borders are not the same line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from geoplan.boundaries.topology import Topology

    Array = npt.NDArray[Any]

ON_EDGE_M = 0.01
"""A vertex so near to an edge lies on it."""
_PARALLEL = np.cos(np.radians(15.0))
_LEAST_RUN = 5.0  # borders side by side run for at least so many times their distance


def loose_segments(topo: Topology) -> tuple[Array, Array, Array]:
    """Return start, end (vertex numbers) and unit of every edge without a twin."""
    pairs, arc = topo.edges(np.flatnonzero(~topo.shared))
    return pairs[:, 0], pairs[:, 1], topo.left[arc]


def t_junctions(topo: Topology, known: Array) -> Iterator[tuple[Any, int, int]]:
    """
    Find vertices that lie on an edge of another unit which has no vertex there.

    Parameters
    ----------
    topo
        The coverage.
    known
        Faces already reported: vertices on them are explained.

    Yields
    ------
    point, has, lacks
        The place, the unit that has the vertex, the unit whose edge lacks it.
    """
    start, end, unit = loose_segments(topo)
    if not len(start):
        return
    segments = np.asarray(shapely.linestrings(np.stack([topo.xy[start], topo.xy[end]], axis=1)))
    owner = np.unique(
        np.vstack([np.column_stack([start, unit]), np.column_stack([end, unit])]), axis=0
    )
    points = np.asarray(shapely.points(topo.xy[owner[:, 0]]))
    tree = shapely.STRtree(segments)
    p, s = tree.query(points, predicate="dwithin", distance=ON_EDGE_M)
    vertex, has = owner[p, 0], owner[p, 1]
    other = (unit[s] != has) & (start[s] != vertex) & (end[s] != vertex)
    p, s, vertex, has = p[other], s[other], vertex[other], has[other]
    sure = _unexplained(points[p], known)
    p, s, vertex, has = p[sure], s[sure], vertex[sure], has[sure]
    far = np.minimum(_gap(topo, vertex, start[s]), _gap(topo, vertex, end[s])) > ON_EDGE_M
    seen = set()
    for i in np.flatnonzero(far):
        key = (int(vertex[i]), int(unit[s[i]]))
        if key not in seen and not _has_vertex(owner, key):
            seen.add(key)
            yield points[p[i]], int(has[i]), int(unit[s[i]])


def _gap(topo: Topology, a: Array, b: Array) -> Array:
    return np.asarray(np.hypot(*(topo.xy[a] - topo.xy[b]).T))


def _has_vertex(owner: Array, key: tuple[int, int]) -> bool:
    """Tell whether the unit has that vertex on another of its loose edges."""
    lo, hi = np.searchsorted(owner[:, 0], [key[0], key[0] + 1])
    return key[1] in owner[lo:hi, 1]


def near_parallel(
    topo: Topology, known: Array, *, near_m: float
) -> Iterator[tuple[int, int, Any, float]]:
    """
    Find loose borders of two units that run side by side and bound no known face.

    Parameters
    ----------
    topo
        The coverage.
    known
        Faces already reported: edges along them are explained.
    near_m
        Largest distance.

    Yields
    ------
    a, b, line, width
        Both units (smaller first), the border of ``a`` as a line, the largest distance in metres.
    """
    start, end, unit = loose_segments(topo)
    if not len(start):
        return
    middle = np.asarray(shapely.points((topo.xy[start] + topo.xy[end]) / 2))
    open_ = np.flatnonzero(_unexplained(middle, known))
    segments = np.asarray(shapely.linestrings(np.stack([topo.xy[start], topo.xy[end]], axis=1)))
    step = topo.xy[end] - topo.xy[start]
    step = step / np.maximum(np.hypot(*step.T), 1e-12)[:, None]
    tree = shapely.STRtree(segments)
    m, s = tree.query(middle[open_], predicate="dwithin", distance=near_m)
    m = open_[m]
    against = (unit[m] != unit[s]) & ((step[m] * step[s]).sum(axis=1) < -_PARALLEL)
    m, s = m[against], s[against]
    width = np.asarray(shapely.distance(middle[m], segments[s]))
    pairs: dict[tuple[int, int], dict[int, float]] = {}
    for i, k, w in zip(m.tolist(), s.tolist(), width.tolist(), strict=True):
        a, b = int(unit[i]), int(unit[k])
        if a < b:
            runs = pairs.setdefault((a, b), {})
            runs[i] = min(w, runs.get(i, np.inf))
    for (a, b), runs in sorted(pairs.items()):
        line = shapely.line_merge(shapely.multilinestrings(segments[sorted(runs)]))
        widest = max(runs.values())
        for part in shapely.get_parts(line):
            if widest > ON_EDGE_M and part.length >= _LEAST_RUN * widest:
                yield a, b, part, widest


def _unexplained(middle: Array, known: Array) -> Array:
    """Tell which points lie on no known face."""
    out = np.ones(len(middle), bool)
    if len(known):
        tree = shapely.STRtree(known)
        out[np.unique(tree.query(middle, predicate="dwithin", distance=ON_EDGE_M)[0])] = False
    return out
