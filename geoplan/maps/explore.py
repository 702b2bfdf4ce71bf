"""A map in one line (一行出图) of any frame: `explore`."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import InputError, MissingCRSError, UnknownIdError
from geoplan.maps.features import NO_DATA, RAMP, classes, collection, degrees, title, word
from geoplan.maps.offline import OfflineMap

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ROWS = 20_000
"""More than this is thinned to every n-th row, and the legend says so."""

_DEFAULTS = ("walk_min", "cov_share", "status", "value", "limit_min", "gap", "facility_kind",
             "persons", "population", "level")  # fmt: skip
_WORD_COLOURS = ("#2f6f8f", "#d98c3f", "#6a8f3c", "#8f5f9e", "#b0504a", "#4c8f86", "#9a7b4f",
                 "#5b6f95")  # fmt: skip


def explore(
    frame: pd.DataFrame,
    *,
    color: str | None = None,
    tooltip: Sequence[str] | None = None,
    title: str = "",
    units: gpd.GeoDataFrame | None = None,
) -> OfflineMap:
    """
    Show a frame on a map that works with no internet.

    Parameters
    ----------
    frame
        A GeoDataFrame in any CRS; or a table with ``unit_code``, drawn on ``units``.
    color
        Column to colour by; a sensible one is chosen when not given.
    tooltip
        Columns to show under the pointer; default the first eight.
    title
        Heading.
    units
        ``admin_units``, for a table without geometry.

    Returns
    -------
    map
        Shows itself in a notebook; ``maps.page(map)`` is the HTML.

    Raises
    ------
    UnknownIdError
        If the column to colour by does not exist.
    MissingCRSError
        If the frame has no CRS.
    InputError
        If there is nothing with a position to draw.
    """
    shapes = _positioned(frame, units)
    step = max(1, -(-len(shapes) // MAX_ROWS))
    shown = degrees(shapes.iloc[::step], simplify_m=10.0)
    column = _column(shown, color)
    colours, legend = _colours(shown, column)
    columns = _tooltip(shown, tooltip)
    synthetic = "synthetic" in shown and bool(
        shown["synthetic"].astype("boolean").fillna(value=False).any()
    )
    lines = (f"每 {step} 个显示 1 个",) if step > 1 else ()
    west, south, east, north = (float(v) for v in shown.total_bounds)
    chart = OfflineMap((west, south, east, north), synthetic=synthetic, title=title, lines=lines)
    _draw(chart, shown, columns, colours)
    chart.add_html(legend)
    return chart


def _positioned(frame: pd.DataFrame, units: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        if units is None or "unit_code" not in frame.columns:
            raise InputError(
                "This table has no geometry.",
                zh="该表没有几何。",
                fix="pass units=admin_units, and a table with unit_code",
                fix_zh="传入 units=admin_units，且表中要有 unit_code",
            )
        shapes = units.drop_duplicates("unit_code").set_index("unit_code").geometry
        place = shapes.reindex(frame["unit_code"]).to_numpy()
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(place, index=frame.index),
                                 crs=units.crs)  # fmt: skip
    if frame.crs is None:
        raise MissingCRSError.for_layer("frame")
    raw = np.asarray(frame.geometry.array, dtype=object)
    found = frame.loc[~shapely.is_missing(raw) & ~shapely.is_empty(raw)]
    if found.empty:
        raise InputError(
            "No row has a position to draw.", zh="没有可画的记录（都没有几何）。",
            fix="check the geometry column", fix_zh="检查几何列",
        )  # fmt: skip
    return found


def _column(frame: gpd.GeoDataFrame, color: str | None) -> str | None:
    if color is not None:
        if color not in frame.columns:
            raise UnknownIdError.among("column", "字段", color, map(str, frame.columns))
        return color
    return next((c for c in _DEFAULTS if c in frame.columns), None)


def _colours(frame: gpd.GeoDataFrame, column: str | None) -> tuple[list[str], str]:
    if column is None:
        return [_WORD_COLOURS[0]] * len(frame), ""
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        number = values.astype("Float64").astype(float)
        known = number.dropna()
        if known.nunique() > len(RAMP):
            breaks = np.unique(np.quantile(known, [0.2, 0.4, 0.6, 0.8]).round(6)).tolist()
        else:
            breaks = sorted(known.unique())[1:]
        return classes(number, breaks), _legend_numbers(column, breaks, known, number)
    words = values.map(word, na_action=None)
    order = list(dict.fromkeys(words))
    table = {w: _WORD_COLOURS[i % len(_WORD_COLOURS)] for i, w in enumerate(order)}
    items = "".join(_item(table[w], w) for w in order[:12])
    return [table[w] for w in words], _legend(column, items)


def _item(colour: str, text: str) -> str:
    return f'<div><i style="background:{colour}"></i>{text}</div>'


def _legend(column: str, items: str) -> str:
    return f'<div class="gp-card gp-legend"><b>{html.escape(title(column))}</b>{items}</div>'


def _legend_numbers(
    column: str, breaks: list[float], known: pd.Series[float], values: pd.Series[float]
) -> str:
    if known.empty:
        return _legend(column, _item(NO_DATA, "无数据"))
    edges = [float(known.min()), *breaks, float(known.max())]
    items = ""
    for at in range(len(breaks) + 1):
        low, high = f"{edges[at]:.4g}", f"{edges[at + 1]:.4g}"
        text = low if low == high else f"{low} – {high}"
        items += _item(RAMP[min(at, len(RAMP) - 1)], text)
    if values.isna().any():
        items += _item(NO_DATA, "无数据")
    return _legend(column, items)


def _tooltip(frame: gpd.GeoDataFrame, wanted: Sequence[str] | None) -> list[str]:
    own = [c for c in frame.columns if c != frame.geometry.name]
    if wanted is None:
        return [str(c) for c in own[:8]]
    for column in wanted:
        if column not in own:
            raise UnknownIdError.among("column", "字段", column, map(str, own))
    return list(wanted)


def _draw(
    chart: OfflineMap, frame: gpd.GeoDataFrame, columns: list[str], colours: list[str]
) -> None:
    line = frame.geom_type.isin(["LineString", "MultiLineString"]).to_numpy()
    styles: list[dict[str, Any]] = [
        {"color": c if is_line else "#5c6b75", "weight": 2.5 if is_line else 0.8,
         "fillColor": c, "fillOpacity": 0.75}
        for c, is_line in zip(colours, line, strict=True)
    ]  # fmt: skip
    add_layer(chart, collection(frame, columns, styles), columns, "图层", radius=4.0)


def add_layer(
    chart: OfflineMap, data: dict[str, Any], columns: list[str], name: str, *,
    show: bool = True, radius: float = 4.0, popup: Sequence[str] = (),
) -> None:  # fmt: skip
    """Add a GeoJSON collection to a map: some columns under the pointer, some at a click."""
    if not data["features"]:
        return
    group = folium.FeatureGroup(name=name, show=show)
    tooltip = folium.GeoJsonTooltip(columns, aliases=[title(c) for c in columns], sticky=True)
    clicked = folium.GeoJsonPopup(list(popup), aliases=[title(c) for c in popup], max_width=360)
    folium.GeoJson(
        data, tooltip=tooltip if columns else None, popup=clicked if popup else None, embed=True,
        marker=folium.CircleMarker(radius=radius, weight=0.8, fill=True),
    ).add_to(group)  # fmt: skip
    group.add_to(chart)
