"""The map of a siting (选址图): new places by what each adds, who they serve, who stays without."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import crs
from geoplan.maps.base import bounds_of, labels, outlines, own, with_margin
from geoplan.maps.explore import add_layer
from geoplan.maps.features import collection, degrees
from geoplan.maps.offline import OfflineMap

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST = 10
_CELL_DEG = 0.01
_KINDS = {
    "without": ("仍未覆盖人口", "#dcc3c0"), "before": ("已覆盖人口", "#9fc5a5"),
    "newly": ("新覆盖人口", "#1f6fb2"),
}  # fmt: skip
_NUMBER = "color:#fff;font:bold 11px sans-serif;width:24px;margin:-7px 0 0 -12px;text-align:center"
_TIP = ("序号", "名称", "新增人数", "只有它覆盖", "去掉后损失", "最好的替代", "累计覆盖率")


def siting_map(
    units: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    *,
    title: str = "选址方案",
    lines: Sequence[str] = (),
    synthetic: bool = False,
) -> OfflineMap:
    """
    Show new places, numbered by what each adds, over the people they are for.

    Parameters
    ----------
    units
        ``admin_units``, any CRS.
    sites
        Any CRS; ``order``, ``gain``, ``only``, ``loss``, ``replacement``, ``covered_share``,
        ``name`` as `workspace.site` gives them.
    people
        Points, any CRS; ``weight``, ``before`` and ``after`` (whether served). Drawn as one dot
        per square of about a kilometre and kind.
    title, lines
        Heading, and what stands under it.
    synthetic
        Whether an input is.

    Returns
    -------
    map
        Fetches nothing; the ten first places bear their numbers.
    """
    shown = own(units)
    chart = OfflineMap(with_margin(bounds_of(shown)), title=title, synthetic=synthetic,
                       lines=tuple(lines))  # fmt: skip
    for level in ("township", "county"):
        outlines(chart, shown, level)
    dots = _dots(people)
    for kind, (name, colour) in _KINDS.items():
        part = dots[dots["kind"] == kind]
        styles = [{"color": colour, "fillColor": colour, "fillOpacity": 0.75, "weight": 0,
                   "radius": r} for r in part["radius"]]  # fmt: skip
        if len(part):
            add_layer(chart, collection(part, ["人数"], styles), ["人数"], name)
    if len(sites):
        _places(chart, sites)
    labels(chart, shown)
    folium.LayerControl(collapsed=False).add_to(chart)
    return chart


def _dots(people: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return people by square and kind, at the middle of those who live there."""
    points = people.to_crs(crs.GEOGRAPHIC).geometry.representative_point()
    x, y = points.x.to_numpy(), points.y.to_numpy()
    kind = np.where(people["before"], "before", np.where(people["after"], "newly", "without"))
    n = people["weight"].to_numpy(dtype=float)
    table = pd.DataFrame({"kind": kind, "i": np.floor(x / _CELL_DEG), "j": np.floor(y / _CELL_DEG),
                          "n": n, "x": x * n, "y": y * n})  # fmt: skip
    table = table[n > 0].groupby(["kind", "i", "j"], as_index=False).sum()
    radius = np.clip(1.2 + np.sqrt(table["n"]) / 6, 1.5, 9.0).round(1)
    return gpd.GeoDataFrame(
        {"kind": table["kind"], "人数": table["n"].round().astype(int), "radius": radius},
        geometry=gpd.points_from_xy(table["x"] / table["n"], table["y"] / table["n"]),
        crs=crs.GEOGRAPHIC,
    )


def _places(chart: OfflineMap, sites: gpd.GeoDataFrame) -> None:
    names = sites["name"].where(sites["name"].notna(), sites["site_id"])
    table = degrees(gpd.GeoDataFrame({
        "序号": sites["order"], "名称": names,
        "新增人数": sites["gain"].round(), "只有它覆盖": sites["only"].round(),
        "去掉后损失": sites["loss"].round(), "最好的替代": sites["replacement"],
        "累计覆盖率": (100 * sites["covered_share"]).map("{:.1f}%".format),
    }, geometry=sites.geometry, crs=sites.crs))  # fmt: skip
    styles = [
        {"color": "#ffffff", "weight": 1.2, "fillColor": "#d1540f", "fillOpacity": 0.95,
         "radius": 8 if order <= _FIRST else 4}
        for order in sites["order"]
    ]  # fmt: skip
    add_layer(chart, collection(table, list(_TIP), styles), list(_TIP), "新设施")
    group = folium.FeatureGroup(name="序号", show=True)
    for order, point in zip(table["序号"], table.geometry, strict=True):
        if order <= _FIRST:
            text = f'<div style="{_NUMBER}">{html.escape(str(order))}</div>'
            icon = folium.DivIcon(html=text, icon_size=(0, 0), class_name="")
            folium.Marker([round(point.y, 5), round(point.x, 5)], icon=icon).add_to(group)
    group.add_to(chart)
