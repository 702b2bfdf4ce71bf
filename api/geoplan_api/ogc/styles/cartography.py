"""
How each layer is drawn (制图符号): declared once; web, QGIS and SLD styles follow from it.

Colours are those of Okabe and Ito and of Paul Tol's muted scheme, which readers with any colour
vision tell apart; within a layer a test measures it. Words of a legend are those of the schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.schemas import Layer
    from geoplan_api.security.access import LayerView

INK, HALO, PAPER = "#22303a", "#ffffff", "#f7f7f4"
_BLUE, _SKY, _GREEN, _ORANGE = "#0072b2", "#56b4e9", "#009e73", "#e69f00"
_VERMILION, _PURPLE, _YELLOW, _BLACK = "#d55e00", "#cc79a7", "#f0e442", "#000000"
_INDIGO, _WINE, _SAND, _GREY = "#332288", "#882255", "#ddcc77", "#a0a8ae"


@dataclass(frozen=True, slots=True)
class Class:
    """
    Features drawn alike.

    Parameters
    ----------
    codes
        Values of the layer's column.
    colour
        Of fills, points and lines.
    width
        Of lines, in pixels; 0 takes the layer's.
    zoom
        From which zoom on; 0 takes the layer's.
    """

    codes: tuple[str, ...]
    colour: str
    width: float = 0.0
    zoom: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """
    How one layer is drawn.

    Parameters
    ----------
    colour
        Of what no class holds.
    column
        Coded column that tells the classes apart.
    classes
        In the order of the legend.
    fill
        Opacity of polygons; 0 leaves them to be clicked, not seen.
    width
        Of lines and outlines, in pixels.
    radius
        Of points, in pixels.
    dash
        Strokes and gaps of lines, in widths.
    zoom, label_zoom
        From which zoom on it is drawn, and labelled.
    shown
        Whether it is there when the map opens.
    """

    colour: str
    column: str = ""
    classes: tuple[Class, ...] = ()
    fill: float = 0.35
    width: float = 1.0
    radius: float = 4.0
    dash: tuple[float, ...] = ()
    zoom: int = 0
    label_zoom: int = 12
    shown: bool = True


DRAWINGS: Mapping[str, Drawing] = {
    "built_up": Drawing(colour=_SAND, fill=0.4, label_zoom=12),
    "residential_areas": Drawing(
        colour=_GREY, column="build_status", fill=0.5, zoom=10, label_zoom=14,
        classes=(Class(("new",), _ORANGE), Class(("existing",), _SKY)), shown=False,
    ),
    "restricted_features": Drawing(
        colour=_GREY, column="feature_class", label_zoom=13, shown=False,
        classes=(
            Class(("expressway", "trunk_road", "railway"), _BLACK),
            Class(("river", "water_source"), _BLUE), Class(("farmland",), _YELLOW),
            Class(("forest", "nature_reserve"), _GREEN), Class(("relic", "scenic"), _PURPLE),
            Class(("residential",), _ORANGE),
        ),
    ),
    "stat_units": Drawing(colour=_PURPLE, fill=0.12, width=1.5, dash=(3, 2), label_zoom=9),
    "admin_units": Drawing(
        colour=INK, column="level", fill=0.0, label_zoom=6,
        classes=(
            Class(("province", "prefecture"), _BLACK, 2.6), Class(("county",), INK, 1.8, 6),
            Class(("township",), "#5d6a73", 0.9, 9), Class(("village",), "#8a949b", 0.4, 12),
        ),
    ),
    "roads": Drawing(
        colour="#c3c9ce", column="road_class", width=0.7, zoom=11, label_zoom=14, shown=False,
        classes=(
            Class(("motorway", "trunk"), _VERMILION, 2.2, 6), Class(("primary",), _ORANGE, 1.8, 7),
            Class(("secondary", "tertiary"), "#6f7a82", 1.2, 9),
        ),
    ),
    "population": Drawing(colour=_INDIGO, radius=1.8, fill=0.3, zoom=11, shown=False),
    "graves": Drawing(colour="#6f7a82", radius=2.2, zoom=11, shown=False),
    "cemeteries": Drawing(
        colour=_GREY, column="kind", radius=4.5, label_zoom=13, shown=False,
        classes=(
            Class(("public_cemetery", "burial_site"), _GREEN), Class(("ash_hall",), _INDIGO),
            Class(("commercial_cemetery",), _ORANGE),
        ),
    ),
    "place_names": Drawing(colour="#6f7a82", radius=1.8, zoom=11, label_zoom=13, shown=False),
    "name_signs": Drawing(colour=_BLUE, radius=2.5, zoom=12, label_zoom=15, shown=False),
    "door_numbers": Drawing(colour=_BLUE, radius=1.5, zoom=15, label_zoom=17, shown=False),
    "heritage": Drawing(colour=_WINE, radius=5.0, label_zoom=10, shown=False),
    "candidate_sites": Drawing(
        colour=_GREY, column="acquisition", radius=4.5, label_zoom=14, shown=False,
        classes=(
            Class(("build",), _VERMILION), Class(("purchase", "swap"), _BLUE),
            Class(("lease",), _YELLOW), Class(("convert",), _GREEN),
        ),
    ),
    "projects": Drawing(
        colour=_GREY, column="status", radius=5.5, label_zoom=11, shown=False,
        classes=(
            Class(("planned",), _SKY), Class(("building",), _ORANGE), Class(("complete",), _INDIGO),
            Class(("stopped",), _BLACK),
        ),
    ),
    "facilities": Drawing(
        colour=_GREY, column="facility_kind", radius=4.0, zoom=7, label_zoom=13,
        classes=(
            Class(("institution", "hardship_institution"), _INDIGO),
            Class(("community_elderly", "daycare", "activity_centre"), _VERMILION),
            Class(("hospital", "tcm_hospital", "village_clinic"), _SKY),
            Class(("funeral_home", "funeral_service_point"), _BLACK),
            Class(("children_home", "child_protection_station", "child_protection_centre"),
                  _YELLOW),
        ),
    ),
    "village_lines": Drawing(colour="#8a949b", width=0.6, dash=(4, 2), zoom=11, shown=False),
    "boundary_lines": Drawing(
        colour=_GREY, column="legal_status", width=2.0, label_zoom=10, shown=False,
        classes=(
            Class(("approved", "agreed"), _BLACK), Class(("working",), _SKY),
            Class(("disputed",), _VERMILION),
        ),
    ),
    "claims": Drawing(
        colour=_GREY, column="evidence_class", width=2.5, dash=(3, 1), shown=False,
        classes=(
            Class(("A",), _VERMILION), Class(("B",), _BLUE), Class(("none",), _YELLOW),
        ),
    ),
    "hazards": Drawing(
        colour=_GREY, column="state", radius=5.0, width=2.5, shown=False,
        classes=(
            Class(("open",), _VERMILION), Class(("handling",), _YELLOW),
            Class(("closed",), _INDIGO),
        ),
    ),
    "observations": Drawing(colour=_PURPLE, radius=3.0, zoom=9, shown=False),
    "boundary_markers": Drawing(
        colour=_GREY, column="condition", radius=4.5, label_zoom=12, shown=False,
        classes=(
            Class(("intact",), _BLUE),
            Class(("faded", "tilted", "endangered", "reference_missing"), _ORANGE),
            Class(("damaged", "moved", "lost"), _VERMILION), Class(("withdrawn",), _BLACK),
        ),
    ),
}  # fmt: skip
"""Layer -> how it is drawn, from the lowest on the map to the topmost."""
_PLAIN = Drawing(colour=_BLUE)


def drawing_of(view: LayerView) -> Drawing:
    """Return how a layer is drawn for a role: without classes, if it may not see their column."""
    drawing = DRAWINGS.get(view.layer.name, _PLAIN)
    if drawing.column in {c.name for c in view.columns}:
        return drawing
    return Drawing(
        colour=drawing.classes[0].colour if drawing.classes else drawing.colour,
        fill=drawing.fill, width=drawing.width, radius=drawing.radius, dash=drawing.dash,
        zoom=drawing.zoom, label_zoom=drawing.label_zoom, shown=drawing.shown,
    )  # fmt: skip


def label_of(view: LayerView) -> str:
    """Return the column that labels a layer for a role, or nothing."""
    return view.layer.label if view.layer.label in {c.name for c in view.columns} else ""


def words(layer: Layer, column: str, codes: tuple[str, ...]) -> tuple[str, str]:
    """Return what a legend calls some codes, in Chinese and English."""
    declared = layer.column(column)
    zh = {c.code: c.zh for c in declared.choices} if declared else {}
    return "、".join(zh.get(c, c) for c in codes), ", ".join(c.replace("_", " ") for c in codes)


def legend(view: LayerView) -> list[dict[str, object]]:
    """Return the entries of a layer's legend: words, colour, codes."""
    drawing, layer = drawing_of(view), view.layer
    if not drawing.classes:
        return [{"zh": layer.zh, "en": layer.en, "colour": drawing.colour, "codes": []}]
    entries: list[dict[str, object]] = []
    for one in drawing.classes:
        zh, en = words(layer, drawing.column, one.codes)
        entries.append({"zh": zh, "en": en, "colour": one.colour, "codes": list(one.codes)})
    if other_codes(layer, drawing):
        entries.append({"zh": "其他", "en": "other", "colour": drawing.colour, "codes": []})
    return entries


def other_codes(layer: Layer, drawing: Drawing) -> tuple[str, ...]:
    """Return the codes of the column that no class holds."""
    declared = layer.column(drawing.column)
    held = {code for one in drawing.classes for code in one.codes}
    return tuple(c.code for c in declared.choices if c.code not in held) if declared else ()
