"""The road layer (路网图层): nodes, pieces and expressways put together, with names and classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geoplan.demo import facts as _facts
from geoplan.demo import motorways, network, routes, rural_roads, streets
from geoplan.demo.metres import rounded_degrees

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.settlement import Towns

_TRUNK_ENDS = (("421321109", "421381003"), ("421321106", "421303103"))
_NAMES = (
    "白云", "青松", "玉泉", "望湖", "银杏", "金桂", "翠屏", "朝阳", "和平", "丰收", "长虹", "春晖",
    "碧桃", "清溪", "明月", "星河", "松林", "竹园", "梅岭", "兰亭", "秋实", "文昌", "书院", "锦绣",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terrain:
    """
    Roads with what cuts them.

    Parameters
    ----------
    nodes, edges
        The network without expressways, EPSG:4547 metres.
    lines
        Geometry of ``edges``, metres.
    grid
        Street crossings as laid out.
    shapes
        Town outlines.
    rivers, expressways
        Courses by name, metres.
    railway
        Course, metres.
    """

    nodes: rural_roads.Nodes
    edges: network.Edges
    lines: npt.NDArray[np.object_]
    grid: streets.Grid
    shapes: npt.NDArray[np.float64]
    rivers: dict[str, Any]
    expressways: dict[str, Any]
    railway: Any


def build(
    towns: Towns,
    areas: list[Any],
    centres: npt.NDArray[np.float64],
    rural: pd.Series,
    rng: np.random.Generator,
) -> Terrain:
    """
    Build the network.

    Parameters
    ----------
    towns
        Seats and radii.
    areas, centres
        Village polygons and centres, EPSG:4547.
    rural
        Rural residents per village, persons.
    rng
        Source of randomness.

    Returns
    -------
    terrain
        Connected for walkers except a few cut-off corners.
    """
    shapes = streets.outlines(towns, rng)
    grid = streets.grids(towns, shapes, rng)
    wanted = np.ceil(rural.to_numpy(dtype=float) / 95.0).astype(np.int64)
    nodes = rural_roads.nodes(towns, grid, shapes, areas, centres, wanted, rng)
    rivers, motor = routes.rivers(rng), routes.expressways(rng)
    nodes = nodes.take(network.dry(nodes, list(rivers.values()), list(motor.values())))
    core = int(towns.group[0])
    edges = network.join(nodes, _chain_ranks(nodes, towns), core, rng)
    in_town = streets.reach(nodes.xy, towns, shapes) < 1.15
    removed = []
    for courses, gaps, layer in ((rivers, (650.0, 2_300.0), 1), (motor, (600.0, 1_300.0), -1)):
        for line in courses.values():
            spacing = np.where(in_town, *gaps)
            edges, gone = network.cut(nodes, edges, line, spacing, layer)
            removed.append(gone)
    lost = network.Edges(*(np.concatenate([getattr(r, f) for r in removed])
                           for f in network.Edges.__slots__))  # fmt: skip
    edges = network.rejoin(len(nodes.xy), edges, lost, least=12)
    lines = network.lines(nodes, edges, rng)
    return Terrain(nodes, edges, lines, grid, shapes, rivers, motor, routes.railway(rng))


def _chain_ranks(nodes: rural_roads.Nodes, towns: Towns) -> npt.NDArray[np.int64]:
    """Class of each sampled road: trunk on the chosen routes, then by the size of the towns."""
    count = int(nodes.chain.max()) + 1
    rank = np.full(count, network.CLASSES.index("village"))
    highway = nodes.kind == rural_roads.HIGHWAY
    ends = np.full((count, 2), -1)
    tree = cKDTree(towns.xy)
    for chain in np.unique(nodes.chain[highway]):
        own = np.flatnonzero(highway & (nodes.chain == chain))
        own = own[np.argsort(nodes.step[own])]
        ends[chain] = tree.query(nodes.xy[own[[0, -1]]])[1]
    rows = np.flatnonzero(ends[:, 0] >= 0)
    size = towns.urban[ends[rows]].min(axis=1)
    rank[rows] = np.where(size > np.quantile(size, 0.6), 1, 2)
    rank[rows[_on_trunk(ends[rows], towns)]] = 0
    to_town = (nodes.kind == rural_roads.VILLAGE_ROAD) & (
        tree.query(nodes.xy)[0] < 1.3 * towns.radius_m[tree.query(nodes.xy)[1]] + 300
    )
    main = np.unique(nodes.chain[to_town])
    rank[main[::2]] = network.CLASSES.index("tertiary")
    return rank


def _on_trunk(ends: npt.NDArray[np.int64], towns: Towns) -> npt.NDArray[np.bool_]:
    count = len(towns.codes)
    cost = np.hypot(*(towns.xy[ends[:, 0]] - towns.xy[ends[:, 1]]).T)
    same = [(i, j) for i in range(count) for j in range(i)
            if towns.group[i] == towns.group[j]]  # fmt: skip
    links = np.vstack([ends, np.array(same)])
    cost = np.concatenate([cost, np.full(len(same), 1_000.0)])
    graph = coo_array((cost, tuple(links.T)), shape=(count, count)).tocsr()
    used: set[tuple[int, int]] = set()
    for start, stop in _TRUNK_ENDS:
        source, at = towns.index(start), towns.index(stop)
        _, back = dijkstra(graph, directed=False, indices=[source], return_predecessors=True)
        back = back[0]
        while at != source and back[at] >= 0:
            used.add((min(at, int(back[at])), max(at, int(back[at]))))
            at = int(back[at])
    return np.array([(min(a, b), max(a, b)) in used for a, b in ends.tolist()])


def street_name(group: int, axis: int, number: int) -> str:
    """Return the invented name of a main street of a grid."""
    order = abs(number) // streets.MAJOR_EVERY * 2 + (number < 0)
    word = _NAMES[(order * 5 + axis * 7 + group * 11) % len(_NAMES)]
    generic = ("大道", "路") if axis else ("路", "街")
    side = "" if order < len(_NAMES) else "新"
    return word + side + generic[0 if order % 2 == 0 else 1]


def _names(terrain: Terrain) -> npt.NDArray[np.object_]:
    nodes, edges = terrain.nodes, terrain.edges
    names = np.full(len(edges.uv), None, dtype=object)
    a, b = edges.uv.T
    same = (nodes.line[a] == nodes.line[b]) & (nodes.group[a] == nodes.group[b])[:, None]
    same &= (nodes.group[a] >= 0)[:, None] & (nodes.line[a] % streets.MAJOR_EVERY == 0)
    for axis in (0, 1):
        for i in np.flatnonzero(same[:, axis] & (edges.rank <= 3)):
            names[i] = street_name(int(nodes.group[a[i]]), axis, int(nodes.line[a[i], axis]))
    chain = np.where(nodes.chain[a] == nodes.chain[b], nodes.chain[a], -1)
    for rank, word in ((0, "国道"), (1, "省道"), (2, "县道")):
        for i in np.flatnonzero((chain >= 0) & (edges.rank == rank)):
            names[i] = f"{word}演示{chain[i] + 1:03d}线" if rank else "国道演示线"
    return names


def layer(terrain: Terrain, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the layer ``roads``.

    Parameters
    ----------
    terrain
        The network.
    rng
        Source of randomness (slopes).

    Returns
    -------
    roads
        Columns of the schema; LineStrings, EPSG:4490, noded at every crossing on the level.
    """
    edges = terrain.edges
    motor = motorways.all_of(terrain.expressways, terrain.nodes, edges)
    country = terrain.nodes.kind[edges.uv].max(axis=1) > rural_roads.GRID
    slope = np.where(country, rng.gamma(1.6, 1.3, len(edges.uv)), rng.gamma(1.2, 0.5, len(country)))
    local = pd.DataFrame({
        "name": _names(terrain),
        "road_class": np.array(network.CLASSES, dtype=object)[edges.rank],
        "walk": True,
        "drive": edges.rank < network.CLASSES.index("footway"),
        "oneway": edges.oneway,
        "speed_kmh": network.SPEED_KMH[edges.rank],
        "layer": edges.layer,
        "slope": np.round(np.minimum(slope, 14.0), 1),
    })  # fmt: skip
    fast = pd.DataFrame(motor.drop(columns="geometry")).assign(
        road_class="motorway", walk=False, drive=True, slope=1.0
    )
    table = pd.concat([local, fast], ignore_index=True)
    table.insert(0, "road_id", [f"R{i:06d}" for i in range(1, len(table) + 1)])
    table = table.assign(source=_facts.SOURCE, source_date=_facts.DATE, secrecy="internal",
                         synthetic=True)  # fmt: skip
    shapes = np.concatenate([terrain.lines, motor.geometry.to_numpy()])
    return gpd.GeoDataFrame(
        table, geometry=shapely.transform(shapes, rounded_degrees), crs="EPSG:4490"
    )
