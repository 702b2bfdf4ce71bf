"""Burial (殡葬): cemeteries on three levels with gaps, graves, and what burial must avoid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees
from geoplan.demo.network import CLASSES
from geoplan.demo.register import Register

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.register import Places
    from geoplan.demo.roads import Terrain

_GRAVES = 3_000
_COLUMNS = ["cemetery_id", "name", "level", "kind", "served_codes", "unit_code", "plots",
            "plots_used", "niches", "area_m2", "status"]  # fmt: skip


def _aside(places: Places, village: str) -> npt.NDArray[np.float64]:
    """Return a place some hundred metres from the homes of a village."""
    for _ in range(8):
        xy = places.spot(village) + places.rng.normal(0, 260.0, 2)
        if places.inside(village, xy):
            return np.asarray(xy, dtype=np.float64)
    return places.spot(village)


def cemeteries(places: Places) -> gpd.GeoDataFrame:
    """
    Return the layer ``cemeteries`` (公墓、骨灰堂), points in EPSG:4490.

    Parameters
    ----------
    places
        Where things can stand.

    Returns
    -------
    cemeteries
        Two counties have a county-level cemetery in use, the third a planned one; about two
        thirds of the towns and half of the villages are served.
    """
    register = Register("C", "cemetery_id")
    _county_level(register, places)
    _town_level(register, places)
    _village_level(register, places)
    frame = register.frame(_COLUMNS)
    for name in ("plots", "plots_used", "niches"):
        frame[name] = frame[name].astype("Int64")
    return frame


def _county_level(register: Register, places: Places) -> None:
    for i, (county, town) in enumerate((("421303", "421303004"), ("421321", "421321101"),
                                        ("421381", "421381004"))):  # fmt: skip
        village = places.members(town)[-1]
        register.add(
            _aside(places, village),
            name=f"{places.name[county]}演示公益性公墓",
            level="county",
            kind="public_cemetery",
            served_codes=county,
            unit_code=village,
            plots=6_200 + 900 * i,
            plots_used=0 if i == 1 else 3_900 + 700 * i,
            niches=4_000,
            area_m2=42_000.0 + 5_000 * i,
            status="planned" if i == 1 else "operating",
        )
    for town in ("421303101", "421381002"):
        village = places.members(town)[-2]
        register.add(
            _aside(places, village),
            name=f"{places.name[town]}演示陵园",
            level="county",
            kind="commercial_cemetery",
            served_codes=None,
            unit_code=village,
            plots=9_000,
            plots_used=6_100,
            niches=600,
            area_m2=61_000.0,
            status="operating",
        )


def _town_level(register: Register, places: Places) -> None:
    rng = places.rng
    towns = [str(c) for c in places.towns.index]
    seat = {t: shapely.centroid(places.towns.geometry[t]) for t in towns}
    chosen = [str(t) for t in rng.permutation(towns)[:27]]
    for i, town in enumerate(chosen):
        served = [town]
        open_ = [t for t in towns if t not in chosen and t[:6] == town[:6]]
        if i < 4 and open_:
            served.append(min(open_, key=lambda t: shapely.distance(seat[t], seat[town])))
        hall = i % 3 == 0
        village = places.members(town)[-1]
        plots = 0 if hall else int(rng.integers(6, 22)) * 100
        register.add(
            _aside(places, village),
            name=f"{places.name[town]}演示{'骨灰堂' if hall else '公益性公墓'}",
            level="township",
            kind="ash_hall" if hall else "public_cemetery",
            served_codes=";".join(served),
            unit_code=village,
            plots=plots,
            plots_used=int(plots * rng.uniform(0.2, 0.95)),
            niches=int(rng.integers(8, 30)) * 100 if hall else 0,
            area_m2=float(np.round(rng.uniform(2_500, 14_000))),
            status=("operating", "building", "planned")[0 if i < 22 else 1 if i < 25 else 2],
        )


def _village_level(register: Register, places: Places) -> None:
    rng = places.rng
    rural = places.villages[places.villages["kind"] == "village"]
    for code, row in rural.iterrows():
        if rng.random() > 0.48:
            continue
        served = [str(code)]
        if rng.random() < 0.12:
            served.append(str(rng.choice(places.members(str(row["parent_code"]), "village"))))
        plots = int(rng.integers(4, 30)) * 10
        register.add(
            _aside(places, str(code)) if rng.random() > 0.02 else None,
            name=f"{row['name']}公益性墓地（演示）",
            level="village",
            kind="burial_site",
            served_codes=";".join(dict.fromkeys(served)),
            unit_code=str(code),
            plots=plots,
            plots_used=int(plots * rng.uniform(0.1, 1.0)),
            niches=0,
            area_m2=float(np.round(plots * rng.uniform(3, 8))),
            status="operating" if rng.random() < 0.92 else "planned",
        )


def graves(places: Places) -> gpd.GeoDataFrame:
    """Return the layer ``graves`` (散埋坟墓): about three thousand points, EPSG:4490, in groups."""
    rng = places.rng
    register = Register("G", "grave_id")
    rural = places.villages.index[places.villages["kind"] == "village"].to_numpy()
    ways = ("迁移", "大改小", "立改卧", "绿化遮挡", None)
    why = ("烈士墓", "文物保护单位", "少数民族墓", "华侨祖墓")
    while len(register.rows) < _GRAVES:
        village = str(rng.choice(rural))
        centre = _aside(places, village)
        for _ in range(int(rng.integers(2, 14))):
            xy = centre + rng.normal(0, 35.0, 2)
            kept = rng.random() < 0.012
            if places.inside(village, xy) and len(register.rows) < _GRAVES:
                register.add(
                    xy, treatment=None if kept else ways[int(rng.integers(5))],
                    protected_reason=why[int(rng.integers(4))] if kept else None,
                    unit_code=village,
                )  # fmt: skip
    return register.frame(["grave_id", "treatment", "protected_reason", "unit_code"])


def blob(
    centre: npt.NDArray[np.float64], radius_m: float, rng: np.random.Generator, corners: int = 26
) -> Any:
    """Return an uneven round polygon, metres in and out."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    wave = sum(rng.normal(0, 0.16 / k) * np.cos(k * turn + rng.uniform(0, 6)) for k in (1, 2, 3, 4))
    reach = radius_m * np.clip(1 + np.asarray(wave), 0.45, 1.6)
    return shapely.Polygon(centre + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None])


def restricted(
    terrain: Terrain, places: Places, built_up: gpd.GeoDataFrame, city: Any
) -> gpd.GeoDataFrame:
    """
    Return the layer ``restricted_features`` (三沿五区要素).

    Parameters
    ----------
    terrain
        Invented roads, railway and rivers, EPSG:4547.
    places
        Where fields and reserves can lie.
    built_up
        Built-up areas, EPSG:4490.
    city
        Area of the city, EPSG:4490.

    Returns
    -------
    restricted_features
        Lines and polygons in EPSG:4490, all invented, within the city.
    """
    rows: list[tuple[str, str, str, Any]] = []
    rows += [("expressway", "高速公路", n, g) for n, g in terrain.expressways.items()]
    trunk = shapely.line_merge(
        shapely.union_all(terrain.lines[terrain.edges.rank == CLASSES.index("trunk")])
    )
    rows.append(("trunk_road", "国道", "国道演示线", trunk))
    rows.append(("railway", "普速铁路", "铁路演示线", terrain.railway))
    rows += [("river", "河流", n, g) for n, g in terrain.rivers.items()]
    rows += _areas(places)
    table = pd.DataFrame([r[:3] for r in rows], columns=["feature_class", "subclass", "name"])
    shapes = [shapely.intersection(shapely.transform(r[3], rounded_degrees), city) for r in rows]
    for name, shape in zip(built_up["name"], built_up.geometry, strict=True):
        table.loc[len(table)] = ["residential", "城镇集中住宅区", name]
        shapes.append(shape)
    table.insert(0, "feature_id", [f"X{i:04d}" for i in range(1, len(table) + 1)])
    table = table.assign(source=_facts.SOURCE, source_date=_facts.DATE, secrecy="internal",
                         synthetic=True)  # fmt: skip
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4490")
    return frame[~frame.geometry.is_empty].reset_index(drop=True)


def _areas(places: Places) -> list[tuple[str, str, str, Any]]:
    rng = places.rng
    rural = places.villages.index[places.villages["kind"] == "village"].to_numpy()
    kinds = (
        ("water_source", "饮用水水源一级保护区", "演示水源地", 5, (500, 1_100)),
        ("relic", "文物保护单位", "演示文物保护区", 8, (90, 320)),
        ("scenic", "风景名胜区", "演示景区", 3, (1_500, 3_200)),
        ("nature_reserve", "自然保护区", "演示自然保护区", 2, (2_200, 4_000)),
        ("forest", "公益林", "演示公益林", 40, (300, 1_100)),
        ("farmland", "永久基本农田", "演示耕地片", 160, (200, 620)),
    )
    rows = []
    for kind, sub, name, count, (least, most) in kinds:
        for i in range(1, count + 1):
            centre = places.spot(str(rng.choice(rural))) + rng.normal(0, 350.0, 2)
            rows.append((kind, sub, f"{name}{i}", blob(centre, rng.uniform(least, most), rng)))
    return rows
