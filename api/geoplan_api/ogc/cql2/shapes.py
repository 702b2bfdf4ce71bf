"""Shapes of a filter (空间条件): literals in a CRS, related to those of a layer by its tree."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyproj
import shapely

from geoplan import crs
from geoplan.errors import InputError
from geoplan_api.ogc.cql2.mistakes import malformed, wrong_kind
from geoplan_api.ogc.cql2.values import Truth, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan_api.snapshot import Snapshot

    Array = npt.NDArray[Any]

CRS84 = 4326
"""Stands for OGC:CRS84, longitude first, wherever an EPSG number is asked for."""
_Relation = Literal["intersects", "within", "contains", "touches", "crosses", "overlaps"]
_TURNED: dict[str, _Relation] = {
    "intersects": "intersects", "within": "contains", "contains": "within", "touches": "touches",
    "crosses": "crosses", "overlaps": "overlaps",
}  # fmt: skip
"""How a literal stands to a shape that stands to the literal in this way."""
SPATIAL: dict[str, Callable[..., Any]] = {
    "s_intersects": shapely.intersects, "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals, "s_touches": shapely.touches, "s_within": shapely.within,
    "s_contains": shapely.contains, "s_crosses": shapely.crosses, "s_overlaps": shapely.overlaps,
}  # fmt: skip
_LEVELS = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2,
           "MultiPolygon": 3}  # fmt: skip
_MOST_MEMBERS = 100


def relate(node: Any, left: Value, right: Value, snapshot: Snapshot) -> Truth:
    """Tell how shapes lie to each other."""
    for value, operand in zip((left, right), node["args"], strict=True):
        if value.kind != "shape":
            raise wrong_kind(node, operand, value.kind, ("shape",))
    name = node["op"].lower()
    try:
        return _related(name, left, right, snapshot)
    except shapely.errors.GEOSException:  # an invalid shape among the rows
        return _related(name, _mended(left), _mended(right), None)


def _related(name: str, left: Value, right: Value, snapshot: Snapshot | None) -> Truth:
    known = np.asarray(left.there) & np.asarray(right.there)
    if snapshot is not None and (left.at, right.at) == ("column", "literal"):
        return Truth.of(_by_tree(name, right.data.item(), snapshot), known)
    if snapshot is not None and (left.at, right.at) == ("literal", "column"):
        turned = {"s_within": "s_contains", "s_contains": "s_within"}.get(name, name)
        return Truth.of(_by_tree(turned, left.data.item(), snapshot), known)
    return Truth.of(SPATIAL[name](left.data, right.data), known)


def _by_tree(name: str, shape: shapely.Geometry, snapshot: Snapshot) -> Array:
    """Tell for each row whether it stands to a literal as asked."""
    kind = name.removeprefix("s_")
    held = np.zeros(len(snapshot.ids), bool)
    if kind in {"disjoint", "intersects"}:
        held[snapshot.tree.query(shape, predicate="intersects")] = True
        return ~held if kind == "disjoint" else held
    if kind == "equals":
        near = snapshot.tree.query(shape)
        shapes = snapshot.shapes
        held[near] = shapely.equals(None if shapes is None else shapes[near], shape)
        return held
    held[snapshot.tree.query(shape, predicate=_TURNED[kind])] = True
    return held


def _mended(value: Value) -> Value:
    return Value("shape", shapely.make_valid(value.data), value.there, at=value.at)


def literal(node: dict[str, Any], epsg: int) -> Value:
    """
    Return a shape given as GeoJSON or as a box, in the CRS of the filter, as one in degrees.

    Raises
    ------
    InputError
        If it is no shape, has no extent, crosses itself, or lies outside its CRS.
    """
    drawn = _box(node) if set(node) == {"bbox"} else _drawn(node)
    shape = _to_degrees(drawn, node, epsg)
    if not shapely.is_valid(shape):
        why = shapely.is_valid_reason(shape)
        raise malformed(node, f"no valid shape: {why}", f"图形无效：{why}")
    return Value("shape", np.array(shape, dtype=object))


def _box(node: dict[str, Any]) -> shapely.Geometry:
    numbers = node["bbox"]
    if not isinstance(numbers, list) or len(numbers) not in {4, 6} or not all(map(_is, numbers)):
        raise malformed(node, "a box has 4 or 6 numbers", "范围应为 4 或 6 个数值")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if not (west < east and south < north):
        raise malformed(node, "minimum before maximum", "范围须最小值在前、最大值在后")
    return shapely.box(west, south, east, north)


def _drawn(node: dict[str, Any]) -> shapely.Geometry:
    kind = node.get("type")
    if kind == "GeometryCollection":
        members = node.get("geometries")
        if not isinstance(members, list) or not 0 < len(members) <= _MOST_MEMBERS:
            raise malformed(node, "1 to 100 members", "应有 1 至 100 个成员")
        if not all(isinstance(m, dict) and m.get("type") != kind for m in members):
            raise malformed(node, "a member is no simple shape", "成员不是简单图形")
        return shapely.GeometryCollection([_drawn(m) for m in members])
    if not isinstance(kind, str) or kind not in _LEVELS:
        raise malformed(node, "no value of the language", "不是合法的值")
    flat = _checked(node, node.get("coordinates"), _LEVELS[kind])
    try:
        return _BUILD[kind](flat)
    except (shapely.errors.GEOSException, ValueError, IndexError):
        raise malformed(
            node, "too few positions, or a ring not closed", "点数不足或环未闭合"
        ) from None


_BUILD: dict[str, Callable[[Any], shapely.Geometry]] = {
    "Point": shapely.Point, "LineString": shapely.LineString, "MultiPoint": shapely.MultiPoint,
    "Polygon": lambda rings: shapely.Polygon(_ring(rings[0]), list(map(_ring, rings[1:]))),
    "MultiLineString": shapely.MultiLineString,
    "MultiPolygon": lambda parts: shapely.MultiPolygon(
        [(_ring(rings[0]), list(map(_ring, rings[1:]))) for rings in parts]
    ),
}  # fmt: skip


def _ring(positions: list[Any]) -> list[Any]:
    if positions[0] != positions[-1]:
        raise ValueError("not closed")
    return positions


def _checked(node: Any, coordinates: Any, level: int) -> Any:
    """Return coordinates of the right nesting, without heights."""
    if not isinstance(coordinates, list) or not coordinates:
        raise malformed(node, "positions are missing", "缺少坐标")
    if level:
        return [_checked(node, inner, level - 1) for inner in coordinates]
    if not 2 <= len(coordinates) <= 4 or not all(map(_is, coordinates)):  # noqa: PLR2004
        raise malformed(node, "a position is 2 or 3 numbers", "坐标应为 2 或 3 个数值")
    return [float(c) for c in coordinates[:2]]


def _is(number: Any) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and (
        abs(number) < 1e12  # noqa: PLR2004
    )  # fmt: skip


@lru_cache(maxsize=16)
def _change(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, crs.GEOGRAPHIC, always_xy=True)


@lru_cache(maxsize=16)
def _north_first(epsg: int) -> bool:
    if epsg == CRS84:
        return False
    return pyproj.CRS(epsg).axis_info[0].direction.lower() == "north"


def _to_degrees(shape: shapely.Geometry, node: Any, epsg: int) -> shapely.Geometry:
    if _north_first(epsg):
        shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
    if epsg not in {CRS84, 4490}:
        to = _change(epsg)
        shape = shapely.transform(
            shape, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1]))
        )
    west, south, east, north = shapely.bounds(shape)
    if not (west >= -180 and south >= -90 and east <= 180 and north <= 90):  # noqa: PLR2004
        raise _outside(node, epsg)
    return shape


def _outside(node: Any, epsg: int) -> InputError:
    order, zh = ("north, east", "北（纬度）在前") if _north_first(epsg) else (
        "east, north", "东（经度）在前")  # fmt: skip
    name = "CRS84" if epsg == CRS84 else f"EPSG:{epsg}"
    told = malformed(node, f"outside {name}", f"超出 {name} 的范围")
    return InputError(
        told.message, zh=told.message_zh, fix=f"the order is {order}; or set filter-crs",
        fix_zh=f"坐标顺序是{zh}；或另设 filter-crs", **told.context,
    )  # fmt: skip
