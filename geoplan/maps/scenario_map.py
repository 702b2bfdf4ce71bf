"""The map of two scenarios (情景对比图): who gains, who loses; facilities new, gone, moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.maps.base import bounds_of, labels, outlines, own, with_margin
from geoplan.maps.dots import CELL_DEG, dots
from geoplan.maps.explore import add_layer
from geoplan.maps.features import collection, degrees
from geoplan.maps.offline import OfflineMap
from geoplan.network.checks import amounts
from geoplan.service_circles.sources import require_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

_FINE_DEG = 0.001  # squares of about 100 m for those who gain or lose
_LEAST_PX = 3.0  # radius of their dots
_LEAST_DEG = 0.02  # the map shows no less than about two kilometres first
_DOORS = {
    "neither": ("均未覆盖 served in neither", "#d9d4cf", CELL_DEG),
    "both": ("均已覆盖 served in both", "#a9c7b0", CELL_DEG),
    "lose": ("不再覆盖 lose", "#c8102e", _FINE_DEG), "gain": ("新覆盖 gain", "#1f6fb2", _FINE_DEG),
}  # fmt: skip
_FACILITIES = {
    "same": ("不变 same", "#6b747c", 2.5), "gone": ("关闭 gone", "#ffffff", 7.0),
    "moved": ("迁移 moved", "#7b5ea7", 7.0), "new": ("新增 new", "#d1540f", 7.0),
}  # fmt: skip
_TIP = ["名称", "设施编号", "设施类型", "变化"]


def scenario_map(
    units: gpd.GeoDataFrame,
    doors: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    group: str = "persons",
    title: str = "情景对比",
    lines: Sequence[str] = (),
    synthetic: bool = False,
) -> OfflineMap:
    """
    Show what one scenario changes against another.

    Parameters
    ----------
    units
        ``admin_units``, any CRS.
    doors, facilities
        From `scenario.ab_map`, any CRS. Those who gain or lose are drawn as one dot per square of
        about 100 m, others per square of about a kilometre; all by the people of ``b``.
    group
        Column of ``doors`` that is counted.
    title, lines
        Heading, and what stands under it.
    synthetic
        Whether an input is.

    Returns
    -------
    map
        Fetches nothing; it opens where something changes.

    Raises
    ------
    MissingColumnsError
        If there is no such group.
    """
    require_columns(doors, "population", group)
    shown = own(units)
    chart = OfflineMap(_window(doors, facilities, shown), title=title, synthetic=synthetic,
                       lines=tuple(lines))  # fmt: skip
    for level in ("township", "county"):
        outlines(chart, shown, level)
    placed = doors[doors.geometry.notna().to_numpy(dtype=bool)]
    turn, count = placed["turn"].to_numpy(dtype=str), amounts(placed, group)
    for kind, (name, colour, cell_deg) in _DOORS.items():
        rows, least = turn == kind, _LEAST_PX if cell_deg == _FINE_DEG else 0.0
        part = dots(gpd.GeoDataFrame(placed[rows]), turn[rows], count[rows], cell_deg=cell_deg)
        styles = [{"color": colour, "fillColor": colour, "fillOpacity": 0.8, "weight": 0,
                   "radius": max(r, least)} for r in part["radius"]]  # fmt: skip
        add_layer(chart, collection(part, ["人数"], styles), ["人数"], name)
    for kind, (name, colour, radius) in _FACILITIES.items():
        _sites(chart, facilities[(facilities["turn"] == kind).to_numpy(dtype=bool)], name, colour,
               radius)  # fmt: skip
    labels(chart, shown)
    folium.LayerControl(collapsed=False).add_to(chart)
    chart.add_html(_legend())
    return chart


def _window(
    doors: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, units: gpd.GeoDataFrame
) -> tuple[float, float, float, float]:
    """Return the extent of what changes; of the city where nothing does."""
    parts = [f.loc[f["turn"].isin(words).to_numpy(dtype=bool), [f.geometry.name]].to_crs(
        crs.GEOGRAPHIC).geometry for f, words in (
        (doors, ["gain", "lose"]), (facilities, ["new", "gone", "moved"]))]  # fmt: skip
    both = gpd.GeoDataFrame(geometry=pd.concat(parts, ignore_index=True), crs=crs.GEOGRAPHIC)
    if both.geometry.isna().all():
        return with_margin(bounds_of(units))
    west, south, east, north = bounds_of(both)
    pad_x, pad_y = (max(0.0, _LEAST_DEG - side) / 2 for side in (east - west, north - south))
    return with_margin((west - pad_x, south - pad_y, east + pad_x, north + pad_y))


def _sites(
    chart: OfflineMap, rows: gpd.GeoDataFrame, name: str, colour: str, radius: float
) -> None:
    """Draw facilities at a point each: a plot is as good as its door on this map."""
    names = rows["name"] if "name" in rows.columns else rows["facility_id"]
    table = gpd.GeoDataFrame(
        {"名称": names.where(names.notna(), rows["facility_id"]),
         "设施编号": rows["facility_id"], "设施类型": rows["facility_kind"], "变化": name},
        geometry=shapely.point_on_surface(np.asarray(rows.geometry.array, dtype=object)),
        crs=rows.crs, index=rows.index,
    )  # fmt: skip
    dark = colour == "#ffffff"
    style = {"color": "#c8102e" if dark else "#ffffff", "weight": 2.5 if dark else 1.2,
             "fillColor": colour, "fillOpacity": 0.95, "radius": radius}  # fmt: skip
    shown = degrees(table)
    add_layer(chart, collection(shown, _TIP, [style] * len(shown)), _TIP, f"设施：{name}")


def _legend() -> str:
    doors = "".join(f'<div><i class="dot" style="background:{colour}"></i>{name}</div>'
                    for name, colour, _ in reversed(_DOORS.values()))  # fmt: skip
    ring = ";border:2.5px solid #c8102e"
    sites = "".join(
        f'<div><i class="dot" style="background:{colour}{ring if kind == "gone" else ""}"></i>'
        f"{name}</div>"
        for kind, (name, colour, _) in reversed(_FACILITIES.items())
    )
    return ('<div class="gp-card gp-legend"><b>人口 people, A → B</b>'
            f"{doors}<b>设施 facilities</b>{sites}<div>示意</div></div>")  # fmt: skip
