"""
ELD-17 专栏5: 5,877 beds = 2,861 公办 + 1,366 普惠 + 1,650 市场化; 3,260 医养结合 beside them (G6).

“计划新建、改建养老项目 30 个，建设养老床位 5877 张。其中：公办养老 2861 张，普惠养老 1366 张，市场化养老 1650 张，
另有医养结合床位 3260 张。”
"""

from __future__ import annotations

import pytest
from fixtures.plan_city import facility, judge, one, project

KINDS = {"ELD-17a": ("beds_public", 2861), "ELD-17b": ("beds_inclusive", 1366),
         "ELD-17c": ("beds_market", 1650), "ELD-17d": ("beds_medical", 3260)}  # fmt: skip


def box_5(status: str | None = "complete", **beds: float) -> list[dict]:
    """One project in each county, a third of the work each; all beds stand in A."""
    return [project("a", 5, "A", status, **beds), project("b", 5, "B"), project("d", 5, "D")]


def beds(policy, rule: str, projects: list[dict]):
    return one(judge(policy, rule, projects=projects), rule, "C")


def test_g6__the_sum_checks_and_3260_is_never_in_it(policy):
    """G6: 2,861 + 1,366 + 1,650 = 5,877; with 3,260 it would be 9,137."""
    parts = policy.rule("ELD-17").options.sum_of
    assert parts == ("ELD-17a", "ELD-17b", "ELD-17c")
    assert sum(policy.rule(r).target() for r in parts) == policy.rule("ELD-17").target() == 5877
    assert policy.rule("ELD-17d").target() == 3260
    assert "beds_medical" not in policy.rule("ELD-17").options.project_columns


@pytest.mark.parametrize(("public", "status", "gap"), [(2861, "met", 0), (2860, "not_met", 1)])
def test_eld_17__5877_beds(policy, public, status, gap):
    """专栏5：“建设养老床位 5877 张”: 2,861 + 1,366 + 1,650, one fewer is one short."""
    built = box_5(beds_public=public, beds_inclusive=1366, beds_market=1650)
    row = beds(policy, "ELD-17", built)
    assert (row["status"], row["value"], row["gap"]) == (status, public + 3016, gap)


def test_eld_17__medical_beds_do_not_fill_the_gap(policy):
    """2,617 + 3,260 medical beds would be 5,877: yet 3,260 are missing."""
    row = beds(policy, "ELD-17", box_5(beds_public=2617, beds_medical=3260))
    assert (row["status"], row["value"], row["gap"]) == ("not_met", 2617, 3260)


def test_eld_17__under_way_and_planned_are_told_beside(policy):
    """1,000 complete; 300 in building and 200 planned are a remark, not beds."""
    rows = [project("a", 5, "A", beds_public=1000), project("b", 5, "B", "building", beds_public=300),
            project("d", 5, "D", "planned", beds_market=200)]  # fmt: skip
    checks = judge(policy, "ELD-17", projects=rows)
    city = one(checks, "ELD-17", "C")
    assert (city["value"], city["status"]) == (1000, "not_met")
    assert "在建 300、规划 200" in city["remark_zh"]
    assert one(checks, "ELD-17", "A")["value"] == 1000
    assert one(checks, "ELD-17", "B")["status"] == "no_target"


def test_eld_17__unknown_state_or_beds_leave_it_open(policy):
    enough = box_5(None, beds_public=6000)
    assert beds(policy, "ELD-17", enough)["status"] == "to_verify"
    too_few = box_5(None, beds_public=5000)
    assert beds(policy, "ELD-17", too_few)["status"] == "not_met"  # 5,000 at the very most
    unsized = box_5("complete", beds_public=None)
    assert beds(policy, "ELD-17", unsized)["status"] == "to_verify"
    neither = box_5(None, beds_public=None)
    assert beds(policy, "ELD-17", neither)["status"] == "to_verify"


def assert_kind(policy, rule: str) -> None:
    column, target = KINDS[rule]
    row = beds(policy, rule, box_5(**{column: target}))
    assert (row["status"], row["value"], row["target"]) == ("met", target, target)
    row = beds(policy, rule, box_5(**{column: target - 11}))
    assert (row["status"], row["gap"]) == ("not_met", 11)
    others = {c: 9999 for c, _ in KINDS.values() if c != column}
    assert beds(policy, rule, box_5(**others))["value"] == 0


def test_eld_17a__2861_public_beds(policy):
    """专栏5：“公办养老 2861 张”; 2,850 are 11 short; beds of the other kinds do not count."""
    assert_kind(policy, "ELD-17a")


def test_eld_17b__1366_inclusive_beds(policy):
    """专栏5：“普惠养老 1366 张”; 1,355 are 11 short."""
    assert_kind(policy, "ELD-17b")


def test_eld_17c__1650_market_beds(policy):
    """专栏5：“市场化养老 1650 张”; 1,639 are 11 short."""
    assert_kind(policy, "ELD-17c")


def test_eld_17d__3260_medical_beds_apart(policy):
    """专栏5：“另有医养结合床位 3260 张”; 3,249 are 11 short; they are beside the 5,877."""
    assert_kind(policy, "ELD-17d")


@pytest.mark.parametrize(("so_many", "status", "gap"), [(30, "met", 0), (29, "not_met", 1)])
def test_eld_17e__30_projects(policy, so_many, status, gap):
    """专栏5：“计划新建、改建养老项目 30 个”: those complete."""
    rows = [project(f"p{i}", 5, "ABD"[i % 3]) for i in range(so_many)]
    rows += [project("late", 5, "A", "building"), project("other", 8, "A")]
    row = one(judge(policy, "ELD-17e", projects=rows), "ELD-17e", "C")
    assert (row["status"], row["value"], row["gap"]) == (status, so_many, gap)
    assert row["failing"] == "late"


def homes(policy, *rows: tuple[float, float]):
    standing = [facility(f"h{i}", "institution", "ABD"[i], beds=b, nursing_beds=n)
                for i, (b, n) in enumerate(rows)]  # fmt: skip
    return judge(policy, ["IND.8", "ELD-18"], standing=standing)


def test_eld_18__60_per_cent_nursing_beds(policy):
    """主要指标 8：“养老机构护理型床位占比”，60%: 180 of 300 meet, 179 of 300 do not."""
    row = one(homes(policy, (100, 50), (100, 60), (100, 70)), "ELD-18", "C")
    assert (row["status"], row["value"]) == ("met", 0.6)
    row = one(homes(policy, (100, 50), (100, 60), (100, 69)), "ELD-18", "C")
    assert (row["status"], row["gap"]) == ("not_met", 1)


def test_eld_18__the_indicator_says_the_same(policy):
    checks = homes(policy, (100, 50), (100, 60), (100, 69))
    for unit in "CABD":
        ours, twin = one(checks, "ELD-18", unit), one(checks, "IND.8", unit)
        assert (ours["value"], ours["status"]) == (twin["value"], twin["status"])
