"""Geocoding (地理编码): a unit, a place and a position for every address, with a match grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.errors import MissingCRSError
from geoplan.placenames.address import Address, AddressReader, Note, door_number, said, why_unread
from geoplan.placenames.cells import texts as cells
from geoplan.placenames.place_finder import PlaceFinder
from geoplan.placenames.unit_names import ROOT, UnitNames
from geoplan.placenames.unit_spellings import STREET_ENDINGS
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

GRADES = (
    "place", "street", *LEVELS[::-1], "ambiguous", "contradiction", "outside", "none", "unreadable",
)  # fmt: skip
"""From the most exact down; from ``ambiguous`` on a row has no position."""

_NOWHERE = frozenset(GRADES[GRADES.index("ambiguous") :])
_NO_CODES = ("",) * len(LEVELS)
_SETTLED = frozenset({"lost", "also", "ambiguous", "none"})
"""Notes that no longer hold once a place is found."""
_SHOWN = 3


class _Match(NamedTuple):
    """The answer to one distinct text; ``place`` is the row of the place, -1 for none."""

    grade: str
    unit_code: str
    level: str
    codes: tuple[str, ...]
    street: str
    number: str
    rest: str
    candidates: tuple[str, ...]
    notes: tuple[Note, ...]
    place: int = ROOT


def geocode(
    texts: Iterable[Any],
    units: pd.DataFrame,
    places: pd.DataFrame | None = None,
    *,
    aliases: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Find unit, place and position of many addresses.

    Parameters
    ----------
    texts
        Addresses, a series or any iterable; what is no text comes back with its reason.
    units
        Columns ``unit_code``, ``name``, ``level``, ``parent_code``; polygons in any CRS where
        positions are wanted.
    places
        Columns ``place_id``, ``standard_name``, ``unit_code``; ``other_names`` (``;``-joined);
        geometry in any CRS where positions are wanted. Secret rows are left out by the caller.
    aliases
        Former and other names of units: ``name``, ``unit_code``; any CRS.

    Returns
    -------
    found
        One row per text with the index of the series: ``grade`` (one of `GRADES`), ``unit_code``,
        ``level`` and one code per level; ``place_id`` (also of the unit itself, where it is a
        place); ``street``, ``number``, ``rest``; ``lon``,
        ``lat`` (degrees, EPSG:4490) and ``position_of``: ``place``, or ``unit`` for a point inside
        the lowest unit; ``candidates`` (how many readings) and ``candidate_ids`` (``;``-joined);
        ``reason_zh``, ``reason_en``. An ambiguous or contradictory row has the codes that all its
        readings share, and no position.

    Raises
    ------
    MissingColumnsError
        If a frame lacks a column.
    MissingCRSError
        If a frame with geometry has no CRS.

    Notes
    -----
    A place counts where its unit lies in the unit named, or holds it. Equal texts are read once.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_code": ["421300", "421303"], "name": ["随州市", "曾都区"],
    ...     "level": ["prefecture", "county"], "parent_code": ["420000", "421300"]})
    >>> places = pd.DataFrame({"place_id": ["p1"], "standard_name": ["解放路"],
    ...                        "unit_code": ["421303"]})
    >>> geocode(["随州市曾都区解放路12号", "曾都", ""], units, places)["grade"].tolist()
    ['street', 'county', 'unreadable']
    """
    return Geocoder.of(units, places, aliases=aliases).find(texts)


@dataclass(frozen=True, slots=True, eq=False)
class Geocoder:
    """
    The indexes that `geocode` asks, made once by `Geocoder.of` and then asked many times.

    Parameters
    ----------
    finder
        Units and places by name.
    number
        Code -> number of the unit.
    ids
        ``place_id`` of each place.
    units, places
        The frames they were made of, for positions.
    """

    finder: PlaceFinder
    number: dict[str, int]
    ids: list[str]
    units: pd.DataFrame
    places: pd.DataFrame | None

    @classmethod
    def of(
        cls,
        units: pd.DataFrame,
        places: pd.DataFrame | None = None,
        *,
        aliases: pd.DataFrame | None = None,
    ) -> Geocoder:
        """
        Index the frames of `geocode`, any CRS.

        Raises
        ------
        MissingColumnsError
            If a frame lacks a column.
        """
        names = UnitNames.of(units, aliases)
        number = {unit.code: k for k, unit in enumerate(names.units)}
        ids = [] if places is None else cells(places, "place_id").tolist()
        return cls(PlaceFinder.of(names, places), number, ids, units, places)

    def find(self, texts: Iterable[Any]) -> pd.DataFrame:
        """
        Answer as `geocode` does.

        Raises
        ------
        MissingCRSError
            If a frame with geometry has no CRS.
        """
        series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
        read = AddressReader(self.finder.names)
        known: dict[Any, int] = {}
        matches: list[_Match] = []
        row = np.empty(len(series), dtype=np.int64)
        for at, text in enumerate(series.tolist()):
            key = text if isinstance(text, str) else None
            if key not in known or key is None:
                known[key] = len(matches)
                matches.append(self._match(text, read))
            row[at] = known[key]
        frame = _frame(matches, self.ids)
        frame[["lon", "lat", "position_of"]] = _positions(matches, self.units, self.places)
        return frame.take(row).set_index(series.index)

    def _match(self, text: Any, read: AddressReader) -> _Match:
        unread = why_unread(text)
        if unread:
            return _Match("unreadable", "", "", _NO_CODES, "", "", "", (), (unread,))
        address = read.read(text)
        units = [self.number[c.unit_code] for c in address.candidates]
        if address.state == "unique":
            del units[1:]
        if address.state in ("unique", "ambiguous", "none"):
            end, rows, units = _place(address, units, self.finder)
            if rows:
                return _of_places(address, units, end, rows, self.finder, self.ids)
        one = address.state == "unique"
        return _Match(
            address.level if one else address.state, address.unit_code, address.level,
            address.codes, address.street, address.number, address.rest,
            tuple(c.unit_code for c in address.candidates), address.notes,
            self.finder.own.get(units[0], ROOT) if one else ROOT,
        )  # fmt: skip


def _place(
    address: Address, units: list[int], finder: PlaceFinder
) -> tuple[int, tuple[int, ...], list[int]]:
    """
    Find the place after the units; a last unit without its generic may be its beginning.

    Return where its name ends, the places called so, and the units that the words then name.
    """
    if address.short_at >= 0:
        above = finder.names.parent(units[0])
        wider = [] if above == ROOT else [above]
        end, rows = finder.at(address.text, address.short_at, wider)
        if end > address.rest_at:
            return end, rows, wider
    return *finder.at(address.text, address.rest_at, units), units


def _of_places(
    address: Address, units: list[int], end: int, rows: tuple[int, ...], finder: PlaceFinder,
    ids: list[str],
) -> _Match:  # fmt: skip
    names, text = finder.names, address.text
    number, rest = door_number(text[end:])
    street = text[:end].endswith(STREET_ENDINGS)
    lowest = [_lower(names, finder.unit[r], units) for r in rows]
    shown = ROOT if ROOT in lowest else names.shared(lowest)
    found = _Match(
        "ambiguous", "", "", _NO_CODES, address.street if street else "", number, rest,
        tuple(ids[r] for r in rows), tuple(n for n in address.notes if n.code not in _SETTLED),
    )  # fmt: skip
    if shown != ROOT:
        unit = names.units[shown]
        found = found._replace(
            unit_code=unit.code, level=LEVELS[unit.level], codes=names.codes(shown)
        )
    if len(rows) == 1:
        return found._replace(grade="street" if street else "place", place=rows[0])
    listed = "、".join(found.candidates[:_SHOWN])
    return found._replace(notes=(*found.notes, said("ambiguous", listed)))


def _lower(names: UnitNames, own: int, units: list[int]) -> int:
    """Return the lower of a place's own unit and the one that the address names."""
    if len(units) != 1 or (own != ROOT and units[0] in names.units[own].chain):
        return own
    return units[0]


def _frame(matches: list[_Match], ids: list[str]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        "grade": [m.grade for m in matches],
        "unit_code": [m.unit_code or None for m in matches],
        "level": [m.level or None for m in matches],
        **{name: [m.codes[k] or None for m in matches] for k, name in enumerate(LEVELS)},
        "place_id": [None if m.place == ROOT else ids[m.place] for m in matches],
        "street": [m.street for m in matches],
        "number": [m.number for m in matches],
        "rest": [m.rest for m in matches],
        "candidates": [len(m.candidates) for m in matches],
        "candidate_ids": [";".join(m.candidates) for m in matches],
        "reason_zh": ["；".join(n.zh for n in m.notes) for m in matches],
        "reason_en": ["; ".join(n.en for n in m.notes) for m in matches],
    }
    counted = ("candidates",)
    return pd.DataFrame({
        name: pd.Series(values, dtype="int64" if name in counted else object)
        for name, values in columns.items()
    })  # fmt: skip


def _positions(
    matches: list[_Match], units: pd.DataFrame, places: pd.DataFrame | None
) -> pd.DataFrame:
    """Return longitude, latitude and what they are of, one row per match."""
    placed = np.array([m.grade not in _NOWHERE for m in matches], dtype=bool)
    place = np.array([m.place for m in matches], dtype=np.int64)
    codes = pd.Index(units["unit_code"].astype(object))
    first = ~codes.duplicated()
    found = codes[first].get_indexer(pd.Index([m.unit_code for m in matches], dtype=object))
    unit = np.where(found >= 0, np.flatnonzero(first)[found], ROOT)
    xy = _points(places, np.where(placed, place, ROOT), "place_names")
    of = np.where(np.isfinite(xy[:, 0]), "place", "")
    rest = placed & (of == "")
    lower = _points(units, np.where(rest, unit, ROOT), "admin_units")
    xy = np.where(rest[:, None], lower, xy)
    of = np.where(rest & np.isfinite(xy[:, 0]), "unit", of)
    return pd.DataFrame({"lon": xy[:, 0], "lat": xy[:, 1], "position_of": of.astype(object)})


def _points(
    frame: pd.DataFrame | None, rows: npt.NDArray[np.int64], name: str
) -> npt.NDArray[np.float64]:
    """Return a point in degrees on or inside the geometry of each row; NaN for row -1 and none."""
    xy = np.full((len(rows), 2), np.nan)
    if not isinstance(frame, gpd.GeoDataFrame) or not (rows >= 0).any():
        return xy
    if frame.crs is None:
        raise MissingCRSError.for_layer(name)
    used, at = np.unique(rows[rows >= 0], return_inverse=True)
    shapes = gpd.GeoSeries(shapely.point_on_surface(frame.geometry.array[used]), crs=frame.crs)
    points = np.asarray(shapes.to_crs(_crs.GEOGRAPHIC).array, dtype=object)
    xy[rows >= 0] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])[at]
    return xy
