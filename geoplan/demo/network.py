"""
Road network (路网): joins nodes into streets, roads and tracks, cut by rivers and expressways.

Roads share a node wherever they meet; an expressway meets others only at interchanges. Works in
metres (EPSG:4547); the finished layer is in degrees (EPSG:4490).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geoplan.demo import rural_roads as _rural
from geoplan.demo.routes import MOTORWAY_HALF_WIDTH_M, RIVER_HALF_WIDTH_M
from geoplan.demo.streets import MAJOR_EVERY

if TYPE_CHECKING:
    import numpy.typing as npt

CLASSES = (
    "trunk", "primary", "secondary", "tertiary", "residential", "village", "service", "track",
    "footway", "path", "steps",
)  # fmt: skip
"""Classes of the roads made here, most important first; expressways are apart."""

_RANK = {name: i for i, name in enumerate(CLASSES)}
SPEED_KMH = np.array([70, 60, 50, 40, 30, 25, 20, 15, 5, 5, 3], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Edges:
    """
    Pieces of road between nodes.

    Parameters
    ----------
    uv
        Two node rows each.
    rank
        Position in `CLASSES`.
    oneway
        1 from u to v only, -1 the other way, 0 both.
    layer
        1 over a river, -1 under an expressway, else 0.
    """

    uv: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64]
    oneway: npt.NDArray[np.int64]
    layer: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[Any]) -> Edges:
        """Return some of the pieces."""
        return Edges(self.uv[rows], self.rank[rows], self.oneway[rows], self.layer[rows])


def join(
    nodes: _rural.Nodes, chain_rank: npt.NDArray[np.int64], core: int, rng: np.random.Generator
) -> Edges:
    """
    Join nodes by roads.

    Parameters
    ----------
    nodes
        Places, EPSG:4547 metres.
    chain_rank
        Class of each sampled road, as position in `CLASSES`.
    core
        Street grid that has one-way streets.
    rng
        Source of randomness.

    Returns
    -------
    edges
        Connected and without crossings: all are sides of one triangulation.
    """
    uv, gabriel, urquhart = _rural.triangle_edges(nodes.xy)
    a, b = uv.T
    length = np.hypot(*(nodes.xy[a] - nodes.xy[b]).T)
    chained = (nodes.chain[a] == nodes.chain[b]) & (nodes.chain[a] >= 0)
    chained &= (np.abs(nodes.step[a] - nodes.step[b]) <= 6) & (length < 1_600)
    lesser = np.maximum(nodes.kind[a], nodes.kind[b])
    linked = gabriel & (lesser <= _rural.VILLAGE_ROAD) & (lesser > _rural.GRID) & (length < 420)
    chance = np.where(lesser == _rural.GRID, 0.03, np.where(length < 600, 0.16, 0.05))
    extra = gabriel & (rng.random(len(uv)) < chance)
    street = _same_street(nodes, a, b)
    keep = (urquhart | chained | linked | extra | street.any(axis=1)) & (length < 3_000)
    uv, chained, street, length = uv[keep], chained[keep], street[keep], length[keep]
    rank = _ranks(nodes, uv, length, chained, street, chain_rank, rng)
    oneway = _oneway(nodes, uv, street, rank, core)
    return Edges(uv, rank, oneway, np.zeros(len(uv), np.int64))


def _same_street(
    nodes: _rural.Nodes, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Say per edge whether it runs along a cross street, along a long street."""
    step = np.abs(nodes.line[a] - nodes.line[b])
    grid = (nodes.group[a] == nodes.group[b]) & (nodes.group[a] >= 0)
    along = (step[:, [0, 1]] == 0) & (step[:, [1, 0]] <= 2)
    major = nodes.line[a] % MAJOR_EVERY == 0
    same = grid[:, None] & along & (major | (step[:, [1, 0]] == 1))
    return np.asarray(same, dtype=np.bool_)


def _ranks(
    nodes: _rural.Nodes,
    uv: npt.NDArray[np.int64],
    length: npt.NDArray[np.float64],
    chained: npt.NDArray[np.bool_],
    street: npt.NDArray[np.bool_],
    chain_rank: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    a = uv[:, 0]
    low, high = np.sort(nodes.kind[uv], axis=1).T
    dice = rng.random(len(uv))
    rank = np.full(len(uv), _RANK["track"])
    rank[(high == _rural.FIELD) & (dice < 0.4)] = _RANK["path"]
    near = (high == _rural.HAMLET) & (length < 330)
    rank[near] = np.where(dice[near] < 0.62, _RANK["village"], _RANK["track"])
    rank[near & (dice > 0.93)] = _RANK["path"]
    rank[high <= _rural.VILLAGE_ROAD] = _RANK["village"]
    town = high == _rural.GRID
    rank[town] = np.select(
        [dice[town] < 0.76, dice[town] < 0.86, dice[town] < 0.992],
        [_RANK["residential"], _RANK["service"], _RANK["footway"]], _RANK["steps"],
    )  # fmt: skip
    rank[(low == _rural.GRID) & ~town & (length < 260)] = _RANK["residential"]
    main = street & (nodes.line[a] % MAJOR_EVERY == 0)
    rank[main.any(axis=1)] = _RANK["tertiary"]
    rank[(main & (nodes.line[a] % (2 * MAJOR_EVERY) == 0)).any(axis=1)] = _RANK["secondary"]
    rank[chained] = chain_rank[nodes.chain[a[chained]]]
    entry = (low == _rural.GRID) & (high == _rural.HIGHWAY)
    rank[entry] = np.minimum(rank[entry], _RANK["secondary"])
    return rank


def _oneway(
    nodes: _rural.Nodes,
    uv: npt.NDArray[np.int64],
    street: npt.NDArray[np.bool_],
    rank: npt.NDArray[np.int64],
    core: int,
) -> npt.NDArray[np.int64]:
    """Make every second main cross street of the core grid one-way, in turn up and down."""
    number = nodes.line[uv[:, 0], 0]
    rise = np.sign(nodes.line[uv[:, 1], 1] - nodes.line[uv[:, 0], 1])
    turn = np.select([number % 20 == 5, number % 20 == 15], [1, -1], 0)
    small = np.select([number % 10 == 3, number % 10 == 8], [1, -1], 0)
    turn = np.where(rank == _RANK["residential"], small, turn)
    inside = street[:, 0] & (nodes.group[uv[:, 0]] == core) & (rank < _RANK["village"])
    return np.asarray(np.where(inside, turn * rise, 0), dtype=np.int64)


def crossings(
    nodes: _rural.Nodes, edges: Edges, line: Any
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the pieces that cross a line and the metres along the line where they do."""
    pieces = np.asarray(shapely.linestrings(nodes.xy[edges.uv]))
    shapely.prepare(line)
    row = np.flatnonzero(shapely.intersects(line, pieces))
    where = shapely.centroid(shapely.intersection(pieces[row], line))
    return row, np.asarray(shapely.line_locate_point(line, where), dtype=np.float64)


def cut(
    nodes: _rural.Nodes, edges: Edges, line: Any, spacing_m: npt.NDArray[np.float64], layer: int
) -> tuple[Edges, Edges]:
    """
    Take out the roads that cross a river or an expressway, but for bridges (桥) and passages.

    Parameters
    ----------
    nodes, edges
        The network, EPSG:4547 metres.
    line
        What is crossed.
    spacing_m
        Least distance along the line between two minor crossings, per node (smaller in town).
    layer
        Level of the roads that stay: 1 over, -1 under.

    Returns
    -------
    kept, removed
        The network cut, and the pieces taken out.
    """
    row, along = crossings(nodes, edges, line)
    order = np.lexsort((along, edges.rank[row]))
    stays: list[int] = []
    taken: list[float] = []
    for i in order:
        rank, gap = edges.rank[row[i]], spacing_m[edges.uv[row[i], 0]]
        least = min(gap, 450.0) if rank <= _RANK["primary"] else gap
        if rank <= _RANK["village"] and all(abs(along[i] - t) > least for t in taken):
            stays.append(row[i])
            taken.append(along[i])
    level = edges.layer.copy()
    level[stays] = layer
    gone = np.setdiff1d(row, np.array(stays, dtype=np.int64))
    marked = replace(edges, layer=level)
    return marked.take(np.setdiff1d(np.arange(len(edges.uv)), gone)), marked.take(gone)


def components(count: int, edges: Edges) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the label of each node's connected part, and the size of each part."""
    links = coo_array((np.ones(len(edges.uv)), tuple(edges.uv.T)), shape=(count, count))
    _, label = connected_components(links, directed=False)
    return np.asarray(label, dtype=np.int64), np.bincount(label).astype(np.int64)


def rejoin(count: int, kept: Edges, removed: Edges, least: int) -> Edges:
    """Put back one removed crossing for each cut-off part of at least ``least`` nodes."""
    label, size = components(count, kept)
    main = int(np.argmax(size))
    back: list[int] = []
    done = {main}
    for i in np.argsort(removed.rank, kind="stable"):
        a, b = label[removed.uv[i]]
        if (a in done) != (b in done) and min(size[a], size[b]) >= least:
            done |= {a, b}
            back.append(int(i))
    fixed = removed.take(np.array(back, dtype=np.int64))
    fixed = replace(fixed, layer=np.ones(len(back), np.int64))
    return Edges(*(np.concatenate([getattr(kept, f), getattr(fixed, f)])
                   for f in Edges.__slots__))  # fmt: skip


def dry(nodes: _rural.Nodes, water: list[Any], motorways: list[Any]) -> npt.NDArray[np.bool_]:
    """Mark nodes that lie neither in a river nor on an expressway."""
    places = np.asarray(shapely.points(nodes.xy))
    ok = np.ones(len(places), np.bool_)
    for lines, half_m in ((water, RIVER_HALF_WIDTH_M), (motorways, MOTORWAY_HALF_WIDTH_M + 16.0)):
        band = shapely.union_all([shapely.buffer(line, half_m) for line in lines])
        shapely.prepare(band)
        ok &= ~np.asarray(shapely.contains(band, places))
    return ok


def lines(nodes: _rural.Nodes, edges: Edges, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """
    Draw each piece; country roads bend a little.

    Parameters
    ----------
    nodes, edges
        The network, EPSG:4547 metres.
    rng
        Source of randomness.

    Returns
    -------
    lines
        LineStrings in metres of two or three vertices; ends are exactly the nodes.
    """
    a, b = nodes.xy[edges.uv[:, 0]], nodes.xy[edges.uv[:, 1]]
    along = b - a
    length = np.hypot(*along.T)
    wild = (nodes.kind[edges.uv].max(axis=1) > _rural.GRID) & (length > 70) & (edges.layer == 0)
    size = np.where(edges.rank <= _RANK["secondary"], 0.025, 0.075)
    swing = np.clip(rng.normal(0, size), -0.12, 0.12)[:, None]
    middle = (a + b) / 2 + np.column_stack([-along[:, 1], along[:, 0]]) * swing
    out = np.asarray(shapely.linestrings(np.stack([a, b], axis=1)))
    bent = np.stack([a[wild], middle[wild], b[wild]], axis=1)
    out[wild] = shapely.linestrings(bent)
    return out
