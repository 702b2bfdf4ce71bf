"""Health, metrics and the log: what runs the service learns enough, and nobody else too much."""

from __future__ import annotations

import json
import logging

import pytest
from fixtures.service import is_problem, service
from fixtures.two_counties import write_workspace
from geoplan_api.app import create_app
from geoplan_api.ops.logs import JsonLines
from geoplan_api.settings import Settings
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("two-counties"))


def numbers(client, **labels: str) -> dict[str, float]:
    """Sum of the samples by name that have these labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if labels.items() <= sample.labels.items():
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def test_live_without_a_workspace_ready_only_with_one(folder, tmp_path):
    nowhere = service(tmp_path / "none", "public")
    assert nowhere.get("/health/live").json()["status"] == "live"
    is_problem(nowhere.get("/health/ready"), 503, "missing_file")
    assert service(folder, "public").get("/health/ready").json()["status"] == "ready"


def test_requests_are_counted_by_template_and_status(folder):
    client = service(folder)
    for _ in range(3):
        client.get("/boundaries/lines")
    client.get("/boundaries/lines", params={"level": "planet"})
    client.get("/nowhere/421303")
    client.request("SPY", "/boundaries/lines")
    ok = numbers(client, route="/boundaries/lines", status="200")
    assert ok["geoplan_requests_total"] == 3
    bad = numbers(client, route="/boundaries/lines", status="400")
    assert bad["geoplan_requests_total"] == 1
    assert numbers(client, route="other", status="404")["geoplan_requests_total"] == 1
    assert numbers(client, method="other")["geoplan_requests_total"] == 1
    took = numbers(client, route="/boundaries/lines")
    assert took["geoplan_request_seconds_count"] == 4
    text = client.get("/metrics").text
    assert "421303" not in text  # no path, only templates
    assert numbers(client)["geoplan_requests_running"] == 1  # this one


def test_only_administrators_or_by_a_setting_this_machine_reads_metrics(folder):
    is_problem(service(folder, "public").get("/metrics"), 401)
    is_problem(service(folder, "registrar").get("/metrics"), 403, "forbidden")
    for allowed, address, status in [(False, "127.0.0.1", 401), (True, "127.0.0.1", 200), (True, "::1", 200),
                                     (True, "10.0.0.7", 401), (True, "testclient", 401)]:  # fmt: skip
        settings = Settings(workspace=folder, warm=False, metrics_from_loopback=allowed)
        client = TestClient(create_app(settings), client=(address, 50_000))
        assert client.get("/metrics").status_code == status, (allowed, address)


def test_each_request_is_a_line_with_its_id_and_without_its_query(folder, caplog):
    client = service(folder, "inspector")
    with caplog.at_level(logging.INFO, "geoplan.service"):
        answer = client.get("/boundaries/lines", params={"level": "county"})
    (record,) = [r for r in caplog.records if r.name == "geoplan.service"]
    line = json.loads(JsonLines().format(record))
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/boundaries/lines", 200)
    assert line["role"] == "inspector"
    assert line["bytes"] == len(answer.content)
    assert "county" not in json.dumps(line)


def test_a_trace_is_in_the_log_on_one_line_and_not_in_the_answer(folder, caplog, monkeypatch):
    client = service(folder)
    monkeypatch.setattr(
        "geoplan_api.routers.boundaries.boundaries.derive_lines", lambda *_, **__: {}["第一\n行"]
    )
    with caplog.at_level(logging.INFO, "geoplan.service"):
        answer = client.get("/boundaries/lines")
    failed, asked = (json.loads(JsonLines().format(r)) for r in caplog.records
                     if r.name == "geoplan.service")  # fmt: skip
    assert "KeyError" in failed["trace"]
    assert "\n" not in JsonLines().format(caplog.records[0])
    assert failed["request_id"] == asked["request_id"] == answer.headers["x-request-id"]
    assert asked["status"] == 500
    assert "KeyError" not in answer.text
