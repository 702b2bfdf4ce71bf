"""Real streets: minutes equal to the split graph, areas that agree with points, real county lines."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyrosm
import pytest
import shapely
from fixtures.oracle import split_graph_minutes

from geoplan import crs
from geoplan import network as nw
from geoplan.errors import UnreadableFileError
from geoplan.io import read_layer, read_osm_facilities, read_osm_roads

WALK = nw.Profile("elder_walk", "walk", 1.0, 200.0)
HELSINKI = Path(pyrosm.__file__).parent / "data" / "Helsinki.osm.pbf"


@pytest.fixture(scope="module")
def helsinki() -> Path:
    found = [HELSINKI, *Path(pyrosm.__file__).parent.rglob("*elsinki*.pbf")]
    path = next((p for p in found if p.exists()), None)
    assert path is not None, "the package pyrosm carries a Helsinki extract"
    return path


@pytest.fixture(scope="module")
def streets(helsinki) -> nw.Network:
    return nw.from_roads(read_osm_roads(helsinki), WALK)


def points(net: nw.Network, n: int, seed: int, spread_m: float = 40.0) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    xy = net.node_xy[rng.integers(0, net.nodes, n)] + rng.normal(0, spread_m, (n, 2))
    return gpd.GeoDataFrame({"facility_id": [f"f{i:04}" for i in range(n)]},
                            geometry=gpd.points_from_xy(*xy.T), crs=net.crs)  # fmt: skip


@pytest.mark.parametrize("direction", ["to", "from"])
def test_helsinki_equals_the_split_graph(streets, direction):
    assert streets.crs == "EPSG:32635"
    facilities, doors = (nw.snap(streets, points(streets, n, n)) for n in (40, 3000))
    got = nw.nearest(streets, facilities, doors, limit_min=np.inf, direction=direction).minutes
    want = split_graph_minutes(streets, facilities, doors, direction=direction)
    assert (np.isfinite(got) == np.isfinite(want)).all()
    on = np.isfinite(want)
    assert on.mean() > 0.9
    assert np.abs(got[on] - want[on]).max() < 1e-6


def test_helsinki_real_facilities_are_found(helsinki):
    found = read_osm_facilities(helsinki)
    assert len(found) >= 5
    assert found["facility_kind"].isin(["institution", "daycare", "community_elderly",
                                        "community_service", "hospital", "village_clinic"]).all()  # fmt: skip
    valid, rejected, _ = read_layer(helsinki, "facilities")
    assert (len(valid), len(rejected)) == (len(found), 0)


def test_a_cut_off_pbf_is_named(helsinki, tmp_path):
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(helsinki.read_bytes()[:100_000])
    with pytest.raises(UnreadableFileError, match=r"cut\.osm\.pbf"):
        read_osm_roads(path)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["gh_monaco.osm.gz", "gh_andorra.osm.pbf"])
def test_other_extracts_build(shared_data, name):
    net = nw.from_roads(read_osm_roads(shared_data / "osm" / name), WALK)
    assert net.edges > 1000
    assert net.connected_share > 0.8


@pytest.mark.realdata
def test_suizhou_counties_are_read_and_measured(shared_data):
    path = shared_data / "tianditu" / "suizhou_district.geojson"
    frame = gpd.GeoDataFrame.from_file(path)
    total_km2 = crs.ellipsoidal_area_m2(frame).sum() / 1e6
    assert total_km2 == pytest.approx(9_600, rel=0.01)
    assert crs.metric_of(frame) == "EPSG:4547"
    exclave = frame[frame.geometry.intersects(shapely.Point(113.756, 32.283).buffer(0.02))]
    assert len(exclave) == 1


@pytest.mark.realdata
def test_gcj02_counties_differ_by_about_600_m(shared_data):
    from geoplan import datum

    true = gpd.GeoDataFrame.from_file(shared_data / "tianditu" / "suizhou_district.geojson")
    web = gpd.GeoDataFrame.from_file(shared_data / "datav-gcj02" / "421300_full.json")
    back = web.geometry.transform(
        lambda xy: np.column_stack(datum.to_wgs84(xy[:, 0], xy[:, 1], "GCJ-02"))
    )
    lines = (true.geometry.set_crs(4490, allow_override=True), web.geometry, back)
    here, shifted, undone = (s.to_crs(4547).union_all().centroid for s in lines)
    assert 550 < here.distance(shifted) < 700
    assert here.distance(undone) < 0.25 * here.distance(shifted)  # two outlines, both generalised
