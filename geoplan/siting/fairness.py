"""Fairness of a plan (公平性): who is covered, group by group, and what more evenness costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.service_circles.equity import gini, theil
from geoplan.siting import layered as rows
from geoplan.siting.checked import wrong
from geoplan.siting.plan import covered_by
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.siting.plan import Plan
    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Progress

MODEL = "fairness"


def of(plan: Plan) -> pd.DataFrame:
    """
    Return who is covered, by group.

    Parameters
    ----------
    plan
        Of a problem with groups; demand without a group is left out.

    Returns
    -------
    groups
        Index ``group``; ``weight``, ``covered``, ``covered_share`` (NaN where nobody lives),
        ``beside_all`` (share less that of all groups together).

    Raises
    ------
    InputError
        If the problem has no groups.
    """
    problem = plan.problem
    _require_groups(problem)
    has = problem.group >= 0
    group, weight = problem.group[has], problem.weight[has]
    count = len(problem.group_names)
    all_of_them = np.bincount(group, weight, count)
    got = np.bincount(group, weight * covered_by(problem, plan.chosen)[has], count)
    share = np.divide(got, all_of_them, out=np.full(count, np.nan), where=all_of_them > 0)
    mean = got.sum() / all_of_them.sum() if all_of_them.sum() > 0 else np.nan
    return pd.DataFrame(
        {"weight": all_of_them, "covered": got, "covered_share": share, "beside_all": share - mean},
        index=pd.Index(list(problem.group_names), name="group"),
    )


def measures(plan: Plan) -> pd.Series[float]:
    """
    Return how evenly a plan covers, in single figures.

    Parameters
    ----------
    plan
        Of a problem with groups.

    Returns
    -------
    measures
        ``least_share``, ``most_share``, ``max_min_ratio`` (infinite if a group has nothing, NaN if
        all have), ``gini_groups`` (every group counts as one), ``gini_people`` (as many as live
        there), ``theil_people``.

    Raises
    ------
    InputError
        If the problem has no groups.
    """
    table = of(plan)
    share, people = table["covered_share"].to_numpy(float), table["weight"].to_numpy(float)
    known = ~np.isnan(share)
    share, people = share[known], people[known]
    least, most = share.min(initial=np.inf), share.max(initial=-np.inf)
    out = {
        "least_share": least if len(share) else np.nan,
        "most_share": most if len(share) else np.nan,
        "max_min_ratio": np.nan if not most > 0 else np.inf if least == 0 else most / least,
        "gini_groups": gini(share, np.ones(len(share))),
        "gini_people": gini(share, people),
        "theil_people": theil(share, people),
    }
    return pd.Series(out, dtype=float)


def at_least(  # noqa: PLR0913  (one parameter each)
    problem: CoverageProblem, share: float | None = None, p: int | None = None, *,
    budget: float | None = None, seed: int = 0, time_limit_s: float | None = None,
    step_limit: int | None = None, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Plan:  # fmt: skip
    """
    Cover as many as possible, while no group is covered less than a share.

    Parameters
    ----------
    problem
        With groups.
    share
        Least covered share of every group where somebody lives; None for the largest there is.
    p, budget
        Most new sites, or most they may cost; one of them.
    seed, time_limit_s, step_limit, progress, cancelled
        As `geoplan.siting.solve`.

    Returns
    -------
    plan
        Objective the weight covered. ``extra``: ``least_share`` of this plan,
        ``attainable_share`` and no better than ``attainable_bound``, ``price_of_fairness`` (share
        of the coverage given up) and ``best_covered`` without the condition. If the share is not
        reached the plan is infeasible; ``extra["proved"]`` says whether that is proved or only
        none was found, ``nearest["share"]`` is what was reached.

    Raises
    ------
    InputError
        If there are no groups, the share is not from 0 to 1, or not one of p and budget is given.

    Notes
    -----
    The price of fairness is ``(best - fair) / best`` (Bertsimas, Farias & Trichakis 2011,
    Operations Research 59). The least share is that of max-min fairness.
    """
    if share is not None and not 0 <= share <= 1:
        raise wrong(f"share is {share}.", f"share 为 {share}。", "give 0 to 1", "应为 0 至 1",
                    parameter="share")  # fmt: skip
    watch = Watch(time_limit_s, step_limit, progress=progress, cancelled=cancelled)
    cover = by_group(problem, p, budget)
    short = rows.too_little(cover, count=p is not None)
    if short is not None:
        return rows.no_answer(problem, MODEL, short, watch, seed=seed)
    free = rows.best(cover, rows.Aim(), watch, seed=seed, part=1 / 3)
    starts = () if free.opened is None else (free.opened,)
    even = rows.best(cover, rows.Aim("least"), watch, seed=seed, starts=starts, part=1 / 3)
    if even.opened is None or free.opened is None:  # pragma: no cover  (what must open fits)
        raise AssertionError
    attained = float(cover.least(cover.covered(even.opened)))
    floor = attained if share is None else share
    fair = rows.best(cover, rows.Aim(floor=floor), watch, seed=seed, starts=(*starts, even.opened))
    known = {"attainable_share": attained, "attainable_bound": even.bound}
    if fair.opened is None:
        proved = fair.optimal or not rows.meets(even.bound, floor)
        return rows.no_answer(problem, MODEL, _too_much(floor, attained, proved=proved), watch,
                              seed=seed, extra={**known, "proved": proved})  # fmt: skip
    now = cover.covered(fair.opened)
    best = max(free.value, fair.value)
    extra = {
        **known, "least_share": float(cover.least(now)), "best_covered": best,
        "price_of_fairness": (best - fair.value) / best if best > 0 else 0.0,
    }  # fmt: skip
    return rows.answer(problem, MODEL, cover, fair, watch, seed=seed, extra=extra)


def _too_much(floor: float, attained: float, *, proved: bool) -> rows.Refusal:
    if proved:
        said, zh = "No plan covers", "任何方案都不能使"
    else:
        said, zh = (
            "No plan was found (none is proved not to exist) that covers",
            "未找到（尚未证明不存在）方案使",
        )
    return rows.Refusal(
        f"{said} {floor:.1%} of every group; {attained:.1%} was reached.",
        f"{zh}各组覆盖率均达到 {floor:.1%}；已达到的最低组覆盖率为 {attained:.1%}。",
        {"share": attained},
    )


def by_group(problem: CoverageProblem, p: int | None, budget: float | None) -> rows.Cover:
    """
    Return the covering of each group.

    Parameters
    ----------
    problem
        With groups; demand without one is a last layer that counts in the sum alone.
    p, budget
        One of them.

    Returns
    -------
    cover
        The least layer is the least covered share.

    Raises
    ------
    InputError
        If there are no groups, or not one of p and budget is given.
    """
    _require_groups(problem)
    count, limit = rows.only_one(p, budget, problem)
    groups = len(problem.group_names)
    layer = np.where(problem.group < 0, groups, problem.group).astype(np.int64)
    cover = rows.build(problem, [rows.Part(problem.weight, layer)], groups + 1, count=count)
    scale = np.full(groups + 1, np.nan)
    there = np.flatnonzero(cover.total[:groups] > 0)
    scale[there] = 1.0 / cover.total[there]
    return replace(cover, limit=np.array([limit]), scale=scale)


def _require_groups(problem: CoverageProblem) -> None:
    if not (problem.weight[problem.group >= 0] > 0).any():
        raise wrong("The problem has no groups with people.", "问题中没有（有人的）分组。",
                    "give group= (county, township, urban or rural) of each demand",
                    "请给出每个需求点的 group（县、乡镇、城乡等）", parameter="group")  # fmt: skip
