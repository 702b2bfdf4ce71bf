"""The network itself (路网): nodes, edges and their directed costs as flat arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from geoplan.errors import EmptyLayerError, NetworkError
from geoplan.network.checks import one_of
from geoplan.network.costs import edge_minutes
from geoplan.network.raster import StreetRaster
from geoplan.network.segments import SegmentGrid, build_grid

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from geoplan.network.profiles import Profile

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

_OF_STREETS = ("lines", "vertex_edge", "vertex_share", "touching", "streets")  # of all profiles
_HECTARE_M = 100.0
_DENSE_SHARE = 0.1
Direction = Literal["to", "from"]
"""``to``: residents travel to the facility. ``from``: service travels from it to the door."""


@dataclass(frozen=True, eq=False)
class Network:
    """
    A road network ready for search: one topology, one profile's minutes per direction.

    Parameters
    ----------
    crs
        Metric CRS of all coordinates, as an EPSG string.
    profile
        Name of the profile whose minutes these are, for example ``elder_walk``.
    access_speed_m_s
        Walking speed of the straight leg between a door and the nearest street, m/s.
    snap_cap_m
        Longest such leg, m, closed.
    node_xy
        (n, 2) node coordinates, m.
    edge_uv
        (m, 2) end nodes of each edge, int32.
    edge_length_m
        (m,) ellipsoidal lengths.
    edge_min
        (m, 2) minutes from u to v and from v to u; inf where not passable.
    line_xy, line_ptr
        Vertices of all edges, and where each edge's begin: edge e has
        ``line_xy[line_ptr[e]:line_ptr[e + 1]]``.
    road, roads
        (m,) row of the road each edge was cut from, and the attributes of the roads.
    slope_factor
        (m, 2) `tobler` from u to v and from v to u, where slopes are known.
    notes
        What building counted, by name.
    edited
        Whether streets were changed after building; such a network keeps its profile.
    """

    crs: str
    profile: str
    access_speed_m_s: float
    snap_cap_m: float
    node_xy: FloatArray
    edge_uv: IntArray
    edge_length_m: FloatArray
    edge_min: FloatArray
    line_xy: FloatArray
    line_ptr: npt.NDArray[np.int64]
    road: IntArray
    roads: pd.DataFrame
    slope_factor: FloatArray | None = None
    notes: dict[str, int] = field(default_factory=dict)
    edited: bool = False

    def for_profile(self, profile: Profile) -> Network:
        """
        Return the same streets with another profile's minutes; nothing is built again.

        Raises
        ------
        EmptyLayerError
            If no road is passable for the profile.
        NetworkError
            If barriers or new roads were put in: they were so for one profile.
        """
        if self.edited:
            raise NetworkError(
                "This network was edited for one profile.",
                zh="该路网已按一种出行方式做过修改。",
                fix="call for_profile first, then put in the barriers and roads",
                fix_zh="先用 for_profile 选定出行方式，再加障碍和道路",
            )
        minutes = edge_minutes(
            self.roads, self.road, self.edge_length_m, self.slope_factor, profile
        )
        if not np.isfinite(minutes).any():
            raise EmptyLayerError.for_layer("roads")
        other = replace(
            self, profile=profile.name, access_speed_m_s=profile.speed_m_s,
            snap_cap_m=profile.snap_cap_m, edge_min=minutes,
        )  # fmt: skip
        keep: tuple[str, ...] = _OF_STREETS
        if (np.isfinite(minutes) == np.isfinite(self.edge_min)).all():
            keep += ("grid", "component", "passable")
        other.__dict__.update({k: self.__dict__[k] for k in keep if k in self.__dict__})
        return other

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_xy)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_uv)

    @cached_property
    def streets(self) -> str:
        """Digest of nodes and edges: the same for all profiles, another one after every edit."""
        found = hashlib.blake2b(np.ascontiguousarray(self.node_xy).data, digest_size=8)
        found.update(np.ascontiguousarray(self.edge_uv).data)
        return found.hexdigest()

    @cached_property
    def lines(self) -> npt.NDArray[np.object_]:
        """Edge geometries, one LineString each, in `crs`."""
        of_edge = np.repeat(np.arange(self.edges), np.diff(self.line_ptr))
        return np.asarray(shapely.linestrings(self.line_xy, indices=of_edge), dtype=object)

    @cached_property
    def vertex_edge(self) -> IntArray:
        """(v,) edge of every vertex of `line_xy`."""
        return np.repeat(np.arange(self.edges, dtype=np.int32), np.diff(self.line_ptr))

    @cached_property
    def vertex_share(self) -> FloatArray:
        """(v,) position of every vertex along its edge, 0 at u and 1 at v."""
        step = np.hypot(*np.diff(self.line_xy, axis=0, prepend=self.line_xy[:1]).T)
        step[self.line_ptr[:-1]] = 0.0
        run = np.cumsum(step)
        first, last = self.line_ptr[:-1], self.line_ptr[1:] - 1
        length = (run[last] - run[first])[self.vertex_edge]
        along = run - run[first][self.vertex_edge]
        share = np.divide(along, length, out=np.zeros_like(run), where=length > 0)
        share[last] = 1.0
        return np.asarray(share, dtype=np.float64)

    @cached_property
    def passable(self) -> npt.NDArray[np.bool_]:
        """(m,) edges that can be passed in at least one direction."""
        return np.asarray(np.isfinite(self.edge_min).any(axis=1), dtype=bool)

    @cached_property
    def grid(self) -> SegmentGrid:
        """Index of the street segments that doors snap to: those one can pass in a direction."""
        use = self.passable[self.vertex_edge]
        use[self.line_ptr[1:] - 1] = False  # the last vertex of a line starts no segment
        return build_grid(self.line_xy, np.flatnonzero(use).astype(np.int32))

    @cached_property
    def _arcs(self) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        u, v = self.edge_uv[:, 0], self.edge_uv[:, 1]
        tail, head = np.concatenate((u, v)), np.concatenate((v, u))
        out_min = np.concatenate((self.edge_min[:, 0], self.edge_min[:, 1]))
        in_min = np.concatenate((self.edge_min[:, 1], self.edge_min[:, 0]))
        order = np.argsort(tail, kind="stable")
        indptr = np.zeros(self.nodes + 1, np.int32)
        np.cumsum(np.bincount(tail, minlength=self.nodes), out=indptr[1:])
        return indptr, head[order].astype(np.int32), out_min[order], in_min[order]

    def arcs(self, direction: Direction) -> tuple[IntArray, IntArray, FloatArray]:
        """
        CSR arcs for a search that spreads from facilities: ``indptr, head, minutes``.

        Spreading out for ``from``; against the arrows for ``to``.

        Raises
        ------
        InputError
            If the direction is neither.
        """
        one_of("direction", direction, ("to", "from"))
        indptr, head, out_min, in_min = self._arcs
        return indptr, head, (out_min if direction == "from" else in_min)

    @cached_property
    def usual_min(self) -> float:
        """Minutes of four passable edges on average: the width of a bucket of an endless search."""
        known = self.edge_min[np.isfinite(self.edge_min)]
        return max(1e-9, 4.0 * float(known.mean())) if len(known) else 1.0

    @cached_property
    def touching(self) -> tuple[npt.NDArray[np.int64], IntArray]:
        """Edges that touch each node, in CSR form: pointer, edge."""
        ends = self.edge_uv.ravel()
        return pointer(ends, self.nodes), (np.argsort(ends, kind="stable") // 2).astype(np.int32)

    def places(self, edge: IntArray, share: FloatArray) -> FloatArray:
        """
        (k, 2) coordinates of places on edges.

        Parameters
        ----------
        edge, share
            (k,) edge numbers and positions along them, 0 at u and 1 at v.
        """
        along = self.vertex_edge + self.vertex_share
        i = np.searchsorted(along, edge + share, side="right") - 1
        i = np.clip(i, self.line_ptr[edge], self.line_ptr[edge + 1] - 2)
        low, high = self.vertex_share[i], self.vertex_share[i + 1]
        t = np.divide(share - low, high - low, out=np.zeros(len(i)), where=high > low)[:, None]
        return np.asarray(self.line_xy[i] + t * (self.line_xy[i + 1] - self.line_xy[i]))

    @cached_property
    def street_gap_m(self) -> float:
        """
        How far apart passable streets lie where they are dense, m: ground per metre of street.

        By hectares; a tenth of all street metres lie in hectares as dense or denser. 0 for none.
        """
        on = np.flatnonzero(self.passable).astype(np.int32)
        steps = np.ceil(self.edge_length_m[on] / (_HECTARE_M / 2)).astype(int) + 1
        edge = np.repeat(on, steps)
        first = np.repeat(np.cumsum(steps) - steps, steps)
        share = (np.arange(len(edge)) - first + 0.5) / np.repeat(steps, steps)
        square = np.floor(self.places(edge, share) / _HECTARE_M).astype(np.int64)
        _, square_of = np.unique(square[:, 0] * 2**32 + square[:, 1], return_inverse=True)
        length_m = np.sort(np.bincount(square_of, (self.edge_length_m[on] / steps).repeat(steps)))
        dense = np.searchsorted(np.cumsum(length_m[::-1]), _DENSE_SHARE * length_m.sum())
        return _HECTARE_M**2 / max(1.0, float(length_m[::-1][dense])) if len(length_m) else 0.0

    @cached_property
    def _rasters(self) -> list[StreetRaster]:
        return []

    def raster(self, cell_m: float) -> StreetRaster:
        """Nearest street of every grid point at a spacing; the last spacing asked for is kept."""
        if not self._rasters or self._rasters[0].cell_m != cell_m:
            self._rasters[:] = [StreetRaster(self.line_xy, self.grid, self.snap_cap_m, cell_m)]
        return self._rasters[0]

    @cached_property
    def component(self) -> IntArray:
        """Number of the connected piece of each node, 0 the largest; -1 where nobody can pass."""
        u, v = self.edge_uv[self.passable].T
        matrix = sparse.coo_matrix(
            (np.ones(len(u), np.int8), (u, v)), shape=(self.nodes, self.nodes)
        )
        _, label = csgraph.connected_components(matrix, directed=False)
        on = np.zeros(self.nodes, bool)
        on[u], on[v] = True, True
        size = np.bincount(label[on], minlength=label.max(initial=0) + 1)
        rank = np.empty(len(size), np.int32)
        rank[np.argsort(-size, kind="stable")] = np.arange(len(rank), dtype=np.int32)
        return np.where(on, rank[label], -1).astype(np.int32)

    @property
    def connected_share(self) -> float:
        """Share of the passable nodes in the largest connected piece, 0–1."""
        passable = self.component >= 0
        return float((self.component[passable] == 0).mean()) if passable.any() else 0.0


def pointer(group: npt.NDArray[np.integer], groups: int) -> npt.NDArray[np.int64]:
    """Where each group begins in a list sorted by group (CSR pointer)."""
    found = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(group, minlength=groups), out=found[1:])
    return found
