"""Crossings are joined on one level, counted, and left alone where that is asked for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from tests.fixtures import toytown
from tests.fixtures.nets import cities

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
at = toytown.at


def _roads(*lines, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(x) for x in lines], crs=4547)


CROSS = ([at(0, 50), at(100, 50)], [at(50, 0), at(50, 100)])
TEE = ([at(0, 50), at(100, 50)], [at(50, 50.004), at(50, 100)])


def test_lines_that_cross_are_joined_and_counted():
    town = nw.from_roads(_roads(*CROSS), WALK)
    assert (town.nodes, town.edges) == (5, 4)
    assert town.notes == {"crossings_joined": 1, "touches_joined": 0}


def test_a_line_that_ends_upon_another_is_joined():
    town = nw.from_roads(_roads(*TEE), WALK)
    assert (town.nodes, town.edges) == (4, 3)
    assert town.notes == {"crossings_joined": 0, "touches_joined": 1}


def test_levels_stay_apart():
    town = nw.from_roads(_roads(*CROSS, layer=[1, 0]), WALK)
    assert (town.nodes, town.edges) == (4, 2)


def test_noding_can_be_switched_off():
    assert nw.from_roads(_roads(*CROSS), WALK, node=False).edges == 2
    roads = _roads(*CROSS)
    roads.attrs["noded"] = True  # as read from OpenStreetMap
    assert nw.from_roads(roads, WALK).edges == 2
    assert nw.from_roads(roads, WALK, node=True).edges == 4


def test_a_line_that_crosses_itself_is_joined():
    loop = [at(0, 0), at(100, 0), at(100, 50), at(50, 50), at(50, -50)]
    assert nw.from_roads(_roads(loop), WALK).notes["crossings_joined"] == 1


def test_lines_upon_each_other_get_common_vertices():
    town = nw.from_roads(_roads([at(0, 0), at(100, 0)], [at(50, 0), at(150, 0)]), WALK)
    assert town.nodes == 4
    assert town.edges == 4  # the stretch they share is there twice


@settings(max_examples=60, deadline=None)
@given(cities())
def test_the_same_ways_as_shapely_nodes(city):
    roads, points, _ = city
    noded = shapely.node(shapely.MultiLineString(list(roads.geometry)))
    want = gpd.GeoDataFrame(geometry=list(shapely.get_parts(noded)), crs=roads.crs)
    found = []
    for frame, node in ((roads, True), (want, False)):
        town = nw.from_roads(frame, WALK, node=node)
        spots = nw.snap(town, points)
        sides = spots.part(slice(0, 4)), spots.part(slice(4, None))
        found.append(nw.nearest(town, *sides, limit_min=np.inf).minutes)
    # a crossing within a centimetre of a vertex is that vertex to us, another one to shapely
    assert found[0] == pytest.approx(found[1], abs=5e-3)
    ours = nw.from_roads(roads, WALK)
    assert ours.edge_length_m.sum() == pytest.approx(_length_m(roads), rel=1e-6)


def _length_m(roads):
    return nw.from_roads(roads, WALK, node=False).edge_length_m.sum()


@settings(max_examples=40, deadline=None)
@given(cities(), st.integers(0, 2**32 - 1))
def test_row_order_and_drawing_direction_do_not_matter(city, seed):
    roads, points, _ = city
    rng = np.random.default_rng(seed)
    other = roads.iloc[rng.permutation(len(roads))].copy()
    turned = shapely.reverse(other.geometry.to_numpy())
    other = other.set_geometry(
        gpd.GeoSeries(
            np.where(rng.random(len(other)) < 0.5, turned, other.geometry.to_numpy()),
            index=other.index, crs=roads.crs,
        )
    )  # fmt: skip
    found = []
    for frame in (roads, other):
        town = nw.from_roads(frame, WALK)
        spots = nw.snap(town, points)
        found.append(
            nw.nearest(town, spots.part(slice(0, 4)), spots.part(slice(4, None)), limit_min=99.0)
        )
    assert found[0].minutes == pytest.approx(found[1].minutes, abs=1e-6)
