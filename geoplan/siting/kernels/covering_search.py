"""Local search of set covering (覆盖局部搜索): sites change places as long as rows stay covered."""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit, leaf

_BITS = np.uint64(0x9E3779B97F4A7C15)
_TINY = 1e-9


@leaf
def _random(state):
    """Return the next of a row of random numbers (xorshift)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@leaf
def _list(members, place, count, j, wanted):
    """Put a number on a list, or take it off; return how many there are."""
    if wanted:
        place[j], members[count] = count, j
        return count + 1
    last = members[count - 1]
    members[place[j]], place[last] = last, place[j]
    return count - 1


@leaf
def _flip(cover, need, field, counts, step, j):
    """
    Open or close a column, and keep what each column would gain or lose.

    ``gain`` of a closed column is the weight of rows that still want one, of an open one the
    weight of rows that have none to spare; its own does not change. Columns that share a row
    with it may be opened again; it may not, once closed, until one of those moves.
    """
    ptr, col, cptr, row = cover
    weight, times, gain, is_open, moved, barred, bare, bare_at, opened, opened_at = field
    opening = not is_open[j]
    is_open[j], moved[j] = opening, step
    counts[0] = _list(opened, opened_at, counts[0], j, opening)
    for e in range(cptr[j], cptr[j + 1]):
        i = row[e]
        few = times[i] if opening else times[i] - 1
        times[i] += 1 if opening else -1
        if few == need[i] - 1:
            counts[1] = _list(bare, bare_at, counts[1], i, not opening)
        changes = few == need[i] or few == need[i] - 1
        change = -weight[i] if opening else weight[i]
        for f in range(ptr[i], ptr[i + 1]):
            k = col[f]
            barred[k] = False
            if changes and k != j and is_open[k] == (few == need[i]):
                gain[k] += change
    barred[j] = not opening


@leaf
def _worst(field, count, worth, step):
    """Return the open column missed least for its cost, of two the one that moved first; or -1."""
    _, _, gain, _, moved, _, _, _, opened, _ = field
    best, least = -1, np.inf
    for a in range(count):
        j = opened[a]
        loss = gain[j] * worth[j]
        if moved[j] != step - 1 and (
            loss < least or (loss == least and (moved[j], j) < (moved[best], best))
        ):
            best, least = j, loss
    return best


@leaf
def _best(cover, field, i, worth):
    """Return the closed column of a row that helps most for its cost; or -1."""
    ptr, col, _, _ = cover
    _, _, gain, is_open, moved, barred, _, _, _, _ = field
    best, most = -1, -1.0
    for e in range(ptr[i], ptr[i + 1]):
        j = col[e]
        if is_open[j] or barred[j]:
            continue
        more = gain[j] * worth[j]
        if more > most or (more == most and moved[j] < moved[best]):
            best, most = j, more
    return best


@jit
def _field(cover, need, is_open):
    """Return weights, times, gains and lists of a search, and how many are open and bare."""
    ptr, col, cptr, row = cover
    n, m = ptr.size - 1, cptr.size - 1
    times, gain = np.zeros(n, np.int64), np.zeros(m, np.int64)
    for j in np.flatnonzero(is_open):
        for e in range(cptr[j], cptr[j + 1]):
            times[row[e]] += 1
    for i in range(n):
        for e in range(ptr[i], ptr[i + 1]):
            gain[col[e]] += times[i] < need[i] + is_open[col[e]]
    bare, opened = np.flatnonzero(times < need), np.flatnonzero(is_open)
    counts = np.array([opened.size, bare.size])
    rows, columns = np.zeros(n, np.int64), np.zeros(m, np.int64)
    rows[: bare.size], columns[: opened.size] = bare, opened
    row_at, column_at = np.zeros(n, np.int64), np.zeros(m, np.int64)
    row_at[bare], column_at[opened] = np.arange(bare.size), np.arange(opened.size)
    field = (np.ones(n, np.int64), times, gain, is_open.copy(), np.full(m, -2, np.int64),
             np.zeros(m, np.bool_), rows, row_at, columns, column_at)  # fmt: skip
    return field, counts


@jit
def search(cover, need, cost, chosen, upper, lower, steps, state):
    """
    Look for a cheaper cover: close the least missed, cover what is left, weigh what stays bare.

    Parameters
    ----------
    cover, need, cost
        See the module.
    chosen
        A cover to begin with; the best is left in it.
    upper
        Its cost.
    lower
        Stop at a cover of no more.
    steps
        How many exchanges.
    state
        Of the random numbers, one uint64 that is not 0.

    Returns
    -------
    upper
        Cost of the best.

    Notes
    -----
    Row weighting local search (Gao, Weise & Li 2015), with costs and rows that want several.
    """
    ptr, col, _, _ = cover
    worth = 1.0 / np.maximum(cost, max(1e-6 * cost.max(), _TINY))
    field, counts = _field(cover, need, chosen)
    weight, gain, is_open, bare = field[0], field[2], field[3], field[6]
    total = cost[is_open].sum()
    for step in range(steps):
        closing = True
        while closing:
            if counts[1] == 0 and total < upper - _TINY:
                upper = total
                chosen[:] = is_open
                if upper <= lower + _TINY:
                    return upper
            closing = counts[1] == 0
            j = _worst(field, counts[0], worth, step)
            if j < 0:
                break
            _flip(cover, need, field, counts, step, j)
            total -= cost[j]
        while counts[1] > 0:
            i = bare[_random(state) % np.uint64(counts[1])]
            j = _best(cover, field, i, worth)
            if j < 0 or total + cost[j] >= upper - _TINY:
                break
            _flip(cover, need, field, counts, step, j)
            total += cost[j]
            for a in range(counts[1]):
                i = bare[a]
                weight[i] += 1
                for e in range(ptr[i], ptr[i + 1]):
                    gain[col[e]] += 1
    return upper
