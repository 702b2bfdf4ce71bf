"""``geoplan convert``: layers of a workspace or a file into the formats others ask for."""

from __future__ import annotations

import json
import subprocess
import sys

import geopandas as gpd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import CoordinateFileError, InputError, SecrecyError, UnknownIdError
from geoplan.io import open_package, read_layer, write

N, E = 3_508_754.287, 441_223.782


def run(*args):
    return CliRunner().invoke(app, ["convert", *map(str, args)])


def ok(*args) -> str:
    done = run(*args)
    assert done.exit_code == 0, (done.exception, done.output)
    return done.output


@pytest.fixture(name="city")
def _city(tmp_path):
    """Two counties in two provinces, the line between them, markers by X and Y only."""
    west = shapely.Polygon(
        [(113.2, 31.5), (113.4, 31.5), (113.4, 31.7), (113.4, 31.9), (113.2, 31.9)]
    )
    units = gpd.GeoDataFrame(
        {"unit_code": ["421303", "421321", "421381"], "name": ["曾都区", "随县", "广水市"],
         "level": "county", "parent_code": "421300", "secrecy": "internal"},
        geometry=[west, shapely.box(113.4, 31.5, 113.6, 31.7), shapely.box(113.4, 31.7, 113.6, 31.9)], crs=4490,
    )  # fmt: skip
    line = gpd.GeoDataFrame(
        {"line_id": ["L1"], "name": ["曾都—随县线"], "level": ["county"], "left_code": ["421303"],
         "right_code": ["421321"], "secrecy": ["internal"], "synthetic": [True]},
        geometry=[shapely.LineString([(113.4, 31.5), (113.4, 31.7)])], crs=4490,
    )  # fmt: skip
    write(units, tmp_path / "units.gpkg")
    write(line, tmp_path / "lines.gpkg")
    (tmp_path / "markers.csv").write_text(
        f"KJSJBSM,JZBH,ZZB,HZB,密级\nm1,4142001Q,{N},{E},内部\nm2,4142002Q,{N},{E + 900_000},内部\n",
        encoding="utf-8")  # fmt: skip
    state(tmp_path)
    return tmp_path


def state(folder, more=""):
    (folder / "workspace.toml").write_text(
        f'[workspace]\nname = "x"\ntitle = "随州"\nmetric_crs = "EPSG:4547"\n{more}\n'
        '[layers.admin_units]\npath = "units.gpkg"\n[layers.boundary_lines]\npath = "lines.gpkg"\n'
        '[layers.boundary_markers]\npath = "markers.csv"\n', encoding="utf-8")  # fmt: skip


def test_lines_to_kml(city):
    said = ok(city, "--layer", "boundary_lines", "--to", city / "lines.kml")
    assert "lines.kml: boundary_lines 1" in said
    assert "行政区域界线（演示数据·非真实）" in (city / "lines.kml").read_text("utf-8")
    valid, rejected, _ = read_layer(city / "lines.kml", "boundary_lines")
    assert (len(rejected), valid["name"].tolist()) == (0, ["曾都—随县线"])
    assert valid.geometry.iloc[0].length == pytest.approx(0.2)


def test_a_layer_to_coordinate_txt(city):
    ok(city, "--layer", "boundary_lines", "--to", city / "x.txt", "--producer", "某局", "--date",
       "2025-06-15")  # fmt: skip
    text = (city / "x.txt").read_text("gb18030").splitlines()
    assert text[2:4] == ["数据产生单位=某局 演示数据·非真实", "数据产生日期=2025-6-15"]
    assert text[12].split(",")[2:5] == ["L1", "曾都—随县线", "线"]
    ok(city, "--layer", "admin_units", "--to", city / "u.txt", "--grid", "EPSG:4547", "--encoding",
       "utf-8")  # fmt: skip
    lines = (city / "u.txt").read_text("utf-8").splitlines()
    assert lines[12].split(",")[2:5] == ["421303", "曾都区", "面"]
    assert lines[13].split(",")[3].startswith("4")  # no zone number before Y


def test_markers_with_plane_coordinates_only_and_bad_rows_are_said(city):
    said = ok(city, "--layer", "boundary_markers", "--to", city / "m.kml")
    assert "boundary_markers 1" in said
    assert "[退回]" in said
    assert "m2" in said
    told = json.loads(ok(city, "--layer", "boundary_markers", "--to", city / "m.geojson", "--json"))
    assert told["rows"] == {"boundary_markers": 1}
    assert told["rejected"] == {"boundary_markers": 1}
    assert told["defects"][0]["rule"] == "not_plane"
    point = json.loads((city / "m.geojson").read_text("utf-8"))["features"][0]["geometry"]
    assert point["coordinates"] == pytest.approx([113.38, 31.70], abs=1e-8)


def test_a_file_without_a_workspace(city):
    write(read_layer(city / "units.gpkg", "admin_units").valid, city / "u.kml")
    ok(city / "u.kml", "--layer", "admin_units", "--to", city / "u2.gpkg")
    assert len(read_layer(city / "u2.gpkg", "admin_units").valid) == 3
    bare = "[地块坐标]\n1,,m1,4142001Q,点,,,,@\nJ1,1,3508754.287,441223.782\n"
    (city / "b.txt").write_text(bare, encoding="utf-8")
    refused = run(city / "b.txt", "--layer", "graves", "--to", city / "b.gpkg")
    assert isinstance(refused.exception, CoordinateFileError)
    ok(city / "b.txt", "--layer", "graves", "--to", city / "b.gpkg", "--crs", "EPSG:4547")
    assert pyogrio.read_info(city / "b.gpkg")["crs"] == "EPSG:4547"


def test_inspire(city):
    assert "boundary_lines 1" in ok(city, "--as", "inspire", "--to", city / "au.gpkg")
    names = pyogrio.list_layers(city / "au.gpkg")[:, 0].tolist()
    assert names[:2] == ["AdministrativeUnit", "AdministrativeBoundary"]
    valid, _, _ = read_layer(city / "au.gpkg", "boundary_lines")
    assert valid["level"].tolist() == ["county"]


def test_the_exchange_package_and_the_mapping_that_a_bureau_edits(city):
    said = ok(city, "--as", "mzt", "--to", city / "pkg", "--producer", "某局")
    assert "boundary_markers 1" in said
    package = open_package(city / "pkg")
    assert (package.metadata["name"], package.metadata["producer"]) == ("随州", "某局")
    assert package.tables["tri_junctions"]["units"].tolist() == ["421303;421321;421381"]
    own = (city / "pkg" / "mapping.toml").read_text("utf-8").replace('JZBH = "mar', 'BH = "mar')
    (city / "own.toml").write_text(own, encoding="utf-8")
    ok(city, "--as", "mzt", "--mapping", city / "own.toml", "--to", city / "own.zip")
    assert "BH" in open_package(city / "own.zip").metadata["tables"]["markers"]["fields"]
    assert read_layer(city / "own.zip", "boundary_markers").valid["marker_no"].tolist() == [
        "4142001Q"
    ]


@pytest.mark.parametrize("how", [("--layer", "boundary_markers", "--to", "m.kml"),
                                 ("--layer", "boundary_markers", "--to", "m.csv"),
                                 ("--as", "mzt", "--to", "p.zip"), ("--as", "mzt", "--to", "p")])  # fmt: skip
def test_state_secrets_leave_only_a_classified_environment(city, how):
    """SEC-06: a marker that says nothing is state_confidential."""
    markers = (city / "markers.csv").read_text("utf-8").replace("内部", "")
    (city / "markers.csv").write_text(markers, encoding="utf-8")
    target = city / how[-1]
    done = run(city, *how[:-1], target)
    assert isinstance(done.exception, SecrecyError)
    assert not target.exists()
    state(city, "[store]\nclassified_environment = true")
    ok(city, *how[:-1], target)
    assert target.exists()


def test_inspire_refuses_secrets_too(city):
    lines = read_layer(city / "lines.gpkg", "boundary_lines").valid.assign(secrecy="state_secret")
    write(lines, city / "lines.gpkg")
    done = run(city, "--as", "inspire", "--to", city / "au.gpkg")
    assert isinstance(done.exception, SecrecyError)


def test_what_cannot_be_meant(city):
    assert run(city, "--to", city / "x.kml").exit_code == 2
    unknown = run(city, "--layer", "boundary_line", "--to", city / "x.kml")
    assert isinstance(unknown.exception, UnknownIdError)
    assert "boundary_lines" in unknown.exception.fix
    assert isinstance(
        run(city, "--layer", "boundary_lines", "--to", city / "x.dwg").exception, InputError
    )
    assert run(city, "--as", "shape", "--to", city / "x").exit_code == 2


def test_from_the_shell(city):
    """One run as people do it: the message in Chinese, the code, the exit status."""
    done = subprocess.run([sys.executable, "-m", "geoplan", "convert", city, "--layer", "boundary_lines",
                           "--to", city / "x.txt", "--grid", "EPSG:3857"], capture_output=True,
                          text=True, check=False, timeout=120)  # fmt: skip
    assert done.returncode == 2
    assert "[bad_input]" in done.stderr
    assert "不是 2000 坐标系的投影带" in done.stderr


def test_units_without_tri_junctions_leave_only_these_out(city):
    units = read_layer(city / "units.gpkg", "admin_units").valid
    write(units.assign(level="village"), city / "units.gpkg")
    done = run(city, "--as", "mzt", "--to", city / "p.zip")
    assert done.exit_code == 0
    assert "三交点未列入" in done.output
    assert set(open_package(city / "p.zip").tables) == {"admin_units", "boundary_lines",
                                                        "boundary_markers"}  # fmt: skip


def test_what_others_send_is_imported(city):
    """A package, and a ledger with X and Y that the workspace does not name: its zone counts."""
    ok(city, "--as", "mzt", "--to", city / "p.zip")
    (city / "more.csv").write_text(
        f"KJSJBSM,JZBH,X坐标,Y坐标,密级\nm7,4142007Q,{N + 50},{E},内部\n", encoding="utf-8"
    )
    for name, layer in (("p.zip", "boundary_markers"), ("p.zip", "boundary_lines"),
                        ("more.csv", "boundary_markers")):  # fmt: skip
        words = ["import", city / name, "--layer", layer, "--into", city, "--json"]
        done = CliRunner().invoke(app, list(map(str, words)))
        assert done.exit_code == 0, (done.exception, done.output)
        assert json.loads(done.output)[0]["new"] == 1
    told = json.loads(ok(city, "--layer", "boundary_markers", "--to", city / "m.kml", "--json"))
    assert told["rows"] == {"boundary_markers": 2}  # from the registry now
    valid, _, _ = read_layer(city / "m.kml", "boundary_markers")
    assert valid.geometry.x.tolist() == pytest.approx([113.38, 113.38], abs=1e-5)
