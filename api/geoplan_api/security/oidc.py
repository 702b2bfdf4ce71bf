"""
OIDC tokens (身份令牌): signature, issuer, audience and times checked, groups mapped to a role.

Only RS256 and ES256 are taken, so neither ``none`` nor a public key used as a shared secret. The
provider's keys are fetched when first needed, kept for an hour, and fetched anew for a key id that
is not among them, but not more than once a minute, whatever is sent. On an intranet they may be
a file.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt

from geoplan_api.security.errors import ForbiddenError, NoKeySourceError, UnauthenticatedError
from geoplan_api.security.principal import ROLES, Principal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from geoplan_api.security.principal import Role
    from geoplan_api.settings import Settings

ALGORITHMS = ("RS256", "ES256")
LEEWAY = timedelta(seconds=60)
_FRESH_S, _PAUSE_S, _TIMEOUT_S = 3600.0, 60.0, 5.0
_MOST_BYTES = 1_000_000
_MOST_NAME = 60
_log = logging.getLogger("geoplan.service")


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def fetch(source: str) -> bytes:
    """Return the key set of an https address, or of a file."""
    if not source.startswith(("https://", "http://")):
        return Path(source).read_bytes()
    request = Request(source, headers={"Accept": "application/json"})  # noqa: S310
    with build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S) as answer:
        body: bytes = answer.read(_MOST_BYTES)
        return body


class KeySet:
    """
    The provider's public keys by id.

    Parameters
    ----------
    source
        https address or file of a JWKS.
    fetch
        How it is read.
    clock
        Seconds that only grow.
    """

    def __init__(
        self, source: str, fetch: Callable[[str], bytes] = fetch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._source, self._fetch, self._clock = source, fetch, clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._lock = Lock()
        self._read_at = self._tried_at = float("-inf")

    def get(self, key_id: str | None) -> jwt.PyJWK:
        """
        Return a key.

        Raises
        ------
        UnauthenticatedError
            If the provider has none with this id.
        NoKeySourceError
            If no keys could be had at all.
        """
        with self._lock:
            now = self._clock()
            stale = now - self._read_at >= _FRESH_S or key_id not in self._keys
            if stale and now - self._tried_at >= _PAUSE_S:
                self._tried_at = now
                self._read(now)
            if not self._keys:
                raise NoKeySourceError
            found = self._keys.get(key_id)
        if found is None:
            raise UnauthenticatedError
        return found

    def _read(self, now: float) -> None:
        try:
            content = json.loads(self._fetch(self._source))
            keys = [k for k in content["keys"] if k.get("use", "sig") == "sig"]
            usable = [k for k in keys if (k.get("kty"), k.get("crv")) in _KINDS]
            read = [jwt.PyJWK(k, algorithm=_KINDS[k["kty"], k.get("crv")]) for k in usable]
            self._keys = {k.key_id: k for k in read}
            self._read_at = now
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError,
                jwt.PyJWTError) as error:  # fmt: skip
            _log.warning("the keys of the identity provider cannot be read: %s",
                         type(error).__name__)  # fmt: skip


_KINDS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}


class Tokens:
    """
    Checks tokens of one provider.

    Parameters
    ----------
    issuer, audience
        What ``iss`` and ``aud`` must be.
    keys
        The provider's keys.
    role_claim
        Path of the claim that names groups or roles, parts joined by dots.
    roles
        Group -> role of this service; groups that are not there count for nothing.
    """

    def __init__(
        self, issuer: str, audience: str, keys: KeySet, *,
        role_claim: str = "roles", roles: Mapping[str, Role],
    ) -> None:  # fmt: skip
        self._issuer, self._audience, self._keys = issuer, audience, keys
        self._claim, self._roles = role_claim.split("."), roles

    def principal(self, token: str, *, now: datetime) -> Principal:
        """
        Return who a token is for.

        Of several roles the last in the order of `ROLES` counts.

        Raises
        ------
        UnauthenticatedError
            If the token does not count now.
        ForbiddenError
            If it names no role.
        NoKeySourceError
            If it cannot be checked.
        """
        claims = self._claims(token, now)
        mine = {self._roles[g] for g in self._groups(claims) if g in self._roles}
        if not mine:
            raise ForbiddenError.without_role()
        role = max(mine, key=ROLES.index)
        subject = str(claims["sub"])
        name = claims.get("preferred_username") or claims.get("name") or subject
        plain = "".join(c for c in str(name) if c.isprintable())[:_MOST_NAME]
        mark = hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()[:8]
        return Principal(role, plain, f"oidc-{mark}")

    def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or "crit" in header:
                raise UnauthenticatedError
            key_id = header.get("kid")
            claims: dict[str, Any] = jwt.decode(
                token, self._keys.get(key_id if isinstance(key_id, str) else None),
                algorithms=list(ALGORITHMS), issuer=self._issuer, audience=self._audience,
                options={"require": ["exp", "iss", "aud", "sub"], "verify_exp": False,
                         "verify_nbf": False, "verify_iat": False},
            )  # fmt: skip
            _check_times(claims, now)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise UnauthenticatedError from error
        return claims

    def _groups(self, claims: dict[str, Any]) -> list[str]:
        found: Any = claims
        for part in self._claim:
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, str):
            return found.split()
        return [g for g in found if isinstance(g, str)] if isinstance(found, list) else []


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Compare the token's times with the clock that is given, not with the library's."""
    seconds, slack = now.timestamp(), LEEWAY.total_seconds()
    started = all(float(claims[n]) - slack <= seconds for n in ("nbf", "iat") if n in claims)
    if not (started and seconds < float(claims["exp"]) + slack):  # no number: neither
        raise UnauthenticatedError


def tokens_of(settings: Settings) -> Tokens | None:
    """Return what checks the tokens that the settings ask for, or None."""
    if not settings.oidc_issuer:
        return None
    return Tokens(
        settings.oidc_issuer, settings.oidc_audience, KeySet(settings.oidc_keys),
        role_claim=settings.oidc_role_claim, roles=settings.oidc_roles,
    )  # fmt: skip
