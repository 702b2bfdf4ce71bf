"""Format, conditions and headers (内容协商) of the OGC answers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from fastapi import Response

from geoplan import __version__
from geoplan_api.ogc.links import GEOJSON, HTML, JSON, MEDIA
from geoplan_api.ogc.refusals import NotAcceptableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import Request

VARY = "Accept"  # on credentials too, as every answer says
_ALSO = {"json": (GEOJSON, JSON), "html": (HTML, "application/xhtml+xml")}


def choose(request: Request, f: str | None, known: Sequence[str]) -> str:
    """
    Return the format of an answer: what ``f=`` names, else what the client likes best.

    Parameters
    ----------
    request
        Has ``Accept``.
    f
        Already checked.
    known
        The formats there are, the default first.

    Raises
    ------
    NotAcceptableError
        If the client accepts none of them.
    """
    accept = request.headers.get("accept", "*/*")
    if f is not None:
        return f
    best, most = "", 0.0
    for kind in known:
        weight = max(_weight(accept, media) for media in _ALSO.get(kind, (MEDIA.get(kind, kind),)))
        if weight > most:
            best, most = kind, weight
    if not best:
        raise NotAcceptableError.among(accept, (MEDIA[k] for k in known))
    return best


def _weight(accept: str, media: str) -> float:
    """Return how much a client likes a media type: the most exact of its ranges counts."""
    found = (-1, 0.0)
    for text in accept.split(","):
        name, *options = (p.strip() for p in text.split(";"))
        group = f"{media.split('/', maxsplit=1)[0]}/*"
        exact = {"*/*": 0, group: 1, media: 2}.get(name.lower() or "*/*")
        if exact is None:
            continue
        quality = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            found = max(found, (exact, min(max(float(quality), 0.0), 1.0)))
        except ValueError:
            continue
    return found[1]


def digest(*parts: object) -> str:
    """Return a short text that is the same only for the same parts."""
    text = "\x1f".join(map(str, (*parts, __version__)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def headers_of(etag: str, **more: str) -> dict[str, str]:
    """Return the headers of an answer that is asked again each time, and sent if it changed."""
    return {"ETag": etag, "Cache-Control": "no-cache", "Vary": VARY, **more}


def unchanged(request: Request, etag: str) -> Response | None:
    """Return 304 if the client has the answer already."""
    given = request.headers.get("if-none-match")
    if given is None:
        return None
    tags = {t.strip().removeprefix("W/") for t in given.split(",")}
    if "*" not in tags and etag.removeprefix("W/") not in tags:
        return None
    return Response(status_code=304, headers=headers_of(etag))
