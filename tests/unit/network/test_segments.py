"""The segment index against shapely's tree, and the rule for equal distances."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan.network.segments import build_grid, fill_tile, nearest_segments
from tests.fixtures import toytown

WALK = nw.Profile("walk", "walk", 1.0, 200.0)


def _random_lines(rng, n):
    start = rng.uniform(0, 3000, (n, 2))
    steps = rng.normal(0, rng.choice([5.0, 80.0, 900.0], (n, 1, 1)), (n, 3, 2))
    return [shapely.LineString(np.vstack([a, a + np.cumsum(s, axis=0)]))
            for a, s in zip(start, steps, strict=True)]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), n=st.integers(1, 60), cap_m=st.sampled_from([5.0, 200.0, 5000.0])
)
def test_the_nearest_street_is_the_one_an_r_tree_finds(seed, n, cap_m):
    rng = np.random.default_rng(seed)
    lines = _random_lines(rng, n)
    xy = rng.uniform(-800, 3800, (50, 2))
    line_xy = np.vstack([shapely.get_coordinates(line) for line in lines])
    starts = np.flatnonzero(np.arange(len(line_xy)) % 4 != 3).astype(np.int32)
    segment, share, leg_m = nearest_segments(
        line_xy, build_grid(line_xy, starts), xy[:, 0].copy(), xy[:, 1].copy(), cap_m
    )
    true_m = shapely.distance(shapely.points(xy)[:, None], np.array(lines)[None, :]).min(axis=1)
    near = true_m <= cap_m
    assert ((segment >= 0) == near).all()
    assert leg_m[near] == pytest.approx(true_m[near], abs=1e-7)
    s = segment[near]
    feet = line_xy[s] + share[near][:, None] * (line_xy[s + 1] - line_xy[s])
    assert np.hypot(*(feet - xy[near]).T) == pytest.approx(true_m[near], abs=1e-7)


def test_a_tile_of_grid_points_has_the_same_answer_as_single_points():
    line_xy = np.vstack([shapely.get_coordinates(s) for s in toytown.roads().geometry])
    starts = np.flatnonzero(np.arange(len(line_xy)) % 5 != 4).astype(np.int32)
    grid = build_grid(line_xy, starts)
    tile = np.empty((64, 64), np.int32)
    x0, y0 = toytown.ORIGIN_X - 100.0, toytown.ORIGIN_Y - 100.0
    fill_tile(line_xy, grid, x0, y0, 11.0, 60.0, tile)
    y, x = (v.ravel() for v in np.meshgrid(y0 + 11.0 * np.arange(64), x0 + 11.0 * np.arange(64),
                                           indexing="ij"))  # fmt: skip
    single, _, leg_m = nearest_segments(line_xy, grid, x, y, 60.0)
    assert ((tile.ravel() >= 0) == (single >= 0)).all()
    on = single >= 0
    of_tile = tile.ravel()[on]
    streets = shapely.linestrings(np.stack((line_xy[of_tile], line_xy[of_tile + 1]), axis=1))
    tile_m = shapely.distance(streets, shapely.points(x[on], y[on]))
    assert tile_m == pytest.approx(leg_m[on], abs=1e-6)


def test_doors_midway_between_streets_go_east_whatever_the_order_of_rows():
    door = gpd.GeoDataFrame(geometry=[toytown.at(50, 250), toytown.at(230, 250)], crs=toytown.CRS)
    roads = toytown.roads()
    for order in (roads, roads.iloc[::-1], roads.sample(frac=1.0, random_state=3)):
        town = nw.from_roads(order, WALK)
        found = nw.snap(town, door)
        feet = shapely.line_interpolate_point(town.lines[found.edge], found.share, normalized=True)
        assert shapely.get_x(feet) - toytown.ORIGIN_X == pytest.approx([100.0, 200.0], abs=1e-6)
        assert found.access_m == pytest.approx([50.0, 30.0])


def test_points_that_are_nowhere_are_unsnapped():
    town = nw.from_roads(toytown.roads(), WALK)
    door = gpd.GeoDataFrame(
        geometry=[None, shapely.Point(), toytown.at(1e7, 1e7), toytown.at(0, 0)], crs=toytown.CRS
    )
    assert nw.snap(town, door).edge.tolist()[:3] == [-1, -1, -1]
    assert nw.snap(town, door).edge[3] >= 0
