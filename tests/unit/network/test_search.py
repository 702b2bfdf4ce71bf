"""Minutes from door to door: worked by hand on the toy town, and equal to the split graph."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fixtures import toytown
from fixtures.nets import cities
from fixtures.oracle import split_graph_minutes
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph

from geoplan import network as nw
from geoplan.errors import CRSMismatchError, EmptyLayerError, InputError, NotMetricCRSError
from geoplan.network import kernels

WALK = nw.Profile("elder_walk", "walk", 1.0, 200.0)


@pytest.fixture(scope="module")
def town() -> nw.Network:
    return nw.from_roads(toytown.roads(), WALK)


def test_streets_are_cut_at_shared_vertices(town):
    assert (town.nodes, town.edges) == (25, 40)
    assert town.edge_length_m == pytest.approx(np.full(40, 100.0), abs=1e-4)
    assert town.connected_share == 1.0
    assert town.crs == "EPSG:4547"


@pytest.mark.parametrize("direction", ["to", "from"])
def test_minutes_worked_by_hand(town, direction):
    facilities = nw.snap(town, toytown.facilities())
    doors = nw.snap(town, toytown.people())
    found = nw.nearest(town, facilities, doors, limit_min=15.0, direction=direction)
    metres = found.minutes * 60.0
    assert metres[:4] == pytest.approx(list(toytown.METRES.values()), abs=1e-4)
    assert found.source.tolist() == [0, 0, 1, 0, -1]
    assert np.isinf(metres[4])
    assert doors.edge[4] == -1


def test_the_limit_is_closed(town):
    facilities = nw.snap(town, toytown.facilities().iloc[:1])
    doors = nw.snap(town, toytown.people().iloc[:1])
    exact = nw.nearest(town, facilities, doors, limit_min=np.inf).minutes[0]
    assert nw.nearest(town, facilities, doors, limit_min=exact).source[0] == 0
    assert nw.nearest(town, facilities, doors, limit_min=exact - 1e-4).source[0] == -1


@pytest.mark.parametrize("limit", [-1.0, np.nan])
def test_limits_that_are_none(town, limit):
    spot = nw.snap(town, toytown.people())
    with pytest.raises(InputError, match="minutes"):
        nw.nearest(town, spot, spot, limit_min=limit)


def test_degrees_and_other_zones_are_refused(town):
    with pytest.raises(NotMetricCRSError):
        nw.snap(town, toytown.people().to_crs(4490))
    with pytest.raises(CRSMismatchError):
        nw.snap(town, toytown.people().to_crs(4546))


def test_one_way_streets_bind_drivers_not_walkers():
    line = shapely.LineString([(0, 0), (600, 0)])
    back = shapely.LineString([(600, 0), (600, 300), (0, 300), (0, 0)])
    roads = gpd.GeoDataFrame(
        {"oneway": [1, 0], "speed_kmh": [36.0, 36.0], "drive": True, "walk": True},
        geometry=shapely.transform(
            np.array([line, back]), lambda xy: xy + [toytown.ORIGIN_X, toytown.ORIGIN_Y]
        ),
        crs=4547,
    )
    facility = gpd.GeoDataFrame(geometry=[toytown.at(500, 0)], crs=4547)
    door = gpd.GeoDataFrame(geometry=[toytown.at(550, 0)], crs=4547)
    drive = nw.from_roads(roads, nw.Profile("drive", "drive", 1.0, 200.0))
    f, d = nw.snap(drive, facility), nw.snap(drive, door)
    # to the facility: 50 m ahead, round by 300 + 600 + 300, then 500 m: 1,750 m at 10 m/s
    assert nw.nearest(drive, f, d, limit_min=99).minutes[0] * 60 == pytest.approx(175.0, abs=0.01)
    # from the facility: 50 m straight on
    out = nw.nearest(drive, f, d, limit_min=99, direction="from").minutes[0]
    assert out * 60 == pytest.approx(5.0, abs=0.01)
    walk = nw.from_roads(roads, WALK)
    assert nw.nearest(walk, nw.snap(walk, facility), nw.snap(walk, door), limit_min=99).minutes[
        0
    ] * 60 == pytest.approx(50.0, abs=0.01)


def test_a_bridge_does_not_meet_the_road_below():
    over = shapely.LineString([toytown.at(0, 50), toytown.at(50, 50), toytown.at(100, 50)])
    under = shapely.LineString([toytown.at(50, 0), toytown.at(50, 50), toytown.at(50, 100)])
    for layer, pieces in (([0, 0], 4), ([1, 0], 2)):
        roads = gpd.GeoDataFrame({"layer": layer}, geometry=[over, under], crs=4547)
        assert nw.from_roads(roads, WALK).edges == pieces


def test_roads_that_nobody_may_walk_are_an_empty_layer():
    roads = toytown.roads().assign(walk=False)
    with pytest.raises(EmptyLayerError, match="roads"):
        nw.from_roads(roads, WALK)


def test_nonsense_speeds_are_refused():
    for speed in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="speed"):
            nw.Profile("x", "walk", speed, 200.0)


def test_loops_repeated_vertices_and_double_streets_do_no_harm():
    at = toytown.at
    lines = [
        shapely.LineString([at(0, 0), at(0, 0), at(100, 0)]),
        shapely.LineString([at(100, 0), at(150, 50), at(100, 100), at(100, 0)]),
        shapely.LineString([at(0, 0), at(100, 0)]),
    ]
    town = nw.from_roads(gpd.GeoDataFrame(geometry=lines, crs=4547), WALK)
    assert town.edges == 3
    spot = nw.snap(town, gpd.GeoDataFrame(geometry=[at(150, 50), at(0, 0)], crs=4547))
    found = nw.nearest(town, spot.part(slice(1, 2)), spot.part(slice(0, 1)), limit_min=99)
    assert found.minutes[0] * 60 == pytest.approx(100 + np.hypot(50, 50), abs=0.01)


@settings(max_examples=80, deadline=None)
@given(cities(), st.sampled_from(["to", "from"]))
def test_equal_to_the_split_graph(city, direction):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 500.0))
    spots = nw.snap(town, points)
    half = len(points) // 2
    parts = [spots.part(slice(0, half)), spots.part(slice(half, None))]
    got = nw.nearest(town, parts[0], parts[1], limit_min=np.inf, direction=direction)
    want = split_graph_minutes(town, parts[0], parts[1], direction=direction)
    assert (np.isfinite(got.minutes) == np.isfinite(want)).all()
    on = np.isfinite(want)
    assert got.minutes[on] == pytest.approx(want[on], abs=1e-6)


def test_one_facility_at_a_time_agrees_with_all_at_once(town):
    facilities = nw.snap(town, toytown.facilities())
    best = np.full(town.nodes, np.inf)
    for i in range(2):
        node, minutes = nw.reached(town, facilities, i, limit_min=5.0)
        best[node] = np.minimum(best[node], minutes)
    together = nw.nearest_nodes(town, facilities, limit_min=5.0)
    assert best == pytest.approx(together.minutes)


def test_osmnx_graph_gives_the_same_minutes(town):
    import networkx as nx

    graph = nx.MultiDiGraph(crs="EPSG:4547")
    for i, (x, y) in enumerate(town.node_xy):
        graph.add_node(i, x=x, y=y)
    for u, v in town.edge_uv:
        graph.add_edge(int(u), int(v))
        graph.add_edge(int(v), int(u))
    other = nw.from_osmnx(graph, WALK)
    assert other.edges == town.edges
    a, b = (
        nw.nearest(t, nw.snap(t, toytown.facilities()), nw.snap(t, toytown.people()), limit_min=15)
        for t in (town, other)
    )
    assert a.minutes == pytest.approx(b.minutes)


@settings(max_examples=40, deadline=None)
@given(cities(), st.sampled_from(["to", "from"]))
def test_more_time_and_more_speed_never_reach_less(city, direction):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 400.0))
    spots = nw.snap(town, points)
    halves = spots.part(slice(0, 6)), spots.part(slice(6, None))
    minutes = [
        nw.nearest(town, *halves, limit_min=limit, direction=direction).minutes
        for limit in (3.0, 8.0, np.inf)
    ]
    for less, more in pairwise(minutes):
        on = np.isfinite(less)
        assert np.array_equal(less[on], more[on])
    quick = town.for_profile(nw.Profile("y", mode, 1.4, 400.0))
    faster = nw.nearest(quick, *halves, limit_min=np.inf, direction=direction).minutes
    on = np.isfinite(minutes[-1])
    assert (faster[on] <= minutes[-1][on] + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(cities(), st.sampled_from([0.5, 4.0, 40.0, np.inf]), st.sampled_from(["to", "from"]))
def test_node_sets_are_those_of_each_source_alone(city, limit_min, direction):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 400.0))
    spots = nw.snap(town, points)
    limits = np.full(len(points), limit_min)
    ptr, node, minutes = nw.node_sets(town, spots, limits, direction)
    for k in range(len(points)):
        alone = nw.nearest_nodes(
            town, spots.part(slice(k, k + 1)), limit_min=limit_min, direction=direction
        ).minutes
        got = np.full(town.nodes, np.inf)
        got[node[ptr[k] : ptr[k + 1]]] = minutes[ptr[k] : ptr[k + 1]]
        assert np.array_equal(got, alone)
        assert len(set(node[ptr[k] : ptr[k + 1]])) == ptr[k + 1] - ptr[k]


@pytest.mark.parametrize("limit_min", [30.0, np.inf])
def test_node_sets_find_more_room_when_they_need_it(limit_min):
    """A star of 2,000 crossings at one distance fills a bucket; 8,000 nodes fill the output."""
    arms = 2_000
    ring = np.arange(1, 1 + arms)
    u = np.concatenate((np.zeros(arms, int), ring, ring + arms, ring + 2 * arms))
    v = np.concatenate((ring, ring + arms, ring + 2 * arms, ring + 3 * arms))
    minutes = np.repeat([7.0, 1.0, 2.0, 9.5], arms)
    n = 4 * arms + 1
    both = sparse.coo_matrix(
        (np.tile(minutes, 2), (np.append(u, v), np.append(v, u))), shape=(n, n)
    ).tocsr()
    arcs = both.indptr, both.indices, both.data
    seeds = np.array([0, 1, 2, 3]), np.array([0, 5, 0]), np.array([0.0, 0.0, 20.0])
    limits = np.full(3, limit_min)
    ptr, node, found = kernels.node_sets(arcs, seeds, limits, 4.0)
    want = csgraph.dijkstra(both, indices=seeds[1]) + seeds[2][:, None]
    for k in range(3):
        got = np.full(n, np.inf)
        got[node[ptr[k] : ptr[k + 1]]] = found[ptr[k] : ptr[k + 1]]
        assert got == pytest.approx(np.where(want[k] <= limit_min, want[k], np.inf))
        assert len(set(node[ptr[k] : ptr[k + 1]])) == ptr[k + 1] - ptr[k]


def test_node_sets_keep_a_seed_below_zero_by_rounding_only():
    arcs = np.array([0, 1, 2], np.int32), np.array([1, 0], np.int32), np.full(2, 3.0)
    seeds = np.arange(5), np.zeros(4, np.int32), np.array([-1e-12, -1e6, np.nan, np.inf])
    ptr, node, minutes = kernels.node_sets(arcs, seeds, np.full(4, 9.0), 1.0)
    assert ptr.tolist() == [0, 2, 2, 2, 2]
    assert dict(zip(node.tolist(), minutes, strict=True)) == pytest.approx({0: 0.0, 1: 3.0})


@settings(max_examples=30, deadline=None)
@given(cities(), st.integers(-40, 40), st.integers(-40, 40))
def test_moving_all_of_it_changes_nothing(city, east_m, north_m):
    roads, points, _ = city
    found = []
    for dx, dy in ((0, 0), (east_m, north_m)):
        town = nw.from_roads(roads.set_geometry(roads.translate(dx, dy)), WALK)
        spots = nw.snap(town, points.set_geometry(points.translate(dx, dy)))
        found.append(
            nw.nearest(town, spots.part(slice(0, 6)), spots.part(slice(6, None)), limit_min=np.inf)
        )
    # the scale of the zone changes by some parts in a million over the distance moved
    assert found[0].minutes == pytest.approx(found[1].minutes, rel=1e-5)
    assert found[0].source.tolist() == found[1].source.tolist()


def test_a_facility_where_everything_is_special():
    """On a node, on a street end of a one-way, twice on one spot, on a loop of no length."""
    at = toytown.at
    lines = [[at(0, 0), at(100, 0)], [at(100, 0), at(200, 0)], [at(100, 0), at(100, 0)]]
    roads = gpd.GeoDataFrame(
        {"oneway": [1, 0, 0], "speed_kmh": 36.0},
        geometry=[shapely.LineString(x) for x in lines], crs=4547,
    )  # fmt: skip
    town = nw.from_roads(roads, nw.Profile("d", "drive", 1.0, 100.0))
    frame = gpd.GeoDataFrame(geometry=[at(100, 0), at(100, 0), at(0, 0)], crs=4547)
    spots = nw.snap(town, frame)
    found = nw.nearest(town, spots, spots, limit_min=9.0)
    assert found.minutes[:2].tolist() == [0.0, 0.0]
    assert found.source.tolist() == [0, 0, 2]
    one = nw.nearest(town, spots.part(slice(2, 3)), spots.part(slice(0, 1)), limit_min=9.0)
    assert np.isinf(one.minutes[0])  # against the one-way
