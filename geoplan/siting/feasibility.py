"""What can be reached at all (可行性报告): who reaches no candidate, and what limit would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.siting.checked import wrong
from geoplan.siting.plan import Plan
from geoplan.siting.problem import CoverageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.siting.models import Ask

    Array = npt.NDArray[Any]
    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Report:
    """
    Who cannot be covered, whatever is built.

    Parameters
    ----------
    demand
        One row per demand that reaches fewer than ``k`` usable candidates, index its id:
        ``weight``, ``group`` (None for none), ``within_reach`` (how many it reaches).
    groups
        One row per group: ``demands``, ``weight``, ``short`` and ``short_weight`` (of those in
        ``demand``), ``short_share`` of the weight. Empty without groups.
    whole
        The same numbers of all demand.
    k
        How many candidates a demand has to reach.
    """

    demand: pd.DataFrame
    groups: pd.DataFrame
    whole: pd.Series[float]
    k: int

    @property
    def feasible(self) -> bool:
        """Whether everybody with any weight can be covered."""
        return not (self.demand["weight"] > 0).any()


def report(problem: CoverageProblem, k: int = 1) -> Report:
    """
    Tell which demand reaches no usable candidate, or fewer than ``k``.

    Parameters
    ----------
    problem
        Who reaches what; forbidden candidates are not usable, existing ones are.
    k
        How many candidates each has to reach.

    Returns
    -------
    report
        Demand in the problem's order; groups by name.

    Raises
    ------
    InputError
        If ``k`` is not a whole number from 1.

    Examples
    --------
    >>> problem = CoverageProblem.from_arrays([0, 1, 1], [0, 0, 1], weight=[5, 2, 3])
    >>> report(problem).demand["weight"].to_dict(), report(problem, k=2).whole["short"]
    ({'2': 3.0}, np.float64(2.0))
    """
    if not (isinstance(k, int | np.integer) and k >= 1):
        raise wrong(f"k is {k}.", f"k 为 {k}。", "give a whole number from 1", "应为从 1 起的整数",
                    parameter="k")  # fmt: skip
    many = within_reach(problem)
    short = many < k
    names = np.array([*problem.group_names, None], dtype=object)[problem.group]
    index = pd.Index(problem.demand_ids, name="demand_id")
    of_group = pd.Series(names, index=index, dtype=object)
    everyone = pd.DataFrame(
        {"weight": problem.weight, "group": of_group, "within_reach": many}, index=index
    )
    codes, kinds = problem.group, len(problem.group_names)
    groups = pd.DataFrame(
        [_sums(problem.weight[codes == g], short[codes == g]) for g in range(kinds)],
        index=pd.Index(problem.group_names, name="group"), columns=list(_SUMS), dtype=float,
    )  # fmt: skip
    whole = pd.Series(_sums(problem.weight, short), dtype=float)
    return Report(everyone[short], groups, whole, int(k))


_SUMS = ("demands", "weight", "short", "short_weight", "short_share")


def _sums(weight: Array, short: Array) -> dict[str, float]:
    total, lost = float(weight.sum()), float(weight[short].sum())
    share = lost / total if total else 0.0
    return dict(zip(_SUMS, (len(weight), total, int(short.sum()), lost, share), strict=True))


def within_reach(problem: CoverageProblem) -> npt.NDArray[np.int64]:
    """Count the usable candidates each demand reaches."""
    row = problem.row
    return np.bincount(row[problem.usable[problem.candidate]], minlength=len(problem))


def least_radius(minutes: CoverageProblem | sparse.csr_array[Any] | Array) -> float:
    """
    Return the least limit at which every demand reaches a usable candidate.

    Parameters
    ----------
    minutes
        Demand by candidate; what is not stored is out of reach. Or a problem made with a longer
        limit than the one in question: then only demand with any weight and usable candidates
        count.

    Returns
    -------
    minutes
        The greatest of the times to the nearest; infinite if somebody reaches nothing, so that a
        longer limit has to be tried.
    """
    if isinstance(minutes, CoverageProblem):
        ptr, time_min = minutes.ptr, minutes.minutes
        time_min = np.where(minutes.usable[minutes.candidate], time_min, np.inf)
        counts = minutes.weight > 0
    else:
        found = sparse.csr_array(minutes)
        ptr, time_min = found.indptr, np.asarray(found.data, float)
        counts = np.ones(found.shape[0], bool)
    return float(nearest_min(ptr, time_min)[counts].max(initial=0.0))


def nearest_min(ptr: Array, minutes: Array) -> npt.NDArray[np.float64]:
    """Return the least minutes of each demand's pairs, infinite for none."""
    out = np.full(len(ptr) - 1, np.inf)
    some = np.diff(ptr) > 0
    out[some] = np.minimum.reduceat(minutes, ptr[:-1][some]) if some.any() else np.inf
    return out


def infeasible(
    ask: Ask, reason: str, reason_zh: str, *, bound: float, nearest: Mapping[str, float],
    sense: Literal["min", "max"] = "min", extra: Mapping[str, Any] | None = None,
) -> Plan:  # fmt: skip
    """Return the plan that says why there is none."""
    return Plan.none(ask.problem, ask.model, ask.watch, seed=ask.seed, sense=sense, reason=reason,
                     reason_zh=reason_zh, nearest=nearest, bound=bound, extra=extra)  # fmt: skip


def nobody(ask: Ask, short: Mask, many: Array) -> Plan:
    """Return the plan that says how many cannot be reached."""
    problem = ask.problem
    count, people = int(short.sum()), float(problem.weight[short].sum())
    least = int(many[problem.weight > 0].min())
    nearest = {"copies": float(least)} if ask.model == "k_cover" else {}
    return infeasible(
        ask,
        f"{count} demands of weight {people:g} reach fewer candidates than they should; the least "
        f"any reaches is {least}. Try a longer limit, more candidates, or leave='unreachable'.",
        f"{count} 个需求点（权重合计 {people:g}）能到达的备选点不足，最少的只有 {least} 个。"
        "请放宽时限、增加备选点，或设 leave='unreachable'。",
        bound=float("inf"), nearest=nearest,
        extra={"unreachable": lost(problem, short)},
    )  # fmt: skip


def lacking(ask: Ask, name: str, limit: float, enough: float, least: float) -> Plan:
    """Return the plan that says a limit is too low: what is enough, and what is needed at least."""
    proved = least > limit
    return infeasible(
        ask,
        f"{name} = {limit:g} is not enough: {enough:g} is, and at least {least:g} is needed."
        if proved else
        f"No answer with {name} = {limit:g} was found; {enough:g} is enough, and only {least:g} is "
        "proved to be needed. Give it more steps or time.",
        f"{name} = {limit:g} 不够：{enough:g} 可行，至少需要 {least:g}。"
        if proved else
        f"{name} = {limit:g} 时未找到方案：{enough:g} 可行，已证明至少需要 {least:g}。"
        "可增加步数或时间。",
        bound=least, nearest={name: enough}, extra={"at_least": least, "proved": proved},
    )  # fmt: skip


def lost(problem: CoverageProblem, short: Mask) -> dict[str, Any]:
    """Return ids and weight of demand that cannot be reached as it should."""
    ids, weight = problem.demand_ids[short].tolist(), float(problem.weight[short].sum())
    return {"ids": ids, "weight": weight}


def only_p(ask: Ask) -> None:
    """Refuse to go without ``p``, or with a budget."""
    if ask.p is None or ask.budget is not None:
        raise wrong(f"{ask.model} takes p, and no budget.", f"{ask.model} 需要 p，不接受 budget。",
                    "give p, how many new sites", "请给出新增站点数 p", parameter="p")  # fmt: skip
