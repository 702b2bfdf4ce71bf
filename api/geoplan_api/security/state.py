"""The service's own state (服务状态), opened when first needed."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from geoplan.errors import OutputError
from geoplan.storage.service_state import NAME, ServiceState

if TYPE_CHECKING:
    from pathlib import Path

    from geoplan_api.settings import Settings

_log = logging.getLogger("geoplan.service")


class State:
    """
    Keys and access log of one service.

    Parameters
    ----------
    settings
        Name the file; by default it is in the workspace.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._opened: ServiceState | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._settings.state or self._settings.workspace / NAME

    @property
    def exists(self) -> bool:
        """Whether anything can be in it."""
        return self._opened is not None or self.path.exists()

    @property
    def opened(self) -> ServiceState:
        """
        The open state.

        Where the file cannot be made, a service that only reads keeps its log in memory.

        Raises
        ------
        OutputError
            If it cannot be made and the service writes.
        StoreError
            If it is damaged or something else.
        """
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> ServiceState:
        try:
            if not self.path.parent.is_dir():
                raise OutputError.for_path(self.path, "no such folder")
            return ServiceState(self.path)
        except OutputError:
            if self._settings.writable or self.path.exists():
                raise
            _log.warning("the access log is kept in memory: %s cannot be made", self.path)
            return ServiceState(None)

    def close(self) -> None:
        """Close it."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
