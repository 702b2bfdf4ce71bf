"""Later entries: grades, rooms in new estates, idle rooms, projects the rules look for."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from geoplan.demo.facts import COUNTIES
from geoplan.demo.metres import to_metres
from geoplan.io import read_policy

ELDERS = ["community_elderly", "daycare", "activity_centre"]


@pytest.fixture(scope="module")
def register(layers):
    return layers["facilities"]


@pytest.fixture(scope="module")
def areas(layers):
    return layers["residential_areas"].set_index("name", drop=False)


def working(register, *kinds):
    return register[register["facility_kind"].isin(kinds) & (register["status"] == "operating")]


def rooms_of(register, estate):
    return register[register["name"].str.startswith(f"{estate}演示养老服务用房")]


def test_identifiers_run_on(register):
    assert register["facility_id"].tolist() == [f"F{i:05d}" for i in range(1, len(register) + 1)]


def test_hospitals(register):
    general = working(register, "hospital")
    assert len(general) >= 6
    assert set(general["grade"]) == {1, 2, 3}
    second = general.loc[general["grade"] >= 2, "functions"]
    assert second.notna().all()
    assert 0 < second.str.contains("geriatrics").mean() < 1
    chinese = working(register, "tcm_hospital")
    assert chinese["unit_code"].str[:6].tolist() == list(COUNTIES)
    assert chinese["functions"].str.contains("rehabilitation").all()


def test_marriage_offices_and_who_runs_the_homes(register):
    offices = working(register, "marriage_office")
    assert offices["unit_code"].str[:6].tolist() == list(COUNTIES)
    assert offices["grade"].isna().sum() == 1
    assert (offices["grade"].dropna() >= 3).all()
    managed = register.loc[register["facility_kind"] == "hardship_institution", "county_managed"]
    assert managed.isna().sum() == 1
    assert (managed == False).sum() == 2  # noqa: E712
    other = register["facility_kind"] != "hardship_institution"
    assert register.loc[other, "county_managed"].isna().all()


def test_what_the_counties_have(register):
    for kind, planned in (("incubator", 1), ("child_protection_centre", 1), ("rescue_station", 0),
                          ("guidance_centre", 1), ("funeral_home", 0)):  # fmt: skip
        rows = register[register["facility_kind"] == kind]
        assert set(rows["unit_code"].str[:6]) == set(COUNTIES), kind
        assert (rows["status"] == "planned").sum() == planned, kind


def test_outlets_and_nursing_beds(register):
    assert len(working(register, "lottery_outlet")) == 162
    homes = working(register, "institution", "hardship_institution")
    assert 0.57 < homes["nursing_beds"].sum() / homes["beds"].sum() < 0.60


def test_clinics_stand_beside_activity_centres(register):
    clinics, centres = (
        (rows := working(register, kind))[rows.geometry.notna()]
        for kind in ("village_clinic", "activity_centre")
    )
    xy = [to_metres(shapely.get_coordinates(f.geometry.to_numpy())) for f in (clinics, centres)]
    away = cKDTree(xy[1]).query(xy[0])[0]
    assert 0.15 < (away <= 50).sum() / 842 < 0.4


def test_rooms_of_new_estates(register, areas):
    rooms = register[register["name"].str.contains("演示养老服务用房")]
    estates = rooms["name"].str.replace(r"演示养老服务用房\d$", "", regex=True)
    counts = estates.value_counts()
    assert sorted(counts) == [1, 1, 1, 3]
    have = rooms["elder_floor_m2"].groupby(estates).sum()
    for name in counts.index:
        estate = areas[(areas["name"] == name) & (areas["build_status"] == "new")].iloc[0]
        inside = shapely.contains(estate.geometry, rooms_of(register, name).geometry.to_numpy())
        assert inside.all(), name
        assert (rooms_of(register, name)["unit_code"] == estate["unit_code"]).all()
        share = have[name] / (20.0 * estate["households"] / 100.0)
        if counts[name] == 3:
            assert 1.0 < share < 1.1
        elif share < 1:
            assert share == pytest.approx(0.45, abs=0.02)
    assert any(name.endswith("二期") for name in counts.index)


def test_new_estates(areas):
    new = areas[areas["build_status"] == "new"]
    assert (new["housing_floor_m2"] / new["households"]).between(100, 130).all()
    assert areas.loc[areas["build_status"] == "existing", "housing_floor_m2"].isna().all()
    first = set(new.loc[new["phase"] == 1, "name"].str.removesuffix("一期"))
    second = new.loc[new["phase"] == 2]
    assert second["name"].str.endswith("二期").all()
    assert len(set(second["name"].str.removesuffix("二期")) & first) >= 5


def test_relocation_communities(areas, register):
    moved = areas[areas["relocation"]]
    assert len(moved) == 3
    served = moved["unit_code"].isin(working(register, "community_service")["unit_code"])
    assert served.sum() == 2


def test_idle_rooms_beside_a_shortfall(layers, register):
    sites = layers["candidate_sites"]
    bare = ~sites["unit_code"].isin(working(register, *ELDERS)["unit_code"])
    assert sites["owner"].notna().all()
    for county in COUNTIES:
        there = sites[bare & sites["unit_code"].str.startswith(county)]
        fit = (there["floor_level"] >= 1) & there["hazard"].isna() & (there["floor_m2"] >= 350)
        assert fit.sum() >= 3
        assert (there["floor_level"] == -1).any()
        assert (there["hazard"] == "地质灾害隐患点").any()
        assert (there["floor_m2"] < 350).any()


def test_the_rules_find_their_projects(layers):
    projects = layers["projects"]
    box = projects["column_box"].str.removeprefix("专栏").astype(float)
    asked = 0
    for rule in read_policy("suizhou-2022").rules.values():
        kinds = rule.options.project_kinds
        if kinds:
            boxed = rule.options.column_box
            here = box.isna() if boxed is None else box == boxed
            found = projects[projects["kind"].isin(kinds) & here]
            assert len(found), rule.id
            asked += 1
    assert asked >= 5
    graveyards = projects.loc[projects["kind"] == "公益性公墓", "status"]
    assert set(graveyards) == {"complete", "building", "planned"}
    assert np.isclose((graveyards == "complete").mean(), 4 / 6)
