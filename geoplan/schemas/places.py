"""Checks of geometry (几何检查): kind, validity, numbers, swapped or impossible degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geoplan.schemas.findings import ROW_REJECTED, Findings, Words

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.schemas.model import Layer

# shapely type id -> kind
_KIND = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
_KIND_ZH = {"point": "点", "line": "线", "polygon": "面"}
_CHINA_LON, _CHINA_LAT = (73.0, 136.0), (3.0, 54.0)


def check_geometry(shapes: gpd.GeoSeries, layer: Layer, findings: Findings) -> gpd.GeoSeries:
    """
    Check the geometries of one layer and return them in two dimensions.

    Parameters
    ----------
    shapes
        Any CRS; tests of degrees are made only in a geographic one.
    layer
        Says which kinds are permitted and whether a row may have none.
    findings
        Where to note what is wrong; every finding here sends the row back.

    Returns
    -------
    shapes
        Without Z; missing stays missing.
    """
    raw = np.asarray(shapes.array, dtype=object)
    missing = shapely.is_missing(raw)
    empty = ~missing & shapely.is_empty(raw)
    if not layer.geometry_optional:
        _note(findings, missing | empty, None, "missing_geometry", "没有几何", "no geometry",
              "补充坐标", "add the position")  # fmt: skip
    raw = raw.copy()
    raw[empty] = None
    there = ~(missing | empty)
    _kinds(raw, there, layer, findings)
    finite = _finite(raw)
    _note(findings, there & ~finite, None, "not_finite", "坐标不是数值",
          "a coordinate is not a number", "改正坐标", "correct the coordinates")  # fmt: skip
    _valid(raw, there & finite, findings)
    if shapes.crs is not None and pyproj.CRS(shapes.crs).is_geographic:
        _degrees(raw, there & finite, findings)
    return gpd.GeoSeries(shapely.force_2d(raw), index=shapes.index, crs=shapes.crs)


def _note(
    findings: Findings, mask: npt.NDArray[np.bool_], values: npt.NDArray[np.object_] | None,
    rule: str, zh: str, en: str, fix_zh: str, fix_en: str,
) -> None:  # fmt: skip
    if mask.any():
        findings.add(mask, "geometry", values, rule, ROW_REJECTED, Words(zh, en, fix_zh, fix_en))


def _kinds(
    raw: npt.NDArray[np.object_], there: npt.NDArray[np.bool_], layer: Layer, findings: Findings
) -> None:
    kind = np.array([_KIND.get(i, "") for i in shapely.get_type_id(raw)], dtype=object)
    wrong = there & ~np.isin(kind, layer.geometry)
    want = "、".join(_KIND_ZH[k] for k in layer.geometry)
    names = np.array([g.geom_type if g is not None else "" for g in raw], dtype=object)
    _note(findings, wrong, names, "wrong_geometry_kind", f"几何应为{want}，现为 {{value}}",
          f"geometry must be {' or '.join(layer.geometry)}, found {{value}}",
          "换用正确类型的图层", "use a layer of the right kind")  # fmt: skip


def _finite(raw: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    xy, owner = shapely.get_coordinates(raw, return_index=True)
    bad = ~np.isfinite(xy).all(axis=1)
    out = np.ones(len(raw), bool)
    out[owner[bad]] = False
    return out


def _valid(raw: npt.NDArray[np.object_], there: npt.NDArray[np.bool_], findings: Findings) -> None:
    wrong = there & ~shapely.is_valid(raw)
    reason = np.full(len(raw), "", dtype=object)
    reason[wrong] = shapely.is_valid_reason(raw[wrong])
    _note(findings, wrong, reason, "invalid_geometry", "几何无效（自相交等）：{value}",
          "invalid geometry: {value}", "在 QGIS 中用“修复几何”处理后再导入",
          "repair it, for example with Fix geometries in QGIS")  # fmt: skip


def _degrees(
    raw: npt.NDArray[np.object_], there: npt.NDArray[np.bool_], findings: Findings
) -> None:
    west, south, east, north = shapely.bounds(raw).T
    with np.errstate(invalid="ignore"):
        swapped = (
            there & (west >= _CHINA_LAT[0]) & (east <= _CHINA_LAT[1])
            & (south >= _CHINA_LON[0]) & (north <= _CHINA_LON[1])
        )  # fmt: skip
        outside = there & ~swapped & (
            (west < -180) | (east > 180) | (south < -90) | (north > 90)  # noqa: PLR2004
        )  # fmt: skip
    where = np.full(len(raw), "", dtype=object)
    for at in np.flatnonzero(swapped | outside):
        where[at] = f"{west[at]:.5f}, {south[at]:.5f}"
    _note(findings, swapped, where, "swapped_lon_lat", "经度与纬度写反：{value}",
          "longitude and latitude are swapped: {value}", "对调经度、纬度两列",
          "swap the two columns")  # fmt: skip
    _note(findings, outside, where, "outside_range", "不是经纬度：{value}",
          "not degrees: {value}", "核对坐标系，平面坐标要写明 crs",
          "check the CRS; plane coordinates need crs")  # fmt: skip
