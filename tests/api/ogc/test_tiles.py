"""Tiles over HTTP: by an independent decoder, by GDAL, by role, and right after an edit."""

from __future__ import annotations

import gzip
import threading
from datetime import UTC, datetime

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from fixtures import two_counties
from fixtures.service import is_problem, service
from geoplan_api.ogc.tiles import layers as tile_layers
from geoplan_api.ogc.tiles.layers import Tiles, _numbers
from geoplan_api.security.principal import Principal
from geoplan_api.views import Views
from hypothesis import given
from hypothesis import strategies as st

from geoplan import tiles
from geoplan.storage import Change, create_registry, open_registry

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
MVT = "application/vnd.mapbox-vector-tile"
LON, LAT = 113.47, 31.67


def url(
    layer: str, zoom: int = 9, lon: float = LON, lat: float = LAT, grid=tiles.WEB_MERCATOR
) -> str:
    x, y = grid.tile_of(lon, lat, zoom=zoom)
    return f"/collections/{layer}/tiles/{grid.name}/{zoom}/{y}/{x}"


def features(response, layer: str) -> list[dict]:
    assert response.status_code in {200, 204}, response.text
    if response.status_code == 204:
        assert not response.content
        return []
    assert response.headers["content-type"] == MVT
    found = mapbox_vector_tile.decode(response.content, default_options={"y_coord_down": True})
    return found.get(layer, {"features": []})["features"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return two_counties.write_workspace(tmp_path_factory.mktemp("w"), synthetic=False)


@pytest.fixture(scope="module")
def client(workspace):
    with service(workspace, "planner") as client:
        yield client


# --- content ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("grid", tiles.GRIDS.values(), ids=str)
def test_a_tile_has_the_features_with_typed_attributes(client, grid):
    answer = client.get(url("admin_units", grid=grid))
    found = features(answer, "admin_units")
    assert len(found) == 15
    county = next(f for f in found if f["properties"]["unit_code"] == "421303")["properties"]
    assert county["population"] == 400
    assert county["name"] == "甲区"
    assert "valid_from" not in county  # what is missing has no tag
    assert county["id"].startswith("t~421303")
    facility = features(client.get(url("facilities", grid=grid)), "facilities")[0]["properties"]
    assert "id" not in facility  # its key is one column


def test_each_polygon_is_labelled_once_over_all_tiles(client):
    names = []
    for zoom in (9, 12, 14):
        x0, y0 = tiles.WEB_MERCATOR.tile_of(113.46, 31.70, zoom=zoom)
        x1, y1 = tiles.WEB_MERCATOR.tile_of(113.53, 31.63, zoom=zoom)
        here = []
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                answer = client.get(
                    f"/collections/admin_units/tiles/WebMercatorQuad/{zoom}/{y}/{x}"
                )
                for f in features(answer, "admin_units_labels"):
                    u, v = f["geometry"]["coordinates"]
                    if 0 <= u < 4096 and 0 <= v < 4096:
                        here.append(f["properties"]["name"])
        names.append(sorted(here))
    assert len(names[0]) == len(set(names[0])) == 15
    assert names[0] == names[1] == names[2]


def test_gdal_reads_a_tile(client, tmp_path):
    answer = client.get(url("admin_units", 12, 113.48, 31.66))
    file = tmp_path / "tile.mvt"
    file.write_bytes(answer.content)
    kinds = dict(pyogrio.list_layers(file).tolist())
    assert set(kinds) == {"admin_units", "admin_units_labels"}
    frame = pyogrio.read_dataframe(file, layer="admin_units")
    assert len(frame) == len(features(answer, "admin_units"))
    assert frame["population"].dtype.kind in "if"
    assert frame.geometry.is_valid.all()


def test_all_layers_come_in_one_tile(client):
    path = url("admin_units").replace("/collections/admin_units", "")
    answer = client.get(path)
    found = mapbox_vector_tile.decode(answer.content)
    assert {"admin_units", "admin_units_labels", "facilities", "population"} <= set(found)
    some = mapbox_vector_tile.decode(
        client.get(f"{path}?collections=population,facilities").content
    )
    assert set(some) == {"population", "facilities"}


def test_an_empty_tile_has_no_body(client):
    answer = client.get("/collections/facilities/tiles/WebMercatorQuad/10/0/0")
    assert answer.status_code == 204
    assert not answer.content
    assert answer.headers["etag"]


@given(st.lists(st.text(max_size=20) | st.integers(0, 10**18).map(str), unique=True, max_size=50))
def test_numbers_of_features_are_unique_stay_and_fit_a_double(ids):
    made = _numbers(np.array([*ids, None], dtype=object)[:-1])
    assert len(set(made.tolist())) == len(ids)
    assert all(n < 2**53 for n in made.tolist())
    assert _numbers(np.array([*ids[1:], None], dtype=object)[:-1]).tolist() == made[1:].tolist()


def test_the_loops_are_compiled_beforehand(monkeypatch):
    made = []
    encode = tile_layers.tile
    monkeypatch.setattr(tile_layers, "tile", lambda *a: made.append(encode(*a)) or made[-1])
    tile_layers.prepare()
    found = mapbox_vector_tile.decode(made[0])["none"]["features"]
    assert sorted(f["geometry"]["type"] for f in found) == [
        "LineString",
        "Point",
        "Polygon",
        "Polygon",
    ]


# --- versions and caches ---------------------------------------------------------------------------


def test_a_tile_is_sent_again_only_if_it_changed(client):
    path = url("admin_units")
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    assert first.headers["cache-control"] == "no-cache"
    made = client.get("/collections/admin_units/tiles/WebMercatorQuad?f=tilejson").json()
    version = made["tiles"][0].split("?")[1]
    kept = client.get(f"{path}?{version}")
    assert kept.content == first.content
    assert "immutable" in kept.headers["cache-control"]
    assert "private" in kept.headers["cache-control"]
    assert client.get(f"{path}?v=old").headers["cache-control"] == "no-cache"


def place(number: int, x: float, *, seen: int | None = 0, **more):
    return Change("place_names", {
        "place_id": f"P{number}", "standard_name": f"第{number}村", "secrecy": "public",
        "geometry": shapely.to_wkb(shapely.box(x, 31, x + 0.1, 31.1)), **more}, seen)  # fmt: skip


@pytest.fixture
def registry(tmp_path, store_url):
    (tmp_path / "workspace.toml").write_text(
        f'[workspace]\nname = "w"\nmetric_crs = "EPSG:4547"\n[store]\nurl = "{store_url}"\n'
    )
    with create_registry(store_url) as made:
        made.write([place(1, 113.0), place(2, 113.1, secrecy="internal"), place(3, 113.2)],
                   who="甲", why="建库", recorded_at=WHEN)  # fmt: skip
    return tmp_path


def write(folder, *changes):
    from geoplan.workspace import open_workspace

    with open_registry(open_workspace(folder).store.url) as opened:
        opened.write(list(changes), who="乙", why="改", recorded_at=WHEN)


def named(response) -> dict[str, str]:
    found = features(response, "place_names")
    return {f["properties"]["place_id"]: f["properties"]["standard_name"] for f in found}


def test_an_edit_is_in_the_next_tile(registry):
    path = url("place_names", 8, 113.15, 31.05)
    with service(registry, "planner") as client:
        before = client.get(path)
        assert named(before) == {"P1": "第1村", "P2": "第2村", "P3": "第3村"}
        numbers = {f["properties"]["place_id"]: f["id"] for f in features(before, "place_names")}
        write(registry, place(2, 113.1, seen=1, standard_name="新村"), place(4, 113.3))
        after = client.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert named(after) == {"P1": "第1村", "P2": "新村", "P3": "第3村", "P4": "第4村"}
        assert after.headers["etag"] != before.headers["etag"]
        now = {f["properties"]["place_id"]: f["id"] for f in features(after, "place_names")}
        assert {k: now[k] for k in numbers} == numbers
        labels = features(after, "place_names_labels")
        assert {f["properties"]["standard_name"] for f in labels} == set(named(after).values())


def test_a_tile_of_a_part_is_the_tile_of_the_whole(registry):
    path = url("place_names", 11, 113.11, 31.05)
    with service(registry, "planner") as client:
        part = client.get(path)
        views = Views(client.app.state.city, client.app.state.snapshots, Principal("planner", "t"))
        assert len(views.snapshot("place_names").ids) == 3
        client.app.state.tiles = Tiles(2**20)
        assert client.get(path).content == part.content


def test_a_layer_read_in_parts_again_and_again_is_read_whole(registry, monkeypatch):
    with service(registry, "planner") as client:
        snapshots = client.app.state.snapshots
        reads: list[object] = []
        read = snapshots._read

        def noted(*asked, **how):
            reads.append(how.get("bbox"))
            return read(*asked, **how)

        monkeypatch.setattr(snapshots, "_read", noted)
        for column in range(20):
            client.get(f"/collections/place_names/tiles/WebMercatorQuad/11/836/{1660 + column}")
            for thread in threading.enumerate():
                if thread.name == "geoplan-read":
                    thread.join()
        # the eighth part and the whole are read at the same time, whichever begins first
        assert sorted(r is None for r in reads) == [False] * 8 + [True]


def test_a_new_edit_begins_the_count_anew(registry, monkeypatch):
    with service(registry, "planner") as client:
        snapshots = client.app.state.snapshots
        parts: list[bool] = []
        read = snapshots._read

        def noted(*asked, **how):
            parts.append(how.get("bbox") is not None)
            return read(*asked, **how)

        monkeypatch.setattr(snapshots, "_read", noted)
        for n in range(3):
            for column in range(5):
                client.get(f"/collections/place_names/tiles/WebMercatorQuad/11/836/{1660 + column}")
            write(registry, place(3, 113.2, seen=n + 1, standard_name=f"第{n}次"))
        assert len(parts) >= 3
        assert all(parts)


def test_finished_tiles_keep_to_their_memory(client):
    made = client.app.state.tiles
    client.app.state.tiles = small = Tiles(20_000)
    try:
        first = client.get(url("admin_units")).content
        for zoom in range(6, 16):
            client.get(url("admin_units", zoom))
            assert small._bytes == sum(map(len, small._made.values())) <= 20_000
        assert client.get(url("admin_units")).content == first
    finally:
        client.app.state.tiles = made


# --- who may see what ------------------------------------------------------------------------------


def test_a_role_sees_in_tiles_what_it_sees_elsewhere(registry):
    path = url("place_names", 8, 113.15, 31.05)
    with service(registry, "planner") as client:
        assert set(named(client.get(path))) == {"P1", "P2", "P3"}
        client.app.state.identify = None
        shared = client.app.state.tiles
    with service(registry, "public") as client:
        client.app.state.tiles = shared  # one memory for all roles, as in the service
        answer = client.get(path)
        assert set(named(answer)) == {"P1", "P3"}
        for f in features(answer, "place_names"):
            assert not {"remark", "row_version"} & set(f["properties"])


def test_a_version_of_another_role_is_not_kept(registry):
    path = url("place_names", 8, 113.15, 31.05)
    asked = "/collections/place_names/tiles/WebMercatorQuad?f=tilejson"
    with service(registry, "planner") as client:
        version = client.get(asked).json()["tiles"][0].split("?v=")[1]
    with service(registry, "public") as client:
        assert client.get(f"{path}?v={version}").headers["cache-control"] == "no-cache"
        own = client.get(asked).json()["tiles"][0].split("?v=")[1]
        assert "public" in client.get(f"{path}?v={own}").headers["cache-control"]


@pytest.mark.parametrize("tail", ["", "/WebMercatorQuad", "/WebMercatorQuad?f=tilejson",
                                  "/WebMercatorQuad?f=pmtiles", "/WebMercatorQuad/8/100/200"])  # fmt: skip
def test_a_hidden_layer_is_as_if_absent(workspace, tail):
    with service(workspace, "public") as client:
        told = [
            client.get(f"/collections/{name}/tiles{tail}") for name in ("population", "popularity")
        ]
        bodies = [is_problem(answer, 404, "unknown_id") for answer in told]
        assert bodies[0]["fix"] == bodies[1]["fix"]
        assert "population" not in bodies[1]["detail"] + bodies[1]["fix"]
        dataset = client.get("/tiles/WebMercatorQuad/8/100/200?collections=population")
        assert is_problem(dataset, 404)["fix"] == bodies[0]["fix"]


# --- descriptions ----------------------------------------------------------------------------------


def test_the_grids_are_those_of_the_standard(client):
    listed = client.get("/tileMatrixSets").json()["tileMatrixSets"]
    assert [g["id"] for g in listed] == ["WebMercatorQuad", "CGCS2000Quad"]
    web = client.get("/tileMatrixSets/WebMercatorQuad").json()
    first, last = web["tileMatrices"][0], web["tileMatrices"][-1]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717)
    assert first["pointOfOrigin"] == [
        pytest.approx(-20037508.3427892),
        pytest.approx(20037508.3427892),
    ]
    assert (last["id"], last["matrixWidth"]) == ("22", 2**22)
    degrees = client.get("/tileMatrixSets/CGCS2000Quad").json()
    first = degrees["tileMatrices"][0]
    assert first["scaleDenominator"] == pytest.approx(279541132.014358)
    assert (first["matrixWidth"], first["matrixHeight"], first["pointOfOrigin"]) == (
        2,
        1,
        [90, -180],
    )
    assert degrees["crs"].endswith("/4490")


@pytest.mark.parametrize("path", ["/collections/admin_units/tiles", "/tiles"])
def test_every_link_of_a_tile_set_leads_somewhere(client, path):
    listed = client.get(path).json()
    assert [t["dataType"] for t in listed["tilesets"]] == ["vector", "vector"]
    x, y = tiles.WEB_MERCATOR.tile_of(LON, LAT, zoom=9)
    for tileset in listed["tilesets"]:
        for link in tileset["links"]:
            href = link["href"].replace("{tileMatrix}", "9").replace("{tileRow}", str(y))
            answer = client.get(href.replace("{tileCol}", str(x)))
            assert answer.status_code in {200, 204}, href
            if answer.status_code == 200:
                assert answer.headers["content-type"].startswith(link["type"])


def test_tilejson_and_metadata_tell_layers_fields_and_extent(client):
    made = client.get("/collections/admin_units/tiles/WebMercatorQuad?f=tilejson").json()
    assert made["tilejson"] == "3.0.0"
    assert made["bounds"] == [pytest.approx(v, abs=0.01) for v in (113.47, 31.66, 113.51, 31.68)]
    fields = {v["id"]: v["fields"] for v in made["vector_layers"]}
    assert fields["admin_units"]["population"] == "Number"
    assert fields["admin_units_labels"]["name"] == "String"
    about = client.get("/collections/admin_units/tiles/CGCS2000Quad").json()
    kinds = {v["id"]: v["geometryDimension"] for v in about["layers"]}
    assert kinds == {"admin_units": 2, "admin_units_labels": 0}
    limits = about["tileMatrixSetLimits"][10]
    x, y = tiles.CGCS2000.tile_of(*made["center"][:2], zoom=10)
    assert limits["minTileRow"] <= y <= limits["maxTileRow"]
    assert limits["minTileCol"] <= x <= limits["maxTileCol"]


def test_an_archive_has_the_tiles_that_are_served(client, tmp_path):
    from pmtiles.reader import MemorySource, Reader

    answer = client.get("/collections/admin_units/tiles/WebMercatorQuad?f=pmtiles&zooms=8-10")
    assert answer.headers["content-type"] == "application/vnd.pmtiles"
    reader = Reader(MemorySource(answer.content))
    assert (reader.header()["min_zoom"], reader.header()["max_zoom"]) == (8, 10)
    x, y = tiles.WEB_MERCATOR.tile_of(LON, LAT, zoom=9)
    assert gzip.decompress(reader.get(9, x, y)) == client.get(url("admin_units", 9)).content
    file = tmp_path / "units.pmtiles"
    file.write_bytes(answer.content)
    assert len(pyogrio.read_dataframe(file, layer="admin_units")) >= 15


# --- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/admin_units/tiles/WebMercatorQuad/9/a/1", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad/9/1.5/1", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad/x/1/1", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad/9/512/1", 404),
        ("/collections/admin_units/tiles/WebMercatorQuad/9/1/512", 404),
        ("/collections/admin_units/tiles/WebMercatorQuad/9/-1/1", 404),
        ("/collections/admin_units/tiles/WebMercatorQuad/-9/1/1", 404),
        ("/collections/admin_units/tiles/WebMercatorQuad/23/1/1", 404),
        (f"/collections/admin_units/tiles/WebMercatorQuad/{10**15}/1/1", 404),
        (f"/collections/admin_units/tiles/WebMercatorQuad/9/{10**40}/1", 404),
        ("/collections/admin_units/tiles/WebMercatorQuad/9/1/1?bbox=1", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad/9/1/1?f=png", 400),
        ("/collections/admin_units/tiles/WorldMercator/9/1/1", 404),
        ("/collections/admin_units/tiles/WebMercatorQuad?f=html", 400),
        ("/collections/admin_units/tiles/CGCS2000Quad?f=tilejson", 400),
        ("/collections/admin_units/tiles/CGCS2000Quad?f=pmtiles", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad?f=pmtiles&zooms=5-15", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad?f=pmtiles&zooms=9-5", 400),
        ("/collections/admin_units/tiles/WebMercatorQuad?f=pmtiles&zooms=x", 400),
        ("/tiles/WebMercatorQuad/9/1/1?collections=", 404),
        ("/tiles/WebMercatorQuad/9/1/1?collections=nothing", 404),
        ("/tileMatrixSets/nothing", 404),
    ],
)
def test_what_is_no_tile_is_refused(client, path, status):
    is_problem(client.get(path), status)


@given(st.text(max_size=8), st.integers(), st.integers(), st.integers())
def test_any_address_of_a_tile_has_an_answer(client, grid, zoom, row, column):
    for name in ("WebMercatorQuad", "CGCS2000Quad"):
        answer = client.get(f"/collections/facilities/tiles/{name}/{zoom}/{row}/{column}")
        assert answer.status_code in {200, 204, 400, 404}
