"""The Word template (公文模板): built by code, to be edited by the bureau and handed back."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.reports import ooxml
from geoplan.reports.layout import BANNER_COLOUR, need

if TYPE_CHECKING:
    from geoplan.errors import Lang

FIELDS = ("title", "subtitle", "issuer", "date", "banner", "running_title")
"""Fields of a template that hold a line of text."""
BLOCKS = ("body", "facts", "contents")
"""Fields that take paragraphs and stand alone in theirs, as ``{{p body }}``; body must be there."""

_STAMP = datetime(2022, 2, 7)  # noqa: DTZ001  (no clock in files, so that runs compare)
_ZIP_DATE = (2022, 2, 7, 0, 0, 0)
CELL_STYLE, NOTE_STYLE, STRONG_STYLE = "geoplan 表格", "geoplan 表注", "geoplan 要点"
DRAWING_STYLE = "geoplan 图"
_BODY, _HEAD, _LATIN = "仿宋_GB2312", "黑体", "Times New Roman"
_FALLBACK = {
    "仿宋_GB2312": "仿宋,FangSong,华文仿宋,Noto Serif CJK SC,Noto Serif SC,SimSun,宋体",
    "黑体": "SimHei,Noto Sans CJK SC,Noto Sans SC,Microsoft YaHei,微软雅黑",
}
# name -> font, size, bold, space before and after, pt, first-line indent in characters
_STYLES: dict[str, tuple[str, float, bool, float, float, int]] = {
    "Normal": (_BODY, 12, False, 0, 0, 0),
    "Title": (_HEAD, 26, True, 0, 12, 0),
    "Subtitle": (_HEAD, 14, False, 0, 6, 0),
    "Heading 1": (_HEAD, 16, True, 18, 9, 0),
    "Heading 2": (_HEAD, 14, True, 14, 7, 0),
    "Heading 3": (_HEAD, 12, True, 10, 5, 0),
    "Body Text": (_BODY, 12, False, 0, 4, 2),
    "Caption": (_HEAD, 10.5, False, 8, 4, 0),
    "toc 1": (_HEAD, 12, False, 6, 2, 0),
    "toc 2": (_BODY, 12, False, 0, 2, 0),
    "Header": (_BODY, 9, False, 0, 0, 0),
    "Footer": (_BODY, 9, False, 0, 0, 0),
    CELL_STYLE: (_BODY, 9, False, 0, 0, 0),
    NOTE_STYLE: (_BODY, 9, False, 3, 8, 0),
    DRAWING_STYLE: (_BODY, 9, False, 6, 0, 0),
    STRONG_STYLE: (_HEAD, 12, True, 0, 6, 2),
}

_TIGHT = {CELL_STYLE, NOTE_STYLE, DRAWING_STYLE, "Caption"}


def default_template(path: str | Path, *, lang: Lang = "zh", cover: bool = True) -> Path:
    """
    Write the template that `write_docx` uses, for the bureau to edit and hand back.

    Its fields are ``{{ title }}``, ``{{ subtitle }}``, ``{{ issuer }}``, ``{{ date }}``,
    ``{{ banner }}``, ``{{ running_title }}`` and, each alone in its paragraph, ``{{p facts }}``,
    ``{{p contents }}`` and ``{{p body }}``. Only the body must stay. Change the styles (标题 1,
    正文文本, 题注, geoplan 表格 …) and every report changes.

    Parameters
    ----------
    path
        The ``.docx`` file to make or replace.
    lang
        Of the words in the footer, ``zh`` or ``en``.
    cover
        Whether it begins with a cover and a table of contents.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    MissingExtraError
        If python-docx is not installed.
    OutputError
        If the system refuses; no partial file is left.
    """
    from geoplan.io import replacing

    target = Path(path)
    made = packed(template_document(lang=lang, cover=cover))
    with replacing(target) as temporary:
        temporary.write_bytes(made)
    return target


def packed(document: Any) -> bytes:
    """Return the bytes of an open document without any clock in them."""
    document.core_properties.created = document.core_properties.modified = _STAMP
    document.core_properties.last_modified_by = "geoplan"
    document.core_properties.revision = 1
    raw, out = BytesIO(), BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename, _ZIP_DATE), old.read(info),
                         compress_type=zipfile.ZIP_DEFLATED)  # fmt: skip
    return out.getvalue()


def template_document(*, lang: Lang = "zh", cover: bool = True) -> Any:
    """Return the template as an open python-docx document."""
    docx = need("docx")
    document = docx.Document()
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]
    ensure_styles(document, all_of_them=True)
    if not cover:
        _tighten(document)
    _page(document, lang, cover=cover)
    _fonts(document)
    pieces = _cover(lang) if cover else _head()
    root = need("docx.oxml").parse_xml(ooxml.body([*pieces, _field("body", "p")]))
    last = document.element.body.sectPr
    for element in list(root):
        last.addprevious(element)
    document.core_properties.title = "{{ title }}"
    document.core_properties.author = "{{ issuer }}"
    document.core_properties.comments = ""
    return document


def ensure_styles(document: Any, *, all_of_them: bool = False) -> None:
    """
    Make the styles that the body uses where a template lacks them.

    Parameters
    ----------
    document
        Open python-docx document; its styles are added to.
    all_of_them
        Also set those that are there.
    """
    kind = need("docx.enum.style").WD_STYLE_TYPE.PARAGRAPH
    there = {style.name for style in document.styles}
    for name, look in _STYLES.items():
        if name in there and not all_of_them:
            continue
        style = (
            document.styles[name]
            if name in there
            else document.styles.add_style(name, kind, builtin=name.startswith("toc"))
        )
        if name not in there and name != "Normal":
            style.base_style = document.styles["Normal"] if "Normal" in there else None
        _dress(style, name, look)


def _dress(style: Any, name: str, look: tuple[str, float, bool, float, float, int]) -> None:
    font, size, bold, before, after, indent = look
    shared = need("docx.shared")
    style.font.size, style.font.bold = shared.Pt(size), bold
    style.font.italic = False
    style.font.color.rgb = shared.RGBColor(0x1D, 0x2A, 0x33)
    set_fonts(style.element.get_or_add_rPr(), font)
    shape = style.paragraph_format
    shape.space_before, shape.space_after = shared.Pt(before), shared.Pt(after)
    shape.line_spacing = 1.0 if name in _TIGHT else 1.4
    ids = need("docx.oxml.ns").qn
    for element in style.element.findall(f"{ids('w:pPr')}/{ids('w:pBdr')}"):
        element.getparent().remove(element)
    if name == "Header":
        shape.tab_stops.clear_all()
        right = need("docx.enum.text").WD_TAB_ALIGNMENT.RIGHT
        shape.tab_stops.add_tab_stop(shared.Mm(160), right)
    if name == "toc 2":
        shape.left_indent = shared.Pt(24)
    if indent:
        made = shape._element.get_or_add_pPr().get_or_add_ind()
        made.set(ids("w:firstLineChars"), str(indent * 100))
        made.set(ids("w:firstLine"), str(round(size * 20 * indent)))
    centred = name in {"Title", "Subtitle", "Caption", "Footer"}
    if centred:
        shape.alignment = need("docx.enum.text").WD_ALIGN_PARAGRAPH.CENTER
    if name.startswith("Heading"):
        shape.keep_with_next = True


def set_fonts(look: Any, font: str) -> None:
    """Set the Chinese and the Latin font of run properties, and the language zh-CN."""
    name = need("docx.oxml.ns").qn
    fonts = look.get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for part, value in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", font)):
        fonts.set(name(f"w:{part}"), value)
    for old in look.findall(name("w:lang")):
        look.remove(old)
    language = need("docx.oxml").OxmlElement("w:lang")
    language.set(name("w:val"), "en-US")
    language.set(name("w:eastAsia"), "zh-CN")
    look.append(language)


def _tighten(document: Any) -> None:
    """Take space out of the styles, for sheets of one page."""
    points = need("docx.shared").Pt
    for name, before, after in (("Title", 0, 4), ("Heading 1", 8, 4), ("Caption", 3, 2),
                                (DRAWING_STYLE, 2, 0), (NOTE_STYLE, 1, 3)):  # fmt: skip
        shape = document.styles[name].paragraph_format
        shape.space_before, shape.space_after = points(before), points(after)
        shape.line_spacing = 1.0


def _fonts(document: Any) -> None:
    """Name what Word may take where a font is missing, and Chinese as the language."""
    name = need("docx.oxml.ns").qn
    for language in document.styles.element.iter(name("w:lang")):
        language.set(name("w:eastAsia"), "zh-CN")
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            part = relation.target_part
            extra = "".join(
                f'<w:font w:name="{font}"><w:altName w:val="{others}"/>'
                '<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
                for font, others in _FALLBACK.items()
            )
            part._blob = part.blob.replace(b"</w:fonts>", f"{extra}</w:fonts>".encode())


def _page(document: Any, lang: Lang, *, cover: bool) -> None:
    shared = need("docx.shared")
    section = document.sections[0]
    section.page_width, section.page_height = shared.Mm(210), shared.Mm(297)
    section.left_margin, section.right_margin = shared.Mm(26), shared.Mm(24)
    high = (30, 26) if cover else (22, 18)
    section.top_margin, section.bottom_margin = shared.Mm(high[0]), shared.Mm(high[1])
    head = (ooxml.run("{{ running_title }}") + "<w:r><w:tab/></w:r>"
            + ooxml.run("{{ banner }}", colour=BANNER_COLOUR, bold=True))  # fmt: skip
    page, pages = ooxml.field("PAGE", "1"), ooxml.field("NUMPAGES", "1")
    if lang == "zh":
        foot = f"{ooxml.run('第 ')}{page}{ooxml.run(' 页 / 共 ')}{pages}{ooxml.run(' 页')}"
    else:
        foot = f"{page}{ooxml.run(' / ')}{pages}"
    for part, content, style in (
        (section.header, head, "Header"),
        (section.footer, foot, "Footer"),
    ):
        part.is_linked_to_previous = False
        new = need("docx.oxml").parse_xml(ooxml.body([ooxml.paragraph(content, style)]))[0]
        old = part.paragraphs[0]._element
        old.addprevious(new)
        old.getparent().remove(old)


def _field(name: str, kind: str = "") -> str:
    return ooxml.paragraph(ooxml.run(f"{{{{{kind} {name} }}}}"))


def _only_if(name: str, piece: str) -> str:
    """Return a piece that is left out where its field is empty."""
    start, end = (ooxml.paragraph(ooxml.run(f"{{%p {w} %}}")) for w in (f"if {name}", "endif"))
    return f"{start}{piece}{end}"


def _line(name: str, style: str, **look: Any) -> str:
    return ooxml.paragraph(ooxml.run(f"{{{{ {name} }}}}", **look), style, align="center")


_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def _cover(lang: Lang) -> list[str]:
    space = ooxml.paragraph("") * 3
    contents = ooxml.paragraph(ooxml.run("目录" if lang == "zh" else "Contents"), "Subtitle")
    return [
        _only_if("banner", _line("banner", "Subtitle", colour=BANNER_COLOUR, bold=True)),
        space, _line("title", "Title"), _only_if("subtitle", _line("subtitle", "Subtitle")),
        space, _field("facts", "p"), space, _only_if("issuer", _line("issuer", "Subtitle")),
        _only_if("date", _line("date", "Subtitle")), _BREAK, contents, _field("contents", "p"),
        _BREAK,
    ]  # fmt: skip


def _head() -> list[str]:
    under = "　".join(f"{{{{ {name} }}}}" for name in ("subtitle", "issuer", "date"))
    return [
        _line("title", "Title", size_pt=18),
        ooxml.paragraph(ooxml.run(under), "Caption", align="center"),
        _only_if("banner", _line("banner", "Caption", colour=BANNER_COLOUR, bold=True)),
        _field("facts", "p"),
    ]
