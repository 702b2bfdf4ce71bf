"""A real browser with no network: maps draw, the report sorts and searches, a cell shows."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
from fixtures.report import make
from fixtures.two_counties import layers

from geoplan.boundaries import compare_claims, diagnose, plan_repair
from geoplan.maps import claims_map, defect_map, explore
from geoplan.maps import page as page_of
from geoplan.reports import write_html

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.chromium, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        if os.environ.get("GEOPLAN_REQUIRE_CHROMIUM") == "1":
            pytest.fail("Chromium is required here but not installed")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield found
        found.close()


@pytest.fixture
def visit(browser):
    """Open a file with no network; give the page and what it asked for and complained of."""
    contexts = []

    def go(path: Path):
        context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda r: page.asked.append(r.url))
        page.on("console", lambda m: page.said.append(m.text))
        page.on("pageerror", lambda e: page.said.append(str(e)))
        page.goto(path.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()


def fetched(page) -> list[str]:
    return [u for u in page.asked if not u.startswith(("file:", "data:", "about:", "blob:"))]


@pytest.fixture(scope="module")
def results(demo, tmp_path_factory):
    from geoplan.workspace import open_workspace, run

    return run(open_workspace(demo), tmp_path_factory.mktemp("out")).folder


def test_city_map_draws_with_no_internet(visit, results):
    page = visit(results / "map.html")
    page.wait_for_selector(".leaflet-overlay-pane canvas", timeout=20_000)
    page.wait_for_selector(".gp-label.gp-township", state="attached")
    assert fetched(page) == []
    assert page.said == []
    assert page.locator(".gp-label.gp-township").count() == 46
    assert page.locator(".gp-label.gp-county").count() == 3
    painted = page.evaluate(
        """() => { const c = document.querySelector('.leaflet-overlay-pane canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++;
        return n / (c.width * c.height); }"""
    )
    assert painted > 0.05
    text = page.inner_text("body")
    assert "演示数据·非真实" in text
    assert "示意" in text
    assert "Leaflet" not in page.inner_text(".leaflet-control-attribution")


def test_report_sorts_and_searches(visit, results):
    page = visit(results / "report.html")
    assert fetched(page) == []
    table = page.locator(".scroll", has=page.locator("caption, th", has_text="代码")).first
    block = table.locator("xpath=..")
    search = block.locator("input[type=search]")
    rows = table.locator("tbody tr")
    before = rows.count()
    assert before > 10
    search.fill("厉山镇")
    shown = rows.evaluate_all("rs => rs.filter(r => !r.hidden).length")
    assert 0 < shown < before
    search.fill("")
    first = rows.first.inner_text()
    head = table.locator("th", has_text="数值")
    head.click()
    head.click()
    assert rows.first.inner_text() != first
    assert page.said == []


def test_a_notebook_cell_shows_a_map_with_no_internet(visit, policy, tmp_path):
    report = make(policy)
    cell = explore(report.units, title="单元")._repr_html_()
    path = tmp_path / "cell.html"
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{cell}", encoding="utf-8")
    page = visit(path)
    frame = page.frame_locator("iframe")
    frame.locator(".leaflet-overlay-pane canvas").wait_for(timeout=20_000)
    assert "演示数据" not in frame.locator("body").inner_text()
    assert fetched(page) == []
    assert page.said == []


def click_first(page, kind: str) -> str:
    """Click a feature of the map and return what it tells."""
    page.wait_for_selector(".leaflet-overlay-pane canvas", timeout=20_000)
    page.evaluate(
        """kind => {
          const map = Object.values(window).find(v => v instanceof L.Map);
          const found = [];
          map.eachLayer(l => { if (l.feature && l instanceof L[kind]) found.push(l); });
          const popups = found.filter(l => "类型" in l.feature.properties);
          popups[0].fire("click", {latlng: map.getCenter()}, true);
        }""",
        kind,
    )
    return page.inner_text(".leaflet-popup-content")


def test_defects_tell_measure_and_remedy_at_a_click(visit, tmp_path):
    units = layers()["admin_units"]
    shape = units.geometry.copy()
    shape.iloc[3] = shape.iloc[3].buffer(30, join_style="mitre")
    torn = units.set_geometry(shape)
    defects = diagnose(torn)
    chart = defect_map(torn, defects, plan=plan_repair(torn, defects))
    (tmp_path / "m.html").write_text(page_of(chart), encoding="utf-8")
    page = visit(tmp_path / "m.html")
    told = click_first(page, "CircleMarker")
    for word in ("重叠", "甲一镇（421303001）", "30.00", "处理办法", "标为争议地段"):
        assert word in told
    assert fetched(page) == []
    assert page.said == []
    assert "Leaflet" not in page.inner_text(".leaflet-control-attribution")
    assert "示意" in page.inner_text(".leaflet-control-attribution")


def test_claims_draw_and_tell_the_disputed_land(visit, tmp_path):
    data = layers()
    faces, _ = compare_claims(data["claims"], admin_units=data["admin_units"])
    chart = claims_map(data["admin_units"], data["claims"], faces)
    (tmp_path / "m.html").write_text(page_of(chart), encoding="utf-8")
    page = visit(tmp_path / "m.html")
    told = click_first(page, "Polygon")
    for word in ("D1", "重叠主张", "甲二镇", "乙一镇", "面积（平方米）"):
        assert word in told
    colours = page.evaluate(
        """() => { const c = document.querySelector('.leaflet-overlay-pane canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let red = 0, blue = 0;
        for (let i = 0; i < d.length; i += 4) {
          if (d[i + 3] > 200 && d[i] > 180 && d[i + 1] < 60) red++;
          if (d[i + 3] > 200 && d[i + 2] > 140 && d[i] < 60) blue++;
        }
        return [red, blue]; }"""
    )
    assert min(colours) > 100
    assert fetched(page) == []
    assert page.said == []


def test_the_three_lines_of_the_readme(visit, demo, tmp_path, monkeypatch):
    readme = Path(__file__).parents[2] / "README.md"
    (code,) = re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), flags=re.DOTALL)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").symlink_to(demo)
    monkeypatch.chdir(tmp_path)
    *before, last = ast.parse(code).body
    names: dict = {}
    exec(compile(ast.Module(before, []), "README.md", "exec"), names)  # noqa: S102
    shown = eval(compile(ast.Expression(last.value), "README.md", "eval"), names)  # noqa: S307
    (tmp_path / "cell.html").write_text(
        f"<!DOCTYPE html><meta charset='utf-8'>{shown._repr_html_()}", encoding="utf-8"
    )
    page = visit(tmp_path / "cell.html")
    frame = page.frame_locator("iframe")
    frame.locator(".leaflet-overlay-pane canvas").wait_for(timeout=30_000)
    text = frame.locator("body").inner_text()
    assert "演示数据·非真实" in text
    assert "步行时间" in text
    assert fetched(page) == []
    assert page.said == []


def test_english_report_opens(visit, policy, tmp_path):
    path = tmp_path / "r.html"
    path.write_text(write_html(make(policy), lang="en"), encoding="utf-8")
    assert "Indicators of the plan" in visit(path).inner_text("body")
