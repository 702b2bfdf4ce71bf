"""Layers made ready for tiles (瓦片图层)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoplan.errors import EmptyLayerError, MissingColumnsError, MissingCRSError
from geoplan.tiles.attributes import Attributes
from geoplan.tiles.encoder import TileLayer
from geoplan.tiles.grids import WEB_MERCATOR, TileGrid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd


def layer_of(
    frame: gpd.GeoDataFrame,
    name: str,
    *,
    columns: Sequence[str] = (),
    grid: TileGrid = WEB_MERCATOR,
) -> TileLayer:
    """
    Make a frame ready for tiles.

    Parameters
    ----------
    frame
        Any geometry, any CRS; rows without geometry are in no tile.
    name
        Of the layer in the tiles.
    columns
        Attributes that go with the shapes: text, numbers, truth values, dates (as ISO text).
    grid
        The grid of the tiles.

    Returns
    -------
    layer
        Ids are the positions of the rows, counted from 1.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    MissingColumnsError
        If a column is absent.
    EmptyLayerError
        If no row has a geometry.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> seat = gpd.GeoDataFrame({"name": ["随州"]}, geometry=[shapely.Point(113.37, 31.72)],
    ...                         crs="EPSG:4490")
    >>> layer = layer_of(seat, "seats", columns=["name"])
    >>> layer.name, layer.ids.tolist()
    ('seats', [1])
    """
    if frame.crs is None:
        raise MissingCRSError.for_layer(name)
    missing = set(columns) - set(frame.columns)
    if missing:
        raise MissingColumnsError.for_layer(name, missing, frame.columns)
    shapes = np.asarray(frame.to_crs(grid.crs).geometry.array, dtype=object)
    if not (shapely.is_geometry(shapes) & ~shapely.is_empty(shapes)).any():
        raise EmptyLayerError.for_layer(name, "no geometry")
    return TileLayer(
        name, shapely.force_2d(shapes), Attributes({c: frame[c] for c in columns}),
        np.arange(1, len(frame) + 1, dtype=np.uint64), grid,
    )  # fmt: skip
