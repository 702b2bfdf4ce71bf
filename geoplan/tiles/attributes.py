"""Attributes of a layer as tags (属性): each distinct value once, typed as MVT 2.1 has them."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.boundaries.topology import pointers
from geoplan.tiles import commands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

_STRING, _DOUBLE, _INT, _BOOL = 0x0A, 0x19, 0x20, 0x38
_KEY, _VALUE = 0x1A, 0x22


def varint(number: int) -> bytes:
    """Return a number in base 128, least digits first."""
    out = bytearray()
    while number >= 128:  # noqa: PLR2004
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(tag: int, body: bytes) -> bytes:
    """Return a field with a length."""
    return bytes([tag]) + varint(len(body)) + body


_NONE = type(None)
_PLAIN = {str, int, bool}
_MASKED = (pd.arrays.IntegerArray, pd.arrays.BooleanArray)
_SHORT = 126
_HEADS = [bytes([_VALUE, n + 2, _STRING, n]) for n in range(_SHORT)]
"""What stands before a text of n bytes, where its lengths are one byte each."""


class Attributes:
    """
    The columns of a layer, their values numbered once for all tiles.

    Parameters
    ----------
    columns
        Name -> values by feature, a column or an array: text, numbers, truth values, dates;
        missing ones have no tag.

    Attributes
    ----------
    fields
        Name -> ``String``, ``Number`` or ``Boolean``, as TileJSON names kinds.
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._names = tuple(columns)
        self.fields = {name: _kind(values.dtype) for name, values in columns.items()}
        self._keys = b"".join(field(_KEY, name.encode()) for name in columns)
        codes: list[Array] = []
        words: list[bytes] = []
        for values in columns.values():
            own, distinct = _numbered(values)
            codes.append(np.where(own < 0, -1, own + len(words)).astype(np.int32))
            words += _values(distinct)
        rows = len(codes[0]) if codes else 0
        self._codes = np.column_stack(codes) if codes else np.empty((rows, 0), np.int32)
        self._words = np.frombuffer(b"".join(words), np.uint8)
        self._ptr = pointers([len(w) for w in words])

    def some(self, names: Sequence[str]) -> Attributes:
        """Return some of the columns, their values numbered as they are."""
        out = object.__new__(Attributes)
        out.fields = {name: self.fields[name] for name in names}
        out._names = tuple(names)
        out._keys = b"".join(field(_KEY, name.encode()) for name in names)
        out._codes = np.ascontiguousarray(self._codes[:, [self._names.index(n) for n in names]])
        out._words, out._ptr = self._words, self._ptr
        return out

    def of(self, rows: Array) -> tuple[Array, Array, bytes]:
        """
        Return the tags of some features, where each one's begin, and keys and values as bytes.

        Parameters
        ----------
        rows
            Numbers of features.
        """
        if not self._codes.shape[1]:
            return np.empty(0, np.uint64), np.zeros(len(rows) + 1, np.int64), b""
        tags, ptr, used = commands.tags(self._codes, rows, len(self._ptr) - 1)
        return tags, ptr, self._keys + commands.joined(self._words, self._ptr, used).tobytes()


def _numbered(values: Any) -> tuple[Array, Any]:
    """Return the number of each cell's value, -1 of an empty one, and the values."""
    words = None
    if isinstance(values, np.ndarray) and values.dtype == object:
        words = values.tolist()
    elif isinstance(values, _MASKED):
        words = values.astype(object).tolist()
        words = [None if w is pd.NA else w for w in words] if values.isna().any() else words
    kinds = set(map(type, words or ())) - {_NONE}
    if words is None or len(kinds) > 1 or not kinds <= _PLAIN:
        return pd.factorize(values, use_na_sentinel=True)
    distinct = dict.fromkeys(words)
    distinct.pop(None, None)
    table = {word: number for number, word in enumerate(distinct)} | {None: -1}
    return np.fromiter(map(table.__getitem__, words), np.int32, len(words)), list(distinct)


@lru_cache(maxsize=64)
def _kind(dtype: Any) -> str:
    """Return the kind of a column as TileJSON 3 names it."""
    if pd.api.types.is_bool_dtype(dtype):
        return "Boolean"
    return "Number" if pd.api.types.is_numeric_dtype(dtype) else "String"


def _values(distinct: Any) -> list[bytes]:
    """Return values as messages; short texts, which are nearly all, without a call for each."""
    if not len(distinct):
        return []
    if isinstance(distinct, np.ndarray) and distinct.dtype.kind == "M":
        distinct = pd.DatetimeIndex(distinct)
    found: list[Any] = distinct.tolist() if isinstance(distinct, np.ndarray) else list(distinct)
    kinds = set(map(type, found))
    if kinds != {str}:
        return list(map(_whole if kinds == {int} else _value, found))
    texts = [v.encode() for v in found]
    return [_HEADS[len(t)] + t if len(t) < _SHORT else _text(t) for t in texts]


def _text(text: bytes) -> bytes:
    return field(_VALUE, field(_STRING, text))


@lru_cache(maxsize=4096)
def _whole(value: int) -> bytes:
    return field(_VALUE, bytes([_INT]) + varint(value & 0xFFFF_FFFF_FFFF_FFFF))


def _value(value: Any) -> bytes:
    if isinstance(value, (bool, np.bool_)):
        return field(_VALUE, bytes([_BOOL, int(value)]))
    if isinstance(value, (int, np.integer)):
        return _whole(int(value))
    if isinstance(value, (float, np.floating)):
        return field(_VALUE, bytes([_DOUBLE]) + struct.pack("<d", value))
    if isinstance(value, pd.Timestamp):
        value = value.date().isoformat()
    return _text(str(value).encode())
