"""Two scenarios in one table, worked by hand; reach that follows equals reach found anew."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, UnknownIdError
from geoplan.io import read_policy
from geoplan.scenario import Live, Scenario, ab_map, compare
from geoplan.scenario.live import circle_facilities
from tests.fixtures import toytown
from tests.fixtures.nets import cities

WALK = nw.Profile("elder_walk", "walk", 1.0, 200.0)
BASE = Scenario("now")


def town():
    units = pd.DataFrame(
        {"unit_code": ["420000001", "420000001001", "420000001002"], "name": ["镇", "一村", "二村"],
         "level": ["township", "village", "village"],
         "parent_code": [None, "420000001", "420000001"], "code_system": "t"}
    )  # fmt: skip
    return {
        "facilities": toytown.facilities().assign(facility_kind="daycare"),
        "population": toytown.people(),
        "admin_units": units,
    }


@pytest.fixture(scope="module")
def live(policy):
    return Live(town(), policy, nw.from_roads(toytown.roads(), WALK))


def rows(table, **match):
    for column, value in match.items():
        table = table[table[column] == value]
    return table


def test_the_table_of_two_scenarios_by_hand(live):
    # minutes: A 1.67, B 1.17, C 0.33 (from F2), D 5; E nowhere
    plan = (
        Scenario("b").close("F2").add("N", toytown.at(100, 250), crs=4547, facility_kind="daycare")
    )
    table = compare(BASE, plan, live, minutes=[1.5, 5], rules=[])
    assert set(table["kind"]) == {"coverage"}
    two = rows(table, item="persons", unit_code="420000001002", level="village").set_index(
        "limit_min"
    )
    # C loses F2 and walks 410 m to N; D now has its 50 m alone: 0.83 min
    assert two.loc[1.5, ["persons_a", "persons_b", "gain", "lose"]].tolist() == [
        40.0,
        30.0,
        30.0,
        40.0,
    ]
    assert two.loc[1.5, ["a", "b", "change"]].tolist() == pytest.approx([0.5, 0.375, -0.125])
    assert two.loc[5.0, ["persons_a", "persons_b", "gain", "lose"]].tolist() == [
        70.0,
        30.0,
        0.0,
        40.0,
    ]
    whole = rows(table, item="elders_60", level="township", limit_min=1.5).iloc[0]
    assert (whole["unit_name"], whole["persons_a"], whole["persons_b"]) == ("镇", 18.0, 16.0)
    assert (whole["gain"], whole["lose"]) == (6.0, 8.0)
    back = compare(plan, BASE, live, minutes=[1.5, 5], rules=[])
    assert back["gain"].tolist() == table["lose"].tolist()
    assert back["change"].tolist() == pytest.approx((-table["change"]).tolist(), nan_ok=True)


def test_a_scenario_beside_itself_changes_nothing(live):
    table = compare(BASE, BASE.renamed("same"), live, rules=["ELD-01"])
    assert set(table["kind"]) == {"coverage"}
    assert (table["change"].dropna() == 0).all()
    assert (table[["gain", "lose"]] == 0).all(axis=None)


def test_standards_that_differ_are_in_the_table(live, policy):
    plan = Scenario("b").resize("F2", elder_floor_m2=50.0).set_policy("ELD-01", 0.2)
    table = compare(BASE, plan, live, rules=["ELD-01"])
    found = rows(table, kind="standard")
    assert len(found)
    assert found["cause"].str.contains("rule").any()
    assert {"ELD-01"} <= set(found["item"])
    assert (rows(table, kind="coverage")["change"].dropna() == 0).all()


def test_more_people_weigh_in_b(live):
    plan = Scenario("b").grow(2030, from_year=2025, factor=2).close("F2")
    table = rows(
        compare(BASE, plan, live, minutes=[1.0], rules=[]), item="persons", level="township"
    )
    assert table[["persons_a", "persons_b", "gain", "lose"]].iloc[0].tolist() == [
        40.0,
        0.0,
        0.0,
        40.0,
    ]
    new = (
        Scenario("c")
        .grow(2030, from_year=2025, factor=2)
        .add("N", toytown.at(100, 100), crs=4547, facility_kind="daycare")
    )
    table = rows(
        compare(BASE, new, live, minutes=[1.0], rules=[]), item="persons", level="township"
    )
    assert table[["persons_a", "persons_b", "gain", "lose"]].iloc[0].tolist() == [
        40.0,
        280.0,
        200.0,
        0.0,
    ]


def test_a_policy_that_walks_slower(live, policy):
    slow = Scenario("slow").set_policy("elder_walk_speed_m_s", 0.5)
    state = live.state(slow)
    net = nw.from_roads(toytown.roads(), nw.profile("elder_walk", state.policy))
    want = sc.travel_time(net, state.circle, live.demand)
    assert_frame_equal(state.near, want)
    again = live.state(BASE).near
    assert again["walk_min"].iloc[0] == pytest.approx(100 / 60)


def test_places_that_no_street_reaches(live):
    far = BASE.move("F1", toytown.at(5_000, 5_000), crs=4547)
    with pytest.raises(InputError, match=r"F1 .* farther than 200 m") as found:
        live.state(far)
    assert "距最近道路超过" in found.value.message_zh
    with pytest.raises(InputError, match="N at"):
        live.state(BASE.add("N", toytown.at(-900, 0), crs=4547, facility_kind="daycare"))
    with pytest.raises(UnknownIdError, match="layer with places"):
        Live({"facilities": toytown.facilities()}, live.policy, live.network)


def test_the_frames_of_the_map(live):
    plan = (
        Scenario("b").close("F2").move("F1", toytown.at(100, 250), crs=4547)
        .add("N", toytown.at(400, 0), crs=4547, facility_kind="daycare")
        .add("P", toytown.at(400, 0), crs=4547, facility_kind="daycare", status="planned")
    )  # fmt: skip
    doors, sites = ab_map(BASE, plan, live, limit_min=1.5)
    assert doors["turn"].tolist() == ["neither", "lose", "lose", "gain", "neither"]
    assert doors.geometry.notna().all()
    assert dict(zip(sites["facility_id"], sites["turn"], strict=True)) == {
        "F1": "moved",
        "N": "new",
        "F2": "gone",
    }
    assert isinstance(sites, gpd.GeoDataFrame)
    assert sites.crs == live.network.crs
    _, same = ab_map(BASE, BASE, live)
    assert set(same["turn"]) == {"same"}


def test_estates_are_left_through_their_gates(policy):
    gate = gpd.GeoSeries([toytown.at(50, 300)], crs=4547).to_crs(4490).iloc[0]
    estates = gpd.GeoDataFrame(
        {"area_id": ["e"], "estate_gates": [f"{gate.x},{gate.y}"]},
        geometry=[shapely.box(500_020, 3_500_220, 500_080, 3_500_300)], crs=4547,
    )  # fmt: skip
    layers = {**town(), "residential_areas": estates}
    net = nw.from_roads(toytown.roads(), WALK)
    live = Live(layers, policy, net)
    for plan in (BASE, BASE.close("F1"), BASE):
        state = live.state(plan)
        want = sc.travel_time(net, state.circle, live.demand, estates=estates)
        assert state.near["walk_min"].tolist() == pytest.approx(
            want["walk_min"].tolist(), nan_ok=True
        )
        assert state.near["access"].tolist() == want["access"].tolist()
        assert (
            state.near["facility_id"].fillna("").tolist() == want["facility_id"].fillna("").tolist()
        )
        assert state.near["reach"].tolist() == want["reach"].tolist()
    assert state.near["access"].tolist()[3] == "gate"


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(cities(), st.lists(st.tuples(st.sampled_from("acmgr"), st.integers(0, 11)), max_size=7))
def test_reach_that_follows_equals_reach_found_anew_and_undo_restores_it(city, moves):
    policy = read_policy("suizhou-2022")
    roads, points, _ = city
    net = nw.from_roads(roads, nw.Profile("p", "walk", 1.1, 300.0))
    spots = points[nw.snap(net, points, name="x").edge >= 0].reset_index(drop=True)
    if len(spots) < 2:
        return
    layers = {
        "facilities": spots.iloc[:4].assign(
            facility_id=list("abcd")[: len(spots)], facility_kind="daycare", status="operating"
        ),
        "population": points.assign(unit_code="u", persons=5.0),
        "admin_units": pd.DataFrame({"unit_code": ["u"], "level": ["village"], "parent_code": [None]}),
    }  # fmt: skip
    live = Live(layers, policy, net)
    before = live.state(BASE).near
    plan, ids, gone = BASE, list(layers["facilities"]["facility_id"]), set()
    for at, (move, k) in enumerate(moves):
        name, spot = ids[k % len(ids)], spots.geometry.iloc[k % len(spots)]
        if move == "a":
            plan, ids = (
                plan.add(f"n{at}", spot, crs=spots.crs, facility_kind="daycare"),
                [*ids, f"n{at}"],
            )
        elif move == "c" and name not in gone:
            plan, gone = plan.close(name), gone | {name}
        elif move == "m":
            plan = plan.move(name, spot, crs=spots.crs)
        elif move == "g":
            plan = plan.grow(2030, from_year=2025, factor=1.0 + k / 10)
        elif move == "r":
            plan = plan.resize(name, floor_m2=float(k))
        state = live.state(plan)
        circle = circle_facilities(state.layers, policy, net.crs)
        assert_frame_equal(state.near, sc.travel_time(net, circle, live.demand), check_exact=True)
    while plan.steps:
        plan = plan.undo()
        live.state(plan)
    after = live.state(plan)
    assert_frame_equal(after.near, before, check_exact=True)
    assert after.layers["population"] is layers["population"]
    assert np.array_equal(
        after.near["walk_min"].to_numpy(), before["walk_min"].to_numpy(), equal_nan=True
    )
