"""The exact answer of few rows, by HiGHS (精确求解)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.layered.rows import Aim, Best, Cover, value_of, worth_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

_NODES = 5000


def exact(
    cover: Cover, aim: Aim, watch: Watch, *, start: Array | None = None, seed: int = 0
) -> Best:  # fmt: skip
    """
    Solve by HiGHS; for few rows.

    Parameters
    ----------
    cover, aim, watch, seed
        As `best`, or the least cost for a least layer and a least sum.
    start
        An answer to begin with.

    Returns
    -------
    best
        ``optimal`` without ``opened`` means that there is none. Costs are to be small.
    """
    periods, (sets, columns) = cover.periods, cover.sets.shape
    opens, hits = periods * columns, periods * sets
    matrix, least = _rows(cover, aim)
    low, high = np.zeros(opens + hits + 1), np.ones(opens + hits + 1)
    low[opens - columns : opens][cover.must] = 1.0
    low[-1], high[-1] = -np.inf if aim.floor is None else aim.floor, np.inf
    whole = np.arange(len(low)) < opens
    cost, sign, fixed = np.zeros(len(low)), -1.0, 0.0
    if aim.of == "least":
        cost[-1] = -1.0
    elif aim.of == "cost":
        cost[opens - columns : opens], sign = cover.cost, 1.0
    else:
        cost[opens:-1], fixed = -worth_of(cover).ravel(), float(cover.share @ cover.base)
    found = highs.minimise(
        cost, matrix, least, np.full(len(least), np.inf), low=low, high=high, whole=whole,
        watch=watch, start=None if start is None else _values(cover, start), seed=seed,
        most_nodes=_NODES,
    )  # fmt: skip
    bound = fixed + sign * found.bound
    if found.x is None:
        return Best(None, -sign * np.inf, bound, found.infeasible)
    is_open = found.x[:opens].reshape(periods, columns) > 0.5  # noqa: PLR2004  (rounding)
    opened = np.where(is_open.any(axis=0), is_open.argmax(axis=0), periods)
    value = float(cover.spent(opened)[-1]) if aim.of == "cost" else value_of(cover, aim, opened)
    return Best(opened, value, value if found.optimal else bound, found.optimal)


def _values(cover: Cover, opened: Array) -> Floats:
    """Return the values of all variables of an answer: open, hit, least."""
    is_open = np.stack([(opened <= t).astype(float) for t in range(cover.periods)])
    hit = (np.asarray(is_open @ cover.by_column) > 0).astype(float)
    least = float(cover.least(cover.covered(opened)))
    return np.concatenate((is_open.ravel(), hit.ravel(), [least if np.isfinite(least) else 0.0]))


def _rows(cover: Cover, aim: Aim) -> tuple[sparse.csr_array[Any], Floats]:
    """Return the rows, and the least each has to be, of the variables open, hit, least."""
    periods, (sets, columns) = cover.periods, cover.sets.shape
    opens = periods * columns
    each = sparse.eye_array(periods)
    rows = [sparse.hstack([sparse.kron(each, cover.sets), -sparse.eye_array(periods * sets)])]
    low = [np.zeros(periods * sets)]
    if periods > 1:
        later = sparse.diags_array([-1.0, 1.0], offsets=[0, 1], shape=(periods - 1, periods))
        rows.append(sparse.kron(later, sparse.eye_array(columns)))
        low.append(np.zeros((periods - 1) * columns))
    if np.isfinite(cover.limit).any():
        use = np.isfinite(cover.limit)
        paid = sparse.kron(each, -cover.cost[None, :]).tocsr()
        rows.append(paid[use])
        low.append(-cover.limit[use])
    place = sparse.coo_array(cover.weight)
    hit = sparse.coo_array(
        (place.data, (place.row, opens + cover.period[place.row] * sets + place.col)),
        shape=(len(cover.base), opens + periods * sets),
    ).tocsr()
    use = np.flatnonzero(~np.isnan(cover.scale))
    if (aim.of == "least" or aim.floor is not None) and len(use):
        layers = sparse.diags_array(cover.scale[use]) @ hit[use]
        rows.append(sparse.hstack([layers, sparse.coo_array(-np.ones((len(use), 1)))]))
        low.append(-cover.scale[use] * cover.base[use] - cover.offset[use])
    if aim.total is not None:
        rows.append(sparse.coo_array((cover.share @ hit)[None, :]))
        low.append(np.array([aim.total - cover.share @ cover.base]))
    return _wide(rows, opens + periods * sets + 1), np.concatenate(low)


def _wide(rows: list[Any], width: int) -> sparse.csr_array[Any]:
    """Return rows one below the other, all with as many columns."""
    out = []
    for one in rows:
        block = sparse.coo_array(one)
        out.append(sparse.coo_array((block.data, (block.row, block.col)),
                                    shape=(block.shape[0], width)))  # fmt: skip
    return sparse.vstack(out, format="csr")
