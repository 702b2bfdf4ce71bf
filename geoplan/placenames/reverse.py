"""Reverse geocoding (逆地理编码): the units of a point, the nearest name, how near the line is."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan.errors import InputError, MissingCRSError
from geoplan.placenames.cells import texts
from geoplan.placenames.near_names import nearest_names
from geoplan.placenames.unit_cover import UnitCover
from geoplan.placenames.unit_names import ROOT
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

REASONS = {
    "no_position": ("没有坐标", "it has no position"),
    "not_a_point": ("不是点", "it is no point"),
    "swapped": ("经纬度（或纵横坐标）可能颠倒", "its coordinates seem to be in reverse order"),
    "out_of_range": ("经纬度超出 ±180°、±90°", "its degrees are beyond ±180, ±90"),
    "outside_city": ("不在本市范围内", "it is outside the city"),
    "on_boundary": ("位于界线上，或单元重叠处", "it is on a line, or where units overlap"),
    "near_boundary": ("离界线太近，所属单元不能确定", "it is too near a line to be certain"),
    "in_dispute": ("位于争议地段", "it is in a dispute"),
}
"""Why a point is not placed, or not for certain: Chinese and English."""
BANDS = (2, 10, 20, 100)
"""Ends of the public distance bands, closed, in multiples of the public rounding (SEC-02). [P]"""

_AFTER_PATH = 3 + len(LEVELS)
_HALF_TURN = 180.0
_MM_PER_M = 1000.0
_NEAR_M = 10_000.0
"""Names farther away say nothing about where a point is. [P]"""


def reverse(
    points: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame | UnitCover,
    *,
    policy: Policy,
    places: gpd.GeoDataFrame | None = None,
    disputes: gpd.GeoDataFrame | None = None,
    ambiguous_m: float | None = None,
    public: bool = False,
) -> pd.DataFrame:
    """
    Tell in which units each point lies, and how certain that is.

    Parameters
    ----------
    points
        Points in any CRS; ``accuracy_m`` (their own error) where known.
    units
        `UnitCover`, or the ``admin_units`` layer to make it of: polygons in any CRS.
    policy
        Gives the error of a line (``feature_error_map_mm`` at ``boundary_scale_below``) and the
        rounding of public answers (``public_rounding_m``).
    places
        Names with ``place_id``, ``standard_name`` and geometry in any CRS: the nearest is given.
        Secret rows are left out by the caller.
    disputes
        Polygons in any CRS, such as the faces of `geoplan.boundaries`; ``left_party`` and
        ``right_party`` where known.
    ambiguous_m
        A line this near or nearer leaves the unit uncertain, m; the error of the line where not
        given. The error of the unit's own line and of the point come on top.
    public
        Answer as the public may know: points are moved to the middle of a square of
        ``public_rounding_m`` first, so that no answer tells more of a line; distances are banded;
        disputes are not used.

    Returns
    -------
    found
        The index of ``points``: ``unit_code``, ``level``, one code per level, ``path`` (the names
        of the chain); ``boundary_m`` (distance to the edge of that unit, m in the metric CRS) or,
        for the public, ``boundary_band_m`` (``0-100``); ``ambiguous`` and ``units_near``
        (``;``-joined codes it may lie in, its own first); ``reason`` (codes of `REASONS`,
        ``;``-joined), ``reason_zh``, ``reason_en``; with places ``place_id``, ``place_name``,
        ``place_m`` of the nearest name within 10 km. A point that is not placed has no codes and
        says why.

    Raises
    ------
    MissingCRSError
        If a frame has no CRS.
    MissingColumnsError
        If a column is absent.
    EmptyLayerError
        If no unit has a polygon.
    InputError
        If ``ambiguous_m`` is negative or no number.

    Notes
    -----
    SEC-02, BND-02. The unit is decided exactly in the CRS of the units; the chain follows
    ``parent_code``. A point on a line belongs to one unit (the lesser code) and is ambiguous.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> units = gpd.GeoDataFrame({"unit_code": ["421303"], "name": ["曾都区"], "level": ["county"],
    ...     "parent_code": ["421300"]}, geometry=[shapely.box(0, 0, 900, 900)], crs="EPSG:4547")
    >>> points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([300, 3], [450, 450]),
    ...                           crs="EPSG:4547")
    >>> found = reverse(points, units, policy=read_policy("suizhou-2022"))
    >>> found["boundary_m"].tolist(), found["ambiguous"].tolist()
    ([300.0, 3.0], [False, True])
    """
    cover = units if isinstance(units, UnitCover) else UnitCover.of(units)
    limit_m = _limit_m(policy, ambiguous_m)
    x, y, reason = _positions(points, cover)
    good = np.flatnonzero(reason == "")
    x, y = x[good], y[good]
    mx, my = _moved(x, y, cover.crs, cover.metric_crs)
    if public:
        step_m = policy.value("public_rounding_m")
        limit_m = max(limit_m, step_m)
        mx, my = ((np.floor(v / step_m) + 0.5) * step_m for v in (mx, my))
        x, y = _moved(mx, my, cover.metric_crs, cover.crs)
    shape, *others = cover.holding(x, y)
    edge_m = np.full(len(x), np.nan)
    placed = shape >= 0
    edge_m[placed] = cover.edge_m(shape[placed], mx[placed], my[placed])
    doubt = _Doubt(cover, shape)
    doubt.add("on_boundary", *others)
    if public:
        within_m = np.full(len(x), limit_m)
    else:
        within_m = _errors_m(points, cover, good, shape, limit_m)
        if disputes is not None:
            doubt.dispute(disputes, mx, my)
    asked = np.flatnonzero(~(edge_m > within_m))
    near, at = cover.near(mx[asked], my[asked], within_m[asked])
    doubt.add("near_boundary", asked[near], at)
    found = _frame(points.index, cover, good, shape, reason, doubt)
    away: Array = _bands(edge_m, policy.value("public_rounding_m")) if public else edge_m
    column = pd.Series(None if public else np.nan, index=range(len(points)),
                       dtype=object if public else float)  # fmt: skip
    inside = found["unit_code"].notna().to_numpy()[good]
    column.iloc[good[inside]] = away[inside]
    name = "boundary_band_m" if public else "boundary_m"
    found.insert(_AFTER_PATH, name, column.set_axis(points.index))
    return found if places is None else found.join(_nearest(points, cover, good, places))


class _Doubt:
    """Points that may lie elsewhere: the units they may lie in, and why."""

    def __init__(self, cover: UnitCover, shape: Ints) -> None:
        self.cover, self.shape = cover, shape
        self.units: dict[int, dict[str, None]] = {}
        self.why: dict[int, dict[str, None]] = {}

    def add(self, why: str, point: Ints, shape: Ints) -> None:
        """Note that points may lie in some polygons."""
        codes = [self.cover.units[u].code for u in self.cover.unit[shape]]
        for p, code in zip(point.tolist(), codes, strict=True):
            self._of(p, why)[code] = None

    def dispute(self, disputes: gpd.GeoDataFrame, mx: Floats, my: Floats) -> None:
        """Note the points in disputes, and the parties."""
        if disputes.crs is None:
            raise MissingCRSError.for_layer("disputes")
        faces = disputes.to_crs(self.cover.metric_crs)
        point, face = shapely.STRtree(np.array(faces.geometry.array)).query(
            shapely.points(mx, my), predicate="intersects"
        )
        left, right = (texts(faces, c).tolist() for c in ("left_party", "right_party"))
        for p, f in zip(point.tolist(), face.tolist(), strict=True):
            self._of(p, "in_dispute").update(dict.fromkeys(filter(None, (left[f], right[f]))))

    def _of(self, point: int, why: str) -> dict[str, None]:
        self.why.setdefault(point, {})[why] = None
        own = self.shape[point]
        first = {self.cover.units[self.cover.unit[own]].code: None} if own >= 0 else {}
        return self.units.setdefault(point, first)


def _limit_m(policy: Policy, given: float | None) -> float:
    if given is None:
        scale = policy.value("boundary_scale_below")
        return policy.value("feature_error_map_mm") * scale / _MM_PER_M
    if not (np.isfinite(given) and given >= 0.0):
        raise InputError(
            f"ambiguous_m={given}: it must be a distance of 0 or more.",
            zh=f"ambiguous_m={given}：须为不小于 0 的距离。",
            fix="give metres, or leave it out to use the error of the line",
            fix_zh="给出米数，或省略以采用界线精度", value=given,
        )  # fmt: skip
    return float(given)


def _moved(x: Floats, y: Floats, source: pyproj.CRS, target: pyproj.CRS) -> tuple[Floats, Floats]:
    if source == target or not len(x):
        return x, y
    move = pyproj.Transformer.from_crs(source, target, always_xy=True)
    moved_x, moved_y = move.transform(x, y)
    return np.asarray(moved_x), np.asarray(moved_y)


def _positions(points: gpd.GeoDataFrame, cover: UnitCover) -> tuple[Floats, Floats, Array]:
    """Return the points in the CRS of the units, and why some are nowhere."""
    if points.crs is None:
        raise MissingCRSError.for_layer("points")
    own = pyproj.CRS(points.crs)
    shapes = np.array(points.geometry.array, dtype=object)
    kind = shapely.get_type_id(shapes)
    shapes[shapely.is_empty(shapes)] = None  # GEOS refuses to tell where an empty point is
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    finite = np.isfinite(x) & np.isfinite(y)
    far = finite & own.is_geographic & ((np.abs(x) > _HALF_TURN) | (np.abs(y) > _HALF_TURN / 2))
    reason = np.full(len(shapes), "", dtype=object)
    low, high = cover.box[:, :2].min(axis=0), cover.box[:, 2:].max(axis=0)

    def lies_there(x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        inside = (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
        return np.asarray(inside, dtype=bool)

    there_x, there_y = _moved(x, y, own, cover.crs)
    turned = finite & lies_there(*_moved(y, x, own, cover.crs)) & ~lies_there(there_x, there_y)
    reason[far | (finite & ~(np.isfinite(there_x) & np.isfinite(there_y)))] = "out_of_range"
    reason[turned] = "swapped"
    reason[~finite] = "no_position"
    reason[kind > 0] = "not_a_point"
    return there_x, there_y, reason


def _errors_m(
    points: gpd.GeoDataFrame, cover: UnitCover, good: Ints, shape: Ints, limit_m: float
) -> Floats:
    """Return how near the line leaves each point uncertain: its error and the point's own."""
    line_m = np.maximum(limit_m, np.where(shape >= 0, cover.accuracy_m[shape], 0.0))
    if "accuracy_m" not in points.columns:
        return np.asarray(line_m)
    own_m = points["accuracy_m"].to_numpy(dtype=float, na_value=np.nan)[good]
    return np.asarray(line_m + np.maximum(np.nan_to_num(own_m), 0.0))


def _frame(
    index: pd.Index[Any], cover: UnitCover, good: Ints, shape: Ints, reason: Array, doubt: _Doubt
) -> pd.DataFrame:
    rows = len(reason)
    unit = np.where(shape >= 0, cover.unit[shape], ROOT)
    outside = np.array([*(u.outside for u in cover.units), True])[unit]
    reason = reason.copy()
    reason[good[outside]] = "outside_city"
    table = _table(cover)
    table[-1] = None
    own = np.full(rows, ROOT, dtype=np.int64)
    own[good] = np.where(outside, ROOT, unit)
    columns = ["unit_code", "level", *LEVELS, "path"]
    found = pd.DataFrame(table[own], columns=columns, index=index, dtype=object)
    ambiguous, near = np.zeros(rows, dtype=bool), np.full(rows, "", dtype=object)
    for p, why in doubt.why.items():
        row = good[p]
        ambiguous[row] = True
        near[row] = ";".join(doubt.units[p])
        reason[row] = ";".join(filter(None, (reason[row], *why)))
    codes, distinct = pd.factorize(reason)
    words = [[REASONS[c] for c in text.split(";") if c] for text in distinct]
    zh = np.array(["；".join(z for z, _ in pairs) for pairs in words], dtype=object)
    en = np.array(["; ".join(e for _, e in pairs) for pairs in words], dtype=object)
    return found.assign(
        ambiguous=ambiguous, units_near=near, reason=reason, reason_zh=zh[codes],
        reason_en=en[codes],
    )  # fmt: skip


def _table(cover: UnitCover) -> Array:
    """Return code, level, codes of the chain and path of every unit, and a last row for none."""
    table = np.full((len(cover.units) + 1, _AFTER_PATH), None, dtype=object)
    for k, unit in enumerate(cover.units):
        chain = [None if c == ROOT else cover.units[c] for c in unit.chain]
        path = "".join(c.name for c in chain if c)
        table[k] = [unit.code, LEVELS[unit.level], *(c and c.code for c in chain), path]
    return table


def _bands(edge_m: Floats, step_m: float) -> Array:
    """Return the band of each distance as text, None where there is none."""
    ends = [0, *(round(k * step_m) for k in BANDS)]
    labels = [f"{a}-{b}" for a, b in pairwise(ends)] + [f"{ends[-1]}+"]
    band = np.array([*labels, None], dtype=object)
    at = np.searchsorted(np.array(ends[1:], dtype=float), edge_m, side="left")
    return np.asarray(band[np.where(np.isnan(edge_m), len(labels), at)])


def _nearest(
    points: gpd.GeoDataFrame, cover: UnitCover, good: Ints, places: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return the nearest name of every point that has a position, by the index of the points."""
    usable = gpd.GeoDataFrame(geometry=points.geometry.iloc[good].reset_index(drop=True))
    near = nearest_names(usable, places, within_m=_NEAR_M, metric_crs=cover.metric_crs).set_index(
        "point"
    )
    near = near.reindex(pd.RangeIndex(len(good))).set_index(good).reindex(range(len(points)))
    names = {"place_id": "place_id", "name": "place_name", "distance_m": "place_m"}
    return near[list(names)].rename(columns=names).set_axis(points.index)
