"""A good cover by annealing from a greedy start (退火搜索)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting import highs
from geoplan.siting.cover_bound import BURST, Relaxed, rows_of
from geoplan.siting.kernels import max_cover as kernels
from geoplan.siting.plan import CLOSED

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.cover_bound import Limits
    from geoplan.siting.reductions import Core
    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]

_SWEEPS = 2_500
_ROUNDS, _GAIN = 12, 1e-4
_LAST = 0.7
_BLOCK, _BLOCK_PAIRS = 20_000, 4.5e8
_HEAT = (0.04, 0.0005)
_SMALL_PAIRS, _SMALL_S = 15_000, 60.0
_BLOCKS_PER_SITE = ((_SMALL_PAIRS, 1.0), (60_000, 10.0), (np.inf, 3.0))
"""By pairs at most; what is small is decided in the end, and needs no long search."""


class Search:
    """
    The best answer of a core yet and the least bound.

    Parameters
    ----------
    core
        See `reductions.reduce`.
    limits
        Most sites, most cost.
    seed
        Of the annealing.
    watch
        When to stop.
    """

    def __init__(self, core: Core, limits: Limits, seed: int, watch: Watch) -> None:
        self.core, self.limits, self.watch = core, limits, watch
        self.whole = bool((core.weight == np.rint(core.weight)).all())
        self.best, self.is_open = 0.0, np.zeros(len(core.number), bool)
        self._bound = float(core.weight.sum())
        self._random = np.random.default_rng(seed).integers(1, 2**63, 1, dtype=np.uint64)
        self.relaxed: Relaxed | None = None
        self.price = 0.0
        for by_cost in (True, False):
            self._greedy(by_cost)

    @property
    def chosen(self) -> Array:
        """Candidates opened, by their number in the problem."""
        return self.core.number[self.is_open]

    @property
    def bound(self) -> float:
        """Least bound, with what is covered anyway; a whole number where weights are."""
        bound = np.floor(self._bound + 1e-6) if self.whole else self._bound
        return self.core.base + max(float(bound), self.best)

    @property
    def closed(self) -> bool:
        """Whether nothing better is possible."""
        total = self.core.base + self.best
        return self.bound - total <= CLOSED * total

    def run(self, *, decide: bool = True) -> None:
        """
        Search and bound until the gap is closed, the steps are taken or the watch is over.

        Parameters
        ----------
        decide
            Whether HiGHS is asked in the end.
        """
        if self.closed or self.limits[0] < 1:
            self.note(self.best if self.limits[0] < 1 else self._bound)
            return
        try:
            self._run(decide)
        except KeyboardInterrupt:
            self.watch.interrupted()

    def _run(self, decide: bool) -> None:  # noqa: FBT001
        pairs = len(self.core.rows[1])
        by_site = next(many for most, many in _BLOCKS_PER_SITE if pairs <= most)
        blocks = 2 + int(np.ceil(min(by_site * min(self.limits[0], self._usual_sites()),
                                     _BLOCK_PAIRS / pairs)))  # fmt: skip
        self.relaxed = relaxed = Relaxed(self.core, self.limits)
        self.note(relaxed.bound)
        self.anneal(min(10, blocks))
        for turn in range(_ROUNDS):
            before = relaxed.bound
            self.watch.tell(0.05 + 0.4 * turn / _ROUNDS, "bound")
            self._relax(relaxed)
            gained = 1.0 if turn == 0 else (before - relaxed.bound) / before
            if self.closed or self.watch.over() or gained < _GAIN or relaxed.spent > _LAST:
                break
            if not relaxed.cut(self.watch.over):
                break
        self.price = relaxed.cost_price
        self.anneal(blocks)
        if decide and not self.closed and not self.watch.over():
            self._decide(relaxed)

    def note(self, bound: float) -> None:
        """Take a bound if it is the least yet."""
        self._bound = min(self._bound, bound)

    def _usual_sites(self) -> float:
        """Return how many sites of usual cost a budget pays."""
        usual = float(np.median(self.core.cost)) if len(self.core.cost) else 0.0
        return self.limits[1] / usual if usual > 0 else np.inf

    def _cover(self) -> kernels.Cover:
        core, sites, demands = self.core, len(self.core.number), len(self.core.weight)
        gain = np.bincount(core.rows[1], np.repeat(core.weight, np.diff(core.rows[0])), sites)
        return kernels.Cover(np.zeros(sites, bool), np.zeros(demands, np.int32),
                             np.zeros(demands, np.int64), gain.astype(float),
                             np.zeros(sites))  # fmt: skip

    def _greedy(self, by_cost: bool, begin: Array | None = None) -> None:  # noqa: FBT001
        core, cover = self.core, self._cover()
        for j in [] if begin is None else begin:
            kernels.flip(core.rows, core.columns, core.weight, cover, j)
        room = self.limits[1] - float(core.cost[cover.is_open].sum())
        kernels.fill(core.rows, core.columns, core.weight, cover, core.cost,
                     int(self.limits[0]) - int(cover.is_open.sum()), room, by_cost)  # fmt: skip
        self.take(cover.is_open)

    def take(self, is_open: Array) -> None:
        """Take an answer if it is the best yet."""
        value = float(self.core.weight[(self.core.matrix @ is_open.astype(float)) > 0].sum())
        if value > self.best:
            self.best, self.is_open = value, is_open.copy()

    def anneal(self, blocks: int) -> None:
        """Anneal once, from the best answer yet, in blocks of moves."""
        core, cover = self.core, self._cover()
        for j in np.flatnonzero(self.is_open):
            kernels.flip(core.rows, core.columns, core.weight, cover, j)
        best, best_open = self.best, self.is_open.copy()
        usual = self.best / max(1, int(self.is_open.sum()))
        hot = usual * np.geomspace(*_HEAT, blocks + 1)
        for heat in pairwise(hot):
            if self.watch.over() or self._bound <= best or not self.watch.take(1):
                break
            best = kernels.anneal(core.rows, core.columns, core.weight, cover, core.cost,
                                  self.limits, self.price, best, best_open, heat, _BLOCK,
                                  self._random)  # fmt: skip
        self._greedy(by_cost=False, begin=np.flatnonzero(best_open))

    def _relax(self, relaxed: Relaxed) -> None:
        """Sweep until the relaxation is solved or the steps are taken."""
        for _ in range(0, _SWEEPS, BURST):
            if (self.watch.over() or self.closed or relaxed.spent > 1
                    or not self.watch.take(1)):  # fmt: skip
                break
            near = relaxed.burst()
            self.note(relaxed.bound)
            if near:
                break

    def _decide(self, relaxed: Relaxed) -> None:
        """Fix what the bound decides and give the rest to HiGHS if it is little."""
        need = self.best + (1 - 1e-6 if self.whole else CLOSED * self.best)
        low, high = relaxed.fixed(need)
        core, n = self.core, len(self.core.number)
        left = core.matrix[:, high > low].nnz
        if left > _SMALL_PAIRS:
            return
        matrix, row_high = rows_of(core, self.limits, relaxed.cuts)
        many = len(core.weight)
        found = highs.minimise(
            np.r_[np.zeros(n), -core.weight], matrix, np.full(len(row_high), -np.inf), row_high,
            low=np.r_[low, np.zeros(many)], high=np.r_[high, np.ones(many)],
            whole=np.arange(n + many) < n, watch=self.watch, most_s=_SMALL_S, prove=True,
            start=np.r_[self.is_open, core.matrix @ self.is_open.astype(float) > 0].astype(float),
        )  # fmt: skip
        if found.x is not None:
            self.take(found.x[:n] > 0.5)  # noqa: PLR2004
        self.note(self.best if found.optimal else max(-found.bound, self.best))


def limits_of(core: Core, left: Limits) -> Limits:
    """Return most sites and most cost; where all cost the same a number of sites says both."""
    cost = core.cost
    most, budget = min(left[0], len(cost)), max(left[1], 0.0)
    if len(cost) and np.isfinite(budget) and cost.min() == cost.max() > 0:
        most, budget = min(most, float(int(budget / cost[0] * (1 + 1e-12)))), np.inf
    if cost.sum() <= budget:
        budget = np.inf
    return float(most), float(budget)
