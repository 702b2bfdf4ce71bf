"""The main job on the demo and on broken workspaces: the rest is always there, nothing is half."""

from __future__ import annotations

import errno
import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace

import docx
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from fixtures.oracle import split_graph_minutes

from geoplan import indicators, reports
from geoplan import network as nw
from geoplan.errors import EmptyLayerError, GeoplanError, MissingFileError, OutputError, PolicyError
from geoplan.io import write
from geoplan.reports.model import goal, quantity
from geoplan.workspace import circle_facilities, compute, open_workspace, run


@pytest.fixture(scope="module")
def result(demo, tmp_path_factory):
    return run(open_workspace(demo), tmp_path_factory.mktemp("run") / "out")


def city(demo, tmp_path, **replaced):
    """A copy of the demo's file with some layers pointing elsewhere (None drops a layer)."""
    text = (demo / "workspace.toml").read_text("utf-8")
    folder = tmp_path / "city"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns(".cache"))
    for name, value in replaced.items():
        head = f"[layers.{name}]"
        assert head in text
        start = text.index(head)
        end = text.find("\n\n", start)
        block = "" if value is None else f'{head}\npath = "{value}"'
        text = text[:start] + block + (text[end:] if end > 0 else "")
    (folder / "workspace.toml").write_text(text, encoding="utf-8")
    return folder


def row(result, rule, unit="421300", **match):
    rows = result.report.checks
    rows = rows[(rows["rule_id"] == rule) & (rows["unit_code"] == unit)]
    for key, value in match.items():
        rows = rows[rows[key] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_plans_first_answers(result):
    assert result.skipped == {}
    land = row(result, "ELD-01", denominator="resident")
    assert land["denominator_value"] == 2_047_923
    assert round(land["denominator_value"] * land["target"]) == 204_792
    assert land["status"] == "to_verify"
    urban = row(result, "ELD-01", denominator="urban")
    assert urban["denominator_value"] == 1_163_902
    floor = row(result, "ELD-03")
    assert round(floor["denominator_value"] * floor["target"] / 100) == 146_283
    assert "推算" in floor["remark_zh"]
    assert row(result, "ELD-09")["denominator_value"] == 46
    assert row(result, "ELD-10")["denominator_value"] == 9
    assert (result.report.checks["synthetic"]).all()
    assert result.report.synthetic


def test_all_files_are_there_and_named_in_the_manifest(result):
    manifest = json.loads((result.folder / "manifest.json").read_text("utf-8"))
    for name in ("results.gpkg", "map.html", "report.html", "tables.xlsx",
                 "tables/standards_checks.csv", "tables/coverage.csv"):  # fmt: skip
        assert (result.folder / name).stat().st_size > 0
        assert name in manifest["files"]
    assert manifest["policy"]["digest"] == result.report.policy_digest
    assert {i["layer"] for i in manifest["inputs"]} >= {"roads", "population", "facilities"}
    assert all(len(i["digest"]) == 64 for i in manifest["inputs"])
    layers = pyogrio.list_layers(result.folder / "results.gpkg")[:, 0].tolist()
    assert set(layers) >= {"service_areas", "coverage", "standards_checks", "demand_minutes"}


def test_the_same_numbers_in_csv_and_xlsx(result):
    checks = pd.read_csv(
        result.folder / "tables" / "standards_checks.csv", dtype={"unit_code": str}
    )
    assert checks["value"].to_numpy() == pytest.approx(
        result.report.checks["value"].to_numpy(dtype=float), nan_ok=True
    )
    book = openpyxl.load_workbook(result.folder / "tables.xlsx")
    assert all("演示数据·非真实" in [c.value for c in next(iter(book[n].rows))]
               for n in book.sheetnames)  # fmt: skip


def test_a_second_run_gives_the_same_content(demo, result, tmp_path):
    again = run(open_workspace(demo), tmp_path / "out")
    for path in sorted((result.folder / "tables").iterdir()):
        assert path.read_bytes() == (again.folder / "tables" / path.name).read_bytes(), path.name
    for name in ("map.html", "report.html", "tables.xlsx", "results.gpkg"):
        assert (result.folder / name).read_bytes() == (again.folder / name).read_bytes(), name


def test_point_minutes_equal_the_split_graph_on_the_demo(demo):
    workspace = open_workspace(demo)
    net = workspace.network()
    facilities = nw.snap(net, circle_facilities(workspace))
    people = workspace.metric("population").sample(3000, random_state=1)
    doors = nw.snap(net, people)
    got = nw.nearest(net, facilities, doors, limit_min=np.inf).minutes
    want = split_graph_minutes(net, facilities, doors)
    assert (np.isfinite(got) == np.isfinite(want)).all()
    on = np.isfinite(want)
    assert np.abs(got[on] - want[on]).max() < 1e-6


def test_a_missing_layer_leaves_the_rest(demo, tmp_path):
    out = run(open_workspace(city(demo, tmp_path, roads="nowhere.parquet")), tmp_path / "o")
    assert set(out.skipped) == {"reach", "areas"}
    assert isinstance(out.skipped["reach"], MissingFileError)
    assert len(out.report.checks) > 0
    lost = out.report.defects
    assert lost.loc[lost["layer"] == "roads", "effect"].tolist() == ["layer_skipped"]
    assert "直线" in row(out, "ELD-08")["remark_zh"]


def test_no_population_is_no_data_never_zero(demo, tmp_path):
    out = run(open_workspace(city(demo, tmp_path, population=None)), tmp_path / "o")
    assert "reach" in out.skipped
    assert out.report.coverage.empty


def test_an_empty_facility_layer(demo, tmp_path):
    folder = city(demo, tmp_path, facilities="facilities.gpkg")
    none = gpd.GeoDataFrame({"facility_id": [], "name": [], "facility_kind": []}, geometry=[],
                            crs=4490)  # fmt: skip
    write(none, folder / "facilities.gpkg")
    out = run(open_workspace(folder), tmp_path / "o")
    assert (out.report.coverage["covered"] == 0).all()
    assert row(out, "ELD-01", denominator="resident")["numerator"] == 0


def test_without_units_nothing_can_be_said(demo, tmp_path):
    with pytest.raises(GeoplanError, match=r"none\.gpkg"):
        run(open_workspace(city(demo, tmp_path, admin_units="none.gpkg")), tmp_path / "o")
    assert not (tmp_path / "o").exists()


def test_an_interrupt_leaves_no_folder(demo, tmp_path):
    def stop(share, _word):
        if share > 0.85:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(open_workspace(demo), tmp_path / "out", on_progress=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(demo, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("geoplan.workspace.outputs.io.write_xlsx", full)
    with pytest.raises(OutputError, match="No space left"):
        run(open_workspace(demo), tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_another_policy_changes_the_answers_without_code(demo):
    from geoplan import standards

    base, other = open_workspace(demo), open_workspace(demo, policy="national-2014")
    a, b = (standards.check(w.layers, w.policy, code_system="nbs-2023", rules=["ELD-03"])
            for w in (base, other))  # fmt: skip
    assert (b["gap"] <= a["gap"]).all()
    assert (b["gap"] < a["gap"]).any()
    with pytest.raises(PolicyError):
        bad = demo.parent / "bad.toml"
        bad.write_text('[policy]\nid = "x"\nbogus = 1\n', encoding="utf-8")
        open_workspace(demo, policy=str(bad))


def test_circles_and_standards_agree_on_what_is_in_service(demo):
    workspace = open_workspace(demo)
    used = circle_facilities(workspace)
    assert (used["status"] == "operating").all()
    lease = pd.to_datetime(used["lease_end"])
    assert not (lease < pd.Timestamp(workspace.policy.assessment_date)).any()


def test_network_is_cached_by_content(demo, tmp_path):
    folder = city(demo, tmp_path)
    first = open_workspace(folder).network()
    kept = sorted((folder / ".cache").iterdir())
    assert len(kept) == 1
    again = open_workspace(folder).network()
    assert (again.edge_min == first.edge_min).all()
    kept[0].write_bytes(b"broken")
    assert open_workspace(folder).network().edges == first.edges


def test_layers_are_read_when_asked_for(demo):
    workspace = open_workspace(demo)
    assert "roads" in workspace.layers
    assert len(workspace.layers) == len(list(workspace.layers))
    with pytest.raises(GeoplanError, match="facilities"):
        workspace.layers["facilites"]
    with pytest.raises(EmptyLayerError):
        workspace.metric("unit_codes")
    assert len(workspace.defects()) == 0


@pytest.fixture(scope="module")
def said(result):
    """The words of each kind of report, without spaces."""
    folder = result.folder
    if shutil.which("pdftotext") is None:
        if os.environ.get("GEOPLAN_REQUIRE_POPPLER") == "1":
            pytest.fail("poppler-utils is required here but not installed")
        pytest.skip("poppler-utils is not installed (apt-get install poppler-utils)")
    paper = docx.Document(str(folder / "report.docx"))
    cells = [c.text for t in paper.tables for r in t.rows for c in r.cells]
    pdf = subprocess.run(
        ["pdftotext", "-layout", folder / "report.pdf", "-"], capture_output=True, check=True
    ).stdout.decode("utf-8")
    page = html.unescape((folder / "report.html").read_text("utf-8"))
    texts = {
        "docx": "\n".join([*(p.text for p in paper.paragraphs), *cells]),
        "pdf": pdf, "html": re.sub(r"<[^>]+>", "\n", page),
    }  # fmt: skip
    return {kind: re.sub(r"[\s\u200b\u00a0]", "", text) for kind, text in texts.items()}


def test_all_papers_say_the_same_numbers(result, said):
    """Every indicator and standard of the city: value, target and gap in all four kinds."""
    board = indicators.board(result.report.checks, result.report.policy)
    assert len(board) > 130
    for _, one in board.iterrows():
        numbers = [quantity(one["value"], one["unit"]).replace(" %", "%")]
        if pd.notna(one["target"]):
            numbers.append(goal(one).replace(" %", "%"))
        if one["status"] in {"met", "not_met", "to_verify"} and one["gap"]:
            numbers.append(quantity(one["gap"], one["gap_unit"]))
        for kind, text in said.items():
            for number in numbers:
                plain = re.sub(r"\s", "", number)
                if kind == "pdf":  # a number and its unit may stand on two lines of a cell
                    plain = re.match(r"[≥>≤=]?[\d,.–]+%?", plain).group(0)
                assert plain in text, (kind, one["rule_id"], number)


def test_the_workbook_holds_the_numbers_themselves(result):
    book = openpyxl.load_workbook(result.folder / "report.xlsx")
    rows = [r for r in book["主要指标"].iter_rows(values_only=True) if isinstance(r[0], int)]
    board = indicators.board(result.report.checks, result.report.policy)
    main = board[board["number"].notna()]
    assert [r[0] for r in rows] == main["number"].tolist()
    by_number = {r[0]: r for r in rows}
    for _, one in main.iterrows():
        found = [v for v in by_number[one["number"]] if isinstance(v, float | int)]
        assert any(v == pytest.approx(one["value"]) for v in found), one["rule_id"]
    cover = [str(c) for r in book.worksheets[0].iter_rows(values_only=True) for c in r]
    assert any("演示数据·非真实" in c for c in cover)


def test_a_policy_without_a_rule_leaves_the_rest(demo, tmp_path):
    """The circle needs ELD-06 and the report goes on without it."""
    city = open_workspace(demo)
    rules = {k: v for k, v in city.policy.rules.items() if k not in {"ELD-03", "ELD-06"}}
    object.__setattr__(city, "policy", replace(city.policy, rules=rules))
    found = compute(city)
    assert {"reach", "areas"} <= set(found.skipped)
    assert found.report.checks["rule_id"].nunique() > 100
    path = reports.write(found.report, tmp_path / "r.html")
    assert "IND.9" in path.read_text("utf-8")
