"""
Measure the median family: ``python benchmarks/siting/median.py [small]``.

CPU seconds with warm kernels, objective, bound, proved gap, memory. ``small`` leaves out what
takes more than some seconds. Published files are read where ``GEOPLAN_ORLIB`` names their folder
(pmed1.txt to pmed40.txt, cap41.txt ...); without it graphs of the same kind are made.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
from instances import cap, pmed, random_city
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geoplan.siting import CoverageProblem, solve

NODES = (*[100] * 5, *[200] * 5, *[300] * 5, *[400] * 5, *[500] * 5, *[600] * 5, *[700] * 4,
         *[800] * 3, *[900] * 3)  # fmt: skip
SITES = (5, 10, 10, 20, 33, 5, 10, 20, 40, 67, 5, 10, 30, 60, 100, 5, 10, 40, 80, 133, 5, 10, 50,
         100, 167, 5, 10, 60, 120, 200, 5, 10, 70, 140, 5, 10, 80, 5, 10, 90)  # fmt: skip


def graph(number: int) -> tuple[CoverageProblem, int]:
    """Return a graph of the size and the density of the published one of the same number."""
    rng, n = np.random.default_rng(number), NODES[number - 1]
    road = rng.permutation(n)  # so that it hangs together
    ends = np.c_[np.r_[road[:-1], rng.integers(0, n, n * n // 50)],
                 np.r_[road[1:], rng.integers(0, n, n * n // 50)]]  # fmt: skip
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    length = rng.integers(1, 101, len(ends)).astype(float)
    far = dijkstra(
        coo_array((length, (ends[:, 0], ends[:, 1])), shape=(n, n)).tocsr(), directed=False
    )
    i, j = np.divmod(np.arange(n * n), n)
    problem = CoverageProblem.from_arrays(i, j, far.ravel(), weight=np.ones(n), candidates=n)
    return problem, SITES[number - 1]


def with_capacity(problem: CoverageProblem, room: float) -> CoverageProblem:
    """Return the problem with sites that hold together ``room`` times the demand."""
    row = np.repeat(np.arange(len(problem)), np.diff(problem.ptr))
    some = problem.reachable
    number = np.cumsum(some) - 1
    capacity = np.full(problem.candidates, room * problem.weight[some].sum() / problem.candidates)
    return CoverageProblem.from_arrays(
        number[row], problem.candidate, problem.minutes, weight=problem.weight[some],
        candidates=problem.candidates, capacity=capacity,
        site_cost=np.full(problem.candidates, float(problem.weight.mean() * 200)),
    )  # fmt: skip


def with_deficits(
    demands: int, candidates: int, areas: int, share: float
) -> tuple[CoverageProblem, np.ndarray]:
    """Return areas that lack ``share`` of what all candidates offer, in proportion to heads."""
    city, rng = random_city(demands, candidates, 8), np.random.default_rng(areas)
    row = np.repeat(np.arange(demands), np.diff(city.ptr))
    group = np.where(
        np.diff(city.ptr) > 0, city.candidate[np.minimum(city.ptr[:-1], len(row) - 1)], 0
    )
    group = group * areas // candidates
    area = rng.integers(50, 800, candidates).astype(float)
    problem = CoverageProblem.from_arrays(
        row, city.candidate, city.minutes, weight=city.weight, candidates=candidates, area_m2=area,
        site_cost=np.round(20 + area * rng.uniform(0.1, 0.4, candidates), 1),
        group=group.tolist(),
    )  # fmt: skip
    need = 0.1 * np.bincount(problem.group, city.weight)
    return problem, need * (share * area.sum() / need.sum())


def line(name: str, problem: CoverageProblem, **asked) -> float:
    """Solve, print one row of the table, and return the CPU seconds."""
    begin = time.process_time()
    plan = solve(problem, **asked)
    cpu = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:34} {plan.status:10} {cpu:8.3f} {plan.objective:15.2f} {plan.bound:15.2f} "
          f"{100 * plan.gap_share:8.3f} {memory:7.0f}", flush=True)  # fmt: skip
    return cpu


def deficits(name: str, *sizes: float) -> None:
    problem, need = with_deficits(*sizes)
    line(name, problem, model="close_gap", need_m2=need)


def published(folder: str | None) -> None:
    """All forty p-median graphs, and the published warehouses if there are any."""
    files = Path(folder or "")
    total = 0.0
    for number in range(1, 41):
        path = files / f"pmed{number}.txt"
        found = pmed(path.read_text(encoding="utf-8")) if folder and path.exists() else None
        problem, p = (found.problem, found.p) if found else graph(number)
        total += line(f"{path.name if found else f'kind of pmed{number}'} p={p}", problem,
                      model="p_median", p=p)  # fmt: skip
    print(f"{'all forty':45} {total:8.3f}")
    for path in sorted(files.glob("cap[0-9]*.txt")) if folder else ():
        found = cap(path.read_text(encoding="utf-8"))
        line(f"{path.name} split", found.problem, model="capacitated", split=True)


def main() -> None:
    small = "small" in sys.argv[1:]
    for model, p in (("p_median", 3), ("capacitated", 9)):  # compiles or loads the kernels
        solve(with_capacity(random_city(60, 12), 3.0), model=model, p=p)
    print(f"{'case':34} {'status':10} {'CPU s':>8} {'objective':>15} {'bound':>15} {'gap %':>8} "
          f"{'RSS MB':>7}")  # fmt: skip
    line("p-median 1k x 200 p=10", random_city(1_000, 200), model="p_median", p=10)
    line("p-median 1k x 200 all pairs p=10", random_city(1_000, 200, 199), model="p_median", p=10)
    published(os.environ.get("GEOPLAN_ORLIB"))
    deficits("close gap 40 x 50", 500, 50, 40, 0.3)
    deficits("close gap 200 x 200", 2_000, 200, 200, 0.3)
    line(
        "capacitated 50 x 16 split",
        with_capacity(random_city(60, 16, 12), 2.5),
        model="capacitated",
        split=True,
    )
    line("capacitated 50 x 16", with_capacity(random_city(60, 16, 12), 2.5), model="capacitated")
    if small:
        return
    line("p-median 5k x 500 p=25", random_city(5_000, 500), model="p_median", p=25)
    line("p-median 5k x 500 all pairs p=25", random_city(5_000, 500, 499), model="p_median", p=25)
    line("p-median 20k x 1k p=50", random_city(20_000, 1_000), model="p_median", p=50)
    line(
        "p-median 20k x 1k all pairs p=50", random_city(20_000, 1_000, 999), model="p_median", p=50
    )
    line(
        "capacitated 1k x 100 split",
        with_capacity(random_city(1_000, 100, 30), 3.0),
        model="capacitated",
        split=True,
    )
    deficits("close gap 300 x 300", 3_000, 300, 300, 0.2)


if __name__ == "__main__":
    main()
