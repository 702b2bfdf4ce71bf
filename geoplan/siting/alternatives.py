"""
Near-optimal alternatives (近优方案): other plans proved within some per cent, what all share.

Sites of every such plan are its core; sites of some are swing sites, where there is a choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.network.checks import in_range, one_of
from geoplan.siting.checked import FORCED, wrong
from geoplan.siting.counting import core_of
from geoplan.siting.highs import minimise
from geoplan.siting.plan import CLOSED, covered_by
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from geoplan.siting.plan import Plan
    from geoplan.siting.watch import Progress

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_EXACT_PAIRS, _HALF = 30_000, 0.5


@dataclass(frozen=True, eq=False)
class Alternatives:
    """
    Plans nearly as good as the best.

    Parameters
    ----------
    table
        One row per plan, the best first: ``objective``, ``gap_share`` (from the bound), ``cost``,
        ``covered``, ``sites`` (new ones), ``sites_in`` and ``sites_out`` (against the plan),
        ``is_plan``.
    core
        Sites in every plan.
    swing
        Sites in some of the plans found.
    complete
        Whether there are no others: proved.
    core_proved
        Whether no plan within the limit does without a core site: proved.
    bound
        No plan is better.
    limit
        Objective that a plan may have at worst.
    """

    table: pd.DataFrame
    core: tuple[str, ...]
    swing: tuple[str, ...]
    complete: bool
    core_proved: bool
    bound: float
    limit: float


def within(  # noqa: PLR0913
    plan: Plan, share: float = 0.02, most: int = 20, *, p: int | None = None,
    budget: float | None = None, seed: int = 0, time_limit_s: float | None = None,
    exact_pairs: int = _EXACT_PAIRS, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Alternatives:  # fmt: skip
    """
    Find the plans within a share of the bound.

    Parameters
    ----------
    plan
        Of ``mclp`` or ``lscp``.
    share
        How far from the bound a plan may be, 0 to 1, closed.
    most
        After so many the search ends, and is not complete if there may be more.
    p, budget
        What the new sites of ``mclp`` may be at most; default as many as the plan has.
    seed, time_limit_s, progress, cancelled
        See `siting.solve`. What is cut short is not complete.
    exact_pairs
        Above so many pairs left to decide, plans are found by one swap from this one; each is
        within the share, but they are not all.

    Returns
    -------
    alternatives
        Of ``lscp`` covers that serve all that can be served and can do without none of their
        sites; of ``mclp`` sets to which nothing more can be added that serves somebody not served
        by what is open anyway. Searching for the core may find more than ``most``.

    Raises
    ------
    InputError
        If the plan is of another model, or a parameter is out of range.

    Notes
    -----
    Each plan found is cut off, for ``mclp`` with its subsets: ``sum(x[j not in S]) >= 1``; for
    ``lscp`` with its supersets: ``sum(1 - x[j in S]) >= 1`` (Balas & Jeroslow 1972), until HiGHS
    proves that none is left within the limit. Core: likewise without one site each.
    """
    one_of("model", plan.model, ("mclp", "lscp"))
    in_range("share", share, 0.0, 1.0)
    if most < 1:
        raise wrong(f"most is {most}.", f"most 为 {most}。", "give 1 or more", "应不小于 1",
                    parameter="most")  # fmt: skip
    watch = Watch(time_limit_s, progress=progress, cancelled=cancelled)
    search = _Search(plan, share, _limits(plan, p, budget), watch, seed)
    complete = core_proved = plan.status == "infeasible"
    exact = search.core.matrix.nnz <= exact_pairs
    try:
        if complete:
            return search.report(complete=True, core_proved=True)
        if exact:
            search.prove_bound()
        search.keep(search.own)
        if exact:
            complete = search.enumerate(most)
            core_proved = complete or search.prove_core()
        else:
            search.swap(most)
    except KeyboardInterrupt:
        watch.interrupted()
    return search.report(complete=complete, core_proved=core_proved)


def _limits(plan: Plan, p: int | None, budget: float | None) -> tuple[float, float]:
    """Return how many free sites there may be beside the forced ones, and what they may cost."""
    if plan.model == "lscp":
        return np.inf, np.inf
    forced = np.flatnonzero(plan.problem.state == FORCED)
    most = p if p is not None else np.inf if budget is not None else len(plan.new)
    left = np.inf if budget is None else budget - float(plan.problem.cost[forced].sum())
    return max(0.0, most - len(forced)), max(0.0, left)


class _Next(NamedTuple):
    """A set left or None, whether it is proved that there is none, and the bound."""

    sites: tuple[int, ...] | None
    none: bool
    bound: float


class _Search:
    """Sets of columns of the core: which are allowed, which were found, whether any is left."""

    def __init__(
        self, plan: Plan, share: float, limits: tuple[float, float], watch: Watch, seed: int
    ) -> None:
        problem = plan.problem
        self.plan, self.share, self.watch, self.seed = plan, share, watch, seed
        self.core, self.cover_all = core_of(problem), plan.model == "lscp"
        self.p, self.budget = limits
        forced = np.flatnonzero(problem.state == FORCED)
        self.forced_ids = [str(i) for i in problem.candidate_ids[forced]]
        self.base_cost = float(problem.cost[forced].sum())
        self.base_weight = float(problem.weight[covered_by(problem, problem.open)].sum())
        self.bound = plan.bound
        self.found: dict[tuple[int, ...], float] = {}
        self.cuts: list[tuple[Floats, float]] = []
        self.columns = self.core.matrix.tocsc()
        self.own = tuple(np.flatnonzero(np.isin(self.core.column, plan.new)).tolist())

    @property
    def limit(self) -> float:
        """The worst objective allowed."""
        return self.bound * (1.0 + self.share if self.cover_all else 1.0 - self.share)

    def covered(self, sites: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Tell which rows some columns cover."""
        return np.asarray(self.columns[:, list(sites)].sum(axis=1)).ravel() > 0

    def objective(self, sites: Sequence[int]) -> float:
        """Return cost or weight."""
        if self.cover_all:
            return self.base_cost + float(self.core.cost[list(sites)].sum())
        return self.base_weight + float(self.core.weight[self.covered(sites)].sum())

    def allowed(self, sites: Sequence[int]) -> bool:
        """Tell whether the model allows a set, whatever its objective."""
        if self.cover_all:
            return bool(self.covered(sites).all())
        cost = float(self.core.cost[list(sites)].sum())
        return len(sites) <= self.p and cost <= self.budget + _little(self.budget)

    def rounded(self, sites: Sequence[int], last: int = -1) -> tuple[int, ...]:
        """Return a set without what is not needed, or with what may be added; ``last`` the last."""
        cost = self.core.cost
        now = set(sites)
        if self.cover_all:
            times = np.asarray(self.columns[:, sorted(now)].sum(axis=1)).ravel()
            for j in sorted(now, key=lambda j: (-cost[j], j)):
                rows = self.columns.indices[self.columns.indptr[j] : self.columns.indptr[j + 1]]
                if (times[rows] > 1).all():
                    now.discard(j)
                    times[rows] -= 1
            return tuple(sorted(now))
        left = self.budget - float(cost[sorted(now)].sum()) + _little(self.budget)
        gain = self.core.weight @ self.core.matrix
        for j in sorted(range(len(cost)), key=lambda j: (j == last, -gain[j], j)):
            if j not in now and len(now) < self.p and cost[j] <= left:
                now.add(j)
                left -= cost[j]
        return tuple(sorted(now))

    def keep(self, sites: Sequence[int], last: int = -1) -> bool:
        """Note a set if it is good enough, cut it off, and tell whether it was."""
        if not self.allowed(sites):  # by the solver's tolerance only: this very set is cut off
            flags = self._flags(sites)
            self.cuts.append((1.0 - 2.0 * flags, 1.0 - flags.sum()))
            return False
        full = self.rounded(sites, last)
        flags, value = self._flags(full), self.objective(full)
        self.cuts.append((-flags, 1.0 - flags.sum()) if self.cover_all else (1.0 - flags, 1.0))
        far = value - self.limit if self.cover_all else self.limit - value
        if far > _little(self.limit):
            return False
        self.found[full] = value
        return True

    def _flags(self, sites: Sequence[int]) -> Floats:
        out = np.zeros(len(self.core.cost))
        out[list(sites)] = 1.0
        return out

    def prove_bound(self) -> None:
        """Solve a plan that is not proved once more, for a nearer bound."""
        if self.plan.status == "optimal":
            return
        if not len(self.core.column):
            self.bound = self.objective(())
            return
        left = self.solve(free=True)
        better = min if self.plan.sense == "max" else max
        self.bound = better(self.bound, left.bound)
        if left.sites is not None:
            self.keep(left.sites)

    def enumerate(self, most: int) -> bool:
        """Find the best sets left; tell whether none is."""
        while len(self.found) < most and len(self.core.column) and not self.watch.over():
            self.watch.tell(0.5 * len(self.found) / most, "alternatives")
            left = self.solve()
            if left.sites is None:
                return left.none
            self.keep(left.sites)
        return not len(self.core.column)

    def prove_core(self) -> bool:
        """Look for a set without each site that all have; tell whether none was left open."""
        shared = sorted(self.shared())
        for at, j in enumerate(shared):
            self.watch.tell(0.5 + 0.5 * at / len(shared), "core")
            while j in self.shared():
                left = self.solve(without=j, gap=1.0)
                if left.sites is None:
                    if not left.none or self.watch.over():
                        return False
                    break
                self.keep(left.sites, last=j)
        return bool(self.found)

    def shared(self) -> set[int]:
        """Return the columns in every set found."""
        sets = [set(s) for s in self.found]
        return set.intersection(*sets) if sets else set()

    def solve(self, *, without: int = -1, gap: float = 0.0, free: bool = False) -> _Next:
        """Return the best set left, or one near it; unless ``free``, only what is good enough."""
        matrix, cost, least = self._model(free=free)
        high = np.ones(len(cost))
        if without >= 0:
            high[without] = 0.0
        columns = len(self.core.column)
        found = minimise(cost, matrix, least, np.full(len(least), np.inf), low=0.0 * high,
                         high=high, whole=np.arange(len(cost)) < columns, watch=self.watch,
                         gap=gap, seed=self.seed)  # fmt: skip
        bound = self.base_cost + found.bound if self.cover_all else self.base_weight - found.bound
        if found.x is None:
            return _Next(None, found.infeasible, bound)
        return _Next(
            tuple(np.flatnonzero(found.x[:columns] > _HALF).tolist()), none=False, bound=bound
        )

    def _model(self, *, free: bool) -> tuple[sparse.csr_array[Any], Floats, Floats]:
        """Return rows, cost and the least values of the rows; columns: sites, then served rows."""
        core, less = self.core, []
        rows, columns = core.matrix.shape
        if self.cover_all:
            cost, cover, floor = core.cost, core.matrix, np.ones(rows)
            good = self.base_cost - self.limit
        else:
            cost, floor = np.r_[np.zeros(columns), -core.weight], np.zeros(rows)
            cover = sparse.hstack((core.matrix, -sparse.eye_array(rows, format="csr")))
            good = self.limit - self.base_weight
            less = [(-np.ones(columns), -self.p), (-core.cost, -self.budget)]
        more = [(a, b) for a, b in less if np.isfinite(b)] + ([] if free else self.cuts)
        wide = np.zeros((len(more) + int(not free), len(cost)))
        for i, (factors, _) in enumerate(more):
            wide[i, :columns] = factors
        low = np.r_[floor, [b for _, b in more]]
        if not free:
            wide[-1], low = -cost, np.r_[low, good - _little(self.limit)]
        return sparse.vstack((cover, sparse.csr_array(wide)), format="csr"), cost, low

    def swap(self, most: int) -> None:
        """Find the best sets that differ from the plan by one site."""
        core, own = self.core, np.asarray(self.own, np.int64)
        times = np.asarray(self.columns[:, own].sum(axis=1)).ravel()
        room = np.setdiff1d(np.arange(len(core.cost)), own)
        now, cost = self.objective(self.own), float(core.cost[own].sum())
        base = (core.weight * (times == 0)) @ core.matrix
        tried: list[tuple[float, int, int]] = []
        for j in self.own:
            if self.watch.over():
                break
            rows = self.columns.indices[self.columns.indptr[j] : self.columns.indptr[j + 1]]
            alone = rows[times[rows] == 1]
            back = core.matrix[alone]
            spent = cost - core.cost[j] + core.cost[room]
            if self.cover_all:
                value = now - core.cost[j] + core.cost[room]
                may = (np.asarray(back.sum(axis=0))[room] == len(alone)) & (value <= self.limit)
            else:
                value = -(now - core.weight[alone].sum()
                          + (base + core.weight[alone] @ back)[room])  # fmt: skip
                may = (-value >= self.limit) & (spent <= self.budget)
            order = np.flatnonzero(may)
            order = order[np.argsort(value[order], kind="stable")][:most]
            tried += [(float(value[r]), j, int(room[r])) for r in order]
        for _, j, r in sorted(tried):
            if len(self.found) >= most:
                break
            self.keep(sorted({*self.own, r} - {j}))

    def report(self, *, complete: bool, core_proved: bool) -> Alternatives:
        """Return what was found."""
        names = self.plan.problem.candidate_ids[self.core.column].astype(str)
        own, rows = set(names[list(self.own)].tolist()), []
        sign = 1.0 if self.cover_all else -1.0
        for sites, value in sorted(self.found.items(), key=lambda f: (sign * f[1], f[0])):
            ids = names[list(sites)].tolist()
            rows.append((
                value, abs(self.bound - value) / max(abs(self.bound), 1e-300),
                self.base_cost + float(self.core.cost[list(sites)].sum()),
                self.base_weight + float(self.core.weight[self.covered(sites)].sum()),
                (*self.forced_ids, *ids), tuple(i for i in ids if i not in own),
                tuple(sorted(own - set(ids))), sites == self.own,
            ))  # fmt: skip
        table = pd.DataFrame(rows, columns=["objective", "gap_share", "cost", "covered", "sites",
                                            "sites_in", "sites_out", "is_plan"])  # fmt: skip
        core = self.shared()
        swing = {j for s in self.found for j in s} - core
        kept = self.forced_ids if self.found else []
        return Alternatives(
            table, (*kept, *names[sorted(core)].tolist()), tuple(names[sorted(swing)].tolist()),
            complete, core_proved, self.bound, self.limit,
        )  # fmt: skip


def _little(value: float) -> float:
    """Return by how much a sum may be off."""
    return CLOSED * max(1.0, abs(value)) if np.isfinite(value) else 0.0
