"""People as dots (人口点): those who live near each other and are of one kind drawn as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import crs

if TYPE_CHECKING:
    import numpy.typing as npt

CELL_DEG = 0.01
"""Side of a square, about a kilometre."""


def dots(
    people: gpd.GeoDataFrame,
    kind: npt.NDArray[np.str_],
    count: npt.NDArray[np.float64],
    *,
    cell_deg: float = CELL_DEG,
) -> gpd.GeoDataFrame:
    """
    Draw people as one dot per square and kind.

    Parameters
    ----------
    people
        Points or polygons, any CRS.
    kind
        Of each row.
    count
        How many are there; rows of none, or of nobody knows how many, are not drawn.
    cell_deg
        Side of a square.

    Returns
    -------
    dots
        EPSG:4490: ``kind``, ``人数``, ``radius`` in pixels; at the middle of those who live there.
    """
    points = people.to_crs(crs.GEOGRAPHIC).geometry.representative_point()
    x, y = points.x.to_numpy(), points.y.to_numpy()
    table = pd.DataFrame({
        "kind": kind, "i": np.floor(x / cell_deg), "j": np.floor(y / cell_deg), "n": count,
        "x": x * count, "y": y * count,
    })  # fmt: skip
    table = table[count > 0].groupby(["kind", "i", "j"], as_index=False).sum()
    radius = np.clip(1.2 + np.sqrt(table["n"]) / 6, 1.5, 9.0).round(1)
    return gpd.GeoDataFrame(
        {"kind": table["kind"], "人数": table["n"].round().astype(int), "radius": radius},
        geometry=gpd.points_from_xy(table["x"] / table["n"], table["y"] / table["n"]),
        crs=crs.GEOGRAPHIC,
    )
