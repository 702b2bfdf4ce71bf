"""
Boundary lines from the units they divide (行政区域界线, BND-01, BND-02, BND-24).

Every arc is stored once. Its level is the highest at which the units on its two sides differ, so a
county line is also the line of the townships along it, and the city's line is a set of county arcs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.chains import chains, joined_xy
from geoplan.boundaries.junctions import meetings
from geoplan.boundaries.leaf_units import codes_at, grid_of, ladder_of, leaves
from geoplan.boundaries.line_codes import line_code
from geoplan.boundaries.topology import NOBODY, Topology, topology
from geoplan.schemas.hierarchy import LEVELS, adjoining

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[Any]

SECTION_LEVEL = "county"
"""Lines of this level and above are kept as sections between two counties."""
_SECTION_RANK = LEVELS.index(SECTION_LEVEL)


def derive_arcs(admin_units: gpd.GeoDataFrame, *, level: str = "township") -> gpd.GeoDataFrame:
    """
    Return every arc between two units once, with both sides and its level.

    Parameters
    ----------
    admin_units
        Polygons in any CRS with ``unit_code``, ``name``, ``level``, ``parent_code``; adjoining
        units with ``neighbour`` true give the outer lines their other side.
    level
        The finest level of units.

    Returns
    -------
    arcs
        In the CRS of the units: ``arc_id``, ``left_unit``, ``right_unit`` (the finest units),
        ``level``, ``left_code``, ``right_code`` (of the line the arc belongs to), ``line_code``,
        ``from_node``, ``to_node``, ``edge_matched``. Arcs between two neighbouring units are
        left out. Where nobody is on the right, ``right_*`` and ``level`` are missing.

    Raises
    ------
    MissingColumnsError, MissingCRSError, EmptyLayerError, InvalidGeometryError
        As `leaves` and `topology` say.
    """
    return _arcs(admin_units, level, None)[0]


def _arcs(
    admin_units: gpd.GeoDataFrame, level: str, official: Mapping[str, str] | None
) -> tuple[gpd.GeoDataFrame, Topology, gpd.GeoDataFrame]:
    units = leaves(admin_units, level)
    topo = topology(np.asarray(units.geometry.array, dtype=object), grid=grid_of(units))
    table = _sides(units, ladder_of(admin_units, units), topo)
    codes = [
        line_code(lv, a, b, official) if isinstance(lv, str) else None
        for lv, a, b in zip(table["level"], table["left_code"], table["right_code"], strict=True)
    ]
    table.insert(list(table.columns).index("from_node"), "line_code", codes)
    frame = gpd.GeoDataFrame(table, geometry=topo.lines, crs=units.crs)
    return frame[_own(units, topo)].reset_index(drop=True), topo, units


def _own(units: gpd.GeoDataFrame, topo: Topology) -> Array:
    """Tell which arcs have a unit of the city on one side."""
    own = np.r_[~adjoining(units), False]  # nobody
    return np.asarray(own[topo.left] | own[topo.right])


def _sides(units: gpd.GeoDataFrame, ladder: pd.DataFrame, topo: Topology) -> pd.DataFrame:
    """Return the units on both sides of each arc, and its level, left and right code."""
    code = np.r_[units["unit_code"].to_numpy(dtype=object), [None]]
    rank = np.full(len(topo), len(LEVELS))
    for at in range(len(LEVELS) - 1, -1, -1):
        number = np.r_[pd.factorize(ladder[LEVELS[at]].to_numpy(dtype=object))[0], NOBODY]
        a, b = number[topo.left], number[topo.right]
        rank[(a != b) & (a >= 0) & (b >= 0)] = at
    names = np.r_[np.array(LEVELS, dtype=object), [None]]
    own_rank = np.r_[units["level"].map(LEVELS.index).to_numpy(), len(LEVELS)]
    # units of different kinds side by side (a county and a township) differ at the coarser one
    coarser = np.minimum(own_rank[topo.left], own_rank[topo.right])
    rank = np.where((rank > coarser) & topo.shared, coarser, rank)
    side = np.maximum(rank, _SECTION_RANK)
    left, right = (codes_at(ladder, code, who, side) for who in (topo.left, topo.right))
    return pd.DataFrame({
        "arc_id": np.arange(1, len(topo) + 1),
        "left_unit": code[topo.left], "right_unit": code[topo.right], "level": names[rank],
        "left_code": left, "right_code": right,
        "from_node": topo.ends[:, 0], "to_node": topo.ends[:, 1], "edge_matched": topo.shared,
    })  # fmt: skip


def derive_lines(
    admin_units: gpd.GeoDataFrame,
    *,
    level: str = "township",
    official: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Return the boundary lines of the units: each once, at its level, directed and measured.

    Parameters
    ----------
    admin_units
        Polygons in any CRS with ``unit_code``, ``name``, ``level``, ``parent_code``; adjoining
        units with ``neighbour`` true give the outer lines their other side.
    level
        The finest lines wanted: ``village`` gives village management lines (村级管理线) too.
    official
        The bureau's own line codes by the project's code (BND-03).

    Returns
    -------
    lines
        The layer ``boundary_lines`` in the CRS of the units: one row per connected part, running
        from west to east or from north to south, left and right following it; ``length_m`` on the
        ellipsoid; ``technical_status`` computed. Lines of county level and above are sections
        between two counties. A line with nobody on one side has no level: give the neighbours.

    Raises
    ------
    MissingColumnsError, MissingCRSError, EmptyLayerError, InvalidGeometryError
        As `leaves` and `topology` say.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["421303", "421321"], "name": ["曾都区", "随县"],
    ...      "level": "county", "parent_code": "421300"},
    ...     geometry=[shapely.box(113.0, 31, 113.1, 31.1), shapely.box(113.1, 31, 113.2, 31.1)],
    ...     crs="EPSG:4490")
    >>> lines = derive_lines(units, level="county")
    >>> lines.loc[lines["level"] == "county", ["line_code", "left_code", "right_code"]].values
    array([['421303421321', '421321', '421303']], dtype=object)
    """
    arcs, topo, units = _arcs(admin_units, level, official)
    names = dict(zip(admin_units["unit_code"], admin_units["name"], strict=True))
    own = units["unit_code"].to_numpy(dtype=object)
    meeting = meetings(topo, ladder_of(admin_units, units), own, names)
    arcs = _smaller_left(arcs)
    key = arcs[["left_code", "right_code", "level"]].astype(object).fillna("")
    group = key.groupby(list(key.columns), sort=True).ngroup().to_numpy()
    shapes = arcs.geometry.to_numpy()
    rows, drawn = [], []
    stretch = _metres_alike(units)
    for run in chains(arcs["from_node"].to_numpy(), arcs["to_node"].to_numpy(), group):
        row = _line_row(arcs, run, names, meeting)
        xy = _from_its_west(joined_xy(shapes, run))
        if runs_backwards(xy * stretch):
            xy = xy[::-1]
            row = {**row, "left_code": row["right_code"], "right_code": row["left_code"],
                   "start_point": row["end_point"], "end_point": row["start_point"]}  # fmt: skip
        rows.append(row)
        drawn.append(shapely.LineString(xy))
    return _finished(gpd.GeoDataFrame(pd.DataFrame(rows), geometry=drawn, crs=units.crs))


def _smaller_left(arcs: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn the arcs so that those of one line run the same way: the smaller code on the left."""
    right = arcs["right_code"].fillna("\uffff")
    turn = (arcs["left_code"] > right).to_numpy()
    out = arcs.copy()
    for a, b in (("left_code", "right_code"), ("left_unit", "right_unit"),
                 ("from_node", "to_node")):  # fmt: skip
        out.loc[turn, [a, b]] = arcs.loc[turn, [b, a]].to_numpy()
    shapes = out.geometry.to_numpy().copy()
    shapes[turn] = shapely.reverse(shapes[turn])
    return out.set_geometry(gpd.GeoSeries(shapes, index=out.index, crs=arcs.crs))


def runs_backwards(xy: Array) -> bool:
    """
    Tell whether a line runs from east to west, or from south to north (BND-04, BND-25).

    Coordinates are plane metres, or scaled alike. The ends decide: the longer of both extents is
    looked at. A closed line should run clockwise
    from its start, as a compass does.
    """
    dx, dy = xy[-1] - xy[0]
    if dx == 0 and dy == 0:
        return bool(shapely.is_ccw(shapely.LinearRing(xy)))
    return bool(dx < 0 if abs(dx) >= abs(dy) else dy > 0)


def _from_its_west(xy: Array) -> Array:
    """Start a closed line at its westernmost vertex, wherever its ring began."""
    if (xy[0] != xy[-1]).any():
        return xy
    ring = xy[:-1]
    west = int(np.lexsort([-ring[:, 1], ring[:, 0]])[0])
    return np.vstack([ring[west:], ring[: west + 1]])


def _metres_alike(units: gpd.GeoDataFrame) -> Array:
    """Return factors that make both axes equally long: a degree east is shorter than one north."""
    if _crs.is_metric(units.crs):
        return np.ones(2)
    south, north = units.total_bounds[[1, 3]]
    return np.array([np.cos(np.radians((south + north) / 2)), 1.0])


def _line_row(
    arcs: gpd.GeoDataFrame,
    run: list[int],
    names: dict[str, str],
    meetings: list[dict[int, str]],
) -> dict[str, Any]:
    first = arcs.iloc[run[0]]
    left, right = first["left_code"], first["right_code"]
    matched = bool(arcs["edge_matched"].to_numpy()[run].all())
    there = right is not None and not pd.isna(right)
    level = first["level"]
    section = max(LEVELS.index(level if level in LEVELS else SECTION_LEVEL), _SECTION_RANK)
    meeting = meetings[section]
    smaller, larger = sorted((left, right)) if there else (left, "")
    return {
        "pair": f"{smaller}-{larger}", "line_code": first["line_code"],
        "name": f"{names.get(smaller, smaller)}—{names.get(larger, larger) or '（界外）'}线",
        "level": first["level"], "left_code": left, "right_code": right,
        "legal_status": "working",
        "technical_status": "edge_matched" if matched else "not_edge_matched",
        "start_point": meeting.get(int(first["from_node"])),
        "end_point": meeting.get(int(arcs["to_node"].to_numpy()[run[-1]])),
    }  # fmt: skip


def _finished(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Measure the lines, give ids to their parts, longest first, and put high levels first."""
    rank = lines["level"].map(LEVELS.index, na_action="ignore").fillna(len(LEVELS))
    length = _crs.ellipsoidal_length_m(lines, "boundary_lines")
    out = lines.assign(length_m=length, _rank=rank, _long=-length)
    out = out.sort_values(["_rank", "pair", "_long"], kind="stable")
    part = out.groupby("pair").cumcount() + 1
    many = out.groupby("pair")["pair"].transform("size") > 1
    out.insert(0, "line_id", out["pair"] + ("-" + part.astype(str)).where(many, ""))
    return out.drop(columns=["pair", "_rank", "_long"]).reset_index(drop=True)
