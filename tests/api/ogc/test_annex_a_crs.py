"""The abstract tests of OGC 18-058r1, Annex A, one test each; ported from the text, not certified."""

from __future__ import annotations

from functools import cache

import pyproj
import pytest
from fixtures.service import is_problem

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONF = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"
ITEMS_PATH = "/collections/{collectionId}/items"
JSON = {"Accept": "application/json"}
GEOJSON = {"Accept": "application/geo+json"}


@pytest.fixture(scope="module")
def spatial(client):
    found = client.get("/collections", headers=JSON).json()["collections"]
    return [c for c in found if "spatial" in c["extent"]]


@pytest.fixture(scope="module")
def api(client):
    return client.get("/api").json()


def parameter(api, path, name):
    return next(p for p in api["paths"][path]["get"]["parameters"] if p["name"] == name)


@cache
def mover(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(authority(source), authority(target))


@cache
def authority(uri: str) -> pyproj.CRS:
    """Return what a URI means, by the registry of the authority."""
    version_and_code = uri.removeprefix("http://www.opengis.net/def/crs/").split("/")
    name, _, code = version_and_code
    return pyproj.CRS.from_authority(name, code)


def test_conformance(client):
    assert CONF in client.get("/conformance").json()["conformsTo"]


def test_crs_crs_uri(spatial):
    """/conf/crs/crs-uri: each is a URI that names a CRS."""
    for one in spatial:
        for uri in one["crs"]:
            assert authority(uri).axis_info


def test_crs_fc_md_crs_list(spatial):
    """/conf/crs/fc-md-crs-list-A, -B: the list has CRS84."""
    for one in spatial:
        assert CRS84 in one["crs"]
        assert len(one["crs"]) == len(set(one["crs"]))


def test_crs_fc_md_storage_crs_valid_value(spatial):
    """/conf/crs/fc-md-storageCrs-valid-value: the storage CRS is in the list."""
    for one in spatial:
        assert one["storageCrs"] in one["crs"]
        assert one["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/4490"


@pytest.mark.parametrize("path", [ITEMS_PATH, f"{ITEMS_PATH}/{{featureId}}"])
def test_crs_fc_crs_definition(api, path):
    """/conf/crs/fc-crs-definition: the parameter crs of items and of one item."""
    found = parameter(api, path, "crs")
    assert (found["in"], found["required"]) == ("query", False)
    assert found["schema"]["type"] == "string"
    assert found["schema"]["format"] == "uri"


def test_crs_fc_bbox_crs_definition(api):
    """/conf/crs/fc-bbox-crs-definition: the parameter bbox-crs."""
    found = parameter(api, ITEMS_PATH, "bbox-crs")
    assert (found["in"], found["required"]) == ("query", False)
    assert found["schema"]["type"] == "string"
    assert found["schema"]["format"] == "uri"


def test_crs_fc_crs_valid_value_and_action(client, spatial):
    """/conf/crs/fc-crs-valid-value, fc-crs-action: each CRS of the list gives its coordinates."""
    for one in spatial:
        url = f"/collections/{one['id']}/items"
        plain = client.get(url, headers=GEOJSON).json()["features"]
        for uri in one["crs"]:
            answer = client.get(url, params={"crs": uri}, headers=GEOJSON)
            assert answer.status_code == 200
            move = mover(one["storageCrs"], uri)
            digits = 7 if authority(uri).is_geographic else 2
            for old, new in zip(plain, answer.json()["features"], strict=True):
                assert old["id"] == new["id"]
                if old["geometry"] is None:
                    continue
                lon, lat = first(old["geometry"]["coordinates"])
                want = (lon, lat) if uri == CRS84 else move.transform(lat, lon)
                assert first(new["geometry"]["coordinates"]) == pytest.approx(
                    list(want), abs=10**-digits
                )
        is_problem(
            client.get(
                url, params={"crs": "http://www.opengis.net/def/crs/EPSG/0/99999"}, headers=GEOJSON
            ),
            400,
        )


def first(coordinates):
    while isinstance(coordinates[0], list):
        coordinates = coordinates[0]
    return coordinates


def test_crs_fc_crs_default_value(client, spatial):
    """/conf/crs/fc-crs-default-value: without it, CRS84."""
    for one in spatial:
        url = f"/collections/{one['id']}/items"
        bare, said = (client.get(url, params=p, headers=GEOJSON) for p in ({}, {"crs": CRS84}))
        assert bare.headers["content-crs"] == said.headers["content-crs"] == f"<{CRS84}>"
        assert bare.json()["features"] == said.json()["features"]


def test_crs_fc_bbox_crs_valid_value_and_action(client, spatial):
    """/conf/crs/fc-bbox-crs-valid-value, -action: one box in each CRS selects the same items."""
    for one in spatial:
        url = f"/collections/{one['id']}/items"
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        middle = (west + east) / 2, (south + north) / 2
        narrow = (middle[0] - 0.001, middle[1] - 0.001, middle[0] + 0.001, middle[1] + 0.001)
        for box in ((west - 1e-5, south - 1e-5, east + 1e-5, north + 1e-5), narrow):
            found = []
            for uri in one["crs"]:
                move = mover(one["storageCrs"], uri)
                corners = (
                    box if uri == CRS84 else move.transform_bounds(box[1], box[0], box[3], box[2])
                )
                params = {"bbox": ",".join(map(str, corners)), "bbox-crs": uri, "limit": 1000}
                body = client.get(url, params=params, headers=GEOJSON)
                assert body.status_code == 200, body.text
                found.append({f["id"] for f in body.json()["features"]})
            assert all(f >= found[0] for f in found)  # a turned box holds the box
        wrong = {"bbox": "1,2,3,4", "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/99999"}
        is_problem(client.get(url, params=wrong, headers=GEOJSON), 400)


def test_crs_fc_bbox_crs_default_value(client, spatial):
    """/conf/crs/fc-bbox-crs-valid-defaultValue: without it, CRS84."""
    for one in spatial:
        url = f"/collections/{one['id']}/items"
        box = ",".join(map(str, one["extent"]["spatial"]["bbox"][0]))
        bare, said = (client.get(url, params={"bbox": box, **p}, headers=GEOJSON).json()
                      for p in ({}, {"bbox-crs": CRS84}))  # fmt: skip
        assert bare["features"] == said["features"]


def test_crs_ogc_crs_header_and_value(client, spatial):
    """/conf/crs/ogc-crs-header, -value: the header says the CRS, in angle brackets."""
    for one in spatial:
        url = f"/collections/{one['id']}/items"
        item = client.get(url, params={"limit": 1}, headers=GEOJSON).json()["features"][0]["id"]
        for uri in one["crs"]:
            for path in (url, f"{url}/{item}"):
                answer = client.get(path, params={"crs": uri}, headers=GEOJSON)
                assert answer.headers["content-crs"] == f"<{uri}>"


def test_crs_geojson(client, spatial):
    """/conf/crs/geojson: GeoJSON in another CRS is sent with that type and header."""
    for one in spatial:
        answer = client.get(
            f"/collections/{one['id']}/items", params={"crs": one["storageCrs"]}, headers=GEOJSON
        )
        assert answer.headers["content-type"] == "application/geo+json"
        assert answer.headers["content-crs"] == f"<{one['storageCrs']}>"
        assert "crs" not in answer.json()
