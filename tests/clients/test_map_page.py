"""The map page in a real browser against a real server: nothing from outside, roles, search, numbers."""

from __future__ import annotations

import os
import re
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fixtures import two_counties
from fixtures.service import know
from geoplan_api import web
from geoplan_api.app import create_app
from geoplan_api.deps import now
from geoplan_api.security.authenticate import Authenticator
from geoplan_api.security.principal import Principal
from geoplan_api.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
KEY = "the administrator's"
REQUIRED = os.environ.get("GEOPLAN_REQUIRE_CHROMIUM") == "1"
pytestmark = [pytest.mark.chromium, pytest.mark.enable_socket]
CJK = re.compile(r"[\u4e00-\u9fff]")


def missing(what: str) -> None:
    (pytest.fail if REQUIRED else pytest.skip)(what)


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        missing("Chromium is not installed (apt-get install chromium)")
    if web.assets() is None:
        missing("the map page is not built (make web)")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--use-angle=swiftshader",
             "--enable-unsafe-swiftshader"]  # fmt: skip
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield found
        found.close()


@contextmanager
def serving(folder: Path, result=None, **settings):
    """Serve a workspace on a free port."""

    def identify(request):
        key = request.headers.get("x-api-key")
        if key is None:
            return Principal()
        return Principal("admin", "tester", "k1") if key == KEY else deny(request)

    app = create_app(Settings(workspace=folder, warm=False, **settings), identify=identify)
    deny = Authenticator(app.state.service, now)  # refuses what it does not know
    if result is not None:
        know(app, result)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        os.sched_yield()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    layers = two_counties.layers()
    public = {n: layers[n].assign(secrecy="public") for n in ("admin_units", "facilities")}
    public["facilities"]["services"] = "meals;cleaning"
    return two_counties.write_workspace(tmp_path_factory.mktemp("city") / "ws", **public)


@pytest.fixture(scope="module")
def small(folder):
    basemaps = [
        {
            "name": "own",
            "title": "本市影像",
            "url": "http://127.0.0.1:9/{z}/{x}/{y}",
            "key": "s3cret",
        }
    ]
    with serving(folder, basemaps=basemaps) as base:
        yield base


@pytest.fixture
def visit(browser):
    """Open the page of a service; whatever asks elsewhere is stopped and noted."""
    contexts = []

    def go(base: str, path: str = "/", *, wide: int = 1200, high: int = 800):
        context = browser.new_context(viewport={"width": wide, "height": high})
        contexts.append(context)
        page = context.new_page()
        page.outside, page.said, page.keyed = [], [], []

        def note(route):
            request = route.request
            if not request.url.startswith((base, "data:", "blob:")):
                page.outside.append(request.url)
                route.abort()
                return
            page.keyed.append((request.url, "x-api-key" in request.headers))
            route.continue_()

        page.route("**/*", note)
        page.on("console", lambda m: page.said.append(m.text))
        page.on("pageerror", lambda e: page.said.append(str(e)))
        page.goto(f"{base}{path}")
        page.wait_for_selector("body[data-ready=yes]", timeout=90_000)
        return page

    yield go
    for context in contexts:
        context.close()


def idle(page) -> None:
    page.evaluate("() => new Promise(go => { const m = geoplan.map; m.loaded() && !m.isMoving() "
                  "? go() : m.once('idle', () => go()); })")  # fmt: skip


def labels(page) -> list[str]:
    """The names that are written on the map, of units."""
    return page.evaluate(
        """() => { const m = geoplan.map;
        const ids = m.getStyle().layers.filter(l => l.type === 'symbol' && l['source-layer'] === 'admin_units_labels')
          .map(l => l.id);
        return m.queryRenderedFeatures({layers: ids}).map(f => f.properties.name); }"""
    )


def enter(page, key: str) -> None:
    page.click("#show-key")
    page.fill("#key-text", key)
    page.click("#key-set")


def test_the_map_draws_and_asks_nobody_else(visit, small):
    page = visit(small)
    idle(page)
    assert page.outside == []
    assert page.said == []
    painted = page.evaluate(
        """() => { const c = document.querySelector('#map canvas'), gl = c.getContext('webgl2');
        const d = new Uint8Array(c.width * c.height * 4);
        gl.readPixels(0, 0, c.width, c.height, gl.RGBA, gl.UNSIGNED_BYTE, d);
        let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] < 128 && d[i + 3] > 200) n++;
        return n; }"""
    )
    assert painted > 1000
    text = page.inner_text("body")
    for word in ("行政区划", "设施", "演示数据·非真实", "示意", "CGCS2000"):
        assert word in text
    assert "s3cret" not in page.content()


def test_each_unit_is_labelled_once_also_where_tiles_meet(visit, small):
    page = visit(small)
    page.uncheck("#layer-facilities")
    west, south, east, north = two_counties.layers()["admin_units"].to_crs(4490).total_bounds
    page.evaluate("b => geoplan.map.fitBounds(b, {animate: false})", [[west, south], [east, north]])
    idle(page)
    tiles = page.evaluate("geoplan.map.style.tileManagers['admin_units'].getIds().length")
    assert tiles > 1
    found = labels(page)
    south = [f"{name[:2]}南村" for name, _ in two_counties.TOWNS.values()]
    # those of the north have the place of their township, whose name is greater
    assert set(found) >= {*south, *(name for name, _ in two_counties.TOWNS.values())}
    assert len(found) == len(set(found))


def test_hidden_layers_are_absent_for_the_public_and_there_with_a_key(visit, small):
    page = visit(small)
    assert page.locator("label[for=layer-boundary_markers]").count() == 0
    sources = page.evaluate("Object.keys(geoplan.map.getStyle().sources)")
    assert "boundary_markers" not in sources
    enter(page, KEY)
    page.wait_for_selector("label[for=layer-boundary_markers]")
    assert page.locator("label[for=layer-claims]").count() == 1
    page.check("#layer-boundary_markers")
    idle(page)
    drawn = page.evaluate(
        "geoplan.map.queryRenderedFeatures().filter(f => f.sourceLayer === 'boundary_markers')"
        ".map(f => f.properties.marker_id)"
    )
    assert set(drawn) == {"M1", "M2"}
    assert all(url.startswith(small) for url, with_key in page.keyed if with_key)
    assert any("/tiles/" in url for url, with_key in page.keyed if with_key)
    page.click("#show-key")
    page.click("#key-drop")
    page.wait_for_selector("label[for=layer-boundary_markers]", state="detached")
    assert page.evaluate("sessionStorage.length") == 0
    assert page.said == []


def test_a_wrong_key_is_said_and_not_kept(visit, small):
    page = visit(small)
    enter(page, "gp_wrong")
    page.wait_for_selector("#key-wrong:not(:empty)")
    assert "密钥无效" in page.inner_text("#key-wrong")
    assert page.evaluate("sessionStorage.length") == 0
    assert page.locator("label[for=layer-facilities]").count() == 1


def test_search_goes_to_a_unit_with_the_keyboard_alone(visit, small):
    page = visit(small)
    page.focus("#q")
    page.keyboard.type("甲二")
    page.wait_for_selector("#hits [role=option]")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#q", "aria-activedescendant") == "hit-0"
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel h2")
    assert page.inner_text("#panel h2") == "甲二镇"
    idle(page)
    lon, lat = page.evaluate("geoplan.map.unproject([480, 400]).toArray()")
    west, south, east, north = two_counties.layers()["admin_units"].to_crs(4490).query(
        "unit_code == '421303002'").total_bounds  # fmt: skip
    assert west < lon < east
    assert south < lat < north
    assert page.evaluate("document.activeElement.id") == "panel"
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()


def test_results_that_are_not_released_say_so(visit, small):
    page = visit(small)
    page.fill("#q", "甲二镇")
    page.wait_for_selector("#hits [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#details .wrong")
    assert "未向当前角色开放" in page.inner_text("#details")


def test_a_click_on_a_facility_tells_its_record_in_words(visit, small):
    page = visit(small)
    idle(page)
    at = page.evaluate(
        """() => { const m = geoplan.map;
        const f = m.queryRenderedFeatures().find(f => f.properties.facility_id === 'F1');
        return m.project(f.geometry.coordinates); }"""
    )
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
    page.wait_for_selector("#details .record")
    text = page.inner_text("#details")
    for word in ("甲二养老院", "设施类型", "养老机构", "甲二镇", "助餐、助洁"):
        assert word in text


def test_layers_are_switched_and_the_language_too(visit, small):
    page = visit(small)
    shown = "geoplan.map.getLayoutProperty('facilities-point', 'visibility')"
    assert page.evaluate(shown) == "visible"
    page.uncheck("#layer-facilities")
    assert page.evaluate(shown) == "none"
    page.click("#lang")
    assert "Administrative units" in page.inner_text("#layers")
    assert page.get_attribute("html", "lang") == "en"
    assert not page.is_checked("#layer-facilities")
    assert not CJK.search(page.inner_text("#layer-list"))


def test_a_base_map_is_asked_of_this_service_alone(visit, small):
    page = visit(small)
    with page.expect_response(lambda r: "/basemaps/own/" in r.url):
        page.select_option("#base", "own")
    page.wait_for_selector("#message:not([hidden])")
    assert page.outside == []
    assert page.evaluate("geoplan.map.getStyle().layers[1].id") == "page-base"


def test_a_small_screen_has_room_for_map_and_panel(visit, small):
    page = visit(small, wide=390, high=844)
    assert page.locator("#layers").is_hidden()
    page.click("#show-layers")
    assert page.locator("#layers").is_visible()
    page.click("#show-layers")
    page.fill("#q", "甲一镇")
    page.wait_for_selector("#hits [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel h2")
    panel, chart = page.locator("#panel").bounding_box(), page.locator("#map").bounding_box()
    assert panel["width"] == 390
    assert panel["y"] > chart["y"] + 0.4 * chart["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_everything_has_a_name_for_those_who_hear_it(visit, small):
    page = visit(small)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, [role=region], section')]
        .filter(e => e.checkVisibility() && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
        .map(e => e.outerHTML)"""
    )
    assert nameless == []
    page.focus("#map canvas")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel h2")


@pytest.mark.slow
def test_a_click_in_the_city_tells_the_circle_and_the_explained_number(visit, demo, demo_result):
    with serving(demo, demo_result) as base:
        page = visit(base, "/#map=14/31.716/113.374")
        idle(page)
        page.evaluate("geoplan.map.fire('click', {point: geoplan.map.project([113.371, 31.7165]), "
                      "lngLat: geoplan.map.unproject(geoplan.map.project([113.371, 31.7165]))})")  # fmt: skip
        page.wait_for_selector("#details .nearest", timeout=240_000)
        assert "步行" in page.inner_text("#details .nearest")
        page.wait_for_selector("#details details .status", timeout=240_000)
        page.locator("#details details:has(.status) summary").first.click()
        told = page.locator("#details pre").first
        told.wait_for()
        for word in ("条款", "依据", "演示数据·非真实"):
            assert word in told.inner_text()
        circle = page.evaluate(
            "geoplan.map.querySourceFeatures('page-circle').map(f => f.geometry.type)"
        )
        assert {"Point", "Polygon"} <= {kind.removeprefix("Multi") for kind in circle}
        assert page.outside == []
