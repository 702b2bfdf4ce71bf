"""Reading a layer (读取图层): the one seam through which every file becomes a checked frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
from pyogrio.errors import DataLayerError, DataSourceError

from geoplan import crs as _crs
from geoplan import datum as _datum
from geoplan.errors import (
    InputError,
    MissingCRSError,
    MissingFileError,
    UnknownIdError,
    UnreadableFileError,
)
from geoplan.io import encodings, tables
from geoplan.io.digests import digest_file
from geoplan.schemas import layer as declared
from geoplan.schemas.match import match_columns
from geoplan.schemas.model import Layer  # noqa: TC001  (in the dataclass)
from geoplan.schemas.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

_OSM = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
_FEATURES = {".gpkg": "GeoPackage", ".shp": "Shapefile", ".geojson": "GeoJSON", ".json": "GeoJSON",
             ".fgb": "FlatGeobuf", ".kml": "KML", ".gdb": "FileGDB", ".gml": "GML",
             ".tab": "MapInfo"}  # fmt: skip
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


@dataclass
class _Raw:
    frame: pd.DataFrame
    driver: str
    encoding: str = ""
    notes: list[tuple[str, str]] | None = None

    def note(self, zh: str, en: str) -> None:
        self.notes = [*(self.notes or []), (zh, en)]


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
    on_progress: Any = None,
) -> LayerRead:
    """
    Read one layer of a file and check it against its declaration.

    Parameters
    ----------
    path
        GeoPackage, Shapefile, FileGDB, GeoJSON, GeoParquet, FlatGeobuf, KML, CSV, Excel; for
        ``roads`` and ``facilities`` an OpenStreetMap file too.
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
        Sheet of a workbook; layer inside a GeoPackage or FileGDB.
    on_progress
        Called with the share done (0–1) and a word.

    Returns
    -------
    valid, rejected, report
        The valid rows with every declared column, in the CRS of the file; the rejected rows as
        they came with ``原因``; the report with all findings.

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
        If a consumer datum is stated for a surveyed layer.
    """
    where = Path(path)
    about = declared(layer) if isinstance(layer, str) else layer
    if not where.exists():
        raise MissingFileError.for_path(where)
    tell = on_progress or (lambda *_: None)
    tell(0.0, f"读取 {about.zh}")
    raw = _open(where, about, dict(columns or {}), encoding, sheet, source_layer)
    raw.frame = _positions(raw, about, crs, datum)
    tell(0.5, f"检查 {about.zh}")
    matched = match_columns([str(c) for c in raw.frame.columns], about, columns)
    taken = set(matched.values())
    aside = {c: f"{c}_原" for c in raw.frame.columns if c not in matched and c in taken}
    frame = raw.frame.rename(columns={**matched, **aside})
    valid, rejected, defects = validate(frame, about, source=str(where))
    report = _report(where, about, raw, datum, matched, (valid, rejected, defects))
    tell(1.0, about.zh)
    return LayerRead(valid, rejected, report)


def _open(
    path: Path, layer: Layer, mapping: dict[str, str], encoding: str | None, sheet: str | None,
    source_layer: str | None,
) -> _Raw:  # fmt: skip
    suffix = path.suffix.lower()
    if path.name.lower().endswith(_OSM):
        return _open_osm(path, layer)
    if suffix == ".parquet":
        return _Raw(_numbered(_parquet(path)), "GeoParquet")
    if suffix in {".csv", ".txt", ".tsv"}:
        frame, chosen = tables.read_csv(path, layer, mapping, encoding)
        return _Raw(frame, "CSV", chosen)
    if suffix in {".xlsx", ".xlsm"}:
        frame, chosen = tables.read_xlsx(path, layer, mapping, sheet)
        raw = _Raw(frame, "Excel")
        raw.note(f"工作表：{chosen}", f"sheet: {chosen}")
        return raw
    if suffix in _FEATURES:
        return _open_features(path, layer, suffix, encoding, source_layer)
    kinds = ", ".join(sorted({*_FEATURES, ".parquet", ".csv", ".xlsx", *_OSM}))
    raise UnreadableFileError.for_file(path, f"{suffix or 'no ending'} is not read; use {kinds}")


def _open_osm(path: Path, layer: Layer) -> _Raw:
    from geoplan.io import osm

    readers = {"roads": osm.read_osm_roads, "facilities": osm.read_osm_facilities}
    if layer.name not in readers:
        raise UnreadableFileError.for_file(path, f"OSM files are read as {', '.join(readers)}")
    frame = readers[layer.name](path)
    raw = _Raw(_numbered(frame), "OpenStreetMap", "utf-8")
    dropped = frame.attrs.get("dropped_ways", 0)
    if dropped:
        raw.note(f"{dropped} 条道路缺少节点，已略去", f"{dropped} ways without nodes left out")
    return raw


def _parquet(path: Path) -> pd.DataFrame:
    try:
        found: pd.DataFrame = gpd.read_parquet(path)
    except ValueError:  # no geometry in it
        pass
    except OSError as error:  # pyarrow's own errors are OSError or ValueError
        raise UnreadableFileError.for_file(path, error) from error
    else:
        return found
    try:
        return pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise UnreadableFileError.for_file(path, error) from error


def _open_features(
    path: Path, layer: Layer, suffix: str, encoding: str | None, source_layer: str | None
) -> _Raw:
    chosen = ""
    options: dict[str, Any] = {}
    if suffix == ".shp":
        chosen = encodings.of_shapefile(path, encoding)
        options["encoding"] = chosen
    elif encoding:
        options["encoding"] = chosen = encoding
    inner = _inner_layer(path, layer, source_layer)
    try:
        frame = pyogrio.read_dataframe(path, layer=inner, use_arrow=False, **options)
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    raw = _Raw(_numbered(frame), _FEATURES[suffix], chosen)
    if suffix == ".shp":
        raw.note(f"属性编码：{chosen}", f"attribute encoding: {chosen}")
        _refuse_garbled(frame, path, chosen)
    return raw


def _inner_layer(path: Path, layer: Layer, source_layer: str | None) -> str | None:
    """Return the layer to open: as told, the one named like ours, or the only one."""
    try:
        names = [str(n) for n in pyogrio.list_layers(path)[:, 0]]
    except (DataSourceError, ValueError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    if source_layer is not None:
        if source_layer not in names:
            raise UnknownIdError.among("layer in the file", "文件内图层", source_layer, names)
        return source_layer
    if len(names) > 1:
        wanted = next((n for n in names if n in {layer.name, layer.zh}), None)
        if wanted is None:
            raise UnknownIdError.among("layer in the file", "文件内图层", layer.name, names)
        return wanted
    return names[0] if names else None


def _refuse_garbled(frame: pd.DataFrame, path: Path, encoding: str) -> None:
    texts = [str(c) for c in frame.columns]
    for name in frame.columns:
        if name != "geometry" and pd.api.types.is_string_dtype(frame[name]):
            texts += [str(v) for v in frame[name].dropna().unique()[:50]]
    garbled = next((t for t in texts if encodings.looks_garbled(t)), None)
    if garbled is not None:
        raise UnreadableFileError.for_file(
            path, f"its text is garbled when read as {encoding} ({garbled!r}); correct the .cpg"
        )


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    out = frame.reset_index(drop=True)
    out.index = pd.RangeIndex(1, len(out) + 1)
    return out


def _positions(raw: _Raw, layer: Layer, crs: str | None, datum: str | None) -> Any:
    """Settle geometry, CRS and datum."""
    frame = raw.frame
    if not layer.geometry:
        return pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    if not isinstance(frame, gpd.GeoDataFrame):
        shapes, used, kind = tables.positions(frame)
        if shapes is None:
            plain = frame.assign(geometry=gpd.GeoSeries([None] * len(frame), index=frame.index))
            return gpd.GeoDataFrame(plain, geometry="geometry", crs=crs or _crs.GEOGRAPHIC)
        frame = gpd.GeoDataFrame(frame.drop(columns=used), geometry=shapes)
        if crs is None and kind == "lonlat":
            crs = _crs.GEOGRAPHIC if datum in {None, "CGCS2000"} else _crs.WEB
            raw.note(
                f"坐标取自“{used[0]}”“{used[1]}”，按 {crs}", f"positions from {used}, as {crs}"
            )
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    frame = _with_crs(frame, layer, crs, raw)
    if datum in {None, "WGS84", "CGCS2000"}:
        return frame
    return _undo(frame, layer, str(datum), raw)


def _with_crs(
    frame: gpd.GeoDataFrame, layer: Layer, crs: str | None, raw: _Raw
) -> gpd.GeoDataFrame:
    if crs is not None:
        try:
            stated = pyproj.CRS(crs)
        except pyproj.exceptions.CRSError as error:
            raise InputError(
                f"{crs!r} is no coordinate reference system.", zh=f"“{crs}”不是坐标系。",
                fix='for example crs = "EPSG:4490"', fix_zh='例如 crs = "EPSG:4490"', crs=crs,
            ) from error  # fmt: skip
        if frame.crs is not None and pyproj.CRS(frame.crs) != stated:
            said = pyproj.CRS(frame.crs).to_string()
            raw.note(f"文件自称 {said}，按 {crs} 读取", f"the file says {said}, read as {crs}")
        return frame.set_crs(stated, allow_override=True)
    if frame.crs is None and len(frame) and not frame.geometry.isna().all():
        raise MissingCRSError.for_layer(layer.name)
    return frame if frame.crs is not None else frame.set_crs(_crs.GEOGRAPHIC)


def _undo(frame: gpd.GeoDataFrame, layer: Layer, datum: str, raw: _Raw) -> gpd.GeoDataFrame:
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
    path: Path, layer: Layer, raw: _Raw, datum: str | None, matched: dict[str, str],
    parts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> ReadReport:  # fmt: skip
    valid, rejected, defects = parts
    crs = getattr(raw.frame, "crs", None)
    names = [str(c) for c in raw.frame.columns if c != "geometry"]
    notes = raw.notes or []
    return ReadReport(
        layer=layer.name, file=str(path), digest=digest_file(path), driver=raw.driver,
        encoding=raw.encoding, crs="" if crs is None else pyproj.CRS(crs).to_string(),
        datum=datum or "", rows=len(raw.frame), valid_rows=len(valid), rejected_rows=len(rejected),
        columns=matched, unknown_columns=tuple(n for n in names if n not in matched),
        notes_zh=tuple(n[0] for n in notes), notes_en=tuple(n[1] for n in notes), defects=defects,
        source_rows=raw.frame.index.difference(pd.Index(rejected["source_row"]), sort=False),
    )  # fmt: skip
