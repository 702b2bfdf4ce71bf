"""Register forms of markers (界桩登记表, BND-06): a page for each marker, as PDF or Word."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.errors import InputError
from geoplan.reports import layout
from geoplan.reports.marker_grid import COLUMNS, EMPTY, TITLE, banner, form_rows, secrecy_line
from geoplan.reports.typeset import pdf_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geoplan.reports.marker_papers import MarkerPaper

KINDS = (".pdf", ".docx")


def write_marker_forms(
    papers: Sequence[MarkerPaper],
    path: str | Path,
    *,
    issuer: str = "",
    on_progress: Callable[[float, str], None] | None = None,
) -> Path:
    """
    Write the register forms of markers, a page each (BND-06).

    Parameters
    ----------
    papers
        From `geoplan.reports.marker_papers.papers_of`.
    path
        ``.pdf`` (PDF/A-2b) or ``.docx`` (to be filled in further).
    issuer
        Stands in the footer.
    on_progress
        Called with the share done (0–1) and a word.

    Returns
    -------
    path
        Where it was written: the same bytes for the same papers.

    Raises
    ------
    InputError
        If the ending is another, or there is no marker.
    MissingExtraError
        If the extra ``reports`` is not installed.
    OutputError
        If the system refuses; no partial file is left.
    """
    from geoplan.io import replacing

    target = Path(path)
    require_kind(target, KINDS, papers)
    if target.suffix.lower() == ".docx":
        from geoplan.reports.marker_word import docx_of

        made = docx_of(papers, issuer=issuer, on_progress=on_progress)
    else:
        if on_progress:
            on_progress(0.1, target.name)
        made = pdf_of(source("marker_forms.typ"), json.dumps(
            {"title": TITLE, "issuer": layout.clean(issuer), "empty": EMPTY, "columns": COLUMNS,
             "red": layout.BANNER_COLOUR, "forms": [_form(p) for p in papers]},
            ensure_ascii=False,
        ))  # fmt: skip
    with replacing(target) as temporary:
        temporary.write_bytes(made)
    return target


def require_kind(target: Path, kinds: Sequence[str], papers: Sequence[MarkerPaper]) -> None:
    """
    Refuse an ending that cannot be written, and papers of no marker.

    Raises
    ------
    InputError
        If the ending is another, or there is no marker.
    """
    if target.suffix.lower() not in kinds:
        raise InputError(
            f"{target.name}: this paper is written as {', '.join(kinds)}.",
            zh=f"{target.name}：此件可写为 {'、'.join(kinds)}。",
            fix="give the file one of these endings", fix_zh="改用这些扩展名", file=str(target),
        )  # fmt: skip
    if not papers:
        raise InputError(
            f"{target.name}: there is no marker to write.", zh=f"{target.name}：没有可写的界桩。",
            fix="check --line and the layer boundary_markers",
            fix_zh="检查 --line 和图层 boundary_markers", file=str(target),
        )  # fmt: skip


def source(name: str) -> str:
    """Return a typst source that ships with the package."""
    return (resources.files("geoplan.reports") / name).read_text(encoding="utf-8")


def _form(paper: MarkerPaper) -> dict[str, Any]:
    return {
        "secrecy": secrecy_line(paper.secrecy_zh), "banner": banner(paper),
        "sketch": paper.sketch, "alt": f"{paper.marker_no} 位置略图",
        "rows": [{"height": row.height_mm, "cells": [vars(c) for c in row.cells]}
                 for row in form_rows(paper)],
    }  # fmt: skip
