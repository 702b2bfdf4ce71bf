"""
Accessibility (可达性): how much a person can have of what facilities offer, by floating catchments.

2SFCA (Luo & Wang 2003) shares each facility's supply among all who reach it, and sums up the
shares each person reaches; E2SFCA (Luo & Qi 2009) counts the farther of them less, M2SFCA
(Delamater 2013) also what they get of it, 3SFCA (Wan et al. 2012) who has more to choose from.
RAAM (Saxon & Snow 2020) lets people go where crowding and walking together cost least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from geoplan.network import Direction, Network, matrix, snap
from geoplan.network.checks import amounts, one_of
from geoplan.service_circles.catchments import FLOATING, checked_bands, floating, rational
from geoplan.service_circles.sources import by_id, require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    from scipy import sparse

    from geoplan.policy import Policy

    FloatArray = npt.NDArray[np.float64]

Method = Literal["2sfca", "e2sfca", "m2sfca", "3sfca", "raam"]
METHODS = (*FLOATING, "raam")
PER = 100.0
"""Accessibility is stated per 100 of the group: beds per 100 elders."""


def accessibility(  # noqa: PLR0913  (columns by name)
    network: Network,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    supply: str,
    group: str,
    policy: Policy,
    method: Method = "e2sfca",
    direction: Direction = "to",
    tau_min: float | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Supply that every door can have, per 100 of a group (ELD-04 C, ELD-07).

    Parameters
    ----------
    network
        Made for one profile.
    facilities
        Columns ``facility_id`` and ``supply``. Point or polygon, the network's CRS.
    demand
        Column ``group``. Point or polygon, the network's CRS.
    supply
        Column with what a facility offers: beds, m² of floor. A facility of which it is unknown
        is left out and says so.
    group
        Column with how many there are at a door, for example ``elders_60``. Doors of which it is
        unknown share in nothing and have no figure.
    policy
        Gives the bands and weights (``e2sfca_bands_min``, ``e2sfca_weights``).
    method
        One of `METHODS`; formulas at `catchments.floating` and `catchments.rational`. ``2sfca``
        counts everyone within the last band fully.
    direction
        ``to`` the facility or ``from`` it.
    tau_min
        For ``raam``: minutes that weigh as much as the usual crowding; default the policy's
        ``service_circle_min`` [P].

    Returns
    -------
    doors
        The demand's index; ``per_100`` (0 where nothing is in reach, NaN where ``group`` is
        unknown), ``facilities`` (how many are in reach). With ``raam``, ``cost`` (1 is usual
        crowding without a walk, less is better; NaN where nothing is in reach) for ``per_100``.
    facilities
        Index ``facility_id``; ``supply``, ``demand`` (weighted people in reach; with ``raam``
        those who go there), ``per_100`` (NaN where nobody is), ``status`` (``counted``,
        ``no_data``, ``nobody_in_reach``).

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    InputError
        If supply or group is negative or no number, the method is unknown, the policy's bands
        and weights do not fit, or ``tau_min`` is not above 0.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in the network's CRS.

    Notes
    -----
    The shares add up (but for ``m2sfca``): the sum of ``group`` times ``per_100`` / 100 over all
    doors is the supply of the counted facilities. Weights 1, 0.68, 0.22 are those of Luo & Qi
    (2009) for 0–10, 10–20 and 20–30 minutes, here for 0–5, 5–10 and 10–15 [P].
    """
    ordered = by_id(facilities, supply)
    require_columns(demand, "demand", group)
    one_of("method", method, METHODS)
    bands, weights = _bands(policy, method)
    offered, people = amounts(ordered, supply), amounts(demand, group)
    minutes = matrix(
        network, snap(network, ordered, name="facilities"), snap(network, demand, name="demand"),
        limit_min=float(bands[-1]), direction=direction,
    )  # fmt: skip
    if method == "raam":
        tau = policy.value("service_circle_min") if tau_min is None else tau_min
        found = rational(minutes, offered, people, tau_min=tau)
        of_doors, at = {"cost": found.cost}, found.people
    else:
        shares = floating(minutes, offered, people, bands_min=bands, weights=weights, method=method)
        of_doors, at = {"per_100": shares.access * PER}, shares.in_reach
    known = np.bincount(_rows(minutes), ~np.isnan(offered)[minutes.indices], len(demand))
    doors = pd.DataFrame(
        {**{n: np.where(np.isnan(people), np.nan, v) for n, v in of_doors.items()},
         "facilities": known.astype(int)},
        index=demand.index,
    )  # fmt: skip
    status = np.where(np.isnan(offered), "no_data", np.where(at > 0, "counted", "nobody_in_reach"))
    with np.errstate(invalid="ignore", divide="ignore"):
        per_100 = np.where(at > 0, offered / at * PER, np.nan)
    sites = pd.DataFrame(
        {"supply": offered, "demand": at, "per_100": per_100, "status": status},
        index=pd.Index(ordered["facility_id"], name="facility_id"),
    )
    return doors, sites


def _rows(minutes: sparse.csr_array[np.float64]) -> npt.NDArray[np.intp]:
    return np.repeat(np.arange(minutes.shape[0]), np.diff(minutes.indptr))


def _bands(policy: Policy, method: Method) -> tuple[FloatArray, FloatArray]:
    bands = np.asarray(policy.numbers("e2sfca_bands_min"), dtype=float)
    weights = np.asarray(policy.numbers("e2sfca_weights"), dtype=float)
    if method in {"2sfca", "raam"}:
        return bands[-1:], np.ones(1)
    return checked_bands(bands, weights)
