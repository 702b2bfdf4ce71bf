"""Covering with a least share in every group (公平覆盖), asked of HiGHS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.cover_bound import no_cuts, rows_of
from geoplan.siting.cover_plans import no_plan, plan_of
from geoplan.siting.plan import Plan, covered_by

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.siting.cover_search import Search
    from geoplan.siting.models import Ask

    Array = npt.NDArray[Any]

_SLACK = 1e-6


class Fair(NamedTuple):
    """The model with groups: shares of them are rows."""

    ask: Ask
    search: Search
    floors: Array
    total: Array
    base: Array

    def ask_highs(
        self, goal: Array, of_goal: Array, floors: Array, start: Array | None
    ) -> highs.Found:
        """
        Maximise ``goal`` over candidates, demands and one level, each group at least its floor.

        The floor of a group is ``floors``, and ``of_goal`` times the level.
        """
        core = self.search.core
        many, sites = len(core.weight), len(core.number)
        groups = np.flatnonzero(self.total > 0)
        known = np.flatnonzero(core.kind >= 0)
        at = np.searchsorted(groups, core.kind[known])
        part_of = core.weight[known] / self.total[core.kind[known]]
        share = sparse.csr_array((part_of, (at, known)), shape=(len(groups), many))
        cover, high = rows_of(core, self.search.limits, no_cuts(many))
        of_groups = sparse.hstack([sparse.csr_array((len(groups), sites)), share])
        blocks: list[Any] = [[cover, None], [of_groups, sparse.csr_array(-of_goal[groups, None])]]
        matrix = sparse.block_array(blocks, format="csr")
        low = floors[groups] - self.base[groups] / self.total[groups]
        n = sites + many + 1
        return highs.minimise(
            -goal, matrix, np.r_[np.full(len(high), -np.inf), low],
            np.r_[high, np.full(len(groups), np.inf)], low=np.zeros(n), high=np.ones(n),
            whole=np.arange(n) < sites, watch=self.ask.watch, start=start, prove=start is not None,
        )  # fmt: skip

    def level(self, of_goal: Array) -> highs.Found:
        """Find the most, up to 1, that every group can have of its ``of_goal``."""
        goal = np.zeros(len(self.search.core.number) + len(self.search.core.weight) + 1)
        goal[-1] = 1.0
        return self.ask_highs(goal, of_goal, np.zeros(len(self.floors)), None)

    def most(self, floors: Array, is_open: Array | None) -> highs.Found:
        """Find the most weight with each group at least at its floor."""
        core = self.search.core
        goal = np.r_[np.zeros(len(core.number)), core.weight, 0.0]
        start = None
        if is_open is not None:
            start = np.r_[is_open, core.matrix @ is_open.astype(float) > 0, 0].astype(float)
        return self.ask_highs(goal, np.zeros(len(floors)), floors, start)

    def shares(self, is_open: Array) -> Array:
        """Return the covered share of each group; one where it has nobody."""
        core = self.search.core
        got = core.weight * (core.matrix @ is_open.astype(float) > 0)
        known = np.flatnonzero(core.kind >= 0)
        found = self.base + np.bincount(core.kind[known], got[known], len(self.floors))
        return np.where(self.total > 0, found / np.maximum(self.total, 1e-300), 1.0)

    def open(self, found: highs.Found) -> Array | None:
        """Return the candidates opened, if any answer was found."""
        return None if found.x is None else found.x[: len(self.search.core.number)] > 0.5  # noqa: PLR2004


def fair_plan(ask: Ask, search: Search, floors: Array) -> Plan:
    """Answer with shares of groups: a quick start and bound, then HiGHS."""
    problem = ask.problem
    known, count = problem.group >= 0, len(floors)
    weight = problem.weight * known
    group = np.maximum(problem.group, 0)
    done = covered_by(problem, problem.open)
    fair = Fair(ask, search, floors, np.bincount(group, weight, count),
                np.bincount(group, weight * done, count))  # fmt: skip
    search.run(decide=False)
    if ask.options.get("aim", "total") == "max_min":
        return _least_share_first(fair)
    return _with_floors(fair, floors)


def _with_floors(fair: Fair, floors: Array) -> Plan:
    ask, search = fair.ask, fair.search
    held = bool((fair.shares(search.is_open) >= floors - _SLACK).all())
    if held and search.closed:
        return plan_of(ask, search.chosen, search.bound)
    is_open = search.is_open if held else None
    found = _unless_over(fair, lambda: fair.most(floors, is_open))
    if found is not None and found.infeasible:
        return _unfair(fair, floors)
    best, bound = is_open, search.bound
    if found is not None:
        best = is_open if found.x is None else fair.open(found)
        bound = 0.0 if found.optimal else min(bound, search.core.base - found.bound)
    if best is None:
        plan = no_plan(ask, "No answer with these shares was found in time.",
                     "限时内未找到满足比例的方案。", {})  # fmt: skip
        return replace(plan, status=ask.watch.cut or "time_limit", bound=bound)
    return plan_of(ask, search.core.number[best], bound)


def _unless_over(fair: Fair, solve_it: Callable[[], highs.Found]) -> highs.Found | None:
    """Ask HiGHS unless time is over or Ctrl-C is pressed."""
    if fair.ask.watch.over():
        return None
    try:
        found = solve_it()
    except KeyboardInterrupt:
        fair.ask.watch.interrupted()
        return None
    fair.ask.watch.over()
    return found


def _unfair(fair: Fair, floors: Array) -> Plan:
    """Say that the shares cannot be had, and which can."""
    found = _unless_over(fair, lambda: fair.level(floors))
    nearest: dict[str, float] = {}
    is_open = None if found is None else fair.open(found)
    names = fair.ask.problem.group_names
    if is_open is not None:
        shares = fair.shares(is_open)
        level = float((shares[floors > 0] / floors[floors > 0]).min(initial=1.0))
        nearest = {f"at_least {n}": level * f for n, f in zip(names, floors.tolist(), strict=True)
                   if f > 0}  # fmt: skip
    said = ", ".join(f"{n} {f:.1%}" for n, f in zip(names, floors.tolist(), strict=True) if f > 0)
    return no_plan(fair.ask, f"No choice of sites gives these shares: {said}.",
                 f"没有方案能达到这些比例：{said}。", nearest)  # fmt: skip


def _least_share_first(fair: Fair) -> Plan:
    ask, search = fair.ask, fair.search
    best, total = search.is_open, float(fair.total.sum())
    bound = min(1.0, search.bound / total) if total else 1.0
    first = _unless_over(fair, lambda: fair.level(np.ones(len(fair.floors))))
    proved = first is not None and first.optimal
    if first is not None:
        bound = min(bound, -first.bound)
        found = fair.open(first)
        if found is not None and fair.shares(found).min() >= fair.shares(best).min():
            best = found
    level = float(fair.shares(best).min())
    if proved:
        floors = np.maximum(level, fair.floors)
        then = _unless_over(fair, lambda: fair.most(floors, best))
        found = None if then is None else fair.open(then)
        if found is not None and fair.shares(found).min() >= level - _SLACK:
            best = found
        proved = then is not None and then.optimal
    plan = plan_of(ask, search.core.number[best], search.bound)
    level = float(fair.shares(best).min())
    status = ask.watch.status(proved=proved)
    bound = level if proved else max(bound, level)
    return replace(plan, objective=level, bound=bound, status=status)
