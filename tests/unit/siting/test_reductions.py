"""Reductions: by hand, and no best answer is lost."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from geoplan.siting import CoverageProblem
from geoplan.siting.plan import covered_by
from geoplan.siting.reductions import reduce


def test_equal_demands_become_one_and_the_outdone_go():
    # candidate 1 reaches all that 0 reaches; 3 is the twin of 2
    problem = CoverageProblem.from_arrays(
        [0, 0, 1, 1, 2, 3, 3, 5], [0, 1, 0, 1, 1, 2, 3, 1], weight=[1, 2, 4, 8, 16, 32]
    )
    core = reduce(problem)
    assert core.number.tolist() == [1, 2]
    assert core.weight.tolist() == [39, 8]
    assert core.rows[0].tolist() == [0, 1, 2]
    assert core.rows[1].tolist() == [0, 1]
    assert [c.tolist() for c in core.columns] == [[0, 1, 2], [0, 1]]
    assert core.base == 0


def test_what_is_covered_anyway_is_set_aside():
    problem = CoverageProblem.from_arrays(
        [0, 0, 1, 1, 2], [0, 1, 1, 2, 3], weight=[1, 2, 4], existing=[0], forbidden=[3]
    )
    core = reduce(problem)
    assert (core.base, core.number.tolist(), core.weight.tolist()) == (1, [1], [2])
    assert len(reduce(problem, affordable=0.5).number) == 0


def test_a_dearer_candidate_outdoes_none_where_costs_count():
    problem = CoverageProblem.from_arrays([0, 0, 1], [0, 1, 1], weight=[1, 2], site_cost=[1, 2])
    assert reduce(problem).number.tolist() == [1]
    assert reduce(problem, costs=True).number.tolist() == [0, 1]
    twins = CoverageProblem.from_arrays([0, 0], [0, 1], weight=[1], site_cost=[2, 1])
    assert reduce(twins, costs=True).number.tolist() == [1]


def test_groups_stay_apart():
    problem = CoverageProblem.from_arrays(
        [0, 1, 2], [0, 0, 0], weight=[1, 2, 4], group=["a", "b", "a"]
    )
    core = reduce(problem, apart=problem.group)
    assert sorted(zip(core.kind.tolist(), core.weight.tolist(), strict=True)) == [(0, 5), (1, 2)]
    assert reduce(problem).weight.tolist() == [7]


@pytest.mark.parametrize("seed", range(40))
def test_no_best_answer_is_lost(seed):
    rng = np.random.default_rng(seed)
    row, column = rng.integers(0, 15, 40), rng.integers(0, 7, 40)
    cost = rng.integers(1, 4, 7).astype(float)
    problem = CoverageProblem.from_arrays(
        row, column, weight=rng.integers(1, 9, 15), candidates=7, site_cost=cost,
        existing=[6] if seed % 2 else [],
    )  # fmt: skip
    for budget in (2, 3, 5, 7):
        core = reduce(problem, affordable=budget, costs=True)
        whole = best(range(6 if seed % 2 else 7), cost, budget,
                     lambda c: problem.weight[covered_by(problem, np.r_[problem.open, c].astype(int))].sum())  # fmt: skip
        left = best(range(len(core.number)), core.cost, budget,
                    lambda c, core=core: core.base + core.weight[np.asarray(core.matrix[:, list(c)].sum(axis=1)) > 0].sum())  # fmt: skip
        assert left == whole


def best(candidates, cost, budget, value) -> float:
    every = [c for k in range(len(candidates) + 1) for c in combinations(candidates, k)]
    return max(float(value(c)) for c in every if sum(cost[j] for j in c) <= budget)
