"""What each demand costs a plan (影子价格): the price of its covering constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from geoplan.network.checks import one_of
from geoplan.siting.checked import FORCED
from geoplan.siting.counting import Core, core_of
from geoplan.siting.plan import covered_by

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.plan import Plan

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_LP_PAIRS, _STEPS, _IDLE, _SMOOTH = 60_000, 600, 12, 0.2
_LINPROG: Any = optimize.linprog  # its types know no sparse matrix


def prices(plan: Plan, *, budget: float | None = None, most_pairs: int = _LP_PAIRS) -> pd.DataFrame:
    """
    Say what each demand costs the plan: the price of its covering constraint.

    Parameters
    ----------
    plan
        Of ``lscp`` or ``mclp``.
    budget
        Of ``mclp``; None for as many sites as the plan opens.
    most_pairs
        Above so many pairs the prices are near to those of the linear program, not equal.

    Returns
    -------
    prices
        Index ``demand_id``: ``price`` (``lscp``: cost that would be saved if this demand needed
        no site; ``mclp``: weight that would be won if it were served anyway), ``per_weight``,
        ``method`` (``lp``: from the linear program; ``lagrange``: from steps towards it;
        ``open``: served by what is open anyway, or out of reach, without price).

    Raises
    ------
    InputError
        If the plan is of another model.

    Notes
    -----
    Dual values of the linear relaxation: rates at the margin, one of several sets where the
    optimum is degenerate. Those of ``lscp`` sum to its bound. Large problems: subgradient steps
    after Held, Wolfe & Crowder (1974).
    """
    one_of("model", plan.model, ("lscp", "mclp"))
    problem = plan.problem
    core = core_of(problem)
    price = np.zeros(len(problem))
    big = core.matrix.nnz > most_pairs
    if len(core.row) and len(core.column):
        money = core.cost if plan.model == "lscp" or budget is not None else np.ones(len(core.cost))
        amount = float(len(plan.new) if budget is None else budget)
        forced = problem.state == FORCED
        amount -= float(forced.sum() if budget is None else problem.cost[forced].sum())
        ask = core, plan.model == "lscp", money, max(0.0, amount)
        there = problem.open
        done = (
            problem.cost[there]
            if plan.model == "lscp"
            else problem.weight[covered_by(problem, there)]
        )
        price[core.row] = _stepped(*ask, plan.objective - done.sum()) if big else _linear(*ask)
    method = np.full(len(problem), "open", dtype=object)
    method[core.row] = "lagrange" if big else "lp"
    weight = np.where(problem.weight > 0, problem.weight, np.nan)
    return pd.DataFrame({"price": price, "per_weight": price / weight, "method": method},
                        index=pd.Index(problem.demand_ids, name="demand_id"))  # fmt: skip


def _linear(core: Core, cover_all: bool, money: Floats, amount: float) -> Floats:  # noqa: FBT001
    rows, columns = core.matrix.shape
    if cover_all:
        found = _LINPROG(money, A_ub=-core.matrix, b_ub=-np.ones(rows), method="highs")
        return np.asarray(-found.ineqlin.marginals)
    matrix = sparse.vstack((
        sparse.hstack((-core.matrix, sparse.eye_array(rows))),
        sparse.csr_array(np.r_[money, np.zeros(rows)][None, :]),
    ), format="csr")  # fmt: skip
    found = _LINPROG(
        np.r_[np.zeros(columns), -core.weight], A_ub=matrix, b_ub=np.r_[np.zeros(rows), amount],
        bounds=(0, 1), method="highs",
    )  # fmt: skip
    price = np.asarray(-found.ineqlin.marginals[:rows])
    return np.asarray(np.minimum(price, core.weight))  # degenerate it may be more, to no use


def _stepped(
    core: Core, cover_all: bool, money: Floats, amount: float, aim: float  # noqa: FBT001
) -> Floats:  # fmt: skip
    """Walk the prices towards those of the linear program; the best met."""
    turned = core.matrix.T.tocsr()
    count = np.maximum(np.diff(core.matrix.indptr), 1)
    top = np.full(len(count), np.inf) if cover_all else core.weight
    price = core.matrix @ (money / np.maximum(np.diff(turned.indptr), 1)) / count
    price = price if cover_all else core.weight / count
    aim, best, best_value, pace, idle = aim if cover_all else -aim, price, -np.inf, 1.0, 0
    toward = np.zeros(len(price))
    for _ in range(_STEPS):
        income = turned @ price
        if cover_all:
            take = (income > money).astype(float)
            value = price.sum() - (income - money) @ take
        else:
            take = _part(income, money, amount)
            value = -(core.weight - price).sum() - take @ income
        idle = 0 if value > best_value else idle + 1
        if value > best_value:
            best, best_value = price, value
        elif idle == _IDLE:
            pace, idle, price = pace / 2, 0, best
            continue
        toward = _SMOOTH * (1.0 - core.matrix @ take) + (1.0 - _SMOOTH) * toward
        far = max(aim - value, 1e-9 * abs(aim)) / max(float(toward @ toward), 1e-12)
        price = np.clip(price + pace * far * toward, 0.0, top)
    return best


def _part(income: Floats, money: Floats, amount: float) -> Floats:
    """Return which columns an amount buys, the best for its price first, the last in part."""
    take = (money <= 0).astype(float)
    order = np.flatnonzero((money > 0) & (income > 0))
    order = order[np.argsort(-income[order] / money[order], kind="stable")]
    before = np.cumsum(money[order]) - money[order]
    take[order] = np.clip((amount - before) / money[order], 0.0, 1.0)
    return take
