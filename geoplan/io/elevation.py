"""Elevation grids (高程栅格, DEM): GeoTIFF and what else GDAL reads, as heights for slopes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geoplan.errors import (
    InputError,
    MissingCRSError,
    MissingExtraError,
    MissingFileError,
    UnreadableFileError,
)
from geoplan.network import Elevation

if TYPE_CHECKING:
    from os import PathLike

_MOST_CELLS = 400_000_000  # 3.2 GB


def read_elevation(path: str | PathLike[str]) -> Elevation:
    """
    Read an elevation grid for `network.from_roads`.

    Parameters
    ----------
    path
        A raster whose first band holds heights in metres, north up.

    Returns
    -------
    elevation
        Cells without data are NaN.

    Raises
    ------
    MissingExtraError
        If the optional part ``raster`` is not installed.
    MissingFileError, UnreadableFileError
        If there is no such file, or it is no raster.
    MissingCRSError
        If it does not state its CRS.
    InputError
        If it is turned or mirrored, or too large.
    """
    try:
        import rasterio
    except ImportError as error:
        raise MissingExtraError.for_extra("raster", "reading heights", "读取高程") from error
    where = Path(path)
    if not where.exists():
        raise MissingFileError.for_path(where)
    try:
        with rasterio.open(where) as source:
            if source.crs is None:
                raise MissingCRSError.for_layer(where.name)
            grid = source.transform
            if (
                grid.b
                or grid.d
                or grid.a <= 0
                or grid.e >= 0
                or source.width * source.height > _MOST_CELLS
            ):
                raise InputError(
                    f"{where.name}: {source.width} x {source.height} cells, transform {grid[:6]}.",
                    zh=f"{where.name}：{source.width} × {source.height} 个像元，变换 {grid[:6]}。",
                    fix="give a grid with north up, cut to the city, for example with gdalwarp",
                    fix_zh="请提供正北向上、裁剪到本市范围的栅格，例如用 gdalwarp 处理",
                )
            height_m = source.read(1, masked=True).astype(float).filled(np.nan)
            crs = source.crs.to_wkt()
    except rasterio.errors.RasterioIOError as error:
        raise UnreadableFileError.for_file(where, error) from error
    return Elevation(height_m, grid.c, grid.f, grid.a, -grid.e, crs)
