"""No answer is better than this (拉格朗日上界): coverage priced, money priced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.layered.rows import ROOM, Aim, Cover, worth_of
from geoplan.siting.plan import CLOSED

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_DUAL_STEPS, _STALL, _PACE = 600, 15, 1e-4
_FRESH = 0.1
"""Part of the new slope in the direction of a step; the rest is the old direction."""


def lagrange(cover: Cover, aim: Aim, value: float, watch: Watch) -> float:
    """
    Bound the sum, or the least layer, from above.

    Parameters
    ----------
    cover, aim
        As `best`; a floor is left out, which keeps the bound valid.
    value
        Of the best answer known.
    watch
        Its clock cuts it short, after two steps at the earliest.

    Returns
    -------
    bound
        Valid whenever it stops.

    Notes
    -----
    Every set has a price for being covered, between nothing and its worth; columns then earn by
    themselves, and each period has a price of money, best with the others held. Prices of sets
    move by subgradient steps (Galvão & ReVelle 1996, European Journal of Operational Research 88)
    along a smoothed slope (Camerini, Fratta & Maffioli 1975, Mathematical Programming Study 3).
    The least layer is at most any mean of the layers; its parts move by multiplicative weights.
    """
    dual, best_bound, pace, stall = _Dual(cover, aim), np.inf, 1.0, 0
    for step in range(_DUAL_STEPS):
        if step > 1 and step % 8 == 0 and watch.over():
            break
        now = dual.bound((1.0, 0.0)[step]) if step < len((1.0, 0.0)) else dual.bound()
        stall = 0 if now < best_bound - 1e-6 * abs(best_bound) else stall + 1
        best_bound = min(best_bound, now)
        if best_bound - value <= CLOSED * max(1.0, abs(best_bound)) or pace < _PACE:
            break
        if stall > _STALL:
            pace, stall = pace / 2, 0
        if step > 0:
            dual.move(pace, now - (value if np.isfinite(value) else 0.9 * best_bound))
    return float(best_bound)


class _Dual:
    """Prices of covering the sets, of money, and the parts of the layers in their mean."""

    def __init__(self, cover: Cover, aim: Aim) -> None:
        self.cover, self.aim = cover, aim
        self.used = np.flatnonzero(~np.isnan(cover.scale))
        self.part = np.full(len(self.used), 1.0 / max(1, len(self.used)))
        self.taken = np.full((cover.periods, cover.sets.shape[0]), 0.5)
        self.price = np.zeros(cover.periods)
        self.way: Floats | None = None

    def bound(self, taken: float | None = None) -> float:
        """Return the bound at these prices, or with all sets at the same part of their worth."""
        cover = self.cover
        if taken is not None:
            self.taken[:] = taken
        by_layer, other = cover.share, 0.0
        if self.aim.of == "least":
            by_layer = np.zeros(len(cover.base))
            by_layer[self.used] = self.part * cover.scale[self.used]
            other = float(self.part @ cover.offset[self.used])
        self.worth = worth_of(replace(cover, share=by_layer))
        paid = self.taken * self.worth
        earned = np.asarray(paid @ cover.sets)
        value, opened = self._columns(earned)
        self.times = np.stack([cover.sets @ (opened <= t).astype(float)
                               for t in range(cover.periods)])  # fmt: skip
        return other + float(by_layer @ cover.base + (self.worth - paid).sum()) + value

    def _columns(self, earned: Floats) -> tuple[float, Array]:
        """Return the most that columns can earn within the limits, and when each opens."""
        cover, last = self.cover, self.cover.periods - 1
        never = np.where(cover.must, -np.inf, 0.0)
        for t in range(cover.periods):
            tail = self._tails(earned, skip=t)
            early = tail[: t + 1].max(axis=0)
            late = tail[t + 1 :].max(axis=0, initial=-np.inf) if t < last else never
            self.price[t] = _price(early - np.maximum(late, never), cover.cost, cover.limit[t])
        tail = self._tails(earned)
        opened = np.where(tail.max(axis=0) > never, tail.argmax(axis=0), cover.periods)
        money = np.where(self.price > 0, self.price * cover.limit, 0.0).sum()
        return float(money + np.maximum(tail.max(axis=0), never).sum()), opened

    def _tails(self, earned: Floats, skip: int = -1) -> Floats:
        """Return what each column earns if it opens in each period, less what it costs."""
        price = self.price.copy()
        if skip >= 0:
            price[skip] = 0.0
        net = earned - price[:, None] * self.cover.cost
        return np.asarray(np.cumsum(net[::-1], axis=0)[::-1])

    def move(self, pace: float, far: float) -> None:
        """Step against the slope, smoothed."""
        slope = self.times - 1.0
        slope = slope if self.way is None else _FRESH * slope + (1 - _FRESH) * self.way
        self.way = slope.copy()
        price = self.taken * self.worth
        stuck = ((self.taken <= 0) & (slope > 0)) | ((self.taken >= 1) & (slope < 0))
        slope[stuck | (self.worth <= 0)] = 0.0
        size = float((slope**2).sum())
        if self.aim.of == "least":
            self._shift(pace)
        if size > 0:
            price = np.clip(price - pace * far / size * slope, 0.0, self.worth)
            np.divide(price, self.worth, out=self.taken, where=self.worth > 0)

    def _shift(self, pace: float) -> None:
        """Let layers that are badly off count more."""
        cover, used = self.cover, self.used
        row = np.repeat(np.arange(len(cover.base)), np.diff(cover.weight.indptr))
        at = cover.period[row], cover.weight.indices
        share = 1.0 - self.taken[at] + self.taken[at] * self.times[at]
        covered = cover.base + np.bincount(row, cover.weight.data * share, len(cover.base))
        layer = cover.scale[used] * covered[used] + cover.offset[used]
        spread = float(np.abs(layer - layer.mean()).max())
        if spread > 0:
            part = self.part * np.exp(-0.1 * pace * (layer - layer.mean()) / spread)
            self.part = part / part.sum()


def _price(more: Floats, cost: Floats, limit: float) -> float:
    """Return the price of money at which what is worth it just fits the limit."""
    use = np.flatnonzero((more > 0) & (cost > 0))
    if cost[use].sum() <= limit:
        return 0.0
    rate = more[use] / cost[use]
    order = np.argsort(-rate, kind="stable")
    at = int(np.searchsorted(np.cumsum(cost[use][order]), limit * (1 + ROOM), side="right"))
    return float(rate[order[min(at, len(order) - 1)]])
