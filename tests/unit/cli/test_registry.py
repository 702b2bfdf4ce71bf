"""``geoplan import|verify|backup|restore|export`` as people use them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

import pandas as pd
import pytest

from geoplan.storage.geopackage import FUNCTIONS

ENV = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "160"}


def geoplan(*args) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "geoplan", *map(str, args)], capture_output=True,
                          text=True, env=ENV, check=False, timeout=300)  # fmt: skip


LEDGER = """界桩标识,界桩号,界桩类型,密级,经度,纬度
M1,4142001Q,单立,内部,113.1,31.1
M2,4142002Q,单立,内部,113.2,31.2
M3,4142003Q,单立,,113.3,31.3
M4,,单立,内部,113.4,31.4
"""


@pytest.fixture
def city(tmp_path):
    (tmp_path / "workspace.toml").write_text(
        '[workspace]\nname = "x"\n[layers.boundary_markers]\npath = "markers.csv"\n',
        encoding="utf-8",
    )
    (tmp_path / "markers.csv").write_text(LEDGER, encoding="utf-8")
    return tmp_path


def imported(city, *options):
    out = geoplan("import", "--all", "--into", city, "--json", *options)
    assert out.returncode == 0, out.stderr + out.stdout
    return json.loads(out.stdout)[0]


def test_import_records_what_is_valid_and_sends_back_the_rest(city):
    back = city / "back.xlsx"
    done = imported(city, "--who", "张三", "--rejected", back)
    assert (done["tx"], done["new"], done["rejected"]) == (1, 2, 2)
    reasons = {(d["row"], d["rule"]) for d in done["defects"] if d["effect"] == "row_rejected"}
    assert reasons == {(4, "secrecy_refused"), (5, "missing_required")}
    secret = next(d for d in done["defects"] if d["rule"] == "secrecy_refused")
    assert "classified_environment = true" in secret["fix_zh"]
    rows = pd.read_excel(back)
    assert list(rows["source_row"]) == [4, 5]
    assert rows["原因"].str.contains("涉密|缺").all()
    words = geoplan("import", city / "markers.csv", "--layer", "boundary_markers", "--into", city)
    assert "已在第 1 号登记中导入" in words.stdout
    assert "第 4 行" in words.stdout


def test_the_same_file_again_adds_only_what_was_refused(city):
    imported(city)
    again = imported(city)
    assert (again["tx"], again["already"], again["unchanged"]) == (None, 1, 2)
    with (city / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write("[store]\nclassified_environment = true\n")
    third = imported(city)
    assert (third["tx"], third["new"], third["unchanged"], third["rejected"]) == (2, 1, 2, 1)


def test_a_changed_file(city):
    imported(city)
    (city / "markers.csv").write_text(LEDGER.replace("113.1,", "113.15,"), encoding="utf-8")
    refused = imported(city)
    assert (refused["tx"], refused["rejected"]) == (None, 3)
    assert [d["rule"] for d in refused["defects"] if d["row"] == 2] == ["conflict"]
    assert imported(city, "--on-conflict", "skip")["skipped"] == 1
    updated = imported(city, "--on-conflict", "update", "--valid-from", "2024-01-01")
    assert (updated["tx"], updated["updated"]) == (2, 2)


def test_the_workspace_reads_what_was_imported(city):
    from geoplan.workspace import open_workspace

    before = open_workspace(city)
    assert list(before.layers) == ["boundary_markers"]
    assert len(before.layers["boundary_markers"]) == 3
    imported(city)
    (city / "markers.csv").unlink()
    after = open_workspace(city)
    frame = after.layers["boundary_markers"]
    assert list(frame["marker_id"]) == ["M1", "M2"]
    assert list(frame.columns) == list(before.layers["boundary_markers"].columns)
    assert after.read("boundary_markers").report.notes_zh == ("登记库第 1 号登记",)
    with after.registry as registry:
        assert registry.boundary_markers.count() == 2


def test_a_store_that_is_none_is_said_when_its_layer_is_read(city):
    from geoplan.errors import StoreError
    from geoplan.workspace import open_workspace

    (city / "registry.gpkg").write_text("hello")
    broken = open_workspace(city)
    assert "boundary_markers" in broken.layers
    with pytest.raises(StoreError):
        _ = broken.layers["boundary_markers"]
    assert geoplan("verify", city).returncode == 2


def test_verify_finds_edits_and_adopts_them(city):
    imported(city)
    sound = geoplan("verify", city)
    assert sound.returncode == 0, sound.stderr
    assert "完好" in sound.stdout
    other = sqlite3.connect(city / "registry.gpkg")
    for name, function in FUNCTIONS.items():
        other.create_function(name, 1, function)
    other.execute("UPDATE boundary_markers SET condition = 'damaged' WHERE marker_id = 'M1'")
    other.commit()
    other.close()
    found = geoplan("verify", city, "--json")
    assert found.returncode == 1
    row = json.loads(found.stdout)[0]
    assert (row["kind"], row["key"], row["field"], row["found"]) == (
        "row_edited",
        "M1",
        "condition",
        "damaged",
    )
    assert "condition" in geoplan("verify", city).stdout
    assert geoplan("verify", city, "--adopt", "--who", "李四").returncode == 0


def test_backup_restore_and_export(city):
    imported(city)
    made = json.loads(geoplan("backup", city, "--json").stdout)
    assert made["tx"] == 1
    (city / "markers.csv").write_text(LEDGER.replace("113.1,", "113.15,"), encoding="utf-8")
    imported(city, "--on-conflict", "update")
    later = json.loads(geoplan("backup", city, "--json").stdout)
    assert (
        geoplan("verify", city, "--against", made["file"], "--against", later["file"]).returncode
        == 0
    )
    refused = geoplan("restore", made["file"], "--into", city)
    assert refused.returncode == 2
    assert "--overwrite" in refused.stderr
    assert geoplan("restore", made["file"], "--into", city, "--overwrite").returncode == 0
    cut = geoplan("verify", city, "--against", later["file"], "--json")
    assert cut.returncode == 1
    assert {r["kind"] for r in json.loads(cut.stdout)} == {"tail_cut"}
    assert geoplan("verify", city).returncode == 0
    out = geoplan("export", city, "-o", city / "now.gpkg", "--valid-on", "2024-05-01")
    assert "boundary_markers 2" in out.stdout, out.stderr
    nothing = geoplan("export", city, "-o", city / "then.gpkg", "--known-on", "1999-01-01")
    assert nothing.returncode == 2


def test_what_cannot_be_meant(city):
    assert geoplan("import", city / "markers.csv", "--into", city).returncode == 2
    assert (
        geoplan("import", "--all", city / "markers.csv", "--layer", "x", "--into", city).returncode
        == 2
    )
    out = geoplan("import", city / "markers.csv", "--layer", "facilities", "--into", city)
    assert out.returncode == 2
    assert "以文件为准" in out.stderr
    none = geoplan("verify", city)
    assert none.returncode == 2
    assert "geoplan import" in none.stderr


def test_an_import_that_records_nothing_leaves_no_store(city):
    for wrong in ("workspace.toml", "markers.gpkg"):
        (city / "markers.gpkg").write_bytes(b"no database")
        out = geoplan("import", city / wrong, "--layer", "boundary_markers", "--into", city)
        assert out.returncode == 2
        assert "unreadable_file" in out.stderr
        assert not list(city.glob("registry*"))


def test_a_password_is_never_shown(city):
    (city / "workspace.toml").write_text(
        '[store]\nurl = "postgresql://inspector:s3cret@no:port/x"\n', encoding="utf-8"
    )
    out = geoplan("verify", city)
    assert out.returncode == 2
    assert "s3cret" not in out.stderr + out.stdout
    assert "bad_store" in out.stderr
