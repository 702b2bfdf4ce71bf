"""The curve of a siting: what is drawn are the numbers of the table."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from geoplan.reports.siting_chart import siting_curve
from geoplan.siting import CoverageProblem
from geoplan.siting.reasons import curve

PROBLEM = CoverageProblem.from_arrays(
    [0, 1, 1, 2, 3], [0, 0, 1, 1, 2], weight=[5, 2, 4, 3], site_cost=[1e4, 2e4, 3e4]
)


def points(svg: str, kind: str) -> list[tuple[float, float]]:
    (text,) = re.findall(rf'<{kind} points="([^"]*)"', svg)
    return [tuple(map(float, pair.split(","))) for pair in text.split()]


def test_the_line_rises_and_the_band_lies_above_it():
    svg = siting_curve(curve(PROBLEM, 3, model="greedy"), title="曲线")
    ET.fromstring(svg)  # noqa: S314  (our own)
    line, band = points(svg, "polyline"), points(svg, "polygon")
    assert len(line) == 4
    assert len(band) == 8
    assert [y for _, y in line] == sorted((y for _, y in line), reverse=True)
    assert all(a[1] <= b[1] + 1e-9 for a, b in zip(band[:4], line, strict=True))
    # 0, 7, 11 and 14 of 14: the third step is at 11/14 of the way up
    low, high = line[0][1], line[-1][1]
    assert line[2][1] == pytest.approx(low + (high - low) * 11 / 14, abs=0.1)
    for word in ("曲线", "覆盖率", "新增处数", "100.0%", "0.0%"):
        assert word in svg


def test_budgets_are_in_ten_thousand_yuan_and_steps_without_an_answer_are_left_out():
    table = curve(PROBLEM, [1e4, 3e4, 6e4])
    svg = siting_curve(table, lang="en")
    assert "budget, 10 000 yuan" in svg
    assert re.findall(r">(\d+)</text>", svg) == ["1", "3", "6"]
    none = table.assign(status="infeasible")
    assert "<polyline" not in siting_curve(none)
    for synthetic in (True, False):
        assert ("演示数据·非真实" in siting_curve(table, synthetic=synthetic)) is synthetic
