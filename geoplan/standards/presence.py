"""Presence (逐单元有无): does each unit have what the plan asks for, and what share of them has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.standards import measures
from geoplan.standards.city import by_village, certainly_open
from geoplan.standards.daycare import communities_served
from geoplan.standards.figures import latest
from geoplan.standards.rows import COLUMNS, failing_names, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

_ROLL_UP = ("prefecture", "county", "township")
LEVEL_ZH = {"county": "县", "township": "镇（街道）", "village": "村（社区）"}


def by_unit(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """ELD-09, ELD-10, COM-04, FAC-06 …: units with a facility that has all functions."""
    if rule.options.sharing:
        return _day_care(city, rule, network)
    level = rule.options.level or rule.options.levels[-1]
    members = _members(city, rule, level)
    found = measures.presence(members, *_where(city, level, *_offers(city, rule)))
    found = _or_figure(city, rule, found)
    return judged_units(city, rule, found, level)


def _where(
    city: City, level: str, sure: pd.DataFrame, unsure: pd.DataFrame
) -> tuple[pd.Series[str], pd.Series[str]]:
    """Units of a level with an object for certain, and perhaps: known by its town, any village."""
    if level != "village":
        return sure[level], unsure[level]
    _, code, here = by_village(city, sure)
    _, other, _ = by_village(city, unsure)
    return code[here], pd.concat([code[~here], other])


def each_level(
    city: City, rule: Rule, found: Mapping[str, pd.DataFrame],
    remarks: Mapping[str, tuple[str, str]] | None = None, **cells: str,
) -> pd.DataFrame:  # fmt: skip
    """
    Judge units of several levels, each level by itself: its share stands under its own name.

    Parameters
    ----------
    city, rule
        What is judged by what.
    found
        Level -> as from `measures.presence`, in the order to show.
    remarks
        Level -> remark in both languages.
    **cells
        Further columns for all rows.

    Returns
    -------
    rows
        Columns `rows.COLUMNS`; ``denominator`` is the level whose units are counted.
    """
    parts = []
    for level, here in found.items():
        zh, en = (remarks or {}).get(level, ("", ""))
        words = {"denominator": level, "denominator_zh": LEVEL_ZH[level], "remark_zh": zh}
        parts.append(judged_units(city, rule, here, level, **words, remark_en=en, **cells))
    return pd.concat(parts, ignore_index=True)


def network_of_levels(city: City, rule: Rule) -> pd.DataFrame:
    """PLN-073 三级养老服务网络: units of each level with a facility of that level's kinds."""
    kinds: dict[str, set[str]] = {}
    for pair in rule.options.kinds_at:
        level, kind = pair.split(":")
        kinds.setdefault(level, set()).add(kind)
    found = {}
    for level, wanted in kinds.items():
        facilities = city.of_kinds(wanted)
        open_now = certainly_open(facilities)
        place = _where(city, level, facilities[open_now], facilities[~open_now])
        found[level] = measures.presence(city.at(level).index, *place)
    out = each_level(city, rule, found)
    return out.loc[(out["level"] != "village").to_numpy(dtype=bool)].reset_index(drop=True)


def by_level(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-11, ELD-12a, COM-05, FAC-05 …: each unit of the named levels has one (逐级建有)."""
    sure, unsure = _offers(city, rule)
    parts = []
    for level in rule.options.levels:
        members = city.at(level).index
        if level == "prefecture" and len(rule.options.levels) > 1:
            parts.append(_city_level(members, sure, unsure))
        else:
            parts.append(measures.presence(members, sure[level], unsure[level]))
    found = _or_figure(city, rule, pd.concat(parts))
    return judged_units(city, rule, found, "")


def _city_level(members: pd.Index[str], sure: pd.DataFrame, unsure: pd.DataFrame) -> pd.DataFrame:
    """
    Tell whether the city has one of its own beside those of its counties.

    One registered under the city itself, or one more than a county needs [P].
    """

    def own(frame: pd.DataFrame) -> pd.Series[str]:
        of_city = frame["county"].isna() & frame["prefecture"].notna()
        spare = frame["county"].duplicated() & frame["county"].notna()
        found: pd.Series[str] = frame.loc[(of_city | spare).to_numpy(dtype=bool), "prefecture"]
        return found

    return measures.presence(members, own(sure), own(pd.concat([sure, unsure])))


def exists(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-13 失智老人养护院或专区: so many in the whole city."""
    sure, unsure = _offers(city, rule)
    members = city.at("prefecture").index
    found = measures.presence(members, sure["prefecture"], unsure["prefecture"])
    low, more = found["numerator"].astype(float), found["missing"]
    found = found.assign(value=low, value_min=low, value_max=low + more)
    found["gap"] = np.maximum(rule.target() - low, 0.0)
    return rows(city, rule, "prefecture", found, target=rule.target(), unit="count",
                gap_unit="count", data_date=city.dates["facilities"])  # fmt: skip


def documents(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """PLN-069, PLN-131 …: units whose plan, system or hotline is in place, by the figures."""
    levels = rule.options.levels or (rule.options.level,)
    members = pd.Index([c for level in levels for c in city.at(level).index], name="unit_code")
    figure = latest(city.figures, rule.id, city.on.year)
    value = figure["value"].where(figure["value"].notna(), figure["numerator"])
    known = value.reindex(members)
    unknown = members[known.isna().to_numpy()].to_series()
    found = measures.presence(members, members[(known > 0).to_numpy()].to_series(), unknown)
    found.loc[unknown.index, ["value_min", "value_max"]] = np.nan
    level = levels[0] if len(levels) == 1 and levels[0] != "prefecture" else ""
    return judged_units(city, rule, found, level, data_date=_year_of(figure))


def colocated(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-15 两室联建: units where facilities of two kinds stand together."""
    level = rule.options.level
    members = _members(city, rule, level)
    distance_m = city.policy.value(rule.options.distance)
    ours, others = (
        frame.loc[certainly_open(frame)]
        for frame in (city.of_kinds(rule.options.facility_kinds),
                      city.of_kinds(rule.options.other_kinds))
    )  # fmt: skip
    close, unplaced = measures.near_pairs(ours, others, distance_m)
    both = set(ours[level].dropna()) & set(others[level].dropna())
    doubt = ours.loc[unplaced, level]
    doubt = doubt[doubt.isin(both).to_numpy(dtype=bool)]
    found = measures.presence(members, ours.loc[close, level], doubt)
    zh, en = f"同址距离 {distance_m:g} 米", f"together: within {distance_m:g} m"
    out = judged_units(city, rule, found, level, remark_zh=zh, remark_en=en)
    return out.loc[out["level"] != level].reset_index(drop=True)


def _members(city: City, rule: Rule, level: str) -> pd.Index[str]:
    """Units in the denominator: of the kinds named, and those the policy adds by name."""
    units = city.at(level)
    if rule.options.unit_kinds:
        also = city.policy.names(rule.options.also_units) if rule.options.also_units else ()
        judged = units["kind"].isin(rule.options.unit_kinds) | units["name"].isin(also)
        judged |= units.index.isin(also)
        units = units.loc[judged.to_numpy(dtype=bool)]
    members: pd.Index[str] = units.index
    return members


def _offers(city: City, rule: Rule) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facilities that certainly offer what the rule asks, and those that perhaps do."""
    options = rule.options
    facilities = city.of_kinds(options.facility_kinds)
    if not options.facility_kinds and not options.or_functions:
        facilities = city.facilities.iloc[:0]
    full, maybe = has_all(facilities, options.functions, "functions")
    serve, may_serve = has_all(facilities, options.services, "services")
    full, maybe = full & serve, maybe & may_serve
    open_now = certainly_open(facilities)
    sure, unsure = facilities[full & open_now], facilities[maybe & ~(full & open_now)]
    if not options.or_functions:
        return sure, unsure
    also, perhaps = other_kinds(city, rule)
    return pd.concat([sure, also]), pd.concat([unsure, perhaps])


def other_kinds(city: City, rule: Rule) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Facilities of other kinds that state the functions (FAC-01): in service, and perhaps so.

    One of another kind that states no functions has none of these.
    """
    shut = city.facilities["counts"].eq(other=False).fillna(value=False)
    other = city.facilities.loc[
        ~(city.facilities["facility_kind"].isin(rule.options.facility_kinds) | shut).to_numpy(
            dtype=bool
        )
    ]
    other = other[has_all(other, rule.options.or_functions, "functions")[0]]
    open_now = certainly_open(other)
    return other[open_now], other[~open_now]


def has_all(
    frame: pd.DataFrame, wanted: tuple[str, ...], column: str
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell per row whether a set column holds all words, and whether it might (missing)."""
    need = frozenset(wanted)
    stated = frame[column] if column in frame.columns else pd.Series(pd.NA, index=frame.index)
    full = np.array(
        [not need or (isinstance(s, str) and need <= frozenset(s.split(";"))) for s in stated],
        dtype=bool,
    )
    return full, full | stated.isna().to_numpy(dtype=bool)


def _or_figure(city: City, rule: Rule, found: pd.DataFrame) -> pd.DataFrame:
    """Let a figure above 0 stand for a facility (a designated worker in place of a station)."""
    if not rule.options.or_figure:
        return found
    figure = latest(city.figures, rule.id, city.on.year)["value"].reindex(found.index)
    has = (figure > 0).to_numpy(dtype=bool)
    found.loc[has, ["value", "value_min", "value_max"]] = 1.0
    unknown = figure.isna().to_numpy() & (found["value_min"] == 0.0).to_numpy()
    found.loc[unknown, ["value", "value_max", "completeness_share"]] = np.nan, 1.0, 0.0
    found.loc[unknown, "missing"] = 1
    return found


def judged_units(city: City, rule: Rule, found: pd.DataFrame, level: str, **cells: str) -> (
    pd.DataFrame
):  # fmt: skip
    """
    Dress a test of units as rows: each unit's own, then the share that meets it, upwards.

    Parameters
    ----------
    city, rule
        What is judged by what.
    found
        As from `measures.presence`; the index names the units.
    level
        Their level; empty where they are of several (then the city's share is of all).
    **cells
        Further columns for all rows.

    Returns
    -------
    rows
        Columns `rows.COLUMNS`.
    """
    cells = {"data_date": city.dates["facilities"], **cells}
    status = measures.judge(found, lambda v: v >= 1.0)
    levels = city.units["level"].reindex(found.index)
    if not rule.has_target:
        status = ["no_target"] * len(found)
    parts = [
        rows(
            city, rule, str(name), found[pick], target=1.0, unit="count",
            status=[s for s, here in zip(status, pick, strict=True) if here],
            gap=np.maximum(1.0 - found.loc[pick, "value_min"], 0.0), gap_unit="count", **cells,
        )
        for name in dict.fromkeys(levels)
        if name != "prefecture" and (pick := (levels == name).to_numpy(dtype=bool)).any()
    ]  # fmt: skip
    parts += shares(city, rule, found, level, **cells)
    parts = parts or [pd.DataFrame(columns=list(COLUMNS))]
    return pd.concat(parts, ignore_index=True)


def shares(
    city: City, rule: Rule, found: pd.DataFrame, member_level: str, **cells: str
) -> list[pd.DataFrame]:
    """Roll a test of units up: share that meets it, whole units short of ceil(p·N) (UNIT-02)."""
    status = measures.judge(found, lambda v: v >= 1.0)
    meets = np.array([s == "met" for s in status], dtype=bool)
    might = np.array([s != "not_met" for s in status], dtype=bool)
    return [
        part
        for level in _ROLL_UP
        if level != member_level and (member_level or level == "prefecture")
        if len(part := _share_at(city, rule, level, found.index, meets, might, cells))
    ]


def _share_at(
    city: City,
    rule: Rule,
    level: str,
    members: pd.Index[str],
    meets: npt.NDArray[np.bool_],
    might: npt.NDArray[np.bool_],
    cells: dict[str, str],
) -> pd.DataFrame:
    group, groups = city.ladder[level], city.at(level).index
    found = measures.share_of_units(pd.DataFrame(index=members), meets, might, group, groups)
    found = found.loc[found["denominator_value"].notna()]
    if found.empty:
        return pd.DataFrame()
    goal = found["denominator_value"].map(lambda n: needed(rule, int(n)))
    verdict = [
        "no_data" if open_ == n else "met" if sure >= g else "not_met" if sure + open_ < g
        else "to_verify"
        for sure, open_, n, g in zip(
            found["numerator"], found["missing"], found["denominator_value"], goal, strict=True
        )
    ]  # fmt: skip
    found.loc[[v == "no_data" for v in verdict], "value"] = np.nan
    bad = failing_names(city, members, ~meets & ~might, group, found.index)
    gap: npt.NDArray[np.float64] | float = np.maximum(goal - found["numerator"], 0.0)
    target = target_share(rule)
    gap = np.where([v == "no_data" for v in verdict], np.nan, gap)
    if rule.has_target:
        found["needed"] = goal.astype(float)
    else:
        verdict, gap, target = ["no_target"] * len(found), np.nan, np.nan
    words = {"denominator": "units", "denominator_zh": "单元数"}
    words |= {k: v for k, v in cells.items() if v}
    return rows(city, rule, level, found, target=target, unit="share", status=verdict,
                gap=gap, gap_unit="unit", failing=bad, **words)  # fmt: skip


def needed(rule: Rule, total: int) -> int:
    """Whole units that meet the target: all where the rule binds each unit (sizes, documents)."""
    if not rule.has_target or rule.unit not in {"pct", "share", "permille"}:
        return total
    return rule.needed(total)


def target_share(rule: Rule) -> float:
    """Return the target as a share; 1 where the rule binds each unit."""
    if not rule.has_target or rule.unit not in {"pct", "share", "permille"}:
        return 1.0
    return rule.target_share


def _day_care(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """ELD-08 社区日间照料设施覆盖率: own facility, or one within reach of half its elders."""
    found, method_zh, method_en = communities_served(city, rule, network)
    return judged_units(city, rule, found, "village", remark_zh=method_zh, remark_en=method_en)


def _year_of(figure: pd.DataFrame) -> str:
    return str(figure["period"].astype(str).max()) if len(figure) else ""


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "presence_by_unit": by_unit,
    "share_of_units": by_unit,
    "existence_by_level": by_level,
    "exists": exists,
    "document_state": documents,
    "colocation": colocated,
}
