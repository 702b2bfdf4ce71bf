"""INSPIRE Administrative Units: the declared mapping out, the same rows back."""

from __future__ import annotations

import sqlite3

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from geoplan.errors import EmptyLayerError, MissingFileError, PackageError
from geoplan.io import digest_file, read_layer, read_mapping, write_gpkg, write_inspire
from geoplan.io.inspire_au import RELATION
from geoplan.schemas import LAYERS
from geoplan.schemas.vocabulary import LEGAL_STATUS, LEVEL, TECHNICAL_STATUS

HREF = "http://inspire.ec.europa.eu/codelist/AdministrativeHierarchyLevel/"


def city():
    """Two counties of a prefecture, in two provinces, and the line between them."""
    west, east = shapely.box(113.2, 31.5, 113.4, 31.9), shapely.box(113.4, 31.5, 113.6, 31.9)
    units = gpd.GeoDataFrame(
        {
            "code_system": "nbs-2023", "unit_code": ["421300", "421303", "411330"],
            "name": ["随州市", "曾都区", "桐柏县"], "level": ["prefecture", "county", "county"],
            "parent_code": ["420000", "421300", "411300"], "population": pd.array([3, 2, None], "Int64"),
            "neighbour": [False, False, True], "valid_from": pd.to_datetime(["2000-01-01"] * 3),
            "备注": [None, "驻地", None],
        },
        geometry=[None, west, east], crs=4490,
    )  # fmt: skip
    lines = gpd.GeoDataFrame(
        {
            "line_id": ["411330-421303", "x"], "line_code": ["4142", None], "name": ["桐柏—曾都线", None],
            "level": ["province", "village"], "left_code": ["411330", "421303"],
            "right_code": ["421303", None], "length_m": [44_351.25, None],
            "legal_status": ["approved", "disputed"],
            "technical_status": ["edge_matched", "not_edge_matched"],
        },
        geometry=[shapely.LineString([(113.4, 31.5), (113.4, 31.9)]),
                  shapely.LineString([(113.3, 31.5), (113.3, 31.9)])], crs=4490,
    )  # fmt: skip
    return {"admin_units": units, "boundary_lines": lines}


@pytest.fixture(name="path")
def _path(tmp_path):
    return write_inspire(city(), tmp_path / "au.gpkg")


def test_the_tables_have_the_inspire_names_and_words(path):
    assert pyogrio.list_layers(path)[:, 0].tolist() == [
        "AdministrativeUnit", "AdministrativeBoundary", RELATION]  # fmt: skip
    unit = pyogrio.read_dataframe(path, layer="AdministrativeUnit").iloc[1]
    assert unit["inspireId_localId"] == unit["nationalCode"] == "421303"
    assert unit["nationalLevel"] == "4thOrder"  # 1stOrder is the country
    assert unit["nationalLevel_href"] == HREF + "4thOrder"
    assert unit[["nationalLevelName", "name", "name_language", "upperLevelUnit", "country"]].tolist() == [
        "县级", "曾都区", "zho", "421300", "CN"]  # fmt: skip
    assert unit["beginLifespanVersion"] == pd.Timestamp("2000-01-01")
    lines = pyogrio.read_dataframe(path, layer="AdministrativeBoundary")
    assert lines["nationalLevel"].tolist() == ["2ndOrder", "6thOrder"]
    assert lines["legalStatus"].tolist() == ["agreed", "notAgreed"]
    assert lines["technicalStatus"].tolist() == ["edgeMatched", "notEdgeMatched"]
    beside = pyogrio.read_dataframe(path, layer=RELATION)
    assert beside.to_numpy().tolist() == [
        ["411330-421303", "411330", "left"], ["411330-421303", "421303", "right"],
        ["x", "421303", "left"]]  # fmt: skip


def test_it_is_a_sound_geopackage(path):
    """Looked at without GDAL: declared tables, CRS, geometry columns."""
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kinds = dict(raw.execute("SELECT table_name, data_type FROM gpkg_contents"))
        crs = {row[0] for row in raw.execute("SELECT srs_id FROM gpkg_geometry_columns")}
    raw.close()
    assert kinds == {"AdministrativeUnit": "features", "AdministrativeBoundary": "features",
                     RELATION: "attributes"}  # fmt: skip
    assert crs == {4490}


@pytest.mark.parametrize("layer", ["admin_units", "boundary_lines"])
def test_the_same_rows_come_back(path, layer):
    valid, rejected, report = read_layer(path, layer)
    before = city()[layer]
    assert (len(rejected), report.driver) == (0, "INSPIRE AU GeoPackage")
    for column in before.columns.drop("geometry"):
        there, was = valid[column], before[column]
        assert (there.isna() == was.isna()).all(), column
        assert there.dropna().tolist() == was.dropna().tolist(), column
    assert valid.geometry.dropna().geom_equals(before.geometry.dropna()).all()
    assert set(report.unknown_columns) <= {"备注"}
    assert report.defects.empty


def test_files_of_others_are_read_by_their_words(tmp_path):
    """No columns of ours, the table name with its prefix, levels as addresses of the code list."""
    line = gpd.GeoDataFrame(
        {"inspireId_localId": ["b1", "b2"], "nationalLevel": [HREF + "4thOrder", "5thOrder"],
         "legalStatus": ["agreed", "notAgreed"], "technicalStatus": ["edgeMatched", "edgeMatched"],
         "country": ["ES", "ES"]},
        geometry=[shapely.LineString([(0, 40), (1, 40)])] * 2, crs=4326,
    )  # fmt: skip
    path = write_gpkg({"AU_AdministrativeBoundary": line, "other": line}, tmp_path / "au.gpkg")
    valid, rejected, report = read_layer(path, "boundary_lines")
    assert len(rejected) == 0
    assert valid["line_id"].tolist() == ["b1", "b2"]
    assert valid["level"].tolist() == ["county", "township"]
    assert valid["legal_status"].tolist() == ["agreed", "working"]
    assert valid["country"].tolist() == ["ES", "ES"]  # not the constant: kept
    assert "nationalLevel" not in report.unknown_columns


def test_a_layer_of_our_own_name_comes_first(tmp_path):
    frame = city()["admin_units"]
    path = write_gpkg({"admin_units": frame, "AdministrativeUnit": frame}, tmp_path / "x.gpkg")
    assert read_layer(path, "admin_units").report.driver == "GeoPackage"
    named = read_layer(path, "admin_units", source_layer="AdministrativeUnit")
    assert named.report.driver == "GeoPackage"


def test_the_mapping_covers_every_code():
    """A code that is added to a list and not to the mapping would go out untranslated."""
    tables = read_mapping("inspire-au")
    for table in tables.values():
        codes = {"level": LEVEL, "legal_status": LEGAL_STATUS, "technical_status": TECHNICAL_STATUS}
        for field, words in table.codes.items():
            assert set(words) == {c.code for c in codes[table.fields[field]]}, field
        assert set(table.fields.values()) <= set(LAYERS[table.layer].names)


def test_one_layer_is_enough_and_none_is_not(tmp_path):
    only = write_inspire({"admin_units": city()["admin_units"]}, tmp_path / "u.gpkg")
    assert pyogrio.list_layers(only)[:, 0].tolist() == ["AdministrativeUnit"]
    with pytest.raises(EmptyLayerError):
        write_inspire({}, tmp_path / "n.gpkg")
    again = (
        write_inspire(city(), tmp_path / "1" / "au.gpkg"),
        write_inspire(city(), tmp_path / "2" / "au.gpkg"),
    )
    assert digest_file(again[0]) == digest_file(again[1])


def test_a_mapping_of_the_users(tmp_path):
    file = tmp_path / "m.toml"
    file.write_text('[tables.AdministrativeUnit]\nlayer = "admin_units"\n'
                    '[tables.AdministrativeUnit.fields]\nnationalCode = "unit_code"\nNAMN = "name"\n'
                    '[tables.AdministrativeUnit.constants]\ncountry = "FI"\n', encoding="utf-8")  # fmt: skip
    path = write_inspire(city(), tmp_path / "au.gpkg", mapping=file)
    unit = pyogrio.read_dataframe(path, layer="AdministrativeUnit").iloc[0]
    assert unit[["NAMN", "country", "level"]].tolist() == ["随州市", "FI", "prefecture"]


@pytest.mark.parametrize(("text", "said"), [
    ("", "declares no"), ("[tables.a]\n", "no layer"), ('[tables.a]\nlayer = "x"\n', "unknown layer 'x'"),
    ('[tables.a]\nlayer = "admin_units"\ncolumns = {}\n', "unknown key 'columns'"),
    ('[tables.a]\nlayer = "admin_units"\nfields = {A = "b"}\n', "A = 'b' is no column"),
    ('[tables.a]\nlayer = "admin_units"\nfields = "b"\n', "fields is no table of texts"),
    ('[tables.a]\nlayer = "admin_units"\ncodes = {A = {b = "c"}}\n', r"codes\.A has no field"),
        ('[tables.a]\nlayer = "admin_units"\ncodes = {A = 1}\n', "codes is no table of tables"),
        ("tables = [1]\n", "declares no"),
])  # fmt: skip
def test_a_wrong_mapping_is_named(tmp_path, text, said):
    file = tmp_path / "m.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackageError, match=said):
        read_mapping(file)


def test_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(MissingFileError):
        read_mapping(tmp_path / "m.toml")
    with pytest.raises(MissingFileError):
        read_mapping("inspire")
