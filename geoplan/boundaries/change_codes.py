"""
Unit codes after a division change (代码接续): every row gets the unit it is in afterwards.

What is left open stays open: a row that carries only the code of a unit that was cut, and a figure
of a unit that is no longer what it was, lose their code and count as unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries.change_impact import successors, units_at
from geoplan.boundaries.change_land import levels_with_land, moved_land
from geoplan.boundaries.change_lines import has_position
from geoplan.boundaries.notes import shapes_of, texts
from geoplan.schemas.hierarchy import ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[Any]

FIGURES = ("indicator_figures",)
"""Tables of figures of whole units: true only as long as the unit is the same."""


def recoded(
    layers: Mapping[str, pd.DataFrame], before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    """
    Return layers as they are after a division change, to be judged again.

    Parameters
    ----------
    layers
        Frames with ``unit_code``, any CRS; those without it come back as they are.
    before, after
        ``admin_units`` of one day each, with ``unit_code``, ``level``, ``parent_code``; same CRS.

    Returns
    -------
    layers
        The frames with the unit each row is in afterwards, at the level of the code it carried: by
        its position where that agreed with the code, else by the code where it has one successor.
        Missing where neither tells, and for figures of units that changed in any way but their
        code.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> before = gpd.GeoDataFrame({"unit_code": ["a", "b"], "level": "township",
    ...     "parent_code": "c"}, crs="EPSG:4547", geometry=[
    ...     shapely.box(450000, 3500000, 451000, 3501000),
    ...     shapely.box(451000, 3500000, 452000, 3501000)])
    >>> after = before.iloc[1:].set_geometry([before.union_all()], crs="EPSG:4547")
    >>> homes = pd.DataFrame({"facility_id": ["x", "y"], "unit_code": ["a", "b"]})
    >>> recoded({"facilities": homes}, before, after)["facilities"]["unit_code"].tolist()
    ['b', 'b']
    """
    levels = levels_with_land(before, after)
    moved = {level: moved_land(before, after, level) for level in levels}
    own_level = before.drop_duplicates("unit_code").set_index("unit_code")["level"]
    ladder = ancestors(after)
    whole = _renamed(moved, before, after)
    out = {}
    for name, frame in layers.items():
        if "unit_code" not in frame.columns or not len(frame):
            out[name] = frame
            continue
        code = np.array(texts(frame, "unit_code"), dtype=object)
        if name in FIGURES:
            new = _of_figures(code, moved, whole)
        else:
            new = _of_rows(frame, code, before, after, (own_level, moved, ladder))
        out[name] = frame.assign(unit_code=pd.Series(new, index=frame.index, dtype=object))
    return out


def _renamed(
    moved: Mapping[str, gpd.GeoDataFrame], before: pd.DataFrame, after: pd.DataFrame
) -> dict[str, str]:
    """Return the units whose land as a whole has a new code, and no other land with it."""
    there, here = set(before["unit_code"]), set(after["unit_code"])
    out: dict[str, str] = {}
    for pieces in moved.values():
        old, new = (pieces[c].value_counts() for c in ("unit_before", "unit_after"))
        pairs = zip(pieces["unit_before"], pieces["unit_after"], strict=True)
        out |= {a: b for a, b in pairs
                if old[a] == new[b] == 1 and a not in here and b not in there}  # fmt: skip
    return out


def _of_figures(
    code: Array, moved: Mapping[str, gpd.GeoDataFrame], whole: Mapping[str, str]
) -> Array:
    changed = {c for pieces in moved.values() for column in ("unit_before", "unit_after")
               for c in pieces[column]}  # fmt: skip
    new = [whole.get(c) if c in changed else c or None for c in code]
    return np.array(new, dtype=object)


def _of_rows(
    frame: pd.DataFrame, code: Array, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame,
    known: tuple[pd.Series[str], dict[str, gpd.GeoDataFrame], pd.DataFrame],
) -> Array:  # fmt: skip
    own_level, moved, ladder = known
    level = own_level.reindex(code).to_numpy(dtype=object)
    new = code.copy()
    new[code == ""] = None
    placed = has_position(frame)
    for name, pieces in moved.items():
        rows = np.flatnonzero((level == name) & np.isin(code, pieces["unit_before"].to_numpy()))
        if not len(rows):
            continue
        next_, open_ = successors(code[rows], own_level, moved, ladder)
        next_[name][open_] = None
        new[rows] = next_[name]
        there = rows[placed[rows]]
        if len(there):
            part = gpd.GeoDataFrame(frame).iloc[there].to_crs(before.crs)
            points = shapely.point_on_surface(shapes_of(part))
            agrees = units_at(points, before, name) == code[there]
            now = units_at(points, after, name)
            new[there] = np.where(agrees, now, new[there])
    return new
