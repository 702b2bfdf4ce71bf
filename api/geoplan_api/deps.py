"""Shared dependencies (依赖): the city's answers, computed once; query types; the clock."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Query, Request

from geoplan.errors import UnknownIdError
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.reports import CityReport
    from geoplan.workspace import Workspace
    from geoplan_api.settings import Settings

SMALL_CELL = 10  # SEC-06: public aggregates do not show fewer persons than this


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
