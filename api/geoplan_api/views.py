"""
What the one who asks may see of the city (所见): every route meets the data through this.

A hidden layer and one that is not there are the same: not among the names, the same error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from geoplan.errors import UnknownIdError
from geoplan.schemas import LAYERS
from geoplan.workspace.opening import Layers
from geoplan_api.security import access
from geoplan_api.seen import report_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from geoplan.reports import CityReport
    from geoplan.storage.shapes import Bounds
    from geoplan_api.city import City
    from geoplan_api.computed import Progress
    from geoplan_api.security.access import LayerView
    from geoplan_api.security.principal import Principal
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.snapshots import Snapshots

_WHOLE = ("admin_units",)
"""What is derived from a part of these would be wrong: all rows, or none."""


class Views:
    """
    The city for one request.

    Parameters
    ----------
    city, snapshots
        What is served.
    who
        Who asks.
    """

    def __init__(self, city: City, snapshots: Snapshots, who: Principal) -> None:
        self.city, self.who, self._snapshots = city, who, snapshots
        self.guarded: set[str] = set()
        """Layers asked for whose reading is noted in the access log."""
        self.rows: int | None = None
        """How many rows the answer gives, for the access log; a route may say it."""
        self.outdated = False
        """Whether the answers of `report` are of an older state of the data."""

    @property
    def names(self) -> tuple[str, ...]:
        """The layers that may be seen, in the order they are declared."""
        return tuple(name for name in self.city.names if self._view(name) is not None)

    def _view(self, name: str) -> LayerView | None:
        if name not in self.city.names:
            return None
        return access.view(LAYERS[name], self.who, classified=self.city.classified)

    def view(self, name: str) -> LayerView:
        """
        Return what may be seen of a layer.

        Raises
        ------
        UnknownIdError
            If nothing, or there is no such layer.
        """
        found = self._view(name)
        if found is None:
            raise UnknownIdError.among("layer", "图层", name, self.names)
        if found.guarded:
            self.guarded.add(name)
        return found

    def snapshot(
        self, name: str, *, bbox: Bounds | None = None, key: str | None = None
    ) -> Snapshot:
        """
        Return a layer at its newest version; see `Snapshots.get`.

        Raises
        ------
        UnknownIdError
            As `view`.
        """
        return self._snapshots.get(self.view(name), bbox=bbox, key=key)

    def page(
        self, name: str, *, after: str | None, offset: int, limit: int
    ) -> tuple[Snapshot, int] | None:
        """
        Return some items by id without reading the others, if that can be; see `Snapshots.page`.

        Raises
        ------
        UnknownIdError
            As `view`.
        """
        return self._snapshots.page(self.view(name), after=after, offset=offset, limit=limit)

    @property
    def layers(self) -> SeenLayers:
        """The layers as the library takes them: the rows that may be seen, shapes as they are."""
        return SeenLayers(self)

    @property
    def public(self) -> bool:
        """Whether everybody may see the answer: then shapes are to be rough, small cells empty."""
        return self.who.role == "public"

    def report(self, result: str, *, tell: Progress | None = None) -> CityReport:
        """
        Return the main job's answers as they may be seen, for one kind of result of them.

        With ``tell`` it waits for those of the newest state as long as it takes, telling how far
        they are.

        Raises
        ------
        UnknownIdError
            If that kind may not be seen.
        """
        self.require_result(result)
        found, self.outdated = self.city.computed.get(tell=tell)
        return self.narrowed(found.report)

    def narrowed(self, report: CityReport) -> CityReport:
        """Return a report of the main job as it may be seen; made once for a role."""
        at = f"report-{self.who.role}"
        kept: CityReport
        of, kept = self.city.kept.get(at, (None, None))
        if of is not report:
            seen = {name: view for name in self.names if (view := self._view(name)) is not None}
            kept = report_for(report, seen, public=self.public, lines=self.may_see("boundaries"))
            self.city.kept[at] = (report, kept)
        return kept

    def require_result(self, result: str) -> None:
        """
        Check that results of a kind may be seen.

        Raises
        ------
        UnknownIdError
            If not, as if there were none.
        """
        if not self.may_see(result):
            releases = self.city.workspace.file.releases
            raise UnknownIdError.among("result", "结果", result, releases)

    def may_see(self, result: str) -> bool:
        """Tell whether results of a kind may be seen."""
        return access.may_see_result(result, self.who, self.city.workspace.file.releases)


class SeenLayers(Layers):
    """The layers of a workspace with the rows that may be seen; others are as if absent."""

    def __init__(self, views: Views) -> None:
        super().__init__(views.city.workspace)
        self._views = views

    def __getitem__(self, name: str) -> pd.DataFrame:
        view = self._views.view(name)
        frame = self._views.city.frame(name)
        shown = view.rows(frame)
        if len(frame) and not (shown.all() if name in _WHOLE else shown.any()):
            raise UnknownIdError.among("layer", "图层", name, set(self) - {name})
        hidden = [c.name for c in view.layer.columns if c not in view.columns and c.name in frame]
        frame = frame.drop(columns=[*hidden, *({"row_version"} & set(frame.columns))])
        return frame if shown.all() else frame[shown]

    def __contains__(self, name: object) -> bool:
        return name in self._views.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._views.names)

    def __len__(self) -> int:
        return len(self._views.names)

    def metric(self, name: str) -> gpd.GeoDataFrame:
        """Return a layer in the workspace's metric CRS."""
        return gpd.GeoDataFrame(self[name]).to_crs(self._workspace.metric_crs)
