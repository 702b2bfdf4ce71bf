"""Many to many (多对多): the minutes of every facility and door within a limit, as one matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from geoplan.errors import InputError
from geoplan.network import kernels
from geoplan.network.checks import require_limit
from geoplan.network.graph import pointer
from geoplan.network.search import blank_field, leg_minutes, seeds

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.graph import Direction, Network
    from geoplan.network.snap import Snap


def matrix(
    network: Network,
    sources: Snap,
    targets: Snap,
    *,
    limit_min: float,
    direction: Direction = "to",
) -> sparse.csr_array[np.float64]:
    """
    Door-to-door minutes between every target and every source within a closed limit.

    The least of a row is what `nearest` says of that target. It is the input of siting and of
    the floating catchments (2SFCA).

    Parameters
    ----------
    network
        The network both were snapped to.
    sources, targets
        Facilities and doors.
    limit_min, direction
        As for `nearest`. Without a limit the matrix is as large as both together.

    Returns
    -------
    minutes
        (targets, sources), rows sorted by source. A pair that is not stored is out of reach; a
        stored zero is zero minutes.

    Raises
    ------
    InputError
        If the limit is negative or not a number, or a snap is of other streets.

    Notes
    -----
    Cost: one bounded search per source, so it grows with the areas and not with the network.
    """
    limit_min = require_limit(limit_min)
    node, start_min, source = seeds(network, sources, direction)
    leg_min = leg_minutes(network, targets)
    doors = np.flatnonzero(targets.edge >= 0)
    doors = doors[np.argsort(targets.edge[doors], kind="stable")].astype(np.int32)
    ptr, door, minutes = kernels.door_matrix(
        blank_field(network, sources, direction),
        network.arcs(direction),
        (pointer(source, len(sources.edge)), node, start_min),
        network.touching,
        (pointer(targets.edge[doors], network.edges), targets.share[doors],
         leg_min[doors], doors),
        sources.edge, limit_min, network.usual_min,
    )  # fmt: skip
    shape = (len(sources.edge), len(targets.edge))
    found = sparse.csr_array((minutes, door, ptr), shape=shape).T.tocsr()
    found.sort_indices()
    return found


class KNearest(NamedTuple):
    """The k nearest sources of every target: (targets, k) minutes (inf) and sources (-1)."""

    minutes: npt.NDArray[np.float64]
    source: npt.NDArray[np.int32]


def k_nearest(
    network: Network,
    sources: Snap,
    targets: Snap,
    *,
    k: int,
    limit_min: float,
    direction: Direction = "to",
) -> KNearest:
    """
    Find the k nearest sources of every target within a closed limit, the nearest first.

    Parameters
    ----------
    network, sources, targets, limit_min, direction
        As for `matrix`, of whose cost this is.
    k
        How many; where fewer are within the limit, the rest is inf and -1.

    Returns
    -------
    nearest
        Equal times go to the source with the smaller number.

    Raises
    ------
    InputError
        If k is below 1, or the limit is negative or not a number.
    """
    if not (isinstance(k, int | np.integer) and k >= 1):
        raise InputError(
            f"k={k}: at least one nearest facility must be asked for.",
            zh=f"k={k}：至少应查询一个最近设施。",
            fix="for example k=3",
            fix_zh="例如 k=3",
        )
    found = matrix(network, sources, targets, limit_min=limit_min, direction=direction)
    row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    order = np.lexsort((found.indices, found.data, row))
    place = np.arange(found.nnz) - found.indptr[row]
    use = place < k
    minutes = np.full((found.shape[0], k), np.inf)
    source = np.full((found.shape[0], k), kernels.NO_LABEL, np.int32)
    minutes[row[use], place[use]] = found.data[order][use]
    source[row[use], place[use]] = found.indices[order][use]
    return KNearest(minutes, source)
