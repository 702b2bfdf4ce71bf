"""Limits (限制): size of a request, how often one may ask, how many heavy ones run at once."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from fastapi import Depends, Request

from geoplan_api.busy import HeavyLoadError, TooManyRequestsError
from geoplan_api.errors import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT = 10_000
_PATIENCE_S = 2.0


class Rate:
    """
    Token buckets: each key or address may ask at a steady rate, and some requests at once.

    Parameters
    ----------
    per_s
        Requests per second; 0 lets everything through.
    burst
        Requests that may come at once.
    clock
        Seconds that only grow.
    """

    def __init__(
        self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, who: str, cost: float = 1.0) -> None:
        """
        Count a request.

        Raises
        ------
        TooManyRequestsError
            If it comes too early; it says how long to wait.
        """
        if not self._per_s:
            return
        with self._lock:
            now = self._clock()
            left, at = self._buckets.pop(who, (float(self._burst), now))
            left = min(self._burst, left + (now - at) * self._per_s)
            enough = left >= 1.0
            self._buckets[who] = (left - cost if enough else left, now)
            while len(self._buckets) > _KEPT:
                self._buckets.popitem(last=False)
        if not enough:
            raise TooManyRequestsError.until(max(1, math.ceil((1.0 - left) / self._per_s)))


class Heavy:
    """
    How many heavy requests run at once; one more waits a little, then is told to come later.

    Parameters
    ----------
    at_once
        The limit.
    """

    def __init__(self, at_once: int) -> None:
        self._turns = BoundedSemaphore(at_once)

    def enter(self) -> None:
        """
        Take a turn; `leave` gives it back.

        Raises
        ------
        HeavyLoadError
            If none is free.
        """
        if not self._turns.acquire(timeout=_PATIENCE_S):
            raise HeavyLoadError.now()

    def leave(self) -> None:
        """Give a turn back."""
        self._turns.release()


def _heavy(request: Request) -> Iterator[None]:
    turns: Heavy = request.app.state.heavy
    turns.enter()
    try:
        yield
    finally:
        turns.leave()


HEAVY = Depends(_heavy, scope="function")
"""Dependency of a route that computes for long: ``dependencies=[HEAVY]``."""


class SizeLimit:
    """
    Answers 413 to a body with more bytes than allowed, said beforehand or not, and 431 to headers.

    Parameters
    ----------
    app
        What it stands before.
    body_kb, header_kb
        The limits, closed; the address counts as a header.
    """

    def __init__(self, app: ASGIApp, body_kb: int, header_kb: int) -> None:
        self.app, self.most_bytes, self._header_bytes = app, body_kb * 1024, header_kb * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        size = sum(len(k) + len(v) for k, v in scope["headers"])
        if size + len(scope.get("query_string", b"")) > self._header_bytes:
            await self._long()(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        size = int(said) if said.isdigit() else 0
        parts: list[bytes] = []
        more = True
        while more and size <= self.most_bytes:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
            size = max(size, sum(map(len, parts)))
        if size > self.most_bytes:
            await self._large()(scope, receive, send)
            return
        sent = False

        async def whole() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}

        await self.app(scope, whole, send)

    def _large(self) -> ASGIApp:
        most = f"{self.most_bytes / 1024:,.0f} KB"
        return problem(413, "too_large", "Body too large", f"请求体超过 {most}。",
                       f"send at most {most}; simplify the shapes")  # fmt: skip

    def _long(self) -> ASGIApp:
        most = f"{self._header_bytes / 1024:,.0f} KB"
        return problem(431, "long_headers", "Headers too long", f"地址和请求头超过 {most}。",
                       f"send at most {most}; a long filter can be a body")  # fmt: skip
