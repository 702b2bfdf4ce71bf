"""
Units that were moved as a whole (整体偏移): the same border, some way off.

The loose edges of a displaced unit are those of its neighbours, shifted. Each pair of alike edges
votes for a shift; map services in GCJ-02 (火星坐标) give themselves away by theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
from scipy.spatial import cKDTree

from geoplan import datum as _datum
from geoplan.boundaries.loose_edges import loose_segments

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.boundaries.topology import Topology

    Array = npt.NDArray[Any]

_LOOSE_SHARE = 0.5  # of a unit's border, before it can be displaced
_VOTES_SHARE = 0.3  # of its loose edges that agree on one shift
_LEAST_VOTES = 3
_CELL_M = 4.0  # votes within this count together
_ALIKE = 2e-3  # edges differ by at most this share of their length
_LEAST_SHIFT_M = 0.01
_CANDIDATES = 40
_GCJ_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Displacement:
    """One unit, the shift that brings it back to its neighbours (m), and what it looks like."""

    unit: int
    dx_m: float
    dy_m: float
    votes_share: float
    remark_zh: str
    remark_en: str


def displaced(topo: Topology, crs: Any) -> list[Displacement]:
    """
    Find units that fit their neighbours but for one shift.

    Parameters
    ----------
    topo
        The coverage, metric CRS.
    crs
        Its CRS, to recognise the shift of GCJ-02 and BD-09.

    Returns
    -------
    displaced
        Per unit the shift that would bring it back.
    """
    start, end, unit = loose_segments(topo)
    if not len(start):
        return []
    units = _suspects(topo)
    step = topo.xy[end] - topo.xy[start]
    trusted = np.flatnonzero(~np.isin(unit, units))  # edges of units that mostly fit
    theirs = trusted if len(trusted) else np.arange(len(unit))
    tree = cKDTree(-step[theirs])
    out = []
    for u in units:
        mine = np.flatnonzero(unit == u)
        shift, share = _vote(topo, start, end, unit, step, tree, theirs, mine)
        if shift is not None and np.hypot(*shift) > _LEAST_SHIFT_M:
            centre = topo.xy[start[mine]].mean(axis=0)
            zh, en = _looks_like(crs, centre, shift)
            dx, dy = (float(v) for v in shift)
            out.append(Displacement(int(u), dx, dy, share, zh, en))
    return _the_moved(out)


def _suspects(topo: Topology) -> Array:
    """Return the units most of whose border has no twin."""
    size = np.diff(topo.arc_ptr) - 1
    loose = ~topo.shared
    alone = np.bincount(topo.left, weights=size * loose, minlength=topo.units)
    every = np.bincount(topo.left, weights=size, minlength=topo.units)
    every += np.bincount(topo.right[topo.shared], weights=size[topo.shared], minlength=topo.units)
    return np.flatnonzero(alone > _LOOSE_SHARE * np.maximum(every, 1))


def _vote(
    topo: Topology, start: Array, end: Array, unit: Array, step: Array, tree: cKDTree,
    theirs: Array, mine: Array,
) -> tuple[Array | None, float]:  # fmt: skip
    """Return the shift most edges of a unit agree on, or None."""
    length = np.hypot(*step[mine].T)
    near, which = tree.query(
        step[mine], k=min(_CANDIDATES, len(theirs)),
        distance_upper_bound=max(length.max() * _ALIKE, 0.05),
    )  # fmt: skip
    near, which = (np.reshape(found, (len(mine), -1)) for found in (near, which))
    own, col = np.nonzero(near <= np.maximum(length * _ALIKE, 0.01)[:, None])
    other = theirs[which[own, col]]
    keep = unit[other] != unit[mine[0]]
    own, other = own[keep], other[keep]
    if not len(own):
        return None, 0.0
    offset = topo.xy[end[other]] - topo.xy[start[mine[own]]]
    cell = np.unique(np.column_stack([np.floor(offset / _CELL_M).astype(np.int64), own]), axis=0)
    cells, votes = np.unique(cell[:, :2], axis=0, return_counts=True)
    # of equally good shifts the shortest
    size = np.hypot(*((cells + 0.5) * _CELL_M).T)
    best = np.lexsort([size, -votes])[0]
    around = np.abs(offset - (cells[best] + 0.5) * _CELL_M).max(axis=1) <= _CELL_M
    share = len(np.unique(own[around])) / len(mine)
    if votes[best] < _LEAST_VOTES or share < _VOTES_SHARE:
        return None, share
    return np.median(offset[around], axis=0), float(share)


def _the_moved(found: list[Displacement]) -> list[Displacement]:
    """Of two units that vote for opposite shifts of each other keep the surer one."""
    kept: list[Displacement] = []
    for d in sorted(found, key=lambda f: (-f.votes_share, f.unit)):
        if all(np.hypot(o.dx_m + d.dx_m, o.dy_m + d.dy_m) > _CELL_M for o in kept):
            kept.append(d)
    return sorted(kept, key=lambda f: f.unit)


def _looks_like(crs: Any, centre: Array, shift: Array) -> tuple[str, str]:
    """Say whether a shift is that of a map service's coordinates."""
    length = float(np.hypot(*shift))
    zh, en = f"与邻边相差 {length:.1f} 米", f"{length:.1f} m off its neighbours"
    there = pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    lon, lat = there.transform(*centre)
    for name in ("GCJ-02", "BD-09"):
        x, y = _datum.from_wgs84([lon], [lat], name)
        moved = np.array(there.transform(x[0], y[0], direction="INVERSE")) - centre
        if np.hypot(*(moved + shift)) <= _GCJ_SHARE * np.hypot(*moved):
            return f"{zh}；像是 {name} 坐标", f"{en}; looks like {name} coordinates"
    return zh, en
