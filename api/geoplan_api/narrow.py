"""A workspace narrowed to what one role sees (所见工作区): for library calls that take one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.workspace import Workspace
from geoplan_api.seen import shown_rows

if TYPE_CHECKING:
    from geoplan import network as nw
    from geoplan.io import LayerRead
    from geoplan.workspace.opening import Progress
    from geoplan_api.views import Views


class SeenWorkspace(Workspace):
    """A workspace with the layers, rows and columns that one role sees."""

    def __init__(self, views: Views) -> None:
        whole = views.city.workspace
        self._views, self._whole = views, whole
        self.folder, self.file, self.policy, self.store = (
            whole.folder, whole.file, whole.policy, whole.store,
        )  # fmt: skip
        self.layers = views.layers
        self.failures = {n: e for n, e in whole.failures.items() if n in views.names}
        self._reads = {}
        self.names = views.names

    def read(self, name: str, on_progress: Progress | None = None) -> LayerRead:
        """Return what is seen of a layer, and of the rows sent back."""
        valid = self.layers[name]
        read = self._whole.read(name, on_progress)
        rejected = shown_rows(read.rejected, self._views.view(name))
        return read._replace(valid=valid, rejected=rejected)

    def network(self, profile: str = "elder_walk") -> nw.Network:
        """Return the streets, where they are seen; state secrets are never among them."""
        self._views.view("roads")
        return self._views.city.network(profile)
