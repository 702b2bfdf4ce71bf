"""
Close the gap: deficits vanish exactly, at the least cost of plain HiGHS.

ELD-01: at least 0.1 m2 of land per person. ELD-03: at least 20 m2 of floor per 100 households.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from geoplan.errors import InputError
from geoplan.siting import CoverageProblem, solve
from geoplan.siting.close_gap import Search


def random_problem(seed: int, n: int = 20, m: int = 8, groups: int = 5, **more) -> CoverageProblem:
    rng = np.random.default_rng(seed)
    row, column = np.nonzero(rng.random((n, m)) < 0.15)
    return CoverageProblem.from_arrays(
        row, column, weight=rng.integers(1, 9, n), candidates=m, site_cost=rng.integers(5, 60, m),
        area_m2=np.where(rng.random(m) < 0.1, np.nan, rng.integers(10, 90, m)),
        group=[f"g{i % groups}" for i in range(n)], **more)  # fmt: skip


def oracle(problem: CoverageProblem, need, per_m2, cover: float):
    """Two plain models on a dense table: the least that is left, then the least cost."""
    n, m, g = len(problem), problem.candidates, len(need)
    reach, sees = np.zeros((m, g)), np.zeros((n, m))
    for i in range(n):
        for j in problem.candidate[problem.ptr[i] : problem.ptr[i + 1]]:
            sees[i, j] = reach[j, problem.group[i]] = 1
    area, k = np.nan_to_num(problem.area_m2), m * g
    size = m + k + g + n  # y, u, left, seen
    rules, low, high = (
        [],
        np.zeros(size),
        np.r_[np.ones(m), (reach * area[:, None]).ravel(), need, np.ones(n)],
    )
    low[:m], high[:m] = np.isin(problem.state, [1, 2]), problem.state != 3
    for j in range(m):
        line = np.zeros(size)
        line[m + j * g : m + (j + 1) * g], line[j] = 1, -area[j]
        rules.append(LinearConstraint(line[None], -np.inf, 0))
    for a in range(g):
        line = np.zeros(size)
        line[m + a : m + k : g], line[m + k + a] = 1, 1
        rules.append(LinearConstraint(line[None], need[a], need[a]))
    for i in range(n):
        line = np.zeros(size)
        line[:m], line[m + k + g + i] = -sees[i], 1
        rules.append(LinearConstraint(line[None], -np.inf, 0))
    seen = np.r_[np.zeros(m + k + g), problem.weight][None]
    rules.append(LinearConstraint(seen, cover * problem.weight.sum(), np.inf))
    whole = np.r_[np.ones(m), np.zeros(k + g + n)]
    left = np.r_[np.zeros(m + k), np.ones(g), np.zeros(n)]
    first = milp(left, constraints=rules, bounds=Bounds(low, high), integrality=whole)
    if first.x is None:
        return None
    rules.append(LinearConstraint(left[None], -np.inf, first.fun + 1e-7))
    cost = np.r_[problem.cost, np.repeat(per_m2, g), np.zeros(g + n)]
    found = milp(
        cost,
        constraints=rules,
        bounds=Bounds(low, high),
        integrality=whole,
        options={"mip_rel_gap": 0},
    )
    return first.fun, found.fun


def check(problem, plan, need):
    """Take what the tables say apart again."""
    names = dict(zip(problem.candidate_ids, range(problem.candidates), strict=True))
    take, table = plan.extra["take_m2"], plan.extra["need_m2"]
    given = take.groupby("group")["m2"].sum().reindex(table.index, fill_value=0)
    assert (table["before"] - given).to_numpy() == pytest.approx(
        table["after"].to_numpy(), abs=1e-4
    )
    assert table["before"].tolist() == pytest.approx(list(need))
    for site, m2 in take.groupby("site_id")["m2"].sum().items():
        assert names[site] in plan.chosen
        assert m2 <= problem.area_m2[names[site]] * (1 + 1e-9) + 1e-6
    for site, group in zip(take["site_id"], take["group"], strict=True):
        members = np.flatnonzero(np.array(problem.group_names)[problem.group] == group)
        assert any(
            names[site] in problem.candidate[problem.ptr[i] : problem.ptr[i + 1]] for i in members
        )


def test_the_standards_of_the_plan_by_hand():
    """
    人均用地不少于0.1平方米、每百户不少于20平方米.

    East: 2 000 people with 150 m2 of land need 0.1 x 2000 - 150 = 50 m2 more (ELD-01). West: 250
    households with 30 m2 of floor need 20 x 2.5 - 30 = 20 m2 more (ELD-03, golden case G7). Site a
    (60 m2, 10) and b (20 m2, 3) are for one each, c (70 m2, 12) is for both: c alone costs 12, a
    and b 13.
    """
    need = {"east": 0.1 * 2000 - 150, "west": 20 * 250 / 100 - 30}
    assert need == {"east": 50, "west": 20}
    town = CoverageProblem.from_arrays(
        [0, 1, 0, 1], [0, 1, 2, 2], weight=[2000, 250], site_cost=[10, 3, 12], area_m2=[60, 20, 70],
        candidate_ids=["a", "b", "c"], group=["east", "west"])  # fmt: skip
    plan = solve(town, model="close_gap", need_m2=need)
    assert (plan.status, plan.objective, plan.chosen.tolist()) == ("optimal", 12, [2])
    assert plan.extra["take_m2"].values.tolist() == [["c", "east", 50], ["c", "west", 20]]
    assert plan.extra["need_m2"]["after"].tolist() == [0, 0]
    assert plan.extra["left_m2"].empty
    dear = solve(town, model="close_gap", need_m2=need, cost_per_m2=[0, 0, 0.1])
    assert (dear.objective, dear.chosen.tolist()) == (13, [0, 1])


def test_reach_is_asked_for_together_with_area():
    # site 0 closes the gap of the town for 1, but three in four people reach only site 1
    town = CoverageProblem.from_arrays([0, 1], [0, 1], weight=[1, 3], site_cost=[1, 5], area_m2=[9, 9],
                                       group=["t", "t"])  # fmt: skip
    assert solve(town, model="close_gap", need_m2=[9]).objective == 1
    assert solve(town, model="close_gap", need_m2=[9], cover=0.75).objective == 5
    assert solve(town, model="close_gap", need_m2=[9], cover=0.76).objective == 6
    far = CoverageProblem.from_arrays([0], [0], weight=[1, 3], area_m2=[9], group=["t", "t"])
    plan = solve(far, model="close_gap", need_m2=[9], cover=0.5)
    assert (plan.status, plan.nearest) == ("infeasible", {"cover": 0.25})


def test_what_cannot_be_closed_is_left_with_its_reason():
    town = CoverageProblem.from_arrays(
        [0, 1, 2], [0, 1, 1], weight=[1, 1, 1, 1], candidates=2, site_cost=[4, 6], area_m2=[30, 50],
        group=["few", "both", "more", "none"])  # fmt: skip
    need = {"few": 40, "both": 30, "more": 30, "none": 5}
    plan = solve(town, model="close_gap", need_m2=need)
    left = plan.extra["left_m2"]
    assert (plan.status, plan.objective) == ("optimal", 10)
    assert left["m2"].sum() == pytest.approx(10 + 10 + 5)
    assert left.loc["few", "reason"] == "The candidates in reach offer 30 of 40 m2."
    assert left.loc["none", "reason"] == "No candidate in reach offers any area."
    shared = left.drop(["few", "none"])
    assert set(shared["reason"]) == {"Other groups need the candidates in reach too."}
    assert left["reason_zh"].str.len().min() > 5
    for more in ({"partly": False}, {"at_most_share": 0.2}):
        plan = solve(town, model="close_gap", need_m2=need, **more)
        assert plan.status == "infeasible"
        assert plan.nearest["at_most_share"] == pytest.approx(25 / 105)
    assert solve(town, model="close_gap", need_m2=need, at_most_share=0.25).status == "optimal"


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), tight=st.sampled_from([0.2, 0.6, 1.2]), dear=st.booleans(),
       cover=st.sampled_from([None, 0.5, 0.8]), states=st.booleans())  # fmt: skip
def test_equals_plain_highs(seed, tight, dear, cover, states):
    problem = random_problem(
        seed, **({"existing": [0], "forced": [1], "forbidden": [2]} if states else {})
    )
    rng = np.random.default_rng(seed + 1)
    need = rng.dirichlet(np.ones(5)) * np.nan_to_num(problem.area_m2).sum() * tight
    per_m2 = rng.uniform(0, 1, 8) if dear else np.zeros(8)
    plan = solve(problem, model="close_gap", need_m2=need, cost_per_m2=per_m2, cover=cover)
    best = oracle(problem, need, per_m2, cover or 0.0)
    if best is None:
        assert plan.status == "infeasible"
        assert plan.nearest["cover"] < cover
        return
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(best[1], rel=1e-6, abs=1e-5)
    assert plan.extra["need_m2"]["after"].sum() == pytest.approx(best[0], abs=1e-4)
    if cover:
        assert plan.extra["covered_share"] >= cover - 1e-9
    check(problem, plan, need)


def test_no_time_steps_a_wish_to_stop_and_ctrl_c(monkeypatch):
    problem = random_problem(3, 200, 40, 30)
    need = np.full(30, 12.0)
    best = solve(problem, model="close_gap", need_m2=need)
    assert best.status == "optimal"
    for more, status in (
        ({"time_limit_s": 0}, "time_limit"),
        ({"cancelled": lambda: True}, "cancelled"),
    ):
        plan = solve(problem, model="close_gap", need_m2=need, **more)
        assert plan.status == status
        assert plan.bound <= best.objective <= plan.objective < np.inf
        check(problem, plan, need)

    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "_prove", pressed)
    plan = solve(problem, model="close_gap", need_m2=need)
    assert plan.status == "cancelled"
    check(problem, plan, need)


def test_the_same_seed_gives_the_same_answer():
    problem = random_problem(4, 60, 20, 10)
    plans = [solve(problem, model="close_gap", need_m2=np.full(10, 20.0), seed=5) for _ in range(2)]
    assert plans[0].extra["take_m2"].equals(plans[1].extra["take_m2"])


@pytest.mark.parametrize(("more", "said"), [
    ({"need_m2": {"g9": 3}}, "'g9', which is no group"), ({"need_m2": [1, 2]}, "need_m2 is not 5"),
    ({"need_m2": [1, 2, 3, 4, float("nan")]}, "need_m2 is not"), ({"need_m2": None}, "needs need_m2"),
    ({"cost_per_m2": [1]}, "cost_per_m2 is not 8"), ({"cover": 1.5}, "cover is 1.5"),
    ({"at_most_share": -1}, "at_most_share is -1"), ({"partly": 1}, "partly is 1"), ({"p": 1}, "takes no p"),
    ({"budget": 1.0}, "takes no budget"), ({"left": 1}, "no option 'left'"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(more, said):
    with pytest.raises(InputError, match=said):
        solve(random_problem(1), model="close_gap", **({"need_m2": {"g0": 3}} | more))
