"""At the door (准入): who asks is found once, counted, and handed on with the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from geoplan.errors import GeoplanError
from geoplan_api.errors import refusal
from geoplan_api.security.authenticate import HEADERS
from geoplan_api.security.principal import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from geoplan_api.limits import Rate
    from geoplan_api.security.principal import Principal

_UNCOUNTED = ("/health/",)
_COST_OF_A_WRONG_KEY = 50.0
_CREDENTIALS = frozenset(name.encode() for name in HEADERS)


class Admission:
    """
    Sets ``request.state.who``, or answers why not.

    A wrong credential costs its address as much as many requests, so guessing soon has to wait.

    Parameters
    ----------
    app
        What it stands before.
    identify
        Tells who makes a request.
    rate
        How often one may ask.
    """

    def __init__(self, app: ASGIApp, identify: Callable[[Request], Principal], rate: Rate) -> None:
        self.app, self._identify, self._rate = app, identify, rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["who"] = PUBLIC
        try:
            state["who"] = await self._admit(scope)
        except GeoplanError as error:
            await refusal(Request(scope), error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _admit(self, scope: Scope) -> Principal:
        request, address = Request(scope), address_of(scope)
        try:
            if any(name in _CREDENTIALS for name, _ in scope["headers"]):
                who = await run_in_threadpool(self._identify, request)
            else:
                who = self._identify(request)
        except GeoplanError:
            self._rate.take(address, _COST_OF_A_WRONG_KEY)
            raise
        if not scope["path"].startswith(_UNCOUNTED):
            self._rate.take(who.key_id or address)
        return who


def address_of(scope: Scope) -> str:
    """Return where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""
