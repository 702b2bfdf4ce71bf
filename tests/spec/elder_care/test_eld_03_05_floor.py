"""
ELD-03 四(一)1(1)：“严格落实每百户不少于20平方米的配建标准”; ELD-05 what counts on the day.

G7: 250 existing households and 30 m²: 50 m² needed, 20 m² short, 12 m² for each hundred.
"""

from __future__ import annotations

import pandas as pd
import pytest
from fixtures.plan_city import facility, judge, one, units

from geoplan.io import read_policy

FIFTEEN = """
[policy]
id = "fifteen"
title = "已建成 15"
title_en = "existing at 15"
extends = "suizhou-2022"

[rules."ELD-03"]
classes = [{ status = "new", value = 20 }, { status = "existing", value = 15 }]
clause = "民发〔2014〕116号"
attribute = "text"
basis = "M-high"
confidence = 0.95
sources = ["M00"]
"""


def floor(policy, *rows: dict, unit: str = "B1", **options: object):
    return one(judge(policy, "ELD-03", standing=list(rows), **options), "ELD-03", unit)


@pytest.mark.parametrize(
    ("floor_m2", "value", "gap", "status"),
    [
        # 2,000 households ÷ 100 × 20 m² = 400 m², closed
        (400.0, 20.0, 0.0, "met"),
        (399.0, 19.95, 1.0, "not_met"),
    ],
)
def test_eld_03__400_square_metres_for_2000_households(policy, floor_m2, value, gap, status):
    """四(一)1(1)：“严格落实每百户不少于20平方米的配建标准”."""
    row = floor(policy, facility("f", "daycare", "B1200", elder_floor_m2=floor_m2))
    assert (row["value"], row["gap"]) == pytest.approx((value, gap))
    assert row["status"] == status


def test_eld_03__g7_250_households(policy):
    """G7 through the whole check: no rounding of 250 to 200 or 300."""
    frame = units()
    frame.loc[frame["unit_code"] == "B1200", "households"] = 250
    row = floor(policy, facility("f", "daycare", "B1200", elder_floor_m2=30.0), unit="B1200",
                layers={"admin_units": frame})  # fmt: skip
    assert (row["value"], row["gap"], row["target"]) == pytest.approx((12.0, 20.0, 20.0))
    assert row["status"] == "not_met"


def test_eld_03__existing_class_at_15_changes_target_status_and_gap(policy, tmp_path):
    """350 m² for 2,000 existing households: 50 short of 20 m²; of 15 m² (300 m²) 50 above."""
    file = tmp_path / "fifteen.toml"
    file.write_text(FIFTEEN, encoding="utf-8")
    hall = facility("f", "daycare", "B1200", elder_floor_m2=350.0)
    strict, mild = floor(policy, hall), floor(read_policy(str(file)), hall)
    assert (strict["target"], strict["status"], strict["gap"]) == (20.0, "not_met", 50.0)
    assert (mild["target"], mild["status"], mild["gap"]) == (15.0, "met", 0.0)
    assert strict["value"] == mild["value"] == 17.5
    assert strict["policy_digest"] != mild["policy_digest"]


def test_eld_03__new_and_existing_mix(policy, tmp_path):
    """500 new at 20 and 1,500 existing at 15: 100 + 225 = 325 m², 16.25 for each hundred."""
    file = tmp_path / "fifteen.toml"
    file.write_text(FIFTEEN, encoding="utf-8")
    areas = pd.DataFrame({"unit_code": ["B1200"], "build_status": ["new"], "households": [500]})
    row = floor(read_policy(str(file)), layers={"residential_areas": areas}, unit="B1")
    assert (row["gap"], row["target"]) == pytest.approx((325.0, 16.25))


# ELD-05: what counts on 2025-12-31


@pytest.mark.parametrize(
    ("cells", "counted_m2", "status"),
    [
        ({}, 400.0, "met"),
        ({"lease_end": "2025-12-31"}, 400.0, "met"),  # runs to the day itself
        ({"lease_end": "2025-12-30"}, 0.0, "not_met"),
        ({"status": "closed"}, 0.0, "not_met"),
        ({"status": "suspended"}, 0.0, "not_met"),
        ({"status": "planned"}, 0.0, "not_met"),
        ({"status": "building"}, 0.0, "not_met"),
        ({"status": None}, 0.0, "to_verify"),  # perhaps open: 0 to 400 m²
        ({"status": None, "lease_end": "2020-01-01"}, 0.0, "not_met"),
        ({"valid_from": "2026-01-01"}, 0.0, "not_met"),
        ({"valid_to": "2025-12-31"}, 0.0, "not_met"),
    ],
)
def test_eld_05__what_counts_on_the_day(policy, cells, counted_m2, status):
    """ELD-05: leases run out, closed, planned or unknown; 400 m² is just enough where it counts."""
    row = floor(policy, facility("f", "daycare", "B1200", elder_floor_m2=400.0, **cells))
    assert (row["numerator"], row["status"]) == (counted_m2, status)


def test_eld_05__unknown_status_that_cannot_help_is_a_fail(policy):
    """100 m² for certain and 200 m² perhaps are 300 of 400 m² at most: certainly short."""
    row = floor(policy, facility("f", "daycare", "B1200", elder_floor_m2=100.0),
                facility("g", "daycare", "B1201", elder_floor_m2=200.0, status=None))  # fmt: skip
    assert row["status"] == "not_met"
    assert (row["value_min"], row["value_max"]) == pytest.approx((5.0, 15.0))


def test_eld_05__double_purpose_rooms_count_by_the_elders_share(policy):
    """A 党群服务中心 of 900 m² with 400 m² for elders counts 400; one that states none, nothing."""
    row = floor(
        policy, facility("f", "community_service", "B1200", floor_m2=900.0, elder_floor_m2=400.0)
    )
    assert (row["numerator"], row["status"]) == (400.0, "met")
    row = floor(policy, facility("f", "community_service", "B1200", floor_m2=900.0))
    assert (row["numerator"], row["status"]) == (0.0, "not_met")


def test_eld_05__no_households_is_no_data_not_a_pass(policy):
    frame = units()
    frame.loc[frame["unit_code"] == "B1", "households"] = 0
    row = floor(policy, facility("f", "daycare", "B1200", elder_floor_m2=400.0),
                layers={"admin_units": frame})  # fmt: skip
    assert row["status"] == "no_data"


def test_eld_05__a_hall_known_only_by_its_town_leaves_its_villages_open(policy):
    """400 m² somewhere in B1: enough for the town, and for either village, but for which?"""
    hall = facility("f", "daycare", "B1", elder_floor_m2=400.0)
    assert floor(policy, hall)["status"] == "met"
    assert floor(policy, hall, unit="B1200")["status"] == "to_verify"
    assert floor(policy, hall, unit="D2200")["status"] == "not_met"
