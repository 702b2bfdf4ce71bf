"""Recording (登记事务): versions, current state and the audit line, in one transaction."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import ConflictError, InputError
from geoplan.storage.chain import NO_HASH, Head, Transaction, digest_of_all
from geoplan.storage.current import CurrentTable, Row
from geoplan.storage.records import RETIRE, Record, registry_layer
from geoplan.storage.timeline import newest, turning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geoplan.storage.backend import Backend, Session

BEIJING = timezone(timedelta(hours=8))
"""Days are days in China: a time is recorded in UTC and belongs to its Beijing day."""

_INSERT_VERSION = (
    "INSERT INTO registry_versions (id, tx, layer, key, op, valid_from, valid_to, digest, content, "
    "geom) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_TRANSACTION = (
    f"INSERT INTO registry_transactions ({', '.join(Transaction._fields)}) "
    f"VALUES ({', '.join('?' * len(Transaction._fields))})"
)
_CONFLICTS_SHOWN = 20


class Stamp(NamedTuple):
    """Who records, why, when, and from what: digests of the document and of the file."""

    who: str
    why: str
    recorded_at: str
    day: str
    document: str | None = None
    source: str | None = None


class Receipt(NamedTuple):
    """What was recorded: the transaction's number, time and hash, and its records by layer."""

    tx: int
    recorded_at: str
    hash: str
    records: dict[str, int]


def stamp(
    who: str, why: str, recorded_at: datetime, document: str | None, source: str | None
) -> Stamp:
    """
    Check who, why and when.

    Raises
    ------
    InputError
        If one is missing, or the time has no zone.
    """
    if not who.strip() or not why.strip():
        raise InputError(
            "A transaction needs who makes it and why.", zh="登记必须写明经办人和事由。",
            fix="give who and why (--who, --why)", fix_zh="给出 who 和 why（--who、--why）",
            who=who, why=why,
        )  # fmt: skip
    if recorded_at.tzinfo is None:
        raise InputError(
            f"The time {recorded_at} has no zone.", zh=f"时间 {recorded_at} 没有时区。",
            fix="give a time with its zone, such as datetime.now(UTC)",
            fix_zh="给出带时区的时间，如 datetime.now(UTC)", recorded_at=recorded_at,
        )  # fmt: skip
    day = recorded_at.astimezone(BEIJING).date().isoformat()
    return Stamp(who, why, utc_text(recorded_at), day, document, source)


def utc_text(moment: datetime | date) -> str:
    """Return a time as it is recorded; a day is its last moment in Beijing."""
    if not isinstance(moment, datetime):
        midnight = datetime(moment.year, moment.month, moment.day, tzinfo=BEIJING)
        moment = midnight + timedelta(days=1) - timedelta(microseconds=1)
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def head_of(session: Session) -> Head:
    """Return the last transaction."""
    rows = session.rows(
        "SELECT tx, hash, recorded_at FROM registry_transactions ORDER BY tx DESC LIMIT 1"
    )
    return Head(*rows[0]) if rows else Head(0, NO_HASH, "")


def as_of(session: Session) -> str:
    """Return the day that the current-state tables show; empty for a new store."""
    rows = session.rows("SELECT value FROM registry_state WHERE name = 'as_of'")
    return str(rows[0][0]) if rows else ""


def set_as_of(session: Session, day: str) -> None:
    """Note the day that the current-state tables show."""
    session.run("INSERT INTO registry_state VALUES ('as_of', ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value", (day,))  # fmt: skip


def advance(session: Session, backend: Backend, day: str) -> int:
    """Apply the valid times that begin or end up to a day; return how many records turned."""
    before = as_of(session)
    if day <= before:
        return 0
    turned = 0
    for name, keys in turning(session, before, day).items():
        turned += CurrentTable(backend, registry_layer(name)).settle(session, day, keys)
    set_as_of(session, day)
    return turned


def record(
    session: Session, backend: Backend, records: Sequence[Record], by: Stamp,
    tables: dict[str, CurrentTable],
) -> Receipt:  # fmt: skip
    """
    Record changes as one transaction.

    A clock that was set back reorders nothing: the time recorded is never before the last one,
    and the current-state tables never go back to an earlier day.

    Raises
    ------
    ConflictError
        If a record is at another version than the change was made on.
    """
    head = head_of(session)
    tx, at = head.tx + 1, max(by.recorded_at, head.recorded_at)
    advance(session, backend, by.day)
    day = max(by.day, as_of(session))
    by_layer: dict[str, list[Record]] = {}
    for one in records:
        by_layer.setdefault(one.layer, []).append(one)
    for name, some in by_layer.items():
        _refuse_conflicts(session, name, some)
    _append(session, records, tx)
    for name, some in by_layer.items():
        _apply(session, tables[name], some, day, tx)
    line = Transaction(tx, at, by.who, by.why, by.document, by.source, len(records),
                       digest_of_all(r.digest for r in records), head.hash).sealed()  # fmt: skip
    session.run(_INSERT_TRANSACTION, line)
    return Receipt(tx, at, line.hash, {name: len(some) for name, some in by_layer.items()})


def _append(session: Session, records: Iterable[Record], tx: int) -> None:
    first = int(session.rows("SELECT max(id) FROM registry_versions")[0][0] or 0) + 1
    session.many(
        _INSERT_VERSION,
        [(at, tx, r.layer, r.key, r.op, r.valid_from, r.valid_to, r.digest, r.content, r.wkb)
         for at, r in enumerate(records, start=first)],
    )  # fmt: skip


def _apply(
    session: Session, table: CurrentTable, records: Sequence[Record], day: str, tx: int
) -> None:
    """Bring the current-state table up to date with the records of one layer."""
    now = [r for r in records if r.holds_on(day)]
    table.put(session, ((Row(r.cells, r.wkb, tx), r.bounds) for r in now if r.op != RETIRE))
    table.drop(session, [r.key for r in now if r.op == RETIRE])
    other = [r.key for r in records if not r.holds_on(day)]
    if other:
        table.settle(session, day, other)


def _refuse_conflicts(session: Session, layer: str, records: Sequence[Record]) -> None:
    there = newest(session, layer, [r.key for r in records])
    wrong = []
    for one in records:
        number, op, _ = there.get(one.key, (0, RETIRE, b""))
        fresh = one.seen == 0 and op == RETIRE  # new, or again after it was retired
        if not (one.seen is None or one.seen == number or fresh):
            wrong.append((one, number))
    if not wrong:
        return
    first, number = wrong[0]
    error = ConflictError.for_record(layer, first.key, first.seen or 0, number)
    error.context["conflicts"] = len(wrong)
    error.newer = tuple(_newer(session, layer, r.key, n) for r, n in wrong[:_CONFLICTS_SHOWN])
    raise error


def _newer(session: Session, layer: str, key: str, tx: int) -> dict[str, Any] | None:
    """Return the newest version of a record as a row; None where it is retired or missing."""
    rows = session.rows("SELECT content, geom, op FROM registry_versions "
                        "WHERE layer = ? AND key = ? AND tx = ?", (layer, key, tx))  # fmt: skip
    if not rows or rows[0][2] == RETIRE:
        return None
    content, wkb, _ = rows[0]
    return {**json.loads(content), "geometry": wkb, "row_version": tx}
