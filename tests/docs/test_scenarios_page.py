"""The page on scenarios does what it says, on a copy of the demo city."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from functools import cache
from pathlib import Path

import pytest
from geoplan_api.ogc.processes.scenarios import PROCESSES
from typer.main import get_command
from typer.testing import CliRunner

from geoplan import workspace
from geoplan.cli import app
from geoplan.scenario.steps import SIZES, from_plain

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scenarios.md"
TEXT = PAGE.read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_every_verb_and_size_is_on_the_page():
    for verb in get_command(app).commands["scenario"].commands:
        assert f"geoplan scenario {verb}" in TEXT or f"`{verb}`" in TEXT, verb
    for size in SIZES:
        assert f"`{size}`" in TEXT, size


def test_its_request_can_be_read():
    inputs = json.loads(blocks("json")[0])["inputs"]
    read = PROCESSES[0].read(inputs)
    assert [type(from_plain(s, 1)).__name__ for s in read.b] == ["Close", "Add"]
    assert "at most 200" in TEXT
    assert read.model_json_schema()["properties"]["b"]["maxItems"] == 200


@pytest.mark.slow
def test_the_page_from_top_to_bottom(demo, tmp_path, monkeypatch):
    shutil.copytree(demo, tmp_path / "data" / "demo", dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    opened = cache(workspace.open_workspace)  # read once, not by every command
    monkeypatch.setattr(workspace, "open_workspace", opened)
    for line in "".join(blocks("bash")).splitlines():
        told = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
        assert told.exit_code == 0, (line, told.output)
        if " close " in line:
            assert "gain" in told.output, line
    assert (tmp_path / "ab.html").exists()
    assert (tmp_path / "ab.xlsx").exists()
    names: dict = {}
    exec(compile(blocks("python")[0], PAGE.name, "exec"), names)  # noqa: S102  (our own page)
    effect = names["found"].effect
    assert effect.total_b == pytest.approx(1.05 * effect.total_a)
    assert effect.lose > 0
    saved = {p.stem for p in (tmp_path / "data/demo/scenarios").glob("*.json")}
    assert saved == {"东片", "西片", "东片二稿", "一稿"}
