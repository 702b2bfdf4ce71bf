"""
The registry on PostGIS (PostGIS 登记库), through SQLAlchemy and psycopg (extra ``postgis``).

One writer at a time, by an advisory lock of the schema that is taken for a transaction; readers
see one snapshot and wait for nobody. The tables lie in the first schema of the search path.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geoplan.errors import (
    GeoplanError,
    MissingExtraError,
    ReadOnlyStoreError,
    StoreError,
    StoreUnavailableError,
)
from geoplan.storage import shapes
from geoplan.storage.backend import without_password

try:
    import sqlalchemy as sa
except ImportError as error:
    raise MissingExtraError.for_extra(
        "postgis", "A registry on PostGIS", "PostGIS 登记库"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geoplan.schemas import Layer

_READ_ONLY, _NO_PRIVILEGE, _LOCK_TIMEOUT = "25006", "42501", "55P03"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('geoplan.registry.' || current_schema()))"


class _Session:
    """One transaction of a connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found = self._connection.exec_driver_sql(sql.replace("?", "%s"), tuple(values))
        return [tuple(row) for row in found]

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._connection.exec_driver_sql(sql.replace("?", "%s"), tuple(values))

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        values = [tuple(row) for row in rows]
        if values:
            self._connection.exec_driver_sql(sql.replace("?", "%s"), values)


class PostGIS:
    """
    A backend on a PostGIS database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host/database``; ``?host=/run/postgresql`` for a socket,
        ``?options=-csearch_path=name,public`` for a schema of its own.
    read_only
        Whether writing is refused.
    timeout_s
        How long to wait for another writer, and for a connection.
    """

    types: Mapping[str, str] = {
        "str": 'text COLLATE "C"', "set": 'text COLLATE "C"', "int": "bigint",
        "float": "double precision", "bool": "boolean", "date": "date",
        "id": "bigint PRIMARY KEY", "bytes": "bytea",
    }  # fmt: skip
    shape_in, shape_out = f"ST_GeomFromWKB(?, {shapes.SRID})", "ST_AsBinary(geom)"
    orders_by_character = False  # as the database's language says

    def __init__(self, url: str, *, read_only: bool = False, timeout_s: float = 10.0) -> None:
        try:
            address = sa.make_url(url).set(drivername="postgresql+psycopg")
        except (sa.exc.ArgumentError, ValueError) as error:
            raise StoreError.for_url(
                without_password(url), "the address is not well formed.", "地址写法有误。"
            ) from error
        self.url = address.set(drivername="postgresql").render_as_string(hide_password=True)
        self.read_only, self._timeout_s = read_only, timeout_s
        wait = {"connect_timeout": max(2, round(timeout_s))}
        self._engine = sa.create_engine(address, pool_pre_ping=True, connect_args=wait)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say what the database says in our words."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise self._error(error) from error

    def _error(self, error: sa.exc.SQLAlchemyError) -> GeoplanError:
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None)
        said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        if state in {_READ_ONLY, _NO_PRIVILEGE}:
            return ReadOnlyStoreError.for_store(self.url)
        if state == _LOCK_TIMEOUT:
            return StoreUnavailableError.for_url(
                self.url, f"another program has held it for {self._timeout_s:g} s.",
                f"其他程序占用已超过 {self._timeout_s:g} 秒。",
            )  # fmt: skip
        if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
            return StoreUnavailableError.for_url(self.url, f"{said}.", f"{said}。")
        return StoreError.for_url(self.url, f"{said}.", f"{said}。")

    def _unanswered(self, error: sa.exc.DBAPIError) -> StoreUnavailableError:
        said = str(error.orig).strip().splitlines()[0]
        return StoreUnavailableError(
            f"{self.url} did not say whether it recorded: {said}. The changes are recorded whole, "
            "or not at all.",
            zh=f"{self.url} 没有答复是否已登记：{said}。该笔登记或已全部记入，或完全没有。",
            fix="see that the server runs and look at the last transaction before trying again",
            fix_zh="确认数据库服务在运行，先查看末笔登记，再决定是否重试",
            store=self.url,
        )

    @contextmanager
    def reading(self) -> Iterator[_Session]:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._translated(), self._engine.connect() as connection:
            quiet = connection.execution_options(**options)
            with quiet.begin():
                yield _Session(quiet)

    @contextmanager
    def writing(self) -> Iterator[_Session]:
        if self.read_only:
            raise ReadOnlyStoreError.for_store(self.url)
        with (
            self._translated(), self._engine.connect() as connection, connection.begin() as whole,
        ):  # fmt: skip
            session = _Session(connection)
            session.run(f"SET LOCAL lock_timeout = {round(self._timeout_s * 1000)}")
            session.run("SET LOCAL synchronous_commit = on")
            session.run(_LOCK)
            yield session
            try:
                whole.commit()
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                raise self._unanswered(error) from error

    def tables(self, session: Any) -> dict[str, list[str]]:
        found = session.rows(
            "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' "
            "GROUP BY c.relname"
        )
        return dict(found)

    def is_empty(self, session: Any) -> bool:
        return "registry_migrations" not in self.tables(session)

    def begin(self, session: Any) -> None:
        session.run("CREATE EXTENSION IF NOT EXISTS postgis")
        session.run("CREATE OR REPLACE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql "
                    "AS $$ BEGIN RAISE EXCEPTION 'the registry only appends'; END $$")  # fmt: skip

    def add_layer(self, session: Any, layer: Layer) -> None:
        columns = [f'"{c.name}" {self.types[c.dtype]}' for c in layer.columns]
        if layer.geometry:
            columns.append(f"geom geometry({shapes.column_type(layer)}, {shapes.SRID})")
        keys = ", ".join(f'"{k}"' for k in layer.key)
        session.run(
            f'CREATE TABLE "{layer.name}" (fid bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,'
            f" {', '.join(columns)}, extra text, row_version bigint, UNIQUE ({keys}))"
        )
        if layer.geometry:
            session.run(f'CREATE INDEX ON "{layer.name}" USING gist (geom)')

    def protect(self, session: Any, table: str) -> None:
        session.run(f"CREATE TRIGGER {table}_only_appends BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION registry_refuse()")  # fmt: skip

    def outward(
        self, wkb: Sequence[bytes | None], _: shapes.Boxes, layer: Layer
    ) -> Sequence[bytes | None]:
        return shapes.outward(wkb, layer)

    def wkb(self, values: Sequence[Any]) -> list[bytes | None]:
        return [None if v is None else bytes(v) for v in values]

    def put(
        self, session: Any, _: Layer, sql: str, columns: Sequence[Sequence[Any]], *__: Any
    ) -> None:
        session.many(sql, zip(*columns, strict=True))

    def near(self, _: Layer) -> str:
        return f"geom && ST_MakeEnvelope(?, ?, ?, ?, {shapes.SRID})"

    def problems(self, _: Any) -> list[str]:
        return []

    def close(self) -> None:
        self._engine.dispose()
