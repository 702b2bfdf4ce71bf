"""Coordinate TXT of land surveys: read with line numbers, written strictly, both ways the same."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoplan.errors import CoordinateFileError, InputError, InvalidGeometryError, MissingCRSError
from geoplan.io import Place, digest_file, read_layer, write, write_coordinate_txt
from geoplan.io.rings import rings_of, shape_of

SUIZHOU = Place("EPSG:4547", (112.72, 31.3, 114.12, 32.4))
HEAD = """[属性描述]
格式版本号=1.01
数据产生单位=某局
数据产生日期=2025-6-15
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""
# a square of 1 ha with a hole of 20 m x 20 m: 0.96 ha
PLOT = """10,0.96,421303-1,涢水示范地块,面,H49,公墓,1506,@
J1,1,3508100.000,38441000.000
J2,1,3508100.000,38441100.000
J3,1,3508000.000,38441100.000
J4,1,3508000.000,38441000.000
J1,1,3508100.000,38441000.000
J5,2,3508060.000,38441040.000
J6,2,3508040.000,38441040.000
J7,2,3508040.000,38441060.000
J8,2,3508060.000,38441060.000
J5,2,3508060.000,38441040.000
"""
SECOND = """5,1.0,B,第二块,面,,,,@
J1,1,3509100.000,38441000.000
J2,1,3509100.000,38441100.000
J3,1,3509000.000,38441100.000
J4,1,3509000.000,38441000.000
J1,1,3509100.000,38441000.000
"""


def read(tmp_path, text, layer="built_up", encoding="utf-8", **options):
    path = tmp_path / "x.txt"
    path.write_bytes(text.encode(encoding))
    return read_layer(path, layer, **options)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_header_rings_holes_and_attributes(tmp_path, encoding):
    found = read(tmp_path, HEAD + PLOT, encoding=encoding, place=SUIZHOU)
    assert len(found.rejected) == 0, found.rejected
    row = found.valid.iloc[0]
    assert found.valid.crs == "EPSG:4526"
    assert row.geometry.area == 9_600.0
    assert len(row.geometry.interiors) == 1
    assert (row["地块用途"], row["图幅号"], row["地类编码"]) == ("公墓", "H49", "1506")
    assert "421303-1" in row.tolist()
    assert found.report.source_rows.tolist() == [13]
    assert found.report.defects.empty
    assert "38 带" in found.report.notes_zh[0]


def test_point_and_test_point_of_the_rule_book(tmp_path):
    """RULES §9: N 3 508 754.287, E 38 441 223.782 is 113.38°E 31.70°N; X is north."""
    text = HEAD + "1,,4142001Q,4142001Q,点,,,,@\nJ1,1,3508754.287,38441223.782\n"
    valid, _, _ = read(tmp_path, text, "boundary_markers")
    assert valid["marker_no"].tolist() == ["4142001Q"]
    degrees = valid.geometry.to_crs(4490).iloc[0]
    assert (degrees.x, degrees.y) == pytest.approx((113.38, 31.70), abs=1e-8)


def test_without_the_zone_number_before_y(tmp_path):
    found = read(tmp_path, (HEAD + PLOT).replace(",38441", ",441"))
    assert found.valid.crs == "EPSG:4547"
    with_number = read(tmp_path, HEAD + PLOT).valid.geometry.to_crs(4490)
    assert found.valid.geometry.to_crs(4490).geom_equals_exact(with_number, 1e-9).all()


def test_files_that_omit_the_header(tmp_path):
    """The zone number before Y says what the header does not."""
    found = read(tmp_path, PLOT)
    assert (found.valid.crs, len(found.rejected)) == ("EPSG:4526", 0)
    bare = PLOT.replace(",38441", ",441")
    with pytest.raises(CoordinateFileError, match="nothing says the zone") as error:
        read(tmp_path, bare)
    assert "带号=38" in error.value.fix_zh
    assert read(tmp_path, bare, crs="EPSG:4547").valid.crs == "EPSG:4547"
    assert read(tmp_path, PLOT, crs="EPSG:4547").valid.crs == "EPSG:4526"
    with pytest.raises(CoordinateFileError, match="EPSG:3857"):
        read(tmp_path, PLOT, crs="EPSG:3857")


@pytest.mark.parametrize(("old", "new", "line", "said"), [
    ("2000国家大地坐标系", "1980西安坐标系", 5, "1980西安"),
    ("2000国家大地坐标系", "80国家大地坐标系", 5, "CGCS2000"),
    ("计量单位=米", "计量单位=度", 8, "the unit is '度'"),
    ("带号=38", "带号=50", 9, "impossible"),
    ("带号=38", "带号=19", 9, "impossible"),  # a number of 6-degree zones, but 几度分带=3
    ("带号=38", "带号=三八", 9, "impossible"),
])  # fmt: skip
def test_a_header_that_cannot_be(tmp_path, old, new, line, said):
    with pytest.raises(CoordinateFileError, match=said) as error:
        read(tmp_path, (HEAD + PLOT).replace(old, new))
    stated = read(tmp_path, (HEAD + PLOT).replace(old, new), crs="EPSG:4526")
    assert len(stated.valid) == 1  # what the user states counts over the header, and is said
    assert ("文件自称" in "".join(stated.report.notes_zh)) == ("坐标系" in old)
    assert error.value.context["line"] == line
    assert f"第 {line} 行" in error.value.message_zh


@pytest.mark.parametrize(("old", "new", "rule", "line"), [
    ("J3,1,3508000.000,38441100.000", "J3,1,3508000.000,39441100.000", "zone_conflict", 16),
    ("J3,1,3508000.000,38441100.000", "J3,1,38441100.000,3508000.000", "swapped_plane", 16),
    ("J3,1,3508000.000,38441100.000", "J3,1,31.7000000,113.3800000", "degrees_in_metres", 16),
    ("J3,1,3508000.000,38441100.000", "J3,1,3508000.000,38041100.000", "not_plane", 16),
    ("J3,1,3508000.000,38441100.000", "J3,1,3508000.000", "bad_point", 16),
    ("J3,1,3508000.000,38441100.000", "J3,1,3508000.000,abc", "not_a_number", 16),
    ("J3,1,3508000.000,38441100.000", "J3,1,nan,38441100.000", "not_a_number", 16),
    ("J1,1,3508100.000,38441000.000\nJ5", "J5", "unclosed_ring", 17),
    ("J6,2,3508040.000,38441040.000\nJ7,2,3508040.000,38441060.000\n", "", "too_few_points", 21),
    ("10,0.96", "12,0.96", "wrong_count", 13),
    ("10,0.96", "many,0.96", "wrong_count", 13),
    ("面,H49", "体,H49", "unknown_choice", 13),
    ("J5,2,3508060.000,38441040.000\n", "J5,1,3508060.000,38441040.000\n", "unclosed_ring", 19),
])  # fmt: skip
def test_a_wrong_line_sends_its_parcel_back_with_the_number(tmp_path, old, new, rule, line):
    text = HEAD + PLOT.replace(old, new) + SECOND
    if rule in {"unclosed_ring", "too_few_points"}:
        text = text.replace("10,0.96", ",0.96")
    valid, rejected, report = read(tmp_path, text)
    assert len(valid) == 1
    assert rejected["source_row"].tolist() == [13]
    found = [(r.rule, r.row, r.effect) for r in report.defects.itertuples()]
    assert (rule, line, "row_rejected") in found
    assert f"第 {line} 行" in rejected["原因"].iloc[0] or line == 13
    assert (report.defects["fix_zh"] != "").all()


def test_the_whole_file_swapped_or_in_degrees(tmp_path):
    swapped = "\n".join(
        ",".join([*c[:2], c[3], c[2]]) if len(c := line.split(",")) == 4 else line
        for line in PLOT.splitlines()
    )
    for head in (HEAD, ""):
        _, rejected, _ = read(tmp_path, head + swapped)
        assert "写反" in rejected["原因"].iloc[0]
    degrees = "4,0,A,甲,面,,,,@\n" + "\n".join(
        f"J{i},1,{y},{x}"
        for i, (x, y) in enumerate([(113.3, 31.7), (113.4, 31.7), (113.4, 31.8), (113.3, 31.7)])
    )
    _, rejected, _ = read(tmp_path, HEAD + degrees)
    assert "写的是度" in rejected["原因"].iloc[0]


def test_a_wrong_zone_is_found_by_where_the_city_is(tmp_path):
    """带号=37 moves bare eastings three degrees west, out of the city."""
    text = (HEAD + PLOT).replace(",38441", ",441").replace("带号=38", "带号=37")
    assert len(read(tmp_path, text).valid) == 1
    _, rejected, report = read(tmp_path, text, place=SUIZHOU)
    assert "不在本市" in rejected["原因"].iloc[0]
    assert report.defects["value"].iloc[0].startswith("110.3")


def test_declared_areas_and_coarse_points_are_warned_of(tmp_path):
    text = HEAD + PLOT.replace("0.96", "9600").replace(
        "3508060.000,38441060.000", "3508060,38441060"
    )
    valid, rejected, report = read(tmp_path, text)
    assert (len(valid), len(rejected)) == (1, 0)
    rules = {(r.rule, r.row, r.effect) for r in report.defects.itertuples()}
    assert rules == {("area_differs", 13, "warning"), ("coarse", 22, "warning")}
    assert "公顷" in report.defects["reason_zh"].iloc[0]


def test_parts_beside_one_another_and_islands_in_holes(tmp_path):
    box, hole, island, other = (shapely.box(*b) for b in (
        (0, 0, 100, 100), (20, 20, 80, 80), (40, 40, 60, 60), (200, 0, 300, 100)))  # fmt: skip
    rings = [shapely.get_coordinates(b) + [441_000, 3_508_000] for b in (island, other, hole, box)]
    shape, _, wrong = shape_of("polygon", rings)
    assert wrong is None
    assert shape.area == 10_000 - 3_600 + 400 + 10_000
    assert sorted(len(p.interiors) for p in shape.geoms) == [0, 0, 1]
    frame = gpd.GeoDataFrame({"unit_code": ["1"], "name": ["甲"], "level": ["county"]},
                             geometry=[shape], crs=4547)  # fmt: skip
    back = read_layer(write(frame, tmp_path / "u.txt"), "admin_units", columns={"附加1": "level"})
    assert back.rejected["原因"].str.contains("级别").all()  # the format has no level
    assert back.report.rows == 1


def test_lines_and_parts_of_lines(tmp_path):
    lines = gpd.GeoDataFrame(
        {"line_id": ["L1", "L2"], "name": ["曾都—随县线", None]},
        geometry=[shapely.LineString([(441000, 3508000), (441500.125, 3508500.5)]),
                  shapely.MultiLineString([[(0, 0), (9, 9)], [(20, 20), (30, 30)]])], crs=4547,
    )  # fmt: skip
    lines.loc[1, "geometry"] = shapely.transform(
        lines.geometry[1], lambda xy: xy + [441000, 3508000]
    )
    path = write_coordinate_txt(lines, tmp_path / "l.txt", grid="EPSG:4547")
    valid, rejected, _ = read_layer(path, "boundary_lines")
    assert len(rejected) == 0
    assert valid.crs == "EPSG:4547"
    assert valid.geometry.geom_equals_exact(lines.geometry, 5e-4).all()
    assert valid["name"].fillna("").tolist() == ["曾都—随县线", ""]


def test_lines_that_belong_to_no_parcel_are_said(tmp_path):
    valid, _, report = read(tmp_path, HEAD + "J9,1,3508100.000,38441000.000\n" + PLOT)
    assert len(valid) == 1
    assert [(r.row, r.rule) for r in report.defects.itertuples()] == [(13, "stray_line")]


def test_full_width_punctuation_is_read(tmp_path):
    valid, rejected, _ = read(tmp_path, (HEAD + PLOT).replace(",", "，").replace("=", "＝"))
    assert (len(valid), len(rejected)) == (1, 0)


def test_a_crossing_ring_is_said_by_the_check_of_geometry(tmp_path):
    text = PLOT.replace("J2,1,3508100.000,38441100.000\nJ3,1,3508000.000,38441100.000",
                        "J3,1,3508000.000,38441100.000\nJ2,1,3508100.000,38441100.000")  # fmt: skip
    _, rejected, report = read(tmp_path, HEAD + text)
    assert "几何无效" in rejected["原因"].iloc[0]
    assert "invalid_geometry" in set(report.defects["rule"])


def test_no_parcel_at_all(tmp_path):
    valid, rejected, _ = read(tmp_path, HEAD)
    assert (len(valid), len(rejected)) == (0, 0)
    _, rejected, report = read(tmp_path, HEAD + "4,0,A,甲,面,,,,@\n")
    assert len(rejected) == 1
    assert "wrong_count" in set(report.defects["rule"])


def test_a_table_in_a_txt_is_still_a_table(tmp_path):
    found = read(tmp_path, "设施编号,设施名称,设施类型\nF1,甲,养老机构\n", "facilities")
    assert found.report.driver == "CSV"
    assert len(found.valid) == 1


def test_the_written_file_word_by_word(tmp_path):
    hole = shapely.box(441040, 3508040, 441060, 3508060)
    plot = gpd.GeoDataFrame(
        {"built_up_id": ["421303-1"], "name": ["涢水示范地块"], "图幅号": ["H49"], "地块用途": ["公墓"],
         "地类编码": ["1506"]},
        geometry=[shapely.box(441000, 3508000, 441100, 3508100).difference(hole)], crs=4547,
    )  # fmt: skip
    path = write_coordinate_txt(
        plot, tmp_path / "p.txt", producer="某局", produced_on=date(2025, 6, 15)
    )
    text = path.read_bytes().decode("gbk")
    assert text.replace("\r\n", "\n").startswith(HEAD)
    assert text.count("\r\n") == text.count("\n")
    lines = text.split("\r\n")[12:]
    # 0.96 ha on the grid; 59 km from the meridian its areas are 1 + (59/6378)² too large
    assert lines[0] == "10,0.9599,421303-1,涢水示范地块,面,H49,公墓,1506,@"
    assert lines[1:7] == [
        "J1,1,3508100.000,38441000.000", "J2,1,3508100.000,38441100.000",
        "J3,1,3508000.000,38441100.000", "J4,1,3508000.000,38441000.000",
        "J1,1,3508100.000,38441000.000", "J5,2,3508060.000,38441040.000",
    ]  # fmt: skip
    assert lines[10:] == ["J5,2,3508060.000,38441040.000", ""]
    assert digest_file(write(plot, tmp_path / "1.txt")) == digest_file(
        write(plot, tmp_path / "2.txt")
    )


def test_what_is_not_written(tmp_path):
    box = shapely.box(441000, 3508000, 441100, 3508100)

    def frame(shape=box, name="甲", crs=4547):
        return gpd.GeoDataFrame({"a_id": ["a"], "name": [name]}, geometry=[shape], crs=crs)

    bow = shapely.Polygon(
        [(441000, 3508000), (441100, 3508100), (441100, 3508000), (441000, 3508100)]
    )
    target = tmp_path / "x.txt"
    with pytest.raises(InvalidGeometryError, match="Self-intersection"):
        write(frame(bow), target)
    with pytest.raises(InvalidGeometryError, match="GeometryCollection"):
        write(frame(shapely.GeometryCollection([box, box.centroid])), target)
    with pytest.raises(InputError, match="comma"):
        write(frame(name="甲,乙"), target)
    with pytest.raises(InputError, match="no zone of CGCS2000"):
        write_coordinate_txt(frame(), target, grid="EPSG:32649")
    with pytest.raises(InputError, match="no zone of CGCS2000"):
        write(frame(shapely.box(24, 60, 25, 61), crs=4326), target)
    with pytest.raises(MissingCRSError):
        write(frame(crs=None), target)
    assert not target.exists()
    path = write_coordinate_txt(frame(shape=None), target, grid="EPSG:4547")
    assert path.read_text("gbk").endswith("[地块坐标]\n") or path.read_bytes().endswith(b"\r\n")


GRID = st.sampled_from(["EPSG:4526", "EPSG:4547", "EPSG:4497", "EPSG:4508"])
METRE = st.integers(-90_000_000, 90_000_000).map(lambda mm: mm / 1000)  # to the millimetre
CORNER = st.tuples(METRE, METRE)


@settings(max_examples=80, deadline=None)
@given(
    corners=st.lists(CORNER, min_size=3, max_size=9, unique=True),
    holes=st.integers(0, 2), parts=st.integers(1, 2), grid=GRID,
    encoding=st.sampled_from(["gb18030", "utf-8"]), name=st.text("甲乙丙涢㵐𠮷a1—（", max_size=6),
)  # fmt: skip
def test_what_is_written_is_read_again(
    tmp_path_factory, corners, holes, parts, grid, encoding, name
):
    """Polygons with holes and parts, in any zone with and without number, to the millimetre."""
    hull = shapely.MultiPoint(corners).convex_hull
    assume(hull.geom_type == "Polygon" and hull.area > 1_000_000 and hull.minimum_clearance > 50)
    centre = shapely.get_coordinates(hull.centroid)[0]
    shape = hull
    for k in range(holes):
        hole = shapely.transform(
            hull, lambda xy, k=k: (xy - centre) * 0.1 + centre + [k * 0.002, 0]
        )
        shape = hull.difference(hole) if k == 0 else shape
    pieces = [shape, shapely.transform(hull, lambda xy: xy + [250_000, 0])][:parts]
    base = (38 if "4526" in grid else 19) * 1_000_000 if grid in {"EPSG:4526", "EPSG:4497"} else 0
    shape = shapely.transform(pieces[0] if parts == 1 else shapely.MultiPolygon(pieces),
                              lambda xy: np.round(xy + [base + 400_000, 3_500_000], 3))  # fmt: skip
    assume(shape.is_valid)
    frame = gpd.GeoDataFrame({"built_up_id": ["甲-1"], "name": [name]}, geometry=[shape], crs=grid)
    path = write_coordinate_txt(
        frame, tmp_path_factory.mktemp("t") / "x.txt", grid=grid, encoding=encoding
    )
    valid, rejected, report = read_layer(path, "built_up", encoding=encoding)
    assert len(rejected) == 0, rejected
    assert valid.crs == grid
    assert valid.geometry.iloc[0].normalize().equals_exact(shape.normalize(), 1e-6)
    assert "甲-1" in valid.iloc[0].tolist()
    assert set(report.defects["rule"]) <= {"missing_required"}


def test_rings_are_numbered_from_the_north_west_clockwise():
    ring = rings_of(shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)]))[0]
    assert ring.tolist() == [[0, 10], [10, 10], [10, 0], [0, 0], [0, 10]]
    assert shape_of("point", [np.array([[1.0, 2.0], [3.0, 4.0]])])[0].geom_type == "MultiPoint"
    assert shape_of("line", [np.array([[1.0, 2.0]])])[2] == "few"
    assert shape_of("line", [np.array([[1.0, 2.0], [1.0, 2.0]])])[2] == "few"
    assert shape_of("polygon", []) == (None, 0, "few")
