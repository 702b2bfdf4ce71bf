"""
geoplan: civil-affairs facilities, boundaries and place names of a city (民政设施、界线、地名规划).

Frames in, frames out. Rooms are imported when first used, so ``import geoplan`` is quick.

>>> import geoplan as gp
>>> gp.units.mu_from_m2(2000.0)
3.0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan import (
        boundaries,
        crs,
        datum,
        demo,
        errors,
        glossary,
        indicators,
        io,
        maps,
        network,
        placenames,
        policy,
        reports,
        scenario,
        schemas,
        service_circles,
        siting,
        standards,
        storage,
        tiles,
        units,
    )
    from geoplan.standards import explain as explain
    from geoplan.workspace import Workspace as Workspace
    from geoplan.workspace import open_workspace as open_workspace
    from geoplan.workspace import run as run

__version__ = "0.1.0"

_ROOMS = (
    "boundaries", "crs", "datum", "demo", "errors", "glossary", "indicators", "io", "maps",
    "network", "placenames", "policy", "reports", "scenario", "schemas", "service_circles",
    "siting", "standards", "storage", "tiles", "units",
)  # fmt: skip
_NAMES = {
    "explain": "geoplan.standards",
    "open_workspace": "geoplan.workspace",
    "run": "geoplan.workspace",
    "Workspace": "geoplan.workspace",
}

__all__ = [
    "Workspace", "__version__", "boundaries", "crs", "datum", "demo", "errors", "explain",
    "glossary", "indicators", "io", "maps", "network", "open_workspace", "placenames",
    "policy", "reports", "run", "scenario", "schemas", "service_circles", "siting", "standards",
    "storage", "tiles", "units",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"geoplan.{name}")
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    message = f"module 'geoplan' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
