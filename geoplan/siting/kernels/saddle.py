"""
Kernels of the bound of maximal covering (鞍点内核): prices of demand, and cuts of three.

``rows`` is pointer and candidate of each demand, ``columns`` pointer and demand of each candidate.
"""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit, leaf


@leaf
def _fit(point, rate, cost, limits, price, share):
    """Write shares nearest to a point at some price; return count, cost (over) and slopes."""
    count, spent, by_count, by_cost = 0.0, 0.0, 0.0, 0.0
    for j in range(point.size):
        value = point[j] - rate[j] * (price[0] + price[1] * cost[j])
        value = min(max(value, 0.0), 1.0)
        share[j] = value
        count += value
        spent += value * cost[j]
        if 0.0 < value < 1.0:
            by_count += rate[j]
            by_cost += rate[j] * cost[j] * cost[j]
    return count - limits[0], spent - limits[1], by_count, by_cost


@leaf
def _meet(point, rate, cost, limits, price, share, which):
    """Find the least price at which one limit holds, by Newton steps within halves."""
    low, high = 0.0, 0.0
    for j in range(point.size):
        unit = 1.0 if which == 0 else cost[j]
        if unit > 0:
            high = max(high, point[j] / (rate[j] * unit))
    price[which] = min(price[which], high)
    for _ in range(60):
        over = _fit(point, rate, cost, limits, price, share)
        now = price[which]
        if abs(over[which]) <= 1e-9 * limits[which] or (now == 0.0 and over[which] <= 0):
            return over
        if over[which] > 0:
            low = now
        else:
            high = now
        new = now + over[which] / over[2 + which]
        price[which] = new if low < new < high else (0.0 if low == 0 > new else (low + high) / 2)
    return over


@leaf
def _nearest(point, rate, cost, limits, price, share):
    """Write the shares nearest to a point that hold both limits."""
    start, price[1] = price[1], 0.0
    if _meet(point, rate, cost, limits, price, share, 0)[1] <= 1e-9 * limits[1]:
        return
    price[1] = start
    for _ in range(30):
        if _meet(point, rate, cost, limits, price, share, 1)[0] <= 1e-9 * limits[0]:
            return
        price[0] = max(price[0], 1e-12)
        if _meet(point, rate, cost, limits, price, share, 0)[1] <= 1e-9 * limits[1]:
            return


@jit
def sweep(rows, weight, cuts, cost, limits, now, total, rates, balance, price, sweeps):
    """
    Step the saddle point of the relaxed problem, shares against prices, and add up its points.

    Parameters
    ----------
    cuts
        See `odd_triples`: demands of each, pointer, candidate and factor, and how many of them
        each demand is in.
    limits
        Most candidates, most cost.
    now, total
        Share of each candidate, cover of each demand, price of each demand, price of each cut; and
        their sums so far.
    rates
        Inverse step of candidates and demands, step of cuts.
    balance
        Step of prices over step of shares.
    price
        Of a candidate and of a unit of cost: written.

    Notes
    -----
    Chambolle & Pock (2011) with the diagonal steps of Pock & Chambolle (2011). The cover of a
    demand in no cut is left out: its price then stays at most its weight.
    """
    ptr, candidate = rows
    triple, cut_ptr, cut_candidate, factor, uses = cuts
    share, cover, row_price, cut_price = now
    rate = rates[0] / balance
    pull, point = np.zeros(share.size), np.empty(share.size)
    new, ahead = np.empty(share.size), np.empty(share.size)
    burden, cover_ahead = np.zeros(cover.size), np.ones(cover.size)
    _pull(rows, cuts, row_price, cut_price, pull, burden)
    for _ in range(sweeps):
        for j in range(share.size):
            point[j] = share[j] + rate[j] * pull[j]
        _nearest(point, rate, cost, limits, price, new)
        for j in range(share.size):
            ahead[j] = 2 * new[j] - share[j]
            share[j] = new[j]
            total[0][j] += new[j]
            pull[j] = 0.0
        for i in range(cover.size):
            low, high = ptr[i], ptr[i + 1]
            top, then = weight[i], 1.0
            if uses[i] > 0:
                then = cover[i] + (weight[i] - row_price[i] - burden[i]) * rates[1][i] / balance
                then = min(max(then, 0.0), 1.0)
                cover_ahead[i] = 2 * then - cover[i]
                top, burden[i] = np.inf, 0.0
            cover[i] = then
            total[1][i] += then
            lack = cover_ahead[i] if uses[i] > 0 else 1.0
            for a in range(low, high):
                lack -= ahead[candidate[a]]
            value = row_price[i] + balance * weight[i] / (high - low + (uses[i] > 0)) * lack
            value = min(max(value, 0.0), top)
            row_price[i] = value
            total[2][i] += value
            if value > 0:
                for a in range(low, high):
                    pull[candidate[a]] += value
        for c in range(cut_price.size):
            over = -1.0
            for e in range(3):
                over += cover_ahead[triple[c, e]]
            for a in range(cut_ptr[c], cut_ptr[c + 1]):
                over -= factor[a] * ahead[cut_candidate[a]]
            value = max(0.0, cut_price[c] + balance * rates[2][c] * over)
            cut_price[c] = value
            total[3][c] += value
            if value > 0:
                for e in range(3):
                    burden[triple[c, e]] += value
                for a in range(cut_ptr[c], cut_ptr[c + 1]):
                    pull[cut_candidate[a]] += factor[a] * value


@leaf
def _pull(rows, cuts, row_price, cut_price, pull, burden):
    """Add up what each candidate is worth at some prices, and what cuts take from each demand."""
    ptr, candidate = rows
    triple, cut_ptr, cut_candidate, factor, _ = cuts
    for i in range(row_price.size):
        for a in range(ptr[i], ptr[i + 1]):
            pull[candidate[a]] += row_price[i]
    for c in range(cut_price.size):
        for e in range(3):
            burden[triple[c, e]] += cut_price[c]
        for a in range(cut_ptr[c], cut_ptr[c + 1]):
            pull[cut_candidate[a]] += factor[a] * cut_price[c]


@jit
def worth(rows, weight, cuts, cost, limits, row_price, cut_price):
    """
    Return the bound that prices prove, each candidate's worth net of cost, and the price of cost.

    Notes
    -----
    Lagrangian relaxation of cover and cuts; of a budget beside a number of sites too, at the price
    that bounds best. Whatever the prices, no answer is better.
    """
    pull, burden = np.zeros(cost.size), np.zeros(weight.size)
    _pull(rows, cuts, row_price, cut_price, pull, burden)
    base = cut_price.sum()
    for i in range(weight.size):
        base += max(0.0, weight[i] - row_price[i] - burden[i])
    most = int(min(limits[0], cost.size))
    low, high, price, best, best_price = 0.0, 0.0, 0.0, np.inf, 0.0
    for j in range(cost.size):
        if cost[j] > 0:
            high = max(high, pull[j] / cost[j])
    for _ in range(60):
        order = np.argsort(-(pull - price * cost))[:most]
        value, spent = base, 0.0
        for j in order:
            if pull[j] - price * cost[j] > 0:
                value += pull[j] - price * cost[j]
                spent += cost[j]
        if limits[1] < np.inf:
            value += price * limits[1]
        if value < best:
            best, best_price = value, price
        if price == 0.0 and spent <= limits[1]:
            break
        if spent > limits[1]:
            low = price
        else:
            high = price
        price = (low + high) / 2
        if high - low <= 1e-12 * high:
            break
    return best, pull - best_price * cost, best_price


@jit
def attained(rows, weight, cuts, share, cover):
    """Return what some shares cover if each demand in a cut gives way until the cut holds."""
    ptr, candidate = rows
    triple, cut_ptr, cut_candidate, factor, uses = cuts
    part = np.empty(weight.size)
    for i in range(weight.size):
        reach = 0.0
        for a in range(ptr[i], ptr[i + 1]):
            reach += share[candidate[a]]
        part[i] = min(1.0, reach, cover[i] if uses[i] > 0 else 1.0)
    for c in range(triple.shape[0]):
        over = -1.0
        for a in range(cut_ptr[c], cut_ptr[c + 1]):
            over -= factor[a] * share[cut_candidate[a]]
        for e in range(3):
            over += part[triple[c, e]]
        for e in range(3):
            i = triple[c, e]
            less = min(max(over, 0.0), part[i])
            part[i] -= less
            over -= less
    return (part * weight).sum()


@leaf
def _meeting(ptr, candidate, share, i, k):
    """Return the share of the candidates two rows have in common."""
    a, b, found = ptr[i], ptr[k], 0.0
    while a < ptr[i + 1] and b < ptr[k + 1]:
        if candidate[a] == candidate[b]:
            found += share[candidate[a]]
            a, b = a + 1, b + 1
        elif candidate[a] < candidate[b]:
            a += 1
        else:
            b += 1
    return found


@jit
def odd_triples(rows, columns, weight, share, order, span, uses, partners, most):
    """
    Find three demands of which shares cover more than any sites could.

    Parameters
    ----------
    rows, columns
        Of candidates with a share only.
    weight
        Of the demands.
    share
        Of each candidate.
    order
        Demands to look at, the most promising first.
    span
        Which of ``order`` are looked at now, from and to.
    uses
        In how many triples each demand is: read and written.
    partners
        With how many others each is tried.
    most
        In how many triples a demand may be.

    Returns
    -------
    triple
        Demands, three each.

    Notes
    -----
    Whatever is open, the three are covered at most 1 + (open candidates that reach one or two of
    them) + 2 (open ones that reach all): half of the sum of their three rows and of three ones,
    rounded (Chvatal-Gomory). Where shares cover three demands in pairs, the relaxed cover is 3 for
    1.5 candidates; this cut allows 2.5.
    """
    ptr, candidate = rows
    col_ptr, demand = columns
    rank = np.full(weight.size, -1, np.int64)
    rank[order] = np.arange(order.size)
    full, meet = np.zeros(weight.size), np.zeros(weight.size)
    for i in range(weight.size):
        for a in range(ptr[i], ptr[i + 1]):
            full[i] += share[candidate[a]]
    seen, near = np.empty(weight.size, np.int64), np.empty(partners, np.int64)
    out, found = np.empty(((span[1] - span[0]) * most, 3), np.int64), 0
    mine, pair = np.zeros(most), np.zeros((most, 2), np.int64)
    for i in order[span[0] : span[1]]:
        if uses[i] >= most:
            continue
        n = 0
        for a in range(ptr[i], ptr[i + 1]):
            j = candidate[a]
            for b in range(col_ptr[j], col_ptr[j + 1]):
                k = demand[b]
                if rank[k] > rank[i] and uses[k] < most:
                    if meet[k] == 0.0:
                        seen[n] = k
                        n += 1
                    meet[k] += share[j]
        kept = 0
        for at in np.sort(rank[seen[:n]]):
            k = order[at]
            if kept < partners and 0.05 < meet[k] < 0.95:
                near[kept] = k
                kept += 1
        mine[:] = 0.0
        for x in range(kept):
            k = near[x]
            for y in range(x):
                h = near[y]
                both = _meeting(ptr, candidate, share, h, k) if meet[k] + meet[h] > 0.1 else 0.0
                if meet[k] + meet[h] + both <= 1.0:
                    continue
                three = 0.0
                for a in range(ptr[i], ptr[i + 1]):
                    j = candidate[a]
                    if _has(ptr, candidate, h, j) and _has(ptr, candidate, k, j):
                        three += share[j]
                over = min(1.0, full[i]) + min(1.0, full[h]) + min(1.0, full[k]) - 1.0
                over -= full[i] + full[h] + full[k] - meet[h] - meet[k] - both + 2 * three
                value = over * min(weight[h], weight[k])
                least = np.argmin(mine)
                if over > 0.02 and value > mine[least]:
                    mine[least], pair[least, 0], pair[least, 1] = value, h, k
        for x in range(n):
            meet[seen[x]] = 0.0
        for x in np.argsort(-mine):
            h, k = pair[x]
            if mine[x] > 0 and uses[i] < most and uses[h] < most and uses[k] < most:
                out[found, 0], out[found, 1], out[found, 2] = i, h, k
                found += 1
                for demand_in in (i, h, k):
                    uses[demand_in] += 1
    return out[:found]


@leaf
def _has(ptr, candidate, i, j):
    """Tell whether a row has a candidate."""
    for a in range(ptr[i], ptr[i + 1]):
        if candidate[a] >= j:
            return candidate[a] == j
    return False
