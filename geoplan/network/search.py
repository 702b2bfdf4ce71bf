"""Search on the network (路网搜索): from sources to nodes and to doors, exact along edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.errors import InputError
from geoplan.network import kernels

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.graph import Direction, Network
    from geoplan.network.snap import Snap

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]


class Nearest(NamedTuple):
    """Minutes (inf where none within the limit) and the source's number (-1), one per target."""

    minutes: FloatArray
    source: IntArray


def leg_minutes(network: Network, snap: Snap) -> FloatArray:
    """Minutes of the straight leg between door and street."""
    return np.asarray(snap.access_m / network.access_speed_m_s / 60.0)


def seeds(
    network: Network, snap: Snap, direction: Direction
) -> tuple[IntArray, FloatArray, IntArray]:
    """
    Start nodes of the snapped sources: both ends of each source's edge.

    Returns
    -------
    node, minutes, source
        Two entries per snapped source.
    """
    on = np.flatnonzero(snap.edge >= 0).astype(np.int32)
    edge, share = snap.edge[on], snap.share[on]
    u, v = network.edge_uv[edge, 0], network.edge_uv[edge, 1]
    uv_min, vu_min = network.edge_min[edge, 0], network.edge_min[edge, 1]
    if direction == "to":
        at_u, at_v = _part(share, uv_min), _part(1.0 - share, vu_min)
    else:
        at_u, at_v = _part(share, vu_min), _part(1.0 - share, uv_min)
    leg = leg_minutes(network, snap)[on]
    node = np.concatenate((u, v)).astype(np.int32)
    return node, np.concatenate((at_u + leg, at_v + leg)), np.concatenate((on, on))


def _part(share: FloatArray, minutes: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return np.where(share == 0.0, 0.0, share * minutes)


def require_limit(limit_min: float) -> float:
    """
    Return the limit if it can be one.

    Raises
    ------
    InputError
        If it is negative or not a number.
    """
    if not limit_min >= 0.0:
        raise InputError(
            f"A limit of {limit_min} minutes cannot be searched.",
            zh=f"时限 {limit_min} 分钟无法计算。",
            fix="give minutes >= 0, for example 15",
            fix_zh="时限应不小于 0，例如 15",
            limit_min=limit_min,
        )
    return float(limit_min)


def nearest_nodes(
    network: Network, sources: Snap, *, limit_min: float, direction: Direction = "to"
) -> Nearest:
    """
    Minutes between every node and its nearest source within a closed limit.

    Raises
    ------
    InputError
        If the limit is negative or not a number.
    """
    node, minutes, source = seeds(network, sources, direction)
    indptr, head, arc_min = network.arcs(direction)
    found = kernels.nearest_source(
        indptr, head, arc_min, node, minutes, source, require_limit(limit_min)
    )
    return Nearest(*found)


def nearest(
    network: Network,
    sources: Snap,
    targets: Snap,
    *,
    limit_min: float,
    direction: Direction = "to",
) -> Nearest:
    """
    Door-to-door minutes between each target and its nearest source within a closed limit.

    Straight leg, along the street, over the network, along the street, straight leg; a source
    on the target's own street is met without a detour over its ends. Equal times go to the
    source with the smaller number.

    Parameters
    ----------
    network
        The network both were snapped to.
    sources, targets
        Facilities and doors.
    limit_min
        Minutes, closed, with the tolerance `kernels.TOLERANCE_MIN`.
    direction
        ``to`` the facility or ``from`` it.

    Returns
    -------
    nearest
        One entry per target.

    Raises
    ------
    InputError
        If the limit is negative or not a number.
    """
    nodes = nearest_nodes(network, sources, limit_min=limit_min, direction=direction)
    return at_doors(network, sources, nodes, targets, limit_min=limit_min, direction=direction)


def at_doors(
    network: Network,
    sources: Snap,
    nodes: Nearest,
    targets: Snap,
    *,
    limit_min: float,
    direction: Direction = "to",
) -> Nearest:
    """
    Carry the answer of `nearest_nodes` from the nodes to doors along the streets.

    Parameters
    ----------
    network, sources, limit_min, direction
        As given to `nearest_nodes`.
    nodes
        Its answer.
    targets
        Doors.

    Returns
    -------
    nearest
        One entry per target.
    """
    here = _by_edge(network, sources)
    uv_min, vu_min = network.edge_min[:, 0], network.edge_min[:, 1]
    if direction == "from":  # the path arrives: it comes from v along v->u, from u along u->v
        uv_min, vu_min = vu_min, uv_min
    minutes, source = kernels.point_times(
        targets.edge, targets.share, leg_minutes(network, targets),
        network.edge_uv[:, 0], network.edge_uv[:, 1],
        np.ascontiguousarray(uv_min), np.ascontiguousarray(vu_min),
        nodes.minutes, nodes.source, *here,
    )  # fmt: skip
    beyond = minutes > limit_min + kernels.TOLERANCE_MIN
    minutes[beyond], source[beyond] = np.inf, kernels.NO_LABEL
    return Nearest(minutes, source)


def _by_edge(network: Network, sources: Snap) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:
    """List the sources on each edge (CSR): pointer, share, leg minutes, source number."""
    on = np.flatnonzero(sources.edge >= 0)
    on = on[np.argsort(sources.edge[on], kind="stable")].astype(np.int32)
    pointer = np.zeros(network.edges + 1, np.int32)
    np.cumsum(np.bincount(sources.edge[on], minlength=network.edges), out=pointer[1:])
    legs = leg_minutes(network, sources)[on]
    return pointer, sources.share[on], legs, np.asarray(on, dtype=np.int32)


def reached(
    network: Network,
    sources: Snap,
    index: int,
    *,
    limit_min: float,
    direction: Direction = "to",
    work: FloatArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """
    Nodes that one source reaches within a closed limit, nearest first, with their minutes.

    Parameters
    ----------
    network, sources
        Network and snapped facilities.
    index
        Which facility.
    limit_min
        Minutes.
    direction
        ``to`` or ``from`` the facility.
    work
        Array of inf, one per node, to be used again and again; made when not given.

    Returns
    -------
    node, minutes
        Empty where the facility is unsnapped.
    """
    node, minutes, source = seeds(network, sources, direction)
    mine = source == index
    indptr, head, arc_min = network.arcs(direction)
    space = np.full(network.nodes, np.inf) if work is None else work
    found: tuple[IntArray, FloatArray] = kernels.within_limit(
        indptr, head, arc_min, node[mine], minutes[mine], require_limit(limit_min), space
    )
    return found
