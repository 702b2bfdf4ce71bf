"""Rolling up (逐级汇总): shares added up the ladder of units, bounded where some are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Rule
    from geoplan.standards.city import City

    FloatArray = npt.NDArray[np.float64]

ORDER = ("village", "township", "county", "prefecture")
"""Levels from the bottom up."""
_YES_NO = ("village", "township")  # one of these answers yes or no: 1/1, 0/1, 0 or 100 %
_NUMBERS = ("top", "base", "value", "low", "high", "missing")
_HAIR = 1e-6  # a weighted mean of unequal shares lies strictly between them


class _State(NamedTuple):
    """What is known of some units: one number each, NaN where it is not."""

    top: pd.Series[float]
    base: pd.Series[float]
    value: pd.Series[float]
    low: pd.Series[float]
    high: pd.Series[float]
    missing: pd.Series[float]
    equal: pd.Series[bool]
    ones: pd.Series[bool]

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
    ones: bool = False


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
    stated = {v for v in ORDER if own.index.isin(city.at(v).index).any()}
    found: dict[str, pd.DataFrame] = {}
    below: _State | None = None
    equal: pd.Series[bool] = pd.Series(dtype=bool)
    for level in ORDER:
        if level not in levels | stated | {"prefecture"} and below is None:
            continue
        if not stated & set(ORDER[: ORDER.index(level) + 1]) and level not in {
            "county", "prefecture",
        }:  # fmt: skip
            continue
        units = city.at(level)
        kinds = rule.options.unit_kinds
        if kinds and level in {"village", "township"} and level == _finest(levels):
            units = units.loc[units["kind"].isin(kinds).to_numpy(dtype=bool)]
        below = _level_state(units.index, own, below, city.ladder[level], empty=bool(kinds))
        if level in _YES_NO:
            below = below._replace(ones=_yes_or_no(below))
        found[level] = _completed(below, city, level, found)
        equal = pd.concat([equal, below.equal])
    return found, equal


def _finest(levels: set[str]) -> str:
    return next((v for v in ORDER if v in levels), "")


def _completed(
    state: _State, city: City, level: str, found: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Add the share of parts with data to a level's rows."""
    out = state.frame()
    if found:
        finer = list(found.values())[-1]
        finer = finer.loc[(finer["denominator_value"] != 0).to_numpy()]
        group = city.ladder[level].reindex(finer.index).to_numpy(dtype=object)
        known = finer["completeness_share"].groupby(group).mean().reindex(out.index)
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
    parts = _State(none, none, none, none, none, none.fillna(1.0), none.notna(), none.notna())
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
        parts.ones & ~stated,
    )


def _yes_or_no(state: _State) -> pd.Series[bool]:
    """Tell of each unit whether it, or all its parts, may be one answer of yes or no."""
    one = (state.base == 1.0) | (state.base.isna() & state.value.isin((0.0, 1.0)))
    return state.ones | one | (state.base == 0.0)


def _sum(units: pd.Index[str], below: _State, rung: pd.Series[str], *, empty: bool) -> _State:
    """
    Give every unit what its parts add up to.

    With ``empty`` a unit without parts has nothing to count (a county without streets); else
    what it has is missing.
    """
    group = rung.reindex(below.value.index).to_numpy(dtype=object)
    parts = pd.DataFrame(below._asdict()).groupby(group)
    known = {str(u): _whole(rows) for u, rows in parts}
    nothing = _Cells(0.0, 0.0) if empty else _Cells(missing=1.0)
    cells = [known.get(str(u), nothing) for u in units]
    table = pd.DataFrame(cells, columns=list(_Cells._fields), index=units)
    return _State(*(table[c] for c in table.columns))


def _whole(parts: pd.DataFrame) -> _Cells:
    """Put parts together: rows with the fields of `_State`, NaN where unknown."""
    top, base, value, low, high, lack = (parts[c].to_numpy(dtype=float) for c in _NUMBERS)
    unknown = np.isnan(value) & ~(base == 0)  # a part with nobody in it is no gap
    lack = np.where(unknown, np.maximum(lack, 1.0), lack)
    missing, told, some = float(lack.sum()), ~np.isnan(base), ~unknown
    if unknown.all():
        bounded = not np.isnan(low).all()
        return _Cells(low=0.0 if bounded else np.nan, high=1.0 if bounded else np.nan,
                      missing=missing)  # fmt: skip
    ones, equal = bool(parts["ones"][some].all()), bool(parts["equal"].any())
    if told[some].all():
        return _summed(top[told], base[told], missing, ones=ones, equal=equal)
    if ones and not told[some].any():  # yes or no of each unit: units are counted
        known = value[some]
        return _summed(known, np.ones(len(known)), missing, ones=True, equal=True)
    if missing or np.isnan(low[some]).any():
        return _Cells(low=0.0, high=1.0, missing=missing)
    least, most = float(low[some].min()), float(high[some].max())
    inside = _HAIR if most > least else 0.0
    return _Cells(value=float(value[some].mean()), low=least + inside, high=most - inside,
                  equal=True)  # fmt: skip


def _summed(
    top: FloatArray, base: FloatArray, missing: float, *, ones: bool, equal: bool
) -> _Cells:
    """Add up parts whose numbers are told; a missing one counts as one where all others do."""
    done, of = float(top.sum()), float(base.sum())
    if missing and of == 0:
        return _Cells(missing=missing)
    share = done / of if of > 0 else np.nan
    if not missing:
        return _Cells(done, of, share, share, share, equal=equal, ones=ones)
    low, high = (done / (of + missing), (done + missing) / (of + missing)) if ones else (0.0, 1.0)
    return _Cells(done, of, share, low, high, missing, equal, ones)
