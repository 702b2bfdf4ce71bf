"""GeoJSON is written as its readers expect, whatever the shape and the cell."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from geoplan_api.columns import array_of
from geoplan_api.ogc import geojson
from hypothesis import given
from hypothesis import strategies as st

WKT = ["POINT (1 2)", "LINESTRING (0 0, 1 1, 2 0)", "POLYGON ((0 0, 4 0, 4 4, 0 0))",
       "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 2 1, 2 2, 1 1), (5 5, 6 5, 6 6, 5 5))",
       "MULTIPOINT (1 2, 3 4)", "MULTILINESTRING ((0 0, 1 1), (5 5, 6 6, 7 5))",
       "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 9 5, 9 9, 5 5), (6 5.5, 7 5.5, 7 6, 6 5.5)))",
       "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))"]  # fmt: skip


def shapes_of(wkt):
    out = np.empty(len(wkt), dtype=object)
    out[:] = [None if w is None else shapely.from_wkt(w) for w in wkt]
    return out


def cells(table):
    return {str(name): array_of(table[name]) for name in table}


def read(parts):
    return [json.loads(p) for p in parts]


def test_each_kind_is_what_it_was():
    shapes = shapes_of(WKT)
    for shape, made in zip(shapes, geojson.geometries(shapes), strict=True):
        back = shapely.from_geojson(made)
        assert back.geom_type == shape.geom_type
        assert shapely.equals_exact(back, shape)


def test_no_shape_and_an_empty_one_are_null():
    shapes = shapes_of(
        [None, "POINT EMPTY", "POLYGON EMPTY", "POINT (1 2)", "GEOMETRYCOLLECTION EMPTY"]
    )
    assert read(geojson.geometries(shapes)) == [
        None,
        None,
        None,
        {"type": "Point", "coordinates": [1, 2]},
        None,
    ]
    assert geojson.geometries(np.array([], dtype=object)) == []


def test_heights_are_left_out_and_axes_turned():
    shapes = shapes_of(["LINESTRING Z (1 2 3, 4 5 6)"])
    assert read(geojson.geometries(shapes, swap=True))[0]["coordinates"] == [[2, 1], [5, 4]]


def test_digits_are_the_shortest_that_tell_the_rounded_number():
    shapes = shapes_of(["POINT (113.1000000000001 31.123456789)"])
    assert b"[113.1,31.12345679]" in geojson.geometries(shapes)[0]
    assert b"[113.1,31.123]" in geojson.geometries(shapes, digits=3)[0]


coordinate = st.floats(-180, 180).map(lambda v: round(v, 6))
lines = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=5).map(shapely.LineString)
points = st.tuples(coordinate, coordinate).map(shapely.Point)
boxes = st.tuples(coordinate, coordinate).map(lambda p: shapely.box(p[0], p[1], p[0] + 1, p[1] + 1))
one = points | lines | boxes
any_shape = (st.none() | one | st.lists(points, min_size=1, max_size=3).map(shapely.MultiPoint)
             | st.lists(lines, min_size=1, max_size=3).map(shapely.MultiLineString)
             | st.lists(boxes, min_size=1, max_size=3).map(shapely.MultiPolygon)
             | st.lists(one, min_size=1, max_size=3).map(shapely.GeometryCollection))  # fmt: skip


@given(st.lists(any_shape, max_size=8))
def test_shapes_in_any_order_come_back_in_it(given_shapes):
    shapes = np.empty(len(given_shapes), dtype=object)
    shapes[:] = given_shapes
    for shape, made in zip(shapes, geojson.geometries(shapes), strict=True):
        if shape is None:
            assert made == b"null"
        else:
            assert shapely.equals_exact(shapely.from_geojson(made), shape, tolerance=1e-8)


def frame() -> pd.DataFrame:
    return pd.DataFrame({
        "word": pd.Series(['a"b', None, "随州\n"], dtype="str"),
        "whole": pd.Series([1, None, 2**60], dtype="Int64"),
        "part": pd.Series([1.5, np.nan, np.inf]),
        "yes": pd.Series([True, None, False], dtype="boolean"),
        "day": pd.to_datetime(["2026-03-01", None, "1912-01-01"]).as_unit("s"),
        "any": pd.Series([[1, {"a": None}], None, "x"], dtype=object),
        "plain": [1, 2, 3], "true": [True, False, True],
    })  # fmt: skip


def test_each_cell_is_what_it_was():
    rows = [json.loads(b"{%b}" % p) for p in geojson.properties(cells(frame()), 3)]
    assert rows == [
        {"word": 'a"b', "whole": 1, "part": 1.5, "yes": True, "day": "2026-03-01",
         "any": [1, {"a": None}], "plain": 1, "true": True},
        {"word": None, "whole": None, "part": None, "yes": None, "day": None, "any": None,
         "plain": 2, "true": False},
        {"word": "随州\n", "whole": 2**60, "part": None, "yes": False, "day": "1912-01-01",
         "any": "x", "plain": 3, "true": True},
    ]  # fmt: skip
    assert geojson.properties(cells(frame().iloc[:0]), 0) == []
    assert geojson.properties({}, 3) == [b"", b"", b""]


@given(st.lists(st.tuples(st.none() | st.text(), st.none() | st.floats(), st.none() | st.integers(-(2**62), 2**62)),
                max_size=6))  # fmt: skip
def test_rows_are_not_mixed_up(rows):
    table = pd.DataFrame({
        "a": pd.Series([r[0] for r in rows], dtype=object).astype("str"),
        "b": pd.Series([r[1] for r in rows], dtype="float64"), "c": pd.Series([r[2] for r in rows], dtype="Int64"),
    })  # fmt: skip
    table["a"] = table["a"].where(pd.Series([r[0] is not None for r in rows], dtype=bool), None)
    for row, made in zip(rows, geojson.properties(cells(table), len(table)), strict=True):
        found = json.loads(b"{%b}" % made)
        assert found["a"] == row[0]
        assert found["b"] == (row[1] if row[1] is not None and np.isfinite(row[1]) else None)
        assert found["c"] == row[2]


SIGNS = st.sampled_from(["a", ",", '"', "\\", "\n", "\x00", "u0000", "随", ""])


@given(st.lists(st.none() | st.lists(SIGNS, max_size=4).map("".join), max_size=6))
def test_texts_full_of_signs_are_cut_where_they_end(words):
    cells = np.array([*words, None], dtype=object)[:-1]
    made = geojson.properties({"n": cells}, len(words))
    assert [json.loads(b"{%b}" % m)["n"] for m in made] == words


def test_a_collection_holds_all_features():
    table = frame()
    made = geojson.features(["x", "y", '"'], shapes_of(["POINT (1 2)", None, WKT[2]]), cells(table))
    whole = json.loads(geojson.collection({"numberMatched": 3}, made))
    assert whole["type"] == "FeatureCollection"
    assert [f["id"] for f in whole["features"]] == ["x", "y", '"']
    assert json.loads(geojson.collection({}, []))["features"] == []
    bare = geojson.features(["x"], None, cells(table.iloc[:1]))
    assert json.loads(bare[0])["geometry"] is None


@pytest.mark.parametrize("count", [1, 1000])
def test_the_features_are_as_many_as_the_rows(count):
    table = pd.DataFrame({"n": range(count)})
    shapes = shapely.points(np.arange(count), np.arange(count))
    made = read(geojson.features([str(n) for n in range(count)], shapes, cells(table)))
    assert [f["properties"]["n"] for f in made] == list(range(count))
    assert [f["geometry"]["coordinates"][0] for f in made] == list(range(count))
