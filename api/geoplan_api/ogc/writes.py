"""
Records added, replaced, changed, retired (写入): OGC API Features Part 4 on registry layers.

Every change is a new version in the registry, with who and why; none is lost.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote
from uuid import uuid4

import pandas as pd
from fastapi import APIRouter, Depends, Header, Request, Response

from geoplan.errors import ConflictError, SecrecyError
from geoplan.storage import Change
from geoplan_api.deps import NowDep, ViewsDep
from geoplan_api.ogc import bodies, crs, items, models, parameters
from geoplan_api.ogc.bodies import MERGE
from geoplan_api.ogc.collections import Collection, CollectionPath, find
from geoplan_api.ogc.head import allow_header
from geoplan_api.ogc.items import ItemPath
from geoplan_api.ogc.links import GEOJSON
from geoplan_api.ogc.refusals import (
    MissingConditionError,
    NotWritableError,
    StaleError,
    TakenError,
    no_item,
)

if TYPE_CHECKING:
    from datetime import datetime

    from geoplan_api.ogc.bodies import Body
    from geoplan_api.views import Views

router = APIRouter(tags=["editing"])
_URL = "/collections/{collectionId}/items"
_CHANGE = {"parameters": [parameters.SEEN, parameters.REASON]}
_FEATURE: dict[str, Any] = {"requestBody": {
    "required": True, "content": {GEOJSON: {"schema": models.FEATURE}},
    "description": "要素 a feature; its CRS in the header Content-Crs, CRS84 if there is none",
}}  # fmt: skip
_PART: dict[str, Any] = {"requestBody": {
    "required": True, "description": "要改的部分 what is to change (RFC 7396)",
    "content": {MERGE: {"schema": models.FEATURE_PART}, GEOJSON: {"schema": models.FEATURE_PART}},
}}  # fmt: skip
_ADDED = _FEATURE | {"parameters": [parameters.REASON, parameters.BODY_CRS]}
_REPLACED = _FEATURE | {"parameters": [*_CHANGE["parameters"], parameters.BODY_CRS]}
_CHANGED = _PART | {"parameters": [*_CHANGE["parameters"], parameters.BODY_CRS]}
# headers are described in `parameters`
ReasonHeader = Annotated[str | None, Header(alias="X-Reason", include_in_schema=False)]
SeenHeader = Annotated[str | None, Header(alias="If-Match", include_in_schema=False)]


async def _raw(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw)]


@router.options(_URL, response_model=None, status_code=204, include_in_schema=False)
def options(views: ViewsDep, collection_id: CollectionPath) -> Response:
    """Which methods the items of a collection have, for the one who asks."""
    more = ["POST"] if find(views, collection_id).writable(views) else []
    return Response(status_code=204, headers={"Allow": allow_header(["GET", *more])})


@router.options(f"{_URL}/{{featureId:path}}", response_model=None, status_code=204,
                include_in_schema=False)  # fmt: skip
def item_options(views: ViewsDep, collection_id: CollectionPath, feature_id: ItemPath) -> Response:
    """Which methods an item has, for the one who asks."""
    one = find(views, collection_id)
    items.placed(views, one, feature_id)
    more = ["PUT", "PATCH", "DELETE"] if one.writable(views) else []
    headers = {"Allow": allow_header(["GET", *more]), "Accept-Patch": MERGE}
    return Response(status_code=204, headers=headers)


@router.post(_URL, status_code=201, response_model=None, openapi_extra=_ADDED,
             responses=models.written(201, "已登记 added"))  # fmt: skip
def create(
    request: Request, views: ViewsDep, collection_id: CollectionPath, raw: RawBody, now: NowDep,
    reason: ReasonHeader = None,
) -> Response:  # fmt: skip
    """Add a record; without an id it is given one."""
    one = _writable(views, collection_id)
    body = bodies.read(request, views, one, raw)
    key = one.layer.key[0]
    name = body.properties.get(key)
    if name is not None and body.id is not None and body.id != str(name):
        raise _two_ids(body.id, str(name))
    name = name if name is not None else body.id or uuid4().hex
    if not items.possible(str(name)):
        raise bodies.wrong(key, name, "has a control character", "含有控制字符")
    change = Change(one.layer.name, {**_cells(body), key: name}, seen=0)
    _record(request, views, one, change, reason, now, str(name))
    return _answer(request, views, one, str(name), 201)


@router.put(f"{_URL}/{{featureId:path}}", response_model=None, openapi_extra=_REPLACED,
            responses=models.written(200, "已替换 replaced"))  # fmt: skip
def replace(
    request: Request, views: ViewsDep, collection_id: CollectionPath, feature_id: ItemPath,
    raw: RawBody, now: NowDep, seen: SeenHeader = None, reason: ReasonHeader = None,
) -> Response:  # fmt: skip
    """Replace a record; columns that the one who asks may not see stay as they are."""
    one = _writable(views, collection_id)
    there, version = _there(views, one, feature_id)
    body = bodies.read(request, views, one, raw)
    _same_id(one, feature_id, body)
    _require_seen(views, one, feature_id, seen, version)
    kept = {n: v for n, v in there.items() if not _may_change(one, n)}
    row = {**kept, **_cells(body), one.layer.key[0]: feature_id}
    _record(request, views, one, Change(one.layer.name, row, version), reason, now, feature_id)
    return _answer(request, views, one, feature_id, 200)


@router.patch(f"{_URL}/{{featureId:path}}", response_model=None, openapi_extra=_CHANGED,
              responses=models.written(200, "已修改 changed"))  # fmt: skip
def update(
    request: Request, views: ViewsDep, collection_id: CollectionPath, feature_id: ItemPath,
    raw: RawBody, now: NowDep, seen: SeenHeader = None, reason: ReasonHeader = None,
) -> Response:  # fmt: skip
    """Change the named properties of a record, or its geometry; null empties."""
    one = _writable(views, collection_id)
    there, version = _there(views, one, feature_id)
    body = bodies.read(request, views, one, raw, patch=True)
    _same_id(one, feature_id, body)
    _require_seen(views, one, feature_id, seen, version)
    row = {**there, **body.properties, **({"geometry": body.geometry} if body.placed else {})}
    _record(request, views, one, Change(one.layer.name, row, version), reason, now, feature_id)
    return _answer(request, views, one, feature_id, 200)


@router.delete(f"{_URL}/{{featureId:path}}", status_code=204, response_model=None,
               openapi_extra=_CHANGE,
               responses={204: {"description": "已注销，历史保留 retired; its history is kept"}},
               )  # fmt: skip
def delete(
    request: Request, views: ViewsDep, collection_id: CollectionPath, feature_id: ItemPath,
    now: NowDep, seen: SeenHeader = None, reason: ReasonHeader = None,
) -> Response:  # fmt: skip
    """Retire a record; its versions stay in the registry."""
    one = _writable(views, collection_id)
    _, version = _there(views, one, feature_id)
    _require_seen(views, one, feature_id, seen, version)
    change = Change(one.layer.name, {one.layer.key[0]: feature_id}, version, retire=True)
    _record(request, views, one, change, reason, now, feature_id)
    return Response(status_code=204)


def _writable(views: Views, name: str) -> Collection:
    """
    Return a collection that may be changed.

    Raises
    ------
    UnknownIdError
        If it may not be seen.
    ReadOnlyStoreError
        If nobody may change it here.
    NotWritableError
        If the one who asks may not.
    """
    one = find(views, name)
    views.city.writable(one.layer.name)
    if not one.writable(views):
        raise NotWritableError.for_layer(one.id, one.title, views.who.role)
    return one


def _there(views: Views, one: Collection, item: str) -> tuple[dict[str, Any], int]:
    """
    Return a record as it is, and its version.

    Raises
    ------
    UnknownIdError
        If it is not there, or not for the one who asks.
    """
    layer = views.city.registry.layer(one.layer.name)
    there = layer.get(item) if items.possible(item) else None
    if there is None or not _shown(one, there):
        raise no_item(one.id, item)
    return there, int(there.pop("row_version"))


def _require_seen(
    views: Views, one: Collection, item: str, seen: str | None, version: int
) -> None:  # fmt: skip
    """
    Check that a change was made on the version that a record is at.

    Raises
    ------
    MissingConditionError
        If it is not said which version was seen.
    StaleError
        If it was another one.
    """
    if seen is None:
        raise MissingConditionError.for_item(item)
    tags = [t.strip().removeprefix("W/").strip('"').partition(".")[0] for t in seen.split(",")]
    if "*" not in tags and str(version) not in tags:
        raise _stale(views, one, item, tags[0])


def _stale(views: Views, one: Collection, item: str, seen: str) -> Exception:
    """Return the error that names the version a record is at now."""
    snapshot, at = items.placed(views, one, item)
    etag = items.etag_of(one, snapshot, at, "json", crs.LON_LAT)
    version = int(etag[1:].partition(".")[0])
    return StaleError.for_item(item, seen[:40], version, etag)


def _shown(one: Collection, row: dict[str, Any]) -> bool:
    """Tell whether a record is of a class that the one who asks sees."""
    frame = pd.DataFrame({"secrecy": [row.get("secrecy")]}, dtype=object)
    return bool(one.view.rows(frame)[0])


def _may_change(one: Collection, name: str) -> bool:
    """Tell whether a column is shown: what is not seen is not lost either."""
    if name == "geometry" or any(c.name == name for c in one.view.columns):
        return True
    return one.view.undeclared and one.layer.column(name) is None


def _cells(body: Body) -> dict[str, Any]:
    return {**body.properties, "geometry": body.geometry}


def _same_id(one: Collection, item: str, body: Body) -> None:
    key = body.properties.get(one.layer.key[0], item)
    for found in (body.id, key):
        if found is not None and str(found) != item:
            raise _two_ids(str(found), item)
    if key is None:
        raise bodies.wrong(one.layer.key[0], None, "cannot be emptied", "不能清空")


def _two_ids(found: str, item: str) -> Exception:
    return bodies.wrong("id", found, f"is not {item!r}", f"与“{item}”不同")


def _record(
    request: Request, views: Views, one: Collection, change: Change, reason: str | None,
    now: datetime, item: str,
) -> None:  # fmt: skip
    """
    Check a change and record it.

    Raises
    ------
    SecrecyError
        If the record would be of a class above that of the one who writes.
    StaleError, TakenError
        If somebody else was faster.
    """
    if not change.retire:
        bodies.check(change, one, classified=views.city.classified)
        if not _shown(one, dict(change.row)):
            secrecy = str(change.row.get("secrecy") or one.layer.secrecy)
            raise _too_secret(one, item, secrecy, views.who.role)
    why = _words(reason) or f"{request.method} {request.url.path}"
    who = views.who
    try:
        views.city.registry.write([change], who=who.name or who.role, why=why, recorded_at=now)
    except ConflictError as error:
        if change.seen == 0:
            raise TakenError.for_item(item) from error
        raise _stale(views, one, item, str(change.seen)) from error


def _too_secret(one: Collection, item: str, secrecy: str, role: str) -> SecrecyError:
    return SecrecyError(
        f"The role {role!r} may not record {item!r} as {secrecy}.",
        zh=f"角色“{role}”不能登记密级为“{secrecy}”的“{item}”。",
        fix="give a class that you may see", fix_zh="密级不得高于本人可见的等级",
        layer=one.layer.name, field="secrecy", value=secrecy,
    )  # fmt: skip


def _words(text: str | None) -> str:
    """Return a header's text: percent-encoded, or UTF-8 as it was sent."""
    if text is None:
        return ""
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    return "".join(c for c in unquote(text) if c.isprintable()).strip()[:500]


def _answer(
    request: Request, views: Views, one: Collection, item: str, status: int
) -> Response:  # fmt: skip
    """Return the record as it is now."""
    return items.answer(request, views, one, item, crs.LON_LAT, "json", status=status)
