"""
GeoJSON, written column by column (要素写出): no object is made for a coordinate or a cell.

All coordinates of one kind of shape are written by one call, rounded to about a millimetre, and
cut where a ring ends; so is a column of text.
"""

from __future__ import annotations

from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Shapes = npt.NDArray[np.object_]

_NULL = b"null"
_NAMES = {
    0: "Point", 1: "LineString", 2: "LineString", 3: "Polygon", 4: "MultiPoint",
    5: "MultiLineString", 6: "MultiPolygon",
}  # fmt: skip
_POLYGON, _COLLECTION = 3, 7
_BRACKET = ord("]")
_NONE = type(None)
_EMPTY, _WRITTEN_EMPTY = "\x00", b'"\\u0000"'


def features(
    ids: Sequence[str], shapes: Shapes | None, columns: Mapping[str, Any], *, digits: int = 8,
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
    columns
        The properties, an array each.
    digits
        Decimals kept; zeros at the end are not written.
    swap
        Whether y is written before x.
    """
    placed = geometries(shapes, digits=digits, swap=swap) if shapes is not None else repeat(_NULL)
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":{%b}}' % row
        for row in zip(_objects(b"", ids), placed, properties(columns, len(ids)), strict=False)
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
    xy, offsets = _ragged(shapes)
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


def _ragged(shapes: Shapes) -> tuple[npt.NDArray[np.float64], Sequence[npt.NDArray[Any]]]:
    """Return the coordinates of shapes of one kind, and where rings, then parts, begin and end."""
    polygons = shapely.get_type_id(shapes[0]) == _POLYGON
    if polygons and not shapely.get_num_interior_rings(shapes).any():  # as most are: at once
        ends = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(shapes))))
        return shapely.get_coordinates(shapes), (ends, np.arange(len(ends)))
    _, xy, offsets = shapely.to_ragged_array(shapes, include_z=False)
    return xy, offsets


def _collections(shapes: Shapes, digits: int, swap: bool) -> list[bytes]:  # noqa: FBT001
    return [
        b'{"type":"GeometryCollection","geometries":[%b]}'
        % b",".join(geometries(shapely.get_parts(shape), digits=digits, swap=swap))
        for shape in shapes
    ]


def properties(columns: Mapping[str, Any], count: int) -> list[bytes]:
    """Return the cells of each row, named, with commas between them."""
    cells = [_cells(orjson.dumps(name) + b":", values) for name, values in columns.items()]
    return list(map(b",".join, zip(*cells, strict=True))) if cells else [b""] * count


def _cells(name: bytes, values: Any) -> list[bytes]:
    if values.dtype == object:
        return _objects(name, values)
    if pd.api.types.is_float_dtype(values) or pd.api.types.is_integer_dtype(values):
        return _numbers(name, values)
    codes, found = pd.factorize(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        found = pd.DatetimeIndex(found).strftime("%Y-%m-%d")
    table = np.empty(len(found) + 1, dtype=object)
    table[:-1] = [name + orjson.dumps(text) for text in found.tolist()]
    table[-1] = name + _NULL  # the code of a missing one is -1
    out: list[bytes] = table[codes].tolist()
    return out


def _objects(name: bytes, values: Any) -> list[bytes]:
    """Write text, and what no declaration knows: perhaps lists."""
    words = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if set(map(type, words)) <= {str, _NONE}:
        written = _texts(name, words)
        if written is not None:
            return written
    return [name + (orjson.dumps(w, default=str) if _there(w) else _NULL) for w in words]


def _texts(name: bytes, words: list[str | None]) -> list[bytes] | None:
    """
    Write text in one call, cut where one ends; None if it cannot be told where.

    Without a quoted quote in them, texts end where quote, comma, quote stand, read from the left;
    only a first text that is a comma looks alike.
    """
    empty = words.count(None)
    text = orjson.dumps([_EMPTY if w is None else w for w in words] if empty else words)[1:-1]
    if not text or b'\\"' in text or words[0] == "," or text.count(_WRITTEN_EMPTY) != empty:
        return None
    cut = text.replace(b'","', b'"\n%b"' % name)  # a line break in a text is written as two letters
    return (name + cut.replace(_WRITTEN_EMPTY, _NULL)).split(b"\n")


def _there(word: Any) -> bool:
    return not (word is None or word is pd.NA or word is pd.NaT or word != word)  # noqa: PLR0124


def _numbers(name: bytes, values: Any) -> list[bytes]:
    gone = np.asarray(pd.isna(values), dtype=bool)
    whole = pd.api.types.is_integer_dtype(values)
    if isinstance(values, pd.api.extensions.ExtensionArray):
        values = values.to_numpy(np.int64 if whole else float, na_value=0 if whole else np.nan)
    plain = np.asarray(values, dtype=np.int64 if whole else float)
    text = orjson.dumps(np.ascontiguousarray(plain), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    cells = (name + text.replace(b",", b"\n" + name)).split(b"\n") if len(plain) else []
    for at in np.flatnonzero(gone).tolist():
        cells[at] = name + _NULL
    return cells
