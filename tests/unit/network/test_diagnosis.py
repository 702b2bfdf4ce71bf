"""What keeps people from getting through is found, with its size and place."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoplan import network as nw
from tests.fixtures import toytown

WALK = nw.Profile("walk", "walk", 1.0, 200.0)
at = toytown.at


def test_pieces_near_misses_and_double_streets_are_listed():
    lines = [
        [at(0, 0), at(100, 0)], [at(100, 0), at(200, 0)],
        [at(50, 4), at(50, 100)],  # ends 4 m short of the first
        [at(100, 0), at(200, 0)],  # again
        [at(500, 500), at(600, 500)],  # alone
    ]  # fmt: skip
    roads = gpd.GeoDataFrame(
        {"road_id": list("abcde")}, geometry=[shapely.LineString(x) for x in lines], crs=4547
    )
    found = nw.diagnose(nw.from_roads(roads, WALK))
    rows = {(r.kind, r.road_id): r for r in found.itertuples()}
    assert set(rows) == {
        ("piece_apart", "c"), ("piece_apart", "e"), ("near_miss", "c"), ("double_street", "d"),
    }  # fmt: skip
    assert rows["near_miss", "c"].size == pytest.approx(4.0, abs=1e-6)
    assert rows["near_miss", "c"].geometry.equals(at(50, 4))
    assert rows["piece_apart", "e"].size == 2
    assert rows["double_street", "d"].size == pytest.approx(100.0, abs=0.1)
    assert found.crs == "EPSG:4547"


def test_a_sound_network_has_no_findings():
    assert nw.diagnose(nw.from_roads(toytown.roads(), WALK)).empty
