"""Place codes: 6 + 3 + 5 + 6 digits, a division valid on the day of naming, never used twice."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingColumnsError
from geoplan.placenames import place_codes


def test_golden_value_g14():
    """RULES G14: 33038100122100000001 is 330381 / 001 / 22100 / 000001."""
    parts = place_codes.parse("33038100122100000001")
    assert parts == ("330381", "001", "22100", 1)
    assert parts.unit_code == "330381001"
    assert parts.text == place_codes.make("330381001", "22100", 1) == "33038100122100000001"


@given(
    st.from_regex(r"[1-9][0-9]{5}([0-9]{3})?", fullmatch=True),
    st.from_regex(r"[1-2][0-9]{4}", fullmatch=True),
    st.integers(1, 999_999),
)
def test_made_and_parsed_is_the_same(unit, category, serial):
    parts = place_codes.parse(place_codes.make(unit, category, serial))
    assert (parts.category, parts.serial) == (category, serial)
    assert parts.unit_code == (unit.removesuffix("000") if len(unit) == 9 else unit)


@pytest.mark.parametrize(
    "code",
    ["", "3303810012210000001", "330381001221000000011", "33038100122100000000",
     "33038100122100000a01", "３３０３８１００１２２１００００００１", "3.30381001221e+19"],
)  # fmt: skip
def test_what_is_no_code(code):
    with pytest.raises(InputError, match=r"20 位|000000"):
        place_codes.parse(code)


def test_a_village_takes_its_townships_nine_digits():
    assert place_codes.make("421303001001", "21620", 3) == "42130300121620000003"


@pytest.mark.parametrize(
    ("unit", "category", "serial"),
    [("4213", "12100", 1), ("42130", "12100", 1), ("421303", "12", 1), ("421303", "121000", 1),
     ("421303", "12100", 0), ("421303", "12100", 1_000_000), ("４２１３０３", "12100", 1)],
)  # fmt: skip
def test_parts_of_another_form_are_refused(unit, category, serial):
    with pytest.raises(InputError):
        place_codes.make(unit, category, serial)


def test_serials_go_on_after_the_highest_ever_given():
    rows = pd.DataFrame(
        {"unit_code": ["421303001", "421303001", "421303", "421303001"],
         "category_code": ["22200", "22200", "22200", "23500"]}, index=[7, 5, 3, 1],
    )  # fmt: skip
    used = ["42130300122200000009", "42130300122200000002", "not a code", None]
    given_ = place_codes.assign(rows, used)
    assert given_.index.tolist() == [7, 5, 3, 1]
    assert given_.tolist() == ["42130300122200000010", "42130300122200000011",
                               "42130300022200000001", "42130300123500000001"]  # fmt: skip


def test_a_division_with_no_serial_left_says_so():
    rows = pd.DataFrame({"unit_code": ["421303001"], "category_code": ["22200"]})
    with pytest.raises(InputError, match="不得重复使用"):
        place_codes.assign(rows, ["42130300122200999999"])
    with pytest.raises(MissingColumnsError):
        place_codes.assign(rows[["unit_code"]], [])


@given(st.lists(st.sampled_from(["421303001", "421303002", "421321"]), max_size=30))
def test_assigned_codes_are_new_and_pass_the_check(units):
    rows = pd.DataFrame({"unit_code": units, "category_code": "22200"}, dtype="str")
    used = ["42130300122200000004", "42132100022200000001"]
    codes = place_codes.assign(rows, used)
    assert codes.is_unique
    assert not set(codes) & set(used)
    divisions = pd.DataFrame({"unit_code": ["421303", "421303001", "421303002", "421321"]})
    places = rows.assign(place_code=codes)
    assert place_codes.check(places, divisions, on="2024-01-01").empty


DIVISIONS = pd.DataFrame(
    {
        "unit_code": ["421303", "421303001", "421303099", "421303099"],
        "valid_from": [None, "2000-01-01", "1990-01-01", "2015-01-01"],
        "valid_to": [None, None, "2001-01-01", None],
    }
)


def rules(places, on="2024-01-01"):
    found = place_codes.check(places, DIVISIONS, on=on)
    return list(zip(found["row"], found["rule"], strict=True))


def test_each_fault_by_its_name():
    places = pd.DataFrame(
        {
            "place_id": list("abcdefghij"),
            "place_code": [
                "42130300122200000001", "42130300122200000001", "4213030012220000001",
                "42130300922200000001", "42130300121400000001", "42130300021500000001",
                "42130300123500000001", "42130300112100000002", None, "42130300122200000000",
            ],
            "category_code": [None, None, None, None, None, None, "22200", "12100", "22200", None],
            "unit_code": ["421303001009", None, None, None, None, None, None, "421303", None, None],
        },
        index=range(10, 20),
    )  # fmt: skip
    assert rules(places) == [
        (11, "reused_code"), (12, "bad_place_code"), (13, "unknown_division"),
        (14, "wrong_part_two"), (15, "wrong_part_two"), (16, "other_category"),
        (17, "other_unit"), (19, "bad_place_code"),
    ]  # fmt: skip
    found = place_codes.check(places, DIVISIONS, on="2024-01-01").set_index("row")
    assert found.loc[17, "effect"] == "warning"
    assert found.loc[11, "id"] == "b"
    assert "42130300922200000001" in found.loc[13, "reason_zh"]


@pytest.mark.parametrize(
    ("date", "rule"),
    [("1989-12-31", "division_not_valid"), ("1990-01-01", None), ("2000-12-31", None),
     ("2001-01-01", "division_not_valid"), ("2014-12-31", "division_not_valid"),
     ("2015-01-01", None)],
)  # fmt: skip
def test_the_division_must_have_been_valid_on_the_day_of_naming(date, rule):
    """First day in, the day it ends out; a code that came back is valid again."""
    places = pd.DataFrame({"place_code": ["42130309922200000001"]})
    assert [r for _, r in rules(places, date)] == ([rule] if rule else [])


def test_each_row_may_have_its_own_date_and_an_unknown_one_is_not_held_against_it():
    places = pd.DataFrame({"place_code": [f"4213030992220000000{i}" for i in (1, 2, 3)]})
    dates = pd.Series(pd.to_datetime(["2010-01-01", "2016-01-01", None]))
    assert rules(places, dates) == [(0, "division_not_valid")]


def test_every_real_village_gets_a_code_of_its_own(root):
    units = pd.read_csv(root / "data/facts/units.csv", dtype=str)
    villages = units[units["level"] == "village"].assign(category_code="21610")
    coded = villages.assign(place_code=place_codes.assign(villages, []))
    assert len(coded) == 1009
    assert place_codes.check(coded, units, on="2024-01-01").empty
    moved = coded.assign(unit_code=coded["unit_code"].iloc[::-1].to_numpy())
    assert set(place_codes.check(moved, units, on="2024-01-01")["rule"]) == {"other_unit"}


def test_missing_columns():
    with pytest.raises(MissingColumnsError):
        place_codes.check(pd.DataFrame({"x": [1]}), DIVISIONS, on="2024-01-01")
    with pytest.raises(MissingColumnsError):
        place_codes.check(
            pd.DataFrame({"place_code": [""]}), DIVISIONS[["valid_to"]], on="2024-01-01"
        )
