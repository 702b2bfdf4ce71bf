"""
Vector tiles in one file (PMTiles 3): MapLibre and QGIS read it from a plain web server or a disk.

The archive's own writer does the directories; tiles come from `geoplan.tiles`.
"""

from __future__ import annotations

import gzip
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyproj

from geoplan import crs as _crs
from geoplan.errors import EmptyLayerError, InputError, MissingExtraError
from geoplan.io.atomic import replacing
from geoplan.tiles import WEB_MERCATOR, check_zooms, pyramid
from geoplan.tiles.pyramid import bounds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geoplan.tiles import TileLayer

_E7 = 10_000_000


def write_pmtiles(
    layers: Sequence[TileLayer],
    path: str | Path,
    *,
    zooms: range,
    name: str = "",
    on_progress: Callable[[float, str], None] | None = None,
) -> Path:
    """
    Write layers as one archive of vector tiles.

    Parameters
    ----------
    layers
        From `tiles.layer_of`, on the grid `tiles.WEB_MERCATOR`.
    path
        The file to make; an old one is replaced when the new one is whole.
    zooms
        Zooms, ascending; clients enlarge the last one.
    name
        Told in the metadata.
    on_progress
        Called with the share done (0-1) and the zoom.

    Returns
    -------
    path
        The file.

    Raises
    ------
    MissingExtraError
        If the package ``pmtiles`` is not installed.
    EmptyLayerError
        If there are no layers.
    InputError
        If a layer is on another grid, or the zooms cannot be made.
    """
    try:
        from pmtiles.tile import zxy_to_tileid
        from pmtiles.writer import Writer
    except ImportError as error:
        raise MissingExtraError.for_extra("tiles", "PMTiles", "PMTiles 瓦片包") from error
    if not layers:
        raise EmptyLayerError.for_layer("tiles", str(path))
    check_zooms(zooms)
    if any(layer.grid is not WEB_MERCATOR for layer in layers):
        raise _other_grid()
    with replacing(path) as temporary, temporary.open("wb") as file:
        writer = Writer(file)
        with closing(writer.tile_f):  # which the writer leaves open when it is interrupted
            for zoom in zooms:
                if on_progress:
                    on_progress((zoom - zooms.start) / len(zooms), f"z{zoom}")
                made = pyramid(layers, range(zoom, zoom + 1))
                numbered = sorted((zxy_to_tileid(z, x, y), body) for z, x, y, body in made)
                for number, body in numbered:
                    writer.write_tile(number, gzip.compress(body, mtime=0))
            writer.finalize(_header(layers, zooms), _metadata(layers, zooms, name))
    return Path(path)


def _header(layers: Sequence[TileLayer], zooms: range) -> dict[str, Any]:
    from pmtiles.tile import Compression, TileType

    change = pyproj.Transformer.from_crs(WEB_MERCATOR.crs, _crs.GEOGRAPHIC, always_xy=True)
    west, south, east, north = change.transform_bounds(*bounds_of(layers))
    middle = ((west + east) / 2, (south + north) / 2)
    return {
        "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
        "min_zoom": zooms[0], "max_zoom": zooms[-1],
        "min_lon_e7": round(west * _E7), "min_lat_e7": round(south * _E7),
        "max_lon_e7": round(east * _E7), "max_lat_e7": round(north * _E7),
        "center_zoom": zooms[0], "center_lon_e7": round(middle[0] * _E7),
        "center_lat_e7": round(middle[1] * _E7),
    }  # fmt: skip


def _metadata(layers: Sequence[TileLayer], zooms: range, name: str) -> dict[str, Any]:
    return {
        "name": name, "format": "pbf", "attribution": "示意，非法定界线",
        "vector_layers": [
            {"id": layer.name, "fields": layer.attributes.fields, "minzoom": zooms[0],
             "maxzoom": zooms[-1]}
            for layer in layers
        ],
    }  # fmt: skip


def _other_grid() -> InputError:
    return InputError(
        "An archive of tiles has the web's grid only.", zh="瓦片包只支持 WebMercatorQuad。",
        fix="make the layers with grid=tiles.WEB_MERCATOR",
        fix_zh="以 grid=tiles.WEB_MERCATOR 制作图层",
    )  # fmt: skip
