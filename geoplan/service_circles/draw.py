"""Drawing (绘制范围): a time field as polygons, window by window of the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geoplan.network.raster import TILE
from geoplan.service_circles import contour, time_grid
from geoplan.service_circles.rings import Polygons

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.network.kernels import Field

_SIDE = 4 * TILE  # points along the side of the largest window


class Drawing:
    """
    Draws shapes of one network on one grid.

    Parameters
    ----------
    network
        Whose streets.
    cell_m
        Spacing of the grid, m.
    trim_m
        Farthest a shape may lie from a street, m; never more than the network's snap cap.
    """

    def __init__(self, network: Network, cell_m: float, trim_m: float | None = None) -> None:
        self.network = network
        cap_m = network.snap_cap_m if trim_m is None else min(trim_m, network.snap_cap_m)
        self._raster = network.raster(float(cell_m))
        self._streets = time_grid.Streets(
            network.line_xy, network.line_ptr, network.vertex_edge, network.vertex_share,
            1.0 / (network.access_speed_m_s * 60.0), float(cap_m), float(cell_m),
        )  # fmt: skip
        points = (_SIDE + 1) ** 2
        self._minutes = np.empty(points)
        self._room = np.empty((3, points), np.int32)
        self._polygons = Polygons()

    def draw(
        self,
        field: Field,
        edges: npt.NDArray[np.int32],
        limits_min: npt.NDArray[np.float64],
        first: int,
        *,
        sources: int = 0,
        on_progress: Callable[[float, str], None] | None = None,
    ) -> None:
        """
        Add the shapes of a field, one per limit from number ``first``.

        Parameters
        ----------
        field
            Minutes along the streets.
        edges
            Those that may be reached.
        limits_min
            Closed limits.
        first
            Number of the first shape.
        sources
            How many sources each have a shape of their own per limit; 0 makes one of all.
        on_progress
            Called with the share done (0–1) and a word.
        """
        box = time_grid.boxes(self._streets, field, edges, float(limits_min.max()))
        if not len(box):
            return
        pieces: list[list[contour.Pieces]] = [[] for _ in limits_min]
        windows = _windows(box)
        for done, corners in enumerate(windows):
            window = self._sample(field, box, corners)
            for k, limit_min in enumerate(limits_min):
                pieces[k].append(
                    contour.march(self._streets, field, window, float(limit_min), sources == 0)
                )
            if on_progress:
                on_progress((done + 1) / len(windows), "areas")
        for k, parts in enumerate(pieces):
            whole = (
                parts[0]
                if len(parts) == 1
                else contour.Pieces(*(np.concatenate(p) for p in zip(*parts, strict=True)))
            )
            self._polygons.add(whole, first + k * max(sources, 1), by_label=sources > 0)

    def shapes(self, count: int) -> npt.NDArray[np.object_]:
        """All shapes drawn, by number: MultiPolygons, some may be empty."""
        return self._polygons.multipolygons(count)

    def _sample(
        self, field: Field, box: npt.NDArray[np.int64], corners: tuple[int, int, int, int]
    ) -> time_grid.Window:
        column, row, columns, rows = corners
        shape, points = (rows, columns), rows * columns
        source, segment, label = self._room
        window = time_grid.Window(
            column, row, self._minutes[:points].reshape(shape), source[:points].reshape(shape),
            segment[:points].reshape(shape), label[:points].reshape(shape),
        )  # fmt: skip
        wanted = time_grid.patches(box, column, row, columns, rows)
        tiles = self._raster.tiles(column, row, wanted, time_grid.PATCH)
        time_grid.sample(self._streets, field, tiles, window, wanted)
        return window


def _windows(box: npt.NDArray[np.int64]) -> list[tuple[int, int, int, int]]:
    """Cover the boxes by windows that share a line of points: column, row, columns, rows."""
    patch = time_grid.PATCH
    low = box[:, :2].min(axis=0) // patch * patch
    high = box[:, 2:].max(axis=0)
    (left, bottom), (right, top) = low.tolist(), high.tolist()
    return [
        (c, r, min(c + _SIDE, right) - c + 1, min(r + _SIDE, top) - r + 1)
        for r in range(bottom, top, _SIDE)
        for c in range(left, right, _SIDE)
    ]
