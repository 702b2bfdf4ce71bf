"""
API keys (访问密钥): made at random, kept as digests, each with a role, an end and an owner.

A key is ``gp_`` + 8 characters that name it + ``_`` + 43 random ones. What is kept is SHA-256 of
the whole: a password needs a slow hash because people choose guessable ones, but of 256 random
bits nobody tries a share worth speaking of, and a slow hash would be paid at every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from geoplan.errors import InputError, UnknownIdError

if TYPE_CHECKING:
    from geoplan.storage.service_state import ServiceState

ROLES = ("viewer", "planner", "inspector", "registrar", "admin")
"""Roles that a key can have; without one, everybody is ``public``."""
LASTS_DAYS = 365
_FORM = re.compile(r"gp_(?P<key_id>[0-9a-f]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_NO_DIGEST = "0" * 64
_MOST_DAYS = 3650
_MOST_NAME = 60
_COLUMNS = "key_id, role, name, created_on, expires_on, revoked_on, last_used_on"


@dataclass(frozen=True, slots=True)
class Key:
    """
    One key, without its secret.

    The last day on which it counts is ``expires_on``; days are of UTC.
    """

    key_id: str
    role: str
    name: str
    created_on: date
    expires_on: date
    revoked_on: date | None
    last_used_on: date | None

    def state(self, today: date) -> str:
        """Return ``valid``, ``revoked`` or ``expired``."""
        if self.revoked_on is not None:
            return "revoked"
        return "valid" if today <= self.expires_on else "expired"


class Keys:
    """
    The keys of a service.

    Parameters
    ----------
    state
        Where they are kept.
    """

    def __init__(self, state: ServiceState) -> None:
        self._state = state

    def create(
        self, role: str, name: str, *, today: date, lasts_days: int = LASTS_DAYS
    ) -> tuple[str, Key]:
        """
        Make a key.

        Parameters
        ----------
        role
            One of `ROLES`.
        name
            Whose it is: the name in the access log and beside the records written with it.
        today
            The first day.
        lasts_days
            How many days it counts.

        Returns
        -------
        secret, key
            The secret cannot be had again.

        Raises
        ------
        UnknownIdError
            If there is no such role.
        InputError
            If the name is empty, or the time too short or too long.
        """
        if role not in ROLES:
            raise UnknownIdError.among("role", "角色", role, ROLES)
        name = " ".join(name.split())
        if not 0 < len(name) <= _MOST_NAME or not name.isprintable():
            raise InputError(
                f"The name of a key has 1 to {_MOST_NAME} characters.",
                zh=f"密钥名称为 1 至 {_MOST_NAME} 个字符。",
                fix="say whose key it is: --name 'Li Ming, QGIS'",
                fix_zh="写明归谁使用，如 --name '李明 QGIS'",
            )  # fmt: skip
        if not 0 < lasts_days <= _MOST_DAYS:
            raise InputError(
                f"A key counts 1 to {_MOST_DAYS} days, not {lasts_days}.",
                zh=f"密钥有效期为 1 至 {_MOST_DAYS} 天，不能是 {lasts_days} 天。",
                fix=f"usual are {LASTS_DAYS}", fix_zh=f"通常为 {LASTS_DAYS} 天",
            )  # fmt: skip
        key_id = secrets.token_hex(4)
        secret = f"gp_{key_id}_{secrets.token_urlsafe(32)}"
        key = Key(key_id, role, name, today, today + timedelta(days=lasts_days), None, None)
        self._state.run(
            "INSERT INTO api_keys (key_id, digest, role, name, created_on, expires_on) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (key_id, _digest(secret), role, name, key.created_on.isoformat(),
             key.expires_on.isoformat()),
        )  # fmt: skip
        return secret, key

    def check(self, secret: str, *, today: date) -> Key | None:
        """Return the key that a secret opens today, or None; the day of use is noted."""
        match = _FORM.fullmatch(secret)
        key_id = match["key_id"] if match else ""
        found = self._state.rows(
            f"SELECT digest, {_COLUMNS} FROM api_keys WHERE key_id = ?", (key_id,)
        )
        digest, *cells = found[0] if found else (_NO_DIGEST,)
        same = hmac.compare_digest(digest, _digest(secret))  # as long, found or not
        if not (same and cells):
            return None
        key = _key(cells)
        if key.state(today) != "valid":
            return None
        if key.last_used_on != today:
            self._state.run("UPDATE api_keys SET last_used_on = ? WHERE key_id = ?",
                            (today.isoformat(), key_id))  # fmt: skip
        return key

    def all(self) -> list[Key]:
        """Return every key, in the order made."""
        rows = self._state.rows(f"SELECT {_COLUMNS} FROM api_keys ORDER BY created_on, key_id")
        return [_key(row) for row in rows]

    def revoke(self, key_id: str, *, today: date) -> Key:
        """
        Let a key count no longer, from the next request on.

        Raises
        ------
        UnknownIdError
            If there is no such key.
        """
        self._state.run("UPDATE api_keys SET revoked_on = ? WHERE key_id = ? AND revoked_on "
                        "IS NULL", (today.isoformat(), key_id))  # fmt: skip
        for key in self.all():
            if key.key_id == key_id:
                return key
        raise UnknownIdError.among("key", "密钥", key_id, [k.key_id for k in self.all()])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(cells: list[str] | tuple[str, ...]) -> Key:
    key_id, role, name, *days = cells
    created, expires, revoked, used = (date.fromisoformat(d) if d else None for d in days)
    return Key(key_id, role, name, created, expires, revoked, used)  # type: ignore[arg-type]
