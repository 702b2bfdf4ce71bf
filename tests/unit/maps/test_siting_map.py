"""The map of a siting: layers by year or role, nobody lost, nothing fetched."""

from __future__ import annotations

import geopandas as gpd
import pytest
from fixtures.two_counties import point
from fixtures.walked_town import CRS, write_town

from geoplan import maps
from geoplan.workspace import open_workspace


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    return open_workspace(write_town(tmp_path_factory.mktemp("town") / "ws")).units()


def people() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"weight": [12.0, 30.0, 5.0], "before": [False, True, False],
         "after": [True, True, False]},
        geometry=[point(x, 0.5) for x in (0.2, 1.0, 3.5)], crs=CRS,
    )  # fmt: skip


def sites(**more) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"site_id": ["S1", "S2"], "order": [1, 2], "name": ["甲", None], **more},
        geometry=[point(x, 0.5) for x in (0.3, 3.4)], crs=CRS,
    )  # fmt: skip


def layers(chart) -> list[str]:
    return [c.layer_name for c in chart._children.values() if hasattr(c, "layer_name")]


def test_a_plan_has_its_new_places_in_one_layer(units):
    shown = sites(gain=[12.0, 5.0], only=[12.0, 5.0], loss=[12.0, 5.0],
                  replacement=[None, "S3"], covered_share=[0.9, 1.0])  # fmt: skip
    names = layers(maps.siting_map(units, shown, people()))
    assert "新设施" in names
    assert {"仍未覆盖人口", "已覆盖人口", "新覆盖人口"} <= set(names)


@pytest.mark.parametrize(
    ("by", "values", "wanted"),
    [("year", [2025, 2030], ["2025 年", "2030 年"]), ("role", ["core", "swing"], ["必选", "可换"])],
)
def test_phases_and_alternatives_have_a_layer_each(units, by, values, wanted):
    names = layers(maps.siting_map(units, sites(**{by: values}), people(), by=by))
    assert [n for n in names if n in wanted] == wanted
    assert "新设施" not in names


def test_a_place_without_a_name_bears_its_id(units):
    page = maps.page(maps.siting_map(units, sites(gain=[1.0, 2.0]), people()))
    assert '"S2"' in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_no_site_is_no_error(units):
    assert "新设施" not in layers(maps.siting_map(units, sites().iloc[:0], people()))
