"""``/service-circles`` 服务圈."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from geoplan_api.deps import SMALL_CELL, AnswersDep, LevelQuery, UnitQuery, pick, records

router = APIRouter(prefix="/service-circles", tags=["service-circles"])


@router.get("/coverage")
def coverage(
    answers: AnswersDep, unit: UnitQuery = None, level: LevelQuery = None, service: str = "any"
) -> dict[str, Any]:
    """Coverage by unit, group and limit; cells under ten persons are left empty."""
    report = answers.report
    rows = pick(report.coverage, unit, level)
    rows = rows[rows["service"] == service].copy()
    small = (rows["persons"] < SMALL_CELL).to_numpy(dtype=bool)
    rows.loc[small, ["persons", "covered", "uncovered", "cov_share"]] = float("nan")
    return {"synthetic": report.synthetic, "policy": report.policy_id, "rows": records(rows)}
