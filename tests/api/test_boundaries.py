"""Boundaries through the service: the library's numbers, rough shapes, one error shape, limits."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from fixtures.service import is_problem, service
from fixtures.two_counties import TRIANGLE_M2, layers, opened, units, write_workspace
from geoplan_api.deps import ROUGH_DEG


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("two-counties"))


@pytest.fixture(scope="module")
def client(folder):
    with service(folder) as client:
        yield client


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The same city with units, facilities and lines for everybody, and results released."""
    folder = tmp_path_factory.mktemp("open-counties")
    with service(write_workspace(folder, releases=["boundaries"], **opened()), "public") as client:
        yield client


def is_rough(collection) -> None:
    """Every coordinate is a whole thousandth of a degree, about 100 m (SEC-02)."""
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in collection["features"]
              if f["geometry"] is not None]  # fmt: skip
    xy = shapely.get_coordinates(shapes) / ROUGH_DEG
    assert len(xy)
    assert np.abs(xy - np.rint(xy)).max() < 1e-6


def test_lines_as_a_table_and_on_a_map(client):
    body = client.get("/boundaries/lines", params={"level": "village"}).json()
    assert body["synthetic"] is True
    assert "示意" in body["note"]
    assert body["total"] == len(body["rows"])
    county = [r for r in body["rows"] if r["level"] == "county"]
    assert [(r["line_code"], r["length_m"]) for r in county] == [("421303421321", 2000.0)]
    assert not any("geometry" in r for r in body["rows"])
    found = client.get(
        "/boundaries/lines", params={"format": "geojson", "only": "township", "most": 1}
    ).json()
    assert (found["type"], found["total"], len(found["features"])) == ("FeatureCollection", 2, 1)
    drawn = shapely.from_geojson(json.dumps(found["features"][0]["geometry"]))
    assert drawn.geom_type == "LineString"
    off = np.abs(shapely.get_coordinates(drawn) / ROUGH_DEG % 1 - 0.5)
    assert off.min() < 0.4  # the bureau sees places as they are


def test_everybody_sees_rough_shapes(public):
    for path in ("lines", "defects", "nesting"):
        found = public.get(f"/boundaries/{path}", params={"format": "geojson"}).json()
        assert found["total"] == len(found["features"])
        if path == "lines":
            is_rough(found)
    # of the layers of the boundary keepers nothing is there
    for path in ("markers/check",):
        is_problem(public.get(f"/boundaries/{path}"), 404, "unknown_id")
    is_problem(public.post("/boundaries/compare", json={}), 404, "unknown_id")


def test_defects_with_their_remedy(client, tmp_path):
    assert client.get("/boundaries/defects").json()["total"] == 0
    assert client.get("/boundaries/nesting").json()["total"] == 0
    torn = units()
    shape = torn.geometry.copy()
    shape.iloc[3] = shape.iloc[3].buffer(30, join_style="mitre")
    with service(write_workspace(tmp_path, admin_units=torn.set_geometry(shape))) as dirty:
        body = dirty.get("/boundaries/defects", params={"kind": "overlap"}).json()
        (row,) = body["rows"]
        assert row["units"] == "421303001;421303002"
        assert row["max_width_m"] == pytest.approx(30, rel=0.01)
        assert row["remedy"] == "mark_dispute"
        mapped = dirty.get("/boundaries/defects", params={"format": "geojson"}).json()
        assert mapped["total"] == len(mapped["features"])
        outside = dirty.get("/boundaries/nesting", params={"kind": "outside_parent"}).json()
        assert outside["rows"][0]["unit_code"] == "421303001"


def test_markers_tell_no_place(client):
    every = client.get("/boundaries/markers/check", params={"every": True}).json()
    assert [r["marker_id"] for r in every["rows"]] == ["M1", "M2"]
    assert {r["line_status"] for r in every["rows"]} == {"met"}
    keys = set(every["rows"][0])
    assert not keys & {"geometry", "chainage_m", "offset_m", "x_north_m", "y_east_m"}
    some = client.get("/boundaries/markers/check", params={"line": "421303-421321"}).json()
    assert some["total"] == 2  # their registers lack nearly everything


CHANGE = {"title": "t", "changes": [{"kind": "transfer", "from_codes": ["421303002201"],
          "to_codes": "421321001", "effective_on": "2026-07-01"}]}  # fmt: skip


def test_impact_of_a_change(client):
    body = client.post("/boundaries/impact", json=CHANGE).json()
    assert body["title"] == "t"
    assert {r["layer"] for r in body["rows"]} == {
        "facilities", "boundary_lines", "village_lines", "boundary_markers"}  # fmt: skip
    assert [p["persons"] for p in body["persons"]] == [100, 100]
    assert {a["level"] for a in body["approvals"]} == {"county", "township"}
    assert body["standards"] == []
    assert len(body["dossier"]) == 7
    assert "geometry" not in json.dumps(body)
    few = client.post("/boundaries/impact", params={"most": 1}, json=CHANGE).json()
    assert (len(few["rows"]), few["total"]) == (1, body["total"])
    # the workspace is as it was
    assert client.get("/boundaries/lines").json()["total"] == 9  # six with nobody on one side


def test_few_persons_are_not_shown(client, tmp_path):
    """Eight people move with the village: neither their number nor a difference tells of them."""
    people = layers()["population"]
    people.loc[people["unit_code"] == "421303002201", "persons"] = 8
    here = units()
    here["population"] = here["population"].where(here["unit_code"] != "421303002201", 8)
    with service(write_workspace(tmp_path, population=people, admin_units=here)) as small:
        body = small.post("/boundaries/impact", json=CHANGE).json()
        assert [p["persons"] for p in body["persons"]] == [None, None]
        for row in body["statistics"]:
            assert row["persons_after"] is None
            assert row["population_after"] is None
            assert row["persons_before"] >= 10


def test_claims_of_the_layer_and_of_a_request(client):
    body = client.post("/boundaries/compare", json={}).json()
    (face,) = body["faces"]["features"]
    assert face["properties"]["area_m2"] == pytest.approx(TRIANGLE_M2, rel=1e-4)
    assert face["properties"]["persons"] == 45
    assert [w["id"] for w in body["freeze_warnings"]] == ["F2"]
    assert body["cases"][0]["decided_by_zh"] == "随城"
    drawn = layers()["claims"].to_crs("EPSG:4490").geometry
    ours, theirs = (json.loads(shapely.to_geojson(g)) for g in drawn)
    asked = {"ours": {"type": "Feature", "geometry": ours, "properties": {}},
             "theirs": {"type": "FeatureCollection", "features": [
                 {"type": "Feature", "geometry": theirs, "properties": None}]}}  # fmt: skip
    plain = client.post("/boundaries/compare", json=asked).json()
    assert plain["faces"]["features"][0]["properties"]["kind"] == "unknown"
    named = asked | {"ours_name": "421303002", "theirs_name": "乙一镇"}
    told = client.post("/boundaries/compare", json=named).json()
    assert told["faces"]["features"][0]["properties"]["kind"] == "overlap"
    assert told["faces"]["features"][0]["properties"]["left_party"] == "421303002"


POINT = {"type": "Point", "coordinates": [113, 31]}
LINE = {"type": "LineString", "coordinates": [[113, 31], [113.1, 31]]}


@pytest.mark.parametrize(("path", "asked", "status", "code"), [
    ("compare", {"ours": LINE}, 400, "bad_input"), ("compare", {"ours": POINT, "theirs": LINE}, 400, "bad_input"),
    ("compare", {"ours": {"x": 1}, "theirs": LINE}, 400, "bad_input"),
    ("compare", {"ours": {"type": "LineString", "coordinates": []}, "theirs": LINE}, 400, "bad_input"),
    ("compare", {"case": "D9"}, 404, "unknown_id"), ("compare", {"left": "丁"}, 404, "unknown_id"),
    ("compare", {"nothing": 1}, 400, "bad_request"), ("compare", [1], 400, "bad_request"),
    ("impact", {"changes": []}, 400, "bad_input"), ("impact", [1], 400, "bad_request"),
    ("impact", {"changes": [CHANGE["changes"][0] | {"to_codes": "421321009"}]}, 404, "unknown_id"),
    ("impact", {"changes": [CHANGE["changes"][0] | {"to_codes": "421321"}]}, 400, "bad_input"),
])  # fmt: skip
def test_bad_bodies_are_problems(client, path, asked, status, code):
    is_problem(client.post(f"/boundaries/{path}", json=asked), status, code)


@pytest.mark.parametrize(("path", "params", "status"), [
    ("lines", {"level": "planet"}, 400), ("lines", {"most": 0}, 400), ("lines", {"most": 10_001}, 400),
    ("lines", {"format": "kml"}, 400), ("defects", {"kind": "gp"}, 404), ("nesting", {"kind": "x"}, 404),
    ("markers/check", {"line": "none"}, 404), ("nowhere", {}, 404), ("lines", {"levle": "county"}, 400),
])  # fmt: skip
def test_bad_parameters_are_problems(client, path, params, status):
    answer = client.get(f"/boundaries/{path}", params=params)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status


def test_large_bodies_and_many_vertices_are_refused(folder):
    with service(folder, max_body_kb=4) as small:
        large = small.post("/boundaries/impact", content=b"[" * 5000)
        assert "4 KB" in is_problem(large, 413, "too_large")["detail"]

        def pieces():
            for _ in range(5):
                yield b"[" * 1000

        is_problem(small.post("/boundaries/impact", content=pieces()), 413, "too_large")
        is_problem(small.post("/boundaries/impact", content=b"[" * 4096), 400, "bad_request")
    with service(folder) as client:
        long = {"type": "LineString", "coordinates": [[113 + k / 1e6, 31] for k in range(50_000)]}
        body = is_problem(client.post("/boundaries/compare", json={"ours": long, "theirs": LINE}),
                          400, "bad_input")  # fmt: skip
        assert body["context"]["vertices"] == 50_002


def test_what_may_not_be_shown_is_as_if_it_were_not_there(folder, tmp_path):
    """No row is public and no result released: for everybody there is nothing, synthetic or not."""
    for place in (folder, write_workspace(tmp_path, synthetic=False)):
        with service(place, "public") as hidden:
            for path in ("lines", "defects", "nesting", "markers/check"):
                body = is_problem(hidden.get(f"/boundaries/{path}"), 404, "unknown_id")
                assert body["context"]["kind"] == ("layer" if path == "lines" else "result")
            is_problem(hidden.post("/boundaries/impact", json=CHANGE), 404, "unknown_id")
            is_problem(hidden.post("/boundaries/compare", json={}), 404, "unknown_id")


def test_rows_are_shown_by_class(tmp_path):
    """Secret markers beside internal ones do not appear, even to those who keep them."""
    classes = ["internal", "state_confidential"]
    markers = layers()["boundary_markers"].assign(secrecy=classes, synthetic=True)
    folder = write_workspace(tmp_path, releases=["boundaries"],
                             **opened() | {"boundary_markers": markers})  # fmt: skip
    with service(folder, "inspector") as mixed:
        shown = mixed.get("/boundaries/markers/check", params={"every": True}).json()["rows"]
        assert [r["marker_id"] for r in shown] == ["M1"]
        body = mixed.post("/boundaries/impact", json=CHANGE).json()
        assert body["persons"] == []  # the population is for those who plan
        assert {r["id"] for r in body["rows"] if r["layer"] == "boundary_markers"} == {"M1"}
    with service(folder, "public") as everybody:
        body = everybody.post("/boundaries/impact", json=CHANGE).json()
        assert body["persons"] == []
        assert "boundary_markers" not in {r["layer"] for r in body["rows"]}


def test_class_of_a_row_before_that_of_its_layer(tmp_path):
    markers = layers()["boundary_markers"].drop(columns="secrecy")  # then the layer's: secret
    with service(write_workspace(tmp_path, boundary_markers=markers)) as silent:
        is_problem(silent.get("/boundaries/markers/check"), 404, "unknown_id")


def test_one_internal_unit_hides_what_is_derived_from_all(tmp_path):
    mixed = units().assign(secrecy=["public"] * (len(units()) - 1) + ["internal"])
    with service(write_workspace(tmp_path, admin_units=mixed), "public") as client:
        is_problem(client.get("/boundaries/lines"), 404, "unknown_id")


def test_routes_are_in_the_description(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {p for p in paths if p.startswith("/boundaries")} == {
        "/boundaries/lines", "/boundaries/defects", "/boundaries/nesting",
        "/boundaries/markers/check", "/boundaries/impact", "/boundaries/compare"}  # fmt: skip
