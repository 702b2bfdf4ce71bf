"""
Grids of tiles (瓦片矩阵集): the web's Mercator squares, and the degrees of CGCS2000.

OGC 17-083r4 (Two Dimensional Tile Matrix Set), annex D; the grid in degrees is that of
WorldCRS84Quad with the datum of China's maps, zoom 0 having two tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from geoplan import crs as _crs
from geoplan.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

_RADIUS_M, _EARTH_M = 6_378_137.0, 20_037_508.342789244
_WEB = "EPSG:3857"
MAX_ZOOM = 22


@dataclass(frozen=True, slots=True)
class TileGrid:
    """
    A quad tree of square tiles.

    Parameters
    ----------
    name
        As in URLs.
    crs
        EPSG code of its coordinates.
    west, north
        Origin, in the units of the CRS.
    size
        Width of a tile at zoom 0.
    columns, rows
        Tiles at zoom 0.
    uri
        Of its definition; empty where there is no registered one.
    """

    name: str
    crs: str
    west: float
    north: float
    size: float
    columns: int
    rows: int
    uri: str = ""

    def check(self, zoom: int, x: int, y: int, *, highest: int = MAX_ZOOM) -> None:
        """
        Check that there is such a tile.

        Raises
        ------
        InputError
            If a number is out of range; zooms go to ``highest``.
        """
        power = 2 ** min(max(zoom, 0), MAX_ZOOM)
        most = (highest, self.columns * power - 1, self.rows * power - 1)
        names = (("zoom", "级别"), ("column x", "列号 x"), ("row y", "行号 y"))
        for (name, zh), value, top in zip(names, (zoom, x, y), most, strict=True):
            if not 0 <= value <= top:
                raise InputError(
                    f"There is no {name} {value} in {self.name}.",
                    zh=f"{self.name} 没有{zh} {value}。",
                    fix=f"give 0 to {top}", fix_zh=f"可填 0 至 {top}", value=value,
                )  # fmt: skip

    def width(self, zoom: int) -> float:
        """Return the width of a tile, in the units of the CRS."""
        return float(self.size / 2**zoom)

    def bounds(self, zoom: int, x: int, y: int) -> tuple[float, float, float, float]:
        """
        Return west, south, east, north of a tile, in the units of the CRS.

        Examples
        --------
        >>> WEB_MERCATOR.bounds(0, 0, 0)[2]
        20037508.342789244
        """
        w = self.width(zoom)
        return (self.west + x * w, self.north - (y + 1) * w, self.west + (x + 1) * w,
                self.north - y * w)  # fmt: skip

    def tile_of(self, lon: float, lat: float, *, zoom: int) -> tuple[int, int]:
        """Return column and row of the tile that a place is in."""
        east, north = self.project(lon, lat)
        w = self.width(zoom)
        return int((east - self.west) // w), int((self.north - north) // w)

    def project(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the coordinates of a place in this grid."""
        if self.crs == _crs.GEOGRAPHIC:
            return lon, lat
        east, north = _from_degrees(self.crs).transform(lon, lat)
        return float(east), float(north)

    def projected(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return longitudes and latitudes, a row each, in the CRS of the grid."""
        if self.crs == _crs.GEOGRAPHIC:
            return xy
        if self.crs == _WEB:  # as PROJ has it, without its checks of each position
            lon, lat = np.radians(xy.T)
            return np.column_stack((_RADIUS_M * lon, _RADIUS_M * np.arcsinh(np.tan(lat))))
        return np.column_stack(_from_degrees(self.crs).transform(xy[:, 0], xy[:, 1]))

    def unproject(self, east: float, north: float) -> tuple[float, float]:
        """Return longitude and latitude of a place in this grid."""
        if self.crs == _crs.GEOGRAPHIC:
            return east, north
        lon, lat = _to_degrees(self.crs).transform(east, north)
        return float(lon), float(lat)


@lru_cache(maxsize=8)
def _from_degrees(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_crs.GEOGRAPHIC, crs, always_xy=True)


@lru_cache(maxsize=8)
def _to_degrees(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, _crs.GEOGRAPHIC, always_xy=True)


WEB_MERCATOR = TileGrid(
    "WebMercatorQuad", _WEB, -_EARTH_M, _EARTH_M, 2 * _EARTH_M, 1, 1,
    "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
)  # fmt: skip
CGCS2000 = TileGrid("CGCS2000Quad", "EPSG:4490", -180.0, 90.0, 180.0, 2, 1)
GRIDS = {grid.name: grid for grid in (WEB_MERCATOR, CGCS2000)}
"""Name -> grid."""
