"""BND-12, BND-26a–c, BND-27: 三(四)3 “核定村级管理线 … 勘定乡级界线 … 细化县级以上界线”, “平安边界”."""

from __future__ import annotations

from datetime import date

import pandas as pd

from geoplan.boundaries.ledgers import (
    basis_documents,
    hazard_ledger,
    peace_agreements,
    precision_figures,
)


def test_bnd_12__basis_of_an_inspection(policy):
    """办法第五条: agreement, maps, register; one missing is a warning."""
    lines = pd.DataFrame({"line_id": ["a"]})
    papers = pd.DataFrame(
        {"line_id": "a", "document_kind": ["agreement", "agreement_map", "approval"]}
    )
    check = basis_documents(lines, papers).iloc[0]
    assert (check["status"], check["missing"]) == ("warning", "marker_register")
    assert policy.rule("BND-12").options.severity == "warning"


def rows(policy):
    lines = pd.DataFrame({
        "level": ["township", "township", "county"], "legal_status": ["agreed", "working", "approved"],
        "precise": [None, None, True], "length_m": [3000.0, 1000.0, 5000.0],
    })  # fmt: skip
    village = pd.DataFrame({"checked": [True, True, True, False]})
    found = precision_figures(policy, boundary_lines=lines, village_lines=village)
    return found.set_index(["rule_id", "counted"])


def test_bnd_26a__village_lines_checked(policy):
    """“核定村级管理线”: 3 of 4."""
    assert rows(policy).loc[("BND-26a", "count"), ["value", "status"]].tolist() == [75.0, "not_met"]


def test_bnd_26b__township_lines_demarcated(policy):
    """“勘定乡级界线”: 1 of 2 lines, 3 of 4 km, side by side."""
    found = rows(policy)
    assert found.loc[("BND-26b", "count"), "value"] == 50
    assert found.loc[("BND-26b", "length_m"), "value"] == 75


def test_bnd_26c__higher_lines_refined(policy):
    """“细化县级以上界线”: 5 of 5 km."""
    assert rows(policy).loc[("BND-26c", "length_m"), "status"] == "met"


def test_bnd_27__agreement_and_hazards():
    """“深入推进平安边界建设”: the agreement in force, the hazard overdue since yesterday."""
    papers = pd.DataFrame(
        {
            "line_id": ["a"],
            "document_kind": "peace_agreement",
            "valid_until": pd.to_datetime(["2026-12-31"]),
        }
    )
    today = date(2026, 11, 24)
    assert peace_agreements(pd.DataFrame({"line_id": ["a"]}), papers, today)["status"].tolist() == [
        "in_force"
    ]
    hazard = pd.DataFrame(
        {"hazard_id": ["h"], "state": "open", "due_on": pd.to_datetime(["2026-11-23"])}
    )
    assert hazard_ledger(hazard, today)[["status", "overdue_day"]].to_numpy().tolist() == [
        ["overdue", 1]
    ]
