"""
The job all are given: Porto, 500 facilities, 20,000 people, 15 minutes at 4 km/h.

Seeded points beside streets of the real file; written as arrays that any library can read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np

from geoplan import network as nw
from geoplan.io import read_osm_roads

PORTO = Path(__file__).resolve().parents[3] / "shared" / "data" / "osm" / "porto_portugal.osm.pbf"
SPEED_M_S = 4.0 / 3.6
LIMIT_MIN = 15.0
WALK = nw.Profile("walk", "walk", SPEED_M_S, 200.0)
FACILITIES, PEOPLE = 500, 20_000


def network(path: Path = PORTO) -> nw.Network:
    return nw.from_roads(read_osm_roads(path), WALK)


def points(net: nw.Network, count: int, seed: int, spread_m: float = 40.0) -> gpd.GeoDataFrame:
    """Points beside passable streets of the largest piece: more where there are more streets."""
    rng = np.random.default_rng(seed)
    on = np.flatnonzero(net.passable & (net.component[net.edge_uv[:, 0]] == 0))
    edge = rng.choice(on, count).astype(np.int32)
    xy = net.places(edge, rng.uniform(0, 1, count)) + rng.normal(0, spread_m, (count, 2))
    ids = [f"f{i:06d}" for i in range(count)]
    return gpd.GeoDataFrame({"facility_id": ids}, geometry=gpd.points_from_xy(*xy.T), crs=net.crs)


def nearest_node(net: nw.Network, snapped: nw.Snap) -> np.ndarray:
    """The end of its street that each point is nearer to: where node-based peers put it."""
    side = (snapped.share > 0.5).astype(int)
    return net.edge_uv[snapped.edge, side]


def write(net: nw.Network, path: Path) -> None:
    """Arrays for the peers: streets that can be walked, in metres and in degrees."""
    facilities, people = points(net, FACILITIES, 1), points(net, PEOPLE, 2)
    at, homes = nw.snap(net, facilities), nw.snap(net, people)
    u, v = net.edge_uv[net.passable].T
    nodes = gpd.GeoSeries(gpd.points_from_xy(*net.node_xy.T), crs=net.crs).to_crs(4326)
    lonlat = facilities.geometry.to_crs(4326)
    home_lonlat = people.geometry.to_crs(4326)
    keep = np.repeat(net.passable, np.diff(net.line_ptr))
    np.savez(
        path, u=u, v=v, metres=net.edge_length_m[net.passable], node_xy=net.node_xy,
        node_lon=nodes.x, node_lat=nodes.y, line_xy=net.line_xy[keep],
        line_count=np.diff(net.line_ptr)[net.passable], facility_node=nearest_node(net, at),
        people_node=nearest_node(net, homes), facility_lon=lonlat.x, facility_lat=lonlat.y,
        people_lon=home_lonlat.x, people_lat=home_lonlat.y,
        covered=np.isfinite(nw.nearest(net, at, homes, limit_min=LIMIT_MIN).minutes),
        speed_m_s=SPEED_M_S, limit_min=LIMIT_MIN, crs=net.crs,
    )  # fmt: skip


if __name__ == "__main__":
    write(network(), Path(sys.argv[1]))
