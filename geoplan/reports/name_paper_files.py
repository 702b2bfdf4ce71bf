"""Papers of place names as files (地名文书): PDF or Word, the same words in both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.errors import InputError
from geoplan.reports import layout, ooxml
from geoplan.reports.layout import need
from geoplan.reports.marker_forms import source
from geoplan.reports.typeset import pdf_of
from geoplan.reports.word_template import CELL_STYLE, packed, template_document

if TYPE_CHECKING:
    from geoplan.reports.name_papers import NamePaper

KINDS = (".pdf", ".docx")
_SHADE, _TEXT_PT, _TWIPS = "#eef2f4", 460.0, 20
_BODY = '<w:spacing w:before="0" w:after="120" w:line="400" w:lineRule="auto"/>'


def write_name_paper(paper: NamePaper, path: str | Path) -> Path:
    """
    Write a paper of place names.

    Parameters
    ----------
    paper
        From `geoplan.reports.name_papers`.
    path
        ``.pdf`` (PDF/A-2b) or ``.docx``.

    Returns
    -------
    path
        Where it was written: the same bytes for the same paper.

    Raises
    ------
    InputError
        If the ending is another.
    MissingExtraError
        If the extra ``reports`` is not installed.
    OutputError
        If the system refuses; no partial file is left.
    """
    from geoplan.io import replacing

    target = Path(path)
    made = paper_bytes(paper, target.suffix.lower())
    with replacing(target) as temporary:
        temporary.write_bytes(made)
    return target


def paper_bytes(paper: NamePaper, kind: str) -> bytes:
    """
    Return a paper as the bytes of a file.

    Raises
    ------
    InputError
        If ``kind`` is none of `KINDS`.
    MissingExtraError
        If the extra ``reports`` is not installed.
    """
    if kind not in KINDS:
        raise InputError(
            f"{paper.title} is written as {', '.join(KINDS)}, not {kind!r}.",
            zh=f"{paper.title}可写为 {'、'.join(KINDS)}，不能写为“{kind}”。",
            fix="give the file one of these endings", fix_zh="改用这些扩展名", kind=kind,
        )  # fmt: skip
    if kind == ".docx":
        return _docx(paper)
    data = _clean(vars(paper)) | {"red": layout.BANNER_COLOUR}
    return pdf_of(source("name_papers.typ"), json.dumps(data, ensure_ascii=False))


def _clean(value: Any) -> Any:
    """Return content with every text free of what no file can hold."""
    if isinstance(value, dict):
        return {k: _clean(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_clean(v) for v in value]
    return layout.clean(value) if isinstance(value, str) else value


def _docx(paper: NamePaper) -> bytes:
    document = template_document(cover=False)
    body = document.element.body
    for element in [e for e in body if e is not body.sectPr]:
        body.remove(element)
    document.sections[0].header.is_linked_to_previous = True
    style = str(document.styles[CELL_STYLE].style_id)
    pieces = [
        *([_line(paper.banner, "right", colour=layout.BANNER_COLOUR, bold=True, size_pt=9)]
          if paper.banner else []),
        _line(paper.title, "center", bold=True, size_pt=22),
        *([_line(paper.number, "center", size_pt=11)] if paper.number else []),
        *(_said(t) for t in paper.before),
        *([_table(paper, style), _line("", "left")] if paper.rows else []),
        *(_said(t) for t in paper.after), _line("", "left"),
        _line(paper.issuer, "right"), _line(paper.date, "right"),
    ]  # fmt: skip
    for element in list(need("docx.oxml").parse_xml(ooxml.body(pieces))):
        body.sectPr.addprevious(element)
    document.core_properties.title = paper.title
    document.core_properties.author = layout.clean(paper.issuer)
    return packed(document)


def _line(text: str, align: str, **look: Any) -> str:
    content = ooxml.run(text, **{"size_pt": 12, **look})
    return f'<w:p><w:pPr>{_BODY}<w:jc w:val="{align}"/></w:pPr>{content}</w:p>'


def _said(text: str) -> str:
    """Return a paragraph of the text; one that addresses somebody begins at the margin."""
    indent = "" if text.endswith("：") else '<w:ind w:firstLineChars="200" w:firstLine="480"/>'
    return f"<w:p><w:pPr>{_BODY}{indent}</w:pPr>{ooxml.run(text, size_pt=12)}</w:p>"


def _table(paper: NamePaper, style: str) -> str:
    total = sum(paper.widths)
    widths = [round(_TEXT_PT * _TWIPS * w / total) for w in paper.widths]
    rows = []
    if paper.heads:
        cells = (ooxml.cell(ooxml.run(t, bold=True, size_pt=10.5), w, style, fill=_SHADE)
                 for t, w in zip(paper.heads, widths, strict=True))  # fmt: skip
        rows.append(ooxml.row([*cells], head=True))
    for row in paper.rows:
        shade = [_SHADE if not paper.heads and at % 2 == 0 else "" for at in range(len(row))]
        rows.append(ooxml.row([ooxml.cell(ooxml.run(t, size_pt=10.5), w, style, fill=f)
                               for t, w, f in zip(row, widths, shade, strict=True)]))  # fmt: skip
    return ooxml.table(rows, widths)
