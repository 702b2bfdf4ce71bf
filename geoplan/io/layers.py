"""Reading a layer (读取图层): the one seam through which every file becomes a checked frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan import datum as _datum
from geoplan.errors import (
    InputError,
    MissingCRSError,
    MissingFileError,
    UnknownIdError,
)
from geoplan.io import coordinate_txt, plane, tables
from geoplan.io.digests import digest_file
from geoplan.io.problems import good_rows, with_problems
from geoplan.io.raw import Options, stated_crs
from geoplan.io.sources import open_source
from geoplan.schemas import layer as declared
from geoplan.schemas.match import match_columns
from geoplan.schemas.model import Layer  # noqa: TC001  (in the dataclass)
from geoplan.schemas.validate import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geoplan.io.raw import Raw

    Where = plane.Place | Callable[[], plane.Place | None] | None

_SURVEYED = ("boundary_lines", "boundary_markers", "village_lines")


@dataclass(frozen=True, eq=False)
class ReadReport:
    """
    How a layer was read.

    ``digest`` is the SHA-256 of the file with its sidecars, ``columns`` what each header was
    taken for, ``notes`` what was decided on the way (encoding, CRS, datum, sheet),
    ``source_rows`` the row numbers in the file of the valid rows.
    """

    layer: str
    file: str
    digest: str
    driver: str
    encoding: str
    crs: str
    datum: str
    rows: int
    valid_rows: int
    rejected_rows: int
    columns: dict[str, str]
    unknown_columns: tuple[str, ...]
    notes_zh: tuple[str, ...]
    notes_en: tuple[str, ...]
    defects: pd.DataFrame
    source_rows: pd.Index = field(default_factory=lambda: pd.RangeIndex(0))


class LayerRead(NamedTuple):
    """Rows that may be used, rows sent back with their reasons, and how it went."""

    valid: pd.DataFrame
    rejected: pd.DataFrame
    report: ReadReport


def read_layer(  # noqa: PLR0913
    path: str | Path,
    layer: str | Layer,
    *,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    datum: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    source_layer: str | None = None,
    place: Where = None,
    on_progress: Any = None,
) -> LayerRead:
    """
    Read one layer of a file and check it against its declaration.

    Parameters
    ----------
    path
        GeoPackage, Shapefile, FileGDB, GeoJSON, GeoParquet, FlatGeobuf, KML, coordinate TXT
        (界址点坐标文件), CSV, Excel; an exchange package as folder or zip; for ``roads`` and
        ``facilities`` an OpenStreetMap file too.
    layer
        Layer name such as ``facilities``, or a declaration.
    columns
        Header -> column, where names, titles and aliases do not say it.
    crs
        CRS of the coordinates, where the file does not say it or says it wrongly.
    datum
        ``GCJ-02`` or ``BD-09`` for points taken from consumer maps: they are converted, and
        said so; refused for surveyed boundary layers.
    encoding
        Text encoding, where it should not be decided by evidence.
    sheet, source_layer
        Sheet of a workbook; layer inside a GeoPackage or FileGDB, folder inside a KML.
    place
        Where the workspace is, or a function that tells it: gives the zone of X (north) and Y
        (east) columns in metres, and what lies too far off to be right. [CRS-02]
    on_progress
        Called with the share done (0–1) and a word.

    Returns
    -------
    valid, rejected, report
        The valid rows with every declared column, in the CRS of the file (positions taken from
        X and Y columns in degrees, EPSG:4490); the rejected rows as they came with ``原因``; the
        report with all findings.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is broken, or of a kind that is not read.
    UnknownIdError
        If the layer, sheet, inner layer or datum does not exist.
    MissingCRSError
        If it has coordinates but no CRS, and none was stated.
    InputError
        If a consumer datum is stated for a surveyed layer, or nothing says of which zone plane
        coordinates are.
    """
    where = Path(path)
    about = declared(layer) if isinstance(layer, str) else layer
    if not where.exists():
        raise MissingFileError.for_path(where)
    tell = on_progress or (lambda *_: None)
    tell(0.0, f"读取 {about.zh}")
    options = Options(dict(columns or {}), crs, encoding, sheet, source_layer)
    raw = open_source(where, about, options)
    raw.frame = _positions(raw, about, options, datum, place)
    tell(0.5, f"检查 {about.zh}")
    matched = match_columns([str(c) for c in raw.frame.columns], about, columns)
    taken = set(matched.values())
    aside = {c: f"{c}_原" for c in raw.frame.columns if c not in matched and c in taken}
    frame = raw.frame.rename(columns={**matched, **aside})
    checked = validate(good_rows(frame, raw.problems), about, source=str(where))
    checked = with_problems(checked, frame, raw.problems, about, str(where))
    report = _report(where, about, raw, datum, matched, checked)
    tell(1.0, about.zh)
    return LayerRead(*checked[:2], report)


def _positions(raw: Raw, layer: Layer, options: Options, datum: str | None, place: Where) -> Any:
    """Settle geometry, CRS and datum."""
    frame, crs = raw.frame, options.crs
    if not layer.geometry:
        return pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    if not isinstance(frame, gpd.GeoDataFrame):
        frame, crs = _table_positions(raw, layer, options, datum, place)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    if raw.driver != coordinate_txt.DRIVER:  # which has read the zone stated already
        frame = _with_crs(frame, layer, crs, raw)
    elif (here := _here(place)) is not None:
        raw.problems += plane.far_off(frame, here)
    if datum in {None, "WGS84", "CGCS2000"}:
        return frame
    return _undo(frame, layer, str(datum), raw)


def _here(place: Where) -> plane.Place | None:
    return place() if callable(place) else place


def _table_positions(
    raw: Raw, layer: Layer, options: Options, datum: str | None, place: Where
) -> tuple[gpd.GeoDataFrame, str | None]:
    """Find positions in a table: WKT, longitude and latitude, or X and Y; with their CRS."""
    frame, crs = raw.frame, options.crs
    shapes, used, kind = tables.positions(frame)
    degrees = crs or (_crs.GEOGRAPHIC if datum in {None, "CGCS2000"} else _crs.WEB)
    if kind == "lonlat":
        raw.note(f"坐标取自“{used[0]}”“{used[1]}”，按 {degrees}",
                 f"positions from {used}, as {degrees}")  # fmt: skip
    crs = degrees if kind != "wkt" else crs
    at = plane.columns_of(frame, layer, options.columns)
    wanted = np.ones(len(frame), bool) if shapes is None else shapes.isna().to_numpy()
    if at is not None and wanted.any() and kind != "wkt":
        own_crs = options.crs if shapes is None else None
        found = plane.locate(frame, at, wanted, crs=own_crs, place=lambda: _here(place))
        raw.problems += found.problems
        raw.notes += found.notes
        if not found.is_plane:
            used = [*used, at.north, at.east]
        points = _points(found, frame.index, degrees)
        if shapes is None:
            crs = found.crs if found.is_plane else degrees
        else:
            points = points.to_crs(degrees)
        points = points.set_crs(None, allow_override=True)
        shapes = points if shapes is None else shapes.fillna(points)
    if shapes is None:
        shapes = gpd.GeoSeries([None] * len(frame), index=frame.index)
    return gpd.GeoDataFrame(frame.drop(columns=used), geometry=shapes), crs


def _points(found: plane.Located, index: pd.Index, degrees: str) -> gpd.GeoSeries:
    out = np.full(len(found.lon), None, dtype=object)
    known = ~np.isnan(found.lon) & ~np.isnan(found.lat)
    out[known] = shapely.points(found.lon[known], found.lat[known])
    return gpd.GeoSeries(out, index=index, crs=found.crs if found.is_plane else degrees)


def _with_crs(frame: gpd.GeoDataFrame, layer: Layer, crs: str | None, raw: Raw) -> gpd.GeoDataFrame:
    if crs is not None:
        stated = stated_crs(crs)
        if frame.crs is not None and pyproj.CRS(frame.crs) != stated:
            said = pyproj.CRS(frame.crs).to_string()
            raw.note(f"文件自称 {said}，按 {crs} 读取", f"the file says {said}, read as {crs}")
        return frame.set_crs(stated, allow_override=True)
    if frame.crs is None and len(frame) and not frame.geometry.isna().all():
        raise MissingCRSError.for_layer(layer.name)
    return frame if frame.crs is not None else frame.set_crs(_crs.GEOGRAPHIC)


def _undo(frame: gpd.GeoDataFrame, layer: Layer, datum: str, raw: Raw) -> gpd.GeoDataFrame:
    if layer.name in _SURVEYED:
        raise InputError(
            f"{layer.name} is surveyed data: positions in {datum} are refused.",
            zh=f"“{layer.zh}”是测绘成果，不接受 {datum} 坐标。",
            fix="use the surveyed CGCS2000 coordinates",
            fix_zh="使用测绘的 2000 国家大地坐标",
            layer=layer.name,
        )
    if datum not in _datum.DATUMS:
        raise UnknownIdError.among("datum", "坐标基准", datum, _datum.DATUMS)
    shapes = frame.geometry.transform(
        lambda xy: np.column_stack(_datum.to_wgs84(xy[:, 0], xy[:, 1], datum))
    )
    raw.note(f"坐标由 {datum} 换算，不具测绘精度", f"converted from {datum}; not of survey quality")
    return frame.set_geometry(shapes.set_crs(frame.crs, allow_override=True))


def _report(
    path: Path, layer: Layer, raw: Raw, datum: str | None, matched: dict[str, str],
    parts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> ReadReport:  # fmt: skip
    valid, rejected, defects = parts
    crs = getattr(raw.frame, "crs", None)
    names = [str(c) for c in raw.frame.columns if c != "geometry"]
    return ReadReport(
        layer=layer.name, file=str(path), digest=digest_file(path), driver=raw.driver,
        encoding=raw.encoding, crs="" if crs is None else pyproj.CRS(crs).to_string(),
        datum=datum or "", rows=len(raw.frame), valid_rows=len(valid), rejected_rows=len(rejected),
        columns=matched, unknown_columns=tuple(n for n in names if n not in matched),
        notes_zh=tuple(n[0] for n in raw.notes), notes_en=tuple(n[1] for n in raw.notes),
        defects=defects,
        source_rows=raw.frame.index.difference(pd.Index(rejected["source_row"]), sort=False),
    )  # fmt: skip
