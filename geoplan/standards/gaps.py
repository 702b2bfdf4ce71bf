"""Gaps (缺口清单): what is missing, ranked, with the people it concerns."""

from __future__ import annotations

import pandas as pd

COLUMNS = ("rank", "rule_id", "title_zh", "level", "unit_code", "unit_name", "denominator",
           "denominator_zh", "gap", "gap_unit", "status", "population", "households", "elders_60",
           "synthetic")  # fmt: skip


def gaps(checks: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """
    List every unit that falls short, the largest gap of each rule first.

    Parameters
    ----------
    checks
        From `check`.
    units
        ``admin_units``: ``unit_code``, ``population``, ``households``, ``elders_60``; any CRS.

    Returns
    -------
    gaps
        Columns `COLUMNS`; townships, and villages where the rule is judged by village. Gaps of
        rules without a verdict are listed with their status.
    """
    if checks.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    by_level = checks["level"].isin(["township", "village"])
    short = checks.loc[by_level & (checks["gap"] > 0) & (checks["status"] != "met")]
    people = units.drop_duplicates("unit_code").set_index("unit_code")
    found = short.assign(
        population=_of(people, "population", short["unit_code"]),
        households=_of(people, "households", short["unit_code"]),
        elders_60=_of(people, "elders_60", short["unit_code"]),
    )
    order = found.sort_values(
        ["rule_id", "denominator", "level", "gap", "elders_60", "unit_code"],
        ascending=[True, True, True, False, False, True], kind="stable",
    )  # fmt: skip
    order["rank"] = order.groupby(["rule_id", "denominator", "level"]).cumcount() + 1
    return order[list(COLUMNS)].reset_index(drop=True)


def _of(people: pd.DataFrame, column: str, codes: pd.Series[str]) -> pd.Series[float]:
    if column not in people.columns:
        return pd.Series(pd.NA, index=codes.index, dtype="Float64")
    return codes.map(people[column].astype("Float64"))
