"""A made-up city of a given size: a jittered grid with missing blocks, in EPSG:4547."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

SPACING_M = 110.0


def roads(nodes: int) -> gpd.GeoDataFrame:
    """Streets of a city with about so many crossings; seeded."""
    rng = np.random.default_rng(2022)
    side = int(np.sqrt(nodes))
    row, column = np.divmod(np.arange(side * side), side)
    xy = np.column_stack((column, row)) * SPACING_M + rng.uniform(-25, 25, (side * side, 2))
    xy = (xy + np.array([400_000.0, 3_400_000.0])).round(2)
    number = np.arange(side * side).reshape(side, side)
    pairs = np.vstack((
        np.column_stack((number[:, :-1].ravel(), number[:, 1:].ravel())),
        np.column_stack((number[:-1].ravel(), number[1:].ravel())),
    ))  # fmt: skip
    pairs = pairs[rng.random(len(pairs)) < 0.82]
    middle = (xy[pairs[:, 0]] + xy[pairs[:, 1]]) / 2 + rng.uniform(-8, 8, (len(pairs), 2))
    line_xy = np.stack((xy[pairs[:, 0]], middle.round(2), xy[pairs[:, 1]]), axis=1)
    return gpd.GeoDataFrame(geometry=shapely.linestrings(line_xy), crs=4547)
