"""CEM-01, CEM-02, CEM-02a: cemeteries on three levels (indicator 7, 四(五)2)."""

from __future__ import annotations

import pytest
from fixtures.plan_city import TOWNSHIPS, judge, one, project, yard

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
