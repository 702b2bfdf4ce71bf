"""
Reference objects of markers (方位物, BND-06): how many are usable, their azimuths both ways.

Registers hold grid azimuths (坐标方位角); directions in words are told from true north.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan import crs as _crs
from geoplan.boundaries.azimuths import convergence_deg, grid_from_true, true_from_grid
from geoplan.boundaries.notes import numbers, texts

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[Any]

REFERENCE_OBJECTS = (1, 2, 3)
"""Reference objects that the layer has columns for."""
_GRID = ("", "grid", "坐标方位角")
_TRUE = ("true", "真方位角")


def reference_objects(markers: pd.DataFrame) -> npt.NDArray[np.int64]:
    """
    Count the usable reference objects (方位物) of each marker: name, azimuth and distance known.

    Parameters
    ----------
    markers
        Columns ``ref1_name``, ``ref1_azimuth_deg``, ``ref1_distance_m`` and so on; any CRS.

    Returns
    -------
    count
        One per row.
    """
    total = np.zeros(len(markers), dtype=np.int64)
    for k in REFERENCE_OBJECTS:
        named = np.array([bool(t) for t in texts(markers, f"ref{k}_name")], dtype=bool)
        for column in (f"ref{k}_azimuth_deg", f"ref{k}_distance_m"):
            named &= numbers(markers, column).notna().to_numpy()
        total += named
    return total


def true_reference_azimuths(markers: gpd.GeoDataFrame, *, grid: str = _crs.METRIC) -> pd.DataFrame:
    """
    Return the true azimuths of the reference objects; registers hold grid azimuths (BND-06).

    Parameters
    ----------
    markers
        ``ref1_azimuth_deg`` …, ``azimuth_kind``, point geometry in any CRS.
    grid
        The plane CRS of the register, whose north the grid azimuths are told from.

    Returns
    -------
    azimuths
        The index of ``markers``: ``ref1_azimuth_true_deg`` …, NaN where unknown;
        ``convergence_deg``; ``assumed_grid``: the kind was not written and taken for grid.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> marker = gpd.GeoDataFrame({"ref1_azimuth_deg": [90.0], "azimuth_kind": "坐标方位角"},
    ...     geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490")
    >>> true_reference_azimuths(marker)["ref1_azimuth_true_deg"].round(4).tolist()
    [89.6742]
    """
    kind, is_grid, is_true = _kinds(markers)
    convergence = convergence_deg(markers.geometry, grid)
    out = {}
    for k in REFERENCE_OBJECTS:
        azimuth = numbers(markers, f"ref{k}_azimuth_deg").to_numpy()
        turned = np.where(is_grid, true_from_grid(azimuth, convergence), np.nan)
        out[f"ref{k}_azimuth_true_deg"] = np.where(is_true, azimuth, turned)
    assumed = np.array([not t for t in kind], dtype=bool)
    return pd.DataFrame({**out, "convergence_deg": convergence, "assumed_grid": assumed},
                        index=markers.index)  # fmt: skip


def grid_reference_azimuths(markers: gpd.GeoDataFrame, *, grid: str = _crs.METRIC) -> pd.DataFrame:
    """
    Return the grid azimuths of the reference objects, as a register writes them (BND-06).

    Parameters
    ----------
    markers, grid
        As for `true_reference_azimuths`.

    Returns
    -------
    azimuths
        The index of ``markers``: ``ref1_azimuth_grid_deg`` …; where the kind is not written it is
        taken for grid; NaN where it is neither grid nor true, or is true and the position unknown.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> marker = gpd.GeoDataFrame({"ref1_azimuth_deg": [90.0], "azimuth_kind": "true"},
    ...     geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490")
    >>> grid_reference_azimuths(marker)["ref1_azimuth_grid_deg"].round(4).tolist()
    [90.3258]
    """
    _, is_grid, is_true = _kinds(markers)
    convergence = convergence_deg(markers.geometry, grid)
    out = {}
    for k in REFERENCE_OBJECTS:
        azimuth = numbers(markers, f"ref{k}_azimuth_deg").to_numpy()
        turned = np.where(is_true, grid_from_true(azimuth, convergence), np.nan)
        out[f"ref{k}_azimuth_grid_deg"] = np.where(is_grid, azimuth, turned)
    return pd.DataFrame(out, index=markers.index)


def _kinds(markers: pd.DataFrame) -> tuple[list[str], Array, Array]:
    kind = texts(markers, "azimuth_kind")
    return kind, np.isin(kind, _GRID), np.isin(kind, _TRUE)
