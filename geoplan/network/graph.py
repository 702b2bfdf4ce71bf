"""The network itself (路网): nodes, edges and their directed costs as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from geoplan.network.raster import StreetRaster
from geoplan.network.segments import SegmentGrid, build_grid

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

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
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_xy)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_uv)

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
    def grid(self) -> SegmentGrid:
        """Index of the street segments that doors snap to: those one can pass in a direction."""
        passable = np.asarray(np.isfinite(self.edge_min).any(axis=1), dtype=bool)
        use = passable[self.vertex_edge]
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
        """
        indptr, head, out_min, in_min = self._arcs
        return indptr, head, (out_min if direction == "from" else in_min)

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
    def _rasters(self) -> list[StreetRaster]:
        return []

    def raster(self, cell_m: float) -> StreetRaster:
        """Nearest street of every grid point at a spacing; the last spacing asked for is kept."""
        if not self._rasters or self._rasters[0].cell_m != cell_m:
            self._rasters[:] = [StreetRaster(self.line_xy, self.grid, self.snap_cap_m, cell_m)]
        return self._rasters[0]

    @cached_property
    def component(self) -> IntArray:
        """Number of the connected piece each node belongs to; 0 is the largest."""
        passable = np.isfinite(self.edge_min).any(axis=1)
        u, v = self.edge_uv[passable, 0], self.edge_uv[passable, 1]
        matrix = sparse.coo_matrix(
            (np.ones(len(u), np.int8), (u, v)), shape=(self.nodes, self.nodes)
        )
        _, label = csgraph.connected_components(matrix, directed=False)
        rank = np.empty(label.max(initial=0) + 1, np.int32)
        rank[np.argsort(-np.bincount(label), kind="stable")] = np.arange(len(rank), dtype=np.int32)
        return np.asarray(rank[label], dtype=np.int32)

    @property
    def connected_share(self) -> float:
        """Share of the nodes in the largest connected piece, 0–1."""
        return float((self.component == 0).mean()) if self.nodes else 0.0


def pointer(group: npt.NDArray[np.integer], groups: int) -> npt.NDArray[np.int64]:
    """Where each group begins in a list sorted by group (CSR pointer)."""
    found = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(group, minlength=groups), out=found[1:])
    return found
