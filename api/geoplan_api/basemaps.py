"""
Own base maps (底图): XYZ or WMTS tiles of configured servers, passed on so that keys stay here.

The service asks only the addresses that its settings name, follows no redirect, and takes only
images of a bounded size.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from http.client import HTTPException
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Annotated, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from fastapi import APIRouter, Path, Response
from fastapi import Request as Asked
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from geoplan.errors import InputError, UnknownIdError
from geoplan_api.errors import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_ZOOM = 24
_MOST_BYTES = 1_000_000
_KEPT_BYTES = 64_000_000
_TIMEOUT_S = 6.0
_AT_ONCE = 8
_WAIT_S = 2.0
_IMAGES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp",
           b"GIF8": "image/gif"}  # fmt: skip

Fetch = tuple[bytes, str]
router = APIRouter(prefix="/basemaps", tags=["basemaps"])


class BaseMap(BaseModel):
    """
    One base map of the settings.

    Parameters
    ----------
    name
        Short name in addresses.
    url
        Address of a tile with ``{z}``, ``{x}``, ``{y}`` (or ``{-y}``, counted from the south) and
        ``{key}``. A WMTS is given by the address of one of its tiles. Web Mercator only.
    key
        Put in place of ``{key}``; it never leaves the server.
    title
        Shown to people.
    attribution
        Whose map it is, and its 审图号.
    min_zoom, max_zoom
        Zooms that the server has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    url: str
    key: SecretStr = SecretStr("")
    title: str = ""
    attribution: str = ""
    min_zoom: int = Field(0, ge=0, le=_MOST_ZOOM)
    max_zoom: int = Field(18, ge=0, le=_MOST_ZOOM)

    @field_validator("url")
    @classmethod
    def _is_template(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or "{" in parts.netloc or not parts.hostname:
            raise ValueError("needs http:// or https:// and a fixed host")
        if "{z}" not in url or "{x}" not in url or ("{y}" not in url and "{-y}" not in url):
            raise ValueError("needs {z}, {x} and {y} (or {-y})")
        return url

    def address(self, z: int, x: int, y: int) -> str:
        """Return the address of one tile, with the key."""
        parts = {"z": z, "x": x, "y": y, "-y": 2**z - 1 - y}
        url = self.url
        for name, value in parts.items():
            url = url.replace(f"{{{name}}}", str(value))
        return url.replace("{key}", quote(self.key.get_secret_value(), safe=""))


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def fetch(url: str) -> tuple[int, bytes]:
    """Ask a server for a tile: its status and at most a byte more than is taken."""
    request = Request(url, headers={"User-Agent": "geoplan", "Accept": "image/*"})  # noqa: S310
    try:
        with build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S) as answer:
            return answer.status, answer.read(_MOST_BYTES + 1)
    except HTTPError as refusal:
        refusal.close()
        return refusal.code, b""
    except (OSError, HTTPException):
        return 0, b""


class BaseMaps:
    """
    The base maps of the settings, and the tiles that were asked for lately.

    Parameters
    ----------
    maps
        From the settings.
    fetch
        How a server is asked.
    """

    def __init__(
        self, maps: Sequence[BaseMap], fetch: Callable[[str], tuple[int, bytes]] = fetch
    ) -> None:
        self.maps = {m.name: m for m in maps}
        self._fetch = fetch
        self._kept: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()
        self._bytes, self._guard = 0, Lock()
        self._turns = BoundedSemaphore(_AT_ONCE)

    def get(self, name: str) -> BaseMap:
        """
        Return a base map.

        Raises
        ------
        UnknownIdError
            If the settings name none such.
        """
        if name not in self.maps:
            raise UnknownIdError.among("base map", "底图", name, self.maps)
        return self.maps[name]

    def tile(self, name: str, z: int, x: int, y: int) -> tuple[int, bytes]:
        """Return status and bytes of a tile; 0 where its server gave no answer, 429 if too many."""
        at = (name, z, x, y)
        with self._guard:
            if at in self._kept:
                self._kept.move_to_end(at)
                return 200, self._kept[at]
        if not self._turns.acquire(timeout=_WAIT_S):
            return 429, b""
        try:
            status, body = self._fetch(self.get(name).address(z, x, y))
        finally:
            self._turns.release()
        if status == 200 and len(body) <= _MOST_BYTES and media_type(body):  # noqa: PLR2004
            self._keep(at, body)
        return status, body

    def _keep(self, at: tuple[str, int, int, int], body: bytes) -> None:
        with self._guard:
            self._bytes += len(body) - len(self._kept.pop(at, b""))
            self._kept[at] = body
            while self._bytes > _KEPT_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def media_type(body: bytes) -> str:
    """Return the type of an image by its first bytes; empty for anything else."""
    return next((kind for head, kind in _IMAGES.items() if body.startswith(head)), "")


@router.get("")
def basemaps(asked: Asked) -> dict[str, Any]:
    """Return the base maps of the settings; neither their servers nor their keys."""
    maps: BaseMaps = asked.app.state.basemaps
    return {"basemaps": [
        {"name": m.name, "title": m.title or m.name, "attribution": m.attribution,
         "minzoom": m.min_zoom, "maxzoom": m.max_zoom,
         "tiles": f"basemaps/{m.name}/{{z}}/{{x}}/{{y}}"}
        for m in maps.maps.values()
    ]}  # fmt: skip


_TILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "瓦片 image", "content": {kind: {} for kind in _IMAGES.values()}},
    204: {"description": "无此瓦片 the server has none"},
    304: {"description": "未变 not changed"},
}


@router.get("/{name}/{z}/{x}/{y}", response_class=Response, responses=_TILE)
def tile(
    asked: Asked,
    name: str,
    z: Annotated[int, Path(ge=0, le=_MOST_ZOOM)],
    x: Annotated[int, Path(ge=0)],
    y: Annotated[int, Path(ge=0)],
) -> Response:
    """Pass on one tile of a base map, row counted from the north."""
    maps: BaseMaps = asked.app.state.basemaps
    found = maps.get(name)
    if max(x, y) >= 2**z or not found.min_zoom <= z <= found.max_zoom:
        raise _no_such_tile(found, z)
    status, body = maps.tile(name, z, x, y)
    if status in {204, 404}:
        return Response(status_code=204)
    kind = media_type(body)
    if status == 429:  # noqa: PLR2004
        answer = problem(503, "base_map_busy", "Base map busy", "底图请求过多，请稍后再试。",
                         "ask again in a few seconds")  # fmt: skip
        answer.headers["Retry-After"] = "3"
        return answer
    if status != 200 or not kind or len(body) > _MOST_BYTES:  # noqa: PLR2004
        told = f"底图服务器的答复不可用（HTTP {status}）。" if status else "底图服务器无应答。"
        return problem(502, "base_map", "Base map unavailable", told,
                       "check url and key of the base map in GEOPLAN_BASEMAPS")  # fmt: skip
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=86400",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    if tag in asked.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def _no_such_tile(found: BaseMap, z: int) -> InputError:
    return InputError(
        f"Base map {found.name} has no such tile at zoom {z}.",
        zh=f"底图 {found.name} 在第 {z} 级没有该瓦片。",
        fix=f"zoom {found.min_zoom} to {found.max_zoom}; x and y below 2^zoom",
        fix_zh=f"级别 {found.min_zoom} 至 {found.max_zoom}；x、y 小于 2 的级别次方",
    )
