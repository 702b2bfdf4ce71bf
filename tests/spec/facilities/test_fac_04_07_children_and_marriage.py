"""FAC-04 … FAC-07: marriage offices (四(四)1) and the protection of minors (专栏6)."""

from __future__ import annotations

import pytest
from fixtures.plan_city import TOWNSHIPS, facility, fig, judge, one


def test_fac_04__all_marriage_offices_of_three_a(policy):
    """四(四)1：“全市婚姻登记机关达到国家 3A 级以上标准”: 3A, 4A and 3A meet; with 2A one is short."""
    offices = [
        facility(u, "marriage_office", u, grade=g) for u, g in (("A", 3), ("B", 4), ("D", 3))
    ]
    row = one(judge(policy, "FAC-04", standing=offices), "FAC-04", "C")
    assert (row["status"], row["denominator_value"], row["due"]) == ("met", 3, "2025-12-31")
    low = [*offices[:2], offices[2] | {"grade": 2}]
    row = one(judge(policy, "FAC-04", standing=low), "FAC-04", "C")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "D")
    unsaid = [*offices[:2], offices[2] | {"grade": None}]
    assert one(judge(policy, "FAC-04", standing=unsaid), "FAC-04", "C")["status"] == "to_verify"


def centres(policy, *codes: str, status: str | None = "operating"):
    rows = [facility(f"{i}{u}", "child_protection_centre", u, status=status)
            for i, u in enumerate(codes)]  # fmt: skip
    return one(judge(policy, "FAC-05", standing=rows), "FAC-05", "C")


def test_fac_05__one_of_the_city_and_one_in_each_county(policy):
    """专栏6：“市县级未成年人救助保护中心建设覆盖率达到100%”: 4 of 4, or 3."""
    row = centres(policy, "C", "A", "B", "D")
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 4, 4)
    row = centres(policy, "C", "A", "B")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "丁市")
    row = centres(policy, "A", "B", "D")
    assert (row["status"], row["failing"]) == ("not_met", "随城")


def test_fac_05__the_citys_may_stand_in_a_county_beside_the_countys_own(policy):
    """Two in A: one is the city's (a convention, where none is registered under the city)."""
    assert centres(policy, "A1001", "A1002", "B", "D")["status"] == "met"


def stations(policy, standing: tuple, workers: dict[str, float]):
    rows = [facility(t, "child_protection_station", t) for t in standing]
    told = [fig("FAC-06", t, value=v) for t, v in workers.items()]
    return judge(policy, "FAC-06", standing=rows, told=told)


def test_fac_06__a_station_or_a_worker_in_every_township(policy):
    """
    专栏6：“未成年人保护工作站或工作专干实现全覆盖”.

    Stations in A1, A2, B1 and a worker in D1 and D2: 5 of 5; no worker in D2: 4 of 5.
    """
    row = one(stations(policy, TOWNSHIPS[:3], {"D1": 1, "D2": 1}), "FAC-06", "C")
    assert (row["status"], row["numerator"], row["denominator_value"]) == ("met", 5, 5)
    row = one(stations(policy, TOWNSHIPS[:3], {"D1": 1, "D2": 0}), "FAC-06", "C")
    assert (row["status"], row["gap"], row["failing"]) == ("not_met", 1, "中镇")


def test_fac_06__no_word_of_a_worker_is_not_the_lack_of_one(policy):
    """IND-02: D2 has no station and says nothing of a worker: to be verified, 4 to 5 of 5."""
    checks = stations(policy, TOWNSHIPS[:3], {"D1": 1})
    assert one(checks, "FAC-06", "D2")["status"] == "to_verify"
    row = one(checks, "FAC-06", "C")
    assert (row["status"], row["value_min"], row["value_max"]) == ("to_verify", 0.8, 1.0)


def test_fac_06__is_not_indicator_10(policy):
    """Workers alone: FAC-06 is met, indicator 10 (50 %, stations) is not."""
    told = [fig(r, t, value=1) for t in TOWNSHIPS for r in ("FAC-06", "IND.10")]
    checks = judge(policy, ["FAC-06", "IND.10"], standing=[], told=told)
    assert one(checks, "FAC-06", "C")["status"] == "met"
    assert one(checks, "IND.10", "C")["status"] == "not_met"


@pytest.mark.parametrize(("done", "status", "gap"), [(9000, "met", 0), (8999, "not_met", 1)])
def test_fac_07__all_archives_electronic(policy, done, status, gap):
    """四(四)1：“全面实行婚姻档案电子化”: 5,000 + 3,000 + 1,000 = 9,000 files, or one fewer."""
    told = [fig("FAC-07", "A", 5000, 5000), fig("FAC-07", "D", 3000, 3000),
            fig("FAC-07", "B", done - 8000, 1000)]  # fmt: skip
    row = one(judge(policy, "FAC-07", told=told), "FAC-07", "C")
    assert (row["status"], row["gap"]) == (status, gap)
