"""The routes of OGC API Features (要素服务), put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan_api.ogc import collections, html, items, landing, schemas, writes

if TYPE_CHECKING:
    from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Add the routes to an app."""
    for part in (landing, collections, schemas, items, writes, html):
        app.include_router(part.router)
