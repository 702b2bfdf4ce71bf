"""
Exact reductions (精确化简): the same question with fewer demands and fewer candidates.

What is covered in every answer is set aside, equal demands become one, and candidates outdone by
another go. The best answers of the core are best answers of the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.network.graph import pointer
from geoplan.siting.checked import FREE
from geoplan.siting.kernels import max_cover as kernels
from geoplan.siting.plan import covered_by

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]


class Core(NamedTuple):
    """
    What is left to decide.

    Parameters
    ----------
    rows
        Pointer and candidate (by its number here) of each demand left.
    columns
        The same by candidate: pointer and demand.
    weight
        Of each demand left: the sum of those it stands for.
    kind
        Group of each demand left; 0 where groups were not kept apart.
    cost
        Of each candidate left.
    number
        Of each candidate left, in the problem.
    base
        Weight covered in every answer.
    """

    rows: tuple[Array, Array]
    columns: tuple[Array, Array]
    weight: Array
    kind: Array
    cost: Array
    number: Array
    base: float

    @property
    def matrix(self) -> sparse.csr_array[Any]:
        """Demand by candidate, ones."""
        ptr, candidate = self.rows
        shape = (len(self.weight), len(self.number))
        return sparse.csr_array((np.ones(len(candidate)), candidate, ptr), shape=shape)


def reduce(
    problem: CoverageProblem, *, affordable: float = np.inf, costs: bool = False,
    apart: Array | None = None,
) -> Core:  # fmt: skip
    """
    Return the core of a covering problem in which more cover is never worse.

    Parameters
    ----------
    problem
        Existing and forced candidates count as open, forbidden ones as absent.
    affordable
        Candidates that cost more go.
    costs
        Whether a candidate is outdone only by one that costs no more.
    apart
        Kind of each demand: equal demands of two kinds stay two.

    Returns
    -------
    core
        Demands in the order of the first each stands for, candidates by number.

    Notes
    -----
    Equal demands are summed (Chen et al. 2023, ISO_AGG); a candidate whose demands are part of
    another's at no less cost is in some best answer never needed (DOM), for an answer with it may
    take the other instead.
    """
    kind = np.zeros(len(problem), np.int64) if apart is None else apart
    free = (problem.state == FREE) & (problem.cost <= affordable)
    done = covered_by(problem, problem.open)
    left = np.flatnonzero(~done & (problem.weight > 0))
    number = np.flatnonzero(free)
    pairs = part(problem.ptr, problem.candidate, left, free)
    weight, kind, pairs = _merged(pairs, problem.weight[left], kind[left], problem.candidates)
    columns = turned(pairs, len(number))
    keep = kernels.needed(pairs, columns, problem.cost[number], costs)
    pairs = part(*pairs, np.arange(len(weight)), keep)
    weight, kind, pairs = _merged(pairs, weight, kind, len(number))
    number = number[keep]
    return Core(pairs, turned(pairs, len(number)), weight, kind, problem.cost[number], number,
                float(problem.weight[done].sum()))  # fmt: skip


def part(ptr: Array, candidate: Array, rows: Array, keep: Array) -> tuple[Array, Array]:
    """Return some rows with the candidates kept, which are numbered anew."""
    size = np.diff(ptr)[rows]
    new = np.concatenate(([0], np.cumsum(size)))
    at = np.repeat(ptr[rows] - new[:-1], size) + np.arange(new[-1])
    found = candidate[at]
    held = keep[found]
    row = np.repeat(np.arange(len(rows)), size)[held]
    return pointer(row, len(rows)), (np.cumsum(keep) - 1)[found[held]].astype(np.int32)


def _merged(
    pairs: tuple[Array, Array], weight: Array, kind: Array, candidates: int
) -> tuple[Array, Array, tuple[Array, Array]]:
    """Return weight, kind and pairs with equal rows summed and empty ones gone."""
    keys = np.random.default_rng(0).integers(1, 2**63, candidates, dtype=np.uint64)
    order = np.lexsort((kernels.hashes(*pairs, keys), kind))
    first = kernels.alike(*pairs, kind, order)
    total = np.bincount(first, weight, len(weight))
    rows = np.flatnonzero((first == np.arange(len(first))) & (np.diff(pairs[0]) > 0))
    every = np.ones(candidates, bool)
    return total[rows], kind[rows], part(*pairs, rows, every)


def turned(pairs: tuple[Array, Array], candidates: int) -> tuple[Array, Array]:
    """Return pairs by candidate."""
    ptr, candidate = pairs
    row = np.repeat(np.arange(len(ptr) - 1, dtype=np.int32), np.diff(ptr))
    order = np.argsort(candidate, kind="stable")
    return pointer(candidate, candidates), row[order]
