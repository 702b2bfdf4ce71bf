"""Checks between layers (跨图层检查): unknown codes, points out of place, undeclared shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan import datum
from geoplan.schemas.consistency import check_consistency
from geoplan.schemas.findings import DEFECT_COLUMNS
from geoplan.schemas.hierarchy import own_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    Rows = list[dict[str, Any]]

_CODED = ("facilities", "population", "residential_areas", "candidate_sites", "cemeteries",
          "projects")  # fmt: skip
_PLACED = ("facilities", "candidate_sites")
_WRONG_UNIT_M = 1000.0  # [P] farther than this outside its own unit is said


def check_relations(
    layers: Mapping[str, pd.DataFrame], *, code_system: str, snap_cap_m: float
) -> pd.DataFrame:
    """
    Check the layers of one city against each other; nothing is changed or dropped.

    Parameters
    ----------
    layers
        Validated layers by name, in any CRS. Those absent are not checked.
    code_system
        The workspace's code system, for example ``nbs-2023``.
    snap_cap_m
        A facility farther than this from every road is listed, m.

    Returns
    -------
    defects
        One row per finding, columns as in `validate.validate`; ``effect`` is ``warning``.

    Raises
    ------
    MissingCRSError
        If a layer with geometry has no CRS.
    """
    rows: Rows = []
    units = layers.get("admin_units")
    for name in _CODED:
        frame = layers.get(name)
        if frame is not None and units is not None and len(units):
            rows += _unknown_codes(name, frame, units, layers.get("unit_codes"), code_system)
    for name in _PLACED:
        frame = layers.get(name)
        if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
            continue
        rows += _shifted(name, frame, layers)
        if units is not None and len(units):
            rows += _outside(name, frame, own_units(units, code_system=code_system))
        rows += _far_from_roads(name, frame, layers.get("roads"), snap_cap_m)
    rows += _without_unit(layers.get("facilities"))
    if units is not None and len(units):
        rows += _uncounted(own_units(units, code_system=code_system))
    rows += check_consistency(layers)
    return pd.DataFrame(rows, columns=list(DEFECT_COLUMNS))


def _finding(layer: str, frame: pd.DataFrame, at: int, **cells: Any) -> dict[str, Any]:
    key = next((c for c in frame.columns if c.endswith("_id")), "")
    row = frame.iloc[at]
    return {"layer": layer, "file": "", "row": at + 1, "id": str(row[key]) if key else "",
            "effect": "warning", **cells}  # fmt: skip


def _without_unit(facilities: pd.DataFrame | None) -> Rows:
    """List facilities that belong to no unit: no standard of any unit counts them."""
    if facilities is None or "unit_code" not in facilities.columns:
        return []
    return [
        _finding(
            "facilities", facilities, int(at), field="unit_code", value="", rule="no_unit",
            reason_zh="没有所属单元代码，不计入任何单元的标准",
            reason_en="has no unit code, so no unit's standard counts it",
            fix_zh="填写所在村（社区）的代码；只知道镇（街道）的，填镇（街道）代码",
            fix_en="give the code of its village, or of its town where only that is known",
        )
        for at in np.flatnonzero(facilities["unit_code"].isna().to_numpy(dtype=bool))
    ]  # fmt: skip


_COUNTED = {"population": ("常住人口", "residents"), "households": ("户数", "households")}


def _uncounted(units: pd.DataFrame) -> Rows:
    """List units without people or households: standards per person or household say no data."""
    counted = units
    if "kind" in units.columns:
        counted = units.loc[(units["kind"] != "functional").fillna(value=True).to_numpy(dtype=bool)]
    rows: Rows = []
    for column, (zh, en) in _COUNTED.items():
        if column not in counted.columns or counted[column].isna().all():
            continue  # a register that counts none of these is told by its standards
        for at in np.flatnonzero(counted[column].isna().to_numpy(dtype=bool)):
            code, name = counted["unit_code"].iloc[at], counted["name"].iloc[at]
            rows.append({
                "layer": "admin_units", "file": "", "row": pd.NA, "id": str(code),
                "field": column, "value": "", "rule": "not_counted", "effect": "warning",
                "reason_zh": f"{name}没有{zh}，按{zh}计的标准为无数据",
                "reason_en": f"{name} has no {en}: standards by {en} have no data",
                "fix_zh": f"填写{zh}", "fix_en": f"give its {en}",
            })  # fmt: skip
    return rows


def _unknown_codes(
    layer: str,
    frame: pd.DataFrame,
    units: pd.DataFrame,
    crosswalk: pd.DataFrame | None,
    code_system: str,
) -> Rows:
    if "unit_code" not in frame.columns:
        return []
    code = frame["unit_code"]
    unknown = (code.notna() & ~code.isin(units["unit_code"])).to_numpy(dtype=bool)
    if not unknown.any():
        return []
    foreign = _foreign_names(crosswalk, code_system)
    out = []
    for at in np.flatnonzero(unknown):
        value = str(code.iloc[at])
        other = foreign.get(value, "")
        rule = "other_code_system" if other else "unknown_unit_code"
        out.append(
            _finding(
                layer, frame, int(at), field="unit_code", value=value, rule=rule,
                reason_zh=f"单元代码 {value} 不在行政区划图层中"
                + (f"（{other}）" if other else ""),
                reason_en=f"unit code {value} is not in admin_units"
                + (f" ({other})" if other else ""),
                fix_zh=f"改为 {code_system} 代码，或用 unit_codes 表按县名加镇名转换",
                fix_en=f"use the {code_system} code, or translate it with the unit_codes table",
            )
        )  # fmt: skip
    return out


def _foreign_names(crosswalk: pd.DataFrame | None, code_system: str) -> dict[str, str]:
    need = {"code", "code_system", "name"}
    if crosswalk is None or not need <= set(crosswalk.columns):
        return {}
    other = crosswalk[crosswalk["code_system"] != code_system]
    return {
        str(r.code): f"{r.code_system} 中为 {r.name_}"
        for r in other.rename(columns={"name": "name_"}).itertuples()
    }


def _shifted(layer: str, frame: gpd.GeoDataFrame, layers: Mapping[str, pd.DataFrame]) -> Rows:
    """Say when a whole layer looks GCJ-02 or BD-09 though declared otherwise (CRS-04)."""
    points = frame.loc[frame.geometry.notna() & (frame.geom_type == "Point")]
    roads = layers.get("roads")
    if not isinstance(roads, gpd.GeoDataFrame) or roads.empty or points.empty:
        return []
    lines = roads.geometry.to_crs(points.crs).to_numpy()
    verdict = datum.suspect_shift(points, np.array([shapely.GeometryCollection(list(lines))]))
    if not verdict.suspected:
        return []
    found = (
        f"{verdict.points} / {verdict.declared_m:.0f} m -> {verdict.corrected_m:.0f} m, "
        f"z = {verdict.z}"
    )
    return [
        {
            "layer": layer, "file": "", "row": pd.NA, "id": "", "field": "geometry",
            "value": found, "rule": "suspected_shift", "effect": "warning",
            "reason_zh": f"坐标疑似 {verdict.suspected}（未声明）：到最近道路平均"
            f" {verdict.declared_m:.0f} 米，按 {verdict.suspected} 还原后为"
            f" {verdict.corrected_m:.0f} 米",
            "reason_en": f"coordinates look like undeclared {verdict.suspected}: mean distance to"
            f" roads {verdict.declared_m:.0f} m, {verdict.corrected_m:.0f} m once undone",
            "fix_zh": f'在 workspace.toml 的 [layers.{layer}] 下写 datum = "{verdict.suspected}"',
            "fix_en": f'write datum = "{verdict.suspected}" under [layers.{layer}]',
        }
    ]  # fmt: skip


def _outside(layer: str, frame: gpd.GeoDataFrame, units: pd.DataFrame) -> Rows:
    if not isinstance(units, gpd.GeoDataFrame) or units.geometry.isna().all():
        return []
    metric = _crs.metric_of(units, "admin_units")
    shapes = units.loc[units.geometry.notna()].to_crs(metric)
    where = shapely.point_on_surface(np.asarray(frame.geometry.to_crs(metric).array, dtype=object))
    tree = shapely.STRtree(np.asarray(shapes.geometry.array, dtype=object))
    there = np.flatnonzero([g is not None for g in where])
    hit, distance = tree.query_nearest(where[there], return_distance=True, all_matches=False)
    out = []
    for at, away_m in zip(there[hit[0]], distance, strict=True):
        if away_m > 0.0:
            out.append(
                _finding(
                    layer, frame, int(at), field="geometry", value=f"{away_m:.0f} m",
                    rule="outside_city",
                    reason_zh=f"位于市域之外 {away_m:.0f} 米",
                    reason_en=f"lies {away_m:.0f} m outside the city",
                    fix_zh="核对坐标；若确在邻市，计算可达时仍计入",
                    fix_en="check the position; if it is right it still counts for reach",
                )
            )  # fmt: skip
    return out + _wrong_unit(layer, frame, shapes, where)


def _wrong_unit(
    layer: str, frame: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, where: np.ndarray
) -> Rows:
    """List rows that stand far outside the unit whose code they carry."""
    if "unit_code" not in frame.columns:
        return []
    by_code = shapes.drop_duplicates("unit_code").set_index("unit_code").geometry
    own = by_code.reindex(frame["unit_code"].astype(object)).to_numpy()
    away_m = shapely.distance(where, own)
    out = []
    for at in np.flatnonzero(np.nan_to_num(away_m) > _WRONG_UNIT_M):
        code = str(frame["unit_code"].iloc[at])
        out.append(
            _finding(
                layer, frame, int(at), field="unit_code", value=code, rule="far_from_own_unit",
                reason_zh=f"距所属单元 {code} {away_m[at] / 1000:.1f} 公里",
                reason_en=f"stands {away_m[at] / 1000:.1f} km from its own unit {code}",
                fix_zh="核对坐标与所属单元代码",
                fix_en="check the position and the unit code",
            )
        )  # fmt: skip
    return out


def _far_from_roads(
    layer: str, frame: gpd.GeoDataFrame, roads: pd.DataFrame | None, cap_m: float
) -> Rows:
    if not isinstance(roads, gpd.GeoDataFrame) or roads.empty:
        return []
    metric = _crs.metric_of(roads, "roads")
    tree = shapely.STRtree(np.asarray(roads.geometry.to_crs(metric).array, dtype=object))
    where = shapely.point_on_surface(np.asarray(frame.geometry.to_crs(metric).array, dtype=object))
    there = np.flatnonzero([g is not None for g in where])
    hit, distance = tree.query_nearest(where[there], return_distance=True, all_matches=False)
    return [
        _finding(
            layer, frame, int(there[at]), field="geometry", value=f"{away_m:.0f} m",
            rule="far_from_road",
            reason_zh=f"距最近道路 {away_m:.0f} 米，超过 {cap_m:.0f} 米，步行不可达",
            reason_en=f"is {away_m:.0f} m from the nearest road, beyond {cap_m:.0f} m: no reach",
            fix_zh="核对坐标，或补充道路",
            fix_en="check the position, or add the missing road",
        )
        for at, away_m in zip(hit[0], distance, strict=True)
        if away_m > cap_m
    ]  # fmt: skip
