"""Pieces of WordprocessingML (Word 的底层标记) as text: paragraphs, fields, tables, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from geoplan.reports.layout import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

EMU_PER_PT = 12_700
"""English metric units, in which pictures are measured."""
_NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}


def body(pieces: Sequence[str]) -> str:
    """Return pieces in one element that declares the namespaces, to be parsed."""
    names = " ".join(f'xmlns:{k}="{v}"' for k, v in _NAMES.items())
    return f"<w:body {names}>{''.join(pieces)}</w:body>"


def run(text: str, *, colour: str = "", bold: bool = False, size_pt: float = 0.0) -> str:
    """Return a run of text; lines stay lines."""
    look = ("<w:b/>" if bold else "") + (f'<w:color w:val="{colour.lstrip("#")}"/>' * bool(colour))
    if size_pt:
        half = round(size_pt * 2)
        look += f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
    look = f"<w:rPr>{look}</w:rPr>" if look else ""
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in clean(text).split("\n")]
    return f"<w:r>{look}{'<w:br/>'.join(lines)}</w:r>"


def paragraph(content: str, style: str = "", *, align: str = "", keep: bool = False) -> str:
    """Return a paragraph of runs; ``keep`` holds it on the page of what follows."""
    look = (f'<w:pStyle w:val="{escape(style)}"/>' if style else "") + "<w:keepNext/>" * keep
    look += f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p>{f'<w:pPr>{look}</w:pPr>' if look else ''}{content}</w:p>"


def field(code: str, shown: str) -> str:
    """Return a field with the text it shows until it is updated."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(shown)}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def bookmark(name: str, number: int, content: str) -> str:
    """Return content that a link or field can point to."""
    return (f'<w:bookmarkStart w:id="{number}" w:name="{escape(name)}"/>{content}'
            f'<w:bookmarkEnd w:id="{number}"/>')  # fmt: skip


def link(name: str, content: str) -> str:
    """Return content that leads to a bookmark."""
    return f'<w:hyperlink w:anchor="{escape(name)}" w:history="1">{content}</w:hyperlink>'


def cell(content: str, width: int, style: str, *, right: bool = False, fill: str = "") -> str:
    """Return a cell of a table, its width in twentieths of a point."""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill.lstrip("#")}"/>' if fill else ""
    return (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}'
            '<w:vAlign w:val="center"/></w:tcPr>'
            f"{paragraph(content, style, align='right' if right else '')}</w:tc>")  # fmt: skip


def row(cells: Sequence[str], *, head: bool = False) -> str:
    """Return a row that does not split; a head is repeated on each page."""
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * head}</w:trPr>{''.join(cells)}</w:tr>"


def table(rows: Sequence[str], widths: Sequence[int]) -> str:
    """Return a table with fixed widths: strong lines above and below, thin ones between."""
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'
        for side, size, colour in (("top", 10, "1D2A33"), ("bottom", 10, "1D2A33"),
                                   ("insideH", 4, "AEB9C0"), ("insideV", 4, "DDE3E6"))
    )  # fmt: skip
    margin = "".join(f'<w:{s} w:w="{n}" w:type="dxa"/>' for s, n in
                     (("top", 30), ("left", 70), ("bottom", 30), ("right", 70)))  # fmt: skip
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
            f'<w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/>'
            f"<w:tblCellMar>{margin}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
            f"{''.join(rows)}</w:tbl>")  # fmt: skip


def picture(relation: str, number: int, name: str, alt: str, wide: int, high: int) -> str:
    """Return a run with a picture in line; its size in English metric units."""
    said = f'id="{number}" name={quoteattr(name)} descr={quoteattr(clean(alt))}'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{wide}" cy="{high}"/><wp:docPr {said}/>'
        f'<a:graphic><a:graphicData uri="{_NAMES["pic"]}"><pic:pic>'
        f"<pic:nvPicPr><pic:cNvPr {said}/><pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
