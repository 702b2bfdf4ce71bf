"""Fields of a Word template (模板字段): checked and filled, or refused with those expected."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.errors import InputError, MissingFileError, UnreadableFileError
from geoplan.reports.layout import need
from geoplan.reports.word_template import BLOCKS, FIELDS, template_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geoplan.errors import Lang

_LINES = ", ".join(f"{{{{ {name} }}}}" for name in FIELDS)
_ALONE = ", ".join(f"{{{{p {name} }}}}" for name in BLOCKS)
_EXPECTED = f"{_LINES}; alone in a paragraph {_ALONE}; only body must be there"
_EXPECTED_ZH = f"{_LINES}；单独一段的 {_ALONE}；其中只有 body 必须有"
_ALONE_HERE = re.compile(r"\{\{p\s+\w+\s*\}\}")


def check_template(template: str | Path) -> None:
    """
    Check a bureau's Word template before any work is done for it.

    Parameters
    ----------
    template
        A ``.docx`` with the fields of `default_template`.

    Raises
    ------
    MissingExtraError
        If docxtpl or python-docx is not installed.
    MissingFileError
        If there is no such template.
    UnreadableFileError
        If it is not a Word file.
    InputError
        If it lacks ``{{p body }}``, has unknown fields or a broken one; lists those expected.
    """
    render(
        opened_template(template, "zh", cover=True), dict.fromkeys((*FIELDS, *BLOCKS), ""), template
    )


def opened_template(template: str | Path | None, lang: Lang, *, cover: bool) -> Any:
    """Return the template, open and with the fields it must have; None for the built-in one."""
    docxtpl = need("docxtpl")
    need("docx")
    if template is None:
        source: Any = BytesIO()
        template_document(lang=lang, cover=cover).save(source)
        source.seek(0)
    else:
        source = _checked(Path(template))
    opened = docxtpl.DocxTemplate(source)
    try:
        opened.init_docx()
        _require_fields(opened, template)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise _broken(template, error) from error
    return opened


def render(opened: Any, context: dict[str, Any], template: str | Path | None) -> None:
    """Fill the fields of an open template."""
    try:
        opened.render(context, _environment(), autoescape=True)
    except MemoryError:
        raise
    except Exception as error:
        raise _broken(template, error) from error


def _checked(template: Path) -> BytesIO:
    if not template.exists():
        raise MissingFileError.for_path(template, "--template")
    try:
        data = template.read_bytes()
        with zipfile.ZipFile(BytesIO(data)) as parts:
            parts.getinfo("word/document.xml")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise UnreadableFileError.for_file(
            template, "it is not a Word file (.docx)（不是 Word 文件 .docx）"
        ) from error
    return BytesIO(data)


def _environment() -> Any:
    """Return a jinja environment in which a template can do nothing but show fields."""
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(autoescape=True)


def _require_fields(opened: Any, template: str | Path | None) -> None:
    """
    Check the fields of a template.

    Raises
    ------
    InputError
        If the body is missing or not alone in its paragraph, or a field is unknown.
    """
    ids = need("docx.oxml.ns").qn
    for part in (opened.docx.element.body, *_edges(opened.docx)):
        for line in part.iter(ids("w:p")):
            text = "".join(piece.text or "" for piece in line.iter(ids("w:t")))
            if any(text.count(a) != text.count(b) for a, b in (("{{", "}}"), ("{%", "%}"))):
                raise _broken(template, f"“{text[:40]}”")
            if "{{p" in text and not _ALONE_HERE.fullmatch(text.strip()):
                raise _broken(template, f"“{text[:40]}” ({{{{p … }}}} 须单独一段, must be alone)")
    found = set(opened.get_undeclared_template_variables(_environment()))
    known = {*FIELDS, *BLOCKS}
    text = opened.patch_xml(opened.get_xml())
    inline = [n for n in BLOCKS if re.search(rf"<w:t[^>]*>[^<]*\{{\{{-?\s*{n}\b", text)]
    if unknown := sorted(found - known):
        raise InputError(
            f"{template}: the template has unknown fields: {', '.join(unknown)}.",
            zh=f"{template}：模板中有未知字段：{'、'.join(unknown)}。",
            fix=f"use only {_EXPECTED}",
            fix_zh=f"只用这些字段：{_EXPECTED_ZH}",
            file=str(template), unknown=", ".join(unknown),
        )  # fmt: skip
    if "body" not in found:
        raise InputError(
            f"{template}: the template lacks the field {{{{p body }}}}.",
            zh=f"{template}：模板缺少字段 {{{{p body }}}}（正文的位置）。",
            fix="write {{p body }} alone in a paragraph where the body belongs; "
            f"fields: {_EXPECTED}",
            fix_zh=f"在放正文的地方单独一段写 {{{{p body }}}}；可用字段：{_EXPECTED_ZH}",
            file=str(template), missing="body",
        )  # fmt: skip
    if inline:
        names = ", ".join(inline)
        raise InputError(
            f"{template}: the field {names} is written as a line of text.",
            zh=f"{template}：字段 {names} 写成了行内文字。",
            fix=f"write {{{{p {inline[0]} }}}}, with the p, alone in a paragraph",
            fix_zh=f"改写为 {{{{p {inline[0]} }}}}（带 p），单独一段",
            file=str(template), fields=names,
        )  # fmt: skip


def _edges(filled: Any) -> Iterable[Any]:
    """Return the headers and footers of a template."""
    for section in filled.sections:
        for part in (section.header, section.footer):
            if not part.is_linked_to_previous:  # asking for it would add an empty one
                yield part._element


def _broken(template: str | Path | None, error: object) -> InputError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputError(
        f"{template}: the template cannot be filled: {said}",
        zh=f"{template}：模板无法填写：{said}",
        fix=f"check the {{{{ … }}}} of the template (fields: {_EXPECTED}), or start again from "
        "geoplan report-template",
        fix_zh=f"检查模板里的 {{{{ … }}}}（可用字段：{_EXPECTED_ZH}），"
        "或用 geoplan report-template 重新取得模板",
        file=str(template),
    )
