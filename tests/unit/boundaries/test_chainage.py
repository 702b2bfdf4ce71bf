"""Chainage along lines: there and back, and through edits of the geometry."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries.chainage import calibrate, locate, place
from geoplan.errors import CRSMismatchError, InputError, MissingColumnsError, NotMetricCRSError

X, Y = 450_000.0, 3_505_000.0
CRS = "EPSG:4547"


def lines(*shapes, ids=None):
    drawn = [shapely.LineString([(X + x, Y + y) for x, y in s]) for s in shapes]
    return gpd.GeoDataFrame(
        {"line_id": ids or [f"L{k}" for k in range(len(drawn))]}, geometry=drawn, crs=CRS
    )


def points(*xy, **columns):
    drawn = [None if p is None else shapely.Point(X + p[0], Y + p[1]) for p in xy]
    return gpd.GeoDataFrame(geometry=drawn, crs=CRS).assign(**columns)


BENT = [(0, 0), (1000, 0), (1000, 1000)]


def test_chainage_offset_and_side():
    """At 113.4°E the grid is longer than the ground by 30 ppm: 300 m of grid are 299.99 m."""
    at = locate(points((300, 8), (300, -8), (1008, 400)), lines(BENT))
    assert at["chainage_m"].tolist() == pytest.approx([300, 300, 1400], rel=5e-5)
    assert at["chainage_m"].tolist() != [300, 300, 1400]
    assert at["offset_m"].tolist() == pytest.approx([8, -8, -8])
    assert at["segment"].tolist() == [0, 0, 1]


def test_outside_and_inside_of_a_bend_are_told_apart():
    at = locate(points((1005, -5), (990, 10)), lines(BENT))
    assert np.sign(at["offset_m"]).tolist() == [-1, 1]


@settings(max_examples=60, deadline=None)
@given(
    bends=st.lists(st.integers(-300, 300), min_size=1, max_size=6),
    share=st.floats(0.001, 0.999), offset=st.floats(-20, 20), fixed=st.floats(0.05, 0.95),
)  # fmt: skip
def test_there_and_back(bends, share, offset, fixed):
    """What is placed by chainage and offset is found again, calibrated or not."""
    line = lines([(k * 500.0, float(b)) for k, b in enumerate([0, *bends])])
    length = line.length.iloc[0]
    spot = line.interpolate(fixed * length)
    marker = gpd.GeoDataFrame(
        {"line_id": ["L0"], "chainage_m": [fixed * length * 1.01]}, geometry=spot.to_list(), crs=CRS
    )
    tied, findings = calibrate(line, marker)
    assert findings.empty
    whole = tied["chainage_m"].iloc[-1]
    event = pd.DataFrame({"line_id": ["L0"], "chainage_m": [share * whole], "offset_m": [offset]})
    there = place(event, line, tied)
    assert there["problem"].tolist() == [""]
    back = locate(there, line, tied)
    again = place(back, line, tied)
    # the foot may be on another segment inside a bend: then it is nearer, never farther
    assert abs(back["offset_m"].iloc[0]) <= abs(offset) + 1e-6
    if abs(abs(back["offset_m"].iloc[0]) - abs(offset)) < 1e-6 and back["segment"].iloc[0] >= 0:
        assert again.geometry.iloc[0].distance(there.geometry.iloc[0]) < 2 * abs(offset) + 1e-6
    on_line = locate(place(event.assign(offset_m=0.0), line, tied), line, tied)
    assert on_line["chainage_m"].iloc[0] == pytest.approx(share * whole, abs=1e-5)


def test_a_redrawn_bend_moves_nothing_elsewhere():
    """A bend of 200 m more between markers at 400 and 600: 300 and 800 stay where they are."""
    before = lines([(0, 0), (1000, 0)])
    after = lines([(0, 0), (450, 0), (500, 150), (550, 0), (1000, 0)])
    fixed = points((400, 0), (600, 0), (1000, 0), line_id="L0", chainage_m=[400.0, 600.0, 1000.0])
    events = points((300, 0), (800, 0), line_id="L0")
    for line in (before, after):
        tied, findings = calibrate(line, fixed)
        assert findings.empty
        assert locate(events, line, tied)["chainage_m"].tolist() == pytest.approx([300, 800])
    # by true length alone 800 would have become about 1016
    assert locate(events, after)["chainage_m"].iloc[1] > 1010


def test_fixed_points_out_of_order_are_left_out_and_said():
    fixed = points((200, 0), (400, 0), (600, 0), line_id="L0", chainage_m=[200.0, 100.0, 600.0])
    tied, findings = calibrate(lines([(0, 0), (1000, 0)]), fixed)
    assert findings["code"].tolist() == ["order_broken"]
    assert findings.index.tolist() in ([0], [1])
    assert np.all(np.diff(tied["chainage_m"]) > 0)


def test_two_banks_of_one_number_are_one_fixed_point():
    fixed = points((400, 30), (404, -30), line_id="L0", chainage_m=400.0)
    tied, findings = calibrate(lines([(0, 0), (1000, 0)]), fixed)
    assert findings.empty
    assert tied["along_m"].tolist() == pytest.approx([0, 402, 1000])


def test_a_line_may_start_elsewhere_than_zero():
    fixed = points((500, 0), line_id="L0", chainage_m=2500.0)
    tied, _ = calibrate(lines([(0, 0), (1000, 0)]), fixed, from_zero=False)
    assert tied["chainage_m"].tolist() == pytest.approx([2000, 2500, 3000], rel=1e-4)


def test_problems_are_rows_not_crashes():
    net = lines(BENT, [(5, 5), (5, 5)])
    at = locate(
        points(
            (-10, 0),
            (1000, 1010),
            None,
            (5, 5),
            (0, 1),
            (1, 1),
            line_id=["L0", "L0", "L0", "L1", "L9", None],
        ),
        net,
    )
    assert at["problem"].tolist() == [
        "before_start",
        "beyond_end",
        "no_position",
        "zero_length_line",
        "unknown_line",
        "",
    ]
    assert at["beyond_m"].tolist()[:2] == pytest.approx([-10, 10])
    assert at["line_id"].iloc[5] == "L0"
    _, findings = calibrate(net)
    assert findings["code"].tolist() == ["zero_length_line"]
    events = pd.DataFrame(
        {"line_id": ["L0", "L0", "L1", "L9", "L0"], "chainage_m": [5000, -1, 0, 0, None]},
        index=list("abcde"),
    )
    placed = place(events, net)
    assert placed["problem"].tolist() == [
        "beyond_end",
        "before_start",
        "zero_length_line",
        "unknown_line",
        "no_chainage",
    ]
    assert placed.geometry.isna().all()
    assert placed.index.tolist() == list("abcde")


def test_a_marker_keeps_to_its_own_line():
    """At a junction the other line is nearer; without a line of its own it is ambiguous."""
    net = lines([(0, 0), (1000, 0)], [(1000, 0), (2000, 5)], [(1000, 0), (1000, 900)])
    free = locate(points((999.5, 0.2), (500, 3)), net, junction_m=1.0)
    assert free["ambiguous"].tolist() == [True, False]
    own = locate(points((999.5, 0.2), line_id=["L2"]), net)
    assert own["line_id"].tolist() == ["L2"]
    assert not own["ambiguous"].iloc[0]


def test_parts_of_one_line_follow_each_other():
    """Two parts with a gap of 100 m: the gap does not count."""
    two = gpd.GeoDataFrame({"line_id": ["L"]}, crs=CRS, geometry=[shapely.MultiLineString([
        [(X, Y), (X + 300, Y)], [(X + 400, Y), (X + 900, Y)]])])  # fmt: skip
    assert locate(points((500, 0)), two)["chainage_m"].tolist() == pytest.approx([400], rel=5e-5)
    back = place(pd.DataFrame({"line_id": ["L"], "chainage_m": [400.0]}), two).geometry.iloc[0]
    assert back.x == pytest.approx(X + 500, abs=0.05)


def test_many_points_agree_with_brute_force():
    rng = np.random.default_rng(3)
    net = lines(
        *[[(x, y + 40 * np.sin(x / 70)) for x in range(0, 2000, 25)] for y in (0, 500, 1000)]
    )
    spots = points(*rng.uniform([0, -100], [2000, 1100], (300, 2)))
    at = locate(spots, net)
    distance = np.array([[line.distance(p) for line in net.geometry] for p in spots.geometry])
    assert np.abs(at["offset_m"]).to_numpy() == pytest.approx(distance.min(axis=1))
    assert at["line_id"].tolist() == [f"L{k}" for k in distance.argmin(axis=1)]


def test_bad_frames_are_refused():
    with pytest.raises(NotMetricCRSError):
        locate(points((0, 0)), lines(BENT).to_crs("EPSG:4490"))
    with pytest.raises(CRSMismatchError):
        locate(points((0, 0)).to_crs("EPSG:4526"), lines(BENT))
    with pytest.raises(InputError, match="twice"):
        locate(points((0, 0)), lines(BENT, BENT, ids=["a", "a"]))
    with pytest.raises(MissingColumnsError):
        place(pd.DataFrame({"line_id": ["L0"]}), lines(BENT))
