"""
Plane coordinates of tables (平面坐标): X north, Y east of a register become positions (CRS-02).

Which column is north, which zone the numbers are in, and whether they are metres at all is found
from the headers, the numbers, what the file and the workspace state. What stays open is an error
that says what to write; a row that does not fit the others comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyproj

from geoplan import crs as _crs
from geoplan.errors import InputError
from geoplan.io import zones
from geoplan.io.plane_words import WORDS
from geoplan.io.problems import Problem
from geoplan.io.raw import stated_crs
from geoplan.io.tables import EAST, MAP_X, MAP_Y, NORTH, degrees
from geoplan.schemas.coerce import tidy
from geoplan.schemas.findings import ROW_REJECTED, WARNING
from geoplan.schemas.match import match_columns, normal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.schemas import Layer

    Floats = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]
    Box = tuple[float, float, float, float]

_EITHER = frozenset(normal(h) for h in ("x坐标", "y坐标", *MAP_X, *MAP_Y))
_CRS_HEADERS = frozenset(normal(h) for h in ("source_crs", "坐标系", "原坐标系"))
_METRES, _DEGREES = 1_000.0, 180.0
_MARGIN_DEG = 50_000.0 / 111_000.0  # how far outside a place its data may lie [CRS-02]
_ZONE_SLACK_DEG = 1.0
_CHINA: Box = (73.0, 3.0, 136.0, 54.0)


class Place(NamedTuple):
    """Where a workspace is: its metric CRS, and west, south, east, north in degrees."""

    crs: str
    extent_deg: Box | None = None


class Columns(NamedTuple):
    """The headers of the northing and the easting, and whether they can only mean metres."""

    north: str
    east: str
    sure: bool
    map_order: bool = False


@dataclass
class Located:
    """Positions in degrees by row, NaN where there is none; what was found; how it was read."""

    lon: Floats
    lat: Floats
    crs: str = _crs.GEOGRAPHIC
    problems: list[Problem] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    is_plane: bool = True


def columns_of(
    frame: pd.DataFrame, layer: Layer, mapping: Mapping[str, str] | None
) -> Columns | None:
    """Return the columns that hold X and Y, or None: as declared, by their headers."""
    taken = {c: h for h, c in match_columns(map(str, frame.columns), layer, mapping).items()}
    by_name = {normal(c): str(c) for c in frame.columns}
    north, east = taken.get("x_north_m"), taken.get("y_east_m")
    if north is None or east is None:
        north, east = (_first(by_name, names) for names in (NORTH, EAST))
    if north is not None and east is not None:
        return Columns(north, east, sure=not {normal(north), normal(east)} & _EITHER)
    for x, y in zip(MAP_X, MAP_Y, strict=True):
        if normal(x) in by_name and normal(y) in by_name:
            return Columns(by_name[normal(y)], by_name[normal(x)], sure=False, map_order=True)
    return None


def _first(by_name: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((by_name[normal(n)] for n in names if normal(n) in by_name), None)


def locate(
    frame: pd.DataFrame, at: Columns, wanted: Mask, *, crs: str | None,
    place: Callable[[], Place | None],
) -> Located:  # fmt: skip
    """
    Read positions from X and Y.

    Parameters
    ----------
    frame
        The table; the index is the row number in the file. A column ``source_crs`` or 坐标系
        that names a CRS as ``EPSG:…`` counts for its row.
    at
        The columns.
    wanted
        Rows without a position yet.
    crs
        CRS of the numbers, as the user states it.
    place
        Tells where the workspace is; asked only where there are numbers.

    Returns
    -------
    located

    Raises
    ------
    InputError
        If the numbers are metres and nothing says of which zone.
    """
    reading = _Reading(frame, at)
    size = np.abs([reading.north, reading.east])
    with np.errstate(invalid="ignore"):
        known = wanted & ~np.isnan(size).any(axis=0)
        metres = known & (size > _METRES).all(axis=0)
        small = known & (size <= _DEGREES).all(axis=0)
    reading.refuse(known & ~metres & ~small, "not_coordinates")
    here = place() if (metres | small).any() else None
    plane = at.sure or bool(metres.sum() >= small.sum())
    if plane:
        reading.refuse(small, "degrees_in_metres" if at.sure or not metres.any() else "mixed_units")
        return _from_plane(reading, metres, crs, here)
    reading.refuse(metres, "mixed_units")
    return _from_degrees(reading, small, here)


class _Reading:
    """X and Y of a table, and what was found in them."""

    def __init__(self, frame: pd.DataFrame, at: Columns) -> None:
        self.frame, self.at = frame, at
        self.north, self.east = (
            np.array([degrees(v) for v in frame[c]], dtype=float) for c in (at.north, at.east)
        )
        self.problems: list[Problem] = []

    def refuse(
        self, rows: Mask, rule: str, said: Callable[[int], str] | None = None,
        effect: str = ROW_REJECTED,
    ) -> Mask:  # fmt: skip
        """Note one problem for each row marked; return the rows that are not."""
        names = f"{self.at.north}, {self.at.east}"
        for at in np.flatnonzero(rows).tolist():
            label = self.frame.index[at]
            shown = f"{self.north[at]:.12g}, {self.east[at]:.12g}"
            shown = shown if said is None else f"{shown}（{said(at)}）"
            self.problems.append(Problem(label, label, names, shown, rule, WORDS[rule], effect))
        return ~rows

    def stated(self) -> npt.NDArray[Any]:
        """Return the CRS that each row states, as text."""
        column = next((c for c in self.frame.columns if normal(c) in _CRS_HEADERS), None)
        if column is None:
            return np.full(len(self.frame), "", dtype=object)
        return np.array(["" if pd.isna(v) else tidy(v) for v in self.frame[column]], dtype=object)


def _from_degrees(reading: _Reading, rows: Mask, place: Place | None) -> Located:
    """Read degrees under X and Y: longitude and latitude, where that is plausible."""
    x, y = reading.at.north, reading.at.east
    lon, lat = reading.north, reading.east
    if reading.at.map_order:
        x, y, lon, lat = y, x, lat, lon
    if place is not None and place.extent_deg is not None:
        right, turned = _near(lon, lat, place.extent_deg), _near(lat, lon, place.extent_deg)
        written_back = turned & ~right & _near(lat, lon, _CHINA)  # the check of geometry says so
        reading.refuse(rows & right & turned, "ambiguous")
        reading.refuse(rows & ~right & ~written_back, "outside_city")
    note = (f"“{x}”“{y}”是度，按经度、纬度读取", f"{x} and {y} hold degrees: longitude, latitude")
    return Located(_where(rows, lon), _where(rows, lat), problems=reading.problems,
                   notes=[note], is_plane=False)  # fmt: skip


def _where(rows: Mask, values: Floats) -> Floats:
    return np.where(rows, values, np.nan)


def _near(lon: Floats, lat: Floats, box: Box) -> Mask:
    """Tell which positions lie in a box of degrees, or no further outside than CRS-02 allows."""
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        inside = (lon >= west - _MARGIN_DEG) & (lon <= east + _MARGIN_DEG)
        return inside & (lat >= south - _MARGIN_DEG) & (lat <= north + _MARGIN_DEG)


def _from_plane(reading: _Reading, rows: Mask, crs: str | None, place: Place | None) -> Located:
    """Read metres: in the CRS stated, the zone that Y names, or the zone of the place."""
    stated = None if crs is None else stated_crs(crs)
    if stated is not None and not stated.is_projected:
        stated = None  # it is of the degrees, not of these columns
    base = stated if stated is not None or place is None else pyproj.CRS(place.crs)
    if base is not None and zones.zone_of(base) is None:
        return _from_other(reading, rows, base, place)
    rows = rows & _order(reading, rows)
    zone = _zones(reading, rows, stated)
    rows = rows & (zone >= 0)
    free = rows & (zone == 0)
    if free.any() and place is None:
        raise _no_zone(reading, int(np.flatnonzero(free)[0]))
    bare, _ = zones.without_number(reading.east)
    if free.any() and place is not None:
        zone = _free(reading, free, bare, zone, place)
    lon, lat, notes = _in_zones(reading, rows, zone, bare)
    if place is not None and place.extent_deg is not None:
        known = rows & ~np.isnan(lon)
        reading.refuse(known & ~_near(lon, lat, place.extent_deg), "outside_city",
                       lambda at: f"{lon[at]:.4f}°E {lat[at]:.4f}°N")  # fmt: skip
    return Located(lon, lat, problems=reading.problems, notes=[notes])


def _in_zones(
    reading: _Reading, rows: Mask, zone: npt.NDArray[np.int64], bare: Floats
) -> tuple[Floats, Floats, tuple[str, str]]:
    """Return longitude and latitude, zone by zone; what lies beyond its zone is refused."""
    lon, lat = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    used: dict[str, int] = {}
    for number in np.unique(zone[rows & (zone > 0)]).tolist():
        one, own = zones.numbered(number, prefixed=False), rows & (zone == number)
        if one is None:
            continue
        lon[own], lat[own] = _degrees(one.crs, bare[own], reading.north[own])
        off = np.abs(lon - one.meridian_deg) > one.width_deg / 2.0 + _ZONE_SLACK_DEG
        reading.refuse(own & off, "outside_zone", partial(_said, one.crs))
        lon[own & off] = np.nan
        used[one.crs] = int(own.sum())
    return lon, lat, _note(reading.at, used)


def _said(word: str, _: int) -> str:
    return word


def _order(reading: _Reading, rows: Mask) -> Mask:
    """Put northings and eastings right where the columns are swapped; refuse what is neither."""
    north, east = reading.north, reading.east
    right = zones.is_north(north) & zones.is_east(east)
    turned = ~right & zones.is_north(east) & zones.is_east(north)
    kept = reading.refuse(rows & ~right & ~turned, "not_plane")
    if not reading.at.map_order:
        reading.refuse(rows & turned, "swapped_plane", effect=WARNING)
    reading.north = np.where(turned, east, north)
    reading.east = np.where(turned, north, east)
    return kept


def _zones(reading: _Reading, rows: Mask, crs: pyproj.CRS | None) -> npt.NDArray[np.int64]:
    """Return the zone number of each row, 0 where nothing names it, -1 where it is refused."""
    _, number = zones.without_number(reading.east)
    texts = reading.stated()
    general = zones.zone_of(crs) if crs is not None else None
    named, legacy, unknown = np.zeros_like(number), rows & False, rows & False
    for text in np.unique(texts[rows].astype(str)).tolist():
        own = rows & (texts == text)
        zone = general
        if text.upper().startswith("EPSG:"):
            zone = _zone_named(text)
            unknown |= own & (zone is None)
        if zones.is_legacy(text):
            legacy |= own
        named[own] = 0 if zone is None else zone.number
    unknown &= ~legacy
    conflict = rows & ~legacy & ~unknown & (number > 0) & (named > 0) & (number != named)
    good = reading.refuse(legacy, "legacy_datum", lambda at: str(texts[at]))
    good &= reading.refuse(unknown, "unknown_zone", lambda at: str(texts[at]))
    good &= reading.refuse(conflict, "zone_conflict", lambda at: f"{number[at]} ≠ {named[at]}")
    return np.where(good, np.where(number > 0, number, named), -1)


def _zone_named(text: str) -> zones.Zone | None:
    try:
        return zones.zone_of(pyproj.CRS(text.upper()))
    except pyproj.exceptions.CRSError:
        return None


def _free(
    reading: _Reading, free: Mask, bare: Floats, zone: npt.NDArray[np.int64], place: Place
) -> npt.NDArray[np.int64]:
    """Find the zone of eastings without number: the one that falls into the city (CRS-02)."""
    from geoplan.boundaries import positions_from_plane

    home = zones.zone_of(pyproj.CRS(place.crs))
    number = 0 if home is None else home.number
    if place.extent_deg is None:
        return np.where(free, number, zone)
    table = pd.DataFrame({"x_north_m": reading.north, "y_east_m": bare})
    found = positions_from_plane(table, place.extent_deg)
    read = np.full(len(zone), number, dtype=np.int64)  # where none or several fit: its own zone
    for at in np.flatnonzero(free & (found["plane_crs"] != "").to_numpy()):
        one = zones.zone_of(pyproj.CRS(found["plane_crs"].iloc[at]))
        read[at] = number if one is None else one.number
    return np.where(free, read, zone)


def _no_zone(reading: _Reading, at: int) -> InputError:
    value = f"{reading.north[at]:.12g}, {reading.east[at]:.12g}"
    names, row = f"{reading.at.north}, {reading.at.east}", reading.frame.index[at]
    return InputError(
        f"Row {row}: {names} = {value} are plane coordinates, and nothing says of which zone.",
        zh=f"第 {row} 行：{names} = {value} 是平面坐标，但没有写明投影带。",
        fix='state it: crs = "EPSG:4547" for the layer in workspace.toml (3 degrees, 114°E), '
        "EPSG:4547 in the column source_crs, or the zone number before Y (38441223.782)",
        fix_zh='写明投影带：在 workspace.toml 该图层下写 crs = "EPSG:4547"（3 度带，114°），'
        "或在“坐标系”栏写 EPSG:4547，或在 Y 前加带号（38441223.782）",
        row=int(row), field=names, value=value,
    )  # fmt: skip


def _from_other(reading: _Reading, rows: Mask, crs: pyproj.CRS, place: Place | None) -> Located:
    """Read metres of a CRS that is no CGCS2000 zone (UTM and the like), in either order."""
    area = crs.area_of_use
    box = place.extent_deg if place is not None else None
    box = box or (area.bounds if area is not None else (-180.0, -90.0, 180.0, 90.0))
    name = crs.to_string()
    lon, lat = _degrees(name, reading.east, reading.north, _crs.WEB)
    lon_turned, lat_turned = _degrees(name, reading.north, reading.east, _crs.WEB)
    right, turned = _near(lon, lat, box), _near(lon_turned, lat_turned, box)
    reading.refuse(rows & right & turned, "ambiguous")
    reading.refuse(rows & ~right & ~turned, "outside_city", partial(_said, name))
    if not reading.at.map_order:
        reading.refuse(rows & turned & ~right, "swapped_plane", effect=WARNING)
    rows = rows & (right ^ turned)
    lon, lat = np.where(turned, lon_turned, lon), np.where(turned, lat_turned, lat)
    notes = [_note(reading.at, {name: int(rows.sum())})]
    return Located(_where(rows, lon), _where(rows, lat), _crs.WEB, reading.problems, notes)


def _degrees(
    name: str, east: Floats, north: Floats, to: str = _crs.GEOGRAPHIC
) -> tuple[Floats, Floats]:
    lon, lat = pyproj.Transformer.from_crs(name, to, always_xy=True).transform(east, north)
    return np.asarray(lon), np.asarray(lat)


def _note(at: Columns, used: Mapping[str, int]) -> tuple[str, str]:
    zh = "、".join(f"{crs} {rows} 行" for crs, rows in used.items())
    en = ", ".join(f"{crs} {rows} rows" for crs, rows in used.items())
    return (f"位置取自“{at.north}”（北）“{at.east}”（东）：{zh}",
            f"positions from {at.north} (north) and {at.east} (east): {en}")  # fmt: skip


def far_off(frame: gpd.GeoDataFrame, place: Place) -> list[Problem]:
    """Return a problem for each row that lies further from the city than CRS-02 allows."""
    if place.extent_deg is None or frame.empty:
        return []
    box = frame.geometry.to_crs(_crs.GEOGRAPHIC).bounds.to_numpy()
    inside = _near(box[:, 0], box[:, 1], place.extent_deg)
    inside &= _near(box[:, 2], box[:, 3], place.extent_deg)
    away = ~inside & ~np.isnan(box).any(axis=1)
    return [
        Problem(frame.index[at], frame.index[at], "geometry",
                f"{box[at, 0]:.4f}°E {box[at, 1]:.4f}°N", "outside_city", WORDS["outside_city"])
        for at in np.flatnonzero(away)
    ]  # fmt: skip
