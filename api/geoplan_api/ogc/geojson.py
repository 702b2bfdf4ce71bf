"""
GeoJSON, written column by column (要素写出): no object is made for a coordinate or a cell.

All coordinates of one kind of shape are written by one call, rounded to about a millimetre, and
cut where a ring ends; of a column each different value is written once.
"""

from __future__ import annotations

from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Shapes = npt.NDArray[np.object_]

_NULL = b"null"
_NAMES = {
    0: "Point", 1: "LineString", 2: "LineString", 3: "Polygon", 4: "MultiPoint",
    5: "MultiLineString", 6: "MultiPolygon",
}  # fmt: skip
_COLLECTION = 7
_BRACKET = ord("]")


def features(
    ids: Iterable[str], shapes: Shapes | None, frame: pd.DataFrame, *, digits: int = 8,
    swap: bool = False,
) -> list[bytes]:  # fmt: skip
    """
    Return each row as a GeoJSON feature.

    Parameters
    ----------
    ids
        One per row.
    shapes
        x before y; None where a row has none; None for a table.
    frame
        The properties.
    digits
        Decimals kept; zeros at the end are not written.
    swap
        Whether y is written before x.
    """
    placed = geometries(shapes, digits=digits, swap=swap) if shapes is not None else repeat(_NULL)
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":{%b}}' % row
        for row in zip(map(orjson.dumps, ids), placed, properties(frame), strict=False)
    ]


def collection(head: dict[str, Any], some: Sequence[bytes]) -> bytes:
    """Return a feature collection; ``head`` has its other members."""
    start = orjson.dumps({"type": "FeatureCollection", **head})[:-1]
    return b"".join((start, b',"features":[', b",\n".join(some), b"]}"))


def members(more: dict[str, Any]) -> bytes:
    """Return members of an object without its braces."""
    return orjson.dumps(more)[1:-1]


def geometries(shapes: Shapes, *, digits: int = 8, swap: bool = False) -> list[bytes]:
    """Return each shape as a GeoJSON geometry; see `features`."""
    out = np.full(len(shapes), _NULL, dtype=object)
    kinds = shapely.get_type_id(shapes)
    kinds[shapely.is_empty(shapes)] = -1
    for kind in np.unique(kinds[kinds >= 0]).tolist():
        rows = np.flatnonzero(kinds == kind)
        write = _collections if kind == _COLLECTION else _of_kind
        out[rows] = write(shapes[rows], digits, swap)
    return list(out)


def _of_kind(shapes: Shapes, digits: int, swap: bool) -> list[bytes]:  # noqa: FBT001
    if shapely.get_type_id(shapes[0]) == 2:  # noqa: PLR2004  (a ring by itself)
        shapes = np.array([shapely.LineString(shapely.get_coordinates(s)) for s in shapes])
    name = _NAMES[shapely.get_type_id(shapes[0])].encode()
    _, xy, offsets = shapely.to_ragged_array(shapes, include_z=False)
    xy = np.round(xy[:, ::-1] if swap else xy, digits)
    text = orjson.dumps(np.ascontiguousarray(xy), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _BRACKET) + 1
    stops = np.concatenate(([-1], ends))  # pair k is text[stops[k] + 1 : stops[k + 1]]
    if not len(offsets):
        parts = [text[a + 1 : b] for a, b in pairwise(stops.tolist())]
    else:
        cuts = stops[np.asarray(offsets[0])].tolist()
        parts = [b"[%b]" % text[a + 1 : b] for a, b in pairwise(cuts)]
    for level in offsets[1:]:
        cuts = level.tolist()
        parts = [b"[%b]" % b",".join(parts[a:b]) for a, b in pairwise(cuts)]
    head = b'{"type":"%b","coordinates":' % name
    return [b"%b%b}" % (head, part) for part in parts]


def _collections(shapes: Shapes, digits: int, swap: bool) -> list[bytes]:  # noqa: FBT001
    return [
        b'{"type":"GeometryCollection","geometries":[%b]}'
        % b",".join(geometries(shapely.get_parts(shape), digits=digits, swap=swap))
        for shape in shapes
    ]


def properties(frame: pd.DataFrame) -> list[bytes]:
    """Return the cells of each row, named, with commas between them."""
    columns = [
        _cells(orjson.dumps(str(name)) + b":", frame[name]) for name in frame.columns
    ]  # fmt: skip
    if not columns:
        return [b""] * len(frame)
    return list(map(b",".join, zip(*columns, strict=True)))


def _cells(name: bytes, values: pd.Series[Any]) -> list[bytes]:
    if values.dtype == object:  # what no declaration knows: perhaps lists
        words = values.where(values.notna(), None)
        return [name + orjson.dumps(word, default=str) for word in words]
    if pd.api.types.is_float_dtype(values) or pd.api.types.is_integer_dtype(values):
        return _numbers(name, values)
    if pd.api.types.is_datetime64_any_dtype(values):
        codes, days = pd.factorize(values)
        texts = pd.DatetimeIndex(days).strftime("%Y-%m-%d").tolist()
    else:
        codes, found = pd.factorize(values)
        texts = found.tolist()
    table = np.empty(len(texts) + 1, dtype=object)
    table[:-1] = [name + orjson.dumps(text) for text in texts]
    table[-1] = name + _NULL  # the code of a missing one is -1
    out: list[bytes] = table[codes].tolist()
    return out


def _numbers(name: bytes, values: pd.Series[Any]) -> list[bytes]:
    gone = values.isna().to_numpy(dtype=bool)
    if pd.api.types.is_float_dtype(values):
        plain = values.to_numpy(dtype=float, na_value=np.nan)
    else:
        plain = values.to_numpy(dtype=np.int64, na_value=0)
    text = orjson.dumps(np.ascontiguousarray(plain), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    cells = [name + part for part in text.split(b",")] if len(plain) else []
    for at in np.flatnonzero(gone).tolist():
        cells[at] = name + _NULL
    return cells
