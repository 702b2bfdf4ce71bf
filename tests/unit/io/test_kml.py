"""KML: what is written comes back, other programs read it, broken and hostile files are said."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import MissingCRSError, UnknownIdError, UnreadableFileError
from geoplan.io import digest_file, read_layer, write, write_kml

LINES = gpd.GeoDataFrame(
    {
        "line_id": ["L1", "L2"], "name": ["曾都—随县线", None], "level": ["county", "township"],
        "length_m": [1234.567890123, np.nan], "precise": [True, None],
        "approved_on": pd.to_datetime(["2025-01-02", None]), "id": ["a<b", "c&d"],
        "timestamp": ["早", "晚"], "备注信息": ["两行\n文字", "，；"], "description": [None, "说明"],
        "n": pd.array([1, None], dtype="Int64"),
    },
    geometry=[
        shapely.LineString([(113.123456789012, 31.5), (113.2, 31.6), (113.3, 31.55)]),
        shapely.MultiLineString([[(113, 31), (114, 32)], [(115, 31), (116, 32)]]),
    ],
    crs=4490,
)  # fmt: skip
KML = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">{}</kml>'
MARK = "<Placemark><name>{}</name><Point><coordinates>{}</coordinates></Point></Placemark>"


def file(tmp_path, body, name="a.kml"):
    path = tmp_path / name
    path.write_text(KML.format(body), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["a.kml", "a.kmz"])
def test_every_column_and_vertex_comes_back(tmp_path, name):
    path = write(LINES, tmp_path / name)
    valid, rejected, report = read_layer(path, "boundary_lines")
    assert (len(rejected), report.driver) == (0, "KML")
    assert valid.crs == "EPSG:4326"
    assert valid.geometry.geom_equals(LINES.geometry.set_crs(4326, allow_override=True)).all()
    assert valid["name"].fillna("").tolist() == ["曾都—随县线", ""]
    assert valid["length_m"].tolist()[0] == 1234.567890123
    assert valid["length_m"].isna().tolist() == [False, True]
    assert valid["precise"].tolist() == [True, pd.NA]
    assert valid["approved_on"].iloc[0] == pd.Timestamp("2025-01-02")
    assert pd.isna(valid["approved_on"].iloc[1])
    for column in ("id", "timestamp", "备注信息"):
        assert valid[column].tolist() == LINES[column].tolist(), column
    assert valid["description"].fillna("").tolist() == ["", "说明"]


def test_two_writes_are_one_content(tmp_path):
    for name in ("a.kml", "a.kmz"):
        first, second = write(LINES, tmp_path / "1" / name), write(LINES, tmp_path / "2" / name)
        assert digest_file(first) == digest_file(second)


def test_plane_coordinates_become_degrees_and_a_label_is_shown(tmp_path):
    plane = gpd.GeoDataFrame({"marker_id": ["m"], "marker_no": ["4142001Q"]},
                             geometry=[shapely.Point(441223.782, 3508754.287)], crs=4547)  # fmt: skip
    path = write_kml(plane, tmp_path / "m.kml", label="marker_no", title="界桩")
    text = path.read_text("utf-8")
    assert "<name>4142001Q</name>" in text
    assert "<name>界桩</name>" in text
    valid, _, _ = read_layer(path, "boundary_markers")
    assert (valid.geometry.x.iloc[0], valid.geometry.y.iloc[0]) == pytest.approx((113.38, 31.70))
    assert "name" not in valid.columns  # the label only repeats a column


def test_gdal_reads_what_we_write(tmp_path):
    """An oracle of another hand: GDAL's own reader, where it is built in."""
    path = write(LINES[["line_id", "level", "length_m", "geometry"]], tmp_path / "a.kml")
    found = pyogrio.read_dataframe(path, use_arrow=False)
    assert found["line_id"].tolist() == ["L1", "L2"]
    assert found["length_m"].iloc[0] == pytest.approx(1234.567890123)
    assert shapely.force_2d(found.geometry.iloc[0]).equals(LINES.geometry.iloc[0])


def test_polygons_with_holes_parts_and_missing_geometry(tmp_path):
    ring = shapely.box(113, 31, 114, 32).difference(shapely.box(113.4, 31.4, 113.6, 31.6))
    frame = gpd.GeoDataFrame(
        {"unit_code": ["1", "2", "3"], "name": list("甲乙丙"), "level": ["county"] * 3},
        geometry=[ring, shapely.MultiPolygon([ring, shapely.box(115, 31, 116, 32)]), None],
        crs=4490,
    )
    valid, rejected, _ = read_layer(write(frame, tmp_path / "u.kml"), "admin_units")
    assert len(rejected) == 0
    assert valid.geometry.iloc[0].equals(ring)
    assert valid.geometry.iloc[1].equals(frame.geometry.iloc[1])
    assert valid.geometry.iloc[2] is None


def test_what_phones_and_map_programs_write(tmp_path):
    body = (
        "<Document><name>巡查</name><Folder><name>甲组</name>"
        + MARK.format("4142001Q", "\n 113.38,31.70,81.2 \n")
        + "<Placemark><name>4142002Q</name><ExtendedData><Data name='材质'><value>石质</value></Data>"
        "</ExtendedData><MultiGeometry><Point><coordinates>113.4 , 31.8</coordinates></Point>"
        "</MultiGeometry></Placemark></Folder>"
        "<Folder><name>乙组</name>" + MARK.format("4142003Q", "113.5,31.9") + "</Folder></Document>"
    )
    path = file(tmp_path, body)
    columns = {"name": "marker_no", "folder": "managing_unit"}
    valid, rejected, report = read_layer(path, "boundary_markers", columns=columns)
    assert rejected["source_row"].tolist() == [1, 2, 3]  # no id in it
    assert "缺“界桩标识”" in rejected["原因"].iloc[0]
    columns = {"name": "marker_id", "folder": "managing_unit"}
    frame, _, _ = read_layer(path, "graves", columns={"name": "grave_id"})
    assert frame["grave_id"].tolist() == ["4142001Q", "4142002Q", "4142003Q"]
    assert frame["folder"].tolist() == ["甲组", "甲组", "乙组"]
    assert frame["材质"].tolist()[1] == "石质"
    assert frame.geometry.x.tolist() == pytest.approx([113.38, 113.4, 113.5])
    one, _, _ = read_layer(path, "graves", columns={"name": "grave_id"}, source_layer="乙组")
    assert len(one) == 1
    with pytest.raises(UnknownIdError, match="甲组"):
        read_layer(path, "graves", source_layer="丙组")
    del valid, report


def test_tracks_and_models_are_said(tmp_path):
    track = "<Placemark><name>x</name><gx:Track xmlns:gx='http://www.google.com/kml/ext/2.2'/></Placemark>"
    read = read_layer(file(tmp_path, track), "graves", columns={"name": "grave_id"})
    assert "1 个地标" in read.report.notes_zh[0]
    assert len(read.rejected) == 1


@pytest.mark.parametrize(("content", "said"), [
    (b"hello", "syntax error"), (b"", "no element"), (b"<gpx/>", "not <kml>"),
    (b"PK\x03\x04 broken", "zip"),
    (b"<!DOCTYPE k [<!ENTITY a 'b'>]><kml>&a;</kml>", "document type"),
    (KML.format(MARK.format("a", "113.38")).encode(), "placemark 1"),
    (KML.format(MARK.format("a", "x,y")).encode(), "placemark 1"),
    ("<!DOCTYPE k><kml>甲</kml>".encode("utf-16"), "document type"),
])  # fmt: skip
def test_broken_and_hostile_files(tmp_path, content, said):
    path = tmp_path / "a.kml"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=said):
        read_layer(path, "graves")


def test_folders_nested_without_end_and_a_folder_of_that_name(tmp_path):
    path = file(tmp_path, "<Folder>" * 3000 + "</Folder>" * 3000)
    with pytest.raises(UnreadableFileError, match="too deep"):
        read_layer(path, "graves")
    (tmp_path / "b.kml").mkdir()
    with pytest.raises(UnreadableFileError, match="a folder"):
        read_layer(tmp_path / "b.kml", "graves")


def test_a_kmz_without_kml(tmp_path):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    with pytest.raises(UnreadableFileError, match=r"no \.kml inside"):
        read_layer(path, "graves")


def test_a_table_without_places_is_refused(tmp_path):
    with pytest.raises(MissingCRSError):
        write(pd.DataFrame({"a": [1]}), tmp_path / "a.kml")
    assert not list(tmp_path.iterdir())


def test_an_empty_layer(tmp_path):
    valid, rejected, _ = read_layer(write(LINES.iloc[:0], tmp_path / "a.kml"), "boundary_lines")
    assert (len(valid), len(rejected)) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(max_size=12), min_size=1, max_size=4),
    xy=st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
)
def test_any_text_and_position_survives(tmp_path_factory, texts, xy):
    frame = gpd.GeoDataFrame({"grave_id": [f"g{i}" for i in range(len(texts))], "说": texts},
                             geometry=[shapely.Point(xy)] * len(texts), crs=4326)  # fmt: skip
    from geoplan.io.kml import open_kml
    from geoplan.io.raw import Options

    back = open_kml(write(frame, tmp_path_factory.mktemp("k") / "a.kml"), Options()).frame
    clean = [
        "".join(c for c in t if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
        for t in texts
    ]
    clean = [t.replace("\r\n", "\n").replace("\r", "\n") for t in clean]  # as XML reads them
    assert back["说"].fillna("").tolist() == clean
    assert (back.geometry.iloc[0].x, back.geometry.iloc[0].y) == xy
