"""ELD-09 … ELD-13: institutions and centres that must be there (四(一)1(2), 2(1), 3(3))."""

from __future__ import annotations

import pytest
from fixtures.plan_city import facility, fig, judge, one

FULL = "full_time;day;home"


def city(policy, rule: str, *rows: dict):
    return one(judge(policy, rule, standing=list(rows)), rule, "C")


def test_eld_09__three_of_five_townships(policy):
    """
    主要指标 9：“镇(街道)范围具备综合功能的养老服务机构覆盖率”，60%.

    0.6 × 5 = 3 townships, whole: three homes with 全托、日托、上门 meet, two do not.
    """
    homes = [facility(u, "institution", u, functions=FULL) for u in ("A1", "B1200", "D2200")]
    row = city(policy, "ELD-09", *homes)
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 3, 5)
    row = city(policy, "ELD-09", *homes[:2])
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "南镇;北街道;中镇")


def test_eld_09__a_third_of_unknown_functions_leaves_the_city_open(policy):
    homes = [facility(u, "institution", u, functions=FULL) for u in ("A1", "B1")]
    maybe = facility("m", "institution", "D2", functions=None)
    assert city(policy, "ELD-09", *homes, maybe)["status"] == "to_verify"


def test_eld_10__both_streets(policy):
    """四(一)1(2)：“所有街道和有条件的镇至少建设1处具备全托、日托、上门服务等综合功能的社区养老服务设施”."""
    both = [facility(u, "community_elderly", u, functions=FULL) for u in ("A1001", "D1001")]
    row = city(policy, "ELD-10", *both)
    assert (row["status"], row["denominator_value"]) == ("met", 2)
    row = city(policy, "ELD-10", both[0])
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "北街道")


def test_eld_10__capable_towns_are_those_the_policy_names(policy_with):
    """With 南镇 on the list three units are judged."""
    both = [facility(u, "community_elderly", u, functions=FULL) for u in ("A1001", "D1001")]
    row = city(policy_with(capable_towns=("南镇",)), "ELD-10", *both)
    assert (row["denominator_value"], row["failing"]) == (3, "南镇")


def test_eld_11__three_guidance_centres(policy):
    """四(一)1(2)：“在县级成立养老服务指导中心”: 3/3 meets, 2/3 does not."""
    three = [facility(u, "guidance_centre", u) for u in ("A", "B1", "D1001")]
    assert city(policy, "ELD-11", *three)["status"] == "met"
    row = city(policy, "ELD-11", *three[:2])
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "丁市")


def test_eld_12a__each_county_one_for_the_disabled(policy):
    """
    四(一)2(1)：“每个县（市、区）至少建设 1 处以失能、部分失能特困人员专业照护为主的县级供养服务设施（福利院）”.

    Three with 失能照护 meet; one of the three without it does not.
    """
    three = [facility(u, "hardship_institution", u, functions="full_time;disability_care")
             for u in "ABD"]  # fmt: skip
    assert city(policy, "ELD-12a", *three)["status"] == "met"
    plain = three[2] | {"functions": "full_time"}
    row = city(policy, "ELD-12a", *three[:2], plain)
    assert (row["status"], row["failing"]) == ("not_met", "丁市")
    unsaid = three[2] | {"functions": None}
    assert city(policy, "ELD-12a", *three[:2], unsaid)["status"] == "to_verify"


@pytest.mark.parametrize(("in_care", "status", "gap"), [(60, "met", 0), (59, "not_met", 1)])
def test_eld_12b__60_of_100_in_central_care(policy, in_care, status, gap):
    """四(一)2(1)：“生活不能自理特困人员集中供养率达到 60% 以上”: 40 + (20) + 0 of 50 + 30 + 20."""
    told = [fig("ELD-12b", "A", 40, 50), fig("ELD-12b", "B", in_care - 40, 30),
            fig("ELD-12b", "D", 0, 20)]  # fmt: skip
    row = one(judge(policy, "ELD-12b", told=told), "ELD-12b", "C")
    assert (row["status"], row["gap"], row["denominator_value"]) == (status, gap, 100)


@pytest.mark.parametrize(("in_care", "status", "gap"), [(25, "met", 0), (24, "not_met", 1)])
def test_eld_12c__all_who_are_willing(policy, in_care, status, gap):
    """四(一)2(1)：“有集中供养意愿的特困人员全部实行集中供养”: 25 of 25 willing, or 24."""
    row = one(judge(policy, "ELD-12c", told=[fig("ELD-12c", "C", in_care, 25)]), "ELD-12c", "C")
    assert (row["status"], row["gap"]) == (status, gap)


def test_eld_13__one_place_for_dementia_in_the_whole_city(policy):
    """四(一)3(3)：“到 2025 年全市至少建设 1 所失智老人养护院或开辟失智老人养护专区”."""
    ward = facility("w", "institution", "D2", functions="full_time;dementia")
    assert city(policy, "ELD-13", ward)["status"] == "met"
    row = city(policy, "ELD-13", ward | {"functions": "full_time"})
    assert (row["status"], row["value"], row["gap"]) == ("not_met", 0, 1)
    assert city(policy, "ELD-13", ward | {"status": None})["status"] == "to_verify"
