"""Links and media types (链接) of the OGC routes, absolute to the host that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import Request

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
MEDIA = {
    "json": GEOJSON, "html": HTML, "csv": "text/csv", "gpkg": "application/geopackage+sqlite3",
    "fgb": "application/flatgeobuf",
}  # fmt: skip
"""Format of items as ``f=`` names it -> media type."""
REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def base_of(request: Request) -> str:
    """Return the URL at which the service stands, without a slash at the end."""
    return str(request.base_url).rstrip("/")


def link(href: str, rel: str, media: str, title: str) -> dict[str, str]:
    """Return one link."""
    return {"href": href, "rel": rel, "type": media, "title": title}


def with_query(url: str, pairs: Iterable[tuple[str, object]]) -> str:
    """Return a URL with a query; colons and commas stay readable."""
    text = urlencode([(k, str(v)) for k, v in pairs], safe=":,/")
    return f"{url}?{text}" if text else url


def part(text: str) -> str:
    """Return a text as one part of a path."""
    return quote(text, safe="~")
