"""
Markers observed again (界桩移位判定, BND-08): which have moved, and which are measured less well.

Positions of consumer maps (GCJ-02, BD-09) are never used for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.notes import numbers, shapes_of, texts
from geoplan.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

CONSUMER = ("GCJ", "BD-09", "BD09", "百度", "高德", "火星")
"""Marks of positions from consumer maps; they are never used for the move test (CRS-04)."""
_CURRENT = ("CGCS2000", "EPSG:4490", "2000国家大地坐标系")
_REFERENCE_YEAR = 2000.0


def move_test(
    registered: gpd.GeoDataFrame, observed: gpd.GeoDataFrame, policy: Policy
) -> pd.DataFrame:
    """
    Test whether markers have moved: distance > 2 √(registered² + observed²), strictly (BND-08).

    The mean errors come from the rows (``sigma_m``; ``accuracy_m``), else from the policy: 1 m for
    registered positions, 0.05 m for RTK, 3 m for phones. A position neither in CGCS2000 nor of
    epoch 2000 has drifted with the continent by an unknown amount: 0.8 m is added to its error.

    Parameters
    ----------
    registered
        ``marker_id``, points in a metric CRS, ``sigma_m`` where known.
    observed
        ``marker_id``, points in the same CRS; ``accuracy_m`` (mean error), ``positioning``
        (``rtk`` or ``phone``), ``frame``, ``epoch_year``, ``datum`` where known.
    policy
        Gives the factor and the errors.

    Returns
    -------
    tests
        The index of ``observed``: ``marker_id``, ``distance_m``, ``azimuth_grid_deg`` (from the
        registered to the observed place), ``sigma_registered_m``, ``sigma_observed_m``,
        ``limit_m``, ``status`` (``not_moved``, ``moved``, ``no_data``; ``refused`` for positions
        of a consumer map), ``remark_zh``, ``remark_en``, ``rule_id``.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the two cannot be measured together.
    MissingColumnsError
        If ``marker_id`` is absent.
    InputError
        If a marker is registered twice.

    Examples
    --------
    A surveyed position 3 m off; 2 √(1² + 0.05²) is 2.0025 m.

    >>> import geopandas as gpd, shapely
    >>> from geoplan.io import read_policy
    >>> here, there = (gpd.GeoDataFrame({"marker_id": ["m"], "frame": "CGCS2000"},
    ...     geometry=[shapely.Point(x, 3500000)], crs="EPSG:4547") for x in (450000, 450003))
    >>> test = move_test(here, there.assign(accuracy_m=0.05), read_policy("suizhou-2022"))
    >>> test[["limit_m", "status"]].round(4).values.tolist()
    [[2.0025, 'moved']]
    """
    for frame, name in ((registered, "boundary_markers"), (observed, "observations")):
        if "marker_id" not in frame.columns:
            raise MissingColumnsError.for_layer(name, {"marker_id"}, frame.columns)
    _crs.require_metric(registered, "boundary_markers")
    _crs.require_same(observed, registered, "observations", "boundary_markers")
    ids = pd.Index(texts(registered, "marker_id"))
    if not ids.is_unique:
        raise _registered_twice(str(ids[ids.duplicated()][0]))
    at = ids.get_indexer(pd.Index(texts(observed, "marker_id")))
    known = np.array([*shapes_of(registered), None], dtype=object)[at]
    seen = shapes_of(observed)
    distance = shapely.distance(known, seen)
    step = [shapely.get_x(seen) - shapely.get_x(known), shapely.get_y(seen) - shapely.get_y(known)]
    default = policy.value("marker_sigma_register_m")
    sigma_reg = np.append(numbers(registered, "sigma_m").fillna(default), np.nan)[at]
    sigma_obs, drifted = _observed_sigma_m(observed, policy)
    limit = policy.value("marker_move_factor") * np.hypot(sigma_reg, sigma_obs)
    refused = _consumer(observed)
    with np.errstate(invalid="ignore"):
        moved = distance > limit
    status = np.select([refused, np.isnan(distance), moved],
                       ["refused", "no_data", "moved"], "not_moved")  # fmt: skip
    said = [_move_remark(*row) for row in zip(status, at >= 0, drifted, strict=True)]
    hidden = np.where(refused, np.nan, 1.0)
    return pd.DataFrame({
        "marker_id": texts(observed, "marker_id"), "distance_m": distance * hidden,
        "azimuth_grid_deg": np.degrees(np.arctan2(step[0], step[1])) % 360.0 * hidden,
        "sigma_registered_m": sigma_reg, "sigma_observed_m": sigma_obs, "limit_m": limit,
        "status": status, "remark_zh": [s[0] for s in said], "remark_en": [s[1] for s in said],
        "rule_id": "BND-08",
    }, index=observed.index)  # fmt: skip


def _registered_twice(marker_id: str) -> InputError:
    return InputError(
        f"Marker {marker_id!r} is registered twice.", zh=f"界桩“{marker_id}”登记了两次。",
        fix="keep the version that is valid on the day of the observation",
        fix_zh="只保留观测日有效的版本", marker_id=marker_id,
    )  # fmt: skip


def _observed_sigma_m(observed: pd.DataFrame, policy: Policy) -> tuple[Array, Array]:
    """Return the mean error of each observation, and whether its frame adds to it."""
    surveyed = np.array([p.lower() in {"rtk", "cors"} for p in texts(observed, "positioning")])
    default = np.where(surveyed, policy.value("marker_sigma_rtk_m"),
                       policy.value("marker_sigma_phone_m"))  # fmt: skip
    given = numbers(observed, "accuracy_m").to_numpy()
    sigma = np.where(np.isnan(given), default, given)
    frame = [f.replace(" ", "").upper() for f in texts(observed, "frame")]
    epoch = numbers(observed, "epoch_year").to_numpy()
    fixed = np.array([any(c in f for c in _CURRENT) for f in frame], dtype=bool)
    drifted = ~(fixed | (epoch == _REFERENCE_YEAR))
    return sigma + np.where(drifted, policy.value("frame_epoch_sigma_m"), 0.0), drifted


def _consumer(observed: pd.DataFrame) -> Array:
    said = zip(texts(observed, "datum"), texts(observed, "frame"), strict=True)
    return np.array([any(m in f"{d} {f}".upper() for m in CONSUMER) for d, f in said], dtype=bool)


def _move_remark(status: str, registered: Any, drifted: Any) -> tuple[str, str]:
    if status == "refused":
        return ("商业地图坐标（GCJ-02/BD-09）不用于移位判定，请用卫星定位实测",
                "positions of consumer maps are not used for the move test; survey it")  # fmt: skip
    if status == "no_data":
        if registered:
            return "没有坐标", "no position"
        return "登记表中没有此界桩", "not registered"
    if drifted:
        return ("坐标框架不是 2000 国家大地坐标系或历元不明，误差已加大",
                "not in CGCS2000, or of unknown epoch: error enlarged")  # fmt: skip
    return "", ""
