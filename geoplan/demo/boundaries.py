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

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_metres

if TYPE_CHECKING:
    from geoplan.demo.frame import Frame

_MARKER_EVERY_M = 5_500.0
_CONDITIONS = ("intact", "faded", "damaged", "tilted", "moved", "lost", "endangered")
_ODDS = (0.78, 0.07, 0.04, 0.04, 0.02, 0.03, 0.02)
_COMMON: dict[str, Any] = {
    "source": _facts.SOURCE,
    "source_date": _facts.DATE,
    "secrecy": "internal",
    "synthetic": True,
}


def shared_lines(areas: gpd.GeoSeries) -> list[tuple[str, str, Any]]:
    """
    Return the line between each two areas that share vertices, with the first on the left.

    Parameters
    ----------
    areas
        Polygons that form a coverage, index code, any CRS.

    Returns
    -------
    lines
        Left code (the smaller), right code, LineString; longest pieces first per pair.
    """
    owner: dict[tuple[float, float, float, float], str] = {}
    for code, area in areas.items():
        for ring in shapely.get_rings(shapely.orient_polygons(shapely.get_parts(area))):
            xy = shapely.get_coordinates(ring)
            for step in np.hstack([xy[:-1], xy[1:]]).tolist():
                owner[tuple(step)] = str(code)
    between: dict[tuple[str, str], list[Any]] = {}
    for (x0, y0, x1, y1), left in owner.items():
        right = owner.get((x1, y1, x0, y0))
        if right is not None and left < right:
            between.setdefault((left, right), []).append([(x0, y0), (x1, y1)])
    out = []
    for (left, right), steps in sorted(between.items()):
        merged = shapely.line_merge(shapely.multilinestrings(steps), directed=True)
        parts = sorted(shapely.get_parts(merged), key=lambda g: (-g.length, g.coords[0]))
        out += [(left, right, part) for part in parts]
    return out


def boundary_lines(frame: Frame, names: pd.Series, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the layer ``boundary_lines``: each arc once, at its highest level.

    Parameters
    ----------
    frame
        Areas, EPSG:4490.
    names
        Unit names by code.
    rng
        Source of randomness.

    Returns
    -------
    boundary_lines
        Lines in EPSG:4490, left and right codes following the direction; ``length_m`` empty.
    """
    outer = pd.concat([frame.counties, frame.neighbours.geometry])
    names = pd.concat([names, frame.neighbours["name"]])
    own = set(frame.counties.index)
    lines = [r for r in shared_lines(outer) if r[0] in own or r[1] in own]
    towns = [r for r in shared_lines(frame.towns) if r[0][:6] == r[1][:6]]
    rows = [_line(left, right, _level(left, right), names, rng) for left, right, _ in lines]
    rows += [_line(left, right, "township", names, rng) for left, right, _ in towns]
    table = pd.DataFrame(rows)
    table.insert(0, "line_id", [f"L{i:04d}" for i in range(1, len(table) + 1)])
    table["length_m"] = np.nan
    table["technical_status"] = None
    table = table.assign(**_COMMON)
    return gpd.GeoDataFrame(table, geometry=[r[2] for r in lines + towns], crs="EPSG:4490")


def _level(left: str, right: str) -> str:
    if left[:2] != right[:2]:
        return "province"
    return "prefecture" if left[:4] != right[:4] else "county"


def _line(
    left: str, right: str, level: str, names: pd.Series, rng: np.random.Generator
) -> dict[str, Any]:
    short = {"province": left[:2] + right[:2], "township": f"{left}-{right}"}
    code = short.get(level, left + right)
    status = "approved"
    if level == "township":
        status = str(rng.choice(["agreed", "working", "disputed"], p=[0.56, 0.41, 0.03]))
    return {"line_code": code, "name": f"{names[left]}—{names[right]}线", "level": level,
            "left_code": left, "right_code": right, "legal_status": status}  # fmt: skip


def village_lines(frame: Frame, parent: pd.Series, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the layer ``village_lines`` (村级管理线) between villages of one town, EPSG:4490."""
    rows = [r for r in shared_lines(frame.villages) if parent[r[0]] == parent[r[1]]]
    table = pd.DataFrame({
        "line_id": [f"V{i:05d}" for i in range(1, len(rows) + 1)],
        "line_code": [f"v{a}-{b}" for a, b, _ in rows],
        "left_code": [r[0] for r in rows], "right_code": [r[1] for r in rows],
        "length_m": np.nan, "checked": rng.random(len(rows)) < 0.78, "technical_status": None,
        **_COMMON,
    })  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=[r[2] for r in rows], crs="EPSG:4490")


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
        Numbered along each line code from west to east; some stand a few metres off the line,
        some are tilted, lost or endangered. ``chainage_m`` and ``offset_m`` are plane metres.
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
        xy = shapely.get_coordinates(shapely.line_interpolate_point(metric, along))
        if count and xy[0, 0] > xy[-1, 0]:
            along = along[::-1]
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
