"""What a workspace knows around a name (地名周边): units, places near, heritage, other names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from geoplan.errors import InputError
from geoplan.placenames.cells import texts
from geoplan.placenames.classes import class_of

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_CLASSES = frozenset({"division", "township", "committee"})
"""Classes whose places are units: their other names are other names of the unit."""
_TOWNSHIP_DIGITS = 9


class Above(NamedTuple):
    """A unit's name, and the code of the unit above it."""

    name: str
    parent: str


def classes_of(places: pd.DataFrame) -> pd.Series[str]:
    """Return the class of each place, None where its category code has none."""
    codes = texts(places, "category_code")
    return codes.map({code: class_or_none(code) for code in codes.unique()})


def class_or_none(category_code: str) -> str | None:
    """Return the class of a category code, None where it has none."""
    try:
        return class_of(category_code)
    except InputError:
        return None


def by_township(places: pd.DataFrame) -> dict[str, dict[str, str]]:
    """
    Return township -> place -> name: those that a facility may be named after.

    Parameters
    ----------
    places
        Layer ``place_names``, any CRS: facilities and places above a township do not count.
    """
    code = texts(places, "unit_code")
    near = (code.str.len() >= _TOWNSHIP_DIGITS) & (classes_of(places) != "facility")
    rows = zip(code[near].str[:_TOWNSHIP_DIGITS], texts(places, "place_id")[near],
               texts(places, "standard_name")[near], strict=True)  # fmt: skip
    found: dict[str, dict[str, str]] = {}
    for township, place_id, name in rows:
        found.setdefault(township, {})[place_id] = name
    return found


def local_names(
    around: Mapping[str, Mapping[str, str]], units: Mapping[str, Above], unit_code: str,
    place_id: str,
) -> tuple[str, ...]:  # fmt: skip
    """
    Return the names of the units a place lies in, from the lowest up, then those around it.

    Parameters
    ----------
    around
        From `by_township`.
    units
        Code -> unit.
    unit_code
        Smallest unit that it lies in.
    place_id
        The place itself, left out.
    """
    found: dict[str, None] = {}
    passed: set[str] = set()
    code = unit_code
    while code in units and code not in passed:
        passed.add(code)
        found[units[code].name] = None
        code = units[code].parent
    near = around.get(unit_code[:_TOWNSHIP_DIGITS], {})
    return tuple(found | dict.fromkeys(n for p, n in near.items() if p != place_id))


def heritage_status(listed: pd.DataFrame, place_id: str, name: str) -> str:
    """
    Return a name's status in the layer ``heritage``, ``none`` where it is not in it.

    An entry without a place is found by its name. Any CRS.
    """
    own = texts(listed, "place_id")
    same = ((own == place_id) & (own != "")) | ((own == "") & (texts(listed, "name") == name))
    found = texts(listed, "status")[same]
    return str(found.iloc[0]) if len(found) else "none"


def other_names(
    places: pd.DataFrame, forms: pd.DataFrame
) -> tuple[pd.Series[str], pd.DataFrame]:  # fmt: skip
    """
    Return former and other names, of places and of units.

    Parameters
    ----------
    places, forms
        Layers ``place_names``, any CRS, and ``name_forms``.

    Returns
    -------
    names, aliases
        ``;``-joined under the index of ``places``; ``name`` and ``unit_code`` of units.
    """
    other = forms[texts(forms, "kind") != "standard"]
    by_place = pd.Series(texts(other, "text").to_numpy(), index=texts(other, "place_id"))
    joined = texts(places, "place_id").map(by_place.groupby(level=0).agg(";".join))
    units = places[classes_of(places).isin(UNIT_CLASSES)]
    code = dict(zip(texts(units, "place_id"), texts(units, "unit_code"), strict=True))
    aliases = pd.DataFrame({"name": by_place.to_numpy(), "unit_code": by_place.index.map(code)})
    return joined, aliases.dropna()
