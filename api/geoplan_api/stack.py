"""
What every request passes on its way in and out (请求链), from the outside to the routes.

::

    Requests     an id, a line in the log, metrics
    SafeHeaders  headers that keep browsers from loading or guessing anything
    CORS         only for origins that the settings name
    Audit        what is to be noted is noted before the answer leaves
    SizeLimit    413 and 431
    Admission    who asks; 401, 429
    Head         HEAD on every GET, OPTIONS on every route
    GZip         for those who take it
    LastResort   what nobody expected becomes a 500 of the one shape
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from geoplan_api.errors import LastResort
from geoplan_api.limits import Rate, SizeLimit
from geoplan_api.ogc.head import Head
from geoplan_api.ops.logs import Requests
from geoplan_api.security.admission import Admission
from geoplan_api.security.audit import Audit
from geoplan_api.security.headers import SafeHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI, Request

    from geoplan_api.security.principal import Principal
    from geoplan_api.settings import Settings

_SHOWN = ("ETag", "Link", "Location", "Content-Crs", "Content-Disposition", "Retry-After",
          "X-Request-ID", "OGC-NumberMatched", "OGC-NumberReturned")  # fmt: skip


def install(app: FastAPI, settings: Settings, identify: Callable[[Request], Principal]) -> None:
    """Put the links before an app whose ``state`` has its metrics and ledger."""
    app.add_middleware(LastResort)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=2)
    app.add_middleware(Head)
    rate = Rate(settings.rate_per_s, settings.rate_burst)
    app.add_middleware(Admission, identify=identify, rate=rate)
    app.add_middleware(SizeLimit, body_kb=settings.max_body_kb, header_kb=settings.max_header_kb)
    app.add_middleware(Audit, ledger=app.state.ledger)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["*"],
            allow_headers=["*"], expose_headers=_SHOWN, max_age=3600,
        )  # fmt: skip
    app.add_middleware(SafeHeaders, tls=settings.tls)
    app.add_middleware(Requests, metrics=app.state.metrics)
