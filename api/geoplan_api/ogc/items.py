"""``/collections/{id}/items`` 要素: a page of them, one of them, all of them as a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from geoplan_api.deps import NowDep, ViewsDep
from geoplan_api.ogc import (
    crs,
    downloads,
    geojson,
    html,
    models,
    paging,
    parameters,
    query,
    schemas,
)
from geoplan_api.ogc.collections import Collection, CollectionPath, find
from geoplan_api.ogc.links import GEOJSON, HTML, JSON, MEDIA, base_of, link, part, with_query
from geoplan_api.ogc.negotiation import choose, digest, headers_of, unchanged
from geoplan_api.ogc.refusals import no_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views

router = APIRouter(tags=["features"])
ItemPath = Annotated[str, Path(alias="featureId", description="要素 id of an item")]
CrsQuery = query.CrsQuery
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@router.get("/collections/{collectionId}/items", response_model=None,
            openapi_extra={"parameters": parameters.ITEMS},
            responses=models.items(models.FEATURES, downloads=True))  # fmt: skip
def items(
    request: Request, views: ViewsDep, collection_id: CollectionPath, asked: query.AskedDep,
    now: NowDep,
) -> Response:  # fmt: skip
    """Return the items that fit all parameters, page by page; as a file all of them."""
    one = find(views, collection_id)
    wanted = query.read(request, views, one, asked)
    kind = choose(request, asked.f, ("json", "html", *downloads.kinds(one)))
    etag = f'W/"{one.version(views)}-{digest(kind, *_told(request, views))}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    headers = headers_of(etag, **{"Content-Crs": f"<{wanted.crs.uri}>"})
    if kind not in {"json", "html"}:
        whole = one.snapshot(views, bbox=query.bounds(one, wanted))
        return downloads.answer(views, one, whole, wanted, asked, kind, headers)
    snapshot, page = _page(views, one, wanted, asked)
    views.rows = len(page.rows)
    links = _page_links(request, one, kind, page)
    head = {"numberMatched": page.matched, "numberReturned": len(page.rows),
            "timeStamp": f"{now:%Y-%m-%dT%H:%M:%SZ}", "links": links}  # fmt: skip
    if kind == "html":
        return html.page(
            "items.html", request, views, headers, one=one, head=head,
            links={k["rel"]: k["href"] for k in links},
            **html.table(snapshot, page.rows, schemas.shown(one, snapshot.frame)),
        )  # fmt: skip
    some = written(snapshot, page.rows, wanted.crs, wanted.columns)
    return Response(geojson.collection(head, some), media_type=GEOJSON, headers=headers)


def _page(
    views: Views, one: Collection, wanted: query.Wanted, asked: query.Asked
) -> tuple[Snapshot, paging.Page]:
    found = paging.alone(views, one, wanted, asked)
    if found is not None:
        return found
    snapshot = one.snapshot(views, bbox=query.bounds(one, wanted))
    return snapshot, paging.page(snapshot, wanted, asked)


items.reads_own_parameters = True  # type: ignore[attr-defined]


def _told(request: Request, views: Views) -> tuple[object, ...]:
    """Return what else than the content makes the answer what it is."""
    return base_of(request), views.who.role, sorted(request.query_params.multi_items())


def written(
    snapshot: Snapshot, rows: Any, out: crs.Crs, columns: Sequence[str] | None = None
) -> list[bytes]:
    """Return rows of a snapshot as GeoJSON features."""
    names = snapshot.columns.names if columns is None else columns
    names = [n for n in names if n in snapshot.columns]
    some = snapshot.columns.at(rows)
    shapes = None if snapshot.placed is None else snapshot.some_in(out.epsg, rows)
    return geojson.features(
        snapshot.ids[rows].tolist(), shapes, {n: some[n] for n in names}, digits=out.digits,
        swap=out.swap,
    )  # fmt: skip


def _page_links(
    request: Request, one: Collection, kind: str, page: paging.Page
) -> list[dict[str, str]]:
    base = f"{base_of(request)}/collections/{one.id}"
    given = [(k, v) for k, v in request.query_params.multi_items() if k != "f"]
    url = f"{base}/items"
    links = [link(with_query(url, [("f", kind), *given]), "self", MEDIA[kind], "本页 this page")]
    links += [
        link(with_query(url, [("f", other), *given]), "alternate", MEDIA[other], other.upper())
        for other in ("json", "html", *downloads.kinds(one)) if other != kind
    ]  # fmt: skip
    kept = [(k, v) for k, v in given if k not in {"offset", "after", "before"}]
    for rel, title, more in (("next", "下一页 next page", page.following),
                             ("prev", "上一页 previous page", page.preceding)):  # fmt: skip
        if more is not None:
            pairs = [("f", kind), *kept, *more.items()]
            links.append(link(with_query(url, pairs), rel, MEDIA[kind], title))
    links.append(link(base, "collection", JSON, one.title))
    return links


@router.get("/collections/{collectionId}/items/{featureId:path}", response_model=None,
            openapi_extra={"parameters": parameters.ITEM},
            responses=models.items(models.FEATURE, downloads=False))  # fmt: skip
def item(
    request: Request, views: ViewsDep, collection_id: CollectionPath, feature_id: ItemPath,
    out: CrsQuery = None,
    f: Annotated[Literal["json", "html"] | None, Query(include_in_schema=False)] = None,
) -> Response:  # fmt: skip
    """One item."""
    one = find(views, collection_id)
    wanted = crs.find(out, crs.offered(views.city), "crs")
    kind = choose(request, f, ("json", "html"))
    return answer(request, views, one, feature_id, wanted, kind)


def answer(
    request: Request, views: Views, one: Collection, feature_id: str, out: crs.Crs, kind: str,
    *, status: int = 200,
) -> Response:  # fmt: skip
    """
    Return one item.

    Raises
    ------
    UnknownIdError
        If it is not there, or not for the one who asks.
    """
    snapshot, at = placed(views, one, feature_id)
    etag = etag_of(one, snapshot, at, kind, out)
    same = unchanged(request, etag) if status == 200 else None  # noqa: PLR2004
    if same is not None:
        return same
    headers = headers_of(etag, **{"Content-Crs": f"<{out.uri}>"})
    if kind == "html":
        shown = html.sheet(snapshot, at, schemas.shown(one, snapshot.frame))
        return html.page("item.html", request, views, headers, one=one, **shown)
    text = written(snapshot, [at], out)[0]
    url = f"{base_of(request)}/collections/{one.id}"
    more = geojson.members({"links": [
        link(f"{url}/items/{part(feature_id)}", "self", GEOJSON, feature_id),
        link(f"{url}/items/{part(feature_id)}?f=html", "alternate", HTML, feature_id),
        link(url, "collection", JSON, one.title),
    ]})  # fmt: skip
    headers["Location"] = f"{url}/items/{part(feature_id)}"
    if status != 201:  # noqa: PLR2004
        del headers["Location"]
    return Response(text[:-1] + b"," + more + b"}", status_code=status, media_type=GEOJSON,
                    headers=headers)  # fmt: skip


def placed(views: Views, one: Collection, item: str) -> tuple[Snapshot, int]:
    """
    Return a snapshot that has an item, and its row.

    Raises
    ------
    UnknownIdError
        If it is not there, or not for the one who asks.
    """
    at = None
    if possible(item):
        snapshot = one.snapshot(views, key=item)
        at = snapshot.position(item)
    if at is None:
        raise no_item(one.id, item)
    return snapshot, at


def possible(item: str) -> bool:
    """Tell whether a store can have an id: it has no control character."""
    return not _CONTROL.search(item)


def etag_of(one: Collection, snapshot: Snapshot, at: int, kind: str, out: crs.Crs) -> str:
    """Return the version of an item: of its record, then of the form in which it is sent."""
    numbers = snapshot.row_versions
    number = snapshot.version if numbers is None else numbers[at]
    return f'"{number}.{digest(one.view.key, one.id, kind, out.uri)}"'
