"""The Word file: real headings, fields, repeated heads; good templates filled, bad ones named."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from fixtures.document import BANNER, FORMULAS, NAUGHTY, document, scores, townships

from geoplan.errors import InputError, UnreadableFileError
from geoplan.reports import layout, write_document
from geoplan.reports.word_template import default_template


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_document(document(), tmp_path_factory.mktemp("docx") / "a.docx")


@pytest.fixture(scope="module")
def opened(written):
    return docx.Document(str(written))


def table_with(opened, first_head: str):
    return next(t for t in opened.tables if t.rows[0].cells[0].text == first_head)


def test_headings_are_headings_with_numbers(opened):
    found = [
        (p.style.name, p.text) for p in opened.paragraphs if p.style.name.startswith("Heading")
    ]
    assert found == [("Heading 1", "一、总体情况"), ("Heading 2", "（一）空间分布"),
                     ("Heading 3", "1.南部"), ("Heading 3", "2.北部"), ("Heading 2", "（二）趋势"),
                     ("Heading 1", "二、分镇（街道）情况")]  # fmt: skip


def test_cells_are_the_words_of_the_document(opened):
    for table, head in ((scores(), "编号"), (townships(), "代码")):
        found = [[c.text for c in row.cells] for row in table_with(opened, head).rows]
        assert found[0] == layout.heads(table)
        assert found[1:] == layout.words(table)
    ledger = [t for t in opened.tables if t.rows[0].cells[1].text == "备注"]
    assert [r.cells[1].text for r in ledger[0].rows][1:] == list(FORMULAS)


def test_captions_count_by_fields_and_are_in_order(opened):
    captions = [p for p in opened.paragraphs if p.style.name == "Caption"]
    assert [p.text.split("　")[0] for p in captions] == [
        "表1",
        "图1",
        "表2",
        "表3",
        "表4",
        "图2",
        "表5",
    ]
    assert " SEQ 图 " in captions[1]._element.xml
    text = "\n".join(p.text for p in opened.paragraphs)
    assert "其余 6 行见附表（Excel）" in text
    assert "只在附表的村" not in text
    assert NAUGHTY in text


def test_heads_repeat_and_rows_do_not_split(opened):
    rows = table_with(opened, "代码").rows
    assert rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(r._tr.trPr.find(qn("w:tblHeader")) is None for r in rows[1:])
    assert all(r._tr.trPr.find(qn("w:cantSplit")) is not None for r in rows)
    xml = table_with(opened, "代码")._element.xml
    assert xml.count('w:fill="F4CFC5"') + xml.count('w:fill="f4cfc5"') == 40


def test_header_footer_fonts_and_language(opened):
    section = opened.sections[0]
    assert "随州市民政设施评估报告" in section.header.paragraphs[0].text
    assert BANNER in section.header.paragraphs[0].text
    foot = section.footer._element.xml
    assert " PAGE " in foot
    assert " NUMPAGES " in foot
    body = opened.styles["Body Text"].element.rPr
    assert body.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert body.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"
    assert opened.styles["Heading 1"].element.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"


def test_figures_are_pictures_with_words(opened):
    assert len(opened.inline_shapes) == 2
    first = opened.inline_shapes[0]._inline.docPr
    assert first.get("descr") == "条形图：甲镇12，乙镇25，丙镇无数据"
    kinds = [p.content_type for p in opened.part.package.iter_parts() if "image" in p.content_type]
    assert kinds == ["image/png", "image/png"]


def test_every_part_is_sound_and_ids_are_unique(written):
    from lxml import etree

    with zipfile.ZipFile(written) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(parts.read(name))
        body = etree.fromstring(parts.read("word/document.xml"))
    for tag, key in ((qn("w:bookmarkStart"), qn("w:id")), (qn("wp:docPr"), "id")):
        ids = [e.get(key) for e in body.iter(tag)]
        assert len(ids) == len(set(ids))
    names = {e.get(qn("w:name")) for e in body.iter(qn("w:bookmarkStart"))}
    assert {e.get(qn("w:anchor")) for e in body.iter(qn("w:hyperlink"))} <= names


def own_template(path, *lines: str):
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    made.save(str(path))
    return path


def test_the_default_template_can_be_edited_and_given_back(tmp_path):
    path = default_template(tmp_path / "模板.docx")
    edited = docx.Document(str(path))
    edited.paragraphs[0].insert_paragraph_before("随州市民政局文件 随民〔2025〕1号")
    edited.styles["Heading 1"].font.size = docx.shared.Pt(20)
    edited.save(str(path))
    out = docx.Document(str(write_document(document(), tmp_path / "a.docx", template=path)))
    text = [p.text for p in out.paragraphs]
    assert text[0] == "随州市民政局文件 随民〔2025〕1号"
    assert "一、总体情况" in text
    assert out.styles["Heading 1"].font.size.pt == 20
    assert (
        default_template(tmp_path / "b.docx").read_bytes()
        == default_template(tmp_path / "c.docx").read_bytes()
    )


def test_a_plain_template_keeps_the_facts_and_gets_styles(tmp_path):
    path = own_template(
        tmp_path / "t.docx", "{{ title }} {{ issuer }} {{ date }}", "{{p body }}", "抄送：办公室"
    )
    out = docx.Document(str(write_document(document(), tmp_path / "a.docx", template=path)))
    text = [p.text for p in out.paragraphs]
    assert text[0] == "随州市民政设施“十四五”规划执行情况评估报告 <2025> 随州市民政局 2025-03-31"
    assert text[-1] == "抄送：办公室"
    assert out.tables[0].rows[1].cells[1].text == "2024-12-31"
    assert "geoplan 表格" in [s.name for s in out.styles]


def test_a_template_whose_headings_count_is_not_counted_twice(tmp_path):
    path = own_template(tmp_path / "t.docx", "{{p body }}")
    made = docx.Document(str(path))
    look = made.styles["Heading 1"].element.get_or_add_pPr()
    look.get_or_add_numPr().get_or_add_numId().val = 1
    made.save(str(path))
    out = docx.Document(str(write_document(document(), tmp_path / "a.docx", template=path)))
    heads = [p.text for p in out.paragraphs if p.style.name.startswith("Heading")]
    assert heads[0] == "总体情况"
    assert heads[1] == "（一）空间分布"


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (("{{ title }}",), "body"),
        (("{{ title }} {{ 标题 }}", "{{p body }}"), "标题"),
        (("{{ phone }}", "{{p body }}"), "phone"),
        (("正文：{{ body }}",), "body"),
        (("{{ title ", "{{p body }}"), "模板无法填写"),
        (("{% if %}", "{{p body }}"), "模板无法填写"),
        (("{{ title.__class__.__mro__[1].__subclasses__() }}", "{{p body }}"), "模板无法填写"),
    ],
)
def test_bad_templates_are_named_and_nothing_is_written(lines, word, tmp_path):
    path = own_template(tmp_path / "t.docx", *lines)
    with pytest.raises(InputError) as caught:
        write_document(document(), tmp_path / "a.docx", template=path)
    assert word in str(caught.value)
    assert "办法：" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["t.docx"]


def test_what_is_no_word_file_is_said(tmp_path):
    text = tmp_path / "t.docx"
    text.write_text("不是 Word", encoding="utf-8")
    book = tmp_path / "b.docx"
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    book.write_bytes(stream.getvalue())
    folder = tmp_path / "d.docx"
    folder.mkdir()
    for path in (text, book, folder):
        with pytest.raises(UnreadableFileError):
            write_document(document(), tmp_path / "a.docx", template=path)
    assert not (tmp_path / "a.docx").exists()
