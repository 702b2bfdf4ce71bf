"""Processes of siting (选址): where the next facilities go, how near the best, why, what else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from geoplan.errors import InputError
from geoplan.workspace import siting_choices, siting_outlook
from geoplan.workspace.siting import Siting, site
from geoplan.workspace.siting_table import proposals
from geoplan_api.deps import records
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.circles import geojson
from geoplan_api.ogc.processes.model import Process
from geoplan_api.ogc.processes.siting_inputs import (
    LAYERS,
    MOST,
    Budget,
    PlanInputs,
    Sites,
    WhereInputs,
    number,
    require_amount,
)

if TYPE_CHECKING:
    import pandas as pd

    from geoplan_api.jobs import Run
    from geoplan_api.views import Views


class SitingInputs(WhereInputs):
    """Which model, how many or for how much, for whom."""

    model: Literal["mclp", "lscp", "k_cover", "p_median", "p_center", "close_gap"] = Field(
        "mclp", description="mclp 覆盖最多，lscp 全覆盖最少，close_gap 补齐面积缺口 which model"
    )
    sites: Sites = None
    budget: Budget = None
    at_least: Annotated[
        float | None,
        Field(ge=0, le=1, description="各县覆盖率不低于（mclp） least share in every county"),
    ] = None
    fair: bool = Field(default=False, description="先提高最低的县 the county worst off first")
    standard: Literal["floor", "land"] = Field(
        "floor", description="缺口按用房 ELD-03 或用地 ELD-01 whose gap is told, or closed"
    )


def _site(views: Views, asked: SitingInputs, run: Run) -> dict[str, Any]:
    """As GeoJSON, with the proof beside the sites; an answer cut short says so."""
    require_amount(asked.model, asked.sites, asked.budget)
    options: dict[str, Any] = {} if asked.at_least is None else {"at_least": asked.at_least}
    options |= {"aim": "max_min"} if asked.fair else {}
    found = site(
        SeenWorkspace(views), model=asked.model, p=asked.sites, budget=asked.budget,
        standard=asked.standard, progress=run.tell, **options, **asked.asked(views),
    )  # fmt: skip
    plan, left = found.plan, found.plan.extra.get("left_m2")
    return geojson(
        views, found.sites, **_proof(found), new=len(plan.new),
        covered=plan.covered, unreachable=found.unreachable,
        nearest={name: float(value) for name, value in plan.nearest.items()},
        counties=records(found.units), gains=records(found.gains()),
        proposals=_rows(proposals(found, asked.standard)),
        left=[] if left is None else records(left.rename_axis("unit_code").reset_index()),
    )  # fmt: skip


def _proof(found: Siting) -> dict[str, Any]:
    plan = found.plan
    return {
        "model": plan.model, "status": plan.status, "objective": number(plan.objective),
        "bound": number(plan.bound), "gap_share": number(plan.gap_share),
        "minutes": found.limit_min, "summary": found.summary("zh"),
        "summary_en": found.summary("en"), "reason": plan.reason, "reason_zh": plan.reason_zh,
        "seed": plan.seed, "steps": plan.steps, "synthetic": found.synthetic,
    }  # fmt: skip


class AlternativesInputs(PlanInputs):
    """How near the bound, and how many."""

    share: float = Field(0.005, ge=0, le=1, description="与最优相差不超过 how far from the bound")
    most: int = Field(20, ge=1, le=200, description="最多找几个 how many to look for")


def _alternatives(views: Views, asked: AlternativesInputs, run: Run) -> dict[str, Any]:
    """Return the sites of all plans as GeoJSON, the plans beside them."""
    plan = asked.plan(views, run)
    run.tell(0.5, "近优方案")
    found = siting_choices.alternatives(
        plan, asked.share, asked.most, time_limit_s=asked.time_limit_s, seed=asked.seed,
        progress=lambda share, word: run.tell(0.5 + 0.5 * share, word),
    )  # fmt: skip
    others = found.found
    return geojson(
        views, found.sites, plans=_rows(others.table), core=list(others.core),
        swing=list(others.swing), complete=others.complete, core_proved=others.core_proved,
        bound=number(others.bound), limit=number(others.limit), summary=found.summary("zh"),
        summary_en=found.summary("en"), synthetic=plan.synthetic,
    )  # fmt: skip


class WhyNotInputs(PlanInputs):
    """Which candidate."""

    candidate: str = Field(max_length=200, description="备选点编号或名称 id or name")


def _why_not(views: Views, asked: WhyNotInputs, run: Run) -> dict[str, Any]:
    found = asked.plan(views, run)
    run.tell(0.5, "为何不选")
    said = siting_choices.why_not(found, asked.candidate, time_limit_s=asked.time_limit_s)
    plain = {k: number(v) if isinstance(v, float) else v for k, v in said.items()}
    return {**plain, "plan": _proof(found), "synthetic": found.synthetic}


class CurveInputs(WhereInputs):
    """Up to how many sites, or for which sums."""

    upto: int = Field(20, ge=0, le=100, description="到多少处 up to how many new sites")
    budgets: list[Annotated[float, Field(ge=0)]] = Field(
        [], max_length=50, description="若干经费（元），由小到大；给出则不用 upto sums, rising"
    )


def _curve(views: Views, asked: CurveInputs, run: Run) -> dict[str, Any]:
    run.tell(0.05, "投入曲线")
    found = siting_outlook.curve(
        SeenWorkspace(views), asked.budgets or asked.upto, progress=run.tell, **asked.asked(views)
    )
    return {"by": str(found.table.index.name), "rows": _rows(found.table.reset_index()),
            "sentences": found.sentences("zh"), "sentences_en": found.sentences("en"),
            "synthetic": found.question.synthetic}  # fmt: skip


Step = tuple[Annotated[int, Field(ge=1900, le=2200)], Annotated[float, Field(ge=0)]]


class PhasesInputs(WhereInputs):
    """What comes in which year."""

    steps: list[Step] = Field(
        min_length=1, max_length=20, description="年份与数量 years, rising, each with an amount"
    )
    by: Literal["sites", "budget"] = Field("sites", description="处数或经费（元） what comes")
    discount: float = Field(0.0, ge=0, lt=1, description="逐年折减 less per year")


def _phases(views: Views, asked: PhasesInputs, run: Run) -> dict[str, Any]:
    """Return the sites in the order they open as GeoJSON, the phases beside them."""
    steps = asked.steps if asked.by == "budget" else [_whole(*step) for step in asked.steps]
    found = siting_outlook.phases(
        SeenWorkspace(views), steps, by=asked.by, discount=asked.discount, progress=run.tell,
        **asked.asked(views),
    )  # fmt: skip
    plan = found.plan
    return geojson(
        views, found.sites, phases=records(found.table), status=plan.status,
        objective=number(plan.objective), bound=number(plan.bound),
        gap_share=number(plan.gap_share), summary=found.summary("zh"),
        summary_en=found.summary("en"), reason=plan.reason, reason_zh=plan.reason_zh,
        synthetic=found.question.synthetic,
    )  # fmt: skip


def _whole(year: int, amount: float) -> tuple[int, int]:
    if amount != int(amount) or amount > MOST:
        raise InputError(
            f"{amount:g} new sites in {year}.", zh=f"{year} 年新增 {amount:g} 处。",
            fix=f"give a whole number up to {MOST}", fix_zh=f"应为不大于 {MOST} 的整数",
            field="steps",
        )  # fmt: skip
    return year, int(amount)


class StabilityInputs(WhereInputs):
    """The plan, and what may change."""

    sites: Sites = None
    budget: Budget = None
    more: float = Field(0.2, ge=0, le=10, description="各县人口依次增加 people more")
    slower: float = Field(0.8, gt=0, le=1, description="步速降至 share of the speed left")
    lost: int = Field(3, ge=0, le=20, description="依次停用几处现有设施 facilities lost")


def _stability(views: Views, asked: StabilityInputs, run: Run) -> dict[str, Any]:
    require_amount("mclp", asked.sites, asked.budget)
    plan = site(SeenWorkspace(views), model="mclp", p=asked.sites, budget=asked.budget,
                progress=run.tell, **asked.asked(views))  # fmt: skip
    found = siting_outlook.stability(
        plan, more=asked.more, slower=asked.slower, lost=asked.lost,
        time_limit_s=asked.time_limit_s, progress=run.tell,
    )  # fmt: skip
    robust = found.robust
    return {
        "sites": records(found.sites.reset_index()),
        "scenarios": records(found.scenarios.reset_index()),
        "robust": {"status": robust.status, "gap_share": number(robust.gap_share),
                   "sites": robust.problem.candidate_ids[robust.new].tolist()},
        "summary": found.summary("zh"), "summary_en": found.summary("en"),
        "synthetic": plan.synthetic,
    }  # fmt: skip


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return records(frame.drop(columns="geometry", errors="ignore"))


_CIRCLES, _GEOJSON = ("service_circles",), ("application/geo+json",)
PROCESSES = (
    Process("siting", "选址", "Siting",
            "下一批设施选在哪里、离最优差多少、为什么。 Where the next facilities go, and why.",
            _site, SitingInputs, ("service_circles", "standards"), (*LAYERS, "admin_units"),
            media=_GEOJSON),
    Process("siting-alternatives", "近优方案", "Plans as good",
            "与最优相差不多的方案，必选点与可换点。 Plans near the best: core and swing sites.",
            _alternatives, AlternativesInputs, _CIRCLES, LAYERS, media=_GEOJSON),
    Process("siting-why-not", "为何不选", "Why not this one",
            "某备选点为何不入选，若必选会怎样。 Why a candidate is not chosen, and what if.",
            _why_not, WhyNotInputs, _CIRCLES, LAYERS),
    Process("siting-curve", "投入曲线", "What each site buys",
            "多建一处、多投一笔能多覆盖多少人。 What each further site or sum buys, with a band.",
            _curve, CurveInputs, _CIRCLES, LAYERS),
    Process("siting-phases", "分期选址", "Siting in phases",
            "哪年建哪几处，已建的保留。 What opens in which year; what is open stays.",
            _phases, PhasesInputs, _CIRCLES, LAYERS, media=_GEOJSON),
    Process("siting-stability", "方案稳定性", "Whether a plan holds",
            "人口、步速、设施有变时方案是否成立。 When people, pace or facilities change.",
            _stability, StabilityInputs, _CIRCLES, LAYERS),
)  # fmt: skip
