"""Candidates where no register gives any (备选点生成): a grid, or junctions of the roads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geoplan import crs as _crs
from geoplan.network.snap import as_points
from geoplan.siting.checked import wrong

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network import Network

    Floats = npt.NDArray[np.float64]

_MOST_POINTS = 2_000_000
_ROUNDING_M = 1e-6
_HA_M2 = 10_000.0


def grid(
    areas: gpd.GeoDataFrame | tuple[float, float, float, float], spacing_m: float, *,
    crs: str | None = None, outside: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    """
    Make candidates of a grid where no sites are given.

    Parameters
    ----------
    areas
        Polygons in a metric CRS, or bounds ``(west, south, east, north)`` in ``crs``.
    spacing_m
        Between points; they lie at its multiples, so that grids of neighbours fit.
    crs
        Of bounds.
    outside
        Areas without points, in the same CRS.

    Returns
    -------
    candidates
        ``site_id`` (``G1`` …, west to east, then south to north) and points in or on the areas.

    Raises
    ------
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a layer is not in metres, or they differ.
    InputError
        If the spacing is not positive, or gives more than two million points.
    """
    frame = (
        areas
        if isinstance(areas, gpd.GeoDataFrame)
        else gpd.GeoDataFrame(geometry=[shapely.box(*areas)], crs=crs)
    )
    _crs.require_metric(frame, "areas")
    step = _positive("spacing_m", spacing_m)
    bounds = frame.total_bounds
    if not np.isfinite(bounds).all():
        return _points(np.empty((0, 2)), frame.crs, "G", outside)
    low, high = np.ceil(bounds[:2] / step), np.floor(bounds[2:] / step)
    count = np.maximum(high - low + 1, 0)
    if count.prod() > _MOST_POINTS:
        raise wrong(f"A spacing of {step:g} m gives {count.prod():.0f} points.",
                    f"间距 {step:g} 米将产生 {count.prod():.0f} 个点。", "give a wider spacing",
                    "请加大间距", parameter="spacing_m")  # fmt: skip
    y, x = np.meshgrid(*(np.arange(a, b + 1) * step for a, b in
                         ((low[1], high[1]), (low[0], high[0]))), indexing="ij")  # fmt: skip
    xy = np.column_stack((x.ravel(), y.ravel()))
    shapes = np.asarray(frame.geometry.array, dtype=object)
    tree = shapely.STRtree(np.asarray(shapely.points(xy), dtype=object))
    inside = np.unique(tree.query(shapes, predicate="intersects")[1])
    return _points(xy[inside], frame.crs, "G", outside)


def road_nodes(
    network: Network, every_m: float, *, seed: int = 0, outside: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """
    Make candidates of road nodes: one in each square, a junction of most streets.

    Parameters
    ----------
    network
        Its largest connected piece gives the nodes.
    every_m
        Side of the squares.
    seed
        Decides between equal nodes.
    outside
        Areas without candidates, in the network's CRS.

    Returns
    -------
    candidates
        ``site_id`` (``N`` and the node) and points in the network's CRS, by node.

    Raises
    ------
    CRSMismatchError
        If ``outside`` is in another CRS.
    InputError
        If ``every_m`` is not positive.
    """
    step = _positive("every_m", every_m)
    node = np.flatnonzero(network.component == 0)
    streets = np.diff(network.touching[0])[node]
    square = np.floor(network.node_xy[node] / step).astype(np.int64)
    luck = np.random.default_rng(seed).permutation(len(node))
    order = np.lexsort((luck, -streets, square[:, 1], square[:, 0]))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(square[order], axis=0) != 0).any(axis=1)
    chosen = np.sort(node[order[first]])
    return _points(network.node_xy[chosen], network.crs, "N", outside, chosen)


def _points(
    xy: Floats, system: Any, prefix: str, outside: gpd.GeoDataFrame | None,
    number: npt.NDArray[Any] | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    number = np.arange(1, len(xy) + 1) if number is None else number
    frame = gpd.GeoDataFrame({"site_id": [f"{prefix}{n}" for n in number]},
                             geometry=shapely.points(xy), crs=system)  # fmt: skip
    if outside is None or not len(outside):
        return frame
    _crs.require_same(frame, outside, "candidates", "outside")
    shapes = np.asarray(outside.geometry.array, dtype=object)
    hit = shapely.STRtree(np.asarray(frame.geometry.array)).query(shapes, predicate="intersects")[1]
    return frame.drop(index=np.unique(hit)).reset_index(drop=True)


def _positive(name: str, value: float) -> float:
    if not 0 < value < np.inf:
        raise wrong(f"{name} is {value}.", f"{name} 为 {value}。", "give metres above 0",
                    "应为大于 0 的米数", parameter=name)  # fmt: skip
    return float(value)


def xy_of(frame: gpd.GeoDataFrame, metric: str, name: str) -> Floats:
    """Return x and y of a frame's places in a metric CRS."""
    where = as_points(_crs.to_metric(frame, metric, name), name)
    return np.column_stack((shapely.get_x(where), shapely.get_y(where)))
