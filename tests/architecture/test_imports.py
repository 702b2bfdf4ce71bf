"""The house keeps its rules: import layers, lazy command line, small files, no private paths."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "geoplan").rglob("*.py")) + sorted((ROOT / "api").rglob("*.py"))


def test_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_imports_no_heavy_library():
    code = (
        "import sys\nsys.argv = ['geoplan', '--help']\n"
        "from geoplan.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'geopandas', 'numpy', 'osmnx', 'matplotlib', 'folium', 'numba'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in out.stdout, out.stdout[-300:]


def test_importing_geoplan_is_quick_and_names_resolve():
    code = "import sys, geoplan\nassert 'pandas' not in sys.modules\nprint(len(dir(geoplan)))"
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import geoplan

    for name in geoplan.__all__:
        assert getattr(geoplan, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = geoplan.nothing


def test_modules_stay_small():
    long = {p.name: n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 450}
    assert set(long) <= {"layers.py"}, long


def test_functions_stay_short():
    found = []
    for path in SOURCES:
        if path.name == "kernels.py":  # compiled loops are one piece
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno - body[0].lineno + 1) if body else 0
                if lines > 60:
                    found.append(f"{path.name}:{node.name} {lines}")
    assert not found


def test_core_reads_no_clock_and_opens_no_file():
    core = ["network", "service_circles", "standards", "policy", "schemas"]
    bad = []
    for room in core:
        for path in (ROOT / "geoplan" / room).rglob("*.py"):
            text = path.read_text("utf-8")
            if re.search(r"\b(open\(|read_text|time\.time|datetime\.now|date\.today)", text):
                bad.append(path.name)
    assert not bad


def test_committed_files_name_no_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    pattern = re.compile(r"(^|[^\w.~])/(work|farm|home)/|pythonhosted|pypi\.org/simple|npmjs\.org")
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = []
    for name in listed:
        path = ROOT / name
        if name == here or path.suffix in {".png", ".svg"} or not path.exists():
            continue
        if pattern.search(path.read_text("utf-8", errors="replace")):
            found.append(name)
    assert not found


def test_constraints_hold_names_and_versions_only():
    text = (ROOT / "constraints.txt").read_text("utf-8")
    for mark in ("://", "-e ", "--", "["):
        assert mark not in text, mark
    assert all("==" in line for line in text.splitlines() if line.strip())
