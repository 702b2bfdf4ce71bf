"""Base maps: keys stay on the server, and only what the settings name is asked for."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fixtures import small_workspace
from geoplan_api.app import create_app
from geoplan_api.basemaps import BaseMap, BaseMaps, fetch
from geoplan_api.settings import Settings, read_settings
from pydantic import ValidationError
from starlette.testclient import TestClient

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
MAP = BaseMap(name="vec", title="矢量", url="https://maps.example/{z}/{x}/{y}?tk={key}",
              key="s3cret/+", max_zoom=12, attribution="测绘院")  # fmt: skip


class Server:
    """Answers as a test says, and remembers what was asked."""

    def __init__(self, status=200, body=PNG):
        self.status, self.body, self.asked = status, body, []

    def __call__(self, url):
        self.asked.append(url)
        return self.status, self.body


@pytest.fixture
def make(tmp_path):
    small_workspace.write(tmp_path / "ws")

    def making(server, base=MAP):
        app = create_app(Settings(workspace=tmp_path / "ws", basemaps=(base,)))
        app.state.basemaps = BaseMaps((base,), server)
        return TestClient(app, raise_server_exceptions=False)

    return making


def test_a_tile_is_passed_on_and_kept(make):
    server = Server()
    client = make(server)
    first = client.get("/basemaps/vec/3/5/2")
    assert (first.status_code, first.content) == (200, PNG)
    assert first.headers["content-type"] == "image/png"
    assert server.asked == ["https://maps.example/3/5/2?tk=s3cret%2F%2B"]
    again = client.get("/basemaps/vec/3/5/2", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, len(server.asked)) == (304, 1)


def test_rows_can_be_counted_from_the_south(make):
    server = Server()
    base = BaseMap(name="tms", url="http://maps.example/{z}/{x}/{-y}.png")
    assert make(server, base).get("/basemaps/tms/3/5/2").status_code == 200
    assert server.asked == ["http://maps.example/3/5/5.png"]


def test_neither_server_nor_key_is_told(make):
    client = make(Server(500, b""))
    told = client.get("/basemaps").text + client.get("/basemaps/vec/0/0/0").text
    assert "矢量" in told
    assert "maps.example" not in told
    assert "s3cret" not in told
    assert "s3cret" not in repr(MAP)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (0, b""), (302, b""), (200, b"<html>"), (200, PNG + b"0" * 1_000_000)],
    ids=["error", "no answer", "redirect", "no image", "too large"],
)
def test_what_is_no_image_is_one_problem_and_not_kept(make, status, body):
    server = Server(status, body)
    client = make(server)
    for _ in range(2):
        found = client.get("/basemaps/vec/1/0/0")
        assert (found.status_code, found.json()["code"]) == (502, "base_map")
    assert len(server.asked) == 2


def test_a_tile_that_the_server_has_not_is_empty(make):
    assert make(Server(404, b"")).get("/basemaps/vec/1/0/0").status_code == 204


@pytest.mark.parametrize(
    ("path", "status"),
    [("vec/1/2/0", 400), ("vec/13/0/0", 400), ("vec/99/0/0", 400), ("vec/1/-1/0", 400),
     ("vec/1/a/0", 400), ("other/1/0/0", 404), ("vec/1/0/0?url=http://x", 400)],
)  # fmt: skip
def test_what_is_not_offered_is_asked_of_nobody(make, path, status):
    server = Server()
    found = make(server).get(f"/basemaps/{path}")
    assert (found.status_code, server.asked) == (status, [])
    assert found.headers["content-type"] == "application/problem+json"


def test_slow_servers_do_not_take_all_turns(make, monkeypatch):
    monkeypatch.setattr("geoplan_api.basemaps._WAIT_S", 0.0)
    client = make(Server())
    maps = client.app.state.basemaps
    while maps._turns.acquire(blocking=False):
        pass
    found = client.get("/basemaps/vec/1/0/0")
    assert (found.status_code, found.headers["retry-after"]) == (503, "3")


def test_the_oldest_tiles_are_forgotten(monkeypatch):
    monkeypatch.setattr("geoplan_api.basemaps._KEPT_BYTES", 2 * len(PNG))
    server = Server()
    maps = BaseMaps((MAP,), server)
    for x in (0, 1, 2, 2, 0):
        maps.tile("vec", 2, x, 0)
    assert [u.split("/")[4] for u in server.asked] == ["0", "1", "2", "0"]


@pytest.mark.parametrize(
    "wrong",
    [{"url": "file:///{z}/{x}/{y}"}, {"url": "https://{key}/{z}/{x}/{y}"}, {"url": "https://a/{z}"},
     {"name": "a/b"}, {"name": ""}, {"kez": "x"}],
)  # fmt: skip
def test_a_wrong_setting_is_refused_without_telling_the_key(wrong, monkeypatch):
    given = {"name": "vec", "url": "https://a/{z}/{x}/{y}", "key": "s3cret"} | wrong
    with pytest.raises(ValidationError) as error:
        Settings(basemaps=[given])
    assert "s3cret" not in str(error.value)


def test_settings_read_a_json_list(monkeypatch):
    monkeypatch.setenv("GEOPLAN_BASEMAPS", '[{"name":"a","url":"http://h/{z}/{x}/{y}","key":"k"}]')
    (found,) = read_settings().basemaps
    assert found.address(1, 0, 1) == "http://h/1/0/1"


@pytest.mark.enable_socket
def test_no_redirect_is_followed_and_a_silent_server_is_no_answer():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path == "/tile":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(PNG)
                return
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        assert fetch(f"{base}/tile") == (200, PNG)
        assert fetch(f"{base}/moved") == (302, b"")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == ["/tile", "/moved"]
    assert fetch(f"{base}/tile") == (0, b"")
