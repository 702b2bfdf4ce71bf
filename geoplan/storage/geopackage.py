"""
The registry in a GeoPackage (地理包登记库), by the standard library's ``sqlite3``.

Write-ahead log, so readers and the one writer do not wait for each other; ``synchronous=FULL``,
so what was acknowledged survives a power cut; a writer waits for another up to ``timeout_s``.
Each thread has its own connection.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from itertools import compress
from typing import TYPE_CHECKING, Any

from geoplan.errors import (
    GeoplanError,
    MissingFileError,
    OutputError,
    ReadOnlyStoreError,
    StoreError,
    StoreUnavailableError,
)
from geoplan.storage import geopackage_tables as gpkg
from geoplan.storage import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from geoplan.schemas import Layer

_MAGIC = b"SQLite format 3\x00"
_BUSY, _LOCKED, _PERM, _READONLY, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 3, 8, 11, 13, 14, 26


class _Session:
    """One transaction of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._connection.execute(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)


class GeoPackage:
    """
    A backend on one GeoPackage.

    Parameters
    ----------
    path
        The file.
    read_only
        Whether writing is refused; then a file in a folder that cannot be written opens too.
    timeout_s
        How long to wait for another writer.
    """

    types = gpkg.TYPES
    shape_in, shape_out = "?", "geom"
    orders_by_character = True

    def __init__(self, path: Path, *, read_only: bool = False, timeout_s: float = 10.0) -> None:
        self.path, self.url, self.read_only, self._timeout_s = path, str(path), read_only, timeout_s
        self._own = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def check_file(self) -> None:
        """
        See that the file is a GeoPackage.

        Raises
        ------
        MissingFileError
            If there is no such file.
        StoreError
            If it is something else.
        """
        if self.path.is_dir():
            raise StoreError.for_url(self.url, "it is a folder.", "它是文件夹。")
        if not self.path.is_file():
            raise MissingFileError.for_path(self.path)
        try:
            with self.path.open("rb") as file:
                start = file.read(len(_MAGIC))
        except OSError as error:
            raise ReadOnlyStoreError.for_store(self.url) from error
        if start != _MAGIC:
            raise StoreError.for_url(self.url, "it is not a GeoPackage.", "它不是 GeoPackage。")
        with self._translated():  # asked of SQLite, since the header may still be in the log
            number = self.connection.execute("PRAGMA application_id").fetchone()[0]
        if number in gpkg.OLD_APPLICATION_IDS:
            version = gpkg.OLD_APPLICATION_IDS[number]
            raise StoreError.for_url(
                self.url, f"it is a GeoPackage of version {version}; a registry is one of 1.3.",
                f"它是 {version} 版 GeoPackage，登记库用 1.3 版。",
            )  # fmt: skip
        if number != gpkg.APPLICATION_ID:
            raise StoreError.for_url(self.url, "it is a SQLite file, but not a GeoPackage.",
                                     "它是 SQLite 文件，但不是 GeoPackage。")  # fmt: skip

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's connection."""
        found: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = self._connect()
            with self._lock:
                self._all.append(found)
        return found

    def _connect(self) -> sqlite3.Connection:
        address = self.path.absolute().as_uri()
        with self._translated():
            if not self.read_only:
                made = self._open(f"{address}?mode=rwc")
                try:
                    made.execute("PRAGMA journal_mode=WAL")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF not in {_BUSY, _LOCKED}:
                        made.close()
                        raise
                made.execute("PRAGMA synchronous=FULL")
                return made
            made = self._open(f"{address}?mode=ro")
            try:
                made.execute("SELECT 1 FROM sqlite_schema").fetchone()
            except sqlite3.OperationalError:  # no log may be made beside it
                made.close()
                if self.path.with_name(self.path.name + "-wal").exists():
                    raise
                made = self._open(f"{address}?immutable=1")
            return made

    def _open(self, address: str) -> sqlite3.Connection:
        made = sqlite3.connect(address, uri=True, isolation_level=None, timeout=self._timeout_s,
                               check_same_thread=False)  # fmt: skip
        own = self._own
        for name, function in FUNCTIONS.items():
            made.create_function(name, 1, function, deterministic=True)
        made.create_function("ST_IsEmpty", 1, lambda blob: (
            None if getattr(own, "indexes_itself", False) else _is_empty(blob)
        ))  # fmt: skip
        return made

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say what SQLite says in our words."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.DatabaseError) -> GeoplanError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {_BUSY, _LOCKED}:
            return StoreUnavailableError.for_url(
                self.url, f"another program has held it for {self._timeout_s:g} s.",
                f"其他程序占用已超过 {self._timeout_s:g} 秒。",
            )  # fmt: skip
        if code in {_READONLY, _PERM} or (code == _CANTOPEN and self.path.exists()):
            return ReadOnlyStoreError.for_store(self.url)
        if code in {_FULL, _CANTOPEN}:
            return OutputError.for_path(self.url, error)
        if code in {_CORRUPT, _NOTADB}:
            return StoreError.for_url(self.url, f"it is damaged ({error}).", f"已损坏（{error}）。")
        return StoreError.for_url(self.url, f"{error}.", f"{error}。")

    def reading(self) -> AbstractContextManager[_Session]:
        return self._transaction("BEGIN")

    def writing(self) -> AbstractContextManager[_Session]:
        if self.read_only:
            raise ReadOnlyStoreError.for_store(self.url)
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[_Session]:
        connection = self.connection
        with self._translated():
            connection.execute(begin)
            try:
                yield _Session(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def tables(self, session: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table, column in session.rows(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
            "WHERE t.type = 'table' AND t.name NOT LIKE 'rtree_%' ORDER BY t.name, c.cid"
        ):
            found.setdefault(table, []).append(column)
        return found

    def make_folder(self) -> None:
        """
        Make the folder that the file belongs in.

        Raises
        ------
        OutputError
            If the system refuses.
        """
        if self.path.is_dir():
            raise OutputError.for_path(self.path, "it is a folder")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError.for_path(self.path, error.strerror) from error

    def is_empty(self, session: Any) -> bool:
        return not session.rows("SELECT 1 FROM sqlite_schema LIMIT 1")

    def begin(self, session: Any) -> None:
        session.run(f"PRAGMA application_id={gpkg.APPLICATION_ID}")
        session.run(f"PRAGMA user_version={gpkg.USER_VERSION}")
        for statement in gpkg.BASE:
            session.run(statement)

    def add_layer(self, session: Any, layer: Layer) -> None:
        for statement, values in gpkg.layer_tables(layer):
            session.run(statement, values)

    def protect(self, session: Any, table: str) -> None:
        for event in ("UPDATE", "DELETE"):
            session.run(f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'the registry only appends'); END")  # fmt: skip
        if table == "registry_transactions":
            session.run(gpkg.stamp_contents())

    def outward(
        self, wkb: Sequence[bytes | None], bounds: shapes.Boxes, layer: Layer
    ) -> Sequence[bytes | None]:
        return shapes.to_blobs(shapes.outward(wkb, layer), bounds)

    def wkb(self, values: Sequence[Any]) -> list[bytes | None]:
        return shapes.from_blobs(values)

    def put(
        self, session: Any, layer: Layer, sql: str, columns: Sequence[Sequence[Any]],
        bounds: shapes.Boxes, keys: Sequence[Sequence[Any]],
    ) -> None:  # fmt: skip
        """
        Put rows, then their boxes.

        The index triggers, which serve other programs, are not told whether the shapes are empty,
        so that none acts: they would call Python five times a row to find boxes that are known.
        """
        last = f'SELECT coalesce(max(fid), 0) FROM "{layer.name}"'
        before = session.rows(last)[0][0]
        self._own.indexes_itself = True
        try:
            session.many(sql, zip(*columns, strict=True))
        finally:
            self._own.indexes_itself = False
        if not layer.geometry:
            return
        index, boxes = gpkg.index(layer.name, layer.key), bounds.T.tolist()
        placed = [west == west for west in boxes[0]]  # noqa: PLR0124  (it is a number)
        if session.rows(last)[0][0] == before + len(placed):  # all new, numbered in order
            rows = zip(range(before + 1, before + 1 + len(placed)), *boxes, strict=True)
            session.many(index.new, compress(rows, placed))
            return
        rows = zip(*boxes, *keys, strict=True)
        session.many(index.moved, compress(rows, placed))
        gone = [not there for there in placed]
        session.many(index.gone, compress(zip(*keys, strict=True), gone))

    def near(self, layer: Layer) -> str:
        return (f'fid IN (SELECT id FROM "rtree_{layer.name}_geom" '
                "WHERE maxx >= ? AND maxy >= ? AND minx <= ? AND miny <= ?)")  # fmt: skip

    def problems(self, session: Any) -> list[str]:
        said = [str(r[0]) for r in session.rows("PRAGMA quick_check(20)")]
        return [] if said == ["ok"] else said

    def copy_to(self, target: GeoPackage) -> None:
        """Copy the whole file into another, which holds either its old or its new content."""
        with target._translated(), self._translated():
            self.connection.backup(target.connection)

    def fold(self) -> None:
        """Bring the log into the file: other programs look for its header there."""
        with self._translated():
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def one_file(self) -> None:
        """Fold the log into the file, so that the file alone is the store."""
        with self._translated():
            self.connection.execute("PRAGMA journal_mode=DELETE")

    def close(self) -> None:
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
            self._own = threading.local()


def _corner(at: int) -> Callable[[bytes | None], float | None]:
    def number(blob: bytes | None) -> float | None:
        box = shapes.envelope(blob)
        return None if box is None else box[at]

    return number


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(shapes.envelope(blob) is None)


FUNCTIONS: dict[str, Callable[[bytes | None], Any]] = {
    "ST_MinX": _corner(0), "ST_MinY": _corner(1), "ST_MaxX": _corner(2), "ST_MaxY": _corner(3),
    "ST_IsEmpty": _is_empty,
}  # fmt: skip
