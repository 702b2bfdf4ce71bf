"""Writing a document (成果输出): the ending of the file says how it is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.errors import InputError

if TYPE_CHECKING:
    from geoplan.reports.document import Document

KINDS = (".pdf", ".docx", ".xlsx", ".html")


def write_document(
    document: Document, path: str | Path, *, template: str | Path | None = None
) -> Path:  # fmt: skip
    """
    Write a document; the ending says how.

    Parameters
    ----------
    document
        What to write.
    path
        ``.pdf`` (PDF/A-2b), ``.docx`` (editable), ``.xlsx`` (all tables) or ``.html``
        (self-contained, works offline).
    template
        The bureau's own Word template, for ``.docx`` only; see
        `geoplan.reports.word_template.default_template`.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    InputError
        If the ending is another, a template is given for another kind, or the template or a
        drawing is not usable.
    UnreadableFileError
        If the template is not a Word file.
    MissingFileError
        If there is no such template.
    MissingExtraError
        If the extra ``reports`` is needed and not installed.
    OutputError
        If the system refuses; no partial file is left.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in KINDS:
        raise InputError(
            f"{target.name}: documents are written as {', '.join(KINDS)}.",
            zh=f"{target.name}：报告可写为 {'、'.join(KINDS)}。",
            fix="give the file one of these endings",
            fix_zh="改用这些扩展名",
            file=str(target),
        )
    if template is not None and suffix != ".docx":
        raise InputError(
            f"{target.name}: a template is for .docx only.",
            zh=f"{target.name}：模板只用于 .docx。",
            fix="leave the template out, or write a .docx",
            fix_zh="去掉模板，或改写 .docx",
            file=str(target),
        )
    if suffix == ".pdf":
        from geoplan.reports.pdf import write_pdf

        return write_pdf(document, target)
    if suffix == ".docx":
        from geoplan.reports.word import write_docx

        return write_docx(document, target, template=template)
    if suffix == ".xlsx":
        from geoplan.reports.workbook import write_workbook

        return write_workbook(document, target)
    return _write_page(document, target)


def _write_page(document: Document, target: Path) -> Path:
    from geoplan.io import replacing
    from geoplan.reports.page import html_of

    page = html_of(document)
    with replacing(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return target
