"""
Shapes in the store (几何存取): WKB in the versions, GeoPackage blobs and multi-part forms outside.

The canonical shape of a record is two-dimensional little-endian WKB in EPSG:4490, and a
multi-part shape of one part is that part. The current-state tables of one kind of line or area
hold it as multi-part, as GIS programs expect of one column.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan.schemas import Layer

    Boxes = npt.NDArray[np.float64]  # a row each of west, south, east, north

SRID = 4490
Bounds = tuple[float, float, float, float]  # west, south, east, north

_KINDS = ("point", "line", "line", "polygon", "point", "line", "polygon")  # by shapely type id
_MULTIPOINT = 4
_MULTI = {"line": b"\x05", "polygon": b"\x06"}  # WKB type of the multi-part form
_PLAIN = {  # how WKB of one begins, bytes before its positions, how many positions it needs
    "point": (b"\x01\x01\x00\x00\x00", 5, 1), "line": (b"\x01\x02\x00\x00\x00", 9, 2),
}  # fmt: skip
_HEADER = struct.Struct("<2sBBi4d")
_WITH_ENVELOPE = 0b011  # little-endian, envelope of four numbers
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_BYTES_BEFORE_PARTS = 9  # order, type, number of parts


class ShapeError(ValueError):
    """A shape cannot be kept: what is wrong with it, in English and Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.zh = zh


def canonical(
    shapes: Sequence[Any], layer: Layer
) -> tuple[list[bytes | None], Boxes, dict[int, ShapeError]]:
    """
    Return the canonical WKB and the bounds of shapes in EPSG:4490.

    Parameters
    ----------
    shapes
        WKB, shapely geometries or None.
    layer
        Says which kinds it holds and whether a record may have none.

    Returns
    -------
    wkb
        Bytes, None where there is no shape.
    bounds
        West, south, east, north of each; not a number where there is none.
    wrong
        Why a shape cannot be kept, by its place.
    """
    quick = _plain_wkb(shapes, layer)
    if quick is not None:
        return *quick, {}
    given = np.empty(len(shapes), dtype=object)
    given[:] = shapes
    coded = np.array([isinstance(s, bytes | bytearray | memoryview) for s in shapes], bool)
    if coded.any():
        with np.errstate(invalid="ignore"):  # numbers that are none are found below
            given[coded] = shapely.from_wkb(given[coded], on_invalid="ignore")
    broken = coded & shapely.is_missing(given)
    single = (shapely.get_type_id(given) > 3) & (shapely.get_num_geometries(given) == 1)  # noqa: PLR2004
    if single.any():
        given[single] = shapely.get_geometry(given[single], 0)
    if shapely.has_z(given).any():
        given = shapely.force_2d(given)
    finite = _finite(given)
    there = ~(shapely.is_missing(given) | shapely.is_empty(given))
    given[~there] = None
    right = there & np.isin(shapely.get_type_id(given), _types(layer))
    return shapely.to_wkb(given, byte_order=1).tolist(), shapely.bounds(given), {
        int(at): error
        for at in np.flatnonzero(~right)
        if (error := _trouble(given[at], layer, broken=broken[at], finite=finite[at]))
    }  # fmt: skip


def _types(layer: Layer) -> list[int]:
    """Return the shapely types that a layer may hold; points of one kind are single."""
    one_point = layer.geometry == ("point",)
    return [at for at, kind in enumerate(_KINDS)
            if kind in layer.geometry and not (one_point and at == _MULTIPOINT)]  # fmt: skip


def _plain_wkb(shapes: Sequence[Any], layer: Layer) -> tuple[list[bytes | None], Boxes] | None:
    """Return points or lines that are canonical WKB as they are, or none at all; with bounds."""
    if shapes.count(None) == len(shapes) and (not layer.geometry or layer.geometry_optional):
        return [None] * len(shapes), np.full((len(shapes), 4), np.nan)
    kind = layer.geometry[0] if len(layer.geometry) == 1 else ""
    if kind not in _PLAIN or not all(type(s) is bytes for s in shapes):
        return None
    start, before, least = _PLAIN[kind]
    counts = [1] * len(shapes) if kind == "point" else [
        int.from_bytes(s[5:9], "little") for s in shapes
    ]  # fmt: skip
    if min(counts) < least or not all(
        s.startswith(start) and len(s) == before + 16 * n
        for s, n in zip(shapes, counts, strict=True)
    ):
        return None
    xy = np.frombuffer(b"".join([s[before:] for s in shapes]), "<f8").reshape(-1, 2)
    first = np.cumsum([0, *counts[:-1]])
    low, high = np.minimum.reduceat(xy, first), np.maximum.reduceat(xy, first)
    bounds = np.hstack((low, high))
    return (list(shapes), bounds) if np.isfinite(bounds).all() else None


def _finite(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    out = np.ones(len(shapes), bool)
    numbers = np.isfinite(xy)
    if not numbers.all():
        out[owner[~numbers.all(axis=1)]] = False
        shapes[~out] = None
    return out


def _trouble(shape: Any, layer: Layer, *, broken: bool, finite: bool) -> ShapeError | None:
    if broken:
        return ShapeError("it is not WKB", "不是 WKB")
    if not finite:
        return ShapeError("a coordinate is not a number", "坐标不是数值")
    if shape is None:
        if layer.geometry_optional or not layer.geometry:
            return None
        return ShapeError("a position is missing", "缺少几何")
    want = " or ".join(layer.geometry) or "no geometry"
    return ShapeError(f"it must be {want}, found {shape.geom_type}",
                      f"几何应为 {want}，现为 {shape.geom_type}")  # fmt: skip


def column_type(layer: Layer) -> str:
    """Return the geometry type that a layer's current-state column is declared with."""
    if len(layer.geometry) != 1:
        return "Geometry"
    return {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}[
        layer.geometry[0]
    ]


def outward(wkb: Sequence[bytes | None], layer: Layer) -> Sequence[bytes | None]:
    """Return WKB as the current-state table holds it: multi-part where the column is."""
    multi = _MULTI.get(layer.geometry[0]) if len(layer.geometry) == 1 else None
    if multi is None:
        return wkb
    start = b"\x01" + multi + b"\x00\x00\x00\x01\x00\x00\x00"
    return [s if s is None or s[1:2] == multi else start + s for s in wkb]


def inward(wkb: bytes | None) -> bytes | None:
    """Return the canonical form of WKB that a current-state table holds."""
    if wkb is None:
        return None
    one_part = wkb[1:_BYTES_BEFORE_PARTS] in {
        kind + b"\x00\x00\x00\x01\x00\x00\x00" for kind in (b"\x04", b"\x05", b"\x06")
    }
    if wkb[:1] == b"\x01" and wkb[2:5] == b"\x00\x00\x00":  # two-dimensional, little-endian
        return wkb[_BYTES_BEFORE_PARTS:] if one_part else wkb
    shape = shapely.force_2d(shapely.from_wkb(wkb))
    return inward(shapely.to_wkb(shape, byte_order=1))


def to_blobs(wkb: Sequence[bytes | None], bounds: Boxes) -> list[bytes | None]:
    """Return GeoPackage geometries with their envelopes."""
    head = _HEADER.pack
    return [
        None if s is None else head(b"GP", 0, _WITH_ENVELOPE, SRID, west, east, south, north) + s
        for s, (west, south, east, north) in zip(wkb, bounds.tolist(), strict=True)
    ]


def from_blob(blob: bytes | None) -> bytes | None:
    """Return the WKB of a GeoPackage geometry; None for an empty one."""
    if blob is None or blob[3] & 0b10000:
        return None
    return blob[8 + _ENVELOPE_BYTES[(blob[3] >> 1) & 0b111] :]


def from_blobs(blobs: Sequence[bytes | None]) -> list[bytes | None]:
    """Return the WKB of GeoPackage geometries; as `from_blob`, without a call for each."""
    begin = 8 + _ENVELOPE_BYTES[_WITH_ENVELOPE >> 1]
    return [b[begin:] if b is not None and b[3] == _WITH_ENVELOPE else from_blob(b) for b in blobs]


def envelope(blob: bytes | None) -> Bounds | None:
    """Return (west, south, east, north) of a GeoPackage geometry; None for none or an empty one."""
    if blob is None:
        return None
    if blob[3] & 0b1110 and blob[3] & 1:
        west, east, south, north = struct.unpack_from("<4d", blob, 8)
        return west, south, east, north
    wkb = from_blob(blob)
    shape = None if wkb is None else shapely.from_wkb(wkb)
    return None if shape is None or shape.is_empty else shape.bounds
