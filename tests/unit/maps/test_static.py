"""Static maps are whole drawings: true scale, holes kept, names inside, statuses told apart."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
from lxml import etree

from geoplan import crs
from geoplan.errors import EmptyLayerError, MissingColumnsError, MissingCRSError
from geoplan.maps.furniture import bar_length_m
from geoplan.maps.static import Fill, Points, Scale, Sheet, number_scale, static_map, status_scale

SVG = "{http://www.w3.org/2000/svg}"


def towns(**changes) -> gpd.GeoDataFrame:
    """Four squares of 20 km around a lake that is a hole, one sliver, in metres."""
    x, y = 500_000.0, 3_500_000.0
    lake = shapely.box(x + 8_000, y + 8_000, x + 12_000, y + 12_000)
    shapes = [
        shapely.box(x, y, x + 20_000, y + 20_000) - lake,
        shapely.box(x + 20_000, y, x + 40_000, y + 20_000),
        shapely.box(x, y + 20_000, x + 20_000, y + 40_000),
        shapely.box(x + 20_000, y + 20_000, x + 39_000, y + 40_000),
        shapely.box(x + 39_000, y + 20_000, x + 40_000, y + 40_000),
    ]
    columns = {"name": ["甲镇<b>", "乙镇&丙", "丁镇", "戊镇", "没有位置写名字的镇"],
               "status": ["met", "not_met", "to_verify", None, "met"],
               "share": [0.2, 0.1, 0.85, float("nan"), 0.5]}  # fmt: skip
    return gpd.GeoDataFrame(columns | changes, geometry=shapes, crs=crs.METRIC)


def parsed(svg: str):
    return etree.fromstring(svg.encode())


def texts(svg: str) -> list[str]:
    return [t.text for t in parsed(svg).iter(f"{SVG}text")]


def test_a_whole_drawing_that_says_what_it_is():
    svg = static_map(towns(), "status", status_scale(title="面积达标"), sheet=Sheet(title="全市"))
    root = parsed(svg)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert root.get("role") == "img"
    said = texts(svg)
    for word in ("全市", "面积达标", "达标", "未达标", "待核", "无数据", "北",
                 "示意图，界线不作为划界依据", "审图号：（待填）"):  # fmt: skip
        assert word in said, word
    assert svg == static_map(
        towns(), "status", status_scale(title="面积达标"), sheet=Sheet(title="全市")
    )


def test_a_review_number_and_english():
    svg = static_map(towns(), "share", number_scale([0.5], title="coverage", lang="en"),
                     sheet=Sheet(review_number="鄂S(2025)001号", note="source: demo", lang="en"))  # fmt: skip
    said = texts(svg)
    assert "Map review No.: 鄂S(2025)001号" in said
    assert {"N", "source: demo", "no data", "< 50", "≥ 50", "coverage %"} <= set(said)


def test_names_are_text_inside_their_units_and_left_out_without_room():
    svg = static_map(towns(), "status", status_scale())
    said = texts(svg)
    assert {"甲镇<b>", "乙镇&丙", "丁镇", "戊镇"} <= set(said)
    assert "没有位置写名字的镇" not in said
    assert "<b>" not in svg
    none = static_map(towns(), "status", status_scale(), names=None)
    assert "丁镇" not in texts(none)


def test_names_never_touch():
    one = towns().geometry.iloc[1]
    twins = gpd.GeoDataFrame({"name": ["甲", "甲"], "v": [1.0, 2.0]}, geometry=[one, one],
                             crs=crs.METRIC)  # fmt: skip
    assert texts(static_map(twins, "v", number_scale([1.5], unit="count"))).count("甲") == 1


def test_holes_stay():
    first = next(p for p in parsed(static_map(towns(), "status", status_scale())).iter(f"{SVG}path")
                 if p.get("fill") == "#8fc1dd")  # fmt: skip
    assert first.get("d").count("M") == 2
    assert first.get("d").count("Z") == 2


def test_the_bar_is_as_long_as_the_ground():
    """The squares are 40 km wide: px per km from the shapes and from the bar must agree."""
    for frame in (towns(), towns().to_crs(crs.GEOGRAPHIC), towns().to_crs(3857)):
        svg = static_map(frame, "status", status_scale())
        xs = [float(x) for path in re.findall(r'<path d="(M[^"]+Z)" fill="(?:#|url)', svg)
              for x in re.findall(r"[ML](-?[\d.]+) ", path)]  # fmt: skip
        wide = max(x for x in xs if x < 540) - min(xs)
        halves = [float(w) for w in re.findall(r'width="([\d.]+)" height="5"', svg)]
        label = next(t for t in texts(svg) if t.endswith("公里"))
        km = float(label.split()[0])
        assert wide / 40.0 == pytest.approx(sum(halves) / km, rel=0.005)


def test_round_lengths_of_the_bar():
    assert bar_length_m(0.01, 100.0) == 10_000.0
    assert bar_length_m(0.01, 99.0) == 5_000.0
    assert bar_length_m(0.01, 20.0) == 2_000.0


def test_statuses_differ_in_hatch_and_in_grey():
    fills = [*status_scale().fills, status_scale().missing]
    assert len({f.hatch for f in fills}) == 4

    def grey(fill: Fill) -> float:
        r, g, b = (int(fill.colour[k : k + 2], 16) for k in (1, 3, 5))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    met, failed, open_, _ = map(grey, fills)
    assert failed < met - 25 < open_ - 50


def test_a_number_on_a_break_is_in_the_upper_class():
    scale = number_scale([0.2, 0.4], title="率")
    assert scale.title == "率（%）"
    assert [f.word for f in scale.fills] == ["< 20", "20–40", "≥ 40"]
    assert scale.of(0.2).word == "20–40"
    assert scale.of(0.1999).word == "< 20"
    assert scale.of(0.4).word == "≥ 40"
    assert scale.of(None) is scale.missing
    assert scale.of(float("nan")) is scale.missing
    own = Scale((Fill("有", "#000000"), Fill("无", "#ffffff")), keys=("yes", "no"))
    assert own.of("no").word == "无"
    assert own.of("other") is own.missing


def test_points_outlines_and_what_has_no_position():
    spots = gpd.GeoDataFrame(
        {"k": [1, 2, 3]},
        geometry=[shapely.Point(113.0, 31.0), None, shapely.Point(500_000, 0)], crs=4490,
    ).iloc[:2]  # fmt: skip
    inside = gpd.GeoDataFrame(
        {"k": [1]}, geometry=[shapely.Point(510_000, 3_510_000)], crs=crs.METRIC
    )
    svg = static_map(towns(), "status", status_scale(), outlines=towns(),
                     points=[Points(spots, "远处", shape="diamond"), Points(inside, "养老<院>", "#7a3e9d", shape),
                             ] if (shape := "triangle") else ())  # fmt: skip
    assert "养老<院>" in texts(svg)
    group = parsed(svg).findall(f"{SVG}g[@fill='#7a3e9d']")
    assert len(group) == 2  # on the map and in the legend
    assert len(group[0]) == 1


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(MissingColumnsError, match="nothing"):
        static_map(towns(), "nothing", status_scale())
    empty = towns().set_geometry(gpd.GeoSeries([None] * 5, crs=crs.METRIC))
    with pytest.raises(EmptyLayerError):
        static_map(empty, "status", status_scale())
    with pytest.raises(EmptyLayerError):
        static_map(towns().iloc[:0], "status", status_scale())
    with pytest.raises(MissingCRSError):
        static_map(towns().set_crs(None, allow_override=True), "status", status_scale())


def test_the_demo_city_is_small_and_quick_to_read(demo):
    import geoplan

    units = geoplan.open_workspace(demo).units()
    rows = units[units["level"] == "township"].assign(status="met")
    svg = static_map(rows, "status", status_scale(), outlines=units[units["level"] == "county"])
    assert len(svg) < 120_000
    assert len(set(texts(svg)) & set(rows["name"])) >= 0.8 * len(rows)
