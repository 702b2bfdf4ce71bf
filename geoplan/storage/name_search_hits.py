"""Hits of a name search (检索命中): candidates judged, and the best form of each place kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.placenames import ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geoplan.placenames.generics import Generics
    from geoplan.placenames.queries import Query
    from geoplan.placenames.readings import Readings
    from geoplan.storage.name_search_candidates import Candidate, Finder


_SHORT = 2


class Hit(NamedTuple):
    """A place that was found, by its best form."""

    order: tuple[Any, ...]
    row: Candidate
    found: ranking.Match
    near: float
    score: float


class Found:
    """The best form of each place so far."""

    def __init__(
        self, generics: Generics | None, query: Query, near_unit: str | None,
        among: frozenset[str] = frozenset(ranking.MATCHES),
    ) -> None:  # fmt: skip
        self.query, self._generics, self._near_unit = query, generics, near_unit
        self._among, self._places, self._seen = among, dict[str, Hit](), set[int]()
        self.whole = False

    def __len__(self) -> int:
        return len(self._places)

    def plainly(self, row: Candidate) -> ranking.Match | None:
        """Judge a row without typing errors."""
        return ranking.match(self.query, row.key, row.reading, generics=self._generics)

    def mistyped(self, row: Candidate) -> ranking.Match | None:
        """Judge a row by its typing errors."""
        return ranking.typo(self.query, row.key, row.reading)

    def add(
        self, rows: Iterable[Candidate], judge: Callable[[Candidate], ranking.Match | None]
    ) -> None:
        """Keep the rows that match, once each."""
        for row in rows:
            if row.id in self._seen:
                continue
            found = judge(row)
            if found is None or found.how not in self._among:
                continue
            self._seen.add(row.id)
            self.whole = self.whole or found.how in ranking.WHOLE
            near = ranking.nearness(row.unit_code, self._near_unit)
            score = ranking.score(found, row.kind, row.importance, near)
            order = (-score, len(row.key), row.key, row.place_id, row.form_id)
            old = self._places.get(row.place_id)
            if old is None or order < old.order:
                self._places[row.place_id] = Hit(order, row, found, near, score)

    def best(self, limit: int) -> list[Hit]:
        """Return the best places in their order."""
        return sorted(self._places.values(), key=lambda hit: hit.order)[:limit]


def look(finder: Finder, found: Found, limit: int, readings: Readings | None) -> None:
    """Ask in the order of what a match is worth, as long as something is missing."""
    query = found.query
    found.add(finder.written(query), found.plainly)
    found.add(finder.said(query), found.plainly)
    if not (query.letters and (found.whole or len(found) >= limit)):
        found.add(finder.along(query), found.plainly)
    if not query.letters and not query.ways:
        _look_further(finder, found, limit, readings)
    if not found.whole and len(found) < limit:
        found.add(finder.mistyped(query), found.mistyped)


def _look_further(finder: Finder, found: Found, limit: int, readings: Readings | None) -> None:
    query = found.query
    full = len(found) >= limit
    if full and (found.whole or len(query.key) <= _SHORT):
        return
    if spoken := finder.spoken(query.key, readings):
        found.add(
            finder.sounding(spoken, beginning=not full),
            lambda row: ranking.same_sound(query, spoken, row.reading),
        )
    if not full:
        found.add(finder.scattered(query), found.mistyped)
