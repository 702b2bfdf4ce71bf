"""
Coordinate systems (坐标系): CGCS2000, the zone of the data, guards, true lengths and areas.

Distances and buffers are taken in a metric CRS (EPSG:4547 for Suizhou); reported lengths and
areas are ellipsoidal on CGCS2000. A function that measures raises on degrees; nothing is guessed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from geoplan.errors import CRSMismatchError, InputError, MissingCRSError, NotMetricCRSError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

GEOGRAPHIC = "EPSG:4490"
"""CGCS2000 longitude and latitude (2000 国家大地坐标系)."""
METRIC = "EPSG:4547"
"""CGCS2000 3-degree Gauss–Krüger, central meridian 114°E, no zone prefix: Suizhou's zone."""
WEB = "EPSG:4326"

_FIRST_MERIDIAN_DEG, _LAST_MERIDIAN_DEG, _FIRST_ZONE_EPSG = 75, 135, 4534
_CHINA_WEST, _CHINA_EAST, _CHINA_SOUTH, _CHINA_NORTH = 73.0, 136.0, 3.0, 54.5


def require_metric(frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str) -> pyproj.CRS:
    """
    Return the CRS of a frame that will be measured, or raise.

    Parameters
    ----------
    frame
        Any geometry; needs a projected CRS in metres.
    name
        What to call it in the error.

    Returns
    -------
    crs
        The frame's CRS.

    Raises
    ------
    MissingCRSError
        If it has none.
    NotMetricCRSError
        If its unit is not the metre (degrees), or it is Web Mercator, whose metres are 18 % too
        long at Suizhou.
    """
    if frame.crs is None:
        raise MissingCRSError.for_layer(name)
    crs = pyproj.CRS(frame.crs)
    if not is_metric(crs):
        raise NotMetricCRSError.for_layer(name, crs.to_string(), _metric_hint(frame))
    return crs


def is_metric(crs: pyproj.CRS) -> bool:
    """Tell whether a CRS is projected, in metres, and not Web Mercator."""
    metres = all(a.unit_name in {"metre", "meter", "m"} for a in crs.axis_info[:2])
    return bool(crs.is_projected and metres and crs.to_epsg() != 3857)  # noqa: PLR2004


def require_same(a: gpd.GeoDataFrame, b: gpd.GeoDataFrame, name_a: str, name_b: str) -> None:
    """
    Check that two frames share one CRS.

    Raises
    ------
    CRSMismatchError
        If they do not.
    """
    if a.crs != b.crs:
        raise CRSMismatchError.between(name_a, str(a.crs), name_b, str(b.crs))


def metric_for(lon_deg: float, lat_deg: float) -> str:
    """
    Return the metric CRS for a place: its CGCS2000 3-degree zone in China, UTM elsewhere.

    Parameters
    ----------
    lon_deg, lat_deg
        A point in the middle of the data, WGS84 or CGCS2000 degrees.

    Returns
    -------
    crs
        An EPSG string.

    Examples
    --------
    >>> metric_for(113.38, 31.7), metric_for(24.94, 60.17)
    ('EPSG:4547', 'EPSG:32635')
    """
    china = _CHINA_WEST <= lon_deg <= _CHINA_EAST and _CHINA_SOUTH <= lat_deg <= _CHINA_NORTH
    if china:
        meridian = round(lon_deg / 3.0) * 3
        meridian = min(max(meridian, _FIRST_MERIDIAN_DEG), _LAST_MERIDIAN_DEG)
        return f"EPSG:{_FIRST_ZONE_EPSG + (meridian - _FIRST_MERIDIAN_DEG) // 3}"
    zone = min(int((lon_deg + 180.0) // 6.0) + 1, 60)
    return f"EPSG:{(32600 if lat_deg >= 0 else 32700) + zone}"


def metric_of(frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str = "layer") -> str:
    """
    Return the metric CRS that fits where a frame lies.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    InputError
        If it has no geometry to place it by.
    """
    if frame.crs is None:
        raise MissingCRSError.for_layer(name)
    bounds = frame.total_bounds
    if not np.isfinite(bounds).all():
        raise InputError(
            f"Layer {name!r} has no geometry, so its zone cannot be found.",
            zh=f"图层“{name}”没有几何，无法判断投影带。",
            fix='state metric_crs in workspace.toml, for example "EPSG:4547"',
            fix_zh='在 workspace.toml 中写明 metric_crs，例如 "EPSG:4547"',
            layer=name,
        )
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    lon, lat = _transformer(pyproj.CRS(frame.crs).to_wkt(), WEB).transform(x, y)
    return metric_for(float(lon), float(lat))


def to_metric(
    frame: gpd.GeoDataFrame, metric_crs: str | None = None, name: str = "layer"
) -> gpd.GeoDataFrame:
    """
    Project a frame to metres: to ``metric_crs``, or to the zone found from the data.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    if frame.crs is None:
        raise MissingCRSError.for_layer(name)
    return frame.to_crs(metric_crs or metric_of(frame, name))


def _metric_hint(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> str:
    try:
        return metric_of(frame)
    except InputError:
        return METRIC


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=8)
def _geod(crs_wkt: str) -> pyproj.Geod:
    geod = pyproj.CRS(crs_wkt).get_geod()
    return geod or pyproj.Geod(a=6378137.0, rf=298.257222101)


def _geographic(
    frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str
) -> tuple[npt.NDArray[np.object_], pyproj.Geod]:
    if frame.crs is None:
        raise MissingCRSError.for_layer(name)
    crs = pyproj.CRS(frame.crs)
    geometries = np.asarray(frame.geometry.array, dtype=object)
    base = crs.geodetic_crs
    if crs.is_projected and base is not None:
        move = _transformer(crs.to_wkt(), base.to_wkt())
        geometries = shapely.transform(
            geometries, lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
        )
    return geometries, _geod(crs.to_wkt())


def ellipsoidal_area_m2(
    frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str = "layer"
) -> npt.NDArray[np.float64]:
    """
    Area on the ellipsoid, holes taken off, edges as geodesics (CRS-03).

    Parameters
    ----------
    frame
        Polygons in any CRS.
    name
        What to call it in errors.

    Returns
    -------
    area_m2
        One value per row, m²; 0 for missing geometry.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    geometries, geod = _geographic(frame, name)
    return np.array(
        [0.0 if g is None or g.is_empty else _polygon_area_m2(g, geod) for g in geometries]
    )


def _polygon_area_m2(geometry: shapely.Geometry, geod: pyproj.Geod) -> float:
    total = 0.0
    for part in shapely.get_parts(geometry):
        if not isinstance(part, shapely.Polygon):
            continue
        total += abs(geod.geometry_area_perimeter(shapely.Polygon(part.exterior))[0])
        total -= sum(
            abs(geod.geometry_area_perimeter(shapely.Polygon(ring))[0]) for ring in part.interiors
        )
    return total


def ellipsoidal_length_m(
    frame: gpd.GeoDataFrame | gpd.GeoSeries, name: str = "layer"
) -> npt.NDArray[np.float64]:
    """
    Length of lines on the ellipsoid, m; one value per row, 0 for missing geometry.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    geometries, geod = _geographic(frame, name)
    # consecutive vertices of one part: part ids tell where a line ends
    parts, part_row = shapely.get_parts(geometries, return_index=True)
    coords, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1]
    out = np.zeros(len(geometries))
    if same.any():
        a, b = coords[:-1][same], coords[1:][same]
        _, _, length_m = geod.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
        np.add.at(out, part_row[part[:-1][same]], length_m)
    return out


def meridian_convergence_deg(lon_deg: float, lat_deg: float, crs: str = METRIC) -> float:
    """
    Angle from true north to grid north (子午线收敛角), degrees, positive east of the meridian.

    Examples
    --------
    >>> round(meridian_convergence_deg(113.38, 31.7), 4)
    -0.3258
    """
    projection = pyproj.Proj(crs)
    return float(projection.get_factors(lon_deg, lat_deg).meridian_convergence)
