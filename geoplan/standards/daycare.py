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
from geoplan.standards.city import number

if TYPE_CHECKING:
    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City


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
    facilities = city.of_kinds(rule.options.facility_kinds)
    wanted = frozenset(rule.options.or_functions)
    if wanted:  # a day-care centre fits by its kind, others by what they do
        kinds, stated = facilities["facility_kind"], facilities["functions"]
        does = [
            kind == "daycare" or (isinstance(text, str) and not wanted.isdisjoint(text.split(";")))
            for kind, text in zip(kinds, stated, strict=True)
        ]
        facilities = facilities.loc[np.array(does, dtype=bool)]
    open_now = facilities["counts"].fillna(value=False).to_numpy(dtype=bool)
    found = measures.presence(
        communities, facilities["village"][open_now], facilities["village"][~open_now]
    )
    shared, method_zh, method_en = _shared(city, network, facilities.loc[open_now])
    reached = shared.reindex(communities).fillna(value=False).to_numpy(dtype=bool)
    for column in ("value", "value_min", "value_max"):
        found.loc[reached, column] = 1.0
    zh, en = _scope(city)
    return found, f"{zh}；{method_zh}", f"{en}; {method_en}"


def _scope(city: City) -> tuple[str, str]:
    """Say which communities were counted as urban."""
    towns = city.policy.flag("towns_count_as_urban")
    zones = city.policy.flag("functional_units_count_as_urban")
    zh = f"镇的居委会{'计入' if towns else '不计'}，功能区的居委会{'计入' if zones else '不计'}"
    words = ("count" if towns else "do not count", "count" if zones else "do not count")
    return zh, f"communities in towns {words[0]}, in functional units {words[1]}"


def _shared(
    city: City, network: Network | None, facilities: pd.DataFrame
) -> tuple[pd.Series[bool], str, str]:
    """Tell which communities have at least half of their elders near an open facility."""
    demand = city.demand
    nothing: pd.Series[bool] = pd.Series(dtype=bool)
    if not isinstance(demand, gpd.GeoDataFrame) or not isinstance(facilities, gpd.GeoDataFrame):
        return nothing, "未计共享（无人口点或设施坐标）", "sharing not counted: no positions"
    placed = facilities.loc[facilities.geometry.notna().to_numpy(dtype=bool)]
    if placed.empty or demand.empty:
        return nothing, "未计共享（无人口点或设施坐标）", "sharing not counted: no positions"
    share, radius_m, limit_min = _sharing(city)
    if network is not None:
        near = travel_time(
            network, placed.to_crs(network.crs), demand.to_crs(network.crs), limit_min=limit_min
        )["walk_min"].notna()
        text = (
            f"共享按步行 {limit_min:g} 分钟内不少于 {share:.0%} 老年人",
            f"shared: at least {share:.0%} of elders within {limit_min:g} min on foot",
        )
    else:
        near = _straight(placed, demand, radius_m)
        text = (
            f"共享按直线 {radius_m:g} 米内不少于 {share:.0%} 老年人",
            f"shared: at least {share:.0%} of elders within {radius_m:g} m in a straight line",
        )
    elders = number(demand, "elders_60")
    total = elders.groupby(demand["village"]).sum()
    inside = elders.where(near.to_numpy(dtype=bool), 0.0).groupby(demand["village"]).sum()
    enough = ((inside >= share * total) & (total > 0)).to_numpy(dtype=bool)
    return pd.Series(enough, index=total.index), *text


def _sharing(city: City) -> tuple[float, float, float]:
    return (
        city.policy.value("share_elders_share"),
        city.policy.value("share_radius_m"),
        city.policy.value("share_time_min"),
    )


def _straight(
    facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, radius_m: float
) -> pd.Series[bool]:
    metric = crs.metric_of(demand, "population")
    tree = shapely.STRtree(np.asarray(facilities.geometry.to_crs(metric).array, dtype=object))
    doors = np.asarray(demand.geometry.to_crs(metric).array, dtype=object)
    hit = tree.query_nearest(doors, max_distance=radius_m, all_matches=False)
    near = np.zeros(len(demand), bool)
    near[hit[0]] = True
    return pd.Series(near.tolist(), index=demand.index, dtype=bool)
