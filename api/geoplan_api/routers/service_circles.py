"""``/service-circles`` 服务圈."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query

from geoplan.errors import UnknownIdError
from geoplan.workspace.mainjob import SERVICES
from geoplan_api import circles
from geoplan_api import what_if as _what_if
from geoplan_api.deps import LevelQuery, MostQuery, UnitQuery, ViewsDep, head, of, page, pick
from geoplan_api.limits import HEAVY

ClustersQuery = Annotated[int, Query(ge=1, le=1000, description="最多几处 how many at most")]
LonQuery = Annotated[float, Query(ge=-180, le=180, description="经度 longitude, CGCS2000")]
LatQuery = Annotated[float, Query(ge=-90, le=90, description="纬度 latitude, CGCS2000")]
MinutesQuery = Annotated[
    float | None, Query(gt=0, le=circles.MOST_MIN, description="步行分钟，默认按标准 limit")
]
ServiceQuery = Annotated[str, Query(description="any | meals | cleaning | medical | bathing | …")]

router = APIRouter(prefix="/service-circles", tags=["service-circles"])


@router.get("/coverage")
def coverage(
    views: ViewsDep,
    unit: UnitQuery = None,
    level: LevelQuery = None,
    service: ServiceQuery = "any",
    most: MostQuery = 10_000,
) -> dict[str, Any]:
    """Coverage by unit, group and limit."""
    report = views.report("service_circles")
    rows = pick(report.coverage, unit, level)
    if service not in SERVICES:
        raise UnknownIdError.among("service", "服务", service, SERVICES)
    rows = of(rows, "service", service)
    return {**head(views, report), **page(rows, most)}


@router.get("/walking-minutes")
def walking_minutes(
    views: ViewsDep, unit: UnitQuery = None, level: LevelQuery = None, most: MostQuery = 10_000
) -> dict[str, Any]:
    """People by how long they walk."""
    report = views.report("service_circles")
    return {**head(views, report), **page(pick(report.histogram, unit, level), most)}


@router.get("/unserved")
def unserved(views: ViewsDep, most: ClustersQuery = 100) -> dict[str, Any]:
    """Clusters of elders beyond the circle, the largest first, as GeoJSON."""
    report = views.report("service_circles")
    rows = report.unserved.head(most)
    if rows.empty:
        return {"type": "FeatureCollection", "features": [], **head(views, report)}
    found: dict[str, Any] = json.loads(rows.to_json(na="null"))
    return {**found, **head(views, report)}


@router.get("/at", dependencies=[HEAVY])
def at(
    views: ViewsDep, lon: LonQuery, lat: LatQuery, minutes: MinutesQuery = None,
    service: ServiceQuery = "any",
) -> dict[str, Any]:  # fmt: skip
    """Land around a place, as GeoJSON: who lives inside, the nearest facility and the way there."""
    return circles.at(views, lon, lat, minutes=minutes, service=service)


@router.get("/what-if", dependencies=[HEAVY])
def what_if(
    views: ViewsDep,
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    close: Annotated[
        list[str] | None, Query(max_length=20, description="关闭的设施编号 facilities to close")
    ] = None,
    minutes: MinutesQuery = None,
    service: ServiceQuery = "any",
) -> dict[str, Any]:  # fmt: skip
    """Who would be covered by one facility more, or by some less; nothing is changed."""
    added = [(lon, lat)] if lon is not None and lat is not None else []
    return _what_if.what_if(views, add=added, close=close or (), minutes=minutes, service=service)
