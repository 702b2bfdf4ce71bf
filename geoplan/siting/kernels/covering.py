"""
Loops of set covering (集合覆盖内核): exact reductions, the Lagrangian bound, greedy.

A cover is given as arrays: ``ptr, col`` (rows by column, rising), ``cptr, row`` (the same turned),
``need`` (how many columns each row wants) and ``cost`` of each column.
"""

from __future__ import annotations

import heapq

import numpy as np

from geoplan.network.jit import jit, leaf

_BITS = np.uint64(0x9E3779B97F4A7C15)
_TINY = 1e-9
_PATIENCE = 30
_KEPT = 0.8


@jit
def turned(ptr, index, columns):
    """Return the pairs by column: pointer and row, rising."""
    start = np.zeros(columns + 1, np.int64)
    for e in index:
        start[e + 1] += 1
    start = np.cumsum(start)
    row, at = np.empty(index.size, np.int32), start[:-1].copy()
    for i in range(ptr.size - 1):
        for e in range(ptr[i], ptr[i + 1]):
            row[at[index[e]]] = i
            at[index[e]] += 1
    return start, row


@jit
def _kept(ptr, index, row_there, col_there):
    """Return the pairs of the rows and columns that are still there, numbered as before."""
    start, out, n = np.zeros(ptr.size, np.int64), np.empty_like(index), 0
    for i in range(ptr.size - 1):
        if row_there[i]:
            for e in range(ptr[i], ptr[i + 1]):
                if col_there[index[e]]:
                    out[n] = index[e]
                    n += 1
        start[i + 1] = n
    return start, out[:n].copy()


@jit
def _marks(ptr, index):
    """Return 64 bits of each set: those of a part are among those of the whole."""
    out = np.zeros(ptr.size - 1, np.uint64)
    for i in range(out.size):
        for e in range(ptr[i], ptr[i + 1]):
            out[i] |= np.uint64(1) << ((np.uint64(index[e] + 1) * _BITS) >> np.uint64(58))
    return out


@leaf
def _inside(ptr, index, part, whole):
    """Tell whether one set is part of another; both rise."""
    b, end = ptr[whole], ptr[whole + 1]
    for a in range(ptr[part], ptr[part + 1]):
        while b < end and index[b] < index[a]:
            b += 1
        if b == end or index[b] != index[a]:
            return False
        b += 1
    return True


@leaf
def _rarest(ptr, index, start, i):
    """Return the member of a set that is in the fewest sets."""
    best = index[ptr[i]]
    for e in range(ptr[i] + 1, ptr[i + 1]):
        j = index[e]
        if start[j + 1] - start[j] < start[best + 1] - start[best]:
            best = j
    return best


@jit
def _drop_rows(cover, need, there):
    """Drop rows that are covered whenever another is: all columns of that one are theirs too."""
    ptr, col, cptr, row = cover
    mark, size, dropped = _marks(ptr, col), np.diff(ptr), 0
    for k in np.argsort(size, kind="mergesort"):
        if not there[k]:
            continue
        j = _rarest(ptr, col, cptr, k)
        for e in range(cptr[j], cptr[j + 1]):
            i = row[e]
            if (i != k and there[i] and size[i] >= size[k] and need[i] <= need[k]
                    and mark[k] & ~mark[i] == 0 and _inside(ptr, col, k, i)):  # fmt: skip
                there[i] = False
                dropped += 1
    return dropped


@jit
def _drop_columns(cover, need, cost, there):
    """Drop columns whose rows another covers for no more; rows that want several count each."""
    ptr, col, cptr, row = cover
    mark, size, dropped = _marks(cptr, row), np.diff(cptr), 0
    for j in np.argsort(size, kind="mergesort"):
        if not there[j]:
            continue
        if size[j] == 0:
            there[j] = False
            dropped += 1
            continue
        once = True
        for e in range(cptr[j], cptr[j + 1]):
            once &= need[row[e]] == 1
        if not once:
            continue
        i = _rarest(cptr, row, ptr, j)
        for e in range(ptr[i], ptr[i + 1]):
            k = col[e]
            if (k != j and there[k] and size[k] >= size[j] and cost[k] <= cost[j]
                    and mark[j] & ~mark[k] == 0 and _inside(cptr, row, j, k)):  # fmt: skip
                there[j] = False
                dropped += 1
                break
    return dropped


@jit
def _take_needed(cover, need, row_there, col_there, taken):
    """Take the columns without which a row misses what it wants; rows that have it are done."""
    ptr, col, cptr, row = cover
    count = 0
    for i in range(need.size):
        if not row_there[i] or need[i] <= 0:
            continue
        left = 0
        for e in range(ptr[i], ptr[i + 1]):
            left += col_there[col[e]]
        if left > need[i]:
            continue
        for e in range(ptr[i], ptr[i + 1]):
            j = col[e]
            if col_there[j]:
                col_there[j], taken[j] = False, True
                count += 1
                for f in range(cptr[j], cptr[j + 1]):
                    need[row[f]] -= 1
    for i in range(need.size):
        row_there[i] &= need[i] > 0
    return count


@jit
def reduced(ptr, col, need, cost, col_there):
    """
    Reduce a cover exactly until nothing more falls.

    ``need`` and ``col_there`` change in place.

    Parameters
    ----------
    ptr, col
        Rows by column.
    need
        How many columns each row wants: no more than it has.
    cost
        Of each column.
    col_there
        Which columns may be taken.

    Returns
    -------
    ptr, col
        The pairs left, numbered as before.
    row_there, taken
        Rows left, and columns that every best answer may as well take.
    """
    row_there, taken = need > 0, np.zeros(cost.size, np.bool_)
    while True:
        ptr, col = _kept(ptr, col, row_there, col_there)
        cptr, row = turned(ptr, col, cost.size)
        cover = (ptr, col, cptr, row)
        fell = _take_needed(cover, need, row_there, col_there, taken)
        if fell == 0:
            fell = _drop_rows(cover, need, row_there)
            ptr, col = _kept(ptr, col, row_there, col_there)
            cptr, row = turned(ptr, col, cost.size)
            cover = (ptr, col, cptr, row)
            if _drop_columns(cover, need, cost, col_there) == 0 and fell == 0:
                return ptr, col, row_there, taken


@jit
def pruned(cover, need, cost, chosen):
    """Close what is not needed, the dearest first, in place."""
    _, _, cptr, row = cover
    times = np.zeros(need.size, np.int64)
    for j in np.flatnonzero(chosen):
        for e in range(cptr[j], cptr[j + 1]):
            times[row[e]] += 1
    for at in np.argsort(-cost, kind="mergesort"):
        if not chosen[at]:
            continue
        spare = True
        for e in range(cptr[at], cptr[at + 1]):
            spare &= times[row[e]] > need[row[e]]
        if spare:
            chosen[at] = False
            for e in range(cptr[at], cptr[at + 1]):
                times[row[e]] -= 1


@leaf
def _score(cptr, row, cost, left, price, j):
    """Return what a column costs beside the prices of the rows it helps, by row, or infinity."""
    much, rows = cost[j], 0
    for e in range(cptr[j], cptr[j + 1]):
        i = row[e]
        if left[i] > 0:
            much -= price[i]
            rows += 1
    if rows == 0:
        return np.inf
    return much / rows if much > 0 else much * rows


@jit
def greedy(cover, need, cost, price):
    """
    Cover every row, column by column, the cheapest beside the prices first; then prune.

    Scores only rise as rows are covered, so a heap of old scores finds the least.
    """
    _, _, cptr, row = cover
    left, chosen = need.copy(), np.zeros(cost.size, np.bool_)
    heap = [(_score(cptr, row, cost, left, price, j), j) for j in range(cost.size)]
    heapq.heapify(heap)
    open_rows = (left > 0).sum()
    while open_rows > 0:
        old, j = heapq.heappop(heap)
        now = _score(cptr, row, cost, left, price, j)
        if now > old + _TINY:
            if now < np.inf:
                heapq.heappush(heap, (now, j))
            continue
        chosen[j] = True
        for e in range(cptr[j], cptr[j + 1]):
            i = row[e]
            left[i] -= 1
            open_rows -= left[i] == 0
    pruned(cover, need, cost, chosen)
    return chosen


@jit
def prices(cover, need, cost):
    """Return first prices: each row the cheapest of its columns' cost by row."""
    ptr, col, cptr, _ = cover
    out = np.zeros(need.size)
    for i in range(need.size):
        out[i] = np.inf
        for e in range(ptr[i], ptr[i + 1]):
            j = col[e]
            out[i] = min(out[i], cost[j] / (cptr[j + 1] - cptr[j]))
    return out


@jit
def lagrangian(cover, need, cost, price, rest):
    """Return the Lagrangian bound of prices, and leave each column's reduced cost in ``rest``."""
    ptr, col, _, _ = cover
    rest[:] = cost
    value = 0.0
    for i in range(need.size):
        if price[i] > 0:
            value += need[i] * price[i]
            for e in range(ptr[i], ptr[i + 1]):
                rest[col[e]] -= price[i]
    for left in rest:
        value += min(0.0, left)
    return value


@jit
def ascend(cover, need, cost, price, chosen, upper, size, steps, every):
    """
    Raise the Lagrangian bound by a deflected subgradient, and cover greedily on the way.

    Parameters
    ----------
    cover, need, cost
        See the module.
    price
        Of each row to begin with; the best is left in it.
    chosen
        Best cover so far; a better one is left in it.
    upper
        Its cost.
    size
        Of the first step, as a share of Polyak's.
    steps
        How many.
    every
        Steps between two greedy covers.

    Returns
    -------
    bound, upper, size
        Best of both, and the size of the next step.

    Notes
    -----
    Held, Wolfe & Crowder 1974: steps shrink, and begin again from the best prices, when the bound
    has not risen for a while. Greedy on reduced costs: Caprara, Fischetti & Toth 1999.
    """
    _, _, cptr, row = cover
    now, rest = price.copy(), np.empty(cost.size)
    way, miss = np.zeros(need.size), np.empty(need.size)
    best, stalled = -np.inf, 0
    for step in range(steps):
        value = lagrangian(cover, need, cost, now, rest)
        stalled = 0 if value > best + 1e-6 * abs(best) else stalled + 1
        if value > best or step == 0:
            best = value
            price[:] = now
        if step % every == 0:
            found = greedy(cover, need, cost, now)
            total = cost[found].sum()
            if total < upper - _TINY:
                upper = total
                chosen[:] = found
        if best >= upper - _TINY:
            break
        if stalled == _PATIENCE:
            size, stalled = 0.5 * size, 0
            now[:] = price
            way[:] = 0.0
            continue
        miss[:] = need
        for j in range(cost.size):
            if rest[j] < 0:
                for e in range(cptr[j], cptr[j + 1]):
                    miss[row[e]] -= 1
        norm = 0.0
        for i in range(need.size):
            way[i] = _KEPT * way[i] + (miss[i] if now[i] > 0 else max(miss[i], 0.0))
            norm += way[i] * way[i]
        if norm == 0:
            break
        far = size * (upper - value) / norm
        for i in range(need.size):
            now[i] = max(0.0, now[i] + far * way[i])
    return best, upper, size


@jit
def _by_nearness(cover, label, which, start, seen_row, seen_col, stamp):
    """Return the rows of a region, those that share columns one after another from ``start``."""
    ptr, col, cptr, row = cover
    queue, n = np.empty(label.size, np.int64), 1
    queue[0], seen_row[start], at = start, stamp, 0
    while at < n:
        i = queue[at]
        at += 1
        for e in range(ptr[i], ptr[i + 1]):
            j = col[e]
            if seen_col[j] == stamp:
                continue
            seen_col[j] = stamp
            for f in range(cptr[j], cptr[j + 1]):
                k = row[f]
                if label[k] == which and seen_row[k] != stamp:
                    seen_row[k] = stamp
                    queue[n] = k
                    n += 1
    return queue[:n].copy()


@jit
def regions(cover, most):
    """
    Part the rows into regions of neighbours.

    Parameters
    ----------
    cover
        See the module.
    most
        Rows of a region; a larger one is halved.

    Returns
    -------
    label
        Number of each row's region, from 0.
    """
    ptr, _, cptr, _ = cover
    label = np.zeros(ptr.size - 1, np.int64)
    seen_row, seen_col = np.zeros(label.size, np.int64), np.zeros(cptr.size - 1, np.int64)
    which, count, stamp = 0, 1, 0
    while which < count:
        rows = np.flatnonzero(label == which)
        if rows.size <= most:
            which += 1
            continue
        end = _by_nearness(cover, label, which, rows[0], seen_row, seen_col, stamp + 1)[-1]
        order = _by_nearness(cover, label, which, end, seen_row, seen_col, stamp + 2)
        if order.size < rows.size:  # several components: this one, and the others
            for i in rows:
                if seen_row[i] != stamp + 2:
                    label[i] = count
        else:
            for i in order[order.size // 2 :]:
                label[i] = count
        count, stamp = count + 1, stamp + 2
    return label
