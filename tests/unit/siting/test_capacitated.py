"""Capacities: never broken, optimum of plain HiGHS, what cannot be is explained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, solve
from geoplan.siting.capacitated import Search


def random_problem(
    seed: int, n: int, m: int, share: float = 0.8, room: float = 2.0, **more
) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    row, column = np.nonzero(rng.random((n, m)) < share)
    weight = rng.integers(1, 9, n)
    return CoverageProblem.from_arrays(
        row, column, rng.integers(0, 30, len(row)), weight=weight, candidates=m,
        capacity=np.ceil(room * weight.sum() / m * rng.uniform(0.7, 1.3, m)),
        site_cost=rng.integers(5, 200, m), **more)  # fmt: skip


def oracle(problem: CoverageProblem, p: int | None, *, split: bool, minute_cost: float = 1.0):
    """Plain HiGHS, y then x; None if it has no answer. Existing sites are free, forced ones count."""
    n, m, k = len(problem), problem.candidates, len(problem.minutes)
    row = np.repeat(np.arange(n), np.diff(problem.ptr))
    at = m + np.arange(k)
    served = sparse.coo_array((np.ones(k), (row, at)), shape=(n, m + k))
    link = sparse.coo_array((np.r_[np.ones(k), -np.ones(k)], (np.r_[np.arange(k), np.arange(k)],
                             np.r_[at, problem.candidate])), shape=(k, m + k))  # fmt: skip
    load = sparse.coo_array(
        (
            np.r_[problem.weight[row], -problem.capacity],
            (np.r_[problem.candidate, np.arange(m)], np.r_[at, np.arange(m)]),
        ),
        shape=(m, m + k),
    )
    rules = [
        LinearConstraint(served, 1, 1),
        LinearConstraint(link, -np.inf, 0),
        LinearConstraint(load, -np.inf, 0),
    ]
    there = problem.state == 1
    if p is not None:
        rules.append(LinearConstraint(np.r_[~there, np.zeros(k)][None, :], p, p))
    fee = np.zeros(m) if p is not None else np.where(there, 0, problem.site_cost)
    low = np.r_[(there | (problem.state == 2)).astype(float), np.zeros(k)]
    high = np.r_[(problem.state != 3).astype(float), np.ones(k)]
    found = milp(np.r_[fee, minute_cost * problem.minutes * problem.weight[row]], constraints=rules,
                 bounds=Bounds(low, high), integrality=np.r_[np.ones(m), np.full(k, not split)],
                 options={"mip_rel_gap": 0})  # fmt: skip
    return found.fun if found.x is not None else None


def test_by_hand():
    # two towns of 4 and a village of 2; the near site holds 6: one town and the village
    problem = CoverageProblem.from_arrays(
        [0, 0, 1, 1, 2, 2], [0, 1] * 3, [1, 9, 1, 5, 1, 1], weight=[4, 4, 2], capacity=[6, 6]
    )
    whole = solve(problem, model="capacitated", p=2)
    assert (whole.status, whole.objective) == ("optimal", 4 * 1 + 4 * 5 + 2 * 1)
    assert whole.assigned[:2].tolist() == [0, 1]
    parted = solve(problem, model="capacitated", p=2, split=True)  # half of town 1 stays near
    assert parted.objective == pytest.approx(4 * 1 + 2 * 1 + 2 * 5 + 2 * 1)
    assert parted.extra["share"].toarray()[1].tolist() == pytest.approx([0.5, 0.5])
    assert parted.extra["load"].tolist() == pytest.approx([6, 4])


def test_location_weighs_sites_against_travel():
    # one site of 10 saves a walk of 3 for 5 people: worth it from 2/3 per person-minute
    problem = CoverageProblem.from_arrays([0, 0], [0, 1], [3, 0], weight=[5], site_cost=[0, 10])
    assert solve(problem, model="capacitated", minute_cost=0.6).chosen.tolist() == [0]
    dear = solve(problem, model="capacitated", minute_cost=0.7)
    assert (dear.chosen.tolist(), dear.objective, dear.extra["mean_min"]) == ([1], 10, 0)


def check(problem, plan):
    where = {
        (i, j)
        for i in range(len(problem))
        for j in problem.candidate[problem.ptr[i] : problem.ptr[i + 1]]
    }
    assert all((i, j) in where for i, j in enumerate(plan.assigned))
    assert set(plan.assigned) <= set(plan.chosen)
    assert (plan.extra["load"] <= problem.capacity + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), p=st.one_of(st.none(), st.integers(1, 5)), split=st.booleans(),
       existing=st.booleans(), forced=st.booleans(), room=st.sampled_from([1.1, 1.6, 3.0]))  # fmt: skip
def test_equals_plain_highs(seed, p, split, existing, forced, room):
    problem = random_problem(seed, 12, 6, room=room, existing=[0] if existing else [],
                             forced=[1] if forced else [], forbidden=[2])  # fmt: skip
    if p is not None:
        p = min(p, 5 - existing)
    plan = solve(problem, model="capacitated", p=p, split=split)
    best = oracle(problem, p, split=split)
    if best is None:
        assert plan.status == "infeasible"
        assert plan.reason
        assert plan.reason_zh
        return
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == pytest.approx(best, rel=1e-6)
    if p is not None:
        assert len(plan.new) == p
    check(problem, plan)
    if not split:
        load = np.bincount(plan.assigned, problem.weight, problem.candidates)
        assert (load <= problem.capacity).all()
        assert load == pytest.approx(plan.extra["load"])
    else:
        assert plan.extra["share"].sum(axis=1) == pytest.approx(np.ones(12))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), steps=st.integers(0, 150))
def test_bounds_hold_wherever_the_search_stops(seed, steps):
    problem = random_problem(seed, 15, 6, 1.0)
    best = oracle(problem, 4, split=False)
    plan = solve(problem, model="capacitated", p=4, step_limit=steps)
    assert plan.bound <= best * (1 + 1e-9) <= plan.objective * (1 + 2e-9)
    check(problem, plan)


def test_nearest_p_and_nearest_capacity():
    problem = CoverageProblem.from_arrays(
        np.repeat(np.arange(6), 3),
        [0, 1, 2] * 6,
        weight=[1] * 6,
        capacity=[2, 2, 2],
        minutes=[1] * 18,
    )
    plan = solve(problem, model="capacitated", p=2)
    assert (plan.status, plan.nearest) == ("infeasible", {"p": 3})
    assert solve(problem, model="capacitated", p=3).status == "optimal"
    problem = CoverageProblem.from_arrays([0, 1], [0, 0], weight=[3, 4], capacity=[5])
    assert solve(problem, model="capacitated").nearest == {"capacity": 7}


def test_what_total_capacity_does_not_show():
    # both towns reach only site 0, which holds one of them; site 1 is far from all but the third
    problem = CoverageProblem.from_arrays([0, 1, 2], [0, 0, 1], weight=[4, 4, 4], capacity=[6, 6])
    plan = solve(problem, model="capacitated", split=True)
    assert plan.status == "infeasible"
    assert plan.nearest["capacity_factor"] == pytest.approx(8 / 6)
    lone = CoverageProblem.from_arrays([0], [0], weight=[4, 4])
    assert (
        "1 demands with a weight of 4 reach no candidate" in solve(lone, model="capacitated").reason
    )
    big = CoverageProblem.from_arrays([0, 0], [0, 1], weight=[4], capacity=[3, 3])
    assert solve(big, model="capacitated").nearest == {"capacity": 4}
    assert solve(big, model="capacitated", split=True).status == "optimal"
    forced = random_problem(1, 8, 4, forced=[0, 1])
    assert solve(forced, model="capacitated", p=1).nearest == {"p": 2}


def test_the_nearest_p_counts_what_reach_asks_for():
    # three towns, each reaches a site of its own: two cannot do, whatever they hold
    problem = CoverageProblem.from_arrays([0, 1, 2], [0, 1, 2], weight=[1, 1, 1])
    plan = solve(problem, model="capacitated", p=2)
    assert (plan.status, plan.nearest) == ("infeasible", {"p": 3})


def test_the_same_seed_and_steps_give_the_same_answer():
    problem = random_problem(5, 40, 12)
    plans = [solve(problem, model="capacitated", p=7, seed=3, step_limit=80) for _ in range(2)]
    assert plans[0].assigned.tolist() == plans[1].assigned.tolist()
    assert plans[0].bound == plans[1].bound


def test_no_time_a_wish_to_stop_and_ctrl_c(monkeypatch):
    problem = random_problem(6, 60, 15)
    assert solve(problem, model="capacitated", p=9, time_limit_s=0).status == "time_limit"
    plan = solve(problem, model="capacitated", p=9, cancelled=lambda: True)
    assert plan.status == "cancelled"
    check(problem, plan)

    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "_raise", pressed)
    plan = solve(problem, model="capacitated", p=9)
    assert plan.status == "cancelled"
    check(problem, plan)


@pytest.mark.parametrize(("more", "said"), [
    ({"budget": 3.0}, "no budget"), ({"split": 1}, "split is 1"), ({"minute_cost": -1}, "minute_cost is -1"),
    ({"minute_cost": float("nan")}, "minute_cost is nan"), ({"p": 2, "minute_cost": 1}, "no option 'minute_cost'"),
    ({"beyond": 3}, "no option 'beyond'"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(InputError, match=said):
        solve(random_problem(1, 9, 5), model="capacitated", **more)
