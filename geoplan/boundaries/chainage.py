"""
Chainage (里程) along boundary lines, calibrated, so that it survives edits of the geometry.

The chainage of a line is tied at fixed points: its start and every marker whose chainage is
registered. Between them it is shared out evenly along the line; behind the last it goes on at
true length. When a bend is redrawn, what stands elsewhere keeps its chainage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.notes import WARNING, Notes, each, numbers, shapes_of, texts
from geoplan.boundaries.segments import Segments, cut, nearest, project
from geoplan.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

END_TOLERANCE_M = 0.001
"""A point or chainage this little past an end is at the end: 1 mm, the grid of coordinates."""


def calibrate(
    lines: gpd.GeoDataFrame, markers: gpd.GeoDataFrame | None = None, *, from_zero: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Tie the chainage of each line to its fixed points.

    Parameters
    ----------
    lines
        ``line_id`` and line geometry in a metric CRS, running as chainage does.
    markers
        Fixed points: ``line_id``, ``chainage_m`` and a position in the same CRS; rows without one
        of them do not count. They need not lie on the line. None: no fixed points.
    from_zero
        Whether a line starts at chainage 0. Otherwise its start follows from the first fixed point.

    Returns
    -------
    calibration
        ``line_id``, ``along_m`` (plane distance from the start), ``chainage_m``; ascending, the
        ends of each line included. Lines without length have no rows.
    findings
        Fixed points that contradict the order along the line (``order_broken``) and were left
        out, under the labels of ``markers``; of lines without length (``zero_length_line``).

    Raises
    ------
    MissingCRSError, NotMetricCRSError
        If the lines cannot be measured.
    MissingColumnsError
        If ``line_id`` or the markers' ``chainage_m`` is absent.
    CRSMismatchError
        If the markers are in another CRS.
    InputError
        If two lines have one id.

    Examples
    --------
    A line of 1000 m; a marker at 400 m registered at 410: the rest follows at true length.

    >>> import geopandas as gpd, shapely
    >>> line = gpd.GeoDataFrame({"line_id": ["a"]}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(500000, 3500000), (501000, 3500000)])])
    >>> marker = gpd.GeoDataFrame({"line_id": ["a"], "chainage_m": [410.0]}, crs="EPSG:4547",
    ...     geometry=[shapely.Point(500400, 3500002)])
    >>> calibrate(line, marker)[0]["chainage_m"].round(1).tolist()
    [0.0, 410.0, 1010.0]
    """
    _checked(lines)
    segments = cut(shapes_of(lines))
    notes = Notes("line_id", "chainage_m", clause="BND-02")
    ids, length_m = texts(lines, "line_id"), _crs.ellipsoidal_length_m(lines)
    fixed = _fixed_points(lines, markers, segments)
    rows: list[tuple[str, float, float]] = []
    for at, line in enumerate(ids):
        span = segments.of(at)
        if span.start == span.stop:
            notes.add(lines.index[at], (line, np.nan), "zero_length_line", "界线长度为零",
                      "the line has no length")  # fmt: skip
            continue
        plane_m = float(segments.along_m[span.stop - 1] + segments.size_m[span.stop - 1])
        own = fixed[fixed["line"] == at]
        kept = own[longest_run(own, floor=0.0 if from_zero else -np.inf)]
        for row in each(own.drop(kept.index)):
            notes.add(row.label, (line, row.chainage_m), "order_broken",
                      f"登记里程 {row.chainage_m:.1f} 米与沿线次序不符，未用于校准",
                      f"registered chainage {row.chainage_m:.1f} m contradicts the order along "
                      "the line; not used", severity=WARNING)  # fmt: skip
        tied = _tied(kept, plane_m, float(length_m[at]), from_zero=from_zero)
        rows += [(line, along, chainage) for along, chainage in tied]
    return pd.DataFrame(rows, columns=["line_id", "along_m", "chainage_m"]), notes.frame()


def _checked(lines: gpd.GeoDataFrame) -> Any:
    if "line_id" not in lines.columns:
        raise MissingColumnsError.for_layer("boundary_lines", {"line_id"}, lines.columns)
    again = lines["line_id"].duplicated()
    if again.any():
        twice = str(lines.loc[again, "line_id"].iloc[0])
        raise InputError(
            f"Line {twice!r} occurs twice.", zh=f"界线“{twice}”出现两次。",
            fix="keep one version of each line, its parts as one MultiLineString",
            fix_zh="每条界线只保留一个版本，多段线合为一个多线几何", line_id=twice,
        )  # fmt: skip
    return _crs.require_metric(lines, "boundary_lines")


def _fixed_points(
    lines: gpd.GeoDataFrame, markers: gpd.GeoDataFrame | None, segments: Segments
) -> pd.DataFrame:
    """Return line number, position along it and registered chainage, in order along the line."""
    columns = ["label", "line", "along_m", "chainage_m"]
    if markers is None or markers.empty:
        return pd.DataFrame(columns=columns)
    missing = {"line_id", "chainage_m"} - set(markers.columns)
    if missing:
        raise MissingColumnsError.for_layer("boundary_markers", missing, markers.columns)
    _crs.require_same(markers, lines, "boundary_markers", "boundary_lines")
    line = pd.Index(texts(lines, "line_id")).get_indexer(pd.Index(texts(markers, "line_id")))
    chainage, shapes = numbers(markers, "chainage_m").to_numpy(), shapes_of(markers)
    known = (line >= 0) & ~np.isnan(chainage) & ~_nowhere(shapes)
    rows, xy = np.flatnonzero(known), shapely.get_coordinates(shapes[known])
    segment = nearest(segments, xy, line[known])
    rows, xy, segment = rows[segment >= 0], xy[segment >= 0], segment[segment >= 0]
    along = project(segments, xy, segment)[0]
    table = pd.DataFrame({"label": np.arange(len(markers))[rows], "line": line[rows],
                          "along_m": along, "chainage_m": chainage[rows]})  # fmt: skip
    table["label"] = markers.index[rows]
    # markers of one number stand on two or three banks at one chainage
    table["along_m"] = table.groupby(["line", "chainage_m"])["along_m"].transform("mean")
    table = table.drop_duplicates(["line", "chainage_m"])
    return table.sort_values(["line", "along_m", "chainage_m"], ignore_index=True)


def _nowhere(shapes: Array) -> Array:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def longest_run(fixed: pd.DataFrame, floor: float = -np.inf) -> Array:
    """Tell which fixed points make a longest run ascending in both measures."""
    values, along = (fixed[c].to_numpy(dtype=float) for c in ("chainage_m", "along_m"))
    keep = np.zeros(len(values), dtype=bool)
    best = np.zeros(len(values), dtype=int)
    before = np.full(len(values), -1)
    for k, value in enumerate(values):
        if not value >= floor:
            continue
        lower = np.flatnonzero((values[:k] < value) & (along[:k] < along[k]) & (best[:k] > 0))
        before[k] = lower[np.argmax(best[lower])] if len(lower) else -1
        best[k] = best[before[k]] + 1 if before[k] >= 0 else 1
    at = int(np.argmax(best)) if best.any() else -1
    while at >= 0:
        keep[at], at = True, int(before[at])
    return keep


def _tied(
    fixed: pd.DataFrame, plane_m: float, true_m: float, *, from_zero: bool
) -> list[tuple[float, float]]:
    scale = true_m / plane_m
    points = [(float(a), float(c)) for a, c in zip(fixed["along_m"], fixed["chainage_m"],
                                                    strict=True)]  # fmt: skip
    if not points:
        return [(0.0, 0.0), (plane_m, true_m)]
    along, chainage = points[0]
    if along > 0:
        points.insert(0, (0.0, 0.0 if from_zero and chainage > 0 else chainage - along * scale))
    along, chainage = points[-1]
    if along < plane_m:
        points.append((plane_m, chainage + (plane_m - along) * scale))
    return points


LOCATED = ("line_id", "chainage_m", "offset_m", "segment", "beyond_m", "ambiguous", "problem")


def locate(
    points: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    calibration: pd.DataFrame | None = None,
    *,
    junction_m: float = 1.0,
) -> pd.DataFrame:
    """
    Return where points stand along lines.

    Parameters
    ----------
    points
        Point geometry, metric CRS. A ``line_id`` keeps a point to its own line; without one the
        nearest line is taken.
    lines
        ``line_id`` and line geometry in the same CRS; one row per line.
    calibration
        From `calibrate`; None: true length from the start.
    junction_m
        A point without a line of its own is ``ambiguous`` when another line is no more than this
        farther away than the nearest, as at tri-junctions. [P]

    Returns
    -------
    located
        The index of ``points``: ``line_id``, ``chainage_m``, ``offset_m`` (left positive, right
        negative), ``segment`` (counted from 0 along the line), ``beyond_m`` (before the start
        negative, behind the end positive), ``ambiguous``, ``problem``: empty, ``no_position``,
        ``unknown_line``, ``zero_length_line``, ``before_start``, ``beyond_end``.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the points and lines cannot be measured together.
    MissingColumnsError, InputError
        If ``line_id`` is absent, or two lines have one id.

    Notes
    -----
    Cost: one spatial index of segments, O((n + m) log m); never a distance to a whole line.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> line = gpd.GeoDataFrame({"line_id": ["a"]}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(500000, 3500000), (501000, 3500000)])])
    >>> here = gpd.GeoDataFrame(crs="EPSG:4547", geometry=[shapely.Point(500250, 3500008)])
    >>> locate(here, line)[["line_id", "chainage_m", "offset_m"]].round(3).values.tolist()
    [['a', 250.0, 8.0]]
    """
    _checked(lines)
    _crs.require_same(points, lines, "points", "boundary_lines")
    if calibration is None:
        calibration = calibrate(lines)[0]
    segments, shapes, ids = cut(shapes_of(lines)), shapes_of(points), texts(lines, "line_id")
    stated = texts(points, "line_id")
    line = pd.Index(ids).get_indexer(pd.Index(stated))
    unknown = np.array([bool(s) for s in stated], dtype=bool) & (line < 0)
    there = ~_nowhere(shapes) & ~unknown
    segment = np.full(len(points), -1, dtype=np.int64)
    xy = np.full((len(points), 2), np.nan)
    xy[there] = shapely.get_coordinates(shapes[there])
    segment[there] = nearest(segments, xy[there], line[there])
    on = segment >= 0
    out = _nothing(points.index)
    out["problem"] = np.select([unknown, ~there, ~on], ["unknown_line", "no_position",
                                                         "zero_length_line"], "")  # fmt: skip
    out.loc[~on & ~unknown, "line_id"] = np.array([s or None for s in stated])[~on & ~unknown]
    along, offset, beyond = project(segments, xy[on], segment[on])
    owner = segments.owner[segment[on]]
    first = np.searchsorted(segments.owner, owner)
    out.loc[on, "line_id"] = np.array(ids, dtype=object)[owner]
    out.loc[on, "chainage_m"] = _converted(calibration, ids, owner, along, "along_m", "chainage_m")
    out.loc[on, ["offset_m", "beyond_m"]] = np.column_stack([offset, beyond])
    out.loc[on, "segment"] = segment[on] - first
    past = np.select([beyond < -END_TOLERANCE_M, beyond > END_TOLERANCE_M],
                     ["before_start", "beyond_end"], "")  # fmt: skip
    out.loc[on, "problem"] = past
    free = on & (line < 0)
    out.loc[free, "ambiguous"] = _several(segments, xy[free], out.loc[free, "offset_m"], junction_m)
    return out


def _nothing(index: pd.Index[Any]) -> pd.DataFrame:
    table = pd.DataFrame(index=index, columns=list(LOCATED), dtype=object)
    table = table.astype({"chainage_m": "float64", "offset_m": "float64", "beyond_m": "float64",
                          "segment": "Int64"})  # fmt: skip
    return table.assign(ambiguous=False, problem="")


def _several(segments: Segments, xy: Array, offset: pd.Series[float], junction_m: float) -> Array:
    """Tell which points have another line about as near as the nearest."""
    if not len(xy):
        return np.zeros(0, dtype=bool)
    reach = np.abs(offset.to_numpy()) + junction_m
    point, segment = segments.tree.query(shapely.points(xy), "dwithin", reach)
    pairs = np.unique(np.column_stack([point, segments.owner[segment]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=len(xy)) > 1


def _converted(
    calibration: pd.DataFrame, ids: list[str], owner: Array, values: Array, source: str, target: str
) -> Array:
    """Read one measure of each line off the other, between the tied points."""
    out = np.full(len(values), np.nan)
    tables = dict(iter(calibration.groupby("line_id", sort=False)))
    for line in np.unique(owner):
        table, rows = tables[ids[line]], owner == line
        out[rows] = np.interp(values[rows], table[source], table[target])
    return out


def place(
    events: pd.DataFrame, lines: gpd.GeoDataFrame, calibration: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """
    Return the positions of chainages and offsets, the inverse of `locate`.

    Parameters
    ----------
    events
        ``line_id``, ``chainage_m`` and, where there is one, ``offset_m`` (left positive).
    lines
        ``line_id`` and line geometry, metric CRS; one row per line.
    calibration
        From `calibrate`; None: true length from the start.

    Returns
    -------
    placed
        The index of ``events``: the point in the CRS of the lines, missing where there is none;
        ``beyond_m`` (before the line's first chainage negative, past its last positive);
        ``problem``: empty, ``no_chainage``, ``unknown_line``, ``zero_length_line``,
        ``before_start``, ``beyond_end``.

    Raises
    ------
    MissingCRSError, NotMetricCRSError
        If the lines cannot be measured.
    MissingColumnsError, InputError
        If a column is absent, or two lines have one id.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> line = gpd.GeoDataFrame({"line_id": ["a"]}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(500000, 3500000), (501000, 3500000)])])
    >>> placed = place(pd.DataFrame({"line_id": "a", "chainage_m": [250.0, 1010.0]}), line)
    >>> placed["problem"].tolist(), placed["beyond_m"].round(3).tolist()
    (['', 'beyond_end'], [0.0, 10.0])
    >>> round(placed.geometry.iloc[0].x, 3)
    500250.0
    """
    crs = _checked(lines)
    missing = {"line_id", "chainage_m"} - set(events.columns)
    if missing:
        raise MissingColumnsError.for_layer("events", missing, events.columns)
    if calibration is None:
        calibration = calibrate(lines)[0]
    ids, segments = texts(lines, "line_id"), cut(shapes_of(lines))
    line = pd.Index(ids).get_indexer(pd.Index(texts(events, "line_id")))
    chainage = numbers(events, "chainage_m").to_numpy()
    ends = calibration.groupby("line_id")["chainage_m"].agg(["min", "max"]).reindex([*ids, None])
    low, high = ends.to_numpy(dtype=float)[line].T
    beyond = np.where(chainage < low, chainage - low, np.where(chainage > high, chainage - high, 0))
    problem = np.select(
        [line < 0, np.isnan(chainage), np.isnan(low), beyond < -END_TOLERANCE_M,
         beyond > END_TOLERANCE_M],
        ["unknown_line", "no_chainage", "zero_length_line", "before_start", "beyond_end"], "",
    )  # fmt: skip
    on = problem == ""
    along = _converted(calibration, ids, line[on], chainage[on], "chainage_m", "along_m")
    offset = numbers(events, "offset_m").fillna(0.0).to_numpy()[on]
    points = np.full(len(events), None, dtype=object)
    points[on] = shapely.points(_walked(segments, line[on], along, offset))
    return gpd.GeoDataFrame(
        {"beyond_m": np.where(np.isnan(low), np.nan, beyond), "problem": problem},
        geometry=points, index=events.index, crs=crs,
    )  # fmt: skip


def _walked(segments: Segments, line: Array, along: Array, offset: Array) -> Array:
    """Return the coordinates at a distance along a line and off it, left positive."""
    segment = np.empty(len(line), dtype=np.int64)
    for own in np.unique(line):
        span, rows = segments.of(int(own)), line == own
        at = np.searchsorted(segments.along_m[span], along[rows], side="right") - 1
        segment[rows] = np.clip(at, 0, None) + span.start
    unit = segments.step[segment] / segments.size_m[segment][:, None]
    left = np.column_stack([-unit[:, 1], unit[:, 0]])
    ahead = along - segments.along_m[segment]
    return np.asarray(segments.start[segment] + unit * ahead[:, None] + left * offset[:, None])
