"""
Indicators 3–6: shares of registers, 100 % each.

3 “困难残疾人生活补贴覆盖率” and 4 “重度残疾人护理补贴覆盖率” are binding; 5 “婚姻登记‘跨省通办’实施率” is
expected; 6 “查明身份信息流浪乞讨受助人员接送返回率” is binding.
"""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.plan_city import fig, judge, one


def told(rule: str, **counties: tuple[float, float]) -> list[dict]:
    return [fig(rule, unit, *numbers) for unit, numbers in counties.items()]


def assert_all_or_one_short(policy, rule: str) -> None:
    """500 of 500 persons in three counties meet; one person of A left out does not."""
    # 300 + 80 + 120 = 500 of 500: 100 %
    full = judge(policy, rule, told=told(rule, A=(300, 300), B=(80, 80), D=(120, 120)))
    city = one(full, rule, "C")
    assert (city["status"], city["value"], city["gap"]) == ("met", 1.0, 0)
    # 299 + 80 + 120 = 499 of 500: 99.8 %, one short
    short = judge(policy, rule, told=told(rule, A=(299, 300), B=(80, 80), D=(120, 120)))
    city = one(short, rule, "C")
    assert (city["status"], city["gap"], city["failing"]) == ("not_met", 1, "甲区")
    assert city["value"] == pytest.approx(0.998)
    assert one(short, rule, "B")["status"] == "met"


def test_ind_3__one_person_of_500_left_out(policy):
    """主要指标 3：“困难残疾人生活补贴覆盖率”，100%，约束性."""
    assert_all_or_one_short(policy, "IND.3")
    assert policy.rule("IND.3").attribute == "binding"


def test_ind_4__one_person_of_500_left_out(policy):
    """主要指标 4：“重度残疾人护理补贴覆盖率”，100%，约束性."""
    assert_all_or_one_short(policy, "IND.4")
    assert policy.rule("IND.4").attribute == "binding"


def test_ind_5__two_of_three_offices(policy):
    """主要指标 5：“婚姻登记‘跨省通办’实施率”，100%: offices that offer it over all offices."""
    every = judge(policy, "IND.5", told=told("IND.5", A=(1, 1), B=(1, 1), D=(1, 1)))
    assert one(every, "IND.5", "C")["status"] == "met"
    # 2 of 3 offices: 66.7 %, one to go
    two = one(
        judge(policy, "IND.5", told=told("IND.5", A=(1, 1), B=(0, 1), D=(1, 1))), "IND.5", "C"
    )
    assert (two["status"], two["gap"], two["failing"]) == ("not_met", 1, "乙县")
    assert policy.rule("IND.5").attribute == "expected"


def test_ind_6__one_person_of_500_not_brought_home(policy):
    """主要指标 6：“查明身份信息流浪乞讨受助人员接送返回率”，100%，约束性."""
    assert_all_or_one_short(policy, "IND.6")
    assert policy.rule("IND.6").attribute == "binding"


def test_ind_6__nobody_to_bring_home_is_not_applicable(policy):
    """A county without such persons (0/0) neither fails nor opens the city's verdict."""
    checks = judge(policy, "IND.6", told=told("IND.6", A=(9, 9), B=(0, 0), D=(1, 1)))
    assert one(checks, "IND.6", "C")["status"] == "met"
    county = one(checks, "IND.6", "B")
    assert county["status"] == "no_data"
    assert "0/0" in county["remark_zh"]


# IND-02, IND-03: what is missing, what is older, what is newer, whose figure goes first


def test_ind_3__a_missing_county_leaves_the_city_open(policy):
    """IND-02: with D unknown nobody knows the whole; all missing is no data, never a fail."""
    checks = judge(policy, "IND.3", told=told("IND.3", A=(300, 300), B=(80, 80)))
    city = one(checks, "IND.3", "C")
    assert (city["status"], city["value"], city["missing"]) == ("to_verify", 1.0, 1)
    assert city["completeness_share"] == pytest.approx(2 / 3)
    assert one(checks, "IND.3", "D")["status"] == "no_data"
    assert one(judge(policy, "IND.3", told=[]), "IND.3", "C")["status"] == "no_data"


def test_ind_3__a_gap_two_levels_down_is_not_lost_on_the_way_up(policy):
    """A1 alone of three townships of A and B is told: county A is open, and so is the city."""
    checks = judge(policy, "IND.3", told=told("IND.3", A1=(40, 40), B1=(10, 10), D=(5, 5)))
    assert one(checks, "IND.3", "A")["status"] == "to_verify"
    city = one(checks, "IND.3", "C")
    assert (city["status"], city["missing"]) == ("to_verify", 1)
    assert city["completeness_share"] < 1.0


def test_ind_3__numerators_and_denominators_are_summed(policy):
    """No mean of shares: 10/10 in B and 0/90 in A are 10 of 100, not 50 %."""
    checks = judge(policy, "IND.3", told=told("IND.3", A=(0, 90), B=(10, 10), D=(0, 0)))
    city = one(checks, "IND.3", "C")
    assert (city["numerator"], city["denominator_value"]) == (10, 100)
    assert city["value"] == pytest.approx(0.1)


def test_ind_3__the_citys_own_figure_goes_before_the_sum(policy):
    rows = [*told("IND.3", A=(1, 2), B=(1, 2), D=(1, 2)), fig("IND.3", "C", 500, 500)]
    checks = judge(policy, "IND.3", told=rows)
    city = one(checks, "IND.3", "C")
    assert (city["numerator"], city["status"]) == (500, "met")
    assert one(checks, "IND.3", "A")["status"] == "not_met"


def test_ind_3__the_latest_period_up_to_the_assessment_year_counts(policy):
    """IND-03: 2024 before 2023; 2026 lies after 2025-12-31 and does not count."""
    rows = [
        fig("IND.3", "C", 100, 100, period="2023"),
        fig("IND.3", "C", 90, 100, period="2024"),
        fig("IND.3", "C", 100, 100, period="2026"),
    ]
    city = one(judge(policy, "IND.3", told=rows), "IND.3", "C")
    assert (city["value"], city["data_date"], city["status"]) == (0.9, "2024", "not_met")
    later = one(judge(policy, "IND.3", told=rows, on="2026-06-30"), "IND.3", "C")
    assert (later["value"], later["data_date"], later["status"]) == (1.0, "2026", "met")
    only_later = judge(policy, "IND.3", told=rows[2:])
    assert one(only_later, "IND.3", "C")["status"] == "no_data"


def test_ind_3__a_quarter_counts_by_its_year(policy):
    rows = [
        fig("IND.3", "C", 80, 100, period="2025-Q2"),
        fig("IND.3", "C", 90, 100, period="2025-Q3"),
    ]
    row = one(judge(policy, "IND.3", told=rows), "IND.3", "C")
    assert (row["value"], row["data_date"]) == (0.9, "2025-Q3")


def test_ind_3__a_share_without_numbers_is_short_in_points(policy):
    row = one(judge(policy, "IND.3", told=[fig("IND.3", "C", value=98.0)]), "IND.3", "C")
    assert (row["status"], row["gap_unit"]) == ("not_met", "pct")
    assert row["gap"] == pytest.approx(2.0)
    assert np.isnan(row["numerator"])
