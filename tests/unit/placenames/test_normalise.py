"""Comparison keys: one for all ways to write a name; what is no name is refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.placenames.normalise import checked, key, keys
from geoplan.placenames.simplified import TABLE, TRADITIONAL, VARIANT

SAME = [
    ("曾都区", "曾　都 区"), ("曾都区", "曾都區"), ("A区", "Ａ区"), ("a区", "A区"), ("1号路", "１号路"),
    ("一号路", "1号路"), ("十二号路", "12号路"), ("二十号路", "20号路"), ("三一六国道", "316国道"),
    ("一〇一路", "101路"), ("一零一路", "101路"), ("白云·小区", "白云小区"), ("乌龙巷居委会（社区）", "乌龙巷居委会社区"),
    ("涢水", "溳水"), ("澴潭镇", "澴潭鎮"), ("曾都\u200b区", "曾都区"), ("①号路", "一号路"), ("葛\U000e0100店", "葛店"),
    ("歷山", "历山"), ("灣潭", "湾潭"), ("羣力村", "群力村"),
]  # fmt: skip
OTHER = [
    ("五一路", "五十一路"),
    ("五一路", "五十路"),
    ("历山", "厉山"),
    ("两河", "二河"),
    ("随州", "随县"),
    ("乾县", "干县"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_one_name_however_written(a, b):
    assert key(a) == key(b) != ""


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_other_names_stay_apart(a, b):
    assert key(a) != key(b)


NAMES = st.text(max_size=12) | st.text("曾都區０１２9一十〇零 ·（）\n\u202eＡ", max_size=8)


@given(st.lists(NAMES, max_size=6))
def test_many_as_one_by_one(names):
    assert keys(names) == [key(name) for name in names]


@given(st.text("曾都區縣一二十百零〇0123456789 （）Ab", max_size=12))
def test_a_key_is_its_own_key(name):
    assert key(key(name)) == key(name)


@given(NAMES)
def test_a_key_holds_nothing_invisible(name):
    assert not [
        c
        for c in key(name)
        if unicodedata.category(c)[0] in "PZM" or unicodedata.category(c) in {"Cc", "Cf", "Cs"}
    ]


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "、。", "曾" * 101, "曾" * 300, "曾\n都", "曾\x00都",
                                  "曾都\u202e区", "\u200b曾都", "曾\ud800都", None, 12, b"\xe6"])  # fmt: skip
def test_what_is_no_name_is_refused(text):
    with pytest.raises(InputError) as caught:
        checked(text)
    assert caught.value.code == "bad_input"
    str(caught.value).encode("utf-8")


@pytest.mark.parametrize(
    "text", ["曾" * 100, "𪨶山", "白云😀小区", "Lucky花园", "曾都區", "' OR 1=1 --"]
)
def test_what_rules_judge_stays(text):
    assert checked(f" {text} ") == text


@given(st.text(max_size=120))
def test_never_crashes(text):
    try:
        assert checked(text) == text.strip()
    except InputError as error:
        str(error).encode("utf-8")


def test_tables_are_pairs_and_point_to_standard_characters():
    pairs = (TRADITIONAL + VARIANT).split()
    assert all(len(p) == 2 and p[0] != p[1] for p in pairs)
    assert len({p[0] for p in pairs}) == len(pairs) == len(TABLE)
    assert not {p[1] for p in pairs} & {p[0] for p in pairs}
