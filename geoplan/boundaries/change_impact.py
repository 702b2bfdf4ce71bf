"""
What a division change does to everything else (变更影响, RULES §5.9): units before and after.

One spatial join of every layer with the units before, one with those after; rows that carry only a
code go by the code and, where their unit was cut, are left to be verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.notes import numbers, shapes_of, texts
from geoplan.errors import MissingColumnsError
from geoplan.schemas.hierarchy import LEVELS, ancestors, place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

PLACED = ("facilities", "place_names", "population", "residential_areas", "candidate_sites",
          "cemeteries", "projects", "name_signs", "heritage", "built_up")  # fmt: skip
"""Layers whose rows lie in a unit; of these what is given is looked at."""
LINES = ("boundary_lines", "village_lines")
IMPACT = ("layer", "id", "name", "level", "unit_before", "unit_after", "how", "status", "persons")
_SAME = 1e-9  # share of a unit that counts as land, not as noise of a cut


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
    old, new = (_polygons(f, level) for f in (before, after))
    pairs = shapely.STRtree(shapes_of(new)).query(shapes_of(old), predicate="intersects")
    a, b = old["unit_code"].to_numpy()[pairs[0]], new["unit_code"].to_numpy()[pairs[1]]
    other = a != b
    pieces = _land(shapely.intersection(
        shapes_of(old)[pairs[0][other]], shapes_of(new)[pairs[1][other]]
    ))  # fmt: skip
    area_m2 = _crs.ellipsoidal_area_m2(gpd.GeoSeries(pieces, crs=before.crs))
    table = gpd.GeoDataFrame({"unit_before": a[other], "unit_after": b[other], "area_m2": area_m2},
                             geometry=pieces, crs=before.crs)  # fmt: skip
    table = table[area_m2 >= least_m2]
    return table.sort_values(["unit_before", "unit_after"], ignore_index=True)


def _land(pieces: Array) -> Array:
    """Return the polygons in each piece; common borders drop out."""
    parts, of = shapely.get_parts(pieces, return_index=True)
    flat = shapely.get_dimensions(parts) == 2  # noqa: PLR2004
    lists: list[list[Any]] = [[] for _ in pieces]
    for part, at in zip(parts[flat], of[flat], strict=True):
        lists[at].append(part)
    return np.array([shapely.MultiPolygon(found) for found in lists], dtype=object)


def _polygons(units: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    shapes = shapes_of(units)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    keep = drawn & (units["level"] == level).to_numpy(dtype=bool)
    return units[keep].sort_values("unit_code", kind="stable")


def impact(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    layers: Mapping[str, pd.DataFrame],
    *,
    levels: Sequence[str] | None = None,
    marker_near_m: float = 1.0,
) -> pd.DataFrame:
    """
    List every row of every layer whose unit differs after a change.

    Parameters
    ----------
    before, after
        ``admin_units`` of one day each, with ``unit_code``, ``level``, ``parent_code``; same CRS.
    layers
        Of `PLACED`, ``boundary_lines``, ``village_lines`` and ``boundary_markers`` what there is;
        any CRS.
    levels
        Levels to compare; default all that have land both before and after.
    marker_near_m
        Markers this near to land that moved are listed to be looked at. [P]

    Returns
    -------
    impact
        One row per object and level, columns `IMPACT` and ``row`` (its label): ``how`` is
        ``position``, ``code``, ``line`` or ``marker``; ``status`` is ``changed``, ``to_verify``
        (a code alone does not tell on which side of the cut it lies; ``unit_after`` lists the
        candidates) or ``to_redraw`` (lines and markers). ``persons`` of population rows.

    Raises
    ------
    CRSMismatchError
        If before and after are in different systems.
    MissingColumnsError
        If the units lack a column.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> before = gpd.GeoDataFrame({"unit_code": ["a", "b"], "level": "township",
    ...     "parent_code": "c"}, crs="EPSG:4547", geometry=[
    ...     shapely.box(450000, 3500000, 451000, 3501000),
    ...     shapely.box(451000, 3500000, 452000, 3501000)])
    >>> after = before.iloc[1:].set_geometry([before.union_all()], crs="EPSG:4547")
    >>> homes = gpd.GeoDataFrame({"facility_id": ["x", "y"]}, crs="EPSG:4547",
    ...     geometry=[shapely.Point(450500, 3500500), shapely.Point(451500, 3500500)])
    >>> found = impact(before, after, {"facilities": homes})
    >>> found[["id", "unit_before", "unit_after", "how", "status"]].values.tolist()
    [['x', 'a', 'b', 'position', 'changed']]
    """
    for frame in (before, after):
        need = {"unit_code", "level", "parent_code"} - set(frame.columns)
        if need:
            raise MissingColumnsError.for_layer("admin_units", need, frame.columns)
    levels = levels or [v for v in LEVELS if len(_polygons(before, v)) and len(_polygons(after, v))]
    moved = {level: moved_land(before, after, level) for level in levels}
    ladders = ancestors(before), ancestors(after)
    parts = []
    for name in PLACED:
        frame = layers.get(name)
        if frame is not None and len(frame):
            parts.append(_placed(name, frame, before, after, levels))
            parts.append(_coded(name, frame, before, moved, ladders, levels))
    for level in levels:
        parts += _on_lines(layers, moved[level], level, marker_near_m)
    found = [p for p in parts if len(p)]
    if not found:
        return pd.DataFrame(columns=[*IMPACT, "row"])
    return pd.concat(found, ignore_index=True)[[*IMPACT, "row"]]


def units_at(points: Array, units: gpd.GeoDataFrame, level: str) -> Array:
    """
    Return the code of the unit each point lies in; on an edge the smallest code.

    Parameters
    ----------
    points
        Points in the CRS of the units; missing ones lie nowhere.
    units
        Polygons with ``unit_code`` and ``level``.
    level
        Level of units to look in.

    Returns
    -------
    codes
        None where there is none.
    """
    own = _polygons(units, level)  # in order of code
    point, unit = shapely.STRtree(shapes_of(own)).query(points, predicate="intersects")
    first = np.full(len(points), len(own))
    np.minimum.at(first, point, unit)
    codes = np.array([*own["unit_code"], None], dtype=object)
    return np.asarray(codes[first])


def _has_position(frame: pd.DataFrame) -> Array:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return np.zeros(len(frame), dtype=bool)
    shapes = shapes_of(frame)
    return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def _placed(
    name: str, frame: pd.DataFrame, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame,
    levels: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """List rows with a position that lie in another unit."""
    rows = np.flatnonzero(_has_position(frame))
    if not (len(rows) and levels):
        return pd.DataFrame()
    there = gpd.GeoDataFrame(frame).iloc[rows].to_crs(before.crs)
    points = shapely.point_on_surface(shapes_of(there))
    parts = []
    for level in levels:
        old, new = units_at(points, before, level), units_at(points, after, level)
        changed = old != new
        parts.append(_rows(name, frame, rows[changed], level, old[changed], new[changed],
                           "position", "changed"))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _coded(
    name: str, frame: pd.DataFrame, before: gpd.GeoDataFrame,
    moved: Mapping[str, gpd.GeoDataFrame], ladders: tuple[pd.DataFrame, pd.DataFrame],
    levels: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """List rows without a position whose code, or a unit above it, is another one now."""
    code = np.array(texts(frame, "unit_code"), dtype=object)
    rows = np.flatnonzero(~_has_position(frame) & (code != ""))
    if not (len(rows) and levels):
        return pd.DataFrame()
    own_level = before.drop_duplicates("unit_code").set_index("unit_code")["level"]
    old = place(pd.Series(code[rows]), ladders[0])
    new, open_ = _successors(code[rows], own_level, moved, ladders[1])
    parts = []
    for level in levels:
        then = old[level].to_numpy(dtype=object)
        differs = np.array([isinstance(t, str) and t != n for t, n in
                            zip(then, new[level], strict=True)], dtype=bool)  # fmt: skip
        sure = differs & ~open_
        parts.append(_rows(name, frame, rows[sure], level, then[sure], new[level][sure],
                           "code", "changed"))  # fmt: skip
        vague = differs & open_
        parts.append(_rows(name, frame, rows[vague], level, then[vague], new[level][vague],
                           "code", "to_verify"))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _successors(
    codes: Array, own_level: pd.Series[str], moved: Mapping[str, gpd.GeoDataFrame],
    ladder: pd.DataFrame,
) -> tuple[dict[str, Array], Array]:  # fmt: skip
    """Return for each code its units afterwards at every level, and whether several may be."""
    new = {level: np.full(len(codes), None, dtype=object) for level in moved}
    open_ = np.zeros(len(codes), dtype=bool)
    known: dict[str, list[str]] = {}
    for code in set(codes):
        pieces = moved.get(str(own_level.get(code, "")))
        goes = [] if pieces is None else list(pieces.loc[pieces["unit_before"] == code,
                                                         "unit_after"])  # fmt: skip
        known[code] = sorted({*goes, *([code] if code in ladder.index else [])})
    for at, code in enumerate(codes):
        candidates = known[code]
        open_[at] = len(candidates) > 1
        for level, column in new.items():
            at_level = {ladder.at[c, level] for c in candidates if c in ladder.index}  # noqa: PD008
            column[at] = ";".join(sorted(c for c in at_level if isinstance(c, str))) or None
    return new, open_


def _on_lines(
    layers: Mapping[str, pd.DataFrame], moved: gpd.GeoDataFrame, level: str, near_m: float
) -> list[pd.DataFrame]:
    """List lines that bound or cross land that moved, and the markers beside it."""
    if moved.empty:
        return []
    out = []
    for name in (*LINES, "boundary_markers"):
        frame = layers.get(name)
        rows = np.flatnonzero(_has_position(frame)) if frame is not None else np.array([], int)
        if frame is None or not len(rows):
            continue
        there = gpd.GeoDataFrame(frame).iloc[rows]
        metric = _crs.metric_of(moved)
        shapes, land = shapes_of(there.to_crs(metric)), shapes_of(moved.to_crs(metric))
        hit = np.unique(shapely.STRtree(land).query(shapes, "dwithin", near_m), axis=1)
        if name in LINES:  # more than a touch of the line
            strip = shapely.buffer(land[hit[1]], near_m, quad_segs=2)
            shared_m = shapely.length(shapely.intersection(shapes[hit[0]], strip))
            hit = hit[:, shared_m > 4.0 * near_m]
        at = np.unique(hit[0])
        pieces = [hit[1][hit[0] == k] for k in at]
        old, new = (np.array([";".join(sorted(set(moved[c].iloc[p]))) for p in pieces],
                             dtype=object) for c in ("unit_before", "unit_after"))  # fmt: skip
        how = "line" if name in LINES else "marker"
        out.append(_rows(name, frame, rows[at], level, old, new, how, "to_redraw"))
    return out


def _rows(
    name: str, frame: pd.DataFrame, rows: Array, level: str, old: Array, new: Array, how: str,
    status: str,
) -> pd.DataFrame:  # fmt: skip
    part = frame.iloc[rows]
    key = next((c for c in frame.columns if c.endswith("_id")), "")
    title = next((c for c in ("name", "standard_name", "marker_no") if c in frame.columns), "")
    heads = numbers(part, "persons") if name == "population" else pd.Series(np.nan, part.index)
    return pd.DataFrame({
        "layer": name, "id": texts(part, key), "name": texts(part, title), "level": level,
        "unit_before": old, "unit_after": new, "how": how, "status": status,
        "persons": heads.to_numpy(), "row": part.index.to_numpy(),
    })  # fmt: skip


def statistics(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, layers: Mapping[str, pd.DataFrame],
    level: str, *, changed_only: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """
    Return numbers of every unit before and after a change, side by side.

    Parameters
    ----------
    before, after
        ``admin_units`` of one day each, same CRS.
    layers
        ``facilities`` and ``population``, counted by position; any CRS.
    level
        Level of units.
    changed_only
        Leave out units in which nothing differs.

    Returns
    -------
    statistics
        Index ``unit_code``, sorted: ``name_before``, ``name_after``, then ``…_before`` and
        ``…_after`` of ``area_m2`` (ellipsoidal), ``population``, ``households`` (as registered;
        missing where a unit was cut), ``persons`` (of the population layer), ``facilities``.
        Missing where the unit or the layer is not there.
    """
    sides = {"before": _figures(before, layers, level), "after": _figures(after, layers, level)}
    joined = pd.concat(sides, axis=1).sort_index()
    columns = list(sides["before"].columns)
    table = pd.DataFrame({f"{c}_{side}": joined[side, c] for c in columns
                          for side in sides}, index=joined.index)  # fmt: skip
    table.index.name = "unit_code"
    if not changed_only:
        return table
    differs = np.zeros(len(table), dtype=bool)
    for column in columns:
        a, b = table[f"{column}_before"], table[f"{column}_after"]
        if column in {"area_m2", "persons"}:
            same = np.isclose(a.astype(float), b.astype(float), rtol=_SAME, equal_nan=True)
        else:
            same = ((a == b).fillna(value=False) | (a.isna() & b.isna())).to_numpy(dtype=bool)
        differs |= ~same
    return table[differs]


def _figures(
    units: gpd.GeoDataFrame, layers: Mapping[str, pd.DataFrame], level: str
) -> pd.DataFrame:
    own = units[(units["level"] == level).to_numpy(dtype=bool)].drop_duplicates("unit_code")
    code = pd.Index(own["unit_code"])
    table = pd.DataFrame({"name": own["name"].to_numpy(dtype=object),
                          "area_m2": _crs.ellipsoidal_area_m2(own)}, index=code)  # fmt: skip
    table["area_m2"] = table["area_m2"].where(_has_position(own))
    for column in ("population", "households"):
        table[column] = numbers(own, column).to_numpy()
    for name, column in (("population", "persons"), ("facilities", "facilities")):
        frame = layers.get(name)
        if frame is None:
            table[column] = np.nan
            continue
        there = gpd.GeoDataFrame(frame)[_has_position(frame)].to_crs(units.crs)
        unit = units_at(shapely.point_on_surface(shapes_of(there)), units, level)
        weight = numbers(there, "persons") if name == "population" else pd.Series(1.0, there.index)
        sums = weight.groupby(unit).sum(min_count=1)
        table[column] = sums.reindex(code).fillna(0.0).where(table["area_m2"].notna())
    return table
