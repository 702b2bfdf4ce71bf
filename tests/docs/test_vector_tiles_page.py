"""The page on vector tiles does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import mapbox_vector_tile
from typer.testing import CliRunner

from geoplan.cli import app

TEXT = (Path(__file__).parents[2] / "docs/how-to/vector-tiles.md").read_text("utf-8")


def block(kind):
    return re.search(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL)[1]


def test_its_command_and_its_lines_run(demo, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").symlink_to(demo)
    monkeypatch.chdir(tmp_path)
    words = block("bash").split()[1:]
    words[words.index("6-12")] = "6-8"
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, (done.exception, done.output)
    assert "admin_units_label" in done.output
    names = {}
    exec(block("python"), names)  # noqa: S102  (the page's own lines)
    found = mapbox_vector_tile.decode(names["body"])["admin_units"]["features"]
    assert "随县" in {f["properties"]["name"] for f in found}
    assert Path("units.pmtiles").stat().st_size > 1000
