"""The PDF as a reader sees it, by poppler: numbers, order, fonts, pages, markup as text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from fixtures.document import BANNER, FORMULAS, NAUGHTY, document, scores, townships

from geoplan.reports import layout, write_document


@pytest.fixture(scope="module")
def poppler():
    if shutil.which("pdftotext") is None:
        if os.environ.get("GEOPLAN_REQUIRE_POPPLER") == "1":
            pytest.fail("poppler-utils is required here but not installed")
        pytest.skip("poppler-utils is not installed (apt-get install poppler-utils)")

    def run(tool: str, *args: object) -> str:
        done = subprocess.run([tool, *map(str, args)], capture_output=True, check=True)
        return done.stdout.decode("utf-8")

    return run


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_document(document(), tmp_path_factory.mktemp("pdf") / "a.pdf")


def bare(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def test_every_cell_is_there(poppler, path):
    text = bare(poppler("pdftotext", "-layout", path, "-"))
    for table in (scores(), townships()):
        for row, said in zip(table.rows, layout.words(table), strict=True):
            numbers = [t for t, c in zip(said, row, strict=False) if re.search(r"\d", t)]
            for cell in numbers[:5]:
                if len(cell) < 20:
                    assert bare(cell) in text, cell
    for formula in FORMULAS:
        assert bare(formula) in text


def test_rows_left_out_are_said_and_annexes_are_absent(poppler, path):
    text = bare(poppler("pdftotext", path, "-"))
    assert "其余6行见附表（Excel）" in text
    assert "尾行2" in text
    assert "尾行3" not in text
    assert "只在附表的村" not in text
    assert "没有。" in text


def test_markup_in_names_stays_text(poppler, path):
    text = bare(poppler("pdftotext", path, "-"))
    assert text.count(bare(NAUGHTY)) >= 2
    assert "演示数据·非真实" in text


def test_headings_captions_and_contents_in_order(poppler, path):
    text = bare(poppler("pdftotext", "-raw", path, "-"))
    at = [text.index(w) for w in ("目录", "表1主要指标对标", "图1各镇每百户", "表2没有", "1.南部",
                                  "表3电话", "2.北部", "表4只列", "图2床位", "表5镇")]  # fmt: skip
    assert at == sorted(at)
    assert text.index("一、总体情况") < text.index("（一）空间分布") < text.index("二、分镇")


def test_banner_header_and_number_on_every_page(poppler, path):
    pages = poppler("pdftotext", "-layout", path, "-").split("\f")[:-1]
    assert 8 <= len(pages) <= 12
    for n, page in enumerate(pages, 1):
        assert BANNER in bare(page)
        if n > 1:
            assert f"第{n}页/共{len(pages)}页" in bare(page)
            assert "随州市民政设施评估报告" in bare(page)


def test_long_tables_repeat_their_heads(poppler, path):
    pages = [bare(p) for p in poppler("pdftotext", "-layout", path, "-").split("\f")[:-1]]
    over = [p for p in pages if "421303" in p]
    assert len(over) >= 4
    for page in over:
        assert "代码镇（街道）" in page


def test_fonts_are_embedded_and_the_file_is_archival(poppler, path):
    fonts = poppler("pdffonts", path).splitlines()[2:]
    assert fonts
    for line in fonts:
        assert "Noto" in line
        assert re.search(r"yes\s+yes\s+yes", line), line
    raw = path.read_bytes()
    assert re.search(rb"<pdfaid:part>2</pdfaid:part>|pdfaid:part=.2.", raw)
    assert re.search(rb"<pdfaid:conformance>B</pdfaid:conformance>|pdfaid:conformance=.B.", raw)
    assert re.search(rb"/OutputIntent\s*/DestOutputProfile", raw)
    assert b"/GTS_PDFA1" in raw
    assert re.search(rb"/ID\s*\[", raw)
    for forbidden in (
        b"/Encrypt",
        b"/JavaScript",
        b"/JS",
        b"/Launch",
        b"/EmbeddedFiles",
        b"/LZWDecode",
    ):
        assert forbidden not in raw, forbidden
    info = poppler("pdfinfo", path)
    assert "随州市民政设施“十四五”规划执行情况评估报告 <2025>" in info
    assert re.search(r"Author:\s+随州市民政局", info)
    assert "2025" in next(x for x in info.splitlines() if x.startswith("CreationDate"))


def test_a_sheet_without_cover_is_one_page(poppler, tmp_path):
    from dataclasses import replace

    from geoplan.reports.document import Section

    sheet = replace(document(cover=False), sections=(Section("一页", (scores(),)),))
    path = write_document(sheet, tmp_path / "sheet.pdf")
    assert re.search(r"Pages:\s+1$", poppler("pdfinfo", path), re.MULTILINE)
    assert "目录" not in poppler("pdftotext", path, "-")
