"""Compiled loops of tiles against GEOS, feature by feature."""

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan import tiles
from geoplan.tiles import cutting
from geoplan.tiles.attributes import Attributes
from geoplan.tiles.encoder import EXTENT, TileLayer
from geoplan.tiles.flat import flat
from geoplan.tiles.simplified import simplified, simplified_rings
from tests.fixtures import covers

WORLD = tiles.WEB_MERCATOR.size
UNIT = WORLD / EXTENT
LOW, HIGH = -64.0, EXTENT + 64.0
NUMBERS = st.one_of(st.integers(-300, 4400), st.floats(-300, 4400).map(lambda v: round(v, 2)))
PLACES = st.tuples(NUMBERS, NUMBERS)


def at(shape):
    """A shape on the grid of the tile 0/0/0 in metres."""
    return shapely.transform(shape, lambda xy: (xy * (UNIT, -UNIT)) + (-WORLD / 2, WORLD / 2))


def made(*shapes, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=[at(s) for s in shapes], crs="EPSG:3857")
    return tiles.layer_of(frame, "units", columns=list(columns))


def drawn(*shapes, **options):
    """Feature id -> its shape in the tile."""
    body = tiles.encode_layer(made(*shapes), 0, 0, 0, **{"tolerance": 0, **options})
    if not body:
        return {}
    found = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})["units"]
    return {f["id"]: shapely.geometry.shape(f["geometry"]) for f in found["features"]}


RINGS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9, unique=True
)


@given(RINGS)
def test_a_ring_is_simple_exactly_if_geos_says_so(corners):
    ring = np.array(corners, dtype=np.int64)
    expected = shapely.LinearRing(corners).is_simple and shapely.Polygon(corners).is_valid
    assert bool(cutting.simple(ring, len(ring))) == expected


@given(st.integers(0, 10**6), st.integers(60, 300), st.booleans())
def test_long_rings_are_told_apart_too(seed, count, spoil):
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    far = rng.uniform(500, 2000, count)
    ring = np.rint(np.column_stack([far * np.cos(angle), far * np.sin(angle)])).astype(np.int64)
    if spoil:
        k = rng.integers(0, count - 2)
        ring[[k, k + 1]] = ring[[k + 1, k]]
    assert bool(cutting.simple(ring, count)) == shapely.Polygon(ring).is_valid


def around(corners):
    """Corners in the order of their direction from the middle, which mostly makes a sound ring."""
    x, y = np.mean(corners, axis=0)
    return sorted(corners, key=lambda p: np.arctan2(p[1] - y, p[0] - x))


@given(st.lists(PLACES, min_size=3, max_size=12), st.floats(0, 3).map(lambda v: round(v, 1)),
       st.booleans())  # fmt: skip
def test_any_polygon_is_valid_and_where_geos_has_it(corners, smallest, crossed):
    shape = shapely.Polygon(corners if crossed else around(corners))
    found = drawn(shape, smallest=smallest)
    theirs = shapely.clip_by_rect(shapely.make_valid(shape), LOW, LOW, HIGH, HIGH)
    sound = shape.is_valid  # of others it is a matter of taste what is inside
    if not found:
        assert not sound or theirs.area <= 2 * (theirs.length + 8) + smallest  # a sliver
        return
    mine = found[1]
    assert mine.is_valid
    assert mine.area > smallest
    assert shapely.bounds(mine)[0] >= LOW
    assert shapely.bounds(mine)[3] <= HIGH
    assert np.array_equal(shapely.get_coordinates(mine), np.rint(shapely.get_coordinates(mine)))
    if sound:
        assert mine.symmetric_difference(theirs).area <= 1.5 * (theirs.length + mine.length + 8)


@given(st.lists(st.lists(PLACES, min_size=2, max_size=8), min_size=1, max_size=3))
def test_any_line_is_where_geos_has_it(parts):
    shape = shapely.MultiLineString(parts)
    found = drawn(shape)
    theirs = shapely.get_parts(shapely.clip_by_rect(shape, LOW, LOW, HIGH, HIGH))
    long = theirs[shapely.length(theirs) > 1.5]  # shorter ones may round to a point
    if not found:
        assert not len(long)
        return
    mine = shapely.points(shapely.get_coordinates(found[1]))
    assert shapely.distance(mine, shapely.union_all(theirs)).max() < 1.5
    for line in long:
        assert shapely.distance(shapely.points(shapely.get_coordinates(line)), found[1]).max() < 1.5
    assert found[1].distance(shapely.box(LOW, LOW, HIGH, HIGH)) == 0
    for part in shapely.get_parts(found[1]):
        steps = np.abs(np.diff(shapely.get_coordinates(part), axis=0)).sum(axis=1)
        assert (steps > 0).all()


@given(st.lists(PLACES, min_size=1, max_size=8))
def test_points_within_the_window_are_there(places):
    found = drawn(shapely.MultiPoint(places))
    inside = [p for p in places if LOW <= p[0] <= HIGH and LOW <= p[1] <= HIGH]
    mine = shapely.get_coordinates(found[1]).tolist() if found else []
    assert len(mine) == pytest.approx(len(inside), abs=sum(_edge(p) for p in places))
    for point in mine:
        assert min(abs(point[0] - x) + abs(point[1] - y) for x, y in places) <= 1.01


def _edge(place) -> bool:
    """Whether the way to metres and back may move a place over the window's side."""
    return any(abs(v - limit) < 1e-6 for v in place for limit in (LOW, HIGH))


def test_holes_parts_and_order_are_kept():
    ring = shapely.box(10, 10, 200, 200)
    hole = shapely.Polygon(ring.exterior, [shapely.box(50, 50, 60, 60).exterior])
    two = shapely.MultiPolygon([shapely.box(0, 0, 5, 5), shapely.box(300, 300, 320, 320)])
    found = drawn(ring, hole, shapely.box(70, 70, 80, 80), two, shapely.box(1, 1, 9, 9))
    assert list(found) == [1, 2, 3, 4, 5]  # what lies above is drawn above
    assert [s.area for s in found.values()] == [36100.0, 36000.0, 100.0, 425.0, 64.0]
    assert len(found[2].interiors) == 1
    assert found[4].geom_type == "MultiPolygon"
    simpler = drawn(ring, hole, two, tolerance=4)
    assert [s.area for s in simpler.values()] == [36100.0, 36000.0, 425.0]


def test_a_comb_cut_into_pieces_has_no_edge_along_the_window():
    teeth = [(x, -200 if k % 2 else 100) for k, x in enumerate(range(0, 400, 20))]
    comb = shapely.Polygon([*teeth, (400, 200), (0, 200)])
    assert comb.is_valid
    mine = drawn(comb)[1]
    assert mine.is_valid
    theirs = shapely.clip_by_rect(comb, LOW, LOW, HIGH, HIGH)
    assert mine.symmetric_difference(theirs).area < 1.5 * theirs.length


def test_collections_give_the_members_of_the_highest_dimension():
    mixed = shapely.GeometryCollection([shapely.Point(5, 5), shapely.box(10, 10, 20, 20)])
    assert drawn(mixed)[1].area == 100
    layer = made(mixed, shapely.Point(1, 1), shapely.LineString([(0, 0), (9, 9)]))
    assert [len(f.feature_ptr) - 1 for f in layer.flat] == [1, 1, 1]


@given(st.integers(0, 10**6), st.floats(0.1, 300))
def test_rings_are_simplified_as_shapes_are(seed, tolerance):
    cover = covers.wriggly_cover(3, 3, 60, seed=seed)
    own = flat(cover)
    unit = np.arange(len(cover))
    xy, ptr, ring = simplified_rings(own.xy, own.part_ptr, own.hole, unit, tolerance, grid=0.001)
    assert ring.tolist() == unit.tolist()
    mine = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (ptr, np.arange(len(ptr))))
    theirs = simplified(cover, tolerance, grid=0.001)
    assert shapely.equals(shapely.normalize(mine), shapely.normalize(theirs)).mean() > 0.95


@given(st.lists(st.tuples(
    st.none() | st.text(max_size=3), st.none() | st.integers(-(2**62), 2**62), st.none() | st.booleans(),
    st.none() | st.floats(allow_nan=False)), min_size=1, max_size=30))  # fmt: skip
def test_any_attributes_come_back(rows):
    text, whole, flag, real = zip(*rows, strict=True)
    columns = {"text": pd.Series(text, dtype="str"), "whole": pd.Series(whole, dtype="Int64"),
               "flag": pd.Series(flag, dtype="boolean"), "real": pd.Series(real, dtype=float)}  # fmt: skip
    shapes = np.array([shapely.Point(k, 0) for k in range(len(rows))])
    layer = TileLayer("units", shapes, Attributes(columns), np.arange(len(rows), dtype=np.uint64),
                      tiles.WEB_MERCATOR)  # fmt: skip
    found = mapbox_vector_tile.decode(tiles.encode_layer(layer, 0, 0, 0))["units"]["features"]
    expected = [{k: v for k, v in zip(columns, row, strict=True) if v is not None} for row in rows]
    assert [f["properties"] for f in found] == expected
