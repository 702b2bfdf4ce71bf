"""One way explained, gates of estates, several services, bands of minutes, other speeds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, UnknownIdError
from tests.fixtures import toytown
from tests.fixtures.nets import cities

WALK = nw.Profile("w", "walk", 1.0, 200.0)
at = toytown.at


def _line(*places):
    return shapely.LineString(list(places))


def _frame(*shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4547)


@settings(max_examples=80, deadline=None)
@given(cities(), st.sampled_from(["to", "from"]))
def test_a_route_takes_what_travel_time_says(city, direction):
    roads, points, mode = city
    town = nw.from_roads(roads.assign(name="s"), nw.Profile("x", mode, 1.1, 400.0))
    sites = points.iloc[:3].assign(facility_id=list("abc"))
    near = sc.travel_time(town, sites, points, direction=direction)
    for i in range(len(points)):
        found = sc.route(town, sites, points.iloc[[i]], limit_min=8.0, direction=direction)
        minutes = near["walk_min"].iloc[i]
        if np.isnan(minutes):
            assert found.status in {"no_way", "door_unsnapped", "no_facility"}
            assert found.legs.empty
            continue
        assert found.status == ("covered" if minutes <= 8.0 + 1e-6 else "beyond_limit")
        assert found.minutes == pytest.approx(minutes, abs=1e-9)
        assert found.facility_id == near["facility_id"].iloc[i]
        assert found.legs["minutes"].sum() == pytest.approx(minutes, abs=1e-6)
        lines = found.legs.geometry.to_numpy()
        ends = [(line.coords[0], line.coords[-1]) for line in lines]
        for (_, a), (b, _) in pairwise(ends):
            assert a == pytest.approx(b, abs=1e-6)
        home = ends[0][0] if direction == "to" else ends[-1][1]
        assert home == pytest.approx(points.geometry.iloc[i].coords[0], abs=1e-6)


def test_a_route_names_its_streets_and_says_why():
    roads = _frame(
        _line(at(0, 0), at(600, 0)), _line(at(600, 0), at(600, 300)), name=["东街", "北街"]
    )
    town = nw.from_roads(roads, WALK)
    site = _frame(at(600, 300), facility_id=["福利院"])
    found = sc.route(town, site, _frame(at(0, 60)), limit_min=15.0)
    assert found.legs["kind"].tolist() == ["door", "street", "street", "facility"]
    assert found.legs["name"].tolist()[1:3] == ["东街", "北街"]
    assert found.minutes == pytest.approx(16.0, rel=1e-4)
    assert found.sentence() == (
        "到最近的 福利院 需 16.0 分钟，比 15 分钟多 1.0：路程 960 米，直线 646 米。"
    )
    assert "1.0 more than 15" in found.sentence("en")
    island = nw.from_roads(pd.concat([roads, _frame(_line(at(0, 900), at(90, 900)))]), WALK)
    cut_off = sc.route(island, site, _frame(at(10, 900)), limit_min=15.0)
    assert (cut_off.status, cut_off.facility_id) == ("no_way", None)
    assert sc.route(town, site, _frame(at(0, 9000)), limit_min=15.0).status == "door_unsnapped"
    with pytest.raises(InputError, match="2 doors"):
        sc.route(town, site, _frame(at(0, 0), at(1, 1)), limit_min=15.0)


def test_an_estate_is_left_by_its_best_gate():
    roads = _frame(
        _line(at(0, 0), at(600, 0)),
        _line(at(600, 0), at(600, 400)),
        _line(at(600, 400), at(0, 400)),
    )
    town = nw.from_roads(roads, WALK)
    wall = shapely.box(*at(100, 20).coords[0], *at(300, 380).coords[0])

    def gate(x, y):
        p = gpd.GeoSeries([at(x, y)], crs=4547).to_crs(4490).iloc[0]
        return f"{p.x:.9f},{p.y:.9f}"

    people = _frame(at(200, 370), at(500, 390), persons=[1, 1])
    site = _frame(at(0, 0), facility_id=["a"])
    walled = {}
    for gates in (gate(200, 20), f"{gate(200, 20)};{gate(200, 380)}", None, "broken"):
        estates = _frame(wall, estate_gates=[gates])
        walled[gates] = sc.travel_time(town, site, people, estates=estates)
    south, both, unknown, broken = walled.values()
    # through the south gate: 350 m in the estate, 20 m, 200 m along the street
    assert south["walk_min"].iloc[0] * 60 == pytest.approx(350 + 20 + 200, abs=0.01)
    assert both["walk_min"].iloc[0] == pytest.approx(south["walk_min"].iloc[0])
    assert unknown["walk_min"].iloc[0] * 60 > 1000  # by the street behind the wall
    assert south["access"].tolist() == ["gate", "street"]
    assert unknown["access"].tolist() == broken["access"].tolist() == ["assumed", "street"]
    assert unknown["walk_min"].tolist() == sc.travel_time(town, site, people)["walk_min"].tolist()


def test_all_services_are_had_when_the_farthest_is():
    town = nw.from_roads(toytown.roads(), WALK)
    people = toytown.people()
    near = {s: sc.travel_time(town, sc.offering(toytown.facilities(), s), people)
            for s in ("meals", "medical")}  # fmt: skip
    both = sc.combined(near)
    want = pd.concat([n["walk_min"] for n in near.values()], axis=1).max(axis=1, skipna=False)
    assert both["walk_min"].tolist() == pytest.approx(want.tolist(), nan_ok=True)
    none = sc.combined(
        {**near, "bathing": sc.travel_time(town, toytown.facilities().iloc[:0], people)}
    )
    assert none["walk_min"].isna().all()
    assert "reached" not in set(none["reach"])
    with pytest.raises(InputError, match="combined"):
        sc.combined({})


def test_bands_of_minutes_are_closed_and_add_up():
    near = pd.DataFrame({
        "walk_min": [5.0, 5.1, 15.0, 20.1, np.nan, np.nan],
        "reach": ["reached"] * 4 + ["beyond_limit", "unsnapped"],
    })  # fmt: skip
    people = pd.DataFrame({"persons": [1, 2, 3, 4, 5, 6], "unit_code": list("aaabbb")})
    found = sc.histogram(near, people)
    assert found.set_index("band")["persons"].to_dict() == {
        "0-5": 1, "5-10": 2, "10-15": 3, "15-20": 0, "20+": 4, "no_way": 5, "unsnapped": 6,
    }  # fmt: skip
    assert found["share"].sum() == pytest.approx(1.0)
    by_unit = sc.histogram(near, people, by="unit_code")
    assert by_unit.groupby("unit_code")["persons"].sum().tolist() == [6, 15]
    with pytest.raises(InputError, match="ascend"):
        sc.histogram(near, people, minutes=[5, 5])


def test_coverage_falls_with_slower_walking():
    town = nw.from_roads(toytown.roads(), WALK)
    table = sc.sensitivity(town, WALK, toytown.facilities(), toytown.people(), limit_min=4.0)
    for _, rows in table.groupby(["group", "snap_cap_m"]):
        assert rows["cov_share"].is_monotonic_increasing
    assert table["own"].sum() == table["group"].nunique()


def test_country_doors_are_reached_by_the_vehicle():
    roads = toytown.roads()
    walk, drive = (nw.from_roads(roads, p) for p in (WALK, nw.Profile("v", "drive", 1.2, 200.0)))
    people = toytown.people().assign(mode=["urban", "rural", "urban", "rural", "urban"])
    ways = {"urban": (walk, "to"), "rural": (drive, "from")}
    near = sc.travel_time_by_mode(ways, toytown.facilities(), people, mode="mode", limit_min=99.0)
    assert near.index.tolist() == people.index.tolist()
    on_foot = sc.travel_time(walk, toytown.facilities(), people)["walk_min"]
    assert near["walk_min"].iloc[0] == pytest.approx(on_foot.iloc[0])
    assert near["walk_min"].iloc[1] < on_foot.iloc[1]
    with pytest.raises(UnknownIdError, match="sea"):
        sc.travel_time_by_mode(
            ways, toytown.facilities(), people.assign(mode="sea"), mode="mode", limit_min=9
        )


def test_area_coverage_of_units():
    areas = gpd.GeoDataFrame(
        {"limit_min": [15.0]},
        geometry=[shapely.box(*at(0, 0).coords[0], *at(50, 100).coords[0])],
        crs=4547,
    )
    unit = shapely.box(*at(0, 0).coords[0], *at(100, 100).coords[0])
    units = gpd.GeoDataFrame({"unit_code": ["u"]}, geometry=[unit], crs=4547).to_crs(4490)
    table = sc.area_coverage(areas, units)
    assert table["cov_area_share"].tolist() == pytest.approx([0.5], abs=1e-6)
    assert table["land_m2"].tolist() == pytest.approx([10_000.0], rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(cities(), st.integers(1, 4), st.sampled_from(["to", "from"]))
def test_k_nearest_are_the_least_of_each_alone(city, k, direction):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 400.0))
    spots = nw.snap(town, points)
    sources = spots.part(slice(0, 5))
    found = nw.k_nearest(town, sources, spots, k=k, limit_min=9.0, direction=direction)
    each = np.column_stack([
        nw.nearest(town, sources.part(slice(i, i + 1)), spots, limit_min=9.0, direction=direction).minutes
        for i in range(5)
    ])  # fmt: skip
    assert found.minutes == pytest.approx(np.sort(each, axis=1)[:, :k])
    first = nw.nearest(town, sources, spots, limit_min=9.0, direction=direction)
    assert found.source[:, 0].tolist() == first.source.tolist()
    assert ((found.source >= 0) == np.isfinite(found.minutes)).all()
    with pytest.raises(InputError, match="k=0"):
        nw.k_nearest(town, sources, spots, k=0, limit_min=9.0)


def test_a_route_ends_at_its_facility_over_ways_without_length():
    roads = toytown.roads()
    town = nw.from_roads(roads, WALK)
    gates = _frame(at(200, 200), at(200, 0), at(300, 100), delay_min=[0.0] * 3)
    town = nw.with_barriers(town, gates)
    for x, y in ((200, 100), (100, 200), (200, 300), (300, 200), (100, 0)):
        site = _frame(at(x, y), facility_id=["A"])
        for door in ((200, 130), (130, 200), (200, 270), (270, 200), (300, 230)):
            here = _frame(at(*door))
            found = sc.route(town, site, here, limit_min=15.0)
            minutes = sc.travel_time(town, site, here)["walk_min"].iloc[0]
            assert found.legs["minutes"].sum() == pytest.approx(minutes, abs=1e-9)
            street = found.legs.geometry.iloc[-2]
            assert shapely.Point(street.coords[-1]).distance(at(x, y)) < 1e-6


@pytest.mark.parametrize("decimals", [2, 15])
def test_a_route_ends_at_its_facility_at_equal_times(decimals):
    """A grid of degrees, where sums that should be equal differ in the last digit."""
    step, n = 2.0**-10, 6
    lines = [[(i, k) for i in range(n)] for k in range(n)]
    lines += [[(k, i) for i in range(n)] for k in range(n)]
    shapes = [shapely.LineString([(114 + x * step, 31.5 + y * step) for x, y in p]) for p in lines]
    town = nw.from_roads(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4490"), WALK)
    town = replace(town, edge_min=np.round(town.edge_min, decimals))
    nodes, rng = gpd.GeoSeries(shapely.points(town.node_xy), crs=town.crs), np.random.default_rng(1)
    for _ in range(150):
        at_nodes = nodes.iloc[rng.integers(0, town.nodes, 8)].to_frame("geometry")
        sites = at_nodes.iloc[:4].assign(facility_id=list("abcd"))
        for i in range(4, 8):
            found = sc.route(town, sites, at_nodes.iloc[[i]], limit_min=15.0)
            assert found.legs["minutes"].sum() == pytest.approx(found.minutes, abs=1e-9)
            end = shapely.Point(found.legs.geometry.iloc[-2].coords[-1])
            assert end.distance(sites.set_index("facility_id").geometry[found.facility_id]) < 1e-6


@pytest.mark.parametrize("direction", ["to", "from"])
def test_a_route_leaves_an_estate_by_its_gate(direction):
    town = nw.from_roads(toytown.roads(), WALK)
    gate = gpd.GeoSeries([at(100, 50)], crs=4547).to_crs(4490).iloc[0]
    estates = _frame(at(50, 50).buffer(45), estate_gates=[f"{gate.x},{gate.y}"])
    sites, door = toytown.facilities(), _frame(at(45, 55))
    asked = {"direction": direction}
    near = sc.travel_time(town, sites, door, estates=estates, **asked)
    ways = (
        sc.route(town, sites, door, limit_min=15.0, estates=estates, **asked),
        sc.route(town, sites, door, limit_min=15.0, **asked,
                 door_snap=sc.through_gates(town, door, estates)),
    )  # fmt: skip
    for found in ways:
        assert found.minutes == near["walk_min"].iloc[0]
        assert found.legs["minutes"].sum() == pytest.approx(found.minutes)
        legs = found.legs.set_index("kind").geometry
        assert legs["door"].distance(at(100, 50)) < 1e-3
        assert legs.length.sum() == pytest.approx(found.length_m, rel=1e-6)
    assert sc.route(town, sites, door, limit_min=15.0, **asked).minutes != ways[0].minutes
    with pytest.raises(InputError, match="demand_snap"):
        sc.route(town, sites, door, limit_min=15.0, door_snap=nw.snap(town, door.iloc[:0]))
