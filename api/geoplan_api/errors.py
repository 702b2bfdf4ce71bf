"""Errors of the service (错误): one table, one shape, ``application/problem+json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from geoplan.errors import (
    ConflictError,
    GeoplanError,
    InputError,
    MissingFileError,
    ReadOnlyStoreError,
    SecrecyError,
    StoreError,
    UnknownIdError,
)

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

STATUS: dict[type[GeoplanError], int] = {
    UnknownIdError: 404,
    SecrecyError: 403,
    ReadOnlyStoreError: 403,
    ConflictError: 409,
    MissingFileError: 503,
    StoreError: 503,
    InputError: 400,
    GeoplanError: 500,
}
"""Error class -> HTTP status; the first that fits counts."""


def problem(status: int, code: str, title: str, detail: str, fix: str = "",
            context: dict[str, Any] | None = None) -> JSONResponse:  # fmt: skip
    """Return the one shape that every error of the service has."""
    body = {"type": f"about:blank#{code}", "title": title, "status": status, "code": code,
            "detail": detail, "fix": fix, "context": context or {}}  # fmt: skip
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _ours(_: Request, error: Exception) -> JSONResponse:
    own = error if isinstance(error, GeoplanError) else None
    if own is None:
        return problem(500, "internal", "Internal error", "The request failed.")
    status = next(s for kind, s in STATUS.items() if isinstance(own, kind))
    told = own.as_problem("zh")
    return problem(status, own.code, type(own).__name__, told["detail"], told["fix"],
                   told["context"])  # fmt: skip


def _bad_request(_: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    where = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found)
    return problem(400, "bad_request", "Bad request", where, "correct the named parameters")


def _http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return problem(status, f"http_{status}", detail or "HTTP error", detail)


def install(app: FastAPI) -> None:
    """Make every error of the app answer in the one shape."""
    app.add_exception_handler(GeoplanError, _ours)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _ours)
