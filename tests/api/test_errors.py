"""Every error of the library has a status of its own kind, in the one shape."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from geoplan_api.errors import STATUS, install
from starlette.testclient import TestClient

from geoplan import errors


def one_of_each() -> dict[type[errors.GeoplanError], int]:
    """The tree of errors with the status that callers rely on."""
    return {
        errors.InputError: 400, errors.MissingColumnsError: 400, errors.TransitionRefusedError: 400,
        errors.SecrecyError: 403, errors.ReadOnlyStoreError: 403, errors.UnknownIdError: 404,
        errors.ConflictError: 409, errors.MissingFileError: 503, errors.StoreError: 503,
        errors.StoreUnavailableError: 503, errors.GeoplanError: 500,
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "status"), one_of_each().items())
def test_status_of_each_kind(kind, status):
    app = FastAPI()
    install(app)

    @app.get("/")
    def fails() -> None:
        raise kind("Wrong.", zh="错。", fix="mend it", fix_zh="改正", file="x")

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["detail"], body["fix"]) == (kind.code, "错。", "改正")
    assert body["context"] == {"file": "x"}


def test_a_kind_never_stands_behind_its_parent():
    kinds = list(STATUS)
    for at, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:at]), kind
