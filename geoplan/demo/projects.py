"""Column-box projects (专栏项目): the plan's bed totals, places invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoplan.demo import facts as _facts
from geoplan.demo.register import Register

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.demo.register import Places

BEDS = {"beds_public": 2_861, "beds_inclusive": 1_366, "beds_market": 1_650}
"""Beds of the 30 homes of column box 5: together 5,877."""
MEDICAL_BEDS = 3_260
_SHARE = {"beds_public": 15, "beds_inclusive": 8, "beds_market": 7}
_KIND = {"beds_public": "公办养老机构", "beds_inclusive": "普惠养老机构",
         "beds_market": "市场化养老机构"}  # fmt: skip
_COLUMNS = ["project_id", "name", "column_box", "kind", *BEDS, "beds_medical", "status",
            "unit_code"]  # fmt: skip
_OTHERS = (
    ("专栏1", "救助管理机构", "曾都演示救助管理站提升", "complete", "421303003"),
    ("专栏1", "救助管理机构", "随县演示救助管理站新建", "building", "421321101"),
    ("专栏1", "救助管理机构", "广水演示救助管理站提升", "complete", "421381001"),
    ("专栏2", "儿童养育楼", "随州演示儿童福利院养育楼", "building", "421303004"),
    ("专栏4", "社会组织孵化基地", "曾都演示孵化基地", "complete", "421303002"),
    ("专栏4", "社会组织孵化基地", "随县演示孵化基地", "planned", "421321101"),
    ("专栏4", "社会组织孵化基地", "广水演示孵化基地", "complete", "421381001"),
    ("专栏6", "未成年人保护中心", "随州演示未成年人保护中心", "complete", "421303002"),
    ("专栏6", "未成年人保护中心", "曾都演示未成年人保护中心", "complete", "421303003"),
    ("专栏6", "未成年人保护中心", "随县演示未成年人保护中心", "planned", "421321101"),
    ("专栏6", "未成年人保护中心", "广水演示未成年人保护中心", "complete", "421381001"),
    ("专栏7", "精神卫生福利机构", "随州演示精神病人福利院", "building", "421303005"),
    ("专栏8", "殡仪馆新建", "随县演示殡仪馆新建", "building", "421321101"),
    ("专栏8", "殡仪馆改造", "曾都演示殡仪馆改造", "complete", "421303004"),
    ("专栏8", "殡仪馆改造", "广水演示殡仪馆改造", "building", "421381004"),
    ("专栏8", "公益性公墓", "随县演示县级公益性公墓", "planned", "421321101"),
)
_LATER = (
    ("专栏2", "提档升级", "随州演示儿童福利院提档升级", "complete", "421303004"),
    ("专栏8", "公益性公墓", "曾都演示县级公益性公墓", "complete", "421303004"),
    ("专栏8", "公益性公墓", "广水演示县级公益性公墓", "complete", "421381004"),
    ("专栏8", "公益性公墓", "唐县镇演示公益性公墓", "complete", "421321109"),
    ("专栏8", "公益性公墓", "淅河镇演示公益性公墓", "complete", "421303187"),
    ("专栏8", "公益性公墓", "厉山镇演示公益性公墓", "building", "421321101"),
    (None, "特困供养机构改造", "曾都演示特困供养机构改造", "complete", "421303187"),
    (None, "特困供养机构改造", "随县演示特困供养机构改造", "building", "421321109"),
    (None, "特困供养机构改造", "广水演示特困供养机构改造", "complete", "421381004"),
    (None, "医院转型", "广水演示医院转型康复医院", "planned", "421381001"),
)


def projects(places: Places, later: Places) -> gpd.GeoDataFrame:
    """
    Return the layer ``projects``, points in EPSG:4490.

    Parameters
    ----------
    places, later
        Where things can stand; those after column box 5's and the first others by ``later``.

    Returns
    -------
    projects
        30 projects of column box 5 whose beds sum to 2861 + 1366 + 1650 = 5877, with 3260
        medical-care beds beside them, and the other boxes' projects without beds.
    """
    rng = places.rng
    register = Register("PJ", "project_id")
    towns = rng.permutation(np.repeat(places.towns.index.to_numpy(dtype=object), 2))[:30]
    status = ["complete"] * 16 + ["building"] * 8 + ["planned"] * 5 + ["stopped"]
    medical = _facts.apportion(rng.gamma(4.0, 1.0, 9), MEDICAL_BEDS, lower=60)
    place_in_list = 0
    for column, total in BEDS.items():
        count = _SHARE[column]
        beds = _facts.apportion(rng.gamma(5.0, 1.0, count), total, lower=40)
        for k in range(count):
            town = str(towns[place_in_list])
            village = str(rng.choice(places.members(town)[:4]))
            care = (
                int(medical[place_in_list // 3])
                if place_in_list % 3 == 0 and place_in_list < 27
                else 0
            )
            register.add(
                places.spot(village),
                column_box="专栏5",
                kind=_KIND[column],
                name=f"{places.name[town]}演示{_KIND[column]}项目{place_in_list + 1:02d}",
                **{c: int(beds[k]) if c == column else 0 for c in BEDS},
                beds_medical=care,
                status=status[(place_in_list * 7) % 30],
                unit_code=village,
            )
            place_in_list += 1
    for stream, rows in ((places, _OTHERS), (later, _LATER)):
        for box, kind, name, state, town in rows:
            village = stream.members(town)[0]
            register.add(stream.spot(village), name=name, column_box=box, kind=kind,
                         status=state, unit_code=village)  # fmt: skip
    frame = register.frame(_COLUMNS)
    for name in (*BEDS, "beds_medical"):
        frame[name] = frame[name].astype("Int64")
    return frame
