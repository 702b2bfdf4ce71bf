"""
A layer as one role sees it, at one version (快照): what items, tiles and downloads are made from.

Rows, columns and the roughness of shapes are settled here, before anything is kept, so nothing
that is kept can tell a role more than it may know.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from threading import Lock, RLock, Thread
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan import crs
from geoplan.errors import GeoplanError
from geoplan.storage.current import Span
from geoplan.storage.frames import column_of, shapes_of, undeclared
from geoplan.tiles.labels import points_inside
from geoplan.tiles.simplified import simplified
from geoplan_api.city import no_older
from geoplan_api.columns import Columns, array_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from geoplan.schemas import Column
    from geoplan.storage.shapes import Bounds
    from geoplan_api.city import City
    from geoplan_api.security.access import LayerView

    Array = npt.NDArray[Any]

SMALL_CELL = 10
"""SEC-06: public aggregates do not show fewer persons or households than this."""
ROUGH_DEG = 0.001
"""Public shapes are simplified and rounded to about 100 m; SEC-02 asks for 50 m or more."""
_COUNTED = ("person", "household")
_KEPT = 64
_READS = 8
"""A layer of which so many parts were read at one version is then read whole. [P]"""
_SEPARATOR = "~"
_NODE_DEG = 1e-8
_ROUGH_DECIMALS = 3


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    What one role sees of a layer at one version.

    Parameters
    ----------
    view
        What the role sees.
    version
        Of the layer.
    columns
        The shown rows and columns, without shapes.
    ids
        One text per row, from the layer's key.
    shapes
        Longitude and latitude (EPSG:4490), None where a row has none; None for a table.
    row_versions
        Of the records, where they are kept in the registry.
    """

    view: LayerView
    version: str
    columns: Columns
    ids: Array
    shapes: Array | None
    row_versions: Array | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame, numbered from 0."""
        return self.columns.frame

    def at(self, rows: Array, shapes: Array | None) -> Snapshot:
        """Return some rows, with other shapes; not to be written."""
        return replace(self, columns=self.columns.at(rows), ids=self.ids[rows], shapes=shapes,
                       row_versions=None)  # fmt: skip

    @property
    def key(self) -> str:
        """Text that is the same for two answers only if they are made from the same."""
        return f"{self.version}-{self.view.key}"

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the shapes."""
        return shapely.STRtree([] if self.shapes is None else self.shapes)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self.ids.tolist())}

    def position(self, feature_id: str) -> int | None:
        """Return the row of a feature, or None."""
        return self._places.get(feature_id)

    def shapes_in(self, epsg: int) -> Array:
        """Return the shapes of a layer with geometry in a CRS, x before y; 4490 and CRS84 alike."""
        kept: dict[int, Array] = self.__dict__.setdefault("_projected", {})
        if epsg not in kept:
            kept[epsg] = self._project(epsg)
        return kept[epsg]

    def some_in(self, epsg: int, rows: Array) -> Array:
        """Return the shapes of some rows in a CRS; the others need not be projected for it."""
        kept: dict[int, Array] = self.__dict__.get("_projected", {})
        if epsg in kept or len(rows) == len(self.ids):
            return self.shapes_in(epsg)[rows]
        return self._project(epsg, rows)

    def _project(self, epsg: int, rows: Array | None = None) -> Array:
        shapes = self.shapes if self.shapes is None or rows is None else self.shapes[rows]
        if shapes is None:
            raise TypeError("a table has no shapes")
        if epsg in {4490, 4326}:
            return shapes
        to = _change(epsg)
        out: Array = shapely.transform(
            shapes, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1]))
        )
        return out

    @cached_property
    def _labels(self) -> Snapshot:
        shapes = self.shapes
        if shapes is None:
            raise TypeError("a table has no shapes")
        return self.at(*points_inside(shapes))

    def labels(self) -> Snapshot:
        """Return one point in each polygon, to be labelled once."""
        return self._labels


@lru_cache(maxsize=16)
def _change(epsg: int) -> pyproj.Transformer:
    """Return the way from degrees to a CRS; to find it takes longer than to use it."""
    return pyproj.Transformer.from_crs(crs.GEOGRAPHIC, epsg, always_xy=True)


class Snapshots:
    """The newest snapshot of each layer and view, kept until the layer changes."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._kept: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()
        self._guard, self._making = Lock(), dict[tuple[str, str], RLock]()
        self._parts: dict[tuple[str, str], tuple[str, int]] = {}

    def get(
        self, view: LayerView, *, bbox: Bounds | None = None, key: str | None = None
    ) -> Snapshot:
        """
        Return the newest snapshot of a view.

        Parameters
        ----------
        view
            What the role sees of the layer.
        bbox
            West, south, east, north in degrees: if the whole is not kept and the layer is in the
            registry, only the records near it are read. The answer may hold more than asked.
        key
            Likewise, only the record of a key.
        """
        name = view.layer.name
        at, version = (name, view.key), self._city.version(name)
        found = self._kept_at(at, version)
        if found is not None:
            return found
        part = key is not None or (bbox is not None and bool(view.layer.geometry))
        if part and self._city.in_registry(name):
            self._count(view, version)
            return self._read(view, version, bbox=bbox, key=key)
        with self._guard:
            lock = self._making.setdefault(at, RLock())
        with lock:  # what was read meanwhile by another is as good, if it is no older than asked
            found = self._kept_at(at, version, newer=True)
            if found is None:
                found = self._read(view, self._city.version(name))
                with self._guard:
                    self._kept[at] = found
                    while len(self._kept) > _KEPT:
                        self._kept.popitem(last=False)
        return found

    def page(
        self, view: LayerView, *, after: str | None, offset: int, limit: int
    ) -> tuple[Snapshot, int] | None:
        """
        Return some records by id, and how many are shown in all, without reading the others.

        None if the whole is kept, or this layer cannot be read so.
        """
        name = view.layer.name
        version = self._city.version(name)
        if self._kept_at((name, view.key), version) or not self._city.in_registry(name):
            return None
        span = Span(view.classes, view.shows_silent, after, offset, limit)
        found = self._city.registry.layer(name).page(span)
        if found is None:
            return None
        self._count(view, version)
        return _of_records(view, version, found[0]), found[1]

    def _count(self, view: LayerView, version: str) -> None:
        """Count a reading of a part; after some of one version the whole is read beside them."""
        at = (view.layer.name, view.key)
        with self._guard:
            last, count = self._parts.get(at, ("", 0))
            count = count + 1 if last == version else 1
            self._parts[at] = (version, count)
        if count == _READS:
            Thread(target=self._ahead, args=(view,), name="geoplan-read", daemon=True).start()

    def _ahead(self, view: LayerView) -> None:
        with suppress(GeoplanError):  # said when it is asked for
            self.get(view)

    def _read(
        self, view: LayerView, version: str, *, bbox: Bounds | None = None, key: str | None = None
    ) -> Snapshot:
        city, name = self._city, view.layer.name
        if not city.in_registry(name):
            return _of_file(view, version, city.frame(name))
        return _of_records(view, version, city.registry.layer(name).columns(bbox=bbox, key=key))

    def _kept_at(
        self, at: tuple[str, str], version: str, *, newer: bool = False
    ) -> Snapshot | None:
        with self._guard:
            found = self._kept.get(at)
            if found is None:
                return None
            if found.version != version and not (newer and no_older(found.version, version)):
                return None
            self._kept.move_to_end(at)
            return found

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget all."""
        with self._guard:
            self._kept.clear()


def _of_file(view: LayerView, version: str, frame: pd.DataFrame) -> Snapshot:
    shown = view.rows(frame)
    if not (shown.all() and isinstance(frame.index, pd.RangeIndex)):
        frame = frame.loc[shown].reset_index(drop=True)
    shapes = None
    if view.layer.geometry:
        shapes = np.array(_shapes(frame), dtype=object)
        shapes = rough_shapes(shapes) if view.public else shapes
    columns = Columns.of(shown_columns(view, frame))
    return Snapshot(view, version, columns, ids_of(view, frame), shapes)


def _of_records(view: LayerView, version: str, cells: Mapping[str, Sequence[Any]]) -> Snapshot:
    """Make one of records as they are kept; no column is read before it is asked for."""
    layer, count = view.layer, len(cells["row_version"])
    shown = np.flatnonzero(view.shown(cells["secrecy"] if "secrecy" in cells else [None] * count))
    more = undeclared(cells["extra"]) if view.undeclared else {}
    declared = {c.name: c for c in view.columns if c.name in cells}

    def make(name: str) -> Any:
        if name not in declared:
            return array_of(more[name])[shown]
        values = column_of(cells[name], declared[name], count)[shown]
        return _no_few(values, declared[name]) if view.public else values

    shapes = None
    if layer.geometry:
        wkb = cells["geometry"]
        shapes = shapes_of(wkb if len(shown) == count else [wkb[at] for at in shown.tolist()])
        # a record may be read alone, and must look the same then
        shapes = rough_shapes(shapes, together=False) if view.public else shapes
    numbers = np.array(cells["row_version"], dtype=object)[shown]
    keys = [["" if c is None else str(c) for c in cells[k]] for k in layer.key]
    ids = _joined(keys)[shown]
    return Snapshot(view, version, Columns([*declared, *more], make, len(shown)), ids, shapes,
                    numbers)  # fmt: skip


def _shapes(frame: pd.DataFrame) -> Array:
    if not isinstance(frame, gpd.GeoDataFrame):
        return np.full(len(frame), None, dtype=object)
    placed = frame.geometry
    if placed.crs is not None and placed.crs != crs.GEOGRAPHIC:
        placed = placed.to_crs(crs.GEOGRAPHIC)
    return np.asarray(placed.array, dtype=object)


def shown_columns(view: LayerView, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a frame that a view shows; for everybody small cells are empty."""
    names = [c.name for c in view.columns if c.name in frame.columns]
    if view.undeclared:
        own = {*view.layer.names, "geometry", "row_version", "fid"}
        names += [str(c) for c in frame.columns if c not in own]
    counted = {c.name: c for c in view.columns}
    cells = {name: frame[name].array for name in names}
    if view.public:
        cells = {n: _no_few(v, counted[n]) if n in counted else v for n, v in cells.items()}
    return pd.DataFrame(cells, index=frame.index, copy=False)


def _no_few(values: Any, column: Column) -> Any:
    """Empty the cells of a column that count a few persons or households."""
    if column.unit not in _COUNTED:
        return values
    plain = pd.Series(values)
    return plain.mask(((plain > 0) & (plain < SMALL_CELL)).fillna(value=False)).array


def ids_of(view: LayerView, frame: pd.DataFrame) -> Array:
    """Return the id of each row: the parts of its key, joined; missing ones at the end left out."""
    parts = [_words(frame[name]) for name in view.layer.key if name in frame.columns]
    if not parts:
        return np.array([str(n) for n in range(1, len(frame) + 1)], dtype=object)
    return _joined(parts)


def _joined(parts: list[list[str]]) -> Array:
    if len(parts) == 1:
        return np.array(parts[0], dtype=object)
    joined = [_SEPARATOR.join(row).rstrip(_SEPARATOR) for row in zip(*parts, strict=True)]
    return np.array(joined, dtype=object)


def _words(values: pd.Series[Any]) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    return [str(v) for v in values.astype(object).where(values.notna(), "")]


def rough_shapes(shapes: Array, *, together: bool = True) -> Array:
    """
    Return shapes that show no precise place (SEC-02), neighbours still meeting.

    Parameters
    ----------
    shapes
        Longitude and latitude.
    together
        Simplify neighbours by their shared arcs before their vertices are rounded; else what
        becomes of a shape does not depend on the others, and is more jagged.

    Returns
    -------
    rough
        What is smaller than the roughness has no shape.
    """
    out = np.full(len(shapes), None, dtype=object)
    dimension = shapely.get_dimensions(shapes)
    for kind in (0, 1, 2):
        rows = np.flatnonzero((dimension == kind) & ~shapely.is_empty(shapes))
        drawn = simplified(shapes[rows], ROUGH_DEG, grid=_NODE_DEG) if together else shapes[rows]
        out[rows] = _rounded(drawn)
    out[shapely.is_empty(out)] = None
    return out


def _rounded(shapes: Array) -> Array:
    """Round vertices; what that broke is mended on the same grid."""
    out = shapely.transform(shapes, lambda xy: np.round(xy, _ROUGH_DECIMALS))
    valid = shapely.is_valid(out)  # of a ring that fell together no repeated points can be taken
    good, bad = np.flatnonzero(valid), np.flatnonzero(~valid)
    out[good] = shapely.remove_repeated_points(out[good])
    sound = shapely.make_valid(out[bad], method="structure", keep_collapsed=False)
    out[bad] = shapely.set_precision(sound, ROUGH_DEG)
    return out
