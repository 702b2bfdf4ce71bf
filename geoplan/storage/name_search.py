"""Search of place names (地名检索): one box for characters, pinyin, initials and typing errors."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, MissingFileError
from geoplan.placenames import ranking
from geoplan.placenames.queries import parse
from geoplan.storage import name_search_tables as tables
from geoplan.storage.name_search_build import batches, build, records, rejected
from geoplan.storage.name_search_candidates import Finder, Reach
from geoplan.storage.name_search_hits import Found, look

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from geoplan.errors import Lang
    from geoplan.placenames.generics import Generics
    from geoplan.placenames.queries import Query
    from geoplan.placenames.readings import Readings
    from geoplan.storage.name_search_candidates import Candidate
    from geoplan.storage.name_search_hits import Hit

__all__ = ["HIT_COLUMNS", "NameSearch", "build"]

HIT_COLUMNS = ("place_id", "text", "standard_text", "score", "match", "why", "form_id", "kind",
               "name_class", "unit_code", "lon", "lat", "importance", "secrecy")  # fmt: skip
"""Columns of what a search gives."""
MOST_HITS = 1000
_HIT_INDEX = pd.Index(HIT_COLUMNS, dtype=object)
_BEGINNINGS = frozenset(
    {"prefix", "mixed", "pinyin_prefix", "initials", "initials_prefix", *ranking.WHOLE}
)


class NameSearch:
    """
    An open index; safe to use from many threads. One that is built again must be opened again.

    Parameters
    ----------
    path
        Made by `build`.
    generics
        Generic terms (通名), so that 街办 finds 街道办事处; None compares generics as written.
    readings
        Readings of characters that stand in no name of the index, for same-sound errors; None:
        only the names themselves say how a character sounds.

    Raises
    ------
    MissingFileError
        If there is no such file.
    StoreError
        If it is no index, damaged, or of another version of geoplan.

    Examples
    --------
    >>> import tempfile
    >>> row = {"form_id": "n1", "place_id": "p1", "text": "曾都区", "reading": "zeng1 du1 qu1",
    ...        "secrecy": "public"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "names.sqlite"
    ...     refused = build(path, [row], version=7)
    ...     search = NameSearch(path)
    ...     hits = search.search("zengdu")
    ...     search.close()
    >>> hits.loc[0, ["text", "match"]].tolist()
    ['曾都区', 'pinyin_prefix']
    """

    def __init__(
        self,
        path: str | Path,
        *,
        generics: Generics | None = None,
        readings: Readings | None = None,
    ) -> None:
        self.path, self._generics, self._readings = Path(path), generics, readings
        self._lock = threading.Lock()
        if not self.path.is_file():
            raise MissingFileError.for_path(self.path)
        self._database = tables.connect(self.path)
        try:
            with self._reading() as database:
                about = dict(database.execute("SELECT name, value FROM about").fetchall())
        except BaseException:
            self.close()
            raise
        if about.get("format") != tables.FORMAT:
            self.close()
            raise tables.unusable(path, f"its format is {about.get('format')!r}")

    @property
    def version(self) -> str:
        """Version of the layer that the index was made from, or last brought up to."""
        with self._reading() as database:
            found = database.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
        return str(found[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def search(
        self,
        q: str,
        *,
        limit: int = 10,
        near_unit: str | None = None,
        kinds: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        allowed_secrecy: Sequence[str] = ("public",),
        lang: Lang = "zh",
    ) -> pd.DataFrame:
        """
        Find names by whatever was typed.

        Parameters
        ----------
        q
            Characters, pinyin (whole, unfinished, with or without tones), initials, a mix of them;
            with or without its generic; with a typing error. At most 100 characters.
        limit
            Greatest number of places, 1–1000.
        near_unit
            Division code of the asker; names near it come first among equals.
        kinds, classes
            Kinds of forms and classes of names that count; None for all.
        allowed_secrecy
            Classes of secrecy that the asker may read. Other rows are not there: they change
            neither ranks nor counts.
        lang
            Language of ``why``.

        Returns
        -------
        hits
            One row per place, best first, with the columns `HIT_COLUMNS`. ``text`` is the form
            that matched, ``standard_text`` the standard name of its place (None where there is
            none that may be read), ``match`` a word of `geoplan.placenames.ranking.MATCHES`.
            Cells are Python objects (a frame of columns would take longer than the search).

        Raises
        ------
        InputError
            If the query or an option cannot be.
        MissingExtraError
            If a typing error must be looked for and ``rapidfuzz`` is not installed.

        Notes
        -----
        The page is filled in the order of what a match is worth: names as asked, beginnings and
        parts; then same sounds and characters out of order; last, and only where no name is what
        was asked, other typing errors. A longer page therefore looks further.
        """
        reach = _reach(allowed_secrecy, near_unit, kinds=kinds, classes=classes)
        query = parse(q, generics=self._generics)
        with self._reading() as database:
            found = Found(self._generics, query, near_unit)
            look(Finder(database, reach, _limit(limit)), found, limit, self._readings)
            return self._frame(database, found.best(limit), reach, lang)

    def autocomplete(
        self,
        prefix: str,
        *,
        limit: int = 10,
        near_unit: str | None = None,
        allowed_secrecy: Sequence[str] = ("public",),
        lang: Lang = "zh",
    ) -> pd.DataFrame:
        """
        Find names that begin with what was typed so far: characters, pinyin, initials or a mix.

        Parameters
        ----------
        prefix
            What was typed so far.
        limit, near_unit, allowed_secrecy, lang
            As in `search`.

        Returns
        -------
        hits
            As `search`, with no inner matches and no typing errors.

        Raises
        ------
        InputError
            If the prefix or an option cannot be.
        """
        reach = _reach(allowed_secrecy, near_unit)
        query = parse(prefix, generics=self._generics)
        with self._reading() as database:
            found = Found(self._generics, query, near_unit, among=_BEGINNINGS)
            finder = Finder(database, reach, _limit(limit))
            for stage in (finder.headed, finder.said, *_ways(finder, query)):
                found.add(stage(query), found.plainly)
            return self._frame(database, found.best(limit), reach, lang)

    def update(
        self,
        rows: pd.DataFrame | Iterable[Mapping[str, Any]] = (),
        gone: Iterable[str] = (),
        *,
        version: str | int | None = None,
    ) -> pd.DataFrame:
        """
        Put in, change and take out single forms, as one transaction.

        Parameters
        ----------
        rows
            As in `build`; a ``form_id`` that is there already is replaced, by the last row of it.
        gone
            ``form_id`` of the forms to take out; unknown ones are nothing to do.
        version
            New version of the layer; None keeps the old one.

        Returns
        -------
        rejected
            As in `build`; a row that is rejected leaves its old form as it was.

        Raises
        ------
        StoreError
            If the index cannot be written now; nothing is changed.
        """
        refused: list[tuple[Any, ...]] = []
        database = tables.connect(self.path, mode="rw")
        with tables.translated(self.path), closing(database):
            database.execute("BEGIN IMMEDIATE")
            _take_out(database, gone)
            first = number = _next(database)
            for batch in batches(rows):
                good = records(batch, number, refused)
                number += len(batch)
                _put_in(database, good)
            database.execute("UPDATE about SET value = ? WHERE name = 'next'", (number,))
            if version is not None:
                said = (str(version),)
                database.execute("UPDATE about SET value = ? WHERE name = 'version'", said)
            database.execute("COMMIT")
        return rejected(refused, first)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, tables.translated(self.path):
            yield self._database

    def _frame(
        self, database: sqlite3.Connection, hits: Sequence[Hit], reach: Reach, lang: Lang
    ) -> pd.DataFrame:
        finder = Finder(database, reach, len(hits))
        shown = []
        for _, row, found, near, score in hits:
            standard = row.text if row.kind == "standard" else finder.standard(row.place_id)
            said = ranking.why(found, row.kind, row.text, near=near, lang=lang)
            shown.append((row.place_id, row.text, standard, score, found.how, said, row.form_id,
                          row.kind, row.name_class, row.unit_code, row.lon, row.lat,
                          row.importance, tables.secrecy_of(row.id)))  # fmt: skip
        cells = np.array(shown, dtype=object).reshape(-1, len(HIT_COLUMNS))
        return pd.DataFrame(cells, columns=_HIT_INDEX, dtype=object)


def _ways(finder: Finder, query: Query) -> list[Callable[[Query], Iterator[Candidate]]]:
    return [finder.along] if query.ways and not query.letters else []


def _reach(
    allowed: Sequence[str],
    near_unit: str | None,
    *,
    kinds: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
) -> Reach:
    for name, values, known in (("allowed_secrecy", allowed, tables.CLASSES),
                                ("kinds", kinds or (), tuple(ranking.KINDS))):  # fmt: skip
        if isinstance(values, str) or set(values) - set(known):
            raise InputError(
                f"{name} is {values!r}.", zh=f"{name} 为 {values!r}。",
                fix=f"give some of {', '.join(known)}", fix_zh=f"取 {'、'.join(known)} 中的若干个",
                field=name, value=str(values),
            )  # fmt: skip
    spans: list[tuple[int, int]] = []
    for low, high in sorted(tables.span(c) for c in set(allowed)):
        if spans and spans[-1][1] + 1 == low:
            low = spans.pop()[0]  # noqa: PLW2901
        spans.append((low, high))
    return Reach.of(spans, near_unit=_unit(near_unit), among={"kind": kinds, "name_class": classes})


def _unit(code: str | None) -> str | None:
    if code is None or (code.isascii() and code.isdigit()):
        return code
    raise InputError(
        f"near_unit is {code!r}, which is no division code.",
        zh=f"near_unit 为 {code!r}，不是行政区划代码。",
        fix="give 4 to 12 digits", fix_zh="给出 4 至 12 位数字", value=str(code),
    )  # fmt: skip


def _limit(limit: int) -> int:
    if 1 <= limit <= MOST_HITS:
        return limit
    raise InputError(
        f"limit is {limit}.", zh=f"limit 为 {limit}。", fix=f"give 1 to {MOST_HITS}",
        fix_zh=f"取 1 至 {MOST_HITS}", value=limit,
    )  # fmt: skip


def _next(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT value FROM about WHERE name = 'next'").fetchone()[0])


def _take_out(database: sqlite3.Connection, gone: Iterable[str]) -> None:
    each = [(form_id,) for form_id in dict.fromkeys(gone)]
    database.executemany(tables.DELETE_TOKENS, each)
    database.executemany("DELETE FROM forms WHERE form_id = ?", each)


def _put_in(database: sqlite3.Connection, good: Sequence[tuple[Any, ...]]) -> None:
    latest = {row[1]: row for row in good}
    _take_out(database, latest)
    database.executemany(tables.INSERT, list(latest.values()))
    database.executemany(tables.INSERT_TOKENS, [(row[0], row[0]) for row in latest.values()])
    database.executemany(
        "INSERT OR IGNORE INTO sounds VALUES (?, ?, ?)", sorted(tables.sounds_of(latest.values()))
    )
