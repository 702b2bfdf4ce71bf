"""Residential areas: three ways to allot floor, worked by hand; review of one new estate."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures import toytown
from fixtures.small_city import SYSTEM, facilities, facility, units

from geoplan import network as nw
from geoplan.errors import EmptyLayerError, InputError
from geoplan.standards import check_estates, close_gaps, estates_by_unit, review_estate
from geoplan.standards.closing import usable_sites

# Two estates 100 m x 100 m: N (new, 250 households) at x = 0, E (existing, 750) at x = 200;
# far away F (existing, 100), 2 km off. Facility p stands inside N, q between N and E.


def box(x, y, size=100.0):
    return shapely.box(500_000 + x, 3_500_000 + y, 500_000 + x + size, 3_500_000 + y + size)


def point(x, y):
    return shapely.Point(500_000 + x, 3_500_000 + y)


def estates(**cells):
    frame = pd.DataFrame({
        "area_id": ["N", "E", "F"], "name": ["新苑", "旧里", "远村"],
        "build_status": ["new", "existing", "existing"], "households": [250, 750, 100],
        "unit_code": ["A1001", "A1001", "A2200"], **cells,
    })  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=[box(0, 0), box(200, 0), box(2000, 0)], crs=4547)


def city(**cells):
    places = facilities(
        facility("p", "daycare", "A1001", elder_floor_m2=30.0, geometry=point(50, 50)),
        facility("q", "daycare", "A1001", elder_floor_m2=100.0, geometry=point(150, 50)),
        facility("z", "daycare", "A1001", elder_floor_m2=900.0, status="closed",
                 geometry=point(40, 40)),
    )  # fmt: skip
    return {"admin_units": units(), "facilities": places, "residential_areas": estates(**cells)}


def found(policy, layers=None, **options):
    table = check_estates(layers or city(), policy, code_system=SYSTEM, **options)
    return table.set_index("unit_code")


def test_g7_containment_inside_a_new_estate(policy):
    """G7: 250 households, 30 m2, 20 m2 rule: need 50, gap 20, 12 per hundred households."""
    row = found(policy, method="containment").loc["N"]
    assert (row["value"], row["gap"], row["numerator"]) == (12.0, 20.0, 30.0)
    assert (row["status"], row["denominator"]) == ("not_met", "containment")
    assert "新建" in row["remark_zh"]


def test_shared_circle_splits_by_households(policy):
    """q is 50 m from both: 100 m2 x 250/1000 and x 750/1000; p is 150 m from E: split too."""
    rows = found(policy, method="shared_circle")
    assert rows.loc["N", "numerator"] == pytest.approx((100 + 30) * 0.25)
    assert rows.loc["E", "numerator"] == pytest.approx((100 + 30) * 0.75)
    assert rows.loc["F", "numerator"] == 0.0
    assert rows.loc["F", "status"] == "not_met"


def test_by_class_a_room_inside_a_new_estate_is_its_own(policy):
    """By class: p is N's alone; q is shared among existing estates only, so all of it is E's."""
    rows = found(policy)
    assert rows.loc["N", "numerator"] == 30.0
    assert rows.loc["E", "numerator"] == 100.0
    assert rows["denominator"].to_dict() == {"N": "containment", "E": "shared_circle",
                                             "F": "shared_circle"}  # fmt: skip


def test_two_step_gives_away_what_there_is(policy):
    town = nw.from_roads(toytown.roads(), nw.Profile("walk", "walk", 1.0, 200.0))
    home = toytown.at(100, 100)
    area = gpd.GeoDataFrame(
        {"area_id": ["a"], "name": ["甲"], "build_status": ["existing"], "households": [200],
         "unit_code": ["A1001"]}, geometry=[home.buffer(30)], crs=4547,
    )  # fmt: skip
    places = facilities(facility("p", "daycare", "A1001", elder_floor_m2=30.0,
                                 geometry=toytown.at(200, 100)))  # fmt: skip
    layers = {"admin_units": units(), "facilities": places, "residential_areas": area}
    row = found(policy, layers, method="two_step", network=town).loc["a"]
    assert row["numerator"] == pytest.approx(30.0)
    assert row["denominator_zh"] == "两步移动搜索"
    with pytest.raises(InputError, match="network"):
        found(policy, layers, method="two_step")


def test_existing_estates_by_another_figure(policy_with, policy):
    from dataclasses import replace

    rule = policy.rule("ELD-03")
    classes = tuple(replace(c, value=15.0) if c.status == "existing" else c for c in rule.classes)
    milder = replace(policy, rules={**policy.rules, "ELD-03": replace(rule, classes=classes)})
    assert found(milder).loc["E", "target"] == 15.0
    assert found(milder).loc["N", "target"] == 20.0


def test_missing_is_no_fail(policy):
    layers = city()
    layers["residential_areas"]["households"] = pd.array([250, None, 0], dtype="Int64")
    layers["facilities"].loc[1, "elder_floor_m2"] = np.nan
    rows = found(policy, layers)
    assert rows.loc[["E", "F"], "status"].tolist() == ["no_data", "no_data"]
    layers = city()
    layers["facilities"].loc[0, "elder_floor_m2"] = np.nan
    assert found(policy, layers).loc["N", "status"] == "to_verify"


def test_refused_words_and_empty_layers(policy):
    with pytest.raises(InputError, match="containment"):
        found(policy, method="nearest")
    with pytest.raises(EmptyLayerError):
        found(policy, {"admin_units": units(), "facilities": facilities()})


def test_deficits_are_summed_by_community(policy):
    checks = found(policy).reset_index()
    table = estates_by_unit(checks, estates(), units()).set_index("unit_code")
    # N lacks 20; E has 100 of 150, lacks 50; F lacks 20
    assert table["gap_m2"].to_dict() == {"A1001": 70.0, "A2200": 20.0}
    assert table.loc["A1001", "not_met"] == 2


def test_review_by_hand(policy):
    rooms = pd.DataFrame({"floor_m2": [60.0, 80.0], "phase": [1, 2], "floor_level": [1, -1],
                          "housing_done_pct": [40.0, 60.0]})  # fmt: skip
    table = review_estate({"name": "甲", "households": 500, "phases": 2}, rooms, policy)
    said = table.set_index("item")
    assert said["status"].to_dict() == {"floor": "met", "one_piece": "not_met", "phase": "not_met",
                                        "order": "not_met", "level": "not_met"}  # fmt: skip
    assert (said.loc["floor", "value"], said.loc["floor", "target"]) == (140.0, 100.0)
    assert said.loc["one_piece", "gap"] == 20.0  # the largest is 80 of the 100 needed
    none = review_estate({"name": "甲", "households": 500}, pd.DataFrame({"floor_m2": []}), policy)
    assert none.set_index("item").loc["floor", "gap"] == 100.0


def test_review_says_no_data_for_what_is_not_stated(policy):
    table = review_estate({"households": 100}, pd.DataFrame({"floor_m2": [30.0]}), policy)
    said = table.set_index("item")["status"]
    assert said.to_dict() == {"floor": "met", "one_piece": "met", "phase": "no_data",
                              "order": "no_data", "level": "no_data"}  # fmt: skip


@pytest.mark.parametrize("households", [None, 0, -5, float("nan"), float("inf")])
def test_review_without_households(policy, households):
    with pytest.raises(InputError, match="households"):
        review_estate({"households": households}, pd.DataFrame({"floor_m2": [30.0]}), policy)


def test_review_with_a_room_of_no_area(policy):
    with pytest.raises(InputError, match="floor_m2"):
        review_estate({"households": 9}, pd.DataFrame({"floor_m2": [30.0, None]}), policy)


def sites():
    frame = pd.DataFrame({
        "site_id": list("abcd"), "name": ["甲", "乙", "丙", "丁"],
        "floor_m2": [400.0, 900.0, 300.0, 500.0], "floor_level": [1, -1, 3, 1],
        "hazard": [None, None, None, "地质灾害"], "owner": ["国有", "国有", None, "国有"],
    })  # fmt: skip
    where = [point(10, 10), point(20, 20), point(30, 30), point(40, 40)]
    return gpd.GeoDataFrame(frame, geometry=where, crs=4547)


def test_eld_19_which_idle_buildings_can_be_used(policy):
    judged = usable_sites(sites(), policy)
    assert judged["usable"].tolist() == [True, False, True, False]
    assert "地下" in judged["reasons_zh"].iloc[1]
    assert "地质灾害" in judged["reasons_zh"].iloc[3]
    # too small and on the third floor warn only: those figures are of other provinces
    assert "350" in judged["warnings_zh"].iloc[2]
    assert "电梯" in judged["warnings_zh"].iloc[2]


def test_gaps_get_surplus_and_buildings(policy):
    shapes = gpd.GeoDataFrame(
        {"unit_code": ["A1", "A2"], "name": ["东街道", "南镇"]},
        geometry=[box(0, 0, 1000), box(1000, 0, 1000)], crs=4547,
    )  # fmt: skip
    common = {"rule_id": "ELD-03", "level": "township", "unit": "m2/100hh", "target": 20.0,
              "denominator": "households"}  # fmt: skip
    checks = pd.DataFrame([
        {**common, "unit_code": "A1", "numerator": 100.0, "denominator_value": 4000.0},
        {**common, "unit_code": "A2", "numerator": 900.0, "denominator_value": 4000.0},
    ])  # fmt: skip
    gaps = pd.DataFrame([{"rule_id": "ELD-03", "title_zh": "用房", "level": "township",
                          "denominator": "households", "unit_code": "A1", "gap": 700.0,
                          "gap_unit": "m2"}])  # fmt: skip
    row = close_gaps(gaps, checks, shapes, sites(), policy).iloc[0]
    # A2 has 900 where 800 are needed; of the usable 400 and 300 both are taken: 700 in all
    assert (row["nearest_surplus"], row["surplus_m2"], row["surplus_km"]) == ("南镇", 100.0, 1.0)
    assert set(row["idle_sites"].split(";")) == {"甲", "丙"}
    assert (row["idle_floor_m2"], row["left_m2"]) == (700.0, 0.0)
    alone = close_gaps(gaps, checks, shapes, None, policy).iloc[0]
    assert (alone["idle_sites"], alone["left_m2"]) == ("", 700.0)


def test_gaps_of_land_get_surplus_and_no_buildings(policy):
    """A1 needs 10,000 × 0.1 = 1,000 m² by residents and 500 by townspeople; a building is no land."""
    shapes = gpd.GeoDataFrame(
        {"unit_code": ["A1", "A2"], "name": ["东街道", "南镇"]},
        geometry=[box(0, 0, 1000), box(1000, 0, 1000)], crs=4547,
    )  # fmt: skip
    common = {"rule_id": "ELD-01", "level": "township", "unit": "m2/person", "target": 0.1}
    persons = {("A1", "resident"): 10_000.0, ("A2", "resident"): 8_000.0, ("A1", "urban"): 5_000.0,
               ("A2", "urban"): 1_000.0}  # fmt: skip
    checks = pd.DataFrame([
        {**common, "unit_code": unit, "denominator": basis, "denominator_value": n,
         "numerator": {"A1": 300.0, "A2": 900.0}[unit]}
        for (unit, basis), n in persons.items()
    ])  # fmt: skip
    gaps = pd.DataFrame([
        {"rule_id": "ELD-01", "title_zh": "用地", "level": "township", "denominator": basis,
         "unit_code": "A1", "gap": gap, "gap_unit": "m2"}
        for basis, gap in (("resident", 700.0), ("urban", 200.0))
    ])  # fmt: skip
    found = close_gaps(gaps, checks, shapes, sites(), policy).set_index("denominator")
    assert found["surplus_m2"].to_dict() == {"resident": 100.0, "urban": 800.0}
    assert found["idle_sites"].tolist() == ["", ""]
    assert found["left_m2"].tolist() == [700.0, 200.0]
