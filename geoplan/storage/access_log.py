"""
The access log (访问审计日志): who read or wrote what through the service, and when.

Rows are only added; those older than the service keeps go by `AccessLog.purge`.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from geoplan.errors import InputError
from geoplan.storage.service_state import KEPT_DAYS

if TYPE_CHECKING:
    from geoplan.storage.service_state import ServiceState


@dataclass(frozen=True, slots=True)
class Access:
    """
    One request.

    Parameters
    ----------
    at
        When, in UTC.
    name, role, key_id, address
        Who: the name and id of the key or token, and where the request came from.
    method, path
        What was asked, without the query.
    layers
        Guarded layers that were read, joined by ``;``.
    status
        Of the answer.
    rows
        How many rows the answer gave, where the route says it.
    request_id
        The same as in the service's log and the answer's header.
    """

    at: str
    name: str
    role: str
    key_id: str
    address: str
    method: str
    path: str
    layers: str
    status: int
    rows: int | None
    request_id: str


COLUMNS = tuple(f.name for f in fields(Access))
_NAMES = ", ".join(COLUMNS)


class AccessLog:
    """
    The log of a service.

    Parameters
    ----------
    state
        Where it is kept.
    """

    def __init__(self, state: ServiceState) -> None:
        self._state = state

    def add(self, access: Access) -> None:
        """Add one row; once this returns, it is kept."""
        places = ", ".join("?" * len(COLUMNS))
        self._state.run(f"INSERT INTO access_log ({_NAMES}) VALUES ({places})", astuple(access))

    def read(
        self, *, since: datetime | None = None, until: datetime | None = None, name: str = "",
        limit: int = 100, before: int | None = None,
    ) -> list[tuple[int, Access]]:  # fmt: skip
        """
        Return rows with their numbers, the newest first.

        Parameters
        ----------
        since, until
            From this moment, and before that one.
        name
            Only of one name.
        limit
            How many at most.
        before
            Only rows with smaller numbers: the last one of the page before.
        """
        sql = f"SELECT id, {_NAMES} FROM access_log WHERE at >= ? AND at < ?"
        values: list[object] = [moment(since) if since else "", moment(until) if until else "9"]
        if name:
            sql, values = f"{sql} AND name = ?", [*values, name]
        if before is not None:
            sql, values = f"{sql} AND id < ?", [*values, before]
        rows = self._state.rows(f"{sql} ORDER BY id DESC LIMIT ?", (*values, limit))
        return [(number, Access(*cells)) for number, *cells in rows]

    def purge(self, *, now: datetime, kept_days: int) -> int:
        """
        Let go of rows older than some days, and return how many.

        Raises
        ------
        InputError
            If that is less than the law asks for.
        """
        if kept_days < KEPT_DAYS:
            raise InputError(
                f"The access log is kept {KEPT_DAYS} days or more, not {kept_days}.",
                zh=f"访问日志至少保存 {KEPT_DAYS} 天，不能是 {kept_days} 天。",
                fix=f"set GEOPLAN_AUDIT_DAYS to {KEPT_DAYS} or more",
                fix_zh=f"将 GEOPLAN_AUDIT_DAYS 设为 {KEPT_DAYS} 或以上",
            )  # fmt: skip
        oldest = moment(now - timedelta(days=kept_days))
        return self._state.run("DELETE FROM access_log WHERE at < ?", (oldest,))


def moment(at: datetime) -> str:
    """Return a moment as the log writes it: UTC, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
