"""The front: complete and nothing dominated, against all subsets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, UnknownIdError
from geoplan.siting import CoverageProblem, pareto
from geoplan.siting.pareto import front
from geoplan.siting.plan import covered_by


def random_problem(seed: int, **more) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    demand, candidate = np.nonzero(rng.random((11, 7)) < 0.35)
    mixed = rng.permutation(7)
    return CoverageProblem.from_arrays(
        demand, candidate, **({
            "weight": rng.integers(1, 9, 11), "candidates": 7,
            "site_cost": rng.integers(1, 9, 7) / 2, "existing": mixed[: rng.integers(0, 2)].tolist(),
            "forced": mixed[2 : 2 + rng.integers(0, 2)].tolist(),
            "group": [f"g{i % 3}" for i in range(11)],
        } | more),
    )  # fmt: skip


def points(problem: CoverageProblem, p: int | None = None) -> list[tuple[float, float, float]]:
    """Return cost, covered and least share of every subset."""
    free = np.flatnonzero((problem.state == 0) | (problem.state == 2))
    must, out = set(np.flatnonzero(problem.state == 2)), []
    for size in range(len(free) + 1 if p is None else p + 1):
        for new in combinations(free.tolist(), size):
            if must <= set(new):
                chosen = np.array([*np.flatnonzero(problem.state == 1), *new], int)
                there = covered_by(problem, chosen)
                shares = [problem.weight[there & (problem.group == g)].sum()
                          / problem.weight[problem.group == g].sum() for g in range(3)]  # fmt: skip
                cost = problem.cost[list(new)].sum()
                out.append((float(cost), float(problem.weight[there].sum()), float(min(shares))))
    return out


def best_of(pairs: list[tuple[float, float]]) -> set[tuple[float, float]]:
    """Return the pairs that no other beats; the first small, the second large."""
    pairs = [(round(a, 9), round(b, 9)) for a, b in pairs]
    return {one for one in pairs
            if not any(a <= one[0] and b >= one[1] and (a, b) != one for a, b in pairs)}  # fmt: skip


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6),
       axes=st.sampled_from([("cost", "covered"), ("cost", "least_group_share"),
                             ("covered", "least_group_share")]))  # fmt: skip
def test_the_front_is_complete_and_nothing_else(seed, axes):
    problem = random_problem(seed)
    limit = {} if "cost" in axes else {"p": 3}
    table = front(problem, axes, **limit)
    where = {"cost": 0, "covered": 1, "least_group_share": 2}
    sign = 1 if "cost" in axes else -1
    a, b = axes if "cost" in axes else axes[::-1]
    truth = best_of(
        [(sign * one[where[a]], one[where[b]]) for one in points(problem, limit.get("p"))]
    )
    found = {(round(sign * x, 9), round(y, 9)) for x, y in zip(table[a], table[b], strict=True)}
    assert table.attrs["complete"]
    assert found == truth
    assert len(table) == len(truth)
    assert (table["gap_share"] < 1e-9).all()
    assert not table["dominated"].any()
    assert table[axes[0]].is_monotonic_increasing or table[axes[0]].is_monotonic_decreasing


def test_some_points_have_bounds_no_subset_beats(monkeypatch):
    monkeypatch.setattr("geoplan.siting.layered.rows.SMALL", 0)
    for seed in range(3):
        problem = random_problem(seed)
        every = points(problem)
        table = front(problem, points=5, step_limit=60)
        again = front(problem, points=5, step_limit=60)
        assert table.equals(again)
        assert not table.attrs["complete"]
        assert table["cost"].is_monotonic_increasing
        assert table["covered"].is_monotonic_increasing
        for row in table.itertuples():
            best = max(covered for cost, covered, _ in every if cost <= row.cost + 1e-9)
            assert row.covered <= best + 1e-9 <= row.bound + 2e-6
        fair = front(problem, ("least_group_share", "covered"), points=4, p=3, step_limit=60)
        for row in fair.itertuples():
            best = max(covered for _, covered, least in points(problem, 3)
                       if least >= row.least_group_share - 1e-9)  # fmt: skip
            assert row.covered <= best + 1e-9 <= row.bound + 2e-6


def test_by_hand():
    # sites 1, 2, 4 cost as much; they cover 5, 6, 6 of their own
    problem = CoverageProblem.from_arrays([0, 1, 2], [0, 1, 2], weight=[5, 6, 6], site_cost=[1, 2, 4],
                                          candidate_ids=["a", "b", "c"])  # fmt: skip
    table = front(problem)
    assert table["cost"].tolist() == [0, 1, 2, 3, 6, 7]
    assert table["covered"].tolist() == [0, 5, 6, 11, 12, 17]
    assert table["site_ids"].tolist() == [
        (),
        ("a",),
        ("b",),
        ("a", "b"),
        ("b", "c"),
        ("a", "b", "c"),
    ]
    assert table["least_group_share"].isna().all()
    assert front(problem, budget=2)["covered"].tolist() == [0, 5, 6]
    assert front(problem, points=1)["covered"].tolist() == [0, 17]  # both ends
    assert table.attrs["resolution"] == 1


def test_odd_costs_have_no_common_unit():
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[5, 6], site_cost=[np.pi, np.e])
    table = front(problem)
    assert table["covered"].tolist() == [0, 6, 11]
    assert 0 < table.attrs["resolution"] < 1e-5


def test_what_is_forced_does_not_fit():
    problem = CoverageProblem.from_arrays([0], [0], weight=[5], site_cost=[3], forced=[0])
    table = front(problem, budget=2)
    assert table.empty
    assert not table.attrs["complete"]
    assert front(problem, budget=3)["covered"].tolist() == [5]


@pytest.mark.parametrize("how", [{"time_limit_s": 0}, {"cancelled": lambda: True}])
@pytest.mark.parametrize("axes", [("cost", "covered"), ("covered", "least_group_share")])
def test_cut_short_there_is_a_point_and_it_does_not_claim_more(how, axes):
    table = front(random_problem(3), axes, **how, **({} if "cost" in axes else {"p": 3}))
    assert len(table) >= 1
    assert not table.attrs["complete"]
    assert table.attrs["cut"] in {"time_limit", "cancelled"}


def test_ctrl_c_keeps_the_points_so_far(monkeypatch):
    again, calls = pareto._Levels._again, []

    def pressed(self, cover, one):
        calls.append(one)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return again(self, cover, one)

    monkeypatch.setattr(pareto._Levels, "_again", pressed)
    table = front(random_problem(3))
    assert len(table) == 2
    assert not table.attrs["complete"]
    assert table.attrs["cut"] == "cancelled"


@pytest.mark.parametrize(("more", "said"), [
    ({"axes": ("cost",)}, "axes"), ({"axes": ("cost", "cost")}, "axes"), ({"points": 0}, "points is 0"),
    ({"p": 2}, "p limits"), ({"budget": -1}, "budget is -1"),
    ({"axes": ("covered", "least_group_share")}, "p or budget"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(InputError, match=said):
        front(random_problem(1), **more)


def test_an_axis_nobody_knows_and_groups_that_are_not_there():
    with pytest.raises(UnknownIdError, match="covered"):
        front(random_problem(1), ("cost", "coverage"))
    with pytest.raises(InputError, match="groups"):
        front(random_problem(1, group=None), ("cost", "least_group_share"))
