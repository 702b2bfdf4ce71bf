"""Ranking of found names (检索排序): how a name matches, what that is worth, why it is shown."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import MissingExtraError
from geoplan.placenames.tokens import initials, sound, syllables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.errors import Lang
    from geoplan.placenames.generics import Generics
    from geoplan.placenames.queries import Element, Query

SHARES = {"match": 0.75, "importance": 0.15, "nearness": 0.10}
"""What the score is made of; they add up to 1 (convention of the project)."""

MATCHES: dict[str, tuple[float, str, str]] = {
    "exact": (1.00, "与查询相同", "is what was asked"),
    "generic_omitted": (0.97, "查询省略了通名", "the query left its generic out"),
    "generic_alike": (0.96, "通名是同一通名的另一写法", "the same generic, written otherwise"),
    "pinyin": (0.95, "拼音与查询相同", "its pinyin is what was asked"),
    "prefix": (0.90, "以查询开头", "begins with the query"),
    "mixed": (0.88, "汉字与拼音逐字相符", "characters and pinyin agree one by one"),
    "pinyin_prefix": (0.86, "拼音以查询开头", "its pinyin begins with the query"),
    "same_sound": (0.85, "与查询同音", "sounds like the query"),
    "initials": (0.80, "拼音首字母与查询相同", "its initials are what was asked"),
    "near_sound": (0.72, "与查询近音", "sounds nearly like the query"),
    "pinyin_near": (0.83, "拼音与查询近音", "its pinyin sounds nearly like the query"),
    "inside": (0.75, "含有查询", "contains the query"),
    "generic_other": (0.74, "专名相同，通名不同", "same specific, another generic"),
    "initials_prefix": (0.66, "拼音首字母以查询开头", "its initials begin with the query"),
    "pinyin_inside": (0.65, "拼音含有查询", "its pinyin contains the query"),
    "initials_inside": (0.50, "拼音首字母含有查询", "its initials contain the query"),
    "typo": (0.86, "与查询相差 {edits} 处", "{edits} edit(s) from the query"),
    "pinyin_typo": (0.82, "拼音与查询相差 {edits} 处", "its pinyin is {edits} edit(s) away"),
}  # fmt: skip
"""Match -> its worth, and what is said of it in Chinese and English."""

WHOLE = frozenset({"exact", "generic_omitted", "generic_alike", "pinyin"})
"""Matches of the whole name: where one is found, other characters are no longer looked for."""

KINDS: dict[str, tuple[float, str, str]] = {
    "standard": (1.0, "标准名称", "Standard name"),
    "short": (0.99, "简称", "Short name"),
    "alias": (0.98, "别名", "Alias"),
    "former": (0.97, "曾用名", "Former name"),
    "traditional": (0.97, "繁体写法", "Traditional form"),
    "dialect": (0.96, "方言名", "Dialect name"),
    "minority": (0.96, "少数民族语名称", "Minority-language name"),
}
"""Kind of form -> the share of a match's worth that it keeps, and its title."""

_UNCOVERED, _APART = 0.06, 0.01
_NEARNESS = {12: 1.0, 9: 0.8, 6: 0.5, 4: 0.25}
_SHORT = 4


class Match(NamedTuple):
    """How a name matches: a word of `MATCHES`, its worth 0–1, and the typing errors between."""

    how: str
    worth: float
    edits: int = 0


def match(
    query: Query, key: str, reading: str | None, *, generics: Generics | None = None
) -> Match | None:
    """
    Return the best way in which a name matches a query without typing errors.

    Parameters
    ----------
    query
        From `geoplan.placenames.queries.parse`.
    key, reading
        Comparison key and reading of the name.
    generics
        Generic terms, to tell a generic left out from any other beginning.

    Returns
    -------
    match
        None where it does not match.

    Examples
    --------
    >>> from geoplan.placenames.queries import parse
    >>> match(parse("曾都"), "曾都区", None).how
    'prefix'
    >>> match(parse("zd"), "曾都", "zeng1 du1").how
    'initials'
    """
    how = _written(query, key, generics)
    parts = () if how else syllables(reading)
    if parts and query.letters:
        how = _pinyin(query, parts)
    elif parts and query.ways:
        how = "mixed" if _along(query.ways, key, parts) is not None else ""
    if not how:
        return None
    said = "".join(parts)
    found = _worth(how, len(query.letters or query.key), len(said or key))
    if how != "pinyin_near":
        return found
    return found._replace(worth=round(found.worth - _APART * _apart(query.letters, said), 6))


def _written(query: Query, key: str, generics: Generics | None) -> str:
    asked = query.key
    if key == asked:
        return "exact"
    if key in query.alike:
        return "generic_alike"
    if asked and key.startswith(asked):
        rest = generics is not None and generics.length(key) == len(key) - len(asked)
        return "generic_omitted" if rest else "prefix"
    if asked and asked in key:
        return "inside"
    if generics is not None and query.generic and key.startswith(query.specific):
        rest = 0 < generics.length(key) == len(key) - len(query.specific)
        return "generic_other" if rest else ""
    return ""


def _pinyin(query: Query, parts: Sequence[str]) -> str:
    asked, said, first = query.letters, "".join(parts), initials(parts)
    several = len(asked) > 1
    ways = (
        ("pinyin", said == asked),
        ("initials", first == asked),
        ("pinyin_prefix", said.startswith(asked)),
        ("pinyin_near", sound(said).startswith(sound(asked))),
        ("initials_prefix", several and first.startswith(asked)),
    )
    for how, fits in ways:
        if fits:
            return how
    if _along(query.ways, "", parts) is not None:
        return "pinyin_inside"
    return "initials_inside" if several and asked in first else ""


def _apart(asked: str, said: str) -> int:
    """Return how long the part is in which two spellings differ, at most eight letters."""
    said = said[: len(asked) + 1]
    start = _alike(asked, said)
    end = _alike(asked[start:][::-1], said[start:][::-1])
    return min(max(len(asked), len(said)) - start - end, 8)


def _alike(a: str, b: str) -> int:
    both = enumerate(zip(a, b, strict=False))
    return next((at for at, (x, y) in both if x != y), min(len(a), len(b)))


def _along(ways: Sequence[Sequence[Element]], key: str, parts: Sequence[str]) -> int | None:
    if key and len(key) != len(parts):
        return None
    for way in ways:
        for at in range(len(parts) - len(way) + 1):
            here = zip(way, key[at:] or " " * len(way), parts[at:], strict=False)
            if all(_fits(element, character, part) for element, character, part in here):
                return at
    return None


def _fits(element: Element, character: str, part: str) -> bool:
    if element.kind == "character":
        return element.content == character
    if element.kind == "letters":
        return part.startswith(element.content)
    return sound(part) == sound(element.content)


def same_sound(query: Query, spoken: Sequence[str], reading: str | None) -> Match | None:
    """
    Return how a name sounds like a query written in other characters.

    Parameters
    ----------
    query
        What was asked, in characters.
    spoken
        The letters that it may be read as.
    reading
        The name's reading.

    Returns
    -------
    match
        ``same_sound`` or ``near_sound``; None where it sounds otherwise.

    Examples
    --------
    >>> from geoplan.placenames.queries import parse
    >>> same_sound(parse("历山"), ["lishan"], "li4 shan1").how
    'same_sound'
    """
    parts = syllables(reading)
    said, length = "".join(parts), len(query.key)
    if any(said.startswith(s) for s in spoken):
        return _worth("same_sound", length, len(parts))
    if any(sound(said).startswith(sound(s)) for s in spoken):
        return _worth("near_sound", length, len(parts))
    return None


def typo(query: Query, key: str, reading: str | None) -> Match | None:
    """
    Return how few typing errors lie between a query and a name, or the name's beginning.

    Parameters
    ----------
    query
        What was asked.
    key, reading
        Comparison key and reading of the name.

    Returns
    -------
    match
        None where there are more than one error (two in five characters or letters and more, if
        the query is of the whole name).

    Raises
    ------
    MissingExtraError
        If ``rapidfuzz`` is not installed.

    Notes
    -----
    Optimal string alignment: dropped, added, changed and swapped neighbours count one each. Of
    equally many errors those weigh less that keep all that was typed (convention of the project).

    Examples
    --------
    >>> from geoplan.placenames.queries import parse
    >>> typo(parse("唐镇"), "唐县镇", None)
    Match(how='typo', worth=0.716667, edits=1)
    """
    asked, name, how = query.key, key, "typo"
    if query.letters:
        asked, name, how = query.letters, "".join(syllables(reading)), "pinyin_typo"
    length = len(asked)
    most = 1 if length <= _SHORT else 2
    if len(name) < length - most or length < 2:  # noqa: PLR2004
        return None
    distance = _distance()
    best = 0.0, most + 1
    for end in {min(len(name), length + n) for n in (-1, 0, 1)} | {len(name)}:
        allowed = most if end == len(name) else 1
        edits = distance(asked, name[:end], score_cutoff=allowed)
        if edits <= allowed:
            far = edits * _gravity(asked, name[:end]) / max(length, end)
            near = (1 - far) * MATCHES[how][0]
            best = max(best, (near - _UNCOVERED * (1 - end / len(name)), -edits))
    return Match(how, round(best[0], 6), -best[1]) if best[0] else None


def _gravity(asked: str, name: str) -> float:
    """Say how grave an error is: all characters there but out of order, some left out, others."""
    if sorted(asked) == sorted(name):
        return 0.2
    return 0.5 if set(asked) <= set(name) else 1.0


@cache
def _distance() -> Any:
    try:
        from rapidfuzz.distance import OSA
    except ImportError as error:
        raise MissingExtraError.for_extra(
            "search", "Finding names in spite of typing errors", "容错检索地名"
        ) from error
    return OSA.distance


def _worth(how: str, asked: int, whole: int) -> Match:
    worth = MATCHES[how][0]
    if how in WHOLE:
        return Match(how, worth)
    return Match(how, round(worth - _UNCOVERED * max(0.0, 1 - asked / whole), 6))


def nearness(unit_code: str | None, near_unit: str | None) -> float:
    """
    Return how close two units are in the tree of divisions.

    Parameters
    ----------
    unit_code, near_unit
        Division codes of the name and of the asker; None where there is none.

    Returns
    -------
    nearness
        1 in the same village, 0.8 township, 0.5 county, 0.25 prefecture, else 0.

    Examples
    --------
    >>> nearness("421303001", "421303002"), nearness("421303", None)
    (0.5, 0.0)
    """
    if not unit_code or not near_unit:
        return 0.0
    for digits, worth in _NEARNESS.items():
        if len(near_unit) >= digits and unit_code[:digits] == near_unit[:digits]:
            return worth
    return 0.0


def score(found: Match, kind: str, importance: float, near: float) -> float:
    """
    Return what a hit is worth, 0–1.

    Parameters
    ----------
    found
        How it matches.
    kind
        Kind of the form, a word of `KINDS`.
    importance
        Of the place, 0–1.
    near
        From `nearness`.

    Returns
    -------
    score
        Six decimals, so that equal hits are equal.

    Examples
    --------
    >>> score(Match("exact", 1.0), "standard", 0.0, 0.0)
    0.75
    """
    return round(
        SHARES["match"] * found.worth * KINDS[kind][0]
        + SHARES["importance"] * importance + SHARES["nearness"] * near, 6,
    )  # fmt: skip


def why(found: Match, kind: str, text: str, *, near: float = 0.0, lang: Lang = "zh") -> str:
    """
    Say why a name is shown: which form matched, and how.

    Parameters
    ----------
    found
        How it matches.
    kind, text
        Kind and text of the form that matched.
    near
        Its nearness; above 0 it is said.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    why
        One line.

    Examples
    --------
    >>> why(Match("exact", 1.0), "former", "烈山镇", lang="en")
    'Former name 烈山镇 is what was asked'
    """
    at = 1 if lang == "zh" else 2
    title, said = KINDS[kind][at], str(MATCHES[found.how][at]).format(edits=found.edits)
    if lang == "zh":
        return f"{title}“{text}”{said}" + ("；离所给政区近" if near else "")
    return f"{title} {text} {said}" + ("; near the unit given" if near else "")
