"""Reached streets, their buffer, the straight circle: each says what its name says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, MissingColumnsError
from tests.fixtures import toytown
from tests.fixtures.nets import cities

WALK = nw.Profile("w", "walk", 1.0, 200.0)
at = toytown.at


def _street():
    line = shapely.LineString([at(0, 0), at(300, 0), at(600, 0)])
    return nw.from_roads(gpd.GeoDataFrame({"name": ["长街"]}, geometry=[line], crs=4547), WALK)


def _site(*places):
    ids = [f"f{i}" for i in range(len(places))]
    return gpd.GeoDataFrame({"facility_id": ids}, geometry=list(places), crs=4547)


def test_reached_streets_are_cut_where_the_limit_is():
    found = sc.reached_streets(_street(), _site(at(200, 60)), limit_min=3.0)
    assert found["name"].tolist() == ["长街", "长街"]
    assert found["length_m"].tolist() == pytest.approx([120.0, 120.0], rel=1e-4)
    # one minute to the street, two along it
    assert found[["from_min", "to_min"]].to_numpy().tolist() == [
        pytest.approx([3.0, 1.0], rel=1e-4), pytest.approx([1.0, 3.0], rel=1e-4),
    ]  # fmt: skip
    assert shapely.union_all(found.geometry.to_numpy()).length == pytest.approx(240.0, rel=1e-4)


def test_two_facilities_meet_half_way():
    sites = _site(at(100, 0), at(400, 0))
    found = sc.reached_streets(_street(), sites, limit_min=10.0, merge=True)
    assert found["length_m"].sum() == pytest.approx(600.0, rel=1e-4)
    assert found["to_min"].max() == pytest.approx(200.0 / 60.0, rel=1e-4)
    middle = found.loc[found["from_min"].sub(2.5).abs().lt(1e-3)]
    assert len(middle) + found["to_min"].sub(2.5).abs().lt(1e-3).sum() == 2
    each = sc.reached_streets(_street(), sites, limit_min=10.0)
    assert each.groupby("facility_id")["length_m"].sum().tolist() == pytest.approx(
        [600.0, 600.0], rel=1e-4
    )


@settings(max_examples=40, deadline=None)
@given(cities(), st.sampled_from(["to", "from"]), st.booleans())
def test_the_minutes_along_a_line_are_those_of_doors_upon_it(city, direction, merge):
    roads, points, mode = city
    roads = roads.loc[~roads.geometry.normalize().to_wkb().duplicated()]
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 300.0), node=False)
    sites = points.iloc[:3].assign(facility_id=list("abc")).iloc[: 3 if merge else 1]
    found = sc.reached_streets(town, sites, limit_min=9.0, direction=direction, merge=merge)
    assert (found[["from_min", "to_min"]].max(axis=1) <= 9.0 + 1e-5).all()
    sources = nw.snap(town, sites)
    share = np.random.default_rng(0).uniform(0, 1, town.edges)
    doors = nw.Snap(np.arange(town.edges, dtype=np.int32), share, np.zeros(town.edges))
    near = nw.nearest(town, sources, doors, limit_min=9.0, direction=direction)
    reached_m = shapely.length(found.geometry.to_numpy()).sum()
    assert reached_m <= shapely.length(town.lines).sum() * (1 + 1e-9)
    lines = found.geometry.to_numpy()
    places = shapely.points(town.places(doors.edge, share))
    tree = shapely.STRtree(lines)
    for i in range(town.edges):
        on = tree.query(places[i], predicate="dwithin", distance=1e-6)
        if not np.isfinite(near.minutes[i]):
            continue
        assert len(on)
        along = shapely.line_locate_point(lines[on], places[i], normalized=True)
        low, high = found["from_min"].to_numpy()[on], found["to_min"].to_numpy()[on]
        assert (low + along * (high - low)).min() == pytest.approx(near.minutes[i], abs=1e-4)


def test_the_buffer_is_the_one_of_shapely():
    town = nw.from_roads(toytown.roads(), WALK)
    asked = {"limit_min": 3.0}
    lines = sc.reached_streets(town, toytown.facilities(), **asked)
    found = sc.street_buffers(town, toytown.facilities(), buffer_m=25.0, **asked)
    assert found.is_valid.all()
    for row in found.itertuples():
        mine = lines.geometry[lines["facility_id"] == row.facility_id].to_numpy()
        want = shapely.union_all(mine).buffer(25.0, quad_segs=32)
        assert row.geometry.symmetric_difference(want).area <= 0.01 * want.area
    both = sc.street_buffers(town, toytown.facilities(), buffer_m=25.0, merge=True, **asked)
    union = shapely.union_all(found.geometry.to_numpy())
    assert both.geometry[0].symmetric_difference(union).area <= 0.01 * union.area


def test_straight_circles_and_whom_they_leave_out():
    sites = toytown.facilities()
    discs = sc.straight_circles(sites)
    assert discs["radius_m"].unique().tolist() == [1000.0, 900.0, 500.0, 300.0]
    assert discs.area.iloc[0] == pytest.approx(np.pi * 1e6, rel=1e-2)
    assert len(sc.straight_circles(sites, merge=True)) == 4
    line = shapely.LineString([at(0, 0), at(0, 500), at(100, 500), at(100, 0)])
    town = nw.from_roads(gpd.GeoDataFrame(geometry=[line], crs=4547), WALK)
    people = gpd.GeoDataFrame({"persons": [7, 5]}, geometry=[at(100, 0), at(0, 100)], crs=4547)
    site = _site(at(0, 0))
    near = sc.travel_time(town, site, people)
    straight = sc.straight_distance(site, people)
    assert straight["distance_m"].tolist() == [100.0, 100.0]
    table = sc.compare_with_straight(near, straight, people, limit_min=5.0, radius_m=300.0)
    assert table.iloc[0].tolist() == ["persons", 5.0, 7.0, 0.0, 0.0]


@pytest.mark.parametrize("limit_min", [0.0, -1.0, np.nan, np.inf])
def test_limits_that_are_none(limit_min):
    with pytest.raises(InputError, match="limit"):
        sc.reached_streets(_street(), _site(at(0, 0)), limit_min=limit_min)


def test_other_refusals():
    with pytest.raises(InputError, match="buffer"):
        sc.street_buffers(_street(), _site(at(0, 0)), limit_min=3.0, buffer_m=0.0)
    with pytest.raises(InputError, match="radii"):
        sc.straight_circles(_site(at(0, 0)), radii_m=[-1.0])
    with pytest.raises(MissingColumnsError):
        sc.straight_distance(toytown.people(), toytown.people())
    far = _site(at(0, 5000))
    assert sc.reached_streets(_street(), far, limit_min=3.0).empty
    assert sc.street_buffers(_street(), far, limit_min=3.0).empty
