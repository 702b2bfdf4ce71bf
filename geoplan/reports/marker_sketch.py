"""Sketch of a marker (界桩位置略图): its reference objects, true to azimuth and distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from geoplan.maps.furniture import FONT, INK, bar_length_m, num, width_em
from geoplan.reports.drawing import known, text

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 340, 240
"""Of every sketch, px."""
_MIDDLE, _REACH_PX = (WIDTH / 2, HEIGHT / 2 + 4), 84.0
_EMPTY_REACH_M = 20.0
_SIZE, _LINE_PX = 11.0, 14.0
_LINE_INK = "#7a2e83"
_HALO = '<g paint-order="stroke" stroke="#fff" stroke-width="2.6" stroke-linejoin="round">{}</g>'

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Reference:
    """A reference object (方位物); NaN where a figure is not known."""

    name: str
    azimuth_deg: float
    distance_m: float
    azimuth_text: str


def sketch(
    marker: Any, references: Sequence[Reference], line: Any, sides: Sequence[str]
) -> str:  # fmt: skip
    """
    Draw where the reference objects of a marker stand (BND-06), grid north up.

    Parameters
    ----------
    marker
        Point in a metric CRS, or None.
    references
        Those with azimuth and distance are drawn.
    line
        The boundary line in the same CRS, or None.
    sides
        Names of the units left and right of the line.

    Returns
    -------
    svg
        `WIDTH` by `HEIGHT` px; empty where neither a reference object nor a line can be drawn.

    Examples
    --------
    >>> sketch(None, [Reference("", 90.0, float("nan"), "")], None, ("", ""))
    ''
    >>> "独立树 12.5 m" in sketch(None, [Reference("独立树", 90.0, 12.5, "")], None, ("", ""))
    True
    """
    placed = [r for r in references if known(r.azimuth_deg) and known(r.distance_m)]
    reach_m = max((r.distance_m for r in placed), default=0.0) or _EMPTY_REACH_M
    px_per_m = _REACH_PX / reach_m
    near = _near(marker, line, px_per_m)
    if not placed and near is None:
        return ""
    ends = [_end(r, px_per_m) for r in placed]
    taken: list[Box] = [_box(*_MIDDLE, 20, 20), *(_box(x, y, 10, 10) for x, y in ends)]
    legs = "".join(_leg(x, y) for x, y in ends)
    words = "".join(_name(r, x, y, taken) for r, (x, y) in zip(placed, ends, strict=True))
    across = ""
    if near is not None:
        across, words = _line(near), words + _sides(near, sides, taken)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}" font-size="{_SIZE:g}" fill="{INK}">'
        f"{across}{legs}{_stone()}{_HALO.format(words)}{_north()}{_scale(px_per_m)}</svg>"
    )


def _near(marker: Any, line: Any, px_per_m: float) -> Any:
    """Return the line around the marker in px, or None where it does not pass through."""
    if any(shapely.is_missing(g) or shapely.is_empty(g) for g in (marker, line)):
        return None
    half_x, half_y = WIDTH / 2 / px_per_m, HEIGHT / 2 / px_per_m
    x, y = marker.x, marker.y
    window = (x - half_x, y - half_y, x + half_x, y + half_y)
    cut = shapely.clip_by_rect(line, *window)
    if cut.is_empty or cut.length == 0:
        return None
    return shapely.transform(
        cut, lambda xy: (xy - (x, y)) * (px_per_m, -px_per_m) + _MIDDLE
    )  # fmt: skip


def _line(near: Any) -> str:
    paths = ("L".join(f"{num(x)} {num(y)}" for x, y in part.coords)
             for part in shapely.get_parts(near))  # fmt: skip
    return "".join(f'<path d="M{path}" fill="none" stroke="{_LINE_INK}" stroke-width="1.6" '
                   'stroke-dasharray="9 3 2 3"/>' for path in paths)  # fmt: skip


def _sides(near: Any, names: Sequence[str], taken: list[Box]) -> str:
    """Write the names of the units beside the line, left and right of its way."""
    middle = shapely.Point(_MIDDLE)
    part = min(shapely.get_parts(near), key=middle.distance)
    along = part.project(middle)
    foot, before, after = (part.interpolate(max(along + d, 0.0)) for d in (0.0, -1.0, 1.0))
    dx, dy = after.x - before.x, after.y - before.y
    size = math.hypot(dx, dy) or 1.0
    # y grows downwards, so left of the way is (dy, -dx)
    return "".join(_side(name, foot, (turn * dy / size, -turn * dx / size), taken)
                   for name, turn in zip(names, (1.0, -1.0), strict=True))  # fmt: skip


def _side(name: str, foot: Any, step: tuple[float, float], taken: list[Box]) -> str:
    """Write the name of a unit on its side of the line, where nothing else stands."""
    if not name:
        return ""
    wide = _SIZE * width_em(name)
    places = [(foot.x + step[0] * d, foot.y + step[1] * d) for d in (70, 90, 50, 105, 30, 120)]
    boxes = [_box(*_inside(x, y, wide), wide, _LINE_PX) for x, y in places]
    best = min(boxes, key=lambda b: sum(_overlap(b, t) for t in taken))
    taken.append(best)
    return text((best[0] + best[2]) / 2, best[3] - 3, name, "middle", _LINE_INK, weight=True)


def _end(reference: Reference, px_per_m: float) -> tuple[float, float]:
    turn, far = math.radians(reference.azimuth_deg), reference.distance_m * px_per_m
    return _MIDDLE[0] + far * math.sin(turn), _MIDDLE[1] - far * math.cos(turn)


def _leg(x: float, y: float) -> str:
    """Draw a reference object and the leg from the marker to it."""
    return (f'<path d="M{num(_MIDDLE[0])} {num(_MIDDLE[1])}L{num(x)} {num(y)}" stroke="#5c6b75" '
            f'stroke-width="0.8" stroke-dasharray="3 2"/><circle cx="{num(x)}" cy="{num(y)}" '
            f'r="3.4" fill="#fff" stroke="{INK}" stroke-width="1.3"/>')  # fmt: skip


def _name(reference: Reference, x: float, y: float, taken: list[Box]) -> str:
    """Write what a reference object is and how far, where there is most room."""
    word = f"{reference.name or '？'} {reference.distance_m:g} m"
    wide = _SIZE * width_em(word)
    sides = (1.0, -1.0) if x >= _MIDDLE[0] else (-1.0, 1.0)
    boxes = [_box(*_inside(x + side * (wide / 2 + 7), y + drop * _LINE_PX, wide), wide, _LINE_PX)
             for drop in (0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0) for side in sides]  # fmt: skip
    best = min(boxes, key=lambda b: sum(_overlap(b, t) for t in taken))
    taken.append(best)
    return text(best[0], best[3] - 3, word)


def _inside(x: float, y: float, wide: float) -> tuple[float, float]:
    """Return the middle of a text, moved so that it stays in the drawing."""
    return (min(max(x, wide / 2 + 2), WIDTH - wide / 2 - 2),
            min(max(y, _LINE_PX), HEIGHT - _LINE_PX))  # fmt: skip


def _box(x: float, y: float, wide: float, high: float) -> Box:
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _overlap(a: Box, b: Box) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return max(wide, 0.0) * max(high, 0.0)


def _stone() -> str:
    x, y = _MIDDLE
    return (f'<rect x="{num(x - 5)}" y="{num(y - 5)}" width="10" height="10" fill="{INK}"/>'
            f'<circle cx="{num(x)}" cy="{num(y)}" r="1.8" fill="#fff"/>')  # fmt: skip


def _north() -> str:
    x = WIDTH - 18
    return (f'<path d="M{x} 8l-5 18l5 -4l5 4Z" fill="{INK}"/>'
            f'{text(x, 38, "坐标北", "middle")}')  # fmt: skip


def _scale(px_per_m: float) -> str:
    """Draw a bar of a round length, in metres."""
    length = bar_length_m(px_per_m, 80.0)
    x, y, wide = 8, HEIGHT - 8, length * px_per_m
    return (f'<path d="M{x} {y - 4}v4h{wide:.1f}v-4" fill="none" stroke="{INK}"/>'
            f'{text(x + wide + 5, y, f"{length:g} m")}')  # fmt: skip
