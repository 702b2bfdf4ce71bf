"""Charts are whole drawings: values written out, gaps stay gaps, nothing counted twice."""

from __future__ import annotations

import pytest
from lxml import etree

from geoplan.reports import charts
from geoplan.reports.drawing import short, steps

SVG = "{http://www.w3.org/2000/svg}"
NAN = float("nan")
ALL = {
    "bars": charts.bars(["甲<b>", "乙"], [1.0, NAN], target=2.0, unit="张", title="柱 & 目标"),
    "distribution": charts.distribution(["≤ 15", "> 15"], [30.0, 10.0], within=1, title="分布"),
    "trend": charts.trend([2021, 2022, 2023], [1.0, None, 3.0], target=4.0, target_year=2025,
                          unit="张", title="趋势"),
    "bed_mix": charts.bed_mix(["甲"], [[10.0, 20.0, 5.0]], ["公办", "普惠", "市场化"], apart=[12.0],
                              apart_name="医养结合", title="床位"),
}  # fmt: skip


def root(svg: str):
    return etree.fromstring(svg.encode())


def texts(svg: str) -> list[str]:
    return [t.text for t in root(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", ALL)
def test_each_is_complete_and_its_text_inside(name):
    drawn = root(ALL[name])
    width, height = float(drawn.get("width")), float(drawn.get("height"))
    assert drawn.get("viewBox") == f"0 0 {drawn.get('width')} {drawn.get('height')}"
    for element in drawn.iter(f"{SVG}text", f"{SVG}rect"):
        if element.getparent().tag == f"{SVG}pattern":
            continue
        assert -1 <= float(element.get("x")) <= width
        assert -1 <= float(element.get("y")) <= height
    for rect in drawn.iter(f"{SVG}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width")) <= width + 0.5


def test_shares_are_of_all_and_missing_counts_give_none():
    assert {"30 人（75.0%）", "10 人（25.0%）"} <= set(texts(ALL["distribution"]))
    said = texts(charts.distribution(["a", "b"], [30.0, NAN]))
    assert "30 人" in said
    assert "无数据" in said


def test_beyond_the_limit_is_hatched():
    fills = [r.get("fill") for r in root(ALL["distribution"]).findall(f"{SVG}rect")]
    assert fills == ["#2f6f8f", "url(#gp-lines-d98c3f)"]


def test_a_missing_year_is_a_gap():
    path = root(ALL["trend"]).findall(f"{SVG}path[@fill='none']")[-1].get("d")
    assert path.count("M") == 2  # two pieces: nothing is drawn over the missing year
    assert "目标 4" in texts(ALL["trend"])
    assert "2025" in texts(ALL["trend"])
    assert "target 4" in texts(charts.trend([2021], [None], target=4.0, lang="en"))


def test_beds_counted_across_kinds_are_not_added():
    said = texts(ALL["bed_mix"])
    assert "35 张" in said  # 10 + 20 + 5, without the 12
    assert "12 张" in said
    assert "其中医养结合" in said
    assert "≥ 30 张" in texts(charts.bed_mix(["甲"], [[10.0, 20.0, NAN]], ["a", "b", "c"]))


def test_long_names_are_cut_and_short_ones_kept():
    assert short("北郊街道") == "北郊街道"
    assert short("一个非常非常长的街道办事处名称") == "一个非常非常长的街…"


@pytest.mark.parametrize("most", [0.003, 0.3, 1.0, 2.5, 8.3, 9.9, 10.0, 47.0, 99.6, 123456.0])
def test_axes_have_few_round_steps(most):
    found = steps(most)
    assert 2 <= len(found) <= 7
    assert found[-1] <= most * 1.0001
    assert most - found[-1] < found[1]
