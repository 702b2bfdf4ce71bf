"""Lines cut into segments (线段索引): the nearest place on a line, for many points at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Segments:
    """
    The segments of several lines, in order along each.

    Parameters
    ----------
    start, end
        Coordinates (n, 2), metric.
    owner
        Number of the line each belongs to, ascending.
    along_m
        Plane distance from the start of the line to the segment's start, gaps between the parts
        of a line not counted.
    """

    start: Array
    end: Array
    owner: Array
    along_m: Array

    @cached_property
    def step(self) -> Array:
        """End minus start."""
        return np.asarray(self.end - self.start)

    @cached_property
    def size_m(self) -> Array:
        """Plane length of each segment."""
        return np.hypot(self.step[:, 0], self.step[:, 1])

    @cached_property
    def tree(self) -> shapely.STRtree:
        """One index of all segments."""
        ends = np.stack([self.start, self.end], axis=1)
        return shapely.STRtree(np.asarray(shapely.linestrings(ends), dtype=object))

    def of(self, line: int) -> slice:
        """Return where the segments of one line are."""
        first, last = np.searchsorted(self.owner, [line, line + 1])
        return slice(int(first), int(last))


def cut(lines: Array) -> Segments:
    """
    Cut lines into segments; repeated vertices and lines of zero length give none.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings, metric; missing ones give none.

    Returns
    -------
    segments
    """
    parts, of_line = shapely.get_parts(lines, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    pair = (part[1:] == part[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    start, end, owner = xy[:-1][pair], xy[1:][pair], of_line[part[:-1][pair]]
    size = np.hypot(*(end - start).T) if len(start) else np.zeros(0)
    along = np.cumsum(size) - size
    first = np.searchsorted(owner, owner)  # the first segment of the same line
    return Segments(start, end, owner, along - along[first] if len(first) else along)


def nearest(segments: Segments, xy: Array, line: Array | None = None) -> Array:
    """
    Return the number of the nearest segment of each point.

    Parameters
    ----------
    segments
        From `cut`.
    xy
        Coordinates (n, 2), finite.
    line
        Number of the line to keep to, per point; negative: any. None: any for all.

    Returns
    -------
    segment
        -1 where the line has no segment.
    """
    out = np.full(len(xy), -1, dtype=np.int64)
    line = np.full(len(xy), -1) if line is None else line
    points = np.asarray(shapely.points(xy), dtype=object)
    free = line < 0
    if free.any() and len(segments.owner):
        hit = segments.tree.query_nearest(points[free], all_matches=False)
        out[np.flatnonzero(free)[hit[0]]] = hit[1]
    for own in np.unique(line[~free]):
        span, rows = segments.of(int(own)), np.flatnonzero(line == own)
        if span.start < span.stop:
            tree = shapely.STRtree(segments.tree.geometries[span])
            hit = tree.query_nearest(points[rows], all_matches=False)
            out[rows[hit[0]]] = hit[1] + span.start
    return out


def project(segments: Segments, xy: Array, segment: Array) -> tuple[Array, Array, Array]:
    """
    Project points onto given segments.

    Parameters
    ----------
    segments
        From `cut`.
    xy
        Coordinates (n, 2).
    segment
        From `nearest`, none negative.

    Returns
    -------
    along_m, offset_m, beyond_m
        Plane distance along the line; distance to it, left positive, right negative; how far the
        point lies before the line's start (negative) or behind its end (positive).
    """
    step, size = segments.step[segment], segments.size_m[segment]
    to = xy - segments.start[segment]
    ahead = (to * step).sum(axis=1) / size
    here = np.clip(ahead, 0.0, size)
    foot = segments.start[segment] + step * (here / size)[:, None]
    away = xy - foot
    side = _side(segments, segment, away, ahead)
    beyond = np.where(_is_end(segments, segment, first=True) & (ahead < 0), ahead, 0.0)
    beyond += np.where(_is_end(segments, segment, first=False) & (ahead > size), ahead - size, 0.0)
    return segments.along_m[segment] + here, np.hypot(*away.T) * side, beyond


def _is_end(segments: Segments, segment: Array, *, first: bool) -> Array:
    other = segment - 1 if first else segment + 1
    inside = (other >= 0) & (other < len(segments.owner))
    same = segments.owner[np.where(inside, other, 0)] == segments.owner[segment]
    return np.asarray(~inside | ~same)


def _side(segments: Segments, segment: Array, away: Array, ahead: Array) -> Array:
    """Return +1 left, -1 right; at a bend both of its segments have their say."""
    unit = segments.step / segments.size_m[:, None]
    way = unit[segment].copy()
    for first, at_bend in ((True, ahead <= 0), (False, ahead >= segments.size_m[segment])):
        bend = at_bend & ~_is_end(segments, segment, first=first)
        other = segment[bend] + (-1 if first else 1)
        touching = (
            (segments.end[other] == segments.start[segment[bend]]).all(axis=1) if first
            else (segments.start[other] == segments.end[segment[bend]]).all(axis=1)
        )  # fmt: skip
        way[np.flatnonzero(bend)[touching]] += unit[other[touching]]
    return np.where(way[:, 0] * away[:, 1] - way[:, 1] * away[:, 0] >= 0, 1.0, -1.0)
