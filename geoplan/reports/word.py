"""The Word file (可编辑文档): a document in the bureau's own template, or in the built-in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.reports import layout, ooxml
from geoplan.reports.document import Figure, Paragraph, Table
from geoplan.reports.layout import need
from geoplan.reports.typeset import png_of
from geoplan.reports.word_fields import opened_template, render
from geoplan.reports.word_template import (
    BLOCKS,
    CELL_STYLE,
    DRAWING_STYLE,
    FIELDS,
    NOTE_STYLE,
    STRONG_STYLE,
    ensure_styles,
    packed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geoplan.reports.document import Block, Document

_MARK, _IDS = "geoplan_", 700_000
_MOST_HEIGHT_PT, _A4_TEXT_PT, _PPI = 560.0, 453.5, 200.0


def write_docx(
    document: Document, path: str | Path, *, template: str | Path | None = None
) -> Path:  # fmt: skip
    """
    Write a document as an editable Word file.

    Headings, captions (SEQ fields), contents and page numbers are Word's own, so the table of
    contents can be updated (F9). Tables repeat their heads and no row splits over pages. Annex
    tables are left out; a table's ``most_rows`` is kept to, and the rest is pointed to.

    Parameters
    ----------
    document
        What to write.
    path
        The file to make or replace.
    template
        A ``.docx`` with the fields of `default_template`; None for the built-in one. Styles that
        it lacks are added.

    Returns
    -------
    path
        Where it was written: the same bytes for the same document and template.

    Raises
    ------
    MissingExtraError
        If docxtpl, python-docx or typst is not installed.
    MissingFileError
        If there is no such template.
    UnreadableFileError
        If the template is not a Word file.
    InputError
        If the template lacks ``{{p body }}``, has unknown fields or a broken one.
    OutputError
        If the system refuses; no partial file is left.
    """
    from geoplan.io import replacing

    labels = document.labels()
    filled = _filled(document, template)
    target = Path(path)
    ensure_styles(filled)
    writer = _Writer(document, labels, filled)
    has_facts = _put(filled, "facts", writer.facts())
    _put(filled, "contents", writer.contents())
    _put(filled, "body", [*([] if has_facts else writer.facts()), *writer.body()])
    filled.core_properties.title = layout.clean(document.title)[:255]
    filled.core_properties.author = layout.clean(document.issuer)[:255]
    made = packed(filled)
    with replacing(target) as temporary:
        temporary.write_bytes(made)
    return target


def _filled(document: Document, template: str | Path | None) -> Any:
    """Return the template with its lines filled and a bookmark where each block belongs."""
    opened = opened_template(template, document.lang, cover=document.cover)
    render(opened, _context(document), template)
    return opened.docx


def _context(document: Document) -> dict[str, Any]:
    from markupsafe import Markup

    lines = {name: layout.clean(getattr(document, name)) for name in FIELDS}
    lines["running_title"] = lines["running_title"] or lines["title"]
    marks = {name: Markup(ooxml.paragraph(ooxml.bookmark(_MARK + name, 9000 + at, "")))  # noqa: S704
             for at, name in enumerate(BLOCKS)}  # fmt: skip
    return {**lines, **marks}


def _put(filled: Any, name: str, pieces: list[str]) -> bool:
    """Put pieces where the bookmark of a field stands; tell whether it stands anywhere."""
    ids = need("docx.oxml.ns").qn
    marks = [m for m in filled.element.body.iter(ids("w:bookmarkStart"))
             if m.get(ids("w:name")) == _MARK + name]  # fmt: skip
    for mark in marks:
        place = mark.getparent()
        for element in list(need("docx.oxml").parse_xml(ooxml.body(pieces))):
            place.addprevious(element)
        place.getparent().remove(place)
    return bool(marks)


@dataclass(frozen=True)
class _Heading:
    depth: int
    text: str
    mark: str


class _Writer:
    """Turns the blocks of a document into WordprocessingML for one template."""

    def __init__(self, document: Document, labels: dict[str, str], filled: Any) -> None:
        self.document, self.labels, self.filled = document, labels, filled
        self.styles = {style.name: style.style_id for style in filled.styles}
        self.numbered = {d: self._numbers(f"Heading {d}") for d in (1, 2, 3)}
        section = filled.sections[-1]
        sides = (section.page_width, section.left_margin, section.right_margin)
        wide = None if None in sides else (sides[0] - sides[1] - sides[2]) / ooxml.EMU_PER_PT
        self.width_pt = wide or _A4_TEXT_PT
        self.count = 0

    def _style(self, name: str) -> str:
        return str(self.styles.get(name, ""))

    def _numbers(self, name: str) -> bool:
        """Tell whether a heading of the template counts by itself."""
        style, ids = self.filled.styles[name], need("docx.oxml.ns").qn
        while style is not None:
            if style.element.find(f"{ids('w:pPr')}/{ids('w:numPr')}") is not None:
                return True
            style = style.base_style
        return False

    def facts(self) -> list[str]:
        """Return the facts of the cover as a table."""
        if not self.document.facts:
            return []
        widths = self._widths([0.24, 0.76])
        style = self._style(CELL_STYLE)
        rows = [ooxml.row([ooxml.cell(ooxml.run(name), widths[0], style),
                           ooxml.cell(ooxml.run(value), widths[1], style)])
                for name, value in self.document.facts]  # fmt: skip
        return [ooxml.table(rows, widths), ooxml.paragraph("")]

    def contents(self) -> list[str]:
        """Return a table of contents: a field with the headings, updated by F9."""
        heads = [h for h in self._headings() if h.depth <= 2]  # noqa: PLR2004
        if not heads:
            return []
        begin = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
            ' TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        out = []
        for at, head in enumerate(heads):
            said = ooxml.link(head.mark, ooxml.run(head.text))
            out.append(ooxml.paragraph((begin if not at else "") + said,
                                       self._style(f"toc {head.depth}")))  # fmt: skip
        return [*out, ooxml.paragraph('<w:r><w:fldChar w:fldCharType="end"/></w:r>')]

    def _headings(self) -> Iterable[_Heading]:
        space = "" if self.document.lang == "zh" else " "
        for at, (depth, number, section) in enumerate(self.document.walk(), 1):
            yield _Heading(min(depth, 3), layout.clean(f"{number}{space}{section.title}"),
                           f"_Toc9{at:05d}")  # fmt: skip

    def body(self) -> list[str]:
        """Return the whole body."""
        out = []
        for at, (head, (_, _, section)) in enumerate(
            zip(self._headings(), self.document.walk(), strict=True)
        ):
            text = layout.clean(section.title) if self.numbered[head.depth] else head.text
            out.append(ooxml.paragraph(ooxml.bookmark(head.mark, _IDS + at, ooxml.run(text)),
                                       self._style(f"Heading {head.depth}")))  # fmt: skip
            for block in section.blocks:
                out += self._block(block)
        return out

    def _block(self, block: Block) -> list[str]:
        if isinstance(block, Paragraph):
            style = self._style(STRONG_STYLE if block.strong else "Body Text")
            return [ooxml.paragraph(ooxml.run(line), style) for line in block.text.split("\n")]
        if isinstance(block, Figure):
            return self._figure(block)
        return [] if block.annex else self._table(block)

    def _caption(self, block: Table | Figure, *, keep: bool) -> str:
        """Return a caption whose number is a field, so that Word can list and renumber it."""
        label = self.labels[block.key]
        number = re.sub(r"\D", "", label)
        word = label[: -len(number)]
        gap = "　" if self.document.lang == "zh" else ". "
        content = (ooxml.run(word) + ooxml.field(f"SEQ {word.strip()} \\* ARABIC", number)
                   + ooxml.run(f"{gap}{block.caption}"))  # fmt: skip
        return ooxml.paragraph(content, self._style("Caption"), align="center", keep=keep)

    def _figure(self, figure: Figure) -> list[str]:
        wide, high = layout.svg_size(figure.svg)
        width = min(wide * 0.75, self.width_pt) * min(figure.width, 1.0)
        width = min(width, _MOST_HEIGHT_PT * wide / high)
        size = [round(v * ooxml.EMU_PER_PT) for v in (width, width * high / wide)]
        relation, _ = self.filled.part.get_or_add_image(
            BytesIO(png_of(layout.clean(figure.svg), ppi=_PPI))
        )
        self.count += 1
        drawn = ooxml.picture(relation, _IDS + self.count, f"{figure.key}.png",
                              figure.alt or figure.caption, size[0], size[1])  # fmt: skip
        out = [ooxml.paragraph(drawn, self._style(DRAWING_STYLE), align="center", keep=True),
               self._caption(figure, keep=bool(figure.note))]  # fmt: skip
        return [*out, *([self._note(figure.note)] if figure.note else [])]

    def _note(self, text: str) -> str:
        return ooxml.paragraph(ooxml.run(text), self._style(NOTE_STYLE))

    def _widths(self, shares: Iterable[float]) -> list[int]:
        return [round(share * self.width_pt * 20) for share in shares]

    def _table(self, table: Table) -> list[str]:
        lang = self.document.lang
        texts = layout.words(table, lang, table.most_rows)
        columns = [table.columns[at] for at in layout.shown(table)]
        widths, style = (
            self._widths(layout.shares(table, texts, self.width_pt)),
            self._style(CELL_STYLE),
        )
        right = [layout.is_number(c) for c in columns]
        size = layout.table_size_pt(table)
        rows = [ooxml.row([ooxml.cell(ooxml.run(t, bold=True, size_pt=size), w, style, right=r,
                                      fill="#e6edf1")
                           for t, w, r in zip(layout.heads(table), widths, right, strict=True)],
                          head=True)]  # fmt: skip
        for row in texts:
            cells = []
            for text, column, wide, is_right in zip(row, columns, widths, right, strict=True):
                code = layout.status_code(text) if column.status else ""
                paper, ink = layout.STATUS_COLOUR.get(code, ("", ""))
                content = ooxml.run(text, colour=ink, size_pt=size)
                cells.append(ooxml.cell(content, wide, style, right=is_right, fill=paper))
            rows.append(ooxml.row(cells))
        notes = [self._note(n) for n in layout.notes(table, lang)] or [self._note("")]
        return [self._caption(table, keep=True), ooxml.table(rows, widths), *notes]
