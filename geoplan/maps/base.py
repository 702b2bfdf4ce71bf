"""What most maps stand on (底图要素): the city's own units, their outlines and names."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import folium

from geoplan import crs
from geoplan.maps.explore import add_layer
from geoplan.maps.features import collection, degrees
from geoplan.schemas.hierarchy import adjoining
from geoplan.tiles import label_points

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.maps.offline import OfflineMap

_EDGES = {
    "county": ("县界（示意）", "#2b3640", 2.2),
    "township": ("乡级界（示意）", "#8a949b", 0.9),
}
_MARGIN = 0.15  # share of the longer side
_ANYWHERE = (112.7, 31.3, 114.2, 32.5)


def own(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the units that have a shape and are the city's own."""
    return units.loc[units.geometry.notna().to_numpy() & ~adjoining(units)]


def bounds_of(*frames: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees of the first frame that has a position."""
    for frame in frames:
        if len(frame) and frame.crs is not None and not frame.geometry.isna().all():
            west, south, east, north = frame.to_crs(crs.GEOGRAPHIC).total_bounds
            return float(west), float(south), float(east), float(north)
    return _ANYWHERE


def with_margin(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return a wider extent, so that nothing stands at the edge."""
    west, south, east, north = bounds
    pad = _MARGIN * max(east - west, north - south)
    return west - pad, south - pad, east + pad, north + pad


def outlines(chart: OfflineMap, units: gpd.GeoDataFrame, level: str = "county") -> None:
    """Draw the edges of the units of a level."""
    rows = units.loc[(units["level"] == level).to_numpy(dtype=bool)]
    if rows.empty:
        return
    name, colour, weight = _EDGES[level]
    edges = rows[["geometry"]].set_geometry(rows.geometry.boundary)
    table = degrees(edges, simplify_m=10.0)
    style = {"color": colour, "weight": weight, "fillOpacity": 0.0}
    add_layer(chart, collection(table, [], [style] * len(table)), [], name)


def labels(chart: OfflineMap, units: gpd.GeoDataFrame) -> None:
    """Write each county's and township's name once, where it certainly lies inside."""
    group = folium.FeatureGroup(name="名称", show=True)
    for level in ("county", "township"):
        rows = units.loc[(units["level"] == level).to_numpy(dtype=bool)]
        points = label_points(rows).to_crs(crs.GEOGRAPHIC)
        for name, point in zip(points["name"], points.geometry, strict=True):
            text = f'<div class="gp-label gp-{level}">{html.escape(str(name))}</div>'
            icon = folium.DivIcon(html=text, icon_size=(0, 0), class_name="")
            folium.Marker([round(point.y, 5), round(point.x, 5)], icon=icon).add_to(group)
    group.add_to(chart)
