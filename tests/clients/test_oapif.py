"""Programs that people use read the collections: GDAL new and old, OWSLib, QGIS."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import pyogrio
import pytest
from fixtures.ogc_city import NAMES, write_city

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
SERVE = """
import sys, uvicorn
from pathlib import Path
from geoplan_api.app import create_app
from geoplan_api.security.principal import Principal
from geoplan_api.settings import Settings
settings = Settings(workspace=Path(sys.argv[1]), warm=False, rate_per_s=10_000, rate_burst=10_000)
app = create_app(settings, identify=lambda _: Principal("planner", "tester"))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""
METRIC = "http://www.opengis.net/def/crs/EPSG/0/4547"
SHAPED = [n for n in NAMES if n != "P20"]


@pytest.fixture(scope="module")
def base(tmp_path_factory, root):
    """A running service; the programs that ask it are others, so it is a process of its own."""
    home = tmp_path_factory.mktemp("served")
    write_city(home, home / "registry.gpkg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "PYTHONPATH": str(root / "api")}
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(home), str(port)], env=env)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/conformance", timeout=5)  # noqa: S310
                break
            except OSError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                os.sched_yield()
        yield url
    finally:
        server.terminate()
        server.wait(20)


def read(base, name="place_names", **options):
    return pyogrio.read_dataframe(f"OAPIF:{base}", layer=name, **options)


def test_gdal_lists_the_collections(base):
    names = [row[0] for row in pyogrio.list_layers(f"OAPIF:{base}")]
    assert {"admin_units", "admin_units_labels", "place_names", "boundary_lines"} <= set(names)
    assert "boundary_markers" not in names


@pytest.mark.parametrize("size", [3, 1000])
def test_gdal_reads_all_items_page_by_page_with_their_types(base, size):
    frame = read(base, PAGE_SIZE=size)
    assert sorted(frame["place_id"]) == NAMES
    assert frame.crs.to_epsg() == 4490
    assert frame.total_bounds == pytest.approx([113.0, 31.0, 113.45, 31.45])
    assert str(frame["valid_from"].dtype).startswith("datetime64")
    one = frame.set_index("place_id").loc["P07"]
    assert one["standard_name"] == "第7村"
    assert one.geometry.equals_exact(one.geometry, 0)


@pytest.mark.parametrize(
    ("uri", "epsg", "box"),
    [
        (METRIC, 4547, [404_000, 3_431_000, 448_000, 3_481_000]),
        ("http://www.opengis.net/def/crs/EPSG/0/4490", 4490, [113.0, 31.0, 113.45, 31.45]),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", None, [113.0, 31.0, 113.45, 31.45]),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", 3857, [12_579_000, 3_632_000, 12_630_000, 3_692_000]),
    ],
)  # fmt: skip
def test_gdal_reads_each_crs_the_right_way_round(base, uri, epsg, box):
    frame = read(base, CRS=uri)
    if epsg is not None:
        assert frame.crs.to_epsg() == epsg
    west, south, east, north = frame.total_bounds
    assert [west, south, east, north] == pytest.approx(box, rel=2e-3)
    again = frame.to_crs(4490).set_index("place_id").loc["P07"].geometry
    assert again.bounds == pytest.approx((113.2, 31.1, 113.25, 31.15), abs=1e-6)


def test_gdal_asks_with_a_box_and_with_a_condition(base):
    assert sorted(read(base, bbox=(113.0, 31.0, 113.15, 31.05))["place_id"]) == ["P00", "P01"]
    assert sorted(read(base, where="status = 'draft'")["place_id"]) == NAMES[2::5]
    assert sorted(read(base, "admin_units", where="population > 300")["name"]) == [
        "乙县",
        "甲区",
        "随城",
    ]


def test_gdal_reads_a_table(base):
    assert list(read(base, "name_cases", read_geometry=False)["case_id"]) == ["C1"]


OGR = Path("/usr/bin/ogr2ogr")


@pytest.fixture(scope="module")
def ogr():
    if not OGR.exists():
        if os.environ.get("GEOPLAN_REQUIRE_GDAL") == "1":
            pytest.fail("ogr2ogr is required here but not installed")
        pytest.skip("ogr2ogr is not installed (apt-get install gdal-bin)")
    return OGR


def test_the_system_s_gdal_reads_counts_and_copies(base, ogr, tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GDAL", "PROJ"))}

    def run(program, *args):
        return subprocess.run([str(ogr.with_name(program)), *args], env=env, check=True,
                              capture_output=True, text=True).stdout  # fmt: skip

    summary = run("ogrinfo", "-ro", "-so", f"OAPIF:{base}", "place_names")
    assert "Feature Count: 25" in summary
    boxed = run(
        "ogrinfo",
        "-ro",
        "-so",
        f"OAPIF:{base}",
        "place_names",
        "-spat",
        "113",
        "31",
        "113.15",
        "31.05",
    )
    assert "Feature Count: 2" in boxed
    out = tmp_path / "out.gpkg"
    run(
        "ogr2ogr",
        "-f",
        "GPKG",
        "-dsco",
        "VERSION=1.3",
        str(out),
        f"OAPIF:{base}",
        "place_names",
        "-oo",
        "PAGE_SIZE=4",
    )
    assert sorted(pyogrio.read_dataframe(out)["place_id"]) == NAMES


def test_owslib_reads_collections_items_and_queryables(base):
    from owslib.ogcapi.features import Features

    service = Features(f"{base}/")
    assert "place_names" in service.feature_collections()
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        in service.conformance()["conformsTo"]
    )
    page = service.collection_items("place_names", limit=5, bbox=[113.0, 31.0, 113.3, 31.3])
    assert (page["numberMatched"], page["numberReturned"]) == (16, 5)
    assert service.collection_item("place_names", "P07")["properties"]["standard_name"] == "第7村"
    assert "status" in service.collection_queryables("place_names")["properties"]
    found = service.collection_items("place_names", filter="status = 'draft'", limit=100)
    assert [f["id"] for f in found["features"]] == NAMES[2::5]
    assert service.api()["openapi"].startswith("3.0")


QGIS = """
    import json, sys
    from qgis.core import (QgsApplication, QgsDataSourceUri, QgsFeatureRequest, QgsRectangle,
                           QgsVectorLayer)
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    out = {}

    def layer(**more):
        uri = QgsDataSourceUri()
        for key, value in {"url": sys.argv[1], "typename": "place_names", "pageSize": "7",
                           "maxNumFeatures": "10000", **more}.items():
            uri.setParam(key, value)
        if "sql" in more:
            uri.setSql(more["sql"])
        found = QgsVectorLayer(uri.uri(False), "x", "OAPIF")
        out.setdefault("errors", []).append(found.dataProvider().error().message() if found.dataProvider() else "no provider")
        return found

    one = layer()
    out["valid"] = one.isValid()
    out["crs"] = one.crs().authid()
    out["fields"] = [f.name() for f in one.fields()]
    out["all"] = sorted(f["place_id"] for f in one.getFeatures())
    box = QgsFeatureRequest().setFilterRect(QgsRectangle(113.0, 31.0, 113.16, 31.06))
    out["box"] = sorted(f["place_id"] for f in one.getFeatures(box))
    out["subset_set"] = one.setSubsetString("status = 'draft'")
    out["subset"] = sorted(f["place_id"] for f in one.getFeatures())
    print("RESULT" + json.dumps(out))
    del one
    app.exitQgis()
"""


@pytest.fixture(scope="module")
def qgis():
    python = "/usr/bin/python3"
    there = shutil.which(python) and subprocess.run(
        [python, "-c", "import qgis.core"], capture_output=True, check=False,
        env={"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen"},
    ).returncode == 0  # fmt: skip
    if not there:
        if os.environ.get("GEOPLAN_REQUIRE_QGIS") == "1":
            pytest.fail("QGIS is required here but cannot be imported")
        pytest.skip("QGIS is not installed (apt-get install python3-qgis)")
    return python


def test_qgis_draws_filters_and_selects(base, qgis, tmp_path):
    env = {"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path),
           "XDG_RUNTIME_DIR": str(tmp_path)}  # fmt: skip
    done = subprocess.run([qgis, "-c", textwrap.dedent(QGIS), base], env=env, capture_output=True,
                          text=True, timeout=300, check=False)  # fmt: skip
    line = next((k for k in done.stdout.splitlines() if k.startswith("RESULT")), None)
    assert line, done.stdout + done.stderr
    out = json.loads(line.removeprefix("RESULT"))
    assert out["valid"], out
    assert "standard_name" in out["fields"]
    assert out["all"] == NAMES
    assert out["box"] == ["P00", "P01"]
    assert out["subset_set"]
    assert out["subset"] == NAMES[2::5]
