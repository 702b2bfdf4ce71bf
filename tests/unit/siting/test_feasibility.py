"""Feasibility: who reaches nothing, by group, and what limit would do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, feasibility


def small(**more) -> CoverageProblem:
    # 0 reaches a (2 min) and b (7), 1 reaches b (9), 2 reaches c (1), 3 nobody
    given = {"demand": [0, 0, 1, 2], "candidate": [0, 1, 1, 2], "minutes": [2, 7, 9, 1],
             "weight": [5, 2, 3, 10], "group": ["west", "west", "east", None]}  # fmt: skip
    return CoverageProblem.from_arrays(**(given | more))


def test_who_reaches_nothing_and_how_many_they_are():
    found = feasibility.report(small())
    assert found.demand.to_dict("index") == {"3": {"weight": 10, "group": None, "within_reach": 0}}
    assert found.whole.to_dict() == {"demands": 4, "weight": 20, "short": 1, "short_weight": 10,
                                     "short_share": 0.5}  # fmt: skip
    assert found.groups["short"].to_dict() == {"east": 0, "west": 0}
    assert not found.feasible


def test_fewer_than_two_and_forbidden_sites_do_not_count():
    found = feasibility.report(small(), k=2)
    assert found.demand["within_reach"].to_dict() == {"1": 1, "2": 1, "3": 0}
    assert found.groups.loc["west"].to_dict() == {"demands": 2, "weight": 7, "short": 1,
                                                  "short_weight": 2, "short_share": 2 / 7}  # fmt: skip
    assert feasibility.report(small(forbidden=[1])).demand.index.tolist() == ["1", "3"]
    assert feasibility.report(small(existing=[1])).demand.index.tolist() == ["3"]


def test_without_groups_and_without_a_lack():
    found = feasibility.report(small(group=None, weight=[5, 2, 3, 0]))
    assert len(found.groups) == 0
    assert found.demand.index.tolist() == ["3"]
    assert found.feasible


def test_the_least_limit_is_the_greatest_way_to_the_nearest():
    assert feasibility.least_radius(small()) == np.inf
    assert feasibility.least_radius(small(weight=[5, 2, 3, 0])) == 9
    assert feasibility.least_radius(small(weight=[5, 0, 3, 0])) == 2
    assert feasibility.least_radius(small(weight=[5, 0, 3, 0], forbidden=[0])) == 7
    minutes = sparse.csr_array(([4.0, 0.0, 6.0], ([0, 0, 1], [0, 1, 1])), shape=(2, 2))
    assert feasibility.least_radius(minutes) == 6
    assert feasibility.least_radius(sparse.csr_array((2, 2))) == np.inf


@given(st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_the_least_limit_reaches_everybody_and_less_does_not(seed):
    rng = np.random.default_rng(seed)
    minutes = rng.integers(1, 30, (8, 5)).astype(float)
    i, j = np.divmod(np.arange(40), 5)
    pairs = {"demand": i, "candidate": j, "minutes": minutes.ravel(), "weight": np.ones(8)}
    least = feasibility.least_radius(CoverageProblem.from_arrays(**pairs))
    assert least == minutes.min(axis=1).max()
    assert feasibility.report(CoverageProblem.from_arrays(**pairs, limit_min=least)).feasible
    assert not feasibility.report(
        CoverageProblem.from_arrays(**pairs, limit_min=least - 0.5)
    ).feasible


@pytest.mark.parametrize("k", [0, -1, 1.5, "2"])
def test_wrong_numbers_are_refused(k):
    with pytest.raises(InputError, match="k is"):
        feasibility.report(small(), k=k)
