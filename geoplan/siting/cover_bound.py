"""No cover is better than this (最大覆盖上界): a saddle point of the relaxed problem, and cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from geoplan.siting.kernels import saddle
from geoplan.siting.reductions import part, turned

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.siting.reductions import Core

    Array = npt.NDArray[Any]
    Limits = tuple[float, float]
    Cuts = tuple[Array, Array, Array, Array, Array]
    Point = tuple[Array, Array, Array, Array]

_NEAR = 1e-4
BURST = 20
"""Sweeps between two looks at the clock."""
_USES, _PARTNERS, _PAIRS = 3, 8e6, (3.2e9, 1e4)
_SPAN = 2_000


class Relaxed:
    """
    The relaxed problem: its saddle point yet, its least bound, and the cuts that make it tighter.

    Parameters
    ----------
    core
        See `reductions.reduce`.
    limits
        Most sites, most cost.
    """

    def __init__(self, core: Core, limits: Limits) -> None:
        self.core, self.limits = core, limits
        sites, demands = len(core.number), len(core.weight)
        self.cuts = no_cuts(demands)
        self._balance, self._price = 3.0, np.zeros(2)
        usual = min(1.0, limits[0] / sites)
        if np.isfinite(limits[1]):
            usual = min(usual, limits[1] / core.cost.sum())
        self.now: Point = (np.full(sites, usual), np.ones(demands), core.weight * 0.5, np.empty(0))
        self.bound, self.cost_price, self.work = np.inf, 0.0, 0.0
        self._prices: tuple[Array, Array] = (self.now[2], self.now[3])
        self._sweeps, self._attained, self._gap_begun = 0, 0.0, np.inf
        self._rates = self._weigh()
        self._begin(self.now)
        self._look(self.now)

    def _weigh(self) -> tuple[Array, Array, Array]:
        """Return inverse steps of candidates and demands, steps of cuts: the diagonal ones."""
        core, (triple, ptr, candidate, factor, _) = self.core, self.cuts
        least = core.weight[triple].min(axis=1, initial=np.inf)
        cut = np.repeat(np.arange(len(triple)), np.diff(ptr))
        sites, demands = len(core.number), len(core.weight)
        of_site = np.bincount(core.rows[1], np.repeat(core.weight, np.diff(core.rows[0])), sites)
        of_site = of_site + np.bincount(candidate, factor * least[cut], sites)
        burden = np.bincount(triple.ravel(), np.repeat(least, 3), demands)
        return (1 / np.maximum(of_site, 1e-300), 1 / (core.weight + burden),
                least / (3 + np.bincount(cut, factor, len(triple))))  # fmt: skip

    def _begin(self, point: Point) -> None:
        """Go on from a point with a new average."""
        self.now = each(np.copy, point)
        self._from, self._total = each(np.copy, point), each(np.zeros_like, point)
        self._point, self._count = point, 0

    def _look(self, point: Point) -> tuple[float, float]:
        """Return what a point attains and proves."""
        core = self.core
        bound, _, price = saddle.worth(core.rows, core.weight, self.cuts, core.cost, self.limits,
                                        point[2], point[3])  # fmt: skip
        if bound < self.bound:
            self.bound, self.cost_price = bound, price
            self._prices = (point[2].copy(), point[3].copy())
        return saddle.attained(core.rows, core.weight, self.cuts, point[0], point[1]), bound

    def burst(self) -> bool:
        """Sweep a while; tell whether the relaxation is as good as solved."""
        core = self.core
        saddle.sweep(core.rows, core.weight, self.cuts, core.cost, self.limits, self.now,
                      self._total, self._rates, self._balance, self._price, BURST)  # fmt: skip
        self._count += BURST
        self._sweeps += BURST
        self.work += BURST * float(len(core.rows[1]) + len(self.cuts[2]))
        mean = each(lambda values: values / self._count, self._total)
        points = (mean, self.now)
        seen = [self._look(point) for point in points]
        self._attained = max(self._attained, *(s[0] for s in seen))
        gaps = [bound - attained for attained, bound in seen]
        which = int(gaps[1] < gaps[0])
        self._point = points[which]
        if gaps[which] < 0.5 * self._gap_begun or self._count > 0.4 * self._sweeps:
            self._restart(points[which], gaps[which])
        return self.bound - self._attained < _NEAR * self.bound

    @property
    def spent(self) -> float:
        """Pairs looked at as a share of what the whole is worth."""
        return self.work / min(_PAIRS[0], _PAIRS[1] * len(self.core.rows[1]))

    def _restart(self, point: Point, gap: float) -> None:
        """Begin anew from a better point, with prices and shares that moved as far in balance."""
        weight = self.core.weight
        share = np.sqrt(np.sum((point[0] - self._from[0]) ** 2 / self._rates[0]))
        moved = (point[2] - self._from[2]) ** 2 / weight
        price = np.sqrt(np.sum(moved * np.diff(self.core.rows[0])))
        if share > 0 and price > 0:
            self._balance = float(np.sqrt(self._balance * price / share))
        self._gap_begun = gap
        self._begin(point)

    def cut(self, over: Callable[[], bool]) -> bool:
        """Add cuts that the shares break, until time is over; tell whether there were any."""
        core, (share, cover, prices, cut_prices) = self.core, self._point
        partners = int(np.clip(_PARTNERS / len(core.rows[1]), 30, 100))
        some = share > 1e-4  # noqa: PLR2004
        pairs = part(*core.rows, np.arange(len(core.weight)), some)
        reach = core.matrix @ share
        tight = (np.abs(reach - 1) < 0.3) & (np.minimum(cover, reach) > 0.7)  # noqa: PLR2004
        order = np.flatnonzero(tight)
        order = order[np.argsort(-core.weight[order], kind="stable")]
        columns, uses = turned(pairs, int(some.sum())), np.zeros(len(core.weight), np.int64)
        parts = [np.empty((0, 3), np.int64)]
        for at in range(0, len(order), _SPAN):
            if over():
                break
            span = (at, min(at + _SPAN, len(order)))
            parts.append(saddle.odd_triples(pairs, columns, core.weight, share[some], order, span,
                                             uses, partners, _USES))  # fmt: skip
        new = np.concatenate(parts)
        if not len(new):
            return False
        self._extend(new)
        reach = np.minimum(1.0, reach)
        self._begin((share, np.where(self.cuts[4] > 0, np.minimum(cover, reach), 1.0), prices,
                     np.r_[cut_prices, np.zeros(len(new))]))  # fmt: skip
        self._attained, self._sweeps, self._gap_begun = 0.0, 0, np.inf
        return True

    def _extend(self, new: Array) -> None:
        """Write out cuts with the factor of every candidate."""
        core, (triple, ptr, candidate, factor, _) = self.core, self.cuts
        matrix = core.matrix
        times = (matrix[new[:, 0]] + matrix[new[:, 1]] + matrix[new[:, 2]]).tocsr()
        triple = np.concatenate((triple, new))
        self.cuts = (
            triple, np.r_[ptr, ptr[-1] + times.indptr[1:]].astype(np.int64),
            np.r_[candidate, times.indices].astype(np.int32),
            np.r_[factor, np.ceil(times.data / 2)],
            np.bincount(triple.ravel(), minlength=len(core.weight)),
        )  # fmt: skip
        self._rates = self._weigh()

    def fixed(self, need: float) -> tuple[Array, Array]:
        """Return the least and most share of each candidate in any answer of at least ``need``."""
        core, known = self.core, self._prices[1]
        cut = np.pad(known, (0, len(self.cuts[0]) - len(known)))
        bound, net, _ = saddle.worth(core.rows, core.weight, self.cuts, core.cost, self.limits,
                                      self._prices[0], cut)  # fmt: skip
        most = int(self.limits[0])
        order = np.argsort(-net, kind="stable")
        last, after = net[order[most - 1]], net[order[most]] if most < len(net) else 0.0
        taken = np.zeros(len(net), bool)
        taken[order[:most]] = net[order[:most]] > 0
        low = taken & (bound - (net - max(after, 0.0)) < need)
        high = taken | (bound + np.minimum(net, 0.0) - np.where(net > 0, last - net, max(last, 0.0))
                        >= need)  # fmt: skip
        return low.astype(float), high.astype(float)


def rows_of(core: Core, limits: Limits, cuts: Cuts) -> tuple[sparse.csr_array[Any], Array]:
    """Return the rows of the model for HiGHS, all at most: cover, limits and cuts."""
    triple, ptr, candidate, factor, _ = cuts
    many, sites, n = len(core.weight), len(core.number), len(triple)
    of_sites = sparse.csr_array((-factor, candidate, ptr), shape=(n, sites))
    of_demands = sparse.csr_array(
        (np.ones(3 * n), triple.ravel(), np.arange(0, 3 * n + 1, 3)), shape=(n, many)
    )
    blocks: list[Any] = [[-core.matrix, sparse.eye_array(many)], [of_sites, of_demands]]
    high = [np.zeros(many), np.ones(n)]
    for limit, each in zip(limits, (np.ones(sites), core.cost), strict=True):
        if np.isfinite(limit):
            blocks.append([sparse.csr_array(each[None]), None])
            high.append(np.array([limit]))
    return sparse.block_array(blocks, format="csr"), np.concatenate(high)


def each(act: Callable[[Array], Array], point: Point) -> Point:
    """Do something to each part of a point."""
    share, cover, price, cut_price = point
    return act(share), act(cover), act(price), act(cut_price)


def no_cuts(demands: int) -> Cuts:
    """Return cuts before any was found."""
    return (np.empty((0, 3), np.int64), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0),
            np.zeros(demands, np.int64))  # fmt: skip
