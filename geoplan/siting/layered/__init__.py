"""
Covering over layers (分层覆盖): one problem behind phased, robust and fair plans.

A search, then HiGHS where the rows are few, and a Lagrangian bound where that is no proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.siting.layered.bound import lagrange
from geoplan.siting.layered.exact import exact
from geoplan.siting.layered.rows import (
    Aim,
    Best,
    Cover,
    Part,
    Refusal,
    amount,
    answer,
    build,
    meets,
    no_answer,
    only_one,
    too_little,
    value_of,
    whole_amount,
)
from geoplan.siting.layered.search import search
from geoplan.siting.plan import CLOSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]

__all__ = [
    "Aim", "Best", "Cover", "Part", "Refusal", "amount", "answer", "best", "build",
    "exact", "lagrange", "meets", "no_answer", "only_one", "search", "too_little",
    "whole_amount",
]  # fmt: skip


def best(
    cover: Cover, aim: Aim, watch: Watch, *, seed: int, starts: Sequence[Array] = (),
    part: float = 1.0,
) -> Best:  # fmt: skip
    """
    Open columns so that the sum or the least layer is large.

    A search, then HiGHS where the rows are few, and a Lagrangian bound where that is no proof.

    Parameters
    ----------
    cover
        Its ``must`` has to fit its limit.
    aim
        See `Aim`.
    watch
        Cuts it short.
    seed
        Of the search.
    starts
        Answers to begin with; the best of them is improved.
    part
        Share of the watch's step limit that it may take.

    Returns
    -------
    best
        ``opened`` is None if a floor is not met: proved only if also ``optimal``.
    """
    found, bound, proved = (
        search(cover, aim, watch, seed=seed, starts=starts, part=part),
        np.inf,
        False,
    )
    value = value_of(cover, aim, found)
    try:
        steps_left = watch.step_limit is None or watch.steps < watch.step_limit
        if cover.small and steps_left and not watch.over():
            start = found if np.isfinite(value) else None
            sure = exact(cover, aim, watch, start=start, seed=seed)
            bound, proved = sure.bound, sure.optimal
            if sure.opened is not None and sure.value > value:
                found, value = sure.opened, sure.value
        if not proved:
            bound = min(bound, lagrange(cover, aim, value, watch))
    except KeyboardInterrupt:
        watch.interrupted()
    if not np.isfinite(value):
        return Best(None, value, bound, proved)
    proved |= bound - value <= CLOSED * max(1.0, abs(bound))
    return Best(found, value, value if proved else max(bound, value), proved)
