"""What all renderers share (版式): clean text, widths, colours of statuses, rows on paper."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

from geoplan.errors import MissingExtraError
from geoplan.maps.furniture import width_em
from geoplan.reports.document import text_of
from geoplan.standards import STATUS_EN, STATUS_ZH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.errors import Lang
    from geoplan.reports.document import Column, Document, Table

STATUS_COLOUR = {
    "met": ("#d6eadd", "#16502f"),
    "not_met": ("#f4cfc5", "#7d2412"),
    "to_verify": ("#fbe8b8", "#634400"),
    "no_data": ("#e4e8ea", "#414c53"),
    "no_target": ("#f1f3f4", "#414c53"),
}
"""Code of a status -> paper and ink; the word carries the meaning in greyscale."""

BANNER_COLOUR = "#b00020"

_CODES = {
    **{code: code for code in STATUS_ZH},
    **{word: code for code, word in STATUS_EN.items()},
    **{word: code for code, word in STATUS_ZH.items()},
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LEAST_EM, _MOST_EM = 4.6, 24.0
_RUN, _LONG_RUN = re.compile(r"[!-~]+"), 16


def need(module: str) -> Any:
    """
    Import a part that the extra ``reports`` installs.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError.for_extra(
            "reports", "Writing PDF and Word", "写 PDF 和 Word"
        ) from error


def clean(text: object) -> str:
    """Return text without the characters that no file format can hold (controls, surrogates)."""
    return _CONTROL.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def status_code(value: object) -> str:
    """
    Return the code of a status, given as code or word, with or without its sign.

    Examples
    --------
    >>> status_code("○ 未达标"), status_code("met"), status_code("met?")
    ('not_met', 'met', '')
    """
    return _CODES.get(str(value).strip().lstrip("●○◐–· "), "")


def shown(table: Table) -> list[int]:
    """Return the columns to show: all but those that only hold the unit of another."""
    units = {c.unit_column for c in table.columns if c.unit_column is not None}
    return [at for at in range(len(table.columns)) if at not in units]


def words(table: Table, lang: Lang = "zh", most: int | None = None) -> list[list[str]]:
    """Return the texts of the shown columns, row by row, at most ``most`` rows."""
    columns = shown(table)
    return [[clean(text_of(table, row, at, lang)) for at in columns] for row in table.rows[:most]]


def is_number(column: Column) -> bool:
    """Tell whether a column holds numbers, which stand to the right."""
    return bool(column.unit) or column.unit_column is not None


def heads(table: Table) -> list[str]:
    """Return the headings of the shown columns."""
    return [clean(table.columns[at].title) for at in shown(table)]


def notes(table: Table, lang: Lang) -> list[str]:
    """Return the small print under a table on paper: nothing found, rows left out, its note."""
    zh = lang == "zh"
    out = [] if table.rows else ["没有。" if zh else "None."]
    if cut(table):
        rest = len(table.rows) - (table.most_rows or 0)
        out.append(f"其余 {rest:,} 行见附表（Excel）" if zh
                   else f"{rest:,} more rows are in the workbook (Excel)")  # fmt: skip
    return [*out, *([clean(table.note)] if table.note else [])]


def cut(table: Table) -> bool:
    """Tell whether paper shows only some of the rows."""
    return table.most_rows is not None and len(table.rows) > table.most_rows


def shares(table: Table, texts: Sequence[Sequence[str]], width_pt: float) -> list[float]:
    """
    Return the share of the width that each shown column gets on paper; they sum to one.

    Stated widths rule; where all are alike, the texts do: numbers keep their line, words wrap,
    the widest first. ``width_pt`` is that of the page between the margins.
    """
    columns = [table.columns[at] for at in shown(table)]
    if len({c.width for c in columns}) > 1:
        total = sum(c.width for c in columns)
        return [c.width / total for c in columns]
    by_column = [[row[k] for row in texts] for k in range(len(columns))]
    wanted = [_wanted_em(c, t) for c, t in zip(columns, by_column, strict=True)]
    least = [w if is_number(c) or c.status else min(_least_em(c, t), w)
             for c, t, w in zip(columns, by_column, wanted, strict=True)]  # fmt: skip
    page = width_pt / table_size_pt(table)
    low, cap = 0.0, page
    if sum(wanted) > page:  # the widest give way first
        for _ in range(30):
            middle = (low + cap) / 2
            fits = sum(map(max, least, (min(w, middle) for w in wanted))) <= page
            low, cap = (middle, cap) if fits else (low, middle)
        wanted = [max(a, min(w, low)) for a, w in zip(least, wanted, strict=True)]
    return [w / sum(wanted) for w in wanted]


def _wanted_em(column: Column, texts: Sequence[str]) -> float:
    """Return the width at which nothing wraps, up to what is good for reading."""
    longest = max((width_em(t) for t in texts), default=0.0)
    head = width_em(column.title)
    if is_number(column) or column.status:
        return max(1.08 * longest + 1.1, head / 2 + 1.6, _LEAST_EM)
    return min(max(1.08 * longest + 1.1, head / 2 + 1.6, _LEAST_EM), _MOST_EM)


def _least_em(column: Column, texts: Sequence[str]) -> float:
    """Return the width that the longest word needs: Chinese breaks anywhere, codes do not."""
    found = (run for t in (*texts, column.title) for run in _RUN.findall(t))
    longest = max((width_em(run[:_LONG_RUN]) for run in found), default=0.0)
    head = width_em(column.title)
    return max(1.08 * longest + 1.1, head / 2 + 1.6, _LEAST_EM)


def table_size_pt(table: Table) -> float:
    """Return the size of the letters of a table: smaller where it has many columns."""
    count = len(shown(table))
    return 9.0 if count <= 7 else 8.0 if count <= 10 else 7.0  # noqa: PLR2004


def svg_size(svg: str) -> tuple[float, float]:
    """Return width and height of a drawing, px; 720 by 480 where it states none."""
    head = svg[: svg.find(">") + 1]
    found = [re.search(rf'\b{name}="([\d.]+)', head) for name in ("width", "height")]
    if found[0] and found[1]:
        return float(found[0][1]), float(found[1][1])
    box = re.search(r'viewBox="\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)', head)
    return (float(box[1]), float(box[2])) if box else (720.0, 480.0)


def caption_of(label: str, caption: str, lang: Lang) -> str:
    """Return label and caption in one line."""
    return clean(f"{label}　{caption}" if lang == "zh" else f"{label}. {caption}")


def on_page(document: Document, n: str, all_pages: str) -> str:
    """Return the words of the footer for a page and the number of pages."""
    return f"第 {n} 页 / 共 {all_pages} 页" if document.lang == "zh" else f"{n} / {all_pages}"
