"""A feature that is sent (要素请求体): read, checked against its layer's schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import shapely

from geoplan.errors import InputError, SecrecyError
from geoplan.storage.records import examine
from geoplan_api.ogc import crs, schemas
from geoplan_api.ogc.links import GEOJSON, JSON
from geoplan_api.ogc.refusals import MediaError, TooManyVerticesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import Request

    from geoplan.storage import Change
    from geoplan_api.ogc.collections import Collection
    from geoplan_api.views import Views

MERGE = "application/merge-patch+json"
_LON, _LAT = 180.0, 90.0
_MEMBERS = ("type", "properties", "geometry")


@dataclass(frozen=True, slots=True)
class Body:
    """
    What is sent.

    Parameters
    ----------
    id
        None if it is not said.
    properties
        By name; None is an empty cell.
    geometry
        In longitude and latitude; None for none.
    placed
        Whether a geometry, or that there is none, is said at all.
    """

    id: str | None
    properties: Mapping[str, Any]
    geometry: shapely.Geometry | None
    placed: bool


def read(
    request: Request, views: Views, one: Collection, raw: bytes, *, patch: bool = False
) -> Body:  # fmt: skip
    """
    Read a feature; for a patch any part of it.

    Raises
    ------
    MediaError
        If it is of another kind.
    InputError
        If it is no feature, or has what the layer does not have.
    TooManyVerticesError
        If its shape has too many vertices.
    """
    kinds = (GEOJSON, JSON, *([MERGE] if patch else []))
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() not in kinds:
        raise MediaError.for_type(given, kinds)
    found = _object(raw)
    if not patch and found.get("type") != "Feature":
        raise wrong("type", found.get("type"), "must be Feature", "应为 Feature")
    if not patch:
        for name in _MEMBERS:
            if name not in found:
                raise wrong(name, None, "is missing", "缺少")
    cells = found.get("properties")
    cells = {} if cells is None else cells
    if not isinstance(cells, dict):
        raise wrong("properties", cells, "must be an object", "应为对象")
    _known(views, one, cells)
    shape = _shape(request, views, one, found.get("geometry"))
    return Body(_id(found.get("id")), cells, shape, "geometry" in found)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise wrong("body", raw[:40].decode(errors="replace"), f"is no JSON: {error}",
                    f"不是 JSON：{error}") from None  # fmt: skip
    if not isinstance(found, dict):
        raise wrong("body", found, "must be an object", "应为对象")
    return found


def _id(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise wrong("id", value, "must be text", "应为文字")
    return str(value)


def _known(views: Views, one: Collection, cells: Iterable[str]) -> None:
    """Refuse properties that the layer does not have, or not for the one who asks."""
    columns = set(schemas.declared(one))
    if one.view.undeclared and not set(cells) <= columns:
        columns = set(schemas.shown(one, one.snapshot(views).frame))
    for name in cells:
        if name not in columns:
            known = ", ".join(sorted(columns))
            raise wrong(name, None, f"is no property; known are {known}",
                        f"没有这个字段；可用的有 {known}")  # fmt: skip


def _shape(request: Request, views: Views, one: Collection, given: Any) -> shapely.Geometry | None:
    if given is None:
        return None
    if not one.kinds:
        raise wrong("geometry", "", "a table has no shapes", "该表没有几何")
    if not isinstance(given, dict):
        raise wrong("geometry", given, "must be an object", "应为对象")
    text = request.headers.get("content-crs")
    uri = None if text is None else text.strip().removeprefix("<").removesuffix(">")
    of = crs.find(uri, crs.offered(views.city), "Content-Crs")
    drawn = _drawn(given)
    count, most = int(shapely.get_num_coordinates(drawn)), views.city.settings.max_vertices
    if count > most:
        raise TooManyVerticesError.for_count(count, most)
    return _checked(crs.to_degrees(shapely.force_2d(drawn), of))


def _drawn(given: dict[str, Any]) -> shapely.Geometry:
    try:
        found = shapely.from_geojson(orjson.dumps(given))
    except (shapely.GEOSException, orjson.JSONEncodeError) as error:
        raise wrong("geometry", given.get("type"), f"is no GeoJSON geometry: {error}",
                    "不是 GeoJSON 几何") from None  # fmt: skip
    if given.get("type") in {"Feature", "FeatureCollection"}:
        raise wrong("geometry", given["type"], "must be a geometry", "应为几何")
    return found


def _checked(shape: shapely.Geometry) -> shapely.Geometry:
    xy = shapely.get_coordinates(shape)
    if not np.isfinite(xy).all():
        raise wrong("geometry", "", "a coordinate is not a number", "坐标不是有限数")
    if len(xy) and (np.abs(xy) > (_LON, _LAT)).any():
        value = ", ".join(f"{v:g}" for v in xy[(np.abs(xy) > (_LON, _LAT)).any(axis=1)][0])
        raise wrong("geometry", value, "is outside the earth: mind Content-Crs and its axis order",
                    "超出经纬度范围，请检查 Content-Crs 及其轴序")  # fmt: skip
    if not shapely.is_valid(shape):
        why = shapely.is_valid_reason(shape)
        raise wrong("geometry", why, "crosses or touches itself", "图形自相交或不合法")
    return shape


def check(change: Change, one: Collection, *, classified: bool) -> None:
    """
    Check a record before it is recorded: every cell, the shape, what is required, its secrecy.

    Raises
    ------
    SecrecyError
        If it is of a class that the system may not hold.
    InputError
        If something else is wrong: the first, and the number of all.
    """
    _, found = examine([change], one.layer, classified=classified)
    secret = [p for p in found if p.rule == SecrecyError.code]
    others = [p for p in found if p.rule != SecrecyError.code]
    if secret and not others:
        raise SecrecyError.for_rows(one.layer.name, str(secret[0].value), [secret[0].key])
    if others:
        first = others[0]
        raise wrong(first.field, first.value, first.en, first.zh, problems=len(others))


def wrong(field: str, value: Any, why: str, why_zh: str, **more: Any) -> InputError:
    """Return the error for one member or property of a body."""
    shown = "" if value is None else str(value)
    shown = shown if len(shown) <= 80 else f"{shown[:79]}…"  # noqa: PLR2004
    said = f"{field}{'' if value is None else f' = {shown}'}"
    return InputError(
        f"{said}: {why}.", zh=f"{said}：{why_zh}。",
        fix="correct it; nothing was recorded", fix_zh="改正后重新提交；没有记入任何内容",
        field=field, value=shown, reason=why, **more,
    )  # fmt: skip
