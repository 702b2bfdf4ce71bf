"""Map features (地图要素): frames into light, safe GeoJSON with Chinese words."""

from __future__ import annotations

import html
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.schemas import LAYERS
from geoplan.schemas.results import COLUMN_ZH

DIGITS = 5
"""Decimals of a degree on maps: about one metre."""

RAMP = ("#f4efe0", "#cfe0d3", "#9bc9bd", "#56a49c", "#1c7474")
"""Low to high; readable without red and green."""
NO_DATA = "#d8dadc"

_TITLES = {c.name: c.zh for layer in LAYERS.values() for c in layer.columns} | COLUMN_ZH
_WORDS = {
    choice.code: choice.zh
    for layer in LAYERS.values() for column in layer.columns for choice in column.choices
}  # fmt: skip


def title(column: str) -> str:
    """Return the Chinese title of a column."""
    return _TITLES.get(column, column)


def word(value: Any) -> str:
    """Return a cell as escaped text: Chinese words for codes, short numbers."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:,.0f}" if number.is_integer() else f"{number:,.3g}"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    text = str(value)
    parts = [_WORDS.get(p, p) for p in text.split(";")]
    return html.escape("、".join(parts))


def degrees(frame: gpd.GeoDataFrame, simplify_m: float = 0.0) -> gpd.GeoDataFrame:
    """
    Return a frame for the map: rows with a position, CGCS2000 degrees, light geometry.

    Parameters
    ----------
    frame
        Any CRS.
    simplify_m
        How far a line may move, m; 0 keeps every vertex.
    """
    raw = np.asarray(frame.geometry.array, dtype=object)
    out = frame.loc[~shapely.is_missing(raw) & ~shapely.is_empty(raw)]
    if simplify_m > 0 and len(out):
        metric = out.to_crs(crs.metric_of(out))
        shapes = shapely.simplify(np.asarray(metric.geometry.array, dtype=object), simplify_m)
        out = metric.set_geometry(gpd.GeoSeries(shapes, index=metric.index, crs=metric.crs))
    out = out.to_crs(crs.GEOGRAPHIC)
    shapes = np.asarray(out.geometry.array, dtype=object)
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, DIGITS))
    return out.set_geometry(gpd.GeoSeries(rounded, index=out.index, crs=out.crs))


def collection(
    frame: gpd.GeoDataFrame, columns: list[str], styles: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """
    Return a GeoJSON collection whose properties are words ready to show.

    Parameters
    ----------
    frame
        From `degrees`.
    columns
        What a tooltip shows.
    styles
        Style of each feature.

    Returns
    -------
    geojson
        Properties are escaped text, so data cannot put script into the page.
    """
    shapes = shapely.to_geojson(np.asarray(frame.geometry.array, dtype=object))
    cells = {c: [word(v) for v in frame[c]] for c in columns}
    features = []
    for at, shape in enumerate(shapes):
        properties: dict[str, Any] = {c: cells[c][at] for c in columns}
        if styles is not None:
            properties["style"] = styles[at]
        features.append(
            {"type": "Feature", "geometry": json.loads(shape), "properties": properties}
        )
    return {"type": "FeatureCollection", "features": features}


def classes(values: pd.Series[float], breaks: list[float]) -> list[str]:
    """Return a colour of the ramp for each value; grey where it is missing."""
    at = np.digitize(values.to_numpy(dtype=float), breaks)
    return [NO_DATA if pd.isna(v) else RAMP[min(int(i), len(RAMP) - 1)]
            for v, i in zip(values, at, strict=True)]  # fmt: skip
