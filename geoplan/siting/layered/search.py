"""A good answer by closing and filling up again (局部搜索)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.layered.rows import ROOM, Aim, Cover, ragged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from scipy import sparse

    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_SMALL_STEPS = 200


def search(
    cover: Cover, aim: Aim, watch: Watch, *, seed: int, starts: Sequence[Array] = (),
    part: float = 1.0,
) -> Array:  # fmt: skip
    """
    Close a few sites near each other and fill up again, as long as nothing gets worse.

    Parameters as `best`.

    Returns
    -------
    opened
        Period each column opens in.
    """
    state, rng = _State(cover, aim), np.random.default_rng(seed)
    if starts:
        worth = [float(state.merit(cover.covered(s))) for s in starts]
        state.take_over(starts[int(np.argmax(worth))])
    try:
        state.fill(1.0)
        sites = int((state.opened < cover.periods).sum())
        most = min(_SMALL_STEPS, 5 * sites) if cover.small else 500 + 20 * sites
        if watch.step_limit is not None:
            most = min(most, int(np.ceil(part * watch.step_limit)))
        for step in range(watch.take(most)):
            if step % 16 == 0 and watch.over():
                break
            state.improve(rng)
    except KeyboardInterrupt:
        watch.interrupted()
    return state.best


class _State:
    """Open columns, how often each set is covered, and what each column would add."""

    def __init__(self, cover: Cover, aim: Aim) -> None:
        self.cover, self.aim = cover, aim
        periods, columns = cover.periods, len(cover.column)
        self.count = np.zeros((periods, cover.sets.shape[0]), np.int64)
        self.spent = np.zeros(periods)
        self.covered = cover.base.copy()
        self.gain: Floats = (cover.weight @ cover.sets).toarray()
        self.opened = np.full(columns, periods)
        self.best = self.opened.copy()
        all_of_them = cover.base + cover.weight.sum(axis=1)
        self._most = np.where(all_of_them > 0, all_of_them, 1.0)
        self._big = 10.0 * float(abs(cover.sum(all_of_them))) + 1.0

    def merit(self, covered: Floats) -> Any:
        """Tell how good what is covered is; among equals, weak layers that gain count first."""
        cover, aim = self.cover, self.aim
        if aim.of == "sum" and aim.floor is None:
            return cover.sum(covered)
        use = ~np.isnan(cover.scale)
        one = (slice(None),) + (None,) * (covered.ndim - 1)
        layers = cover.scale[use][one] * covered[use] + cover.offset[use][one]
        even = np.sqrt(np.maximum(covered[use] / self._most[use][one], 0.0))
        if aim.floor is None:
            span = float(np.max(cover.scale[use] * self._most[use]))
            return layers.min(axis=0) + 1e-3 * span * even.mean(axis=0)
        short = np.maximum(aim.floor - layers, 0.0) / max(abs(aim.floor), 1e-12)
        return cover.sum(covered) - self._big * (short.max(axis=0) + short.mean(axis=0))

    def flip(self, column: int, period: int, sign: int) -> None:
        """Open a column in a period (1), or close what opened then (-1)."""
        cover, turned = self.cover, self.cover.by_column
        sets = turned.indices[turned.indptr[column] : turned.indptr[column + 1]]
        for t in range(period, cover.periods):
            count = self.count[t]
            if sign > 0:
                new = sets[count[sets] == 0]
                count[sets] += 1
            else:
                count[sets] -= 1
                new = sets[count[sets] == 0]
            self._shift(new, cover.by_set[t], sign)
        self.spent[period:] += sign * cover.cost[column]
        self.opened[column] = period if sign > 0 else cover.periods

    def _shift(self, sets: Array, layers: sparse.csr_array[Any], sign: int) -> None:
        at, times = ragged(layers.indptr, sets)
        layer, weight = layers.indices[at], sign * layers.data[at]
        self.covered += np.bincount(layer, weight, len(self.covered))
        pairs, length = ragged(self.cover.sets.indptr, np.repeat(sets, times))
        place = np.repeat(layer.astype(np.int64) * len(self.opened), length)
        place += self.cover.sets.indices[pairs]
        np.subtract.at(self.gain.reshape(-1), place, np.repeat(weight, length))

    def fill(self, power: float) -> None:
        """Open what adds most for its cost to a power, until nothing fits or adds."""
        while (found := self._next(power)) is not None:
            self.flip(*found, 1)
        for column in np.flatnonzero(self.cover.must & (self.opened == self.cover.periods)):
            self.flip(int(column), self._first_room(int(column)), 1)
        self._keep()

    def _keep(self) -> None:
        now = self.merit(self.covered)
        if now >= self.merit(self.cover.covered(self.best)):
            self.best = self.opened.copy()

    def _room(self) -> Floats:
        """Return what may be spent from each period on."""
        limit = self.cover.limit * (1 + ROOM) + ROOM
        return np.asarray(np.minimum.accumulate((limit - self.spent)[::-1])[::-1])

    def _first_room(self, column: int) -> int:
        return int(np.flatnonzero(self._room() >= self.cover.cost[column])[0])

    def _next(self, power: float) -> tuple[int, int] | None:
        cover, best, found = self.cover, 0.0, None
        closed = self.opened == cover.periods
        owed = float(cover.cost[cover.must & closed].sum())
        room, now = self._room(), float(self.merit(self.covered))
        for t in range(cover.periods):
            most = np.where(cover.must, room[t], min(room[t], room[-1] - owed))
            may = np.flatnonzero(closed & (cover.cost <= most))
            if not len(may):
                continue
            gain = self.gain[:, may] * (cover.period >= t)[:, None]
            more = self.merit(self.covered[:, None] + gain) - now
            rate = more / np.maximum(cover.cost[may], 1e-12) ** power
            at = int(rate.argmax())
            if rate[at] > best and more[at] > ROOM * abs(now):
                best, found = float(rate[at]), (int(may[at]), t)
        return found

    def improve(self, rng: np.random.Generator) -> None:
        """Close some, fill up, and take it back if that was worse."""
        before, old = float(self.merit(self.covered)), self.opened.copy()
        for column in self._some(rng):
            self.flip(column, int(self.opened[column]), -1)
        self.fill(float(rng.random() < 0.5))  # noqa: PLR2004  (half by rate, half by gain)
        if float(self.merit(self.covered)) < before - ROOM * abs(before):
            self.take_over(old)

    def _some(self, rng: np.random.Generator) -> list[int]:
        """Return a few open columns near each other: by a walk over sets that two share."""
        may = np.flatnonzero(self.opened < self.cover.periods)
        if not len(may):
            return []
        out, here = {int(rng.choice(may))}, 0
        wanted, tries = int(rng.integers(1, 5)), 0
        here = next(iter(out))
        while len(out) < min(wanted, len(may)) and tries < 4 * wanted:
            tries += 1
            there = self._step(self._step(here, rng), rng)
            if self.opened[there] == self.cover.periods:
                there = int(rng.choice(may)) if tries > 2 * wanted else -1
            if there >= 0:
                out.add(there)
        return list(out)

    def _step(self, column: int, rng: np.random.Generator) -> int:
        """Return a column that shares a set with one."""
        sets, turned = self.cover.sets, self.cover.by_column
        begin, end = turned.indptr[column], turned.indptr[column + 1]
        if begin == end:
            return column
        one = turned.indices[rng.integers(begin, end)]
        return int(sets.indices[rng.integers(sets.indptr[one], sets.indptr[one + 1])])

    def take_over(self, opened: Array) -> None:
        """Open and close what differs."""
        differ = np.flatnonzero(opened != self.opened)
        for column in differ[self.opened[differ] < self.cover.periods].tolist():
            self.flip(column, int(self.opened[column]), -1)
        for column in differ[opened[differ] < self.cover.periods].tolist():
            self.flip(column, int(opened[column]), 1)
