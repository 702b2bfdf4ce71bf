"""
Reached streets (可达道路) and their buffer: the two other products beside `areas`.

Reached streets answer "along which streets can one get there in time", the buffer "what lies
beside those streets". Neither is the land from which a door is within the limit: that is `areas`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import InputError
from geoplan.network import Direction, Network, Snap, kernels, snap
from geoplan.network.street_parts import cut_lines, street_parts
from geoplan.service_circles.areas import each_field, together_field
from geoplan.service_circles.draw import Drawing
from geoplan.service_circles.sources import by_id, limits_of

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def reached_streets(
    network: Network,
    facilities: gpd.GeoDataFrame,
    *,
    limit_min: float,
    direction: Direction = "to",
    merge: bool = False,
) -> gpd.GeoDataFrame:
    """
    Lines of the streets within a limit, with the minutes at their two ends.

    Parameters
    ----------
    network
        Made for one profile.
    facilities
        Column ``facility_id``. Point or polygon, the network's CRS.
    limit_min
        Minutes, closed.
    direction
        ``to`` the facility or ``from`` it.
    merge
        Minutes to the nearest of all facilities, each street once; else each facility alone.

    Returns
    -------
    streets
        LineStrings in the network's CRS; ``facility_id`` (not with ``merge``), ``road_id`` and
        ``name`` where the roads have them, ``from_min`` and ``to_min`` (minutes where the line
        starts and ends; they change evenly along it), ``length_m``.

    Raises
    ------
    InputError
        If the limit is not positive and finite.
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the facilities are not in the network's CRS.
    """
    ids, sources = _sources(network, facilities, limit_min)
    if merge:
        parts = [street_parts(*together_field(network, sources, limit_min, direction), limit_min)]
    else:
        limits = np.full((len(ids), 1), limit_min)
        parts = [
            street_parts(field, edges, limit_min)
            for field, edges in each_field(network, sources, limits, direction)
        ]
    count = [len(p[0]) for p in parts]
    parts = parts or [(np.empty(0, np.int32), *(np.empty(0) for _ in range(4)))]
    edge, low, high, low_min, high_min = (np.concatenate(c) for c in zip(*parts, strict=True))
    columns = {} if merge else {"facility_id": np.repeat(np.asarray(ids, dtype=object), count)}
    table = pd.DataFrame(columns)
    for name in ("road_id", "name"):
        if name in network.roads.columns:
            table[name] = network.roads[name].to_numpy()[network.road[edge]]
    table["from_min"], table["to_min"] = low_min, high_min
    table["length_m"] = network.edge_length_m[edge] * (high - low)
    return gpd.GeoDataFrame(table, geometry=_lines(network, edge, low, high), crs=network.crs)


def street_buffers(
    network: Network,
    facilities: gpd.GeoDataFrame,
    *,
    limit_min: float,
    buffer_m: float = 25.0,
    direction: Direction = "to",
    merge: bool = False,
    cell_m: float = 5.0,
) -> gpd.GeoDataFrame:
    """
    Polygons of the land within some metres of the reached streets.

    Parameters
    ----------
    network, facilities, limit_min, direction, merge
        As for `reached_streets`.
    buffer_m
        Distance from the street, m.
    cell_m
        Spacing of the grid on which the edge is drawn, m.

    Returns
    -------
    buffers
        ``facility_id`` (not with ``merge``), ``limit_min``, ``buffer_m``, ``geometry``
        (MultiPolygon in the network's CRS).

    Raises
    ------
    InputError
        If the limit, the buffer or the cell is not positive and finite.
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the facilities are not in the network's CRS.
    """
    if not 0.0 < buffer_m < np.inf or not 1.0 <= cell_m < np.inf:
        raise InputError(
            f"buffer_m={buffer_m}, cell_m={cell_m} cannot be drawn.",
            zh=f"缓冲距离 {buffer_m} 米、网格 {cell_m} 米不合理。",
            fix="a buffer above 0 and a cell of 1 m or more, for example 25 and 5",
            fix_zh="缓冲距离应大于 0，网格不小于 1 米，例如 25 和 5",
        )
    streets = reached_streets(
        network, facilities, limit_min=limit_min, direction=direction, merge=merge
    )
    groups = [None] if merge else list(dict.fromkeys(streets["facility_id"]))
    lines = streets.geometry.to_numpy()
    shapes = [
        _buffer(
            lines if g is None else lines[streets["facility_id"] == g],
            network.crs,
            buffer_m,
            cell_m,
        )
        for g in groups
    ]
    columns = {} if merge else {"facility_id": groups}
    return gpd.GeoDataFrame(
        {**columns, "limit_min": limit_min, "buffer_m": buffer_m}, geometry=shapes,
        crs=network.crs, index=range(len(groups)),
    )  # fmt: skip


def _sources(
    network: Network, facilities: gpd.GeoDataFrame, limit_min: float
) -> tuple[list[str], Snap]:
    limits_of([limit_min])
    ordered = by_id(facilities)
    sources = snap(network, ordered, name="facilities")
    on = np.flatnonzero(sources.edge >= 0)
    return ordered["facility_id"].iloc[on].tolist(), sources.part(on)


def _lines(
    network: Network, edge: npt.NDArray[np.int32], low: FloatArray, high: FloatArray
) -> npt.NDArray[np.object_]:
    xy, ptr = cut_lines(network.line_xy, network.line_ptr, network.vertex_share, edge, low, high)
    if not len(edge):
        return np.empty(0, dtype=object)
    return np.asarray(
        shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (ptr,)), dtype=object
    )


def _buffer(
    lines: npt.NDArray[np.object_], crs: str, buffer_m: float, cell_m: float
) -> shapely.MultiPolygon:
    """Draw the land beside lines as the area of a network of them on which nothing takes time."""
    if not len(lines):
        return shapely.MultiPolygon()
    xy, of = shapely.get_coordinates(lines, return_index=True)
    count, n = np.bincount(of, minlength=len(lines)), len(lines)
    streets = Network(
        crs=crs, profile="", access_speed_m_s=1.0, snap_cap_m=buffer_m, node_xy=np.zeros((2, 2)),
        edge_uv=np.tile(np.array([[0, 1]], np.int32), (n, 1)), edge_length_m=shapely.length(lines),
        edge_min=np.zeros((n, 2)), line_xy=xy, line_ptr=np.concatenate(([0], np.cumsum(count))),
        road=np.zeros(n, np.int32), roads=pd.DataFrame(),
    )  # fmt: skip
    field = kernels.Field(
        streets.edge_uv, np.zeros(n), np.zeros(n), np.zeros(2), np.zeros(2, np.int32),
        np.full(n, -1, np.int32), np.full(1, -1, np.int32), np.zeros(1), np.zeros(1), np.zeros(1),
    )  # fmt: skip
    drawing = Drawing(streets, cell_m)
    all_of_it = np.array([buffer_m / 60.0 + 1.0])
    drawing.draw(field, np.arange(n, dtype=np.int32), all_of_it, 0)
    shape: shapely.MultiPolygon = drawing.shapes(1)[0]
    return shape
