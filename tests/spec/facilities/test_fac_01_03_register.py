"""FAC-01, FAC-02, FAC-03 (conventions): functions, status and duplicates of the register."""

from __future__ import annotations

import pytest
from fixtures import toytown
from fixtures.plan_city import TOWNSHIPS, facility, judge, one

from geoplan.schemas import vocabulary


def test_fac_01__one_facility_counts_for_several_functions(policy):
    """
    FAC-01: a 党群服务中心 in every township that states 志愿服务 and 社会工作.

    It meets IND.12 (5 of 5 centres) and COM-04 (5 of 5 townships); without 社会工作 only IND.12.
    """
    rules = ["IND.12", "COM-04"]
    both = [
        facility(t, "community_service", t, functions="volunteer;social_work") for t in TOWNSHIPS
    ]
    checks = judge(policy, rules, standing=both)
    assert [one(checks, r, "C")["status"] for r in rules] == ["met", "met"]
    plain = [row | {"functions": "volunteer"} for row in both]
    checks = judge(policy, rules, standing=plain)
    assert [one(checks, r, "C")["status"] for r in rules] == ["met", "not_met"]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("operating", "met"),
        ("planned", "not_met"),
        ("building", "not_met"),
        ("suspended", "not_met"),
        ("closed", "not_met"),
        (None, "to_verify"),
    ],
)
def test_fac_02__five_states_and_unknown(policy, status, verdict):
    """FAC-02: planned, building, operating, suspended, closed; only operating counts."""
    row = facility("g", "guidance_centre", "B", status=status)
    assert one(judge(policy, "ELD-11", standing=[row]), "ELD-11", "B")["status"] == verdict
    known = [c.code for c in vocabulary.FACILITY_STATUS]
    assert known == ["planned", "building", "operating", "suspended", "closed"]


@pytest.mark.parametrize(
    ("metres", "name", "pairs"),
    [
        (20.0, "东门福彩", 1),  # 20 m is closed
        (20.01, "东门福彩", 0),
        (5.0, "西门福彩", 0),  # another name
    ],
)
def test_fac_03__one_name_within_20_metres(policy, metres, name, pairs):
    """FAC-03: 同名同址 within 20 m are told as one, and nothing is judged."""
    rows = [
        facility("x", "lottery_outlet", "A1001", geometry=toytown.at(0, 0)) | {"name": "东门福彩"},
        facility("y", "lottery_outlet", "A1001", geometry=toytown.at(metres, 0)) | {"name": name},
    ]
    row = one(judge(policy, "FAC-03", standing=rows), "FAC-03", "C")
    assert (row["value"], row["status"]) == (pairs, "no_target")
    assert row["failing"] == ("东门福彩" if pairs else "")


@pytest.mark.parametrize(
    ("one_address", "other", "pairs"),
    [("解放路1号", "解放路1号", 1), ("解放路1号", None, 1), ("解放路1号", "解放路2号", 0)],
)
def test_fac_03__and_one_address_where_it_is_stated(policy, one_address, other, pairs):
    """FAC-03 同名同址: two addresses are two places, however near; an unstated one agrees."""
    rows = [
        facility(x, "lottery_outlet", "A1001", geometry=toytown.at(0, 0), address=address)
        | {"name": "东门福彩"}
        for x, address in (("x", one_address), ("y", other))
    ]
    assert one(judge(policy, "FAC-03", standing=rows), "FAC-03", "C")["value"] == pairs


def test_fac_03__facilities_without_a_place_are_never_duplicates(policy):
    rows = [facility(x, "lottery_outlet", "A1001") | {"name": "东门福彩"} for x in "xy"]
    assert one(judge(policy, "FAC-03", standing=rows), "FAC-03", "C")["value"] == 0
