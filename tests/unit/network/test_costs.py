"""Speeds, slopes and soft costs worked by hand, and one topology for all profiles."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan import network as nw
from geoplan.errors import EmptyLayerError, InputError
from geoplan.io import read_policy
from geoplan.network.costs import tobler
from tests.fixtures import toytown

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
at = toytown.at


def _street(**columns):
    line = shapely.LineString([at(0, 0), at(600, 0)])
    return gpd.GeoDataFrame({k: [v] for k, v in columns.items()}, geometry=[line], crs=4547)


def _minutes(roads, profile, **keywords):
    return nw.from_roads(roads, profile, **keywords).edge_min[0].tolist()


def test_tobler_is_one_on_the_flat_and_least_at_five_per_cent_down():
    assert tobler(np.array([0.0, np.nan])).tolist() == [1.0, 1.0]
    slopes = np.linspace(-0.3, 0.3, 601)
    assert slopes[np.argmin(tobler(slopes))] == pytest.approx(-0.05)
    assert tobler(np.array([9.0])) == tobler(np.array([0.5]))  # an error of the data, not a wall


def test_a_column_of_slopes_counts_per_direction():
    up, down = _minutes(_street(slope=10.0), WALK)
    assert up == pytest.approx(10.0 * np.exp(0.35), rel=1e-4)
    assert down == pytest.approx(10.0 * np.exp(0.0), rel=1e-4)  # 10 % down is as quick as the flat
    assert _minutes(_street(slope=10.0), replace(WALK, use_slope=False)) == pytest.approx(
        [10.0, 10.0], rel=1e-4
    )


def _heights(rise, hole=False):
    """A plane that rises to the east, with a hole where asked for."""
    x = toytown.ORIGIN_X + np.arange(-5, 75) * 10.0 + 5.0
    height_m = np.tile((x - toytown.ORIGIN_X) * rise, (60, 1))
    if hole:
        height_m[:, 30:40] = np.nan
    return nw.Elevation(
        height_m, toytown.ORIGIN_X - 50.0, toytown.ORIGIN_Y + 300.0, 10.0, 10.0, "EPSG:4547"
    )


def test_heights_give_the_slope():
    town = nw.from_roads(_street(), WALK, elevation=_heights(0.1))
    up, down = town.edge_min[0]
    assert up == pytest.approx(10.0 * np.exp(0.35), rel=1e-3)
    assert down == pytest.approx(10.0, rel=1e-3)
    assert town.notes["no_height"] == 0


def test_a_hole_in_the_heights_is_flat_and_counted():
    town = nw.from_roads(_street(), WALK, elevation=_heights(0.1, hole=True))
    assert town.notes["no_height"] == 1
    assert 10.0 < town.edge_min[0, 0] < 10.0 * np.exp(0.35)
    beyond = replace(_heights(0.1), west=0.0)
    town = nw.from_roads(_street(), WALK, elevation=beyond)
    assert town.edge_min[0].tolist() == pytest.approx([10.0, 10.0], rel=1e-4)


def test_a_bridge_does_not_follow_the_valley():
    valley = _heights(0.0)
    valley.height_m[:, 20:50] = -60.0
    flat = _minutes(_street(layer=1), WALK, elevation=valley)
    assert flat == pytest.approx([10.0, 10.0], rel=1e-4)
    assert _minutes(_street(layer=0), WALK, elevation=valley)[0] > 15.0


@pytest.mark.parametrize(
    ("columns", "minutes"),
    [
        ({"road_class": "steps"}, 125.0), ({"kerb": "raised"}, 13.5), ({"width_m": 0.5}, 37.5),
        ({"surface": "gravel"}, 18.75), ({"surface": "asphalt", "width_m": 3.0}, 12.5), ({}, 12.5),
        ({"width_m": np.nan, "surface": None}, 12.5),
    ],
)  # fmt: skip
def test_a_wheelchair_is_slowed_but_never_stopped(columns, minutes):
    wheelchair = nw.profile("wheelchair", read_policy("suizhou-2022"))
    assert _minutes(_street(**columns), wheelchair)[0] == pytest.approx(minutes, rel=1e-4)


def test_extra_minutes_are_shared_out_over_the_pieces_of_a_road():
    roads = gpd.GeoDataFrame(
        {"crossing": [True, False]},
        geometry=[
            shapely.LineString([at(0, 0), at(600, 0)]),
            shapely.LineString([at(150, -50), at(150, 50)]),
        ],
        crs=4547,
    )
    slow = replace(WALK, soft_costs=(nw.SoftCost("crossing", above=0.5, extra_min=2.0),))
    town = nw.from_roads(roads, slow)
    assert town.edges == 4
    ours = town.road == 0
    assert sorted(town.edge_min[ours, 0]) == pytest.approx([3.0, 9.0], rel=1e-4)


def test_a_service_vehicle_drives_by_class_unless_a_speed_is_posted():
    vehicle = nw.profile("service_vehicle", read_policy("suizhou-2022"))
    per_km = {"primary": 40.0, "village": 25.0, "track": 25.0}
    for road_class, kmh in per_km.items():
        assert _minutes(_street(road_class=road_class), vehicle)[0] == pytest.approx(
            0.6 / kmh * 60.0, rel=1e-4
        )
    posted = _street(road_class="village", speed_kmh=50.0)
    assert _minutes(posted, vehicle)[0] == pytest.approx(0.72, rel=1e-4)


def test_one_topology_for_all_profiles():
    roads = toytown.roads()
    town = nw.from_roads(roads, WALK)
    assert town.grid.cell_m > 0
    for profile in (replace(WALK, speed_m_s=0.8), nw.Profile("car", "drive", 1.2, 100.0)):
        other = town.for_profile(profile)
        fresh = nw.from_roads(roads, profile)
        assert np.array_equal(other.edge_min, fresh.edge_min)
        assert (other.profile, other.snap_cap_m) == (fresh.profile, fresh.snap_cap_m)
        assert other.line_xy is town.line_xy
    assert town.for_profile(replace(WALK, speed_m_s=0.8)).grid is town.grid
    with pytest.raises(EmptyLayerError):
        nw.from_roads(roads.assign(drive=False), WALK).for_profile(
            nw.Profile("car", "drive", 1.2, 100.0)
        )


@pytest.mark.parametrize("wrong", [{"factor": 0.0}, {"factor": np.nan}, {"extra_min": -1.0}])
def test_costs_that_turn_time_back_are_refused(wrong):
    with pytest.raises(InputError, match="Soft cost"):
        nw.SoftCost("surface", ("mud",), **wrong)


@pytest.mark.parametrize("kmh", [0.0, -5.0, np.nan, np.inf])
def test_driving_speeds_that_are_none(kmh):
    with pytest.raises(InputError, match="speeds"):
        nw.Profile("car", "drive", 1.0, 100.0, default_speed_kmh=kmh)
