"""
COM-01, indicator 14: “每百户居民拥有的城乡社区综合服务设施面积 > 30 平方米”, strictly more.

COM-02 三(一)1：“综合服务设施面积不低于500平方米”, each village.
"""

from __future__ import annotations

import pytest
from fixtures.small_city import SYSTEM, facilities, facility, one, units

from geoplan.standards import check


def run(policy, *rows):
    layers = {"admin_units": units(), "facilities": facilities(*rows)}
    return check(layers, policy, code_system=SYSTEM, rules=["COM-01", "COM-02"])


@pytest.mark.parametrize(("floor_m2", "status"), [(600.0, "not_met"), (600.1, "met")])
def test_com_01_exactly_30_is_not_enough(policy, floor_m2, status):
    """2,000 households and 600 m² are exactly 30 m² for each hundred."""
    checks = run(policy, facility("f", "community_service", "A2001", floor_m2=floor_m2))
    row = one(checks, "COM-01", "A2")
    assert row["status"] == status
    assert row["operator"] == ">"


@pytest.mark.parametrize(("floor_m2", "status", "gap"), [(500.0, "met", 0.0),
                                                          (499.0, "not_met", 1.0)])  # fmt: skip
def test_com_02_at_least_500(policy, floor_m2, status, gap):
    checks = run(policy, facility("f", "community_service", "A2200", floor_m2=floor_m2))
    row = one(checks, "COM-02", "A2200")
    assert (row["status"], row["gap"]) == (status, gap)


def test_com_02_names_the_villages_that_fail(policy):
    checks = run(policy, facility("f", "community_service", "A2200", floor_m2=800.0))
    city = one(checks, "COM-02", "C", level="prefecture")
    assert (city["numerator"], city["denominator_value"]) == (1, 3)
    assert city["failing"] == "西村;北村"


def test_com_02_a_facility_known_only_by_its_town_leaves_villages_open(policy):
    checks = run(policy, facility("f", "community_service", "A3", floor_m2=800.0))
    assert one(checks, "COM-02", "A3200")["status"] == "to_verify"
    assert one(checks, "COM-02", "A2200")["status"] == "not_met"


def test_com_02_unknown_size_leaves_it_open(policy):
    checks = run(policy, facility("f", "community_service", "A2200"))
    assert one(checks, "COM-02", "A2200")["status"] == "to_verify"
