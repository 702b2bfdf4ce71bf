"""Areas (面积标准): land per person, floor per hundred households, least size of one facility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.schemas.consistency import contradictions
from geoplan.standards import measures
from geoplan.standards.city import by_village, certainly_open, number
from geoplan.standards.presence import shares
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City


def land_per_person(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-01 人均养老服务设施用地: both population bases side by side."""
    facilities = city.of_kinds(rule.options.facility_kinds)
    sure = certainly_open(facilities)
    confirmed = city.policy.flag(rule.options.verdict_flag)
    parts = []
    for column, basis, zh in (
        ("population", "resident", "全市常住口径"),
        ("population_urban", "urban", "城镇口径"),
    ):
        for level in rule.options.levels:
            units = city.at(level)
            base = number(units, column)
            found = measures.area_ratio(
                number(facilities, "land_m2"), facilities[level], base, base * rule.target(),
                sure=sure,
            )  # fmt: skip
            status = measures.judge(found, rule.meets)
            if not confirmed:
                status = ["no_data" if s == "no_data" else "to_verify" for s in status]
            parts.append(
                rows(
                    city, rule, level, found, target=rule.target(), unit=rule.unit,
                    status=status, denominator=basis, denominator_zh=zh, gap_unit="m2",
                    data_date=city.dates["facilities"],
                    remark_zh="" if confirmed
                    else "分母未确认（规划只写“人均”），两种口径并列",
                    remark_en="" if confirmed
                    else "denominator not confirmed (the plan says only 人均): no verdict",
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def floor_per_100_households(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-03 每百户养老服务设施, COM-01 每百户城乡社区综合服务设施面积."""
    facilities = city.of_kinds(rule.options.facility_kinds)
    floor_m2 = counted_floor_m2(facilities, rule.options.column)
    facilities = facilities.loc[floor_m2.index]
    sure = certainly_open(facilities)
    parts = []
    for level in rule.options.levels:
        households = number(city.at(level), "households")
        need_m2 = _floor_need_m2(city, rule, level, households)
        floors, owner, certain = floor_m2, facilities[level], sure
        if level == "village":
            row, owner, here = by_village(city, facilities)
            floors, certain = floor_m2.iloc[row], sure[row] & here
        found = measures.area_ratio(floors, owner, households, need_m2, per=100.0, sure=certain)
        target = (need_m2 / households * 100.0).where(households > 0)
        zh, en = _whose_households(city.at(level))
        parts.append(
            rows(
                city, rule, level, found, target=target, unit=rule.unit,
                status=measures.judge_each(found, target, rule.operator),
                denominator="households", denominator_zh="户数", gap_unit="m2",
                data_date=city.dates["facilities"], remark_zh=zh, remark_en=en,
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _whose_households(units: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Say which households each unit counts (户籍, 常住 …), and where that is not stated."""
    basis = units["households_basis"].astype("string").fillna("").str.strip().tolist()
    zh = [f"户数口径：{b}" if b else "户数口径未说明" for b in basis]
    return zh, [f"households: {b}" if b else "which households: not stated" for b in basis]


def counted_floor_m2(facilities: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return the floor that counts per facility, on the index of those that count at all.

    Elder rooms: a dedicated facility that states none counts its whole floor; a service centre
    that states none has none.
    """
    floor_m2 = number(facilities, column)
    if column != "elder_floor_m2":
        return floor_m2
    dedicated = (facilities["facility_kind"] != "community_service").to_numpy(dtype=bool)
    whole = number(facilities, "floor_m2")
    floor_m2 = floor_m2.where(floor_m2.notna() | ~dedicated, whole)
    odd = contradictions(facilities, column, "floor_m2")
    floor_m2 = floor_m2.mask(odd)  # a part larger than its whole is not known
    counts: pd.Series[float] = floor_m2.loc[dedicated | floor_m2.notna().to_numpy() | odd]
    return counts


def _floor_need_m2(
    city: City, rule: Rule, level: str, households: pd.Series[float]
) -> pd.Series[float]:
    """Sum of standard × households / 100 over new and existing areas; the rest is existing."""
    if not rule.classes:
        return households * rule.target() / 100.0
    new_value, old_value = rule.target("new"), rule.target("existing")
    if len(city.areas) and "build_status" in city.areas:
        fresh = city.areas.loc[(city.areas["build_status"] == "new").to_numpy(dtype=bool)]
        new = number(fresh, "households").groupby(fresh[level]).sum()
        new = new.reindex(households.index).fillna(0.0).clip(upper=households)
    else:
        new = households * 0.0
    return (new * new_value + (households - new) * old_value) / 100.0


def village_floor(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """COM-02 村级综合服务设施面积: each village's largest facility, then shares upwards."""
    villages = city.at("village")
    villages = villages.loc[(villages["kind"] == "village").to_numpy(dtype=bool)]
    facilities = city.of_kinds(rule.options.facility_kinds)
    row, owner, here = by_village(city, facilities)
    found = measures.largest(
        villages.index, number(facilities, "floor_m2").iloc[row], owner,
        sure=certainly_open(facilities)[row] & here,
    )  # fmt: skip
    found["gap"] = (rule.target() - found["value"]).clip(lower=0.0)
    status = measures.judge(found, rule.meets)
    own = rows(
        city, rule, "village", found, target=rule.target(), unit=rule.unit, status=status,
        gap_unit="m2", data_date=city.dates["facilities"],
    )  # fmt: skip
    meets = found.assign(
        value_min=[float(s == "met") for s in status],
        value_max=[float(s in {"met", "to_verify"}) for s in status],
    )
    upwards = shares(city, rule, meets, "village", data_date=city.dates["facilities"])
    return pd.concat([own, *upwards], ignore_index=True)


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "area_per_person": land_per_person,
    "area_per_100hh": floor_per_100_households,
    "min_size": village_floor,
}
