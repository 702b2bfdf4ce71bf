"""The table of standard characters (通用规范汉字表): 8105 characters in three levels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LEVELS = (1, 2, 3)
_ROW = re.compile(r"(?:\d+[,\t ]+)?(\S)[,\t ]+([123一二三])级?")
_LEVEL = {"1": 1, "2": 2, "3": 3, "一": 1, "二": 2, "三": 3}


@dataclass(frozen=True, slots=True)
class Characters:
    """
    Characters and their level. The table is loaded by the user; it does not ship.

    Parameters
    ----------
    levels
        Character -> 1 (common), 2 or 3 (rare, names and technical terms).
    """

    levels: Mapping[str, int]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int]]) -> Characters:
        """
        Make the table from pairs of character and level.

        Raises
        ------
        InputError
            If a character is not one character, stands twice, or its level is not 1–3; or if
            there is no row.
        """
        levels: dict[str, int] = {}
        for at, (character, level) in enumerate(rows, 1):
            if len(character) != 1 or level not in LEVELS or character in levels:
                raise _refused(at, f"{character} {level}")
            levels[character] = level
        if not levels:
            raise _refused(1, "")
        return cls(levels)

    @classmethod
    def parse(cls, text: str) -> Characters:
        r"""
        Read the table from text.

        Parameters
        ----------
        text
            A line each with character and level, a number before it or not, under a header or
            none; or only characters, an empty line between the levels.

        Raises
        ------
        InputError
            As `of` does, naming the line; also if a line is of neither form.

        Examples
        --------
        >>> Characters.parse("字,级\n一,1\n涢,3").level("涢")
        3
        >>> Characters.parse("一乙\n\n刁").level("刁")
        2
        """
        lines = text.strip("\ufeff\r\n \t").splitlines()
        paired = [_ROW.fullmatch(line.strip()) for line in lines]
        if any(paired):
            begin = 0 if paired[0] else 1
            wrong = [n for n in range(begin, len(lines)) if paired[n] is None and lines[n].strip()]
            if wrong:
                raise _refused(wrong[0] + 1, lines[wrong[0]])
            return cls.of((hit.group(1), _LEVEL[hit.group(2)]) for hit in paired if hit)
        return cls.of(_paragraphs(lines))

    def level(self, character: str) -> int | None:
        """Return a character's level, None where it is outside the table."""
        return self.levels.get(character)

    def counts(self) -> tuple[int, int, int]:
        """Return how many characters each level holds."""
        found = list(self.levels.values())
        return found.count(1), found.count(2), found.count(3)

    def is_complete(self, counts: Sequence[float]) -> bool:
        """
        Tell whether the levels hold as many characters as they should.

        Parameters
        ----------
        counts
            Characters of the three levels: the policy's ``character_table_count``.
        """
        return self.counts() == tuple(int(n) for n in counts)


def _paragraphs(lines: Sequence[str]) -> list[tuple[str, int]]:
    level, rows = 1, []
    for before, line in zip(("", *lines), lines, strict=False):
        level += bool(before.strip()) and not line.strip()
        rows += [(c, level) for c in line if not c.isspace()]
    return rows


def _refused(line: int, value: str) -> InputError:
    return InputError(
        f"Row {line} of the table of characters cannot be used: {value[:40]!r}.",
        zh=f"规范汉字表第 {line} 行无法使用：“{value[:40]}”。",
        fix="give each character once, with its level 1, 2 or 3; or the characters of a level as "
        "one paragraph",
        fix_zh="每个字只写一次并注明级别 1、2、3；或每级字连写成一段，段间空一行",
        row=line,
        value=value[:40],
    )
