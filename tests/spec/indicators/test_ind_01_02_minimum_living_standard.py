"""
Indicators 1 and 2, the minimum living standard (低保).

1 “城乡低保标准年度增速 %：不低于居民上年度人均消费支出增速”. No figure of the plan's own: it is compared
with another series. 2 “农村低保标准占城市低保标准比例 % ≥75”.
"""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.plan_city import fig, judge, one


def growth(policy, standard: float | None, consumption: float | None):
    told = []
    if standard is not None:
        told.append(fig("IND.1", "C", value=standard))
    if consumption is not None:
        told.append(fig("IND.1-consumption", "C", value=consumption, period="2024"))
    return one(judge(policy, "IND.1", told=told), "IND.1", "C")


@pytest.mark.parametrize(
    ("standard", "consumption", "status", "gap"),
    [
        # 600 → 636 yuan is 6.0 %; consumption grew by 5.5 %
        (6.0, 5.5, "met", 0.0),
        # exactly as fast is 不低于
        (5.5, 5.5, "met", 0.0),
        # 600 → 630 yuan is 5.0 %: half a point short
        (5.0, 5.5, "not_met", 0.5),
    ],
)
def test_ind_1__no_slower_than_consumption(policy, standard, consumption, status, gap):
    """主要指标 1：“不低于居民上年度人均消费支出增速”."""
    row = growth(policy, standard, consumption)
    assert row["status"] == status
    assert row["gap"] == pytest.approx(gap)
    assert row["target"] == consumption


def test_ind_1__against_the_year_before_not_this_one(policy):
    """“上年度”: 5.2 % in 2025 against the 4.6 % of 2024, whatever consumption does in 2025."""
    told = [fig("IND.1", "C", value=5.2), fig("IND.1-consumption", "C", value=6.0),
            fig("IND.1-consumption", "C", value=4.6, period="2024")]  # fmt: skip
    row = one(judge(policy, "IND.1", told=told), "IND.1", "C")
    assert (row["target"], row["status"]) == (4.6, "met")
    this_year = one(judge(policy, "IND.1", told=told[:2]), "IND.1", "C")
    assert this_year["status"] == "to_verify"


def test_ind_1__one_series_alone_gives_no_verdict(policy):
    assert growth(policy, 6.0, None)["status"] == "to_verify"
    row = growth(policy, None, 5.5)
    assert row["status"] == "no_data"
    assert np.isnan(row["value"])


@pytest.mark.parametrize(
    ("rural", "status", "gap"),
    [
        # 540 of 720 yuan is 75 % exactly: closed
        (540, "met", 0),
        # 531 / 720 = 73.75 %: 9 yuan short
        (531, "not_met", 9),
    ],
)
def test_ind_2__rural_over_urban_standard(policy, rural, status, gap):
    """主要指标 2：“农村低保标准占城市低保标准比例”，≥75%."""
    row = one(judge(policy, "IND.2", told=[fig("IND.2", "A", rural, 720)]), "IND.2", "A")
    assert (row["status"], row["gap"]) == (status, gap)
    assert row["value"] == pytest.approx(rural / 720)
    assert row["target"] == 0.75


def test_ind_2__without_the_yuan_the_city_lies_between_its_counties(policy):
    """76, 80 and 90 %: every county meets, so does the city; with 70 % in one it is open."""
    told = [fig("IND.2", c, value=v) for c, v in (("A", 76.0), ("B", 80.0), ("D", 90.0))]
    city = one(judge(policy, "IND.2", told=told), "IND.2", "C")
    assert city["status"] == "met"
    assert city["value"] == pytest.approx(0.82)
    assert "等权" in city["remark_zh"]
    told[0]["value"] = 70.0
    checks = judge(policy, "IND.2", told=told)
    assert one(checks, "IND.2", "A")["status"] == "not_met"
    assert one(checks, "IND.2", "C")["status"] == "to_verify"


def test_ind_2__close_is_only_a_remark(policy):
    """IND-01: 72 % lies within 5 % of 75 %: still 未达标, with 接近 beside it; 70 % does not."""
    row = one(judge(policy, "IND.2", told=[fig("IND.2", "A", 72, 100)]), "IND.2", "A")
    assert row["status"] == "not_met"
    assert "接近" in row["remark_zh"]
    row = one(judge(policy, "IND.2", told=[fig("IND.2", "A", 70, 100)]), "IND.2", "A")
    assert (row["status"], row["remark_zh"]) == ("not_met", "")
    row = one(judge(policy, "IND.2", told=[fig("IND.2", "A", 76, 100)]), "IND.2", "A")
    assert (row["status"], row["remark_zh"]) == ("met", "")


def test_ind_2__equal_counties_say_nothing_of_the_one_missing(policy):
    """A and B are told with the same denominator; D's may be any size, so the city is open."""
    told = [fig("IND.2", "A", 100, 100), fig("IND.2", "B", 100, 100)]
    city = one(judge(policy, "IND.2", told=told), "IND.2", "C")
    assert (city["status"], city["value_min"], city["value_max"]) == ("to_verify", 0.0, 1.0)
