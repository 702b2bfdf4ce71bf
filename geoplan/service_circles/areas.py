"""
Service areas (服务圈范围): where a door would be within the limit, as polygons.

The area is the contour of the door-to-door time field: the time at the nearest street plus the
straight leg from there. It keeps holes and islands and never spans land that no street reaches.
Its edge is found by bisection on the exact field, so it agrees with point counts to a small part
of a cell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import shapely

from geoplan.errors import InputError
from geoplan.network import Direction, Network, Snap, kernels, nearest_nodes, snap
from geoplan.network.checks import numbers, one_of
from geoplan.network.search import blank_field, field, node_sets
from geoplan.service_circles.draw import Drawing
from geoplan.service_circles.sources import by_id, limits_of
from geoplan.service_circles.time_grid import edges_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    Progress = Callable[[float, str], None]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]

Merge = Literal["overlap", "dissolve", "split"]
_MIN_CELL_M = 1.0
_BATCH = 512  # facilities searched at once


def areas(  # noqa: PLR0913
    network: Network,
    facilities: gpd.GeoDataFrame,
    *,
    minutes: float | Sequence[float] | str,
    direction: Direction = "to",
    merge: Merge = "overlap",
    rings: bool = False,
    entry: str | None = None,
    trim_m: float | None = None,
    cell_m: float | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> gpd.GeoDataFrame:
    """
    Polygons of the land from which a facility is reached within each limit.

    Parameters
    ----------
    network
        Made for one profile.
    facilities
        Column ``facility_id``. Point or polygon geometry in the network's CRS; facilities outside
        the city count like any other.
    minutes
        Limits, closed, or one; or the name of a column with each facility's own limit.
    direction
        ``to`` the facility or ``from`` it.
    merge
        ``overlap``: one polygon per facility and limit. ``dissolve``: one per limit, for all
        facilities together. ``split``: the dissolved area, cut up by the nearest facility (with
        own limits: the one with most minutes left). A facility that is nearest nowhere has no row.
    rings
        Cut the smaller limits out of the larger ones.
    entry
        Column with minutes to add at each facility's door (a lift, a gate).
    trim_m
        Farthest the area may lie from a reached street, m. Default: the network's snap cap.
    cell_m
        Spacing of the grid, m, at least 1; the edge is right to a small part of it, and what is
        narrower than a cell may be missed. Default: `usual_cell_m`.
    on_progress
        Called with the share done (0–1) and a word.

    Returns
    -------
    areas
        Columns ``facility_id`` (not with ``dissolve``), ``limit_min`` (NaN where facilities of
        different limits are dissolved), ``geometry`` (MultiPolygon in the network's CRS), and
        with ``rings`` ``from_min``. Facilities that no street reaches are left out; of the others
        an ``overlap`` area is never empty: it holds at least the metre around the place where the
        facility meets its street.

    Raises
    ------
    InputError
        If a limit is not positive and finite, or the cell is below a metre, or an own limit or
        entry time is missing or negative.
    MissingColumnsError
        If ``facility_id`` or a named column is absent.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the facilities are not in the network's CRS.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(2). Cost: grows with the land reached, not with the network;
    the nearest street of every grid point is found on first use and kept with the network.
    """
    one_of("merge", merge, ("overlap", "dissolve", "split"))
    cell_m = usual_cell_m(network) if cell_m is None else cell_m
    named = [c for c in (minutes, entry) if isinstance(c, str)]
    _require_grid(cell_m, trim_m)
    ordered = by_id(facilities, *named)
    sources = snap(network, ordered, name="facilities")
    on = np.flatnonzero(sources.edge >= 0)
    ordered, sources = ordered.iloc[on], sources.part(on)
    if entry is not None:
        sources = replace(sources, extra_min=_column(ordered, entry, least=0.0))
    limits = _limits(ordered, minutes)
    drawing = Drawing(network, cell_m, trim_m)
    if merge == "overlap":
        found = _each(drawing, sources, limits, direction, on_progress)
    else:
        found = _together(drawing, sources, limits, direction, merge, on_progress)
    found = _cut_rings(found) if rings else found
    if merge != "dissolve":
        ids = ordered["facility_id"].to_numpy()
        found.insert(0, "facility_id", ids[found.pop("source").to_numpy()])
    return found


def usual_cell_m(network: Network) -> float:
    """
    Spacing that keeps areas and point counts within 0.4 % of each other, m.

    The gap between streets in the densest tenth of the network (`Network.street_gap_m`) over 2.4,
    from 4 m to 12 m, so that a dense core in a wide town is drawn fine too. The 0.4 % are of all
    people beside the streets of a whole city, those whom the dissolved areas of 5 and 15 minutes
    put on the other side than their own minutes do, in the five cities of the tests. Of the people
    of one small area, or of a core with less than a tenth of the streets, it may be more: give
    ``cell_m`` there.

    Parameters
    ----------
    network
        Whose streets.
    """
    return float(np.clip(np.round(network.street_gap_m / 2.4), 4.0, 12.0))


def _require_grid(cell_m: float, trim_m: float | None) -> None:
    if not _MIN_CELL_M <= cell_m < np.inf or not (trim_m is None or 0.0 < trim_m < np.inf):
        raise InputError(
            f"cell_m={cell_m}, trim_m={trim_m}: a cell is at least 1 m, a trim more than 0.",
            zh=f"网格 {cell_m} 米、修剪距离 {trim_m} 米不合理：网格不小于 1 米，修剪距离大于 0。",
            fix="for example cell_m=12, trim_m=100",
            fix_zh="例如 cell_m=12，trim_m=100",
        )


def _limits(facilities: gpd.GeoDataFrame, minutes: float | Sequence[float] | str) -> FloatArray:
    """Limits of every facility: (facilities, limits)."""
    if isinstance(minutes, str):
        return _column(facilities, minutes, least=1e-9)[:, None]
    limits = limits_of(minutes)
    return np.broadcast_to(limits, (len(facilities), len(limits)))


def _column(facilities: gpd.GeoDataFrame, name: str, *, least: float) -> FloatArray:
    """Read minutes of every facility from a column; a missing one is an error, not zero."""
    value = numbers(facilities, name)
    wrong = ~((value >= least) & (value < np.inf))
    if wrong.any():
        ids = facilities["facility_id"].to_numpy()[wrong][:3].tolist()
        raise InputError(
            f"facilities: {name} of {wrong.sum()} facilities is missing or below {least:g} minutes,"
            f" for example {ids}.",
            zh=f"设施表：{wrong.sum()} 个设施的 {name} 缺失或小于 {least:g} 分钟，例如 {ids}。",
            fix=f"fill the column {name!r}, or leave these facilities out",
            fix_zh=f"补填“{name}”列，或去掉这些设施",
            column=name,
        )
    return np.asarray(value, dtype=np.float64)


def _each(
    drawing: Drawing,
    sources: Snap,
    limits: FloatArray,
    direction: Direction,
    on_progress: Progress | None,
) -> gpd.GeoDataFrame:
    """One shape per facility and limit (``overlap``)."""
    each = limits.shape[1]
    for k, (reached, edges) in enumerate(each_field(drawing.network, sources, limits, direction)):
        drawing.draw(reached, edges, limits[k], k * each)
        if on_progress:
            on_progress((k + 1) / len(limits), "areas")
    shapes = drawing.shapes(limits.size)
    source = np.repeat(np.arange(len(limits)), each)
    empty = np.flatnonzero(shapely.is_empty(shapes))
    shapes[empty] = _feet(drawing.network, sources.part(source[empty]))
    return gpd.GeoDataFrame(
        {"source": source, "limit_min": limits.ravel()}, geometry=shapes, crs=drawing.network.crs
    )


def each_field(
    network: Network, sources: Snap, limits: FloatArray, direction: Direction
) -> Iterator[tuple[kernels.Field, IntArray]]:
    """
    Time field of one source after another, with the edges it reaches.

    Parameters
    ----------
    network, sources, direction
        As for `nearest`; all sources are snapped.
    limits
        (sources, limits) minutes; the largest of each row bounds its search.

    Yields
    ------
    field, edges
        The field is the same object every time and holds only until the next one.
    """
    blank = blank_field(network, sources, direction)
    seen = np.full(network.edges, -1, np.int32)
    for first in range(0, len(sources.edge), _BATCH):
        rows = slice(first, first + _BATCH)
        ptr, node, minutes = node_sets(
            network, sources.part(rows), limits[rows].max(axis=1), direction
        )
        for k, edge in enumerate(sources.edge[rows].tolist(), first):
            mine = slice(ptr[k - first], ptr[k - first + 1])
            at = node[mine]
            blank.node_min[at], blank.node_source[at] = minutes[mine], k
            blank.here_first[edge] = k
            yield blank, edges_of(network.touching, at, edge, seen, k)
            blank.node_min[at], blank.here_first[edge] = np.inf, kernels.NO_LABEL


def together_field(
    network: Network, sources: Snap, limit_min: float, direction: Direction
) -> tuple[kernels.Field, IntArray]:
    """Time field of the nearest of all sources, with the edges it reaches."""
    nodes = nearest_nodes(network, sources, limit_min=limit_min, direction=direction)
    reached = field(network, sources, nodes, direction)
    on = np.isfinite(nodes.minutes)[network.edge_uv].any(axis=1) | (reached.here_first >= 0)
    return reached, np.flatnonzero(on).astype(np.int32)


def _together(
    drawing: Drawing,
    sources: Snap,
    limits: FloatArray,
    direction: Direction,
    merge: Merge,
    on_progress: Progress | None,
) -> gpd.GeoDataFrame:
    """One shape per limit, or per limit and nearest facility."""
    n, each = limits.shape
    by_source = merge == "split"
    longest = limits.max(axis=0, initial=0.0) if n else np.zeros(each)
    own = not (limits == longest).all()
    if own:  # a facility with less time starts later by as much
        late = longest - limits[:, 0]
        sources = replace(
            sources, extra_min=late + (0.0 if sources.extra_min is None else sources.extra_min)
        )
    if n:
        reached, edges = together_field(drawing.network, sources, float(longest.max()), direction)
        drawing.draw(
            reached, edges, longest, 0, sources=n if by_source else 0, on_progress=on_progress
        )
    shapes = drawing.shapes(each * (n if by_source else 1))
    crs = drawing.network.crs
    if not by_source:
        at = np.full(each, np.nan) if own else longest
        return gpd.GeoDataFrame({"limit_min": at}, geometry=shapes, crs=crs)
    columns = {"source": np.tile(np.arange(n), each), "limit_min": limits.T.ravel()}
    found = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    found = found.loc[~shapely.is_empty(shapes)]
    return found.sort_values(["source", "limit_min"], kind="stable", ignore_index=True)


def _cut_rings(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take each facility's smaller areas out of the next larger one."""
    found = found.sort_values(
        [c for c in ("source", "limit_min") if c in found], kind="stable", ignore_index=True
    )
    source = found["source"].to_numpy() if "source" in found else np.zeros(len(found))
    same = np.zeros(len(found), bool)
    same[1:] = source[1:] == source[:-1]
    inner = np.flatnonzero(same) - 1
    shapes, limit = found.geometry.to_numpy(), found["limit_min"].to_numpy()
    cut = shapes.copy()
    cut[same] = shapely.difference(shapes[same], shapes[inner])
    found = found.set_geometry(gpd.GeoSeries(_multi(cut), crs=found.crs))
    found.insert(found.columns.get_loc("limit_min"), "from_min", 0.0)
    found.loc[same, "from_min"] = limit[inner]
    return found


def _multi(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Make every polygonal shape a MultiPolygon, without lines and points of touching edges."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    flat, inner = shapely.get_parts(parts, return_index=True)
    keep = shapely.get_dimensions(flat) == 2  # noqa: PLR2004
    of = of[inner][keep]
    out = np.array([shapely.MultiPolygon()] * len(shapes), dtype=object)
    if keep.any():
        out[np.unique(of)] = shapely.multipolygons(
            flat[keep], indices=np.unique(of, return_inverse=True)[1]
        )
    return out


def _feet(network: Network, sources: Snap) -> npt.NDArray[np.object_]:
    """Discs of a metre where the sources meet their streets, so that no area is empty."""
    places = shapely.points(network.places(sources.edge, sources.share))
    discs = np.asarray(shapely.buffer(places, 1.0, quad_segs=4))
    return np.asarray(shapely.multipolygons(discs, indices=np.arange(len(discs))), dtype=object)
