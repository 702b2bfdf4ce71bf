"""
Audit (审计): writes, refusals and reads of guarded layers are noted before the answer leaves.

What cannot be noted is not answered. A layer is guarded if it is for those who plan or who keep
the boundaries, or if state secrets of it are shown; downloads by name count too. Neither queries
nor bodies are kept: they may hold what nobody should find in a log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from geoplan.errors import GeoplanError
from geoplan.storage.access_log import Access, AccessLog, moment
from geoplan_api.errors import refusal
from geoplan_api.security.admission import address_of
from geoplan_api.security.principal import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from geoplan_api.security.state import State

_READS = ("GET", "HEAD", "OPTIONS")
_REFUSED = (401, 403)
_NO_DATA = 300
_ABOUT_DATA = frozenset((
    "/collections", "/collections/{collectionId}", "/collections/{collectionId}/queryables",
    "/collections/{collectionId}/schema", "/collections/{collectionId}/tiles",
    "/collections/{collectionId}/tiles/{tileMatrixSetId}", "/tiles", "/tiles/{tileMatrixSetId}",
    "/styles", "/styles/{styleId}",
))  # fmt: skip
"""Routes that tell of layers, but nothing of what is in them."""
_LONGEST = 500


class Ledger:
    """
    Where accesses are noted; old ones go once a day.

    Parameters
    ----------
    state
        The file.
    now
        The clock.
    kept_days
        How long they are kept.
    """

    def __init__(self, state: State, now: Callable[[], datetime], kept_days: int) -> None:
        self._state, self.now, self._kept_days = state, now, kept_days
        self._purged: date | None = None

    @property
    def log(self) -> AccessLog:
        """The log."""
        return AccessLog(self._state.opened)

    def note(self, access: Access) -> None:
        """Keep one access."""
        now = self.now()
        if self._purged != now.date():
            self._purged = now.date()
            self.log.purge(now=now, kept_days=self._kept_days)
        self.log.add(access)


class Audit:
    """
    Notes what is to be noted.

    Parameters
    ----------
    app
        What it stands before.
    ledger
        Where it is noted.
    """

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self.app, self._ledger = app, ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; note it when its answer begins."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = False

        async def noting(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and _is_noted(scope, message):
                access = _access(scope, message["status"], moment(self._ledger.now()))
                try:
                    await run_in_threadpool(self._ledger.note, access)
                except GeoplanError as error:
                    refused = True
                    await refusal(Request(scope), error)(scope, receive, send)
            if not refused:
                await send(message)

        await self.app(scope, receive, noting)


def _is_noted(scope: Scope, start: Message) -> bool:
    if scope["method"] not in _READS or start["status"] in _REFUSED:
        return True
    state = scope["state"]
    if start["status"] >= _NO_DATA or state.get("route") in _ABOUT_DATA:
        return False
    views = state.get("views")
    if state.get("audited") or (views is not None and views.guarded):
        return True
    names = {name.lower() for name, _ in start["headers"]}
    return state.get("who", PUBLIC).role != "public" and b"content-disposition" in names


def _access(scope: Scope, status: int, at: str) -> Access:
    state = scope["state"]
    who, views = state.get("who", PUBLIC), state.get("views")
    return Access(
        at=at, name=who.name, role=who.role, key_id=who.key_id, address=address_of(scope),
        method=scope["method"], path=scope["path"][:_LONGEST],
        layers=";".join(sorted(views.guarded)) if views is not None else "",
        status=status, rows=views.rows if views is not None else None,
        request_id=state.get("request_id", ""),
    )  # fmt: skip
