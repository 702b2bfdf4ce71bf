"""Tiles against an independent decoder, by hand, and as properties."""

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import tiles
from geoplan.errors import EmptyLayerError, InputError, MissingColumnsError, MissingCRSError
from geoplan.tiles.encoder import EXTENT
from geoplan.tiles.simplified import simplified
from tests.fixtures import covers

WORLD = tiles.WEB_MERCATOR.size
UNIT = WORLD / EXTENT


def at(x, y):
    """Coordinates of a place on the grid of the tile 0/0/0."""
    return -WORLD / 2 + x * UNIT, WORLD / 2 - y * UNIT


def layer(*shapes, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:3857")
    return tiles.layer_of(frame, "units", columns=list(columns))


def decoded(body):
    return mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})["units"]


def square(x0, y0, x1, y1, *holes):
    return shapely.Polygon([at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)],
                           [[at(*p) for p in h] for h in holes])  # fmt: skip


def test_a_polygon_with_a_hole_by_hand():
    hole = [(20, 20), (20, 30), (30, 30), (30, 20)]
    found = decoded(tiles.encode_layer(layer(square(10, 10, 100, 100, hole)), 0, 0, 0))
    outer, inner = found["features"][0]["geometry"]["coordinates"]
    assert sorted(map(tuple, outer[:-1])) == [(10, 10), (10, 100), (100, 10), (100, 100)]
    assert sorted(map(tuple, inner[:-1])) == sorted(hole)
    area = [shapely.Polygon(r).exterior.is_ccw for r in (outer, inner)]
    assert area == [True, False]  # y runs down: positive by the surveyor's formula


def test_points_and_lines_by_hand():
    line = shapely.LineString([at(0, 0), at(100, 50), at(200, 0)])
    point = shapely.MultiPoint([at(5, 6), at(7, 8)])
    found = decoded(tiles.encode_layer(layer(line, point), 0, 0, 0))["features"]
    shapes = {f["geometry"]["type"]: f["geometry"]["coordinates"] for f in found}
    assert shapes == {"LineString": [[0, 0], [100, 50], [200, 0]], "MultiPoint": [[5, 6], [7, 8]]}
    assert [f["id"] for f in found] == [2, 1]  # a kind at a time


def test_attributes_keep_their_types():
    made = layer(
        *[square(10 * k, 10, 10 * k + 9, 20) for k in range(3)],
        name=["甲镇", None, "甲镇"], people=[1, 2, -3], share=[0.5, np.nan, 1.5],
        open=[True, False, True], day=pd.to_datetime(["2024-01-02", None, None]),
    )  # fmt: skip
    found = decoded(tiles.encode_layer(made, 0, 0, 0))["features"]
    assert [f["properties"] for f in found] == [
        {"name": "甲镇", "people": 1, "share": 0.5, "open": True, "day": "2024-01-02"},
        {"people": 2, "open": False},
        {"name": "甲镇", "people": -3, "share": 1.5, "open": True},
    ]


def test_shapes_are_cut_at_the_buffer():
    found = decoded(tiles.encode_layer(layer(square(-500, -500, 5000, 5000)), 1, 0, 0))
    ring = np.array(found["features"][0]["geometry"]["coordinates"][0])
    assert ring.min() == -64
    assert ring.max() == EXTENT + 64


def test_what_rounding_breaks_is_mended():
    """A slit narrower than the grid: valid before, its two sides one line after rounding."""
    corners = [(0, 0), (50.4, 0), (50.45, 60), (50.49, 0), (100, 0), (100, 100), (0, 100)]
    slit = shapely.Polygon([at(*c) for c in corners])
    assert slit.is_valid
    assert not shapely.Polygon([(round(x), round(y)) for x, y in corners]).is_valid
    made = layer(slit, square(300, 300, 301, 301))
    found = decoded(tiles.encode_layer(made, 0, 0, 0, tolerance=0))["features"]
    shapes = [shapely.geometry.shape(f["geometry"]) for f in found]
    assert [(s.is_valid, s.area) for s in shapes] == [(True, 10_000.0), (True, 1.0)]


def test_tiny_polygons_are_left_out_and_nothing_is_no_tile():
    made = layer(square(10, 10, 11, 11), square(50, 50, 90, 90))
    assert len(decoded(tiles.encode_layer(made, 0, 0, 0, smallest=2.0))["features"]) == 1
    assert tiles.encode_layer(made, 1, 1, 1) == b""


def test_neighbours_do_not_gap():
    cover = covers.wriggly_cover(8, 8, 120)
    for tolerance in (1.0, 30.0, 300.0):
        shapes = simplified(cover, tolerance, grid=0.001)
        shared = shapely.length(shapely.union_all(shapely.boundary(shapes)))
        outer = shapely.length(shapely.boundary(shapely.union_all(shapely.make_valid(shapes))))
        total = shapely.length(shapes).sum()
        assert shared == pytest.approx((total + outer) / 2, rel=0.002)  # each arc once
        assert shapely.get_num_coordinates(shapes).sum() < shapely.get_num_coordinates(cover).sum()


@pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning")
def test_the_same_features_as_another_encoder():
    cover = gpd.GeoSeries(covers.wriggly_cover(12, 12, 24), crs="EPSG:4547").to_crs("EPSG:3857")
    made = layer(*cover, code=[str(i) for i in range(len(cover))])
    x, y = tiles.WEB_MERCATOR.tile_of(113.0, 31.65, zoom=11)
    bounds = tiles.WEB_MERCATOR.bounds(11, x, y)
    found = decoded(tiles.encode_layer(made, 11, x, y, tolerance=0, buffer=0))
    window = shapely.box(*bounds)
    theirs = mapbox_vector_tile.decode(mapbox_vector_tile.encode(
        [{"name": "units", "features": [
            {"geometry": g.intersection(window), "properties": {"code": str(i)}}
            for i, g in enumerate(cover) if g.intersects(window)]}],
        default_options={"quantize_bounds": bounds},
    ))["units"]  # fmt: skip
    mine = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in
            found["features"]}  # fmt: skip
    other = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in
             theirs["features"]}  # fmt: skip
    assert mine.keys() == other.keys()
    assert len(mine) > 20
    for code, shape in mine.items():
        assert shape.area == pytest.approx(other[code].area, rel=0.01, abs=200)


@given(st.integers(0, 10**6), st.integers(8, 13), st.floats(0, 40))
@settings(max_examples=25)
def test_every_tile_decodes_to_valid_polygons(seed, zoom, tolerance):
    cover = gpd.GeoSeries(covers.wriggly_cover(4, 4, 40, seed=seed), crs="EPSG:4547")
    made = layer(*cover.to_crs("EPSG:3857"))
    x, y = tiles.WEB_MERCATOR.tile_of(112.97, 31.63, zoom=zoom)
    body = tiles.encode_layer(made, zoom, x, y, tolerance=tolerance)
    for f in decoded(body)["features"] if body else []:
        assert shapely.geometry.shape(f["geometry"]).is_valid


def test_the_grid_in_degrees():
    seat = gpd.GeoDataFrame({"name": ["随州"]}, geometry=[shapely.Point(113.37, 31.72)],
                            crs="EPSG:4490")  # fmt: skip
    made = tiles.layer_of(seat, "units", columns=["name"], grid=tiles.CGCS2000)
    x, y = tiles.CGCS2000.tile_of(113.37, 31.72, zoom=9)
    assert (x, y) == (834, 165)  # (113.37 + 180) / (180 / 512), (90 - 31.72) / (180 / 512)
    assert decoded(tiles.encode_layer(made, 9, x, y))["features"][0]["properties"] == {
        "name": "随州"
    }


def test_a_label_for_each_polygon_inside_its_largest_part():
    both = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 9, 4)])
    frame = gpd.GeoDataFrame({"name": ["甲", "乙"]}, geometry=[both, None], crs="EPSG:4490")
    found = tiles.label_points(frame)
    assert found["name"].tolist() == ["甲"]
    assert shapely.box(5, 0, 9, 4).contains(found.geometry.iloc[0])


def test_the_pyramid_has_each_feature_at_each_zoom():
    cover = gpd.GeoSeries(covers.wriggly_cover(5, 5, 40), crs="EPSG:4547").to_crs("EPSG:3857")
    made = layer(*cover)
    seen = {}
    for zoom, _x, _y, body in tiles.pyramid([made], range(9, 12)):
        seen.setdefault(zoom, set()).update(f["id"] for f in decoded(body)["features"])
    assert seen == {z: set(range(1, 26)) for z in (9, 10, 11)}


def test_bad_input():
    made = layer(square(10, 10, 100, 100))
    for bad in ((0, 1, 0), (0, 0, -1), (-1, 0, 0), (23, 0, 0)):
        with pytest.raises(InputError, match="There is no"):
            tiles.encode_layer(made, *bad)
    with pytest.raises(InputError, match="Zooms"):
        next(tiles.pyramid([made], range(5, 3)))
    with pytest.raises(MissingCRSError):
        tiles.layer_of(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), "x")
    empty = gpd.GeoDataFrame(geometry=[None], crs="EPSG:4490")
    with pytest.raises(EmptyLayerError):
        tiles.layer_of(empty, "x")
    with pytest.raises(MissingColumnsError):
        tiles.layer_of(empty, "x", columns=["name"])
