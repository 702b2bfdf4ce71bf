"""The page on exchange formats does what it says: its Python, and its commands on the demo city."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.io import read_mapping
from geoplan.io.writing import KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "exchange-formats.md").read_text("utf-8")


def blocks(kind: str) -> str:
    return "\n".join(re.findall(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL))


def test_its_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("python"), "exchange-formats.md", "exec"), {})  # noqa: S102  (our own page)
    made = {p.name for p in tmp_path.iterdir()}
    assert {"markers.kml", "plot.txt", "au.gpkg", "p.zip"} <= made
    written = (
        (tmp_path / "plot.txt")
        .read_text("gb18030")
        .replace("数据产生日期=", "数据产生日期=2025-6-15")
    )
    assert written.replace("\r\n", "\n") == blocks("text")


def test_its_commands_run(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in blocks("sh").splitlines():
        if line.strip():
            words = shlex.split(line.replace("data/demo", str(demo)))
            assert words[0] == "geoplan"
            done = CliRunner().invoke(app, words[1:])
            assert done.exit_code == 0, (line, done.exception, done.output)
    assert len(list((tmp_path / "out").iterdir())) == 8


def test_its_tables_are_those_of_the_program():
    endings = re.search(r"The ending says the format: (.*?)\. Rows", TEXT, flags=re.DOTALL)
    assert set(re.findall(r"`(\.[a-z]+)`", endings.group(1))) == set(KINDS)
    for table in read_mapping("inspire-au").values():
        for field in (*table.fields, *table.constants):
            assert field.startswith(("geoplan_", "inspireId_namespace")) or f"`{field}`" in TEXT, (
                field
            )
