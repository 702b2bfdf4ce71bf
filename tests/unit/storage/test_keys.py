"""API keys: random, kept as digests, each with a role, an end and an owner."""

from __future__ import annotations

import json
import sqlite3
import stat
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import InputError, OutputError, StoreError, UnknownIdError
from geoplan.storage.keys import Keys
from geoplan.storage.service_state import ServiceState

TODAY = date(2026, 7, 1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "service.sqlite"


@pytest.fixture
def keys(path):
    state = ServiceState(path)
    yield Keys(state)
    state.close()


def test_a_key_opens_what_its_role_may_until_its_last_day(keys):
    secret, key = keys.create("planner", " 李明  QGIS ", today=TODAY, lasts_days=10)
    assert (key.role, key.name) == ("planner", "李明 QGIS")
    assert secret.startswith(f"gp_{key.key_id}_")
    assert len(secret) == 3 + 8 + 1 + 43
    assert keys.check(secret, today=TODAY).key_id == key.key_id
    last = TODAY + timedelta(days=10)
    assert key.expires_on == last
    assert keys.check(secret, today=last) is not None
    assert keys.check(secret, today=last + timedelta(days=1)) is None


def test_the_secret_is_nowhere_in_the_file_which_only_its_owner_may_read(keys, path):
    secret, _ = keys.create("admin", "a", today=TODAY)
    keys.check(secret, today=TODAY)
    for file in path.parent.iterdir():  # the log beside it too
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert secret[12:].encode() not in file.read_bytes()
    assert secret not in repr(keys.all())


def test_what_is_not_the_whole_secret_opens_nothing(keys):
    secret, key = keys.create("admin", "a", today=TODAY)
    other, _ = keys.create("admin", "b", today=TODAY)
    mixed = secret[:12] + other[12:]
    wrong = [mixed, secret[:-1], secret + "A", secret.upper(), f" {secret}", key.key_id, "",
             "gp_", "gp_00000000_" + "A" * 43, secret + "\n", "密钥", "\x00"]  # fmt: skip
    assert [w for w in wrong if keys.check(w, today=TODAY)] == []


def test_a_revoked_key_opens_nothing_and_stays_listed(keys):
    secret, key = keys.create("viewer", "a", today=TODAY)
    later = TODAY + timedelta(days=1)
    assert keys.revoke(key.key_id, today=later).state(later) == "revoked"
    assert keys.check(secret, today=later) is None
    assert keys.revoke(key.key_id, today=TODAY + timedelta(days=9)).revoked_on == later
    assert [k.key_id for k in keys.all()] == [key.key_id]
    with pytest.raises(UnknownIdError):
        keys.revoke("ffffffff", today=TODAY)


def test_the_last_day_of_use_is_noted_once_a_day(keys):
    secret, _ = keys.create("viewer", "a", today=TODAY)
    assert keys.all()[0].last_used_on is None
    for day in (TODAY, TODAY, TODAY + timedelta(days=3)):
        keys.check(secret, today=day)
        assert keys.all()[0].last_used_on == day


@pytest.mark.parametrize(("role", "name", "days", "error"), [
    ("king", "a", 1, UnknownIdError), ("public", "a", 1, UnknownIdError), ("admin", " ", 1, InputError),
    ("admin", "x" * 61, 1, InputError), ("admin", "a\x07", 1, InputError), ("admin", "a", 0, InputError),
    ("admin", "a", 4000, InputError),
])  # fmt: skip
def test_what_makes_no_key_is_refused(keys, role, name, days, error):
    with pytest.raises(error):
        keys.create(role, name, today=TODAY, lasts_days=days)
    assert keys.all() == []


def test_a_file_that_is_something_else_is_named(tmp_path):
    path = tmp_path / "service.sqlite"
    path.write_bytes(b"no database, however long it is" * 40)
    with pytest.raises(StoreError, match="cannot be used"):
        ServiceState(path)
    with pytest.raises(OutputError):
        ServiceState(path / "below")


def test_the_command_line_makes_lists_and_revokes(tmp_path):
    (tmp_path / "workspace.toml").write_text("[workspace]\n", encoding="utf-8")
    run, place = CliRunner().invoke, str(tmp_path)
    made = run(app, ["keys", "create", place, "--role", "planner", "--name", "李明", "--json"])
    cells = json.loads(made.stdout)
    assert cells["role"] == "planner"
    assert cells["key"].startswith("gp_")
    plain = run(app, ["keys", "create", place, "--role", "viewer", "--name", "b"])
    assert plain.stdout.strip().startswith("gp_")  # nothing else, for a pipe
    listed = run(app, ["keys", "list", place])
    assert "李明" in listed.stdout
    assert cells["key"] not in listed.stdout
    run(app, ["keys", "revoke", place, cells["key_id"]])
    states = json.loads(run(app, ["keys", "list", place, "--json"]).stdout)
    assert sorted(k["state"] for k in states) == ["revoked", "valid"]
    missing = run(app, ["keys", "list", str(tmp_path / "none")])
    assert missing.exception is not None
    with sqlite3.connect(tmp_path / "service.sqlite") as plain_sqlite:
        assert plain_sqlite.execute("SELECT count(*) FROM api_keys").fetchone() == (2,)
    plain_sqlite.close()
