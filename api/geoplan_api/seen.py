"""
What one role sees of the main job's answers (所见成果).

A report narrowed to a role goes to the library as it is: papers, explanations, tables and jobs
made from it show nothing more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import boundaries, crs
from geoplan.standards.inputs import parse_inputs
from geoplan_api.reading import SMALL_CELL, rough_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.reports import CityReport
    from geoplan_api.security.access import LayerView

_PEOPLE = ("resident", "urban", "persons", "elders_60", "elders_65", "elders_80", "households",
           "meals", "cleaning", "medical", "bathing", "mobility")  # fmt: skip
"""What checks count people or households in; before a slash who walks."""
_COUNTS = ("population", "population_urban", "households", "elders_60", "elders_65", "elders_80")
_SHARES = ("share", "pct")
_NUMBERS = ("value", "numerator", "denominator_value", "gap", "needed", "value_min", "value_max")
_CHECKED = ("checks", "later", "urban", "gaps", "closing")


def report_for(
    report: CityReport, views: Mapping[str, LayerView], *, public: bool, lines: bool
) -> CityReport:
    """
    Return the main job's answers as one role sees them.

    Parameters
    ----------
    report
        From the main job.
    views
        What the role sees of each layer; others are left out.
    public
        Whether the role is everybody: then shapes are rough.
    lines
        Whether results about boundaries may be seen.

    Returns
    -------
    report
        Who does not see the people themselves sees no number of fewer than ten of them.
    """
    told: dict[str, Any] = {
        "inputs": _of_layers(report.inputs, views), "defects": _of_layers(report.defects, views),
        "facilities": _shown(report.facilities, views.get("facilities")),
        "projects": _shown(report.projects, views.get("projects")),
    }  # fmt: skip
    for name in _CHECKED:
        told[name] = _of_seen(getattr(report, name), views, report.units, public=public)
    if "candidate_sites" not in views:
        told["closing"] = _without_sites(told["closing"])
    if "residential_areas" not in views:
        told["estates"] = report.estates.iloc[:0]
    if not lines:
        told |= {name: _without_lines(told.get(name, getattr(report, name)), report)
                 for name in _CHECKED}  # fmt: skip
    if "population" not in views:
        told |= _of_many(replace(report, **told))
    if public:
        units = _shown(told.get("units", report.units), views.get("admin_units"))
        told |= {"units": _rough(units), "areas": _rough(report.areas)}
    return replace(report, **told)


def _of_seen(
    checks: pd.DataFrame, views: Mapping[str, LayerView], units: pd.DataFrame, *, public: bool
) -> pd.DataFrame:
    """
    Return checks that name no source and no record of a layer that is not seen.

    Everybody is told of no source, and of what fails only where it is a unit.
    """
    if checks.empty or not {"inputs", "failing"} <= set(checks.columns):
        return checks
    inputs, failing = [], []
    names = set(units["name"]) if "name" in units.columns else set()
    texts = checks[["inputs", "failing"]].astype("string").fillna("")
    for told, bad in texts.itertuples(index=False):
        read = parse_inputs(told)
        seen = [i for i in read if i.layer in views]
        inputs.append(";".join(f"{i.layer}|{i.date}|{'' if public else i.source}" for i in seen))
        known = [n for n in bad.split(";") if n in names]
        whole = len(seen) == len(read) and not public
        failing.append(bad if whole else ";".join(known))
    return checks.assign(inputs=inputs, failing=failing)


def _without_sites(closing: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps as if there were no idle buildings."""
    if "idle_sites" not in closing.columns:
        return closing
    return closing.assign(idle_sites="", idle_floor_m2=0.0, left_m2=closing["gap"])


def _of_layers(frame: pd.DataFrame, seen: Mapping[str, LayerView]) -> pd.DataFrame:
    return frame[frame["layer"].isin(list(seen)).to_numpy(dtype=bool)] if len(frame) else frame


def _without_lines(checks: pd.DataFrame, report: CityReport) -> pd.DataFrame:
    if checks.empty or report.policy is None:
        return checks
    apart = checks["rule_id"].isin(list(boundaries.judged(report.policy)))
    return checks[~apart.to_numpy(dtype=bool)]


def _shown(frame: Any, view: LayerView | None) -> Any:
    return frame.iloc[:0] if view is None or frame.empty else shown_rows(frame, view)


def shown_rows(frame: pd.DataFrame, view: LayerView) -> pd.DataFrame:
    """Return the rows and columns of a layer's frame that are seen."""
    hidden = [c.name for c in view.layer.columns if c not in view.columns and c.name in frame]
    return frame.loc[view.rows(frame)].drop(columns=hidden)


def _of_many(report: CityReport) -> dict[str, pd.DataFrame]:
    """Return the frames that count people, with no number of fewer than ten."""
    return {
        "demand": report.demand.iloc[:0],
        "checks": many(report.checks), "later": many(report.later), "urban": many(report.urban),
        "coverage": many_covered(report.coverage), "histogram": many_walking(report.histogram),
        "unserved": many_unserved(report.unserved),
        "units": no_small(report.units), "gaps": no_small(report.gaps),
        "closing": no_small(report.closing), "estates": no_small(report.estates),
    }  # fmt: skip


def no_small(frame: pd.DataFrame, names: tuple[str, ...] = _COUNTS) -> pd.DataFrame:
    """Return a frame whose counts of people are empty where they are of fewer than ten."""
    out = frame.copy()
    for name in names:
        if name in out.columns:
            values = pd.to_numeric(out[name], errors="coerce")
            out[name] = out[name].mask(_few(values))
    return out


def _few(values: pd.Series[float]) -> pd.Series[bool]:
    few: pd.Series[bool] = ((values > 0) & (values < SMALL_CELL)).fillna(value=False)
    return few.astype(bool)


def many(checks: pd.DataFrame) -> pd.DataFrame:
    """
    Return checks without the numbers that tell of fewer than ten people or households.

    The verdict stays; of a share neither who is in nor who is not may be so few.
    """
    if checks.empty:
        return checks
    base = checks["denominator"].astype("string").fillna("").str.split("/").str[0]
    whole = pd.to_numeric(checks["denominator_value"], errors="coerce")
    part = pd.to_numeric(checks["numerator"], errors="coerce")
    few = _few(whole)
    few |= checks["unit"].isin(_SHARES) & (_few(part) | _few(whole - part))
    few &= base.isin(_PEOPLE).astype(bool)
    out = checks.copy()
    for name in _NUMBERS:
        out[name] = out[name].mask(few)
    for name in ("remark_zh", "remark_en", "inputs"):
        out[name] = out[name].mask(few, "")
    return out


def many_covered(coverage: pd.DataFrame) -> pd.DataFrame:
    """
    Return coverage with no cell of fewer than ten.

    Where fewer than ten are covered, or are not, neither number is shown nor the share: each would
    tell the other.
    """
    if coverage.empty:
        return coverage
    rows = coverage.copy()
    split = _few(rows["covered"]) | _few(rows["uncovered"])
    small = (rows["persons"] < SMALL_CELL).fillna(value=False)
    rows["persons"] = rows["persons"].mask(small)
    for name in ("covered", "uncovered", "cov_share"):
        rows[name] = rows[name].mask(small | split)
    return rows


def many_walking(histogram: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of walking minutes, those of fewer than ten empty."""
    if histogram.empty:
        return histogram
    rows = histogram.copy()
    small = (rows["persons"] < SMALL_CELL).to_numpy(dtype=bool)
    rows.loc[small, ["persons", "share"]] = float("nan")
    return rows


def many_unserved(clusters: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the clusters of ten elders and more, smaller groups empty, places to about 100 m."""
    if clusters.empty:
        return clusters
    rows = clusters.loc[(clusters["elders_60"] >= SMALL_CELL).to_numpy(dtype=bool)]
    rows = gpd.GeoDataFrame(no_small(rows, ("persons", *_COUNTS)))
    return rows.set_geometry(rows.geometry.set_precision(_GRID_DEG))


_GRID_DEG = 0.001


def _rough(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.empty:
        return frame
    placed = frame if frame.crs == crs.GEOGRAPHIC else frame.to_crs(crs.GEOGRAPHIC)
    drawn = rough_shapes(np.asarray(placed.geometry.array, dtype=object))
    return placed.set_geometry(gpd.GeoSeries(drawn, index=placed.index, crs=crs.GEOGRAPHIC))
