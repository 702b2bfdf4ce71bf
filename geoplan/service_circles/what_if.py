"""What if (假设分析): a facility more, less or elsewhere, answered without searching all again."""

from __future__ import annotations

import bisect
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoplan.errors import InputError, UnknownIdError
from geoplan.network import Direction, Network, Snap, incremental, kernels, snap
from geoplan.network.checks import require_limit
from geoplan.network.graph import pointer
from geoplan.network.search import blank_field, leg_minutes, seeds
from geoplan.network.snap import snap_xy
from geoplan.service_circles.sources import by_id
from geoplan.service_circles.travel_time import as_near

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    IntArray = npt.NDArray[np.int32]


class WhatIf:
    """
    Travel times of all doors, kept up to date while facilities come and go.

    Parameters
    ----------
    network
        Made for one profile.
    facilities
        Column ``facility_id``, no id twice. Point or polygon, the network's CRS.
    demand
        Point or polygon, the network's CRS.
    limit_min
        Minutes, closed. A smaller limit makes changes quicker.
    direction
        ``to`` the facility or ``from`` it.

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` is absent.
    InputError
        If an id is missing or there twice, or the limit is negative or not a number.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in the network's CRS.

    Notes
    -----
    Every change gives what `travel_time` would give for the changed facilities, equal times
    included. Adding costs as much as the nodes that get nearer; closing as much as the cell of
    the facility.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from geoplan import network
    >>> def points(**at):
    ...     places = [shapely.Point(500_000 + x, 3_500_000) for x in at.values()]
    ...     return gpd.GeoDataFrame({"facility_id": list(at)}, geometry=places, crs=4547)
    >>> street = shapely.LineString([(500_000, 3_500_000), (503_000, 3_500_000)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=4547)
    >>> town = network.from_roads(roads, network.Profile("walk", "walk", 1.0, 200.0))
    >>> city = WhatIf(town, points(old=0), points(a=60, b=2970), limit_min=15)
    >>> city.near()["walk_min"].round(3).tolist()
    [1.0, nan]
    >>> city.add("new", shapely.Point(503_000, 3_500_000)).tolist()
    [1]
    >>> city.near()["walk_min"].round(3).tolist()
    [1.0, 0.5]
    """

    def __init__(
        self,
        network: Network,
        facilities: gpd.GeoDataFrame,
        demand: gpd.GeoDataFrame,
        *,
        limit_min: float,
        direction: Direction = "to",
    ) -> None:
        self.network, self.direction = network, direction
        self.limit_min = require_limit(limit_min)
        self._arcs = network.arcs(direction)
        self._index, self._doors = demand.index, snap(network, demand, name="demand")
        on = np.flatnonzero(self._doors.edge >= 0)
        on = on[np.argsort(self._doors.edge[on], kind="stable")].astype(np.int32)
        self._at_edge = (
            pointer(self._doors.edge[on], network.edges), self._doors.share[on],
            leg_minutes(network, self._doors)[on], on,
        )  # fmt: skip
        self._minutes = np.full(len(demand), np.inf)
        self._source = np.full(len(demand), kernels.NO_LABEL, np.int32)
        self._back = network.arcs("from" if direction == "to" else "to")
        self._seen, self._stamp = np.full(network.edges, -1, np.int32), 0
        self._snap = snap_xy(network, np.empty((0, 2)), network.snap_cap_m)
        self._field = blank_field(network, self._snap, direction)
        self._ids: list[str] = []  # by source number
        self._open: dict[str, int] = {}
        self._sorted: list[str] = []
        self.add_all(facilities)

    @property
    def facility_ids(self) -> list[str]:
        """Ids of the facilities that are open, sorted."""
        return list(self._sorted)

    def near(self) -> pd.DataFrame:
        """Answer as `travel_time` does: one row per door, on the demand's index."""
        ids = np.array([*self._ids, None], dtype=object)[self._source]
        return as_near(self._minutes, ids, self._doors, self._index)

    def add(self, facility_id: str, place: shapely.Geometry) -> IntArray:
        """
        Open a facility at a place, and return the rows of the doors that change.

        Parameters
        ----------
        facility_id
            Its id.
        place
            Point or polygon in the network's CRS.

        Raises
        ------
        InputError
            If the id is open already, or the place is empty or no number.
        """
        found = snap_xy(self.network, _place(place), self.network.snap_cap_m)
        return self._open_at([str(facility_id)], found)

    def add_all(self, facilities: gpd.GeoDataFrame) -> IntArray:
        """Open several facilities, and return the rows of the doors that change."""
        facilities = by_id(facilities)
        ids = facilities["facility_id"].tolist()
        return self._open_at(ids, snap(self.network, facilities, name="facilities"))

    def _open_at(self, ids: list[str], found: Snap) -> IntArray:
        twice = {i for i, n in Counter(ids).items() if n > 1 or i in self._open}
        if twice:
            raise InputError(
                f"facility_id {sorted(twice)[:3]} is there already.",
                zh=f"设施编号 {sorted(twice)[:3]} 已存在。",
                fix="give every facility its own id, or close the one that is there",
                fix_zh="每个设施应有唯一编号，或先关闭已有设施",
            )
        first = len(self._ids)
        self._append(ids, found)
        return self._spread(np.arange(first, len(self._ids)))

    def close(self, facility_id: str) -> IntArray:
        """
        Close a facility, and return the rows of the doors that change.

        Raises
        ------
        UnknownIdError
            If no facility of this id is open.
        """
        facility_id = str(facility_id)
        if facility_id not in self._open:
            raise UnknownIdError.among("facility", "设施", facility_id, self._sorted)
        k = self._open.pop(facility_id)
        self._sorted.pop(bisect.bisect_left(self._sorted, facility_id))
        edge = int(self._snap.edge[k])
        if edge < 0:
            return np.empty(0, np.int32)
        self._unhook(k, edge)
        start = self.network.edge_uv[edge]
        cell, node, minutes, label = incremental.give_back(
            self._field, self._arcs, self._back, start, k
        )
        others = self._seeds_at(cell)
        kernels.relax(
            self._field, self._arcs, np.concatenate((node, others[0])),
            np.concatenate((minutes, others[1])), np.concatenate((label, others[2])),
            self.limit_min, self.network.usual_min,
        )  # fmt: skip
        return self._refresh(cell, np.array([edge], np.int32))

    def move(self, facility_id: str, place: shapely.Geometry) -> IntArray:
        """
        Close a facility and open it elsewhere; rows of the doors that change on the way.

        Raises
        ------
        UnknownIdError, InputError
            As `close` and `add` do; the facility then stays where it is.
        """
        _place(place)
        closed = self.close(facility_id)
        return np.union1d(closed, self.add(facility_id, place)).astype(np.int32)

    def _append(self, ids: list[str], found: Snap) -> None:
        """Give new facilities their numbers, ranks and places on edges."""
        old, field, first = self._snap, self._field, len(self._ids)
        self._ids += ids
        self._snap = replace(
            old, edge=np.concatenate((old.edge, found.edge)),
            share=np.concatenate((old.share, found.share)),
            access_m=np.concatenate((old.access_m, found.access_m)),
        )  # fmt: skip
        self._open.update(zip(ids, range(first, len(self._ids)), strict=True))
        self._sorted = sorted(self._sorted + ids)  # two sorted runs: quick
        rank = np.zeros(len(self._ids))
        rank[[self._open[i] for i in self._sorted]] = np.arange(len(self._sorted))
        following = np.concatenate((field.here_next, np.full(len(ids), -1, np.int32)))
        for k in range(first, len(self._ids)):
            edge = self._snap.edge[k]
            if edge >= 0:
                following[k], field.here_first[edge] = field.here_first[edge], k
        self._field = field._replace(
            here_next=following, here_share=self._snap.share,
            here_leg=leg_minutes(self.network, self._snap), rank=rank,
        )  # fmt: skip

    def _unhook(self, k: int, edge: int) -> None:
        """Take a source off its edge."""
        first, following = self._field.here_first, self._field.here_next
        if first[edge] == k:
            first[edge] = following[k]
            return
        at = first[edge]
        while following[at] != k:
            at = following[at]
        following[at] = following[k]

    def _spread(self, new: npt.NDArray[np.int64]) -> IntArray:
        part = self._snap.part(new)
        node, minutes, source = seeds(self.network, part, self.direction)
        changed = kernels.relax(
            self._field,
            self._arcs,
            node,
            minutes,
            new[source].astype(np.int32),
            self.limit_min,
            self.network.usual_min,
        )
        return self._refresh(changed, part.edge[part.edge >= 0])

    def _seeds_at(self, cell: IntArray) -> tuple[IntArray, npt.NDArray[np.float64], IntArray]:
        """Seeds of the open facilities that start inside a cell given back."""
        touching = self.network.touching
        edges = {e for i in cell.tolist() for e in touching[1][touching[0][i] : touching[0][i + 1]]}
        inside = set(cell.tolist())
        numbers = []
        for edge in edges:
            k = int(self._field.here_first[edge])
            while k >= 0:
                numbers.append(k)
                k = int(self._field.here_next[k])
        mine = np.array(sorted(numbers), dtype=np.int64)
        node, minutes, source = seeds(self.network, self._snap.part(mine), self.direction)
        use = np.array([n in inside for n in node.tolist()], dtype=bool)
        return node[use], minutes[use], mine[source[use]].astype(np.int32)

    def _refresh(self, nodes: IntArray, edges: IntArray) -> IntArray:
        self._stamp += 1
        found: IntArray = incremental.refresh(
            self._field, self.network.touching, self._at_edge, nodes, edges, self._seen,
            self._stamp, self.limit_min, self._minutes, self._source,
        )  # fmt: skip
        return found


def _place(place: shapely.Geometry) -> npt.NDArray[np.float64]:
    """Coordinates of one point in a place."""
    point = place if shapely.get_type_id(place) == 0 else shapely.point_on_surface(place)
    xy = shapely.get_coordinates(point)
    if len(xy) != 1 or not np.isfinite(xy).all():
        raise InputError(
            f"{place!r} is no place for a facility.",
            zh=f"{place!r} 不能作为设施位置。",
            fix="give a point or polygon in the network's CRS",
            fix_zh="给出路网坐标系中的点或面",
        )
    return np.asarray(xy)
