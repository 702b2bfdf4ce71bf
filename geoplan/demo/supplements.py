"""
Later entries of the facility register (台账补充): grades, hospitals of Chinese medicine, rooms.

They follow the rows of `facilities.build` and come from a stream of their own, so that those
rows stay as they were. On purpose unknown: the grade of one marriage office, who runs one rural
home. Two new estates have rooms enough, one of them in three scraps; one has too few; one has
them in its second phase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo.facilities import COLUMNS, FLOOR_PER_100_HOUSEHOLDS_M2, entry
from geoplan.demo.metres import to_metres
from geoplan.demo.register import Places, Register

if TYPE_CHECKING:
    import numpy.typing as npt

_OUTLETS = 14
_RURAL_HOMES = {"421303": 1, "421321": 2, "421381": 2}
_MANAGED = (True, False, False, None, True)
# Of the general hospitals and the marriage offices, in the order of the register.
_HOSPITAL_GRADES = (1, 3, 2, 2, 1, 2, 1, 2, 1, 2, 1, 2)
_OFFICE_GRADES = (3, None, 4, 3)
_TCM = (
    ("421303002", "随州演示中医医院", 3, "geriatrics;rehabilitation"),
    ("421321101", "随县演示中医医院", 2, "rehabilitation"),
    ("421381001", "广水演示中医医院", 2, "rehabilitation"),
)
# Rooms of one estate as shares of what its households need.
_ENOUGH, _SCRAPS, _SHORT = (1.3,), (0.4, 0.35, 0.3), (0.45,)


def complete(frame: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, places: Places) -> gpd.GeoDataFrame:
    """
    Return the layer ``facilities`` with the later entries.

    Parameters
    ----------
    frame
        From `facilities.build`.
    areas
        The layer ``residential_areas``, EPSG:4490.
    places
        Where things can stand.

    Returns
    -------
    facilities
        The rows of ``frame`` first, unchanged; ``grade`` and ``county_managed`` besides.
    """
    register = Register("F", "facility_id", start=len(frame))
    _tcm_hospitals(register, places)
    _rural_homes(register, places)
    _planned(register, places)
    _outlets(register, places)
    _rooms(register, places, areas, frame)
    columns = [*COLUMNS, "grade", "county_managed"]
    more = register.frame(columns)
    for name in ("functions", "services"):
        more[name] = more[name].astype(object).where(more[name] != "")
    out = _graded(frame)
    kinds = {c: out[c].dtype for c in columns}
    return gpd.GeoDataFrame(pd.concat([out, more.astype(kinds)], ignore_index=True), crs=frame.crs)[
        [*columns, *(c for c in out.columns if c not in columns)]
    ]


def _graded(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the grades of hospitals and marriage offices and who runs the county homes."""
    grade = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    for kind, grades in (("hospital", _HOSPITAL_GRADES), ("marriage_office", _OFFICE_GRADES)):
        grade[frame["facility_kind"] == kind] = pd.array(grades, dtype="Int64")
    managed = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    managed[frame["facility_kind"] == "hardship_institution"] = True
    return frame.assign(grade=grade, county_managed=managed)


def _tcm_hospitals(register: Register, places: Places) -> None:
    for town, name, grade, functions in _TCM:
        village = places.members(town, "community")[0]
        register.add(**entry(places, village, name, "tcm_hospital", functions=functions,
                             grade=grade, floor_m2=9_000.0 + 4_000.0 * grade))  # fmt: skip


def _rural_homes(register: Register, places: Places) -> None:
    """Add rural homes for extreme hardship (农村区域性福利院), run by the county or not."""
    rng = places.rng
    rural = places.towns.index[places.towns["kind"] == "town"].astype(str)
    towns = [
        str(town)
        for county, count in _RURAL_HOMES.items()
        for town in rng.choice(rural[rural.str.startswith(county)], count, replace=False)
    ]
    for i, town in enumerate(towns):
        beds = int(rng.integers(6, 11)) * 10
        register.add(**entry(
            places, places.members(town)[1], f"{places.name[town]}演示农村福利院",
            "hardship_institution", functions="full_time", services="meals;cleaning", beds=beds,
            nursing_beds=round(beds * 0.56), residents=round(beds * rng.uniform(0.5, 0.9)),
            land_m2=1_300.0, floor_m2=beds * 26.0, clinic=i % 2 == 0, county_managed=_MANAGED[i],
        ))  # fmt: skip


def _planned(register: Register, places: Places) -> None:
    """Add what 随县 only plans: its protection centre and its incubator."""
    village = places.members("421321101", "community")[-1]
    for name, kind, floor in (("随县演示未成年人保护中心", "child_protection_centre", 800.0),
                              ("随县演示社会组织孵化基地", "incubator", 600.0)):  # fmt: skip
        register.add(**entry(places, village, name, kind, status="planned", floor_m2=floor))


def _outlets(register: Register, places: Places) -> None:
    """Add lottery outlets: with these there are 162 in use."""
    weight = places.villages["population_urban"].to_numpy(dtype=float) + 150.0
    codes = places.rng.choice(places.villages.index.to_numpy(), _OUTLETS, p=weight / weight.sum())
    for i, village in enumerate(codes, 153):
        register.add(**entry(places, str(village), f"福彩演示投注站{i:03d}号", "lottery_outlet"))


def _rooms(
    register: Register, places: Places, areas: gpd.GeoDataFrame, frame: gpd.GeoDataFrame
) -> None:
    """Add elders' rooms inside four new estates that have none, one kind of case each."""
    new = areas[areas["build_status"] == "new"]
    points = frame.geometry[frame.geometry.notna()]
    _, taken = shapely.STRtree(new.geometry.to_numpy()).query(points.to_numpy(), "within")
    free = new[~np.isin(np.arange(len(new)), taken)]
    phased = free["name"].str.endswith(("一期", "二期"))
    second = free[phased & (free["phase"] == 2)].sort_values("households", ascending=False)
    large = free[~phased].sort_values("households", ascending=False)
    county = large["unit_code"].str[:6]
    choices = [large[county == code].index for code in _RURAL_HOMES] + [second.index]
    for rows, parts in zip(choices, (_ENOUGH, _SCRAPS, _SHORT, _ENOUGH), strict=True):
        if not len(rows):  # another seed may have no such estate
            continue
        estate = areas.loc[rows[0]]
        need = FLOOR_PER_100_HOUSEHOLDS_M2 * estate["households"] / 100.0
        for i, (part, place) in enumerate(zip(parts, _inside(estate.geometry), strict=False), 1):
            floor = float(np.round(need * part))
            register.add(**entry(
                places, str(estate["unit_code"]), f"{estate['name']}演示养老服务用房{i}",
                "community_elderly", functions="day;home", services="meals", place=place,
                floor_m2=floor, elder_floor_m2=floor, land_m2=float(np.round(floor * 0.4)),
            ))  # fmt: skip


def _inside(shape: Any) -> list[npt.NDArray[np.float64]]:
    """Return three places in a block, EPSG:4547 metres: towards its corners, half way."""
    ring = to_metres(shapely.get_coordinates(shape))
    middle = ring[:-1].mean(axis=0)
    return [np.asarray(middle + (corner - middle) * 0.5) for corner in ring[:3]]
