"""Pages for people: Chinese, linked, escaped, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import shapely
from fixtures.ogc_city import NAMES, WHEN, place
from fixtures.service import service
from geoplan_api.ogc import sketch

from geoplan.storage import open_registry
from geoplan.workspace import open_workspace

VOID = {"meta", "link", "br", "path", "circle", "img"}


class Page(HTMLParser):
    """Checks that elements are closed, and gathers what is loaded and linked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.links, self.loaded, self.text = [], [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        assert "style" not in found
        if tag == "a":
            self.links.append(found["href"])
        self.loaded += [found[k] for k in ("src", "data") if k in found]
        if tag == "link":
            self.loaded.append(found["href"])
        assert tag not in {"script", "style", "iframe"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page(client, path) -> Page:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


PAGES = ["/collections", "/collections/place_names", "/collections/name_cases",
         "/collections/place_names/items", "/collections/place_names/items/P07",
         "/collections/place_names/items/P20", "/collections/name_cases/items/C1",
         "/collections/admin_units_labels/items", "/collections/facilities/items?limit=1", "/api.html"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_says_it_is_a_demonstration_and_loads_only_its_own(client, path):
    found = page(client, path)
    assert "演示数据·非真实" in found.text
    assert found.loaded == ["http://testserver/browse.css"]
    for href in found.links:
        assert href.startswith("http://testserver")


def test_the_style_is_there_and_loads_nothing(client):
    answer = client.get("/browse.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import", answer.text)


def test_one_can_browse_from_the_list_to_an_item_and_back(client):
    start = page(client, "/collections")
    assert "地名" in start.text
    items = page(client, "/collections/place_names/items?limit=10")
    assert "10 / 25" in items.text
    following = next(h for h in items.links if "after=P09" in h)
    later = page(client, following.removeprefix("http://testserver"))
    assert [h.split("/items/")[1].split("?")[0] for h in later.links if "/items/P" in h] == NAMES[
        10:20
    ]
    one = page(client, "/collections/place_names/items/P07")
    assert "第7村" in one.text
    assert "已销名" not in one.text
    assert "拟名" in one.text  # the status draft, in words
    assert "2021-01-01" in one.text
    assert "http://testserver/collections/place_names/items?f=html" in one.links


def test_text_of_records_is_text_only(tmp_path):
    from fixtures.ogc_city import write_city

    folder = write_city(tmp_path, tmp_path / "registry.gpkg")
    evil = "<script>alert(1)</script>\"'><b>"
    with open_registry(open_workspace(folder).store.url) as registry:
        registry.write(
            [place(0, seen=None, standard_name=evil, **{"<i>": "x"})],
            who="乙",
            why="改",
            recorded_at=WHEN,
        )
    with service(folder, "planner") as client:
        for path in ("/collections/place_names/items", "/collections/place_names/items/P00"):
            assert evil in page(client, path).text


def test_a_sketch_fits_its_frame():
    shapes = np.array([shapely.box(113, 31, 114, 32), None, shapely.Point(113.5, 31.5),
                       shapely.LineString([(113, 31), (114, 32)])], dtype=object)  # fmt: skip
    made = sketch.draw(shapes)
    assert (len(made["areas"]), len(made["lines"]), len(made["points"])) == (1, 1, 1)
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d", made["areas"][0])]
    assert min(numbers) >= 0
    assert max(numbers[::2]) <= sketch.WIDE
    assert max(numbers[1::2]) <= sketch.HIGH
    assert made["points"][0] == [sketch.WIDE / 2, sketch.HIGH / 2]
    assert sketch.draw(np.array([None], dtype=object)) is None
    assert sketch.draw(None) is None
    assert len(sketch.draw(np.array([shapely.Point(1, 1)], dtype=object))["points"]) == 1
