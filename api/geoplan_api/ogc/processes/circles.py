"""Processes of the service circle (服务圈)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from pydantic import Field

from geoplan import crs, network, service_circles
from geoplan.errors import UnknownIdError
from geoplan.standards import is_synthetic
from geoplan_api import circles, what_if
from geoplan_api.deps import rough
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.model import Inputs, Process
from geoplan_api.routers import service_circles as routes

if TYPE_CHECKING:
    import pandas as pd

    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

Lon = Annotated[float, Field(ge=-180, le=180, description="经度 longitude, CGCS2000")]
Lat = Annotated[float, Field(ge=-90, le=90, description="纬度 latitude, CGCS2000")]
Point = tuple[Lon, Lat]
Minutes = Annotated[float, Field(gt=0, le=circles.MOST_MIN, description="步行分钟 minutes")]
Unit = Annotated[str | None, Field(max_length=100, description="单元代码或名称 unit, code or name")]
Level = Annotated[
    Literal["prefecture", "county", "township", "village"] | None, Field(description="级别 level")
]
Service = Annotated[
    Literal["any", "meals", "cleaning", "medical", "bathing", "mobility"],
    Field(description="服务 any, or one of 助餐 助洁 助医 助浴 助行"),
]
Most = Annotated[int, Field(ge=1, le=100_000, description="最多返回几行 how many rows")]
_GEOJSON = ("application/geo+json",)


class AtInputs(Inputs):
    """A place."""

    lon: Lon
    lat: Lat
    minutes: Minutes | None = None
    service: Service = "any"


def _at(views: Views, asked: AtInputs, _: Run) -> dict[str, Any]:
    return circles.at(views, asked.lon, asked.lat, minutes=asked.minutes, service=asked.service)


class WhatIfInputs(Inputs):
    """What to change."""

    add: list[Point] = Field([], max_length=50, description="新增设施的经纬度 new facilities")
    close: list[str] = Field([], max_length=50, description="关闭的设施编号 ids of facilities")
    minutes: Minutes | None = None
    service: Service = "any"


def _what_if(views: Views, asked: WhatIfInputs, _: Run) -> dict[str, Any]:
    return what_if.what_if(views, add=asked.add, close=asked.close, minutes=asked.minutes,
                           service=asked.service)  # fmt: skip


class AreasInputs(Inputs):
    """Around which places or facilities, how far."""

    points: list[Point] = Field([], max_length=100, description="经纬度 places")
    facilities: list[str] = Field([], max_length=1000, description="设施编号 ids of facilities")
    minutes: list[Minutes] = Field([], max_length=6, description="步行分钟，默认按标准 limits")
    merge: Literal["overlap", "dissolve", "split"] = Field(
        "overlap", description="各自、合并、按最近划分 each, as one, cut up by the nearest"
    )
    rings: bool = Field(default=False, description="环带 cut smaller limits out of larger ones")
    direction: Literal["to", "from"] = Field("to", description="去设施或来服务 direction")
    cell_m: float = Field(circles.CELL_M, ge=4, le=200, description="网格 spacing of the grid, m")
    service: Service = "any"


def _areas(views: Views, asked: AreasInputs, run: Run) -> dict[str, Any]:
    """Around the places, or the facilities named; else around all that may be seen."""
    views.require_result("service_circles")
    policy = views.city.workspace.policy
    limits = [circles.require_minutes(views, m) for m in asked.minutes]
    base = circles.doors_of_city(views.city)
    sources = circles.place(views, asked.points) if asked.points else _facilities(
        views, base, asked.facilities, asked.service
    )  # fmt: skip
    found = service_circles.areas(
        base.net, sources, minutes=limits or policy.numbers("circle_limits_min"),
        merge=asked.merge, rings=asked.rings, direction=asked.direction, cell_m=asked.cell_m,
        on_progress=run.tell,
    )  # fmt: skip
    return geojson(views, found, synthetic=base.synthetic)


def _facilities(
    views: Views, base: circles.Doors, ids: list[str], service: str
) -> gpd.GeoDataFrame:  # fmt: skip
    frame = circles.offering(base.facilities, service)
    frame = frame.loc[views.view("facilities").rows(frame)]
    known = set(frame["facility_id"])
    for one in ids:
        if one not in known:
            raise UnknownIdError.among("facility", "设施", one, known)
    return frame[frame["facility_id"].isin(ids).to_numpy(dtype=bool)] if ids else frame


def geojson(views: Views, found: pd.DataFrame, **more: Any) -> dict[str, Any]:
    """Return a result as GeoJSON, shapes in degrees; to everybody rough ones."""
    frame = gpd.GeoDataFrame(found)
    drawn = rough(frame) if views.public else frame.to_crs(crs.GEOGRAPHIC)
    drawn = drawn.set_geometry(shapely.transform(drawn.geometry, _rounded))
    made: dict[str, Any] = json.loads(drawn.to_json(na="null", default=str))
    made.pop("crs", None)
    return {**made, "total": len(frame), **more}


def _rounded(xy: Any) -> Any:
    return np.round(xy, 7)  # a centimetre


class CoverageInputs(Inputs):
    """Which rows."""

    unit: Unit = None
    level: Level = None
    service: Service = "any"
    most: Most = 10_000


def _coverage(views: Views, asked: CoverageInputs, _: Run) -> dict[str, Any]:
    return routes.coverage(views, asked.unit, asked.level, asked.service, asked.most)


class UnservedInputs(Inputs):
    """Who counts as beyond the circle, and what makes a cluster."""

    minutes: Minutes | None = None
    group: Literal["persons", "elders_60", "elders_65", "elders_80"] = Field(
        "elders_60", description="人群 whom to count"
    )
    within_m: float = Field(300.0, ge=10, le=5_000, description="聚集距离 how near, m")
    at_least: float = Field(30.0, ge=1, le=1e6, description="最少人数 how many make a cluster")
    service: Service = "any"


def _unserved(views: Views, asked: UnservedInputs, run: Run) -> dict[str, Any]:
    limit = circles.require_minutes(views, asked.minutes)
    base = circles.doors_of_city(views.city)
    run.tell(0.2, "步行时间")
    near = service_circles.travel_time(
        base.net, circles.offering(base.facilities, asked.service), base.people,
        demand_snap=base.snap,
    )  # fmt: skip
    run.tell(0.6, "聚集区")
    units = views.city.counted.units()
    found = service_circles.unserved_clusters(
        near, base.people, limit_min=limit, group=asked.group, within_m=asked.within_m,
        at_least=asked.at_least,
        names=units.drop_duplicates("unit_code").set_index("unit_code")["name"],
    )  # fmt: skip
    return geojson(views, found, synthetic=base.synthetic, minutes=limit)


class StreetsInputs(Inputs):
    """How near is a near miss."""

    near_m: float = Field(10.0, ge=0.1, le=100, description="断头距离 how near a miss, m")


def _streets(views: Views, asked: StreetsInputs, run: Run) -> dict[str, Any]:
    run.tell(0.1, "路网诊断")
    net = SeenWorkspace(views).network()
    found = network.diagnose(net, near_m=asked.near_m)
    return geojson(views, found, synthetic=is_synthetic(views.layers["roads"]))


_RESULT = ("service_circles",)
PROCESSES = (
    Process("service-circle-at", "一点的服务圈", "Service circle around a place",
            "步行可达范围、其中的人口、最近设施。 Land, people inside, nearest facility.",
            _at, AtInputs, _RESULT, mode="sync", public=True, media=_GEOJSON),
    Process("service-areas", "服务圈范围", "Service areas",
            "各点或各设施的步行可达范围。 Land from which places or facilities are reached.",
            _areas, AreasInputs, _RESULT, ("facilities", "roads"), media=_GEOJSON),
    Process("what-if", "增减设施假设", "What if facilities come or go",
            "新增或关闭设施后，覆盖人口的变化。 People covered before and after.",
            _what_if, WhatIfInputs, _RESULT, public=True),
    Process("coverage", "服务圈覆盖", "Coverage",
            "各单元各人群的覆盖率。 Share of people within each limit, by unit and group.",
            _coverage, CoverageInputs, _RESULT, public=True),
    Process("unserved-clusters", "未覆盖聚集区", "Unserved clusters",
            "圈外老年人聚集区，最多者在前。 Clusters beyond the circle, the largest first.",
            _unserved, UnservedInputs, _RESULT, ("population",), media=_GEOJSON),
    Process("street-findings", "路网诊断", "Street findings",
            "孤立、断头、重复的道路。 Streets apart, near misses, doubles.",
            _streets, StreetsInputs, layers=("roads",), media=_GEOJSON),
)  # fmt: skip
