"""Siting in a workspace (选址): idle buildings and street corners, for its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import siting
from geoplan.errors import InputError
from geoplan.schemas import LAYERS
from geoplan.siting import reasons, texts
from geoplan.workspace.siting_question import (
    EVERY_M,
    GAP_LEVEL,
    STANDARDS,
    Question,
    Standard,
    Where,
    ask,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.errors import Lang
    from geoplan.siting.phased import PhasedPlan
    from geoplan.siting.watch import Progress
    from geoplan.workspace.opening import Workspace

__all__ = ["EVERY_M", "Question", "Siting", "Standard", "Where", "site"]

_CLAUSE = "ELD-07"
_GROUPS = ("persons", "elders_60", "elders_65", "elders_80", "households")


@dataclass(frozen=True, eq=False)
class Siting:
    """
    Where the next facilities go.

    Parameters
    ----------
    question
        What was asked; see `geoplan.workspace.siting_question.Question`.
    plan
        The answer with its bound, from `siting.solve`.
    sites
        The new sites in the order of what each adds, EPSG:4490: ``site_id``, ``name``,
        ``acquisition``, ``unit_code``, ``floor_m2``, ``land_m2``, ``cost`` (yuan, NaN where
        unknown), ``cost_basis``, what `siting.reasons.of_sites` says of them, and
        ``covered_share`` after each.
    units
        Who gains, by county: from `siting.reasons.gains`, with ``share_before``, ``share_after``.
    p, budget, options
        As they were asked.
    """

    question: Question
    plan: siting.Plan
    sites: gpd.GeoDataFrame
    units: pd.DataFrame
    p: int | None
    budget: float | None
    options: dict[str, Any]

    @property
    def rejected(self) -> pd.DataFrame:
        """Candidates that were left out, from `siting.candidates`."""
        return self.question.rejected

    @property
    def warnings(self) -> pd.DataFrame:
        """What to look at, from `siting.candidates`."""
        return self.question.warnings

    @property
    def unreachable(self) -> float:
        """People whom no candidate reaches."""
        problem = self.plan.problem
        return float(problem.weight[~problem.reachable].sum())

    @property
    def group(self) -> str:
        """Who was counted."""
        return self.question.group

    @property
    def limit_min(self) -> float:
        """Within how many minutes."""
        return self.question.limit_min

    @property
    def synthetic(self) -> bool:
        """Whether an input is synthetic."""
        return self.question.synthetic

    def summary(self, lang: Lang = "zh") -> str:
        """Say in a sentence or two what the answer is, and how sure."""
        plan, zh = self.plan, lang == "zh"
        if plan.status == "infeasible":
            return plan.reason_zh if zh else plan.reason
        if "need_m2" in plan.extra:
            return _closed(self, zh=zh)
        total = plan.problem.weight.sum()
        before = _weight(plan, plan.problem.open) / total
        more = plan.covered - before * total
        if not zh:
            return (f"Within {self.limit_min:g} min: {before:.1%} of {self.group} served before, "
                    f"{plan.covered / total:.1%} with {len(plan.new)} new sites "
                    f"(+{more:,.0f}); {sure(plan, lang)}. No candidate reaches "
                    f"{self.unreachable:,.0f}.")  # fmt: skip
        return (f"{self.limit_min:g} 分钟内：{who(self.group)}现覆盖 {before:.1%}，"
                f"新增 {len(plan.new)} 处后 {plan.covered / total:.1%}，多覆盖 {more:,.0f}；"
                f"{sure(plan, lang)}。所有备选点均不可达的有 {self.unreachable:,.0f}。"
                )  # fmt: skip

    def people(self) -> gpd.GeoDataFrame:
        """Return everybody with ``weight`` and whether they are served ``before`` and ``after``."""
        return self.question.served(self.plan.chosen)

    def gains(self, level: str = "county") -> pd.DataFrame:
        """
        Say who gains and who loses, by unit and age.

        Parameters
        ----------
        level
            ``county`` or ``township``.

        Returns
        -------
        gains
            From `siting.reasons.gains`: one row per unit and group of people; groups that no
            data tells are left out.
        """
        question = self.question
        groups = {g: question.people[g].to_numpy(float, na_value=np.nan) for g in _GROUPS
                  if g in question.people and question.people[g].notna().any()}  # fmt: skip
        return reasons.gains(self.plan.problem, self.plan.problem.open, self.plan.chosen,
                             by=question.named(level), people=groups)  # fmt: skip


def site(  # noqa: PLR0913  (one parameter each)
    workspace: Workspace, *, model: str = "mclp", p: int | None = None,
    budget: float | None = None, minutes: float | None = None, group: str = "elders_60",
    where: Where = "both", every_m: float = EVERY_M, profile: str = "elder_walk", seed: int = 0,
    standard: Standard = "floor", time_limit_s: float | None = None,
    step_limit: int | None = None, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None, **options: Any,
) -> Siting:  # fmt: skip
    """
    Choose new places for the service circle (ELD-07, ELD-19, ELD-20), or to close a gap.

    Parameters
    ----------
    workspace
        With ``population``, ``facilities``, roads; ``candidate_sites`` if ``where`` says so.
    model
        One of `siting.MODELS`: ``lscp`` tells how many sites reach everybody who can be reached,
        ``mclp`` which ``p`` sites, or which for a ``budget``, reach the most; ``close_gap`` takes
        the deficits of the townships by the ``standard`` and makes them vanish at least cost.
    p, budget, seed, time_limit_s, step_limit, progress, cancelled, **options
        As for `siting.solve`; ``at_least`` and ``aim="max_min"`` of ``mclp`` are of counties.
    minutes
        Limit, closed; default the policy's ``service_circle_min``.
    group
        Column of ``population`` that is counted.
    where
        ``sites`` takes the idle buildings that ELD-19 does not exclude, ``streets`` a place on a
        street every so often, ``both`` takes both. ``close_gap`` takes buildings of known m² only.
    every_m
        How far apart street places are.
    profile
        Who walks.
    standard
        Of ``close_gap``: ``floor`` (ELD-03) or ``land`` (ELD-01).

    Returns
    -------
    siting
        Answer, sites with reasons, who gains.

    Raises
    ------
    EmptyLayerError
        If nobody lives in the workspace, or there is no candidate.
    InputError
        As `siting.solve`; if a budget is given and a candidate's cost is unknown.

    Notes
    -----
    ``cost`` is in yuan. As long as one candidate's is unknown, every site counts alike. A deficit
    of unknown size (no data) is not closed, and not counted as none: `proposals` shows it.
    """
    closing = model == "close_gap"
    if closing and where == "streets":
        raise InputError(
            "A place on a street has no floor or land to close a gap with.",
            zh="道路点没有建筑面积或用地，不能用来补缺口。", fix="take where='sites'",
            fix_zh="改用 where='sites'", parameter="where",
        )  # fmt: skip
    question = ask(
        workspace, minutes=minutes, group=group, where="sites" if closing else where,
        every_m=every_m, profile=profile, seed=seed, standard=standard,
        by=GAP_LEVEL if closing else "county", need_costs=budget is not None and not closing,
    )  # fmt: skip
    if closing:
        options = {"need_m2": question.need_m2, **options}
    plan = siting.solve(
        question.problem, model=model, p=p, budget=budget, seed=seed, time_limit_s=time_limit_s,
        step_limit=step_limit, progress=progress, cancelled=cancelled, **options,
    )  # fmt: skip
    clause = STANDARDS[standard][0] if closing else _CLAUSE
    return Siting(question, plan, _sites(question, plan, budget, clause),
                  _units(question, plan), p, budget, options)  # fmt: skip


def who(group: str) -> str:
    """Return what a group of people is called in Chinese."""
    return next((c.zh for c in LAYERS["population"].columns if c.name == group), group)


def people_of(group: str) -> texts.People:
    """Return how a group of people is counted in a sentence."""
    known = {
        "elders_60": texts.ELDERS, "persons": texts.People("人", "people"),
        "households": texts.People("户", "households"),
    }  # fmt: skip
    return known.get(group, texts.People(f"人（{who(group)}）", f"people ({group})"))


def sure(plan: siting.Plan | PhasedPlan, lang: Lang) -> str:
    """Say how far from the best possible a plan is at most."""
    if plan.status == "optimal":
        return "已证明最优" if lang == "zh" else "optimal, proved"
    if lang == "zh":
        return f"距最优不超过 {plan.gap_share:.2%}"
    return f"at most {plan.gap_share:.2%} from the best possible"


def require_answer(found: Siting, *models: str) -> None:
    """
    Refuse what cannot be asked beside a plan.

    Raises
    ------
    InputError
        If the plan is of none of the models, or is infeasible: then with what would be feasible.
    """
    plan = found.plan
    if plan.model not in models:
        raise InputError(
            f"This is not asked of {plan.model}.", zh=f"模型 {plan.model} 不支持这一追问。",
            fix=f"take {' or '.join(models)}", fix_zh=f"改用 {'、'.join(models)}",
            parameter="model",
        )  # fmt: skip
    if plan.status == "infeasible":
        near = ", ".join(f"{name} = {value:g}" for name, value in plan.nearest.items())
        raise InputError(
            plan.reason, zh=plan.reason_zh, fix=f"try {near}" if near else "relax the conditions",
            fix_zh=f"可试 {near}" if near else "放宽条件", parameter="model",
        )  # fmt: skip


def _closed(found: Siting, *, zh: bool) -> str:
    """Say what becomes of the deficits."""
    plan, question = found.plan, found.question
    before, after = plan.extra["need_m2"].sum()
    left, rule = len(plan.extra["left_m2"]), STANDARDS[question.standard][0]
    apart = len(question.gaps) - len(question.need_m2)
    priced, cost = question.priced, plan.cost / 1e4
    if zh:
        money = f"，费用 {cost:,.1f} 万元" if priced else "，费用未知"
        text = (f"{rule} 缺口合计 {before:,.0f} 平方米，选 {len(plan.new)} 处后剩 {after:,.0f} "
                f"平方米{money}；{sure(plan, 'zh')}。")  # fmt: skip
        text += f"{left} 个乡镇仍有缺口。" if left else "各乡镇缺口全部补齐。"
        return text + (f"另有 {apart} 个乡镇缺口无数据或无人口点，未计入。" if apart else "")
    money = f", for {plan.cost:,.0f} yuan" if priced else ", cost unknown"
    text = (f"{rule}: {before:,.0f} m2 missing, {after:,.0f} m2 left with {len(plan.new)} sites"
            f"{money}; {sure(plan, 'en')}.")  # fmt: skip
    text += f" {left} townships still lack some." if left else " No township lacks any."
    return text + (f" {apart} more are not counted: no data, or nobody lives there." if apart
                   else "")  # fmt: skip


def _sites(
    question: Question, plan: siting.Plan, budget: float | None, clause: str
) -> gpd.GeoDataFrame:  # fmt: skip
    told = reasons.of_sites(plan, budget=budget, clause=clause)
    about = question.about(told.index.tolist())
    cost = question.places.drop_duplicates("site_id").set_index("site_id")["cost"]
    told = told.drop(columns=["cost", "replacement_cost"])
    told["replacement_cost"] = told["replacement"].map(cost) - about["cost"]
    found = gpd.GeoDataFrame(pd.concat([about, told], axis=1), crs=question.places.crs)
    if plan.model == "close_gap":  # another place of as many people need not close as much
        found["replacement"] = None
        found[["replacement_loss", "replacement_cost"]] = np.nan
    problem = plan.problem
    before = _weight(plan, problem.open)
    found["covered_share"] = (before + found["gain"].cumsum()) / problem.weight.sum()
    return found.rename_axis("site_id").reset_index().to_crs("EPSG:4490")


def _weight(plan: siting.Plan, chosen: Any) -> float:
    return float(plan.problem.weight[siting.plan.covered_by(plan.problem, chosen)].sum())


def _units(question: Question, plan: siting.Plan) -> pd.DataFrame:
    found = reasons.gains(plan.problem, plan.problem.open, plan.chosen, by=question.named())
    for when in ("before", "after"):
        found[f"share_{when}"] = found[f"covered_{when}"] / found["total"].where(found["total"] > 0)
    return found
