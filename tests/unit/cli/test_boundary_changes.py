"""``geoplan boundaries compare|impact``: tables, GeoPackages, maps, JSON; bad input is named."""

import json
import re

import geopandas as gpd
import pyogrio
import pytest
import shapely
import typer
from fixtures.two_counties import CRS, TRIANGLE_M2, box, layers, line, write_workspace
from typer.testing import CliRunner

from geoplan import io
from geoplan.cli import app
from geoplan.errors import (
    InputError,
    MissingFileError,
    SecrecyError,
    UnknownIdError,
    UnreadableFileError,
)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("two-counties"))


def run(*words, code=0):
    result = CliRunner().invoke(app, ["boundaries", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def layers_of(path) -> set[str]:
    return set(pyogrio.list_layers(path)[:, 0])


def test_the_claims_of_the_workspace(city, tmp_path):
    """The triangle: 100 000 m², 45 people, one facility planned in it, the county's line."""
    out = tmp_path / "d.gpkg"
    found = json.loads(run("compare", city, "-o", out, "--on", "2026-11-24", "--json"))
    (face,) = found["disputed_faces"]
    assert face["kind"] == "position"  # the county line was approved
    assert (face["claimed_by"], face["claims_more"]) == ("both", "甲二镇")
    assert face["area_m2"] == pytest.approx(TRIANGLE_M2, rel=1e-4)
    assert (face["persons"], face["facilities"], face["villages"]) == (45, 1, "乙一北村;乙一南村")
    (case,) = found["cases"]
    assert (case["level"], case["due_state"], case["decided_by_zh"]) == ("county", "soon", "随城")
    assert [w["id"] for w in found["freeze_warnings"]] == ["F2"]
    assert {e["party"]: e["weight"] for e in found["evidence"]} == {
        "甲二镇": "reference", "乙一镇": "basis"}  # fmt: skip
    assert layers_of(out) == {"disputed_faces", "claims", "official", "cases", "evidence",
                              "freeze_warnings", "findings"}  # fmt: skip
    assert pyogrio.read_dataframe(out, layer="disputed_faces").crs.to_string() == CRS


def test_a_table_and_maps(city, tmp_path):
    page, sheet, picture = (tmp_path / f"m.{k}" for k in ("html", "svg", "png"))
    text = run("compare", city, "-o", tmp_path / "d.gpkg", "--map", page, "--case", "D1")
    assert "甲二镇" in text
    assert "示意" in text
    assert not re.search(r"""(src|href)=["']https?://""", page.read_text("utf-8"))
    run("compare", city, "-o", tmp_path / "d.gpkg", "--map", sheet)
    assert sheet.read_text("utf-8").startswith("<svg")
    assert "演示数据·非真实" not in sheet.read_text("utf-8")  # no row says it is synthetic
    run("compare", city, "-o", tmp_path / "d.gpkg", "--map", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="cannot be written as"):
        run("compare", city, "-o", tmp_path / "d.gpkg", "--map", tmp_path / "m.pdf")


def test_two_files_of_lines_of_units(city, tmp_path):
    """No attribute but the geometry: the parties are called as the files are."""
    for name, drawn in (("甲二镇", line((2, 0.5), (2.2, 1), (2, 1.5))),
                        ("乙一镇", line((2, 1.5), (2, 0.5)))):  # fmt: skip
        io.write(gpd.GeoDataFrame({"x": [1]}, geometry=[drawn], crs=CRS), tmp_path / f"{name}.gpkg")
    with pytest.raises(SecrecyError, match="state_confidential"):  # nobody says of what class
        run(
            "compare",
            city,
            "--ours",
            tmp_path / "甲二镇.gpkg",
            "--theirs",
            tmp_path / "乙一镇.gpkg",
        )
    found = json.loads(run("compare", city, "--secrecy", "internal", "--ours", tmp_path / "甲二镇.gpkg", "--theirs",
                           tmp_path / "乙一镇.gpkg", "-o", tmp_path / "d.gpkg", "--json"))  # fmt: skip
    (face,) = found["disputed_faces"]
    assert (face["kind"], face["left_party"], face["right_party"]) == (
        "overlap", "甲二镇", "乙一镇")  # fmt: skip
    assert found["cases"][0]["level"] == "county"
    assert found["cases"][0]["state"] is None
    with pytest.raises((typer.BadParameter, AssertionError)):
        run("compare", city, "--ours", tmp_path / "甲二镇.gpkg")


def test_a_file_of_claims_with_a_bad_row(city, tmp_path):
    rows = gpd.GeoDataFrame(
        {"主张编号": ["1", "2", None], "案件编号": "D7", "主张方": ["甲", "乙", "丙"],
         "密级": "内部"},
        geometry=[line((2, 0.5), (2.2, 1), (2, 1.5)), line((2, 0.5), (2, 1.5)), line((0, 0), (1, 1))],
        crs=CRS,
    )  # fmt: skip
    io.write(rows, tmp_path / "claims.gpkg")
    args = ("compare", city, "--claims", tmp_path / "claims.gpkg", "-o", tmp_path / "d.gpkg")
    found = json.loads(run(*args, "--json"))
    assert [f["kind"] for f in found["disputed_faces"]] == ["unknown"]
    assert [f["code"] for f in found["findings"]] == ["side_unknown"]
    assert len(found["rejected"]) == 1
    sided = json.loads(run(*args, "--left", "甲", "--json"))
    assert [f["claimed_by"] for f in sided["disputed_faces"]] == ["both"]


@pytest.mark.parametrize(("words", "error"), [
    (["compare", "--claims", "clams"], UnknownIdError), (["compare", "--claims", "no.gpkg"], MissingFileError),
    (["compare", "--case", "D9"], UnknownIdError), (["compare", "--left", "丁"], UnknownIdError),
    (["impact", "--change", "no.toml"], MissingFileError),
])  # fmt: skip
def test_what_is_not_there(city, tmp_path, monkeypatch, words, error):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        run(words[0], city, *words[1:])
    assert not list(tmp_path.iterdir())


CHANGE = """
title = "甲二南村划归乙一镇"
approved_on = 2026-05-01
documents = ["application"]

[[changes]]
kind = "transfer"
from_codes = "421303002201"
to_codes = "421321001"
effective_on = 2026-07-01
"""


def test_impact_of_a_village_that_changes_county(city, tmp_path):
    file, out = tmp_path / "change.toml", tmp_path / "c.gpkg"
    file.write_text(CHANGE, encoding="utf-8")
    found = json.loads(run("impact", city, "--change", file, "-o", out, "--json"))
    moved = {
        (m["level"], m["unit_before"], m["unit_after"]): m["area_m2"] for m in found["moved_land"]
    }
    assert set(moved) == {("county", "421303", "421321"), ("township", "421303002", "421321001")}
    assert list(moved.values()) == pytest.approx([1e6, 1e6], rel=1e-4)
    rows = {(r["id"], r["level"]): r["status"] for r in found["impact"]}
    assert rows["F1", "county"] == "changed"
    assert rows["F3", "township"] == "changed"  # known by its code alone: its village moves whole
    assert rows["M1", "county"] == "to_redraw"
    assert [p["persons"] for p in found["persons"]] == [100, 100]
    county = {s["unit_code"]: s for s in found["statistics"] if s["level"] == "county"}
    assert (county["421303"]["population_before"], county["421303"]["population_after"]) == (
        400,
        300,
    )
    assert county["421321"]["facilities_after"] - county["421321"]["facilities_before"] == 1
    assert [(a["level"], a["matter"]) for a in found["approvals"]] == [
        ("county", "boundary"), ("township", "boundary")]  # fmt: skip
    assert [d["due_on"] and d["due_on"][:10] for d in found["deadlines"]] == [
        "2027-05-01", None, "2026-06-01", None]  # fmt: skip
    assert {d["item"]: d["status"] for d in found["dossier"]}["application"] == "present"
    changed = {(s["rule_id"], s["unit_code"]) for s in found["standards"]}
    assert any(unit in {"421303", "421321"} for _, unit in changed)
    assert {"admin_units", "moved_land", "line_changes", "impact", "statistics", "standards",
            "approvals", "deadlines", "dossier"} <= layers_of(out)  # fmt: skip
    assert (tmp_path / "c.xlsx").exists()
    versions = pyogrio.read_dataframe(out, layer="admin_units")
    assert (versions["unit_code"] == "421303002201").sum() == 2


def test_impact_as_tables_without_standards(city, tmp_path):
    file = tmp_path / "split.json"
    split = {"kind": "split", "from_codes": "421303001", "effective_on": "2026-07-01"}
    file.write_text(json.dumps({"crs": CRS, "changes": [
        {**split, "to_codes": "421303011", "name": "甲南镇", "geometry": shapely.to_wkt(box(0, 0, 1, 1))},
        {**split, "to_codes": "421303012", "name": "甲北镇"},
    ]}), encoding="utf-8")  # fmt: skip
    text = run("impact", city, "--change", file, "-o", tmp_path / "c.gpkg", "--no-standards")
    assert "establishm" in text
    assert "示意" in text
    assert "standards" not in layers_of(tmp_path / "c.gpkg")


@pytest.mark.parametrize(("name", "text", "error", "words"), [
    ("c.toml", "[[changes", UnreadableFileError, "c.toml"), ("c.json", "[1]", UnreadableFileError, "no table"),
    ("c.json", "{", UnreadableFileError, "c.json"),
    ("c.toml", CHANGE.replace("transfer", "transfr"), InputError, "transfr"),
    ("c.toml", CHANGE.replace("421303002201", "421303002209"), UnknownIdError, "421303002209"),
    ("c.toml", CHANGE.replace("2026-07-01", "2026-04-01"), InputError, "before the approval"),
    ("c.toml", CHANGE.replace("transfer", "abolish").replace('"421321001"', '"421303002202"') + 'geometry = "POLYGON ((112.476 31.65, 112.477 31.65, 112.477 31.651, 112.476 31.65))"', InputError, "hole|not land"),
])  # fmt: skip
def test_changes_that_cannot_be_entered(city, tmp_path, name, text, error, words):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        run("impact", city, "--change", file, "-o", tmp_path / "c.gpkg")
    assert not (tmp_path / "c.gpkg").exists()


def test_secret_registers_are_refused_unless_the_system_is_declared(tmp_path):
    """SEC-06: markers that state no class are state_confidential; the message says what to do."""
    file = tmp_path / "change.toml"
    file.write_text(CHANGE, encoding="utf-8")
    data = layers()
    folder = write_workspace(tmp_path / "c", boundary_markers=data["boundary_markers"].assign(secrecy=None),
                             claims=data["claims"].assign(secrecy="state_secret"))  # fmt: skip
    impact = ("impact", folder, "--change", file, "--no-standards", "-o", tmp_path / "c.gpkg")
    for words in (impact, ("compare", folder, "-o", tmp_path / "c.gpkg")):
        with pytest.raises(SecrecyError, match="classified_environment"):
            run(*words)
    assert not (tmp_path / "c.gpkg").exists()
    with (folder / "workspace.toml").open("a", encoding="utf-8") as declared:
        declared.write("\n[store]\nclassified_environment = true\n")
    run(*impact)
    run("compare", folder, "-o", tmp_path / "d.gpkg")


def test_diagnose_draws_its_map(city, tmp_path):
    run("diagnose", city, "--map", tmp_path / "m.html")
    assert "没有发现缺陷" in (tmp_path / "m.html").read_text("utf-8")
    with pytest.raises(InputError, match="cannot be written as"):
        run("diagnose", city, "--map", tmp_path / "m.png")
