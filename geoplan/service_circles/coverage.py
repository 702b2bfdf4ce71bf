"""Coverage (覆盖率): people within the circles, by unit and group (ELD-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import InputError, MissingColumnsError
from geoplan.network.kernels import TOLERANCE_MIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.policy import Policy

GROUPS = ("persons", "elders_60", "elders_65", "elders_80", "households")
"""Weights that coverage is counted in, where the demand has them."""


def coverage(
    near: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    by: str = "unit_code",
    policy: Policy | None = None,
    minutes: Sequence[float] | None = None,
) -> pd.DataFrame:
    """
    Share of each unit's people within each circle, by age group.

    "Within 15 minutes" is closed: exactly 15 counts. A row whose weight is unknown counts
    neither as covered nor as uncovered and lowers ``completeness_share``.

    Parameters
    ----------
    near
        From `travel_time`: ``walk_min`` on the demand's index.
    demand
        Column ``by`` and any of `GROUPS`; CRS does not matter.
    by
        Column that names the unit of each row; rows without a unit are left out.
    policy
        Gives the limits (``circle_limits_min``) where ``minutes`` does not.
    minutes
        The limits.

    Returns
    -------
    coverage
        One row per unit, group and limit: ``by``, ``group``, ``limit_min``, ``persons``,
        ``covered``, ``uncovered`` (in the group's own unit), ``cov_share`` (0–1; NaN where the
        unit has none or no data), ``completeness_share``.

    Raises
    ------
    MissingColumnsError
        If ``by``, ``walk_min`` or all groups are absent.
    InputError
        If neither a policy nor minutes are given, or the two frames differ in length.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(2). Cost: one group-by per group.

    Examples
    --------
    >>> import pandas as pd
    >>> near = pd.DataFrame({"walk_min": [15.0, float("nan")]})
    >>> people = pd.DataFrame({"unit_code": ["a", "a"], "persons": [30, 10]})
    >>> coverage(near, people, minutes=[15])[["persons", "covered", "cov_share"]].values.tolist()
    [[40.0, 30.0, 0.75]]
    """
    limits = _limits(policy, minutes)
    groups = [g for g in GROUPS if g in demand.columns]
    if by not in demand.columns or not groups:
        missing = [by] if by not in demand.columns else ["persons"]
        raise MissingColumnsError.for_layer("demand", missing, demand.columns)
    if "walk_min" not in near.columns:
        raise MissingColumnsError.for_layer("near", ["walk_min"], near.columns)
    if len(near) != len(demand):
        raise InputError(
            f"near has {len(near)} rows, demand {len(demand)}: they are not of one another.",
            zh=f"near 有 {len(near)} 行，demand 有 {len(demand)} 行，两者不对应。",
            fix="pass the demand that travel_time was given",
            fix_zh="传入计算 travel_time 时所用的 demand",
        )
    codes, units = pd.factorize(demand[by], sort=True)
    walk_min = near["walk_min"].to_numpy(dtype=float)
    parts = [_one_group(codes, units, demand[g], walk_min, limits, by) for g in groups]
    return pd.concat(parts, ignore_index=True)


def _limits(policy: Policy | None, minutes: Sequence[float] | None) -> tuple[float, ...]:
    if minutes is not None:
        return tuple(float(m) for m in minutes)
    if policy is None:
        raise InputError(
            "coverage needs the limits: a policy or minutes.",
            zh="覆盖率计算需要时限：给出 policy 或 minutes。",
            fix="coverage(near, demand, minutes=[5, 10, 15])",
            fix_zh="coverage(near, demand, minutes=[5, 10, 15])",
        )
    return tuple(policy.numbers("circle_limits_min"))


def _one_group(
    codes: np.ndarray,
    units: pd.Index[str],
    weights: pd.Series[float],
    walk_min: np.ndarray,
    limits: tuple[float, ...],
    by: str,
) -> pd.DataFrame:
    value = pd.to_numeric(weights).to_numpy(dtype=float, na_value=np.nan)
    known, placed = ~np.isnan(value), codes >= 0
    use = known & placed
    n = len(units)
    total = np.bincount(codes[use], weights=value[use], minlength=n)
    rows = np.bincount(codes[placed], minlength=n)
    complete = np.bincount(codes[use], minlength=n) / np.maximum(rows, 1)
    parts = []
    for limit in limits:
        inside = use & (walk_min <= limit + TOLERANCE_MIN)
        covered = np.bincount(codes[inside], weights=value[inside], minlength=n)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(total > 0, covered / total, np.nan)
        parts.append(
            pd.DataFrame(
                {
                    by: units, "group": weights.name, "limit_min": limit, "persons": total,
                    "covered": covered, "uncovered": total - covered, "cov_share": share,
                    "completeness_share": complete,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
