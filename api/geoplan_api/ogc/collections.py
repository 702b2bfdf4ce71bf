"""``/collections`` 图层: one per layer that may be seen, and one of labels per polygon layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Path, Query, Request, Response

from geoplan_api.deps import ViewsDep
from geoplan_api.ogc import crs, html, models
from geoplan_api.ogc.links import (
    GEOJSON,
    HTML,
    JSON,
    MEDIA,
    REL,
    SCHEMA,
    base_of,
    link,
)
from geoplan_api.ogc.negotiation import choose, digest, headers_of, unchanged

if TYPE_CHECKING:
    from geoplan.schemas import Layer
    from geoplan.storage.shapes import Bounds
    from geoplan_api.security.access import LayerView
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views

router = APIRouter(tags=["features"])
CollectionPath = Annotated[str, Path(alias="collectionId", description="图层 id of a collection")]
PageQuery = Annotated[
    Literal["json", "html"] | None, Query(alias="f", description="格式 json | html")
]
_LABELS = "_labels"
_NOTE = "演示数据·非真实 demonstration data, not real. "


@dataclass(frozen=True, slots=True)
class Collection:
    """
    A layer as a role sees it, or the label points of its polygons.

    Parameters
    ----------
    view
        What is seen of the layer.
    labels
        Whether it is the label points.
    """

    view: LayerView
    labels: bool = False

    @property
    def layer(self) -> Layer:
        """The declaration."""
        return self.view.layer

    @property
    def id(self) -> str:
        """Name in URLs."""
        return f"{self.layer.name}{_LABELS}" if self.labels else self.layer.name

    @property
    def title(self) -> str:
        """Chinese title."""
        return f"{self.layer.zh}（标注点）" if self.labels else self.layer.zh

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of shapes; none for a table."""
        return ("point",) if self.labels else self.layer.geometry

    def writable(self, views: Views) -> bool:
        """Tell whether who asks may change it, here."""
        city = views.city
        stored = city.settings.writable and city.in_registry(self.layer.name)
        return stored and self.view.writable and not self.labels

    def snapshot(
        self, views: Views, *, bbox: Bounds | None = None, key: str | None = None
    ) -> Snapshot:
        """Return what is in it; see `Views.snapshot`."""
        found = views.snapshot(self.layer.name, bbox=bbox, key=key)
        return found.labels() if self.labels else found

    def version(self, views: Views) -> str:
        """Return text that is the same only while the content is."""
        return f"{views.city.version(self.layer.name)}-{self.view.key}-{int(self.labels)}"


def find(views: Views, name: str) -> Collection:
    """
    Return the collection with an id.

    Raises
    ------
    UnknownIdError
        If there is none for the one who asks.
    """
    base = name.removesuffix(_LABELS)
    if base != name and base in views.names:
        view = views.view(base)
        if "polygon" in view.layer.geometry:
            return Collection(view, labels=True)
    return Collection(views.view(name))


def every(views: Views) -> list[Collection]:
    """Return all collections that may be seen, labels behind their polygons."""
    found = []
    for name in views.names:
        view = views.view(name)
        found.append(Collection(view))
        if "polygon" in view.layer.geometry:
            found.append(Collection(view, labels=True))
    return found


def described(request: Request, views: Views, one: Collection) -> dict[str, Any]:
    """Return a collection as JSON."""
    city, snapshot = views.city, one.snapshot(views)
    synthetic = city.workspace.file.synthetic
    about = f"{_NOTE if synthetic else ''}{one.layer.en}"
    out: dict[str, Any] = {
        "id": one.id, "title": one.title,
        "description": f"{about} (label points)" if one.labels else about,
        "itemType": "feature", "extent": _extent(snapshot),
    }  # fmt: skip
    if one.kinds:
        out |= {"crs": [c.uri for c in crs.offered(city)], "storageCrs": crs.STORAGE}
    else:
        out["crs"] = [crs.CRS84]
    home = "registry" if city.in_registry(one.layer.name) else "file"
    out["geoplan"] = {
        "home": home, "synthetic": synthetic, "writable": one.writable(views),
        "count": len(snapshot.ids),
    }  # fmt: skip
    out["links"] = _links(f"{base_of(request)}/collections/{one.id}", one)
    return out


def _links(url: str, one: Collection) -> list[dict[str, str]]:
    title = one.title
    links = [
        link(f"{url}?f=json", "self", JSON, title),
        link(f"{url}?f=html", "alternate", HTML, title),
        link(f"{url}/items?f=json", "items", GEOJSON, f"{title} GeoJSON"),
        link(f"{url}/items?f=html", "items", HTML, f"{title} HTML"),
        link(f"{url}/items?f=csv", "items", MEDIA["csv"], f"{title} CSV"),
        link(f"{url}/items?f=gpkg", "items", MEDIA["gpkg"], f"{title} GeoPackage"),
        link(f"{url}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA,
             "可查询字段 queryables"),
        link(f"{url}/schema", f"{REL}schema", SCHEMA, "字段 schema"),
        link(f"{url}/schema", "describedby", SCHEMA, "字段 schema"),
    ]  # fmt: skip
    if one.kinds:
        links.append(link(f"{url}/items?f=fgb", "items", MEDIA["fgb"], f"{title} FlatGeobuf"))
    if one.kinds and not one.labels:
        links.append(link(f"{url}/tiles", f"{REL}tilesets-vector", JSON, "矢量瓦片 vector tiles"))
    return links


def _extent(snapshot: Snapshot) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if snapshot.shapes is not None and len(snapshot.shapes):
        bounds = shapely.total_bounds(snapshot.shapes)
        if np.isfinite(bounds).all():
            box = [float(b) for b in np.round(bounds, 7)]
            out["spatial"] = {"bbox": [box], "crs": crs.CRS84}
    starts, ends = (_day(snapshot.frame, name, last=last)
                    for name, last in (("valid_from", False), ("valid_to", True)))  # fmt: skip
    out["temporal"] = {
        "interval": [[starts, ends]],
        "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
    }
    return out


def _day(frame: pd.DataFrame, name: str, *, last: bool) -> str | None:
    """Return the first or last day of a column; None, which is open, if a row is open."""
    if name not in frame or frame.empty or frame[name].isna().any():
        return None
    days = pd.to_datetime(frame[name])
    day: pd.Timestamp = days.max() if last else days.min()
    return f"{day:%Y-%m-%d}T00:00:00Z"


@router.get("/collections", response_model=None, responses=models.page(models.Collections))
def collections(request: Request, views: ViewsDep, f: PageQuery = None) -> Response:
    """All collections that the one who asks may see."""
    kind = choose(request, f, ("json", "html"))
    found = every(views)
    etag = (
        f'W/"{digest(kind, base_of(request), *(c.version(views) for c in found), *_state(views))}"'
    )
    same = unchanged(request, etag)
    if same is not None:
        return same
    url = f"{base_of(request)}/collections"
    body = {
        "links": [link(f"{url}?f=json", "self", JSON, "图层 collections"),
                  link(f"{url}?f=html", "alternate", HTML, "图层 collections")],
        "collections": [described(request, views, one) for one in found],
    }  # fmt: skip
    if kind == "html":
        return html.page("collections.html", request, views, headers_of(etag), body=body)
    return models.json(body, headers_of(etag))


@router.get("/collections/{collectionId}", response_model=None,
            responses=models.page(models.CollectionBody))  # fmt: skip
def collection(
    request: Request, views: ViewsDep, collection_id: CollectionPath, f: PageQuery = None
) -> Response:
    """One collection: title, extent, coordinate reference systems, links."""
    one = find(views, collection_id)
    kind = choose(request, f, ("json", "html"))
    etag = f'W/"{digest(kind, base_of(request), one.version(views), *_state(views))}"'
    same = unchanged(request, etag)
    if same is not None:
        return same
    body = described(request, views, one)
    if kind == "html":
        return html.page("collection.html", request, views, headers_of(etag), body=body)
    return models.json(body, headers_of(etag))


def _state(views: Views) -> tuple[object, ...]:
    """Return what else a description tells of."""
    return views.who.role, views.city.settings.writable
