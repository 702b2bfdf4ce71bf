"""Units that lines run between (最低级单元), and their codes at every level above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.topology import GRID_DEGREE, GRID_M
from geoplan.errors import EmptyLayerError, MissingColumnsError, MissingCRSError, UnknownIdError
from geoplan.schemas.hierarchy import LEVELS, ancestors

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_PREFIX = {"province": 2, "prefecture": 4}
_NEEDED = ("unit_code", "name", "level", "parent_code")


def leaves(admin_units: gpd.GeoDataFrame, level: str = "township") -> gpd.GeoDataFrame:
    """
    Return the units that lines of a level run between.

    Parameters
    ----------
    admin_units
        Columns ``unit_code``, ``name``, ``level``, ``parent_code``; any CRS.
    level
        The finest level wanted.

    Returns
    -------
    units
        The units of that level and every higher unit that has no unit below it in the table
        (a neighbouring county, say); never a unit and its own parent together.

    Raises
    ------
    MissingColumnsError, MissingCRSError, EmptyLayerError, UnknownIdError
        If a column, the CRS, every usable row is missing, or there is no such level.
    """
    missing = set(_NEEDED) - set(admin_units.columns)
    if missing:
        raise MissingColumnsError.for_layer("admin_units", missing, admin_units.columns)
    if admin_units.crs is None:
        raise MissingCRSError.for_layer("admin_units")
    if level not in LEVELS:
        raise UnknownIdError.among("level", "级别", level, LEVELS)
    down_to = LEVELS[: LEVELS.index(level) + 1]
    drawn = admin_units[admin_units["level"].isin(down_to) & ~_empty(admin_units)]
    above = ancestors(admin_units).reindex(drawn["unit_code"])
    above = above.mask(above.eq(pd.Series(above.index, index=above.index), axis=0))
    # a parent whose children miss a level in between is no leaf either
    has_child = set(drawn["parent_code"].dropna()).union(*(above[c].dropna() for c in above))
    keep = drawn[~drawn["unit_code"].isin(has_child)]
    if keep.empty:
        raise EmptyLayerError.for_layer("admin_units", f"level {level}")
    return keep


def _empty(frame: gpd.GeoDataFrame) -> Array:
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def grid_of(frame: gpd.GeoDataFrame) -> float:
    """Return the size of the grid on which vertices of this CRS are compared, about 1 mm."""
    return GRID_M if _crs.is_metric(frame.crs) else GRID_DEGREE


def ladder_of(admin_units: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Return each unit's code at every level, row for row with ``units``.

    Parents are followed by ``parent_code``. Where the chain ends before the top (a neighbouring
    county whose city is not in the table) province and prefecture come from the code's own digits.
    """
    ladder = ancestors(admin_units).reindex(units["unit_code"]).astype(object)
    code = units["unit_code"].astype(str).to_numpy()
    for name, digits in _PREFIX.items():
        rank = LEVELS.index(name)
        below = units["level"].map(LEVELS.index).to_numpy() > rank
        open_ = ladder[name].isna().to_numpy() & below
        # 420000 and 42 are the same unit: compare what the level says, not how it is padded
        ladder[name] = [
            c[:digits] if o else _short(v, digits)
            for c, o, v in zip(code, open_, ladder[name], strict=True)
        ]
    return ladder


def _short(code: Any, digits: int) -> Any:
    return code[:digits] if isinstance(code, str) else code


def codes_at(ladder: pd.DataFrame, code: Array, who: Array, side: Array) -> Array:
    """Return the code of the unit at the level of the line, else the unit's own."""
    nobody = np.full((1, len(LEVELS)), None, dtype=object)
    table = np.vstack([ladder.to_numpy(dtype=object), nobody])
    out = table[who, np.minimum(side, len(LEVELS) - 1)]
    return np.where(pd.isna(out), code[who], out)
