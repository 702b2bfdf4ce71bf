"""The city that is served (城市): layers at their newest version, the main job's answers."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any

from geoplan.errors import GeoplanError, ReadOnlyStoreError, UnknownIdError
from geoplan.io.digests import digest_file
from geoplan.schemas import LAYERS, layer
from geoplan_api.apart import Asked, compute_apart
from geoplan_api.computed import Computed
from geoplan_api.counted import CountedWorkspace

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.io import LayerRead
    from geoplan.network import Network
    from geoplan.storage import Registry
    from geoplan.workspace import RunResult, Workspace
    from geoplan_api.computed import Progress
    from geoplan_api.settings import Settings


_PATIENCE_S = 10.0
_NUMBERED = re.compile(r"(\d+)-(.*)")


def no_older(version: str, than: str) -> bool:
    """Tell whether one version of a layer in the registry is the other or a newer one."""
    one, other = _NUMBERED.fullmatch(version), _NUMBERED.fullmatch(than)
    if one is None or other is None:
        return False
    return int(one[1]) >= int(other[1]) and one[2] >= other[2]


def same_day(version: str, other: str) -> bool:
    """Tell whether two versions of a layer in the registry show the same day."""
    return version.partition("-")[2] == other.partition("-")[2]


class City:
    """
    One workspace, opened at the first request; safe to use from many threads.

    A layer of the registry has the number of the newest transaction that touched it, and the day
    the current state shows, as its version; a layer of a file its content digest.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._opening, self._building = RLock(), RLock()
        self._reading = {name: RLock() for name in LAYERS}
        self._asking = Lock()
        self.computed = Computed(
            self._compute, self._stamp, patience_s=_PATIENCE_S if settings.warm else None
        )
        self.kept: dict[str, tuple[object, Any]] = {}
        """What was made from the data, each with what it was made from."""
        self._workspace: Workspace | None = None
        self._digests = dict[str, str]()
        self._counted: CountedWorkspace | None = None
        self._registry: Registry | None = None
        self._seen, self._day, self._newest = 0, "", dict[str, int]()

    @property
    def workspace(self) -> Workspace:
        """The opened workspace."""
        from geoplan.workspace import open_workspace

        with self._opening:
            if self._workspace is None:
                settings = self.settings
                self._workspace = open_workspace(
                    settings.workspace, policy=settings.policy, store=settings.store
                )
            return self._workspace

    @property
    def counted(self) -> CountedWorkspace:
        """What results are made from: the workspace without state secrets."""
        with self._opening:
            if self._counted is None:
                self._counted = CountedWorkspace(self.workspace)
            return self._counted

    @property
    def classified(self) -> bool:
        """Whether the environment is declared classified (SEC-06)."""
        return self.workspace.file.classified_environment

    @property
    def registry(self) -> Registry:
        """
        The registry.

        Raises
        ------
        MissingFileError
            If nothing was imported yet.
        ReadOnlyStoreError
            Where it is written to and the service is read-only.
        """
        with self._opening:
            if self._registry is None:
                read_only = not self.settings.writable
                self._registry = self.workspace.store.open(read_only=read_only)
            return self._registry

    def in_registry(self, name: str) -> bool:
        """Tell whether a layer is kept in the registry: it was imported."""
        return LAYERS[name].home == "registry" and name in self.workspace.store.layers

    @property
    def names(self) -> tuple[str, ...]:
        """All layers, in the order they are declared."""
        there = set(self.workspace.names)
        return tuple(name for name in LAYERS if name in there)

    def version(self, name: str) -> str:
        """Return the version of a layer, as it is at this moment."""
        if not self.in_registry(name):
            return self._digest(name)[:16]
        registry = self.registry
        with self._asking:
            last, day = registry.state()
            if last != self._seen:
                self._newest |= registry.changed_since(self._seen)
                self._seen = last
            self._day = day
            return f"{self._newest.get(name, 0)}-{day}"

    @property
    def last(self) -> int:
        """The last version in the registry that `version` has seen."""
        return self._seen

    def _digest(self, name: str) -> str:
        """Return the digest of a layer's file, found without reading its rows."""
        if name not in self._digests:
            self._digests[name] = digest_file(self.workspace.file.layers[name].path)
        return self._digests[name]

    def frame(self, name: str) -> pd.DataFrame:
        """
        Return a layer as it is now.

        Raises
        ------
        UnknownIdError
            If the workspace has no such layer.
        """
        if name not in self.workspace.names:
            raise UnknownIdError.among("layer", "图层", name, self.names)
        if self.in_registry(name):
            return self.registry.layer(name).frame()
        return self._read(name).valid

    def _read(self, name: str) -> LayerRead:
        """Read a layer once, however many ask; others are read meanwhile."""
        with self._reading[name]:
            return self.workspace.read(name)

    def writable(self, name: str) -> None:
        """
        Check that records of a layer can be changed at all.

        Raises
        ------
        ReadOnlyStoreError
            If the layer is kept in a file, or the service only reads.
        """
        if not self.settings.writable or not self.in_registry(name):
            raise _read_only(name)

    def network(self, profile: str = "elder_walk") -> Network:
        """Return the streets for a profile, built once; see `Workspace.network`."""
        with self._building:
            return self.counted.network(profile)

    @property
    def ready(self) -> bool:
        """Whether the main job's answers are there."""
        return self.computed.ready

    def _compute(self, tell: Progress) -> RunResult:
        from geoplan.workspace import compute

        self.workspace.forget_registry()
        settings = self.settings
        if settings.warm:
            asked = Asked(settings.workspace, settings.policy, settings.store)
            return compute_apart(asked, tell)
        for name in self.workspace.names:
            tell(0.0, f"读取 {name}")
            with suppress(GeoplanError):  # said by the main job
                self._read(name)
        if "roads" in self.workspace.names:
            with suppress(GeoplanError):
                self.network()
        return compute(self.counted, on_progress=tell)

    def _stamp(self) -> str:
        stored = self.workspace.store.layers
        versions = "|".join(f"{n}:{self.version(n)}" for n in sorted(stored))
        return hashlib.sha256(versions.encode()).hexdigest()

    def close(self) -> None:
        """Stop computing, and let go of the registry."""
        self.computed.close()
        with self._opening:
            if self._registry is not None:
                self._registry.close()
                self._registry = None


def _read_only(name: str) -> ReadOnlyStoreError:
    return ReadOnlyStoreError(
        f"Records of {name!r} cannot be changed here.",
        zh=f"此处不能修改“{name}”（{layer(name).zh}）的记录。",
        fix="import the layer into the registry, and start the service with --writable",
        fix_zh="将该图层导入登记库，并以 --writable 启动服务", layer=name,
    )  # fmt: skip
