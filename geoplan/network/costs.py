"""Minutes along streets (通行时间): speed, slope, soft costs and one-ways of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.profiles import Profile, SoftCost

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

_YES = {"yes": 1.0, "true": 1.0, "是": 1.0, "no": 0.0, "false": 0.0, "否": 0.0}
_ONE_WAY = {**_YES, "reverse": -1.0}
_STEEPEST = 0.5
"""Slopes beyond 50 % are taken for errors of the data and count as 50 %."""


def tobler(slope: FloatArray) -> FloatArray:
    """
    Time on a slope as a multiple of the time on the flat (Tobler 1993).

    Parameters
    ----------
    slope
        Rise over run in the direction of travel, a share; NaN counts as flat.

    Returns
    -------
    factor
        1 on the flat; 0.84 at 5 % down, the quickest; 1.42 at 10 % up.

    Examples
    --------
    >>> import numpy as np
    >>> tobler(np.array([0.0, 0.1, -0.05])).round(2).tolist()
    [1.0, 1.42, 0.84]
    """
    steep = np.clip(np.nan_to_num(slope, nan=0.0), -_STEEPEST, _STEEPEST)
    return np.asarray(np.exp(3.5 * (np.abs(steep + 0.05) - 0.05)))


def passable(roads: pd.DataFrame, profile: Profile) -> npt.NDArray[np.bool_]:
    """
    Tell which roads a profile may use; a missing permission means yes.

    Raises
    ------
    InputError
        If a permission is neither true nor false, yes nor no.
    """
    return np.asarray(_worded(roads, profile.mode, 1.0, _YES) != 0.0, dtype=bool)


def _worded(roads: pd.DataFrame, name: str, missing: float, words: dict[str, float]) -> FloatArray:
    """Read a column of flags: -1, 0, 1, true and false as they are, words by their meaning."""
    value = number(roads, name, np.nan)
    if name in roads.columns:
        given = roads[name].notna().to_numpy(dtype=bool)
        text = np.flatnonzero(given & np.isnan(value))
        said = roads[name].iloc[text].astype("str").str.strip().str.lower().map(words)
        value[text] = said.to_numpy(dtype=float, na_value=np.nan)
        wrong = given & ~np.isin(value, (-1.0, 0.0, 1.0))
        if wrong.any():
            found = roads[name][wrong].unique().tolist()[:3]
            raise InputError(
                f"roads: {name} of {wrong.sum()} rows cannot be understood, for example {found}.",
                zh=f"道路表：{wrong.sum()} 行的 {name} 无法识别，例如 {found}。",
                fix=f"write {', '.join(words)}, or leave it empty",
                fix_zh=f"填写 {', '.join(words)}，或留空",
                column=name,
            )
    return np.asarray(np.where(np.isnan(value), missing, value))


def number(frame: pd.DataFrame, name: str, missing: float) -> FloatArray:
    """Return a column as numbers, with what stands for a missing one."""
    if name not in frame.columns:
        return np.full(len(frame), missing)
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(values), missing, values)


def edge_minutes(
    roads: pd.DataFrame,
    road: IntArray,
    length_m: FloatArray,
    slope_factor: FloatArray | None,
    profile: Profile,
) -> FloatArray:
    """
    Minutes of every edge, forwards and backwards.

    Parameters
    ----------
    roads
        Attributes, one row per road.
    road
        (m,) road of each edge.
    length_m
        (m,) lengths.
    slope_factor
        (m, 2) `tobler` forwards and backwards, or none.
    profile
        Who moves.

    Returns
    -------
    minutes
        (m, 2); inf where the profile may not pass.
    """
    if profile.mode == "walk":
        per_m = np.full((len(roads), 1), 1.0 / profile.speed_m_s / 60.0)
    else:
        per_m = 1.0 / (_speed_kmh(roads, profile) / 3.6) / 60.0
    extra = np.zeros(len(roads))
    for cost in profile.soft_costs:
        hit = _hit(roads, cost)
        per_m[hit] *= cost.factor
        extra[hit] += cost.extra_min
    per_m[~passable(roads, profile)] = np.inf
    whole_m = np.bincount(road, weights=length_m, minlength=len(roads))
    per_m += np.divide(extra, whole_m, out=np.zeros(len(roads)), where=whole_m > 0)[:, None]
    with np.errstate(invalid="ignore"):
        minutes = length_m[:, None] * per_m[road]
    if minutes.shape[1] == 1:
        minutes = np.repeat(minutes, 2, axis=1)
    minutes[np.isnan(minutes)] = np.inf  # no length, no passage
    if profile.mode == "drive":
        oneway = _worded(roads, "oneway", 0.0, _ONE_WAY)[road]
        minutes[oneway < 0, 0] = np.inf
        minutes[oneway > 0, 1] = np.inf
    elif profile.use_slope and slope_factor is not None:
        minutes *= slope_factor
    return np.asarray(minutes)


def _speed_kmh(roads: pd.DataFrame, profile: Profile) -> FloatArray:
    """
    Driving speed of each road there and back: posted, else of its class, else the profile's own.

    ``speed_back_kmh`` is posted for the way back where it differs.
    """
    by_class = dict(profile.class_speed_kmh)
    missing = np.full(len(roads), profile.default_speed_kmh)
    if by_class and "road_class" in roads.columns:
        known = roads["road_class"].astype(object).map(by_class)
        missing = known.fillna(profile.default_speed_kmh).to_numpy(dtype=float)
    posted = number(roads, "speed_kmh", np.nan)
    there = np.where(posted > 0, posted, missing)
    posted = number(roads, "speed_back_kmh", np.nan)
    back: FloatArray = np.where(posted > 0, posted, there)
    return np.column_stack((there, back))


def _hit(roads: pd.DataFrame, cost: SoftCost) -> npt.NDArray[np.bool_]:
    """Tell which roads a soft cost falls on; what is not known costs nothing."""
    if cost.column not in roads.columns:
        return np.zeros(len(roads), bool)
    if cost.texts:
        return np.asarray(roads[cost.column].isin(cost.texts).to_numpy(dtype=bool))
    value = np.abs(number(roads, cost.column, np.nan))
    with np.errstate(invalid="ignore"):
        return np.asarray((value < cost.below) | (value > cost.above))
