"""What a role sees of the main job's answers: no few people, no hidden layer, rough shapes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures.service import is_problem, service
from fixtures.walked_town import RELEASES, layers, write_town
from geoplan_api.reading import rough_shapes
from geoplan_api.seen import many, many_covered, no_small

ROLES = ("public", "viewer", "planner", "inspector", "registrar", "admin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("town") / "ws", releases=RELEASES)


@pytest.fixture(scope="module")
def clients(folder):
    made = {role: service(folder, role) for role in ROLES}
    for client in made.values():
        client.__enter__()
        client.app.state.city.computed = made["public"].app.state.city.computed  # computed once
    yield made
    for client in made.values():
        client.__exit__(None, None, None)


def checks(**cells):
    row = {"denominator": "resident", "unit": "share", "value": 0.5, "numerator": 50.0,
           "denominator_value": 100.0, "gap": 1.0, "needed": 50.0, "value_min": 0.5,
           "value_max": 0.5, "remark_zh": "r", "remark_en": "r", "inputs": "i",
           "status": "met"} | cells  # fmt: skip
    return pd.DataFrame([row])


@pytest.mark.parametrize(("cells", "hidden"), [
    ({}, False),
    ({"denominator_value": 9.0, "numerator": 9.0}, True),
    ({"denominator_value": 10.0, "numerator": 10.0}, False),  # nobody is outside
    ({"numerator": 0.0}, False),  # nobody is inside
    ({"numerator": 3.0}, True),
    ({"numerator": 97.0}, True),  # three are outside
    ({"unit": "m2/person", "numerator": 3.0}, False),  # three square metres
    ({"unit": "m2/person", "denominator_value": 3.0}, True),
    ({"denominator": "markers", "denominator_value": 3.0, "numerator": 2.0}, False),
    ({"denominator": "elders_60/adult_walk", "numerator": 3.0}, True),
    ({"denominator_value": np.nan, "numerator": np.nan}, False),
])  # fmt: skip
def test_numbers_that_tell_of_few_people_are_empty_and_the_verdict_stays(cells, hidden):
    given = checks(**cells)
    found = many(given).iloc[0]
    assert bool(pd.isna(found["value"])) is hidden
    assert bool(pd.isna(found["gap"])) is hidden
    assert (found["remark_zh"] == "") is hidden
    assert found["status"] == "met"
    assert given["value"].notna().all()  # what was given is as it was


def test_who_are_not_covered_are_not_told_by_those_who_are():
    rows = pd.DataFrame({"persons": [100.0, 100.0, 5.0, 100.0], "covered": [95.0, 50.0, 5.0, 100.0],
                         "uncovered": [5.0, 50.0, 0.0, 0.0], "cov_share": [0.95, 0.5, 1.0, 1.0]})  # fmt: skip
    found = many_covered(rows)
    assert found["cov_share"].isna().tolist() == [True, False, True, False]
    assert found["persons"].isna().tolist() == [False, False, True, False]


def test_counts_below_ten_are_empty():
    found = no_small(pd.DataFrame({"population": [0, 9, 10, None], "beds": [1, 2, 3, 4]}))
    assert found["population"].isna().tolist() == [False, True, False, True]
    assert found["beds"].tolist() == [1, 2, 3, 4]


def test_the_people_of_one_door_are_told_to_those_who_see_them(clients):
    """In 乙二南村 live eight: their number is nowhere but before those who plan."""
    for role, shown in (("planner", True), ("viewer", False), ("public", False)):
        rows = clients[role].get("/service-circles/coverage",
                                 params={"unit": "421321002201"}).json()["rows"]  # fmt: skip
        persons = {r["persons"] for r in rows if r["group"] == "persons"}
        assert persons == ({8} if shown else {None})
        text = clients[role].get("/service-circles/unserved").text
        assert (
            '"persons": 8' in text or '"persons":8' in text
        ) is False  # below thirty: no cluster


def test_idle_buildings_are_shown_to_those_who_plan(clients):
    for role in ROLES:
        answer = clients[role].get("/standards/gaps").text
        assert ("闲置校舍" in answer) is (role in {"planner", "registrar", "admin"}), role


def test_estates_are_reviewed_where_they_are_seen(clients):
    for role in ROLES:
        answer = clients[role].get("/standards/review", params={"estate": "长街小区"})
        if role == "public":
            assert is_problem(answer, 404)["context"]["kind"] == "layer"
        else:
            assert answer.json()["estate"] == "长街小区"


@pytest.mark.parametrize("path", ["/standards/checks", "/standards/gaps", "/standards/functional",
                                  "/indicators/scoreboard", "/indicators/series",
                                  "/indicators/coverage-matrix", "/service-circles/coverage",
                                  "/service-circles/walking-minutes", "/service-circles/unserved",
                                  "/indicators/report?kind=html"])  # fmt: skip
def test_an_answer_of_any_kind_is_for_everybody_only_if_released(path, tmp_path, clients):
    assert clients["public"].get(path).status_code == 200
    with service(write_town(tmp_path / "ws"), "public") as closed:
        assert is_problem(closed.get(path), 404, "unknown_id")["context"]["kind"] == "result"


def test_boundaries_are_left_out_of_checks_unless_released(tmp_path):
    without = tuple(r for r in RELEASES if r != "boundaries")
    folder = write_town(tmp_path / "ws", releases=without)
    with service(folder, "public") as client:
        rules = {r["rule_id"] for r in client.get("/standards/checks").json()["rows"]}
        assert rules
        assert not [r for r in rules if r.startswith("BND")]
        told = client.get("/standards/explain", params={"rule": "BND-04", "unit": "随城"})
        assert told.status_code == 404 or told.json()["explanations"] == []


def test_a_paper_for_everybody_names_nothing_hidden(tmp_path):
    """The facility, the file and the estate that are internal are in no page of the report."""
    hidden = layers()["facilities"].assign(secrecy="internal")
    folder = write_town(tmp_path / "ws", releases=RELEASES, facilities=hidden)
    with service(folder, "public") as everybody, service(folder, "admin") as office:
        office.app.state.city.computed = everybody.app.state.city.computed  # computed once
        text = everybody.get("/indicators/report", params={"kind": "html"}).text
        whole = office.get("/indicators/report", params={"kind": "html"}).text
    assert "population.gpkg" in whole
    for word in ("闲置校舍", "长街小区", "population.gpkg", "boundary_markers.gpkg"):
        assert word not in text


def test_everybody_is_drawn_rough_shapes(clients):
    report = clients["public"].app.state.city.kept["report-public"][1]
    for frame in (report.units, report.areas):
        xy = shapely.get_coordinates(frame.geometry.dropna().to_numpy()) / 0.001
        assert np.abs(xy - np.rint(xy)).max() < 1e-6


def test_a_hole_smaller_than_the_grid_is_no_hole():
    place = shapely.box(113.0, 31.0, 113.1, 31.1)
    holed = place - shapely.Point(113.05, 31.05).buffer(0.0001)
    (drawn,) = rough_shapes(np.array([holed], dtype=object))
    assert drawn.equals(place)


def test_widths_of_gaps_are_told_to_everybody_in_bands(tmp_path):
    from fixtures.two_counties import units

    torn = units().assign(secrecy="public")
    shape = torn.geometry.copy()
    shape.iloc[3] = shape.iloc[3].buffer(30, join_style="mitre")
    folder = write_town(tmp_path / "ws", releases=RELEASES, admin_units=torn.set_geometry(shape))
    with service(folder, "public") as everybody, service(folder, "inspector") as office:
        (row,) = everybody.get("/boundaries/defects").json()["rows"]
        (exact,) = office.get("/boundaries/defects").json()["rows"]
    assert (row["max_width_m"], row["area_m2"]) == ("0–50", 60_000)
    assert exact["max_width_m"] == pytest.approx(30, rel=0.01)
    assert "30.0" not in json.dumps(row)
