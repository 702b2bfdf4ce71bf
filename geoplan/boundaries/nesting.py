"""
Lower units against their parents (逐级套合, BND-20, BND-21, BND-24): by arcs, then by area.

The outline of the children must be the outline of the parent, edge for edge. Where it is not, the
upper line stands and the lower level is at fault; `plan_recut` cuts it back to the upper line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.faces import LEAST_WIDTH_M, arrangement, max_width_m
from geoplan.boundaries.repair_plan import digest_of
from geoplan.boundaries.topology import GRID_M, NOBODY, topology
from geoplan.errors import MissingColumnsError
from geoplan.schemas.hierarchy import LEVELS, adjoining

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

AREA_SHARE = 1e-6
"""Areas of parent and children differ by no more than this share (BND-21)."""
KINDS = {
    "outside_parent": ("下级越出上级界线", "beyond the line of its parent"),
    "parent_uncovered": ("上级范围内无下级覆盖", "a place of the parent that no child covers"),
    "level_vertex": ("上下级界线缺少共同节点", "a vertex that the other level's line lacks"),
    "wrong_parent": ("代码与位置矛盾：位于另一上级范围内", "lies in another parent than it names"),
    "unknown_parent": ("上级代码不存在", "its parent is not in the table"),
    "area_sum": ("上级面积与下级之和不符", "parent and children differ in area"),
}
"""Kinds of findings with their Chinese and English names."""
_NEEDED = {"unit_code", "level", "parent_code"}
_COLUMNS = ("kind", "level", "unit_code", "parent_code", "area_m2", "max_width_m", "length_m",
            "remark_zh", "remark_en", "geometry")  # fmt: skip


def check_nesting(
    admin_units: gpd.GeoDataFrame, *, area_share: float = AREA_SHARE, grid_m: float = GRID_M
) -> gpd.GeoDataFrame:
    """
    Check that each level divides the level above it, edge for edge (BND-20, BND-21, BND-24).

    Parameters
    ----------
    admin_units
        Polygons of at least two levels in a metric CRS: ``unit_code``, ``level``,
        ``parent_code``. Parents without children in the table are not looked at.
    area_share
        Difference of the areas that is allowed, as a share (``area_sum_tolerance`` of the policy).
    grid_m
        Grid that vertices are compared on.

    Returns
    -------
    findings
        `KINDS`; ``unit_code`` is the lower unit at fault, ``parent_code`` the parent it should
        follow; measured in m² and m; ``geometry`` where there is one. ``area_sum`` rows carry the
        difference of the areas on the ellipsoid, where no other finding explains it.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    NotMetricCRSError, MissingCRSError
        If the CRS does not measure in metres.
    """
    _crs.require_metric(admin_units, "admin_units")
    if not set(admin_units.columns) >= _NEEDED:
        missing = _NEEDED - set(admin_units.columns)
        raise MissingColumnsError.for_layer("admin_units", missing, admin_units.columns)
    rows: list[dict[str, Any]] = []
    known = set(admin_units["unit_code"])
    own = admin_units[~adjoining(admin_units)]
    for upper, children in _pairs(own):
        level = str(children["level"].iloc[0])
        rows += [{"level": level, **row} for row in _between(upper, children, area_share, grid_m)]
    top = own["level"].map(LEVELS.index).min() if len(own) else 0
    for row in own.to_dict("records"):
        parent = row["parent_code"]
        if isinstance(parent, str) and parent not in known and LEVELS.index(row["level"]) > top:
            rows.append({"kind": "unknown_parent", "level": row["level"], "geometry": None,
                         "unit_code": row["unit_code"], "parent_code": parent})  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    for at, column in enumerate(("remark_zh", "remark_en")):
        said = frame[column].astype(object)
        frame[column] = said.where(said.notna(), [KINDS[k][at] for k in frame["kind"]])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=admin_units.crs)


def _pairs(units: gpd.GeoDataFrame) -> list[tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]]:
    """Return the parents that have children in the table, with them, level by level."""
    out = []
    for at, name in enumerate(LEVELS[:-1]):
        parents = units[units["level"] == name]
        for lower in LEVELS[at + 1 :]:
            children = units[(units["level"] == lower) & units["parent_code"].isin(
                parents["unit_code"])]  # fmt: skip
            if len(children):
                rows = parents[parents["unit_code"].isin(children["parent_code"])]
                out.append((rows, children))
                break
    return out


def _between(
    parents: gpd.GeoDataFrame, children: gpd.GeoDataFrame, area_share: float, grid: float
) -> list[dict[str, Any]]:
    faces, loose = mismatch(parents, children, grid)
    rows = _face_rows(faces, parents, children)
    rows += _vertex_rows(loose, faces, parents)
    explained = {row["parent_code"] for row in rows}
    explained |= set(children.loc[children["unit_code"].isin([r["unit_code"] for r in rows]),
                                  "parent_code"])  # fmt: skip
    area = dict(zip(parents["unit_code"], _crs.ellipsoidal_area_m2(parents), strict=True))
    total = pd.Series(_crs.ellipsoidal_area_m2(children)).groupby(
        children["parent_code"].to_numpy()).sum()  # fmt: skip
    for code, size in area.items():
        off = float(total.get(code, 0.0) - size)
        if code not in explained and abs(off) > area_share * size:
            rows.append(_area_row(code, off, size))
    return rows


def _area_row(code: Any, off: float, size: float) -> dict[str, Any]:
    return {
        "kind": "area_sum", "unit_code": "", "parent_code": code, "area_m2": off, "geometry": None,
        "remark_zh": f"下级面积之和与上级相差 {off:,.1f} 平方米（{off / size:.2e}）",
        "remark_en": f"children sum to {off:,.1f} m2 more than it ({off / size:.2e})",
    }  # fmt: skip


def mismatch(
    parents: gpd.GeoDataFrame, children: gpd.GeoDataFrame, grid: float = GRID_M
) -> tuple[Array, Array]:
    """
    Return the faces between both levels' lines, and the edges that only one level has.

    Parameters
    ----------
    parents, children
        Units of two levels, same metric CRS.
    grid
        Grid that vertices are compared on.

    Returns
    -------
    faces, edges
        Polygons wider than a vertex difference, and two-point LineStrings.
    """
    code = pd.Index(parents["unit_code"])
    upper = _sided_edges(parents, np.arange(len(parents)), grid)
    lower = _sided_edges(children, code.get_indexer(pd.Index(children["parent_code"])), grid)
    edges = _only_one(upper, lower, grid)
    if not len(edges):
        return np.empty(0, dtype=object), np.empty(0, dtype=object)
    lines = np.asarray(shapely.linestrings(edges))
    faces = arrangement(lines)
    return faces[max_width_m(faces) > LEAST_WIDTH_M], lines


def _sided_edges(units: gpd.GeoDataFrame, parent: Array, grid: float) -> tuple[Array, Array]:
    """Return the edges of the parents' outlines, shape (n, 2, 2), and the parent on the left."""
    topo = topology(np.asarray(units.geometry.array, dtype=object), grid=grid)
    side = np.r_[parent, NOBODY]
    left, right = side[topo.left], side[topo.right]
    arcs = np.flatnonzero(left != right)
    pairs, arc = topo.edges(arcs)
    there, a, b = topo.xy[pairs], left[arc], right[arc]
    edges, owner = np.concatenate([there, there[:, ::-1]]), np.concatenate([a, b])
    return edges[owner != NOBODY], owner[owner != NOBODY]


def _only_one(a: tuple[Array, Array], b: tuple[Array, Array], grid: float) -> Array:
    """Return, once each, the edges that only one level has with that parent on the left."""
    edges = np.concatenate([a[0], b[0]])
    cell = np.rint(edges / grid).astype(np.int64).reshape(len(edges), 4)
    keys = pd.DataFrame(cell).assign(parent=np.concatenate([a[1], b[1]]))
    alone = ~keys.duplicated(keep=False)
    turn = (cell[:, 0] > cell[:, 2]) | ((cell[:, 0] == cell[:, 2]) & (cell[:, 1] > cell[:, 3]))
    cell[turn] = cell[turn][:, [2, 3, 0, 1]]
    once = ~pd.DataFrame(cell).loc[alone].duplicated()
    return np.asarray(edges[alone.to_numpy()][once.to_numpy()])


def _face_rows(
    faces: Array, parents: gpd.GeoDataFrame, children: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """Say for each face whose it is and who covers it; whole children are in the wrong parent."""
    if not len(faces):
        return []
    code = parents["unit_code"].to_numpy(dtype=object)
    width, rows = max_width_m(faces), []
    wrong = _wrong_parents(parents, children)
    for k, (owner, own, strangers) in enumerate(_claims(faces, parents, children)):
        row = {"area_m2": faces[k].area, "max_width_m": width[k], "length_m": faces[k].length / 2,
               "geometry": faces[k]}  # fmt: skip
        for c in strangers:
            child = children.iloc[c]
            if c not in wrong:
                rows.append({**row, "kind": "outside_parent", "unit_code": child["unit_code"],
                             "parent_code": child["parent_code"]})  # fmt: skip
        if owner is not None and not own and not any(c in wrong for c in strangers):
            rows.append({**row, "kind": "parent_uncovered", "parent_code": owner, "unit_code": ""})
    for c, p in wrong.items():
        rows.append({"kind": "wrong_parent", "unit_code": children["unit_code"].iloc[c],
                     "parent_code": code[p], "area_m2": children.geometry.iloc[c].area,
                     "geometry": children.geometry.iloc[c]})  # fmt: skip
    return rows


def _claims(
    faces: Array, parents: gpd.GeoDataFrame, children: gpd.GeoDataFrame
) -> list[tuple[Any, list[int], list[int]]]:
    """Return for each face its parent's code, its children there, and other parents' children."""
    inside = shapely.point_on_surface(faces)
    code = parents["unit_code"].to_numpy(dtype=object)
    named = children["parent_code"].to_numpy(dtype=object)
    over = _covering(inside, parents)
    tree = shapely.STRtree(np.asarray(children.geometry.array, dtype=object))
    there: list[list[int]] = [[] for _ in faces]
    for k, c in zip(*tree.query(inside, predicate="intersects").tolist(), strict=True):
        there[k].append(c)
    out = []
    for k, rows in enumerate(there):
        owner = code[over[k]] if over[k] >= 0 else None
        out.append((owner, [c for c in rows if named[c] == owner],
                    [c for c in rows if named[c] != owner]))  # fmt: skip
    return out


def _covering(points: Array, units: gpd.GeoDataFrame) -> Array:
    """Return for each point the row of the unit that covers it, `NOBODY` for none."""
    tree = shapely.STRtree(np.asarray(units.geometry.array, dtype=object))
    who, unit = tree.query(points, predicate="intersects")
    out = np.full(len(points), NOBODY)
    out[who] = unit
    return out


def _wrong_parents(parents: gpd.GeoDataFrame, children: gpd.GeoDataFrame) -> dict[int, int]:
    """Return children whose middle lies in another parent than they name: child -> parent rows."""
    middle = shapely.point_on_surface(np.asarray(children.geometry.array, dtype=object))
    there = _covering(middle, parents)
    code = parents["unit_code"].to_numpy(dtype=object)
    named = children["parent_code"].to_numpy(dtype=object)
    return {
        c: int(p) for c, p in enumerate(there)
        if p >= 0 and code[p] != named[c]
        and children.geometry.iloc[c].intersection(parents.geometry.iloc[p]).area
        > children.geometry.iloc[c].area / 2
    }  # fmt: skip


def _vertex_rows(edges: Array, faces: Array, parents: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Report edges of one level only that bound no face: a vertex is missing on the other."""
    if not len(edges):
        return []
    middle = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    explained = np.zeros(len(edges), bool)
    if len(faces):
        tree = shapely.STRtree(faces)
        explained[np.unique(tree.query(middle, predicate="dwithin", distance=LEAST_WIDTH_M)[0])] = (
            True
        )
    ends = shapely.get_coordinates(edges[~explained]).reshape(-1, 2)
    if not len(ends):
        return []
    cell = np.rint(ends / GRID_M).astype(np.int64)
    place, count = np.unique(cell, axis=0, return_counts=True)
    # the long edge's ends are met twice: by it and by the short edge beside it
    rows = []
    tree = shapely.STRtree(shapely.boundary(np.asarray(parents.geometry.array, dtype=object)))
    for xy in place[count == 2] * GRID_M:  # noqa: PLR2004
        point = shapely.Point(xy)
        near = tree.query(point, predicate="dwithin", distance=2 * LEAST_WIDTH_M)
        code = parents["unit_code"].iloc[near[0]] if len(near) else ""
        if not _at_a_long_edge(xy, edges[~explained]):
            continue
        rows.append({"kind": "level_vertex", "unit_code": "", "parent_code": code,
                     "geometry": point})  # fmt: skip
    return rows


def _at_a_long_edge(xy: Array, edges: Array) -> bool:
    """Tell whether a place lies inside an edge, not at its ends."""
    point = shapely.Point(xy)
    near = shapely.distance(edges, point) <= LEAST_WIDTH_M
    ends = shapely.get_coordinates(edges[near]).reshape(-1, 2, 2)
    return bool((np.hypot(*(ends - xy).T).min(axis=0) > LEAST_WIDTH_M).any())


def plan_recut(
    admin_units: gpd.GeoDataFrame, *, level: str, grid_m: float = GRID_M
) -> dict[str, Any]:
    """
    Plan to cut the units of a level back to their parents' lines: the higher line wins (BND-01).

    Parameters
    ----------
    admin_units
        Polygons of both levels, metric CRS.
    level
        The lower level, whose units are changed.
    grid_m
        Grid that vertices are compared on.

    Returns
    -------
    plan
        As `plan_repair`, for the units of that level only: hand those to `apply_repair`. All
        actions are ``accepted`` where the parent leaves no choice, ``proposed`` where several
        children could take a place.
    """
    _crs.require_metric(admin_units, "admin_units")
    children = admin_units[admin_units["level"] == level]
    parents = admin_units[admin_units["unit_code"].isin(children["parent_code"])]
    faces, _ = mismatch(parents, children, grid_m)
    actions: list[dict[str, Any]] = []
    for face, (owner, own, strangers) in zip(faces, _claims(faces, parents, children), strict=True):
        heirs = [] if own else _heirs(face, children[children["parent_code"] == owner])
        to = heirs[0] if heirs else None
        lose = [str(children["unit_code"].iloc[c]) for c in strangers]
        if not to and not lose:
            continue
        actions.append({
            "id": f"R{len(actions) + 1:04d}", "defect_id": "", "kind": "recut",
            "action": "snap_to", "units": [*([to] if to else []), *lose], "to": to, "from": lose,
            "authority": owner, "area_m2": face.area, "face": shapely.to_wkt(face, -1),
            "status": "accepted" if len(heirs) <= 1 else "proposed",
            "reason_zh": "上级界线优先", "reason_en": "the higher line wins",
        })  # fmt: skip
    return {"plan_version": 1, "crs": str(admin_units.crs.to_string()),
            "units_digest": digest_of(children), "actions": actions}  # fmt: skip


def _heirs(face: Any, children: gpd.GeoDataFrame) -> list[str]:
    """Return the children beside a face, the one with the longest common border first."""
    if not len(children):
        return []
    ring = shapely.buffer(face, LEAST_WIDTH_M)
    shared = shapely.length(
        shapely.intersection(shapely.boundary(np.asarray(children.geometry.array)), ring)
    )
    order = np.argsort(-shared)
    return [str(children["unit_code"].iloc[i]) for i in order if shared[i] > LEAST_WIDTH_M * 4]
