"""ELD-03 四(一)1(1)：“严格落实每百户不少于20平方米的配建标准”."""

from __future__ import annotations

import pandas as pd
import pytest
from fixtures.small_city import SYSTEM, facilities, facility, one, units

from geoplan.io import read_policy
from geoplan.standards import check


def run(policy, *rows, areas=None):
    layers = {"admin_units": units(), "facilities": facilities(*rows)}
    if areas is not None:
        layers["residential_areas"] = areas
    return check(layers, policy, code_system=SYSTEM, rules=["ELD-03"])


def test_need_of_the_whole(policy):
    """8,000 households need 1,600 m²: 20 m² for each hundred."""
    checks = run(policy, facility("f", "community_elderly", "A1001", elder_floor_m2=400.0))
    row = one(checks, "ELD-03", "A1")
    assert (row["value"], row["target"], row["gap"]) == pytest.approx((5.0, 20.0, 1200.0))
    assert row["status"] == "not_met"
    assert "普查" in row["remark_zh"]


def test_g7_no_rounding_to_hundreds():
    """250 households, 30 m², 20 m²: need 50, gap 20 m², per 100 = 12."""
    from geoplan.standards.measures import area_ratio

    rows = area_ratio(pd.Series([30.0]), pd.Series(["a"]), pd.Series({"a": 250.0}),
                      pd.Series({"a": 50.0}), per=100.0)  # fmt: skip
    assert rows.loc["a", ["value", "gap"]].tolist() == [12.0, 20.0]


def test_elder_rooms_in_a_service_centre_count_only_where_stated(policy):
    checks = run(
        policy,
        facility("f", "community_service", "A1001", floor_m2=900.0, elder_floor_m2=100.0),
        facility("g", "community_service", "A1001", floor_m2=900.0),
        facility("h", "daycare", "A1001", floor_m2=60.0),
    )
    row = one(checks, "ELD-03", "A1")
    assert row["numerator"] == pytest.approx(160.0)
    assert row["missing"] == 0


def test_institutions_are_not_community_facilities(policy):
    checks = run(policy, facility("f", "institution", "A1001", floor_m2=9999.0))
    assert one(checks, "ELD-03", "A1")["numerator"] == 0.0


def test_a_standard_is_data_existing_areas_at_15():
    """National pair: 20 m² for new, 15 m² for existing estates, summed per unit."""
    areas = pd.DataFrame({"unit_code": ["A1001", "A1002"], "build_status": ["new", "existing"],
                          "households": [1000, 5000]})  # fmt: skip
    row = one(run(read_policy("national-2014"), areas=areas), "ELD-03", "A1")
    assert row["gap"] == pytest.approx((1000 * 20 + 7000 * 15) / 100)
    assert row["target"] == pytest.approx((1000 * 20 + 7000 * 15) / 8000)


def test_no_households_no_verdict(policy):
    assert one(run(policy), "ELD-03", "A3")["status"] == "no_data"
