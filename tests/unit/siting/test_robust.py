"""Plans that hold in every scenario, against all subsets of small problems."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, UnknownIdError
from geoplan.siting import CoverageProblem
from geoplan.siting import layered as rows
from geoplan.siting.layered.search import _State
from geoplan.siting.plan import Plan, nearest_open
from geoplan.siting.robust import Variant, lost_site, solve_robust
from geoplan.siting.watch import Watch


def random_problem(seed: int, demands: int = 12, candidates: int = 7) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    demand, candidate = np.nonzero(rng.random((demands, candidates)) < 0.35)
    mixed = rng.permutation(candidates)
    return CoverageProblem.from_arrays(
        demand, candidate, rng.integers(1, 20, len(demand)).astype(float),
        weight=rng.integers(1, 9, demands), candidates=candidates,
        site_cost=rng.integers(1, 6, candidates), existing=mixed[: rng.integers(0, 2)].tolist(),
        forced=mixed[2 : 2 + rng.integers(0, 2)].tolist(),
        forbidden=mixed[4 : 4 + rng.integers(0, 2)].tolist(),
        group=[f"g{i % 3}" for i in range(demands)],
    )  # fmt: skip


def subsets(problem: CoverageProblem, limit: float, *, count: bool) -> list[np.ndarray]:
    """Return every set of candidates that may be open."""
    free, must = np.flatnonzero((problem.state == 0) | (problem.state == 2)), problem.state == 2
    cost = np.ones(problem.candidates) if count else problem.cost
    out = []
    for size in range(len(free) + 1):
        for new in combinations(free.tolist(), size):
            ids = np.array(new, int)
            if cost[ids].sum() <= limit and set(np.flatnonzero(must)) <= set(new):
                out.append(np.union1d(np.flatnonzero(problem.state == 1), ids))
    return out


def covered(problem: CoverageProblem, chosen: np.ndarray, one: Variant) -> float:
    """Return what a scenario covers, demand by demand."""
    weight = problem.weight * (one.weight if np.isscalar(one.weight) else 1.0)
    if one.weight is not None and not np.isscalar(one.weight):
        weight = np.asarray(one.weight, float)
    total = 0.0
    for i in range(len(problem)):
        pairs = range(problem.ptr[i], problem.ptr[i + 1])
        total += weight[i] * any(
            problem.candidate[k] in chosen and problem.candidate[k] not in one.lost
            and (one.minutes_limit is None or problem.minutes[k] <= one.minutes_limit)
            for k in pairs
        )  # fmt: skip
    return total


def variants(problem: CoverageProblem, seed: int) -> list[Variant]:
    rng = np.random.default_rng(seed + 1)
    return [
        Variant("now"), Variant("more", weight=rng.integers(0, 9, len(problem))),
        Variant("slow", weight=1.5, minutes_limit=9), Variant("lost", lost=[int(rng.integers(0, 7))]),
    ]  # fmt: skip


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), count=st.booleans(),
       aim=st.sampled_from(["max_min", "mean", "regret"]))  # fmt: skip
def test_no_subset_is_better(seed, count, aim):
    problem = random_problem(seed)
    scenarios = variants(problem, seed)
    given_ = {"p": 3} if count else {"budget": 7.0}
    may = subsets(problem, 3 if count else 7.0, count=count)
    plan = solve_robust(problem, scenarios, aim=aim, **given_)
    values = np.array([[covered(problem, chosen, s) for s in scenarios] for chosen in may])
    best = {"max_min": lambda: values.min(axis=1).max(), "mean": lambda: values.mean(axis=1).max(),
            "regret": lambda: (values.max(axis=0) - values).max(axis=1).min()}[aim]()  # fmt: skip
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert any(np.array_equal(plan.chosen, chosen) for chosen in may)
    now = [covered(problem, plan.chosen, s) for s in scenarios]
    assert list(plan.extra["covered"].values()) == pytest.approx(now)


def city(demands: int = 1500, candidates: int = 150, seed: int = 3) -> CoverageProblem:
    """Return a problem too large for a proof."""
    rng = np.random.default_rng(seed)
    at, site = rng.random((demands, 2)), rng.random((candidates, 2))
    far = np.linalg.norm(at[:, None] - site[None], axis=2)
    demand, candidate = np.nonzero(far < 0.13)
    return CoverageProblem.from_arrays(
        demand, candidate, far[demand, candidate] * 100, weight=rng.integers(1, 50, demands),
        candidates=candidates, site_cost=rng.integers(1, 9, candidates), limit_min=13,
        group=[f"g{int(x * 3)}" for x in at[:, 0]],
    )  # fmt: skip


@pytest.mark.parametrize("aim", ["max_min", "mean", "regret"])
def test_a_large_problem_has_a_bound_and_the_same_answer_twice(aim, monkeypatch):
    problem = city(500, 60)
    scenarios = [Variant("now"), Variant("slow", weight=1.2, minutes_limit=9)]
    proved = solve_robust(problem, scenarios, 6, aim=aim)
    assert proved.status == "optimal"
    monkeypatch.setattr("geoplan.siting.layered.rows.SMALL", 0)
    plan, again = (
        solve_robust(problem, scenarios, 6, aim=aim, seed=2, step_limit=150) for _ in "ab"
    )
    assert plan.chosen.tolist() == again.chosen.tolist()
    assert (plan.objective, plan.bound, plan.steps) == (again.objective, again.bound, again.steps)
    if plan.sense == "max":
        assert plan.objective <= proved.objective + 1e-6 <= plan.bound + 2e-6
        assert plan.objective >= 0.95 * proved.objective
    else:
        gone = proved.objective - sum(proved.extra["best"].values())
        assert (
            plan.objective - sum(plan.extra["best"].values()) >= gone - 1e-6
            or plan.bound <= plan.objective
        )
        assert plan.bound <= plan.objective
    assert plan.gap_share >= 0


def test_the_bound_of_prices_is_never_below_a_proved_optimum():
    for seed in range(6):
        problem = random_problem(seed, 30, 12)
        cover = rows.build(
            problem, [rows.Part(problem.weight, problem.group.astype(int))], 3, count=False
        )
        cover = replace(cover, limit=np.array([12.0]))
        for of in ("sum", "least"):
            sure = rows.exact(cover, rows.Aim(of), Watch())
            assert sure.optimal
            assert rows.lagrange(cover, rows.Aim(of), sure.value - 1, Watch()) >= sure.value - 1e-7


@pytest.mark.parametrize(
    "how", [{"time_limit_s": 0}, {"cancelled": lambda: True}, {"step_limit": 0}]
)
def test_cut_short_there_is_an_answer(how):
    plan = solve_robust(city(), [Variant("now"), Variant("slow", minutes_limit=8)], 5, **how)
    assert plan.status in {"time_limit", "cancelled", "feasible"}
    assert 0 < len(plan.new) <= 5
    assert plan.objective <= plan.bound < np.inf


def test_ctrl_c_keeps_the_best_so_far(monkeypatch):
    def pressed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(_State, "improve", pressed)
    plan = solve_robust(city(), [Variant("now")], 5, aim="mean")
    assert plan.status == "cancelled"
    assert len(plan.new) == 5


def test_forced_sites_beyond_the_limit_are_explained():
    problem = CoverageProblem.from_arrays(
        [0, 1], [0, 1], weight=[1, 1], forced=[0, 1], site_cost=[3, 4]
    )
    plan = solve_robust(problem, [Variant("now")], 1)
    assert (plan.status, plan.nearest) == ("infeasible", {"p": 2.0})
    assert "2 sites are forced" in plan.reason
    assert "必建" in plan.reason_zh
    assert solve_robust(problem, [Variant("now")], budget=6, aim="regret").nearest == {
        "budget": 7.0
    }


def test_losing_a_site():
    problem = CoverageProblem.from_arrays([0, 1, 1, 2], [0, 0, 1, 1], weight=[5, 2, 3])
    plan = Plan(problem, "mclp", "optimal", np.array([0, 1]), 10, 10, "max",
                nearest_open(problem, np.array([0, 1])), 0, 0, 0.0)  # fmt: skip
    table = lost_site(plan)
    assert table.index.tolist() == ["0", "1"]
    assert table["lost"].tolist() == [5, 3]
    assert table["covered"].tolist() == [5, 7]
    assert table["lost_share"].tolist() == [0.5, 0.3]


@pytest.mark.parametrize(("scenarios", "more", "said"), [
    ([], {"p": 1}, "scenarios"), ([Variant("a"), Variant("a")], {"p": 1}, "scenarios"),
    ([Variant("a", weight=float("nan"))], {"p": 1}, "weight of a is nan"),
    ([Variant("a", weight=[1, -1])], {"p": 1}, "weight of a"),
    ([Variant("a", minutes_limit=-1)], {"p": 1}, "minutes_limit"),
    ([Variant("a", lost=[9])], {"p": 1}, "lost 9"), ([Variant("a")], {}, "p or budget"),
    ([Variant("a")], {"p": 1, "budget": 1}, "p or budget"), ([Variant("a")], {"p": 9}, "p is 9"),
    ([Variant("a")], {"budget": float("nan")}, "budget is nan"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(scenarios, more, said):
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[1, 1])
    with pytest.raises(InputError, match=said):
        solve_robust(problem, scenarios, **more)


def test_an_aim_nobody_knows():
    with pytest.raises(UnknownIdError, match="max_min"):
        solve_robust(random_problem(0), [Variant("a")], 1, aim="min_max")
