"""Shared dependencies (依赖): the city's answers, computed once; what may be shown; the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fastapi import Depends, Query, Request

from geoplan import crs
from geoplan.errors import InputError, UnknownIdError
from geoplan.io.secrecy import classes
from geoplan.schemas import layer
from geoplan.schemas.hierarchy import LEVELS
from geoplan.workspace.opening import Layers

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.reports import CityReport
    from geoplan.workspace import Workspace
    from geoplan_api.settings import Settings

SMALL_CELL = 10  # SEC-06: public aggregates do not show fewer persons than this
ROUGH_DEG, ROUGH_M = 0.001, 100.0
"""Public shapes are simplified and rounded to about 100 m; SEC-02 asks for 50 m or more."""
_WHOLE = ("admin_units",)  # what is derived from a part of these would be wrong


class Answers:
    """The workspace and what the main job says of it, computed at the first request."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._report: CityReport | None = None
        self._workspace: Workspace | None = None

    @property
    def ready(self) -> bool:
        """Whether the answers are there."""
        return self._report is not None

    @property
    def workspace(self) -> Workspace:
        """The opened workspace."""
        from geoplan.workspace import open_workspace

        with self._lock:
            if self._workspace is None:
                self._workspace = open_workspace(
                    self._settings.workspace, policy=self._settings.policy
                )
            return self._workspace

    @property
    def report(self) -> CityReport:
        """The main job's result."""
        from geoplan.workspace import compute

        workspace = self.workspace
        with self._lock:
            if self._report is None:
                self._report = compute(workspace).report
            return self._report


def _answers(request: Request) -> Answers:
    found: Answers = request.app.state.answers
    return found


AnswersDep = Annotated[Answers, Depends(_answers)]
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
        frame = frame[frame["level"] == level]
    if unit is not None:
        rows = frame[(frame["unit_code"] == unit) | (frame["unit_name"] == unit)]
        if rows.empty:
            raise UnknownIdError.among("unit", "单元", unit, frame["unit_name"].dropna().unique())
        frame = rows
    return frame


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON-ready dicts: missing values and infinities become null."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(k): None if isinstance(v, float) and v in (float("inf"), float("-inf")) else v
         for k, v in row.items()}
        for row in plain.to_dict("records")
    ]  # fmt: skip


def only_known(request: Request) -> None:
    """
    Refuse query parameters that the route does not have: a misspelt one is no silence.

    Raises
    ------
    InputError
        If there is one.
    """
    known, more = set(), [request.scope["route"].dependant]
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


def today() -> date:
    """Return the day on which it is asked."""
    return datetime.now(UTC).date()  # noqa: TID251  (the clock lives here)


TodayDep = Annotated[date, Depends(today)]


def may_show(workspace: Workspace, name: str, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """
    Tell which rows of a layer may be shown (SEC-02, SEC-06): the one place that decides.

    All who ask are the public for now: rows marked public, synthetic rows, and all rows of a
    workspace that is declared synthetic; never one of a state class, its own or its layer's.
    """
    secrecy = classes(frame, layer(name))
    none = pd.Series(None, index=frame.index, dtype=object)
    invented = frame.get("synthetic", none).astype("boolean").fillna(value=False)
    free = (secrecy == "public") | invented | workspace.file.synthetic
    return np.asarray(free & ~secrecy.str.startswith("state_"), dtype=bool)


class ShownLayers(Layers):
    """The layers of a workspace, with the rows that may be shown; others are as if absent."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        frame = super().__getitem__(name)
        free = may_show(self._workspace, name, frame)
        if len(frame) and not (free.all() if name in _WHOLE else free.any()):
            raise UnknownIdError.among("layer", "图层", name, set(self) - {name})
        return frame if free.all() else frame[free]

    def metric(self, name: str) -> gpd.GeoDataFrame:
        """Return a layer in the workspace's metric CRS."""
        return gpd.GeoDataFrame(self[name]).to_crs(self._workspace.metric_crs)


def rough(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return shapes that show no precise place (SEC-02); what is smaller than that has none."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if len(frame) and frame.crs is not None and not shapely.is_missing(shapes).all():
        metric = frame.to_crs(crs.metric_of(frame)).geometry.simplify(ROUGH_M)
        shapes = shapely.set_precision(metric.to_crs(crs.GEOGRAPHIC).to_numpy(), ROUGH_DEG)
        shapes[shapely.is_empty(shapes)] = None
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=crs.GEOGRAPHIC))
