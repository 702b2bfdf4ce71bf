"""Bytes of vector tiles (MVT 2.1): compiled loops over the features of one layer."""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit

POINT, LINE, POLYGON = 1, 2, 3
_FEATURE, _ID, _TAGS, _TYPE, _GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22


@jit
def _size(n):
    size = 1
    while n >= 128:
        n >>= np.uint64(7)
        size += 1
    return size


@jit
def _put(out, at, n):
    while n >= 128:
        out[at] = (n & np.uint64(127)) | np.uint64(128)
        at += 1
        n >>= np.uint64(7)
    out[at] = n
    return at + 1


@jit
def _zigzag(n):
    return np.uint64((n << 1) ^ (n >> 63))


@jit
def geometry(kind, xy, part_ptr, feature_ptr):
    """Return the command integers of all features, and where each one's begin."""
    out = np.empty(2 * len(xy) + 3 * len(part_ptr) + len(feature_ptr), np.uint64)
    ptr = np.zeros(len(feature_ptr), np.int64)
    at = 0
    for f in range(len(feature_ptr) - 1):
        px, py = np.int64(0), np.int64(0)
        if kind == POINT:
            first, last = part_ptr[feature_ptr[f]], part_ptr[feature_ptr[f + 1]]
            out[at] = ((last - first) << 3) | 1
            at += 1
            for i in range(first, last):
                out[at], out[at + 1] = _zigzag(xy[i, 0] - px), _zigzag(xy[i, 1] - py)
                px, py = xy[i, 0], xy[i, 1]
                at += 2
            ptr[f + 1] = at
            continue
        for part in range(feature_ptr[f], feature_ptr[f + 1]):
            first, last = part_ptr[part], part_ptr[part + 1]
            if kind == POLYGON:
                last -= 1  # the closing vertex is said by ClosePath
            out[at] = 9
            out[at + 1], out[at + 2] = _zigzag(xy[first, 0] - px), _zigzag(xy[first, 1] - py)
            px, py = xy[first, 0], xy[first, 1]
            out[at + 3] = ((last - first - 1) << 3) | 2
            at += 4
            for i in range(first + 1, last):
                out[at], out[at + 1] = _zigzag(xy[i, 0] - px), _zigzag(xy[i, 1] - py)
                px, py = xy[i, 0], xy[i, 1]
                at += 2
            if kind == POLYGON:
                out[at] = 15
                at += 1
        ptr[f + 1] = at
    return out[:at], ptr


@jit
def _packed(values, ptr):
    sizes = np.zeros(len(ptr) - 1, np.int64)
    for f in range(len(sizes)):
        for i in range(ptr[f], ptr[f + 1]):
            sizes[f] += _size(values[i])
    return sizes


@jit
def features(kind, ids, tags, tag_ptr, commands, command_ptr):
    """Return the bytes of all features of a layer, each with its field number and length."""
    tag_size, command_size = _packed(tags, tag_ptr), _packed(commands, command_ptr)
    inner = np.zeros(len(ids), np.uint64)
    total = 0
    for f in range(len(ids)):
        size = 3 + _size(np.uint64(command_size[f])) + command_size[f]
        size += 1 + _size(ids[f])
        if tag_size[f]:
            size += 1 + _size(np.uint64(tag_size[f])) + tag_size[f]
        inner[f] = size
        total += 1 + _size(inner[f]) + size
    out = np.empty(total, np.uint8)
    at = 0
    for f in range(len(ids)):
        out[at] = _FEATURE
        at = _put(out, at + 1, inner[f])
        out[at] = _ID
        at = _put(out, at + 1, ids[f])
        if tag_size[f]:
            out[at] = _TAGS
            at = _put(out, at + 1, np.uint64(tag_size[f]))
            for i in range(tag_ptr[f], tag_ptr[f + 1]):
                at = _put(out, at, tags[i])
        out[at], out[at + 1], out[at + 2] = _TYPE, kind, _GEOMETRY
        at = _put(out, at + 3, np.uint64(command_size[f]))
        for i in range(command_ptr[f], command_ptr[f + 1]):
            at = _put(out, at, commands[i])
    return out


@jit
def tags(codes, rows, values):
    """
    Return keys and values of some rows as pairs of numbers, where each row begins, and the values.

    ``codes`` has for each row and column the number of its value, -1 where it has none. Values
    are numbered anew, in the order in which they are met.
    """
    width = codes.shape[1]
    size = 1
    while size < 2 * min(values, len(rows) * width) + 2:
        size *= 2
    mask = size - 1
    table = np.full(size, -1, np.int32)
    used = np.empty(min(values, len(rows) * width), np.int32)
    out = np.empty(2 * len(rows) * width, np.uint64)
    ptr = np.zeros(len(rows) + 1, np.int64)
    at = found = 0
    for f in range(len(rows)):
        for column in range(width):
            code = codes[rows[f], column]
            if code < 0:
                continue
            slot = (code * 40503) & mask
            while table[slot] >= 0 and used[table[slot]] != code:
                slot = (slot + 1) & mask
            if table[slot] < 0:
                table[slot] = found
                used[found] = code
                found += 1
            out[at], out[at + 1] = column, table[slot]
            at += 2
        ptr[f + 1] = at
    return out[:at], ptr, used[:found]


@jit
def joined(text, ptr, chosen):
    """Return some pieces of a row of bytes, one behind the other."""
    total = 0
    for k in chosen:
        total += ptr[k + 1] - ptr[k]
    out = np.empty(total, np.uint8)
    at = 0
    for k in chosen:
        for i in range(ptr[k], ptr[k + 1]):
            out[at] = text[i]
            at += 1
    return out
