"""
Search tokens of a name (检索词元): characters, syllables, initials; sounds taken for alike.

A token is one letter for its kind and then its content, so that all kinds share one column:

====  ===========================================  ==================
kind  content                                      of 曾都区
====  ===========================================  ==================
c     a character                                  曾 都 区
b     two characters side by side                  曾都 都区
d     the first character, the first two           曾 曾都
s     a syllable's sound                           zen du qu
t     two syllables' sounds side by side           zen0du du0qu
y     the first one to four letters of the sound   z ze zen zend
i     two or three initials side by side           zd dq zdq
j     all initials                                 zdq
u     the unit's ancestors: 4, 6, 9 digits         4213 421303
====  ===========================================  ==================
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOKENS_VERSION = 1
"""Goes up when the tokens of a name change: an index of another version is built again."""
HEAD_LETTERS = 4
UNIT_DIGITS = (4, 6, 9)

_ALIKE = (
    ("v", "u"), ("lyu", "lu"), ("nyu", "nu"), ("zh", "z"), ("ch", "c"), ("sh", "s"),
    ("ng", "n"), ("l", "n"), ("hui", "fei"), ("hua", "fa"), ("f", "h"),
)  # fmt: skip
_PARTS = re.compile("[a-z]+|.")
_NO_PART = re.compile(r"(?<=[a-z])[1-5](?![^ ])|[^\w ]+|_")
_SYMBOLS = re.compile("[\\x00-\\x20!-/:-@[-`{-\\x7f]+")

# the syllables of Mandarin by their first letters (汉语拼音方案); lv and nv for lü and nü
_SYLLABLES = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
SYLLABLES = frozenset(head + tail for head, tails in _SYLLABLES.items() for tail in tails.split())
"""Every syllable of Mandarin without its tone."""
SYLLABLE_STARTS = frozenset(s[:n] for s in SYLLABLES for n in range(1, len(s) + 1))


def plain(key: str) -> str:
    """
    Return a comparison key without the ASCII symbols, which no token can hold.

    Examples
    --------
    >>> plain("a+区")
    'a区'
    """
    return _SYMBOLS.sub("", key)


def syllables(reading: str | None) -> tuple[str, ...]:
    """
    Return the syllables of a reading without tones.

    Parameters
    ----------
    reading
        Syllables with tone numbers, joined by a space; None where it is not known.

    Returns
    -------
    syllables
        One per character; empty where the reading is not known.

    Examples
    --------
    >>> syllables("zeng1 du1 qu1")
    ('zeng', 'du', 'qu')
    """
    if not reading:
        return ()
    return tuple(_NO_PART.sub("", reading.lower()).split())


def initials(parts: Iterable[str]) -> str:
    """
    Return the first letters of syllables.

    Examples
    --------
    >>> initials(("sui", "zhou", "shi"))
    'szs'
    """
    return "".join(p[0] for p in parts)


def sound(letters: str) -> str:
    """
    Return letters with sounds that are often taken for each other written alike.

    Parameters
    ----------
    letters
        Pinyin without tones, of a syllable or of a whole name; it may be damaged.

    Returns
    -------
    sound
        zh/z, ch/c, sh/s, -ng/-n, and of the speech of Hubei n/l and h/f, are one; ü is u.

    Notes
    -----
    The sound of a name is not always the join of its syllables' sounds, for letters meet there
    (xin + ge, xing + e); names and queries are compared by one way or by the other, never mixed.

    Examples
    --------
    >>> sound("zhengdu"), sound("zengdu"), sound("lvshan"), sound("nushan")
    ('zendu', 'zendu', 'nusan', 'nusan')
    """
    for said, meant in _ALIKE:
        letters = letters.replace(said, meant)
    return letters


_syllable_sound = lru_cache(4096)(sound)


def tokens(key: str, reading: str | None, unit_code: str | None) -> str:
    """
    Return the tokens of a name.

    Parameters
    ----------
    key
        Its comparison key (`geoplan.placenames.normalise.key`).
    reading
        Its reading; None where it is not known: it is then not found by pinyin.
    unit_code
        Division code of its unit, 6 to 12 digits; None where it is not known.

    Returns
    -------
    tokens
        Joined by a space, each once.

    Examples
    --------
    >>> tokens("曾都", "zeng1 du1", "421303")
    'c曾 c都 b曾都 d曾 d曾都 szen sdu tzen0du yz yze yzen yzend izd jzd u4213 u421303'
    """
    found = [f"c{c}" for c in key]
    found += [f"b{a}{b}" for a, b in pairwise(key)]
    found += [f"d{key[:n]}" for n in (1, 2) if n <= len(key)]
    if parts := syllables(reading):
        found += _spoken(parts)
    if unit_code:
        found += [f"u{unit_code[:n]}" for n in UNIT_DIGITS if n <= len(unit_code)]
    return " ".join(dict.fromkeys(found))


def _spoken(parts: Sequence[str]) -> list[str]:
    sounds = [_syllable_sound(p) for p in parts]
    head = sound("".join(parts))[:HEAD_LETTERS]
    first = initials(parts)
    found = [f"s{s}" for s in sounds]
    found += [f"t{a}0{b}" for a, b in pairwise(sounds)]
    found += [f"y{head[:n]}" for n in range(1, len(head) + 1)]
    found += [f"i{first[at : at + n]}" for n in (2, 3) for at in range(len(first) - n + 1)]
    return [*found, f"j{first}"]


def segments(letters: str, *, most: int = 4) -> list[tuple[str, ...]]:
    """
    Cut letters into syllables in all likely ways, the last syllable perhaps unfinished.

    Parameters
    ----------
    letters
        Lower-case pinyin without tones, ü as v.
    most
        How many ways are kept, the ones with the fewest syllables.

    Returns
    -------
    ways
        Whole ways first; empty where the letters are no pinyin.

    Examples
    --------
    >>> segments("xian", most=2), segments("zengd")
    ([('xian',), ('xi', 'an')], [('zeng', 'd')])
    """
    ways: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(letters) + 1):
        here: list[tuple[str, ...]] = []
        for start in range(max(0, end - 6), end):
            part = letters[start:end]
            if part in SYLLABLES or (end == len(letters) and part in SYLLABLE_STARTS):
                here += [(*way, part) for way in ways[start]]
        ways.append(sorted(here, key=_plainest)[:most])
    return [way for way in ways[-1] if way]


def _plainest(way: tuple[str, ...]) -> tuple[bool, int, int]:
    return way[-1] not in SYLLABLES, len(way), -len(way[0])


def runs(text: str) -> list[str]:
    """
    Cut a text into runs of Latin letters and single other characters.

    Examples
    --------
    >>> runs("曾du区")
    ['曾', 'du', '区']
    """
    return _PARTS.findall(text)
