"""Slopes (坡度): from heights or from a column of the roads, as factors of time per direction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from geoplan.errors import InputError
from geoplan.network.costs import edge_minutes, number, tobler

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from geoplan.network.graph import Network
    from geoplan.network.profiles import Profile

    FloatArray = npt.NDArray[np.float64]

_STEP_M = 30.0  # heights are read so far apart; nearer, their errors would pass for slopes


@dataclass(frozen=True, slots=True, eq=False)
class Elevation:
    """
    A grid of heights (DEM).

    Parameters
    ----------
    height_m
        (rows, columns) heights at the centres of the cells, from north to south; NaN is no data.
    west, north
        Outer corner of the first cell, in ``crs``.
    cell_x, cell_y
        Size of a cell, in units of ``crs``, positive.
    crs
        Of the grid, for example ``EPSG:4490``.
    """

    height_m: FloatArray
    west: float
    north: float
    cell_x: float
    cell_y: float
    crs: str

    def at(self, xy: FloatArray, crs: str) -> FloatArray:
        """
        Heights at places, between the four cells around each; NaN where one has no data.

        Parameters
        ----------
        xy
            (k, 2) places.
        crs
            Theirs.
        """
        move = pyproj.Transformer.from_crs(crs, self.crs, always_xy=True)
        x, y = move.transform(xy[:, 0], xy[:, 1])
        column = (x - self.west) / self.cell_x - 0.5
        row = (self.north - y) / self.cell_y - 0.5
        rows, columns = self.height_m.shape
        edge = 0.5  # half a cell beyond the outer centres still lies in the grid
        off = (np.minimum(column, row) < -edge) | (column > columns - edge) | (row > rows - edge)
        off |= ~(np.isfinite(column) & np.isfinite(row))
        c = np.clip(np.where(off, 0.0, column), 0.0, columns - 1.0)
        r = np.clip(np.where(off, 0.0, row), 0.0, rows - 1.0)
        c0, r0 = np.floor(c).astype(int), np.floor(r).astype(int)
        c1, r1 = np.minimum(c0 + 1, columns - 1), np.minimum(r0 + 1, rows - 1)
        p, q = c - c0, r - r0
        z = self.height_m
        upper = z[r0, c0] * (1 - p) + z[r0, c1] * p
        lower = z[r1, c0] * (1 - p) + z[r1, c1] * p
        return np.asarray(np.where(off, np.nan, upper * (1 - q) + lower * q))


def add_slopes(network: Network, profile: Profile, elevation: Elevation | None) -> Network:
    """
    Return the network with the slopes of its streets in its minutes (Tobler, per direction).

    Heights are read every 30 m along each edge, or at its ends; a bridge or tunnel (``layer``
    other than 0) runs straight between its ends. Where a height is missing the way counts as
    flat, and ``notes['no_height']`` counts such edges.

    Parameters
    ----------
    network
        As built.
    profile
        Its profile.
    elevation
        Heights; without them the column ``slope`` of the roads counts.
    """
    notes = dict(network.notes)
    if elevation is None:
        slope = number(network.roads, "slope", 0.0)[network.road] / 100.0
        if not slope.any():
            return network
        factor = np.column_stack((tobler(slope), tobler(-slope)))
    else:
        factor, unknown = _from_heights(network, elevation)
        notes["no_height"] = int(unknown.sum())
    minutes = edge_minutes(network.roads, network.road, network.edge_length_m, factor, profile)
    return replace(network, edge_min=minutes, slope_factor=factor, notes=notes)


def slopes_of(network: Network, roads: pd.DataFrame, profile: Profile) -> FloatArray | None:
    """
    Return the factors of new roads of a network, from their column ``slope``, or None.

    Raises
    ------
    InputError
        If they have no such column, and the slopes of the others are from heights.
    """
    if "slope" in roads.columns:
        slope = number(roads, "slope", 0.0) / 100.0
        return np.column_stack((tobler(slope), tobler(-slope)))
    if "no_height" in network.notes and profile.mode == "walk" and profile.use_slope:
        raise InputError(
            "The slopes of this network are from heights, and the new roads have none.",
            zh="该路网的坡度取自高程，而新增道路没有坡度。",
            fix="give the new roads a column 'slope' (%, uphill in the direction of drawing)",
            fix_zh="为新增道路填写“slope”列（%，沿绘制方向上坡为正）",
        )
    return None


def _from_heights(
    network: Network, elevation: Elevation
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Mean factor of every edge per direction, and which edges lack a height."""
    level = number(network.roads, "layer", 0.0)[network.road]
    steps = np.maximum(1, np.round(network.edge_length_m / _STEP_M)).astype(np.int64)
    steps[level != 0] = 1
    edge = np.repeat(np.arange(network.edges, dtype=np.int32), steps + 1)
    begin = np.concatenate(([0], np.cumsum(steps + 1)))[:-1]
    share = (np.arange(len(edge)) - begin[edge]) / steps[edge]
    height_m = elevation.at(network.places(edge, share), network.crs)
    inner = np.flatnonzero(edge[1:] == edge[:-1])
    run_m = np.maximum(network.edge_length_m / steps, 1.0)[edge[inner]]
    slope = (height_m[inner + 1] - height_m[inner]) / run_m
    of = edge[inner]
    forth = np.bincount(of, weights=tobler(slope), minlength=network.edges) / steps
    back = np.bincount(of, weights=tobler(-slope), minlength=network.edges) / steps
    unknown = np.bincount(of, weights=np.isnan(slope), minlength=network.edges) > 0
    return np.column_stack((forth, back)), unknown
