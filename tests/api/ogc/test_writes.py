"""Records are added, replaced, changed and retired; their history stays, nobody overwrites."""

from __future__ import annotations

import json
import threading
from urllib.parse import quote

import pytest
import shapely
from fixtures.ogc_city import write_city
from fixtures.service import is_problem, service
from fixtures.two_counties import write_workspace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan.storage import Change, create_registry, open_registry
from geoplan.workspace import open_workspace

ITEMS = "/collections/place_names/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
MERGE = {"Content-Type": "application/merge-patch+json"}
POINT = {"type": "Point", "coordinates": [113.5, 31.5]}


@pytest.fixture
def editor(own_folder):
    with service(own_folder, "registrar", writable=True) as client:
        yield client


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    """A client of a city that no test of this module changes on purpose."""
    folder = tmp_path_factory.mktemp("refusing")
    write_city(folder, folder / "registry.gpkg")
    with service(folder, "registrar", writable=True) as client:
        yield client


def feature(geometry=POINT, *, name=None, **properties) -> dict:
    cells = {"standard_name": "新村", "secrecy": "public", **properties}
    return {"type": "Feature", "geometry": geometry, "properties": cells,
            **({} if name is None else {"id": name})}  # fmt: skip


def tag(client, name: str, layer: str = "place_names") -> dict[str, str]:
    return {"If-Match": client.get(f"/collections/{layer}/items/{name}").headers["etag"]}


def history(folder, name, layer="place_names"):
    with open_registry(open_workspace(folder).store.url, read_only=True) as registry:
        return registry.layer(layer).history(name)


def test_a_record_is_added_and_read_at_once(editor, own_folder):
    before = editor.get(ITEMS).json()["numberMatched"]
    made = editor.post(ITEMS, json=feature(name="N1", pinyin="Xincun"),
                       headers={"X-Reason": quote("随民函〔2026〕1号")})  # fmt: skip
    assert made.status_code == 201, made.text
    assert made.headers["location"].endswith("/collections/place_names/items/N1")
    assert made.headers["etag"].startswith('"2.')
    assert made.json()["properties"]["pinyin"] == "Xincun"
    got = editor.get(made.headers["location"])
    assert got.json() == made.json()
    assert got.headers["etag"] == made.headers["etag"]
    assert editor.get(ITEMS).json()["numberMatched"] == before + 1
    found = editor.get(ITEMS, params={"bbox": "113.4,31.4,113.6,31.6"}).json()["features"]
    assert "N1" in [f["id"] for f in found]
    line = history(own_folder, "N1").iloc[-1]
    assert (line["who"], line["why"], line["op"]) == ("tester", "随民函〔2026〕1号", "put")


def test_a_record_without_an_id_is_given_one(editor):
    made = editor.post(ITEMS, json=feature())
    assert made.status_code == 201
    assert made.json()["id"] == made.json()["properties"]["place_id"]
    assert len(made.json()["id"]) == 32
    by_key = editor.post(ITEMS, json=feature(place_id="N2"))
    assert by_key.json()["id"] == "N2"


def test_an_id_that_is_taken_is_a_conflict(editor):
    told = is_problem(editor.post(ITEMS, json=feature(name="P01")), 409, "id_taken")
    assert told["context"]["item"] == "P01"
    assert editor.get(f"{ITEMS}/P01").json()["properties"]["standard_name"] == "第1村"


@pytest.mark.parametrize("name", ["a/b", "a b", "100%", "?x=1#y", "随州", 'a"b', "~", "x" * 200])
def test_any_printable_id_leads_to_its_record(editor, name):
    made = editor.post(ITEMS, json=feature(name=name))
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    assert editor.get(where).json()["id"] == name
    assert editor.delete(where, headers={"If-Match": made.headers["etag"]}).status_code == 204
    assert editor.get(where).status_code == 404


@pytest.mark.parametrize("name", ["a\x1fb", "\n", "\x00", "\x7f"])
def test_an_id_has_no_control_characters(editor, name):
    told = is_problem(editor.post(ITEMS, json=feature(name=name)), 400, "bad_input")
    assert told["context"]["field"] == "place_id"


def test_two_ids_in_one_body_are_refused(editor):
    is_problem(editor.post(ITEMS, json=feature(name="N1", place_id="N2")), 400, "bad_input")
    for body in (feature(name="P02"), feature(place_id="P02")):
        is_problem(
            editor.put(f"{ITEMS}/P01", json=body, headers=tag(editor, "P01")), 400, "bad_input"
        )
    is_problem(editor.patch(f"{ITEMS}/P01", json={"properties": {"place_id": None}},
                            headers=tag(editor, "P01")), 400, "bad_input")  # fmt: skip


def test_replacing_empties_what_is_not_sent(editor, own_folder):
    new = editor.put(f"{ITEMS}/P01", json=feature(name="P01"), headers=tag(editor, "P01"))
    assert new.status_code == 200, new.text
    cells = new.json()["properties"]
    assert (cells["standard_name"], cells["status"], cells["place_id"]) == ("新村", None, "P01")
    assert new.json()["geometry"] == POINT
    line = history(own_folder, "P01").iloc[-1]
    assert line["why"] == f"PUT {ITEMS}/P01"
    assert line["geometry"].startswith("POINT")
    assert list(history(own_folder, "P01")["standard_name"]) == ["第1村", "新村"]


def test_a_patch_changes_what_is_named(editor):
    old = editor.get(f"{ITEMS}/P01").json()
    answer = editor.patch(f"{ITEMS}/P01", content=json.dumps({"properties": {"pinyin": "a", "status": None}}),
                          headers={**tag(editor, "P01"), **MERGE})  # fmt: skip
    assert answer.status_code == 200, answer.text
    new = answer.json()
    assert new["geometry"] == old["geometry"]
    assert new["properties"] == {**old["properties"], "pinyin": "a", "status": None}
    moved = editor.patch(
        f"{ITEMS}/P01", json={"geometry": POINT}, headers=tag(editor, "P01")
    ).json()
    assert moved == {**new, "geometry": POINT}
    bare = editor.patch(f"{ITEMS}/P01", json={"geometry": None}, headers=tag(editor, "P01")).json()
    assert bare["geometry"] is None


def test_a_record_that_is_retired_is_gone_and_can_come_back(editor, own_folder):
    assert editor.delete(f"{ITEMS}/P01", headers=tag(editor, "P01")).status_code == 204
    is_problem(editor.get(f"{ITEMS}/P01"), 404, "unknown_id")
    is_problem(editor.delete(f"{ITEMS}/P01", headers={"If-Match": "*"}), 404, "unknown_id")
    assert editor.post(ITEMS, json=feature(name="P01")).status_code == 201
    assert list(history(own_folder, "P01")["op"]) == ["put", "retire", "put"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_change_without_the_version_that_was_seen(editor, method):
    body = {} if method == "delete" else {"json": feature()}
    call = getattr(editor, method)
    is_problem(call(f"{ITEMS}/P01", **body), 428, "precondition_required")
    old = tag(editor, "P01")
    editor.patch(f"{ITEMS}/P01", json={"properties": {"pinyin": "other"}}, headers=old)
    answer = call(f"{ITEMS}/P01", **body, headers=old)
    told = is_problem(answer, 412, "stale")
    now = editor.get(f"{ITEMS}/P01")
    assert answer.headers["etag"] == now.headers["etag"]
    assert told["context"]["version"] == int(now.headers["etag"][1:].split(".")[0]) == 2
    is_problem(call(f"{ITEMS}/P01", **body, headers={"If-Match": "garbage"}), 412, "stale")
    assert now.json()["properties"]["pinyin"] == "other"
    good = call(f"{ITEMS}/P01", **body, headers={"If-Match": f'"x", W/{answer.headers["etag"]}'})
    assert good.status_code in {200, 204}


def test_of_many_editors_one_wins_each_version(own_folder):
    folder = own_folder
    with service(folder, "registrar", writable=True) as client:
        seen, found = tag(client, "P01"), []

        def edit(number: int) -> None:
            body = {"properties": {"pinyin": f"editor {number}"}}
            found.append(client.patch(f"{ITEMS}/P01", json=body, headers=seen))

        threads = [threading.Thread(target=edit, args=(k,)) for k in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(a.status_code for a in found) == [200] + [412] * 11
        winner = next(a for a in found if a.status_code == 200)
        for loser in (a for a in found if a.status_code == 412):
            assert loser.headers["etag"] == winner.headers["etag"]
    assert len(history(folder, "P01")) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (feature(nope=1), "nope"), (feature(standard_name=5), "standard_name"),
        (feature(standard_name=None), "standard_name"), (feature(status="nope"), "status"),
        (feature(valid_from="yesterday"), "valid_from"), (feature(synthetic="perhaps"), "synthetic"),
        (feature(pinyin=["a"]), "pinyin"), (feature(pinyin={"a": 1}), "pinyin"),
        (feature(valid_from="2021-01-01", valid_to="2020-01-01"), "valid_to"),
        (feature({"type": "Point", "coordinates": [113, 231]}), "geometry"),
        (feature({"type": "Point", "coordinates": [31, 113]}), "geometry"),
        (feature({"type": "Point", "coordinates": ["a", "b"]}), "geometry"),
        (feature({"type": "Point"}), "geometry"), (feature({"type": "Circle"}), "geometry"),
        (feature({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}), "geometry"),
        (feature({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}), "geometry"),
        (feature({"type": "GeometryCollection", "geometries": [POINT, POINT]}), "geometry"),
        (feature({"type": "Feature", "geometry": POINT, "properties": {}}), "geometry"),
        (feature([1, 2]), "geometry"), ({"type": "Feature", "properties": {}}, "geometry"),
        ({"type": "Feature", "geometry": None}, "properties"), (feature(name=True), "id"),
        ({"type": "FeatureCollection", "features": []}, "type"), ([], "body"), ("x", "body"), (0, "body"),
        ({"type": "Feature", "geometry": None, "properties": [1]}, "properties"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told_by_field_value_and_reason(refusing, body, field):
    for answer in (refusing.post(ITEMS, json=body),
                   refusing.put(f"{ITEMS}/P01", json=body, headers=tag(refusing, "P01"))):  # fmt: skip
        told = is_problem(answer, 400, "bad_input")
        assert told["context"]["field"] == field
        assert {"value", "reason"} <= set(told["context"])
    assert refusing.get(f"{ITEMS}/P01").headers["etag"].startswith('"1.')


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'{"type":"Feature","geometry":null,"properties":{"pinyin":NaN}}',
                                 b'{"a":' * 2000 + b"1" + b"}" * 2000, b"[" * 100_000, b'"\\ud800"',
                                 b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1e999,1]},"properties":{}}'])  # fmt: skip
def test_bytes_that_are_no_json_are_refused(refusing, raw):
    answer = refusing.post(ITEMS, content=raw, headers={"Content-Type": "application/geo+json"})
    is_problem(answer, 400, "bad_input")


def deep(times: int) -> str:
    return '{"type":"Feature","properties":{},"geometry":' + (
        '{"type":"GeometryCollection","geometries":[' * times + json.dumps(POINT) + "]}" * times
    ) + "}"  # fmt: skip


@pytest.mark.parametrize("times", [1, 60, 400])
def test_nested_collections_are_refused(refusing, times):
    answer = refusing.post(
        ITEMS, content=deep(times), headers={"Content-Type": "application/geo+json"}
    )
    is_problem(answer, 400, "bad_input")


def test_a_shape_with_too_many_vertices_is_too_large(tmp_path):
    folder = write_city(tmp_path, tmp_path / "registry.gpkg")
    ring = shapely.Point(113, 31).buffer(1, quad_segs=30)
    body = feature(json.loads(shapely.to_geojson(ring)))
    with service(folder, "registrar", writable=True, max_vertices=100) as client:
        told = is_problem(client.post(ITEMS, json=body), 413, "too_many_vertices")
        assert told["context"] == {"vertices": 121, "most": 100}
    with service(folder, "registrar", writable=True, max_vertices=121) as client:
        assert client.post(ITEMS, json=body).status_code == 201


def test_another_content_type_is_refused(editor):
    for media in ("text/plain", "application/xml", ""):
        answer = editor.post(ITEMS, content=b"{}", headers={"Content-Type": media})
        is_problem(answer, 415, "unsupported_media_type")
    is_problem(
        editor.put(f"{ITEMS}/P01", content=b"{}", headers={**tag(editor, "P01"), **MERGE}), 415
    )


def test_a_body_is_read_in_its_crs(editor):
    for uri, coordinates in (
        (f"{EPSG}4490", [31.5, 113.5]),
        (f"{EPSG}4547", [3487076.262, 452516.373]),
    ):
        body = feature({"type": "Point", "coordinates": coordinates})
        made = editor.post(ITEMS, json=body, headers={"Content-Crs": f"<{uri}>"})
        assert made.status_code == 201, made.text
        assert made.json()["geometry"]["coordinates"] == pytest.approx([113.5, 31.5], abs=2e-2)
        back = editor.get(made.headers["location"], params={"crs": uri}).json()
        assert back["geometry"]["coordinates"] == pytest.approx(coordinates, abs=2e-3)
    is_problem(
        editor.post(ITEMS, json=feature(), headers={"Content-Crs": "<urn:x>"}), 400, "bad_input"
    )


def test_shapes_with_heights_and_any_winding_are_taken(editor):
    ring = [[113, 31, 5], [113, 32, 5], [114, 32, 5], [113, 31, 5]]
    made = editor.post(ITEMS, json=feature({"type": "Polygon", "coordinates": [ring]}))
    assert made.status_code == 201
    assert {len(xy) for xy in made.json()["geometry"]["coordinates"][0]} == {2}


@pytest.mark.parametrize("reason", ["plain", "随州", quote("随州"), "随州".encode()])
def test_the_reason_is_read_in_any_coding(tmp_path, reason):
    folder = write_city(tmp_path, tmp_path / "registry.gpkg")
    given = reason.encode() if isinstance(reason, str) else reason
    with service(folder, "registrar", writable=True) as client:
        client.post(ITEMS, json=feature(name="N1"), headers={"X-Reason": given})
    assert history(folder, "N1").iloc[-1]["why"] in {"plain", "随州"}


def test_file_layers_and_a_service_that_only_reads_are_read_only(editor, own_folder):
    body = feature()
    for layer in ("admin_units", "facilities", "admin_units_labels"):
        is_problem(editor.post(f"/collections/{layer}/items", json=body), 403, "read_only_store")
    with service(own_folder, "registrar") as reader:
        is_problem(reader.post(ITEMS, json=body), 403, "read_only_store")
        is_problem(reader.delete(f"{ITEMS}/P01", headers={"If-Match": "*"}), 403, "read_only_store")
        assert "POST" not in reader.options(ITEMS).headers["allow"]


@pytest.mark.parametrize("role", ["public", "viewer", "planner", "inspector"])
def test_those_who_only_see_a_layer_may_not_change_it(tmp_path, role):
    folder = write_city(tmp_path, tmp_path / "registry.gpkg")
    with service(folder, role, writable=True) as client:
        is_problem(client.post(ITEMS, json=feature()), 403, "not_writable")
        for method in ("put", "patch"):
            answer = getattr(client, method)(
                f"{ITEMS}/P01", json=feature(), headers={"If-Match": "*"}
            )
            is_problem(answer, 403, "not_writable")
        assert client.options(ITEMS).headers["allow"] == "GET, HEAD, OPTIONS"
        if role == "public":  # what is not for them is not there
            is_problem(
                client.post("/collections/name_cases/items", json=feature()), 404, "unknown_id"
            )
            is_problem(client.options("/collections/name_cases/items"), 404, "unknown_id")


def test_options_name_the_methods_there_are(editor):
    assert editor.options(ITEMS).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    one = editor.options(f"{ITEMS}/P01")
    assert one.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    assert one.headers["accept-patch"] == "application/merge-patch+json"
    assert editor.options("/collections").headers["allow"] == "GET, HEAD, OPTIONS"
    is_problem(editor.options(f"{ITEMS}/P99"), 404, "unknown_id")
    for path, names in ((ITEMS, "GET, HEAD, OPTIONS, POST"), ("/collections", "GET, HEAD, OPTIONS"),
                        (f"{ITEMS}/P01", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")):  # fmt: skip
        refused = editor.request("TRACE", path)
        is_problem(refused, 405)
        assert refused.headers["allow"] == names


@pytest.fixture
def classified(tmp_path):
    """Two inspections and a secret one, in a classified environment."""
    write_workspace(tmp_path)
    file, url = tmp_path / "workspace.toml", tmp_path / "registry.gpkg"
    file.write_text(file.read_text() + f'\n[store]\nurl = "{url}"\nclassified_environment = true\n')
    with create_registry(url, classified=True) as registry:
        from fixtures.ogc_city import WHEN

        registry.write([Change("observations", {
            "observation_id": f"O{k}", "secrecy": secrecy, "remark": "旧",
            "geometry": shapely.to_wkb(shapely.Point(113, 31)), "line_id": "L1",
        }) for k, secrecy in enumerate(("internal", "state_secret"))], who="甲", why="建库", recorded_at=WHEN)  # fmt: skip
    return tmp_path


def test_what_is_above_ones_class_cannot_be_reached_nor_made(classified):
    items = "/collections/observations/items"
    with service(classified, "inspector", writable=True) as client:
        assert [f["id"] for f in client.get(items).json()["features"]] == ["O0"]
        for method in ("put", "patch"):
            answer = getattr(client, method)(
                f"{items}/O1", json={"properties": {}}, headers={"If-Match": "*"}
            )
            is_problem(answer, 404, "unknown_id")
        is_problem(client.delete(f"{items}/O1", headers={"If-Match": "*"}), 404, "unknown_id")
        seen = tag(client, "O0", "observations")
        told = is_problem(client.patch(f"{items}/O0", json={"properties": {"secrecy": "state_secret"}},
                                       headers=seen), 403, "secrecy_refused")  # fmt: skip
        assert told["context"]["value"] == "state_secret"
        body = {
            "type": "Feature",
            "geometry": None,
            "id": "O9",
            "properties": {"secrecy": "state_secret"},
        }
        is_problem(client.post(items, json=body), 403, "secrecy_refused")
        good = client.patch(
            f"{items}/O0", json={"properties": {"secrecy": "state_confidential"}}, headers=seen
        )
        assert good.status_code == 200, good.text
    with service(classified, "registrar", writable=True) as client:
        assert client.get(f"{items}/O1").status_code == 200


def test_state_secrets_do_not_enter_an_ordinary_system(editor):
    is_problem(editor.post(ITEMS, json=feature(secrecy="state_secret")), 403, "secrecy_refused")


def test_columns_kept_beside_the_declared_ones_survive_a_patch(classified):
    with service(classified, "registrar", writable=True) as client:
        items = "/collections/observations/items"
        seen = tag(client, "O0", "observations")
        answer = client.patch(
            f"{items}/O0",
            json={"geometry": {"type": "Point", "coordinates": [114, 32]}},
            headers=seen,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["properties"]["remark"] == "旧"


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "geometry", "properties", "coordinates", "id", "Feature", "Point", "secrecy"])
        | st.text(max_size=5), inner, max_size=4), max_leaves=12)  # fmt: skip


@given(
    body=anything
    | st.fixed_dictionaries(
        {"type": st.just("Feature"), "geometry": anything, "properties": anything}
    )
)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_body_makes_the_service_fail(refusing, body):
    content = json.dumps(body)
    for call, path, more in ((refusing.post, ITEMS, {}), (refusing.patch, f"{ITEMS}/P03", {"If-Match": "*"}),
                             (refusing.put, f"{ITEMS}/P02", {"If-Match": "*"})):  # fmt: skip
        answer = call(
            path, content=content, headers={"Content-Type": "application/geo+json", **more}
        )
        assert answer.status_code < 500, answer.text
    assert refusing.get(ITEMS).status_code == 200


def test_what_is_not_seen_is_neither_written_nor_lost():
    from dataclasses import replace

    from geoplan_api.ogc import writes
    from geoplan_api.ogc.collections import Collection
    from geoplan_api.security.access import LayerView

    from geoplan.schemas import LAYERS, Column

    declared = LAYERS["place_names"]
    secret = Column(name="note", dtype="str", zh="内情", secrecy="state_secret")
    layer = replace(declared, columns=(*declared.columns, secret))
    names = ("pinyin", "note", "geometry", "beside")
    for highest, seen in (("internal", (True, False, True, True)), ("public", (True, False, True, False)),
                          ("state_secret", (True, True, True, True))):  # fmt: skip
        one = Collection(LayerView(layer, highest, public=highest == "public", writable=True))
        assert tuple(writes._may_change(one, n) for n in names) == seen
