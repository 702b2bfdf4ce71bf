"""Rules about units as a cover (面域): topology and partition (BND-20), sums of areas (BND-21)."""

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
    objects,
)
from geoplan.boundaries.diagnosis import KINDS, diagnose, map_tolerance_m
from geoplan.boundaries.nesting import KINDS as NESTING
from geoplan.boundaries.nesting import check_nesting
from geoplan.boundaries.notes import shapes_of
from geoplan.errors import MissingCRSError
from geoplan.schemas.hierarchy import adjoining

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Rule

    Array = npt.NDArray[Any]

UNITS = ("units", "行政区划单元")
_PPM = 1e6
_ONLY_VERTEX = ("level_vertex", "area_sum")
_FACES = ("gap", "overlap", "sliver_gap", "sliver_overlap", "near_parallel", "outside_parent",
          "parent_uncovered")  # fmt: skip


def topology(held: Registers, rule: Rule) -> list[Judged]:
    """
    BND-20 拓扑: no gap or overlap wider than the map shows, and each level divides the one above.

    The value is the widest one, in millimetres on the map; defects that have no width fail alike.
    """
    units = _units(held)
    limit_m = map_tolerance_m(held.policy)
    defects = diagnose(units, tolerance_m=limit_m)
    nested = check_nesting(units, area_share=held.policy.value("area_sum_tolerance"))
    table = pd.concat([_by_unit(defects), _of_nesting(nested, limit_m)], ignore_index=True)
    own = units.loc[~adjoining(units)]
    table = table[table["unit_code"].isin(own["unit_code"])]
    width = table.groupby("unit_code")["width_m"].max().reindex(own["unit_code"]).fillna(0.0)
    bad = table[~table["within"].astype(bool)]
    reasons: dict[str, dict[str, None]] = {}
    for code, kind in zip(bad["unit_code"], bad["kind"], strict=True):
        reasons.setdefault(code, {})[kind] = None
    words = {**NESTING, **KINDS}
    why = [tuple(words[k] for k in reasons.get(c, ())) for c in own["unit_code"]]
    state = np.array([NOT_MET if w else MET for w in why])
    unseen = shapely.is_missing(shapes_of(own)) | shapely.is_empty(shapes_of(own))
    state[unseen] = UNKNOWN
    found = objects(list(own["name"]), _codes(own), state, why=why,
                    amount=rule.target() * width.to_numpy() / limit_m)  # fmt: skip
    return [Judged(found, *UNITS, unit=rule.unit, worst=True, target=rule.target())]


def _by_unit(defects: pd.DataFrame) -> pd.DataFrame:
    """Return one row per defect and unit concerned."""
    table = pd.DataFrame({
        "kind": defects["kind"], "unit_code": defects["units"].str.split(";"),
        "width_m": defects["max_width_m"].where(defects["kind"].isin(_FACES)),
        "within": defects["within_tolerance"],
    })  # fmt: skip
    return table.explode("unit_code")


def _of_nesting(nested: pd.DataFrame, limit_m: float) -> pd.DataFrame:
    """Return levels that do not nest under the unit at fault, else the parent."""
    rows = nested[~nested["kind"].isin(_ONLY_VERTEX)]
    code = rows["unit_code"].where(rows["unit_code"] != "", rows["parent_code"])
    width = pd.to_numeric(rows["max_width_m"])
    return pd.DataFrame({
        "kind": rows["kind"], "unit_code": code,
        "width_m": width.where(rows["kind"].isin(_FACES)), "within": (width <= limit_m),
    })  # fmt: skip


def area_sums(held: Registers, rule: Rule) -> list[Judged]:
    """BND-21 面积之和: parent and children on the ellipsoid, difference in millionths."""
    units = _units(held)
    own = units.loc[~adjoining(units)]
    area = pd.Series(_crs.ellipsoidal_area_m2(own, "admin_units"), index=own.index)
    parent = own["parent_code"].astype(object)
    total = area.groupby(parent.to_numpy()).sum()
    blank = (area == 0).groupby(parent.to_numpy()).any()
    upper = own[own["unit_code"].isin(total.index)]
    size = area.reindex(upper.index).to_numpy()
    code = upper["unit_code"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        off = np.abs(total.reindex(code).to_numpy() - size) / size
    off[(size <= 0) | blank.reindex(code).to_numpy(dtype=bool)] = UNKNOWN
    state = [UNKNOWN if np.isnan(v) else float(rule.meets(v)) for v in off]
    why = [(("缺面", "not drawn"),) if np.isnan(v) else (("下级面积之和不等", "sums differ"),)
           for v in off]  # fmt: skip
    found = objects(list(upper["name"]), _codes(upper), state, why=why, amount=off * _PPM)
    return [Judged(found, "parents", "有下级的单元", unit="ppm", worst=True,
                   target=rule.target() * _PPM)]  # fmt: skip


def _units(held: Registers) -> gpd.GeoDataFrame:
    """Return the statutory units with geometry; functional units (功能区) overlap them."""
    units = held.need("admin_units")
    if not isinstance(units, gpd.GeoDataFrame) or units.crs is None:
        raise MissingCRSError.for_layer("admin_units")
    if "kind" not in units.columns:
        return units
    statutory = (units["kind"] != "functional").fillna(value=True).to_numpy(dtype=bool)
    return units.loc[statutory]


def _codes(units: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"left_code": units["unit_code"], "right_code": ""})


RULES: dict[str, Finder] = {
    "BND-20": Finder(topology, ("admin_units",)),
    "BND-21": Finder(area_sums, ("admin_units",)),
}
