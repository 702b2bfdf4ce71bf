"""Recording (登记事务): versions, current state and the audit line, in one transaction."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import ConflictError, InputError
from geoplan.storage.chain import NO_HASH, Head, Transaction, digest_of_all
from geoplan.storage.current import Rows
from geoplan.storage.records import RETIRE
from geoplan.storage.timeline import newest, turning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geoplan.storage.backend import Session
    from geoplan.storage.current import CurrentTable
    from geoplan.storage.records import Batch

BEIJING = timezone(timedelta(hours=8))
"""Days are days in China: a time is recorded in UTC and belongs to its Beijing day."""

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
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


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


def advance(session: Session, tables: Mapping[str, CurrentTable], day: str) -> tuple[str, int]:
    """
    Apply the valid times that begin or end up to a day.

    Returns
    -------
    day
        That the current-state tables show now: they never go back to an earlier one.
    turned
        How many records were looked at.
    """
    before = as_of(session)
    if day <= before:
        return before, 0
    turned = 0
    for name, keys in turning(session, before, day).items():
        turned += tables[name].settle(session, day, keys)
    set_as_of(session, day)
    return day, turned


def record(
    session: Session, tables: Mapping[str, CurrentTable], batches: Sequence[Batch], by: Stamp
) -> Receipt:
    """
    Record changes as one transaction.

    A clock that was set back reorders nothing: the time recorded is never before the last one.

    Raises
    ------
    ConflictError
        If a record is at another version than the change was made on.
    """
    head = head_of(session)
    tx, at = head.tx + 1, max(by.recorded_at, head.recorded_at)
    day, _ = advance(session, tables, by.day)
    for batch in batches:
        _refuse_conflicts(session, batch)
    first = int(session.rows("SELECT max(id) FROM registry_versions")[0][0] or 0) + 1
    for batch in batches:
        _append(session, batch, tx, first)
        first += len(batch.keys)
        _apply(session, tables[batch.layer.name], batch, day, tx)
    digests = [digest for batch in batches for digest in batch.digests]
    line = Transaction(tx, at, by.who, by.why, by.document, by.source, len(digests),
                       digest_of_all(digests), head.hash).sealed()  # fmt: skip
    session.run(_INSERT_TRANSACTION, line)
    return Receipt(tx, at, line.hash, {b.layer.name: len(b.keys) for b in batches})


def _append(session: Session, batch: Batch, tx: int, first: int) -> None:
    """Write the versions; what none of them has is not named."""
    count = len(batch.keys)
    columns: dict[str, Iterable[Any]] = {
        "id": range(first, first + count), "tx": repeat(tx, count),
        "layer": repeat(batch.layer.name, count), "key": batch.keys, "op": batch.ops,
        "digest": batch.digests, "content": batch.content,
    }  # fmt: skip
    columns |= {n: batch.cells[n] for n in ("valid_from", "valid_to") if n in batch.cells}
    if any(batch.wkb):
        columns["geom"] = batch.wkb
    session.many(
        f"INSERT INTO registry_versions ({', '.join(columns)}) "
        f"VALUES ({', '.join('?' * len(columns))})",
        zip(*columns.values(), strict=True),
    )


def _apply(session: Session, table: CurrentTable, batch: Batch, day: str, tx: int) -> None:
    """Bring the current-state table up to date with the records of one layer."""
    holds, retired = batch.hold_on(day), [op == RETIRE for op in batch.ops]
    rows = Rows(batch.cells, batch.wkb, batch.bounds, [tx] * len(holds))
    table.put(session, rows.at(
        [at for at, (now, gone) in enumerate(zip(holds, retired, strict=True)) if now and not gone]
    ))  # fmt: skip
    table.drop(session, [k for k, now, gone in zip(batch.keys, holds, retired, strict=True)
                         if now and gone])  # fmt: skip
    other = [k for k, now in zip(batch.keys, holds, strict=True) if not now]
    if other:
        table.settle(session, day, other)


def _refuse_conflicts(session: Session, batch: Batch) -> None:
    layer = batch.layer.name
    there = newest(session, layer, batch.keys)
    wrong = []
    for key, seen in zip(batch.keys, batch.seen, strict=True):
        number, op, _ = there.get(key, (0, RETIRE, b""))
        fresh = seen == 0 and op == RETIRE  # new, or again after it was retired
        if not (seen is None or seen == number or fresh):
            wrong.append((key, seen, number))
    if not wrong:
        return
    key, seen, number = wrong[0]
    error = ConflictError.for_record(layer, key, seen, number)
    error.context["conflicts"] = len(wrong)
    error.newer = tuple(_newer(session, layer, k, n) for k, _, n in wrong[:_CONFLICTS_SHOWN])
    raise error


def _newer(session: Session, layer: str, key: str, tx: int) -> dict[str, Any] | None:
    """Return the newest version of a record as a row; None where it is retired or missing."""
    rows = session.rows("SELECT content, geom, op FROM registry_versions "
                        "WHERE layer = ? AND key = ? AND tx = ?", (layer, key, tx))  # fmt: skip
    if not rows or rows[0][2] == RETIRE:
        return None
    content, wkb, _ = rows[0]
    return {**json.loads(content), "geometry": wkb, "row_version": tx}
