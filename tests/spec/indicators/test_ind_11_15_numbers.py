"""
Indicators 11, 13 and 15 are plain numbers.

11 “社会工作专业人才总量 万人 0.35”; 13 “福利彩票销售网点数 个 160”; 15 “社会组织专职工作人员数量 万人 1”.
"""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.plan_city import facility, fig, judge, one


def number(policy, rule: str, **cells: object):
    return one(judge(policy, rule, told=[fig(rule, "C", **cells)]), rule, "C")


@pytest.mark.parametrize(
    ("cells", "value", "status", "gap"),
    [
        ({"value": 3500, "figure_unit": "person"}, 0.35, "met", 0.0),  # 3,500 ÷ 10,000
        ({"value": 3400, "figure_unit": "人"}, 0.34, "not_met", 0.01),
        ({"value": 0.35, "figure_unit": "10k_person"}, 0.35, "met", 0.0),
        ({"value": 0.34}, 0.34, "not_met", 0.01),
        ({"value": 3400, "figure_unit": "万人"}, 3400, "met", 0.0),  # stated, so believed
    ],
)
def test_ind_11__3500_persons_are_0_35_of_ten_thousand(policy, cells, value, status, gap):
    """主要指标 11：“社会工作专业人才总量”，0.35 万人."""
    row = number(policy, "IND.11", **cells)
    assert row["value"] == pytest.approx(value)
    assert (row["status"], row["unit"]) == (status, "10k_person")
    assert row["gap"] == pytest.approx(gap)


def test_ind_11__a_number_that_looks_like_persons_is_to_be_verified(policy):
    """3,400 without a unit is 9,714 times 0.35 万人: nobody means 34 million social workers."""
    row = number(policy, "IND.11", value=3400)
    assert row["status"] == "to_verify"
    assert "单位" in row["remark_zh"]


def test_ind_11__a_doubtful_county_makes_the_sum_doubtful(policy):
    """1,200 + 1,000 + 1,200 without a unit, one figure from each county."""
    told = [fig("IND.11", c, value=v) for c, v in (("A", 1200), ("B", 1000), ("D", 1200))]
    assert one(judge(policy, "IND.11", told=told), "IND.11", "C")["status"] == "to_verify"
    told = [row | {"figure_unit": "person"} for row in told]
    row = one(judge(policy, "IND.11", told=told), "IND.11", "C")
    assert row["value"] == pytest.approx(0.34)
    assert row["status"] == "not_met"


def test_ind_11__a_county_missing_can_only_add(policy):
    """2,000 + 1,600 persons of two counties meet without the third; 2,000 alone may yet."""
    two = [fig("IND.11", c, value=v, figure_unit="person") for c, v in (("A", 2000), ("B", 1600))]
    assert one(judge(policy, "IND.11", told=two), "IND.11", "C")["status"] == "met"
    city = one(judge(policy, "IND.11", told=two[:1]), "IND.11", "C")
    assert (city["status"], city["missing"]) == ("to_verify", 2)
    assert np.isinf(city["value_max"])
    assert one(judge(policy, "IND.11", told=[]), "IND.11", "C")["status"] == "no_data"


def outlets(policy, so_many: int, **cells: object):
    standing = [facility(f"o{i}", "lottery_outlet", "A1001", **cells) for i in range(so_many)]
    return judge(policy, "IND.13", standing=standing)


@pytest.mark.parametrize(("so_many", "status", "gap"), [(160, "met", 0), (159, "not_met", 1)])
def test_ind_13__160_outlets(policy, so_many, status, gap):
    """主要指标 13：“福利彩票销售网点数”，160 个; townships are told their number, not judged."""
    checks = outlets(policy, so_many)
    city = one(checks, "IND.13", "C")
    assert (city["value"], city["status"], city["gap"]) == (so_many, status, gap)
    town = one(checks, "IND.13", "A1")
    assert (town["value"], town["status"]) == (so_many, "no_target")


def test_ind_13__unknown_status_is_neither_open_nor_closed(policy):
    row = one(outlets(policy, 160, status=None), "IND.13", "C")
    assert (row["status"], row["value_min"], row["value_max"]) == ("to_verify", 0, 160)


def test_ind_13__a_register_of_closed_outlets_holds_none_open(policy):
    """All closed is 0 of 160; no outlet in the register at all is no data."""
    row = one(outlets(policy, 3, status="closed"), "IND.13", "C")
    assert (row["status"], row["gap"]) == ("not_met", 160)
    assert one(outlets(policy, 0), "IND.13", "C")["status"] == "no_data"


@pytest.mark.parametrize(
    ("persons", "status", "gap"), [(10_000, "met", 0.0), (9_500, "not_met", 0.05)]
)
def test_ind_15__ten_thousand_full_time_staff(policy, persons, status, gap):
    """主要指标 15：“社会组织专职工作人员数量”，1 万人."""
    row = number(policy, "IND.15", value=persons, figure_unit="person")
    assert row["status"] == status
    assert row["gap"] == pytest.approx(gap)
    assert ("接近" in row["remark_zh"]) == (status == "not_met")
