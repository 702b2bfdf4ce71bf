"""
From pieces of lines to polygons (拼环成面): rings by following crossings, shells with their holes.

Every crossing has one piece of a label that ends there and one that starts, so the pieces close
into rings by themselves, whatever windows they come from; nothing is united or repaired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoplan.network.jit import jit

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.service_circles.contour import Pieces


@jit
def _place(slot, keys, key):
    """Where a key stands in a table of open addressing, or the free place for it."""
    mask = slot.size - 1
    h = ((key * 0x1E3779B97F4A7C15) >> 24) & mask
    while slot[h] >= 0 and keys[slot[h]] != key:
        h = (h + 1) & mask
    return h


@jit
def _rings(pieces):
    """Join pieces into closed rings: vertices, where each ring begins, its label, signed area."""
    n = pieces.start.size
    size = 16
    while size < 2 * n:
        size *= 2
    slot = np.full(size, -1, np.int32)
    for i in range(n):
        slot[_place(slot, pieces.start, pieces.start[i])] = i
    out = np.empty((2 * n + pieces.ways.sum(), 2))
    ptr = np.zeros(n + 1, np.int64)
    label, area = np.empty(n, np.int32), np.empty(n)
    seen = np.zeros(n, np.bool_)
    k, at = 0, 0
    for first in range(n):
        if seen[first]:
            continue
        i = first
        while not seen[i]:
            seen[i] = True
            out[at] = pieces.xy[i]
            at += 1
            for w in range(pieces.ways[i]):
                out[at, 0], out[at, 1] = pieces.way[i, 2 * w], pieces.way[i, 2 * w + 1]
                at += 1
            i = slot[_place(slot, pieces.start, pieces.end[i])]
        out[at] = out[ptr[k]]
        at += 1
        label[k] = pieces.label[first]
        a, x0, y0 = 0.0, out[ptr[k], 0], out[ptr[k], 1]
        for p in range(ptr[k], at - 1):
            a += (out[p, 0] - x0) * (out[p + 1, 1] - y0) - (out[p + 1, 0] - x0) * (out[p, 1] - y0)
        area[k] = a / 2.0
        k += 1
        ptr[k] = at
    return out[:at].copy(), ptr[: k + 1].copy(), label[:k].copy(), area[:k].copy()


@jit
def _around(xy, first, last, x, y):
    """Tell whether a closed ring runs around a point."""
    within = False
    for p in range(first, last - 1):
        if (xy[p, 1] > y) != (xy[p + 1, 1] > y) and x < xy[p, 0] + (y - xy[p, 1]) * (
            xy[p + 1, 0] - xy[p, 0]
        ) / (xy[p + 1, 1] - xy[p, 1]):
            within = not within
    return within


@jit
def _shells(xy, ptr, label, area):
    """For every ring its shell: itself where it runs around its area, else the least around it."""
    n = label.size
    shell = np.arange(n)
    box = np.empty((n, 4))
    for k in range(n):
        ring = xy[ptr[k] : ptr[k + 1]]
        box[k, 0], box[k, 1] = ring[:, 0].min(), ring[:, 1].min()
        box[k, 2], box[k, 3] = ring[:, 0].max(), ring[:, 1].max()
    for k in range(n):
        if area[k] > 0.0:
            continue
        x, y, least = xy[ptr[k], 0], xy[ptr[k], 1], np.inf
        for s in range(n):
            if area[s] <= -area[k] or area[s] >= least or label[s] != label[k]:
                continue
            if x < box[s, 0] or x > box[s, 2] or y < box[s, 1] or y > box[s, 3]:
                continue
            if _around(xy, ptr[s], ptr[s + 1], x, y):
                shell[k], least = s, area[s]
    return shell


class Polygons:
    """Collects the rings of many shapes, and makes all MultiPolygons at once."""

    def __init__(self) -> None:
        self._xy: list[npt.NDArray[np.float64]] = []
        self._length: list[npt.NDArray[np.int64]] = []
        self._shape: list[npt.NDArray[np.int64]] = []
        self._shell: list[npt.NDArray[np.int64]] = []
        self._hole: list[npt.NDArray[np.bool_]] = []
        self._rings = 0

    def add(self, pieces: Pieces, shape: int, *, by_label: bool = False) -> None:
        """
        Add the rings of a shape.

        Parameters
        ----------
        pieces
            All of the shape (of one limit).
        shape
            Its number.
        by_label
            Every label is a shape of its own, numbered from ``shape``.
        """
        xy, ptr, label, area = _rings(pieces)
        self._xy.append(xy)
        self._length.append(np.diff(ptr))
        self._shape.append(shape + (label.astype(np.int64) if by_label else 0 * label))
        self._shell.append(_shells(xy, ptr, label, area) + self._rings)
        self._hole.append(area <= 0.0)
        self._rings += len(label)

    def multipolygons(self, shapes: int) -> npt.NDArray[np.object_]:
        """Make one MultiPolygon per shape number below ``shapes``; some may be empty."""
        if not self._rings:
            return np.array([shapely.MultiPolygon()] * shapes, dtype=object)
        shell, hole = np.concatenate(self._shell), np.concatenate(self._hole)
        shape, length = np.concatenate(self._shape), np.concatenate(self._length)
        order = np.lexsort((hole, shell, shape))  # of each shape its shells, each with its holes
        begin = (np.cumsum(length) - length)[order]
        length = length[order]
        to = np.concatenate(([0], np.cumsum(length)))
        take = np.arange(to[-1]) + np.repeat(begin - to[:-1], length)
        starts = np.flatnonzero(~hole[order])  # every polygon starts with its shell
        polygons = np.append(starts, len(order))
        geometries = np.searchsorted(shape[order][starts], np.arange(shapes + 1))
        return np.asarray(
            shapely.from_ragged_array(
                shapely.GeometryType.MULTIPOLYGON, np.concatenate(self._xy)[take],
                (to, polygons, geometries),
            ),
            dtype=object,
        )  # fmt: skip
