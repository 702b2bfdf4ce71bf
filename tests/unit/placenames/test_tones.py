"""Tone marks and numbers are the same thing, for every Mandarin syllable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.placenames.tones import SYLLABLES, is_syllable, marked, numbers

numbered = st.builds(
    lambda s, t: s + t, st.sampled_from(sorted(SYLLABLES - {"r"})), st.sampled_from("12345")
)


@pytest.mark.parametrize("tone", list("12345"))
def test_every_syllable_comes_back_from_its_mark(tone):
    assert len(SYLLABLES) > 400
    for base in sorted(SYLLABLES - {"r"}):
        assert numbers(marked(base + tone)) == base + tone


@pytest.mark.parametrize(
    ("number", "mark"),
    [
        ("zeng1", "zēng"), ("huan2", "huán"), ("ling3", "lǐng"), ("liu4", "liù"), ("gui1", "guī"),
        ("shou3", "shǒu"), ("lou2", "lóu"), ("xue2", "xué"), ("jiao3", "jiǎo"), ("nv3", "nǚ"),
        ("lv4", "lǜ"), ("nve4", "nüè"), ("ju2", "jú"), ("xiong2", "xióng"), ("er4", "èr"),
        ("e2", "é"), ("yun2", "yún"), ("zi5", "zi"), ("lv5", "lü"), ("r5", "r"), ("wo3", "wǒ"),
    ],
)  # fmt: skip
def test_where_the_mark_stands(number, mark):
    assert marked(number) == mark
    assert numbers(mark) == number


@given(st.lists(numbered, min_size=1, max_size=7))
def test_a_word_with_apostrophes_is_cut_as_it_was_joined(syllables):
    word = ""
    for syllable in syllables:
        word += "'" * bool(word and syllable[0] in "aoe") + marked(syllable)
    assert numbers(word.capitalize()) == " ".join(syllables)
    assert numbers(word.upper()) == " ".join(syllables)


@given(st.text(max_size=40))
def test_any_text_is_answered(text):
    assert isinstance(numbers(text), str)


def test_a_long_run_of_letters_is_answered():
    assert numbers("ni" * 5000 + "x") == "ni" * 5000 + "x"


def test_what_is_no_syllable_stands():
    assert numbers("Xyz 曾都 G316 ï ê A3") == "Xyz 曾都 G316 ï ê A3"


@pytest.mark.parametrize("text", ["", "zeng", "zeng6", "5", "jv1", "bing0", "Zeng1", "zēng"])
def test_what_is_no_numbered_syllable(text):
    assert not is_syllable(text)
