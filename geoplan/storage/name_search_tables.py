"""
Tables of the name-search index (地名检索库): what is stored, and how its rows are numbered.

A row's number says its order: class of secrecy, importance, length, then the order of arrival. A
full-text match read by number is therefore read best first, and only in the allowed classes; names
of other classes are not even counted.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import InputError, StoreError, StoreUnavailableError
from geoplan.placenames import normalise
from geoplan.placenames.ranking import KINDS
from geoplan.placenames.tokens import TOKENS_VERSION, plain, sound, syllables, tokens
from geoplan.schemas.vocabulary import SECRECY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FORMAT = f"geoplan-name-search 1.{TOKENS_VERSION}"
CLASSES = tuple(c.code for c in SECRECY)
COLUMNS = ("form_id", "place_id", "text", "reading", "kind", "name_class", "unit_code",
           "lon", "lat", "importance", "secrecy")  # fmt: skip
"""Columns of a row that is indexed."""

CLASS_BITS, _RANK_BITS = 52, 40
_STEPS, _LENGTHS = 63, 15
_LONGEST_TEXT = 200
BUSY_S = 5.0
_HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_MAPPED_BYTES = 1 << 30

# ascii: every character beyond ASCII is part of a token, also those younger than SQLite's tables
TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE forms (
    id INTEGER PRIMARY KEY, form_id TEXT NOT NULL, place_id TEXT NOT NULL, text TEXT NOT NULL,
    key TEXT NOT NULL, sound TEXT, reading TEXT, kind TEXT NOT NULL, name_class TEXT,
    unit_code TEXT, lon REAL, lat REAL, importance REAL NOT NULL
);
CREATE TABLE sounds (
    character TEXT, syllable TEXT, class INTEGER, PRIMARY KEY (character, syllable, class)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE grams USING fts5 (
    tokens, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
);
"""
INDEXES = """
CREATE UNIQUE INDEX forms_form ON forms (form_id);
CREATE INDEX forms_place ON forms (place_id) WHERE kind = 'standard';
CREATE INDEX forms_key ON forms (key);
CREATE INDEX forms_sound ON forms (sound) WHERE sound IS NOT NULL;
"""
INSERT = f"INSERT INTO forms VALUES ({', '.join('?' * 13)})"
INSERT_TOKENS = """
INSERT INTO grams (rowid, tokens)
SELECT id, tokens(key, reading, unit_code) FROM forms WHERE id BETWEEN ? AND ? ORDER BY id
"""
DELETE_TOKENS = """
INSERT INTO grams (grams, rowid, tokens)
SELECT 'delete', id, tokens(key, reading, unit_code) FROM forms WHERE form_id = ?
"""
REJECTED = ("row", "field", "value", "reason")


class Refusal(NamedTuple):
    """Why a row is not indexed."""

    field: str
    value: Any
    reason: str


def connect(path: Path, *, mode: str = "ro") -> sqlite3.Connection:
    """
    Open an index, with the function that makes tokens.

    Parameters
    ----------
    path
        The file.
    mode
        ``ro``, ``rw`` or ``rwc``.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    with translated(path):
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None,
            timeout=BUSY_S, check_same_thread=False,
        )  # fmt: skip
        database.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
    database.create_function("tokens", 3, tokens, deterministic=True)
    return database


@contextmanager
def translated(path: object) -> Iterator[None]:
    """Turn SQLite's errors into ours: the index is held by another program, or no good."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _HELD:
            raise StoreUnavailableError.for_url(
                path, f"another program has held it for {BUSY_S:g} s.",
                f"其他程序占用已超过 {BUSY_S:g} 秒。",
            ) from error  # fmt: skip
        raise unusable(path, str(error)) from error


def unusable(path: object, reason: str) -> StoreError:
    """Return the error of an index that cannot be used."""
    return StoreError(
        f"The name index {path} cannot be used: {reason}.",
        zh=f"地名检索库 {path} 不能使用：{reason}。",
        fix="build it again from the registry; it holds nothing of its own",
        fix_zh="由登记库重新建立；检索库不含登记库以外的内容",
        store=str(path),
    )


def span(secrecy: str) -> tuple[int, int]:
    """Return the least and greatest number of the rows of a class of secrecy."""
    at = CLASSES.index(secrecy)
    return at << CLASS_BITS, ((at + 1) << CLASS_BITS) - 1


def secrecy_of(number: int) -> str:
    """Return the class of secrecy of a row by its number."""
    return CLASSES[number >> CLASS_BITS]


def arrival(number: int) -> int:
    """Return a row's place in the order of arrival."""
    return number & ((1 << _RANK_BITS) - 1)


def record(row: Mapping[str, Any], key: str, number: int) -> tuple[Any, ...] | Refusal:
    """
    Return a row as `forms` holds it, or why it cannot be indexed.

    Parameters
    ----------
    row
        With the columns `COLUMNS`; ``reading``, ``name_class``, ``unit_code``, ``lon``, ``lat``
        may be missing. No secrecy is ``state_confidential`` (RULES §6.6), no importance is 0.
    key
        The comparison key of its text.
    number
        Its place in the order of arrival.

    Returns
    -------
    record
        The columns of `forms` in their order, or a refusal.
    """
    kind = _text(row, "kind") or "standard"
    secrecy = _text(row, "secrecy") or "state_confidential"
    numbers = {name: _number(row.get(name)) for name in ("lon", "lat", "importance")}
    words = {"kind": kind, "secrecy": secrecy}
    if refusal := next(_refusals(row, key, words, numbers), None):
        return refusal
    importance, key, reading = numbers["importance"] or 0.0, plain(key), _text(row, "reading")
    letters = "".join(syllables(reading))
    rank = (_STEPS - round(importance * _STEPS)) * (_LENGTHS + 1) + min(len(key), _LENGTHS)
    at = CLASSES.index(secrecy) << CLASS_BITS | rank << _RANK_BITS | number
    unit_code = plain(_text(row, "unit_code") or "") or None
    return (at, _text(row, "form_id"), _text(row, "place_id"), row["text"].strip(), key,
            sound(letters) if letters else None, reading, kind, _text(row, "name_class"),
            unit_code, numbers["lon"], numbers["lat"], importance)  # fmt: skip


def _refusals(
    row: Mapping[str, Any], key: str, words: dict[str, str], numbers: dict[str, float | None]
) -> Iterator[Refusal]:
    for field in ("form_id", "place_id"):
        if _text(row, field) is None:
            yield Refusal(field, row.get(field), "没有填写 / is not given")
    for field, known in (("kind", tuple(KINDS)), ("secrecy", CLASSES)):
        if words[field] not in known:
            yield Refusal(field, words[field], f"不是其中之一 / is none of: {', '.join(known)}")
    for field, value in numbers.items():
        if value is _BAD:
            yield Refusal(field, row.get(field), "不是数 / is no number")
    if not 0 <= (numbers["importance"] or 0.0) <= 1:
        yield Refusal("importance", row["importance"], "应在 0 与 1 之间 / is not between 0 and 1")
    yield from _text_refusals(row.get("text"), key)


def _text_refusals(text: Any, key: str) -> Iterator[Refusal]:
    if isinstance(text, str) and text.isprintable() and plain(key) and len(text) <= _LONGEST_TEXT:
        return
    try:
        normalise.checked(text, most=_LONGEST_TEXT)
    except InputError as error:
        yield Refusal("text", text, f"{error.message_zh} / {error.message}")
    else:
        if not plain(key):
            yield Refusal("text", text, "没有可检索的文字 / holds no character to search by")


_BAD = float("inf")


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return None if value is None or value != value else str(value).strip() or None  # noqa: PLR0124


def _number(value: Any) -> float | None:
    if value is None or value != value or value == "":  # noqa: PLR0124
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return _BAD


def sounds_of(records: Iterable[tuple[Any, ...]]) -> set[tuple[str, str, int]]:
    """Return which characters are read how in some records, and in which class of secrecy."""
    found: set[tuple[str, str, int]] = set()
    for row in records:
        key, parts = row[4], syllables(row[6])
        if len(key) == len(parts):
            level = row[0] >> CLASS_BITS
            found.update((c, s, level) for c, s in zip(key, parts, strict=True))
    return found
