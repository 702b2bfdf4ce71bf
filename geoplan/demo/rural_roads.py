"""
Rural road nodes (乡村道路): highways between seats, village roads, hamlets and field tracks.

Everything is in metres (EPSG:4547). Nodes only; `network` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import Delaunay, cKDTree

from geoplan.demo import streets
from geoplan.demo.routes import bend

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.settlement import Towns

GRID, HIGHWAY, VILLAGE_ROAD, HAMLET, FIELD = range(5)
"""Kinds of node, most important first."""

_HIGHWAY_STEP_M, _VILLAGE_STEP_M = 330.0, 260.0
_LEAST_GAP_M = 24.0


@dataclass(frozen=True, slots=True)
class Nodes:
    """
    Places where roads meet or bend.

    Parameters
    ----------
    xy
        EPSG:4547 metres.
    kind
        One of ``GRID HIGHWAY VILLAGE_ROAD HAMLET FIELD``.
    chain
        Number of the road a node was sampled from; -1 for none.
    step
        Order along that road.
    group, line
        Street grid of a crossing and its two street numbers; -1 elsewhere.
    """

    xy: npt.NDArray[np.float64]
    kind: npt.NDArray[np.int64]
    chain: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[Any]) -> Nodes:
        """Return some of the nodes."""
        return Nodes(
            self.xy[rows], self.kind[rows], self.chain[rows], self.step[rows],
            self.group[rows], self.line[rows],
        )  # fmt: skip


def triangle_edges(
    xy: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """
    Triangulate places (Delaunay) and sort the sides.

    Parameters
    ----------
    xy
        Places in metres.

    Returns
    -------
    edges
        Pairs of rows, smaller first, each once.
    gabriel
        True where no other place lies in the circle on the side.
    urquhart
        True where the side is the longest of no triangle (keeps everything connected).
    """
    triangles = Delaunay(xy).simplices.astype(np.int64)
    sides = triangles[:, [[1, 2], [2, 0], [0, 1]]]
    square = ((xy[sides[..., 0]] - xy[sides[..., 1]]) ** 2).sum(axis=2)
    longest = square == square.max(axis=1, keepdims=True)
    blunt = 2 * square > square.sum(axis=1, keepdims=True)
    sides = np.sort(sides.reshape(-1, 2), axis=1)
    edges, which = np.unique(sides, axis=0, return_inverse=True)
    bad = np.bincount(which.ravel(), weights=blunt.ravel(), minlength=len(edges))
    long = np.bincount(which.ravel(), weights=longest.ravel(), minlength=len(edges))
    return edges, bad == 0, long == 0


def chains(
    xy: npt.NDArray[np.float64], step_m: float, longest_m: float, rng: np.random.Generator
) -> list[npt.NDArray[np.float64]]:
    """Join neighbouring places (Gabriel graph) by winding roads, sampled every ``step_m``."""
    edges, gabriel, _ = triangle_edges(xy)
    length = np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T)
    chosen = edges[gabriel & (length < longest_m)]
    return [bend(xy[a], xy[b], step_m, rng) for a, b in chosen]


def hamlets(
    areas: list[Any],
    centres: npt.NDArray[np.float64],
    count: npt.NDArray[np.int64],
    roads: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """
    Place hamlets (自然村、塆) in villages: half beside a road, half anywhere.

    Parameters
    ----------
    areas
        Village polygons, EPSG:4547.
    centres
        Village centres, metres.
    count
        Hamlets wanted per village.
    roads
        Samples of village roads, metres.
    rng
        Source of randomness.

    Returns
    -------
    xy
        Hamlet centres, no two nearer than 210 m.
    """
    found = [centres]
    index, row = shapely.STRtree(areas).query(shapely.points(roads), predicate="within")
    for i, area in enumerate(areas):
        own = roads[index[row == i]]
        if count[i] == 0:
            continue
        west, south, east, north = area.bounds
        anywhere = rng.uniform((west, south), (east, north), (count[i] * 3, 2))
        turn = rng.uniform(0, 2 * np.pi, count[i])
        off = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(90, 420, (count[i], 1))
        beside = own[rng.integers(0, len(own), count[i])] + off if len(own) else anywhere[:0]
        trial = np.vstack([beside[: count[i] // 2], anywhere])
        trial = trial[shapely.contains_xy(area, trial[:, 0], trial[:, 1])]
        found.append(trial[: count[i]])
    xy = np.vstack(found)
    return xy[thinned(xy, np.zeros(len(xy), np.int64), 210.0)]


def thinned(
    xy: npt.NDArray[np.float64], rank: npt.NDArray[np.int64], gap_m: float
) -> npt.NDArray[np.bool_]:
    """Mark places to keep so that none is nearer than a gap to a better (lower) ranked one."""
    pairs = cKDTree(xy).query_pairs(gap_m, output_type="ndarray")
    order = np.lexsort((pairs.max(axis=1), pairs.min(axis=1), rank[pairs].max(axis=1)))
    keep = np.ones(len(xy), bool)
    for a, b in pairs[order]:
        if keep[a] and keep[b]:
            keep[b if (rank[b], b) > (rank[a], a) else a] = False
    return keep


def nodes(
    towns: Towns,
    grid: streets.Grid,
    shapes: npt.NDArray[np.float64],
    areas: list[Any],
    centres: npt.NDArray[np.float64],
    hamlet_count: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> Nodes:
    """
    Collect the nodes of the whole network.

    Parameters
    ----------
    towns, grid, shapes
        Seats and street crossings.
    areas, centres
        Village polygons and centres, EPSG:4547.
    hamlet_count
        Hamlets wanted per village.
    rng
        Source of randomness.

    Returns
    -------
    nodes
        Thinned so that no two are nearer than 24 m.
    """
    highways = _within(chains(towns.xy, _HIGHWAY_STEP_M, 60_000.0, rng), areas)
    rural = streets.reach(centres, towns, shapes) > 1.0
    lanes = chains(np.vstack([centres[rural], towns.xy]), _VILLAGE_STEP_M, 11_000.0, rng)
    samples = np.vstack(lanes)
    places = hamlets(areas, centres, hamlet_count, samples, rng)
    places = places[streets.reach(places, towns, shapes) > 1.05]
    size = rng.integers(3, 9, len(places))
    around = np.repeat(places, size, axis=0) + rng.normal(0, 62.0, (int(size.sum()), 2))
    extent = shapely.total_bounds(areas)
    field = rng.uniform(extent[:2], extent[2:], (9_000, 2))
    parts = [
        _chain_nodes(highways, HIGHWAY, 0), _chain_nodes(lanes, VILLAGE_ROAD, len(highways)),
        _loose(places, HAMLET), _loose(around, HAMLET), _loose(field, FIELD),
    ]  # fmt: skip
    outer = Nodes(*(np.concatenate([getattr(p, f) for p in parts]) for f in Nodes.__slots__))
    outer = outer.take(streets.reach(outer.xy, towns, shapes) > 1.04)
    index, _ = shapely.STRtree(areas).query(shapely.points(outer.xy), predicate="within")
    outer = outer.take(np.unique(index))
    none = np.full(len(grid.xy), -1)
    inner = Nodes(grid.xy, np.full(len(grid.xy), GRID), none, none, grid.group, grid.line)
    both = Nodes(*(np.concatenate([getattr(inner, f), getattr(outer, f)])
                   for f in Nodes.__slots__))  # fmt: skip
    gap = thinned(both.xy, both.kind, _LEAST_GAP_M)
    both = both.take(gap)
    return both.take(_clear_of_highways(both))


def _within(
    roads: list[npt.NDArray[np.float64]], areas: list[Any]
) -> list[npt.NDArray[np.float64]]:
    """Keep the roads that hardly leave the city."""
    tree = shapely.STRtree(areas)
    share = [len(tree.query(shapely.points(r), predicate="within")[0]) / len(r) for r in roads]
    return [r for r, s in zip(roads, share, strict=True) if s > 0.93]


def _clear_of_highways(all_: Nodes) -> npt.NDArray[np.bool_]:
    """Keep lesser nodes out of the circles on highway pieces, so that the pieces survive."""
    row = np.flatnonzero(all_.kind == HIGHWAY)
    row = row[np.lexsort((all_.step[row], all_.chain[row]))]
    next_ = (np.diff(all_.chain[row]) == 0) & (np.diff(all_.step[row]) == 1)
    a, b = all_.xy[row[:-1][next_]], all_.xy[row[1:][next_]]
    radius = np.hypot(*(b - a).T) / 2 * 0.98
    keep = np.ones(len(all_.xy), bool)
    for hit, middle, r in zip(
        cKDTree(all_.xy).query_ball_point((a + b) / 2, radius), (a + b) / 2, radius, strict=True
    ):
        near = np.asarray(hit, dtype=np.int64)
        inside = np.hypot(*(all_.xy[near] - middle).T) < r
        keep[near[inside & (all_.kind[near] > HIGHWAY)]] = False
    return keep


def _chain_nodes(roads: list[npt.NDArray[np.float64]], kind: int, first: int) -> Nodes:
    size = [len(r) for r in roads]
    out = _loose(np.vstack(roads), kind)
    chain = np.repeat(np.arange(first, first + len(roads)), size)
    step = np.concatenate([np.arange(n) for n in size])
    return Nodes(out.xy, out.kind, chain, step, out.group, out.line)


def _loose(xy: npt.NDArray[np.float64], kind: int) -> Nodes:
    none = np.full(len(xy), -1)
    return Nodes(xy, np.full(len(xy), kind), none, none, none, np.full((len(xy), 2), -10_000))
