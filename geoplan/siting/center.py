"""
The p-center (中心选址): the farthest anybody has to go is as near as possible.

Model ``p_center``. Option ``leave``: as in `geoplan.siting.covering`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.checked import FORCED, FREE
from geoplan.siting.covering import Cover, answer, cheapest, options
from geoplan.siting.feasibility import lacking, lost, nearest_min, nobody, only_p, within_reach
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.plan import Plan
    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_FIRST_STEPS = 20_000
"""Steps of the first answer, which is looked for whatever the clock says."""


def solve(ask: Ask) -> Plan:
    """
    Open exactly ``p`` new sites so that the longest way of any demand is as short as possible.

    Parameters
    ----------
    ask
        ``p`` is needed. Demand of no weight, and demand that reaches nobody, does not count.

    Returns
    -------
    plan
        Objective: the greatest minutes of any demand. ``extra["unreachable"]``: ids and weight of
        the demand that reaches no candidate.

    Raises
    ------
    InputError
        If ``p`` is missing, or an option is unknown.

    Notes
    -----
    min max_i min_j d_ij (Hakimi 1964), by binary search over the minutes there are: a limit will do
    if `covering.cheapest` covers all within it by ``p`` sites (Minieka 1970). The bound is the
    least limit that is not proved too low. Sites that are not needed for that go where they
    shorten ways most.
    """
    only_p(ask)
    problem, (leave, _) = ask.problem, options(ask)
    reach = within_reach(problem)
    counted = (problem.weight > 0) & (reach > 0)
    short = (problem.weight > 0) & ~counted
    if leave == "none" and short.any():
        return nobody(ask, short, reach)
    forced = int((problem.state == FORCED).sum())
    p = (ask.p or 0) - forced
    limits = _limits(problem, counted)
    first = Watch(step_limit=_FIRST_STEPS)
    found = _within(ask, counted, limits[-1], first, p)
    if found.cost > p:
        found = _within(ask, counted, limits[-1], ask.watch, None)
    if found.cost > p:
        return lacking(ask, "p", float(ask.p or 0), found.cost + forced, found.bound + forced)
    chosen, bound = _search(ask, counted, limits, p, found)
    chosen = np.union1d(problem.open, _filled(problem, chosen, p))
    return answer(ask, chosen, _farthest(problem, counted, chosen), bound,
                  extra={"unreachable": lost(problem, short)})  # fmt: skip


def _limits(problem: CoverageProblem, counted: Array) -> Floats:
    """Return the minutes there are, from the least that could do."""
    usable = problem.usable[problem.candidate]
    least = nearest_min(problem.ptr, np.where(usable, problem.minutes, np.inf))
    low = least[counted].max(initial=0.0)
    times = problem.minutes[usable & np.repeat(counted, np.diff(problem.ptr))]
    return np.unique(np.r_[low, times[times > low]])


def _within(
    ask: Ask, counted: Array, limit_min: float, watch: Watch, target: float | None
) -> Cover:
    """Cover all within a limit by few sites; existing and forced ones are there already."""
    problem = ask.problem
    near = problem.minutes <= limit_min
    ptr = np.r_[0, np.cumsum(near)][problem.ptr]
    served = _nearest(problem, problem.open) <= limit_min
    need, free = (counted & ~served).astype(np.int64), problem.state == FREE
    return cheapest(ptr, problem.candidate[near], need, np.ones(problem.candidates), free,
                    watch=watch, seed=ask.seed, target=target)  # fmt: skip


def _search(ask: Ask, counted: Array, limits: Floats, p: int, found: Cover) -> tuple[Array, float]:
    """Return sites, and the least limit not proved too low."""
    problem, low, proved, high = ask.problem, 0, 0, len(limits) - 1
    chosen = np.flatnonzero(found.chosen)
    try:
        while True:
            far = _farthest(problem, counted, np.union1d(problem.open, chosen))
            high = min(high, int(np.searchsorted(limits, far)))
            if low >= high or ask.watch.over():
                break
            middle = (low + high) // 2
            found = _within(ask, counted, limits[middle], ask.watch, p)
            if found.cost <= p:
                chosen = np.flatnonzero(found.chosen)
            else:
                low = middle + 1
                proved = low if found.bound > p else proved
            ask.watch.tell(0.5, "limit")
    except KeyboardInterrupt:
        ask.watch.interrupted()
    return chosen, float(limits[min(proved, high)])


def _nearest(problem: CoverageProblem, chosen: Array) -> Floats:
    """Return the minutes to the nearest of some candidates, infinite for none."""
    is_open = np.zeros(problem.candidates, bool)
    is_open[chosen] = True
    there = is_open[problem.candidate]
    return nearest_min(problem.ptr, np.where(there, problem.minutes, np.inf))


def _farthest(problem: CoverageProblem, counted: Array, chosen: Array) -> float:
    return float(_nearest(problem, chosen)[counted].max(initial=0.0))


def _filled(problem: CoverageProblem, chosen: Array, p: int) -> Array:
    """Add the sites that shorten ways most, weight by minutes, until there are ``p``."""
    row = problem.row
    far = problem.minutes.max(initial=0.0)
    free = problem.state == FREE
    free[chosen] = False
    while len(chosen) < p:
        now = np.minimum(_nearest(problem, np.union1d(problem.open, chosen)), far)
        saved = np.maximum(now[row] - problem.minutes, 0.0) * problem.weight[row]
        gain = np.bincount(problem.candidate, saved, problem.candidates)
        best = int(np.argmax(np.where(free, gain, -1.0)))
        chosen, free[best] = np.append(chosen, best), False
    return chosen
