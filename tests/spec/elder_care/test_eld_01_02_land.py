"""
ELD-01 四(一)1(1)：“按照人均用地不少于0.1平方米的标准”; ELD-02 land of embedded facilities.

G8: P = 20,000, land 1,500 m²: 2,000 m² needed, 500 m² short, 0.075 m² a person.
"""

from __future__ import annotations

import pytest
from fixtures.plan_city import TOWNSHIPS, facility, judge, one


@pytest.fixture
def confirmed(policy_with):
    return policy_with(denominator_confirmed=True)


def land(policy, *rows: dict, unit: str = "A1"):
    return one(judge(policy, "ELD-01", standing=list(rows)), "ELD-01", unit, denominator="resident")


@pytest.mark.parametrize(
    ("land_m2", "value", "gap", "status"),
    [(1500.0, 0.075, 500.0, "not_met"), (2000.0, 0.1, 0.0, "met"), (2500.0, 0.125, 0.0, "met")],
)
def test_eld_01__g8_20000_persons(confirmed, land_m2, value, gap, status):
    """四(一)1(1)：“按照人均用地不少于0.1平方米的标准”: 0.1 × 20,000 = 2,000 m², closed."""
    row = land(confirmed, facility("f", "institution", "A1001", land_m2=land_m2))
    assert (row["value"], row["gap"]) == pytest.approx((value, gap))
    assert row["status"] == status


def test_eld_01__no_verdict_before_the_denominator_is_confirmed(policy):
    row = land(policy, facility("f", "institution", "A1001", land_m2=1500.0))
    assert (row["status"], row["gap"]) == ("to_verify", pytest.approx(500.0))
    assert "分母未确认" in row["remark_zh"]


def test_eld_01__townships_add_up_to_the_city(confirmed):
    """UNIT-01: each township holds 100 m²; 5 × 100 = 500 m² in the city."""
    standing = [facility(t, "institution", t, land_m2=100.0) for t in TOWNSHIPS]
    checks = judge(confirmed, "ELD-01", standing=standing)
    towns = [one(checks, "ELD-01", t, denominator="resident")["numerator"] for t in TOWNSHIPS]
    assert sum(towns) == one(checks, "ELD-01", "C", denominator="resident")["numerator"] == 500.0


@pytest.mark.parametrize(
    ("cells", "land_m2"),
    [
        # a site of 4,000 m² with 10,000 m² of floor, 500 m² of it ours: 4,000 × 0.05 = 200
        ({"site_m2": 4000.0, "floor_m2": 500.0, "building_floor_m2": 10_000.0}, 200.0),
        # own land stated: it goes before the share
        (
            {"site_m2": 4000.0, "floor_m2": 500.0, "building_floor_m2": 10_000.0, "land_m2": 90.0},
            90.0,
        ),
        # more floor than the building has: never more than the site
        ({"site_m2": 4000.0, "floor_m2": 500.0, "building_floor_m2": 400.0}, 4000.0),
    ],
)
def test_eld_02__land_by_share_of_floor(confirmed, cells, land_m2):
    """ELD-02 (a convention): 宗地面积 × 设施建筑面积 ÷ 楼栋总建筑面积."""
    row = land(confirmed, facility("f", "community_elderly", "A1001", **cells))
    assert row["numerator"] == pytest.approx(land_m2)


def test_eld_02__2000_of_4000_meet_and_200_do_not(confirmed):
    """20,000 persons need 2,000 m²: half of a 4,000 m² site meets, a twentieth does not."""
    cells = {"site_m2": 4000.0, "building_floor_m2": 10_000.0}
    half = land(confirmed, facility("f", "daycare", "A1001", floor_m2=5000.0, **cells))
    twentieth = land(confirmed, facility("f", "daycare", "A1001", floor_m2=500.0, **cells))
    assert (half["status"], half["gap"]) == ("met", 0.0)
    assert (twentieth["status"], twentieth["gap"]) == ("not_met", pytest.approx(1800.0))


def test_eld_02__without_land_it_is_listed_not_zero(confirmed):
    """No site: its land is unknown, so nothing is certain."""
    row = land(confirmed, facility("f", "daycare", "A1001", floor_m2=500.0))
    assert (row["status"], row["missing"]) == ("to_verify", 1)
