"""Residents (人口点): points whose persons, elders and households sum to the census."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo import network, rural_roads
from geoplan.demo.metres import rounded_degrees, to_degrees

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.roads import Terrain

_PER_URBAN_POINT, _PER_RURAL_POINT = 46.0, 21.0
_REMOTE_SHARE = 0.026
_REMOTE_M = (200.0, 400.0)
_IN_ESTATE, _ESTATE_M2_PER_POINT = 0.62, 1_050.0
_NO_HOMES = ("trunk", "steps", "path")


def points(
    facts: _facts.Facts,
    residents: pd.DataFrame,
    areas: list[Any],
    terrain: Terrain,
    blocks: npt.NDArray[np.object_],
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Return the layer ``population``.

    Parameters
    ----------
    facts
        Census figures.
    residents
        Urban and rural persons per village, from `settlement.village_residents`.
    areas
        Village polygons, EPSG:4547, same order.
    terrain
        The road network.
    blocks
        Lived-in estates, EPSG:4547; somewhat under half of the townspeople live there.
    rng
        Source of randomness.

    Returns
    -------
    population
        Points in EPSG:4490 inside their village; persons, elders (80 ≤ 65 ≤ 60 ≤ persons) and
        households are whole numbers whose county sums are the census figures.
    """
    urban = _spread(residents["urban"].to_numpy(), _PER_URBAN_POINT)
    rural = _spread(residents["rural"].to_numpy(), _PER_RURAL_POINT)
    village = np.concatenate([urban, rural])
    in_town = np.arange(len(village)) < len(urban)
    xy = _places(village, in_town, areas, terrain, rng)
    xy = _into_estates(xy, village, in_town, areas, blocks, rng)
    xy = _remote(xy, village, in_town, areas, terrain, rng)
    xy = _kept_in(rounded_degrees(xy), village, areas)
    order = np.lexsort((xy[:, 0], in_town, village))
    village, in_town, xy = village[order], in_town[order], xy[order]
    table = _people(facts, residents, village, in_town, rng)
    table.insert(0, "point_id", [f"P{i:06d}" for i in range(1, len(table) + 1)])
    table = table.assign(year=2020, source=_facts.SOURCE, source_date=_facts.DATE,
                         secrecy="internal", synthetic=True)  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapely.points(xy), crs="EPSG:4490")


def _kept_in(
    lonlat: npt.NDArray[np.float64], village: npt.NDArray[np.int64], areas: list[Any]
) -> npt.NDArray[np.float64]:
    """Bring back the few that a straight edge in metres left outside the one in degrees."""
    shapes = shapely.transform(np.array(areas), to_degrees)
    out = lonlat.copy()
    lost = ~shapely.contains_xy(shapes[village], out[:, 0], out[:, 1])
    out[lost] = shapely.get_coordinates(shapely.point_on_surface(shapes[village[lost]]))
    return out


def _spread(persons: npt.NDArray[np.int64], per_point: float) -> npt.NDArray[np.int64]:
    count = np.where(persons > 0, np.maximum(np.round(persons / per_point), 1), 0)
    return np.repeat(np.arange(len(persons)), count.astype(np.int64))


def _places(
    village: npt.NDArray[np.int64],
    in_town: npt.NDArray[np.bool_],
    areas: list[Any],
    terrain: Terrain,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Put each point beside a road of its village."""
    nodes, edges, lines = terrain.nodes, terrain.edges, terrain.lines
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    row, owner = shapely.STRtree(areas).query(middle, predicate="within")
    own = np.full(len(lines), -1)
    own[row] = owner
    high = nodes.kind[edges.uv].max(axis=1)
    length = shapely.length(lines)
    homes = ~np.isin(np.array(network.CLASSES)[edges.rank], _NO_HOMES)
    street = np.where(high == rural_roads.GRID, length, 1e-6 * length)
    favour = np.array([0.02, 0.03, 0.25, 1.0, 0.02])[high]
    lane = favour * np.minimum(length, 260.0)
    picked = np.empty(len(village), np.int64)
    for weight, mask in ((street, in_town), (lane, ~in_town)):
        picked[mask] = _pick(np.where(homes, weight, 0.0), own, village[mask], len(areas), rng)
    usual, wide = np.where(in_town, 19.0, 25.0), np.where(in_town, 0.5, 0.72)
    off = np.clip(rng.lognormal(np.log(usual), wide), 5.0, np.where(in_town, 42.0, 170.0))
    xy = _beside(lines[picked], off, rng)
    for reach in (0.4, 0.1, 0.02, 0.0):
        wrong = ~shapely.contains_xy(np.array(areas)[village], xy[:, 0], xy[:, 1])
        xy[wrong] = _beside(lines[picked[wrong]], off[wrong] * reach, rng, centred=True)
    lost = ~shapely.contains_xy(np.array(areas)[village], xy[:, 0], xy[:, 1])
    lost |= own[picked] != village
    xy[lost] = shapely.get_coordinates(shapely.point_on_surface(np.array(areas)[village[lost]]))
    return xy


def _pick(
    weight: npt.NDArray[np.float64],
    own: npt.NDArray[np.int64],
    village: npt.NDArray[np.int64],
    count: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Draw one road per point among those of its village, in proportion to a weight."""
    able = np.flatnonzero((own >= 0) & (weight > 0))
    able = able[np.argsort(own[able], kind="stable")]
    run = np.concatenate([[0.0], np.cumsum(weight[able])])
    first = np.searchsorted(own[able], np.arange(count + 1))
    low, high = run[first[village]], run[first[village + 1]]
    dart = low + rng.random(len(village)) * (high - low)
    at = np.searchsorted(run, dart, side="right") - 1
    at = np.clip(at, first[village], np.maximum(first[village + 1] - 1, first[village]))
    return np.asarray(able[np.minimum(at, len(able) - 1)], dtype=np.int64)


def _beside(
    lines: npt.NDArray[np.object_],
    off_m: npt.NDArray[np.float64],
    rng: np.random.Generator,
    *,
    centred: bool = False,
) -> npt.NDArray[np.float64]:
    t = np.full(len(lines), 0.5) if centred else rng.random(len(lines))
    length = shapely.length(lines)
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, t * length))
    near = np.clip(t * length + np.where(t < 0.5, 1.0, -1.0), 0, length)
    there = shapely.get_coordinates(shapely.line_interpolate_point(lines, near))
    along = there - here
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    side = rng.choice([-1.0, 1.0], len(lines)) * off_m
    return np.asarray(here + np.column_stack([-along[:, 1], along[:, 0]]) * side[:, None])


def _into_estates(
    xy: npt.NDArray[np.float64],
    village: npt.NDArray[np.int64],
    in_town: npt.NDArray[np.bool_],
    areas: list[Any],
    blocks: npt.NDArray[np.object_],
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Move some townspeople into the estates of their community."""
    row, owner = shapely.STRtree(areas).query(blocks, predicate="within")
    size = shapely.area(blocks)
    out = xy.copy()
    for v in np.unique(owner):
        own = row[owner == v]
        people = np.flatnonzero((village == v) & in_town & (rng.random(len(village)) < _IN_ESTATE))
        most = int(size[own].sum() / _ESTATE_M2_PER_POINT)
        people = people[:most]
        pick = rng.choice(own, len(people), p=size[own] / size[own].sum())
        out[people] = _inside(blocks[pick], rng)
    return out


def _inside(shapes: npt.NDArray[np.object_], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return one random place in each shape."""
    bounds = shapely.bounds(shapes)
    xy = shapely.get_coordinates(shapely.point_on_surface(shapes))
    todo = np.arange(len(shapes))
    for _ in range(12):
        trial = rng.uniform(bounds[todo, :2], bounds[todo, 2:])
        ok = shapely.contains_xy(shapes[todo], trial[:, 0], trial[:, 1])
        xy[todo[ok]] = trial[ok]
        todo = todo[~ok]
    return xy


def _remote(
    xy: npt.NDArray[np.float64],
    village: npt.NDArray[np.int64],
    in_town: npt.NDArray[np.bool_],
    areas: list[Any],
    terrain: Terrain,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Move a few rural points to lone houses far from any road."""
    west, south, east, north = shapely.total_bounds(areas)
    trial = rng.uniform((west, south), (east, north), (45_000, 2))
    places = np.asarray(shapely.points(trial))
    row, owner = shapely.STRtree(areas).query(places, predicate="within")
    hit, away = shapely.STRtree(terrain.lines).query_nearest(
        places[row], all_matches=False, return_distance=True
    )
    row, owner = row[hit[0]], owner[hit[0]]
    fit = (away > _REMOTE_M[0]) & (away < _REMOTE_M[1])
    row, owner = row[fit], owner[fit]
    wanted = int(_REMOTE_SHARE * len(xy))
    out = xy.copy()
    free = {v: list(np.flatnonzero((village == v) & ~in_town)) for v in np.unique(owner)}
    moved = 0
    for i, v in zip(row, owner, strict=True):
        if len(free[v]) > 6 and moved < wanted:
            out[free[v].pop()] = trial[i]
            moved += 1
    return out


def _people(
    facts: _facts.Facts,
    residents: pd.DataFrame,
    village: npt.NDArray[np.int64],
    in_town: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Give each point its persons, elders and households."""
    size = rng.gamma(3.0, 1.0, len(village)) + 0.15
    persons = np.zeros(len(village), np.int64)
    for column, mask in (("urban", in_town), ("rural", ~in_town)):
        total = residents[column].to_numpy()
        rows = np.flatnonzero(mask)
        starts = np.searchsorted(village[rows], np.arange(len(total) + 1))
        for v in range(len(total)):
            own = rows[starts[v] : starts[v + 1]]
            if len(own):
                persons[own] = _facts.apportion(size[own], int(total[v]), lower=1)
    codes = residents.index.to_numpy(dtype=object)[village]
    county = np.array([c[:6] for c in codes])
    age = np.where(in_town, 0.75, 1.3) * rng.lognormal(0, 0.13, len(residents))[village]
    table = pd.DataFrame({"unit_code": codes, "persons": persons})
    counted = {n: np.zeros(len(village), np.int64) for n in
               ("elders_60", "elders_65", "elders_80", "households")}  # fmt: skip
    for code in _facts.COUNTIES:
        rows = np.flatnonzero(county == code)
        above, weight = persons[rows], persons[rows] * age[rows]
        for name in ("elders_60", "elders_65", "elders_80"):
            weight = weight * rng.lognormal(0, 0.25, len(rows))
            above = _facts.apportion(weight, facts.count(code, name), upper=above)
            counted[name][rows] = above
        homes = persons[rows].astype(np.float64) * np.where(in_town[rows], 1.04, 0.96)
        counted["households"][rows] = _facts.apportion(
            homes, facts.count(code, "households"), lower=1, upper=persons[rows]
        )
    return table.assign(**counted)
