"""``/standards`` 配建标准."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from geoplan.errors import UnknownIdError
from geoplan.standards import explain as explain_row
from geoplan.standards import functional_totals
from geoplan.workspace import review_estate
from geoplan_api.deps import AnswersDep, LevelQuery, UnitQuery, pick, records

router = APIRouter(prefix="/standards", tags=["standards"])


@router.get("/checks")
def checks(
    answers: AnswersDep,
    unit: UnitQuery = None,
    level: LevelQuery = None,
    rule: str | None = None,
) -> dict[str, Any]:
    """One row per unit and rule: value, target, status, gap, clause, basis."""
    report = answers.report
    rows = pick(report.checks, unit, level)
    if rule is not None:
        answers.workspace.policy.rule(rule)
        rows = rows[rows["rule_id"] == rule]
    return {"synthetic": report.synthetic, "policy": report.policy_id, "rows": records(rows)}


@router.get("/gaps")
def gaps(answers: AnswersDep, unit: UnitQuery = None, level: LevelQuery = None) -> dict[str, Any]:
    """Floor gaps, the nearest surplus, and the idle buildings that could close them."""
    rows = pick(answers.report.closing, unit, level)
    return {"synthetic": answers.report.synthetic, "rows": records(rows)}


@router.get("/functional")
def functional(answers: AnswersDep, rule: str = "ELD-03") -> dict[str, Any]:
    """Totals by functional unit and the rest of the city, which come to the city's own."""
    city = answers.workspace
    rows = functional_totals(city.layers, city.policy, rule=rule,
                             code_system=city.file.code_system)  # fmt: skip
    return {"synthetic": answers.report.synthetic, "rule": rule, "rows": records(rows)}


@router.get("/review")
def review(answers: AnswersDep, estate: str) -> dict[str, Any]:
    """Review the elder-care rooms of one new estate, rule by rule."""
    facts, table = review_estate(answers.workspace, estate)
    return {"estate": facts["name"], "synthetic": facts["synthetic"], "rows": records(table)}


@router.get("/explain")
def explain(
    answers: AnswersDep, rule: str, unit: str, lang: str = "zh", depth: str = "planner"
) -> dict[str, Any]:
    """How one number came about: formula, clause, basis, policy version."""
    if lang not in {"zh", "en"}:
        raise UnknownIdError.among("language", "语言", lang, ("zh", "en"))
    policy = answers.workspace.policy
    policy.rule(rule)
    rows = pick(answers.report.checks, unit, None)
    rows = rows[rows["rule_id"] == rule]
    texts = [
        explain_row(row, policy, lang=lang, depth=depth)  # type: ignore[arg-type]
        for _, row in rows.iterrows()
    ]
    return {"rule": rule, "unit": unit, "explanations": texts}
