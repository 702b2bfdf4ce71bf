"""COM-04 … COM-08: stations, incubators, certificates, relocation communities, conventions."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from fixtures.plan_city import TOWNSHIPS, facility, fig, judge, one, units


def stations(policy, *rows: dict):
    return one(judge(policy, "COM-04", standing=list(rows)), "COM-04", "C")


def test_com_04__a_station_in_every_township(policy):
    """专栏4：“实现镇（街道）社会工作站全覆盖”: 5 of 5 townships, or 4."""
    every = [facility(t, "social_work_station", t) for t in TOWNSHIPS]
    row = stations(policy, *every)
    assert (row["status"], row["denominator_value"]) == ("met", 5)
    row = stations(policy, *every[:4])
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "中镇")


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"functions": "volunteer;social_work"}, "met"),
        ({"functions": "volunteer"}, "not_met"),
        ({"functions": "social_work", "status": None}, "to_verify"),
        ({"functions": "social_work", "status": "closed"}, "not_met"),
    ],
)
def test_com_04__a_service_centre_that_states_social_work(policy, cells, status):
    """FAC-01: one facility may count for several functions."""
    four = [facility(t, "social_work_station", t) for t in TOWNSHIPS[:4]]
    assert (
        stations(policy, *four, facility("c", "community_service", "D2", **cells))["status"]
        == status
    )


def test_com_05__one_incubator_in_each_county(policy):
    """专栏4：“每个县（市、区）建设 1 个社区社会组织孵化基地”: 3 of 3, or 2."""
    three = [facility(u, "incubator", u) for u in ("A1001", "B", "D1")]
    row = one(judge(policy, "COM-05", standing=three), "COM-05", "C")
    assert (row["status"], row["denominator_value"]) == ("met", 3)
    row = one(judge(policy, "COM-05", standing=[*three[:2], three[0]]), "COM-05", "C")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "丁市")


@pytest.mark.parametrize(("holders", "status", "gap"), [(250, "met", 0), (249, "not_met", 1)])
def test_com_06__half_of_the_workers_certified(policy, holders, status, gap):
    """专栏3：“城市社区工作者取得社会工作职业水平证书比例达到50%以上”: 250 of 500, or 249."""
    row = one(judge(policy, "COM-06", told=[fig("COM-06", "C", holders, 500)]), "COM-06", "C")
    assert (row["status"], row["gap"], row["due"]) == (status, gap, "2025-12-31")


def relocation(policy, *rows: dict):
    areas = gpd.GeoDataFrame(
        {"area_id": ["p", "q", "r"], "name": ["幸福新村", "安康小区", "商品房"],
         "unit_code": ["B1200", "B1201", "D2200"], "relocation": [True, True, False]},
        geometry=gpd.GeoSeries([None] * 3), crs="EPSG:4547",
    )  # fmt: skip
    checks = judge(policy, "COM-07", standing=list(rows), layers={"residential_areas": areas})
    return one(checks, "COM-07", "C")


def test_com_07__relocation_communities_without_a_centre_are_named(policy):
    """
    专栏3：“加快补齐易地扶贫搬迁集中安置社区综合服务设施短板”: a list, no figure in the plan.

    Of two relocation communities one has a centre in its village: one short, never judged.
    """
    one_has = facility("c", "community_service", "B1200")
    row = relocation(policy, one_has)
    assert (row["failing"], row["value"], row["denominator_value"]) == ("安康小区", 1, 2)
    both = relocation(policy, one_has, facility("d", "community_service", "B1201"))
    assert (both["failing"], both["value"]) == ("", 0)
    assert row["status"] == both["status"] == "no_target"


def every_village(value: float) -> list[dict]:
    frame = units()
    codes = frame.loc[frame["level"] == "village", "unit_code"]
    return [fig("COM-08", code, value, 1) for code in codes]


def test_com_08__all_villages_and_communities(policy):
    """三(一)3：“推动城乡社区全部制定务实管用的村规民约、居民公约”: 8 of 8 (4 + 4), or 7."""
    told = every_village(1)
    row = one(judge(policy, "COM-08", told=told), "COM-08", "C")
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 8, 8)
    told[0]["numerator"] = 0
    checks = judge(policy, "COM-08", told=told)
    row = one(checks, "COM-08", "C")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "一居委会")
    assert one(checks, "COM-08", "A1")["value"] == 0.5


def test_com_08__functional_units_hold_no_villages_twice(policy):
    """UNIT-01: the 8 units are counted by administrative township, zone or not."""
    members = pd.DataFrame({"stat_unit_code": ["高新区"], "unit_code": ["A1001"]})
    layers = {"stat_unit_members": members}
    row = one(judge(policy, "COM-08", told=every_village(1), layers=layers), "COM-08", "C")
    assert row["denominator_value"] == 8
