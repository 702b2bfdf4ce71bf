"""Readings (读音) of place names: reviewed first, then the curated table, then proposals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from geoplan.errors import InputError, MissingColumnsError
from geoplan.placenames.proposals import commonest_of, proposer
from geoplan.placenames.tones import is_syllable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

Source: TypeAlias = Literal["reviewed", "curated", "proposed", "none", "written"]
KINDS = ("word", "name", "tail")
"""Where a text may be read so: anywhere, only where a part begins, only where one ends."""
_WEAKEST_FIRST: tuple[Source, ...] = ("none", "proposed", "curated", "reviewed", "written")
_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^{_HAN}\s]+")
_ONE_HAN = re.compile(rf"[{_HAN}]")
# a word does not reach over the generic of a division: 广水市|长岭镇 holds no 市长
_DIVISION_ENDS = re.compile(r"(?<=[省市县区镇乡])(?=..)")


def tokens(text: str) -> list[str]:
    """
    Cut a text into what has one syllable each: a Chinese character, a run of others.

    Examples
    --------
    >>> tokens("G316 国道")
    ['G316', '国', '道']
    """
    return _TOKEN.findall(text)


def is_han(token: str) -> bool:
    """Tell whether a token is a Chinese character."""
    return _ONE_HAN.fullmatch(token) is not None


@dataclass(frozen=True)
class Reading:
    """
    How a name is read, syllable by syllable, and who says so.

    Attributes
    ----------
    syllables
        One per Chinese character, with tone number (``lv4``); a run of other characters is one,
        unchanged. A character whose reading is not known stands for itself.
    sources
        Of each syllable: ``reviewed`` (the registry, or a table row with a citable source),
        ``curated`` (the table), ``proposed`` (pypinyin), ``none`` (not known), ``written`` (no
        Chinese character).
    """

    syllables: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def text(self) -> str:
        """The syllables joined by spaces."""
        return " ".join(self.syllables)

    @property
    def source(self) -> Source:
        """The weakest source among the syllables: a name is reviewed only if all of it is."""
        return min(self.sources, key=_WEAKEST_FIRST.index, default="none")

    @property
    def unknown(self) -> tuple[str, ...]:
        """The characters whose reading is not known."""
        pairs = zip(self.syllables, self.sources, strict=True)
        return tuple(s for s, source in pairs if source == "none")


class BadReading(NamedTuple):
    """A row of a table of readings that is left out, and why."""

    row: object
    field: str
    value: str
    reason_zh: str
    reason: str


class _Entry(NamedTuple):
    text: str
    syllables: tuple[str, ...]
    source: Source
    kind: str


@dataclass(frozen=True)
class Readings:
    """
    A table of readings, longest match first.

    Make it with `of`. ``rejected`` holds the rows that were left out.
    """

    rejected: tuple[BadReading, ...] = ()
    _by_first: Mapping[str, tuple[_Entry, ...]] = field(default_factory=dict, repr=False)
    _reviewed: Mapping[str, _Entry] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Readings:
        """
        Take the rows of a table; bad rows are left out and listed in ``rejected``.

        Parameters
        ----------
        frame
            Columns ``text`` (str, Chinese characters only), ``reading`` (str, syllables with tone
            numbers), ``reviewed`` (bool or ``true``/``false``); ``kind`` (one of `KINDS`) is
            ``word`` where the column is absent.

        Returns
        -------
        readings

        Raises
        ------
        MissingColumnsError
            If a column is absent.

        Examples
        --------
        >>> table = pd.DataFrame(
        ...     {"text": ["曾都", "涢"], "reading": ["zeng1 du1", "yun"], "reviewed": [True, False]}
        ... )
        >>> readings = Readings.of(table)
        >>> readings.read("曾都").text, readings.read("曾都").source
        ('zeng1 du1', 'reviewed')
        >>> [(bad.row, bad.value) for bad in readings.rejected]
        [(1, 'yun')]
        """
        missing = {"text", "reading", "reviewed"} - set(frame.columns)
        if missing:
            raise MissingColumnsError.for_layer("readings", missing, frame.columns)
        table = frame.assign(kind=frame.get("kind", "word"))
        good, bad = [], []
        for label, *cells in table[["text", "kind", "reading", "reviewed"]].itertuples(name=None):
            text, kind, reading, checked = (str(cell).strip() for cell in cells)
            problem = _problem(label, text, kind, reading)
            if problem:
                bad.append(problem)
                continue
            source: Source = "reviewed" if checked.lower() == "true" else "curated"
            good.append(_Entry(text, tuple(reading.split()), source, kind))
        return cls(tuple(bad), _indexed(good))

    def with_reviewed(self, readings: Mapping[str, str]) -> Readings:
        """
        Lay the registry's reviewed readings over the table.

        Parameters
        ----------
        readings
            Reading by name; characters that are not Chinese stand in both. A name stands where a
            part, or several whole parts, are just it.

        Returns
        -------
        readings
            Unusable ones are left out and listed in ``rejected``.

        Examples
        --------
        >>> bare = Readings()
        >>> bare.with_reviewed({"解河": "xie4 he2"}).read("解河").source
        'reviewed'
        """
        checked = [(name, _misread(name, name, text)) for name, text in readings.items()]
        bad = tuple(problem for _, problem in checked if problem)
        over = {
            name: _Entry(name, tuple(readings[name].split()), "reviewed", "name")
            for name, problem in checked
            if problem is None
        }
        return Readings(self.rejected + bad, self._by_first, {**self._reviewed, **over})

    def read(self, name: str, *, parts: Sequence[str] | None = None) -> Reading:
        """
        Read one name: the table's longest match, then a proposal for what is left.

        Parameters
        ----------
        name
            Any text; spaces are skipped.
        parts
            The name's components in order, which no word may straddle: divisions, specific,
            generic. Without them a name is cut after 省市县区镇乡.

        Returns
        -------
        reading
            Where pypinyin is not installed, what the table does not hold is ``none``.

        Raises
        ------
        InputError
            If the parts do not make up the name.

        Examples
        --------
        >>> readings = Readings().with_reviewed({"长岭": "chang2 ling3"})
        >>> readings.read("G316长岭", parts=["G316", "长岭"]).sources
        ('written', 'reviewed', 'reviewed')
        """
        cuts = _cuts(name) if parts is None else _checked_cuts(name, parts)
        found: list[tuple[int, str, Source]] = []  # where, syllable, source
        for start, end, entry in self._pieces(name, cuts):
            spots = _spots(name, start, end, cuts if entry is None else frozenset())
            said = entry.syllables if entry else [token for _, token in spots]
            known: Source = entry.source if entry else "none"
            found += [
                (at, syllable, known if is_han(token) else "written")
                for (at, token), syllable in zip(spots, said, strict=True)
            ]
        if any(source == "none" for _, _, source in found):
            new = _proposals(name, cuts)
            found = [
                (at, new[at], "proposed") if source == "none" and at in new else (at, said, source)
                for at, said, source in found
            ]
        return Reading(tuple(s for _, s, _ in found), tuple(source for _, _, source in found))

    def read_many(self, names: Iterable[str]) -> list[str]:
        """
        Read many names fast: the table's longest match, then each character's commonest reading.

        For search keys; `read` also weighs the words a character stands in.

        Parameters
        ----------
        names
            Any texts.

        Returns
        -------
        readings
            Joined syllables, one per name, in order. A character not known stands for itself.

        Examples
        --------
        >>> Readings().with_reviewed({"涢水": "yun2 shui3"}).read_many(["涢水", "G316"])
        ['yun2 shui3', 'G316']
        """
        commonest = commonest_of()
        return [" ".join(self._quickly(name, commonest)) for name in names]

    def _quickly(self, name: str, commonest: Callable[[str], str]) -> Iterator[str]:
        for start, end, entry in self._pieces(name, _cuts(name)):
            if entry:
                yield from entry.syllables
            else:
                piece = name[start:end]
                yield from (commonest(token) for token in tokens(piece))

    def _pieces(self, name: str, cuts: frozenset[int]) -> Iterator[tuple[int, int, _Entry | None]]:
        """Cut a name into matches and the stretches between them."""
        at = loose = 0
        while at < len(name):
            entry = self._match(name, at, cuts)
            if entry is None:
                at += 1
                continue
            if loose < at:
                yield loose, at, None
            loose = at + len(entry.text)
            yield at, loose, entry
            at = loose
        if loose < len(name):
            yield loose, len(name), None

    def _match(self, name: str, at: int, cuts: frozenset[int]) -> _Entry | None:
        """Return what stands here: a reviewed run of whole parts, else the longest row."""
        if self._reviewed and at in cuts:
            for end in sorted(cuts, reverse=True):
                entry = self._reviewed.get(name[at:end]) if end > at else None
                if entry:
                    return entry
        for entry in self._by_first.get(name[at], ()):
            if name.startswith(entry.text, at) and _fits(entry, at, cuts):
                return entry
        return None


def _indexed(entries: Iterable[_Entry]) -> dict[str, tuple[_Entry, ...]]:
    """Group by the first character, longest first; of equals the one given first."""
    groups: dict[str, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.text[0], []).append(entry)
    return {k: tuple(sorted(v, key=lambda e: -len(e.text))) for k, v in groups.items()}


def _fits(entry: _Entry, start: int, cuts: frozenset[int]) -> bool:
    end = start + len(entry.text)
    begins, ends = start in cuts, end in cuts
    if (entry.kind == "name" and not begins) or (entry.kind == "tail" and not ends):
        return False
    return (begins and ends) or not any(start < cut < end for cut in cuts)


def _cuts(name: str) -> frozenset[int]:
    return frozenset((0, len(name), *(m.start() for m in _DIVISION_ENDS.finditer(name, 1))))


def _spots(name: str, start: int, end: int, cuts: frozenset[int]) -> list[tuple[int, str]]:
    """Return the tokens of a stretch with their places; none reaches over a cut."""
    edges = [start, *sorted(c for c in cuts if start < c < end), end]
    return [(m.start(), m[0]) for a, b in pairwise(edges) for m in _TOKEN.finditer(name, a, b)]


def _checked_cuts(name: str, parts: Sequence[str]) -> frozenset[int]:
    if "".join(parts) != name:
        shown = "|".join(parts)
        raise InputError(
            f"The parts {shown!r} do not make up the name {name!r}.",
            zh=f"各部分“{shown}”拼不成名称“{name}”。",
            fix="give every part of the name, in order", fix_zh="按顺序给出名称的每一部分",
            name=name, parts=shown,
        )  # fmt: skip
    return frozenset(accumulate(map(len, parts), initial=0))


def _proposals(name: str, cuts: frozenset[int]) -> dict[int, str]:
    """Return pypinyin's syllable for each Chinese character, one part at a time."""
    propose = proposer()
    if propose is None:
        return {}
    parts = (_spots(name, start, end, frozenset()) for start, end in pairwise(sorted(cuts)))
    return {
        at: syllable
        for spots in parts
        for (at, token), syllable in zip(spots, propose([t for _, t in spots]), strict=True)
        if is_han(token) and is_syllable(syllable)
    }


def _problem(label: object, text: str, kind: str, reading: str) -> BadReading | None:
    if not text or not all(map(is_han, text)):
        return BadReading(
            label, "text", text, "只能是汉字，且不能为空", "must be Chinese characters, not empty"
        )
    if kind not in KINDS:
        return BadReading(
            label, "kind", kind, f"只能是 {'、'.join(KINDS)}", f"must be one of {', '.join(KINDS)}"
        )
    return _misread(label, text, reading)


def _misread(label: object, text: str, reading: str) -> BadReading | None:
    said, wanted = reading.split(), tokens(text)
    if len(said) != len(wanted) or not said:
        return BadReading(
            label, "reading", reading,
            f"“{text}”应有 {len(wanted)} 个音节，现有 {len(said)} 个",
            f"{text!r} needs {len(wanted)} syllables, not {len(said)}",
        )  # fmt: skip
    pairs = zip(said, wanted, strict=True)
    wrong = next((s for s, t in pairs if not (is_syllable(s) if is_han(t) else s == t)), None)
    if wrong is not None:
        return BadReading(
            label, "reading", wrong,
            "不是带调号数字的普通话音节（如 zeng1、lv4），也不是照写的字符",
            "is no Mandarin syllable with its tone number (zeng1, lv4), nor the characters written",
        )  # fmt: skip
    return None
