"""
What a role sees of a layer (按角色读取): rows, columns, and shapes as rough as they must be.

Everything that is kept or sent is made from what is made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.storage.frames import column_of, shapes_of, undeclared
from geoplan.tiles.simplified import simplified
from geoplan_api.columns import Columns, array_of
from geoplan_api.placed import Shapes
from geoplan_api.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from geoplan.schemas import Column
    from geoplan_api.security.access import LayerView

    Array = npt.NDArray[Any]

SMALL_CELL = 10
"""SEC-06: public aggregates do not show fewer persons or households than this."""
ROUGH_DEG = 0.001
"""Public shapes are simplified and rounded to about 100 m; SEC-02 asks for 50 m or more."""
_COUNTED = ("person", "household")
_SEPARATOR = "~"
_NODE_DEG = 1e-8
_ROUGH_DECIMALS = 3


def of_file(view: LayerView, version: str, frame: pd.DataFrame) -> Snapshot:
    """Make a snapshot of a layer that was read from a file."""
    shown = view.rows(frame)
    if not (shown.all() and isinstance(frame.index, pd.RangeIndex)):
        frame = frame.loc[shown].reset_index(drop=True)
    placed = None
    if view.layer.geometry:
        shapes = np.array(_shapes(frame), dtype=object)
        placed = Shapes.of(rough_shapes(shapes) if view.public else shapes)
    columns = Columns.of(shown_columns(view, frame))
    return Snapshot(view, version, columns, ids_of(view, frame), placed)


def of_records(view: LayerView, version: str, cells: Mapping[str, Sequence[Any]]) -> Snapshot:
    """Make one of records as they are kept; no column or shape is read before it is asked for."""
    layer, count = view.layer, len(cells["row_version"])
    shown = np.flatnonzero(view.shown(cells["secrecy"] if "secrecy" in cells else [None] * count))
    more = undeclared(cells["extra"]) if view.undeclared else {}
    declared = {c.name: c for c in view.columns if c.name in cells}

    def make(name: str) -> Any:
        if name not in declared:
            return array_of(more[name])[shown]
        values = column_of(cells[name], declared[name], count)[shown]
        return _no_few(values, declared[name]) if view.public else values

    def shapes(rows: Array) -> Array:
        wkb = cells["geometry"]
        found = shapes_of([wkb[at] for at in shown[rows].tolist()])
        # a record may be read alone, and must look the same then
        return rough_shapes(found, together=False) if view.public else found

    placed = Shapes(shapes, len(shown)) if layer.geometry else None
    numbers = np.array(cells["row_version"], dtype=object)[shown]
    keys = [["" if c is None else str(c) for c in cells[k]] for k in layer.key]
    ids = _joined(keys)[shown]
    return Snapshot(view, version, Columns([*declared, *more], make, len(shown)), ids, placed,
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
