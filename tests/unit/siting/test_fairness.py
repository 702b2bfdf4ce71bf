"""Fairness: shares by group, the least share there is, and what it costs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, fairness
from geoplan.siting.plan import Plan, covered_by, nearest_open


def plan_of(problem: CoverageProblem, chosen: list[int]) -> Plan:
    ids = np.array(chosen, int)
    return Plan(
        problem, "mclp", "feasible", ids, 0, 0, "max", nearest_open(problem, ids), 0, 0, 0.0
    )


def two_towns(**more) -> CoverageProblem:
    """Return a town of 8 + 8 and a village of 4 + 4; each place has its own site."""
    given_ = {"demand": [0, 1, 2, 3], "candidate": [0, 1, 2, 3], "weight": [8, 8, 4, 4],
              "group": ["town", "town", "village", "village"]}  # fmt: skip
    return CoverageProblem.from_arrays(**(given_ | more))


def test_shares_by_hand():
    plan = plan_of(two_towns(), [0, 1, 2])
    table = fairness.of(plan)
    assert table.index.tolist() == ["town", "village"]
    assert table["weight"].tolist() == [16, 8]
    assert table["covered"].tolist() == [16, 4]
    assert table["covered_share"].tolist() == [1, 0.5]
    assert table["beside_all"].tolist() == pytest.approx([1 - 20 / 24, 0.5 - 20 / 24])
    figures = fairness.measures(plan)
    assert figures[["least_share", "most_share", "max_min_ratio"]].tolist() == [0.5, 1, 2]
    # two groups with 1/2 and 1: half the mean difference over the mean = 1/4 * 1/2 / 3/4
    assert figures["gini_groups"] == pytest.approx(1 / 6)
    # people 16 and 8: Lorenz point (1/3, 1/5), so 1 - (1/15 + 2/3 * 6/5)
    assert figures["gini_people"] == pytest.approx(1 / 3 - 1 / 5)
    mean = 20 / 24
    theil = (16 * (1 / mean) * np.log(1 / mean) + 8 * (0.5 / mean) * np.log(0.5 / mean)) / 24
    assert figures["theil_people"] == pytest.approx(theil)


def test_a_group_with_nothing_and_one_without_people():
    problem = two_towns(weight=[8, 8, 4, 0], group=["town", "town", "village", "empty"])
    figures = fairness.measures(plan_of(problem, [0]))
    assert figures["max_min_ratio"] == np.inf
    assert np.isnan(fairness.of(plan_of(problem, [0])).loc["empty", "covered_share"])
    assert np.isnan(fairness.measures(plan_of(problem, []))["gini_people"])
    # nobody lives in it, so it binds nothing
    assert fairness.at_least(problem, 0.5, 2).status == "optimal"


def test_the_price_by_hand():
    plan = fairness.at_least(two_towns(), None, 2)
    assert plan.objective == 12  # one of the town, one of the village; without the condition 16
    assert plan.status == "optimal"
    assert plan.extra["attainable_share"] == plan.extra["least_share"] == 0.5
    assert plan.extra["price_of_fairness"] == pytest.approx(0.25)
    assert fairness.at_least(two_towns(), 0.0, 2).objective == 16
    none = fairness.at_least(two_towns(), 0.6, 2)
    assert (none.status, none.nearest, none.extra["proved"]) == ("infeasible", {"share": 0.5}, True)
    assert "No plan covers 60.0%" in none.reason
    assert "任何方案" in none.reason_zh
    assert fairness.at_least(two_towns(forced=[0, 1]), 0.1, 1).nearest == {"p": 2}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), share=st.sampled_from([None, 0.3, 0.5, 0.7]))
def test_no_subset_is_fairer_or_covers_more(seed, share):
    rng = np.random.default_rng(seed)
    demand, candidate = np.nonzero(rng.random((12, 7)) < 0.35)
    problem = CoverageProblem.from_arrays(
        demand, candidate, weight=rng.integers(1, 9, 12), candidates=7,
        site_cost=rng.integers(1, 6, 7), existing=[0] if seed % 2 else [],
        group=[None if i == 5 else f"g{i % 3}" for i in range(12)],
    )  # fmt: skip
    free = np.flatnonzero(problem.state == 0)
    found = []
    for size in range(len(free) + 1):
        for new in combinations(free.tolist(), size):
            if problem.cost[list(new)].sum() <= 8:
                chosen = [*np.flatnonzero(problem.state == 1), *new]
                there = covered_by(problem, np.array(chosen, int))
                shares = [problem.weight[there & (problem.group == g)].sum()
                          / problem.weight[problem.group == g].sum() for g in range(3)]  # fmt: skip
                found.append((min(shares), problem.weight[there].sum()))
    attainable = max(least for least, _ in found)
    floor = attainable if share is None else share
    values = [covered for least, covered in found if least >= floor - 1e-9]
    plan = fairness.at_least(problem, share, budget=8)
    assert plan.extra["attainable_share"] == pytest.approx(attainable)
    assert plan.extra["attainable_bound"] >= attainable - 1e-9
    if not values:
        assert plan.status == "infeasible"
        assert plan.extra["proved"]
        assert plan.nearest["share"] == pytest.approx(attainable)
        return
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(max(values))
    best = max(covered for _, covered in found)
    assert plan.extra["price_of_fairness"] == pytest.approx((best - max(values)) / best)
    assert fairness.of(plan)["covered_share"].min() == pytest.approx(plan.extra["least_share"])


def city() -> CoverageProblem:
    rng = np.random.default_rng(5)
    at, site = rng.random((900, 2)), rng.random((90, 2))
    demand, candidate = np.nonzero(np.linalg.norm(at[:, None] - site[None], axis=2) < 0.12)
    return CoverageProblem.from_arrays(demand, candidate, weight=rng.integers(1, 50, 900),
                                       candidates=90, group=[f"g{int(x * 4)}" for x in at[:, 0]])  # fmt: skip


def test_without_a_proof_the_answer_still_keeps_the_share(monkeypatch):
    monkeypatch.setattr("geoplan.siting.layered.rows.SMALL", 0)
    plan, again = (fairness.at_least(city(), 0.3, 12, seed=4, step_limit=300) for _ in "ab")
    assert plan.chosen.tolist() == again.chosen.tolist()
    assert plan.status == "feasible"
    assert fairness.of(plan)["covered_share"].min() >= 0.3
    assert plan.objective <= plan.bound <= 1.2 * plan.objective
    unsure = fairness.at_least(
        city(), plan.extra["attainable_bound"] - 1e-6, 12, seed=4, step_limit=30
    )
    assert unsure.status == "infeasible"
    assert not unsure.extra["proved"]
    assert "未找到" in unsure.reason_zh


@pytest.mark.parametrize("how", [{"time_limit_s": 0}, {"cancelled": lambda: True}])
def test_cut_short_there_is_an_answer(how):
    plan = fairness.at_least(city(), 0.1, 12, **how)
    assert plan.status in {"time_limit", "cancelled"}
    assert fairness.of(plan)["covered_share"].min() >= 0.1


@pytest.mark.parametrize(("more", "said"), [
    ({"share": 1.2, "p": 1}, "share is 1.2"), ({"share": float("nan"), "p": 1}, "share is nan"),
    ({"share": 0.5}, "p or budget"), ({"share": 0.5, "p": -1}, "p is -1"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(InputError, match=said):
        fairness.at_least(two_towns(), **more)


def test_without_groups_nothing_is_fair():
    problem = two_towns(group=None)
    for ask in (
        lambda: fairness.of(plan_of(problem, [0])),
        lambda: fairness.at_least(problem, 0.1, 1),
    ):
        with pytest.raises(InputError, match="groups"):
            ask()
