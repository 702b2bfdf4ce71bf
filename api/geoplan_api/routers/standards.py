"""``/standards`` 配建标准."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter

from geoplan.errors import UnknownIdError
from geoplan.standards import explain as explain_row
from geoplan.standards import functional_totals, is_synthetic
from geoplan.workspace import review_estate
from geoplan_api.deps import (
    LevelQuery,
    MostQuery,
    UnitQuery,
    ViewsDep,
    head,
    of,
    page,
    pick,
    records,
)
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.seen import no_small

router = APIRouter(prefix="/standards", tags=["standards"])


@router.get("/checks")
def checks(
    views: ViewsDep,
    unit: UnitQuery = None,
    level: LevelQuery = None,
    rule: str | None = None,
    most: MostQuery = 10_000,
) -> dict[str, Any]:
    """One row per unit and rule: value, target, status, gap, clause, basis."""
    report = views.report("standards")
    rows = pick(report.checks, unit, level)
    if rule is not None:
        views.city.workspace.policy.rule(rule)
        rows = of(rows, "rule_id", rule)
    return {**head(views, report), **page(rows, most)}


@router.get("/gaps")
def gaps(views: ViewsDep, unit: UnitQuery = None, level: LevelQuery = None) -> dict[str, Any]:
    """Floor gaps, the nearest surplus, and the idle buildings that could close them."""
    report = views.report("standards")
    return {**head(views, report), "rows": records(pick(report.closing, unit, level))}


@router.get("/functional")
def functional(views: ViewsDep, rule: str = "ELD-03") -> dict[str, Any]:
    """Totals by functional unit and the rest of the city, which come to the city's own."""
    views.require_result("standards")
    city = views.city.counted
    rows = functional_totals(city.layers, city.policy, rule=rule,
                             code_system=city.file.code_system)  # fmt: skip
    if "population" not in views.names:
        rows = no_small(rows, ("persons", "households"))
    synthetic = any(is_synthetic(city.layers.get(n)) for n in ("admin_units", "facilities"))
    return {"synthetic": synthetic, "rule": rule, "rows": records(rows)}


@router.get("/review")
def review(views: ViewsDep, estate: str) -> dict[str, Any]:
    """Review the elder-care rooms of one new estate, rule by rule."""
    views.require_result("standards")
    facts, table = review_estate(SeenWorkspace(views), estate)
    return {"estate": facts["name"], "synthetic": facts["synthetic"], "rows": records(table)}


@router.get("/explain")
def explain(
    views: ViewsDep, rule: str, unit: str, lang: str = "zh",
    depth: Literal["leader", "planner", "analyst"] = "planner",
) -> dict[str, Any]:  # fmt: skip
    """How one number came about: formula, clause, basis, policy version."""
    if lang not in {"zh", "en"}:
        raise UnknownIdError.among("language", "语言", lang, ("zh", "en"))
    policy = views.city.workspace.policy
    policy.rule(rule)
    report = views.report("standards")
    rows = pick(report.checks, unit, None)
    rows = of(rows, "rule_id", rule)
    texts = [
        explain_row(row, policy, lang=lang, depth=depth)  # type: ignore[arg-type]
        for _, row in rows.iterrows()
    ]
    return {"rule": rule, "unit": unit, "outdated": views.outdated, "explanations": texts}
