"""Building a network (建网): road lines or an OSMnx graph into flat arrays."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from geoplan import crs as _crs
from geoplan.errors import (
    EmptyLayerError,
    InputError,
    MissingCRSError,
    NetworkError,
    NotMetricCRSError,
)
from geoplan.network.checks import require_finite
from geoplan.network.costs import edge_minutes, number, passable
from geoplan.network.graph import Network
from geoplan.network.noding import TOUCH_M, node_lines
from geoplan.network.slope import add_slopes

if TYPE_CHECKING:
    import networkx as nx
    import numpy.typing as npt

    from geoplan.network.profiles import Profile
    from geoplan.network.slope import Elevation


_ACROSS = 4_294_967_291  # cells in a row: more than any coordinate holds
_SPREAD = ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))


def from_roads(
    roads: gpd.GeoDataFrame,
    profile: Profile,
    *,
    metric_crs: str | None = None,
    node: bool | None = None,
    elevation: Elevation | None = None,
) -> Network:
    """
    Make a network of road lines for one profile; others follow by `Network.for_profile`.

    Lines of one ``layer`` are joined where they share a vertex (to the centimetre), cross, or end
    upon one another; where both only pass and their ``layer`` differs (a bridge over a road) they
    are not.

    Parameters
    ----------
    roads
        (Multi)LineString geometry in any CRS. Columns used where present: ``walk``, ``drive``
        (bool; missing means yes), ``oneway`` (1, 0, -1), ``speed_kmh``, ``road_class``,
        ``layer``, ``slope`` (%, uphill in the direction of drawing positive), and those of the
        profile's soft costs.
    profile
        Who moves; decides which roads count and the minutes along them.
    metric_crs
        CRS to work in. Default: the roads' own if metric, else the zone found from them.
    node
        Whether lines that cross or touch without a common vertex are joined. Default: yes, but
        for roads read from OpenStreetMap, whose crossings have common vertices.
    elevation
        Heights; give the slopes instead of the column ``slope``.

    Returns
    -------
    network
        Nodes, edges and minutes per direction. Edge lengths are ellipsoidal. ``notes`` counts
        the crossings and touches joined, the places without a height and the rows that are no
        lines.

    Raises
    ------
    MissingCRSError
        If the roads have no CRS.
    EmptyLayerError
        If no road is a line that the profile can pass.
    InvalidGeometryError
        If a coordinate is not a number, or lies outside the metric CRS; names the rows.
    NotMetricCRSError, InputError
        If ``metric_crs`` is not in metres, or unknown.
    """
    if roads.crs is None:
        raise MissingCRSError.for_layer("roads")
    shapes = np.asarray(roads.geometry.array, dtype=object)
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    frame = roads.loc[there & (shapely.get_dimensions(shapes) == 1)]
    if not passable(frame, profile).any():
        raise EmptyLayerError.for_layer("roads")
    others = int(there.sum()) - len(frame)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    lines, row = shapely.get_parts(shapes, return_index=True)
    source_xy, chain = shapely.get_coordinates(lines, return_index=True)
    require_finite(frame, source_xy, row[chain], "roads")
    target = _metric(metric_crs) if metric_crs else _own_or_zone(frame)
    move = pyproj.Transformer.from_crs(roads.crs, target, always_xy=True)
    xy = np.column_stack(move.transform(source_xy[:, 0], source_xy[:, 1]))
    require_finite(frame, xy, row[chain], "roads")
    layer = np.clip(number(frame, "layer", 0.0), -60.0, 60.0)[row].astype(np.int64)
    notes = {"not_lines": others} if others else {}
    if node if node is not None else not roads.attrs.get("noded", False):
        noded = node_lines(xy, source_xy, chain, layer[chain])
        xy, source_xy, chain = noded.xy, noded.source_xy, noded.chain
        notes |= {"crossings_joined": noded.crossings, "touches_joined": noded.touches}
    keep = _no_repeats(xy, chain)
    xy, chain, source_xy = xy[keep], chain[keep], source_xy[keep]
    if not keep.any():
        raise EmptyLayerError.for_layer("roads")
    start, stop, of_chain, vertex = _split(xy, chain, layer)
    segment_m = _segment_lengths_m(source_xy, pyproj.CRS(roads.crs))
    segment_m[chain[1:] != chain[:-1]] = 0.0
    run_m = np.concatenate(([0.0], np.cumsum(segment_m)))
    network = _assemble(
        xy, vertex, start, stop, run_m[stop] - run_m[start], row[of_chain], frame, profile, target
    )
    return add_slopes(replace(network, notes=notes), profile, elevation)


def _metric(name: str) -> str:
    try:
        crs = pyproj.CRS(name)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            f"metric_crs={name!r} is not known: {error}",
            zh=f"坐标系 metric_crs={name!r} 无法识别：{error}",
            fix='give an EPSG code, for example "EPSG:4547"',
            fix_zh='填写 EPSG 编号，例如 "EPSG:4547"',
        ) from error
    if not _crs.is_metric(crs):
        raise NotMetricCRSError.for_layer("roads", crs.to_string())
    return name


def _own_or_zone(frame: gpd.GeoDataFrame) -> str:
    crs = pyproj.CRS(frame.crs)
    return crs.to_string() if _crs.is_metric(crs) else _crs.metric_of(frame, "roads")


def _no_repeats(xy: npt.NDArray[np.float64], chain: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """
    Mark vertices farther than `TOUCH_M` from the last one marked, and the ends of lines.

    Lines whose ends are one place and that have nothing between them are dropped.
    """
    is_end, keep = _is_end(chain), np.ones(len(xy), bool)
    short = (np.hypot(*np.diff(xy, axis=0).T) <= TOUCH_M) & (chain[1:] == chain[:-1])
    marked = -1
    for i in (np.flatnonzero(short) + 1).tolist():
        marked = i - 1 if keep[i - 1] else marked
        keep[i] = is_end[i] or math.dist(xy[i], xy[marked]) > TOUCH_M
    new = chain[1:] != chain[:-1]
    first, last = np.flatnonzero(np.append(True, new)), np.flatnonzero(np.append(new, True))
    count = np.add.reduceat(keep, first, dtype=np.int64)
    dot = (count <= 2) & (np.hypot(*(xy[last] - xy[first]).T) <= TOUCH_M)  # noqa: PLR2004
    return np.asarray(keep & ~np.repeat(dot, last - first + 1), dtype=bool)


def _places(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """
    Give every vertex the number of its place: vertices within `TOUCH_M` are one.

    Cells of that size find nearly all; where neighbouring cells are both taken, distances decide.
    """
    cell = np.round(xy / TOUCH_M).astype(np.int64)
    keys, place = np.unique(cell[:, 0] * _ACROSS + cell[:, 1], return_inverse=True)
    beside = np.zeros(len(keys), bool)
    above = np.flatnonzero(np.diff(keys) == 1)  # the cell above is taken
    beside[above], beside[above + 1] = True, True
    right = np.searchsorted(keys, keys + (_ACROSS - 1))  # the first of three to the right
    for i in range(3):
        at = np.minimum(right + i, len(keys) - 1)
        hit = np.abs(keys[at] - keys - _ACROSS) <= 1
        beside |= hit
        beside[at[hit]] = True
    vertex = np.flatnonzero(beside[place])
    pairs = cKDTree(xy[vertex]).query_pairs(TOUCH_M, output_type="ndarray")
    if not len(pairs):
        return np.asarray(place, dtype=np.int64)
    a, b = place[vertex[pairs]].T
    joined = sparse.coo_matrix((np.ones(len(a), bool), (a, b)), shape=(len(keys), len(keys)))
    _, label = csgraph.connected_components(joined, directed=False)
    return np.asarray(label[place], dtype=np.int64)


def _vertex_ids(
    xy: npt.NDArray[np.float64], chain: npt.NDArray[np.int64], layer: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Give every vertex a number: one per place, but one per level where lines only pass."""
    place = _places(xy)
    is_end = _is_end(chain)
    has_end = np.bincount(place, weights=is_end) > 0
    level = np.where(has_end[place], 0, layer[chain] + 64)
    _, ids = np.unique(place * 256 + level, return_inverse=True)
    return np.asarray(ids, dtype=np.int64)


def _is_end(chain: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    new = chain[1:] != chain[:-1]
    return np.concatenate(([True], new)) | np.concatenate((new, [True]))


def _split(
    xy: npt.NDArray[np.float64], chain: npt.NDArray[np.int64], layer: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], ...]:
    """
    Cut chains at every vertex used more than once.

    Returns
    -------
    start, stop, of_chain
        First and last vertex and chain of each edge.
    vertex
        (v,) number of each vertex.
    """
    vertex = _vertex_ids(xy, chain, layer)
    use = np.bincount(vertex)
    cut = np.flatnonzero(_is_end(chain) | (use[vertex] > 1))
    start, stop = cut[:-1], cut[1:]
    # a last step within TOUCH_M is no street
    use = (chain[start] == chain[stop]) & ((stop > start + 1) | (vertex[start] != vertex[stop]))
    start, stop = start[use], stop[use]
    return start, stop, chain[start], vertex


def _segment_lengths_m(xy: npt.NDArray[np.float64], crs: pyproj.CRS) -> npt.NDArray[np.float64]:
    """Ellipsoidal length of each step between consecutive vertices."""
    geod = crs.get_geod() or pyproj.Geod(ellps="WGS84")
    lon, lat = xy[:, 0], xy[:, 1]
    if crs.is_projected and crs.geodetic_crs is not None:
        back = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        lon, lat = back.transform(lon, lat)
    _, _, length_m = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(length_m, dtype=np.float64)


def _assemble(  # noqa: PLR0913, PLR0917
    xy: npt.NDArray[np.float64],
    vertex: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    stop: npt.NDArray[np.int64],
    length_m: npt.NDArray[np.float64],
    row: npt.NDArray[np.int64],
    frame: gpd.GeoDataFrame,
    profile: Profile,
    metric_crs: str,
) -> Network:
    roads = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    roads.attrs = {}
    minutes = edge_minutes(roads, row.astype(np.int32), length_m, None, profile)
    middle = (xy[(start + stop) // 2] + xy[(start + stop + 1) // 2]) / 2.0
    order = _edge_order(middle, xy[start], minutes, length_m, roads, row)
    start, stop, length_m, row = start[order], stop[order], length_m[order], row[order]
    ends = np.concatenate((vertex[start], vertex[stop]))
    nodes, ends = np.unique(ends, return_inverse=True)
    first = np.full(vertex.max() + 1, -1, np.int64)
    first[vertex[::-1]] = np.arange(len(vertex))[::-1]
    place = np.argsort(_z_code(xy[first[nodes]]), kind="stable")
    nodes, rank = nodes[place], np.empty(len(place), np.int64)
    rank[place] = np.arange(len(place))
    ends = rank[ends]
    count = stop - start + 1
    line_ptr = np.concatenate(([0], np.cumsum(count)))
    take = np.arange(line_ptr[-1]) + np.repeat(start - line_ptr[:-1], count)
    half = len(start)
    return Network(
        crs=metric_crs,
        profile=profile.name,
        access_speed_m_s=profile.speed_m_s,
        snap_cap_m=profile.snap_cap_m,
        node_xy=xy[first[nodes]],
        edge_uv=np.column_stack((ends[:half], ends[half:])).astype(np.int32),
        edge_length_m=length_m,
        edge_min=minutes[order],
        line_xy=xy[take],
        line_ptr=line_ptr.astype(np.int64),
        road=row.astype(np.int32),
        roads=roads,
    )


def _edge_order(
    middle: npt.NDArray[np.float64],
    tail: npt.NDArray[np.float64],
    minutes: npt.NDArray[np.float64],
    length_m: npt.NDArray[np.float64],
    roads: pd.DataFrame,
    row: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """
    Order of edges along a Z-curve, so that near streets lie near in memory too.

    Of streets upon one another a door takes the first, so these go by what they are and not by
    their row: passable both ways, quick, short; what is left, by all their attributes, and at
    last by where they begin.
    """
    code = _z_code(middle)
    order = np.argsort(code, kind="stable")
    same = code[order][1:] == code[order][:-1]
    at = np.flatnonzero(np.append(False, same) | np.append(same, False))
    edge = order[at]
    one_way = ~np.isfinite(minutes[edge]).all(axis=1)
    pace = np.round(minutes[edge].min(axis=1) / np.maximum(length_m[edge], TOUCH_M), 9)
    rest = pd.util.hash_pandas_object(roads.iloc[row[edge]].astype("str"), index=False)
    x, y = np.round(tail[edge], 3).T
    keys = (y, x, rest, np.round(length_m[edge], 3), pace, one_way, code[edge])
    order[at] = edge[np.lexsort(keys)]
    return order


def _z_code(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Place along a Z-curve (Morton 1966), to the 65,536th part of the extent."""
    low, span = xy.min(axis=0), np.maximum(np.ptp(xy, axis=0), 1e-9)
    code = np.zeros(len(xy), np.uint64)
    for axis, part in enumerate(((xy - low) / span.max() * 65535.0).astype(np.uint64).T):
        bits = part
        for shift, mask in _SPREAD:
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        code |= bits << np.uint64(axis)
    return code


def from_osmnx(
    graph: nx.MultiDiGraph[Any], profile: Profile, *, metric_crs: str | None = None
) -> Network:
    """
    Make a network of an OSMnx street graph.

    Parameters
    ----------
    graph
        As OSMnx gives it: ``graph['crs']``, nodes with ``x`` and ``y``, edges with an optional
        ``geometry``, ``speed_kph``, ``name`` and ``highway``. Streets present in both directions
        become one edge with the speed of each; an undirected graph has no one-ways.
    profile
        Who moves.
    metric_crs
        CRS to work in; default as in `from_roads`.

    Returns
    -------
    network
        As from `from_roads`.

    Raises
    ------
    NetworkError
        If the graph has no CRS or no edges, or a node no place.
    """
    crs = graph.graph.get("crs")
    if crs is None or graph.number_of_edges() == 0:
        raise NetworkError(
            "The graph has no edges or no 'crs'.",
            zh="该图没有边，或没有坐标系（graph['crs']）。",
            fix="pass a graph made by OSMnx, for example osmnx.graph_from_xml(...)",
            fix_zh="传入由 OSMnx 生成的图，例如 osmnx.graph_from_xml(...)",
        )
    rows: list[dict[str, Any]] = []
    waiting: dict[tuple[Any, Any, float], list[int]] = {}  # edges whose way back may follow
    for u, v, data in graph.edges(data=True):
        line = data.get("geometry") or _straight(graph, u, v)
        length, speed = round(float(line.length), 9), data.get("speed_kph")
        back = waiting.get((v, u, length)) if graph.is_directed() else None
        if back:
            rows[back.pop()] |= {"oneway": 0, "speed_back_kmh": speed}
            continue
        waiting.setdefault((u, v, length), []).append(len(rows))
        told = {
            to: _first(data.get(of)) for of, to in (("name", "name"), ("highway", "road_class"))
        }
        rows.append(
            {"geometry": line, "oneway": int(graph.is_directed()), "speed_kmh": speed,
             "speed_back_kmh": None, **told}
        )  # fmt: skip
    return from_roads(gpd.GeoDataFrame(rows, crs=crs), profile, metric_crs=metric_crs, node=False)


def _straight(graph: nx.MultiDiGraph[Any], u: Any, v: Any) -> shapely.LineString:
    try:
        return shapely.LineString([(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)])
    except KeyError as error:
        raise NetworkError(
            f"A node of the edge {u!r}-{v!r} has no {error}.",
            zh=f"边 {u!r}-{v!r} 的节点缺少 {error}。",
            fix="give every node x and y, as OSMnx does",
            fix_zh="每个节点应有 x 和 y，如 OSMnx 所给",
        ) from error


def _first(value: Any) -> Any:
    """Return the first of several values: OSMnx joins streets of different names."""
    return value[0] if isinstance(value, list) and value else value
