"""
Sites with a capacity (有容量约束的选址): p-median and facility location.

Each demand goes to one site, or is divided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.capacity_core import Work, work_of
from geoplan.siting.checked import FORCED, only_options, wrong
from geoplan.siting.kernels import capacitated as kernels
from geoplan.siting.plan import CLOSED, Plan, nearest_open
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]

_BURST, _BURSTS, _PATIENCE, _ROUNDS, _FIRST = 50, 20, 20, 20, 30
_PAIRS, _NODES, _MOST_S = 40_000, 2_000, 20.0
"""How large a core the exact solver takes, and how far it goes."""
_WHOLE = 0.5


def solve(ask: Ask) -> Plan:
    """
    Choose sites that can serve all demand, and who goes where.

    Parameters
    ----------
    ask
        With ``p``: exactly as many new sites, least person-minutes (capacitated p-median).
        Without: as many as pay, least cost of the new sites and of the travel (facility
        location). Options: ``minute_cost``, cost of a person-minute, without ``p`` only, default
        1; ``split``, whether a demand may be divided among sites, default False.

    Returns
    -------
    plan
        ``extra``: ``mean_min`` per person, ``load`` (weight at each candidate), ``price`` of each
        demand at the Lagrangian bound, and ``share`` (demand by candidate, sparse) if split; then
        ``assigned`` is who serves the greatest share. If the search ends before it has any
        answer the objective is infinite, and ``reason`` says so.

    Raises
    ------
    InputError
        If a budget is given, or an option is unknown or wrong.

    Notes
    -----
    Bound: the assignment is relaxed, each site then solves a continuous knapsack (Cornuejols,
    Sridharan and Thizy 1991), so it is as strong as the linear program with x <= y. Answers by
    shifts, swaps and changes of sites by seed; pairs and sites are fixed by reduced cost and the
    core, while small, is solved by HiGHS.
    """
    split, minute_cost = _options(ask)
    work = work_of(ask, minute_cost)
    forced = int((ask.problem.state == FORCED).sum())
    if ask.p is not None and forced > ask.p:
        return _infeasible(ask, f"{forced} sites are forced, but p is {ask.p}.",
                           f"必选点有 {forced} 个，而 p 为 {ask.p}。", {"p": forced})  # fmt: skip
    said = _hopeless(ask.problem, work, forced, split=split)
    if said is not None:
        return _infeasible(ask, *said)
    search = Search(work, ask.seed, ask.watch, split=split)
    search.run()
    if search.none:
        return _infeasible(ask, *_why(work, ask.watch, forced, split=split))
    return _plan(ask, search, minute_cost)


def _options(ask: Ask) -> tuple[bool, float]:
    known = {"split"} if ask.p is not None else {"split", "minute_cost"}
    only_options(ask.model, ask.options, known)
    if ask.budget is not None:
        raise wrong("capacitated takes no budget.", "capacitated 不接受预算。",
                    "give p, or the cost of a minute", "请给 p 或 minute_cost",
                    parameter="budget")  # fmt: skip
    split, cost = ask.options.get("split", False), ask.options.get("minute_cost", 1.0)
    if not isinstance(split, bool):
        raise wrong(f"split is {split!r}.", f"split 为 {split!r}。", "give True or False",
                    "请给 True 或 False", parameter="split")  # fmt: skip
    if not isinstance(cost, int | float) or not 0 <= cost < np.inf:
        raise wrong(f"minute_cost is {cost!r}.", f"minute_cost 为 {cost!r}。", "give 0 or more",
                    "应为 0 或更大的数", parameter="minute_cost")  # fmt: skip
    return split, float(cost)


Said = tuple[str, str, dict[str, float]]


def _hopeless(problem: CoverageProblem, work: Work, forced: int, *, split: bool) -> Said | None:
    """Return why there can be no answer, where that is plain to see."""
    lone = np.bincount(work.row, minlength=len(work.weight)) == 0
    if lone.any():
        left = work.weight[lone].sum()
        return (f"{lone.sum()} demands with a weight of {left:g} reach no candidate.",
                f"{lone.sum()} 处需求（权重 {left:g}）无备选点可达。", {})  # fmt: skip
    need = float(work.weight.sum())
    free = np.sort(work.capacity[~work.must])[::-1]
    there = float(work.capacity[work.must].sum())
    holds = there + np.r_[0.0, np.cumsum(free)]
    most = holds[work.most]
    if most < need * (1 - CLOSED):
        enough = np.flatnonzero(holds >= need * (1 - CLOSED))
        near = {"p": float(enough[0] + forced)} if len(enough) else {"capacity": need}
        return (f"The sites hold {most:g} at most, but the demand is {need:g}.",
                f"容量至多 {most:g}，需求为 {need:g}。", near)  # fmt: skip
    room = np.zeros(len(work.weight))
    np.maximum.at(room, work.row, work.capacity[work.column])
    big = np.flatnonzero(work.weight > room)
    if len(big) and not split:
        i = big[np.argmax(work.weight[big])]
        name = problem.demand_ids[work.demand[i]]
        return (f"Demand {name} weighs {work.weight[i]:g}; no site it reaches holds as much.",
                f"需求 {name} 的权重为 {work.weight[i]:g}，可达的点都容纳不下。",
                {"capacity": float(work.weight[i])})  # fmt: skip
    return None


def _infeasible(ask: Ask, reason: str, reason_zh: str, near: Mapping[str, float]) -> Plan:
    return Plan.none(ask.problem, ask.model, ask.watch, seed=ask.seed, sense="min", reason=reason,
                     reason_zh=reason_zh, nearest=near)  # fmt: skip


def _why(work: Work, watch: Watch, forced: int, *, split: bool) -> Said:
    """Return the nearest p, or else how much greater the capacities must be."""
    once = Watch(watch.left_s)
    if work.most < (~work.must).sum():
        fewest = work._replace(cost=np.zeros(len(work.cost)), fewest=0, most=len(work.fee),
                               fee=np.where(work.must, 0.0, 1.0))  # fmt: skip
        found = _exact(fewest, once, split=split)
        if found.x is not None:
            p = float(np.rint(found.x[: len(work.fee)][~work.must].sum()))
            return ("No such number of sites can serve all demand within their capacities.",
                    "这一数量的站点在容量内无法服务全部需求。",
                    {"p": p + forced})  # fmt: skip
    factor = _least_factor(work, once, split=split)
    return ("Even with every candidate open the demand does not fit into the capacities in reach.",
            "即使全部备选点开放，可达范围内的容量仍不足。",
            {"capacity_factor": factor})  # fmt: skip


def _least_factor(work: Work, watch: Watch, *, split: bool) -> float:
    """Return how many times the capacities would have to be for all demand to fit."""
    n, k = len(work.weight), len(work.cost)
    at, number = np.arange(k), np.flatnonzero(np.isfinite(work.capacity))
    fits = np.isin(work.column, number)
    place = np.searchsorted(number, work.column[fits])
    matrix = sparse.csr_array(
        (np.r_[np.ones(k), work.weight[work.row[fits]], -work.capacity[number]],
         (np.r_[work.row, n + place, n + np.arange(len(number))],
          np.r_[at, at[fits], np.full(len(number), k)])), shape=(n + len(number), k + 1),
    )  # fmt: skip
    found = highs.minimise(
        np.r_[np.zeros(k), 1.0], matrix, np.r_[np.ones(n), np.full(len(number), -np.inf)],
        np.r_[np.ones(n), np.zeros(len(number))], low=np.zeros(k + 1),
        high=np.r_[np.ones(k), np.inf], whole=np.r_[np.full(k, not split), False], watch=watch,
        most_nodes=_NODES,
    )  # fmt: skip
    return float("nan") if found.x is None else float(found.x[-1])


def _exact(work: Work, watch: Watch, *, split: bool, start: Array | None = None) -> highs.Found:
    """Solve by HiGHS: the columns are sites, then pairs."""
    n, m, k = len(work.weight), len(work.fee), len(work.cost)
    pair = m + np.arange(k)
    reach = np.bincount(work.column, work.weight[work.row], m)
    tight = np.flatnonzero(reach > work.capacity)
    place = np.full(m, -1)
    place[tight] = np.arange(len(tight))
    inside = place[work.column] >= 0
    t = len(tight)
    row = np.r_[work.row, n + np.arange(k), n + np.arange(k), n + k + place[work.column[inside]],
                n + k + np.arange(t), np.full(m, n + k + t)]  # fmt: skip
    column = np.r_[pair, pair, work.column, pair[inside], tight, np.arange(m)]
    value = np.r_[np.ones(2 * k), -np.ones(k), work.weight[work.row[inside]],
                  -work.capacity[tight], np.ones(m)]  # fmt: skip
    matrix = sparse.csr_array((value, (row, column)), shape=(n + k + t + 1, m + k))
    there = float(work.must.sum())
    return highs.minimise(
        np.r_[work.fee, work.cost], matrix,
        np.r_[np.ones(n), np.full(k + t, -np.inf), there + work.fewest],
        np.r_[np.ones(n), np.zeros(k + t), there + work.most],
        low=np.r_[work.must.astype(float), np.zeros(k)], high=np.ones(m + k),
        whole=np.r_[np.ones(m, bool), np.full(k, not split)], watch=watch, start=start,
        most_nodes=_NODES, most_s=_MOST_S,
    )  # fmt: skip


class Search:
    """
    The best sites and assignment, and a bound on all others.

    After `run`: ``is_open``, ``share`` of each pair, ``value``, ``bound``; ``none`` if proved that
    there is no answer.
    """

    def __init__(self, work: Work, seed: int, watch: Watch, *, split: bool) -> None:
        self.work, self.watch, self.split = work, watch, split
        self.rows, self.columns = work.rows, work.columns
        self.random = np.array([seed * 2654435769 + 88172645463325252], np.uint64)
        self.fine = 2.0 * (work.cost.max(initial=0.0) + work.fee.sum() + 1.0) / work.weight.min()
        self.value, self.bound, self.none = np.inf, -np.inf, False
        self.is_open, self.share = work.must.copy(), np.zeros(len(work.cost))
        self.price = np.zeros(len(work.weight))

    @property
    def cutoff(self) -> float:
        """What a bound must reach so that nothing better is left."""
        return self.value - 1e-10 * abs(self.value) if self.value < np.inf else np.inf

    def run(self) -> None:
        """Search and bound in turn, then solve what is left of it if it is small."""
        try:
            self._begin()
            saved = self._raise()
            if self.bound < self.cutoff and self._go_on() and saved is not None:
                self._finish(*saved)
        except KeyboardInterrupt:
            self.watch.interrupted()
        if self.bound >= self.cutoff:
            self.bound = self.value

    def _go_on(self) -> bool:
        return not self.watch.over() and self.watch.steps != self.watch.step_limit

    def _begin(self) -> None:
        """Open where most is newly served for the fee, until all fits or enough are open."""
        work = self.work
        is_open: Array = work.must.copy()
        left: Array = work.weight.copy()
        self._fill(left, np.flatnonzero(is_open))
        for opened in range(work.most):
            free = np.flatnonzero(~is_open)
            new: Array = np.bincount(work.column, left[work.row], len(work.fee))[free]
            gain = np.minimum(new, work.capacity[free]) / (work.fee[free] + 1e-9 + self._mean)
            if opened >= work.fewest and not left.any():
                break
            j = free[np.argmax(gain)]
            is_open[j] = True
            self._fill(left, np.array([j]))
        self._wander(is_open, np.full(len(work.weight), -1), _FIRST)
        self.price = np.zeros(len(work.weight))
        np.maximum.at(self.price, work.row, work.cost)
        self.bound = self._ascend(self.price, 1, np.array([1.0, 0.0]))[0]

    @property
    def _mean(self) -> float:
        return float(self.work.cost.mean()) if len(self.work.cost) else 1.0

    def _fill(self, left: Array, sites: Array) -> None:
        """Take from what is left what some sites hold, the nearest first."""
        ptr, demand, cost = self.columns
        for j in sites.tolist():
            here = demand[ptr[j] : ptr[j + 1]]
            here = here[np.argsort(cost[ptr[j] : ptr[j + 1]] / self.work.weight[here])]
            fits = np.cumsum(left[here]) <= self.work.capacity[j]
            left[here[fits]] = 0.0

    def _wander(self, is_open: Array, at: Array, rounds: int) -> None:
        """Improve some sites and an assignment, and keep them if they are the best."""
        work = self.work
        cost, excess = kernels.wander(
            self.rows, work.weight, work.capacity, work.fee, work.must, work.fewest == work.most,
            is_open, at, self.fine, rounds, self.random,
        )  # fmt: skip
        if not excess > 0 and cost < self.value:
            self._keep(is_open, (at[work.row] == work.column).astype(float))

    def _keep(self, is_open: Array, share: Array) -> None:
        """Keep an answer if it is the best, without sites that serve nobody."""
        work = self.work
        if work.fewest < work.most:
            used = np.bincount(work.column, share, len(work.fee)) > 0
            is_open = is_open & (used | work.must)
        value = float(work.fee[is_open].sum() + work.cost @ share)
        if value < self.value:
            self.value, self.is_open, self.share = value, is_open.copy(), share

    def _best(self) -> tuple[Array, Array]:
        """Return the best sites, and the site that serves most of each demand."""
        at = np.full(len(self.work.weight), -1)
        served = self.share > _WHOLE
        at[self.work.row[served]] = self.work.column[served]
        return self.is_open.copy(), at

    def _ascend(self, price: Array, steps: int, pace: Array) -> Any:
        work = self.work
        return kernels.ascend_filled(
            self.columns, work.weight, work.capacity, work.fee, work.must, work.fewest, work.most,
            price, self.cutoff, steps, pace, _PATIENCE,
        )  # fmt: skip

    def _raise(self) -> tuple[Array, Array, float] | None:
        """Raise the bound by bursts, search from the sites it takes and from the best ones."""
        pace, saved = np.array([1.0, 0.0]), None
        lone = np.full(len(self.work.weight), -1)
        for _ in range(_BURSTS):
            if self.bound >= self.cutoff or not self._go_on():
                break
            steps = self.watch.take(_BURST)
            bound, save, dual, taken = self._ascend(self.price, steps, pace)
            self.bound, saved = max(self.bound, bound), (save, dual, bound)
            self._wander(taken, lone.copy(), self.watch.take(_ROUNDS))
            if self.value < np.inf:
                self._wander(*self._best(), self.watch.take(_ROUNDS))
            if pace[0] < 1e-3:  # noqa: PLR2004
                break
        return saved

    def _finish(self, save: Array, dual: Array, bound: float) -> None:
        """Drop what the bound rules out, and solve the rest exactly if it is small."""
        work = self.work
        closed, opened = _penalties(work, save)
        keep = bound + closed < self.cutoff
        must = work.must | (bound + opened >= self.cutoff)
        more = work.cost - self.price[work.row] + dual[work.column] * work.weight[work.row]
        pair = keep[work.column] & (
            bound + np.maximum(more, 0.0) + closed[work.column] < self.cutoff
        )
        if self.value == np.inf:
            keep[:], pair[:] = True, True
        if pair.sum() > _PAIRS:
            return
        number = np.cumsum(keep) - 1
        more_must = int((must & ~work.must).sum())
        core = work._replace(
            row=work.row[pair], column=number[work.column[pair]], cost=work.cost[pair],
            capacity=work.capacity[keep], fee=work.fee[keep], must=must[keep],
            fewest=max(0, work.fewest - more_must), most=work.most - more_must,
        )  # fmt: skip
        start = None
        if self.value < np.inf and self.is_open[keep].sum() == self.is_open.sum():
            start = np.r_[self.is_open[keep].astype(float), self.share[pair]]
        found = _exact(core, self.watch, split=self.split, start=start)
        self._take(found, keep, pair)

    def _take(self, found: highs.Found, keep: Array, pair: Array) -> None:
        if found.infeasible:
            self.none, self.bound = self.value == np.inf, self.value
            return
        self.bound = max(self.bound, min(found.bound, self.value))
        if found.x is None:
            return
        sites = int(keep.sum())
        is_open = np.zeros(len(self.work.fee), bool)
        is_open[keep] = found.x[:sites] > _WHOLE
        share = np.zeros(len(self.work.cost))
        share[pair] = found.x[sites:] if self.split else found.x[sites:] > _WHOLE
        self._keep(is_open, share)
        if found.optimal:
            self.bound = self.value


def _penalties(work: Work, save: Array) -> tuple[Array, Array]:
    """Return what opening, and what closing, each site adds to the bound at least."""
    free = np.flatnonzero(~work.must)
    closed, opened = np.zeros(len(save)), np.zeros(len(save))
    order = free[np.argsort(save[free], kind="stable")]
    count = int(np.clip((save[free] < 0).sum(), work.fewest, work.most))
    taken, others = order[:count], order[count:]
    worst, best = save[taken].max(initial=-np.inf), save[others].min(initial=np.inf)
    closed[others] = save[others] - (worst if count == work.most else max(worst, 0.0))
    opened[taken] = (best if count == work.fewest else np.minimum(best, 0.0)) - save[taken]
    return closed, opened


def _plan(ask: Ask, search: Search, minute_cost: float) -> Plan:
    problem, work = ask.problem, search.work
    chosen = np.sort(work.site[search.is_open]) if search.value < np.inf else np.empty(0, np.int64)
    assigned, load = np.full(len(problem), -1), np.zeros(problem.candidates)
    if len(chosen):
        assigned = nearest_open(problem, chosen)
        order = np.argsort(search.share, kind="stable")
        order = order[search.share[order] > 0]
        assigned[work.demand[work.row[order]]] = work.site[work.column[order]]
        np.add.at(load, work.site[work.column], search.share * work.weight[work.row])
    minutes = float((search.share * work.cost).sum()) / minute_cost if minute_cost else np.nan
    bound = min(search.bound, search.value)
    if search.value - bound <= CLOSED * abs(search.value) < np.inf:
        bound = search.value
    status = ask.watch.status(proved=bound == search.value)
    extra = {"mean_min": minutes / float(work.weight.sum()), "load": load}
    price = np.zeros(len(problem))
    price[work.demand] = search.price
    extra["price"] = price
    if search.split:
        extra["share"] = sparse.csr_array(
            (search.share, (work.demand[work.row], work.site[work.column])),
            shape=(len(problem), problem.candidates),
        )  # fmt: skip
    lost = search.value == np.inf
    return Plan(
        problem, ask.model, status, chosen, search.value, bound, "min", assigned, ask.seed,
        ask.watch.steps, ask.watch.elapsed_s,
        "The search ended before it found an answer." if lost else "",
        "搜索结束时尚未找到可行方案。" if lost else "", extra=extra,
    )  # fmt: skip
