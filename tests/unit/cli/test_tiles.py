"""``geoplan tiles``: a workspace as one archive of vector tiles."""

import json

import geopandas as gpd
import pyogrio
import pytest
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import InputError, SecrecyError, UnknownIdError
from geoplan.io import write
from tests.fixtures import covers


@pytest.fixture
def city(tmp_path):
    units = covers.as_units(covers.wriggly_cover(3, 3, 40)).to_crs("EPSG:4490")
    units["secrecy"] = "internal"
    write(units, tmp_path / "units.gpkg")
    markers = gpd.GeoDataFrame(
        {"marker_id": ["m1"], "marker_no": ["4142001Q"]},
        geometry=units.representative_point().iloc[:1].to_list(), crs="EPSG:4490")  # fmt: skip
    write(markers, tmp_path / "markers.gpkg")
    (tmp_path / "workspace.toml").write_text(
        "[workspace]\nmetric_crs = 'EPSG:4547'\n[layers.admin_units]\npath = 'units.gpkg'\n"
        "[layers.boundary_markers]\npath = 'markers.gpkg'\n", "utf-8")  # fmt: skip
    return tmp_path


def run(*args):
    return CliRunner().invoke(app, ["tiles", *map(str, args)])


def test_a_layer_and_its_labels(city):
    out = city / "x.pmtiles"
    done = run(city, "-o", out, "--layer", "admin_units", "--zooms", "8-10", "--json")
    assert done.exit_code == 0, (done.exception, done.output)
    told = json.loads(done.output)
    assert told["layers"] == ["admin_units", "admin_units_label"]
    assert told["bytes"] == out.stat().st_size
    labels = pyogrio.read_dataframe(out, layer="admin_units_label")
    assert sorted(labels["name"]) == [f"{i:06d}" for i in range(9)]
    assert not set(labels.columns) & {"secrecy", "source"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--layer", "boundary_markers"], SecrecyError),  # state_confidential unless it says so
        (["--layer", "nothing"], UnknownIdError),
        (["--layer", "facilities"], UnknownIdError),
        (["--layer", "admin_units", "--zooms", "far"], InputError),
        (["--layer", "admin_units", "--zooms", "9-7"], InputError),
        (["--layer", "admin_units", "--zooms", "9-40"], InputError),
    ],
)
def test_bad_input(city, words, error):
    done = run(city, "-o", city / "x.pmtiles", *words)
    assert isinstance(done.exception, error)
    assert not (city / "x.pmtiles").exists()
