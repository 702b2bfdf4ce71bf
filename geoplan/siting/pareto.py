"""What one aim costs another (帕累托前沿): money, people covered, the group covered least."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from geoplan.errors import UnknownIdError
from geoplan.siting import fairness
from geoplan.siting import layered as rows
from geoplan.siting.checked import wrong
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Progress

    Array = npt.NDArray[Any]

AXES = ("cost", "covered", "least_group_share")
POINTS, MOST = 20, 1000
"""Points of a large problem; most points of a small one."""
_UNIT = 1e-4
"""Group shares are handed to the solver in this unit, far above its tolerance."""
_FINE = 1e-6
"""Least difference of shares, and of costs without a common unit, that makes two points."""


class _Point(NamedTuple):
    opened: Array
    bound: float


def front(  # noqa: PLR0913  (one parameter each)
    problem: CoverageProblem, axes: Sequence[str] = ("cost", "covered"), *,
    points: int | None = None, p: int | None = None, budget: float | None = None, seed: int = 0,
    time_limit_s: float | None = None, step_limit: int | None = None,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """
    Return plans of which none is as good on both axes as another.

    Parameters
    ----------
    problem
        With groups, for ``least_group_share``.
    axes
        Two of ``cost`` (small), ``covered`` and ``least_group_share`` (large).
    points
        How many levels of cost, or of the least share, are tried, beside the largest; None for
        every point there is if the problem is small, else for `POINTS`.
    p, budget
        Limit of all plans: one of them without a cost axis, with it only ``budget``, if any.
    seed, time_limit_s, step_limit, progress, cancelled
        As `geoplan.siting.solve`.

    Returns
    -------
    front
        By rising ``cost``, or falling ``covered``: ``cost``, ``covered``, ``least_group_share``
        (NaN without groups), ``bound`` and ``gap_share`` (no plan as good on the condition, cost
        or else the least share, is better than this on the other axis), ``dominated`` (False),
        ``site_ids`` of new sites. ``attrs``: ``condition``, ``aim``, ``complete`` (every point of
        the front is proved to be here, but for differences below ``resolution`` on the condition),
        ``cut`` (``time_limit``, ``cancelled`` or None). No rows if what is forced does not fit.

    Raises
    ------
    InputError
        If the axes are not two, or the limits or groups they need are not there.
    UnknownIdError
        If there is no such axis.

    Notes
    -----
    Epsilon-constraint method (Haimes, Lasdon & Wismer 1971): one axis is a condition, the other is
    solved; each point is then solved again for the condition, so that it is not dominated.
    """
    for axis in axes:
        if axis not in AXES:
            raise UnknownIdError.among("axis", "坐标轴", axis, AXES)
    if len(set(axes)) != 2 or (points is not None and not points >= 1):  # noqa: PLR2004
        raise wrong(f"axes is {tuple(axes)}, points is {points}.",
                    f"axes 为 {tuple(axes)}，points 为 {points}。",
                    f"give two of {AXES}, and one point or more", f"取 {AXES} 中两个，至少一点",
                    parameter="axes")  # fmt: skip
    watch = Watch(time_limit_s, step_limit, progress=progress, cancelled=cancelled)
    cover = _cover(problem, axes, p, budget)
    levels = _Levels(cover, "cost" not in axes, "least_group_share" in axes, seed, watch)
    found: list[_Point] = []
    complete = False
    if rows.too_little(cover, count=False) is None:
        try:
            if points is None and cover.small:
                complete = levels.all(found)
            else:
                levels.some(found, points or POINTS)
        except KeyboardInterrupt:
            watch.interrupted()
    table = _table(problem, cover, found, levels)
    table.attrs.update(
        condition="least_group_share" if levels.floors else "cost", aim=levels.axis,
        complete=complete, resolution=_FINE if levels.floors else levels.grain, cut=watch.cut,
    )  # fmt: skip
    return table


def _cover(
    problem: CoverageProblem, axes: Sequence[str], p: int | None, budget: float | None
) -> rows.Cover:
    if "cost" in axes:
        if p is not None:
            raise wrong("p limits a front of costs.", "费用前沿不用 p。", "give budget, or nothing",
                        "请给 budget 或不给", parameter="p")  # fmt: skip
        budget = float(problem.cost[problem.usable].sum()) if budget is None else budget
    if (problem.weight[problem.group >= 0] > 0).any() or "least_group_share" in axes:
        cover = fairness.by_group(problem, p, budget)
        return replace(cover, scale=cover.scale / _UNIT)
    count, limit = rows.only_one(p, budget, problem)
    layer = np.zeros(len(problem), np.int64)
    cover = rows.build(problem, [rows.Part(problem.weight, layer)], 1, count=count)
    return replace(cover, limit=np.array([limit]), scale=np.full(1, np.nan))


class _Levels:
    """Levels of the condition, each solved for the other axis."""

    def __init__(
        self, cover: rows.Cover, floors: bool, least: bool, seed: int, watch: Watch  # noqa: FBT001
    ) -> None:  # fmt: skip
        self.cover, self.floors, self.seed, self.watch = cover, floors, seed, watch
        self.of: Literal["sum", "least"] = "least" if least and not floors else "sum"
        self.axis = "least_group_share" if self.of == "least" else "covered"
        self.grain = _grain(cover.cost)
        self.slack = _grain(cover.weight.data) / 4 if self.of == "sum" else _FINE / _UNIT

    def all(self, found: list[_Point]) -> bool:
        """Find every point, from the end where the condition binds least; tell whether it did."""
        cover, floor = self.cover, None
        while len(found) < MOST:
            one = rows.exact(cover, rows.Aim(self.of, floor), self.watch, seed=self.seed)
            if one.opened is None or not one.optimal or not np.isfinite(one.value):
                if not found:
                    self._first(found)
                return bool(one.optimal and found)
            self.watch.tell(0.0, f"{len(found)} points")
            two = self._again(cover, one)
            found.append(_Point(one.opened if two.opened is None else two.opened, one.value))
            if two.opened is None or not two.optimal:
                return False
            covered = cover.covered(found[-1].opened)
            if self.floors:
                floor = float(cover.least(covered)) + _FINE / _UNIT
            else:
                limit = float(cover.spent(found[-1].opened)[-1]) - self.grain / 2
                if limit < float(cover.cost[cover.must].sum()):
                    return True
                cover = cover.within(limit)
            if self.watch.over():
                return False
        return False

    def _again(self, cover: rows.Cover, one: rows.Best) -> rows.Best:
        """Solve for the condition, with the other axis as good as it is."""
        least = one.value - self.slack
        if self.floors:
            aim = rows.Aim("least", total=least)
        elif self.of == "least":
            aim = rows.Aim("cost", floor=least)
        else:
            aim = rows.Aim("cost", total=least)
        return rows.exact(cover, aim, self.watch, start=one.opened, seed=self.seed)

    def _first(self, found: list[_Point]) -> None:
        one = rows.best(self.cover, rows.Aim(self.of), self.watch, seed=self.seed, part=0.2)
        if one.opened is not None:
            found.append(_Point(one.opened, one.bound))

    def some(self, found: list[_Point], points: int) -> None:
        """Solve levels that lie evenly, each from the answer of the one before."""
        self._first(found)
        cover = self.cover
        aim = rows.Aim("least") if self.floors else rows.Aim(self.of)
        if self.floors:
            end = rows.best(cover, aim, self.watch, seed=self.seed, starts=[found[0].opened],
                            part=0.2)  # fmt: skip
            last = found[0].opened if end.opened is None else end.opened
            high = float(cover.least(cover.covered(last)))
            levels = np.linspace(float(cover.least(cover.covered(found[0].opened))), high, points)
            levels = levels[::-1]
        else:
            low = float(cover.cost[cover.must].sum())
            levels = np.linspace(low, float(cover.spent(found[0].opened)[-1]), points)
            last = np.where(cover.must, 0, 1)
        for k, level in enumerate(levels.tolist()):
            self.watch.tell(k / points, f"level {level:g}")
            if self.watch.over():
                break
            if self.floors:
                one = rows.best(cover, rows.Aim(floor=level), self.watch, seed=self.seed,
                                starts=[last, found[0].opened], part=0.6 / points)  # fmt: skip
            else:
                one = rows.best(cover.within(level), aim, self.watch, seed=self.seed,
                                starts=[last], part=0.8 / points)  # fmt: skip
            if one.opened is not None:
                last = one.opened
                found.append(_Point(last, one.bound))


def _grain(values: Array) -> float:
    """Return the unit that all values are whole numbers of; else a very small share of them."""
    most = float(values.max(initial=0.0))
    for digits in range(7):
        scaled = values * 10.0**digits
        if most * 10.0**digits < 2**53 and (scaled == np.round(scaled)).all():
            unit = float(np.gcd.reduce(scaled.astype(np.int64), initial=0))
            return unit / 10.0**digits or 1.0
    return _FINE * most


def _table(
    problem: CoverageProblem, cover: rows.Cover, found: list[_Point], levels: _Levels
) -> pd.DataFrame:
    unit = _UNIT if levels.of == "least" else 1.0
    out = []
    for point in found:
        covered = cover.covered(point.opened)
        has = not np.isnan(cover.scale).all()
        new = cover.column[point.opened == 0]
        out.append({
            "cost": float(problem.cost[new].sum()), "covered": float(covered.sum()),
            "least_group_share": float(cover.least(covered)) * _UNIT if has else np.nan,
            "bound": point.bound * unit, "site_ids": tuple(problem.candidate_ids[new]),
        })  # fmt: skip
    names = ["cost", "covered", "least_group_share", "bound", "site_ids"]
    table = pd.DataFrame(out, columns=names)
    condition = -table["least_group_share"] if levels.floors else table["cost"]
    order = np.lexsort((-table[levels.axis], condition))
    table = table.iloc[order]
    # who keeps the harder condition keeps the easier one too
    table["bound"] = np.minimum.accumulate(table["bound"].to_numpy(float)[::-1])[::-1]
    value = table[levels.axis].to_numpy(float)
    before = np.maximum.accumulate(np.concatenate(([-np.inf], value)))[:-1]
    table = table[value > before].reset_index(drop=True)
    if levels.floors:
        table = table.iloc[::-1].reset_index(drop=True)
    table["bound"] = np.maximum(table["bound"], table[levels.axis])
    far = table["bound"] - table[levels.axis]
    table["gap_share"] = np.where(far > 0, far / table["bound"].abs().clip(lower=1e-300), 0.0)
    table["dominated"] = False
    table.index.name = "point"
    return table[[*names[:4], "gap_share", "dominated", "site_ids"]]
