"""The city map (全市一张图): coverage by township, circles, facilities, elders not reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.maps.base import bounds_of, labels, outlines, own
from geoplan.maps.explore import add_layer
from geoplan.maps.features import NO_DATA, RAMP, classes, collection, degrees
from geoplan.maps.features import title as words_for
from geoplan.maps.offline import OfflineMap, page

if TYPE_CHECKING:
    from collections.abc import Sequence

BREAKS = [0.2, 0.4, 0.6, 0.8]
_RED = "#c0392b"
_CELL_M = 2000.0
_CIRCLE = {0: "#0f5e8c", 1: "#4a90b8", 2: "#9cc4dc"}
_CARE = {
    "institution": "#7a3e9d",
    "hardship_institution": "#7a3e9d",
    "community_elderly": "#d2691e",
    "daycare": "#e0a03b",
    "activity_centre": "#a98b5f",
}
_OTHER = "#6b7780"


def city_map(  # noqa: PLR0913
    units: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    title: str,
    synthetic: bool,
    unserved: gpd.GeoDataFrame | None = None,
    policy_id: str = "",
    data_date: str = "",
) -> str:
    """
    Return the main map as one page that works with no internet.

    Parameters
    ----------
    units
        ``admin_units`` with polygons, any CRS.
    coverage
        From the main job; may be empty.
    areas
        Dissolved service areas with ``limit_min``; may be empty.
    facilities
        Points; rows without a position are left out.
    demand
        Population points; the map covers them.
    title, policy_id, data_date
        Words in the corner.
    synthetic
        Whether to carry the banner 演示数据·非真实.
    unserved
        From `service_circles.unserved_clusters`.

    Returns
    -------
    html
        The page; the same for the same frames.
    """
    limit = float(coverage["limit_min"].max()) if len(coverage) else 15.0
    shown = own(units)
    bounds = bounds_of(shown, facilities, demand)
    lines = tuple(w for w in (policy_id and f"标准库 {policy_id}",
                              data_date and f"评估日期 {data_date}") if w)  # fmt: skip
    chart = OfflineMap(bounds, synthetic=synthetic, title=title, lines=lines)
    _coverage_layer(chart, shown, coverage, "township", limit, show=True)
    _coverage_layer(chart, shown, coverage, "village", limit, show=False)
    _circles(chart, areas)
    outlines(chart, shown)
    _unserved(chart, unserved, limit)
    _facilities(chart, facilities)
    labels(chart, shown)
    folium.LayerControl(collapsed=False).add_to(chart)
    chart.add_html(_legend(limit, words_for(_group(coverage)), has_areas=len(areas) > 0))
    return page(chart)


def _group(coverage: pd.DataFrame) -> str:
    """Return whom the map is about: elders where there are figures, else all persons."""
    if not len(coverage):
        return "elders_60"
    known = coverage.loc[coverage["cov_share"].notna(), "group"]
    return "elders_60" if (known == "elders_60").any() else "persons"


def _coverage_layer(
    chart: OfflineMap, units: gpd.GeoDataFrame, coverage: pd.DataFrame, level: str,
    limit: float, *, show: bool,
) -> None:  # fmt: skip
    shapes = units.loc[(units["level"] == level).to_numpy(dtype=bool)]
    if shapes.empty:
        return
    group = _group(coverage)
    columns = ["unit_name", group, "uncovered", "cov_share"]
    if len(coverage):
        pick = (
            (coverage["level"] == level) & (coverage["group"] == group)
            & (coverage["limit_min"] == limit) & (coverage["service"] == "any")
        )  # fmt: skip
        rows = coverage.loc[pick].set_index("unit_code").reindex(shapes["unit_code"])
    else:
        rows = pd.DataFrame(
            columns=["persons", "uncovered", "cov_share"], index=pd.Index(shapes["unit_code"])
        )
    table = shapes[["unit_code", "geometry"]].assign(
        unit_name=shapes["name"].to_numpy(),
        **{group: rows["persons"].to_numpy(dtype=float)},
        uncovered=rows["uncovered"].to_numpy(dtype=float),
        cov_share=rows["cov_share"].to_numpy(dtype=float),
    )
    table = degrees(table, simplify_m=15.0)
    share = table["cov_share"].astype(float)
    colours = classes(share, BREAKS)
    table["cov_share"] = [f"{v * 100:.1f} %" if not np.isnan(v) else None for v in share]
    styles: list[dict[str, Any]] = [
        {"color": "#7b8790", "weight": 0.9 if level == "township" else 0.4, "fillColor": c,
         "fillOpacity": 0.8, **({"dashArray": "4 3"} if c == NO_DATA else {})}
        for c in colours
    ]  # fmt: skip
    word = "镇（街道）" if level == "township" else "村（社区）"
    name = f"{word}：{words_for(group)} {limit:g} 分钟覆盖率"
    add_layer(chart, collection(table, columns, styles), columns, name, show=show)


def _circles(chart: OfflineMap, areas: gpd.GeoDataFrame) -> None:
    if not len(areas):
        return
    limits = sorted(areas["limit_min"].unique(), reverse=True)
    for limit in limits:
        rows = degrees(areas.loc[(areas["limit_min"] == limit).to_numpy()], simplify_m=12.0)
        colour = _CIRCLE[min(sorted(limits).index(limit), 2)]
        style = {"color": colour, "weight": 1.0, "fillColor": colour, "fillOpacity": 0.35}
        data = collection(rows, ["limit_min"], [style] * len(rows))
        add_layer(chart, data, ["limit_min"], f"服务圈 {limit:g} 分钟", show=limit == limits[0])


def _unserved(chart: OfflineMap, clusters: gpd.GeoDataFrame | None, limit: float) -> None:
    """Draw where those who are not covered live together; none holds fewer than ten (SEC-06)."""
    if clusters is None or not len(clusters):
        return
    columns = ["rank", "name", "elders_60", "median_min"]
    table = degrees(clusters[[*columns, "geometry"]].iloc[::-1])  # the largest on top
    styles = [
        {"color": _RED, "weight": 0.5, "fillColor": _RED, "fillOpacity": 0.5,
         "radius": float(np.clip(0.8 * np.sqrt(v / 20.0), 1.2, 9.0).round(1))}
        for v in table["elders_60"]
    ]  # fmt: skip
    add_layer(chart, collection(table, columns, styles), columns,
              f"{limit:g} 分钟未覆盖的老年人聚集区")  # fmt: skip


def _facilities(chart: OfflineMap, facilities: gpd.GeoDataFrame) -> None:
    if not len(facilities) or "facility_kind" not in facilities.columns:
        return
    columns = [c for c in ("name", "facility_kind", "status", "functions", "services", "land_m2",
                           "floor_m2", "elder_floor_m2", "beds")
               if c in facilities.columns]  # fmt: skip
    care = facilities["facility_kind"].isin(_CARE).to_numpy(dtype=bool)
    for mask, name, show in ((care, "养老服务设施", True), (~care, "其他民政设施", False)):
        table = degrees(gpd.GeoDataFrame(facilities.loc[mask]))
        styles = [
            {"color": "#ffffff", "weight": 0.7, "fillColor": _CARE.get(str(k), _OTHER),
             "fillOpacity": 0.95}
            for k in table["facility_kind"]
        ]  # fmt: skip
        add_layer(chart, collection(table, columns, styles), columns, name, show=show, radius=3.6)


def _legend(limit: float, people: str, *, has_areas: bool) -> str:
    words: Sequence[str] = ("0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %")
    items = "".join(
        f'<div><i style="background:{c}"></i>{w}</div>' for c, w in zip(RAMP, words, strict=True)
    )
    items += f'<div><i style="background:{NO_DATA}"></i>无数据</div>'
    if has_areas:
        items += f'<div><i style="background:{_CIRCLE[2]}"></i>{limit:g} 分钟服务圈</div>'
    dots = (("#7a3e9d", "养老机构"), ("#d2691e", "社区养老服务设施"), ("#e0a03b", "日间照料中心"),
            ("#a98b5f", "互助照料活动中心"), (_RED, "未覆盖的老年人"))  # fmt: skip
    items += "".join(f'<div><i class="dot" style="background:{c}"></i>{w}</div>' for c, w in dots)
    head = f"<b>{people} {limit:g} 分钟覆盖率</b>"
    return f'<div class="gp-card gp-legend">{head}{items}<div>边界为示意，非法定界线</div></div>'
