"""Sounds of names (读音比较): with tone, without tone, and as Hubei speech merges them."""

from __future__ import annotations

import re
from functools import cache

TONED, UNTONED, DIALECT = "toned", "untoned", "dialect"
GRADES = (TONED, UNTONED, DIALECT)
"""How alike two readings are, from the same to alike in speech only."""

_TONE = re.compile(r"(?<=[a-zv])[1-5]$")
_FU = {"fa": "hua", "fan": "huan", "fang": "huang", "fei": "hui", "fen": "hun", "feng": "hun",
       "fo": "huo", "fu": "hu", "fou": "hou"}  # fmt: skip


def toneless(reading: str) -> str:
    """
    Return a reading without its tones.

    Examples
    --------
    >>> toneless("zeng1 du1")
    'zeng du'
    """
    return " ".join(map(_bare, reading.split()))


def spoken(reading: str) -> str:
    """
    Return a reading as Hubei speech hears it: one key for what it does not tell apart.

    Parameters
    ----------
    reading
        Syllables with tone numbers, one blank between; ``v`` for ü.

    Returns
    -------
    sound
        Without tones; n as l, f as hu, zh ch sh as z c s, ing as in, eng as en.

    Notes
    -----
    RULES PN-09, dialect option. Equal readings have equal sounds, so it is the key of the index.

    Examples
    --------
    >>> spoken("ning2 fu3") == spoken("lin2 hu2"), spoken("zheng4 shan1")
    (True, 'zen san')
    """
    return " ".join(map(_merged, reading.split()))


def grade(a: str, b: str) -> str | None:
    """
    Return how alike two readings are: one of `GRADES`, None for not at all.

    Examples
    --------
    >>> grade("li4 shan1", "li4 shan1"), grade("li4 shan1", "li2 shan1"), grade("li4", "ni4")
    ('toned', 'untoned', 'dialect')
    """
    if a == b:
        return TONED
    if toneless(a) == toneless(b):
        return UNTONED
    return DIALECT if spoken(a) == spoken(b) else None


@cache
def _bare(syllable: str) -> str:
    return _TONE.sub("", syllable)


@cache
def _merged(syllable: str) -> str:
    sound = _bare(syllable)
    if not sound.isascii() or not sound.islower():
        return sound
    sound = _FU.get(sound, sound)
    if sound[:2] in {"zh", "ch", "sh"}:
        sound = sound[0] + sound[2:]
    if sound[0] == "n" and len(sound) > 1 and sound[1] in "aeiouv":
        sound = "l" + sound[1:]
    return sound[:-1] if sound.endswith(("ing", "eng")) else sound
