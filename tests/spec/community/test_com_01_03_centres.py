"""COM-01, COM-02, COM-03: service centres of communities and villages (三(一), indicators 12, 14)."""

from __future__ import annotations

import pytest
from fixtures.plan_city import facility, judge, one


def centre(unit: str, m2: float | None, **cells: object) -> dict:
    return facility(f"c{unit}", "community_service", unit, floor_m2=m2, **cells)


@pytest.mark.parametrize(
    ("floor_m2", "status"), [(3000.0, "not_met"), (3000.5, "met"), (2000.0, "not_met")]
)
def test_com_01__strictly_more_than_30(policy, floor_m2, status):
    """主要指标 14：“每百户居民拥有的城乡社区综合服务设施面积”，> 30: A's 10,000 households, 3,000 m²."""
    row = one(judge(policy, "COM-01", standing=[centre("A1001", floor_m2)]), "COM-01", "A")
    assert (row["status"], row["operator"]) == (status, ">")


def test_com_01__the_indicator_says_the_same(policy):
    checks = judge(policy, ["IND.14", "COM-01"], standing=[centre("A1001", 3000.0)])
    assert one(checks, "IND.14", "A")["status"] == one(checks, "COM-01", "A")["status"] == "not_met"


def test_com_01__a_centre_of_unknown_status_is_in_the_upper_bound_alone(policy):
    rows = [centre("A1001", 2000.0), centre("A1002", 1500.0, status=None)]
    row = one(judge(policy, "COM-01", standing=rows), "COM-01", "A")
    assert (row["value_min"], row["value_max"]) == pytest.approx((20.0, 35.0))
    assert (row["status"], row["missing"]) == ("to_verify", 1)


@pytest.mark.parametrize(("floor_m2", "status", "gap"), [(500.0, "met", 0), (499.0, "not_met", 1)])
def test_com_02__500_square_metres_in_each_village(policy, floor_m2, status, gap):
    """三(一)1：“综合服务设施面积不低于500平方米”: each village's largest, closed."""
    rows = [centre(v, 600.0) for v in ("A2200", "B1200", "B1201")] + [centre("D2200", floor_m2)]
    checks = judge(policy, "COM-02", standing=rows)
    row = one(checks, "COM-02", "D2200")
    assert (row["status"], row["gap"]) == (status, gap)
    city = one(checks, "COM-02", "C")
    assert (city["status"], city["denominator_value"]) == (status, 4)


def test_com_02__two_small_rooms_are_no_large_one(policy):
    rows = [centre("D2200", 300.0), facility("z", "community_service", "D2200", floor_m2=300.0)]
    row = one(judge(policy, "COM-02", standing=rows), "COM-02", "D2200")
    assert (row["value"], row["status"], row["gap"]) == (300.0, "not_met", 200.0)


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"floor_m2": 800.0, "status": None}, "to_verify"),
        ({"floor_m2": 300.0, "status": None}, "not_met"),  # too small, open or not
        ({"floor_m2": 800.0, "status": "closed"}, "not_met"),
    ],
)
def test_com_02__unknown_status(policy, cells, status):
    rows = [facility("f", "community_service", "D2200", **cells)]
    assert one(judge(policy, "COM-02", standing=rows), "COM-02", "D2200")["status"] == status


@pytest.mark.parametrize(("with_station", "status", "gap"), [(8, "met", 0), (7, "not_met", 1)])
def test_com_03__eight_of_ten_centres(policy, with_station, status, gap):
    """主要指标 12：“志愿服务站点在社区综合服务设施中的覆盖率”，80%: 8 of 10, or 7."""
    rows = [facility(f"c{i}", "community_service", "A1",
                     functions="volunteer" if i < with_station else "social_work")
            for i in range(10)]  # fmt: skip
    row = one(judge(policy, "COM-03", standing=rows), "COM-03", "C")
    assert (row["status"], row["gap"], row["denominator_value"]) == (status, gap, 10)


@pytest.mark.parametrize(("floor_m2", "status"), [(800.0, "to_verify"), (300.0, "not_met")])
def test_com_02__known_only_by_its_town(policy, floor_m2, status):
    """800 m² somewhere in B1 may be 西村's or 西北村's; 300 m² are too few wherever they are."""
    checks = judge(policy, "COM-02", standing=[centre("B1", floor_m2)])
    assert [one(checks, "COM-02", v)["status"] for v in ("B1200", "B1201")] == [status, status]
    assert one(checks, "COM-02", "D2200")["status"] == "not_met"
