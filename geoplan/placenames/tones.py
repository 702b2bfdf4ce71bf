"""Tones (声调): syllables of Hanyu Pinyin with tone numbers and with tone marks."""

from __future__ import annotations

import re
import unicodedata

_INITIALS_OF = {
    "a": "- b p m f d t n l g k h zh ch sh z c s",
    "ai": "- b p m d t n l g k h zh ch sh z c s",
    "an": "- b p m f d t n l g k h zh ch sh r z c s",
    "ang": "- b p m f d t n l g k h zh ch sh r z c s",
    "ao": "- b p m d t n l g k h zh ch sh r z c s",
    "e": "- m d t n l g k h zh ch sh r z c s",
    "ei": "- b p m f d t n l g k h zh sh z c",
    "en": "- b p m f d n g k h zh ch sh r z c s",
    "eng": "- b p m f d t n l g k h zh ch sh r z c s",
    "er": "-",
    "o": "- b p m f l y w",
    "ong": "d t n l g k h zh ch r z c s y",
    "ou": "- p m f d t n l g k h zh ch sh r z c s y",
    "i": "b p m d t n l j q x zh ch sh r z c s y",
    "ia": "d l j q x",
    "ian": "b p m d t n l j q x",
    "iang": "n l j q x",
    "iao": "b p m f d t n l j q x",
    "ie": "b p m d t n l j q x",
    "in": "b p m n l j q x y",
    "ing": "b p m d t n l j q x y",
    "iong": "j q x",
    "iu": "m d n l j q x",
    "u": "b p m f d t n l g k h j q x zh ch sh r z c s y w",
    "ua": "g k h zh ch sh r",
    "uai": "g k h zh ch sh",
    "uan": "d t n l g k h j q x zh ch sh r z c s y",
    "uang": "g k h zh ch sh",
    "ue": "j q x y",
    "ui": "d t g k h zh ch sh r z c s",
    "un": "d t n l g k h j q x zh ch sh r z c s y",
    "uo": "d t n l g k h zh ch sh r z c s",
    "v": "n l",
    "ve": "n l",
}
_WITH_Y_OR_W = "ya yan yang yao ye wa wai wan wang wei wen weng"
ERHUA = "r"
"""The syllable of a 儿 that only colours the one before it (儿化): ``r5``."""
SYLLABLES = frozenset(
    {
        ("" if i == "-" else i) + final
        for final, initials in _INITIALS_OF.items()
        for i in initials.split()
    }
    | set(_WITH_Y_OR_W.split())
    | {ERHUA}
)
"""The syllables of standard Chinese without tones, ``v`` for ü."""

_MARKS = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_MARK_OF = {number: mark for mark, number in _MARKS.items()} | {"5": ""}
_DIAERESIS = "\u0308"
_LONGEST = max(map(len, SYLLABLES))
_WORD = re.compile(r"\b[^\W\d_]+\b")


def is_syllable(text: str) -> bool:
    """
    Tell whether a text is one syllable with its tone number.

    Examples
    --------
    >>> is_syllable("lv4"), is_syllable("zeng1"), is_syllable("zeng"), is_syllable("vu1")
    (True, True, False, False)
    """
    return text[-1:] in _MARK_OF and text[:-1] in SYLLABLES


def marked(syllable: str) -> str:
    """
    Return a syllable with its tone mark: on a or e, on the o of ou, else on the last vowel.

    Parameters
    ----------
    syllable
        With tone number, ``v`` for ü, ``5`` for the neutral tone.

    Returns
    -------
    text
        Composed (NFC), lower case.

    Examples
    --------
    >>> [marked(s) for s in ("zeng1", "lv4", "gui3", "liu2", "shou3", "zi5", "nve4")]
    ['zēng', 'lǜ', 'guǐ', 'liú', 'shǒu', 'zi', 'nüè']
    """
    base, mark = syllable[:-1], _MARK_OF[syllable[-1]]
    at = next((base.index(v) for v in ("a", "e", "ou") if v in base), None)
    if at is None:
        at = max((base.rfind(v) for v in "iouv"), default=-1)
    text = base[: at + 1] + mark + base[at + 1 :] if at >= 0 else base
    return unicodedata.normalize("NFC", text.replace("v", "u" + _DIAERESIS))


def numbers(text: str) -> str:
    """
    Return roman text with tone marks as a reading: syllables with tone numbers.

    Words are cut into syllables by the rule that a syllable which begins with a, o or e and is
    not the first has an apostrophe before it (R11). What is no syllable stands unchanged.

    Parameters
    ----------
    text
        ``Suízhōu Shì``; capitals, spaces and apostrophes as romanised names have them. A syllable
        without a mark is read as neutral (5).

    Returns
    -------
    reading

    Examples
    --------
    >>> numbers("Suízhōu Shì"), numbers("Xī'ān"), numbers("Lǜyuán Jiēdào"), numbers("2 Mǎlù")
    ('sui2 zhou1 shi4', 'xi1 an1', 'lv4 yuan2 jie1 dao4', '2 ma3 lu4')
    """
    spaced = re.sub(r"['’\-]", " ", unicodedata.normalize("NFC", text))
    return " ".join(_WORD.sub(lambda m: _cut(m.group()), spaced).split())


def _cut(word: str) -> str:
    """Cut one word without apostrophes into numbered syllables; no syllables: as it is."""
    bare: list[str] = []
    tone_at: dict[int, str] = {}
    for letter in unicodedata.normalize("NFD", word.lower()):
        if letter in _MARKS:
            tone_at[len(bare) - 1] = _MARKS[letter]
        elif letter == _DIAERESIS and bare[-1] == "u":
            bare[-1] = "v"
        else:
            bare.append(letter)
    starts = _starts("".join(bare))
    if not starts:
        return word
    cuts = list(zip(starts, [*starts[1:], len(bare)], strict=True))
    tones = ["".join(tone_at.get(k, "") for k in range(a, b)) for a, b in cuts]
    if any(len(t) > 1 for t in tones):
        return word
    return " ".join("".join(bare[a:b]) + (t or "5") for (a, b), t in zip(cuts, tones, strict=True))


def _starts(letters: str) -> list[int]:
    """Return where the syllables start, the longest taken first; empty if it cannot be cut."""
    size = len(letters)
    end_of = {size: size}  # from the back: where the syllable that starts here ends
    for at in range(size - 1, -1, -1):
        for end in range(min(size, at + _LONGEST), at, -1):
            vowel_next = letters[end : end + 1] in {"a", "o", "e"}
            if end in end_of and not vowel_next and letters[at:end] in SYLLABLES:
                end_of[at] = end
                break
    starts, at = [], 0
    while at < size and at in end_of:
        starts.append(at)
        at = end_of[at]
    return starts if at == size else []
