"""RULES §4.2: rows of the plan with a logic of their own."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures import toytown
from fixtures.plan_city import TOWNSHIPS, facility, fig, judge, one, people, project, units

from geoplan import network as nw


def city(policy, rule: str, *rows: dict):
    return one(judge(policy, rule, standing=list(rows)), rule, "C")


@pytest.mark.parametrize(
    ("years", "status"), [(18, "met"), (16, "not_met"), (20, "not_met"), (np.nan, "no_data")]
)
def test_pln_018__the_age_limit_is_18(policy, years, status):
    """二(一)3：“未成年人年龄从 16 周岁延长至 18 周岁”: exactly 18, neither 16 nor 20."""
    row = one(judge(policy, "PLN-018", told=[fig("PLN-018", "C", value=years)]), "PLN-018", "C")
    assert (row["status"], row["operator"], row["unit"]) == (status, "=", "year")


def test_pln_021__a_rescue_station_in_each_county(policy):
    """二(一)5：“推动县级救助管理站新建或改扩建”: 3 of 3 counties, or 2."""
    three = [facility(u, "rescue_station", u) for u in ("A1001", "B", "D")]
    assert city(policy, "PLN-021", *three)["status"] == "met"
    row = city(policy, "PLN-021", *three[:2], three[2] | {"status": "building"})
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "丁市")


@pytest.mark.parametrize(("of_d2", "status", "gap"), [(5, "met", 0), (4, "not_met", 1)])
def test_pln_047__five_conditions_of_each_station(policy, of_d2, status, gap):
    """三(三)2(2)：“有场地、有人员、有功能、有制度、有活动”: 5 of 5 in each of 5 stations = 25 of 25."""
    told = [fig("PLN-047", t, 5, 5) for t in TOWNSHIPS[:4]] + [fig("PLN-047", "D2", of_d2, 5)]
    checks = judge(policy, "PLN-047", told=told)
    row = one(checks, "PLN-047", "C")
    assert (row["status"], row["gap"], row["denominator_value"]) == (status, gap, 25)
    assert row["failing"] == ("" if status == "met" else "中镇")


def test_pln_039__communities_with_a_centre_are_told(policy):
    """
    三(一)4(1)：“建立以社区党群服务中心为主体、其他专项服务设施为补充、服务网点为配套、信息化平台为支撑的城乡社区公共服务设施网络”.

    2 of 8 villages and communities have one: 25 %; all 8: 100 %. Neither is judged.
    """
    two = [facility(u, "community_service", u) for u in ("A1001", "D2200")]
    row = city(policy, "PLN-039", *two)
    assert (row["value"], row["denominator_value"], row["status"]) == (0.25, 8, "no_target")
    assert "一居委会" not in row["failing"].split(";")
    assert "二居委会" in row["failing"].split(";")
    every = [facility(u, "community_service", u) for u in
             ("A1001", "A1002", "A2001", "A2200", "B1200", "B1201", "D1001", "D2200")]  # fmt: skip
    row = city(policy, "PLN-039", *every)
    assert (row["value"], row["failing"], row["status"]) == (1.0, "", "no_target")


@pytest.fixture
def streets(policy):
    return nw.from_roads(toytown.roads(), nw.profile("elder_walk", policy))


def reached(policy, rule: str, kind: str, network):
    """A facility at (0, 0); 50 persons (10 elders) at the door, as many out of reach."""
    doors = people(("A1001", 0, 0, 10), ("A1001", 9000, 0, 10))
    rows = [facility("f", kind, "A1001", geometry=toytown.at(0, 0))]
    layers = {"population": doors}
    checks = judge(policy, rule, standing=rows, layers=layers, network=network)
    return checks[(checks["rule_id"] == rule) & (checks["unit_code"] == "C")].iloc[0]


def test_pln_040__reach_of_community_centres(policy, streets):
    """三(一)4(2)：“优化社区综合服务设施空间布局”: 50 of 100 persons within 15 minutes; not judged."""
    row = reached(policy, "PLN-040", "community_service", streets)
    assert (row["value"], row["numerator"], row["status"]) == (0.5, 50, "no_target")
    assert reached(policy, "PLN-040", "community_service", None)["status"] == "no_data"


def test_pln_104__reach_of_mutual_aid_centres(policy, streets):
    """
    四(二)1：“积极发挥老年人互助照料活动中心、农村幸福院等互助养老设施”.

    10 of 20 elders within 15 minutes; an institution is none of these; not judged.
    """
    row = reached(policy, "PLN-104", "activity_centre", streets)
    assert (row["value"], row["status"]) == (0.5, "no_target")
    assert reached(policy, "PLN-104", "institution", streets)["status"] == "no_data"


def test_pln_073__three_levels_each_by_itself(policy):
    """
    四(一)1(2)：“构建县（市、区）、镇（街道）、城乡社区养老服务网络”.

    甲区 has its guidance centre: 1 of 3 counties. 东街道 and 中镇 have homes: 2 of 5 townships. A
    day-care centre in 一居委会, and one known only by 中镇 (中村 may have it): 1 of 8 for certain.
    A guidance centre is no day care, and a home none of a county's.
    """
    rows = [facility("g", "guidance_centre", "A"), facility("h", "institution", "A1"),
            facility("i", "community_elderly", "D2"), facility("d", "daycare", "A1001")]  # fmt: skip
    checks = judge(policy, "PLN-073", standing=rows)
    city = checks[checks["unit_code"] == "C"].set_index("denominator")
    assert city["value"].to_dict() == {"county": pytest.approx(1 / 3), "township": 0.4,
                                       "village": 0.125}  # fmt: skip
    assert city["missing"].to_dict() == {"county": 0, "township": 0, "village": 1}
    assert set(city["status"]) == {"no_target"}
    assert city["denominator_zh"].tolist() == ["县", "镇（街道）", "村（社区）"]
    assert one(checks, "PLN-073", "B", denominator="township")["value"] == 0.0
    assert "village" not in set(checks["level"])


def test_pln_034__villages_of_unusual_size(policy, policy_with):
    """
    三(一)3：“合理调整村（社区）规模”: villages far from the usual number of people are named.

    The 4 communities have 4,000, 8,000, 12,000 and 14,000 persons, the 4 villages 5,000 to 6,000.
    The fences are 1.5 interquartile ranges of the logarithm beyond the middle half: nobody is out.
    With fences at the middle half itself (factor 0), 南居委会 (4,000) and 北居委会 (14,000) are, and
    of the villages (5,000, 5,000, 6,000, 6,000: the middle half is 5,000 to 6,000) none.
    """
    row = one(judge(policy, "PLN-034"), "PLN-034", "C")
    assert (row["value"], row["denominator_value"], row["status"]) == (0, 8, "no_target")
    assert "中位数：6,000 人、1,500 户" in row["remark_zh"]
    tight = policy_with(village_size_fence_factor=0.0)
    row = one(judge(tight, "PLN-034"), "PLN-034", "C")
    assert (row["value"], row["failing"]) == (2, "南居委会;北居委会")
    frame = units()
    frame.loc[frame["unit_code"] == "B1200", "population"] = None
    row = one(judge(policy, "PLN-034", layers={"admin_units": frame}), "PLN-034", "C")
    assert (row["denominator_value"], row["missing"]) == (7, 1)


@pytest.mark.parametrize(
    ("rule", "kind"), [("PLN-085", "特困供养机构改造"), ("PLN-095", "医院转型")]
)
def test_pln_085_095__projects_of_their_kind_are_told(policy, rule, kind):
    """“实施特困人员供养服务机构改造三年提升计划”, “鼓励有意愿的一、二级医院逐步转型为护理、康复医疗机构”: 1 of 2."""
    rows = [project("p", 5, "A", kind=kind), project("q", 5, "B", "building", kind=kind),
            project("r", 5, "B", "building", kind="公办养老机构")]  # fmt: skip
    row = one(judge(policy, rule, projects=rows), rule, "C")
    assert (row["value"], row["denominator_value"], row["status"]) == (0.5, 2, "no_target")
    assert row["failing"] == "q"
    told = [fig(rule, "C", 9, 10)]  # what is told goes before what the layers show
    assert one(judge(policy, rule, projects=rows, told=told), rule, "C")["value"] == 0.9


def test_pln_089__centres_and_the_townships_each_serves(policy, streets):
    """
    四(一)2(1)：“建成一批具有辐射功能的区域性特困供养服务中心”: each township has exactly one.

    Centres at (0, 0) and (400, 400): the people of 东街道 and 西镇 live nearer the first.
    """
    homes = people(("A1001", 0, 0, 5), ("B1200", 100, 0, 5), ("D1001", 400, 400, 5),
                   ("D2200", 300, 400, 5), ("A2001", 0, 100, 5))  # fmt: skip
    centre = {"functions": "full_time;regional_centre"}
    rows = [facility("甲中心", "hardship_institution", "A1", geometry=toytown.at(0, 0), **centre),
            facility("丁中心", "hardship_institution", "D1", geometry=toytown.at(400, 400), **centre),
            facility("福利院", "hardship_institution", "B1", functions="full_time",
                     geometry=toytown.at(100, 0))]  # fmt: skip
    checks = judge(policy, "PLN-089", standing=rows, layers={"population": homes}, network=streets)
    row = one(checks, "PLN-089", "C")
    assert (row["value"], row["status"]) == (2, "no_target")
    assert row["remark_zh"] == "甲中心：东街道、南镇、西镇；丁中心：北街道、中镇"
    assert one(checks, "PLN-089", "B")["value"] == 0
    none = judge(policy, "PLN-089", standing=rows[2:])
    assert one(none, "PLN-089", "C")["remark_zh"] == "无数据"


def test_pln_075__streets_with_all_four_functions(policy):
    """
    四(一)1(2)：“在街道层面建设具备全托、日托、上门服务、对下指导等综合功能的社区养老服务机构”.

    Both streets with the four meet; 北街道 without 对下指导 does not, though ELD-10 is met.
    """
    four, three = "full_time;day;home;guidance", "full_time;day;home"
    rows = [facility(u, "community_elderly", u, functions=four) for u in ("A1", "D1")]
    assert city(policy, "PLN-075", *rows)["status"] == "met"
    short = [rows[0], rows[1] | {"functions": three}]
    row = city(policy, "PLN-075", *short)
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "北街道")
    assert city(policy, "ELD-10", *short)["status"] == "met"
    unsaid = city(policy, "PLN-075", rows[0], rows[1] | {"functions": None})
    assert unsaid["status"] == "to_verify"


@pytest.mark.parametrize(
    ("furnace_of_d", "status", "short"),
    [
        # capacity 9,000 + 4,000 + 2,000 = 15,000 of 8,000 + 4,000 + 3,000 deaths: exactly enough
        (2000, "met", 0),
        (1900, "not_met", 100),
    ],
)
def test_pln_129__furnaces_against_deaths(policy, furnace_of_d, status, short):
    """四(五)2：“满足群众火化需求和应对突发事件遗体处置等需要”: capacity ÷ deaths ≥ 1."""
    told = [fig("PLN-129", "A", 9000, 8000), fig("PLN-129", "B", 4000, 4000),
            fig("PLN-129", "D", furnace_of_d, 3000)]  # fmt: skip
    checks = judge(policy, "PLN-129", told=told)
    row = one(checks, "PLN-129", "C")
    assert (row["status"], row["gap"]) == (status, short)
    assert one(checks, "PLN-129", "D")["status"] == "not_met"


def test_pln_129__a_county_unknown_leaves_the_city_open(policy):
    told = [fig("PLN-129", "A", 9000, 8000), fig("PLN-129", "B", 4000, 4000)]
    row = one(judge(policy, "PLN-129", told=told), "PLN-129", "C")
    assert row["status"] == "to_verify"
    assert one(judge(policy, "PLN-129"), "PLN-129", "C")["status"] == "no_data"


def test_pln_130__townships_with_a_funeral_service_point(policy, streets):
    """四(五)2：“统筹设置殡仪服务网点”: 2 of 5 townships, then 5 of 5; people within 30 minutes by car."""
    every = [facility(t, "funeral_service_point", t) for t in TOWNSHIPS]
    units_ = {"denominator": "units"}
    row = one(judge(policy, "PLN-130", standing=every[:2]), "PLN-130", "C", **units_)
    assert (row["value"], row["failing"], row["status"]) == (0.4, "西镇;北街道;中镇", "no_target")
    row = one(judge(policy, "PLN-130", standing=every), "PLN-130", "C", **units_)
    assert (row["value"], row["status"]) == (1.0, "no_target")
    placed = [every[0] | {"geometry": toytown.at(0, 0)}]
    doors = {"population": people(("A1001", 500, 500, 10), ("A1001", 90_000, 0, 30))}
    row = one(judge(policy, "PLN-130", standing=placed, layers=doors, network=streets),
              "PLN-130", "C", denominator="persons")  # fmt: skip
    assert (row["value"], row["remark_zh"]) == (0.25, "车程 30 分钟")
