"""The demo's roads: one network on foot, believable detours, expressways nobody walks."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geoplan.demo.metres import to_metres
from geoplan.network.build import from_roads
from geoplan.network.profiles import Profile


@pytest.fixture(scope="module")
def walk(layers):
    return from_roads(layers["roads"], Profile("walk", "walk", 1.0, 200.0))


def matrix(network):
    n = len(network.node_xy)
    u, v = network.edge_uv.T
    length = network.edge_length_m
    return coo_array((np.tile(length, 2), (np.r_[u, v], np.r_[v, u])), shape=(n, n)).tocsr()


def test_size(layers, walk):
    assert 80_000 <= len(walk.node_xy) <= 120_000
    assert 120_000 <= len(walk.edge_length_m) <= 150_000
    assert layers["roads"].geom_type.eq("LineString").all()
    assert shapely.get_num_coordinates(layers["roads"].geometry.to_numpy()).max() < 120


def test_one_component_on_foot(walk):
    _, label = connected_components(matrix(walk), directed=False)
    assert np.bincount(label).max() / len(label) >= 0.98


def test_detour_of_residents(layers, walk):
    people = layers["population"]
    rng = np.random.default_rng(1)
    weight = people["persons"].to_numpy(dtype=float)
    xy = to_metres(shapely.get_coordinates(people.geometry.to_numpy()))
    node = cKDTree(walk.node_xy).query(xy)[1]
    start = rng.choice(len(people), 40, p=weight / weight.sum())
    length = dijkstra(matrix(walk), indices=node[start], limit=25_000)
    ratios = []
    for row, i in zip(length, start, strict=True):
        straight = np.hypot(*(walk.node_xy[node] - walk.node_xy[node[i]]).T)
        odds = weight * ((straight > 1_000) & (straight < 5_000))
        other = rng.choice(len(people), 50, p=odds / odds.sum())
        ratios += (row[node[other]] / straight[other]).tolist()
    found = np.array(ratios)
    assert np.isfinite(found).mean() > 0.98
    assert 1.2 <= found[np.isfinite(found)].mean() <= 1.5


def test_expressways_are_joined_only_by_ramps(layers):
    roads = layers["roads"]
    fast = roads["road_class"] == "motorway"
    assert not roads.loc[fast, "walk"].any()
    assert (roads.loc[fast, "oneway"] == 1).all()
    main = roads[fast & (roads["speed_kmh"] > 80)]
    vertices = {tuple(c) for c in shapely.get_coordinates(main.geometry.to_numpy()).tolist()}
    others = {tuple(c) for c in shapely.get_coordinates(roads[~fast].geometry.to_numpy()).tolist()}
    assert not vertices & others
    ramps = roads[fast & (roads["speed_kmh"] < 80)]
    ends = shapely.get_coordinates(ramps.geometry.to_numpy()).reshape(-1, 2, 2)
    joined = [{tuple(a) in vertices, tuple(b) in vertices} for a, b in ends.tolist()]
    assert all(pair == {True, False} for pair in joined)


def test_drivers_reach_nearly_all(layers):
    network = from_roads(layers["roads"], Profile("car", "drive", 1.0, 200.0))
    open_ = np.isfinite(network.edge_min)
    n = len(network.node_xy)
    u, v = network.edge_uv.T
    ends = (np.r_[u[open_[:, 0]], v[open_[:, 1]]], np.r_[v[open_[:, 0]], u[open_[:, 1]]])
    links = coo_array((np.ones(len(ends[0])), ends), shape=(n, n))
    _, label = connected_components(links, directed=True, connection="strong")
    assert np.bincount(label).max() / n > 0.95
