"""One way explained (路径): from a door to its facility, street by street, and why so long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import InputError, NetworkError
from geoplan.network import Direction, Network, Snap, kernels, nearest_nodes, snap
from geoplan.network.checks import require_limit
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.network.search import field, leg_minutes
from geoplan.network.snap import as_points
from geoplan.network.street_parts import cut_lines
from geoplan.service_circles.gates import Doors
from geoplan.service_circles.sources import by_id
from geoplan.service_circles.travel_time import doors_at

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

STATUS = ("covered", "beyond_limit", "no_way", "door_unsnapped", "no_facility")
_SAME_MIN = 1e-9
_Part = tuple[int, float, float, float]  # edge, from share, to share, minutes


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """
    The way between one door and its nearest facility.

    Parameters
    ----------
    status
        ``covered``; ``beyond_limit`` (there is a way, too long); ``no_way`` (no street leads to a
        facility); ``door_unsnapped`` (no street within the cap); ``no_facility`` (none is on a
        street).
    facility_id
        The nearest, or None.
    minutes, limit_min
        What the way takes (NaN if there is none), and what it may take.
    length_m, straight_m
        Of the way, and of the straight line to that facility; NaN if there is none.
    legs
        One row per stretch in the order of travel: ``kind`` (``door``, ``street``,
        ``facility``), ``name``, ``minutes``, ``length_m``, ``geometry``; the network's CRS.
    """

    status: str
    facility_id: str | None
    minutes: float
    limit_min: float
    length_m: float
    straight_m: float
    legs: gpd.GeoDataFrame

    def sentence(self, lang: str = "zh") -> str:
        """Say in one sentence why the door is covered or is not."""
        return _SENTENCES[self.status][lang != "zh"].format(
            m=self.minutes, f=self.facility_id, l=self.limit_min, o=self.minutes - self.limit_min,
            d=self.length_m, s=self.straight_m,
        )  # fmt: skip


_SENTENCES = {
    "covered": (
        "到最近的 {f} 需 {m:.1f} 分钟，在 {l:g} 分钟内。",
        "{m:.1f} minutes to {f}, within {l:g}.",
    ),
    "beyond_limit": (
        "到最近的 {f} 需 {m:.1f} 分钟，比 {l:g} 分钟多 {o:.1f}：路程 {d:.0f} 米，直线 {s:.0f} 米。",
        "{m:.1f} minutes to {f}, {o:.1f} more than {l:g}: {d:.0f} m by road, {s:.0f} m straight.",
    ),
    "no_way": ("没有道路通往任何设施。", "No street leads from here to any facility."),
    "door_unsnapped": ("附近没有道路（超出吸附距离）。", "No street within the snap distance."),
    "no_facility": ("没有位于道路旁的设施。", "There is no facility beside a street."),
}


def route(
    network: Network,
    facilities: gpd.GeoDataFrame,
    door: gpd.GeoDataFrame,
    *,
    limit_min: float,
    direction: Direction = "to",
    door_snap: Snap | Doors | None = None,
    estates: gpd.GeoDataFrame | None = None,
) -> Route:
    """
    Way between one door and its nearest facility, whether within the limit or not.

    Parameters
    ----------
    network
        Made for one profile.
    facilities
        Column ``facility_id``. Point or polygon, the network's CRS.
    door
        One row, the network's CRS.
    limit_min
        What the way may take, minutes.
    direction
        ``to`` the facility or ``from`` it.
    door_snap, estates
        The door as it meets the network, as ``demand_snap`` and ``estates`` of `travel_time`.

    Returns
    -------
    route
        Its minutes are those of `travel_time`; the minutes of its legs add up to them.

    Raises
    ------
    InputError
        If there is not one door, the limit is negative or not a number, or ``door_snap`` is not
        of this door and network.
    MissingColumnsError
        If ``facility_id`` is absent, or ``estate_gates`` of the estates.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in the network's CRS.
    """
    require_limit(limit_min)
    if len(door) != 1:
        raise InputError(
            f"{len(door)} doors: a route has one.",
            zh=f"给出了 {len(door)} 个住户点，路径只能有一个。",
            fix="pass one row, for example demand.iloc[[0]]",
            fix_zh="传入一行，例如 demand.iloc[[0]]",
        )
    ordered = by_id(facilities)
    sources = snap(network, ordered, name="facilities")
    met = doors_at(network, door, door_snap, estates)
    places = met.snap if isinstance(met, Doors) else met
    none = Route("", None, np.nan, limit_min, np.nan, np.nan, _table([], [], network.crs))
    if not (places.edge >= 0).any():
        return _as(none, "door_unsnapped")
    if not (sources.edge >= 0).any():
        return _as(none, "no_facility")
    nodes = nearest_nodes(network, sources, limit_min=np.inf, direction=direction)
    reach = field(network, sources, nodes, direction)
    times, sites = kernels.point_times(
        reach, places.edge, places.share, leg_minutes(network, places)
    )
    best = int(np.argmin(times))  # the first of equal ones, as travel_time takes it
    minutes, who = float(times[best]), int(sites[best])
    if who < 0:
        return _as(none, "no_way")
    here, site = places.part(np.array([best])), sources.part(np.array([who]))
    parts = _walk(network, reach, here, sources, who)
    ends = as_points(door, "door")[0], as_points(ordered, "facilities")[who]
    legs = _legs(network, parts, site, here, ends)
    if isinstance(met, Doors):
        legs[1][0] = _by_gate(legs[1][0], met.gate_xy[best])
    if direction == "from":
        legs = legs[0][::-1], [line[::-1] for line in legs[1][::-1]]
    table = _table(*_grouped(*legs), network.crs)
    return Route(
        "covered" if minutes <= limit_min + TOLERANCE_MIN else "beyond_limit",
        str(ordered["facility_id"].iloc[who]), minutes, limit_min, float(table["length_m"].sum()),
        float(shapely.distance(*ends)), table,
    )  # fmt: skip


def _as(route: Route, status: str) -> Route:
    return Route(status, *(getattr(route, f) for f in Route.__slots__[1:]))


def _walk(
    network: Network,
    reach: kernels.Field,
    here: Snap,
    sources: Snap,
    who: int,
) -> list[_Part]:
    """
    Stretches from the door's street to the facility's: edge, from share, to share, minutes.

    Goes downhill in the minutes, from each node over an edge whose other end explains them, and
    turns back where ways without length lead to a dead end.
    """
    edge, share = int(here.edge[0]), float(here.share[0])
    best, _ = kernels.minutes_at(reach, edge, share)
    at, last = float(sources.share[who]), int(sources.edge[who])
    along = _along(reach, edge, share, at)
    if last == edge and reach.here_leg[who] + along <= best + _SAME_MIN:
        return [(edge, share, at, along)]
    ends = [
        (float(reach.node_min[n] + _along(reach, edge, share, end)), n, end)
        for n, end in zip(network.edge_uv[edge].tolist(), (0.0, 1.0), strict=True)
        if reach.node_source[n] == who
    ]
    _, node, end = min(ends)
    first = (edge, share, end, float(best - reach.node_min[node]))
    finish = {}
    for n, end in zip(network.edge_uv[last].tolist(), (0.0, 1.0), strict=True):
        cost = _along(reach, last, end, at)
        if reach.node_source[n] != who:
            continue
        if abs(reach.here_leg[who] + cost - reach.node_min[n]) <= _SAME_MIN:
            finish[n] = last, end, at, cost
    came: dict[int, tuple[int, _Part] | None] = {node: None}
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node in finish:
            return [first, *_back(came, node), finish[node]]
        for n, step in _down(network, reach, node, who):
            if n not in came:
                came[n] = (node, step)
                waiting.append(n)
    raise NetworkError(  # the search reached the node over some edge, so there is one
        "The way to the facility cannot be retraced.",
        zh="无法还原到设施的路径。",
        fix="please report this with the roads and the place",
        fix_zh="请附上道路和位置反馈此问题",
    )


def _back(came: dict[int, tuple[int, _Part] | None], node: int) -> list[_Part]:
    """Stretches from the first node to this one."""
    parts = []
    while (step := came[node]) is not None:
        node = step[0]
        parts.append(step[1])
    return parts[::-1]


def _along(reach: kernels.Field, edge: int, start: float, stop: float) -> float:
    """Minutes along an edge from one share to another."""
    if start == stop:
        return 0.0
    return float(abs(stop - start) * (reach.along_uv if stop > start else reach.along_vu)[edge])


def _down(network: Network, reach: kernels.Field, node: int, who: int) -> list[tuple[int, _Part]]:
    """Next nodes whose minutes explain a node's, and the stretches to them; the best comes last."""
    pointer, touching = network.touching
    found = []
    for edge in touching[pointer[node] : pointer[node + 1]].tolist():
        u, v = network.edge_uv[edge].tolist()
        for low, a, b, cost in (
            (0.0, u, v, reach.along_uv[edge]), (1.0, v, u, reach.along_vu[edge])
        ):  # fmt: skip
            if a != node or reach.node_source[b] != who:
                continue
            gap = abs(float(reach.node_min[b] + cost - reach.node_min[node]))
            if gap <= _SAME_MIN:
                found.append((gap, b, (edge, low, 1.0 - low, float(cost))))
    return [(b, step) for _, b, step in sorted(found, reverse=True)]


def _by_gate(line: FloatArray, gate_xy: FloatArray) -> FloatArray:
    """Lead the leg of a door through its gate, where it has one."""
    return np.insert(line, 1, gate_xy, axis=0) if np.isfinite(gate_xy).all() else line


def _legs(
    network: Network,
    parts: list[_Part],
    source: Snap,
    here: Snap,
    ends: tuple[shapely.Point, shapely.Point],
) -> tuple[list[list[Any]], list[FloatArray]]:
    """Rows of the way from door to facility, and their vertices."""
    rows = [p for p in parts if p[1] != p[2]]
    edge = np.array([p[0] for p in rows], np.int32)
    low, high = (np.array([f(p[1], p[2]) for p in rows]) for f in (min, max))
    xy, ptr = cut_lines(network.line_xy, network.line_ptr, network.vertex_share, edge, low, high)
    names = network.roads["name"].to_numpy() if "name" in network.roads.columns else None
    table: list[list[Any]] = []
    lines: list[Any] = []
    for k, (e, a, b, minutes) in enumerate(rows):
        line = xy[ptr[k] : ptr[k + 1]]
        lines.append(line if a < b else line[::-1])
        name = names[network.road[e]] if names is not None else None
        name = None if pd.isna(name) else str(name)
        table.append(["street", name, minutes, float(network.edge_length_m[e] * abs(b - a))])
    feet = [shapely.Point(network.places(s.edge, s.share)[0]) for s in (here, source)]
    door = [ends[0], feet[0]], ["door", None, leg_minutes(network, here)[0], here.access_m[0]]
    site = (
        [feet[1], ends[1]],
        ["facility", None, leg_minutes(network, source)[0], source.access_m[0]],
    )
    lines = [shapely.get_coordinates(door[0]), *lines, shapely.get_coordinates(site[0])]
    return [door[1], *table, site[1]], lines


def _grouped(
    table: list[list[Any]], lines: list[FloatArray]
) -> tuple[list[list[Any]], list[shapely.LineString]]:
    """Join stretches of one street that follow one another."""
    out: list[list[Any]] = []
    shapes: list[FloatArray] = []
    for row, line in zip(table, lines, strict=True):
        if out and row[0] == "street" == out[-1][0] and row[1] == out[-1][1]:
            out[-1][2] += row[2]
            out[-1][3] += row[3]
            shapes[-1] = np.vstack((shapes[-1], line[1:]))
        else:
            out.append(list(row))
            shapes.append(line)
    return out, [shapely.LineString(s) for s in shapes]


def _table(rows: list[list[Any]], lines: list[Any], crs: str) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=["kind", "name", "minutes", "length_m"])
    return gpd.GeoDataFrame(table, geometry=lines, crs=crs)
