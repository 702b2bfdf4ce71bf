"""Who asks: a key or a token in a header; one refusal for whatever does not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.identity import AUDIENCE, ISSUER, NOW, key_file, token
from fixtures.service import is_problem
from fixtures.two_counties import write_workspace
from geoplan_api.app import create_app
from geoplan_api.security.authenticate import Authenticator
from geoplan_api.security.oidc import tokens_of
from geoplan_api.settings import Settings
from starlette.testclient import TestClient

from geoplan.storage.keys import Keys

TODAY = NOW.date()
ASKED = "/boundaries/lines"  # nothing of it is for everybody here


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("two-counties"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(folder, tmp_path, clock):
    settings = Settings(
        workspace=folder, state=tmp_path / "state.sqlite", warm=False, rate_per_s=0,
        oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_keys=key_file(tmp_path, "rsa1"),
        oidc_roles={"bureau-planning": "planner"},
    )  # fmt: skip
    app = create_app(settings)
    app.state.identify._now = clock  # the clock of these tests
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def keys(client):
    return Keys(client.app.state.service.opened)


def asked(client, **headers: str):
    return client.get(ASKED, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_everybody_without_a_credential_sees_what_is_public(client):
    is_problem(asked(client), 404, "unknown_id")
    assert client.get("/health/live").status_code == 200


def test_a_key_counts_in_either_header(client, keys):
    secret, key = keys.create("viewer", "甲", today=TODAY)
    assert asked(client, X_API_Key=secret).status_code == 200
    assert asked(client, x_api_key=f" {secret} ").status_code == 200
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert asked(client, Authorization=f"{scheme} {secret}").status_code == 200
    assert keys.all()[0].last_used_on == TODAY
    assert key.last_used_on is None


def test_a_token_counts_as_bearer_only(client):
    assert asked(client, Authorization=f"Bearer {token()}").status_code == 200
    is_problem(asked(client, X_API_Key=token()), 401, "unauthenticated")


def test_whatever_does_not_count_gets_the_same_refusal(client, keys, clock):
    gone, key = keys.create("viewer", "甲", today=TODAY)
    keys.revoke(key.key_id, today=TODAY)
    old, _ = keys.create("viewer", "乙", today=TODAY, lasts_days=1)
    good, _ = keys.create("viewer", "丙", today=TODAY)
    clock.at = NOW + timedelta(days=2)
    tried = [
        {"X_API_Key": gone}, {"X_API_Key": old}, {"X_API_Key": "gp_00000000_" + "A" * 43},
        {"X_API_Key": good[:-1]}, {"X_API_Key": ""}, {"X_API_Key": "x" * 3000},
        {"Authorization": f"Bearer {gone}"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"},
        {"Authorization": f"Basic {good}"}, {"Authorization": good}, {"Authorization": "Bearer a.b.c"},
        {"Authorization": f"Bearer {token()}"},  # its five minutes are over
        {"Authorization": ""},
    ]  # fmt: skip
    answers = [asked(client, **headers) for headers in tried]
    for answer in answers:
        is_problem(answer, 401, "unauthenticated")
        assert "Bearer" in answer.headers["www-authenticate"]
    assert len({a.content for a in answers}) == 1
    assert asked(client, X_API_Key=good).status_code == 200


def test_a_wrong_key_is_refused_where_none_is_needed_too(client):
    is_problem(client.get("/health/live", headers={"X-API-Key": "wrong"}), 401, "unauthenticated")


def test_two_credentials_are_refused(client, keys):
    secret, _ = keys.create("viewer", "甲", today=TODAY)
    is_problem(asked(client, X_API_Key=secret, Authorization=f"Bearer {secret}"), 400,
               "two_credentials")  # fmt: skip
    twice = [("X-API-Key", secret), ("X-API-Key", secret)]
    is_problem(client.get(ASKED, headers=twice), 400, "two_credentials")


def test_no_key_is_taken_from_an_address(client, keys):
    secret, _ = keys.create("viewer", "甲", today=TODAY)
    for name in ("key", "api_key", "apikey", "token", "access_token"):
        body = is_problem(client.get(ASKED, params={name: secret}), 400, "bad_input")
        assert secret not in str(body)


def test_a_token_without_a_role_is_known_but_may_nothing(client):
    body = is_problem(asked(client, Authorization=f"Bearer {token(roles=['x'])}"), 403, "forbidden")
    assert "GEOPLAN_OIDC_ROLES" in body["fix"]


def test_a_revoked_key_fails_from_the_next_request_on(client, keys):
    secret, key = keys.create("viewer", "甲", today=TODAY)
    assert asked(client, X_API_Key=secret).status_code == 200
    keys.revoke(key.key_id, today=TODAY)
    is_problem(asked(client, X_API_Key=secret), 401)


def test_the_key_of_one_run_is_nowhere_kept(folder, tmp_path):
    settings = Settings(workspace=folder, state=tmp_path / "none.sqlite", warm=False)
    app = create_app(settings)
    once: Authenticator = app.state.identify
    secret = once.admit_once()
    with TestClient(app) as client:
        assert client.get("/audit", headers={"X-API-Key": secret}).status_code == 200
        assert client.get("/audit", headers={"X-API-Key": secret[:-1] + "_"}).status_code == 401
    assert secret.encode() not in settings.state.read_bytes()
    with TestClient(create_app(settings)) as client:
        assert client.get("/audit", headers={"X-API-Key": secret}).status_code == 401


def test_a_damaged_state_lets_nobody_in(folder, tmp_path):
    state = tmp_path / "state.sqlite"
    state.write_bytes(b"x" * 5000)
    with TestClient(create_app(Settings(workspace=folder, state=state, warm=False))) as client:
        assert client.get("/health/live").status_code == 200
        answer = client.get(ASKED, headers={"X-API-Key": "gp_00000000_" + "A" * 43})
        is_problem(answer, 503, "bad_store")


def test_settings_without_an_issuer_take_no_tokens(folder):
    assert tokens_of(Settings(workspace=folder)) is None
    assert NOW.tzinfo is UTC
