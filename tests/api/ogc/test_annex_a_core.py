"""
The abstract tests of OGC 17-069r4, Annex A, one test each; ported from the text, not certified.

A test is named after its id: ``/conf/core/fc-limit-response`` is ``test_core_fc_limit_response``.
"""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from fixtures.service import is_problem

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONF = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
GEOJSON = {"Accept": "application/geo+json"}


@pytest.fixture(scope="module")
def api(client):
    answer = client.get(link(client.get("/", headers=JSON).json(), "service-desc")["href"])
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture(scope="module")
def collections(client):
    return client.get("/collections", headers=JSON).json()["collections"]


@pytest.fixture(scope="module")
def spatial(collections):
    return [c for c in collections if "spatial" in c["extent"]]


def link(body, rel, media=None):
    found = [k for k in body["links"] if k["rel"] == rel and media in {None, k.get("type")}]
    assert found, f"no link {rel}"
    return found[0]


def rels(body) -> set[str]:
    for one in body["links"]:
        assert one["href"]
        assert one["rel"]
        assert one["type"]
    return {k["rel"] for k in body["links"]}


def parameters(api, path) -> dict:
    found = {p["name"]: p for p in api["paths"][path]["get"]["parameters"]}
    assert all("$ref" not in p for p in found.values())
    return found


ITEMS_PATH = "/collections/{collectionId}/items"


def test_core_http(client):
    """A.2.1: HTTP 1.1, statuses as they are."""
    assert client.get("/").http_version.startswith("HTTP/")
    assert client.get("/collections/absent").status_code == 404
    assert client.delete("/collections").status_code == 405


def test_core_root_op_and_success(client):
    """A.2.2.1, A.2.2.2: the landing page, with its links."""
    answer = client.get("/", headers=JSON)
    assert answer.status_code == 200
    assert {"service-desc", "service-doc", "conformance", "data"} <= rels(answer.json())


def test_core_api_definition_op_and_success(client, api):
    """A.2.3: the definition is there, in each form that is linked."""
    for one in client.get("/", headers=JSON).json()["links"]:
        if one["rel"] in {"service-desc", "service-doc"}:
            answer = client.get(one["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].split(";")[0] == one["type"].split(";")[0]
    assert {"/", "/conformance", "/collections", "/collections/{collectionId}", ITEMS_PATH,
            f"{ITEMS_PATH}/{{featureId}}"} <= set(api["paths"])  # fmt: skip


def test_core_conformance_op_and_success(client):
    """A.2.4: the conformance classes."""
    answer = client.get("/conformance")
    assert answer.status_code == 200
    claimed = answer.json()["conformsTo"]
    assert len(claimed) == len(set(claimed))
    assert {f"{CONF}{c}" for c in ("core", "oas30", "html", "geojson")} <= set(claimed)


def test_core_fc_md_op_and_success(client):
    """A.2.5.1, A.2.5.2: all collections."""
    answer = client.get("/collections", headers=JSON)
    assert answer.status_code == 200
    assert {"self", "alternate"} <= rels(answer.json())
    assert {k["type"] for k in answer.json()["links"]} == {"application/json", "text/html"}


def test_core_fc_md_items_and_links(collections):
    """A.2.5.3: each has an id, a title, and links to its items in each format."""
    assert collections
    assert len({c["id"] for c in collections}) == len(collections)
    for one in collections:
        assert one["title"]
        assert "items" in rels(one)
        media = {k["type"] for k in one["links"] if k["rel"] == "items"}
        assert {"application/geo+json", "text/html"} <= media


def test_core_fc_md_extent(collections, spatial):
    """A.2.5.4: boxes and intervals; the first covers all items."""
    assert spatial
    for one in spatial:
        for box in one["extent"]["spatial"]["bbox"]:
            assert len(box) in {4, 6}
            west, south, east, north = box
            assert -180 <= west <= 180
            assert -180 <= east <= 180
            assert -90 <= south <= north <= 90
        assert one["extent"]["spatial"].get("crs", CRS84) == CRS84
    for one in collections:
        for interval in one["extent"]["temporal"]["interval"]:
            assert len(interval) == 2
            assert all(end is None or RFC3339.fullmatch(end) for end in interval)


def test_core_sfc_md_op_and_success(client, collections):
    """A.2.6: one collection is what the list says of it."""
    for one in collections:
        answer = client.get(f"/collections/{one['id']}", headers=JSON)
        assert answer.status_code == 200
        assert answer.json() == one


def test_core_fc_op_and_response(client, collections):
    """A.2.7.1, A.2.7.8: items of every collection, with what an answer must have."""
    for one in collections:
        answer = client.get(link(one, "items", "application/geo+json")["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/geo+json"
        body = answer.json()
        assert body["type"] == "FeatureCollection"
        assert {"self", "alternate"} <= rels(body)


def test_core_fc_links(client, collections):
    """A.2.7.9: self, one alternate for each other format, next where there is more."""
    for one in collections:
        body = client.get(f"/collections/{one['id']}/items?limit=1", headers=GEOJSON).json()
        assert link(body, "self")["type"] == "application/geo+json"
        for alternate in (k for k in body["links"] if k["rel"] == "alternate"):
            answer = client.get(alternate["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].split(";")[0] == alternate["type"]
        assert ("next" in rels(body)) == (body["numberMatched"] > 1)


def test_core_fc_time_stamp(client, collections):
    """A.2.7.10: the time stamp is one."""
    for one in collections:
        stamp = client.get(f"/collections/{one['id']}/items", headers=GEOJSON).json()["timeStamp"]
        assert RFC3339.fullmatch(stamp)
        assert datetime.fromisoformat(stamp).tzinfo is not None


def test_core_fc_number_matched(client, collections):
    """A.2.7.11: matched does not depend on the page."""
    for one in collections:
        url = f"/collections/{one['id']}/items"
        counts = {
            client.get(url, params={"limit": k}, headers=GEOJSON).json()["numberMatched"]
            for k in (1, 3, 1000)
        }
        assert counts == {one["geoplan"]["count"]}


def test_core_fc_number_returned(client, collections):
    """A.2.7.12: returned is what is there."""
    for one in collections:
        body = client.get(f"/collections/{one['id']}/items?limit=2", headers=GEOJSON).json()
        assert body["numberReturned"] == len(body["features"])


def test_core_fc_limit_definition(api):
    """A.2.7.5: the parameter limit."""
    found = parameters(api, ITEMS_PATH)["limit"]
    assert (found["in"], found["required"]) == ("query", False)
    assert found.get("style", "form") == "form"
    schema = found["schema"]
    assert schema["type"] == "integer"
    assert schema["minimum"] == 1
    assert schema["maximum"] == 10_000
    assert schema["default"] == 100
    assert api["components"]["parameters"]["limit"] == found  # where QGIS looks for it


def test_core_fc_limit_response(client, collections):
    """A.2.7.6: no more than limit; wrong limits are 400."""
    for one in collections:
        url = f"/collections/{one['id']}/items"
        for limit in (1, 2, 10_000):
            body = client.get(url, params={"limit": limit}, headers=GEOJSON).json()
            assert len(body["features"]) <= limit
        for wrong in (0, -1, 10_001, "x"):
            is_problem(client.get(url, params={"limit": wrong}, headers=GEOJSON), 400)


def test_core_fc_bbox_definition(api):
    """A.2.7.2: the parameter bbox."""
    found = parameters(api, ITEMS_PATH)["bbox"]
    assert (found["in"], found["required"]) == ("query", False)
    schema = found["schema"]
    assert schema["type"] == "array"
    assert found["explode"] is False
    assert found["style"] == "form"
    assert schema["items"]["type"] == "number"
    assert schema["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]


def test_core_fc_bbox_response(client, spatial):
    """A.2.7.3: what meets the box, with four numbers and with six; none without a shape."""
    for one in spatial:
        url = f"/collections/{one['id']}/items"
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        everything = client.get(url, params={"limit": 1000}, headers=GEOJSON).json()["features"]
        shaped = {f["id"] for f in everything if f["geometry"]}
        box = f"{west - 1e-6},{south - 1e-6},{east + 1e-6},{north + 1e-6}"
        six = f"{west - 1e-6},{south - 1e-6},0,{east + 1e-6},{north + 1e-6},9000"
        for text in (box, six):
            body = client.get(url, params={"bbox": text, "limit": 1000}, headers=GEOJSON).json()
            assert {f["id"] for f in body["features"]} == shaped
        far = client.get(url, params={"bbox": "-10,-10,-9,-9"}, headers=GEOJSON).json()
        assert far["features"] == []


def test_core_fc_time_definition(api):
    """A.2.7.4: the parameter datetime."""
    found = parameters(api, ITEMS_PATH)["datetime"]
    assert (found["in"], found["required"]) == ("query", False)
    assert found["schema"]["type"] == "string"


def test_core_fc_time_response(client):
    """A.2.7.7: what is valid then; the ends of intervals may be open."""
    url = "/collections/place_names/items"
    for when in ("2021-06-01", "2021-06-01T12:00:00Z", "2021-01-01/2021-12-31", "../2021-12-31",
                 "2021-01-01T00:00:00Z/..", "/2021-12-31", "2021-01-01/"):  # fmt: skip
        body = client.get(url, params={"datetime": when, "limit": 1000}, headers=GEOJSON).json()
        assert 0 < len(body["features"]) <= 25
        for one in body["features"]:
            start = one["properties"]["valid_from"]
            if not when.endswith(("/..", "1-01/")):
                assert start <= "2021-12-31"
    is_problem(client.get(url, params={"datetime": "then"}), 400)


def test_core_query_param_invalid_and_unknown(client, collections):
    """A.2.7.13: parameters that are invalid, or not in the definition, are 400."""
    for path in (
        "/collections",
        "/conformance",
        "/",
        *(f"/collections/{c['id']}/items" for c in collections),
    ):
        is_problem(
            client.get(
                path, params={"not_a_parameter": "x"}, headers=GEOJSON if "items" in path else JSON
            ),
            400,
        )


def test_core_f_op_success_and_links(client, collections):
    """A.2.8: each feature by its id, with links to itself, its other forms and its collection."""
    for one in collections:
        url = f"/collections/{one['id']}/items"
        for feature in client.get(url, params={"limit": 2}, headers=GEOJSON).json()["features"]:
            answer = client.get(f"{url}/{feature['id']}", headers=GEOJSON)
            assert answer.status_code == 200
            body = answer.json()
            assert (body["type"], body["id"]) == ("Feature", feature["id"])
            assert body["properties"] == feature["properties"]
            assert {"self", "alternate", "collection"} <= rels(body)
            assert client.get(link(body, "collection")["href"], headers=JSON).json() == one
        is_problem(client.get(f"{url}/no-such-id", headers=GEOJSON), 404)


def test_core_crs84(client, spatial):
    """A.2.1: coordinates without a crs are longitude and latitude."""
    for one in spatial:
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        for feature in client.get(f"/collections/{one['id']}/items", headers=GEOJSON).json()[
            "features"
        ]:
            for x, y in positions((feature["geometry"] or {}).get("coordinates", [])):
                assert west - 1e-6 <= x <= east + 1e-6
                assert south - 1e-6 <= y <= north + 1e-6


def positions(coordinates):
    if coordinates and not isinstance(coordinates[0], list):
        yield coordinates[:2]
        return
    for part in coordinates:
        yield from positions(part)


def test_geojson_definition_and_content(client, collections):
    """A.3: items as GeoJSON wherever they are offered."""
    for one in collections:
        body = client.get(f"/collections/{one['id']}/items", headers=GEOJSON).json()
        for feature in body["features"]:
            assert feature["type"] == "Feature"
            assert set(feature) >= {"id", "geometry", "properties"}


def test_html_definition_and_content(client, collections):
    """A.4: pages wherever they are offered, with what the JSON says and its links."""
    for path in ("/collections", *(f"/collections/{c['id']}" for c in collections),
                 *(f"/collections/{c['id']}/items" for c in collections)):  # fmt: skip
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith("<!doctype html>")
    assert client.get("/", headers=HTML).headers["content-type"].startswith("text/html")


def test_oas30_definition_and_completeness(api):
    """A.5.1, A.5.2: an OpenAPI 3.0 document with every operation and its answers."""
    assert api["openapi"].startswith("3.0.")
    assert api["info"]["title"]
    assert api["info"]["version"]
    ids = [
        o["operationId"] for p in api["paths"].values() for o in p.values() if "operationId" in o
    ]
    assert len(ids) == len(set(ids))
    for path, methods in api["paths"].items():
        named = set(re.findall(r"{(\w+)}", path))
        for operation in methods.values():
            assert operation["responses"]
            given = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert given == named, path
    no_words_of_31(api)


def no_words_of_31(value, *, named=False) -> None:
    """Check that a document has no word that 3.0 does not have."""
    if isinstance(value, list):
        for part in value:
            no_words_of_31(part)
    elif isinstance(value, dict):
        if not named:
            assert not {"const", "prefixItems", "$defs"} & set(value)
            assert value.get("type") != "null"
            assert not isinstance(value.get("type"), list)
        for key, part in value.items():
            no_words_of_31(part, named=not named and key == "properties")


def test_oas30_exceptions_codes(client, api):
    """A.5.3: the errors are in the definition."""
    answers = api["paths"][ITEMS_PATH]["get"]["responses"]
    assert {"200", "400", "404", "406", "500"} <= set(answers)


def test_oas30_security(api):
    """A.5.4: credentials are declared."""
    assert api["components"]["securitySchemes"]
