"""Marker numbers taken apart, put together, and checked against each other."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.boundaries.marker_numbers import (
    STANDING,
    check_numbers,
    format_number,
    next_number,
    parse_numbers,
)
from geoplan.errors import InputError, MissingColumnsError


def codes(numbers, lines=None, **columns):
    markers = pd.DataFrame({"marker_no": numbers, **columns})
    return check_numbers(markers, lines)["code"].to_dict()


@given(
    line=st.sampled_from(["4142", "421303421321", "421303001-421303002"]),
    serial=st.integers(1, 999), letter=st.sampled_from("QABCDE"),
)  # fmt: skip
def test_what_is_written_is_read_again(line, serial, letter):
    part = parse_numbers(pd.Series([format_number(line, serial, letter)])).iloc[0]
    assert (part["line_code"], int(part["serial"]), part["letter"]) == (line, serial, letter)


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from(list(STANDING))), max_size=12))
def test_numbers_made_by_the_rules_have_no_findings(stands):
    unique = dict(stands)
    numbers = [format_number("4142", s, c) for s, way in unique.items() for c in STANDING[way]]
    assert not codes(numbers)
    fresh = next_number(numbers, "4142", "paired")
    assert not set(fresh) & set(numbers)
    assert not codes([*numbers, *fresh])


def test_written_in_other_ways_it_is_the_same_number():
    parts = parse_numbers(
        pd.Series([" 4142 001q", "４１４２００１Ｑ", None, ""], index=list("abcd"))
    )
    assert parts["number"].tolist() == ["4142001Q", "4142001Q", "", ""]
    assert parts["pattern"].tolist() == ["provincial"] * 2 + ["missing"] * 2
    assert parts.index.tolist() == list("abcd")


def test_shape():
    assert codes(["4142000Q"]) == {0: "bad_number"}  # numbered from 001
    assert codes(["41421Q"], line_code="4142") == {0: "bad_number"}
    assert codes(["界桩1"]) == {0: "bad_number"}
    assert codes([None]) == {0: "missing_number"}
    assert codes(["421303421321017"], marker_type="Q") == {}  # a level that writes no letter


@pytest.mark.parametrize("number", ["105", "105(1)", "105（2）", "12/3"])
def test_national_border_markers_are_not_ours(number):
    assert codes([number]) == {0: "national_border_number"}


def test_what_is_carved_is_another_field():
    assert not codes(["4142001Q"], inscription="豫鄂 1")


def test_company():
    assert codes(["4142001A", "4142001B", "4142002C", "4142002D", "4142002E"]) == {}
    assert codes(["4142002C", "4142002E"]) == {0: "triple_missing", 1: "triple_missing"}
    # a pair whose letters are in the column only
    assert codes(["421303421321001"] * 2, marker_type=["A", "B"], marker_id=["x", "y"]) == {
        0: "duplicate_number", 1: "duplicate_number"
    }  # fmt: skip
    clash = check_numbers(pd.DataFrame({"marker_no": ["4142001Q", "4142001A", "4142001B"]}))
    assert clash["code"].tolist() == ["serial_clash"] * 3
    assert clash["related"].tolist() == ["4142001A;4142001B", "4142001Q", "4142001Q"]


def test_holes_are_allowed_and_never_filled():
    assert not codes(["4142001Q", "4142009Q"])
    assert next_number(["4142001Q", "4142009Q"], "4142") == ("4142010Q",)
    assert next_number([], "421303421321", letters=False) == ("421303421321001",)
    with pytest.raises(InputError, match="1-999"):
        next_number(["4142999Q"], "4142")
    with pytest.raises(InputError, match="No way"):
        next_number([], "4142", "quadruple")


def test_a_withdrawn_number_is_not_used_again():
    found = codes(
        ["4142003Q", "4142003Q"], marker_id=["old", "new"], condition=["withdrawn", "intact"]
    )
    assert found == {1: "number_reused"}
    versions = codes(["4142003Q"] * 2, marker_id=["same", "same"])
    assert versions == {}
    # B is gone: A stands alone
    assert codes(["4142004A", "4142004B"], condition=["intact", "withdrawn"]) == {0: "pair_missing"}


def test_contradictions():
    assert codes(["4142001Q"], marker_type="A") == {0: "type_contradicts"}
    assert codes(["4142001Q"], line_code="4143") == {0: "line_code_contradicts"}
    lines = pd.DataFrame({"line_id": ["L"], "line_code": ["4143"]})
    assert codes(["4142001Q"], lines, line_id="L") == {0: "line_code_contradicts"}
    assert codes(["4142001Q"], lines, line_id="L", line_code="4143") == {0: "line_code_contradicts"}


def test_the_column_is_needed():
    with pytest.raises(MissingColumnsError):
        check_numbers(pd.DataFrame({"no": ["4142001Q"]}))
