"""
The circle drawn with compasses (直线半径): a separate method, to show what it leaves out.

GB 50180 writes the life circles as radii (1,000, 500 and 300 m); on the street one walks farther.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geoplan import crs as _crs
from geoplan.errors import InputError
from geoplan.network.checks import amounts, in_range, require_limit
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.network.snap import as_points
from geoplan.service_circles.coverage import groups_of, require_same_doors
from geoplan.service_circles.sources import by_id

if TYPE_CHECKING:
    from collections.abc import Sequence

RADII_M = (1000.0, 900.0, 500.0, 300.0)
"""15 minutes of an adult, 15 minutes of an elder, 10 and 5 minutes."""


def straight_circles(
    facilities: gpd.GeoDataFrame, *, radii_m: Sequence[float] = RADII_M, merge: bool = False
) -> gpd.GeoDataFrame:
    """
    Discs around facilities: one per facility and radius, or one shape per radius.

    Parameters
    ----------
    facilities
        Column ``facility_id``. Point or polygon in a metric CRS.
    radii_m
        Radii, m.
    merge
        Unite the discs of a radius.

    Returns
    -------
    circles
        ``facility_id`` (not with ``merge``), ``radius_m``, ``geometry``.

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError
        If the facilities are not in metres.
    InputError
        If a radius is not positive and finite.
    """
    facilities = by_id(facilities)
    _crs.require_metric(facilities, "facilities")
    if not len(radii_m) or not all(0.0 < r < np.inf for r in radii_m):
        raise InputError(
            f"radii_m={list(radii_m)}: radii must be positive and finite.",
            zh=f"半径 {list(radii_m)} 不合理，应为有限的正数。",
            fix="for example radii_m=[1000, 500, 300]",
            fix_zh="例如 radii_m=[1000, 500, 300]",
        )
    points = as_points(facilities, "facilities")
    ids = facilities["facility_id"].to_numpy()[~shapely.is_missing(points)]
    points = points[~shapely.is_missing(points)]
    discs = [np.asarray(shapely.buffer(points, r, quad_segs=32)) for r in radii_m]
    if merge:
        shapes = [shapely.union_all(d) for d in discs]
        return gpd.GeoDataFrame({"radius_m": list(radii_m)}, geometry=shapes, crs=facilities.crs)
    return gpd.GeoDataFrame(
        {"facility_id": np.tile(ids, len(radii_m)), "radius_m": np.repeat(radii_m, len(ids))},
        geometry=np.concatenate(discs), crs=facilities.crs,
    )  # fmt: skip


def straight_distance(facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Straight distance from every door to its nearest facility.

    Parameters
    ----------
    facilities
        Column ``facility_id``. Point or polygon in a metric CRS.
    demand
        Point or polygon in the same CRS.

    Returns
    -------
    near
        The demand's index; ``distance_m`` and ``facility_id`` (missing where there is no
        facility or no place).

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a frame is not in metres, or they differ.
    """
    ordered = by_id(facilities)
    _crs.require_same(ordered, demand, "facilities", "demand")
    _crs.require_metric(demand, "demand")
    places, doors = as_points(ordered, "facilities"), as_points(demand, "demand")
    there, known = ~shapely.is_missing(places), ~shapely.is_missing(doors)
    distance_m = np.full(len(doors), np.nan)
    who = np.full(len(doors), None, dtype=object)
    if there.any() and known.any():
        tree = cKDTree(shapely.get_coordinates(places[there]))
        distance_m[known], at = tree.query(shapely.get_coordinates(doors[known]))
        who[known] = ordered["facility_id"].to_numpy()[there][at]
    return pd.DataFrame(
        {"distance_m": distance_m, "facility_id": pd.array(who, dtype="str")}, index=demand.index
    )


def compare_with_straight(
    near: pd.DataFrame,
    straight: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    limit_min: float,
    radius_m: float,
) -> pd.DataFrame:
    """
    Count whom the straight circle and the walk on the network disagree about.

    Parameters
    ----------
    near, straight
        From `travel_time` and `straight_distance`, of this demand.
    demand
        Any of the groups of `coverage`.
    limit_min, radius_m
        What counts as within, both closed.

    Returns
    -------
    table
        One row per group: ``both``, ``only_straight`` (drawn in, but too far on the street),
        ``only_network``, ``neither``.

    Raises
    ------
    MissingColumnsError
        If the demand has none of the groups, or an answer lacks its column.
    InputError
        If the answers are not of these doors, or a limit, a radius or a number of people is
        negative or none.
    """
    limit_min = require_limit(limit_min)
    radius_m = in_range("radius_m", radius_m, 0.0, np.inf)
    groups = groups_of(demand)
    require_same_doors(near, demand, "walk_min")
    require_same_doors(straight, demand, "distance_m", name="straight")
    walk = (near["walk_min"] <= limit_min + TOLERANCE_MIN).to_numpy()
    disc = (straight["distance_m"] <= radius_m).to_numpy()
    cases = {"both": walk & disc, "only_straight": disc & ~walk, "only_network": walk & ~disc,
             "neither": ~walk & ~disc}  # fmt: skip
    rows = [
        {"group": g, **{name: float(np.nansum(amounts(demand, g)[rows]))
                        for name, rows in cases.items()}}
        for g in groups
    ]  # fmt: skip
    return pd.DataFrame(rows)
