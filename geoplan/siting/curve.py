"""What each further site or sum buys (投入与覆盖曲线), with a band of what is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.network.checks import one_of
from geoplan.siting.checked import EXISTING, FORCED, wrong
from geoplan.siting.counting import covered_weight, greedy
from geoplan.siting.plan import CLOSED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Progress

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]


def curve(
    problem: CoverageProblem, upto: int | Sequence[float], *, model: str = "mclp", seed: int = 0,
    time_limit_s: float | None = None, step_limit: int | None = None,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """
    Say what each further site, or each further sum, buys.

    Parameters
    ----------
    problem
        Who reaches what.
    upto
        A number of new sites: 0, 1 … that many. Or some budgets, rising.
    model
        ``mclp`` solves each step; ``greedy`` takes one site after another, and the steps nest.
    seed, time_limit_s, step_limit
        Of each step, see `siting.solve`.
    progress, cancelled
        Of all steps, see `siting.solve`; once it is cancelled, the steps left are cut short.

    Returns
    -------
    curve
        Index ``p`` or ``budget``: ``covered`` and ``covered_share``, ``bound`` (nobody can cover
        more), ``gap_share``, ``gain`` (over the step before), ``gain_most`` (no plan of this step
        adds more to the one before), ``cost``, ``new`` (how many), ``sites`` (their ids),
        ``status``. Steps too small for the forced sites are ``infeasible``.

    Raises
    ------
    InputError
        If the model is another, or the budgets do not rise from 0 or more.

    Notes
    -----
    No plan for b is better than f(S) + the best that b buys of the gains beside S, whatever S,
    because coverage has falling returns (Nemhauser, Wolsey & Fisher 1978); the least over all
    greedy S, and the model's own bound, are the band.
    """
    one_of("model", model, ("mclp", "greedy"))
    steps = np.arange(upto + 1.0) if isinstance(upto, int) else np.asarray(upto, dtype=np.float64)
    if not len(steps) or not (steps[0] >= 0 and (np.diff(steps) > 0).all()):
        raise wrong(f"upto is {upto}.", f"upto 为 {upto}。", "give a number of sites, or budgets "
                    "that rise", "请给出个数，或由小到大的预算", parameter="upto")  # fmt: skip
    by_count = isinstance(upto, int)
    price = np.ones(problem.candidates) if by_count else problem.cost
    bound, own = _greedy_curve(problem, steps, price)
    best, rows = np.empty(0, np.int64), []
    forced = np.flatnonzero(problem.state == FORCED)
    most_sites = int((problem.usable & (problem.state != EXISTING)).sum())
    for k, step in enumerate(steps.tolist()):
        if progress is not None:
            progress(k / len(steps), "curve")
        if price[forced].sum() > step + CLOSED:
            rows.append((np.nan, np.nan, np.nan, 0, (), "infeasible"))
            continue
        tried = [own[k], best] if len(best) else [own[k]]
        if model == "mclp":
            from geoplan.siting.models import solve

            p = min(int(step), most_sites) if by_count else None
            plan = solve(problem, model="mclp", p=p, budget=None if by_count else step, seed=seed,
                         time_limit_s=time_limit_s, step_limit=step_limit,
                         cancelled=cancelled)  # fmt: skip
            if plan.status != "infeasible":
                tried, bound[k] = [plan.new, *tried], min(bound[k], plan.bound)
        best = max(tried, key=lambda new: covered_weight(problem, new))
        cost = float(problem.cost[best].sum())
        rows.append((covered_weight(problem, best), bound[k], cost, len(best),
                     tuple(problem.candidate_ids[best].tolist()), "feasible"))  # fmt: skip
    frame = pd.DataFrame(rows, columns=["covered", "bound", "cost", "new", "sites", "status"])
    frame["bound"] = np.minimum.accumulate(frame["bound"].to_numpy()[::-1])[::-1]
    frame.index = pd.Index(steps.astype(int) if by_count else steps,
                           name="p" if by_count else "budget")  # fmt: skip
    return _band(frame, float(problem.weight.sum()))


def _band(frame: pd.DataFrame, total: float) -> pd.DataFrame:
    frame["bound"] = np.fmax(frame["bound"], frame["covered"])
    frame["covered_share"] = frame["covered"] / total
    far = frame["bound"] - frame["covered"]
    frame["gap_share"] = (far / frame["bound"].where(frame["bound"] > 0, 1.0)).where(
        far > CLOSED * total, far * 0.0
    )
    frame.loc[(frame["gap_share"] == 0) & (frame["status"] == "feasible"), "status"] = "optimal"
    before = frame["covered"].shift()
    frame["gain"], frame["gain_most"] = frame["covered"] - before, frame["bound"] - before
    return frame[["covered", "covered_share", "bound", "gap_share", "gain", "gain_most", "cost",
                  "new", "sites", "status"]]  # fmt: skip


def _greedy_curve(
    problem: CoverageProblem, steps: Floats, price: Floats
) -> tuple[Floats, list[Array]]:
    """Return for each step a bound, and the sites taken one after another as far as it pays."""
    open_now, spent = list(problem.open), float(price[problem.state == FORCED].sum())
    bound = np.full(len(steps), np.inf)
    taken, paid = [j for j in open_now if problem.state[j] == FORCED], [spent]
    forced = len(taken)
    value = covered_weight(problem, np.asarray(open_now, np.int64))
    for site, gain, gains in greedy(problem, open_now, price, float(steps[-1]) - spent):
        buys = _buys(gains, price, steps - paid[0])
        bound = np.minimum(bound, value + buys)
        if site >= 0:
            value += gain
            taken.append(site)
            paid.append(paid[-1] + float(price[site]))
    count = forced + np.searchsorted(np.asarray(paid[1:]), steps + CLOSED, side="right")
    return bound, [np.sort(np.asarray(taken[:n], np.int64)) for n in count.tolist()]


def _buys(gains: Floats, price: Floats, amounts: Floats) -> Floats:
    """Return what each amount buys at most of gains at prices, in parts if need be."""
    free = price <= 0
    worth = np.flatnonzero((gains > 0) & ~free)
    worth = worth[np.argsort(-gains[worth] / price[worth], kind="stable")]
    paid, held = (np.r_[0.0, np.cumsum(a[worth])] for a in (price, gains))
    return np.asarray(gains[free].sum() + np.interp(np.maximum(amounts, 0.0), paid, held))
