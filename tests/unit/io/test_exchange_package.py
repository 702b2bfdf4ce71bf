"""The boundary exchange package: whole, checked by digests, mappable, and never with secrets."""

from __future__ import annotations

import json
import shutil
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.errors import (
    EmptyLayerError,
    InputError,
    OutputError,
    PackageError,
    SecrecyError,
    UnknownIdError,
    UnreadableFileError,
)
from geoplan.io import (
    digest_file,
    open_package,
    read_layer,
    read_mapping,
    refuse_state_secrets,
    write_exchange_package,
)
from geoplan.io.mapping import FOLDER
from geoplan.io.secrecy import classes, highest
from geoplan.schemas import LAYERS

PARTS = ["README.txt", "attributes/documents.csv", "attributes/lines.csv", "attributes/markers.csv",
         "attributes/tri_junctions.csv", "manifest.json", "mapping.toml", "metadata.json",
         "spatial/lines.geojson", "spatial/markers.geojson", "spatial/tri_junctions.geojson"]  # fmt: skip


def layers(secrecy="internal"):
    markers = gpd.GeoDataFrame(
        {"marker_id": ["m1", "m2"], "marker_no": ["4142001Q", "4142002A"], "level": ["province", None],
         "marker_type": ["Q", "A"], "x_north_m": [3508754.287, None], "y_east_m": [441223.782, None],
         "position_text": ["山脊,处", '"引号"\n换行'], "secrecy": [secrecy, "internal"],
         "synthetic": [True, True], "涂色": ["红", None]},
        geometry=[shapely.Point(113.38, 31.70), shapely.Point(113.123456789012, 31.5)], crs=4490,
    )  # fmt: skip
    lines = gpd.GeoDataFrame(
        {"line_id": ["L1"], "line_code": ["4142"], "name": ["桐柏—曾都线"], "level": ["province"],
         "left_code": ["411330"], "right_code": ["421303"], "length_m": [44351.25],
         "approved_on": pd.to_datetime(["2001-05-06"]), "precise": [True], "secrecy": ["internal"]},
        geometry=[shapely.LineString([(441000, 3508000), (451000, 3509000)])], crs=4547,
    )  # fmt: skip
    meet = gpd.GeoDataFrame({"node": [7], "units": ["421303;421321;421381"], "unit_count": [3],
                             "name": ["三交点"]}, geometry=[shapely.Point(113.3, 31.6)], crs=4490)  # fmt: skip
    papers = pd.DataFrame({"document_id": ["d1"], "title": ["协议书"], "document_kind": ["agreement"],
                           "secrecy": ["internal"]})  # fmt: skip
    return {"boundary_markers": markers, "boundary_lines": lines, "tri_junctions": meet,
            "documents": papers}  # fmt: skip


@pytest.fixture(name="package", params=["p.zip", "p"])
def _package(request, tmp_path):
    return write_exchange_package(layers(), tmp_path / request.param, name="随州", producer="某局")


def test_everything_comes_back_through_the_one_seam(package):
    valid, rejected, report = read_layer(package, "boundary_markers")
    before = layers()["boundary_markers"]
    assert (len(rejected), report.driver, valid.crs) == (0, "exchange package", "EPSG:4490")
    for column in before.columns.drop("geometry"):
        there, was = valid[column], before[column]
        assert (there.isna() == was.isna()).all(), column
        assert there.dropna().tolist() == was.dropna().tolist(), column
    assert valid.geometry.geom_equals_exact(before.geometry, 1e-13).all()
    assert report.unknown_columns == ("涂色",)
    assert any("未公开" in n for n in report.notes_zh)
    lines, _, _ = read_layer(package, "boundary_lines")
    assert lines["approved_on"].iloc[0] == pd.Timestamp("2001-05-06")
    back = lines.geometry.to_crs(4547).iloc[0]
    assert back.equals_exact(layers()["boundary_lines"].geometry.iloc[0], 1e-4)
    papers, _, _ = read_layer(package, "documents")
    assert papers["document_kind"].tolist() == ["agreement"]
    with pytest.raises(UnknownIdError, match="documents"):
        read_layer(package, "admin_units")
    met = open_package(package).tables["tri_junctions"]
    assert met[["units", "unit_count"]].to_numpy().tolist() == [["421303;421321;421381", "3"]]
    assert met.geometry.x.tolist() == [113.3]


def test_the_parts_and_what_they_say(tmp_path):
    folder = write_exchange_package(layers(), tmp_path / "p", name="随州", producer="某局")
    assert (
        sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == PARTS
    )
    read_me = (folder / "README.txt").read_text("utf-8")
    for said in ("字段表没有公开", "field tables of MZ/T 149-2020 and MZ/T 150-2020 are not public",
                 "NOT those of the standards", "JZBH = marker_no", "演示数据·非真实"):  # fmt: skip
        assert said in read_me, said
    facts = json.loads((folder / "metadata.json").read_text("utf-8"))
    assert facts["note_en"].startswith(
        "the field tables of MZ/T 149-2020 and 150-2020 are not public"
    )
    assert (facts["secrecy"], facts["synthetic"], facts["crs"]) == ("internal", True, "EPSG:4490")
    assert {n: t["rows"] for n, t in facts["tables"].items()} == {
        "lines": 1, "markers": 2, "tri_junctions": 1, "documents": 1}  # fmt: skip
    head = (folder / "attributes/markers.csv").read_text("utf-8-sig").splitlines()[0]
    assert head == "要素序号,KJSJBSM,JZBH,JZDJ,JZLX,ZZB,HZB,WZMS,secrecy,synthetic,涂色"
    assert "单立" in (folder / "attributes/markers.csv").read_text("utf-8-sig")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [f["path"] for f in manifest["files"]] == [p for p in PARTS if p != "manifest.json"]
    for entry in manifest["files"]:
        assert digest_file(folder / entry["path"]) == entry["sha256"]
        assert (folder / entry["path"]).stat().st_size == entry["bytes"]


def test_the_same_content_is_the_same_package(tmp_path):
    one, two = (write_exchange_package(layers(), tmp_path / n) for n in ("1.zip", "2.zip"))
    assert digest_file(one) == digest_file(two)


@pytest.mark.parametrize("name", ["attributes/markers.csv", "spatial/markers.geojson", "mapping.toml",
                                  "metadata.json", "README.txt"])  # fmt: skip
def test_an_altered_or_missing_file_is_named(tmp_path, name):
    folder = write_exchange_package(layers(), tmp_path / "p")
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content.replace(b"4142", b"4143") + b" ")
    with pytest.raises(PackageError, match=rf"{name} was altered"):
        read_layer(folder, "boundary_markers")
    (folder / name).unlink()
    with pytest.raises(PackageError, match=rf"{name} is missing") as error:
        read_layer(folder, "boundary_markers")
    assert "mapping.toml" in error.value.fix_zh


def test_broken_packages(tmp_path):
    folder = write_exchange_package(layers(), tmp_path / "p")
    for content, said in (
        ("[]", "no JSON object"),
        ("{", "no JSON"),
        ("{}", "format is None"),
        ('{"format": "geoplan-boundary-exchange", "format_version": 1, "files": [1]}', "manifest"),
    ):
        (folder / "manifest.json").write_text(content, encoding="utf-8")
        with pytest.raises(PackageError, match=said):
            read_layer(folder, "boundary_markers")
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(UnreadableFileError):
        read_layer(path, "boundary_markers")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("roads.shp", b"")
    with pytest.raises(UnreadableFileError, match=r"\.zip is not read"):
        read_layer(path, "boundary_markers")
    with pytest.raises(PackageError):
        open_package(path)


def test_a_package_zipped_with_its_folder_and_other_files_beside(tmp_path):
    folder = write_exchange_package(layers(), tmp_path / "p")
    (folder / "看一看.txt").write_text("x", encoding="utf-8")
    shutil.make_archive(str(tmp_path / "z"), "zip", tmp_path, "p")
    read = read_layer(tmp_path / "z.zip", "boundary_markers")
    assert len(read.valid) == 2
    assert "看一看.txt" in read.report.notes_zh[0]


def test_a_bureau_renames_fields_and_codes(tmp_path):
    own = (FOLDER / "mzt-149-150.toml").read_text("utf-8")
    own = own.replace('JZBH = "marker_no"', 'BH = "marker_no"').replace('Q = "单立"', 'Q = "1"')
    own = own.replace("[tables.markers.fields]", '[tables.markers.constants]\nXZQ = "421300"\n\n'
                      '[tables.markers.fields]\nTS = "secrecy"')  # fmt: skip
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    path = write_exchange_package(layers(), tmp_path / "p.zip", mapping=tmp_path / "own.toml")
    with zipfile.ZipFile(path) as archive:
        rows = archive.read("attributes/markers.csv").decode("utf-8-sig").splitlines()
        assert archive.read("mapping.toml").decode("utf-8") == own
    assert rows[0].split(",")[:4] == ["要素序号", "TS", "KJSJBSM", "BH"]
    assert ",1,3508754.287" in rows[1]
    valid, _, report = read_layer(path, "boundary_markers")
    assert valid["marker_no"].tolist() == ["4142001Q", "4142002A"]
    assert valid["marker_type"].tolist() == ["Q", "A"]
    assert report.unknown_columns == ("涂色",)  # the constant is the format's, not ours
    by_other = open_package(path, mapping="mzt-149-150").tables["boundary_markers"]
    assert "BH" in by_other.columns


def test_fields_that_no_mapping_knows_are_kept(tmp_path):
    folder = write_exchange_package(layers(), tmp_path / "p.zip")
    assert read_layer(folder, "boundary_markers").valid["涂色"].fillna("").tolist() == ["红", ""]


def test_bad_rows_come_back_with_their_line(tmp_path):
    broken = layers()
    broken["boundary_markers"].loc[1, "marker_no"] = None
    path = write_exchange_package(broken, tmp_path / "p.zip")
    valid, rejected, report = read_layer(path, "boundary_markers")
    assert (len(valid), rejected["source_row"].tolist()) == (1, [3])
    assert report.defects["rule"].tolist() == ["missing_required"]


@pytest.mark.parametrize(("secrecy", "said"), [
    ("state_confidential", "state_confidential"), ("state_top_secret", "state_top_secret"),
    (None, "state_confidential"),  # the layer's own class, where a row says nothing
])  # fmt: skip
def test_state_secrets_stay_where_they_are(tmp_path, secrecy, said):
    """SEC-06: refused unless the environment is declared classified; nothing is left behind."""
    with pytest.raises(SecrecyError, match=said) as error:
        write_exchange_package(layers(secrecy), tmp_path / "p.zip")
    assert "m1" in error.value.message
    assert "m2" not in error.value.message
    assert "classified_environment" in error.value.fix
    assert not list(tmp_path.iterdir())
    path = write_exchange_package(layers(secrecy), tmp_path / "p.zip", classified=True)
    assert open_package(path).metadata["secrecy"] == said


def test_the_class_of_what_says_nothing():
    markers = LAYERS["boundary_markers"]
    bare = pd.DataFrame({"marker_id": ["a"]})
    with pytest.raises(SecrecyError, match="state_confidential"):
        refuse_state_secrets(bare, markers, classified=False)
    refuse_state_secrets(bare, markers, classified=True)
    refuse_state_secrets(bare.iloc[:0], markers, classified=False)
    assert highest([]) == "internal"
    assert highest(classes(bare, markers)) == "state_confidential"


def test_where_a_package_may_go(tmp_path):
    folder = tmp_path / "p"
    write_exchange_package(layers(), folder)
    only = {"boundary_lines": layers()["boundary_lines"]}
    write_exchange_package(only, folder)  # over an older one: no table of it stays
    assert list(open_package(folder).tables) == ["boundary_lines"]
    assert open_package(folder).notes == []
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.docx").write_bytes(b"x")
    with pytest.raises(InputError, match="other files"):
        write_exchange_package(layers(), other)
    assert [p.name for p in other.iterdir()] == ["thesis.docx"]
    with pytest.raises(EmptyLayerError):
        write_exchange_package({}, tmp_path / "n.zip")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        write_exchange_package(layers(), tmp_path / "file" / "p.zip")


def test_the_mapping_that_ships_names_what_exists():
    tables = read_mapping("mzt-149-150")
    assert set(tables) == {"units", "lines", "markers", "tri_junctions", "documents"}
    for table in tables.values():
        if table.layer in LAYERS:
            assert set(table.fields.values()) <= set(LAYERS[table.layer].names)
        for field in table.codes:
            column = LAYERS[table.layer].column(table.fields[field])
            assert set(table.codes[field]) == {c.code for c in column.choices}, field
    text = (FOLDER / "mzt-149-150.toml").read_text("utf-8")
    assert "NOT those of the standards" in text
    assert "不是这两项标准的字段名" in text
