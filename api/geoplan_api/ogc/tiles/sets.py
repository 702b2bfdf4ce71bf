"""Descriptions of tiles (瓦片集说明): OGC tile sets and their matrices, TileJSON 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.errors import UnknownIdError
from geoplan.tiles import GRIDS, WEB_MERCATOR
from geoplan_api.ogc.links import JSON, REL, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geoplan.schemas import Layer
    from geoplan.tiles import TileGrid, TileLayer
    from geoplan_api.snapshot import Snapshot

MVT = "application/vnd.mapbox-vector-tile"
PMTILES = "application/vnd.pmtiles"
DRAWN_ZOOM = 16
"""Up to here a client asks for tiles of their own; beyond, it enlarges these. [P]"""
ATTRIBUTION = "示意，非法定界线 schematic, no legal boundary"
_PIXELS = 256
_PIXEL_M = 0.00028
_DEGREE_M = 6_378_137.0 * np.pi / 180
_CRS = "http://www.opengis.net/def/crs/EPSG/0/"
_TITLES = {
    "WebMercatorQuad": "Google Maps Compatible for the World",
    "CGCS2000Quad": "2000国家大地坐标系经纬度 CGCS2000 degrees",
}  # fmt: skip
_KINDS = {"String": "string", "Number": "number", "Boolean": "boolean"}
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}


def grid_of(name: str) -> TileGrid:
    """
    Return a grid by its name in URLs.

    Raises
    ------
    UnknownIdError
        If there is none of that name.
    """
    if name not in GRIDS:
        raise UnknownIdError.among("tile matrix set", "瓦片矩阵集", name, GRIDS)
    return GRIDS[name]


def matrices(grid: TileGrid, base: str, highest: int) -> dict[str, Any]:
    """Return the definition of a grid (OGC 17-083r4)."""
    degrees = grid.crs == "EPSG:4490"
    origin = [grid.north, grid.west] if degrees else [grid.west, grid.north]
    return {
        **entry(grid, base),
        "orderedAxes": ["Lat", "Lon"] if degrees else ["E", "N"],
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": cell * (_DEGREE_M if degrees else 1.0) / _PIXEL_M,
                "cellSize": cell, "cornerOfOrigin": "topLeft", "pointOfOrigin": origin,
                "tileWidth": _PIXELS, "tileHeight": _PIXELS,
                "matrixWidth": grid.columns * 2**zoom, "matrixHeight": grid.rows * 2**zoom,
            }
            for zoom in range(highest + 1)
            for cell in (grid.width(zoom) / _PIXELS,)
        ],
    }  # fmt: skip


def entry(grid: TileGrid, base: str) -> dict[str, Any]:
    """Return what a list of grids says of one."""
    url = f"{base}/tileMatrixSets/{grid.name}"
    return {
        "id": grid.name, "title": _TITLES[grid.name], "uri": grid.uri or url,
        "crs": f"{_CRS}{grid.crs.removeprefix('EPSG:')}",
        "links": [link(url, "self", JSON, grid.name)],
    }  # fmt: skip


def tileset(grid: TileGrid, base: str, url: str, title: str, query: str) -> dict[str, Any]:
    """
    Return what a list of tile sets says of one.

    Parameters
    ----------
    grid
        The grid.
    base
        Address of the service.
    url
        Address of the tile set.
    title
        For people.
    query
        Of the addresses of its tiles.
    """
    scheme = f"{base}/tileMatrixSets/{grid.name}"
    items = link(f"{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}", "item", MVT, "MVT")
    links = [link(url, "self", JSON, title), {**items, "templated": True},
             link(scheme, f"{REL}tiling-scheme", JSON, grid.name)]  # fmt: skip
    if grid is WEB_MERCATOR:
        joint = "&" if query else "?"
        links += [
            link(f"{url}{query}{joint}f=tilejson", "describedby", JSON, "TileJSON"),
                  link(f"{url}{query}{joint}f=pmtiles", "enclosure", PMTILES, "PMTiles"),
        ]  # fmt: skip
    return {
        "title": title, "dataType": "vector", "crs": f"{_CRS}{grid.crs.removeprefix('EPSG:')}",
        "tileMatrixSetURI": grid.uri or scheme, "links": links,
    }  # fmt: skip


def described(
    layers: Iterable[tuple[Layer, TileLayer]], grid: TileGrid, box: Sequence[float], highest: int
) -> dict[str, Any]:
    """Return what the metadata of a tile set has beyond the list's entry."""
    west, south, east, north = box
    return {
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north],
                        "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
        "tileMatrixSetLimits": [_limits(grid, box, zoom) for zoom in range(highest + 1)],
        "layers": [
            {
                "id": made.name, "title": layer.zh, "dataType": "vector",
                "geometryDimension": 0 if made.name != layer.name
                else max(_DIMENSIONS[kind] for kind in layer.geometry),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {n: {"type": _KINDS[kind]}
                                   for n, kind in made.attributes.fields.items()},
                },
            }
            for layer, made in layers
        ],
    }  # fmt: skip


def _limits(grid: TileGrid, box: Sequence[float], zoom: int) -> dict[str, Any]:
    west, south, east, north = box
    first_x, first_y = grid.tile_of(west, north, zoom=zoom)
    last_x, last_y = grid.tile_of(east, south, zoom=zoom)
    wide, high = grid.columns * 2**zoom - 1, grid.rows * 2**zoom - 1
    return {
        "tileMatrix": str(zoom),
        "minTileRow": min(max(first_y, 0), high), "maxTileRow": min(max(last_y, 0), high),
        "minTileCol": min(max(first_x, 0), wide), "maxTileCol": min(max(last_x, 0), wide),
    }  # fmt: skip


def tilejson(
    url: str, query: str, name: str, layers: Iterable[tuple[Layer, TileLayer]],
    box: Sequence[float], highest: int,
) -> dict[str, Any]:  # fmt: skip
    """Return a TileJSON; its tiles are of one version, to be kept for good."""
    top = min(DRAWN_ZOOM, highest)
    west, south, east, north = box
    return {
        "tilejson": "3.0.0", "name": name, "scheme": "xyz", "attribution": ATTRIBUTION,
        "tiles": [f"{url}/{{z}}/{{y}}/{{x}}{query}"], "minzoom": 0, "maxzoom": top,
        "bounds": list(box), "center": [(west + east) / 2, (south + north) / 2, 8],
        "vector_layers": [
            {"id": made.name, "description": layer.zh, "minzoom": 0, "maxzoom": top,
             "fields": made.attributes.fields}
            for layer, made in layers
        ],
    }  # fmt: skip


def box_of(snapshots: Iterable[Snapshot]) -> list[float]:
    """Return west, south, east, north in degrees; the world where there is nothing."""
    boxes = [shapely.total_bounds(s.shapes) for s in snapshots if s.shapes is not None]
    found = np.array([b for b in boxes if np.isfinite(b).all()])
    if not len(found):
        return [-180.0, -85.0, 180.0, 85.0]
    low, high = found[:, :2].min(axis=0), found[:, 2:].max(axis=0)
    return [float(v) for v in np.round([*low, *high], 7)]
