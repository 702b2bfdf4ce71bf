"""Markers on their lines, in the register, and observed again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.boundaries.marker_moves import move_test
from geoplan.boundaries.markers import line_test, order_check, plotted_tolerance_m
from geoplan.errors import CRSMismatchError, InputError, MissingColumnsError, NotMetricCRSError
from geoplan.io import read_layer

X, Y, CRS = 450_000.0, 3_505_000.0, "EPSG:4547"
LINE = gpd.GeoDataFrame(
    {"line_id": ["L"], "level": "county"},
    geometry=[shapely.LineString([(X, Y), (X + 5000, Y)])],
    crs=CRS,
)


def markers(*rows, **columns):
    drawn = [shapely.Point(X + x, Y + y) for _, x, y in rows]
    frame = gpd.GeoDataFrame({"marker_no": [r[0] for r in rows]}, geometry=drawn, crs=CRS)
    return frame.assign(
        **{"line_id": "L", "marker_id": [f"m{k}" for k in range(len(rows))], **columns}
    )


def test_tolerance_is_twice_a_tenth_of_a_millimetre(policy):
    """1:50 000 → 5 m error, 10 m limit; 1:10 000 → 1 m, 2 m; unknown level: between."""
    assert plotted_tolerance_m(["province", "county", ""], policy).tolist() == [
        [10, 10],
        [2, 2],
        [2, 10],
    ]


def test_single_markers(policy):
    """2 m off is at the limit, closed; 8 m off is not on the line."""
    tests = line_test(markers(("4142001Q", 500, 2), ("4142002Q", 600, -8)), LINE, policy)
    assert tests["status"].tolist() == ["met", "not_met"]
    assert tests["offset_m"].tolist() == pytest.approx([2, -8])
    assert tests["tested"].tolist() == ["on_line"] * 2


def test_paired_markers_stand_on_banks(policy):
    """80 m of river, the line in the middle; 20 m off the middle; both on one side."""
    rows = [
        ("4142003A", 1000, 40),
        ("4142003B", 1000, -40),
        ("4142004A", 2000, 60),
        ("4142004B", 2000, -20),
        ("4142005A", 3000, 30),
        ("4142005B", 3000, 50),
    ]
    before = markers(*rows)
    tests = line_test(before, LINE, policy)
    assert tests["status"].tolist() == [
        "met",
        "met",
        "to_verify",
        "to_verify",
        "not_met",
        "not_met",
    ]
    assert before.geometry.x.tolist() == markers(*rows).geometry.x.tolist()  # nothing is snapped


def test_stated_distance_comes_before_the_middle(policy):
    rows = [
        ("4142004A", 2000, 60),
        ("4142004B", 2000, -20),
        ("4142006C", 3000, -31),
        ("4142006D", 3000, 31),
        ("4142006E", 3000, 90),
    ]
    tests = line_test(markers(*rows, offset_m=[60, 20, 30, None, 100]), LINE, policy)
    assert tests["tested"].tolist() == ["stated_offset"] * 3 + ["", "stated_offset"]
    assert tests["status"].tolist() == ["met", "met", "met", "to_verify", "not_met"]


def test_what_cannot_be_told_is_no_fail(policy):
    rows = markers(
        ("4142001Q", 500, 3),
        ("421303421321007", 600, 50),
        ("4142002Q", 700, 0),
        ("4142003Q", 800, 1),
    )
    rows["line_id"] = ["L", "L", "other", "L"]
    rows.loc[3, "geometry"] = None
    tests = line_test(rows, LINE.assign(level=None), policy)
    assert tests["status"].tolist() == ["to_verify", "to_verify", "no_data", "no_data"]
    assert "级别不明" in tests["remark_zh"].iloc[0]
    assert "类型不明" in tests["remark_zh"].iloc[1]


def test_order_along_the_line():
    """002 and 003 changed places: one is blamed, the rest is in order."""
    good = markers(
        ("4142001Q", 100, 0),
        ("4142002Q", 900, 0),
        ("4142003A", 2000, 9),
        ("4142003B", 2002, -9),
        ("4142007Q", 4000, 0),
    )
    assert order_check(good, LINE).empty
    bad = good.assign(marker_no=["4142001Q", "4142004Q", "4142003A", "4142003B", "4142007Q"])
    found = order_check(bad, LINE)
    assert found["code"].unique().tolist() == ["order_broken"]
    assert set(found["marker_no"]) in ({"4142004Q"}, {"4142003A", "4142003B"})


@pytest.mark.parametrize("drawn_backwards", [False, True])
def test_numbers_run_west_to_east_however_the_line_is_drawn(drawn_backwards):
    line = LINE.assign(geometry=LINE.reverse()) if drawn_backwards else LINE
    east = markers(*[(f"4142{k:03d}Q", 500 * k, 0) for k in range(1, 6)])
    assert order_check(east, line).empty
    west = markers(*[(f"4142{6 - k:03d}Q", 500 * k, 0) for k in range(1, 6)])
    assert order_check(west, line)["code"].tolist() == ["numbered_against"]


def observed(registered, dx_m, **columns):
    moved = registered.translate(dx_m, 0)
    return gpd.GeoDataFrame({"marker_id": registered["marker_id"]}, geometry=moved, crs=CRS).assign(
        **columns
    )


def test_moved_means_beyond_twice_both_errors(policy):
    """2 √(1² + 0.05²) = 2.0025 m: 2.00 has not moved, 2.01 has."""
    here = markers(("4142001Q", 100, 0), ("4142002Q", 200, 0))
    seen = observed(here, 0.0, positioning="rtk", frame="CGCS2000")
    seen["geometry"] = [shapely.Point(X + 102.00, Y), shapely.Point(X + 202.01, Y)]
    tests = move_test(here, seen, policy)
    assert tests["limit_m"].tolist() == pytest.approx([2.0025] * 2, abs=1e-4)
    assert tests["status"].tolist() == ["not_moved", "moved"]
    assert tests["azimuth_grid_deg"].tolist() == pytest.approx([90, 90])


def test_unknown_epoch_adds_its_error(policy):
    """0.05 + 0.8 = 0.85 m: the limit grows from 0.14 to 1.70 m."""
    here = markers(("4142001Q", 100, 0), sigma_m=0.05)
    known = move_test(here, observed(here, 1.0, accuracy_m=0.05, frame="CGCS2000"), policy)
    unknown = move_test(here, observed(here, 1.0, accuracy_m=0.05, frame="WGS84"), policy)
    fixed = move_test(
        here, observed(here, 1.0, accuracy_m=0.05, frame="ITRF", epoch_year=2000.0), policy
    )
    assert [t["status"].iloc[0] for t in (known, unknown, fixed)] == ["moved", "not_moved", "moved"]
    assert unknown["limit_m"].iloc[0] == pytest.approx(2 * np.hypot(0.05, 0.85))
    assert "历元不明" in unknown["remark_zh"].iloc[0]


def test_phones_and_missing_positions(policy):
    here = markers(("4142001Q", 100, 0))
    phone = move_test(here, observed(here, 6.0, frame="CGCS2000"), policy)
    assert phone["limit_m"].iloc[0] == pytest.approx(2 * 10**0.5)  # 1 m and 3 m
    assert phone["status"].tolist() == ["not_moved"]
    nowhere = observed(here, 0.0)
    nowhere["geometry"] = None
    assert move_test(here, nowhere.set_crs(CRS), policy)["status"].tolist() == ["no_data"]
    stranger = move_test(here, observed(here, 0.0).assign(marker_id="x"), policy)
    assert stranger["remark_zh"].tolist() == ["登记表中没有此界桩"]


@pytest.mark.parametrize("said", [{"datum": "GCJ-02"}, {"frame": "BD-09"}, {"datum": "百度坐标"}])
def test_positions_of_consumer_maps_are_refused(policy, said):
    here = markers(("4142001Q", 100, 0))
    tests = move_test(here, observed(here, 600.0, **said), policy)
    assert tests["status"].tolist() == ["refused"]
    assert tests["distance_m"].isna().all()


def test_bad_frames(policy):
    here = markers(("4142001Q", 100, 0))
    with pytest.raises(NotMetricCRSError):
        move_test(here.to_crs("EPSG:4490"), observed(here, 0), policy)
    with pytest.raises(CRSMismatchError):
        move_test(here, observed(here, 0).to_crs("EPSG:4526"), policy)
    with pytest.raises(InputError, match="registered twice"):
        move_test(markers(("a", 0, 0), ("b", 0, 0), marker_id="m"), observed(here, 0), policy)
    with pytest.raises(MissingColumnsError):
        line_test(here.drop(columns="marker_no"), LINE, policy)
    with pytest.raises(MissingColumnsError):
        order_check(here.drop(columns="line_id"), LINE)


def test_observations_are_read_with_what_the_move_test_asks(policy, tmp_path):
    """6 m off: a phone (limit 6.32 m) does not prove it, RTK does; a consumer map is refused."""
    here = markers(("4142001Q", 100, 0))
    path = tmp_path / "seen.csv"
    at = here.translate(6.0, 0).to_crs("EPSG:4490").iloc[0]
    path.write_text(
        "观测编号,界桩标识,定位方式,坐标基准,参考框架,历元,经度,纬度\n"
        + "".join(
            f"o{k},m0,{how},{datum},CGCS2000,2000,{at.x:.9f},{at.y:.9f}\n"
            for k, (how, datum) in enumerate([("手机", ""), ("网络RTK", ""), ("手机", "GCJ-02")])
        ),
        encoding="utf-8",
    )
    read = read_layer(path, "observations", crs="EPSG:4490")
    assert read.report.unknown_columns == ()
    assert read.valid["positioning"].tolist() == ["phone", "rtk", "phone"]
    tests = move_test(here, read.valid.to_crs(CRS), policy)
    assert tests["status"].tolist() == ["not_moved", "moved", "refused"]
