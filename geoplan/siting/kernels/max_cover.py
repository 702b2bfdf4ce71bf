"""
Kernels of maximal covering (最大覆盖内核): smaller, searched by swaps, bounded by a saddle point.

``rows`` is pointer and candidate of each demand, ``columns`` pointer and demand of each candidate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.jit import jit, leaf

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]


@jit
def hashes(ptr, candidate, keys):
    """Return the sum of the keys of each row: equal rows have equal sums."""
    out = np.zeros(ptr.size - 1, np.uint64)
    for i in range(out.size):
        for a in range(ptr[i], ptr[i + 1]):
            out[i] += keys[candidate[a]]
    return out


@leaf
def _same(ptr, candidate, i, k):
    """Tell whether two rows are equal."""
    size = ptr[i + 1] - ptr[i]
    if ptr[k + 1] - ptr[k] != size:
        return False
    a, b = ptr[i], ptr[k]
    while a < ptr[i + 1] and candidate[a] == candidate[b]:
        a, b = a + 1, b + 1
    return a == ptr[i + 1]


@jit
def alike(ptr, candidate, kind, order):
    """
    Return a row equal to each row, the same for all that are equal and of one kind.

    Equal rows stand together in ``order``. Where a hash deceives, rows merely stay apart.
    """
    first = np.empty(order.size, np.int64)
    lead = -1
    for i in order:
        if lead < 0 or kind[lead] != kind[i] or not _same(ptr, candidate, lead, i):
            lead = i
        first[i] = lead
    return first


@leaf
def _inside(ptr, demand, j, k):
    """Tell whether column j is part of column k; both rise."""
    b, end = ptr[k], ptr[k + 1]
    for a in range(ptr[j], ptr[j + 1]):
        while b < end and demand[b] < demand[a]:
            b += 1
        if b == end or demand[b] != demand[a]:
            return False
        b += 1
    return True


@jit
def needed(rows, columns, cost, counted):
    """
    Tell which candidates may be in a best answer: those no other one outdoes.

    One outdoes another that reaches all the other reaches and costs no more; of two alike the
    lower number stays. ``counted`` is how far costs matter at all.
    """
    row_ptr, candidate = rows
    ptr, demand = columns
    out = np.ones(ptr.size - 1, np.bool_)
    for j in range(out.size):
        size = ptr[j + 1] - ptr[j]
        if size == 0:
            out[j] = False
            continue
        rare = demand[ptr[j]]
        for a in range(ptr[j], ptr[j + 1]):
            i = demand[a]
            if row_ptr[i + 1] - row_ptr[i] < row_ptr[rare + 1] - row_ptr[rare]:
                rare = i
        for a in range(row_ptr[rare], row_ptr[rare + 1]):
            k = candidate[a]
            other = ptr[k + 1] - ptr[k]
            if k == j or other < size or (counted and cost[k] > cost[j]):
                continue
            tie = other == size and (not counted or cost[k] == cost[j])
            if (tie and k > j) or not _inside(ptr, demand, j, k):
                continue
            out[j] = False
            break
    return out


class Cover(NamedTuple):
    """
    Which candidates are open, and what each would win or lose.

    Parameters
    ----------
    is_open
        Of each candidate.
    times
        How many open candidates reach each demand.
    owner
        Sum of their numbers: the one itself where there is one.
    gain
        Weight that opening a candidate would add.
    loss
        Weight that closing an open one would take away.
    """

    is_open: BoolArray
    times: IntArray
    owner: IntArray
    gain: FloatArray
    loss: FloatArray


@jit
def flip(rows, columns, weight, cover, j):
    """Open a closed candidate or close an open one; return what that adds to the weight covered."""
    row_ptr, candidate = rows
    ptr, demand = columns
    is_open, times, owner, gain, loss = cover
    change = -loss[j] if is_open[j] else gain[j]
    step = -1 if is_open[j] else 1
    is_open[j] = not is_open[j]
    for a in range(ptr[j], ptr[j + 1]):
        i = demand[a]
        before = times[i]
        after = before + step
        if before == 1 and step > 0:
            loss[owner[i]] -= weight[i]
        times[i] = after
        owner[i] += step * j
        if after == 1 and step < 0:
            loss[owner[i]] += weight[i]
        if before == 0 or after == 0:
            loss[j] += step * weight[i]
            for b in range(row_ptr[i], row_ptr[i + 1]):
                gain[candidate[b]] -= step * weight[i]
    return change


@jit
def fill(rows, columns, weight, cover, cost, left, room, by_cost):
    """Open the best candidate that fits, by weight or by weight per cost, until none adds any."""
    while left > 0:
        best, value = -1, 0.0
        for j in range(cost.size):
            if cover.is_open[j] or cost[j] > room or cover.gain[j] <= 0:
                continue
            now = cover.gain[j] / max(cost[j], 1e-12) if by_cost else cover.gain[j]
            if now > value:
                best, value = j, now
        if best < 0:
            return
        flip(rows, columns, weight, cover, best)
        left, room = left - 1, room - cost[best]


@leaf
def _random(state):
    """Return a number below 1 (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.float64((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@leaf
def _shared(columns, weight, cover, j, k):
    """Return the weight that only open k reaches and j reaches too."""
    ptr, demand = columns
    found = 0.0
    for a in range(ptr[j], ptr[j + 1]):
        i = demand[a]
        if cover.owner[i] == k and cover.times[i] == 1:
            found += weight[i]
    return found


@jit
def anneal(rows, columns, weight, cover, cost, limits, price, best, best_open, heat, moves, random):
    """
    Swap, open and close candidates at random, worse ones ever more seldom; return the best value.

    Parameters
    ----------
    limits
        Most candidates, most cost.
    price
        What a unit of cost is worth in weight: slack of the budget is no loss.
    best, best_open
        Best weight covered yet, and by whom; the latter is written.
    heat
        Weight that is lost with probability 1/e, at first and at last.
    moves
        How many to try.
    random
        State of the generator, not zero.

    Notes
    -----
    Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983); swaps are with a candidate that shares
    a demand, nine times of ten.
    """
    row_ptr, candidate = rows
    ptr, demand = columns
    most, budget = limits
    n = cost.size
    chosen, count, spent, value = np.empty(n, np.int64), 0, 0.0, 0.0
    for j in range(n):
        if cover.is_open[j]:
            chosen[count] = j
            count += 1
            spent += cost[j]
    for i in range(weight.size):
        value += weight[i] if cover.times[i] > 0 else 0.0
    temperature, cooler = heat[0], (heat[1] / heat[0]) ** (1.0 / moves)
    loose = price > 0
    for _ in range(moves):
        temperature *= cooler
        need = temperature * np.log(max(_random(random), 1e-300))
        kind = _random(random)
        if count < most and (count == 0 or kind < 0.1):
            j = int(_random(random) * n)
            if (
                not cover.is_open[j]
                and spent + cost[j] <= budget
                and (cover.gain[j] - price * cost[j] >= need)
            ):
                value += flip(rows, columns, weight, cover, j)
                chosen[count] = j
                count, spent = count + 1, spent + cost[j]
        else:
            if count == 0:
                return best
            place = int(_random(random) * count)
            k = chosen[place]
            if loose and kind > 0.9:
                if price * cost[k] - cover.loss[k] >= need:
                    value += flip(rows, columns, weight, cover, k)
                    count -= 1
                    chosen[place] = chosen[count]
                    spent -= cost[k]
                continue
            j = int(_random(random) * n)
            if kind < 0.82:
                i = demand[ptr[k] + int(_random(random) * (ptr[k + 1] - ptr[k]))]
                j = candidate[row_ptr[i] + int(_random(random) * (row_ptr[i + 1] - row_ptr[i]))]
            if cover.is_open[j] or spent - cost[k] + cost[j] > budget:
                continue
            change = cover.gain[j] - cover.loss[k] - price * (cost[j] - cost[k])
            if change + cover.loss[k] < need:
                continue
            if change < need and change + _shared(columns, weight, cover, j, k) < need:
                continue
            value += flip(rows, columns, weight, cover, k) + flip(rows, columns, weight, cover, j)
            chosen[place] = j
            spent += cost[j] - cost[k]
        if value > best + 1e-9 * abs(best):
            best = value
            best_open[:] = cover.is_open
    return best
