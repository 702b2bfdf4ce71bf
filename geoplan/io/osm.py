"""OpenStreetMap files (.osm, .osm.gz, .pbf) into the roads (路网) and facilities (设施) layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from geoplan.errors import EmptyLayerError, MissingFileError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAGS = ("highway", "name", "foot", "access", "service", "oneway", "maxspeed", "layer",
         "motor_vehicle", "area", "footway", "surface", "kerb", "width", "incline")  # fmt: skip

ROAD_CLASS = {
    "motorway": "motorway", "trunk": "trunk", "primary": "primary", "secondary": "secondary",
    "tertiary": "tertiary", "residential": "residential", "living_street": "residential",
    "service": "service", "unclassified": "village", "road": "village", "track": "track",
    "footway": "footway", "pedestrian": "footway", "sidewalk": "footway", "crossing": "footway",
    "path": "path", "cycleway": "path", "bridleway": "path", "steps": "steps",
    "corridor": "footway",
}  # fmt: skip
"""OSM ``highway`` value -> road class; other values are no roads to geoplan."""

_NO_DRIVE = ("footway", "path", "steps", "track")
_YES = ("yes", "designated", "permissive", "official")
_NO = ("no", "private")

# (key, value) -> facility kind
FACILITY_TAGS = {
    ("amenity", "nursing_home"): "institution",
    ("social_facility", "nursing_home"): "institution",
    ("social_facility", "assisted_living"): "institution",
    ("social_facility", "group_home"): "institution",
    ("social_facility", "day_care"): "daycare",
    ("amenity", "social_facility"): "community_elderly",
    ("amenity", "social_centre"): "community_service",
    ("amenity", "community_centre"): "community_service",
    ("amenity", "hospital"): "hospital",
    ("amenity", "clinic"): "village_clinic",
    ("amenity", "doctors"): "village_clinic",
}


def _objects(path: Path, *filters: Any, locations: bool = True) -> Iterator[Any]:
    if not path.exists():
        raise MissingFileError.for_path(path)
    try:
        processor = osmium.FileProcessor(str(path))
        if locations:
            processor = processor.with_locations()
        for item in filters:
            processor = processor.with_filter(item)
        yield from processor
    except RuntimeError as error:  # osmium's own for wrong formats, broken blocks, cut-off files
        raise UnreadableFileError.for_file(path, error) from error


def _line(way: Any, factory: Any, unsaved: dict[int, tuple[float, float]]) -> bytes | None:
    """Return the way as WKB; nodes that the extract lacks are left out, None if one remains."""
    try:
        return bytes.fromhex(factory.create_linestring(way))
    except (osmium.InvalidLocationError, RuntimeError):
        known = [
            (n.lon, n.lat) if n.location.valid() else unsaved[n.ref]
            for n in way.nodes if n.location.valid() or n.ref in unsaved
        ]  # fmt: skip
        distinct = len(set(known)) > 1
        return shapely.to_wkb(shapely.LineString(known)) if distinct else None


def _unsaved_nodes(path: Path) -> dict[int, tuple[float, float]]:
    """Places of nodes with negative ids, which editors give until a file is uploaded."""
    if path.suffix == ".pbf" or path.name.endswith(".osm.pbf"):
        return {}
    nodes = _objects(path, osmium.filter.EntityFilter(osmium.osm.NODE), locations=False)
    return {n.id: (n.lon, n.lat) for n in nodes if n.id < 0 and n.location.valid()}


def read_osm_roads(path: str | Path) -> gpd.GeoDataFrame:
    """
    Read the roads of an OpenStreetMap file as the ``roads`` layer.

    Parameters
    ----------
    path
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.pbf``.

    Returns
    -------
    roads
        LineString in EPSG:4326, columns ``road_id``, ``name``, ``road_class``, ``walk``,
        ``drive``, ``oneway``, ``speed_kmh``, ``layer``, ``slope`` (%, from ``incline``),
        ``crossing``, ``surface``, ``kerb``, ``width_m``. ``attrs['noded']`` says that crossings
        have common vertices. Way references to nodes outside the
        extract are dropped; ``attrs['dropped_ways']`` counts ways of which nothing remained.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is broken or not an OSM file.
    EmptyLayerError
        If it holds no road.
    """
    path = Path(path)
    factory = osmium.geom.WKBFactory()
    ids: list[int] = []
    lines: list[bytes] = []
    rows: list[list[str | None]] = []
    dropped = 0
    unsaved = _unsaved_nodes(path)
    ways = osmium.filter.EntityFilter(osmium.osm.WAY)
    for way in _objects(path, ways, osmium.filter.KeyFilter("highway")):
        tags = way.tags
        if tags.get("highway", "").removesuffix("_link") not in ROAD_CLASS:
            continue
        if way.deleted:
            continue
        line = _line(way, factory, unsaved)
        if line is None:
            dropped += 1
            continue
        ids.append(way.id)
        lines.append(line)
        rows.append([tags.get(key) for key in _TAGS])
    if not ids:
        raise EmptyLayerError.for_layer("roads", str(path))
    tag = pd.DataFrame(rows, columns=list(_TAGS), dtype=object)
    frame = gpd.GeoDataFrame(_road_columns(ids, tag), geometry=shapely.from_wkb(lines), crs=4326)
    frame.attrs.update(dropped_ways=dropped, noded=True)
    return frame


def _road_columns(ids: list[int], tag: pd.DataFrame) -> dict[str, Any]:
    highway = tag["highway"].str.removesuffix("_link")
    road_class = highway.map(ROAD_CLASS)
    closed = tag["access"].isin(_NO)
    foot_yes = tag["foot"].isin(_YES)
    walk = (~closed & ~tag["foot"].isin(_NO) & (road_class != "motorway")) | foot_yes
    drive = ~closed & ~tag["motor_vehicle"].isin(_NO) & ~road_class.isin(_NO_DRIVE)
    oneway = tag["oneway"].map({"yes": 1, "1": 1, "true": 1, "-1": -1, "reverse": -1})
    oneway = oneway.fillna(0).where((oneway.notna()) | (highway != "motorway"), 1)
    speed = pd.to_numeric(tag["maxspeed"].str.extract(r"^(\d+)")[0], errors="coerce")
    mph = tag["maxspeed"].str.contains("mph", na=False)
    return {
        "road_id": [str(i) for i in ids],
        "name": tag["name"].to_numpy(),
        "road_class": road_class.to_numpy(),
        "walk": walk.to_numpy(dtype=bool),
        "drive": drive.to_numpy(dtype=bool),
        "oneway": oneway.to_numpy(dtype=np.int8),
        "speed_kmh": np.where(mph, speed * 1.609344, speed),
        "layer": pd.to_numeric(tag["layer"], errors="coerce").fillna(0).to_numpy(dtype=float),
        "slope": _leading_number(tag["incline"].where(tag["incline"].str.endswith("%"))),
        "crossing": (tag["footway"] == "crossing").to_numpy(dtype=bool),
        "surface": tag["surface"].to_numpy(),
        "kerb": tag["kerb"].to_numpy(),
        "width_m": _leading_number(tag["width"]),
    }


def _leading_number(text: pd.Series[str]) -> np.ndarray:
    """Read the number a tag begins with (``2.5 m``, ``-8%``); NaN where there is none."""
    found = text.astype("str").str.extract(r"^\s*([-+]?\d+(?:\.\d+)?)")[0]
    return pd.to_numeric(found, errors="coerce").to_numpy(dtype=float)


def read_osm_facilities(path: str | Path) -> gpd.GeoDataFrame:
    """
    Read care, community and health facilities of an OpenStreetMap file as ``facilities``.

    Parameters
    ----------
    path
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.pbf``.

    Returns
    -------
    facilities
        Point in EPSG:4326 (buildings by a point inside), columns ``facility_id``, ``name``,
        ``facility_kind``, ``status``, ``source``. The kind follows `FACILITY_TAGS`; areas are
        unknown (no_data). May be empty.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is broken or not an OSM file.
    """
    path = Path(path)
    rows = []
    keys = osmium.filter.KeyFilter("amenity", "social_facility")
    for item in _objects(path, keys):
        tags = dict(item.tags)
        kind = next((k for pair, k in FACILITY_TAGS.items() if tags.get(pair[0]) == pair[1]), None)
        point = _place(item) if kind else None
        if point is None:
            continue
        prefix = "n" if item.is_node() else "w"
        name = tags.get("name") or tags.get("operator") or f"{kind} {prefix}{item.id}"
        rows.append((f"{prefix}{item.id}", name, kind, "operating", "OpenStreetMap", point))
    columns = ["facility_id", "name", "facility_kind", "status", "source", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=4326)


def _place(item: Any) -> shapely.Point | None:
    if item.is_node():
        return shapely.Point(item.location.lon, item.location.lat)
    if not item.is_way():
        return None
    known = [(n.lon, n.lat) for n in item.nodes if n.location.valid()]
    ring = len(known) > 3 and known[0] == known[-1]  # noqa: PLR2004
    if ring:
        return shapely.Polygon(known).representative_point()
    return shapely.Point(known[0]) if known else None
