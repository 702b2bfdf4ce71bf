"""Building the name-search index (建立地名检索库): one pass over the rows, renamed when whole."""

from __future__ import annotations

import sqlite3
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan import io
from geoplan.placenames import normalise
from geoplan.storage import name_search_tables as tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_BATCH = 20_000
_FAST_TOKENS = """
INSERT INTO grams (grams, rank) VALUES ('hashsize', 33554432);
INSERT INTO grams (grams, rank) VALUES ('automerge', 0);
"""
_COMPACT = """
INSERT INTO grams (grams, rank) VALUES ('hashsize', 1048576);
INSERT INTO grams (grams, rank) VALUES ('automerge', 4);
INSERT INTO grams (grams) VALUES ('optimize');
ANALYZE;
"""
_FAST = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -131072; PRAGMA temp_store = MEMORY;
"""


def build(
    path: str | Path,
    rows: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    version: str | int = "",
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """
    Make the index of all forms of names, replacing an older one in one rename.

    Parameters
    ----------
    path
        Where the index belongs. An older one stays in place until the new one is whole.
    rows
        One per form: ``form_id``, ``place_id``, ``text``, ``reading`` (None: not found by pinyin),
        ``kind`` (standard, former, alias, short, dialect, minority, traditional), ``name_class``,
        ``unit_code``, ``lon`` and ``lat`` (degrees, CGCS2000), ``importance`` (0–1), ``secrecy``
        (none said: ``state_confidential``).
    version
        Version of the layer that the rows came from; kept in the index.
    progress
        Called with the number of rows read so far.

    Returns
    -------
    rejected
        Rows that are not indexed: ``row`` (position from 0), ``field``, ``value``, ``reason``. All
        others are.

    Raises
    ------
    OutputError
        If the file cannot be written; nothing half is left.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> row = {"form_id": "n1", "place_id": "p1", "text": "曾都区", "secrecy": "public"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     refused = build(Path(folder) / "names.sqlite", [row, {"form_id": "n2"}])
    >>> refused[["row", "field"]].to_numpy().tolist()
    [[1, 'place_id']]
    """
    refused: list[tuple[Any, ...]] = []
    with io.replacing(path) as temporary:
        database = tables.connect(temporary, mode="rwc")
        try:
            database.executescript(_FAST)
            database.executescript(tables.TABLES + _FAST_TOKENS)
            database.execute("BEGIN")
            count = _insert(database, rows, refused, progress)
            refused += _without_repeats(database)
            database.execute(tables.INSERT_TOKENS, (0, 1 << 62))
            for statement in tables.INDEXES.split(";"):
                database.execute(statement)
            about = {"format": tables.FORMAT, "version": str(version), "next": count}
            database.executemany("INSERT INTO about VALUES (?, ?)", about.items())
            database.execute("COMMIT")
            database.executescript(_COMPACT)
        except sqlite3.OperationalError as error:
            raise OSError(error) from error
        finally:
            database.close()
    return rejected(refused)


def rejected(refused: list[tuple[Any, ...]], first: int = 0) -> pd.DataFrame:
    """Return refused rows as a frame, ``row`` counted from the first."""
    shown = [(row - first, *rest) for row, *rest in sorted(refused, key=itemgetter(0))]
    return pd.DataFrame(shown, columns=list(tables.REJECTED))


def batches(
    rows: pd.DataFrame | Iterable[Mapping[str, Any]],
) -> Iterator[list[Mapping[str, Any]]]:
    """Give rows a batch at a time; missing cells of a frame are None."""
    if isinstance(rows, pd.DataFrame):
        for at in range(0, len(rows), _BATCH):
            part = rows.iloc[at : at + _BATCH].astype(object)
            columns = [str(c) for c in part.columns]
            cells = part.where(part.notna(), None).to_numpy(dtype=object)
            yield [dict(zip(columns, row, strict=True)) for row in cells]
        return
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def records(
    batch: list[Mapping[str, Any]], first: int, refused: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Return the records of a batch whose first row has a number; note those that have none."""
    texts = [t if isinstance(t := row.get("text"), str) else "" for row in batch]
    good = []
    for at, (row, key) in enumerate(zip(batch, normalise.keys(texts), strict=True), start=first):
        made = tables.record(row, key, at)
        if isinstance(made, tables.Refusal):
            refused.append((at, *made))
        else:
            good.append(made)
    return good


def _insert(
    database: sqlite3.Connection,
    rows: pd.DataFrame | Iterable[Mapping[str, Any]],
    refused: list[tuple[Any, ...]],
    progress: Callable[[int], None] | None,
) -> int:
    count = 0
    sounds: set[tuple[str, str, int]] = set()
    for batch in batches(rows):
        good = records(batch, count, refused)
        database.executemany(tables.INSERT, good)
        sounds |= tables.sounds_of(good)
        count += len(batch)
        if progress:
            progress(count)
    database.executemany("INSERT INTO sounds VALUES (?, ?, ?)", sorted(sounds))
    return count


def _without_repeats(database: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Take out the rows whose form_id came before, and say which they were."""
    repeated = database.execute(
        "SELECT form_id, id FROM forms WHERE form_id IN "
        "(SELECT form_id FROM forms GROUP BY form_id HAVING count(*) > 1)"
    ).fetchall()
    arrived = sorted((form_id, tables.arrival(number), number) for form_id, number in repeated)
    later = [b for a, b in zip(chain([("", 0, 0)], arrived), arrived, strict=False) if a[0] == b[0]]
    database.executemany("DELETE FROM forms WHERE id = ?", [(number,) for *_, number in later])
    return [(at, "form_id", form_id, "编号重复 / given twice") for form_id, at, _ in later]
