"""``/indicators`` 规划指标: scoreboard, series, coverage matrix, papers."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Response

from geoplan import indicators, reports
from geoplan.errors import UnknownIdError
from geoplan_api.deps import AnswersDep, LevelQuery, UnitQuery, pick, records

router = APIRouter(prefix="/indicators", tags=["indicators"])

_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


@router.get("/scoreboard")
def scoreboard(
    answers: AnswersDep, unit: UnitQuery = None, level: LevelQuery = "prefecture"
) -> dict[str, Any]:
    """Every target at one level, indicators first, binding before expected."""
    report, policy = answers.report, answers.workspace.policy
    pick(report.checks, unit, level)
    board = indicators.board(report.checks, policy, level=level or "prefecture", later=report.later)
    rows = pick(board, unit, None)
    return {"synthetic": report.synthetic, "policy": report.policy_id,
            "assessment_date": report.assessment_date, "rows": records(rows)}  # fmt: skip


@router.get("/series")
def series(answers: AnswersDep, rule: str | None = None) -> dict[str, Any]:
    """Yearly figures of the city's indicators, with their targets."""
    rows = answers.report.series
    if rule is not None:
        answers.workspace.policy.rule(rule)
        rows = rows[rows["rule_id"] == rule] if len(rows) else rows
    return {"synthetic": answers.report.synthetic, "rows": records(rows)}


@router.get("/coverage-matrix")
def coverage_matrix(answers: AnswersDep) -> dict[str, Any]:
    """Every rule of the policy with its clause, and whether it is judged or still to come."""
    matrix = indicators.coverage_matrix(answers.workspace.policy, answers.report.checks)
    return {"policy": answers.report.policy_id, "rows": records(matrix)}


@router.get("/report")
def report(
    answers: AnswersDep, unit: UnitQuery = None, kind: str = "pdf", lang: str = "zh"
) -> Response:
    """Return the report of the city or one unit as a file: pdf, docx, xlsx or html."""
    if kind not in _MEDIA:
        raise UnknownIdError.among("report kind", "报告格式", kind, _MEDIA)
    if lang not in {"zh", "en"}:
        raise UnknownIdError.among("language", "语言", lang, ("zh", "en"))
    with TemporaryDirectory() as folder:
        path = reports.write(
            answers.report, f"{folder}/report.{kind}", unit_code=unit or "",
            lang=lang,  # type: ignore[arg-type]
        )  # fmt: skip
        body = path.read_bytes()
    how = "inline" if kind in {"pdf", "html"} else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="report.{kind}"'}
    return Response(body, media_type=_MEDIA[kind], headers=headers)
