"""Equity (公平性): how evenly something is spread: Lorenz curve, Gini, Palma, by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import InputError
from geoplan.network.checks import numbers

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_POOR, _RICH = 0.4, 0.1


def lorenz(values: npt.ArrayLike, people: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """
    Lorenz curve of what people have.

    Parameters
    ----------
    values
        What one person has at each place, 0 or more; places where it is NaN are left out.
    people
        How many there are at each place; likewise.

    Returns
    -------
    people_share, value_share
        From (0, 0) to (1, 1), those who have least first; empty if nobody has anything.

    Raises
    ------
    InputError
        If a value or a number of people is negative or infinite, or they differ in length.

    Examples
    --------
    >>> share, held = lorenz([0.0, 1.0], [1.0, 1.0])
    >>> share.tolist(), held.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.0, 1.0])
    """
    value, weight = np.asarray(values, dtype=float), np.asarray(people, dtype=float)
    both = np.concatenate((value, weight))
    if value.shape != weight.shape or (both < 0).any() or np.isinf(both).any():
        raise InputError(
            "Equity is measured of as many values as places, finite and not negative.",
            zh="公平性指标要求两列等长，数值有限且不为负。",
            fix="leave unknown values out (NaN)",
            fix_zh="未知值请留空（NaN）",
        )
    use = ~np.isnan(value) & ~np.isnan(weight) & (weight > 0)
    value, weight = value[use], weight[use]
    order = np.argsort(value, kind="stable")
    weight, held = weight[order], (value * weight)[order]
    if not held.sum() > 0:
        return np.empty(0), np.empty(0)
    share = np.concatenate(([0.0], np.cumsum(weight)))
    total = np.concatenate(([0.0], np.cumsum(held)))
    return share / share[-1], total / total[-1]


def gini(values: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """
    Gini coefficient: 0 if all have the same, towards 1 if one has all; NaN if none has anything.

    Parameters and errors as for `lorenz`.

    Examples
    --------
    >>> gini([0.0, 1.0], [1.0, 1.0])
    0.5
    """
    share, held = lorenz(values, people)
    if not len(share):
        return float("nan")
    return float(1.0 - np.sum(np.diff(share) * (held[1:] + held[:-1])))


def palma(values: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """
    Palma ratio: what the best-off tenth have over what the worst-off four tenths have.

    NaN if nobody has anything; inf if the four tenths have nothing. Parameters and errors as for
    `lorenz`.

    Examples
    --------
    >>> round(palma([1.0], [10.0]), 6)
    0.25
    """
    share, held = lorenz(values, people)
    if not len(share):
        return float("nan")
    poor = float(np.interp(_POOR, share, held))
    rich = 1.0 - float(np.interp(1.0 - _RICH, share, held))
    return rich / poor if poor > 0 else float("inf")


def equity(
    values: pd.Series[float], people: pd.Series[float], unit: pd.Series[str] | None = None
) -> pd.DataFrame:
    """
    Gini and Palma of what people have, by unit.

    Parameters
    ----------
    values
        What one person has at each door, for example ``per_100`` of `accessibility`.
    people
        How many there are, on the same index.
    unit
        Unit of each door; without it there is one row for all.

    Returns
    -------
    equity
        Index: unit (or ``all``). ``persons``, ``mean`` (per person), ``gini``, ``palma``,
        ``completeness_share`` (people whose value is known).

    Raises
    ------
    InputError
        As for `lorenz`, or if the three are not of the same doors.
    """
    key = pd.Series("all", index=values.index) if unit is None else unit
    if not (people.index.equals(values.index) and key.index.equals(values.index)):
        raise InputError(
            "values, people and unit are not of the same doors, or are in another order.",
            zh="values、people、unit 不是同一批住户，或顺序不同。",
            fix="give three columns of one frame, or reindex them to values.index",
            fix_zh="取同一张表的三列，或按 values.index 重排",
        )
    codes, units = pd.factorize(key, sort=True)
    table = pd.DataFrame({"value": values, "people": people})
    all_values, all_people = numbers(table, "value"), numbers(table, "people")
    rows = {}
    for code, name in enumerate(units):
        value, weight = all_values[codes == code], all_people[codes == code]
        known = ~np.isnan(value) & ~np.isnan(weight)
        all_of_them, these = np.nansum(weight), weight[known].sum()
        rows[name] = {
            "persons": all_of_them,
            "mean": (value[known] * weight[known]).sum() / these if these else np.nan,
            "gini": gini(value, weight), "palma": palma(value, weight),
            "completeness_share": these / all_of_them if all_of_them else np.nan,
        }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = key.name or "unit"
    return table
