"""The answer of a siting model (选址方案): which sites, how good, how far from the best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from geoplan.siting.checked import EXISTING, FORCED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]

Status = Literal["optimal", "feasible", "time_limit", "cancelled", "infeasible"]
"""``optimal`` is proved; ``feasible`` ended by itself with a gap; the next two were cut short."""
CLOSED = 1e-9
"""A gap of less than this share is none."""


@dataclass(frozen=True, eq=False)
class Plan:
    """
    An answer with its proof.

    Parameters
    ----------
    problem
        What was asked.
    model
        Name of the model.
    status
        See `Status`.
    chosen
        Candidates that are open, rising: existing, forced and new ones. Empty if infeasible.
    objective
        What the model minimises or maximises, of this answer; NaN if infeasible.
    bound
        No answer is better than this.
    sense
        Whether the objective is to be small or large.
    assigned
        Candidate that serves each demand, -1 for none.
    seed, steps, time_s
        How it was found: the first two give it again.
    reason, reason_zh
        Why it is infeasible, else empty.
    nearest
        The nearest parameters that would be feasible, by name.
    extra
        What only this model says: areas used by site, slack by group and so on.
    """

    problem: CoverageProblem
    model: str
    status: Status
    chosen: Array
    objective: float
    bound: float
    sense: Literal["min", "max"]
    assigned: Array
    seed: int
    steps: int
    time_s: float
    reason: str = ""
    reason_zh: str = ""
    nearest: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def none(  # noqa: PLR0913
        cls, problem: CoverageProblem, model: str, watch: Watch, *, seed: int,
        sense: Literal["min", "max"], reason: str, reason_zh: str,
        nearest: Mapping[str, float] | None = None, bound: float = np.nan,
        extra: Mapping[str, Any] | None = None,
    ) -> Plan:  # fmt: skip
        """Return the plan that says why there is none."""
        return cls(
            problem, model, "infeasible", np.empty(0, np.int64), np.nan, bound, sense,
            np.full(len(problem), -1, np.int64), seed, watch.steps, watch.elapsed_s, reason,
            reason_zh, nearest or {}, extra or {},
        )  # fmt: skip

    @property
    def gap_share(self) -> float:
        """How far from the bound at most, as a share of the bound; NaN if infeasible."""
        return np.nan if self.status == "infeasible" else gap_share(self.objective, self.bound)

    @property
    def new(self) -> Array:
        """Candidates to be opened: those chosen that do not exist yet."""
        found: Array = self.chosen[self.problem.state[self.chosen] != EXISTING]
        return found

    @property
    def cost(self) -> float:
        """What the new sites cost."""
        return float(self.problem.cost[self.new].sum())

    @property
    def covered(self) -> float:
        """Weight of the demand that reaches a chosen site."""
        return float(self.problem.weight[covered_by(self.problem, self.chosen)].sum())

    def sites(self) -> pd.DataFrame:
        """
        Return the open sites.

        Returns
        -------
        sites
            Index the candidate's id; ``state`` (``existing``, ``forced``, ``new``), ``cost``,
            ``served`` (weight assigned to it), ``reach`` (weight that reaches it), ``only``
            (weight that reaches no other open site).
        """
        problem, chosen = self.problem, self.chosen
        ptr, demand, _ = problem.by_candidate
        times = times_covered(problem, chosen)
        pairs = [demand[ptr[j] : ptr[j + 1]] for j in chosen.tolist()]
        there = self.assigned >= 0
        served = np.bincount(self.assigned[there], problem.weight[there], problem.candidates)
        names = {EXISTING: "existing", FORCED: "forced"}
        return pd.DataFrame(
            {
                "state": [names.get(s, "new") for s in problem.state[chosen].tolist()],
                "cost": problem.cost[chosen],
                "served": served[chosen],
                "reach": [float(problem.weight[p].sum()) for p in pairs],
                "only": [float(problem.weight[p[times[p] == 1]].sum()) for p in pairs],
            },
            index=pd.Index(problem.candidate_ids[chosen], name="site_id"),
        )

    def demand(self) -> pd.DataFrame:
        """
        Return every demand.

        Returns
        -------
        demand
            Index its id; ``weight``, ``covered``, ``site_id`` (None where none serves it).
        """
        problem = self.problem
        names = np.array([*problem.candidate_ids, None], dtype=object)
        return pd.DataFrame(
            {
                "weight": problem.weight,
                "covered": covered_by(problem, self.chosen),
                "site_id": names[self.assigned],
            },
            index=pd.Index(problem.demand_ids, name="demand_id"),
        )


def flags(problem: CoverageProblem, sites: Array) -> npt.NDArray[np.bool_]:
    """Tell of each candidate whether it is one of some."""
    out = np.zeros(problem.candidates, bool)
    out[sites] = True
    return out


def times_covered(problem: CoverageProblem, sites: Array) -> npt.NDArray[np.int64]:
    """Return how many of some sites each demand reaches."""
    use = flags(problem, sites)[problem.candidate]
    return np.bincount(problem.row[use], minlength=len(problem))


def covered_by(problem: CoverageProblem, sites: Array) -> npt.NDArray[np.bool_]:
    """Tell which demand reaches one of some sites."""
    return times_covered(problem, sites) > 0


def nearest_open(problem: CoverageProblem, chosen: Array) -> Array:
    """Return the open candidate each demand reaches soonest, of two the lower; -1 for none."""
    pair = np.flatnonzero(flags(problem, chosen)[problem.candidate])
    row = problem.row[pair]
    order = np.lexsort((problem.candidate[pair], problem.minutes[pair], row))
    row, pair = row[order], pair[order]
    first = np.flatnonzero(np.r_[True, row[1:] != row[:-1]][: len(row)])
    out = np.full(len(problem), -1, np.int64)
    out[row[first]] = problem.candidate[pair[first]]
    return out


def gap_share(objective: float, bound: float) -> float:
    """Return how far an answer is from its bound at most, as a share of the bound."""
    far = abs(bound - objective)
    return 0.0 if far == 0 else far / max(abs(bound), 1e-300)
