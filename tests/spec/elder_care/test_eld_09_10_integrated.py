"""
ELD-09, indicator 9: “镇(街道)范围具备综合功能的养老服务机构覆盖率 60%” counts institutions.

ELD-10 四(一)1(2)：“所有街道……至少建设1处具备全托、日托、上门服务等综合功能的社区养老服务设施”
counts community facilities. Two object types, never one test.
"""

from __future__ import annotations

from fixtures.small_city import SYSTEM, facilities, facility, one, units

from geoplan.standards import check

FULL = "full_time;day;home"


def run(policy, *rows):
    layers = {"admin_units": units(), "facilities": facilities(*rows)}
    return check(layers, policy, code_system=SYSTEM, rules=["ELD-09", "ELD-10"])


def test_g5_sixty_per_cent_of_46_is_28(policy):
    assert policy.rule("ELD-09").needed(46) == 28


def test_an_institution_with_all_functions(policy):
    checks = run(policy, facility("i", "institution", "A1001", functions=FULL),
                 facility("j", "institution", "A2001", functions="full_time;day"))  # fmt: skip
    assert one(checks, "ELD-09", "A1")["status"] == "met"
    assert one(checks, "ELD-09", "A2")["status"] == "not_met"
    city = one(checks, "ELD-09", "C")
    assert (city["numerator"], city["denominator_value"]) == (1, 3)
    assert city["gap"] == 1  # 60 % of 3 is 2 units
    assert city["failing"] == "南镇;西镇"


def test_institution_and_community_facility_are_two_things(policy):
    checks = run(policy, facility("i", "institution", "A1001", functions=FULL))
    assert one(checks, "ELD-10", "A1")["status"] == "not_met"
    checks = run(policy, facility("c", "community_elderly", "A1001", functions=FULL))
    assert one(checks, "ELD-10", "A1")["status"] == "met"
    assert one(checks, "ELD-09", "A1")["status"] == "not_met"


def test_only_streets_are_judged_by_eld_10(policy):
    checks = run(policy, facility("c", "community_elderly", "A1001", functions=FULL))
    towns = checks[(checks["rule_id"] == "ELD-10") & (checks["level"] == "township")]
    assert towns["unit_code"].tolist() == ["A1"]
    assert one(checks, "ELD-10", "C")["status"] == "met"


def test_unknown_functions_leave_it_open(policy):
    checks = run(policy, facility("i", "institution", "A1001", functions=None))
    assert one(checks, "ELD-09", "A1")["status"] == "to_verify"
    assert one(checks, "ELD-09", "A2")["status"] == "not_met"


def test_an_institution_known_only_by_its_town_counts(policy):
    checks = run(policy, facility("i", "institution", "A2", functions=FULL))
    assert one(checks, "ELD-09", "A2")["status"] == "met"
