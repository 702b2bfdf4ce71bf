"""The scoreboard, its order, the present state beside it, series, coverage, comparisons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fixtures.small_city import SYSTEM, facilities, facility, units

from geoplan import boundaries, indicators, standards
from geoplan.errors import UnknownIdError


def figures(*rows):
    columns = ["indicator_id", "unit_code", "period", "value", "numerator", "denominator"]
    return pd.DataFrame(list(rows), columns=columns)


def layers(*rows, places=()):
    return {"admin_units": units(), "facilities": facilities(*places),
            "indicator_figures": figures(*rows)}  # fmt: skip


THREE = ("IND.3", "C", "2025", None, 990, 1000)


def test_indicators_first_binding_before_expected(policy):
    board = indicators.scoreboard(layers(THREE), policy, code_system=SYSTEM)
    numbers = board["number"].dropna().astype(int).tolist()
    assert numbers == [3, 4, 6, 7, 8, 1, 2, 5, 9, 10, 11, 12, 13, 14, 15]
    assert board["number"].isna().iloc[15:].all()
    assert board["rule_id"].iloc[0] == "IND.3"
    assert (board["value"].iloc[0], board["gap"].iloc[0]) == (0.99, 10.0)


def test_later_data_stand_beside_and_never_in_the_assessment(policy):
    later = ("IND.3", "C", "2026-03", None, 1000, 1000)
    data = layers(THREE, later)
    board = indicators.scoreboard(data, policy, code_system=SYSTEM, today="2026-11-25")
    row = board.set_index("rule_id").loc["IND.3"]
    assert (row["value"], row["status"], row["data_date"]) == (0.99, "not_met", "2025")
    assert (row["current_value"], row["current_status"]) == (1.0, "met")
    assert row["current_date"] == "2026-03"
    before = indicators.scoreboard(data, policy, code_system=SYSTEM, today="2025-06-30")
    assert (before["current_status"] == "").all()


def test_of_a_county_and_of_townships(policy):
    counties = indicators.scoreboard(layers(THREE), policy, code_system=SYSTEM, level="county")
    assert set(counties["unit_code"]) == {"A"}
    checks = standards.check(layers(THREE), policy, code_system=SYSTEM)
    one = indicators.board(checks, policy, level="township", unit_code="A1")
    assert set(one["unit_name"]) == {"东街道"}


def test_an_empty_board_has_its_columns(policy):
    board = indicators.board(pd.DataFrame(columns=["rule_id", "level"]), policy)
    assert board.empty
    assert "current_status" in board.columns


def test_series_by_year_in_the_rules_unit(policy):
    data = figures(("IND.11", "C", "2021", 2150, None, None), ("IND.11", "C", "2023", 2900, None, None),
                   ("IND.3", "C", "2021", None, 96, 100), ("IND.3", "C", "2022", 97.5, None, None),
                   ("IND.4", "C", "2025", 99, None, None))  # fmt: skip
    data["figure_unit"] = ["person", "person", None, None, None]
    table = indicators.series(data, policy, unit_code="C")
    assert table[table["rule_id"] == "IND.11"]["value"].tolist() == [0.215, 0.29]
    assert table[table["rule_id"] == "IND.3"]["value"].tolist() == [96.0, 97.5]
    assert set(table["rule_id"]) == {"IND.11", "IND.3"}  # one year is no series
    assert table[table["rule_id"] == "IND.11"]["target"].iloc[0] == 0.35


def test_growth_stands_beside_what_it_is_compared_with(policy):
    """上年度: the target of 2025 is the consumption of 2024; of 2024 nothing is known."""
    data = figures(("IND.1", "C", "2024", 5.5, None, None), ("IND.1", "C", "2025", 5.2, None, None),
                   ("IND.1-consumption", "C", "2024", 4.6, None, None))  # fmt: skip
    table = indicators.series(data, policy, unit_code="C")
    assert table["unit"].tolist() == ["pct", "pct"]
    assert np.isnan(table["target"].iloc[0])
    assert table["target"].iloc[1] == 4.6


def test_each_target_is_counted_once(policy):
    """ELD-09 states indicator 9, COM-01 indicator 14 …: five rules, five indicators."""
    board = indicators.scoreboard(layers(THREE), policy, code_system=SYSTEM)
    twins = {r for r, rule in policy.rules.items() if rule.options.indicator}
    assert twins == {"ELD-09", "ELD-18", "COM-01", "COM-03", "CEM-01"}
    once = indicators.once_each(board, policy)
    assert set(board["rule_id"]) - set(once["rule_id"]) == twins
    assert len(once) == len(board) - len(twins)


def test_of_a_township_the_rule_in_detail_has_the_indicators_number(policy):
    checks = standards.check(layers(THREE), policy, code_system=SYSTEM)
    town = indicators.board(checks, policy, level="township", unit_code="A1")
    numbers = town.dropna(subset=["number"]).set_index("rule_id")["number"].to_dict()
    assert numbers["ELD-09"] == 9
    assert numbers["IND.10"] == 10
    assert "IND.9" not in numbers
    city = indicators.board(checks, policy).set_index("rule_id")["number"]
    assert city["IND.9"] == 9
    assert np.isnan(city.astype(float)["ELD-09"])


def test_nothing_of_the_plan_is_missing_from_the_matrix(policy):
    matrix = indicators.coverage_matrix(policy).set_index("rule_id")
    assert {f"IND.{n}" for n in range(1, 16)} <= set(matrix.index)
    assert (matrix.loc[[f"IND.{n}" for n in range(1, 16)], "state"] == "judged").all()
    boxes = matrix["column_box"].dropna().astype(int)
    assert set(boxes) == set(range(1, 9))
    plan = matrix[matrix.index.str.startswith("PLN-")]
    assert len(plan) == 64
    assert (plan["state"] == "judged").all()
    pending = matrix[matrix["state"] == "pending"]
    assert set(pending["part"]) <= {"inspection", "placenames", "cemeteries", "siting", "check"}
    here = matrix[matrix["state"] == "judged"]
    assert set(standards.judged(policy)) == set(here.index[here["part"] == "standards"])
    assert set(boundaries.judged(policy)) == set(here.index[here["part"] == "boundaries"])


def checks_of(policy, *rows, **options):
    return standards.check(layers(*rows, **options), policy, code_system=SYSTEM)


def test_compare_names_data(policy):
    before = checks_of(policy, THREE)
    after = checks_of(policy, ("IND.3", "C", "2025", None, 1000, 1000))
    table = indicators.compare(before, after)
    row = table[(table["rule_id"] == "IND.3") & (table["level"] == "prefecture")].iloc[0]
    assert (row["cause"], row["status_before"], row["status_after"]) == ("data", "not_met", "met")
    assert row["change"] == pytest.approx(0.01)
    assert indicators.compare(before, before).empty


def test_compare_names_the_rule(policy):
    places = [facility("c", "daycare", "A1001", elder_floor_m2=1_700.0)]
    rule = policy.rule("ELD-03")
    classes = tuple(replace(c, value=15.0) for c in rule.classes)
    milder = replace(policy, rules={**policy.rules, "ELD-03": replace(rule, classes=classes)})
    table = indicators.compare(checks_of(policy, places=places), checks_of(milder, places=places))
    row = table[(table["rule_id"] == "ELD-03") & (table["unit_code"] == "C")].iloc[0]
    assert row["cause"] == "rule"
    assert (row["target_before"], row["target_after"]) == (20.0, 15.0)
    fewer = replace(policy, rules={k: v for k, v in policy.rules.items() if k != "ELD-13"})
    gone = indicators.compare(checks_of(policy), checks_of(fewer))
    assert set(gone["rule_id"]) == {"ELD-13"}
    assert set(gone["cause"]) == {"rule"}


def test_compare_names_the_boundary(policy):
    base = layers()
    merged = {**base, "admin_units": units().query("unit_code != 'A3'")}
    merged["admin_units"].loc[merged["admin_units"]["parent_code"] == "A3", "parent_code"] = "A2"
    before = standards.check(base, policy, code_system=SYSTEM)
    after = standards.check(merged, policy, code_system=SYSTEM)
    table = indicators.compare(before, after)
    gone = table[table["unit_code"] == "A3"]
    assert set(gone["cause"]) == {"boundary"}
    city = table[(table["rule_id"] == "IND.10") & (table["level"] == "prefecture")].iloc[0]
    assert "boundary" in city["cause"]


def test_two_units_side_by_side(policy):
    places = [facility("c", "daycare", "A1001", elder_floor_m2=1_700.0)]
    table = indicators.compare_units(checks_of(policy, places=places), "东街道", "A2")
    row = table[table["rule_id"] == "ELD-03"].iloc[0]
    assert (row["value_one"], row["value_other"]) == (21.25, 0.0)
    assert row["difference"] == -21.25
    with pytest.raises(UnknownIdError, match="东街道"):
        indicators.compare_units(checks_of(policy), "东街", "A2")


def test_urban_part_counts_urban_communities_only(policy_with):
    """A1001 + A1002 are 居委会 of a street: 20,000 persons, 8,000 households."""
    policy = policy_with(towns_count_as_urban=False)
    places = [facility("c", "daycare", "A1001", elder_floor_m2=800.0),
              facility("d", "daycare", "A2001", elder_floor_m2=9_000.0)]  # fmt: skip
    table = standards.check(layers(places=places), policy, code_system=SYSTEM, urban_only=True)
    row = table[(table["rule_id"] == "ELD-03") & (table["unit_code"] == "C")].iloc[0]
    assert (row["denominator_value"], row["numerator"], row["value"]) == (8_000.0, 800.0, 10.0)
    assert not (table["unit_code"] == "A2").any()
    assert np.isnan(row["value"]) == False  # noqa: E712
