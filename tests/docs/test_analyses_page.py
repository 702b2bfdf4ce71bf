"""The page on analyses lists what there is."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from geoplan_api.ogc.processes.catalogue import PROCESSES

ROOT = Path(__file__).parents[2]


def test_the_table_of_processes_is_the_catalogue():
    spec = importlib.util.spec_from_file_location("page", ROOT / "docs/how-to/analyses.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = (ROOT / "docs/how-to/analyses.md").read_text("utf-8")
    assert module.page() == text, "run: python docs/how-to/analyses.py"
    assert all(f"| `{p.id}` |" in text for p in PROCESSES)
