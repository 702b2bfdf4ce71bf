"""The log (日志): one JSON object per line, each request with its id; no query, no key."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any, TextIO

from starlette.datastructures import MutableHeaders

from geoplan_api.security.principal import PUBLIC

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from geoplan_api.ops.metrics import Metrics

_log = logging.getLogger("geoplan.service")
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName",
                                                        "color_message"}  # fmt: skip


class JsonLines(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "at": f"{at}.{int(record.msecs):03d}Z", "level": record.levelname,
            "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        line |= {k: v for k, v in vars(record).items() if k not in _USUAL}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to standard error as it is then: whoever replaced it may have closed the old one."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        pass


def to_stderr(level: str) -> None:
    """Write the log of the service and its server to standard error, as JSON lines."""
    handler = _Stderr()
    handler.setFormatter(JsonLines())
    for name in ("geoplan", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


class Requests:
    """
    Gives each request an id, and tells log and metrics what became of it.

    An id that the client or a proxy gives is kept, if it is a plain word.

    Parameters
    ----------
    app
        What it stands before.
    metrics
        Counts and times.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        known = given.decode() if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = known
        began, status, size = time.perf_counter(), 500, 0

        async def telling(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = known
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            with self._metrics.running():
                await self.app(scope, receive, telling)
        finally:
            took_s = time.perf_counter() - began
            self._metrics.observe(route_of(scope), scope["method"], status, took_s)
            _tell(scope, status, size, took_s)


def route_of(scope: Scope) -> str:
    """Return the template of the route, so that metrics have few names; ``other`` for none."""
    return str(scope["state"].get("route") or "other")  # noted by `deps.only_known`


def _tell(scope: Scope, status: int, size: int, took_s: float) -> None:
    state = scope["state"]
    who = state.get("who", PUBLIC)
    _log.info("request", extra={
        "request_id": state["request_id"], "method": scope["method"], "path": scope["path"],
        "route": route_of(scope), "status": status, "ms": round(took_s * 1000, 1), "bytes": size,
        "role": who.role, "key_id": who.key_id,
    })  # fmt: skip
