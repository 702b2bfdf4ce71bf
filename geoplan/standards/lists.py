"""Lists (清单): objects that fall short of a text without a figure, and likely duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.standards import measures
from geoplan.standards.city import number
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

    BoolArray = npt.NDArray[np.bool_]


def duplicates(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """FAC-03 重复设施: facilities of one name (and address) nearer than the value, in metres."""
    facilities = city.facilities
    pairs = measures.same_place(facilities, rule.target())
    names = facilities["name"].astype("string").fillna("").to_numpy(dtype=object)
    units = city.at("prefecture").index
    found = pd.DataFrame(
        {"value": float(len(pairs)), "value_min": 0.0, "value_max": 0.0,
         "numerator": float(len(pairs)), "denominator_value": float(len(facilities)),
         "completeness_share": 1.0}, index=units,
    )  # fmt: skip
    return rows(city, rule, "prefecture", found, target=np.nan, unit="count",
                status="no_target", gap=float(len(pairs)), gap_unit="count",
                failing=";".join(str(names[i]) for i, _j in pairs),
                data_date=city.dates["facilities"])  # fmt: skip


def lacking(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-14, ELD-25, COM-07: the objects that fall short, by name (清单)."""
    test = _LISTS.get(rule.options.objects)
    if test is None:
        return pd.DataFrame()
    table, bad, unsure = test(city, rule)
    names = table["name"].astype("string").fillna("").to_numpy(dtype=object)
    parts = []
    for level in ("prefecture", "county"):
        units = city.at(level).index
        owner = table[level].to_numpy(dtype=object)
        sums = pd.DataFrame({"bad": bad, "unsure": unsure, "all": 1.0}).astype(float)
        sums = sums.groupby(owner).sum().reindex(units).fillna(0.0)
        listed = pd.Series(names[bad]).groupby(owner[bad]).agg(";".join).reindex(units).fillna("")
        some = sums["all"] > 0
        found = pd.DataFrame({
            "value": sums["bad"].where(some), "value_min": sums["bad"].where(some),
            "value_max": (sums["bad"] + sums["unsure"]).where(some), "numerator": sums["bad"],
            "denominator_value": sums["all"].where(some), "missing": sums["unsure"],
            "completeness_share": 1.0 - (sums["unsure"] / sums["all"]).fillna(1.0),
        })  # fmt: skip
        parts.append(
            rows(
                city, rule, level, found, target=np.nan, unit="count", failing=listed.tolist(),
                status=np.where(some, "no_target", "no_data").tolist(), gap_unit="count",
                gap=found["value"], denominator="objects", denominator_zh="对象数",
                data_date=city.dates["facilities"],
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _large_without_clinic(city: City, rule: Rule) -> tuple[pd.DataFrame, BoolArray, BoolArray]:
    """ELD-14: homes of 150 beds, hardship homes of 50 residents, without a clinic."""
    table = city.of_kinds(rule.options.facility_kinds)
    hardship = (table["facility_kind"] == "hardship_institution").to_numpy(dtype=bool)
    beds, people = number(table, "beds").to_numpy(), number(table, "residents").to_numpy()
    large = beds >= city.policy.value("clinic_threshold_bed")
    large |= hardship & (people >= city.policy.value("clinic_threshold_person"))
    size_unknown = ~large & (np.isnan(beds) | (hardship & np.isnan(people)))
    clinic = table["clinic"].astype("boolean")
    without = (~clinic).fillna(value=False).to_numpy(dtype=bool)
    untold = clinic.isna().to_numpy(dtype=bool)
    unsure = (large & untold) | (size_unknown & (without | untold))
    considered = large | size_unknown
    return table[considered], (large & without)[considered], unsure[considered]


def _not_county_managed(city: City, rule: Rule) -> tuple[pd.DataFrame, BoolArray, BoolArray]:
    """ELD-25: rural welfare homes that the county does not run itself."""
    table = city.of_kinds(rule.options.facility_kinds)
    managed = table["county_managed"].astype("boolean")
    return (table, (~managed).fillna(value=False).to_numpy(dtype=bool),
            managed.isna().to_numpy(dtype=bool))  # fmt: skip


def _relocation_without(city: City, rule: Rule) -> tuple[pd.DataFrame, BoolArray, BoolArray]:
    """COM-07: relocation communities whose village has no service facility in use."""
    table = city.areas
    if "relocation" not in table.columns:
        return table.iloc[:0].assign(name=""), np.zeros(0, bool), np.zeros(0, bool)
    flag = table["relocation"].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    table = table.loc[flag]
    serving = city.of_kinds(rule.options.facility_kinds)
    has = table["village"].isin(serving["village"].dropna()).to_numpy(dtype=bool)
    unplaced = table["village"].isna().to_numpy(dtype=bool)
    return table, ~has & ~unplaced, unplaced


_LISTS: dict[str, Callable[[City, Rule], tuple[pd.DataFrame, BoolArray, BoolArray]]] = {
    "large_without_clinic": _large_without_clinic,
    "not_county_managed": _not_county_managed,
    "relocation_without_facility": _relocation_without,
}

MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "duplicates": duplicates,
    "list": lacking,
}
