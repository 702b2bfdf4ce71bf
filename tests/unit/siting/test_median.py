"""P-median: the optimum of brute force and of plain HiGHS, bounds that hold, answers that repeat."""

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
from geoplan.siting.kernels import median as kernels
from geoplan.siting.median import Search


def random_problem(seed: int, n: int, m: int, share: float = 0.5, **more) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    row, column = np.nonzero(rng.random((n, m)) < share)
    return CoverageProblem.from_arrays(
        row, column, rng.integers(0, 30, len(row)), weight=rng.integers(0, 9, n) + (np.arange(n) == 0),
        candidates=m, **more)  # fmt: skip


def cost_of(problem: CoverageProblem, chosen, beyond: float) -> float:
    """The same by loops."""
    total = 0.0
    for i in range(len(problem)):
        pairs = range(problem.ptr[i], problem.ptr[i + 1])
        total += problem.weight[i] * min([beyond] + [problem.minutes[k] for k in pairs
                                                     if problem.candidate[k] in chosen])  # fmt: skip
    return total


def brute(problem: CoverageProblem, p: int, beyond: float) -> float:
    free = np.flatnonzero((problem.state == 0) | (problem.state == 2))
    there = set(np.flatnonzero(problem.state == 1))
    forced = set(np.flatnonzero(problem.state == 2))
    return min(cost_of(problem, there | set(s), beyond) for s in combinations(free, p)
               if forced <= set(s))  # fmt: skip


def oracle(problem: CoverageProblem, p: int, beyond: float) -> float:
    """Plain HiGHS: y, then x of each pair, then beyond of each demand."""
    n, m, k = len(problem), problem.candidates, len(problem.minutes)
    row = np.repeat(np.arange(n), np.diff(problem.ptr))
    at = m + np.arange(k)
    eye = sparse.coo_array((np.ones(k), (row, at)), shape=(n, m + k + n)).tocsr()
    eye = eye + sparse.coo_array(
        (np.ones(n), (np.arange(n), m + k + np.arange(n))), shape=(n, m + k + n)
    )
    link = sparse.coo_array((np.r_[np.ones(k), -np.ones(k)], (np.r_[np.arange(k), np.arange(k)],
                             np.r_[at, problem.candidate])), shape=(k, m + k + n))  # fmt: skip
    count = sparse.coo_array((np.ones(m), (np.zeros(m, int), np.arange(m))), shape=(1, m + k + n))
    found = milp(np.r_[np.zeros(m), problem.minutes * problem.weight[row], beyond * problem.weight],
                 constraints=[LinearConstraint(eye, 1, 1), LinearConstraint(link, -np.inf, 0),
                              LinearConstraint(count, p, p)],
                 bounds=Bounds(0, 1), integrality=np.r_[np.ones(m), np.zeros(k + n)])  # fmt: skip
    return found.fun


def test_by_hand():
    # three towns in a row, a centre in each; the middle one is 1 from both, the ends 2 apart
    problem = CoverageProblem.from_arrays(
        np.repeat([0, 1, 2], 3), [0, 1, 2] * 3, [0, 1, 2, 1, 0, 1, 2, 1, 0], weight=[3, 1, 3]
    )
    one = solve(problem, model="p_median", p=1)
    assert (one.status, one.chosen.tolist(), one.objective, one.bound) == ("optimal", [1], 6, 6)
    two = solve(problem, model="p_median", p=2)
    assert (two.chosen.tolist(), two.objective) == ([0, 2], 1)
    assert two.extra["mean_min"] == pytest.approx(1 / 7)
    assert one.assigned.tolist() == [1, 1, 1]


def test_beyond_is_the_limit_or_twice_the_greatest_or_what_is_said():
    far = {"demand": [0], "candidate": [0], "minutes": [4], "weight": [1, 10]}
    for problem, more, minutes in (
        (CoverageProblem.from_arrays(**far), {}, 8), (CoverageProblem.from_arrays(**far, limit_min=5), {}, 5),
        (CoverageProblem.from_arrays(**far), {"beyond_min": 60}, 60),
    ):  # fmt: skip
        plan = solve(problem, model="p_median", p=1, **more)
        assert plan.objective == 4 + 10 * minutes
        assert plan.extra["beyond"] == {"minutes": minutes, "weight": 10}
        assert plan.assigned.tolist() == [0, -1]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 12), m=st.integers(1, 8), data=st.data())
def test_equals_brute_force_with_states(seed, n, m, data):
    kinds = data.draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3]), min_size=m, max_size=m))
    names = {1: "existing", 2: "forced", 3: "forbidden"}
    problem = random_problem(
        seed, n, m, **{names[s]: [j for j in range(m) if kinds[j] == s] for s in names}
    )
    most, least = sum(k in {0, 2} for k in kinds), kinds.count(2)
    p = data.draw(st.integers(least, most))
    plan = solve(problem, model="p_median", p=p, beyond_min=40)
    assert plan.status == "optimal"
    assert len(plan.new) == p
    assert plan.objective == plan.bound == pytest.approx(brute(problem, p, 40))
    assert plan.objective == pytest.approx(cost_of(problem, set(plan.chosen), 40))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), p=st.integers(1, 6))
def test_equals_plain_highs(seed, p):
    problem = random_problem(seed, 40, 15, 0.4)
    plan = solve(problem, model="p_median", p=p, beyond_min=33.5)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(oracle(problem, p, 33.5))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), steps=st.integers(0, 120))
def test_bounds_hold_wherever_the_search_stops(seed, steps):
    problem = random_problem(seed, 40, 15, 0.7)
    best = solve(problem, model="p_median", p=4)
    cut = solve(problem, model="p_median", p=4, step_limit=steps)
    assert cut.bound <= best.objective * (1 + 1e-9) <= cut.objective * (1 + 2e-9)
    assert cut.steps <= steps
    assert len(cut.new) == 4


def test_more_sites_and_more_candidates_never_cost_more():
    problem = random_problem(3, 60, 12)
    costs = [solve(problem, model="p_median", p=p).objective for p in range(13)]
    assert costs == sorted(costs, reverse=True)
    less = random_problem(3, 60, 12, forbidden=[0, 5])
    assert solve(less, model="p_median", p=4).objective >= costs[4]


def test_the_same_seed_and_steps_give_the_same_answer():
    problem = random_problem(5, 200, 60, 0.3)
    plans = [solve(problem, model="p_median", p=9, seed=7, step_limit=60) for _ in range(2)]
    assert plans[0].chosen.tolist() == plans[1].chosen.tolist()
    assert (plans[0].bound, plans[0].steps) == (plans[1].bound, plans[1].steps)
    assert np.array_equal(plans[0].extra["price"], plans[1].extra["price"])


def test_prices_give_the_bound_back():
    # sum of prices less what the p best sites give back at these prices is a bound
    problem = random_problem(8, 80, 20, 0.8)
    best = solve(problem, model="p_median", p=5, beyond_min=60)
    price = best.extra["price"]
    row = np.repeat(np.arange(80), np.diff(problem.ptr))
    gain = np.minimum(problem.minutes * problem.weight[row] - price[row], 0)
    back = np.sort(np.bincount(problem.candidate, gain, 20))[:5].sum()
    assert 0.9 * best.objective < price.sum() + back <= best.objective + 1e-6


def test_no_time_and_a_wish_to_stop():
    problem = random_problem(9, 90, 30, 0.3)
    best = solve(problem, model="p_median", p=6)
    for plan, status in ((solve(problem, model="p_median", p=6, time_limit_s=0), "time_limit"),
                         (solve(problem, model="p_median", p=6, cancelled=lambda: True), "cancelled")):  # fmt: skip
        assert plan.status == status
        assert len(plan.new) == 6
        assert plan.bound <= best.objective <= plan.objective


def test_ctrl_c_returns_the_best_so_far(monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "_root", pressed)
    plan = solve(random_problem(9, 90, 30, 0.3), model="p_median", p=6)
    assert plan.status == "cancelled"
    assert 0 < plan.bound <= plan.objective < np.inf


def test_forced_sites_beyond_p_are_explained():
    plan = solve(random_problem(1, 9, 5, forced=[1, 2]), model="p_median", p=1)
    assert (plan.status, plan.nearest) == ("infeasible", {"p": 2})
    assert "2 sites are forced" in plan.reason
    assert "必选点" in plan.reason_zh
    assert solve(random_problem(1, 9, 5, forced=[1, 2]), model="p_median", p=2).new.tolist() == [
        1,
        2,
    ]


@pytest.mark.parametrize(("more", "said"), [
    ({"p": None}, "needs p"), ({"budget": 3.0}, "no budget"), ({"beyond": 3}, "no option 'beyond'"),
    ({"beyond_min": 1}, "beyond_min is 1"), ({"beyond_min": float("nan")}, "beyond_min is nan"),
    ({"beyond_min": "far"}, "beyond_min is 'far'"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(InputError, match=said):
        solve(random_problem(1, 30, 5), model="p_median", **({"p": 1} | more))


def test_interchange_ends_where_no_swap_saves():
    problem = random_problem(4, 50, 12, 1.0)
    rows_cost = problem.minutes * np.repeat(problem.weight, np.diff(problem.ptr))
    row = np.repeat(np.arange(50, dtype=np.int32), np.diff(problem.ptr))
    order = np.lexsort((rows_cost, row))
    rows = (problem.ptr, problem.candidate[order], rows_cost[order])
    ptr, demand, minutes = problem.by_candidate
    base = problem.weight * 99.0
    is_open = np.arange(12) < 4
    kernels.interchange(
        rows, (ptr, demand, minutes * problem.weight[demand]), base, is_open, 0, 10**6
    )
    assert is_open.sum() == 4
    least = kernels.total(rows, base, is_open)
    for out in np.flatnonzero(is_open):
        for into in np.flatnonzero(~is_open):
            swapped = is_open.copy()
            swapped[[out, into]] = False, True
            assert kernels.total(rows, base, swapped) >= least - 1e-9
