"""The page on the registry says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from geoplan.storage.audit import _WORDS

TEXT = (Path(__file__).parents[3] / "docs" / "explanation" / "registry.md").read_text("utf-8")


def test_its_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
    exec(compile(code, "registry.md", "exec"), {})  # noqa: S102  (our own page)
    assert {p.name for p in tmp_path.iterdir()} >= {"registry.gpkg", "registry.gpkg.heads.jsonl"}


def test_it_names_every_kind_of_finding():
    assert [kind for kind in _WORDS if f"`{kind}`" not in TEXT] == []
