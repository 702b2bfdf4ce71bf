"""Loops of dispersion (分散选址内核): candidates too near each other, in cliques."""

from __future__ import annotations

import numpy as np

from geoplan.network.jit import jit


@jit
def cliques(near):
    """
    Cover every pair of near neighbours by sets whose members are all near to one another.

    Parameters
    ----------
    near
        Symmetric; the diagonal does not matter.

    Returns
    -------
    ptr, member
        The sets, members rising.
    """
    n = near.shape[0]
    seen, ptr, member = near.copy(), [0], [np.int32(0) for _ in range(0)]
    for i in range(n):
        for j in range(i + 1, n):
            if not near[i, j] or not seen[i, j]:
                continue
            found = [i, j]
            for k in range(n):
                together = k != i and k != j  # noqa: PLR1714
                for a in found:
                    together = together and near[k, a]
                if together:
                    found.append(k)
            found.sort()
            for a in found:
                member.append(np.int32(a))
                for b in found:
                    seen[a, b] = False
            ptr.append(len(member))
    return np.array(ptr), np.array(member)
