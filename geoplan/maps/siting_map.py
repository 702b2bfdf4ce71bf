"""The map of a siting (选址图): new places by what each adds, who they serve, who stays without."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps.base import bounds_of, labels, outlines, own, with_margin
from geoplan.maps.dots import dots
from geoplan.maps.explore import add_layer
from geoplan.maps.features import collection, degrees
from geoplan.maps.offline import OfflineMap

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST = 10
_KINDS = {
    "without": ("仍未覆盖人口", "#dcc3c0"), "before": ("已覆盖人口", "#9fc5a5"),
    "newly": ("新覆盖人口", "#1f6fb2"),
}  # fmt: skip
_NEW = ("#d1540f", "#e39a2d", "#8b5aa8", "#2d8a7a", "#7a5230")
_ROLES = {"core": "必选", "swing": "可换"}
_NUMBER = "color:#fff;font:bold 11px sans-serif;width:24px;margin:-7px 0 0 -12px;text-align:center"
_TIP = {
    "order": "序号", "name": "名称", "year": "年份", "role": "必选或可换", "plans": "入选方案数",
    "gain": "新增人数", "only": "只有它覆盖", "loss": "去掉后损失", "replacement": "最好的替代",
    "covered_share": "累计覆盖率",
}  # fmt: skip
"""Columns shown under the pointer where there are any."""


def siting_map(
    units: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    *,
    by: str = "",
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
        Any CRS; ``order`` and ``name``, and of ``gain``, ``only``, ``loss``, ``replacement``,
        ``covered_share``, ``year``, ``role``, ``plans`` those there are, as `workspace` gives
        them for a plan, its phases or its alternatives.
    people
        Points, any CRS; ``weight``, ``before`` and ``after`` (whether served). Drawn as one dot
        per square of about a kilometre and kind.
    by
        Column whose values are layers in their own colours: ``year`` or ``role``.
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
    kinds = np.where(people["before"], "before", np.where(people["after"], "newly", "without"))
    drawn = dots(people, kinds, people["weight"].to_numpy(dtype=float))
    for kind, (name, colour) in _KINDS.items():
        part = drawn[drawn["kind"] == kind]
        styles = [{"color": colour, "fillColor": colour, "fillOpacity": 0.75, "weight": 0,
                   "radius": r} for r in part["radius"]]  # fmt: skip
        if len(part):
            add_layer(chart, collection(part, ["人数"], styles), ["人数"], name)
    if len(sites):
        _places(chart, sites, by)
    labels(chart, shown)
    folium.LayerControl(collapsed=False).add_to(chart)
    return chart


def _places(chart: OfflineMap, sites: gpd.GeoDataFrame, by: str) -> None:
    table = _told(sites)
    tips = [c for c in _TIP.values() if c in table]
    kind = table[_TIP[by]].astype(str) if by else pd.Series("新设施", table.index)
    for at, (name, part) in enumerate(table.groupby(kind, sort=False)):
        styles = [
            {"color": "#ffffff", "weight": 1.2, "fillColor": _NEW[at % len(_NEW)],
             "fillOpacity": 0.95, "radius": 8 if order <= _FIRST else 4}
            for order in part["序号"]
        ]  # fmt: skip
        add_layer(chart, collection(gpd.GeoDataFrame(part), tips, styles), tips, str(name))
    group = folium.FeatureGroup(name="序号", show=True)
    for order, point in zip(table["序号"], table.geometry, strict=True):
        if order <= _FIRST:
            text = f'<div style="{_NUMBER}">{html.escape(str(order))}</div>'
            icon = folium.DivIcon(html=text, icon_size=(0, 0), class_name="")
            folium.Marker([round(point.y, 5), round(point.x, 5)], icon=icon).add_to(group)
    group.add_to(chart)


def _told(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the columns to be shown, in words."""
    table = sites.assign(name=sites["name"].where(sites["name"].notna(), sites["site_id"]))
    for name in ("gain", "only", "loss"):
        if name in table:
            table[name] = table[name].round()
    if "covered_share" in table:
        table["covered_share"] = (100 * table["covered_share"]).map("{:.1f}%".format)
    if "role" in table:
        table["role"] = table["role"].map(_ROLES)
    if "year" in table:
        table["year"] = table["year"].astype(str) + " 年"
    shown = [c for c in _TIP if c in table]
    return degrees(gpd.GeoDataFrame(table[[*shown, "geometry"]].rename(columns=_TIP)))
