"""Lengths and areas on the ellipsoid (椭球长度、椭球面积, CRS-03, BND-21, BND-22)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from geoplan import crs as _crs

if TYPE_CHECKING:
    import numpy.typing as npt


def ellipsoidal_length_m(lines: Any, crs: Any = None) -> npt.NDArray[np.float64]:
    """
    Length of lines on the ellipsoid, edge by edge as geodesics (BND-22).

    Parameters
    ----------
    lines
        A frame or series of lines with a CRS of any kind, or an array of geometries.
    crs
        CRS of an array; not used for a frame.

    Returns
    -------
    length_m
        One value per row, m; 0 for missing geometry.

    Raises
    ------
    MissingCRSError
        If the lines have no CRS.

    Examples
    --------
    One degree of the equator is a 360th of 2π × 6 378 137 m.

    >>> import shapely
    >>> ellipsoidal_length_m([shapely.LineString([(0, 0), (1, 0)])], "EPSG:4490").round(3).tolist()
    [111319.491]
    """
    return _crs.ellipsoidal_length_m(_series(lines, crs), "lines")


def ellipsoidal_area_m2(polygons: Any, crs: Any = None) -> npt.NDArray[np.float64]:
    """
    Area of polygons on the ellipsoid, holes taken off, edges as geodesics (CRS-03, BND-21).

    Parameters
    ----------
    polygons
        A frame or series of polygons with a CRS of any kind, or an array of geometries.
    crs
        CRS of an array; not used for a frame.

    Returns
    -------
    area_m2
        One value per row, m²; 0 for missing geometry.

    Raises
    ------
    MissingCRSError
        If the polygons have no CRS.

    Examples
    --------
    >>> import shapely
    >>> box = shapely.box(441000, 3508000, 442000, 3509000)
    >>> (ellipsoidal_area_m2([box], "EPSG:4547") / 1e6).round(3).tolist()
    [1.0]
    """
    return _crs.ellipsoidal_area_m2(_series(polygons, crs), "polygons")


def _series(geometries: Any, crs: Any) -> gpd.GeoSeries:
    if isinstance(geometries, gpd.GeoDataFrame | gpd.GeoSeries):
        return geometries.geometry
    return gpd.GeoSeries(np.asarray(geometries, dtype=object), crs=crs)
