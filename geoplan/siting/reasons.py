"""
Reasons for a plan (选址理由): what each site is for, what the next one buys, why not that one.

Exact counts on the pairs of the problem: a demand counts as served where it reaches an open site.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import UnknownIdError
from geoplan.siting.checked import EXISTING, FORBIDDEN, FORCED, wrong
from geoplan.siting.counting import (
    added,
    covered_weight,
    in_order,
    nearest_min,
    only_weight,
    pairs_of,
)
from geoplan.siting.curve import curve
from geoplan.siting.plan import CLOSED, flags, times_covered
from geoplan.siting.prices import prices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from geoplan.siting.plan import Plan
    from geoplan.siting.problem import CoverageProblem

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

__all__ = ["curve", "gains", "of_sites", "prices", "stability", "why_not"]


def of_sites(
    plan: Plan, *, budget: float | None = None, clause: str | Mapping[str, str] = ""
) -> pd.DataFrame:
    """
    Say of each new site what it is for.

    Parameters
    ----------
    plan
        Of a model that covers.
    budget
        Most that the new sites may cost: a replacement must be affordable. None for no limit.
    clause
        Rule that the sites close: one for all, or by site.

    Returns
    -------
    reasons
        Index ``site_id``, in the order of the largest gain beside those before: ``order`` (from
        1), ``gain`` (weight it adds in that order), ``reach`` (weight that reaches it), ``only``
        (weight that reaches no other open site), ``loss`` (weight lost without it), ``cost``,
        ``replacement`` (the candidate that is best in its place, of equals the cheaper; None for
        none), ``replacement_loss`` (weight lost then; negative where it would serve more),
        ``replacement_cost`` (how much more it costs), ``clause``.
    """
    problem = plan.problem
    cost, weight = problem.cost, problem.weight
    times = times_covered(problem, plan.chosen)
    base = added(problem, times == 0)
    room = problem.usable & ~flags(problem, plan.chosen)
    row, site = pairs_of(problem, np.flatnonzero(times == 1))
    alone = flags(problem, plan.new)[site]
    owner = np.full(len(problem), -1, np.int64)
    owner[row[alone]] = site[alone]
    reach = added(problem, np.ones(len(problem), bool))
    by_owner = np.argsort(owner, kind="stable")
    first = np.searchsorted(owner[by_owner], np.arange(problem.candidates + 1))
    unmoved = np.flatnonzero(room)
    unmoved = unmoved[np.lexsort((unmoved, cost[unmoved], -base[unmoved]))]
    out = {}
    for order, (j, gain) in enumerate(in_order(problem, plan.new), start=1):
        mine = np.sort(by_owner[first[j] : first[j + 1]])
        loss = float(weight[mine].sum())
        left = np.inf if budget is None else budget - plan.cost + cost[j]
        may = cost <= left + CLOSED * max(1.0, abs(left))
        other, value = _replacement(problem, mine, base, unmoved[may[unmoved]][:1], room & may)
        name = str(problem.candidate_ids[j])
        out[name] = (
            order, gain, reach[j], loss, loss, cost[j],
            str(problem.candidate_ids[other]) if other >= 0 else None,
            loss - value if other >= 0 else np.nan,
            cost[other] - cost[j] if other >= 0 else np.nan,
            clause if isinstance(clause, str) else clause.get(name, ""),
        )  # fmt: skip
    names = ["order", "gain", "reach", "only", "loss", "cost", "replacement", "replacement_loss",
             "replacement_cost", "clause"]  # fmt: skip
    frame = pd.DataFrame(list(out.values()), columns=names)
    return frame.set_axis(pd.Index(list(out), name="site_id", dtype=object))


def _replacement(
    problem: CoverageProblem, lost: Array, base: Floats, first: Array, may: Array
) -> tuple[int, float]:
    """
    Return the candidate that is best when some demands lose their site, and what it then adds.

    Parameters
    ----------
    lost
        The demands.
    base
        What each candidate would add before.
    first
        Of the candidates in question the one that adds most before; empty if there are none.
    may
        Which those are.

    Returns
    -------
    candidate, value
        -1 where there is none.
    """
    if not len(first):
        return -1, np.nan
    demand, site = pairs_of(problem, lost)
    near, at = np.unique(np.append(site, first), return_inverse=True)
    value = base[near] + np.bincount(at[:-1], problem.weight[demand], len(near))
    near, value = near[may[near]], value[may[near]]
    best = np.lexsort((near, problem.cost[near], -value))[0]
    return int(near[best]), float(value[best])


def why_not(
    plan: Plan, candidate_id: str, *, budget: float | None = None,
    rejected: pd.DataFrame | None = None, again: Callable[[CoverageProblem], Plan] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """
    Say what would follow if a candidate had to be in the plan.

    Parameters
    ----------
    plan
        Of a model that covers.
    candidate_id
        The candidate.
    budget
        Most that the new sites may cost; None: as many sites as now.
    rejected
        Of `candidates.from_sites`: why some sites are no candidates.
    again
        Solves a problem as the plan was solved; then the answer is the best with the candidate,
        and has a bound, not only the plan with the least useful sites given up for it.

    Returns
    -------
    consequence
        ``site_id``, ``verdict`` (``chosen``, ``existing``, ``forbidden``, ``rejected`` or
        ``free``), ``reasons_zh``, ``reasons_en`` (of a rejection); for a candidate of the problem
        also ``reach`` (weight that reaches it), ``new`` (of which no open site serves),
        ``served_by`` (open site -> weight it shares, the largest first), ``out`` and ``into`` (ids
        that leave and come), ``covered`` and ``covered_change``, ``cost_change``, and ``bound``
        (of the objective with it; NaN without ``again``).

    Raises
    ------
    UnknownIdError
        If neither the problem nor the rejected sites have it.
    """
    problem, told = plan.problem, _told(candidate_id, rejected)
    found = np.flatnonzero(problem.candidate_ids == str(candidate_id))
    if not len(found):
        if told is None:
            raise UnknownIdError.among("candidate", "备选点", candidate_id, problem.candidate_ids)
        return {"site_id": candidate_id, "verdict": "rejected", **told}
    j = int(found[0])
    there = j in plan.chosen
    names = {EXISTING: "existing", FORBIDDEN: "forbidden"}
    verdict = names.get(int(problem.state[j]), "chosen" if there else "free")
    times = times_covered(problem, plan.chosen[plan.chosen != j])
    ptr, demand, _ = problem.by_candidate
    mine = demand[ptr[j] : ptr[j + 1]]
    fresh = float(problem.weight[mine[times[mine] == 0]].sum())
    shared = added(problem, mine[times[mine] > 0])
    by = [b for b in plan.chosen[np.argsort(-shared[plan.chosen], kind="stable")].tolist()
          if b != j and shared[b] > 0]  # fmt: skip
    new, bound = (plan.new, np.nan) if there else (_with(plan, j, budget), np.nan)
    if again is not None and not there:
        other = again(_forcing(problem, j))
        bound = other.bound
        if other.status != "infeasible" and _better(plan, other.new, new):
            new = other.new
    covered, before = covered_weight(problem, new), covered_weight(problem, plan.new)
    return {
        "site_id": str(candidate_id), "verdict": "rejected" if told and not there else verdict,
        **(told or {"reasons_zh": "", "reasons_en": ""}),
        "reach": float(problem.weight[mine].sum()), "new": fresh,
        "served_by": {str(problem.candidate_ids[b]): float(shared[b]) for b in by},
        "out": problem.candidate_ids[np.setdiff1d(plan.new, new)].tolist(),
        "into": problem.candidate_ids[np.setdiff1d(new, plan.new)].tolist(),
        "covered": covered, "covered_change": covered - before,
        "cost_change": float(problem.cost[new].sum()) - plan.cost, "bound": float(bound),
    }  # fmt: skip


def _told(candidate_id: str, rejected: pd.DataFrame | None) -> dict[str, str] | None:
    if rejected is None:
        return None
    rows = rejected[(rejected["site_id"].astype(str) == str(candidate_id)).to_numpy(dtype=bool)]
    if rows.empty:
        return None
    return {"reasons_zh": "；".join(rows["reason_zh"]), "reasons_en": "; ".join(rows["reason_en"])}


def _with(plan: Plan, j: int, budget: float | None) -> Array:
    """Return the new sites with one more, the least useful given up as long as it must be."""
    problem = plan.problem
    new, spare = [*plan.new.tolist(), j], plan.sense == "min"
    while True:
        alone = only_weight(problem, np.asarray(new))
        may = [s for s in new if s != j and problem.state[s] != FORCED]
        if spare:  # all must stay served: only what is not needed goes, the dearest first
            may = [s for s in may if alone[s] == 0]
            may.sort(key=lambda s: (-problem.cost[s], s))
        else:
            may.sort(key=lambda s: (alone[s], -problem.cost[s], s))
        over = (len(new) > len(plan.new) if budget is None
                else problem.cost[new].sum() > budget + CLOSED * max(1.0, budget))  # fmt: skip
        if not may or not (spare or over):
            return np.sort(np.asarray(new, np.int64))
        new.remove(may[0])


def _better(plan: Plan, one: Array, other: Array) -> bool:
    problem = plan.problem
    score = [(covered_weight(problem, s), -float(problem.cost[s].sum())) for s in (one, other)]
    return score[0] > score[1]


def _forcing(problem: CoverageProblem, j: int) -> CoverageProblem:
    state = problem.state.copy()
    state[j] = FORCED
    return replace(problem, state=state)


def gains(
    problem: CoverageProblem, before: Array, after: Array, *,
    by: Sequence[object] | pd.Series[Any] | None = None,
    people: pd.DataFrame | Mapping[str, npt.ArrayLike] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """
    Say who gains and who loses between two sets of open sites.

    Parameters
    ----------
    problem
        Who reaches what; existing sites are open in both.
    before, after
        Numbers of candidates, as `Plan.chosen`.
    by
        Group of each demand; default the problem's own groups, or one for all.
    people
        Columns to count beside each other, for example by age; default the weight. Unknown
        counts as nobody.

    Returns
    -------
    gains
        A row per ``group`` and ``people``: ``total``, ``covered_before``, ``covered_after``,
        ``newly`` and ``lost`` (people), ``nearer`` and ``farther`` (people served in both whose
        way became shorter or longer), ``minutes_before`` and ``minutes_after`` (means of those
        served in both; NaN for none).

    Raises
    ------
    InputError
        If the groups or people are not as many as the demands.
    """
    if by is None:
        names = np.array([*(problem.group_names or ("all",)), ""], dtype=object)
        by = names[problem.group if problem.group_names else problem.group * 0].tolist()
    columns = {"weight": problem.weight} if people is None else dict(people)
    for name, values in (("by", by), *columns.items()):
        if len(np.asarray(values)) != len(problem):
            raise wrong(f"{name} has {len(np.asarray(values))} values for {len(problem)} demands.",
                        f"{name} 有 {len(np.asarray(values))} 项，需求 {len(problem)} 项。",
                        "give one each", "每项一个", parameter=str(name))  # fmt: skip
    label = pd.Series(list(by), dtype=object).fillna("").astype(str)
    was, now = (nearest_min(problem, np.asarray(s, np.int64)) for s in (before, after))
    had, has = np.isfinite(was), np.isfinite(now)
    both = had & has
    was, now = np.where(both, was, 0.0), np.where(both, now, 0.0)
    parts: dict[str, Array] = {
        "total": np.ones(len(problem)), "covered_before": had, "covered_after": has,
        "newly": has & ~had, "lost": had & ~has, "nearer": now < was, "farther": now > was,
        "minutes_before": was, "minutes_after": now, "stay": both,
    }  # fmt: skip
    tables = []
    for name, values in columns.items():
        n = np.nan_to_num(np.asarray(values, dtype=np.float64))
        table = pd.DataFrame({k: n * v for k, v in parts.items()}).groupby(label).sum()
        stay = table.pop("stay").where(lambda some: some > 0)
        table["minutes_before"] /= stay
        table["minutes_after"] /= stay
        table.insert(0, "people", name)
        tables.append(table.rename_axis("group").reset_index())
    return pd.concat(tables).sort_values("group", kind="stable", ignore_index=True)


def stability(plan: Plan, scenarios: Sequence[Plan]) -> pd.DataFrame:
    """
    Say how often each site is chosen when the assumptions change.

    Parameters
    ----------
    plan
        The plan in question.
    scenarios
        Plans of the same candidates with other demand, speeds or lost sites; infeasible ones
        count as not choosing.

    Returns
    -------
    stability
        Index ``site_id``, the plan's new sites first, then others by how often: ``chosen`` (in
        the plan), ``times`` and ``share`` of the scenarios.
    """
    mine = [str(i) for i in plan.problem.candidate_ids[plan.new]]
    count = dict.fromkeys(mine, 0)
    for other in scenarios:
        for name in map(str, other.problem.candidate_ids[other.new]):
            count[name] = count.get(name, 0) + 1
    order = sorted(count, key=lambda i: (i not in mine, -count[i], i))
    times = [count[i] for i in order]
    return pd.DataFrame(
        {"chosen": [i in mine for i in order], "times": times,
         "share": np.asarray(times, dtype=float) / max(1, len(scenarios))},
        index=pd.Index(order, name="site_id", dtype=object),
    )  # fmt: skip
