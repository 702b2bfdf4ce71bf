"""
Queryables and schemas (可查询字段、字段结构): OGC API Features Part 3 and Part 5.

Both come from the layer's declaration, and hold only what the one who asks may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from fastapi import APIRouter, Request, Response

from geoplan.schemas import Column
from geoplan_api.deps import ViewsDep
from geoplan_api.ogc import models
from geoplan_api.ogc.collections import Collection, CollectionPath, find
from geoplan_api.ogc.links import SCHEMA, base_of
from geoplan_api.ogc.negotiation import choose, digest, headers_of, unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.schemas.model import Dtype
    from geoplan_api.views import Views

router = APIRouter(tags=["features"])
_TYPES: Mapping[str, dict[str, str]] = {
    "str": {"type": "string"}, "set": {"type": "string"}, "int": {"type": "integer"},
    "float": {"type": "number"}, "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}  # fmt: skip
_WORDS = {"point": "point-or-multipoint", "line": "linestring-or-multilinestring",
          "polygon": "polygon-or-multipolygon"}  # fmt: skip
_ROLES = {"valid_from": "primary-interval-start", "valid_to": "primary-interval-end"}


def declared(one: Collection) -> dict[str, Column]:
    """Return the declared columns that are shown, by name."""
    return {c.name: c for c in one.view.columns}


def shown(one: Collection, frame: pd.DataFrame) -> dict[str, Column]:
    """Return the columns that are shown, by name: declared ones, and those only in the data."""
    out = declared(one)
    more = (str(name) for name in frame.columns if name not in out)
    return out | {n: Column(name=n, dtype=_dtype(frame[n]), zh=n) for n in more}


def _dtype(values: pd.Series[Any]) -> Dtype:
    kinds = pd.api.types
    if kinds.is_bool_dtype(values):
        return "bool"
    if kinds.is_integer_dtype(values):
        return "int"
    if kinds.is_float_dtype(values):
        return "float"
    return "date" if kinds.is_datetime64_any_dtype(values) else "str"


def properties(one: Collection, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return the JSON Schema of each property, the shape first."""
    out: dict[str, Any] = {}
    if one.kinds:
        out["geometry"] = {"title": "几何", "x-ogc-role": "primary-geometry",
                           "format": geometry_format(one)}  # fmt: skip
    for name, column in columns.items():
        out[name] = _property(column)
        if (name,) == one.layer.key:
            out[name]["x-ogc-role"] = "id"
        elif name in _ROLES:
            out[name]["x-ogc-role"] = _ROLES[name]
    for number, about in enumerate(out.values(), 1):
        about["x-ogc-propertySeq"] = number
    return out


def geometry_format(one: Collection) -> str:
    """Return the format of the shapes as Part 5 names it."""
    if one.labels:
        return "geometry-point"
    return f"geometry-{_WORDS[one.kinds[0]] if len(one.kinds) == 1 else 'any'}"


def _property(column: Column) -> dict[str, Any]:
    out: dict[str, Any] = {"title": column.zh, **_TYPES[column.dtype]}
    codes = {c.code: c.zh for c in column.choices}
    words = "；".join(f"{code} {zh}" for code, zh in codes.items())
    if column.dtype == "set":
        out["description"] = f"以分号连接的代码 codes joined by ;{'：' if words else ''}{words}"
    elif codes:
        out |= {"enum": list(codes), "description": words}
    if column.unit not in {"", "none"}:
        out["x-ogc-unit"] = column.unit
    limits = {"minimum": column.minimum, "maximum": column.maximum}
    return out | {k: v for k, v in limits.items() if v is not None}


@router.get("/collections/{collectionId}/queryables", response_model=None,
            responses=models.schema())  # fmt: skip
def queryables(request: Request, views: ViewsDep, collection_id: CollectionPath) -> Response:
    """Tell what the items of a collection can be filtered by."""
    return _answer(request, views, collection_id, "queryables")


@router.get("/collections/{collectionId}/schema", response_model=None,
            responses=models.schema())  # fmt: skip
def schema(request: Request, views: ViewsDep, collection_id: CollectionPath) -> Response:
    """Tell what the items of a collection hold, and what a body that is written must hold."""
    return _answer(request, views, collection_id, "schema")


def _answer(request: Request, views: Views, name: str, what: str) -> Response:
    one = find(views, name)
    choose(request, None, (SCHEMA, "json"))
    etag = f'W/"{digest(what, base_of(request), one.version(views))}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    columns = shown(one, one.snapshot(views).frame)
    body = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_of(request)}/collections/{one.id}/{what}",
        "title": one.title, "description": one.layer.en, "type": "object",
        "properties": properties(one, columns), "additionalProperties": False,
    }  # fmt: skip
    if what == "schema":
        body["required"] = required(one)
    return models.json(body, headers_of(etag), SCHEMA)


def required(one: Collection) -> list[str]:
    """Return what a record must have; a key that is not given is made."""
    names = [c.name for c in one.view.columns if c.required and c.name not in one.layer.key]
    shape = bool(one.kinds) and not one.layer.geometry_optional
    return [*names, *(["geometry"] if shape else [])]
