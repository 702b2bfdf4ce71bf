"""The same streets give the same answer: whatever the rows' order, the rounding, the source."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, NetworkError
from tests.fixtures import toytown

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
DRIVE = nw.Profile("car", "drive", 1.0, 200.0)


def roads_of(*lines, **columns):
    shapes = [shapely.LineString([toytown.at(*p) for p in line]) for line in lines]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=toytown.CRS)


def points_of(*places, **columns):
    return gpd.GeoDataFrame(columns, geometry=[toytown.at(*p) for p in places], crs=toytown.CRS)


def minutes(net, sites, doors, **options):
    return sc.travel_time(net, sites, doors, **options)["walk_min"].to_numpy()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([WALK, DRIVE]))
@example(20_000, DRIVE)  # two one-way streets upon one another, each drawn its own way
@example(12_700, WALK)
def test_the_order_of_rows_changes_nothing(seed, who):
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 6, (8, 2)) * 100.0
    pairs = [p for p in rng.integers(0, 8, (14, 2)) if (places[p[0]] != places[p[1]]).any()]
    if not pairs:
        return
    pairs += [pairs[i] for i in rng.integers(0, len(pairs), 6)]  # streets upon one another
    pairs += [pairs[i][::-1] for i in rng.integers(0, len(pairs), 4)]
    roads = roads_of(*[[tuple(places[a]), tuple(places[b])] for a, b in pairs])
    n = len(roads)
    roads = roads.assign(
        oneway=rng.integers(-1, 2, n), speed_kmh=rng.choice([10.0, 30.0], n),
        layer=rng.integers(0, 2, n), slope=rng.choice([0.0, 8.0], n),
    )  # fmt: skip
    sites = points_of(*rng.uniform(0, 600, (3, 2)), facility_id=list("abc"))
    doors = points_of(*rng.integers(0, 12, (30, 2)) * 50.0)
    one = nw.from_roads(roads, who)
    other = nw.from_roads(roads.iloc[rng.permutation(n)], who)
    np.testing.assert_allclose(
        minutes(one, sites, doors), minutes(other, sites, doors), atol=1e-6, equal_nan=True
    )


def test_of_streets_upon_one_another_the_better_counts():
    steps = nw.SoftCost("road_class", ("steps",), factor=3.0)
    who = nw.Profile("w", "walk", 1.0, 200.0, soft_costs=(steps,))
    roads = roads_of(*[[(0, 0), (1000, 0)]] * 2, road_class=["steps", "footway"])
    site, door = points_of((300, 10), facility_id=["a"]), points_of((700, 10))
    for order in ([0, 1], [1, 0]):
        found = minutes(nw.from_roads(roads.iloc[order], who), site, door)
        assert found == pytest.approx([420.0 / 60.0], rel=1e-6)


@pytest.mark.parametrize("gap_m", [0.0, 0.0002, 0.002, 0.008])
@pytest.mark.parametrize("x", [100.0, 100.0049, 100.005])
def test_ends_within_a_centimetre_meet_wherever_they_lie(gap_m, x):
    roads = roads_of([(0, 0), (x, 0)], [(x + gap_m, 0), (200, 0)])
    net = nw.from_roads(roads, WALK)
    found = minutes(net, points_of((0, 0), facility_id=["a"]), points_of((200, 0)))
    assert found == pytest.approx([200.0 / 60.0], abs=1e-3)


def test_dense_vertices_are_still_a_street():
    x = np.arange(0.0, 20.0, 0.004)
    roads = roads_of([(0, 0), *((100 + v, 0) for v in x), (200, 0)], [(200, 0), (200, 100)])
    net = nw.from_roads(roads, WALK)
    assert net.edges == 2
    assert net.edge_length_m.sum() == pytest.approx(300.0, abs=0.01)


def test_a_short_last_step_is_no_street():
    net = nw.from_roads(roads_of([(0, 0), (99.995, 0), (100, 0)], [(100, 0), (100, 50)]), WALK)
    assert (net.nodes, net.edges) == (3, 2)


def test_new_roads_have_slopes():
    base = roads_of([(0, 0), (400, 0)], [(0, 400), (400, 400)]).assign(slope=0.0)
    new = roads_of([(200, 0), (200, 400)]).assign(slope=20.0)
    net = nw.from_roads(base, WALK)
    whole = nw.from_roads(pd.concat([base, new], ignore_index=True), WALK)
    site, door = points_of((200, 400), facility_id=["a"]), points_of((200, 0))
    for direction in ("to", "from"):
        found = minutes(nw.with_roads(net, new, WALK), site, door, direction=direction)
        assert found == pytest.approx(minutes(whole, site, door, direction=direction), rel=1e-9)


def test_new_roads_on_heights_must_say_their_slope():
    heights = nw.Elevation(
        np.tile(np.linspace(100, 0, 400)[:, None], (1, 400)), toytown.ORIGIN_X - 500,
        toytown.ORIGIN_Y + 1000, 5.0, 5.0, toytown.CRS,
    )  # fmt: skip
    net = nw.from_roads(roads_of([(0, 0), (400, 0)]), WALK, elevation=heights)
    new = roads_of([(200, 0), (200, 400)])
    with pytest.raises(InputError, match="slope"):
        nw.with_roads(net, new, WALK)
    assert nw.with_roads(net, new.assign(slope=5.0), WALK).edges == 3


def graph_of(*edges, kind=nx.MultiDiGraph):
    graph = kind(crs="EPSG:4326")
    for i, node in enumerate((1, 2, 3, "a")):
        graph.add_node(node, x=113.3 + 0.01 * i, y=31.7)
    for u, v, data in edges:
        graph.add_edge(u, v, **data)
    return graph


def test_osmnx_pairs_only_the_way_back():
    twice = nw.from_osmnx(graph_of((1, 2, {}), (1, 2, {}), (2, 3, {})), DRIVE)
    assert np.isinf(twice.edge_min[:, 1]).all()
    both = nw.from_osmnx(graph_of((1, 2, {"speed_kph": 60.0}), (2, 1, {"speed_kph": 30.0})), DRIVE)
    assert both.edges == 1
    assert both.edge_min[0, 1] == pytest.approx(2 * both.edge_min[0, 0])
    known = graph_of((1, "a", {"highway": ["primary", "x"], "name": "n"}), kind=nx.MultiGraph)
    net = nw.from_osmnx(known, DRIVE)
    assert np.isfinite(net.edge_min).all()
    assert net.roads[["road_class", "name"]].to_numpy().tolist() == [["primary", "n"]]
    known.add_edge(1, 9)
    with pytest.raises(NetworkError, match="'x'"):
        nw.from_osmnx(known, DRIVE)
