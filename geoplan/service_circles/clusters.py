"""Unserved clusters (未覆盖聚集区): where those who are not covered live close together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.errors import InputError
from geoplan.network.checks import amounts, require_limit
from geoplan.network.jit import jit, leaf
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.network.snap import as_points
from geoplan.service_circles.coverage import GROUPS, require_same_doors
from geoplan.service_circles.sources import require_columns

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def unserved_clusters(
    near: pd.DataFrame,
    demand: gpd.GeoDataFrame,
    *,
    limit_min: float,
    group: str = "elders_60",
    within_m: float = 300.0,
    at_least: float = 30.0,
    by: str = "unit_code",
    names: pd.Series[str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Clusters of people beyond the limit, the largest first (ELD-07).

    DBSCAN on the weights: a door is in the middle of a cluster if at least so many of the group
    who are not covered live within ``within_m``; middles so near to one another are one cluster;
    other doors join the cluster of the nearest middle so near.

    Parameters
    ----------
    near
        From `travel_time`: ``walk_min``, ``reach`` on the demand's index.
    demand
        Columns ``group`` and ``by``, any other of `coverage.GROUPS`. Point or polygon in a
        metric CRS.
    limit_min
        Minutes, closed: who is beyond is not covered.
    group
        Whom to count.
    within_m, at_least
        Distance and number that make a cluster.
    by
        Column with the unit of each door.
    names
        Names of units by code, so that a cluster can be called by one.

    Returns
    -------
    clusters
        ``rank`` (1 the largest), ``name`` (the unit where most of the group live, and its
        number within it where there are more), ``by``, the groups' numbers, ``unreachable_share``
        (of ``group``, those whom no street reaches or no way leads to), ``median_min`` (weighted;
        NaN if most cannot get there), ``geometry`` (the door nearest to their middle, a Point).
        Doors in no cluster are counted in ``attrs['scattered']``.

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    InputError
        If the distance or the number is not positive, the limit is negative or not a number, the
        frames are not of the same doors, or a number of people is negative or none.
    NotMetricCRSError, MissingCRSError
        If the demand is not in metres.
    """
    limit_min = require_limit(limit_min)
    require_columns(demand, "demand", group, by)
    require_same_doors(near, demand, "walk_min")
    _require(demand, within_m, at_least)
    weight = amounts(demand, group)
    points = as_points(demand, "demand")
    out = ~(near["walk_min"].to_numpy(dtype=float) <= limit_min + TOLERANCE_MIN)
    rows = np.flatnonzero(out & (weight > 0) & ~shapely.is_missing(points))
    xy = shapely.get_coordinates(points[rows])
    label = dbscan(xy, weight[rows], within_m, at_least)
    inside = label >= 0
    found = _summary(
        near, demand, rows[inside], label[inside], xy[inside], weight[rows[inside]], group, by
    )
    table = found.sort_values(
        [group, by], ascending=[False, True], kind="stable", ignore_index=True
    )
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    table.insert(1, "name", _names(table[by], names))
    clusters = gpd.GeoDataFrame(table, geometry="geometry", crs=demand.crs)
    clusters.attrs["scattered"] = float(weight[rows[label < 0]].sum())
    return clusters


def dbscan(
    xy: FloatArray, weight: FloatArray, within_m: float, at_least: float
) -> npt.NDArray[np.int64]:
    """
    Density clusters of weighted points (Ester et al. 1996, weights in place of counts).

    Parameters
    ----------
    xy, weight
        (k, 2) places, m, and (k,) weights.
    within_m, at_least
        Distance, closed, and weight that make a point a middle; its own counts.

    Returns
    -------
    label
        (k,) number of the cluster, -1 for none.
    """
    if not len(xy):
        return np.empty(0, np.int64)
    cell = np.floor((xy - xy.min(axis=0)) / within_m).astype(np.int64) + 1
    across = int(cell[:, 0].max()) + 2
    key = cell[:, 1] * across + cell[:, 0]
    order = np.argsort(key, kind="stable")
    label = np.empty(len(xy), np.int64)
    label[order] = _dbscan(
        xy[order], weight[order].astype(float), key[order], across, float(within_m), float(at_least)
    )
    return label


@jit
def _dbscan(xy, weight, key, across, within_m, at_least):
    """`dbscan` of points sorted by the number of their cell, cells as wide as the distance."""
    n = weight.size
    square = within_m * within_m * (1.0 + 1e-12)
    around, root = np.zeros(n), np.arange(n)
    for pass_number in range(2):
        for i in range(n):
            if pass_number == 1 and around[i] < at_least:
                continue
            for row in range(-1, 2):
                low = key[i] + row * across - 1
                j = np.searchsorted(key, low)
                while j < n and key[j] <= low + 2:
                    near = (xy[i, 0] - xy[j, 0]) ** 2 + (xy[i, 1] - xy[j, 1]) ** 2 <= square
                    if near and pass_number == 0:
                        around[i] += weight[j]
                    elif near and j < i and around[j] >= at_least:
                        a, b = _root(root, i), _root(root, j)
                        root[max(a, b)] = min(a, b)
                    j += 1
    return _labels(xy, key, across, square, around, root, at_least)


@jit
def _labels(xy, key, across, square, around, root, at_least):
    """Give every cluster of middles a number, and let other points join the nearest middle."""
    n = around.size
    label, numbers, clusters = np.full(n, -1, np.int64), np.full(n, -1, np.int64), 0
    for i in range(n):
        if around[i] >= at_least:
            r = _root(root, i)
            if numbers[r] < 0:
                numbers[r] = clusters
                clusters += 1
            label[i] = numbers[r]
    for i in range(n):
        best = square
        for row in range(-1, 2):
            low = key[i] + row * across - 1
            j = np.searchsorted(key, low)
            while j < n and key[j] <= low + 2 and around[i] < at_least:
                far = (xy[i, 0] - xy[j, 0]) ** 2 + (xy[i, 1] - xy[j, 1]) ** 2
                if around[j] >= at_least and far <= best:
                    best, label[i] = far, label[j]
                j += 1
    return label


@leaf
def _root(root, i):
    """Find the first of a set, and shorten the way to it."""
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


def _summary(
    near: pd.DataFrame,
    demand: gpd.GeoDataFrame,
    rows: npt.NDArray[np.intp],
    label: npt.NDArray[np.int64],
    xy: FloatArray,
    weight: FloatArray,
    group: str,
    by: str,
) -> pd.DataFrame:
    """One row per cluster: its unit, numbers, minutes and place."""
    clusters = int(label.max(initial=-1)) + 1
    number = np.arange(clusters)
    total = np.bincount(label, weight, clusters)
    code, units = pd.factorize(demand[by].iloc[rows], sort=True)
    heavy = np.full((clusters, len(units) + 1), -1.0) if clusters else np.empty((0, 1))
    of_unit = np.bincount(label * (len(units) + 1) + code + 1, weight, heavy.size)
    heavy = of_unit.reshape(heavy.shape)[:, 1:]
    most = np.array([*units, None], dtype=object)
    best = (
        np.where(heavy.max(axis=1, initial=0.0) > 0, heavy.argmax(axis=1), -1) if len(units) else -1
    )
    table = pd.DataFrame({by: most[np.broadcast_to(best, clusters)]})
    for name in dict.fromkeys([group, *(g for g in GROUPS if g in demand.columns)]):
        value = np.nan_to_num(amounts(demand.iloc[rows], name))
        table[name] = np.bincount(label, value, clusters)
    minutes = near["walk_min"].to_numpy(dtype=float)[rows]
    nowhere = np.isnan(minutes)
    table["unreachable_share"] = np.bincount(label[nowhere], weight[nowhere], clusters) / total
    order = np.lexsort((minutes, label))  # NaN comes last
    upto = np.cumsum(weight[order])
    middle = np.searchsorted(upto, np.cumsum(total) - total / 2.0)
    table["median_min"] = minutes[order][middle]
    centre = np.column_stack([np.bincount(label, c * weight, clusters) / total for c in xy.T])
    order = np.lexsort((np.hypot(*(xy - centre[label]).T), label))
    at = np.searchsorted(label[order], number)
    places = np.asarray(shapely.points(xy[order][at]), dtype=object)
    return table.assign(geometry=places)


def _names(codes: pd.Series[str], names: pd.Series[str] | None) -> list[str]:
    """Name of each cluster: its unit's, with a number where a unit has several."""
    if names is not None:  # a code that is there twice goes by its first name
        names = names[~names.index.duplicated()]
    called = codes if names is None else codes.map(names).fillna(codes)
    called = called.fillna("—").astype("str")
    number = called.groupby(called).cumcount() + 1
    several = called.groupby(called).transform("size") > 1
    return [f"{c} {n}" if s else c for c, n, s in zip(called, number, several, strict=True)]


def _require(demand: gpd.GeoDataFrame, within_m: float, at_least: float) -> None:
    _crs.require_metric(demand, "demand")
    if not (0 < within_m < np.inf and 0 < at_least < np.inf):
        raise InputError(
            f"within_m={within_m}, at_least={at_least}: no cluster can be found so.",
            zh=f"within_m={within_m}，at_least={at_least}：无法聚类。",
            fix="give a distance and a number above 0, for example 300 and 30",
            fix_zh="距离和人数应大于 0，例如 300 和 30",
        )
