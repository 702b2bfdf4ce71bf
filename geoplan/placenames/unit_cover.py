"""The land of the units (政区范围): which unit holds each point, and which others are near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geoplan import crs as _crs
from geoplan.errors import EmptyLayerError, MissingCRSError
from geoplan.placenames.cells import require, texts
from geoplan.placenames.ring_index import RingIndex, edge_distance, hold, index_rings
from geoplan.placenames.unit_names import ROOT, Unit, current_first, units_of, with_provinces

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class UnitCover:
    """
    Polygons of units, made ready once by `UnitCover.of` and then asked many times.

    Parameters
    ----------
    units
        The hierarchy, by number.
    crs, metric_crs
        Of the polygons, and of distances.
    shapes
        Polygons of the units that have one.
    unit
        Number of each polygon's unit.
    lowest
        Which polygons have no other one below them: the city's lowest units and its neighbours.
    rank
        Whose a point is that several hold: the least.
    rings, metric_rings, box, metric_box
        Edges and bounds in both systems.
    accuracy_m
        Position error of each polygon's edge, m; 0 where it is not known.
    """

    units: tuple[Unit, ...]
    crs: pyproj.CRS
    metric_crs: pyproj.CRS
    shapes: Array
    unit: Ints
    lowest: npt.NDArray[np.bool_]
    rank: Ints
    rings: RingIndex
    metric_rings: RingIndex
    box: Floats
    metric_box: Floats
    accuracy_m: Floats

    @classmethod
    def of(cls, units: gpd.GeoDataFrame, *, metric_crs: str | None = None) -> UnitCover:
        """
        Make the polygons of units ready.

        Parameters
        ----------
        units
            Columns ``unit_code``, ``name``, ``level``, ``parent_code``; ``neighbour``,
            ``accuracy_m`` (position error of the edge, m) where known; polygons in any CRS. Rows
            without geometry have a place in the chain only.
        metric_crs
            Where distances are taken; the CRS of the units if it is metric, else the zone they
            lie in.

        Returns
        -------
        cover
            For `geoplan.placenames.reverse`.

        Raises
        ------
        MissingColumnsError
            If a column is absent.
        MissingCRSError
            If the units have no CRS.
        EmptyLayerError
            If no unit has a polygon.
        """
        require(units, "admin_units", "unit_code", "name", "level", "parent_code")
        if units.crs is None:
            raise MissingCRSError.for_layer("admin_units")
        units = current_first(units)
        table = units_of(with_provinces(units))
        number = {unit.code: k for k, unit in enumerate(table)}
        polygons = units.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
        drawn = units[polygons & ~units.geometry.is_empty]
        drawn = drawn.assign(unit_code=texts(drawn, "unit_code"))
        drawn = drawn[drawn["unit_code"].isin(number)].drop_duplicates("unit_code")
        if drawn.empty:
            raise EmptyLayerError.for_layer("admin_units")
        own = pyproj.CRS(units.crs)
        metric = pyproj.CRS(metric_crs or (own if _crs.is_metric(own) else _crs.metric_of(drawn)))
        of = np.array([number[code] for code in drawn["unit_code"]], dtype=np.int64)
        shapes = np.array(drawn.geometry.array, dtype=object)
        rings = metric_rings = index_rings(shapes)
        box = metric_box = shapely.bounds(shapes)
        if own != metric:
            projected = np.array(drawn.to_crs(metric).geometry.array, dtype=object)
            metric_rings, metric_box = index_rings(projected), shapely.bounds(projected)
        return cls(
            table, own, metric, shapes, of, _lowest(table, of), _rank(table, of), rings,
            metric_rings, box, metric_box, _accuracy_m(drawn),
        )  # fmt: skip

    def holding(self, x: Floats, y: Floats) -> tuple[Ints, Ints, Ints]:
        """
        Find the lowest unit that holds each point; its edge belongs to it.

        Parameters
        ----------
        x, y
            Points in the CRS of the units, finite.

        Returns
        -------
        shape
            Number of the polygon of each point, -1 outside all: the city's own before its
            neighbours, then the lower level, then the lesser code.
        point, other
            Pairs: points that another one of the lowest units holds as well (on a line, or where
            units overlap), and its polygon.
        """
        found = np.full(len(x), ROOT, dtype=np.int64)
        none = np.zeros(0, dtype=np.int64)
        others = (none, none)
        for lowest in (True, False):
            rows = np.flatnonzero(found == ROOT)
            shape = np.flatnonzero(self.lowest == lowest)
            if not (len(rows) and len(shape)):
                continue
            point, at = _pairs(self.box, shape, np.asarray(shapely.points(x[rows], y[rows])))
            held = hold(self.rings, self.shapes, at, x[rows][point], y[rows][point])
            point, at = rows[point[held]], at[held]
            order = np.lexsort((self.rank[at], point))
            point, at = point[order], at[order]
            first = np.ones(len(point), dtype=bool)
            first[1:] = point[1:] != point[:-1]
            found[point[first]] = at[first]
            if lowest:
                others = point[~first], at[~first]
        return found, *others

    def edge_m(self, shape: Ints, x: Floats, y: Floats) -> Floats:
        """Return the distance to the edge of each point's polygon, m, in the metric CRS."""
        return np.asarray(edge_distance(self.metric_rings, shape, x, y))

    def near(self, x: Floats, y: Floats, within_m: Floats) -> tuple[Ints, Ints]:
        """
        Find the lowest units whose edge is near each point.

        Parameters
        ----------
        x, y
            Points in the metric CRS.
        within_m
            How near, one value per point, m, closed.

        Returns
        -------
        point, shape
            Pairs in the order of the points, nearest first.
        """
        around = shapely.box(x - within_m, y - within_m, x + within_m, y + within_m)
        point, at = _pairs(self.metric_box, np.flatnonzero(self.lowest), around)
        away = self.edge_m(at, x[point], y[point])
        keep = away <= within_m[point]
        point, at, away = point[keep], at[keep], away[keep]
        order = np.lexsort((self.rank[at], away, point))
        return point[order], at[order]


def _pairs(box: Floats, shape: Ints, asked: Array) -> tuple[Ints, Ints]:
    """Return the asked geometries and the polygons whose boxes meet."""
    point, at = shapely.STRtree(np.asarray(shapely.box(*box[shape].T))).query(asked)
    return point.astype(np.int64), shape[at].astype(np.int64)


def _rank(units: tuple[Unit, ...], drawn: Ints) -> Ints:
    """Return the order of the polygons: own before neighbours, lower level, lesser code."""
    order = sorted(range(len(drawn)), key=lambda k: _order(units[drawn[k]]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _order(unit: Unit) -> tuple[bool, int, str]:
    return unit.outside, -unit.level, unit.code


def _lowest(units: tuple[Unit, ...], drawn: Ints) -> npt.NDArray[np.bool_]:
    """Tell which drawn units have no drawn unit below them."""
    above = {k for u in drawn for k in units[u].chain[: units[u].level]}
    return np.array([u not in above or units[u].outside for u in drawn], dtype=bool)


def _accuracy_m(drawn: gpd.GeoDataFrame) -> Floats:
    if "accuracy_m" not in drawn.columns:
        return np.zeros(len(drawn))
    return np.asarray(np.nan_to_num(drawn["accuracy_m"].to_numpy(dtype=float, na_value=0.0)))
