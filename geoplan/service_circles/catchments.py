"""
Floating catchments (移动搜索法) on arrays: minutes of pairs, supply and people in, shares out.

The pairs are a sparse matrix, demand by facility, from `network.matrix` or a siting problem; work
and memory grow with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.errors import InputError
from geoplan.network.checks import one_of
from geoplan.network.jit import jit
from geoplan.network.kernels import TOLERANCE_MIN

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]
    Minutes = sparse.csr_array[np.float64]

Floating = Literal["2sfca", "e2sfca", "m2sfca", "3sfca"]
FLOATING = ("2sfca", "e2sfca", "m2sfca", "3sfca")
"""Methods of `floating`."""
SPREAD = 1e-3
"""When `rational` is balanced: what anybody could save elsewhere, in units of its cost."""
ROUNDS = 1000


class Shares(NamedTuple):
    """
    What everybody can have.

    ``access`` is supply per person at each demand; ``in_reach`` the weighted people that share
    each facility; ``ratio`` its supply per person (NaN where nobody is in reach or the supply is
    unknown).
    """

    access: FloatArray
    in_reach: FloatArray
    ratio: FloatArray


class Balance(NamedTuple):
    """
    Where people go when crowding counts like walking.

    ``cost`` of each demand (NaN where nothing is in reach), ``people`` at each facility, ``spread``
    the most anybody could still save elsewhere, ``rounds`` how many were made.
    """

    cost: FloatArray
    people: FloatArray
    spread: float
    rounds: int


def floating(
    minutes: Minutes, supply: npt.ArrayLike, people: npt.ArrayLike, *, bands_min: npt.ArrayLike,
    weights: npt.ArrayLike, method: Floating = "e2sfca",
) -> Shares:  # fmt: skip
    """
    Share the supply of every facility among the people who reach it, and sum it up where they are.

    Parameters
    ----------
    minutes
        (demand, facility); a pair that is not stored is out of reach, a stored 0 is 0 minutes.
    supply
        Beds or m² of each facility; NaN where unknown, which shares nothing.
    people
        Of each demand; NaN where unknown, who share in nothing.
    bands_min
        Upper ends, ascending, closed; pairs beyond the last do not count.
    weights
        One per band. ``2sfca`` uses 1 in all.
    method
        See Notes.

    Returns
    -------
    shares
        Of these facilities and people.

    Raises
    ------
    InputError
        If the method is unknown, lengths differ, an amount is negative or infinite, or bands and
        weights do not fit.

    Notes
    -----
    With ``S`` supply, ``P`` people and ``w`` the weight of the band a pair falls in:

    - ``2sfca``, ``e2sfca`` (Luo & Wang 2003; Luo & Qi 2009): ``A_i = Σ_j w_ij S_j / Σ_k w_kj P_k``.
    - ``m2sfca`` (Delamater 2013): ``A_i = Σ_j w_ij² S_j / Σ_k w_kj P_k``: what is far is not had in
      full by anybody, so the shares add up to less than the supply.
    - ``3sfca`` (Wan, Zou & Sternberg 2012): as ``e2sfca`` with ``g_ij w_ij`` for ``w_ij``, where
      ``g_ij = w_ij / Σ_k w_ik``: who has more choice asks less of each.

    Cost: two passes over the pairs.

    Examples
    --------
    >>> from scipy import sparse
    >>> near = sparse.csr_array(([4.0, 8.0], [0, 0], [0, 1, 2]), shape=(2, 1))
    >>> floating(near, [10.0], [4.0, 2.0], bands_min=[5, 10], weights=[1.0, 0.5]).access.tolist()
    [2.0, 1.0]
    """
    one_of("method", method, FLOATING)
    bands, share = checked_bands(bands_min, weights)
    if method == "2sfca":
        bands, share = bands[-1:], np.ones(1)
    pairs, offered, there = _checked(minutes, supply, people)
    if method == "2sfca" and pairs.data.max(initial=0.0) <= bands[-1] + TOLERANCE_MIN:
        return Shares(*_all_alike(pairs.indptr, pairs.indices, np.nan_to_num(there), offered))
    plain = np.append(share, 0.0)
    asking = plain * plain if method == "3sfca" else plain
    getting = plain * plain if method in {"m2sfca", "3sfca"} else plain
    return Shares(*_two_steps(
        (pairs.indptr, pairs.indices, pairs.data), bands + TOLERANCE_MIN,
        np.stack((plain, asking, getting)), np.nan_to_num(there), offered, method == "3sfca",
    ))  # fmt: skip


def rational(
    minutes: Minutes, supply: npt.ArrayLike, people: npt.ArrayLike, *, tau_min: float,
    people_per_supply: float | None = None, spread: float = SPREAD, rounds: int = ROUNDS,
) -> Balance:  # fmt: skip
    """
    Let people choose between crowding and walking until nobody gains by going elsewhere (RAAM).

    Parameters
    ----------
    minutes, supply, people
        As for `floating`. All stored pairs can be used.
    tau_min
        Minutes that weigh as much as a facility with the usual number of people.
    people_per_supply
        The usual number (rho); default all people over all supply.
    spread
        Stop when nobody could save more than this by going elsewhere.
    rounds
        Stop after as many in any case.

    Returns
    -------
    balance
        Its ``spread`` says how near it came.

    Raises
    ------
    InputError
        If an amount is negative or infinite, lengths differ, or ``tau_min``,
        ``people_per_supply``, ``spread`` or ``rounds`` is not above 0.

    Notes
    -----
    Saxon & Snow (2020): going from ``i`` to ``j`` costs ``D_j / (S_j rho) + t_ij / tau``, with
    ``D_j`` the people at ``j``; people shift to what is cheaper. That ends in the one state where
    all that is used from a place costs the same and nothing there is cheaper: the least of a
    strictly convex sum (Beckmann), so costs and people at facilities are unique and do not depend
    on the order of rows. In each round every place in turn spreads its people so that this holds
    for it, the others staying; no chance, no step size. Where nobody lives the cost is that of the
    cheapest choice. What people pay is ``cost``: less is better.

    Examples
    --------
    >>> from scipy import sparse
    >>> near = sparse.csr_array(([0.0, 6.0], [0, 1], [0, 2]), shape=(1, 2))
    >>> found = rational(near, [1.0, 1.0], [4.0], tau_min=12.0)
    >>> found.people.tolist(), found.cost.tolist()
    ([2.5, 1.5], [1.25])
    """
    for name, value in (("tau_min", tau_min), ("spread", spread), ("rounds", rounds),
                        ("people_per_supply", people_per_supply or 1.0)):  # fmt: skip
        if not 0 < value < np.inf:
            raise _wrong(f"{name}={value}", f"{name}={value}", "give a number above 0",
                         "应为大于 0 的数")  # fmt: skip
    pairs, offered, there = _checked(minutes, supply, people)
    there = np.nan_to_num(there)
    total = np.nansum(offered)
    usual = people_per_supply or (there.sum() / total if total > 0 and there.sum() > 0 else 1.0)
    room = np.nan_to_num(offered) * usual
    cost, at, worst, made = _balance(
        (pairs.indptr, pairs.indices, pairs.data / tau_min), there, room, spread, int(rounds)
    )
    return Balance(cost, at, float(worst), int(made))


def checked_bands(
    bands_min: npt.ArrayLike, weights: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """
    Return bands and weights if they fit.

    Raises
    ------
    InputError
        If not as many weights as bands are given, bands do not ascend, or a weight is negative.
    """
    bands = np.atleast_1d(np.asarray(bands_min, dtype=float))
    share = np.atleast_1d(np.asarray(weights, dtype=float))
    fit = len(bands) == len(share) in range(1, 256) and bool(
        (np.diff(bands, prepend=-1.0) > 0).all()
    )
    if not (fit and (share >= 0).all() and np.isfinite(share).all()):
        raise _wrong(
            f"bands_min={bands.tolist()} and weights={share.tolist()} do not fit",
            f"bands_min={bands.tolist()} 与 weights={share.tolist()} 不匹配",
            "as many weights as bands, bands ascending, weights 0 or more (in a policy: "
            "e2sfca_bands_min, e2sfca_weights)",
            "权重与分段个数相同，分段递增，权重不小于 0"
            "（规范中为 e2sfca_bands_min、e2sfca_weights）",
        )
    return bands, share


def _checked(
    minutes: Minutes, supply: npt.ArrayLike, people: npt.ArrayLike
) -> tuple[Minutes, FloatArray, FloatArray]:
    """Return the pairs by demand and both amounts as numbers."""
    pairs = sparse.csr_array(minutes)
    if not pairs.data.min(initial=0.0) >= 0:
        raise _wrong("minutes hold a negative number or none", "分钟矩阵中有负数或非数",
                     "correct them", "请改正")  # fmt: skip
    found = []
    for name, given, count in (
        ("supply", supply, minutes.shape[1]), ("people", people, minutes.shape[0]),
    ):  # fmt: skip
        value = np.asarray(given, dtype=np.float64)
        if value.shape != (count,) or (value < 0).any() or np.isinf(value).any():
            raise _wrong(
                f"{name} is not {count} finite amounts of 0 or more",
                f"{name} 应为 {count} 个不小于 0 的有限数",
                "one for each column (supply) and row (people) of the minutes; NaN where unknown",
                "supply 与分钟矩阵的列、people 与行一一对应，未知填 NaN",
            )
        found.append(value)
    return pairs, found[0], found[1]


def _wrong(what: str, what_zh: str, fix: str, fix_zh: str) -> InputError:
    return InputError(f"{what}.", zh=f"{what_zh}。", fix=fix, fix_zh=fix_zh)


@jit
def _two_steps(
    pairs: tuple[IntArray, IntArray, FloatArray], ends: FloatArray, tables: FloatArray,
    people: FloatArray, supply: FloatArray, choice: bool,  # noqa: FBT001
) -> tuple[FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """
    Count who asks for every facility, then sum up what every place gets; see `floating`.

    ``tables`` holds the weights of the bands (0 beyond the last): plain, of asking, of getting.
    With choice both are divided by the plain weights of all a place can choose from.
    """
    ptr, facility, minutes = pairs
    plain, asking, getting = tables
    band, asked = np.zeros(minutes.size, np.uint8), np.zeros(supply.size)
    for end in ends:  # one end after the other: compiled to many pairs at once
        for k in range(minutes.size):
            band[k] += minutes[k] > end
    part, had = np.ones(people.size), np.zeros(people.size)
    for i in range(people.size):
        if choice:
            row = 0.0
            for k in range(ptr[i], ptr[i + 1]):
                row += plain[band[k]]
            part[i] = 1.0 / row if row > 0.0 else 0.0
        for k in range(ptr[i], ptr[i + 1]):
            asked[np.uint32(facility[k])] += asking[band[k]] * part[i] * people[i]
    ratio = np.where(asked > 0.0, supply / asked, np.nan)
    use = np.where(ratio > 0.0, ratio, 0.0)
    for i in range(people.size):
        total = 0.0
        for k in range(ptr[i], ptr[i + 1]):
            total += getting[band[k]] * use[np.uint32(facility[k])]
        had[i] = total * part[i]
    return had, asked, ratio


@jit
def _all_alike(
    ptr: IntArray, facility: IntArray, people: FloatArray, supply: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Do what `_two_steps` does where every pair counts fully: the minutes are not read.

    Two sums side by side, so that one addition need not wait for the one before.
    """
    even, odd, had = np.zeros(supply.size), np.zeros(supply.size), np.empty(people.size)
    one = np.uint64(1)
    for i in range(people.size):
        k, end = np.uint64(ptr[i]), np.uint64(ptr[i + 1])
        while k + one < end:
            even[np.uint32(facility[k])] += people[i]
            odd[np.uint32(facility[k + one])] += people[i]
            k += one + one
        if k < end:
            even[np.uint32(facility[k])] += people[i]
    asked = even + odd
    ratio = np.where(asked > 0.0, supply / asked, np.nan)
    use = np.where(ratio > 0.0, ratio, 0.0)
    for i in range(people.size):
        k, end = np.uint64(ptr[i]), np.uint64(ptr[i + 1])
        first, second = 0.0, 0.0
        while k + one < end:
            first += use[np.uint32(facility[k])]
            second += use[np.uint32(facility[k + one])]
            k += one + one
        had[i] = first + second + (use[np.uint32(facility[k])] if k < end else 0.0)
    return had, asked, ratio


@jit
def _balance(
    pairs: tuple[IntArray, IntArray, FloatArray], people: FloatArray, room: FloatArray,
    spread: float, rounds: int,
) -> tuple[FloatArray, FloatArray, float, int]:  # fmt: skip
    """Round after round let every place answer the others; see `rational`."""
    ptr, facility, walk = pairs
    going, base, at = np.zeros(walk.size), np.empty(walk.size), np.zeros(room.size)
    cost = np.full(people.size, np.nan)
    worst, made = np.inf, 0
    while made < rounds and worst > spread:
        for i in range(people.size):
            if people[i] > 0.0:
                _answer(ptr[i], ptr[i + 1], facility, walk, people[i], room, going, base, at)
        worst, made = 0.0, made + 1
        for i in range(people.size):
            low, high, paid = np.inf, -np.inf, 0.0
            for k in range(ptr[i], ptr[i + 1]):
                j = facility[k]
                price = at[j] / room[j] + walk[k] if room[j] > 0.0 else np.inf
                low = min(low, price)
                if going[k] > 0.0:
                    high = max(high, price)
                    paid += going[k] * price
            worst = max(worst, high - low)
            if low < np.inf:
                cost[i] = paid / people[i] if people[i] > 0.0 else low
    return cost, at, worst, made


@jit
def _answer(  # noqa: PLR0913, PLR0917  (one array each)
    first: int, last: int, facility: IntArray, walk: FloatArray, people: float, room: FloatArray,
    going: FloatArray, base: FloatArray, at: FloatArray,
) -> None:  # fmt: skip
    """Spread one place's people so that all they use costs the same and the rest no less."""
    for k in range(first, last):
        j = facility[k]
        at[j] -= going[k]
        base[k] = at[j] / room[j] + walk[k] if room[j] > 0.0 else np.inf
    level, before = np.inf, last - first + 1
    while True:  # fewer are cheap enough each time: Newton from above
        count, rooms, filled = 0, 0.0, people
        for k in range(first, last):
            if base[k] < level:
                rooms += room[facility[k]]
                filled += base[k] * room[facility[k]]
                count += 1
        if not 0 < count < before:
            break
        level, before = filled / rooms, count
    for k in range(first, last):
        going[k] = (level - base[k]) * room[facility[k]] if base[k] < level else 0.0
        at[facility[k]] += going[k]
