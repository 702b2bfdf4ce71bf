"""
A layer as one role sees it, at one version (快照): what items, tiles and downloads are made from.

Rows, columns and the roughness of shapes are settled before, so nothing that is kept of it can
tell a role more than it may know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geoplan import crs
from geoplan.tiles.labels import points_inside
from geoplan_api.placed import Shapes

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from geoplan.storage.shapes import Bounds
    from geoplan_api.columns import Columns
    from geoplan_api.security.access import LayerView

    Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    What one role sees of a layer at one version.

    Parameters
    ----------
    view
        What the role sees.
    version
        Of the layer.
    columns
        The shown rows and columns, without shapes.
    ids
        One text per row, from the layer's key.
    placed
        Its shapes; None for a table.
    row_versions
        Of the records, where they are kept in the registry.
    seen, depth
        Of a layer in the registry: the last of its versions before it was read; how many times it
        was brought up to date since it was read whole.
    """

    view: LayerView
    version: str
    columns: Columns
    ids: Array
    placed: Shapes | None
    row_versions: Array | None = None
    seen: int = 0
    depth: int = 0

    @property
    def shapes(self) -> Array | None:
        """Longitude and latitude (EPSG:4490), None where a row has none; None for a table."""
        return None if self.placed is None else self.placed.all

    @property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame, numbered from 0."""
        return self.columns.frame

    def at(self, rows: Array, shapes: Array) -> Snapshot:
        """Return some rows, with other shapes; not to be written."""
        return replace(self, columns=self.columns.at(rows), ids=self.ids[rows],
                       placed=Shapes.of(shapes), row_versions=None)  # fmt: skip

    @property
    def key(self) -> str:
        """Text that is the same for two answers only if they are made from the same."""
        return f"{self.version}-{self.view.key}"

    @cached_property
    def boxes(self) -> Array:
        """West, south, east, north of each shape; NaN where there is none."""
        none = np.empty(0, dtype=object)
        return np.asarray(shapely.bounds(none if self.shapes is None else self.shapes))

    def meeting(self, bounds: Bounds) -> Array:
        """Return the rows whose box meets a box."""
        west, south, east, north = bounds
        low, high = self.boxes[:, :2], self.boxes[:, 2:]
        return np.flatnonzero((high[:, 0] >= west) & (high[:, 1] >= south)
                              & (low[:, 0] <= east) & (low[:, 1] <= north))  # fmt: skip

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the shapes."""
        return shapely.STRtree([] if self.shapes is None else self.shapes)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self.ids.tolist())}

    def position(self, feature_id: str) -> int | None:
        """Return the row of a feature, or None."""
        return self._places.get(feature_id)

    def shapes_in(self, epsg: int) -> Array:
        """Return the shapes of a layer with geometry in a CRS, x before y; 4490 and CRS84 alike."""
        kept: dict[int, Array] = self.__dict__.setdefault("_projected", {})
        if epsg not in kept:
            kept[epsg] = self._project(epsg)
        return kept[epsg]

    def some_in(self, epsg: int, rows: Array) -> Array:
        """Return the shapes of some rows in a CRS; the others need not be projected for it."""
        kept: dict[int, Array] = self.__dict__.get("_projected", {})
        if epsg in kept or len(rows) == len(self.ids):
            return self.shapes_in(epsg)[rows]
        return self._project(epsg, rows)

    def _project(self, epsg: int, rows: Array | None = None) -> Array:
        if self.placed is None:
            raise TypeError("a table has no shapes")
        shapes = self.placed.all if rows is None else self.placed[rows]
        if epsg in {4490, 4326}:
            return shapes
        to = _change(epsg)
        out: Array = shapely.transform(
            shapes, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1]))
        )
        return out

    @cached_property
    def _labels(self) -> Snapshot:
        shapes = self.shapes
        if shapes is None:
            raise TypeError("a table has no shapes")
        return self.at(*points_inside(shapes))

    def labels(self) -> Snapshot:
        """Return one point in each polygon, to be labelled once."""
        return self._labels


@lru_cache(maxsize=16)
def _change(epsg: int) -> pyproj.Transformer:
    """Return the way from degrees to a CRS; to find it takes longer than to use it."""
    return pyproj.Transformer.from_crs(crs.GEOGRAPHIC, epsg, always_xy=True)
