"""
Accessibility (可达性): how much a person can have of what facilities offer, by floating catchments.

2SFCA (Luo & Wang 2003) shares each facility's supply among all who reach it, and sums up the
shares each person reaches; E2SFCA (Luo & Qi 2009) counts the farther of them less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.errors import InputError
from geoplan.network import Direction, Network, matrix, snap
from geoplan.network.checks import amounts, one_of
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.service_circles.sources import by_id, require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.policy import Policy

    FloatArray = npt.NDArray[np.float64]

Method = Literal["2sfca", "e2sfca"]
PER = 100.0
"""Accessibility is stated per 100 of the group: beds per 100 elders."""


def accessibility(
    network: Network,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    supply: str,
    group: str,
    policy: Policy,
    method: Method = "e2sfca",
    direction: Direction = "to",
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
        ``2sfca`` counts everyone within the last band fully.
    direction
        ``to`` the facility or ``from`` it.

    Returns
    -------
    doors
        The demand's index; ``per_100`` (0 where nothing is in reach, NaN where ``group`` is
        unknown), ``facilities`` (how many are in reach).
    facilities
        Index ``facility_id``; ``supply``, ``demand`` (weighted people in reach), ``per_100``
        (NaN where nobody is), ``status`` (``counted``, ``no_data``, ``nobody_in_reach``).

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    InputError
        If supply or group is negative or no number, the method is unknown, or the policy's bands
        and weights do not fit.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in the network's CRS.

    Notes
    -----
    The shares add up: the sum of ``group`` times ``per_100`` / 100 over all doors is the supply
    of the counted facilities. Weights 1, 0.68, 0.22 are those of Luo & Qi (2009) for 0–10, 10–20
    and 20–30 minutes, here for 0–5, 5–10 and 10–15 [P].
    """
    ordered = by_id(facilities, supply)
    require_columns(demand, "demand", group)
    one_of("method", method, ("2sfca", "e2sfca"))
    bands, weights = _bands(policy, method)
    offered, people = amounts(ordered, supply), amounts(demand, group)
    minutes = matrix(
        network, snap(network, ordered, name="facilities"), snap(network, demand, name="demand"),
        limit_min=float(bands[-1]), direction=direction,
    )  # fmt: skip
    weight = decay(minutes, bands, weights)
    known = np.nan_to_num(people)
    in_reach = np.asarray(weight.T @ known)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(in_reach > 0, offered / in_reach, np.nan)
    per_100 = np.asarray(weight @ np.nan_to_num(ratio)) * PER
    stored = sparse.csr_array((np.ones(weight.nnz), weight.indices, weight.indptr), weight.shape)
    counted = np.asarray(stored @ (~np.isnan(offered)).astype(float)).astype(int)
    doors = pd.DataFrame(
        {"per_100": np.where(np.isnan(people), np.nan, per_100), "facilities": counted},
        index=demand.index,
    )
    status = np.where(
        np.isnan(offered), "no_data", np.where(in_reach > 0, "counted", "nobody_in_reach")
    )
    sites = pd.DataFrame(
        {"supply": offered, "demand": in_reach, "per_100": ratio * PER, "status": status},
        index=pd.Index(ordered["facility_id"], name="facility_id"),
    )
    return doors, sites


def decay(
    minutes: sparse.csr_array[np.float64], bands_min: FloatArray, weights: FloatArray
) -> sparse.csr_array[np.float64]:
    """
    Weight of every pair by the band its minutes fall in, bands closed above.

    Parameters
    ----------
    minutes
        From `network.matrix`.
    bands_min
        Upper ends, ascending; pairs beyond the last get no weight.
    weights
        One per band.
    """
    band = np.searchsorted(np.asarray(bands_min) + TOLERANCE_MIN, minutes.data, side="left")
    value = np.append(weights, 0.0)[band]
    return sparse.csr_array((value, minutes.indices, minutes.indptr), shape=minutes.shape)


def _bands(policy: Policy, method: Method) -> tuple[FloatArray, FloatArray]:
    bands = np.asarray(policy.numbers("e2sfca_bands_min"), dtype=float)
    weights = np.asarray(policy.numbers("e2sfca_weights"), dtype=float)
    if method == "2sfca":
        return bands[-1:], np.ones(1)
    if len(bands) != len(weights) or (np.diff(bands) <= 0).any() or (weights < 0).any():
        raise InputError(
            f"e2sfca_bands_min={bands.tolist()} and e2sfca_weights={weights.tolist()} do not fit.",
            zh=f"e2sfca_bands_min={bands.tolist()} 与 e2sfca_weights={weights.tolist()} 不匹配。",
            fix="as many weights as bands, bands ascending, weights 0 or more",
            fix_zh="权重与分段个数相同，分段递增，权重不小于 0",
        )
    return bands, weights
