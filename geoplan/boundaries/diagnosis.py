"""
What is wrong with a coverage (拓扑检查, BND-20): typed, measured, with the units concerned.

Only edges without a twin can bound a gap or an overlap. They are noded and made into faces, and
each face is asked how many units cover it; the sound part of the map is never looked at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from geoplan import crs as _crs
from geoplan.boundaries import displacement, loose_edges
from geoplan.boundaries.faces import Faces, max_width_m, polygonal, uncovered_and_double
from geoplan.boundaries.topology import GRID_M, Topology, topology
from geoplan.errors import MissingColumnsError
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

KINDS = {
    "gap": ("缝隙", "gap"),
    "overlap": ("重叠", "overlap"),
    "sliver_gap": ("细缝", "sliver gap"),
    "sliver_overlap": ("细条重叠", "sliver overlap"),
    "t_junction": ("丁字点：邻边缺少节点", "T-junction: the neighbour lacks this vertex"),
    "near_parallel": ("近似平行、未重合的边", "borders that run side by side without meeting"),
    "duplicate": ("重复面", "duplicate"),
    "enclave_without_hole": ("飞地未在外围单元中挖空", "enclave without a hole in its host"),
    "displaced": ("整体偏移", "displaced neighbour"),
    "bow_tie": ("自相交", "bow-tie"),
    "invalid": ("几何无效", "invalid geometry"),
    "empty": ("空几何", "empty geometry"),
    "undissolved": ("同一单元的两部分未合并", "two parts of one unit share an edge"),
}
"""Kinds of defects with their Chinese and English names."""
COLUMNS = ("kind", "level", "units", "area_m2", "max_width_m", "length_m", "dx_m", "dy_m",
           "within_tolerance", "remark_zh", "remark_en")  # fmt: skip
_SAME_SHARE = 0.9999  # overlaps of so much of both units are duplicates
_SLENDER = 3.0  # a sliver is at least so many times longer than wide


def map_tolerance_m(policy: Policy) -> float:
    """
    Return what the policy allows on the map, in metres on the ground (BND-20).

    Parameters
    ----------
    policy
        Gives the width on the map and the scale of lines below provincial level.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> map_tolerance_m(read_policy("suizhou-2022"))
    1.0
    """
    millimetres = float(policy.value("topology_gap_map_mm"))
    return millimetres / 1_000 * float(policy.value("boundary_scale_below"))


def diagnose(
    admin_units: gpd.GeoDataFrame,
    *,
    tolerance_m: float = 1.0,
    sliver_width_m: float = 20.0,
    near_m: float = 5.0,
    min_area_m2: float = 0.0,
    max_gap_m2: float = np.inf,
    grid_m: float = GRID_M,
) -> gpd.GeoDataFrame:
    """
    Find every place where units of one level do not fit together (BND-20).

    Parameters
    ----------
    admin_units
        Polygons in a metric CRS with ``unit_code``; with ``level`` each level is looked at by
        itself, so a file of mixed levels is no overlap.
    tolerance_m
        Widths up to this are within the accuracy of the map (0.1 mm at 1:10 000 is 1 m) and marked
        so, not left out.
    sliver_width_m
        Gaps and overlaps no wider than this, and long, are slivers.
    near_m
        Borders of two units that run this near without meeting are reported.
    min_area_m2, max_gap_m2
        Leave out smaller faces, and gaps that are larger (a lake that belongs to nobody).
    grid_m
        Vertices within one cell are the same.

    Returns
    -------
    defects
        The result layer ``boundary_defects``, largest first within a kind: `COLUMNS`, the units
        as codes joined by ``;``. Whoever must be asked stands first: the host of an enclave, the
        unit that is displaced. A sound coverage gives no row.

    Raises
    ------
    MissingColumnsError
        If there is no ``unit_code``.
    NotMetricCRSError, MissingCRSError
        If the CRS does not measure in metres.
    InvalidGeometryError
        If a geometry is no polygon.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["a", "b"]},
    ...     geometry=[shapely.box(0, 0, 100, 100), shapely.box(99, 0, 200, 100)],
    ...     crs="EPSG:4547")
    >>> found = diagnose(units)
    >>> found[["kind", "units", "area_m2", "max_width_m"]].values.tolist()
    [['sliver_overlap', 'a;b', 100.0, 1.0]]
    """
    _crs.require_metric(admin_units, "admin_units")
    if "unit_code" not in admin_units.columns:
        raise MissingColumnsError.for_layer("admin_units", ["unit_code"], admin_units.columns)
    limits = _Limits(tolerance_m, sliver_width_m, near_m, min_area_m2, max_gap_m2, grid_m)
    levels = admin_units["level"].fillna("") if "level" in admin_units.columns else None
    rows: list[dict[str, Any]] = []
    names = [""] if levels is None else sorted(set(levels), key=_rank)
    for name in names:
        units = admin_units if levels is None else admin_units[(levels == name).to_numpy()]
        rows += [{**row, "level": name} for row in _one_level(units, limits)]
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "geometry"])
    frame.insert(0, "defect_id", [f"D{i:04d}" for i in range(1, len(frame) + 1)])
    for column in ("area_m2", "max_width_m", "length_m", "dx_m", "dy_m"):
        frame[column] = frame[column].astype(float).round(4)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=admin_units.crs)


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


class _Limits(NamedTuple):
    """The limits of one diagnosis, as `diagnose` has them."""

    tolerance: float
    sliver: float
    near: float
    least: float
    largest: float
    grid: float


def _one_level(units: gpd.GeoDataFrame, limits: _Limits) -> list[dict[str, Any]]:
    code = units["unit_code"].astype(str).to_numpy()
    shapes = np.asarray(units.geometry.array, dtype=object)
    rows, sound = _shapes(code, shapes)
    topo = topology(shapes, grid=limits.grid)
    faces = uncovered_and_double(topo, sound, grid=limits.grid)
    moved = displacement.displaced(topo, units.crs)
    rows += [
        _row("displaced", code[[m.unit]], shapes[m.unit], dx=m.dx_m, dy=m.dy_m,
             length=float(np.hypot(m.dx_m, m.dy_m)), remark=(m.remark_zh, m.remark_en))
        for m in moved
    ]  # fmt: skip
    found = _gaps(code, faces, limits) + _overlaps(code, sound, faces, limits)
    _blame(found, moved, code, shapes)
    rows += found + _loose(code, topo, faces, limits, {m.unit for m in moved})
    order = {k: i for i, k in enumerate(KINDS)}
    return sorted(rows, key=lambda r: (order[r["kind"]], -(r["area_m2"] or 0.0), r["units"]))


def _blame(
    found: list[dict[str, Any]],
    moved: list[displacement.Displacement],
    code: Array,
    shapes: Array,
) -> None:
    """Say of gaps and overlaps that a displaced unit makes, here or where it should be."""
    for m in moved:
        name = str(code[m.unit])
        home = affinity.translate(shapes[m.unit], m.dx_m, m.dy_m)
        for row in found:
            at_home = shapely.intersects(home, shapely.point_on_surface(row["geometry"]))
            if name in row["units"].split(";") or at_home:
                row["remark_zh"] = f"由 {name} 的偏移造成"
                row["remark_en"] = f"because {name} is displaced"


def _row(  # noqa: PLR0913
    kind: str, units: Any, shape: Any, *, area: float = np.nan, width: float = np.nan,
    length: float = np.nan, dx: float = np.nan, dy: float = np.nan, within: bool = False,
    remark: tuple[str, str] = ("", ""),
) -> dict[str, Any]:  # fmt: skip
    return {
        "kind": kind, "units": ";".join(map(str, units)), "area_m2": area, "max_width_m": width,
        "length_m": length, "dx_m": dx, "dy_m": dy, "within_tolerance": within,
        "remark_zh": remark[0], "remark_en": remark[1], "geometry": shape,
    }  # fmt: skip


def _shapes(code: Array, shapes: Array) -> tuple[list[dict[str, Any]], Array]:
    """Report empty and invalid units; return the shapes with the invalid ones made valid."""
    rows = []
    void = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    rows += [_row("empty", [code[i]], None) for i in np.flatnonzero(void)]
    sound = shapes.copy()
    bad = np.flatnonzero(~void & ~shapely.is_valid(shapes))
    for i in bad:
        reason = shapely.is_valid_reason(shapes[i])
        kind = "bow_tie" if "elf-intersection" in reason else "invalid"
        sound[i] = polygonal(shapely.make_valid(shapes[i]))
        rows.append(_row(kind, [code[i]], shapes[i], area=float(sound[i].area),
                         remark=(f"原因：{reason}", reason)))  # fmt: skip
    return rows, sound


def _face_row(kind: str, units: Any, face: Any, width: float, limits: _Limits) -> dict[str, Any]:
    length = face.length / 2
    slender = width <= limits.sliver and length >= _SLENDER * width
    return _row(f"sliver_{kind}" if slender else kind, units, face, area=face.area, width=width,
                length=length, within=width <= limits.tolerance)  # fmt: skip


def _gaps(code: Array, faces: Faces, limits: _Limits) -> list[dict[str, Any]]:
    area = shapely.area(faces.gaps)
    keep = np.flatnonzero((area >= limits.least) & (area <= limits.largest))
    return [
        _face_row("gap", sorted(code[faces.gap_units[i]]), faces.gaps[i], faces.gap_width_m[i],
                  limits)
        for i in keep
    ]  # fmt: skip


def _overlaps(code: Array, shapes: Array, faces: Faces, limits: _Limits) -> list[dict[str, Any]]:
    rows = []
    area = shapely.area(faces.overlaps)
    pairs: dict[tuple[int, int], float] = {}
    for a, b, size in zip(faces.overlap_a.tolist(), faces.overlap_b.tolist(), area.tolist(),
                          strict=True):  # fmt: skip
        pairs[a, b] = pairs.get((a, b), 0.0) + size
    whole: set[tuple[int, int]] = set()
    for (a, b), total in pairs.items():
        sizes = shapely.area(shapes[[a, b]])
        if total < _SAME_SHARE * sizes.min():
            continue
        whole.add((a, b))
        if total >= _SAME_SHARE * sizes.max():
            rows.append(_row("duplicate", sorted(code[[a, b]]), shapes[b], area=total,
                             width=_width(shapes[b]),
                             length=float(shapely.length(shapes[b]))))  # fmt: skip
        else:
            host, inner = (a, b) if sizes[0] > sizes[1] else (b, a)
            rows.append(_row("enclave_without_hole", code[[host, inner]], shapes[inner],
                             area=total, width=_width(shapes[inner]),
                             length=float(shapely.length(shapes[inner]))))  # fmt: skip
    for i in np.flatnonzero(area >= limits.least):
        a, b = int(faces.overlap_a[i]), int(faces.overlap_b[i])
        if (a, b) not in whole:
            rows.append(_face_row("overlap", sorted(code[[a, b]]), faces.overlaps[i],
                                  faces.overlap_width_m[i], limits))  # fmt: skip
    return rows


def _width(shape: Any) -> float:
    return float(max_width_m(np.array([shape]))[0])


def _loose(
    code: Array, topo: Topology, faces: Faces, limits: _Limits, moved: set[int]
) -> list[dict[str, Any]]:
    """Report loose edges that bound no face: T-junctions, borders side by side, inner edges."""
    rows = []
    known = np.concatenate([faces.gaps, faces.overlaps])
    for at, has, lacks in loose_edges.t_junctions(topo, known):
        if lacks in moved or has in moved:
            continue
        rows.append(_row("t_junction", code[[lacks, has]], at, within=True,
                         remark=(f"{code[lacks]} 的边上缺少 {code[has]} 的节点",
                                 f"{code[lacks]} lacks this vertex of {code[has]}")))  # fmt: skip
    for a, b, line, width in loose_edges.near_parallel(topo, known, near_m=limits.near):
        if a in moved or b in moved:
            continue
        rows.append(_row("near_parallel", sorted(code[[a, b]]), line, width=width,
                         length=line.length, within=width <= limits.tolerance))  # fmt: skip
    for k in np.flatnonzero((topo.left == topo.right) & ~_spikes(topo)):
        line = topo.lines[k]
        rows.append(_row("undissolved", [code[topo.left[k]]], line, length=line.length))
    return rows


def _spikes(topo: Topology) -> Array:
    """Tell which arcs one part runs along there and back: a fault of its ring, no inner border."""
    part = np.repeat(topo.ring_part, np.diff(topo.ring_ptr))
    there, back = np.full(len(topo), -1), np.full(len(topo), -1)
    forwards = topo.ring_arc > 0
    there[topo.ring_arc[forwards] - 1] = part[forwards]
    back[-topo.ring_arc[~forwards] - 1] = part[~forwards]
    return np.asarray(there == back)
