"""One report model, the same numbers in every output, the banner wherever data are synthetic."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import openpyxl
import pandas as pd
import pytest
from fixtures.report import make
from fixtures.small_city import one
from rich.console import Console

from geoplan.errors import InputError
from geoplan.io import write_xlsx
from geoplan.reports import BANNER, print_scoreboard, sheets, write, write_html


@pytest.fixture(scope="module")
def report(policy):
    return make(policy)


def printed(report, lang="zh", width=80) -> str:
    out = StringIO()
    print_scoreboard(report, Console(file=out, width=width, no_color=True), lang=lang)
    return out.getvalue()


def test_scoreboard_says_the_frame_the_answers_and_the_basis(report):
    text = printed(report)
    assert BANNER in text
    for word in ("1 个县（市、区）", "3 个镇（街道）", "常住人口 30,000", "城镇口径", "待核", "未达标",
                 "普查", "需 3,000 m²", "需 2,000 m²"):  # fmt: skip
        assert word in text.replace("\n", ""), word
    assert max(len(line) for line in text.splitlines()) <= 80


def test_scoreboard_in_english_and_without_banner(policy):
    text = printed(make(policy, synthetic=False), lang="en", width=120)
    assert BANNER not in text
    assert "not met" in text
    assert "denominator not confirmed" in text


def test_page_is_whole_safe_and_the_same_twice(report):
    page = write_html(report)
    assert page == write_html(report)
    assert BANNER in page
    assert "随城" in page
    assert not re.search(r"""(src|href)=["']https?://""", page)
    english = write_html(report, lang="en")
    assert "Indicators of the plan" in english


def test_workbook_holds_the_same_numbers(report, tmp_path):
    path = write_xlsx(sheets(report), tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(path)
    for name in book.sheetnames:
        first = [c.value for c in book[name]["A"]][:2]
        assert BANNER in first, name
    page = pd.DataFrame(book["计分板"].values)
    page.columns = page.iloc[0]
    row = one(report.checks, "ELD-01", "C", denominator="resident")
    shown = page[(page["规则编号"] == "ELD-01") & (page["单元代码"] == "C")
                 & (page["口径"] == "全市常住口径")].iloc[0]  # fmt: skip
    assert shown["数值"] == pytest.approx(row["value"])
    assert shown["缺口"] == pytest.approx(row["gap"])
    assert shown["结论"] == "待核"


def test_page_and_table_agree_on_the_value(report):
    row = one(report.checks, "ELD-03", "C")
    assert f"{row['value']:,.2f} 平方米/百户" in write_html(report)
    assert f"{row['value']:,.2f}" in printed(report)


def test_every_part_may_be_missing(report):
    empty = pd.DataFrame()
    bare = replace(report, checks=empty, coverage=empty, gaps=empty, inputs=empty, defects=empty,
                   units=report.units.iloc[:0], facts={})  # fmt: skip
    assert "没有可评价的条文" in write_html(bare)
    assert printed(bare)
    assert sheets(bare)


def test_an_ending_that_is_no_report(report, tmp_path):
    assert write(report, tmp_path / "r.html").stat().st_size > 10_000
    with pytest.raises(InputError, match="docx"):
        write(report, tmp_path / "r.txt")
