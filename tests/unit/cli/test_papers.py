"""Scoreboard, papers, reviews and comparisons on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import docx
import pytest
from fixtures import small_workspace

from geoplan.cli import app
from geoplan.errors import InputError

ENV = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "110"}


def geoplan(*args) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "geoplan", *map(str, args)], capture_output=True,
                          text=True, env=ENV, check=False,
                          timeout=300)  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_workspace.write(tmp_path_factory.mktemp("small") / "city")


def said(capsys, *args) -> str:
    """What a verb prints, run in this process."""
    capsys.readouterr()
    app([str(a) for a in args], standalone_mode=False)
    return capsys.readouterr().out


def test_indicators_in_json_are_all_targets(demo):
    rows = json.loads(geoplan("indicators", demo, "--all", "--json").stdout)
    assert len(rows) > 130
    nine = next(r for r in rows if r["rule_id"] == "IND.9")
    assert (nine["denominator_value"], nine["needed"]) == (46, 28)


def test_standards_and_the_review_of_an_estate(demo, tmp_path):
    out = geoplan("standards", demo, "--rule", "ELD-03", "--level", "township", "--json")
    assert len(json.loads(out.stdout)) == 46
    estates = json.loads(geoplan("standards", demo, "--method", "shared_circle", "--json").stdout)
    assert {r["denominator"] for r in estates} == {"shared_circle"}
    sheet = tmp_path / "review.docx"
    out = geoplan("standards", "review", demo, "秀和新村", "-o", sheet, "--json")
    assert {r["item"]: r["status"] for r in json.loads(out.stdout)}["one_piece"] == "not_met"
    assert "秀和新村" in "".join(p.text for p in docx.Document(str(sheet)).paragraphs)
    missing = geoplan("standards", "review", demo, "没有的小区")
    assert (missing.returncode, "没有的小区" in missing.stderr) == (2, True)


def test_reports_of_counties_by_the_bureaus_template(small, tmp_path, capsys):
    template = tmp_path / "t.docx"
    said(capsys, "report-template", "-o", template)
    said(capsys, "report", small, "-o", tmp_path / "papers", "--format", "docx,html", "--counties",
         "--template", template)  # fmt: skip
    names = sorted(p.name for p in (tmp_path / "papers").iterdir())
    assert len(names) == 2 * (1 + 3)
    assert "report.docx" in names
    assert any("乙县" in n for n in names)


@pytest.mark.parametrize("what", ["format", "template", "fields"])
def test_refused_papers_leave_nothing(demo, tmp_path, what):
    bad = tmp_path / "bad.docx"
    if what == "template":
        bad.write_text("no Word file", encoding="utf-8")
    else:
        paper = docx.Document()
        paper.add_paragraph("{{ title }} {{ unknown_field }}")
        paper.save(str(bad))
    args = ["--format", "txt"] if what == "format" else ["--format", "docx", "--template", bad]
    out = geoplan("report", demo, "-o", tmp_path / "papers", *args)
    assert out.returncode == 2
    assert "办法" in out.stderr
    assert not (tmp_path / "papers").exists()
    if what == "fields":
        assert "unknown_field" in out.stderr


def test_bad_papers_are_refused_before_the_workspace_is_read(tmp_path):
    """No workspace stands there: what is asked for is looked at first."""
    for args, word in ((("--format", "txt"), "txt"),
                       (("--format", "docx", "--template", tmp_path / "no.docx"), "no.docx"),
                       (("--format", "pdf", "--template", tmp_path / "no.docx"), "docx")):  # fmt: skip
        out = geoplan("report", tmp_path / "nowhere", "-o", tmp_path / "papers", *args)
        assert (out.returncode, word in out.stderr, "nowhere" in out.stderr) == (2, True, False)


def test_parts_that_could_not_be_done_are_said(small, tmp_path, capsys):
    """No streets: no circle; the report is written all the same, and what lacks is named."""
    app(["report", str(small), "-o", str(tmp_path / "papers"), "--format", "html", "--issuer",
         "随城民政局"], standalone_mode=False)  # fmt: skip
    told = capsys.readouterr()
    assert "未完成 skipped: reach" in told.err
    page = (tmp_path / "papers" / "report.html").read_text("utf-8")
    assert "每百户养老服务用房" in page
    assert "随城民政局" in page


def test_series_and_the_matrix_of_clauses(small, capsys):
    rows = json.loads(said(capsys, "indicators", small, "--series", "--json"))
    assert {r["year"]: r["value"] for r in rows} == {2024: 0.324, 2025: 0.356, 2026: 0.371}
    assert "0.371" in said(capsys, "indicators", small, "--series")
    matrix = json.loads(said(capsys, "indicators", small, "--matrix", "--json"))
    assert {f"IND.{n}" for n in range(1, 16)} <= {r["rule_id"] for r in matrix}


def test_the_scoreboard_says_what_its_numbers_rest_on(small, capsys, monkeypatch):
    """Wide: as columns. Narrow: as lines under the table."""
    monkeypatch.setenv("COLUMNS", "200")
    wide = said(capsys, "indicators", small)
    for word in ("现状", "0.371 万人", "完整率", "100%", "（3/5）"):
        assert word in wide
    monkeypatch.setenv("COLUMNS", "80")
    assert "IND.11  现状 0.371 万人；数据 2025；完整率 100%" in said(capsys, "indicators", small)


def test_compare_speaks_in_words(small, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert "没有差别" in said(capsys, "compare", small, small)
    milder = said(capsys, "compare", small, "--with-policy", "national-2014")
    for word in ("16.00 平方米/百户", "20.00 平方米/百户", "15.00 平方米/百户", "○ 未达标",
                 "● 达标", "标准"):  # fmt: skip
        assert word in milder
    units_ = said(capsys, "compare", small, "--units", "甲区", "乙县")
    assert "结论甲区" in units_
    assert "32.00 平方米/百户" in units_


def test_a_policy_file_beside_changes_results_explanations_and_papers(tmp_path, capsys):
    """15 m² for existing areas, by the file alone: verdict, explanation and report follow."""
    folder = small_workspace.write(tmp_path / "city", policy="milder.toml")
    (folder / "milder.toml").write_text(
        '[policy]\nid = "milder"\ntitle = "较低标准"\ntitle_en = "Milder"\n'
        'extends = "suizhou-2022"\n\n[rules."ELD-03"]\nclasses = [\n'
        '  { status = "new", value = 20, allocation = "containment" },\n'
        '  { status = "existing", value = 15, allocation = "shared_circle" },\n]\n'
        'clause = "试"\nattribute = "text"\nbasis = "P"\nconfidence = 0.0\nsources = ["P00"]\n',
        encoding="utf-8",
    )
    rows = json.loads(said(capsys, "standards", folder, "--rule", "ELD-03", "--level",
                           "prefecture", "--json"))  # fmt: skip
    assert (rows[0]["value"], rows[0]["target"], rows[0]["status"]) == (16.0, 15.0, "met")
    told = said(capsys, "explain", folder, "ELD-03", "随城")
    assert ">= 15.00 平方米/百户；结论：达标" in told
    assert "milder" in told
    said(capsys, "report", folder, "-o", tmp_path / "papers", "--format", "html")
    page = (tmp_path / "papers" / "report.html").read_text("utf-8")
    assert "≥\u00a015.00 平方米/百户" in page
    assert "≥\u00a020.00 平方米/百户" not in page


def test_compare_gives_json_and_needs_something_to_compare_with(small, capsys):
    found = json.loads(said(capsys, "compare", small, "--units", "甲区", "乙县", "--json"))
    assert {"value_one", "value_other"} <= set(found[0])
    assert json.loads(said(capsys, "compare", small, small, "--json")) == []
    with pytest.raises(InputError, match="--with-policy"):
        said(capsys, "compare", small)


def test_explain_at_three_depths(demo):
    said = [geoplan("explain", demo, "IND.9", "随州市", "--depth", d).stdout
            for d in ("leader", "planner", "analyst")]  # fmt: skip
    assert len(said[0]) < len(said[1]) < len(said[2])
    assert "24 ÷ (46)" in said[1]
