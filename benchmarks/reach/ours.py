"""geoplan at the job: prints one line of JSON. Arguments: what to measure (porto or a size)."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import job
import numpy as np
import shapely
import synthetic
from timing import cpu_s, peak_mb

from geoplan import io
from geoplan import network as nw
from geoplan import service_circles as sc


def porto() -> dict[str, float]:
    net = job.network()
    facilities, people = job.points(net, job.FACILITIES, 1), job.points(net, job.PEOPLE, 2)
    start = time.process_time()
    for part in ("grid", "vertex_share", "touching"):
        getattr(net, part)
    net.arcs("to")
    prepare_s = time.process_time() - start
    sc.areas(net, facilities.iloc[:2], minutes=[job.LIMIT_MIN])  # compile
    start = time.process_time()
    sc.areas(net, facilities, minutes=[job.LIMIT_MIN])
    first_s = time.process_time() - start
    found: dict[str, float] = {}
    asked = {"minutes": [job.LIMIT_MIN]}
    found["polygon_ms"] = 1e3 / job.FACILITIES * cpu_s(lambda: sc.areas(net, facilities, **asked))
    found["prepare_s"] = prepare_s + max(0.0, first_s - found["polygon_ms"] * job.FACILITIES / 1e3)
    found["peak_mb"] = peak_mb()
    at, homes = nw.snap(net, facilities), nw.snap(net, people)
    limits = np.full(job.FACILITIES, job.LIMIT_MIN)
    found["node_sets_s"] = cpu_s(lambda: nw.node_sets(net, at, limits), 7)
    found["nearest_all_s"] = cpu_s(lambda: nw.nearest_nodes(net, at, limit_min=np.inf), 7)
    found["snap_s"] = cpu_s(lambda: nw.snap(net, people))
    found["matrix_s"] = cpu_s(lambda: nw.matrix(net, at, homes, limit_min=job.LIMIT_MIN))
    found |= what_if(net, facilities, people) | misjudged(net, facilities, people) | reopen(net)
    return found


def what_if(net, facilities, people) -> dict[str, float]:
    city = sc.WhatIf(net, facilities, people, limit_min=job.LIMIT_MIN)
    places = job.points(net, 100, 7).geometry.tolist()

    def add(prefix):
        for i, place in enumerate(places):
            city.add(f"{prefix}{i}", place)

    def close(prefix):
        for i in range(len(places)):
            city.close(f"{prefix}{i}")

    add("a"), close("a")  # compile
    adding, closing = [], []
    for prefix in "bcd":
        start = time.process_time()
        add(prefix)
        middle = time.process_time()
        close(prefix)
        adding.append((middle - start) * 10.0)
        closing.append((time.process_time() - middle) * 10.0)
    return {"add_ms": min(adding), "close_ms": min(closing)}


def misjudged(net, facilities, people) -> dict[str, float]:
    """Share of people whom the dissolved polygon puts on the other side than their own minutes."""
    near = sc.travel_time(net, facilities, people, limit_min=job.LIMIT_MIN)
    inside = near["walk_min"].notna().to_numpy()
    xy = shapely.get_coordinates(people.geometry.to_numpy())
    out = {}
    for name, cell_m in (("default", 12.0), ("fine", 5.0)):
        area = sc.areas(
            net, facilities, minutes=[job.LIMIT_MIN], merge="dissolve", cell_m=cell_m
        ).geometry.iloc[0]
        out[f"misjudged_{name}_pct"] = 100.0 * float(
            (shapely.contains_xy(area, *xy.T) != inside).mean()
        )
        out[f"valid_{name}"] = bool(area.is_valid)
    return out


def reopen(net) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "porto.gpnet"
        io.save_network(net, path)
        return {"reopen_ms": 1e3 * cpu_s(lambda: io.open_network(path), 7)}


def scaling(nodes: int) -> dict[str, float]:
    """The same 500 facilities on ever larger synthetic cities."""
    start = time.process_time()
    net = nw.from_roads(synthetic.roads(nodes), job.WALK, node=False)
    net.arcs("to"), net.grid, net.touching, net.vertex_share
    found = {"nodes": net.nodes, "edges": net.edges, "build_s": time.process_time() - start}
    found["build_peak_mb"] = peak_mb()
    facilities = job.points(net, job.FACILITIES, 1)
    at, limits = nw.snap(net, facilities), np.full(job.FACILITIES, job.LIMIT_MIN)
    found["node_sets_s"] = cpu_s(lambda: nw.node_sets(net, at, limits), 3)
    found["nearest_all_s"] = cpu_s(lambda: nw.nearest_nodes(net, at, limit_min=np.inf), 3)
    found["polygon_ms"] = (
        1e3 / job.FACILITIES * cpu_s(lambda: sc.areas(net, facilities, minutes=[job.LIMIT_MIN]), 2)
    )
    found["other_profile_s"] = cpu_s(lambda: net.for_profile(replace(job.WALK, speed_m_s=0.8)), 3)
    found["peak_mb"] = peak_mb()
    return found


if __name__ == "__main__":
    asked = sys.argv[1]
    print(json.dumps(porto() if asked == "porto" else scaling(int(asked))))
