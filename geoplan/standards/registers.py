"""Registers (台账比例): shares, rates, counts and growth from the small table of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geoplan.standards.figures import in_rule_unit, latest
from geoplan.standards.figures import shares as shares_of
from geoplan.standards.measures import judge
from geoplan.standards.presence import needed, target_share
from geoplan.standards.rows import failing_names, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]

_ORDER = ("village", "township", "county", "prefecture")
_HAIR = 1e-6  # a weighted mean of unequal shares lies strictly between them


def share(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """IND.3, ELD-12b, CEM-11, FIN-01, PLN-029 …: one number of a register over another."""
    figure = latest(city.figures, rule.id, city.on.year)
    per = 1000.0 if rule.unit == "permille" else 100.0
    found, doubt = roll_up(city, rule, shares_of(figure, per))
    levels = [v for v in reversed(_ORDER) if v in found]
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


class _State(NamedTuple):
    """What is known of some units: one number each, NaN where it is not."""

    top: pd.Series[float]
    base: pd.Series[float]
    value: pd.Series[float]
    low: pd.Series[float]
    high: pd.Series[float]
    missing: pd.Series[float]
    equal: pd.Series[bool]

    def frame(self) -> pd.DataFrame:
        """Return the state in the shape of a measure."""
        some = self.value.notna() | self.low.notna()
        return pd.DataFrame(
            {
                "value": self.value, "value_min": self.low, "value_max": self.high,
                "numerator": self.top, "denominator_value": self.base, "missing": self.missing,
                "completeness_share": np.where(some & (self.missing == 0), 1.0, np.nan),
            }
        )  # fmt: skip


class _Cells(NamedTuple):
    """What some parts are together."""

    top: float = np.nan
    base: float = np.nan
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    missing: float = 0.0
    equal: bool = False


def roll_up(
    city: City, rule: Rule, own: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], pd.Series[bool]]:
    """
    Add shares up the ladder of units, with bounds where some are missing (IND-02).

    A unit's own figure goes before what its parts add up to. With denominators parts are summed;
    with shares alone a whole lies between its least and its greatest part.

    Parameters
    ----------
    city, rule
        Units, and the kinds of them that the rule is about.
    own
        From `figures.shares`, index ``unit_code``.

    Returns
    -------
    found
        Level -> rows like those of `measures`; city and counties always, lower levels where
        there are figures.
    equal
        Units whose parts were given the same weight.
    """
    levels = {v for v in (rule.options.level, *rule.options.levels) if v}
    stated = {v for v in _ORDER if own.index.isin(city.at(v).index).any()}
    found: dict[str, pd.DataFrame] = {}
    below: _State | None = None
    equal: pd.Series[bool] = pd.Series(dtype=bool)
    for level in _ORDER:
        if level not in levels | stated | {"prefecture"} and below is None:
            continue
        if not stated & set(_ORDER[: _ORDER.index(level) + 1]) and level not in {
            "county", "prefecture",
        }:  # fmt: skip
            continue
        units = city.at(level)
        kinds = rule.options.unit_kinds
        if kinds and level in {"village", "township"} and level == _finest(levels):
            units = units.loc[units["kind"].isin(kinds).to_numpy(dtype=bool)]
        below = _level_state(units.index, own, below, city.ladder[level], empty=bool(kinds))
        found[level] = _completed(below, city, level, found)
        equal = pd.concat([equal, below.equal])
    return found, equal


def _finest(levels: set[str]) -> str:
    return next((v for v in _ORDER if v in levels), "")


def _completed(
    state: _State, city: City, level: str, found: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Add the share of parts with data to a level's rows."""
    out = state.frame()
    if found:
        finer = list(found.values())[-1]
        group = city.ladder[level].reindex(finer.index)
        known = finer["value"].notna().groupby(group.to_numpy()).mean().reindex(out.index)
        out["completeness_share"] = out["completeness_share"].fillna(known)
    out["completeness_share"] = out["completeness_share"].fillna(0.0)
    return out


def _level_state(
    units: pd.Index[str], own: pd.DataFrame, below: _State | None, rung: pd.Series[str],
    *, empty: bool,
) -> _State:  # fmt: skip
    """State of a level: own figures first, then what the parts add up to."""
    here = own.reindex(units)
    none = pd.Series(np.nan, index=units)
    parts = _State(none, none, none, none, none, none.fillna(1.0), none.notna())
    if below is not None:
        parts = _sum(units, below, rung, empty=empty)
    stated = here["share"].notna() | here["base"].notna()
    bounds = here["share"]
    return _State(
        here["top"].where(stated, parts.top),
        here["base"].where(stated, parts.base),
        here["share"].where(stated, parts.value),
        bounds.where(stated, parts.low),
        bounds.where(stated, parts.high),
        parts.missing.where(~stated, 0.0),
        parts.equal & ~stated,
    )


def _sum(units: pd.Index[str], below: _State, rung: pd.Series[str], *, empty: bool) -> _State:
    """
    Give every unit what its parts add up to.

    With ``empty`` a unit without parts has nothing to count (a county without streets); else
    what it has is missing.
    """
    group = rung.reindex(below.value.index).to_numpy(dtype=object)
    parts = pd.DataFrame(below._asdict()).groupby(group)
    known = {str(u): _whole(rows.to_numpy(dtype=float)) for u, rows in parts}
    nothing = _Cells(0.0, 0.0) if empty else _Cells(missing=1.0)
    cells = [known.get(str(u), nothing) for u in units]
    table = pd.DataFrame(cells, columns=list(_Cells._fields), index=units)
    return _State(*(table[c] for c in table.columns))


def _whole(parts: FloatArray) -> _Cells:
    """Put parts together: (parts, fields of `_State`), NaN where unknown."""
    top, base, value, low, high = parts.T[:5]
    unknown = np.isnan(value) & ~(base == 0)  # a part with nobody in it is no gap
    missing, told = float(unknown.sum()), ~np.isnan(base)
    if unknown.all():
        return _Cells(missing=missing)
    if told[~unknown].all():
        return _summed(top[told], base[told], missing)
    if missing or np.isnan(low[~unknown]).any():
        return _Cells(low=0.0, high=1.0, missing=missing)
    known = value[~unknown]
    if np.isin(known, (0.0, 1.0)).all():  # yes or no of each unit: units are counted
        share = float(known.mean())
        return _Cells(float(known.sum()), float(len(known)), share, share, share, equal=True)
    least, most = float(low[~unknown].min()), float(high[~unknown].max())
    inside = _HAIR if most > least else 0.0
    return _Cells(value=float(known.mean()), low=least + inside, high=most - inside, equal=True)


def _summed(top: FloatArray, base: FloatArray, missing: float) -> _Cells:
    """Add up parts whose numbers are told; those missing are of the same size where all are."""
    done, of = float(top.sum()), float(base.sum())
    share = done / of if of > 0 else np.nan
    if not missing:
        return _Cells(done, of, share, share, share)
    if (base == base[0]).all():
        whole = of + missing * float(base[0])
        low, high = done / whole, (done + missing * float(base[0])) / whole
        return _Cells(done, of, share, low, high, missing)
    return _Cells(done, of, share, 0.0, 1.0, missing)


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
            high = np.inf if counties.isna().any() else total
            found = pd.DataFrame({"value": total, "value_min": total, "value_max": high,
                                  "missing": int(counties.isna().sum())}, index=units)  # fmt: skip
        else:
            found = pd.DataFrame({"value": own, "value_min": own, "value_max": own,
                                  "missing": own.isna().astype(int)})  # fmt: skip
        found["numerator"] = found["value"]
        found["completeness_share"] = (found["missing"] == 0).astype(float)
        parts.append(_count_rows(city, rule, level, found, figure, doubtful))
    return pd.concat(parts, ignore_index=True)


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
    """IND.1 城乡低保标准年度增速: no slower than another series of figures."""
    figure = latest(city.figures, rule.id, city.on.year)
    other = latest(city.figures, rule.options.against, city.on.year)
    parts = []
    for level in rule.options.levels or ("prefecture",):
        units = city.at(level).index
        own, goal = figure["value"].reindex(units), other["value"].reindex(units)
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
