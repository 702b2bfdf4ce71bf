"""Burial (殡葬覆盖): units with a cemetery of their own, served by one, or near one by road."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan import network as nw
from geoplan.errors import GeoplanError
from geoplan.service_circles import travel_time
from geoplan.standards import measures
from geoplan.standards.city import number
from geoplan.standards.presence import each_level, judged_units

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

    BoolArray = npt.NDArray[np.bool_]

_REACH = {"village": "cemetery_reach_village_km", "township": "cemetery_reach_town_km",
          "county": "cemetery_reach_county_km"}  # fmt: skip
_AT_LEAST = {"county": ("county", "prefecture"), "township": ("township", "county", "prefecture"),
             "village": ("village", "township", "county", "prefecture")}  # fmt: skip

_M_S = 1000.0 / 60.0
_SHARE_SLACK = 1e-9


def covered(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """
    CEM-01, CEM-02: units with a cemetery of their own level, or served by one (公墓覆盖).

    ``served``: on the list of a cemetery, or 90 % of the people of the unit within the distance
    of its level by road; of a cemetery of that level or above. Without streets the straight line
    tells who is certainly too far; who is not stays open.
    """
    yard = city.cemeteries
    yard = yard.loc[yard["kind"].isin(rule.options.cemetery_kinds).to_numpy(dtype=bool)]
    running, unknown = yard["status"].isin(rule.options.statuses), yard["status"].isna()
    sure, open_ = (yard.loc[pick.to_numpy(dtype=bool)] for pick in (running, unknown))
    levels = rule.options.levels or (rule.options.level,)
    if rule.options.coverage != "served":
        found = measures.presence(city.at(levels[0]).index, _own(sure, levels[0]),
                                  _own(open_, levels[0]))  # fmt: skip
        return judged_units(city, rule, found, levels[0], data_date=city.dates["cemeteries"])
    return _served(city, rule, network, sure, open_)


def _served(
    city: City, rule: Rule, network: Network | None, sure: pd.DataFrame, open_: pd.DataFrame
) -> pd.DataFrame:
    roads = _by_length(city, network)
    found = {}
    for level in rule.options.levels or (rule.options.level,):
        members = city.at(level).index
        certain, perhaps = _listed(city, sure, level), _listed(city, open_, level)
        near = _near(city, level, sure, roads)
        certain = pd.concat([certain, members[near.certain].to_series()])
        also = _near(city, level, open_, roads).perhaps
        perhaps = pd.concat([perhaps, members[near.perhaps].to_series(), members[also].to_series()])
        found[level] = measures.presence(members, certain, perhaps)
    share = city.policy.value("cemetery_served_share")
    way = ("路程", "by road") if roads is not None else ("直线", "in a straight line")
    remarks = {}
    for level in found:
        km = f"{city.policy.value(_REACH[level]):g}"
        remarks[level] = (
            f"列入服务范围，或 {share:.0%} 人口在{way[0]} {km} 公里内[P]",
            f"on a list, or {share:.0%} of the people within {km} km {way[1]} [P]",
        )
    return each_level(city, rule, found, remarks, data_date=city.dates["cemeteries"])


def _own(yard: pd.DataFrame, level: str) -> pd.Series[str]:
    """Return the units that have a cemetery of their own level."""
    here = (yard["level"] == level).fillna(value=False).to_numpy(dtype=bool)
    own: pd.Series[str] = yard.loc[here, level].dropna()
    return own


def _listed(city: City, yard: pd.DataFrame, level: str) -> pd.Series[str]:
    """Return the units of a level that cemeteries cover: their own, and those they serve."""
    lists = yard["served_codes"].dropna().astype(str).str.split(";")
    codes = lists.explode().str.strip()
    rungs = city.ladder.reindex(codes)
    below = city.ladder[city.ladder[level].notna().to_numpy()]
    if level == "village":  # one that serves a town serves its villages
        towns = set(
            codes[rungs["village"].isna().to_numpy() & rungs["township"].notna().to_numpy()]
        )
        villages = below.index[below["township"].isin(towns).to_numpy()].to_series()
        return pd.Series(pd.concat([_own(yard, level), rungs[level].dropna(), villages]))
    exact = rungs.index[rungs[level].to_numpy() == rungs.index.to_numpy()].to_series()
    return pd.Series(pd.concat([_own(yard, level), exact]))


class _Near(NamedTuple):
    """Units with enough of their people near: for certain, and perhaps."""

    certain: BoolArray
    perhaps: BoolArray


def _near(city: City, level: str, yard: pd.DataFrame, roads: Network | None) -> _Near:
    """Tell which units of a level have enough people within its distance of a cemetery."""
    members, doors = city.at(level).index, city.demand
    none = np.zeros(len(members), bool)
    yard = yard.loc[yard["level"].isin(_AT_LEAST[level]).to_numpy(dtype=bool)]
    if not isinstance(doors, gpd.GeoDataFrame) or not isinstance(yard, gpd.GeoDataFrame):
        return _Near(none, none)
    yard = gpd.GeoDataFrame(yard.loc[yard.geometry.notna().to_numpy(dtype=bool)])
    if yard.empty or doors.empty:
        return _Near(none, none)
    limit_km = city.policy.value(_REACH[level])
    near = (_straight(doors, yard, limit_km) if roads is None
            else _on_roads(city, roads, yard, limit_km))  # fmt: skip
    weight = number(doors, "persons")
    sums = pd.DataFrame({"all": weight, "in": weight.where(near, 0.0), "told": weight.notna()})
    sums = sums.groupby(doors[level].to_numpy(dtype=object)).agg(
        {"all": "sum", "in": "sum", "told": "all"}).reindex(members)  # fmt: skip
    least = city.policy.value("cemetery_served_share") * sums["all"] * (1.0 - _SHARE_SLACK)
    enough = ((sums["in"] >= least) & (sums["all"] > 0)).to_numpy(dtype=bool)
    told = sums["told"].eq(other=True).to_numpy(dtype=bool)
    untold = (sums["told"].eq(other=False)).to_numpy(dtype=bool)
    if roads is None:
        return _Near(none, enough | untold)
    return _Near(enough & told, enough | untold)


def _straight(doors: gpd.GeoDataFrame, yard: gpd.GeoDataFrame, limit_km: float) -> BoolArray:
    metric = crs.metric_of(doors, "population")
    tree = shapely.STRtree(np.asarray(yard.geometry.to_crs(metric).array, dtype=object))
    where = np.asarray(doors.geometry.to_crs(metric).array, dtype=object)
    hit = tree.query(where, predicate="dwithin", distance=1000.0 * limit_km)[0]
    near = np.zeros(len(doors), bool)
    near[hit] = True
    return near


def _by_length(city: City, network: Network | None) -> Network | None:
    """Return the roads with kilometres in place of minutes; None where there are none."""
    if network is None:
        return None
    key = ("by_length", id(network))
    if key not in city.memo.reached:
        car = nw.Profile("by_length", "drive", _M_S, city.policy.value("snap_cap_m"))
        try:
            roads = network.for_profile(car)
        except GeoplanError:
            city.memo.reached[key] = None
        else:
            open_ = np.isfinite(roads.edge_min)
            km = np.where(open_, roads.edge_length_m[:, None] / 1000.0, np.inf)
            city.memo.reached[key] = replace(roads, edge_min=km)
    found: Network | None = city.memo.reached[key]
    return found


def _on_roads(
    city: City, roads: Network, yard: gpd.GeoDataFrame, limit_km: float
) -> BoolArray:  # fmt: skip
    doors, met = city.memo.doors(roads, city.demand, city.areas)
    sites = yard.assign(facility_id=yard["cemetery_id"]).to_crs(roads.crs)
    near = travel_time(roads, sites, doors, limit_min=limit_km, demand_snap=met)
    return np.asarray(near["walk_min"].notna(), dtype=bool)


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "cemetery_coverage": covered,
}
