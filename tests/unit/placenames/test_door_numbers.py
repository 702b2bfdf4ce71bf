"""Door numbers: read as people write them; jumps, doubles, wrong sides and lack of reserve found."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import MissingColumnsError
from geoplan.placenames.door_numbers import Number, door_findings, number_of


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", (12, 0)), ("12号", (12, 0)), ("12-3", (12, 3)), ("12—3号", (12, 3)),
     ("12号之一", None), ("12号之1", (12, 1)), ("12号附2号", (12, 2)), ("12A", (12, 1)),
     ("12b号", (12, 2)), ("12丙", (12, 3)), ("012号", (12, 0)), ("0号", None), ("", None),
     ("号", None), ("甲12", None), ("-3", None), ("123456", None), ("12号楼", None)],
)  # fmt: skip
def test_numbers_as_they_are_written(text, number):
    assert number_of(text) == (None if number is None else Number(*number))


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text):
    number = number_of(text)
    assert number is None or number.main > 0


def doors(*numbers: str, side: str = "left", step: float = 15.0, **more) -> pd.DataFrame:
    return pd.DataFrame({
        "door_id": [f"d{n}" for n in range(len(numbers))], "place_id": "P", "number": numbers,
        "side": side, "chainage_m": [step * n for n in range(len(numbers))],
    }).assign(**more)  # fmt: skip


def checks(frame: pd.DataFrame, **options) -> list[tuple[str, str, str]]:
    rows = door_findings(frame, **options)[["door_id", "check", "value"]]
    return [tuple(r) for r in rows.to_numpy().tolist()]


def test_a_street_in_order_has_nothing():
    assert checks(doors("1号", "3号", "3-1号", "5号", "7号")) == []
    assert checks(doors("2", "4", "6", side="right")) == []


def test_each_fault_is_found_where_it_is():
    assert checks(doors("1", "3", "9")) == [("d2", "jump", "5–7")]
    assert checks(doors("1", "3", "3", "5")) == [("d1", "duplicate", "3"), ("d2", "duplicate", "3")]
    assert checks(doors("1", "4", "3")) == [("d1", "parity", "4"), ("d2", "order", "3")]
    assert checks(doors("1", "？", "3")) == [("d1", "unreadable", "？")]
    assert checks(doors("1", "3", step=40.0)) == [("d1", "reserve", "3")]


def test_a_number_kept_free_is_neither_a_jump_nor_lacks_reserve():
    kept = doors("1", "3", "5", reserved=[False, True, False])
    assert checks(kept) == []
    assert checks(doors("1", "5")) == [("d1", "jump", "3")]
    assert checks(doors("1", "3", step=40.0, reserved=[False, True])) == []
    assert checks(doors("1", "5", step=40.0)) == [
        ("d1", "jump", "3")
    ]  # room is left, no row holds it


def test_the_local_rule_may_put_odd_numbers_on_the_right():
    assert checks(doors("1", "3", side="right"), odd_side="right") == []
    assert [c for _, c, _ in checks(doors("1", "3", side="right"))] == ["parity", "parity"]


def test_what_is_not_known_is_not_judged():
    bare = pd.DataFrame({"place_id": ["P", "P", "Q"], "number": ["1", "9", "1"]}, index=[4, 8, 9])
    assert checks(bare) == []
    twice = door_findings(bare.assign(number="1"))
    assert twice.index.tolist() == [4, 8]
    with pytest.raises(MissingColumnsError):
        door_findings(bare.drop(columns="number"))
    assert checks(bare.iloc[:0]) == []


@settings(max_examples=40)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=20, unique=True))
def test_jumps_against_a_set(numbers):
    odd = sorted(2 * n - 1 for n in numbers)
    missing = set(range(odd[0], odd[-1], 2)) - set(odd)
    found = set()
    for _, check, value in checks(doors(*map(str, odd), step=1.0)):
        assert check == "jump"
        first, _, last = value.partition("–")
        found |= set(range(int(first), int(last or first) + 1, 2))
    assert found == missing
