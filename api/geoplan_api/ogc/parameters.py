"""Query parameters of items (查询参数说明) for OpenAPI, as the standards define them."""

from __future__ import annotations

from typing import Any

from geoplan_api.ogc.crs import USUAL

DEFAULT_LIMIT, MOST = 100, 10_000
_TEXT = {"type": "string"}
_CRS = {"type": "string", "format": "uri", "enum": list(USUAL)}
_NAMES = {"type": "array", "items": {"type": "string"}}


def _one(name: str, description: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description,
            "schema": schema, "style": "form", "explode": False, **more}  # fmt: skip


def _format(*kinds: str) -> dict[str, Any]:
    return _one("f", f"格式 {' | '.join(kinds)}", {"type": "string", "enum": list(kinds)})


OUT = _one("crs", "坐标系 CRS of the answer; CRS84 if not given", _CRS | {"default": USUAL[0]})
LIMIT = _one(
    "limit", "每页几个 items per page; of a download all, if not given",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
)  # fmt: skip
ITEM = [OUT, _format("json", "html")]
ITEMS = [
    _format("json", "html", "csv", "gpkg", "fgb"),
    LIMIT,
    _one("offset", "跳过几个 items to skip", {"type": "integer", "minimum": 0, "maximum": 10**9}),
    _one("after", "从此编号之后 only items behind this id, as next says", _TEXT),
    _one("before", "到此编号之前 only items ahead of this id, as prev says", _TEXT),
    _one("bbox", "范围 minx,miny,maxx,maxy, or with heights, in bbox-crs", {
        "type": "array", "items": {"type": "number"},
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    }),
    _one("bbox-crs", "bbox 的坐标系 CRS of bbox; CRS84 if not given", _CRS | {"default": USUAL[0]}),
    OUT,
    _one("datetime", "时间 instant, or interval a/b, ../b, a/..", _TEXT),
    _one("filter", "过滤 CQL2", _TEXT),
    _one("filter-lang", "过滤语言 language of filter", {
        "type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text",
    }),
    _one("filter-crs", "过滤中几何的坐标系 CRS of shapes in filter", _CRS | {"default": USUAL[0]}),
    _one("properties", "字段 properties to return", _NAMES),
    _one("sortby", "排序 properties to sort by, - before one for descending", _NAMES),
    _one("queryables", "字段=值 any property of /queryables with the value it is to have",
         {"type": "object", "additionalProperties": _TEXT}, explode=True),
]  # fmt: skip


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description,
            "schema": _TEXT}  # fmt: skip


REASON = _header("X-Reason", "事由，UTF-8 百分号编码 why; UTF-8, percent-encoded")
SEEN = _header("If-Match", "所见版本的 ETag of the version seen; 428 without")
BODY_CRS = _header("Content-Crs", "请求体坐标系 CRS of the body, <URI>; CRS84 if not given")
