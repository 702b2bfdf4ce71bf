"""Processes that make papers and folders (成文与成果), as files."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from geoplan import reports
from geoplan.boundaries.notes import texts
from geoplan.errors import UnknownIdError
from geoplan.io import refuse_state_secrets
from geoplan.reports.marker_labels import BASE
from geoplan.schemas import layer
from geoplan.workspace import RunResult, review_estate
from geoplan.workspace.outputs import write_results
from geoplan_api.jobs import Output
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.circles import Unit
from geoplan_api.ogc.processes.model import Inputs, Process
from geoplan_api.routers.indicators import MEDIA, whole_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd

    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

Format = Literal["pdf", "docx", "xlsx", "html"]
Lang = Literal["zh", "en"]
ZIP = "application/zip"
_ISSUER: Any = Field("", max_length=100, description="编制单位 who hands it in")


def _within(tell: Callable[[float, str], None], low: float, high: float) -> Any:
    """Return a callback for a part of the whole."""
    return lambda share, word: tell(low + (high - low) * share, word)


class ReportInputs(Inputs):
    """Of whom, in which format."""

    unit: Unit = None
    format: Format = "pdf"
    lang: Lang = "zh"
    issuer: str = _ISSUER
    review_number: str = Field("", max_length=100, description="审图号 map review number")


def _report(views: Views, asked: ReportInputs, run: Run) -> Output:
    found = whole_report(views, tell=_within(run.tell, 0.0, 0.7))
    run.tell(0.7, "成文")
    named = replace(found, issuer=asked.issuer, review_number=asked.review_number)
    path = reports.write(named, run.folder / f"report.{asked.format}",
                         unit_code=asked.unit or "", lang=asked.lang)  # fmt: skip
    return Output(path, MEDIA[asked.format])


class ReportsInputs(Inputs):
    """Which reports."""

    formats: list[Format] = Field(["pdf"], min_length=1, max_length=4, description="格式 formats")
    levels: list[Literal["city", "county", "township"]] = Field(
        ["city"], min_length=1, max_length=3, description="层级 one report a unit of these"
    )
    lang: Lang = "zh"
    issuer: str = _ISSUER
    review_number: str = Field("", max_length=100, description="审图号 map review number")


def _reports(views: Views, asked: ReportsInputs, run: Run) -> Output:
    found = whole_report(views, tell=_within(run.tell, 0.0, 0.3))
    named = replace(found, issuer=asked.issuer, review_number=asked.review_number)
    folder = run.folder / "reports"
    reports.write_reports(
        named, folder, formats=list(dict.fromkeys(asked.formats)),
        levels=list(dict.fromkeys(asked.levels)), lang=asked.lang,
        on_progress=_within(run.tell, 0.3, 0.95),
    )  # fmt: skip
    return _zipped(folder, run)


class SheetInputs(Inputs):
    """Which estate, in which format."""

    estate: str = Field(min_length=1, max_length=100, description="小区名称或编号 name or id")
    format: Format = "pdf"
    lang: Lang = "zh"
    issuer: str = _ISSUER


def _sheet(views: Views, asked: SheetInputs, run: Run) -> Output:
    city = SeenWorkspace(views)
    facts, table = review_estate(city, asked.estate)
    run.tell(0.4, "成文")
    sheet = reports.review_sheet(facts, table, city.policy, lang=asked.lang, issuer=asked.issuer,
                                 synthetic=bool(facts.get("synthetic", False)))  # fmt: skip
    path = reports.write_document(sheet, run.folder / f"review.{asked.format}")
    return Output(path, MEDIA[asked.format])


class MarkerPapersInputs(Inputs):
    """Which papers of which markers."""

    paper: Literal["labels", "forms"] = Field("forms", description="标签或登记表 labels or forms")
    format: Literal["pdf", "docx", "html"] | None = Field(
        None, description="标签 pdf、html；登记表 pdf、docx；默认 pdf"
    )
    line: str | None = Field(None, max_length=100, description="界线编号或代码 line, id or code")
    base_url: str = Field(BASE, max_length=200, description="二维码中的网址 address in the code")


def _marker_papers(views: Views, asked: MarkerPapersInputs, run: Run) -> Output:
    """Write the papers of the markers that are seen; others are as if there were none."""
    layers, city = views.layers, views.city.workspace
    stones, lines = layers.metric("boundary_markers"), layers.metric("boundary_lines")
    others: list[str] = []
    if asked.line is not None:
        here = _on(asked.line, stones, lines)
        others, stones = stones.loc[~here, "marker_no"].tolist(), stones[here]
    classified = city.file.classified_environment
    refuse_state_secrets(stones, layer("boundary_markers"), classified=classified)
    units = layers.get("admin_units")
    names = {} if units is None else dict(
        zip(texts(units, "unit_code"), texts(units, "name"), strict=True)
    )  # fmt: skip
    papers = reports.papers_of(stones, lines, city.policy, names=names, classified=classified,
                               on_progress=_within(run.tell, 0.0, 0.4))  # fmt: skip
    kind = asked.format or "pdf"
    path, tell = run.folder / f"marker_{asked.paper}.{kind}", _within(run.tell, 0.4, 0.99)
    if asked.paper == "labels":
        reports.write_marker_labels(papers, path, base=asked.base_url, issuer=city.file.title,
                                    others=others, on_progress=tell)  # fmt: skip
    else:
        reports.write_marker_forms(papers, path, issuer=city.file.title, on_progress=tell)
    return Output(path, MEDIA[kind])


def _on(line: str, stones: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Any:
    """Tell which markers stand on a line, named by its id or code."""
    ids, codes = texts(lines, "line_id"), texts(lines, "line_code")
    wanted = [i for i, code in zip(ids, codes, strict=True) if line in {i, code}]
    if not wanted:
        raise UnknownIdError.among("line", "界线", line, ids)
    return stones["line_id"].isin(wanted).to_numpy(dtype=bool)


def _run(views: Views, _: Inputs, run: Run) -> Output:
    """Write everything that the main job found, as far as it is seen."""
    whole_report(views, tell=_within(run.tell, 0.0, 0.6))
    found, _outdated = views.city.computed.get(tell=_within(run.tell, 0.0, 0.6))
    mine = RunResult(folder=run.folder / "results", skipped=dict(found.skipped),
                     seconds=dict(found.seconds))  # fmt: skip
    mine.report = views.narrowed(found.report)
    write_results(mine, SeenWorkspace(views), _within(run.tell, 0.6, 0.95))
    return _zipped(mine.folder, run)


def _zipped(folder: Path, run: Run) -> Output:
    """Put a folder into one file beside it, and take it away."""
    run.tell(0.96, "打包")
    path = run.folder / f"{folder.name}.zip"
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for file in files:
            out.write(file, file.relative_to(folder))
            file.unlink()
    return Output(path, ZIP)


_PAPERS = ("service_circles", "standards", "indicators")
PROCESSES = (
    Process("report", "报告", "Report",
            "全市或一个单元的报告。 Report of the city or one unit.",
            _report, ReportInputs, _PAPERS, mode="async", media=tuple(MEDIA.values())),
    Process("reports", "批量报告", "Reports in batch",
            "全市、各县、各镇（街道），打包。 The city, each county, each township, in one file.",
            _reports, ReportsInputs, _PAPERS, mode="async", media=(ZIP,)),
    Process("estate-sheet", "小区审查单", "Sheet of a new estate",
            "一个新建小区的审查单。 The review of one new estate as a sheet.",
            _sheet, SheetInputs, ("standards",), ("residential_areas", "facilities"),
            media=tuple(MEDIA.values())),
    Process("marker-papers", "界桩资料", "Papers of markers",
            "二维码标签、登记表。 QR labels and register forms.",
            _marker_papers, MarkerPapersInputs, layers=("boundary_lines", "boundary_markers"),
            mode="async", media=(MEDIA["pdf"], MEDIA["docx"], MEDIA["html"])),
    Process("run", "主流程", "Main job",
            "全部成果：图层、表、地图、报告，打包。 Layers, tables, map, reports in one file.",
            _run, Inputs, _PAPERS, ("admin_units", "population"), mode="async", media=(ZIP,)),
)  # fmt: skip
