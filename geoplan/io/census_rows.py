"""Rows of the census form (普查成果表的行): positions, codes, secrecy and the names in a cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.crs import GEOGRAPHIC
from geoplan.errors import InputError, SecrecyError
from geoplan.io import zones
from geoplan.io.problems import Problem
from geoplan.io.tables import degrees
from geoplan.placenames import place_codes
from geoplan.placenames.linked_types import code_of
from geoplan.placenames.normalise import checked
from geoplan.schemas.coerce import coerce, is_empty, tidy
from geoplan.schemas.findings import CELL_EMPTIED, ROW_REJECTED, Words
from geoplan.schemas.match import normal

if TYPE_CHECKING:
    from geoplan.schemas import Layer

    Problems = list[Problem]

NAME_COLUMNS = ("former", "alias", "short", "minority")
"""Cells of several names, called as the kinds of ``name_forms``."""
DEGREE_COLUMNS = ("lon", "lat", "lon_to", "lat_to")
PRE_FILLED = "state_confidential"
"""The class that the form comes filled in with, and of a row that says none."""
_BETWEEN = re.compile(r"[、；;，,\n]+(?![^（(]*[）)])")  # not inside brackets
_NOTHING = frozenset({"无", "没有", "空"})
_DIGITS = re.compile(r"[0-9]{3,5}")
_KNOWN_CRS = ("cgcs", "2000", "4490", "wgs", "4326")
_SHIFTED = ("gcj", "bd09", "火星", "百度", "高德", "腾讯")


class Release(NamedTuple):
    """A recorded decision that releases 秘密 rows: its document number, and the class they get."""

    number: str
    to: str = "internal"


def names(frame: pd.DataFrame) -> Problems:
    """Return the rows whose standard name cannot be a name."""
    found = []
    cells = frame["standard_name"].mask(pd.Series(is_empty(frame["standard_name"]), frame.index))
    for row, cell in cells.dropna().items():
        try:
            checked(str(cell))
        except InputError as error:
            words = Words(error.message_zh, error.message, error.fix_zh, error.fix)
            found.append(_problem(row, "standard_name", cell, "not_a_name", words))
    return found


def other_names(frame: pd.DataFrame) -> tuple[list[tuple[Any, str, str]], Problems]:
    """Return (row, kind, name) of every name in the cells of several; what is none is said."""
    out: dict[tuple[Any, str, str], None] = {}
    found, standard = [], dict(frame["standard_name"].items())
    for kind in NAME_COLUMNS:
        cells = frame[kind].mask(pd.Series(is_empty(frame[kind]), frame.index)).dropna()
        for row, cell in cells.items():
            for part in map(str.strip, _BETWEEN.split(str(cell))):
                if not part or part in _NOTHING or part == standard[row]:
                    continue
                try:
                    out[row, kind, checked(part)] = None
                except InputError as error:
                    words = Words(error.message_zh, error.message, error.fix_zh, error.fix)
                    found.append(_problem(row, kind, part, "not_a_name", words, CELL_EMPTIED))
    return list(out), found


def codes(
    frame: pd.DataFrame, units: pd.DataFrame | None, about: Layer
) -> tuple[pd.DataFrame, Problems]:
    """Return place, category and unit code of each row; the first tells the others if need be."""
    raw = frame["place_code"]
    cut = raw.map(lambda c: isinstance(c, int | float) and not pd.isna(c)).to_numpy(dtype=bool)
    found = [_problem(r, "place_code", raw[r], "cut_code", _CUT) for r in frame.index[cut]]
    code = _text(raw).mask(pd.Series(cut, frame.index), "")
    whole = code.str.fullmatch(rf"[0-9]{{{place_codes.LENGTH}}}").astype(bool)
    said = _text(frame["category_code"])
    by_title = {word: word.ljust(5, "0") if _DIGITS.fullmatch(word) else code_of(word)
                for word in said.unique()}  # fmt: skip
    category = said.map(by_title).astype("str")
    unknown = frame.index[((said != "") & (category == "")).to_numpy()]
    found += [_problem(r, "category_code", said[r], "unknown_category", _CATEGORY) for r in unknown]
    unit = _text(frame["unit_code"])
    of_code = code.str[:9].str.replace(r"(?<=^\d{6})000$", "", regex=True)
    table = pd.DataFrame({
        "place_code": code,
        "category_code": category.where(category != "", code.str[9:14].where(whole, "")),
        "unit_code": unit.where(unit != "", of_code.where(whole, "")),
    })  # fmt: skip
    column = about.column("named_on")
    dates = coerce(frame["named_on"], column)[0] if column else frame["named_on"]
    judged = place_codes.check(table, units, on=dates)
    found += [
        _problem(r.row, str(r.field), r.value, str(r.rule),
                 Words(str(r.reason_zh), str(r.reason_en), str(r.fix_zh), str(r.fix_en)),
                 str(r.effect))
        for r in judged.itertuples()
    ]  # fmt: skip
    return table.replace("", None), found


def years(frame: pd.DataFrame, about: Layer) -> Problems:
    """Return the rows abolished before they were set up."""
    first, last = (coerce(frame[c], column)[0] for c in ("set_year", "abolished_year")
                   if (column := about.column(c)) is not None)  # fmt: skip
    wrong = (last < first).fillna(value=False).to_numpy(dtype=bool)
    return [_problem(r, "abolished_year", last[r], "years_reversed", _YEARS)
            for r in frame.index[wrong]]  # fmt: skip


def secrecy(
    frame: pd.DataFrame, release: Release | None, about: Layer, *, classified: bool
) -> tuple[pd.DataFrame, Problems]:
    """Return class and release number of each row, and the rows it may not enter with."""
    column = next(c for c in about.columns if c.name == "secrecy")
    said, bad = coerce(frame["secrecy"], column)
    now = said.fillna(PRE_FILLED).astype("str")
    marks = pd.DataFrame({"secrecy": now})
    if release is not None:
        marks["release_no"] = pd.Series(release.number, now.index).where(now == PRE_FILLED)
        marks["secrecy"] = now = now.mask(now == PRE_FILLED, release.to)
    found = [_problem(r, "secrecy", frame["secrecy"][r], "unknown_choice", _CLASS)
             for r in frame.index[bad]]  # fmt: skip
    held = now.str.startswith("state_").to_numpy() & ~bad & (not classified)
    zh, en, fix_zh, fix = SecrecyError.REASON
    plain, higher = Words(zh, en, *_BY_RELEASE), Words(zh, en, fix_zh, fix)
    found += [
        _problem(r, "secrecy", now[r], "SEC-06", plain if now[r] == PRE_FILLED else higher)
        for r in frame.index[held]
    ]
    return marks, found


def positions(frame: pd.DataFrame) -> tuple[gpd.GeoSeries, Problems, int]:
    """Return points and from–to lines in EPSG:4490, what is wrong, and how many say no CRS."""
    found: Problems = []
    number, said = {}, {}
    for column in DEGREE_COLUMNS:
        said[column] = ~is_empty(frame[column])
        number[column] = np.array([degrees(c) for c in frame[column]], dtype=float)
        wrong = said[column] & np.isnan(number[column])
        found += [_problem(r, column, frame[column][r], "not_degrees", _DEGREES)
                  for r in frame.index[wrong]]  # fmt: skip
    begins = said["lon"] & said["lat"]
    half = (said["lon"] ^ said["lat"]) | (said["lon_to"] ^ said["lat_to"])
    half |= said["lon_to"] & ~begins
    found += [_problem(r, "lon", "", "half_position", _HALF) for r in frame.index[half]]
    without = is_empty(frame["form_crs"])
    placed = begins & ~without
    why = {word: _crs_problem(str(word)) for word in frame["form_crs"][placed].unique()}
    found += [
        _problem(r, "form_crs", word, rule[0], rule[1])
        for r, word in frame["form_crs"][placed].items() if (rule := why[word]) is not None
    ]  # fmt: skip
    known = begins & ~half & ~np.isnan(number["lon"]) & ~np.isnan(number["lat"])
    ends = known & said["lon_to"] & ~np.isnan(number["lon_to"]) & ~np.isnan(number["lat_to"])
    ends &= (number["lon_to"] != number["lon"]) | (number["lat_to"] != number["lat"])
    shapes = np.full(len(frame), None, dtype=object)
    one = known & ~ends
    shapes[one] = shapely.points(number["lon"][one], number["lat"][one])
    if ends.any():
        pairs = np.stack([number[c][ends] for c in DEGREE_COLUMNS], axis=1)
        shapes[ends] = shapely.linestrings(pairs.reshape(-1, 2, 2))
    return gpd.GeoSeries(shapes, index=frame.index, crs=GEOGRAPHIC), found, int(
        (known & without).sum())  # fmt: skip


def _crs_problem(word: str) -> tuple[str, Words] | None:
    """Return why positions in a CRS are refused; WGS84 and CGCS2000 are one here (see `datum`)."""
    plain = normal(word)
    if zones.is_legacy(word):
        return "legacy_crs", _LEGACY
    if any(s in plain for s in _SHIFTED):
        return "shifted_crs", _MAP_APP
    return None if any(k in plain for k in _KNOWN_CRS) else ("unknown_crs", _UNKNOWN_CRS)


def _text(cells: pd.Series[Any]) -> pd.Series[str]:
    """Return cells as tidy text, empty where they hold nothing."""
    empty = is_empty(cells)
    return pd.Series(["" if e else tidy(c) for c, e in zip(cells, empty, strict=True)],
                     index=cells.index, dtype="str")  # fmt: skip


def _problem(
    row: Any, field: str, value: Any, rule: str, words: Words, effect: str = ROW_REJECTED
) -> Problem:
    return Problem(row, row, field, str(value), rule, words, effect)


_CUT = Words(
    "地名代码是数字 {value}：Excel 只保留 15 位，后几位已丢失",
    "the place code is the number {value}: Excel keeps 15 digits, the last ones are lost",
    "单元格设为文本后重新填写 20 位代码", "format the cells as text and enter the 20 digits again",
)  # fmt: skip
_CATEGORY = Words(
    "不认识的地名类别“{value}”", "unknown category {value}",
    "填写 3—5 位类别代码，或标准的类别名称", "write 3 to 5 digits, or the title of the category",
)  # fmt: skip
_YEARS = Words(
    "废止年份 {value} 早于设立年份", "abolished in {value}, before it was set up",
    "核对两个年份", "check both years",
)  # fmt: skip
_CLASS = Words(
    "“密级”不认识“{value}”", "unknown secrecy class {value}",
    "可填：公开、内部、秘密、机密、绝密", "use public, internal or a state class",
)  # fmt: skip
_BY_RELEASE = (
    "导入时写明解密决定的文号（release）及解密后的密级；或在涉密环境中导入",
    "name the releasing decision (release) and the class it gives, or use a classified system",
)
_DEGREES = Words(
    "“{value}”不是经纬度", "{value} is no longitude or latitude",
    "写成 113.3712 或 113°22′16″", "write 113.3712 or 113°22′16″",
)  # fmt: skip
_HALF = Words(
    "经度、纬度不成对（或有止点而无起点）", "longitude and latitude are not a pair",
    "补齐起点和止点的经纬度", "fill in both, for the start and the end",
)  # fmt: skip
_LEGACY = Words(
    "坐标系“{value}”：与 2000 国家大地坐标系之间的转换参数涉密，不能换算",
    "{value}: the parameters to CGCS2000 are secret, so it cannot be converted here",
    "由有资质的测绘单位换算为 2000 国家大地坐标系后再导入",
    "have it converted to CGCS2000 by an authorised surveyor first",
)
_MAP_APP = Words(
    "坐标系“{value}”是互联网地图的偏移坐标，不作普查成果",
    "{value} is the shifted datum of web maps",
    "使用实测或图解的 2000 国家大地坐标", "use surveyed CGCS2000 positions",
)  # fmt: skip
_UNKNOWN_CRS = Words(
    "不认识的坐标系“{value}”", "unknown CRS {value}",
    "填写 2000国家大地坐标系 或 WGS84", "write CGCS2000 or WGS84",
)  # fmt: skip
