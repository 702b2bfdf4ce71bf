"""Arcs put end to end (弧段连成线): runs of one line between the nodes where others meet it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def chains(start: Array, end: Array, group: Array) -> list[list[int]]:
    """
    Put directed arcs of the same group end to end.

    Parameters
    ----------
    start, end
        First and last node of each arc.
    group
        Number of the line each arc belongs to; arcs of one group run the same way round.

    Returns
    -------
    runs
        Lists of arc positions, by group, then by the first arc's position. A run goes on through
        a node where exactly one arc of its group comes in and one goes out.
    """
    out: dict[tuple[int, int], list[int]] = {}
    into: dict[tuple[int, int], int] = {}
    for k, (g, s, e) in enumerate(zip(group.tolist(), start.tolist(), end.tolist(), strict=True)):
        out.setdefault((g, s), []).append(k)
        into[g, e] = into.get((g, e), 0) + 1
    through = {at: arcs[0] for at, arcs in out.items() if len(arcs) == 1 and into.get(at, 0) == 1}
    keys = list(zip(group.tolist(), end.tolist(), strict=True))
    followed = {k: through[at] for k, at in enumerate(keys) if at in through}
    runs = []
    left = dict.fromkeys(range(len(keys)))
    heads = [k for k in left if k not in set(followed.values())]
    for k in [*heads, *left]:  # what no head reaches goes round in a ring
        if k not in left:
            continue
        run = []
        step: int | None = k
        while step is not None and step in left:
            del left[step]
            run.append(step)
            step = followed.get(step)
        runs.append(run)
    return sorted(runs, key=lambda r: (int(group[r[0]]), r[0]))


def joined_xy(lines: Array, run: list[int]) -> Array:
    """Return the coordinates of arcs that follow each other, shape (n, 2)."""
    import shapely

    parts = [shapely.get_coordinates(lines[k]) for k in run]
    return np.vstack([parts[0], *(p[1:] for p in parts[1:])])
