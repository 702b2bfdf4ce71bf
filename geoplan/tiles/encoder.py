"""
From shapes to the bytes of a tile (瓦片编码), Mapbox Vector Tile 2.1, a whole layer at once.

Candidates by their boxes; simplified by shared arcs, clipped, rounded to the tile's grid in
compiled loops over flat arrays. Polygons with holes or parts, and those that rounding made
invalid, go by GEOS and are mended on that grid. What collapsed is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.topology import pointers
from geoplan.tiles import commands, cutting
from geoplan.tiles.attributes import Attributes, field, varint
from geoplan.tiles.flat import LINES, POINTS, POLYGONS, Flat, flat
from geoplan.tiles.simplified import simplified_rings

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
        One per feature; None and empty ones are in no tile.
    attributes
        From `Attributes`, same order.
    ids
        Unsigned numbers, unique.
    grid
        The grid.
    degrees
        Whether the shapes are in longitude and latitude (EPSG:4490), not in the CRS of the grid.
    """

    name: str
    shapes: Array
    attributes: Attributes
    ids: Array
    grid: TileGrid
    degrees: bool = False

    @cached_property
    def boxes(self) -> Array:
        """West, south, east, north of each shape in the grid's CRS; NaN where there is none."""
        out = np.full((len(self.shapes), 4), np.nan)
        for kind, own in enumerate(self.flat):
            out[self.kinds == kind] = own.boxes()
        return out

    @cached_property
    def kinds(self) -> Array:
        """Dimension of each shape, -1 where there is none."""
        return np.asarray(shapely.get_dimensions(self.shapes))

    @cached_property
    def flat(self) -> tuple[Flat, Flat, Flat]:
        """Points, lines and polygons as flat arrays."""
        made = [flat(self.shapes[self.kinds == kind]) for kind in (POINTS, LINES, POLYGONS)]
        if self.degrees:
            made = [own._replace(xy=self.grid.projected(own.xy)) for own in made]
        one, two, three = made
        return one, two, three

    @cached_property
    def places(self) -> Array:
        """Where each feature is among those of its kind."""
        out = np.zeros(len(self.shapes), np.int64)
        for kind in (POINTS, LINES, POLYGONS):
            rows = np.flatnonzero(self.kinds == kind)
            out[rows] = np.arange(len(rows))
        return out


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
    more = buffer * unit
    low, high = layer.boxes[:, :2], layer.boxes[:, 2:]
    near = np.flatnonzero((high[:, 0] >= west - more) & (high[:, 1] >= south - more)
                          & (low[:, 0] <= east + more) & (low[:, 1] <= north + more))  # fmt: skip
    cut = _Cut((west, north, unit, float(-buffer), float(EXTENT + buffer)), tolerance * unit,
               smallest)  # fmt: skip
    drawn: list[_Drawn] = []
    kinds = layer.kinds[near]
    for kind, prepare in ((POINTS, _points), (LINES, _lines), (POLYGONS, _polygons)):
        rows = near[kinds == kind]
        if len(rows):
            found = prepare(layer, rows, cut)
            drawn += [found] if len(found.rows) else []
    return _message(layer, drawn) if drawn else b""


class _Cut(NamedTuple):
    """What is cut: the window as in `cutting`, tolerance in the grid's units, smallest area."""

    window: cutting.Window
    tolerance: float
    smallest: float


class _Drawn(NamedTuple):
    """Features of one kind on the tile's grid: their rows, vertices, parts, parts by feature."""

    kind: int
    rows: Array
    xy: Array
    part_ptr: Array
    feature_ptr: Array


def _points(layer: TileLayer, rows: Array, cut: _Cut) -> _Drawn:
    own = layer.flat[POINTS].of(layer.places[rows])
    *found, kept = cutting.points(own.xy, own.feature_ptr, cut.window)
    return _Drawn(commands.POINT, rows[kept], *found)


def _lines(layer: TileLayer, rows: Array, cut: _Cut) -> _Drawn:
    xy, part_ptr, feature_ptr, _ = layer.flat[LINES].of(layer.places[rows])
    if cut.tolerance > 0:
        stay = cutting.thinned(xy, part_ptr, np.full(len(part_ptr) - 1, cut.tolerance))
        xy, part_ptr = xy[stay], pointers(stay)[part_ptr]
    *found, kept = cutting.lines(xy, part_ptr, feature_ptr, cut.window)
    return _Drawn(commands.LINE, rows[kept], *found)


def _polygons(layer: TileLayer, rows: Array, cut: _Cut) -> _Drawn:
    own = layer.flat[POLYGONS].of(layer.places[rows])
    if cut.tolerance > 0:
        own = _thinner(own, cut.tolerance, layer.grid)
    xy, part_ptr, state = cutting.rings(own.xy, own.part_ptr, own.feature_ptr, cut.window,
                                        cut.smallest)  # fmt: skip
    easy = _Drawn(commands.POLYGON, rows[state == cutting.DONE], xy, part_ptr,
                  np.arange(len(part_ptr)))  # fmt: skip
    hard = np.flatnonzero(state == cutting.HARD)
    if not len(hard):
        return easy
    return _ordered(easy, _by_shapes(own.of(hard).polygons(), rows[hard], cut))


def _thinner(own: Flat, tolerance: float, grid: TileGrid) -> Flat:
    """Simplify polygons; a ring that was a point from the start is left out."""
    unit = np.repeat(np.arange(len(own.feature_ptr) - 1), np.diff(own.feature_ptr))
    size = _GRID_DEGREE if grid.crs == _crs.GEOGRAPHIC else _GRID_M
    xy, ptr, ring = simplified_rings(own.xy, own.part_ptr, own.hole, unit, tolerance, grid=size)
    count = np.bincount(unit[ring], minlength=len(own.feature_ptr) - 1)
    return Flat(xy, ptr, pointers(count), own.hole[ring])


def _by_shapes(shapes: Array, rows: Array, cut: _Cut) -> _Drawn:
    """Cut and round polygons with holes, parts or crossings, and mend what that breaks."""
    west, north, unit, low, high = cut.window
    shapes = shapely.transform(shapes, lambda xy: (xy - (west, north)) / (unit, -unit))
    shapes = _clipped(shapes, low, high)
    whole = shapely.transform(shapes, np.rint)
    bad = np.flatnonzero(~shapely.is_valid(whole))
    whole[bad] = _mended(shapes[bad])
    parts, owner = shapely.get_parts(shapely.remove_repeated_points(whole), return_index=True)
    there = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (
        shapely.area(parts) > cut.smallest
    )
    # the tile's y runs down: an outer ring that is counter-clockwise here is clockwise to the eye
    parts, owner = shapely.orient_polygons(parts[there]), owner[there]
    kept, first = np.unique(owner, return_index=True)
    edges, of_part = shapely.get_rings(parts, return_index=True)
    xy, edge = shapely.get_coordinates(edges, return_index=True)
    return _Drawn(
        commands.POLYGON, rows[kept], xy.astype(np.int64),
        np.searchsorted(edge, np.arange(len(edges) + 1)),
        np.r_[np.searchsorted(of_part, first), len(edges)],
    )  # fmt: skip


def _ordered(one: _Drawn, two: _Drawn) -> _Drawn:
    """Return the features of both by their rows: what lies above in the layer is drawn above."""
    rows = np.r_[one.rows, two.rows]
    order = np.argsort(rows)
    parts = np.r_[one.part_ptr, two.part_ptr[1:] + one.part_ptr[-1]]
    features = np.r_[one.feature_ptr, two.feature_ptr[1:] + one.feature_ptr[-1]]
    xy, part_ptr, feature_ptr = cutting.gather(np.vstack([one.xy, two.xy]), parts, features, order)
    return _Drawn(one.kind, rows[order], xy, part_ptr, feature_ptr)


def _clipped(shapes: Array, low: float, high: float) -> Array:
    """Clip what reaches over the window; most shapes lie inside and stay as they are."""
    box = shapely.bounds(shapes)
    over = (box[:, :2] < low).any(axis=1) | (box[:, 2:] > high).any(axis=1)
    out = shapes.copy()
    # a line of zero width around an invalid polygon has no clip: mend it first
    bad = over & ~shapely.is_valid(shapes)
    out[bad] = shapely.make_valid(shapes[bad])
    out[over] = shapely.clip_by_rect(out[over], low, low, high, high)
    return out


def _mended(shapes: Array) -> Array:
    """Round invalid polygons to the grid, their crossings becoming vertices."""
    sound = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    return np.asarray(shapely.set_precision(sound, 1.0))


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
