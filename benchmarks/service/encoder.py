"""
The tile encoder against its peers in one run: ``make bench-encoder``.

The same 10,000 features in Web Mercator, five attributes each, polygons, lines and points, at
three zooms: geoplan, ``mapbox-vector-tile`` with shapely's clipping, and PostGIS ``ST_AsMVT`` on an
indexed table through psycopg. All on one core each: ours and mapbox-vector-tile by the process's
CPU seconds, PostGIS by the wall of the query and by the CPU seconds of its backend (no parallel
workers). Like for like is without simplification; geoplan as it serves, simplifying by shared arcs,
is reported beside it. Results go to ``benchmarks/results/encoder.json``.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import psycopg
import shapely

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from geoplan import tiles  # noqa: E402
from geoplan.tiles import WEB_MERCATOR  # noqa: E402
from tests.fixtures.covers import CELL_M, ORIGIN, wriggly_cover  # noqa: E402
from tests.fixtures.postgis import Server, binaries  # noqa: E402

ZOOMS = (8, 11, 12, 14)
FULL = 50
"""Tiles with fewer features than this, on average, are not held to the limits: what they take is
what a call takes. They are reported all the same."""
MOST_TILES = 60
ROUNDS = 5
COLUMNS = ("name", "code", "people", "area_m2", "rural")
LIMITS = {"mapbox-vector-tile": 10.0, "PostGIS": 1.1}


def layers() -> dict[str, gpd.GeoDataFrame]:
    """Polygons of 25 vertices, lines of 40, points; with five attributes."""
    rng = np.random.default_rng(3)
    polygons = wriggly_cover(100, 100, 24)
    count = len(polygons)
    start = ORIGIN + rng.uniform(0, 100 * CELL_M, (count, 1, 2))
    steps = rng.normal(0, 60, (count, 40, 2)) + rng.normal(0, 60, (count, 1, 2))
    lines = shapely.linestrings(start + np.cumsum(steps, axis=1))
    points = shapely.points(ORIGIN + rng.uniform(0, 100 * CELL_M, (count, 2)))
    number = np.arange(count)
    columns = {
        "name": [f"曾都区第{n % 997}村" for n in number], "code": [f"{n:06d}" for n in number],
        "people": rng.integers(0, 5000, count), "area_m2": np.round(rng.uniform(0, 1e6, count), 1),
        "rural": number % 3 == 0,
    }  # fmt: skip
    return {kind: gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4547").to_crs(3857)
            for kind, shapes in (("polygons", polygons), ("lines", lines),
                                 ("points", points))}  # fmt: skip


def tiles_at(frame: gpd.GeoDataFrame, zoom: int) -> list[tuple[int, int, int]]:
    """The tiles of a zoom that the features reach; of many, some spread evenly."""
    west, south, east, north = frame.total_bounds
    width = WEB_MERCATOR.width(zoom)
    columns = [int((v - WEB_MERCATOR.west) // width) for v in (west, east)]
    rows = [int((WEB_MERCATOR.north - v) // width) for v in (north, south)]
    every = [(zoom, x, y) for x in range(columns[0], columns[1] + 1)
             for y in range(rows[0], rows[1] + 1)]  # fmt: skip
    return every[:: max(1, len(every) // MOST_TILES)]


class Ours:
    """geoplan."""

    def __init__(self, frame: gpd.GeoDataFrame, tolerance: float) -> None:
        self._layer = tiles.layer_of(frame, "layer", columns=COLUMNS)
        self._tolerance = tolerance
        self._layer.boxes  # noqa: B018  (made once, as PostGIS has its index)

    def __call__(self, at: tuple[int, int, int]) -> bytes:
        return tiles.encode_layer(self._layer, *at, tolerance=self._tolerance)


class Mapbox:
    """mapbox-vector-tile, fed with what the tile's window holds."""

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        self._shapes = np.asarray(frame.geometry.array, dtype=object)
        self._tree = shapely.STRtree(self._shapes)
        self._columns = frame[list(COLUMNS)].to_dict("records")

    def __call__(self, at: tuple[int, int, int]) -> bytes:
        west, south, east, north = WEB_MERCATOR.bounds(*at)
        more = (east - west) * 64 / 4096
        window = (west - more, south - more, east + more, north + more)
        near = np.sort(self._tree.query(shapely.box(*window)))
        shapes = shapely.clip_by_rect(self._shapes[near], *window)
        features = [{"geometry": s, "properties": self._columns[i], "id": int(i) + 1}
                    for i, s in zip(near, shapes, strict=True) if not s.is_empty]  # fmt: skip
        return mapbox_vector_tile.encode(
            [{"name": "layer", "features": features}],
            default_options={"quantize_bounds": (west, south, east, north), "extents": 4096},
        )


class PostGIS:
    """ST_AsMVT on an indexed table, one backend."""

    def __init__(self, connection: psycopg.Connection, frame: gpd.GeoDataFrame, name: str) -> None:
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {name} (id bigint PRIMARY KEY, name text, code text, "
                           "people bigint, area_m2 float8, rural boolean, "
                           "geom geometry(Geometry, 3857))")  # fmt: skip
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                shapes = shapely.set_srid(frame.geometry.to_numpy(), 3857)
                wkb = shapely.to_wkb(shapes, hex=True, include_srid=True)
                for n, row in enumerate(frame[list(COLUMNS)].to_numpy(dtype=object).tolist()):
                    copy.write_row((n + 1, *row, wkb[n]))
            cursor.execute(f"CREATE INDEX ON {name} USING gist (geom)")
            cursor.execute(f"VACUUM ANALYZE {name}")
        self._query = f"""
            WITH box AS (SELECT ST_TileEnvelope(%s, %s, %s) AS tile,
                                ST_TileEnvelope(%s, %s, %s, margin => 0.015625) AS wide),
            cut AS (SELECT t.id, t.name, t.code, t.people, t.area_m2, t.rural,
                           ST_AsMVTGeom(t.geom, box.tile, 4096, 64, true) AS geom
                    FROM {name} t, box WHERE t.geom && box.wide)
            SELECT ST_AsMVT(cut.*, 'layer', 4096, 'geom', 'id') FROM cut WHERE geom IS NOT NULL"""

    def __call__(self, at: tuple[int, int, int]) -> bytes:
        row = self._connection.execute(
            self._query, (*at, *at), prepare=True, binary=True
        ).fetchone()
        return bytes(row[0])


def backend_cpu_s(pid: int) -> float:
    """CPU seconds that a process of this machine has used, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def features_of(made: dict[tuple[int, int, int], bytes]) -> Counter:
    """How many features all tiles have, and how many tiles each feature is in."""
    found: Counter = Counter()
    for body in made.values():
        if body:
            found.update(f["id"] for f in mapbox_vector_tile.decode(body)["layer"]["features"])
    return found


def compared(frame: gpd.GeoDataFrame, connection: psycopg.Connection, name: str) -> dict:
    """All engines at all zooms, interleaved; the least of some rounds."""
    engines = {
        "geoplan": Ours(frame, 0.0),
        "geoplan as served": Ours(frame, 4.0),
        "mapbox-vector-tile": Mapbox(frame),
        "PostGIS": PostGIS(connection, frame, name),
    }
    out = {}
    for zoom in ZOOMS:
        wanted = tiles_at(frame, zoom)
        least: dict[str, float] = {}
        made: dict[str, dict] = {}
        for number in range(ROUNDS):
            for engine, encode in engines.items():
                if engine == "mapbox-vector-tile" and number > 1:
                    continue
                pid = connection.info.backend_pid
                wall, own, peer = time.perf_counter(), time.process_time(), backend_cpu_s(pid)
                made[engine] = {at: encode(at) for at in wanted}
                spent = {"wall_s": time.perf_counter() - wall,
                         "cpu_s": time.process_time() - own,
                         "backend_cpu_s": backend_cpu_s(pid) - peer}  # fmt: skip
                if engine == "PostGIS":
                    keep = {"PostGIS": spent["wall_s"], "PostGIS cpu": spent["backend_cpu_s"]}
                else:
                    keep = {engine: spent["cpu_s"]}
                for key, value in keep.items():
                    least[key] = min(value, least.get(key, np.inf))
        counts = {engine: features_of(bodies) for engine, bodies in made.items()}
        out[f"z{zoom}"] = {
            "tiles": len(wanted),
            "seconds": {k: round(v, 4) for k, v in least.items()},
            "features": {k: c.total() for k, c in counts.items()},
            "not_in_both": sum(((counts["geoplan"] - counts["PostGIS"])
                                + (counts["PostGIS"] - counts["geoplan"])).values()),
            "bytes": {k: sum(map(len, m.values())) for k, m in made.items()},
            "ratios": {k: round(v / least["geoplan"], 2) for k, v in least.items()},
            "ratios_as_served": {k: round(v / least["geoplan as served"], 2)
                                 for k, v in least.items()},
        }  # fmt: skip
        print(name, zoom, json.dumps(out[f"z{zoom}"], ensure_ascii=False), flush=True)
    return out


def main() -> None:
    """Start a PostGIS, measure, keep the results."""
    home = binaries()
    if home is None:
        sys.exit("postgresql with postgis is not installed")
    folder = Path(tempfile.mkdtemp(prefix="gp-mvt-"))
    server = Server(folder, home)
    try:
        with psycopg.connect(host=str(folder), user="postgres", autocommit=True) as connection:
            connection.execute("SET max_parallel_workers_per_gather = 0")
            connection.execute("SET jit = off")
            postgis = connection.execute("SELECT postgis_lib_version()").fetchone()[0]
            found = {kind: compared(frame, connection, kind) for kind, frame in layers().items()}
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
    keep(found, postgis)


def keep(found: dict, postgis: str) -> None:
    """Write the results, those of the run before beside them, and the least ratios."""
    peers = ("mapbox-vector-tile", "PostGIS", "PostGIS cpu")
    full = {kind: [z for z in zooms.values() if z["features"]["geoplan"] >= FULL * z["tiles"]]
            for kind, zooms in found.items()}  # fmt: skip
    least = {which: {kind: {peer: min(z[which][peer] for z in zooms) for peer in peers}
                     for kind, zooms in full.items()}
             for which in ("ratios", "ratios_as_served")}  # fmt: skip
    results = ROOT / "benchmarks" / "results" / "encoder.json"
    before = json.loads(results.read_text("utf-8")) if results.exists() else {}
    body = {
        "machine": f"{platform.system()}, Python {platform.python_version()}, shapely "
        f"{version('shapely')}, GEOS {shapely.geos_version_string}, PostGIS {postgis}, "
        f"mapbox-vector-tile {version('mapbox-vector-tile')}; one core each",
        "limits": LIMITS, "least": least, "least_before": before.get("least"), **found,
    }  # fmt: skip
    results.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(least))


if __name__ == "__main__":
    main()
