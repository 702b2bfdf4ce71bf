"""The edge of an area: valid, nested, and true to the points on a net with loose ends."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from tests.unit.network.test_search import cities


@settings(max_examples=15, deadline=None)
@given(cities(), st.sampled_from(["to", "from"]))
def test_areas_are_valid_nested_and_agree_with_the_points(city, direction):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 300.0))
    facilities = points.iloc[:3].assign(facility_id=["a", "b", "c"])
    found = sc.areas(
        town, facilities, minutes=[3.0, 8.0], direction=direction, merge="dissolve", cell_m=10.0
    )
    small, large = found.geometry
    assert small.is_valid
    assert large.is_valid
    assert small.difference(large).area < 1e-3
    rng = np.random.default_rng(1)
    low_x, low_y, high_x, high_y = shapely.box(*roads.total_bounds).buffer(300).bounds
    xy = rng.uniform((low_x, low_y), (high_x, high_y), (2000, 2))
    doors = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=roads.crs)
    near = sc.travel_time(town, facilities, doors, limit_min=8.0, direction=direction)
    inside = shapely.contains_xy(large, *xy.T)
    assert (inside != near["walk_min"].notna().to_numpy()).mean() <= 0.01
