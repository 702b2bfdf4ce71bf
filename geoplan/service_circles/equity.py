"""Equity (公平性): how evenly something is spread: Lorenz curve, Gini, Palma, Theil, by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from geoplan.errors import InputError
from geoplan.network.checks import numbers

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_POOR, _RICH = 0.4, 0.1
_COLUMNS = ("persons", "mean", "gini", "palma", "theil", "min_max", "completeness_share")


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
    value, weight = _known(values, people)
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


def theil(values: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """
    Theil index T: 0 if all have the same, ln n if one of n has all; NaN if none has anything.

    Parameters and errors as for `lorenz`. ``T = Σ p x / μ ln(x / μ) / Σ p``, ``μ`` the mean; who
    has nothing adds 0 (Theil 1967).

    Examples
    --------
    >>> round(theil([0.0, 1.0], [1.0, 1.0]), 6)
    0.693147
    """
    value, weight = _known(values, people)
    held = float((value * weight).sum())
    if not held > 0:
        return float("nan")
    part = value * (weight.sum() / held)
    logs = np.log(part, out=np.zeros_like(part), where=part > 0)
    return max(0.0, float((weight * part * logs).sum() / weight.sum()))


def min_max(values: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """
    Least anybody has over the most: 1 if all have the same, 0 if someone has nothing.

    NaN if nobody has anything. Parameters and errors as for `lorenz`.

    Examples
    --------
    >>> min_max([1.0, 4.0, 9.0], [10.0, 1.0, 0.0])
    0.25
    """
    value, _ = _known(values, people)
    most = float(value.max(initial=0.0))
    return float(value.min()) / most if most > 0 else float("nan")


class Parts(NamedTuple):
    """
    Inequality between groups and inside them.

    ``theil`` is ``between`` (as if all of a group had its mean) plus ``within``; ``min_max`` is the
    mean of the ``worst`` off group over that of the ``best`` off.
    """

    theil: float
    between: float
    within: float
    min_max: float
    worst: Any
    best: Any


def inequality(
    values: pd.Series[float], people: pd.Series[float], group: pd.Series[str] | pd.DataFrame
) -> Parts:
    """
    Tell how much inequality lies between groups (counties; urban and rural), how much inside them.

    Parameters
    ----------
    values, people, group
        As for `equity`; doors without a group are left out.

    Returns
    -------
    parts
        NaN and None where nobody has anything.

    Raises
    ------
    InputError
        As for `equity`.

    Notes
    -----
    ``T = Σ s ln(x / μ) + Σ s T_g``, with ``s`` the share of all that a group has, ``x`` its mean
    and ``T_g`` its own index (Theil 1967, Shorrocks 1980).

    Examples
    --------
    >>> value, one = pd.Series([1.0, 1.0, 3.0, 3.0]), pd.Series([1.0] * 4)
    >>> found = inequality(value, one, pd.Series(list("aabb")))
    >>> found.theil == found.between, found.min_max.__round__(3), found.worst
    (True, 0.333, 'a')
    """
    table = equity(values, people, group)
    weight = table["persons"] * table["completeness_share"]
    table, weight = table[weight > 0], weight[weight > 0]
    mean = table["mean"]
    held = (mean * weight).sum()
    if not held > 0:
        nan = float("nan")
        return Parts(nan, nan, nan, nan, None, None)
    across = theil(mean, weight)
    within = float((mean * weight / held * table["theil"].fillna(0.0)).sum())
    return Parts(
        across + within, across, within, min_max(mean, weight), mean.idxmin(), mean.idxmax()
    )


def equity(
    values: pd.Series[float],
    people: pd.Series[float],
    unit: pd.Series[str] | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Gini, Palma, Theil and min-max ratio of what people have, by unit.

    Parameters
    ----------
    values
        What one person has at each door, for example ``per_100`` of `accessibility`.
    people
        How many there are, on the same index.
    unit
        Unit of each door, or several columns (county; urban or rural) whose combinations are
        meant; without it there is one row for all.

    Returns
    -------
    equity
        Index: unit (or ``all``). ``persons``, ``mean`` (per person), ``gini``, ``palma``,
        ``theil``, ``min_max``, ``completeness_share`` (people whose value is known).

    Raises
    ------
    InputError
        As for `lorenz`, or if the three are not of the same doors.
    """
    key = pd.Series("all", index=values.index) if unit is None else unit
    key = key.to_frame(key.name or "unit") if isinstance(key, pd.Series) else key
    if not (people.index.equals(values.index) and key.index.equals(values.index)):
        raise InputError(
            "values, people and unit are not of the same doors, or are in another order.",
            zh="values、people、unit 不是同一批住户，或顺序不同。",
            fix="give three columns of one frame, or reindex them to values.index",
            fix_zh="取同一张表的三列，或按 values.index 重排",
        )
    table = pd.DataFrame({"value": values, "people": people})
    columns = numbers(table, "value"), numbers(table, "people")
    _known(*columns)
    grouped = key.groupby(list(key.columns), sort=True)
    at = grouped.indices
    units = grouped.size().index
    rows = [_of_unit(columns[0][i], columns[1][i]) for i in (at[u] for u in units)]
    return pd.DataFrame(rows, index=units, columns=list(_COLUMNS))


def _of_unit(value: FloatArray, weight: FloatArray) -> tuple[float, ...]:
    known = ~np.isnan(value) & ~np.isnan(weight)
    all_of_them, these = float(np.nansum(weight)), float(weight[known].sum())
    return (
        all_of_them,
        float((value[known] * weight[known]).sum()) / these if these else np.nan,
        gini(value, weight),
        palma(value, weight),
        theil(value, weight),
        min_max(value, weight),
        these / all_of_them if all_of_them else np.nan,
    )


def _known(values: npt.ArrayLike, people: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the places where people are and their value is known."""
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
    return value[use], weight[use]
