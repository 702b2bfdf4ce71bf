"""Frames of other doors, impossible limits and amounts, ids: refused, or the same everywhere."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import (
    EmptyLayerError,
    InputError,
    InvalidGeometryError,
    MissingColumnsError,
    MissingCRSError,
    UnknownIdError,
)
from geoplan.io import read_policy
from tests.fixtures import toytown

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
at = toytown.at
FAC, PEOPLE = toytown.facilities(), toytown.people()
TOWN = nw.from_roads(toytown.roads(), WALK)
NEAR = sc.travel_time(TOWN, FAC, PEOPLE)
STRAIGHT = sc.straight_distance(FAC, PEOPLE)


def counts(near=NEAR, demand=PEOPLE, straight=STRAIGHT, limit_min=2.0, radius_m=300.0):
    """Every way of counting people by an answer."""
    return {
        "coverage": lambda: sc.coverage(near, demand, minutes=[limit_min]),
        "histogram": lambda: sc.histogram(near, demand),
        "clusters": lambda: sc.unserved_clusters(near, demand, limit_min=limit_min, at_least=1),
        "straight": lambda: sc.compare_with_straight(
            near, straight, demand, limit_min=limit_min, radius_m=radius_m
        ),
    }


@pytest.mark.parametrize("name", list(counts()))
def test_answers_are_of_the_same_doors(name):
    for near, demand in (
        (NEAR, PEOPLE.iloc[::-1]), (NEAR.iloc[:2], PEOPLE), (NEAR, PEOPLE.iloc[:2]),
    ):  # fmt: skip
        with pytest.raises(InputError, match="same doors"):
            counts(near, demand)[name]()
    with pytest.raises(MissingColumnsError, match="walk_min"):
        counts(NEAR[["reach"]])[name]()


def test_the_straight_answer_is_of_the_same_doors():
    with pytest.raises(InputError, match="straight"):
        counts(straight=STRAIGHT.iloc[::-1])["straight"]()


@pytest.mark.parametrize("name", list(counts()))
@pytest.mark.parametrize("wrong", [-100, np.inf, "x"])
def test_people_are_amounts(name, wrong):
    values = pd.Series([wrong, 60, 40, 30, 10], dtype=object)
    people = PEOPLE.assign(persons=values, elders_60=values)
    with pytest.raises(InputError, match="holds"):
        counts(demand=people)[name]()


@pytest.mark.parametrize("name", ["coverage", "clusters", "straight"])
@pytest.mark.parametrize("limit_min", [-5.0, np.nan, "15", None])
def test_limits_are_limits(name, limit_min):
    with pytest.raises(InputError, match="limit"):
        counts(limit_min=limit_min)[name]()


def test_no_limits_and_no_radius():
    with pytest.raises(InputError, match="needs the limits"):
        sc.coverage(NEAR, PEOPLE, minutes=[])
    with pytest.raises(InputError, match="radius_m"):
        counts(radius_m=-3.0)["straight"]()


def test_one_limit_needs_no_list():
    one, listed = (sc.areas(TOWN, FAC, minutes=m) for m in (5, [5.0]))
    assert one.equals(listed)
    assert len(sc.straight_circles(FAC, radii_m=np.array([100.0, 200.0]))) == 4
    with pytest.raises(InputError, match="limits must be positive"):
        sc.reached_streets(TOWN, FAC, limit_min="15")


def test_ids_are_text_everywhere():
    sites = FAC.assign(facility_id=[10, 2]).set_geometry([at(200, 200)] * 2, crs=toytown.CRS)
    near = sc.travel_time(TOWN, sites, PEOPLE)
    assert near["facility_id"].dropna().unique().tolist() == ["10"]  # as text, "10" comes first
    what_if = sc.WhatIf(TOWN, sites, PEOPLE, limit_min=99.0)
    assert what_if.near()["facility_id"].equals(near["facility_id"])
    assert what_if.facility_ids == ["10", "2"]
    what_if.close(10)
    what_if.move(2, at(0, 0))
    assert what_if.facility_ids == ["2"]
    with pytest.raises(UnknownIdError, match="None"):
        what_if.close(None)
    assert sc.straight_circles(sites, radii_m=[5.0])["facility_id"].tolist() == ["10", "2"]
    assert sc.areas(TOWN, sites, minutes=[2])["facility_id"].tolist() == ["10", "2"]
    mixed = FAC.assign(facility_id=["a", 2])
    assert sc.travel_time(TOWN, mixed, PEOPLE)["facility_id"].tolist()[:3] == ["a", "a", "2"]


@pytest.mark.parametrize("ids", [["a", None], [None, None], [1.0, np.nan]])
def test_a_facility_without_id_is_refused(ids):
    sites = FAC.assign(facility_id=ids)
    with pytest.raises(InputError, match="no facility_id"):
        sc.travel_time(TOWN, sites, PEOPLE)
    with pytest.raises(InputError, match="no facility_id"):
        sc.WhatIf(TOWN, sites, PEOPLE, limit_min=5.0)


def test_rings_of_facilities_of_one_name_are_not_cut_by_one_another():
    sites = FAC.assign(facility_id="A").set_geometry([at(0, 0), at(100, 0)], crs=toytown.CRS)
    whole, rings = (sc.areas(TOWN, sites, minutes=[3], rings=r) for r in (False, True))
    assert rings["from_min"].tolist() == [0.0, 0.0]
    assert rings.area.tolist() == whole.area.tolist()
    two = sc.areas(TOWN, sites, minutes=[2, 3], rings=True)
    assert two["from_min"].tolist() == [0.0, 2.0, 0.0, 2.0]


def test_sensitivity_meets_the_streets_of_its_profile():
    drive = nw.Profile("car", "drive", 1.0, 200.0)
    roads = toytown.roads().assign(walk=[True] * 5 + [False] * 5, drive=True)
    on_foot, by_car = nw.from_roads(roads, WALK), nw.from_roads(roads, drive)
    one, other = (sc.sensitivity(n, WALK, FAC, PEOPLE, limit_min=4.0) for n in (on_foot, by_car))
    pd.testing.assert_frame_equal(one, other)
    for caps in ([-200.0], [np.nan], [np.inf]):
        with pytest.raises(InputError, match="cap_m"):
            sc.sensitivity(on_foot, WALK, FAC, PEOPLE, limit_min=4.0, snap_caps_m=caps)


def test_modes_go_by_row():
    ways = {"u": (TOWN, "to"), "r": (TOWN, "from")}
    people = PEOPLE.assign(m=list("uruur"))
    want = sc.travel_time_by_mode(ways, FAC, people, mode="m", limit_min=5.0)
    twice = people.set_axis([0, 0, 1, 1, 2])
    found = sc.travel_time_by_mode(ways, FAC, twice, mode="m", limit_min=5.0)
    pd.testing.assert_frame_equal(found.reset_index(drop=True), want)
    assert found.index.tolist() == [0, 0, 1, 1, 2]
    none = sc.travel_time_by_mode(ways, FAC, people.iloc[:0], mode="m", limit_min=5.0)
    assert none.columns.tolist() == want.columns.tolist()
    assert not len(none)
    with pytest.raises(UnknownIdError):
        sc.travel_time_by_mode(ways, FAC, people.assign(m=None), mode="m", limit_min=5.0)


def test_equity_goes_by_row():
    value, people = pd.Series([1.0, 2.0, 3.0, np.nan]), pd.Series(np.ones(4))
    twice = sc.equity(value.set_axis([0, 0, 1, 1]), people.set_axis([0, 0, 1, 1]))
    pd.testing.assert_frame_equal(twice, sc.equity(value, people))
    unit = pd.Series(list("abab"))
    for wrong in ((value, people.iloc[::-1]), (value, people, unit.set_axis([9, 8, 7, 6]))):
        with pytest.raises(InputError, match="same doors"):
            sc.equity(*wrong)
    with pytest.raises(InputError, match="as many"):
        sc.gini([1.0, 2.0, 3.0], [1.0, 1.0])


def test_land_needs_sound_outlines():
    areas = sc.areas(TOWN, FAC, minutes=[2], merge="dissolve")
    units = gpd.GeoDataFrame({"unit_code": ["u"]}, geometry=[at(0, 0).buffer(99)], crs=areas.crs)
    with pytest.raises(MissingCRSError):
        sc.area_coverage(areas, units.set_crs(None, allow_override=True))
    with pytest.raises(EmptyLayerError):
        sc.area_coverage(areas.iloc[:0], units)
    bow_tie = shapely.Polygon([at(0, 0), at(100, 100), at(100, 0), at(0, 100)])
    with pytest.raises(InvalidGeometryError, match="'u'"):
        sc.area_coverage(areas, units.set_geometry([bow_tie], crs=areas.crs))


def test_estates_need_a_crs():
    estates = gpd.GeoDataFrame({"estate_gates": [None]}, geometry=[at(0, 0).buffer(9)])
    with pytest.raises(MissingCRSError, match="estates"):
        sc.travel_time(TOWN, FAC, PEOPLE, estates=estates)


def test_text_and_unknown_methods():
    with pytest.raises(InputError, match="'entry'"):
        sc.areas(TOWN, FAC.assign(entry=["a", "b"]), minutes=[5], entry="entry")
    policy = read_policy("suizhou-2022")
    asked = {"supply": "floor_m2", "group": "elders_60", "policy": policy}
    with pytest.raises(InputError, match="2sfca, e2sfca"):
        sc.accessibility(TOWN, FAC, PEOPLE, method="foo", **asked)
    with pytest.raises(InputError, match="elders_60"):
        sc.accessibility(TOWN, FAC, PEOPLE.assign(elders_60="x"), **asked)


def test_a_code_that_is_there_twice_goes_by_its_first_name():
    codes = ["420000001001", "420000001001", "420000001002"]
    names = pd.Series(["x", "y", "z"], index=codes)
    found = sc.unserved_clusters(NEAR, PEOPLE, limit_min=1.0, at_least=1, names=names)
    assert set(found["name"]) == {"x", "z"}
