"""Place names written for others: what is read back is what was written."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from geoplan.errors import (
    EmptyLayerError,
    InputError,
    MissingCRSError,
    SecrecyError,
    UnknownIdError,
)
from geoplan.io import read_layer
from geoplan.io.name_exports import write_linked_places, write_names
from geoplan.placenames import linked_check
from geoplan.placenames.reconciliation_entities import VALUES
from geoplan.schemas import layer

CLOCKWISE = shapely.Polygon([(113.4, 31.6), (113.4, 31.7), (113.5, 31.7), (113.5, 31.6)])
LINE = shapely.LineString([(113.3, 31.6), (113.4, 31.7)])


def names(*shapes) -> gpd.GeoDataFrame:
    shapes = shapes or (shapely.Point(113.37123456, 31.72), None, shapely.Point(113.4, 31.5))
    return gpd.GeoDataFrame(
        {
            "place_id": ["N1", "N2", "N3"],
            "place_code": ["42130300121620000001", None, "42130000012100000001"],
            "standard_name": ["曾都区", "㵐水", "涢水"],
            "pinyin": ["Zēngdū Qū", None, "Yún Shuǐ"],
            "category_code": ["21400", "12100", "12100"],
            "unit_code": ["421303", None, "421300"],
            "named_on": pd.to_datetime(["2009-05-14", None, None]),
            "set_year": pd.array([2009, None, -221], "Int64"),
            "status": ["announced", "filed", None],
            "reading_source": ["curated", "proposed", None],
            "secrecy": ["internal", "public", None],
            "synthetic": pd.array([False, True, None], "boolean"),
            "备注": ["驻地, “西城”", None, "两\n行"],
        },
        geometry=list(shapes), crs=4490,
    )  # fmt: skip


FORMS = pd.DataFrame(
    {"name_id": ["F1", "F2"], "place_id": ["N1", "N1"], "text": ["随县", "曾都"],
     "kind": ["former", "short"], "valid_to": pd.to_datetime(["1979-11-16", None])}
)  # fmt: skip
BOTH = {"place_names": names(), "name_forms": FORMS}


def same(back, wrote):
    """Whether each column that was written came back with the same cells."""
    for column in wrote.columns.drop("geometry", errors="ignore"):
        cells = (f[column].astype(object).replace("", None) for f in (back, wrote))
        left, right = (c.where(c.notna(), None).tolist() for c in cells)
        assert left == right, column
    if isinstance(wrote, gpd.GeoDataFrame):
        for a, b in zip(back.geometry, wrote.to_crs(back.crs).geometry, strict=True):
            assert (a is None) == (b is None)
            assert a is None or a.equals_exact(b, 1e-7)


@pytest.mark.parametrize("chinese", [None, True, False])
@pytest.mark.parametrize("kind", ["gpkg", "xlsx"])
def test_round_trip_of_several_layers(tmp_path, kind, chinese):
    file = write_names(BOTH, tmp_path / f"地名.{kind}", chinese=chinese)
    for name, frame in BOTH.items():
        title = name if chinese is False else layer(name).zh
        sheet = {"sheet": title} if kind == "xlsx" else {}
        valid, rejected, report = read_layer(file, name, **sheet)
        assert rejected.empty, rejected["原因"].tolist()
        assert report.defects.empty
        same(valid, frame)


@pytest.mark.parametrize("kind", ["csv", "geojson", "xlsx", "gpkg"])
@pytest.mark.parametrize("shapes", [(), (CLOCKWISE, LINE, LINE)], ids=["points", "areas"])
def test_round_trip_of_one_layer(tmp_path, kind, shapes):
    frame = names(*shapes)
    file = write_names({"place_names": frame}, tmp_path / f"a.{kind}")
    valid, rejected, _ = read_layer(file, "place_names", crs="EPSG:4490")
    assert rejected.empty, rejected["原因"].tolist()
    if kind == "geojson" and shapes:
        valid = valid.set_geometry(valid.geometry.reverse().where(valid.geom_type == "Polygon",
                                                                  valid.geometry))  # fmt: skip
        frame, valid = (f.set_geometry(f.normalize()) for f in (frame, valid))
    same(valid, frame)


def test_csv_and_excel_speak_chinese(tmp_path):
    csv = write_names({"place_names": names()}, tmp_path / "a.csv").read_bytes()
    assert csv.startswith(b"\xef\xbb\xbf")
    head, first = csv.decode("utf-8-sig").splitlines()[:2]
    assert head.startswith("地名编号,地名代码,标准名称,罗马字母拼写,地名类别代码")
    assert "已公告" in first
    assert "读音表" in first
    book = openpyxl.load_workbook(write_names(BOTH, tmp_path / "a.xlsx"))
    assert book.sheetnames == ["地名", "地名名称"]
    assert book["地名"]["B2"].value == "42130300121620000001"  # text, all 20 digits
    assert book["地名名称"]["D2"].value == "曾用名"


def test_geojson_is_degrees_and_right_handed(tmp_path):
    frame = names(CLOCKWISE, None, LINE).to_crs(4547)
    file = write_names({"place_names": frame}, tmp_path / "a.geojson")
    shape = json.loads(file.read_text("utf-8"))["features"][0]["geometry"]
    assert shapely.LinearRing(shape["coordinates"][0]).is_ccw
    assert shapely.geometry.shape(shape).equals_exact(CLOCKWISE.normalize(), 1e-6) or (
        shapely.geometry.shape(shape).normalize().equals_exact(CLOCKWISE.normalize(), 1e-6)
    )


def test_an_outline_too_long_for_a_cell_is_refused_not_cut(tmp_path):
    circle = shapely.Point(113.4, 31.7).buffer(0.1, quad_segs=400)
    with pytest.raises(InputError, match="单元格放不下"):
        write_names({"place_names": names(circle, None, None)}, tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_state_secrets_are_refused(tmp_path):
    secret = names().assign(secrecy=["public", "state_confidential", "internal"])
    for kind in ("csv", "gpkg"):
        with pytest.raises(SecrecyError, match="N2"):
            write_names({"place_names": secret}, tmp_path / f"a.{kind}")
    with pytest.raises(SecrecyError):
        write_linked_places(
            secret, tmp_path / "a.json", base="https://x.example", as_of="2026-01-01"
        )
    assert list(tmp_path.iterdir()) == []
    assert write_names({"place_names": secret}, tmp_path / "a.csv", classified=True).exists()


def test_arguments(tmp_path):
    with pytest.raises(InputError, match=r"\.pdf"):
        write_names(BOTH, tmp_path / "a.pdf")
    with pytest.raises(InputError, match="一个图层"):
        write_names(BOTH, tmp_path / "a.csv")
    with pytest.raises(EmptyLayerError):
        write_names({}, tmp_path / "a.csv")
    with pytest.raises(UnknownIdError):
        write_names({"names": names()}, tmp_path / "a.csv")
    with pytest.raises(MissingCRSError):
        write_names({"place_names": names().set_crs(None, allow_override=True)}, tmp_path / "a.csv")


def test_linked_places_file_is_valid_and_holds_no_higher_class(tmp_path):
    forms = FORMS.assign(secrecy=["internal", "public"])
    everything = write_linked_places(
        names(), tmp_path / "a.jsonld", base="https://x.example/", as_of="2026-01-01", forms=forms
    )
    whole = json.loads(everything.path.read_text("utf-8"))
    assert linked_check.check(whole).empty
    assert [f["properties"]["title"] for f in whole["features"]] == ["曾都区", "㵐水", "涢水"]
    assert everything.left_out.empty
    public = write_linked_places(
        names().assign(secrecy=["public", "public", None]), tmp_path / "p.geojson", forms=forms,
        base="https://x.example/", as_of="2026-01-01", highest="public",
    )  # fmt: skip
    text = public.path.read_text("utf-8")
    assert "涢水" not in text
    assert "随县" not in text  # a former name of a higher class than its place
    assert public.left_out["place_id"].tolist() == ["N3", "N1"]
    assert set(public.left_out["value"]) == {"internal"}


def test_the_how_to_page_does_what_it_says(root, tmp_path, monkeypatch):
    page = (root / "docs/how-to/place-name-exchange.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    told: dict = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)), told)  # noqa: S102
    assert told["form"].rejected["source_row"].tolist() == [3]
    assert told["made"].left_out.empty
    for name in VALUES:
        assert f"`{name}`" in page
