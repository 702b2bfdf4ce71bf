"""
Set covering by size: ``python benchmarks/siting/covering.py``; one process for each size.

CPU seconds of the process, kernels warm; peak memory of the whole process. Plain HiGHS, given the
unreduced arrays, stands beside the two smaller sizes for as many wall seconds as are named.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import numpy as np
from scipy import sparse

from benchmarks.reach.timing import peak_mb
from benchmarks.siting.instances import SIZES, random_city
from geoplan.siting import solve
from geoplan.siting.covering import _Search
from geoplan.siting.highs import minimise
from geoplan.siting.watch import Watch

HEAD = "          size   method           core  build_s   cpu_s   cost  bound  gap_%    MB"


def row(size, method, core, build_s, cpu_s, cost, bound):
    gap = 100 * (cost - bound) / bound if bound > 0 else float("inf")
    print(f"{size:>14} {method:>8} {core:>14} {build_s:8.3f} {cpu_s:7.2f} {cost:6.0f} {bound:6.0f} "
          f"{gap:6.2f} {peak_mb():5.0f}", flush=True)  # fmt: skip


def measure(demands: int, candidates: int, seed: int, plain_s: float) -> None:
    solve(random_city(300, 100, seed=seed), model="lscp")  # compiles
    solve(random_city(1_000, 200, seed=0), model="lscp")
    start = time.process_time()
    problem = random_city(demands, candidates, seed=seed)
    build_s = time.process_time() - start
    need = np.minimum(np.diff(problem.ptr), 1)
    core = _Search(problem.ptr, problem.candidate, need, problem.cost, problem.usable, None, 0)
    size, shape = f"{demands}x{candidates}", f"{len(core.need)}x{len(core.columns)}"
    start = time.process_time()
    plan = solve(problem, model="lscp", seed=seed)
    row(size, "geoplan", shape, build_s, time.process_time() - start, plan.objective, plan.bound)
    if demands <= SIZES[1][0]:
        some = np.flatnonzero(need)
        start = time.process_time()
        matrix = sparse.csr_array((np.ones(len(problem.candidate)), problem.candidate, problem.ptr),
                                  shape=(demands, candidates))[some]  # fmt: skip
        build_s = time.process_time() - start
        found = minimise(
            problem.cost, matrix, np.ones(len(some)), np.full(len(some), np.inf),
            low=np.zeros(candidates), high=np.ones(candidates), whole=np.ones(candidates, bool),
            watch=Watch(), most_s=plain_s,
        )  # fmt: skip
        cost = np.nan if found.x is None else problem.cost @ found.x
        cpu_s = time.process_time() - start
        row(size, "highspy", f"{len(some)}x{candidates}", build_s, cpu_s, cost, found.bound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain-s", type=float, default=60.0)
    parser.add_argument("--size", type=int, choices=range(len(SIZES)))
    given = parser.parse_args()
    if given.size is not None:
        measure(*SIZES[given.size], given.seed, given.plain_s)
        return
    print(HEAD, flush=True)
    for size in range(len(SIZES)):
        subprocess.run([sys.executable, __file__, "--size", str(size), "--seed", str(given.seed),
                        "--plain-s", str(given.plain_s)], check=True)  # fmt: skip


if __name__ == "__main__":
    main()
