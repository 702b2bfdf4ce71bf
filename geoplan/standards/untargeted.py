"""Texts without a figure (规划未定量): measured where data allow, told, never judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.service_circles import travel_time
from geoplan.standards import objects, registers
from geoplan.standards.city import certainly_open, number
from geoplan.standards.figures import latest
from geoplan.standards.presence import by_unit, has_all, network_of_levels
from geoplan.standards.reach import share_reached
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

_LEVELS = ("prefecture", "county")
_SQUARE_KM = 1e6


def no_target(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """PLN-033, PLN-073, PLN-104 …: a figure where one is told, else what the layers show."""
    if len(latest(city.figures, rule.id, city.on.year)):
        out = registers.share(city, rule, network)
        if len(out):
            return out
    options = rule.options
    parts: list[pd.DataFrame] = []
    if options.objects:
        parts.append(_OBJECTS[options.objects](city, rule, network))
    if options.kinds_at:
        parts.append(network_of_levels(city, rule))
    if options.project_kinds and len(objects.box_projects(city, rule)):
        parts.append(objects.project_state(city, rule, network))
    if options.presence:
        found = by_unit(city, rule, network)
        parts.append(found.loc[found["level"].isin(_LEVELS).to_numpy(dtype=bool)])
    if options.limit_min is not None and options.demand:
        parts.append(share_reached(city, rule, network))
    told = [part for part in parts if len(part)]
    return pd.concat(told, ignore_index=True) if told else _nothing(city, rule)


def _nothing(city: City, rule: Rule) -> pd.DataFrame:
    found = pd.DataFrame({"value": np.nan, "value_min": np.nan, "value_max": np.nan,
                          "missing": 1, "completeness_share": 0.0},
                         index=city.at("prefecture").index)  # fmt: skip
    return rows(city, rule, "prefecture", found, target=np.nan, unit="none", status="no_target",
                remark_zh="无数据", remark_en="no data")  # fmt: skip


def _told(
    city: City, rule: Rule, level: str, value: pd.Series[float], total: pd.Series[float],
    **cells: Any,
) -> pd.DataFrame:  # fmt: skip
    """Dress a number of objects out of a total as rows without a verdict."""
    missing = cells.pop("missing", pd.Series(0.0, index=value.index))
    found = pd.DataFrame({
        "value": value, "value_min": value, "value_max": value + missing, "numerator": value,
        "denominator_value": total, "missing": missing,
        "completeness_share": 1.0 - (missing / (total + missing)).fillna(0.0),
    })  # fmt: skip
    status = ["no_data" if np.isnan(v) else "no_target" for v in value]
    return rows(city, rule, level, found, target=np.nan, unit="count", status=status, **cells)


def village_sizes(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """
    PLN-034 村（社区）规模: villages and communities far from the usual number of people.

    Far is beyond the fences of Tukey, so many interquartile ranges from the middle half of the
    logarithms, villages and communities each among themselves [P].
    """
    units = city.at("village")
    persons, homes = number(units, "population"), number(units, "households")
    size = persons.where(persons > 0).map(np.log)
    factor = city.policy.value("village_size_fence_factor")
    far = pd.Series(data=False, index=units.index)
    for _kind, own in size.groupby(units["kind"].fillna("").to_numpy(dtype=object)):
        low, high = own.quantile(0.25), own.quantile(0.75)
        reach = factor * (high - low)
        far.loc[own.index] = ((own < low - reach) | (own > high + reach)).to_numpy(dtype=bool)
    area_km2 = _area_km2(units)
    parts = []
    for level in _LEVELS:
        tops = city.at(level).index
        owner = city.ladder[level].reindex(units.index).to_numpy(dtype=object)
        known = size.notna()
        sums = pd.DataFrame({"far": far, "known": known, "open": ~known}).astype(float)
        sums = sums.groupby(owner).sum().reindex(tops)
        names = units["name"].where(far).dropna()
        failing = names.groupby(owner[far.to_numpy(dtype=bool)]).agg(";".join).reindex(tops)
        middle = pd.DataFrame({"p": persons, "h": homes, "a": area_km2}).groupby(owner).median()
        said = [_middle(middle.loc[t]) if t in middle.index else ("", "") for t in tops]
        parts.append(
            _told(
                city, rule, level, sums["far"].where(sums["known"] > 0), sums["known"],
                missing=sums["open"].fillna(0.0), failing=failing.fillna("").tolist(),
                denominator="villages", denominator_zh="村（社区）",
                remark_zh=[zh for zh, _ in said], remark_en=[en for _, en in said],
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _area_km2(units: pd.DataFrame) -> pd.Series[float]:
    if not isinstance(units, gpd.GeoDataFrame) or units.crs is None:
        return pd.Series(np.nan, index=units.index)
    there = units.geometry.notna()
    area = pd.Series(np.nan, index=units.index)
    shapes = units.geometry.loc[there.to_numpy(dtype=bool)]
    area.loc[there.to_numpy(dtype=bool)] = crs.ellipsoidal_area_m2(shapes) / _SQUARE_KM
    return area


def _middle(row: pd.Series[float]) -> tuple[str, str]:
    """Say the middle village: people, households, area, as far as known."""
    said = [(f"{row[c]:,.{d}f} {zh}", f"{row[c]:,.{d}f} {en}")
            for c, d, zh, en in (("p", 0, "人", "persons"), ("h", 0, "户", "households"),
                                 ("a", 1, "平方公里", "km2")) if not np.isnan(row[c])]  # fmt: skip
    if not said:
        return "", ""
    return ("中位数：" + "、".join(zh for zh, _ in said) + "；列出的人口过少或过多[P]",
            "median: " + ", ".join(en for _, en in said)
            + "; those named have too few or too many people [P]")  # fmt: skip


def service_areas(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """PLN-089 区域性特困供养服务中心: centres in service, and the townships nearest to each."""
    facilities = city.of_kinds(rule.options.facility_kinds)
    does = has_all(facilities, rule.options.functions, "functions")[0]
    centres = facilities.loc[does & certainly_open(facilities)]
    if centres.empty:
        return pd.DataFrame()
    serves = _towns_served(city, centres, network)
    parts = []
    for level in _LEVELS:
        tops = city.at(level).index
        owner = centres[level].to_numpy(dtype=object)
        count = pd.Series(1.0, index=centres.index).groupby(owner).sum().reindex(tops).fillna(0.0)
        zh = pd.Series(
            [f"{n}：{serves.get(str(i), '')}" if serves.get(str(i)) else str(n)
             for i, n in zip(centres["facility_id"], centres["name"], strict=True)],
            index=centres.index,
        ).groupby(owner).agg("；".join).reindex(tops).fillna("")  # fmt: skip
        parts.append(
            _told(city, rule, level, count, count, remark_zh=zh.tolist(), remark_en=zh.tolist(),
                  data_date=city.dates["facilities"])
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _towns_served(
    city: City, centres: pd.DataFrame, network: Network | None
) -> dict[str, str]:  # fmt: skip
    """Name the townships nearest to each centre: by road where most of their people live."""
    towns = city.at("township")
    if not isinstance(centres, gpd.GeoDataFrame):
        return {}
    placed = centres.loc[centres.geometry.notna().to_numpy(dtype=bool)]
    car = network and city.memo.streets(network, "service_vehicle", city.policy)
    if placed.empty:
        return {}
    if car is not None and isinstance(city.demand, gpd.GeoDataFrame) and len(city.demand):
        doors, met = city.memo.doors(car, city.demand, city.areas)
        near = travel_time(car, placed.to_crs(car.crs), doors, direction="from", demand_snap=met)
        table = pd.DataFrame({
            "town": city.demand["township"].to_numpy(dtype=object),
            "centre": near["facility_id"].to_numpy(dtype=object),
            "persons": number(city.demand, "persons").fillna(0.0).to_numpy(),
        }).dropna()  # fmt: skip
        most = table.groupby(["town", "centre"])["persons"].sum().reset_index()
        most = most.sort_values(["persons", "centre"], ascending=[False, True], kind="stable")
        of_town = most.drop_duplicates("town").set_index("town")["centre"].reindex(towns.index)
    else:
        of_town = _nearest_straight(towns, placed)
    names = towns["name"].groupby(of_town.to_numpy(dtype=object)).agg("、".join)
    return {str(centre): str(said) for centre, said in names.items()}


def _nearest_straight(towns: pd.DataFrame, placed: gpd.GeoDataFrame) -> pd.Series[str]:
    of_town: pd.Series[str] = pd.Series(None, index=towns.index, dtype=object)
    if not isinstance(towns, gpd.GeoDataFrame) or towns.crs is None:
        return of_town
    metric = crs.metric_of(towns, "admin_units")
    sites = placed.to_crs(metric).sort_values("facility_id")
    tree = shapely.STRtree(np.asarray(sites.geometry.array, dtype=object))
    there: npt.NDArray[np.bool_] = towns.geometry.notna().to_numpy(dtype=bool)
    where = towns.geometry.loc[there].to_crs(metric).representative_point()
    row, site = tree.query_nearest(np.asarray(where.array, dtype=object), all_matches=False)
    of_town.loc[where.index[row]] = sites["facility_id"].astype(str).to_numpy()[site]
    return of_town


_OBJECTS: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "village_size": village_sizes,
    "service_areas": service_areas,
}

MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "no_target": no_target,
}
