"""The proposal list (选址方案表, RULES 1.7): mode, m², who is served, the gap before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.workspace.siting_question import GAP_LEVEL, STANDARDS, gaps, inside_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.workspace.siting import Siting
    from geoplan.workspace.siting_question import Question, Standard

COLUMNS = (
    "site_id", "name", "acquisition", "land_m2", "floor_m2", "used_m2", "households_served",
    "elders_served", "households_newly", "elders_newly", "gap_unit", "gap_before_m2",
    "gap_after_m2", "gap_status", "gap_rule", "gap_denominator_zh", "gap_basis", "cost",
    "cost_basis", "synthetic",
)  # fmt: skip
_SERVED = {"households": "households", "elders": "elders_60"}


def proposals(found: Siting, standard: Standard | None = None) -> gpd.GeoDataFrame:
    """
    List the new sites as a planning bureau proposes them.

    Parameters
    ----------
    found
        From `site`.
    standard
        Whose gap is told: ``floor`` (ELD-03) or ``land`` (ELD-01); default that of ``found``.

    Returns
    -------
    proposals
        A row per site in the order of `Siting.sites`, EPSG:4490, `COLUMNS`. ``used_m2``: what it
        gives towards the gap, all it has, or what ``close_gap`` takes. ``_served``: who reaches it
        within the limit; ``_newly``: who reaches no site open before it. ``gap_unit``: the
        township it lies in, or those ``close_gap`` gives to; ``gap_before_m2`` and
        ``gap_after_m2``: their deficit before and after this site, those above it open. What no
        data tells is NaN. ``cost`` in yuan, ``cost_basis`` as from `siting.candidates.costs`.

    Examples
    --------
    >>> from geoplan.workspace.siting_table import COLUMNS
    >>> [c for c in COLUMNS if c.startswith("gap_") and c.endswith("m2")]
    ['gap_before_m2', 'gap_after_m2']
    """
    question = found.question
    standard = standard or question.standard
    table = found.sites.set_index("site_id")
    lacking = (question.gaps if standard == question.standard
               else gaps(question.workspace, standard))  # fmt: skip
    given = _given(found, table, standard)
    told = _sequence(table.index, given, lacking["gap"])
    first = given.drop_duplicates("site_id").set_index("site_id")["unit_code"].reindex(table.index)
    told["gap_status"] = first.map(lacking["status"])
    told["gap_denominator_zh"] = first.map(lacking["denominator_zh"])
    told["gap_basis"] = first.map(lacking["basis"])
    names = given.assign(name=given["unit_code"].map(question.unit_names))
    told["gap_unit"] = names.groupby("site_id", sort=False)["name"].agg("；".join)
    served = _served(question, table.index)
    out = pd.concat([table[["name", "acquisition", "land_m2", "floor_m2", "cost", "cost_basis",
                            "geometry"]], told, served], axis=1)  # fmt: skip
    out["gap_rule"], out["synthetic"] = STANDARDS[standard][0], found.synthetic
    frame = gpd.GeoDataFrame(out.rename_axis("site_id").reset_index(), crs=found.sites.crs)
    return gpd.GeoDataFrame(frame[[*COLUMNS, "geometry"]])


def _given(found: Siting, table: gpd.GeoDataFrame, standard: Standard) -> pd.DataFrame:
    """Return which site gives how many m² to which unit; NaN where its size is unknown."""
    take = found.plan.extra.get("take_m2")
    if take is not None and standard == found.question.standard:
        there = take["site_id"].isin(table.index)
        rows: pd.DataFrame = take.loc[there.to_numpy(bool)].rename(columns={"group": "unit_code"})
        return rows.astype({"site_id": object})
    inside = inside_of(table, found.question.workspace, level=GAP_LEVEL)
    return pd.DataFrame({
        "site_id": inside.index, "unit_code": inside["unit_code"].to_numpy(dtype=object),
        "m2": table.loc[inside.index, STANDARDS[standard][1]].to_numpy(float),
    })  # fmt: skip


def _sequence(
    order: pd.Index[str], given: pd.DataFrame, gap: pd.Series[float]
) -> pd.DataFrame:  # fmt: skip
    """Return the gap before and after each site, one after the other."""
    left = gap.to_dict()
    rows = {}
    by_site = {str(name): rows for name, rows in given.groupby("site_id")}
    for name in order:
        mine = by_site.get(name, given.iloc[:0])
        units, m2 = mine["unit_code"].tolist(), mine["m2"].tolist()
        before = sum(left.get(u, np.nan) for u in units) if units else np.nan
        for unit, size in zip(units, m2, strict=True):  # of unknown size: at least as before
            left[unit] = np.maximum(0.0, left.get(unit, np.nan) - np.nan_to_num(size))
        after = sum(left[u] for u in units) if units else np.nan
        used = float(np.sum(m2)) if units else np.nan
        rows[name] = (used, before, after)
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["used_m2", "gap_before_m2", "gap_after_m2"], dtype=float
    ).round(6)


def _served(question: Question, order: pd.Index[str]) -> pd.DataFrame:
    """Return the households and elders who reach each site, and who had none before."""
    problem = question.problem
    at = {str(name): j for j, name in enumerate(problem.candidate_ids.tolist())}
    ptr, demand, _ = problem.by_candidate
    there = np.zeros(len(problem), bool)
    for j in problem.open:
        there[demand[ptr[j] : ptr[j + 1]]] = True
    people = {
        word: question.people[column].to_numpy(float, na_value=np.nan)
        if column in question.people else np.full(len(problem), np.nan)
        for word, column in _SERVED.items()
    }  # fmt: skip
    rows = {}
    for name in order:
        j = at[name]
        mine = demand[ptr[j] : ptr[j + 1]]
        fresh = mine[~there[mine]]
        there[mine] = True
        rows[name] = {f"{word}_{how}": _sum(values[some]) for word, values in people.items()
                      for how, some in (("served", mine), ("newly", fresh))}  # fmt: skip
    columns = [f"{word}_{how}" for word in _SERVED for how in ("served", "newly")]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float)


def _sum(values: npt.NDArray[np.float64]) -> float:
    """Return the sum of what is known; NaN if nothing is."""
    return float(np.nansum(values)) if np.isfinite(values).any() or not len(values) else np.nan
