"""``geoplan boundaries``: lines out, defects found, a plan reviewed and applied."""

import json

import geopandas as gpd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geoplan import io
from geoplan.boundaries import diagnose
from geoplan.cli import app
from geoplan.errors import InputError, MissingFileError
from tests.fixtures.covers import as_units, wriggly_cover


@pytest.fixture
def workspace(tmp_path):
    """Eight towns in two counties; one town pushes 5 m over its neighbour's border."""
    cover = wriggly_cover(4, 2, 40)
    whole = [shapely.coverage_union_all(cover[:4]), shapely.coverage_union_all(cover[4:])]
    xy = shapely.get_coordinates(cover[0])
    xy[25] += (0.0, 5.0)  # on the border to cell 1
    cover[0] = shapely.polygons(xy)
    towns = as_units(cover).assign(
        parent_code=["421303"] * 4 + ["421321"] * 4,
        source_date=["2019-01-01"] + ["2023-01-01"] * 7,
        unit_code=[f"4213{c}{i:03d}" for i, c in enumerate(["03"] * 4 + ["21"] * 4)],
    )
    counties = as_units(whole, level="county").assign(
        unit_code=["421303", "421321"], parent_code="421300", source_date="2023-01-01"
    )
    units = gpd.GeoDataFrame(gpd.pd.concat([towns, counties], ignore_index=True), crs=towns.crs)
    io.write_gpkg({"admin_units": units.assign(code_system="t")}, tmp_path / "units.gpkg")
    (tmp_path / "workspace.toml").write_text(
        '[workspace]\ncode_system = "t"\nmetric_crs = "EPSG:4547"\n'
        '[layers.admin_units]\npath = "units.gpkg"\n',
        encoding="utf-8",
    )
    return tmp_path


def run(*words):
    result = CliRunner().invoke(app, ["boundaries", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_derive_writes_lines_and_tri_junctions(workspace):
    out = workspace / "lines.gpkg"
    rows = json.loads(run("derive", workspace, "-o", out, "--json"))
    assert {r["level"] for r in rows} == {"county", "township", None}
    assert set(pyogrio.list_layers(out)[:, 0]) == {"boundary_lines", "tri_junctions"}


def test_a_plan_is_reviewed_and_applied(workspace):
    found = json.loads(run("diagnose", workspace, "--json"))
    assert [d["kind"] for d in found["defects"]] in (
        ["sliver_overlap"], ["sliver_gap"], ["sliver_gap", "sliver_overlap"])  # fmt: skip
    plan = workspace / "plan.json"
    run("repair", workspace, "--plan", plan)
    made = json.loads(plan.read_text(encoding="utf-8"))
    assert {a["status"] for a in made["actions"]} == {"proposed"}
    for action in made["actions"]:
        action["status"] = "accepted"
    plan.write_text(json.dumps(made), encoding="utf-8")
    out = workspace / "mended.gpkg"
    ledger = json.loads(run("repair", workspace, "--plan", plan, "--apply", "-o", out, "--json"))
    changed = {r["unit_code"] for r in ledger}
    assert "421303000" in changed
    assert changed <= {"421303000", "421303001"}
    mended = pyogrio.read_dataframe(out, layer="admin_units")
    assert shapely.coverage_is_valid(mended.geometry.to_numpy())


def test_plans_that_cannot_be_applied(workspace):
    with pytest.raises(MissingFileError):
        run("repair", workspace, "--plan", workspace / "none.json", "--apply")
    plan = workspace / "plan.json"
    plan.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="plan"):
        run("repair", workspace, "--plan", plan, "--apply")


def test_simplify_keeps_the_levels_nested(demo, tmp_path):
    out = tmp_path / "x.gpkg"
    done = CliRunner().invoke(
        app, ["boundaries", "simplify", str(demo), "--tolerance", "500", "--level", "township",
              "-o", str(out), "--json"])  # fmt: skip
    assert done.exit_code == 0, (done.exception, done.output)
    told = json.loads(done.output)
    assert told["vertices_after"] < told["vertices_before"]
    assert told["not_nested"] == []
    made = pyogrio.read_dataframe(out).to_crs("EPSG:4547")
    assert set(made["level"]) == {"prefecture", "county", "township"}
    assert diagnose(made, grid_m=0.05).empty


def test_simplify_refuses_a_negative_tolerance(demo, tmp_path):
    done = CliRunner().invoke(app, ["boundaries", "simplify", str(demo), "--tolerance", "-1",
                                    "-o", str(tmp_path / "x.gpkg")])  # fmt: skip
    assert isinstance(done.exception, InputError)
    assert not list(tmp_path.iterdir())
