"""The workbook: numbers are numbers, texts stay texts, statuses are coloured, the banner stands."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest
from fixtures.document import BANNER, FORMULAS, document, scores, townships

from geoplan.reports import write_document


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = write_document(document(), tmp_path_factory.mktemp("xlsx") / "a.xlsx")
    found = openpyxl.load_workbook(path)
    yield found
    found.close()


def test_cover_lists_facts_and_sheets(book):
    sheet = book["封面"]
    text = [[c.value for c in row] for row in sheet.iter_rows(max_col=2)]
    assert [None, document().title] in text
    assert [None, BANNER] in text
    assert ["数据日期", "2024-12-31"] in text
    assert ["指标对标", "表1　主要指标对标（市本级）"] in text
    link = next(c.hyperlink for row in sheet.iter_rows() for c in row if c.value == "指标对标 (2)")
    assert link.location == "'指标对标 (2)'!A1"


def test_numbers_are_the_document_s_numbers(book):
    for table, name in ((scores(), "指标对标"), (townships(), "镇街_对标_全部_120___")):
        sheet = book[name]
        rows = list(
            sheet.iter_rows(min_row=4, max_row=3 + len(table.rows), max_col=len(table.columns))
        )
        for row, cells in zip(table.rows, rows, strict=True):
            for value, cell in zip(row, cells, strict=True):
                if isinstance(value, int | float):
                    assert cell.data_type == "n"
                    assert cell.value == pytest.approx(value, rel=1e-12)
                elif value is None:
                    assert cell.value is None


def test_formats_are_those_of_the_units(book):
    sheet = book["指标对标"]
    assert [sheet.cell(r, 3).number_format for r in (4, 5, 7, 8)] == [
        "#,##0.0000", "#,##0.00", "#,##0", "#,##0"]  # fmt: skip
    assert sheet["E4"].number_format == "0.0%"
    assert [sheet.cell(r, 4).value for r in (4, 5)] == ["平方米/人", "平方米/百户"]
    assert sheet["F5"].value == "○ 未达标"
    assert [c.value for c in sheet[3]] == [
        "编号",
        "指标",
        "现状值",
        "单位",
        "覆盖率",
        "结论",
        "说明",
    ]
    assert sheet["G4"].value == scores().explanations[0]
    assert sheet["A1"].value == BANNER
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:G8"


def test_text_like_a_formula_stays_text(book):
    sheet = book["指标对标 (2)"]
    cells = [sheet.cell(4 + k, 2) for k in range(len(FORMULAS))]
    assert [c.value for c in cells] == list(FORMULAS)
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.quotePrefix for c in cells)


def test_statuses_are_coloured_by_their_words(book):
    sheet = book["镇街_对标_全部_120___"]
    rules = [(str(area.sqref), rule.operator, rule.formula[0], rule.stopIfTrue)
             for area in sheet.conditional_formatting for rule in area.rules]  # fmt: skip
    assert all(area == "F4:F123" and stop for area, _, _, stop in rules)
    assert "未达标" in rules[0][2]
    assert any('"达标"' in formula for _, _, formula, _ in rules)


def test_rows_that_paper_leaves_out_are_here(book):
    assert book["只列前三行"].cell(12, 1).value == "尾行8"
    assert book["村（社区）明细"].cell(43, 2).value == 39 * 1001


def test_no_banner_and_no_clock(tmp_path):
    path = write_document(document(banner=""), tmp_path / "a.xlsx")
    found = openpyxl.load_workbook(path)
    assert found["指标对标"]["A1"].value == "表1　主要指标对标（市本级）"
    assert found.properties.created == datetime(2022, 2, 7)  # noqa: DTZ001
    found.close()
