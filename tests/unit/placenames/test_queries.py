"""What was typed is told apart: characters, pinyin, a mix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.io.placename_files import read_generics
from geoplan.placenames.queries import one_edit_away, parse
from geoplan.placenames.tokens import sound

LETTERS = st.text("abcdeghinosuz", min_size=1, max_size=8)


@pytest.mark.parametrize(
    "text",
    [
        "zengdu", "Zengdu", "ZENGDU", "zeng du", "zeng1du1", "zeng1 du1", "Zēngdū", "zēng dū",
        "ｚｅｎｇｄｕ", "zeng'du", "zeng-du",
    ],
)  # fmt: skip
def test_pinyin_however_it_is_written_is_the_same_letters(text):
    assert parse(text).letters == "zengdu"


@pytest.mark.parametrize("text", ["lǜ", "lü4", "lv", "LV4", "LÜ"])
def test_the_umlaut_is_v(text):
    assert parse(text).letters == "lv"


@pytest.mark.parametrize("text", ["曾都", "曾 都", "曾　都", "「曾都」", "曾·都"])
def test_characters_are_a_key(text):
    query = parse(text)
    assert (query.key, query.letters, query.ways) == ("曾都", "", ())


def test_traditional_and_full_width_forms_are_simplified():
    assert parse("隨州市").key == parse("随州市").key
    assert parse("Ａ区").key == "a区"


def test_a_mix_is_read_position_by_position():
    assert [e.content for e in parse("曾du").ways[0]] == ["曾", "du"]
    assert ("曾", "d", "u") in [tuple(e.content for e in way) for way in parse("曾du").ways]
    assert [e.kind for e in parse("zeng都d").ways[0]] == ["syllable", "character", "letters"]


def test_generics_give_the_other_ways_to_write_them():
    query = parse("东城街办", generics=read_generics())
    assert (query.specific, query.generic) == ("东城", "街办")
    assert {"东城街道", "东城街道办事处"} <= set(query.alike)
    assert query.key not in query.alike


@pytest.mark.parametrize(
    "text", ["", "   ", "曾" * 101, "曾都\u202e区", "a\x00b", "曾\u200b都", "!!!"]
)
def test_what_is_no_query_is_refused(text):
    with pytest.raises(InputError):
        parse(text)


@given(st.text(max_size=300))
def test_any_text_is_a_query_or_refused(text):
    try:
        query = parse(text)
    except InputError:
        return
    assert all(c > "\x7f" or c.isalnum() for c in query.key)
    assert query.letters == "" or query.letters.isalpha()


@given(LETTERS, st.integers(0, 7), st.sampled_from("aeinouz"))
def test_every_edit_is_one_edit_away(word, at, letter):
    at %= len(word)
    dropped, changed = word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :]
    added = word[:at] + letter + word[at:]
    swapped = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    for damaged in (dropped, changed, added, swapped):
        assert sound(word) in one_edit_away(damaged)
