"""Register forms of markers as Word (界桩登记表): the grid of `marker_grid`, a page each."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from geoplan.reports import layout, ooxml
from geoplan.reports.layout import need
from geoplan.reports.marker_grid import (
    COLUMNS,
    EMPTY,
    TITLE,
    WIDTH_MM,
    banner,
    form_rows,
    secrecy_line,
)
from geoplan.reports.marker_sketch import HEIGHT, WIDTH
from geoplan.reports.typeset import png_of
from geoplan.reports.word_template import CELL_STYLE, packed, template_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from geoplan.reports.marker_grid import Cell, Row
    from geoplan.reports.marker_papers import MarkerPaper

_TWIPS_PER_MM, _EMU_PER_MM = 1440 / 25.4, 36_000
_SIDE_MM, _TOP_MM, _SKETCH_MM, _PPI = 18, 13, 58.0, 200.0
_SHADE, _AMBER, _SOFT, _INK = "EEF2F4", "#9a5b00", "#5c6b75", "1D2A33"
_TIGHT = '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'


def docx_of(
    papers: Sequence[MarkerPaper], *, issuer: str = "",
    on_progress: Callable[[float, str], None] | None = None,
) -> bytes:  # fmt: skip
    """
    Return the forms as a Word file.

    Parameters
    ----------
    papers
        One per page.
    issuer
        Author of the file.
    on_progress
        Called with the share done (0–1) and the number of the marker.

    Returns
    -------
    docx
        The same bytes for the same papers.

    Raises
    ------
    MissingExtraError
        If python-docx or typst is not installed.
    """
    document = template_document(cover=False)
    _empty(document)
    style = str(document.styles[CELL_STYLE].style_id)
    pieces: list[str] = []
    for at, paper in enumerate(papers):
        if on_progress:
            on_progress(at / len(papers), paper.marker_no)
        pieces += _form(paper, at, style, _picture(document, paper, at))
    pieces.append(f'<w:p><w:pPr>{_TIGHT}<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>')
    last = document.element.body.sectPr
    for element in list(need("docx.oxml").parse_xml(ooxml.body(pieces))):
        last.addprevious(element)
    document.core_properties.title, document.core_properties.author = TITLE, layout.clean(issuer)
    return packed(document)


def _empty(document: Any) -> None:
    """Take the fields out of the template, and make the page as wide as the form."""
    body = document.element.body
    for element in [e for e in body if e is not body.sectPr]:
        body.remove(element)
    section, millimetres = document.sections[0], need("docx.shared").Mm
    section.header.is_linked_to_previous = True
    section.left_margin = section.right_margin = millimetres(_SIDE_MM)
    section.top_margin = section.bottom_margin = millimetres(_TOP_MM)
    section.header_distance = section.footer_distance = millimetres(6)


def _form(paper: MarkerPaper, at: int, style: str, drawn: str) -> Iterator[str]:
    tab = f'<w:tabs><w:tab w:val="right" w:pos="{_twips(WIDTH_MM)}"/></w:tabs>'
    top = (
        ooxml.run(secrecy_line(paper.secrecy_zh), bold=True)
        + "<w:r><w:tab/></w:r>"
        + ooxml.run(banner(paper), colour=layout.BANNER_COLOUR, bold=True)
    )
    yield (f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{"<w:pageBreakBefore/>" * bool(at)}{tab}'
           f"{_TIGHT}</w:pPr>{top}</w:p>")  # fmt: skip
    yield (f'<w:p><w:pPr><w:pStyle w:val="{style}"/><w:spacing w:before="40" w:after="80" '
           'w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr>'
           f"{ooxml.run(TITLE, bold=True, size_pt=16)}</w:p>")  # fmt: skip
    rows = "".join(_row(row, style, drawn) for row in form_rows(paper))
    grid = f'<w:gridCol w:w="{_twips(WIDTH_MM / COLUMNS)}"/>' * COLUMNS
    yield (f'<w:tbl><w:tblPr><w:tblW w:w="{_twips(WIDTH_MM)}" w:type="dxa"/>'
           '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="85" w:type="dxa"/>'
           '<w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
           f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>")  # fmt: skip


def _row(row: Row, style: str, drawn: str) -> str:
    cells = "".join(_cell(cell, style, drawn) for cell in row.cells)
    return (f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{_twips(row.height_mm)}" '
            f'w:hRule="atLeast"/></w:trPr>{cells}</w:tr>')  # fmt: skip


def _cell(cell: Cell, style: str, drawn: str) -> str:
    named, note = cell.role in {"label", "head"}, cell.role == "note"
    colour = _AMBER if cell.text == EMPTY else _SOFT if note else ""
    content = ooxml.run(cell.text, colour=colour, size_pt=cell.size_pt)
    if cell.role == "sketch":
        content = drawn or ooxml.run("（手绘）", colour=_SOFT)
    middle = "center" if named or cell.role in {"value", "sketch"} else "top"
    align = '<w:jc w:val="center"/>' * (named or cell.role == "sketch")
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/>' * named
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(WIDTH_MM * cell.span / COLUMNS)}" w:type="dxa"/>'
        f'<w:gridSpan w:val="{cell.span}"/>{_borders(note=note)}{shade}'
        f'<w:vAlign w:val="{middle}"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/>{_TIGHT}'
        f"{align}</w:pPr>{content}</w:p></w:tc>"
    )


def _borders(*, note: bool) -> str:
    sides = ("top",) if note else ("top", "left", "bottom", "right")
    lines = (f'<w:{s} w:val="single" w:sz="4" w:space="0" w:color="{_INK}"/>' for s in sides)
    return f"<w:tcBorders>{''.join(lines)}</w:tcBorders>"


def _picture(document: Any, paper: MarkerPaper, at: int) -> str:
    """Return the run with the sketch, as high as its row allows; empty where there is none."""
    if not paper.sketch:
        return ""
    rest_mm = next(r.height_mm for r in form_rows(paper) if r.cells[0].role == "sketch")
    high_mm = min(rest_mm - 3.0, _SKETCH_MM)
    relation, _ = document.part.get_or_add_image(BytesIO(png_of(paper.sketch, ppi=_PPI)))
    wide, high = (round(high_mm * _EMU_PER_MM * share) for share in (WIDTH / HEIGHT, 1.0))
    return ooxml.picture(relation, at + 1, f"{paper.marker_no}.png",
                         f"{paper.marker_no} 位置略图", wide, high)  # fmt: skip


def _twips(size_mm: float) -> int:
    return round(size_mm * _TWIPS_PER_MM)
