"""
Service circles asked for by a place (按点服务圈): who is inside, what is near, what if.

Numbers are those of the library on the whole city. Who does not see the people themselves is told
tens, and nothing of fewer than ten; everybody asks of places to about 100 m and of the policy's own
limits, so that no two answers tell of one door by their difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs, service_circles
from geoplan.errors import InputError, UnknownIdError
from geoplan.service_circles import GROUPS
from geoplan.standards import is_synthetic
from geoplan.workspace import circle_facilities
from geoplan.workspace.doors import doors_of
from geoplan.workspace.mainjob import SERVICES
from geoplan_api.deps import ROUGH_DEG, SMALL_CELL, records, rough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan import network as nw
    from geoplan_api.city import City
    from geoplan_api.views import Views

MOST_MIN = 60.0
"""The longest walk that is asked for."""
CELL_M = 20.0
"""Spacing of the grid behind circles, that of the main job: what is kept of it serves both."""
_PROFILE = "elder_walk"
_NEW = "geoplan:new"
_LAYERS = ("population", "facilities", "roads", "residential_areas")


@dataclass(frozen=True, eq=False)
class Doors:
    """What every question of this kind needs: streets, people at their doors, facilities."""

    net: nw.Network
    people: gpd.GeoDataFrame
    snap: nw.Snap | service_circles.Doors
    facilities: gpd.GeoDataFrame
    synthetic: bool


_MAKING = Lock()


def doors_of_city(city: City) -> Doors:
    """
    Return the doors of a city, made once for a state of its layers.

    Raises
    ------
    StartingError
        While the service starts, for then it would be waited for too long.
    """
    if city.settings.warm and not city.ready:
        city.computed.get()
    with _MAKING:
        there = [name for name in _LAYERS if name in city.names]
        key = "|".join(city.version(name) for name in there)
        made: Doors
        of, made = city.kept.get("doors", ("", None))
        if of != key:
            workspace, net = city.counted, city.network(_PROFILE)
            people = workspace.metric("population")
            made = Doors(
                net, people, doors_of(workspace, net, people), circle_facilities(workspace),
                any(is_synthetic(workspace.layers.get(name)) for name in there),
            )  # fmt: skip
            city.kept["doors"] = (key, made)
    return made


def place(views: Views, points: Sequence[tuple[float, float]]) -> gpd.GeoDataFrame:
    """
    Return points in the city's metric CRS, near it.

    Raises
    ------
    InputError
        If one is farther from the city's streets than a service circle reaches.
    """
    xy = np.array(points, dtype=np.float64).reshape(-1, 2)
    if views.public:
        xy = np.round(xy / ROUGH_DEG) * ROUGH_DEG
    net = views.city.network(_PROFILE)
    ids = [f"{_NEW}-{k + 1}" for k in range(len(xy))]
    found = gpd.GeoDataFrame({"facility_id": ids}, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
                             crs=crs.GEOGRAPHIC).to_crs(net.crs)  # fmt: skip
    x, y = found.geometry.x.to_numpy(), found.geometry.y.to_numpy()
    (west, south), (east, north) = net.line_xy.min(axis=0), net.line_xy.max(axis=0)
    far = ~((x >= west - _ROUND_M) & (x <= east + _ROUND_M)
            & (y >= south - _ROUND_M) & (y <= north + _ROUND_M))  # fmt: skip
    if far.any():
        lon, lat = points[int(np.flatnonzero(far)[0])]
        raise InputError(
            f"({lon}, {lat}) is not in the city.", zh=f"（{lon}，{lat}）不在本市范围内。",
            fix="give longitude and latitude in CGCS2000 degrees, longitude first",
            fix_zh="给出 2000 国家大地坐标系的经度、纬度，经度在前", field="lon",
        )  # fmt: skip
    return found


_ROUND_M = 5_000.0


def require_minutes(views: Views, minutes: float | None, field: str = "minutes") -> float:
    """
    Return the limit that is asked for, by default the policy's; to everybody only the policy's own.

    Raises
    ------
    InputError
        If it is none of those that may be asked for.
    """
    policy = views.city.workspace.policy
    if minutes is None:
        return float(policy.value("service_circle_min"))
    limits = [float(m) for m in policy.numbers("circle_limits_min")]
    if minutes in limits or (not views.public and 0.0 < minutes <= MOST_MIN):
        return float(minutes)
    said = ", ".join(f"{m:g}" for m in limits)
    known = said if views.public else f"above 0, at most {MOST_MIN:g}"
    known_zh = said if views.public else f"大于 0，不超过 {MOST_MIN:g}"
    raise InputError(
        f"{minutes:g} minutes cannot be asked for.", zh=f"不能查询 {minutes:g} 分钟。",
        fix=f"minutes: {known}", fix_zh=f"可用的分钟数：{known_zh}", field=field,
    )  # fmt: skip


def offering(facilities: gpd.GeoDataFrame, service: str) -> gpd.GeoDataFrame:
    """
    Return the facilities that offer a service.

    Raises
    ------
    UnknownIdError
        If there is no such service.
    """
    if service not in SERVICES:
        raise UnknownIdError.among("service", "服务", service, SERVICES)
    return service_circles.offering(facilities, service)


def counted(views: Views, people: pd.Series[float]) -> float | None:
    """Return the number of some people as it may be shown; None where none of them is counted."""
    persons = float(people.astype("float64").sum(min_count=1)) if len(people) else 0.0
    return None if np.isnan(persons) else told(views, persons)


def told(views: Views, persons: float) -> float | None:
    """
    Return a number of people as it may be shown.

    Who does not see the people themselves is told tens, and nothing of fewer than ten.
    """
    if "population" in views.names or persons == 0:
        return round(persons, 1)
    return float(round(persons / SMALL_CELL) * SMALL_CELL) if persons >= SMALL_CELL else None


def at(
    views: Views, lon: float, lat: float, *, minutes: float | None = None, service: str = "any"
) -> dict[str, Any]:
    """
    Return the circle around a place: its land, who lives inside, what is near.

    Parameters
    ----------
    views
        Of the one who asks.
    lon, lat
        CGCS2000 degrees.
    minutes
        The limit, closed; default the policy's.
    service
        Of the facilities, ``any`` or one of 助餐 助洁 助医 助浴 助行.

    Returns
    -------
    feature
        GeoJSON of the land from which the place is reached; ``people`` inside by group,
        ``nearest`` facility with the minutes and the way, ``facilities`` inside.

    Raises
    ------
    UnknownIdError
        If results about service circles may not be seen, or there is no such service.
    InputError
        If the place is not in the city or the limit cannot be asked for.
    """
    views.require_result("service_circles")
    limit = require_minutes(views, minutes)
    here = place(views, [(lon, lat)])
    base = doors_of_city(views.city)
    land = service_circles.areas(base.net, here, minutes=limit, cell_m=CELL_M)
    near = service_circles.travel_time(base.net, here, base.people, limit_min=limit,
                                       demand_snap=base.snap)  # fmt: skip
    inside = base.people[(near["walk_min"] <= limit).to_numpy(dtype=bool)]
    facilities = offering(base.facilities, service)
    return {
        "type": "Feature", "geometry": _land(views, land),
        "properties": {
            "lon": lon, "lat": lat, "minutes": limit, "service": service,
            "people": [{"group": g, "persons": counted(views, inside[g])}
                       for g in GROUPS if g in inside.columns],
            "nearest": _nearest(views, base, facilities, here, limit),
            "facilities": _inside(views, base, facilities, here, limit),
            "synthetic": base.synthetic, "note": NOTE,
        },
    }  # fmt: skip


NOTE = "步行时间按老年人步速，门到门，含端点 door to door at an elder's pace, limits closed"


def _land(views: Views, land: gpd.GeoDataFrame) -> dict[str, Any] | None:
    if land.empty:
        return None
    drawn = rough(land) if views.public else land.to_crs(crs.GEOGRAPHIC)
    return geometry(drawn.geometry.iloc[0])


def geometry(shape: Any) -> dict[str, Any] | None:
    """Return a shape in degrees as GeoJSON, places to a tenth of a metre."""
    if shape is None or shape.is_empty:
        return None
    found: dict[str, Any] = shapely.geometry.mapping(
        shapely.transform(shape, lambda xy: np.round(xy, 6))
    )
    return found


def _nearest(
    views: Views, base: Doors, facilities: gpd.GeoDataFrame, here: gpd.GeoDataFrame, limit: float
) -> dict[str, Any]:
    """Return the nearest facility and why the place is covered or not."""
    snap = doors_of(views.city.counted, base.net, here)
    way = service_circles.route(base.net, facilities, here, limit_min=limit, door_snap=snap)
    name, kind = _named(views, base, way.facility_id)
    shown = way.facility_id if name is not None else None
    found: dict[str, Any] = {
        "status": way.status, "facility_id": shown, "name": name, "facility_kind": kind,
        "walk_min": _rounded(way.minutes, 1), "length_m": _rounded(way.length_m, 0),
        "straight_m": _rounded(way.straight_m, 0),
    }  # fmt: skip
    if views.public or "roads" not in views.names:
        return found
    drawn = way.legs.to_crs(crs.GEOGRAPHIC)
    found |= {"sentence_zh": way.sentence("zh"), "sentence_en": way.sentence("en"),
             "way": geometry(shapely.multilinestrings([g for g in drawn.geometry
                             if g.geom_type == "LineString"])) if len(drawn) else None}  # fmt: skip
    return found


def _rounded(value: float, digits: int) -> float | None:
    return None if not np.isfinite(value) else round(float(value), digits)


def _named(views: Views, base: Doors, facility_id: str | None) -> tuple[str | None, str | None]:
    """Return name and kind of a facility that may be seen."""
    if facility_id is None or "facilities" not in views.names:
        return None, None
    view = views.view("facilities")
    row = base.facilities[(base.facilities["facility_id"] == facility_id).to_numpy(dtype=bool)]
    row = row.loc[view.rows(row)]
    return (
        (str(row["name"].iloc[0]), str(row["facility_kind"].iloc[0])) if len(row) else (None, None)
    )


def _inside(
    views: Views, base: Doors, facilities: gpd.GeoDataFrame, here: gpd.GeoDataFrame, limit: float
) -> list[dict[str, Any]]:
    """Return the facilities that may be seen and are reached within the limit, nearest first."""
    if "facilities" not in views.names or facilities.empty:
        return []
    shown = facilities.loc[views.view("facilities").rows(facilities)]
    shown = shown[shown.geometry.notna().to_numpy(dtype=bool)]
    if shown.empty:
        return []
    near = service_circles.travel_time(base.net, here, shown, limit_min=limit, direction="from")
    rows = pd.DataFrame(shown[["facility_id", "name", "facility_kind"]])
    rows = rows.assign(walk_min=near["walk_min"].round(1))
    rows = rows[(near["walk_min"] <= limit).to_numpy(dtype=bool)]
    return records(rows.sort_values(["walk_min", "facility_id"], kind="stable"))
