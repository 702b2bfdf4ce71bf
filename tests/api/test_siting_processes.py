"""Siting by the service: the plan, what is asked beside it, what is refused."""

from __future__ import annotations

import geopandas as gpd
import pytest
from fixtures.service import is_problem
from fixtures.two_counties import point
from fixtures.walked_town import CRS, RELEASES, write_town
from geoplan_api.app import create_app
from geoplan_api.security.principal import Principal
from geoplan_api.settings import Settings
from starlette.testclient import TestClient

# A reaches p0 and p1, B only p3, C p2 and p3; F1 serves p1 and p2 (see fixtures.walked_town)
SITES = gpd.GeoDataFrame(
    {"site_id": ["A", "B", "C"], "name": ["甲处", "乙处", "丙处"],
     "acquisition": ["lease", "convert", "build"], "floor_m2": [6.0, 60.0, 100.0],
     "cost": [10.0, 20.0, 40.0]},
    geometry=[point(x, 0.5) for x in (0.2, 3.4, 2.9)], crs=CRS,
)  # fmt: skip


@pytest.fixture(scope="module")
def do(tmp_path_factory):
    folder = write_town(tmp_path_factory.mktemp("town") / "ws", releases=RELEASES,
                        candidate_sites=SITES)  # fmt: skip
    app = create_app(Settings(workspace=folder, warm=False),
                     identify=lambda request: Principal(request.headers["x-role"], "one"))  # fmt: skip
    with TestClient(app, raise_server_exceptions=False) as client:
        yield lambda process, role="planner", **inputs: client.post(
            f"/processes/{process}/execution", headers={"x-role": role},
            json={"inputs": {"where": "sites", **inputs}},
        )  # fmt: skip


def test_a_plan_has_its_proposals_and_gains(do):
    said = do("siting", sites=2).json()
    assert [f["properties"]["site_id"] for f in said["features"]] == ["A", "B"]
    first = said["proposals"][0]
    assert (first["acquisition"], first["elders_served"], first["elders_newly"]) == (
        "lease",
        42,
        12,
    )
    assert (first["gap_before_m2"], first["gap_after_m2"], first["gap_rule"]) == (10, 4, "ELD-03")
    assert first["households_served"] is None
    assert {row["people"] for row in said["gains"]} == {"persons", "elders_60"}


def test_gaps_are_closed_and_what_is_left_is_told(do):
    said = do("siting", model="close_gap").json()
    assert [f["properties"]["site_id"] for f in said["features"]] == ["A", "C"]
    (left,) = said["left"]
    assert (left["unit_code"], left["m2"]) == ("421303001", 4.0)
    assert "6 平方米" in left["reason_zh"]


def test_alternatives_curve_phases_stability(do):
    others = do("siting-alternatives", sites=2, share=0.05).json()
    assert (others["core"], others["swing"], others["complete"]) == (["A"], ["B", "C"], True)
    curve = do("siting-curve", upto=5).json()
    assert [row["covered"] for row in curve["rows"]] == [50.0, 62.0, 67.0, 67.0]
    sums = do("siting-curve", budgets=[10, 30]).json()
    assert (sums["by"], [row["covered"] for row in sums["rows"]]) == ("budget", [62.0, 67.0])
    steps = do("siting-phases", steps=[[2025, 1], [2030, 1]]).json()
    assert [f["properties"]["year"] for f in steps["features"]] == [2025, 2030]
    assert [row["covered"] for row in steps["phases"]] == [62.0, 67.0]
    held = do("siting-stability", sites=1, lost=1).json()
    assert held["robust"]["sites"] == ["A"]
    assert {row["scenario"] for row in held["scenarios"]} >= {"slower", "lost_F1"}


def test_why_not_by_name(do):
    said = do("siting-why-not", sites=2, candidate="丙处").json()
    assert (said["site_id"], said["verdict"], said["out"]) == ("C", "free", ["B"])
    assert said["plan"]["status"] == "optimal"
    is_problem(do("siting-why-not", sites=2, candidate="Z"), 404, "unknown_id")


@pytest.mark.parametrize(
    ("process", "inputs"),
    [("siting", {}), ("siting-alternatives", {}), ("siting-stability", {}),
     ("siting-phases", {"steps": [[2025, 1.5]]}), ("siting-phases", {"steps": []}),
     ("siting-phases", {"steps": [[2030, 1], [2025, 1]]}), ("siting-curve", {"budgets": [30, 10]}),
     ("siting-curve", {"budgets": [-1]}), ("siting-why-not", {"sites": 1}),
     ("siting", {"model": "close_gap", "sites": 1}), ("siting", {"sites": 1, "at_least": 2}),
     ("siting-alternatives", {"model": "lscp", "sites": 0}),
     ("siting", {"budget": 10, "where": "both"})],
)  # fmt: skip
def test_what_is_wrong_is_a_problem(do, process, inputs):
    is_problem(do(process, **inputs), 400)


@pytest.mark.parametrize("process", ["siting", "siting-why-not", "siting-curve"])
def test_those_who_do_not_see_the_people_do_not_find_them(do, process):
    is_problem(do(process, role="viewer", sites=1), 404)
    is_problem(do(process, role="public", sites=1), 404)
