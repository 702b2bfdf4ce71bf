"""
Coordinate TXT of land surveys (界址点坐标文件, 报件坐标), read with line-numbered complaints.

A header says datum, width and number of the zone; then a line for each parcel, ending in ``@``,
and a line for each point: name, ring, X (north), Y (east, with or without the zone number). Ring 1
is the outer one, a ring inside another a hole; the first point is repeated at the end. (RULES 10.2)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import crs as _crs
from geoplan.errors import CoordinateFileError
from geoplan.io import zones
from geoplan.io.problems import Problem
from geoplan.io.raw import Options, Raw, stated_crs
from geoplan.io.rings import FEW, shape_of
from geoplan.schemas.findings import ROW_REJECTED, WARNING, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import shapely

    from geoplan.schemas import Layer

DRIVER = "coordinate TXT"
PARCEL = (
    "界址点数",
    "地块面积（公顷）",
    "地块编号",
    "地块名称",
    "图形属性",
    "图幅号",
    "地块用途",
    "地类编码",
)
"""Cells of a parcel's line; variants of the format add more before the ``@``."""
KINDS = {"面": "polygon", "线": "line", "点": "point"}
HEADS = ("[属性描述]", "[地块坐标]")
_WIDE = str.maketrans("，\uff1d\uff20\uff0e", ",=@.")  # full-width forms
_CELLS = 4  # name, ring, X, Y
_AREA_SHARE = 0.001  # how far a declared area may lie from the measured one [P, RULES 10.2]
_DECIMALS = 3
_HECTARE_M2 = 10_000.0
_DEGREES = 180.0


class Point(NamedTuple):
    """A point's line."""

    line: int
    ring: str
    north: float
    east: float
    decimals: int


@dataclass
class Parcel:
    """A parcel's line with its points, and what is wrong with them."""

    line: int
    cells: list[str]
    points: list[Point] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(
        self, line: int, name: str, value: object, rule: str, words: Words,
        effect: str = ROW_REJECTED,
    ) -> None:  # fmt: skip
        """Note a problem of one of its lines."""
        self.problems.append(Problem(self.line, line, name, str(value), rule, words, effect))

    def cell(self, name: str) -> str:
        """Return a cell by its title; empty where the line is shorter."""
        at = PARCEL.index(name)
        return self.cells[at].strip() if at < len(self.cells) else ""


def is_coordinate_txt(text: str) -> bool:
    """
    Tell a coordinate file from a table by its heads, or by a line that ends in ``@``.

    Examples
    --------
    >>> is_coordinate_txt("[地块坐标]"), is_coordinate_txt("编号,经度,纬度")
    (True, False)
    """
    lines = [line.strip().translate(_WIDE) for line in text.splitlines()[:60]]
    return any(line in HEADS or line.endswith(",@") for line in lines)


def open_coordinate_txt(
    text: str, path: Path, layer: Layer, options: Options, encoding: str
) -> Raw:
    """
    Read a coordinate file for a layer; the index is the line number of each parcel.

    Parameters
    ----------
    text
        The file's text.
    path
        Named in errors.
    layer
        Its key takes 地块编号 and its label (or ``name``) 地块名称, unless ``options.columns``
        says otherwise.
    options
        ``crs`` counts over what the header says.
    encoding
        How the text was read.

    Returns
    -------
    raw
        With geometry in the zone's CRS: EPSG:4526 and the like where every Y has the zone
        number, EPSG:4547 and the like where not. A parcel with a wrong line is a problem with
        the number of that line.

    Raises
    ------
    CoordinateFileError
        If the header names a superseded datum, another unit than metres, an impossible zone, or
        nothing says the zone.
    """
    header, parcels, stray = _parsed(text)
    zone = _zone(header, parcels, path, options.crs)
    shapes = [_built(parcel, zone) for parcel in parcels]
    lines = pd.Index([p.line for p in parcels], dtype="int64")
    frame = gpd.GeoDataFrame(_table(parcels, layer, options), geometry=shapes, crs=zone.crs)
    frame.index = lines
    raw = Raw(frame, DRIVER, encoding)
    said = header.get("坐标系", (0, ""))[1]
    if zones.is_legacy(said):  # and another one is stated, or it would have been refused
        raw.note(f"文件自称 {said}，按 {zone.crs} 读取",
                 f"the file says {said}, read as {zone.crs}")  # fmt: skip
    raw.problems += stray + [p for parcel in parcels for p in parcel.problems]
    raw.problems += _areas(parcels, frame)
    raw.note(f"编码：{encoding}；坐标系：{zone.crs}（{zone.width_deg} 度带第 {zone.number} 带，Y "
             f"{'含' if zone.prefixed else '不含'}带号）",
             f"encoding {encoding}; {zone.crs} ({zone.width_deg}-degree zone {zone.number}, "
             f"{'with' if zone.prefixed else 'without'} the number before Y)")  # fmt: skip
    return raw


def _parsed(text: str) -> tuple[dict[str, tuple[int, str]], list[Parcel], list[Problem]]:
    """Return the header (key -> line, value), the parcels, and lines that belong to none."""
    header: dict[str, tuple[int, str]] = {}
    parcels: list[Parcel] = []
    stray: list[Problem] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().translate(_WIDE) if "," not in raw else raw.strip()
        if not line or line.startswith("["):
            continue
        cells = [c.strip() for c in line.split(",")]
        if cells[-1] == "@":
            parcels.append(Parcel(number, cells[:-1]))
        elif "=" in line and not parcels:
            key, _, value = line.partition("=")
            header[key.strip()] = (number, value.strip())
        elif parcels:
            _point(parcels[-1], number, cells)
        else:
            stray.append(Problem(number, number, "", line[:40], "stray_line", Words(
                "在第一个地块之前，略去：{value}", "before the first parcel, left out: {value}",
                "每个地块先有一行以 @ 结尾的说明", "begin each parcel with a line that ends in @",
            ), WARNING))  # fmt: skip
    return header, parcels, stray


def _point(parcel: Parcel, number: int, cells: list[str]) -> None:
    line = ",".join(cells)
    if len(cells) != _CELLS:
        parcel.refuse(number, "界址点", line, "bad_point", Words(
            "点行应为“点号,圈号,X,Y”四项：{value}", "a point is name, ring, X, Y: {value}",
            "补全该行", "complete the line"))  # fmt: skip
        return
    try:
        north, east = float(cells[2]), float(cells[3])
        if not np.isfinite([north, east]).all():
            raise ValueError(line)  # noqa: TRY301  (said like any other text)
    except ValueError:
        parcel.refuse(number, "界址点", line, "not_a_number", Words(
            "X 或 Y 不是数字：{value}", "X or Y is no number: {value}", "改正该行",
            "correct the line"))  # fmt: skip
        return
    decimals = min(len(c.partition(".")[2]) for c in cells[2:])
    parcel.points.append(Point(number, cells[1], north, east, decimals))


def _zone(
    header: dict[str, tuple[int, str]], parcels: list[Parcel], path: Path, crs: str | None
) -> zones.Zone:
    """Settle the zone: as the user states, as the header says, as the eastings begin."""
    # the larger of both, so that a file with swapped columns is told of these, not of its zone
    east = np.array([max(p.east, p.north) for parcel in parcels for p in parcel.points])
    _, numbers = zones.without_number(east)
    prefixed = bool(len(numbers)) and bool((numbers > 0).all())
    if crs is not None:
        stated = zones.zone_of(stated_crs(crs))
        if stated is None:
            raise _refusal(
                path, 1, f"{crs} is stated, which is no CGCS2000 zone",
                f"指明的 {crs} 不是 2000 坐标系的投影带", *_ZONE_FIX)  # fmt: skip
        return stated._replace(prefixed=prefixed)
    _refuse_header(header, path)
    line, text = header.get("带号", (0, ""))
    if text:
        found = zones.numbered(int(text)) if text.isdecimal() else None
        if found is None or not _width_fits(header, found):
            raise _refusal(
                path, line, f"zone {text!r} is impossible", f"带号“{text}”不成立", *_ZONE_FIX
            )
        return found._replace(prefixed=prefixed)
    common = np.bincount(numbers[numbers > 0]) if (numbers > 0).any() else np.array([])
    found = zones.numbered(int(common.argmax())) if len(common) else None
    if found is None:
        if not len(east):
            return zones.Zone(3, 38, prefixed=False)  # no point to be placed
        raise _refusal(
            path, max(line, 1), "nothing says the zone: 带号 is empty and Y has no zone number",
            "没有带号：带号一栏为空，Y 也不含带号", *_ZONE_FIX)  # fmt: skip
    return found._replace(prefixed=prefixed)


_ZONE_FIX = (
    "write 带号=38 in the header (25–45 for 几度分带=3, 13–23 for 6), or state the crs",
    "在文件头写明 带号=38（3 度带为 25–45，6 度带为 13–23），或指明 crs",
)


def _refusal(
    path: Path, line: int, reason: str, reason_zh: str, fix: str, fix_zh: str
) -> CoordinateFileError:
    return CoordinateFileError(
        f"{path}, line {line}: {reason}.", zh=f"{path} 第 {line} 行：{reason_zh}。",
        fix=fix, fix_zh=fix_zh, file=str(path), line=line,
    )  # fmt: skip


def _width_fits(header: dict[str, tuple[int, str]], zone: zones.Zone) -> bool:
    width = re.sub(r"\D", "", header.get("几度分带", (0, ""))[1])
    return not width or int(width) == zone.width_deg


def _refuse_header(header: dict[str, tuple[int, str]], path: Path) -> None:
    line, datum = header.get("坐标系", (0, ""))
    if zones.is_legacy(datum):
        raise _refusal(
            path, line, f"the datum is {datum!r}", f"坐标系是“{datum}”",
            "transform it to CGCS2000 with the bureau's own parameters; they are secret and "
            "geoplan has none",
            "用本局的转换参数换算为 2000 国家大地坐标系（转换参数涉密，本软件不含）")  # fmt: skip
    line, unit = header.get("计量单位", (0, "米"))
    if unit not in {"米", "m", "meter", "metre", ""}:
        raise _refusal(
            path, line, f"the unit is {unit!r}", f"计量单位是“{unit}”",
            "give plane coordinates in metres (计量单位=米); degrees belong in a table with lon "
            "and lat", "改用平面坐标（计量单位=米）；经纬度请用带“经度”“纬度”的表格")  # fmt: skip


def _built(parcel: Parcel, zone: zones.Zone) -> shapely.Geometry | None:
    """Return the geometry of a parcel; note what is wrong with its points."""
    kind = KINDS.get(parcel.cell("图形属性") or "面")
    if kind is None:
        parcel.refuse(parcel.line, "图形属性", parcel.cell("图形属性"), "unknown_choice", Words(
            "图形属性应为面、线或点：{value}", "the kind must be 面, 线 or 点: {value}",
            "改正该行", "correct the line"))  # fmt: skip
        return None
    north = np.array([p.north for p in parcel.points])
    east = np.array([p.east for p in parcel.points])
    if not _plausible(parcel, north, east, zone):
        return None
    if not zone.prefixed:
        east, _ = zones.without_number(east)
    _counted(parcel)
    rings: list[list[int]] = []
    for at, point in enumerate(parcel.points):
        if at and point.ring == parcel.points[at - 1].ring:
            rings[-1].append(at)
        else:
            rings.append([at])
    if any(p.effect == ROW_REJECTED for p in parcel.problems):
        return None
    parts = [np.column_stack([east[r], north[r]]) for r in rings]
    shape, at, wrong = shape_of(kind, parts)
    if wrong is not None and not rings:
        parcel.refuse(parcel.line, "界址点", "0", *_RING_WORDS[wrong])
    elif wrong is not None:
        last = parcel.points[rings[at][-1]]
        value = f"圈 {last.ring}，{len(rings[at])} 点"
        parcel.refuse(last.line, "界址点", value, *_RING_WORDS[wrong])
    return shape


_RING_WORDS = {
    "unclosed": ("unclosed_ring", Words(
        "该圈没有闭合，末点与首点不同：{value}", "the ring does not end where it began: {value}",
        "在末尾重复首点", "repeat its first point at the end")),
    FEW: ("too_few_points", Words(
        "点数不足：{value}", "too few points: {value}",
        "面至少 3 个不同的点并闭合，线至少 2 个点",
        "a 面 has 3 different points or more and is closed, a 线 2 or more")),
}  # fmt: skip


def _plausible(parcel: Parcel, north: Any, east: Any, zone: zones.Zone) -> bool:
    """Note points that are degrees, swapped, or of another zone; each rule once per parcel."""
    if not len(north):
        return True
    _, number = zones.without_number(east)
    degrees = (np.abs(north) <= _DEGREES) & (np.abs(east) <= _DEGREES)
    fits = zones.is_north(north) & zones.is_east(east)
    swapped = ~fits & zones.is_north(east) & zones.is_east(north)
    found = (("degrees_in_metres", degrees), ("swapped_plane", swapped),
             ("not_plane", ~fits & ~swapped & ~degrees),
             ("zone_conflict", fits & (number > 0) & (number != zone.number)))  # fmt: skip
    for rule, rows in found:
        if rows.any():
            point = parcel.points[int(np.flatnonzero(rows)[0])]
            value = f"{point.north:.12g},{point.east:.12g}"
            words = _POINT_WORDS[rule](zone)
            parcel.refuse(point.line, "X, Y", value, rule, words)
    return not any(rows.any() for _, rows in found)


_POINT_WORDS: dict[str, Callable[[zones.Zone], Words]] = {
    "degrees_in_metres": lambda _: Words(
        "以米为单位的文件里写的是度：{value}", "degrees in a file of metres: {value}",
        "换算为平面坐标，或改用带“经度”“纬度”的表格",
        "project them, or give a table with lon and lat"),
    "swapped_plane": lambda _: Words(
        "X、Y 写反（X 为北，Y 为东）：{value}", "X and Y are swapped (X is north): {value}",
        "对调两列", "swap the two columns"),
    "not_plane": lambda _: Words(
        "不是一个纵坐标（北）和一个横坐标（东）：{value}",
        "not a northing and an easting: {value}", "核对坐标", "check the coordinates"),
    "zone_conflict": lambda zone: Words(
        f"Y 的带号不是文件头所写的 {zone.number} 带：{{value}}",
        f"the zone number of Y is not {zone.number}, as the header says: {{value}}",
        "改正带号或坐标", "correct the zone number or the coordinates"),
}  # fmt: skip


def _counted(parcel: Parcel) -> None:
    """Compare the number of points with the one declared, with or without closing points."""
    text, have = parcel.cell("界址点数"), len(parcel.points)
    rings = len(dict.fromkeys(p.ring for p in parcel.points))
    if text and (not text.isdecimal() or int(text) not in {have, have - rings, have - 1}):
        parcel.refuse(parcel.line, "界址点数", text, "wrong_count", Words(
            f"界址点数写 {{value}}，实有 {have} 行", f"{{value}} points declared, {have} found",
            "补全缺少的点，或改正点数", "add the points that lack, or correct the number",
        ))  # fmt: skip
    coarse = next((p for p in parcel.points if p.decimals < _DECIMALS), None)
    if coarse is not None:
        parcel.refuse(coarse.line, "X, Y", coarse.decimals, "coarse", Words(
            "坐标只有 {value} 位小数，应至少 3 位", "{value} decimals; there should be 3 or more",
            "核实坐标是否被取整", "see whether the coordinates were rounded"), WARNING)  # fmt: skip


def _areas(parcels: list[Parcel], frame: gpd.GeoDataFrame) -> Iterator[Problem]:
    """Give a warning for each declared area that is not the measured one."""
    measured = _crs.ellipsoidal_area_m2(frame) / _HECTARE_M2
    plane = frame.geometry.area.to_numpy() / _HECTARE_M2
    for parcel, true_ha, grid_ha in zip(parcels, measured, plane, strict=True):
        text = parcel.cell("地块面积（公顷）").removesuffix("公顷")
        try:
            declared = float(text or 0)
        except ValueError:
            declared = -1.0
        if not declared or not true_ha or np.isnan(grid_ha):
            continue
        if min(abs(declared - true_ha), abs(declared - grid_ha)) > _AREA_SHARE * true_ha:
            yield Problem(parcel.line, parcel.line, "地块面积（公顷）", text, "area_differs", Words(
                f"写的面积 {{value}} 公顷，量得 {true_ha:.4f}（椭球）、{grid_ha:.4f}（平面）",
                f"{{value}} ha declared, {true_ha:.4f} (ellipsoid), {grid_ha:.4f} (grid) measured",
                "核对面积，单位是公顷", "check it; the unit is the hectare"), WARNING)  # fmt: skip


def _table(parcels: list[Parcel], layer: Layer, options: Options) -> pd.DataFrame:
    key = next(k for k in layer.key if not k.endswith("system"))
    label = layer.label or "name"
    names = {"地块编号": key, "地块名称": label if layer.column(label) else "地块名称"}
    names = {n: c for n, c in names.items() if n not in options.columns}
    rows = []
    for parcel in parcels:
        row = {names.get(n, n): parcel.cell(n) or None for n in PARCEL[1:]}
        more = enumerate(parcel.cells[len(PARCEL) :], start=1)
        row.update({f"附加{at}": text for at, text in more if text})
        rows.append(row)
    columns = [names.get(n, n) for n in PARCEL[1:]]
    return pd.DataFrame(rows, columns=None if rows else columns, dtype=object)
