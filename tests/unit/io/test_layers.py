"""The one reading seam: formats, headers, positions, and everything bad that comes in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geoplan import datum
from geoplan.errors import (
    EmptyLayerError,
    InputError,
    MissingCRSError,
    MissingFileError,
    UnknownIdError,
    UnreadableFileError,
)
from geoplan.io import read_layer, read_osm_roads, write, write_gpkg

AT = [shapely.Point(113.3, 31.7), shapely.Point(113.4, 31.8)]


def ledger(tmp_path, rows, *, title=True, sheet="设施台账", header=None):
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    if title:
        page.append(["随州市养老服务设施台账"])
        page.append(["填报单位：演示", None, "2025年12月"])
    page.append(header or ["设施编号", "设施名称", "设施类型", "建筑面积\n（平方米）", "户数", "经度",
                           "纬度"])  # fmt: skip
    for row in rows:
        page.append(row)
    other = book.create_sheet("说明")
    other.append(["本表由各县填报"])
    path = tmp_path / "ledger.xlsx"
    book.save(path)
    return path


def facilities(**cells) -> gpd.GeoDataFrame:
    base = {"facility_id": ["a", "b"], "name": ["甲", "乙"],
            "facility_kind": ["institution", "daycare"]}  # fmt: skip
    return gpd.GeoDataFrame({**base, **cells}, geometry=AT, crs=4490)


def findings(report) -> list[tuple]:
    return [(r.row, r.field, r.rule, r.effect) for r in report.defects.itertuples()]


def test_excel_with_titles_above_and_row_numbers(tmp_path):
    path = ledger(tmp_path, [
        ["F1", "甲养老院", "养老机构", "１，２００平方米", 30, 113.3, 31.7],
        ["F2", "乙中心", "日间照料中心", "约三百", 20, "113°24′00″", "31°48′"],
        [3.0, "丙中心", "社区养老服务设施", -5, 0, None, None],
    ])  # fmt: skip
    valid, rejected, report = read_layer(path, "facilities")
    assert valid["facility_id"].tolist() == ["F1", "F2", "3"]
    assert valid["floor_m2"].fillna(-1).tolist() == [1200.0, -1, -1]
    assert valid.geometry.x.iloc[1] == pytest.approx(113.4)
    assert valid.geometry.isna().tolist() == [False, False, True]
    assert len(rejected) == 0
    assert (5, "floor_m2", "not_a_number", "cell_emptied") in findings(report)
    assert (6, "floor_m2", "negative", "cell_emptied") in findings(report)
    assert "约三百" in report.defects["reason_zh"].iloc[0]
    assert report.columns["设施名称"] == "name"
    assert any("设施台账" in n for n in report.notes_zh)


def test_excel_picks_the_sheet_that_fits_and_refuses_an_unknown_one(tmp_path):
    path = ledger(tmp_path, [["F1", "甲", "养老机构", 1, 1, 113.3, 31.7]])
    assert len(read_layer(path, "facilities").valid) == 1
    with pytest.raises(UnknownIdError, match="设施台账"):
        read_layer(path, "facilities", sheet="设施台帐")


def test_bad_rows_come_back_with_row_field_value_and_fix(tmp_path):
    path = ledger(tmp_path, [
        ["F1", "甲", "养老机构", 1, 1, 113.3, 31.7],
        ["F1", "重复", "养老机构", 1, 1, 113.3, 31.7],
        ["F3", None, "养老机构", 1, 1, 113.3, 31.7],
        ["F4", "丁", "火箭基地", 1, 1, 113.3, 31.7],
        ["F5", "戊", "养老机构", 1, 1, 31.7, 113.3],
        ["F6", "己", "养老机构", 1, 1, 999, 31.7],
    ])  # fmt: skip
    valid, rejected, report = read_layer(path, "facilities")
    assert valid["facility_id"].tolist() == ["F1"]
    assert rejected["source_row"].tolist() == [5, 6, 7, 8, 9]
    why = "|".join(rejected["原因"])
    for word in ("第 4 行重复", "缺“设施名称”", "火箭基地", "写反", "不是经纬度"):
        assert word in why, word
    rules = set(report.defects["rule"])
    assert rules == {"duplicate_key", "missing_required", "unknown_choice", "swapped_lon_lat",
                     "outside_range"}  # fmt: skip
    assert (report.defects["fix_zh"] != "").all()
    assert (report.defects["fix_en"] != "").all()
    assert (report.defects["file"] == str(path)).all()


def test_zero_households_are_said_and_kept(tmp_path):
    frame = gpd.GeoDataFrame(
        {"area_id": ["a", "b"], "build_status": ["新建", "已建成"], "households": [0, None]},
        geometry=[p.buffer(0.001) for p in AT], crs=4490,
    )  # fmt: skip
    path = write(frame, tmp_path / "areas.gpkg")
    valid, rejected, report = read_layer(path, "residential_areas")
    assert len(rejected) == 0
    assert valid["households"].isna().tolist() == [False, True]
    assert findings(report) == [(1, "households", "zero_households", "warning")]


def test_self_crossing_polygon_is_named_with_its_place(tmp_path):
    bow = shapely.Polygon([(113, 31), (114, 32), (114, 31), (113, 32)])
    frame = gpd.GeoDataFrame({"area_id": ["a", "b"], "build_status": ["new", "new"]},
                             geometry=[bow, AT[0].buffer(0.01)], crs=4490)  # fmt: skip
    write_gpkg({"residential_areas": frame}, tmp_path / "x.gpkg")
    valid, rejected, report = read_layer(tmp_path / "x.gpkg", "residential_areas")
    assert (len(valid), len(rejected)) == (1, 1)
    assert "Self-intersection[113.5 31.5]" in report.defects["value"].iloc[0]


def test_wrong_kind_empty_and_missing_geometry(tmp_path):
    frame = gpd.GeoDataFrame(
        {"road_id": list("abc")},
        geometry=[AT[0], shapely.LineString(), shapely.LineString(AT)], crs=4490,
    )  # fmt: skip
    path = write(frame, tmp_path / "roads.parquet")
    valid, _, report = read_layer(path, "roads")
    assert valid["road_id"].tolist() == ["c"]
    assert set(report.defects["rule"]) == {"wrong_geometry_kind", "missing_geometry"}


def test_no_crs_is_an_error_that_says_what_to_do(tmp_path):
    path = tmp_path / "f.shp"
    write(facilities(), path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(MissingCRSError, match=r"workspace\.toml"):
        read_layer(path, "facilities")
    valid, _, report = read_layer(path, "facilities", crs="EPSG:4490")
    assert report.crs == "EPSG:4490"
    assert len(valid) == 2
    with pytest.raises(InputError, match="EPSG:0"):
        read_layer(path, "facilities", crs="EPSG:0")


def test_names_cut_to_ten_bytes_are_understood(tmp_path):
    path = tmp_path / "f.shp"
    frame = facilities(elder_floo=[1.0, 2.0]).rename(
        columns={"facility_id": "facility_i", "facility_kind": "facility_k"}
    )
    write(frame, path)
    valid, _, report = read_layer(path, "facilities")
    assert valid["elder_floor_m2"].tolist() == [1.0, 2.0]
    assert report.columns["facility_i"] == "facility_id"


@pytest.mark.parametrize("name", ["f.gpkg", "f.geojson", "f.fgb", "f.parquet", "f.csv", "f.shp"])
def test_write_then_read_is_identity(tmp_path, name):
    frame = facilities(land_m2=[10.5, np.nan], beds=pd.array([3, None], dtype="Int64"))
    path = write(frame, tmp_path / name)
    crs = "EPSG:4490" if name.endswith((".csv", ".geojson")) else None
    valid, rejected, report = read_layer(path, "facilities", crs=crs)
    assert len(rejected) == 0, report.defects.to_dict()
    valid = valid.sort_values("facility_id", ignore_index=True)  # .fgb orders by place
    assert valid["name"].tolist() == ["甲", "乙"]
    assert valid["land_m2"].fillna(-1).tolist() == [10.5, -1.0]
    assert valid["beds"].tolist() == [3, pd.NA]
    assert valid.geometry.geom_equals_exact(frame.geometry, 1e-7).all()


def test_unknown_columns_are_kept(tmp_path):
    path = write(facilities(负责人=["张", "李"]), tmp_path / "f.gpkg")
    valid, _, report = read_layer(path, "facilities")
    assert valid["负责人"].tolist() == ["张", "李"]
    assert report.unknown_columns == ("负责人",)


def test_mapping_by_the_user_comes_first(tmp_path):
    path = write(facilities(备用名=["丙", "丁"]), tmp_path / "f.gpkg")
    valid, _, _ = read_layer(path, "facilities", columns={"备用名": "name"})
    assert valid["name"].tolist() == ["丙", "丁"]


def test_consumer_map_points_are_converted_and_said_so(tmp_path):
    lon, lat = datum.from_wgs84([113.3, 113.4], [31.7, 31.8], "GCJ-02")
    frame = facilities().set_geometry(gpd.points_from_xy(lon, lat), crs=4326)
    path = write(frame, tmp_path / "f.gpkg")
    valid, _, report = read_layer(path, "facilities", datum="GCJ-02")
    assert valid.geometry.x.tolist() == pytest.approx([113.3, 113.4], abs=1e-9)
    assert any("不具测绘精度" in n for n in report.notes_zh)
    with pytest.raises(UnknownIdError, match="GCJ-02"):
        read_layer(path, "facilities", datum="GCJ02")


def test_surveyed_layers_refuse_a_consumer_datum(tmp_path):
    frame = gpd.GeoDataFrame({"marker_id": ["m"], "marker_no": ["1"]}, geometry=AT[:1], crs=4490)
    path = write(frame, tmp_path / "m.gpkg")
    with pytest.raises(InputError, match="surveyed"):
        read_layer(path, "boundary_markers", datum="GCJ-02")


def test_an_empty_layer_reads_as_empty(tmp_path):
    path = write(facilities().iloc[:0], tmp_path / "f.gpkg")
    valid, rejected, report = read_layer(path, "facilities")
    assert (len(valid), len(rejected), report.rows) == (0, 0, 0)
    assert "facility_id" in valid.columns


@pytest.mark.parametrize(
    ("name", "content"),
    [("f.gpkg", b"SQLite format 3\x00 broken"), ("f.xlsx", b"PK\x03\x04 broken"),
     ("f.geojson", b'{"type": "FeatureCollection", "features": [{]}'), ("f.parquet", b"PAR1xx"),
     ("f.dwg", b"AC1027"), ("f", b"x"), ("f.osm.pbf", b"\x00\x00\x00\x0d\x0a"), ("f.osm", b"")],
)  # fmt: skip
def test_broken_and_foreign_files(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    layer = "roads" if "osm" in name else "facilities"
    with pytest.raises(UnreadableFileError) as error:
        read_layer(path, layer)
    assert str(path.name) in error.value.message
    assert error.value.fix_zh


def test_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(MissingFileError, match=r"none\.gpkg"):
        read_layer(tmp_path / "none.gpkg", "facilities")
    with pytest.raises(UnknownIdError, match="facilities"):
        read_layer(tmp_path / "none.gpkg", "facilites")


def test_an_osm_file_without_roads(tmp_path):
    path = tmp_path / "e.osm"
    path.write_text('<osm version="0.6"><node id="1" lat="31.7" lon="113.3"/></osm>', "utf-8")
    with pytest.raises(EmptyLayerError, match="roads"):
        read_layer(path, "roads")


def test_osm_tags_decide_who_may_go(tmp_path):
    path = tmp_path / "r.osm"
    nodes = "".join(f'<node id="{i}" lat="31.{70 + i}" lon="113.30"/>' for i in range(1, 4))
    ways = [
        ("residential", {"oneway": "yes", "name": "烈山大道"}), ("motorway", {}), ("footway", {}),
        ("residential", {"foot": "no"}), ("service", {"access": "private"}),
        ("primary", {"maxspeed": "60", "layer": "1"}), ("proposed", {}),
    ]  # fmt: skip
    body = ""
    for i, (highway, tags) in enumerate(ways):
        more = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        refs = '<nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="99"/>'
        body += f'<way id="{i}">{refs}<tag k="highway" v="{highway}"/>{more}</way>'
    path.write_text(f'<osm version="0.6">{nodes}{body}</osm>', "utf-8")
    roads = read_osm_roads(path).set_index("road_id")
    assert roads["walk"].to_dict() == {"0": True, "1": False, "2": True, "3": False, "4": False,
                                       "5": True}  # fmt: skip
    assert roads.loc["2", "drive"] == False  # noqa: E712
    assert roads.loc["0", ["oneway", "name"]].tolist() == [1, "烈山大道"]
    assert (roads.loc["5", "speed_kmh"], roads.loc["5", "layer"]) == (60.0, 1.0)
    assert len(roads.geometry.iloc[0].coords) == 3  # the reference to a missing node is dropped


@pytest.mark.realdata
def test_real_roads_without_prj(shared_data):
    path = shared_data / "road-jinan" / "edges.shp"
    with pytest.raises(MissingCRSError):
        read_layer(path, "roads")
    valid, rejected, report = read_layer(path, "roads", crs="EPSG:4326")
    assert len(valid) + len(rejected) == report.rows == 28_597
    assert len(valid) > 28_000
