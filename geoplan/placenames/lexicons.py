"""Lists of words that rules look for (词表): leaders, foreign names, firms, famous entities."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geoplan.errors import InputError, UnknownIdError
from geoplan.placenames.normalise import key
from geoplan.placenames.problems import unknown_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECTIONS = ("leaders", "persons", "foreign", "firms", "firm_words", "famous", "exotic")
SCOPES = ("complete", "list", "examples")
_KEYS = ("title_zh", "title_en", "scope", "basis", "words", "patterns")


@dataclass(frozen=True, slots=True)
class Section:
    """
    One list.

    Parameters
    ----------
    name
        One of `SECTIONS`.
    title_zh, title_en
        What it lists.
    scope
        ``complete``, ``list``, or ``examples``: too few for "nothing found" to mean anything.
    basis
        Where the words come from.
    words
        Comparison keys, the longest first.
    patterns
        Regular expressions over comparison keys.
    """

    name: str
    title_zh: str
    title_en: str
    scope: str
    basis: str
    words: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...] = ()

    def found(self, text: str) -> tuple[str, ...]:
        """Return the words that stand in a text, the longest first; a part of one is not told."""
        rest, hits = key(text), []
        for word in self.words:
            if word in rest:
                hits.append(word)
                rest = rest.replace(word, " ")
        return tuple(hits)

    def suspected(self, text: str) -> tuple[str, ...]:
        """Return what the patterns find in a text."""
        whole = key(text)
        return tuple(hit.group() for p in self.patterns if (hit := p.search(whole)) is not None)

    def without(self, text: str) -> str:
        """Return a text's comparison key without the words."""
        rest = key(text)
        for word in self.words:
            rest = rest.replace(word, "")
        return rest

    @property
    def answers(self) -> bool:
        """Whether finding nothing says anything."""
        return self.scope != "examples" and bool(self.words)


@dataclass(frozen=True, slots=True)
class Lexicons:
    """All lists, by name."""

    sections: Mapping[str, Section]

    @classmethod
    def of(cls, *documents: Mapping[str, Any]) -> Lexicons:
        """
        Make the lists from parsed files; words of later files are added.

        Parameters
        ----------
        *documents
            Section -> ``title_zh``, ``title_en``, ``scope``, ``basis``, ``words``, ``patterns``.

        Raises
        ------
        UnknownIdError
            If there is no such section.
        InputError
            If a section has an unknown key or scope, or a pattern cannot be read.
        """
        made = {name: Section(name, name, name, "examples", "", ()) for name in SECTIONS}
        for document in documents:
            for name, rows in document.items():
                if name not in made:
                    raise UnknownIdError.among("list of words", "词表", name, SECTIONS)
                unknown_keys(name, rows, _KEYS)
                made[name] = _laid_over(made[name], rows)
        return cls(made)

    def section(self, name: str) -> Section:
        """
        Return one list.

        Raises
        ------
        UnknownIdError
            If there is none of that name.
        """
        if name not in self.sections:
            raise UnknownIdError.among("list of words", "词表", name, self.sections)
        return self.sections[name]


def _laid_over(base: Section, rows: Mapping[str, Any]) -> Section:
    told = {k: str(rows[k]) for k in ("title_zh", "title_en", "scope", "basis") if k in rows}
    if told.get("scope", "list") not in SCOPES:
        raise UnknownIdError.among("scope of a list", "词表范围", told["scope"], SCOPES)
    words = {*base.words, *(key(w) for w in rows.get("words", ()))} - {""}
    ordered = tuple(sorted(words, key=lambda w: (-len(w), w)))
    patterns = (*base.patterns, *_compiled(base.name, rows.get("patterns", ())))
    return replace(base, **told, words=ordered, patterns=patterns)


def _compiled(section: str, patterns: Iterable[str]) -> list[re.Pattern[str]]:
    made = []
    for pattern in patterns:
        try:
            made.append(re.compile(pattern))
        except re.error as error:
            raise InputError(
                f"The pattern {pattern!r} of the list {section!r} cannot be read: {error}.",
                zh=f"词表“{section}”的模式“{pattern}”无法读取：{error}。",
                fix="write a Python regular expression over comparison keys",
                fix_zh="写成 Python 正则表达式，按比较键匹配",
                table=section,
                value=pattern,
            ) from error
    return made
