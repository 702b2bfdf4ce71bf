"""
The registry store (登记库): GeoPackage by default, PostGIS; versions in two times, audit, backup.

>>> from geoplan.storage import Change
>>> Change("boundary_lines", {"line_id": "L1"}).retire
False
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.storage.records import Change as Change
    from geoplan.storage.registry import Registry as Registry
    from geoplan.storage.registry import create_registry as create_registry
    from geoplan.storage.registry import is_empty as is_empty
    from geoplan.storage.registry import open_registry as open_registry
    from geoplan.storage.repository import Repository as Repository
    from geoplan.storage.transactions import Receipt as Receipt

_HOME = {
    "Change": "records", "Receipt": "transactions", "Registry": "registry",
    "Repository": "repository", "create_registry": "registry", "is_empty": "registry",
    "open_registry": "registry",
}  # fmt: skip

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import a name's module when it is first used."""
    if name not in _HOME:
        message = f"module 'geoplan.storage' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"geoplan.storage.{_HOME[name]}"), name)
