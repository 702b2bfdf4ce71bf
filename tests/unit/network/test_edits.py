"""Barriers and new roads: the same as building the changed streets from the beginning."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan.errors import CRSMismatchError, InputError, NetworkError
from tests.fixtures import toytown
from tests.fixtures.nets import cities
from tests.fixtures.oracle import split_graph_minutes

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
at = toytown.at


def _frame(*shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4547)


@pytest.fixture(scope="module")
def street():
    line = shapely.LineString([at(0, 0), at(600, 0)])
    return nw.from_roads(_frame(line), WALK)


def _metres(network, a, b):
    ends = nw.snap(network, _frame(a, b))
    found = nw.nearest(network, ends.part(slice(0, 1)), ends.part(slice(1, 2)), limit_min=999.0)
    return found.minutes[0] * 60.0


def test_a_closed_point_parts_the_street_where_it_stands(street):
    shut = nw.with_barriers(street, _frame(at(300, 3)))
    assert _metres(shut, at(0, 0), at(290, 0)) == pytest.approx(290.0, rel=1e-5)
    assert _metres(shut, at(310, 0), at(600, 0)) == pytest.approx(290.0, rel=1e-5)
    assert np.isinf(_metres(shut, at(290, 0), at(310, 0)))
    assert _metres(street, at(290, 0), at(310, 0)) == pytest.approx(20.0, rel=1e-5)


def test_a_gate_that_opens_takes_its_minutes(street):
    gate = nw.with_barriers(street, _frame(at(300, 0), delay_min=[2.0]))
    assert _metres(gate, at(290, 0), at(310, 0)) == pytest.approx(20.0 + 120.0, rel=1e-5)


def test_two_gates_on_one_spot_take_both_their_minutes(street):
    gates = _frame(at(300, 0), at(300, 0), delay_min=[2.0, 1.0])
    twice = nw.with_barriers(street, gates)
    assert _metres(twice, at(290, 0), at(310, 0)) == pytest.approx(20.0 + 180.0, rel=1e-5)
    town = nw.from_roads(toytown.roads(), WALK)
    line = shapely.LineString([at(50, 150), at(150, 50)])  # through the crossing itself
    late = nw.with_barriers(town, _frame(line, delay_min=[1.0]))
    assert _metres(late, at(90, 100), at(110, 100)) == pytest.approx(80.0, rel=1e-4)
    late = nw.with_barriers(town, _frame(at(100, 100), at(100, 100), delay_min=[1.0, 1.0]))
    assert _metres(late, at(90, 100), at(110, 100)) == pytest.approx(140.0, rel=1e-4)


def test_a_barrier_far_from_any_street_is_counted(street):
    far = nw.with_barriers(street, _frame(at(300, 50), None))
    assert far.notes["barriers_off_street"] == 2
    assert _metres(far, at(290, 0), at(310, 0)) == pytest.approx(20.0, rel=1e-5)


def test_a_slow_zone_multiplies_the_minutes_inside(street):
    zone = shapely.box(*at(100, -50).coords[0], *at(200, 50).coords[0])
    slow = nw.with_barriers(street, _frame(zone, factor=[3.0]))
    assert _metres(slow, at(0, 0), at(600, 0)) == pytest.approx(800.0, rel=1e-5)
    shut = nw.with_barriers(street, _frame(zone))
    assert np.isinf(_metres(shut, at(50, 0), at(250, 0)))
    assert _metres(shut, at(0, 0), at(99, 0)) == pytest.approx(99.0, rel=1e-5)


def test_a_barrier_over_the_facility(street):
    zone = shapely.box(*at(0, -500).coords[0], *at(600, 500).coords[0]).buffer(10)
    shut = nw.with_barriers(street, _frame(zone))
    assert nw.snap(shut, _frame(at(300, 0))).edge.tolist() == [-1]


def test_a_crossing_is_closed_for_all_its_streets():
    town = nw.from_roads(toytown.roads(), WALK)
    shut = nw.with_barriers(town, _frame(at(100, 100)))
    assert _metres(town, at(90, 100), at(110, 100)) == pytest.approx(20.0, rel=1e-4)
    assert _metres(shut, at(90, 100), at(110, 100)) == pytest.approx(
        580.0, rel=1e-4
    )  # round the block
    late = nw.with_barriers(town, _frame(at(100, 100), delay_min=[1.0]))
    assert _metres(late, at(90, 100), at(110, 100)) == pytest.approx(80.0, rel=1e-4)


def test_a_river_leaves_the_bridge_open():
    roads = _frame(
        shapely.LineString([at(0, 0), at(600, 0)]), shapely.LineString([at(0, 50), at(600, 50)]),
        layer=[0, 1],
    )  # fmt: skip
    town = nw.from_roads(roads, WALK)
    river = _frame(shapely.LineString([at(300, -100), at(300, 200)]), layer=[0])
    wet = nw.with_barriers(town, river)
    assert np.isinf(_metres(wet, at(290, 0), at(310, 0)))
    assert _metres(wet, at(290, 50), at(310, 50)) == pytest.approx(20.0, rel=1e-4)


def test_a_new_road_joins_the_streets_it_crosses_and_ends_at():
    roads = _frame(
        shapely.LineString([at(0, 0), at(600, 0)]), shapely.LineString([at(0, 300), at(600, 300)])
    )
    town = nw.from_roads(roads, WALK)
    assert np.isinf(_metres(town, at(290, 0), at(290, 300)))
    link = _frame(shapely.LineString([at(300, 2), at(300, 340)]), name=["新路"])
    linked = nw.with_roads(town, link, WALK)
    assert _metres(linked, at(300, 0), at(300, 300)) == pytest.approx(298.0, rel=1e-3)
    assert linked.notes["new_road_ends_loose"] == 1
    assert linked.roads["name"].iloc[-1] == "新路"


def test_what_is_refused(street):
    with pytest.raises(CRSMismatchError):
        nw.with_barriers(street, _frame(at(0, 0)).to_crs(4546))
    for wrong in ({"delay_min": [-1.0]}, {"factor": [0.0]}):
        with pytest.raises(InputError, match="barrier"):
            nw.with_barriers(street, _frame(at(0, 0), **wrong))
    with pytest.raises(NetworkError, match="for_profile"):
        nw.with_barriers(street, _frame(at(300, 0))).for_profile(WALK)


@settings(max_examples=50, deadline=None)
@given(cities(), st.integers(0, 2**32 - 1), st.sampled_from(["to", "from"]))
def test_a_wall_is_the_same_as_streets_with_a_gap(city, seed, direction):
    roads, points, mode = city
    # which of two streets on one line a door takes is a matter of their order
    roads = roads.loc[~roads.geometry.normalize().to_wkb().duplicated()]
    profile = nw.Profile("x", mode, 1.1, 300.0)
    rng = np.random.default_rng(seed)
    low_x, low_y, high_x, high_y = roads.total_bounds
    ends = rng.uniform((low_x, low_y), (high_x, high_y), (2, 2))
    wall = shapely.LineString(ends)
    gap = wall.buffer(0.02)
    cut = roads.set_geometry(roads.geometry.difference(gap))
    cut = cut.loc[~cut.geometry.is_empty]
    edited = nw.with_barriers(nw.from_roads(roads, profile, node=False), _frame(wall))
    spots = points.loc[points.distance(wall) > 310.0]  # their streets lie beyond the gap
    if cut.empty or len(spots) < 2:
        return
    fresh = nw.from_roads(cut, profile, node=False)
    found = []
    for town in (edited, fresh):
        snapped = nw.snap(town, spots)
        sides = snapped.part(slice(0, 1)), snapped.part(slice(1, None))
        found.append(nw.nearest(town, *sides, limit_min=np.inf, direction=direction).minutes)
        want = split_graph_minutes(town, *sides, direction=direction)
        both = np.isfinite(want)
        assert found[-1][both] == pytest.approx(want[both], abs=1e-6)
    assert (np.isfinite(found[0]) == np.isfinite(found[1])).all()
    on = np.isfinite(found[0])
    assert found[0][on] == pytest.approx(found[1][on], abs=0.05)
