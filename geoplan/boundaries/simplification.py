"""
Fewer vertices for maps (界线化简): neighbours stay together, markers and tri-junctions stay put.

Every arc is simplified once, by Douglas and Peucker (1973), between the points that must not move:
the nodes where arcs meet and the boundary markers (界桩) on them. Where that would make lines cross
or a unit vanish, the arcs of the units concerned are simplified less, down to not at all.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from geoplan import crs as _crs
from geoplan.boundaries.leaf_units import ladder_of, leaves
from geoplan.boundaries.nesting import AREA_SHARE
from geoplan.boundaries.segments import cut, nearest, project
from geoplan.boundaries.topology import GRID_M, Topology, topology
from geoplan.errors import InputError
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

MARKER_OFFSET_M = 1.0
"""A marker this near to an arc stands on it; bank markers (双立、三立) stand farther off. [P]"""
_HALVINGS = 6
_RING = 4
_STRAIGHT_M = GRID_M / 10


def simplify(
    admin_units: gpd.GeoDataFrame,
    *,
    tolerance_m: float,
    level: str = "village",
    markers: gpd.GeoDataFrame | None = None,
    marker_offset_m: float = MARKER_OFFSET_M,
) -> gpd.GeoDataFrame:
    """
    Simplify units of all levels together: shared lines stay shared, levels stay nested.

    Parameters
    ----------
    admin_units
        Polygons in a metric CRS: ``unit_code``, ``name``, ``level``, ``parent_code``.
    tolerance_m
        No vertex left out lies farther than this from the new line.
    level
        The finest level kept; finer units are left out.
    markers
        Boundary markers in the same CRS. Those on a line keep their place on it; rows without a
        position do not count.
    marker_offset_m
        How far from a line a marker still stands on it.

    Returns
    -------
    units
        The rows down to ``level`` with their new shapes, those without a shape as they are; and
        ``follows_children``: false for a unit whose outline was not that of its children to begin
        with, and was simplified by itself. Parts and holes are kept, no unit is emptied, units
        that did not overlap still do not.

    Raises
    ------
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the CRS does not measure in metres, or the markers are in another one.
    MissingColumnsError, EmptyLayerError, UnknownIdError, InvalidGeometryError
        As `leaves` and `topology` say.
    InputError
        If the tolerance is negative or not a number.

    Notes
    -----
    For drawing only: length and area are measured on the lines as agreed (BND-22).

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> bent = shapely.Polygon([(0, 0), (100, 0), (101, 50), (100, 100), (0, 100)])
    >>> rest = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (101, 50)])
    >>> units = gpd.GeoDataFrame({"unit_code": ["a", "b"], "name": ["甲", "乙"],
    ...     "level": "county", "parent_code": None}, geometry=[bent, rest], crs="EPSG:4547")
    >>> shapely.get_num_coordinates(simplify(units, tolerance_m=5).geometry.to_numpy()).tolist()
    [5, 5]
    """
    _crs.require_metric(admin_units, "admin_units")
    if not tolerance_m >= 0:
        raise _bad_tolerance(tolerance_m)
    units = leaves(admin_units, level)
    pins = _pins(markers, admin_units)
    before = _shapes(units)
    after = _coverage(before, tolerance_m, pins, marker_offset_m)
    drawn = _with_parents(admin_units, units, before, after, level)
    own = drawn.index[~drawn["follows_children"]]
    for _, group in admin_units.loc[own].groupby("level", sort=False):
        shapes = _coverage(_shapes(group), tolerance_m, pins, marker_offset_m)
        drawn.loc[group.index, "shape"] = pd.Series(list(shapes), index=group.index, dtype=object)
    out = admin_units.loc[drawn.index].assign(follows_children=drawn["follows_children"])
    return out.set_geometry(gpd.GeoSeries(list(drawn["shape"]), index=out.index, crs=out.crs))


def simplified_arcs(
    topo: Topology, tolerance_m: float, pins: Array | None = None, *, pin_offset_m: float = 0.0,
    may_cross: bool = False,
) -> Array:  # fmt: skip
    """
    Simplify the arcs of a coverage, so that it stays one.

    Parameters
    ----------
    topo
        From `topology`, metric.
    tolerance_m
        No vertex left out lies farther than this from the new arc.
    pins
        Coordinates (n, 2) of places that keep their foot on the arc they stand on.
    pin_offset_m
        How far from an arc a pin still stands on it.
    may_cross
        Whether lines may cross afterwards, for a drawing that mends them on its own grid; rings
        do not collapse all the same.

    Returns
    -------
    lines
        One LineString per arc with the ends it had, for `Topology.rebuilt`.

    Notes
    -----
    Linear in the number of vertices but for the check of the result, which sorts them.
    """
    pieces, owner = _pieces(topo, pins, pin_offset_m)
    tolerance = np.full(len(topo), float(tolerance_m))
    for halving in range(_HALVINGS + 2):
        lines = _joined(shapely.simplify(pieces, tolerance[owner], preserve_topology=False), owner)
        faulty = _collapsed(topo, lines)
        if not len(faulty) and not may_cross:
            faulty = _faulty(topo, lines)
        crowded = _arcs_of(topo, faulty) & (tolerance > 0)
        if not crowded.any():
            break
        tolerance[crowded] = tolerance[crowded] / 2 if halving < _HALVINGS else 0.0
    return lines


def _coverage(shapes: Array, tolerance_m: float, pins: Array, offset_m: float) -> Array:
    topo = topology(shapes, grid=GRID_M)
    return topo.rebuilt(simplified_arcs(topo, tolerance_m, pins, pin_offset_m=offset_m))


def _shapes(frame: gpd.GeoDataFrame) -> Array:
    return np.asarray(frame.geometry.array, dtype=object)


def _pins(markers: gpd.GeoDataFrame | None, units: gpd.GeoDataFrame) -> Array:
    if markers is None or markers.empty:
        return np.empty((0, 2))
    _crs.require_same(markers, units, "boundary_markers", "admin_units")
    shapes = _shapes(markers)
    return shapely.get_coordinates(
        shapes[shapely.get_type_id(shapes) == shapely.GeometryType.POINT]
    )


def _pieces(topo: Topology, pins: Array | None, offset_m: float) -> tuple[Array, Array]:
    """Cut arcs at the feet of the pins; return the pieces in order and the arc of each."""
    arcs = np.arange(len(topo))
    if pins is None or not len(pins):
        return topo.lines, arcs
    segments = cut(topo.lines)
    segment = nearest(segments, pins)
    along, offset, _ = project(segments, pins, segment)
    on = np.abs(offset) <= offset_m
    feet: dict[int, list[float]] = {}
    for arc, at in zip(segments.owner[segment[on]].tolist(), along[on].tolist(), strict=True):
        feet.setdefault(arc, []).append(at)
    pinned = {a: _cut_at(topo.lines[a], np.array(places)) for a, places in feet.items()}
    count = np.array([len(pinned.get(a, ())) or 1 for a in arcs.tolist()])
    pieces = np.repeat(topo.lines, count)
    owner = np.repeat(arcs, count)
    for arc, parts in pinned.items():
        first = int(np.searchsorted(owner, arc))
        pieces[first : first + len(parts)] = parts
    return pieces, owner


def _cut_at(line: Any, places_m: Array) -> list[Any]:
    """Cut a line at distances along it; a closed one also at its start, which it then keeps."""
    inner = places_m[(places_m > GRID_M) & (places_m < line.length - GRID_M)]
    stops = np.unique(np.r_[0.0, inner, line.length])
    return [substring(line, a, b) for a, b in pairwise(stops)]


def _joined(pieces: Array, owner: Array) -> Array:
    """Put the pieces of each arc together; a cut on a straight stretch needs no vertex."""
    if len(owner) == len(np.unique(owner)):
        return pieces
    xy, piece = shapely.get_coordinates(pieces, return_index=True)
    again = np.r_[False, (piece[1:] != piece[:-1]) & (owner[piece[1:]] == owner[piece[:-1]])]
    lines = shapely.linestrings(xy[~again], indices=owner[piece[~again]])
    return np.asarray(shapely.simplify(lines, _STRAIGHT_M, preserve_topology=False))


def _collapsed(topo: Topology, lines: Array) -> Array:
    """Return the numbers of units with a ring that has no area left."""
    size = shapely.get_num_coordinates(lines) - 1
    arcs = np.diff(topo.ring_ptr)
    ring = np.repeat(np.arange(len(arcs)), arcs)
    corners = np.bincount(ring, size[np.abs(topo.ring_arc) - 1], minlength=len(arcs)) + 1
    # a ring that was a point from the start has no arc that could be left longer
    return np.unique(topo.ring_unit[(corners < _RING) & (arcs > 0)])


def _faulty(topo: Topology, lines: Array) -> Array:
    """Return the numbers of units that cross themselves or others."""
    shapes = topo.rebuilt(lines)
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        return np.flatnonzero(broken)
    broken = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    return np.union1d(np.flatnonzero(broken), _swallowed(shapes))


def _swallowed(shapes: Array) -> Array:
    """Return units with a part inside another unit, which has no edge to show for it."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    part, unit = shapely.STRtree(shapes).query(shapely.point_on_surface(parts), "within")
    other = owner[part] != unit
    return np.union1d(owner[part[other]], unit[other])


def _arcs_of(topo: Topology, units: Array) -> Array:
    chosen = np.zeros(topo.units + 1, bool)  # the last one is nobody
    chosen[units] = True
    return np.asarray(chosen[topo.left] | chosen[topo.right])


def _with_parents(
    admin_units: gpd.GeoDataFrame, units: gpd.GeoDataFrame, before: Array, after: Array, level: str
) -> pd.DataFrame:
    """Return shapes of the units and of all above them: a parent is the union of its children."""
    ladder = ladder_of(admin_units, units)
    shape = dict(zip(units.index, after, strict=True))
    follows = dict.fromkeys(units.index, True)
    down_to = LEVELS[: LEVELS.index(level) + 1]
    rest = admin_units.index[admin_units["level"].isin(down_to).to_numpy()]
    rest = rest.difference(units.index, sort=False)
    for label in rest:
        here, code, own = admin_units.loc[label, ["level", "unit_code", "geometry"]]
        below = (ladder[here] == code).to_numpy()
        if not below.any() or own is None or own.is_empty:
            shape[label], follows[label] = own, True
            continue
        area = shapely.area(before[below]).sum()
        follows[label] = bool(abs(area - own.area) <= AREA_SHARE * own.area)
        shape[label] = shapely.coverage_union_all(after[below]) if follows[label] else None
    kept = [i for i in admin_units.index if i in shape]
    return pd.DataFrame({"shape": pd.Series([shape[i] for i in kept], index=kept, dtype=object),
                         "follows_children": [follows[i] for i in kept]}, index=kept)  # fmt: skip


def _bad_tolerance(value: float) -> InputError:
    return InputError(
        f"Tolerance {value} m cannot be used.", zh=f"化简容差 {value} 米不可用。",
        fix="give a number of metres, 0 or more", fix_zh="请给出不小于 0 的米数",
        tolerance_m=value,
    )  # fmt: skip
