"""Collections come from the declarations, and hold what the role may see."""

from __future__ import annotations

import pytest
from fixtures.service import is_problem
from hypothesis import given
from hypothesis import strategies as st

from geoplan.schemas import LAYERS

SEEN = {
    "public": ["admin_units", "admin_units_labels", "facilities", "facilities_labels", "place_names",
               "place_names_labels", "name_signs"],
    "registrar": ["admin_units", "admin_units_labels", "population", "population_labels", "facilities",
                  "facilities_labels", "boundary_lines", "village_lines", "boundary_markers", "claims",
                  "place_names", "place_names_labels", "name_cases", "name_signs"],
}  # fmt: skip


@pytest.mark.parametrize("role", SEEN)
def test_a_role_gets_its_layers_in_the_order_declared(ask, role):
    body = ask(role).get("/collections").json()
    assert [c["id"] for c in body["collections"]] == SEEN[role]
    assert {"self", "alternate"} <= {k["rel"] for k in body["links"]}


def test_a_collection_tells_what_it_is(client):
    body = client.get("/collections/place_names").json()
    assert (body["id"], body["title"], body["itemType"]) == ("place_names", "地名", "feature")
    assert body["description"].endswith("Place names")
    assert body["extent"]["spatial"]["bbox"] == [[113.0, 31.0, 113.45, 31.45]]
    assert body["extent"]["temporal"]["interval"] == [["2020-01-01T00:00:00Z", None]]
    assert body["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    assert body["storageCrs"] in body["crs"]
    assert body["geoplan"] == {
        "home": "registry",
        "synthetic": True,
        "writable": False,
        "count": 25,
    }
    types = {k["type"] for k in body["links"] if k["rel"] == "items"}
    assert types == {"application/geo+json", "text/html", "text/csv",
                     "application/geopackage+sqlite3", "application/flatgeobuf"}  # fmt: skip


def test_the_extent_is_that_of_the_rows_a_role_sees(ask):
    box = ask("public").get("/collections/place_names").json()["extent"]["spatial"]["bbox"][0]
    assert box == pytest.approx([113.0, 31.0, 113.45, 31.45], abs=0.002)
    north = ask("public").get("/collections/place_names").json()
    assert north["geoplan"]["count"] == 23


def test_a_table_has_no_place_and_no_tiles(client):
    body = client.get("/collections/name_cases").json()
    assert "spatial" not in body["extent"]
    assert "storageCrs" not in body
    assert not any("fgb" in k["href"] or "tiles" in k["href"] for k in body["links"])


def test_every_link_of_the_landing_page_and_of_a_collection_leads_somewhere(client):
    for start in ("/", "/collections", "/collections/place_names", "/collections/name_cases"):
        for one in client.get(start, headers={"Accept": "application/json"}).json()["links"]:
            answer = client.get(one["href"], headers={"Accept": "*/*"})
            assert answer.status_code == 200, one["href"]
            assert answer.headers["content-type"].split(";")[0] == one["type"].split(";")[0], one


@pytest.mark.parametrize("path", ["", "/items", "/items/1", "/queryables", "/schema", "/items?status=x",
                                  "/items?nope=1"])  # fmt: skip
def test_hidden_and_absent_collections_are_the_same(ask, path):
    hidden, absent = (is_problem(ask("public").get(f"/collections/{name}{path}"), 404, "unknown_id")
                      for name in ("name_cases", "nothing_at"))  # fmt: skip
    swapped = {k: str(v).replace("name_cases", "nothing_at") for k, v in hidden.items()}
    assert swapped["fix"].split("：")[0] == str(absent["fix"]).split("：")[0]
    assert "name_cases" not in str(absent)
    assert hidden["code"] == absent["code"]


def test_labels_are_of_polygon_layers_only(client):
    is_problem(client.get("/collections/boundary_lines_labels"), 404, "unknown_id")
    body = client.get("/collections/admin_units_labels").json()
    assert body["title"] == "行政区划（标注点）"
    assert not any("tiles" in k["href"] for k in body["links"])


@pytest.mark.parametrize("what", ["queryables", "schema"])
def test_a_schema_is_the_declaration(client, what):
    answer = client.get(f"/collections/place_names/{what}")
    assert answer.headers["content-type"] == "application/schema+json"
    body = answer.json()
    assert body["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert body["$id"].endswith(f"/collections/place_names/{what}")
    assert list(body["properties"]) == ["geometry", *LAYERS["place_names"].names]
    assert body["properties"]["geometry"] == {
        "title": "几何", "x-ogc-role": "primary-geometry", "format": "geometry-any",
        "x-ogc-propertySeq": 1,
    }  # fmt: skip
    assert body["properties"]["place_id"]["x-ogc-role"] == "id"
    assert body["properties"]["valid_from"] == {
        "title": "生效日期", "type": "string", "format": "date", "x-ogc-role": "primary-interval-start",
        "x-ogc-propertySeq": 2 + LAYERS["place_names"].names.index("valid_from"),
    }  # fmt: skip
    assert body["properties"]["status"]["enum"] == [
        c.code for c in LAYERS["place_names"].column("status").choices
    ]
    assert body["additionalProperties"] is False
    if what == "schema":
        assert body["required"] == ["standard_name"]


def test_kinds_of_shapes_and_units_are_told(client):
    def of(name):
        return client.get(f"/collections/{name}/schema").json()

    assert (
        of("admin_units")["properties"]["geometry"]["format"] == "geometry-polygon-or-multipolygon"
    )
    assert of("admin_units_labels")["properties"]["geometry"]["format"] == "geometry-point"
    assert (
        of("boundary_lines")["properties"]["geometry"]["format"]
        == "geometry-linestring-or-multilinestring"
    )
    assert of("name_signs")["required"] == ["geometry"]
    assert "geometry" not in of("name_cases")["properties"]
    persons = of("population")["properties"]["persons"]
    assert (persons["type"], persons["x-ogc-unit"], persons["minimum"]) == ("integer", "person", 0)


def test_a_collection_is_sent_again_only_when_it_changed(client):
    for path in (
        "/collections",
        "/collections/place_names",
        "/collections/place_names/schema",
        "/",
    ):
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert again.status_code == 304, path
        assert again.content == b""


@given(st.text(max_size=30))
def test_no_name_makes_the_service_fail(name):
    from urllib.parse import quote

    client = _client[0]
    for path in (f"/collections/{quote(name)}", f"/collections/place_names/items/{quote(name)}"):
        assert client.get(path).status_code < 500


_client = []


@pytest.fixture(autouse=True, scope="module")
def _kept(client):
    _client.append(client)
    yield
    _client.clear()
