"""Judging a city by its policy (对标检查): one row per unit and rule, with reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.standards import measures
from geoplan.standards.city import City, number, prepare
from geoplan.standards.daycare import communities_served
from geoplan.standards.rows import COLUMNS, failing_names, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geoplan.network import Network
    from geoplan.policy import Policy, Rule

NEEDS = ("admin_units", "facilities", "residential_areas", "population", "stat_unit_members")
"""Layers that `check` looks at."""

RULES = ("ELD-01", "ELD-03", "ELD-08", "ELD-09", "ELD-10", "COM-01", "COM-02")
"""What this release judges by default; each is measured by its kind."""


def check(
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    *,
    code_system: str = "",
    network: Network | None = None,
    rules: Sequence[str] = RULES,
    on: str = "",
) -> pd.DataFrame:
    """
    Judge every unit by the rules of the policy that this release measures.

    Land and floor standards (ELD-01, ELD-03, COM-01, COM-02) and presence rules (ELD-08,
    ELD-09, ELD-10) at city, county and township level, COM-02 and ELD-08 by village too. The
    land standard prints both population bases and gives no verdict until the policy confirms
    the denominator.

    Parameters
    ----------
    layers
        ``admin_units`` and ``facilities``; ``residential_areas`` (households of new estates)
        and ``population`` (sharing rule of ELD-08) where there are. Validated frames; geometry
        in any CRS.
    policy
        The norms.
    code_system
        Units of this system only; empty keeps all.
    network
        Walking network for the sharing rule; without it the straight line is used and said.
    rules
        Ids of the rules to judge by; ids the policy lacks are left out.
    on
        ISO date that units and leases are taken at; default the policy's assessment date.

    Returns
    -------
    checks
        Columns `rows.COLUMNS`: value, target, operator, status, gap in the natural unit, bounds,
        completeness, failing units by name, clause, basis, policy digest.

    Raises
    ------
    EmptyLayerError
        If there are no administrative units.
    MissingColumnsError
        If ``unit_code``, ``level`` or ``parent_code`` is absent.

    Notes
    -----
    Clauses: 随政发〔2022〕3号 三(一)1, 三(一)4, 四(一)1(1)–(2), indicators 9 and 14.
    """
    city = prepare(layers, policy, code_system=code_system, on=on)
    chosen = [policy.rule(name) for name in rules if name in policy.rules]
    parts = [_MEASURES[rule.kind](city, rule, network) for rule in chosen]
    parts = [p for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)


def _land_per_person(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-01 人均养老服务设施用地: both population bases side by side."""
    facilities = city.of_kinds(rule.options.facility_kinds)
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
                number(facilities, "land_m2"), facilities[level], base, base * rule.target()
            )
            status = measures.judge(found, rule.meets)
            if not confirmed:
                status = ["no_data" if s == "no_data" else "to_verify" for s in status]
            parts.append(
                rows(
                    city, rule, level, found, target=rule.target(), unit=rule.unit,
                    status=status, denominator=basis, denominator_zh=zh, gap_unit="m2",
                    remark_zh="" if confirmed
                    else "分母未确认（规划只写“人均”），两种口径并列",
                    remark_en="" if confirmed
                    else "denominator not confirmed (the plan says only 人均): no verdict",
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _area_per_100_households(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-03 每百户养老服务设施, COM-01 每百户城乡社区综合服务设施面积."""
    facilities = city.of_kinds(rule.options.facility_kinds)
    floor_m2 = _counted_floor_m2(facilities, rule.options.column)
    facilities = facilities.loc[floor_m2.index]
    parts = []
    for level in rule.options.levels:
        households = number(city.at(level), "households")
        need_m2 = _floor_need_m2(city, rule, level, households)
        found = measures.area_ratio(floor_m2, facilities[level], households, need_m2, per=100.0)
        target = (need_m2 / households * 100.0).where(households > 0)
        parts.append(
            rows(
                city, rule, level, found, target=target, unit=rule.unit,
                status=measures.judge_each(found, target, rule.operator),
                denominator="households", denominator_zh="普查推算户数", gap_unit="m2",
                remark_zh="户数由2020年普查平均户规模推算，含农村",
                remark_en="households derived from the 2020 census, rural included",
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _counted_floor_m2(facilities: pd.DataFrame, column: str) -> pd.Series[float]:
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
    return floor_m2.loc[dedicated | floor_m2.notna().to_numpy()]


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


def _village_floor(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """COM-02 村级综合服务设施面积: each village's largest facility, then shares upwards."""
    villages = city.at("village")
    villages = villages.loc[(villages["kind"] == "village").to_numpy(dtype=bool)]
    facilities = city.of_kinds(rule.options.facility_kinds)
    floating = facilities.loc[facilities["village"].isna().to_numpy(dtype=bool)]
    by_town = floating.groupby("township").size().astype(float)
    unplaced = city.ladder["township"].reindex(villages.index).map(by_town).fillna(0.0)
    found = measures.largest(
        villages.index, number(facilities, "floor_m2"), facilities["village"], unplaced
    )
    found["gap"] = (rule.target() - found["value"]).clip(lower=0.0)
    status = measures.judge(found, rule.meets)
    own = rows(
        city, rule, "village", found, target=rule.target(), unit=rule.unit, status=status,
        gap_unit="m2",
    )  # fmt: skip
    return pd.concat(
        [own, *_shares(city, rule, villages.index, status, "village")], ignore_index=True
    )


def _presence(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """ELD-09, ELD-10: townships or streets with a facility that has all functions."""
    if rule.options.sharing:
        return _day_care(city, rule, network)
    units = city.at("township")
    also = city.policy.names(rule.options.also_units) if rule.options.also_units else ()
    if rule.options.unit_kinds:
        judged = units["kind"].isin(rule.options.unit_kinds) | units["name"].isin(also)
        judged |= units.index.isin(also)
        units = units.loc[judged.to_numpy(dtype=bool)]
    facilities = city.of_kinds(rule.options.facility_kinds)
    need = frozenset(rule.options.functions)
    stated = facilities["functions"]
    full = np.array(
        [isinstance(s, str) and need <= frozenset(s.split(";")) for s in stated], dtype=bool
    )
    open_now = facilities["counts"].fillna(value=False).to_numpy(dtype=bool)
    unsure = (stated.isna().to_numpy(dtype=bool) | full) & ~(full & open_now)
    town = facilities["township"]
    found = measures.presence(units.index, town[full & open_now], town[unsure])
    status = measures.judge(found, lambda v: v >= 1.0)
    own = rows(
        city, rule, "township", found, target=1.0, unit="count", status=status,
        gap=np.maximum(1.0 - found["value_min"], 0.0), gap_unit="count",
    )  # fmt: skip
    parts = _shares(city, rule, units.index, status, "township")
    return pd.concat([own, *parts], ignore_index=True)


def _day_care(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """ELD-08 社区日间照料设施覆盖率: own facility, or one within reach of half its elders."""
    found, method_zh, method_en = communities_served(city, rule, network)
    status = measures.judge(found, lambda v: v >= 1.0)
    own = rows(
        city, rule, "village", found, target=1.0, unit="count", status=status,
        gap=np.maximum(1.0 - found["value_min"], 0.0), gap_unit="count",
        remark_zh=method_zh, remark_en=method_en,
    )  # fmt: skip
    parts = _shares(
        city, rule, found.index, status, "village",
        remark_zh=method_zh, remark_en=method_en,
    )  # fmt: skip
    return pd.concat([own, *parts], ignore_index=True)


def _shares(
    city: City,
    rule: Rule,
    members: pd.Index[str],
    status: list[str],
    member_level: str,
    **cells: str,
) -> list[pd.DataFrame]:
    """Roll a test of units up: share that meets it, whole units short of ceil(p·N) (UNIT-02)."""
    every = rule.kind == "min_size"  # a size rule binds each unit, so all of them must meet it
    target = 1.0 if every else rule.target_share
    need: Callable[[int], int] = (lambda n: n) if every else rule.needed
    meets = np.array([s == "met" for s in status], dtype=bool)
    might = np.array([s in {"met", "to_verify"} for s in status], dtype=bool)
    parts = []
    for level in ("prefecture", "county", "township"):
        if level == member_level:
            continue
        groups = city.at(level).index
        group = city.ladder[level]
        found = measures.share_of_units(pd.DataFrame(index=members), meets, might, group, groups)
        found = found.loc[found["denominator_value"].notna()]
        if found.empty:
            continue
        total = found["denominator_value"]
        goal = total.map(lambda n: need(int(n)))
        verdict = [
            "met" if sure >= g else "not_met" if sure + open_ < g else "to_verify"
            for sure, open_, g in zip(found["numerator"], found["missing"], goal, strict=True)
        ]
        bad = failing_names(city, members, ~meets & ~might, group, found.index)
        parts.append(
            rows(
                city, rule, level, found, target=target, unit="share", status=verdict,
                denominator="units", denominator_zh="单元数",
                gap=np.maximum(goal - found["numerator"], 0.0), gap_unit="unit", failing=bad,
                **{"remark_zh": "", "remark_en": "", **cells},
            )
        )  # fmt: skip
    return parts


_MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "area_per_person": _land_per_person,
    "area_per_100hh": _area_per_100_households,
    "min_size": _village_floor,
    "presence_by_unit": _presence,
    "share_of_units": _presence,
}
"""Kind of measure -> how it is computed. A new rule of one of these kinds needs TOML only."""
