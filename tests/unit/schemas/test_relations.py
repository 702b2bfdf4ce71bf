"""Checks between layers: foreign codes, points out of place, undeclared shifts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan import datum
from geoplan.errors import CodeSystemError
from geoplan.schemas import hierarchy
from geoplan.schemas.relations import check_relations


def city(shift: str = "WGS84", n: int = 30) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(2)
    lines = [shapely.LineString([(113.2 + k * 0.02, 31.6), (113.2 + k * 0.02, 31.9)])
             for k in range(6)]  # fmt: skip
    lon = 113.2 + 0.02 * rng.integers(0, 6, n) + rng.normal(0, 1e-4, n)
    lat = rng.uniform(31.61, 31.89, n)
    x, y = datum.from_wgs84(lon, lat, shift)
    units = gpd.GeoDataFrame(
        {"unit_code": ["421300", "421303001"], "level": ["prefecture", "township"],
         "parent_code": [None, "421300"], "name": ["随州市", "西城街道"],
         "code_system": "nbs-2023"},
        geometry=[shapely.box(113.1, 31.5, 113.5, 32.0)] * 2, crs=4490,
    )  # fmt: skip
    facilities = gpd.GeoDataFrame(
        {"facility_id": [f"f{i}" for i in range(n)], "unit_code": "421303001"},
        geometry=gpd.points_from_xy(x, y), crs=4490,
    )  # fmt: skip
    roads = gpd.GeoDataFrame({"road_id": range(6)}, geometry=lines, crs=4490)
    return {"admin_units": units, "facilities": facilities, "roads": roads}


def rules(layers, **cells) -> dict[str, int]:
    found = check_relations(layers, code_system="nbs-2023", snap_cap_m=200.0, **cells)
    assert (found["effect"] == "warning").all()
    return found["rule"].value_counts().to_dict()


def test_a_clean_city_has_no_findings():
    assert rules(city()) == {}


@pytest.mark.parametrize("shift", ["GCJ-02", "BD-09"])
def test_points_about_600_m_off_are_suspected_and_said(shift):
    layers = city(shift)
    found = check_relations(layers, code_system="nbs-2023", snap_cap_m=2000.0)
    row = found[found["rule"] == "suspected_shift"].iloc[0]
    assert f'datum = "{shift}"' in row["fix_zh"]
    assert shift in row["reason_en"]


def test_unknown_codes_and_codes_of_another_system():
    layers = city()
    layers["facilities"].loc[0, "unit_code"] = "429999"
    layers["facilities"].loc[1, "unit_code"] = "421321101"
    layers["unit_codes"] = pd.DataFrame(
        {"code_system": ["mca-2025"], "code": ["421321101"], "name": ["殷店镇"]}
    )
    found = check_relations(layers, code_system="nbs-2023", snap_cap_m=200.0)
    by_rule = found.set_index("rule")
    assert by_rule.loc["unknown_unit_code", "value"] == "429999"
    assert "殷店镇" in by_rule.loc["other_code_system", "reason_zh"]


def test_facilities_of_no_unit_are_listed_one_by_one():
    layers = city()
    layers["facilities"].loc[[3, 7], "unit_code"] = None
    found = check_relations(layers, code_system="nbs-2023", snap_cap_m=200.0)
    rows = found[found["rule"] == "no_unit"]
    assert rows["id"].tolist() == ["f3", "f7"]
    assert rows["field"].tolist() == ["unit_code"] * 2
    assert "代码" in rows["fix_zh"].iloc[0]


def test_units_without_people_or_households_are_listed():
    """The street without residents, the city without households; a functional unit counts nobody."""
    layers = city()
    zone = layers["admin_units"].iloc[[1]].assign(unit_code="421303900", kind="functional")
    units = pd.concat([layers["admin_units"].assign(kind="street"), zone], ignore_index=True)
    units["population"] = [2_000_000, None, None]
    units["households"] = [None, 9_000, None]
    found = check_relations({**layers, "admin_units": units}, code_system="nbs-2023",
                            snap_cap_m=200.0)  # fmt: skip
    rows = found[found["rule"] == "not_counted"].set_index("field")["id"].to_dict()
    assert rows == {"population": "421303001", "households": "421300"}
    units["population"] = None  # a register of none of them is told by its standards
    again = check_relations({**layers, "admin_units": units}, code_system="nbs-2023",
                            snap_cap_m=200.0)  # fmt: skip
    assert set(again.loc[again["rule"] == "not_counted", "field"]) == {"households"}


def test_facilities_outside_the_city_and_far_from_roads_are_kept_and_listed():
    layers = city()
    moved = layers["facilities"].geometry.copy()
    moved.iloc[0] = shapely.Point(113.8, 31.7)
    layers["facilities"] = layers["facilities"].set_geometry(moved)
    found = rules(layers)
    assert found == {"outside_city": 1, "far_from_own_unit": 1, "far_from_road": 1}


def test_ladder_goes_by_parent_code_never_by_prefix():
    units = pd.DataFrame(
        {"unit_code": ["1", "12", "999"], "level": ["county", "township", "village"],
         "parent_code": [None, "1", "12"]}
    )  # fmt: skip
    ladder = hierarchy.ancestors(units)
    assert ladder.loc["999", ["county", "township", "village"]].tolist() == ["1", "12", "999"]
    placed = hierarchy.place(pd.Series(["12", None, "x"]), ladder)
    assert placed["county"].isna().tolist() == [False, True, True]


def test_units_of_a_day_and_a_system():
    units = pd.DataFrame(
        {"unit_code": list("abcd"), "code_system": ["n", "n", "m", None],
         "neighbour": pd.array([None, True, None, None], dtype="boolean"),
         "valid_to": pd.to_datetime([None, None, None, "2025-12-31"])}
    )  # fmt: skip
    assert hierarchy.own_units(units, code_system="n", on="2025-12-30")["unit_code"].tolist() == [
        "a", "d",
    ]  # fmt: skip
    assert hierarchy.own_units(units, code_system="n", on="2025-12-31")["unit_code"].tolist() == [
        "a"
    ]
    with pytest.raises(CodeSystemError, match="mca"):
        hierarchy.require_one_system(["nbs", "mca"], "nbs", "facilities")
