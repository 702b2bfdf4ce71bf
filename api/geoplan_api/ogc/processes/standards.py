"""Processes of standards and indicators (对标与指标)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from geoplan import standards
from geoplan.workspace import judge
from geoplan_api.deps import page, pick
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.circles import Level, Most, Unit
from geoplan_api.ogc.processes.model import Inputs, Process
from geoplan_api.routers import indicators as boards
from geoplan_api.routers import standards as routes

if TYPE_CHECKING:
    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

Rule = str | None
_RULE = Field(None, max_length=40, description="规则编号 rule, for example ELD-01")


class ChecksInputs(Inputs):
    """Which rows."""

    unit: Unit = None
    level: Level = None
    rule: Rule = _RULE
    most: Most = 10_000


def _checks(views: Views, asked: ChecksInputs, _: Run) -> dict[str, Any]:
    return routes.checks(views, asked.unit, asked.level, asked.rule, asked.most)


class JudgeInputs(Inputs):
    """By which rules, and whom."""

    rules: list[str] = Field([], max_length=300, description="规则编号，默认全部 rules, or all")
    unit: Unit = None
    level: Level = None
    urban_only: bool = Field(default=False, description="城镇口径 urban communities only")
    most: Most = 10_000


def _judge(views: Views, asked: JudgeInputs, run: Run) -> dict[str, Any]:
    """Judge anew, by what the one who asks sees."""
    policy = views.city.workspace.policy
    for rule in asked.rules:
        policy.rule(rule)
    city = SeenWorkspace(views)
    run.tell(0.05, "路网")
    net = city.network() if "roads" in views.names else None
    run.tell(0.1, "对标检查")
    found = judge(city, net, rules=asked.rules or None, urban_only=asked.urban_only)
    return {"policy": policy.id, **page(pick(found, asked.unit, asked.level), asked.most)}


class EstatesInputs(Inputs):
    """How floor is allotted."""

    method: Literal["containment", "shared_circle", "two_step"] = Field(
        "containment", description="面积分配法 how floor is allotted to estates"
    )
    most: Most = 10_000


def _estates(views: Views, asked: EstatesInputs, run: Run) -> dict[str, Any]:
    city = views.city.workspace
    run.tell(0.1, "居住区对标")
    net = SeenWorkspace(views).network() if asked.method == "two_step" else None
    there = {n: f for n in standards.NEEDS if (f := views.layers.get(n)) is not None}
    found = standards.check_estates(there, city.policy, method=asked.method, network=net,
                                    code_system=city.file.code_system)  # fmt: skip
    return {"policy": city.policy.id, "method": asked.method, **page(found, asked.most)}


class GapsInputs(Inputs):
    """Whose gaps."""

    unit: Unit = None
    level: Level = None


def _gaps(views: Views, asked: GapsInputs, _: Run) -> dict[str, Any]:
    return routes.gaps(views, asked.unit, asked.level)


class FunctionalInputs(Inputs):
    """By which standard."""

    rule: Literal["ELD-01", "ELD-03"] = Field("ELD-03", description="规则编号 rule")


def _functional(views: Views, asked: FunctionalInputs, _: Run) -> dict[str, Any]:
    return routes.functional(views, asked.rule)


class EstateInputs(Inputs):
    """Which estate."""

    estate: str = Field(min_length=1, max_length=100, description="小区名称或编号 name or id")


def _review(views: Views, asked: EstateInputs, _: Run) -> dict[str, Any]:
    return routes.review(views, asked.estate)


class ExplainInputs(Inputs):
    """Which number."""

    rule: str = Field(max_length=40, description="规则编号 rule")
    unit: str = Field(max_length=100, description="单元代码或名称 unit, code or name")
    lang: Literal["zh", "en"] = "zh"
    depth: Literal["leader", "planner", "analyst"] = "planner"


def _explain(views: Views, asked: ExplainInputs, _: Run) -> dict[str, Any]:
    return routes.explain(views, asked.rule, asked.unit, asked.lang, asked.depth)


class BoardInputs(Inputs):
    """Of whom."""

    unit: Unit = None
    level: Level = "prefecture"


def _board(views: Views, asked: BoardInputs, _: Run) -> dict[str, Any]:
    return boards.scoreboard(views, asked.unit, asked.level)


class SeriesInputs(Inputs):
    """Of which indicator."""

    rule: Rule = _RULE


def _series(views: Views, asked: SeriesInputs, _: Run) -> dict[str, Any]:
    return boards.series(views, asked.rule)


class PairInputs(Inputs):
    """Which two units."""

    one: str = Field(max_length=100, description="单元代码或名称 unit, code or name")
    other: str = Field(max_length=100, description="单元代码或名称 unit, code or name")


def _compare(views: Views, asked: PairInputs, _: Run) -> dict[str, Any]:
    return boards.compare(views, asked.one, asked.other)


def _matrix(views: Views, _asked: Inputs, _: Run) -> dict[str, Any]:
    return boards.coverage_matrix(views)


_STANDARDS, _INDICATORS = ("standards",), ("indicators",)
PROCESSES = (
    Process("standards-checks", "对标结果", "Checks by the standards",
            "主流程的对标结果。 Rows of the main job: value, target, verdict, gap, clause.",
            _checks, ChecksInputs, _STANDARDS, public=True),
    Process("standards-judge", "重新对标", "Judge anew",
            "按所见图层重新对标，可只用几条规则。 Judge again, perhaps by a few rules.",
            _judge, JudgeInputs, _STANDARDS, ("admin_units", "population"), "async"),
    Process("estate-checks", "居住区对标", "Checks of residential areas",
            "逐个居住区评价养老用房。 Judge each residential area's rooms for elder care.",
            _estates, EstatesInputs, _STANDARDS, ("admin_units", "residential_areas"), "async"),
    Process("standards-gaps", "缺口", "Gaps",
            "面积缺口、邻近富余、可用闲置。 Floor gaps, nearest surplus, idle buildings.",
            _gaps, GapsInputs, _STANDARDS, public=True),
    Process("functional-totals", "功能区合计", "Totals by functional unit",
            "功能区与其余行政区合计。 Development zones and the rest of the city.",
            _functional, FunctionalInputs, _STANDARDS, ("stat_unit_members",), public=True),
    Process("estate-review", "新建小区审查", "Review of a new estate",
            "逐条审查一个新建小区的养老用房。 Its rooms for elder care, rule by rule.",
            _review, EstateInputs, _STANDARDS, ("residential_areas", "facilities")),
    Process("explain", "数字说明", "Explain a number",
            "一个数字怎么来的。 How one number came about: formula, clause, basis.",
            _explain, ExplainInputs, _STANDARDS, public=True),
    Process("scoreboard", "计分板", "Scoreboard",
            "主要指标和其他目标。 Indicators and other targets of one level.",
            _board, BoardInputs, _INDICATORS, public=True),
    Process("indicator-series", "历年指标", "Yearly indicators",
            "历年数值与目标。 Yearly figures with their targets.",
            _series, SeriesInputs, _INDICATORS, public=True),
    Process("coverage-matrix", "条文覆盖表", "Coverage of clauses",
            "每条规则及其落实。 Every rule with its clause, and what is done about it.",
            _matrix, Inputs, _INDICATORS, public=True),
    Process("compare-units", "两单元对比", "Two units compared",
            "两个单元逐条并列。 Two units side by side, rule by rule.",
            _compare, PairInputs, _INDICATORS, public=True),
)  # fmt: skip
