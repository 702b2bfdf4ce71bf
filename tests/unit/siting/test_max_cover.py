"""Maximal covering: the best answer by hand, by an exact oracle, and what is said of bad input."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, solve
from geoplan.siting.cover_bound import Relaxed
from geoplan.siting.kernels import max_cover as kernels
from geoplan.siting.plan import covered_by
from geoplan.siting.reductions import reduce


@pytest.fixture(autouse=True)
def few_moves(monkeypatch):
    monkeypatch.setattr("geoplan.siting.cover_search._BLOCK", 500)


def some(seed: int, demands=30, candidates=12, reach=3, **more) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    row = np.repeat(np.arange(demands), reach)
    column = rng.integers(0, candidates, demands * reach)
    given_ = {"weight": rng.integers(1, 20, demands), "candidates": candidates,
              "site_cost": rng.integers(1, 6, candidates)}  # fmt: skip
    return CoverageProblem.from_arrays(row, column, **(given_ | more))


def triangles(count: int) -> CoverageProblem:
    """Three demands, each between two of three sites: half of each site covers them all."""
    row = np.repeat(np.arange(3 * count), 2)
    column = np.ravel([(3 * t + i, 3 * t + (i + 1) % 3) for t in range(count) for i in range(3)])
    return CoverageProblem.from_arrays(row, column, weight=np.ones(3 * count))


def oracle(problem, p=None, budget=None) -> float:
    """Plain HiGHS, all columns, no reductions."""
    n, m = problem.candidates, len(problem)
    ones = sparse.csr_array(
        (np.ones(len(problem.candidate)), problem.candidate, problem.ptr), shape=(m, n)
    )
    free = (problem.state == 0) | (problem.state == 2)
    low = np.r_[np.isin(problem.state, (1, 2)).astype(float), np.zeros(m)]
    high = np.r_[(problem.state != 3).astype(float), np.ones(m)]
    rows = [LinearConstraint(sparse.hstack([-ones, sparse.eye_array(m)]).tocsr(), -np.inf, 0)]
    for limit, each in ((p, free.astype(float)), (budget, problem.cost)):
        if limit is not None:
            rows.append(LinearConstraint(np.r_[each, np.zeros(m)][None], -np.inf, limit))
    cost = -np.r_[np.zeros(n), problem.weight]
    found = milp(cost, constraints=rows, bounds=Bounds(low, high), integrality=np.ones(n + m))
    return -found.fun if found.success else float("nan")


def check(plan, problem, p, budget):
    best = oracle(problem, p, budget)
    assert plan.bound >= best - 1e-6
    assert plan.objective <= best + 1e-6
    assert plan.objective == pytest.approx(problem.weight[covered_by(problem, plan.chosen)].sum())
    assert p is None or len(plan.new) <= p
    assert budget is None or plan.cost <= budget + 1e-9
    assert set(problem.open) <= set(plan.chosen)
    assert problem.usable[plan.chosen].all()
    if plan.status == "optimal":
        assert plan.objective == pytest.approx(best)
    return best


def test_by_hand():
    problem = CoverageProblem.from_arrays([0, 1, 1, 2], [0, 0, 1, 1], weight=[5, 2, 3])
    plan = solve(problem, model="mclp", p=1)
    assert (plan.status, plan.chosen.tolist(), plan.objective, plan.bound) == ("optimal", [0], 7, 7)
    assert plan.assigned.tolist() == [0, 0, -1]
    assert solve(problem, model="mclp", p=2).objective == 10
    assert solve(problem, model="mclp", budget=1.5).objective == 7


def test_costs_decide_what_a_budget_buys():
    problem = CoverageProblem.from_arrays(
        [0, 1, 2], [0, 1, 2], weight=[10, 6, 6], site_cost=[4, 2, 2]
    )
    assert solve(problem, model="mclp", budget=4).chosen.tolist() == [1, 2]
    assert solve(problem, model="mclp", budget=4, p=1).chosen.tolist() == [0]
    assert solve(problem, model="mclp", budget=3.9, p=1).objective == 6


@pytest.mark.parametrize("seed", range(60))
def test_equal_to_an_exact_solver(seed):
    rng = np.random.default_rng(seed)
    states = rng.permutation(12)
    problem = some(seed, demands=int(rng.integers(5, 60)), existing=states[: seed % 3].tolist(),
                   forced=states[3 : 3 + seed % 2].tolist(), forbidden=states[5 : 5 + seed % 3].tolist())  # fmt: skip
    p = int(rng.integers(1, 6)) if seed % 3 != 1 else None
    budget = float(rng.integers(5, 15)) if seed % 3 != 0 else None
    plan = solve(problem, model="mclp", p=p, budget=budget)
    check(plan, problem, p, budget)
    assert plan.status == "optimal"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from([None, 3.0, 7.5]),
       st.booleans(), st.sampled_from([None, 0, 3]))  # fmt: skip
def test_never_better_than_the_optimum_and_bounded(seed, p, budget, odd, steps):
    rng = np.random.default_rng(seed)
    weight = rng.random(14) * 9 + 0.1 if odd else rng.integers(0, 9, 14) + np.eye(14)[0]
    problem = some(seed, 14, 8, weight=weight)
    plan = solve(problem, model="mclp", p=p, budget=budget, step_limit=steps, seed=seed)
    check(plan, problem, p, budget)
    assert steps is not None or plan.status == "optimal"


@pytest.mark.parametrize("seed", range(8))
def test_brute_force(seed):
    problem = some(seed, 20, 7)
    best = max(
        problem.weight[covered_by(problem, np.array(c))].sum() for c in combinations(range(7), 3)
    )
    assert solve(problem, model="mclp", p=3).objective == best


def test_more_candidates_and_more_money_never_cover_less():
    for seed in range(6):
        values = [
            solve(some(seed), model="mclp", budget=b).objective for b in (0, 2, 4, 6.5, 9, 30)
        ]
        assert values == sorted(values)
        fewer = solve(some(seed, forbidden=[0, 1, 2]), model="mclp", p=3).objective
        assert fewer <= solve(some(seed), model="mclp", p=3).objective


def test_cuts_prove_what_the_relaxation_cannot():
    problem = triangles(2)
    core = reduce(problem)
    relaxed = Relaxed(core, (3.0, np.inf))
    for _ in range(20):
        relaxed.burst()
    assert relaxed.bound == pytest.approx(6, abs=1e-3)
    assert relaxed.cut(lambda: False)
    for _ in range(40):
        relaxed.burst()
    assert relaxed.bound == pytest.approx(5, abs=1e-2)
    plan = solve(problem, model="mclp", p=3)
    assert (plan.status, plan.objective, plan.bound) == ("optimal", 5, 5)


@pytest.mark.parametrize("seed", range(6))
def test_bound_with_cuts_is_never_below_the_optimum(seed):
    rng = np.random.default_rng(seed)
    home, site = rng.random((150, 2)), rng.random((30, 2))
    row, column = np.nonzero(np.hypot(*(home[:, None] - site[None]).transpose(2, 0, 1)) < 0.2)
    problem = CoverageProblem.from_arrays(
        row, column, weight=rng.integers(1, 50, 150), candidates=30
    )
    core, best = reduce(problem), oracle(problem, p=5)
    relaxed = Relaxed(core, (5.0, np.inf))
    for _ in range(4):
        for _ in range(30):
            relaxed.burst()
            assert core.base + relaxed.bound >= best - 1e-6
        relaxed.cut(lambda: False)
    low, high = relaxed.fixed(best - core.base)
    inside = np.zeros(30)
    inside[solve(problem, model="mclp", p=5).chosen] = 1
    assert (low <= high).all()
    assert (inside[core.number] <= high).all() or core.base + relaxed.bound < best + 1


def test_prices_of_a_budget_and_a_number_hold_together():
    problem = some(3, 40, 15)
    core = reduce(problem, costs=True)
    relaxed = Relaxed(core, (4.0, 7.0))
    for _ in range(60):
        relaxed.burst()
    share = relaxed.now[0]
    assert share.sum() <= 4 + 1e-6
    assert share @ core.cost <= 7 + 1e-6
    assert core.base + relaxed.bound >= oracle(problem, 4, 7)


def test_no_money_is_an_answer_and_too_many_forced_sites_are_none():
    problem = some(1, forced=[0, 1], existing=[2], site_cost=np.full(12, 3))
    plan = solve(problem, model="mclp", p=2)
    assert (plan.status, plan.chosen.tolist()) == ("optimal", [0, 1, 2])
    few = solve(problem, model="mclp", p=1)
    assert (few.status, few.nearest, len(few.chosen)) == ("infeasible", {"p": 2}, 0)
    assert "2 sites are forced" in few.reason
    assert "必选点 2 个" in few.reason_zh
    poor = solve(problem, model="mclp", p=5, budget=5)
    assert (poor.status, poor.nearest) == ("infeasible", {"p": 5, "budget": 6})
    none = solve(some(1, site_cost=np.full(12, 3)), model="mclp", budget=2.5)
    assert (none.status, none.objective, none.bound, len(none.chosen)) == ("optimal", 0, 0, 0)
    assert solve(some(1), model="mclp", p=0).status == "optimal"


def test_unreachable_demand_twins_and_free_sites():
    problem = CoverageProblem.from_arrays(
        [0, 0, 2, 2], [0, 1, 2, 3], weight=[4, 9, 2], site_cost=[3, 1, 0, 0]
    )
    plan = solve(problem, model="mclp", budget=1)
    assert (plan.objective, plan.bound, plan.status) == (6, 6, "optimal")
    assert plan.chosen.tolist() == [1, 2]


def test_what_is_asked_wrongly_is_refused():
    problem = some(1)
    for options, said in (({}, "needs p"), ({"p": 1, "atleast": 1}, "no option"), ({"p": 1, "aim": "most"}, "aim"),
                          ({"p": 1, "at_least": 0.5}, "groups")):  # fmt: skip
        with pytest.raises(InputError, match=said):
            solve(problem, model="mclp", **options)
    grouped = some(1, group=["a", "b"] * 15)
    for least, said in (
        ({"c": 0.5}, "no group 'c'"),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        ("x", "'x'"),
    ):
        with pytest.raises(InputError, match=said):
            solve(grouped, model="mclp", p=2, at_least=least)


def best_fair(problem, p):
    """Return (covered, shares) of every choice of up to p sites."""
    total = np.bincount(problem.group, problem.weight)
    out = []
    for c in combinations(range(problem.candidates), p):
        got = covered_by(problem, np.array(c))
        out.append(
            (problem.weight[got].sum(), np.bincount(problem.group, problem.weight * got) / total)
        )
    return out


@pytest.mark.parametrize("seed", range(6))
def test_shares_of_groups_hold(seed):
    problem = some(seed, 24, 8, 2, group=["a", "b", "c"] * 8)
    every = best_fair(problem, 3)
    for floors in (0.2, {"a": 0.6}, {"b": 0.5, "c": 0.5}):
        least = np.array([floors.get(n, 0) if isinstance(floors, dict) else floors for n in "abc"])
        held = [value for value, shares in every if (shares >= least - 1e-9).all()]
        plan = solve(problem, model="mclp", p=3, at_least=floors)
        if held:
            assert (plan.status, plan.objective) == ("optimal", max(held))
            assert all(plan.extra["shares"][n] >= least[k] - 1e-9 for k, n in enumerate("abc"))
        else:
            assert plan.status == "infeasible"
            assert all(
                plan.nearest[f"at_least {n}"] < least[k] for k, n in enumerate("abc") if least[k]
            )
    fairest = max(shares.min() for _, shares in every)
    plan = solve(problem, model="mclp", p=3, aim="max_min")
    assert (plan.status, plan.objective) == ("optimal", pytest.approx(fairest))
    assert plan.extra["covered"] == max(v for v, s in every if s.min() >= fairest - 1e-9)


def test_shares_that_cannot_be_had_name_the_nearest():
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[4, 6], group=["a", "b"])
    plan = solve(problem, model="mclp", p=1, at_least=0.5)
    assert (plan.status, plan.nearest) == ("infeasible", {"at_least a": 0, "at_least b": 0})
    assert "a 50.0%" in plan.reason
    assert solve(problem, model="mclp", p=1, at_least={"a": 0.5}).chosen.tolist() == [0]


def test_the_same_seed_and_steps_give_the_same_answer():
    problem = some(5, 300, 60)
    for steps in (2, 9, None):
        a, b = (solve(problem, model="mclp", p=6, seed=4, step_limit=steps) for _ in range(2))
        assert (a.chosen.tolist(), a.bound, a.steps) == (b.chosen.tolist(), b.bound, b.steps)
        assert steps is None or a.steps <= steps


def test_cut_short_it_still_answers_with_a_bound(monkeypatch):
    problem = some(6, 300, 60, reach=2)
    for more, status in (
        ({"time_limit_s": 0}, "time_limit"),
        ({"cancelled": lambda: True}, "cancelled"),
    ):
        plan = solve(problem, model="mclp", p=6, **more)
        assert plan.status == status
        check(plan, problem, 6, None)

    def pressed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(kernels, "anneal", pressed)
    plan = solve(problem, model="mclp", p=6)
    assert plan.status == "cancelled"
    check(plan, problem, 6, None)
    grouped = some(6, 60, 20, group=["a", "b"] * 30)
    for aim in ({"at_least": 0.1}, {"aim": "max_min"}):
        plan = solve(grouped, model="mclp", p=6, time_limit_s=0, **aim)
        assert plan.status == "time_limit"
        assert plan.bound >= plan.objective
