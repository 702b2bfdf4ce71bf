"""Headers of every answer: nothing from another host, nothing guessed, no other origin."""

from __future__ import annotations

import pytest
from fixtures.service import service
from fixtures.two_counties import write_workspace

ORIGIN = "https://map.example.cn"
ANSWERS = [("GET", "/health/live", 200), ("GET", "/boundaries/lines", 200), ("GET", "/nowhere", 404),
           ("PUT", "/health/live", 405), ("POST", "/boundaries/impact", 400), ("GET", "/", 200),
           ("GET", "/favicon.ico", None), ("HEAD", "/health/live", 200)]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("two-counties"))


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_them(folder, method, path, status):
    answer = service(folder).request(method, path, headers={"Accept": "*/*"})
    assert status in {None, answer.status_code}
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors" in policy
    assert "://" not in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert len(answer.headers["x-request-id"]) == 32
    assert "strict-transport-security" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers
    vary = answer.headers["vary"].lower()
    assert "authorization" in vary
    assert "x-api-key" in vary


def test_an_internal_error_has_them_too(folder, monkeypatch):
    client = service(folder)
    monkeypatch.setattr(
        "geoplan_api.routers.boundaries.boundaries.derive_lines", lambda *_, **__: 1 / 0
    )
    answer = client.get("/boundaries/lines", headers={"X-Request-ID": "asked-by-me"})
    assert answer.status_code == 500
    body = answer.json()
    assert (body["code"], body["context"]) == ("internal", {"request_id": "asked-by-me"})
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"] == "asked-by-me"


def test_a_report_as_a_page_runs_without_an_origin(demo, demo_result):
    client = service(demo, "public", result=demo_result)
    answer = client.get("/indicators/report", params={"kind": "html"})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "://" not in policy


def test_https_is_kept_only_where_it_is_used(folder):
    answer = service(folder, tls=True).get("/health/live")
    assert answer.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize("given", ["short", "a b c d e f g h", "x" * 65, "ä" * 10, "a\tbcdefgh"])
def test_an_id_that_is_no_plain_word_is_not_repeated(folder, given):
    answer = service(folder).get("/health/live", headers={"X-Request-ID": given.encode()})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 32


def test_what_an_office_role_reads_is_not_kept_by_shared_caches(folder):
    assert "private" in service(folder, "viewer").get("/boundaries/lines").headers["cache-control"]
    errors = service(folder, "public").get("/boundaries/lines")
    assert errors.headers["cache-control"] == "private, no-cache"


def test_only_named_origins_may_ask(folder):
    client = service(folder, cors_origins=(ORIGIN,))
    ask = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "X-API-Key"}
    asked = client.options("/boundaries/lines", headers={"Origin": ORIGIN, **ask})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert "credentials" not in " ".join(asked.headers)
    seen = client.get("/boundaries/lines", headers={"Origin": ORIGIN})
    assert seen.headers["access-control-allow-origin"] == ORIGIN
    assert "ETag" in seen.headers["access-control-expose-headers"]
    other = client.get("/boundaries/lines", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    none = service(folder).options("/boundaries/lines", headers={"Origin": ORIGIN, **ask})
    assert "access-control-allow-origin" not in none.headers
