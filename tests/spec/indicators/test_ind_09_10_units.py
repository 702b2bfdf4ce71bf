"""
Indicators 9 and 10 count whole townships of 46 (UNIT-02, G5).

9 “镇(街道)范围具备综合功能的养老服务机构覆盖率 % 60”; 10 “镇(街道)未成年人保护工作站覆盖率 % 50”.
"""

from __future__ import annotations

import math

import pytest
from fixtures.plan_city import facility, judge, one, units_46

FULL = "full_time;day;home"


def forty_six(policy, rule: str, kind: str, so_many: int, **cells: object):
    standing = [facility(f"f{i}", kind, f"T{i + 1:02}", **cells) for i in range(so_many)]
    layers = {"admin_units": units_46()}
    return one(judge(policy, rule, standing=standing, layers=layers), rule, "C")


def test_g5__shares_of_46_are_whole_units(policy):
    """G5: 46 units = 9 streets + 37 towns; 60 % → 28, 50 % → 23, 80 % → 37, 100 % → 46."""
    kinds = units_46().query("level == 'township'")["kind"].value_counts()
    assert (kinds["street"], kinds["town"]) == (9, 37)
    needed = [policy.rule(r).needed(46) for r in ("IND.9", "IND.10", "IND.12", "COM-04")]
    assert needed == [28, 23, 37, 46]
    assert all(isinstance(n, int) for n in needed)
    # 0.6 × 46 = 27.6; 0.5 × 46 = 23; 0.8 × 46 = 36.8
    assert needed[:3] == [math.ceil(27.6), 23, math.ceil(36.8)]


@pytest.mark.parametrize(("so_many", "status", "gap"), [(28, "met", 0), (27, "not_met", 1)])
def test_ind_9__28_of_46_units(policy, so_many, status, gap):
    """主要指标 9：“镇(街道)范围具备综合功能的养老服务机构覆盖率”，60%: 0.6 × 46 = 27.6, so 28."""
    city = forty_six(policy, "IND.9", "institution", so_many, functions=FULL)
    assert (city["status"], city["gap"], city["gap_unit"]) == (status, gap, "unit")
    assert (city["numerator"], city["denominator_value"]) == (so_many, 46)
    assert city["target"] == pytest.approx(0.6)
    assert policy.rule("IND.9").attribute == "expected"


def test_ind_9__institutions_only_and_with_all_three_functions(policy):
    assert forty_six(policy, "IND.9", "community_elderly", 46, functions=FULL)["numerator"] == 0
    assert (
        forty_six(policy, "IND.9", "institution", 46, functions="full_time;day")["numerator"] == 0
    )


def test_ind_9__a_home_known_only_by_its_town_counts(policy):
    """The codes above are townships and nothing has coordinates: yet 28 of 46 count."""
    assert forty_six(policy, "IND.9", "institution", 28, functions=FULL)["numerator"] == 28


@pytest.mark.parametrize(("so_many", "status", "gap"), [(23, "met", 0), (22, "not_met", 1)])
def test_ind_10__23_of_46_units(policy, so_many, status, gap):
    """主要指标 10：“镇(街道)未成年人保护工作站覆盖率”，50%: 23 of 46, stations only."""
    city = forty_six(policy, "IND.10", "child_protection_station", so_many)
    assert (city["status"], city["gap"]) == (status, gap)
    assert city["numerator"] == so_many


def test_ind_10__a_worker_is_no_station(policy):
    """专栏6 lets a designated worker do (FAC-06); indicator 10 does not."""
    told = [{"indicator_id": "IND.10", "unit_code": "A1", "period": "2025", "value": 1.0}]
    row = one(judge(policy, "IND.10", standing=[], told=told), "IND.10", "A1")
    assert row["status"] == "not_met"
    also = forty_six(policy, "IND.10", "social_work_station", 46, functions="child_protection")
    assert also["numerator"] == 0
