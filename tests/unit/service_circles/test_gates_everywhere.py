"""The commands see the same gates as the main job: one door, one answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from geoplan import crs
from geoplan import service_circles as sc
from geoplan.cli import app
from geoplan.workspace import circle_facilities, open_workspace
from geoplan.workspace.doors import doors_of


def said(*args):
    out = CliRunner().invoke(app, [str(a) for a in args])
    assert out.exit_code == 0, out.output
    return out.stdout


@pytest.fixture(scope="module")
def city(demo):
    city = open_workspace(demo)
    net, people = city.network("elder_walk"), city.metric("population")
    sites = circle_facilities(city)
    gated = sc.travel_time(net, sites, people, demand_snap=doors_of(city, net, people))
    return people, gated, sc.travel_time(net, sites, people)


def test_why_goes_through_the_gate(demo, city):
    people, gated, plain = city
    more = (gated["walk_min"] - plain["walk_min"]).fillna(0.0).to_numpy()
    row = int(np.argmax(more))
    assert more[row] > 0.2
    place = people.iloc[[row]].to_crs(crs.GEOGRAPHIC).geometry.iloc[0]
    text = said("why", demo, f"{place.x:.9f}", f"{place.y:.9f}", "--lang", "en")
    assert text.startswith(f"{gated['walk_min'].iloc[row]:.1f} minutes to ")


def test_unserved_counts_as_the_main_job(demo, city, tmp_path):
    people, gated, _ = city
    want = sc.unserved_clusters(gated, people, limit_min=15.0)["elders_60"].head(20)
    rows = json.loads(said("unserved", demo, "-o", tmp_path / "u.gpkg", "--json"))
    assert [r["elders_60"] for r in rows] == pytest.approx(want.tolist())


def test_straight_circles_refuse_minutes(demo, tmp_path):
    out = CliRunner().invoke(app, ["circles", str(demo), "-o", str(tmp_path / "c.gpkg"),
                                   "--product", "straight", "--minutes", "5"])  # fmt: skip
    assert out.exit_code == 2
    assert not (tmp_path / "c.gpkg").exists()
