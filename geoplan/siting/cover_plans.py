"""Plans of covering models (覆盖方案): what was found, or why there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.plan import CLOSED, Plan, covered_by, nearest_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.siting.models import Ask
    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]


def plan_of(ask: Ask, new: Array, bound: float, **more: Any) -> Plan:
    """Return the plan with these new sites, of which those that add nothing stay closed."""
    problem = ask.problem
    chosen = np.sort(np.r_[problem.open, new])
    covered = float(problem.weight[covered_by(problem, chosen)].sum())
    bound = max(bound, covered)
    status = ask.watch.status(proved=bound - covered <= CLOSED * bound)
    return Plan(
        problem, ask.model, status, chosen, covered, covered if status == "optimal" else bound,
        "max", nearest_open(problem, chosen), ask.seed, ask.watch.steps, ask.watch.elapsed_s,
        extra={"covered": covered, "shares": shares_of(problem, chosen), **more},
    )  # fmt: skip


def shares_of(problem: CoverageProblem, chosen: Array) -> dict[str, float]:
    """Return the covered share of each group."""
    got = covered_by(problem, chosen)
    count, group = len(problem.group_names), problem.group
    known = group >= 0
    total = np.bincount(group[known], problem.weight[known], count)
    found = np.bincount(group[known], problem.weight[known] * got[known], count)
    with np.errstate(invalid="ignore"):
        return dict(zip(problem.group_names, (found / total).tolist(), strict=True))


def no_plan(ask: Ask, reason: str, reason_zh: str, nearest: Mapping[str, float]) -> Plan:
    """Return the plan that there is none, and why."""
    return Plan.none(ask.problem, ask.model, ask.watch, seed=ask.seed, sense="max", reason=reason,
                     reason_zh=reason_zh, nearest=nearest)  # fmt: skip
