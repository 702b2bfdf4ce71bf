"""Opening a workspace (工作区): ``workspace.toml`` and layers in any mix of formats."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geoplan import __version__, crs, io
from geoplan import network as nw
from geoplan.errors import EmptyLayerError, GeoplanError, UnknownIdError
from geoplan.schemas import LAYERS
from geoplan.schemas.findings import DEFECT_COLUMNS
from geoplan.schemas.hierarchy import own_units
from geoplan.schemas.relations import check_relations
from geoplan.workspace.registry import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geoplan.io import LayerRead, ReadReport
    from geoplan.policy import Policy
    from geoplan.storage import Registry

    Progress = Callable[[float, str], None]


class Layers(Mapping[str, pd.DataFrame]):
    """The layers of a workspace by name, each read and validated when first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self:
            raise UnknownIdError.among("layer", "图层", name, self)
        valid: pd.DataFrame = self._workspace.read(name).valid
        return valid

    def __contains__(self, name: object) -> bool:
        return name in self._workspace.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._workspace.names)

    def __len__(self) -> int:
        return len(self._workspace.names)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a layer, or the default where the workspace has none or cannot read it."""
        try:
            return self[name]
        except GeoplanError:
            return default


class Workspace:
    """
    One city: its layers, its policy, its networks.

    Parameters
    ----------
    folder
        Where ``workspace.toml`` is.
    policy
        Name or path of another policy than the file names.
    store
        Another registry than the file names.

    Attributes
    ----------
    file
        The parsed ``workspace.toml``.
    policy
        The norms.
    layers
        The validated layers by name, read when first used.
    failures
        Layers that could not be read at all, with the error.
    store
        Where the registry is; a registry layer that was imported is read from it.
    """

    def __init__(
        self, folder: Path, *, policy: str | None = None, store: str | None = None
    ) -> None:
        self.folder = Path(folder)
        self.file = io.read_workspace_file(self.folder)
        if store is not None:
            self.file = replace(self.file, store_url=store)
        self.policy: Policy = io.read_policy(self._policy_source(policy or self.file.policy))
        self.layers: Mapping[str, pd.DataFrame] = Layers(self)
        self.failures: dict[str, GeoplanError] = {}
        self.store = Store(self.file)
        self._reads: dict[str, LayerRead] = {}
        self._networks: dict[str, nw.Network] = {}
        self._streets: nw.Network | None = None

    def _policy_source(self, name: str) -> str:
        beside = self.folder / name
        return str(beside) if name.endswith(".toml") and beside.exists() else name

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Layers that the file names and those imported into the registry."""
        try:
            stored = self.store.layers
        except GeoplanError:  # said when one of its layers is read
            stored = ()
        return tuple(dict.fromkeys((*self.file.layers, *stored)))

    @cached_property
    def registry(self) -> Registry:
        """
        The registry, open for writing; nothing is kept in it before the first import.

        Raises
        ------
        MissingFileError
            If nothing was imported yet.
        StoreError
            If it is no registry, or cannot be used now.
        """
        return self.store.open()

    def read(self, name: str, on_progress: Progress | None = None) -> LayerRead:
        """
        Read and validate one layer: ``(valid, rejected, report)``; kept for the next call.

        Raises
        ------
        GeoplanError
            Whatever the reader says; kept in `failures` too.
        """
        if name not in self._reads:
            try:
                self._reads[name] = self._read(name, on_progress)
            except GeoplanError as error:
                self.failures[name] = error
                raise
        return self._reads[name]

    def forget_registry(self) -> None:
        """Let the layers of the registry be read anew when they are asked for again."""
        for name in self.store.layers:
            self._reads.pop(name, None)
            self.failures.pop(name, None)

    def _read(self, name: str, on_progress: Progress | None) -> LayerRead:
        if LAYERS[name].home == "registry" and name in self.store.layers:
            return self.store.read(name)
        source = self.file.layers[name]
        return io.read_layer(source.path, name, on_progress=on_progress, **source.reading())

    def read_all(self, on_progress: Progress | None = None) -> dict[str, ReadReport]:
        """Read every layer; what cannot be read is kept in `failures` and the rest goes on."""
        names = list(self.names)
        for done, name in enumerate(names):
            if on_progress:
                on_progress(done / len(names), f"读取 {name}")
            try:
                self.read(name)
            except GeoplanError:
                continue
        return {name: read.report for name, read in self._reads.items()}

    @property
    def metric_crs(self) -> str:
        """The metric CRS of all measuring: as the file says, or the zone found from the units."""
        if self.file.metric_crs and self.file.metric_crs != "auto":
            return str(self.file.metric_crs)
        for name in ("admin_units", "roads", "population", "facilities"):
            frame = self.layers.get(name)
            if isinstance(frame, gpd.GeoDataFrame) and not frame.geometry.isna().all():
                return crs.metric_of(frame, name)
        raise EmptyLayerError.for_layer("admin_units", str(self.folder))

    def metric(self, name: str) -> gpd.GeoDataFrame:
        """
        Return a layer in the metric CRS.

        Raises
        ------
        UnknownIdError
            If the workspace has no such layer.
        EmptyLayerError
            If it has no geometry.
        """
        frame = self.layers[name]
        if not isinstance(frame, gpd.GeoDataFrame):
            raise EmptyLayerError.for_layer(name, "no geometry")
        return frame.to_crs(self.metric_crs)

    def units(self) -> pd.DataFrame:
        """Return the city's own units in its code system."""
        return own_units(self.layers["admin_units"], code_system=self.file.code_system)

    def network(self, profile: str = "elder_walk") -> nw.Network:
        """
        Return the road network for a profile, from the cache where the roads are unchanged.

        Raises
        ------
        UnknownIdError
            If there is no such profile, or no roads layer.
        EmptyLayerError
            If no road is passable.
        """
        if profile not in self._networks:
            self._networks[profile] = self._network(profile)
        return self._networks[profile]

    def _network(self, name: str) -> nw.Network:
        profile = nw.profile(name, self.policy)
        if "roads" not in self.layers:
            raise UnknownIdError.among("layer", "图层", "roads", self.file.layers)
        if self._streets is None:
            self._streets = self._open_streets(profile)
        return self._streets.for_profile(profile)

    def _open_streets(self, profile: nw.Profile) -> nw.Network:
        """Streets for any profile, from the cache where the roads are unchanged."""
        # the cache is found by content, so it serves without the roads having been read
        digest = io.digest_file(self.file.layers["roads"].path)
        stamp = f"{digest}|{self.file.metric_crs}|{__version__}|{io.NETWORK_FORMAT}"
        key = hashlib.sha256(stamp.encode()).hexdigest()[:16]
        cache = self.folder / ".cache" / f"network-{key}.gpnet"
        if cache.exists():
            try:
                return io.open_network(cache)
            except GeoplanError:
                cache.unlink(missing_ok=True)
        built = nw.from_roads(
            gpd.GeoDataFrame(self.layers["roads"]), profile, metric_crs=self.metric_crs
        )
        try:
            cache.parent.mkdir(exist_ok=True)
            io.save_network(built, cache)
        except OSError:  # a read-only workspace works without a cache
            pass
        return built

    def defects(self, on_progress: Progress | None = None) -> pd.DataFrame:
        """
        Read all layers and return every finding: files, rows, cells, and between layers.

        Returns
        -------
        defects
            Columns layer, file, row, id, field, value, rule, effect, reason and fix in both
            languages.
        """
        reports = self.read_all(on_progress)
        parts = [_failure_rows(self.failures)]
        parts += [r.defects for r in reports.values() if len(r.defects)]
        readable = {name: read.valid for name, read in self._reads.items()}
        between = check_relations(
            readable,
            code_system=self.file.code_system,
            snap_cap_m=self.policy.value("snap_cap_m"),
        )
        files = {name: str(r.file) for name, r in reports.items()}
        between["file"] = between["layer"].map(files).fillna("")
        found = [p.astype(object) for p in (*parts, between) if len(p)]
        if not found:
            return pd.DataFrame(columns=list(DEFECT_COLUMNS))
        return pd.concat(found, ignore_index=True)[list(DEFECT_COLUMNS)]


def _failure_rows(failures: Mapping[str, GeoplanError]) -> pd.DataFrame:
    rows = [
        {
            "layer": name, "file": str(e.context.get("file", "")), "row": pd.NA, "id": "",
            "field": "", "value": "", "rule": e.code, "effect": "layer_skipped",
            "reason_zh": e.message_zh, "reason_en": e.message, "fix_zh": e.fix_zh,
            "fix_en": e.fix,
        }
        for name, e in failures.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(DEFECT_COLUMNS))


def open_workspace(
    folder: str | Path, *, policy: str | None = None, store: str | None = None
) -> Workspace:
    """
    Open a workspace; its layers are read when first used.

    Parameters
    ----------
    folder
        Folder that holds ``workspace.toml``.
    policy
        Name or path of another policy than the workspace names.
    store
        PostGIS address or path of another registry than the workspace names.

    Returns
    -------
    workspace
        With ``layers``, ``policy``, ``network(profile)``.

    Raises
    ------
    MissingFileError
        If the folder or its ``workspace.toml`` does not exist.
    InputError
        If the file has unknown keys or layers.
    PolicyError
        If the policy is wrong.
    """
    return Workspace(Path(folder), policy=policy, store=store)
