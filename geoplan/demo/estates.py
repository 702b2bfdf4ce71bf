"""Residential areas and idle rooms (居住区、闲置资源): blocks of the street grids, invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_degrees
from geoplan.demo.register import Register
from geoplan.demo.streets import MAJOR_EVERY

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.register import Places
    from geoplan.demo.roads import Terrain

_WORDS = tuple("安康和泰瑞锦翠华盛福祥雅怡景秀宁")
_TAILS = ("苑", "小区", "花园", "家园", "里", "新村")
_SET_BACK_M = 9.0
_FLAT_M2 = 112.0
_WANTED = 820
_SITES = 200
# Idle rooms beside a shortfall: word, way to get it, floor in m², level, hazard.
_ROOMS = (
    ("原办公楼", "convert", 820.0, 1, None), ("闲置校舍", "lease", 560.0, 1, None),
    ("空置商铺", "purchase", 480.0, 2, None), ("地下空置用房", "lease", 640.0, -1, None),
    ("旧厂房", "swap", 900.0, 1, "地质灾害隐患点"), ("闲置门面", "lease", 210.0, 1, None),
)  # fmt: skip
_PHASES = ("一期", "二期")
_NEXT_M = 40.0
_FIRST_TOWN, _LAST_TOWN = 100, 199  # code range of 镇


@dataclass(frozen=True, slots=True)
class Blocks:
    """
    Blocks chosen for estates.

    Parameters
    ----------
    shapes
        Polygons, EPSG:4547.
    phases
        Per block: row of the estate's first block, and phase (0 where built at once).
    new
        True where not yet lived in.
    """

    shapes: npt.NDArray[np.object_]
    phases: npt.NDArray[np.int64]
    new: npt.NDArray[np.bool_]

    @property
    def lived_in(self) -> npt.NDArray[np.object_]:
        """Blocks of existing estates."""
        return self.shapes[~self.new]


def residential_areas(
    blocks: Blocks,
    population: gpd.GeoDataFrame,
    villages: gpd.GeoSeries,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Return the layer ``residential_areas``.

    Parameters
    ----------
    blocks
        From `choose_blocks`.
    population
        Points, EPSG:4490; an existing estate has the households that live in it.
    villages
        Village areas, EPSG:4490, index ``unit_code``.
    rng
        Source of randomness.

    Returns
    -------
    residential_areas
        Polygons in EPSG:4490 with build status, households, gates (``lon,lat`` pairs joined by
        ``;``), housing floor of new estates and phases of estates built in parts.
    """
    shapes, phases, new = blocks.shapes, blocks.phases, blocks.new
    degrees = shapely.transform(shapes, rounded_degrees)
    inside = shapely.point_on_surface(degrees)
    row, unit = shapely.STRtree(villages.to_numpy()).query(inside, predicate="within")
    code = np.full(len(shapes), None, dtype=object)
    code[row] = villages.index.to_numpy(dtype=object)[unit]
    homes, people = _living(degrees, population)
    planned = np.round(shapely.area(shapes) * rng.uniform(1.1, 2.2, len(shapes)) / _FLAT_M2)
    keep = (code != None) & (new | (homes >= 25))  # noqa: E711
    first = np.flatnonzero(keep)[:_WANTED]
    days = rng.integers(0, 1_250, len(shapes))
    approved = pd.Series(pd.Timestamp("2021-03-01") + pd.to_timedelta(days, unit="D"))
    table = pd.DataFrame({
        "name": _names(phases),
        "unit_code": code,
        "build_status": np.where(new, "new", "existing"),
        "households": np.where(new, planned, homes).astype(np.int64),
        "population": np.where(new, np.round(planned * 0.9), people).astype(np.int64),
        "approval_date": approved.where(new),
        "phase": np.where(phases[:, 1] > 0, phases[:, 1], 1),
        "estate_gates": [_gates(s, rng) for s in shapes],
    }).iloc[first]  # fmt: skip
    table.insert(0, "area_id", [f"A{i:04d}" for i in range(1, len(table) + 1)])
    floor = table["households"] * _FLAT_M2 * rng.uniform(0.94, 1.1, len(table))
    table["housing_floor_m2"] = floor.round().where(table["build_status"] == "new")
    _join_phases(table, shapes[first])
    table = table.assign(source=_facts.SOURCE, source_date=_facts.DATE, secrecy="internal",
                         synthetic=True)  # fmt: skip
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=degrees[first], crs="EPSG:4490")


def _join_phases(table: pd.DataFrame, shapes: npt.NDArray[np.object_]) -> None:
    """Make two phases of one estate of new neighbours built at once, the sooner approved first."""
    new = (table["build_status"] == "new").to_numpy() & (table["phase"] == 1).to_numpy()
    row = np.flatnonzero(new & ~table["name"].str.endswith(_PHASES).to_numpy())
    one, other = shapely.STRtree(shapes[row]).query(shapes[row], "dwithin", distance=_NEXT_M)
    unit, name, day = (table[c].to_list() for c in ("unit_code", "name", "approval_date"))
    phase, done = table["phase"].to_list(), set[int]()
    for a, b in sorted(zip(row[one].tolist(), row[other].tolist(), strict=True)):
        if a < b and unit[a] == unit[b] and not {a, b} & done:
            done |= {a, b}
            sooner, later = sorted((a, b), key=lambda i: (day[i], i))
            phase[later] = 2
            name[sooner], name[later] = (name[sooner] + word for word in _PHASES)
    table["name"], table["phase"] = name, phase


def mark_relocation(areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Mark three estates of towns as relocation communities (易地搬迁安置区).

    Parameters
    ----------
    areas
        The layer ``residential_areas``.
    facilities
        The layer ``facilities``: the third estate's village has no service centre in use.

    Returns
    -------
    areas
        The same rows with ``relocation``.
    """
    serves = (facilities["facility_kind"] == "community_service") & (
        facilities["status"] == "operating"
    )
    served = areas["unit_code"].isin(facilities.loc[serves, "unit_code"])
    county = areas["unit_code"].str[:6]
    able = (areas["build_status"] == "existing") & areas["households"].between(80, 400)
    able &= areas["unit_code"].str[6:9].astype(int).between(_FIRST_TOWN, _LAST_TOWN)
    sui, guangshui = _facts.COUNTIES[1:]
    chosen = [
        row
        for code, has in ((sui, True), (guangshui, True), (sui, False))
        for row in areas.index[able & (county == code) & (served == has)][:1]
    ]
    return areas.assign(relocation=areas.index.isin(chosen))


def choose_blocks(terrain: Terrain, rng: np.random.Generator) -> Blocks:
    """
    Choose blocks between streets, some as two phases of one estate.

    Parameters
    ----------
    terrain
        Street crossings, EPSG:4547.
    rng
        Source of randomness.

    Returns
    -------
    blocks
        Somewhat more than are wanted; those in which too few live are left out later.
    """
    nodes = terrain.nodes
    row = np.flatnonzero(nodes.group >= 0)
    at = {(int(nodes.group[i]), int(nodes.line[i, 0]), int(nodes.line[i, 1])): int(i) for i in row}
    used: set[tuple[int, int, int]] = set()
    shapes: list[Any] = []
    phases: list[tuple[int, int]] = []
    for seed in rng.permutation(row)[: _WANTED * 9]:
        group, i, j = int(nodes.group[seed]), *(int(v) for v in nodes.line[seed])
        wide, deep = int(rng.integers(1, 4)), int(rng.integers(1, 3))
        parts = 2 if rng.random() < 0.07 else 1
        batch = []
        for part in range(parts):
            shape, cells = _block(at, nodes.xy, (group, i + part * wide, j), wide, deep)
            if shape is None or used & cells:
                break
            batch.append((shape, cells))
        if len(batch) < parts:
            continue
        for part, (shape, cells) in enumerate(batch):
            used |= cells
            phases.append((len(shapes) - part, part + 1 if parts > 1 else 0))
            shapes.append(shape)
        if len(shapes) >= _WANTED * 1.08:
            break
    new = rng.random(len(shapes)) < 0.17
    return Blocks(np.array(shapes, dtype=object), np.array(phases), new)


def _block(
    at: dict[tuple[int, int, int], int],
    xy: npt.NDArray[np.float64],
    start: tuple[int, int, int],
    wide: int,
    deep: int,
) -> tuple[Any, set[tuple[int, int, int]]]:
    group, i, j = start
    if i % MAJOR_EVERY + wide > MAJOR_EVERY or j % MAJOR_EVERY + deep > MAJOR_EVERY:
        return None, set()
    corners = [(group, i, j), (group, i + wide, j), (group, i + wide, j + deep),
               (group, i, j + deep)]  # fmt: skip
    if any(c not in at for c in corners):
        return None, set()
    shape = shapely.buffer(shapely.Polygon(xy[[at[c] for c in corners]]), -_SET_BACK_M,
                           join_style="mitre")  # fmt: skip
    if shape.is_empty or shape.geom_type != "Polygon" or shape.area < 1_500:
        return None, set()
    return shape, {(group, i + a, j + b) for a in range(wide) for b in range(deep)}


def _living(
    shapes: npt.NDArray[np.object_], population: gpd.GeoDataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    place, row = shapely.STRtree(shapes).query(population.geometry.to_numpy(), predicate="within")
    return (
        np.bincount(row, population["households"].to_numpy()[place], len(shapes)).astype(np.int64),
        np.bincount(row, population["persons"].to_numpy()[place], len(shapes)).astype(np.int64),
    )


def _names(phases: npt.NDArray[np.int64]) -> list[str]:
    out = []
    for first, phase in phases:
        pick = np.random.default_rng([int(first), 7])
        a, b = pick.choice(len(_WORDS), 2, replace=False)
        tail = _TAILS[int(pick.integers(len(_TAILS)))]
        out.append(_WORDS[a] + _WORDS[b] + tail + ("", *_PHASES)[phase])
    return out


def _gates(shape: Any, rng: np.random.Generator) -> str:
    ring = shapely.get_coordinates(shape)
    middle = (ring[:-1] + ring[1:]) / 2
    count = min(int(rng.integers(1, 4)), len(middle))
    rows = np.sort(rng.choice(len(middle), count, replace=False))
    return ";".join(f"{x:.6f},{y:.6f}" for x, y in to_degrees(middle[rows]))


def candidate_sites(
    places: Places, facilities: gpd.GeoDataFrame, later: Places
) -> gpd.GeoDataFrame:
    """
    Return the layer ``candidate_sites`` (闲置房屋), points in EPSG:4490.

    Parameters
    ----------
    places, later
        Where things can stand; the rooms beside a shortfall by ``later``.
    facilities
        The layer ``facilities``.

    Returns
    -------
    candidate_sites
        About two hundred rooms and plots; some too small, some below ground, some at a hazard.
        Each county has at least one usable and several useless ones in its three most
        populous communities without any place for elders.
    """
    rng = places.rng
    register = Register("S", "site_id")
    weight = places.villages["population"].to_numpy(dtype=float)
    codes = rng.choice(places.villages.index.to_numpy(), _SITES, p=weight / weight.sum())
    words = ("原办公楼", "旧厂房", "闲置校舍", "空置商铺", "旧粮站", "闲置门面", "原卫生院")
    for i, village in enumerate(codes, 1):
        floor = float(np.round(rng.lognormal(np.log(620), 0.6)))
        way = str(rng.choice(["build", "purchase", "swap", "lease", "convert"],
                             p=[0.1, 0.15, 0.1, 0.3, 0.35]))  # fmt: skip
        price = {"build": 3_200, "purchase": 4_800, "swap": 900, "lease": 1_500, "convert": 1_100}
        hazard = str(rng.choice(["地质灾害隐患点", "高压线走廊", "低洼易涝"]))
        register.add(
            places.spot(str(village), 40.0),
            name=f"{places.name[village]}{rng.choice(words)}{i:03d}（演示）",
            acquisition=way,
            floor_m2=floor,
            land_m2=float(np.round(floor * rng.uniform(0.5, 2.2))),
            cost=float(np.round(floor * price[way] * rng.uniform(0.7, 1.3), -3)),
            floor_level=int(rng.choice([1, 2, 3, -1], p=[0.74, 0.14, 0.06, 0.06])),
            owner=str(rng.choice(["国有（演示）", "集体（演示）", "企业（演示）"])),
            hazard=hazard if rng.random() < 0.07 else None,
            unit_code=str(village),
        )
    _beside_shortfalls(register, facilities, later)
    columns = ["site_id", "name", "acquisition", "floor_m2", "land_m2", "cost", "floor_level",
               "owner", "hazard", "unit_code"]  # fmt: skip
    return register.frame(columns)


def _beside_shortfalls(register: Register, facilities: gpd.GeoDataFrame, places: Places) -> None:
    """Add idle rooms, fit and unfit, where no facility for elders is in use."""
    use = (facilities["status"] == "operating") & facilities["facility_kind"].isin(
        ["community_elderly", "daycare", "activity_centre"]
    )
    bare = places.villages[~places.villages.index.isin(facilities.loc[use, "unit_code"])]
    bare = bare[bare["kind"] == "community"].sort_values("population", ascending=False)
    for county in _facts.COUNTIES:
        codes = [str(c) for c in bare.index if str(c).startswith(county)][:3]
        for i, (word, way, floor, level, hazard) in enumerate(_ROOMS if codes else ()):
            village = codes[i % len(codes)]
            register.add(
                places.spot(village, 40.0),
                name=f"{places.name[village]}{word}{len(register.rows) + 1:03d}（演示）",
                acquisition=way,
                floor_m2=floor,
                land_m2=float(np.round(floor * places.rng.uniform(0.5, 1.4))),
                cost=float(np.round(floor * places.rng.uniform(900, 1_600), -3)),
                floor_level=level,
                owner="国有（演示）" if i % 2 == 0 else "集体（演示）",
                hazard=hazard,
                unit_code=village,
            )
