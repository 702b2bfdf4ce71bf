"""
The registry (登记库): records that keep every version, in one GeoPackage or on PostGIS.

The core path (open, write, read rows) needs no pandas, so small programs start quickly.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from geoplan.errors import InputError, ReadOnlyStoreError
from geoplan.storage import migrations
from geoplan.storage.audit import FINDING_COLUMNS, findings, foreign_edits
from geoplan.storage.chain import Head, Transaction, note_head, noted_heads
from geoplan.storage.current import CurrentTable
from geoplan.storage.geopackage import GeoPackage
from geoplan.storage.records import Change, encode, registry_layer
from geoplan.storage.repository import Repository
from geoplan.storage.transactions import Receipt, advance, as_of, head_of, record, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    import pandas as pd

    from geoplan.storage.backend import Backend, Session

_SERVER = "postgresql:"


class Registry:
    """
    An open registry; `open_registry` and `create_registry` make one.

    Parameters
    ----------
    backend
        The database, with its structure up to date.
    read_only
        Whether writing is refused.
    classified
        Whether the system is declared a classified environment (SEC-06).
    heads
        List of the heads of the audit chain, kept beside the store.

    Attributes
    ----------
    boundary_lines, boundary_markers, …
        The `Repository` of each registry layer.
    """

    def __init__(
        self, backend: Backend, *, read_only: bool = False, classified: bool = False,
        heads: Path | None = None,
    ) -> None:  # fmt: skip
        self.backend, self.read_only, self.classified, self.heads = (
            backend, read_only, classified, heads,
        )  # fmt: skip
        with backend.reading() as session:
            there = backend.tables(session)
        self.tables = {
            layer.name: CurrentTable(backend, layer, there.get(layer.name, ()))
            for layer in migrations.REGISTRY_LAYERS
        }

    def layer(self, name: str) -> Repository:
        """
        Return the repository of a layer.

        Raises
        ------
        UnknownIdError
            If there is no such layer.
        InputError
            If the layer is kept in files.
        """
        return Repository(self.backend, registry_layer(name), self.tables[name])

    def __getattr__(self, name: str) -> Repository:
        if name.startswith("_") or name not in self.__dict__.get("tables", ()):
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message)
        return self.layer(name)

    def write(
        self,
        changes: Iterable[Change],
        *,
        who: str,
        why: str,
        recorded_at: datetime,
        document: str | None = None,
        source: str | None = None,
        valid_from: date | None = None,
    ) -> Receipt:
        """
        Record changes of any layers as one transaction: all of them, or none.

        Parameters
        ----------
        changes
            What to put or retire; a record at most once.
        who, why
            The person who records, and the reason.
        recorded_at
            The time, with its zone.
        document, source
            SHA-256 of the document that the changes rest on, and of the file they came from.
        valid_from
            First day of the valid time of changes that name none.

        Returns
        -------
        receipt
            Once it is given, the changes are on the disk.

        Raises
        ------
        ConflictError
            If a record is at another version than its change was made on; ``newer`` has it.
        InputError
            If a column, value, shape or key is wrong, or there is nothing to record.
        SecrecyError
            If a record is state_* and the environment is not classified.
        StoreUnavailableError
            If another program holds the store, or the server is gone.
        ReadOnlyStoreError
            If the store may only be read.
        """
        if self.read_only:
            raise ReadOnlyStoreError.for_store(self.backend.url)
        by = stamp(who, why, recorded_at, document, source)
        first_day = None if valid_from is None else valid_from.isoformat()
        batches = encode(changes, valid_from=first_day, classified=self.classified)
        if not batches:
            raise InputError(
                "There is nothing to record.", zh="没有要登记的内容。",
                fix="give at least one change", fix_zh="至少给出一项变更",
            )  # fmt: skip
        with self.backend.writing() as session:
            receipt = record(session, self.tables, batches, by)
        note_head(self.heads, Head(receipt.tx, receipt.hash, receipt.recorded_at))
        return receipt

    def refresh(self, today: date) -> int:
        """
        Bring the current state to a day: apply the valid times that begin or end by then.

        Parameters
        ----------
        today
            An earlier day than the state already shows changes nothing.

        Returns
        -------
        turned
            How many records were looked at.

        Raises
        ------
        ReadOnlyStoreError
            If the store may only be read.
        """
        if self.read_only:
            raise ReadOnlyStoreError.for_store(self.backend.url)
        with self.backend.writing() as session:
            return advance(session, self.tables, today.isoformat())[1]

    @property
    def head(self) -> Head:
        """The last transaction: number, hash, time."""
        with self.backend.reading() as session:
            return head_of(session)

    def state(self) -> tuple[int, str]:
        """Return what the current state rests on: the last version's number, the day it shows."""
        with self.backend.reading() as session:
            last = session.rows("SELECT max(id) FROM registry_versions")[0][0]
            return int(last or 0), as_of(session)

    def changed_since(self, version: int) -> dict[str, int]:
        """Return the layers that have versions after one, each with its newest transaction."""
        # by an expression: else the index by layer is walked, from the first version on
        group = "layer || ''" if version else "layer"
        sql = f"SELECT max(layer), max(tx) FROM registry_versions WHERE id > ? GROUP BY {group}"
        with self.backend.reading() as session:
            return {str(layer): int(tx) for layer, tx in session.rows(sql, (version,))}

    def transactions(self) -> pd.DataFrame:
        """Return the audit table: one row per transaction, in order."""
        import pandas as pd

        sql = f"SELECT {', '.join(Transaction._fields)} FROM registry_transactions ORDER BY tx"
        with self.backend.reading() as session:
            return pd.DataFrame(session.rows(sql), columns=list(Transaction._fields))

    def transaction_of(self, source: str, layer: str) -> int | None:
        """Return the last transaction that recorded rows of a layer from a file, by its digest."""
        sql = (
            "SELECT max(t.tx) FROM registry_transactions t WHERE t.source = ? AND EXISTS "
            "(SELECT 1 FROM registry_versions v WHERE v.layer = ? AND v.tx = t.tx)"
        )
        with self.backend.reading() as session:
            found = session.rows(sql, (source, layer))[0][0]
        return None if found is None else int(found)

    def verify(self, *, against: Sequence[str | Path] = ()) -> pd.DataFrame:
        """
        Check the audit chain, all versions and the current state.

        Parameters
        ----------
        against
            Backups, whose heads must be in the chain; those kept beside the store are checked
            always.

        Returns
        -------
        findings
            One row each: kind, tx, layer, key, field, recorded, found, and what it means in both
            languages; empty when all is well. Kinds: ``database_damaged``,
            ``transaction_changed``, ``transaction_missing``, ``version_changed``,
            ``version_missing_or_added``, ``tail_cut``, ``row_edited``, ``row_added``,
            ``row_deleted``.
        """
        import pandas as pd

        heads = noted_heads(self.heads)
        for backup in against:
            with open_registry(backup, read_only=True) as other:
                heads += [other.head, *noted_heads(heads_beside(backup))]
        found = findings(self.backend, self.tables, heads)
        return pd.DataFrame(found, columns=list(FINDING_COLUMNS))

    def adopt(self, *, who: str, why: str, recorded_at: datetime) -> Receipt | None:
        """
        Record what other programs did to the current state as one transaction.

        Returns
        -------
        receipt
            None if there is nothing to adopt.

        Raises
        ------
        InputError
            If an edited row breaks its declaration; it has to be corrected first.
        SecrecyError
            If one is state_* and the environment is not classified.
        """
        changes = foreign_edits(self.backend, self.tables)
        if not changes:
            return None
        return self.write(changes, who=who, why=why, recorded_at=recorded_at)

    def close(self) -> None:
        """Let go of the database."""
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_registry(
    url: str | Path, *, read_only: bool = False, classified: bool = False,
    timeout_s: float = 10.0, heads: Path | None = None,
) -> Registry:  # fmt: skip
    """
    Open a registry; its structure is brought up to date unless it may only be read.

    Parameters
    ----------
    url
        Path of a GeoPackage, or ``postgresql://user:password@host/database``.
    read_only
        Refuse to write.
    classified
        Whether the system is declared a classified environment (SEC-06).
    timeout_s
        How long to wait for another writer.
    heads
        List of chain heads; for a GeoPackage ``<file>.heads.jsonl`` beside it.

    Returns
    -------
    registry
        To be closed, or used in a ``with`` block.

    Raises
    ------
    MissingFileError
        If there is no such file.
    StoreError
        If it is no registry, or made by a newer geoplan.
    StoreUnavailableError
        If another program holds it, or the server cannot be reached.
    """
    backend = _backend(url, read_only=read_only, timeout_s=timeout_s)
    try:
        if isinstance(backend, GeoPackage):
            backend.check_file()
        with backend.reading() as session:
            behind = migrations.lacks(session, backend)
        if behind and not read_only:
            with backend.writing() as session:
                migrations.upgrade(session, backend, migrations.number_of(session, backend))
        return Registry(backend, read_only=read_only, classified=classified,
                        heads=heads or heads_beside(url))  # fmt: skip
    except BaseException:
        backend.close()
        raise


def create_registry(
    url: str | Path, *, classified: bool = False, timeout_s: float = 10.0,
    heads: Path | None = None,
) -> Registry:  # fmt: skip
    """
    Make an empty registry and open it.

    Parameters
    ----------
    url, classified, timeout_s, heads
        As for `open_registry`. A GeoPackage must not exist yet, or be an empty file; a database
        must exist and hold no registry.

    Returns
    -------
    registry
        Open for writing.

    Raises
    ------
    InputError
        If there is something there already.
    OutputError
        If the file cannot be made.
    StoreUnavailableError
        If the server cannot be reached.
    """
    backend = _backend(url, read_only=False, timeout_s=timeout_s)
    try:
        if isinstance(backend, GeoPackage):
            backend.make_folder()
        with backend.writing() as session:
            _refuse_second(session, backend)
            backend.begin(session)
            migrations.upgrade(session, backend, 0)
        if isinstance(backend, GeoPackage):
            backend.fold()
        return Registry(backend, classified=classified, heads=heads or heads_beside(url))
    except BaseException:
        backend.close()
        raise


def _refuse_second(session: Session, backend: Backend) -> None:
    if not backend.is_empty(session):
        raise InputError(
            f"{backend.url} exists already.", zh=f"{backend.url} 已经存在。",
            fix="open it, or name another store", fix_zh="直接打开，或另取名称", store=backend.url,
        )  # fmt: skip


def is_empty(url: str | Path) -> bool:
    """
    Tell whether a registry can be made at a URL: no file, an empty one, or a database without.

    Raises
    ------
    StoreUnavailableError
        If the server cannot be reached.
    """
    if not is_server(url):
        return not Path(url).exists() or Path(url).stat().st_size == 0
    backend = _backend(url, read_only=True, timeout_s=10.0)
    try:
        with backend.reading() as session:
            return bool(backend.is_empty(session))
    finally:
        backend.close()


def is_server(url: str | Path) -> bool:
    """Tell whether a URL means PostGIS, and not a file."""
    return str(url).startswith(_SERVER)


def heads_beside(url: str | Path) -> Path | None:
    """Return where the list of heads of a GeoPackage is kept; None for a server."""
    if is_server(url):
        return None
    path = Path(url)
    return path.with_name(path.name + ".heads.jsonl")


def _backend(url: str | Path, *, read_only: bool, timeout_s: float) -> Any:
    if is_server(url):
        from geoplan.storage.postgis import PostGIS

        return PostGIS(str(url), read_only=read_only, timeout_s=timeout_s)
    return GeoPackage(Path(url), read_only=read_only, timeout_s=timeout_s)
