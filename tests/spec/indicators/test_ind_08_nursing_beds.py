"""Indicator 8, binding: “养老机构护理型床位占比 % 60”. Beds of homes, by city, county, township."""

from __future__ import annotations

import pytest
from fixtures.plan_city import facility, judge, one


def home(name: str, unit: str, beds: float, nursing: float | None, **cells: object) -> dict:
    cells = {"beds": beds, "nursing_beds": nursing} | cells
    return facility(name, cells.pop("kind", "institution"), unit, **cells)


@pytest.mark.parametrize(
    ("nursing", "status", "gap"),
    [
        # 70 + 50 = 120 of 200 beds: 60 % exactly, closed
        (50, "met", 0),
        # 70 + 49 = 119 of 200: 59.5 %, one bed short
        (49, "not_met", 1),
    ],
)
def test_ind_8__120_of_200_beds(policy, nursing, status, gap):
    """主要指标 8：“养老机构护理型床位占比”，60%，约束性."""
    homes = [
        home("x", "A1001", 100, 70),
        home("y", "D2200", 100, nursing, kind="hardship_institution"),
    ]
    city = one(judge(policy, "IND.8", standing=homes), "IND.8", "C")
    assert (city["status"], city["gap"], city["gap_unit"]) == (status, gap, "bed")
    assert city["denominator_value"] == 200
    assert policy.rule("IND.8").attribute == "binding"


def test_ind_8__unknown_nursing_beds_lie_between_none_and_all(policy):
    """y's 100 beds: 70 of 200 (35 %) at least, 170 of 200 (85 %) at most."""
    checks = judge(
        policy, "IND.8", standing=[home("x", "A1001", 100, 70), home("y", "D1", 100, None)]
    )
    city = one(checks, "IND.8", "C")
    assert city["status"] == "to_verify"
    assert (city["value_min"], city["value_max"]) == pytest.approx((0.35, 0.85))
    assert one(checks, "IND.8", "A")["status"] == "met"


def test_ind_8__a_home_of_unknown_status_may_not_count(policy):
    """70 of 100 for certain; y with 900 beds, none of nursing, would make it 70 of 1,000."""
    homes = [home("x", "A1001", 100, 70), home("y", "D1", 900, 0, status=None)]
    city = one(judge(policy, "IND.8", standing=homes), "IND.8", "C")
    assert city["status"] == "to_verify"
    assert (city["value_min"], city["value_max"]) == pytest.approx((0.07, 0.70))


def test_ind_8__closed_homes_and_community_beds_do_not_count(policy):
    homes = [
        home("x", "A1001", 100, 70),
        home("y", "D1", 900, 0, status="closed"),
        home("z", "D1", 900, 0, kind="community_elderly"),
    ]
    city = one(judge(policy, "IND.8", standing=homes), "IND.8", "C")
    assert (city["denominator_value"], city["status"]) == (100, "met")
