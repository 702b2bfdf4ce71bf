"""Exact counts on the pairs of a problem (精确计数): who reaches what, who reaches nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.siting.checked import EXISTING
from geoplan.siting.plan import CLOSED, covered_by, flags, times_covered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]


class Core(NamedTuple):
    """What is left to decide: demand no open site serves, candidates that may serve it."""

    row: Array
    column: Array
    matrix: sparse.csr_array[Any]
    weight: Floats
    cost: Floats


def core_of(problem: CoverageProblem) -> Core:
    """Return the demand with weight that is still open, and the free candidates it reaches."""
    free = problem.usable & ~flags(problem, problem.open)
    left = ~covered_by(problem, problem.open) & problem.reachable & (problem.weight > 0)
    row = np.flatnonzero(left)
    demand, candidate = pairs_of(problem, row)
    use = free[candidate]
    column, at = np.unique(candidate[use], return_inverse=True)
    matrix = sparse.csr_array(
        (np.ones(len(at)), (np.searchsorted(row, demand[use]), at)), shape=(len(row), len(column))
    )
    return Core(row, column, matrix, problem.weight[row], problem.cost[column])


def greedy(
    problem: CoverageProblem, open_now: Sequence[int], price: Floats, amount: float
) -> Iterator[tuple[int, float, Floats]]:
    """Give the site with most gain for its price, its gain, all gains before it; -1 at the end."""
    left = times_covered(problem, np.asarray(open_now, np.int64)) == 0
    gains = added(problem, left)
    gains[~problem.usable] = 0.0
    ptr, demand, _ = problem.by_candidate
    while True:
        may = np.flatnonzero((gains > 0) & (price <= amount + CLOSED))
        if not len(may):
            yield -1, 0.0, gains
            return
        worth = gains[may] / np.maximum(price[may], 1e-200)
        site = int(may[np.argmax(worth)])
        yield site, float(gains[site]), gains.copy()
        mine = demand[ptr[site] : ptr[site + 1]]
        mine = mine[left[mine]]
        left[mine] = False
        gains = np.where(problem.usable, gains - added(problem, mine), 0.0)
        gains[gains < CLOSED * problem.weight.sum()] = 0.0
        gains[site] = 0.0
        amount -= price[site]


def pairs_of(problem: CoverageProblem, rows: Array) -> tuple[Array, Array]:
    """Return the pairs of some demands: demand, candidate."""
    count = np.diff(problem.ptr)[rows]
    first = np.repeat(problem.ptr[rows] - (np.cumsum(count) - count), count)
    return np.repeat(rows, count), problem.candidate[first + np.arange(int(count.sum()))]


def added(problem: CoverageProblem, rows: Array) -> Floats:
    """Return the weight of some demands (numbers, or a flag each) that reaches each candidate."""
    demand, site = pairs_of(problem, np.flatnonzero(rows) if rows.dtype == bool else rows)
    return np.bincount(site, problem.weight[demand], problem.candidates).astype(np.float64)


def standing(problem: CoverageProblem, new: Array) -> Array:
    """Return existing sites and new ones."""
    return np.union1d(np.flatnonzero(problem.state == EXISTING), new).astype(np.int64)


def covered_weight(problem: CoverageProblem, new: Array) -> float:
    """Return the weight that existing and new sites cover."""
    return float(problem.weight[times_covered(problem, standing(problem, new)) > 0].sum())


def only_weight(problem: CoverageProblem, new: Array) -> Floats:
    """Return the weight that reaches each site and no other open one."""
    return added(problem, times_covered(problem, standing(problem, new)) == 1)


def in_order(problem: CoverageProblem, new: Array) -> Iterator[tuple[int, float]]:
    """Give some sites in the order of their gain beside the existing ones and those before."""
    left = times_covered(problem, np.flatnonzero(problem.state == EXISTING)) == 0
    left &= problem.weight > 0
    own = np.sort(new)
    demand, candidate = pairs_of(problem, np.flatnonzero(left))
    mine = flags(problem, own)[candidate]
    at = np.searchsorted(own, candidate[mine])
    reach = sparse.csr_array((np.ones(len(at)), (demand[mine], at)), (len(problem), len(own)))
    of_site = reach.tocsc()
    gains = np.bincount(at, problem.weight[demand[mine]], len(own))
    least, waits = CLOSED * problem.weight.sum(), np.ones(len(own), bool)
    while waits.any() and gains.max() > least:
        site = int(np.argmax(gains))
        yield int(own[site]), float(gains[site])
        waits[site] = False
        rows = of_site.indices[of_site.indptr[site] : of_site.indptr[site + 1]]
        rows = rows[left[rows]]
        left[rows] = False
        for row in rows.tolist():
            gains[reach.indices[reach.indptr[row] : reach.indptr[row + 1]]] -= problem.weight[row]
        gains[site] = 0.0
    for site in np.flatnonzero(waits).tolist():
        yield int(own[site]), 0.0


def nearest_min(problem: CoverageProblem, sites: Array) -> Floats:
    """Return the minutes of each demand to the nearest of some sites and the existing ones."""
    use = np.flatnonzero(flags(problem, standing(problem, sites))[problem.candidate])
    out = np.full(len(problem), np.inf)
    np.minimum.at(out, problem.row[use], problem.minutes[use])
    return out
