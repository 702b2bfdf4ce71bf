"""
The peers at the job, each in its own process and environment: ``peers.py NAME job.npz [pbf]``.

They need nothing of geoplan, only the arrays; each prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from timing import cpu_s, peak_mb

warnings.simplefilter("ignore")


def scipy(job) -> dict[str, float]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    n = len(job["node_xy"])
    minutes = job["metres"] / job["speed_m_s"] / 60.0
    u, v = job["u"], job["v"]
    order = np.lexsort((minutes, np.maximum(u, v), np.minimum(u, v)))
    low, high = np.minimum(u, v)[order], np.maximum(u, v)[order]
    first = np.ones(len(order), bool)  # coo_matrix would add parallel streets up
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    m = np.maximum(minutes[order][first], 1e-12)
    graph = coo_matrix((m, (low[first], high[first])), shape=(n, n)).tocsr()
    graph = (graph + graph.T).tocsr()
    sources, limit = job["facility_node"], float(job["limit_min"])

    def sets():  # 50 at a time: each source is given a row of all nodes
        for i in range(0, len(sources), 50):
            rows = dijkstra(graph, indices=sources[i : i + 50], limit=limit)
            at = np.isfinite(rows).nonzero()
            rows[at]

    return {
        "node_sets_s": cpu_s(sets),
        "nearest_all_s": cpu_s(
            lambda: dijkstra(graph, indices=np.unique(sources), min_only=True), 7
        ),
    }


def pandana(job) -> dict[str, float]:
    import pandana
    import pandas as pd

    start = time.process_time()
    net = pandana.Network(
        pd.Series(job["node_xy"][:, 0]), pd.Series(job["node_xy"][:, 1]), pd.Series(job["u"]),
        pd.Series(job["v"]), pd.DataFrame({"m": job["metres"]}),
    )  # fmt: skip
    radius = float(job["limit_min"] * 60 * job["speed_m_s"])
    build_s = time.process_time() - start
    sources = pd.Series(job["facility_node"])
    where = job["node_xy"][job["facility_node"]]
    net.set_pois("f", 1e6, 1, pd.Series(where[:, 0]), pd.Series(where[:, 1]))
    return {
        "build_s": build_s,
        "node_sets_s": cpu_s(lambda: net.nodes_in_range(sources, radius), 2),
        "nearest_all_s": cpu_s(
            lambda: net.nearest_pois(1e6, "f", num_pois=1, include_poi_ids=True), 2
        ),
    }


def igraph(job) -> dict[str, float]:
    import igraph

    n = len(job["node_xy"])
    sources = np.unique(job["facility_node"])
    edges = np.vstack((np.column_stack((job["u"], job["v"])),
                       np.column_stack((np.full(len(sources), n), sources))))  # fmt: skip
    minutes = np.concatenate((job["metres"] / job["speed_m_s"] / 60.0, np.zeros(len(sources))))
    graph = igraph.Graph(n + 1, edges.tolist())
    return {"nearest_all_s": cpu_s(lambda: graph.distances(n, weights=minutes.tolist()), 3)}


def networkit(job) -> dict[str, float]:
    import networkit

    n = len(job["node_xy"])
    graph = networkit.Graph(n + 1, weighted=True)
    for u, v, m in zip(job["u"].tolist(), job["v"].tolist(), job["metres"].tolist(), strict=True):
        graph.addEdge(u, v, m)
    for s in np.unique(job["facility_node"]).tolist():
        graph.addEdge(n, s, 0.0)
    return {
        "nearest_all_s": cpu_s(
            lambda: networkit.distance.Dijkstra(graph, n, storePaths=False).run(), 3
        )
    }


def osmnx(job) -> dict[str, float]:
    """The recipe of its isochrone notebook: ego graph, buffered nodes and edges, united."""
    import geopandas as gpd
    import networkx as nx
    import shapely

    graph = nx.MultiDiGraph()
    at = job["node_xy"]
    ptr = np.concatenate(([0], np.cumsum(job["line_count"])))
    for i, (u, v) in enumerate(zip(job["u"].tolist(), job["v"].tolist(), strict=True)):
        line = shapely.LineString(job["line_xy"][ptr[i] : ptr[i + 1]])
        minutes = float(job["metres"][i] / job["speed_m_s"] / 60.0)
        graph.add_edge(u, v, time=minutes, geometry=line)
        graph.add_edge(v, u, time=minutes, geometry=line)

    def one(node):
        sub = nx.ego_graph(graph, int(node), radius=float(job["limit_min"]), distance="time")
        points = [shapely.Point(at[n]) for n in sub.nodes]
        nodes = gpd.GeoDataFrame({"id": list(sub.nodes)}, geometry=points).set_index("id")
        lines = []
        for u, v in sub.edges():
            straight = shapely.LineString([nodes.loc[u].geometry, nodes.loc[v].geometry])
            lines.append(graph.get_edge_data(u, v)[0].get("geometry", straight))
        parts = [*nodes.buffer(50.0).geometry, *gpd.GeoSeries(lines).buffer(25.0).geometry]
        return gpd.GeoSeries(parts).union_all()

    some = job["facility_node"][:20]
    return {"polygon_ms": 1e3 / len(some) * cpu_s(lambda: [one(n) for n in some], 1)}


def valhalla(job, pbf: str) -> dict[str, float]:
    import tempfile

    import shapely
    import valhalla as engine

    with tempfile.TemporaryDirectory() as folder:
        tiles = Path(folder) / "tiles"
        tiles.mkdir()
        config = engine.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
        config["mjolnir"]["logging"] = {"type": "file", "file_name": str(Path(folder) / "log")}
        config["loki"]["logging"] = config["thor"]["logging"] = config["mjolnir"]["logging"]
        path = Path(folder) / "cfg.json"
        path.write_text(json.dumps(config))
        import subprocess

        builder = Path(sys.executable).parent / "valhalla_build_tiles"
        env = {**os.environ, "PATH": f"{builder.parent}:{os.environ['PATH']}"}
        subprocess.run(
            [str(builder), "-c", str(path), pbf],
            check=True, capture_output=True, env=env, cwd=folder,
        )  # fmt: skip
        actor = engine.Actor(str(path))
        asked = [
            {
                "locations": [{"lat": float(a), "lon": float(o)}], "costing": "pedestrian",
                "costing_options": {"pedestrian": {"walking_speed": 4.0}},
                "contours": [{"time": float(job["limit_min"])}], "polygons": True,
            }
            for a, o in zip(job["facility_lat"], job["facility_lon"], strict=True)
        ]  # fmt: skip
        answers = []

        def run():
            answers.clear()
            for one in asked:
                try:
                    answers.append(actor.isochrone(one))
                except RuntimeError:  # no street near, says valhalla
                    answers.append(None)

        found = {"polygon_ms": 1e3 / len(asked) * cpu_s(run, 3)}
        shapes = []
        for text in answers:
            if text is None:
                continue
            answer = json.loads(text) if isinstance(text, str) else text
            shapes += [shapely.geometry.shape(f["geometry"]) for f in answer["features"]]
        whole = shapely.union_all(shapely.make_valid(np.array(shapes, dtype=object)))
        inside = shapely.contains_xy(whole, job["people_lon"], job["people_lat"])
        found["misjudged_pct"] = 100.0 * float((inside != job["covered"]).mean())
        found["answered"] = len(shapes)
    return found


PACKAGE = {"valhalla": "pyvalhalla-weekly"}

if __name__ == "__main__":
    name, arrays = sys.argv[1], np.load(sys.argv[2], allow_pickle=False)
    data = {k: arrays[k] for k in arrays.files}
    result = globals()[name](data, *sys.argv[3:])
    result["peak_mb"] = peak_mb()
    result["version"] = version(PACKAGE.get(name, name))
    print(json.dumps(result))
