"""Where a static map stands on its sheet (图幅): metres to px, shapes to paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.maps.furniture import num

Shapes = npt.NDArray[np.object_]
PAD, PANEL = 8.0, 170.0
"""White around the map, and room for the legend beside it, px."""
_TOP, _BOTTOM, _LINE, _LEAST_HIGH = 30.0, 26.0, 16.0, 300.0


@dataclass(frozen=True)
class View:
    """
    Where the map stands on the sheet.

    Parameters
    ----------
    west, north
        Metric coordinates at the upper left corner of the sheet.
    px_per_m
        Scale.
    box
        Frame of the map: left, top, right, bottom, px.
    size
        Width and height of the sheet, px.
    """

    west: float
    north: float
    px_per_m: float
    box: tuple[float, float, float, float]
    size: tuple[float, float]

    @classmethod
    def around(
        cls, bounds: tuple[float, float, float, float], *, width_px: float, most_height_px: float,
        title: bool, note: bool,
    ) -> View:  # fmt: skip
        """
        Fit an extent into a sheet.

        Parameters
        ----------
        bounds
            West, south, east, north, m.
        width_px, most_height_px
            Of the whole drawing.
        title, note
            Whether room is kept for them.
        """
        west, south, east, north = bounds
        wide, high = max(east - west, 1.0), max(north - south, 1.0)
        top = PAD + (_TOP if title else 0.0)
        below = _BOTTOM + (_LINE if note else 0.0)
        room = width_px - PANEL - 3 * PAD, most_height_px - top - below - PAD
        scale = min((room[0] - 2 * PAD) / wide, (room[1] - 2 * PAD) / high)
        height = max(high * scale + 2 * PAD, _LEAST_HIGH)
        left = PAD + (room[0] - wide * scale) / 2
        upper = top + (height - high * scale) / 2
        box = (PAD, top, PAD + room[0], top + height)
        return cls(float(west - left / scale), float(north + upper / scale), float(scale), box,
                   (float(width_px), top + height + below))  # fmt: skip

    def drawn(self, shapes: Shapes) -> Shapes:
        """Return shapes in px, simplified to half a pixel; no hole is lost."""
        simple = shapely.simplify(shapes, 0.5 / self.px_per_m, preserve_topology=True)
        out: Shapes = shapely.transform(simple, self._move)
        return out

    def inside(self, shapes: Shapes) -> Shapes:
        """Return shapes in px, cut off at the frame."""
        out: Shapes = shapely.clip_by_rect(self.drawn(shapes), *self.box)
        return out

    def at(self, shapes: Shapes) -> npt.NDArray[np.float64]:
        """Return points in px."""
        return self._move(shapely.get_coordinates(shapely.centroid(shapes)))

    def _move(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(
            [(xy[:, 0] - self.west) * self.px_per_m, (self.north - xy[:, 1]) * self.px_per_m]
        )


def path(shape: shapely.Geometry) -> str:
    """Return the lines and the rings of a shape as the data of a path; rings are closed."""
    out = []
    for part in shapely.get_parts(shape):
        if isinstance(part, shapely.LineString):
            out.append(_steps(part))
        elif isinstance(part, shapely.Polygon):
            out += [f"{_steps(ring, closed=True)}Z" for ring in (part.exterior, *part.interiors)]
    return "".join(out)


def _steps(line: shapely.Geometry, *, closed: bool = False) -> str:
    xy = np.round(shapely.get_coordinates(line), 1)
    xy = xy[:-1] if closed else xy
    steps = np.flatnonzero(np.any(np.diff(xy, axis=0, prepend=np.nan) != 0, axis=1))
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in xy[steps])
