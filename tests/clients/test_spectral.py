"""Spectral, the usual linter of API descriptions, finds no error in ours."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from fixtures.service import service

HERE = Path(__file__).parent / "spectral"
SPECTRAL = HERE / "node_modules" / ".bin" / "spectral"
REQUIRED = os.environ.get("GEOPLAN_REQUIRE_SPECTRAL") == "1"


@pytest.mark.skipif(
    not (SPECTRAL.exists() or REQUIRED), reason="Spectral is not installed: make spectral"
)
@pytest.mark.parametrize("path", ["/openapi.json", "/api"])
def test_no_error(path, demo, demo_result, tmp_path):
    with service(demo, "admin", result=demo_result) as client:
        told = client.get(path)
    assert told.status_code == 200
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(told.json()), encoding="utf-8")
    run = subprocess.run(
        [SPECTRAL, "lint", str(file), "--ruleset", str(HERE / "ruleset.yaml"), "--format", "json",
         "--fail-severity", "error"], capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    found = json.loads(run.stdout[run.stdout.index("[") :])
    errors = [(f["code"], f["path"], f["message"]) for f in found if f["severity"] == 0]
    assert not errors
    assert run.returncode == 0, run.stderr
