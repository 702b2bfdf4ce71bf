"""
Backup, restore, and export of one moment (备份、恢复、时点导出).

A backup is a registry in one GeoPackage whatever the store is on, so it can be opened, verified,
and restored into either. Every file is whole or not there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan import io
from geoplan.errors import InputError, StoreError
from geoplan.storage import migrations
from geoplan.storage.backend import without_password
from geoplan.storage.chain import note_head
from geoplan.storage.geopackage import GeoPackage
from geoplan.storage.registry import (
    create_registry,
    heads_beside,
    is_empty,
    is_server,
    open_registry,
)
from geoplan.storage.transactions import head_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from geoplan.storage.backend import Session
    from geoplan.storage.chain import Head
    from geoplan.storage.registry import Registry

_COPIED = (
    ("registry_state", "name, value", "name"),
    ("registry_transactions",
     "tx, recorded_at, who, why, document, source, records, digest, previous, hash", "tx"),
    ("registry_versions",
     "id, tx, layer, key, op, valid_from, valid_to, digest, content, geom", "id"),
)  # fmt: skip
_AT_A_TIME = 2000


def backup(registry: Registry, path: str | Path) -> Head:
    """
    Write a backup while the registry is in use.

    Parameters
    ----------
    registry
        Open.
    path
        The file to make or replace.

    Returns
    -------
    head
        The last transaction in it.

    Raises
    ------
    OutputError
        If the system refuses; no partial file is left.
    StoreUnavailableError
        If the store cannot be read now.
    """
    with io.replacing(path) as temporary:
        if isinstance(registry.backend, GeoPackage):
            target = GeoPackage(temporary)
            registry.backend.copy_to(target)
        else:
            with create_registry(temporary) as copy:
                _copy(registry, copy)
            (heads_beside(temporary) or temporary).unlink(missing_ok=True)
            target = GeoPackage(temporary)
        target.one_file()
        with target.reading() as session:
            head = head_of(session)
        target.close()
    return head


def restore(backup_file: str | Path, url: str | Path, *, overwrite: bool = False,
            heads: Path | None = None) -> Head:  # fmt: skip
    """
    Put a backup in the place of a registry: whole, or not at all.

    Parameters
    ----------
    backup_file
        A backup; it is verified first.
    url
        The store to fill.
    overwrite
        Whether a registry that is there may be replaced.
    heads
        List of heads kept beside the store; it begins anew with the backup's.

    Returns
    -------
    head
        The last transaction restored.

    Raises
    ------
    InputError
        If there is a registry and it may not be replaced.
    StoreError
        If the backup is none, or verification finds something in it.
    """
    with open_registry(backup_file, read_only=True) as source:
        found = source.verify()
        if len(found):
            first = found.iloc[0]
            raise StoreError.for_url(
                backup_file, f"{len(found)} findings, the first: {first['reason_en']} "
                f"({first['layer']} {first['key']}, transaction {first['tx']}).",
                f"核验发现 {len(found)} 处问题，第一处：{first['reason_zh']}"
                f"（{first['layer']} {first['key']}，第 {first['tx']} 号登记）。",
            )  # fmt: skip
        if not is_empty(url) and not overwrite:
            place = without_password(url)
            raise InputError(
                f"There is a registry at {place} already.", zh=f"{place} 已有登记库。",
                fix="back it up, then restore with --overwrite",
                fix_zh="先备份，再用 --overwrite 恢复", store=place,
            )  # fmt: skip
        _fill(source, url)
        head = source.head
    heads = heads or heads_beside(url)
    if heads is not None:
        heads.unlink(missing_ok=True)
        note_head(heads, head)
    return head


def _fill(source: Registry, url: str | Path) -> None:
    if is_server(url):
        make = create_registry if is_empty(url) else open_registry
        with make(url) as target:
            _copy(source, target)
        return
    path, own = Path(url), source.backend
    target_file = GeoPackage(path)
    try:
        if is_empty(url):
            target_file.make_folder()
        else:
            target_file.check_file()
        own.copy_to(target_file)  # type: ignore[attr-defined]
    except StoreError as error:
        if error.code != StoreError.code:
            raise
        _replace(own, path)  # what is there is no database
    finally:
        target_file.close()


def _replace(source: Any, path: Path) -> None:
    with io.replacing(path) as temporary:
        target = GeoPackage(temporary)
        source.copy_to(target)
        target.one_file()
        target.close()
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


def _copy(source: Registry, target: Registry) -> None:
    """Copy versions and audit in one snapshot and one transaction; derive the current state."""
    with source.backend.reading() as origin, target.backend.writing() as session:
        _clear(session, target)
        for table, columns, order in _COPIED:
            places = ", ".join("?" * (columns.count(",") + 1))
            insert = f"INSERT INTO {table} ({columns}) VALUES ({places})"
            for rows in _pages(origin, table, columns, order):
                session.many(insert, rows)
        day = session.rows("SELECT max(value) FROM registry_state WHERE name = 'as_of'")[0][0]
        for current in target.tables.values():
            current.settle(session, day or "")


def _pages(origin: Session, table: str, columns: str, order: str) -> Any:
    last: Any = "" if order == "name" else 0
    while True:
        rows = origin.rows(f"SELECT {columns} FROM {table} WHERE {order} > ? "
                           f"ORDER BY {order} LIMIT {_AT_A_TIME}", (last,))  # fmt: skip
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _clear(session: Session, target: Registry) -> None:
    """Empty the tables of a server; a new GeoPackage is empty."""
    if isinstance(target.backend, GeoPackage):
        return
    names = ", ".join([*migrations.PROTECTED, "registry_state", *(f'"{n}"' for n in target.tables)])
    session.run(f"TRUNCATE {names}")


def export(
    registry: Registry, path: str | Path, *, known_on: datetime | date | None = None,
    valid_on: date | None = None,
) -> dict[str, int]:  # fmt: skip
    """
    Write the layers of one moment as plain files, in one GeoPackage.

    Parameters
    ----------
    registry
        Open.
    path
        The file to make or replace.
    known_on, valid_on
        As for `Repository.frame`.

    Returns
    -------
    rows
        Records by layer; layers without any are left out.

    Raises
    ------
    InputError
        If no layer holds anything at that moment.
    OutputError
        If the system refuses.
    """
    frames = {
        name: frame
        for name in registry.tables
        if len(frame := registry.layer(name).frame(known_on=known_on, valid_on=valid_on))
    }
    if not frames:
        raise InputError(
            "No record holds at that moment.", zh="该时点没有任何记录。",
            fix="choose another day", fix_zh="另选日期", known_on=known_on, valid_on=valid_on,
        )  # fmt: skip
    io.write_gpkg(frames, path)
    return {name: len(frame) for name, frame in frames.items()}
