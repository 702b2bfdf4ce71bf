"""Snapping (吸附): each door to its nearest street, with the position along it and the distance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan.errors import CRSMismatchError
from geoplan.network.checks import in_range, require_finite
from geoplan.network.profiles import FARTHEST_CAP_M
from geoplan.network.segments import nearest_segments

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.network.graph import Network


@dataclass(frozen=True, slots=True, eq=False)
class Snap:
    """
    Where points meet the network.

    Parameters
    ----------
    edge
        (k,) edge number; -1 where no street lies within the cap.
    share
        (k,) position along the edge, 0 at u, 1 at v.
    access_m
        (k,) straight distance from the point to that position, m; NaN where unsnapped.
    extra_min
        (k,) minutes to add at the door (entry, waiting); none where not given.
    streets
        `Network.streets` of the network snapped to: searching another one is refused.
    """

    edge: npt.NDArray[np.int32]
    share: npt.NDArray[np.float64]
    access_m: npt.NDArray[np.float64]
    extra_min: npt.NDArray[np.float64] | None = None
    streets: str | None = None

    def part(self, rows: slice | npt.NDArray[np.intp]) -> Snap:
        """Return some of the points."""
        extra_min = None if self.extra_min is None else self.extra_min[rows]
        return replace(
            self, edge=self.edge[rows], share=self.share[rows], access_m=self.access_m[rows],
            extra_min=extra_min,
        )  # fmt: skip


def snap(
    network: Network, points: gpd.GeoDataFrame, *, cap_m: float | None = None, name: str = "points"
) -> Snap:
    """
    Snap each point to its nearest edge within a cap (ELD-06).

    Parameters
    ----------
    network
        The network to meet.
    points
        Any geometry, in the network's CRS; polygons are taken by a point inside them. Rows
        without geometry are unsnapped.
    cap_m
        Farthest access distance, m, closed, 0 to 10,000. Default: the network's own.
    name
        What to call the frame in errors.

    Returns
    -------
    snap
        One entry per row.

    Raises
    ------
    NotMetricCRSError, MissingCRSError
        If the points are not in metres.
    CRSMismatchError
        If their CRS is not the network's.
    InvalidGeometryError
        If a coordinate is not a number.
    InputError
        If the cap is no distance.
    """
    found = _crs.require_metric(points, name)
    if found != pyproj.CRS(network.crs):
        raise CRSMismatchError.between(name, found.to_string(), "network", network.crs)
    cap_m = network.snap_cap_m if cap_m is None else in_range("cap_m", cap_m, 0.0, FARTHEST_CAP_M)
    where = as_points(points, name)
    return snap_xy(network, np.column_stack((shapely.get_x(where), shapely.get_y(where))), cap_m)


def snap_xy(network: Network, xy: npt.NDArray[np.float64], cap_m: float) -> Snap:
    """Snap (k, 2) coordinates in the network's CRS; NaN is unsnapped."""
    segment, along, access_m = nearest_segments(
        network.line_xy, network.grid, xy[:, 0].copy(), xy[:, 1].copy(), float(cap_m)
    )
    on = segment >= 0
    edge = np.where(on, network.vertex_edge[segment], -1).astype(np.int32)
    low, high = network.vertex_share[segment], network.vertex_share[segment + 1]
    share = np.where(on, np.clip(low + along * (high - low), 0.0, 1.0), 0.0)
    return Snap(edge, share, access_m, streets=network.streets)


def as_points(frame: gpd.GeoDataFrame, name: str) -> npt.NDArray[np.object_]:
    """Return one point per row: the point itself, or a point inside the polygon."""
    geometry = np.asarray(frame.geometry.array, dtype=object)
    kind = shapely.get_type_id(geometry)
    other = (kind != 0) & (kind != -1)
    where = geometry.copy()
    where[other] = shapely.point_on_surface(geometry[other])
    where[shapely.is_empty(where)] = None
    if not np.isfinite(shapely.get_coordinates(where)).all():
        require_finite(frame, *shapely.get_coordinates(where, return_index=True), name)
    return where
