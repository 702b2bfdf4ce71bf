"""An index of names in memory (地名索引): who bears a name, or one that sounds alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.placenames.name_rows import Rows, hashed, rows_of, usable
from geoplan.placenames.normalise import key
from geoplan.placenames.sounds import GRADES, grade, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt
    import pandas as pd

    from geoplan.placenames.generics import Generics
    from geoplan.placenames.scopes import Area

    Places = npt.NDArray[np.int64]

FULL, SPECIFIC = "full", "specific"
_MOST_LATE = 4096


class Bearer(NamedTuple):
    """
    Who bears a name that was asked for.

    Parameters
    ----------
    place_id, name, category_code, name_class, unit_code
        Of the bearer.
    match
        ``full``, ``specific`` (another generic), or how alike it sounds: ``toned``, ``untoned``,
        ``dialect``.
    same_generic
        Whether both have the same generic.
    """

    place_id: str
    name: str
    category_code: str
    name_class: str
    unit_code: str
    match: str
    same_generic: bool


class Found(NamedTuple):
    """Bearers found, and how many there are beyond those listed."""

    bearers: tuple[Bearer, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is looked for.

    Parameters
    ----------
    specific, generic
        Parts of the name.
    reading
        Of the specific part; empty where unknown.
    name_class
        Class of the name.
    area
        Where a second bearer counts; None for everywhere.
    but
        Place that is not its own rival.
    """

    specific: str
    generic: str
    reading: str
    name_class: str
    area: Area | None
    but: str = ""


class NameIndex:
    """
    Names by their specific part and by sound; single names come and go after building.

    Holds columns of numbers and compact texts and, for each of the two keys, 64-bit hashes in
    order: some 150 MB for a million names. A lookup compares the texts themselves, so that two
    names with one hash are not taken for one.

    Parameters
    ----------
    names
        Columns ``place_id``, ``name``, ``category_code``, ``unit_code`` (6, 9 or 12 digits), and
        where known ``built_up_id`` and ``reading`` (``zeng1 du1 qu1``). A missing reading means
        that homophones of that name are not found.
    generics
        How names are split.

    Attributes
    ----------
    rejected
        Rows without a name, or whose category code has no class: ``place_id``, ``field``,
        ``value``, ``reason_zh``, ``reason_en``. The others are in the index.

    Raises
    ------
    MissingColumnsError
        If a required column is absent.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoplan.io.placename_files import read_generics
    >>> rows = pd.DataFrame({"place_id": ["a", "b"], "name": ["新集村", "新集村委会"],
    ...     "category_code": "21610", "unit_code": ["421321101", "421381102"]})
    >>> index = NameIndex(rows, read_generics())
    >>> wanted = Wanted("新集", "村", "", "committee", None)
    >>> [b.place_id for b in index.namesakes(wanted, most=9).bearers]
    ['a', 'b']
    """

    def __init__(self, names: pd.DataFrame, generics: Generics) -> None:
        self.generics = generics
        good, self.rejected = usable(names)
        self._base = rows_of(good, generics)
        self._late = self._base.take(np.zeros(0, np.int64))

    def __len__(self) -> int:
        return self._base.alive_count + self._late.alive_count

    @property
    def unread(self) -> int:
        """Return how many names have no reading, so that homophones of them are not found."""
        return self._base.unread + self._late.unread

    @property
    def nbytes(self) -> int:
        """Return the bytes that the columns and their orders take; long texts not counted."""
        return self._base.nbytes + self._late.nbytes

    def add(self, names: pd.DataFrame) -> pd.DataFrame:
        """
        Add names; one whose ``place_id`` is there takes the old one's place.

        Parameters
        ----------
        names
            Columns as for the index.

        Returns
        -------
        rejected
            Rows that cannot be held, as `rejected`; what they were before stays.

        Raises
        ------
        MissingColumnsError
            If a required column is absent.
        """
        good, rejected = usable(names)
        self.remove(good["place_id"].astype(str))
        self._late = self._late.joined(rows_of(good, self.generics))
        if len(self._late) > _MOST_LATE:
            self._base = self._base.joined(self._late)
            self._late = self._base.take(np.zeros(0, np.int64))
        return rejected

    def remove(self, place_ids: Iterable[str]) -> int:
        """Take places out by their ids and return how many there were."""
        wanted = list(place_ids)
        return self._base.drop(wanted) + self._late.drop(wanted)

    def namesakes(self, wanted: Wanted, *, same_class: bool = True, most: int) -> Found:
        """
        Return who bears the same name, or the same specific part with another generic.

        Parameters
        ----------
        wanted
            The name.
        same_class
            Only bearers of the same class; False: only those of other classes.
        most
            Bearers to list; the rest is counted.

        Returns
        -------
        found
            Those with the same generic first, then in the order of the index.
        """
        specific, generic = key(wanted.specific), self.generics.canonical(wanted.generic)
        found: list[tuple[bool, Rows, int]] = []
        for rows, at in self._at("specific", specific, wanted, same_class=same_class):
            same = rows.generic_is(at, generic)
            specifics = rows.specifics(at)
            found += [(bool(s), rows, int(i)) for s, i, text in
                      zip(same, at, specifics, strict=True) if text == specific]  # fmt: skip
        found.sort(key=lambda hit: not hit[0])
        listed = [_bearer(rows, i, FULL if s else SPECIFIC, same=s) for s, rows, i in found[:most]]
        return Found(tuple(listed), len(found) - len(listed))

    def homophones(self, wanted: Wanted, *, dialect: bool = False, most: int) -> Found:
        """
        Return who bears a name written otherwise whose specific part sounds alike, same class.

        Parameters
        ----------
        wanted
            The name with its reading; without a reading nothing is found.
        dialect
            Whether what only Hubei speech merges counts.
        most
            Bearers to list; the rest is counted.

        Returns
        -------
        found
            Alike with tone first, then without, then in speech.
        """
        if not wanted.reading:
            return Found((), 0)
        specific, generic = key(wanted.specific), self.generics.canonical(wanted.generic)
        found: list[tuple[int, Rows, int, bool]] = []
        for rows, at in self._at("sound", spoken(wanted.reading), wanted, same_class=True):
            same = rows.generic_is(at, generic)
            for i, s in zip(at, same, strict=True):
                alike = grade(wanted.reading, rows.sound(int(i)))
                if alike is None or (alike == GRADES[-1] and not dialect):
                    continue
                if rows.specifics(np.array([i]))[0] != specific:
                    found.append((GRADES.index(alike), rows, int(i), bool(s)))
        found.sort(key=lambda hit: (hit[0], not hit[3]))
        listed = [_bearer(rows, i, GRADES[g], same=s) for g, rows, i, s in found[:most]]
        return Found(tuple(listed), len(found) - len(listed))

    def _at(
        self, which: str, text: str, wanted: Wanted, *, same_class: bool
    ) -> Iterator[tuple[Rows, Places]]:
        """Yield rows of the base, then of what came later, that may be meant."""
        code = hashed([text])[0]
        for rows in (self._base, self._late):
            at = rows.lookup(which, code)
            at = at[rows.class_is(at, wanted.name_class) == same_class]
            if wanted.area is not None:
                at = at[wanted.area.holds(rows.units[at], rows.built_up(at))]
            yield rows, at[[rows.ids[i] != wanted.but for i in at]] if wanted.but else at


def _bearer(rows: Rows, at: int, match: str, *, same: bool) -> Bearer:
    return Bearer(str(rows.ids[at]), str(rows.names[at]), rows.category(at), rows.name_class(at),
                  rows.unit(at), match, same)  # fmt: skip
