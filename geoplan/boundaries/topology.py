"""
Shared edges of a coverage (拓扑：共边、弧段、三交点): every arc once, with its left and right unit.

Vertices are compared on an integer grid, so a shared border matches however its rings are turned,
started or split into parts. Nothing is moved: arcs carry the coordinates they were given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries import edges as _edges
from geoplan.errors import InvalidGeometryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

NOBODY = -1
"""The unit on the side where no unit lies."""
GRID_M = 0.001
GRID_DEGREE = 1e-8
"""Vertices of one cell of this grid are the same place: 1 mm, about 1 mm in degrees."""


@dataclass(frozen=True)
class Topology:
    """
    A coverage as arcs.

    Parameters
    ----------
    xy
        Coordinates of the distinct vertices, shape (v, 2), in the CRS of the units.
    arc_ptr, arc_vertex
        Arc ``k`` runs through ``arc_vertex[arc_ptr[k]:arc_ptr[k + 1]]``; ends included.
    left, right
        Unit number on either side of each arc, `NOBODY` where there is none; the smaller number
        is on the left of a shared arc.
    ring_ptr, ring_arc
        Ring ``r`` runs along the signed arcs ``ring_arc[ring_ptr[r]:ring_ptr[r + 1]]``: ``+k`` is
        arc ``k - 1`` forwards, ``-k`` backwards.
    ring_unit, ring_part, ring_hole
        Unit and part of each ring, and whether it is a hole.
    units
        Number of units given.
    """

    xy: Array
    arc_ptr: Array
    arc_vertex: Array
    left: Array
    right: Array
    ring_ptr: Array
    ring_arc: Array
    ring_unit: Array
    ring_part: Array
    ring_hole: Array
    units: int

    def __len__(self) -> int:
        return len(self.left)

    @cached_property
    def lines(self) -> Array:
        """The arcs as LineStrings, left unit on the left."""
        lines: Array = shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, self.xy[self.arc_vertex], (self.arc_ptr,)
        )
        return lines

    @cached_property
    def ends(self) -> Array:
        """First and last vertex of each arc, shape (arcs, 2)."""
        return np.column_stack(
            [self.arc_vertex[self.arc_ptr[:-1]], self.arc_vertex[self.arc_ptr[1:] - 1]]
        )

    @property
    def shared(self) -> Array:
        """Tell which arcs have a unit on both sides."""
        return np.asarray(self.right != NOBODY)

    def edges(self, arcs: Array) -> tuple[Array, Array]:
        """
        Return the edges of some arcs.

        Parameters
        ----------
        arcs
            Numbers of arcs.

        Returns
        -------
        vertices, arc
            First and last vertex of each edge, shape (n, 2), and the arc it belongs to.
        """
        size = np.diff(self.arc_ptr)[arcs] - 1
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        at = np.repeat(self.arc_ptr[arcs], size) + within
        pairs = np.column_stack([self.arc_vertex[at], self.arc_vertex[at + 1]])
        return pairs, np.repeat(arcs, size)

    def rebuilt(self, lines: Array | None = None) -> Array:
        """
        Put the polygons together again from the arcs.

        Parameters
        ----------
        lines
            Other LineStrings for the arcs, same order and ends (simplified, say).

        Returns
        -------
        polygons
            One Polygon or MultiPolygon per unit; empty where a unit had no usable ring.
        """
        arcs = self.lines if lines is None else lines
        begin = pointers(shapely.get_num_coordinates(arcs))
        *rings, keep = self.rings(shapely.get_coordinates(arcs), begin)
        parts = self.ring_part[keep]
        if not len(parts):
            return np.full(self.units, shapely.Polygon(), dtype=object)
        first = np.flatnonzero(np.r_[True, parts[1:] != parts[:-1]])
        polygons: Array = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, rings[0], (rings[1], np.r_[first, len(parts)])
        )
        owner = self.ring_unit[keep][first]
        out = np.full(self.units, shapely.Polygon(), dtype=object)
        single = np.bincount(owner, minlength=self.units)
        out[owner] = polygons
        for unit in np.flatnonzero(single > 1):
            out[unit] = shapely.multipolygons(polygons[owner == unit])
        return out

    def rings(self, xy: Array, ptr: Array) -> tuple[Array, Array, Array]:
        """
        Put the rings together from the coordinates of the arcs.

        Parameters
        ----------
        xy, ptr
            Arc ``k`` runs through ``xy[ptr[k]:ptr[k + 1]]``; same order and ends as the arcs.

        Returns
        -------
        xy, ptr, ring
            Closed rings likewise, and the number of each; those without a vertex are left out.
        """
        number = np.abs(self.ring_arc) - 1
        steps = np.diff(ptr)[number] - 1
        total = pointers(steps)
        # the vertices of each arc in the ring's direction, without the last of each
        within = np.arange(total[-1]) - np.repeat(total[:-1], steps)
        forward = np.repeat(self.ring_arc > 0, steps)
        at = np.where(
            forward, np.repeat(ptr[number], steps) + within,
            np.repeat(ptr[number + 1] - 1, steps) - within,
        )  # fmt: skip
        ends = total[self.ring_ptr]
        keep = np.flatnonzero(np.diff(ends) > 0)
        starts, stops = ends[keep], ends[keep + 1]
        offset = pointers(stops - starts + 1)
        index = np.empty(offset[-1], np.int64)
        last = offset[1:] - 1
        body = np.ones(len(index), bool)
        body[last] = False
        index[body] = at
        index[last] = at[starts]
        return xy[index], offset, keep


def pointers(counts: Array | Sequence[int]) -> Array:
    """Return where each of some runs begins, and where the last ends."""
    out = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=out[1:])
    return out


def topology(polygons: Array, *, grid: float = GRID_M) -> Topology:
    """
    Cut a coverage into arcs: each shared edge once, with its left and right unit.

    Parameters
    ----------
    polygons
        Polygons and MultiPolygons, one per unit; None and empty ones have no arcs.
    grid
        Vertices within one cell of this size are the same place, in the units of the CRS.

    Returns
    -------
    topology
        Arcs with both sides, rings as signed arcs. The work is linear in the number of vertices.

    Raises
    ------
    InvalidGeometryError
        If a geometry is not a polygon, or a coordinate is not finite.

    Examples
    --------
    >>> import shapely
    >>> two = topology([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> len(two), int(two.shared.sum())
    (3, 1)
    """
    xy, *rings = _rings(np.asarray(polygons, dtype=object))
    return of_rings(xy, *rings, places=places(xy, grid), units=len(polygons))


def places(xy: Array, grid: float) -> tuple[Array, Array]:
    """Return a number for each vertex's cell of a grid, and the first vertex of each number."""
    cell = np.rint(xy / grid)
    ids, first = _edges.vertex_ids(cell[:, 0].astype(np.int64), cell[:, 1].astype(np.int64))
    return ids, first


def of_rings(
    xy: Array, offset: Array, hole: Array, part: Array, unit: Array, *,
    places: tuple[Array, Array], units: int,
) -> Topology:  # fmt: skip
    """
    Cut rings into arcs; see `topology`.

    Parameters
    ----------
    xy, offset
        Ring ``r`` runs through ``xy[offset[r]:offset[r + 1]]``, closed.
    hole, part, unit
        Of each ring: whether it is a hole, its part and its unit; rising.
    places
        The same vertices as `places` numbers them.
    units
        Number of units.

    Returns
    -------
    topology
        As `topology` gives it.
    """
    ids, first = places
    ptr, vertex = _edges.open_rings(ids, offset, xy, hole)
    after = _edges.following(ptr, len(vertex))
    twin, same, degree = _edges.twins(vertex, after, len(first))
    owner = np.repeat(unit, np.diff(ptr)).astype(np.int32)
    arc_ptr, arc_edge, ring_ptr, ring_arc = _edges.arcs(
        ptr, vertex, after, twin, same, degree, owner
    )
    head, tail = arc_edge[arc_ptr[:-1]], arc_edge[arc_ptr[1:] - 1]
    full_ptr = arc_ptr + np.arange(len(arc_ptr))
    path = np.empty(full_ptr[-1], np.int32)
    closing = full_ptr[1:] - 1
    inner = np.ones(len(path), bool)
    inner[closing] = False
    path[inner], path[closing] = vertex[arc_edge], vertex[after[tail]]
    other = twin[head]
    return Topology(
        xy=xy[first], arc_ptr=full_ptr, arc_vertex=path, left=owner[head],
        right=np.where(other >= 0, owner[other], NOBODY),
        ring_ptr=ring_ptr, ring_arc=ring_arc, ring_unit=unit, ring_part=part, ring_hole=hole,
        units=units,
    )  # fmt: skip


def _rings(polygons: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return coordinates, ring offsets, and per ring: hole, part, unit."""
    kinds = shapely.get_type_id(polygons)
    wrong = np.flatnonzero(~np.isin(kinds, (-1, 3, 6)) & ~shapely.is_empty(polygons))
    if len(wrong):
        raise _not_polygons(int(wrong[0]), polygons[wrong[0]])
    usable = np.isin(kinds, (3, 6))
    chosen = polygons.copy()
    chosen[~usable] = None
    parts, unit = shapely.get_parts(chosen, return_index=True)
    filled = ~shapely.is_empty(parts)
    parts, unit = shapely.force_2d(parts[filled]), unit[filled]
    if not len(parts):
        none = np.empty(0, np.int64)
        return np.empty((0, 2)), np.zeros(1, np.int64), none.astype(bool), none, none
    _, xy, (ring_offset, part_offset) = shapely.to_ragged_array(parts)
    if not np.isfinite(xy).all():
        raise _not_finite(int(unit[0]))
    count = np.diff(part_offset)
    hole = np.ones(len(ring_offset) - 1, bool)
    hole[part_offset[:-1]] = False
    return (xy, ring_offset.astype(np.int64), hole, np.repeat(np.arange(len(parts)), count),
            np.repeat(unit, count))  # fmt: skip


def _not_polygons(row: int, geometry: Any) -> InvalidGeometryError:
    kind = shapely.get_type_id(geometry)
    name = shapely.GeometryType(kind).name
    return InvalidGeometryError(
        f"Unit at row {row} is a {name}, not a polygon.",
        zh=f"第 {row} 行的单元是 {name}，不是面。",
        fix="give polygons; make_valid can leave collections: keep their polygon parts",
        fix_zh="请提供面；make_valid 可能产生几何集合，应只保留其中的面",
        row=row,
    )


def _not_finite(row: int) -> InvalidGeometryError:
    return InvalidGeometryError(
        f"Coordinates are not finite (near row {row}).",
        zh=f"坐标不是有限数（第 {row} 行附近）。",
        fix="remove NaN and infinite coordinates; projecting outside the zone makes them",
        fix_zh="删除 NaN 与无穷大坐标；投影到带外会产生它们",
        row=row,
    )
