"""Registers (台账比例): shares, rates, counts and growth from the small table of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.standards.figures import against as figures_against
from geoplan.standards.figures import in_rule_unit, latest
from geoplan.standards.figures import shares as shares_of
from geoplan.standards.measures import judge
from geoplan.standards.presence import needed, target_share
from geoplan.standards.rolling import ORDER, roll_up
from geoplan.standards.rows import failing_names, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

    BoolArray = npt.NDArray[np.bool_]


def share(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """IND.3, ELD-12b, CEM-11, FIN-01, PLN-029 …: one number of a register over another."""
    figure = latest(city.figures, rule.id, city.on.year)
    per = 1000.0 if rule.unit == "permille" else 100.0
    found, doubt = roll_up(city, rule, shares_of(figure, per))
    levels = [v for v in reversed(ORDER) if v in found]
    if not levels:
        return pd.DataFrame()
    finest = levels[-1]
    goal = target_share(rule) if rule.has_target else np.nan
    parts = []
    for level in levels:
        here = found[level]
        if rule.has_target:
            status = judge(here, rule.meets_share)
        else:
            status = ["no_data" if np.isnan(v) else "no_target" for v in here["value"]]
        bad = ["" for _ in here.index]
        if level != finest and rule.has_target:
            last = found[finest]
            failed = np.array([s == "not_met" for s in judge(last, rule.meets_share)], dtype=bool)
            bad = failing_names(city, last.index, failed, city.ladder[level], here.index)
        gap, gap_unit = _gap(rule, here)
        equal = doubt.reindex(here.index).fillna(value=False).to_numpy(dtype=bool)
        parts.append(
            rows(
                city, rule, level, here, target=goal, unit="share", status=status, gap=gap,
                gap_unit=gap_unit, failing=bad, data_date=_dates(figure, here.index),
                denominator="register", denominator_zh="台账",
                **_remarks(here, equal),
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _remarks(here: pd.DataFrame, equal: BoolArray) -> dict[str, list[str]]:
    none = (here["denominator_value"] == 0).to_numpy(dtype=bool)
    said = {
        "remark_zh": np.where(equal, "各单元等权（未报分母）", ""),
        "remark_en": np.where(equal, "units weigh the same: no denominators given", ""),
    }
    said["remark_zh"] = np.where(none, "没有应计对象（0/0），不适用", said["remark_zh"])
    said["remark_en"] = np.where(none, "nothing to count (0/0): not applicable", said["remark_en"])
    return {name: words.tolist() for name, words in said.items()}


def _gap(rule: Rule, here: pd.DataFrame) -> tuple[pd.Series[float] | float, list[str] | str]:
    """Say how many are short where numbers are known, else how many per cent."""
    if not rule.has_target or rule.operator not in {">=", ">"}:
        return np.nan, ""
    base, top = here["denominator_value"], here["numerator"]
    goal = base.map(lambda n: np.nan if np.isnan(n) else needed(rule, round(n)))
    count = (goal - top).clip(lower=0.0)
    points = (100.0 * (target_share(rule) - here["value"])).clip(lower=0.0)
    known = base.notna()
    return count.where(known, points), np.where(known, "count", "pct").tolist()


def _dates(figure: pd.DataFrame, units: pd.Index[str]) -> list[str]:
    """Name the period each unit's figure is of; the newest of all where it was added up."""
    newest = str(figure["period"].astype(str).max()) if len(figure) else ""
    own = figure["period"].astype(str).reindex(units)
    return own.fillna(newest).tolist()


def counted(city: City, rule: Rule) -> pd.DataFrame:
    """
    Return a count from the figures (IND.11, IND.15, ELD-21), summed where parts are given.

    Parameters
    ----------
    city, rule
        What is judged by what.

    Returns
    -------
    rows
        Columns `rows.COLUMNS`: the city against the target, other units without one.
    """
    figure = latest(city.figures, rule.id, city.on.year)
    value, doubtful = in_rule_unit(figure, rule)
    parts = []
    for level in dict.fromkeys(("prefecture", *rule.options.levels)):
        units = city.at(level).index
        own = value.reindex(units)
        if level == "prefecture" and own.isna().any():
            counties = value.reindex(city.at("county").index)
            total = float(counties.sum(min_count=1))
            doubtful = _doubtful_sum(doubtful, counties.index, units)
            high = total if counties.notna().all() or np.isnan(total) else np.inf
            found = pd.DataFrame({"value": total, "value_min": total, "value_max": high,
                                  "missing": int(counties.isna().sum())}, index=units)  # fmt: skip
        else:
            found = pd.DataFrame({"value": own, "value_min": own, "value_max": own,
                                  "missing": own.isna().astype(int)})  # fmt: skip
        found["numerator"] = found["value"]
        found["completeness_share"] = (found["missing"] == 0).astype(float)
        parts.append(_count_rows(city, rule, level, found, figure, doubtful))
    return pd.concat(parts, ignore_index=True)


def _doubtful_sum(
    doubtful: pd.Series[bool], counties: pd.Index[str], units: pd.Index[str]
) -> pd.Series[bool]:
    """Add to the doubtful figures the city's, where one of those summed is doubtful."""
    some = bool(doubtful.reindex(counties).fillna(value=False).any())
    return pd.concat([doubtful.drop(units, errors="ignore"), pd.Series(data=some, index=units)])


def _count_rows(
    city: City, rule: Rule, level: str, found: pd.DataFrame, figure: pd.DataFrame,
    doubtful: pd.Series[bool],
) -> pd.DataFrame:  # fmt: skip
    doubt = doubtful.reindex(found.index).fillna(value=False).to_numpy(dtype=bool)
    judged = level == "prefecture" and rule.has_target
    if judged:
        status = ["to_verify" if d else s
                  for s, d in zip(judge(found, rule.meets), doubt, strict=True)]  # fmt: skip
        target, gap = rule.target(), np.maximum(rule.target() - found["value"], 0.0)
    else:
        status = ["no_data" if np.isnan(v) else "no_target" for v in found["value"]]
        target, gap = np.nan, pd.Series(np.nan, index=found.index)
    return rows(
        city, rule, level, found, target=target, unit=rule.unit, status=status, gap=gap,
        gap_unit=rule.unit, data_date=_dates(figure, found.index),
        remark_zh=np.where(doubt, "数值为目标的百倍以上，请核对单位（figure_unit 未填）", ""),
        remark_en=np.where(doubt, "a hundred times the target: check the unit", ""),
    )  # fmt: skip


def growth(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """IND.1 城乡低保标准年度增速: no slower than another series was, of the year before."""
    figure = latest(city.figures, rule.id, city.on.year)
    other = figures_against(city.figures, rule, figure["year"])
    parts = []
    for level in rule.options.levels or ("prefecture",):
        units = city.at(level).index
        own, goal = figure["value"].reindex(units), other.reindex(units)
        found = pd.DataFrame(
            {"value": own, "value_min": own, "value_max": own, "numerator": own,
             "missing": own.isna().astype(int) + goal.isna(),
             "completeness_share": (own.notna() & goal.notna()).astype(float)}
        )  # fmt: skip
        status = [
            "no_data" if np.isnan(v) else "to_verify" if np.isnan(g)
            else "met" if v >= g - 1e-9 else "not_met"
            for v, g in zip(own, goal, strict=True)
        ]  # fmt: skip
        parts.append(
            rows(city, rule, level, found, target=goal, unit="pct", status=status,
                 gap=(goal - own).clip(lower=0.0), gap_unit="pct",
                 data_date=_dates(figure, units))
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def capacity(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """PLN-129 火化能力: capacity over need, at least 1."""
    figure = latest(city.figures, rule.id, city.on.year)
    found, _equal = roll_up(city, rule, shares_of(figure, 1.0))
    parts = []
    for level in rule.options.levels or ("prefecture",):
        here = found.get(level)
        if here is None:
            continue
        status = judge(here, lambda v: v >= 1.0)
        short = (here["denominator_value"] - here["numerator"]).clip(lower=0.0)
        parts.append(
            rows(city, rule, level, here, target=1.0, unit="none", status=status, gap=short,
                 gap_unit="count", data_date=_dates(figure, here.index))
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def stated(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """PLN-018: a figure that must be as the plan says."""
    figure = latest(city.figures, rule.id, city.on.year)
    units = city.at("prefecture").index
    own = figure["value"].reindex(units)
    found = pd.DataFrame(
        {"value": own, "value_min": own, "value_max": own, "numerator": own,
         "missing": own.isna().astype(int), "completeness_share": own.notna().astype(float)}
    )  # fmt: skip
    return rows(city, rule, "prefecture", found, target=rule.target(), unit=rule.unit,
                data_date=_dates(figure, units))  # fmt: skip


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "share_in_register": share,
    "rate": share,
    "area_share": share,
    "growth": growth,
    "capacity": capacity,
    "check": stated,
}
