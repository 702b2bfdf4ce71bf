"""
What results are made from (计入成果的数据): every row but those of state secrets (SEC-06).

Results are internal, so whoever reads one would learn of the secret rows that it counts. They are
shown, where the environment is declared classified, as rows and never as part of a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from geoplan import network
from geoplan.io.secrecy import classes
from geoplan.schemas import LAYERS
from geoplan.workspace import Workspace
from geoplan.workspace.opening import Layers

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.io import LayerRead
    from geoplan.workspace.opening import Progress


class CountedWorkspace(Workspace):
    """
    A workspace without the rows of state secrets.

    Parameters
    ----------
    whole
        The workspace as it is.
    """

    def __init__(self, whole: Workspace) -> None:
        self._whole = whole
        self.folder, self.file, self.policy, self.store = (
            whole.folder, whole.file, whole.policy, whole.store,
        )  # fmt: skip
        self.names, self.failures, self.layers = whole.names, whole.failures, Layers(self)
        self._reads, self._networks, self._streets = {}, {}, None

    def read(self, name: str, on_progress: Progress | None = None) -> LayerRead:
        """Return a layer without such rows, also of those sent back."""
        read = self._whole.read(name, on_progress)
        kept = self._reads.get(name)
        if kept is None or kept.report is not read.report:
            kept = read._replace(valid=_open(read.valid, name), rejected=_open(read.rejected, name))
            self._reads[name] = kept
        return kept

    def forget_registry(self) -> None:
        """Let the layers of the registry be read anew."""
        self._whole.forget_registry()

    def _open_streets(self, profile: network.Profile) -> network.Network:
        """Take streets that are kept beside the workspace only if none of them is secret."""
        if self.read("roads").valid is self._whole.read("roads").valid:
            return super()._open_streets(profile)
        roads = gpd.GeoDataFrame(self.layers["roads"])
        return network.from_roads(roads, profile, metric_crs=self.metric_crs)


def _open(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    secret = classes(frame, LAYERS[name]).str.startswith("state_").to_numpy(dtype=bool)
    return frame.loc[~secret] if secret.any() else frame
