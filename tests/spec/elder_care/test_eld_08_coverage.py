"""ELD-08 四(一)1(2)：“社区日间照料设施覆盖率达到100%”, of the urban communities A1001, A1002, D1001."""

from __future__ import annotations

import pytest
from fixtures import toytown
from fixtures.plan_city import facility, judge, one, people

EACH = [facility(u, "daycare", u) for u in ("A1001", "A1002", "D1001")]


def city(policy, *rows: dict, **layers: object):
    return one(judge(policy, "ELD-08", standing=list(rows), layers=layers), "ELD-08", "C")


def test_eld_08__three_of_three_urban_communities(policy):
    """四(一)1(2)：“社区日间照料设施覆盖率达到100%”: 3/3 meets, 2/3 does not."""
    row = city(policy, *EACH)
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 3, 3)
    row = city(policy, *EACH[:2])
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "北居委会")


def test_eld_08__communities_in_towns_count_where_the_policy_says_so(policy, policy_with):
    """A2001 lies in a town: 3 of 4 once towns count; the result says which way it was."""
    row = city(policy_with(towns_count_as_urban=True), *EACH)
    assert (row["status"], row["denominator_value"], row["failing"]) == ("not_met", 4, "南居委会")
    assert "镇的居委会计入" in row["remark_zh"]
    assert "镇的居委会不计" in city(policy, *EACH)["remark_zh"]


def test_eld_08__a_facility_of_another_kind_that_gives_day_care(policy):
    """FAC-01: a community facility whose functions state 日间照料 is one."""
    centre = facility("c", "community_elderly", "D1001", functions="day;daycare")
    assert city(policy, *EACH[:2], centre)["status"] == "met"
    other = facility("c", "community_elderly", "D1001", functions="home")
    assert city(policy, *EACH[:2], other)["status"] == "not_met"


def test_eld_08__known_only_by_its_street_it_may_be_either_communitys(policy):
    """One day-care centre somewhere in A1: neither A1001 nor A1002 certainly lacks one."""
    checks = judge(policy, "ELD-08", standing=[facility("s", "daycare", "A1"), EACH[2]])
    assert one(checks, "ELD-08", "A1001")["status"] == "to_verify"
    assert one(checks, "ELD-08", "D1001")["status"] == "met"
    assert one(checks, "ELD-08", "C")["status"] == "to_verify"


def test_eld_08__sharing_with_one_of_unknown_status_is_open(policy):
    """All elders of A1002 live 100 m from a centre in A1001: served if it is open."""
    doors = people(("A1002", 100, 0, 10))
    for status, expected in (("operating", "met"), (None, "to_verify"), ("closed", "not_met")):
        near = facility("n", "daycare", "A1001", status=status, geometry=toytown.at(0, 0))
        checks = judge(policy, "ELD-08", standing=[near], layers={"population": doors})
        assert one(checks, "ELD-08", "A1002")["status"] == expected


@pytest.mark.parametrize(
    ("far", "status"),
    [
        (10.0, "met"),  # 10 near of 20: half is enough
        (11.0, "not_met"),  # 10 of 21
        (None, "to_verify"),  # 10 of nobody knows how many
    ],
)
def test_eld_08__half_of_the_elders_within_300_metres(policy, far, status):
    doors = people(("A1002", 100, 0, 10), ("A1002", 2000, 0, 1)).astype({"elders_60": float})
    doors.loc[1, "elders_60"] = far
    near = facility("n", "daycare", "A1001", geometry=toytown.at(0, 0))
    checks = judge(policy, "ELD-08", standing=[near], layers={"population": doors})
    assert one(checks, "ELD-08", "A1002")["status"] == status
