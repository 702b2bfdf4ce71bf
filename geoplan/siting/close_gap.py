"""
Close the gap (补齐缺口): the sites and square metres that make the deficits of all areas vanish.

The plan asks for 0.1 m2 of land per person and 20 m2 of floor per 100 households.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.checked import only_options, wrong
from geoplan.siting.plan import CLOSED, Plan, covered_by, nearest_open
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]

_KNOWN = ("need_m2", "cost_per_m2", "cover", "partly", "at_most_share")
_ROUNDS, _NODES = 12, 8_000
_WHOLE, _SMALL = 0.5, 1e-7


def solve(ask: Ask) -> Plan:
    """
    Choose sites, and the m2 each area takes from each, at least cost.

    An area is a group of the demand. Square metres of a site count for an area only if some demand
    of the area reaches the site.

    Parameters
    ----------
    ask
        No ``p``, no budget. ``area_m2`` of the problem is what each candidate offers, nothing
        where unknown; of an existing one, what it could still give. Options:

        ``need_m2``
            Deficit of each group: by name (missing is 0), or one per ``group_names``.
        ``cost_per_m2``
            Of each candidate, beside its ``site_cost``; default 0; paid at existing sites too.
        ``cover``
            Share (0 to 1) of all weight that must reach an open site; default none.
        ``partly``
            If a deficit cannot vanish, close as much of all as can be (default True).
        ``at_most_share``
            Most of the whole deficit that may be left then; default 1.

    Returns
    -------
    plan
        ``objective`` is the cost. ``extra``: ``take_m2`` (site_id, group, m2), ``need_m2`` (by
        group: before, after), ``left_m2`` (by group that cannot be closed: m2, reason, reason_zh),
        ``covered_share``.

    Raises
    ------
    InputError
        If ``p`` or a budget is given, or an option is unknown or wrong.

    Notes
    -----
    What must be left is the need less the maximum flow from sites to areas. Then a fixed-charge
    transport, y open, u m2: min sum f y + sum c u with u <= min(area, need) y for each pair;
    first answers by slope scaling (Kim and Pardalos 1999), proof by HiGHS.

    Examples
    --------
    2 000 people and 500 households lack 0.1 x 2 000 = 200 m2 of land or 20 x 5 = 100 m2 of floor;
    as floor:

    >>> from geoplan.siting import CoverageProblem, solve
    >>> town = CoverageProblem.from_arrays([0, 0], [0, 1], weight=[500], site_cost=[5, 8],
    ...     area_m2=[60, 120], group=["east"])
    >>> plan = solve(town, model="close_gap", need_m2={"east": 20 * 500 / 100})
    >>> plan.chosen.tolist(), plan.objective
    ([1], 8.0)
    """
    wish = _wish(ask)
    search = Search(ask, wish)
    said = search.hopeless()
    if said is not None:
        reason, reason_zh, nearest = said
        return Plan.none(ask.problem, ask.model, ask.watch, seed=ask.seed, sense="min",
                         reason=reason, reason_zh=reason_zh, nearest=nearest)  # fmt: skip
    search.run()
    return _plan(ask, wish, search)


class Wish(NamedTuple):
    """The options, checked."""

    need: Array
    per_m2: Array
    cover: float
    partly: bool
    most_share: float


def _wish(ask: Ask) -> Wish:
    problem, given = ask.problem, ask.options
    only_options(ask.model, given, _KNOWN)
    for name, value in (("p", ask.p), ("budget", ask.budget)):
        if value is not None:
            raise wrong(f"close_gap takes no {name}.", f"close_gap 不接受 {name}。", "leave it out",
                        "请勿填写", parameter=name)  # fmt: skip
    per_m2 = _numbers("cost_per_m2", given.get("cost_per_m2", 0.0), problem.candidates)
    partly = given.get("partly", True)
    if not isinstance(partly, bool):
        raise wrong(f"partly is {partly!r}.", f"partly 为 {partly!r}。", "give True or False",
                    "请给 True 或 False", parameter="partly")  # fmt: skip
    cover = given.get("cover")
    return Wish(_needs(problem, given.get("need_m2")), per_m2,
                0.0 if cover is None else _share("cover", cover), partly,
                _share("at_most_share", given.get("at_most_share", 1.0)))  # fmt: skip


def _numbers(name: str, value: Any, count: int) -> Array:
    found = np.asarray(value, dtype=float)
    found = np.full(count, float(found)) if found.ndim == 0 else found
    if found.shape != (count,) or not (np.isfinite(found) & (found >= 0)).all():
        raise wrong(f"{name} is not {count} numbers from 0.", f"{name} 应为 {count} 个非负数。",
                    "give one number each, 0 or more", "每项一个不小于 0 的数",
                    parameter=name)  # fmt: skip
    return found


def _share(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise wrong(f"{name} is {value!r}.", f"{name} 为 {value!r}。", "give a share from 0 to 1",
                    "应为 0 到 1 之间的比例", parameter=name)  # fmt: skip
    return float(value)


def _needs(problem: CoverageProblem, need: Any) -> Array:
    names = problem.group_names
    if need is None or not names:
        raise wrong("close_gap needs need_m2 and the groups of the demand.",
                    "close_gap 需要 need_m2 与需求的分组。",
                    "give the deficit of each group, and group when the problem is made",
                    "请给出各组缺口，并在建立问题时给出 group", parameter="need_m2")  # fmt: skip
    if isinstance(need, pd.Series):
        need = need.to_dict()
    if isinstance(need, Mapping):
        values = {str(name): value for name, value in need.items()}
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise wrong(f"need_m2 names {unknown[0]!r}, which is no group.",
                        f"need_m2 中的 {unknown[0]!r} 不是分组。",
                        f"the groups are {', '.join(names[:5])} ...",
                        f"分组有 {'、'.join(names[:5])}……", parameter="need_m2")  # fmt: skip
        need = [values.get(name, 0.0) for name in names]
    return _numbers("need_m2", need, len(names))


class Arcs(NamedTuple):
    """Candidate and group of the pairs between which m2 can be given, and how many at most."""

    site: Array
    group: Array
    most: Array


def _arcs(problem: CoverageProblem, area: Array, need: Array) -> Arcs:
    row = np.repeat(problem.group, np.diff(problem.ptr)).astype(np.int64)
    site = problem.candidate.astype(np.int64)
    keep = row >= 0
    keep[keep] &= (need[row[keep]] > 0) & (area[site[keep]] > 0)
    pair = np.unique(site[keep] * len(need) + row[keep])
    at, group = np.divmod(pair, max(len(need), 1))
    return Arcs(at, group, np.minimum(area[at], need[group]))


class Search:
    """
    The cheapest sites that close what can be closed, and a bound.

    After `run`: ``is_open`` (candidates), ``take`` (m2 of each arc), ``left`` (m2 of each group),
    ``value`` and ``bound``.
    """

    def __init__(self, ask: Ask, wish: Wish) -> None:
        problem = ask.problem
        self.problem, self.wish, self.watch, self.seed = problem, wish, ask.watch, ask.seed
        self.fee, self.must = problem.cost, np.zeros(problem.candidates, bool)
        self.must[problem.open] = True
        self.area = np.where(problem.usable, np.nan_to_num(problem.area_m2), 0.0)
        self.arcs = _arcs(problem, self.area, wish.need)
        self.seen = self._seen()
        self.short, self.rest = np.zeros(len(wish.need), bool), 0.0
        self._part()
        self.value, self.bound = np.inf, 0.0
        self.is_open, self.take = self.must.copy(), np.zeros(len(self.arcs.site))
        self.left = wish.need.copy()

    def _part(self) -> None:
        """
        Set the groups apart that must stay short; their sites are theirs alone, open and full.

        From a maximum flow: a group in need asks all sites it reaches, a site asks the groups it
        gives to. Who is asked is on the short side of a minimum cut.
        """
        arcs, need = self.arcs, self.wish.need
        take = self._flow(self.problem.usable)
        left = need - np.bincount(arcs.group, take, len(need))
        if left.sum() <= CLOSED * need.sum():
            return
        self.rest = float(left.sum())
        self.short = left > _SMALL * np.maximum(1.0, need)
        asked = np.zeros(len(self.area), bool)
        while True:
            more = asked.copy()
            more[arcs.site[self.short[arcs.group]]] = True
            gives = more[arcs.site] & (take > _SMALL * np.maximum(1.0, arcs.most))
            self.short[arcs.group[gives]] = True
            if (more == asked).all():
                break
            asked = more
        self.must |= asked
        keep = ~asked[arcs.site] | self.short[arcs.group]
        self.arcs = Arcs(arcs.site[keep], arcs.group[keep], arcs.most[keep])

    def _seen(self) -> tuple[Array, Array, Array]:
        """Return demands merged by the usable candidates they reach: row, site, weight."""
        if not self.wish.cover:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        problem = self.problem
        sets: dict[bytes, float] = {}
        for i in np.flatnonzero(problem.reachable & (problem.weight > 0)).tolist():
            sites = problem.candidate[problem.ptr[i] : problem.ptr[i + 1]]
            key = sites[problem.usable[sites]].tobytes()
            sets[key] = sets.get(key, 0.0) + float(problem.weight[i])
        reached = [np.frombuffer(key, problem.candidate.dtype) for key in sets]
        row = np.repeat(np.arange(len(reached)), [len(r) for r in reached])
        return row, np.concatenate([*reached, np.empty(0, np.int64)]).astype(np.int64), \
            np.fromiter(sets.values(), float)  # fmt: skip

    def _flow(self, is_open: Array, per_m2: Array | None = None, enough: float = -np.inf) -> Array:
        """Return the m2 given on each arc: as many as possible, or enough at least cost."""
        arcs, need = self.arcs, self.wish.need
        k, m, g = len(arcs.site), self.problem.candidates, len(need)
        if not k:
            return np.zeros(0)
        at = np.arange(k)
        row = np.r_[arcs.site, m + arcs.group, np.full(k, m + g)]
        matrix = sparse.csr_array(
            (np.ones(3 * k), (row, np.r_[at, at, at])), shape=(m + g + 1, k),
        )  # fmt: skip
        found = highs.minimise(
            -np.ones(k) if per_m2 is None else per_m2[arcs.site], matrix,
            np.r_[np.full(m + g, -np.inf), enough],
            np.r_[np.where(is_open, self.area, 0.0), need, np.inf], low=np.zeros(k), high=arcs.most,
            whole=np.zeros(k, bool), watch=Watch(),
        )  # fmt: skip
        return np.zeros(k) if found.x is None else np.clip(found.x, 0.0, arcs.most)

    def hopeless(self) -> tuple[str, str, dict[str, float]] | None:
        """Return why there can be no answer."""
        problem, need = self.problem, self.wish.need.sum()
        share = self.rest / need if need else 0.0
        if self.rest and (not self.wish.partly or share > self.wish.most_share + CLOSED):
            return (f"{self.rest:.6g} m2 of the need cannot be closed by the candidates in reach.",
                    f"可达备选点无法补齐其中 {self.rest:.6g} 平方米。",
                    {"at_most_share": share})  # fmt: skip
        most = float(problem.weight[problem.reachable].sum() / problem.weight.sum())
        if self.wish.cover > most + CLOSED:
            want = f"{self.wish.cover:.2%}"
            return (f"{most:.2%} of the weight reaches a candidate, less than {want}.",
                    f"仅 {most:.2%} 的权重有备选点可达，少于 {want}。",
                    {"cover": most})  # fmt: skip
        return None

    def run(self) -> None:
        """Find a first answer by slope scaling, then the best one."""
        try:
            self._scale()
            if not self.watch.over() and self.bound < self.value * (1 - CLOSED):
                self._prove()
        except KeyboardInterrupt:
            self.watch.interrupted()
            if self.value == np.inf:
                self._note(self.problem.usable)

    def _scale(self) -> None:
        """Solve linear programs in which a fee is spread over the m2 it bought last time."""
        fee = np.where(self.must, 0.0, self.fee)
        for turn in range(_ROUNDS):
            if turn and (self.watch.over() or not self.watch.take(1)):
                return
            found = self._model(fee, whole=False, watch=Watch())
            if found.x is None:
                self._note(self.problem.usable)
                return
            if not turn:
                self.bound = max(0.0, found.bound + self.fee[self.must].sum())
            y = found.x[: len(fee)]
            before = self.value
            self._note(self._covering(y > _SMALL))
            if turn > 2 and self.value >= before:  # noqa: PLR2004
                return
            fee = np.where(y > _SMALL, self.fee / np.maximum(y, _SMALL), fee * 1.5)
            fee[self.must] = 0.0

    def _covering(self, is_open: Array) -> Array:
        """Add sites until enough weight is covered: the most weight for the fee first."""
        problem, goal = self.problem, self.wish.cover * self.problem.weight.sum() * (1 - CLOSED)
        is_open = (is_open & problem.usable) | self.must
        row = problem.row
        while self.wish.cover:
            there = covered_by(problem, np.flatnonzero(is_open))
            if problem.weight[there].sum() >= goal:
                break
            pair = ~there[row] & problem.usable[problem.candidate]
            gain = np.bincount(problem.candidate[pair], problem.weight[row[pair]], len(self.fee))
            if not gain.any():
                break
            is_open[np.argmax(gain / (self.fee + 1e-9))] = True
        return is_open

    def _note(self, is_open: Array) -> None:
        """Keep some sites if they close what can be closed for less; drop those of no use."""
        take, need = self._flow(is_open), self.wish.need.sum() - self.rest
        if take.sum() < need - _SMALL * max(1.0, need):
            return
        if self.wish.per_m2.any():
            cheap = self._flow(is_open, self.wish.per_m2, min(need, take.sum()) * (1 - 1e-12))
            take = cheap if cheap.sum() >= (1 - CLOSED) * min(need, take.sum()) else take
        used = np.bincount(self.arcs.site, take, len(self.fee)) > 0
        if not self.wish.cover:
            is_open = (is_open & used) | self.must
        value = float(self.fee[is_open].sum() + self.wish.per_m2[self.arcs.site] @ take)
        if value < self.value:
            self.value, self.is_open, self.take = value, is_open.copy(), take
            given = np.bincount(self.arcs.group, take, len(self.wish.need))
            self.left = np.maximum(self.wish.need - given, 0.0)
            self.left[self.left <= _SMALL * np.maximum(1.0, self.wish.need)] = 0.0

    def _model(
        self, fee: Array, *, whole: bool, watch: Watch, start: Array | None = None
    ) -> highs.Found:
        """Solve the whole model, or its relaxation; columns: sites, arcs, weight seen."""
        arcs, need, (row, site, weight) = self.arcs, self.wish.need, self.seen
        m, k, g, s = len(fee), len(arcs.site), len(need), len(weight)
        at = np.arange(k)
        some = np.flatnonzero(np.bincount(arcs.site, minlength=m))
        place = np.zeros(m, np.int64)
        place[some] = np.arange(len(some))
        link, own, total = 0, k, k + len(some)
        group, all_m2, seen, cover = total, total + g, total + g + 1, total + g + 1 + s
        rows = np.r_[link + at, link + at, own + place[arcs.site], own + place[some],
                     group + arcs.group, np.full(k, all_m2), seen + np.arange(s), seen + row,
                     np.full(s, cover)]  # fmt: skip
        columns = np.r_[m + at, arcs.site, m + at, some, m + at, m + at, m + k + np.arange(s), site,
                        m + k + np.arange(s)]  # fmt: skip
        values = np.r_[np.ones(k), -arcs.most, np.ones(k), -self.area[some], np.ones(2 * k),
                       np.ones(s), -np.ones(len(row)), weight]  # fmt: skip
        matrix = sparse.csr_array((values, (rows, columns)), shape=(cover + 1, m + k + s))
        enough = need.sum() - self.rest
        goal = self.wish.cover * self.problem.weight.sum() * (1 - CLOSED)
        none = np.full(total, -np.inf)
        exact = np.where(self.short, -np.inf, need * (1 - 1e-12))
        return highs.minimise(
            np.r_[fee, self.wish.per_m2[arcs.site], np.zeros(s)], matrix,
            np.r_[none, exact, enough * (1 - 1e-10), np.full(s, -np.inf), goal if s else -np.inf],
            np.r_[np.zeros(total), need, np.inf, np.zeros(s), np.inf],
            low=np.r_[self.must.astype(float), np.zeros(k + s)],
            high=np.r_[self.problem.usable.astype(float), arcs.most, np.ones(s)],
            whole=np.r_[np.full(m, whole), np.zeros(k + s, bool)], watch=watch, start=start,
            most_nodes=_NODES, seed=self.seed,
        )  # fmt: skip

    def _prove(self) -> None:
        row, site, weight = self.seen
        start = None
        if self.value < np.inf:
            z = np.zeros(len(weight))
            np.maximum.at(z, row, self.is_open[site].astype(float))
            start = np.r_[self.is_open.astype(float), self.take, z]
        found = self._model(self.fee, whole=True, watch=self.watch, start=start)
        self.bound = max(self.bound, min(found.bound, self.value))
        if found.x is not None:
            self._note(found.x[: len(self.fee)] > _WHOLE)


def _plan(ask: Ask, wish: Wish, search: Search) -> Plan:
    problem = ask.problem
    chosen = np.flatnonzero(search.is_open)
    bound = min(search.bound, search.value)
    if search.value - bound <= _SMALL * max(1.0, abs(search.value)):
        bound = search.value
    status = ask.watch.status(proved=bound == search.value)
    there = covered_by(problem, chosen)
    extra = {
        "take_m2": _taken(problem, search), "left_m2": _left(problem, wish, search),
        "need_m2": pd.DataFrame({"before": wish.need, "after": search.left},
                                index=pd.Index(problem.group_names, name="group")),
        "covered_share": float(problem.weight[there].sum() / problem.weight.sum()),
    }  # fmt: skip
    return Plan(
        problem, ask.model, status, chosen, search.value, bound, "min",
        nearest_open(problem, chosen), ask.seed, ask.watch.steps, ask.watch.elapsed_s, extra=extra,
    )  # fmt: skip


def _taken(problem: CoverageProblem, search: Search) -> pd.DataFrame:
    some = np.flatnonzero(search.take > _SMALL)
    return pd.DataFrame({
        "site_id": problem.candidate_ids[search.arcs.site[some]],
        "group": np.array(problem.group_names, object)[search.arcs.group[some]],
        "m2": search.take[some],
    })  # fmt: skip


def _left(problem: CoverageProblem, wish: Wish, search: Search) -> pd.DataFrame:
    """Return what each group keeps, and why."""
    arcs = search.arcs
    some = np.flatnonzero(search.left)
    offered = np.bincount(arcs.group, search.area[arcs.site], len(wish.need))
    words = []
    for g in some.tolist():
        if not offered[g]:
            words.append(("No candidate in reach offers any area.", "可达范围内无可用面积。"))
        elif offered[g] < wish.need[g]:
            there, need = f"{offered[g]:g}", f"{wish.need[g]:g}"
            words.append((f"The candidates in reach offer {there} of {need} m2.",
                          f"可达备选点仅 {there} 平方米，需 {need} 平方米。"))  # fmt: skip
        else:
            words.append(("Other groups need the candidates in reach too.",
                          "可达备选点须与其他组共用。"))  # fmt: skip
    names = pd.Index([problem.group_names[g] for g in some], name="group", dtype=object)
    return pd.DataFrame({"m2": search.left[some], "reason": [w[0] for w in words],
                         "reason_zh": [w[1] for w in words]}, index=names)  # fmt: skip
