"""
Rules about boundary markers (界桩): numbers, shape and setting, register, moves, place, order.

BND-04, 05, 06, 08, 09, 25. Withdrawn markers (报废) are asked for their numbers alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries.conformance_objects import (
    MET,
    NOT_MET,
    UNKNOWN,
    Finder,
    Judged,
    Registers,
    objects,
    sides_of,
    state_of,
)
from geoplan.boundaries.junctions import tri_junctions
from geoplan.boundaries.marker_moves import move_test
from geoplan.boundaries.marker_numbers import check_numbers
from geoplan.boundaries.marker_register import register_check
from geoplan.boundaries.markers import line_test, order_check, plotted_tolerance_m
from geoplan.boundaries.notes import shapes_of, status_of, texts
from geoplan.schemas import layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from geoplan.policy import Rule

    Array = npt.NDArray[Any]
    Words = tuple[str, str]

MARKERS = ("markers", "界桩")
SETTING = ("shape", "material", "size_text", "buried_m", "set_up_year")
"""What is written of a marker's shape and setting (BND-05)."""
_THREE_FACED = ("三交点处应为三面桩", "at a tri-junction it has three faces")
_NOWHERE = ("没有坐标或所属界线", "no position or line")
_UNSEEN = ("没有可用的观测", "no usable observation")


def numbers(held: Registers, _: Rule) -> list[Judged]:
    """BND-04 界桩编号: shape, uniqueness, pairs and triples; one without a number is unknown."""
    markers = held.need("boundary_markers")
    found = check_numbers(markers, held.get("boundary_lines"))
    return [_from_findings(held, markers, found)]


def setting(held: Registers, _: Rule) -> list[Judged]:
    """BND-05 界桩形状与埋设: shape and setting written; three faces where three units meet."""
    markers = _standing(held)
    names = layer("boundary_markers")
    said = {c: (f"缺{names.column(c).zh}", f"no {c}") for c in SETTING}  # type: ignore[union-attr]
    why: list[list[Words]] = [[] for _ in range(len(markers))]
    for column in SETTING:
        for k, text in enumerate(texts(markers, column)):
            if not text:
                why[k].append(said[column])
    two_faced = np.array(texts(markers, "shape"), dtype=object) == "two_faced"
    for k in np.flatnonzero(two_faced & _at_junction(held, markers)).tolist():
        why[k].append(_THREE_FACED)
    state = [NOT_MET if reasons else MET for reasons in why]
    return [_judged(held, markers, state, [tuple(w) for w in why])]


def _at_junction(held: Registers, markers: pd.DataFrame) -> Array:
    """Tell which markers of one stone stand where three units meet; none where nothing is drawn."""
    units = held.get("admin_units")
    if not isinstance(units, gpd.GeoDataFrame) or not isinstance(markers, gpd.GeoDataFrame):
        return np.zeros(len(markers), dtype=bool)
    meet = shapes_of(tri_junctions(units))
    tolerance_m = plotted_tolerance_m(["township"], held.policy)[0, 1]
    near = shapely.STRtree(meet).query(
        shapes_of(markers), predicate="dwithin", distance=tolerance_m
    )[0]
    out = np.zeros(len(markers), dtype=bool)
    out[near] = True
    return out & np.isin(texts(markers, "marker_type"), ["Q", ""])


def register(held: Registers, _: Rule) -> list[Judged]:
    """BND-06 界桩登记表: every field and three reference objects."""
    markers = _standing(held)
    found = register_check(markers, held.policy)
    names = layer("boundary_markers")
    beside = {"reference_objects": "方位物", "photos": "照片", "geometry": "位置"}
    why = []
    for missing in found["missing"]:
        lacks = missing.split(";") if missing else []
        words = [beside.get(c) or names.column(c).zh for c in lacks]  # type: ignore[union-attr]
        why.append(tuple((f"缺{zh}", f"no {c}") for zh, c in zip(words, lacks, strict=True)))
    return [_judged(held, markers, state_of(found["status"], ["met"], ["not_met"]), why)]


def moved(held: Registers, _: Rule) -> list[Judged]:
    """BND-08 界桩移位判定: by the newest observation that may be used; unseen is unknown."""
    markers, seen = _standing(held), held.need("observations")
    told = move_test(markers, seen, held.policy)
    told["day"] = pd.to_datetime(seen["observed_on"]) if "observed_on" in seen.columns else pd.NaT
    told = told[told["status"].isin(["moved", "not_moved"])]
    newest = told.sort_values("day", kind="stable", na_position="first").drop_duplicates(
        "marker_id", keep="last"
    )
    status = newest.set_index("marker_id")["status"].reindex(texts(markers, "marker_id"))
    state = state_of(status, ["not_moved"], ["moved"])
    why = [(_UNSEEN,) if np.isnan(s) else (("移位", "moved"),) for s in state]
    return [_judged(held, markers, state, why)]


def on_line(held: Registers, _: Rule) -> list[Judged]:
    """BND-09 单立界桩在线上: each where its type says; paired and triple ones by construction."""
    markers = _standing(held)
    found = line_test(markers, held.need("boundary_lines"), held.policy)
    state = state_of(found["status"], ["met"], ["not_met"])
    off = ("超出限差", "beyond tolerance")
    why = [((zh, en) if zh else off,) for zh, en in zip(found["remark_zh"], found["remark_en"],
                                                        strict=True)]  # fmt: skip
    return [_judged(held, markers, state, why)]


def order(held: Registers, _: Rule) -> list[Judged]:
    """BND-25 界桩顺序: numbers run along the line, west to east or north to south; a warning."""
    markers = _standing(held)
    found = order_check(markers, held.need("boundary_lines"))
    here = shapes_of(markers)
    apart = shapely.is_missing(here) | shapely.is_empty(here)
    apart |= np.array([not line for line in texts(markers, "line_id")], dtype=bool)
    return [_from_findings(held, markers, found, unknown=apart)]


_CODES = {
    "order_broken": ("与沿线次序不符", "out of order"),
    "numbered_against": ("编号方向相反", "numbered the other way"),
    "missing_number": ("没有界桩号", "no number"), "bad_number": ("格式不对", "malformed"),
    "national_border_number": ("像国界碑编号", "like a national border marker"),
    "type_contradicts": ("与界桩类型矛盾", "contradicts its type"),
    "line_code_contradicts": ("与界线代码矛盾", "contradicts the line code"),
    "duplicate_number": ("重号", "used twice"),
    "number_reused": ("用了报废桩的号", "a withdrawn marker's number"),
    "pair_missing": ("双立缺桩", "lacks its pair"),
    "triple_missing": ("三立缺桩", "lacks others of three"),
    "serial_clash": ("一号多型", "one serial, several types"),
}  # fmt: skip


def _from_findings(
    held: Registers, markers: pd.DataFrame, found: pd.DataFrame, *, unknown: Array | None = None
) -> Judged:
    """Return a verdict on each marker from remarks under its label; some may be beyond telling."""
    at = markers.index.get_indexer(found.index)
    beyond = np.zeros(len(markers), dtype=bool) if unknown is None else unknown
    state = state_of(status_of(found, markers.index), ["met"], ["not_met"])
    state[beyond & (state == MET)] = UNKNOWN
    why: list[list[Words]] = [[_NOWHERE] if b else [] for b in beyond]
    for k, code in zip(at, found["code"], strict=True):
        why[k].append(_CODES.get(code, (code, code)))
    return _judged(held, markers, state, [tuple(w) for w in why])


def _judged(
    held: Registers, markers: pd.DataFrame, state: Any, why: Iterable[tuple[Words, ...]]
) -> Judged:
    """Return markers by number, counted for the units that their lines bound."""
    numbers_, ids = texts(markers, "marker_no"), texts(markers, "marker_id")
    names = [n or i for n, i in zip(numbers_, ids, strict=True)]
    codes = sides_of(texts(markers, "line_id"), held.get("boundary_lines"))
    return Judged(objects(names, codes, state, why=why), *MARKERS)


def _standing(held: Registers) -> Any:
    """Return the markers that have not been withdrawn, each row under a label of its own."""
    markers = held.need("boundary_markers")
    kept = np.array([c != "withdrawn" for c in texts(markers, "condition")], dtype=bool)
    return markers.loc[kept]


RULES: dict[str, Finder] = {
    "BND-04": Finder(numbers, ("boundary_markers", "boundary_lines")),
    "BND-05": Finder(setting, ("boundary_markers", "admin_units")),
    "BND-06": Finder(register, ("boundary_markers",)),
    "BND-08": Finder(moved, ("boundary_markers", "observations")),
    "BND-09": Finder(on_line, ("boundary_markers", "boundary_lines")),
    "BND-25": Finder(order, ("boundary_markers", "boundary_lines")),
}
