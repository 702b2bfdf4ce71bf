"""The map of two scenarios: doors by turn, facilities by turn, offline, 示意, where it opens."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fixtures.two_counties import units

from geoplan.errors import MissingColumnsError
from geoplan.maps import page, scenario_map
from geoplan.maps.dots import dots
from tests.fixtures import toytown

TURNS = ("gain", "lose", "both", "neither", "both")


def doors() -> gpd.GeoDataFrame:
    return toytown.people().assign(turn=list(TURNS))


def facilities() -> gpd.GeoDataFrame:
    kinds = toytown.facilities().assign(turn=["new", "gone"], name=["<b>新</b>", None])
    plot = shapely.box(*toytown.at(0, 0).coords[0], *toytown.at(60, 60).coords[0])
    return kinds.set_geometry([kinds.geometry.iloc[0], plot], crs=kinds.crs)


def said(text: str, *words: str) -> None:
    for word in words:
        assert word in text or json.dumps(word)[1:-1] in text, word


def test_what_it_shows():
    text = page(scenario_map(units(), doors(), facilities(), lines=("A 一", "B <二>"),
                             synthetic=True))  # fmt: skip
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(https?://[^"'\s>]+)""", text) == []
    said(text, "示意图，非法定界线", "演示数据·非真实", "新覆盖 gain", "不再覆盖 lose",
         "均已覆盖 served in both", "均未覆盖 served in neither", "设施：新增 new", "设施：关闭 gone",
         "\\u0026lt;b\\u0026gt;", "B &lt;二&gt;", "F2")  # fmt: skip
    assert "设施：迁移" not in text  # no such facility, no such layer
    assert "<b>新</b>" not in text
    again = scenario_map(units(), doors(), facilities(), lines=("A 一", "B <二>"), synthetic=True)
    assert text == page(again)


def counted(chart: object, layer: str) -> list[str]:
    """Return the numbers under the pointer of a layer."""
    groups = {c.layer_name: c for c in chart._children.values() if hasattr(c, "layer_name")}
    if layer not in groups:
        return []
    (data,) = groups[layer]._children.values()
    return [f["properties"]["人数"] for f in data.data["features"]]


def test_dots_count_the_people_of_their_kind():
    chart = scenario_map(units(), doors(), facilities())
    assert counted(chart, "新覆盖 gain") == ["100"]
    assert counted(chart, "不再覆盖 lose") == ["60"]
    assert counted(chart, "均已覆盖 served in both") == ["50"]  # 40 and 10 in one square
    elders = scenario_map(units(), doors(), facilities(), group="elders_60")
    assert counted(elders, "新覆盖 gain") == ["20"]
    with pytest.raises(MissingColumnsError, match="adults"):
        scenario_map(units(), doors(), facilities(), group="adults")


def bounds(chart: object) -> list[list[float]]:
    (fit,) = (c for c in chart._children.values() if type(c).__name__ == "FitBounds")
    return fit.bounds


def test_it_opens_where_something_changes():
    (south, west), (north, east) = bounds(scenario_map(units(), doors(), facilities()))
    place = gpd.GeoSeries([toytown.at(100, 0)], crs=toytown.CRS).to_crs(4490).iloc[0]
    assert south < place.y < north < south + 0.03
    assert west < place.x < east < west + 0.03
    same = doors().assign(turn="both"), facilities().assign(turn="same")
    (south, west), (north, east) = bounds(scenario_map(units(), *same))
    whole = units().to_crs(4490).total_bounds
    assert (west < whole[0], south < whole[1]) == (True, True)
    assert (east > whole[2], north > whole[3]) == (True, True)


def test_places_nobody_knows_are_left_out():
    people, sites = doors(), facilities()
    people.loc[0, "geometry"] = None
    sites.loc[0, "geometry"] = None
    chart = scenario_map(units(), people, sites)
    assert counted(chart, "新覆盖 gain") == []
    assert "设施：新增 new" not in page(chart)


def test_dots_stand_in_the_middle_of_their_people():
    spots = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([113.001, 113.003, 113.5], [31.001] * 3), crs=4490
    )
    made = dots(spots, np.array(["a"] * 3), np.array([1.0, 3.0, np.nan]))
    assert made["人数"].tolist() == [4]
    assert made.geometry.iloc[0].x == pytest.approx(113.0025)
    apart = dots(spots, np.array(["a", "b", "a"]), np.array([1.0, 3.0, 0.0]))
    assert apart["kind"].tolist() == ["a", "b"]
    fine = dots(spots, np.array(["a"] * 3), np.array([1.0, 3.0, 2.0]), cell_deg=0.001)
    assert sorted(fine["人数"]) == [1, 2, 3]
