"""Maps fetch nothing, say 示意, carry the banner, and cannot be scripted by data."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.errors import InputError, MissingCRSError, UnknownIdError
from geoplan.maps import city_map, explore, page

BANNER = "演示数据·非真实"


def frame(n: int = 30, **cells) -> gpd.GeoDataFrame:
    points = [shapely.Point(113.3 + i * 0.01, 31.7) for i in range(n)]
    return gpd.GeoDataFrame({"name": [f"点{i}" for i in range(n)], "walk_min": range(n), **cells},
                            geometry=points, crs=4490)  # fmt: skip


def outside(text: str) -> list[str]:
    found = re.findall(r"""(?:src|href)\s*=\s*["']?(https?://[^"'\s>]+)""", text)
    found += re.findall(r"url\(\s*['\"]?(https?://[^)]+)\)", text)
    return found + re.findall(r"@import[^;]+", text)


def units() -> gpd.GeoDataFrame:
    boxes = [shapely.box(113, 31, 114, 32), shapely.box(113, 31, 114, 32),
             shapely.box(113, 31, 113.5, 32), shapely.box(113.5, 31, 114, 32)]  # fmt: skip
    return gpd.GeoDataFrame(
        {"unit_code": ["c", "k", "a", "b"], "name": ["市", "县", "甲镇<b>", "乙镇"],
         "level": ["prefecture", "county", "township", "township"], "kind": "town"},
        geometry=boxes, crs=4490,
    )  # fmt: skip


def coverage() -> pd.DataFrame:
    rows = [{"unit_code": u, "level": "township", "group": "elders_60", "limit_min": 15.0,
             "service": "any", "persons": 100.0, "covered": 40.0, "uncovered": 60.0,
             "cov_share": s} for u, s in (("a", 0.4), ("b", float("nan")))]  # fmt: skip
    return pd.DataFrame(rows)


def test_explore_fetches_nothing_and_is_the_same_twice():
    one, two = page(explore(frame())), page(explore(frame()))
    assert outside(one) == []
    assert one == two
    assert "示意图，非法定界线" in one
    assert "setPrefix(false)" in one
    assert BANNER not in one


def test_the_banner_follows_synthetic_rows():
    assert BANNER in page(explore(frame(synthetic=[False] * 29 + [True])))


def test_a_notebook_cell_holds_the_whole_page():
    cell = explore(frame())._repr_html_()
    assert cell.startswith("<iframe srcdoc=")
    assert outside(cell) == []


def test_data_cannot_put_script_into_the_page():
    text = page(explore(frame(2, note=["<script>alert(1)</script>", "{{ 7*7 }}"])))
    assert "<script>alert(1)" not in text
    assert "alert(1)" in text


def test_explore_of_lines_polygons_tables_and_words():
    shapes = units()
    assert "<b>" not in page(explore(shapes, color="name")).split("甲镇")[1][:8]
    lines = shapes.set_geometry(shapes.geometry.boundary)
    assert outside(page(explore(lines))) == []
    table = pd.DataFrame({"unit_code": ["a", "b"], "cov_share": [0.1, None]})
    text = page(explore(table, units=shapes))
    assert "无数据" in text
    assert "覆盖率" in text
    metric = page(explore(frame().to_crs(4547), color="walk_min", title="步行"))
    assert "步行时间（分钟）" in metric


def test_many_rows_are_thinned_and_said():
    text = page(explore(frame(20_050)))
    assert "每 2 个显示 1 个" in text


def test_what_cannot_be_drawn():
    with pytest.raises(UnknownIdError, match="walk_min"):
        explore(frame(), color="walk_mim")
    with pytest.raises(UnknownIdError, match="name"):
        explore(frame(), tooltip=["nam"])
    with pytest.raises(InputError, match="geometry"):
        explore(pd.DataFrame({"a": [1]}))
    with pytest.raises(InputError, match="position"):
        explore(frame().iloc[:0])
    with pytest.raises(MissingCRSError):
        explore(frame().set_crs(None, allow_override=True))


def test_city_map_with_everything_and_with_nothing():
    demand = frame(elders_60=50, unit_code="a").assign(walk_min=None)
    facilities = frame(3, facility_kind=["institution", "daycare", "lottery_outlet"])
    areas = gpd.GeoDataFrame({"limit_min": [5.0, 15.0]},
                             geometry=[shapely.Point(113.3, 31.5).buffer(r) for r in (0.1, 0.2)],
                             crs=4490)  # fmt: skip
    text = city_map(units(), coverage(), areas, facilities, demand, title="市", synthetic=True,
                    policy_id="p", data_date="2025-12-31")  # fmt: skip
    assert outside(text) == []
    for word in (BANNER, "镇（街道）", "服务圈 15 分钟", "养老机构", "乙镇", "县界（示意）"):
        assert word in text or json.dumps(word)[1:-1] in text, word
    empty = gpd.GeoDataFrame(geometry=[], crs=4490)
    bare = city_map(units(), pd.DataFrame(), empty, empty, empty, title="市", synthetic=False)
    assert BANNER not in bare
    assert outside(bare) == []
