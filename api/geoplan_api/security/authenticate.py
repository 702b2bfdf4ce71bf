"""
Who asks (身份认证): an API key or an OIDC token in a header; without one, everybody.

A credential that is wrong, unknown, revoked or past its end gets the same refusal, so none tells
which keys exist. None is taken from an address: addresses are kept in logs and histories.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, cast

from geoplan.storage.keys import Keys
from geoplan_api.security.errors import TwoCredentialsError, UnauthenticatedError
from geoplan_api.security.principal import PUBLIC, Principal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

    from geoplan_api.security.oidc import Tokens
    from geoplan_api.security.principal import Role
    from geoplan_api.security.state import State

HEADERS = ("x-api-key", "authorization")
_PREFIX = "gp_"


class Authenticator:
    """
    Tells who makes a request.

    Parameters
    ----------
    state
        Where the keys are.
    now
        The clock.
    tokens
        Checks OIDC tokens; None where none are taken.
    """

    def __init__(
        self, state: State, now: Callable[[], datetime], tokens: Tokens | None = None
    ) -> None:
        self._state, self._now, self._tokens = state, now, tokens
        self._once = ""

    def admit_once(self) -> str:
        """Make a key of an administrator that only this process knows, and return it."""
        secret = f"{_PREFIX}{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
        self._once = _digest(secret)
        return secret

    def __call__(self, request: Request) -> Principal:
        """
        Return who asks.

        Raises
        ------
        UnauthenticatedError
            If there is a credential that does not count.
        TwoCredentialsError
            If there is more than one.
        """
        given = [(name, value) for name in HEADERS for value in request.headers.getlist(name)]
        if not given:
            return PUBLIC
        if len(given) > 1:
            raise TwoCredentialsError
        name, value = given[0]
        if name == "x-api-key":
            return self._of_key(value.strip())
        scheme, _, value = value.partition(" ")
        if scheme.lower() != "bearer":
            raise UnauthenticatedError
        value = value.strip()
        if value.startswith(_PREFIX):
            return self._of_key(value)
        if self._tokens is None:
            raise UnauthenticatedError
        return self._tokens.principal(value, now=self._now())

    def _of_key(self, secret: str) -> Principal:
        if self._once and hmac.compare_digest(self._once, _digest(secret)):
            return Principal("admin", "once", "once")
        if not self._state.exists:
            raise UnauthenticatedError
        key = Keys(self._state.opened).check(secret, today=self._now().date())
        if key is None:
            raise UnauthenticatedError
        return Principal(cast("Role", key.role), key.name, key.key_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
