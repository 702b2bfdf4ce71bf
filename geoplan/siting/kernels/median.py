"""
Kernels of the p-median (P-中位内核): fast interchange and the Lagrangian dual, compiled by numba.

Rows hold, for each demand, the sites that would serve it for less than ``base``, the nearest
first, so every loop stops at the first site that is too far. Costs are weight x minutes.
"""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit


@jit
def serve(rows, base, is_open, at, first, second, who, other):
    """Find again the two cheapest open sites of the demands named; -1 is the ``base``."""
    ptr, site, cost = rows
    for i in at:
        first[i], second[i], who[i], other[i] = base[i], base[i], -1, -1
        for k in range(ptr[i], ptr[i + 1]):
            if is_open[site[k]]:
                if who[i] < 0:
                    first[i], who[i] = cost[k], site[k]
                else:
                    second[i], other[i] = cost[k], site[k]
                    break


@jit
def total(rows, base, is_open):
    """Return what all demands cost with some sites open."""
    ptr, site, cost = rows
    out = 0.0
    for i in range(base.size):
        best = base[i]
        for k in range(ptr[i], ptr[i + 1]):
            if is_open[site[k]]:
                best = cost[k]
                break
        out += best
    return out


@jit
def _losses(first, second, who, loss):
    loss[:] = 0.0
    for i in range(first.size):
        if who[i] >= 0:
            loss[who[i]] += second[i] - first[i]


@jit
def _best_out(opened, loss, save):
    """Return the open site whose closing costs least, and what it costs."""
    out, least = -1, np.inf
    for r in opened:
        cost = loss[r] - save[r]
        save[r] = 0.0
        if cost < least:
            out, least = r, cost
    return out, least


@jit
def greedy(columns, base, count, is_open):
    """Open sites one by one, each where it saves most; gains are looked up only when needed."""
    cptr, demand, column_cost = columns
    first = base.copy()
    sites = cptr.size - 1
    gain = np.full(sites, np.inf)
    for _ in range(count):
        best, fresh = -1, np.zeros(sites, np.bool_)
        while True:
            best = -1
            for j in range(sites):
                if not is_open[j] and (best < 0 or gain[j] > gain[best]):
                    best = j
            if fresh[best]:
                break
            gain[best], fresh[best] = 0.0, True
            for k in range(cptr[best], cptr[best + 1]):
                gain[best] += max(0.0, first[demand[k]] - column_cost[k])
        is_open[best] = True
        for k in range(cptr[best], cptr[best + 1]):
            first[demand[k]] = min(first[demand[k]], column_cost[k])


@jit
def interchange(rows, columns, base, is_open, begin, most):
    """
    Swap an open site for a closed one while that saves, and return the number of swaps.

    For each closed site all swaps are valued in one pass over who could use it (Whitaker 1983);
    the first that saves is done. It ends when no swap saves, or after ``most``.
    """
    cptr, demand, column_cost = columns
    n, sites = base.size, cptr.size - 1
    first, second = np.empty(n), np.empty(n)
    who, other = np.empty(n, np.int32), np.empty(n, np.int32)
    serve(rows, base, is_open, np.arange(n), first, second, who, other)
    loss, save = np.zeros(sites), np.zeros(sites)
    _losses(first, second, who, loss)
    opened = np.flatnonzero(is_open)
    swaps, idle, j = 0, 0, begin % sites
    tiny = 1e-12 * base.sum()
    changed = np.empty(n, np.int64)
    while idle < sites and swaps < most and opened.size:
        idle += 1
        j = j + 1 if j + 1 < sites else 0
        if is_open[j]:
            continue
        gain = 0.0
        for k in range(cptr[j], cptr[j + 1]):
            i, c = demand[k], column_cost[k]
            if c < second[i]:
                if c < first[i]:
                    gain += first[i] - c
                if who[i] >= 0:
                    save[who[i]] += second[i] - max(c, first[i])
        out, least = _best_out(opened, loss, save)
        if gain - least <= tiny:
            continue
        is_open[j], is_open[out] = True, False
        opened[np.searchsorted(opened, out)] = j
        opened.sort()
        count = 0
        for k in range(cptr[j], cptr[j + 1]):
            if column_cost[k] < second[demand[k]]:
                changed[count] = demand[k]
                count += 1
        serve(rows, base, is_open, changed[:count], first, second, who, other)
        count = 0
        for k in range(cptr[out], cptr[out + 1]):
            i = demand[k]
            if who[i] == out or other[i] == out:
                changed[count] = i
                count += 1
        serve(rows, base, is_open, changed[:count], first, second, who, other)
        _losses(first, second, who, loss)
        swaps, idle = swaps + 1, 0
    return swaps


@jit
def reduced(rows, price, rho):
    """Add up what each site saves at some prices, and return how many pairs were looked at."""
    ptr, site, cost = rows
    rho[:] = 0.0
    reads = 0
    for i in range(price.size):
        top = price[i]
        for k in range(ptr[i], ptr[i + 1]):
            gain = cost[k] - top
            if gain >= 0.0:
                break
            rho[site[k]] += gain
            reads += 1
    return reads


@jit
def choose(rho, count, taken):
    """Take the sites that save most; return what they save together."""
    taken[:] = False
    out = 0.0
    for j in np.argsort(rho)[:count]:
        taken[j] = True
        out += rho[j]
    return out


@jit
def ascend(rows, base, price, sites, count, least, steps, pace, patience):
    """
    Raise the Lagrangian bound by subgradient steps, from and into ``price``.

    The assignment of each demand is relaxed: its price is paid once and every open site that costs
    less than the price gives the difference back. The step is Polyak's towards ``least``, its
    scale halved after ``patience`` steps without a better bound; the direction is the subgradient
    and some of the one before (Camerini, Fratta, Maffioli 1975).

    Parameters
    ----------
    count
        How many sites are open.
    least
        Cost to aim at: a bound that reaches it is enough.
    pace
        Scale of the step, and steps without a better bound; both are changed.

    Returns
    -------
    bound, rho, share, best_set, best_cost, reads
        The best bound, what sites save at its prices, how often each was taken lately, the
        cheapest set of sites met, its cost, and the work done.
    """
    ptr, site, cost = rows
    n = base.size
    now, way = price.copy(), np.zeros(n)
    rho, best_rho = np.zeros(sites), np.zeros(sites)
    taken, best_set = np.zeros(sites, np.bool_), np.zeros(sites, np.bool_)
    share = np.zeros(sites)
    bound, best_cost, reads, since = -np.inf, np.inf, 0, 0
    scale, idle = pace[0], pace[1]
    for step in range(steps):
        reads += reduced(rows, now, rho)
        value = now.sum() + choose(rho, count, taken)
        for j in range(sites):
            share[j] += (max(0.1, 1.0 / (step + 1))) * (taken[j] - share[j])
        since += 1
        if value > bound:
            if step > 0:
                idle = 0.0 if value > bound + 1e-6 * abs(bound) else idle + 1.0
            bound = value
            price[:], best_rho[:] = now, rho
        else:
            idle += 1.0
        if since >= 8 or step == 0:
            since = 0
            c = total(rows, base, taken)
            if c < best_cost:
                best_cost = c
                best_set[:] = taken
        if bound >= least or scale < 1e-4:
            break
        if idle >= patience:
            idle, scale = 0.0, scale * 0.5
            now[:] = price
            way[:] = 0.0
        norm, dot, old = 0.0, 0.0, 0.0
        slope = np.empty(n)
        for i in range(n):
            g = 1.0
            for k in range(ptr[i], ptr[i + 1]):
                if cost[k] >= now[i]:
                    break
                if taken[site[k]]:
                    g -= 1.0
            if now[i] >= base[i] and g > 0:
                g = 0.0
            slope[i] = g
            dot += g * way[i]
            old += way[i] * way[i]
        keep = max(0.0, -1.5 * dot / old) if old > 0 else 0.0
        for i in range(n):
            way[i] = slope[i] + keep * way[i]
            norm += way[i] * way[i]
        if norm == 0.0:
            break
        size = scale * (min(least, 1.05 * abs(least)) - value) / norm
        for i in range(n):
            now[i] = min(base[i], max(0.0, now[i] + size * way[i]))
    pace[0], pace[1] = scale, idle
    return bound, best_rho, share, best_set, best_cost, reads


@jit
def random(state, below):
    """Return the next whole number under ``below`` of a xorshift generator."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x % np.uint64(below))


@jit
def _shake(rows, is_open, swaps, state):
    """Swap some open sites for others near a demand they serve, at random."""
    ptr, site, _ = rows
    for _ in range(swaps):
        i = random(state, ptr.size - 1)
        out = -1
        for k in range(ptr[i], ptr[i + 1]):
            if is_open[site[k]]:
                out = k
                break
        if out < 0:
            continue
        near = min(ptr[i + 1], out + 3 + (out - ptr[i]) // 2)
        into = site[ptr[i] + random(state, near - ptr[i])]
        if not is_open[into]:
            is_open[into], is_open[site[out]] = True, False


@jit
def search(rows, columns, base, is_open, rounds, state):
    """
    Shake and interchange again and again, keep what is no worse; return the least cost.

    Iterated local search: one to three sites are moved to a neighbour, more the longer nothing
    was found.
    """
    best = total(rows, base, is_open)
    trial, idle = is_open.copy(), 0
    for _ in range(rounds):
        trial[:] = is_open
        _shake(rows, trial, 1 + min(idle // 8, 2) + random(state, 2), state)
        interchange(rows, columns, base, trial, random(state, is_open.size), 1 << 40)
        cost = total(rows, base, trial)
        idle += 1
        if cost <= best:
            if cost < best:
                idle = 0
            is_open[:] = trial
            best = cost
    return best


@jit
def fix(rho, count, bound, cutoff, state):
    """
    Fix sites by their reduced cost: 1 open, -1 closed, 0 either; return how many are fixed.

    A site that is not taken comes in for the worst one taken, one that is taken goes for the best
    one not taken; where the bound then reaches the cutoff, it stays as it is in every better
    answer.
    """
    order = np.argsort(rho)
    worst, best = rho[order[count - 1]], rho[order[count]]
    fixed = 0
    state[:] = 0
    for k in range(rho.size):
        j = order[k]
        if k < count and bound - rho[j] + best >= cutoff:
            state[j] = 1
            fixed += 1
        elif k >= count and bound + rho[j] - worst >= cutoff:
            state[j] = -1
            fixed += 1
    return fixed


@jit
def compress(rows, base, state):
    """
    Make open sites (1) the base, drop closed ones (-1) and pairs that save nothing.

    Returns
    -------
    rows, base
        With the sites' old numbers; demands left without pairs have empty rows.
    """
    ptr, site, cost = rows
    n = base.size
    low, new_ptr = base.copy(), np.zeros(n + 1, np.int64)
    new_site, new_cost, at = np.empty_like(site), np.empty_like(cost), 0
    for i in range(n):
        for k in range(ptr[i], ptr[i + 1]):
            j = site[k]
            if cost[k] >= low[i]:
                break
            if state[j] > 0:
                low[i] = cost[k]
                break
            if state[j] == 0:
                new_site[at], new_cost[at] = j, cost[k]
                at += 1
        new_ptr[i + 1] = at
    return (new_ptr, new_site[:at].copy(), new_cost[:at].copy()), low


# Sites with a capacity -------------------------------------------------------------------------
