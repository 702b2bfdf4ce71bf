"""
Totals by functional unit (功能区口径, UNIT-01): development zones and the rest of the city.

The two ways of adding up, by administrative unit and by functional unit with the administrative
remainder, come to the same city total; nothing is counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import EmptyLayerError, InputError
from geoplan.standards.areas import counted_floor_m2
from geoplan.standards.city import number, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.policy import Policy
    from geoplan.standards.city import City

COLUMNS = ("stat_code", "name", "kind", "persons", "households", "area_m2", "need_m2", "gap_m2")
REMAINDER, TOTAL = "remainder", "total"
_SLACK = 1e-9


def functional_totals(
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    *,
    rule: str = "ELD-03",
    code_system: str = "",
) -> pd.DataFrame:
    """
    Add up land or floor by functional unit, and what is left of the city.

    Parameters
    ----------
    layers
        ``admin_units``, ``facilities``, ``stat_unit_members`` (``stat_code``, ``unit_code`` of a
        village or township, ``share`` of it, missing is all) and ``stat_units`` for their names.
        CRS does not matter.
    policy
        The norms.
    rule
        A rule of land per person or floor per hundred households.
    code_system
        Units of this system only; empty keeps all.

    Returns
    -------
    totals
        Columns `COLUMNS`: one row per functional unit (``kind`` functional), the administrative
        ``remainder``, and the ``total``, which is the city's own. Unknown numbers stay unknown.

    Raises
    ------
    EmptyLayerError
        If there are no members, or no city.
    InputError
        If shares of one unit add up to more than 1, or functional units hold more than the city.
    UnknownIdError
        If the policy has no such rule.
    """
    norm = policy.rule(rule)
    members = layers.get("stat_unit_members")
    if members is None or members.empty:
        raise EmptyLayerError.for_layer("stat_unit_members")
    city = prepare(layers, policy, code_system=code_system)
    shares = _shares(members, city)
    per, column = ("population", "land_m2") if norm.unit == "m2/person" else ("households", "")
    facilities = city.of_kinds(norm.options.facility_kinds)
    facilities = facilities.loc[facilities["counts"].fillna(value=False).to_numpy(dtype=bool)]
    area = number(facilities, column) if column else counted_floor_m2(
        facilities, norm.options.column
    )  # fmt: skip
    placed = facilities.loc[area.index, "village"]
    own = pd.DataFrame({
        "persons": _weighted(shares, number(city.units, "population")),
        "households": _weighted(shares, number(city.units, "households")),
        "area_m2": _weighted(shares, area.groupby(placed.to_numpy(dtype=object)).sum(),
                             missing=0.0),
    })  # fmt: skip
    top = city.at("prefecture")
    whole = pd.Series({
        "persons": number(top, "population").sum(min_count=1),
        "households": number(top, "households").sum(min_count=1), "area_m2": area.sum(),
    })  # fmt: skip
    step = norm.target("existing" if norm.classes else None)
    base = "persons" if per == "population" else "households"
    return _table(own, whole, base, step if per == "population" else step / 100.0, layers)


def _shares(members: pd.DataFrame, city: City) -> pd.DataFrame:
    """Share of every village in each functional unit: (villages, functional units)."""
    villages = city.at("village").index
    share = number(members, "share").fillna(1.0)
    table = pd.DataFrame(0.0, index=villages, columns=sorted(set(members["stat_code"].astype(str))))
    town = city.ladder["township"].reindex(villages)
    for stat, unit, part in zip(members["stat_code"], members["unit_code"], share, strict=True):
        here = (villages == unit) | (town == unit).to_numpy(dtype=bool)
        table.loc[here, str(stat)] += float(part)
    whole = table.sum(axis=1)
    if (whole > 1.0 + _SLACK).any():
        twice = [str(city.units.loc[c, "name"]) for c in whole.index[whole > 1.0 + _SLACK]]
        raise InputError(
            f"Units are counted more than once by functional units: {', '.join(twice[:5])}.",
            zh=f"功能区重复计入单元：{'、'.join(twice[:5])}（占比之和大于 1）。",
            fix="let the shares of a unit add up to 1 at most",
            fix_zh="同一单元在各功能区的占比之和不得大于 1",
        )
    return table


def _weighted(
    shares: pd.DataFrame, amount: pd.Series[float], *, missing: float = np.nan
) -> pd.Series[float]:
    known = amount.reindex(shares.index).astype("float64").fillna(missing)
    parts = shares.mul(known, axis=0).where(shares > 0, 0.0)
    return parts.sum(axis=0, skipna=False)


def _table(
    own: pd.DataFrame, whole: pd.Series[float], base: str, step: float,
    layers: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:  # fmt: skip
    rest = whole - own.sum(axis=0, skipna=False)
    if (rest < -_SLACK * np.maximum(1.0, whole.abs())).any():
        raise InputError(
            f"Functional units hold more than the city: {rest.round(2).to_dict()} is left.",
            zh=f"功能区之和大于全市：剩余 {rest.round(2).to_dict()}。",
            fix="check the figures of the city and of the villages in functional units",
            fix_zh="核对全市数与功能区各村的数",
        )
    table = pd.concat([own, rest.to_frame(REMAINDER).T, whole.to_frame(TOTAL).T])
    table["need_m2"] = table[base] * step
    table["gap_m2"] = (table["need_m2"] - table["area_m2"]).clip(lower=0.0)
    stats = layers.get("stat_units")
    names = {REMAINDER: "其余行政区", TOTAL: "全市"}
    if stats is not None and "name" in stats.columns:
        names |= dict(zip(stats["stat_code"].astype(str), stats["name"].astype(str), strict=True))
    table.insert(0, "stat_code", table.index)
    table.insert(1, "name", [names.get(str(c), str(c)) for c in table.index])
    table.insert(2, "kind", ["functional"] * len(own) + [REMAINDER, TOTAL])
    return table[list(COLUMNS)].reset_index(drop=True)
