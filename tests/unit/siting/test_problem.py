"""The siting problem: pairs in order, wrong input refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.errors import GeoplanError, UnknownIdError
from geoplan.siting import CoverageProblem, solve
from geoplan.siting.plan import covered_by, nearest_open


def small(**more) -> CoverageProblem:
    given = {"demand": [2, 0, 1, 1, 1], "candidate": [1, 0, 1, 0, 0], "minutes": [3, 1, 4, 9, 2],
             "weight": [5, 2, 3]}  # fmt: skip
    return CoverageProblem.from_arrays(**(given | more))


def test_pairs_stand_by_demand_and_of_two_the_nearer_counts():
    problem = small()
    assert problem.ptr.tolist() == [0, 1, 3, 4]
    assert problem.candidate.tolist() == [0, 0, 1, 1]
    assert problem.minutes.tolist() == [1, 2, 4, 3]
    ptr, demand, minutes = problem.by_candidate
    assert (ptr.tolist(), demand.tolist(), minutes.tolist()) == (
        [0, 2, 4],
        [0, 1, 1, 2],
        [1, 2, 4, 3],
    )


def test_what_is_beyond_the_limit_is_out_of_reach():
    problem = small(limit_min=3)
    assert problem.minutes.tolist() == [1, 2, 3]
    assert small(limit_min=0.5).reachable.tolist() == [False] * 3


def test_who_is_covered_and_by_whom():
    problem = small()
    assert covered_by(problem, np.array([0])).tolist() == [True, True, False]
    assert nearest_open(problem, np.array([0, 1])).tolist() == [0, 0, 1]
    assert nearest_open(problem, np.array([], int)).tolist() == [-1] * 3


@pytest.mark.parametrize(("more", "said"), [
    ({"weight": [0, 0, 0]}, "Nobody"), ({"weight": [1, -1, 2]}, "weight is -1"),
    ({"weight": [1, float("nan"), 2]}, "weight is nan"), ({"site_cost": [1, -2]}, "site_cost is -2"),
    ({"site_cost": [1, float("nan")]}, "site_cost is nan"), ({"weight": [1, 2]}, "demand 2"),
    ({"candidates": 1}, "candidate 1"), ({"forced": [0], "forbidden": [0]}, "Candidate 0"),
    ({"candidate_ids": ["a", "a"]}, "twice"), ({"existing": [7]}, "7"), ({"minutes": [1, 2]}, "minutes"),
    ({"minutes": [1, 2, 3, 4, -1]}, "minutes is -1"), ({"group": ["a"]}, "group"),
    ({"capacity": [1, float("nan")]}, "capacity"), ({"weight": ["a", "b", "c"]}, "no number"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(GeoplanError, match=said):
        small(**more)


def test_a_model_nobody_knows():
    with pytest.raises(UnknownIdError, match="mclp"):
        solve(small(), model="mclpp", p=1)


@pytest.mark.parametrize(("more", "said"), [
    ({"p": -1}, "p is -1"), ({"p": 3}, "p is 3"), ({"budget": float("nan")}, "budget is nan"),
    ({"time_limit_s": -1.0}, "time_limit_s is -1"), ({"step_limit": -1}, "step_limit is -1"),
])  # fmt: skip
def test_wrong_parameters_are_refused_by_name(more, said):
    with pytest.raises(GeoplanError, match=said):
        solve(small(), model="lscp", **more)
