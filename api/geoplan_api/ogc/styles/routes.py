"""``/styles`` 样式: how layers are drawn, for web maps, QGIS and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Path, Query, Request, Response

from geoplan.errors import InputError, UnknownIdError
from geoplan_api.deps import ViewsDep
from geoplan_api.ogc import models
from geoplan_api.ogc.links import JSON, base_of, link
from geoplan_api.ogc.negotiation import digest, headers_of, unchanged
from geoplan_api.ogc.styles import files as style_files
from geoplan_api.ogc.styles import maplibre as style_maplibre
from geoplan_api.ogc.tiles.routes import drawn_layers, version_of

if TYPE_CHECKING:
    from geoplan_api.security.access import LayerView
    from geoplan_api.views import Views

router = APIRouter(tags=["styles"])
CITY = "city"
"""The style of all layers together."""
MAPLIBRE, QML, SLD = ("application/vnd.mapbox.style+json", "application/vnd.qgis.qml",
                      "application/vnd.ogc.sld+xml")  # fmt: skip
StylePath = Annotated[str, Path(alias="styleId", description="样式 city, or the id of a layer")]
FormatQuery = Annotated[
    Literal["mapbox", "qml", "sld"] | None, Query(description="格式 mapbox (MapLibre) | qml | sld")
]
KindQuery = Annotated[
    Literal["point", "line", "polygon"] | None,
    Query(description="图形 of a QML or SLD: a QGIS layer has one kind"),
]
_LIST: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON: {"schema": {"type": "object"}}}},
    304: {"description": "未变 not changed"},
}  # fmt: skip
_STYLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "样式 style", "content": {
        MAPLIBRE: {"schema": {"type": "object"}}, QML: {"schema": {"type": "string"}},
        SLD: {"schema": {"type": "string"}}}},
    304: {"description": "未变 not changed"},
}  # fmt: skip


@router.get("/styles", response_model=None, responses=_LIST)
def styles(request: Request, views: ViewsDep) -> Response:
    """Styles: one of each layer that may be seen, and one of all together."""
    base, names = base_of(request), drawn_layers(views)
    etag = f'W/"{digest("styles", base, *names)}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    body = {
        "default": CITY,
        "styles": [_entry(base, CITY, views.city.workspace.file.name, ()),
                   *(_entry(base, n, views.view(n).layer.zh, views.view(n).layer.geometry)
                     for n in names)],
        "links": [link(f"{base}/styles", "self", JSON, "样式 styles")],
    }  # fmt: skip
    return models.json(body, headers_of(etag))


def _entry(base: str, name: str, title: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    url = f"{base}/styles/{name}"
    links = [link(url, "stylesheet", MAPLIBRE, "MapLibre")]
    for kind in kinds:
        links += [link(f"{url}?f={f}&geometry={kind}", "stylesheet", media, f"{f.upper()} {kind}")
                  for f, media in (("qml", QML), ("sld", SLD))]  # fmt: skip
    return {"id": name, "title": title, "links": links}


@router.get("/styles/{styleId}", response_model=None, responses=_STYLE)
def style(
    request: Request, views: ViewsDep, style_id: StylePath, f: FormatQuery = None,
    geometry: KindQuery = None,
) -> Response:  # fmt: skip
    """One style: MapLibre JSON, or QML or SLD of one layer."""
    names = drawn_layers(views)
    if style_id != CITY and style_id not in names:
        raise UnknownIdError.among("style", "样式", style_id, (CITY, *names))
    if f in {"qml", "sld"}:
        return _file(request, views, style_id, str(f), geometry)
    if geometry is not None:
        raise _no_kind(style_id, ())
    chosen = names if style_id == CITY else (style_id,)
    base = base_of(request)
    etag = f'W/"{digest("style", base, style_id, *(version_of(views, (n,)) for n in chosen))}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    pairs = [(views.view(n), version_of(views, (n,))) for n in chosen]
    title = views.city.workspace.file.name if style_id == CITY else pairs[0][0].layer.zh
    body = style_maplibre.style(pairs, base, title, _centre(views), all_shown=style_id != CITY)
    return models.json(body, headers_of(etag), MAPLIBRE)


def _centre(views: Views) -> tuple[float, float] | None:
    """Return the middle of the units, where the map opens."""
    if "admin_units" not in views.names:
        return None
    shapes = views.snapshot("admin_units").shapes
    if shapes is None or not (shapely.is_geometry(shapes) & ~shapely.is_empty(shapes)).any():
        return None
    west, south, east, north = (float(b) for b in shapely.total_bounds(shapes))
    return round((west + east) / 2, 5), round((south + north) / 2, 5)


def _file(request: Request, views: Views, name: str, f: str, kind: str | None) -> Response:
    if name == CITY:
        raise InputError(
            f"f={f} is of one layer.", zh=f"f={f} 只用于单个图层的样式。",
            fix="name a layer instead of city", fix_zh="请用图层编号代替 city", parameter="f",
        )  # fmt: skip
    view = views.view(name)
    kind = kind or view.layer.geometry[0]
    if kind not in view.layer.geometry:
        raise _no_kind(name, view.layer.geometry)
    etag = f'W/"{digest(f, name, kind, view.key)}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    return _written(view, f, kind, etag)


def _written(view: LayerView, f: str, kind: str, etag: str) -> Response:
    body, media = (style_files.qml(view, kind), QML) if f == "qml" else (
        style_files.sld(view, kind), SLD)  # fmt: skip
    said = f'attachment; filename="{view.layer.name}-{kind}.{f}"'
    return Response(body, headers=headers_of(etag, **{"Content-Disposition": said}),
                    media_type=media)  # fmt: skip


def _no_kind(name: str, kinds: tuple[str, ...]) -> InputError:
    shown = ", ".join(kinds) or "f=qml, f=sld"
    return InputError(
        f"{name} has no style of that geometry.", zh=f"{name} 没有该种图形的样式。",
        fix=f"geometry goes with {shown}", fix_zh=f"geometry 可用于 {shown}", parameter="geometry",
    )  # fmt: skip
