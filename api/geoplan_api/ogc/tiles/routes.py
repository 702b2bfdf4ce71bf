"""
``/tiles`` 矢量瓦片: of one layer or of all that may be seen, in two grids.

A tile is as the layer is at the moment it is asked for. With ``v=`` of its newest version it may
be kept for good; without, it is asked for again each time and sent only if it changed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from geoplan.errors import InputError, UnknownIdError
from geoplan.tiles import GRIDS, WEB_MERCATOR, check_zooms
from geoplan_api.deps import ViewsDep
from geoplan_api.ogc import models
from geoplan_api.ogc.collections import CollectionPath
from geoplan_api.ogc.links import JSON, base_of, link
from geoplan_api.ogc.negotiation import digest, headers_of, unchanged
from geoplan_api.ogc.tiles import sets as tile_sets
from geoplan_api.ogc.tiles.layers import Tiles
from geoplan_api.ogc.tiles.sets import MVT, PMTILES

if TYPE_CHECKING:
    from fastapi import FastAPI

    from geoplan.tiles import TileGrid
    from geoplan_api.limits import Heavy
    from geoplan_api.views import Views

router = APIRouter(tags=["tiles"])
GridPath = Annotated[
    str, Path(alias="tileMatrixSetId", description="瓦片矩阵集 WebMercatorQuad | CGCS2000Quad")
]
ZoomPath = Annotated[int, Path(alias="tileMatrix", description="级别 zoom")]
RowPath = Annotated[int, Path(alias="tileRow", description="行号 row, from the north")]
ColumnPath = Annotated[int, Path(alias="tileCol", description="列号 column, from the west")]


async def _place(zoom: ZoomPath, row: RowPath, column: ColumnPath) -> tuple[int, int, int]:
    return zoom, column, row


PlaceDep = Annotated[tuple[int, int, int], Depends(_place)]
VersionQuery = Annotated[str | None, Query(description="版本 version of the layers, from TileJSON")]
LayersQuery = Annotated[str | None, Query(description="图层 ids of collections, joined by commas")]
JsonQuery = Annotated[Literal["json"] | None, Query(description="格式 json")]
SetQuery = Annotated[Literal["json", "tilejson", "pmtiles"] | None,
                     Query(description="格式 json | tilejson | pmtiles")]  # fmt: skip
TileQuery = Annotated[Literal["mvt"] | None, Query(description="格式 mvt")]
ZoomsQuery = Annotated[str | None, Query(description="PMTiles 的级别 zooms of the archive, 5-12")]
_ZOOMS = range(5, 13)
_MOST_ZOOM, _MOST_TILES = 14, 20_000
_FOREVER = "max-age=31536000, immutable"
_TILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "瓦片 Mapbox Vector Tile 2.1",
          "content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "此处没有要素 nothing is here"},
    304: {"description": "未变 not changed"},
}  # fmt: skip
_SET: dict[int | str, dict[str, Any]] = {
    200: {"description": "瓦片集 metadata, TileJSON or an archive",
          "content": {JSON: {"schema": {"type": "object"}},
                      PMTILES: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "未变 not changed"},
}  # fmt: skip
_JSON: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON: {"schema": {"type": "object"}}}},
    304: {"description": "未变 not changed"},
}  # fmt: skip


def install(app: FastAPI) -> None:
    """Give the service its tiles, and the memory they are kept in."""
    app.state.tiles = Tiles(app.state.city.settings.tile_cache_mb * 2**20)
    app.include_router(router)


@router.get("/tileMatrixSets", response_model=None, responses=_JSON)
def tile_matrix_sets(request: Request, f: JsonQuery = None) -> Response:
    """Grids that tiles come in."""
    base = base_of(request)
    body = {"tileMatrixSets": [tile_sets.entry(grid, base) for grid in GRIDS.values()]}
    return _answer(request, body, base, f)


@router.get("/tileMatrixSets/{tileMatrixSetId}", response_model=None, responses=_JSON)
def tile_matrix_set(request: Request, views: ViewsDep, grid: GridPath, f: JsonQuery = None
                    ) -> Response:  # fmt: skip
    """One grid: its zooms, their scales and extents."""
    base, highest = base_of(request), views.city.settings.max_tile_zoom
    body = tile_sets.matrices(tile_sets.grid_of(grid), base, highest)
    return _answer(request, body, base, f)


@router.get("/collections/{collectionId}/tiles", response_model=None, responses=_JSON)
def layer_tilesets(
    request: Request, views: ViewsDep, collection_id: CollectionPath, f: JsonQuery = None
) -> Response:
    """Tile sets of a layer, one per grid."""
    _drawn(views, (collection_id,))
    return _listed(request, f"/collections/{collection_id}/tiles", views, collection_id, f)


@router.get("/tiles", response_model=None, responses=_JSON)
def tilesets(request: Request, views: ViewsDep, f: JsonQuery = None) -> Response:
    """Tile sets of all layers together, one per grid."""
    return _listed(request, "/tiles", views, None, f)


@router.get("/collections/{collectionId}/tiles/{tileMatrixSetId}", response_model=None,
            responses=_SET)  # fmt: skip
def layer_tileset(
    request: Request, views: ViewsDep, collection_id: CollectionPath, grid: GridPath,
    zooms: ZoomsQuery = None, f: SetQuery = None,
) -> Response:  # fmt: skip
    """Metadata of the tiles of a layer, their TileJSON, or an archive of them."""
    title = views.view(collection_id).layer.zh
    about = _Set((collection_id,), f"/collections/{collection_id}/tiles/{grid}", title)
    return _set(request, views, about, grid, zooms, f)


@router.get("/tiles/{tileMatrixSetId}", response_model=None, responses=_SET)
def tileset(
    request: Request, views: ViewsDep, grid: GridPath, collections: LayersQuery = None,
    zooms: ZoomsQuery = None, f: SetQuery = None,
) -> Response:  # fmt: skip
    """Metadata of the tiles of some layers together, their TileJSON, or an archive of them."""
    names = _asked(views, collections)
    query = f"?collections={','.join(names)}" if collections else ""
    about = _Set(names, f"/tiles/{grid}", views.city.workspace.file.name, query)
    return _set(request, views, about, grid, zooms, f)


@router.get("/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
            response_model=None, responses=_TILE)  # fmt: skip
def layer_tile(
    request: Request, views: ViewsDep, collection_id: CollectionPath, grid: GridPath, at: PlaceDep,
    v: VersionQuery = None, f: TileQuery = None,  # noqa: ARG001
) -> Response:  # fmt: skip
    """One tile of a layer; of a layer with polygons also their label points."""
    return _tile(request, views, (collection_id,), grid, at, v)


@router.get("/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", response_model=None,
            responses=_TILE)  # fmt: skip
def dataset_tile(
    request: Request, views: ViewsDep, grid: GridPath, at: PlaceDep,
    collections: LayersQuery = None, v: VersionQuery = None, f: TileQuery = None,  # noqa: ARG001
) -> Response:  # fmt: skip
    """One tile of several layers, or of all that may be seen."""
    return _tile(request, views, _asked(views, collections), grid, at, v)


def version_of(views: Views, names: tuple[str, ...]) -> str:
    """Return text that is the same only while all of some layers are as they are."""
    keys = [f"{views.city.version(n)}-{views.view(n).key}" for n in names]
    return keys[0] if len(keys) == 1 else digest(*keys)


def drawn_layers(views: Views) -> tuple[str, ...]:
    """Return the layers with shapes that may be seen."""
    return tuple(n for n in views.names if views.view(n).layer.geometry)


def _asked(views: Views, collections: str | None) -> tuple[str, ...]:
    if collections is None:
        return drawn_layers(views)
    return _drawn(views, tuple(dict.fromkeys(n.strip() for n in collections.split(","))))


def _drawn(views: Views, names: tuple[str, ...]) -> tuple[str, ...]:
    """Check that layers are there and have shapes."""
    for name in names:
        if not views.view(name).layer.geometry:
            raise UnknownIdError.among("tiled layer", "有瓦片的图层", name, drawn_layers(views))
    return names


def _tile(
    request: Request, views: Views, names: tuple[str, ...], grid_name: str,
    at: tuple[int, int, int], version: str | None,
) -> Response:  # fmt: skip
    grid = tile_sets.grid_of(grid_name)
    _drawn(views, names)
    _check(grid, at, views.city.settings.max_tile_zoom)
    same = unchanged(request, _etag(version_of(views, names)))
    if same is not None:
        return same
    tiles: Tiles = request.app.state.tiles
    bodies, keys = [], []
    for name in names:
        body, key = tiles.get(views, name, grid, at)
        bodies.append(body)
        keys.append(key)
    newest = keys[0] if len(keys) == 1 else digest(*keys)
    headers = headers_of(_etag(newest))
    if version == newest:
        headers["Cache-Control"] = f"{'public' if views.public else 'private'}, {_FOREVER}"
    content = b"".join(bodies)
    return Response(content, 200 if content else 204, headers, MVT if content else None)


def _etag(key: str) -> str:
    return f'W/"{digest("mvt", key)}"'


def _check(grid: TileGrid, at: tuple[int, int, int], highest: int) -> None:
    try:
        grid.check(*at, highest=highest)
    except InputError as error:
        raise UnknownIdError(error.message, zh=error.message_zh, fix=error.fix,
                             fix_zh=error.fix_zh, **error.context) from None  # fmt: skip


def _listed(request: Request, path: str, views: Views, name: str | None, f: str | None
            ) -> Response:  # fmt: skip
    base = base_of(request)
    url = f"{base}{path}"
    title = views.view(name).layer.zh if name else views.city.workspace.file.name
    body = {
        "title": title,
        "tilesets": [tile_sets.tileset(g, base, f"{url}/{g.name}", title, "")
                     for g in GRIDS.values()],
        "links": [link(url, "self", JSON, title)],
    }  # fmt: skip
    return _answer(request, body, base, f)


def _answer(request: Request, body: dict[str, Any], *parts: object) -> Response:
    etag = f'W/"{digest(request.url.path, *parts)}"'
    return unchanged(request, etag) or models.json(body, headers_of(etag))


class _Set(NamedTuple):
    """A tile set: its layers, address, title, and the query that its tiles need."""

    names: tuple[str, ...]
    path: str
    title: str
    query: str = ""


def _set(
    request: Request, views: Views, about: _Set, grid_name: str, zooms: str | None, f: str | None
) -> Response:
    grid, names = tile_sets.grid_of(grid_name), about.names
    _drawn(views, names)
    if f in {"tilejson", "pmtiles"} and grid is not WEB_MERCATOR:
        raise _only_web(str(f))
    version = version_of(views, names)
    etag = f'W/"{digest(f, zooms, base_of(request), about.path, version)}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    if f == "pmtiles":
        return _archive(request, views, names, zooms, etag)
    highest = views.city.settings.max_tile_zoom
    snapshots = {n: views.snapshot(n) for n in names}
    tiles: Tiles = request.app.state.tiles
    layers = [(s.view.layer, made) for s in snapshots.values() for made in tiles.layers(s, grid)]
    box = tile_sets.box_of(snapshots.values())
    url = f"{base_of(request)}{about.path}"
    if f == "tilejson":
        kept = f"{about.query}{'&' if about.query else '?'}v={version}"
        body = tile_sets.tilejson(url, kept, about.title, layers, box, highest)
    else:
        body = tile_sets.tileset(grid, base_of(request), url, about.title, about.query)
        body |= tile_sets.described(layers, grid, box, highest)
    return models.json(body, headers_of(etag))


def _archive(
    request: Request, views: Views, names: tuple[str, ...], zooms: str | None, etag: str
) -> Response:
    """Write an archive to a file of its own, which is removed when it was sent."""
    from geoplan.io import write_pmtiles

    wanted = _zooms(zooms)
    snapshots = [views.snapshot(n) for n in names]
    _not_too_many(tile_sets.box_of(snapshots), wanted)
    tiles: Tiles = request.app.state.tiles
    layers = [made for s in snapshots for made in tiles.layers(s, WEB_MERCATOR) if len(made.ids)]
    name = names[0] if len(names) == 1 else "city"
    folder = FilePath(tempfile.mkdtemp(prefix="geoplan-tiles-"))
    turns: Heavy = request.app.state.heavy
    try:
        turns.enter()
        try:
            path = write_pmtiles(layers, folder / f"{name}.pmtiles", zooms=wanted, name=name)
        finally:
            turns.leave()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path, media_type=PMTILES, filename=path.name, headers=headers_of(etag),
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )  # fmt: skip


def _zooms(text: str | None) -> range:
    if text is None:
        return _ZOOMS
    low, _, high = text.partition("-")
    if not (low.isdecimal() and (high or low).isdecimal() and len(text) <= 5):  # noqa: PLR2004
        raise _bad_zooms(text)
    wanted = range(int(low), int(high or low) + 1)
    check_zooms(wanted)
    if wanted[-1] > _MOST_ZOOM:
        raise _bad_zooms(text)
    return wanted


def _not_too_many(box: list[float], zooms: range) -> None:
    west, south, east, north = box
    first = WEB_MERCATOR.tile_of(west, north, zoom=zooms[-1])
    last = WEB_MERCATOR.tile_of(east, south, zoom=zooms[-1])
    if (last[0] - first[0] + 1) * (last[1] - first[1] + 1) > _MOST_TILES:
        raise _bad_zooms(f"{zooms[0]}-{zooms[-1]}")


def _bad_zooms(text: str) -> InputError:
    return InputError(
        f"zooms={text[:20]} makes too many tiles, or is none.",
        zh=f"zooms={text[:20]} 不是级别，或瓦片过多。",
        fix=f"give two of 0 to {_MOST_ZOOM}, as 5-12, fewer for a wide layer",
        fix_zh=f"填 0 至 {_MOST_ZOOM} 之间的两个级别，如 5-12；范围大的图层用更少的级别",
        parameter="zooms",
    )  # fmt: skip


def _only_web(f: str) -> InputError:
    return InputError(
        f"f={f} is for WebMercatorQuad only.", zh=f"f={f} 只用于 WebMercatorQuad。",
        fix="ask for it there, or for f=json here",
        fix_zh="请在 WebMercatorQuad 下请求，或在此用 f=json", parameter="f",
    )  # fmt: skip
