"""Maximal covering by size, CPU seconds: ``python max_cover.py [python of the peers]``."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".peers" / "bin" / "python"
SIZES = ((1_000, 200), (5_000, 500), (20_000, 1_000), (200_000, 5_000))
CASES = ((0, 16), (1, 41), (2, 83), (3, 200), (3, 400))
"""Number of the size, p."""


def ours(size: int, p: int) -> dict:
    from instances import random_city

    from geoplan.siting import CoverageProblem, solve

    solve(random_city(60, 20), model="mclp", p=3)  # compiles
    warm = random_city(1_000, 200)
    solve(warm, model="mclp", p=16, step_limit=200)
    given = random_city(*SIZES[size])  # as the peer is given its table of costs
    pairs = given.row, given.candidate, given.minutes
    start = time.process_time()
    problem = CoverageProblem.from_arrays(*pairs, weight=given.weight,
                                          candidates=given.candidates)  # fmt: skip
    built = time.process_time()
    plan = solve(problem, model="mclp", p=p)
    return {
        "build_s": built - start, "cpu_s": time.process_time() - built, "objective": plan.objective,
        "bound": plan.bound, "covered": plan.objective / problem.weight.sum(),
    }  # fmt: skip


def plain(size: int, p: int) -> dict:
    """Every row and column to HiGHS, by arrays, as a reader of its manual would."""
    from instances import random_city
    from scipy import sparse

    from geoplan.siting import highs
    from geoplan.siting.watch import Watch

    problem = random_city(*SIZES[size])
    start = time.process_time()
    n, m = problem.candidates, len(problem)
    pairs = sparse.csr_array(
        (np.ones(len(problem.candidate)), problem.candidate, problem.ptr), shape=(m, n)
    )
    rows = sparse.block_array(
        [[-pairs, sparse.eye_array(m)], [sparse.csr_array(np.ones((1, n))), None]], format="csr"
    )
    built = time.process_time()
    found = highs.minimise(
        np.r_[np.zeros(n), -problem.weight], rows, np.full(m + 1, -np.inf), np.r_[np.zeros(m), p],
        low=np.zeros(n + m), high=np.ones(n + m), whole=np.arange(n + m) < n, watch=Watch(60),
    )  # fmt: skip
    covered = np.nan if found.x is None else problem.weight @ found.x[n:]
    return {"build_s": built - start, "cpu_s": time.process_time() - built, "objective": covered,
            "bound": -found.bound}  # fmt: skip


def spopt(size: int, p: int) -> dict:
    import pulp
    from spopt.locate import MCLP

    given = np.load(HERE / f".mclp{size}.npz")
    far = np.full((len(given["weight"]), int(given["candidates"])), 1e9)
    far[given["row"], given["column"]] = 1.0
    start = time.process_time()
    model = MCLP.from_cost_matrix(far, given["weight"], service_radius=2.0, p_facilities=p)
    built = time.process_time()
    model = model.solve(pulp.HiGHS(msg=False, timeLimit=60, threads=1))
    return {"build_s": built - start, "cpu_s": time.process_time() - built,
            "objective": pulp.value(model.problem.objective), "bound": np.nan}  # fmt: skip


def planx(size: int, p: int) -> dict:
    from planx.suitability import greedy_mclp

    given = np.load(HERE / f".mclp{size}.npz")
    start = time.process_time()
    _, _, covered = greedy_mclp(
        given["sites"], given["homes"], given["weight"], float(given["radius"]), p
    )
    return {"build_s": 0.0, "cpu_s": time.process_time() - start, "objective": float(covered[-1]),
            "bound": np.nan}  # fmt: skip


def line(name: str, size: int, p: int, python: str) -> None:
    command = [python, str(HERE / "max_cover.py"), "--one", name, str(size), str(p)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    head = f"{name:8} {SIZES[size][0]:>7} x {SIZES[size][1]:<5} p={p:<4}"
    if done.returncode:
        print(head, "failed:", (done.stderr.strip().splitlines() or ["no word"])[-1], flush=True)
        return
    found = json.loads(done.stdout.strip().splitlines()[-1])
    gap = (found["bound"] - found["objective"]) / found["bound"]
    print(f"{head} build {found['build_s']:8.3f} s  CPU {found['cpu_s']:7.2f} s  "
          f"{found['objective']:>10.0f} of {found['bound']:>10.0f}  gap {gap:7.3%}  "
          f"peak {found['peak_mb']:>5} MB", flush=True)  # fmt: skip


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        name, size, p = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
        found = {"ours": ours, "plain": plain, "spopt": spopt, "planx": planx}[name](size, p)
        found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(found))
        return
    from instances import random_city, scattered

    peers = Path(sys.argv[1]) if len(sys.argv) > 1 else PEERS
    known = (
        peers.exists()
        and not subprocess.run(
            [str(peers), "-c", "import spopt"], capture_output=True, check=False
        ).returncode
    )
    for size, p in CASES:
        line("ours", size, p, sys.executable)
        if size > 1:
            continue
        line("plain", size, p, sys.executable)
        if not known:
            print("spopt    skipped: not in the peers' environment")
            continue
        problem, at = random_city(*SIZES[size]), HERE / f".mclp{size}.npz"
        homes, sites, _, radius = scattered(*SIZES[size])
        np.savez(at, row=np.repeat(np.arange(len(problem)), np.diff(problem.ptr)),
                 column=problem.candidate, weight=problem.weight,
                 candidates=problem.candidates,
                 homes=homes, sites=sites, radius=radius)  # fmt: skip
        line("spopt", size, p, str(peers))
        line("planx", size, p, str(peers))
        at.unlink()


if __name__ == "__main__":
    main()
