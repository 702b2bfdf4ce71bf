"""
Directions (方位角): true and grid azimuths, the sixteen direction words, 度分秒 (BND-06, BND-07).

Registers hold grid azimuths (坐标方位角); direction words are told from true north (真北).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from geoplan import crs as _crs

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

WORDS_EN = ("north", "north-northeast", "northeast", "east-northeast", "east", "east-southeast",
            "southeast", "south-southeast", "south", "south-southwest", "southwest",
            "west-southwest", "west", "west-northwest", "northwest", "north-northwest")  # fmt: skip
"""The sixteen words from true north, in the order of the policy's ``direction_words``."""
_FULL_CIRCLE = 360.0


def sector(azimuth_true_deg: npt.ArrayLike, policy: Policy) -> npt.NDArray[np.int64]:
    """
    Return the sector of true azimuths: 0 is 北, then clockwise; lower bounds are in (BND-07).

    Parameters
    ----------
    azimuth_true_deg
        Clockwise from true north, any turn.
    policy
        Gives the width of a sector, 22°30′.

    Returns
    -------
    sector
        0–15; -1 where the azimuth is unknown.
    """
    width = policy.value("sector_width_degree")
    azimuth = np.asarray(azimuth_true_deg, dtype=float)
    known = np.isfinite(azimuth)
    turned = np.where(known, azimuth, 0.0) % _FULL_CIRCLE + width / 2.0
    number = np.floor(turned / width).astype(np.int64) % round(_FULL_CIRCLE / width)
    return np.where(known, number, -1)


def direction_words(azimuth_true_deg: npt.ArrayLike, policy: Policy, lang: str = "zh") -> list[str]:
    """
    Return the direction word of true azimuths (BND-07).

    Parameters
    ----------
    azimuth_true_deg
        Clockwise from true north.
    policy
        Gives the words and the width of a sector.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    words
        Empty where the azimuth is unknown.

    Examples
    --------
    G10.

    >>> from geoplan.io import read_policy
    >>> direction_words([11.24, 11.25, 168.75, 348.75], read_policy("suizhou-2022"))
    ['北', '北偏东北', '南', '北']
    """
    words = policy.names("direction_words") if lang == "zh" else WORDS_EN
    return [words[s] if s >= 0 else "" for s in np.atleast_1d(sector(azimuth_true_deg, policy))]


def convergence_deg(points: gpd.GeoSeries, grid: str = _crs.METRIC) -> npt.NDArray[np.float64]:
    """
    Meridian convergence (子午线收敛角) at points: from true north to grid north, east positive.

    Parameters
    ----------
    points
        Points in any CRS.
    grid
        The plane CRS whose grid north is meant.

    Returns
    -------
    convergence_deg
        One per point; NaN where there is no position.

    Examples
    --------
    G3.

    >>> import geopandas as gpd
    >>> at = gpd.points_from_xy([112.72, 113.38, 114.12], [31.7] * 3, crs="EPSG:4490")
    >>> convergence_deg(gpd.GeoSeries(at)).round(4).tolist()
    [-0.6727, -0.3258, 0.0631]
    """
    there = points.to_crs(_crs.GEOGRAPHIC)
    known = (there.notna() & ~there.is_empty).to_numpy(dtype=bool)
    out = np.full(len(points), np.nan)
    if known.any():
        factors = pyproj.Proj(grid).get_factors(there[known].x, there[known].y)
        out[known] = factors.meridian_convergence
    return out


def true_from_grid(azimuth_grid_deg: npt.ArrayLike, convergence: npt.ArrayLike) -> Array:
    """
    Return true azimuths for grid azimuths; both in degrees clockwise.

    Examples
    --------
    Grid north lies 0.3258° west of true north at 113.38°E.

    >>> float(true_from_grid(90.0, -0.3258))
    89.6742
    """
    turned = np.asarray(azimuth_grid_deg, dtype=float) + np.asarray(convergence, dtype=float)
    return np.asarray(turned % _FULL_CIRCLE)


def grid_from_true(azimuth_true_deg: npt.ArrayLike, convergence: npt.ArrayLike) -> Array:
    """Return grid azimuths for true azimuths, the inverse of `true_from_grid`."""
    turned = np.asarray(azimuth_true_deg, dtype=float) - np.asarray(convergence, dtype=float)
    return np.asarray(turned % _FULL_CIRCLE)


def true_azimuths(xy: Array, crs: Any) -> npt.NDArray[np.float64]:
    """
    Return the true azimuth of each leg between consecutive vertices, on the ellipsoid.

    Parameters
    ----------
    xy
        Vertices (n, 2).
    crs
        Their CRS.

    Returns
    -------
    azimuth_deg
        n - 1 values, 0 to 360 clockwise from true north; NaN for a leg of no length.
    """
    lon, lat = _lonlat(xy, crs)
    geod = pyproj.CRS(_crs.GEOGRAPHIC).get_geod() or pyproj.Geod(ellps="GRS80")
    azimuth, _, length_m = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.where(np.asarray(length_m) > 0, np.asarray(azimuth) % _FULL_CIRCLE, np.nan)


def _lonlat(xy: Array, crs: Any) -> tuple[Array, Array]:
    move = pyproj.Transformer.from_crs(pyproj.CRS(crs), _crs.GEOGRAPHIC, always_xy=True)
    lon, lat = move.transform(xy[:, 0], xy[:, 1])
    return np.asarray(lon), np.asarray(lat)


def dms_text(degrees: pd.Series[float], *, decimals: int = 2) -> list[str]:
    """
    Write degrees as degrees, minutes and seconds (度分秒), rounded once, carried through.

    Parameters
    ----------
    degrees
        Decimal degrees; west and south negative.
    decimals
        Of the seconds: 2 is about 0.3 m.

    Returns
    -------
    texts
        Empty where the value is missing.

    Examples
    --------
    >>> dms_text(pd.Series([113.375, 31.9999999, -0.5]))
    ['113°22′30.00″', '32°00′00.00″', '-0°30′00.00″']
    """
    return ["" if not np.isfinite(v) else _dms(float(v), decimals) for v in degrees]


def _dms(value: float, decimals: int) -> str:
    unit = 10**decimals
    whole = round(abs(value) * 3600 * unit)
    minutes, rest = divmod(whole, 60 * unit)
    sign = "-" if value < 0 and whole else ""
    width = decimals + 3 if decimals else 2
    return f"{sign}{minutes // 60}°{minutes % 60:02d}′{rest / unit:0{width}.{decimals}f}″"
