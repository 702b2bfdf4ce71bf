"""``/service-circles`` 服务圈."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query

from geoplan.errors import UnknownIdError
from geoplan.service_circles import GROUPS
from geoplan.workspace.mainjob import SERVICES
from geoplan_api.deps import SMALL_CELL, AnswersDep, LevelQuery, UnitQuery, pick, records

_ROUGH_DEG = 0.001
MostQuery = Annotated[int, Query(ge=1, le=1000, description="最多返回几处 how many at most")]

router = APIRouter(prefix="/service-circles", tags=["service-circles"])


@router.get("/coverage")
def coverage(
    answers: AnswersDep, unit: UnitQuery = None, level: LevelQuery = None, service: str = "any"
) -> dict[str, Any]:
    """
    Coverage by unit, group and limit; cells under ten persons are left empty.

    Where fewer than ten are covered, or are not, neither number is shown nor the share: each
    would tell the other.
    """
    report = answers.report
    rows = pick(report.coverage, unit, level)
    if service not in SERVICES:
        raise UnknownIdError.among("service", "服务", service, SERVICES)
    rows = rows[rows["service"] == service].copy()
    few = rows[["covered", "uncovered"]]
    split = ((few > 0) & (few < SMALL_CELL)).any(axis=1)
    small = rows["persons"] < SMALL_CELL
    rows.loc[small, "persons"] = float("nan")
    rows.loc[small | split, ["covered", "uncovered", "cov_share"]] = float("nan")
    return {"synthetic": report.synthetic, "policy": report.policy_id, "rows": records(rows)}


@router.get("/walking-minutes")
def walking_minutes(
    answers: AnswersDep, unit: UnitQuery = None, level: LevelQuery = None
) -> dict[str, Any]:
    """People by how long they walk; bands under ten persons are left empty."""
    report = answers.report
    rows = pick(report.histogram, unit, level).copy()
    small = (rows["persons"] < SMALL_CELL).to_numpy(dtype=bool)
    rows.loc[small, ["persons", "share"]] = float("nan")
    return {"synthetic": report.synthetic, "policy": report.policy_id, "rows": records(rows)}


@router.get("/unserved")
def unserved(answers: AnswersDep, most: MostQuery = 100) -> dict[str, Any]:
    """
    Clusters of elders beyond the circle, the largest first, as GeoJSON.

    None under ten persons, groups under ten left empty; places to about 100 m, so that none shows
    one door.
    """
    report = answers.report
    rows = report.unserved
    rows = rows.loc[(rows["elders_60"] >= SMALL_CELL).to_numpy(dtype=bool)] if len(rows) else rows
    rows = rows.head(most).copy()
    if len(rows):
        groups = [g for g in GROUPS if g in rows.columns]
        rows[groups] = rows[groups].where(rows[groups] >= SMALL_CELL)
        rows = rows.set_geometry(rows.geometry.set_precision(_ROUGH_DEG))
    found: dict[str, Any] = json.loads(rows.to_json(na="null"))
    return {**found, "synthetic": report.synthetic, "policy": report.policy_id}
