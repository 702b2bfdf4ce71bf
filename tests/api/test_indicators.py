"""The scoreboard, its series, gaps, reviews and papers through the service."""

from __future__ import annotations

import pytest
from fixtures.service import service


@pytest.fixture(scope="module")
def client(demo, demo_result):
    with service(demo, "public", result=demo_result) as client:
        yield client


def test_scoreboard_has_the_15_indicators_binding_first(client):
    body = client.get("/indicators/scoreboard").json()
    assert body["synthetic"] is True
    numbers = [r["number"] for r in body["rows"] if r["number"] is not None]
    assert sorted(numbers) == list(range(1, 16))
    assert [r["attribute"] for r in body["rows"][:5]] == ["binding"] * 5
    nine = next(r for r in body["rows"] if r["rule_id"] == "IND.9")
    assert (nine["status"], nine["denominator_value"]) == ("not_met", 46)
    county = client.get("/indicators/scoreboard", params={"level": "county", "unit": "随县"}).json()
    assert {r["unit_name"] for r in county["rows"]} == {"随县"}


def test_series_and_matrix(client):
    rows = client.get("/indicators/series", params={"rule": "IND.5"}).json()["rows"]
    assert [r["year"] for r in rows] == sorted(r["year"] for r in rows)
    assert len(rows) >= 3
    matrix = client.get("/indicators/coverage-matrix").json()["rows"]
    assert {r["state"] for r in matrix} == {"judged", "applied", "pending"}


@pytest.mark.parametrize(
    ("kind", "starts"), [("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK"), ("html", b"<!")]
)
def test_the_report_as_a_file(client, kind, starts):
    answer = client.get("/indicators/report", params={"kind": kind, "unit": "曾都区"})
    assert answer.status_code == 200
    assert answer.content[:4].lower().startswith(starts.lower())


def test_functional_units_and_the_rest_are_the_city(client):
    rows = client.get("/standards/functional", params={"rule": "ELD-01"}).json()["rows"]
    *parts, total = rows
    assert total["kind"] == "total"
    assert abs(sum(r["persons"] for r in parts) - total["persons"]) < 1e-6


def test_gaps(client):
    rows = client.get("/standards/gaps", params={"level": "township"}).json()["rows"]
    assert all(r["left_m2"] <= r["gap"] + 1e-9 for r in rows)


def test_a_review_for_those_who_see_the_estates(client, demo):
    asked = {"estate": "秀和新村"}
    with service(demo, "planner") as office:
        review = office.get("/standards/review", params=asked).json()
        unknown = office.get("/standards/review", params={"estate": "无此小区"})
    assert {r["item"] for r in review["rows"]} >= {"floor", "one_piece", "phase"}
    assert unknown.status_code == 404
    assert client.get("/standards/review", params=asked).status_code == 404


@pytest.mark.parametrize(
    ("path", "params"),
    [("/indicators/report", {"kind": "exe"}), ("/indicators/report", {"lang": "fr"}),
     ("/indicators/scoreboard", {"unit": "无此县"}), ("/indicators/series", {"rule": "IND.99"})],
)  # fmt: skip
def test_unknown_things_are_404_problems(client, path, params):
    answer = client.get(path, params=params)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_depths_of_an_explanation(client):
    asked = {"rule": "IND.9", "unit": "随州市"}
    short = client.get("/standards/explain", params={**asked, "depth": "leader"}).json()
    long = client.get("/standards/explain", params={**asked, "depth": "analyst"}).json()
    assert len(short["explanations"][0]) < len(long["explanations"][0])
    bad = client.get("/standards/explain", params={**asked, "depth": "boss"})
    assert bad.status_code == 400
