"""Results of processes as answers (成果返回): raw, or in a document with their media type."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import orjson
from fastapi import Response

from geoplan_api.ogc import models
from geoplan_api.ogc.processes.model import OUTPUT

_NO_STORE = {"Cache-Control": "no-store"}


def answer(content: bytes, media: str, name: str, response: str) -> Response:
    """
    Return a result.

    Parameters
    ----------
    content, media, name
        The file, its media type and name.
    response
        ``raw``: as it is. ``document``: JSON, in which what is no JSON stands in base 64.
    """
    is_json = media.endswith("json")
    if response == "raw":
        headers = dict(_NO_STORE)
        if not is_json:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(content, media_type=media, headers=headers)
    value = orjson.loads(content) if is_json else {
        "value": b64encode(content).decode(), "encoding": "base64", "mediaType": media,
    }  # fmt: skip
    return models.json({OUTPUT: value}, _NO_STORE)
