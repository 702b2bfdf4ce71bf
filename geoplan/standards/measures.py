"""
Measures (度量): the few pure computations that standards are judged by.

Every measure returns one row per unit with a value and the bounds it could take if the missing
data were known: met only if the lower bound meets, not met only if the upper bound fails,
otherwise to be verified (IND-02).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

STATUS = ("met", "not_met", "to_verify", "no_data", "no_target")
"""达标、未达标、待核、无数据、规划未定量."""


def area_ratio(
    area_m2: pd.Series[float],
    unit: pd.Series[str],
    base: pd.Series[float],
    need_m2: pd.Series[float],
    *,
    per: float = 1.0,
    sure: BoolArray | None = None,
) -> pd.DataFrame:
    """
    Area of facilities over a base (persons or households), per unit, with what is needed.

    Parameters
    ----------
    area_m2
        One row per facility that counts; missing where the register has no figure.
    unit
        The unit each facility lies in, on the same index.
    base
        Persons or households, by unit: the index names the units to answer for.
    need_m2
        Area needed, by unit.
    per
        Size of one base step: 1 person, 100 households.
    sure
        Whether each facility certainly serves, and there; one that may is in the upper bound
        alone. None: all do.

    Returns
    -------
    rows
        Index of ``base``: ``value`` (m² per step), ``value_min``, ``value_max`` (inf where an
        area is unknown), ``numerator`` (m²), ``denominator_value``, ``gap`` (m² short, 0 where
        enough), ``missing`` (facilities without a figure), ``completeness_share``. Everything
        is NaN where the base is 0 or unknown.

    Examples
    --------
    G8: 20,000 persons, 1,500 m² of land, 0.1 m² a person.

    >>> rows = area_ratio(pd.Series([1500.0]), pd.Series(["a"]), pd.Series({"a": 20000.0}),
    ...                   pd.Series({"a": 2000.0}))
    >>> rows[["value", "gap"]].values.tolist()
    [[0.075, 500.0]]
    """
    at = base.index.get_indexer(pd.Index(unit.astype(object)))
    sized, size = area_m2.notna().to_numpy(), area_m2.to_numpy(dtype=float)
    here = at >= 0
    n = len(base)
    known = sized if sure is None else sized & sure
    total, perhaps = (
        np.bincount(at[here & pick], weights=size[here & pick], minlength=n)
        for pick in (known, sized & ~known)
    )
    rows, missing = (
        np.bincount(at[pick], minlength=n).astype(float) for pick in (here, here & ~known)
    )
    endless = np.bincount(at[here & ~sized], minlength=n) > 0
    steps = base.to_numpy(dtype=float, na_value=np.nan) / per
    steps = np.where(steps > 0, steps, np.nan)
    value = total / steps
    return pd.DataFrame(
        {
            "value": value,
            "value_min": value,
            "value_max": np.where(endless, np.inf, total + perhaps) / steps,
            "numerator": np.where(np.isnan(steps), np.nan, total),
            "denominator_value": np.where(np.isnan(steps), np.nan, steps * per),
            "gap": np.maximum(need_m2.to_numpy(dtype=float, na_value=np.nan) - total, 0.0)
            + 0.0 * steps,
            "missing": missing,
            "completeness_share": 1.0 - missing / np.maximum(rows, 1),
        },
        index=base.index,
    )


def presence(
    units: pd.Index[str],
    has: pd.Series[str],
    might_have: pd.Series[str],
) -> pd.DataFrame:
    """
    Tell for each unit whether it has at least one object.

    Parameters
    ----------
    units
        The units to answer for.
    has
        Unit of each object that certainly counts.
    might_have
        Unit of each object that would count if its missing data allowed.

    Returns
    -------
    rows
        Index ``units``: ``value`` (1, 0; NaN where only unknown objects are there),
        ``value_min``, ``value_max``, ``numerator`` (objects that count), ``missing``.
    """
    sure = _count(units, has)
    maybe = _count(units, might_have)
    low = (sure > 0).astype(float)
    high = (sure + maybe > 0).astype(float)
    return pd.DataFrame(
        {
            "value": np.where(low == high, low, np.nan),
            "value_min": low,
            "value_max": high,
            "numerator": sure,
            "missing": maybe,
            "completeness_share": (low == high).astype(float),
        },
        index=units,
    )


def _count(units: pd.Index[str], codes: pd.Series[str]) -> npt.NDArray[np.int64]:
    at = units.get_indexer(pd.Index(codes.astype(object)))
    return np.bincount(at[at >= 0], minlength=len(units))


def largest(
    units: pd.Index[str],
    size: pd.Series[float],
    unit: pd.Series[str],
    *,
    sure: BoolArray | None = None,
) -> pd.DataFrame:
    """
    Largest facility of each unit, for a least single size (COM-02).

    Parameters
    ----------
    units
        The units to answer for.
    size
        Size of each facility, m²; missing where unknown.
    unit
        Unit each lies in.
    sure
        Whether each facility certainly serves, and there; None: all do.

    Returns
    -------
    rows
        Index ``units``: ``value`` (m²; 0 where the register has none), bounds, ``missing``.
    """
    at = units.get_indexer(pd.Index(unit.astype(object)))
    here = at >= 0
    sized, m2 = size.notna().to_numpy(), size.to_numpy(dtype=float)
    known = sized if sure is None else sized & sure
    best = np.zeros(len(units))
    np.maximum.at(best, at[here & known], m2[here & known])
    most = best.copy()
    np.maximum.at(most, at[here & sized], m2[here & sized])
    missing = np.bincount(at[here & ~known], minlength=len(units))
    endless = np.bincount(at[here & ~sized], minlength=len(units)) > 0
    return pd.DataFrame(
        {
            "value": best,
            "value_min": best,
            "value_max": np.where(endless, np.inf, most),
            "numerator": best,
            "missing": missing.astype(float),
        },
        index=units,
    )


def share_of_units(rows: pd.DataFrame, meets: BoolArray, might: BoolArray,
                   group: pd.Series[str], groups: pd.Index[str]) -> pd.DataFrame:  # fmt: skip
    """
    Share of the units of each group that meet a test, with bounds.

    Parameters
    ----------
    rows
        One row per unit.
    meets, might
        Whether it certainly meets; whether it meets for certain or perhaps.
    group
        The higher unit each belongs to, on the index of ``rows``.
    groups
        The higher units to answer for.

    Returns
    -------
    shares
        Index ``groups``: ``value`` (the certain share), bounds, ``numerator``,
        ``denominator_value`` (units), ``missing`` (undecided), ``completeness_share``.
        NaN where a group has no unit.
    """
    at = groups.get_indexer(pd.Index(group.reindex(rows.index).astype(object)))
    here = at >= 0
    n = len(groups)
    total = np.bincount(at[here], minlength=n).astype(float)
    sure = np.bincount(at[here & meets], minlength=n)
    perhaps = np.bincount(at[here & might], minlength=n)
    total = np.where(total > 0, total, np.nan)
    return pd.DataFrame(
        {
            "value": sure / total,
            "value_min": sure / total,
            "value_max": perhaps / total,
            "numerator": np.where(np.isnan(total), np.nan, sure),
            "denominator_value": total,
            "missing": perhaps - sure,
            "completeness_share": 1.0 - (perhaps - sure) / total,
        },
        index=groups,
    )


def judge(rows: pd.DataFrame, meets: Callable[[float], bool]) -> list[str]:
    """
    Return the status of each row from its bounds (IND-02).

    Parameters
    ----------
    rows
        Columns ``value_min``, ``value_max``.
    meets
        The rule's test of one value, strict or not as the plan words it.

    Returns
    -------
    status
        One of `STATUS` per row: ``no_data`` where both bounds are NaN.
    """
    out = []
    for low, high in zip(rows["value_min"], rows["value_max"], strict=True):
        if np.isnan(low) and np.isnan(high):
            out.append("no_data")
        elif not np.isnan(low) and meets(float(low)):
            out.append("met")
        elif not np.isnan(high) and not meets(float(high)):
            out.append("not_met")
        else:
            out.append("to_verify")
    return out


def judge_each(rows: pd.DataFrame, target: pd.Series[float], operator: str) -> list[str]:
    """
    Return the status of rows whose targets differ (a mix of new and existing estates).

    Parameters
    ----------
    rows
        Columns ``value_min``, ``value_max``.
    target
        One per row.
    operator
        ``>=`` (closed) or ``>`` (strict).

    Returns
    -------
    status
        One of `STATUS` per row.
    """
    out = []
    for low, high, goal in zip(rows["value_min"], rows["value_max"], target, strict=True):
        if np.isnan(low) or np.isnan(goal):
            out.append("no_data")
        elif _beats(low, goal, operator):
            out.append("met")
        else:
            out.append("to_verify" if _beats(high, goal, operator) else "not_met")
    return out


def _beats(value: float, goal: float, operator: str) -> bool:
    equal = np.isclose(value, goal, rtol=1e-9, atol=1e-9)
    return bool(value > goal and not equal) if operator == ">" else bool(value > goal or equal)


def near_pairs(
    ours: pd.DataFrame, others: pd.DataFrame, distance_m: float
) -> tuple[BoolArray, BoolArray]:
    """
    Tell which objects have one of the others within a distance, closed.

    Parameters
    ----------
    ours, others
        Points or polygons, any CRS; rows without geometry are allowed.
    distance_m
        Metres in a straight line.

    Returns
    -------
    near, unplaced
        One entry per row of ``ours``; ``unplaced`` where it has no geometry, or some of the
        others have none.
    """
    here, there = _shapes(ours), _shapes(others)
    near = np.zeros(len(ours), bool)
    known = ~shapely.is_missing(here)
    if known.any() and not shapely.is_missing(there).all():
        tree = shapely.STRtree(there[~shapely.is_missing(there)])
        hit = tree.query(here[known], predicate="dwithin", distance=distance_m)[0]
        near[np.flatnonzero(known)[hit]] = True
    return near, ~near & (~known | bool(shapely.is_missing(there).any()))


def same_place(frame: pd.DataFrame, distance_m: float) -> list[tuple[int, int]]:
    """
    Return pairs of rows of one name, kind and address nearer than a distance (FAC-03).

    Parameters
    ----------
    frame
        ``name``, ``facility_kind`` and ``address`` where there is one (an address that is not
        stated agrees with any); points, any CRS.
    distance_m
        Metres, closed.

    Returns
    -------
    pairs
        Row positions, the earlier first; each pair once.
    """
    shapes = _shapes(frame)
    known = np.flatnonzero(~shapely.is_missing(shapes))
    if not len(known):
        return []
    tree = shapely.STRtree(shapes[known])
    a, b = tree.query(shapes[known], predicate="dwithin", distance=distance_m)
    keep = a < b
    a, b = known[a[keep]], known[b[keep]]
    same = np.ones(len(a), bool)
    for column in ("name", "facility_kind"):
        cells = frame[column].astype("string").fillna("").to_numpy(dtype=object)
        same &= (cells[a] == cells[b]) & (cells[a] != "")
    if "address" in frame.columns:
        where = frame["address"].astype("string").fillna("").str.strip().to_numpy(dtype=object)
        same &= (where[a] == where[b]) | (where[a] == "") | (where[b] == "")
    return sorted(zip(a[same].tolist(), b[same].tolist(), strict=True))


def _shapes(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Geometry in metres; all missing where there is none."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty or not frame.geometry.notna().any():
        return np.full(len(frame), None, dtype=object)
    metric = frame.to_crs(crs.metric_of(frame, "facilities"))
    return np.asarray(metric.geometry.array, dtype=object)
