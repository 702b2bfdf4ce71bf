"""
The OpenAPI description (接口说明): as the routes are declared, with the one shape of errors.

Each operation lists the errors that it can give, so a client knows every status beforehand.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

if TYPE_CHECKING:
    from fastapi import FastAPI

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Every error of the service 错误 (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "fix", "context"],
    "properties": {
        "type": {"type": "string", "description": "address of the kind of error"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "stable name, for programs"},
        "detail": {"type": "string", "description": "what is wrong, in Chinese or English"},
        "fix": {"type": "string", "description": "what to do about it"},
        "context": {"type": "object", "description": "facts: parameter, kind, value …"},
    },
    "additionalProperties": False,
}
_SHAPE = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ALWAYS = (400, 401, 403, 404, 405, 406, 429, 431, 500, 503)
_WITH_BODY = (409, 411, 412, 413, 415, 428)
_CREDENTIALS: dict[str, Any] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer", "description": "API key or OIDC token"},
}
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}


def install(app: FastAPI) -> None:
    """Let the app describe itself so, once its routes are there."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, openapi_version=app.openapi_version,
                description=app.description, routes=app.routes, tags=app.openapi_tags,
                servers=app.servers,
            )  # fmt: skip
            app.openapi_schema = completed(made)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def completed(made: dict[str, Any]) -> dict[str, Any]:
    """Add the shape of errors, what operations can answer with it, and the credentials."""
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # 422 never leaves
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    statuses = {*_ALWAYS, *_WITH_BODY}
    parts["responses"] = {
        f"E{status}": {"description": HTTPStatus(status).phrase, "content": _SHAPE}
        for status in sorted(statuses)
    }
    parts["securitySchemes"] = _CREDENTIALS
    made["security"] = [{}, *({name: []} for name in _CREDENTIALS)]
    for path in made["paths"].values():
        for method in _METHODS & set(path):
            _complete(path[method], writes=method in {"put", "post", "patch", "delete"})
    return made


def _complete(operation: dict[str, Any], *, writes: bool) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    for status in (s for s in answers if s >= "4" and "$ref" not in answers[s]):
        answers[status].setdefault("content", _SHAPE)
    for status in (*_ALWAYS, *(_WITH_BODY if writes else ())):
        answers.setdefault(str(status), {"$ref": f"#/components/responses/E{status}"})
