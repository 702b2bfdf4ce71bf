"""Indicator 14: “每百户居民拥有的城乡社区综合服务设施面积 平方米 > 30”, strictly more."""

from __future__ import annotations

import pytest
from fixtures.plan_city import TOWNSHIPS, facility, judge, one


def floors(policy, **of_unit: float):
    standing = [facility(u, "community_service", u, floor_m2=m2) for u, m2 in of_unit.items()]
    return judge(policy, "IND.14", standing=standing)


@pytest.mark.parametrize(
    ("floor_m2", "status"),
    [
        # 2,000 m² ÷ (2,000 households ÷ 100): 600 m² are 30 m² exactly, not more
        (600.0, "not_met"),
        (600.1, "met"),
        (400.0, "not_met"),
    ],
)
def test_ind_14__exactly_30_is_not_more_than_30(policy, floor_m2, status):
    """主要指标 14：“每百户居民拥有的城乡社区综合服务设施面积”，> 30 平方米."""
    row = one(floors(policy, B1200=floor_m2), "IND.14", "B")
    assert (row["status"], row["operator"], row["target"]) == (status, ">", 30)
    assert row["value"] == pytest.approx(floor_m2 / 20)


def test_ind_14__gap_in_square_metres(policy):
    """20,000 households of the city need 6,000 m²; 4,500 m² are 22.5 m² and 1,500 m² short."""
    city = one(floors(policy, A1001=3000.0, D1001=1500.0), "IND.14", "C")
    assert (city["value"], city["gap"]) == pytest.approx((22.5, 1500.0))


def test_unit_01__townships_add_up_to_the_city(policy):
    """UNIT-01: the area of the 5 townships is the city's; each facility is counted once."""
    checks = judge(
        policy, "COM-01",
        standing=[facility(u, "community_service", u, floor_m2=100.0 * i)
                  for i, u in enumerate(("A1001", "A1002", "A2", "B1201", "D1001", "D2200"), 1)],
    )  # fmt: skip
    towns = sum(one(checks, "COM-01", u)["numerator"] for u in TOWNSHIPS)
    counties = sum(one(checks, "COM-01", u)["numerator"] for u in "ABD")
    assert towns == counties == one(checks, "COM-01", "C")["numerator"] == 2100.0


def test_unit_01__a_functional_unit_is_no_second_township(policy):
    """
    A hall in 开发区 A9 is in county and city once; A9 is no township and has no row.

    By township with the functional remainder: 1,000 + (A9) 500 = 1,500 = the city's.
    """
    checks = floors(policy, A1001=1000.0, A9=500.0)
    assert "A9" not in set(checks["unit_code"])
    towns = sum(one(checks, "IND.14", u)["numerator"] for u in TOWNSHIPS)
    assert towns == 1000.0
    assert one(checks, "IND.14", "A")["numerator"] == 1500.0
    assert one(checks, "IND.14", "C")["numerator"] == towns + 500.0


def test_unit_01__membership_in_a_functional_unit_counts_nothing_twice(policy):
    import pandas as pd

    members = pd.DataFrame(
        {"stat_unit_code": ["高新区", "高新区"], "unit_code": ["A1001", "A1002"]}
    )
    standing = [facility("f", "community_service", "A1001", floor_m2=1000.0)]
    with_zone = judge(policy, "IND.14", standing=standing, layers={"stat_unit_members": members})
    without = judge(policy, "IND.14", standing=standing)
    assert with_zone["numerator"].fillna(-1).tolist() == without["numerator"].fillna(-1).tolist()
