"""
Maximal covering (最大覆盖选址): with so many sites or so much money, reach the most people.

The core left by `reductions` is searched by annealing from a greedy start. Prices of demand at a
saddle point of the relaxed problem, made tighter by cuts, prove the bound; what they leave open is
decided by HiGHS where that is little. What is fair is asked of HiGHS alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.checked import FORCED, only_options, wrong
from geoplan.siting.cover_plans import no_plan, plan_of
from geoplan.siting.cover_search import Search, limits_of
from geoplan.siting.fair_cover import fair_plan
from geoplan.siting.plan import CLOSED, Plan
from geoplan.siting.reductions import reduce

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.models import Ask

    Array = npt.NDArray[Any]


def solve(ask: Ask) -> Plan:
    """
    Choose sites that cover the most weight.

    Parameters
    ----------
    ask
        ``p`` (at most as many new sites), ``budget`` or both. Options: ``at_least``, the least
        share of each group to be covered, one number or by name; ``aim``, ``total`` (default) or
        ``max_min``: first the least covered share of a group, then the total.

    Returns
    -------
    plan
        ``objective`` is the weight covered, with what existing sites cover; with ``max_min`` the
        least share. ``extra``: ``shares`` of the groups, ``covered``. A candidate that would cover
        nobody more is not opened, unless it is forced.

    Raises
    ------
    InputError
        If neither p nor budget is given, an option is unknown, or a share is not in 0 to 1.

    Notes
    -----
    Church and ReVelle (1974). Bound: the linear relaxation solved by a primal-dual saddle point
    method (Chambolle and Pock 2011), cut by odd triples (see `saddle.odd_triples`). Search:
    simulated annealing. A bound is good whenever it is cut short.
    """
    floors = _floors(ask)
    problem = ask.problem
    forced = np.flatnonzero(problem.state == FORCED)
    spent = float(problem.cost[forced].sum())
    left = (np.inf if ask.p is None else ask.p - len(forced),
            np.inf if ask.budget is None else ask.budget - spent)  # fmt: skip
    if left[0] < 0 or left[1] < -CLOSED * spent:
        return _overdrawn(ask, len(forced), spent)
    core = reduce(problem, affordable=max(left[1], 0.0), costs=np.isfinite(left[1]),
                  apart=None if floors is None else problem.group)  # fmt: skip
    limits = limits_of(core, left)
    search = Search(core, limits, ask.seed, ask.watch)
    if floors is None:
        search.run()
        return plan_of(ask, search.chosen, search.bound)
    return fair_plan(ask, search, floors)


def _floors(ask: Ask) -> Array | None:
    """Return the least share of each group asked for; None if nothing is asked of groups."""
    names, options = ask.problem.group_names, ask.options
    only_options(ask.model, options, ("at_least", "aim"))
    if ask.p is None and ask.budget is None:
        raise wrong("mclp needs p or a budget.", "mclp 需要 p 或预算。",
                    "say how many new sites, or what they may cost", "请给出新设点数或预算",
                    parameter="p")  # fmt: skip
    aim, least = options.get("aim", "total"), options.get("at_least")
    if aim not in {"total", "max_min"}:
        raise wrong(f"aim is {aim!r}.", f"aim 为 {aim!r}。", "give total or max_min",
                    "应为 total 或 max_min", parameter="aim")  # fmt: skip
    if least is None and aim == "total":
        return None
    if not names:
        raise wrong("Nothing is known of groups.", "未给出需求的分组。", "give the problem groups",
                    "请在问题中给出 group", parameter="group")  # fmt: skip
    shares = dict.fromkeys(names, least or 0.0) if not isinstance(least, Mapping) else least
    for name, share in shares.items():
        if name not in names:
            raise wrong(f"at_least: there is no group {name!r}.", f"at_least：没有分组 {name!r}。",
                        f"one of {', '.join(names)}", f"可选：{'、'.join(names)}",
                        parameter="at_least")  # fmt: skip
        if not isinstance(share, int | float) or not 0 <= share <= 1:
            raise wrong(f"at_least of {name} is {share!r}.", f"{name} 的 at_least 为 {share!r}。",
                        "give a share from 0 to 1", "应为 0 至 1 的比例",
                        parameter="at_least")  # fmt: skip
    return np.array([float(shares.get(name, 0.0)) for name in names])


def _overdrawn(ask: Ask, forced: int, spent: float) -> Plan:
    nearest: dict[str, float] = {}
    if ask.p is not None:
        nearest["p"] = max(ask.p, forced)
    if ask.budget is not None:
        nearest["budget"] = max(ask.budget, spent)
    return no_plan(ask, f"{forced} sites are forced, at a cost of {spent:g}.",
                 f"必选点 {forced} 个，费用 {spent:g}。", nearest)  # fmt: skip
