"""Plans that hold when things change (稳健选址): demand, walking speed, a site lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from geoplan.errors import UnknownIdError
from geoplan.siting import checked
from geoplan.siting import layered as rows
from geoplan.siting.checked import wrong
from geoplan.siting.plan import covered_by
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from geoplan.siting.plan import Plan
    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Progress

    Array = npt.NDArray[Any]

Goal = Literal["max_min", "mean", "regret"]
MODEL = "robust"


@dataclass(frozen=True, eq=False)
class Variant:
    """
    A way things may turn out.

    Parameters
    ----------
    name
        Unique.
    weight
        Of each demand, or one factor for all; None for as it is.
    minutes_limit
        Shorter limit on the same pairs, closed: slower walking; None for as it is.
    lost
        Numbers of candidates, existing ones too, that serve nobody.
    """

    name: str
    weight: npt.ArrayLike | None = None
    minutes_limit: float | None = None
    lost: Sequence[int] = ()


def solve_robust(  # noqa: PLR0913  (one parameter each)
    problem: CoverageProblem, scenarios: Sequence[Variant], p: int | None = None, *,
    budget: float | None = None, aim: Goal = "max_min", seed: int = 0,
    time_limit_s: float | None = None, step_limit: int | None = None,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None,
) -> Plan:  # fmt: skip
    """
    Choose sites that are good in every scenario.

    Parameters
    ----------
    problem
        As it is now; to count it too, add a `Variant` with nothing changed.
    scenarios
        One or more.
    p, budget
        Most new sites, or most they may cost; one of them.
    aim
        ``max_min``: the weight covered in the worst scenario is to be large; ``mean``: in all
        scenarios on average; ``regret``: the most that is lost beside the best plan of a scenario
        is to be small.
    seed, time_limit_s, step_limit, progress, cancelled
        As `geoplan.siting.solve`.

    Returns
    -------
    plan
        Objective by the aim. ``extra``: ``covered`` by scenario, ``worst`` its name, and for
        regret ``best`` and ``best_bound``, coverage of the best plan known for each scenario alone
        and what no plan exceeds. Regret is counted from ``best``; the plan is only optimal if
        these are proved too.

    Raises
    ------
    InputError
        If a scenario is wrong or named twice, or not one of p and budget is given.
    UnknownIdError
        If there is no such aim.

    Notes
    -----
    Max-min and minimax regret: Kouvelis & Yu 1997, Robust Discrete Optimization.
    """
    if aim not in get_args(Goal):
        raise UnknownIdError.among("aim", "目标", aim, get_args(Goal))
    count, limit = rows.only_one(p, budget, problem)
    watch = Watch(time_limit_s, step_limit, progress=progress, cancelled=cancelled)
    cover = rows.build(problem, _parts(problem, scenarios), len(scenarios), count=count)
    cover = replace(cover, limit=np.array([limit]))
    short = rows.too_little(cover, count=count)
    sense: Literal["min", "max"] = "min" if aim == "regret" else "max"
    if short is not None:
        return rows.no_answer(problem, MODEL, short, watch, seed=seed, sense=sense)
    extra: dict[str, Any] = {"aim": aim}
    names = [s.name for s in scenarios]
    if aim == "regret":
        found, best, bound = _regret(cover, watch, seed)
        extra |= {"best": dict(zip(names, best.tolist(), strict=True)),
                  "best_bound": dict(zip(names, bound.tolist(), strict=True))}  # fmt: skip
    else:
        cover = replace(cover, share=np.full(len(scenarios), 1.0 / len(scenarios)))
        found = rows.best(cover, rows.Aim("sum" if aim == "mean" else "least"), watch, seed=seed)
    if found.opened is None:  # pragma: no cover  (without a floor there is always an answer)
        raise AssertionError
    covered = cover.covered(found.opened)
    lost = covered - np.array(list(extra["best"].values())) if aim == "regret" else covered
    extra |= {"covered": dict(zip(names, covered.tolist(), strict=True)),
              "worst": names[int(np.argmin(lost))]}  # fmt: skip
    return rows.answer(problem, MODEL, cover, found, watch, seed=seed, sense=sense, extra=extra)


def _regret(
    cover: rows.Cover, watch: Watch, seed: int
) -> tuple[rows.Best, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the answer, its value the least of covered less best; best and bound by scenario."""
    alone, part = [], 1.0 / (len(cover.base) + 1)
    for k in range(len(cover.base)):
        watch.tell(k / (len(cover.base) + 1), f"scenario {k + 1}")
        one = replace(cover, share=(np.arange(len(cover.base)) == k).astype(float))
        alone.append(rows.best(one, rows.Aim(), watch, seed=seed, part=part))
    best = np.array([a.value for a in alone])
    starts = [a.opened for a in alone if a.opened is not None]
    against = replace(cover, offset=-best)
    found = rows.best(against, rows.Aim("least"), watch, seed=seed, starts=starts)
    known = [cover.covered(s) for s in (*starts, *([] if found.opened is None else [found.opened]))]
    best = np.maximum(best, np.max(known, axis=0))
    bound = np.maximum(best, np.array([a.bound for a in alone]))
    # a better reference only raises the regret of all plans: the bound found holds
    value = float(replace(cover, offset=-best).least(known[-1]))
    proved = found.optimal and all(a.optimal for a in alone)
    return rows.Best(found.opened, value, max(value, found.bound), proved), best, bound


def _parts(problem: CoverageProblem, scenarios: Sequence[Variant]) -> list[rows.Part]:
    """Return what is counted in each scenario."""
    names = [s.name for s in scenarios]
    if not names or len(set(names)) != len(names):
        raise wrong(f"The scenarios are {names}.", f"情景为 {names}。",
                    "give one or more, each with its own name", "至少一个，名称不重复",
                    parameter="scenarios")  # fmt: skip
    out = []
    for k, one in enumerate(scenarios):
        weight = problem.weight
        if one.weight is not None and np.ndim(one.weight) == 0:
            weight = weight * rows.amount(f"weight of {one.name}", one.weight)
        elif one.weight is not None:
            weight = checked._amounts(f"weight of {one.name}", one.weight, len(problem))
        holds = np.ones(len(problem.candidate), bool)
        if one.minutes_limit is not None:
            holds = problem.minutes <= rows.amount("minutes_limit", one.minutes_limit)
        lost = np.zeros(problem.candidates, bool)
        for number in one.lost:
            if not 0 <= number < problem.candidates:
                raise wrong(f"lost {number} is no candidate.", f"lost：{number} 不是备选点。",
                            f"give numbers from 0 to {problem.candidates - 1}",
                            f"应为 0 至 {problem.candidates - 1}", parameter="lost")  # fmt: skip
            lost[number] = True
        holds &= ~lost[problem.candidate]
        out.append(rows.Part(weight, np.full(len(problem), k), holds))
    return out


def lost_site(plan: Plan) -> pd.DataFrame:
    """
    Return what is left when a site is lost.

    Parameters
    ----------
    plan
        Any with sites.

    Returns
    -------
    sites
        Index ``site_id``, the worst loss first, of two the earlier: ``covered`` without it,
        ``lost`` (weight that reaches no other open site), ``lost_share`` of what the plan covers.
    """
    covered = float(plan.problem.weight[covered_by(plan.problem, plan.chosen)].sum())
    only = plan.sites()["only"]
    table = pd.DataFrame({
        "covered": covered - only, "lost": only,
        "lost_share": only / covered if covered > 0 else only * 0.0,
    })  # fmt: skip
    return table.sort_values("lost", ascending=False, kind="stable")
