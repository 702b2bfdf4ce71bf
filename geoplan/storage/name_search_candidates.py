"""Candidates of a name search (检索候选): what the index is asked for a query, best rows first."""

from __future__ import annotations

import json
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.placenames.queries import one_edit_away
from geoplan.placenames.tokens import HEAD_LETTERS, UNIT_DIGITS, sound, syllables
from geoplan.storage.name_search_tables import CLASS_BITS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from geoplan.placenames.queries import Element, Query
    from geoplan.placenames.readings import Readings

MANY = 1000
_SPARE = 10
_COLUMNS = ("id, form_id, place_id, text, key, reading, kind, name_class, unit_code, lon, lat, "
            "importance")  # fmt: skip
_LAST = "\U0010ffff"
_MOST_READINGS = 8
_SHORT, _HALVED = 4, 6
_LONGEST_INITIALS = 12
_LONGEST_EDITED = 40


class Candidate(NamedTuple):
    """A row that may match."""

    id: int
    form_id: str
    place_id: str
    text: str
    key: str
    reading: str | None
    kind: str
    name_class: str | None
    unit_code: str | None
    lon: float | None
    lat: float | None
    importance: float


class Reach(NamedTuple):
    """
    Which rows may be found at all.

    Parameters
    ----------
    spans
        Least and greatest numbers of the allowed rows.
    where, values
        Further conditions on `forms`, with their values.
    units
        Tokens of the asker's unit and those above it: rows there are asked for by themselves, or
        better known names elsewhere would take their room.
    """

    spans: tuple[tuple[int, int], ...]
    where: str = ""
    values: tuple[Any, ...] = ()
    units: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        spans: Sequence[tuple[int, int]],
        *,
        near_unit: str | None,
        among: dict[str, Sequence[str] | None],
    ) -> Reach:
        """Return the reach of spans, near a unit, with some columns' values ``among`` others."""
        where = ""
        values: list[str] = []
        for column, wanted in among.items():
            if wanted is not None:
                where += f" AND f.{column} IN ({', '.join('?' * len(wanted))})"
                values += wanted
        units = [f"u{near_unit[:n]}" for n in UNIT_DIGITS if near_unit and len(near_unit) >= n]
        return cls(tuple(spans), where, tuple(values), tuple(reversed(units)))


class Finder:
    """
    Questions to one open index within one reach.

    Parameters
    ----------
    database
        The index.
    reach
        Which rows may be found.
    limit
        How many places are asked for.
    """

    def __init__(self, database: sqlite3.Connection, reach: Reach, limit: int) -> None:
        self._database, self._reach, self._few = database, reach, limit + _SPARE

    def written(self, query: Query) -> Iterator[Candidate]:
        """Give the names that are, begin with, or hold what is asked, as it is written."""
        key = query.key
        if not key:
            return
        yield from self._keyed("f.key = ?", [key])
        for other in query.alike:
            yield from self._keyed("f.key = ?", [other])
        yield from self.headed(query)
        if len(key) > 1:
            yield from self._tokens([f"b{a}{b}" for a, b in pairwise(key)])
        else:
            yield from self._tokens([f"c{key}"])

    def headed(self, query: Query) -> Iterator[Candidate]:
        """Give the names that begin with what is asked, or have its specific."""
        for start in filter(None, dict.fromkeys((query.key, query.specific))):
            inner = [f"b{a}{b}" for a, b in pairwise(start)][1:]
            yield from self._tokens([f"d{start[:2]}", *inner])

    def said(self, query: Query) -> Iterator[Candidate]:
        """Give the names whose pinyin or initials begin with the letters asked."""
        letters = query.letters
        if not letters:
            return
        asked = sound(letters)
        yield from self._keyed("f.sound = ?", [asked], MANY)
        if len(asked) <= HEAD_LETTERS:
            yield from self._tokens([f"y{asked}"])
        else:
            yield from self._keyed("f.sound > ? AND f.sound < ?", [asked, asked + _LAST], MANY)
        if 1 < len(letters) <= _LONGEST_INITIALS:
            yield from self._tokens([f"j{letters}"])
            size = min(len(letters), 3)
            grams = {letters[at : at + size] for at in range(len(letters) - size + 1)}
            yield from self._tokens([f"i{g}" for g in sorted(grams)])

    def along(self, query: Query) -> Iterator[Candidate]:
        """Give the names that may hold the characters and syllables asked, side by side."""
        limit = None if query.letters else MANY
        for wanted in dict.fromkeys((*_pairs(way), *_singles(way)) for way in query.ways):
            yield from self._tokens(wanted, limit)

    def spoken(self, key: str, readings: Readings | None) -> list[str]:
        """Return the letters that characters may be read as, first by the names of the index."""
        classes = [(low >> CLASS_BITS, high >> CLASS_BITS) for low, high in self._reach.spans]
        sql = "SELECT DISTINCT syllable FROM sounds WHERE character = ?"
        choices = []
        for character in key:
            said = {row[0] for row in self._rows(sql, [character], "class", classes)}
            if not said and readings is not None:
                said = set(syllables(readings.read_many([character])[0]))
            choices.append(sorted(said))
        return ["".join(way) for way in islice(product(*choices), _MOST_READINGS)]

    def standard(self, place_id: str) -> str | None:
        """Return the standard name of a place, where it is among the allowed rows."""
        sql = "SELECT text FROM forms WHERE place_id = ? AND kind = 'standard'"
        found = self._rows(sql, [place_id], "id", self._reach.spans, " LIMIT 1")
        return str(found[0][0]) if found else None

    def sounding(self, spoken: Sequence[str], *, beginning: bool) -> Iterator[Candidate]:
        """Give the names that sound like some letters, or also those whose beginning does."""
        for asked in dict.fromkeys(map(sound, spoken)):
            yield from self._keyed("f.sound = ?", [asked])
            if beginning:
                yield from self._keyed("f.sound > ? AND f.sound < ?", [asked, asked + _LAST])

    def scattered(self, query: Query) -> Iterator[Candidate]:
        """Give the names that hold all characters asked: swapped, or with others between."""
        if 1 < len(query.key) <= _LONGEST_EDITED:
            yield from self._tokens([f"c{c}" for c in dict.fromkeys(query.key)], MANY)

    def mistyped(self, query: Query) -> Iterator[Candidate]:
        """Give the names that may be one typing error away from what is asked."""
        if query.letters:
            yield from self._edited(query.letters)
        elif not query.ways and len(query.key) <= _LONGEST_EDITED:
            yield from self._matching(_but_one(query.key), MANY)

    def _edited(self, letters: str) -> Iterator[Candidate]:
        if not _SHORT <= len(letters) <= _LONGEST_EDITED:
            return
        asked = sound(letters)
        variants = one_edit_away(letters)
        each = json.dumps(sorted(variants))
        yield from self._keyed("f.sound IN (SELECT value FROM json_each(?))", [each], MANY)
        if len(letters) > _SHORT:
            inner = (v for v in variants if asked[:-1] not in {v, v[:-1]} and v[:-1] != asked)
            yield from self._keyed_by_heads(json.dumps(sorted(inner)))

    def _keyed_by_heads(self, heads: str) -> list[Candidate]:
        return self._candidates(
            f"SELECT {_qualified()} FROM json_each(?) AS v CROSS JOIN forms AS f "
            f"ON f.sound > v.value AND f.sound < v.value || '{_LAST}' "
            f"WHERE TRUE{self._reach.where}", [heads, *self._reach.values], "+f.id", MANY,
        )  # fmt: skip

    def _keyed(
        self, condition: str, values: list[Any], limit: int | None = None
    ) -> list[Candidate]:
        return self._candidates(
            f"SELECT {_qualified()} FROM forms AS f WHERE {condition}{self._reach.where}",
            [*values, *self._reach.values], "+f.id", limit or self._few,
        )  # fmt: skip

    def _tokens(self, wanted: Sequence[str], limit: int | None = None) -> list[Candidate]:
        return self._matching(" AND ".join(f'"{t}"' for t in wanted), limit)

    def _matching(self, expression: str, limit: int | None) -> list[Candidate]:
        if not expression:
            return []
        found: list[Candidate] = []
        for unit in (*self._reach.units, ""):
            here = f'({expression}) AND "{unit}"' if unit else expression
            found += self._candidates(
                f"SELECT {_qualified()} FROM grams CROSS JOIN forms AS f ON f.id = grams.rowid "
                f"WHERE grams MATCH ?{self._reach.where}", [here, *self._reach.values],
                "grams.rowid", limit or self._few, " ORDER BY grams.rowid",
            )  # fmt: skip
        return found

    def _candidates(
        self, sql: str, values: list[Any], number: str, limit: int, order: str = ""
    ) -> list[Candidate]:
        return [
            Candidate(*row)
            for row in self._rows(sql, values, number, self._reach.spans, f"{order} LIMIT {limit}")
        ]

    def _rows(
        self, sql: str, values: list[Any], number: str, spans: Sequence[tuple[int, int]],
        end: str = "",
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        found: list[tuple[Any, ...]] = []
        for low, high in spans:
            question = f"{sql} AND {number} BETWEEN ? AND ?{end}"
            found += self._database.execute(question, [*values, low, high])
        return found


def _qualified() -> str:
    return ", ".join(f"f.{c}" for c in _COLUMNS.split(", "))


def _singles(way: Sequence[Element]) -> list[str]:
    made = {"character": lambda e: f"c{e.content}", "syllable": lambda e: f"s{sound(e.content)}"}
    return [made[e.kind](e) for e in way if e.kind in made]


def _pairs(way: Sequence[Element]) -> list[str]:
    found = []
    for a, b in pairwise(way):
        if a.kind == b.kind == "character":
            found.append(f"b{a.content}{b.content}")
        elif a.kind == b.kind == "syllable":
            found.append(f"t{sound(a.content)}0{sound(b.content)}")
    return found


def _but_one(key: str) -> str:
    """
    Return the expression of names that hold all characters but one.

    One error leaves one half of a long name as it was; a short one is asked for without each of
    its characters in turn.
    """
    if len(key) < 3:  # noqa: PLR2004
        return ""
    if len(key) >= _HALVED:
        half = len(key) // 2
        parts = [[f"b{a}{b}" for a, b in pairwise(k)] for k in (key[:half], key[half:])]
    else:
        parts = [[f"c{c}" for c in key[:at] + key[at + 1 :]] for at in range(len(key))]
    return " OR ".join("(" + " AND ".join(f'"{t}"' for t in part) + ")" for part in parts)
