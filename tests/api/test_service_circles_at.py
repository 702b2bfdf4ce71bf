"""Coverage by a clicked place, and what if: worked by hand, the library's numbers, told by role."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from fixtures.service import is_problem, service
from fixtures.two_counties import CRS, X, Y
from fixtures.walked_town import DOORS, RELEASES, degrees, layers, write_town
from geoplan_api.deps import ROUGH_DEG
from pyproj import Transformer

from geoplan.service_circles import travel_time
from geoplan.workspace import circle_facilities, open_workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("town") / "ws", releases=RELEASES)


@pytest.fixture(scope="module")
def clients(folder):
    made = {role: service(folder, role) for role in ("public", "viewer", "planner")}
    for client in made.values():
        client.__enter__()
    yield made
    for client in made.values():
        client.__exit__(None, None, None)


def at(client, x_km, **params):
    lon, lat = degrees(x_km)
    return client.get("/service-circles/at", params={"lon": lon, "lat": lat, **params})


def what_if(client, x_km=None, **params):
    if x_km is not None:
        params |= dict(zip(("lon", "lat"), degrees(x_km), strict=True))
    return client.get("/service-circles/what-if", params=params)


def of(rows, group):
    return next(r for r in rows if r["group"] == group)


def test_who_is_inside_what_is_near_and_where_the_circle_ends(clients):
    """At x = 1.0: 900 m reach p0 (800 m) and p1; F1 is 500 m away, 8 1/3 minutes."""
    body = at(clients["planner"], 1.0).json()
    told = body["properties"]
    assert told["minutes"] == 15
    assert of(told["people"], "persons")["persons"] == 140
    assert of(told["people"], "elders_60")["persons"] == 42
    assert of(told["people"], "elders_80")["persons"] is None  # nobody counted them
    near = told["nearest"]
    assert (near["status"], near["facility_id"], near["walk_min"]) == ("covered", "F1", 8.3)
    assert (near["length_m"], near["straight_m"]) == (500, 500)
    assert "8.3 分钟" in near["sentence_zh"]
    assert told["facilities"] == [{"facility_id": "F1", "name": "甲二驿站",
                                   "facility_kind": "daycare", "walk_min": 8.3}]  # fmt: skip
    land = shapely.from_geojson(json.dumps(body["geometry"]))
    to = Transformer.from_crs(4490, CRS, always_xy=True)
    (west, east) = np.array(to.transform(*zip(*[land.bounds[:2], land.bounds[2:]],
                                              strict=True)))[0] - X  # fmt: skip
    assert (west, east) == (pytest.approx(100, abs=6), pytest.approx(1900, abs=6))


def test_a_place_beyond_the_circle_says_by_how_much(clients):
    near = at(clients["planner"], 3.5).json()["properties"]["nearest"]
    assert (near["status"], near["walk_min"]) == ("beyond_limit", 33.3)  # 2,000 m
    assert "多 18.3" in near["sentence_zh"]


def test_the_limit_is_closed(clients):
    """900 m is 15 minutes exactly: p2 at x = 2.3 is inside from x = 1.4."""
    assert of(at(clients["planner"], 1.4).json()["properties"]["people"], "persons")[
        "persons"] == 150  # fmt: skip
    assert of(at(clients["planner"], 1.39).json()["properties"]["people"], "persons")[
        "persons"] == 100  # fmt: skip


def test_other_limits_and_services(clients):
    client = clients["planner"]
    assert of(at(client, 1.0, minutes=5).json()["properties"]["people"], "persons")[
        "persons"] == 100  # fmt: skip
    meals = at(client, 1.0, service="meals").json()["properties"]["nearest"]
    assert (meals["status"], meals["facility_id"]) == ("no_facility", None)
    is_problem(at(client, 1.0, service="meal"), 404, "unknown_id")
    for bad in ({"minutes": 0}, {"minutes": 61}, {"minutes": "x"}, {"min": 5}):
        is_problem(at(client, 1.0, **bad), 400)


@pytest.mark.parametrize(
    ("lon", "lat"), [(31.6, 113.4), (113.4, 91), (0, 0), ("x", 31), (116, 31.67)]
)
def test_a_place_elsewhere_is_refused(clients, lon, lat):
    answer = clients["planner"].get("/service-circles/at", params={"lon": lon, "lat": lat})
    is_problem(answer, 400)


def test_a_facility_more_covers_whom_it_reaches_first(clients):
    """At x = 0.9 p0 (700 m) is new; at x = 3.0 p3 (500 m); at x = 1.5 nobody."""
    client = clients["planner"]
    body = what_if(client, 0.9).json()
    persons = of(body["groups"], "persons")
    assert persons == {"group": "persons", "persons": 198, "covered_before": 150,
                       "covered_after": 190, "newly_covered": 40, "no_longer": 0}  # fmt: skip
    assert of(body["groups"], "elders_60")["newly_covered"] == 12
    assert body["townships"] == [{"unit_code": "421303001", "unit_name": "甲一镇",
                                  "group": "elders_60", "newly_covered": 12, "no_longer": 0}]  # fmt: skip
    assert of(what_if(client, 3.0).json()["groups"], "persons")["newly_covered"] == 8
    same = what_if(client, 1.5).json()
    assert of(same["groups"], "persons")["newly_covered"] == 0
    assert same["townships"] == []


def test_a_facility_less_leaves_whom_it_served(clients):
    client = clients["planner"]
    persons = of(what_if(client, close="F1").json()["groups"], "persons")
    assert (persons["covered_after"], persons["no_longer"]) == (0, 150)
    moved = of(what_if(client, 0.9, close="F1").json()["groups"], "persons")
    assert (moved["newly_covered"], moved["no_longer"]) == (40, 50)  # p1 is within 100 m
    is_problem(what_if(client, close="F2"), 404, "unknown_id")  # only planned: not in the circle
    assert is_problem(what_if(client), 400)["context"]["field"] == "add"
    assert is_problem(client.get("/service-circles/what-if", params={"lon": 113.4}), 400)


def test_the_numbers_are_the_librarys(clients, folder):
    city = open_workspace(folder)
    net, people = city.network(), city.metric("population")
    near = travel_time(net, circle_facilities(city), people)
    covered = people.loc[(near["walk_min"] <= 15).to_numpy(dtype=bool), "persons"].sum()
    assert of(what_if(clients["planner"], 0.9).json()["groups"], "persons")[
        "covered_before"] == covered  # fmt: skip
    rows = clients["planner"].get("/service-circles/coverage",
                                  params={"level": "prefecture"}).json()["rows"]  # fmt: skip
    all_ = next(r for r in rows if r["group"] == "persons" and r["limit_min"] == 15)
    assert all_["covered"] == covered


def test_everybody_is_told_tens_of_a_rough_place(clients):
    client = clients["public"]
    body = at(client, 1.0).json()
    xy = shapely.get_coordinates(shapely.from_geojson(json.dumps(body["geometry"]))) / ROUGH_DEG
    assert np.abs(xy - np.rint(xy)).max() < 1e-6
    told = body["properties"]
    assert of(told["people"], "elders_60")["persons"] == 40  # 42
    assert "way" not in told["nearest"]
    assert "sentence_zh" not in told["nearest"]
    lon, lat = degrees(1.0)
    moved = client.get("/service-circles/at", params={"lon": round(lon, 3), "lat": round(lat, 3)})
    assert moved.json()["geometry"] == body["geometry"]  # the place itself is rounded
    assert of(what_if(client, 3.0).json()["groups"], "persons")["newly_covered"] is None  # 8


def test_everybody_asks_for_the_policys_limits_only(clients):
    for minutes in (5, 10, 15):
        assert at(clients["public"], 1.0, minutes=minutes).status_code == 200
    body = is_problem(at(clients["public"], 1.0, minutes=14.9), 400, "bad_input")
    assert "5, 10, 15" in body["fix"]
    assert at(clients["planner"], 1.0, minutes=14.9).status_code == 200


def test_who_does_not_see_the_people_is_told_no_few(clients):
    """Of p3's eight people, 8 are told to a planner and none to a viewer."""
    whom = {role: of(at(clients[role], 3.5).json()["properties"]["people"], "persons")["persons"]
            for role in clients}  # fmt: skip
    assert whom == {"planner": 8, "viewer": None, "public": None}
    rows = what_if(clients["viewer"], 3.0).json()
    told = of(rows["groups"], "persons")
    assert told["newly_covered"] is None
    assert told["covered_after"] - told["covered_before"] in {0, 10}  # tens: no difference tells
    assert rows["townships"][0]["newly_covered"] is None


def test_a_facility_that_is_not_shown_has_no_name(tmp_path):
    hidden = layers()["facilities"].assign(secrecy="internal")
    with service(write_town(tmp_path / "ws", releases=RELEASES, facilities=hidden),
                 "public") as client:  # fmt: skip
        told = at(client, 1.0).json()["properties"]
        assert told["nearest"]["walk_min"] == pytest.approx(8.3, abs=1.0)
        assert (told["nearest"]["facility_id"], told["nearest"]["name"]) == (None, None)
        assert told["facilities"] == []
        assert "F1" not in json.dumps(told)
        body = is_problem(what_if(client, close="F1"), 404, "unknown_id")
        assert "F1" not in body["fix"]


def test_streets_that_are_state_secrets_are_no_way(tmp_path):
    """With the only street secret there is no network, in an answer or a finding."""
    secret = layers()["roads"].assign(secrecy="state_secret")
    with service(write_town(tmp_path / "ws", releases=RELEASES, roads=secret),
                 "planner") as client:  # fmt: skip
        is_problem(at(client, 1.0), 400)
        is_problem(client.post("/processes/street-findings/execution", json={}), 400)


def test_unless_released_there_is_nothing_for_everybody(tmp_path):
    with service(write_town(tmp_path / "ws"), "public") as client:
        for answer in (at(client, 1.0), what_if(client, 1.0)):
            assert is_problem(answer, 404, "unknown_id")["context"]["kind"] == "result"


def test_the_doors_of_the_fixture_are_on_its_street():
    people = layers()["population"]
    assert [round((g.x - X) / 1000, 3) for g in people.geometry] == [x for x, *_ in DOORS]
    assert {round((g.y - Y) / 1000, 3) for g in people.geometry} == {0.5}
