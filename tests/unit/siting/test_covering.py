"""Set covering: the cheapest sites that reach everybody, against an independent exact solver."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.spatial import cKDTree

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, covering, solve
from geoplan.siting.kernels import covering as kernels
from geoplan.siting.plan import covered_by, times_covered
from geoplan.siting.watch import Watch


def random_problem(seed: int, demands=25, candidates=10, *, costs=False, states=False):
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(rng.random((demands, candidates)) < rng.uniform(0.1, 0.4))
    more = {}
    if costs:
        kind = seed % 3
        more["site_cost"] = [rng.integers(0, 9, candidates), rng.uniform(0.1, 5, candidates),
                             rng.integers(1, 4, candidates) * 250_000.0][kind]  # fmt: skip
    if states:
        who = rng.permutation(candidates)
        more |= {
            "existing": who[:1].tolist(),
            "forced": who[1:2].tolist(),
            "forbidden": who[2:4].tolist(),
        }
    weight = rng.integers(0, 4, demands).astype(float)
    weight[0] = 1
    return CoverageProblem.from_arrays(i, j, weight=weight, candidates=candidates, **more)


def city(demands: int, candidates: int, seed: int = 0) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    sites = rng.random((candidates, 2))
    homes = sites[rng.integers(0, candidates, demands)] + rng.normal(0, 0.03, (demands, 2))
    near = cKDTree(homes).sparse_distance_matrix(cKDTree(sites), (12 / candidates / np.pi) ** 0.5,
                                                 output_type="ndarray")  # fmt: skip
    return CoverageProblem.from_arrays(near["i"], near["j"], near["v"], weight=np.ones(demands),
                                       candidates=candidates)  # fmt: skip


def oracle(problem, copies=1, p=None):
    """Return the least cost by plain HiGHS, None if there is no answer."""
    m = problem.candidates
    dense = np.zeros((len(problem), m))
    row = np.repeat(np.arange(len(problem)), np.diff(problem.ptr))
    dense[row, problem.candidate] = 1
    low, high = np.zeros(m), problem.usable.astype(float)
    low[problem.open] = 1
    wants = np.where(problem.weight > 0, np.minimum(copies, (dense * problem.usable).sum(1)), 0)
    limits = [LinearConstraint(dense, wants, np.inf)]
    if p is not None:
        limits.append(LinearConstraint((problem.state != 1).astype(float), -np.inf, p))
    found = milp(problem.cost, constraints=limits, bounds=Bounds(low, high), integrality=np.ones(m),
                 options={"mip_rel_gap": 0})  # fmt: skip
    return None if found.x is None else float(problem.cost @ np.rint(found.x))


def covers(problem, plan, copies=1):
    row = np.repeat(np.arange(len(problem)), np.diff(problem.ptr))
    many = np.bincount(row[problem.usable[problem.candidate]], minlength=len(problem))
    wants = np.where(problem.weight > 0, np.minimum(copies, many), 0)
    return bool((times_covered(problem, plan.chosen) >= wants).all())


def test_two_sites_by_hand():
    # 0 1 2 are reached by a; 2 3 by b; 3 4 by c: a and c reach everybody
    problem = CoverageProblem.from_arrays(
        [0, 1, 2, 2, 3, 3, 4], [0, 0, 0, 1, 1, 2, 2], weight=[1] * 5
    )
    plan = solve(problem, model="lscp")
    assert (plan.status, plan.chosen.tolist(), plan.objective, plan.bound) == (
        "optimal",
        [0, 2],
        2,
        2,
    )
    dear = CoverageProblem.from_arrays(
        [0, 0, 1, 1], [0, 1, 0, 2], weight=[1, 1], site_cost=[5, 2, 2]
    )
    assert solve(dear, model="lscp").chosen.tolist() == [1, 2]
    assert solve(dear, model="lscp", p=1).chosen.tolist() == [0]


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_cost_is_the_least(seed, costs, states):
    problem = random_problem(seed, costs=costs, states=states)
    plan = solve(problem, model="lscp")
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(oracle(problem), abs=1e-6)
    assert plan.objective == pytest.approx(plan.cost)
    assert plan.bound == plan.objective
    assert covers(problem, plan)


@given(st.integers(0, 10**6), st.booleans(), st.booleans(), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_k_cover_reaches_everybody_k_times(seed, costs, states, copies):
    problem = random_problem(seed, costs=costs, states=states)
    each = np.random.default_rng(seed).integers(0, copies + 1, len(problem))
    for wish in (copies, each):
        plan = solve(problem, model="k_cover", copies=wish)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(oracle(problem, wish), abs=1e-6)
        assert covers(problem, plan, wish)


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_with_few_sites_the_cost_is_the_least_or_the_fewest_are_named(seed, states):
    problem = random_problem(seed, costs=True, states=states)
    for p in range(7):
        plan, best = solve(problem, model="lscp", p=p), oracle(problem, p=p)
        if best is None:
            assert plan.status == "infeasible"
            assert plan.extra["proved"]
            fewest = int(plan.nearest["p"])
            assert oracle(problem, p=fewest) is not None
            assert oracle(problem, p=fewest - 1) is None
        else:
            assert (plan.status, len(plan.new) <= p) == ("optimal", True)
            assert plan.objective == pytest.approx(best, abs=1e-6)
            assert covers(problem, plan)


@given(st.integers(0, 10**6), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_no_bound_is_above_the_optimum(seed, steps):
    problem = random_problem(seed, 60, 25, costs=seed % 2 == 0)
    plan, best = solve(problem, model="lscp", step_limit=steps), oracle(problem)
    assert plan.bound <= best + 1e-6
    assert plan.objective >= best - 1e-6
    assert covers(problem, plan)
    assert (plan.status == "optimal") == (plan.objective == plan.bound)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_brute_force_agrees(seed):
    problem = random_problem(seed, 12, 7, costs=True)
    wants = (problem.weight > 0) & problem.reachable
    least = min(
        problem.cost[list(some)].sum()
        for k in range(8) for some in combinations(range(7), k)
        if covered_by(problem, np.array(some, int))[wants].all()
    )  # fmt: skip
    assert solve(problem, model="lscp").objective == pytest.approx(least)


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_reductions_keep_the_optimum(seed, costs):
    problem = random_problem(seed, costs=costs)
    copies = 1 + seed % 2
    need = np.minimum(np.diff(problem.ptr), copies)
    there = np.ones(problem.candidates, bool)
    left = need.copy()
    ptr, col, rows, taken = kernels.reduced(
        problem.ptr, problem.candidate, left, problem.cost, there
    )
    total = float(problem.cost[taken].sum())
    if rows.any():
        keep = np.flatnonzero(rows)
        matrix = sparse.csr_array((np.ones(len(col)), col, ptr), shape=(len(problem), len(there)))[
            keep
        ]
        found = milp(problem.cost, constraints=LinearConstraint(matrix, left[keep], np.inf),
                     bounds=Bounds(0, there.astype(float)), integrality=np.ones(len(there)))  # fmt: skip
        total += found.fun
    everyone = CoverageProblem.from_arrays(
        np.repeat(np.arange(len(problem)), np.diff(problem.ptr)), problem.candidate,
        weight=np.ones(len(problem)), candidates=problem.candidates, site_cost=problem.cost,
    )  # fmt: skip
    assert total == pytest.approx(oracle(everyone, copies), abs=1e-6)


def test_the_search_alone_finds_what_the_solver_proves():
    problem = city(600, 120)
    plan = solve(problem, model="lscp")
    searched = solve(problem, model="lscp", step_limit=20_000)
    assert plan.status == "optimal"
    assert searched.objective == plan.objective
    assert plan.objective == pytest.approx(oracle(problem))


def test_who_cannot_be_reached_is_named_or_makes_it_infeasible():
    problem = CoverageProblem.from_arrays(
        [0, 2], [0, 1], weight=[3, 4, 5, 0], candidates=3, forbidden=[1]
    )
    plan = solve(problem, model="lscp")
    assert (plan.status, plan.objective) == ("optimal", 1)
    assert plan.extra["unreachable"] == {"ids": ["1", "2"], "weight": 9.0}
    none = solve(problem, model="lscp", leave="none")
    assert none.status == "infeasible"
    assert none.reason.startswith("2 demands of weight 9")
    assert "2 个需求点" in none.reason_zh
    assert np.isnan(none.objective)
    twice = CoverageProblem.from_arrays([0, 0, 1], [0, 1, 1], weight=[3, 4])
    assert solve(twice, model="k_cover", leave="none").nearest == {"copies": 1}
    assert solve(twice, model="k_cover").chosen.tolist() == [0, 1]


def test_too_few_sites_and_too_little_money_say_what_is_enough():
    problem = CoverageProblem.from_arrays(
        [0, 1, 2], [0, 1, 2], weight=[1] * 3, site_cost=[2, 3, 4], forced=[0]
    )
    few = solve(problem, model="lscp", p=2)
    assert (few.status, few.nearest) == ("infeasible", {"p": 3})
    assert "at least 3" in few.reason
    poor = solve(problem, model="lscp", budget=8.5)
    assert (poor.status, poor.nearest, poor.bound) == ("infeasible", {"budget": 9}, 9)
    assert "至少需要 9" in poor.reason_zh
    assert solve(problem, model="lscp", budget=9, p=3).status == "optimal"


def test_existing_and_forced_sites_are_open_and_forbidden_ones_are_not():
    problem = CoverageProblem.from_arrays([0, 0, 1, 1], [0, 1, 2, 3], weight=[1, 1], candidates=5,
                                          existing=[1], forced=[4], forbidden=[2])  # fmt: skip
    plan = solve(problem, model="lscp")
    assert plan.chosen.tolist() == [1, 3, 4]
    assert plan.objective == 2
    assert plan.assigned.tolist() == [1, 3]


def test_demand_of_no_weight_needs_no_site_and_nothing_to_do_costs_nothing():
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[1, 0], existing=[0])
    plan = solve(problem, model="lscp")
    assert (plan.status, plan.objective, plan.chosen.tolist()) == ("optimal", 0, [0])
    assert plan.gap_share == 0


@pytest.mark.parametrize(("model", "options", "said"), [
    ("lscp", {"copies": 2}, "no option 'copies'"), ("lscp", {"leave": "some"}, "leave is 'some'"),
    ("k_cover", {"copies": -1}, "copies"), ("k_cover", {"copies": 1.5}, "copies"),
    ("k_cover", {"copies": [1, 2]}, "copies"), ("k_cover", {"copy": 2}, "no option 'copy'"),
])  # fmt: skip
def test_wrong_options_are_refused_by_name(model, options, said):
    with pytest.raises(InputError, match=said):
        solve(city(30, 10), model=model, **options)


def test_the_same_seed_and_steps_give_the_same_answer():
    problem = city(900, 150)
    for steps in (None, 3000):
        one, two = (solve(problem, model="lscp", seed=5, step_limit=steps) for _ in range(2))
        assert one.chosen.tolist() == two.chosen.tolist()
        assert (one.bound, one.steps) == (two.bound, two.steps)


def test_no_time_and_a_wish_to_stop_still_give_a_cover_and_a_bound():
    problem = city(900, 150)
    best = solve(problem, model="lscp")
    for more, status in (
        ({"time_limit_s": 0}, "time_limit"),
        ({"cancelled": lambda: True}, "cancelled"),
    ):
        plan = solve(problem, model="lscp", **more)
        assert plan.status == status
        assert covers(problem, plan)
        assert 0 < plan.bound <= best.objective <= plan.objective


def test_ctrl_c_returns_the_best_so_far(monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(covering.kernels, "ascend", pressed)
    problem = city(900, 150)
    plan = solve(problem, model="lscp")
    assert plan.status == "cancelled"
    assert covers(problem, plan)


def test_a_target_ends_the_search_when_it_is_answered():
    problem = city(900, 150)
    best = solve(problem, model="lscp").objective
    need, there = np.minimum(np.diff(problem.ptr), 1), np.ones(problem.candidates, bool)
    for target in (best - 1, best, best + 5):
        found = covering.cheapest(problem.ptr, problem.candidate, need, problem.cost, there,
                                  watch=Watch(), seed=0, target=target)  # fmt: skip
        assert (found.cost <= target) == (target >= best)
        assert (found.bound > target) == (target < best)


def test_a_large_core_is_bound_by_regions(monkeypatch):
    problem = city(900, 150)
    best = solve(problem, model="lscp").objective
    monkeypatch.setattr(covering, "_LARGE", 300)
    plan = solve(problem, model="lscp")
    assert plan.bound <= best <= plan.objective
