"""
The map page (地图页) and its files, as `make web` builds them; without them, how to build them.

The files lie in a folder named by their content, so a browser may keep them for ever and a new
build is fetched at once.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    import os

    from fastapi import FastAPI, Request
    from starlette.types import Scope

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""What the page may load: its own host's files, and nothing written into it."""
_FOR_EVER = "public, max-age=31536000, immutable"
_PACKAGE = Path(__file__).parent
_PLACES = (_PACKAGE / "web" / "dist", _PACKAGE.parent / "web" / "dist")
_UNBUILT = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>geoplan</title>
<meta name="viewport" content="width=device-width"></head><body><main>
<h1>geoplan</h1>
<p>服务已就绪，但地图页尚未构建。The service runs, but its map page was not built yet.</p>
<p>请在仓库中执行 Build it in the repository, then reload: <code>make web</code></p>
<p><a href="?f=json">JSON</a> · <a href="collections">collections 图层</a> ·
<a href="api">OpenAPI</a></p>
</main></body></html>
"""


def assets() -> Path | None:
    """Return the folder of the built page: in the installed package, or beside it in a clone."""
    return next((p for p in _PLACES if (p / "index.html").is_file()), None)


def map_page(request: Request) -> Response:
    """Return the map page; the landing page answers with it where HTML is asked for."""
    folder = assets()
    headers = {"Content-Security-Policy": PAGE_CSP, "Cache-Control": "no-cache", "Vary": "Accept"}
    if folder is None:
        return HTMLResponse(_UNBUILT, headers=headers)
    body = (folder / "index.html").read_bytes()
    # by content: files of a wheel all have one date, and this one always the same length
    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, headers=headers)


class _Files(StaticFiles):
    """The built files: kept for ever by a browser, since another build has another folder."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = _FOR_EVER
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def install(app: FastAPI) -> None:
    """Serve the page's files under ``/web``, and the icon where browsers look for it."""
    folder = assets()
    if folder is not None:
        app.mount("/web", _Files(directory=folder), name="web")

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        found = next(folder.glob("*/icon.svg"), None) if folder else None
        if found is None:
            return Response(status_code=204)
        return FileResponse(found, media_type="image/svg+xml",
                            headers={"Cache-Control": "public, max-age=86400"})  # fmt: skip
