"""
The register of boundary markers (界桩登记表, BND-06): what is filled in, coordinates both ways.

X is north and Y is east in a register; heights are of the 1985 datum.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.azimuths import dms_text
from geoplan.boundaries.marker_references import reference_objects
from geoplan.boundaries.notes import numbers, texts
from geoplan.errors import MissingCRSError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

FIELDS: dict[str, str] = {
    "marker_no": "界桩号", "marker_type": "类型", "shape": "形状", "material": "材质",
    "line_code": "界线代码", "level": "级别", "location_a": "甲方所在地",
    "location_b": "乙方所在地", "x_north_m": "纵坐标X", "y_east_m": "横坐标Y",
    "source_crs": "坐标系", "elevation_m": "高程", "height_datum": "高程基准",
    "azimuth_kind": "方位角类别", "position_text": "位置描述", "managing_unit": "管护单位",
    "surveyors": "作业人员", "officers": "双方界线管理人员", "registered_on": "登记日期",
}  # fmt: skip
"""Fields of the register that must be filled in; the position is asked for beside them."""
_THIRD_SIDE = "location_c"
_TRIPLE = ("C", "D", "E")
PHOTOS = {"photos_near": "近景", "photos_a": "甲方方向", "photos_b": "乙方方向",
          "photos_c": "丙方方向"}  # fmt: skip
"""Views of a marker; the third side's only where three units meet."""
_BETWEEN = re.compile(r"[;；、\n]+")


def register_check(markers: gpd.GeoDataFrame, policy: Policy) -> pd.DataFrame:
    """
    Tell what is missing from each marker's register (BND-06).

    Parameters
    ----------
    markers
        The layer ``boundary_markers``, any CRS; absent columns count as empty.
    policy
        Gives the number of reference objects and, for each view, of photos.

    Returns
    -------
    checks
        The index of ``markers``: ``marker_no``, ``filled``, ``wanted`` (numbers of fields),
        ``completeness_share``, ``missing`` (columns, ``;``-joined), ``reference_objects`` (with
        name, azimuth and distance), ``status`` (``met``, ``not_met``), ``remark_zh``,
        ``remark_en``, ``rule_id``. A datum of height other than 1985 is said, not counted.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from geoplan.io import read_policy
    >>> marker = gpd.GeoDataFrame({"marker_no": ["4142001Q"], "marker_type": "Q"},
    ...     geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490")
    >>> check = register_check(marker, read_policy("suizhou-2022"))
    >>> check[["filled", "wanted", "reference_objects", "status"]].values.tolist()
    [[3, 22, 0, 'not_met']]
    """
    wanted_objects = int(policy.value("marker_reference_objects_count"))
    objects = reference_objects(markers)
    empty = {c: np.array([not t for t in texts(markers, c)], dtype=bool) for c in FIELDS}
    empty["geometry"] = np.asarray(markers.geometry.isna() | markers.geometry.is_empty)
    third = three_sided(markers)
    empty[_THIRD_SIDE] = third & (np.array(texts(markers, _THIRD_SIDE), dtype=object) == "")
    empty["reference_objects"] = objects < wanted_objects
    wanted_photos = int(policy.value("photo_min_count"))
    photos = photo_counts(markers)
    few = (photos < wanted_photos).to_numpy()
    empty["photos"] = few[:, :3].any(axis=1) | (few[:, 3] & third)
    table = pd.DataFrame(empty, index=markers.index)
    wanted = len(FIELDS) + 3 + third
    missing = [";".join(table.columns[row]) for row in table.to_numpy(dtype=bool)]
    filled = wanted - table.sum(axis=1).to_numpy()
    heights = _other_heights(markers)
    names = {**FIELDS, "geometry": "位置", _THIRD_SIDE: "丙方所在地",
             "reference_objects": f"方位物（应有 {wanted_objects} 个）",
             "photos": f"照片（近景及每方方向各 {wanted_photos} 张）"}  # fmt: skip
    said_zh = ["缺" + "、".join(names[c] for c in m.split(";")) if m else "" for m in missing]
    said_en = [f"missing: {m.replace(';', ', ')}" if m else "" for m in missing]
    return pd.DataFrame({
        "marker_no": texts(markers, "marker_no"), "filled": filled, "wanted": wanted,
        "completeness_share": filled / wanted, "missing": missing, "reference_objects": objects,
        "status": np.where(filled == wanted, "met", "not_met"),
        "remark_zh": [_join("；", a, f"高程基准是“{h}”，应为 1985 国家高程基准" if h else "")
                      for a, h in zip(said_zh, heights, strict=True)],
        "remark_en": [_join("; ", a, f"height datum is {h!r}, not 1985" if h else "")
                      for a, h in zip(said_en, heights, strict=True)],
        "rule_id": "BND-06",
    }, index=markers.index)  # fmt: skip


def _join(by: str, *parts: str) -> str:
    return by.join(p for p in parts if p)


def _other_heights(markers: pd.DataFrame) -> list[str]:
    return [h if h and "1985" not in h and "5737" not in h else ""
            for h in texts(markers, "height_datum")]  # fmt: skip


def three_sided(markers: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """
    Tell which markers stand where three units meet: of type C, D or E, or with three faces.

    Parameters
    ----------
    markers
        ``marker_type`` and ``shape``, where there are any; CRS does not matter.

    Returns
    -------
    three_sided
        One per row.
    """
    third = np.isin(texts(markers, "marker_type"), _TRIPLE)
    return third | np.isin(texts(markers, "shape"), ["three_faced"])


def photo_counts(markers: pd.DataFrame) -> pd.DataFrame:
    """
    Count the photos of each view of each marker (BND-06): near, and towards each side.

    Parameters
    ----------
    markers
        Columns `PHOTOS` hold names of files, joined by ``;``; any CRS.

    Returns
    -------
    counts
        The index of ``markers``, a column for each of `PHOTOS`.

    Examples
    --------
    >>> photo_counts(pd.DataFrame({"photos_near": ["a.jpg; b.jpg", None]})).values.tolist()
    [[2, 0, 0, 0], [0, 0, 0, 0]]
    """
    return pd.DataFrame({
        view: [sum(bool(name.strip()) for name in _BETWEEN.split(t)) for t in texts(markers, view)]
        for view in PHOTOS
    }, index=markers.index)  # fmt: skip


def register_coordinates(markers: gpd.GeoDataFrame, *, grid: str = _crs.METRIC) -> pd.DataFrame:
    """
    Write positions as a register does: B and L in 度分秒, X north, Y east (BND-06, RULES §9).

    Parameters
    ----------
    markers
        Points in any CRS.
    grid
        Plane CRS: EPSG:4547 without, EPSG:4526 with the zone before Y.

    Returns
    -------
    coordinates
        The index of ``markers``: ``latitude_text``, ``longitude_text``, ``x_north_m``,
        ``y_east_m`` (to the millimetre), ``source_crs``; empty without a position.

    Raises
    ------
    MissingCRSError
        If the markers have no CRS.

    Examples
    --------
    G1.

    >>> import geopandas as gpd, shapely
    >>> at = gpd.GeoDataFrame(geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490")
    >>> register_coordinates(at, grid="EPSG:4526")[["x_north_m", "y_east_m"]].values.tolist()
    [[3508754.287, 38441223.782]]
    """
    if markers.crs is None:
        raise MissingCRSError.for_layer("boundary_markers")
    degrees, plane = markers.geometry.to_crs(_crs.GEOGRAPHIC), markers.geometry.to_crs(grid)
    return pd.DataFrame({
        "latitude_text": dms_text(degrees.y, decimals=4),
        "longitude_text": dms_text(degrees.x, decimals=4),
        "x_north_m": plane.y.round(3), "y_east_m": plane.x.round(3), "source_crs": grid,
    }, index=markers.index)  # fmt: skip


def positions_from_plane(
    markers: pd.DataFrame, extent_deg: tuple[float, float, float, float], *,
    margin_m: float = 50_000.0,
) -> gpd.GeoDataFrame:  # fmt: skip
    """
    Read positions from X and Y of a register, whichever Gauss–Krüger zone they are in (CRS-02).

    Tried are the 3-degree and 6-degree zones of CGCS2000 at the place, with and without the zone
    number before Y, and both orders of the two columns; the one that falls into the city counts.

    Parameters
    ----------
    markers
        ``x_north_m``, ``y_east_m``. A CRS that ``source_crs`` names as ``EPSG:…`` is tried alone.
    extent_deg
        West, south, east, north of the city, degrees.
    margin_m
        How far outside a marker may lie. [CRS-02]

    Returns
    -------
    positions
        The index of ``markers``, EPSG:4490: the point, missing where there is none; ``plane_crs``;
        ``swapped`` (X held the east value); ``problem``: empty, ``no_coordinates``,
        ``outside_city``, ``ambiguous`` (two zones fit).

    Examples
    --------
    >>> row = pd.DataFrame({"x_north_m": [38441223.782], "y_east_m": [3508754.287]})
    >>> found = positions_from_plane(row, (112.72, 31.3, 114.12, 32.4))
    >>> found[["plane_crs", "swapped", "problem"]].values.tolist()
    [['EPSG:4526', True, '']]
    >>> found.geometry.x.round(6).tolist(), found.geometry.y.round(6).tolist()
    ([113.38], [31.7])
    """
    x, y = numbers(markers, "x_north_m").to_numpy(), numbers(markers, "y_east_m").to_numpy()
    stated = texts(markers, "source_crs")
    best = np.full(len(markers), None, dtype=object)
    zone, swapped = np.full(len(markers), "", dtype=object), np.zeros(len(markers), dtype=bool)
    hits = np.zeros(len(markers), dtype=int)
    west, south, east, north = extent_deg
    margin = margin_m / 111_000.0
    for name, turn in _zones((west + east) / 2.0, stated):
        lon, lat = _degrees(name, *((x, y) if turn else (y, x)))
        free = np.array([not t.startswith("EPSG:") or t == name for t in stated], dtype=bool)
        with np.errstate(invalid="ignore"):
            fits = free & (lon > west - margin) & (lon < east + margin)
            fits &= (lat > south - margin) & (lat < north + margin)
        best[fits] = shapely.points(lon[fits], lat[fits])
        zone[fits], swapped[fits] = name, turn
        hits += fits
    best[hits != 1], zone[hits != 1], swapped[hits != 1] = None, "", False
    unknown = np.isnan(x) | np.isnan(y)
    problem = np.select([unknown, hits == 0, hits > 1],
                        ["no_coordinates", "outside_city", "ambiguous"], "")  # fmt: skip
    return gpd.GeoDataFrame({"plane_crs": zone, "swapped": swapped, "problem": problem},
                            geometry=best, index=markers.index, crs=_crs.GEOGRAPHIC)  # fmt: skip


def _zones(lon_deg: float, stated: list[str]) -> Iterator[tuple[str, bool]]:
    """Give the CGCS2000 zones at a place, and those stated, each in both orders of columns."""
    three, six = round(lon_deg / 3.0), int(lon_deg // 6.0)
    names = [f"EPSG:{4534 + three - 25}", f"EPSG:{4513 + three - 25}",
             f"EPSG:{4502 + six - 12}", f"EPSG:{4491 + six - 12}"]  # fmt: skip
    for name in dict.fromkeys([*names, *(s for s in stated if s.startswith("EPSG:"))]):
        yield name, False
        yield name, True


def _degrees(name: str, east: Array, north: Array) -> tuple[Array, Array]:
    move = pyproj.Transformer.from_crs(name, _crs.GEOGRAPHIC, always_xy=True)
    lon, lat = move.transform(east, north)
    return np.asarray(lon), np.asarray(lat)


def plane_difference_m(
    markers: gpd.GeoDataFrame, extent_deg: tuple[float, float, float, float]
) -> pd.Series[float]:
    """
    Distance between a marker's position and the one its X and Y give, m; NaN where one is missing.

    Parameters
    ----------
    markers
        ``x_north_m``, ``y_east_m`` and points in any CRS.
    extent_deg
        As for `positions_from_plane`.

    Returns
    -------
    difference_m
        The index of ``markers``; both are the same place written twice, so more than rounding
        (0.001 m, or the seconds' decimals) is an error of writing.
    """
    read = positions_from_plane(markers, extent_deg).geometry
    west, south, east, north = extent_deg
    metric = _crs.metric_for((west + east) / 2.0, (south + north) / 2.0)
    here = markers.geometry.to_crs(metric).array
    away = shapely.distance(np.asarray(read.to_crs(metric).array, dtype=object), np.asarray(here))
    return pd.Series(away, index=markers.index, dtype="float64")
