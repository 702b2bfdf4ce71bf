"""
CEM-11 … CEM-15: rates of 四(五).

“到 2025 年，全域划为火葬区，节地生态安葬率达到 70%，全市遗体火化率达到 90%”.
"""

from __future__ import annotations

import pytest
from fixtures.plan_city import fig, judge, one


def city(policy, rule: str, **counties: tuple[float, float]):
    told = [fig(rule, unit, *numbers) for unit, numbers in counties.items()]
    return one(judge(policy, rule, told=told), rule, "C")


@pytest.mark.parametrize(("of_d", "status", "gap"), [(100, "met", 0), (99, "not_met", 1)])
def test_cem_11__900_of_1000_cremated(policy, of_d, status, gap):
    """四(五)1：“全市遗体火化率达到 90%”: 500 + 300 + 100 of 520 + 330 + 150 = 900 of 1,000, or 899."""
    row = city(policy, "CEM-11", A=(500, 520), B=(300, 330), D=(of_d, 150))
    assert (row["status"], row["gap"], row["denominator_value"]) == (status, gap, 1000)
    assert row["due"] == "2025-12-31"


def test_cem_11__equal_counties_say_nothing_of_the_third(policy):
    """100 of 100 and 100 of 100; the third county may have 5,000 deaths and no cremation."""
    row = city(policy, "CEM-11", A=(100, 100), B=(100, 100))
    assert (row["status"], row["value_min"], row["value_max"]) == ("to_verify", 0.0, 1.0)


@pytest.mark.parametrize(("of_d", "status", "gap"), [(70, "met", 0), (60, "not_met", 10)])
def test_cem_12__700_of_1000_burials_save_land(policy, of_d, status, gap):
    """四(五)1：“节地生态安葬率达到 70%”: 400 + 230 + 70 of 1,000; what counts is printed."""
    row = city(policy, "CEM-12", A=(400, 500), B=(230, 300), D=(of_d, 200))
    assert (row["status"], row["gap"], row["denominator_value"]) == (status, gap, 1000)
    assert policy.rule("CEM-12").options.numerator_set == (
        "树葬", "花坛葬", "草坪葬", "壁葬", "骨灰撒散", "骨灰堂"
    )  # fmt: skip


@pytest.mark.parametrize(("km2", "status"), [(9636.0, "met"), (9635.0, "not_met")])
def test_cem_13__the_whole_area_is_cremation_area(policy, km2, status):
    """四(五)1：“全域划为火葬区”: 9,636 of 9,636 km², or one less."""
    assert city(policy, "CEM-13", C=(km2, 9636.0))["status"] == status


@pytest.mark.parametrize(("fitted", "status", "gap"), [(9, "met", 0), (8, "not_met", 1)])
def test_cem_14__all_furnaces_with_exhaust_treatment(policy, fitted, status, gap):
    """四(五)2：“加快完成殡仪馆项目建设和火化炉尾气处理设备安装”: 4 + 3 + 2 = 9 furnaces, or 8."""
    row = city(policy, "CEM-14", A=(4, 4), B=(3, 3), D=(fitted - 7, 2))
    assert (row["status"], row["gap"]) == (status, gap)
    assert "惯例" in row["basis_note_zh"] or row["basis"] == "P"


@pytest.mark.parametrize(("with_plots", "status", "gap"), [(5, "met", 0), (4, "not_met", 1)])
def test_cem_15__all_commercial_cemeteries_with_public_plots(policy, with_plots, status, gap):
    """四(五)3：“落实公益性墓位墓区”: 5 of 5 commercial cemeteries, or 4."""
    row = city(policy, "CEM-15", A=(2, 2), B=(2, 2), D=(with_plots - 4, 1))
    assert (row["status"], row["gap"]) == (status, gap)
