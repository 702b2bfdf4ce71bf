"""
What the service itself must remember (服务状态): one small SQLite file beside the workspace.

It holds the digests of API keys and the access log. Only its owner may read it. The log is kept by
triggers: no row is changed, and none goes before `KEPT_DAYS`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geoplan.errors import OutputError, StoreError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NAME = "service.sqlite"
KEPT_DAYS = 183
"""Cybersecurity Law art. 21: logs are kept no less than six months."""
_TIMEOUT_S = 5.0
_BUSY, _LOCKED = 5, 6
_TABLES = f"""
CREATE TABLE IF NOT EXISTS api_keys (
    key_id TEXT PRIMARY KEY, digest TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL,
    created_on TEXT NOT NULL, expires_on TEXT NOT NULL, revoked_on TEXT, last_used_on TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, name TEXT NOT NULL,
    role TEXT NOT NULL, key_id TEXT NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, layers TEXT NOT NULL, status INTEGER NOT NULL, rows INTEGER,
    request_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS access_log_at ON access_log (at);
CREATE TRIGGER IF NOT EXISTS access_log_no_update BEFORE UPDATE ON access_log
BEGIN SELECT RAISE(ABORT, 'the access log only appends'); END;
CREATE TRIGGER IF NOT EXISTS access_log_no_delete BEFORE DELETE ON access_log
WHEN OLD.at >= strftime('%Y-%m-%dT%H:%M:%S', 'now', '-{KEPT_DAYS} days')
BEGIN SELECT RAISE(ABORT, 'the access log is kept {KEPT_DAYS} days'); END;
CREATE TRIGGER IF NOT EXISTS access_log_no_replace BEFORE INSERT ON access_log
WHEN EXISTS (SELECT 1 FROM access_log WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the access log only appends'); END;
"""


class ServiceState:
    """
    The open file; safe to use from many threads and beside another process.

    Parameters
    ----------
    path
        The file, made if need be; None keeps everything in memory, for this process only.

    Raises
    ------
    OutputError
        If it cannot be made.
    StoreError
        If it is something else.
    """

    def __init__(self, path: Path | None) -> None:
        self.path, self._lock = path, threading.Lock()
        if path is not None:
            _make(path)
        place = ":memory:" if path is None else path
        self._connection = sqlite3.connect(
            place, isolation_level=None, timeout=_TIMEOUT_S, check_same_thread=False
        )
        with self._translated():
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_TABLES)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._lock, self._translated():
            return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement as a transaction of its own, and return how many rows it touched."""
        with self._lock, self._translated():
            return self._connection.execute(sql, values).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        place = self.path or "memory"
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in {_BUSY, _LOCKED}:
                raise StoreUnavailableError.for_url(
                    place, f"another program has held it for {_TIMEOUT_S:g} s.",
                    f"其他程序占用已超过 {_TIMEOUT_S:g} 秒。",
                ) from error  # fmt: skip
            raise StoreError(
                f"The service's state {place} cannot be used: {error}.",
                zh=f"服务状态文件 {place} 不能使用：{error}。",
                fix="name another file as GEOPLAN_STATE, or move this one away",
                fix_zh="用 GEOPLAN_STATE 另指文件，或移走此文件", store=str(place),
            ) from error  # fmt: skip


def _make(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else may ever read it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise OutputError.for_path(path, error.strerror) from error
