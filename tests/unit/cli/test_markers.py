"""``geoplan boundaries markers``: checks told, papers written, secret rows refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import docx
import geopandas as gpd
import pytest
import shapely
from fixtures.stones import CODE, LINES, stones
from typer.testing import CliRunner

from geoplan import io
from geoplan.cli import app
from geoplan.errors import InputError, SecrecyError, UnknownIdError

ROOT = Path(__file__).parents[3]
TOML = """[workspace]
title = "某市（演示）"
metric_crs = "EPSG:4547"
{store}
[layers.boundary_lines]
path = "b.gpkg"
source_layer = "boundary_lines"
[layers.boundary_markers]
path = "b.gpkg"
source_layer = "boundary_markers"
"""


def make(folder, markers, store=""):
    folder.mkdir(exist_ok=True)
    io.write_gpkg({"boundary_lines": LINES, "boundary_markers": markers}, folder / "b.gpkg")
    (folder / "workspace.toml").write_text(TOML.format(store=store), encoding="utf-8")
    return folder


@pytest.fixture
def workspace(tmp_path):
    """Without units: their codes stand for them; the row without a number is sent back on reading."""
    return make(tmp_path / "city", stones())


def run(*words):
    result = CliRunner().invoke(app, ["boundaries", "markers", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_checks_as_json(workspace):
    found = json.loads(run(workspace, "--json"))
    assert {r["marker_no"]: r["line_status"] for r in found["checks"]} == {
        f"{CODE}001Q": "met", f"{CODE}002Q": "not_met", f"{CODE}003A": "met",
        f"{CODE}003B": "met", f"{CODE}004Q": "met",
    }  # fmt: skip
    assert found["no_label"] == []
    assert not list(workspace.glob("*.pdf"))


def test_the_table_lists_what_is_wrong_and_all_on_demand(workspace):
    some, every = run(workspace), run(workspace, "--all")
    assert "BND-04" in some
    assert "BND-25" in some
    assert "界桩 markers: 5；登记完整率" in some
    assert [text.count("%") - 1 for text in (some, every)] == [1, 5]  # rows of the second table


def test_papers_are_written_for_a_line(workspace):
    labels, forms = workspace / "l.html", workspace / "f.docx"
    told = run(workspace, "--line", CODE, "--labels", labels, "--forms", forms,
               "--base-url", "https://jz.example.cn/m/")  # fmt: skip
    assert f"labels: {labels}" in told
    assert f"{CODE}004Q：已报废" in told
    assert f"https://jz.example.cn/m/{CODE}001Q" in labels.read_text("utf-8")
    assert "421303 / 421321" in labels.read_text("utf-8")
    assert len(docx.Document(str(forms)).tables) == 5
    found = json.loads(run(workspace, "--forms", workspace / "f.pdf", "--json"))
    assert found["forms"] == str(workspace / "f.pdf")
    assert (workspace / "f.pdf").read_bytes().startswith(b"%PDF")


def test_secret_rows_need_a_declared_system(tmp_path):
    """SEC-06: no class said is the layer's, state_confidential; nothing is printed or written."""
    make(tmp_path, stones(secrecy=None))
    with pytest.raises(SecrecyError, match="boundary_markers m0, m1"):
        run(tmp_path, "--forms", tmp_path / "f.docx")
    with pytest.raises(SecrecyError):
        run(tmp_path)
    assert not (tmp_path / "f.docx").exists()
    make(tmp_path, stones(secrecy=None), "[store]\nclassified_environment = true")
    run(tmp_path, "--forms", tmp_path / "f.docx")
    first = docx.Document(str(tmp_path / "f.docx")).paragraphs[0].text
    assert first.startswith("密级：秘密")


def test_bad_calls(workspace):
    with pytest.raises(UnknownIdError, match="421303-421321"):
        run(workspace, "--line", "421303-421322")
    with pytest.raises(InputError, match=r"\.pdf, \.html"):
        run(workspace, "--labels", workspace / "l.txt")
    with pytest.raises(InputError, match="QR code"):
        run(workspace, "--labels", workspace / "l.pdf", "--base-url", "jz.example.cn")
    empty = workspace / "empty"
    empty.mkdir()
    (empty / "workspace.toml").write_text("[workspace]\ntitle = 'x'\n", encoding="utf-8")
    with pytest.raises(UnknownIdError, match="boundary_markers"):
        run(empty)


def test_the_how_to_page_does_what_it_says(workspace, monkeypatch):
    text = (ROOT / "docs" / "how-to" / "marker-papers.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    units = gpd.GeoDataFrame(
        {"unit_code": ["421303", "421321"], "name": ["曾都区", "随县"], "level": "county",
         "code_system": "t"},
        geometry=[shapely.box(x, 31.0, x + 0.5, 32.0) for x in (113.0, 113.5)], crs="EPSG:4490",
    )  # fmt: skip
    io.write_gpkg({"admin_units": units}, workspace / "u.gpkg")
    with (workspace / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write('[layers.admin_units]\npath = "u.gpkg"\n')
    workspace.rename(workspace.with_name("demo"))
    monkeypatch.chdir(workspace.parent)
    names: dict = {}
    exec(compile(code, "marker-papers.md", "exec"), names)  # noqa: S102  (our own page)
    assert [p.sides for p in names["papers"]] == [("曾都区", "随县")] * 5
    assert [s.code for s in names["skipped"]] == ["withdrawn"]
    assert len(docx.Document("forms.docx").tables) == 5
    assert Path("labels.pdf").read_bytes().startswith(b"%PDF")
    commands = re.findall(r"^geoplan boundaries markers (.*)$", text, flags=re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        assert set(re.findall(r"--[a-z-]+", command)) <= {
            "--line", "--labels", "--forms", "--base-url", "--all", "--json"}  # fmt: skip
