"""
Set covering (集合覆盖): the cheapest sites that reach everybody, once or several times.

Models ``lscp`` and ``k_cover``. Options: ``leave``, what becomes of demand that cannot be reached
(``unreachable``: it is left out and named; ``none``: then there is no answer), and for ``k_cover``
``copies``, how many sites each demand has to reach, one number or one each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.checked import FORCED, FREE, only_options, wrong
from geoplan.siting.feasibility import lacking, lost, nobody, within_reach
from geoplan.siting.kernels import covering as kernels
from geoplan.siting.kernels import covering_search
from geoplan.siting.plan import CLOSED, Plan, nearest_open, times_covered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.plan import Status
    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]
    Mask = npt.NDArray[np.bool_]

_TINY = 1e-9
_ROUND = 1e-5
"""By how much a bound may pass a whole number and still be rounded to it."""
_ROUNDS, _ASCENT, _BURST = 5, 2000, 100
_WORK = 2e8
"""Changes of gains in one burst of local search: some tenths of a second."""
_STEPS_PER_SITE, _MOST_BURSTS = 200, 16
_NODES, _LARGE = 2e10, 60_000
"""Nodes of HiGHS times the square of a core's pairs, and the pairs up to which it is asked."""
_REGION, _REGION_NODES = 300, 200
"""Rows of a region of a larger core, and nodes of HiGHS for each."""
_NODE_STEPS = 1000


class Cover(NamedTuple):
    """Columns of a cover, what they cost, and what no cover costs less than."""

    chosen: Mask
    cost: float
    bound: float


def cheapest(
    ptr: Array, col: Array, need: Array, cost: Array, there: Mask, *, watch: Watch, seed: int,
    target: float | None = None,
) -> Cover:  # fmt: skip
    """
    Find the cheapest columns of which every row has as many as it needs.

    Parameters
    ----------
    ptr, col
        Rows by column, rising.
    need
        Of each row; no more than it has columns that are there.
    cost
        Of each column, 0 or more.
    there
        Which columns may be taken.
    watch, seed
        See `geoplan.siting.solve`.
    target
        Ask only whether there is a cover of so little: a cover of no more or a bound of more
        ends the search. For whole costs.

    Returns
    -------
    cover
        The best found, and a valid bound.

    Notes
    -----
    Exact reductions to a fixpoint; Lagrangian bound with greedy covers on reduced costs (Caprara,
    Fischetti & Toth 1999); columns fixed by reduced cost; row weighting local search (Gao, Weise &
    Li 2015); HiGHS on the core that is left, for a bounded number of nodes.
    """
    search = _Search(ptr, col, need, cost, there, target, seed)
    try:
        search.run(watch)
    except KeyboardInterrupt:
        watch.interrupted()
    total = float(cost[search.best].sum())
    bound = search.lower * search.unit
    return Cover(search.best, total, total if search.proved else bound)


class _Search:
    """A cover, its bound, and the core still in question; costs in units, see `_unit`."""

    def __init__(
        self, ptr: Array, col: Array, need: Array, cost: Array, there: Mask,
        target: float | None, seed: int,
    ) -> None:  # fmt: skip
        self.unit, self.whole = _unit(cost[there])
        self.target = -np.inf if target is None else target / self.unit
        self.seed, self.state = seed, np.array([seed * 2 + 1], np.uint64) * np.uint64(0x9E3779B9)
        self.columns, self.taken = np.arange(len(cost)), np.zeros(len(cost), bool)
        self.base, self.upper, self.lower = 0.0, np.inf, 0.0
        self.best, self.price = self.taken, cast("Any", None)
        self.cost = np.asarray(cost, float) / self.unit
        self._shrink(ptr, col, need.astype(np.int64), there.copy())

    @property
    def pairs(self) -> int:
        """Pairs of the core."""
        return len(self.cover[1])

    @property
    def done(self) -> bool:
        """Whether the best is proved, or the question of the target answered."""
        slack = 0.0 if self.whole else 2 * _TINY * max(self._most, 1.0)
        return self.lower >= self._most - slack or self.upper <= self.target + _TINY

    @property
    def proved(self) -> bool:
        """Whether no cover is cheaper than the best."""
        return self.done and self.lower >= self.upper * (1 - 2 * _TINY)

    @property
    def _most(self) -> float:
        """What a cover has to cost less than to be of any use."""
        return self.upper if self.target < 0 else min(self.upper, self.target + 1.0)

    def run(self, watch: Watch) -> None:
        """Improve both sides until they meet, or the steps or the clock end."""
        for _ in range(_ROUNDS):
            before = self.pairs
            self._ascend(watch, _ASCENT)
            self._exchange(watch, 1)
            self._fix()
            if self.done or watch.over() or self.pairs > 0.9 * before:
                break
        bursts = -(-_STEPS_PER_SITE * len(self.columns) // self._burst)
        self._exchange(watch, min(bursts, _MOST_BURSTS))
        self._fix()
        self._prove(watch)

    def _shrink(self, ptr: Array, col: Array, need: Array, there: Mask) -> None:
        """Reduce the core, number it anew, and cover it once greedily."""
        ptr, col, row_there, taken = kernels.reduced(ptr, col, need, self.cost, there)
        self._take(taken)
        rows, columns = np.flatnonzero(row_there), np.flatnonzero(there)
        number = np.zeros(len(there), np.int32)
        number[columns] = np.arange(len(columns))
        ptr, col = np.r_[0, np.cumsum(np.diff(ptr)[rows])], number[col]
        self.columns, self.cost, self.need = self.columns[columns], self.cost[columns], need[rows]
        self.cover = (ptr, col, *kernels.turned(ptr, col, len(columns)))
        self.size = 2.0
        first = self.price is None
        self.price = kernels.prices(self.cover, self.need, self.cost) if first else self.price[rows]
        self.chosen = kernels.greedy(self.cover, self.need, self.cost, self.price)
        self._note()
        if not len(rows):
            self.lower = self._most  # the best that is better, or none is
            return
        rest = np.empty(len(columns))
        self._raise(kernels.lagrangian(self.cover, self.need, self.cost, self.price, rest))

    def _take(self, taken: Mask) -> None:
        self.taken[self.columns[taken]] = True
        self.base += float(self.cost[taken].sum())

    def _note(self) -> None:
        """Keep the core's cover if it is the best."""
        total = self.base + float(self.cost[self.chosen].sum())
        if total < self.upper - _TINY:
            self.upper, self.best = total, self.taken.copy()
            self.best[self.columns[self.chosen]] = True

    def _rounded(self, value: Any) -> Any:
        """Return what the cost is at least, given a bound of the core or several."""
        value = self.base + value
        return np.ceil(value - _ROUND) if self.whole else value - _TINY * np.abs(value)

    def _raise(self, value: float) -> None:
        self.lower = max(self.lower, min(self._most, float(self._rounded(value))))

    def _ascend(self, watch: Watch, steps: int) -> None:
        while steps > 0 and not (self.done or watch.over()):
            burst = watch.take(min(steps, _BURST))
            if burst == 0:
                return
            steps -= burst
            bound, _, self.size = kernels.ascend(
                self.cover, self.need, self.cost, self.price, self.chosen,
                float(self.cost[self.chosen].sum()), self.size, burst, 25,
            )  # fmt: skip
            self._note()
            self._raise(bound)
            watch.tell(0.5, "bound")

    @property
    def _burst(self) -> int:
        """Exchanges in one burst."""
        rows, columns = max(len(self.need), 1), max(len(self.columns), 1)
        one = 2 * (self.pairs / rows) * (self.pairs / columns) + int(self.chosen.sum()) + 1
        return int(np.clip(_WORK / one, 1000, 200_000))

    def _exchange(self, watch: Watch, bursts: int) -> None:
        for k in range(bursts):
            if self.done or watch.over():
                return
            burst = watch.take(min(self._burst, _STEPS_PER_SITE * len(self.columns)))
            if burst == 0:
                return
            covering_search.search(
                self.cover, self.need, self.cost, self.chosen, float(self.cost[self.chosen].sum()),
                max(self.lower, self.target) - self.base, burst, self.state,
            )  # fmt: skip
            self._note()
            watch.tell(0.5 + 0.3 * (k + 1) / bursts, "exchange")

    def _fix(self) -> None:
        """Drop columns no better cover has, take those every better one has, and reduce again."""
        if self.done:
            return
        ptr, col, cptr, row = self.cover
        rest = np.empty(len(self.columns))
        value = kernels.lagrangian(self.cover, self.need, self.cost, self.price, rest)
        settled = self._rounded(value + np.abs(rest)) >= self._most - (0.0 if self.whole else _TINY)
        if not settled.any():
            return
        must, need = settled & (rest < 0), self.need.copy()
        for j in np.flatnonzero(must):
            need[row[cptr[j] : cptr[j + 1]]] -= 1
        self._take(must)
        there = ~settled
        has = np.add.reduceat(there[col], ptr[:-1])
        if (has < need).any():
            self.lower = self._most  # no cover is better
        else:
            self._shrink(ptr, col, need, there)

    def _prove(self, watch: Watch) -> None:
        """Ask HiGHS about the core, or about its regions if it is large."""
        if self.done or watch.over():
            return
        if self.pairs > _LARGE:
            self._raise(self._by_region(watch))
            return
        nodes = int(np.clip(_NODES / self.pairs**2, 1, 50_000))
        every = np.arange(len(self.need))
        found = self._exact(every, np.arange(len(self.columns)), self.cost, nodes, watch)
        if found.x is not None:
            self.chosen = found.x > 0.5  # noqa: PLR2004
            self._note()
        if np.isfinite(found.bound):
            self._raise(found.bound)

    def _exact(
        self, rows: Array, columns: Array, cost: Array, nodes: int, watch: Watch
    ) -> highs.Found:
        """Cover some rows by some columns exactly, or as far as the nodes go."""
        nodes = watch.take(nodes * _NODE_STEPS) // _NODE_STEPS
        whole = self.whole and len(rows) == len(self.need)  # else HiGHS may stop at the start
        if nodes == 0 or watch.over():
            return highs.Found(None, -np.inf, optimal=False, infeasible=False)
        found = highs.minimise(
            cost, self._matrix[rows][:, columns], self.need[rows].astype(float),
            np.full(len(rows), np.inf), low=np.zeros(len(columns)), high=np.ones(len(columns)),
            whole=np.ones(len(columns), bool), watch=watch, most_nodes=nodes,
            start=self.chosen.astype(float) if whole else None, seed=self.seed % 2**31,
        )  # fmt: skip
        watch.over()
        return found

    @property
    def _matrix(self) -> sparse.csr_array[Any]:
        ptr, col, _, _ = self.cover
        shape = len(self.need), len(self.columns)
        return sparse.csr_array((np.ones(len(col)), col, ptr), shape=shape)

    def _by_region(self, watch: Watch) -> float:
        """
        Return a bound that covers each region exactly.

        A column's cost is shared among its regions as the prices say, so the sum of what regions
        cost is no more than what covers cost, and no less than the Lagrangian bound.
        """
        label, rest = kernels.regions(self.cover, _REGION), np.empty(len(self.columns))
        kernels.lagrangian(self.cover, self.need, self.cost, self.price, rest)
        matrix = self._matrix
        region = sparse.csr_array((np.ones(len(label)), (label, np.arange(len(label)))))
        touched = np.bincount((region @ matrix).indices, minlength=len(rest))
        total = 0.0
        for which in range(label.max() + 1):
            rows = np.flatnonzero(label == which)
            part = matrix[rows]
            columns = np.unique(part.indices)
            paid = part.T @ self.price[rows]
            cost = paid[columns] + rest[columns] / touched[columns]
            plain = float(
                self.need[rows] @ self.price[rows] + np.minimum(cost - paid[columns], 0).sum()
            )
            total += max(plain, self._exact(rows, columns, cost, _REGION_NODES, watch).bound)
            watch.tell(0.8 + 0.2 * which / (label.max() + 1), "regions")
        return total


def _unit(cost: Array) -> tuple[float, bool]:
    """Return what to count costs in, so that all are whole if they can be; and whether they are."""
    some = cost[cost > 0]
    if not len(some):
        return 1.0, True
    if (some == np.rint(some)).all() and some.max() < 2**40:
        return float(np.gcd.reduce(some.astype(np.int64))), True
    return float(some.max()) / 1e4, False


def solve(ask: Ask) -> Plan:
    """
    Find the cheapest sites that reach all demand that can be reached.

    Parameters
    ----------
    ask
        ``p`` and ``budget`` are the most there may be. Demand of no weight needs no site.

    Returns
    -------
    plan
        Objective: cost of the new sites. ``extra["unreachable"]``: ids and weight of the demand
        that reaches fewer candidates than it should; it is reached by as many as there are.

    Raises
    ------
    InputError
        If an option is unknown or out of range.

    Notes
    -----
    min sum c_j x_j with sum_j a_ij x_j >= copies_i (Toregas et al. 1971); see `cheapest`.
    """
    problem = ask.problem
    leave, copies = options(ask)
    wants = np.where(problem.weight > 0, copies, 0)
    many = within_reach(problem)
    short = wants > many
    if leave == "none" and short.any():
        return nobody(ask, short, many)
    need = np.maximum(np.minimum(wants, many) - times_covered(problem, problem.open), 0)
    found = cheapest(problem.ptr, problem.candidate, need, problem.cost, problem.state == FREE,
                     watch=ask.watch, seed=ask.seed)  # fmt: skip
    forced = problem.state == FORCED
    there, already = int(forced.sum()), float(problem.cost[forced].sum())
    if ask.p is not None and found.chosen.sum() + there > ask.p:
        few = _fewest(ask, need, found)
        if few.cost + there > ask.p:
            return lacking(ask, "p", ask.p, few.cost + there, few.bound + there)
        found = _at_most(ask, need, ask.p - there, few, found.bound)
    cost, bound = found.cost + already, found.bound + already
    if ask.budget is not None and cost > ask.budget * (1 + CLOSED):
        return lacking(ask, "budget", ask.budget, cost, bound)
    chosen = np.union1d(problem.open, np.flatnonzero(found.chosen))
    return answer(ask, chosen, cost, bound, extra={"unreachable": lost(problem, short)})


def _fewest(ask: Ask, need: Array, found: Cover) -> Cover:
    """Return the cover of the fewest sites, given the cheapest; its cost counts sites."""
    problem, free = ask.problem, ask.problem.state == FREE
    each = np.unique(problem.cost[free])
    if len(each) == 1 and each[0] > 0:
        return Cover(found.chosen, float(found.chosen.sum()), np.rint(found.bound / each[0]))
    return cheapest(problem.ptr, problem.candidate, need, np.ones(problem.candidates), free,
                    watch=ask.watch, seed=ask.seed)  # fmt: skip


def _at_most(ask: Ask, need: Array, p: int, few: Cover, least: float) -> Cover:
    """Return the cheapest cover of at most ``p`` sites, given one and what covers cost at least."""
    problem, there = ask.problem, ask.problem.state == FREE
    need = need.copy()
    ptr, col, rows, taken = kernels.reduced(problem.ptr, problem.candidate, need, problem.cost,
                                            there)  # fmt: skip
    need, size = np.r_[need[rows], int(taken.sum()) - p], problem.candidates
    keep = np.r_[0, np.cumsum(np.diff(ptr)[rows])]
    matrix = sparse.csr_array((np.ones(len(col)), col, keep), shape=(len(need) - 1, size))
    matrix = sparse.vstack([matrix, sparse.csr_array(-np.ones((1, size)) * there)], format="csr")
    nodes = int(np.clip(_NODES / max(len(col), 1) ** 2, 1, 50_000))
    proof = highs.minimise(
        problem.cost, matrix, need.astype(float), np.full(len(need), np.inf),
        low=taken.astype(float), high=(there | taken).astype(float), whole=np.ones(size, bool),
        watch=ask.watch, most_nodes=nodes, seed=ask.seed % 2**31,
    )  # fmt: skip
    chosen = few.chosen if proof.x is None else proof.x > 0.5  # noqa: PLR2004
    cost = float(problem.cost[chosen].sum())
    bound = cost if proof.optimal else max(least, proof.bound)
    return Cover(chosen, cost, min(cost, bound))


def options(ask: Ask) -> tuple[str, Array]:
    """Return what becomes of demand out of reach, and how many sites each demand wants."""
    known = {"leave", "copies"} if ask.model == "k_cover" else {"leave"}
    only_options(ask.model, ask.options, known)
    leave = ask.options.get("leave", "unreachable")
    if leave not in {"unreachable", "none"}:
        raise wrong(f"leave is {leave!r}.", f"leave 为 {leave!r}。", "give 'unreachable' or 'none'",
                    "应为 'unreachable' 或 'none'", parameter="leave")  # fmt: skip
    copies = np.asarray(ask.options.get("copies", 2 if ask.model == "k_cover" else 1))
    whole = copies.dtype.kind in "iu" and copies.shape in {(), (len(ask.problem),)}
    if not whole or (copies < 0).any():
        raise wrong("copies is not one whole number from 0, or one for each demand.",
                    "copies 应为一个不小于 0 的整数，或每个需求点一个。",
                    f"give one number or {len(ask.problem)}",
                    f"请给出一个或 {len(ask.problem)} 个整数", parameter="copies")  # fmt: skip
    return leave, np.broadcast_to(copies, len(ask.problem)).astype(np.int64)


def answer(
    ask: Ask, chosen: Array, objective: float, bound: float, *,
    sense: Literal["min", "max"] = "min", extra: Mapping[str, Any] | None = None,
) -> Plan:  # fmt: skip
    """Return the plan of some open candidates, proved if its bound says so."""
    proved = abs(objective - bound) <= CLOSED * max(abs(bound), abs(objective))
    watch = ask.watch
    status = watch.status(proved=proved)
    return Plan(
        ask.problem, ask.model, cast("Status", status), chosen, objective,
        objective if proved else bound, sense, nearest_open(ask.problem, chosen), ask.seed,
        watch.steps, watch.elapsed_s, extra=extra or {},
    )  # fmt: skip
