"""Facilities as sources (设施作为起点): in the order of their ids, with limits that can be ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoplan.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import numpy.typing as npt


def by_id(facilities: gpd.GeoDataFrame, *columns: str) -> gpd.GeoDataFrame:
    """
    Return facilities sorted by ``facility_id``, so that no answer depends on the order of rows.

    Raises
    ------
    MissingColumnsError
        If ``facility_id`` or one of the columns is absent.
    """
    missing = [c for c in ("facility_id", *columns) if c not in facilities.columns]
    if missing:
        raise MissingColumnsError.for_layer("facilities", missing, facilities.columns)
    return facilities.sort_values("facility_id", kind="stable")


def limits_of(minutes: Iterable[float]) -> npt.NDArray[np.float64]:
    """
    Return limits of areas as numbers.

    Raises
    ------
    InputError
        If there is none, or one is not positive and finite.
    """
    limits = np.array([float(m) for m in minutes])
    if not len(limits) or not ((limits > 0.0) & (limits < np.inf)).all():
        raise InputError(
            f"minutes={limits.tolist()}: limits must be positive and finite.",
            zh=f"时限 {limits.tolist()} 不合理，应为有限的正数。",
            fix="for example 5, 10 or 15 minutes",
            fix_zh="例如 5、10、15 分钟",
        )
    return limits
