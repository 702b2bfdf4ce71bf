"""
Checking a registry (登记库核验): the chain, the versions, the current state, the tail.

What is recorded is compared with what its digests say, and the current-state tables with what the
versions say they must hold; so edits made by other programs are found cell by cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from geoplan.storage.chain import (
    NO_HASH,
    Head,
    Transaction,
    digest_of_all,
    record_digest,
)
from geoplan.storage.current import Row, differences, row_of
from geoplan.storage.records import Change, key_of
from geoplan.storage.timeline import holding
from geoplan.storage.transactions import as_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geoplan.storage.backend import Backend, Session
    from geoplan.storage.current import CurrentTable

_WORDS = {
    "database_damaged": ("数据库文件损坏", "the database file is damaged"),
    "transaction_changed": ("该笔登记的审计记录被改动", "the audit line was changed"),
    "transaction_missing": ("该笔登记缺失", "the transaction is missing"),
    "version_changed": ("该版本的内容被改动", "the version was changed after it was recorded"),
    "version_missing_or_added": ("该笔登记的版本有增减或改动",
                                 "versions of the transaction were added, removed or changed"),
    "tail_cut": ("末尾的登记被截去：曾有的登记已不在其中",
                 "the tail was cut off: a transaction known elsewhere is not in it"),
    "row_edited": ("现状表被其他程序修改", "the current row was edited by another program"),
    "row_added": ("现状表中有未经登记的记录", "a current row was added by another program"),
    "row_deleted": ("现状表中的记录被其他程序删除",
                    "a current row was deleted by another program"),
}  # fmt: skip


class Finding(NamedTuple):
    """One thing that verification found."""

    kind: str
    tx: int | None = None
    layer: str = ""
    key: str = ""
    field: str = ""
    recorded: str = ""
    found: str = ""
    reason_zh: str = ""
    reason_en: str = ""


FINDING_COLUMNS = Finding._fields


def findings(
    backend: Backend, tables: Mapping[str, CurrentTable], heads: Sequence[Head]
) -> list[Finding]:
    """
    Return everything that is wrong with a registry.

    Parameters
    ----------
    backend, tables
        The database and the current tables by layer.
    heads
        Heads of the chain that were noted beside it or in backups.

    Returns
    -------
    findings
        Damage first, then transactions in order, then rows by layer and key.
    """
    with backend.reading() as session:
        found = [Finding("database_damaged", found=p) for p in backend.problems(session)]
        found += _chain(session, heads)
        found += [
            finding
            for table in tables.values()
            for finding in _rows(session, table)
            if table.exists
        ]
    return [f._replace(reason_zh=_WORDS[f.kind][0], reason_en=_WORDS[f.kind][1]) for f in found]


def _chain(session: Session, heads: Sequence[Head]) -> Iterator[Finding]:
    sql = f"SELECT {', '.join(Transaction._fields)} FROM registry_transactions ORDER BY tx"
    lines = [Transaction(*row) for row in session.rows(sql)]
    digests = _versions(session)
    yield from digests.findings
    previous, expected = NO_HASH, 1
    for line in lines:
        for gone in range(expected, line.tx):
            yield Finding("transaction_missing", gone)
        own = digests.of.pop(line.tx, [])
        if line.sealed().hash != line.hash or (line.previous != previous and line.tx == expected):
            yield Finding("transaction_changed", line.tx, recorded=line.hash,
                          found=line.sealed().hash)  # fmt: skip
        if digest_of_all(own) != line.digest or len(own) != line.records:
            yield Finding("version_missing_or_added", line.tx, recorded=str(line.records),
                          found=str(len(own)))  # fmt: skip
        previous, expected = line.hash, line.tx + 1
    for tx, own in sorted(digests.of.items()):
        yield Finding("version_missing_or_added", tx, recorded="0", found=str(len(own)))
    hashes = {0: NO_HASH} | {line.tx: line.hash for line in lines}
    lost = {h.tx: h for h in heads if hashes.get(h.tx) != h.hash}
    for tx in sorted(lost):
        yield Finding("tail_cut", tx, recorded=lost[tx].hash, found=hashes.get(tx, ""))


class _Digests:
    def __init__(self) -> None:
        self.of: dict[int, list[bytes]] = {}
        self.findings: list[Finding] = []


def _versions(session: Session) -> _Digests:
    """Recompute the digests of all versions; those that differ from what was noted are findings."""
    out, last = _Digests(), 0
    sql = ("SELECT id, tx, layer, key, op, valid_from, valid_to, content, geom, digest "
           "FROM registry_versions WHERE id > ? ORDER BY id LIMIT 5000")  # fmt: skip
    while some := session.rows(sql, (last,)):
        for number, tx, *about, noted in some:
            digest = record_digest(*about)
            if digest != noted:
                out.findings.append(Finding("version_changed", tx, about[0], about[1],
                                            recorded=noted.hex(), found=digest.hex()))  # fmt: skip
            out.of.setdefault(tx, []).append(digest)
            last = number
    return out


def _rows(session: Session, table: CurrentTable) -> Iterator[Finding]:
    layer = table.layer
    for key, held, found in _compared(session, table):
        kind = "row_added" if held is None else "row_deleted" if found is None else "row_edited"
        tx = held.row_version if held is not None else None
        for field, was, is_now in differences(held, found, layer):
            yield Finding(kind, tx, layer.name, key, field, was, is_now)


def _compared(
    session: Session, table: CurrentTable
) -> Iterator[tuple[str, Row | None, Row | None]]:
    """Return (key, recorded, found) for each current row that is not as recorded."""
    layer = table.layer
    day = as_of(session)
    recorded = {h.key: row_of(h) for h in holding(session, layer.name, day=day)}
    for row in table.read(session):
        key = key_of(row.cells, layer)
        held = recorded.pop(key, None)
        if held is None or differences(held, row, layer):
            yield key, held, row
    for key, held in recorded.items():
        yield key, held, None


def foreign_edits(backend: Backend, tables: Mapping[str, CurrentTable]) -> list[Change]:
    """Return what other programs did to the current-state tables as changes."""
    changes = []
    with backend.reading() as session:
        for name, table in tables.items():
            for _, held, found in _compared(session, table):
                if found is not None:
                    row = {**found.cells, "geometry": found.wkb}
                    changes.append(Change(name, row, seen=None))
                elif held is not None:
                    row = {k: held.cells[k] for k in table.layer.key}
                    changes.append(Change(name, row, seen=None, retire=True))
    return changes
