"""Street raster (最近道路栅格): the nearest street of every grid point, when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoplan.network.segments import fill_tile

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.network.graph import Network

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
    Nearest passable street of the points ``(column * cell_m, row * cell_m)``, tile by tile.

    Parameters
    ----------
    network
        Whose streets.
    cell_m
        Spacing of the points, m.
    """

    def __init__(self, network: Network, cell_m: float) -> None:
        self._network, self.cell_m = network, float(cell_m)
        grid, size = network.grid, TILE * self.cell_m
        cap_m = network.snap_cap_m
        low = np.floor(np.array([grid.x0 - cap_m, grid.y0 - cap_m]) / size).astype(int)
        far = [grid.x0 + grid.columns * grid.cell_m, grid.y0 + grid.rows * grid.cell_m]
        high = np.floor((np.array(far) + cap_m) / size).astype(int)
        (self._column0, self._row0) = low.tolist()
        (self._across, self._up) = (high - low + 1).tolist()
        self._slot = np.full(self._across * self._up, -1, np.int32)
        self._pool = np.empty((16, TILE, TILE), np.int32)
        self._used = 0

    def tiles(self, column0: int, row0: int, column1: int, row1: int) -> TileView:
        """Make sure of the tiles of a window of grid points (inclusive) and return them."""
        first_c, last_c = self._inside(column0, column1, self._column0, self._across)
        first_r, last_r = self._inside(row0, row1, self._row0, self._up)
        wanted = (
            np.arange(first_r, last_r + 1)[:, None] * self._across
            + np.arange(first_c, last_c + 1)[None, :]
        ).ravel()
        missing = wanted[self._slot[wanted] < 0]
        if self._used + len(missing) > max(_POOL_TILES, len(wanted)):
            self._slot[:], self._used = -1, 0
            missing = wanted
        self._reserve(self._used + len(missing))
        size = TILE * self.cell_m
        for tile in missing.tolist():
            row, column = divmod(tile, self._across)
            fill_tile(
                self._network.line_xy, self._network.grid, (column + self._column0) * size,
                (row + self._row0) * size, self.cell_m, float(self._network.snap_cap_m),
                self._pool[self._used],
            )  # fmt: skip
            self._slot[tile] = self._used
            self._used += 1
        return TileView(self._column0, self._row0, self._across, self._slot, self._pool)

    def extent(self) -> tuple[int, int, int, int]:
        """Grid points that a street can be near: first column, first row, last column, last row."""
        return (
            self._column0 * TILE, self._row0 * TILE,
            (self._column0 + self._across) * TILE - 1, (self._row0 + self._up) * TILE - 1,
        )  # fmt: skip

    def _reserve(self, tiles: int) -> None:
        if tiles > len(self._pool):
            grown = np.empty((max(tiles, 2 * len(self._pool)), TILE, TILE), np.int32)
            grown[: self._used] = self._pool[: self._used]
            self._pool = grown

    @staticmethod
    def _inside(low: int, high: int, start: int, count: int) -> tuple[int, int]:
        return max(low // TILE - start, 0), min(high // TILE - start, count - 1)
