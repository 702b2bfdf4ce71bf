"""
Demand merged into sets, layer by layer (分层需求): a year, a scenario, a group is a layer.

Demand that reaches the same candidates is one set. Sites open in a period and stay; each layer is
judged in its period.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.siting.checked import EXISTING, FORBIDDEN, FORCED, wrong
from geoplan.siting.plan import CLOSED, Plan, nearest_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

ROOM = CLOSED
"""Share by which a limit may be passed (rounding of sums)."""
SMALL = 40_000
"""Pairs of merged rows and periods up to which HiGHS proves the answer."""


class Part(NamedTuple):
    """Demand to be counted: its weight, its layer (-1 for none), the pairs that hold (all)."""

    weight: Floats
    layer: Array
    holds: Array | None = None


@dataclass(frozen=True, eq=False)
class Cover:
    """
    Which columns cover which sets, and what that is worth.

    Parameters
    ----------
    sets
        Sets by columns, ones.
    weight
        Layers by sets.
    base, total
        Weight of each layer that existing sites cover; all there is.
    column
        Candidate of each column.
    cost, must
        Of each column; whether it has to open.
    limit
        Most that the columns opened up to each period may cost.
    period
        Of each layer.
    share
        How much a layer counts in the sum.
    scale, offset
        The least layer is the least of ``scale * covered + offset``; NaN leaves a layer out.
    """

    sets: sparse.csr_array[Any]
    weight: sparse.csr_array[Any]
    base: Floats
    total: Floats
    column: Array
    cost: Floats
    must: npt.NDArray[np.bool_]
    limit: Floats
    period: Array
    share: Floats
    scale: Floats
    offset: Floats

    @property
    def periods(self) -> int:
        """Number of periods; a column opened in this one is never opened."""
        return len(self.limit)

    @property
    def small(self) -> bool:
        """Whether HiGHS is to prove the answer."""
        return bool(self.sets.nnz * self.periods <= SMALL)

    @cached_property
    def by_column(self) -> sparse.csr_array[Any]:
        """Columns by sets."""
        turned = self.sets.T.tocsr()
        turned.sort_indices()
        return turned

    @cached_property
    def by_set(self) -> list[sparse.csr_array[Any]]:
        """Sets by layers, the layers of each period by themselves."""
        keep = [sparse.diags_array((self.period == t).astype(float)) for t in range(self.periods)]
        out = [(k @ self.weight).T.tocsr() for k in keep]
        for one in out:
            one.eliminate_zeros()
        return out

    def covered(self, opened: Array) -> Floats:
        """Return the weight covered in each layer, of the period each column opens in."""
        hit = np.stack([self.sets @ (opened <= t).astype(float) > 0 for t in range(self.periods)])
        row = np.repeat(np.arange(len(self.base)), np.diff(self.weight.indptr))
        there = hit[self.period[row], self.weight.indices]
        return self.base + np.bincount(row, self.weight.data * there, len(self.base))

    def sum(self, covered: Floats) -> Any:
        """Return the layers together."""
        return self.share @ covered

    def least(self, covered: Floats) -> Any:
        """Return the least layer."""
        use = ~np.isnan(self.scale)
        one = (slice(None),) + (None,) * (covered.ndim - 1)
        return np.min(
            self.scale[use][one] * covered[use] + self.offset[use][one], axis=0, initial=np.inf
        )

    def spent(self, opened: Array) -> Floats:
        """Return what the columns opened up to each period cost."""
        paid = np.bincount(opened, self.cost, self.periods + 1)[: self.periods]
        return np.cumsum(paid)

    def chosen(self, problem: CoverageProblem, opened: Array, period: int = 0) -> Array:
        """Return the candidates open in a period, existing ones too, rising."""
        there = np.flatnonzero(problem.state == EXISTING)
        return np.union1d(there, self.column[opened <= period]).astype(np.int64)

    def within(self, limit: float) -> Cover:
        """Return the same with another limit, of one period."""
        return replace(self, limit=np.array([limit], float))


def build(
    problem: CoverageProblem, parts: Sequence[Part], layers: int, *, count: bool
) -> Cover:  # fmt: skip
    """
    Merge demand by the candidates it reaches.

    Parameters
    ----------
    problem
        Its pairs, states and costs.
    parts
        The same demand as often as there are years or scenarios.
    layers
        How many.
    count
        Whether sites are counted, not paid.

    Returns
    -------
    cover
        One period, no limit, all layers count alike; change that by `dataclasses.replace`.
    """
    free = np.flatnonzero((problem.state != EXISTING) & (problem.state != FORBIDDEN))
    number = np.full(problem.candidates, -1, np.int64)
    number[free] = np.arange(len(free))
    base, total = np.zeros(layers), np.zeros(layers)
    pieces = [_piece(problem, part, number, base, total) for part in parts]
    ptr, column, layer, weight = _stack(pieces)
    first, which = _same(ptr, column, len(free))
    items, length = ragged(ptr, first)
    sets = sparse.csr_array(
        (np.ones(len(items)), column[items], np.concatenate(([0], np.cumsum(length)))),
        shape=(len(first), len(free)),
    )
    counted = sparse.coo_array((weight, (layer, which)), shape=(layers, len(first))).tocsr()
    cost = np.ones(len(free)) if count else problem.cost[free]
    return Cover(
        sets, counted, base, total, free, cost, problem.state[free] == FORCED,
        np.array([np.inf]), np.zeros(layers, np.int64), np.ones(layers), np.ones(layers),
        np.zeros(layers),
    )  # fmt: skip


def _piece(
    problem: CoverageProblem, part: Part, number: Array, base: Floats, total: Floats
) -> tuple[Array, Array, Array, Floats]:
    """Return the rows of a part that new sites decide, merged; note what is decided already."""
    row = problem.row
    holds = np.ones(len(row), bool) if part.holds is None else part.holds
    there = np.zeros(len(problem), bool)
    there[row[holds & (problem.state[problem.candidate] == EXISTING)]] = True
    counts = (part.layer >= 0) & (part.weight > 0)
    total += np.bincount(part.layer[counts], part.weight[counts], len(total))
    now = counts & there
    base += np.bincount(part.layer[now], part.weight[now], len(base))
    column = number[problem.candidate]
    use = holds & (column >= 0) & (counts & ~there)[row]
    row, column = row[use], column[use]
    size = np.bincount(row, minlength=len(problem))
    some = np.flatnonzero(size)
    ptr = np.concatenate(([0], np.cumsum(size[some])))
    first, which = _same(ptr, column, problem.candidates)
    items, length = ragged(ptr, first)
    key = which * len(total) + part.layer[some]
    keys, at = np.unique(key, return_inverse=True)
    weight = np.bincount(at, part.weight[some], len(keys)).astype(float)
    begin = np.concatenate(([0], np.cumsum(length)))
    rows, length = ragged(begin, keys // len(total))
    return (
        np.concatenate(([0], np.cumsum(length))), column[items][rows], keys % len(total), weight
    )  # fmt: skip


def _stack(
    pieces: list[tuple[Array, Array, Array, Floats]],
) -> tuple[Array, Array, Array, Floats]:
    sizes = np.concatenate([np.diff(p[0]) for p in pieces])
    return (
        np.concatenate(([0], np.cumsum(sizes))), np.concatenate([p[1] for p in pieces]),
        np.concatenate([p[2] for p in pieces]), np.concatenate([p[3] for p in pieces]),
    )  # fmt: skip


def _same(ptr: Array, column: Array, columns: int) -> tuple[Array, Array]:
    """Return the first row of each kind and the kind of each row, by 128 random bits a column."""
    if len(ptr) == 1:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bits = np.random.default_rng(1).integers(0, 2**63, (2, columns), dtype=np.uint64)
    begin = ptr[:-1]
    marks = np.stack([np.add.reduceat(b[column], begin) for b in bits], axis=1)
    order = np.lexsort((marks[:, 1], marks[:, 0]))
    new = np.concatenate(([True], (np.diff(marks[order].astype(np.int64), axis=0) != 0).any(1)))
    kind = np.empty(len(begin), np.int64)
    kind[order] = np.cumsum(new) - 1
    first = np.full(int(new.sum()), len(begin))
    np.minimum.at(first, kind, np.arange(len(begin)))
    rank = np.argsort(first, kind="stable")
    place = np.empty_like(rank)
    place[rank] = np.arange(len(rank))
    return first[rank], place[kind]


def ragged(ptr: Array, rows: Array) -> tuple[Array, Array]:
    """Return the places of what some rows of a CSR hold, and how many each holds."""
    length = ptr[rows + 1] - ptr[rows]
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(ptr[rows] - ends + length, length), length


def fits(spent: Floats, limit: Floats) -> bool:
    """Tell whether what is spent stays within a limit."""
    return bool((spent <= limit + ROOM * np.maximum(1.0, np.abs(limit))).all())


def only_one(p: int | None, budget: float | None, problem: CoverageProblem) -> tuple[bool, float]:
    """Return whether sites are counted, and the limit; one of both has to be given."""
    if (p is None) == (budget is None):
        raise wrong("Give p or budget, one of them.", "p 与 budget 须且只须给出一个。",
                    "p=10, or budget=3_000_000", "例如 p=10 或 budget=3_000_000",
                    parameter="p")  # fmt: skip
    if budget is not None:
        return False, amount("budget", budget)
    return True, whole_amount("p", p, problem)


def amount(name: str, value: Any) -> float:
    """Return an amount, or say that it is none."""
    if not isinstance(value, int | float | np.number) or not 0 <= value < np.inf:
        raise wrong(f"{name} is {value}.", f"{name} 为 {value}。", "give 0 or more",
                    "应为 0 或更大的数", parameter=name)  # fmt: skip
    return float(value)


def whole_amount(name: str, value: Any, problem: CoverageProblem) -> float:
    """Return a number of new sites, or say that it is none."""
    free = int((problem.usable & (problem.state != EXISTING)).sum())
    if isinstance(value, bool) or not (isinstance(value, int | np.integer) and 0 <= value <= free):
        raise wrong(f"{name} is {value}.", f"{name} 为 {value}。",
                    f"give a whole number from 0 to {free}, the candidates there are",
                    f"应为 0 至 {free}（备选点数）的整数", parameter=name)  # fmt: skip
    return float(value)


class Refusal(NamedTuple):
    """Why there is no answer, in both languages, and the nearest parameters that have one."""

    reason: str
    reason_zh: str
    nearest: Mapping[str, float]


def too_little(cover: Cover, *, count: bool) -> Refusal | None:
    """Tell whether what has to open is beyond the limit."""
    least, most = float(cover.cost[cover.must].sum()), float(cover.limit[-1])
    if fits(np.array([least]), np.array([most])):
        return None
    if count:
        return Refusal(f"{least:g} sites are forced, {most:g} may open.",
                       f"必建 {least:g} 处，只允许新建 {most:g} 处。", {"p": least})  # fmt: skip
    return Refusal(f"The forced sites cost {least:g}, the budget is {most:g}.",
                   f"必建点需 {least:g}，预算为 {most:g}。", {"budget": least})  # fmt: skip


def answer(
    problem: CoverageProblem, model: str, cover: Cover, found: Best, watch: Watch, *, seed: int,
    sense: Literal["min", "max"] = "max", extra: Mapping[str, Any] | None = None,
) -> Plan:  # fmt: skip
    """Return the plan of one period."""
    opened = found.opened if found.opened is not None else np.full(len(cover.column), 1)
    chosen = cover.chosen(problem, opened)
    sign = 1.0 if sense == "max" else -1.0
    return Plan(
        problem, model, watch.status(proved=found.optimal), chosen, 0.0 + sign * found.value,
        0.0 + sign * found.bound, sense, nearest_open(problem, chosen), seed, watch.steps,
        watch.elapsed_s, extra=extra or {},
    )  # fmt: skip


def no_answer(
    problem: CoverageProblem, model: str, why: Refusal, watch: Watch, *, seed: int,
    sense: Literal["min", "max"] = "max", extra: Mapping[str, Any] | None = None,
) -> Plan:  # fmt: skip
    """Return the plan that there is none."""
    return Plan.none(problem, model, watch, seed=seed, sense=sense, reason=why.reason,
                     reason_zh=why.reason_zh, nearest=why.nearest,
                     bound=-np.inf if sense == "max" else np.inf, extra=extra)  # fmt: skip


class Aim(NamedTuple):
    """What is to be best, the least layer there has to be, and the least sum."""

    of: Literal["sum", "least", "cost"] = "sum"
    floor: float | None = None
    total: float | None = None


class Best(NamedTuple):
    """Period each column opens in (None if there is no answer), its value, no better than bound."""

    opened: Array | None
    value: float
    bound: float
    optimal: bool


def meets(value: float, floor: float) -> bool:
    """Tell whether a value is as large as it has to be."""
    return bool(value >= floor - ROOM * max(1.0, abs(floor)))


def value_of(cover: Cover, aim: Aim, opened: Array) -> float:
    """Return what an answer is worth; minus infinity where it misses a floor."""
    covered = cover.covered(opened)
    if aim.floor is not None and not meets(cover.least(covered), aim.floor):
        return -np.inf
    return float(cover.least(covered) if aim.of == "least" else cover.sum(covered))


def worth_of(cover: Cover) -> Floats:
    """Return what covering each set adds to the sum, by period."""
    rows = [(cover.share * (cover.period == t)) @ cover.weight for t in range(cover.periods)]
    return np.stack(rows)
