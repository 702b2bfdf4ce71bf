"""A page that is read without the others is the page of the whole, whoever asks."""

from __future__ import annotations

import pytest
from fixtures.service import service

from geoplan.storage import open_registry
from geoplan.storage.current import Span
from geoplan.workspace import open_workspace


def walk(client, url: str, *, whole: bool) -> list[dict]:
    """Follow the next links; either nothing is kept before each page, or everything is."""
    found = []
    while url:
        client.app.state.snapshots.clear()
        if whole:
            client.get("/collections/place_names/items?limit=1&sortby=place_id")
        body = client.get(url, headers={"Accept": "application/geo+json"}).json()
        links = {k["rel"]: k["href"] for k in body["links"]}
        found.append({"features": body["features"], "matched": body["numberMatched"],
                      "next": links.get("next"), "prev": links.get("prev")})  # fmt: skip
        url = links.get("next", "")
    return found


@pytest.mark.parametrize("role", ["public", "viewer", "registrar"])
@pytest.mark.parametrize("query", ["limit=1", "limit=4", "limit=1000", "limit=3&offset=2",
                                   "limit=3&after=P07", "limit=5&offset=1000", "limit=2&crs=http://www.opengis.net/def/crs/EPSG/0/4547"])  # fmt: skip
def test_a_page_alone_is_the_page_of_the_whole(own_folder, role, query):
    with service(own_folder, role) as client:
        url = f"/collections/place_names/items?{query}"
        alone, whole = walk(client, url, whole=False), walk(client, url, whole=True)
        assert alone == whole
        if query == "limit=4":
            ids = [f["id"] for page in alone for f in page["features"]]
            assert ids == sorted(set(ids))
            assert len(ids) == alone[0]["matched"]


def test_the_other_records_are_not_read(own_folder):
    with open_registry(open_workspace(own_folder).store.url, read_only=True) as registry:
        found = registry.place_names.page(Span(("public",), silent=False, limit=2))
        if found is None:
            assert not registry.backend.orders_by_character  # PostGIS: by the database's language
            return
        cells, count = found
        assert len(cells["place_id"]) == 2
        assert count > 2
        assert set(cells["secrecy"]) == {"public"}
        assert registry.documents.page(Span(("public",), silent=False, after="zzz"))[1] == 0
