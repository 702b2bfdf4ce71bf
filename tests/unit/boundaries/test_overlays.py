"""Construction across lines; features that moved away from them; lengths and areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries.overlays import crossings, deviation_report
from geoplan.boundaries.sides import split
from geoplan.errors import InputError, MissingColumnsError, NotMetricCRSError

X, Y, CRS = 450_000.0, 3_500_000.0, "EPSG:4547"


def shape(*xy):
    return shapely.LineString([(X + x, Y + y) for x, y in xy])


def lines(*shapes):
    ids = [f"L{k}" for k in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"line_id": ids, "left_code": "north", "right_code": "south"},
        geometry=list(shapes),
        crs=CRS,
    )


def yards(*shapes):
    return gpd.GeoDataFrame(
        {"project_id": [f"p{k}" for k in range(len(shapes))], "name": "厂"},
        geometry=list(shapes),
        crs=CRS,
    )


LINE = shape((0, 0), (500, 0))


def test_area_on_either_side():
    """100 m x 60 m, 20 m of it north of the line: 2 000 and 4 000 m²."""
    found = crossings(yards(shapely.box(X + 100, Y - 40, X + 200, Y + 20)), lines(LINE))
    assert found[["left_area_m2", "right_area_m2"]].to_numpy()[0] == pytest.approx(
        [2000, 4000], rel=2e-4
    )
    assert found.iloc[0][["line_id", "left_code", "right_code", "status", "rule_id"]].tolist() == [
        "L0",
        "north",
        "south",
        "consent_needed",
        "BND-16",
    ]
    assert found["line_m"].iloc[0] == pytest.approx(100)


def tri_junction(*codes):
    """Lines from the west, to the north and from the south, all ending at (500, 0)."""
    drawn = lines(LINE, shape((500, 0), (500, 500)), shape((500, -500), (500, 0)))
    return drawn.assign(left_code=[c[0] for c in codes], right_code=[c[1] for c in codes])


def test_at_a_tri_junction_the_other_lines_tell_the_rest():
    """North-west 50 m x 60 m, south-west 50 m x 40 m, the east 50 m x 100 m."""
    yard = yards(shapely.box(X + 450, Y - 40, X + 550, Y + 60))
    found = crossings(yard, tri_junction(("N", "S"), ("N", "E"), ("S", "E")))
    assert found["line_id"].tolist() == ["L0", "L1", "L2"]
    areas = found[["left_area_m2", "right_area_m2", "other_area_m2"]].to_numpy()
    expected = [[3000, 2000, 5000], [3000, 5000, 2000], [2000, 5000, 3000]]
    assert areas == pytest.approx(np.array(expected), rel=2e-4)
    assert found["area_status"].tolist() == ["known"] * 3


def test_a_line_that_ends_inside_has_no_sides_and_says_so():
    yard = yards(shapely.box(X + 450, Y - 40, X + 550, Y + 60))
    found = crossings(yard, lines(LINE)).iloc[0]
    assert found["area_status"] == "no_data"
    assert np.isnan([found[f"{s}_area_m2"] for s in ("left", "right", "other")]).all()
    assert found["remark_zh"].endswith("界线止于工程范围内，两侧面积无法划分")
    assert found["remark_en"].endswith("the line ends inside: no area on its sides")
    # neighbours whose codes contradict each other do not decide either
    muddled = crossings(yard, tri_junction(("N", "S"), ("A", "B"), ("C", "D")))
    assert muddled["area_status"].tolist() == ["no_data"] * 3


@settings(max_examples=20, deadline=None)
@given(st.floats(-80, 80), st.floats(-80, 80))
def test_areas_at_a_tri_junction_sum_to_the_whole(dx, dy):
    yard = yards(shapely.box(X + 400 + dx, Y - 100 + dy, X + 600 + dx, Y + 100 + dy))
    found = crossings(yard, tri_junction(("N", "S"), ("N", "E"), ("S", "E")))
    sums = found[["left_area_m2", "right_area_m2", "other_area_m2"]].sum(axis=1)
    assert sums.tolist() == pytest.approx([40_000] * 3, rel=2e-4)


def test_touching_is_not_crossing():
    beside = shapely.box(X + 100, Y, X + 200, Y + 20)
    corner = shapely.box(X + 500, Y - 10, X + 600, Y + 10)
    assert crossings(yards(beside, corner), lines(LINE)).empty


def test_a_road_across_the_line_and_consent():
    road = shape((100, -50), (100, 50))
    along = shape((100, 0), (200, 0))
    found = crossings(yards(road, along), lines(LINE), consented=["p0"])
    assert found["id"].tolist() == ["p0"]
    assert found["status"].tolist() == ["consented"]
    assert found["left_area_m2"].isna().all()


@settings(max_examples=30, deadline=None)
@given(st.floats(-80, 80), st.floats(-60, 60))
def test_pieces_are_the_whole(dy, tilt):
    yard = shapely.box(X + 100, Y - 100, X + 300, Y + 100)
    cut = shapely.LineString([(X, Y + dy - tilt / 4), (X + 500, Y + dy + tilt / 4)])
    pieces, side = split(yard, cut)
    assert sorted(side) == [-1, 1]
    assert shapely.area(pieces).sum() == pytest.approx(40_000)
    left = pieces[side > 0][0].centroid.y
    assert left > pieces[side < 0][0].centroid.y


def test_moved_river_is_reported_by_stretches():
    """On the line, then 20 m north from 300 to 400 m and 30 m south from 600 to 800 m."""
    river = shape(
        (0, 0),
        (290, 0),
        (300, 20),
        (400, 20),
        (410, 0),
        (590, 0),
        (600, -30),
        (800, -30),
        (810, 0),
        (1000, 0),
    )
    line = lines(shape((0, 0), (1000, 0)))
    before = line.copy()
    report = deviation_report(
        line, gpd.GeoDataFrame({"name": ["涢水"]}, geometry=[river], crs=CRS), tolerance_m=5.0
    )
    assert report["side"].tolist() == ["", "left", "right"]
    assert report["max_m"].tolist() == pytest.approx([30, 20, 30])
    assert report["from_chainage_m"].tolist()[1:] == pytest.approx([290, 590], abs=11)
    assert report["to_chainage_m"].tolist()[1:] == pytest.approx([410, 810], abs=11)
    assert report["feature"].tolist() == ["涢水"] * 3
    metre = shapely.points(X + np.arange(0.5, 1000), np.full(1000, Y))
    assert report["mean_m"].iloc[0] == pytest.approx(
        shapely.distance(metre, river).mean(), rel=0.01
    )
    assert report["remark_zh"].str.contains("界线仍按协议书").all()
    assert line.equals(before)


def test_out_of_reach_and_limits():
    line = lines(shape((0, 0), (1000, 0)))
    far = gpd.GeoDataFrame(geometry=[shape((0, 900), (1000, 900))], crs=CRS)
    assert deviation_report(line, far, tolerance_m=5.0).empty
    at = gpd.GeoDataFrame(geometry=[shape((0, 5), (1000, 5))], crs=CRS)
    assert len(deviation_report(line, at, tolerance_m=5.0)) == 1  # the limit is closed
    assert len(deviation_report(line, at, tolerance_m=4.9)) == 2
    other = at.assign(line_id="L9")
    assert deviation_report(line, other, tolerance_m=1.0).empty
    with pytest.raises(InputError, match="measure nothing"):
        deviation_report(line, at, tolerance_m=5.0, step_m=0)


def test_bad_frames():
    with pytest.raises(NotMetricCRSError):
        crossings(yards(LINE).to_crs("EPSG:4490"), lines(LINE))
    with pytest.raises(MissingColumnsError):
        crossings(yards(LINE), lines(LINE).drop(columns="line_id"))
