"""A part larger than its whole, a share that is not its own: said, and counted as unknown."""

from __future__ import annotations

import pandas as pd
from fixtures.small_city import SYSTEM, facilities, facility, one, units

from geoplan import io
from geoplan.schemas.consistency import check_consistency
from geoplan.standards import check


def test_a_part_larger_than_its_whole_is_said():
    table = pd.DataFrame({
        "facility_id": ["a", "b", "c"], "floor_m2": [100.0, 100.0, None],
        "elder_floor_m2": [5_000.0, 80.0, 9.0], "building_floor_m2": [None, 60.0, None],
        "beds": [10, 10, None], "nursing_beds": [12, 4, 3],
    })  # fmt: skip
    found = check_consistency({"facilities": table})
    assert {(f["id"], f["field"]) for f in found} == {
        ("a", "elder_floor_m2"), ("b", "floor_m2"), ("a", "nursing_beds"),
    }  # fmt: skip
    assert all(f["effect"] == "warning" and "大于" in f["reason_zh"] for f in found)


def test_a_share_that_is_not_its_own():
    table = pd.DataFrame({
        "indicator_id": ["IND.3", "IND.4"], "unit_code": ["C", "C"], "period": ["2025", "2025"],
        "value": [99.0, 80.0], "numerator": [99.0, 99.0], "denominator": [100.0, 100.0],
    })  # fmt: skip
    (found,) = check_consistency({"indicator_figures": table})
    assert found["id"].startswith("IND.4")
    assert "99.00" in found["reason_zh"]


def test_conflicting_areas_are_unknown_to_the_standards_and_the_rest_is_reported(policy):
    """8,000 households need 1,600 m2; a typing error of 90,000 m2 must not meet it."""
    places = facilities(
        facility("a", "daycare", "A1001", elder_floor_m2=90_000.0, floor_m2=900.0),
        facility("b", "daycare", "A2001", elder_floor_m2=400.0, floor_m2=900.0),
    )
    found = check({"admin_units": units(), "facilities": places}, policy, code_system=SYSTEM)
    row = one(found, "ELD-03", "A1")
    assert (row["numerator"], row["status"], row["missing"]) == (0.0, "to_verify", 1)
    assert one(found, "ELD-03", "A2")["status"] == "met"


def test_text_in_a_number_comes_back_and_the_other_rows_go_on(policy, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "指标编号,区划代码,期间,数值,分子,分母\nIND.3,C,2025,九成,,\nIND.4,C,2025,,99,100\n",
        encoding="utf-8",
    )
    valid, _rejected, report = io.read_layer(path, "indicator_figures")
    bad = [d for d in report.defects.to_dict("records") if d["field"] == "value"]
    assert len(bad) == 1
    assert "九成" in str(bad[0]["value"])
    found = check({"admin_units": units(), "facilities": facilities(), "indicator_figures": valid},
                  policy, code_system=SYSTEM)  # fmt: skip
    assert one(found, "IND.3", "C")["status"] == "no_data"
    assert one(found, "IND.4", "C")["status"] == "not_met"
