"""
From shapes to the bytes of a tile (瓦片编码), Mapbox Vector Tile 2.1, a whole layer at once.

Candidates by a tree, simplified by shared arcs, clipped, rounded to the tile's grid; polygons that
rounding made invalid are mended on that grid, and what collapsed is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geoplan import crs as _crs
from geoplan.tiles import commands
from geoplan.tiles.attributes import Attributes, field, varint
from geoplan.tiles.simplified import simplified

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from geoplan.tiles.grids import TileGrid

    Array = npt.NDArray[Any]

EXTENT = 4096
BUFFER = 64
TOLERANCE = 4.0
"""Units of the tile's grid: half a pixel of a tile drawn 512 wide."""
_GRID_M, _GRID_DEGREE = 1e-3, 1e-8
_LAYER, _NAME, _EXTENT, _VERSION = 0x1A, 0x0A, 0x28, 0x78


@dataclass(frozen=True, eq=False)
class TileLayer:
    """
    One layer, ready for tiles of one grid.

    Parameters
    ----------
    name
        Of the layer in the tile.
    shapes
        One per feature in the CRS of the grid; None and empty ones are in no tile.
    attributes
        From `Attributes`, same order.
    ids
        Unsigned numbers, unique.
    grid
        The grid.
    """

    name: str
    shapes: Array
    attributes: Attributes
    ids: Array
    grid: TileGrid

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the shapes."""
        return shapely.STRtree(self.shapes)


def tile(layers: Iterable[TileLayer], zoom: int, x: int, y: int, **options: Any) -> bytes:
    """
    Return a tile of several layers.

    Parameters
    ----------
    layers
        All of one grid.
    zoom, x, y
        Which tile.
    **options
        As for `encode_layer`.

    Returns
    -------
    bytes
        Layers without a feature there are left out.

    Raises
    ------
    InputError
        If the grid has no such tile.
    """
    return b"".join(encode_layer(layer, zoom, x, y, **options) for layer in layers)


def encode_layer(
    layer: TileLayer, zoom: int, x: int, y: int, *,
    tolerance: float = TOLERANCE, smallest: float = 0.0, buffer: int = BUFFER,
) -> bytes:  # fmt: skip
    """
    Return one layer of one tile.

    Parameters
    ----------
    layer
        Shapes, attributes and ids.
    zoom, x, y
        Which tile.
    tolerance
        How far a line may be from its vertices, in units of the tile's grid of 4096.
    smallest
        Polygons of less area than this, in squares of that grid, are left out.
    buffer
        How far shapes reach over the edge of the tile, in units of the grid.

    Returns
    -------
    bytes
        Empty where no feature is there.

    Raises
    ------
    InputError
        If the grid has no such tile.

    Examples
    --------
    >>> import numpy as np, pandas as pd, shapely
    >>> from geoplan.tiles.grids import WEB_MERCATOR
    >>> shapes = np.array([shapely.box(0, 0, 1e7, 1e7)])
    >>> layer = TileLayer("units", shapes, Attributes({"name": pd.Series(["甲"])}),
    ...                   np.array([7], np.uint64), WEB_MERCATOR)
    >>> len(encode_layer(layer, 0, 0, 0))
    55
    """
    layer.grid.check(zoom, x, y)
    west, south, east, north = layer.grid.bounds(zoom, x, y)
    unit = (east - west) / EXTENT
    window = (west - buffer * unit, south - buffer * unit, east + buffer * unit,
              north + buffer * unit)  # fmt: skip
    near = np.sort(layer.tree.query(shapely.box(*window)))
    drawn: list[_Drawn] = []
    dimension = shapely.get_dimensions(layer.shapes[near])
    for kind, prepare in enumerate((_points, _lines, _polygons)):
        rows = near[dimension == kind]
        if not len(rows):
            continue
        shapes = layer.shapes[rows]
        grid = _GRID_DEGREE if layer.grid.crs == _crs.GEOGRAPHIC else _GRID_M
        shapes = _clipped(simplified(shapes, tolerance * unit, grid=grid), window)
        shapes = shapely.transform(shapes, lambda xy: (xy - (west, north)) / (unit, -unit))
        xy, part_ptr, feature_ptr, kept = prepare(shapes, smallest)
        if len(kept):
            drawn.append(_Drawn(kind + 1, rows[kept], xy, part_ptr, feature_ptr))
    return _message(layer, drawn) if drawn else b""


class _Drawn(NamedTuple):
    """Features of one kind on the tile's grid: their rows, vertices, parts, parts by feature."""

    kind: int
    rows: Array
    xy: Array
    part_ptr: Array
    feature_ptr: Array


def _clipped(shapes: Array, window: tuple[float, float, float, float]) -> Array:
    """Clip what reaches over the window; most shapes lie inside and stay as they are."""
    box = shapely.bounds(shapes)
    over = (box[:, :2] < window[:2]).any(axis=1) | (box[:, 2:] > window[2:]).any(axis=1)
    out = shapes.copy()
    # a line of zero width around an invalid polygon has no clip: mend it first
    bad = over & ~shapely.is_valid(shapes)
    out[bad] = shapely.make_valid(shapes[bad])
    out[over] = shapely.clip_by_rect(out[over], *window)
    return out


def _points(shapes: Array, _: float) -> tuple[Array, Array, Array, Array]:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    kept, ptr = _grouped(owner)
    whole = np.rint(xy).astype(np.int64)
    return whole, np.arange(len(xy) + 1), ptr, kept


def _lines(shapes: Array, _: float) -> tuple[Array, Array, Array, Array]:
    whole = shapely.remove_repeated_points(shapely.transform(shapes, np.rint))
    parts, owner = shapely.get_parts(whole, return_index=True)
    there = (shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & (
        shapely.length(parts) > 0
    )
    parts, owner = parts[there], owner[there]
    kept, ptr = _grouped(owner)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    return xy.astype(np.int64), _starts(part, len(parts)), ptr, kept


def _polygons(shapes: Array, smallest: float) -> tuple[Array, Array, Array, Array]:
    whole = shapely.transform(shapes, np.rint)
    bad = np.flatnonzero(~shapely.is_valid(whole))
    whole[bad] = _mended(shapes[bad])
    parts, owner = shapely.get_parts(shapely.remove_repeated_points(whole), return_index=True)
    there = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (
        shapely.area(parts) > smallest
    )
    # the tile's y runs down: an outer ring that is counter-clockwise here is clockwise to the eye
    parts, owner = shapely.orient_polygons(parts[there]), owner[there]
    rings, of_part = shapely.get_rings(parts, return_index=True)
    kept, ptr = _grouped(owner[of_part])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    return xy.astype(np.int64), _starts(ring, len(rings)), ptr, kept


def _mended(shapes: Array) -> Array:
    """Round invalid polygons to the grid, their crossings becoming vertices."""
    sound = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    return np.asarray(shapely.set_precision(sound, 1.0))


def _grouped(owner: Array) -> tuple[Array, Array]:
    """Return the distinct owners of sorted entries, and where each one's begin."""
    kept, first = np.unique(owner, return_index=True)
    return kept, np.r_[first, len(owner)]


def _starts(index: Array, count: int) -> Array:
    return np.searchsorted(index, np.arange(count + 1))


def _message(layer: TileLayer, drawn: list[_Drawn]) -> bytes:
    """Return the layer's message: name, features of each kind, keys and values."""
    rows = np.concatenate([d.rows for d in drawn])
    tags, tag_ptr, words = layer.attributes.of(rows)
    body = [bytes([_VERSION, 2]), field(_NAME, layer.name.encode())]
    begin = 0
    for kind, own, xy, part_ptr, feature_ptr in drawn:
        numbers, number_ptr = commands.geometry(kind, xy, part_ptr, feature_ptr)
        ptr = tag_ptr[begin : begin + len(own) + 1]
        written = commands.features(kind, layer.ids[own], tags, ptr, numbers, number_ptr)
        body.append(written.tobytes())
        begin += len(own)
    body += [words, bytes([_EXTENT]) + varint(EXTENT)]
    return field(_LAYER, b"".join(body))
