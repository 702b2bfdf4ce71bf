"""Land that changes hands (变更区域, RULES §5.9), and the odd shapes that may be left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.faces import max_width_m
from geoplan.boundaries.notes import WARNING, Notes, shapes_of
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[Any]


def levels_with_land(*units: gpd.GeoDataFrame) -> list[str]:
    """Return the levels at which every frame has polygons, from the top down."""
    return [v for v in LEVELS if all(len(polygons(u, v)) for u in units)]


def moved_land(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, level: str, *, least_m2: float = 1.0
) -> gpd.GeoDataFrame:
    """
    Return the land that is in another unit after a change, by pair of codes.

    Parameters
    ----------
    before, after
        ``admin_units`` of one day each (`unit_versions.valid_on`), same CRS.
    level
        Level of units to compare.
    least_m2
        Smaller pieces are noise of the cut. [P]

    Returns
    -------
    moved
        ``unit_before``, ``unit_after``, ``area_m2`` (ellipsoidal) and the piece. A unit that only
        got another code counts as moved.

    Raises
    ------
    CRSMismatchError
        If the two are in different systems.
    """
    _crs.require_same(after, before, "after", "before")
    old, new = (polygons(f, level) for f in (before, after))
    pairs = shapely.STRtree(shapes_of(new)).query(shapes_of(old), predicate="intersects")
    a, b = old["unit_code"].to_numpy()[pairs[0]], new["unit_code"].to_numpy()[pairs[1]]
    other = a != b
    pieces = land_of(shapely.intersection(
        shapes_of(old)[pairs[0][other]], shapes_of(new)[pairs[1][other]]
    ))  # fmt: skip
    area_m2 = _crs.ellipsoidal_area_m2(gpd.GeoSeries(pieces, crs=before.crs))
    table = gpd.GeoDataFrame({"unit_before": a[other], "unit_after": b[other], "area_m2": area_m2},
                             geometry=pieces, crs=before.crs)  # fmt: skip
    table = table[area_m2 >= least_m2]
    return table.sort_values(["unit_before", "unit_after"], ignore_index=True)


def land_of(pieces: Array) -> Array:
    """Return the polygons in each piece; common borders drop out."""
    parts, of = shapely.get_parts(pieces, return_index=True)
    flat = shapely.get_dimensions(parts) == 2  # noqa: PLR2004
    lists: list[list[Any]] = [[] for _ in pieces]
    for part, at in zip(parts[flat], of[flat], strict=True):
        lists[at].append(part)
    return np.array([shapely.MultiPolygon(found) for found in lists], dtype=object)


def polygons(units: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    """Return the units of a level that have a shape, by code."""
    shapes = shapes_of(units)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    keep = drawn & (units["level"] == level).to_numpy(dtype=bool)
    return units[keep].sort_values("unit_code", kind="stable")


_CLAUSE = "行政区域界线管理条例 第十一条；BND-17"


def land_findings(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    levels: Sequence[str] | None = None,
    sliver_width_m: float = 20.0,
) -> pd.DataFrame:
    """
    Tell of shapes that a change leaves and that nobody may have meant.

    Parameters
    ----------
    before, after
        ``admin_units`` of one day each, with ``name``; same metric CRS.
    levels
        Levels to look at; default all that have land both before and after.
    sliver_width_m
        A part of a unit that is nowhere wider is a sliver. [P]

    Returns
    -------
    findings
        Under the label of the unit afterwards: ``unit_code``, ``name``, ``level``, ``code``
        (``exclave``: it has more parts than before, ``encloses``: more holes, ``sliver``: a part
        that is a strip), ``severity``, ``message_zh``, ``message_en``, ``clause``. Exclaves may be
        meant: then the agreement must say so (BND-17).

    Raises
    ------
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the two cannot be measured together.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> box = lambda x: shapely.box(450000 + x, 3500000, 451000 + x, 3501000)
    >>> before = gpd.GeoDataFrame({"unit_code": ["a", "b", "c"], "name": ["甲", "乙", "丙"],
    ...     "level": "township"}, geometry=[box(0), box(1000), box(2000)], crs="EPSG:4547")
    >>> after = before.iloc[:2].set_geometry([box(0) | box(2000), box(1000)], crs="EPSG:4547")
    >>> land_findings(before, after)[["unit_code", "code"]].values.tolist()
    [['a', 'exclave']]
    """
    _crs.require_metric(after, "after")
    _crs.require_same(after, before, "after", "before")
    notes = Notes("unit_code", "name", "level", clause=_CLAUSE)
    for level in levels or levels_with_land(before, after):
        then = polygons(before, level).drop_duplicates("unit_code").set_index("unit_code").geometry
        for label, unit in polygons(after, level).iterrows():
            code, shape = unit["unit_code"], unit.geometry
            old = then.get(code)
            if old is None or not shapely.equals(old, shape):
                _say(notes, label, (code, unit["name"], level), old, shape, sliver_width_m)
    return notes.frame()


def _say(
    notes: Notes, label: Any, ids: tuple[Any, ...], old: Any, new: Any, width_m: float
) -> None:
    name, strips = ids[1], _strips(new, width_m)
    had = (1, 0, 0) if old is None else _counts(old, width_m)
    has = _counts(new, width_m)
    if has[2] > had[2]:
        wide_m = max_width_m(strips).max()
        notes.add(label, ids, "sliver", f"“{name}”有 {has[2]} 块狭条，最宽 {wide_m:.1f} 米",
                  f"{name} has {has[2]} strips, up to {wide_m:.1f} m wide",
                  severity=WARNING)  # fmt: skip
    if has[0] > had[0]:
        notes.add(label, ids, "exclave",
                  f"“{name}”由 {had[0]} 块变为 {has[0]} 块，形成飞地，须在协议中写明",
                  f"{name} had {had[0]} parts and has {has[0]}: an exclave; the agreement must "
                  "say so", severity=WARNING)  # fmt: skip
    if has[1] > had[1]:
        notes.add(label, ids, "encloses",
                  f"“{name}”由 {had[1]} 个洞变为 {has[1]} 个洞，围住了他方土地",
                  f"{name} had {had[1]} holes and has {has[1]}: it encloses other land",
                  severity=WARNING)  # fmt: skip


def _counts(shape: Any, width_m: float) -> tuple[int, int, int]:
    """Return the numbers of parts that are land, of holes, and of strips."""
    parts = shapely.get_parts(shape)
    strips = len(_strips(shape, width_m))
    return len(parts) - strips, int(shapely.get_num_interior_rings(parts).sum()), strips


def _strips(shape: Any, width_m: float) -> Array:
    parts = shapely.get_parts(shape)
    return np.asarray(parts[max_width_m(parts) <= width_m])
