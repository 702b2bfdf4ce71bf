"""Coverage (覆盖率): people within the circles, by unit and group (ELD-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.errors import (
    EmptyLayerError,
    InputError,
    InvalidGeometryError,
    MissingColumnsError,
    MissingCRSError,
)
from geoplan.network.checks import amounts, require_limit
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.service_circles.sources import require_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.policy import Policy

GROUPS = ("persons", "elders_60", "elders_65", "elders_80", "households")
"""Weights that coverage is counted in, where the demand has them."""


def coverage(
    near: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    by: str = "unit_code",
    policy: Policy | None = None,
    minutes: Sequence[float] | None = None,
) -> pd.DataFrame:
    """
    Share of each unit's people within each circle, by age group.

    "Within 15 minutes" is closed: exactly 15 counts. A row whose weight is unknown counts
    neither as covered nor as uncovered and lowers ``completeness_share``.

    Parameters
    ----------
    near
        From `travel_time`: ``walk_min`` on the demand's index.
    demand
        Column ``by`` and any of `GROUPS`; CRS does not matter.
    by
        Column that names the unit of each row; rows without a unit are left out.
    policy
        Gives the limits (``circle_limits_min``) where ``minutes`` does not.
    minutes
        The limits.

    Returns
    -------
    coverage
        One row per unit, group and limit: ``by``, ``group``, ``limit_min``, ``persons``,
        ``covered``, ``uncovered`` (in the group's own unit), ``cov_share`` (0–1; NaN where the
        unit has none or no data), ``completeness_share``.

    Raises
    ------
    MissingColumnsError
        If ``by``, ``walk_min`` or all groups are absent.
    InputError
        If no limit is given, one is negative or not a number, the two frames are not of the same
        doors, or a number of people is negative or none.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(2). Cost: one group-by per group.

    Examples
    --------
    >>> import pandas as pd
    >>> near = pd.DataFrame({"walk_min": [15.0, float("nan")]})
    >>> people = pd.DataFrame({"unit_code": ["a", "a"], "persons": [30, 10]})
    >>> coverage(near, people, minutes=[15])[["persons", "covered", "cov_share"]].values.tolist()
    [[40.0, 30.0, 0.75]]
    """
    limits = _limits(policy, minutes)
    groups = groups_of(demand, by)
    require_same_doors(near, demand, "walk_min")
    codes, units = pd.factorize(demand[by], sort=True)
    walk_min = near["walk_min"].to_numpy(dtype=float)
    parts = [_one_group(codes, units, demand, g, walk_min, limits, by) for g in groups]
    return pd.concat(parts, ignore_index=True)


def groups_of(demand: pd.DataFrame, *columns: str) -> list[str]:
    """
    Return the groups that a demand has.

    Raises
    ------
    MissingColumnsError
        If it has none, or lacks another column that is needed.
    """
    groups = [g for g in GROUPS if g in demand.columns]
    missing = [c for c in columns if c not in demand.columns] + ([] if groups else ["persons"])
    if missing:
        raise MissingColumnsError.for_layer("demand", missing, demand.columns)
    return groups


def require_same_doors(
    near: pd.DataFrame, demand: pd.DataFrame, *columns: str, name: str = "near"
) -> None:
    """
    Check that an answer by doors is of this demand, in its order.

    Raises
    ------
    MissingColumnsError
        If the answer lacks a column.
    InputError
        If its index is not the demand's.
    """
    require_columns(near, name, *columns)
    if not near.index.equals(demand.index):
        raise InputError(
            f"{name} ({len(near)} rows) and demand ({len(demand)}) are not of the same doors, or "
            "are in another order.",
            zh=f"{name}（{len(near)} 行）与 demand（{len(demand)} 行）不是同一批住户，或顺序不同。",
            fix=f"pass the demand that it was computed for, or {name}.loc[demand.index]",
            fix_zh=f"传入计算时所用的 demand，或用 {name}.loc[demand.index]",
        )


def _limits(policy: Policy | None, minutes: Sequence[float] | None) -> tuple[float, ...]:
    if minutes is not None and len(minutes):
        return tuple(require_limit(m) for m in minutes)
    if policy is None or minutes is not None:
        raise InputError(
            "coverage needs the limits: a policy or minutes.",
            zh="覆盖率计算需要时限：给出 policy 或 minutes。",
            fix="coverage(near, demand, minutes=[5, 10, 15])",
            fix_zh="coverage(near, demand, minutes=[5, 10, 15])",
        )
    return tuple(policy.numbers("circle_limits_min"))


def _one_group(
    codes: np.ndarray,
    units: pd.Index[str],
    demand: pd.DataFrame,
    group: str,
    walk_min: np.ndarray,
    limits: tuple[float, ...],
    by: str,
) -> pd.DataFrame:
    value = amounts(demand, group)
    known, placed = ~np.isnan(value), codes >= 0
    use = known & placed
    n = len(units)
    total = np.bincount(codes[use], weights=value[use], minlength=n)
    rows = np.bincount(codes[placed], minlength=n)
    complete = np.bincount(codes[use], minlength=n) / np.maximum(rows, 1)
    parts = []
    for limit in limits:
        inside = use & (walk_min <= limit + TOLERANCE_MIN)
        covered = np.bincount(codes[inside], weights=value[inside], minlength=n)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(total > 0, covered / total, np.nan)
        parts.append(
            pd.DataFrame(
                {
                    by: units, "group": group, "limit_min": limit, "persons": total,
                    "covered": covered, "uncovered": total - covered, "cov_share": share,
                    "completeness_share": complete,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def histogram(
    near: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    by: str | None = None,
    minutes: Sequence[float] = (5.0, 10.0, 15.0, 20.0),
) -> pd.DataFrame:
    """
    Count people by how long they walk: 0–5, 5–10, 10–15, 15–20, 20+ minutes, and not at all.

    Parameters
    ----------
    near
        From `travel_time` without a limit; a limit moves those beyond it to ``no_way``.
    demand
        Any of `GROUPS`, and ``by``.
    by
        Column that names the unit of each row; without it all are counted together.
    minutes
        Upper ends of the bands, closed, ascending.

    Returns
    -------
    histogram
        One row per unit, group and band: ``by``, ``group``, ``band`` (``0-5`` … ``20+``,
        ``no_way``, ``unsnapped``), ``from_min``, ``to_min``, ``persons`` (in the group's unit),
        ``share`` (of the group in the unit; NaN where it has none).

    Raises
    ------
    MissingColumnsError
        If ``by`` or all groups are absent.
    InputError
        If the ends do not ascend from above 0, the frames are not of the same doors, or a number
        of people is negative or none.
    """
    ends = np.asarray(minutes, dtype=float)
    if not len(ends) or not (np.diff(ends, prepend=0.0) > 0).all() or not np.isfinite(ends).all():
        raise InputError(
            f"minutes={ends.tolist()}: the bands must ascend from above 0.",
            zh=f"时段 {ends.tolist()} 应从 0 以上递增。",
            fix="for example minutes=[5, 10, 15, 20]",
            fix_zh="例如 minutes=[5, 10, 15, 20]",
        )
    groups = groups_of(demand, *([by] if by else []))
    require_same_doors(near, demand, "walk_min", "reach")
    low = np.concatenate(([0.0], ends))
    labels = [*(f"{a:g}-{b:g}" for a, b in zip(low[:-1], ends, strict=True)), f"{ends[-1]:g}+",
              "no_way", "unsnapped"]  # fmt: skip
    walk_min = near["walk_min"].to_numpy(dtype=float)
    band = np.searchsorted(ends + TOLERANCE_MIN, walk_min, side="left")
    band[np.isnan(walk_min)] = len(ends) + 1
    band[(near["reach"] == "unsnapped").to_numpy()] = len(ends) + 2
    codes, units = pd.factorize(demand[by] if by else np.full(len(demand), "all"), sort=True)
    shape = (len(units), len(labels))
    parts = []
    for group in groups:
        weight = amounts(demand, group)
        use = (codes >= 0) & ~np.isnan(weight)
        flat = np.ravel_multi_index((codes[use], band[use]), shape)
        count = np.bincount(flat, weights=weight[use], minlength=shape[0] * shape[1])
        total = count.reshape(shape).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(
                np.repeat(total, shape[1]) > 0, count / np.repeat(total, shape[1]), np.nan
            )
        table = pd.DataFrame({
            by or "unit": np.repeat(units, shape[1]), "group": group,
            "band": np.tile(labels, shape[0]),
            "from_min": np.tile([*low, np.nan, np.nan], shape[0]),
            "to_min": np.tile([*ends, np.nan, np.nan, np.nan], shape[0]),
            "persons": count, "share": share,
        })  # fmt: skip
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _require_valid(shapes: npt.NDArray[np.object_], codes: pd.Series[str]) -> None:
    wrong = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if wrong.any():
        found = codes[wrong].astype(str).tolist()[:3]
        raise InvalidGeometryError(
            f"The outlines of {int(wrong.sum())} units cross themselves, for example {found}.",
            zh=f"{int(wrong.sum())} 个单元的边界自相交，例如 {found}。",
            fix="units['geometry'] = units.make_valid(), or read them with geoplan.io.read_layer",
            fix_zh="用 units['geometry'] = units.make_valid() 修复，或用 io.read_layer 读取",
            layer="units",
        )


def area_coverage(
    areas: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, by: str = "unit_code"
) -> pd.DataFrame:
    """
    Share of each unit's land within the service areas; never to be shown alone (ELD-07).

    Empty hills count as much as streets full of people: read it beside `coverage`.

    Parameters
    ----------
    areas
        From ``areas(..., merge="dissolve")``, in a metric CRS.
    units
        Polygons in any CRS; column ``by``.
    by
        Code of the unit.

    Returns
    -------
    table
        One row per unit and limit: ``by``, ``limit_min``, ``land_m2`` (ellipsoidal),
        ``cov_area_share`` (0–1).

    Raises
    ------
    MissingColumnsError
        If ``by`` or ``limit_min`` is absent.
    NotMetricCRSError, MissingCRSError
        If the areas are not in metres, or the units have no CRS.
    EmptyLayerError
        If there are no areas.
    InvalidGeometryError
        If a unit's outline crosses itself; names the units.
    """
    require_columns(areas, "areas", "limit_min")
    require_columns(units, "units", by)
    _crs.require_metric(areas, "areas")
    if areas.empty:
        raise EmptyLayerError.for_layer("areas")
    if units.crs is None:
        raise MissingCRSError.for_layer("units")
    faces = units.to_crs(areas.crs)
    shapes = faces.geometry.to_numpy()
    _require_valid(shapes, faces[by])
    land_m2 = _crs.ellipsoidal_area_m2(units)
    plane = shapely.area(shapes)
    parts = []
    for limit_min, area in zip(areas["limit_min"], areas.geometry, strict=True):
        inside = shapely.area(shapely.intersection(shapes, area))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(plane > 0, inside / plane, np.nan)
        parts.append(
            pd.DataFrame({by: faces[by].to_numpy(), "limit_min": limit_min,
                          "land_m2": np.asarray(land_m2), "cov_area_share": share})
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
