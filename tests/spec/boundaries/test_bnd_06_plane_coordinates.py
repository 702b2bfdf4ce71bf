"""
BND-06, CRS-02: coordinates of the marker register, 界桩登记表; 三(四)3 “加强界桩管理和维护”.

“B/L in DMS, X/Y plane coordinates with CRS/zone”; field abbreviations ZZB/HZB (纵、横坐标), JD/WD.
RULES §5.3 and §9.
"""

from __future__ import annotations

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geoplan.boundaries import register_coordinates
from geoplan.io import Place, read_layer

SUIZHOU = Place("EPSG:4547", (112.72, 31.3, 114.12, 32.4))
NORTH, EAST, PREFIXED = 3_508_754.287, 441_223.782, 38_441_223.782  # G1: 113.38°E 31.70°N


def read(tmp_path, header, *rows):
    book = openpyxl.Workbook()
    book.active.append(["KJSJBSM", "JZBH", *header])
    for at, row in enumerate(rows, start=1):
        book.active.append([f"m{at}", f"4142{at:03}Q", *row])
    book.save(tmp_path / "register.xlsx")
    return read_layer(tmp_path / "register.xlsx", "boundary_markers", place=SUIZHOU)


@pytest.mark.parametrize("header", [("ZZB", "HZB"), ("X坐标", "Y坐标"), ("纵坐标X", "横坐标Y")])
@pytest.mark.parametrize("east", [EAST, PREFIXED])
def test_bnd_06__x_is_north_and_y_is_east(tmp_path, header, east):
    """“X north / Y east”, with the zone number before Y or without: one and the same place."""
    valid, rejected, _ = read(tmp_path, header, (NORTH, east))
    assert len(rejected) == 0
    assert (valid.geometry.x.iloc[0], valid.geometry.y.iloc[0]) == pytest.approx((113.38, 31.70))
    assert valid.loc[0, ["x_north_m", "y_east_m"]].tolist() == [NORTH, east]


def test_bnd_06__degrees_and_metres_of_one_register_agree(tmp_path):
    """“B/L in DMS” beside X/Y: the two are the same place written twice."""
    by_degrees = read(tmp_path, ("JD", "WD"), ("113°22′48.00″", "31°42′00.00″")).valid
    by_metres = read(tmp_path, ("ZZB", "HZB"), (NORTH, EAST)).valid
    apart = by_degrees.geometry.to_crs(4547).distance(by_metres.geometry.to_crs(4547))
    assert apart.iloc[0] < 0.001


def test_crs_02__six_degree_zone_by_the_city(tmp_path):
    """“east without prefix → EPSG:4547 or a 6-degree zone (CM 111E) → decide by bbox test”."""
    six = gpd.GeoSeries([shapely.Point(113.38, 31.70)], crs=4490).to_crs("EPSG:4508").iloc[0]
    valid, _, report = read(tmp_path, ("ZZB", "HZB"), (six.y, six.x))
    assert valid.geometry.x.iloc[0] == pytest.approx(113.38)
    assert "EPSG:4508" in report.notes_zh[-1]


def test_crs_02__both_orders_and_which_was_used(tmp_path):
    """“Accept both column orders, report which was used.”"""
    valid, _, report = read(tmp_path, ("ZZB", "HZB"), (EAST, NORTH))
    assert valid.geometry.x.iloc[0] == pytest.approx(113.38)
    assert report.defects["rule"].tolist() == ["swapped_plane"]


def test_crs_02__more_than_fifty_kilometres_outside(tmp_path):
    """“Reject if >50 km outside the city bbox”: 45 km stays, 55 km comes back."""
    near, far = NORTH + 77_700 + 45_000, NORTH + 77_700 + 55_000  # 32.4°N is 77.7 km north
    valid, rejected, _ = read(tmp_path, ("ZZB", "HZB"), (near, EAST), (far, EAST))
    assert valid["marker_id"].tolist() == ["m1"]
    assert rejected["marker_id"].tolist() == ["m2"]
    assert "不在本市范围" in rejected["原因"].iloc[0]


def test_crs_02__superseded_datums_are_not_guessed(tmp_path):
    """“1980西安, 北京54: parameters secret; import only with bureau-supplied transformation”."""
    rows = [
        (NORTH, EAST, d) for d in ("1980西安坐标系", "1954年北京坐标系", "EPSG:2362", "CGCS2000")
    ]
    valid, rejected, _ = read(tmp_path, ("ZZB", "HZB", "坐标系"), *rows)
    assert valid["marker_id"].tolist() == ["m4"]
    assert rejected["原因"].str.contains("转换参数").all()


def test_bnd_06__what_the_register_writes_is_read_again(tmp_path):
    points = gpd.GeoDataFrame(
        geometry=[shapely.Point(113.0, 31.5), shapely.Point(114.0, 32.2)], crs=4490
    )
    for grid in ("EPSG:4547", "EPSG:4526"):
        table = register_coordinates(points, grid=grid)
        rows = table[["x_north_m", "y_east_m", "source_crs"]].to_numpy().tolist()
        valid, _, _ = read(tmp_path, ("ZZB", "HZB", "坐标系"), *rows)
        assert valid.geometry.geom_equals_exact(points.geometry, 1e-7).all()
