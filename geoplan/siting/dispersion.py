"""
Dispersion (分散选址): sites as far from one another as possible.

Model ``p_dispersion``. Option ``apart_min``, needed: minutes (or metres) between candidates, an
array or a sparse matrix, symmetric; of a sparse one what is not stored is as far as the farthest
that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.checked import FORCED, FREE, only_options, wrong
from geoplan.siting.covering import answer, cheapest
from geoplan.siting.feasibility import lacking, only_p
from geoplan.siting.kernels.dispersion import cliques

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.plan import Plan
    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_STARTS = 32


def solve(ask: Ask) -> Plan:
    """
    Open exactly ``p`` new sites so that the two nearest of all open ones are as far as possible.

    Parameters
    ----------
    ask
        ``p`` is needed, and the option ``apart_min``.

    Returns
    -------
    plan
        Objective: the least distance between two open sites, in the unit of ``apart_min``; with
        fewer than two, the greatest there is.

    Raises
    ------
    InputError
        If ``p`` or ``apart_min`` is missing, or that is not symmetric, negative or of wrong shape.

    Notes
    -----
    max min d_jk over open j, k (Kuby 1987), by binary search over the distances there are: of
    candidates nearer than one to each other at most one is open, so all but one of every clique
    are closed, and the fewest to close are a cover that `covering.cheapest` finds. The bound is
    the greatest distance not proved too much. Memory grows with the square of the candidates.
    """
    only_p(ask)
    only_options(ask.model, ask.options, {"apart_min"})
    problem = ask.problem
    apart = _apart(problem, ask.options.get("apart_min"))
    forced = int((problem.state == FORCED).sum())
    p = (ask.p or 0) - forced
    if p < 0:
        return lacking(ask, "p", float(ask.p or 0), float(forced), float(forced))
    chosen, bound = _search(ask, apart, p)
    return answer(ask, np.sort(chosen), _least(apart, chosen), bound, sense="max")


def _apart(problem: CoverageProblem, given: Any) -> Floats:
    """Return the distances between candidates: none infinite, and the diagonal the greatest."""
    count = problem.candidates
    if hasattr(given, "tocoo"):
        pairs = given.tocoo()
        found: Floats = np.full(pairs.shape, np.inf)
        found[pairs.row, pairs.col] = pairs.data
    else:
        found = np.array(np.nan if given is None else given, dtype=np.float64)
    square = found.ndim == 2 and len(found) == found.shape[1] == count  # noqa: PLR2004
    if not square or not (found >= 0).all() or not np.allclose(found, found.T):
        raise wrong(f"apart_min is not a symmetric table of {count} by {count} distances.",
                    f"apart_min 应为 {count} × {count} 的对称距离表，不含负数和空值。",
                    "give the distance of each pair of candidates, 0 or more, the same both ways",
                    "请给出每对备选点之间的距离（往返相同）", parameter="apart_min")  # fmt: skip
    np.fill_diagonal(found, np.inf)
    known = found[np.isfinite(found)]
    return np.asarray(np.minimum(found, known.max(initial=0.0)))


def _least(apart: Floats, chosen: Array) -> float:
    """Return the least distance between two of some sites."""
    return float(apart[np.ix_(chosen, chosen)].min(initial=apart.max(initial=0.0)))


def _search(ask: Ask, apart: Floats, p: int) -> tuple[Array, float]:
    """Return open sites, and the greatest distance not proved too much."""
    problem, watch = ask.problem, ask.watch
    chosen = _farthest_first(problem, apart, p)
    usable = np.flatnonzero(problem.usable)
    values = np.unique(apart[np.ix_(usable, usable)])
    values = values[values <= _least(apart, problem.open)]
    low = int(np.searchsorted(values, _least(apart, chosen)))
    high = proved = len(values) - 1
    try:
        while low < high and not watch.over():
            middle = (low + high + 1) // 2
            found, most = _packed(ask, apart, float(values[middle]), p)
            if len(found) >= p:
                chosen = np.r_[problem.open, found[:p]]
                low = max(middle, int(np.searchsorted(values, _least(apart, chosen))))
            else:
                high = middle - 1
                proved = high if most < p else proved
            watch.tell(0.5, "distance")
    except KeyboardInterrupt:
        watch.interrupted()
    return chosen, float(values[max(low, proved)]) if len(values) else 0.0


def _packed(ask: Ask, apart: Floats, value: float, p: int) -> tuple[Array, float]:
    """Return candidates that are ``value`` from one another and from open sites; and at most."""
    problem = ask.problem
    clear = apart[:, problem.open].min(axis=1, initial=np.inf) >= value
    there = np.flatnonzero((problem.state == FREE) & clear)
    if len(there) < p:
        return there[:0], float(len(there))
    ptr, member = cliques(apart[np.ix_(there, there)] < value)
    count = len(there)
    found = cheapest(ptr, member, np.diff(ptr) - 1, np.ones(count), np.ones(count, bool),
                     watch=ask.watch, seed=ask.seed, target=count - p)  # fmt: skip
    return there[~found.chosen], count - found.bound


def _farthest_first(problem: CoverageProblem, apart: Floats, p: int) -> Array:
    """Return the best of some answers that add, one by one, the site farthest from the others."""
    free = np.flatnonzero(problem.state == FREE)
    best, most = problem.open, -1.0
    starts = free[:: max(1, len(free) // _STARTS)] if p and not len(problem.open) else [None]
    for start in starts:
        chosen = problem.open if start is None else np.array([start])
        far = apart[:, chosen].min(axis=1, initial=np.inf)
        left = np.isin(np.arange(len(apart)), free) & ~np.isin(np.arange(len(apart)), chosen)
        while len(chosen) < p + len(problem.open):
            j = int(np.argmax(np.where(left, far, -1.0)))
            chosen, left[j] = np.append(chosen, j), False
            far = np.minimum(far, apart[j])
        if (found := _least(apart, chosen)) > most:
            best, most = chosen, found
    return best
