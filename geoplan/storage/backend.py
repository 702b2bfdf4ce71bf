"""
What a database must offer (数据库接口): the little in which GeoPackage and PostGIS differ.

Statements are written once, with ``?`` for values, in the SQL that both understand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from geoplan.schemas import Layer
    from geoplan.storage.shapes import Boxes


_PASSWORD = re.compile(r"(?<=:)[^:@/]*(?=@)")


def without_password(url: object) -> str:
    """
    Return an address as it may be shown: what stands between ``:`` and ``@`` is left out.

    Examples
    --------
    >>> without_password("postgresql://inspector:secret@host/registry")
    'postgresql://inspector:***@host/registry'
    """
    return _PASSWORD.sub("***", str(url))


class Session(Protocol):
    """One open transaction."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        ...

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        ...

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        ...


class Backend(Protocol):
    """
    A database that holds a registry.

    ``url`` names it in messages (no password). ``types`` gives the SQL type of a declared dtype
    and of ``id`` and ``bytes``. ``shape_in`` and ``shape_out`` are SQL around the geometry of a
    current-state table; ``near`` is the condition that it may meet west, south, east, north.
    ``orders_by_character`` tells whether text is ordered by its characters' numbers.
    """

    url: str
    types: Mapping[str, str]
    shape_in: str
    shape_out: str
    orders_by_character: bool

    def reading(self) -> AbstractContextManager[Session]:
        """Begin a transaction that sees one state of the store."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """Begin the one writing transaction; it is kept if the block ends well, or undone."""
        ...

    def tables(self, session: Session) -> dict[str, list[str]]:
        """Return the columns of each table."""
        ...

    def is_empty(self, session: Session) -> bool:
        """Tell whether a registry may be made here."""
        ...

    def begin(self, session: Session) -> None:
        """Prepare an empty place for the first step."""
        ...

    def add_layer(self, session: Session, layer: Layer) -> None:
        """Make the current-state table of a layer."""
        ...

    def protect(self, session: Session, table: str) -> None:
        """Make a table refuse that its rows are changed or deleted."""
        ...

    def outward(
        self, wkb: Sequence[bytes | None], bounds: Boxes, layer: Layer
    ) -> Sequence[bytes | None]:
        """Return shapes as `shape_in` takes them."""
        ...

    def wkb(self, values: Sequence[Any]) -> list[bytes | None]:
        """Return the WKB of what `shape_out` gives, each."""
        ...

    def put(
        self, session: Session, layer: Layer, sql: str, columns: Sequence[Sequence[Any]],
        bounds: Boxes, keys: Sequence[Sequence[Any]],
    ) -> None:  # fmt: skip
        """
        Put rows into a current-state table, and the boxes of their shapes into its index.

        The statement takes the columns; ``keys`` are those of the layer's key.
        """
        ...

    def near(self, layer: Layer) -> str:
        """Return the condition on a current-state table for a box."""
        ...

    def problems(self, session: Session) -> list[str]:
        """Return what the database itself finds damaged."""
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
