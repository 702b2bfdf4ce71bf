"""
Layers made ready for tiles, and tiles made (瓦片缓存): kept while the layer is as it was.

Both are made from a snapshot, which has only what its role may see, and are kept by it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import shapely

from geoplan.tiles import WEB_MERCATOR, TileLayer, tile
from geoplan.tiles.attributes import Attributes
from geoplan.tiles.encoder import BUFFER, EXTENT
from geoplan.tiles.pyramid import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan.schemas import Layer
    from geoplan.storage.shapes import Bounds
    from geoplan.tiles import TileGrid
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views

    Array = npt.NDArray[Any]

LABELS = "_labels"
"""What the name of a layer of label points ends with."""
ID = "id"
"""Attribute with the id of the feature, where that is not one column."""
_SPARE = 1.5
_FEW = 8
"""Tiles of one snapshot, after which all of it is made ready for the others. [P]"""
_DIGITS, _HASHED = 15, 1 << 52


@dataclass(slots=True)
class _Ready:
    """The layers of one snapshot, by grid."""

    lock: RLock = field(default_factory=RLock)
    layers: dict[str, list[TileLayer]] = field(default_factory=dict)
    asked: int = 0


class Tiles:
    """
    The tiles of the service.

    Parameters
    ----------
    most_bytes
        How much of finished tiles is kept; the least lately used go first.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._guard = Lock()
        self._ready: WeakKeyDictionary[Snapshot, _Ready] = WeakKeyDictionary()
        self._made: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._bytes = 0

    def get(
        self, views: Views, name: str, grid: TileGrid, at: tuple[int, int, int]
    ) -> tuple[bytes, str]:
        """
        Return a tile of a layer, label points included.

        Parameters
        ----------
        views
            What the one who asks may see.
        name
            Of the layer.
        grid, at
            Zoom, column and row.

        Returns
        -------
        tile, key
            The bytes, empty where nothing is; the key of the snapshot it was made from.
        """
        view = views.view(name)
        key = f"{views.city.version(name)}-{view.key}"
        found = self._kept((name, key, grid.name, at))
        if found is not None:
            return found, key
        box = _around(grid, at)
        snapshot = views.snapshot(name, bbox=box)
        body = tile(self._some(snapshot, grid, box), *at, smallest=SMALLEST)
        self._keep((name, snapshot.key, grid.name, at), body)
        return body, snapshot.key

    def _some(self, snapshot: Snapshot, grid: TileGrid, box: Bounds) -> list[TileLayer]:
        """Return what a tile needs: for the first tiles of a snapshot only what is near."""
        with self._guard:
            ready = self._ready.setdefault(snapshot, _Ready())
            ready.asked += 1
            if ready.asked > _FEW or grid.name in ready.layers:
                near = None
            else:
                near = snapshot.meeting(box)
        if near is None or snapshot.shapes is None or 2 * len(near) > len(snapshot.ids):
            return self.layers(snapshot, grid)
        return _layers(snapshot.at(near, snapshot.shapes[near]), grid)

    def layers(self, snapshot: Snapshot, grid: TileGrid) -> list[TileLayer]:
        """Return a snapshot's layer, and its label points if it has polygons, for a grid."""
        with self._guard:
            ready = self._ready.setdefault(snapshot, _Ready())
        with ready.lock:
            if grid.name not in ready.layers:
                ready.layers[grid.name] = _layers(snapshot, grid)
            return ready.layers[grid.name]

    def _kept(self, at: tuple[object, ...]) -> bytes | None:
        with self._guard:
            found = self._made.get(at)
            if found is not None:
                self._made.move_to_end(at)
            return found

    def _keep(self, at: tuple[object, ...], body: bytes) -> None:
        with self._guard:
            self._bytes += len(body) - len(self._made.pop(at, b""))
            self._made[at] = body
            while self._bytes > self._most or len(self._made) > self._most // 512:
                self._bytes -= len(self._made.popitem(last=False)[1])


def prepare() -> None:
    """Compile the loops of the encoder, which takes seconds where no compiled ones are kept."""
    square = shapely.box(0.0, 0.0, 1e6, 1e6)
    shapes = np.array([square, square.exterior, square.centroid, square.buffer(9.0)], dtype=object)
    layer = TileLayer("none", shapes, Attributes({ID: pd.Series(["1", "2", "3", "4"])}),
                      np.arange(4, dtype=np.uint64), WEB_MERCATOR)  # fmt: skip
    tile([layer], 4, 8, 7)


def _around(grid: TileGrid, at: tuple[int, int, int]) -> Bounds:
    """Return the box in degrees that holds all that reaches into a tile with its margin."""
    west, south, east, north = grid.bounds(*at)
    more = _SPARE * (east - west) * BUFFER / EXTENT
    low, high = (grid.unproject(*c) for c in ((west - more, south - more),
                                              (east + more, north + more)))  # fmt: skip
    return (*low, *high)


def key_column(layer: Layer) -> str:
    """Return the attribute of a layer's tiles that holds the id of the feature."""
    return layer.key[0] if len(layer.key) == 1 else ID


def _layers(snapshot: Snapshot, grid: TileGrid) -> list[TileLayer]:
    layer = snapshot.view.layer
    names = snapshot.columns.names
    drawn = _layer(snapshot, layer.name, grid, names)
    if "polygon" not in layer.geometry or layer.label not in names:
        return [drawn]
    said = {layer.label, *layer.key, *(c.name for c in layer.columns if c.choices)}
    columns = [c for c in names if c in said]
    labels, name = _polygons(snapshot).labels(), f"{layer.name}{LABELS}"
    if len(labels.ids) < len(drawn.ids):
        return [drawn, _layer(labels, name, grid, columns)]
    own = key_column(layer)
    some = drawn.attributes.some(columns if own in columns else [own, *columns])
    return [drawn, TileLayer(name, _shapes(labels), some, drawn.ids, grid, degrees=True)]


def _polygons(snapshot: Snapshot) -> Snapshot:
    """Return the rows whose shape is a polygon: points and lines are labelled themselves."""
    rows = np.flatnonzero(shapely.get_dimensions(snapshot.shapes) == 2)  # noqa: PLR2004
    if snapshot.shapes is None or len(rows) == len(snapshot.shapes):
        return snapshot
    return snapshot.at(rows, snapshot.shapes[rows])


def _layer(snapshot: Snapshot, name: str, grid: TileGrid, columns: Sequence[str]) -> TileLayer:
    values: dict[str, Any] = {c: snapshot.columns[c] for c in columns}
    own = key_column(snapshot.view.layer)
    if own not in values:
        values = {own: snapshot.ids, **values}
    numbers = _numbers(snapshot.ids)
    return TileLayer(name, _shapes(snapshot), Attributes(values), numbers, grid, degrees=True)


def _shapes(snapshot: Snapshot) -> Array:
    if snapshot.shapes is None:
        raise TypeError("a table has no shapes")
    return snapshot.shapes


def _numbers(ids: Array) -> Array:
    """
    Return a number for each id that stays with it, whatever else the layer holds.

    A code of up to 15 digits is its own number; other ids give a hash that a double can hold.
    """
    hashed = pd.util.hash_array(ids, categorize=False) % _HASHED + _HASHED
    plain = [i.isdecimal() and i.isascii() and len(i) <= _DIGITS and i[0] != "0" for i in ids]
    out = np.asarray(hashed, dtype=np.uint64)
    out[plain] = [int(i) for i in ids[plain]]
    return out
