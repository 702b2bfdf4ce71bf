"""
Numbered steps of the store's structure (结构升级): each store records which it has had.

A new step is a module ``m0002_….py`` with ``TITLE`` and ``statements(types)``, listed here. New
layers, and new columns of layers, need no step: they follow from the declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.errors import StoreError
from geoplan.schemas import LAYERS
from geoplan.storage.migrations import m0001_registry

if TYPE_CHECKING:
    from geoplan.schemas import Layer
    from geoplan.storage.backend import Backend, Session

STEPS = (m0001_registry,)
PROTECTED = ("registry_versions", "registry_transactions")
REGISTRY_LAYERS: tuple[Layer, ...] = tuple(x for x in LAYERS.values() if x.home == "registry")


def number_of(session: Session, backend: Backend) -> int:
    """
    Return the number of the last step a store has had.

    Raises
    ------
    StoreError
        If it is no registry, or was made by a newer geoplan.
    """
    if "registry_migrations" not in backend.tables(session):
        raise StoreError.for_url(
            backend.url, "it has no registry in it; its layers can be read as files",
            "其中没有登记表；其图层可作为文件读取",
        )  # fmt: skip
    number = int(session.rows("SELECT max(number) FROM registry_migrations")[0][0] or 0)
    if number > len(STEPS):
        raise StoreError.for_url(
            backend.url, f"it has structure {number}, this geoplan knows {len(STEPS)}: use a newer "
            "geoplan.", f"其结构为第 {number} 版，本程序只认到第 {len(STEPS)} 版：请升级 geoplan。"
        )  # fmt: skip
    return number


def lacks(session: Session, backend: Backend) -> bool:
    """Tell whether steps, layers or columns are missing."""
    if number_of(session, backend) < len(STEPS):
        return True
    there = backend.tables(session)
    return any(not set(layer.names) <= set(there.get(layer.name, ())) for layer in REGISTRY_LAYERS)


def upgrade(session: Session, backend: Backend, number: int) -> None:
    """Take the missing steps, make missing layers and add missing columns."""
    for at, step in enumerate(STEPS[number:], start=number + 1):
        for statement in step.statements(backend.types):
            session.run(statement)
        session.run("INSERT INTO registry_migrations VALUES (?, ?)", (at, step.TITLE))
        if at == 1:
            for table in PROTECTED:
                backend.protect(session, table)
    there = backend.tables(session)
    for layer in REGISTRY_LAYERS:
        if layer.name not in there:
            backend.add_layer(session, layer)
            continue
        for column in layer.columns:
            if column.name not in there[layer.name]:
                session.run(f'ALTER TABLE "{layer.name}" ADD COLUMN "{column.name}" '
                            f"{backend.types[column.dtype]}")  # fmt: skip
