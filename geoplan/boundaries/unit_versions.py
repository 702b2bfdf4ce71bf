"""Versions of units (区划版本): closed, never overwritten, when a unit changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.boundaries.healing import with_vertex
from geoplan.boundaries.loose_edges import ON_EDGE_M
from geoplan.boundaries.notes import shapes_of
from geoplan.errors import InputError, MissingColumnsError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[Any]

COUNTS = ("population", "population_urban", "households", "elders_60", "elders_65", "elders_80")
"""Numbers of a unit that move with its land: known when whole units move, else unknown."""


def valid_on(units: gpd.GeoDataFrame, day: Any) -> gpd.GeoDataFrame:
    """
    Return the versions of units valid on a day: from ``valid_from`` to before ``valid_to``.

    Parameters
    ----------
    units
        The layer ``admin_units`` with its versions, any CRS; neighbouring units stay in.
    day
        A date.

    Returns
    -------
    units
        The rows that are valid; missing dates are open.

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["old", "new"], "valid_from": [None, "2026-07-01"],
    ...                       "valid_to": ["2026-07-01", None]})
    >>> valid_on(units, "2026-07-01")["name"].tolist()
    ['new']
    """
    when, keep = pd.Timestamp(day), np.ones(len(units), dtype=bool)
    if "valid_from" in units.columns:
        keep &= ~(pd.to_datetime(units["valid_from"]) > when).to_numpy(dtype=bool)
    if "valid_to" in units.columns:
        keep &= ~(pd.to_datetime(units["valid_to"]) <= when).to_numpy(dtype=bool)
    return units.loc[keep]


class Book:
    """
    The units while changes are entered.

    Parameters
    ----------
    units
        The layer ``admin_units`` with one open version of each code, any CRS.

    Raises
    ------
    MissingColumnsError
        If ``unit_code``, ``name``, ``level`` or ``parent_code`` is absent.
    InputError
        If a code has two open versions.
    """

    def __init__(self, units: gpd.GeoDataFrame) -> None:
        need = {"unit_code", "name", "level", "parent_code"}
        if not need <= set(units.columns):
            raise MissingColumnsError.for_layer(
                "admin_units", need - set(units.columns), units.columns
            )
        self.crs, self.columns = units.crs, [c for c in units.columns if c != units.geometry.name]
        self.rows: list[dict[str, Any]] = pd.DataFrame(units)[self.columns].to_dict("records")  # type: ignore[assignment]
        self.shapes: list[Any] = list(shapes_of(units))
        self.given = tuple(self.shapes)
        self.place: dict[str, int] = {}
        for k, row in enumerate(self.rows):
            if not pd.isna(row.get("valid_to")):
                continue
            if row["unit_code"] in self.place:
                raise _twice(str(row["unit_code"]))
            self.place[str(row["unit_code"])] = k

    def row(self, code: str) -> dict[str, Any]:
        """Return the open version of a unit."""
        return self.rows[self.place[self.known(code)]]

    def shape(self, code: str) -> Any:
        """Return its land, empty where it has none."""
        found = self.shapes[self.place[self.known(code)]]
        return shapely.Polygon() if found is None else found

    def known(self, code: str) -> str:
        """Return a code that has an open version, or say which ones are near."""
        if code not in self.place:
            raise UnknownIdError.among("unit", "单元", code, self.place)
        return code

    def children(self, code: str) -> list[str]:
        """Return the units directly below."""
        return [c for c, k in self.place.items() if self.rows[k]["parent_code"] == code]

    def chain(self, code: str) -> list[str]:
        """Return a unit and those above it, as far as they are in the table."""
        out: list[str] = []
        while code in self.place and code not in out:
            out.append(code)
            code = self.row(code)["parent_code"]
        return out

    def touch(self, code: str, on: pd.Timestamp) -> dict[str, Any]:
        """Close the version of a unit and open one from that day on; return it for writing."""
        row = self.row(code)
        since = row.get("valid_from")
        if since is not None and not pd.isna(since):
            if pd.Timestamp(since) == on:
                return row
            if pd.Timestamp(since) > on:
                raise _too_early(code, pd.Timestamp(since), on)
        new = {**row, "valid_from": on, "valid_to": pd.NaT}
        row["valid_to"] = on
        self._append(code, new, self.shapes[self.place[code]])
        return new

    def open(self, code: str, like: dict[str, Any], on: pd.Timestamp, **cells: Any) -> None:
        """Open a new unit without land or people, otherwise like another."""
        if code in self.place:
            raise _exists(code)
        counts = dict.fromkeys((c for c in COUNTS if c in self.columns), 0)
        new = {**like, **counts, **cells, "unit_code": code, "valid_from": on, "valid_to": pd.NaT}
        self._append(code, new, shapely.Polygon())

    def _append(self, code: str, row: dict[str, Any], shape: Any) -> None:
        self.rows.append(row)
        self.shapes.append(shape)
        self.place[code] = len(self.rows) - 1

    def close(self, code: str, on: pd.Timestamp) -> None:
        """Close a unit for good."""
        self.touch(code, on)
        last = self.place.pop(code)
        # a version opened and closed on one day never was
        del self.rows[last], self.shapes[last]
        self.place = {c: k - (k > last) for c, k in self.place.items()}

    def give(self, part: Any, donor: str, receiver: str, on: pd.Timestamp,
             counts: Mapping[str, Any] | None) -> None:  # fmt: skip
        """Move land from one unit, and those above it, to another and those above that."""
        loses, gains = self.chain(donor), self.chain(receiver)
        for code in [c for c in loses if c not in gains]:
            self._count(self.touch(code, on), counts, -1)
            self.shapes[self.place[code]] = shapely.difference(self.shape(code), part)
        for code in [c for c in gains if c not in loses]:
            self._count(self.touch(code, on), counts, 1)
            self.shapes[self.place[code]] = shapely.union(self.shape(code), part)

    def _count(self, row: dict[str, Any], counts: Mapping[str, Any] | None, sign: int) -> None:
        for column in (c for c in COUNTS if c in self.columns):
            moved = pd.NA if counts is None else counts[column]
            unknown = pd.isna(moved) or pd.isna(row[column])
            row[column] = pd.NA if unknown else row[column] + sign * moved

    def share_vertices(self) -> None:
        """Give the vertices of cuts to all borders they end on, in every version: none moves."""
        if self.crs is None or not _crs.is_metric(self.crs):
            return
        known = {id(s) for s in self.given}
        cut = [s for s in self.shapes if s is not None and id(s) not in known]
        old, new = (np.unique(shapely.get_coordinates(list(s)), axis=0) for s in (self.given, cut))
        fresh = new[~np.isin(_as_one(new), _as_one(old))]
        borders = shapely.STRtree(shapely.boundary(np.array(self.shapes, dtype=object)))
        points = shapely.points(fresh)
        for at, row in zip(*borders.query(points, "dwithin", ON_EDGE_M).tolist(), strict=True):
            self.shapes[row] = with_vertex(self.shapes[row], fresh[at])

    def area_m2(self, shape: Any) -> float:
        """Return the ellipsoidal area of a shape in the CRS of the units."""
        return float(_crs.ellipsoidal_area_m2(gpd.GeoSeries([shape], crs=self.crs))[0])

    def frame(self, like: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return all versions with the columns and dtypes of the layer they came from."""
        import geopandas as gpd

        columns = [*self.columns, *(c for c in ("valid_from", "valid_to")
                                    if c not in self.columns)]  # fmt: skip
        table = pd.DataFrame(self.rows, columns=columns)
        for column in columns:
            if column in {"valid_from", "valid_to"}:
                table[column] = pd.to_datetime(table[column]).astype("datetime64[s]")
            elif column in COUNTS:
                table[column] = table[column].astype("Float64").astype("Int64")
            else:
                table[column] = table[column].astype(like[column].dtype)
        shapes = [None if s is None or s.is_empty else s for s in self.shapes]
        return gpd.GeoDataFrame(table, geometry=shapes, crs=self.crs)


def _as_one(xy: Array) -> Array:
    """Return coordinates as one number each, to compare them by pairs."""
    return np.ascontiguousarray(xy).view(complex).ravel()


def _twice(code: str) -> InputError:
    return InputError(
        f"Unit {code!r} has two open versions.", zh=f"单元“{code}”有两个未关闭的版本。",
        fix="pass the units of one code system, valid on one day (unit_versions.valid_on)",
        fix_zh="只传入一个代码体系、同一日有效的单元（unit_versions.valid_on）", unit_code=code,
    )  # fmt: skip


def _exists(code: str) -> InputError:
    return InputError(
        f"Unit {code!r} exists already.", zh=f"单元“{code}”已经存在。",
        fix="give the new unit a code of its own, or use a transfer or merger",
        fix_zh="给新单元另定代码，或改用划转、合并", unit_code=code,
    )  # fmt: skip


def _too_early(code: str, since: pd.Timestamp, on: pd.Timestamp) -> InputError:
    return InputError(
        f"Unit {code!r} is as it is since {since.date()}; it cannot change on {on.date()}.",
        zh=f"单元“{code}”的现版本自 {since.date()} 起有效，不能在 {on.date()} 变更。",
        fix="enter changes in order of their dates",
        fix_zh="按生效日期先后登记变更", unit_code=code,
    )  # fmt: skip
