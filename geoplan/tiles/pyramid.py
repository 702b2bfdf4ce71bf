"""All tiles of some layers (瓦片金字塔), zoom by zoom, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoplan.errors import InputError
from geoplan.tiles.encoder import tile
from geoplan.tiles.grids import MAX_ZOOM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geoplan.tiles.encoder import TileLayer

SMALLEST = 2.0
"""Polygons of less than two squares of the tile's grid are not drawn at that zoom. [P]"""


def pyramid(
    layers: Sequence[TileLayer], zooms: range, *, smallest: float = SMALLEST
) -> Iterator[tuple[int, int, int, bytes]]:
    """
    Yield the tiles that have a feature.

    Parameters
    ----------
    layers
        All of one grid.
    zooms
        Zooms, ascending.
    smallest
        As for `encode_layer`.

    Yields
    ------
    zoom, x, y, tile
        Bytes of each tile, not compressed.

    Raises
    ------
    InputError
        If there are no zooms, or some beyond the grid's.
    """
    check_zooms(zooms)
    grid = layers[0].grid
    west, south, east, north = bounds_of(layers)
    for zoom in zooms:
        width = grid.width(zoom)
        most_x, most_y = grid.columns * 2**zoom - 1, grid.rows * 2**zoom - 1
        first_x, last_x = (int((v - grid.west) // width) for v in (west, east))
        first_y, last_y = (int((grid.north - v) // width) for v in (north, south))
        for x in range(max(first_x, 0), min(last_x, most_x) + 1):
            for y in range(max(first_y, 0), min(last_y, most_y) + 1):
                body = tile(layers, zoom, x, y, smallest=smallest)
                if body:
                    yield zoom, x, y, body


def check_zooms(zooms: range) -> None:
    """
    Check that zooms can be made.

    Raises
    ------
    InputError
        If there are none, or some beyond the grid's.
    """
    if not len(zooms) or not 0 <= zooms[0] <= zooms[-1] <= MAX_ZOOM:
        said = f"{zooms.start}-{zooms.stop - 1}"
        raise InputError(
            f"Zooms {said} cannot be made.", zh=f"级别 {said} 不可用。",
            fix=f"give two of 0 to {MAX_ZOOM}, the lower first",
            fix_zh=f"请给出 0 至 {MAX_ZOOM} 之间的两个级别，小的在前",
        )  # fmt: skip


def bounds_of(layers: Sequence[TileLayer]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of all layers, in the CRS of their grid."""
    each = np.vstack([layer.boxes for layer in layers])
    (west, south), (east, north) = np.nanmin(each[:, :2], axis=0), np.nanmax(each[:, 2:], axis=0)
    return float(west), float(south), float(east), float(north)
