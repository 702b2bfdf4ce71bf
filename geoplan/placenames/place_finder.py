"""Places that an address goes on to name (地址中的地名): found by name, kept if the units agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geoplan.placenames.cells import require, texts
from geoplan.placenames.unit_names import BEGIN, ROOT, UnitNames, lengths_of
from geoplan.placenames.unit_readings import SEPARATORS
from geoplan.placenames.unit_spellings import STREET_ENDINGS, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_OTHER_STREET = re.compile(
    rf"[东西南北中内外]?[一二三四五六七八九十]?(?:{'|'.join(STREET_ENDINGS)})"
)
"""With these a name is another one: 白云湖公园西路."""
_GOES_ON = frozenset("东西南北内外旁边对附门口侧与和及")
"""A name may be followed by these: 白云湖公园东门."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceFinder:
    """
    Names of places and the unit each lies in, made once by `PlaceFinder.of`.

    Parameters
    ----------
    names
        The units.
    named
        Tidy name -> rows of the places called so.
    lengths
        First two characters -> lengths of names, longest first.
    unit
        Number of each place's unit; -1 where it is not known.
    own
        Unit -> the place that is the unit itself, by its name.
    """

    names: UnitNames
    named: dict[str, tuple[int, ...]]
    lengths: dict[str, tuple[int, ...]]
    unit: tuple[int, ...]
    own: dict[int, int]

    @classmethod
    def of(cls, names: UnitNames, places: pd.DataFrame | None) -> PlaceFinder:
        """
        Index places by name.

        Parameters
        ----------
        names
            The units.
        places
            Columns ``place_id``, ``standard_name``; ``unit_code`` and ``other_names`` (former
            names and aliases, ``;``-joined) where known; any CRS.

        Returns
        -------
        finder
            The index.

        Raises
        ------
        MissingColumnsError
            If a needed column is absent.
        """
        if places is None:
            return cls(names, {}, {}, (), {})
        require(places, "place_names", "place_id", "standard_name")
        number = {unit.code: k for k, unit in enumerate(names.units)}
        named: dict[str, dict[int, None]] = {}
        columns = (texts(places, c) for c in ("standard_name", "other_names"))
        for row, (name, others) in enumerate(zip(*columns, strict=True)):
            for text in (name, *others.split(";")):
                plain = tidy(text)
                if len(plain) >= BEGIN:
                    named.setdefault(plain, {})[row] = None
        unit = tuple(number.get(code, ROOT) for code in texts(places, "unit_code"))
        own = {
            unit[row]: row
            for row, name in reversed(list(enumerate(texts(places, "standard_name"))))
            if unit[row] != ROOT and tidy(name) == tidy(names.units[unit[row]].name)
        }
        rows = {text: tuple(found) for text, found in named.items()}
        return cls(names, rows, lengths_of(rows), unit, own)

    def at(self, text: str, start: int, units: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """
        Find the longest name at a place of a text among the places that some units allow.

        Parameters
        ----------
        text
            Tidy text.
        start
            Where the name begins; separators are passed over.
        units
            Numbers of the units the address names; none allow every place.

        Returns
        -------
        end, rows
            Where the name ends and who is called so; no rows where nobody is.
        """
        while start < len(text) and text[start] in SEPARATORS:
            start += 1
        for length in self.lengths.get(text[start : start + BEGIN], ()):
            end = start + length
            called = self.named.get(text[start:end], ())
            if called and end <= len(text) and _complete(text, end):
                rows = tuple(r for r in called if self._agrees(r, units))
                if rows:
                    return end, rows
        return start, ()

    def _agrees(self, row: int, wanted: Sequence[int]) -> bool:
        """Tell whether a place's unit lies in one of the units, or holds it."""
        own, units = self.unit[row], self.names.units
        if not wanted or own == ROOT:
            return True
        return any(k in units[own].chain or own in units[k].chain for k in wanted)


def _complete(text: str, end: int) -> bool:
    """Tell whether a name that ends here is not the beginning of another one."""
    if end == len(text):
        return True
    if _OTHER_STREET.match(text, end):
        return False
    after = text[end]
    return (
        after.isdigit() or after in SEPARATORS or after in _GOES_ON
        or text[:end].endswith(STREET_ENDINGS)
    )  # fmt: skip
