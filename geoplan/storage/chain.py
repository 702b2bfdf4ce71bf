"""
The audit chain (审计链): every transaction carries a digest of its records and of the one before.

Digests are SHA-256. A record's covers its layer, key, kind, valid time, content and shape; a
transaction's hash covers its line of the audit table, which holds the digest of all its records
and the hash of the transaction before it. Changing, adding or taking away anything recorded
breaks the chain from there on; a cut-off tail is found with a head kept elsewhere.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NO_HASH = "0" * 64
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Head(NamedTuple):
    """The last transaction: its number, hash and time. Number 0 is an empty registry."""

    tx: int
    hash: str
    recorded_at: str


class Transaction(NamedTuple):
    """One line of the audit table, in the order of its columns; ``hash`` covers the others."""

    tx: int
    recorded_at: str
    who: str
    why: str
    document: str | None
    source: str | None
    records: int
    digest: str
    previous: str
    hash: str = ""

    def sealed(self) -> Transaction:
        """Return the line with its hash."""
        return self._replace(hash=sha256(_ENCODE(self[:-1]).encode()).hexdigest())


def record_digest(
    layer: str, key: str, op: str, valid_from: str | None, valid_to: str | None, content: str,
    wkb: bytes | None,
) -> bytes:  # fmt: skip
    """Return the digest of one record."""
    text = f"{layer}\x1f{key}\x1f{op}\x1f{valid_from or ''}\x1f{valid_to or ''}\x1f{content}\x1f"
    return sha256(text.encode() + (wkb or b"")).digest()


def digest_of_all(digests: Iterable[bytes]) -> str:
    """Return the digest of a transaction's records in their order."""
    return sha256(b"".join(digests)).hexdigest()


def note_head(path: Path | None, head: Head) -> None:
    """Add a head to the list kept beside the store; a folder that refuses is no failure."""
    if path is None:
        return
    line = json.dumps(head._asdict()) + "\n"
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(file, line.encode())  # at once: no other writer's line comes in between
        finally:
            os.close(file)
    except OSError:  # the list is a witness, the store is the truth
        return


def noted_heads(path: Path | None) -> list[Head]:
    """Return the heads of a list, whole lines only."""
    if path is None or not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(Head(**json.loads(line)))
        except (ValueError, TypeError):  # the line being written when the power went
            continue
    return found
