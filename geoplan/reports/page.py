"""The web report (网页报告): a document as one page that works offline, with sortable tables."""

from __future__ import annotations

import re
from importlib import resources
from numbers import Real
from typing import TYPE_CHECKING, Any

from geoplan.reports import layout
from geoplan.reports.document import Figure, Paragraph, Table, is_missing
from geoplan.reports.workbook import sheet_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.reports.document import Block, Document

_SCRIPT = re.compile(r"<script\b|<foreignObject\b|\bon\w+\s*=|javascript:", re.IGNORECASE)
_CODE = 16  # a short code keeps its line


def html_of(document: Document) -> str:
    """
    Return a document as one page: no outside file, tables that sort and search.

    A row's explanation shows while the pointer is on it, and by its button: click, or tab to it
    and press Enter; to a leader, a planner or an analyst, as is chosen at the top. Without script
    the page still reads and prints.

    Parameters
    ----------
    document
        What to show. All rows of all tables are in it.

    Returns
    -------
    html
        The same for the same document.

    Raises
    ------
    InputError
        If two blocks have the same key.
    """
    from jinja2 import Environment

    text = (resources.files("geoplan.reports") / "document.html.j2").read_text(encoding="utf-8")
    shell = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
    labels = document.labels()
    sections: list[dict[str, Any]] = [
        {"level": min(depth + 1, 6), "id": f"s{at}",
         "title": layout.clean(f"{number}{'' if document.lang == 'zh' else ' '}{section.title}"),
         "blocks": [_block(b, labels, document) for b in section.blocks]}
        for at, (depth, number, section) in enumerate(document.walk(), 1)
    ]  # fmt: skip
    plain = ("title", "subtitle", "banner", "issuer", "date")
    return shell.render(
        zh=document.lang == "zh", lang="zh-CN" if document.lang == "zh" else "en",
        sections=sections, has_depths=any(b.get("depths") for s in sections for b in s["blocks"]),
        has_workbook=bool(sheet_names(document)),
        facts=[(layout.clean(k), layout.clean(v)) for k, v in document.facts],
        colours=layout.STATUS_COLOUR, red=layout.BANNER_COLOUR,
        **{name: layout.clean(getattr(document, name)) for name in plain},
    )  # fmt: skip


def _block(block: Block, labels: Mapping[str, str], document: Document) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": "text", "lines": layout.clean(block.text).split("\n"),
                "strong": block.strong}  # fmt: skip
    caption = layout.caption_of(labels[block.key], block.caption, document.lang)
    base = {"id": re.sub(r"\W", "-", block.key), "caption": caption,
            "note": layout.clean(block.note)}  # fmt: skip
    if isinstance(block, Figure):
        return {**base, "kind": "figure", "svg": _drawing(block)}
    return {**base, "kind": "table", **_table(block, document)}


def _drawing(figure: Figure) -> Any:
    """Return the drawing to stand in the page; one that could act is shown as a picture."""
    from base64 import b64encode

    from markupsafe import Markup, escape

    svg = layout.clean(figure.svg)
    alt = escape(layout.clean(figure.alt or figure.caption))
    if _SCRIPT.search(svg) or not svg.lstrip().startswith("<svg"):
        coded = b64encode(svg.encode()).decode()
        return Markup('<img alt="{}" src="data:image/svg+xml;base64,{}">').format(alt, coded)
    head, rest = svg.lstrip().split(">", 1)
    head = re.sub(r'\s(role|aria-label)="[^"]*"', "", head)
    return Markup(f'{head} role="img" aria-label="{alt}">{rest}')  # noqa: S704  (ours, see above)


def _table(table: Table, document: Document) -> dict[str, Any]:
    columns = layout.shown(table)
    texts = layout.words(table, document.lang)
    rows = []
    for at, (row, said) in enumerate(zip(table.rows, texts, strict=True)):
        why = table.explanations[at] if at < len(table.explanations) else ""
        cells = [
            {"text": text, "value": _value(row[k]), "code": text.isascii() and len(text) <= _CODE,
             "status": layout.status_code(text) if table.columns[k].status else ""}
            for k, text in zip(columns, said, strict=True)
        ]  # fmt: skip
        brief, deep = table.depths[at] if at < len(table.depths) else ("", "")
        rows.append({"cells": cells, "why": layout.clean(why), "brief": layout.clean(brief),
                     "deep": layout.clean(deep)})  # fmt: skip
    return {
        "heads": [{"text": t, "number": layout.is_number(table.columns[k])}
                  for k, t in zip(columns, layout.heads(table), strict=True)],
        "rows": rows, "depths": bool(table.depths), "count": f"{len(rows):,}",
        "explained": any(table.explanations),
    }  # fmt: skip


def _value(value: Any) -> str:
    """Return the number to sort by, as it is; empty for words."""
    number = isinstance(value, Real) and not isinstance(value, bool) and not is_missing(value)
    return repr(float(value)) if number else ""
