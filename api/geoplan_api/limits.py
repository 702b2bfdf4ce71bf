"""Limits (限制): a request body that is too large is refused before it is read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan_api.errors import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """
    Answers 413 where a body has more bytes than allowed, said beforehand or not.

    Parameters
    ----------
    app
        What it stands before.
    most_bytes
        The limit, closed.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
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
            await self._refusal()(scope, receive, send)
            return
        sent = False

        async def whole() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}

        await self.app(scope, whole, send)

    def _refusal(self) -> ASGIApp:
        most = f"{self.most_bytes / 1024:,.0f} KB"
        return problem(413, "too_large", "Body too large", f"请求体超过 {most}。",
                       f"send at most {most}; simplify the shapes")  # fmt: skip
