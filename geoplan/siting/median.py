"""P-median (P-中位): p sites so that people travel least; found, bounded and proved."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.checked import FORCED, FREE, only_options, wrong
from geoplan.siting.kernels import median as kernels
from geoplan.siting.plan import CLOSED, Plan, nearest_open

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]

_BURST, _NODE_STEPS, _SHAKES, _IDLE = 50, 40, 5, 25
_PATIENCE, _LEAST_SCALE, _NODE_SCALE = (20, 80), 1e-3, 0.3
_PAIRS, _NODES = 15_000, 2_000
"""How large a core HiGHS takes, and how far it goes."""
_READS = 1e10
"""Pairs looked at until a search without limits ends by itself: about half a minute."""


def solve(ask: Ask) -> Plan:
    """
    Choose exactly ``p`` new sites so that the person-minutes to the nearest open site are least.

    Parameters
    ----------
    ask
        ``p`` is needed. Option ``beyond_min``: minutes counted for a demand that reaches no open
        site, at least as many as any within reach; default the problem's ``limit_min``, or twice
        the greatest minutes if it has none.

    Returns
    -------
    plan
        ``objective`` in person-minutes. ``extra``: ``mean_min`` per person, ``beyond`` (the
        minutes counted and the weight they were counted for), ``price`` (of each demand in
        person-minutes, from the dual: what the bound pays to serve it).

    Raises
    ------
    InputError
        If ``p`` is not given, a budget is, or an option is unknown or wrong.

    Notes
    -----
    Fast interchange (Teitz and Bart 1968, Whitaker 1983) from a greedy start, shaken by seed;
    Lagrangian bound (Cornuejols, Fisher and Nemhauser 1977); sites fixed by reduced cost; branch
    and bound on sites with the same bound. Demand is served wherever it is nearest, so only pairs
    cheaper than what is open anyway are looked at.
    """
    beyond = _checked(ask)
    problem = ask.problem
    forced = int((problem.state == FORCED).sum())
    p = ask.p or 0
    if forced > p:
        return Plan.none(
            problem, ask.model, ask.watch, seed=ask.seed, sense="min",
            reason=f"{forced} sites are forced, but p is {p}.",
            reason_zh=f"必选点有 {forced} 个，而 p 为 {p}。", nearest={"p": forced},
        )  # fmt: skip
    core = first_core(problem, beyond, p - forced)
    search = Search(core, ask.seed, ask.watch)
    search.run()
    chosen = _filled(problem, np.r_[problem.open, search.best], p + len(problem.open) - forced)
    return _plan(ask, chosen, search, beyond)


def _checked(ask: Ask) -> float:
    only_options(ask.model, ask.options, ("beyond_min",))
    if ask.p is None:
        raise wrong("p_median needs p.", "p_median 需要 p。", "say how many new sites",
                    "请给出新设点数", parameter="p")  # fmt: skip
    if ask.budget is not None:
        raise wrong("p_median takes no budget.", "p_median 不接受预算。",
                    "give p, or take the model capacitated with site costs",
                    "请给 p，或用 capacitated 模型", parameter="budget")  # fmt: skip
    greatest = float(ask.problem.minutes.max(initial=0.0))
    limit = ask.problem.limit_min
    beyond = ask.options.get("beyond_min")
    if beyond is None:
        return 2.0 * greatest if limit is None or not np.isfinite(limit) else float(limit)
    if not isinstance(beyond, int | float) or not greatest <= beyond < np.inf:
        raise wrong(f"beyond_min is {beyond!r}.", f"beyond_min 为 {beyond!r}。",
                    f"give at least {greatest:g}, the greatest minutes within reach",
                    f"不少于可达范围内最大分钟数 {greatest:g}", parameter="beyond_min")  # fmt: skip
    return float(beyond)


def _filled(problem: CoverageProblem, chosen: Array, count: int) -> Array:
    """Return as many sites as asked: those that save nothing are added by number."""
    is_open = np.zeros(problem.candidates, bool)
    is_open[chosen] = True
    free = np.flatnonzero((problem.state == FREE) & ~is_open)
    is_open[free[: count - int(is_open.sum())]] = True
    return np.flatnonzero(is_open)


def _plan(ask: Ask, chosen: Array, search: Search, beyond: float) -> Plan:
    problem = ask.problem
    assigned = nearest_open(problem, chosen)
    objective = person_minutes(problem, chosen, beyond)
    bound = min(search.bound, objective)
    if objective - bound <= CLOSED * abs(objective):
        bound = objective
    status = ask.watch.status(proved=bound == objective)
    out = float(problem.weight[assigned < 0].sum())
    return Plan(
        problem, ask.model, status, chosen, objective, bound, "min", assigned, ask.seed,
        ask.watch.steps, ask.watch.elapsed_s,
        extra={
            "mean_min": objective / float(problem.weight.sum()),
            "beyond": {"minutes": beyond, "weight": out}, "price": search.prices(len(problem)),
        },
    )  # fmt: skip


def person_minutes(problem: CoverageProblem, chosen: Array, beyond: float) -> float:
    """Return what all people travel to the nearest of some sites."""
    is_open = np.zeros(problem.candidates, bool)
    is_open[chosen] = True
    row = problem.row
    pair = is_open[problem.candidate]
    minutes = np.full(len(problem), beyond)
    np.minimum.at(minutes, row[pair], problem.minutes[pair])
    return float(problem.weight @ minutes)


class Core(NamedTuple):
    """What is still to be decided: demands by their useful pairs, the nearest first."""

    rows: tuple[Array, Array, Array]
    base: Array
    demand: Array
    site: Array
    wanted: int
    apart: float
    """Cost of the demands that no site left would serve better."""
    taken: Array
    """Sites open in all that follows; they are in ``base``."""


def first_core(problem: CoverageProblem, beyond: float, count: int) -> Core:
    """Return the core of a problem: who is open anyway gives the base cost of each demand."""
    row = np.repeat(np.arange(len(problem), dtype=np.int32), np.diff(problem.ptr))
    cost = problem.minutes * problem.weight[row]
    order = np.lexsort((cost, row))
    rows = (problem.ptr.astype(np.int64), problem.candidate[order], cost[order])
    state = np.zeros(problem.candidates, np.int8)
    state[~problem.usable] = -1
    state[problem.open] = 1
    whole = Core(rows, beyond * problem.weight, np.arange(len(problem)),
                 np.arange(problem.candidates), count, 0.0, np.empty(0, np.int64))  # fmt: skip
    return shrunk(whole, state)._replace(taken=np.empty(0, np.int64), wanted=count)


def shrunk(core: Core, state: Array) -> Core:
    """Return the core with sites opened (1), closed (-1) or still free (0)."""
    (ptr, site, cost), base = kernels.compress(core.rows, core.base, state)
    has = np.diff(ptr) > 0
    used = np.zeros(len(core.site), bool)
    used[site] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    rows = (np.r_[np.int64(0), ptr[1:][has]], number[site], cost)
    return Core(
        rows, base[has], core.demand[has], core.site[used], core.wanted - int((state > 0).sum()),
        core.apart + float(base[~has].sum()), np.r_[core.taken, core.site[state > 0]],
    )  # fmt: skip


def by_site(core: Core) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
    """Return the pairs of each demand with its nearest sites, by demand and by site."""
    near = max(24, 8 * len(core.site) // max(core.wanted, 1))
    ptr, site, cost = core.rows
    held = np.diff(ptr)
    row = np.repeat(np.arange(len(core.base), dtype=np.int32), held)
    keep = np.arange(len(site)) - ptr[row] < near
    row, site, cost = row[keep], site[keep], cost[keep]
    short, turned = np.zeros(len(ptr), np.int64), np.zeros(len(core.site) + 1, np.int64)
    np.cumsum(np.minimum(held, near), out=short[1:])
    order = np.argsort(site, kind="stable")
    np.cumsum(np.bincount(site, minlength=len(core.site)), out=turned[1:])
    return (short, site, cost), (turned, row[order], cost[order])


class Search:
    """
    The best sites of a core, and a bound on all others.

    After `run`: ``best`` (candidates, without those that save nothing), ``value``, ``bound``.
    """

    def __init__(self, core: Core, seed: int, watch: Watch) -> None:
        self.core, self.watch = core, watch
        self.random = np.array([seed * 2654435769 + 88172645463325252], np.uint64)
        whole = all(bool((a == np.rint(a)).all()) for a in (core.rows[2], core.base))
        self.grain = 1.0 if whole and core.apart == round(core.apart) else 0.0
        self.best, self.value, self.bound = core.taken, np.inf, core.apart
        self.price, self.priced = core.base.copy(), core.demand
        self.reads = 0.0

    @property
    def cutoff(self) -> float:
        """What a bound must reach so that nothing better is left."""
        return self.value - (self.grain - 1e-6 if self.grain else 1e-10 * abs(self.value))

    def prices(self, demands: int) -> Array:
        """Return the price of each demand at the best bound without branching."""
        out = np.zeros(demands)
        out[self.priced] = self.price
        return out

    def run(self) -> None:
        """Search, bound and branch until proved, cut or out of steps."""
        try:
            self._begin()
            if self._go_on():
                self._root()
            if self._go_on():
                self._finish()
            if self._go_on():
                self._branch()
        except KeyboardInterrupt:
            self.watch.interrupted()
        if self.bound >= self.cutoff:
            self.bound = self.value

    def _go_on(self) -> bool:
        done = self.bound >= self.cutoff or self.reads > _READS or self.watch.over()
        return not done and self.watch.step_limit != self.watch.steps

    def _begin(self) -> None:
        """First answer and first bound: greedy, and the prices of the nearest site."""
        core = self.core
        if len(core.site) <= core.wanted or not core.wanted:
            self._note(core, np.ones(len(core.site), np.bool_) if core.wanted else None)
            self.bound = self.value
            return
        self.near = by_site(core)
        is_open = np.zeros(len(core.site), np.bool_)
        kernels.greedy(self.near[1], core.base, core.wanted, is_open)
        self._note(core, is_open)
        if not self.watch.over():
            kernels.interchange(*self.near, core.base, is_open, 0, 1 << 40)
            self._note(core, is_open)
        first, second = np.empty(len(core.base)), np.empty(len(core.base))
        kernels.serve(
            core.rows,
            core.base,
            is_open,
            np.arange(len(core.base)),
            first,
            second,
            np.empty(len(core.base), np.int32),
            np.empty(len(core.base), np.int32),
        )
        self.price = (first + second) / 2
        found = self._ascend(core, self.price, 1, np.array([1.0, 0.0]))[0]
        nearest = float(core.rows[2][core.rows[0][:-1]].sum())
        self.bound = core.apart + max(found, nearest)

    def _note(self, core: Core, is_open: Array | None) -> bool:
        """Keep a set of sites of a core if it is the best so far."""
        sites = np.empty(0, np.int64) if is_open is None else core.site[is_open]
        value = core.apart + float(
            core.base.sum() if is_open is None else kernels.total(core.rows, core.base, is_open)
        )
        if value >= self.value:
            return False
        self.value, self.best = value, np.r_[core.taken, sites]
        return True

    def _ascend(self, core: Core, price: Array, steps: int, pace: Array, patience: int = 20) -> Any:
        out = kernels.ascend(core.rows, core.base, price, len(core.site), core.wanted,
                             self.cutoff - core.apart, steps, pace, patience)  # fmt: skip
        self.reads += 2.0 * out[5] + len(core.base) * steps
        return out

    def _shake(self, core: Core, near: Any, is_open: Array, rounds: int) -> None:
        """Look for a better answer around the best one, or this one if the best was ruled out."""
        best = np.isin(core.site, self.best)
        if best.sum() + len(core.taken) == len(self.best) and best.sum() == core.wanted:
            is_open = best
        idle = 0
        while idle < rounds and not self.watch.over() and self.watch.take(_SHAKES):
            kernels.search(*near, core.base, is_open, _SHAKES, self.random)
            idle = 0 if self._note(core, is_open) else idle + _SHAKES

    def _root(self) -> None:
        """Search, then raise the bound; shrink the core by what the bound rules out."""
        core, price, near = self.core, self.price.copy(), self.near
        self._shake(core, near, np.zeros(0, np.bool_), _IDLE)
        for patience in _PATIENCE:
            pace = np.array([1.0 if patience == _PATIENCE[0] else 0.5, 0.0])
            while self._go_on() and pace[0] >= _LEAST_SCALE:
                steps = self.watch.take(_BURST)
                bound, rho, _, is_open, _, _ = self._ascend(core, price, steps, pace, patience)
                if core.apart + bound > self.bound and len(core.demand) == len(self.price):
                    self.price = price.copy()
                self.bound = max(self.bound, core.apart + bound)
                kernels.interchange(*near, core.base, is_open, 0, 1 << 40)
                self._note(core, is_open)
                self._shake(core, near, is_open, _SHAKES)
                core, price, smaller = self._fixed(core, rho, bound, price)
                if smaller:
                    near = by_site(core)
                if len(core.site) <= core.wanted or not core.wanted:
                    self._note(core, np.ones(len(core.site), np.bool_) if core.wanted else None)
                    self.bound = self.value
        self.core, self.root_price = core, price

    def _fixed(self, core: Core, rho: Array, bound: float, price: Array) -> Any:
        state = np.zeros(len(core.site), np.int8)
        many = kernels.fix(rho, core.wanted, bound, self.cutoff - core.apart, state)
        if many * 10 < len(core.site):
            return core, price, False
        of = np.zeros(int(core.demand.max()) + 1)
        of[core.demand] = price
        core = shrunk(core, state)
        return core, np.minimum(of[core.demand], core.base), True

    def _finish(self) -> None:
        """Give a small core to HiGHS: y open, x saved by each pair, x <= y."""
        core, n, m = self.core, len(self.core.base), len(self.core.site)
        row, column, cost = self._pairs()
        k, pair = len(row), np.arange(len(row))
        if not 0 < k <= _PAIRS:
            return
        x = m + pair
        one = np.ones(k)
        matrix = sparse.csr_array(
            (np.r_[one, one, -one, np.ones(m)],
             (np.r_[row, n + pair, n + pair, np.full(m, n + k)],
              np.r_[x, x, column, np.arange(m)])), shape=(n + k + 1, m + k),
        )  # fmt: skip
        found = highs.minimise(
            np.r_[np.zeros(m), cost - core.base[row]], matrix,
            np.r_[np.full(n + k, -np.inf), core.wanted],
            np.r_[np.ones(n), np.zeros(k), core.wanted],
            low=np.zeros(m + k), high=np.ones(m + k), whole=np.arange(m + k) < m,
            watch=self.watch, most_nodes=_NODES,
        )  # fmt: skip
        if found.x is not None:
            self._note(core, found.x[:m] > 0.5)  # noqa: PLR2004
        self.bound = max(self.bound, min(core.apart + core.base.sum() + found.bound, self.value))

    def _pairs(self) -> tuple[Array, Array, Array]:
        """Return the pairs of the core that a better answer may use, by their reduced cost."""
        core, price = self.core, self.root_price
        rho = np.zeros(len(core.site))
        kernels.reduced(core.rows, price, rho)
        lowest = np.sort(rho)[: core.wanted]
        bound = core.apart + price.sum() + lowest.sum()
        row = np.repeat(np.arange(len(core.base)), np.diff(core.rows[0]))
        more = np.maximum(core.rows[2] - price[row], 0.0)
        more += np.maximum(rho - lowest[-1], 0.0)[core.rows[1]]
        keep = bound + more < self.cutoff
        return row[keep], core.rows[1][keep], core.rows[2][keep]

    def _branch(self) -> None:
        """Best-first branch and bound on sites, each node with the prices of its parent."""
        root = self.core
        heap: list[Any] = [(self.bound, 0, np.zeros(len(root.site), np.int8), self.root_price)]
        born = 0
        while heap and self._go_on():
            bound, _, state, price = heapq.heappop(heap)
            if bound >= self.cutoff:
                heap = []
                break
            self.watch.take(1)
            self.bound = max(self.bound, min(bound, self.value))
            for child in self._node(root, state, price, bound):
                born += 1
                heapq.heappush(heap, (child[0], born, *child[1:]))
        left = heap[0][0] if heap else self.value
        self.bound = max(self.bound, min(left, self.value))

    def _node(self, root: Core, state: Array, price: Array, bound: float) -> list[Any]:
        """Bound one node, and return its two children: bound, state of the sites, prices."""
        core = shrunk(root, state)
        if len(core.site) <= core.wanted or not core.wanted:
            self._note(core, np.ones(len(core.site), np.bool_) if core.wanted else None)
            return []
        at, row = np.searchsorted(root.site, core.site), np.searchsorted(root.demand, core.demand)
        here = np.minimum(price[row], core.base)
        pace = np.array([_NODE_SCALE, 0.0])
        found, rho, share, is_open, _, _ = self._ascend(core, here, _NODE_STEPS, pace)
        bound = max(bound, core.apart + found)
        if self._note(core, is_open):
            kernels.interchange(*by_site(core), core.base, is_open, 0, 1 << 40)
            self._note(core, is_open)
        if bound >= self.cutoff:
            return []
        price, state, fixed = price.copy(), state.copy(), np.zeros(len(core.site), np.int8)
        price[row] = here
        kernels.fix(rho, core.wanted, found, self.cutoff - core.apart, fixed)
        state[at] = fixed
        free = np.flatnonzero(fixed == 0)
        if not len(free):
            return [(bound, state, price)]
        j = at[free[np.argmin(np.abs(share[free] - 0.5))]]
        children = []
        for way in (1, -1):
            child = state.copy()
            child[j] = way
            children.append((bound, child, price))
        return children
