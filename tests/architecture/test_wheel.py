"""A built wheel in an empty environment: the data that ships is found, the main job runs."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    code = (
        "import os, sys\nos.chdir(sys.argv[1])\nfrom hatchling.build import build_wheel\n"
        "print(build_wheel(sys.argv[2]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(ROOT), str(out)], check=True,
                          capture_output=True, text=True)  # fmt: skip
    return out / done.stdout.strip().splitlines()[-1]


def test_the_wheel_holds_what_it_should(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("geoplan/cli/app.py", "geoplan/py.typed", "geoplan/data/policy/suizhou-2022.toml",
                   "geoplan/data/facts/units.csv", "geoplan/reports/document.html.j2", "geoplan/reports/document.typ",
                   "geoplan_api/app.py"):  # fmt: skip
        assert wanted in names, wanted
    for name in names:
        assert not name.startswith(("tests/", "data/demo", "geoplan/data/demo", "api/")), name


@pytest.mark.slow
def test_demo_and_run_work_outside_the_clone(wheel, tmp_path):
    """The wheel alone in a new environment that borrows only the third-party packages."""
    env = tmp_path / "env"
    venv.create(env, with_pip=False, symlinks=True)
    site = next((env / "lib").glob("python3*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    borrowed = [p for p in map(Path, sys.path) if p.name == "site-packages"]
    links = tmp_path / "third-party"
    links.mkdir()
    for folder in borrowed:
        for item in folder.iterdir():
            ours = item.name.startswith(("geoplan", "_geoplan", "__editable__")) or (
                item.suffix == ".pth"
            )
            if not ours and not (links / item.name).exists():
                (links / item.name).symlink_to(item)
    (site / "borrowed.pth").write_text(str(links), encoding="utf-8")

    def run(*args: str) -> str:
        done = subprocess.run([str(env / "bin" / "python"), "-I", *args], cwd=tmp_path,
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = run("-c", "import geoplan; print(geoplan.__file__)").strip()
    assert Path(where).is_relative_to(env)
    run("-m", "geoplan", "demo", "city")
    said = run("-m", "geoplan", "run", "city", "-o", "out")
    assert "2,047,923" in said
    assert (tmp_path / "out" / "map.html").exists()
