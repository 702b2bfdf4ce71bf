"""
Measure geoplan against its peers in one run: ``make bench``.

Each measurement is a process of its own; its CPU seconds (user + system, children included) and
peak memory are read from the system. Kernels are warm: every measurement is made once unrecorded.
Results go to ``benchmarks/results/foundation.json`` and, as a table, to
``docs/explanation/speed.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORTO = ROOT.parent / "shared" / "data" / "osm" / "porto_portugal.osm.pbf"

LOAD_GEOPLAN = """
import sys
from geoplan import network
from geoplan.io import read_osm_roads
net = network.from_roads(read_osm_roads(sys.argv[1]),
                         network.Profile("elder_walk", "walk", 1.0, 200.0))
net.arcs("to"); net.grid
print(net.nodes, net.edges)
"""

TO_XML = """
import sys, osmium
with osmium.SimpleWriter(sys.argv[2]) as out:
    for item in osmium.FileProcessor(sys.argv[1]):
        out.add(item)
"""

LOAD_OSMNX = """
import sys, warnings
warnings.simplefilter("ignore")
import osmnx
graph = osmnx.graph_from_xml(sys.argv[1], bidirectional=True, simplify=True, retain_all=True)
graph = osmnx.project_graph(graph)
print(len(graph.nodes), len(graph.edges))
"""

IMPORT_GEOPLAN = "from geoplan import network; import geoplan.io"
IMPORT_OSMNX = "import osmnx"


def measure(command: list[str], *, warm: bool = True) -> dict[str, float]:
    """CPU seconds, wall seconds and peak MB of one command."""
    if warm:
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    probe = (
        "import json, resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "done = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True)\n"
        "wall = time.perf_counter() - start\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps({'cpu_s': round(used.ru_utime + used.ru_stime, 3),\n"
        "                  'wall_s': round(wall, 3), 'peak_mb': round(used.ru_maxrss / 1024)}))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", probe, *command],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return json.loads(out.stdout)


def python(code: str, *args: str | Path) -> list[str]:
    return [sys.executable, "-c", code, *map(str, args)]


def load_porto(scratch: Path) -> dict[str, object]:
    """From the pbf to search-ready arrays, imports taken off both sides."""
    xml = scratch / "porto.osm"
    subprocess.run(python(TO_XML, PORTO, xml), check=True, cwd=ROOT)
    ours, ours_import = measure(python(LOAD_GEOPLAN, PORTO)), measure(python(IMPORT_GEOPLAN))
    peer, peer_import = measure(python(LOAD_OSMNX, xml), warm=False), measure(python(IMPORT_OSMNX))
    net_ours = ours["cpu_s"] - ours_import["cpu_s"]
    net_peer = peer["cpu_s"] - peer_import["cpu_s"]
    return {
        "geoplan": ours, "geoplan_import": ours_import, "osmnx": peer, "osmnx_import": peer_import,
        "ratio": round(net_peer / net_ours, 1),
        "ratio_with_imports": round(peer["cpu_s"] / ours["cpu_s"], 1),
    }  # fmt: skip


def demo_run(scratch: Path) -> dict[str, object]:
    """The demo city and the main job, first compile apart."""
    geoplan = [sys.executable, "-m", "geoplan"]
    city, out = scratch / "city", scratch / "out"
    build = measure([*geoplan, "demo", str(city)], warm=False)
    job = [*geoplan, "run", str(city), "-o", str(out)]
    env = dict(os.environ)
    os.environ["NUMBA_CACHE_DIR"] = str(scratch / "numba")
    first = measure(job, warm=False)
    warm = measure(job)
    os.environ.clear()
    os.environ.update(env)
    seconds = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["seconds"]
    return {"build_demo": build, "first_ever_run": first, "run": warm, "steps_s": seconds}


def help_text() -> dict[str, object]:
    return measure([sys.executable, "-m", "geoplan", "--help"])


def table(found: dict[str, dict]) -> str:
    """The docs page."""
    load, demo = found.get("load_porto"), found["demo"]
    lines = [
        "# Speed and memory",
        "",
        "Made by `make bench`; every row of one run on one machine, warm kernels unless said.",
        f"Machine: {found['machine']}. Versions: "
        + ", ".join(f"{k} {v}" for k, v in found["versions"].items()) + ".",
        "",
        "| what | CPU s | wall s | peak MB |",
        "|---|---|---|---|",
    ]  # fmt: skip

    def row(name: str, m: dict) -> None:
        lines.append(f"| {name} | {m['cpu_s']:.2f} | {m['wall_s']:.2f} | {m['peak_mb']} |")

    row("`geoplan --help`", found["help"])
    row("`geoplan demo`", demo["build_demo"])
    row("`geoplan run` on the demo, first ever (compiles the kernels)", demo["first_ever_run"])
    row("`geoplan run` on the demo", demo["run"])
    if load:
        row("Porto pbf to search-ready arrays, geoplan (with imports)", load["geoplan"])
        row("Porto, OSMnx `graph_from_xml` and `project_graph` (with imports)", load["osmnx"])
    lines += ["", "Steps of the demo run, seconds: "
              + ", ".join(f"{k} {v:.2f}" for k, v in demo["steps_s"].items()) + "."]  # fmt: skip
    if load:
        lines += [
            "",
            f"Loading Porto is **{load['ratio']} times** faster than OSMnx in CPU time with the "
            f"imports taken off both, {load['ratio_with_imports']} times with them. OSMnx is given "
            "the same file converted to XML, which it needs; the conversion is not counted.",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["help", "demo", "load_porto"])
    only = parser.parse_args().only
    found: dict[str, object] = {
        "machine": f"{platform.system()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "versions": {n: version(n) for n in ("geoplan", "osmnx", "osmium", "numba", "scipy")},
    }
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if only in (None, "help"):
            found["help"] = help_text()
        if only in (None, "demo"):
            found["demo"] = demo_run(scratch)
        if only in (None, "load_porto") and PORTO.exists():
            found["load_porto"] = load_porto(scratch)
    found["bench_s"] = round(time.perf_counter() - start)
    print(json.dumps(found, indent=2))
    if only is None:
        results = ROOT / "benchmarks" / "results" / "foundation.json"
        results.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        (ROOT / "docs" / "explanation" / "speed.md").write_text(table(found), encoding="utf-8")


if __name__ == "__main__":
    main()
