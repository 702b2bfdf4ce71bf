"""Degrees and metres (经纬度与平面坐标): EPSG:4490 to EPSG:4547 and back, for arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from geoplan import crs as _crs

if TYPE_CHECKING:
    import numpy.typing as npt


@lru_cache(maxsize=2)
def _move(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_metres(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn longitude, latitude in degrees (EPSG:4490) into easting, northing (EPSG:4547)."""
    x, y = _move(_crs.GEOGRAPHIC, _crs.METRIC).transform(lonlat[:, 0], lonlat[:, 1])
    return np.column_stack([x, y])


def to_degrees(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn easting, northing (EPSG:4547) into longitude, latitude in degrees (EPSG:4490)."""
    lon, lat = _move(_crs.METRIC, _crs.GEOGRAPHIC).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([lon, lat])


def rounded_degrees(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn metres into degrees with 8 decimals (a millimetre): equal in, equal out."""
    return np.asarray(np.round(to_degrees(xy), 8), dtype=np.float64)
