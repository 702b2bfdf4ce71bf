"""``geoplan site``: the demo's next places, with proof, map and JSON."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from geoplan.cli import app
from geoplan.errors import InputError, MissingColumnsError
from geoplan.workspace import open_workspace, site

RUN = CliRunner()


def asked(*more: object) -> object:
    return RUN.invoke(app, ["site", *map(str, more)], catch_exceptions=False)


def test_ten_places_among_idle_buildings(demo, tmp_path):
    out, page = tmp_path / "s.gpkg", tmp_path / "s.html"
    told = asked(demo, "--sites", 10, "--where", "sites", "-o", out, "--map", page)
    assert told.exit_code == 0, told.output
    assert "新增 10 处" in told.output
    assert "optimal, proved" in told.output
    found = gpd.read_file(out)
    assert found["order"].tolist() == list(range(1, 11))
    assert (found["gain"].diff().dropna() <= 0).all()
    assert found["site_id"].is_unique
    text = page.read_text(encoding="utf-8")
    assert "演示数据" in text
    assert "示意" in text
    for name in ("新设施", "仍未覆盖人口", "去掉后损失"):
        assert name in text or json.dumps(name)[1:-1] in text, name


def test_json_tells_the_proof(demo, tmp_path):
    told = asked(demo, "--sites", 3, "--where", "sites", "-o", tmp_path / "s.gpkg", "--json")
    body = json.loads(told.stdout)
    assert body["status"] == "optimal"
    assert body["bound"] == body["objective"]
    assert body["new"] == len(body["sites"]) == 3
    assert body["cost_yuan"] == sum(s["cost"] for s in body["sites"]) > 1000
    assert {c["group"] for c in body["counties"]} == {"曾都区", "随县", "广水市"}


def test_what_cannot_be_is_said_with_what_can(demo, tmp_path):
    out = tmp_path / "s.gpkg"
    told = asked(demo, "--model", "lscp", "--sites", 1, "--where", "sites", "-o", out)
    assert told.exit_code == 0
    assert not out.exists()
    more = json.loads(
        asked(demo, "--model", "lscp", "--sites", 1, "--where", "sites", "--json").stdout
    )
    assert more["status"] == "infeasible"
    assert more["objective"] is None
    assert more["nearest"]["p"] > 1


def test_more_sites_never_serve_fewer_and_the_library_says_the_same(demo):
    city = open_workspace(demo)
    plans = [site(city, model="mclp", p=p, where="sites") for p in (0, 2, 4)]
    assert [len(s.plan.new) for s in plans] == [0, 2, 4]
    covered = [s.plan.covered for s in plans]
    assert covered == sorted(covered)
    last = plans[-1]
    assert last.units["newly"].sum() == pytest.approx(last.plan.covered - plans[0].plan.covered)
    assert last.sites["covered_share"].iloc[-1] == pytest.approx(
        last.plan.covered / last.plan.problem.weight.sum())  # fmt: skip
    assert set(last.rejected["rule_id"]) == {"ELD-19"}
    with pytest.raises(MissingColumnsError, match="population"):
        site(city, p=1, group="adults")
    with pytest.raises(InputError, match="have none"):
        site(city, budget=1e6, where="both")
    paid = site(city, budget=2e6, where="sites")
    assert paid.sites["cost"].sum() == paid.plan.cost <= 2e6
    streets = site(city, model="mclp", p=2, where="streets", every_m=2000.0)
    assert streets.sites["name"].str.endswith("（道路点）").all()
    assert streets.sites["unit_code"].notna().all()
    assert streets.sites["cost"].isna().all()
    assert set(streets.sites["clause"]) == {"ELD-07"}
