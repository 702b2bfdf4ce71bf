"""Before the first request: what would be unsafe does not start; what starts stops whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError, URLError

import pytest
from fixtures.identity import AUDIENCE, ISSUER, key_file
from fixtures.service import service
from fixtures.two_counties import layers, write_workspace
from geoplan_api import startup
from geoplan_api.__main__ import _is_local, _whole, main
from geoplan_api.app import create_app
from geoplan_api.deps import now
from geoplan_api.settings import Settings, read_settings
from starlette.testclient import TestClient

from geoplan import storage
from geoplan.errors import InputError, MissingFileError
from geoplan.storage.keys import Keys
from geoplan.storage.service_state import ServiceState


@pytest.fixture
def folder(tmp_path):
    return write_workspace(tmp_path / "two-counties")


def start(folder, *, is_local=True, **settings):
    """Check a service, and return it with what was told."""
    told: list[str] = []
    app = create_app(Settings(workspace=folder, warm=False, **settings))
    startup.check(app, is_local=is_local, tell=told.append)
    return app, "\n".join(told)


def key(folder, role: str, *, lasts_days: int = 365) -> str:
    state = ServiceState(folder / "service.sqlite")
    made, _ = Keys(state).create(role, "甲", today=now().date(), lasts_days=lasts_days)
    state.close()
    return made


def test_a_demo_on_this_machine_gets_a_key_for_this_run(folder):
    app, told = start(folder)
    (secret,) = [line for line in told.splitlines() if line.startswith("gp_")]
    with TestClient(app) as client:
        assert client.get("/audit", headers={"X-API-Key": secret}).status_code == 200
        assert client.get("/audit").status_code == 401
    assert not app.state.city.settings.writable


def test_others_than_this_machine_get_no_such_key_but_a_warning(folder):
    _, told = start(folder, is_local=False)
    assert "gp_" not in told
    assert "geoplan keys create" in told


def test_with_keys_nothing_is_said(folder):
    key(folder, "viewer")
    assert start(folder)[1] == ""
    assert start(folder, is_local=False)[1] == ""


@pytest.mark.parametrize("role", [None, "viewer", "planner"])
def test_nobody_who_may_write_nothing_writable(folder, role):
    if role:
        key(folder, role)
    for is_local in (True, False):
        with pytest.raises(InputError, match="geoplan keys create") as told:
            start(folder, writable=True, is_local=is_local)
        assert told.value.code == "unsafe_start"


def test_a_writer_or_an_identity_provider_makes_it_writable(folder, tmp_path):
    oidc = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_roles": {"a": "viewer"},
            "oidc_keys": key_file(tmp_path, "rsa1")}  # fmt: skip
    start(folder, writable=True, **oidc)
    key(folder, "inspector")
    start(folder, writable=True)


def test_a_key_that_counts_no_longer_makes_nothing_writable(folder):
    state = ServiceState(folder / "service.sqlite")
    keys, today = Keys(state), now().date()
    keys.create("admin", "甲", today=today - timedelta(days=9), lasts_days=1)
    keys.revoke(keys.create("admin", "乙", today=today)[1].key_id, today=today)
    state.close()
    with pytest.raises(InputError):
        start(folder, writable=True)


def test_no_workspace_no_service(tmp_path):
    with pytest.raises(MissingFileError):
        start(tmp_path / "none")


@pytest.mark.parametrize(("host", "local"), [
    ("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),  # noqa: S104
    ("::", False),
    ("10.0.0.7", False), ("geoplan.example.cn", False),
])  # fmt: skip
def test_what_is_this_machine_only(host, local):
    assert _is_local(host) is local


def test_another_registry_than_the_workspace_names(folder, store_url):
    with storage.create_registry(store_url) as registry:
        claims = layers()["claims"].to_crs("EPSG:4490")
        row = claims.iloc[0].drop("geometry").dropna().to_dict()
        row["claim_id"] = "elsewhere"
        registry.write([storage.Change("claims", {**row, "geometry": claims.geometry.iloc[0]})],
                       who="甲", why="测试", recorded_at=datetime(2026, 7, 1, tzinfo=UTC))  # fmt: skip
    with service(folder, "inspector", store=_whole(str(store_url))) as client:
        found = client.get("/collections/claims/items", params={"f": "json"}).json()["features"]
        assert [f["id"] for f in found] == ["elsewhere"]
        assert str(store_url) not in repr(client.app.state.city.settings)  # it can hold a password


@pytest.mark.parametrize(("name", "value", "word"), [
    ("AUDIT_DAYS", "182", "audit_days"), ("OIDC_ISSUER", "https://x", "oidc"), ("PORT", "port", "port"),
    ("CORS_ORIGINS", '["*"]', "cors_origins"), ("CORS_ORIGINS", "*", "cors_origins"), ("RATE_PER_S", "-1", "rate"),
    ("OIDC_ROLES", '{"a": "king"}', "oidc_roles"), ("LOG_LEVEL", "LOUD", "log_level"),
])  # fmt: skip
def test_wrong_settings_are_named_without_their_values(monkeypatch, name, value, word):
    monkeypatch.setenv(f"GEOPLAN_{name}", value)
    with pytest.raises(InputError, match=word) as told:
        read_settings()
    assert "gp_" not in str(told.value)


def test_keys_of_tokens_come_by_https_or_from_a_file(monkeypatch):
    for name, value in {"ISSUER": "https://x", "AUDIENCE": "a", "ROLES": '{"a": "viewer"}',
                        "KEYS": "http://x/jwks"}.items():  # fmt: skip
        monkeypatch.setenv(f"GEOPLAN_OIDC_{name}", value)
    with pytest.raises(InputError, match="https"):
        read_settings()


def test_the_command_says_what_is_wrong_in_two_languages(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["geoplan-serve", str(tmp_path / "none")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "[missing_file]" in said
    assert "不存在" in said
    assert "does not exist" in said


class Running:
    """``python -m geoplan_api`` as a process of its own."""

    def __init__(self, folder, tmp_path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.said = tmp_path / "said.txt"
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "geoplan_api", folder, "--port", str(self.port), *options],
                stderr=out, stdout=out, env={**os.environ, "GEOPLAN_WARM": "false"},
            )  # fmt: skip

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
                return answer.status, answer.read()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()

    def wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if self.get("/health/ready")[0] == 200:
                    return
            except (URLError, OSError):
                os.sched_yield()
        pytest.fail(self.said.read_text("utf-8"))

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_real_process_serves_logs_and_stops_whole(folder, tmp_path):
    secret = key(folder, "inspector")
    running = Running(folder, tmp_path)
    try:
        running.wait()
        assert running.get("/boundaries/markers/check", **{"X-API-Key": secret})[0] == 200
        assert running.get(f"/boundaries/lines?key={secret}")[0] == 400
        assert running.get("/collections", **{"X-Pad": "x" * 40_000})[0] == 431
        got: list[int] = []
        late = threading.Thread(target=lambda: got.append(
            running.get("/boundaries/lines", **{"X-API-Key": secret})[0]))  # fmt: skip
        late.start()
        while b'"/boundaries/lines"' not in running.said.read_bytes() and late.is_alive():
            os.sched_yield()
        assert running.stop() in {0, -signal.SIGTERM}
        late.join(20)
        assert got == [200]
    finally:
        running.process.kill()
        running.process.wait()
    text = running.said.read_text("utf-8")
    assert secret not in text
    assert secret[12:] not in text
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    marker = next(r for r in lines if r.get("route") == "/boundaries/markers/check")
    assert (marker["status"], marker["role"], marker["key_id"]) == (200, "inspector", secret[3:11])
    assert marker["path"] == "/boundaries/markers/check"
    assert len(marker["request_id"]) == 32
