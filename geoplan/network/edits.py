"""
What if a street changes (路网假设): barriers and new roads, without building the network again.

Only the edges concerned are cut and replaced; the rest is taken over as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops

from geoplan import crs as _crs
from geoplan.errors import CRSMismatchError, InputError, InvalidGeometryError
from geoplan.network.checks import numbers, require_finite
from geoplan.network.costs import edge_minutes, number
from geoplan.network.noding import TOUCH_M
from geoplan.network.slope import slopes_of
from geoplan.network.snap import snap_xy

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.graph import Network
    from geoplan.network.profiles import Profile

    FloatArray = npt.NDArray[np.float64]

_NEAR_M = 10.0
"""Points and ends of new roads no farther than this from a street are on it."""
_END = 1e-9


@dataclass(slots=True)
class _Cut:
    """A cut of an edge: where, and the nodes the two sides end in (the same one: no gap)."""

    share: float
    left: int
    right: int


class _Knife:
    """Collects cuts and new edges of a network, and makes the new one."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.cuts: dict[int, list[_Cut]] = {}
        self.node_xy: list[npt.NDArray[np.float64]] = []
        self.new: list[tuple[int, int, float, tuple[float, float], Any, int]] = []

    def node(self, xy: npt.NDArray[np.float64]) -> int:
        self.node_xy.append(np.asarray(xy, dtype=float))
        return self.network.nodes + len(self.node_xy) - 1

    def pass_through(self, edge: int, share: float) -> int:
        """Cut an edge without a gap, and return the node of the cut; an end needs no cut."""
        u, v = self.network.edge_uv[edge].tolist()
        if share <= _END or share >= 1.0 - _END:
            return int(u if share <= _END else v)
        for cut in self.cuts.setdefault(edge, []):
            if abs(cut.share - share) <= _END:
                return cut.left
        here = self.node(self._place(edge, share))
        self.cuts[edge].append(_Cut(share, here, here))
        return here

    def block(self, edge: int, share: float, delay_min: float) -> None:
        """
        Cut an edge with a gap that takes ``delay_min`` to cross; inf is never.

        A second gap at the same place comes after the first: their minutes add up.
        """
        xy = self._place(edge, share)
        u, v = self.network.edge_uv[edge].tolist()
        cuts = self.cuts.setdefault(edge, [])
        cut = next((c for c in cuts if abs(c.share - share) <= _END), None)
        if cut is None:
            here = u if share <= _END else v if share >= 1.0 - _END else self.node(xy)
            cut = _Cut(share, here, here)
            cuts.append(cut)
        if share >= 1.0 - _END:
            left, right = self.node(xy), cut.left
            cut.left = left
        else:
            left, right = cut.right, self.node(xy)
            cut.right = right
        if np.isfinite(delay_min):
            one_way = self.network.edge_min[edge]
            minutes = tuple(np.where(np.isfinite(one_way), delay_min, np.inf).tolist())
            road = int(self.network.road[edge])
            self.new.append((left, right, 0.0, minutes, np.vstack((xy, xy)), road))

    def _place(self, edge: int, share: float) -> npt.NDArray[np.float64]:
        found = self.network.places(np.array([edge], np.int32), np.array([share]))
        return np.asarray(found[0])

    def pieces(self, edge: int) -> list[tuple[int, int, float, float]]:
        """Start and end node and share of every piece of a cut edge."""
        u, v = self.network.edge_uv[edge].tolist()
        out, at, node = [], 0.0, u
        for cut in sorted(self.cuts[edge], key=lambda c: c.share):
            if cut.share - at > _END:
                out.append((node, cut.left, at, cut.share))
            at, node = cut.share, cut.right
        if 1.0 - at > _END:
            out.append((node, v, at, 1.0))
        return out

    def line(self, edge: int, low: float, high: float) -> npt.NDArray[np.float64]:
        """Vertices of a piece of an edge."""
        net = self.network
        span = slice(int(net.line_ptr[edge]), int(net.line_ptr[edge + 1]))
        share = net.vertex_share[span]
        inner = net.line_xy[span][(share > low + _END) & (share < high - _END)]
        return np.vstack((self._place(edge, low), inner, self._place(edge, high)))

    def result(self, factor: dict[int, list[float]], roads: pd.DataFrame) -> Network:
        """Put everything together; ``factor`` multiplies the minutes of the pieces of an edge."""
        net = self.network
        cut = np.array(sorted(self.cuts), dtype=np.int64)
        uv, length, minutes, lines, road = [], [], [], [], []
        for edge in cut.tolist():
            pieces = self.pieces(edge)
            times = factor.get(edge, [1.0] * len(pieces))
            for (a, b, low, high), times_longer in zip(pieces, times, strict=True):
                part = high - low
                uv.append((a, b))
                length.append(net.edge_length_m[edge] * part)
                with np.errstate(invalid="ignore"):
                    now = net.edge_min[edge] * part * times_longer
                minutes.append(np.where(np.isnan(now), np.inf, now))
                lines.append(self.line(edge, low, high))
                road.append(net.road[edge])
        for a, b, metres, both, xy, row in self.new:
            uv.append((a, b))
            length.append(metres)
            minutes.append(np.asarray(both))
            lines.append(xy)
            road.append(np.int32(row))
        keep = np.ones(net.edges, bool)
        keep[cut] = False
        counts = np.concatenate((np.diff(net.line_ptr)[keep], [len(x) for x in lines]))
        return replace(
            net,
            node_xy=np.vstack((net.node_xy, *(xy[None] for xy in self.node_xy))),
            edge_uv=np.vstack((net.edge_uv[keep], np.reshape(uv, (-1, 2)))).astype(np.int32),
            edge_length_m=np.concatenate((net.edge_length_m[keep], length)),
            edge_min=np.vstack((net.edge_min[keep], np.reshape(minutes, (-1, 2)))),
            line_xy=np.vstack((net.line_xy[keep[net.vertex_edge]], *lines)),
            line_ptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            road=np.concatenate((net.road[keep], np.array(road, np.int32))),
            roads=roads,
            slope_factor=None,
            edited=True,
        )


def with_barriers(network: Network, barriers: gpd.GeoDataFrame) -> Network:
    """
    Close or slow streets at points, across lines, or inside polygons.

    Parameters
    ----------
    network
        Of one profile; choose the profile first.
    barriers
        Points (on the nearest street within 10 m; at a crossing they stand in every street of
        it), lines (where they cross streets) and polygons (streets inside), in the network's CRS.
        Columns used where present: ``delay_min`` (points and lines: minutes to pass; missing
        closes), ``factor`` (polygons: minutes are multiplied by it; missing closes), ``layer``
        (lines and polygons: only streets of that level, so that a river leaves bridges open).

    Returns
    -------
    network
        Another network; the one given stays as it is. Doors on closed streets snap to the next
        open one. ``notes['barriers_off_street']`` counts those that met no street.

    Raises
    ------
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the barriers are not in the network's CRS.
    InputError
        If a delay is negative or a factor is not positive, or either is no number.
    InvalidGeometryError
        If a coordinate is not a number.
    """
    _require(network, barriers, "barriers")
    delay_min = _known(barriers, "delay_min")
    factor = _known(barriers, "factor")
    if (delay_min < 0).any() or (factor <= 0).any():
        raise InputError(
            "A barrier has a negative delay_min or a factor of 0 or less.",
            zh="障碍的 delay_min 为负数，或 factor 不大于 0。",
            fix="leave delay_min or factor empty to close the street",
            fix_zh="要封闭道路，请将 delay_min 或 factor 留空",
        )
    knife, off, areas = _Knife(network), 0, []
    level = number(barriers, "layer", np.nan)
    for i, shape in _simple(barriers):
        if shape is None or shape.is_empty:
            off += 1
            continue
        kind = shapely.get_dimensions(shape)
        if kind == 0:
            places = _on_streets(network, shapely.get_coordinates(shape))
        else:
            places = _where_met(network, shape if kind == 1 else shape.boundary, level[i])
        if kind == 2:  # noqa: PLR2004
            for edge, share in places:
                knife.pass_through(edge, share)
            areas.append((shape, float(factor[i]), level[i]))
            continue
        off += not places
        spots = (spot for place in places for spot in _through_crossing(network, *place))
        for edge, share in dict.fromkeys(spots):
            # at a crossing one passes two of its streets' ends
            ends = 2.0 if share in (0.0, 1.0) else 1.0
            knife.block(edge, share, float(delay_min[i]) / ends)
    factors: dict[int, list[float]] = {}
    for shape, times, on_level in areas:
        off += not _slow(knife, shape, times, on_level, factors)
    made = knife.result(factors, network.roads)
    return replace(made, notes={**network.notes, "barriers_off_street": off})


def with_roads(network: Network, roads: gpd.GeoDataFrame, profile: Profile) -> Network:
    """
    Add roads: they join the streets they cross or end at (within 10 m), on their own level.

    Parameters
    ----------
    network
        Of this profile.
    roads
        (Multi)LineStrings in the network's CRS, columns as for `from_roads`, ``slope`` included;
        they should not cross one another. Rows without geometry or length are left out.
    profile
        Who moves.

    Returns
    -------
    network
        Another network. ``notes['new_road_ends_loose']`` counts ends that met no street.

    Raises
    ------
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the roads are not in the network's CRS.
    InvalidGeometryError
        If a road is no line, or a coordinate is not a number.
    InputError
        If the network's slopes are from heights and the roads have no ``slope``.
    """
    _require(network, roads, "roads")
    knife, apart = _Knife(network), 0
    lines, row = _lines(roads)
    attributes = pd.DataFrame(roads.drop(columns=roads.geometry.name)).iloc[row]
    table = pd.concat([network.roads, attributes], ignore_index=True)
    level = number(attributes, "layer", 0.0)
    length_m = _crs.ellipsoidal_length_m(gpd.GeoSeries(lines, crs=network.crs))
    minutes = edge_minutes(
        attributes,
        np.arange(len(lines), dtype=np.int32),
        length_m,
        slopes_of(network, attributes, profile),
        profile,
    )
    for i, line in enumerate(lines):
        stops = {}
        for edge, share in _where_met(network, line, level[i]):
            xy = network.places(np.array([edge], np.int32), np.array([share]))[0]
            at = float(shapely.line_locate_point(line, shapely.Point(xy)))
            stops[at] = knife.pass_through(edge, share)
        for at, end in ((0.0, line.coords[0]), (float(line.length), line.coords[-1])):
            if any(abs(at - s) <= _NEAR_M / 1000 for s in stops):
                continue
            near = _on_streets(network, np.array([end[:2]]))
            stops[at] = knife.pass_through(*near[0]) if near else knife.node(np.array(end[:2]))
            apart += 0 if near else 1
        marks = sorted(stops)
        for low, high in pairwise(marks):
            piece = shapely.get_coordinates(shapely.ops.substring(line, low, high))
            part = (high - low) / line.length
            both = tuple((minutes[i] * part).tolist())
            knife.new.append(
                (stops[low], stops[high], length_m[i] * part, both, piece, len(network.roads) + i)
            )
    made = knife.result({}, table)
    return replace(made, notes={**network.notes, "new_road_ends_loose": apart})


def _require(network: Network, frame: gpd.GeoDataFrame, name: str) -> None:
    found = _crs.require_metric(frame, name)
    if found != network.crs:
        raise CRSMismatchError.between(name, found.to_string(), "network", network.crs)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    require_finite(frame, *shapely.get_coordinates(shapes, return_index=True), name)


def _known(frame: gpd.GeoDataFrame, name: str) -> FloatArray:
    """Column as numbers, inf where it is missing; text is refused."""
    if name not in frame.columns:
        return np.full(len(frame), np.inf)
    value = numbers(frame, name)
    return np.where(np.isnan(value), np.inf, value)


def _simple(frame: gpd.GeoDataFrame) -> list[tuple[int, Any]]:
    """Row and shape of each barrier; a collection is as many barriers as it has parts."""
    out = []
    for i, shape in enumerate(np.asarray(frame.geometry.array, dtype=object)):
        parts = [shape]
        while any(isinstance(p, shapely.GeometryCollection) for p in parts):
            parts = [q for p in parts for q in getattr(p, "geoms", [p])]
        out += [(i, p) for p in parts]
    return out


def _lines(roads: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """Lines of new roads and the row of each, without those that have no length."""
    lines, row = shapely.get_parts(np.asarray(roads.geometry.array, object), return_index=True)
    wrong = (shapely.get_dimensions(lines) != 1) & ~shapely.is_empty(lines)
    if wrong.any():
        found = roads.index[np.unique(row[wrong])].tolist()[:3]
        raise InvalidGeometryError(
            f"New roads must be lines; these rows are none: {found}.",
            zh=f"新增道路应为线，以下各行不是：{found}。",
            fix="give LineStrings; of an area its middle line",
            fix_zh="传入线要素；面状道路用其中线",
            layer="roads",
        )
    long = shapely.length(lines) > TOUCH_M
    return lines[long], row[long]


def _on_streets(network: Network, xy: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """Edge and share of the street nearest to each point, where one is near."""
    found = snap_xy(network, xy, _NEAR_M)
    on = found.edge >= 0
    return [
        (int(edge), _whole(float(share)))
        for edge, share in zip(found.edge[on], found.share[on], strict=True)
    ]


def _whole(share: float) -> float:
    return 0.0 if share <= _END else 1.0 if share >= 1.0 - _END else share


def _touched(network: Network, shape: Any, level: float) -> list[int]:
    """Edges whose box meets the shape's, of one level (NaN: of all)."""
    low_x, low_y, high_x, high_y = shape.bounds
    xy, first = network.line_xy, network.line_ptr[:-1]
    low, high = np.minimum.reduceat(xy, first), np.maximum.reduceat(xy, first)
    hit = (
        (low[:, 0] <= high_x) & (high[:, 0] >= low_x)
        & (low[:, 1] <= high_y) & (high[:, 1] >= low_y) & network.passable
    )  # fmt: skip
    if not np.isnan(level):
        hit &= number(network.roads, "layer", 0.0)[network.road] == level
    return [int(e) for e in np.flatnonzero(hit)]


def _where_met(network: Network, shape: Any, level: float) -> list[tuple[int, float]]:
    """Edge and share of every place where streets meet a line."""
    out = []
    for edge in _touched(network, shape, level):
        line = shapely.LineString(
            network.line_xy[network.line_ptr[edge] : network.line_ptr[edge + 1]]
        )
        if not line.length:
            continue
        met = shapely.intersection(line, shape)
        ends = shapely.get_coordinates(shapely.boundary(met) if met.length else met)
        shares = {
            _whole(float(shapely.line_locate_point(line, shapely.Point(xy), normalized=True)))
            for xy in ends
        }
        out += [(edge, s) for s in sorted(shares)]
    return out


def _through_crossing(network: Network, edge: int, share: float) -> list[tuple[int, float]]:
    """Return the place itself, or the ends of all streets where it is a crossing."""
    if 0.0 < share < 1.0:
        return [(edge, share)]
    node = network.edge_uv[edge, 0 if share == 0.0 else 1]
    pointer, touching = network.touching
    edges = np.unique(touching[pointer[node] : pointer[node + 1]])
    ends = network.edge_uv[edges]
    return [(int(e), s) for s in (0.0, 1.0) for e in edges[ends[:, int(s)] == node]]


def _slow(
    knife: _Knife, shape: Any, times: float, level: float, factors: dict[int, list[float]]
) -> bool:
    """Multiply the minutes of the pieces inside a polygon; tell whether there are any."""
    shapely.prepare(shape)
    any_inside = False
    for edge in _touched(knife.network, shape, level):
        knife.cuts.setdefault(edge, [])
        pieces = knife.pieces(edge)
        middle = np.array([(low + high) / 2.0 for _, _, low, high in pieces])
        xy = knife.network.places(np.full(len(pieces), edge, np.int32), middle)
        inside = shapely.intersects_xy(shape, xy[:, 0], xy[:, 1])
        any_inside |= bool(inside.any())
        before = factors.get(edge, [1.0] * len(pieces))
        factors[edge] = [f * (times if i else 1.0) for f, i in zip(before, inside, strict=True)]
    return any_inside
