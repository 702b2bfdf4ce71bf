"""``/standards`` 配建标准."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from geoplan.errors import UnknownIdError
from geoplan.standards import explain as explain_row
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


@router.get("/explain")
def explain(answers: AnswersDep, rule: str, unit: str, lang: str = "zh") -> dict[str, Any]:
    """How one number came about: formula, clause, basis, policy version."""
    if lang not in {"zh", "en"}:
        raise UnknownIdError.among("language", "语言", lang, ("zh", "en"))
    policy = answers.workspace.policy
    policy.rule(rule)
    rows = pick(answers.report.checks, unit, None)
    rows = rows[rows["rule_id"] == rule]
    texts = [explain_row(row, policy, lang=lang) for _, row in rows.iterrows()]  # type: ignore[arg-type]
    return {"rule": rule, "unit": unit, "explanations": texts}
