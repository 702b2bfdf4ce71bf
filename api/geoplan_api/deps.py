"""
Shared dependencies (依赖): who asks and what they may see; the clock; rows as JSON.

Those that neither read nor wait are ``async``: a plain one costs a change of threads per request.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import geopandas as gpd
import numpy as np
from fastapi import Depends, Query, Request

from geoplan import crs
from geoplan.errors import InputError, UnknownIdError
from geoplan.schemas.hierarchy import LEVELS
from geoplan_api.reading import ROUGH_DEG, SMALL_CELL, rough_shapes
from geoplan_api.security.principal import Principal
from geoplan_api.views import Views

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.reports import CityReport

__all__ = ["ROUGH_DEG", "SMALL_CELL"]


async def _who(request: Request) -> Principal:
    found: Principal = request.state.who  # set at the door
    return found


WhoDep = Annotated[Principal, Depends(_who)]


async def _views(request: Request, who: WhoDep) -> Views:
    state = request.app.state
    views = Views(state.city, state.snapshots, who)
    request.state.views = views  # for the access log
    return views


ViewsDep = Annotated[Views, Depends(_views)]
"""What the one who asks may see: the only way to the data."""
MostQuery = Annotated[int, Query(ge=1, le=10_000, description="最多返回几行 how many rows")]
UnitQuery = Annotated[str | None, Query(description="单元代码或名称 unit code or name")]
LevelQuery = Annotated[str | None, Query(description="prefecture | county | township | village")]


def pick(frame: pd.DataFrame, unit: str | None, level: str | None) -> pd.DataFrame:
    """
    Return the rows of one unit and level.

    Raises
    ------
    UnknownIdError
        If there is no such unit or level.
    """
    if level is not None:
        if level not in LEVELS:
            raise UnknownIdError.among("level", "级别", level, LEVELS)
        frame = of(frame, "level", level)
    if unit is not None:
        if frame.empty:
            raise UnknownIdError.among("unit", "单元", unit, ())
        rows = frame[(frame["unit_code"] == unit) | (frame["unit_name"] == unit)]
        if rows.empty:
            raise UnknownIdError.among("unit", "单元", unit, frame["unit_name"].dropna().unique())
        frame = rows
    return frame


def of(frame: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Return the rows with a value; what could not be computed has neither rows nor columns."""
    return frame if frame.empty else frame[frame[column] == value]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON-ready dicts: missing values and infinities become null."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(k): None if isinstance(v, float) and v in (float("inf"), float("-inf")) else v
         for k, v in row.items()}
        for row in plain.to_dict("records")
    ]  # fmt: skip


def head(views: Views, report: CityReport) -> dict[str, Any]:
    """Return what stands before the rows of the main job's answers."""
    return {"synthetic": report.synthetic, "policy": report.policy_id, "outdated": views.outdated}


def page(frame: pd.DataFrame, most: int) -> dict[str, Any]:
    """Return the first rows as JSON, and how many there are."""
    return {"total": len(frame), "rows": records(frame.head(most))}


async def only_known(request: Request) -> None:
    """
    Refuse query parameters that the route does not have: a misspelt one is no silence.

    Raises
    ------
    InputError
        If there is one.
    """
    route = request.scope["route"]
    request.state.route = route.path  # for log and metrics
    if getattr(route.endpoint, "reads_own_parameters", False):  # those of the items' columns
        return
    known, more = set(), [route.dependant]
    while more:
        part = more.pop()
        known |= {field.alias for field in part.query_params}
        more += part.dependencies
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise InputError(
            f"Unknown parameters: {', '.join(unknown)}.", zh=f"未知的参数：{'、'.join(unknown)}。",
            fix=f"known are {', '.join(sorted(known)) or 'none'}",
            fix_zh=f"可用的有 {'、'.join(sorted(known)) or '无'}", parameter=unknown[0],
        )  # fmt: skip


def now() -> datetime:
    """Return the moment at which it is asked."""
    return datetime.now(UTC)  # noqa: TID251  (the clock lives here)


def today() -> date:
    """Return the day on which it is asked."""
    return now().date()


async def _now() -> datetime:
    return now()


async def _today() -> date:
    return today()


TodayDep = Annotated[date, Depends(_today)]
NowDep = Annotated[datetime, Depends(_now)]


def rough(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return shapes that show no precise place (SEC-02); what is smaller than that has none."""
    shapes = np.asarray(frame.geometry.to_crs(crs.GEOGRAPHIC).array, dtype=object)
    drawn = rough_shapes(shapes)
    return frame.set_geometry(gpd.GeoSeries(drawn, index=frame.index, crs=crs.GEOGRAPHIC))
