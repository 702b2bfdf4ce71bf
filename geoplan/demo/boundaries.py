"""
Boundaries and markers (界线、界桩): lines from the edges that units share; invented markers.

Lines are approximate and carry no official length. Markers are invented places on those lines;
no true marker is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries import derive_lines
from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_metres

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKER_EVERY_M = 5_500.0
_CONDITIONS = ("intact", "faded", "damaged", "tilted", "moved", "lost", "endangered")
_ODDS = (0.78, 0.07, 0.04, 0.04, 0.02, 0.03, 0.02)
_COMMON: dict[str, Any] = {
    "source": _facts.SOURCE,
    "source_date": _facts.DATE,
    "secrecy": "internal",
    "synthetic": True,
}


def lines(
    units: gpd.GeoDataFrame, draw: Callable[[str], np.random.Generator]
) -> dict[str, gpd.GeoDataFrame]:
    """
    Return the layers ``boundary_lines`` and ``village_lines`` (村级管理线), derived from the units.

    Parameters
    ----------
    units
        The layer ``admin_units``, EPSG:4490, neighbours with it.
    draw
        Gives each part its own source of randomness.

    Returns
    -------
    layers
        Lines in EPSG:4490, each once at its highest level; ``length_m`` and ``technical_status``
        empty, since the lines are approximate.
    """
    derived = derive_lines(units, level="village").assign(
        length_m=np.nan, technical_status=None, **_COMMON
    )
    village = (derived["level"] == "village").to_numpy()
    legal, managed = derived[~village], derived[village]
    rng = draw("lines")
    drawn = rng.choice(["agreed", "working", "disputed"], len(legal), p=[0.56, 0.41, 0.03])
    township = (legal["level"] == "township").to_numpy()
    legal = legal.assign(legal_status=np.where(township, drawn, "approved"))
    checked = draw("village lines").random(len(managed)) < 0.78
    managed = managed.drop(columns=["name", "level", "legal_status", "start_point", "end_point"])
    return {
        "boundary_lines": legal.reset_index(drop=True),
        "village_lines": managed.assign(checked=checked).reset_index(drop=True),
    }


def markers(lines: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the layer ``boundary_markers``: invented, near the lines, EPSG:4490.

    Parameters
    ----------
    lines
        The layer ``boundary_lines``.
    rng
        Source of randomness.

    Returns
    -------
    boundary_markers
        Numbered along each line code, from west to east or north to south; some stand a few
        metres off the line, some are tilted, lost or endangered. ``chainage_m`` and
        ``offset_m`` are plane metres.
    """
    rows: list[dict[str, Any]] = []
    places: list[Any] = []
    serial: dict[str, int] = {}
    for row in lines.itertuples():
        if row.legal_status in {"working", "disputed"}:
            continue
        metric = shapely.transform(row.geometry, to_metres)
        count = int(metric.length / _MARKER_EVERY_M + rng.random())
        along = np.sort(rng.uniform(0.03, 0.97, count)) * metric.length
        for s in along:
            serial[row.line_code] = number = serial.get(row.line_code, 0) + 1
            rows_, places_ = _marker(row, metric, float(s), number, rng)
            rows += rows_
            places += places_
    table = pd.DataFrame(rows)
    table.insert(0, "marker_id", [f"M{i:04d}" for i in range(1, len(table) + 1)])
    xy = rounded_degrees(np.array(places))
    return gpd.GeoDataFrame(table.assign(**_COMMON), geometry=shapely.points(xy), crs="EPSG:4490")


def _marker(
    line: Any, metric: Any, along: float, number: int, rng: np.random.Generator
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return one marker, or a pair that stands on both sides of the line."""
    pair = rng.random() < 0.06
    near, far = shapely.get_coordinates(
        shapely.line_interpolate_point(metric, [max(along - 1, 0), along + 1])
    )
    across = np.array([-(far - near)[1], (far - near)[0]]) / max(np.hypot(*(far - near)), 1e-9)
    stray = rng.normal(0, 0.3) if rng.random() < 0.93 else rng.normal(0, 5.0)
    offsets = [12.0 + stray, -12.0 + stray] if pair else [stray]
    rows, places = [], []
    for letter, off in zip("AB" if pair else "Q", offsets, strict=True):
        places.append((near + far) / 2 + across * off)
        turn = rng.integers(0, 360, 3)
        away = rng.uniform(4, 60, 3)
        objects = zip((1, 2, 3), ("独立树", "屋角", "电杆"), turn, away, strict=True)
        rows.append({
            "marker_no": f"{line.line_code}{number:03d}{letter}", "line_id": line.line_id,
            "chainage_m": round(along, 1), "offset_m": round(float(off), 2),
            "marker_type": letter, "condition": str(rng.choice(_CONDITIONS, p=_ODDS)),
            "managing_unit": line.right_code if letter == "B" else line.left_code,
            "azimuth_kind": "grid",
            **{k: v for n, name, angle, length in objects for k, v in (
                (f"ref{n}_name", name), (f"ref{n}_azimuth_deg", float(angle)),
                (f"ref{n}_distance_m", round(float(length), 1)))},
        })  # fmt: skip
    return rows, places
