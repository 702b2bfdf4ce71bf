"""The web page: whole, safe, the same numbers; in a browser it sorts, searches, explains."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from fixtures.document import BANNER, NAUGHTY, document, scores, townships
from lxml import html

from geoplan.reports import layout
from geoplan.reports.document import Figure, Section
from geoplan.reports.page import html_of

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def page() -> str:
    return html_of(document())


@pytest.fixture(scope="module")
def tree(page):
    return html.fromstring(page)


def test_nothing_is_fetched_and_nothing_is_executed(page, tree):
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert "default-src 'none'" in page
    assert len(tree.findall(".//script")) == 1
    assert tree.findall(".//b") == []
    assert NAUGHTY in tree.text_content()
    assert BANNER in tree.find_class("banner")[0].text_content()


def test_cells_are_the_words_and_carry_the_numbers(tree):
    for table in (scores(), townships()):
        rows = tree.get_element_by_id(f"t-{table.key}").findall(".//tbody/tr")
        columns = layout.shown(table)
        found = [[td.text_content() for td in row.findall("td")][: len(columns)] for row in rows]
        assert found == layout.words(table)
        for row, cells in zip(table.rows, rows, strict=True):
            for k, td in zip(columns, cells.findall("td"), strict=False):
                if isinstance(row[k], int | float):
                    assert float(td.get("data-v")) == row[k]
    titles = [r.get("title") for r in tree.get_element_by_id("t-scores").findall(".//tbody/tr")]
    assert titles == [e or None for e in scores().explanations]


def test_annexes_and_all_rows_are_in_the_page(tree):
    assert len(tree.get_element_by_id("t-few").findall(".//tbody/tr")) == 9
    assert len(tree.get_element_by_id("t-annex").findall(".//tbody/tr")) == 40
    captions = [c.text for c in tree.iter("figcaption")]
    assert "附表1　村（社区）明细" in captions
    assert [h.text for h in tree.iter("h2", "h3")] == ["一、总体情况", "（一）空间分布", "（二）趋势",
                                                       "二、分镇（街道）情况"]  # fmt: skip


def test_drawings_stand_in_the_page_but_one_that_acts_is_a_picture(tree):
    from dataclasses import replace

    found = tree.find_class("drawing")
    assert [f.find("svg").get("aria-label") for f in found] == [
        "条形图：甲镇12，乙镇25，丙镇无数据",
        "折线图",
    ]
    evil = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    bad = replace(document(), sections=(Section("a", (Figure("f", "图", evil, '"><b>'),)),))
    made = html.fromstring(html_of(bad))
    assert len(made.findall(".//script")) == 1
    assert made.find_class("drawing")[0].find("img").get("alt") == '"><b>'


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        if os.environ.get("GEOPLAN_REQUIRE_CHROMIUM") == "1":
            pytest.fail("Chromium is required here but not installed")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield found
        found.close()


@pytest.mark.chromium
@pytest.mark.enable_socket
def test_sort_search_and_explain_in_a_browser(browser, page, tmp_path):
    path = tmp_path / "a.html"
    path.write_text(page, encoding="utf-8")
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
    view = context.new_page()
    said: list[str] = []
    view.on("console", lambda m: said.append(m.text))
    view.on("pageerror", lambda e: said.append(str(e)))
    view.goto(path.as_uri())

    towns = view.locator("#t-townships")
    head = towns.locator("th [role=button]", has_text="面积")
    head.click()
    first = towns.locator("tbody tr td:nth-child(4)")
    assert first.first.text_content() == "12.35"
    assert first.last.text_content() == "–"
    head.press("Enter")
    assert first.first.text_content() == "1,481.40"
    assert first.last.text_content() == "–"
    towns.locator("input").fill("第17镇")
    assert towns.locator("tbody tr:visible").count() == 1
    assert towns.locator(".tools span").text_content() == "1 / 120 行"

    tip, why = view.locator("#tip"), view.locator("#t-scores .why button")
    view.locator("#t-scores tbody tr").nth(1).hover()
    assert tip.text_content() == scores().explanations[1]
    why.nth(0).click()
    assert tip.text_content() == scores().explanations[0]
    assert why.nth(0).get_attribute("aria-expanded") == "true"
    view.keyboard.press("Escape")
    assert tip.is_hidden()
    view.keyboard.press("Tab")
    assert tip.is_visible()
    assert tip.text_content() == scores().explanations[1]
    view.keyboard.press("Escape")
    for depth, expected in (("brief", "领导 0"), ("deep", scores().depths[0][1]),
                            ("", scores().explanations[0])):  # fmt: skip
        view.select_option("#depth", depth)
        why.nth(0).click()
        assert tip.text_content() == expected
        view.keyboard.press("Escape")
    assert said == []
    context.close()
