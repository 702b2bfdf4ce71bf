"""
What the papers of markers say (界桩资料): one model for labels (标签) and forms (登记表).

Every text is taken from the register, or marked `DERIVED` where it was worked out from the position
or read off the line; what is not known is empty and is never written as a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan.boundaries import (
    dms_text,
    grid_reference_azimuths,
    photo_counts,
    register_check,
    register_coordinates,
    three_sided,
)
from geoplan.boundaries.marker_references import REFERENCE_OBJECTS
from geoplan.boundaries.marker_register import PHOTOS
from geoplan.boundaries.notes import numbers, shapes_of, texts
from geoplan.io.secrecy import classes, highest, refuse_state_secrets
from geoplan.io.zones import zone_of
from geoplan.reports import layout
from geoplan.reports.marker_sketch import Reference, sketch
from geoplan.schemas import LAYERS
from geoplan.schemas import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd

    from geoplan.policy import Policy
    from geoplan.schemas.model import Choice

DERIVED = "*"
"""Stands behind what the register does not hold, but its position or its line tell."""


@dataclass(frozen=True)
class MarkerPaper:
    """
    What the papers of one marker say.

    Parameters
    ----------
    marker_no
        The number, as registered.
    cells
        Field -> text, empty where not known.
    references
        Its reference objects, those without a name, azimuth and distance too.
    sides
        Names of the units on both sides, the smaller code first.
    three_sided
        Whether three units meet here.
    missing, derived
        Chinese names of fields that the register lacks; of those, what stands here all the same.
    secrecy
        The highest class of what is shown.
    synthetic
        Whether it is invented.
    withdrawn
        Whether the marker is no longer in use.
    sketch
        Where the reference objects stand, SVG; empty where nothing can be drawn.
    """

    marker_no: str
    cells: Mapping[str, str]
    references: tuple[Reference, ...]
    sides: tuple[str, str]
    three_sided: bool
    missing: tuple[str, ...]
    derived: tuple[str, ...]
    secrecy: str
    synthetic: bool
    withdrawn: bool
    sketch: str

    @property
    def secrecy_zh(self) -> str:
        """The word of the class."""
        return _word(self.secrecy, v.SECRECY)


def papers_of(
    markers: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    policy: Policy,
    *,
    names: Mapping[str, str],
    classified: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> list[MarkerPaper]:
    """
    Gather what the labels and forms of markers say.

    Parameters
    ----------
    markers
        The layer ``boundary_markers`` in the metric CRS whose X and Y are written; ``marker_no``
        and the register's columns where known.
    lines
        The layer ``boundary_lines`` in the same CRS: ``line_id``, ``name``, ``left_code``,
        ``right_code``, ``level`` where known.
    policy
        Says what a register must hold (BND-06).
    names
        Code of a unit -> its name.
    classified
        Whether the system is declared a classified environment (SEC-06).
    on_progress
        Called with the share done (0–1) and the number of the marker.

    Returns
    -------
    papers
        One per row of ``markers``, in its order.

    Raises
    ------
    SecrecyError
        If a marker, or the line it stands on, is state_* and the system is not declared.
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the markers are not in a metric CRS, or the lines are in another.
    """
    _crs.require_metric(markers, "boundary_markers")
    _crs.require_same(lines, markers, "boundary_lines", "boundary_markers")
    at = pd.Index(texts(lines, "line_id")).get_indexer(pd.Index(texts(markers, "line_id")))
    here = lines.iloc[np.unique(at[at >= 0])]
    for frame, name in ((markers, "boundary_markers"), (here, "boundary_lines")):
        refuse_state_secrets(frame, LAYERS[name], classified=classified)
    desk = _Desk(markers, lines, policy, names)
    papers = []
    for k, line in enumerate(at):
        if on_progress:
            on_progress(k / len(at), desk.number(k))
        papers.append(desk.paper(k, int(line)))
    return papers


class _Desk:
    """The frames of all markers side by side, from which each paper is written."""

    def __init__(
        self, markers: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, policy: Policy,
        names: Mapping[str, str],
    ) -> None:  # fmt: skip
        grid = str(markers.crs)
        self.names, self.zone = names, zone_text(grid)
        self.rows = {c: texts(markers, c) for c in LAYERS["boundary_markers"].names}
        self.lines = {c: texts(lines, c) for c in LAYERS["boundary_lines"].names}
        self.figures = {c: numbers(markers, c).tolist() for c in _FIGURES}
        self.shapes, self.line_shapes = shapes_of(markers), shapes_of(lines)
        self.plane = register_coordinates(markers, grid=grid)
        self.azimuths = grid_reference_azimuths(markers, grid=grid)
        self.checks = register_check(markers, policy)
        self.photos = photo_counts(markers)
        self.triple = three_sided(markers)
        self.classes = classes(markers, LAYERS["boundary_markers"]).tolist()
        self.line_classes = classes(lines, LAYERS["boundary_lines"]).tolist()

    def number(self, k: int) -> str:
        return layout.clean(self.rows["marker_no"][k])

    def paper(self, k: int, line: int) -> MarkerPaper:
        """Write the paper of one marker; ``line`` is negative where its line is not known."""
        references, sides = self._references(k), self._sides(line)
        cells, derived = self._cells(k, line), self._derived(k, line)
        cells |= {c: f"{t} {DERIVED}" for c, t in derived.items()}
        lacking = [c for c in self.checks["missing"].iloc[k].split(";") if c]
        own = self.line_shapes[line] if line >= 0 else None
        left_right = tuple(self._unit(self._of_line(c, line)) for c in ("left_code", "right_code"))
        return MarkerPaper(
            marker_no=self.number(k), cells=cells, references=references, sides=sides,
            three_sided=bool(self.triple[k]),
            missing=tuple(_FIELD_ZH[c] for c in lacking if c not in derived),
            derived=tuple(_FIELD_ZH[c] for c in derived),
            secrecy=highest([self.classes[k], *([self.line_classes[line]] if line >= 0 else [])]),
            synthetic=self.rows["synthetic"][k].lower() in {"true", "1"},
            withdrawn=self.rows["condition"][k] == "withdrawn",
            sketch=layout.clean(sketch(self.shapes[k], references, own, left_right)),
        )  # fmt: skip

    def _of_line(self, column: str, line: int) -> str:
        return self.lines[column][line] if line >= 0 else ""

    def _unit(self, code: str) -> str:
        return self.names.get(code, code)

    def _sides(self, line: int) -> tuple[str, str]:
        codes = [self._of_line(c, line) for c in ("left_code", "right_code")]
        codes.sort(key=lambda code: (not code, code))  # the smaller first, an unknown one last
        return self._unit(codes[0]), self._unit(codes[1])

    def _cells(self, k: int, line: int) -> dict[str, str]:
        cells = {c: column[k] for c, column in self.rows.items()}
        cells |= {c: _figure(self.figures[c][k], decimals, word)
                  for c, (decimals, word) in _FIGURES.items()}  # fmt: skip
        cells |= {c: _word(cells[c], choices) for c, choices in _CODED.items()}
        cells["registered_on"] = cells["registered_on"][:10]
        cells["managing_unit"] = self._unit(cells["managing_unit"])
        cells["line_name"] = self._of_line("name", line) or cells["line_id"]
        cells["longitude"], cells["latitude"] = (
            self.plane[c].iloc[k] for c in ("longitude_text", "latitude_text")
        )
        for view in PHOTOS:
            count = int(self.photos[view].iloc[k])
            cells[view] = f"{count} 张：{cells[view]}" if count else ""
        return cells

    def _derived(self, k: int, line: int) -> dict[str, str]:
        """Return fields that the register lacks and the line or the position tell."""
        told = {"line_code": self._of_line("line_code", line),
                "level": _word(self._of_line("level", line), v.LEVEL)}  # fmt: skip
        if not shapely.is_missing(self.shapes[k]) and not shapely.is_empty(self.shapes[k]):
            # X and Y belong together: both are worked out where one is missing
            whole = self.rows["x_north_m"][k] and self.rows["y_east_m"][k]
            for column in () if whole else ("x_north_m", "y_east_m"):
                told[column] = _figure(self.plane[column].iloc[k], 3, "")
            told["source_crs"] = "" if whole else self.zone
        return {c: t for c, t in told.items() if t and (not self.rows[c][k] or c in _PLANE)}

    def _references(self, k: int) -> tuple[Reference, ...]:
        kind = self.rows["azimuth_kind"][k]
        out = []
        for n in REFERENCE_OBJECTS:
            azimuth = float(self.azimuths[f"ref{n}_azimuth_grid_deg"].iloc[k])
            stated = self.rows[f"ref{n}_azimuth_deg"][k]
            text = dms_text(pd.Series([azimuth]), decimals=0)[0]
            if stated and not text:
                text = f"{float(stated):g}°（{_KIND_ZH.get(kind, kind)}）"
            out.append(Reference(self.rows[f"ref{n}_name"][k], azimuth,
                                 self.figures[f"ref{n}_distance_m"][k], text))  # fmt: skip
        return tuple(out)


_FIGURES: dict[str, tuple[int, str]] = {
    "x_north_m": (3, ""), "y_east_m": (3, ""), "elevation_m": (2, ""), "sigma_m": (2, " 米"),
    "chainage_m": (1, " 米"), "offset_m": (2, " 米"), "buried_m": (2, " 米"),
    **{f"ref{n}_distance_m": (1, "") for n in REFERENCE_OBJECTS},
}  # fmt: skip
"""Column of a number -> decimals and what is written behind it."""
_PLANE = ("x_north_m", "y_east_m", "source_crs")
_CODED: dict[str, Sequence[Choice]] = {
    "level": v.LEVEL, "marker_type": v.MARKER_TYPE, "shape": v.MARKER_SHAPE,
    "condition": v.MARKER_CONDITION,
}  # fmt: skip
_KIND_ZH = {"true": "真方位角"}
_FIELD_ZH = {
    **{c.name: c.zh.partition("（")[0] for c in LAYERS["boundary_markers"].columns},
    "geometry": "位置", "reference_objects": "方位物", "photos": "照片",
}  # fmt: skip


def _word(code: str, choices: Sequence[Choice]) -> str:
    return next((c.zh for c in choices if c.code == code), code)


def _figure(value: Any, decimals: int, word: str) -> str:
    return "" if pd.isna(value) else f"{value:.{decimals}f}{word}"


def zone_text(grid: str) -> str:
    """
    Return a plane CRS in the words of a register: zone, central meridian, how Y is written.

    Parameters
    ----------
    grid
        A Gauss–Krüger CRS of CGCS2000; of another the name is returned.

    Examples
    --------
    >>> zone_text("EPSG:4547")
    'CGCS2000 3°带第38带，中央经线114°，Y不含带号'
    >>> zone_text("EPSG:4497")
    'CGCS2000 6°带第19带，中央经线111°，Y含带号'
    """
    zone = zone_of(pyproj.CRS(grid))
    if zone is None:
        return str(pyproj.CRS(grid).name)
    how = "含" if zone.prefixed else "不含"
    return (f"CGCS2000 {zone.width_deg}°带第{zone.number}带，中央经线{zone.meridian_deg}°，"
            f"Y{how}带号")  # fmt: skip
