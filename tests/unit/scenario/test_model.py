"""Scenarios as data: undo and redo, JSON there and back, what cannot be."""

from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, UnknownIdError
from geoplan.io.scenario_files import list_scenarios, read_scenario, write_scenario
from geoplan.scenario import Scenario
from tests.fixtures import toytown

HERE = shapely.Point(113.4, 31.7)


def rich() -> Scenario:
    return (
        Scenario("东片区 方案一", note="for the meeting")
        .add("N1", HERE, facility_kind="daycare", name="新站", floor_m2=300.0, beds=10)
        .move("F1", shapely.box(113.3, 31.6, 113.5, 31.8))
        .close("F2")
        .resize("F1", floor_m2=120.5, beds=7)
        .set_policy("service_circle_min", 10)
        .set_policy("circle_limits_min", [5, 10])
        .grow(2030, from_year=2025, factor=1.05, groups=["elders_60"])
        .grow(2035, from_year=2030, rates={"421303": 0.01, "421381": -0.02})
    )


def test_json_there_and_back():
    plan = rich().undo().undo()
    text = plan.to_json()
    again = Scenario.from_json(text)
    assert again == plan
    assert again.to_json() == text
    assert again.redo().redo() == rich()
    assert json.loads(text)["geoplan_scenario"] == 1
    assert "新站" in text  # readable by people


@given(st.lists(st.sampled_from(["close", "undo", "redo"]), max_size=20))
def test_undo_and_redo_are_a_stack(moves):
    plan, done, undone = Scenario("x"), [], []
    for at, move in enumerate(moves):
        if move == "close":
            plan = plan.close(f"F{at}")
            done, undone = [*done, f"F{at}"], []
        elif move == "undo" and done:
            plan = plan.undo()
            undone.append(done.pop())
        elif move == "redo" and undone:
            plan = plan.redo()
            done.append(undone.pop())
        elif move != "close":
            with pytest.raises(InputError, match=f"nothing to {move}"):
                getattr(plan, move)()
        assert [s.facility_id for s in plan.steps] == done
        assert [s.facility_id for s in plan.undone] == undone
    assert Scenario.from_json(plan.to_json()) == plan


def test_scenarios_do_not_change():
    plan = Scenario("x").close("F1")
    cells = {"facility_kind": "daycare"}
    more = plan.add("N", HERE, **cells)
    cells["facility_kind"] = "wrong"
    assert more.steps[1].cells["facility_kind"] == "daycare"
    assert len(plan.steps) == 1
    with pytest.raises(AttributeError):
        plan.name = "y"
    with pytest.raises(TypeError):
        more.steps[1].cells["beds"] = 3
    assert plan.renamed("y").steps == plan.steps


def test_places_in_another_crs():
    step = Scenario("x").move("F1", toytown.at(0, 0), crs=4547).steps[0]
    assert step.lon == pytest.approx(114.0, abs=1e-6)
    with pytest.raises(InputError, match="no degree"):
        Scenario("x").move("F1", toytown.at(0, 0))
    for place in (shapely.Point(), shapely.LineString([(0, 0), (1, 1)]), None, "here"):
        with pytest.raises(InputError, match="no place"):
            Scenario("x").move("F1", place)


@pytest.mark.parametrize(
    "name", ["", " a", "a/b", "..", ".hidden", "a\\b", "a" * 81, "x\n", None, "c:d"]
)
def test_names_that_no_file_can_have(name):
    with pytest.raises(InputError, match="no name"):
        Scenario(name)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda s: s.close(""), "no id"),
        (lambda s: s.add("N", HERE), "needs facility_kind"),
        (lambda s: s.add("N", HERE, facility_kind="daycare", bedz=1), "Did you mean beds"),
        (lambda s: s.add("N", HERE, facility_kind="daycare", beds=float("nan")), "no value"),
        (lambda s: s.resize("F1"), "nothing to resize"),
        (lambda s: s.resize("F1", floor_m2=-1.0), "not a number from 0"),
        (lambda s: s.resize("F1", name=3), "No column"),
        (lambda s: s.set_policy("x", float("inf")), "no value of a policy"),
        (lambda s: s.set_policy("x", None), "no value of a policy"),
        (lambda s: s.grow(2030, from_year=2025), "factor or rates"),
        (lambda s: s.grow(2030, from_year=2025, factor=1.0, rates={"a": 0.1}), "factor or rates"),
        (lambda s: s.grow(2030, from_year=2025, factor=-0.1), "not a number from 0"),
        (lambda s: s.grow(2030, from_year=2025, rates={"a": -1.5}), "not a number from -1"),
        (lambda s: s.grow(2030, from_year=2025, factor=float("nan")), "not a number"),
        (lambda s: s.grow(2020, from_year=2025, factor=1.1), "before"),
        (lambda s: s.grow(2030.5, from_year=2025, factor=1.1), "no year"),
        (lambda s: s.grow(2030, from_year=2025, factor=1.1, groups=["elders_6"]), "elders_6"),
    ],
)
def test_steps_that_cannot_be(make, match):
    with pytest.raises((InputError, UnknownIdError), match=match) as found:
        make(Scenario("x"))
    assert found.value.message_zh
    assert found.value.fix_zh


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{", "no JSON"), ("[" * 100_000, "no JSON"), ("3", "version 1"), ("{}", "version 1"),
        ('{"geoplan_scenario": 2, "name": "x"}', "found 2"),
        ('{"geoplan_scenario": 1, "name": "x", "stepz": []}', "stepz"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": {}}', "lists"),
        ('{"geoplan_scenario": 1, "name": 3}', "no name"),
        ('{"geoplan_scenario": 1}', "no name"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [3]}', "step 1 is not an object"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "closed"}]}', "Did you mean close"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "close"}]}', "step 1"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "close", "facility_id": "a", "z": 1}]}', "field of step 1"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "move", "facility_id": "a", "lon": NaN, "lat": 1}]}', "NaN"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "move", "facility_id": "a", "lon": "1", "lat": 1}]}', "no degree"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "grow", "year": 2030, "from_year": 2025, "rates": [1]}]}', "rates"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "resize", "facility_id": "a", "cells": 5}]}', "cells"),
        ('{"geoplan_scenario": 1, "name": "x", "steps": [{"step": ["close"]}]}', "close"),
    ],
)  # fmt: skip
def test_files_that_are_none(text, match):
    with pytest.raises((InputError, UnknownIdError), match=match):
        Scenario.from_json(text)


def test_saved_in_a_workspace_and_read_again(tmp_path):
    assert list_scenarios(tmp_path) == []
    path = write_scenario(rich(), tmp_path)
    assert path == tmp_path / "scenarios" / "东片区 方案一.json"
    write_scenario(rich().undo(), tmp_path)
    write_scenario(Scenario("b.1"), tmp_path)
    assert list_scenarios(tmp_path) == ["b.1", "东片区 方案一"]
    assert read_scenario("东片区 方案一", tmp_path) == rich().undo()
    assert read_scenario("b.1", tmp_path) == Scenario("b.1")
    assert read_scenario(path) == rich().undo()
    assert sorted(p.name for p in path.parent.iterdir()) == ["b.1.json", "东片区 方案一.json"]


def test_files_that_cannot_be_read(tmp_path):
    from geoplan.errors import MissingFileError, UnreadableFileError

    with pytest.raises(MissingFileError):
        read_scenario("none", tmp_path)
    with pytest.raises(InputError, match="no name"):
        read_scenario("../up", tmp_path)
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe{")
    (tmp_path / "old.json").write_text("{}", "utf-8")
    for name in ("bad", "old"):
        with pytest.raises(UnreadableFileError, match=f"{name}.json"):
            read_scenario(tmp_path / f"{name}.json")
    (tmp_path / "step.json").write_text(
        '{"geoplan_scenario": 1, "name": "x", "steps": [{"step": "cloze"}]}', "utf-8"
    )
    with pytest.raises(UnknownIdError, match="close"):
        read_scenario(tmp_path / "step.json")
