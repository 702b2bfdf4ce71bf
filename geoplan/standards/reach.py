"""Reach (可达覆盖): share of people within the walk of a service, and texts without a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.schemas.vocabulary import SERVICE
from geoplan.service_circles import travel_time
from geoplan.standards import registers
from geoplan.standards.city import certainly_open, number
from geoplan.standards.figures import latest
from geoplan.standards.presence import by_unit, has_all
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

_LEVELS = ("prefecture", "county", "township", "village")


def share_reached(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """ELD-06, ELD-07, PLN-080 …: people within the limit over all; no figure in the plan."""
    people, limit_min = number(city.demand, rule.options.demand), rule.options.limit_min or 15.0
    services = rule.options.services or ("",)
    words = {c.code: c.zh for c in SERVICE}
    parts = []
    for service in services:
        near = _within(city, rule, network, service, limit_min)
        if near is None:
            parts.append(_unknown(city, rule, service, words.get(service, "")))
            continue
        covered = people.where(near, 0.0)
        for level in [v for v in _LEVELS if v in {"prefecture", "county", *rule.options.levels}]:
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
            name = network.profile if network is not None else ""
            speed = network.access_speed_m_s if network is not None else np.nan
            parts.append(
                rows(
                    city, rule, level, found, target=np.nan, unit="share",
                    status=["no_data" if np.isnan(v) else "no_target" for v in value],
                    denominator=service or rule.options.demand,
                    denominator_zh=words.get(service, _GROUP_ZH.get(rule.options.demand, "")),
                    remark_zh=f"步行 {limit_min:g} 分钟，{speed:g} 米/秒（{name}）",
                    remark_en=f"{limit_min:g} minutes on foot at {speed:g} m/s ({name})",
                    data_date=city.dates["facilities"],
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


_GROUP_ZH = {"persons": "常住人口", "elders_60": "60岁以上人口", "elders_65": "65岁以上人口",
             "elders_80": "80岁以上人口"}  # fmt: skip


def _unknown(city: City, rule: Rule, service: str, word: str) -> pd.DataFrame:
    units = city.at("prefecture").index
    found = pd.DataFrame({"value": np.nan, "value_min": np.nan, "value_max": np.nan,
                          "missing": 1, "completeness_share": 0.0}, index=units)  # fmt: skip
    return rows(city, rule, "prefecture", found, target=np.nan, unit="share", status="no_data",
                denominator=service or rule.options.demand, denominator_zh=word,
                remark_zh="缺路网、人口点或设施坐标",
                remark_en="no streets, population points or positions")  # fmt: skip


def _within(
    city: City, rule: Rule, network: Network | None, service: str, limit_min: float
) -> npt.NDArray[np.bool_] | None:
    """Tell which population points reach an open facility in time; None where nobody can tell."""
    options = rule.options
    key = (id(network), options.facility_kinds, options.functions, service, limit_min)
    if key not in city.memo.reached:
        city.memo.reached[key] = _search(city, rule, network, service, limit_min)
    found: npt.NDArray[np.bool_] | None = city.memo.reached[key]
    return found


def _search(
    city: City, rule: Rule, network: Network | None, service: str, limit_min: float
) -> npt.NDArray[np.bool_] | None:
    doors = city.demand
    if network is None or not isinstance(doors, gpd.GeoDataFrame) or doors.empty:
        return None
    facilities = city.of_kinds(rule.options.facility_kinds)
    pick = certainly_open(facilities)
    pick = pick & has_all(facilities, rule.options.functions, "functions")[0]
    pick = pick & has_all(facilities, (service,) if service else (), "services")[0]
    here = facilities.loc[pick]
    if not isinstance(here, gpd.GeoDataFrame) or here.geometry.notna().sum() == 0:
        return None
    here = here.loc[here.geometry.notna().to_numpy(dtype=bool)].to_crs(network.crs)
    placed, snapped = city.memo.doors(network, doors)
    near = travel_time(network, here, placed, limit_min=limit_min, demand_snap=snapped)
    return near["walk_min"].notna().to_numpy(dtype=bool)


def no_target(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """PLN-033, PLN-104 …: texts without a figure; measured where data allow, never judged."""
    figure = latest(city.figures, rule.id, city.on.year)
    if len(figure):
        out = registers.share(city, rule, network)
        if len(out):
            return out
    if rule.options.limit_min is not None and rule.options.demand:
        return share_reached(city, rule, network)
    if rule.options.presence:
        out = by_unit(city, rule, network)
        return out.loc[out["level"].isin(["prefecture", "county"]).to_numpy(dtype=bool)]
    units = city.at("prefecture").index
    found = pd.DataFrame({"value": np.nan, "value_min": np.nan, "value_max": np.nan,
                          "missing": 1, "completeness_share": 0.0}, index=units)  # fmt: skip
    return rows(city, rule, "prefecture", found, target=np.nan, unit="none", status="no_target",
                remark_zh="无数据", remark_en="no data")  # fmt: skip


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "reach": share_reached,
    "no_target": no_target,
}
