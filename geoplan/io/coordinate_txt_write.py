"""Writing the coordinate TXT of land surveys (写界址点坐标文件), strictly as RULES 10.2 has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.errors import InputError, InvalidGeometryError, MissingCRSError
from geoplan.io import zones
from geoplan.io.atomic import replacing
from geoplan.io.coordinate_txt import HEADS, KINDS, PARCEL
from geoplan.io.raw import stated_crs
from geoplan.io.rings import rings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_KIND = {"Polygon": "面", "MultiPolygon": "面", "LineString": "线", "MultiLineString": "线",
         "Point": "点", "MultiPoint": "点"}  # fmt: skip
_HECTARE_M2 = 10_000.0
_AFTER_KIND = PARCEL[5:]
_FORBIDDEN = frozenset(",@\r\n")


def write_coordinate_txt(
    frame: pd.DataFrame,
    path: str | Path,
    *,
    grid: str | None = None,
    number: str | None = None,
    name: str | None = None,
    producer: str = "",
    produced_on: date | None = None,
    encoding: str = "gb18030",
) -> Path:
    r"""
    Write polygons, lines or points as a coordinate TXT (界址点坐标文件): CGCS2000, metres, 0.001.

    Rows without a position are left out. Rings begin in the north-west, outer ones clockwise,
    and are closed; parts and holes are rings of one parcel. Of the columns only the number, the
    name and those of the format (图幅号, 地块用途, 地类编码) are written.

    Parameters
    ----------
    frame
        A GeoDataFrame in any CRS.
    path
        ``.txt`` file to make.
    grid
        CRS of the zone: EPSG:4526 and the like write the zone number before Y, EPSG:4547 and
        the like do not. Default: the 3-degree zone of the data, with the number.
    number, name
        Columns for 地块编号 and 地块名称; default the first column, and ``name`` if there is one.
    producer, produced_on
        数据产生单位 and 数据产生日期.
    encoding
        ``gb18030`` (its two-byte part is GBK) or ``utf-8``.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    MissingCRSError
        If the frame has no geometry or no CRS.
    InputError
        If ``grid`` is no CGCS2000 zone, or a text holds a comma or ``@``.
    InvalidGeometryError
        If a geometry is invalid, or a mixed collection.
    OutputError
        If the system refuses.

    Notes
    -----
    Format: RULES 10.2. Areas are ellipsoidal, hectares.

    Examples
    --------
    >>> import tempfile, geopandas as gpd, shapely
    >>> plot = gpd.GeoDataFrame({"area_id": ["A1"], "name": ["示范地块"]},
    ...     geometry=[shapely.box(441000, 3508000, 441100, 3508100)], crs="EPSG:4547")
    >>> file = write_coordinate_txt(plot, tempfile.mkdtemp() + "/plot.txt")
    >>> print("\n".join(file.read_text("gb18030").splitlines()[12:15]))
    5,0.9999,A1,示范地块,面,,,,@
    J1,1,3508100.000,38441000.000
    J2,1,3508100.000,38441100.000
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise MissingCRSError.for_layer(Path(path).name)
    there = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    zone = _zone(there, grid)
    columns = [c for c in there.columns if c != there.geometry.name]
    key = number or (columns[0] if columns else None)
    label = name or ("name" if "name" in columns else None)
    lines = _header(zone, producer, produced_on)
    for parcel in _parcels(there, zone, key, label):
        lines += parcel
    with replacing(path) as temporary:
        temporary.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return Path(path)


def _zone(frame: gpd.GeoDataFrame, grid: str | None) -> zones.Zone:
    name = grid or _crs.metric_of(frame, "coordinate TXT")
    zone = zones.zone_of(stated_crs(name))
    if zone is None:
        raise InputError(
            f"{name} is no zone of CGCS2000; coordinate files know no other.",
            zh=f"{name} 不是 2000 坐标系的投影带；坐标文件只用这种投影带。",
            fix="give grid=EPSG:4526 (zone 38 with its number) or EPSG:4547 (without)",
            fix_zh="指明 EPSG:4526（38 带，Y 含带号）或 EPSG:4547（不含带号）", grid=name,
        )  # fmt: skip
    return zone if grid else zone._replace(prefixed=True)


def _header(zone: zones.Zone, producer: str, produced_on: date | None) -> list[str]:
    day = "" if produced_on is None else f"{produced_on.year}-{produced_on.month}-{produced_on.day}"
    return [
        HEADS[0], "格式版本号=1.01", f"数据产生单位={_checked(producer, 'producer')}",
        f"数据产生日期={day}", "坐标系=2000国家大地坐标系", f"几度分带={zone.width_deg}",
        "投影类型=高斯克吕格", "计量单位=米", f"带号={zone.number}", "精度=0.001",
        "转换参数=,,,,,,", HEADS[1],
    ]  # fmt: skip


def _parcels(
    frame: gpd.GeoDataFrame, zone: zones.Zone, key: str | None, label: str | None
) -> Iterator[list[str]]:
    """Give the lines of each row."""
    areas = _crs.ellipsoidal_area_m2(frame) / _HECTARE_M2
    shapes = shapely.transform(np.asarray(frame.geometry.to_crs(zone.crs).array, dtype=object),
                               lambda xy: np.round(xy, 3))  # fmt: skip
    table = pd.DataFrame(frame)
    for row, shape, area in zip(table.to_dict("records"), shapes, areas, strict=True):
        known = "" if key is None else _words(row, key)
        kind = _KIND.get(shape.geom_type)
        if kind is None or not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            raise InvalidGeometryError(
                f"{known!r}: {shape.geom_type} cannot be written ({reason}).",
                zh=f"“{known}”的几何不能写出（{shape.geom_type}，{reason}）。",
                fix="repair the geometry, for example with Fix geometries in QGIS",
                fix_zh="先修复几何，例如用 QGIS 的“修复几何”", id=known,
            )  # fmt: skip
        points = list(_points(shape, closed=KINDS[kind] == "polygon"))
        hectares = f"{area:.4f}" if kind == "面" else ""
        name = "" if label is None else _words(row, label)
        more = [_words(row, c) for c in _AFTER_KIND]
        yield [",".join([str(len(points)), hectares, known, name, kind, *more, "@"]), *points]


def _points(shape: shapely.Geometry, *, closed: bool) -> Iterator[str]:
    first = 1
    for ring, xy in enumerate(rings_of(shape), start=1):
        last = len(xy) - 1
        for at, (east, north) in enumerate(xy.tolist()):
            name = first if closed and at == last else first + at
            yield f"J{name},{ring},{north:.3f},{east:.3f}"
        first += last if closed else last + 1


def _words(row: dict[Any, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None or pd.isna(value) else _checked(str(value), column)


def _checked(text: str, column: str) -> str:
    if _FORBIDDEN & set(text):
        raise InputError(
            f"{column} {text!r} holds a comma, an @ or a line break, which the format cannot.",
            zh=f"“{column}”的“{text}”含英文逗号、@ 或换行，该格式不允许。",
            fix="replace them, for example by the Chinese comma", fix_zh="改用中文逗号等",
            field=column, value=text,
        )  # fmt: skip
    return text
