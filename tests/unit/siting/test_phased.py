"""Phases: the best nested plan, against every order of opening."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, UnknownIdError
from geoplan.siting import CoverageProblem, phased


def random_problem(seed: int, demands: int = 10, candidates: int = 6) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    demand, candidate = np.nonzero(rng.random((demands, candidates)) < 0.35)
    mixed = rng.permutation(candidates)
    return CoverageProblem.from_arrays(
        demand, candidate, weight=rng.integers(1, 9, demands), candidates=candidates,
        site_cost=rng.integers(1, 6, candidates), existing=mixed[: rng.integers(0, 2)].tolist(),
        forced=mixed[2 : 2 + rng.integers(0, 2)].tolist(),
        forbidden=mixed[4 : 4 + rng.integers(0, 2)].tolist(),
    )  # fmt: skip


def reach(problem: CoverageProblem, chosen: set[int], weight: np.ndarray) -> float:
    rows_ = [problem.candidate[problem.ptr[i] : problem.ptr[i + 1]] for i in range(len(problem))]
    return float(sum(w for w, r in zip(weight, rows_, strict=True) if chosen & set(r.tolist())))


def best_order(problem, limits, weights, factors, cost) -> float:
    """Return the best sum over all years each candidate may open in, or never."""
    last, best = len(limits), -1.0
    states = [[-1] if s == 1 else [last] if s == 3 else list(range(last + (s == 0)))
              for s in problem.state.tolist()]  # fmt: skip
    for opened in product(*states):
        new = [[j for j, t in enumerate(opened) if 0 <= t <= year] for year in range(last)]
        if any(cost[n].sum() > m + 1e-9 for n, m in zip(new, limits, strict=True)):
            continue
        value = sum(
            f * reach(problem, {j for j, t in enumerate(opened) if t <= year}, w)
            for year, (f, w) in enumerate(zip(factors, weights, strict=True))
        )
        best = max(best, value)
    return best


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), by=st.sampled_from(["sites", "budget"]))
def test_no_order_of_opening_is_better(seed, by):
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    later = rng.integers(0, 9, len(problem))
    amounts = [1, 1] if by == "sites" else rng.integers(0, 5, 2).tolist()
    cost = np.ones(problem.candidates) if by == "sites" else problem.cost
    found = phased.plan(problem, list(zip((2025, 2030), amounts, strict=True)), by=by,
                        weights={2030: later}, discount=0.03)  # fmt: skip
    factors = (1.0, 0.97**5)
    best = best_order(problem, np.cumsum(amounts), [problem.weight, later], factors, cost)
    if best < 0:
        assert found.status == "infeasible"
        return
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    first, second = found.plans
    assert set(first.chosen) <= set(second.chosen)
    assert set(np.flatnonzero(problem.state == 2)) <= set(second.chosen)
    assert found.objective == pytest.approx(np.dot(factors, [first.objective, second.objective]))
    assert first.objective == first.covered <= first.bound + 1e-9


def line() -> CoverageProblem:
    """Return five places; site 0 reaches 0-1, 1 reaches 1-3, 2 reaches 3-4."""
    return CoverageProblem.from_arrays([0, 1, 1, 2, 3, 3, 4], [0, 0, 1, 1, 1, 2, 2],
                                       weight=[4, 3, 3, 3, 4])  # fmt: skip


def test_hand_made():
    # 2025: site 1 covers 3 + 3 + 3 = 9, more than 7; with two more years 0 and 2 the other 8
    found = phased.plan(line(), [(2025, 1), (2030, 1), (2035, 1)])
    assert [p.objective for p in found.plans] == [9, 13, 17]
    assert found.objective == 39
    sites = found.sites()
    assert sites["year"].tolist() == [2025, 2030, 2035]
    assert sites.index[0] == "1"
    assert sites["gain"].tolist() == [9, 4, 4]
    table = found.phases()
    assert table["new"].tolist() == [1, 1, 1]
    assert table["limit"].tolist() == [1, 2, 3]
    # two sites alone would cover 0, 1, 3, 4: 14 in 2030; nesting costs one
    assert table["bound"].tolist() == [9, 14, 17]
    assert found.gap_share == 0


def test_what_is_not_spent_is_kept():
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[1, 9], site_cost=[2, 4])
    found = phased.plan(problem, [(2025, 2), (2026, 2)], by="budget")
    assert found.sites().index.tolist() == ["1"]  # 0 + 9 is more than 1 + 1
    assert found.sites()["year"].tolist() == [2026]


def test_what_is_forced_opens_by_the_last_year():
    problem = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[1, 9], forced=[0])
    found = phased.plan(problem, [(2025, 1), (2030, 1)])
    assert found.sites().index.tolist() == ["1", "0"]
    assert found.plans[0].problem.state.tolist() == [0, 0]
    assert found.plans[1].sites()["state"].tolist() == ["forced", "new"]
    none = phased.plan(problem, [(2025, 0)])
    assert (none.status, none.nearest) == ("infeasible", {"p": 1.0})
    assert none.reason
    assert none.reason_zh
    assert np.isnan(none.gap_share)
    assert none.sites().empty
    assert none.phases().empty


def city(demands: int = 1200, candidates: int = 120) -> CoverageProblem:
    rng = np.random.default_rng(5)
    at, site = rng.random((demands, 2)), rng.random((candidates, 2))
    demand, candidate = np.nonzero(np.linalg.norm(at[:, None] - site[None], axis=2) < 0.12)
    return CoverageProblem.from_arrays(demand, candidate, weight=rng.integers(1, 50, demands),
                                       candidates=candidates)  # fmt: skip


def test_a_large_problem_has_a_bound_and_the_same_answer_twice(monkeypatch):
    monkeypatch.setattr("geoplan.siting.layered.rows.SMALL", 0)
    steps = [(2025, 4), (2030, 4), (2035, 4)]
    found, again = (phased.plan(city(), steps, seed=1, step_limit=200) for _ in "ab")
    assert [p.chosen.tolist() for p in found.plans] == [p.chosen.tolist() for p in again.plans]
    assert found.objective <= found.bound <= 1.05 * found.objective
    assert found.steps == again.steps <= 200
    for before, after in zip(found.plans, found.plans[1:], strict=False):
        assert set(before.chosen) <= set(after.chosen)
    longer = phased.plan(city(), steps, seed=1, step_limit=400)
    assert longer.objective >= found.objective


def test_more_sites_never_cover_less():
    problem, before = random_problem(8, 25, 12), 0.0
    for sites in range(5):
        now = phased.plan(problem, [(2025, 1), (2030, sites)]).objective
        assert not now < before
        before = now if now == now else before  # noqa: PLR0124


@pytest.mark.parametrize("how", [{"time_limit_s": 0}, {"cancelled": lambda: True}])
def test_cut_short_there_is_an_answer(how):
    found = phased.plan(city(), [(2025, 3), (2030, 3)], **how)
    assert found.status in {"time_limit", "cancelled"}
    assert [len(p.new) for p in found.plans] == [3, 6]
    assert found.objective <= found.bound < np.inf


@pytest.mark.parametrize(("more", "said"), [
    ({"steps": []}, "steps"), ({"steps": [(2030, 1), (2025, 1)]}, "steps"), ({"steps": [3, 4]}, "steps"),
    ({"steps": [(2025, -1)]}, r"steps\[2025\]"), ({"steps": [(2025, 1.5)]}, r"steps\[2025\]"),
    ({"steps": [(2025, 2), (2030, 2)]}, r"sum\(steps\)"), ({"discount": 1.0}, "discount"),
    ({"steps": [(2025, float("nan"))], "by": "budget"}, r"steps\[2025\]"),
    ({"weights": {2031: [1] * 5}}, "2031"), ({"weights": {2025: [1]}}, "weights of 2025"),
    ({"weights": {2025: [1, 1, 1, 1, float("nan")]}}, "weights of 2025"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(InputError, match=said):
        phased.plan(line(), **({"steps": [(2025, 1)]} | more))


@pytest.mark.parametrize("more", [{"model": "lscp"}, {"by": "money"}])
def test_names_nobody_knows(more):
    with pytest.raises(UnknownIdError):
        phased.plan(line(), [(2025, 1)], **more)
