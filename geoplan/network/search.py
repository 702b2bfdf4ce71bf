"""Search on the network (路网搜索): from sources to nodes and to doors, exact along edges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.errors import InputError
from geoplan.network import kernels
from geoplan.network.checks import in_range, require_limit
from geoplan.network.graph import pointer

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


def require_of(network: Network, snap: Snap) -> None:
    """
    Check that a snap is of these streets; one made by hand must at least fit them.

    Raises
    ------
    InputError
        If it is not.
    """
    if snap.streets is None:
        fits = bool(((snap.edge >= -1) & (snap.edge < network.edges)).all())
    else:
        fits = snap.streets == network.streets
    if not fits:
        raise _other_streets()


def _other_streets() -> InputError:
    return InputError(
        "These places were snapped to another network, or before barriers or roads were put in.",
        zh="这些点是在另一路网上吸附的，或是在加入障碍、道路之前吸附的。",
        fix="snap them again: network.snap(net, points)",
        fix_zh="重新吸附：network.snap(net, points)",
    )


def leg_minutes(network: Network, snap: Snap) -> FloatArray:
    """
    Minutes of the straight leg between door and street, with what the door adds.

    Everything that searches asks this first, so it is here that a snap of other streets is refused.

    Raises
    ------
    InputError
        If the snap was made on other streets.
    """
    require_of(network, snap)
    leg_min = snap.access_m / network.access_speed_m_s / 60.0
    return np.asarray(leg_min if snap.extra_min is None else leg_min + snap.extra_min)


def seeds(
    network: Network, snap: Snap, direction: Direction
) -> tuple[IntArray, FloatArray, IntArray]:
    """
    Start nodes of the snapped sources: both ends of each source's edge.

    Returns
    -------
    node, minutes, source
        Two entries per snapped source, one after the other.

    Raises
    ------
    InputError
        If the sources were snapped to other streets.
    """
    leg_min = leg_minutes(network, snap)
    on = np.flatnonzero(snap.edge >= 0).astype(np.int32)
    edge, share = snap.edge[on], snap.share[on]
    uv_min, vu_min = network.edge_min[edge, 0], network.edge_min[edge, 1]
    if direction == "from":
        uv_min, vu_min = vu_min, uv_min
    at_ends = np.column_stack((_part(share, uv_min), _part(1.0 - share, vu_min)))
    minutes = at_ends + leg_min[on, None]
    return network.edge_uv[edge].ravel(), minutes.ravel(), np.repeat(on, 2)


def _part(share: FloatArray, minutes: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return np.where(share == 0.0, 0.0, share * minutes)


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
    reach = blank_field(network, sources, direction)
    kernels.relax(
        reach, network.arcs(direction), *seeds(network, sources, direction),
        require_limit(limit_min), network.usual_min,
    )  # fmt: skip
    return Nearest(reach.node_min, reach.node_source)


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
        If the limit is negative or not a number, or a snap is of other streets.
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

    Raises
    ------
    InputError
        If the limit is negative or not a number, or a snap or the answer is of other streets.
    """
    limit_min = require_limit(limit_min)
    minutes, source = kernels.point_times(
        field(network, sources, nodes, direction),
        targets.edge, targets.share, leg_minutes(network, targets),
    )  # fmt: skip
    beyond = minutes > limit_min + kernels.TOLERANCE_MIN
    minutes[beyond], source[beyond] = np.inf, kernels.NO_LABEL
    return Nearest(minutes, source)


def field(network: Network, sources: Snap, nodes: Nearest, direction: Direction) -> kernels.Field:
    """
    Gather what gives the minutes of any place on a street.

    Parameters
    ----------
    network, sources, direction
        As given to `nearest_nodes`.
    nodes
        Its answer.

    Returns
    -------
    field
        For `kernels.minutes_at`.

    Raises
    ------
    InputError
        If the sources or the answer are of other streets.
    """
    here_leg = leg_minutes(network, sources)
    if len(nodes.minutes) != network.nodes:
        raise _other_streets()
    uv_min, vu_min = network.edge_min[:, 0], network.edge_min[:, 1]
    if direction == "from":  # the path arrives: it comes from v along v->u, from u along u->v
        uv_min, vu_min = vu_min, uv_min
    first = np.full(network.edges, kernels.NO_LABEL, np.int32)
    following = np.full(len(sources.edge), kernels.NO_LABEL, np.int32)
    for k in np.flatnonzero(sources.edge >= 0).tolist():
        following[k], first[sources.edge[k]] = first[sources.edge[k]], k
    return kernels.Field(
        np.ascontiguousarray(network.edge_uv), np.ascontiguousarray(uv_min),
        np.ascontiguousarray(vu_min), nodes.minutes, nodes.source, first, following,
        sources.share, here_leg, np.arange(len(sources.edge), dtype=float),
    )  # fmt: skip


def blank_field(network: Network, sources: Snap, direction: Direction) -> kernels.Field:
    """Return a field with nothing reached, for kernels that write one source after another."""
    nobody = replace(sources, edge=np.full_like(sources.edge, kernels.NO_LABEL))
    nowhere = Nearest(
        np.full(network.nodes, np.inf), np.full(network.nodes, kernels.NO_LABEL, np.int32)
    )
    return field(network, nobody, nowhere, direction)


def node_sets(
    network: Network,
    sources: Snap,
    limits_min: FloatArray,
    direction: Direction = "to",
) -> tuple[npt.NDArray[np.int64], IntArray, FloatArray]:
    """
    Nodes that each source reaches within its own closed limit, in no order.

    Parameters
    ----------
    network, sources
        Network and snapped facilities.
    limits_min
        (k,) minutes, one per source.
    direction
        ``to`` or ``from`` the facility.

    Returns
    -------
    pointer, node, minutes
        Source k has those from ``pointer[k]`` to ``pointer[k + 1]``; none if unsnapped.

    Raises
    ------
    InputError
        If there is not one limit per source, one is negative or not a number, or the sources were
        snapped to other streets.
    """
    limits = np.asarray(limits_min, dtype=np.float64)
    if limits.shape != sources.edge.shape or not (limits >= 0.0).all():
        raise InputError(
            f"{limits.size} limits for {len(sources.edge)} sources, or one below 0 or no number.",
            zh=f"{len(sources.edge)} 个起点给出了 {limits.size} 个时限，或有时限为负或不是数。",
            fix="one limit >= 0 per source, for example np.full(len(sources.edge), 15.0)",
            fix_zh="每个起点一个不小于 0 的时限，例如 np.full(len(sources.edge), 15.0)",
        )
    node, minutes, source = seeds(network, sources, direction)
    starts = pointer(source, len(sources.edge)), node, minutes
    found: tuple[npt.NDArray[np.int64], IntArray, FloatArray] = kernels.node_sets(
        network.arcs(direction),
        starts,
        limits,
        network.usual_min,
    )
    return found


def reached(
    network: Network,
    sources: Snap,
    index: int,
    *,
    limit_min: float,
    direction: Direction = "to",
) -> tuple[IntArray, FloatArray]:
    """
    Nodes that one source reaches within a closed limit, in no order, with their minutes.

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

    Returns
    -------
    node, minutes
        Empty where the facility is unsnapped.

    Raises
    ------
    InputError
        If there is no such facility, the limit is negative or not a number, or the facilities
        were snapped to other streets.
    """
    in_range("index", index, 0, len(sources.edge) - 1)
    one = sources.part(slice(index, index + 1))
    limits = np.array([require_limit(limit_min)])
    _, node, minutes = node_sets(network, one, limits, direction)
    return node, minutes
