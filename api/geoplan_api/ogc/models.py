"""What the OGC answers look like (响应结构), for the OpenAPI document."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from geoplan_api.ogc.links import GEOJSON, HTML, JSON, MEDIA, SCHEMA

_OPEN = ConfigDict(extra="allow")


class Link(BaseModel):
    """A link (RFC 8288)."""

    model_config = _OPEN

    href: str
    rel: str
    type: str
    title: str


class Landing(BaseModel):
    """The landing page."""

    title: str
    description: str
    attribution: str
    links: list[Link]


class Conformance(BaseModel):
    """The conformance classes."""

    conformsTo: list[str]  # noqa: N815  (the standard's name)


class Spatial(BaseModel):
    """Bounding box, west south east north."""

    bbox: list[list[float]]
    crs: str


class Temporal(BaseModel):
    """Valid time; null is open."""

    interval: list[list[str | None]]
    trs: str


class Extent(BaseModel):
    """Extent of a collection; no spatial one where nothing has a shape."""

    spatial: Spatial | None = None
    temporal: Temporal


class CollectionBody(BaseModel):
    """One collection."""

    model_config = _OPEN

    id: str
    title: str
    description: str
    itemType: str  # noqa: N815
    extent: Extent
    crs: list[str]
    storageCrs: str | None = None  # noqa: N815
    links: list[Link]


class Collections(BaseModel):
    """All collections."""

    links: list[Link]
    collections: list[CollectionBody]


class Schema(BaseModel):
    """A JSON Schema."""

    model_config = _OPEN

    schema_: str = Field(alias="$schema")
    id_: str = Field(alias="$id")
    title: str
    type: str
    properties: dict[str, Any]


_POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}


def _many(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


def _shape(name: str, coordinates: dict[str, Any]) -> dict[str, Any]:
    parts = {"type": {"type": "string", "enum": [name]}, "coordinates": coordinates}
    return {"type": "object", "required": ["type", "coordinates"], "properties": parts}


_RINGS = _many(_many(_POSITION, 4), 1)
_GEOMETRY = {"anyOf": [
    {"type": "null"},
    _shape("Point", _POSITION), _shape("MultiPoint", _many(_POSITION)),
    _shape("LineString", _many(_POSITION, 2)),
    _shape("MultiLineString", _many(_many(_POSITION, 2))),
    _shape("Polygon", _RINGS), _shape("MultiPolygon", _many(_RINGS)),
    {"type": "object", "required": ["type", "geometries"], "properties": {
        "type": {"type": "string", "enum": ["GeometryCollection"]},
        "geometries": _many({"type": "object"}),
    }},
]}  # fmt: skip
FEATURE: dict[str, Any] = {
    "type": "object", "title": "Feature", "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "string"},
        "geometry": _GEOMETRY,
        "properties": {"type": "object", "additionalProperties": True},
    },
}  # fmt: skip
FEATURE_PART: dict[str, Any] = {
    "type": "object",
    "title": "Part of a feature",
    "properties": FEATURE["properties"],
}
"""What a merge patch holds."""
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
FEATURES: dict[str, Any] = {
    "type": "object", "title": "FeatureCollection",
    "required": ["type", "features", "numberMatched", "numberReturned", "timeStamp", "links"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": FEATURE},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "timeStamp": {"type": "string", "format": "date-time"},
        "links": _LINKS,
    },
}  # fmt: skip
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "版本 version, for If-None-Match"}}
_CONTENT_CRS = {"Content-Crs": {"schema": {"type": "string"}, "description": "坐标系 CRS, in <>"}}
_UNCHANGED: dict[str, Any] = {"description": "未变 not changed since the version in If-None-Match"}
_TEXT = {"schema": {"type": "string"}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def page(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route that has JSON of a model and a page."""
    return {200: {"model": model, "content": {HTML: _TEXT}, "headers": _ETAG}, 304: _UNCHANGED}


def schema() -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route that has a JSON Schema."""
    content = {SCHEMA: {"schema": {"type": "object"}}}
    return {200: {"description": "JSON Schema", "content": content, "headers": _ETAG},
            304: _UNCHANGED}  # fmt: skip


def items(schema: dict[str, Any], *, downloads: bool) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route that has features."""
    content: dict[str, Any] = {GEOJSON: {"schema": schema}, HTML: _TEXT}
    if downloads:
        content |= {MEDIA["csv"]: _TEXT, MEDIA["gpkg"]: _BINARY, MEDIA["fgb"]: _BINARY}
    return {
        200: {"description": "要素 features", "content": content, "headers": _ETAG | _CONTENT_CRS},
        304: _UNCHANGED,
    }  # fmt: skip


def written(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    """Return the answer of a route that writes: the record as it is now."""
    location = {"Location": {"schema": {"type": "string"}, "description": "URL"}}
    more = location if status == 201 else {}  # noqa: PLR2004
    content = {GEOJSON: {"schema": FEATURE}}
    return {status: {"description": description, "content": content,
                     "headers": _ETAG | _CONTENT_CRS | more}}  # fmt: skip


def json(body: Any, headers: dict[str, str], media: str = JSON) -> Response:
    """Return an answer in JSON."""
    return Response(orjson.dumps(body), media_type=media, headers=headers)
