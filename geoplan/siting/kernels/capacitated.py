"""Kernels of sites with room (容量选址内核): the dual by knapsacks, demands changing places."""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit
from geoplan.siting.kernels.median import random


@jit
def _knapsack(columns, weight, capacity, price, j, part):
    """
    Fill one site with what saves most at some prices, the last demand in part.

    ``part`` gets the share taken of each pair; returned are what is saved (0 or less) and what
    one more unit of capacity would save.
    """
    ptr, demand, cost = columns
    need, value = 0.0, 0.0
    for k in range(ptr[j], ptr[j + 1]):
        gain = cost[k] - price[demand[k]]
        part[k] = 1.0 if gain < 0.0 else 0.0
        if gain < 0.0:
            need += weight[demand[k]]
            value += gain
    if need <= capacity[j]:
        return value, 0.0
    wanted = np.flatnonzero(part[ptr[j] : ptr[j + 1]]) + ptr[j]
    ratio = np.empty(wanted.size)
    for q in range(wanted.size):
        i = demand[wanted[q]]
        gain = cost[wanted[q]] - price[i]
        ratio[q] = gain / weight[i] if weight[i] > 0.0 else -np.inf
    left, value, dual = capacity[j], 0.0, 0.0
    for q in np.argsort(ratio):
        k = wanted[q]
        i = demand[k]
        share = 1.0 if weight[i] <= left else left / weight[i]
        if share < 1.0 and dual == 0.0:
            dual = -ratio[q]
        part[k] = share
        value += share * (cost[k] - price[i])
        left -= share * weight[i]
    return value, dual


@jit
def _choose_paid(save, must, least, most, taken):
    """Take the sites that must be, the ``least`` best others, and up to ``most`` that save."""
    taken[:] = must
    out = save[must].sum()
    free = np.flatnonzero(~must)
    order = free[np.argsort(save[free])]
    for q in range(order.size):
        if q >= most or (q >= least and save[order[q]] >= 0.0):
            break
        taken[order[q]] = True
        out += save[order[q]]
    return out


@jit
def ascend_filled(
    columns, weight, capacity, fee, must, fewest, most, price, least, steps, pace, patience
):
    """
    Raise the Lagrangian bound where sites have capacities; see `ascend`.

    All demand has to be served, so a price may be negative. ``must`` sites are open, and of the
    others those that save, but no fewer than ``fewest`` and no more than ``most``.

    Returns
    -------
    bound, save, dual, taken
        The best bound, what each site saves at its prices with its fee, the price of a unit of its
        capacity there, and the sites last taken.
    """
    ptr, demand, _ = columns
    n, sites = weight.size, fee.size
    now, way = price.copy(), np.zeros(n)
    save, best_save = np.zeros(sites), np.zeros(sites)
    dual, best_dual = np.zeros(sites), np.zeros(sites)
    part, taken = np.zeros(demand.size), np.zeros(sites, np.bool_)
    best_taken = taken.copy()
    scale, idle, bound = pace[0], pace[1], -np.inf
    for step in range(steps):
        for j in range(sites):
            value, dual[j] = _knapsack(columns, weight, capacity, now, j, part)
            save[j] = fee[j] + value
        value = now.sum() + _choose_paid(save, must, fewest, most, taken)
        if value > bound:
            if step > 0:
                idle = 0.0 if value > bound + 1e-6 * abs(bound) else idle + 1.0
            bound = value
            price[:], best_save[:], best_dual[:], best_taken[:] = now, save, dual, taken
        else:
            idle += 1.0
        if bound >= least or scale < 1e-4:
            break
        if idle >= patience:
            idle, scale = 0.0, scale * 0.5
            now[:] = price
            way[:] = 0.0
        slope = np.ones(n)
        for j in range(sites):
            if taken[j]:
                for k in range(ptr[j], ptr[j + 1]):
                    slope[demand[k]] -= part[k]
        old = (way * way).sum()
        keep = max(0.0, -1.5 * (slope * way).sum() / old) if old > 0.0 else 0.0
        way = slope + keep * way
        norm = (way * way).sum()
        if norm == 0.0:
            break
        aim = least if least < np.inf else value + 0.05 * abs(value) + 1.0
        now += scale * max(aim - value, 1e-9 * abs(value)) / norm * way
    pace[0], pace[1] = scale, idle
    return bound, best_save, best_dual, best_taken


@jit
def _over(load, capacity):
    return max(0.0, load - capacity * (1.0 + 1e-12))


@jit
def _cost_of(rows, i, j):
    """Return what demand ``i`` costs at site ``j``, infinite if it does not reach it."""
    ptr, site, cost = rows
    low, high = ptr[i], ptr[i + 1]
    while low < high:
        mid = (low + high) // 2
        if site[mid] < j:
            low = mid + 1
        else:
            high = mid
    return cost[low] if low < ptr[i + 1] and site[low] == j else np.inf


@jit
def settle(rows, weight, capacity, is_open, at, fine, cost_at, load):
    """
    Give each demand one open site, then shift and swap while that saves; return cost, excess.

    Demands whose ``at`` is open stay where they are at first. ``rows`` stand by site. Weight above
    a capacity, or without a site, is fined by the unit.
    """
    load[:] = 0.0
    n = weight.size
    lost = np.zeros(n, np.bool_)
    for i in range(n):
        if at[i] >= 0 and is_open[at[i]]:
            load[at[i]] += weight[i]
            cost_at[i] = _cost_of(rows, i, at[i])
        else:
            lost[i], at[i], cost_at[i] = True, -1, 2.0 * fine * (weight[i] + 1.0)
    away = np.flatnonzero(lost)
    for i in away[np.argsort(-weight[away])]:
        _shift(rows, weight, capacity, is_open, at, fine, cost_at, load, i)
    while True:
        moved = False
        for i in range(n):
            moved |= _shift(rows, weight, capacity, is_open, at, fine, cost_at, load, i)
        for i in range(n):
            moved |= _swap(rows, weight, capacity, is_open, at, fine, cost_at, load, i)
        if not moved:
            break
    excess = 0.0
    for j in range(capacity.size):
        excess += _over(load[j], capacity[j])
    for i in range(n):
        if at[i] < 0:
            excess += weight[i] + 1.0
    return cost_at.sum(), excess


@jit
def _shift(rows, weight, capacity, is_open, at, fine, cost_at, load, i):
    """Move one demand to the site where it costs least, fines counted; tell whether it moved."""
    ptr, site, cost = rows
    a, w = at[i], weight[i]
    now = cost_at[i]
    if a >= 0:
        now += fine * (_over(load[a], capacity[a]) - _over(load[a] - w, capacity[a]))
    best, least = -1, now - 1e-9 * (1.0 + abs(now))
    for k in range(ptr[i], ptr[i + 1]):
        b = site[k]
        if b == a or not is_open[b] or cost[k] >= least:
            continue
        new = cost[k] + fine * (_over(load[b] + w, capacity[b]) - _over(load[b], capacity[b]))
        if new < least:
            best, least = k, new
    if best < 0:
        return False
    if a >= 0:
        load[a] -= w
    at[i], cost_at[i] = site[best], cost[best]
    load[site[best]] += w
    return True


@jit
def _swap(rows, weight, capacity, is_open, at, fine, cost_at, load, i):
    """Exchange the sites of one demand and the best other one; tell whether it saved."""
    ptr, site, cost = rows
    a, w = at[i], weight[i]
    if a < 0:
        return False
    best, gain = -1, 1e-9 * (1.0 + abs(cost_at[i]))
    there, full = 0.0, load[a] > capacity[a]
    for k in range(ptr[i], ptr[i + 1]):
        b = site[k]
        if b == a or not is_open[b] or not (cost[k] < cost_at[i] or full):
            continue  # one of the two must gain by itself, or a load must shrink
        for other in range(at.size):
            if at[other] != b:
                continue
            back = _cost_of(rows, other, a)
            if back == np.inf:
                continue
            v = weight[other]
            fined = (
                _over(load[a], capacity[a])
                - _over(load[a] - w + v, capacity[a])
                + _over(load[b], capacity[b])
                - _over(load[b] - v + w, capacity[b])
            )
            saved = cost_at[i] + cost_at[other] - cost[k] - back + fine * fined
            if saved > gain:
                best, gain, there = other, saved, cost[k]
    if best < 0:
        return False
    b, v = at[best], weight[best]
    cost_at[best] = _cost_of(rows, best, a)
    at[i], cost_at[i], at[best] = b, there, a
    load[a] += v - w
    load[b] += w - v
    return True


@jit
def wander(rows, weight, capacity, fee, must, fixed_count, is_open, at, fine, rounds, state):
    """
    Open, close and swap sites at random and settle again; keep what is no worse.

    Returns
    -------
    cost, excess
        Of the set kept in ``is_open`` with the assignment ``at``, fees included.
    """
    ptr, site, _ = rows
    n = weight.size
    cost_at, load = np.zeros(n), np.zeros(fee.size)
    cost, excess = settle(rows, weight, capacity, is_open, at, fine, cost_at, load)
    cost += fee[is_open].sum()
    trial, trial_at = is_open.copy(), at.copy()
    for _ in range(rounds):
        trial[:], trial_at[:] = is_open, at
        i = random(state, n)
        if ptr[i] == ptr[i + 1]:
            continue
        into = site[ptr[i] + random(state, ptr[i + 1] - ptr[i])]
        out = trial_at[random(state, n)] if random(state, 3) == 0 else trial_at[i]
        kind = 2 if fixed_count else random(state, 3)
        if kind != 1 and trial[into]:
            continue
        if kind != 0 and (out < 0 or must[out]):
            continue
        if kind != 1:
            trial[into] = True
        if kind != 0:
            trial[out] = False
        new, more = settle(rows, weight, capacity, trial, trial_at, fine, cost_at, load)
        new += fee[trial].sum()
        if new + fine * more <= cost + fine * excess:
            is_open[:], at[:] = trial, trial_at
            cost, excess = new, more
    return cost, excess
