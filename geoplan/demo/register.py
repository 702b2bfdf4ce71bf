"""A register being written (设施台账): rows with a place, gathered one by one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_metres

if TYPE_CHECKING:
    import numpy.typing as npt

_NEAR_ROAD_M = 90.0


class Places:
    """
    Where things can stand: a home drawn at random in a unit, then a step aside.

    Parameters
    ----------
    population
        The layer ``population``, EPSG:4490.
    units
        The layer ``admin_units``.
    lines
        Roads, EPSG:4547: nothing is put beside a home far from all of them.
    rng
        Source of randomness.
    """

    def __init__(
        self,
        population: gpd.GeoDataFrame,
        units: gpd.GeoDataFrame,
        lines: npt.NDArray[np.object_],
        rng: np.random.Generator,
    ) -> None:
        self.rng = rng
        self.units = units[~units["neighbour"]].set_index("unit_code")
        self.name: pd.Series = self.units["name"]
        villages = self.units[self.units["level"] == "village"]
        self.villages = villages
        towns = self.units[self.units["level"] == "township"]
        self.towns = towns
        self._xy = to_metres(shapely.get_coordinates(population.geometry.to_numpy()))
        near = shapely.STRtree(lines).query(
            shapely.points(self._xy), predicate="dwithin", distance=_NEAR_ROAD_M
        )[0]
        weight = np.full(len(population), 1e-9)
        weight[near] = population["persons"].to_numpy(dtype=float)[near]
        self._weight = weight
        rows = pd.Series(np.arange(len(population))).groupby(population["unit_code"].to_numpy())
        self._rows = {str(k): v.to_numpy() for k, v in rows}
        shape = shapely.transform(villages.geometry.to_numpy(), to_metres)
        self._area = dict(zip(villages.index, shape, strict=True))

    def with_stream(self, rng: np.random.Generator) -> Places:
        """Return the same places with another source of randomness."""
        out = copy.copy(self)
        out.rng = rng
        return out

    def members(self, town: str, kind: str = "") -> list[str]:
        """Return the villages (or communities) of a town, most residents first."""
        rows = self.villages[self.villages["parent_code"] == town]
        rows = rows[rows["kind"] == kind] if kind else rows
        return [str(c) for c in rows.sort_values("population", ascending=False).index]

    def spot(self, village: str, aside_m: float = 18.0) -> npt.NDArray[np.float64]:
        """Return a place in a village near a home, EPSG:4547 metres."""
        rows = self._rows[village]
        weight = self._weight[rows] ** 1.5
        for _ in range(6):
            row = self.rng.choice(rows, p=weight / weight.sum())
            xy = self._xy[row] + self.rng.normal(0, aside_m, 2)
            if shapely.contains_xy(self._area[village], *xy):
                return np.asarray(xy, dtype=np.float64)
        return np.array(self._xy[row], dtype=np.float64)

    def inside(self, village: str, xy: npt.NDArray[np.float64]) -> bool:
        """Say whether a place (EPSG:4547 metres) lies in a village."""
        return bool(shapely.contains_xy(self._area[village], *xy))


class Register:
    """Rows of one layer, each with a place in metres or none; ``start`` rows are there already."""

    def __init__(self, prefix: str, key: str, start: int = 0) -> None:
        self.prefix, self.key, self.start = prefix, key, start
        self.rows: list[dict[str, Any]] = []
        self.places: list[npt.NDArray[np.float64] | None] = []

    def add(self, place: npt.NDArray[np.float64] | None, **cells: Any) -> None:
        """Add a row; its identifier follows from its position."""
        self.rows.append({self.key: f"{self.prefix}{self.start + len(self.rows) + 1:05d}", **cells})
        self.places.append(place)

    def frame(self, columns: list[str]) -> gpd.GeoDataFrame:
        """Return the rows with the common columns, points in EPSG:4490."""
        table = pd.DataFrame(self.rows, columns=columns)
        table = table.assign(source=_facts.SOURCE, source_date=_facts.DATE, secrecy="internal",
                             synthetic=True)  # fmt: skip
        shapes = [None if p is None else shapely.Point(rounded_degrees(p[None])[0])
                  for p in self.places]  # fmt: skip
        return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4490")
