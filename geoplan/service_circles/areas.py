"""
Service areas (服务圈范围): where a door would be within the limit, as polygons.

The area is the contour of the door-to-door time field: the time at the nearest street plus the
straight leg from there, on a regular grid. It keeps holes and islands, never spans land that no
street reaches, and agrees with point counts up to the size of a cell.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import contourpy
import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from geoplan.errors import InputError, MissingColumnsError
from geoplan.network import Direction, Nearest, Network, Snap, at_doors, nearest_nodes, snap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Merge = Literal["overlap", "dissolve"]
_TILE_CELLS = 100


def areas(
    network: Network,
    facilities: gpd.GeoDataFrame,
    *,
    minutes: Sequence[float],
    direction: Direction = "to",
    merge: Merge = "overlap",
    cell_m: float = 20.0,
    on_progress: Callable[[float, str], None] | None = None,
) -> gpd.GeoDataFrame:
    """
    Polygons of the land from which a facility is reached within each limit.

    Parameters
    ----------
    network
        Made for one profile.
    facilities
        Column ``facility_id``. Point or polygon geometry in the network's CRS.
    minutes
        Limits, closed.
    direction
        ``to`` the facility or ``from`` it.
    merge
        ``overlap``: one polygon per facility and limit. ``dissolve``: one per limit, for all
        facilities together.
    cell_m
        Spacing of the grid, m: the polygon's edge is right to about half of it.
    on_progress
        Called with the share done (0–1) and a word.

    Returns
    -------
    areas
        Columns ``facility_id`` (with ``overlap``), ``limit_min``, ``geometry`` (Polygon or
        MultiPolygon in the network's CRS). Facilities that no street reaches are left out.

    Raises
    ------
    InputError
        If a limit is not positive or the cell is not.
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the facilities are not in the network's CRS.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(2).
    """
    limits = _limits(minutes, cell_m)
    if "facility_id" not in facilities.columns:
        raise MissingColumnsError.for_layer("facilities", ["facility_id"], facilities.columns)
    ordered = facilities.sort_values("facility_id", kind="stable")
    sources = snap(network, ordered, name="facilities")
    if merge == "dissolve":
        shapes = _dissolved(network, sources, limits, direction, cell_m, on_progress)
        return gpd.GeoDataFrame({"limit_min": limits}, geometry=shapes, crs=network.crs)
    ids, at, shapes = [], [], []
    snapped = np.flatnonzero(sources.edge >= 0)
    for done, i in enumerate(snapped):
        one = Snap(sources.edge[i : i + 1], sources.share[i : i + 1], sources.access_m[i : i + 1])
        for limit, shape in zip(
            limits, _dissolved(network, one, limits, direction, cell_m, None), strict=True
        ):
            ids.append(str(ordered["facility_id"].iloc[i]))
            at.append(limit)
            shapes.append(shape)
        if on_progress:
            on_progress((done + 1) / len(snapped), "areas")
    return gpd.GeoDataFrame({"facility_id": ids, "limit_min": at}, geometry=shapes, crs=network.crs)


def _limits(minutes: Sequence[float], cell_m: float) -> list[float]:
    limits = [float(m) for m in minutes]
    if not limits or not all(0.0 < m < np.inf for m in limits) or not cell_m > 0.0:
        raise InputError(
            f"minutes={limits}, cell_m={cell_m}: limits and cell must be positive and finite.",
            zh=f"时限 {limits}、网格 {cell_m} 米不合理，均应为正数。",
            fix="for example minutes=[5, 10, 15], cell_m=20",
            fix_zh="例如 minutes=[5, 10, 15]，cell_m=20",
        )
    return limits


def _dissolved(
    network: Network,
    sources: Snap,
    limits: list[float],
    direction: Direction,
    cell_m: float,
    on_progress: Callable[[float, str], None] | None,
) -> list[shapely.Geometry]:
    top = max(limits)
    nodes = nearest_nodes(network, sources, limit_min=top, direction=direction)
    pieces: list[list[shapely.Geometry]] = [[] for _ in limits]
    tiles = _tiles(network, sources, top, cell_m)
    for done, (column, row) in enumerate(tiles):
        steps = np.arange(_TILE_CELLS + 1, dtype=np.float64)
        x, y = (steps + column * _TILE_CELLS) * cell_m, (steps + row * _TILE_CELLS) * cell_m
        field = _field(network, sources, nodes, x, y, top, direction)
        if field is not None:
            for k, limit in enumerate(limits):
                pieces[k].extend(_contour(x, y, field, limit, cell_m, network))
        if on_progress:
            on_progress((done + 1) / len(tiles), "areas")
    foot = _foot(network, sources)
    return [_join(piece, foot) for piece in pieces]


def _foot(network: Network, sources: Snap) -> npt.NDArray[np.object_]:
    """Where the sources meet their streets: a disc of a metre, so that no area is empty."""
    on = sources.edge >= 0
    points = shapely.line_interpolate_point(
        network.lines[sources.edge[on]], sources.share[on], normalized=True
    )
    return np.asarray(shapely.buffer(points, 1.0, quad_segs=4), dtype=object)


def _join(pieces: list[shapely.Geometry], foot: npt.NDArray[np.object_]) -> shapely.Geometry:
    joined = shapely.union_all(np.asarray(pieces, dtype=object), grid_size=0.01)
    return shapely.union_all(foot) if joined.is_empty else joined


def _tiles(
    network: Network, sources: Snap, limit_min: float, cell_m: float
) -> list[tuple[int, int]]:
    """Tiles of the grid that a source can reach in a straight line at the fastest street's pace."""
    on = sources.edge >= 0
    if not on.any():
        return []
    xy = shapely.get_coordinates(
        shapely.line_interpolate_point(
            network.lines[sources.edge[on]], sources.share[on], normalized=True
        )
    )
    quickest = np.nanmin(network.edge_min, axis=1)
    pace = network.edge_length_m[quickest > 0] / quickest[quickest > 0]
    reach_m = limit_min * max(float(pace.max(initial=0.0)), network.access_speed_m_s * 60.0)
    size = _TILE_CELLS * cell_m
    low = np.floor((xy - reach_m) / size).astype(int)
    high = np.floor((xy + reach_m) / size).astype(int)
    wanted = {
        (i, j)
        for (a, b), (c, d) in zip(low, high, strict=True)
        for i in range(a, c + 1)
        for j in range(b, d + 1)
    }
    return sorted(wanted)


def _field(
    network: Network,
    sources: Snap,
    nodes: Nearest,
    x: FloatArray,
    y: FloatArray,
    limit_min: float,
    direction: Direction,
) -> FloatArray | None:
    """Minutes at each grid point (inf beyond): the nearest street's time plus the straight leg."""
    cap_m = network.snap_cap_m
    window = shapely.box(x[0] - cap_m, y[0] - cap_m, x[-1] + cap_m, y[-1] + cap_m)
    edge = np.sort(network.tree.query(window))
    if not len(edge):
        return None
    near = np.isfinite(nodes.minutes[network.edge_uv[edge]]).any(axis=1)
    if not (near.any() or np.isin(sources.edge, edge).any()):
        return None
    samples = _samples(network, edge, step_m=(x[1] - x[0]) / 2.0)
    time = at_doors(
        network, sources, nodes, samples, limit_min=limit_min, direction=direction
    ).minutes
    where = shapely.get_coordinates(
        shapely.line_interpolate_point(network.lines[samples.edge], samples.share, normalized=True)
    )
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    found = cKDTree(where).query(grid, distance_upper_bound=cap_m)
    leg_m, nearest = np.asarray(found[0]), np.asarray(found[1])
    out = np.full(len(grid), np.inf)
    hit = np.isfinite(leg_m)
    out[hit] = time[nearest[hit]] + leg_m[hit] / network.access_speed_m_s / 60.0
    return out.reshape(len(y), len(x))


def _samples(network: Network, edge: npt.NDArray[np.int64], step_m: float) -> Snap:
    count = np.ceil(network.edge_length_m[edge] / step_m).astype(int) + 1
    count = np.maximum(count, 2)
    of_edge = np.repeat(np.arange(len(edge)), count)
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    share = (np.arange(len(of_edge)) - first[of_edge]) / (count[of_edge] - 1)
    return Snap(edge[of_edge].astype(np.int32), share, np.zeros(len(share)))


def _contour(
    x: FloatArray,
    y: FloatArray,
    field: FloatArray,
    limit_min: float,
    cell_m: float,
    network: Network,
) -> list[shapely.Geometry]:
    """Polygons of the field up to the limit; the edge to unreached cells runs midway."""
    ceiling = limit_min + cell_m / network.access_speed_m_s / 60.0
    level = np.minimum(field, ceiling)
    if not (level <= limit_min).any():
        return []
    lines = contourpy.contour_generator(
        x, y, level, fill_type=contourpy.FillType.OuterOffset
    ).filled(-1.0, limit_min)
    found: list[shapely.Geometry] = []
    for points, offsets in zip(*lines, strict=True):
        rings = [points[a:b] for a, b in pairwise(offsets)]
        found.append(shapely.make_valid(shapely.Polygon(rings[0], rings[1:])))
    return found
