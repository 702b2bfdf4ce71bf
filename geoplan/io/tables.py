"""Tables (表格): Excel and CSV ledgers as people keep them, with their row numbers."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import shapely
from openpyxl.utils.exceptions import InvalidFileException

from geoplan.errors import UnknownIdError, UnreadableFileError
from geoplan.schemas.coerce import tidy
from geoplan.schemas.match import match_columns, normal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from geoplan.schemas import Layer

    Rows = list[tuple[Any, ...]]

_HEADER_SEARCH = 15
LON = ("经度", "东经", "lon", "lng", "longitude", "经度坐标", "jd")
LAT = ("纬度", "北纬", "lat", "latitude", "纬度坐标", "wd")
NORTH = ("x坐标", "纵坐标", "纵坐标x", "x纵坐标", "北坐标", "northing", "north", "zzb")
EAST = ("y坐标", "横坐标", "横坐标y", "y横坐标", "东坐标", "easting", "east", "hzb")
MAP_X, MAP_Y = ("x", "point_x"), ("y", "point_y")
"""Headers of mapping programs: x is east, or longitude."""
WKT = ("wkt", "geometry", "几何", "坐标串")
_POSITIONS = frozenset(normal(n) for n in (*LON, *LAT, *NORTH, *EAST, *MAP_X, *MAP_Y, *WKT))
_DMS = re.compile(
    r"^\s*([NSEW东西南北]*)\s*(\d{1,3})\s*[°度:]\s*(?:(\d{1,2}(?:\.\d+)?)\s*[′'分:]\s*)?"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:[″\"”秒]|'')?)?\s*([NSEW]?)\s*$"
)


def read_csv(text: str, layer: Layer, mapping: Mapping[str, str], path: Path) -> pd.DataFrame:
    """
    Read the text of a CSV as text cells; the index is the line number in the file.

    Returns
    -------
    frame

    Raises
    ------
    UnreadableFileError
        If it holds no table.
    """
    first = text.split("\n", 1)[0]
    comma = max(",;\t", key=first.count)
    try:
        rows = [tuple(r) for r in csv.reader(io.StringIO(text, newline=""), delimiter=comma)]
    except csv.Error as error:
        raise UnreadableFileError.for_file(path, error) from error
    return _table(rows, layer, mapping, path)


def read_xlsx(
    path: Path, layer: Layer, mapping: Mapping[str, str], sheet: str | None
) -> tuple[pd.DataFrame, str]:
    """
    Read a sheet of a workbook; the index is the row number that Excel shows.

    The sheet is the one named, or the one whose headers say most to the layer. Titles above
    the header are skipped; merged header cells count for every column they span.

    Returns
    -------
    frame, sheet

    Raises
    ------
    UnreadableFileError
        If it is no workbook.
    UnknownIdError
        If there is no sheet of that name.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=False, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    names = [s.title for s in book.worksheets]
    if sheet is not None and sheet not in names:
        raise UnknownIdError.among("sheet", "工作表", sheet, names)
    pages = {name: _cells(book[name]) for name in ([sheet] if sheet else names)}
    best = max(pages, key=lambda n: _header(pages[n], layer, mapping)[1])
    return _table(pages[best], layer, mapping, path), best


def _cells(sheet: Any) -> Rows:
    rows = [tuple(r) for r in sheet.iter_rows(values_only=True)]
    for span in sheet.merged_cells.ranges:
        if span.min_row > _HEADER_SEARCH or span.max_row > _HEADER_SEARCH:
            continue
        value = rows[span.min_row - 1][span.min_col - 1]
        for r in range(span.min_row - 1, span.max_row):
            cells = list(rows[r])
            cells[span.min_col - 1 : span.max_col] = [value] * (span.max_col - span.min_col + 1)
            rows[r] = tuple(cells)
    return rows


def _header(rows: Rows, layer: Layer, mapping: Mapping[str, str]) -> tuple[int, int]:
    """Return the row that says most to the layer, and how many headers it holds."""
    best, most = 0, -1
    for at, row in enumerate(rows[:_HEADER_SEARCH]):
        words = [str(c) for c in row if c is not None and str(c).strip()]
        known = len(match_columns(words, layer, mapping))
        known += sum(normal(w) in _POSITIONS for w in words)
        if known > most and words:
            best, most = at, known
    return best, most


def _table(rows: Rows, layer: Layer, mapping: Mapping[str, str], path: Path) -> pd.DataFrame:
    if not any(any(c not in (None, "") for c in r) for r in rows):
        return pd.DataFrame()
    at, _ = _header(rows, layer, mapping)
    names = list(_unique(rows[at]))
    body = [
        (number, row) for number, row in enumerate(rows[at + 1 :], start=at + 2)
        if any(c is not None and str(c).strip() for c in row)
    ]  # fmt: skip
    too_long = next((n for n, r in body if len(r) > len(names)
                     and any(c not in (None, "") for c in r[len(names):])), None)  # fmt: skip
    if too_long is not None:
        raise UnreadableFileError.for_file(path, f"row {too_long} has more cells than the header")
    cells = [(*r[: len(names)], *[None] * (len(names) - len(r))) for _, r in body]
    frame = pd.DataFrame(cells, columns=names, index=[n for n, _ in body], dtype=object)
    return frame.loc[:, [n for n in names if not n.startswith("\x00")]]


def _unique(header: tuple[Any, ...]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = str(cell).strip() if cell is not None and str(cell).strip() else f"\x00{at}"
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}.{seen[name]}"


def positions(frame: pd.DataFrame) -> tuple[gpd.GeoSeries | None, list[str], str]:
    """
    Find positions in a table: a WKT column, or longitude and latitude, degrees or 度分秒.

    Returns
    -------
    geometry, columns, kind
        None where there are none; the columns used; ``wkt`` or ``lonlat``.
    """
    by_name = {normal(c): c for c in frame.columns}
    wkt = next((by_name[normal(n)] for n in WKT if normal(n) in by_name), None)
    if wkt is not None:
        texts = [v if isinstance(v, str) and v.strip() else None for v in frame[wkt]]
        shapes = shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
        return gpd.GeoSeries(shapes, index=frame.index), [wkt], "wkt"
    lon = next((by_name[normal(n)] for n in LON if normal(n) in by_name), None)
    lat = next((by_name[normal(n)] for n in LAT if normal(n) in by_name), None)
    if lon is None or lat is None:
        return None, [], ""
    x, y = (np.array([degrees(v) for v in frame[c]], dtype=float) for c in (lon, lat))
    shapes = np.full(len(frame), None, dtype=object)
    known = ~np.isnan(x) & ~np.isnan(y)
    shapes[known] = shapely.points(x[known], y[known])
    return gpd.GeoSeries(shapes, index=frame.index), [lon, lat], "lonlat"


def degrees(value: Any) -> float:
    """
    Return degrees of a number, its text, or 度分秒; NaN where it is none.

    Examples
    --------
    >>> degrees("113°22′30″"), degrees("31.7"), degrees("北纬31度42分")
    (113.375, 31.7, 31.7)
    """
    if value is None:
        return np.nan
    text = tidy(value).replace("经", "").replace("纬", "").replace("′′", '"')
    try:
        return float(text)
    except ValueError:
        pass
    found = _DMS.match(text)
    if not found:
        return np.nan
    before, whole, minutes, seconds, after = found.groups()
    size = float(whole) + float(minutes or 0) / 60.0 + float(seconds or 0) / 3600.0
    return -size if set(before + after) & set("SW西南") else size
