"""
ELD-06, ELD-07 四(一)1(2): the quarter-hour circle, measured on the streets, never judged.

“‘一刻钟’居家养老服务圈和助餐、助洁、助医、助浴、助行等服务机制基本建成”: no figure in the plan.
"""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from fixtures import toytown
from fixtures.plan_city import facility, judge, one, people

from geoplan import network as nw


@pytest.fixture
def streets(policy):
    return nw.from_roads(toytown.roads(), nw.profile("elder_walk", policy))


ON_FOOT = {"denominator": "elders_60"}


def run(policy, network, *doors: tuple, rule: str = "ELD-06", **cells: object):
    cells = {"geometry": toytown.at(0, 0)} | cells
    standing = [facility("d", "daycare", "A1001", **cells)]
    layers = {"population": people(*doors)}
    return judge(policy, rule, standing=standing, layers=layers, network=network)


def test_eld_06__on_the_streets_not_as_the_crow_flies(policy):
    """
    Streets of 1 m/s: 15 minutes are 900 m, closed.

    (400, 400) is 800 m on foot (566 m straight): reached. On a net of 600 m, (500, 400) is 900 m:
    reached; (500, 410), 10 m north along x = 500, is 910 m, though 647 m straight: not reached.
    Beside it stand adults at 1.2 m/s (1,080 m), who reach it too, and slow elders at 0.8 (720 m).
    """
    net = nw.from_roads(toytown.roads(6), nw.profile("elder_walk", policy))
    row = one(run(policy, net, ("A1001", 400, 400, 10)), "ELD-06", "C", **ON_FOOT)
    assert (row["value"], row["status"]) == (1.0, "no_target")
    assert one(run(policy, net, ("A1001", 500, 400, 10)), "ELD-06", "C", **ON_FOOT)["value"] == 1.0
    checks = run(policy, net, ("A1001", 500, 410, 10))
    found = checks[checks["unit_code"] == "C"].set_index("denominator")["value"].to_dict()
    assert found == {"elders_60": 0.0, "elders_60/adult_walk": 1.0, "elders_60/slow_elder": 0.0,
                     "elders_60/service_vehicle": 1.0}  # fmt: skip


def test_eld_06__from_an_estate_one_walks_through_its_gate(policy):
    """
    The estate's only gate is at (800, 0); the home stands at (100, 100), 200 m on foot from the
    facility at (0, 0), but through the gate it is 707 m to the gate and 800 m back: not reached.
    """
    net = nw.from_roads(toytown.roads(10), nw.profile("elder_walk", policy))
    gate = gpd.GeoSeries([toytown.at(800, 0)], crs="EPSG:4547").to_crs("EPSG:4490").iloc[0]
    origin = toytown.at(0, 0)
    walls = shapely.box(origin.x + 50, origin.y + 50, origin.x + 850, origin.y + 850)
    areas = gpd.GeoDataFrame(
        {"area_id": ["e"], "unit_code": ["A1001"], "build_status": ["new"], "households": [5.0],
         "estate_gates": [f"{gate.x},{gate.y}"]}, geometry=[walls], crs="EPSG:4547",
    )  # fmt: skip
    standing = [facility("d", "daycare", "A1001", geometry=toytown.at(0, 0))]
    layers = {"population": people(("A1001", 100, 100, 10))}
    without = judge(policy, "ELD-06", standing=standing, layers=layers, network=net)
    walled = judge(policy, "ELD-06", standing=standing, network=net,
                   layers={**layers, "residential_areas": areas})  # fmt: skip
    assert one(without, "ELD-06", "C", **ON_FOOT)["value"] == 1.0
    assert one(walled, "ELD-06", "C", **ON_FOOT)["value"] == 0.0


def test_eld_06__never_met_and_never_not_met(policy, streets):
    """“‘一刻钟’居家养老服务圈……基本建成”: no_target with all reached, with none, with no data."""
    near = one(run(policy, streets, ("A1001", 0, 0, 10)), "ELD-06", "C", **ON_FOOT)
    far = one(run(policy, streets, ("A1001", 0, 0, 10), geometry=toytown.at(9000, 0)), "ELD-06",
              "C", **ON_FOOT)  # fmt: skip
    assert (near["value"], far["value"]) == (1.0, 0.0)
    assert near["status"] == far["status"] == "no_target"
    assert one(judge(policy, "ELD-06"), "ELD-06", "C")["status"] == "no_data"


def test_eld_07__share_of_elders_inside(policy, streets):
    """30 elders at the door, 10 at (400, 400) (800 m) and 10 far off: 40 of 50 are 80 %."""
    checks = run(policy, streets, ("A1001", 0, 0, 30), ("A1002", 400, 400, 10),
                 ("D1001", 5000, 5000, 10), rule="ELD-07")  # fmt: skip
    city = one(checks, "ELD-07", "C")
    assert city["value"] == pytest.approx(0.8)
    assert (city["numerator"], city["denominator_value"], city["status"]) == (40, 50, "no_target")
    # the part that falls short: nobody of 丁市
    assert one(checks, "ELD-07", "D")["value"] == 0.0
    assert "15 分钟" in city["remark_zh"]


@pytest.mark.parametrize("cells", [{"status": "closed"}, {"status": None}, {"geometry": None}])
def test_eld_07__without_an_open_placed_facility_nobody_can_tell(policy, streets, cells):
    row = one(run(policy, streets, ("A1001", 0, 0, 10), rule="ELD-07", **cells), "ELD-07", "C")
    assert row["status"] == "no_data"


def test_pln_080__each_of_five_services_has_its_own_share(policy, streets):
    """
    四(一)1(2)：“助餐、助洁、助医、助浴、助行等服务机制基本建成”.

    The centre gives meals and bathing: all 10 elders have these two, and no data on the others,
    since no open facility states them. Measured, never judged.
    """
    checks = run(policy, streets, ("A1001", 0, 0, 10), rule="PLN-080", services="meals;bathing")
    city = checks[checks["unit_code"] == "C"].set_index("denominator")
    assert city["denominator_zh"].to_dict() == {
        "meals": "助餐", "cleaning": "助洁", "medical": "助医", "bathing": "助浴",
        "mobility": "助行"}  # fmt: skip
    assert city.loc["meals", ["value", "status"]].tolist() == [1.0, "no_target"]
    assert city.loc["bathing", "value"] == 1.0
    assert city.loc["cleaning", "status"] == "no_data"


def test_toytown_is_where_it_is_said_to_be():
    assert toytown.at(400, 400).distance(shapely.Point(toytown.ORIGIN_X, toytown.ORIGIN_Y)) == (
        pytest.approx(565.685, abs=1e-3)
    )
