"""
Facilities (设施台账): invented homes, day-care, community rooms and stations with realistic gaps.

What is short is short on purpose: about seven tenths of the communities have day-care, 24 of 46
townships an institution with all functions, land and floor reach some four fifths of the need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.demo.register import Places, Register

if TYPE_CHECKING:
    import geopandas as gpd

LAND_PER_PERSON_M2, FLOOR_PER_100_HOUSEHOLDS_M2 = 0.10, 20.0
_LAND_REACHED, _FLOOR_REACHED = 0.80, 0.80
ELDERLY_KINDS = ("institution", "hardship_institution", "community_elderly", "daycare",
                 "activity_centre", "guidance_centre")  # fmt: skip
COLUMNS = ["facility_id", "name", "facility_kind", "functions", "services", "status", "unit_code",
           "address", "land_m2", "floor_m2", "elder_floor_m2", "site_m2", "building_floor_m2",
           "beds", "nursing_beds", "residents", "clinic", "lease_end", "place_id"]  # fmt: skip
_FIVE = ("meals", "cleaning", "medical", "bathing", "mobility")
_ODDS = (0.82, 0.62, 0.48, 0.26, 0.34)
_FULL = "full_time;day;home"


def build(places: Places, total_households: int, total_persons: int) -> gpd.GeoDataFrame:
    """
    Return the layer ``facilities``.

    Parameters
    ----------
    places
        Where things can stand.
    total_households, total_persons
        Of the city; the sums of land and floor are set against their need.

    Returns
    -------
    facilities
        Points in EPSG:4490; some rows have no place and are known only by their town, some no
        land figure.
    """
    register = Register("F", "facility_id")
    _institutions(register, places)
    _county_seats(register, places)
    _community_elderly(register, places)
    _daycare(register, places)
    _villages(register, places)
    _stations(register, places)
    _single(register, places)
    _points(register, places)
    frame = register.frame(COLUMNS)
    _blur(frame, places)
    _scale(frame, total_households, total_persons)
    for name in ("functions", "services", "place_id"):
        frame[name] = frame[name].astype(object).where(frame[name].notna() & (frame[name] != ""))
    for name in ("beds", "nursing_beds", "residents"):
        frame[name] = frame[name].astype("Int64")
    frame["clinic"] = frame["clinic"].astype("boolean")
    return frame


def _services(rng: np.random.Generator, least: float = 0.0) -> str:
    odds = np.maximum(_ODDS, least)
    return ";".join(s for s, p in zip(_FIVE, odds, strict=True) if rng.random() < p)


def _address(places: Places, village: str) -> str:
    parent = places.villages.loc[village, "parent_code"]
    return f"{places.name[parent]}{places.name[village]}（演示地址）"


def entry(places: Places, village: str, name: str, kind: str, **cells: Any) -> dict[str, Any]:
    """Return the cells of a facility at some home of a village; ``cells`` go before the usual."""
    base = {"name": name, "facility_kind": kind, "functions": "", "services": "",
            "status": "operating", "unit_code": village,
            "address": _address(places, village)}  # fmt: skip
    return {"place": places.spot(village), **base, **cells}


def _status(rng: np.random.Generator, working: float = 0.93) -> str:
    rest = (1 - working) / 4
    words = ("operating", "planned", "building", "suspended", "closed")
    return str(rng.choice(words, p=[working, rest, rest, rest, rest]))


def _institutions(register: Register, places: Places) -> None:
    """Add the homes (养老机构): 24 townships have one with all three functions, two unknown."""
    rng = places.rng
    towns = [str(c) for c in places.towns.index]
    full = {str(c) for c in rng.permutation(towns)[:24]}
    unknown = {str(c) for c in rng.permutation(sorted(set(towns) - full))[:2]}
    for town in towns:
        street = places.towns.loc[town, "kind"] == "street"
        count = int(rng.integers(2, 5)) if street else int(rng.integers(1, 3))
        members = places.members(town)[: 8 if street else 4]
        for k in range(count):
            beds = int(rng.integers(4, 19) if not street else rng.integers(6, 24)) * 10
            functions = str(rng.choice(["full_time", "full_time;day", "full_time;home"]))
            if k == 0:
                functions = _FULL if town in full else "" if town in unknown else functions
            nursing = round(beds * float(np.clip(rng.normal(0.56, 0.14), 0.1, 1)))
            residents = round(beds * float(np.clip(rng.normal(0.58, 0.15), 0.1, 1)))
            land = beds * rng.uniform(12, 30)
            register.add(**entry(
                places, str(rng.choice(members)), f"{places.name[town]}演示养老院{k + 1}号",
                "institution", functions=functions, services=_services(rng, 0.5),
                status="operating" if k == 0 else _status(rng, 0.86), beds=beds,
                nursing_beds=nursing, residents=residents, land_m2=land,
                floor_m2=beds * rng.uniform(28, 42),
                clinic=bool(beds >= 150 and rng.random() < 0.7),
            ))  # fmt: skip


def _county_seats(register: Register, places: Places) -> None:
    """Add the county institutions; one guidance centre and one hardship home are not open yet."""
    rng = places.rng
    for i, (town, county) in enumerate((("421303003", "曾都区"), ("421321101", "随县"),
                                        ("421381001", "广水市"))):  # fmt: skip
        spot = places.members(town, "community")
        register.add(**entry(
            places, spot[0], f"{county}演示特困人员供养服务机构", "hardship_institution",
            functions="full_time;disability_care" + (";dementia" if i == 0 else ""),
            services=_services(rng, 0.7), status="building" if i == 1 else "operating",
            beds=260 - 40 * i, nursing_beds=190 - 40 * i, residents=0 if i == 1 else 120,
            land_m2=5_600.0 - 500 * i, floor_m2=8_200.0 - 900 * i, clinic=i != 2,
        ))  # fmt: skip
        register.add(**entry(
            places, spot[1], f"{county}演示养老服务指导中心", "guidance_centre",
            functions="guidance;home", status="planned" if i == 2 else "operating",
            floor_m2=900.0, elder_floor_m2=700.0, land_m2=600.0,
        ))  # fmt: skip
        register.add(**entry(places, spot[2], f"{county}演示救助管理站", "rescue_station",
                           status="building" if i == 1 else "operating",
                           floor_m2=1_300.0))  # fmt: skip
        register.add(**entry(places, spot[0], f"{county}演示婚姻登记处", "marriage_office",
                           floor_m2=420.0))  # fmt: skip
        if i != 1:
            register.add(**entry(places, spot[-1], f"{county}演示未成年人保护中心",
                               "child_protection_centre", floor_m2=800.0))  # fmt: skip
            register.add(**entry(places, spot[-1], f"{county}演示社会组织孵化基地", "incubator",
                               floor_m2=600.0))  # fmt: skip


def _community_elderly(register: Register, places: Places) -> None:
    """Add the community elderly centres: full in seven of the nine streets, partial elsewhere."""
    rng = places.rng
    streets = [str(c) for c in places.towns.index[places.towns["kind"] == "street"]]
    for town in places.towns.index:
        street = town in streets
        if not street and rng.random() < 0.3:
            continue
        spots = places.members(str(town), "community")
        for k, village in enumerate(spots[: 5 if street else 2]):
            functions = str(rng.choice(["day;home", "day", "home;day"]))
            if k == 0 and street:
                functions = _FULL + ";guidance" if streets.index(town) < 7 else "day;home"
            floor = rng.uniform(350, 1_100)
            building = floor * rng.uniform(2, 6)
            register.add(**entry(
                places, village, f"{places.name[village]}演示养老服务中心", "community_elderly",
                functions=functions, services=_services(rng, 0.4),
                status="operating" if k == 0 else _status(rng), floor_m2=floor,
                elder_floor_m2=floor * rng.uniform(0.75, 1.0), land_m2=rng.uniform(180, 900),
                site_m2=building * rng.uniform(0.4, 0.8), building_floor_m2=building,
                beds=int(rng.integers(0, 20)),
            ))  # fmt: skip


def _daycare(register: Register, places: Places) -> None:
    """Add day-care (日间照料中心) in about seven tenths of the communities and a few villages."""
    rng = places.rng
    for village, row in places.villages.iterrows():
        odds = 0.76 if row["kind"] == "community" else 0.03
        if rng.random() > odds:
            continue
        leased = rng.random() < 0.3
        end = pd.Timestamp("2022-06-30") + pd.Timedelta(days=int(rng.integers(0, 2_900)))
        floor = rng.uniform(120, 620)
        register.add(**entry(
            places, str(village), f"{row['name']}演示日间照料中心", "daycare",
            functions="daycare;day",
            services=_services(rng), status=_status(rng), floor_m2=floor,
            elder_floor_m2=floor * rng.uniform(0.8, 1.0), land_m2=rng.uniform(60, 420),
            beds=int(rng.integers(4, 20)), lease_end=end if leased else pd.NaT,
        ))  # fmt: skip


def _villages(register: Register, places: Places) -> None:
    """Add party-and-mass centres (党群服务中心), clinics and activity centres."""
    rng = places.rng
    for code, row in places.villages.iterrows():
        village, name, town = str(code), row["name"], row["kind"] == "community"
        if rng.random() < 0.965:
            floor = rng.uniform(420, 1_500) if town else rng.lognormal(np.log(520), 0.35)
            functions = "volunteer" if rng.random() < 0.73 else ""
            elder = floor * rng.uniform(0.05, 0.25) if rng.random() < 0.25 else np.nan
            register.add(**entry(
                places, village, f"{name}党群服务中心（演示）", "community_service",
                functions=functions, status=_status(rng, 0.975), floor_m2=floor,
                elder_floor_m2=elder,
            ))  # fmt: skip
        if town:
            continue
        clinic = entry(places, village, f"{name}卫生室（演示）", "village_clinic",
                     floor_m2=rng.uniform(70, 220), status=_status(rng, 0.98))  # fmt: skip
        if rng.random() < 0.93:
            register.add(**clinic)
        if rng.random() < 0.46:
            centre = entry(places, village, f"{name}互助照料活动中心（演示）", "activity_centre",
                         functions="day" if rng.random() < 0.3 else "", services=_services(rng),
                         status=_status(rng), floor_m2=rng.uniform(80, 260),
                         land_m2=rng.uniform(60, 300))  # fmt: skip
            centre["elder_floor_m2"] = centre["floor_m2"] * rng.uniform(0.6, 1.0)
            if rng.random() < 0.55:
                centre["place"] = clinic["place"] + rng.normal(0, 12.0, 2)
            register.add(**centre)


def _stations(register: Register, places: Places) -> None:
    """Add social-work stations (41 of 46), volunteer and protection stations (21 of 46)."""
    rng = places.rng
    towns = [str(c) for c in places.towns.index]
    social, child = rng.permutation(towns), rng.permutation(towns)
    for i, town in enumerate(social):
        status = "operating" if i < 41 else "planned"
        if i < 44:
            register.add(**entry(
                places, places.members(town)[0], f"{places.name[town]}演示社会工作服务站",
                "social_work_station", functions="social_work", status=status,
                floor_m2=rng.uniform(60, 200),
            ))  # fmt: skip
    for i, town in enumerate(child[:23]):
        register.add(**entry(
            places, places.members(town)[0], f"{places.name[town]}演示未成年人保护工作站",
            "child_protection_station", functions="child_protection",
            status="operating" if i < 21 else "planned", floor_m2=rng.uniform(40, 120),
        ))  # fmt: skip
    for town in towns:
        for village in places.members(town, "community")[1:3]:
            register.add(**entry(
                places, village, f"{places.name[village]}演示志愿服务站", "volunteer_station",
                functions="volunteer", floor_m2=rng.uniform(30, 90),
            ))  # fmt: skip


def _single(register: Register, places: Places) -> None:
    """Add what the city has one or a few of."""
    core = places.members("421303004", "community") + places.members("421303002", "community")
    for i, (name, kind, status, extra) in enumerate((
        ("随州演示儿童福利院", "children_home", "operating", {"beds": 90, "floor_m2": 5_200.0}),
        ("随州演示精神病人福利院", "psychiatric_hospital", "building", {"floor_m2": 9_800.0}),
        ("随州演示未保中心", "child_protection_centre", "operating", {"floor_m2": 1_100.0}),
        ("随州演示婚姻登记机关", "marriage_office", "suspended", {"floor_m2": 300.0}),
        ("曾都演示殡仪馆", "funeral_home", "operating", {"floor_m2": 6_400.0}),
    )):  # fmt: skip
        register.add(**entry(places, core[i], name, kind, status=status, **extra))
    for town, name, status in (("421321101", "随县演示殡仪馆", "building"),
                               ("421381004", "广水演示殡仪馆", "operating")):  # fmt: skip
        village = places.members(town)[-1]
        register.add(**entry(places, village, name, "funeral_home", status=status))
    towns = [*places.towns.index[places.towns["kind"] == "street"], "421321101", "421321109",
             "421303187"]  # fmt: skip
    for i, town in enumerate(towns):
        wards = (("geriatrics", i % 3), ("rehabilitation", i % 4))
        functions = ";".join(ward for ward, there in wards if there)
        register.add(**entry(
            places, places.members(str(town), "community")[1], f"{places.name[town]}演示医院",
            "hospital", functions=functions, floor_m2=21_000.0 - 1_100 * i,
        ))  # fmt: skip


def _points(register: Register, places: Places) -> None:
    """Add lottery outlets (152) and funeral service points (18), where people are."""
    rng = places.rng
    weight = places.villages["population_urban"].to_numpy(dtype=float) + 150.0
    codes = rng.choice(places.villages.index.to_numpy(), 152, p=weight / weight.sum())
    for i, village in enumerate(codes, 1):
        register.add(**entry(places, str(village), f"福彩演示投注站{i:03d}号", "lottery_outlet",
                           status="closed" if i % 38 == 0 else "operating"))  # fmt: skip
    for town in rng.choice(places.towns.index.to_numpy(), 18, replace=False):
        register.add(**entry(places, places.members(str(town))[1],
                           f"{places.name[town]}演示殡仪服务站",
                           "funeral_service_point"))  # fmt: skip


def _blur(frame: gpd.GeoDataFrame, places: Places) -> None:
    """Lose some land figures and some places: the row then carries only its town's code."""
    rng = places.rng
    kinds = frame["facility_kind"].isin(ELDERLY_KINDS)
    frame.loc[kinds & (rng.random(len(frame)) < 0.06), "land_m2"] = np.nan
    lost = frame["facility_kind"].isin(["daycare", "activity_centre", "community_service",
                                        "lottery_outlet"])  # fmt: skip
    lost &= rng.random(len(frame)) < 0.025
    parent = frame.loc[lost, "unit_code"].map(places.villages["parent_code"])
    frame.loc[lost, "unit_code"] = parent
    frame.loc[lost, "geometry"] = None
    rooms = frame["facility_kind"] == "community_service"
    frame.loc[rooms & (rng.random(len(frame)) < 0.015), "floor_m2"] = np.nan


def _scale(frame: gpd.GeoDataFrame, households: int, persons: int) -> None:
    """Bring the sums of working facilities to the shares of the need that are wanted."""
    working = frame["status"] == "operating"
    elderly = working & frame["facility_kind"].isin(ELDERLY_KINDS)
    land = LAND_PER_PERSON_M2 * persons * _LAND_REACHED
    frame["land_m2"] = (frame["land_m2"] * land / frame.loc[elderly, "land_m2"].sum()).round(0)
    floor = FLOOR_PER_100_HOUSEHOLDS_M2 * households / 100 * _FLOOR_REACHED
    scaled = frame["elder_floor_m2"] * floor / frame.loc[working, "elder_floor_m2"].sum()
    frame["elder_floor_m2"] = scaled.clip(upper=frame["floor_m2"].fillna(np.inf)).round(0)
    for name in ("floor_m2", "site_m2", "building_floor_m2"):
        frame[name] = frame[name].astype(float).round(0)
