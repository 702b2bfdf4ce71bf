"""Tokens of names, ways to cut pinyin, and sounds that are taken for alike."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.placenames import tokens as t

SYLLABLE = st.sampled_from(sorted(t.SYLLABLES))
WORD = st.lists(SYLLABLE, min_size=1, max_size=5)


def test_the_table_of_syllables_holds_what_mandarin_has():
    assert {"zeng", "er", "lv", "nve", "yun", "huan", "zhuang", "o"} <= t.SYLLABLES
    assert not {"dv", "bong", "zg", "ti0", "jv", "wu0", "kei0", ""} & t.SYLLABLES
    assert len(t.SYLLABLES) == 410


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("zheng", "zeng"), ("chang", "cang"), ("shang", "sang"), ("ling", "lin"), ("lv", "lu"),
        ("lyu", "lu"), ("nan", "lan"), ("fei", "hui"), ("hu", "fu"), ("hua", "fa"), ("nv", "nu"),
    ],
)  # fmt: skip
def test_sounds_that_are_mixed_up_are_one(a, b):
    assert t.sound(a) == t.sound(b)


@pytest.mark.parametrize(("a", "b"), [("ma", "mu"), ("dong", "tong"), ("ji", "qi"), ("ren", "len")])
def test_other_sounds_stay_apart(a, b):
    assert t.sound(a) != t.sound(b)


@given(WORD)
def test_a_word_of_syllables_can_be_cut_again(word):
    letters = "".join(word)
    ways = t.segments(letters, most=16)
    assert all("".join(way) == letters for way in ways)
    assert all(part in t.SYLLABLES for part in ways[0])


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=100))
def test_any_letters_are_cut_quickly_or_not_at_all(letters):
    for way in t.segments(letters):
        assert "".join(way) == letters
        assert all(part in t.SYLLABLES for part in way[:-1])
        assert way[-1] in t.SYLLABLE_STARTS


@given(st.text(min_size=1, max_size=12), st.lists(SYLLABLE, max_size=5))
def test_a_token_has_no_character_that_would_cut_it(key, parts):
    made = t.tokens(t.plain(key), " ".join(f"{p}1" for p in parts), "421303001")
    for token in made.split(" "):
        assert all(c > "\x7f" or c.isalnum() for c in token)
    assert len(set(made.split(" "))) == len(made.split(" "))


def test_tokens_by_hand():
    made = set(t.tokens("洛阳镇", "luo4 yang2 zhen4", "421303101").split())
    assert made == {
        "c洛", "c阳", "c镇", "b洛阳", "b阳镇", "d洛", "d洛阳",
        "snuo", "syan", "szen", "tnuo0yan", "tyan0zen", "yn", "ynu", "ynuo", "ynuoy",
        "ily", "iyz", "ilyz", "jlyz", "u4213", "u421303", "u421303101",
    }  # fmt: skip


def test_without_a_reading_there_is_no_spoken_token():
    assert t.tokens("曾都", None, None) == "c曾 c都 b曾都 d曾 d曾都"


def test_characters_of_four_bytes_are_tokens():
    assert "c𪨶" in t.tokens("𪨶村", None, None).split()


@given(WORD)
def test_readings_lose_their_tones_only(word):
    assert t.syllables(" ".join(f"{p}{n % 5 + 1}" for n, p in enumerate(word))) == tuple(word)


def test_a_road_number_in_a_reading_keeps_its_digits():
    assert t.syllables("G316 guo2 dao4") == ("g316", "guo", "dao")


@given(st.text("曾都ab", max_size=12))
def test_runs_lose_nothing(text):
    assert "".join(t.runs(text)) == text
    assert not any(a[0].isascii() and b[0].isascii() for a, b in pairwise(t.runs(text)))
