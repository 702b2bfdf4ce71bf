"""
The document (报告文档): typed content that every output renders, so no two can differ.

A renderer (Word, PDF, Excel, web page) never computes: it asks `text_of` for the words of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError
from geoplan.reports.model import status_word
from geoplan.units import show, unit_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geoplan.errors import Lang


@dataclass(frozen=True)
class Column:
    """
    One column of a table.

    Parameters
    ----------
    title
        Heading, in the document's language.
    unit
        Unit of its numbers, a key of `geoplan.units.UNITS`; empty for words.
    width
        Share of the page beside the other columns.
    status
        Whether its cells are statuses (达标 …, or their codes ``met`` …), which are coloured.
    unit_column
        Number of the column that holds each row's own unit, a key of `geoplan.units.UNITS`; that
        column is not shown beside it on paper and in the page. None where ``unit`` rules.
    """

    title: str
    unit: str = ""
    width: float = 1.0
    status: bool = False
    unit_column: int | None = None


@dataclass(frozen=True)
class Table:
    """
    One table.

    Parameters
    ----------
    key
        Short ASCII name, unique in the document.
    caption
        Without number; renderers count.
    columns, rows
        Cells hold raw values: numbers stay numbers, None is missing.
    explanations
        One text per row that tells how its number came about; empty for none.
    depths
        The same told to a leader and to an analyst, a pair per row, for the web page to choose
        from; empty for none.
    sheet
        Name of its worksheet; empty where it is not a sheet of its own.
    annex
        Only in the workbook and the web page, not on paper.
    most_rows
        Rows shown on paper; the rest is in the workbook, and that is said. None: all.
    note
        Small print under the table.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    explanations: tuple[str, ...] = ()
    depths: tuple[tuple[str, str], ...] = ()
    sheet: str = ""
    annex: bool = False
    most_rows: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """
    One map or chart.

    Parameters
    ----------
    key
        Short ASCII name, unique in the document.
    caption
        Without number; renderers count.
    svg
        The drawing, complete SVG text with width and height in px.
    alt
        What it shows, for readers who cannot see it.
    note
        Small print: source, 示意, 审图号.
    width
        Share of the width of the text on paper.
    """

    key: str
    caption: str
    svg: str
    alt: str
    note: str = ""
    width: float = 1.0


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``strong`` for the sentence a leader reads first."""

    text: str
    strong: bool = False


Block = Table | Figure | Paragraph


@dataclass(frozen=True)
class Section:
    """A heading with blocks, then sections below it. Renderers number 一、（一）1."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Document:
    """
    A whole report.

    Parameters
    ----------
    title, subtitle
        On the cover.
    facts
        Name and value pairs of the cover: data dates, policy, version.
    sections
        The body.
    lang
        ``zh`` or ``en``.
    banner
        Stands on every page where inputs are synthetic; empty where none is.
    issuer, date
        Who hands it in, and when (ISO, or as the bureau writes it); empty where not said.
    running_title
        In the header of every page.
    cover
        Whether paper begins with a cover and a table of contents. Without, the title stands at
        the head of the first page: for sheets of one or two pages.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    lang: Lang = "zh"
    banner: str = ""
    issuer: str = ""
    date: str = ""
    running_title: str = ""
    cover: bool = True

    def blocks(self) -> Iterator[Block]:
        """Every block in reading order."""
        for _, _, section in self.walk():
            yield from section.blocks

    def walk(self) -> Iterator[tuple[int, str, Section]]:
        """Every section in reading order: depth (1, 2, 3), its number, the section."""
        yield from _walk(self.sections, 1, self.lang)

    def labels(self) -> dict[str, str]:
        """
        Return the label of each table and figure by its key: 表1, 图1, 附表1.

        Annex tables count by themselves, so that paper, which leaves them out, counts the same.

        Raises
        ------
        InputError
            If two blocks have the same key.
        """
        out: dict[str, str] = {}
        counts: dict[str, int] = {}
        for block in self.blocks():
            if isinstance(block, Paragraph):
                continue
            if block.key in out:
                raise InputError(
                    f"Two blocks of the document have the key {block.key!r}.",
                    zh=f"报告中有两个图表的键都是“{block.key}”。",
                    fix="give each table and figure its own key",
                    fix_zh="给每个图表不同的键",
                    key=block.key,
                )
            kind = "figure" if isinstance(block, Figure) else "annex" if block.annex else "table"
            counts[kind] = counts.get(kind, 0) + 1
            word = _LABEL[kind][self.lang == "zh"]
            out[block.key] = f"{word}{counts[kind]}"
        return out


_LABEL = {"table": ("Table ", "表"), "figure": ("Figure ", "图"), "annex": ("Annex ", "附表")}


def _walk(
    sections: tuple[Section, ...], depth: int, lang: Lang, above: str = ""
) -> Iterator[tuple[int, str, Section]]:
    for at, section in enumerate(sections, 1):
        number = number_of(at, depth, lang)
        yield depth, above + number, section
        below = "" if lang == "zh" else f"{above}{number}."
        yield from _walk(section.sections, depth + 1, lang, below)


_DIGITS = "零一二三四五六七八九"


def number_of(at: int, depth: int, lang: Lang = "zh") -> str:
    """
    Return the number of a heading as official papers write it.

    Examples
    --------
    >>> number_of(3, 1), number_of(12, 2), number_of(4, 3), number_of(2, 1, "en")
    ('三、', '（十二）', '4.', '2')
    """
    if lang != "zh" or depth > 2:  # noqa: PLR2004
        return str(at) if lang != "zh" else f"{at}."
    tens, ones = divmod(at, 10)
    words = ("" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十") + (
        _DIGITS[ones] if ones or not tens else ""
    )
    return f"{words}、" if depth == 1 else f"（{words}）"


def text_of(table: Table, row: tuple[Any, ...], column: int, lang: Lang = "zh") -> str:
    """
    Return the words of one cell, the same in every output.

    Numbers have their unit's decimals and no unit word where the heading names it; a unit of the
    row's own is written out. A missing value is a dash; codes of statuses become words.
    """
    head, value = table.columns[column], row[column]
    if is_missing(value):
        return "–"
    if head.status:
        return status_word(str(value), lang)
    if isinstance(value, bool | np.bool_):
        return ("否是" if lang == "zh" else ("no", "yes"))[int(value)]
    unit = unit_of(table, row, column)
    if not isinstance(value, Real) or not unit:
        return str(value)
    shown = f"{100.0 * float(value):.1f}%" if unit == "share" else show(float(value), unit)
    if head.unit_column is None or unit in {"share", "none"}:
        return shown
    return f"{shown} {unit_word(unit, lang)}".rstrip()


def unit_of(table: Table, row: tuple[Any, ...], column: int) -> str:
    """Return the unit of one cell: the column's, or the row's own; empty for words."""
    head = table.columns[column]
    if head.unit_column is None:
        return head.unit
    own = row[head.unit_column]
    return "none" if is_missing(own) or not own else str(own)


def is_missing(value: Any) -> bool:
    """Tell whether a cell has no value: None, NaN, NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
