"""``geoplan siting``: what is asked beside a plan, on a street worked by hand."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
from fixtures.two_counties import point
from fixtures.walked_town import CRS, write_town
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import InputError, UnknownIdError

RUN = CliRunner()
SITES = gpd.GeoDataFrame(
    {"site_id": ["A", "B", "C"], "name": ["甲", "乙", "丙"],
     "acquisition": ["lease", "convert", "build"], "floor_m2": [6.0, 60.0, 100.0],
     "cost": [10.0, 20.0, 40.0]},
    geometry=[point(x, 0.5) for x in (0.2, 3.4, 2.9)], crs=CRS,
)  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("town") / "ws", candidate_sites=SITES)


def run(*words: object):
    told = RUN.invoke(app, list(map(str, words)), catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told


def body(*words: object):
    return json.loads(run(*words, "--json").stdout)


def test_alternatives_with_table_and_map(town, tmp_path):
    out, page = tmp_path / "a.gpkg", tmp_path / "a.html"
    asked = ("siting", "alternatives", town, "--sites", 2, "--where", "sites", "--share", 0.05)
    told = run(*asked, "-o", out, "--map", page)
    assert "必选：A" in told.output
    assert "proved: no others" in told.output
    assert gpd.read_file(out)["role"].tolist() == ["core", "swing", "swing"]
    text = page.read_text("utf-8")
    assert all(word in text or json.dumps(word)[1:-1] in text for word in ("必选", "可换"))
    said = body(*asked)
    assert (said["core"], said["complete"]) == (["A"], True)
    assert [p["sites"] for p in said["plans"]] == [["A", "B"], ["A", "C"]]


def test_why_not(town):
    asked = ("siting", "why-not", town, "丙", "--sites", 2, "--where", "sites")
    told = run(*asked)
    assert "若必须选它，换下 B" in told.output
    assert "without B" in told.output
    assert body(*asked)["covered_change"] == 0.0
    with pytest.raises(UnknownIdError):
        run("siting", "why-not", town, "无", "--sites", 2, "--where", "sites")
    assert body(*asked[:3], "F1", *asked[4:])["verdict"] == "existing"


def test_curve_by_number_and_by_money(town, tmp_path):
    out, drawing = tmp_path / "c.csv", tmp_path / "c.svg"
    told = run("siting", "curve", town, "--where", "sites", "--upto", 2, "-o", out,
               "--chart", drawing)  # fmt: skip
    assert "比上一档多 12 位老人" in told.output
    assert pd.read_csv(out)["covered"].tolist() == [50, 62, 67]
    assert drawing.read_text("utf-8").startswith("<svg")
    money = body("siting", "curve", town, "--where", "sites", "--budgets", "10,30")
    assert [row["covered"] for row in money] == [62.0, 67.0]
    single = body("siting", "curve", town, "--where", "sites", "--budgets", "30")
    assert [row["budget"] for row in single] == [30.0]
    with pytest.raises(InputError, match="no sums"):
        run("siting", "curve", town, "--budgets", "many")


def test_phases(town, tmp_path):
    out, page = tmp_path / "p.gpkg", tmp_path / "p.html"
    asked = ("siting", "phases", town, "2025:1，2030：1", "--where", "sites")
    told = run(*asked, "-o", out, "--map", page)
    assert "2025 年新增 1 处" in told.output
    assert gpd.read_file(out)["year"].tolist() == [2025, 2030]
    assert "2030 \\u5e74" in page.read_text("utf-8") or "2030 年" in page.read_text("utf-8")
    money = body("siting", "phases", town, "2025:10,2030:20", "--by", "budget", "--where", "sites")
    assert [row["cost"] for row in money["phases"]] == [10.0, 20.0]
    for wrong in ("2025", "2025:x", "2030:1,2025:1"):
        with pytest.raises(InputError):
            run("siting", "phases", town, wrong, "--where", "sites")


def test_stability(town):
    asked = ("siting", "stability", town, "--sites", 1, "--where", "sites", "--lost", 1)
    told = run(*asked)
    assert "现有设施 F1 停用" in told.output
    assert "scenarios" in told.output
    said = body(*asked)
    assert said["robust"]["sites"] == ["A"]
    assert len(said["scenarios"]) == 4


def test_site_closes_gaps_and_writes_the_proposal_list(town, tmp_path):
    out, table = tmp_path / "s.gpkg", tmp_path / "s.xlsx"
    told = run("site", town, "--model", "close_gap", "-o", out, "--table", table)
    assert "ELD-03 缺口合计 30 平方米" in told.output
    assert "可达备选点仅 6 平方米" in told.output.replace("\n", "")
    listed = pd.read_excel(table)
    assert listed["gap_after_m2"].tolist() == [4.0, 0.0]
    said = body("site", town, "--model", "close_gap", "-o", out)
    assert [row["m2"] for row in said["left"]] == [4.0]
    assert [row["used_m2"] for row in said["proposals"]] == [6.0, 20.0]


def test_site_by_counties(town, tmp_path):
    out = tmp_path / "s.gpkg"
    fair = body("site", town, "--sites", 1, "--where", "sites", "--fair", "-o", out)
    assert [row["site_id"] for row in fair["sites"]] == ["A"]
    none = run("site", town, "--sites", 1, "--where", "sites", "--at-least", 0.9, "-o", out)
    assert "nearest" in none.output
    ages = {row["people"] for row in fair["gains"]}
    assert ages == {"persons", "elders_60"}
