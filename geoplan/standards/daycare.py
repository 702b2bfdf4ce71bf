"""Day care (日间照料): communities with a facility of their own or one shared nearby (ELD-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.service_circles import travel_time
from geoplan.standards import measures
from geoplan.standards.city import by_village, certainly_open, number

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

    BoolArray = npt.NDArray[np.bool_]


def urban_communities(city: City) -> pd.DataFrame:
    """Return the 居委会 that the policy counts as urban, told by code range, never by name."""
    units = city.at("village")
    keep = units["kind"] == "community"
    town_kind = city.units["kind"].reindex(city.ladder["township"].reindex(units.index))
    if not city.policy.flag("towns_count_as_urban"):
        keep &= (town_kind == "street").to_numpy(dtype=bool)
    if not city.policy.flag("functional_units_count_as_urban"):
        keep &= ~units.index.isin(city.zoned)
    return units.loc[keep.to_numpy(dtype=bool)]


def communities_served(
    city: City, rule: Rule, network: Network | None
) -> tuple[pd.DataFrame, str, str]:
    """
    Tell for each urban community whether it has day care, and name the method used.

    Returns
    -------
    served
        As from `measures.presence`.
    method_zh, method_en
        How sharing was measured.
    """
    communities = urban_communities(city).index
    facilities = _centres(city, rule)
    row, owner, here = by_village(city, facilities)
    sure = certainly_open(facilities)[row] & here
    found = measures.presence(communities, owner[sure], owner[~sure])
    certain, perhaps, method_zh, method_en = _shared(city, network, facilities)
    reached, might = (
        codes.reindex(communities).fillna(value=False).to_numpy(dtype=bool)
        for codes in (certain, perhaps)
    )
    might = might & ~reached & (found["value_min"] == 0.0).to_numpy(dtype=bool)
    found.loc[might, ["value", "value_max", "completeness_share"]] = np.nan, 1.0, 0.0
    found.loc[might, "missing"] = found.loc[might, "missing"].clip(lower=1)
    found.loc[reached, ["value", "value_min", "value_max", "completeness_share"]] = 1.0
    zh, en = _scope(city)
    return found, f"{zh}；{method_zh}", f"{en}; {method_en}"


def _centres(city: City, rule: Rule) -> pd.DataFrame:
    """Day-care centres by their kind, others by what they state to do (FAC-01); none closed."""
    wanted = frozenset(rule.options.or_functions)
    kinds, stated = city.facilities["facility_kind"], city.facilities["functions"]
    does = [
        kind in rule.options.facility_kinds
        or (bool(wanted) and isinstance(text, str) and wanted <= set(text.split(";")))
        for kind, text in zip(kinds, stated, strict=True)
    ]
    running = city.facilities["counts"].fillna(value=True).to_numpy(dtype=bool)
    centres: pd.DataFrame = city.facilities.loc[np.array(does, dtype=bool) & running]
    return centres


def _scope(city: City) -> tuple[str, str]:
    """Say which communities were counted as urban."""
    towns = city.policy.flag("towns_count_as_urban")
    zones = city.policy.flag("functional_units_count_as_urban")
    zh = f"镇的居委会{'计入' if towns else '不计'}，功能区的居委会{'计入' if zones else '不计'}"
    words = ("count" if towns else "do not count", "count" if zones else "do not count")
    return zh, f"communities in towns {words[0]}, in functional units {words[1]}"


def _shared(
    city: City, network: Network | None, facilities: pd.DataFrame
) -> tuple[pd.Series[bool], pd.Series[bool], str, str]:
    """Communities with half of their elders near a facility: certainly, perhaps, and how told."""
    demand = city.demand
    no: pd.Series[bool] = pd.Series(dtype=bool)
    if not isinstance(demand, gpd.GeoDataFrame) or not isinstance(facilities, gpd.GeoDataFrame):
        return no, no, "未计共享（无人口点或设施坐标）", "sharing not counted: no positions"
    placed = facilities.loc[facilities.geometry.notna().to_numpy(dtype=bool)]
    if placed.empty or demand.empty:
        return no, no, "未计共享（无人口点或设施坐标）", "sharing not counted: no positions"
    share, radius_m, limit_min = _sharing(city)
    if network is not None:
        text = (
            f"共享按步行 {limit_min:g} 分钟内不少于 {share:.0%} 老年人",
            f"shared: at least {share:.0%} of elders within {limit_min:g} min on foot",
        )
    else:
        text = (
            f"共享按直线 {radius_m:g} 米内不少于 {share:.0%} 老年人",
            f"shared: at least {share:.0%} of elders within {radius_m:g} m in a straight line",
        )
    near_open, near_any = (
        _near(city, demand, some, network, radius_m=radius_m, limit_min=limit_min)
        for some in (placed.loc[certainly_open(placed)], placed)
    )
    certain, perhaps = _half(demand, near_open, share)[0], _half(demand, near_any, share)[1]
    return certain, perhaps, *text


def _near(
    city: City, demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, network: Network | None, *,
    radius_m: float, limit_min: float,
) -> BoolArray:  # fmt: skip
    """Tell which people are near one of the facilities, on the streets where there are some."""
    if facilities.empty:
        return np.zeros(len(demand), bool)
    if network is None:
        return _straight(facilities, demand, radius_m)
    doors, met = city.memo.doors(network, demand, city.areas)
    reached = travel_time(
        network, facilities.to_crs(network.crs), doors, limit_min=limit_min, demand_snap=met
    )
    return np.asarray(reached["walk_min"].notna(), dtype=bool)


def _half(
    demand: gpd.GeoDataFrame, near: BoolArray, share: float
) -> tuple[pd.Series[bool], pd.Series[bool]]:
    """Communities with that share of their elders near: certainly, and perhaps (some unknown)."""
    elders, village = number(demand, "elders_60"), demand["village"]
    untold = elders.isna()
    sums = pd.DataFrame({
        "all": elders, "inside": elders.where(near, 0.0),
        "untold_near": untold & near, "untold_far": untold & ~near,
    }).groupby(village.to_numpy(dtype=object)).sum()  # fmt: skip
    enough = (sums["inside"] >= share * sums["all"]) & (sums["all"] > 0)
    return enough & (sums["untold_far"] == 0), enough | (sums["untold_near"] > 0)


def _sharing(city: City) -> tuple[float, float, float]:
    return (
        city.policy.value("share_elders_share"),
        city.policy.value("share_radius_m"),
        city.policy.value("share_time_min"),
    )


def _straight(facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, radius_m: float) -> BoolArray:
    metric = crs.metric_of(demand, "population")
    tree = shapely.STRtree(np.asarray(facilities.geometry.to_crs(metric).array, dtype=object))
    doors = np.asarray(demand.geometry.to_crs(metric).array, dtype=object)
    hit = tree.query_nearest(doors, max_distance=radius_m, all_matches=False)
    near = np.zeros(len(demand), bool)
    near[hit[0]] = True
    return near
