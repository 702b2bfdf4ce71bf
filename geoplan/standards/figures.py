"""Figures that are no map (指标数据): one small table, read per rule, unit and year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geoplan.policy import Rule

_COLUMNS = ("indicator_id", "unit_code", "period", "value", "numerator", "denominator",
            "figure_unit", "source_date", "valid_from")  # fmt: skip
_PERSONS_PER_10K = 10_000.0
_FAR_OFF = 100.0


def tidy(frame: pd.DataFrame | None) -> pd.DataFrame:
    """
    Return the table of figures with numbers as floats and the year each is of.

    Parameters
    ----------
    frame
        ``indicator_figures``: ``indicator_id``, ``unit_code``, ``period`` (begins with the year)
        and ``value`` in the rule's unit, or ``numerator`` and ``denominator``; None for no table.

    Returns
    -------
    figures
        Columns of the layer and ``year``; rows whose period names no year are left out. A share
        of a register is ``numerator / denominator`` where both are there, else ``value`` / 100.
    """
    if frame is None:
        frame = pd.DataFrame()
    absent: dict[str, Any] = {c: pd.NA for c in _COLUMNS if c not in frame.columns}
    table = frame.assign(**absent)
    table = pd.DataFrame(table[list(_COLUMNS)])
    for column in ("value", "numerator", "denominator"):
        table[column] = pd.to_numeric(table[column], errors="coerce").astype("float64")
    year = table["period"].astype("string").str.extract(r"^\s*(\d{4})", expand=False)
    table["year"] = pd.to_numeric(year, errors="coerce").astype("float64")
    return table.loc[table["year"].notna().to_numpy()].reset_index(drop=True)


def latest(figures: pd.DataFrame, indicator_id: str, year: int) -> pd.DataFrame:
    """
    Return one series' newest figure of each unit up to a year, that year included (IND-03).

    Parameters
    ----------
    figures
        From `tidy`.
    indicator_id
        Of a rule or a series.
    year
        Last year that counts.

    Returns
    -------
    figures
        Index ``unit_code``.
    """
    here = (figures["indicator_id"] == indicator_id) & (figures["year"] <= year)
    rows = figures.loc[here.fillna(value=False).to_numpy(dtype=bool)]
    known = rows["value"].notna() | (rows["denominator"].notna() & rows["numerator"].notna())
    rows = rows.loc[known & rows["unit_code"].notna()]
    rows = rows.sort_values(["year", "period"], kind="stable")
    return rows.drop_duplicates("unit_code", keep="last").set_index("unit_code")


def against(figures: pd.DataFrame, rule: Rule, year: pd.Series[float]) -> pd.Series[float]:
    """
    Return what a growth is compared with: the other series, so many years before.

    Parameters
    ----------
    figures
        From `tidy`.
    rule
        Names the series and the lag.
    year
        Year of each unit's own figure, index ``unit_code``.

    Returns
    -------
    value
        Same index; NaN where the other series has no figure of that year.
    """
    rows = figures.loc[(figures["indicator_id"] == rule.options.against).fillna(value=False)]
    rows = rows.loc[rows["value"].notna()].sort_values("period", kind="stable")
    rows = rows.drop_duplicates(["unit_code", "year"], keep="last")
    known = dict(zip(zip(rows["unit_code"], rows["year"], strict=True), rows["value"], strict=True))
    lag = rule.options.against_lag_year
    found = [known.get((unit, of - lag), np.nan) for unit, of in year.items()]
    return pd.Series(found, index=year.index, dtype="float64")


def in_rule_unit(rows: pd.DataFrame, rule: Rule) -> tuple[pd.Series[float], pd.Series[bool]]:
    """
    Return values in the rule's unit, and which of them look like another unit.

    Figures in persons are divided where the rule is in ten thousands. One without a unit that
    is a hundred times off its target, or more, is doubtful.

    Parameters
    ----------
    rows
        From `latest`.
    rule
        Gives unit and target.

    Returns
    -------
    value, doubtful
        On the rows' index.
    """
    value, unit = rows["value"], rows["figure_unit"].astype("string").fillna("")
    if rule.unit == "10k_person":
        value = value.where(~unit.isin(["person", "人"]), value / _PERSONS_PER_10K)
    if rule.value is None or rule.value <= 0:
        return value, pd.Series(data=False, index=rows.index)
    ratio = value / rule.value
    return value, (unit == "") & (ratio >= _FAR_OFF)


def series(figures: pd.DataFrame, rule: Rule, unit_code: str) -> pd.DataFrame:
    """
    Return the yearly series of one rule and unit.

    Parameters
    ----------
    figures
        From `tidy`.
    rule
        Whose figures.
    unit_code
        Whose values.

    Returns
    -------
    series
        Columns ``year``, ``value`` in the rule's unit (the newest figure of each year).
    """
    here = (figures["indicator_id"] == rule.id) & (figures["unit_code"] == unit_code)
    rows = figures.loc[here.fillna(value=False).to_numpy(dtype=bool)].sort_values("period")
    rows = rows.drop_duplicates("year", keep="last")
    share = 100.0 * rows["numerator"] / rows["denominator"].where(rows["denominator"] > 0)
    value = in_rule_unit(rows, rule)[0]
    value = share.where(share.notna(), value) if rule.unit == "pct" else value
    return pd.DataFrame({"year": rows["year"].astype(int), "value": value}).reset_index(drop=True)


def shares(rows: pd.DataFrame, per: float) -> pd.DataFrame:
    """
    Return numerator, denominator and share of each figure.

    Parameters
    ----------
    rows
        From `latest`.
    per
        What ``value`` is divided by: 100 for per cent.

    Returns
    -------
    shares
        Same index; ``top``, ``base`` (NaN where only a share was stated), ``share`` (0–1; NaN
        where the base is zero).
    """
    base = rows["denominator"].where(rows["numerator"].notna())
    top = rows["numerator"].where(base.notna())
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (top / base).where(base > 0)
    share = share.where(base.notna(), rows["value"] / per)
    return pd.DataFrame({"top": top, "base": base, "share": share}, index=rows.index)
