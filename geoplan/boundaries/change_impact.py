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
from geoplan.boundaries.change_land import levels_with_land, moved_land, polygons
from geoplan.boundaries.change_lines import REGISTERS, has_position, line_changes, touched
from geoplan.boundaries.notes import numbers, shapes_of, texts
from geoplan.errors import MissingColumnsError
from geoplan.schemas.hierarchy import ancestors, place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

PLACED = ("facilities", "place_names", "population", "residential_areas", "candidate_sites",
          "cemeteries", "projects", "name_signs", "heritage", "built_up")  # fmt: skip
"""Layers whose rows lie in a unit; of these what is given is looked at."""
IMPACT = ("layer", "id", "name", "level", "unit_before", "unit_after", "how", "status",
          "line_code_after", "persons", "remark_zh", "remark_en")  # fmt: skip
_VAGUE = (
    "只有代码，不能确定在新界线的哪一侧",
    "a code alone: on which side of the cut is not known",
)
_GONE = ("此处不再是界线", "no line runs here any more")
_UNKNOWN = ("界线重画，新代码待定", "to be redrawn; the new code is not known")
_REDRAWN = ("界线重画，改用新代码", "to be redrawn under the new code")
_SAME = 1e-9  # share of a unit that counts as land, not as noise of a cut


def impact(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    layers: Mapping[str, pd.DataFrame],
    *,
    levels: Sequence[str] | None = None,
    marker_near_m: float = 1.0,
    lines: gpd.GeoDataFrame | None = None,
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
    lines
        From `line_changes`, with the bureau's own codes, say; made where it is not given.

    Returns
    -------
    impact
        One row per object and level, columns `IMPACT` and ``row`` (its label): ``how`` is
        ``position``, ``code``, ``line`` or ``marker``; ``status`` is ``changed``, ``to_verify``
        (a code alone does not tell on which side of the cut it lies; ``unit_after`` lists the
        candidates) or ``to_redraw`` (lines and markers). ``line_code_after`` of lines and markers:
        ``;``-joined, empty where no line runs any more, missing where it cannot be known.
        ``persons`` of population rows.

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
    levels = levels or levels_with_land(before, after)
    moved = {level: moved_land(before, after, level) for level in levels}
    ladders = ancestors(before), ancestors(after)
    parts = []
    for name in PLACED:
        frame = layers.get(name)
        if frame is not None and len(frame):
            parts.append(_placed(name, frame, before, after, levels))
            parts.append(_coded(name, frame, before, moved, ladders, levels))
    if any(layers.get(name) is not None for name in REGISTERS):
        lines = line_changes(before, after) if lines is None else lines
        parts += [
            part
            for level in levels
            for part in _on_lines(layers, moved[level], lines, level, marker_near_m)
        ]
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
    own = polygons(units, level)  # in order of code
    point, unit = shapely.STRtree(shapes_of(own)).query(points, predicate="intersects")
    first = np.full(len(points), len(own))
    np.minimum.at(first, point, unit)
    codes = np.array([*own["unit_code"], None], dtype=object)
    return np.asarray(codes[first])


def _placed(
    name: str, frame: pd.DataFrame, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame,
    levels: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """List rows with a position that lie in another unit."""
    rows = np.flatnonzero(has_position(frame))
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
    rows = np.flatnonzero(~has_position(frame) & (code != ""))
    if not (len(rows) and levels):
        return pd.DataFrame()
    own_level = before.drop_duplicates("unit_code").set_index("unit_code")["level"]
    old = place(pd.Series(code[rows]), ladders[0])
    new, open_ = successors(code[rows], own_level, moved, ladders[1])
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


def successors(
    codes: Array, own_level: pd.Series[str], moved: Mapping[str, gpd.GeoDataFrame],
    ladder: pd.DataFrame,
) -> tuple[dict[str, Array], Array]:  # fmt: skip
    """
    Return for each code its units afterwards at every level, and whether several may be.

    Parameters
    ----------
    codes
        Unit codes before.
    own_level
        Level of each, by code.
    moved
        From `moved_land`, by level.
    ladder
        From `geoplan.schemas.hierarchy.ancestors`, of the units afterwards.

    Returns
    -------
    units, several
        By level the codes afterwards, ``;``-joined, None for none; True where there are several
        at the level of the code.
    """
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
    layers: Mapping[str, pd.DataFrame], moved: gpd.GeoDataFrame, lines: gpd.GeoDataFrame,
    level: str, near_m: float,
) -> list[pd.DataFrame]:  # fmt: skip
    """List lines that bound or cross land that moved, and the markers beside it."""
    out = []
    for found in touched(layers, moved, lines, near_m):
        how = "marker" if found.layer == "boundary_markers" else "line"
        part = _rows(found.layer, layers[found.layer], found.rows, level, found.unit_before,
                     found.unit_after, how, "to_redraw")  # fmt: skip
        codes = found.line_code_after
        said = [_UNKNOWN if c is None else _REDRAWN if c else _GONE for c in codes]
        out.append(part.assign(line_code_after=codes, remark_zh=[zh for zh, _ in said],
                               remark_en=[en for _, en in said]))  # fmt: skip
    return out


def _rows(
    name: str, frame: pd.DataFrame, rows: Array, level: str, old: Array, new: Array, how: str,
    status: str,
) -> pd.DataFrame:  # fmt: skip
    part = frame.iloc[rows]
    key = next((c for c in frame.columns if c.endswith("_id")), "")
    title = next((c for c in ("name", "standard_name", "marker_no") if c in frame.columns), "")
    heads = numbers(part, "persons") if name == "population" else pd.Series(np.nan, part.index)
    remark = _VAGUE if status == "to_verify" else ("", "")
    return pd.DataFrame({
        "layer": name, "id": texts(part, key), "name": texts(part, title), "level": level,
        "unit_before": old, "unit_after": new, "how": how, "status": status,
        "line_code_after": pd.Series(None, index=range(len(part)), dtype=object),
        "persons": heads.to_numpy(), "remark_zh": remark[0], "remark_en": remark[1],
        "row": part.index.to_numpy(),
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
    table["area_m2"] = table["area_m2"].where(has_position(own))
    for column in ("population", "households"):
        table[column] = numbers(own, column).to_numpy()
    for name, column in (("population", "persons"), ("facilities", "facilities")):
        frame = layers.get(name)
        if frame is None:
            table[column] = np.nan
            continue
        there = gpd.GeoDataFrame(frame)[has_position(frame)].to_crs(units.crs)
        unit = units_at(shapely.point_on_surface(shapes_of(there)), units, level)
        weight = numbers(there, "persons") if name == "population" else pd.Series(1.0, there.index)
        sums = weight.groupby(unit).sum(min_count=1)
        table[column] = sums.reindex(code).fillna(0.0).where(table["area_m2"].notna())
    return table
