"""Frames and records (数据框与登记记录): the only part of the store that needs pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.errors import MissingCRSError
from geoplan.schemas.coerce import coerce
from geoplan.storage.current import extra
from geoplan.storage.records import Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geoplan.schemas import Column, Layer
    from geoplan.storage.current import Row

_MULTI = 4  # shapely's number of the first multi-part type
_DTYPES: dict[str, Any] = {
    "str": "str", "set": "str", "int": pd.Int64Dtype(), "float": "float64",
    "bool": pd.BooleanDtype(), "date": "datetime64[s]",
}  # fmt: skip
"""How pandas keeps each declared dtype."""
_NOTHING = {
    kind: np.array([None]) if kind == "str" else pd.array([None], dtype=kind)
    for kind in _DTYPES.values()
}
"""A column of one empty cell, of each."""


def to_frame(rows: Sequence[Row], layer: Layer) -> pd.DataFrame:
    """
    Return records as the frame that reading a file gives, with ``row_version`` last.

    Parameters
    ----------
    rows
        Records of the layer.
    layer
        The declaration.

    Returns
    -------
    frame
        All declared columns with their dtypes, then columns that no declaration knows, then
        ``row_version``; a GeoDataFrame in EPSG:4490 where the layer has a geometry.
    """
    declared = frozenset(layer.names)
    more = sorted({name for row in rows for name in row.cells.keys() - declared})
    columns: dict[str, Any] = {}
    for column in layer.columns:
        cells = [row.cells.get(column.name) for row in rows]
        columns[column.name], _ = coerce(pd.Series(cells, dtype=object), column)
    for name in more:
        columns[name] = pd.Series([row.cells.get(name) for row in rows], dtype=object)
        columns[name] = columns[name].infer_objects()
    columns["row_version"] = pd.Series([row.row_version for row in rows], dtype="Int64")
    frame = pd.DataFrame(columns)
    if not layer.geometry:
        return frame
    shapes = shapely.from_wkb(np.array([row.wkb for row in rows], dtype=object))
    placed: pd.DataFrame = gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(shapes, index=frame.index), crs=crs.GEOGRAPHIC
    )
    return placed


def of_columns(columns: Mapping[str, Sequence[Any]], layer: Layer) -> pd.DataFrame:
    """
    Return the columns of a current-state table as `to_frame` returns its rows.

    Cells were read by their declaration before they were recorded; a column to which another
    program added something else is read by it again.
    """
    count = len(columns["row_version"])
    cells = {
        c.name: _as_text(column_of(columns.get(c.name, ()), c, count)) for c in layer.columns
    }  # fmt: skip
    cells |= undeclared(columns["extra"])
    cells["row_version"] = pd.array(columns["row_version"], dtype="Int64")
    frame = pd.DataFrame(cells, index=pd.RangeIndex(count), copy=False)
    if not layer.geometry:
        return frame
    placed: pd.DataFrame = gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(shapes_of(columns["geometry"])), crs=crs.GEOGRAPHIC
    )
    return placed


def shapes_of(wkb: Sequence[bytes | None]) -> Any:
    """Return shapes of a current-state table, a multi-part one of one part as that part."""
    found = shapely.from_wkb(np.array([*wkb, None], dtype=object)[:-1])
    if shapely.has_z(found).any():  # edited by another program
        found = shapely.force_2d(found)
    alone = (shapely.get_type_id(found) >= _MULTI) & (shapely.get_num_geometries(found) == 1)
    found[alone] = shapely.get_geometry(found[alone], 0)
    return found


def column_of(cells: Sequence[Any], column: Column, count: int) -> Any:
    """Return the cells of a column as an array of its dtype; text as plain objects."""
    kind = _DTYPES[column.dtype]
    if cells.count(None) == len(cells):
        return _NOTHING[kind].take(np.zeros(count, dtype=np.intp))
    if kind == "str":
        return _objects([None if c is None or c == "" else str(c) for c in cells])
    try:
        if column.dtype == "date":
            return np.array([None if c is None else str(c)[:10] or None for c in cells], kind)
        if column.dtype == "bool":
            return pd.array([None if c is None else bool(c) for c in cells], dtype=kind)
        return pd.array(np.array(cells, dtype=float), dtype=kind)
    except (TypeError, ValueError):  # edited by another program
        return coerce(pd.Series(cells, dtype=object), column)[0].array


def _as_text(values: Any) -> Any:
    return pd.array(values, dtype="str") if values.dtype == object else values


def _objects(values: Sequence[Any]) -> Any:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def undeclared(texts: Sequence[str | None]) -> dict[str, Any]:
    """Return the columns that no declaration knows, by name."""
    if not any(texts):
        return {}
    rows = [extra(text) if text else {} for text in texts]
    names = sorted({name for row in rows for name in row})
    return {n: pd.Series([r.get(n) for r in rows], dtype=object).infer_objects() for n in names}


def to_changes(
    frame: pd.DataFrame, layer: Layer, *, seen: int | Sequence[int | None] | None = 0
) -> list[Change]:
    """
    Return the rows of a frame as changes.

    Parameters
    ----------
    frame
        Columns as declared; others are kept beside them. Any CRS; positions are brought to
        EPSG:4490.
    layer
        The declaration.
    seen
        Row version that the changes were made on, for all or for each; see `Change`.

    Returns
    -------
    changes
        In the order of the rows.

    Raises
    ------
    MissingCRSError
        If there are positions and no CRS.
    """
    names = [str(c) for c in frame.columns]
    shapes: Sequence[Any] = [None] * len(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        names.remove(str(frame.geometry.name))
        shapes = _degrees(frame, layer)
    columns = [_cells(frame[name]) for name in names]
    sights = seen if isinstance(seen, list | tuple) else [seen] * len(frame)
    rows = zip(*columns, strict=True) if columns else [()] * len(frame)
    return [
        Change(layer.name, {**dict(zip(names, cells, strict=True)), "geometry": shape}, sight)
        for cells, shape, sight in zip(rows, shapes, sights, strict=True)
    ]


def _degrees(frame: gpd.GeoDataFrame, layer: Layer) -> Sequence[Any]:
    shapes = frame.geometry
    if shapes.isna().all():
        return [None] * len(frame)
    if shapes.crs is None:
        raise MissingCRSError.for_layer(layer.name)
    return list(shapes.to_crs(crs.GEOGRAPHIC).to_numpy())


def _cells(values: pd.Series[Any]) -> list[Any]:
    """Return a column as plain values, None where it is empty; times of day are dropped."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    missing = values.isna().to_numpy(dtype=bool)
    plain = values.astype(object).to_numpy().tolist()
    return [None if gone else v.item() if isinstance(v, np.generic) else v
            for v, gone in zip(plain, missing, strict=True)]  # fmt: skip
