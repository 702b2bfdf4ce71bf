"""
Direction statements (走向说明, BND-07): a draft of the line in words, marker to marker.

The text is a draft only; the text of the agreement prevails (以协议书为准).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops

from geoplan import crs as _crs
from geoplan.boundaries.azimuths import direction_words, true_azimuths
from geoplan.boundaries.chainage import calibrate, locate
from geoplan.boundaries.lines import runs_backwards
from geoplan.boundaries.marker_numbers import parse_numbers
from geoplan.boundaries.notes import shapes_of, texts
from geoplan.errors import EmptyLayerError, InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

DRAFT_ZH = "本走向说明由程序生成，仅为草稿，以协议书为准。"
DRAFT_EN = "Generated draft; the text of the agreement prevails."
FOLLOWED = {
    "river": ("沿{}中心线", "along the centre line of {}"),
    "road": ("沿{}中心线", "along the centre line of {}"),
    "railway": ("沿{}中心线", "along the centre line of {}"),
    "ridge": ("沿{}山脊线", "along the ridge of {}"),
}
"""Class of feature -> how following it is said; others are said plainly."""
_PLAIN = ("沿{}", "along {}")
AT_END_M = 1.0
"""A marker this near an end of its line stands at it: 0.1 mm on a 1:10,000 map."""
_UNNAMED = {"river": ("河流", "a river"), "road": ("道路", "a road"), "ridge": ("山脊", "a ridge"),
            "railway": ("铁路", "a railway")}  # fmt: skip


class Limits(NamedTuple):
    """
    How closely the line is told, all [P].

    ``simplify_m``: bends smaller than this are not told. ``follow_m``: how near a feature must
    run to be followed. ``follow_share``: over how much of the section. ``step_m``: spacing of the
    places where that is looked at.
    """

    simplify_m: float = 50.0
    follow_m: float = 30.0
    follow_share: float = 0.6
    step_m: float = 20.0


def needs_reversal(lines: gpd.GeoDataFrame) -> pd.Series[bool]:
    """
    Tell which lines run against the rule: west to east, or north to south (BND-04, BND-25).

    The two ends decide, whatever bends lie between (an S too): along the longer of their
    east-west and north-south distances. A line that ends where it starts should run clockwise.

    Parameters
    ----------
    lines
        Lines in any CRS; the parts of a multi-part line in order.

    Returns
    -------
    reverse
        The index of ``lines``; false for a line without length.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> lines = gpd.GeoDataFrame(crs="EPSG:4547", geometry=[
    ...     shapely.LineString([(9, 0), (5, 3), (0, 1)]), shapely.LineString([(0, 9), (1, 0)])])
    >>> needs_reversal(lines).tolist()
    [True, False]
    """
    metric = lines if _crs.is_metric(lines.crs) else _crs.to_metric(lines, name="boundary_lines")
    found = [_backwards(g) for g in shapes_of(metric)]
    return pd.Series(found, index=lines.index, dtype=bool)


def _backwards(line: Any) -> bool:
    xy = shapely.get_coordinates(line)
    if len(np.unique(xy, axis=0)) < 2:  # noqa: PLR2004
        return False
    if (xy[0] == xy[-1]).all() and len(np.unique(xy, axis=0)) < 3:  # noqa: PLR2004
        return False
    return runs_backwards(xy)


SECTIONS = ("line_id", "section", "from_no", "to_no", "from_chainage_m", "to_chainage_m",
            "length_m", "directions_zh", "directions_en", "followed", "followed_class",
            "followed_share", "crossed", "text_zh", "text_en", "draft")  # fmt: skip


def statement(
    line: gpd.GeoDataFrame,
    markers: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame | None = None,
    *,
    policy: Policy,
    limits: Limits | None = None,
) -> gpd.GeoDataFrame:
    """
    Draft the direction statement of one line, section by section (BND-07).

    Parameters
    ----------
    line
        One row: ``line_id``, line geometry, metric CRS, running as the markers are numbered.
    markers
        ``marker_no`` and point geometry in the same CRS, of this line (``line_id``, where there is
        one, is heeded). Markers of one serial are one place; withdrawn ones do not count.
    features
        Rivers, roads, ridges: ``name``, ``feature_class``, line geometry in the same CRS. Points
        and polygons with names count as crossed when the line meets them. None: nothing is told.
    policy
        Gives the direction words.
    limits
        How closely to tell.

    Returns
    -------
    sections
        One row between adjacent markers, and from the line's start and to its end, with columns
        `SECTIONS` and the section's geometry; ``length_m`` ellipsoidal. ``draft`` is always true:
        the agreement's text prevails.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the frames cannot be measured together.
    InputError
        If ``line`` is not one line with a length.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from geoplan.io import read_policy
    >>> line = gpd.GeoDataFrame({"line_id": ["a"]}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(450000, 3505000), (451000, 3505000)])])
    >>> marker = gpd.GeoDataFrame({"marker_no": ["4142001Q"]}, crs="EPSG:4547",
    ...     geometry=[shapely.Point(450400, 3505000)])
    >>> for text in statement(line, marker, policy=read_policy("suizhou-2022"))["text_zh"]:
    ...     print(text)
    1. 自界线起点起，向东行 400 米，至4142001Q 号界桩，长 400 米。
    2. 自4142001Q 号界桩起，向东行 600 米，至界线终点，长 600 米。
    """
    limits = limits or Limits()
    crs = _crs.require_metric(line, "boundary_lines")
    shape, line_id = _one(line), texts(line, "line_id")[0]
    alone = gpd.GeoDataFrame({"line_id": [line_id]}, geometry=[shape], crs=crs)
    stops = _stops(alone, markers)
    near = _features(features, alone, limits)
    ends = texts(line, "start_point")[0], texts(line, "end_point")[0]
    rows: list[dict[str, Any]] = []
    drawn = []
    for start, end in pairwise(stops):
        part = shapely.ops.substring(shape, start.along_m, end.along_m)
        row = {"line_id": line_id, "section": len(rows) + 1, "from_no": start.name,
               "to_no": end.name, "from_chainage_m": start.chainage_m,
               "to_chainage_m": end.chainage_m, "draft": True}  # fmt: skip
        row |= _section(part, crs, near, policy, limits)
        row["text_zh"], row["text_en"] = _text_zh(row, *ends), _text_en(row, *ends)
        rows.append(row)
        drawn.append(part)
    table = pd.DataFrame(rows, columns=list(SECTIONS))
    return gpd.GeoDataFrame(table, geometry=drawn, crs=crs)


def _one(line: gpd.GeoDataFrame) -> Any:
    shapes = shapes_of(line)
    merged = shapely.line_merge(shapes[0], directed=True) if len(shapes) == 1 else None
    if merged is None or merged.geom_type != "LineString" or merged.length == 0:
        raise InputError(
            "A direction statement needs one connected line with a length.",
            zh="走向说明需要一条有长度的连续界线。",
            fix="pass one row; describe the parts of a multi-part line one by one",
            fix_zh="每次传入一条界线；多段界线请逐段生成",
            rows=len(line),
        )
    return merged


class _Stop(NamedTuple):
    name: str
    along_m: float
    chainage_m: float


def _stops(line: gpd.GeoDataFrame, markers: gpd.GeoDataFrame) -> list[_Stop]:
    """Return the places between which the line is told, its ends included, in order."""
    line_id = line["line_id"].iloc[0]
    own = np.array([i in {"", line_id} for i in texts(markers, "line_id")], dtype=bool)
    own &= np.array([c != "withdrawn" for c in texts(markers, "condition")], dtype=bool)
    markers = markers[own].assign(line_id=line_id)
    calibration = calibrate(line, markers if "chainage_m" in markers.columns else None)[0]
    on = locate(markers, line, calibration).dropna(subset=["chainage_m"])
    parts = parse_numbers(markers.loc[on.index, "marker_no"])
    serial = (parts["line_code"] + parts["serial"]).where(parts["serial"] != "", parts["number"])
    at = pd.DataFrame({"name": parts["number"], "chainage": on["chainage_m"]}).groupby(serial)
    name, chainage = at["name"].agg(lambda n: "、".join(sorted(n))), at["chainage"].mean()
    low, high = calibration["chainage_m"].iloc[[0, -1]]
    where = sorted(zip(chainage.astype(float), name.astype(str), strict=True))
    spots = [(float(low), ""), *where, (float(high), "")]
    along = np.interp([c for c, _ in spots], calibration["chainage_m"], calibration["along_m"])
    stops = [_Stop(n, float(a), c) for (c, n), a in zip(spots, along, strict=True)]
    # a marker at an end of the line is that end
    if where and stops[1].along_m - stops[0].along_m < AT_END_M:
        stops.pop(0)
    if where and stops[-1].along_m - stops[-2].along_m < AT_END_M:
        stops.pop()
    return stops


class _Near(NamedTuple):
    shapes: Array
    names: list[str]
    classes: list[str]


def _features(features: gpd.GeoDataFrame | None, line: gpd.GeoDataFrame, limits: Limits) -> _Near:
    """Return the features within reach of the line."""
    if features is None or features.empty:
        return _Near(np.array([], dtype=object), [], [])
    _crs.require_same(features, line, "features", "boundary_lines")
    shape = line.geometry.iloc[0]
    shapely.prepare(shape)
    close = features[shapely.dwithin(shapes_of(features), shape, limits.follow_m)]
    return _Near(shapes_of(close), texts(close, "name"), texts(close, "feature_class"))


def _section(part: Any, crs: Any, near: _Near, policy: Policy, limits: Limits) -> dict[str, Any]:
    followed, share = _followed(part, near, limits)
    simple = shapely.get_coordinates(part.simplify(limits.simplify_m))
    lengths = _leg_lengths_m(part, simple, crs)
    azimuth = true_azimuths(simple, crs)
    return {
        "length_m": float(lengths.sum()),
        "directions_zh": _legs(direction_words(azimuth, policy), lengths, "向{}行 {} 米", "，再"),
        "directions_en": _legs(direction_words(azimuth, policy, "en"), lengths,
                               "{} for {} m", ", then "),
        "followed": near.names[followed] if followed >= 0 else "",
        "followed_class": near.classes[followed] if followed >= 0 else "",
        "followed_share": share, "crossed": "、".join(_crossed(part, near, followed)),
    }  # fmt: skip


def _leg_lengths_m(part: Any, simple: Array, crs: Any) -> Array:
    """Return the true length of the line between the vertices that are told."""
    xy = shapely.get_coordinates(part)
    edges = np.stack([xy[:-1], xy[1:]], axis=1)
    length_m = _crs.ellipsoidal_length_m(gpd.GeoSeries(shapely.linestrings(edges), crs=crs))
    along = np.concatenate([[0.0], np.cumsum(length_m)])
    at = [0]
    for vertex in simple[1:-1]:  # simplify keeps vertices, in order
        at.append(at[-1] + 1 + int(np.flatnonzero((xy[at[-1] + 1 :] == vertex).all(axis=1))[0]))
    return np.diff(along[[*at, len(xy) - 1]])


def _legs(words: list[str], lengths: Array, pattern: str, joint: str) -> str:
    """Put legs of one direction together and tell them in order."""
    told: list[tuple[str, float]] = []
    for word, length in zip(words, lengths, strict=True):
        if told and word in {told[-1][0], ""}:
            told[-1] = (told[-1][0], told[-1][1] + length)
        else:
            told.append((word, float(length)))
    return joint.join(pattern.format(word, f"{length:.0f}") for word, length in told)


def _followed(part: Any, near: _Near, limits: Limits) -> tuple[int, float]:
    """Return the feature that runs beside most of a section, -1 for none, and over what share."""
    lines = np.flatnonzero(np.isin(shapely.get_type_id(near.shapes), [1, 5]))
    if not len(lines):
        return -1, 0.0
    count = max(int(part.length / limits.step_m), 4)
    spots = shapely.line_interpolate_point(part, (np.arange(count) + 0.5) / count, normalized=True)
    tree = shapely.STRtree(near.shapes[lines])
    hit = tree.query(spots, "dwithin", limits.follow_m)[1]
    share = np.bincount(hit, minlength=len(lines)) / count
    best = int(np.argmax(share))
    if share[best] < limits.follow_share:
        return -1, float(share[best])
    return int(lines[best]), float(share[best])


def _crossed(part: Any, near: _Near, followed: int) -> list[str]:
    """Return the named features a section meets, in order, without the one it follows."""
    first: dict[str, float] = {}
    for k in np.flatnonzero(shapely.intersects(near.shapes, part)):
        if k != followed and near.names[k]:
            spot = shapely.intersection(near.shapes[k], part)
            first[near.names[k]] = part.project(shapely.Point(shapely.get_coordinates(spot)[0]))
    if followed >= 0:
        first.pop(near.names[followed], None)
    return sorted(first, key=lambda name: first[name])


def _along(row: dict[str, Any], lang: int) -> str:
    """Say what a section follows, empty where it follows nothing."""
    kind = row["followed_class"]
    if not kind and not row["followed"]:
        return ""
    named = row["followed"] or _UNNAMED.get(kind, ("地物", "a feature"))[lang]
    return FOLLOWED.get(kind, _PLAIN)[lang].format(named)


def _and(names: str) -> str:
    return names.replace("、", " and ")


def _text_zh(row: dict[str, Any], start: str, end: str) -> str:
    first = f"{row['from_no']} 号界桩" if row["from_no"] else start or "界线起点"
    last = f"{row['to_no']} 号界桩" if row["to_no"] else end or "界线终点"
    crossed = f"，经{row['crossed']}" if row["crossed"] else ""
    return (f"{row['section']}. 自{first}起，{_along(row, 0)}{row['directions_zh']}{crossed}，"
            f"至{last}，长 {row['length_m']:.0f} 米。")  # fmt: skip


def _text_en(row: dict[str, Any], start: str, end: str) -> str:
    first = f"marker {_and(row['from_no'])}" if row["from_no"] else start or "the start of the line"
    last = f"marker {_and(row['to_no'])}" if row["to_no"] else end or "the end of the line"
    crossed = f", past {row['crossed']}" if row["crossed"] else ""
    along = f"{_along(row, 1)}, " if _along(row, 1) else ""
    return (f"{row['section']}. From {first}, {along}{row['directions_en']}{crossed}, "
            f"to {last}; length {row['length_m']:.0f} m.")  # fmt: skip


def statement_text(sections: pd.DataFrame, lang: str = "zh") -> str:
    """
    Put the sections of a direction statement together as one text.

    Parameters
    ----------
    sections
        From `statement`, of one line; any CRS.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    text
        One line per section, then the remark that it is a draft.

    Raises
    ------
    EmptyLayerError
        If there is no section.
    """
    if sections.empty:
        raise EmptyLayerError.for_layer("sections")
    note = DRAFT_ZH if lang == "zh" else DRAFT_EN
    return "\n".join([*sections[f"text_{lang}"], note])
