"""Opening a file (打开文件): each kind by its ending, as a frame with the file's row numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geoplan.errors import UnknownIdError, UnreadableFileError
from geoplan.io import coordinate_txt, encodings, exchange_package, inspire_au, kml, tables
from geoplan.io.raw import Options, Raw, numbered

if TYPE_CHECKING:
    from pathlib import Path

    from geoplan.schemas import Layer

_OSM = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
_FEATURES = {".gpkg": "GeoPackage", ".shp": "Shapefile", ".geojson": "GeoJSON", ".json": "GeoJSON",
             ".fgb": "FlatGeobuf", ".gdb": "FileGDB", ".gml": "GML", ".tab": "MapInfo"}  # fmt: skip


def open_source(path: Path, layer: Layer, options: Options) -> Raw:  # noqa: PLR0911  (kinds)
    """
    Open a file as its ending says.

    Parameters
    ----------
    path
        A file, or the folder of an exchange package or a FileGDB.
    layer
        What is looked for in it.
    options
        As the user says.

    Returns
    -------
    raw

    Raises
    ------
    UnreadableFileError
        If it is broken, or of a kind that is not read.
    UnknownIdError
        If the sheet or inner layer does not exist.
    InputError
        If a format says so of its whole file.
    """
    suffix = path.suffix.lower()
    if path.name.lower().endswith(_OSM):
        return _open_osm(path, layer)
    if exchange_package.is_package(path):
        return exchange_package.open_table(path, layer)
    if path.is_dir() and suffix != ".gdb":
        raise UnreadableFileError.for_file(path, "it is a folder")
    if suffix == ".parquet":
        return Raw(numbered(_parquet(path)), "GeoParquet")
    if suffix in {".csv", ".txt", ".tsv"}:
        return _open_text(path, layer, options)
    if suffix in {".xlsx", ".xlsm"}:
        frame, chosen = tables.read_xlsx(path, layer, options.columns, options.sheet)
        raw = Raw(frame, "Excel")
        raw.note(f"工作表：{chosen}", f"sheet: {chosen}")
        return raw
    if suffix in {".kml", ".kmz"}:
        return kml.open_kml(path, options)
    if suffix in _FEATURES:
        return _open_features(path, layer, suffix, options)
    kinds = ", ".join(sorted({*_FEATURES, ".parquet", ".csv", ".txt", ".kml", ".xlsx", *_OSM}))
    raise UnreadableFileError.for_file(path, f"{suffix or 'no ending'} is not read; use {kinds}")


def _open_text(path: Path, layer: Layer, options: Options) -> Raw:
    text, chosen = encodings.decode(path.read_bytes(), path, options.encoding)
    if coordinate_txt.is_coordinate_txt(text):
        return coordinate_txt.open_coordinate_txt(text, path, layer, options, chosen)
    return Raw(tables.read_csv(text, layer, options.columns, path), "CSV", chosen)


def _open_osm(path: Path, layer: Layer) -> Raw:
    from geoplan.io import osm

    readers = {"roads": osm.read_osm_roads, "facilities": osm.read_osm_facilities}
    if layer.name not in readers:
        raise UnreadableFileError.for_file(path, f"OSM files are read as {', '.join(readers)}")
    frame = readers[layer.name](path)
    raw = Raw(numbered(frame), "OpenStreetMap", "utf-8")
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


def _open_features(path: Path, layer: Layer, suffix: str, options: Options) -> Raw:
    chosen = ""
    reading: dict[str, Any] = {}
    if suffix == ".shp":
        chosen = encodings.of_shapefile(path, options.encoding)
        reading["encoding"] = chosen
    elif options.encoding:
        reading["encoding"] = chosen = options.encoding
    names = _inner_layers(path)
    inspire = None if options.source_layer else inspire_au.table_of(names, layer)
    inner = inspire or _inner_layer(names, layer, options.source_layer)
    try:
        frame = pyogrio.read_dataframe(path, layer=inner, use_arrow=False, **reading)
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    raw = Raw(numbered(frame), _FEATURES[suffix], chosen)
    if inspire:
        inspire_au.read_back(raw, layer)
    if suffix == ".shp":
        raw.note(f"属性编码：{chosen}", f"attribute encoding: {chosen}")
        _refuse_garbled(frame, path, chosen)
    return raw


def _inner_layers(path: Path) -> list[str]:
    try:
        return [str(n) for n in pyogrio.list_layers(path)[:, 0]]
    except (DataSourceError, ValueError) as error:
        raise UnreadableFileError.for_file(path, error) from error


def _inner_layer(names: list[str], layer: Layer, source_layer: str | None) -> str | None:
    """Return the layer to open: as told, the one named like ours, or the only one."""
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
