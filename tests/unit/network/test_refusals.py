"""What cannot be searched or built is refused by name: foreign snaps, limits, words, geometries."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan import io
from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import (
    EmptyLayerError,
    InputError,
    InvalidGeometryError,
    NotMetricCRSError,
    UnknownIdError,
)
from tests.fixtures import toytown

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
at = toytown.at
FAC, PEOPLE = toytown.facilities(), toytown.people()


@pytest.fixture(scope="module")
def town():
    return nw.from_roads(toytown.roads(), WALK)


def barrier(x, y):
    return gpd.GeoDataFrame(geometry=[at(x, y)], crs=toytown.CRS)


@pytest.mark.parametrize(
    "limits", [np.full(2000, 2.0), np.full(1, 2.0), 2.0, [np.nan, 2.0], [-1.0, 2.0]]
)
def test_node_sets_needs_one_limit_per_source(town, limits):
    with pytest.raises(InputError, match="limits for 2 sources"):
        nw.node_sets(town, nw.snap(town, FAC), limits)


@pytest.mark.parametrize("index", [-1, 2, np.nan])
def test_reached_needs_an_index_there_is(town, index):
    with pytest.raises(InputError, match="index"):
        nw.reached(town, nw.snap(town, FAC), index, limit_min=2.0)


def test_a_snap_of_other_streets_is_refused(town):
    large = nw.from_roads(toytown.roads(40), WALK)
    doors = gpd.GeoDataFrame(geometry=shapely.points(large.node_xy[-5:]), crs=large.crs)
    here, foreign = nw.snap(town, FAC), nw.snap(large, doors)
    for search in (nw.nearest, nw.matrix):
        for sources, targets in ((here, foreign), (foreign, here)):
            with pytest.raises(InputError, match="another network"):
                search(town, sources, targets, limit_min=5.0)
    with pytest.raises(InputError, match="another network"):
        sc.travel_time(town, FAC, doors, demand_snap=foreign)
    nodes = nw.nearest_nodes(large, foreign, limit_min=5.0)
    with pytest.raises(InputError, match="another network"):
        nw.at_doors(town, here, nodes, here, limit_min=5.0)
    by_hand = nw.Snap(np.array([town.edges], np.int32), np.zeros(1), np.zeros(1))
    with pytest.raises(InputError, match="another network"):
        nw.nearest(town, here, by_hand, limit_min=5.0)


def test_a_snap_lasts_as_long_as_the_streets(town, tmp_path):
    doors = nw.snap(town, PEOPLE)
    want = sc.travel_time(town, FAC, PEOPLE)["walk_min"]
    io.save_network(town, tmp_path / "town.gpnet")
    slower = town.for_profile(replace(WALK, speed_m_s=0.5))
    for net, times in ((town, 1.0), (io.open_network(tmp_path / "town.gpnet"), 1.0), (slower, 2.0)):
        found = sc.travel_time(net, FAC, PEOPLE, demand_snap=doors)["walk_min"]
        np.testing.assert_allclose(found, want * times)
    new = gpd.GeoDataFrame(geometry=[shapely.LineString([at(0, 50), at(100, 50)])], crs=town.crs)
    for edited in (nw.with_barriers(town, barrier(150, 100)), nw.with_roads(town, new, WALK)):
        with pytest.raises(InputError, match="before barriers"):
            sc.travel_time(edited, FAC, PEOPLE, demand_snap=doors)


def test_demand_snap_is_of_the_demand(town):
    with pytest.raises(InputError, match="demand_snap has 2"):
        sc.travel_time(town, FAC, PEOPLE, demand_snap=nw.snap(town, PEOPLE.iloc[:2]))


@pytest.mark.parametrize("cap_m", [-200.0, np.nan, np.inf, 1e9, "15"])
def test_caps_are_distances(town, cap_m):
    with pytest.raises(InputError, match="snap_cap_m"):
        nw.Profile("x", "walk", 1.0, cap_m)
    with pytest.raises(InputError, match="cap_m"):
        nw.snap(town, PEOPLE, cap_m=cap_m)


def test_words_are_known_ones(town):
    with pytest.raises(InputError, match="walk, drive"):
        nw.Profile("x", "bike", 1.0, 200.0)
    with pytest.raises(InputError, match="to, from"):
        sc.travel_time(town, FAC, PEOPLE, direction="From")
    with pytest.raises(InputError, match="overlap, dissolve, split"):
        sc.areas(town, FAC, minutes=[5], merge="foo")
    with pytest.raises(UnknownIdError, match="5"):
        raise UnknownIdError.among("thing", "物", 5, [7])


@pytest.mark.parametrize("near_m", [-1.0, np.nan, np.inf])
def test_near_is_a_distance(town, near_m):
    with pytest.raises(InputError, match="near_m"):
        nw.diagnose(town, near_m=near_m)


def shaped(*shapes):
    roads = toytown.roads()
    return roads.set_geometry([*shapes, *roads.geometry[len(shapes) :]], crs=toytown.CRS)


def test_coordinates_that_are_none_are_named():
    for bad in (np.inf, -np.inf):
        with pytest.raises(InvalidGeometryError, match=r"\[1\]"):
            nw.from_roads(
                shaped(toytown.roads().geometry[0], shapely.LineString([(bad, 0), (1, 1)])), WALK
            )
    with pytest.raises(InvalidGeometryError, match="point"):
        nw.snap(nw.from_roads(toytown.roads(), WALK), barrier(np.inf, 0.0))


@pytest.mark.parametrize("shape", [at(1, 1), at(1, 1).buffer(5), None,
                                   shapely.LineString([at(1, 1), at(1, 1)])])  # fmt: skip
def test_roads_without_a_line_are_an_empty_layer(shape):
    with pytest.raises(EmptyLayerError):
        nw.from_roads(toytown.roads().set_geometry([shape] * 10, crs=toytown.CRS), WALK)


def test_rows_that_are_no_lines_are_counted():
    assert nw.from_roads(shaped(at(1, 1)), WALK).notes["not_lines"] == 1


@pytest.mark.parametrize(
    ("crs", "error"),
    [("EPSG:4490", NotMetricCRSError), ("EPSG:3857", NotMetricCRSError),
     ("EPSG:999999", InputError), ("junk", InputError)],
)  # fmt: skip
def test_the_metric_crs_is_metric(crs, error):
    with pytest.raises(error):
        nw.from_roads(toytown.roads(), WALK, metric_crs=crs)


def test_permissions_and_one_ways_may_be_words():
    drive = nw.Profile("car", "drive", 1.0, 200.0)
    roads = toytown.roads()
    said = nw.from_roads(roads.assign(walk=["yes"] * 5 + ["No"] * 5), WALK)
    told = nw.from_roads(roads.assign(walk=[True] * 5 + [False] * 5), WALK)
    np.testing.assert_array_equal(said.edge_min, told.edge_min)
    said = nw.from_roads(roads.assign(oneway=["yes", "no"] * 5), drive)
    told = nw.from_roads(roads.assign(oneway=[1, 0] * 5), drive)
    np.testing.assert_array_equal(said.edge_min, told.edge_min)
    for column, value in (("walk", "perhaps"), ("walk", 2)):
        with pytest.raises(InputError, match=column):
            nw.from_roads(roads.assign(**{column: value}), WALK)
    for value in ("sometimes", 2, np.inf):
        with pytest.raises(InputError, match="oneway"):
            nw.from_roads(roads.assign(oneway=value), drive)


def test_barriers_and_new_roads_that_are_none(town):
    mixed = shapely.GeometryCollection([at(50, 0), at(250, 200).buffer(20)])
    both = nw.with_barriers(town, gpd.GeoDataFrame(geometry=[mixed], crs=town.crs))
    apart = nw.with_barriers(
        town, gpd.GeoDataFrame(geometry=[at(50, 0), at(250, 200).buffer(20)], crs=town.crs)
    )
    np.testing.assert_array_equal(both.edge_min, apart.edge_min)
    with pytest.raises(InputError, match="delay_min"):
        nw.with_barriers(town, barrier(50, 0).assign(delay_min="abc"))
    with pytest.raises(InvalidGeometryError):
        nw.with_barriers(town, barrier(np.inf, 0))
    for shape in (at(5, 5), at(5, 5).buffer(9), shapely.LineString([(np.inf, 1), (2, 3)])):
        with pytest.raises(InvalidGeometryError):
            nw.with_roads(town, gpd.GeoDataFrame(geometry=[shape], crs=town.crs), WALK)
    for shape in (None, shapely.LineString(), shapely.LineString([at(5, 5), at(5, 5)])):
        same = nw.with_roads(town, gpd.GeoDataFrame(geometry=[shape], crs=town.crs), WALK)
        assert same.edges == town.edges
