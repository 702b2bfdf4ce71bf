"""Queries of the search box (检索词): characters, pinyin, initials, or a mix, told apart."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase
from typing import TYPE_CHECKING, Literal, NamedTuple

from geoplan.placenames import normalise
from geoplan.placenames.tokens import SYLLABLES, plain, runs, segments, sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geoplan.placenames.generics import Generics

LONGEST_QUERY = 100
_PINYIN = re.compile("[a-z][a-z1-5'’ -]*")
_TONE = re.compile("(?<=[a-z])[1-5]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_MOST_WAYS = 4


class Element(NamedTuple):
    """One position of a name as it was asked for: a character, a syllable, or its first letters."""

    kind: Literal["character", "syllable", "letters"]
    content: str


@dataclass(frozen=True, slots=True)
class Query:
    """
    What was asked, in every sense it can have.

    Parameters
    ----------
    key
        Its comparison key, without ASCII symbols.
    letters
        The whole of it as pinyin letters; empty unless it holds nothing else.
    ways
        Position by position, for what holds letters: several ways to cut the letters.
    specific, generic
        Its two parts; ``generic`` is empty where it has none or generics are not known.
    alike
        Keys of the same name with another way to write its generic.
    """

    key: str
    letters: str = ""
    ways: tuple[tuple[Element, ...], ...] = ()
    specific: str = ""
    generic: str = ""
    alike: tuple[str, ...] = ()


def parse(text: str, *, generics: Generics | None = None) -> Query:
    """
    Tell what a query can mean.

    Parameters
    ----------
    text
        What was typed, at most 100 characters. Operators of SQL and of full-text search are plain
        text. Tone marks and tone numbers are taken off, ü is v.
    generics
        Generic terms, for other ways to write them; None asks for names as they are written.

    Returns
    -------
    query
        Its senses.

    Raises
    ------
    InputError
        If it is empty, too long, or holds control or bidirectional characters.

    Examples
    --------
    >>> parse("Zēngdū").letters, parse("曾都").key
    ('zengdu', '曾都')
    >>> [e.content for e in parse("曾du").ways[0]]
    ['曾', 'du']
    """
    typed = normalise.checked(text, most=LONGEST_QUERY)
    apart = unicodedata.normalize("NFKD", typed).lower().replace("u\u0308", "v")
    bare = _ACCENTS.sub("", apart)
    if _PINYIN.fullmatch(bare):
        letters = "".join(c for c in bare if c in ascii_lowercase)
        ways = tuple(tuple(map(_spoken, way)) for way in segments(letters, most=_MOST_WAYS))
        return Query(plain(normalise.key(bare)), letters, ways)
    key = plain(normalise.key(typed))
    toneless = plain(normalise.key(_TONE.sub("", bare)))
    if any(c in ascii_lowercase for c in toneless):
        return Query(key, ways=_mixed(runs(toneless)))
    return _with_generic(key, generics)


def _spoken(part: str) -> Element:
    return Element("syllable" if part in SYLLABLES else "letters", part)


def _mixed(parts: Sequence[str]) -> tuple[tuple[Element, ...], ...]:
    choices: list[list[tuple[Element, ...]]] = []
    for part in parts:
        if part[0] not in ascii_lowercase:
            choices.append([(Element("character", part),)])
            continue
        ways: list[tuple[Element, ...]] = [
            tuple(map(_spoken, way)) for way in segments(part, most=_MOST_WAYS)
        ]
        first = tuple(Element("letters", letter) for letter in part)
        choices.append([*ways, first] if first not in ways else ways)
    some = product(*(c[:_MOST_WAYS] for c in choices[:4]), *(c[:1] for c in choices[4:]))
    return tuple(sum(way, ()) for way in some)[: _MOST_WAYS**2]


def _with_generic(key: str, generics: Generics | None) -> Query:
    cut = len(key) - (generics.length(key) if generics else 0)
    if generics is None or cut == len(key):
        return Query(key)
    alike = (plain(key[:cut] + g) for g in generics.same(key[cut:]))
    others = tuple(a for a in dict.fromkeys(alike) if a != key)
    return Query(key, specific=key[:cut], generic=key[cut:], alike=others)


def one_edit_away(letters: str) -> set[str]:
    """
    Return the sounds of all letters one edit from those given: dropped, added, changed, swapped.

    Parameters
    ----------
    letters
        Pinyin letters as typed.

    Returns
    -------
    sounds
        As `geoplan.placenames.tokens.sound` writes them; edits are made before and after it, for
        a swap may hide a pair such as ``ng``.

    Examples
    --------
    >>> "zendu" in one_edit_away("znegdu"), "zendu" in one_edit_away("cengdu")
    (True, True)
    """
    return {sound(v) for v in _edits(letters)} | set(_edits(sound(letters)))


def _edits(word: str) -> Iterable[str]:
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
