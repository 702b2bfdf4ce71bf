"""The process of scenarios on the one-street town: worked by hand; limits; who may ask."""

from __future__ import annotations

import pytest
from fixtures.service import is_problem
from fixtures.walked_town import RELEASES, degrees, write_town
from geoplan_api.app import create_app
from geoplan_api.security.principal import Principal
from geoplan_api.settings import Settings
from starlette.testclient import TestClient

from geoplan import open_workspace
from geoplan.scenario import Scenario
from geoplan.workspace import compare_scenarios
from geoplan.workspace.scenarios import TODAY

LON, LAT = degrees(0.9)
ADD = {"step": "add", "facility_id": "N1", "lon": LON, "lat": LAT,
       "cells": {"facility_kind": "daycare"}}  # fmt: skip
CLOSE = {"step": "close", "facility_id": "F1"}


def by_role(request) -> Principal:
    role = request.headers.get("x-role", "planner")
    return Principal(role, "" if role == "public" else f"{role}-1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("town") / "ws", releases=RELEASES)


@pytest.fixture(scope="module")
def ask(folder):
    app = create_app(Settings(workspace=folder, warm=False), identify=by_role)
    with TestClient(app, raise_server_exceptions=False) as client:

        def post(role="planner", **inputs):
            return client.post("/processes/scenario-compare/execution", json={"inputs": inputs},
                               headers={"x-role": role})  # fmt: skip

        yield post


def test_who_gains_and_who_loses_by_hand(ask):
    """N1 at 0.9 km serves up to 1.8 km: p0's 12 elders gain; p2's 20 at 2.3 km lose F1."""
    body = ask(b=[ADD, CLOSE]).json()
    effect = body["effect"]
    assert (effect["covered_a"], effect["covered_b"]) == (50, 42)
    assert (effect["gain"], effect["lose"]) == (12, 20)
    assert effect["total_a"] == effect["total_b"] == 67
    assert "新覆盖 12，不再覆盖 20" in body["summary"]
    assert "12 gain, 20 lose" in body["summary_en"]
    doors = {f["properties"]["point_id"]: f["properties"]["turn"]
             for f in body["doors"]["features"]}  # fmt: skip
    assert doors == {"p0": "gain", "p2": "lose"}
    sites = {f["properties"]["facility_id"]: f["properties"]["turn"]
             for f in body["facilities"]["features"]}  # fmt: skip
    assert sites == {"F1": "gone", "F3": "same", "N1": "new"}
    new = next(f for f in body["facilities"]["features"] if f["properties"]["turn"] == "new")
    assert new["geometry"]["coordinates"] == pytest.approx([LON, LAT], abs=1e-7)
    county = {(r["unit_name"], r["item"], r["limit_min"]): r for r in body["rows"]}
    row = county["甲区", "elders_60", 15.0]
    assert (row["persons_a"], row["persons_b"], row["gain"], row["lose"]) == (30, 42, 12, 0)


def test_what_was_undone_is_as_it_was(ask):
    none = ask(b=[]).json()
    assert ask(a=[ADD, CLOSE], b=[ADD, CLOSE]).json()["effect"]["gain"] == 0
    assert none["effect"]["covered_a"] == none["effect"]["covered_b"] == 50
    assert none["doors"]["features"] == []
    there, back = ask(b=[ADD]).json(), ask(a=[ADD], b=[]).json()
    assert back["effect"]["lose"] == there["effect"]["gain"] == 12


def test_the_library_says_the_same(ask, folder):
    city = open_workspace(folder)
    told = compare_scenarios(city, TODAY, Scenario("b").close("F1"), limit_min=5, minutes=[5],
                             rules=["ELD-03"])  # fmt: skip
    body = ask(b=[CLOSE], minutes=5, rules=["ELD-03"]).json()
    assert body["effect"]["lose"] == told.effect.lose
    assert body["total"] == len(told.changed())
    assert {r["kind"] for r in body["rows"]} == {"coverage", "standard"}
    assert {r["limit_min"] for r in body["rows"] if r["kind"] == "coverage"} == {5.0}


@pytest.mark.parametrize(("steps", "status", "said"), [
    ([{"step": "close", "facility_id": "F9"}], 404, "第 1 步"),
    ([ADD, ADD], 400, "第 2 步"),
    ([{**ADD, "lat": LAT + 0.5}], 400, "道路"),
    ([{"step": "cloze"}], 404, "close"),
    ([{"step": "close"}], 400, "facility_id"),
    ([{"step": "close", "facility_id": "F1", "x": 1}], 404, "facility_id"),
    ([{"step": "set_policy", "name": "circle_limits_min", "value": list(range(1, 30))}], 400, "20"),
    ([{"step": "grow", "year": 2030, "from_year": 2035, "factor": 1}], 400, "2035"),
    ([{"step": "resize", "facility_id": "F1", "cells": {"beds": -1}}], 400, "beds"),
    ([CLOSE] * 201, 400, "200"),
    ("F1", 400, "b"),
])  # fmt: skip
def test_what_cannot_be_done_says_which_step(ask, steps, status, said):
    body = is_problem(ask(b=steps), status)
    assert said in body["detail"] + body["fix"]


def test_it_is_for_those_who_see_the_people(ask):
    for role in ("public", "viewer", "inspector"):
        is_problem(ask(role, b=[CLOSE]), 404, "unknown_id")
    assert ask("registrar", b=[CLOSE]).status_code == 200
