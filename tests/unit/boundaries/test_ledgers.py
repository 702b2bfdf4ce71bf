"""Figures of precision, agreements, hazards, basis documents."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.boundaries.ledgers import (
    basis_documents,
    hazard_ledger,
    peace_agreements,
    precision_figures,
)
from geoplan.errors import MissingColumnsError

TODAY = date(2026, 11, 24)


def lines(**cells):
    rows = {"line_id": ["a", "b", "c", "d", "e"], "level": ["township"] * 3 + ["county", "prefecture"],
            "legal_status": ["agreed", "approved", "working", "approved", None], "length_m": [1000.0, 2000, 3000, 4000, 6000],
            "precise": [None, None, None, True, False], "left_code": ["t1", "t1", "t2", "K", "K"], "right_code": ["t2", "t3", "t3", "M", "N"]}  # fmt: skip
    return pd.DataFrame(rows | cells)


def figure(policy, rule, counted="count", unit="", **given):
    rows = precision_figures(policy, **given)
    found = rows[
        (rows["rule_id"] == rule) & (rows["counted"] == counted) & (rows["unit_code"] == unit)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_three_figures_are_not_put_into_one(policy):
    """Townships: 2 of 3 lines, 3 of 6 km; county and above: 4 of 10 km."""
    rows = precision_figures(policy, boundary_lines=lines())
    assert rows[["rule_id", "counted"]].to_numpy().tolist() == [
        ["BND-26a", "count"],
        ["BND-26b", "count"],
        ["BND-26b", "length_m"],
        ["BND-26c", "length_m"],
    ]
    assert rows["value"].tolist()[1:] == pytest.approx([200 / 3, 50, 40])
    assert rows["status"].tolist() == ["no_data", "not_met", "not_met", "not_met"]
    assert rows["target"].tolist() == [100] * 4
    assert (rows["basis"] == "P").all()


def test_unknown_lines_leave_bounds(policy):
    """2 of 2 known are demarcated, a third is not known: between 66.7 and 100 %."""
    row = figure(
        policy, "BND-26b", boundary_lines=lines(legal_status=["agreed", "agreed", None, None, None])
    )
    assert (row["value"], row["value_max"], row["missing"]) == (100, 100, 1)
    assert row["value_min"] == pytest.approx(200 / 3)
    assert row["status"] == "to_verify"
    unknown_length = figure(
        policy, "BND-26b", "length_m", boundary_lines=lines(length_m=[1000.0, None, 3000, 1, 1])
    )
    assert (unknown_length["value_min"], unknown_length["value_max"]) == (0, 100)
    none = figure(policy, "BND-26b", boundary_lines=lines(legal_status=None))
    assert none["status"] == "no_data"
    assert pd.isna(none["value"])


def test_village_lines_and_units(policy):
    village = pd.DataFrame(
        {
            "checked": [True, True, None],
            "left_code": ["v1", "v1", "v9"],
            "right_code": ["v2", "v3", "v8"],
        }
    )
    units = {"T": {"v1", "v2", "v3"}, "U": {"v3"}, "W": {"nobody"}}
    assert figure(policy, "BND-26a", village_lines=village)["status"] == "to_verify"
    assert (
        figure(policy, "BND-26a", unit="T", village_lines=village, units=units)["status"] == "met"
    )
    assert (
        figure(policy, "BND-26a", unit="U", village_lines=village, units=units)["denominator_value"]
        == 1
    )
    assert (
        figure(policy, "BND-26a", unit="W", village_lines=village, units=units)["status"]
        == "no_data"
    )


def test_lengths_are_measured_where_none_is_registered(policy):
    drawn = [
        shapely.LineString([(450_000, 3_500_000 + k), (451_000, 3_500_000 + k)]) for k in range(5)
    ]
    frame = gpd.GeoDataFrame(lines(length_m=None), geometry=drawn, crs="EPSG:4547")
    assert figure(policy, "BND-26b", "length_m", boundary_lines=frame)[
        "denominator_value"
    ] == pytest.approx(3000, rel=1e-4)


def documents(*rows):
    return pd.DataFrame(
        rows, columns=["line_id", "document_kind", "document_no", "valid_until"]
    ).assign(valid_until=lambda d: pd.to_datetime(d["valid_until"]))


def test_agreements_run_to_their_last_day():
    papers = documents(
        ("a", "peace_agreement", "1", "2026-11-24"), ("b", "peace_agreement", "2", "2026-11-23"), ("c", "peace_agreement", "3", None),
        ("d", "agreement", "4", "2030-01-01"), ("b", "peace_agreement", "0", "2020-01-01"),
    )  # fmt: skip
    found = peace_agreements(lines(), papers, TODAY)
    assert found["status"].tolist() == ["in_force", "expired", "to_verify", "missing", "missing"]
    assert found["document_no"].tolist() == ["1", "2", "3", "", ""]
    assert set(peace_agreements(lines(), None, TODAY)["status"]) == {"no_data"}
    with pytest.raises(MissingColumnsError):
        peace_agreements(lines().drop(columns="line_id"), papers, TODAY)


def test_hazards_overdue():
    rows = pd.DataFrame({
        "hazard_id": list("abcdef"), "state": ["open", "handling", "closed", "closed", "open", None],
        "due_on": pd.to_datetime(["2026-11-23", "2026-11-24", "2026-01-01", "2026-01-01", None, "2026-01-01"]),
        "closed_on": pd.to_datetime([None, None, "2026-01-01", "2026-01-11", None, None]),
    }, index=range(10, 16))  # fmt: skip
    ledger = hazard_ledger(rows, TODAY)
    assert ledger["status"].tolist() == [
        "overdue",
        "due",
        "closed",
        "closed_late",
        "no_data",
        "no_data",
    ]
    assert ledger["overdue_day"].tolist()[:4] == [1, 0, 0, 10]
    assert ledger["overdue_day"].isna().tolist()[4]
    assert ledger.index.tolist() == list(range(10, 16))


def test_basis_documents():
    papers = pd.DataFrame(
        {
            "line_id": ["a", "a", "a", "a", "b", "b"],
            "document_kind": [
                "agreement",
                "agreement_map",
                "marker_register",
                "approval",
                "decision",
                "agreement_map",
            ],
        }
    )
    checks = basis_documents(lines().iloc[:3], papers)
    assert checks["status"].tolist() == ["met", "warning", "warning"]
    assert checks["missing"].tolist() == [
        "",
        "marker_register",
        "agreement;agreement_map;marker_register;approval",
    ]
    rounds = pd.DataFrame(
        {"line_id": ["a", "b"], "completed_on": pd.to_datetime(["2021-10-31", None])}
    )
    assert basis_documents(lines().iloc[:2], papers, inspections=rounds)["missing"].tolist() == [
        "inspection_report",
        "marker_register",
    ]
    assert basis_documents(lines().iloc[:1], None)["status"].tolist() == ["no_data"]
