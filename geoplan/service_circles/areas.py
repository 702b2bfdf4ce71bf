"""
Service areas (服务圈范围): where a door would be within the limit, as polygons.

The area is the contour of the door-to-door time field: the time at the nearest street plus the
straight leg from there, on a regular grid. It keeps holes and islands, never spans land that no
street reaches, and agrees with point counts up to the size of a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import shapely

from geoplan.errors import InputError, MissingColumnsError
from geoplan.network import Direction, Nearest, Network, Snap, nearest_nodes, snap
from geoplan.network.raster import StreetRaster
from geoplan.network.search import leg_minutes
from geoplan.service_circles import contour

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Progress = Callable[[float, str], None]

Merge = Literal["overlap", "dissolve"]
_BLOCK = 64  # cells along the side of a block
_STRIDE = 1 << 30  # more than any number of columns: keys of grid crossings are unique


def areas(
    network: Network,
    facilities: gpd.GeoDataFrame,
    *,
    minutes: Sequence[float],
    direction: Direction = "to",
    merge: Merge = "overlap",
    cell_m: float = 10.0,
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
        Spacing of the grid, m; the edge is right to a small part of it, and what is narrower than a
        cell may be missed.
    on_progress
        Called with the share done (0–1) and a word.

    Returns
    -------
    areas
        Columns ``facility_id`` (with ``overlap``), ``limit_min``, ``geometry`` (MultiPolygon in the
        network's CRS). Facilities that no street reaches are left out.

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
    maker = _Areas(network, cell_m, direction)
    if merge == "dissolve":
        shapes = maker.shapes(sources, limits, on_progress)
        return gpd.GeoDataFrame({"limit_min": limits}, geometry=shapes, crs=network.crs)
    ids, at, shapes = [], [], []
    snapped = np.flatnonzero(sources.edge >= 0)
    for done, i in enumerate(snapped):
        one = Snap(sources.edge[i : i + 1], sources.share[i : i + 1], sources.access_m[i : i + 1])
        ids += [str(ordered["facility_id"].iloc[i])] * len(limits)
        at += limits
        shapes += maker.shapes(one, limits)
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


class _Areas:
    """Areas of a network at one cell size: what is kept between facilities."""

    def __init__(self, network: Network, cell_m: float, direction: Direction) -> None:
        self.network, self.cell_m, self.direction = network, float(cell_m), direction
        self.raster = StreetRaster(network, cell_m)
        minutes = network.edge_min if direction == "to" else network.edge_min[:, ::-1]
        self.along = np.ascontiguousarray(minutes[:, 0]), np.ascontiguousarray(minutes[:, 1])
        self.first = np.full(network.edges, -1, np.int32)
        quickest = np.nanmin(network.edge_min, axis=1)
        pace = network.edge_length_m[quickest > 0] / quickest[quickest > 0]
        self.m_per_min = max(float(pace.max(initial=0.0)), network.access_speed_m_s * 60.0)

    def shapes(
        self, sources: Snap, limits: list[float], on_progress: Progress | None = None
    ) -> list[shapely.MultiPolygon]:
        """One MultiPolygon per limit for all sources together."""
        nodes = nearest_nodes(
            self.network, sources, limit_min=max(limits), direction=self.direction
        )
        field = self._field(sources, nodes)
        pieces: list[list[tuple[np.ndarray, ...]]] = [[] for _ in limits]
        blocks = self._blocks(sources, nodes, max(limits))
        for done, (column, row, last_column, last_row) in enumerate(blocks):
            tiles = self.raster.tiles(column, row, last_column, last_row)
            shape = (last_row - row + 1, last_column - column + 1)
            minutes, who, segment = (
                np.empty(shape),
                np.empty(shape, np.int32),
                np.empty(shape, np.int32),
            )
            contour.sample(field, tiles, self.cell_m, column, row, minutes, who, segment)
            who[who >= 0] = 0
            for k, limit in enumerate(limits):
                pieces[k].append(
                    contour.march(
                        field, self.cell_m, column, row, minutes, who, segment, limit, _STRIDE
                    )
                )
            if on_progress:
                on_progress((done + 1) / len(blocks), "areas")
        self.first[sources.edge[sources.edge >= 0]] = -1
        foot = _foot(self.network, sources)
        found = [_polygons(p) for p in pieces]
        return [shapely.MultiPolygon(list(foot)) if f.is_empty else f for f in found]

    def _field(self, sources: Snap, nodes: Nearest) -> contour.Field:
        network = self.network
        on = np.flatnonzero(sources.edge >= 0)
        following = np.full(len(on), -1, np.int32)
        for k, edge in enumerate(sources.edge[on].tolist()):
            following[k], self.first[edge] = self.first[edge], k
        return contour.Field(
            network.line_xy, network.vertex_edge, network.vertex_share, network.edge_uv,
            *self.along, nodes.minutes, nodes.source, self.first, following, sources.share[on],
            leg_minutes(network, sources)[on], on.astype(np.int32),
            1.0 / (network.access_speed_m_s * 60.0), float(network.snap_cap_m),
        )  # fmt: skip

    def _blocks(
        self, sources: Snap, nodes: Nearest, limit_min: float
    ) -> list[tuple[int, int, int, int]]:
        """Blocks of grid points (one overlapping) that may be reached, inclusive corners."""
        at = np.flatnonzero(np.isfinite(nodes.minutes))
        legs = leg_minutes(self.network, sources)
        on = np.flatnonzero((sources.edge >= 0) & (legs <= limit_min))
        feet = shapely.get_coordinates(_feet(self.network, sources, on))
        xy = np.vstack((self.network.node_xy[at], feet))
        left_min = limit_min - np.concatenate((nodes.minutes[at], legs[on]))
        reach_m = (left_min * self.m_per_min)[:, None]
        if not len(xy):
            return []
        size = _BLOCK * self.cell_m
        low = np.floor((xy - reach_m) / size).astype(int)
        high = np.floor((xy + reach_m) / size).astype(int)
        wanted = {
            (i, j)
            for a, b, c, d in np.unique(np.hstack((low, high)), axis=0).tolist()
            for i in range(a, c + 1)
            for j in range(b, d + 1)
        }
        return [
            (i * _BLOCK, j * _BLOCK, (i + 1) * _BLOCK, (j + 1) * _BLOCK) for i, j in sorted(wanted)
        ]


def _feet(network: Network, sources: Snap, on: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Where the sources meet their streets."""
    return np.asarray(
        shapely.line_interpolate_point(
            network.lines[sources.edge[on]], sources.share[on], normalized=True
        ),
        dtype=object,
    )


def _foot(network: Network, sources: Snap) -> npt.NDArray[np.object_]:
    """Discs of a metre where the sources meet their streets, so that no area is empty."""
    feet = _feet(network, sources, np.flatnonzero(sources.edge >= 0))
    return np.asarray(shapely.buffer(feet, 1.0, quad_segs=4), dtype=object)


def _polygons(pieces: list[tuple[np.ndarray, ...]]) -> shapely.MultiPolygon:
    """Join the pieces of all blocks into one MultiPolygon."""
    if not pieces:
        return shapely.MultiPolygon()
    start, end, who, xy, count, way = (np.concatenate(p) for p in zip(*pieces, strict=True))
    order = np.argsort(start)
    follow = order[np.searchsorted(start[order], end)]
    vertex, pointer, label, area = contour.rings(follow, who, xy, count, way)
    shell = contour.shells(vertex, pointer, label, area)
    ring = np.asarray(
        shapely.linearrings(vertex, indices=np.repeat(np.arange(len(label)), np.diff(pointer))),
        dtype=object,
    )
    by_shell = np.lexsort((area <= 0, shell))  # each shell, then its holes
    if not len(ring):
        return shapely.MultiPolygon()
    number = np.unique(shell[by_shell], return_inverse=True)[1]
    parts = np.asarray(shapely.polygons(ring[by_shell], indices=number), dtype=object)
    return shapely.MultiPolygon(list(parts))
