"""All checks of the markers side by side are the checks themselves."""

from __future__ import annotations

import pytest
import shapely
from fixtures.stones import LINES, X, Y, stones

from geoplan.boundaries import MARKER_CHECKS, check_markers, check_numbers, line_test
from geoplan.errors import CRSMismatchError, MissingColumnsError


def test_each_marker_by_each_check(policy):
    """002 stands 8 m off (2 m allowed), A and B about the middle; the last has no number, no place."""
    checks = check_markers(stones(), LINES, policy)
    assert checks[list(MARKER_CHECKS)].to_numpy().tolist() == [
        ["met", "met", "met", "met"],
        ["met", "not_met", "not_met", "met"],
        ["met", "not_met", "met", "met"],
        ["met", "not_met", "met", "met"],
        ["met", "not_met", "met", "met"],
        ["no_data", "not_met", "no_data", "no_data"],
    ]
    assert checks["remark_zh"].iloc[1] == "距应在位置 8.00 米，限差 2 米"
    assert checks["remark_en"].iloc[1] == "8.00 m from where it should be, limit 2 m"
    assert "没有界桩号" in checks["remark_zh"].iloc[5]
    assert checks["register_zh"].iloc[0] == ""
    assert "方位物（应有 3 个）" in checks["register_zh"].iloc[1]
    assert checks["completeness_share"].iloc[0] == 1.0


def test_rows_keep_their_labels_and_their_findings(policy):
    rows = stones().set_index(shapely.get_x(stones().geometry))
    rows.loc[X + 1000, "marker_no"] = ["42130342132a1003A", "421303421321003B"]
    rows = rows[rows.index.notna()].reset_index(drop=True).set_index([[f"r{k}" for k in range(5)]])
    checks = check_markers(rows, LINES, policy)
    assert checks.index.tolist() == rows.index.tolist()
    numbers = check_numbers(rows, LINES)
    wrong = set(numbers.index[numbers["severity"] == "error"])
    assert set(checks.index[checks["number_status"] == "not_met"]) == wrong == {"r2", "r3"}
    assert checks["line_status"].tolist() == line_test(rows, LINES, policy)["status"].tolist()


def test_order_in_doubt_is_to_verify(policy):
    """002 stands behind 003: one of the two is blamed, and only to be verified."""
    rows = stones()
    rows.loc[1, "geometry"] = shapely.Point(X + 1200, Y)
    checks = check_markers(rows.iloc[:4], LINES, policy)
    assert sorted(set(checks["order_status"])) == ["met", "to_verify"]
    assert "与沿线次序不符" in "".join(checks["remark_zh"])


def test_nothing_in_nothing_out_and_bad_layers(policy):
    assert check_markers(stones().iloc[:0], LINES, policy).empty
    assert set(check_markers(stones(), LINES.iloc[:0], policy)["line_status"]) == {"no_data"}
    with pytest.raises(MissingColumnsError):
        check_markers(stones().drop(columns="marker_no"), LINES, policy)
    with pytest.raises(CRSMismatchError):
        check_markers(stones().to_crs("EPSG:4526"), LINES, policy)
