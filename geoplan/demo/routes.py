"""
Invented lines (虚构线路): rivers, expressways, a railway, as courses that look plausible.

None of them is a survey of a real line; way points were drawn by hand so that they pass towns at
a believable distance. Coordinates in degrees (EPSG:4490), courses in metres (EPSG:4547).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.demo.metres import to_metres

if TYPE_CHECKING:
    import numpy.typing as npt

_RIVERS: dict[str, tuple[tuple[float, float], ...]] = {
    "甲河（演示）": (
        (112.90, 31.735), (113.00, 31.745), (113.10, 31.735), (113.19, 31.725), (113.27, 31.735),
        (113.335, 31.698), (113.385, 31.704), (113.43, 31.690), (113.475, 31.662),
        (113.53, 31.618), (113.57, 31.575), (113.59, 31.500), (113.61, 31.43), (113.60, 31.38),
    ),
    "乙河（演示）": (
        (113.40, 32.04), (113.425, 31.93), (113.405, 31.85), (113.415, 31.775), (113.372, 31.735),
        (113.385, 31.704),
    ),
    "丙河（演示）": (
        (113.78, 31.82), (113.79, 31.74), (113.85, 31.66), (113.843, 31.60), (113.855, 31.52),
        (113.87, 31.44),
    ),
}  # fmt: skip
_EXPRESSWAYS: dict[str, tuple[tuple[float, float], ...]] = {
    "甲高速（演示）": (
        (114.045, 31.575), (113.92, 31.578), (113.83, 31.580), (113.72, 31.610), (113.62, 31.650),
        (113.52, 31.740), (113.42, 31.785), (113.33, 31.800), (113.26, 31.842), (113.21, 31.900),
        (113.15, 31.945), (113.08, 31.945), (113.00, 31.965),
    ),
    "乙高速（演示）": (
        (113.625, 32.370), (113.575, 32.20), (113.53, 32.02), (113.465, 31.90), (113.445, 31.78),
        (113.425, 31.64), (113.38, 31.54), (113.375, 31.44), (113.36, 31.40),
    ),
}  # fmt: skip
_RAILWAY = (
    (114.06, 31.635), (113.93, 31.655), (113.82, 31.660), (113.66, 31.660), (113.52, 31.710),
    (113.39, 31.770), (113.30, 31.835), (113.20, 31.915), (113.10, 31.960), (113.02, 31.985),
)  # fmt: skip

RIVER_HALF_WIDTH_M = 55.0
MOTORWAY_HALF_WIDTH_M = 14.0


def course(
    waypoints: tuple[tuple[float, float], ...], rng: np.random.Generator, wobble_m: float
) -> Any:
    """
    Draw a smooth course through way points.

    Parameters
    ----------
    waypoints
        Longitude and latitude in degrees.
    rng
        Source of randomness.
    wobble_m
        Standard deviation of the bends added, metres.

    Returns
    -------
    line
        LineString, EPSG:4547, a vertex about every 250 m.
    """
    xy = to_metres(np.array(waypoints))
    line = shapely.LineString(xy)
    count = max(int(line.length / 1_500.0), 4)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(
        line, np.linspace(0, line.length, count)))  # fmt: skip
    xy[1:-1] += rng.normal(0, wobble_m, (count - 2, 2))
    for _ in range(3):
        near, far = 0.75 * xy[:-1] + 0.25 * xy[1:], 0.25 * xy[:-1] + 0.75 * xy[1:]
        middle = np.column_stack([near, far]).reshape(-1, 2)
        xy = np.vstack([xy[:1], middle, xy[-1:]])
    return shapely.simplify(shapely.LineString(xy), 2.0)


def rivers(rng: np.random.Generator) -> dict[str, Any]:
    """Return the invented rivers by name, EPSG:4547."""
    out = {name: course(points, rng, 190.0) for name, points in _RIVERS.items()}
    main, branch = list(out)[:2]
    xy = shapely.get_coordinates(out[branch])
    mouth = shapely.line_interpolate_point(
        out[main], shapely.line_locate_point(out[main], shapely.Point(xy[-1]))
    )
    out[branch] = shapely.LineString(np.vstack([xy[:-1], shapely.get_coordinates(mouth)]))
    return out


def expressways(rng: np.random.Generator) -> dict[str, Any]:
    """Return the invented expressways by name, EPSG:4547."""
    return {name: course(points, rng, 90.0) for name, points in _EXPRESSWAYS.items()}


def railway(rng: np.random.Generator) -> Any:
    """Return the invented railway, EPSG:4547."""
    return course(_RAILWAY, rng, 60.0)


def bend(
    start: npt.NDArray[np.float64],
    stop: npt.NDArray[np.float64],
    step_m: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """
    Sample a gently winding road between two places.

    Parameters
    ----------
    start, stop
        Ends, metres.
    step_m
        Mean distance between samples, metres.
    rng
        Source of randomness.

    Returns
    -------
    xy
        Samples in order, both ends included.
    """
    along = stop - start
    length = float(np.hypot(*along))
    count = max(round(length / step_m) + 1, 2)
    t = np.linspace(0, 1, count)
    across = np.array([-along[1], along[0]]) / max(length, 1.0)
    swing = sum(rng.normal(0, 0.022 / k) * np.sin(k * np.pi * t) for k in (1, 2, 3, 5)) * min(
        length, 14_000.0
    )
    xy = start + t[:, None] * along + np.asarray(swing)[:, None] * across
    return np.asarray(xy, dtype=np.float64)
