"""The map of defects (拓扑缺陷图): where units do not fit, how wide, and what to do about it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries import nesting as _nesting
from geoplan.boundaries.diagnosis import KINDS
from geoplan.boundaries.repair_plan import ACTIONS
from geoplan.maps.base import bounds_of, labels, outlines, own, with_margin
from geoplan.maps.explore import add_layer
from geoplan.maps.features import collection, degrees
from geoplan.maps.offline import OfflineMap
from geoplan.standards import is_synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLOURS = ("#c0392b", "#7a3e9d", "#d98c3f", "#2f6f8f", "#6a8f3c", "#b0504a", "#4c8f86", "#9a7b4f",
            "#5b6f95", "#c2478f", "#3f7f3f", "#8a6d1f", "#444f5a")  # fmt: skip
_KIND_ZH = {kind: zh for kind, (zh, _) in (KINDS | _nesting.KINDS).items()}
_RECUT = "以上级界线为准重切下级"
_ASK = "须人工决定"
_NAMED = 3
_SHOWN = ("编号", "类型", "单元")
_POPUP = ("编号", "类型", "级别", "单元", "面积（平方米）", "最大宽度（米）", "长度（米）", "限差",
          "说明", "处理办法", "依据")  # fmt: skip


def defect_map(
    units: gpd.GeoDataFrame,
    defects: gpd.GeoDataFrame,
    *,
    nesting: gpd.GeoDataFrame | None = None,
    plan: Mapping[str, Any] | None = None,
    title: str = "行政区划拓扑缺陷",
) -> OfflineMap:
    """
    Show defects by kind; a click tells their measures and the remedy.

    Parameters
    ----------
    units
        The ``admin_units`` that were looked at, any CRS.
    defects
        From `boundaries.diagnose`, any CRS.
    nesting
        From `boundaries.check_nesting`, any CRS.
    plan
        From `boundaries.plan_repair`: the remedy of each defect and its reason.
    title
        Heading.

    Returns
    -------
    map
        Fetches nothing. Defects without a shape (an empty unit, a parent that is not there) are
        named in the legend.
    """
    rows = _rows(units, defects, nesting, plan or {})
    shown = own(units)
    bounds = with_margin(bounds_of(rows[rows.geometry.notna()], shown))
    chart = OfflineMap(bounds, title=title, synthetic=is_synthetic(units),
                       lines=(f"{len(rows)} 处；点击查看量测值与处理办法",))  # fmt: skip
    for level in ("township", "county"):
        outlines(chart, shown, level)
    labels(chart, shown)
    kinds = list(dict.fromkeys(rows["类型"]))
    for at, kind in enumerate(kinds):
        colour = _COLOURS[at % len(_COLOURS)]
        part = gpd.GeoDataFrame(rows[(rows["类型"] == kind).to_numpy(dtype=bool)])
        add_layer(chart, _features(part, colour), list(_SHOWN), kind, radius=5.0, popup=_POPUP)
    folium.LayerControl(collapsed=False).add_to(chart)
    chart.add_html(_legend(rows, kinds))
    return chart


def _rows(
    units: gpd.GeoDataFrame, defects: gpd.GeoDataFrame, nesting: gpd.GeoDataFrame | None,
    plan: Mapping[str, Any],
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return defects and findings of nesting as one table of words."""
    names = dict(zip(units["unit_code"], units["name"], strict=False))
    actions = {a["defect_id"]: a for a in plan.get("actions", ())}
    table = []
    for row in defects.to_dict("records"):
        action = actions.get(row["defect_id"], {})
        codes = str(row["units"]).split(";")
        within = "在图上 0.1 毫米以内" if row["within_tolerance"] else "超出限差"
        remedy = ACTIONS.get(action.get("action", ""), _ASK)
        table.append({**_said(row, codes, names), "编号": row["defect_id"], "限差": within,
                      "处理办法": remedy, "依据": action.get("reason_zh", "")})  # fmt: skip
    found = nesting.to_dict("records") if nesting is not None else []
    for number, row in enumerate(found, 1):
        codes = [c for c in (row["unit_code"], row["parent_code"]) if isinstance(c, str) and c]
        remedy = _RECUT if row["kind"] in {"outside_parent", "parent_uncovered"} else _ASK
        table.append({**_said(row, codes, names), "编号": f"N{number:04d}", "限差": "",
                      "处理办法": remedy, "依据": "上级界线优先（BND-01）"})  # fmt: skip
    frame = pd.DataFrame(table, columns=[*_POPUP, "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=defects.crs or units.crs)


def _said(row: Mapping[Any, Any], codes: list[str], names: Mapping[str, Any]) -> dict[str, Any]:
    called = "、".join(f"{names.get(c, '')}（{c}）" for c in codes)
    return {
        "类型": _KIND_ZH.get(row["kind"], row["kind"]), "级别": row["level"] or None,
        "单元": called, "面积（平方米）": _measure(row["area_m2"]),
        "最大宽度（米）": _measure(row["max_width_m"]), "长度（米）": _measure(row["length_m"]),
        "说明": row["remark_zh"] or None, "geometry": row["geometry"],
    }  # fmt: skip


def _measure(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else f"{float(value):,.2f}"


def _features(rows: gpd.GeoDataFrame, colour: str) -> dict[str, Any]:
    """Return each defect as its shape, and as a dot that is seen from far away."""
    rows = gpd.GeoDataFrame(rows[rows.geometry.notna()])
    shapes = np.asarray(rows.geometry.array, dtype=object)
    dots = rows.set_geometry(gpd.GeoSeries(shapely.point_on_surface(shapes), index=rows.index,
                                           crs=rows.crs))  # fmt: skip
    extended = rows[shapely.get_dimensions(shapes) > 0]
    both = degrees(gpd.GeoDataFrame(pd.concat([extended, dots]), crs=rows.crs))
    style = {"color": colour, "weight": 1.5, "fillColor": colour, "fillOpacity": 0.55}
    return collection(both, list(_POPUP), [style] * len(both))


def _legend(rows: gpd.GeoDataFrame, kinds: list[str]) -> str:
    items = "".join(
        f'<div><i class="dot" style="background:{_COLOURS[at % len(_COLOURS)]}"></i>'
        f"{html.escape(_counted(rows[(rows['类型'] == kind).to_numpy(dtype=bool)], kind))}</div>"
        for at, kind in enumerate(kinds)
    )
    items = items or "<div>没有发现缺陷</div>"
    return f'<div class="gp-card gp-legend"><b>缺陷类型</b>{items}</div>'


def _counted(rows: gpd.GeoDataFrame, kind: str) -> str:
    """Return a kind with its number, and whose shape is not there to be shown."""
    lost = [str(u) for u in rows.loc[rows.geometry.isna(), "单元"]]
    more = "等" if len(lost) > _NAMED else ""
    return f"{kind}　{len(rows)}" + (
        f"（无图形：{'、'.join(lost[:_NAMED])}{more}）" if lost else ""
    )
