"""Travel time (步行时间) from each door to its nearest facility, exact to the door (ELD-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import MissingColumnsError
from geoplan.network import Direction, Network, Snap, nearest, snap

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    import numpy.typing as npt

REACH = ("reached", "beyond_limit", "unsnapped")
"""Reached; no facility within the limit or no way to one; door beyond the snap cap."""


def travel_time(
    network: Network,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    limit_min: float = np.inf,
    direction: Direction = "to",
    demand_snap: Snap | None = None,
) -> pd.DataFrame:
    """
    Minutes between each demand row and its nearest facility, door to door.

    Straight leg to the nearest street, along it, over the network, along the facility's street,
    straight leg. Facilities outside the city count like any other. Equal times go to the
    facility whose id sorts first, so the answer does not depend on row order.

    Parameters
    ----------
    network
        Made for one profile (speed) by `geoplan.network`.
    facilities
        Column ``facility_id``. Point or polygon, the network's CRS. Rows without geometry are
        left out. May be empty.
    demand
        Point or polygon, the network's CRS. Any columns; they are not needed here.
    limit_min
        Minutes, closed. Default: no limit.
    direction
        ``to`` the facility (residents walk) or ``from`` it (service comes).
    demand_snap
        The demand already snapped to this network, to save doing it again.

    Returns
    -------
    near
        The demand's index; ``walk_min`` (NaN where none), ``facility_id`` (missing where none),
        ``access_m`` (straight leg; NaN where no street lies within the cap), ``reach`` (one of
        `REACH`).

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in the network's metric CRS.
    InputError
        If the limit is negative or not a number.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(2) 「一刻钟」居家养老服务圈. Cost: one search over the
    network, whatever the number of facilities.
    """
    if "facility_id" not in facilities.columns:
        raise MissingColumnsError.for_layer("facilities", ["facility_id"], facilities.columns)
    ordered = facilities.sort_values("facility_id", kind="stable")
    sources = snap(network, ordered, name="facilities")
    doors = snap(network, demand, name="demand") if demand_snap is None else demand_snap
    found = nearest(network, sources, doors, limit_min=limit_min, direction=direction)
    ids = np.array([*ordered["facility_id"].astype("str"), None], dtype=object)
    return as_near(found.minutes, ids[found.source], doors, demand.index)


def as_near(
    minutes: npt.NDArray[np.float64],
    facility_id: npt.NDArray[np.object_],
    doors: Snap,
    index: pd.Index[Any],
) -> pd.DataFrame:
    """Put minutes (inf where none) and ids (None where none) into the table of `travel_time`."""
    reached = np.isfinite(minutes)
    return pd.DataFrame(
        {
            "walk_min": np.where(reached, minutes, np.nan),
            "facility_id": pd.array(facility_id, dtype="str"),
            "access_m": doors.access_m,
            "reach": np.where(reached, REACH[0], np.where(doors.edge >= 0, REACH[1], REACH[2])),
        },
        index=index,
    )


def offering(facilities: gpd.GeoDataFrame, service: str) -> gpd.GeoDataFrame:
    """
    Return the facilities that offer one service (助餐 助洁 助医 助浴 助行), or all for ``any``.

    Parameters
    ----------
    facilities
        Column ``services``: codes joined by ``;``.
    service
        ``meals``, ``cleaning``, ``medical``, ``bathing``, ``mobility`` or ``any``.

    Returns
    -------
    facilities
        The rows that offer it, in any CRS.

    Raises
    ------
    MissingColumnsError
        If ``services`` is absent and a single service is asked for.
    """
    if service == "any":
        return facilities
    if "services" not in facilities.columns:
        raise MissingColumnsError.for_layer("facilities", ["services"], facilities.columns)
    return facilities.loc[has_all(facilities["services"], [service])]


def has_all(sets: pd.Series[str], wanted: Collection[str]) -> pd.Series[bool]:
    """Tell for each ``;``-joined set whether it holds all wanted codes; a missing one has none."""
    need = frozenset(wanted)
    codes, values = pd.factorize(sets)
    holds = np.array([need <= frozenset(str(v).split(";")) for v in values] + [False], dtype=bool)
    return pd.Series(holds[codes], index=sets.index)
