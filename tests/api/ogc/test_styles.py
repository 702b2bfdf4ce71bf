"""Styles: legends from the schema, colours told apart, read by MapLibre's checker and by QGIS."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from fixtures import two_counties
from fixtures.service import is_problem, service
from geoplan_api.ogc.styles import files as style_files
from geoplan_api.ogc.styles.cartography import DRAWINGS, drawing_of, legend
from geoplan_api.security.access import LayerView

from geoplan.schemas import LAYERS

DRAWN = [n for n, layer in LAYERS.items() if layer.geometry]
PAIRS = [(n, kind) for n in DRAWN for kind in LAYERS[n].geometry]


def view_of(name: str, highest: str = "internal") -> LayerView:
    return LayerView(LAYERS[name], highest, public=False, writable=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = two_counties.write_workspace(tmp_path_factory.mktemp("w"), synthetic=False)
    with service(folder, "admin") as client:
        yield client


# --- the declaration -------------------------------------------------------------------------------


def test_every_layer_with_shapes_is_drawn_on_purpose():
    assert set(DRAWINGS) == set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_classes_are_codes_of_the_schema_and_legend_words_chinese(name):
    drawing, layer = DRAWINGS[name], LAYERS[name]
    if drawing.classes:
        codes = [c for one in drawing.classes for c in one.codes]
        assert len(codes) == len(set(codes))
        assert set(codes) <= {c.code for c in layer.column(drawing.column).choices}
    for entry in legend(view_of(name, "state_secret")):
        assert any("一" <= c <= "鿿" for c in entry["zh"]) or name == "claims"
        assert entry["en"]


DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""


def lab(colour: str, deficiency: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(DEFICIENCIES[deficiency]) @ linear, 0, 1)
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ seen
    )
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("name", [n for n in DRAWN if DRAWINGS[n].classes and n != "admin_units"])
def test_classes_of_a_layer_are_told_apart_with_any_colour_vision(name):
    colours = [str(e["colour"]) for e in legend(view_of(name, "state_secret"))]
    for deficiency in DEFICIENCIES:
        for a, b in itertools.combinations(colours, 2):
            assert np.linalg.norm(lab(a, deficiency) - lab(b, deficiency)) > 15, (deficiency, a, b)


def test_a_role_that_may_not_see_the_column_gets_one_symbol():
    layer = LAYERS["facilities"]
    hidden = tuple(c for c in layer.columns if c.name not in {"facility_kind", "name"})
    less = type(layer)(**{n: getattr(layer, n) for n in layer.__slots__} | {"columns": hidden})
    view = LayerView(less, "public", public=True, writable=False)
    assert drawing_of(view).classes == ()
    assert len(legend(view)) == 1


# --- MapLibre --------------------------------------------------------------------------------------


def test_the_style_of_the_city_has_what_the_role_may_see(client):
    style = client.get("/styles/city").json()
    about = {a["id"]: a for a in style["metadata"]["geoplan:layers"]}
    assert set(style["sources"]) == set(about)
    assert {"admin_units", "population", "boundary_lines"} <= set(about)
    ids = [layer["id"] for layer in style["layers"]]
    assert len(ids) == len(set(ids))
    assert {i for a in about.values() for i in a["style_layers"]} == set(ids) - {"paper"}
    assert about["facilities"]["title"] == "设施"
    assert about["facilities"]["legend"][0]["zh"].startswith("养老机构")
    assert "glyphs" not in style
    assert "sprite" not in style
    assert list(about) == [n for n in DRAWINGS if n in about]


def test_no_address_leads_outside(client):
    text = client.get("/styles/city").text
    assert text.count("http") == text.count("http://testserver/")


def test_polygons_are_labelled_by_their_points(client):
    for layer in client.get("/styles/city").json()["layers"]:
        if layer["type"] == "symbol" and layer["source"] == "admin_units":
            assert layer["source-layer"] == "admin_units_labels"


def test_tiles_of_a_style_are_there(client):
    style = client.get("/styles/admin_units").json()
    made = style["sources"]["admin_units"]["tiles"][0]
    from geoplan import tiles

    x, y = tiles.WEB_MERCATOR.tile_of(*style["center"], zoom=9)
    answer = client.get(made.replace("{z}", "9").replace("{y}", str(y)).replace("{x}", str(x)))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


def test_a_hidden_layer_is_in_no_style(tmp_path):
    folder = two_counties.write_workspace(tmp_path, synthetic=False)
    with service(folder, "public") as client:
        text = client.get("/styles/city").text + client.get("/styles").text
        assert "population" not in text.replace("population_", "")
        bodies = [is_problem(client.get(f"/styles/{n}"), 404) for n in ("population", "popularity")]
        assert bodies[0]["fix"] == bodies[1]["fix"]


def test_a_style_is_sent_again_only_if_it_changed(client):
    for path in ("/styles", "/styles/city", "/styles/facilities?f=qml"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [("/styles/nothing", 404), ("/styles/documents", 404), ("/styles/city?f=qml", 400),
     ("/styles/city?f=png", 400), ("/styles/facilities?f=qml&geometry=line", 400),
     ("/styles/facilities?geometry=point", 400), ("/styles?x=1", 400)],
)  # fmt: skip
def test_what_is_no_style_is_refused(client, path, status):
    is_problem(client.get(path), status)


def test_every_style_passes_the_checker_of_maplibre(client, root, tmp_path):
    checker = root / "api/web/node_modules/@maplibre/maplibre-gl-style-spec"
    if not checker.is_dir() or shutil.which("node") is None:
        pytest.skip("the packages of the web page are not installed")
    listed = client.get("/styles").json()["styles"]
    bodies = {s["id"]: client.get(f"/styles/{s['id']}").json() for s in listed}
    (tmp_path / "styles.json").write_text(json.dumps(bodies), encoding="utf-8")
    code = (f"const s=require({json.dumps(str(checker))});"
            "const all=JSON.parse(require('fs').readFileSync(process.argv[1]));"
            "for(const [n,b] of Object.entries(all))"
            "for(const e of s.validateStyleMin(b))console.log(n,e.message)")  # fmt: skip
    done = subprocess.run(["node", "-e", code, str(tmp_path / "styles.json")], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert done.stdout == ""


# --- QGIS and SLD ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[tuple[str, str, Path]]:
    """The file of every layer, geometry and format."""
    folder, out = tmp_path_factory.mktemp("files"), []
    for name, kind in PAIRS:
        for f, make in (("qml", style_files.qml), ("sld", style_files.sld)):
            path = folder / f"{name}-{kind}.{f}"
            path.write_bytes(make(view_of(name, "state_secret"), kind))
            out.append((f, kind, path))
    return out


def test_files_are_well_formed_and_name_every_class(files):
    for f, kind, path in files:
        text = path.read_text(encoding="utf-8")
        ET.fromstring(text.split("\n", 1)[1] if f == "qml" else text)  # noqa: S314
        for entry in legend(view_of(path.stem.removesuffix(f"-{kind}"), "state_secret")):
            assert str(entry["zh"]).split("、")[0] in text or f == "qml"


def test_a_file_is_served_as_it_is_written(client):
    answer = client.get("/styles/facilities?f=qml")
    assert answer.headers["content-disposition"].endswith('filename="facilities-point.qml"')
    assert answer.headers["content-type"].startswith("application/vnd.qgis.qml")
    assert answer.content == style_files.qml(view_of("facilities"), "point")
    for style in client.get("/styles").json()["styles"]:
        for link in style["links"]:
            made = client.get(link["href"])
            assert made.status_code == 200
            assert made.headers["content-type"].startswith(link["type"])


SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
for f, kind, path in json.loads(sys.argv[1]):
    geometry = {"point": "Point", "line": "LineString", "polygon": "Polygon"}[kind]
    layer = QgsVectorLayer(f"{geometry}?crs=epsg:4490&field=name:string&field=level:string", "x", "memory")
    said, fine = layer.loadNamedStyle(path) if f == "qml" else layer.loadSldStyle(path)
    renderer = layer.renderer()
    if renderer.type() == "categorizedSymbol":
        owners = renderer.categories()
    elif renderer.type() == "RuleRenderer":
        owners = renderer.rootRule().children()
    else:
        owners = [renderer]
    symbols = [int(o.symbol().type()) if o.symbol() else None for o in owners]
    wanted = {"point": 0, "line": 1, "polygon": 2}[kind]
    good = {s for s in symbols if s is not None} == {wanted}  # a rule of labels has none
    print(path, fine, good, len(symbols), renderer.type(), said)
"""


def test_qgis_reads_every_file(files, tmp_path):
    python = Path("/usr/bin/python3")
    if not python.exists() or subprocess.run([python, "-c", "import qgis.core"], check=False,
                                             capture_output=True).returncode:  # fmt: skip
        pytest.skip("QGIS is not installed")
    asked = [(f, kind, str(path)) for f, kind, path in files]
    done = subprocess.run([python, "-c", SCRIPT, json.dumps(asked)], capture_output=True, text=True,
                          check=False, timeout=120, cwd=tmp_path, encoding="utf-8",
                          env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path),
                               "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})  # fmt: skip
    lines = [line.split(" ", 5) for line in done.stdout.splitlines() if line.startswith("/")]
    assert len(lines) == len(files), done.stderr[-2000:]
    assert [line for line in lines if line[1:3] != ["True", "True"]] == []
    counts = {Path(line[0]).name: int(line[3]) for line in lines}
    assert counts["admin_units-polygon.qml"] == 5
    assert counts["facilities-point.sld"] >= 6
