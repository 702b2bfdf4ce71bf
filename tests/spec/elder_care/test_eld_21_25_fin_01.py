"""ELD-21, 24, 25 and FIN-01: home adaptations, visits, county management, lottery funds."""

from __future__ import annotations

import pytest
from fixtures.plan_city import TOWNSHIPS, facility, fig, judge, one


@pytest.mark.parametrize(("of_d", "status", "gap"), [(700, "met", 0), (699, "not_met", 1)])
def test_eld_21__2000_households(policy, of_d, status, gap):
    """四(一)1(4)：“计划实施老年人家庭适老化改造 2000 户以上”: 800 + 500 + 700 = 2,000, closed."""
    told = [fig("ELD-21", u, value=v) for u, v in (("A", 800), ("B", 500), ("D", of_d))]
    row = one(judge(policy, "ELD-21", told=told), "ELD-21", "C")
    assert (row["status"], row["value"], row["gap"]) == (status, 1300 + of_d, gap)
    assert row["unit"] == "household"


def test_eld_24__all_townships_have_the_visiting_system(policy):
    """四(一)1(3)：“全面建立特殊困难老年人居家社区探访制度”: 5 of 5 townships, or 4."""
    told = [fig("ELD-24", t, value=100) for t in TOWNSHIPS]
    row = one(judge(policy, "ELD-24", told=told), "ELD-24", "C")
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 5, 5)
    told[-1]["value"] = 0
    row = one(judge(policy, "ELD-24", told=told), "ELD-24", "C")
    assert (row["status"], row["value"], row["failing"]) == ("not_met", 0.8, "中镇")


def test_eld_24__a_township_that_has_not_answered_leaves_it_open(policy):
    """4 of 5 yes, one silent: 80 % at least, 100 % at most; with one no it is a fail for sure."""
    told = [fig("ELD-24", t, value=100) for t in TOWNSHIPS[:4]]
    row = one(judge(policy, "ELD-24", told=told), "ELD-24", "C")
    assert row["status"] == "to_verify"
    assert (row["value_min"], row["value_max"]) == pytest.approx((0.8, 1.0))
    told[0]["value"] = 0
    row = one(judge(policy, "ELD-24", told=told), "ELD-24", "C")
    assert row["status"] == "not_met"
    assert row["value_max"] == pytest.approx(0.8)


def test_eld_25__rural_homes_the_county_does_not_run(policy):
    """四(一)2(1)：“实行农村区域性福利院县级直管”: a list; measured, never judged."""
    own = facility("own", "hardship_institution", "A2", county_managed=True)
    town = facility("town", "hardship_institution", "B1", county_managed=False)
    unsaid = facility("unsaid", "hardship_institution", "D2", county_managed=None)
    row = one(judge(policy, "ELD-25", standing=[own, town, unsaid]), "ELD-25", "C")
    assert (row["failing"], row["value"], row["value_max"]) == ("town", 1, 2)
    assert row["status"] == "no_target"
    row = one(judge(policy, "ELD-25", standing=[own]), "ELD-25", "C")
    assert (row["failing"], row["value"], row["status"]) == ("", 0, "no_target")


@pytest.mark.parametrize(("yuan", "status", "gap"), [(550, "met", 0), (540, "not_met", 10)])
def test_fin_01__550_of_1000(policy, yuan, status, gap):
    """五(二)：“到 2022 年要将不低于 55% 的资金用于支持发展养老服务”: 550 of 1,000 (万元), or 540."""
    row = one(
        judge(policy, "FIN-01", told=[fig("FIN-01", "C", yuan, 1000, period="2022")]), "FIN-01", "C"
    )
    assert (row["status"], row["gap"], row["due"]) == (status, gap, "2022-12-31")
    assert row["data_date"] == "2022"
