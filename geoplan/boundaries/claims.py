"""
Claims (争议主张, RULES §5.8): the land between two parties' lines, and who claims it.

Two lines between the same ends enclose faces: land that both claim (重叠), or that neither does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.claim_parties import parties_side
from geoplan.boundaries.notes import NO_DATA, WARNING, Notes, shapes_of, texts
from geoplan.boundaries.sides import side_of, split
from geoplan.errors import MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[Any]

FACES = ("case_id", "face", "left_party", "right_party", "kind", "claimed_by", "claims_more",
         "side", "area_m2", "length_m", "left_length_m", "right_length_m", "left_gain_m2",
         "right_gain_m2", "closed_by_join")  # fmt: skip
"""Columns of the faces; the left party holds the land on the left of its line."""
KIND_ZH = {"overlap": "重叠主张", "both_renounce": "双方均不主张", "gap": "主张空白",
           "position": "已定界线的实地位置争议", "unknown": "待定"}  # fmt: skip
_TWO = 2


class _Line(NamedTuple):
    party: str
    shape: Any
    claimed: bool


class _Case(NamedTuple):
    case_id: str
    one: _Line
    two: _Line
    sided: bool


def compare_claims(
    claims: gpd.GeoDataFrame,
    official: gpd.GeoDataFrame | None = None,
    *,
    left_parties: Mapping[str, str] | None = None,
    admin_units: gpd.GeoDataFrame | None = None,
    max_apart_m: float = 5_000.0,
    least_area_m2: float = 0.01,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Return the faces between two parties' claim lines, case by case.

    Parameters
    ----------
    claims
        ``case_id``, ``party``, line geometry in a metric CRS; the pieces of one party's line may be
        several rows that meet. ``evidence_class`` where known.
    official
        The demarcated line of each case: ``case_id``, line geometry, same CRS. With it the dispute
        is about where an agreed line runs on the ground (kind ``position``, 界线条例第十五条), and
        the faces say how far each party goes beyond it.
    left_parties
        Case -> the party whose land is on the left of the lines, as its own line runs. Without
        it nobody knows whether a face is claimed by both or by neither.
    admin_units
        ``unit_code``, ``name`` and polygons, same CRS: where ``left_parties`` does not say it,
        parties called by a unit's code, or by a name that no other unit has, are looked for on
        both sides of their lines.
    max_apart_m
        Ends of the two lines farther apart than this are not joined. [P]
    least_area_m2
        Faces smaller than this are touches of the two lines, not land. [P]

    Returns
    -------
    faces
        One row per face with columns `FACES`, in order along the line: ``side`` 1 where the right
        party's line runs on the left of the left party's (both claim) and -1 where it runs on the
        right (neither does); ``area_m2`` ellipsoidal; ``length_m`` the longer of the two sides;
        ``claims_more``: the party that goes farther beyond the official line, ``both`` or
        ``neither`` without one; ``left_gain_m2`` and ``right_gain_m2``: land of the face that the
        party claims on the other's side of the official line (negative: gives up on its own).
    findings
        ``case_id`` and, under the label of the case's first row: ``identical``, ``too_far_apart``,
        ``ends_apart`` (joined by the shortest way), ``not_two_parties``, ``no_line``,
        ``broken_line``, ``side_unknown``.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the lines cannot be measured together.
    MissingColumnsError
        If ``case_id`` or ``party`` is absent.

    Examples
    --------
    One line straight, the other a peak of 100 m over 200 m: a triangle of 10 000 m².

    >>> import geopandas as gpd, shapely
    >>> x, y = 450000, 3505000
    >>> claims = gpd.GeoDataFrame({"case_id": "c", "party": ["甲", "乙"]}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(x, y), (x + 200, y)]),
    ...               shapely.LineString([(x, y), (x + 100, y + 100), (x + 200, y)])])
    >>> faces, findings = compare_claims(claims, left_parties={"c": "甲"})
    >>> faces[["kind", "claimed_by"]].values.tolist(), faces["area_m2"].round(-1).tolist()
    ([['overlap', 'both']], [10000.0])
    """
    missing = {"case_id", "party"} - set(claims.columns)
    if missing:
        raise MissingColumnsError.for_layer("claims", missing, claims.columns)
    crs = _crs.require_metric(claims, "claims")
    for name, frame in (("official", official), ("admin_units", admin_units)):
        if frame is not None:
            _crs.require_same(frame, claims, name, "claims")
    notes = Notes("case_id", clause="行政区域边界争议处理条例")
    parts = []
    for case_id, rows in claims.groupby("case_id", sort=True):
        label = rows.index[0]
        found = _two_lines(str(case_id), rows, label, notes)
        if found is None:
            continue
        left = (left_parties or {}).get(str(case_id))
        case = _case(str(case_id), found, left, admin_units, label, notes)
        if case is None:
            continue
        drawn, joins = _closed(case, label, notes, max_apart_m)
        cells = _cells(drawn, joins, least_area_m2)
        parts.append(_faces(case, cells, joins, _official(official, str(case_id)), crs))
    empty = gpd.GeoDataFrame(columns=[*FACES, "geometry"], geometry="geometry", crs=crs)
    faces = pd.concat(parts, ignore_index=True) if parts else empty
    return gpd.GeoDataFrame(faces, geometry="geometry", crs=crs), notes.frame()


def _two_lines(
    case_id: str, rows: gpd.GeoDataFrame, label: Any, notes: Notes
) -> tuple[_Line, _Line] | None:
    party = pd.Series(texts(rows, "party"), index=rows.index)
    names = [p for p in dict.fromkeys(party) if p]
    if len(names) != _TWO:
        notes.add(label, [case_id], "not_two_parties", f"本案有 {len(names)} 个主张方，只比较两方",
                  f"{len(names)} parties; two are compared")  # fmt: skip
        return None
    one, two = (_one_line(rows[party == name], name, case_id, label, notes) for name in names)
    return None if one is None or two is None else (one, two)


def _case(
    case_id: str, lines: tuple[_Line, _Line], left: str | None,
    admin_units: gpd.GeoDataFrame | None, label: Any, notes: Notes,
) -> _Case | None:  # fmt: skip
    """Return the two lines of a case running the same way, the left party's first."""
    one, two = lines
    if left == two.party:
        one, two = two, one
    sided, two = left == one.party, _same_way(one, two)
    if not sided and admin_units is not None:
        sides = parties_side(one.shape, two.shape, (one.party, two.party), admin_units)
        sided = sides != 0
        if sides < 0:
            one, two = two, one
    if not sided:
        notes.add(label, [case_id], "side_unknown", "不知哪一方在线的左侧，不能区分重叠与空白",
                  "which party is on the left is not known: overlap and gap look alike",
                  severity=NO_DATA)  # fmt: skip
    if shapely.equals(shapely.normalize(one.shape), shapely.normalize(two.shape)):
        notes.add(label, [case_id], "identical", "双方主张完全一致，没有争议",
                  "both claim the same line; there is no dispute", severity=WARNING)  # fmt: skip
        return None
    return _Case(case_id, one, two, sided)


def _one_line(
    rows: gpd.GeoDataFrame, party: str, case_id: str, label: Any, notes: Notes
) -> _Line | None:
    shapes = shapes_of(rows)
    parts = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
    merged: Any = shapely.line_merge(shapely.multilinestrings(parts)) if len(parts) else None
    if merged is None or merged.length == 0:
        notes.add(label, [case_id], "no_line", f"“{party}”没有提出界线", f"{party} has no line",
                  severity=NO_DATA)  # fmt: skip
        return None
    if merged.geom_type != "LineString":
        notes.add(label, [case_id], "broken_line", f"“{party}”的主张线不连续，取其中最长的一段",
                  f"the line of {party} is in pieces; its longest is taken",
                  severity=WARNING)  # fmt: skip
        merged = max(shapely.get_parts(merged), key=lambda g: g.length)
    classes = [c for c in texts(rows, "evidence_class") if c]
    return _Line(party, merged, bool(classes))


def _same_way(one: _Line, two: _Line) -> _Line:
    """Turn the second line to run like the first."""
    a, b = (shapely.get_coordinates(line.shape)[[0, -1]] for line in (one, two))
    straight, crossed = np.hypot(*(a - b).T).sum(), np.hypot(*(a - b[::-1]).T).sum()
    return two._replace(shape=shapely.reverse(two.shape)) if crossed < straight else two


def _closed(
    case: _Case, label: Any, notes: Notes, max_apart_m: float
) -> tuple[tuple[Any, Any], list[Any]]:
    """Join the ends of the two lines by the shortest way, where they do not meet."""
    one, two = case.one.shape, case.two.shape
    apart = shapely.distance(one, two)
    if apart > max_apart_m:
        notes.add(label, [case.case_id], "too_far_apart",
                  f"两条主张线相距 {apart / 1000:.1f} 公里，不像同一争议，请核对坐标",
                  f"the lines are {apart / 1000:.1f} km apart; check the coordinates")  # fmt: skip
        return (one, two), []
    joins = []
    for which, zh, en in ((0, "起点", "starts"), (-1, "终点", "ends")):
        ends = [shapely.get_point(g, which) for g in (one, two)]
        ways = [shapely.shortest_line(ends[0], two), shapely.shortest_line(ends[1], one)]
        join = min(ways, key=lambda g: g.length)
        if join.length == 0:
            continue
        far = join.length > max_apart_m
        done_zh, done = ("未连接", "not joined") if far else ("按最短距离连接", "joined there")
        notes.add(label, [case.case_id], "ends_apart",
                  f"两条主张线{zh}不重合，相距 {join.length:.1f} 米，{done_zh}",
                  f"the {en} are {join.length:.1f} m apart, {done}", severity=WARNING)  # fmt: skip
        joins += [] if far else [join]
    return (one, two), joins


def _cells(drawn: tuple[Any, Any], joins: list[Any], least_area_m2: float) -> Array:
    """Return the polygons the two lines and their joins enclose."""
    snapped = [shapely.snap(line, shapely.multilinestrings(joins), 1e-6) if joins else line
               for line in drawn]  # fmt: skip
    cells = shapely.get_parts(shapely.polygonize([shapely.union_all([*snapped, *joins])]))
    return np.asarray(cells[shapely.area(cells) >= least_area_m2])


def _official(official: gpd.GeoDataFrame | None, case_id: str) -> Any:
    if official is None:
        return None
    own = shapes_of(official[np.array(texts(official, "case_id")) == case_id])
    return shapely.line_merge(shapely.union_all(own)) if len(own) else None


def _faces(case: _Case, cells: Array, joins: list[Any], line: Any, crs: Any) -> gpd.GeoDataFrame:
    one, two = case.one, case.two
    of_one = side_of(one.shape, cells, without=two.shape)
    of_two = side_of(two.shape, cells, without=one.shape)
    side = np.where(of_one != 0, of_one, -of_two)
    joined = np.array([any(shapely.dwithin(c, j, 1e-6) and shapely.intersection(
        shapely.boundary(c), j).length > 0 for j in joins) for c in cells], dtype=bool)  # fmt: skip
    left_m, right_m = (_shared_m(cells, g.shape, crs) for g in (one, two))
    claimed = np.where(side > 0, "both", "neither").astype(object)
    kind = np.where(side > 0, "overlap", "both_renounce").astype(object)
    kind[(side < 0) & (joined | (not (one.claimed and two.claimed)))] = "gap"
    if not case.sided:
        kind[:], claimed[:] = "unknown", "unknown"
    gains = np.full((len(cells), 2), np.nan)
    if line is not None:
        kind[:] = "position"
        if case.sided:
            along = _same_way(one, _Line("", line, claimed=True)).shape
            gains = _gains(cells, side, along, crs)
    area_m2 = _crs.ellipsoidal_area_m2(gpd.GeoSeries(cells, crs=crs))
    table = pd.DataFrame({
        "case_id": case.case_id, "left_party": one.party, "right_party": two.party, "kind": kind,
        "claimed_by": claimed, "claims_more": _more(claimed, gains, one.party, two.party),
        "side": side.astype(int), "area_m2": area_m2,
        "length_m": np.maximum(left_m, right_m), "left_length_m": left_m,
        "right_length_m": right_m, "left_gain_m2": gains[:, 0], "right_gain_m2": gains[:, 1],
        "closed_by_join": joined,
    })  # fmt: skip
    where = shapely.line_locate_point(one.shape, shapely.point_on_surface(cells))
    order = np.argsort(where, kind="stable")
    table = table.iloc[order].assign(face=np.arange(1, len(cells) + 1))
    return gpd.GeoDataFrame(table[list(FACES)], geometry=cells[order], crs=crs)


def _shared_m(cells: Array, line: Any, crs: Any) -> Array:
    """Return the true length of a line along the edge of each face."""
    strip = shapely.buffer(shapely.boundary(cells), 1e-4, quad_segs=1)
    return _crs.ellipsoidal_length_m(gpd.GeoSeries(shapely.intersection(strip, line), crs=crs))


def _gains(cells: Array, side: Array, line: Any, crs: Any) -> Array:
    """Return what either party claims beyond the official line in each face, m²."""
    out = np.zeros((len(cells), 2))
    for at, cell in enumerate(cells):
        pieces, where = split(cell, line)
        if not where.any():  # the line passes by: the whole face lies on one side of it
            pieces, where = np.array([cell]), np.array([_beside(line, cell)])
        area = _crs.ellipsoidal_area_m2(gpd.GeoSeries(pieces, crs=crs))
        # both claim it: each gains what is officially the other's; neither: each gives up its own
        left, right = area[where > 0].sum(), area[where < 0].sum()
        out[at] = (right, left) if side[at] > 0 else (0.0 - left, 0.0 - right)
    return out


def _beside(line: Any, cell: Any) -> float:
    from geoplan.boundaries.segments import cut, nearest, project

    xy = shapely.get_coordinates(shapely.point_on_surface(cell))
    segments = cut(np.array([line], dtype=object))
    return float(np.sign(project(segments, xy, nearest(segments, xy))[1][0]))


def _more(claimed: Array, gains: Array, left: str, right: str) -> list[str]:
    out = []
    for who, (a, b) in zip(claimed, gains, strict=True):
        if np.isnan(a):
            out.append(str(who))
        else:
            out.append("equal" if np.isclose(a, b) else left if a > b else right)
    return out
