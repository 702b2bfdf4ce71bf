"""ELD-14, 15, 16, 16a: medical care (四(一)3)."""

from __future__ import annotations

import pytest
from fixtures import toytown
from fixtures.plan_city import facility, fig, judge, one


def listed(policy, *rows: dict):
    return one(judge(policy, "ELD-14", standing=list(rows)), "ELD-14", "C")


@pytest.mark.parametrize(
    ("kind", "cells", "named"),
    [
        ("institution", {"beds": 150, "clinic": False}, True),  # 150 张以上 is closed
        ("institution", {"beds": 149, "clinic": False}, False),
        ("institution", {"beds": 150, "clinic": True}, False),
        ("hardship_institution", {"beds": 60, "residents": 50, "clinic": False}, True),
        ("hardship_institution", {"beds": 60, "residents": 49, "clinic": False}, False),
        ("institution", {"beds": 60, "residents": 50, "clinic": False}, False),
    ],
)
def test_eld_14__large_homes_without_a_clinic_are_named(policy, kind, cells, named):
    """
    四(一)3(3)：“150 张以上床位的养老机构或入住 50 人以上的特困人员供养机构，逐步实现内设医务室或护理站”.

    逐步: a list, never judged.
    """
    other = facility("o", "institution", "A1", beds=500, clinic=True)
    row = listed(policy, other, facility("f", kind, "B1", **cells))
    assert row["failing"] == ("f" if named else "")
    assert (row["value"], row["status"]) == (float(named), "no_target")


def test_eld_14__unknown_size_or_clinic_may_be_one_more(policy):
    row = listed(policy, facility("f", "institution", "B1", beds=150, clinic=None))
    assert (row["value"], row["value_max"], row["failing"]) == (0, 1, "")
    assert listed(policy)["status"] == "no_data"


def pair(policy, metres: float | None, clinic: str = "B1200", **cells: object):
    where = None if metres is None else toytown.at(metres, 0)
    standing = [
        facility("k", "village_clinic", clinic, geometry=toytown.at(0, 0)),
        facility("h", "activity_centre", "B1200", geometry=where, **cells),
    ]
    return one(judge(policy, "ELD-15", standing=standing), "ELD-15", "C")


def test_eld_15__clinic_and_centre_within_50_metres(policy):
    """
    四(一)3(1)：“继续加大‘两室联建’力度”: villages with both within 50 m over the 4 villages.

    50 m counts (1 of 4), 51 m does not (0 of 4); no figure in the plan, so neither is judged.
    """
    together, apart = pair(policy, 50.0), pair(policy, 51.0)
    assert (together["value"], apart["value"]) == (0.25, 0.0)
    assert together["denominator_value"] == 4
    assert together["status"] == apart["status"] == "no_target"
    assert "50 米" in together["remark_zh"]


def test_eld_15__a_closed_one_is_no_pair_and_an_unplaced_one_may_be(policy):
    assert pair(policy, 10.0, status="closed")["value"] == 0.0
    unplaced = pair(policy, None)
    assert (unplaced["value_min"], unplaced["value_max"]) == (0.0, 0.25)


def hospitals(policy, rule: str, kind: str, *rows: tuple):
    standing = [facility(f"h{i}", kind, "A1001", grade=g, functions=f)
                for i, (g, f) in enumerate(rows)]  # fmt: skip
    return one(judge(policy, rule, standing=standing), rule, "C")


def test_eld_16__general_hospitals_of_level_two(policy):
    """
    四(一)3(2)：“全市二级及以上综合医院设立老年医学科的比例达 100%”.

    Two of level 2 and 3 with it, one of level 1 without: 2 of 2. One of the two without: 1 of 2.
    """
    ward, none = "geriatrics", "rehabilitation"
    row = hospitals(policy, "ELD-16", "hospital", (3, ward), (2, ward), (1, none))
    assert (row["status"], row["denominator_value"]) == ("met", 2)
    row = hospitals(policy, "ELD-16", "hospital", (3, ward), (2, none))
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "h1")
    assert row["due"] == "2022-12-31"


def test_eld_16__unknown_level_may_not_count_at_all(policy):
    row = hospitals(policy, "ELD-16", "hospital", (3, "geriatrics"), (None, "rehabilitation"))
    assert (row["status"], row["value_min"], row["value_max"]) == ("to_verify", 0.5, 1.0)


def test_eld_16a__hospitals_of_chinese_medicine(policy):
    """四(一)3(2)：“二级及以上中医院设置康复科的比例达 100%”."""
    row = hospitals(policy, "ELD-16a", "tcm_hospital", (3, "rehabilitation"), (1, "geriatrics"))
    assert (row["status"], row["denominator_value"]) == ("met", 1)
    row = hospitals(policy, "ELD-16a", "tcm_hospital", (3, "rehabilitation"), (2, "geriatrics"))
    assert (row["status"], row["value"]) == ("not_met", 0.5)
    assert hospitals(policy, "ELD-16a", "hospital", (3, "rehabilitation"))["status"] == "no_data"


@pytest.mark.parametrize(("served", "status", "gap"), [(40, "met", 0), (39, "not_met", 1)])
def test_eld_22__every_institution_gives_medical_service(policy, served, status, gap):
    """四(一)3(3)：“所有养老机构能够以不同形式为入住老年人提供医疗卫生服务”: 40 of 40, or 39."""
    row = one(judge(policy, "ELD-22", told=[fig("ELD-22", "C", served, 40)]), "ELD-22", "C")
    assert (row["status"], row["gap"]) == (status, gap)


@pytest.mark.parametrize(("open_", "status", "gap"), [(12, "met", 0), (11, "not_met", 1)])
def test_eld_23__green_channel_in_every_medical_institution(policy, open_, status, gap):
    """四(一)3(3)：“所有医疗机构开设为老年人提供挂号、就医等便利服务的绿色通道”: 5 + 4 + 3 = 12."""
    told = [fig("ELD-23", "A", 5, 5), fig("ELD-23", "B", 4, 4), fig("ELD-23", "D", open_ - 9, 3)]
    row = one(judge(policy, "ELD-23", told=told), "ELD-23", "C")
    assert (row["status"], row["gap"]) == (status, gap)
