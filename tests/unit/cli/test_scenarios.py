"""``geoplan scenario``: every verb on the one-street town; what is refused leaves the file alone."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from fixtures.walked_town import degrees, write_town
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import GeoplanError, InputError, UnknownIdError, UnreadableFileError

RUN = CliRunner()
AT = "{},{}".format(*degrees(0.9))


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("town") / "ws")


@pytest.fixture
def ws(town):
    """The town with no scenario."""
    for file in (town / "scenarios").glob("*.json"):
        file.unlink()
    return town


def asked(verb: str, *more: object) -> str:
    told = RUN.invoke(app, ["scenario", verb, *map(str, more)], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.output


def as_json(verb: str, *more: object) -> dict:
    return json.loads(asked(verb, *more, "--json"))


def refused(error: type[GeoplanError], match: str, verb: str, *more: object) -> None:
    with pytest.raises(error, match=match):
        RUN.invoke(app, ["scenario", verb, *map(str, more)], catch_exceptions=False)


def text(ws, name: str) -> str:
    return (ws / "scenarios" / f"{name}.json").read_text("utf-8")


def test_from_a_new_scenario_to_a_comparison(ws, tmp_path):
    asked("new", ws, "东片", "--note", "增一处")
    said = asked("add", ws, "东片", "N1", "elder_floor_m2=500", "beds=20", "name=新站", "--at", AT,
                 "--kind", "daycare")  # fmt: skip
    assert "新覆盖 12，不再覆盖 0" in said
    assert "12 gain, 0 lose" in said
    asked("new", ws, "西片", "--from", "东片")
    assert as_json("close", ws, "西片", "F1")["effect"]["lose"] == 20
    asked("resize", ws, "西片", "N1", "beds=40")
    moved = as_json("move", ws, "西片", "N1", "--at", "{},{}".format(*degrees(2.3)))
    assert (moved["steps"], moved["effect"]["gain"], moved["effect"]["lose"]) == (4, 20, 42)
    out, chart = tmp_path / "ab.csv", tmp_path / "ab.html"
    said = asked("compare", ws, "东片", "西片", "-o", out, "--map", chart, "--no-standards")
    assert "A = 东片；B = 西片" in said
    assert "新覆盖 0，不再覆盖 42" in said
    table = pd.read_csv(out, dtype={"unit_code": str})
    city = table[(table["item"] == "elders_60") & (table["limit_min"] == 15)]
    county = city[city["level"] == "county"].set_index("unit_name")
    assert county.loc["甲区", ["persons_a", "persons_b", "lose"]].tolist() == [42, 0, 42]
    page = chart.read_text("utf-8")
    for word in ("设施：迁移 moved", "设施：关闭 gone", "不再覆盖 lose"):
        assert word in page or json.dumps(word)[1:-1] in page, word
    steps = as_json("show", ws, "西片")["steps"]
    assert [s["step"] for s in steps] == ["add", "close", "resize", "move"]
    assert steps[0]["cells"] == {"elder_floor_m2": 500, "beds": 20, "name": "新站",
                                 "facility_kind": "daycare"}  # fmt: skip


def test_undo_and_redo_give_back_the_same_results(ws):
    asked("new", ws, "a")
    asked("add", ws, "a", "N1", "--at", AT, "--kind", "daycare")
    before = as_json("compare", ws, "a", "--no-standards"), as_json("show", ws, "a")["effect"]
    asked("policy", ws, "a", "service_circle_min", "10")
    asked("grow", ws, "a", "2035", "--factor", "1.2")
    there = text(ws, "a")
    for _ in range(2):
        asked("undo", ws, "a")
    assert (as_json("compare", ws, "a", "--no-standards"),
            as_json("show", ws, "a")["effect"]) == before  # fmt: skip
    asked("redo", ws, "a")
    asked("redo", ws, "a")
    assert text(ws, "a") == there
    refused(InputError, "nothing to redo", "redo", ws, "a")
    asked("new", ws, "b")
    refused(InputError, "nothing to undo", "undo", ws, "b")


def test_growth_goes_on_from_the_year_of_the_data(ws):
    asked("new", ws, "g")
    half = as_json("grow", ws, "g", "2030", "--rate", "421303=0.02", "--rate", "421321=-0.01")
    asked("grow", ws, "g", "2035", "--rate", "421303=0.02", "--rate", "421321=-0.01")
    steps = as_json("show", ws, "g")["steps"]
    assert [(s["from_year"], s["year"]) for s in steps] == [(2020, 2030), (2030, 2035)]
    total = as_json("show", ws, "g")["effect"]["total_b"]
    assert total == pytest.approx(42 * 1.02**15 + 25 * 0.99**15)
    assert half["effect"]["total_b"] == pytest.approx(42 * 1.02**10 + 25 * 0.99**10)
    asked("undo", ws, "g")
    only = as_json("grow", ws, "g", "2035", "--factor", "2", "--group", "elders_60", "--from-year",
                   "2030")  # fmt: skip
    assert only["effect"]["total_b"] == pytest.approx(2 * only["effect"]["total_a"])


@pytest.mark.parametrize(("error", "match", "verb", "more"), [
    (UnknownIdError, r"a, step 1 \(close\): No facility 'F9'", "close", ["F9"]),
    (InputError, "any street", "add", ["N2", "--at", "113,30", "--kind", "daycare"]),
    (InputError, "lat=113", "add", ["N2", "--at", "31.7,113", "--kind", "daycare"]),
    (InputError, "is no place", "add", ["N2", "--at", "113.2", "--kind", "daycare"]),
    (InputError, "is no place", "move", ["F1", "--at", AT, "--crs", "WGS85"]),
    (UnknownIdError, "Did you mean beds", "add", ["N2", "bed=3", "--at", AT, "--kind", "daycare"]),
    (UnknownIdError, "facility_id", "add", ["N2", "facility_id=x", "--at", AT, "--kind", "daycare"]),
    (InputError, "beds='many'", "resize", ["F1", "beds=many"]),
    (InputError, "FIELD=VALUE", "resize", ["F1", "beds"]),
    (UnknownIdError, "service_circle_min", "policy", ["service_circle", "10"]),
    (InputError, "factor or rates", "grow", ["2035"]),
    (UnknownIdError, "No unit '4213'", "grow", ["2035", "--rate", "4213=0.01"]),
])  # fmt: skip
def test_what_is_refused_is_refused_now_and_nothing_is_saved(ws, error, match, verb, more):
    asked("new", ws, "a")
    before = text(ws, "a")
    refused(error, match, verb, ws, "a", *more)
    assert text(ws, "a") == before


def test_names_that_are_there_or_not(ws):
    refused(UnknownIdError, "none was saved yet", "show", ws, "东片")
    refused(InputError, "no name", "new", ws, "东/片")
    asked("new", ws, "东片")
    refused(InputError, "already", "new", ws, "东片")
    refused(UnknownIdError, "Did you mean 东片", "close", ws, "东边片", "F1")
    refused(UnknownIdError, "Did you mean 东片", "new", ws, "西片", "--from", "东边片")


def test_a_shared_file_is_checked_before_it_is_taken(ws, tmp_path):
    asked("new", ws, "a")
    asked("close", ws, "a", "F1")
    shared = tmp_path / "from a colleague.json"
    shared.write_text(text(ws, "a"), encoding="utf-8")
    refused(InputError, "already", "import", ws, shared)
    assert as_json("import", ws, shared, "--name", "同事")["effect"]["lose"] == 50
    assert json.loads(text(ws, "同事"))["name"] == "同事"
    shared.write_text(text(ws, "a").replace('"F1"', '"F9"'), encoding="utf-8")
    refused(UnknownIdError, r"x, step 1 \(close\)", "import", ws, shared, "--name", "x")
    shared.write_text("[]", encoding="utf-8")
    refused(UnreadableFileError, "no scenario", "import", ws, shared, "--name", "x")
    assert not (ws / "scenarios" / "x.json").exists()
    assert as_json("compare", ws, ws / "scenarios" / "a.json", "同事", "--no-standards")["effect"][
        "lose"
    ] == 0  # fmt: skip


def test_a_scenario_that_no_longer_fits_is_told_and_can_be_undone(ws):
    asked("new", ws, "a")
    asked("close", ws, "a", "F1")
    file = ws / "scenarios" / "a.json"
    file.write_text(text(ws, "a").replace('"F1"', '"F9"'), encoding="utf-8")
    (ws / "scenarios" / "坏.json").write_text("{", encoding="utf-8")
    listed = {r["name"]: r for r in json.loads(asked("list", ws, "--json"))}
    assert listed["a"]["steps"] == 1
    assert "JSON" in listed["坏"]["problem"]
    assert "坏" in asked("list", ws)
    shown = as_json("show", ws, "a")
    assert (shown["problem"]["code"], "effect" in shown) == ("unknown_id", False)
    assert "close" in asked("show", ws, "a")
    refused(UnknownIdError, "step 1", "close", ws, "a", "F3")
    assert "problem" not in as_json("undo", ws, "a")
    assert as_json("show", ws, "a")["steps"] == []


def test_standards_are_judged_unless_told_not_to(ws):
    asked("new", ws, "a")
    asked("resize", ws, "a", "F1", "elder_floor_m2=900")
    rows = as_json("compare", ws, "a", "--rule", "ELD-03")["rows"]
    assert {"coverage", "standard"} == {r["kind"] for r in rows}
    assert "checks that differ" in asked("compare", ws, "a", "--rule", "ELD-03",
                                         "--minutes", "5")  # fmt: skip
