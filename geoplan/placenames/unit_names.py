"""The units a text can name (可识别的行政区划): all their spellings, and the chain each lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from geoplan.placenames.cells import require, texts
from geoplan.placenames.unit_spellings import FULL, PROVINCES, spellings
from geoplan.schemas.hierarchy import LEVELS, adjoining, ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable

    Frame = TypeVar("Frame", bound=pd.DataFrame)

ROOT = -1
"""Above the province; also: no unit at this level of a chain."""
BEGIN = 2
"""Characters by which the spellings that may stand at a place are found; none is shorter."""


class Unit(NamedTuple):
    """
    A unit and its place in the hierarchy.

    Parameters
    ----------
    code, name
        As in the units frame.
    level
        0 for a province to 4 for a village.
    chain
        Number of the unit's own ancestor at each level, itself included; -1 for none.
    outside
        Whether it adjoins the city and is not of it, or is a province that holds no unit of it.
    """

    code: str
    name: str
    level: int
    chain: tuple[int, ...]
    outside: bool


class Named(NamedTuple):
    """A unit by one of its spellings; ``former`` holds the old name or alias that was written."""

    unit: int
    kind: int
    former: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class UnitNames:
    """
    All spellings of all units, made once by `UnitNames.of` and then asked many times.

    Parameters
    ----------
    units
        By number.
    named
        Spelling -> who is written so.
    lengths
        First two characters -> lengths of the spellings that begin so, longest first.
    """

    units: tuple[Unit, ...]
    named: dict[str, tuple[Named, ...]]
    lengths: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, units: pd.DataFrame, aliases: pd.DataFrame | None = None) -> UnitNames:
        """
        Index the names of units.

        Parameters
        ----------
        units
            Columns ``unit_code``, ``name``, ``level``, ``parent_code``; ``neighbour`` and
            ``valid_to`` where known; any CRS. Where a code has several rows, the one still valid
            is current and the others give its former names. Provinces are added by their codes
            (GB/T 2260) where they are not there.
        aliases
            Former names, abolished units and other names: ``name``, ``unit_code`` (of today's
            unit), any CRS; rows of unknown codes are left out.

        Returns
        -------
        names
            The index.

        Raises
        ------
        MissingColumnsError
            If a needed column is absent.

        Examples
        --------
        >>> town = pd.DataFrame({"unit_code": ["421303"], "name": ["曾都区"],
        ...                      "level": ["county"], "parent_code": ["421300"]})
        >>> [UnitNames.of(town).units[n.unit].code for n in UnitNames.of(town).named["曾都"]]
        ['421303']
        """
        require(units, "admin_units", "unit_code", "name", "level", "parent_code")
        table = with_provinces(units)
        rows = units_of(table)
        number = {unit.code: k for k, unit in enumerate(rows)}
        named: dict[str, dict[int, Named]] = {}
        for k, unit in enumerate(rows):
            _add(named, k, unit.name, unit.level)
        old = table[table.duplicated("unit_code")][["name", "unit_code"]]
        if aliases is not None:
            require(aliases, "aliases", "name", "unit_code")
            old = pd.concat([old, aliases[["name", "unit_code"]]], ignore_index=True)
        for name, code in zip(texts(old, "name"), texts(old, "unit_code"), strict=True):
            if code in number:
                _add(named, number[code], name, rows[number[code]].level, former=name)
        found = {text: tuple(who.values()) for text, who in named.items()}
        return cls(rows, found, lengths_of(found))

    def at(self, text: str, start: int) -> list[tuple[int, Named]]:
        """Return each unit whose spelling stands at a place of a text, and where it ends."""
        found, room = [], len(text) - start
        for length in self.lengths.get(text[start : start + BEGIN], ()):
            if length <= room and (who := self.named.get(text[start : start + length])):
                found += [(start + length, named) for named in who]
        return found

    def codes(self, unit: int) -> tuple[str, ...]:
        """Return the codes of a unit's chain, one per level; empty where there is none."""
        return tuple("" if k == ROOT else self.units[k].code for k in self.units[unit].chain)

    def path(self, unit: int) -> str:
        """Return the names of a unit's chain, joined: 湖北省随州市曾都区; empty for -1."""
        if unit == ROOT:
            return ""
        return "".join(self.units[k].name for k in self.units[unit].chain if k != ROOT)

    def parent(self, unit: int) -> int:
        """Return the unit that a unit lies in; -1 for none."""
        above = [k for k in self.units[unit].chain[: self.units[unit].level] if k != ROOT]
        return above[-1] if above else ROOT

    def shared(self, units: list[int]) -> int:
        """Return the lowest unit that all of some units lie in or are; -1 for none."""
        columns = zip(*(self.units[k].chain for k in units), strict=True)
        common = [c[0] for c in columns if len(set(c)) == 1 and c[0] != ROOT]
        return common[-1] if common else ROOT


def current_first(units: Frame) -> Frame:
    """Return units numbered anew, those without an end (``valid_to``) before the others."""
    if "valid_to" not in units.columns:
        return units.reset_index(drop=True)
    order = np.argsort(units["valid_to"].notna().to_numpy(), kind="stable")
    return units.iloc[order].reset_index(drop=True)


def with_provinces(units: pd.DataFrame) -> pd.DataFrame:
    """
    Return the columns of the hierarchy with the country's provinces added, valid rows first.

    Parameters
    ----------
    units
        Columns ``unit_code``, ``name``, ``level``, ``parent_code``; any CRS.

    Returns
    -------
    table
        Columns ``unit_code``, ``name``, ``level``, ``parent_code``, ``outside``; rows without a
        code, a name or a known level are left out.
    """
    columns = ("unit_code", "name", "level", "parent_code")
    units = current_first(units)
    table = pd.DataFrame({c: texts(units, c) for c in columns}).assign(outside=adjoining(units))
    usable = (table["unit_code"] != "") & (table["name"] != "")
    table = table[usable & table["level"].isin(LEVELS)]
    known = set(table["unit_code"])
    added = [
        {"unit_code": f"{two}0000", "name": name, "level": "province", "parent_code": ""}
        for two, name in PROVINCES.items()
        if not {two, f"{two}0000"} & known
    ]
    # a parent of "42" is 420000, unless the frame itself calls it so
    short = table["parent_code"].isin(PROVINCES) & ~table["parent_code"].isin(known)
    table.loc[short, "parent_code"] += "0000"
    inner = {r["unit_code"] for r in added} & set(table.loc[~table["outside"], "parent_code"])
    more = pd.DataFrame([{**r, "outside": r["unit_code"] not in inner} for r in added])
    return pd.concat([table, more], ignore_index=True)


def units_of(table: pd.DataFrame) -> tuple[Unit, ...]:
    """Return the units of a table from `with_provinces`, the first row of each code."""
    table = table.drop_duplicates("unit_code")
    ladder = ancestors(table).reindex(table["unit_code"])
    at = {code: k for k, code in enumerate(table["unit_code"])}
    chains: list[list[Any]] = ladder[list(LEVELS)].to_numpy(dtype=object).tolist()
    return tuple(
        Unit(code, name, LEVELS.index(level), tuple(at.get(c, ROOT) for c in chain), bool(outside))
        for code, name, level, outside, chain in zip(
            table["unit_code"], table["name"], table["level"], table["outside"], chains, strict=True
        )
    )


def _add(
    named: dict[str, dict[int, Named]], unit: int, name: str, level: int, *, former: str = ""
) -> None:
    """Add the spellings of a name; of two ways to the same spelling the nearer one stays."""
    for text, kind in spellings(name, LEVELS[level]):
        if len(text) < BEGIN:
            continue
        who = named.setdefault(text, {})
        if unit not in who or (not who[unit].former and who[unit].kind < kind == FULL):
            who[unit] = Named(unit, kind, former)


def lengths_of(named: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the lengths of names by their first two characters, longest first."""
    found: dict[str, set[int]] = {}
    for text in named:
        found.setdefault(text[:BEGIN], set()).add(len(text))
    return {begin: tuple(sorted(lengths, reverse=True)) for begin, lengths in found.items()}
