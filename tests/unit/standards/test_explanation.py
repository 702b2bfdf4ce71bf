"""Any row explained at three depths, in two languages; coverage too."""

from __future__ import annotations

import pandas as pd
import pytest
from fixtures.small_city import SYSTEM, facilities, facility, one, units

import geoplan as gp
from geoplan import standards
from geoplan.errors import InputError


@pytest.fixture(scope="module")
def checks(policy):
    places = facilities(facility("c", "daycare", "A1001", elder_floor_m2=800.0))
    return standards.check({"admin_units": units(), "facilities": places}, policy,
                           code_system=SYSTEM)  # fmt: skip


def test_a_leader_reads_one_sentence(checks, policy):
    row = one(checks, "ELD-03", "C")
    said = gp.explain(row, policy, depth="leader")
    assert said == (
        "随城每百户养老服务用房为 8.00 平方米/百户，目标 ≥20.00 平方米/百户，未达标，"
        "尚差 1,200.00 平方米。"
    )
    english = gp.explain(row, policy, depth="leader", lang="en")
    assert "not met, short by 1,200.00 m2." in english


def test_a_planner_reads_the_working_and_the_clause(checks, policy):
    said = gp.explain(one(checks, "ELD-03", "C"), policy)
    for words in ("800.00 ÷ (10,000 ÷ 100)", "四(一)1(1)", "原文：", "[V]", policy.digest[:12]):
        assert words in said


def test_an_analyst_reads_what_is_needed_to_compute_it_again(checks, policy):
    said = gp.explain(one(checks, "ELD-03", "C"), policy, depth="analyst")
    for words in ("area_per_100hh", "界限：8.00", "column=elder_floor_m2", "数据完整率", "来源："):
        assert words in said


def test_missing_data_are_said(checks, policy):
    said = gp.explain(one(checks, "ELD-03", "A3"), policy)
    assert "无数据" in said
    assert "未达标" not in said


def test_a_gap_row_and_a_coverage_row(checks, policy):
    gap = standards.gaps(checks, units()).iloc[0]
    assert str(gap["rule_id"]) in gp.explain(gap, policy)
    row = pd.Series({"unit_name": "随城", "persons": 200.0, "covered": 150.0, "cov_share": 0.75,
                     "limit_min": 15.0})  # fmt: skip
    assert "150 人 ÷ 200 人 = 75.0%" in gp.explain(row, policy)
    assert "within 15 minutes" in gp.explain(row, policy, lang="en")


def test_what_cannot_be_explained(checks, policy):
    with pytest.raises(InputError, match="leader"):
        gp.explain(checks.iloc[0], policy, depth="boss")
    with pytest.raises(InputError, match="columns"):
        gp.explain(pd.Series({"a": 1}), policy)


def test_the_policy_file_changes_the_words(checks, policy, tmp_path):
    """15 m2 for existing areas: results, explanations and gaps follow, with no code change."""
    from geoplan.io import read_policy

    path = tmp_path / "milder.toml"
    path.write_text(
        '[policy]\nid = "milder"\ntitle = "较低标准"\ntitle_en = "Milder"\nextends = "suizhou-2022"\n\n'
        '[rules."ELD-03"]\nclasses = [\n'
        '  { status = "new", value = 20, allocation = "containment" },\n'
        '  { status = "existing", value = 15, allocation = "shared_circle" },\n]\n'
        'clause = "试"\nattribute = "text"\nbasis = "P"\nconfidence = 0.0\nsources = ["P00"]\n',
        encoding="utf-8",
    )
    milder = read_policy(path)
    places = facilities(facility("c", "daycare", "A1001", elder_floor_m2=1_600.0))
    found = standards.check({"admin_units": units(), "facilities": places}, milder,
                            code_system=SYSTEM)  # fmt: skip
    row = one(found, "ELD-03", "C")
    assert (row["target"], row["status"], row["policy_id"]) == (15.0, "met", "milder")
    said = gp.explain(row, milder)
    assert "≥ 15.00" in said or ">= 15.00" in said
    assert "[P]" in said
