"""Building a network (建网): road lines or an OSMnx graph into flat arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan.errors import EmptyLayerError, MissingCRSError, NetworkError
from geoplan.network.costs import edge_minutes, number, passable
from geoplan.network.graph import Network
from geoplan.network.noding import TOUCH_M, node_lines
from geoplan.network.slope import add_slopes

if TYPE_CHECKING:
    import networkx as nx
    import numpy.typing as npt

    from geoplan.network.profiles import Profile
    from geoplan.network.slope import Elevation


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
        the crossings and touches joined and the places without a height.

    Raises
    ------
    MissingCRSError
        If the roads have no CRS.
    EmptyLayerError
        If no road is passable for the profile.
    """
    if roads.crs is None:
        raise MissingCRSError.for_layer("roads")
    frame = roads.loc[~roads.geometry.isna() & ~roads.geometry.is_empty]
    if not passable(frame, profile).any():
        raise EmptyLayerError.for_layer("roads")
    target = metric_crs or _own_or_zone(frame)
    geometries = np.asarray(frame.geometry.array, dtype=object)
    lines, row = shapely.get_parts(geometries, return_index=True)
    source_xy, chain = shapely.get_coordinates(lines, return_index=True)
    move = pyproj.Transformer.from_crs(roads.crs, target, always_xy=True)
    xy = np.column_stack(move.transform(source_xy[:, 0], source_xy[:, 1]))
    layer = number(frame, "layer", 0.0)[row].astype(np.int64)
    notes: dict[str, int] = {}
    if node if node is not None else not roads.attrs.get("noded", False):
        noded = node_lines(xy, source_xy, chain, layer[chain])
        xy, source_xy, chain = noded.xy, noded.source_xy, noded.chain
        notes = {"crossings_joined": noded.crossings, "touches_joined": noded.touches}
    keep = _no_repeats(xy, chain)
    xy, chain, source_xy = xy[keep], chain[keep], source_xy[keep]
    start, stop, of_chain, vertex = _split(xy, chain, layer)
    segment_m = _segment_lengths_m(source_xy, pyproj.CRS(roads.crs))
    segment_m[chain[1:] != chain[:-1]] = 0.0
    run_m = np.concatenate(([0.0], np.cumsum(segment_m)))
    network = _assemble(
        xy, vertex, start, stop, run_m[stop] - run_m[start], row[of_chain], frame, profile, target
    )
    return add_slopes(replace(network, notes=notes), profile, elevation)


def _own_or_zone(frame: gpd.GeoDataFrame) -> str:
    crs = pyproj.CRS(frame.crs)
    return crs.to_string() if _crs.is_metric(crs) else _crs.metric_of(frame, "roads")


def _no_repeats(xy: npt.NDArray[np.float64], chain: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark vertices that do not repeat the one before them (zero-length steps are dropped)."""
    keep = np.ones(len(xy), bool)
    cell = np.round(xy / TOUCH_M)
    keep[1:] = (chain[1:] != chain[:-1]) | (cell[1:] != cell[:-1]).any(axis=1)
    lengths = np.bincount(chain, weights=keep)
    return keep & (lengths[chain] > 1)


def _vertex_ids(
    xy: npt.NDArray[np.float64], chain: npt.NDArray[np.int64], layer: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Give every vertex a number: one per place, but one per level where lines only pass."""
    cell = np.round(xy / TOUCH_M).astype(np.int64)
    key = cell[:, 0] * 4_294_967_291 + cell[:, 1]
    _, place = np.unique(key, return_inverse=True)
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
    same = chain[start] == chain[stop]
    start, stop = start[same], stop[same]
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
    order = _along_z(xy[(start + stop) // 2])  # near streets lie near in memory too
    start, stop, length_m, row = start[order], stop[order], length_m[order], row[order]
    ends = np.concatenate((vertex[start], vertex[stop]))
    nodes, ends = np.unique(ends, return_inverse=True)
    first = np.full(vertex.max() + 1, -1, np.int64)
    first[vertex[::-1]] = np.arange(len(vertex))[::-1]
    order = _along_z(xy[first[nodes]])
    nodes, rank = nodes[order], np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ends = rank[ends]
    count = stop - start + 1
    line_ptr = np.concatenate(([0], np.cumsum(count)))
    take = np.arange(line_ptr[-1]) + np.repeat(start - line_ptr[:-1], count)
    half = len(start)
    roads = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    roads.attrs = {}
    road = row.astype(np.int32)
    return Network(
        crs=metric_crs,
        profile=profile.name,
        access_speed_m_s=profile.speed_m_s,
        snap_cap_m=profile.snap_cap_m,
        node_xy=xy[first[nodes]],
        edge_uv=np.column_stack((ends[:half], ends[half:])).astype(np.int32),
        edge_length_m=length_m,
        edge_min=edge_minutes(roads, road, length_m, None, profile),
        line_xy=xy[take],
        line_ptr=line_ptr.astype(np.int64),
        road=road,
        roads=roads,
    )


def _along_z(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Order of places along a Z-curve (Morton 1966), to the 65,536th part of their extent."""
    low, span = xy.min(axis=0), np.maximum(np.ptp(xy, axis=0), 1e-9)
    code = np.zeros(len(xy), np.uint64)
    for axis, part in enumerate(((xy - low) / span.max() * 65535.0).astype(np.uint64).T):
        bits = part
        for shift, mask in _SPREAD:
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        code |= bits << np.uint64(axis)
    return np.argsort(code, kind="stable")


def from_osmnx(
    graph: nx.MultiDiGraph[Any], profile: Profile, *, metric_crs: str | None = None
) -> Network:
    """
    Make a network of an OSMnx street graph.

    Parameters
    ----------
    graph
        As OSMnx gives it: ``graph['crs']``, nodes with ``x`` and ``y``, edges with an optional
        ``geometry``. Streets present in both directions become one edge.
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
        If the graph has no CRS or no edges.
    """
    crs = graph.graph.get("crs")
    if crs is None or graph.number_of_edges() == 0:
        raise NetworkError(
            "The graph has no edges or no 'crs'.",
            zh="该图没有边，或没有坐标系（graph['crs']）。",
            fix="pass a graph made by OSMnx, for example osmnx.graph_from_xml(...)",
            fix_zh="传入由 OSMnx 生成的图，例如 osmnx.graph_from_xml(...)",
        )
    rows: dict[tuple[Any, Any, float], dict[str, Any]] = {}
    for u, v, data in graph.edges(data=True):
        ends = (graph.nodes[u], graph.nodes[v])
        line = data.get("geometry") or shapely.LineString([(e["x"], e["y"]) for e in ends])
        key = (*sorted((u, v)), round(float(line.length), 9))
        if key in rows:
            rows[key]["oneway"] = 0
        else:
            rows[key] = {"geometry": line, "oneway": 1, "speed_kmh": data.get("speed_kph")}
    frame = gpd.GeoDataFrame(list(rows.values()), crs=crs)
    return from_roads(frame, profile, metric_crs=metric_crs, node=False)
