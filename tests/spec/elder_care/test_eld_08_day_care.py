"""ELD-08 四(一)1(2)：“社区日间照料设施覆盖率达到100%”."""

from __future__ import annotations

import pytest
import shapely
from fixtures import toytown
from fixtures.small_city import SYSTEM, facilities, facility, one, people, units

from geoplan import network as nw
from geoplan.standards import check


def at(x: float, y: float) -> shapely.Point:
    return toytown.at(x, y)


def run(policy, *rows, population=None, network=None):
    layers = {"admin_units": units(), "facilities": facilities(*rows)}
    if population is not None:
        layers["population"] = population
    return check(layers, policy, code_system=SYSTEM, rules=["ELD-08"], network=network)


def test_own_facility(policy):
    checks = run(policy, facility("d", "daycare", "A1001"))
    assert one(checks, "ELD-08", "A1001")["status"] == "met"
    assert one(checks, "ELD-08", "A1002")["status"] == "not_met"
    street = one(checks, "ELD-08", "A1")
    assert (street["numerator"], street["denominator_value"]) == (1, 2)
    assert street["failing"] == "二居委会"
    assert street["status"] == "not_met"


def test_villages_are_no_communities_whatever_their_name(policy):
    checks = run(policy, facility("d", "daycare", "A1001"))
    assert "A2200" not in set(checks["unit_code"])


def test_shared_in_a_straight_line(policy):
    """A facility in A1001 serves A1002 when half of its elders live within 300 m."""
    near = people(("A1002", 0, 0, 10), ("A1002", 1000, 0, 10))
    far = people(("A1002", 0, 0, 9), ("A1002", 1000, 0, 10))
    centre = facility("d", "daycare", "A1001", geometry=at(0, 290))
    assert one(run(policy, centre, population=near), "ELD-08", "A1002")["status"] == "met"
    row = one(run(policy, centre, population=far), "ELD-08", "A1002")
    assert row["status"] == "not_met"
    assert "300" in row["remark_zh"]


def test_shared_on_the_network(policy):
    net = nw.from_roads(toytown.roads(), nw.profile("elder_walk", policy))
    centre = facility("d", "daycare", "A1001", geometry=at(0, 0))
    home = people(("A1002", 100, 100, 10))
    around = people(("A1002", 200, 200, 10))  # 283 m in a straight line, 400 m on the streets
    assert (
        one(run(policy, centre, population=home, network=net), "ELD-08", "A1002")["status"] == "met"
    )
    row = one(run(policy, centre, population=around, network=net), "ELD-08", "A1002")
    assert row["status"] == "not_met"
    assert "步行" in row["remark_zh"]


def test_a_facility_of_unknown_status_leaves_it_open(policy):
    checks = run(policy, facility("d", "daycare", "A1001", status=None))
    assert one(checks, "ELD-08", "A1001")["status"] == "to_verify"


@pytest.mark.parametrize("status", ["planned", "building", "suspended", "closed"])
def test_only_operating_facilities_count(policy, status):
    checks = run(policy, facility("d", "daycare", "A1001", status=status))
    assert one(checks, "ELD-08", "A1001")["status"] == "not_met"
