"""Errors of the service (错误): one table, one shape, ``application/problem+json``."""

from __future__ import annotations

import json
import logging
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from geoplan.errors import (
    ConflictError,
    GeoplanError,
    InputError,
    MissingFileError,
    ReadOnlyStoreError,
    SecrecyError,
    StoreError,
    UnknownIdError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("geoplan.service")
STATUS: dict[type[GeoplanError], int] = {
    UnknownIdError: 404,
    SecrecyError: 403,
    ReadOnlyStoreError: 403,
    ConflictError: 409,
    MissingFileError: 503,
    StoreError: 503,
    UnreadableFileError: 503,
    InputError: 400,
    GeoplanError: 500,
}
"""Error class -> HTTP status; the first that fits counts."""


def problem(status: int, code: str, title: str, detail: str, fix: str = "",
            context: dict[str, Any] | None = None, *, uri: str = "") -> Response:  # fmt: skip
    """Return the one shape that every error of the service has; ``uri`` of a standard."""
    body = {"type": uri or f"about:blank#{code}", "title": title, "status": status, "code": code,
            "detail": detail, "fix": fix, "context": context or {}}  # fmt: skip
    text = json.dumps(_plain(body), ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status_code=status, media_type="application/problem+json")


def _plain(value: Any) -> Any:
    """Return facts as JSON can hold them."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def refusal(request: Request, error: Exception) -> Response:
    """
    Return the answer to an error, in the language asked for; what nobody expected says nothing.

    An error class may have a ``status``, a ``uri`` of a standard and ``headers`` of its own.
    """
    if isinstance(error, UnicodeEncodeError):  # half a character, as JSON can have it
        return problem(400, "bad_text", "Bad text", "请求中的文字不是 UTF-8。", "send UTF-8")
    if not isinstance(error, GeoplanError):
        known = _request_id(request)
        return problem(500, "internal", "Internal error", "请求未能完成。 The request failed.",
                       "tell the administrator the request id 请将请求编号告知管理员",
                       {"request_id": known})  # fmt: skip
    told = _without_paths(error.as_problem(language(request)), request)
    answer = problem(status_of(error), error.code, type(error).__name__, told["detail"],
                     told["fix"], told["context"], uri=getattr(error, "uri", ""))  # fmt: skip
    answer.headers.update(getattr(error, "headers", {}))
    return answer


def _without_paths(told: Any, request: Request) -> Any:
    """Leave out where on the server the workspace lies: a client is told names of files."""
    if isinstance(told, dict):
        return {key: _without_paths(value, request) for key, value in told.items()}
    city = getattr(request.app.state, "city", None)
    if city is None or not isinstance(told, str):
        return told
    folder = city.settings.workspace
    for path in (folder.resolve(), folder.absolute(), folder):
        told = told.replace(f"{path}/", "").replace(str(path), folder.resolve().name)
    return told


def status_of(error: GeoplanError) -> int:
    """Return the HTTP status of an error of the library or the service."""
    own: int | None = getattr(error, "status", None)
    return own or next(s for kind, s in STATUS.items() if isinstance(error, kind))


def language(request: Request) -> Literal["zh", "en"]:
    """Return the language that a client asks for first, Chinese if it says none."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh"


_WRONG_ZH = {
    "missing": "必填", "extra_forbidden": "没有这一项", "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}", "greater_than": "应大于 {gt}", "less_than": "应小于 {lt}",
    "int_parsing": "应为整数", "float_parsing": "应为数字", "finite_number": "应为有限的数字",
    "bool_parsing": "应为 true 或 false", "literal_error": "应为 {expected} 之一",
    "string_too_long": "不能超过 {max_length} 个字", "too_long": "不能超过 {max_length} 项",
    "json_invalid": "不是 JSON", "dict_type": "应为 JSON 对象", "list_type": "应为 JSON 数组",
    "string_type": "应为文字",
}  # fmt: skip
"""What is wrong with a parameter, by pydantic's kind of error."""


def _bad_request(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if language(request) == "en":
        where = "; ".join(f"{_field(e)}: {e['msg']}" for e in found)
        return problem(400, "bad_request", "Bad request", where, "correct the named parameters",
                       {"fields": [_field(e) for e in found]})  # fmt: skip
    where = "；".join(f"{_field(e)}：{_wrong_zh(e)}" for e in found)
    return problem(400, "bad_request", "Bad request", where, "改正所列的参数",
                   {"fields": [_field(e) for e in found]})  # fmt: skip


def _field(error: Mapping[str, Any]) -> str:
    """Name what is wrong as who sent it wrote it, without ``query`` or ``body`` before it."""
    return ".".join(map(str, error["loc"][1:] or error["loc"]))


def _wrong_zh(error: Mapping[str, Any]) -> str:
    words = _WRONG_ZH.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else str(error["msg"])


_HTTP = {
    400: ("请求无法读懂。 The request cannot be read.", "send well-formed JSON in UTF-8"),
    404: ("没有这个地址。 There is no such address.", "see /api for what there is 见 /api"),
    405: ("此地址不支持该方法。 The address does not take this method.",
          "use a method of the Allow header"),
}  # fmt: skip


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    detail, fix = _HTTP.get(status, (str(error.detail), ""))
    title = HTTPStatus(status).phrase
    answer = problem(status, f"http_{status}", title, detail, fix)
    answer.headers.update(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return answer


def _methods_at(request: Request) -> set[str]:
    """Return all methods of an address; the router names those of the first route alone."""
    found = set[str]()
    for route in request.app.routes:
        inner = getattr(route, "effective_route_contexts", None)
        for one in inner() if inner else [route]:
            if getattr(one, "methods", None) and one.path_regex.match(request.url.path):
                found |= one.methods
    return found


class LastResort:
    """Answers in the one shape to an error that nobody expected, and logs it with its trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def noticing(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noticing)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            request = Request(scope)
            _log.exception("the request failed", extra={"request_id": _request_id(request)})
            await refusal(request, error)(scope, receive, send)


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def install(app: FastAPI) -> None:
    """Make every error of the app answer in the one shape."""
    app.add_exception_handler(GeoplanError, refusal)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, refusal)
