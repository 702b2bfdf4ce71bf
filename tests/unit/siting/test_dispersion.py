"""Dispersion against all subsets."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, dispersion, solve
from geoplan.siting.checked import EXISTING, FORCED
from geoplan.siting.kernels.dispersion import cliques


def random_case(seed: int, candidates=8, *, states=False):
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 12, (candidates, 2)).astype(float)
    apart = np.abs(xy[:, None] - xy[None]).sum(-1)
    who = rng.permutation(candidates)
    more = {
        "existing": who[:1].tolist(),
        "forced": who[1:2].tolist(),
        "forbidden": who[2:3].tolist(),
    }
    problem = CoverageProblem.from_arrays([0], [0], weight=[1], candidates=candidates,
                                          **(more if states else {}))  # fmt: skip
    return problem, apart


def least(apart, chosen):
    pairs = [apart[a, b] for a, b in combinations(chosen, 2)]
    return min(pairs, default=apart.max())


def brute(problem, apart, p):
    new = np.flatnonzero(problem.usable & (problem.state != EXISTING)).tolist()
    there = np.flatnonzero(problem.state == EXISTING).tolist()
    must = set(np.flatnonzero(problem.state == FORCED).tolist())
    return max(least(apart, [*there, *some]) for some in combinations(new, p) if must <= set(some))


def test_the_corners_of_a_square_by_hand():
    xy = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [5, 5], [6, 5]])
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    problem = CoverageProblem.from_arrays([0], [0], weight=[1], candidates=6)
    four = solve(problem, model="p_dispersion", p=4, apart_min=apart)
    assert (four.status, four.chosen.tolist(), four.objective, four.bound) == (
        "optimal",
        [0, 1, 2, 3],
        10,
        10,
    )
    assert four.sense == "max"
    assert solve(problem, model="p_dispersion", p=5, apart_min=apart).objective == pytest.approx(
        50**0.5
    )
    assert solve(problem, model="p_dispersion", p=1, apart_min=apart).objective == apart.max()


@given(st.integers(0, 10**6), st.integers(1, 6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_it_equals_the_best_of_all_subsets(seed, p, states):
    problem, apart = random_case(seed, states=states)
    plan, best = (
        solve(problem, model="p_dispersion", p=p, apart_min=apart),
        brute(problem, apart, p),
    )
    assert (plan.status, plan.objective, plan.bound) == ("optimal", best, best)
    assert len(plan.new) == p
    assert least(apart, plan.chosen) == best


@given(st.integers(0, 10**6), st.integers(0, 2000))
@settings(max_examples=30, deadline=None)
def test_no_bound_is_below_the_optimum(seed, steps):
    problem, apart = random_case(seed, 30)
    plan = solve(problem, model="p_dispersion", p=8, apart_min=apart, step_limit=steps)
    best = solve(problem, model="p_dispersion", p=8, apart_min=apart)
    assert best.status == "optimal"
    assert plan.objective <= best.objective <= plan.bound


def test_what_a_sparse_table_does_not_hold_is_far():
    problem = CoverageProblem.from_arrays([0], [0], weight=[1], candidates=3)
    near = sparse.csr_array(([2.0, 2.0, 5.0, 5.0], ([0, 1, 1, 2], [1, 0, 2, 1])), shape=(3, 3))
    plan = solve(problem, model="p_dispersion", p=2, apart_min=near)
    assert (plan.status, plan.objective) == ("optimal", 5)
    assert solve(problem, model="p_dispersion", p=3, apart_min=near).objective == 2


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_cliques_hold_every_near_pair_and_no_other(seed):
    rng = np.random.default_rng(seed)
    near = np.triu(rng.random((12, 12)) < rng.random(), 1)
    near |= near.T
    ptr, member = cliques(near)
    pairs = {p for a, b in pairwise(ptr) for p in combinations(member[a:b].tolist(), 2)}
    assert pairs == set(zip(*(x.tolist() for x in np.nonzero(np.triu(near, 1))), strict=True))


def test_forced_sites_that_are_more_than_p_are_explained():
    problem = CoverageProblem.from_arrays([0], [0], weight=[1], candidates=4, forced=[1, 2])
    plan = solve(problem, model="p_dispersion", p=1, apart_min=np.ones((4, 4)))
    assert (plan.status, plan.nearest) == ("infeasible", {"p": 2})


@pytest.mark.parametrize("apart", [
    None, np.ones((3, 3)), np.full((8, 8), np.nan), -np.ones((8, 8)), np.triu(np.ones((8, 8)), 1), [1.0] * 8,
])  # fmt: skip
def test_a_wrong_table_is_refused(apart):
    with pytest.raises(InputError, match="apart_min"):
        solve(random_case(0)[0], model="p_dispersion", p=2, apart_min=apart)


@pytest.mark.parametrize("more", [{}, {"p": 2, "budget": 1}, {"p": 2, "leave": "none"}])
def test_wrong_questions_are_refused(more):
    problem, apart = random_case(0)
    with pytest.raises(InputError):
        solve(problem, model="p_dispersion", apart_min=apart, **more)


def test_no_time_a_wish_to_stop_and_ctrl_c_still_answer(monkeypatch):
    problem, apart = random_case(4, 40)
    best = solve(problem, model="p_dispersion", p=9, apart_min=apart)
    for more, status in (
        ({"time_limit_s": 0}, "time_limit"),
        ({"cancelled": lambda: True}, "cancelled"),
    ):
        plan = solve(problem, model="p_dispersion", p=9, apart_min=apart, **more)
        assert plan.status in {status, "optimal"}
        assert plan.objective <= best.objective <= plan.bound
        assert len(plan.new) == 9
    assert (
        solve(problem, model="p_dispersion", p=9, apart_min=apart).chosen.tolist()
        == best.chosen.tolist()
    )

    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(dispersion, "_packed", pressed)
    assert solve(problem, model="p_dispersion", p=9, apart_min=apart).status == "cancelled"
