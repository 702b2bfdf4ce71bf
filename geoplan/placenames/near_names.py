"""The names nearest to points (最近地名), with their distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.errors import InputError, MissingCRSError
from geoplan.placenames.cells import require, texts

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pyproj

    Array = npt.NDArray[Any]


_DECIMALS = 6  # distances that differ by less than a micrometre are equal


def nearest_names(
    points: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    most: int = 1,
    within_m: float | None = None,
    metric_crs: str | pyproj.CRS | None = None,
) -> pd.DataFrame:
    """
    List the names nearest to each point.

    Parameters
    ----------
    points
        Any geometry and CRS; rows without one get no name.
    places
        ``place_id``, ``standard_name`` and any geometry in any CRS; rows without one are passed
        over.
    most
        Names per point, 1 or more.
    within_m
        Names farther than this are left out, m, closed. Needed where ``most`` is more than 1.
    metric_crs
        Where distances are taken; the zone the places lie in, where not given.

    Returns
    -------
    near
        One row per point and name: ``point`` (the label of the point), ``rank`` from 1,
        ``place_id``, ``name``, ``distance_m`` (to the nearest part of the place). Equal distances
        go by ``place_id``.

    Raises
    ------
    MissingCRSError
        If a frame has no CRS.
    MissingColumnsError
        If a column is absent.
    InputError
        If ``most`` is less than 1, or more and no distance is given.

    Examples
    --------
    >>> import geopandas as gpd
    >>> places = gpd.GeoDataFrame({"place_id": ["a", "b"], "standard_name": ["甲村", "乙村"]},
    ...     geometry=gpd.points_from_xy([500000, 500400], [3500000] * 2), crs="EPSG:4547")
    >>> points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([500300], [3500000]),
    ...                           crs="EPSG:4547")
    >>> nearest_names(points, places, most=2, within_m=1000)[["name", "distance_m"]].values.tolist()
    [['乙村', 100.0], ['甲村', 300.0]]
    """
    require(places, "place_names", "place_id", "standard_name")
    _require_cap(most, within_m)
    for frame, name in ((points, "points"), (places, "place_names")):
        if frame.crs is None:
            raise MissingCRSError.for_layer(name)
    drawn = places[~(places.geometry.isna() | places.geometry.is_empty)]
    target = metric_crs
    if target is None and len(drawn):
        target = _crs.metric_of(drawn, "place_names")
    there = np.array((drawn.to_crs(target) if len(drawn) else drawn).geometry.array, dtype=object)
    asked = np.array((points.to_crs(target) if len(drawn) else points).geometry.array, dtype=object)
    tree = shapely.STRtree(there)
    if within_m is None:
        point, place = tree.query_nearest(asked)
    else:
        point, place = tree.query(asked, predicate="dwithin", distance=within_m)
    away_m = shapely.distance(asked[point], there[place])
    ids, names = (texts(drawn, c).to_numpy() for c in ("place_id", "standard_name"))
    order = np.lexsort((ids[place].astype(str), away_m.round(_DECIMALS), point))
    point, place, away_m = point[order], place[order], away_m[order]
    rank = np.arange(len(point)) - np.searchsorted(point, point) + 1
    keep = rank <= most
    return pd.DataFrame({
        "point": points.index.to_numpy()[point[keep]], "rank": rank[keep],
        "place_id": ids[place[keep]], "name": names[place[keep]], "distance_m": away_m[keep],
    })  # fmt: skip


def _require_cap(most: int, within_m: float | None) -> None:
    if most < 1 or (most > 1 and within_m is None):
        raise InputError(
            f"most={most} names with within_m={within_m} cannot be listed.",
            zh=f"无法列出：most={most}，within_m={within_m}。",
            fix="ask for 1 name, or for more and say within_m how far away they may be",
            fix_zh="只取 1 个最近地名，或取多个并用 within_m 说明最远距离", most=most,
        )  # fmt: skip
