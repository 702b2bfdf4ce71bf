"""What is wrong with a network (路网诊断): pieces apart, ends that nearly touch, double streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.network.checks import in_range
from geoplan.network.jit import jit
from geoplan.network.profiles import FARTHEST_CAP_M
from geoplan.network.segments import foot

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.graph import Network

    FloatArray = npt.NDArray[np.float64]

KINDS = ("piece_apart", "near_miss", "double_street")
"""A piece not joined to the rest; a dead end that nearly touches; two streets on one line."""


def diagnose(network: Network, *, near_m: float = 10.0) -> gpd.GeoDataFrame:
    """
    List what may keep people from getting through although they can in the street.

    Parameters
    ----------
    network
        Any; streets that its profile cannot pass are left out.
    near_m
        A dead end nearer than this to another street nearly touches it.

    Returns
    -------
    findings
        Points in the network's CRS, worst first: ``kind`` (one of `KINDS`), ``size`` (nodes of a
        piece apart, metres of a near miss or double street), ``road_id`` where roads have one,
        ``edge``.

    Raises
    ------
    InputError
        If the distance is no number from 0 to 10,000.
    """
    near_m = in_range("near_m", near_m, 0.0, FARTHEST_CAP_M)
    found = [_apart(network), _near_misses(network, near_m), _doubles(network)]
    table = pd.concat(found, ignore_index=True)
    edge = table["edge"].to_numpy(dtype=np.int32)
    if "road_id" in network.roads.columns:
        table["road_id"] = network.roads["road_id"].to_numpy()[network.road[edge]]
    points = gpd.points_from_xy(table.pop("x"), table.pop("y"))
    return gpd.GeoDataFrame(table, geometry=points, crs=network.crs)


def _table(
    kind: str, size: FloatArray, edge: npt.NDArray[np.integer], xy: FloatArray
) -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "size": size, "edge": edge, "x": xy[:, 0], "y": xy[:, 1]})


def _apart(network: Network) -> pd.DataFrame:
    """One row per piece but the largest, the larger first."""
    piece = np.where(network.passable, network.component[network.edge_uv[:, 0]], -1)
    number, edge = np.unique(piece, return_index=True)
    edge = edge[number > 0].astype(np.int32)
    size = np.bincount(network.component[network.component >= 0])[number[number > 0]]
    return _table(
        "piece_apart", size.astype(float), edge, network.node_xy[network.edge_uv[edge, 0]]
    )


def _near_misses(network: Network, near_m: float) -> pd.DataFrame:
    """Dead ends with another street beside them that they do not join, the nearest first."""
    u, v = network.edge_uv[network.passable].T
    degree = np.bincount(np.concatenate((u, v)), minlength=network.nodes)
    ends = np.flatnonzero(degree == 1).astype(np.int32)
    of_node = np.full(network.nodes, -1, np.int32)
    for_edge = np.flatnonzero(network.passable).astype(np.int32)
    of_node[u], of_node[v] = for_edge, for_edge
    distance_m = _nearest_other(
        network.line_xy, network.grid, network.vertex_edge, network.edge_uv,
        network.node_xy[ends], ends, near_m,
    )  # fmt: skip
    hit = np.flatnonzero(distance_m <= near_m)
    hit = hit[np.argsort(distance_m[hit], kind="stable")]
    return _table("near_miss", distance_m[hit], of_node[ends[hit]], network.node_xy[ends[hit]])


@jit
def _nearest_other(line_xy, grid, vertex_edge, edge_uv, xy, node, near_m):
    """Distance from each dead end to the nearest street that does not end in it; inf beyond."""
    out = np.full(node.size, np.inf)
    for i in range(node.size):
        x, y = xy[i, 0], xy[i, 1]
        left = max(0, int((x - near_m - grid.x0) / grid.cell_m))
        right = min(grid.columns - 1, int((x + near_m - grid.x0) / grid.cell_m))
        low = max(0, int((y - near_m - grid.y0) / grid.cell_m))
        high = min(grid.rows - 1, int((y + near_m - grid.y0) / grid.cell_m))
        for row in range(low, high + 1):
            first = grid.ptr[row * grid.columns + left]
            last = grid.ptr[row * grid.columns + right + 1]
            for k in range(first, last):
                s = grid.item[k]
                e = vertex_edge[s]
                if edge_uv[e, 0] != node[i] and edge_uv[e, 1] != node[i]:
                    square, _ = foot(line_xy, s, x, y)
                    out[i] = min(out[i], np.sqrt(square))
    return out


def _doubles(network: Network) -> pd.DataFrame:
    """Streets between the same two nodes of the same length, but the first, the longest first."""
    edge = np.flatnonzero(network.passable)
    ends = np.sort(network.edge_uv[edge], axis=1)
    key = pd.DataFrame(
        {"u": ends[:, 0], "v": ends[:, 1], "m": np.round(network.edge_length_m[edge], 1)}
    )
    again = edge[key.duplicated().to_numpy()].astype(np.int32)
    again = again[np.argsort(-network.edge_length_m[again], kind="stable")]
    xy = network.places(again, np.full(len(again), 0.5))
    return _table("double_street", network.edge_length_m[again], again, xy)
