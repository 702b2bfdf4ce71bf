"""Reach (可达覆盖): share of people within the time of a service, by each way of moving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.schemas.vocabulary import SERVICE
from geoplan.service_circles import travel_time
from geoplan.standards.city import certainly_open, number
from geoplan.standards.presence import has_all
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

_LEVELS = ("prefecture", "county", "township", "village")
_QUARTER_HOUR = 15.0


def share_reached(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """ELD-06, ELD-07, PLN-080 …: people within the limit over all; no figure in the plan.

    The rule's first way of moving is its own; the others stand beside it, by name.
    """
    profiles = rule.options.profiles or ("",)
    parts = []
    for service in rule.options.services or ("",):
        for at, profile in enumerate(profiles):
            here = network and city.memo.streets(network, profile, city.policy)
            near = _within(city, rule, here, service)
            if near is not None and here is not None:
                parts += _levels(city, rule, here, near, service=service, beside=at > 0)
            elif at == 0:
                parts.append(_unknown(city, rule, service))
    return pd.concat(parts, ignore_index=True)


def _levels(
    city: City, rule: Rule, network: Network, near: npt.NDArray[np.bool_], *, service: str,
    beside: bool,
) -> list[pd.DataFrame]:  # fmt: skip
    """Return the shares at every level of the rule; beside the rule's own not by village."""
    people = number(city.demand, rule.options.demand)
    covered = people.where(near, 0.0)
    levels = {"prefecture", "county", *rule.options.levels} - ({"village"} if beside else set())
    key, word = service or rule.options.demand, _of_whom(rule, service)
    way_zh, way_en = _WAYS.get(network.profile, (network.profile, network.profile))
    if beside:
        key, word = f"{key}/{network.profile}", f"{word}，{way_zh}"
    limit_min, speed = _limit_min(rule), network.access_speed_m_s
    pace_zh, pace_en = (("", "") if network.profile == "service_vehicle"
                        else (f"，{speed:g} 米/秒", f" at {speed:g} m/s"))  # fmt: skip
    parts = []
    for level in [v for v in _LEVELS if v in levels]:
        units = city.at(level).index
        owner = city.demand[level].to_numpy(dtype=object)
        inside = covered.groupby(owner).sum().reindex(units)
        all_ = people.groupby(owner).sum(min_count=1).reindex(units)
        value = (inside / all_).where(all_ > 0)
        found = pd.DataFrame({
            "value": value, "value_min": value, "value_max": value,
            "numerator": inside.where(value.notna()), "denominator_value": all_,
            "completeness_share": value.notna().astype(float),
        })  # fmt: skip
        parts.append(
            rows(
                city, rule, level, found, target=np.nan, unit="share",
                status=["no_data" if np.isnan(v) else "no_target" for v in value],
                denominator=key, denominator_zh=word, data_date=city.dates["facilities"],
                remark_zh=f"{way_zh} {limit_min:g} 分钟{pace_zh}",
                remark_en=f"{way_en}: {limit_min:g} minutes{pace_en}",
            )
        )  # fmt: skip
    return parts


_GROUP_ZH = {"persons": "常住人口", "elders_60": "60岁以上人口", "elders_65": "65岁以上人口",
             "elders_80": "80岁以上人口"}  # fmt: skip
_SERVICE_ZH = {c.code: c.zh for c in SERVICE}
_WAYS = {"elder_walk": ("老年人步行", "elders on foot"),
         "adult_walk": ("成年人步行", "adults on foot"),
         "slow_elder": ("行动较慢老年人步行", "slow elders on foot"),
         "wheelchair": ("轮椅", "by wheelchair"),
         "service_vehicle": ("车程", "by car")}  # fmt: skip


def _limit_min(rule: Rule) -> float:
    return float(rule.options.limit_min or _QUARTER_HOUR)


def _of_whom(rule: Rule, service: str) -> str:
    return _SERVICE_ZH.get(service) or _GROUP_ZH.get(rule.options.demand, "")


def _unknown(city: City, rule: Rule, service: str) -> pd.DataFrame:
    units = city.at("prefecture").index
    found = pd.DataFrame({"value": np.nan, "value_min": np.nan, "value_max": np.nan,
                          "missing": 1, "completeness_share": 0.0}, index=units)  # fmt: skip
    return rows(city, rule, "prefecture", found, target=np.nan, unit="share", status="no_data",
                denominator=service or rule.options.demand, denominator_zh=_of_whom(rule, service),
                remark_zh="缺路网、人口点或设施坐标",
                remark_en="no streets, population points or positions")  # fmt: skip


def _within(
    city: City, rule: Rule, network: Network | None, service: str
) -> npt.NDArray[np.bool_] | None:
    """Tell which population points reach an open facility in time; None where nobody can tell."""
    if network is None:
        return None
    options = rule.options
    key = (id(network), options.facility_kinds, options.functions, service, _limit_min(rule))
    if key not in city.memo.reached:
        city.memo.reached[key] = _search(city, rule, network, service)
    found: npt.NDArray[np.bool_] | None = city.memo.reached[key]
    return found


def _search(
    city: City, rule: Rule, network: Network, service: str
) -> npt.NDArray[np.bool_] | None:  # fmt: skip
    doors = city.demand
    if not isinstance(doors, gpd.GeoDataFrame) or doors.empty:
        return None
    facilities = city.of_kinds(rule.options.facility_kinds)
    pick = certainly_open(facilities)
    pick = pick & has_all(facilities, rule.options.functions, "functions")[0]
    pick = pick & has_all(facilities, (service,) if service else (), "services")[0]
    here = facilities.loc[pick]
    if not isinstance(here, gpd.GeoDataFrame) or here.geometry.notna().sum() == 0:
        return None
    here = here.loc[here.geometry.notna().to_numpy(dtype=bool)].to_crs(network.crs)
    placed, met = city.memo.doors(network, doors, city.areas)
    near = travel_time(
        network, here, placed, limit_min=_limit_min(rule), demand_snap=met,
        direction="from" if network.profile == "service_vehicle" else "to",
    )  # fmt: skip
    return near["walk_min"].notna().to_numpy(dtype=bool)


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "reach": share_reached,
}
