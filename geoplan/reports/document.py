"""
The document (报告文档): typed content that every output renders, so no two can differ.

A renderer (Word, PDF, Excel, web page) never computes: it asks `text_of` for the words of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.units import show, unit_zh

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
        Whether its cells are statuses (达标 …), which are coloured.
    unit_column
        Number of the column that holds each row's own unit; None where ``unit`` rules.
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
    """

    key: str
    caption: str
    svg: str
    alt: str
    note: str = ""


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

    def blocks(self) -> Iterator[Block]:
        """Every block in reading order."""
        for _, _, section in self.walk():
            yield from section.blocks

    def walk(self) -> Iterator[tuple[int, str, Section]]:
        """Every section in reading order: depth (1, 2, 3), its number, the section."""
        yield from _walk(self.sections, 1, self.lang)


def _walk(sections: tuple[Section, ...], depth: int, lang: Lang) -> Iterator[
    tuple[int, str, Section]
]:  # fmt: skip
    for at, section in enumerate(sections, 1):
        yield depth, number_of(at, depth, lang), section
        yield from _walk(section.sections, depth + 1, lang)


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


def text_of(table: Table, row: tuple[Any, ...], column: int) -> str:
    """
    Return the words of one cell, the same in every output.

    Numbers have their unit's decimals and no unit word where the heading names it; a unit of the
    row's own is written out. A missing value is a dash.
    """
    head, value = table.columns[column], row[column]
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    unit = head.unit if head.unit_column is None else str(row[head.unit_column] or "none")
    if isinstance(value, bool) or not isinstance(value, int | float) or not unit:
        return str(value)
    if unit == "share":
        return f"{100.0 * value:.1f}%"
    shown = show(float(value), unit)
    return shown if head.unit_column is None else f"{shown} {unit_zh(unit)}".rstrip()
