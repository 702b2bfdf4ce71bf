"""Every error on every route has the one shape, and the description says so."""

from __future__ import annotations

import pytest
from fixtures.service import PROBLEM, is_problem, operations, service
from fixtures.two_counties import write_workspace

WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_workspace(tmp_path_factory.mktemp("two-counties"))
    with service(folder, max_body_kb=8) as client:
        yield client


@pytest.fixture(scope="module")
def routes(client):
    return sorted(operations(client.app))


def filled(path: str) -> str:
    """A path with something in its places that is there nowhere."""
    for name in ("z", "x", "y", "tileMatrix", "tileRow", "tileCol"):
        path = path.replace(f"{{{name}}}", "1")
    while "{" in path:
        path = path[: path.index("{")] + "nothing-such" + path[path.index("}") + 1 :]
    return path


def test_there_are_routes_of_every_kind(routes):
    assert len(routes) > 50
    assert {"GET", "POST", "PUT", "DELETE"} <= {method for method, _ in routes}


def test_an_unknown_parameter_is_a_problem_on_every_route(client, routes):
    for method, path in routes:
        if path in {"/openapi.json", "/favicon.ico", "/browse.css"} or method == "OPTIONS":
            continue
        answer = client.request(method, filled(path), params={"no_such_parameter": "1"})
        assert answer.status_code in range(400, 500), (method, path, answer.text[:300])
        is_problem(answer, answer.status_code)


def test_a_wrong_method_is_a_problem_on_every_route(client, routes):
    for path in sorted({path for _, path in routes}):
        there = {m for m, p in routes if filled(p) == filled(path)}
        for method in {"GET", *WRITES, "TRACE", "NONSENSE"} - there:
            answer = client.request(method, filled(path))
            is_problem(answer, 405, "http_405")
            assert there <= set(answer.headers["allow"].replace(" ", "").split(","))


BODIES = [b"", b"{", b"null", b"[]", b'"\xff"', b"\xff\xfe\x00", b'{"a": NaN}', b"[" * 4000,
          b'{"a":' * 1500, b'{"type": "Feature"}', b"1e999", b'{"\\ud800": "\\ud800"}']  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_makes_no_sense_is_a_problem_on_every_route(client, routes, body):
    for method, path in routes:
        if method in {"POST", "PUT", "PATCH"}:
            for kind in ("application/json", "text/plain", "multipart/form-data", "x"):
                answer = client.request(
                    method, filled(path), content=body, headers={"Content-Type": kind}
                )
                assert answer.status_code < 500, (method, path, kind, answer.text[:300])
                if answer.status_code >= 400:
                    is_problem(answer, answer.status_code)


def test_a_large_body_is_a_problem_on_every_route(client, routes):
    for method, path in routes:
        if method in WRITES:
            is_problem(client.request(method, filled(path), content=b" " * 9000), 413, "too_large")


@pytest.mark.parametrize("path", [
    "/nowhere", "/boundaries", "/boundaries/lines/", "/collections/../etc/passwd", "/%00", "/web/nothing.js",
    "/%ff", "/health", "/collections/%2e%2e/items", "/\u4e2d",
])  # fmt: skip
def test_an_unknown_address_is_a_problem(client, path):
    answer = client.get(path, follow_redirects=False)
    is_problem(answer, answer.status_code)
    assert answer.status_code in {400, 404}


def test_errors_speak_the_language_asked_for(client):
    zh = is_problem(client.get("/boundaries/defects", params={"kind": "x"}), 404)
    en = is_problem(client.get("/boundaries/defects", params={"kind": "x"},
                               headers={"Accept-Language": "en-GB,zh;q=0.5"}), 404)  # fmt: skip
    assert zh["detail"].startswith("没有")
    assert en["detail"].startswith("No kind")
    assert zh["context"] == en["context"]


def test_the_description_has_the_shape_and_every_error(client):
    made = client.get("/openapi.json").json()
    shape = made["components"]["schemas"]["Problem"]
    assert set(shape["properties"]) == set(shape["required"]) == PROBLEM
    assert "HTTPValidationError" not in made["components"]["schemas"]
    assert set(made["components"]["securitySchemes"]) == {"ApiKey", "Bearer"}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            if method in {"parameters", "summary", "description"}:
                continue
            answers = operation["responses"]
            assert "422" not in answers, path
            assert {"400", "401", "403", "404", "405", "406", "429", "500", "503"} <= set(answers)
            if method in {"post", "put", "patch", "delete"}:
                assert {"409", "412", "413", "415"} <= set(answers), path
            for status in (s for s in answers if s >= "4"):
                told = answers[status]
                if "$ref" in told:
                    told = made["components"]["responses"][told["$ref"].rsplit("/", 1)[1]]
                assert list(told["content"]) == ["application/problem+json"], (path, status)


def test_a_broken_file_is_named_without_its_place_on_the_server(tmp_path):
    folder = write_workspace(tmp_path / "secret-place")
    for file in folder.glob("*"):
        if file.suffix != ".toml":
            file.write_bytes(b"broken")
    with service(folder, "viewer") as client:
        answer = client.get("/collections/admin_units/items")
        body = is_problem(answer, 503)
    assert "secret-place" not in answer.text
    assert "admin" in body["detail"]


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "limit：不能小于 1"), ("en", "limit: Input should be")]
)
def test_a_bad_parameter_is_told_in_the_language_asked_for(tmp_path, language, said):
    with service(write_workspace(tmp_path), "viewer") as client:
        answer = client.get("/collections/admin_units/items", params={"limit": 0},
                            headers={"Accept-Language": language})  # fmt: skip
    body = is_problem(answer, 400, "bad_request")
    assert body["detail"].startswith(said)
    assert body["context"] == {"fields": ["limit"]}
