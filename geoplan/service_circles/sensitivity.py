"""How sure a figure is (敏感性), and urban and rural ways of being reached (ELD-06)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import UnknownIdError
from geoplan.network import snap
from geoplan.service_circles.coverage import coverage
from geoplan.service_circles.sources import require_columns
from geoplan.service_circles.travel_time import travel_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from geoplan.network import Direction, Network, Profile

SPEEDS_M_S = (0.8, 0.9, 1.0, 1.1, 1.2)
SNAP_CAPS_M = (100.0, 200.0, 300.0)


def sensitivity(
    network: Network,
    profile: Profile,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    limit_min: float,
    speeds_m_s: Sequence[float] = SPEEDS_M_S,
    snap_caps_m: Sequence[float] = SNAP_CAPS_M,
    direction: Direction = "to",
) -> pd.DataFrame:
    """
    Coverage at other walking speeds and snap caps: how far the figure hangs on them.

    Parameters
    ----------
    network, profile
        Streets, whatever profile they were built for, and the profile that is varied; its own
        figures are among the rows.
    facilities, demand
        As for `travel_time`; the demand with any of `coverage.GROUPS`.
    limit_min
        Minutes, closed.
    speeds_m_s, snap_caps_m
        What is tried, every speed with every cap.
    direction
        ``to`` the facility or ``from`` it.

    Returns
    -------
    table
        One row per speed, cap and group: ``speed_m_s``, ``snap_cap_m``, ``own`` (the profile's
        own figures), ``group``, ``persons``, ``covered``, ``cov_share``.

    Raises
    ------
    InputError
        If a speed or a cap is not one.
    NetworkError
        If the network was edited.
    """
    speeds = sorted({*map(float, speeds_m_s), profile.speed_m_s})
    caps = sorted({*map(float, snap_caps_m), profile.snap_cap_m})
    parts = []
    everyone = demand.assign(city="all")
    network = network.for_profile(profile)  # doors meet the streets that this profile can pass
    for snap_cap_m in caps:
        doors = snap(network, demand, cap_m=snap_cap_m, name="demand")
        for speed_m_s in speeds:
            tried = replace(profile, speed_m_s=speed_m_s, snap_cap_m=snap_cap_m)
            near = travel_time(
                network.for_profile(tried), facilities, demand, limit_min=limit_min,
                direction=direction, demand_snap=doors,
            )  # fmt: skip
            table = coverage(near, everyone, by="city", minutes=[limit_min])
            table = table[["group", "persons", "covered", "cov_share"]]
            varied = {"speed_m_s": speed_m_s, "snap_cap_m": snap_cap_m, "own": tried == profile}
            parts.append(pd.DataFrame(varied, index=table.index).join(table))
    return pd.concat(parts, ignore_index=True)


def travel_time_by_mode(
    ways: Mapping[str, tuple[Network, Direction]],
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    mode: str,
    limit_min: float,
) -> pd.DataFrame:
    """
    Travel time by the mode of each door: on foot in town, by the service vehicle in the country.

    Parameters
    ----------
    ways
        Network and direction by mode, for example ``{"urban": (walk, "to"), "rural": (vehicle,
        "from")}``.
    facilities, demand, limit_min
        As for `travel_time`.
    mode
        Column of the demand with the mode of each door.

    Returns
    -------
    near
        As from `travel_time`, with ``mode``.

    Raises
    ------
    MissingColumnsError
        If the column is absent.
    UnknownIdError
        If a door has a mode without a way.

    Notes
    -----
    The plan words rural service as coming to the home (助餐助洁助医助浴助行); a walking circle
    says little about scattered villages. The speeds of the vehicle are geoplan's own [P].
    """
    require_columns(demand, "demand", mode)
    values = demand[mode].to_numpy(dtype=object)
    unknown = [v for v in dict.fromkeys(values.tolist()) if v not in ways]
    if unknown or not ways:
        raise UnknownIdError.among("mode", "方式", (*unknown, "")[0], ways)
    parts, order = [], []
    for name, (network, direction) in ways.items():
        rows = np.flatnonzero(values == name)
        near = travel_time(
            network, facilities, demand.iloc[rows], limit_min=limit_min, direction=direction
        )
        parts.append(near.assign(mode=pd.array([name] * len(rows), dtype="str")))
        order.append(rows)
    whole: pd.DataFrame = pd.concat(parts).iloc[np.argsort(np.concatenate(order))]
    return whole
