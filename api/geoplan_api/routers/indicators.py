"""``/indicators`` 规划指标: scoreboard, series, coverage matrix, papers."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response

from geoplan import indicators, reports
from geoplan.errors import UnknownIdError
from geoplan_api.deps import LevelQuery, UnitQuery, ViewsDep, head, pick, records
from geoplan_api.limits import HEAVY

if TYPE_CHECKING:
    from geoplan.reports import CityReport
    from geoplan_api.computed import Progress
    from geoplan_api.views import Views

router = APIRouter(prefix="/indicators", tags=["indicators"])

MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


@router.get("/scoreboard")
def scoreboard(
    views: ViewsDep, unit: UnitQuery = None, level: LevelQuery = "prefecture"
) -> dict[str, Any]:
    """Every target at one level, indicators first, binding before expected."""
    report, policy = views.report("indicators"), views.city.workspace.policy
    pick(report.checks, unit, level)
    board = indicators.board(report.checks, policy, level=level or "prefecture", later=report.later)
    rows = pick(board, unit, None)
    return {**head(views, report), "assessment_date": report.assessment_date,
            "rows": records(rows)}  # fmt: skip


@router.get("/series")
def series(views: ViewsDep, rule: str | None = None) -> dict[str, Any]:
    """Yearly figures of the city's indicators, with their targets."""
    report = views.report("indicators")
    rows = report.series
    if rule is not None:
        views.city.workspace.policy.rule(rule)
        rows = rows[rows["rule_id"] == rule] if len(rows) else rows
    return {**head(views, report), "rows": records(rows)}


@router.get("/coverage-matrix")
def coverage_matrix(views: ViewsDep) -> dict[str, Any]:
    """Every rule of the policy with its clause, and whether it is judged or still to come."""
    report = views.report("indicators")
    matrix = indicators.coverage_matrix(views.city.workspace.policy, report.checks)
    return {**head(views, report), "rows": records(matrix)}


@router.get("/compare")
def compare(views: ViewsDep, one: str, other: str) -> dict[str, Any]:
    """Two units side by side, by name or code: every rule that both are judged by."""
    report = views.report("indicators")
    found = indicators.compare_units(report.checks, one, other)
    return {**head(views, report), "rows": records(found)}


@router.get("/report", response_class=Response, dependencies=[HEAVY], responses={
    200: {"description": "报告 the report", "content": {m: {} for m in MEDIA.values()}},
})  # fmt: skip
def report(
    views: ViewsDep, unit: UnitQuery = None, kind: str = "pdf", lang: str = "zh"
) -> Response:
    """
    Return the report of the city or one unit as a file: pdf, docx, xlsx or html.

    Many reports at once, or one that may take its time: the process ``reports``.
    """
    if kind not in MEDIA:
        raise UnknownIdError.among("report kind", "报告格式", kind, MEDIA)
    if lang not in {"zh", "en"}:
        raise UnknownIdError.among("language", "语言", lang, ("zh", "en"))
    with TemporaryDirectory() as folder:
        path = reports.write(
            whole_report(views), f"{folder}/report.{kind}", unit_code=unit or "",
            lang=lang,  # type: ignore[arg-type]
        )  # fmt: skip
        body = path.read_bytes()
    how = "inline" if kind in {"pdf", "html"} else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="report.{kind}"'}
    return Response(body, media_type=MEDIA[kind], headers=headers)


def whole_report(views: Views, *, tell: Progress | None = None) -> CityReport:
    """
    Return the report for papers, which tell of every kind of result but boundaries.

    Parameters
    ----------
    views
        Of the one who asks.
    tell
        As of `Views.report`.

    Raises
    ------
    UnknownIdError
        If one kind may not be seen.
    """
    for result in ("service_circles", "standards"):
        views.require_result(result)
    return views.report("indicators", tell=tell)
