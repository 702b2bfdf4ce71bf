"""Town streets (城镇街道): the nodes of street grids whose size follows the residents in town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.demo.settlement import Towns

SPACING_M = 88.0
MAJOR_EVERY = 5
"""Every fifth line of a grid is a main street."""


@dataclass(frozen=True, slots=True)
class Grid:
    """
    Crossings of the street grids.

    Parameters
    ----------
    xy
        EPSG:4547 metres, jittered.
    group
        Grid of each crossing (row number of its town).
    line
        Two whole numbers per crossing: which cross street, which long street.
    angle
        Turn of each grid, radians, by group.
    """

    xy: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    angle: dict[int, float]


def outlines(towns: Towns, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return five random Fourier terms per town that make its outline uneven."""
    return rng.normal(0, 1, (len(towns.codes), 5, 2)) * (0.10 / np.arange(1, 6))[None, :, None]


def reach(
    xy: npt.NDArray[np.float64], towns: Towns, shapes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """
    Say how deep inside a town places lie.

    Parameters
    ----------
    xy
        Places, EPSG:4547 metres.
    towns
        Seats and radii.
    shapes
        From `outlines`.

    Returns
    -------
    reach
        Smallest ratio of distance to uneven radius over all towns: below 1 is in town.
    """
    best = np.full(len(xy), np.inf)
    order = np.arange(1, 6)
    for i in range(len(towns.codes)):
        delta = xy - towns.xy[i]
        distance = np.hypot(delta[:, 0], delta[:, 1])
        near = distance < towns.radius_m[i] * 2.2
        angle = np.arctan2(delta[near, 1], delta[near, 0])[:, None] * order
        factor = 1 + np.cos(angle) @ shapes[i, :, 0] + np.sin(angle) @ shapes[i, :, 1]
        radius = towns.radius_m[i] * np.clip(factor, 0.6, 1.5)
        best[near] = np.minimum(best[near], distance[near] / radius)
    return best


def grids(towns: Towns, shapes: npt.NDArray[np.float64], rng: np.random.Generator) -> Grid:
    """
    Lay a street grid over each town; streets of one city share a grid.

    Parameters
    ----------
    towns
        Seats, radii and groups.
    shapes
        From `outlines`.
    rng
        Source of randomness.

    Returns
    -------
    grid
        Crossings with blocks missing here and there (parks, works, ponds).
    """
    found: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], int]] = []
    angles: dict[int, float] = {}
    for group in np.unique(towns.group):
        members = np.flatnonzero(towns.group == group)
        angles[int(group)] = angle = float(rng.uniform(-0.5, 0.5))
        found.append((*_lattice(towns, members, angle, shapes, rng), int(group)))
    return Grid(
        xy=np.vstack([f[0] for f in found]),
        group=np.concatenate([np.full(len(f[0]), f[2]) for f in found]),
        line=np.vstack([f[1] for f in found]),
        angle=angles,
    )


def _lattice(
    towns: Towns,
    members: npt.NDArray[np.int64],
    angle: float,
    shapes: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    centre = towns.xy[members].mean(axis=0)
    extent = max(np.hypot(*(towns.xy[i] - centre)) + 1.6 * towns.radius_m[i] for i in members)
    half = int(extent / SPACING_M) + 1
    line = np.stack(np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)), -1)
    line = line.reshape(-1, 2)
    stretch = rng.uniform(0.9, 1.25)
    plane = line * SPACING_M * np.array([stretch, 1 / stretch])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    bow = 60.0 * np.sin(plane / 1_400.0 + rng.uniform(0, 6, 2))[:, ::-1]
    xy = centre + (plane + bow) @ turn + rng.normal(0, 6.0, plane.shape)
    inside = reach(xy, towns, shapes)
    major = (line % MAJOR_EVERY == 0).any(axis=1)
    keep = inside < np.where(major, 1.12, 1.0)
    keep &= ~_holes(xy, extent, centre, rng) | major
    keep &= (rng.random(len(xy)) > 0.05 + 0.10 * np.clip(inside, 0, 1)) | major
    return xy[keep], line[keep]


def _holes(
    xy: npt.NDArray[np.float64],
    extent: float,
    centre: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """Mark crossings inside parks, works and ponds."""
    count = max(int((extent / 700.0) ** 2), 1)
    places = centre + rng.uniform(-extent, extent, (count, 2))
    size = rng.uniform(110.0, 260.0, count)
    inside = np.zeros(len(xy), bool)
    for place, radius in zip(places, size, strict=True):
        inside |= np.abs(xy - place).max(axis=1) < radius
    return inside
