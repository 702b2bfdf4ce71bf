"""Static maps (静态地图) for paper and web: a choropleth as SVG text, always 示意, no script."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.errors import EmptyLayerError, MissingColumnsError
from geoplan.maps import furniture as parts
from geoplan.maps.features import NO_DATA, RAMP
from geoplan.maps.furniture import FONT, INK, num
from geoplan.maps.lettering import place
from geoplan.maps.view import PAD, PANEL, View, path
from geoplan.standards import STATUS_EN, STATUS_ZH
from geoplan.units import unit_zh

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.errors import Lang

_STATUS = (
    ("met", "#8fc1dd", ""),
    ("not_met", "#d9742b", "lines"),
    ("to_verify", "#f7e3a1", "dots"),
    ("no_data", NO_DATA, "cross"),
)


@dataclass(frozen=True)
class Fill:
    """
    One class of a map.

    Parameters
    ----------
    word
        In the legend.
    colour
        ``#rrggbb``.
    hatch
        ``lines``, ``dots``, ``cross`` over the colour, so that print without colour tells it
        apart; empty for none.
    """

    word: str
    colour: str
    hatch: str = ""


@dataclass(frozen=True)
class Scale:
    """
    How the values of a column become classes.

    Parameters
    ----------
    fills
        The classes in the order of the legend.
    keys
        The value of each class; empty where ``breaks`` rule.
    breaks
        Numbers between the classes, ascending; a number equal to one belongs to the upper class.
    missing
        Class of what has no value or is in no class.
    title
        Over the legend.
    """

    fills: tuple[Fill, ...]
    keys: tuple[str, ...] = ()
    breaks: tuple[float, ...] = ()
    missing: Fill = field(default_factory=lambda: Fill("无数据", NO_DATA, "cross"))
    title: str = ""

    def of(self, value: Any) -> Fill:
        """Return the class of a value."""
        if value is None or pd.isna(value):
            return self.missing
        if self.breaks:
            return self.fills[int(np.digitize(float(value), self.breaks))]
        key = str(value)
        return self.fills[self.keys.index(key)] if key in self.keys else self.missing


@dataclass(frozen=True, eq=False)
class Points:
    """
    Points on a map and their line in the legend.

    Parameters
    ----------
    frame
        Points in any CRS; rows without a position are left out.
    word
        In the legend.
    colour
        ``#rrggbb``.
    shape
        ``circle``, ``square``, ``triangle`` or ``diamond``: the shape tells kinds apart in print.
    radius_px
        Half its size.
    """

    frame: gpd.GeoDataFrame
    word: str
    colour: str = "#22303a"
    shape: str = "circle"
    radius_px: float = 3.2


@dataclass(frozen=True, eq=False)
class Lines:
    """
    Lines on a map and their entry in the legend.

    Parameters
    ----------
    frame
        Lines in any CRS; what lies outside the frame of the map is cut off.
    word
        In the legend.
    colour
        ``#rrggbb``.
    width_px
        1.13 px are 0.3 mm on paper.
    dashes
        As of SVG's ``stroke-dasharray``; empty for a solid line.
    """

    frame: gpd.GeoDataFrame
    word: str
    colour: str = "#22303a"
    width_px: float = 1.13
    dashes: str = ""


@dataclass(frozen=True)
class Sheet:
    """
    The words around a map and its size.

    Parameters
    ----------
    title
        Over the map; empty for none.
    width_px
        Of the whole drawing.
    most_height_px
        The map becomes narrower rather than higher than this.
    review_number
        审图号; empty prints a line to fill in.
    note
        Beside 示意图: source, date.
    lang
        ``zh`` or ``en``.
    """

    title: str = ""
    width_px: int = 720
    most_height_px: int = 620
    review_number: str = ""
    note: str = ""
    lang: Lang = "zh"


def status_scale(lang: Lang = "zh", title: str = "") -> Scale:
    """Return the classes of statuses: met, not met, to verify; no data is the missing class."""
    said = STATUS_ZH if lang == "zh" else STATUS_EN
    fills = tuple(Fill(said[code], colour, hatch) for code, colour, hatch in _STATUS)
    return Scale(fills[:-1], tuple(c for c, _, _ in _STATUS[:-1]), missing=fills[-1], title=title)


def number_scale(
    breaks: Sequence[float], *, unit: str = "share", title: str = "", lang: Lang = "zh"
) -> Scale:
    """
    Return classes of numbers, light to dark.

    Parameters
    ----------
    breaks
        One to four numbers, ascending.
    unit
        A key of `geoplan.units.UNITS`; shares are written as per cent.
    title
        Over the legend; the unit is added to it.
    lang
        ``zh`` or ``en``.
    """
    times = 100.0 if unit == "share" else 1.0
    said = [f"{b * times:,.10g}" for b in breaks]
    names = [f"< {said[0]}", *(f"{a}–{b}" for a, b in pairwise(said)),
             f"≥ {said[-1]}"]  # fmt: skip
    word = "%" if unit == "share" else unit_zh(unit) if lang == "zh" else unit
    at = np.linspace(0, len(RAMP) - 1, len(names)).round().astype(int)
    missing = Fill("无数据" if lang == "zh" else "no data", NO_DATA, "cross")
    return Scale(
        tuple(Fill(n, RAMP[k]) for n, k in zip(names, at, strict=True)),
        breaks=tuple(float(b) for b in breaks), missing=missing,
        title=f"{title}（{word}）" if lang == "zh" and word else f"{title} {word}".strip(),
    )  # fmt: skip


def static_map(
    units: gpd.GeoDataFrame,
    column: str,
    scale: Scale,
    *,
    names: str | None = "name",
    points: Sequence[Points] = (),
    lines: Sequence[Lines] = (),
    outlines: gpd.GeoDataFrame | None = None,
    sheet: Sheet | None = None,
) -> str:
    """
    Return a map of units coloured by one column, as SVG text.

    It says 示意图 and carries no claim about any boundary. Shapes are simplified to half a pixel;
    holes stay. North is up; the bar is measured in the metric CRS of the place.

    Parameters
    ----------
    units
        Polygons in any CRS; rows without a shape are left out.
    column
        Column of ``units`` that is coloured.
    scale
        Its classes, from `status_scale` or `number_scale`.
    names
        Column with the labels. One that would not fit its unit or would touch another is left
        out. None for no labels.
    points
        Facilities and the like, drawn in the order given.
    lines
        Boundary lines and the like, under the points, drawn in the order given.
    outlines
        Polygons whose edges are drawn stronger, such as counties; any CRS.
    sheet
        Title, size, notes.

    Returns
    -------
    svg
        A complete drawing; the same for the same frames.

    Raises
    ------
    MissingColumnsError
        If ``units`` lacks the column or the names.
    EmptyLayerError
        If no unit has a shape.
    MissingCRSError
        If a frame has no CRS.
    """
    sheet = sheet or Sheet()
    wanted = {column} | ({names} if names else set())
    if missing := wanted - set(units.columns):
        raise MissingColumnsError.for_layer("units", missing, units.columns)
    rows = _with_shape(units)
    if not len(rows):
        raise EmptyLayerError.for_layer("units")
    metric = crs.metric_of(rows, "units")
    rows = crs.to_metric(rows, metric)
    view = View.around(
        tuple(shapely.total_bounds(_shapes(rows)).tolist()), width_px=sheet.width_px,
        most_height_px=sheet.most_height_px, title=bool(sheet.title), note=bool(sheet.note),
    )  # fmt: skip
    fills = [scale.of(v) for v in rows[column]]
    inside = [_areas(rows, fills, view)]
    if outlines is not None:
        inside.append(_edges(crs.to_metric(_with_shape(outlines), metric, "outlines"), view))
    inside += [_strokes(drawn, metric, view) for drawn in lines]
    inside += [_marks(p, metric, view) for p in points]
    if names:
        inside.append(place(list(rows[names]), view.drawn(_shapes(rows)), view.box))
    used = [*scale.fills, *([scale.missing] if scale.missing in fills else [])]
    inside.append(parts.legend(
        view.box[2] + PAD, view.box[1] + 66, scale.title,
        [(f.word, f.colour, f.hatch) for f in used],
        [(p.word, p.colour, p.shape, p.radius_px) for p in points],
        [(ln.word, ln.colour, ln.width_px, ln.dashes) for ln in lines],
    ))  # fmt: skip
    return _sheet(inside, used, scale.title, view, sheet)


def _with_shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    raw = np.asarray(frame.geometry.array, dtype=object)
    return frame.loc[~shapely.is_missing(raw) & ~shapely.is_empty(raw)]


def _shapes(frame: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    return np.asarray(frame.geometry.array, dtype=object)


def _areas(rows: gpd.GeoDataFrame, fills: Sequence[Fill], view: View) -> str:
    out = ['<g stroke="#5d6a73" stroke-width="0.7" stroke-linejoin="round" fill-rule="evenodd">']
    for shape, fill in zip(view.drawn(_shapes(rows)), fills, strict=True):
        out.append(f'<path d="{path(shape)}" fill="{parts.paint(fill.colour, fill.hatch)}"/>')
    return "".join([*out, "</g>"])


def _edges(rows: gpd.GeoDataFrame, view: View) -> str:
    paths = "".join(f'<path d="{path(s)}"/>' for s in view.drawn(_shapes(rows)))
    return f'<g fill="none" stroke="{INK}" stroke-width="1.6" stroke-linejoin="round">{paths}</g>'


def _marks(points: Points, metric: str, view: View) -> str:
    rows = crs.to_metric(_with_shape(points.frame), metric, "points")
    west, north, east, south = view.box
    marks = "".join(
        parts.mark(points.shape, float(x), float(y), points.radius_px)
        for x, y in view.at(_shapes(rows)) if west < x < east and north < y < south
    )  # fmt: skip
    return f'<g fill="{points.colour}" stroke="#fff" stroke-width="0.7">{marks}</g>'


def _strokes(lines: Lines, metric: str, view: View) -> str:
    rows = crs.to_metric(_with_shape(lines.frame), metric, "lines")
    paths = "".join(f'<path d="{path(s)}"/>' for s in view.inside(_shapes(rows)) if not s.is_empty)
    return f"<g {parts.stroke(lines.colour, lines.width_px, lines.dashes)}>{paths}</g>"


def _sheet(
    inside: Sequence[str], used: Sequence[Fill], legend: str, view: View, sheet: Sheet
) -> str:
    width, height = view.size
    west, north, east, south = view.box
    panel = east + PAD
    hatched = sorted({(f.colour, f.hatch) for f in used if f.hatch})
    title = escape(sheet.title or legend)
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{num(width)}" height="{num(height)}" '
            f'viewBox="0 0 {num(width)} {num(height)}" role="img" aria-label="{title}" '
            f'font-family="{FONT}" font-size="12" fill="{INK}">'
        ),
        f"<defs>{''.join(parts.pattern(c, h) for c, h in hatched)}</defs>",
        f'<rect width="{num(width)}" height="{num(height)}" fill="#fff"/>',
    ]
    if sheet.title:
        out.append(f'<text x="{num((west + east) / 2)}" y="26" text-anchor="middle" '
                   f'font-size="{parts.fit(sheet.title, 17.0, east - west)}" '
                   f'font-weight="700">{title}</text>')  # fmt: skip
    out += inside
    out.append(f'<rect x="{num(west)}" y="{num(north)}" width="{num(east - west)}" '
               f'height="{num(south - north)}" fill="none" stroke="{INK}"/>')  # fmt: skip
    out.append(parts.north_arrow(panel + 22, north + 12, sheet.lang))
    out.append(parts.scale_bar(panel, south - 12, view.px_per_m, PANEL - 2 * PAD, sheet.lang))
    out.append(parts.small_print(west, south + 16, width - PAD, sheet.note,
                                 sheet.review_number, sheet.lang))  # fmt: skip
    return "".join([*out, "</svg>"])
