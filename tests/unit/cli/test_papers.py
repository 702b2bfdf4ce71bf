"""Scoreboard, papers, reviews and comparisons on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import docx
import pytest

ENV = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "110"}


def geoplan(*args) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "geoplan", *map(str, args)], capture_output=True,
                          text=True, env=ENV, check=False, timeout=300)  # fmt: skip


def test_indicators_in_words_and_in_json(demo):
    out = geoplan("indicators", demo)
    assert out.returncode == 0
    assert "IND.9" in out.stdout
    assert "未达标" in out.stdout
    assert "PLN-029" not in out.stdout
    rows = json.loads(geoplan("indicators", demo, "--all", "--json").stdout)
    assert len(rows) > 130
    nine = next(r for r in rows if r["rule_id"] == "IND.9")
    assert nine["denominator_value"] == 46


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


def test_reports_of_counties_by_the_bureaus_template(demo, tmp_path):
    template = tmp_path / "t.docx"
    assert geoplan("report-template", "-o", template).returncode == 0
    out = geoplan("report", demo, "-o", tmp_path / "papers", "--format", "docx,html", "--counties",
                  "--template", template)  # fmt: skip
    assert out.returncode == 0, out.stderr
    names = sorted(p.name for p in (tmp_path / "papers").iterdir())
    assert len(names) == 2 * (1 + 3)
    assert "report.docx" in names
    assert any("随县" in n for n in names)


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
    assert not list((tmp_path / "papers").glob("*"))
    if what == "fields":
        assert "unknown_field" in out.stderr


def test_compare_with_another_policy_and_two_units(demo):
    out = geoplan("compare", demo, "--units", "曾都区", "随县", "--json")
    assert {"value_one", "value_other"} <= set(json.loads(out.stdout)[0])
    nothing = geoplan("compare", demo)
    assert nothing.returncode == 2
    same = geoplan("compare", demo, "--with-policy", "suizhou-2022", "--json")
    assert json.loads(same.stdout) == []


def test_explain_at_three_depths(demo):
    said = [geoplan("explain", demo, "IND.9", "随州市", "--depth", d).stdout
            for d in ("leader", "planner", "analyst")]  # fmt: skip
    assert len(said[0]) < len(said[1]) < len(said[2])
    assert "24 ÷ (46)" in said[1]
