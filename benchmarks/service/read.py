"""
Reading beside TiPg and pygeoapi in one run: ``make bench-service``.

The same 10,000 and 100,000 polygons of 25 vertices with the same five fields and digits; one worker
each. Cold: right after one edit of the layer, so nothing that a server keeps of it counts. Wall
time of one client that reads the whole answer, in turn over all servers; medians. Results go to
``benchmarks/results/service.json``.
"""

from __future__ import annotations

import http.client
import json
import math
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import city  # noqa: E402
import servers  # noqa: E402

RESULTS = HERE.parent / "results" / "service.json"
ROUNDS = 5
ZOOM = 10


HEADERS = {"Accept": "application/geo+json, application/json, */*"}


def get(base: str, path: str) -> tuple[float, bytes]:
    """Seconds until the answer is read, and the answer."""
    client = http.client.HTTPConnection(urlsplit(base).netloc, timeout=300)
    begin = time.perf_counter()
    client.request("GET", path, headers=HEADERS)
    answer = client.getresponse()
    body = answer.read()
    took = time.perf_counter() - begin
    client.close()
    if answer.status != 200:
        raise SystemExit(f"{base}{path}: {answer.status} {body[:500]!r}")
    return took, body


def bbox_of_100(layer: str) -> str:
    """A box in the middle with about 100 features."""
    half = city.SIDE_DEG * math.sqrt(100 / city.LAYERS[layer]) / 2
    x, y = city.WEST + city.SIDE_DEG / 2, city.SOUTH + city.SIDE_DEG / 2
    return f"{x - half:.6f},{y - half:.6f},{x + half:.6f},{y + half:.6f}"


def tile() -> tuple[int, int]:
    """Column and row of the tile in the middle."""
    x, y = city.WEST + city.SIDE_DEG / 2, math.radians(city.SOUTH + city.SIDE_DEG / 2)
    n = 2**ZOOM
    return int((x + 180) / 360 * n), int((1 - math.asinh(math.tan(y)) / math.pi) / 2 * n)


def paths(layer: str) -> dict[str, dict[str, str]]:
    """The same question in the words of each server."""
    fields = ",".join(city.FIELDS[layer])
    items, box = f"/collections/{layer}/items", bbox_of_100(layer)
    table = f"/collections/public.{layer}"
    x, y = tile()
    end = f"tiles/WebMercatorQuad/{ZOOM}"
    return {
        "items_10000": {
            "geoplan": f"{items}?limit=10000&properties={fields}",
            "tipg": f"{table}/items?limit=10000",
            "pygeoapi": f"{items}?f=json&limit=10000",
        },
        "bbox_100": {
            "geoplan": f"{items}?limit=1000&bbox={box}&properties={fields}",
            "tipg": f"{table}/items?limit=1000&bbox={box}",
            "pygeoapi": f"{items}?f=json&limit=1000&bbox={box}",
        },
        "tile_z10": {
            "geoplan": f"/collections/{layer}/{end}/{y}/{x}",
            "tipg": f"{table}/{end}/{x}/{y}",
        },
    }


def counted(kind: str, body: bytes) -> int:
    """How many features an answer has."""
    if kind.startswith("tile"):
        import mapbox_vector_tile

        told = mapbox_vector_tile.decode(body)
        return max((len(layer["features"]) for layer in told.values()), default=0)
    return len(json.loads(body)["features"])


def main() -> None:
    """Measure and write."""
    folder = Path(tempfile.mkdtemp(prefix="gp-service-"))
    database = servers.PostGIS()
    try:
        database.fill()
        workspace = city.make_workspace(folder / "w")
        HEADERS["X-API-Key"] = servers.key(workspace, "viewer")  # exact shapes, as the others give
        with (
            servers.geoplan(workspace) as ours,
            servers.tipg(database) as tipg,
            servers.pygeoapi(database) as pygeoapi,
        ):
            bases = {"geoplan": ours, "tipg": tipg, "pygeoapi": pygeoapi}
            found = {layer: measure(layer, bases, workspace, database) for layer in city.LAYERS}
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    told = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    told["reading"] = {"python": platform.python_version(), "rounds": ROUNDS, "layers": found}
    RESULTS.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    report(found)


def measure(layer: str, bases: dict[str, str], workspace: Path, database: servers.PostGIS) -> dict:
    """Cold and warm times of each question."""
    out: dict[str, dict] = {}
    for kind, asked in paths(layer).items():
        features = {name: counted(kind, get(bases[name], path)[1]) for name, path in asked.items()}
        cold: dict[str, list[float]] = {name: [] for name in asked}
        warm: dict[str, list[float]] = {name: [] for name in asked}
        for turn in range(ROUNDS):
            for name, path in asked.items():
                if name == "geoplan":
                    city.edit(workspace, layer, turn)
                else:
                    database.edit(layer, turn)
                cold[name].append(get(bases[name], path)[0])
                warm[name].append(get(bases[name], path)[0])
        out[kind] = {"features": features} | {
            heat: {n: round(statistics.median(t), 4) for n, t in times.items()}
            for heat, times in (("cold_s", cold), ("warm_s", warm))
        }
        print(layer, kind, out[kind], flush=True)
    return out


def report(found: dict) -> None:
    """Print how many times as fast geoplan is."""
    for layer, kinds in found.items():
        for kind, told in kinds.items():
            for heat in ("cold_s", "warm_s"):
                own = told[heat]["geoplan"]
                ratios = {n: round(t / own, 2) for n, t in told[heat].items() if n != "geoplan"}
                print(f"{layer:12} {kind:12} {heat:7} {own:8.4f} s   x {ratios}")


if __name__ == "__main__":
    main()
