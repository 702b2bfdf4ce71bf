"""Reasons: counted by hand, and against what happens when a site really is taken away."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geoplan.errors import InputError, UnknownIdError
from geoplan.siting import CoverageProblem, reasons, texts
from geoplan.siting.alternatives import within
from geoplan.siting.candidates import Candidates
from geoplan.siting.plan import Plan, covered_by, nearest_open

SOME = settings(max_examples=30)


def plan_of(problem, new, model="mclp") -> Plan:
    there = np.flatnonzero(problem.state == 1)
    chosen = np.union1d(there, np.asarray(new, np.int64)).astype(np.int64)
    value = served(problem, new) if model == "mclp" else float(problem.cost[chosen].sum())
    return Plan(problem, model, "optimal", chosen, value, value, "max" if model == "mclp" else "min",
                nearest_open(problem, chosen), 0, 0, 0.0)  # fmt: skip


def served(problem, new) -> float:
    chosen = np.union1d(np.flatnonzero(problem.state == 1), np.array(sorted(new), np.int64))
    return float(problem.weight[covered_by(problem, chosen.astype(np.int64))].sum())


def free(problem, new) -> list[int]:
    return [j for j in range(problem.candidates) if problem.state[j] in {0, 2} and j not in new]


@st.composite
def problems(draw, kinds="ffffffexn"):
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 7))
    pairs = draw(st.lists(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)),
                          min_size=1, max_size=30, unique=True))  # fmt: skip
    weight = draw(st.lists(st.integers(0, 9), min_size=rows, max_size=rows))
    weight[pairs[0][0]] += 1
    cost = draw(st.lists(st.integers(0, 5), min_size=columns, max_size=columns))
    minutes = draw(st.lists(st.integers(0, 15), min_size=len(pairs), max_size=len(pairs)))
    states = draw(st.lists(st.sampled_from(kinds), min_size=columns, max_size=columns))
    named = {n: [j for j, k in enumerate(states) if k == c]
             for n, c in (("existing", "e"), ("forced", "x"), ("forbidden", "n"))}  # fmt: skip
    return CoverageProblem.from_arrays(*np.array(pairs).T, minutes, weight=weight, site_cost=cost,
                                       candidates=columns, **named)  # fmt: skip


@st.composite
def plans(draw, model="mclp"):
    problem = draw(problems())
    may = [j for j in range(problem.candidates) if problem.state[j] == 0]
    some = draw(st.lists(st.sampled_from(may), unique=True)) if may else []
    if model == "lscp":
        some = may
    return plan_of(problem, [*np.flatnonzero(problem.state == 2).tolist(), *some], model)


def street() -> CoverageProblem:
    """Five places, four sites: a reaches 0 1, b reaches 1 2, c reaches 2 3, d reaches 4 alone."""
    return CoverageProblem.from_arrays(
        [0, 1, 1, 2, 2, 3, 4], [0, 0, 1, 1, 2, 2, 3], [5, 9, 4, 6, 8, 3, 7],
        weight=[30, 20, 25, 22, 60], candidate_ids=list("abcd"), site_cost=[4, 2, 3, 9],
        group=["n", "n", "s", "s", "s"],
    )  # fmt: skip


# one site


def test_sites_by_hand():
    """a and b are open: 75 of 157. a adds 50 first, b then 25; only a serves 30, only b 25."""
    table = reasons.of_sites(plan_of(street(), [0, 1]), clause="ELD-06")
    assert table.index.tolist() == ["a", "b"]
    assert table["order"].tolist() == [1, 2]
    assert table["gain"].tolist() == [50, 25]
    assert table["reach"].tolist() == [50, 45]
    assert table["only"].tolist() == table["loss"].tolist() == [30, 25]
    # in place of a: d serves 60 more; in place of b: c gives back 25 and 22 new, d 60
    assert table["replacement"].tolist() == ["d", "d"]
    assert table["replacement_loss"].tolist() == [-30, -35]
    assert table["replacement_cost"].tolist() == [5, 7]
    assert table["clause"].tolist() == ["ELD-06", "ELD-06"]
    # 6 are spent of 7: 5 are left for a's place, 3 for b's: c fits in both
    poor = reasons.of_sites(plan_of(street(), [0, 1]), budget=7, clause={"b": "ELD-08"})
    assert poor["replacement"].tolist() == ["c", "c"]
    assert poor["replacement_loss"].tolist() == [30 - 22, 25 - 47]
    assert poor["clause"].tolist() == ["", "ELD-08"]


@SOME
@given(plans())
def test_without_a_site_and_with_another_in_its_place(plan):
    problem, new = plan.problem, plan.new.tolist()
    table = reasons.of_sites(plan)
    number = {str(i): n for n, i in enumerate(problem.candidate_ids)}
    assert sorted(number[i] for i in table.index) == sorted(new)
    before = []
    for name, row in table.iterrows():
        j = number[name]
        rest = [k for k in new if k != j]
        assert row["loss"] == row["only"] == plan.covered - served(problem, rest)
        gain = {k: served(problem, [*before, k]) - served(problem, before)
                for k in new if k not in before}  # fmt: skip
        assert row["gain"] == gain[j] == max(gain.values())
        before.append(j)
        others = {r: plan.covered - served(problem, [*rest, r]) for r in free(problem, new)}
        if others:
            assert row["replacement_loss"] == min(others.values())
            best = number[row["replacement"]]
            assert others[best] == min(others.values())
            cheap = min(problem.cost[r] for r, v in others.items() if v == others[best])
            assert problem.cost[best] == cheap
            assert row["replacement_cost"] == problem.cost[best] - problem.cost[j]
        else:
            assert row["replacement"] is None
            assert np.isnan(row["replacement_loss"])
    assert table["gain"].sum() == plan.covered - served(problem, [])


# the curve


def best_of(problem, amount, price) -> float:
    forced = [j for j in range(problem.candidates) if problem.state[j] == 2]
    may = [j for j in range(problem.candidates) if problem.state[j] == 0]
    values = [served(problem, [*forced, *s]) for k in range(len(may) + 1)
              for s in combinations(may, k) if price[[*forced, *s]].sum() <= amount]  # fmt: skip
    return max(values, default=np.nan)


@SOME
@given(problems(), st.integers(0, 8), st.booleans())
def test_the_band_holds_the_best(problem, upto, by_count):
    steps = upto if by_count else np.arange(0, upto + 1.0, 1.5).tolist()
    table = reasons.curve(problem, steps, model="greedy")
    price = np.ones(problem.candidates) if by_count else problem.cost
    for amount, row in table.iterrows():
        best = best_of(problem, amount, price)
        if np.isnan(best):
            assert row["status"] == "infeasible"
            assert np.isnan([row["covered"], row["bound"], row["gain"]]).all()
            continue
        assert row["covered"] <= best <= row["bound"] + 1e-9
        numbers = [problem.candidate_ids.tolist().index(i) for i in row["sites"]]
        assert row["covered"] == served(problem, numbers)
        assert price[numbers].sum() <= amount + 1e-9
        assert row["cost"] == problem.cost[numbers].sum()
        assert row["status"] != "optimal" or row["covered"] == pytest.approx(best)
        if not np.isnan(row["gain"]):
            assert 0 <= row["gain"] <= row["gain_most"] + 1e-9
    assert table["covered"].dropna().is_monotonic_increasing
    assert table["bound"].dropna().is_monotonic_increasing


def test_the_curve_by_hand():
    """d 60, then a 50, then c 47, then nobody is left: each step is the best there is."""
    table = reasons.curve(street(), 4, model="greedy")
    assert table["covered"].tolist() == [0, 60, 110, 157, 157]
    assert table["gain"].tolist()[1:] == [60, 50, 47, 0]
    assert table["sites"].tolist() == [(), ("d",), ("a", "d"), ("a", "c", "d"), ("a", "c", "d")]
    assert table["status"].tolist() == ["optimal"] * 5
    assert table["covered_share"].iloc[3] == 1.0
    # of 3: b for 2 serves 45, c for 3 serves 47; b is the better buy, so the band stays open
    money = reasons.curve(street(), [0, 3, 6.5], model="greedy")
    assert money.index.name == "budget"
    assert money["covered"].tolist() == [0, 45, 75]
    assert (money["bound"] >= [0, 47, 92]).all()


def test_a_curve_of_a_model():
    pytest.importorskip("geoplan.siting.max_cover")
    table = reasons.curve(street(), [0, 3, 6.5, 7])
    assert table["covered"].tolist() == [0, 47, 75, 97]
    assert table["status"].tolist() == ["optimal"] * 4
    assert reasons.curve(street(), 9)["covered"].tolist() == [0, 60, 110] + [157] * 7


@pytest.mark.parametrize("upto", [[], [3, 2], [-1, 2], [float("nan")], -1])
def test_steps_that_do_not_rise(upto):
    with pytest.raises(InputError, match="upto"):
        reasons.curve(street(), upto, model="greedy")
    with pytest.raises(InputError, match="p_median"):
        reasons.curve(street(), 2, model="p_median")


# prices


def lp(problem, model, amount=None, more=None):
    """The relaxation, dense; ``more`` is what each row asks or is given beside."""
    rows, free_ones = len(problem), problem.usable
    reach = np.zeros((rows, problem.candidates))
    reach[np.repeat(np.arange(rows), np.diff(problem.ptr)), problem.candidate] = 1
    reach[:, ~free_ones] = 0
    low = (problem.state == 1) | (problem.state == 2)
    bounds = [(float(b), 1) for b in low]
    if model == "lscp":
        need = np.where((reach.sum(1) > 0) & (problem.weight > 0), 1.0, 0.0)
        return linprog(problem.cost, A_ub=-reach, b_ub=-(need - more), bounds=bounds).fun
    limit = np.r_[np.where(problem.state == 1, 0.0, 1.0), np.zeros(rows)]
    matrix = np.vstack([np.hstack([-reach, np.eye(rows)]), limit])
    return -linprog(np.r_[np.zeros(problem.candidates), -problem.weight], A_ub=matrix,
                    b_ub=np.r_[more, amount], bounds=bounds + [(0, 1)] * rows).fun  # fmt: skip


def test_prices_by_hand():
    """
    To serve all, a (4), c (3) and d (9) are needed; b is not.

    Place 0 has only a, place 3 only c, place 4 only d: they bear it, and the rest is free; or
    places 1 and 2 bear up to b's 2 between them. In all 16.
    """
    plan = plan_of(street(), [0, 2, 3], "lscp")
    table = reasons.prices(plan)
    assert table["price"].sum() == pytest.approx(16)
    assert table["price"].iloc[4] == pytest.approx(9)
    assert table["price"].iloc[[1, 2]].sum() <= 2 + 1e-9
    assert set(table["method"]) == {"lp"}
    with pytest.raises(InputError, match="p_median"):
        reasons.prices(plan_of(street(), [0], "p_median"))


@SOME
@given(plans("lscp"))
def test_prices_of_a_cover_sum_to_the_bound_of_its_relaxation(plan):
    table = reasons.prices(plan)
    problem = plan.problem
    forced = float(problem.cost[problem.state == 2].sum())
    assert table["price"].sum() + forced == pytest.approx(
        lp(problem, "lscp", more=np.zeros(len(problem))), abs=1e-7
    )
    ptr, demand, _ = problem.by_candidate
    for j in np.flatnonzero(problem.state == 0):  # no site is worth more than it costs
        assert (
            table["price"].to_numpy()[demand[ptr[j] : ptr[j + 1]]].sum() <= problem.cost[j] + 1e-7
        )


@SOME
@given(plans())
def test_a_price_is_a_rate_at_the_margin(plan):
    """Raising one row of the relaxation by t gains at most t times its price (concavity)."""
    problem = plan.problem
    table = reasons.prices(plan)
    base = lp(problem, "mclp", len(plan.new), np.zeros(len(problem)))
    for i in range(len(problem)):
        more = np.zeros(len(problem))
        more[i] = 0.25
        if table["method"].iloc[i] == "lp":
            gain = lp(problem, "mclp", len(plan.new), more) - base
            assert gain <= 0.25 * table["price"].iloc[i] + 1e-7
            assert -1e-9 <= table["price"].iloc[i] <= problem.weight[i] + 1e-9
        else:
            assert table["price"].iloc[i] == 0


@pytest.mark.parametrize("model", ["lscp", "mclp"])
def test_stepped_prices_come_near_those_of_the_program(model):
    rng = np.random.default_rng(5)
    row, column = np.nonzero(rng.random((150, 25)) < 0.12)
    problem = CoverageProblem.from_arrays(row, column, weight=rng.integers(1, 50, 150), candidates=25,
                                          site_cost=rng.integers(3, 9, 25))  # fmt: skip
    plan = plan_of(problem, range(25) if model == "lscp" else range(6), model)

    def bound(table) -> float:
        """What the prices prove."""
        ptr, demand, _ = problem.by_candidate
        price = table["price"].to_numpy()
        income = np.array([price[demand[ptr[j] : ptr[j + 1]]].sum() for j in range(25)])
        if model == "lscp":
            return price.sum() - np.maximum(income - problem.cost, 0).sum()
        served_at_all = problem.reachable
        return (problem.weight - price)[served_at_all].sum() + np.sort(income)[-6:].sum()

    exact, near = reasons.prices(plan), reasons.prices(plan, most_pairs=0)
    assert set(near["method"]) <= {"lagrange", "open"}
    assert bound(near) == pytest.approx(bound(exact), rel=0.02)
    assert (bound(near) <= bound(exact) + 1e-6) == (model == "lscp") or bound(near) == bound(exact)


# why not


def test_why_not_by_hand():
    """b in place of the less useful of a (30 alone) and d (60): 105 instead of 110."""
    plan = plan_of(street(), [0, 3])
    said = reasons.why_not(plan, "b")
    assert (said["verdict"], said["reach"], said["new"]) == ("free", 45, 25)
    assert said["served_by"] == {"a": 20}
    assert (said["out"], said["into"]) == (["a"], ["b"])
    assert (said["covered"], said["covered_change"], said["cost_change"]) == (105, -5, -2)
    assert np.isnan(said["bound"])
    rich = reasons.why_not(plan, "b", budget=15)  # 4 + 9 + 2
    assert (rich["out"], rich["covered"]) == ([], 135)
    assert reasons.why_not(plan, "a")["verdict"] == "chosen"
    with pytest.raises(UnknownIdError, match="zz"):
        reasons.why_not(plan, "zz")


def test_why_not_a_rejected_site():
    rejected = pd.DataFrame({"site_id": ["q", "q", "b"], "reason_zh": ["地下", "有隐患", "地下"],
                             "reason_en": ["below ground", "hazard", "below ground"]})  # fmt: skip
    plan = plan_of(street(), [0, 3])
    assert reasons.why_not(plan, "q", rejected=rejected) == {
        "site_id": "q", "verdict": "rejected", "reasons_zh": "地下；有隐患",
        "reasons_en": "below ground; hazard",
    }  # fmt: skip
    assert reasons.why_not(plan, "b", rejected=rejected)["verdict"] == "rejected"
    assert reasons.why_not(plan, "c", rejected=rejected)["verdict"] == "free"


def test_why_not_with_another_answer():
    plan = plan_of(street(), [0, 3])

    def again(problem):
        assert problem.state.tolist() == [0, 0, 2, 0]
        return plan_of(problem, [2, 3])

    said = reasons.why_not(plan, "c", again=again)
    assert (said["out"], said["into"], said["bound"]) == (["a"], ["c"], 107)


@SOME
@given(plans())
def test_no_single_swap_is_better_than_the_one_said(plan):
    problem, new = plan.problem, plan.new.tolist()
    for j in free(problem, new):
        said = reasons.why_not(plan, str(j))
        keep = [k for k in new if problem.state[k] == 0]
        want = max(
            (served(problem, [j, *(k for k in new if k != out)]) for out in keep), default=None
        )
        if want is not None:
            assert said["covered"] == want
        assert said["new"] == served(problem, [*new, j]) - plan.covered
        assert said["covered_change"] == said["covered"] - plan.covered


@SOME
@given(plans("lscp"), st.integers(0, 6))
def test_a_cover_with_one_more_still_covers_without_needless_sites(plan, pick):
    problem = plan.problem
    options = free(problem, plan.new.tolist()) + np.flatnonzero(problem.state == 3).tolist()
    if not options:
        return
    said = reasons.why_not(plan, str(options[pick % len(options)]))
    assert said["covered_change"] >= 0
    left = [problem.candidate_ids.tolist().index(i) for i in said["into"]]
    after = sorted({*plan.new.tolist(), *left}
                   - {problem.candidate_ids.tolist().index(i) for i in said["out"]})  # fmt: skip
    assert served(problem, after) == said["covered"]


# who gains


def test_gains_by_hand():
    """From b to c: place 1 (n, 20) loses, place 3 (s, 22) gains, place 2 (s, 25) goes 8 not 6."""
    table = reasons.gains(street(), [1], [2]).set_index("group")
    assert table["newly"].to_dict() == {"n": 0, "s": 22}
    assert table["lost"].to_dict() == {"n": 20, "s": 0}
    assert table["farther"].to_dict() == {"n": 0, "s": 25}
    assert table["nearer"].to_dict() == {"n": 0, "s": 0}
    assert table.loc["s", ["minutes_before", "minutes_after"]].tolist() == [6, 8]
    assert np.isnan(table.loc["n", "minutes_before"])
    ages = reasons.gains(street(), [1], [2], by=["x", "x", None, "x", "x"],
                         people={"60-79": [1, 2, 3, 4, 5], "80+": [0, 1, 0, 1, None]})  # fmt: skip
    assert ages["group"].tolist() == ["", "", "x", "x"]
    assert ages["people"].tolist() == ["60-79", "80+"] * 2
    assert ages["newly"].tolist() == [0, 0, 4, 1]
    assert ages["total"].tolist() == [3, 0, 12, 2]
    with pytest.raises(InputError, match="by"):
        reasons.gains(street(), [1], [2], by=["x"])


@SOME
@given(problems(), st.data())
def test_gains_add_up(problem, data):
    may = np.flatnonzero(problem.state != 3).tolist()
    one, two = (data.draw(st.lists(st.sampled_from(may), unique=True)) if may else [] for _ in "ab")
    by = [str(i % 3) for i in range(len(problem))]
    table = reasons.gains(problem, np.array(one, int), np.array(two, int), by=by)
    whole = reasons.gains(problem, np.array(one, int), np.array(two, int)).iloc[0]
    assert (table["covered_before"] + table["newly"] - table["lost"]).tolist() == (
        table["covered_after"].tolist()
    )
    for name in ("total", "covered_before", "covered_after", "newly", "lost", "nearer", "farther"):
        assert table[name].sum() == whole[name]
    assert whole["covered_before"] == served(problem, one)
    assert whole["covered_after"] == served(problem, two)
    assert whole["total"] == problem.weight.sum()


# stability


def test_stability_by_hand():
    problem = street()
    table = reasons.stability(
        plan_of(problem, [0, 3]),
        [plan_of(problem, s) for s in ([0, 3], [2, 3], [1, 3], [2])],
    )
    assert table.index.tolist() == ["d", "a", "c", "b"]
    assert table["times"].tolist() == [3, 1, 2, 1]
    assert table["share"].tolist() == [0.75, 0.25, 0.5, 0.25]
    assert table["chosen"].tolist() == [True, True, False, False]
    assert reasons.stability(plan_of(problem, [0]), [])["share"].tolist() == [0.0]


# what is said of it, word for word


def test_sites_in_words():
    table = reasons.of_sites(plan_of(street(), [0, 3]), clause={"a": "ELD-06"})
    assert "\n".join(texts.summary(table)) == (
        "选址 d：新增覆盖 60 位老人，其中 60 位老人只有它能覆盖；去掉它损失 60 位老人；"
        "最好的替代是 c，少覆盖 13 位老人，费用减少 6。\n"
        "选址 a：新增覆盖 50 位老人，其中 50 位老人只有它能覆盖；去掉它损失 50 位老人；"
        "最好的替代是 c，少覆盖 3 位老人，费用减少 1；对应条款 ELD-06。"
    )
    assert texts.summary(table, "en")[1] == (
        "Site a: adds 50 elders; 50 elders reach no other open site; without it 50 elders are lost; "
        "the best in its place is c, which loses 3 elders and costs 1 less; rule ELD-06."
    )
    alone = plan_of(CoverageProblem.from_arrays([0], [0], weight=[12345]), [0])
    assert texts.summary(reasons.of_sites(alone), people=texts.People("户", "households")) == [
        "选址 0：新增覆盖 12,345 户，其中 12,345 户只有它能覆盖；去掉它损失 12,345 户；没有可替代的备选点。"
    ]


def test_a_curve_in_words():
    table = reasons.curve(street(), 2, model="greedy")
    assert texts.curve(table) == [
        "新建 0 处：覆盖 0 位老人（0%），已证明最优。",
        "新建 1 处：覆盖 60 位老人（38.2%），比上一档多 60 位老人，已证明最优。",
        "新建 2 处：覆盖 110 位老人（70.1%），比上一档多 50 位老人，已证明最优。",
    ]
    money = reasons.curve(street(), [3], model="greedy")
    assert money["bound"].iloc[0] == pytest.approx(45 + 47 / 3)  # b, and a third of what c costs
    assert texts.curve(money, "en") == ["A budget of 3: 45 elders (28.7%), at most 60.7."]
    # fewer than all are never all
    money["covered_share"] = 0.9999
    assert "99.9%" in texts.curve(money)[0]


def test_why_not_in_words():
    plan = plan_of(street(), [0, 3])
    assert texts.why_not(reasons.why_not(plan, "b")) == (
        "b 可覆盖 45 位老人，其中 25 位老人尚无设施覆盖；其余已由 a（20）覆盖；"
        "若必须选它，换下 a，少覆盖 5 位老人，费用减少 2。"
    )
    assert texts.why_not(reasons.why_not(plan, "b"), "en") == (
        "b is reached by 45 elders, 25 of whom no open site serves; the others by a (20); with it, "
        "and without a, 5 fewer elders are served, for 2 less."
    )
    assert texts.why_not(reasons.why_not(plan, "a")) == "a 已在方案中。"
    rejected = pd.DataFrame(
        {"site_id": ["q"], "reason_zh": ["地下"], "reason_en": ["below ground"]}
    )
    said = reasons.why_not(plan, "q", rejected=rejected)
    assert texts.why_not(said) == "q 未列为备选点：地下。"
    assert texts.why_not(said, "en") == "q is no candidate: below ground."


def test_alternatives_in_words():
    plan = plan_of(street(), [0, 3])
    assert texts.alternatives(within(plan, 0.03)) == (
        "与上界相差不超过 3% 的方案共 2 个（已证明没有其他）；必选：d（已证明都需要）；可换：a、c。"
    )
    assert texts.alternatives(within(plan, 0.03, exact_pairs=0), "en") == (
        "2 plans are within 3% of the bound (there may be more); in all: d (of those found); "
        "in some: a, c."
    )


def test_gains_stability_and_candidates_in_words():
    problem = street()
    assert texts.gains(reasons.gains(problem, [1], [2])) == [
        "n：失去覆盖 20 位老人。", "s：新覆盖 22 位老人，路程变长 25 位老人。",
    ]  # fmt: skip
    assert texts.gains(reasons.gains(problem, [1], [2]), "en")[1] == (
        "s: 22 elders newly served, 25 elders farther."
    )
    table = reasons.stability(plan_of(problem, [0]), [plan_of(problem, [0]), plan_of(problem, [1])])
    assert texts.stability(table) == ["a：在 50% 的情景中入选（1 次）。",
                                      "b（不在方案中）：在 50% 的情景中入选（1 次）。"]  # fmt: skip
    assert (
        texts.stability(table, "en")[1]
        == "b (not in the plan): chosen in 50% of the scenarios (1)."
    )
    row = {"site_id": "q", "field": "f", "value": 1, "rule_id": "ELD-19", "basis": "P"}
    judged = Candidates(
        None, pd.DataFrame([{**row, "reason_zh": z, "reason_en": e} for z, e in (("甲", "a"), ("乙", "b"))]),
        pd.DataFrame([{**row, "reason_zh": "丙", "reason_en": "c"}]),
    )  # fmt: skip
    assert texts.candidates(judged) == ["q 不可用：甲；乙（ELD-19）。", "q 须注意：丙（ELD-19）。"]
    assert texts.candidates(judged, "en") == [
        "q not usable: a; b (ELD-19).",
        "q to look at: c (ELD-19).",
    ]
