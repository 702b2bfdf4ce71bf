"""OIDC tokens: who signed them, for whom, until when; and what role they give."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fixtures.identity import AUDIENCE, ISSUER, NOW, jwks, private, token
from geoplan_api.security.errors import ForbiddenError, NoKeySourceError, UnauthenticatedError
from geoplan_api.security.oidc import KeySet, Tokens

ROLES = {"bureau-planning": "planner", "bureau-staff": "viewer", "boundary": "inspector"}


class Provider:
    """Gives the keys it has at the moment, and counts how often it was asked."""

    def __init__(self, *kids: str) -> None:
        self.body, self.asked, self.second = jwks(*kids), 0, 0.0

    def fetch(self, _: str) -> bytes:
        self.asked += 1
        if isinstance(self.body, Exception):
            raise self.body
        return self.body

    def tokens(self, **options) -> Tokens:
        keys = KeySet("https://id.example.cn/jwks", self.fetch, lambda: self.second)
        return Tokens(ISSUER, AUDIENCE, keys, **{"roles": ROLES, **options})


@pytest.fixture
def provider():
    return Provider("rsa1", "ec1")


def counts(tokens: Tokens, text: str, now=NOW) -> bool:
    try:
        tokens.principal(text, now=now)
    except UnauthenticatedError:
        return False
    return True


@pytest.mark.parametrize("kid", ["rsa1", "ec1"])
def test_a_token_of_the_provider_gives_name_and_role(provider, kid):
    who = provider.tokens().principal(token(kid), now=NOW)
    assert (who.role, who.name) == ("planner", "王芳")
    assert who.key_id.startswith("oidc-")
    other = provider.tokens().principal(token(kid, sub="u-18"), now=NOW)
    assert other.key_id != who.key_id


@pytest.mark.parametrize("claims", [
    {"iss": "https://evil.example"}, {"iss": None}, {"iss": ISSUER + "/"}, {"aud": "other"}, {"aud": None},
    {"aud": ["other"]}, {"sub": None}, {"exp": None}, {"exp": NOW - timedelta(seconds=61)},
    {"exp": "soon"}, {"exp": 1e400}, {"exp": float("nan")}, {"nbf": NOW + timedelta(seconds=61)},
    {"iat": NOW + timedelta(hours=1)},
])  # fmt: skip
def test_a_token_for_another_or_out_of_its_time_does_not_count(provider, claims):
    if claims.get("exp") == 1e400:
        claims = {"exp": 10**400}
    assert not counts(provider.tokens(), token(**claims))


def test_clocks_may_differ_by_a_minute(provider):
    tokens = provider.tokens()
    assert counts(tokens, token(exp=NOW - timedelta(seconds=59)))
    assert not counts(tokens, token(exp=NOW - timedelta(seconds=60)))  # its end is not in it
    assert counts(tokens, token(nbf=NOW + timedelta(seconds=60)))
    assert counts(tokens, token(aud=["other", AUDIENCE]))


def unsigned(header: dict, claims: dict) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode()
             for p in (header, claims))  # fmt: skip
    return ".".join(parts) + "."


def test_forged_tokens_do_not_count(provider):
    tokens, good = provider.tokens(), token()
    claims = jwt.decode(good, options={"verify_signature": False})
    head, body, signature = good.split(".")
    public = (
        private("rsa1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    admin = base64.urlsafe_b64encode(json.dumps(claims | {"roles": ["x"]}).encode()).decode()
    forged = [
        unsigned({"alg": "none", "kid": "rsa1"}, claims), unsigned({"alg": "None"}, claims),
        f"{head}.{admin.rstrip('=')}.{signature}", f"{head}.{body}.", f"{head}.{body}", "a.b.c", "",
        token(key=private("rsa9")),  # signed by somebody else, under the provider's key id
        token(headers={"kid": "ec1"}),  # the id of a key of another kind
        token(headers={"crit": ["x"]}), jwt.encode(claims, private("rsa1"), "RS256"),
        good + "A" * 5, good.replace(".", ". "),
    ]  # fmt: skip
    assert [t for t in forged if counts(tokens, t)] == []
    secret = base64.urlsafe_b64encode(public).decode()
    with pytest.raises(jwt.InvalidKeyError):  # the library makes no such token
        token(key=public, algorithm="HS256")
    assert not counts(tokens, jwt.encode(claims, secret, "HS256", headers={"kid": "rsa1"}))
    assert counts(tokens, good)


def test_other_algorithms_of_a_right_key_do_not_count(provider):
    assert not counts(provider.tokens(), token(algorithm="PS256"))
    assert not counts(provider.tokens(), token(algorithm="RS512"))


def test_groups_are_mapped_and_the_farthest_role_counts(provider):
    tokens = provider.tokens()
    both = token(roles=["bureau-staff", "boundary", "unknown", 7])
    assert tokens.principal(both, now=NOW).role == "inspector"
    assert tokens.principal(token(roles="bureau-staff other"), now=NOW).role == "viewer"
    for roles in (["nobody"], [], None, {"a": 1}, "admin", ["admin"]):
        with pytest.raises(ForbiddenError):  # "admin" is no group of the mapping
            tokens.principal(token(roles=roles), now=NOW)
    deep = provider.tokens(role_claim="realm_access.roles")
    assert deep.principal(token(realm_access={"roles": ["boundary"]}), now=NOW).role == "inspector"
    with pytest.raises(ForbiddenError):
        deep.principal(token(realm_access="boundary"), now=NOW)


def test_keys_are_fetched_once_and_again_when_they_are_old(provider):
    tokens = provider.tokens()
    assert provider.asked == 0  # nothing happens before the first token
    assert all(counts(tokens, token(k)) for k in ("rsa1", "ec1", "rsa1"))
    assert provider.asked == 1
    provider.second = 3601.0
    assert counts(tokens, token())
    assert provider.asked == 2


def test_a_new_key_counts_within_a_minute_and_unknown_ids_do_not_flood_the_provider(provider):
    tokens = provider.tokens()
    assert counts(tokens, token())
    provider.body = jwks("rsa1", "rsa2")
    for k in range(50):
        assert not counts(tokens, token("rsa2", headers={"kid": f"made-up-{k}"}))
    assert provider.asked == 1  # it was asked a moment ago
    provider.second = 61.0
    assert counts(tokens, token("rsa2"))
    assert not counts(tokens, token("ec1"))  # withdrawn
    assert provider.asked == 2


@pytest.mark.parametrize("body", [
    OSError("no route"), b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": [7]}', b"\xff\xfe",
    b'{"keys": [{"kty": "RSA", "kid": "rsa1", "n": "!", "e": "!"}]}',
])  # fmt: skip
def test_without_keys_no_token_can_be_checked_but_known_ones_go_on(provider, body):
    broken = Provider("rsa1")
    broken.body = body
    with pytest.raises(NoKeySourceError) as told:
        broken.tokens().principal(token(), now=NOW)
    assert told.value.headers["Retry-After"] == "30"
    tokens = provider.tokens()
    assert counts(tokens, token())
    provider.body, provider.second = body, 7200.0
    assert counts(tokens, token())


def test_keys_that_sign_nothing_here_are_left_out():
    provider = Provider("rsa1")
    provider.body = jwks("rsa1", use="enc")
    with pytest.raises(NoKeySourceError):
        provider.tokens().principal(token(), now=NOW)
    mixed = json.loads(jwks("rsa1"))
    mixed["keys"].insert(0, {"kty": "oct", "kid": "s", "k": "AAAA"})
    provider = Provider("rsa1")
    provider.body = json.dumps(mixed).encode()
    tokens = provider.tokens()
    assert counts(tokens, token())
    assert not counts(tokens, jwt.encode({"sub": "a"}, "x" * 32, "HS256", headers={"kid": "s"}))
