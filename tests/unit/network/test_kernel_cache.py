"""Importing the kernels never fails and never reads compiled code from a shared folder."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """
import os
from pathlib import Path
real = os.access
os.access = lambda p, *a, **k: False if Path(p).name == "network" else real(p, *a, **k)
from geoplan.network import jit, kernels
import numpy as np
print(repr(jit.CACHE))
one = np.array([0], np.int32)
arcs = np.array([0, 0], np.int32), one[:0], np.zeros(0)
print(kernels.node_sets(arcs, (np.array([0, 1]), one, np.zeros(1)), np.array([5.0]), 1.0)[2][0])
"""


def run(folder, **env) -> list[str]:
    base = {k: v for k, v in os.environ.items()
            if k not in {"HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}}  # fmt: skip
    out = subprocess.run([sys.executable, "-c", CODE], cwd=folder, env={**base, **env},
                         capture_output=True, text=True, check=False, timeout=120)  # fmt: skip
    assert out.returncode == 0, out.stderr
    return out.stdout.split()


@pytest.mark.slow
def test_a_read_only_package_keeps_kernels_in_the_users_own_cache(tmp_path):
    said = run(tmp_path, XDG_CACHE_HOME=str(tmp_path / "mine"))
    assert said == [repr(str(tmp_path / "mine" / "geoplan-numba")), "0.0"]
    assert any((tmp_path / "mine" / "geoplan-numba").iterdir())


@pytest.mark.slow
def test_without_a_writable_home_there_is_no_cache_and_no_failure(tmp_path):
    (tmp_path / "file").write_text("x")
    said = run(tmp_path, HOME=str(tmp_path / "file"))
    assert said == ["None", "0.0"]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
