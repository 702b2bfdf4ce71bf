"""The PDF (版式文件): a document set by typst on A4, PDF/A-2b, fonts embedded, maps as vectors."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.reports import layout
from geoplan.reports.document import Figure, Paragraph, Table
from geoplan.reports.typeset import pdf_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.reports.document import Block, Document

_TEXT_WIDTH_PT, _MOST_HEIGHT_PT = 481.9, 640.0
_BREAKABLE, _SHORT = 160, 10


def write_pdf(document: Document, path: str | Path) -> Path:
    """
    Write a document as PDF/A-2b.

    Annex tables are left out; a table's ``most_rows`` is kept to, and the rest is pointed to.

    Parameters
    ----------
    document
        What to set.
    path
        The file to make or replace.

    Returns
    -------
    path
        Where it was written: the same bytes for the same document.

    Raises
    ------
    MissingExtraError
        If typst or its fonts are not installed.
    InputError
        If a drawing is no SVG, or two blocks have the same key.
    OutputError
        If the system refuses; no partial file is left.
    """
    from geoplan.io import replacing

    source = (resources.files("geoplan.reports") / "document.typ").read_text(encoding="utf-8")
    made = pdf_of(source, json.dumps(content(document), ensure_ascii=False))
    target = Path(path)
    with replacing(target) as temporary:
        temporary.write_bytes(made)
    return target


def content(document: Document) -> dict[str, Any]:
    """Return what ``document.typ`` sets: plain texts, so that no name is ever read as markup."""
    labels = document.labels()
    blocks: list[dict[str, Any]] = []
    for depth, number, section in document.walk():
        blocks.append({"kind": "heading", "level": min(depth, 3),
                       "text": _heading(number, section.title, document)})  # fmt: skip
        blocks += [_block(b, labels, document) for b in section.blocks
                   if not (isinstance(b, Table) and b.annex)]  # fmt: skip
    plain = ("title", "subtitle", "banner", "issuer", "date", "running_title")
    return {
        **{name: layout.clean(getattr(document, name)) for name in plain},
        "lang": document.lang,
        "iso": _iso(document.date),
        "cover": document.cover,
        "facts": [[layout.clean(k), layout.clean(v)] for k, v in document.facts],
        "blocks": blocks,
        "colours": {code: list(pair) for code, pair in layout.STATUS_COLOUR.items()},
    }


def _heading(number: str, title: str, document: Document) -> str:
    space = "" if document.lang == "zh" else " "
    return layout.clean(f"{number}{space}{title}")


def _block(block: Block, labels: Mapping[str, str], document: Document) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": "text", "lines": layout.clean(block.text).split("\n"),
                "strong": block.strong}  # fmt: skip
    caption = layout.caption_of(labels[block.key], block.caption, document.lang)
    if isinstance(block, Figure):
        return _figure(block, caption)
    return _table(block, caption, document)


def _figure(figure: Figure, caption: str) -> dict[str, Any]:
    width, height = layout.svg_size(figure.svg)
    wide = min(width * 0.75, _TEXT_WIDTH_PT) * min(figure.width, 1.0)
    wide = min(wide, _MOST_HEIGHT_PT * width / height)
    return {"kind": "figure", "caption": caption, "svg": layout.clean(figure.svg),
            "alt": layout.clean(figure.alt or figure.caption), "width": round(wide, 2),
            "note": layout.clean(figure.note)}  # fmt: skip


def _table(table: Table, caption: str, document: Document) -> dict[str, Any]:
    texts = layout.words(table, document.lang, table.most_rows)
    columns = [table.columns[at] for at in layout.shown(table)]
    whole = [max(map(len, row), default=0) < _BREAKABLE for row in texts]
    return {
        "kind": "table", "caption": caption, "heads": layout.heads(table),
        "widths": [round(w, 4) for w in layout.shares(table, texts, _TEXT_WIDTH_PT)],
        "right": [layout.is_number(c) for c in columns],
        "rows": texts,
        "status": [[layout.status_code(t) if c.status else "" for t, c in
                    zip(row, columns, strict=True)] if any(c.status for c in columns) else None
                   for row in texts],
        "whole": whole, "short": len(texts) <= _SHORT and all(whole),
        "size": layout.table_size_pt(table), "note": layout.notes(table, document.lang),
    }  # fmt: skip


def _iso(said: str) -> list[int] | None:
    """Return year, month and day of an ISO date; None where it is written otherwise."""
    try:
        day = date.fromisoformat(said.strip())
    except ValueError:
        return None
    return [day.year, day.month, day.day]
