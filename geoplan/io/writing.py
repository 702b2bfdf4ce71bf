"""Writing results (写出): whole or not at all, and the same content every time."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import xlsxwriter

from geoplan.errors import InputError
from geoplan.io.atomic import replacing
from geoplan.io.coordinate_txt_write import write_coordinate_txt
from geoplan.io.kml import write_kml
from geoplan.schemas import layer as declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geoplan.schemas import Layer

_STAMP = datetime(2022, 2, 7, tzinfo=UTC)  # files carry no clock, so that runs compare
_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf", ".shp": "ESRI Shapefile"}
KINDS = (".gpkg", ".geojson", ".fgb", ".shp", ".parquet", ".csv", ".xlsx", ".kml", ".kmz", ".txt")


def write(frame: pd.DataFrame, path: str | Path) -> Path:
    """
    Write a frame to one file; the ending says how.

    Parameters
    ----------
    frame
        A GeoDataFrame in any CRS, or a plain table.
    path
        ``.gpkg``, ``.geojson``, ``.fgb``, ``.shp`` (a zip-free shapefile in UTF-8 with ``.cpg``),
        ``.parquet``, ``.csv`` (UTF-8 with mark, geometry as WKT), ``.xlsx``, ``.kml`` and
        ``.kmz`` (`write_kml`), ``.txt`` (`write_coordinate_txt`: geometry, number and name only).

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    InputError
        If the ending is none of these.
    OutputError
        If the system refuses; no partial file is left.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in KINDS:
        raise InputError(
            f"{target.name}: cannot write {suffix or 'a file without an ending'}.",
            zh=f"{target.name}：不能写 {suffix or '没有扩展名的文件'}。",
            fix=f"use one of {', '.join(KINDS)}",
            fix_zh=f"可用的有 {', '.join(KINDS)}",
            file=str(target),
        )
    if suffix == ".gpkg":
        write_gpkg({target.stem: frame}, target)
    elif suffix == ".xlsx":
        write_xlsx({target.stem: _plain(frame)}, target)
    elif suffix == ".shp":
        _write_shapefile(frame, target)
    elif suffix in {".kml", ".kmz"}:
        write_kml(frame, target)
    elif suffix == ".txt":
        write_coordinate_txt(frame, target)
    else:
        with replacing(target) as temporary:
            _write_one(frame, temporary, suffix)
    return target


def _write_one(frame: pd.DataFrame, path: Path, suffix: str) -> None:
    if suffix == ".csv":
        text = _plain(frame).to_csv(index=False, lineterminator="\n")
        path.write_bytes(text.encode("utf-8-sig"))
    elif suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        _write_features(frame, path, _DRIVERS[suffix], **_unindexed(frame, suffix))


def _unindexed(frame: pd.DataFrame, suffix: str) -> dict[str, str]:
    """Return the option that lets a FlatGeobuf hold rows without a position: it has no index."""
    gaps = isinstance(frame, gpd.GeoDataFrame) and bool(
        (frame.geometry.isna() | frame.geometry.is_empty).any()
    )
    return {"SPATIAL_INDEX": "NO"} if suffix == ".fgb" and gaps else {}


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without geometry objects: positions as WKT."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    name = frame.geometry.name
    return pd.DataFrame(frame).assign(**{name: frame.geometry.to_wkt()})


def _write_shapefile(frame: pd.DataFrame, target: Path) -> None:
    names = _short_names(list(frame.columns))
    with replacing(target) as temporary:
        _write_features(frame.rename(columns=names), temporary, "ESRI Shapefile",
                        encoding="UTF-8")  # fmt: skip
        for part in temporary.parent.glob(f"{temporary.stem}.*"):
            if part != temporary:
                part.replace(target.parent / part.name)


def _short_names(columns: list[str]) -> dict[str, str]:
    """Cut names to the ten bytes a shapefile has, without making two alike."""
    out: dict[str, str] = {}
    for name in columns:
        short = name if name == "geometry" else name.encode()[:10].decode(errors="ignore")
        count = 1
        while short in out.values():
            end = str(count)
            short = name.encode()[: 10 - len(end)].decode(errors="ignore") + end
            count += 1
        out[name] = short
    return out


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """Let GDAL write one date into its files, so that the same content is the same file."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_features(frame: pd.DataFrame, path: Path, driver: str, **options: Any) -> None:
    with _fixed_clock():
        pyogrio.write_dataframe(_storable(frame), path, driver=driver, **options)


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with cells that a file can hold: no infinities, no mixed objects."""
    out = frame.copy()
    for name in out.columns:
        column = out[name]
        if isinstance(frame, gpd.GeoDataFrame) and name == frame.geometry.name:
            continue
        if pd.api.types.is_float_dtype(column):
            out[name] = column.astype("float64").replace([np.inf, -np.inf], np.nan)
        elif column.dtype == object:
            out[name] = column.map(str, na_action="ignore").astype("str")
        elif isinstance(column.dtype, pd.DatetimeTZDtype):
            out[name] = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return out


def write_gpkg(layers: Mapping[str, pd.DataFrame], path: str | Path) -> Path:
    """
    Write several layers and tables into one GeoPackage, whole or not at all.

    Parameters
    ----------
    layers
        Name -> GeoDataFrame (any CRS) or table.
    path
        The file to make or replace.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    OutputError
        If the system refuses.
    """
    target = Path(path)
    with replacing(target) as temporary:
        for name, frame in layers.items():
            _write_features(frame, temporary, "GPKG", layer=name, append=False)
    return target


def write_xlsx(sheets: Mapping[str, pd.DataFrame], path: str | Path) -> Path:
    """
    Write tables as sheets of a workbook: frozen header, filter, widths, number formats.

    Parameters
    ----------
    sheets
        Sheet name (31 characters at most) -> table, as it should be shown.
    path
        The file to make or replace.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    OutputError
        If the system refuses.
    """
    target = Path(path)
    with replacing(target) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"nan_inf_to_errors": False})
        book.set_properties({"created": _STAMP.replace(tzinfo=None)})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#DDE6EE", "text_wrap": True,
                                     "valign": "top", "border": 1}),
            "float": book.add_format({"num_format": "#,##0.00##"}),
            "int": book.add_format({"num_format": "#,##0"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "text": book.add_format({"text_wrap": False}),
        }  # fmt: skip
        for name, frame in sheets.items():
            _write_sheet(book.add_worksheet(name[:31]), frame, formats)
        book.close()
    return target


def _write_sheet(sheet: Any, frame: pd.DataFrame, formats: Mapping[str, Any]) -> None:
    for at, name in enumerate(frame.columns):
        sheet.write_string(0, at, str(name), formats["head"])
        column = frame[name]
        width = len(str(name)) * 2
        for row, value in enumerate(column, start=1):
            width = max(width, _write_cell(sheet, row, at, value, formats))
        sheet.set_column(at, at, min(max(width + 1, 6), 48))
    sheet.freeze_panes(1, 0)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)


def _write_cell(  # noqa: PLR0911  (one kind of cell after another)
    sheet: Any, row: int, at: int, value: Any, formats: Mapping[str, Any]
) -> int:
    """Write one cell and return how wide its text is."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return 0
    if isinstance(value, bool | np.bool_):
        sheet.write_string(row, at, "是" if value else "否")
        return 2
    if isinstance(value, int | np.integer):
        sheet.write_number(row, at, int(value), formats["int"])
        return len(str(value)) + 2
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            return 0
        sheet.write_number(row, at, float(value), formats["float"])
        return len(f"{value:,.2f}")
    if isinstance(value, pd.Timestamp | datetime):
        sheet.write_datetime(row, at, pd.Timestamp(value).to_pydatetime(), formats["date"])
        return 10
    text = str(value)[:32_000]
    sheet.write_string(row, at, text, formats["text"])
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text[:60])  # noqa: PLR2004


def write_template(layer: str | Layer, path: str | Path) -> Path:
    """
    Write an Excel template for a layer: Chinese headers, one sheet that explains each column.

    Parameters
    ----------
    layer
        Layer name or declaration.
    path
        ``.xlsx`` file to make.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    UnknownIdError
        If there is no such layer.
    OutputError
        If the system refuses.
    """
    about = declared(layer) if isinstance(layer, str) else layer
    titles = [c.zh for c in about.columns]
    if "point" in about.geometry:
        titles += ["经度", "纬度"]
    rows = [
        (
            c.zh, c.name, "必填" if c.required else "", c.dtype, c.unit,
            "、".join(choice.zh for choice in c.choices), "、".join(c.aliases),
        )
        for c in about.columns
    ]  # fmt: skip
    notes = pd.DataFrame(
        rows, columns=["表头", "字段", "必填", "类型", "单位", "可填的值", "也认的表头"]
    )
    return write_xlsx({about.zh: pd.DataFrame(columns=titles), "填写说明": notes}, path)
