"""The road network (路网): building, snapping and search."""

from __future__ import annotations

from geoplan.network.build import from_osmnx, from_roads
from geoplan.network.diagnosis import diagnose
from geoplan.network.edits import with_barriers, with_roads
from geoplan.network.graph import Direction, Network
from geoplan.network.matrix import KNearest, k_nearest, matrix
from geoplan.network.profiles import PROFILES, Profile, SoftCost, profile
from geoplan.network.search import Nearest, at_doors, nearest, nearest_nodes, node_sets, reached
from geoplan.network.slope import Elevation
from geoplan.network.snap import Snap, snap

__all__ = [
    "PROFILES",
    "Direction",
    "Elevation",
    "KNearest",
    "Nearest",
    "Network",
    "Profile",
    "Snap",
    "SoftCost",
    "at_doors",
    "diagnose",
    "from_osmnx",
    "from_roads",
    "k_nearest",
    "matrix",
    "nearest",
    "nearest_nodes",
    "node_sets",
    "profile",
    "reached",
    "snap",
    "with_barriers",
    "with_roads",
]
