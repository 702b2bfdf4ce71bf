"""Facilities as sources (设施作为起点): in the order of their ids, with limits that can be ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoplan.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd


def by_id(facilities: gpd.GeoDataFrame, *columns: str) -> gpd.GeoDataFrame:
    """
    Return facilities sorted by ``facility_id`` as text: no answer depends on the order of rows.

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` or one of the columns is absent.
    InputError
        If a facility has no id.
    """
    require_columns(facilities, "facilities", "facility_id", *columns)
    none = facilities["facility_id"].isna().to_numpy(dtype=bool)
    if none.any():
        rows = facilities.index[none].tolist()[:3]
        raise InputError(
            f"{int(none.sum())} facilities have no facility_id, for example rows {rows}.",
            zh=f"{int(none.sum())} 个设施没有编号（facility_id），例如第 {rows} 行。",
            fix="give every facility an id, or leave these out",
            fix_zh="为每个设施填写编号，或去掉这些行",
            layer="facilities",
        )
    ids = facilities["facility_id"].astype("str")
    return facilities.assign(facility_id=ids).sort_values("facility_id", kind="stable")


def require_columns(frame: pd.DataFrame, layer: str, *columns: str) -> None:
    """
    Check that a frame has columns.

    Raises
    ------
    MissingColumnsError
        If one is absent.
    """
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise MissingColumnsError.for_layer(layer, missing, frame.columns)


def limits_of(minutes: float | Iterable[float]) -> npt.NDArray[np.float64]:
    """
    Return limits of areas as numbers; a single one is one limit.

    Raises
    ------
    InputError
        If there is none, or one is not positive and finite.
    """
    given = np.atleast_1d(np.asarray(minutes))
    limits = given.astype(np.float64) if given.dtype.kind in "iuf" else np.full(1, np.nan)
    if not len(limits) or not ((limits > 0.0) & (limits < np.inf)).all():
        raise InputError(
            f"minutes={minutes}: limits must be positive and finite.",
            zh=f"时限 {minutes} 不合理，应为有限的正数。",
            fix="for example 5, 10 or 15 minutes",
            fix_zh="例如 5、10、15 分钟",
        )
    return limits
