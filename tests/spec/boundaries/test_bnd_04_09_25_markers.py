"""
BND-04 to BND-09, BND-25: markers, 三(四)3 “加强界桩管理和维护”.

行政区域界线测绘规范 (GB/T 17796-2009) as far as read in secondary sources, RULES §5.2–5.5.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.boundaries.azimuths import (
    convergence_deg,
    direction_words,
    true_from_grid,
)
from geoplan.boundaries.direction import statement, statement_text
from geoplan.boundaries.marker_moves import move_test
from geoplan.boundaries.marker_numbers import PROVINCIAL, STANDING, check_numbers
from geoplan.boundaries.marker_register import register_check, register_coordinates
from geoplan.boundaries.markers import line_test, order_check

X, Y, CRS = 450_000.0, 3_505_000.0, "EPSG:4547"
LINE = gpd.GeoDataFrame(
    {"line_id": ["L"], "level": "county"},
    geometry=[shapely.LineString([(X, Y), (X + 5000, Y)])],
    crs=CRS,
)


def markers(*rows):
    frame = pd.DataFrame(
        {"marker_no": [r[0] for r in rows], "marker_id": [r[0] for r in rows], "line_id": "L"}
    )
    return gpd.GeoDataFrame(
        frame, geometry=[shapely.Point(X + r[1], Y + r[2]) for r in rows], crs=CRS
    )


def test_bnd_04__eight_characters_of_a_provincial_marker(policy):
    """G13: “4142001Q” is valid; “4142017A” without “4142017B” lacks its pair."""
    assert PROVINCIAL.match("4142001Q").groups() == ("4142", "001", "Q")
    found = check_numbers(pd.DataFrame({"marker_no": ["4142001Q", "4142017A"]}))
    assert found[["marker_no", "code", "severity"]].to_numpy().tolist() == [
        ["4142017A", "pair_missing", "error"]
    ]
    assert policy.rule("BND-04").options.severity == "error"
    assert "".join(STANDING.values()) == "".join(policy.names("marker_type_letters"))


def test_bnd_06__three_reference_objects_and_both_sides(policy):
    """“方位物不少于3个”: two are not enough, and the register says what else it lacks."""
    marker = gpd.GeoDataFrame({"marker_no": ["4142001Q"], "ref1_name": "树", "ref1_azimuth_deg": 10.0, "ref1_distance_m": 5.0},
                              geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490")  # fmt: skip
    check = register_check(marker, policy).iloc[0]
    assert check["status"] == "not_met"
    assert {"reference_objects", "officers", "x_north_m", "photos"} <= set(
        check["missing"].split(";")
    )
    at = register_coordinates(marker).iloc[0]  # G1: X is north, Y is east
    assert (at["x_north_m"], at["y_east_m"]) == (3508754.287, 441223.782)


def test_bnd_06__grid_azimuth_is_not_true_azimuth():
    """G3: −0.6727° / −0.3258° / +0.0631° at 31.7°N."""
    points = gpd.GeoSeries(
        gpd.points_from_xy([112.72, 113.38, 114.12], [31.7] * 3), crs="EPSG:4490"
    )
    gamma = convergence_deg(points)
    assert gamma.round(4).tolist() == [-0.6727, -0.3258, 0.0631]
    assert true_from_grid(0.0, gamma).round(4).tolist() == [359.3273, 359.6742, 0.0631]


def test_bnd_07__sixteen_sectors_from_true_north(policy):
    """G10: “北 348°45′–11°15′，北偏东北 –33°45′ …”, lower bounds in."""
    assert direction_words([11.24, 11.25, 168.75, 348.75], policy) == ["北", "北偏东北", "南", "北"]
    assert direction_words([348.74, 33.74, 33.75], policy) == ["北偏西北", "北偏东北", "东北"]


def test_bnd_07__statement_is_a_draft(policy):
    """走向说明: start number, direction, distance, end number; the agreement prevails."""
    told = statement(LINE, markers(("4142001Q", 0, 0), ("4142002Q", 1200, 1)), policy=policy)
    text = statement_text(told)
    assert text.startswith("1. 自4142001Q 号界桩起，向东行 1200 米，至4142002Q 号界桩")
    assert text.endswith("以协议书为准。")


def test_bnd_08__moved_beyond_twice_the_mean_error(policy):
    """“d > 2·√(σ_reg²+σ_obs²)”: phone 3 m and register 1 m make 6.32 m."""
    here = markers(("4142001Q", 0, 0), ("4142002Q", 100, 0))
    seen = here[["marker_id", "geometry"]].assign(frame="CGCS2000")
    seen["geometry"] = [shapely.Point(X + 6.32, Y), shapely.Point(X + 106.33, Y)]
    assert move_test(here, seen, policy)["status"].tolist() == ["not_moved", "moved"]


def test_bnd_09__single_on_the_line_paired_on_the_banks(policy):
    """“单立界桩在线上；同号双立只检验其构成”: 8 m off flags Q, 40 m each way does not flag A and B."""
    tests = line_test(
        markers(("4142001Q", 100, 8), ("4142002A", 900, 40), ("4142002B", 900, -40)), LINE, policy
    )
    assert tests["status"].tolist() == ["not_met", "met", "met"]


def test_bnd_25__numbered_from_west_to_east():
    """“自西向东或自北向南编号”."""
    east = markers(("4142001Q", 0, 0), ("4142002Q", 900, 0), ("4142003Q", 1900, 0))
    assert order_check(east, LINE).empty
    west = east.assign(marker_no=["4142003Q", "4142002Q", "4142001Q"])
    found = order_check(west, LINE)
    assert found["code"].tolist() == ["numbered_against"]
    assert found["severity"].tolist() == ["warning"]


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_crs_04__consumer_positions_never_test_a_marker(policy, datum):
    here = markers(("4142001Q", 0, 0))
    assert move_test(here, here.assign(datum=datum), policy)["status"].tolist() == ["refused"]
