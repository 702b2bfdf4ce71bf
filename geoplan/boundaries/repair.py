"""
Mending a coverage under guard (受控修复): accepted actions only, with a ledger for every unit.

No unit is emptied, parts and holes stay unless the plan says otherwise, areas change by what was
planned, and nothing that fitted before comes apart. Otherwise the whole repair is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.diagnosis import diagnose
from geoplan.boundaries.faces import LEAST_WIDTH_M, objects, polygonal
from geoplan.boundaries.healing import heal, with_vertex
from geoplan.boundaries.repair_plan import digest_of
from geoplan.boundaries.topology import GRID_M
from geoplan.errors import InputError, RepairRefusedError

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_SLACK_M2 = 0.5  # rounding to the grid along a border
_PLANNED_SHARE = 1e-3
_NEW_DEFECT_M = 0.05
_CHANGES = ("insert_vertex", "snap_to", "assign_face")


def apply_repair(
    admin_units: gpd.GeoDataFrame,
    plan: dict[str, Any],
    *,
    max_change_share: float = 0.001,
    grid_m: float = GRID_M,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Apply the accepted actions of a plan, all or none.

    Parameters
    ----------
    admin_units
        The units the plan was made for, metric CRS.
    plan
        From `plan_repair`, reviewed; actions with status ``accepted`` are applied.
    max_change_share
        Largest change of any unit's area, as a share of it.
    grid_m
        Grid that vertices are compared on.

    Returns
    -------
    units
        The units with their new shapes, same rows and order.
    ledger
        One row per unit: ``unit_code``, ``changed``, ``area_before_m2``, ``area_after_m2``,
        ``change_m2``, ``planned_m2``, ``parts_before``, ``parts_after``, ``holes_before``,
        ``holes_after``, ``max_move_m``, ``reason_zh``, ``reason_en`` (empty where accepted).

    Raises
    ------
    InputError
        If the plan was made for other units, or names an unknown unit or action.
    RepairRefusedError
        If the guard finds a fault; its ``ledger`` says where.
    """
    _crs.require_metric(admin_units, "admin_units")
    if plan.get("units_digest") != digest_of(admin_units):
        raise _other_units()
    code = admin_units["unit_code"].astype(str).to_numpy()
    at = {c: i for i, c in enumerate(code)}
    before = np.asarray(admin_units.geometry.array, dtype=object)
    todo = [a for a in plan["actions"] if a["status"] == "accepted" and a["action"] in _CHANGES]
    shapes = before.copy()
    planned = _apply(todo, shapes, at, grid_m)
    touched = np.array(sorted({at[u] for a in todo for u in _parties(a)}), dtype=int)
    shapes = heal(shapes, touched, grid=grid_m)
    out = admin_units.set_geometry(gpd.GeoSeries(shapes, index=admin_units.index,
                                                 crs=admin_units.crs))  # fmt: skip
    ledger = _ledger(code, before, shapes, planned, todo, max_change_share)
    _refuse_faults(ledger)
    _refuse_new_defects(out, plan, ledger, before, shapes)
    return out, ledger


def _parties(action: dict[str, Any]) -> list[str]:
    return [*([action["to"]] if action["to"] else []), *action["from"]]


def _apply(todo: list[dict[str, Any]], shapes: Array, at: dict[str, int], grid: float) -> Array:
    """Change the shapes in place; return the change of area that each unit's faces come to."""
    planned = np.zeros(len(shapes))
    won: dict[int, list[Any]] = {}
    lost: dict[int, list[Any]] = {}
    vertices: list[tuple[int, Array]] = []  # after the faces, whose borders they would bend
    for action in todo:
        for unit in _parties(action):
            if unit not in at:
                raise _unknown_unit(action, unit)
        face = shapely.from_wkt(action["face"])
        if action["action"] == "insert_vertex":
            vertices.append((at[action["to"]], shapely.get_coordinates(face)[0]))
        elif action["kind"] == "near_parallel":
            i, j = at[action["to"]], at[action["authority"]]
            snapped = _snapped(shapes[i], shapes[j], face, grid)
            planned[i] += snapped.area - shapes[i].area
            shapes[i] = snapped
        else:
            for unit in action["from"]:
                lost.setdefault(at[unit], []).append(face)
            if action["to"]:
                won.setdefault(at[action["to"]], []).append(face)
    for i in won.keys() | lost.keys():
        gains, losses = objects(won.get(i, [])), objects(lost.get(i, []))
        planned[i] += (
            shapely.area(gains) - shapely.area(shapely.intersection(gains, shapes[i]))
        ).sum()
        planned[i] -= shapely.area(shapely.intersection(losses, shapes[i])).sum()
        shapes[i] = _recut(shapes[i], gains, losses, grid)
    for i, place in vertices:
        shapes[i] = with_vertex(shapes[i], place)
    return planned


def _recut(shape: Any, gains: Array, losses: Array, grid: float) -> Any:
    """Return a unit with some faces added and others taken, all lines noded together once."""
    lines = shapely.union_all(
        shapely.boundary(np.concatenate([[shape], gains, losses])), grid_size=grid
    )
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(pieces)
    keep = shapely.intersects(shape, inside)
    for face in losses:
        keep &= ~shapely.intersects(face, inside)
    for face in gains:
        keep |= shapely.intersects(face, inside)
    if not keep.any():
        return shapely.Polygon()
    return _without_crumbs(polygonal(shapely.union_all(pieces[keep])), shape)


def _without_crumbs(made: Any, before: Any) -> Any:
    """Drop parts and fill holes too narrow to be land, which rounding leaves behind."""
    parts = shapely.get_parts(made)
    parts = parts[~_narrow(parts)] if len(parts) > shapely.get_num_geometries(before) else parts
    solid = []
    for part in parts:
        holes = [r for r in part.interiors if not _narrow(np.array([shapely.Polygon(r)]))[0]]
        solid.append(shapely.Polygon(part.exterior, holes))
    return solid[0] if len(solid) == 1 else shapely.multipolygons(solid)


def _narrow(polygons: Array) -> Array:
    """Tell which polygons are nowhere as wide as `LEAST_WIDTH_M`."""
    return np.asarray(shapely.is_empty(shapely.buffer(polygons, -LEAST_WIDTH_M / 2)))


def _snapped(shape: Any, authority: Any, line: Any, grid: float) -> Any:
    """Return a unit whose border along a line runs on that of another."""
    border = shapely.boundary(authority)
    points = shapely.points(shapely.get_coordinates(line))
    width = max(shapely.distance(points, shapely.boundary(s)).max() for s in (shape, authority))
    return shapely.snap(shape, border, float(width) + grid)


def _ledger(
    code: Array, before: Array, after: Array, planned: Array, todo: list[dict[str, Any]],
    max_share: float,
) -> pd.DataFrame:  # fmt: skip
    area = shapely.area(before), shapely.area(after)
    parts = shapely.get_num_geometries(before), shapely.get_num_geometries(after)
    holes = _holes(before), _holes(after)
    changed = np.array([a is not b for a, b in zip(before, after, strict=True)])
    move = np.zeros(len(code))
    for i in np.flatnonzero(changed):
        if not after[i].is_empty:
            fresh = shapely.points(shapely.get_coordinates(after[i]))
            border = shapely.boundary(before[i])
            shapely.prepare(border)
            move[i] = shapely.distance(fresh, border).max()
    frame = pd.DataFrame({
        "unit_code": code, "changed": changed, "area_before_m2": area[0], "area_after_m2": area[1],
        "change_m2": area[1] - area[0], "planned_m2": planned, "parts_before": parts[0],
        "parts_after": parts[1], "holes_before": holes[0], "holes_after": holes[1],
        "max_move_m": move,
    })  # fmt: skip
    dug = {a["from"][0] for a in todo if a["kind"] == "enclave_without_hole"}
    dug |= {a["to"] for a in todo if a["kind"] == "gap" and len(a["units"]) == 1}
    reasons = [_fault(row, dug, max_share) for row in frame.to_dict("records")]
    return frame.assign(reason_zh=[r[0] for r in reasons], reason_en=[r[1] for r in reasons])


def _holes(shapes: Array) -> Array:
    parts, row = shapely.get_parts(shapes, return_index=True)
    return np.bincount(
        row, weights=shapely.get_num_interior_rings(parts), minlength=len(shapes)
    ).astype(int)


def _fault(row: Any, dug: set[str], max_share: float) -> tuple[str, str]:
    """Return why the guard refuses a unit's new shape; empty where it does not."""
    parts, holes = row["parts_before"], row["holes_before"]
    slack = _SLACK_M2 + _PLANNED_SHARE * abs(row["planned_m2"])
    share = abs(row["change_m2"]) / max(row["area_before_m2"], 1e-9)
    checks = (
        (row["area_after_m2"] <= 0.0 < row["area_before_m2"], "单元被清空", "the unit is emptied"),
        (row["parts_after"] != parts, f"由 {parts} 部分变为 {row['parts_after']} 部分",
         f"{parts} parts become {row['parts_after']}"),
        (row["holes_after"] != holes and row["unit_code"] not in dug,
         f"由 {holes} 个洞变为 {row['holes_after']} 个洞",
         f"{holes} holes become {row['holes_after']}"),
        (abs(row["change_m2"] - row["planned_m2"]) > slack, "面积变化与方案不符",
         "the area does not change by what was planned"),
        (share > max_share, f"面积变化 {share:.3%} 超过限值",
         f"the area changes by {share:.3%}, over the limit"),
    )  # fmt: skip
    if not row["changed"]:
        return "", ""
    return next(((zh, en) for fails, zh, en in checks if fails), ("", ""))


def _refuse_faults(ledger: pd.DataFrame) -> None:
    bad = ledger[ledger["reason_en"] != ""]
    if len(bad):
        first = bad.iloc[0]
        raise _refused(ledger, first["unit_code"], first["reason_zh"], first["reason_en"])


def _refuse_new_defects(
    out: gpd.GeoDataFrame, plan: dict[str, Any], ledger: pd.DataFrame,
    before: Array, after: Array,
) -> None:  # fmt: skip
    """Look at the changed units and their neighbours again."""
    changed = np.flatnonzero([a is not b for a, b in zip(before, after, strict=True)])
    if not len(changed):
        return
    tree = shapely.STRtree(after)
    near = np.unique(tree.query(after[changed], predicate="dwithin", distance=1.0)[1])
    rows = out.iloc[near]
    again = diagnose(rows[["unit_code", rows.geometry.name]])
    old = [shapely.from_wkt(a["face"]) for a in plan["actions"] if a["face"]]
    known = shapely.union_all([shapely.buffer(g, _NEW_DEFECT_M) for g in old])
    # the far sides of the neighbours are the edge of this extract, not of the city
    edge = shapely.boundary(shapely.union_all(before[near], grid_size=GRID_M))
    for row in again.to_dict("records"):
        shape = row["geometry"]
        if shape is None or shapely.within(shape, known):
            continue
        if (
            row["kind"] in {"gap", "near_parallel"}
            and shapely.distance(shape, edge) < _NEW_DEFECT_M
        ):
            continue
        kind = row["kind"]
        raise _refused(ledger, row["units"], f"修复产生新的缺陷：{kind}",
                       f"the repair makes a new defect: {kind}")  # fmt: skip


def _refused(ledger: pd.DataFrame, unit: Any, zh: str, en: str) -> RepairRefusedError:
    error = RepairRefusedError(
        f"The repair is refused: unit {unit}: {en}. Nothing was changed.",
        zh=f"修复被拒绝：单元 {unit}：{zh}。没有做任何改动。",
        fix="reject the actions on this unit, or mend it at the source; see the ledger",
        fix_zh="驳回涉及该单元的操作，或在原图上改正；详见台账",
        unit=str(unit), reason=en,
    )  # fmt: skip
    error.ledger = ledger
    return error


def _other_units() -> InputError:
    return InputError(
        "The plan was made for other units: their shapes have changed since.",
        zh="方案不是针对这些单元制定的：图形在此之后有改动。",
        fix="diagnose and plan again", fix_zh="重新检查并制定方案",
    )  # fmt: skip


def _unknown_unit(action: dict[str, Any], unit: str) -> InputError:
    return InputError(
        f"Action {action['id']} names unit {unit!r}, which is not among the units.",
        zh=f"操作 {action['id']} 提到的单元“{unit}”不存在。",
        fix="correct the plan", fix_zh="改正方案", action=action["id"], unit=unit,
    )  # fmt: skip
