"""The command line as people use it: words, exit codes, JSON, both languages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

ENV = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100"}


def geoplan(*args, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "geoplan", *map(str, args)], capture_output=True,
                          text=True, env=ENV, check=False, timeout=300, **options)  # fmt: skip


def test_help_is_in_both_languages():
    out = geoplan("--help")
    assert out.returncode == 0
    for verb in (
        "demo",
        "run",
        "check",
        "standards",
        "circles",
        "explain",
        "template",
        "policy",
        "unserved",
        "why",
        "streets",
    ):
        assert verb in out.stdout
    assert "主流程" in out.stdout
    assert "main job" in out.stdout


def test_a_misspelt_verb_or_option_is_bad_input():
    out = geoplan("rn")
    assert out.returncode == 2
    assert "rn" in out.stderr
    assert geoplan("run").returncode == 2


@pytest.mark.parametrize(
    ("args", "known"),
    [(("check", "x", "--lang", "fr"), "zh"), (("standards", "x", "--level", "planet"), "county")],
)
def test_a_word_that_is_not_offered_names_those_that_are(args, known):
    out = geoplan(*args)
    assert out.returncode == 2
    assert known in out.stderr


def test_a_workspace_that_is_not_there(tmp_path):
    out = geoplan("run", tmp_path / "none", "-o", tmp_path / "o")
    assert out.returncode == 2
    assert "不存在" in out.stderr
    english = geoplan("run", tmp_path / "none", "--lang", "en")
    assert "does not exist" in english.stderr
    as_json = geoplan("check", tmp_path / "none", "--json")
    assert json.loads(as_json.stdout)["code"] == "missing_file"


def test_check_finds_nothing_in_the_demo(demo):
    out = geoplan("check", demo)
    assert out.returncode == 0, out.stdout + out.stderr


def test_check_finds_what_is_wrong(tmp_path):
    (tmp_path / "workspace.toml").write_text(
        '[workspace]\nname = "x"\n[layers.projects]\npath = "p.csv"\n', encoding="utf-8"
    )
    (tmp_path / "p.csv").write_text("项目编号,项目名称,公办床位\nP1,甲,-3\n", encoding="utf-8")
    out = geoplan("check", tmp_path)
    assert out.returncode == 1
    assert "小于 0：-3" in out.stdout
    assert "p.csv · 第 2 行 · P1 · beds_public" in out.stdout
    rows = json.loads(geoplan("check", tmp_path, "--json").stdout)
    assert rows[0]["rule"] == "negative"
    assert rows[0]["row"] == 2


def test_explain_prints_the_numbers(demo):
    out = geoplan("explain", demo, "ELD-01", "随州市")
    assert out.returncode == 0, out.stderr
    assert "2,047,923" in out.stdout
    assert "演示数据·非真实" in out.stdout
    wrong = geoplan("explain", demo, "ELD-01", "厉山")
    assert wrong.returncode == 2
    assert "厉山镇" in wrong.stderr


def test_standards_of_one_rule(demo):
    out = geoplan("standards", demo, "--rule", "ELD-03", "--level", "county", "--json")
    rows = json.loads(out.stdout)
    assert [r["unit_name"] for r in rows] == ["曾都区", "随县", "广水市"]
    assert geoplan("standards", demo, "--rule", "ELD-99").returncode == 2


def test_policies_are_listed_shown_and_compared():
    assert "suizhou-2022" in geoplan("policy", "list").stdout
    rows = json.loads(geoplan("policy", "show", "suizhou-2022", "--json").stdout)
    assert any(r["key"] == "rules.ELD-01" or "ELD-01" in r["key"] for r in rows)
    shown = geoplan("policy", "show", "suizhou-2022").stdout
    assert "人均养老服务设施用地" in shown.replace("\n", "")
    changed = json.loads(geoplan("policy", "diff", "suizhou-2022", "national-2014",
                                 "--json").stdout)  # fmt: skip
    assert any("ELD-03" in r["key"] for r in changed)
    assert geoplan("policy", "show", "suizhou-2021").returncode == 2


def test_template_for_officers(tmp_path):
    out = geoplan("template", "facilities", "-o", tmp_path / "t.xlsx")
    assert out.returncode == 0
    assert (tmp_path / "t.xlsx").exists()
    assert geoplan("template", "facilites", "-o", tmp_path / "t.xlsx").returncode == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--minutes", "5", "--merge", "dissolve"],
        ["--minutes", "5", "--minutes", "10", "--merge", "split", "--rings", "--cell-m", "30"],
        ["--product", "streets", "--minutes", "5", "--merge", "dissolve"],
        ["--product", "straight"],
    ],
)
def test_circles_are_written(demo, tmp_path, options):
    out = geoplan("circles", demo, "-o", tmp_path / "c.gpkg", *options)
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "c.gpkg").exists()


def test_options_of_another_product_are_refused(demo, tmp_path):
    out = geoplan("circles", demo, "-o", tmp_path / "c.gpkg", "--product", "streets", "--rings")
    assert out.returncode == 2
    assert "--product areas" in out.stderr
    assert not (tmp_path / "c.gpkg").exists()


def test_clusters_routes_and_findings_of_streets(demo, tmp_path):
    out = geoplan("unserved", demo, "-o", tmp_path / "u.gpkg", "--json")
    assert out.returncode == 0, out.stderr
    rows = json.loads(out.stdout)
    elders = [r["elders_60"] for r in rows]
    assert elders == sorted(elders, reverse=True)
    assert all(r["name"] for r in rows)
    out = geoplan("why", demo, "113.3826", "31.7175", "-o", tmp_path / "w.geojson")
    assert "分钟" in out.stdout
    assert "nan" not in out.stdout
    assert (tmp_path / "w.geojson").exists()
    assert "没有道路" in geoplan("why", demo, "0", "0").stdout
    out = geoplan("streets", demo, "-o", tmp_path / "s.gpkg")
    assert "crossings_joined" in out.stdout


@pytest.mark.slow
def test_ctrl_c_leaves_no_half_file(demo, tmp_path):
    job = subprocess.Popen(
        [sys.executable, "-m", "geoplan", "run", str(demo), "-o", str(tmp_path / "o")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV,
        # a shell may have started us with interrupts ignored, which children inherit
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and job.poll() is None:
        if any(tmp_path.iterdir()):  # it has begun to write
            break
        os.sched_yield()
    job.send_signal(signal.SIGINT)
    _, said = job.communicate(timeout=60)
    assert job.returncode == 130, said.decode()
    assert "没有留下半个文件" in said.decode()
    assert list(tmp_path.iterdir()) == []
