"""Sites with room, in their own numbers (容量选址的核心数据)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geoplan.network.graph import pointer
from geoplan.siting.checked import FORCED, FREE
from geoplan.siting.plan import CLOSED

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.models import Ask

    Array = npt.NDArray[Any]


class Work(NamedTuple):
    """Demands of any weight and the candidates that may be used, in their own numbers."""

    row: Array
    column: Array
    cost: Array
    weight: Array
    capacity: Array
    fee: Array
    must: Array
    fewest: int
    most: int
    """How many sites are opened beside ``must``: so many with p, else what capacity asks for."""
    demand: Array
    site: Array

    @property
    def rows(self) -> tuple[Array, Array, Array]:
        """Pairs by demand, then site."""
        return pointer(self.row, len(self.weight)), self.column, self.cost

    @property
    def columns(self) -> tuple[Array, Array, Array]:
        """Pairs by site, then demand."""
        order = np.argsort(self.column, kind="stable")
        return pointer(self.column, len(self.fee)), self.row[order], self.cost[order]


def work_of(ask: Ask, minute_cost: float) -> Work:
    """Return what a search works on."""
    problem = ask.problem
    demand, site = np.flatnonzero(problem.weight > 0), np.flatnonzero(problem.usable)
    row = problem.row
    keep = (problem.weight > 0)[row] & problem.usable[problem.candidate]
    row, column = row[keep], problem.candidate[keep]
    cost = minute_cost * problem.minutes[keep] * problem.weight[row]
    must = problem.state[site] != FREE
    free = np.sort(problem.capacity[site][~must])[::-1]
    holds = problem.capacity[site][must].sum() + np.r_[0.0, np.cumsum(free)]
    enough = np.flatnonzero(holds >= problem.weight.sum() * (1 - CLOSED))
    fewest, most = int(enough[0]) if len(enough) else len(free), len(free)
    if ask.p is not None:
        fewest = most = ask.p - int((problem.state == FORCED).sum())
    fee = np.zeros(len(site)) if ask.p is not None else problem.cost[site]
    return Work(np.searchsorted(demand, row), np.searchsorted(site, column), cost,
                problem.weight[demand], problem.capacity[site], fee, must, fewest, most, demand,
                site)  # fmt: skip
