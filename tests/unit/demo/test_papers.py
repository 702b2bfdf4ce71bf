"""Papers of the boundaries: what is there, what is missing on purpose, and what finds it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
import shapely

from geoplan import boundaries
from geoplan.demo.metres import to_metres
from geoplan.io import read_policy


@pytest.fixture(scope="module")
def lines(layers):
    return layers["boundary_lines"].to_crs("EPSG:4547")


@pytest.fixture(scope="module")
def demarcated(lines):
    return lines[lines["legal_status"].isin(["agreed", "approved"])]


def test_only_demarcated_lines_have_papers(layers, lines, demarcated):
    bare = lines.drop(demarcated.index)
    for column in ("approval_doc", "agreement_no", "agreement_map", "agreed_length_m",
                   "direction_text"):  # fmt: skip
        assert bare[column].isna().all(), column
    assert demarcated["agreement_no"].is_unique
    documents = layers["documents"]
    assert set(documents["line_id"]) <= set(demarcated["line_id"])
    assert (documents["secrecy"] == "internal").all()
    assert documents["title"].str.endswith("（演示）").all()
    assert set(documents["document_kind"]) == {
        "agreement", "agreement_map", "approval", "marker_register", "peace_agreement",
        "inspection_report",
    }  # fmt: skip
    assert 300 < len(documents) < 450


def test_the_ledgers_find_what_is_missing(layers, demarcated):
    basis = boundaries.basis_documents(demarcated, layers["documents"],
                                       inspections=layers["inspections"])  # fmt: skip
    assert 0.5 < (basis["status"] == "met").mean() < 0.85
    lacking = set(basis["missing"].str.split(";").explode()) - {""}
    assert lacking >= {"agreement_map", "marker_register", "approval", "inspection_report"}
    peace = boundaries.peace_agreements(demarcated, layers["documents"], date(2025, 12, 31))
    assert set(peace["status"]) == {"in_force", "expired", "missing", "to_verify"}


def test_agreed_lengths_are_the_lines_but_for_a_few(demarcated):
    off = (demarcated["agreed_length_m"] / boundaries_length(demarcated) - 1).abs()
    assert 1 <= (off > 0.01).sum() <= 8
    assert 1 <= off.isna().sum() <= 8
    assert off.median() < 0.002


def boundaries_length(lines):
    from geoplan.crs import ellipsoidal_length_m

    return ellipsoidal_length_m(lines)


def test_registers_agree_with_the_places(layers):
    markers = layers["boundary_markers"]
    xy = to_metres(shapely.get_coordinates(markers.geometry.to_numpy()))
    assert markers["x_north_m"].to_numpy() == pytest.approx(xy[:, 1], abs=1e-3)
    assert markers["y_east_m"].to_numpy() == pytest.approx(xy[:, 0], abs=1e-3)
    assert (markers["line_code"].str.len() + 4 == markers["marker_no"].str.len()).all()
    found = boundaries.register_check(markers, read_policy("suizhou-2022"))
    assert 0.7 < (found["status"] == "met").mean() < 0.9
    old = found["remark_zh"].str.contains("1985")
    assert 0 < old.sum() < 20


def test_moved_markers_are_found(layers):
    markers = layers["boundary_markers"].to_crs("EPSG:4547")
    seen = layers["observations"].to_crs("EPSG:4547")
    told = boundaries.move_test(markers, seen, read_policy("suizhou-2022"))
    condition = markers.set_index("marker_id")["condition"]
    moved = told.loc[told["status"] == "moved", "marker_id"]
    assert set(moved) == set(condition.index[condition == "moved"])
    assert (told["status"] == "refused").sum() == 1
    assert (told["status"] == "no_data").sum() == 2
    assert seen["observed_on"].max() < pd.Timestamp("2025-12-31")
    assert set(seen["inspection_id"].dropna()) <= set(layers["inspections"]["inspection_id"])
