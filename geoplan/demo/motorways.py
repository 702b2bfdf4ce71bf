"""Expressways (高速公路): two carriageways each, ramps at interchanges, no other junction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import network as _network
from geoplan.demo.routes import MOTORWAY_HALF_WIDTH_M

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.rural_roads import Nodes

_INTERCHANGE_GAP_M, _RAMP_M = 9_000.0, 320.0
_PIECE_M = 3_000.0
_SPEED_KMH, _RAMP_SPEED_KMH = 100.0, 40.0
_MAIN_ROADS = 2  # trunk, primary and secondary roads get interchanges


def build(name: str, line: Any, nodes: Nodes, edges: _network.Edges) -> gpd.GeoDataFrame:
    """
    Draw one expressway.

    Parameters
    ----------
    name
        What it is called.
    line
        Centre line, EPSG:4547.
    nodes, edges
        The other roads, already passing over or under it.

    Returns
    -------
    roads
        Columns ``name``, ``oneway`` (always 1), ``speed_kmh``, ``layer``; EPSG:4547 lines. Joined
        to other roads only by ramps.
    """
    row, along = _network.crossings(nodes, edges, line)
    inner = (along > 1_500) & (along < line.length - 1_500)
    order = np.argsort(edges.rank[row], kind="stable")
    chosen: list[int] = []
    for i in order:
        clear = all(abs(along[i] - along[j]) > _INTERCHANGE_GAP_M for j in chosen)
        if edges.rank[row[i]] <= _MAIN_ROADS and inner[i] and clear:
            chosen.append(int(i))
    rows: list[tuple[Any, float]] = []
    for side in (1.0, -1.0):
        way = shapely.offset_curve(line, side * MOTORWAY_HALF_WIDTH_M * 0.7, join_style="mitre")
        way = way if side < 0 else shapely.reverse(way)
        rows += _carriageway(way, side, line, nodes, edges.uv[row[chosen]])
    return gpd.GeoDataFrame(
        {"name": name, "oneway": 1, "speed_kmh": [r[1] for r in rows], "layer": 0},
        geometry=[r[0] for r in rows], crs="EPSG:4547",
    )  # fmt: skip


def _carriageway(
    way: Any, side: float, line: Any, nodes: Nodes, joined: npt.NDArray[np.int64]
) -> list[tuple[Any, float]]:
    """Cut one carriageway at its ramps and lead the ramps to the nearest end of each road."""
    ends: list[tuple[float, float, npt.NDArray[np.float64]]] = []
    for uv in joined:
        xy = nodes.xy[uv]
        left = [_is_left(line, p) for p in xy]
        place = xy[left.index(side > 0)] if (side > 0) in left else xy[0]
        at = float(shapely.line_locate_point(way, shapely.Point(xy.mean(axis=0))))
        ends.append((at - _RAMP_M, at + _RAMP_M, place))
    stops = np.concatenate([
        np.linspace(0, way.length, max(int(way.length / _PIECE_M), 1) + 1),
        np.array([e[k] for e in ends for k in (0, 1)]),
    ])  # fmt: skip
    stops = np.unique(np.clip(stops, 0, way.length))
    places = shapely.get_coordinates(shapely.line_interpolate_point(way, stops))
    vertices = shapely.get_coordinates(way)
    chainage = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))])
    out = []
    for k in range(len(stops) - 1):
        between = vertices[(chainage > stops[k] + 1) & (chainage < stops[k + 1] - 1)]
        piece = shapely.LineString(np.vstack([places[k], between, places[k + 1]]))
        out.append((piece, _SPEED_KMH))
    for off, on, place in ends:
        exit_ = places[np.argmin(np.abs(stops - off))]
        entry = places[np.argmin(np.abs(stops - on))]
        out.append((shapely.LineString([exit_, place]), _RAMP_SPEED_KMH))
        out.append((shapely.LineString([place, entry]), _RAMP_SPEED_KMH))
    return out


def _is_left(line: Any, place: npt.NDArray[np.float64]) -> bool:
    at = float(shapely.line_locate_point(line, shapely.Point(place)))
    ends = shapely.line_interpolate_point(line, [max(at - 5, 0), at + 5])
    (x0, y0), (x1, y1) = shapely.get_coordinates(ends)
    return bool((x1 - x0) * (place[1] - y0) - (y1 - y0) * (place[0] - x0) > 0)


def all_of(lines: dict[str, Any], nodes: Nodes, edges: _network.Edges) -> gpd.GeoDataFrame:
    """Draw every expressway; the second passes over the first."""
    parts = [build(name, line, nodes, edges).assign(layer=i)
             for i, (name, line) in enumerate(lines.items())]  # fmt: skip
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4547")
