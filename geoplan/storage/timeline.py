"""
Two times (双时态): what was known on one day about another.

A version says: this record has this content for its valid time, recorded in transaction n. A later
version overrides an earlier one where their valid times meet. So what was known after transaction
n about a day is, for each record, the last version up to n whose valid time covers the day; a
retirement there means that the record does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geoplan.storage.backend import Session

ALL = 1 << 62
"""A transaction number beyond all."""
_CHUNK = 500
_Item = TypeVar("_Item")


class Held(NamedTuple):
    """A record on a day: its content, and the number of the newest version of its key."""

    key: str
    content: str
    wkb: bytes | None
    newest: int


def holding(
    session: Session, layer: str, *, day: str, tx: int = ALL, keys: Sequence[str] | None = None
) -> list[Held]:
    """Return the records of a layer that hold on a day, as known after a transaction, by key."""
    found = []
    for some in _lists(keys):
        among = "" if some is None else f" AND key IN ({', '.join('?' * len(some))})"
        sql = (
            "SELECT v.key, v.content, v.geom, n.newest FROM ("
            "SELECT key, max(tx) AS newest, max(CASE WHEN (valid_from IS NULL OR valid_from <= ?) "
            "AND (valid_to IS NULL OR valid_to > ?) THEN tx END) AS held "
            f"FROM registry_versions WHERE layer = ? AND tx <= ?{among} GROUP BY key) n "
            "JOIN registry_versions v ON v.layer = ? AND v.key = n.key AND v.tx = n.held "
            "WHERE v.op = 'put' ORDER BY v.key"
        )
        found += session.rows(sql, (day, day, layer, tx, *(some or ()), layer))
    return [Held(*row) for row in found]


class Newest(NamedTuple):
    """The newest version of a key: its number, kind and digest."""

    tx: int
    op: str
    digest: bytes


def newest(session: Session, layer: str, keys: Sequence[str] | None = None) -> dict[str, Newest]:
    """Return the newest version of each key (of all, if None) that has one."""
    if keys is None or len(keys) > _CHUNK:  # a first import asks about thousands
        any_there = "SELECT 1 FROM registry_versions WHERE layer = ? LIMIT 1"
        if not session.rows(any_there, (layer,)):
            return {}
    found: dict[str, Newest] = {}
    for some in _lists(keys):
        among = "" if some is None else f" AND key IN ({', '.join('?' * len(some))})"
        sql = (
            "SELECT v.key, v.tx, v.op, v.digest FROM (SELECT key, max(tx) AS tx "
            f"FROM registry_versions WHERE layer = ?{among} GROUP BY key) n "
            "JOIN registry_versions v ON v.layer = ? AND v.key = n.key AND v.tx = n.tx"
        )
        rows = session.rows(sql, (layer, *(some or ()), layer))
        found |= {row[0]: Newest(*row[1:]) for row in rows}
    return found


def turning(session: Session, after: str, until: str) -> dict[str, list[str]]:
    """Return the keys, by layer, whose valid time begins or ends after one day up to another."""
    found: dict[str, dict[str, None]] = {}
    for end in ("valid_from", "valid_to"):
        sql = f"SELECT layer, key FROM registry_versions WHERE {end} > ? AND {end} <= ?"
        for layer, key in session.rows(sql, (after, until)):
            found.setdefault(layer, {})[key] = None
    return {layer: list(keys) for layer, keys in found.items()}


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Cut a sequence into parts that one statement can name."""
    for at in range(0, len(items), _CHUNK):
        yield items[at : at + _CHUNK]


def _lists(keys: Sequence[str] | None) -> Iterable[Sequence[str] | None]:
    return (None,) if keys is None else chunks(keys)
