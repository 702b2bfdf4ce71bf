"""Chinese attributes of shapefiles and CSV: the right text whatever the encoding, never mojibake."""

from __future__ import annotations

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geoplan.errors import UnreadableFileError
from geoplan.io import encodings, read_layer

NAMES = ["厉山镇养老院", "环潭镇日间照料中心", "淅河"]


def shapefile(folder, encoding: str, cpg: str | None, ldid: int):
    path = folder / "facilities.shp"
    frame = gpd.GeoDataFrame(
        {"编号": ["a", "b", "c"], "名称": NAMES, "类型": ["养老机构", "日间照料中心", "养老机构"]},
        geometry=[shapely.Point(113.3 + i / 100, 31.7) for i in range(3)], crs=4490,
    )  # fmt: skip
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    raw[29] = ldid
    path.with_suffix(".dbf").write_bytes(raw)
    return path


@pytest.mark.parametrize("ldid", [0x00, 0x57, 0x4D])
@pytest.mark.parametrize(
    ("encoding", "cpg"),
    [("GBK", "GBK"), ("GBK", "936"), ("GBK", None), ("GB18030", "GB18030"), ("GB18030", None),
     ("UTF-8", "UTF-8"), ("UTF-8", None)],
)  # fmt: skip
def test_every_mix_reads_right(tmp_path, encoding, cpg, ldid):
    valid, rejected, report = read_layer(shapefile(tmp_path, encoding, cpg, ldid), "facilities")
    assert valid["name"].tolist() == NAMES
    assert valid["facility_kind"].tolist() == ["institution", "daycare", "institution"]
    assert len(rejected) == 0
    assert report.encoding in {"gb18030", "utf-8"}


def test_a_wrong_cpg_is_refused_not_garbled(tmp_path):
    path = shapefile(tmp_path, "GBK", "ISO-8859-1", 0x00)
    with pytest.raises(UnreadableFileError, match="garbled"):
        read_layer(path, "facilities")


def test_garbled_text_is_recognised():
    garbled = "厉山镇".encode("gb18030").decode("latin-1")
    assert encodings.looks_garbled(garbled)
    for fine in ("厉山镇", "Zürich", "Ålesund", "abc", "", "Curaçao"):
        assert not encodings.looks_garbled(fine)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_csv(tmp_path, encoding):
    path = tmp_path / "projects.csv"
    text = "项目编号,项目名称,公办床位\nP1,随县福利院,120\nP2,䶮山养老院,80\n"
    path.write_bytes(text.encode(encoding))
    valid, _, report = read_layer(path, "projects")
    assert valid["name"].tolist() == ["随县福利院", "䶮山养老院"]
    assert valid["beds_public"].tolist() == [120, 80]
    assert report.encoding in {encoding, "utf-8-sig", "utf-16", "utf-8", "gb18030"}


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "projects.csv"
    path.write_bytes(b"\xff\xfe\xff\x00\x81")
    with pytest.raises((UnreadableFileError, UnicodeDecodeError)):
        read_layer(path, "projects")
