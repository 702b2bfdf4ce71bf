"""
Headers of every answer (安全响应头): nothing is loaded from another host, nothing is guessed.

A route that needs more, as the map page does, sets its own; what is set is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PAPER_CSP = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report as a page carries its own script and style; it runs as a page of no origin."""
USUAL = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=31536000; includeSubDomains"


class SafeHeaders:
    """
    Adds the headers that an answer does not have yet.

    Parameters
    ----------
    app
        What it stands before.
    tls
        Whether clients come by https only.
    """

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self.app = app
        self._usual = USUAL | ({"Strict-Transport-Security": _HSTS} if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if _is_paper(headers):
                    headers.setdefault("Content-Security-Policy", PAPER_CSP)
                for name, value in self._usual.items():
                    headers.setdefault(name, value)
                state = scope.get("state", {})
                named = getattr(state.get("who"), "role", "public") != "public"
                if named or message["status"] >= 400:  # noqa: PLR2004
                    headers.setdefault("Cache-Control", "private, no-cache")
                headers.add_vary_header("X-API-Key")
                headers.add_vary_header("Authorization")
            await send(message)

        await self.app(scope, receive, add)


def _is_paper(headers: MutableHeaders) -> bool:
    named = "content-disposition" in headers
    return named and headers.get("content-type", "").startswith("text/html")
