"""Problems of a policy file (规范文件的问题): where each is, and one error for all of them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from geoplan.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing wrong with a policy file.

    Parameters
    ----------
    file
        Name of the file as it was given.
    line
        Line of the key, from 1.
    key
        Dotted key, for example ``rules.ELD-01.unit``.
    en, zh
        What is wrong and what would be right.
    """

    file: str
    line: int
    key: str
    en: str
    zh: str

    def __str__(self) -> str:
        """Return file, line, key and the message in English."""
        return f"{self.file}:{self.line} {self.key}: {self.en}"


class Report:
    """
    Collects the problems of one file; the lines are looked up only if there are any.

    Parameters
    ----------
    text
        The file's text.
    file
        Its name.
    """

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._found: list[tuple[Path, str, str]] = []

    def add(self, path: Path, en: str, zh: str) -> None:
        """Note one problem at a key."""
        self._found.append((path, en, zh))

    def __bool__(self) -> bool:
        """Tell whether anything was noted."""
        return bool(self._found)

    def raise_if_any(self) -> None:
        """Raise one error that names every problem with its line."""
        if self._found:
            index = line_index(self._text)
            raise error(
                Problem(self._file, _nearest(index, path), ".".join(path) or "(file)", en, zh)
                for path, en, zh in self._found
            )


def error(problems: Iterable[Problem]) -> PolicyError:
    """Return the error that lists the problems by line, in both languages."""
    rows = sorted(problems, key=lambda p: (p.file, p.line, p.key))
    en = "\n".join(f"  {p}" for p in rows)
    zh = "\n".join(f"  {p.file} 第 {p.line} 行 {p.key}：{p.zh}" for p in rows)
    names = ", ".join(dict.fromkeys(p.file for p in rows))
    return PolicyError(
        f"{names} has {len(rows)} problem(s):\n{en}",
        zh=f"规范文件 {names} 有 {len(rows)} 处问题：\n{zh}",
        fix="correct the lines named above",
        fix_zh="按上面列出的行逐一改正",
        file=names,
        line=rows[0].line,
        problems=tuple(rows),
    )


def syntax_error(text: str, file: str, reason: tomllib.TOMLDecodeError) -> PolicyError:
    """Return the error for text that is no TOML, with the line where reading stopped."""
    said = str(reason)
    at = re.search(r"line (\d+)", said)
    line = int(at.group(1)) if at else text.count("\n") + 1
    return error([Problem(file, line, "(syntax)", f"not TOML: {said}", f"不是合法的 TOML：{said}")])


def near(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return "did you mean" in English and Chinese; empty where nothing is near."""
    best = get_close_matches(word, list(known), n=2, cutoff=0.6)
    if not best:
        return "", ""
    names = ", ".join(best)
    return f" Did you mean {names}?", f"是否指 {names}？"


def line_index(text: str) -> dict[Path, int]:
    r"""
    Return the line of every key of a TOML text.

    A statement is the shortest run of lines that parses; keys inside one statement get the
    line it begins at.

    Examples
    --------
    >>> line_index('[a]\nb = 1\nc = [\n 2,\n]')
    {('a',): 1, ('a', 'b'): 2, ('a', 'c'): 3}
    """
    index: dict[Path, int] = {}
    table: Path = ()
    pending: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not pending:
            start = number
        pending.append(line)
        try:
            content = tomllib.loads("\n".join(pending))
        except tomllib.TOMLDecodeError:
            continue
        header = pending[0].lstrip().startswith("[")
        pending = []
        if header:
            table = _only_path(content)
            for depth in range(1, len(table) + 1):
                index.setdefault(table[:depth], start)
        else:
            _note(index, table, content, start)
    return index


def _only_path(content: Any) -> Path:
    """Return the keys of a header: each level has one key."""
    path: Path = ()
    while True:
        if isinstance(content, list):
            content = content[0]
        if not content:
            return path
        key = next(iter(content))
        path, content = (*path, key), content[key]


def _note(index: dict[Path, int], table: Path, content: dict[str, Any], line: int) -> None:
    for key, value in content.items():
        index.setdefault((*table, key), line)
        if isinstance(value, dict):
            _note(index, (*table, key), value, line)


def _nearest(index: dict[Path, int], path: Path) -> int:
    """Return the line of the key, or of the table that lacks it."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in index:
            return index[path[:depth]]
    return 1
