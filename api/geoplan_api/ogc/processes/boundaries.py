"""Processes of boundaries (界线)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from geoplan import boundaries, io
from geoplan.boundaries.diagnosis import map_tolerance_m
from geoplan_api.deps import today
from geoplan_api.jobs import Output
from geoplan_api.ogc.processes.circles import Most, geojson
from geoplan_api.ogc.processes.model import Inputs, Process
from geoplan_api.routers import boundaries as routes

if TYPE_CHECKING:
    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

LineLevel = Literal["county", "township", "village"]
_LEVEL: Any = Field("township", description="最低级别 the finest level")
_FORM: Any = Field("geojson", description="table | geojson")
_NOTE = "示意，非法定界线"


class LinesInputs(Inputs):
    """Down to which level."""

    level: LineLevel = _LEVEL
    only: Literal["prefecture", "county", "township", "village"] | None = None
    form: Literal["table", "geojson"] = _FORM
    most: Most = 10_000


def _lines(views: Views, asked: LinesInputs, _: Run) -> dict[str, Any]:
    return routes.lines(views, asked.level, asked.only, asked.form, asked.most)


class FindingsInputs(Inputs):
    """Which findings."""

    kind: str | None = Field(None, max_length=40, description="类型 kind")
    form: Literal["table", "geojson"] = _FORM
    most: Most = 10_000


def _defects(views: Views, asked: FindingsInputs, _: Run) -> dict[str, Any]:
    return routes.defects(views, asked.kind, asked.form, asked.most)


def _nesting(views: Views, asked: FindingsInputs, _: Run) -> dict[str, Any]:
    return routes.nesting(views, asked.kind, asked.form, asked.most)


class RepairInputs(Inputs):
    """The units of which level."""

    level: LineLevel = _LEVEL


def _repair(views: Views, asked: RepairInputs, run: Run) -> dict[str, Any]:
    """Plan a repair; it is reviewed and applied on the command line."""
    units = views.layers.metric("admin_units")
    units = units[(units["level"] == asked.level).to_numpy(dtype=bool)]
    run.tell(0.2, "界线检查")
    found = boundaries.diagnose(units, tolerance_m=map_tolerance_m(views.city.workspace.policy))
    run.tell(0.7, "修复方案")
    lines = views.layers.metric("boundary_lines") if "boundary_lines" in views.names else None
    return dict(boundaries.plan_repair(units, found, lines=lines))


class MarkersInputs(Inputs):
    """Which markers."""

    line: str | None = Field(None, max_length=100, description="界线编号 line")
    every: bool = Field(default=False, description="逐个列出 also those in order")
    most: Most = 10_000


def _markers(views: Views, asked: MarkersInputs, _: Run) -> dict[str, Any]:
    return routes.markers(views, line=asked.line, every=asked.every, most=asked.most)


class ImpactInputs(Inputs):
    """The change, as a change file says it."""

    change: dict[str, Any] = Field(description="变更文件 a change file as JSON")
    standards: bool = Field(default=False, description="变更前后对标 judge both states")
    most: Most = 10_000


def _impact(views: Views, asked: ImpactInputs, run: Run) -> dict[str, Any]:
    run.tell(0.05, "变更影响")
    return routes.impact(views, change=asked.change, standards=asked.standards, most=asked.most)


class CompareInputs(Inputs):
    """Two lines as GeoJSON, or the claims of the layer; see ``/boundaries/compare``."""

    ours: dict[str, Any] | None = None
    theirs: dict[str, Any] | None = None
    ours_name: str = Field("ours", max_length=100)
    theirs_name: str = Field("theirs", max_length=100)
    left: str = Field("", max_length=100, description="在其线左侧的一方 who is left of its line")
    case: str = Field("", max_length=100, description="只看一案 one case only")
    on: date | None = Field(None, description="截至日期 as of this day")


def _compare(views: Views, asked: CompareInputs, _: Run) -> dict[str, Any]:
    body = routes.CompareBody(**asked.model_dump(exclude={"on"}))
    return routes.compare(views, body, asked.on or today())


class SimplifyInputs(Inputs):
    """How far a line may move."""

    tolerance_m: float = Field(20.0, ge=0, le=10_000, description="容差 tolerance, m")
    level: LineLevel = Field("village", description="最低级别 the finest level")
    form: Literal["geojson", "gpkg"] = Field("geojson", description="格式 format")


def _simplify(views: Views, asked: SimplifyInputs, run: Run) -> dict[str, Any] | Output:
    run.tell(0.1, "化简")
    units, layers = views.layers.metric("admin_units"), views.layers
    markers = layers.metric("boundary_markers") if "boundary_markers" in views.names else None
    made = boundaries.simplify(units, tolerance_m=asked.tolerance_m, level=asked.level,
                               markers=markers)  # fmt: skip
    run.tell(0.8, "写出")
    if asked.form == "geojson":
        return geojson(views, made, note=_NOTE)
    path = run.folder / "admin_units_simplified.gpkg"
    io.write_gpkg({"admin_units": made.to_crs("EPSG:4490")}, path)
    return Output(path, GPKG)


GPKG = "application/geopackage+sqlite3"
_RESULT, _UNITS = ("boundaries",), ("admin_units",)
_EITHER = ("application/geo+json", "application/json")
PROCESSES = (
    Process("boundary-lines", "提取界线", "Derive boundary lines",
            "由行政区划提取界线，每条一次。 The lines of the units, each once.",
            _lines, LinesInputs, _RESULT, _UNITS, public=True, media=_EITHER),
    Process("boundary-defects", "界线检查", "Defects of the units",
            "缝隙、重叠、狭缝及修复建议。 Gaps, overlaps, slivers, with the remedy proposed.",
            _defects, FindingsInputs, _RESULT, _UNITS, public=True, media=_EITHER),
    Process("boundary-nesting", "逐级套合", "Nesting of levels",
            "下级是否恰好合成上级。 Where a level does not divide the one above it.",
            _nesting, FindingsInputs, _RESULT, _UNITS, public=True, media=_EITHER),
    Process("boundary-repair-plan", "修复方案", "Plan a repair",
            "制定修复方案，复核后在命令行执行。 To be reviewed, then applied.",
            _repair, RepairInputs, _RESULT, _UNITS),
    Process("boundary-markers-check", "界桩检查", "Check the markers",
            "编号、登记、位置、次序。 Numbers, register, place and order.",
            _markers, MarkersInputs, _RESULT, ("boundary_lines", "boundary_markers")),
    Process("boundary-impact", "区划变更影响", "Impact of a division change",
            "变更涉及的一切、审批与时限。 Everything it moves, approvals, deadlines, dossier.",
            _impact, ImpactInputs, _RESULT, _UNITS),
    Process("boundary-compare", "主张线比较", "Compare claims",
            "两方主张线之间的地块。 Faces between two parties' lines, with what is inside.",
            _compare, CompareInputs, _RESULT, _UNITS),
    Process("boundary-simplify", "化简区划", "Simplify the units",
            "制图用，界桩、三交点不动。 Fewer vertices for maps; markers stay in place.",
            _simplify, SimplifyInputs, _RESULT, _UNITS, media=("application/geo+json", GPKG)),
)  # fmt: skip
