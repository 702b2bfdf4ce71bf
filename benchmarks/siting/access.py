"""
Floating catchments against PySAL access on the same pairs: ``access.py [PYTHON]``.

PYTHON has ``access`` installed (pip install access); default that of ``benchmarks/.peers``. CPU
seconds, both sides given the pairs: a sparse matrix here, a table of costs there. Its time is that
of making an ``Access`` and of one method; in brackets the ratio to the method alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
PEER = HERE.parents[1].joinpath("benchmarks", ".peers", "bin", "python")
BANDS, WEIGHTS = (5.0, 10.0, 15.0), (1.0, 0.68, 0.22)
METHODS = ("2sfca", "e2sfca", "3sfca")
SIZES = ((1_000, 200), (5_000, 500), (20_000, 1_000), (200_000, 5_000))
AT_LEAST = {"2sfca": 40.0, "e2sfca": 200.0}


def cpu_s(task, goes):
    times = []
    for _ in range(goes):
        start = time.process_time()
        found = task()
        times.append(time.process_time() - start)
    return min(times), found


def ours(demands, candidates):
    from instances import random_city

    from geoplan.service_circles import floating, rational

    city = random_city(demands, candidates, seed=7)
    minutes = city.matrix
    # rounded: no pair within our tolerance of a band, which the peer has not
    minutes.data = np.round(city.minutes * (15.0 / city.limit_min), 3)
    beds = np.random.default_rng(7).integers(5, 60, candidates).astype(float)
    arrays = {"ptr": minutes.indptr, "facility": minutes.indices, "minutes": minutes.data,
              "people": city.weight, "beds": beds}  # fmt: skip
    seconds, access = {}, {}
    for name in METHODS:

        def task(method=name):
            return floating(minutes, beds, city.weight, bands_min=BANDS, weights=WEIGHTS,
                            method=method).access  # fmt: skip

        task()
        seconds[name], access[name] = cpu_s(task, 20)
    rational(minutes, beds, city.weight, tau_min=15.0, rounds=1)
    start = time.process_time()
    found = rational(minutes, beds, city.weight, tau_min=15.0)
    seconds["raam"], access["raam"] = time.process_time() - start, found.cost
    return arrays, seconds, access, {"spread": found.spread, "rounds": found.rounds}


def peer(file, out):
    """Run in the peer's Python with -P, or this file would be the one imported."""
    import pandas as pd
    from access import Access, weights

    a = np.load(file)
    row = np.repeat(np.arange(len(a["people"])), np.diff(a["ptr"]))
    cost = pd.DataFrame({"origin": row, "dest": a["facility"], "cost": a["minutes"]})
    people = pd.DataFrame({"id": np.arange(len(a["people"])), "people": a["people"].astype(int)})
    beds = pd.DataFrame({"id": np.arange(len(a["beds"])), "beds": a["beds"]})
    names = {"demand_index": "id", "supply_index": "id", "cost_origin": "origin",
             "cost_dest": "dest", "cost_name": "cost"}  # fmt: skip

    def make():
        return Access(people, "people", beds, "beds", cost_df=cost, **names)

    make_s, city = cpu_s(make, 3)
    city.log.setLevel("ERROR")
    step = weights.step_fn(dict(zip(BANDS, WEIGHTS, strict=True)))
    tasks = {
        "2sfca": lambda: city.two_stage_fca(name="x", max_cost=15.0),
        "e2sfca": lambda: city.enhanced_two_stage_fca(name="x", max_cost=15.0, weight_fn=step),
        "3sfca": lambda: city.three_stage_fca(name="x", max_cost=15.0, weight_fn=step),
    }  # fmt: skip
    if len(people) * len(beds) <= 3_000_000:  # its matrix is dense
        tasks["raam"] = lambda: city.raam(name="x", tau=15.0)
    seconds, access = {}, {}
    for name, task in tasks.items():
        seconds[name], found = cpu_s(task, 1 if name == "raam" else 3)
        access[name] = found.iloc[:, 0].reindex(people["id"]).to_numpy(float)
        city.access_df = city.access_df.drop(columns=found.columns)
    np.savez(out, **access)
    print(json.dumps({"make": make_s, **seconds}))


def compare(python, demands, candidates):
    arrays, mine, access, raam = ours(demands, candidates)
    print(f"{demands} x {candidates}, {len(arrays['minutes'])} pairs; raam: {raam}")
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "pairs.npz", Path(folder) / "found.npz"
        np.savez(file, **arrays)
        command = [str(python), "-P", "-W", "ignore", __file__, "peer", str(file), str(out)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        theirs, found = json.loads(done.stdout.strip().splitlines()[-1]), dict(np.load(out))
    good, make_s = True, theirs.pop("make")
    for name, peer_s in theirs.items():
        known = ~np.isnan(found[name])
        far = np.abs(found[name][known] - access[name][known])
        differ = (far / np.maximum(np.abs(access[name][known]), 1e-300)).max()
        ratio = (make_s + peer_s) / mine[name]
        fails = name != "raam" and (differ > 1e-12 or ratio < AT_LEAST.get(name, 0.0))
        good = good and not fails
        line = (
            f"  {name:7s} ours {mine[name]:.5f} s, access {make_s + peer_s:.3f} s: {ratio:7.0f} x"
        )
        line += f" ({peer_s / mine[name]:.0f} x), "
        print(line + f"differ at most {differ:.1e}{'  SHORT' if fails else ''}", flush=True)
    for name in mine.keys() - theirs.keys():
        print(f"  {name:7s} ours {mine[name]:.5f} s")
    return good


def main():
    python = Path(sys.argv[1]) if len(sys.argv) > 1 else PEER
    there = python.exists() and not subprocess.run(
        [str(python), "-P", "-W", "ignore", "-c", "import access"], capture_output=True, check=False
    ).returncode  # fmt: skip
    if not there:
        print(f"PySAL access cannot be imported by {python}: nothing compared")
        return 0
    found = [compare(python, *size) for size in SIZES]
    return 0 if all(found) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["peer"]:
        peer(*sys.argv[2:])
    else:
        sys.exit(main())
