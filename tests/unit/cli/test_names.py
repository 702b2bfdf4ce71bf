"""``geoplan names``: every verb on the two counties; what is wrong is told and nothing is lost."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from fixtures.named_counties import write_names
from fixtures.two_counties import CRS, point
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import GeoplanError, InputError, MissingFileError, UnknownIdError

RUN = CliRunner()


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    return write_names(tmp_path_factory.mktemp("names") / "ws")


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")


def asked(verb: str, *more: object, code: int = 0) -> str:
    told = RUN.invoke(app, ["names", verb, *map(str, more)], catch_exceptions=False)
    assert told.exit_code == code, told.output
    return told.stdout


def as_json(verb: str, *more: object, code: int = 0):
    return json.loads(asked(verb, *more, "--json", code=code))


def refused(error: type[GeoplanError], match: str, verb: str, *more: object) -> None:
    with pytest.raises(error, match=match):
        RUN.invoke(app, ["names", verb, *map(str, more)], catch_exceptions=False)


def xy(x: float, y: float) -> str:
    place = point(x, y)
    return f"{place.x},{place.y}"


def test_check_says_each_rule_with_clause_and_fails_on_an_error(ws, tmp_path):
    page, table = tmp_path / "clash.html", tmp_path / "clash.csv"
    where = ("--category", "23500", "--at", xy(0.5, 0.2), "--crs", CRS)
    said = asked("check", ws, "中山路", *where, "-o", table, "--map", page, code=1)
    line = next(text for text in said.splitlines() if "PN-08" in text)
    assert line.startswith("[错误] PN-08")
    assert "地名管理条例 第九条" in line
    assert len([text for text in said.splitlines() if text.startswith("[")]) == 16
    assert "PN-08" in page.read_text("utf-8")
    rows = pd.read_csv(table, keep_default_na=False).set_index("rule_id")
    assert rows.loc["PN-08", "evidence"] == "中山路（road，421303001201）"
    english = asked("check", ws, "新柳路", *where, "--map", tmp_path / "no.html", "--lang", "en")
    assert "[ok] PN-08 Unique in its scope" in english
    assert "no map was made" in english
    assert not (tmp_path / "no.html").exists()
    found = as_json("check", ws, "中山路", *where, code=1)
    assert found[7]["evidence"][0]["place_id"] == "road"


def test_check_takes_what_is_known_of_the_object(ws):
    tower = (
        "红旗大厦",
        "--category",
        "26100",
        "--unit",
        "421303001201",
        "--developer",
        "红旗置业公司",
    )
    by_firm = as_json("check", ws, *tower, "--measure", "floors=3", "--use", "commercial", code=1)
    assert {r["rule_id"]: r["severity"] for r in by_firm}["PN-07"] == "error"
    former = ("--place", "willow", "--former", "柳林塆", "--reason", "construction")
    hamlet = ("新名塆", "--category", "22200", "--unit", "421303001201")
    kept = as_json("check", ws, *hamlet, *former, code=1)
    assert {r["rule_id"]: r["severity"] for r in kept}["PN-15"] == "error"


def test_the_table_of_characters_is_the_users_own(ws, tmp_path):
    table = tmp_path / "characters.txt"
    table.write_text("新,1\n柳,1\n塆,3\n", "utf-8")
    hamlet = ("新柳塆", "--category", "22200", "--unit", "421303002201")
    found = as_json("check", ws, *hamlet, "--characters", table)
    assert {r["rule_id"]: r["severity"] for r in found}["PN-04"] != "no_data"


@pytest.mark.parametrize(("error", "match", "more"), [
    (InputError, "no character", ["check", " ", "--category", "22200"]),
    (InputError, "No class", ["check", "新塆", "--category", "9"]),
    (UnknownIdError, "420000", ["check", "新塆", "--category", "22200", "--unit", "420000"]),
    (InputError, "is no place", ["check", "新塆", "--category", "22200", "--at", "1"]),
    (InputError, "is no number", ["check", "新塆", "--category", "26100", "--measure", "floors=x"]),
    (UnknownIdError, "measure", ["check", "新塆", "--category", "26100", "--measure", "weight=1"]),
    (MissingFileError, "none", ["check", "新塆", "--category", "22200", "--characters", "none"]),
    (InputError, "no character", ["search", '"']),
    (InputError, "limit", ["search", "甲", "--limit", "0"]),
    (InputError, "near_unit", ["search", "甲", "--near", "甲区"]),
    (InputError, "kinds", ["search", "甲", "--kind", "nickname"]),
    (MissingFileError, "none", ["geocode", "--file", "none.csv"]),
    (InputError, "is no place", ["reverse", "--at", "here"]),
    (InputError, "not written as", ["export", "-o", "names.doc"]),
])  # fmt: skip
def test_what_is_wrong_is_told(ws, error, match, more):
    refused(error, match, more[0], ws, *more[1:])


def test_either_texts_or_a_file(ws):
    for verb in ("geocode", "reverse"):
        told = RUN.invoke(app, ["names", verb, str(ws)])
        assert told.exit_code == 2
        assert "--file" in told.output


def test_names_are_spelled_and_proposals_marked(ws):
    said = asked("romanise", ws, "中山路", "查无此路")
    assert "Zhōngshān Lù" in said
    assert "类别不明" in said
    assert "须人工审定" in said
    assert "审定" not in asked("romanise", ws, "曾家塆")  # the register's own reading
    plain = as_json("romanise", ws, "查无此路", "--category", "23500", "--no-tones")
    assert plain[0]["roman"] == "Chawuci Lu"


@pytest.mark.parametrize("q", ["* OR 1", "a' --", "NEAR(x)", "😀", "𠮷" * 20, "龘龘"])
def test_search_takes_any_text(ws, q):
    assert "没有找到" in asked("search", ws, q)


def test_search_shows_and_draws_what_it_finds(ws, tmp_path):
    page = tmp_path / "hits.html"
    said = asked("search", ws, "红旗", "--map", page, "--near", "421321001")
    assert said.index("flag-b") < said.index("flag-a")
    assert "flag-b" in page.read_text("utf-8")
    found = as_json("search", ws, "laojie", "--class", "township", "--lang", "en")
    assert [(f["text"], f["standard_text"], f["kind"]) for f in found] == [
        ("老街镇", "甲二镇", "former")
    ]
    typed = as_json("search", ws, "zhongs", "--unfinished")
    assert [f["place_id"] for f in typed] == ["road"]


def test_a_table_of_addresses_comes_back_with_all_its_rows(ws, tmp_path):
    table, out = tmp_path / "elders.csv", tmp_path / "found.xlsx"
    table.write_text("姓名,住址,grade\n甲,甲区甲一镇中山路12号,x\n乙,,y\n丙,丙镇,z\n", "utf-8")
    said = asked("geocode", ws, "--file", table, "-o", out)
    assert "street 1" in said
    back = pd.read_excel(out, dtype=str, keep_default_na=False)
    assert back[["姓名", "grade", "grade_原"]].to_numpy().tolist() == [
        ["甲", "street", "x"], ["乙", "unreadable", "y"], ["丙", "none", "z"],
    ]  # fmt: skip
    assert back["source_row"].tolist() == ["2", "3", "4"]
    assert [r["place_id"] for r in as_json("geocode", ws, "甲二镇", "甲一镇前湾")] == [
        "town-a2", "willow",
    ]  # fmt: skip


def test_points_are_placed_and_bad_rows_told(ws, tmp_path):
    found = as_json("reverse", ws, "--at", xy(0.3, 0.31), "--at", xy(9, 9), "--crs", CRS)
    assert [r["unit_code"] for r in found] == ["421303001201", None]
    assert found[0]["place_m"] == pytest.approx(10)
    assert "outside_city" in found[1]["reason"]
    table = tmp_path / "points.csv"
    table.write_text("编号,经度,纬度\n1,113.48,31.67\n2,31.67,113.48\n3,,\n", "utf-8")
    told = RUN.invoke(app, ["names", "reverse", str(ws), "--file", str(table), "--public"])
    assert told.exit_code == 0
    assert "第 3 行" in told.stderr
    assert "boundary_band_m" in told.stdout
    assert "没有坐标" in told.stdout


def test_exports_tell_what_is_left_out(ws, tmp_path):
    assert "places 10" in asked("export", ws, "-o", tmp_path / "names.gpkg")
    made = as_json("export", ws, "-o", tmp_path / "n.jsonld", "--base", "https://names.example/",
                   "--highest", "public", "--today", "2026-03-01")  # fmt: skip
    assert (made["places"], [r["place_id"] for r in made["left_out"]]) == (9, ["zeng"])


def test_a_census_form_is_imported_once(tmp_path):
    folder, form, back = write_names(tmp_path / "ws"), tmp_path / "form.csv", tmp_path / "back.csv"
    form.write_text("标准名称,曾用名,地名类别,东经,北纬,坐标系,密级\n"
                    "新塆,古塆,22200,113.1,31.66,2000,秘密\n"
                    "坏塆,,22200,113.1,31.66,1980西安坐标系,秘密\n", "utf-8")  # fmt: skip
    refused(InputError, "would hide its names", "import-census", form, "--into", folder)
    done = RUN.invoke(app, ["import", "--all", "--into", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    options = ("--into", folder, "--release", "随民发〔2026〕1号", "--to", "public")
    said = asked("import-census", form, *options, "--rejected", back)
    assert "可用 1 行，退回 1 行" in said
    assert "name_forms：新增 2" in said
    assert pd.read_csv(back)["source_row"].tolist() == [3]
    again = as_json("import-census", form, *options)
    assert again["layers"]["place_names"]["unchanged"] == 1
    assert again["findings"][0]["field"] == "form_crs"
    assert as_json("search", folder, "古塆")[0]["standard_text"] == "新塆"
    refused(MissingFileError, "none", "import-census", "none.csv", "--into", folder)


def test_what_is_overdue_fails(ws):
    """Approved on 2 March: filed by the 17th, the 17th included."""
    assert "逾期 overdue: 0（2026-03-17）" in asked("overdue", ws, "--today", "2026-03-17")
    late = as_json("overdue", ws, "--today", "2026-03-19", code=1)
    assert [(r["case_id"], r["name"], r["step"], r["due_on"], r["late_day"]) for r in late] == [
        ("1", "中山路", "filing", "2026-03-17", 2)
    ]
    every = as_json("overdue", ws, "--today", "2026-03-17", "--all")
    assert [r["state"] for r in every] == ["open", "met", "met", "met"]
