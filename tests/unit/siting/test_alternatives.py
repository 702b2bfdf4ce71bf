"""Alternatives: all of them where that is said, each within the share, the core what all have."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem
from geoplan.siting import alternatives as module
from geoplan.siting.alternatives import within
from geoplan.siting.plan import Plan, covered_by, nearest_open

SOME = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def plan_of(problem, new, model="mclp", *, bound=None, status="optimal") -> Plan:
    there = np.flatnonzero(problem.state == 1)
    chosen = np.union1d(there, np.asarray(new, np.int64)).astype(np.int64)
    weight = float(problem.weight[covered_by(problem, chosen)].sum())
    cost = float(problem.cost[chosen].sum())
    value = weight if model == "mclp" else cost
    return Plan(problem, model, status, chosen, value, value if bound is None else bound,
                "max" if model == "mclp" else "min", nearest_open(problem, chosen), 0, 0, 0.0)  # fmt: skip


@st.composite
def problems(draw):
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    pairs = draw(st.lists(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)),
                          min_size=1, max_size=22, unique=True))  # fmt: skip
    weight = draw(st.lists(st.integers(0, 9), min_size=rows, max_size=rows))
    weight[pairs[0][0]] += 1
    cost = draw(st.lists(st.integers(0, 5), min_size=columns, max_size=columns))
    kinds = draw(st.lists(st.sampled_from("fffffexn"), min_size=columns, max_size=columns))
    named = {n: [j for j, k in enumerate(kinds) if k == c]
             for n, c in (("existing", "e"), ("forced", "x"), ("forbidden", "n"))}  # fmt: skip
    return CoverageProblem.from_arrays(*np.array(pairs).T, weight=weight, site_cost=cost,
                                       candidates=columns, **named)  # fmt: skip


def free_sets(problem):
    """Free candidates that serve somebody with weight whom no open site serves; all their sets."""
    left = ~covered_by(problem, problem.open) & (problem.weight > 0)
    ptr, demand, _ = problem.by_candidate
    free = [j for j in range(problem.candidates)
            if problem.state[j] == 0 and left[demand[ptr[j]:ptr[j + 1]]].any()]  # fmt: skip
    return free, [frozenset(s) for k in range(len(free) + 1) for s in combinations(free, k)]


def served(problem, sites) -> float:
    chosen = np.union1d(problem.open, np.array(sorted(sites), np.int64)).astype(np.int64)
    return float(problem.weight[covered_by(problem, chosen)].sum())


def names(problem, sites) -> frozenset[str]:
    forced = np.flatnonzero(problem.state == 2)
    return frozenset(problem.candidate_ids[[*forced.tolist(), *sites]].tolist())


def expected(problem, model, share, *, p=None, budget=None):
    """Every minimal cover, or every maximal set within p and budget, within the share."""
    free, sets = free_sets(problem)
    forced = np.flatnonzero(problem.state == 2)
    cost = {s: float(problem.cost[[*forced.tolist(), *s]].sum()) for s in sets}
    if model == "lscp":
        best = served(problem, free)
        covers = [s for s in sets if served(problem, s) == best]
        kept = [s for s in covers if not any(t < s for t in covers)]
        limit = min(cost[s] for s in covers) * (1 + share)
        return {names(problem, s) for s in kept if cost[s] <= limit + 1e-9}
    may = [s for s in sets if (p is None or len(s) + len(forced) <= p)
           and (budget is None or cost[s] <= budget)]  # fmt: skip
    kept = [s for s in may if not any(s < t for t in may)]
    limit = max(served(problem, s) for s in may) * (1 - share)
    return {names(problem, s) for s in kept if served(problem, s) >= limit - 1e-9}


def best_sites(problem, model, *, p=None, budget=None):
    _, sets = free_sets(problem)
    forced = np.flatnonzero(problem.state == 2).tolist()
    if model == "lscp":
        full = max(served(problem, s) for s in sets)
        may = [s for s in sets if served(problem, s) == full]
        return forced + sorted(min(may, key=lambda s: (problem.cost[list(s)].sum(), sorted(s))))
    may = [s for s in sets if (p is None or len(s) + len(forced) <= p)
           and (budget is None or problem.cost[[*forced, *s]].sum() <= budget)]  # fmt: skip
    return forced + sorted(max(may, key=lambda s: (served(problem, s), -len(s))))


def check(found, want, most):
    got = {frozenset(s) for s in found.table["sites"]}
    assert len(got) == len(found.table)
    assert got <= want
    if found.complete:
        assert got == want
    else:
        assert len(got) >= min(most, len(want))
    core = frozenset.intersection(*want)
    assert found.core_proved
    assert frozenset(found.core) == core
    assert set(found.swing) == set().union(*got) - core
    assert found.table["gap_share"].is_monotonic_increasing


@SOME
@given(problems(), st.integers(1, 4), st.sampled_from([0.0, 0.02, 0.3]), st.sampled_from([2, 200]))
def test_of_p_sites_all_that_are_near_enough_are_found(problem, p, share, most):
    p += int((problem.state == 2).sum())
    plan = plan_of(problem, best_sites(problem, "mclp", p=p))
    found = within(plan, share, most, p=p)
    check(found, expected(problem, "mclp", share, p=p), most)
    assert (found.table["objective"] >= found.limit - 1e-6).all()
    assert most == 2 or found.complete


@SOME
@given(problems(), st.integers(0, 12), st.sampled_from([0.0, 0.1, 0.3]), st.sampled_from([2, 200]))
def test_of_a_budget_all_that_are_near_enough_are_found(problem, budget, share, most):
    budget += float(problem.cost[problem.state == 2].sum())
    plan = plan_of(problem, best_sites(problem, "mclp", budget=budget))
    found = within(plan, share, most, budget=budget)
    check(found, expected(problem, "mclp", share, budget=budget), most)
    assert (found.table["cost"] <= budget + 1e-9).all()


@SOME
@given(problems(), st.sampled_from([0.0, 0.2, 1.0]), st.sampled_from([2, 200]))
def test_all_covers_that_are_cheap_enough_are_found(problem, share, most):
    plan = plan_of(problem, best_sites(problem, "lscp"), "lscp")
    check(within(plan, share, most), expected(problem, "lscp", share), most)


@SOME
@given(problems(), st.integers(1, 3), st.sampled_from([0.0, 0.25]))
def test_a_plan_that_is_not_proved_is_proved_first(problem, p, share):
    p += int((problem.state == 2).sum())
    forced = np.flatnonzero(problem.state == 2)
    plan = plan_of(problem, forced, bound=float(problem.weight.sum()), status="feasible")
    found = within(plan, share, 200, p=p)
    check(found, expected(problem, "mclp", share, p=p), 200)
    assert found.bound == pytest.approx(served(problem, best_sites(problem, "mclp", p=p)))


@SOME
@given(problems(), st.integers(1, 4), st.sampled_from([0.0, 0.3]))
def test_swaps_are_within_the_share_and_never_said_to_be_all(problem, p, share):
    p += int((problem.state == 2).sum())
    plan = plan_of(problem, best_sites(problem, "mclp", p=p))
    found = within(plan, share, 50, p=p, exact_pairs=-1)
    assert {frozenset(s) for s in found.table["sites"]} <= expected(problem, "mclp", share, p=p)
    assert not found.complete
    assert not found.core_proved
    assert len(found.table) >= 1
    cover = plan_of(problem, best_sites(problem, "lscp"), "lscp")
    found = within(cover, share, 50, exact_pairs=-1)
    assert {frozenset(s) for s in found.table["sites"]} <= expected(problem, "lscp", share)


def street() -> CoverageProblem:
    """Five places, four sites: a reaches 0 1, b reaches 1 2, c reaches 2 3, d reaches 4 alone."""
    return CoverageProblem.from_arrays(
        [0, 1, 1, 2, 2, 3, 4], [0, 0, 1, 1, 2, 2, 3], weight=[30, 20, 25, 22, 60],
        candidate_ids=list("abcd"),
    )  # fmt: skip


def test_by_hand():
    """Two sites: d with a serves 110, d with c 107, d with b 105; without d at most a and c, 97."""
    found = within(plan_of(street(), [0, 3]), 0.03)
    assert found.table["sites"].tolist() == [("a", "d"), ("c", "d")]
    assert found.table["objective"].tolist() == [110.0, 107.0]
    assert found.table["sites_in"].tolist() == [(), ("c",)]
    assert found.table["sites_out"].tolist() == [(), ("a",)]
    assert found.table["is_plan"].tolist() == [True, False]
    assert (found.core, found.swing, found.complete) == (("d",), ("a", "c"), True)
    assert found.limit == pytest.approx(106.7)
    assert len(within(plan_of(street(), [0, 3]), 5 / 110).table) == 3  # the limit is closed
    assert len(within(plan_of(street(), [0, 3]), 4.9 / 110).table) == 2


def test_swaps_by_hand():
    found = within(plan_of(street(), [0, 3]), 0.05, exact_pairs=0)
    assert found.table["sites"].tolist() == [("a", "d"), ("c", "d"), ("b", "d")]
    assert (found.complete, found.core) == (False, ("d",))


def test_cut_short_is_not_complete():
    found = within(plan_of(street(), [0, 3]), 0.05, time_limit_s=0)
    assert found.table["sites"].tolist() == [("a", "d")]
    assert (found.complete, found.core_proved) == (False, False)
    stopped = within(plan_of(street(), [0, 3]), 0.05, cancelled=lambda: True)
    assert not stopped.complete


def test_ctrl_c_returns_what_was_found(monkeypatch):
    times = []

    def stop(*_args, **_more):
        times.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "minimise", stop)
    found = within(plan_of(street(), [0, 3]), 0.05)
    assert times == [1]
    assert found.table["sites"].tolist() == [("a", "d")]
    assert not found.complete


def test_nothing_to_decide_and_nothing_possible():
    problem = CoverageProblem.from_arrays([0], [0], weight=[3], existing=[0])
    for model in ("mclp", "lscp"):
        found = within(plan_of(problem, [], model))
        assert (found.table["sites"].tolist(), found.complete) == ([()], True)
    none = Plan(problem, "mclp", "infeasible", np.empty(0, np.int64), np.nan, np.nan, "max",
                np.full(1, -1), 0, 0, 0.0)  # fmt: skip
    assert within(none).table.empty


def test_the_same_again():
    one, two = (within(plan_of(street(), [0, 3]), 0.3) for _ in range(2))
    assert one.table.equals(two.table)


@pytest.mark.parametrize(("change", "said"), [
    ({"share": -0.1}, "share"), ({"share": float("nan")}, "share"), ({"most": 0}, "most"),
    ({"time_limit_s": -1.0}, "time_limit_s"),
])  # fmt: skip
def test_wrong_parameters(change, said):
    with pytest.raises(InputError, match=said):
        within(plan_of(street(), [0, 3]), **change)


def test_other_models_have_none():
    with pytest.raises(InputError, match="p_median"):
        within(plan_of(street(), [0, 3], "p_median"))
