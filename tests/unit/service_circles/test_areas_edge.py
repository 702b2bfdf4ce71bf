"""The edge of an area: valid, nested, and true to the points on a net with loose ends."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, MissingColumnsError
from geoplan.service_circles.areas import usual_cell_m
from tests.fixtures import toytown
from tests.fixtures.nets import cities

DIRECTIONS = st.sampled_from(["to", "from"])


def _city(city):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 300.0))
    return town, points.iloc[:3].assign(facility_id=["a", "b", "c"], own=[2.0, 8.0, 5.0])


def _doors(town):
    rng = np.random.default_rng(1)
    low, high = town.node_xy.min(axis=0) - 300, town.node_xy.max(axis=0) + 300
    xy = rng.uniform(low, high, (2000, 2))
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=town.crs), xy


@settings(max_examples=15, deadline=None)
@given(cities(), DIRECTIONS)
def test_areas_are_valid_nested_and_agree_with_the_points(city, direction):
    town, facilities = _city(city)
    found = sc.areas(
        town, facilities, minutes=[3.0, 8.0], direction=direction, merge="dissolve", cell_m=10.0
    )
    small, large = found.geometry
    assert small.is_valid
    assert large.is_valid
    assert small.difference(large).area < 1e-3
    doors, xy = _doors(town)
    near = sc.travel_time(town, facilities, doors, limit_min=8.0, direction=direction)
    inside = shapely.contains_xy(large, *xy.T)
    assert (inside != near["walk_min"].notna().to_numpy()).mean() <= 0.01


@settings(max_examples=15, deadline=None)
@given(cities(), DIRECTIONS)
def test_the_parts_of_a_split_fill_the_whole_and_go_to_the_nearest(city, direction):
    town, facilities = _city(city)
    asked = {"minutes": [3.0, 8.0], "direction": direction, "cell_m": 10.0}
    parts = sc.areas(town, facilities, merge="split", **asked)
    whole = sc.areas(town, facilities, merge="dissolve", **asked)
    assert parts.is_valid.all()
    for limit_min, rows in parts.groupby("limit_min"):
        shape = whole.geometry[whole["limit_min"] == limit_min].iloc[0]
        assert rows.area.sum() == pytest.approx(shape.area, abs=1e-3)
        assert shapely.union_all(rows.geometry.to_numpy(), grid_size=1e-6).symmetric_difference(
            shape
        ).area == pytest.approx(0.0, abs=0.1)
    doors, xy = _doors(town)
    near = sc.travel_time(town, facilities, doors, limit_min=8.0, direction=direction)
    wrong = np.zeros(len(xy), bool)
    for row in parts.loc[parts["limit_min"] == 8.0].itertuples():
        inside = shapely.contains_xy(row.geometry, *xy.T)
        wrong |= inside != (near["facility_id"] == row.facility_id).to_numpy()
    assert wrong.mean() <= 0.02


@settings(max_examples=10, deadline=None)
@given(cities(), DIRECTIONS)
def test_own_limits_are_those_of_each_facility_alone(city, direction):
    town, facilities = _city(city)
    asked = {"direction": direction, "cell_m": 10.0}
    own = sc.areas(town, facilities, minutes="own", **asked)
    for row in own.itertuples():
        alone = facilities.loc[facilities["facility_id"] == row.facility_id]
        single = sc.areas(town, alone, minutes=[row.limit_min], **asked)
        assert row.geometry.equals(single.geometry.iloc[0])
    both = sc.areas(town, facilities, minutes="own", merge="dissolve", **asked)
    union = shapely.union_all(own.geometry.to_numpy())
    # discs of a metre stand for areas without a grid point, hence the slack
    assert both.geometry.iloc[0].symmetric_difference(union).area <= 0.01 * union.area + 400.0


def test_rings_do_not_overlap_and_add_up():
    town = nw.from_roads(toytown.roads(), nw.Profile("w", "walk", 1.0, 200.0))
    asked = {"minutes": [2.0, 4.0], "cell_m": 5.0}
    discs = sc.areas(town, toytown.facilities(), **asked)
    rings = sc.areas(town, toytown.facilities(), rings=True, **asked)
    assert rings["from_min"].tolist() == [0.0, 2.0, 0.0, 2.0]
    assert rings.is_valid.all()
    assert set(rings.geom_type) == {"MultiPolygon"}
    by_facility = rings.area.groupby(rings["facility_id"]).sum()
    assert by_facility.tolist() == pytest.approx(discs.area[discs["limit_min"] == 4.0].tolist())
    assert rings.geometry[0].intersection(rings.geometry[1]).area == pytest.approx(0.0, abs=1e-6)


def test_entry_minutes_are_like_less_time():
    town = nw.from_roads(toytown.roads(), nw.Profile("w", "walk", 1.0, 200.0))
    facilities = toytown.facilities().assign(lift=[1.0, 0.0])
    late = sc.areas(town, facilities, minutes=[4.0], entry="lift", cell_m=5.0)
    early = sc.areas(town, facilities, minutes=[3.0, 4.0], cell_m=5.0)
    for i, j in ((0, 0), (1, 3)):
        assert late.geometry[i].symmetric_difference(early.geometry[j]).area < 1e-3


def test_trimmed_areas_stay_near_the_streets():
    town = nw.from_roads(toytown.roads(), nw.Profile("w", "walk", 1.0, 200.0))
    whole = sc.areas(town, toytown.facilities(), minutes=[4.0], cell_m=5.0)
    near = sc.areas(town, toytown.facilities(), minutes=[4.0], cell_m=5.0, trim_m=20.0)
    streets = shapely.union_all(town.lines)
    want = whole.geometry[0].intersection(streets.buffer(20.0, quad_segs=32))
    assert near.geometry[0].symmetric_difference(want).area <= 0.01 * want.area


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": [5.0], "cell_m": 0.5}, {"minutes": [5.0], "cell_m": np.nan},
        {"minutes": [5.0], "trim_m": -1.0}, {"minutes": []}, {"minutes": [np.inf]},
        {"minutes": "own"}, {"minutes": [5.0], "entry": "own"},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(wrong):
    town = nw.from_roads(toytown.roads(), nw.Profile("w", "walk", 1.0, 200.0))
    facilities = toytown.facilities().assign(own=[np.nan, -2.0])
    with pytest.raises(InputError):
        sc.areas(town, facilities, **wrong)


def test_a_column_that_is_not_there_is_named():
    town = nw.from_roads(toytown.roads(), nw.Profile("w", "walk", 1.0, 200.0))
    with pytest.raises(MissingColumnsError, match="hours"):
        sc.areas(town, toytown.facilities(), minutes="hours")


def test_no_facility_near_a_street_gives_empty_answers():
    town = nw.from_roads(toytown.roads(), nw.Profile("w", "walk", 1.0, 200.0))
    far = toytown.facilities().translate(90_000, 0)
    facilities = toytown.facilities().set_geometry(far)
    assert sc.areas(town, facilities, minutes=[5.0]).empty
    assert sc.areas(town, facilities, minutes=[5.0], merge="split").empty
    assert sc.areas(town, facilities, minutes=[5.0], merge="dissolve").geometry.iloc[0].is_empty


def test_a_dense_core_in_a_wide_town_is_drawn_fine():
    """A tenth of the streets 20 m apart, the rest 100 m: the mean gap would give 9 m."""
    side = [3.0 + 20.0 * i for i in range(41)]
    lines = [[(x, 3.0), (x, 803.0)] for x in side] + [[(3.0, y), (803.0, y)] for y in side]
    core = gpd.GeoDataFrame(
        geometry=[shapely.LineString([toytown.at(*p) for p in line]) for line in lines],
        crs=toytown.CRS,
    )
    walk = nw.Profile("walk", "walk", 1.0, 200.0)
    both = gpd.GeoDataFrame(pd.concat([toytown.roads(40), core], ignore_index=True))
    assert usual_cell_m(nw.from_roads(toytown.roads(40), walk)) == 12.0
    assert usual_cell_m(nw.from_roads(both, walk)) == 4.0
