"""The marker register: what is filled in, and coordinates in and out."""

from __future__ import annotations

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from geoplan.boundaries.marker_references import (
    grid_reference_azimuths,
    reference_objects,
    true_reference_azimuths,
)
from geoplan.boundaries.marker_register import (
    FIELDS,
    PHOTOS,
    photo_counts,
    plane_difference_m,
    positions_from_plane,
    register_check,
    register_coordinates,
)
from geoplan.errors import MissingCRSError
from geoplan.io import read_layer
from geoplan.schemas import layer
from geoplan.schemas.match import match_columns

SUIZHOU = (112.72, 31.3, 114.12, 32.4)
BUREAU = {  # field abbreviations of the bureau's database
    "JZBH": "4142001Q", "KJSJBSM": "m1", "JXDM": "4142", "ZZB": 3508754.287, "HZB": 441223.782,
    "JD": "113°22′48.00″", "WD": "31°42′00.00″", "JZDJ": "省级", "JZLX": "单立", "JZCZ": "石质",
    "SZD1": "曾都区某村", "GC": 81.2, "YHFWWWZ": "独立树", "YHFWWFWJ": 90, "YHFWWJL": 12.5,
    "EHFWWWZ": "水井", "EHFWWFWJ": 180, "EHFWWJL": 20, "SHFWWWZ": "屋角", "SHFWWFWJ": 270,
    "SHFWWJL": 8.1, "WZMS": "山脊处",
}  # fmt: skip


def marker(**cells):
    full = dict.fromkeys((*FIELDS, *list(PHOTOS)[:3]), "有") | {
        "elevation_m": 81.2,
        "height_datum": "1985国家高程基准",
        "marker_type": "Q",
    }
    for k in (1, 2, 3):
        full |= {f"ref{k}_name": "树", f"ref{k}_azimuth_deg": 10.0 * k, f"ref{k}_distance_m": 5.0}
    return gpd.GeoDataFrame(
        [full | cells], geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490"
    )


def workbook(path, row):
    book = openpyxl.Workbook()
    book.active.append(list(row))
    book.active.append(list(row.values()))
    book.save(path)
    return path


def test_the_bureaus_abbreviations_are_understood(tmp_path):
    """Longitude and latitude as 度分秒, X north, Y east, three reference objects."""
    read = read_layer(workbook(tmp_path / "markers.xlsx", BUREAU), "boundary_markers")
    assert read.report.unknown_columns == ()
    row = read.valid.iloc[0]
    assert (row["marker_no"], row["marker_id"], row["level"], row["marker_type"]) == (
        "4142001Q",
        "m1",
        "province",
        "Q",
    )
    assert (row["x_north_m"], row["y_east_m"], row["elevation_m"]) == (
        3508754.287,
        441223.782,
        81.2,
    )
    assert (row.geometry.x, row.geometry.y) == pytest.approx((113.38, 31.70))
    assert reference_objects(read.valid).tolist() == [3]
    assert plane_difference_m(read.valid, SUIZHOU).iloc[0] < 0.001


def test_positions_come_from_x_and_y_alone():
    """A ledger with ZZB and HZB only: the columns are known, the zone is found."""
    headers = [h for h in BUREAU if h not in {"JD", "WD"}]
    table = pd.DataFrame([{h: BUREAU[h] for h in headers}])
    named = table.rename(columns=match_columns(headers, layer("boundary_markers")))
    at = positions_from_plane(named, SUIZHOU)
    assert at["plane_crs"].tolist() == ["EPSG:4547"]
    assert (at.geometry.x.iloc[0], at.geometry.y.iloc[0]) == pytest.approx((113.38, 31.70))


def test_zones_and_orders_are_told_apart():
    """EPSG:4547, 4526, 6-degree zone 19 (4497, CM 111°E), swapped columns, elsewhere, nothing."""
    point = gpd.GeoSeries([shapely.Point(113.38, 31.70)], crs="EPSG:4490")
    rows = []
    for name in ("EPSG:4547", "EPSG:4526", "EPSG:4508", "EPSG:4497"):
        there = point.to_crs(name)
        rows += [(there.y.iloc[0], there.x.iloc[0]), (there.x.iloc[0], there.y.iloc[0])]
    rows += [(3_508_754.0, 900_000.0), (None, 441_223.0)]
    at = positions_from_plane(pd.DataFrame(rows, columns=["x_north_m", "y_east_m"]), SUIZHOU)
    assert at["plane_crs"].tolist()[:8:2] == ["EPSG:4547", "EPSG:4526", "EPSG:4508", "EPSG:4497"]
    assert at["swapped"].tolist()[:8] == [False, True] * 4
    assert at["problem"].tolist() == [""] * 8 + ["outside_city", "no_coordinates"]
    assert at.geometry.iloc[:8].x.tolist() == pytest.approx([113.38] * 8, abs=1e-8)


def test_a_stated_crs_is_not_guessed_over():
    row = pd.DataFrame(
        {"x_north_m": [3_508_754.287], "y_east_m": [441_223.782], "source_crs": "EPSG:4526"}
    )
    assert positions_from_plane(row, SUIZHOU)["problem"].tolist() == ["outside_city"]


def test_register_coordinates_are_north_then_east():
    at = register_coordinates(marker())
    assert at[["x_north_m", "y_east_m"]].to_numpy().tolist() == [[3508754.287, 441223.782]]
    assert at["longitude_text"].tolist() == ["113°22′48.0000″"]
    with pytest.raises(MissingCRSError):
        register_coordinates(marker().set_crs(None, allow_override=True))


def test_register_complete(policy):
    assert register_check(marker(), policy)["status"].tolist() == ["met"]
    gaps = register_check(marker(officers="", ref2_distance_m=None), policy).iloc[0]
    assert gaps["missing"] == "officers;reference_objects"
    assert gaps["reference_objects"] == 2
    assert gaps["completeness_share"] == pytest.approx(20 / 22)
    assert "方位物（应有 3 个）" in gaps["remark_zh"]
    triple = register_check(marker(marker_type="C", shape="three_faced"), policy).iloc[0]
    assert triple["missing"] == "location_c;photos"
    whole = marker(marker_type="C", location_c="丙", photos_c="c.jpg")
    assert register_check(whole, policy)["status"].tolist() == ["met"]


def test_photos_near_and_towards_each_side(policy, policy_with):
    """“照片 ≥1 near, ≥1 each direction” [P]: a view without one is missing; names are counted."""
    lacking = register_check(marker(photos_b=" ;、"), policy).iloc[0]
    assert lacking["missing"] == "photos"
    assert "照片（近景及每方方向各 1 张）" in lacking["remark_zh"]
    three = marker(photos_near="a.jpg;b 2.jpg；c/d.jpg", photos_a="1、2、3", photos_b="1;2;3")
    assert photo_counts(three).to_numpy().tolist() == [[3, 3, 3, 0]]
    strict = policy_with(photo_min_count=3)
    assert register_check(three, strict)["status"].tolist() == ["met"]
    assert register_check(marker(), strict)["missing"].tolist() == ["photos"]


def test_other_heights_are_said(policy):
    said = register_check(marker(height_datum="1956黄海高程"), policy).iloc[0]
    assert "应为 1985" in said["remark_zh"]
    assert said["status"] == "met"


def test_grid_azimuths_become_true():
    """113.38°E, 31.70°N: convergence -0.3258° (G3); a kind that is not known gives nothing."""
    both = pd.concat(
        [marker(azimuth_kind=k) for k in ("坐标方位角", "", "真方位角", "磁方位角")],
        ignore_index=True,
    )
    azimuths = true_reference_azimuths(both)
    assert azimuths["ref1_azimuth_true_deg"].round(4).tolist()[:3] == [9.6742, 9.6742, 10.0]
    assert azimuths["ref1_azimuth_true_deg"].isna().tolist() == [False, False, False, True]
    assert azimuths["assumed_grid"].tolist() == [False, True, False, False]


def test_true_azimuths_become_grid():
    """The other way: grid = true - convergence, so 10° true is 10.3258° on the grid."""
    both = pd.concat(
        [marker(azimuth_kind=k) for k in ("坐标方位角", "", "真方位角", "磁方位角")],
        ignore_index=True,
    )
    both.loc[0, "geometry"] = None  # a grid azimuth needs no position
    azimuths = grid_reference_azimuths(both)
    assert azimuths["ref1_azimuth_grid_deg"].round(4).tolist()[:3] == [10.0, 10.0, 10.3258]
    assert azimuths["ref1_azimuth_grid_deg"].isna().tolist() == [False, False, False, True]
