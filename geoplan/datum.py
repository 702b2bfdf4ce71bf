"""
GCJ-02 and BD-09 (火星坐标、百度坐标): to and from WGS84, and a detector of undeclared shifts.

Consumer maps give shifted points: at Suizhou about 600 m (GCJ-02) and 1.25 km (BD-09). The
conversion is an aid for points picked on such maps; it is never used on surveyed markers, and
a converted point is never of survey quality.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan.errors import InputError, MissingCRSError, UnknownIdError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

Datum = Literal["WGS84", "CGCS2000", "GCJ-02", "BD-09"]
DATUMS: tuple[str, ...] = ("WGS84", "CGCS2000", "GCJ-02", "BD-09")
"""WGS84 and CGCS2000 are one for planning layers; the other two are shifted."""

_SEMI_MAJOR_M, _E2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as the public formula has
_X_PI = np.pi * 3000.0 / 180.0
_ITERATIONS = 4  # fixed point: error below 1e-9 degrees


def _outside(lon: Array, lat: Array) -> npt.NDArray[np.bool_]:
    return (lon < 72.004) | (lon > 137.8347) | (lat < 0.8293) | (lat > 55.8271)  # noqa: PLR2004


def _shift(lon: Array, lat: Array) -> tuple[Array, Array]:
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
        + (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
        + (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    d_lon = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
        + (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
        + (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    )  # fmt: skip
    rad = np.radians(lat)
    magic = 1.0 - _E2 * np.sin(rad) ** 2
    root = np.sqrt(magic)
    d_lat = np.degrees(d_lat) / (_SEMI_MAJOR_M * (1.0 - _E2) / (magic * root))
    d_lon = np.degrees(d_lon) / (_SEMI_MAJOR_M / root * np.cos(rad))
    inside = ~_outside(lon, lat)
    return d_lon * inside, d_lat * inside


def _pair(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Array, Array]:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Array, Array]:
    """Shift WGS84 degrees to GCJ-02; unchanged outside China."""
    x, y = _pair(lon, lat)
    d_lon, d_lat = _shift(x, y)
    return x + d_lon, y + d_lat


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Array, Array]:
    """
    Undo GCJ-02 by fixed-point iteration, exact to 1e-9 degrees (0.1 mm).

    Parameters
    ----------
    lon, lat
        GCJ-02 degrees, arrays of one shape.

    Returns
    -------
    lon, lat
        WGS84 degrees.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(113.38, 31.69))
    >>> round(float(lon), 9), round(float(lat), 9)
    (113.38, 31.69)
    """
    gx, gy = _pair(lon, lat)
    x, y = gx, gy
    for _ in range(_ITERATIONS):
        d_lon, d_lat = _shift(x, y)
        x, y = gx - d_lon, gy - d_lat
    return x, y


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Array, Array]:
    """Shift GCJ-02 degrees to BD-09."""
    x, y = _pair(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Array, Array]:
    """Undo BD-09 to GCJ-02 by fixed-point iteration, exact to 1e-9 degrees."""
    bx, by = _pair(lon, lat)
    x, y = bx - 0.0065, by - 0.006
    for _ in range(_ITERATIONS):
        fx, fy = gcj02_to_bd09(x, y)
        x, y = x + bx - fx, y + by - fy
    return x, y


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[Array, Array]:
    """
    Bring degrees of a named datum to WGS84.

    Parameters
    ----------
    lon, lat
        Degrees in that datum.
    datum
        One of `DATUMS`.

    Returns
    -------
    lon, lat
        WGS84 degrees (one with CGCS2000 for planning layers).

    Raises
    ------
    UnknownIdError
        If the datum is not known.
    """
    if datum not in DATUMS:
        raise UnknownIdError.among("datum", "坐标基准", datum, DATUMS)
    if datum == "BD-09":
        return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))
    if datum == "GCJ-02":
        return gcj02_to_wgs84(lon, lat)
    return _pair(lon, lat)


def from_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[Array, Array]:
    """
    Bring WGS84 degrees to a named datum, the inverse of `to_wgs84`.

    Raises
    ------
    UnknownIdError
        If the datum is not known.
    """
    if datum not in DATUMS:
        raise UnknownIdError.among("datum", "坐标基准", datum, DATUMS)
    x, y = _pair(lon, lat)
    if datum in {"WGS84", "CGCS2000"}:
        return x, y
    x, y = wgs84_to_gcj02(x, y)
    return gcj02_to_bd09(x, y) if datum == "BD-09" else (x, y)


@dataclass(frozen=True, slots=True)
class ShiftVerdict:
    """
    What the detector found.

    ``suspected`` is the datum the points seem to be in (empty where the declared one fits best);
    the distances are mean distances to the reference, m, capped at the reach of the test.
    """

    suspected: str
    points: int
    declared_m: float
    corrected_m: float
    z: float


_CAP_M, _MIN_POINTS, _MIN_Z, _MIN_GAIN = 1500.0, 8, 4.0, 0.25


def suspect_shift(points: gpd.GeoDataFrame, reference: npt.NDArray[np.object_]) -> ShiftVerdict:
    """
    Tell whether points declared WGS84 or CGCS2000 look GCJ-02 or BD-09 shifted (CRS-04).

    Each point is measured to the reference as declared and as if it were GCJ-02 or BD-09. A
    shift is suspected when undoing it brings the points nearer by at least a quarter and by
    four standard errors of the paired differences. [P] thresholds.

    Parameters
    ----------
    points
        Point geometry in any CRS.
    reference
        Where the points should lie, in the CRS of ``points``: one geometry per point (the
        unit each claims to be in), or a single array element holding all roads.

    Returns
    -------
    verdict
        With ``suspected`` empty when nothing is suspected or fewer than 8 points were given.

    Raises
    ------
    MissingCRSError
        If the points have no CRS.
    InputError
        If the reference has neither one geometry nor one per point.
    """
    if points.crs is None:
        raise MissingCRSError.for_layer("points")
    if len(reference) not in {1, len(points)}:
        raise InputError(
            f"The reference has {len(reference)} geometries for {len(points)} points.",
            zh=f"参照几何有 {len(reference)} 个，点有 {len(points)} 个。",
            fix="give one geometry, or one for each point",
            fix_zh="给一个几何，或每个点给一个几何",
        )
    if len(points) < _MIN_POINTS:
        return ShiftVerdict("", len(points), np.nan, np.nan, 0.0)
    crs = pyproj.CRS(points.crs)
    there = pyproj.Transformer.from_crs(crs, _crs.WEB, always_xy=True)
    metric = pyproj.CRS(_crs.metric_of(points))
    measure = pyproj.Transformer.from_crs(_crs.WEB, metric, always_xy=True)
    target = _project(reference, pyproj.Transformer.from_crs(crs, metric, always_xy=True))
    lon, lat = there.transform(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    declared = _distance_m(*measure.transform(lon, lat), target)
    best = ShiftVerdict("", len(points), float(declared.mean()), float(declared.mean()), 0.0)
    for datum in ("GCJ-02", "BD-09"):
        moved = _distance_m(*measure.transform(*to_wgs84(lon, lat, datum)), target)
        gain = declared - moved
        spread = float(gain.std(ddof=1)) / np.sqrt(len(gain))
        z = float(gain.mean()) / max(spread, 1e-9)
        enough = gain.mean() >= _MIN_GAIN * declared.mean() and z >= _MIN_Z
        if enough and moved.mean() < best.corrected_m:
            best = ShiftVerdict(
                datum, len(points), float(declared.mean()), float(moved.mean()), round(z, 2)
            )
    return best


def _project(
    geometries: npt.NDArray[np.object_], move: pyproj.Transformer
) -> npt.NDArray[np.object_]:
    out: npt.NDArray[np.object_] = shapely.transform(
        geometries, lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
    )
    return out


def _distance_m(x: Array, y: Array, target: npt.NDArray[np.object_]) -> Array:
    here = np.asarray(shapely.points(x, y), dtype=object)
    if len(target) == 1:
        parts = shapely.get_parts(target)
        tree = shapely.STRtree(parts)
        hit, found = tree.query_nearest(here, max_distance=_CAP_M, return_distance=True,
                                        all_matches=False)  # fmt: skip
        out = np.full(len(here), _CAP_M)
        out[hit[0]] = found
        return out
    distance: Array = np.minimum(shapely.distance(here, target), _CAP_M)
    return distance
