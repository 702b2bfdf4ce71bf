"""The workbook (附表): every table of a document as a sheet with real numbers, by xlsxwriter."""

from __future__ import annotations

import math
import re
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.maps.furniture import width_em
from geoplan.reports import layout
from geoplan.reports.document import Table, is_missing, text_of, unit_of
from geoplan.units import UNITS, unit_word

if TYPE_CHECKING:
    from geoplan.reports.document import Document

_STAMP = datetime(2022, 2, 7)  # noqa: DTZ001  (no clock in files, so that runs compare)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_MOST_NAME, _MOST_TEXT = 31, 32_000
_FORMULA = ("=", "+", "-", "@", "\t")
_WIDEST, _NARROW, _HIGHEST = 60.0, 40.0, 400.0
_STATUS_WORDS = (
    ("not_met", ("未达标", "not met")),
    ("to_verify", ("待核", "to verify")),
    ("no_data", ("无数据", "no data")),
    ("no_target", ("规划未定量", "no target")),
    ("met", ("达标", "met")),
)  # the first that is contained rules: 未达标 holds 达标


def write_workbook(document: Document, path: str | Path) -> Path:
    """
    Write the tables of a document as an Excel workbook with a cover sheet.

    Each table that names a sheet has one, and so has each annex and each table that paper cuts.
    Numbers are numbers, with the decimals of their unit; shares are per cent; texts are texts,
    whatever they begin with.

    Parameters
    ----------
    document
        What to write.
    path
        The file to make or replace.

    Returns
    -------
    path
        Where it was written: the same bytes for the same document.

    Raises
    ------
    InputError
        If two blocks have the same key.
    OutputError
        If the system refuses; no partial file is left.
    """
    import xlsxwriter

    from geoplan.io import replacing

    labels = document.labels()
    target = Path(path)
    with replacing(target) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"nan_inf_to_errors": False})
        book.set_properties({"title": layout.clean(document.title), "created": _STAMP,
                             "author": layout.clean(document.issuer)})  # fmt: skip
        style = _Styles(book)
        sheets = sheet_names(document)
        _cover(book.add_worksheet("封面" if document.lang == "zh" else "Cover"), document, sheets,
               labels, style)  # fmt: skip
        for name, table in sheets.items():
            label = layout.caption_of(labels[table.key], table.caption, document.lang)
            _Sheet(book.add_worksheet(name), table, document, style).write(label)
        book.close()
    return target


def sheet_names(document: Document) -> dict[str, Table]:
    """Return the tables that are sheets by the names of these: legal, unique, in reading order."""
    out: dict[str, Table] = {}
    taken = {"封面", "cover", "history"}
    for block in document.blocks():
        if not isinstance(block, Table) or not (block.sheet or block.annex or layout.cut(block)):
            continue
        base = _FORBIDDEN.sub("_", layout.clean(block.sheet or block.caption or block.key))
        base = " ".join(base.split()).strip("'")[:_MOST_NAME] or block.key[:_MOST_NAME]
        name, count = base, 1
        while name.casefold() in taken:
            count += 1
            end = f" ({count})"
            name = base[: _MOST_NAME - len(end)] + end
        taken.add(name.casefold())
        out[name] = block
    return out


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def of(self, **settings: Any) -> Any:
        """Return the format with these settings."""
        key = repr(sorted(settings.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **settings})
        return self._made[key]

    def number(self, unit: str, *, whole: bool) -> Any:
        """Return the format of a unit: its decimals, per cent for shares."""
        if unit == "share":
            return self.of(num_format="0.0%")
        if unit in UNITS and unit != "none":
            decimals = UNITS[unit][1]
            return self.of(num_format="#,##0" + ("." + "0" * decimals if decimals else ""))
        return self.of(num_format="#,##0" if whole else "#,##0.####")

    def text(self, text: str, **settings: Any) -> Any:
        """Return the format of a text; one that looks like a formula stays text when edited."""
        if text.startswith(_FORMULA):
            settings["quote_prefix"] = True
        return self.of(text_wrap=True, **settings)


def _cover(
    sheet: Any, document: Document, sheets: dict[str, Table], labels: dict[str, str], style: _Styles
) -> None:
    zh = document.lang == "zh"
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_row(0, 28)
    rows: list[tuple[str, str, Any]] = [
        ("", document.title, style.of(bold=True, font_size=18, text_wrap=True))
    ]
    if document.subtitle:
        rows.append(("", document.subtitle, style.of(font_size=12, text_wrap=True)))
    if document.banner:
        rows.append(("", document.banner, style.of(bold=True, font_color=layout.BANNER_COLOUR)))
    said = (("编制单位" if zh else "Issuer", document.issuer),
            ("日期" if zh else "Date", document.date))  # fmt: skip
    for name, value in (*((n, v) for n, v in said if v), *document.facts):
        rows.append((name, value, None))
    for at, (name, value, form) in enumerate(rows):
        for column, text in enumerate((layout.clean(name), layout.clean(value)[:_MOST_TEXT])):
            if text:
                sheet.write_string(at, column, text, form or style.text(text))
    at = len(rows) + 1
    sheet.write_string(at, 0, "工作表" if zh else "Sheet", style.of(bold=True))
    sheet.write_string(at, 1, "内容" if zh else "Content", style.of(bold=True))
    link = style.of(font_color="#1f5673", underline=1)
    for row, (name, table) in enumerate(sheets.items(), start=at + 1):
        quoted = name.replace("'", "''")
        sheet.write_url(row, 0, f"internal:'{quoted}'!A1", link, name)
        text = layout.caption_of(labels[table.key], table.caption, document.lang)
        sheet.write_string(row, 1, text, style.text(text))


class _Sheet:
    """One table on its sheet."""

    def __init__(self, sheet: Any, table: Table, document: Document, style: _Styles) -> None:
        self.sheet, self.table, self.style, self.lang = sheet, table, style, document.lang
        self.banner = layout.clean(document.banner)
        self.explained = any(table.explanations)
        self.long: list[tuple[int, int, float]] = []
        self.units = {c.unit_column for c in table.columns if c.unit_column is not None}

    def write(self, label: str) -> None:
        """Write banner, caption, headings, rows; then filter, widths, colours."""
        top = 0
        if self.banner:
            self.sheet.write_string(
                top, 0, self.banner, self.style.of(bold=True, font_color=layout.BANNER_COLOUR)
            )
            top += 1
        self.sheet.write_string(top, 0, label, self.style.of(bold=True))
        self.sheet.write_url(top, max(len(self.table.columns), 4), "internal:'封面'!A1"
                             if self.lang == "zh" else "internal:'Cover'!A1",
                             self.style.of(font_color="#1f5673", underline=1),
                             "返回封面" if self.lang == "zh" else "Back")  # fmt: skip
        top += 1
        heads = [layout.clean(c.title) for c in self.table.columns]
        heads += ["说明" if self.lang == "zh" else "Explanation"] if self.explained else []
        head = self.style.of(bold=True, bg_color="#DDE6EE", text_wrap=True, border=1)
        widths = [width_em(h) * 1.1 + 3 for h in heads]
        for at, title in enumerate(heads):
            self.sheet.write_string(top, at, title, head)
        for k, row in enumerate(self.table.rows, start=1):
            for at in range(len(self.table.columns)):
                widths[at] = max(widths[at], self._cell(top + k, at, row))
            if self.explained and k <= len(self.table.explanations):
                self._text(top + k, len(heads) - 1, self.table.explanations[k - 1])
        if self.explained:
            widths[-1] = _WIDEST
        self._finish(top, widths)

    def _cell(self, row: int, at: int, cells: tuple[Any, ...]) -> float:
        value, head = cells[at], self.table.columns[at]
        if is_missing(value):
            return 0.0
        number = isinstance(value, Real) and not isinstance(value, bool) and not head.status
        if number and math.isfinite(float(value)):
            whole = isinstance(value, Integral)
            form = self.style.number(unit_of(self.table, cells, at), whole=whole)
            self.sheet.write_number(row, at, int(value) if whole else float(value), form)
            return width_em(text_of(self.table, cells, at, self.lang)) * 1.9 + 1
        if at in self.units:
            return self._text(row, at, unit_word(str(value), self.lang))
        return self._text(row, at, text_of(self.table, cells, at, self.lang))

    def _text(self, row: int, at: int, text: str) -> float:
        said = layout.clean(text)[:_MOST_TEXT]
        if said:
            self.sheet.write_string(row, at, said, self.style.text(said))
        wide = width_em(said) * 1.9
        self.long += [(row, at, wide)] if wide > _NARROW or "\n" in said else []
        return min(wide + 1, 48.0)

    def _finish(self, top: int, widths: list[float]) -> None:
        bottom = top + max(len(self.table.rows), 1)
        for at, width in enumerate(widths):
            self.sheet.set_column(at, at, round(min(max(width, 7.0), _WIDEST), 1))
        lines: dict[int, int] = {}
        for row, at, wide in self.long:
            lines[row] = max(lines.get(row, 1), math.ceil(wide / min(widths[at], _WIDEST)))
        for row, count in lines.items():
            if count > 1:
                self.sheet.set_row(row, min(14.5 * count + 2, _HIGHEST))
        self.sheet.freeze_panes(top + 1, 0)
        if widths:
            self.sheet.autofilter(top, 0, bottom, len(widths) - 1)
        self.sheet.repeat_rows(top)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        for at, column in enumerate(self.table.columns):
            if column.status:
                self._colour(top + 1, bottom, at)
        if self.table.note:
            self.sheet.write_string(bottom + 2, 0, layout.clean(self.table.note),
                                    self.style.of(font_color="#5c6b75"))  # fmt: skip

    def _colour(self, first: int, last: int, at: int) -> None:
        """Colour statuses by their words, so that a cell edited later changes its colour."""
        for code, words in _STATUS_WORDS:
            paper, ink = layout.STATUS_COLOUR[code]
            form = self.style.of(bg_color=paper, font_color=ink)
            for word in words:
                self.sheet.conditional_format(first, at, last, at, {
                    "type": "text", "criteria": "containing", "value": word, "format": form,
                    "stop_if_true": True,
                })  # fmt: skip
