"""Travel time, coverage and areas on the toy town, worked by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures import toytown
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, MissingColumnsError, NotMetricCRSError

WALK = nw.Profile("elder_walk", "walk", 1.0, 200.0)


@pytest.fixture(scope="module")
def town() -> nw.Network:
    return nw.from_roads(toytown.roads(), WALK)


@pytest.fixture(scope="module")
def near(town) -> pd.DataFrame:
    return sc.travel_time(town, toytown.facilities(), toytown.people())


def test_rows_keep_the_index_and_say_why(town):
    people = toytown.people().set_index(pd.Index(list("vwxyz")))
    near = sc.travel_time(town, toytown.facilities(), people, limit_min=4.0)
    assert near.index.tolist() == list("vwxyz")
    assert near["facility_id"].tolist()[:3] == ["F1", "F1", "F2"]
    assert near["reach"].tolist() == ["reached"] * 3 + ["beyond_limit", "unsnapped"]
    assert near["walk_min"].iloc[:3].to_numpy() * 60 == pytest.approx([100, 70, 20], abs=1e-4)
    assert near["access_m"].iloc[1] == pytest.approx(20.0)
    assert near["walk_min"].isna().tolist() == [False] * 3 + [True] * 2


def test_inputs_are_not_changed(town):
    facilities, people = toytown.facilities(), toytown.people()
    before = (facilities.copy(deep=True), people.copy(deep=True))
    sc.travel_time(town, facilities, people)
    pd.testing.assert_frame_equal(facilities, before[0])
    pd.testing.assert_frame_equal(people, before[1])


def test_the_order_of_facilities_does_not_matter(town):
    facilities = pd.concat([toytown.facilities(), toytown.facilities().assign(
        facility_id=["A1", "A2"])])  # fmt: skip
    a = sc.travel_time(town, facilities, toytown.people())
    b = sc.travel_time(town, facilities.iloc[::-1], toytown.people())
    pd.testing.assert_frame_equal(a, b)
    assert a["facility_id"].iloc[0] == "A1"  # equal times go to the id that sorts first


def test_no_facilities_reach_nobody(town):
    near = sc.travel_time(town, toytown.facilities().iloc[:0], toytown.people())
    assert near["walk_min"].isna().all()
    nowhere = toytown.facilities().set_geometry([None, None], crs=toytown.CRS)
    assert sc.travel_time(town, nowhere, toytown.people())["walk_min"].isna().all()


def test_degrees_are_refused(town):
    with pytest.raises(NotMetricCRSError, match="demand"):
        sc.travel_time(town, toytown.facilities(), toytown.people().to_crs(4490))
    with pytest.raises(MissingColumnsError, match="facility_id"):
        sc.travel_time(town, toytown.facilities()[["geometry"]], toytown.people())


def test_coverage_worked_by_hand(near):
    # 1.5 minutes = 90 m: B (70 m) and C (20 m) are inside, A (100 m), D (300 m), E are not
    table = sc.coverage(near, toytown.people(), minutes=[1.5])
    persons = table[table["group"] == "persons"].set_index("unit_code")
    assert persons.loc["420000001001", ["persons", "covered", "uncovered"]].tolist() == [
        160, 60, 100,
    ]  # fmt: skip
    assert persons.loc["420000001001", "cov_share"] == pytest.approx(60 / 160)
    assert persons.loc["420000001002", "cov_share"] == pytest.approx(40 / 80)
    assert set(table["group"]) == set(sc.GROUPS)


def test_exactly_at_the_limit_counts():
    near = pd.DataFrame({"walk_min": [15.0, 15.0 + 1e-3]})
    people = pd.DataFrame({"unit_code": ["a", "a"], "persons": [3, 1]})
    assert sc.coverage(near, people, minutes=[15])["covered"].tolist() == [3.0]


def test_missing_persons_are_neither_covered_nor_not():
    near = pd.DataFrame({"walk_min": [1.0, 1.0, np.nan]})
    people = pd.DataFrame(
        {"unit_code": ["a", "a", "b"], "persons": pd.array([4, None, None], dtype="Int64")}
    )
    table = sc.coverage(near, people, minutes=[15]).set_index("unit_code")
    assert table.loc["a", ["persons", "cov_share", "completeness_share"]].tolist() == [4, 1, 0.5]
    assert np.isnan(table.loc["b", "cov_share"])


def test_coverage_says_what_it_needs(near):
    with pytest.raises(InputError, match="limits"):
        sc.coverage(near, toytown.people())
    with pytest.raises(MissingColumnsError, match="town"):
        sc.coverage(near, toytown.people(), by="town", minutes=[5])
    with pytest.raises(InputError, match="rows"):
        sc.coverage(near.iloc[:2], toytown.people(), minutes=[5])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.1, 20.0), min_size=2, max_size=5))
def test_more_minutes_never_cover_fewer(near, limits):
    table = sc.coverage(near, toytown.people(), minutes=sorted(limits))
    for _, rows in table.groupby(["unit_code", "group"]):
        assert (rows.sort_values("limit_min")["covered"].diff().dropna() >= 0).all()


def test_one_more_facility_never_lowers_anything(town):
    one = sc.travel_time(town, toytown.facilities().iloc[:1], toytown.people())["walk_min"]
    two = sc.travel_time(town, toytown.facilities(), toytown.people())["walk_min"]
    assert (two.fillna(np.inf) <= one.fillna(np.inf)).all()


def test_services_choose_the_facilities():
    facilities = toytown.facilities()
    assert sc.offering(facilities, "medical")["facility_id"].tolist() == ["F1"]
    assert sc.offering(facilities, "meals")["facility_id"].tolist() == ["F1", "F2"]
    assert len(sc.offering(facilities, "bathing")) == 0
    assert len(sc.offering(facilities.assign(services=None), "meals")) == 0


def test_areas_agree_with_points(town):
    areas = sc.areas(town, toytown.facilities(), minutes=[2.0, 4.0], cell_m=5.0)
    assert areas.crs == toytown.CRS
    assert areas["facility_id"].tolist() == ["F1", "F1", "F2", "F2"]
    assert areas.geometry.is_valid.all()
    inner, outer = areas.geometry.iloc[0], areas.geometry.iloc[1]
    assert inner.difference(outer).area < 1.0
    # on the street: 119 m north of F1 is inside two minutes, 125 m is not
    assert shapely.covers(inner, toytown.at(100, 117))
    assert not shapely.covers(inner, toytown.at(100, 125))
    # the middle of a block is 50 m from any street: 50 m + 50 m > 2 min is beyond at (150, 150)
    assert not shapely.covers(inner, toytown.at(150, 150))
    rng = np.random.default_rng(5)
    xy = rng.uniform(-50, 450, (4000, 2))
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(*(xy + [toytown.ORIGIN_X, toytown.ORIGIN_Y]).T), crs=toytown.CRS
    )
    minutes = sc.travel_time(town, toytown.facilities().iloc[:1], points)["walk_min"]
    inside = shapely.covers(outer, np.asarray(points.geometry.array))
    assert (inside != (minutes <= 4.0).to_numpy()).mean() < 0.02


def test_dissolved_areas_are_the_union(town):
    apart = sc.areas(town, toytown.facilities(), minutes=[3.0], cell_m=10.0)
    together = sc.areas(town, toytown.facilities(), minutes=[3.0], merge="dissolve", cell_m=10.0)
    assert len(together) == 1
    union = apart.geometry.union_all()
    assert together.geometry.iloc[0].symmetric_difference(union).area < 0.02 * union.area


def test_an_area_is_never_empty_where_the_facility_is_snapped(town):
    areas = sc.areas(town, toytown.facilities(), minutes=[0.01])
    assert not areas.geometry.is_empty.any()


@pytest.mark.parametrize("minutes", [[], [0.0], [-5.0], [np.nan], [np.inf]])
def test_limits_that_make_no_area(town, minutes):
    with pytest.raises(InputError, match="positive"):
        sc.areas(town, toytown.facilities(), minutes=minutes)
