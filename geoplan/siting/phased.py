"""A plan in phases (分期建设): what opens in which year; what is open stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from geoplan.errors import UnknownIdError
from geoplan.siting import checked
from geoplan.siting import layered as rows
from geoplan.siting.checked import FORCED, FREE, wrong
from geoplan.siting.plan import Plan, covered_by, gap_share, nearest_open
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from geoplan.siting.plan import Status
    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Progress

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

MODEL = "phased"


@dataclass(frozen=True, eq=False)
class PhasedPlan:
    """
    One plan per phase, each with the sites of those before.

    Parameters
    ----------
    problem
        What was asked.
    years
        Of the phases, rising.
    limits
        How many sites, or how much money, there is up to each phase.
    plans
        One per phase, of that year's weights. Its bound is of the phase by itself: no plan within
        the limit so far covers more in that year, nested or not. Empty if infeasible.
    status, seed, steps, time_s, reason, reason_zh, nearest
        As `Plan`.
    objective
        Sum over the phases of covered weight times the factor of the year; NaN if infeasible.
    bound
        No nested plan has more.
    factors
        Of the years.
    """

    problem: CoverageProblem
    years: tuple[int, ...]
    limits: tuple[float, ...]
    plans: tuple[Plan, ...]
    status: Status
    objective: float
    bound: float
    factors: tuple[float, ...]
    seed: int
    steps: int
    time_s: float
    reason: str = ""
    reason_zh: str = ""
    nearest: Mapping[str, float] = field(default_factory=dict)

    @property
    def gap_share(self) -> float:
        """Share of the bound by which a better plan may exist; NaN if infeasible."""
        return np.nan if self.status == "infeasible" else gap_share(self.objective, self.bound)

    def sites(self) -> pd.DataFrame:
        """
        Return the new sites in the order they open.

        Returns
        -------
        sites
            Index ``site_id``; ``year`` and ``phase`` (from 1) it opens in, ``cost``, ``gain``
            (that year's weight it adds to what is open before it; within a phase the most first).
        """
        out: list[tuple[object, int, int, float, float]] = []
        before = np.flatnonzero(self.problem.state == checked.EXISTING)
        for phase, (year, plan) in enumerate(zip(self.years, self.plans, strict=False), start=1):
            order, gains = _in_order(plan.problem, before, np.setdiff1d(plan.chosen, before))
            for site, gain in zip(order, gains, strict=True):
                name = self.problem.candidate_ids[site]
                out.append((name, year, phase, float(self.problem.cost[site]), gain))
            before = plan.chosen
        table = pd.DataFrame(out, columns=["site_id", "year", "phase", "cost", "gain"])
        return table.set_index("site_id")

    def phases(self) -> pd.DataFrame:
        """
        Return the phases.

        Returns
        -------
        phases
            Index ``year``; ``new`` (sites opened in it), ``cost`` (of them), ``limit`` (up to it),
            ``weight``, ``covered``, ``covered_share``, ``bound`` (of the phase by itself) and
            ``gap_share``.
        """
        before: Array = np.flatnonzero(self.problem.state == checked.EXISTING)
        out = []
        for plan, limit in zip(self.plans, self.limits, strict=False):
            new = np.setdiff1d(plan.chosen, before)
            weight = float(plan.problem.weight.sum())
            out.append({
                "new": len(new), "cost": float(self.problem.cost[new].sum()), "limit": limit,
                "weight": weight, "covered": plan.objective,
                "covered_share": plan.objective / weight if weight > 0 else np.nan,
                "bound": plan.bound, "gap_share": plan.gap_share,
            })  # fmt: skip
            before = plan.chosen
        names = ["new", "cost", "limit", "weight", "covered", "covered_share", "bound", "gap_share"]
        index = pd.Index(self.years[: len(out)], name="year")
        return pd.DataFrame(out, columns=names, index=index)


def plan(  # noqa: PLR0913  (one parameter each)
    problem: CoverageProblem, steps: Sequence[tuple[int, float]], *,
    by: Literal["sites", "budget"] = "sites", weights: Mapping[int, npt.ArrayLike] | None = None,
    discount: float = 0.0, model: str = "mclp", seed: int = 0, time_limit_s: float | None = None,
    step_limit: int | None = None, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PhasedPlan:  # fmt: skip
    """
    Choose what opens in which year.

    Parameters
    ----------
    problem
        Forced sites open by the last year at the latest.
    steps
        Years, rising, and what comes in each: ``[(2025, 3), (2030, 4)]`` opens up to 3 sites in
        2025 and up to 4 more in 2030. What is not used is kept for later years.
    by
        Whether these are new sites or money.
    weights
        Weight of each demand in some of the years; in the others it is the problem's.
    discount
        Share by which a later year counts less, per year: ``(1 - discount) ** (year - first)``.
    model
        ``mclp``.
    seed, time_limit_s, step_limit, progress, cancelled
        As `geoplan.siting.solve`.

    Returns
    -------
    plan
        The sum over the years of covered weight is large.

    Raises
    ------
    InputError
        If years do not rise, an amount or weight is negative or NaN, the discount is not from 0
        to 1, or more sites are to open than there are candidates.
    UnknownIdError
        If the model is another one, or ``by`` is.

    Notes
    -----
    Multi-period maximal covering (Schilling 1980, Journal of Regional Science 20; Gunawardane
    1982, European Journal of Operational Research 10). With one year it is the MCLP.
    """
    if model != "mclp":
        raise UnknownIdError.among("model", "模型", model, ("mclp",))
    if by not in {"sites", "budget"}:
        raise UnknownIdError.among("by", "分期依据", by, ("sites", "budget"))
    watch = Watch(time_limit_s, step_limit, progress=progress, cancelled=cancelled)
    years, limits = _limits(problem, steps, count=by == "sites")
    if not 0 <= discount < 1:
        raise wrong(f"discount is {discount}.", f"discount 为 {discount}。",
                    "give a share from 0 to less than 1", "应为 0 至 1（不含）",
                    parameter="discount")  # fmt: skip
    factors = tuple((1 - discount) ** (year - years[0]) for year in years)
    weight = _weights(problem, years, weights or {})
    cover = _cover(problem, weight, limits, factors, count=by == "sites")
    short = rows.too_little(cover, count=by == "sites")
    if short is not None:
        return PhasedPlan(problem, years, limits, (), "infeasible", np.nan, -np.inf, factors, seed,
                          watch.steps, watch.elapsed_s, *short)  # fmt: skip
    found = rows.best(cover, rows.Aim(), watch, seed=seed, part=0.8)
    if found.opened is None:  # pragma: no cover  (without a floor there is always an answer)
        raise AssertionError
    covered = cover.covered(found.opened)
    bounds = [_bound(cover, t, found.opened, watch, seed) for t in range(len(years))]
    bound = min(found.bound, max(float(np.dot(factors, bounds)), found.value))
    proved = found.optimal or rows.meets(found.value, bound)
    plans = tuple(
        _phase(problem, weight[t], cover.chosen(problem, found.opened, t), float(covered[t]),
               bounds[t], watch, seed)
        for t in range(len(years))
    )  # fmt: skip
    return PhasedPlan(
        problem, years, limits, plans, watch.status(proved=proved), found.value,
        found.value if proved else bound, factors, seed, watch.steps, watch.elapsed_s,
    )  # fmt: skip


def _limits(
    problem: CoverageProblem, steps: Sequence[tuple[int, float]], *, count: bool
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the years, and what there is up to each."""
    try:
        years = tuple(int(year) for year, _ in steps)
    except (TypeError, ValueError):
        years = ()
    if not years or any(a >= b for a, b in pairwise(years)):
        raise wrong(f"steps is {steps!r}.", f"steps 为 {steps!r}。",
                    "give years that rise, each with an amount: [(2025, 3), (2030, 4)]",
                    "请按年份递增给出（年份, 数量），如 [(2025, 3), (2030, 4)]",
                    parameter="steps")  # fmt: skip
    if not count:
        amounts = [rows.amount(f"steps[{year}]", value) for year, value in steps]
        return years, tuple(np.cumsum(amounts).tolist())
    numbers = [rows.whole_amount(f"steps[{year}]", value, problem) for year, value in steps]
    rows.whole_amount("sum(steps)", int(sum(numbers)), problem)
    return years, tuple(np.cumsum(numbers).tolist())


def _weights(
    problem: CoverageProblem, years: tuple[int, ...], given: Mapping[int, npt.ArrayLike]
) -> list[Floats]:
    other = sorted(set(given) - set(years))
    if other:
        raise wrong(f"weights has {other}, which is no year of steps.",
                    f"weights 中的 {other} 不在 steps 的年份内。", f"give some of {list(years)}",
                    f"应取自 {list(years)}", parameter="weights")  # fmt: skip
    return [
        checked._amounts(f"weights of {year}", given[year], len(problem))
        if year in given
        else problem.weight
        for year in years
    ]


def _cover(
    problem: CoverageProblem, weight: list[Floats], limits: tuple[float, ...],
    factors: tuple[float, ...], *, count: bool,
) -> rows.Cover:  # fmt: skip
    layers = np.arange(len(weight))
    parts = [rows.Part(w, np.full(len(problem), t)) for t, w in enumerate(weight)]
    cover = rows.build(problem, parts, len(weight), count=count)
    return replace(cover, limit=np.array(limits), period=layers, share=np.array(factors))


def _bound(cover: rows.Cover, year: int, opened: Array, watch: Watch, seed: int) -> float:
    """Return what no plan within a year's limit covers in it, nested or not."""
    one = replace(
        cover, limit=cover.limit[year : year + 1], period=np.zeros_like(cover.period),
        share=(np.arange(cover.periods) == year).astype(float),
        must=cover.must & (year == cover.periods - 1),
    )  # fmt: skip
    start = np.where(opened <= year, 0, 1)
    if one.small:
        return rows.best(one, rows.Aim(), watch, seed=seed, starts=(start,)).bound
    return rows.lagrange(one, rows.Aim(), float(one.sum(one.covered(start))), watch)


def _phase(
    problem: CoverageProblem, weight: Floats, chosen: Array, covered: float, bound: float,
    watch: Watch, seed: int,
) -> Plan:  # fmt: skip
    """Return the plan of a phase; what is forced but opens later is free in it."""
    later = np.setdiff1d(np.flatnonzero(problem.state == FORCED), chosen)
    state = problem.state.copy()
    state[later] = FREE
    proved = rows.meets(covered, bound)
    return Plan(
        replace(problem, weight=weight, state=state), MODEL, watch.status(proved=proved),
        chosen, covered, covered if proved else bound, "max", nearest_open(problem, chosen), seed,
        watch.steps, watch.elapsed_s,
    )  # fmt: skip


def _in_order(problem: CoverageProblem, before: Array, new: Array) -> tuple[list[int], list[float]]:
    """Return new sites, at each turn the one that adds most, and what it adds."""
    ptr, demand, _ = problem.by_candidate
    there, left = covered_by(problem, before), set(new.tolist())
    order, gains = [], []
    while left:
        adds = {j: problem.weight[d[~there[d]]].sum() for j in sorted(left)
                for d in (demand[ptr[j] : ptr[j + 1]],)}  # fmt: skip
        site = max(adds, key=lambda j: (adds[j], -j))
        there[demand[ptr[site] : ptr[site + 1]]] = True
        left.remove(site)
        order.append(site)
        gains.append(float(adds[site]))
    return order, gains
