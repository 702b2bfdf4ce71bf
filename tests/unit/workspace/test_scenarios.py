"""Scenarios of a workspace on the one-street town: who gains by hand, names, files, bad steps."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fixtures.walked_town import degrees, layers, write_town
from pandas.testing import assert_frame_equal

from geoplan import open_workspace
from geoplan.errors import (
    EmptyLayerError,
    GeoplanError,
    InputError,
    MissingColumnsError,
    MissingFileError,
    UnknownIdError,
    UnreadableFileError,
)
from geoplan.io import write_scenario
from geoplan.scenario import Scenario
from geoplan.workspace import circle_facilities, compare_scenarios, live, read_scenario
from geoplan.workspace.scenarios import TODAY, effect, state_of

EAST = Scenario("东片").add("N1", shapely.Point(degrees(0.9)), facility_kind="daycare")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return open_workspace(write_town(tmp_path_factory.mktemp("town") / "ws"))


@pytest.fixture(scope="module")
def base(city):
    return live(city)


def test_who_gains_and_who_loses_by_hand(base):
    """15 min are 900 m: F1 at 1.5 km serves 30 + 20 elders, N1 at 0.9 km p0's 12 and p1's 30."""
    told = effect(TODAY, EAST.close("F1"), base)
    assert (told.total_a, told.covered_a, told.total_b, told.covered_b) == (67, 50, 67, 42)
    assert (told.gain, told.lose, told.limit_min) == (12, 20, 15)
    assert told.summary("zh") == (
        "15 分钟内60岁以上人口：74.6%（50，共 67） → 62.7%（42，共 67）；新覆盖 12，不再覆盖 20。"
    )
    assert told.summary("en") == (
        "Within 15 min, elders_60: 74.6% (50 of 67) -> 62.7% (42 of 67); 12 gain, 20 lose."
    )
    back = effect(EAST.close("F1"), TODAY, base, group="persons")
    assert (back.gain, back.lose) == (50, 40)


def test_the_limit_is_that_of_b_and_the_former_one_is_told(base):
    short = Scenario("short").set_policy("service_circle_min", 9)  # 540 m: p1 at 500 m, not p2
    told = effect(TODAY, short, base)
    assert (told.limit_min, told.covered_a, told.covered_b) == (9, 30, 30)
    assert (told.own_limit_min_a, told.own_covered_a) == (15, 50)
    assert "原时限 15 分钟时为 74.6%" in told.summary("zh")
    assert "former limit of 15 min it was 74.6%" in told.summary("en")
    both = effect(TODAY, short, base, limit_min=15)
    assert both.covered_a == both.covered_b == both.own_covered_a == 50
    assert "原时限" not in both.summary("zh")


def test_growth_counts_the_people_of_each(base):
    later = EAST.grow(2035, from_year=2020, rates={"421303": 0.02})
    told = effect(TODAY, later, base)
    times = 1.02**15
    assert told.total_b == pytest.approx(42 * times + 25)
    assert told.gain == pytest.approx(12 * times)
    assert told.covered_b == pytest.approx(42 * times + 20)
    assert told.lose == 0


def test_people_nobody_counted_are_no_zero(tmp_path):
    people = layers()["population"].assign(elders_60=pd.array([None] * 4, dtype="Int64"))
    city = open_workspace(write_town(tmp_path / "ws", population=people))
    told = effect(TODAY, EAST, live(city))
    assert math.isnan(told.total_a)
    assert "无数据 → 无数据" in told.summary("zh")
    assert "no data" in told.summary("en")
    with pytest.raises(MissingColumnsError, match="adults"):
        effect(TODAY, EAST, live(city), group="adults")


def test_one_table_and_one_map(city, base):
    found = compare_scenarios(city, TODAY, EAST, base=base, rules=[])
    assert (found.a, found.b) == ("现状 today", "东片")
    assert found.facilities.set_index("facility_id")["turn"].to_dict() == {
        "F1": "same", "F3": "same", "N1": "new"}  # fmt: skip
    assert found.doors["turn"].tolist() == ["gain", "both", "both", "neither"]
    few = found.changed()
    assert set(few["level"]) >= {"county"}
    rest = found.table[~found.table.set_index(["item", "unit_code", "limit_min"]).index.isin(
        few.set_index(["item", "unit_code", "limit_min"]).index)]  # fmt: skip
    assert len(rest)
    assert (rest[["gain", "lose", "change"]].fillna(0) == 0).all(axis=None)
    judged = compare_scenarios(city, TODAY, EAST.resize("N1", elder_floor_m2=900),
                               rules=["ELD-03"])  # fmt: skip
    assert set(judged.table["kind"]) == {"coverage", "standard"}
    assert not judged.synthetic


def test_undone_it_is_the_same_to_the_last_bit(city, base):
    twice = EAST.close("F1").undo()
    first = compare_scenarios(city, TODAY, EAST, rules=[])
    effect(TODAY, EAST.close("F1").move("N1", shapely.Point(degrees(3.0))), base)
    again = compare_scenarios(city, TODAY, twice, base=base, rules=[])
    assert_frame_equal(first.table, again.table)
    assert_frame_equal(pd.DataFrame(first.doors), pd.DataFrame(again.doors))
    assert first.effect == again.effect


def test_it_starts_from_the_facilities_of_the_main_job(city, base):
    assert_frame_equal(
        pd.DataFrame(base.state(TODAY).circle).drop(columns="geometry"),
        pd.DataFrame(circle_facilities(city)).drop(columns="geometry"),
    )


def test_saved_and_read_by_name(tmp_path):
    city = open_workspace(write_town(tmp_path / "ws"))
    with pytest.raises(UnknownIdError, match="geoplan scenario new"):
        read_scenario(city, "东片")
    path = write_scenario(EAST, city.folder)
    assert read_scenario(city, "东片") == EAST
    assert read_scenario(city, str(path)) == EAST
    with pytest.raises(UnknownIdError, match="Did you mean 东片"):
        read_scenario(city, "东")
    with pytest.raises(MissingFileError):
        read_scenario(city, str(tmp_path / "none.json"))
    path.rename(path.with_name("新名.json"))
    assert read_scenario(city, "新名").name == "新名"
    write_scenario(Scenario("v1.json"), city.folder)
    assert read_scenario(city, "v1.json").name == "v1.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        read_scenario(city, "东片")


@pytest.mark.parametrize(("plan", "error", "number"), [
    (EAST.close("F9").close("F1"), UnknownIdError, 2),
    (EAST.close("F1").close("F1").grow(2030, from_year=2020, factor=1.0), InputError, 3),
    (EAST.move("F1", shapely.Point(degrees(0.9, 3.0))).close("N1"), InputError, 2),
    (Scenario("东片").set_policy("ELD-77", 1), UnknownIdError, 1),
])  # fmt: skip
def test_the_step_that_cannot_be_done_is_named(base, plan, error, number):
    with pytest.raises(error, match=f"东片, step {number} ") as found:
        state_of(plan, base)
    assert isinstance(found.value, GeoplanError)
    assert found.value.context["step"] == number
    assert f"第 {number} 步" in found.value.message_zh


def test_a_workspace_where_nobody_lives(tmp_path):
    nobody = gpd.GeoDataFrame(layers()["population"].iloc[:0])
    city = open_workspace(write_town(tmp_path / "ws", population=nobody))
    with pytest.raises(EmptyLayerError, match="population"):
        live(city)
