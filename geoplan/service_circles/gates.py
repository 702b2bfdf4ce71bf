"""
Walled estates (小区出入口): the way from a door in an estate leads through one of its gates.

Where the gates are known, a door meets the network at each of them and takes the best; where they
are not, it meets the nearest street as if there were no wall, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geoplan import crs as _crs
from geoplan.errors import MissingCRSError
from geoplan.network import Network, Snap, snap
from geoplan.network.snap import as_points, snap_xy
from geoplan.service_circles.sources import require_columns

if TYPE_CHECKING:
    import numpy.typing as npt

ACCESS = ("street", "gate", "assumed")
"""Not in an estate; through a gate; in an estate whose gates are not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """
    Doors as they meet the network, some at several places.

    Parameters
    ----------
    snap
        Every place where a door meets the network.
    door
        (k,) number of the door of each place, ascending.
    access
        (doors,) one of `ACCESS`.
    gate_xy
        (k, 2) the gate each place is reached through; NaN where none is.
    """

    snap: Snap
    door: npt.NDArray[np.int64]
    access: npt.NDArray[np.object_]
    gate_xy: npt.NDArray[np.float64]


def through_gates(network: Network, demand: gpd.GeoDataFrame, estates: gpd.GeoDataFrame) -> Doors:
    """
    Let doors in estates meet the network at the gates.

    The leg of such a door is the straight way to the gate and on to the street; it may be longer
    than the snap cap, the gate's own leg may not.

    Parameters
    ----------
    network
        To meet.
    demand
        Point or polygon, the network's CRS.
    estates
        Polygons in any CRS; column ``estate_gates``: ``lon,lat`` pairs (CGCS2000) joined by
        ``;``, empty where not known.

    Returns
    -------
    doors
        One place per door, or one per gate.

    Raises
    ------
    MissingColumnsError
        If ``estate_gates`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the demand is not in the network's CRS, or the estates have none.
    """
    require_columns(estates, "estates", "estate_gates")
    if estates.crs is None:
        raise MissingCRSError.for_layer("estates")
    plain = snap(network, demand, name="demand")
    points = as_points(demand, "demand")
    shapes = estates.to_crs(network.crs).geometry.to_numpy()
    of_door, inside = _estate_of(points, shapes)
    gates, estate = _gates(estates, network.crs)
    at = snap_xy(network, gates, network.snap_cap_m)
    usable = at.edge >= 0
    gates, estate, at = gates[usable], estate[usable], at.part(np.flatnonzero(usable))
    access = np.full(len(points), ACCESS[0], dtype=object)
    access[inside] = ACCESS[2]
    by_gate = inside & np.isin(of_door, estate)
    access[by_gate] = ACCESS[1]
    first, last = np.searchsorted(estate, of_door), np.searchsorted(estate, of_door, side="right")
    many = np.where(by_gate, last - first, 1)
    door = np.repeat(np.arange(len(points)), many)
    gate = np.arange(len(door)) - np.repeat(np.cumsum(many) - many, many) + first[door]
    use = by_gate[door]
    edge, share, access_m = plain.edge[door], plain.share[door], plain.access_m[door]
    chosen = gate[use]
    edge[use], share[use] = at.edge[chosen], at.share[chosen]
    xy = shapely.get_coordinates(points[door[use]])
    access_m[use] = at.access_m[chosen] + np.hypot(*(xy - gates[chosen]).T)
    gate_xy = np.full((len(door), 2), np.nan)
    gate_xy[use] = gates[chosen]
    places = replace(plain, edge=edge, share=share, access_m=access_m)
    return Doors(places, door, access, gate_xy)


def best_of(
    door: npt.NDArray[np.int64], minutes: npt.NDArray[np.float64], doors: int
) -> npt.NDArray[np.int64]:
    """Find the place with the least minutes of each door."""
    order = np.lexsort((minutes, door))
    first = np.searchsorted(door[order], np.arange(doors))
    return np.asarray(order[first])


def _estate_of(
    points: npt.NDArray[np.object_], shapes: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Find the estate each door lies in (the first where several do), and whether any."""
    door, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    estate = np.full(len(points), len(shapes), np.int64)
    np.minimum.at(estate, door, shape)
    return estate, estate < len(shapes)


def _gates(
    estates: gpd.GeoDataFrame, crs: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Places of all gates, and the number of the estate of each; what is no pair is left out."""
    lon_lat, estate = [], []
    for i, text in enumerate(estates["estate_gates"].tolist()):
        for pair in str(text).split(";") if isinstance(text, str) else []:
            try:
                lon, lat = (float(v) for v in pair.split(","))
            except ValueError:
                continue
            lon_lat.append((lon, lat))
            estate.append(i)
    if not lon_lat:
        return np.empty((0, 2)), np.empty(0, np.int64)
    places = gpd.GeoSeries(gpd.points_from_xy(*np.array(lon_lat).T), crs=_crs.GEOGRAPHIC)
    return shapely.get_coordinates(places.to_crs(crs).to_numpy()), np.array(estate, np.int64)
