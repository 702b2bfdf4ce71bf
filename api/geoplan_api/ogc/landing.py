"""``/`` 首页, ``/conformance`` 符合性, ``/api`` 接口定义."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from geoplan import __version__
from geoplan_api.deps import ViewsDep
from geoplan_api.ogc import html, models, openapi
from geoplan_api.ogc.links import HTML, JSON, OPENAPI, REL, base_of, link
from geoplan_api.ogc.negotiation import choose, digest, headers_of, unchanged
from geoplan_api.web import map_page

router = APIRouter(tags=["core"])
_SPEC = "http://www.opengis.net/spec/"
CONFORMS = tuple(
    _SPEC + name
    for name in (
        *(f"ogcapi-common-1/1.0/conf/{c}" for c in ("core", "landing-page", "json", "oas30")),
        "ogcapi-common-2/1.0/conf/collections",
        *(f"ogcapi-features-1/1.0/conf/{c}" for c in ("core", "oas30", "geojson", "html")),
        "ogcapi-features-2/1.0/conf/crs",
        *(f"ogcapi-features-3/1.0/conf/{c}" for c in (
            "queryables", "queryables-query-parameters", "filter", "features-filter")),
        *(f"cql2/1.0/conf/{c}" for c in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
            "case-insensitive-comparison", "accent-insensitive-comparison",
            "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
            "temporal-functions", "array-functions", "property-property", "arithmetic")),
        *(f"ogcapi-features-4/1.0/conf/{c}" for c in (
            "create-replace-delete", "update", "optimistic-locking-etags", "features")),
        *(f"ogcapi-features-5/1.0/conf/{c}" for c in (
            "schemas", "core-roles-features", "returnables-and-receivables", "queryables")),
        *(f"ogcapi-tiles-1/1.0/conf/{c}" for c in ("core", "tileset", "tilesets-list", "mvt")),
        "ogcapi-styles-1/1.0/conf/core",
        *(f"ogcapi-processes-1/1.0/conf/{c}" for c in (
            "core", "json", "job-list", "dismiss", "ogc-process-description")),
    )
)  # fmt: skip
"""Conformance classes; nobody certified them."""


@router.get("/", response_model=None, responses=models.page(models.Landing))
def landing(
    request: Request, views: ViewsDep,
    f: Annotated[Literal["json", "html"] | None, Query(description="格式 json | html")] = None,
) -> Response:  # fmt: skip
    """Where everything is: JSON for programs, the map page for people."""
    if choose(request, f, ("json", "html")) == "html":
        return map_page(request)
    base, file = base_of(request), views.city.workspace.file
    note = "演示数据·非真实 demonstration data, not real. " if file.synthetic else ""
    body = {
        "title": file.title or file.name,
        "description": f"{note}民政设施、界线、地名 civil-affairs facilities, boundaries, names",
        "attribution": f"geoplan {__version__}", "links": _links(base),
    }  # fmt: skip
    etag = f'W/"{digest("landing", body)}"'
    return unchanged(request, etag) or models.json(body, headers_of(etag))


def _links(base: str) -> list[dict[str, str]]:
    return [
        link(f"{base}/?f=json", "self", JSON, "本页 this document"),
        link(f"{base}/?f=html", "alternate", HTML, "地图 map"),
        link(f"{base}/api", "service-desc", OPENAPI, "接口定义 API definition"),
        link(f"{base}/api.html", "service-doc", HTML, "接口文档 API documentation"),
        link(f"{base}/conformance", "conformance", JSON, "符合性 conformance classes"),
        link(f"{base}/conformance", f"{REL}conformance", JSON, "符合性 conformance classes"),
        link(f"{base}/collections", "data", JSON, "图层 collections"),
        link(f"{base}/collections", f"{REL}data", JSON, "图层 collections"),
        link(f"{base}/tileMatrixSets", f"{REL}tiling-schemes", JSON, "瓦片矩阵 tile matrix sets"),
        link(f"{base}/styles", f"{REL}styles", JSON, "样式 styles"),
        link(f"{base}/processes", f"{REL}processes", JSON, "分析 processes"),
        link(f"{base}/jobs", f"{REL}job-list", JSON, "作业 jobs"),
    ]  # fmt: skip


@router.get("/conformance", response_model=models.Conformance)
def conformance() -> dict[str, Any]:
    """Which conformance classes the service claims."""
    return {"conformsTo": CONFORMS}


@router.get("/api", response_model=None,
            responses={200: {"description": "OpenAPI 3.0",
                             "content": {OPENAPI: {"schema": {"type": "object"}}}}})  # fmt: skip
def api(request: Request) -> Response:
    """Return the definition of this interface, as OpenAPI 3.0."""
    return models.json(openapi.as_30(request.app.openapi()), {"Cache-Control": "no-cache"}, OPENAPI)


@router.get("/api.html", response_model=None,
            responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}})  # fmt: skip
def api_page(request: Request, views: ViewsDep) -> Response:
    """Return the definition of this interface for people."""
    document = request.app.openapi()
    operations = [
        (path, method, about) for path, methods in document["paths"].items()
        for method, about in methods.items() if isinstance(about, dict)
    ]  # fmt: skip
    return html.page("api.html", request, views, {"Cache-Control": "no-cache"},
                     document=document, operations=operations)  # fmt: skip
