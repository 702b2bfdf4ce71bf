"""Maps of defects and claims: by kind, measured, offline, 示意, red and blue."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fixtures.two_counties import box, layers, units
from lxml import etree

from geoplan.boundaries import check_nesting, compare_claims, diagnose, inside, plan_repair
from geoplan.errors import InputError
from geoplan.maps import claims_map, claims_sheet, defect_map, page
from geoplan.maps.claims_map import SIDES
from geoplan.maps.static import Sheet

SVG = "{http://www.w3.org/2000/svg}"


def outside(text: str) -> list[str]:
    return re.findall(r"""(?:src|href)\s*=\s*["']?(https?://[^"'\s>]+)""", text)


def said(text: str, *words: str) -> None:
    for word in words:
        assert word in text or json.dumps(word)[1:-1] in text, word


def torn() -> gpd.GeoDataFrame:
    """甲一 reaches 30 m over 甲二, 乙二 lacks a corner, and one village has no shape."""
    frame = units()
    shape = frame.geometry.copy()
    at = {c: k for k, c in enumerate(frame["unit_code"])}
    shape[at["421303001"]] = shapely.union(shape[at["421303001"]], box(0.9, 0.5, 1.03, 1.5))
    shape[at["421321002"]] = shapely.difference(shape[at["421321002"]], box(3.5, 0, 4, 0.5))
    shape[at["421321002202"]] = None
    return frame.set_geometry(shape)


def test_defects_by_kind_with_measure_and_remedy():
    frame = torn()
    defects, nesting = diagnose(frame), check_nesting(frame)
    plan = plan_repair(frame, defects)
    text = page(defect_map(frame, defects, nesting=nesting, plan=plan))
    assert outside(text) == []
    assert text == page(defect_map(frame, defects, nesting=nesting, plan=plan))
    # one layer of the map for each kind: 30 m x 1 km over the neighbour
    said(text, "示意图，非法定界线", "重叠", "空几何", "上级范围内无下级覆盖", "30,000.00", "30.00",
         "甲一镇（421303001）", "标为争议地段", "空几何　1（无图形：乙二北村（421321002202））")  # fmt: skip
    assert "setPrefix(false)" in text
    assert "演示数据" not in text
    # overlap, outside its parent, not covered by a child; the others have no shape
    assert len(re.findall(r"geo_json_\d+\.bindPopup", text)) == 3


def test_a_sound_coverage_has_nothing_to_show():
    frame = units().assign(synthetic=True)
    text = page(defect_map(frame, diagnose(frame)))
    said(text, "没有发现缺陷", "0 处", "演示数据·非真实")


def test_names_of_units_cannot_put_script_into_the_page():
    frame = torn().assign(name="<script>alert(1)</script>")
    text = page(defect_map(frame, diagnose(frame), title="<b>x"))
    assert "<script>alert(1)" not in text
    assert "<b>x</b>" not in text


@pytest.fixture(scope="module")
def dispute():
    data = layers()
    faces, _ = compare_claims(data["claims"], admin_units=data["admin_units"])
    told = inside(faces, population=data["population"], facilities=data["facilities"])
    faces = gpd.GeoDataFrame(pd.concat([faces, told], axis=1), crs=faces.crs)
    return data["admin_units"], data["claims"], faces


def test_claims_in_red_and_blue(dispute):
    text = page(claims_map(*dispute, title="甲乙争议"))
    assert outside(text) == []
    said(text, "甲乙争议", "甲二镇主张线", "乙一镇主张线", "重叠主张", "双方", "99,994.", "45", *SIDES,
         "主张线不是界线", "示意图，非法定界线")  # fmt: skip
    assert "已定界线" not in text
    official = dispute[1].iloc[[1]]
    said(page(claims_map(*dispute, official=official)), "已定界线", "dashArray")


def test_left_is_red_whoever_comes_first(dispute):
    shapes, claims, faces = dispute
    for order in (claims, claims.iloc[::-1]):
        root = etree.fromstring(claims_sheet(shapes, order, faces).encode())
        strokes = [(g.get("stroke"), g.get("stroke-width")) for g in root.iter(f"{SVG}g")
                   if g.get("stroke") in SIDES]  # fmt: skip
        assert strokes == [(SIDES[0], "1.13"), (SIDES[1], "1.13")]  # 0.3 mm at 96 px an inch
        words = [t.text for t in root.iter(f"{SVG}text")]
        assert words.index("甲二镇主张线") < words.index("乙一镇主张线")


def test_the_sheet_says_what_it_is(dispute):
    svg = claims_sheet(
        *dispute, official=dispute[1].iloc[[1]], sheet=Sheet(title="争议 D1", note="来源")
    )
    words = [t.text for t in etree.fromstring(svg.encode()).iter(f"{SVG}text")]
    assert {
        "争议 D1",
        "重叠主张",
        "已定界线",
        "无争议",
        "示意图，界线不作为划界依据",
        "来源",
        "北",
    } <= set(words)
    assert {"甲二镇", "乙一镇"} <= set(words)
    assert "甲一镇" not in words  # 1.3 km away, outside the window
    assert "演示" not in svg


def test_two_cases_and_parties_without_sides(dispute):
    shapes, claims, _ = dispute
    many = pd.concat([claims, claims.assign(case_id="D2", party=["丙", "丁"])])
    faces, _ = compare_claims(gpd.GeoDataFrame(many, crs=claims.crs).reset_index(drop=True))
    text = page(claims_map(shapes, gpd.GeoDataFrame(many, crs=claims.crs), faces))
    said(text, "一方主张线", "另一方主张线", "待定")


def test_what_has_no_place_cannot_be_drawn(dispute):
    shapes, claims, faces = dispute
    with pytest.raises(InputError):
        claims_sheet(shapes, claims.iloc[:0], faces.iloc[:0])
