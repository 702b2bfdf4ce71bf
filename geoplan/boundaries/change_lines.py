"""
Lines that a division change moves (界线变化, RULES §5.9): new, gone, or with other sides.

Both states are cut into one set of pieces, each with its unit before and after: one topology of
them has every line of both. New lines are to be demarcated (行政区域界线管理条例第九条).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.change_land import land_of, levels_with_land, moved_land, polygons
from geoplan.boundaries.healing import heal
from geoplan.boundaries.leaf_units import ladder_of, leaves
from geoplan.boundaries.line_codes import DIGITS, line_code
from geoplan.boundaries.lines import _sides
from geoplan.boundaries.notes import numbers, shapes_of, texts
from geoplan.boundaries.topology import Topology, topology
from geoplan.schemas.hierarchy import LEVELS, ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[Any]

_SIDE = ("level", "line_code", "left_code", "right_code")
LINE_CHANGES = ("state", *(f"{c}_{when}" for c in _SIDE for when in ("before", "after")),
                "length_m")  # fmt: skip
REGISTERS = ("boundary_lines", "village_lines", "boundary_markers")
"""Registers whose rows lie on lines."""
_LEAST_M2 = 1.0  # smaller pieces are noise of the cut
_SHARE = 1e-6  # of a unit that its lower ones may leave
_NEAR_M = 0.5


def line_changes(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    level: str | None = None,
    official: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Return the stretches of line that are new, gone, or of other units after a change.

    Parameters
    ----------
    before, after
        ``admin_units`` of one day each (`unit_versions.valid_on`), same CRS, with ``unit_code``,
        ``name``, ``level``, ``parent_code``.
    level
        The finest lines; default the finest level that has land both before and after.
    official
        The bureau's own line codes by the project's code (BND-03).

    Returns
    -------
    lines
        One row per ``state`` (``new``, ``gone``, ``recoded``: another level or other units beside
        it) and pair of lines, columns `LINE_CHANGES`, in the CRS of ``before``; ``length_m`` on the
        ellipsoid. ``level_…`` and the codes are missing where there is no line then, or nobody on
        its other side; ``line_code_…`` too where the units' codes make none. Other lines keep
        their codes and are left out.

    Raises
    ------
    CRSMismatchError
        If the two are in different systems.
    MissingColumnsError, MissingCRSError, EmptyLayerError, InvalidGeometryError
        As `leaf_units.leaves` and `topology` say.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> box = lambda x: shapely.box(450000 + x, 3500000, 451000 + x, 3501000)
    >>> before = gpd.GeoDataFrame({"unit_code": ["421303001", "421303002", "421303003"],
    ...     "name": "x", "level": "township", "parent_code": "421303"},
    ...     geometry=[box(0), box(1000), box(2000)], crs="EPSG:4547")
    >>> after = before.iloc[1:].set_geometry([box(0) | box(1000), box(2000)], crs="EPSG:4547")
    >>> found = line_changes(before, after)
    >>> found.loc[found["level_before"].notna(), ["state", "line_code_before"]].values.tolist()
    [['gone', '421303001-421303002']]
    """
    _crs.require_same(after, before, "after", "before")
    levels = levels_with_land(before, after)
    empty = gpd.GeoDataFrame(columns=[*LINE_CHANGES, "geometry"], geometry="geometry",
                             crs=before.crs)  # fmt: skip
    metric = _crs.metric_of(before)
    then, now = (u.to_crs(metric) for u in (before, after))
    moved = [moved_land(then, now, name) for name in levels]
    land = np.concatenate([shapes_of(m) for m in moved]) if moved else np.empty(0, dtype=object)
    if not len(land):
        return empty
    own = [_near(_cover(u, level or levels[-1], land), land) for u in (then, now)]
    old, new, topo = _pieces(*own)
    found = [_told(u, own_.iloc[rows], topo, official)
             for u, own_, rows in zip((then, now), own, (old, new), strict=True)]  # fmt: skip
    state = _states(*found)
    table = pd.concat([t[list(_SIDE)].add_suffix(f"_{when}") for t, when in
                       zip(found, ("before", "after"), strict=True)], axis=1)  # fmt: skip
    table = table.assign(state=state, geometry=topo.lines)[state != ""]
    return _merged(table, metric, before.crs) if len(table) else empty


def _cover(admin_units: gpd.GeoDataFrame, level: str, land: Array) -> gpd.GeoDataFrame:
    """Return the finest units, and what they leave of a unit above them that changes."""
    own = leaves(admin_units, level)
    for name in reversed(LEVELS[: LEVELS.index(level)]):
        above = polygons(admin_units, name)
        above = _near(above[~above["unit_code"].isin(own["unit_code"])], land)
        inside = ancestors(admin_units)[name].reindex(own["unit_code"]).to_numpy(dtype=object)
        for at, (code, shape) in enumerate(zip(above["unit_code"], shapes_of(above), strict=True)):
            parts = shapes_of(own)[inside == code]
            if shape.area - shapely.area(parts).sum() > max(_LEAST_M2, _SHARE * shape.area):
                rest = shapely.difference(shape, shapely.union_all(parts))
                more = above.iloc[[at]].set_geometry([rest], crs=above.crs)
                own = gpd.GeoDataFrame(pd.concat([own, more], ignore_index=True))
                inside = np.append(inside, code)
    return own


def _near(units: gpd.GeoDataFrame, land: Array) -> gpd.GeoDataFrame:
    near = shapely.STRtree(land).query(shapes_of(units), predicate="dwithin", distance=_NEAR_M)[0]
    return units.iloc[np.unique(near)]


def _pieces(then: gpd.GeoDataFrame, now: gpd.GeoDataFrame) -> tuple[Array, Array, Topology]:
    """Cut both states into pieces; return the row of each in either, and their arcs."""
    a, b = shapes_of(then), shapes_of(now)
    old, new = shapely.STRtree(b).query(a, predicate="intersects")
    shapes = land_of(shapely.intersection(a[old], b[new]))
    real = shapely.area(shapes) >= _LEAST_M2
    old, new, shapes = old[real], new[real], shapes[real]
    return old, new, topology(heal(shapes, np.arange(len(shapes))))


def _told(
    admin_units: gpd.GeoDataFrame, units: gpd.GeoDataFrame, topo: Topology,
    official: Mapping[str, str] | None,
) -> pd.DataFrame:  # fmt: skip
    """Return level, codes and sides of every arc in one state; none where it is no line."""
    table = _sides(units, ladder_of(admin_units, units), topo)
    inner = (table["left_code"] == table["right_code"]).to_numpy()  # two parts of one unit
    turn = (table["left_code"] > table["right_code"].fillna("\uffff")).to_numpy()
    sides = table[["left_code", "right_code"]].to_numpy(dtype=object)
    sides[turn] = sides[turn, ::-1]  # of a line both ways round are the same
    table[["left_code", "right_code"]] = sides
    table.loc[inner, ["level", "left_code", "right_code"]] = None
    table["line_code"] = [_code(lv, a, b, official) for lv, a, b in
                          table[["level", "left_code", "right_code"]].to_numpy()]  # fmt: skip
    return table.assign(line=~inner)


def _code(level: Any, left: Any, right: Any, official: Mapping[str, str] | None) -> str | None:
    if not isinstance(level, str) or min(len(str(left)), len(str(right))) < DIGITS[level]:
        return None
    return line_code(level, left, right, official)


def _states(then: pd.DataFrame, now: pd.DataFrame) -> Array:
    same = np.all([(then[c].fillna("") == now[c].fillna("")) for c in _SIDE], axis=0)
    was, is_ = then["line"].to_numpy(), now["line"].to_numpy()
    return np.select([was & ~is_, is_ & ~was, was & is_ & ~same], ["gone", "new", "recoded"], "")


def _merged(table: pd.DataFrame, metric: str, crs: Any) -> gpd.GeoDataFrame:
    """Join the arcs of one row; lines of high levels first."""
    keys = [c for c in LINE_CHANGES if c != "length_m"]
    group = table[keys].fillna("").groupby(keys, sort=False).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1]
    arcs = table["geometry"].to_numpy()
    shapes = [shapely.line_merge(shapely.multilinestrings(arcs[group == g]))
              for g in range(len(first))]  # fmt: skip
    out = gpd.GeoDataFrame(table[keys].iloc[first], geometry=shapes, crs=metric).to_crs(crs)
    out = out.assign(length_m=_crs.ellipsoidal_length_m(out))
    rank = {name: at for at, name in enumerate(("new", "gone", "recoded"))}
    order = out.assign(_at=out["state"].map(rank)).sort_values(
        ["_at", "line_code_after", "line_code_before"], kind="stable", na_position="last"
    )
    return order[[*LINE_CHANGES, "geometry"]].reset_index(drop=True)


class Touched(NamedTuple):
    """Rows of one register that a change touches: where, between which units, codes after it."""

    layer: str
    rows: Array
    unit_before: Array
    unit_after: Array
    line_code_after: Array


def touched(
    layers: Mapping[str, pd.DataFrame], moved: gpd.GeoDataFrame, lines: gpd.GeoDataFrame,
    near_m: float,
) -> list[Touched]:  # fmt: skip
    """
    Return the registered lines that bound or cross land that moved, and the markers beside it.

    Parameters
    ----------
    layers
        Of `REGISTERS` what there is; any CRS.
    moved
        From `moved_land`.
    lines
        From `line_changes`.
    near_m
        A line or marker this near to land or to a line is on it.

    Returns
    -------
    touched
        ``rows`` are positions; units and codes are ``;``-joined. A code is empty where the place is
        on no line afterwards, and missing where it cannot be known.
    """
    out = []
    for name in REGISTERS if len(moved) else ():
        frame = layers.get(name)
        rows = np.flatnonzero(has_position(frame)) if frame is not None else np.empty(0, int)
        if frame is None or not len(rows):
            continue
        metric = _crs.metric_of(moved)
        there = gpd.GeoDataFrame(frame).iloc[rows].to_crs(metric)
        shapes, land = shapes_of(there), shapes_of(moved.to_crs(metric))
        hit = np.unique(shapely.STRtree(land).query(shapes, "dwithin", near_m), axis=1)
        marker = name == "boundary_markers"
        if not marker:  # more than a touch of the line
            hit = hit[:, _along_m(shapes[hit[0]], land[hit[1]], near_m) > 4.0 * near_m]
        at = np.unique(hit[0])
        codes, changed = _codes_after(there.iloc[at], lines.to_crs(metric), near_m, marker=marker)
        if not marker:  # one that runs inside land that moves as a whole stays as it is
            at, codes = at[changed], codes[changed]
        pieces = [hit[1][hit[0] == k] for k in at]
        old, new = (np.array([";".join(sorted(set(moved[c].iloc[p]))) for p in pieces],
                             dtype=object) for c in ("unit_before", "unit_after"))  # fmt: skip
        out.append(Touched(name, rows[at], old, new, codes))
    return out


def has_position(frame: pd.DataFrame) -> Array:
    """Tell which rows have a shape; none of a plain table or one without a CRS."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return np.zeros(len(frame), dtype=bool)
    shapes = shapes_of(frame)
    return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def _along_m(shapes: Array, beside: Array, near_m: float) -> Array:
    strip = shapely.buffer(beside, near_m, quad_segs=2)
    return np.asarray(shapely.length(shapely.intersection(shapes, strip)))


def _codes_after(
    rows: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, near_m: float, *, marker: bool
) -> tuple[Array, Array]:
    """Return the codes of the lines that rows are on afterwards, and whether these changed."""
    shapes, arcs = shapes_of(rows), shapes_of(lines)
    reach_m = near_m + (numbers(rows, "offset_m").abs().fillna(0.0).to_numpy() if marker else 0.0)
    at, arc = shapely.STRtree(arcs).query(shapes, "dwithin", np.broadcast_to(reach_m, len(shapes)))
    if not marker:
        long = _along_m(shapes[at], arcs[arc], near_m) > 4.0 * near_m
        at, arc = at[long], arc[long]
    changed = np.isin(np.arange(len(shapes)), at)
    own, state = texts(rows, "line_code"), lines["state"].to_numpy()
    after = lines["line_code_after"].to_numpy(dtype=object)
    codes = np.full(len(shapes), None, dtype=object)
    for k in np.flatnonzero(changed):
        here = arc[at == k]
        found = [after[a] for a in here if state[a] != "gone"]
        strip = shapely.buffer(shapely.union_all(arcs[here]), near_m)
        if not marker and shapely.difference(shapes[k], strip).length > 4.0 * near_m:
            found.append(own[k] or None)  # what is on no changed line keeps its own
        known = sorted({str(c) for c in found if isinstance(c, str)})
        codes[k] = ";".join(known) if known or not found else None
    return codes, changed
