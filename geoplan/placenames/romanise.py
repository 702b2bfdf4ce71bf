"""Romanisation (罗马字母拼写) of place names by 〔84〕中地字第17号, rules R1 to R14."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from geoplan.errors import InputError
from geoplan.placenames.readings import Reading, is_han, tokens
from geoplan.placenames.tones import is_syllable, marked

if TYPE_CHECKING:
    from collections.abc import Iterable

Capitals: TypeAlias = Literal["first", "all"]
RULE_VERSION = "1984-17"
"""What a roman form kept in the registry was written by."""
VILLAGE, STREET = "hamlet", "street"
"""The classes with a spelling of their own (R3, R7)."""
DIVISIONS = frozenset({"division", "township"})
WORKS = frozenset({"building", "facility", "park", "other"})
"""Buildings, places to visit and units that serve as place names (R14)."""

_Word: TypeAlias = "list[tuple[str, str]]"
"""One written word: its characters (or runs of others), each with its syllable."""
_MODIFIERS = frozenset("东西南北中前后新老旧大小")
_MODIFIERS_OF_DIVISIONS = frozenset("新")
_KEPT = 2
"""Syllables of a specific that no rule takes away."""
_GENERIC_ENDS = frozenset("江河湖海山岭岛峡港口关镇州寺庙塔桥店铺门墩井岗寨湾畈")
_WORDS = re.compile(
    "村民|居民|社区|小组|委员会|办事处|街道|经济|技术|高新|产业|工业|农业|旅游|开发区|示范区|园区|"
    "高速|公路|铁路|特别|行政区|自治区|自治州|自治县|自治旗|国家|森林|地质|湿地|公园|自然|名胜区|"
    "保护区|风景区|度假区|风景|火车站|汽车站|收费站|服务区|管理区|管理处"
)
"""The words of generics of four syllables or more; a shorter one is one word."""
_LONGEST_WORD = 3

_BRACKETS = re.compile("（ ?| ?）")
_FARM_OR_MINE = re.compile(".[场矿]$")
_NUMERALS = "一二三四五六七八九十"
_ORDINAL = re.compile(f"[{_NUMERALS[:9]}]?十[{_NUMERALS[:9]}]?|[{_NUMERALS[:9]}]")
_BEFORE_ORDINAL = frozenset("经纬第东西南北中上下前后左右新老")
_RING_OR_AVENUE = frozenset("环马")
_NO_ORDINALS = frozenset({"东四", "西四"})


@dataclass(frozen=True)
class Roman:
    """
    A roman form.

    Attributes
    ----------
    text
        ``Suízhōu Shì``.
    rules
        The rules applied, in order: ``R1``, ``R10`` ….
    unknown
        Characters whose reading is not known; they stand in the text as they are, which is then
        no roman form yet.
    """

    text: str
    rules: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def romanise(
    name: str,
    *,
    specific: str,
    generic: str,
    reading: Reading | str,
    name_class: str,
    tones: bool = True,
    capitals: Capitals = "first",
) -> Roman:
    """
    Write one name in roman letters (罗马字母拼写).

    Parameters
    ----------
    name
        The standard name, without the divisions above it.
    specific, generic
        Its two parts; ``generic`` may be empty. A space inside either is a word break that a
        person decided on (R2, R14: ``武汉 长江`` + ``大桥``).
    reading
        Of the whole name: a syllable per Chinese character; ``r5`` is a 儿 that only colours the
        syllable before it (R12).
    name_class
        The statutory class; a ``hamlet`` is one word (R3) unless it is a farm or a mine, and the
        ordinals of a ``street`` are digits (R7).
    tones
        Whether to write tone marks (R9); ü stays ü.
    capitals
        ``first`` letter of each word, or ``all`` (R10).

    Returns
    -------
    roman

    Raises
    ------
    InputError
        If the parts do not make up the name, or the reading has another number of syllables.

    Notes
    -----
    〔84〕中地字第17号; rule PN-30. Which of several readings is right (R8) is the registry's to
    say; a specific is one word, so a person's name is joined (R5). R13, line breaks between
    syllables, is for whoever sets the text.

    Examples
    --------
    >>> def roman(specific, generic, reading, name_class="division"):
    ...     return romanise(specific + generic, specific=specific, generic=generic,
    ...                     reading=reading, name_class=name_class).text
    >>> roman("曾都", "区", "zeng1 du1 qu1"), roman("随", "县", "sui2 xian4")
    ('Zēngdū Qū', 'Suí Xiàn')
    >>> roman("二马", "路", "er4 ma3 lu4", "street"), roman("王", "村", "wang2 cun1", "hamlet")
    ('2 Mǎlù', 'Wángcūn')
    """
    pairs = _pairs(name, specific, generic, reading)
    size = len(tokens(specific))
    front = _cut(pairs[:size], specific.split())
    back = _cut(pairs[size:], _generic_words(generic))
    rules: list[str] = []
    if name_class == VILLAGE and not _FARM_OR_MINE.search(generic):
        words = [[pair for word in (*front, *back) for pair in word]]
        rules.append("R3")
    else:
        words = _apart(front, back, name_class, rules)
    written = (_written(part, rules, tones=tones) for word in words for part in _unmixed(word))
    text = _BRACKETS.sub(lambda m: "(" if "（" in m.group() else ")", " ".join(written))
    if any(c in _NUMERALS and is_syllable(s) for word in words for c, s in word):
        rules.append("R6")
    rules += ["R10"] if tones else ["R9", "R10"]
    unknown = tuple(c for c, s in pairs if is_han(c) and not is_syllable(s))
    return Roman(text.upper() if capitals == "all" else text, _in_order(rules), unknown)


def together(romans: Iterable[Roman]) -> Roman:
    """
    Write names one after the other: a place with the divisions above it.

    Examples
    --------
    >>> town, village = Roman("Luòyáng Zhèn", ("R1", "R10")), Roman("Yǒngxīng Cūn", ("R1", "R10"))
    >>> together([town, village]).text
    'Luòyáng Zhèn Yǒngxīng Cūn'
    """
    given = list(romans)
    return Roman(
        " ".join(r.text for r in given),
        _in_order(rule for r in given for rule in r.rules),
        tuple(character for r in given for character in r.unknown),
    )


def _pairs(name: str, specific: str, generic: str, reading: Reading | str) -> _Word:
    """Put each character beside its syllable, or say which does not fit."""
    characters = tokens(specific + " " + generic)
    if "".join(characters) != "".join(tokens(name)):
        raise InputError(
            f"{specific!r} and {generic!r} do not make up {name!r}.",
            zh=f"“{specific}”与“{generic}”拼不成“{name}”。",
            fix="give the specific and the generic part of this name",
            fix_zh="给出该名称自己的专名和通名",
            name=name, specific=specific, generic=generic,
        )  # fmt: skip
    syllables = reading.split() if isinstance(reading, str) else list(reading.syllables)
    fits = len(characters) == len(syllables) and all(
        c == s or (is_han(c) and is_syllable(s)) for c, s in zip(characters, syllables, strict=True)
    )
    if not fits:
        shown = " ".join(syllables)
        raise InputError(
            f"The reading {shown!r} does not fit {name!r}.",
            zh=f"读音“{shown}”与“{name}”不相应。",
            fix="give one syllable with its tone number for each Chinese character, such as "
            "'zeng1 du1'; other characters stand as they are",
            fix_zh="每个汉字给一个带调号数字的音节，如“zeng1 du1”；其他字符照写",
            name=name, reading=shown,
        )  # fmt: skip
    return list(zip(characters, syllables, strict=True))


def _generic_words(generic: str) -> list[str]:
    """Cut a long generic into its words: 社区居民委员会 → 社区 居民 委员会."""
    words: list[str] = []
    for part in generic.split():
        found = _WORDS.findall(part)
        known = len(part) > _LONGEST_WORD and "".join(found) == part
        words += found if known else [part]
    return words


def _cut(pairs: _Word, words: list[str]) -> list[_Word]:
    cut, at = [], 0
    for word in words:
        size = len(tokens(word))
        cut.append(pairs[at : at + size])
        at += size
    return cut


def _apart(front: list[_Word], back: list[_Word], name_class: str, rules: list[str]) -> list[_Word]:
    """Write specific and generic apart; move modifiers and ordinals to where they belong."""
    if not (front and back):
        return [*front, *back]
    *front, last = front
    moved = _modifiers(last, name_class) if len(back) == len(back[0]) == 1 else 0
    if moved:
        back[0] = last[-moved:] + back[0]
        last = last[:-moved]
        rules.append("R2")
    rules.append("R14" if name_class in WORKS or name_class == VILLAGE or len(back) > 1 else "R1")
    rules += ["R2"] if front and "R14" not in rules else []
    split = _ordinal(last) if name_class == STREET else None
    if split is not None:
        rules.append("R7")
        return [*front, *split, *back]
    if len(last) > 1 and last[-1][0] in _GENERIC_ENDS:
        rules.append("R4")
    return [*front, last, *back]


def _modifiers(word: _Word, name_class: str) -> int:
    """Count the syllables at the end of a specific that belong to a generic of one syllable."""
    text = [c for c, _ in word]
    ring = text[-1] in _RING_OR_AVENUE and _ORDINAL.fullmatch("".join(text[:-1]))
    if name_class == STREET and ring:
        return 1
    movable = _MODIFIERS_OF_DIVISIONS if name_class in DIVISIONS else _MODIFIERS
    kept = len(text)
    while kept > _KEPT and text[kept - 1] in movable:
        kept -= 1
    return len(text) - kept


def _ordinal(word: _Word) -> list[_Word] | None:
    """Split the ordinal off the end of a street's specific, in digits; None: it has none."""
    text = [c for c, _ in word]
    at = len(text)
    while at and text[at - 1] in _NUMERALS:
        at -= 1
    head, run = word[:at], "".join(text[at:])
    usual = at != 1 or text[0] in _BEFORE_ORDINAL
    if not _ORDINAL.fullmatch(run) or not usual or "".join(text) in _NO_ORDINALS:
        return None
    digits = str(_value(run))
    if text[:at] == ["第"]:
        return [[*head, ("-", f"-{digits}")]]
    return [head, [(run, digits)]] if head else [[(run, digits)]]


def _value(run: str) -> int:
    tens, ten, ones = run.rpartition("十")
    return (_digit(tens) or 1) * 10 * bool(ten) + _digit(ones)


def _digit(text: str) -> int:
    return _NUMERALS.index(text) + 1 if text else 0


def _unmixed(word: _Word) -> list[_Word]:
    """Cut letters and digits off the characters beside them: they are words of their own."""
    parts: list[_Word] = []
    for pair in word:
        joined = parts and (pair[1].startswith("-") or is_han(pair[0]) == is_han(parts[-1][-1][0]))
        if joined:
            parts[-1].append(pair)
        else:
            parts.append([pair])
    return parts


def _written(word: _Word, rules: list[str], *, tones: bool) -> str:
    """Write one word: marks, apostrophes, a capital."""
    text = ""
    for character, syllable in word:
        if not is_syllable(syllable):
            text += syllable
            rules += ["R7"] if syllable[-1].isalnum() and not is_han(character) else []
            continue
        if character == "儿" and syllable == "r5":
            rules.append("R12")
        if text and syllable[0] in "aoe":
            text += "'"
            rules.append("R11")
        text += marked(syllable if tones else syllable[:-1] + "5")
    return text[0].upper() + text[1:]


def _in_order(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(rules), key=lambda rule: int(rule[1:])))
