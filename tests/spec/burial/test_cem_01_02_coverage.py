"""CEM-01, CEM-02, CEM-02a: cemeteries on three levels (indicator 7, 四(五)2)."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from fixtures import toytown
from fixtures.plan_city import TOWNSHIPS, judge, one, people, project, yard

from geoplan import network as nw

COUNTIES = [yard(f"county {u}", "county", u) for u in "ABD"]


def test_cem_01__three_counties_with_their_own(policy):
    """主要指标 7：“县级公益性安葬(放)设施覆盖率”，100%: 3 of 3, or 2; being served is not enough."""
    checks = judge(policy, ["IND.7", "CEM-01"], yards=COUNTIES)
    row = one(checks, "CEM-01", "C")
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 3, 3)
    assert one(checks, "IND.7", "C")["status"] == "met"
    served = [COUNTIES[0], COUNTIES[1] | {"served_codes": "B;D"}]
    row = one(judge(policy, "CEM-01", yards=served), "CEM-01", "C")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "丁市")


def shares(policy, yards: list[dict]) -> dict[str, tuple[str, float]]:
    """Level of the units counted -> status and share in the city."""
    checks = judge(policy, "CEM-02", yards=yards)
    city = checks[checks["unit_code"] == "C"].set_index("denominator")
    return {level: (row["status"], row["value"]) for level, row in city.iterrows()}


def test_cem_02__counties_towns_and_villages(policy):
    """
    四(五)2：“公益性公墓（骨灰堂）覆盖所有县（市、区）及镇（街道）、村（社区）”.

    Each county's own; each township's own, which serves itself and so its villages: 3/3, 5/5, 8/8.
    Without the one of D2: 3/3, 4/5, and 中村 left out, 7/8.
    """
    towns = [yard(f"town {t}", "township", t, t) for t in TOWNSHIPS]
    found = shares(policy, [*COUNTIES, *towns])
    assert found == {"county": ("met", 1.0), "township": ("met", 1.0), "village": ("met", 1.0)}
    found = shares(policy, [*COUNTIES, *towns[:4]])
    assert found["county"] == ("met", 1.0)
    assert found["township"] == ("not_met", pytest.approx(0.8))
    assert found["village"] == ("not_met", pytest.approx(7 / 8))


def test_cem_02__one_shared_by_two_towns_serves_both(policy):
    """联建: the ash hall of D1 serves D1 and D2."""
    towns = [yard(f"town {t}", "township", t, t) for t in TOWNSHIPS[:3]]
    joint = yard("joint", "township", "D1", "D1; D2", kind="ash_hall")
    assert shares(policy, [*COUNTIES, *towns, joint])["township"] == ("met", 1.0)


def test_cem_02__commercial_ones_do_not_cover(policy):
    towns = [yard(f"town {t}", "township", t, t, kind="commercial_cemetery") for t in TOWNSHIPS]
    assert shares(policy, [*COUNTIES, *towns])["township"] == ("not_met", 0.0)


def test_cem_02__unknown_status_leaves_it_open(policy):
    towns = [yard(f"town {t}", "township", t, t) for t in TOWNSHIPS]
    towns[4]["status"] = None
    found = shares(policy, [*COUNTIES, *towns])
    assert found["township"][0] == found["village"][0] == "to_verify"


def near(policy, persons: dict[tuple[int, int], int], network, *, km: float, **cells) -> pd.Series:
    """Row of 南村, whose people stand at these places; one town cemetery of 西镇 at (0, 0)."""
    yards = gpd.GeoDataFrame([yard("town", "township", "B1", **cells)],
                             geometry=[toytown.at(0, 0)], crs="EPSG:4547")  # fmt: skip
    doors = people(*(("A2200", x, y, n) for (x, y), n in persons.items()))
    checks = judge(policy(cemetery_reach_village_km=km), "CEM-02", network=network,
                   layers={"cemeteries": yards, "population": doors})  # fmt: skip
    return one(checks, "CEM-02", "A2200")


def test_cem_02__or_nine_in_ten_people_within_the_distance_by_road(policy, policy_with):
    """
    RULES §7.2: served is also ≥ 90 % of the people within D by road, closed at both ends.

    9 of 10 live at (200, 100), 300 m by road (224 m straight), one at (400, 400). Within 0.3 km: 90 %,
    covered. Within 0.299 km: nobody. 8 of 10: 80 %, not covered. A cemetery of unknown status leaves
    it open; one of a county's own level would do too, one of another village below a town not.
    """
    net = nw.from_roads(toytown.roads(), nw.profile("elder_walk", policy))
    nine = {(200, 100): 9, (400, 400): 1}
    assert near(policy_with, nine, net, km=0.3)["status"] == "met"
    assert "90% 人口在路程 0.3 公里内[P]" in near(policy_with, nine, net, km=0.3)["remark_zh"]
    assert near(policy_with, nine, net, km=0.299)["status"] == "not_met"
    assert near(policy_with, {(200, 100): 8, (400, 400): 2}, net, km=0.3)["status"] == "not_met"
    assert near(policy_with, nine, net, km=0.3, status=None)["status"] == "to_verify"
    assert near(policy_with, nine, net, km=0.3, kind="commercial_cemetery")["status"] == "not_met"


def test_cem_02__without_roads_the_straight_line_only_rules_out(policy_with):
    """224 m in a straight line: within 0.3 km the road may be longer (open); within 0.2 it is not."""
    nine = {(200, 100): 9, (400, 400): 1}
    assert near(policy_with, nine, None, km=0.3)["status"] == "to_verify"
    assert near(policy_with, nine, None, km=0.2)["status"] == "not_met"


def built(policy, *states: str | None):
    rows = [project(f"p{i}", 8, "ABD"[i % 3], s, kind="公益性公墓") for i, s in enumerate(states)]
    rows.append(project("home", 8, "B", "building", kind="殡仪馆新建"))
    return one(judge(policy, "CEM-02a", projects=rows), "CEM-02a", "C")


def test_cem_02a__all_planned_cemeteries_built(policy):
    """四(五)2：“规划的公墓全部建成”: 4 of 4; with one under way 3 of 4, by name."""
    row = built(policy, *["complete"] * 4)
    assert (row["status"], row["denominator_value"]) == ("met", 4)
    row = built(policy, "complete", "complete", "building", "complete")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "p2")
    assert "在建 1" in row["remark_zh"]
    assert built(policy, "complete", None)["status"] == "to_verify"
