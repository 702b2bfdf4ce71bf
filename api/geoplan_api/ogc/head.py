"""HEAD and OPTIONS on every route (头信息与方法): what GET would say, and what may be done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOT_ALLOWED = 405
_METHODS = frozenset(("get", "put", "post", "delete", "patch"))


class Head:
    """
    Answers HEAD as GET without the body, and OPTIONS where a route has no own answer.

    A refused method is answered with all that the address has: a router names those of one route.

    Parameters
    ----------
    app
        What it stands before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and what is sent back through a filter."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self.app(scope, receive, _Refused(scope, send))


def _without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b""}
        await send(message)

    return bare


class _Refused:
    """Completes 405, which is the answer to OPTIONS too: then it is no error."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send, self._turned = scope, send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _NOT_ALLOWED:
            others = [(k, v) for k, v in message["headers"] if k.lower() != b"allow"]
            allow = next((v for k, v in message["headers"] if k.lower() == b"allow"), b"")
            names = allow_header({*allow.decode().split(", "), *_described(self._scope)} - {""})
            self._turned = self._scope["method"] == "OPTIONS"
            if self._turned:
                message = {**message, "status": 204, "headers": [(b"allow", names.encode())]}
            else:
                message = {**message, "headers": [*others, (b"allow", names.encode())]}
        elif self._turned and message["type"] == "http.response.body":
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)


def _described(scope: Scope) -> set[str]:
    """Return the methods that the description of the interface has for an address."""
    found = set[str]()
    for template, methods in scope["app"].openapi()["paths"].items():
        pattern = "[^/]+".join(map(re.escape, re.split(r"{\w+}", template)))
        if re.fullmatch(pattern, scope["path"]):
            found |= {name.upper() for name in _METHODS & set(methods)}
    return found


def allow_header(methods: Iterable[str]) -> str:
    """
    Return the methods of a resource for ``Allow``.

    Examples
    --------
    >>> allow_header(["GET", "POST"])
    'GET, HEAD, OPTIONS, POST'
    """
    names = {*methods, "OPTIONS"}
    return ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))
