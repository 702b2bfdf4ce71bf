"""The current-state table of a layer (现状表): what QGIS opens, derived from the versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geoplan.storage import shapes
from geoplan.storage.records import key_of
from geoplan.storage.timeline import Held, chunks, holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geoplan.schemas import Layer
    from geoplan.storage.backend import Backend, Session


class Row(NamedTuple):
    """One record: its cells without empty ones, its shape, the number of its newest version."""

    cells: dict[str, Any]
    wkb: bytes | None
    row_version: int | None


class CurrentTable:
    """
    Reads and writes the current-state table of one layer.

    Parameters
    ----------
    backend
        The database.
    layer
        The declaration.
    there
        Columns that the table has; a store that may only be read can lack new ones.
    """

    def __init__(self, backend: Backend, layer: Layer, there: Sequence[str] | None = None) -> None:
        self._backend, self.layer = backend, layer
        self._names = [n for n in layer.names if there is None or n in there]
        self._declared = frozenset(self._names)
        self._flags = [c.name for c in layer.columns if c.dtype == "bool"]
        self._dates = [c.name for c in layer.columns if c.dtype == "date"]
        self.exists = bool(self._names)
        columns = [f'"{n}"' for n in self._names] + ["extra", "row_version"]
        values = ["?"] * len(columns)
        shape_out = "NULL"
        if layer.geometry:
            columns.append("geom")
            values.append(backend.shape_in)
            shape_out = backend.shape_out
        keys = ", ".join(f'"{k}"' for k in layer.key)
        table = f'"{layer.name}"'
        own = [c for c in columns if c.strip('"') not in layer.key]
        self._put = (
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)}) "
            f"ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in own)}"
        )
        same = " AND ".join(f'"{k}" = ?' for k in layer.key)
        self._drop = f"DELETE FROM {table} WHERE {same}"
        head = [f'"{n}"' for n in self._names] + ["extra", "row_version", shape_out]
        self._read = f"SELECT {', '.join(head)} FROM {table}"
        self._same, self._order = same, f" ORDER BY {keys}"

    def put(self, session: Session, rows: Iterable[tuple[Row, shapes.Bounds | None]]) -> None:
        """Insert rows, or replace those of the same key."""
        some = list(rows)
        values = [self._values(row, box) for row, box in some]
        keys = [[row.cells[k] for k in self.layer.key] for row, _ in some]
        self._backend.put(session, self.layer, self._put, values, [box for _, box in some], keys)

    def _values(self, row: Row, box: shapes.Bounds | None) -> list[Any]:
        cells = row.cells
        values: list[Any] = [*map(cells.get, self._names)]
        more = None
        if len(values) - values.count(None) != len(cells):
            more = _text({n: v for n, v in cells.items() if n not in self._declared})
        values.append(more)
        values.append(row.row_version)
        if self.layer.geometry:
            values.append(self._backend.shape(row.wkb, box, self.layer))
        return values

    def drop(self, session: Session, keys: Iterable[str]) -> None:
        """Delete the rows of these keys, where they are."""
        session.many(self._drop, (key.split("\x1f") for key in keys))

    def read(
        self, session: Session, *, key: str | None = None, bbox: shapes.Bounds | None = None
    ) -> Iterator[Row]:
        """Return all rows by key, one row, or the rows whose box meets a box."""
        if not self.exists:
            return
        if key is not None:
            found = session.rows(f"{self._read} WHERE {self._same}", key.split("\x1f"))
        elif bbox is not None and self.layer.geometry:
            near = self._backend.near(self.layer)
            found = session.rows(f"{self._read} WHERE {near}{self._order}", bbox)
        else:
            found = session.rows(self._read + self._order)
        for values in found:
            yield self._row(values)

    def _row(self, values: tuple[Any, ...]) -> Row:
        *own, more, row_version, shape = values
        cells = {n: v for n, v in zip(self._names, own, strict=True) if v is not None and v != ""}
        for name in self._flags:
            if name in cells:
                cells[name] = bool(cells[name])
        for name in self._dates:
            if name in cells:
                cells[name] = str(cells[name])[:10]
        if more:
            cells |= _extra(more)
        return Row(cells, shapes.inward(self._backend.wkb(shape)), row_version)

    def settle(self, session: Session, day: str, keys: Sequence[str] | None = None) -> int:
        """Derive the rows of these keys (all, if None) on a day; return how many were looked at."""
        held = holding(session, self.layer.name, day=day, keys=keys)
        if keys is None:
            session.run(f'DELETE FROM "{self.layer.name}"')
        else:
            there = {h.key for h in held}
            self.drop(session, [k for k in keys if k not in there])
        for some in chunks(held):  # type: ignore[arg-type]
            self.put(session, zip(*_rows(some), strict=True))  # type: ignore[arg-type]
        return len(held) if keys is None else len(keys)


def row_of(held: Held) -> Row:
    """Return a version as a row."""
    return Row(json.loads(held.content), held.wkb, held.newest)


def _rows(held: Sequence[Held]) -> tuple[list[Row], list[Any]]:
    shape = shapely.from_wkb(np.array([h.wkb for h in held], dtype=object))
    boxes = shapely.bounds(shape).tolist()
    return [row_of(h) for h in held], boxes


def differences(held: Row | None, found: Row | None, layer: Layer) -> list[tuple[str, str, str]]:
    """Return (column, recorded, found) for each cell in which two states of a record differ."""
    if held is None or found is None:
        there = held or found
        key = "" if there is None else key_of(there.cells, layer)
        return [("", key if held else "", key if found else "")]
    out = [
        (name, _shown(held.cells.get(name)), _shown(found.cells.get(name)))
        for name in dict.fromkeys((*held.cells, *found.cells))
        if held.cells.get(name) != found.cells.get(name)
    ]
    if held.wkb != found.wkb:
        out.append(("geometry", _wkt(held.wkb), _wkt(found.wkb)))
    if held.row_version != found.row_version:
        out.append(("row_version", _shown(held.row_version), _shown(found.row_version)))
    return out


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _wkt(wkb: bytes | None) -> str:
    return "" if wkb is None else str(shapely.to_wkt(shapely.from_wkb(wkb), rounding_precision=9))


def _text(cells: dict[str, Any]) -> str:
    return json.dumps(cells, ensure_ascii=False, sort_keys=True)


def _extra(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"extra": text}  # edited by another program
