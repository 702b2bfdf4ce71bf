"""X and Y of registers: metres are northing and easting of a zone, degrees only if plausible."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.io import Place, read_layer, read_workspace_file, write
from geoplan.io.zones import Zone, is_legacy, numbered, without_number, zone_of

SUIZHOU = Place("EPSG:4547", (112.72, 31.3, 114.12, 32.4))
N, E = 3_508_754.287, 441_223.782  # 113.38°E 31.70°N in EPSG:4547 (RULES §9)


def markers(tmp_path, header, *rows, name="m.csv"):
    lines = [",".join(["KJSJBSM", "JZBH", *header])]
    lines += [",".join([f"m{i}", f"4142{i:03}Q", *map(str, r)]) for i, r in enumerate(rows, 1)]
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path, **options):
    return read_layer(path, "boundary_markers", **options)


def findings(report):
    return [(r.row, r.rule, r.effect) for r in report.defects.itertuples()]


@pytest.mark.parametrize("header", [("ZZB", "HZB"), ("X坐标", "Y坐标"), ("纵坐标", "横坐标"),
                                    ("纵坐标X（米）", "横坐标Y（米）"), ("y", "x")])  # fmt: skip
def test_metres_are_northing_and_easting_of_the_workspaces_zone(tmp_path, header):
    valid, rejected, report = read(markers(tmp_path, header, (N, E)), place=SUIZHOU)
    assert len(rejected) == 0, rejected
    point = valid.geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((113.38, 31.70), abs=1e-8)
    assert valid.crs == "EPSG:4490"
    if header[0] != "y":  # the register keeps the numbers as they were written
        assert valid[["x_north_m", "y_east_m"]].to_numpy().tolist() == [[N, E]]
    assert "EPSG:4547 1 行" in report.notes_zh[0]


def test_degrees_under_x_and_y_are_longitude_and_latitude(tmp_path):
    path = markers(tmp_path, ("X坐标", "Y坐标"), (113.38, 31.70), ("113°22′48″", "31°42′00″"))
    valid, rejected, report = read(path, place=SUIZHOU)
    assert len(rejected) == 0
    assert valid.geometry.x.tolist() == pytest.approx([113.38, 113.38])
    assert valid["x_north_m"].isna().all()
    assert "按经度、纬度读取" in report.notes_zh[0]


def test_degrees_written_north_first_come_back_with_the_fix(tmp_path):
    path = markers(tmp_path, ("X坐标", "Y坐标"), (31.70, 113.38))
    for place in (None, SUIZHOU):
        valid, rejected, report = read(path, place=place)
        assert len(valid) == 0
        assert "写反" in rejected["原因"].iloc[0]
        assert findings(report) == [(2, "swapped_lon_lat", "row_rejected")]


def test_degrees_far_from_the_city_are_not_plausible(tmp_path):
    path = markers(tmp_path, ("X坐标", "Y坐标"), (113.38, 31.70), (12.5, 41.9), (120.0, 30.0))
    _, rejected, report = read(path, place=SUIZHOU)
    assert rejected["source_row"].tolist() == [3, 4]
    assert {r for _, r, _ in findings(report)} == {"outside_city"}


def test_degrees_that_may_be_read_both_ways(tmp_path):
    path = markers(tmp_path, ("X坐标", "Y坐标"), (40.1, 40.2))
    _, rejected, report = read(path, place=Place("EPSG:32637", (39.9, 39.9, 40.4, 40.4)))
    assert len(rejected) == 1
    assert findings(report) == [(2, "ambiguous", "row_rejected")]


def test_metres_without_any_zone_are_an_error_that_names_the_fix(tmp_path):
    path = markers(tmp_path, ("ZZB", "HZB"), (N, E))
    with pytest.raises(InputError, match=r"workspace\.toml") as error:
        read(path)
    assert "EPSG:4547" in error.value.fix_zh
    assert (error.value.context["row"], error.value.context["field"]) == (2, "ZZB, HZB")


@pytest.mark.parametrize(("crs", "column", "east"), [
    ("EPSG:4547", "", E), ("EPSG:4526", "", 38_000_000 + E), ("EPSG:4547", "", 38_000_000 + E),
    (None, "EPSG:4547", E), (None, "", 38_000_000 + E), ("EPSG:4490", "EPSG:4526", 38_000_000 + E),
])  # fmt: skip
def test_the_zone_may_be_stated_or_stand_before_y(tmp_path, crs, column, east):
    path = markers(tmp_path, ("ZZB", "HZB", "坐标系"), (N, east, column))
    valid, _, _ = read(path, crs=crs)
    assert (valid.geometry.x.iloc[0], valid.geometry.y.iloc[0]) == pytest.approx((113.38, 31.70))
    assert valid.crs == "EPSG:4490"


def test_another_zone_that_falls_into_the_city_is_found(tmp_path):
    """CRS-02: an easting without number may be of the 6-degree zone; the city decides."""
    point = gpd.GeoSeries([shapely.Point(113.38, 31.70)], crs=4490).to_crs("EPSG:4508").iloc[0]
    valid, _, report = read(markers(tmp_path, ("ZZB", "HZB"), (point.y, point.x)), place=SUIZHOU)
    assert valid.geometry.x.iloc[0] == pytest.approx(113.38)
    assert "EPSG:4508" in report.notes_en[0]


@pytest.mark.parametrize(("row", "rule", "said"), [
    ((N, 37_000_000 + E, ""), "outside_city", "110.38"),
    ((N, E + 900_000, ""), "not_plane", "七位"),
    ((N, 38_000_000 + E, "EPSG:4525"), "zone_conflict", "38 ≠ 37"),
    ((N, E, "1980西安坐标系"), "legacy_datum", "转换参数"),
    ((N, E, "EPSG:2362"), "legacy_datum", "转换参数"),
    ((N, E, "EPSG:3857"), "unknown_zone", "EPSG:4547"),
    ((N, 113.38, ""), "not_coordinates", "X、Y"),
    ((31.70, 113.38, ""), "degrees_in_metres", "经度"),
    ((N, 890_000.0, "EPSG:4547"), "outside_zone", "横坐标"),
    ((4_508_754.0, E, ""), "outside_city", "40.7"),
])  # fmt: skip
def test_a_row_that_cannot_be_comes_back_and_the_others_go_on(tmp_path, row, rule, said):
    path = markers(tmp_path, ("ZZB", "HZB", "坐标系"), (N, E, ""), row, (N + 100, E, ""))
    valid, rejected, report = read(path, place=SUIZHOU)
    assert valid["marker_id"].tolist() == ["m1", "m3"]
    assert rejected[["source_row", "marker_id"]].to_numpy().tolist() == [[3, "m2"]]
    assert findings(report) == [(3, rule, "row_rejected")]
    assert said in rejected["原因"].iloc[0]
    found = report.defects.iloc[0]
    assert (found["id"], found["field"]) == ("m2", "ZZB, HZB")
    assert str(row[0])[:4] in found["value"]
    assert found["reason_en"]
    assert report.source_rows.tolist() == [2, 4]


def test_metres_and_degrees_mixed(tmp_path):
    path = markers(tmp_path, ("X坐标", "Y坐标"), (N, E), (113.38, 31.70), (N, E + 5))
    valid, rejected, report = read(path, place=SUIZHOU)
    assert (len(valid), rejected["source_row"].tolist()) == (2, [3])
    assert "混用" in rejected["原因"].iloc[0]
    assert findings(report) == [(3, "mixed_units", "row_rejected")]


def test_swapped_columns_are_read_rightly_and_said(tmp_path):
    valid, rejected, report = read(markers(tmp_path, ("ZZB", "HZB"), (E, N)), place=SUIZHOU)
    assert len(rejected) == 0
    assert valid.geometry.x.iloc[0] == pytest.approx(113.38)
    assert findings(report) == [(2, "swapped_plane", "warning")]


def test_longitude_and_latitude_count_first_and_x_y_fill_the_rest(tmp_path):
    path = markers(tmp_path, ("JD", "WD", "ZZB", "HZB"), ("113°24′", "31°48′", N, E),
                   ("", "", N, E), ("", "", "", ""))  # fmt: skip
    valid, rejected, _ = read(path, place=SUIZHOU)
    assert valid.geometry.x.tolist() == pytest.approx([113.4, 113.38])
    assert rejected["source_row"].tolist() == [4]
    assert "没有几何" in rejected["原因"].iloc[0]


def test_other_layers_have_x_and_y_too(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("设施编号,设施名称,设施类型,X坐标,Y坐标\nF1,甲,养老机构,"
                    f"{N},{E}\nF2,乙,养老机构,,\n", encoding="utf-8")  # fmt: skip
    valid, rejected, _ = read_layer(path, "facilities", place=SUIZHOU)
    assert len(rejected) == 0
    assert valid.geometry.isna().tolist() == [False, True]
    assert valid.geometry.x.iloc[0] == pytest.approx(113.38)
    assert float(valid["X坐标"].iloc[0]) == N  # kept as it was written


def test_plane_coordinates_outside_china(tmp_path):
    """UTM is no zone of CGCS2000: read in either order, by the place or by what is stated."""
    helsinki = Place("EPSG:32635", (24.8, 60.1, 25.3, 60.3))
    at = gpd.GeoSeries([shapely.Point(24.94, 60.17)], crs=4326).to_crs("EPSG:32635").iloc[0]
    for options in ({"place": helsinki}, {"crs": "EPSG:32635"}):
        valid, _, _ = read(markers(tmp_path, ("x", "y"), (at.x, at.y)), **options)
        assert (valid.geometry.x.iloc[0], valid.geometry.y.iloc[0]) == pytest.approx((24.94, 60.17))
    _, rejected, report = read(markers(tmp_path, ("x", "y"), (at.x + 2e5, at.y)), place=helsinki)
    assert len(rejected) == 1
    assert findings(report)[0][1] == "outside_city"


def test_a_workspace_tells_its_zone(tmp_path):
    unit = gpd.GeoDataFrame({"unit_code": ["421303"], "name": ["曾都区"], "level": ["county"]},
                            geometry=[shapely.box(113.2, 31.5, 113.6, 31.9)], crs=4490)  # fmt: skip
    write(unit, tmp_path / "units.gpkg")
    markers(tmp_path, ("ZZB", "HZB"), (N, E), (N + 400_000, E))
    for head in ("", '[workspace]\nmetric_crs = "EPSG:4547"\n'):
        (tmp_path / "workspace.toml").write_text(
            f'{head}[layers.admin_units]\npath = "units.gpkg"\n'
            '[layers.boundary_markers]\npath = "m.csv"\n', encoding="utf-8")  # fmt: skip
        file = read_workspace_file(tmp_path)
        assert file.place() == Place("EPSG:4547", pytest.approx((113.2, 31.5, 113.6, 31.9)))
        source = file.layers["boundary_markers"]
        valid, rejected, _ = read(source.path, **source.reading())
        assert (len(valid), len(rejected)) == (1, 1)
        assert "不在本市" in rejected["原因"].iloc[0]


def test_a_workspace_without_units_tells_its_metric_crs_only(tmp_path):
    (tmp_path / "workspace.toml").write_text('[workspace]\nmetric_crs = "EPSG:4547"\n', "utf-8")
    assert read_workspace_file(tmp_path).place() == Place("EPSG:4547")
    (tmp_path / "workspace.toml").write_text("[workspace]\n", "utf-8")
    assert read_workspace_file(tmp_path).place() is None
    broken = '[workspace]\nmetric_crs = "EPSG:4547"\n[layers.admin_units]\npath = "none.gpkg"\n'
    (tmp_path / "workspace.toml").write_text(broken, "utf-8")
    file = read_workspace_file(tmp_path)
    assert file.place() == Place("EPSG:4547")
    valid, _, _ = read(markers(tmp_path, ("ZZB", "HZB"), (N, E)), place=file.place)
    assert valid.geometry.x.iloc[0] == pytest.approx(113.38)


@settings(max_examples=60, deadline=None)
@given(
    at=st.tuples(st.floats(112.8, 114.1), st.floats(31.4, 32.3)),
    name=st.sampled_from(["EPSG:4547", "EPSG:4526", "EPSG:4508", "EPSG:4497"]),
    turned=st.booleans(),
)
def test_every_zone_and_order_gives_the_place_back(tmp_path_factory, at, name, turned):
    there = gpd.GeoSeries([shapely.Point(at)], crs=4490).to_crs(name).iloc[0]
    row = (there.x, there.y) if turned else (there.y, there.x)
    path = markers(tmp_path_factory.mktemp("m"), ("ZZB", "HZB"), tuple(map(repr, row)))
    valid, _, _ = read(path, place=SUIZHOU)
    assert (valid.geometry.x.iloc[0], valid.geometry.y.iloc[0]) == pytest.approx(at, abs=1e-7)


def test_zones_are_those_of_the_register():
    import pyproj

    for number in (*range(25, 46), *range(13, 24)):
        for prefixed in (True, False):
            zone = numbered(number, prefixed=prefixed)
            crs = pyproj.CRS(zone.crs)
            assert zone_of(crs) == zone
            assert f"CM {zone.meridian_deg}E" in crs.name or f"zone {number}" in crs.name
    assert zone_of(pyproj.CRS("EPSG:4490")) is None
    assert numbered(24) is None
    assert Zone(3, 38, prefixed=False).crs == "EPSG:4547"


def test_numbers_before_the_easting():
    east, number = without_number(np.array([38_441_223.782, 441_223.782, np.nan, 50_441_223.0]))
    assert number.tolist() == [38, 0, 0, 0]
    assert east[:2].tolist() == pytest.approx([E, E])
    assert not is_legacy("EPSG:nonsense")
    assert is_legacy("1954年北京坐标系")


def test_an_empty_table_of_plane_coordinates(tmp_path):
    valid, rejected, _ = read(markers(tmp_path, ("ZZB", "HZB")))
    assert (len(valid), len(rejected)) == (0, 0)
    assert isinstance(valid, pd.DataFrame)
