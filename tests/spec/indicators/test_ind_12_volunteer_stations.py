"""Indicator 12: “志愿服务站点在社区综合服务设施中的覆盖率 % 80”."""

from __future__ import annotations

import pytest
from fixtures.plan_city import facility, judge, one


def centres(*functions: str | None, **cells: object) -> list[dict]:
    return [facility(f"c{i}", "community_service", "A1001", functions=f, **cells)
            for i, f in enumerate(functions)]  # fmt: skip


@pytest.mark.parametrize(
    ("with_station", "status", "gap"),
    [
        (4, "met", 0),  # 4 of 5 is 80 % exactly
        (3, "not_met", 1),  # 3 of 5 is 60 %: one short
    ],
)
def test_ind_12__four_of_five_centres(policy, with_station, status, gap):
    """主要指标 12：“志愿服务站点在社区综合服务设施中的覆盖率”，80%."""
    have = ["volunteer"] * with_station + ["social_work"] * (5 - with_station)
    city = one(judge(policy, "IND.12", standing=centres(*have)), "IND.12", "C")
    assert (city["status"], city["gap"], city["denominator_value"]) == (status, gap, 5)


def test_ind_12__the_target_of_46_centres_is_37(policy):
    assert policy.rule("IND.12").needed(46) == 37


def test_ind_12__functions_not_told_leave_it_open(policy):
    """3 of 5 for certain, 5 of 5 at most."""
    have = ["volunteer"] * 3 + [None] * 2
    city = one(judge(policy, "IND.12", standing=centres(*have)), "IND.12", "C")
    assert city["status"] == "to_verify"
    assert (city["value_min"], city["value_max"]) == pytest.approx((0.6, 1.0))


def test_ind_12__names_the_centres_without(policy):
    have = ["volunteer", "social_work", "social_work"]
    city = one(judge(policy, "IND.12", standing=centres(*have)), "IND.12", "C")
    assert city["failing"] == "c1;c2"
