"""
Vector tiles (矢量瓦片): layers cut, simplified and written as Mapbox Vector Tiles.

>>> from geoplan import tiles
>>> tiles.WEB_MERCATOR.tile_of(113.4, 31.7, zoom=10)
(834, 416)
"""

from __future__ import annotations

from geoplan.tiles.encoder import TileLayer, encode_layer, tile
from geoplan.tiles.grids import CGCS2000, GRIDS, WEB_MERCATOR, TileGrid
from geoplan.tiles.labels import label_points
from geoplan.tiles.layers import layer_of
from geoplan.tiles.pyramid import check_zooms, pyramid

__all__ = [
    "CGCS2000", "GRIDS", "WEB_MERCATOR", "TileGrid", "TileLayer", "check_zooms", "encode_layer",
    "label_points", "layer_of", "pyramid", "tile",
]  # fmt: skip
