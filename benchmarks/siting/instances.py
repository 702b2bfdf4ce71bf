"""Instances to measure siting with: random cities by seed, and readers of the published formats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geoplan.siting import CoverageProblem

SIZES = ((1_000, 200), (5_000, 500), (20_000, 1_000), (200_000, 5_000))


def random_city(
    demands: int, candidates: int, reach: float = 12, seed: int = 0, groups: int = 0
) -> CoverageProblem:
    """
    Towns and countryside; a demand has about ``reach`` candidates in reach, as the crow flies.

    Two thirds live in towns of skewed size. A minute is a hundredth of the side of the square.
    """
    homes, sites, weight, radius = scattered(demands, candidates, reach, seed)
    pairs = cKDTree(homes).sparse_distance_matrix(cKDTree(sites), radius, output_type="ndarray")
    group = [f"county {int(x // 34)}{int(y // 34)}" for x, y in homes] if groups else None
    return CoverageProblem.from_arrays(
        pairs["i"], pairs["j"], pairs["v"], weight=weight, candidates=candidates, group=group,
        limit_min=radius,
    )  # fmt: skip


def scattered(demands, candidates, reach=12.0, seed=0):
    """Return homes, sites, people, and the radius of a random city."""
    rng = np.random.default_rng([seed, demands, candidates])
    towns = rng.random((max(8, candidates // 25), 2)) * 100
    share = rng.pareto(2.5, len(towns)) + 0.5
    share /= share.sum()
    spread = 32.0 * np.sqrt(share)
    homes, sites = (_places(rng, n, towns, share, spread) for n in (demands, candidates))
    weight = np.ceil(np.minimum(rng.gamma(1.5, 25.0, demands), 150.0))
    return homes, sites, weight, _radius(homes, sites, reach)


def _places(rng, count, towns, share, spread):
    town = rng.choice(len(towns), count, p=share)
    out = towns[town] + rng.normal(size=(count, 2)) * spread[town, None]
    rural = rng.random(count) < 1 / 3
    out[rural] = rng.random((int(rural.sum()), 2)) * 100
    return np.abs((out + 100) % 200 - 100)


def _radius(homes, sites, reach):
    """Return the radius at which a demand reaches as many candidates on average."""
    some, tree = homes[:: max(1, len(homes) // 2_000)], cKDTree(sites)
    low, high = 0.0, 150.0
    for _ in range(40):
        middle = (low + high) / 2
        many = tree.query_ball_point(some, middle, return_length=True).mean() > reach
        low, high = (low, middle) if many else (middle, high)
    return high


class Published(NamedTuple):
    """A published instance: distances or times by pair, and what goes with it."""

    problem: CoverageProblem
    p: int | None = None


def pmed(text: str) -> Published:
    """OR-Library p-median (Beasley 1985): a graph; every node is demand and candidate."""
    numbers = iter(text.split())
    nodes, edges, p = (int(next(numbers)) for _ in range(3))
    found = np.array([int(n) for n in numbers]).reshape(edges, 3)
    cost = {(min(a, b), max(a, b)): c for a, b, c in found.tolist()}  # a later line overrides
    ends, length = np.array(list(cost)) - 1, np.array(list(cost.values()), float)
    graph = csr_array((length, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    far = dijkstra(graph, directed=False)
    i, j = np.nonzero(np.isfinite(far))
    problem = CoverageProblem.from_arrays(i, j, far[i, j], weight=np.ones(nodes), candidates=nodes)
    return Published(problem, p)


def scp(text: str) -> Published:
    """OR-Library set covering: costs of columns, then the columns that cover each row."""
    numbers = np.array([int(n) for n in text.split()])
    rows, columns = numbers[:2].tolist()
    cost, at, row, column = numbers[2 : 2 + columns], 2 + columns, [], []
    for i in range(rows):
        count = int(numbers[at])
        column.append(numbers[at + 1 : at + 1 + count] - 1)
        row.append(np.full(count, i))
        at += 1 + count
    return Published(CoverageProblem.from_arrays(
        np.concatenate(row), np.concatenate(column), weight=np.ones(rows), candidates=columns,
        site_cost=cost,
    ))  # fmt: skip


def cap(text: str, capacity: float | None = None) -> Published:
    """
    OR-Library warehouse location: capacity and cost of each site, then demand and costs of each.

    ``minutes`` is the cost per unit of demand, so weight times minutes is the published cost.
    ``capacity`` replaces the word that capa, capb and capc have there.
    """
    words = text.replace("capacity", str(capacity if capacity is not None else "nan")).split()
    numbers = np.array([float(w) for w in words])
    sites, demands = int(numbers[0]), int(numbers[1])
    site = numbers[2 : 2 + 2 * sites].reshape(sites, 2)
    each = numbers[2 + 2 * sites :].reshape(demands, 1 + sites)
    i, j = np.divmod(np.arange(demands * sites), sites)
    weight = each[:, 0]
    unit = each[:, 1:] / np.where(weight > 0, weight, 1.0)[:, None]
    return Published(CoverageProblem.from_arrays(
        i, j, unit.ravel(), weight=weight, candidates=sites, site_cost=site[:, 1],
        capacity=site[:, 0],
    ))  # fmt: skip
