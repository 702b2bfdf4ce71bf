"""Register forms as printed: a page each, class and banner on every page, PDF and Word alike."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from fixtures.stones import LINES, NAMES, stones

from geoplan.errors import InputError
from geoplan.reports import BANNER, papers_of, write_marker_forms
from geoplan.reports.marker_grid import EMPTY, form_rows

NAUGHTY = '#set text(red) *a* <b> "q" \\n $x$ {{ y }} [z](u)'


@pytest.fixture(scope="module")
def papers(policy):
    rows = stones(remark=[NAUGHTY, *[None] * 5], secrecy=["internal", "state_secret"] * 3)
    return papers_of(rows, LINES, policy, names=NAMES, classified=True)


@pytest.fixture(scope="module")
def long(papers):
    """Every field as long as it may be."""
    cells = dict.fromkeys(papers[0].cells, "随州市曾都区万店镇A-12 " * 40)
    return replace(papers[5], cells=cells, three_sided=True, sides=("长" * 90, "短" * 90),
                   derived=papers[1].derived, sketch=papers[0].sketch)  # fmt: skip


@pytest.fixture(scope="module")
def pages(papers, long, tmp_path_factory):
    if shutil.which("pdftotext") is None:
        if os.environ.get("GEOPLAN_REQUIRE_POPPLER") == "1":
            pytest.fail("poppler-utils is required here but not installed")
        pytest.skip("poppler-utils is not installed (apt-get install poppler-utils)")
    path = write_marker_forms(
        [*papers, long], tmp_path_factory.mktemp("pdf") / "a.pdf", issuer="某局"
    )
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return [re.sub(r"[\s\u200b]", "", p) for p in done.stdout.decode("utf-8").split("\f")[:-1]]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_a_page_each_even_where_every_field_is_long(pages, papers):
    assert len(pages) == len(papers) + 1
    for n, page in enumerate(pages, 1):
        assert "界桩登记表" in page
        assert f"第{n}页/共{len(pages)}页" in page
        assert "（签字、盖章）" in page


def test_class_and_banner_on_every_page(pages):
    assert all(BANNER in page for page in pages)
    assert ["密级：机密" in p for p in pages[:6]] == [False, True] * 3
    assert ["密级：内部" in p for p in pages[:6]] == [True, False] * 3


def test_every_field_is_printed_and_markup_stays_text(pages, papers):
    for page, paper in zip(pages, papers, strict=False):
        for row in form_rows(paper):
            for cell in row.cells:
                if cell.size_pt == 9.0 and "\n" not in cell.text:
                    assert bare(cell.text) in page, cell.text
    assert "90°19′33″" in pages[0]
    assert bare(NAUGHTY) in pages[0]
    assert "…（余见登记库）" in pages[-1]


def test_word_has_the_same_cells_and_breaks(papers, long, tmp_path):
    opened = docx.Document(str(write_marker_forms([*papers, long], tmp_path / "a.docx")))
    assert len(opened.tables) == len(papers) + 1
    for table, paper in zip(opened.tables, [*papers, long], strict=True):
        wanted = [[c.text for c in row.cells] for row in form_rows(paper)]
        found = [["\n".join(p.text for p in c.paragraphs) for c in dict.fromkeys(r.cells)]
                 for r in table.rows]  # fmt: skip
        assert found == wanted if paper.sketch else ["（手绘）" in str(found)]
    breaks = [
        p for p in opened.paragraphs if p._element.pPr.find(qn("w:pageBreakBefore")) is not None
    ]
    assert len(breaks) == len(papers)
    heads = [p.text for p in opened.paragraphs if p.text.startswith("密级")]
    assert heads[:2] == [f"密级：内部\t{BANNER}", f"密级：机密\t{BANNER}"]
    drawn = sum(bool(p.sketch) for p in [*papers, long])
    assert len(opened.element.body.findall(f".//{qn('w:drawing')}")) == drawn
    title = opened.element.body.findall(f".//{qn('w:tbl')}")[0]
    grid = [int(c.get(qn("w:w"))) for c in title.find(qn("w:tblGrid"))]
    assert len(grid) == 12
    assert EMPTY in opened.tables[1].rows[1].cells[-1].text


def test_no_banner_where_the_data_is_real(papers, tmp_path):
    real = [replace(papers[0], synthetic=False)]
    text = docx.Document(str(write_marker_forms(real, tmp_path / "a.docx"))).paragraphs[0].text
    assert text == "密级：内部\t"


@pytest.mark.parametrize("ending", ["pdf", "docx"])
def test_same_papers_same_bytes(papers, tmp_path, ending):
    one, two = (write_marker_forms(papers[:2], tmp_path / f"{k}.{ending}") for k in "ab")
    assert one.read_bytes() == two.read_bytes()


def test_bad_calls(papers, tmp_path):
    with pytest.raises(InputError, match=r"\.pdf, \.docx") as refused:
        write_marker_forms(papers, tmp_path / "a.xlsx")
    assert "此件可写为 .pdf、.docx" in refused.value.render("zh")
    with pytest.raises(InputError, match="no marker"):
        write_marker_forms([], tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
