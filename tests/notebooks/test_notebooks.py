"""The tutorials run from top to bottom on the demo city, with no output committed."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.enable_socket  # the kernel is spoken to over a local socket
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, demo, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "notebooks").mkdir()
    os.symlink(demo, tmp_path / "data" / "demo")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path / "notebooks")}},
    )  # fmt: skip
    client.execute()
    shown = [
        o for cell in notebook.cells for o in cell.get("outputs", [])
        if o.get("output_type") in {"execute_result", "display_data"}
    ]  # fmt: skip
    assert shown
    if "maps.explore" in path.read_text("utf-8"):
        assert any("srcdoc" in o["data"].get("text/html", "") for o in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_is_committed_without_output(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
