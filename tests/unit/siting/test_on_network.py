"""A siting problem from places on streets: minutes as worked by hand in the toy town."""

from __future__ import annotations

import geopandas as gpd
import pytest
from fixtures import toytown

from geoplan import network as nw
from geoplan.errors import CRSMismatchError, MissingColumnsError
from geoplan.service_circles import through_gates
from geoplan.siting import CoverageProblem

WALK = nw.Profile("walk", "walk", speed_m_s=1.0, snap_cap_m=200.0)


@pytest.fixture(scope="module")
def net() -> nw.Network:
    return nw.from_roads(toytown.roads(), WALK)


def sites() -> gpd.GeoDataFrame:
    return toytown.facilities().rename(columns={"facility_id": "site_id"})


def people() -> gpd.GeoDataFrame:
    return toytown.people().set_index("point_id")


def seconds(problem: CoverageProblem) -> dict[tuple[str, str], float]:
    return {
        (problem.demand_ids[i], problem.candidate_ids[problem.candidate[k]]): problem.minutes[k] * 60
        for i in range(len(problem)) for k in range(problem.ptr[i], problem.ptr[i + 1])
    }  # fmt: skip


def test_minutes_of_the_toy_town(net):
    problem = CoverageProblem.from_network(net, people(), sites(), minutes=4)
    assert problem.demand_ids.tolist() == list("ABCDE")
    assert problem.candidate_ids.tolist() == ["F1", "F2"]
    assert seconds(problem) == {
        ("A", "F1"): pytest.approx(100, rel=1e-4), ("B", "F1"): pytest.approx(70, rel=1e-4),
        ("C", "F2"): pytest.approx(20, rel=1e-4),
    }  # fmt: skip
    assert problem.weight.tolist() == [100, 60, 40, 30, 10]
    assert problem.reachable.tolist() == [True, True, True, False, False]
    more = CoverageProblem.from_network(net, people(), sites(), minutes=5.1, weight="elders_60")
    assert seconds(more)["D", "F1"] == pytest.approx(300, rel=1e-4)
    assert more.weight.sum() == 49


def test_what_exists_comes_after_the_candidates_and_costs_nothing(net):
    some = sites().assign(cost=[5.0, 7.0], m2=[60.0, None])
    problem = CoverageProblem.from_network(
        net, people(), some.iloc[[1]], minutes=4, existing=toytown.facilities().iloc[[0]],
        cost="cost", area="m2", group="unit_code",
    )  # fmt: skip
    assert problem.candidate_ids.tolist() == ["F2", "F1"]
    assert problem.open.tolist() == [1]
    assert problem.cost.tolist() == [7.0, 0.0]
    assert problem.group_names == ("420000001001", "420000001002")
    assert set(seconds(problem)) == {("A", "F1"), ("B", "F1"), ("C", "F2")}


def test_a_door_with_several_gates_counts_once_by_the_nearest(net):
    gates = gpd.GeoSeries([toytown.at(50, 200), toytown.at(50, 300)], crs=toytown.CRS).to_crs(4490)
    estate = gpd.GeoDataFrame(
        {"area_id": ["e"], "estate_gates": ["; ".join(f"{g.x},{g.y}" for g in gates)]},
        geometry=[toytown.at(50, 250).buffer(45)], crs=toytown.CRS,
    )  # fmt: skip
    doors = through_gates(net, people(), estate)
    assert (doors.door == 3).sum() == 2
    problem = CoverageProblem.from_network(net, people(), sites(), minutes=6, demand_snap=doors)
    assert [k for k in seconds(problem) if k[0] == "D"] == [("D", "F1")]
    assert seconds(problem)["D", "F1"] == pytest.approx(50 + 50 + 200, rel=1e-3)


def test_wrong_frames_are_refused_by_name(net):
    with pytest.raises(MissingColumnsError, match="site_id"):
        CoverageProblem.from_network(net, people(), toytown.facilities(), minutes=4)
    with pytest.raises(MissingColumnsError, match="adults"):
        CoverageProblem.from_network(net, people(), sites(), minutes=4, weight="adults")
    with pytest.raises(CRSMismatchError):
        CoverageProblem.from_network(net, people().to_crs(4546), sites(), minutes=4)
