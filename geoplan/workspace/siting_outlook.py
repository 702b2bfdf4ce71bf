"""Siting over amounts, years and what may change (投入曲线、分期、情景稳定性)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import siting
from geoplan.errors import InputError
from geoplan.siting import phased, reasons, robust, texts
from geoplan.siting.checked import FORBIDDEN
from geoplan.workspace.siting import people_of, require_answer, sure, who
from geoplan.workspace.siting_question import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geoplan.errors import Lang
    from geoplan.siting.watch import Progress
    from geoplan.workspace.opening import Workspace
    from geoplan.workspace.siting import Siting
    from geoplan.workspace.siting_question import Question

MORE, SLOWER, LOST = 0.2, 0.8, 3
"""People more in one county, speed of a slower walk, facilities lost one by one. [P]"""
_FIRST = 5


@dataclass(frozen=True, eq=False)
class Curve:
    """
    What each further site or sum buys.

    Parameters
    ----------
    question
        What was asked.
    table
        From `siting.reasons.curve`.
    """

    question: Question
    table: pd.DataFrame

    def sentences(self, lang: Lang = "zh") -> list[str]:
        """Say it step by step."""
        return texts.curve(self.table, lang, people=people_of(self.question.group))


@dataclass(frozen=True, eq=False)
class Phases:
    """
    What opens in which year.

    Parameters
    ----------
    question
        What was asked.
    plan
        From `siting.phased.plan`.
    sites
        In the order they open, EPSG:4490: ``order``, ``site_id``, ``name``, ``acquisition``,
        ``unit_code``, ``floor_m2``, ``land_m2``, ``cost``, ``cost_basis``, ``year``, ``phase``,
        ``gain``.
    table
        A row per ``year``, from `siting.phased.PhasedPlan.phases`; ``cost`` in yuan, NaN where
        one is unknown.
    """

    question: Question
    plan: phased.PhasedPlan
    sites: gpd.GeoDataFrame
    table: pd.DataFrame

    def summary(self, lang: Lang = "zh") -> str:
        """Say what is open by when, and how sure that is."""
        plan, zh = self.plan, lang == "zh"
        if plan.status == "infeasible":
            return plan.reason_zh if zh else plan.reason
        told = sure(plan, lang)
        steps = [
            f"{row.year} 年新增 {row.new} 处，累计覆盖 {row.covered_share:.1%}" if zh
            else f"{row.year}: {row.new} new sites, {row.covered_share:.1%} covered"
            for row in self.table.itertuples()
        ]  # fmt: skip
        group = who(self.question.group) if zh else self.question.group
        return (
            f"{group}，{self.question.limit_min:g} 分钟：{'；'.join(steps)}；{told}。"
            if zh
            else f"{group}, {self.question.limit_min:g} min. {'; '.join(steps)}; {told}."
        )


@dataclass(frozen=True, eq=False)
class Stability:
    """
    What becomes of a plan when things change.

    Parameters
    ----------
    sites
        From `siting.reasons.stability`, with ``name``.
    scenarios
        Index ``scenario``; ``about_zh``, ``about_en``, ``covered`` by the plan, ``best`` and
        ``best_bound`` of plans made for the scenario, ``regret_share`` (what the plan gives up).
    robust
        The plan whose greatest regret is least, from `siting.robust.solve_robust`.
    """

    sites: pd.DataFrame
    scenarios: pd.DataFrame
    robust: siting.Plan

    def summary(self, lang: Lang = "zh") -> str:
        """Say how many sites hold in all scenarios, and what the worst of them costs."""
        mine = self.sites[self.sites["chosen"].to_numpy(bool)]
        firm, all_of_them = int((mine["share"] >= 1.0).sum()), len(self.scenarios)
        row = self.scenarios.sort_values("regret_share", kind="stable").iloc[-1]
        new = self.robust.problem.candidate_ids[self.robust.new].astype(str)
        changed, told = len(np.setdiff1d(new, list(mine.index))), sure(self.robust, lang)
        if lang == "zh":
            return (f"{all_of_them} 个情景中，{len(mine)} 处里有 {firm} 处始终入选；最不利的是"
                    f"“{row['about_zh']}”，比专为它选的方案少覆盖 {row['regret_share']:.2%}；"
                    f"稳健方案换 {changed} 处，{told}。")  # fmt: skip
        return (f"{firm} of {len(mine)} sites are chosen in all {all_of_them} scenarios; the worst "
                f"is '{row['about_en']}': {row['regret_share']:.2%} less than the plan made for "
                f"it; a robust plan changes {changed}, {told}.")  # fmt: skip


def curve(
    workspace: Workspace, upto: int | Sequence[float] = 20, *, seed: int = 0,
    model: Literal["mclp", "greedy"] = "mclp", time_limit_s: float | None = None,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None, **asked: Any,
) -> Curve:  # fmt: skip
    """
    Say what each further site, or each further sum, buys.

    Parameters
    ----------
    workspace
        As for `site`.
    upto
        A number of new sites, or budgets in yuan, rising.
    seed, model, time_limit_s, progress, cancelled
        As for `siting.reasons.curve`; the time is of all steps together.
    **asked
        ``minutes``, ``group``, ``where``, ``every_m``, ``profile``, as for `site`.

    Returns
    -------
    curve
        With the band of what is possible.

    Raises
    ------
    InputError
        If budgets are given and a cost is unknown, or the model is another.
    """
    question = ask(workspace, seed=seed, need_costs=not isinstance(upto, int), **asked)
    if isinstance(upto, int):
        upto = min(upto, len(question.places))
    count = upto + 1 if isinstance(upto, int) else max(1, len(upto))
    each_s = None if time_limit_s is None else time_limit_s / count
    table = reasons.curve(question.problem, upto, model=model, seed=seed, time_limit_s=each_s,
                         progress=progress, cancelled=cancelled)  # fmt: skip
    if not question.priced:
        table["cost"] = np.nan
    return Curve(question, table)


def phases(
    workspace: Workspace, steps: Sequence[tuple[int, float]], *,
    by: Literal["sites", "budget"] = "sites", discount: float = 0.0, seed: int = 0,
    time_limit_s: float | None = None, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None, **asked: Any,
) -> Phases:  # fmt: skip
    """
    Choose what opens in which year; what is open stays.

    Parameters
    ----------
    workspace
        As for `site`.
    steps, by, discount, seed, time_limit_s, progress, cancelled
        As for `siting.phased.plan`; budgets in yuan.
    **asked
        ``minutes``, ``group``, ``where``, ``every_m``, ``profile``, as for `site`.

    Returns
    -------
    phases
        By the people of today in every year.

    Raises
    ------
    InputError
        As `siting.phased.plan`; if budgets are given and a cost is unknown.
    """
    question = ask(workspace, seed=seed, need_costs=by == "budget", **asked)
    found = phased.plan(
        question.problem, steps, by=by, discount=discount, seed=seed, time_limit_s=time_limit_s,
        progress=progress, cancelled=cancelled,
    )  # fmt: skip
    told = found.sites().drop(columns="cost")
    sites = pd.concat([question.about(told.index.astype(str).tolist()), told], axis=1)
    sites.insert(0, "order", np.arange(1, len(sites) + 1))
    table = found.phases()
    if not question.priced:  # then every site counts as one
        table["cost"] = np.nan
    frame = gpd.GeoDataFrame(sites.rename_axis("site_id").reset_index(), crs=question.places.crs)
    return Phases(question, found, frame.to_crs("EPSG:4490"), table.reset_index())


def stability(
    found: Siting, *, more: float = MORE, slower: float = SLOWER, lost: int = LOST,
    time_limit_s: float | None = None, progress: Progress | None = None,
) -> Stability:  # fmt: skip
    """
    Ask what becomes of a plan when people are more, walk slower, or a facility closes.

    Parameters
    ----------
    found
        From `site`, by ``mclp``.
    more
        Share of people more, in one county after the other.
    slower
        Speed of a slower walk, as a share of the profile's.
    lost
        How many existing facilities are lost, one at a time: those that most people depend on.
    time_limit_s
        Of all scenarios together.
    progress
        Is told the share done and a word.

    Returns
    -------
    stability
        Scenarios solved one by one, and a plan that is good in all.

    Raises
    ------
    InputError
        If the model is another, there is no plan, both ``p`` and a budget were given, or a number
        is out of range.
    """
    require_answer(found, "mclp")
    if found.options or (found.p is None) == (found.budget is None):
        raise InputError(
            "Stability is asked with one of p and budget, without conditions on counties.",
            zh="稳定性须给出处数或经费之一，且无县（市、区）条件。", fix="give p alone",
            fix_zh="只给处数", parameter="p",
        )  # fmt: skip
    if not (more >= 0 and 0 < slower <= 1 and lost >= 0):
        raise InputError(
            f"more is {more}, slower {slower}, lost {lost}.",
            zh=f"more 为 {more}，slower 为 {slower}，lost 为 {lost}。",
            fix="give 0 or more, a share above 0 up to 1, and 0 or more",
            fix_zh="more、lost 不小于 0，slower 大于 0 且不大于 1", parameter="slower",
        )  # fmt: skip
    rows = _variants(found, more, slower, lost)
    each_s = None if time_limit_s is None else time_limit_s / (len(rows) + 1)
    plans = []
    for at, (variant, _, _) in enumerate(rows):
        if progress:
            progress(at / (len(rows) + 1), variant.name)
        plans.append(siting.solve(
            _changed(found.plan.problem, variant), model="mclp", p=found.p, budget=found.budget,
            seed=found.plan.seed, time_limit_s=each_s,
        ))  # fmt: skip
    firm = robust.solve_robust(
        found.plan.problem, [variant for variant, _, _ in rows], found.p, budget=found.budget,
        aim="regret", seed=found.plan.seed, time_limit_s=each_s,
    )  # fmt: skip
    sites = reasons.stability(found.plan, plans)
    sites.insert(0, "name", found.question.about(sites.index.tolist())["name"])
    return Stability(sites, _compared(found, rows, plans), firm)


_Row = tuple[robust.Variant, str, str]


def _variants(found: Siting, more: float, slower: float, lost: int) -> list[_Row]:
    """Return the scenarios with what they are, in Chinese and English."""
    problem = found.plan.problem
    rows: list[_Row] = []
    for k, county in enumerate(problem.group_names):
        weight = problem.weight * np.where(problem.group == k, 1.0 + more, 1.0)
        name = f"more_{county}"
        rows.append((robust.Variant(name, weight=weight), f"{county}人口多 {more:.0%}",
                     f"{more:.0%} more people in {county}"))  # fmt: skip
    limit = found.limit_min * slower
    rows.append((robust.Variant("slower", minutes_limit=limit), f"步速降至 {slower:.0%}",
                 f"walking at {slower:.0%} of the speed"))  # fmt: skip
    state = found.plan.sites()
    there = state[(state["state"] == "existing").to_numpy(bool)]
    for name in there.sort_values("only", ascending=False, kind="stable").index[:lost]:
        at = int(np.flatnonzero(problem.candidate_ids == name)[0])
        rows.append((robust.Variant(f"lost_{name}", lost=[at]), f"现有设施 {name} 停用",
                     f"facility {name} closed"))  # fmt: skip
    return rows


def _changed(problem: siting.CoverageProblem, variant: robust.Variant) -> siting.CoverageProblem:
    """Return the problem as it is in a scenario."""
    state = problem.state.copy()
    state[list(variant.lost)] = FORBIDDEN
    out = replace(problem, state=state)
    if variant.weight is not None:
        out = replace(out, weight=np.asarray(variant.weight, float))
    if variant.minutes_limit is None:
        return out
    keep = out.minutes <= variant.minutes_limit
    ptr = np.r_[0, np.cumsum(np.bincount(out.row[keep], minlength=len(out)))]
    return replace(out, ptr=ptr.astype(out.ptr.dtype), candidate=out.candidate[keep],
                   minutes=out.minutes[keep], limit_min=variant.minutes_limit)  # fmt: skip


def _compared(found: Siting, rows: list[_Row], plans: list[siting.Plan]) -> pd.DataFrame:
    """Return what the plan covers in each scenario, beside the plan made for it."""
    table = []
    for (variant, zh, en), best in zip(rows, plans, strict=True):
        problem = best.problem
        chosen = found.plan.chosen[problem.state[found.plan.chosen] != FORBIDDEN]
        covered = float(problem.weight[siting.plan.covered_by(problem, chosen)].sum())
        table.append((variant.name, zh, en, covered, best.objective, best.bound))
    out = pd.DataFrame(table, columns=["scenario", "about_zh", "about_en", "covered", "best",
                                       "best_bound"]).set_index("scenario")  # fmt: skip
    out["regret_share"] = (1.0 - out["covered"] / out["best"]).clip(lower=0.0)
    return out
