"""What a number rests on: layers, dates and sources; the last day of the data."""

from __future__ import annotations

import pandas as pd
import pytest
from fixtures.small_city import SYSTEM, facilities, facility, one, units

import geoplan as gp
from geoplan import standards
from geoplan.standards.inputs import READS, layers_read, parse_inputs
from geoplan.standards.registers import MEASURES as REGISTERS


def layers():
    rows = facilities(facility("c", "daycare", "A1001", elder_floor_m2=800.0))
    return {
        "admin_units": units().assign(source="统计公报", source_date="2025-03-01"),
        "facilities": rows.assign(source="民政局台账；2025", source_date="2025-12-20"),
    }


@pytest.fixture(scope="module")
def checks(policy):
    return standards.check(layers(), policy, code_system=SYSTEM)


def test_a_row_names_its_layers_with_date_and_source(checks, policy):
    row = one(checks, "ELD-03", "C")
    assert parse_inputs(row["inputs"]) == [
        ("facilities", "2025-12-20", "民政局台账；2025"),
        ("admin_units", "2025-03-01", "统计公报"),
    ]
    said = gp.explain(row, policy)
    assert "输入：设施（2025-12-20，民政局台账；2025）；行政区划（2025-03-01，统计公报）" in said
    assert "Inputs: Facilities (2025-12-20" in gp.explain(row, policy, lang="en")


def test_layers_that_are_not_there_are_no_inputs(checks):
    assert one(checks, "ELD-08", "C")["inputs"].startswith("facilities|")
    assert "population" not in one(checks, "ELD-08", "C")["inputs"]
    assert set(checks.loc[checks["rule_id"] == "IND.3", "inputs"]) == {""}


def test_every_rule_that_is_judged_says_what_it_reads(policy):
    for rule in standards.judged(policy):
        assert layers_read(policy.rule(rule)), rule
    assert all(READS[kind] == ("indicator_figures",) for kind in REGISTERS)


def test_which_households_are_counted_is_said_of_the_data(policy):
    frame = units().drop(columns="households_basis")
    row = one(standards.check({"admin_units": frame}, policy, code_system=SYSTEM,
                              rules=["ELD-03"]), "ELD-03", "C")  # fmt: skip
    assert row["remark_zh"] == "户数口径未说明"
    stated = one(standards.check({"admin_units": units()}, policy, code_system=SYSTEM,
                                 rules=["ELD-03"]), "ELD-03", "C")  # fmt: skip
    assert stated["remark_zh"] == "户数口径：2020年普查推算"


@pytest.mark.parametrize(
    ("layer", "cells", "day"),
    [
        ("facilities", {"source_date": ["2025-06-30", None]}, "2025-06-30"),
        ("facilities", {"valid_from": ["2026-03-01", None]}, "2026-03-01"),
        ("projects", {"valid_to": [None, "2026-09-09"]}, "2026-09-09"),
        ("indicator_figures", {"period": ["2025", "2026-03"]}, "2026-12-31"),
        (
            "indicator_figures",
            {"period": ["2025", "2026-03"], "source_date": ["2025-12-31", "2026-03-31"]},
            "2026-03-31",
        ),
        (
            "indicator_figures",
            {"period": ["2025", "2026"], "source_date": ["2025-12-31", None]},
            "2026-12-31",
        ),
        ("population", {"source_date": ["2027-01-01", None]}, ""),
        ("cemeteries", {"name": ["甲", "乙"]}, ""),
    ],
)
def test_the_last_day_of_the_data(layer, cells, day):
    assert standards.newest_day({layer: pd.DataFrame(cells)}) == day


# a rule that cannot be applied


def test_a_rule_without_its_parameter_says_so_and_the_rest_is_judged(policy):
    """ELD-08 needs ``share_elders_share``: without it the rule is no data, with the reason."""
    from dataclasses import replace

    from fixtures.small_city import people

    less = {k: v for k, v in policy.parameters.items() if k != "share_elders_share"}
    poorer = replace(policy, parameters=less)
    from fixtures import toytown

    near = facilities(facility("d", "daycare", "A1001", geometry=toytown.at(0, 0)))
    city = {"admin_units": units(), "facilities": near, "population": people(("A1001", 0, 0, 9))}
    found = standards.check(city, poorer, code_system=SYSTEM)
    whole = standards.check(city, policy, code_system=SYSTEM)
    row = one(found, "ELD-08", "C")
    assert row["status"] == "no_data"
    assert "share_elders_share" in row["remark_zh"]
    assert "share_elders_share" in row["remark_en"]
    others = found[found["rule_id"] != "ELD-08"]
    assert len(others) == (whole["rule_id"] != "ELD-08").sum()
    assert one(found, "ELD-03", "C")["status"] == one(whole, "ELD-03", "C")["status"]
