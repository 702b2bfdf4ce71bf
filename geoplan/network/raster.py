"""Street raster (最近道路栅格): the nearest street of every grid point, when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.segments import fill_tile

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.segments import SegmentGrid

TILE = 128
"""Grid points along the side of a tile."""
_POOL_TILES = 8192  # 512 MB; when full, all tiles are forgotten


class TileView(NamedTuple):
    """Where tiles lie: first tile, tiles across, slot of each tile, pool of segment numbers."""

    column0: int
    row0: int
    across: int
    slot: npt.NDArray[np.int32]
    pool: npt.NDArray[np.int32]


class StreetRaster:
    """
    Nearest street of the points ``(column * cell_m, row * cell_m)``, tile by tile.

    Parameters
    ----------
    line_xy, grid
        Vertices of all streets, and the index of those that count.
    cap_m
        Farthest a point may be from its street, m.
    cell_m
        Spacing of the points, m.
    """

    def __init__(
        self, line_xy: npt.NDArray[np.float64], grid: SegmentGrid, cap_m: float, cell_m: float
    ) -> None:
        self._line_xy, self._grid, self._cap_m = line_xy, grid, float(cap_m)
        self.cell_m = float(cell_m)
        size = TILE * self.cell_m
        low = np.floor(np.array([grid.x0 - cap_m, grid.y0 - cap_m]) / size).astype(int)
        far = [grid.x0 + grid.columns * grid.cell_m, grid.y0 + grid.rows * grid.cell_m]
        high = np.floor((np.array(far) + cap_m) / size).astype(int)
        (self._column0, self._row0) = low.tolist()
        (self._across, self._up) = (high - low + 1).tolist()
        self._slot = np.full(self._across * self._up, -1, np.int32)
        self._pool = np.empty((16, TILE, TILE), np.int32)
        self._used = 0

    def tiles(self, column: int, row: int, wanted: npt.NDArray[np.bool_], patch: int) -> TileView:
        """
        Make sure of the tiles under the wanted patches of a window, and return all there are.

        Parameters
        ----------
        column, row
            First grid point of the window, multiples of ``patch``.
        wanted
            (patches up, patches across).
        patch
            Grid points along the side of a patch; divides `TILE`.
        """
        up, across = np.nonzero(wanted)
        c = (column + across * patch) // TILE - self._column0
        r = (row + up * patch) // TILE - self._row0
        inside = (c >= 0) & (c < self._across) & (r >= 0) & (r < self._up)
        tiles = r[inside] * self._across + c[inside]
        missing = np.unique(tiles[self._slot[tiles] < 0])
        if self._used + len(missing) > _POOL_TILES and self._used:
            self._slot[:], self._used = -1, 0
            missing = np.unique(tiles)
        self._fill(missing)
        return TileView(self._column0, self._row0, self._across, self._slot, self._pool)

    def _fill(self, missing: npt.NDArray[np.int64]) -> None:
        self._reserve(self._used + len(missing))
        size = TILE * self.cell_m
        for tile in missing.tolist():
            row, column = divmod(tile, self._across)
            fill_tile(
                self._line_xy, self._grid, (column + self._column0) * size,
                (row + self._row0) * size, self.cell_m, self._cap_m, self._pool[self._used],
            )  # fmt: skip
            self._slot[tile] = self._used
            self._used += 1

    def _reserve(self, tiles: int) -> None:
        if tiles > len(self._pool):
            grown = np.empty((max(tiles, 2 * len(self._pool)), TILE, TILE), np.int32)
            grown[: self._used] = self._pool[: self._used]
            self._pool = grown
