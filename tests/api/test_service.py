"""The small service: the same numbers as the library, one error shape."""

from __future__ import annotations

import pytest
from fixtures.service import is_problem, service
from geoplan_api.settings import read_settings

from geoplan.errors import InputError


@pytest.fixture(scope="module")
def client(demo, demo_result):
    with service(demo, "public", result=demo_result) as client:
        yield client


def test_health(client):
    assert client.get("/health/live").json()["status"] == "live"
    assert client.get("/health/ready").json()["status"] in {"ready", "starting"}


def test_coverage_of_the_city(client):
    body = client.get("/service-circles/coverage", params={"level": "prefecture"}).json()
    assert body["synthetic"] is True
    persons = [r for r in body["rows"] if r["group"] == "persons" and r["limit_min"] == 15]
    assert persons[0]["persons"] == 2_047_923
    assert client.get("/health/ready").json()["status"] == "ready"


def test_minutes_and_clusters(client):
    body = client.get("/service-circles/walking-minutes", params={"unit": "421300"}).json()
    persons = [r["persons"] for r in body["rows"] if r["group"] == "persons"]
    assert sum(p or 0 for p in persons) == pytest.approx(2_047_923, abs=20)  # small ones are empty
    found = client.get("/service-circles/unserved", params={"most": 5}).json()
    assert found["type"] == "FeatureCollection"
    assert len(found["features"]) == 5
    elders = [f["properties"]["elders_60"] for f in found["features"]]
    assert elders == sorted(elders, reverse=True)
    assert min(elders) >= 10
    assert client.get("/service-circles/unserved", params={"most": 0}).status_code == 400


def test_checks_and_their_explanation(client):
    body = client.get("/standards/checks", params={"rule": "ELD-01", "unit": "421300"}).json()
    need = {r["denominator"]: r["denominator_value"] * r["target"] for r in body["rows"]}
    assert need["resident"] == pytest.approx(204_792.3)
    told = client.get("/standards/explain", params={"rule": "ELD-01", "unit": "随州市"}).json()
    assert "2,047,923" in told["explanations"][0]
    assert "演示数据·非真实" in told["explanations"][0]


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/standards/checks", {"rule": "ELD-99"}, 404, "unknown_id"),
        ("/standards/checks", {"unit": "无此镇"}, 404, "unknown_id"),
        ("/service-circles/coverage", {"level": "planet"}, 404, "unknown_id"),
        ("/standards/explain", {"unit": "随州市"}, 400, "bad_request"),
        ("/standards/explain", {"unit": "随州市", "rule": "ELD-01", "lang": "fr"}, 404,
         "unknown_id"),
        ("/nowhere", {}, 404, "http_404"),
    ],
)  # fmt: skip
def test_every_error_has_one_shape(client, path, params, status, code):
    is_problem(client.get(path, params=params), status, code)


def test_a_missing_workspace_is_a_problem_too(tmp_path):
    with service(tmp_path / "none") as client:
        is_problem(client.get("/standards/checks"), 503, "missing_file")


def test_misspelt_settings_are_refused(monkeypatch):
    monkeypatch.setenv("GEOPLAN_WORKSPCE", "x")
    with pytest.raises(InputError, match="GEOPLAN_WORKSPCE"):
        read_settings()
    monkeypatch.delenv("GEOPLAN_WORKSPCE")
    monkeypatch.setenv("GEOPLAN_PORT", "9001")
    assert read_settings().port == 9001


def few(values) -> bool:
    """Tell whether a number of persons between none and ten is shown."""
    return any(v is not None and 0 < v < 10 for v in values)


def test_no_few_persons_are_shown(client):
    rows = client.get("/service-circles/coverage", params={"level": "village"}).json()["rows"]
    for name in ("persons", "covered", "uncovered"):
        assert not few(r[name] for r in rows)
    split = [r for r in rows if r["covered"] is None and r["persons"] is not None]
    assert split  # persons are shown, but not how few of them are (not) covered
    assert all(r["uncovered"] is None and r["cov_share"] is None for r in split)
    found = client.get("/service-circles/unserved", params={"most": 1000}).json()["features"]
    for name in ("persons", "elders_60", "elders_65", "elders_80", "households"):
        assert not few(f["properties"].get(name) for f in found)
    assert any(f["properties"]["elders_80"] is None for f in found)


def test_an_unknown_service_is_named(client):
    found = client.get("/service-circles/coverage", params={"service": "meal"})
    assert "meals" in is_problem(found, 404, "unknown_id")["fix"]
