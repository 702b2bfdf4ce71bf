"""Travel time (步行时间) from each door to its nearest facility, exact to the door (ELD-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError
from geoplan.network import Direction, Network, Snap, nearest, snap
from geoplan.service_circles.gates import Doors, best_of, through_gates
from geoplan.service_circles.sources import by_id, require_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
    demand_snap: Snap | Doors | None = None,
    estates: gpd.GeoDataFrame | None = None,
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
        The demand already snapped to this network, or from `through_gates`, to save doing it
        again.
    estates
        Walled estates with ``estate_gates``: their doors leave through a gate. See
        `through_gates`.

    Returns
    -------
    near
        The demand's index; ``walk_min`` (NaN where none), ``facility_id`` (missing where none),
        ``access_m`` (straight leg; NaN where no street lies within the cap), ``reach`` (one of
        `REACH`); with estates also ``access`` (one of `gates.ACCESS`).

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in the network's metric CRS.
    InputError
        If the limit is negative or not a number, a facility has no id, or ``demand_snap`` is not
        of this demand and network.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(2) 「一刻钟」居家养老服务圈. Cost: one search over the
    network, whatever the number of facilities.
    """
    ordered = by_id(facilities)
    sources = snap(network, ordered, name="facilities")
    ids = np.array([*ordered["facility_id"], None], dtype=object)
    doors = doors_at(network, demand, demand_snap, estates)
    at = doors.snap if isinstance(doors, Doors) else doors
    found = nearest(network, sources, at, limit_min=limit_min, direction=direction)
    if isinstance(doors, Snap):
        return as_near(found.minutes, ids[found.source], doors, demand.index)
    best = best_of(doors.door, found.minutes, len(demand))
    near = as_near(found.minutes[best], ids[found.source[best]], at.part(best), demand.index)
    return near.assign(access=doors.access)


def doors_at(
    network: Network,
    demand: gpd.GeoDataFrame,
    known: Snap | Doors | None,
    estates: gpd.GeoDataFrame | None,
) -> Snap | Doors:
    """
    Let the demand meet the network: as known already, else at the gates, else straight.

    Raises
    ------
    InputError
        If what is known is of another number of doors.
    """
    if known is None:
        if estates is not None:
            return through_gates(network, demand, estates)
        return snap(network, demand, name="demand")
    count = len(known.access) if isinstance(known, Doors) else len(known.edge)
    if count != len(demand):
        raise InputError(
            f"demand_snap has {count} doors, demand {len(demand)}.",
            zh=f"demand_snap 有 {count} 个住户点，demand 有 {len(demand)} 个。",
            fix="snap this demand, or leave demand_snap out",
            fix_zh="用该 demand 重新吸附，或不传 demand_snap",
        )
    return known


def combined(nears: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """
    Minutes until a door has all of several services, each from its own nearest facility.

    Parameters
    ----------
    nears
        Answer of `travel_time` per service, of the same doors.

    Returns
    -------
    near
        ``walk_min`` (the farthest of the services; NaN where one is missing), ``facility_id``
        (where that one is), ``service`` (which), ``access_m``, ``reach``.

    Raises
    ------
    InputError
        If there is no service, or the answers are of different doors.
    """
    tables = list(nears.values())
    if not tables or any(not t.index.equals(tables[0].index) for t in tables):
        raise InputError(
            "combined needs at least one service, all of the same doors.",
            zh="combined 需要至少一项服务，且各项应为同一批住户点。",
            fix="combined({'meals': near_meals, 'bathing': near_bathing})",
            fix_zh="combined({'meals': near_meals, 'bathing': near_bathing})",
        )
    minutes = np.column_stack([t["walk_min"].fillna(np.inf).to_numpy(float) for t in tables])
    last = minutes.argmax(axis=1)
    rows = np.arange(len(last))
    ids = np.column_stack([t["facility_id"].astype(object) for t in tables])
    near = tables[0][["walk_min", "facility_id", "access_m", "reach"]].copy()
    far = minutes[rows, last]
    near["walk_min"] = np.where(np.isfinite(far), far, np.nan)
    who = np.where(np.isfinite(far), ids[rows, last], None)
    near["facility_id"] = pd.Series(who, index=near.index, dtype="str")
    missing = ~np.isfinite(far) & (near["reach"] == REACH[0])
    near.loc[missing, "reach"] = REACH[1]
    which = np.asarray(list(nears), dtype=object)[last]
    near["service"] = pd.Series(which, index=near.index, dtype="str")
    return near


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
    require_columns(facilities, "facilities", "services")
    return facilities.loc[has_all(facilities["services"], [service])]


def has_all(sets: pd.Series[str], wanted: Collection[str]) -> pd.Series[bool]:
    """Tell for each ``;``-joined set whether it holds all wanted codes; a missing one has none."""
    need = frozenset(wanted)
    codes, values = pd.factorize(sets)
    holds = np.array([need <= frozenset(str(v).split(";")) for v in values] + [False], dtype=bool)
    return pd.Series(holds[codes], index=sets.index)
