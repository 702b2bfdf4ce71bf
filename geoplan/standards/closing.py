"""Closing gaps (补缺口): who has too much nearby, which idle buildings could be used (ELD-19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs

if TYPE_CHECKING:
    from geoplan.policy import Policy

_GROUND = "地下或夹层"
_NOTHING_M2 = 1e-9


def usable_sites(sites: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """
    Tell which idle buildings can be used for elder care, and why not (ELD-19).

    A constraint is hard where its basis is the plan or a national text; others warn, so that a
    useful room is not thrown out by another province's figure.

    Parameters
    ----------
    sites
        ``candidate_sites``: ``floor_level``, ``hazard``, ``floor_m2``, ``owner`` where there are;
        any CRS.
    policy
        Gives the limits and their basis.

    Returns
    -------
    judged
        The input's index; ``usable`` (bool), ``reasons_zh``, ``reasons_en`` (what excludes it),
        ``warnings_zh``, ``warnings_en`` (what to look at), each joined by ``;``.
    """
    names = ("site_min_floor_level", "site_min_floor_m2")
    lowest, smallest_m2 = (policy.value(n) for n in names)
    basis_level, basis_size = (policy.parameter(n).basis for n in names)
    level, floor_m2 = (_numbers(sites, n) for n in ("floor_level", "floor_m2"))
    out = []
    for i in range(len(sites)):
        why: list[tuple[str, str]] = []
        look: list[tuple[str, str]] = []
        if level[i] < lowest:
            why.append((f"{_GROUND}[{basis_level}]", f"below ground [{basis_level}]"))
        hazard = _word(sites, "hazard", i)
        if hazard:
            why.append((f"安全隐患：{hazard}", f"hazard: {hazard}"))
        if np.isnan(level[i]):
            look.append(("楼层未填", "floor level not stated"))
        elif level[i] > 1:
            look.append((f"在 {level[i]:g} 层，需电梯", f"on floor {level[i]:g}: lift needed"))
        if floor_m2[i] < smallest_m2:
            text = f"{smallest_m2:g}"
            look.append((f"小于 {text} 平方米[{basis_size}]", f"below {text} m2 [{basis_size}]"))
        if not _word(sites, "owner", i):
            look.append(("权属未填", "owner not stated"))
        out.append((not why, *_joined(why), *_joined(look)))
    return pd.DataFrame(
        out, index=sites.index,
        columns=["usable", "reasons_zh", "reasons_en", "warnings_zh", "warnings_en"],
    )  # fmt: skip


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _word(frame: pd.DataFrame, column: str, row: int) -> str:
    value = frame[column].iloc[row] if column in frame.columns else None
    return "" if value is None or pd.isna(value) else str(value).strip()


def _joined(pairs: list[tuple[str, str]]) -> tuple[str, str]:
    return "；".join(p[0] for p in pairs), "; ".join(p[1] for p in pairs)


def close_gaps(
    gaps: pd.DataFrame,
    checks: pd.DataFrame,
    units: gpd.GeoDataFrame,
    sites: pd.DataFrame | None,
    policy: Policy,
) -> pd.DataFrame:
    """
    Put beside each gap in land or floor the nearest surplus and the idle buildings that fit.

    Buildings inside a unit are given to it, each once per rule, the largest gap first; the one
    that closes the gap with the least to spare before the largest.

    Parameters
    ----------
    gaps
        From `standards.gaps`.
    checks
        From `standards.check`, of the same city.
    units
        ``admin_units``: polygons, ``unit_code``, ``name``; any CRS.
    sites
        ``candidate_sites``: points or polygons, any CRS; None for no register.
    policy
        For `usable_sites`.

    Returns
    -------
    gaps
        The rows whose gap is land or floor in m², with ``nearest_surplus`` (name), ``surplus_m2``,
        ``surplus_km`` (between the units' middles), ``idle_sites`` (names),
        ``idle_floor_m2`` (their sum) and ``left_m2`` (what is to be found elsewhere).
    """
    own = gaps.loc[(gaps["gap_unit"] == "m2").to_numpy(dtype=bool)]
    out = own.assign(nearest_surplus="", surplus_m2=np.nan, surplus_km=np.nan, idle_sites="",
                     idle_floor_m2=0.0, left_m2=own["gap"])  # fmt: skip
    drawn = isinstance(units, gpd.GeoDataFrame) and units.geometry.notna().any()
    if out.empty or not drawn:
        return out.reset_index(drop=True)
    metric = crs.metric_of(units, "admin_units")
    shapes = units.drop_duplicates("unit_code").set_index("unit_code").geometry.to_crs(metric)
    rooms = _rooms(sites, policy, metric)
    for (rule, level, basis), rows in out.groupby(["rule_id", "level", "denominator"], sort=False):
        same = (checks["rule_id"] == rule) & (checks["level"] == level)
        peers = checks.loc[(same & (checks["denominator"] == basis)).to_numpy(dtype=bool)]
        _surplus(out, rows, peers, shapes, units)
        if not (peers["unit"] == "m2/person").any():  # a building is no land
            _buildings(out, rows, shapes, rooms)
    return out.reset_index(drop=True)


def _rooms(sites: pd.DataFrame | None, policy: Policy, metric: str) -> gpd.GeoDataFrame:
    nothing = gpd.GeoDataFrame({"name": [], "floor_m2": []}, geometry=[], crs=metric)
    if not isinstance(sites, gpd.GeoDataFrame) or sites.empty:
        return nothing
    keep = usable_sites(sites, policy)["usable"].to_numpy(dtype=bool)
    keep = keep & sites.geometry.notna().to_numpy(dtype=bool)
    keep = keep & (_numbers(sites, "floor_m2") > 0)
    if not keep.any():
        return nothing
    some = sites.loc[keep].to_crs(metric)
    return some.set_geometry(some.geometry.representative_point())


def _surplus(
    out: pd.DataFrame, rows: pd.DataFrame, peers: pd.DataFrame,
    shapes: gpd.GeoSeries, units: gpd.GeoDataFrame,
) -> None:  # fmt: skip
    """Write the nearest unit of the same level that has more than it needs."""
    need = peers["target"]
    if (peers["unit"] != "m2").all():
        need = need * peers["denominator_value"]
        need = need / 100.0 if (peers["unit"] == "m2/100hh").all() else need
    spare = (peers["numerator"] - need).set_axis(peers["unit_code"])
    spare = spare[(spare > 0) & spare.index.isin(shapes.index)]
    if spare.empty:
        return
    middle = shapes.representative_point()
    tree = shapely.STRtree(np.asarray(middle.loc[spare.index].array, dtype=object))
    here = rows.loc[rows["unit_code"].isin(shapes.index).to_numpy()]
    where = np.asarray(middle.loc[here["unit_code"]].array, dtype=object)
    _, near = tree.query_nearest(where, all_matches=False)
    name = units.drop_duplicates("unit_code").set_index("unit_code")["name"]
    codes = spare.index[near]
    out.loc[here.index, "nearest_surplus"] = name.reindex(codes).to_numpy()
    out.loc[here.index, "surplus_m2"] = spare.loc[codes].to_numpy()
    far = shapely.distance(where, np.asarray(middle.loc[codes].array, dtype=object))
    out.loc[here.index, "surplus_km"] = far / 1000.0


def _buildings(
    out: pd.DataFrame, rows: pd.DataFrame, shapes: gpd.GeoSeries, rooms: gpd.GeoDataFrame
) -> None:
    """Give idle buildings inside each unit to it, the best fitting first, until its gap closes."""
    if rooms.empty:
        return
    free = np.ones(len(rooms), bool)
    size = rooms["floor_m2"].to_numpy(dtype=float)
    points = np.asarray(rooms.geometry.array, dtype=object)
    tree = shapely.STRtree(points)
    names = rooms["name"].astype("string").fillna("").to_numpy(dtype=object)
    for at, row in rows.sort_values("gap", ascending=False).iterrows():
        if row["unit_code"] not in shapes.index:
            continue
        inside = tree.query(shapes.loc[row["unit_code"]], predicate="intersects")
        inside = inside[free[inside]]
        picked, left = [], float(row["gap"])
        while left > _NOTHING_M2 and len(inside):
            enough = inside[size[inside] >= left]
            best = enough[size[enough].argmin()] if len(enough) else inside[size[inside].argmax()]
            picked.append(best)
            free[best] = False
            left -= size[best]
            inside = inside[inside != best]
        if picked:
            out.loc[at, "idle_sites"] = ";".join(str(names[i]) for i in picked)
            out.loc[at, "idle_floor_m2"] = float(size[picked].sum())
            out.loc[at, "left_m2"] = max(0.0, left)
