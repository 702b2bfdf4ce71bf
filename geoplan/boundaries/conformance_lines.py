"""
Rules about lines (界线本身): fields, codes, standard drawing, length, sides, village lines inside.

BND-02, 03, 18, 22, 23, 24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.conformance_objects import (
    MET,
    NOT_MET,
    UNKNOWN,
    Finder,
    Judged,
    Registers,
    between_names,
    demarcated,
    line_names,
    objects,
)
from geoplan.boundaries.diagnosis import map_tolerance_m
from geoplan.boundaries.line_codes import DIGITS, line_code
from geoplan.boundaries.markers import plotted_tolerance_m
from geoplan.boundaries.notes import numbers, shapes_of, texts
from geoplan.errors import MissingCRSError
from geoplan.schemas import layer
from geoplan.schemas.hierarchy import ancestors

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Rule

    Array = npt.NDArray[Any]
    Words = tuple[str, str]

FIELDS = ("line_code", "name", "level", "left_code", "right_code", "legal_status", "start_point",
          "end_point", "std_drawing", "source", "secrecy")  # fmt: skip
"""Fields of every line (BND-02)."""
PAPER_FIELDS = ("approval_doc", "approved_on", "agreement_no", "agreement_map", "direction_text")
"""Fields of a line that has been demarcated; its length besides, measured or agreed."""
LINES = ("boundary_lines", "界线")
_PROBES = (0.25, 0.5, 0.75)
_LEAST_M = 1e-9
_ARTICLE_14 = ("不是标准画法图的界线，用图须注明“示意”",
               "what is drawn from other sources is marked as a sketch")  # fmt: skip


def fields(held: Registers, _: Rule) -> list[Judged]:
    """BND-02 界线字段: every field filled, those of agreement and approval once demarcated."""
    lines = held.need("boundary_lines")
    done, names = demarcated(lines), layer("boundary_lines")
    length_m = numbers(lines, "length_m").fillna(numbers(lines, "agreed_length_m"))
    empty = {c: np.array([not t for t in texts(lines, c)], dtype=bool) for c in FIELDS}
    empty["length_m"] = done & length_m.isna().to_numpy()
    for column in PAPER_FIELDS:
        empty[column] = done & np.array([not t for t in texts(lines, column)], dtype=bool)
    said = {c: (f"缺{names.column(c).zh}", f"no {c}") for c in empty}  # type: ignore[union-attr]
    table = pd.DataFrame(empty, index=lines.index)
    lacks = [tuple(said[c] for c in table.columns[row]) for row in table.to_numpy(dtype=bool)]
    state = [NOT_MET if why else MET for why in lacks]
    return [Judged(objects(line_names(lines), lines, state, why=lacks), *LINES)]


def codes(held: Registers, _: Rule) -> list[Judged]:
    """
    BND-03 界线代码: as its level and units make it; official codes must tell pairs apart.

    The provincial code is known. Below it another code than this project's may be the bureau's
    own: it is left to be verified, unless one code names two pairs or one pair has two codes.
    """
    lines = held.need("boundary_lines")
    sides = zip(*(texts(lines, c) for c in ("level", "left_code", "right_code")), strict=True)
    table = pd.DataFrame({"made": [_made(*s) for s in sides], "code": texts(lines, "line_code")})
    known = table[(table["made"] != "") & (table["code"] != "")]
    pairs_of = known.groupby("code")["made"].nunique()
    codes_of = known.groupby("made")["code"].nunique()
    level = np.array(texts(lines, "level"), dtype=object)
    clash = (table["code"].map(pairs_of).gt(1) | table["made"].map(codes_of).gt(1)).to_numpy()
    unknown = ((table["made"] == "") | (table["code"] == "")).to_numpy()
    same = (table["made"] == table["code"]).to_numpy()
    which = np.select([unknown, clash, same, level == "province"], [0, 1, 2, 3], 4)
    words: list[tuple[Words, ...]] = [
        (("缺代码、级别或两侧单元", "no code, level or units"),),
        (("一码用于两条界线，或一线有两码", "one code for two lines, or two codes for one"),), (),
        (("省级界线代码应为两省代码，小者在前", "a provincial code is both codes, smaller first"),),
        (("与项目约定编码不同，待对照正式代码表", "another code: compare the official table"),),
    ]  # fmt: skip
    state = np.array([UNKNOWN, NOT_MET, MET, NOT_MET, UNKNOWN])[which]
    found = objects(line_names(lines), lines, state, why=[words[k] for k in which])
    return [Judged(found, *LINES)]


def _made(level: str, left: str, right: str) -> str:
    """Return the code that level and units make, empty where they make none."""
    digits = DIGITS.get(level, 0)
    if not digits or min(len(left), len(right)) < digits:
        return ""
    return line_code(level, left, right)


def standard_drawing(held: Registers, _: Rule) -> list[Judged]:
    """BND-18 地图画法: how many lines come from the standard map; reported, never judged."""
    lines = held.need("boundary_lines")
    told = np.full(len(lines), UNKNOWN)
    if "std_drawing" in lines.columns:
        told = lines["std_drawing"].astype("boolean").to_numpy(dtype=float, na_value=UNKNOWN)
    said = np.where(np.isnan(told), "unknown", "other")
    words = {"unknown": ("未注明是否标准画法图", "not stated whether from the standard map"),
             "other": ("不是标准画法图", "not from the standard map")}  # fmt: skip
    found = objects(line_names(lines), lines, told, why=[(words[s],) for s in said])
    return [Judged(found, *LINES, target=None, note=_ARTICLE_14)]


def length(held: Registers, rule: Rule) -> list[Judged]:
    """BND-22 界线长度: the ellipsoidal length against the agreed one, per cent of it."""
    lines = held.need("boundary_lines")
    agreed = numbers(lines, "agreed_length_m").to_numpy()
    asked = demarcated(lines) | ~np.isnan(agreed)
    lines, agreed = lines.loc[asked], agreed[asked]
    measured = _drawn(lines, "boundary_lines")
    length_m = _crs.ellipsoidal_length_m(measured, "boundary_lines")
    with np.errstate(invalid="ignore", divide="ignore"):
        off = 100.0 * np.abs(length_m - agreed) / agreed
    off[(length_m <= 0) | ~(agreed > 0)] = UNKNOWN
    state = [UNKNOWN if np.isnan(v) else float(rule.meets(v)) for v in off]
    lacks = ("缺协议书长度或几何", "no agreed length, or not drawn")
    why = [(lacks,) if np.isnan(v) else (("与协议书长度不符", "differs from the agreed length"),)
           for v in off]  # fmt: skip
    found = objects(line_names(lines), lines, state, why=why, amount=off)
    return [Judged(found, *LINES, unit=rule.unit, worst=True, target=rule.target())]


def village_inside(held: Registers, _: Rule) -> list[Judged]:
    """BND-23 村级线在乡镇内: both villages of one township, and no part of the line outside it."""
    lines = _drawn(held.need("village_lines"), "village_lines")
    units = _drawn(held.need("admin_units"), "admin_units")
    town = ancestors(units)["township"]
    left, right = (town.reindex(texts(lines, c)).to_numpy() for c in ("left_code", "right_code"))
    own = units.drop_duplicates("unit_code").set_index("unit_code").geometry
    shapes, drawn = own.reindex(left).to_numpy(), shapes_of(lines)
    unknown = pd.isna(left) | pd.isna(right) | shapely.is_missing(drawn)
    unknown |= shapely.is_missing(shapes)
    apart = ~unknown & (left != right)
    checked = np.flatnonzero(~unknown & ~apart)
    out = np.zeros(len(lines), dtype=bool)
    out[checked] = _leaves(drawn[checked], shapes[checked], map_tolerance_m(held.policy))
    which = np.select([unknown, apart, out], [0, 1, 2], 3)
    words: list[tuple[Words, ...]] = [
        (("缺两侧村、乡镇或几何", "villages, township or geometry missing"),),
        (("两侧不属同一乡镇，是乡级界线", "between two townships: a township line"),),
        (("越出所在乡镇", "runs out of its township"),), (),
    ]  # fmt: skip
    state = np.array([UNKNOWN, NOT_MET, NOT_MET, MET])[which]
    names = between_names(lines, units)
    found = objects(names, lines, state, why=[words[k] for k in which])
    return [Judged(found, "village_lines", "村级管理线")]


def _leaves(lines: Array, shapes: Array, tolerance_m: float) -> Array:
    """Tell which lines leave their polygon by more than the tolerance."""
    shapely.prepare(shapes)
    out = ~shapely.covers(shapes, lines)
    wide = shapely.buffer(shapes[out], tolerance_m)
    out[out] = ~shapely.covers(wide, lines[out])
    return out


def sides(held: Registers, _: Rule) -> list[Judged]:
    """BND-24 左右代码: which units lie left and right of a line, looked up at three places."""
    units = _drawn(held.need("admin_units"), "admin_units")
    both = [_named(_drawn(held.need("boundary_lines"), "boundary_lines"))]
    village = held.get("village_lines")
    if village is not None and len(village):
        village = _drawn(village, "village_lines")
        both.append(_named(village.assign(name=between_names(village, units), level="village")))
    lines = gpd.GeoDataFrame(pd.concat(both, ignore_index=True), crs=units.crs)
    away_m = plotted_tolerance_m(list(lines["level"]), held.policy)[:, 1]
    right, wrong = _probed(lines, units, away_m)
    which = np.select([right + wrong == 0, right > wrong], [0, 2], 1)
    words: list[tuple[Words, ...]] = [
        (("两侧没有面，无法核对", "no unit drawn beside it"),),
        (("左右代码与面不符", "codes and polygons differ"),), (),
    ]  # fmt: skip
    state = np.array([UNKNOWN, NOT_MET, MET])[which]
    return [Judged(objects(list(lines["name"]), lines, state, why=[words[k] for k in which]),
                   *LINES)]  # fmt: skip


def _named(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what is asked of a line here, as text."""
    table = {c: texts(lines, c) for c in ("level", "left_code", "right_code")}
    return gpd.GeoDataFrame({"name": line_names(lines), **table}, geometry=shapes_of(lines),
                            crs=lines.crs)  # fmt: skip


def _probed(lines: gpd.GeoDataFrame, units: gpd.GeoDataFrame, away_m: Array) -> tuple[Array, Array]:
    """Count for each line the probes that find the unit named on that side, and the others."""
    drawn = shapes_of(lines)
    size = shapely.length(drawn)
    usable = np.flatnonzero(size > 0)
    row = np.repeat(usable, len(_PROBES))
    along = size[row] * np.tile(_PROBES, len(usable))
    step = np.minimum(0.5, size[row] / 8)
    near, far = (shapely.get_coordinates(shapely.line_interpolate_point(drawn[row], along + s))
                 for s in (-step, step))  # fmt: skip
    ahead, middle = far - near, (near + far) / 2
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    across *= (away_m[row] / np.maximum(np.hypot(*ahead.T), _LEAST_M))[:, None]
    counts = np.zeros((2, len(lines)))
    for side, column in ((1.0, "left_code"), (-1.0, "right_code")):
        named = lines[column].to_numpy(dtype=object)[row]
        places = np.asarray(shapely.points(middle + side * across), dtype=object)
        found = _covers(places, named, units)
        np.add.at(counts[0], row, found == 1)
        np.add.at(counts[1], row, found == -1)
    return counts[0], counts[1]


def _covers(places: Array, named: Array, units: gpd.GeoDataFrame) -> Array:
    """Return 1 where the unit named covers a place, -1 where only others do, 0 where none does."""
    codes_ = np.array(texts(units, "unit_code"), dtype=object)
    unit, place = shapely.STRtree(places).query(shapes_of(units), predicate="covers")
    out = np.zeros(len(places))
    out[place] = -1.0
    out[place[codes_[unit] == named[place]]] = 1.0
    return out * np.isin(named, codes_)


def _drawn(frame: pd.DataFrame, name: str) -> gpd.GeoDataFrame:
    """
    Return a layer that has geometry in a metric CRS.

    Raises
    ------
    MissingCRSError, NotMetricCRSError
        If it has none, or is not metric.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise MissingCRSError.for_layer(name)
    _crs.require_metric(frame, name)
    return frame


RULES: dict[str, Finder] = {
    "BND-02": Finder(fields, ("boundary_lines",)),
    "BND-03": Finder(codes, ("boundary_lines",)),
    "BND-18": Finder(standard_drawing, ("boundary_lines",)),
    "BND-22": Finder(length, ("boundary_lines",)),
    "BND-23": Finder(village_inside, ("village_lines", "admin_units")),
    "BND-24": Finder(sides, ("boundary_lines", "village_lines", "admin_units")),
}
