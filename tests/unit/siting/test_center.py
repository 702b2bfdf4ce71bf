"""The p-center against all subsets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, center, solve
from geoplan.siting.checked import EXISTING, FORCED
from geoplan.siting.feasibility import nearest_min


def random_problem(seed: int, demands=12, candidates=7, *, share=1.0, states=False):
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(rng.random((demands, candidates)) < share)
    who = rng.permutation(candidates)
    more = {
        "existing": who[:1].tolist(),
        "forced": who[1:2].tolist(),
        "forbidden": who[2:3].tolist(),
    }
    weight = rng.integers(0, 3, demands).astype(float)
    weight[0] = 1
    return CoverageProblem.from_arrays(i, j, rng.integers(0, 40, len(i)) / 2, weight=weight,
                                       candidates=candidates, **(more if states else {}))  # fmt: skip


def farthest(problem, chosen):
    there = np.isin(problem.candidate, chosen)
    near = nearest_min(problem.ptr, np.where(there, problem.minutes, np.inf))
    return near[(problem.weight > 0) & problem.reachable].max(initial=0.0)


def brute(problem, p):
    new = np.flatnonzero(problem.usable & (problem.state != EXISTING))
    there = np.flatnonzero(problem.state == EXISTING)
    must = set(np.flatnonzero(problem.state == FORCED).tolist())
    return min((farthest(problem, np.r_[there, some]) for some in combinations(new.tolist(), p)
                if must <= set(some)), default=np.inf)  # fmt: skip


def test_two_towns_by_hand():
    minutes = np.array([[0, 5, 9], [5, 0, 4], [9, 4, 0.0]])
    i, j = np.divmod(np.arange(9), 3)
    problem = CoverageProblem.from_arrays(i, j, minutes.ravel(), weight=[1, 1, 1])
    one = solve(problem, model="p_center", p=1)
    assert (one.status, one.chosen.tolist(), one.objective, one.bound) == ("optimal", [1], 5, 5)
    assert solve(problem, model="p_center", p=2).objective == 4
    assert solve(problem, model="p_center", p=3).objective == 0


@given(st.integers(0, 10**6), st.integers(0, 6), st.booleans(), st.sampled_from([1.0, 0.4]))
@settings(max_examples=150, deadline=None)
def test_it_equals_the_best_of_all_subsets(seed, p, states, share):
    problem = random_problem(seed, share=share, states=states)
    p = min(p, int((problem.usable & (problem.state != EXISTING)).sum()))
    plan, best = solve(problem, model="p_center", p=p), brute(problem, p)
    if not np.isfinite(best):
        assert plan.status == "infeasible"
        nearest = int(plan.nearest["p"])
        assert np.isfinite(brute(problem, nearest))
        assert not np.isfinite(brute(problem, nearest - 1))
        return
    assert (plan.status, plan.objective, plan.bound) == ("optimal", best, best)
    assert len(plan.new) == p
    assert farthest(problem, plan.chosen) == best


@given(st.integers(0, 10**6), st.integers(0, 3000))
@settings(max_examples=30, deadline=None)
def test_no_bound_is_above_the_optimum(seed, steps):
    problem = random_problem(seed, 40, 20)
    plan, best = (
        solve(problem, model="p_center", p=4, step_limit=steps),
        solve(problem, model="p_center", p=4),
    )
    assert best.status == "optimal"
    assert plan.bound <= best.objective <= plan.objective
    assert len(plan.new) == 4


def test_demand_that_reaches_nobody_is_named_or_makes_it_infeasible():
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], [3, 5], weight=[1, 2, 7])
    plan = solve(problem, model="p_center", p=2)
    assert (plan.objective, plan.extra["unreachable"]) == (5, {"ids": ["2"], "weight": 7})
    assert solve(problem, model="p_center", p=2, leave="none").status == "infeasible"
    assert solve(problem, model="p_center", p=1).nearest == {"p": 2}


def test_forced_sites_count_and_too_few_are_explained():
    problem = random_problem(3, states=True)
    plan = solve(problem, model="p_center", p=0)
    assert (plan.status, plan.nearest["p"] >= 1) == ("infeasible", True)
    assert plan.reason_zh


@pytest.mark.parametrize(
    "more", [{}, {"p": 1, "budget": 3}, {"p": 1, "copies": 2}, {"p": 1, "leave": 3}]
)
def test_wrong_questions_are_refused(more):
    with pytest.raises(InputError):
        solve(random_problem(0), model="p_center", **more)


def test_no_time_a_wish_to_stop_and_ctrl_c_still_answer(monkeypatch):
    problem = random_problem(1, 60, 30)
    best = solve(problem, model="p_center", p=5)
    for more, status in (
        ({"time_limit_s": 0}, "time_limit"),
        ({"cancelled": lambda: True}, "cancelled"),
    ):
        plan = solve(problem, model="p_center", p=5, **more)
        assert (plan.status, len(plan.new)) == (status, 5)
        assert plan.bound <= best.objective <= plan.objective
    again = solve(problem, model="p_center", p=5)
    assert again.chosen.tolist() == best.chosen.tolist()
    whole = center._within

    def pressed(ask, counted, limit_min, watch, target):
        if watch is ask.watch:
            raise KeyboardInterrupt
        return whole(ask, counted, limit_min, watch, target)

    monkeypatch.setattr(center, "_within", pressed)
    assert solve(problem, model="p_center", p=5).status == "cancelled"
