"""
What crosses or leaves a boundary line (跨界与偏离): construction (BND-16), moved rivers (BND-15).

A line stays as agreed when its river or road moves (条例第七条): the deviation is reported, and the
line is never changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.chainage import calibrate
from geoplan.boundaries.notes import shapes_of, texts
from geoplan.boundaries.segments import Segments, cut, nearest, project
from geoplan.boundaries.sides import side_of, split
from geoplan.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    Array = npt.NDArray[Any]

CONSENT_ZH = "跨越行政区域界线：须经双方人民政府同意，分别办理手续并备案"
CONSENT_EN = "crosses the line: consent of both governments, separate approvals, filing"
_FLAT = 2  # dimensions of a polygon
_ARTICLE_10, _ARTICLE_7 = "行政区域界线管理条例 第十条", "行政区域界线管理条例 第七条"


def crossings(
    projects: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    *,
    consented: Collection[str] = (),
    least_m: float = 1.0,
) -> gpd.GeoDataFrame:
    """
    List the construction that crosses boundary lines, with its area on either side (BND-16).

    Where a line ends inside a project, at a tri-junction say, the lines that go on from there tell
    the sides of the rest by their codes.

    Parameters
    ----------
    projects
        Polygons or lines of construction, metric CRS; ``project_id`` (or another ``…_id``) and
        ``name`` where known.
    lines
        ``line_id``, ``left_code``, ``right_code``, line geometry in the same CRS.
    consented
        Ids of projects that both governments have consented to.
    least_m
        A shorter stretch of the line inside a polygon is a touch. [P]

    Returns
    -------
    crossings
        One row per project and line crossed, under the label of the project: ``id``, ``name``,
        ``line_id``, ``left_code``, ``right_code``, ``line_m`` (of the line inside, plane),
        ``left_area_m2``, ``right_area_m2``, ``other_area_m2`` (in neither of the two units;
        ellipsoidal; all missing where they cannot be told), ``area_status`` (``known`` or
        ``no_data``), ``status`` (``consented`` or ``consent_needed``), ``remark_zh`` and
        ``remark_en`` (with the reason where areas are missing), ``clause``, ``rule_id``; geometry:
        the line inside, or where a project that is a line crosses it.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the two cannot be measured together.
    MissingColumnsError
        If ``line_id`` is absent.

    Examples
    --------
    A yard of 100 m by 60 m, a third of it across the line.

    >>> import geopandas as gpd, shapely
    >>> line = gpd.GeoDataFrame({"line_id": ["a"], "left_code": "L", "right_code": "R"},
    ...     geometry=[shapely.LineString([(450000, 3500040), (450500, 3500040)])], crs="EPSG:4547")
    >>> yard = gpd.GeoDataFrame({"project_id": ["p"]}, crs="EPSG:4547",
    ...     geometry=[shapely.box(450100, 3500000, 450200, 3500060)])
    >>> crossings(yard, line)[["left_area_m2", "right_area_m2"]].round(-1).values.tolist()
    [[2000.0, 4000.0]]
    """
    if "line_id" not in lines.columns:
        raise MissingColumnsError.for_layer("boundary_lines", {"line_id"}, lines.columns)
    crs = _crs.require_metric(projects, "projects")
    _crs.require_same(lines, projects, "boundary_lines", "projects")
    shapes, drawn = shapes_of(projects), shapes_of(lines)
    of_line, of_project = shapely.STRtree(shapes).query(drawn, predicate="intersects")
    order = np.lexsort([of_line, of_project])
    all_lines, all_projects = of_line, of_project = of_line[order], of_project[order]
    inside = shapely.intersection(drawn[of_line], shapes[of_project])
    line_m = shapely.length(inside)
    edge_m = shapely.length(shapely.intersection(inside, shapely.boundary(shapes[of_project])))
    polygonal = shapely.get_dimensions(shapes)[of_project] == _FLAT
    through = shapely.crosses(drawn[of_line], shapes[of_project])
    keep = np.where(polygonal, line_m - edge_m >= least_m, through)
    of_line, of_project, inside, line_m = (v[keep] for v in (of_line, of_project, inside, line_m))
    sides = np.array([texts(lines, c) for c in ("left_code", "right_code")], dtype=object).T
    areas = np.full((len(of_line), 3), np.nan)
    for work in np.unique(of_project[shapely.get_dimensions(shapes)[of_project] == _FLAT]):
        rows = np.flatnonzero(of_project == work)
        meeting = np.unique(all_lines[all_projects == work])
        areas[rows] = _areas(shapes[work], drawn[meeting], sides[meeting],
                             np.searchsorted(meeting, of_line[rows]), crs)  # fmt: skip
    known = ~np.isnan(areas[:, 0])
    key = next((c for c in projects.columns if c.endswith("_id")), "")
    ids = np.array(texts(projects, key), dtype=object)[of_project]
    agreed = np.isin(ids, list(consented)) & (ids != "")
    told = {c: np.array(texts(lines, c), dtype=object)[of_line]
            for c in ("line_id", "left_code", "right_code")}  # fmt: skip
    return gpd.GeoDataFrame({
        "id": ids, "name": np.array(texts(projects, "name"), dtype=object)[of_project], **told,
        "line_m": line_m, "left_area_m2": areas[:, 0], "right_area_m2": areas[:, 1],
        "other_area_m2": areas[:, 2], "area_status": np.where(known, "known", "no_data"),
        "status": np.where(agreed, "consented", "consent_needed"),
        **{f"remark_{lang}": _remarks(said, known, shapes[of_project], k)
           for k, (lang, said) in enumerate((("zh", CONSENT_ZH), ("en", CONSENT_EN)))},
        "clause": _ARTICLE_10, "rule_id": "BND-16",
    }, geometry=inside, crs=crs, index=projects.index[of_project])  # fmt: skip


def _areas(shape: Any, lines: Array, sides: Array, asked: Array, crs: Any) -> Array:
    """
    Return the area left and right of some lines of a project, and that of other units.

    ``lines`` are all that meet the project, ``sides`` their codes; missing where a piece cannot be
    put on a side: the line ends inside and no other goes on.
    """
    pieces, _ = split(shape, shapely.union_all(lines))
    area = _crs.ellipsoidal_area_m2(gpd.GeoSeries(pieces, crs=crs))
    side = np.array([side_of(line, pieces) for line in lines]).reshape(len(lines), -1)
    code = _codes(side, sides)
    out = np.full((len(asked), 3), np.nan)
    for row, k in enumerate(asked):
        by_code = np.where(code == sides[k, 0], 1, np.where(code == sides[k, 1], -1, 0))
        of = np.where(side[k] != 0, side[k], by_code)
        unknown = (of == 0) & (code == "")
        if (side[k] > 0).any() and (side[k] < 0).any() and not unknown.any():
            out[row] = area[of > 0].sum(), area[of < 0].sum(), area[of == 0].sum()
    return out


def _codes(side: Array, sides: Array) -> Array:
    """Return the unit that each piece belongs to by the lines along it, empty where in doubt."""
    out = np.full(side.shape[1], "", dtype=object)
    for piece in range(side.shape[1]):
        told = {str(sides[k, 0 if side[k, piece] > 0 else 1])
                for k in np.flatnonzero(side[:, piece])} - {""}  # fmt: skip
        if len(told) == 1:
            out[piece] = told.pop()
    return out


def _remarks(said: str, known: Array, shapes: Array, lang: int) -> list[str]:
    """Say that both must consent, and why an area is missing."""
    flat = shapely.get_dimensions(shapes) == _FLAT
    why = ("；界线止于工程范围内，两侧面积无法划分", "; the line ends inside: no area on its sides")
    return [said if k or not f else said + why[lang] for k, f in zip(known, flat, strict=True)]


DEVIATION = ("line_id", "section", "feature", "from_chainage_m", "to_chainage_m", "length_m",
             "max_m", "mean_m", "side", "remark_zh", "remark_en", "clause", "rule_id")  # fmt: skip
STAYS_ZH = "地物变动不改变界线，界线仍按协议书"
STAYS_EN = "the feature has moved; the line stays as agreed"


def deviation_report(
    lines: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    tolerance_m: float,
    reach_m: float = 500.0,
    step_m: float = 10.0,
    calibration: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    Report how far the river or road of a line has moved from it (BND-15); the line is not changed.

    Distances are taken from places along the line to the nearest place of the feature.

    Parameters
    ----------
    lines
        Agreed lines: ``line_id``, line geometry, metric CRS.
    features
        New centre lines in the same CRS: ``name`` where known; ``line_id`` of the line that follows
        it, else it counts for every line.
    tolerance_m
        A distance up to this, closed, is no deviation: the error of the new survey.
    reach_m
        Farther away the feature is another one, or ends: not a deviation of this line. [P]
    step_m
        Spacing of the places where the distance is taken, beside the vertices. [P]
    calibration
        From `geoplan.boundaries.chainage.calibrate`.

    Returns
    -------
    report
        Per line with a feature: ``section`` 0 for the whole of it within reach, then one row per
        stretch beyond tolerance on one side, by chainage. ``max_m``, ``mean_m`` (over length),
        ``side`` (``left``, ``right``, empty for the whole): where the feature lies, seen along the
        line. Geometry: that part of the agreed line.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the two cannot be measured together.
    MissingColumnsError
        If ``line_id`` is absent.
    InputError
        If the tolerance is negative or the step not positive.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> x, y = 450000, 3500000
    >>> line = gpd.GeoDataFrame({"line_id": ["a"]}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(x, y), (x + 1000, y)])])
    >>> river = gpd.GeoDataFrame({"name": ["涢水"]}, crs="EPSG:4547", geometry=[shapely.LineString(
    ...     [(x, y), (x + 400, y), (x + 500, y + 50), (x + 600, y), (x + 1000, y)])])
    >>> report = deviation_report(line, river, tolerance_m=5.0)
    >>> report[["section", "side", "max_m"]].round(1).values.tolist()
    [[0, '', 44.7], [1, 'left', 44.7]]
    """
    if tolerance_m < 0 or step_m <= 0:
        raise _bad_limits(tolerance_m, step_m)
    if "line_id" not in lines.columns:
        raise MissingColumnsError.for_layer("boundary_lines", {"line_id"}, lines.columns)
    crs = _crs.require_metric(lines, "boundary_lines")
    _crs.require_same(features, lines, "features", "boundary_lines")
    calibration = calibrate(lines)[0] if calibration is None else calibration
    owner, name = np.array(texts(features, "line_id")), texts(features, "name")
    rows, drawn = [], []
    for line_id, shape in zip(texts(lines, "line_id"), shapes_of(lines), strict=True):
        own = np.flatnonzero((owner == line_id) | (owner == ""))
        tied = calibration[calibration["line_id"] == line_id]
        if not len(own) or tied.empty:
            continue
        seen = _profile(shape, shapes_of(features)[own], step_m, reach_m)
        for section, (first, last, side) in enumerate(_stretches(seen.offset_m, tolerance_m)):
            part = slice(first, last + 1)
            chainage = np.interp(seen.along_m[[first, last]], tied["along_m"], tied["chainage_m"])
            away = np.abs(seen.offset_m[part])
            called = sorted({name[own[k]] for k in seen.feature[part][~np.isnan(away)]} - {""})
            rows.append((line_id, section, "、".join(called), *chainage, np.diff(chainage)[0],
                         np.nanmax(away), _mean(seen.along_m[part], away), side, STAYS_ZH,
                         STAYS_EN, _ARTICLE_7, "BND-15"))  # fmt: skip
            drawn.append(shapely.LineString(seen.xy[part]))
    table = pd.DataFrame(rows, columns=list(DEVIATION))
    return gpd.GeoDataFrame(table, geometry=drawn, crs=crs)


class _Profile(NamedTuple):
    """Places along a line; how far the feature is, left positive, and which feature."""

    xy: Array
    along_m: Array
    offset_m: Array
    feature: Array


def _profile(line: Any, features: Array, step_m: float, reach_m: float) -> _Profile:
    segments, other = cut(np.array([line], dtype=object)), cut(features)
    count = np.ceil(segments.size_m / step_m).astype(np.int64)
    of = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    share = nth / count[of]
    xy = np.vstack([segments.start[of] + segments.step[of] * share[:, None], segments.end[-1:]])
    along = segments.along_m[of] + segments.size_m[of] * share
    along = np.append(along, segments.along_m[-1] + segments.size_m[-1])
    way = segments.step[np.append(of, len(count) - 1)]
    near = nearest(other, xy)
    to = _foot(other, xy, near) - xy
    away = np.hypot(*to.T) * np.where(way[:, 0] * to[:, 1] - way[:, 1] * to[:, 0] < 0, -1.0, 1.0)
    return _Profile(xy, along, np.where(np.abs(away) <= reach_m, away, np.nan), other.owner[near])


def _foot(segments: Segments, xy: Array, near: Array) -> Array:
    """Return the nearest place on given segments."""
    along = project(segments, xy, near)[0] - segments.along_m[near]
    share = along / segments.size_m[near]
    return np.asarray(segments.start[near] + segments.step[near] * share[:, None])


def _stretches(offset: Array, tolerance_m: float) -> list[tuple[int, int, str]]:
    """Return the whole within reach, then stretches beyond tolerance, by first and last place."""
    known = np.flatnonzero(~np.isnan(offset))
    if len(known) < 2:  # noqa: PLR2004
        return []
    out = [(int(known[0]), int(known[-1]), "")]
    side = np.where(np.abs(offset) > tolerance_m, np.sign(offset), 0.0)  # NaN compares false
    starts = np.flatnonzero(np.diff(np.r_[0.0, side]))
    for first in starts[side[starts] != 0]:
        later = np.flatnonzero(side[first:] != side[first])
        last = first + later[0] if len(later) else len(side)
        # out to the next places that are within tolerance
        reach = max(first - 1, 0), min(last, len(side) - 1)
        out.append((int(reach[0]), int(reach[1]), "left" if side[first] > 0 else "right"))
    return out


def _mean(along: Array, away: Array) -> float:
    """Return the mean over length, places out of reach left out."""
    step, middle = np.diff(along), (away[1:] + away[:-1]) / 2.0
    known = ~np.isnan(middle)
    total = step[known].sum()
    return float((step * middle)[known].sum() / total) if total > 0 else float(np.nanmean(away))


def _bad_limits(tolerance_m: float, step_m: float) -> InputError:
    return InputError(
        f"A tolerance of {tolerance_m} m and a step of {step_m} m measure nothing.",
        zh=f"限差 {tolerance_m} 米、步长 {step_m} 米无法量测。",
        fix="give a tolerance of 0 or more and a step above 0",
        fix_zh="限差不小于 0，步长大于 0", tolerance_m=tolerance_m, step_m=step_m,
    )  # fmt: skip
